"""Control totals: what must add up within the project's tables of statistics, and what no true series does.

Where a table has a total beside its parts any changed value shows. Where it has none, only what no series
does is found: a value that leaves its neighbours and returns, or a place that leaves out a year.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise

import pandas as pd

from klimatlib.errors import Problem
from klimatlib.schemas import NATION, TOTAL, rows
from klimatlib.sources.files import capped
from klimatlib.sources.official.ned_checks import OFFSHORE_SHARE
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.population import changes, sums

SPIKE = 3.0
"""How far one value may leave both its neighbours in the same direction."""
_ROUNDED_T = 0.5  # what rounding to whole tonnes takes or adds at most
_FETCH = "compare with the source, or fetch the table anew"
_Series = Mapping[str, Mapping[int, tuple[float, int]]]  # code -> year -> value, row in the file


def of_emissions(frame: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Return what does not add up in the emissions, columns as `schemas.EMISSIONS`."""
    cells = {
        (row.municipality_code, int(row.year), row.sector): (float(row.emissions_t), number)
        for number, row in enumerate(rows(frame), 2)
    }
    totals: dict[str, dict[int, tuple[float, int]]] = defaultdict(dict)
    parts: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (code, year, sector), (value, number) in cells.items():
        if sector == TOTAL:
            totals[code][year] = value, number
        else:
            parts[code, year].append(value)
    return [
        *capped([*_sectors(totals, parts, file)]),
        *capped([*_gaps(cells, file)]),
        *capped([*_nation(cells, places, file)]),
        *capped([*_spikes(totals, "emissions_t", "t", file)]),
    ]


def of_population(frame: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Return what does not add up in the population, columns as `schemas.POPULATION`."""
    series: dict[str, dict[int, tuple[float, int]]] = defaultdict(dict)
    for number, row in enumerate(rows(frame), 2):
        series[row.municipality_code][int(row.year)] = float(row.population), number
    wide = frame.pivot(index="municipality_code", columns="year", values="population").astype(float)
    in_part = [] if whole_country({*series}, places) else capped([*_more_than_the_nation(series, file)])
    return [
        *sums(wide, places, file),
        *changes(wide, file),
        *capped([*_spikes(series, "population", "persons", file)]),
        *capped([*_lost_years(series, file)]),
        *in_part,
    ]


def years_with_sectors(emissions: pd.DataFrame) -> list[int]:
    """Return the years whose totals are held against their sectors, sorted."""
    return sorted({*emissions.loc[emissions["sector"] != TOTAL, "year"]})


def whole_country(codes: object, places: Places) -> bool:
    """Whether a table holds every municipality and the nation, so that they are held against each other."""
    return {*places.names, NATION} <= {*codes}  # type: ignore[misc]


def _sectors(totals: _Series, parts: Mapping[tuple[str, int], list[float]], file: str) -> Iterator[Problem]:
    """Hold every total against its sectors, to the rounding of each."""
    for (code, year), values in parts.items():
        if year not in totals.get(code, ()):
            told = f"sectors but no total; add the row with sector {TOTAL}"
            yield Problem(file, f"{code}, {year}", told)
            continue
        (total, number), added = totals[code][year], sum(values)
        if abs(added - total) > _ROUNDED_T * (len(values) + 1):
            told = f"{code}, {year}: sectors add up to {added:.0f} t, the total is {total:.0f} t; {_FETCH}"
            yield Problem(file, f"row {number}, column emissions_t", told)


def _gaps(cells: Mapping[tuple[str, int, str], object], file: str) -> Iterator[Problem]:
    """Ask of every place for what the other places have."""
    everywhere, there = {code for code, _, _ in cells}, defaultdict(set)
    for code, year, sector in cells:
        there[year, sector].add(code)
    for (year, sector), codes in there.items():
        for code in sorted(everywhere - codes):
            yield Problem(file, f"{code}, {year}, {sector}", f"missing, but other places have it; {_FETCH}")


def _nation(
    cells: Mapping[tuple[str, int, str], tuple[float, int]], places: Places, file: str
) -> Iterator[Problem]:
    """Hold the nation against its municipalities: never less, and with all of them little more."""
    inside: dict[tuple[int, str], list[float]] = defaultdict(list)
    for (code, year, sector), (value, _) in cells.items():
        if code != NATION:
            inside[year, sector].append(value)
    whole = whole_country({code for code, _, _ in cells}, places)
    for (year, sector), values in inside.items():
        nation, number = cells.get((NATION, year, sector), (None, 0))
        if nation is None:
            continue
        added, rounded = sum(values), _ROUNDED_T * (len(values) + 1)
        at_sea = OFFSHORE_SHARE * nation if whole and sector == TOTAL else float("inf")
        if not added - rounded <= nation <= added + at_sea + rounded:
            told = (
                f"{nation:.0f} t in the nation, {added:.0f} t in its {len(values)} municipalities; {_FETCH}"
            )
            yield Problem(file, f"row {number}, column emissions_t", f"{year}, {sector}: {told}")


def _spikes(series: _Series, column: str, unit: str, file: str) -> Iterator[Problem]:
    """Find a value that leaves both its neighbours by far, in the same direction."""
    for code, by_year in series.items():
        years = sorted(by_year)
        for (before, year), (_, after) in pairwise(pairwise(years)):
            value, number = by_year[year]
            beside = (by_year[before][0], by_year[after][0])
            if value > SPIKE * max(beside) or value * SPIKE < min(beside):
                told = f"{value:.0f} {unit} between {beside[0]:.0f} and {beside[1]:.0f}; {_FETCH}"
                yield Problem(file, f"row {number}, column {column}", f"{code}, {year}: {told}")


def _lost_years(series: _Series, file: str) -> Iterator[Problem]:
    """Find a place that has an earlier year, and lacks a later one that others have."""
    years = sorted({year for by_year in series.values() for year in by_year})
    for code, by_year in series.items():
        for year in years:
            if year not in by_year and year > min(by_year):
                yield Problem(file, f"{code}, {year}", f"missing, but other places have it; {_FETCH}")


def _more_than_the_nation(series: _Series, file: str) -> Iterator[Problem]:
    for year, (nation, number) in series.get(NATION, {}).items():
        inside = sum(by[year][0] for code, by in series.items() if code != NATION and year in by)
        if nation < inside:
            told = f"{year}: {nation:.0f} persons in the nation, {inside:.0f} in its municipalities; {_FETCH}"
            yield Problem(file, f"row {number}, column population", told)
