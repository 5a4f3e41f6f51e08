"""What every population table must satisfy, whatever its form."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.schemas import NATION
from klimatlib.sources.files import Cell, Fault, capped, shown
from klimatlib.sources.official.places import Places, county_key

MUNICIPALITY = (500, 2_000_000)
"""Bounds of one municipality's inhabitants (2 400 to 990 000 since 1990)."""
SWEDEN = (6_900_000, 13_000_000)
"""Bounds of the whole country's inhabitants (7.0 million in 1950, 10.6 in 2023)."""
CHANGE_A_YEAR = 1.15
"""Largest change a year, up or down, since 1990 (0.958-1.082 in SCB's back-cast series)."""
CHANGE_A_YEAR_BEFORE_1990 = 1.60
"""The same before 1990 (0.888-1.504)."""

_ALL_OF_SWEDEN = 280
_REGIONS = "expected one of Statistics Sweden's, and no row of sums"


@dataclass
class Counted:
    """A population table as read: still with counties and nation, NaN where the source has ``..``.

    Parameters
    ----------
    kind
        Which form it was.
    frame
        ``code`` ("0000" nation, two digits county, four municipality), ``year``, ``value``.
    vintage
        The publisher's date (ISO), if the file tells.
    notes
        What was understood.
    complete
        Whether the form always has every municipality.
    """

    kind: str
    frame: pd.DataFrame
    vintage: str | None = None
    notes: list[str] = field(default_factory=list)
    complete: bool = False


def region_code(cell: Cell, name: str, places: Places) -> tuple[str, str]:
    """Code of a region as SCB writes it, checked against its name; or the problem.

    Parameters
    ----------
    cell
        The code: text of two or four digits, "00" or blank for the nation.
    name
        The name beside it; empty if the table has none.
    places
        The municipalities and counties that exist.
    """
    if not isinstance(cell, str):
        found = cell.text if isinstance(cell, Fault) else f"the number {cell!r}"
        return (
            "",
            f"expected a code as text such as '0114', got {found}; format the column as text and retype it",
        )
    code = cell.strip()
    if code in ("00", "") and name.casefold() in ("riket", "hela riket", "sverige", "" if code else "riket"):
        return NATION, ""
    if code in places.counties:
        known, same = places.counties[code], not name or county_key(name) == county_key(places.counties[code])
    elif code in places.names:
        known, same = places.names[code], not name or places.exact(name).code == code
    else:
        right = places.exact(name).code if name else ""
        hint = f"{shown(name, 30)} is {right}" if right else _REGIONS
        return "", f"unknown code '{shown(code, 20)}'; {hint}"
    return (
        (code, "")
        if same
        else ("", f"the code {code} is {known}, but the name beside it is '{shown(name, 30)}'; mend it")
    )


