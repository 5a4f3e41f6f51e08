"""Emissions per inhabitant: levels, reductions, sectors, pace, spread, peers and releases.

Two definitions exist and are never mixed in one comparison; each claim names its own.

*Ratio of sums*: the set's emissions over the set's inhabitants. *Mean of municipalities*: the unweighted
mean of the municipalities' own values. A pace is a constant yearly percentage: a level that falls by r a year
is ``(1 - r) ** years`` of itself after so many years. Emissions of the database of one
vintage, SMHI; inhabitants on 31 December of the same year, SCB.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, Direction, Kind, Method, exact
from klimatlib.config import Definition, Params, Sectors, Target, Targets
from klimatlib.errors import ClaimError
from klimatlib.sources.tables import NATION, TOTAL, rows
from klimatlib.swedish import MINUS, alphabetical, listing, number, percent, quantity, round_half_up, signed

UNIT = "t CO2e per capita"
DEFINITIONS: dict[Definition, str] = {
    "ratio_of_sums": "summan av utsläppen delad med summan av invånarna",
    "mean_of_municipalities": "ovägt medelvärde av kommunernas egna värden",
}
_NOT_A_GOAL = "räknat på de totala utsläppen per invånare, som jämförelse och inte som mål"
_PACE = "konstant procent per år, utsläpp per invånare"
_RECENT = {"ten": 10, "five": 5}  # years that the pace of late is counted over
_QUANTILES: Mapping[str, tuple[float, Method, str]] = {
    "min": (0.0, "minimum", "Lägsta värdet av"),
    "q1": (0.25, "lower_quartile", "Nedre kvartilen av"),
    "median": (0.5, "median", "Medianen av"),
    "q3": (0.75, "upper_quartile", "Övre kvartilen av"),
    "max": (1.0, "maximum", "Högsta värdet av"),
}
_SPREAD: Mapping[Kind, tuple[str, str]] = {
    "level": ("level", "utsläpp per invånare"),
    "change": ("reduction", "minskning av utsläppen per invånare"),
}
HOLDS, FAILS = "Ja", "Nej"
FACTSHEET_NAMES = ("Medlemmar", "Riket")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
Rows = list[list[str | Claim]]


def totals(emissions: pd.DataFrame, population: pd.DataFrame, *, sector: str = TOTAL) -> pd.DataFrame:
    """Emissions of one sector (all of them by default) beside the inhabitants.

    Parameters
    ----------
    emissions, population
        Columns as `tables.EMISSIONS` and `tables.POPULATION`.
    sector
        A main sector or ``Alla``.

    Returns
    -------
    DataFrame
        municipality_code, year, emissions_t (t CO2e), population (persons).
    """
    chosen = emissions.loc[emissions["sector"] == sector, ["municipality_code", "year", "emissions_t"]]
    return chosen.merge(population, on=["municipality_code", "year"], how="left", validate="one_to_one")


def level(
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
    sets = [[code] for code in codes] if definition == "mean_of_municipalities" else [codes]
    own = [1 - level(table, part, year=year) / level(table, part, year=base_year) for part in sets]
    return math.fsum(own) / len(own)


def total_reduction(table: pd.DataFrame, codes: Sequence[str], *, year: int, base_year: int) -> float:
    """Reduction of the set's whole emissions since the base year, as a share."""
    current, base = (math.fsum(_of_year(table, codes, y)[0]) for y in (year, base_year))
    return 1 - current / base


def years(table: pd.DataFrame, codes: Sequence[str]) -> list[int]:
    """Years in which every municipality of the set has emissions and inhabitants, ascending."""
    complete = table[table["municipality_code"].isin([*codes])].dropna()
    counts = complete.groupby("year")["municipality_code"].nunique()
    return sorted(int(year) for year in counts[counts == len(set(codes))].index)


def _of_year(table: pd.DataFrame, codes: Sequence[str], year: int) -> tuple[list[float], list[int]]:
    """Return emissions (t) and inhabitants of each municipality of a set, in the set's order."""
    of_year = table[table["year"] == year].dropna(subset=["emissions_t", "population"])
    columns = (of_year[name].tolist() for name in ("municipality_code", "emissions_t", "population"))
    values = {code: (emitted, people) for code, emitted, people in zip(*columns, strict=True)}
    absent = [code for code in codes if code not in values]
    if absent or not codes:
        raise ClaimError(f"no emissions or inhabitants for {', '.join(absent) or 'an empty set'} in {year}")
    return [values[code][0] for code in codes], [values[code][1] for code in codes]


