"""Emissions per inhabitant: levels, reductions and sectors, for the members and the nation.

Two definitions exist and are never mixed in one comparison; each claim names its own.

*Ratio of sums*: the set's emissions over the set's inhabitants. *Mean of municipalities*: the unweighted
mean of the municipalities' own values. Emissions of the database of one vintage, SMHI; inhabitants on
31 December of the same year, SCB.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, Direction, Kind, Method, Role, exact
from klimatlib.config import Definition, Params, Sectors
from klimatlib.errors import ClaimError
from klimatlib.sources.tables import NATION, TOTAL
from klimatlib.sources.tables import rows as rows_module
from klimatlib.swedish import MINUS, alphabetical, listing, number, percent, quantity, round_half_up, signed

# --- klimatlib.emissions: Emissions per inhabitant: levels, reductions and sectors, fo

UNIT = "t CO2e per capita"
DEFINITIONS: dict[Definition, str] = {
    "ratio_of_sums": "summan av utsläppen delad med summan av invånarna",
    "mean_of_municipalities": "ovägt medelvärde av kommunernas egna värden",
}


def totals_emissions(
    emissions: pd.DataFrame, population: pd.DataFrame, *, sector: str = TOTAL
) -> pd.DataFrame:
    """Emissions of one sector (all of them by default) beside the inhabitants.

    Parameters
    ----------
    emissions, population
        Columns as `schemas.EMISSIONS` and `schemas.POPULATION`.
    sector
        A main sector or ``Alla``.

    Returns
    -------
    DataFrame
        municipality_code, year, emissions_t (t CO2e), population (persons).
    """
    chosen = emissions.loc[emissions["sector"] == sector, ["municipality_code", "year", "emissions_t"]]
    return chosen.merge(population, on=["municipality_code", "year"], how="left", validate="one_to_one")


def level_emissions(
    table: pd.DataFrame, codes: Sequence[str], *, year: int, definition: Definition = "ratio_of_sums"
) -> float:
    """Emissions per inhabitant of a set of municipalities in a year, t CO2e.

    Parameters
    ----------
    table
        As `totals` gives it.
    codes
        The set; every one of them must be in the table.
    year
        Data year.
    definition
        ``ratio_of_sums`` or ``mean_of_municipalities``.

    Raises
    ------
    ClaimError
        A municipality without emissions or inhabitants in the year.
    """
    emissions_t, people = _of_year(table, codes, year)
    if definition == "ratio_of_sums":
        return math.fsum(emissions_t) / sum(people)
    return math.fsum(e / p for e, p in zip(emissions_t, people, strict=True)) / len(people)


def reduction(
    table: pd.DataFrame,
    codes: Sequence[str],
    *,
    year: int,
    base_year: int,
    definition: Definition = "ratio_of_sums",
) -> float:
    """Reduction of emissions per inhabitant since the base year, as a share (0.52 is 52 % less).

    By ``ratio_of_sums`` the reduction of the set's level; by ``mean_of_municipalities`` the unweighted mean
    of the municipalities' own reductions.
    """
    if definition == "ratio_of_sums":
        return 1 - level_emissions(table, codes, year=year) / level_emissions(table, codes, year=base_year)
    own = [
        1 - level_emissions(table, [code], year=year) / level_emissions(table, [code], year=base_year)
        for code in codes
    ]
    return math.fsum(own) / len(own)


def total_reduction(table: pd.DataFrame, codes: Sequence[str], *, year: int, base_year: int) -> float:
    """Reduction of the set's whole emissions since the base year, as a share."""
    now, then = (math.fsum(_of_year(table, codes, y)[0]) for y in (year, base_year))
    return 1 - now / then


def years(table: pd.DataFrame, codes: Sequence[str]) -> list[int]:
    """Years in which every municipality of the set has emissions and inhabitants, ascending."""
    complete = table[table["municipality_code"].isin([*codes])].dropna()
    counts = Counter(complete["year"].tolist())
    return sorted(year for year, count in counts.items() if count == len(set(codes)))


def _of_year(table: pd.DataFrame, codes: Sequence[str], year: int) -> tuple[list[float], list[int]]:
    rows = table[table["year"] == year]
    columns = (rows[name].tolist() for name in ("municipality_code", "emissions_t", "population"))
    found = {code: (e, p) for code, e, p in zip(*columns, strict=True) if not (pd.isna(e) or pd.isna(p))}
    absent = [code for code in codes if code not in found]
    if absent or not codes:
        raise ClaimError(f"no emissions or inhabitants for {', '.join(absent) or 'an empty set'} in {year}")
    return [found[code][0] for code in codes], [found[code][1] for code in codes]