def finish(counted: Counted, places: Places, file: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Check a table and make it tidy: whole persons, no counties, the nation as "0000".

    Raises
    ------
    InputError
        Values that are no persons, rows that are missing or stand twice, sums that do not hold,
        changes that no municipality has had.
    """
    frame, notes = counted.frame, counted.notes
    if frame.empty:
        raise InputError([Problem(file, "", "no rows with numbers under the headings; fetch the file again")])
    twice = frame[frame.duplicated(["code", "year"])]
    if len(twice):
        raise InputError(
            capped(
                [
                    Problem(file, f"{c}, {y}", "stands twice; keep one")
                    for c, y in zip(twice["code"], twice["year"], strict=True)
                ]
            )
        )
    wide = frame.pivot(index="code", columns="year", values="value").astype(float)
    problems = _values(wide, file)
    if counted.complete:
        lacking = [f"{code} {name}" for code, name in places.names.items() if code not in wide.index]
        if lacking:
            some = ", ".join(lacking[:4]) + (" …" if len(lacking) > 4 else "")
            problems.append(
                Problem(
                    file,
                    "",
                    f"expected {len(places.names)} municipalities, {len(lacking)} are missing: {some}",
                )
            )
    if problems:
        raise InputError(problems)
    problems = [*sums(wide, places, file), *_national_level(wide, places, file), *changes(wide, file)]
    if problems:
        raise InputError(problems)
    notes = [*notes, *_missing_note(wide), *_dropped_note(wide)]
    wide, more = _with_nation(wide, places)
    return _tidy(wide), (*notes, *more)


def _values(wide: pd.DataFrame, file: str) -> list[Problem]:
    """Every value must be a whole number of persons that a municipality can have."""
    problems = []
    cells: npt.NDArray[np.float64] = wide.to_numpy(dtype=float)
    for at in zip(*np.nonzero(~np.isnan(cells)), strict=True):
        value, code, year = float(cells[at]), str(wide.index[at[0]]), wide.columns[at[1]]
        low, high = MUNICIPALITY if len(code) == 4 and code != NATION else (MUNICIPALITY[0], 20_000_000)
        if not value.is_integer() or not low <= value <= high:
            text = f"expected a whole number of persons from {low} to {high}, got {value:.12g}"
            problems.append(Problem(file, f"{code}, {year}", text))
    return capped(problems)


def sums(wide: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Check that a county is the sum of its municipalities, the nation that of all, to the person."""
    problems = []
    groups = {code: places.members_of(code) for code in places.counties} | {NATION: tuple(places.names)}
    for code, members in groups.items():
        if code not in wide.index or not set(members) <= set(wide.index):
            continue
        parts = wide.loc[list(members)].sum(skipna=False)
        for year, stated, total in zip(wide.columns, wide.loc[code], parts, strict=True):
            if abs(stated - total) > 0:  # false where either is missing
                text = f"the file states {stated:.0f}, its municipalities add up to {total:.0f}"
                problems.append(Problem(file, f"{code}, {year}", text))
    return capped(problems)


def _national_level(wide: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Check that all of Sweden adds up to Sweden; counted twice or in another unit it does not."""
    if len(places.names) < _ALL_OF_SWEDEN or not set(places.names) <= set(wide.index):
        return []
    totals = wide.loc[list(places.names)].sum(skipna=False)
    expected = f"expected {SWEDEN[0]} to {SWEDEN[1]} persons in all municipalities together"
    found = [(year, total) for year, total in zip(wide.columns, totals, strict=True) if total == total]
    wrong = [(year, total) for year, total in found if not SWEDEN[0] <= total <= SWEDEN[1]]
    return capped([Problem(file, str(year), f"{expected}, got {total:.0f}") for year, total in wrong])


def changes(wide: pd.DataFrame, file: str) -> list[Problem]:
    """No municipality grows or shrinks faster than ever seen."""
    problems = []
    years = np.array(wide.columns, dtype=int)
    for code, row in zip(wide.index, wide.to_numpy(), strict=True):
        there = np.flatnonzero(~np.isnan(row))
        for before, after in itertools.pairwise(there):
            change = row[after] / row[before]
            if max(change, 1 / change) > _limit(years[before], years[after]):
                old = f"the {row[before]:.0f} of {years[before]}"
                text = f"{row[after]:.0f} persons are {change:.2f} times {old}; compare with the source"
                problems.append(Problem(file, f"{code}, {years[after]}", text))
    return capped(problems)


def _limit(before: int, after: int) -> float:
    """Largest change between two years, at most 3 times."""
    early = max(min(after, 1990) - before, 0)
    late = after - max(before, 1990) if after > 1990 else 0
    return float(min(CHANGE_A_YEAR_BEFORE_1990**early * CHANGE_A_YEAR**late, 3.0))


def _missing_note(wide: pd.DataFrame) -> list[str]:
    """List what the source marks as missing; it stays missing."""
    gaps = [f"{code} {year}" for code, row in wide.iterrows() for year in row.index[row.isna()]]
    some = ", ".join(gaps[:12]) + (f" and {len(gaps) - 12} more" if len(gaps) > 12 else "")
    return [f"{len(gaps)} values are missing in the source and have no row: {some}"] if gaps else []


def _dropped_note(wide: pd.DataFrame) -> list[str]:
    """Say how many county rows were dropped."""
    counties = sum(len(str(code)) == 2 for code in wide.index)
    return [f"{counties} county rows checked and dropped"] if counties else []


def _with_nation(wide: pd.DataFrame, places: Places) -> tuple[pd.DataFrame, list[str]]:
    """Drop counties; add the nation as the sum where the source has none and no municipality is missing."""
    wide = wide[[len(str(code)) == 4 for code in wide.index]]
    if NATION in wide.index or not set(places.names) <= set(wide.index):
        return wide, []
    total = wide.loc[list(places.names)].sum(skipna=False).rename(NATION)
    return pd.concat([total.to_frame().T, wide]), [
        f"{NATION} is the sum of the {len(places.names)} municipalities"
    ]


def _tidy(wide: pd.DataFrame) -> pd.DataFrame:
    """Long table without the missing, sorted."""
    wide = wide.sort_index()
    values: npt.NDArray[np.float64] = wide.to_numpy(dtype=float)
    at = np.nonzero(~np.isnan(values))
    codes = list(map(str, wide.index))
    return pd.DataFrame(
        {
            "municipality_code": pd.Series([codes[i] for i in at[0]], dtype="str"),
            "year": np.array(wide.columns, dtype=np.int64)[at[1]],
            "population": values[at].astype(np.int64),
        }
    )


def whole_number(text: object) -> float | None:
    """Read a number of persons as PxWeb writes it; NaN for its signs of missing, None if it is neither.

    >>> whole_number("35963"), whole_number("12.5")
    (35963.0, None)
    """
    if text is None or (isinstance(text, str) and re.fullmatch(r"\.{1,3}|-|–", text.strip())):
        return float("nan")
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    if isinstance(text, int | float) and not isinstance(text, bool) and 0 <= text < 1e9 and text == int(text):
        return float(text)
    return None