def yearly_fall(start: float, end: float, years: int) -> float:
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

    >>> yearly_fall(8.0, 2.0, 2)
    0.5
    """
    if start <= 0 or years < 1:
        raise ValueError(f"no yearly pace from {start} over {years} years")
    return float(1 - (end / start) ** (1 / years))


def required_fall(level: float, base_level: float, *, share: Fraction, years: int) -> float:
    """Yearly fall, as a share, that takes a level to ``share`` below the base level; nought if it is there.

    >>> required_fall(4.0, 8.0, share=Fraction(3, 4), years=1)
    0.5
    """
    return max(0.0, yearly_fall(level, float(1 - share) * base_level, years))


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
        Names and ids of the sectors (``params/sectors.yml``).
    own
        Code and name of the one municipality that a fact sheet is about; nothing in the report.
    targets
        What the pace is counted to (``params/targets.yml``); none by default.
    """

    emissions: pd.DataFrame
    population: pd.DataFrame
    codes: Sequence[str]
    params: Params
    source: str
    sectors: Sectors = field(default_factory=lambda: Sectors(sectors=()))
    own: Mapping[str, str] = field(default_factory=dict)
    targets: Targets = field(default_factory=Targets)

    @cached_property
    def table(self) -> pd.DataFrame:
        """All emissions beside the inhabitants, as `totals` gives them."""
        return totals(self.emissions, self.population)

    @property
    def groups(self) -> list[tuple[str, list[str]]]:
        """Names, as in the ids of claims, and codes of the sets: the members, the nation."""
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

    def level(self, codes: Sequence[str], year: int) -> float:
        """Return the set's level by the definition of the parameters."""
        return level(self.table, codes, year=year, definition=self.params.definition)

    def claim(
        self,
        claim_id: str,
        kind: Kind,
        value: float,
        definition: str,
        *,
        text: str = "",
        unit: str = UNIT,
        year: int | None = None,
        **typed: Any,
    ) -> Claim:
        """Return a claim on these tables, of the data year by default.

        Without ``text`` it is printed as its unit is: tonnes with a decimal, a share in whole per cent, a
        pace with a decimal. ``typed`` are fields of `Claim`.
        """
        if not text:
            is_tonnes, decimals = unit == UNIT, int(unit != "share")
            text = quantity(value, "ton", decimals) if is_tonnes else percent(value, decimals)
        return Claim(
            claim_id,
            self.params.year,
            exact(value),
            unit,
            text,
            kind,
            **{"measure": "emissions", "direction": 1, **typed},
            data_year=year or self.params.emissions_year,
            vintage=self.params.emissions_vintage,
            definition=definition,
            source=self.source,
        )

    def change(
        self, claim_id: str, value: float, definition: str, direction: Direction, **typed: Any
    ) -> Claim:
        """Return a claim on a change since the base year, as a share."""
        typed = {"direction": direction, "base_year": self.params.base_year, **typed}
        return self.claim(claim_id, "change", value, definition, unit="share", **typed)


def claims(basis: Basis) -> list[Claim]:
    """All the report's claims on emissions: levels, reductions, series, sectors."""
    table, params = basis.table, basis.params
    year, base, method = params.emissions_year, params.base_year, params.definition
    made = []
    for group, codes in basis.groups:
        name, how, ahead = basis.set_name(codes), basis.how(codes, method), f"emissions-{group}"
        typed: dict[str, Any] = {"subject": basis.subject(group), "method": method}
        definition = f"Utsläpp per invånare, {name}: {how}"
        made.append(basis.claim(f"{ahead}-level", "level", basis.level(codes, year), definition, **typed))
        for each in (known for known in years(table, codes) if known <= year):
            definition = f"Utsläpp per invånare {each}, {name}: {how}"
            value, of_year = basis.level(codes, each), {**typed, "role": "series", "year": each}
            made.append(basis.claim(f"{ahead}-level-{each}", "level", value, definition, **of_year))
        by_method: list[tuple[str, Definition]] = [("", method)]
        if group == "members":
            by_method += [("-ratio", "ratio_of_sums"), ("-mean", "mean_of_municipalities")]
        span = f"av utsläppen per invånare {base}–{year}, {name}"
        for suffix, way in by_method:
            cut = reduction(table, codes, year=year, base_year=base, definition=way)
            typed = {**typed, "method": way, "role": "by_method" if suffix else "main"}
            definition = f"Minskning {span}: {basis.how(codes, way)}"
            made.append(basis.change(f"{ahead}-reduction{suffix}", cut, definition, -1, **typed))
            if not suffix:
                made.append(basis.change(f"{ahead}-change", -cut, f"Förändring {span}: {how}", 1, **typed))
        whole = total_reduction(table, codes, year=year, base_year=base)
        typed = {"subject": basis.subject(group), "measure": "emissions_total", "method": "total"}
        definition = f"Minskning av de samlade utsläppen {base}–{year}, {name}"
        made.append(basis.change(f"{ahead}-reduction-total", whole, definition, -1, **typed))

    emitted, people = basis.emissions, basis.population
    if basis.own:  # a fact sheet shows no sector over the years
        emitted, people = (table[table["year"] == year] for table in (emitted, people))
    for sector in basis.sectors.in_total:
        table = totals(emitted, people, sector=sector.name)
        typed = {"measure": sector.id, "method": "ratio_of_sums", "role": "series"}
        for group, codes in basis.groups:
            of = f"{sector.name}, {basis.set_name(codes)}: {basis.how(codes, 'ratio_of_sums')}"
            typed["subject"] = basis.subject(group)
            for each in (known for known in years(table, codes) if known <= year):
                claim_id, value = f"emissions-{group}-{sector.id}-{each}", level(table, codes, year=each)
                definition = f"Utsläpp per invånare {each} från {of}"
                made.append(basis.claim(claim_id, "level", value, definition, year=each, **typed))
    return made