@dataclass(frozen=True)
class Basis:
    """What emission claims rest on.

    Attributes
    ----------
    emissions, population
        The tables.
    codes
        The member municipalities.
    params, source
        The year's parameters; where the tables come from, as printed.
    sectors
        Names and ids of the sectors.
    own
        Code and name of the one municipality that a fact sheet is about; nothing in the report.
    """

    emissions: pd.DataFrame
    population: pd.DataFrame
    codes: Sequence[str]
    params: Params
    source: str
    sectors: Sectors
    own: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def table(self) -> pd.DataFrame:
        """All emissions beside the inhabitants, as `totals` gives them."""
        return totals_emissions(self.emissions, self.population)

    @property
    def groups(self) -> list[tuple[str, list[str]]]:
        """Names, as in the ids of claims, and codes of what is told: the members, the nation."""
        own = [("own", [code]) for code in self.own]
        return [*own, ("members", [*self.codes]), ("nation", [NATION])]

    def set_name(self, codes: Sequence[str]) -> str:
        """Return the set as a reader may see it."""
        if [*codes] == [NATION]:
            return "riket"
        if [*codes] == [*self.own]:
            return self.own[codes[0]]
        return f"{len(codes)} medlemskommuner"

    def how(self, codes: Sequence[str], definition: Definition) -> str:
        """Return how the set's level or reduction is made, as a reader may see it."""
        return "utsläppen delade med invånarna" if [*codes] == [*self.own] else DEFINITIONS[definition]

    def subject(self, group: str) -> str:
        """Return the typed subject of a group: its name, or the code of the one municipality."""
        return next(iter(self.own)) if group == "own" else group

    def claim(
        self,
        claim_id: str,
        value: float,
        text: str,
        *,
        kind: Kind,
        unit: str,
        year: int,
        told: str,
        **typed: Any,
    ) -> Claim:
        """Return a claim on these tables; ``typed`` are further fields of `Claim`."""
        return Claim(
            claim_id,
            self.params.year,
            exact(value),
            unit,
            text,
            kind,
            **{"measure": "emissions", "direction": 1, **typed},
            data_year=year,
            vintage=self.params.emissions_vintage,
            definition=told,
            source=self.source,
        )


def claims(basis: Basis) -> list[Claim]:
    """All the report's claims on emissions: levels, reductions, series, sectors."""
    return [claim for part in (_levels, _reductions, _series, _by_sector) for claim in part(basis)]


def _levels(basis: Basis) -> list[Claim]:
    table, params = basis.table, basis.params
    found = []
    for name, codes in basis.groups:
        value = level_emissions(table, codes, year=params.emissions_year, definition=params.definition)
        told = f"Utsläpp per invånare, {basis.set_name(codes)}: {basis.how(codes, params.definition)}"
        typed = {"subject": basis.subject(name), "method": params.definition}
        year = params.emissions_year
        found.append(_level_claim(basis, f"emissions-{name}-level", value, year, told, **typed))
    return found


def _level_claim(basis: Basis, claim_id: str, value: float, year: int, told: str, **typed: Any) -> Claim:
    text = quantity(value, "ton", 1)
    return basis.claim(claim_id, value, text, kind="level", unit=UNIT, year=year, told=told, **typed)


def _reductions(basis: Basis) -> list[Claim]:
    table, params = basis.table, basis.params
    year, base = params.emissions_year, params.base_year
    found = []
    for name, codes in basis.groups:
        told = f"Minskning av utsläppen per invånare {base}–{year}, {basis.set_name(codes)}: "
        per_definition: list[tuple[str, Definition]] = [("", params.definition)]
        if name == "members":
            per_definition += [("-ratio", "ratio_of_sums"), ("-mean", "mean_of_municipalities")]
        for suffix, definition in per_definition:
            cut = reduction(table, codes, year=year, base_year=base, definition=definition)
            meaning = told + basis.how(codes, definition)
            typed = {"subject": basis.subject(name), "method": definition}
            role: Role = "by_method" if suffix else "main"
            claim_id = f"emissions-{name}-reduction{suffix}"
            found.append(_change_claim(basis, claim_id, cut, meaning, role=role, direction=-1, **typed))
            if not suffix:
                change = meaning.replace("Minskning", "Förändring")
                found.append(
                    _change_claim(basis, f"emissions-{name}-change", -cut, change, direction=1, **typed)
                )
        whole = total_reduction(table, codes, year=year, base_year=base)
        meaning = f"Minskning av de samlade utsläppen {base}–{year}, {basis.set_name(codes)}"
        found.append(
            _change_claim(
                basis,
                f"emissions-{name}-reduction-total",
                whole,
                meaning,
                direction=-1,
                subject=basis.subject(name),
                measure="emissions_total",
                method="total",
            )
        )
    return found


def _change_claim(
    basis: Basis, claim_id: str, value: float, told: str, *, direction: Direction, **typed: Any
) -> Claim:
    year, base = basis.params.emissions_year, basis.params.base_year
    typed = {**typed, "direction": direction, "base_year": base}
    return basis.claim(
        claim_id, value, percent(value), kind="change", unit="share", year=year, told=told, **typed
    )


