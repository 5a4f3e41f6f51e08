"""Where things stand in an export of the emissions database: preamble, headings, years, labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import (
    Cell,
    Fault,
    Grid,
    clean,
    is_blank,
    is_workbook,
    read_table,
    read_workbook,
    shown,
    year_of,
)
from klimatlib.sources.official.sectors import SUBSTANCE_TITLES, substance_code

LABELS = ("huvudsektor", "undersektor", "län", "kommun")
_ADDRESS = "https://nationellaemissionsdatabasen.smhi.se/api/getexcelfile/?county=0&municipality=0&sub={}"


@dataclass(frozen=True)
class Layout:
    """What the head of an export says.

    Parameters
    ----------
    grid
        The sheet or text that holds the export.
    label_row
        Row of the headings ``Huvudsektor, Undersektor, Län, Kommun``.
    labels
        Columns of these four.
    years
        Year to column.
    width
        Columns of the heading row, for text files.
    vintage
        Report date (ISO).
    notes
        What was understood.
    """

    grid: Grid
    label_row: int
    labels: tuple[int, ...]
    years: dict[int, int]
    width: int
    vintage: str
    notes: tuple[str, ...]


def open_grids(data: bytes, file: str) -> list[Grid]:
    """Sheets of a workbook, or the one table of a text file."""
    return read_workbook(data, file) if is_workbook(data) else [read_table(data, file)]


def label_row(grid: Grid) -> int | None:
    """Row with the four labels of an export, among the first 50; None if there is none."""
    for number, row in enumerate(grid.rows[:50]):
        if set(LABELS) <= {clean(cell).casefold() for cell in row}:
            return number
    return None


def find_layout(grids: list[Grid], file: str, *, wanted: str, years: Sequence[int] | None) -> Layout:
    """Find the sheet and its headings by content, and check the preamble.

    Raises
    ------
    InputError
        No or several such tables, another substance or unit, headings that cannot be trusted.
    """
    grid = _choose(grids, file, wanted)
    row = label_row(grid)
    assert row is not None
    head = _preamble(grid, row)
    problems = [*_substance(grid, head, row, file, wanted), *_unit(head, grid, file)]
    vintage = next((d[0] for d in (re.search(r"20\d\d-\d\d-\d\d", text) for text in head.values()) if d), "")
    if not vintage or not any(text.casefold().startswith("rapportnamn") for text in head.values()):
        problems.append(
            Problem(
                file, "", "expected 'Rapportnamn: Länsrapport, YYYY-MM-DD' at the top; the vintage is unknown"
            )
        )
    if problems:
        raise InputError(problems)
    labels = tuple(_label_columns(grid, row, file))
    found, notes = _years(grid, row, labels, file, int(vintage[:4]), years)
    sheet = (f"sheet '{grid.name}' read of {len(grids)}",) if len(grids) > 1 else ()
    return Layout(grid, row, labels, found, len(grid.rows[row]), vintage, (*sheet, *notes))


def _choose(grids: list[Grid], file: str, wanted: str) -> Grid:
    """Pick the sheet with the labels; among several, the one named after the substance."""
    found = [grid for grid in grids if label_row(grid) is not None]
    if not found:
        text = "expected an export of the emissions database (headings Huvudsektor, Undersektor, Län, Kommun)"
        raise InputError([Problem(file, "", f"{text}; none is in the first 50 rows")])
    named = [grid for grid in found if substance_code(grid.name)] if len(found) > 1 else found
    fitting = [grid for grid in named if substance_code(grid.name) == wanted] if len(named) > 1 else named
    if len(fitting) != 1:
        names = ", ".join(f"'{shown(grid.name, 30)}'" for grid in found[:6])
        title = SUBSTANCE_TITLES[wanted]
        text = f"{len(found)} sheets look like the export ({names}); keep the one named '{title}'"
        raise InputError([Problem(file, "", text)])
    return fitting[0]


def _preamble(grid: Grid, row: int) -> dict[int, str]:
    """Texts above the headings, one a row."""
    return {number: " ".join(filter(None, map(clean, grid.rows[number]))) for number in range(row)}


def _substance(grid: Grid, head: dict[int, str], row: int, file: str, wanted: str) -> list[Problem]:
    """Check that preamble, sheet name and repeated heading all name the substance asked for."""
    named = {
        n: text[len("emissioner av") :]
        for n, text in head.items()
        if text.casefold().startswith("emissioner av")
    }
    if not named:
        return [Problem(file, "", "expected a line 'Emissioner av …' at the top; the substance is unknown")]
    at, name = next(iter(named.items()))
    texts = [(grid.where(at), name)]
    texts += [
        (grid.where(row, c), clean(cell))
        for c, cell in enumerate(grid.rows[row])
        if substance_code(clean(cell))
    ]
    texts += [(f"sheet '{grid.name}'", grid.name)] if substance_code(grid.name) else []
    for where, text in texts:
        if substance_code(text) != wanted:
            return [Problem(file, where, _other_substance(text, wanted))]
    return []


def _other_substance(name: str, wanted: str) -> str:
    """Say what the file is and which one to fetch instead."""
    short = "CO2e" if wanted == "GGT" else wanted
    return (
        f"expected {SUBSTANCE_TITLES[wanted]} ({short}), got '{shown(name, 40)}'; "
        f"fetch the export of {SUBSTANCE_TITLES[wanted]}: {_ADDRESS.format(wanted)}"
    )


def _unit(head: dict[int, str], grid: Grid, file: str) -> list[Problem]:
    """Check that the unit is tonnes a year."""
    for row, text in head.items():
        if text.casefold().startswith("enhet"):
            unit = re.sub(r"\s", "", text.casefold()).removeprefix("enhet").lstrip(":")
            return (
                []
                if unit == "ton/år"
                else [Problem(file, grid.where(row), f"expected 'Enhet: ton/år', got '{shown(text)}'")]
            )
    return [Problem(file, "", "expected a line 'Enhet: ton/år' at the top; the unit is unknown")]


def _label_columns(grid: Grid, row: int, file: str) -> list[int]:
    """Columns of the four labels, each of which must stand once."""
    texts = [clean(cell).casefold() for cell in grid.rows[row]]
    for label in LABELS:
        if texts.count(label) > 1:
            raise InputError(
                [Problem(file, grid.where(row), f"the heading '{label.capitalize()}' stands twice; keep one")]
            )
    repeated = [n for n in range(row + 1, min(len(grid.rows), row + 60)) if label_cells(grid.rows[n])]
    if repeated:
        raise InputError(
            [Problem(file, grid.where(repeated[0]), f"the headings of {grid.where(row)} stand here again")]
        )
    return [texts.index(label) for label in LABELS]


def label_cells(row: list[Cell]) -> bool:
    """Whether a row repeats the four labels."""
    return set(LABELS) <= {clean(cell).casefold() for cell in row if isinstance(cell, str)}


def _years(
    grid: Grid, row: int, labels: tuple[int, ...], file: str, vintage: int, expected: Sequence[int] | None
) -> tuple[dict[int, int], list[str]]:
    """Years and their columns: from the label row itself (CSV) or the row above it (workbook)."""
    heads = [number for number in (row, row - 1) if number >= 0 and any(map(year_of, grid.rows[number]))]
    if len(heads) != 1:
        where = "two rows" if heads else "no row"
        raise InputError(
            [
                Problem(
                    file, grid.where(row), f"expected the years in one row of headings, got them in {where}"
                )
            ]
        )
    cells = grid.rows[heads[0]]
    columns = {
        column: year for column, cell in enumerate(cells) if column not in labels and (year := year_of(cell))
    }
    problems, notes = _unnamed(grid, row, heads[0], {*labels, *columns}, file)
    found = list(columns.values())
    wanted = list(expected) if expected is not None else pattern(found, vintage)
    if found != wanted:
        text = f"expected the years {_listed(wanted)}, got {_listed(found)}"
        problems.append(Problem(file, grid.where(heads[0]), f"{text}; compare the headings with the source"))
    if problems:
        raise InputError(problems)
    return {year: column for column, year in columns.items()}, notes


def pattern(found: Sequence[int], vintage: int) -> list[int]:
    """Years that a vintage publishes: 1990, every fifth from 2000 on, then each year to vintage - 2.

    The yearly run starts at a multiple of five, which moves with the vintage (2010 in 2021, 2015 in
    2024 and 2025, 2020 in 2026); it is taken from the years found.

    >>> pattern([1990, 2000, 2005, 2010, 2015, 2016, 2017], 2019)
    [1990, 2000, 2005, 2010, 2015, 2016, 2017]
    """
    last = vintage - 2
    fives = list(range(2000, last + 1, 5))
    start = max((year for year in fives if year + 1 in found or year == last), default=last)
    start = min((year for year in fives if set(range(year, last + 1)) <= set(found)), default=start)
    return [1990, *(year for year in fives if year < start), *range(start, last + 1)]


def _listed(years: Sequence[int]) -> str:
    """Years as a short list."""
    return ", ".join(map(str, years[:40])) or "none"


def _unnamed(grid: Grid, row: int, head: int, known: set[int], file: str) -> tuple[list[Problem], list[str]]:
    """Columns beside labels and years: with a heading they are ignored, without one they must be empty."""
    problems, notes = [], []
    width = max(map(len, grid.rows[row : row + 400]))
    for column in sorted(set(range(width)) - known):
        texts = [grid.rows[n][column] for n in (row, head) if column < len(grid.rows[n])]
        named = [
            clean(text)
            for text in texts
            if not is_blank(text) and not isinstance(text, Fault) and not substance_code(clean(text))
        ]
        used = any(column < len(cells) and not is_blank(cells[column]) for cells in grid.rows[row + 1 :])
        if used and not named:
            problems.append(
                Problem(
                    file,
                    grid.where(column=column),
                    "values without a heading; give the year, or empty the column",
                )
            )
        elif used:
            notes.append(f"{grid.where(column=column)} ignored: '{shown(named[0], 30)}'")
    return problems, notes