def series(book: ClaimBook, subject: str, *, measure: str = "emissions") -> list[Claim]:
    """Yearly levels of ``members``, ``nation`` or a municipality, in all or of one sector, by data year."""
    levels = book.select(kind="level", subject=subject, measure=measure, role="series")
    return sorted(levels, key=lambda claim: claim.data_year or 0)


def series_beside(basis: Basis, book: ClaimBook) -> list[tuple[str, list[Claim]]]:
    """Return name and yearly levels of the municipality of a fact sheet, the members and the nation.

    From the base year on, and only years that all three have.
    """
    names = (*basis.own.values(), *FACTSHEET_NAMES)
    of_all = _common_years([series(book, basis.subject(group)) for group, _ in basis.groups])
    base = basis.params.base_year
    since = [[claim for claim in claims if (claim.data_year or 0) >= base] for claims in of_all]
    return [*zip(names, since, strict=True)]


def _common_years(curves: Sequence[Sequence[Claim]]) -> list[list[Claim]]:
    """Return of each curve the claims of the years that all of them have."""
    common = set.intersection(*({claim.data_year for claim in claims} for claims in curves))
    return [[claim for claim in claims if claim.data_year in common] for claims in curves]


def series_alt(book: ClaimBook) -> str:
    """Return what the chart of levels shows, in words."""
    parts = []
    for subject, who in (("members", "medlemmarna"), ("nation", "riket")):
        first, *_, last = series(book, subject)
        parts.append(f"{who} från {first.text} {first.data_year} till {last.text} {last.data_year}")
    return f"Linjediagram. Utsläppen per invånare minskar för {parts[0]} och för {parts[1]}."


def sector_rows(
    book: ClaimBook, params: Params, sectors: Sectors, *, subjects: Sequence[str] = ("members", "nation")
) -> list[tuple[Any, ...]]:
    """Sector, and each subject's emissions per inhabitant in the data year; the first one's largest first."""
    rows = []
    of_year: dict[str, Any] = {"kind": "level", "role": "series", "data_year": params.emissions_year}
    for sector in sectors.in_total:
        levels = [book.select(subject=subject, measure=sector.id, **of_year) for subject in subjects]
        if all(levels):
            rows.append((sector.label, *(claim for claims in levels for claim in claims)))
    return sorted(rows, key=lambda row: (-row[1].value, row[0]))


def sector_series(
    book: ClaimBook, params: Params, sectors: Sectors
) -> list[tuple[str, tuple[list[Claim], list[Claim]]]]:
    """Sector, and members' and nation's claims of the years that both have; as `sector_rows` orders."""
    curves = []
    for label, *claims in sector_rows(book, params, sectors):
        both = _common_years([series(book, claim.subject, measure=claim.measure) for claim in claims])
        curves.append((label, (both[0], both[1])))
    return curves


def sector_series_alt(book: ClaimBook, params: Params, sectors: Sectors) -> str:
    """Return what the small charts of sectors show, in words."""
    curves = [(label, members) for label, (members, _) in sector_series(book, params, sectors)]
    ends = [f"{label.lower()} från {claims[0].text} till {claims[-1].text}" for label, claims in curves]
    first, last = curves[0][1][0].data_year, curves[0][1][-1].data_year
    return (
        f"Små linjediagram på samma skala, ett för varje sektor, {first}–{last}, med riket som jämförelse. "
        f"Medlemmarnas utsläpp per invånare: {', '.join(ends)}."
    )