def _series(basis: Basis) -> list[Claim]:
    table, definition = basis.table, basis.params.definition
    return [
        _level_claim(
            basis,
            f"emissions-{name}-level-{year}",
            level_emissions(table, codes, year=year, definition=definition),
            year,
            f"Utsläpp per invånare {year}, {basis.set_name(codes)}: {basis.how(codes, definition)}",
            subject=basis.subject(name),
            method=definition,
            role="series",
        )
        for name, codes in basis.groups
        for year in years(table, codes)
        if year <= basis.params.emissions_year
    ]


def _by_sector(basis: Basis) -> list[Claim]:
    params, found = basis.params, []
    emitted, people = basis.emissions, basis.population
    if basis.own:  # a fact sheet shows no sector over the years
        emitted, people = (table[table["year"] == params.emissions_year] for table in (emitted, people))
    for sector in basis.sectors.in_total:
        table = totals_emissions(emitted, people, sector=sector.name)
        for name, codes in basis.groups:
            for year in [year for year in years(table, codes) if year <= params.emissions_year]:
                value = level_emissions(table, codes, year=year)
                told = f"Utsläpp per invånare {year} från {sector.name}, {basis.set_name(codes)}: "
                claim_id, how = f"emissions-{name}-{sector.id}-{year}", basis.how(codes, "ratio_of_sums")
                typed = {"subject": basis.subject(name), "measure": sector.id, "method": "ratio_of_sums"}
                found.append(_level_claim(basis, claim_id, value, year, told + how, role="series", **typed))
    return found


# --- klimatlib.pace: How fast emissions per inhabitant fall, and how fast they wo

Targets = Sequence[tuple[int, Fraction]]
# Shares below the base year: those of Sweden's goals, here laid on the total emissions per inhabitant.
TARGETS: Targets = ((2030, Fraction(63, 100)), (2045, Fraction(85, 100)))
TARGET_SOURCE = "Riksdagen: det klimatpolitiska ramverket"
RECENT = {"ten": 10, "five": 5}
_HOW = "konstant procent per år, utsläpp per invånare"
_NOT_A_GOAL = "räknat på de totala utsläppen per invånare, som jämförelse och inte som mål"


def yearly(start: float, end: float, years: int) -> float:
    """Yearly fall, as a share, that takes a level from start to end at a constant percentage.

    Parameters
    ----------
    start, end
        Levels, t CO2e per inhabitant; start above nought.
    years
        Years between them, at least one.

    Notes
    -----
    ``1 - (end / start) ** (1 / years)``; below nought where the level rises.

    >>> yearly(8.0, 2.0, 2)
    0.5
    """
    if start <= 0 or years < 1:
        raise ValueError(f"no yearly pace from {start} over {years} years")
    return float(1 - (end / start) ** (1 / years))


def required(level: float, base_level: float, *, share: Fraction, years: int) -> float:
    """Yearly fall, as a share, that takes a level to ``share`` below the base level; nought if it is there.

    >>> required(4.0, 8.0, share=Fraction(3, 4), years=1)
    0.5
    """
    return max(0.0, yearly(level, float(1 - share) * base_level, years))


def started(years: Sequence[int], *, year: int, span: int) -> int | None:
    """Return the last year with data that lies at least ``span`` years before ``year``; None without one."""
    return max((known for known in years if known <= year - span), default=None)


def pace_claims(
    basis: Basis, *, targets: Targets = TARGETS, target_source: str = TARGET_SOURCE
) -> list[Claim]:
    """Claims on the pace: achieved since the base year and of late, required to each target, target levels.

    Parameters
    ----------
    basis
        What emission claims rest on.
    targets
        Pairs of year and share below the base year (0-1); those of the past are left out.
    target_source
        Where the targets come from, as printed.
    """
    targets = [(year, share) for year, share in targets if year > basis.params.emissions_year]
    found = [_target(basis, *target, source=target_source) for target in targets]
    for group, codes in basis.groups:
        found += _achieved(basis, group, codes)
        for target in targets:
            found += _required(basis, group, codes, *target)
    return found


def rows(basis: Basis, book: ClaimBook, *, targets: Targets = TARGETS) -> list[list[str | Claim]]:
    """Return printed rows: what the pace is of, and the pace of each group of the basis, per cent a year."""
    year, base = basis.params.emissions_year, basis.params.base_year
    names = [
        (f"Hittills, {start}–{year}", f"achieved-{i}") for i, start in _starts(basis, basis.codes).items()
    ]
    names += [
        (f"Krävs {year}–{until} för {percent(share)} lägre än {base}", f"required-{until}")
        for until, share in targets
        if until > year
    ]
    return [[label, *(book[f"pace-{group}-{i}"] for group, _ in basis.groups)] for label, i in names]


