"""A raw file as the tidy table of a release: read, checked, and compared with what is there already."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from klimatlib.config import Source
from klimatlib.errors import InputError, Problem
from klimatlib.sources import tables as schemas
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.inputs import read_table
from klimatlib.sources.statistics import read_any
from klimatlib.sources.tables import Places, Reading, Table

_POPULATION = ("population", schemas.POPULATION)
TABLES: dict[str, tuple[str, Table]] = {
    "emissions-export": ("emissions", schemas.EMISSIONS),
    "population-workbook": _POPULATION,
    "population-table": _POPULATION,
    "pxweb-json": _POPULATION,
    "pxweb-csv": _POPULATION,
    "json-stat2": _POPULATION,
    "kolada": ("key_figures", schemas.KEY_FIGURES),
    "municipality-codes": ("municipalities", schemas.MUNICIPALITIES),
}
"""Kinds of raw files that have a tidy table: its name and its contract."""
_BASE = 1990  # revised by up to 3 % from release to release, other years by up to 10 %


@dataclass(frozen=True)
class Release:
    """A tidy table, ready to be written.

    Parameters
    ----------
    data
        Its bytes as CSV, read back by its contract.
    rows
        Number of its rows.
    vintage
        The release as told by the file; empty if the file does not tell.
    reading
        The raw file as its reader understood it.
    """

    data: bytes
    rows: int
    vintage: str
    reading: Reading


def release(data: bytes, file: str, source: Source, *, places: Places) -> Release:
    """Read a raw file and make its tidy table.

    Parameters
    ----------
    data
        The raw file's bytes.
    file
        Its name in messages.
    source
        What it must be, and what of it is kept.
    places
        The municipalities that exist.

    Raises
    ------
    InputError
        As the kind's reader; another kind or release than the source names; years or codes that the
        file does not have; a table that breaks its contract.
    """
    reading = _read(data, file, source, places)
    problems = _unexpected(reading, source, file)
    frame = _main_sectors(reading)
    problems += _lacking(frame, source, file)
    if problems:
        raise InputError(problems)
    _, table = TABLES[reading.kind]
    tidy = to_csv(_selected(frame, source), table)
    rows = len(read_table(tidy, table, file=file))
    return Release(tidy, rows, reading.vintage or "", reading)


def _read(data: bytes, file: str, source: Source, places: Places) -> Reading:
    """Read a raw file; where subsectors do not add up, say how to allow it, since they are not kept."""

    def emissions(data: bytes, file: str) -> Reading:
        return read_emissions(data, file, places=places, known_gaps=source.known_gaps)

    try:
        return read_any(data, file, places=places, readers={"emissions-export": emissions})
    except InputError as error:
        if not any("the sum of its subsectors" in problem.text for problem in error.problems):
            raise
        text = "if the publisher has it so, name the sector in known_gaps in params/sources.yml"
        raise InputError([*error.problems, Problem(file, "subsectors", text)]) from None


def to_csv(frame: pd.DataFrame, table: Table) -> bytes:
    """Write a table in its contract's columns, sorted by its key; tonnes to the hundredth."""
    columns = list(table.schema.columns)
    places = "%.2f" if "emissions_t" in columns else None
    ordered = frame.sort_values(list(table.key))[columns]
    return ordered.to_csv(index=False, lineterminator="\n", float_format=places).encode()


def difference(old: bytes, new: bytes, table: Table, file: str) -> str:
    """Say in what two versions of a tidy table differ.

    Parameters
    ----------
    old, new
        The table that is there, and the one that was fetched.
    table
        Their contract.
    file
        Name of the table that is there.
    """
    try:
        before = _cells(read_table(old, table, file=file), table)
    except InputError as error:
        return f"what is there cannot be read ({str(error).splitlines()[0]})"
    after = _cells(read_table(new, table, file=file), table)
    changed = [key for key in before if key in after and before[key] != after[key]]
    more, less = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    told = f"{len(changed)} rows differ, {more} are new, {less} are gone"
    if not changed:
        return told
    first = changed[0]
    was, now = (", ".join(cells[first]) for cells in (before, after))
    return f"{told}; first {', '.join(first)}: {was} there, {now} fetched"


def revision(old: bytes, new: bytes) -> str:
    """Say how the nation's total differs between two releases of the emissions, year by year.

    Parameters
    ----------
    old, new
        The table in use, and the new one.
    """
    before, after = _nation(old), _nation(new)
    changes = {year: after[year] / before[year] - 1 for year in sorted(before.keys() & after.keys())}
    told = ", ".join(f"{year} {change:+.1%}" for year, change in changes.items())
    far = any(abs(change) > (0.03 if year == _BASE else 0.1) for year, change in changes.items())
    return told + ("; warning: more than releases usually differ, look before use" if far and told else "")


def _nation(data: bytes) -> dict[int, float]:
    frame = read_table(data, schemas.EMISSIONS, file="emissions")
    total = frame[(frame["municipality_code"] == schemas.NATION) & (frame["sector"] == schemas.TOTAL)]
    return {int(year): float(t) for year, t in zip(total["year"], total["emissions_t"], strict=True)}


def _cells(frame: pd.DataFrame, table: Table) -> dict[tuple[str, ...], tuple[str, ...]]:
    key, every = list(table.key), list(table.schema.columns)
    text = frame.astype("str")
    keys = text[key].itertuples(index=False, name=None)
    values = text[[name for name in every if name not in key]].itertuples(index=False, name=None)
    return dict(zip(keys, values, strict=True))


def _unexpected(reading: Reading, source: Source, file: str) -> list[Problem]:
    problems = []
    if source.kind and reading.kind != source.kind:
        problems.append(Problem(file, "", f"expected {source.kind} (params/sources.yml), got {reading.kind}"))
    if source.vintage and reading.vintage and reading.vintage != source.vintage:
        told = f"the file is the release of {reading.vintage}, params/sources.yml asks for {source.vintage}"
        problems.append(Problem(file, "", f"{told}; if the new one is wanted, change vintage there"))
    name, _ = TABLES[reading.kind]
    if not re.fullmatch(rf"data/statistics/{name}_\{{vintage\}}\.csv", source.file):
        problems.append(
            Problem(
                file, "", f"{reading.kind} makes the table {name}, but params/sources.yml has {source.file}"
            )
        )
    return problems


def _main_sectors(reading: Reading) -> pd.DataFrame:
    """Keep of an emissions export the main sectors and the total."""
    if reading.kind != "emissions-export":
        return reading.frame
    return reading.frame[reading.frame["subsector"] == schemas.TOTAL]


def _lacking(frame: pd.DataFrame, source: Source, file: str) -> list[Problem]:
    wanted = {"year": source.select.years, "municipality_code": source.select.codes}
    return [
        Problem(file, f"{column} {value}", "asked for by select in params/sources.yml, but not in the file")
        for column, values in wanted.items()
        for value in values
        if column not in frame or value not in set(frame[column])
    ]


def _selected(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    if source.select.years:
        frame = frame[frame["year"].isin(source.select.years)]
    if source.select.codes:
        frame = frame[frame["municipality_code"].isin(source.select.codes)]
    return frame