def sector_highlights(book: ClaimBook, params: Params, sectors: Sectors) -> dict[str, dict[str, str] | None]:
    """Return the sectors that the text speaks of, with the ids of their claims.

    ``largest`` is the members' largest; ``above`` the one where they lie most above the nation as printed,
    None where they lie above it nowhere; ``fallen`` the one that has fallen most since the base year as
    printed, None where nothing has.
    """
    in_text = {sector.label: sector.in_text or sector.label for sector in sectors.in_total}

    def printed(claim: Claim) -> Decimal:
        return round_half_up(claim.value, 1)

    def ids(row: tuple[Any, ...]) -> dict[str, str]:
        label, members, nation = row
        return {"name": in_text[label], "members": members.id, "nation": nation.id}

    rows = sector_rows(book, params, sectors)
    over = [row for row in rows if printed(row[1]) > printed(row[2])]
    above = max(over, key=lambda row: (printed(row[1]) - printed(row[2]), row[0]), default=None)
    falls = [
        (printed(members[0]) - printed(members[-1]), label, members)
        for label, (members, _) in sector_series(book, params, sectors)
    ]
    fall, label, members = max(falls, key=lambda entry: entry[:2])
    fallen = {"name": label, "then": members[0].id, "now": members[-1].id} if fall > 0 else None
    return {"largest": ids(rows[0]), "above": ids(above) if above else None, "fallen": fallen}


def largest_sector(basis: Basis) -> tuple[str, Claim]:
    """Return the sector with most emissions of a fact sheet's municipality: its name, its share of all."""
    ((code, name),) = basis.own.items()
    year, table = basis.params.emissions_year, basis.emissions
    of_year = table[(table["municipality_code"] == code) & (table["year"] == year)]
    tonnes_of = of_year.set_index("sector")["emissions_t"].sort_index()
    largest = str(tonnes_of.drop(TOTAL).idxmax())
    sector = next(sector for sector in basis.sectors.in_total if sector.name == largest)
    in_sentence = swedish.lower_first(sector.label)
    share = float(tonnes_of[largest]) / float(tonnes_of[TOTAL])
    definition = f"Andel av utsläppen {year} som kommer från {in_sentence}, {name}"
    typed: dict[str, Any] = {"subject": code, "measure": sector.id, "part": "largest", "unit": "share"}
    return in_sentence, basis.claim("own-largest", "share", share, definition, **typed)


def pace_claims(basis: Basis) -> list[Claim]:
    """Claims on the pace: achieved since the base year and of late, required to each target, target levels.

    Targets of the past are left out. They are comparisons, set by ``params/targets.yml``, and nobody's goal:
    Sweden's goals are in tonnes, that of 2030 without the plants in the EU's emissions trading.
    """
    params = basis.params
    year, base = params.emissions_year, params.base_year
    made = []
    for target in _targets_ahead(basis):
        definition = f"Minskning {base}–{target.year} som takten räknas mot, {_NOT_A_GOAL}"
        typed: dict[str, Any] = {"role": "target", "part": str(target.year), "base_year": base}
        claim_id, text = f"pace-target-{target.year}", percent(target.share)
        made.append(
            Claim(
                claim_id, params.year, exact(target.share), "share", text, "goal", measure="emissions",
                direction=-1, **typed, data_year=target.year, definition=definition,
                source=basis.targets.source,
            )
        )  # fmt: skip
    for group, codes in basis.groups:
        name = basis.set_name(codes)
        current, base_level = basis.level(codes, year), basis.level(codes, base)
        pace: dict[str, Any] = {"unit": "share per year", "method": "constant_rate", "direction": -1}
        pace["subject"] = basis.subject(group)
        for part, start in _starts(basis, codes).items():
            value = yearly_fall(basis.level(codes, start), current, year - start)
            definition = f"Minskning per år {start}–{year}, {name}: {_PACE}"
            typed = {**pace, "role": "achieved", "part": part, "base_year": start}
            claim_id = f"pace-{group}-achieved-{part}"
            made.append(basis.claim(claim_id, "pace", value, definition, **typed))
        for target in _targets_ahead(basis):
            until, aim = target.year, f"{percent(target.share)} lägre än {base} till {target.year}"
            value = required_fall(current, base_level, share=target.share, years=until - year)
            definition = (
                f"Minskning per år som krävs {year}–{until} för {aim}, {name}: {_PACE}; {_NOT_A_GOAL}"
            )
            typed = {**pace, "role": "required", "part": str(until), "base_year": base}
            claim_id = f"pace-{group}-required-{until}"
            made.append(basis.claim(claim_id, "pace", value, definition, **typed))
            value = float(1 - target.share) * base_level
            definition = f"Utsläpp per invånare {aim}, {name}; {_NOT_A_GOAL}"
            goal: dict[str, Any] = {"role": "target", "part": str(until), "base_year": base, "year": until}
            goal |= {"subject": basis.subject(group), "method": params.definition}
            made.append(basis.claim(f"pace-{group}-target-{until}", "goal", value, definition, **goal))
    return made