def view(book: ClaimBook, *, targets: Targets = TARGETS) -> list[dict[str, object]]:
    """Return for the text each target: year, whether the pace since the base year would do, ids of claims."""
    return [
        {
            "year": year,
            "share": f"pace-target-{year}",
            "members": f"pace-members-required-{year}",
            "nation": f"pace-nation-required-{year}",
            "level": f"pace-members-target-{year}",
            "enough": _achieved_value(book) >= book[f"pace-members-required-{year}"].value,
        }
        for year in _years(book, targets)
    ]


def sentence(book: ClaimBook, *, targets: Targets = TARGETS) -> str:
    """Return one sentence on the members' pace, Swedish, with its claims as placeholders."""
    needed = [
        f"{_claim(f'members-required-{year}')} per år för {_claim(f'target-{year}')} lägre utsläpp "
        f'{{{{ about("pace-target-{year}").data_year }}}}'
        for year in _years(book, targets)
    ]
    verb = "minskat" if _achieved_value(book) >= 0 else "ändrats"
    since = f"Sedan {{{{ params.base_year }}}} har medlemmarnas utsläpp per invånare {verb}"
    told = f"{since} med {_claim('members-achieved-base')} per år"
    return f"{told}; som jämförelse krävs {listing(needed)}." if needed else f"{told}."


def paths(book: ClaimBook, *, targets: Targets = TARGETS) -> list[tuple[str, Claim, Claim]]:
    """Return label, level and yearly fall that it takes, of each target of the members, for the chart."""
    names = ("target", "members-target", "members-required")
    three = [[book[f"pace-{name}-{year}"] for name in names] for year in _years(book, targets)]
    return [(f"{MINUS}{share.text}", level, pace) for share, level, pace in three]


def alt(book: ClaimBook, *, targets: Targets = TARGETS) -> str:
    """Return what the chart of the pace shows, in words."""
    told = [
        f"{pace.text} per år till {level.text} {level.data_year}"
        for _, level, pace in paths(book, targets=targets)
    ]
    achieved = book["pace-members-achieved-base"].text
    return (
        f"Linjediagram. Medlemmarnas utsläpp per invånare har minskat med {achieved} per år. "
        f"Streckade linjer visar vad som krävs: {listing(told)}."
    )


def _claim(name: str) -> str:
    return f'{{{{ claim("pace-{name}") }}}}'


def _years(book: ClaimBook, targets: Targets) -> list[int]:
    return [year for year, _ in targets if f"pace-target-{year}" in book]


def _level(basis: Basis, codes: Sequence[str], year: int) -> float:
    return level_emissions(basis.table, codes, year=year, definition=basis.params.definition)


def _starts(basis: Basis, codes: Sequence[str]) -> dict[str, int]:
    year, base = basis.params.emissions_year, basis.params.base_year
    known = [known for known in years(basis.table, codes) if base <= known < year]
    found = {"base": base, **{i: started(known, year=year, span=span) for i, span in RECENT.items()}}
    return {i: start for i, start in found.items() if start is not None and (i == "base" or start != base)}


def _achieved(basis: Basis, group: str, codes: Sequence[str]) -> list[Claim]:
    year = basis.params.emissions_year
    now = _level(basis, codes, year)
    return [
        _pace(
            basis,
            f"pace-{group}-achieved-{i}",
            yearly(_level(basis, codes, start), now, year - start),
            f"Minskning per år {start}–{year}, {basis.set_name(codes)}: {_HOW}",
            subject=basis.subject(group),
            role="achieved",
            part=i,
            base_year=start,
        )
        for i, start in _starts(basis, codes).items()
    ]


def _required(basis: Basis, group: str, codes: Sequence[str], until: int, share: Fraction) -> list[Claim]:
    year, base = basis.params.emissions_year, basis.params.base_year
    now, then = _level(basis, codes, year), _level(basis, codes, base)
    aim, who = f"{percent(share)} lägre än {base} till {until}", basis.set_name(codes)
    pace = required(now, then, share=share, years=until - year)
    told = f"Minskning per år som krävs {year}–{until} för {aim}, {who}: {_HOW}; {_NOT_A_GOAL}"
    level = float(1 - share) * then
    meant = f"Utsläpp per invånare {aim}, {who}; {_NOT_A_GOAL}"
    text = quantity(level, "ton", 1)
    return [
        _pace(
            basis,
            f"pace-{group}-required-{until}",
            pace,
            told,
            subject=basis.subject(group),
            role="required",
            part=str(until),
            base_year=base,
        ),
        basis.claim(
            f"pace-{group}-target-{until}",
            level,
            text,
            kind="goal",
            unit=UNIT,
            year=until,
            told=meant,
            subject=basis.subject(group),
            method=basis.params.definition,
            role="target",
            part=str(until),
            base_year=base,
        ),
    ]


