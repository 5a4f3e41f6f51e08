"""SCB's list of counties and municipalities with their codes."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import (
    Grid,
    capped,
    clean,
    is_blank,
    is_workbook,
    ragged,
    read_table,
    read_workbook,
    shown,
)
from klimatlib.sources.official.places import COLUMNS as CODE_COLUMNS
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.reading import Reading

PUBLISHER = "SCB"
_NAME = re.compile("[A-ZÅÄÖa-zåäöéü]+(?:[ -][A-ZÅÄÖa-zåäöéü]+)*")


def read_municipality_codes(data: bytes, file: str) -> Reading:
    """Read SCB's list of counties and municipalities with their codes.

    Parameters
    ----------
    data
        The file's bytes: SCB's workbook, or the project's own table as CSV.
    file
        Its name in messages.

    Returns
    -------
    Reading
        ``municipality_code``, ``municipality``, ``county_code``, ``county``: all text, sorted by code.

    Raises
    ------
    InputError
        Codes that are numbers, stand twice, or belong to no county of the list.
    """
    grids = read_workbook(data, file) if is_workbook(data) else [read_table(data, file)]
    found = [(grid, row) for grid in grids if (row := codes_row(grid)) is not None]
    if len(found) != 1:
        heads = f"headings Kod and Namn, or {', '.join(CODE_COLUMNS)}"
        text = f"expected one list of codes ({heads}), found {len(found)}"
        raise InputError([Problem(file, "", text)])
    grid, row = found[0]
    tidy = clean(grid.rows[row][0]).casefold() == CODE_COLUMNS[0]
    frame = _tidy_codes(grid, row, file) if tidy else _code_list(grid, row, file)
    odd = [
        name for column in ("municipality", "county") for name in frame[column] if not _NAME.fullmatch(name)
    ]
    if odd or frame.empty:
        text = (
            f"expected a name in Swedish letters, got '{shown(odd[0], 30)}'"
            if odd
            else "no codes under the headings"
        )
        raise InputError([Problem(file, "", f"{text}; fetch the file again")])
    Places.from_frame(frame, file=file)
    note = f"{len(frame)} municipalities in {frame['county_code'].nunique()} counties"
    return Reading("municipality-codes", frame, file, PUBLISHER, None, None, None, (note,))


def codes_row(grid: Grid) -> int | None:
    """Heading row of a list of codes: "Kod" and "Namn" alone, or the project's own four columns."""
    for number, row in enumerate(grid.rows[:30]):
        heads = [clean(cell).casefold() for cell in row if not is_blank(cell)]
        if heads in (["kod", "namn"], list(CODE_COLUMNS)):
            return number
    return None


def _tidy_codes(grid: Grid, row: int, file: str) -> pd.DataFrame:
    """Read the project's own table."""
    rows = [n for n in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[n]))]
    problems = ragged(grid, rows, len(CODE_COLUMNS), file)
    if problems:
        raise InputError(capped(problems))
    return _sorted([[clean(cell) for cell in grid.rows[n]] for n in rows])


def _sorted(rows: Iterable[list[str]]) -> pd.DataFrame:
    """Make the frame of codes, in order."""
    frame = pd.DataFrame(list(rows), columns=list(CODE_COLUMNS), dtype="str")
    return frame.sort_values("municipality_code", ignore_index=True)


def _code_list(grid: Grid, row: int, file: str) -> pd.DataFrame:
    """Read SCB's list: counties with two digits, municipalities with four, one below the other."""
    code_column, name_column = (i for i, cell in enumerate(grid.rows[row]) if not is_blank(cell))
    counties: dict[str, str] = {}
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for number in range(row + 1, len(grid.rows)):
        code_cell, name = grid.rows[number][code_column], clean(grid.rows[number][name_column])
        code = clean(code_cell)
        if (not code and not name) or (code, name) == ("Code", "Name"):
            continue
        target = {2: counties, 4: names}.get(len(code)) if code.isascii() and code.isdigit() else None
        if target is None or not isinstance(code_cell, str) or not name:
            seen = f"{shown(repr(code_cell), 30)}, '{shown(name, 30)}'"
            text = f"expected a code of two or four digits as text and a name, got {seen}"
            problems.append(Problem(file, grid.where(number, code_column), text))
        elif code in target:
            told = f"the code {code} stands twice; keep one"
            problems.append(Problem(file, grid.where(number, code_column), told))
        else:
            target[code] = name
    orphans = sorted({code[:2] for code in names} ^ set(counties))
    problems += [
        Problem(file, "", f"county {code} has no name or no municipality; fetch the list again")
        for code in orphans
    ]
    if problems:
        raise InputError(capped(problems))
    return _sorted([code, name, code[:2], counties[code[:2]]] for code, name in names.items())