def _targets_ahead(basis: Basis) -> list[Target]:
    return [target for target in basis.targets.targets if target.year > basis.params.emissions_year]


def _starts(basis: Basis, codes: Sequence[str]) -> dict[str, int]:
    """Return the years that paces are counted from: the base year, and the last with data early enough."""
    year, base = basis.params.emissions_year, basis.params.base_year
    known = [known for known in years(basis.table, codes) if base <= known < year]
    starts = {"base": base}
    for part, span in _RECENT.items():
        start = max((known for known in known if known <= year - span), default=base)
        if start != base:
            starts[part] = start
    return starts


def pace_rows(basis: Basis, book: ClaimBook) -> Rows:
    """Return printed rows: what the pace is of, and the pace of each group of the basis, per cent a year."""
    year, base = basis.params.emissions_year, basis.params.base_year
    labels = {
        ("achieved", part): f"Hittills, {start}–{year}" for part, start in _starts(basis, basis.codes).items()
    }
    labels |= {
        ("required", str(t.year)): f"Krävs {year}–{t.year} för {percent(t.share)} lägre än {base}"
        for t in _targets_ahead(basis)
    }
    subjects = [basis.subject(group) for group, _ in basis.groups]
    return [
        [label, *(book.find(kind="pace", subject=who, role=role, part=part) for who in subjects)]
        for (role, part), label in labels.items()
    ]


@dataclass(frozen=True)
class TargetPath:
    """One target that the members' pace is counted to, in claims."""

    year: int
    share: Claim
    level: Claim
    required: Claim
    nation: Claim

    @property
    def label(self) -> str:
        """How far below the base year, as a chart has it."""
        return f"{MINUS}{self.share.text}"


def pace_paths(book: ClaimBook) -> list[TargetPath]:
    """Return the members' path to each target, the nearest first."""
    paths = []
    for share in book.select(role="target", unit="share"):
        part: dict[str, Any] = {"part": share.part}
        level_claim = book.find(role="target", subject="members", **part)
        pair = [book.find(role="required", subject=who, **part) for who in ("members", "nation")]
        paths.append(TargetPath(share.data_year or 0, share, level_claim, *pair))
    return sorted(paths, key=lambda path: path.year)


def achieved_pace(book: ClaimBook) -> Claim:
    """Return the members' pace since the base year."""
    return book.find(role="achieved", subject="members", part="base")


def pace_view(book: ClaimBook) -> list[dict[str, object]]:
    """Return for the text each target: year, whether the pace since the base year would do, ids of claims."""
    achieved = achieved_pace(book).value
    return [
        {
            "year": path.year,
            "share": path.share.id,
            "members": path.required.id,
            "nation": path.nation.id,
            "level": path.level.id,
            "enough": achieved >= path.required.value,
        }
        for path in pace_paths(book)
    ]


def pace_sentence(book: ClaimBook) -> str:
    """Return one sentence on the members' pace, Swedish, with its claims as placeholders."""
    needed = [
        f"{_placeholder(path.required)} per år för {_placeholder(path.share)} lägre utsläpp "
        f'{{{{ about("{path.share.id}").data_year }}}}'
        for path in pace_paths(book)
    ]
    achieved = achieved_pace(book)
    verb = "minskat" if achieved.value >= 0 else "ändrats"
    since = f"Sedan {{{{ params.base_year }}}} har medlemmarnas utsläpp per invånare {verb}"
    sentence = f"{since} med {_placeholder(achieved)} per år"
    return f"{sentence}; som jämförelse krävs {listing(needed)}." if needed else f"{sentence}."


def _placeholder(claim: Claim) -> str:
    return f'{{{{ claim("{claim.id}") }}}}'


def pace_reached(basis: Basis, book: ClaimBook) -> dict[str, bool]:
    """Return for a fact sheet's text on the pace: whether emissions rose, and whether a level is reached."""
    (own,) = basis.own
    return {
        "risen": any(claim.value < 0 for claim in book.select(subject=own, kind="pace", role="achieved")),
        "reached": any(claim.value == 0 for claim in book.select(subject=own, kind="pace", role="required")),
    }