def _pace(
    basis: Basis,
    claim_id: str,
    value: float,
    told: str,
    *,
    subject: str,
    role: Role,
    part: str,
    base_year: int,
) -> Claim:
    return basis.claim(
        claim_id,
        value,
        percent(value, 1),
        kind="pace",
        unit="share per year",
        year=basis.params.emissions_year,
        told=told,
        subject=subject,
        method="constant_rate",
        direction=-1,
        role=role,
        part=part,
        base_year=base_year,
    )


def _target(basis: Basis, year: int, share: Fraction, *, source: str) -> Claim:
    told = f"Minskning {basis.params.base_year}–{year} som takten räknas mot, {_NOT_A_GOAL}"
    return Claim(
        f"pace-target-{year}",
        basis.params.year,
        exact(share),
        "share",
        percent(share),
        "goal",
        measure="emissions",
        direction=-1,
        role="target",
        part=str(year),
        base_year=basis.params.base_year,
        data_year=year,
        definition=told,
        source=source,
    )


def _achieved_value(book: ClaimBook) -> Decimal:
    return book["pace-members-achieved-base"].value


# --- klimatlib.spread: How the members differ: each municipality's own level and re

POINTS = {"min": 0, "q1": 1, "median": 2, "q3": 3, "max": 4}
_METHODS: dict[str, Method] = {
    "min": "minimum",
    "q1": "lower_quartile",
    "median": "median",
    "q3": "upper_quartile",
    "max": "maximum",
}
_NAMES = {
    "min": "Lägsta värdet av",
    "q1": "Nedre kvartilen av",
    "median": "Medianen av",
    "q3": "Övre kvartilen av",
    "max": "Högsta värdet av",
}
KINDS = {"level": "utsläpp per invånare", "reduction": "minskning av utsläppen per invånare"}
_MOST = 3
_SHOWN = 8


def quarter(values: Sequence[float], quarters: int) -> float:
    """Return the value with so many quarters of the values below it, between two by straight line.

    >>> [quarter([1, 2, 4, 8], q) for q in (0, 1, 2, 4)]
    [1.0, 1.75, 3.0, 8.0]
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * quarters / 4
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def own(table: pd.DataFrame, codes: Sequence[str], *, year: int, base_year: int) -> pd.DataFrame:
    """Each municipality's own level and reduction.

    Parameters
    ----------
    table
        As `emissions.totals` gives it.
    codes
        The municipalities.
    year, base_year
        Data year, and the year that reductions are counted from.

    Returns
    -------
    DataFrame
        code, level (t CO2e per inhabitant), reduction (share, per inhabitant).
    """
    return pd.DataFrame(
        {
            "code": [*codes],
            "level": [level_emissions(table, [code], year=year) for code in codes],
            "reduction": [reduction(table, [code], year=year, base_year=base_year) for code in codes],
        }
    )


def spread_claims(basis: Basis, names: Mapping[str, str]) -> list[Claim]:
    """Claims on the spread: each member's level and reduction, quartiles, and how many lie below the nation.

    Parameters
    ----------
    basis
        What emission claims rest on.
    names
        Names of the members by code.
    """
    year, base = basis.params.emissions_year, basis.params.base_year
    table = totals_emissions(basis.emissions, basis.population)
    each = own(table, basis.codes, year=year, base_year=base)
    found = [*_below(basis, each, level_emissions(table, [NATION], year=year))]
    for kind, what in KINDS.items():
        span = str(year) if kind == "level" else f"{base}–{year}"
        values = [float(value) for value in each[kind]]
        found += [
            _spread_claim(
                basis,
                f"spread-{kind}-{i}",
                kind,
                quarter(values, q),
                f"{_NAMES[i]} medlemskommunernas {what} {span}",
                subject="members",
                method=_METHODS[i],
            )
            for i, q in POINTS.items()
        ]
        found += [
            _spread_claim(
                basis,
                f"spread-{kind}-{code}",
                kind,
                value,
                f"{names[code]}: {what} {span}",
                subject=code,
                method="ratio_of_sums",
            )
            for code, value in zip(each["code"], values, strict=True)
        ]
    return found


def sensitivity(basis: Basis, names: Mapping[str, str]) -> list[Claim]:
    """Claims on the members' level without each one of them, and on what each adds to it.

    Parameters
    ----------
    basis, names
        As `claims`.
    """
    table, params = totals_emissions(basis.emissions, basis.population), basis.params
    whole = level_emissions(table, basis.codes, year=params.emissions_year, definition=params.definition)
    told = f"Utsläpp per invånare, {basis.set_name(basis.codes)}: {DEFINITIONS[params.definition]}"
    text = quantity(whole, "ton", 2)
    found = [_sensitivity_claim(basis, "spread-level-all", whole, text, told, kind="level")]
    for code in basis.codes if len(basis.codes) > 1 else ():
        rest = [other for other in basis.codes if other != code]
        value = level_emissions(table, rest, year=params.emissions_year, definition=params.definition)
        how = f"{basis.set_name(rest)}: {DEFINITIONS[params.definition]}"
        found += [
            _sensitivity_claim(
                basis,
                f"spread-without-{code}",
                value,
                quantity(value, "ton", 2),
                f"Utsläpp per invånare utan {names[code]}, {how}",
                kind="level",
                part=code,
            ),
            _sensitivity_claim(
                basis,
                f"spread-effect-{code}",
                whole - value,
                signed(whole - value, "ton", 2),
                f"Nivån med {names[code]} minus nivån utan, {how}",
                kind="change",
                part=code,
            ),
        ]
    return found


def dots(
    book: ClaimBook, kind: str, codes: Sequence[str], names: Mapping[str, str]
) -> list[tuple[str, Claim]]:
    """Return name and claim of each member, ascending; ``kind`` is ``level`` or ``reduction``."""
    found = [(names[code], book[f"spread-{kind}-{code}"]) for code in codes]
    return sorted(found, key=lambda row: (row[1].value, row[0]))


def largest(
    book: ClaimBook, codes: Sequence[str], names: Mapping[str, str], *, most: int = _SHOWN
) -> list[tuple[str, Claim]]:
    """Return name and level without it of the members that move the level most, the largest effect first."""
    ordered = _by_effect(book, codes, names)[:most]
    return [(names[code], book[f"spread-without-{code}"]) for code in ordered]


def spread_view(book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]) -> dict[str, object]:
    """Return for the text: lowest and highest member of both kinds, and the three of most effect."""
    ends: dict[str, object] = {}
    for kind in KINDS:
        rows = dots(book, kind, codes, names)
        ends[kind] = {"low": _told(rows[0]), "high": _told(rows[-1])}
    moved = [
        {"name": names[code], "without": f"spread-without-{code}", "effect": f"spread-effect-{code}"}
        for code in _by_effect(book, codes, names)[:_MOST]
    ]
    return {**ends, "moved": moved}


def spread_rows(book: ClaimBook) -> list[list[str | Claim]]:
    """Return printed rows: lowest, quartiles, median and highest of the members' level and reduction."""
    shown = {"min": "Lägst", "q1": "Nedre kvartil", "median": "Median", "q3": "Övre kvartil", "max": "Högst"}
    return [[label, *(book[f"spread-{kind}-{i}"] for kind in KINDS)] for i, label in shown.items()]


