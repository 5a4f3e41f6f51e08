"""Statistics Sweden (SCB): population tables, of which the workbooks are read here."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import (
    Cell,
    Fault,
    Grid,
    capped,
    clean,
    is_blank,
    is_workbook,
    looks_like_json,
    read_json,
    read_numbers,
    read_table,
    read_workbook,
    shown,
    values_without_heading,
    year_of,
)
from klimatlib.sources.official.codes import PUBLISHER, read_municipality_codes
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.population import Counted, finish, region_code
from klimatlib.sources.official.pxweb import read_json_stat, read_pxweb_csv, read_pxweb_json
from klimatlib.sources.official.reading import Reading

__all__ = ["read_municipality_codes", "read_population", "series_row", "table_row"]


def read_population(data: bytes, file: str, *, places: Places) -> Reading:
    """Read inhabitants on 31 December by municipality and year, from any of SCB's five forms.

    The forms are the workbook of the municipalities since 1950, the yearly workbook of riket, län and
    kommuner, and PxWeb's JSON, CSV and json-stat2.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name in messages.
    places
        The municipalities. A workbook must have them all; a PxWeb table is a selection.

    Returns
    -------
    Reading
        ``municipality_code`` (text), ``year`` (int64), ``population`` (int64, persons), sorted. "0000" is
        the nation: as stated, or the sum where a year has all municipalities. Missing values (``..``)
        have no row and are listed in the notes.

    Raises
    ------
    InputError
        Not a population table, unknown places, cells that are no whole numbers, sums of counties or nation
        that do not hold, changes that no municipality has had.
    """
    if is_workbook(data):
        counted = _from_workbook(read_workbook(data, file), file, places)
    elif looks_like_json(data):
        content = read_json(data, file)
        is_stat = isinstance(content, dict) and "dimension" in content
        counted = read_json_stat(content, file, places) if is_stat else read_pxweb_json(content, file, places)
    else:
        counted = read_pxweb_csv(read_table(data, file), file, places)
    frame, notes = finish(counted, places, file)
    return Reading(counted.kind, frame, file, PUBLISHER, None, "persons", counted.vintage, notes)


def _from_workbook(grids: list[Grid], file: str, places: Places) -> Counted:
    """Read whichever of the two workbooks this is."""
    series = [(grid, row) for grid in grids if (row := series_row(grid)) is not None]
    tables = [(grid, row) for grid in grids if (row := table_row(grid)) is not None]
    grid, row = _only(series + tables, grids, file, "Tabell" if series else "Totalt")
    return _series(grid, row, file, places) if (grid, row) in series else _table(grid, row, file, places)


def _only(found: list[tuple[Grid, int]], grids: list[Grid], file: str, usual: str) -> tuple[Grid, int]:
    """Pick the one sheet that fits; among several, the one with the usual name."""
    named = [item for item in found if item[0].name == usual] if len(found) > 1 else found
    if len(named) == 1:
        return named[0]
    names = ", ".join(f"'{shown(grid.name, 30)}'" for grid in grids[:6])
    if found:
        raise InputError(
            [Problem(file, "", f"{len(found)} sheets look like a population table ({names}); keep one")]
        )
    text = "expected SCB's population table (headings Kommun and years, or Kommun, Kommunnamn, Folkmängd)"
    raise InputError([Problem(file, "", f"{text}; none in the sheets {names}")])


def series_row(grid: Grid) -> int | None:
    """Heading row of the workbook since 1950: "Kommun" and at least two years."""
    for number, row in enumerate(grid.rows[:40]):
        if "kommun" in {clean(cell).casefold() for cell in row} and sum(map(bool, map(year_of, row))) > 1:
            return number
    return None


def table_row(grid: Grid) -> int | None:
    """First heading row of the yearly workbook: "Kommun", "Kommunnamn" and "Folkmängd"."""
    for number, row in enumerate(grid.rows[:40]):
        if {"kommun", "kommunnamn", "folkmängd"} <= {clean(cell).casefold() for cell in row}:
            return number
    return None


def _title(grid: Grid, row: int, pattern: str, expected: str, file: str) -> re.Match[str]:
    """Find the title above the headings; it tells the years, which the headings must agree with."""
    for cells in grid.rows[:row]:
        for cell in cells:
            found = re.search(pattern, clean(cell), re.IGNORECASE)
            if found:
                return found
    raise InputError(
        [
            Problem(
                file, f"sheet '{shown(grid.name, 40)}'", f"expected the title '{expected}' above the headings"
            )
        ]
    )


def _series(grid: Grid, row: int, file: str, places: Places) -> Counted:
    """Read the workbook since 1950: names without codes, years to the right, comments below."""
    title = _title(grid, row, r"folkmängden i sveriges kommuner ((?:19|20)\d\d)\s*[-–]\s*((?:19|20)\d\d)",
                   "Folkmängden i Sveriges kommuner 1950-2022", file)  # fmt: skip
    heads = [clean(cell).casefold() for cell in grid.rows[row]]
    columns = [(year, column) for column, cell in enumerate(grid.rows[row]) if (year := year_of(cell))]
    years = [year for year, _ in columns]
    wanted = list(range(int(title[1]), int(title[2]) + 1))
    problems: list[Problem] = []
    if years != wanted:
        text = (
            f"expected each year {wanted[0]}-{wanted[-1]} once, as in the title; {_year_slip(years, wanted)}"
        )
        problems.append(Problem(file, grid.where(row), text))
    name_column = heads.index("kommun")
    rows, notes, odd = _data_rows(grid, row, [name_column], [column for _, column in columns], file)
    problems += odd + values_without_heading(grid, row, rows, {name_column, *(c for _, c in columns)}, file)
    codes = []
    unknown = []
    for number in rows:
        match = places.exact(clean(grid.rows[number][name_column]))
        codes.append(match.code)
        if match.problem:
            unknown.append(Problem(file, grid.where(number, name_column), match.problem))
    numbers = read_numbers(grid, rows, [column for _, column in columns], file)
    problems += capped(unknown) + numbers.problems
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame(
        {
            "code": np.repeat(np.array(codes, dtype=object), len(years)),
            "year": np.tile(np.array(years, dtype=np.int64), len(rows)),
            "value": numbers.values.reshape(-1),
        }
    )
    notes += ["no county or national rows: single values have no control total"]
    return Counted("population-workbook", frame, notes=notes, complete=True)


def _data_rows(
    grid: Grid, row: int, labels: list[int], columns: list[int], file: str
) -> tuple[list[int], list[str], list[Problem]]:
    """Rows with a label and a number; what follows the last of them is comment."""
    used = [number for number in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[number]))]
    data = [number for number in used if _has_number(grid.rows[number], columns)]
    last = data[-1] if data else row
    problems = []
    for number in used:
        name = shown(clean(grid.rows[number][labels[0]]), 40)
        if number < last and number not in set(data):
            problems.append(Problem(file, grid.where(number), f"expected numbers, got none: '{name}'"))
    for number in data:
        if all(is_blank(grid.rows[number][label]) for label in labels):
            text = "numbers without a name; name the row, or delete it"
            problems.append(Problem(file, grid.where(number), text))
    comments = sum(number > last for number in used)
    return data, [f"{comments} rows of comments dropped"] if comments else [], capped(problems)


def _has_number(row: list[Cell], columns: list[int]) -> bool:
    """Whether a row has a number, or a fault in place of one, in any of the columns."""
    return any(isinstance(row[column], int | float | Fault) for column in columns if column < len(row))


def _year_slip(years: list[int], wanted: list[int]) -> str:
    """Say what is wrong with a row of years."""
    lacking = [year for year in wanted if year not in years]
    extra = [year for year in dict.fromkeys(years) if year not in wanted or years.count(year) > 1]
    slips = [f"missing {', '.join(map(str, lacking[:8]))}"] if lacking else []
    slips += [f"too much {', '.join(map(str, extra[:8]))}"] if extra else []
    return "; ".join(slips) or "they are not in order"


def _table(grid: Grid, row: int, file: str, places: Places) -> Counted:
    """Read the yearly workbook: nation, counties and municipalities with codes as text."""
    title = _title(grid, row, r"folkmängd i riket, län och kommuner 31 december .*?((?:19|20)\d\d)\. totalt",
                   "Folkmängd i riket, län och kommuner 31 december … 2023. Totalt", file)  # fmt: skip
    _check_division(grid, row, int(title[1]), file)
    heads = [clean(cell).casefold() for cell in grid.rows[row]]
    twice = [name for name in ("kommun", "kommunnamn", "folkmängd") if heads.count(name) > 1]
    if twice:
        raise InputError(
            [Problem(file, grid.where(row), f"the heading '{twice[0].capitalize()}' stands twice; keep one")]
        )
    code_column, name_column, column = (heads.index(name) for name in ("kommun", "kommunnamn", "folkmängd"))
    labels = [code_column, name_column]
    rows, notes, problems = _data_rows(grid, _last_heading(grid, row, labels), labels, [column], file)
    codes = []
    unknown = []
    for number in rows:
        code, text = region_code(
            grid.rows[number][code_column], clean(grid.rows[number][name_column]), places
        )
        codes.append(code)
        if text:
            unknown.append(Problem(file, grid.where(number, code_column), text))
    numbers = read_numbers(grid, rows, [column], file)
    problems += capped(unknown) + numbers.problems
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame({"code": codes, "year": int(title[1]), "value": numbers.values[:, 0]})
    return Counted("population-table", frame, notes=notes, complete=True)


def _check_division(grid: Grid, row: int, year: int, file: str) -> None:
    """Check the year of the title against the line on territorial division, which names it or the next."""
    texts = [clean(cell) for cells in grid.rows[:row] for cell in cells if isinstance(cell, str)]
    named = {int(found) for text in texts for found in re.findall(r"indelningen (\d{4})-01-01", text)}
    if not named or not named <= {year, year + 1}:
        found = ", ".join(map(str, sorted(named))) or "none"
        text = f"the title is of {year}, so the division must be of {year} or {year + 1}, found {found}"
        text += "; fetch the table of one year"
        raise InputError([Problem(file, f"sheet '{shown(grid.name, 40)}'", text)])


def _last_heading(grid: Grid, row: int, labels: list[int]) -> int:
    """Last of the heading rows: those under the first have no place's code or name."""
    while row + 1 < len(grid.rows):
        cells = [
            clean(grid.rows[row + 1][c]).casefold() if c < len(grid.rows[row + 1]) else "" for c in labels
        ]
        if cells not in (["län", "länsnamn"], ["", ""]) or all(map(is_blank, grid.rows[row + 1])):
            break
        row += 1
    return row