def pace_alt(book: ClaimBook) -> str:
    """Return what the chart of the pace shows, in words."""
    needed = [f"{p.required.text} per år till {p.level.text} {p.level.data_year}" for p in pace_paths(book)]
    return (
        f"Linjediagram. Medlemmarnas utsläpp per invånare har minskat med {achieved_pace(book).text} per år. "
        f"Streckade linjer visar vad som krävs: {listing(needed)}."
    )


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, between two by straight line.

    >>> [quantile([1, 2, 4, 8], share) for share in (0, 0.25, 0.5, 1)]
    [1.0, 1.75, 3.0, 8.0]
    """
    return float(pd.Series(values, dtype=float).quantile(share))


def spread_claims(basis: Basis, names: Mapping[str, str]) -> list[Claim]:
    """Claims on the spread: each member's level and reduction, quartiles, and how many lie below the nation.

    Official statistics are public, so the members are named.

    Parameters
    ----------
    basis
        What emission claims rest on.
    names
        Names of the members by code.
    """
    year, base, table = basis.params.emissions_year, basis.params.base_year, basis.table
    values: Mapping[Kind, list[float]] = {
        "level": [level(table, [code], year=year) for code in basis.codes],
        "change": [reduction(table, [code], year=year, base_year=base) for code in basis.codes],
    }

    def claim(kind: Kind, name: str, value: float, definition: str, **typed: Any) -> Claim:
        claim_id = f"spread-{_SPREAD[kind][0]}-{name}"
        if kind == "level":
            definition = f"{definition} {year}"
            return basis.claim(claim_id, kind, value, definition, role="spread", **typed)
        return basis.change(claim_id, value, f"{definition} {base}–{year}", -1, role="spread", **typed)

    nation = level(table, [NATION], year=year)
    k, n = sum(value < nation for value in values["level"]), len(basis.codes)
    below: dict[str, Any] = {"subject": "members", "role": "spread", "part": "below_nation"}
    which = f"med lägre utsläpp per invånare än riket {year}, av {n}"
    share, count = f"Andel av medlemskommunerna {which}", f"Medlemskommuner {which}"
    of_all: dict[str, Any] = {"unit": "share", "k": k, "n": n, "denominator": "municipalities", **below}
    text = percent(Fraction(k, n))
    made = [
        basis.claim("spread-below-nation", "count", k, count, text=number(k), unit="members", **below),
        basis.claim("spread-below-nation-share", "share", k / n, share, text=text, **of_all),
    ]
    for kind, (_, what) in _SPREAD.items():
        for point, (part, method, which) in _QUANTILES.items():
            definition = f"{which} medlemskommunernas {what}"
            value = quantile(values[kind], part)
            made.append(claim(kind, point, value, definition, subject="members", method=method))
        for code, value in zip(basis.codes, values[kind], strict=True):
            typed = {"subject": code, "method": "ratio_of_sums"}
            made.append(claim(kind, code, value, f"{names[code]}: {what}", **typed))
    return made


def sensitivity_claims(basis: Basis, names: Mapping[str, str]) -> list[Claim]:
    """Claims on the members' level without each one of them, and on what each adds to it.

    Parameters
    ----------
    basis, names
        As `spread_claims`.
    """
    year, method = basis.params.emissions_year, basis.params.definition
    typed: dict[str, Any] = {"subject": "members", "method": method, "role": "sensitivity"}
    how, whole = DEFINITIONS[method], basis.level(basis.codes, year)
    definition = f"Utsläpp per invånare, {basis.set_name(basis.codes)}: {how}"
    text = quantity(whole, "ton", 2)
    made = [basis.claim("spread-level-all", "level", whole, definition, text=text, **typed)]
    for code in basis.codes if len(basis.codes) > 1 else ():
        rest = [other for other in basis.codes if other != code]
        value, of = basis.level(rest, year), f"{basis.set_name(rest)}: {how}"
        change, typed["part"] = whole - value, code
        definition = f"Utsläpp per invånare utan {names[code]}, {of}"
        text = quantity(value, "ton", 2)
        made.append(basis.claim(f"spread-without-{code}", "level", value, definition, text=text, **typed))
        definition = f"Nivån med {names[code]} minus nivån utan, {of}"
        text = signed(change, "ton", 2)
        made.append(basis.claim(f"spread-effect-{code}", "change", change, definition, text=text, **typed))
    return made


def spread_dots(book: ClaimBook, kind: Kind, names: Mapping[str, str]) -> list[tuple[str, Claim]]:
    """Return name and claim of each member, ascending; ``kind`` is ``level`` or ``change``."""
    own = book.select(role="spread", kind=kind, method="ratio_of_sums")
    return sorted(((names[c.subject], c) for c in own), key=lambda row: (row[1].value, row[0]))


def without_each(
    book: ClaimBook, names: Mapping[str, str], *, limit: int = 8
) -> list[tuple[str, Claim, Claim]]:
    """Return name, level without it and effect of the members that move the level most, the largest first."""
    effects = book.select(role="sensitivity", kind="change")
    effects.sort(key=lambda claim: (-abs(claim.value), names[claim.part]))
    levels = {claim.part: claim for claim in book.select(role="sensitivity", kind="level")}
    return [(names[effect.part], levels[effect.part], effect) for effect in effects[:limit]]


def spread_view(book: ClaimBook, names: Mapping[str, str]) -> dict[str, object]:
    """Return for the text: lowest and highest member of both kinds, and the three of most effect."""
    ends: dict[str, object] = {}
    for kind, (key, _) in _SPREAD.items():
        dots = spread_dots(book, kind, names)
        pairs = {"low": dots[0], "high": dots[-1]}
        ends[key] = {end: {"name": name, "claim": claim.id} for end, (name, claim) in pairs.items()}
    moved = [
        {"name": name, "without": without.id, "effect": effect.id}
        for name, without, effect in without_each(book, names, limit=3)
    ]
    return {**ends, "moved": moved}


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how unlike two municipalities are: inhabitants and emissions per inhabitant, as ratios.

    Twice as many counts as much as half as many, and the two measures weigh the same.

    >>> distance((1000, 3.0), (2000, 6.0)) == 2 * distance((1000, 3.0), (500, 3.0))
    True
    """
    return math.fsum(abs(math.log(a / b)) for a, b in zip(one, other, strict=True))