def spread_alt(
    book: ClaimBook, kind: str, codes: Sequence[str], names: Mapping[str, str], nation: Claim
) -> str:
    """Return what the chart of the spread shows, in words."""
    found = dots(book, kind, codes, names)
    (low, least), (high, most) = found[0], found[-1]
    middle = book[f"spread-{kind}-median"].text
    ends = f"från {low} {least.text} till {high} {most.text}"
    return f"Punktdiagram, en punkt per medlemskommun: {ends}. Medianen är {middle}, riket {nation.text}."


def sensitivity_alt(book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Return what the chart of the level without each member shows, in words."""
    whole = book["spread-level-all"]
    told = [f"utan {name} {claim.text}" for name, claim in largest(book, codes, names)]
    return f"Punktdiagram. Medlemmarnas nivå är {whole.text}; {listing(told)}."


def _by_effect(book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]) -> list[str]:
    return sorted(codes, key=lambda code: (-abs(book[f"spread-effect-{code}"].value), names[code]))


def _told(row: tuple[str, Claim]) -> dict[str, str]:
    return {"name": row[0], "claim": row[1].id}


def _spread_claim(
    basis: Basis, claim_id: str, kind: str, value: float, told: str, *, subject: str, method: Method
) -> Claim:
    year = basis.params.emissions_year
    typed: dict[str, Any] = {"subject": subject, "method": method, "role": "spread"}
    if kind == "level":
        text = quantity(value, "ton", 1)
        return basis.claim(claim_id, value, text, kind="level", unit=UNIT, year=year, told=told, **typed)
    typed |= {"direction": -1, "base_year": basis.params.base_year}
    return basis.claim(
        claim_id, value, percent(value), kind="change", unit="share", year=year, told=told, **typed
    )


def _sensitivity_claim(
    basis: Basis, claim_id: str, value: float, text: str, told: str, *, kind: Kind, part: str = ""
) -> Claim:
    return basis.claim(
        claim_id,
        value,
        text,
        kind=kind,
        unit=UNIT,
        year=basis.params.emissions_year,
        told=told,
        subject="members",
        method=basis.params.definition,
        role="sensitivity",
        part=part,
    )


def _below(basis: Basis, each: pd.DataFrame, nation: float) -> list[Claim]:
    year, n = basis.params.emissions_year, len(each)
    k = int((each["level"] < nation).sum())
    told = f"Medlemskommuner med lägre utsläpp per invånare än riket {year}, av {n}"
    typed: dict[str, Any] = {"subject": "members", "role": "spread", "part": "below_nation"}
    count = basis.claim(
        "spread-below-nation", k, number(k), kind="count", unit="members", year=year, told=told, **typed
    )
    part = Fraction(k, n)
    told = told.replace("Medlemskommuner", "Andel av medlemskommunerna")
    share = basis.claim(
        "spread-below-nation-share",
        float(part),
        percent(part),
        kind="share",
        unit="share",
        year=year,
        told=told,
        denominator="municipalities",
        **typed,
    )
    return [count, replace(share, k=k, n=n)]


# --- klimatlib.alike: One municipality by itself, and the municipalities most like

MOST = 5
_MILLION, _DIGITS = 1_000_000, 3


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how unlike two municipalities are: inhabitants and emissions per inhabitant, as ratios.

    Twice as many counts as much as half as many, and the two measures weigh the same.

    >>> distance((1000, 3.0), (2000, 6.0)) == 2 * distance((1000, 3.0), (500, 3.0))
    True
    """
    return math.fsum(abs(math.log(a / b)) for a, b in zip(one, other, strict=True))


def nearest(basis: Basis, code: str, *, most: int = MOST) -> list[str]:
    """Return the codes of the municipalities most like one in the data year, the most alike first.

    Parameters
    ----------
    basis
        What emission claims rest on; all municipalities in it are candidates, members or not.
    code
        The municipality.
    most
        How many, at most.
    """
    sizes = measures(basis)
    others = [other for other in sizes if other != code]
    return sorted(others, key=lambda other: (distance(sizes[code], sizes[other]), other))[:most]


def measures(basis: Basis) -> dict[str, tuple[float, float]]:
    """Inhabitants, and emissions per inhabitant (t CO2e), of every municipality that has both in both years.

    One without emissions has no ratio to another's and is left out.
    """
    params, table = basis.params, basis.table.dropna()
    then = set(table.loc[table["year"] == params.base_year, "municipality_code"])
    now = table[(table["year"] == params.emissions_year) & (table["emissions_t"] > 0)]
    return {
        str(row.municipality_code): (float(row.population), row.emissions_t / row.population)
        for row in rows_module(now)
        if row.municipality_code != NATION and row.municipality_code in then
    }


def alike_claims(basis: Basis, codes: Sequence[str], names: Mapping[str, str]) -> list[Claim]:
    """Claims on the basis's own municipality, and on those alike.

    Parameters
    ----------
    basis
        With its own municipality.
    codes
        Those alike, as `nearest` gives them.
    names
        Names by code.
    """
    (own, name), *_ = basis.own.items()
    year, base = basis.params.emissions_year, basis.params.base_year
    sizes = measures(basis)
    people, level = sizes[own]
    compared = f"Kommuner i statistiken som {name} jämförs med"
    found = [
        _count(basis, "alike-candidates", len(sizes) - 1, "municipalities", compared, "municipalities"),
        basis.claim(
            "own-emissions",
            people * level,
            tonnes(people * level),
            kind="level",
            unit="t CO2e",
            year=year,
            subject=own,
            measure="emissions_total",
            method="total",
            told=f"Utsläpp {year}, {name}; avrundat till {_DIGITS} siffror",
        ),
    ]
    for code in (own, *codes):
        who = f"{names[code]}: utsläppen delade med invånarna"
        many, value = sizes[code]
        cut = reduction(basis.table, [code], year=year, base_year=base)
        found += [
            _count(
                basis,
                f"alike-{code}-population",
                many,
                "persons",
                f"Invånare 31 december {year}, {names[code]}",
                code,
            ),
            basis.claim(
                f"alike-{code}-level",
                value,
                quantity(value, "ton", 1),
                kind="level",
                unit=UNIT,
                year=year,
                subject=code,
                method="ratio_of_sums",
                role="peer",
                told=f"Utsläpp per invånare {year}, {who}",
            ),
            basis.claim(
                f"alike-{code}-change",
                -cut,
                _with_sign(-cut),
                kind="change",
                unit="share",
                year=year,
                subject=code,
                method="ratio_of_sums",
                role="peer",
                base_year=base,
                told=f"Förändring av utsläppen per invånare {base}–{year}, {who}",
            ),
        ]
    return found


def table(
    basis: Basis, book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]
) -> list[list[str | Claim]]:
    """Return printed rows: the municipality itself, then those alike by the alphabet."""
    (own,) = basis.own
    ordered = [own, *sorted(codes, key=lambda code: alphabetical(names[code]))]
    return [
        [names[code], *(book[f"alike-{code}-{kind}"] for kind in ("population", "level", "change"))]
        for code in ordered
    ]


