"""Emissions per inhabitant: levels, reductions and sectors, for the members and the nation.

Two definitions exist and are never mixed in one comparison; each claim names its own.

*Ratio of sums*: the set's emissions over the set's inhabitants. *Mean of municipalities*: the unweighted
mean of the municipalities' own values. Emissions of the database of one vintage, SMHI; inhabitants on
31 December of the same year, SCB.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from klimatlib.claims.claims import Claim, Direction, Kind, Role, exact
from klimatlib.config import Definition, Params
from klimatlib.errors import ClaimError
from klimatlib.sources.tables import NATION, SECTORS, TOTAL
from klimatlib.swedish import percent, quantity

UNIT = "t CO2e per capita"
DEFINITIONS: dict[Definition, str] = {
    "ratio_of_sums": "summan av utsläppen delad med summan av invånarna",
    "mean_of_municipalities": "ovägt medelvärde av kommunernas egna värden",
}
_SECTOR_IDS = (
    "arbetsmaskiner",
    "avfall",
    "uppvarmning",
    "el-och-fjarrvarme",
    "industri",
    "jordbruk",
    "produktanvandning",
    "transporter",
)
SECTOR_IDS = dict(zip(SECTORS, _SECTOR_IDS, strict=True))


def totals(emissions: pd.DataFrame, population: pd.DataFrame, *, sector: str = TOTAL) -> pd.DataFrame:
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
    if definition == "ratio_of_sums":
        return 1 - level(table, codes, year=year) / level(table, codes, year=base_year)
    own = [1 - level(table, [code], year=year) / level(table, [code], year=base_year) for code in codes]
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
    own
        Code and name of the one municipality that a fact sheet is about; nothing in the report.
    """

    emissions: pd.DataFrame
    population: pd.DataFrame
    codes: Sequence[str]
    params: Params
    source: str
    own: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def table(self) -> pd.DataFrame:
        """All emissions beside the inhabitants, as `totals` gives them."""
        return totals(self.emissions, self.population)

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
        value = level(table, codes, year=params.emissions_year, definition=params.definition)
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
            level(table, codes, year=year, definition=definition),
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
    for sector, sector_id in SECTOR_IDS.items():
        table = totals(emitted, people, sector=sector)
        for name, codes in basis.groups:
            for year in [year for year in years(table, codes) if year <= params.emissions_year]:
                value = level(table, codes, year=year)
                told = f"Utsläpp per invånare {year} från {sector}, {basis.set_name(codes)}: "
                claim_id, how = f"emissions-{name}-{sector_id}-{year}", basis.how(codes, "ratio_of_sums")
                typed = {"subject": basis.subject(name), "measure": sector_id, "method": "ratio_of_sums"}
                found.append(_level_claim(basis, claim_id, value, year, told + how, role="series", **typed))
    return found