def nearest_peers(basis: Basis, code: str, *, limit: int = 5) -> list[str]:
    """Return the codes of the municipalities most like one in the data year, the most alike first.

    Parameters
    ----------
    basis
        What emission claims rest on; all municipalities in it are candidates, members or not.
    code
        The municipality.
    limit
        How many, at most.
    """
    sizes = sizes_of_municipalities(basis)
    others = [other for other in sizes if other != code]
    return sorted(others, key=lambda other: (distance(sizes[code], sizes[other]), other))[:limit]


def sizes_of_municipalities(basis: Basis) -> dict[str, tuple[float, float]]:
    """Inhabitants, and emissions per inhabitant (t CO2e), of every municipality that has both in both years.

    One without emissions has no ratio to another's and is left out.
    """
    params, table = basis.params, basis.table.dropna()
    in_base_year = set(table.loc[table["year"] == params.base_year, "municipality_code"]) - {NATION}
    current = table[(table["year"] == params.emissions_year) & (table["emissions_t"] > 0)]
    return {
        str(row.municipality_code): (float(row.population), row.emissions_t / row.population)
        for row in rows(current)
        if row.municipality_code in in_base_year
    }


def peer_claims(basis: Basis, peers: Sequence[str], names: Mapping[str, str]) -> list[Claim]:
    """Claims on the basis's own municipality, and on those alike; they are named, never ranked.

    Parameters
    ----------
    basis
        With its own municipality.
    peers
        Those alike, as `nearest_peers` gives them.
    names
        Names by code.
    """
    (own, name), *_ = basis.own.items()
    year, base = basis.params.emissions_year, basis.params.base_year
    sizes = sizes_of_municipalities(basis)
    people, own_level = sizes[own]
    count: dict[str, Any] = {"method": "count", "role": "peer"}
    others, total = len(sizes) - 1, people * own_level
    compared, emitted = f"Kommuner i statistiken som {name} jämförs med", f"Utsläpp {year}, {name}"
    made = [
        basis.claim(
            "alike-candidates", "count", others, compared, text=number(others), unit="municipalities",
            subject="municipalities", measure="municipalities", **count,
        ),
        basis.claim(
            "own-emissions", "level", total, f"{emitted}; avrundat till 3 siffror", text=tonnes(total),
            unit="t CO2e", subject=own, measure="emissions_total", method="total",
        ),
    ]  # fmt: skip
    for code in (own, *peers):
        typed: dict[str, Any] = {"subject": code, "method": "ratio_of_sums", "role": "peer"}
        how, (many, value) = f"{names[code]}: utsläppen delade med invånarna", sizes[code]
        made.append(
            basis.claim(
                f"alike-{code}-population", "count", many, f"Invånare 31 december {year}, {names[code]}",
                text=number(int(many)), unit="persons", subject=code, measure="population", **count,
            )
        )  # fmt: skip
        definition = f"Utsläpp per invånare {year}, {how}"
        made.append(basis.claim(f"alike-{code}-level", "level", value, definition, **typed))
        change = -reduction(basis.table, [code], year=year, base_year=base)
        definition = f"Förändring av utsläppen per invånare {base}–{year}, {how}"
        text = signed(100 * Fraction(change), "%")
        made.append(basis.change(f"alike-{code}-change", change, definition, 1, text=text, **typed))
    return made