def tonnes(value: float) -> str:
    r"""Return emissions as a reader can hold them: three digits, millions in words.

    >>> tonnes(11_349.0), tonnes(2_774_913.0)
    ('11\xa0300\xa0ton', '2,77\xa0miljoner\xa0ton')
    """
    if value >= _MILLION:
        return quantity(Fraction(value) / _MILLION, "miljoner\xa0ton", 2)
    step = 10 ** max(0, len(str(int(value))) - _DIGITS)
    return quantity(round_half_up(Fraction(value) / step) * Decimal(step), "ton")


def _with_sign(share: float) -> str:
    return signed(100 * Fraction(share), "%")


def _count(basis: Basis, claim_id: str, value: float, unit: str, told: str, subject: str) -> Claim:
    return basis.claim(
        claim_id,
        value,
        number(int(value)),
        kind="count",
        unit=unit,
        year=basis.params.emissions_year,
        told=told,
        subject=subject,
        measure="population" if unit == "persons" else "municipalities",
        method="count",
        role="peer",
    )


# --- klimatlib.revisions: One figure in several releases: the database revises its who

_FIGURES = (
    ("members-level", "Nivå, medlemmarna"),
    ("nation-level", "Nivå, riket"),
    ("members-reduction", "Minskning, medlemmarna"),
    ("nation-reduction", "Minskning, riket"),
)
HOLDS, FAILS = "Ja", "Nej"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def common_year(releases: Mapping[str, pd.DataFrame], *, latest: int) -> int:
    """Return the newest data year, not after ``latest``, that every release has for the nation.

    Parameters
    ----------
    releases
        Emissions by release, columns as `schemas.EMISSIONS`.
    latest
        The report's data year.
    """
    years = [{*table.loc[table["municipality_code"] == NATION, "year"]} for table in releases.values()]
    return max(int(year) for year in set.intersection(*years) if year <= latest)


def revisions_claims(
    releases: Mapping[str, pd.DataFrame],
    population: pd.DataFrame,
    codes: Sequence[str],
    *,
    params: Params,
    source: str,
) -> list[Claim]:
    """Claims on the headlines of one data year in every release: levels and reductions, by ratio of sums.

    Parameters
    ----------
    releases
        Emissions by release, columns as `schemas.EMISSIONS`.
    population
        Columns as `schemas.POPULATION`.
    codes
        The members' codes.
    params, source
        The report's parameters; where the figures come from, as printed.
    """
    year = common_year(releases, latest=params.emissions_year)
    by = DEFINITIONS["ratio_of_sums"]
    found = []
    for release, table in sorted(releases.items()):
        totals = totals_emissions(table, population)
        for name, group in (("members", [*codes]), ("nation", [NATION])):
            level = level_emissions(totals, group, year=year)
            cut = reduction(totals, group, year=year, base_year=params.base_year)
            who = "riket" if name == "nation" else f"{len(group)} medlemskommuner"
            parts: tuple[tuple[str, float, str, str, str, dict[str, Any]], ...] = (
                (
                    f"{name}-level",
                    level,
                    quantity(level, "ton", 1),
                    UNIT,
                    "Utsläpp per invånare",
                    {"kind": "level", "direction": 1},
                ),
                (
                    f"{name}-reduction",
                    cut,
                    percent(cut),
                    "share",
                    f"Minskning per invånare sedan {params.base_year}",
                    {"kind": "change", "direction": -1, "base_year": params.base_year},
                ),
            )
            found += [
                Claim(
                    f"release-{release}-{figure}",
                    params.year,
                    exact(value),
                    unit,
                    text,
                    **typed,
                    subject=name,
                    measure="emissions",
                    method="ratio_of_sums",
                    role="release",
                    data_year=year,
                    vintage=release,
                    definition=f"{told} {year}, {who}, i utgåva {release}: {by}",
                    source=source,
                )
                for figure, value, text, unit, told, typed in parts
            ]
    return found


def headings(first: str, releases: Sequence[str]) -> list[str]:
    """Return a printed table's headings: what the rows are, and each release by its date, oldest first."""
    dates = [swedish.date(r, year=True) if _ISO.fullmatch(r) else r for r in sorted(releases)]
    return [first, *dates]


def revisions_rows(book: ClaimBook, releases: Sequence[str]) -> list[list[str | Claim]]:
    """Return printed rows: a headline, and its value in each release, oldest first; none for one release."""
    if len(releases) < 2:
        return []
    return [[told, *(book[f"release-{r}-{figure}"] for r in sorted(releases))] for figure, told in _FIGURES]


def conclusions(book: ClaimBook, releases: Sequence[str]) -> list[list[str | Claim]]:
    """Return printed rows: a conclusion, and whether each release bears it out; none for one release."""
    if len(releases) < 2:
        return []

    def tested(first: str, second: str) -> list[str]:
        pairs = [
            (book[f"release-{r}-{first}"].value, book[f"release-{r}-{second}"].value)
            for r in sorted(releases)
        ]
        return [HOLDS if one > other else FAILS for one, other in pairs]

    return [
        ["Medlemmarna släpper ut mindre per invånare än riket", *tested("nation-level", "members-level")],
        ["Medlemmarnas utsläpp har minskat mer än rikets", *tested("members-reduction", "nation-reduction")],
    ]