def peer_rows(basis: Basis, book: ClaimBook, peers: Sequence[str], names: Mapping[str, str]) -> Rows:
    """Return printed rows: the municipality itself, then those alike by the alphabet."""
    (own,) = basis.own
    ordered = [own, *sorted(peers, key=lambda code: alphabetical(names[code]))]
    kinds: tuple[Kind, ...] = ("count", "level", "change")
    return [
        [names[code], *(book.find(role="peer", subject=code, kind=kind) for kind in kinds)]
        for code in ordered
    ]


def tonnes(value: float) -> str:
    r"""Return emissions as a reader can hold them: three digits, millions in words.

    >>> tonnes(11_349.0), tonnes(2_774_913.0)
    ('11\xa0300\xa0ton', '2,77\xa0miljoner\xa0ton')
    """
    if value >= 1_000_000:
        return quantity(Fraction(value) / 1_000_000, "miljoner\xa0ton", 2)
    step = 10 ** max(0, len(str(int(value))) - 3)
    return quantity(round_half_up(Fraction(value) / step) * Decimal(step), "ton")


def common_year(releases: Mapping[str, pd.DataFrame], *, latest: int) -> int:
    """Return the newest data year, not after ``latest``, that every release has for the nation.

    Parameters
    ----------
    releases
        Emissions by release, columns as `tables.EMISSIONS`.
    latest
        The report's data year.
    """
    held = [{*table.loc[table["municipality_code"] == NATION, "year"]} for table in releases.values()]
    return max(int(year) for year in set.intersection(*held) if year <= latest)


def release_claims(
    releases: Mapping[str, pd.DataFrame],
    population: pd.DataFrame,
    codes: Sequence[str],
    *,
    params: Params,
    source: str,
) -> list[Claim]:
    """Claims on the headlines of one data year in every release: levels and reductions, by ratio of sums.

    The database revises its whole series; a conclusion must outlive it.

    Parameters
    ----------
    releases
        Emissions by release, columns as `tables.EMISSIONS`.
    population
        Columns as `tables.POPULATION`.
    codes
        The members' codes.
    params, source
        The report's parameters; where the figures come from, as printed.
    """
    year, made = common_year(releases, latest=params.emissions_year), []
    for release, table in sorted(releases.items()):
        chosen = params.model_copy(update={"emissions_vintage": release, "emissions_year": year})
        basis = Basis(table, population, codes, chosen, source)
        for group, members in basis.groups:
            of = f"{year}, {basis.set_name(members)}, i utgåva {release}: {DEFINITIONS['ratio_of_sums']}"
            typed: dict[str, Any] = {"subject": group, "method": "ratio_of_sums", "role": "release"}
            value = level(basis.table, members, year=year)
            ahead, definition = f"release-{release}-{group}", f"Utsläpp per invånare {of}"
            made.append(basis.claim(f"{ahead}-level", "level", value, definition, **typed))
            cut = reduction(basis.table, members, year=year, base_year=params.base_year)
            definition = f"Minskning per invånare sedan {params.base_year} {of}"
            made.append(basis.change(f"{ahead}-reduction", cut, definition, -1, **typed))
    return made


def release_headings(first: str, releases: Sequence[str]) -> list[str]:
    """Return a printed table's headings: what the rows are, and each release by its date, oldest first."""
    dates = [swedish.date(r, year=True) if _ISO_DATE.fullmatch(r) else r for r in sorted(releases)]
    return [first, *dates]


def release_rows(book: ClaimBook, releases: Sequence[str]) -> Rows:
    """Return printed rows: a headline, and its value in each release, oldest first; none for one release."""
    if len(releases) < 2:
        return []
    kinds: tuple[tuple[str, Kind], ...] = (("Nivå", "level"), ("Minskning", "change"))
    subjects = (("medlemmarna", "members"), ("riket", "nation"))
    return [
        [f"{what}, {whose}", *(_in_release(book, release, subject, kind) for release in sorted(releases))]
        for what, kind in kinds
        for whose, subject in subjects
    ]


def release_conclusions(book: ClaimBook, releases: Sequence[str]) -> Rows:
    """Return printed rows: a conclusion, and whether each release bears it out; none for one release."""
    if len(releases) < 2:
        return []
    conclusions: tuple[tuple[str, str, str, Kind], ...] = (
        ("Medlemmarna släpper ut mindre per invånare än riket", "nation", "members", "level"),
        ("Medlemmarnas utsläpp har minskat mer än rikets", "members", "nation", "change"),
    )
    return [
        [
            conclusion,
            *(
                HOLDS
                if _in_release(book, release, more, kind).value > _in_release(book, release, less, kind).value
                else FAILS
                for release in sorted(releases)
            ),
        ]
        for conclusion, more, less, kind in conclusions
    ]


def _in_release(book: ClaimBook, release: str, subject: str, kind: Kind) -> Claim:
    return book.find(role="release", vintage=release, subject=subject, kind=kind)
