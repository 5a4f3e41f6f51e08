"""Tell data from comments in a statistical workbook."""

from __future__ import annotations

from klimatlib.errors import Problem
from klimatlib.sources.files.cells import Cell, Fault, Grid, capped, clean, is_blank, shown


def data_rows(
    grid: Grid, row: int, labels: list[int], columns: list[int], file: str
) -> tuple[list[int], list[str], list[Problem]]:
    """Rows with a label and a number; what follows the last of them is comment."""
    used = [number for number in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[number]))]
    data = [number for number in used if _has_number(grid.rows[number], columns)]
    last = data[-1] if data else row
    odd = [
        Problem(
            file,
            grid.where(number),
            f"expected numbers, got none: '{shown(clean(grid.rows[number][labels[0]]), 40)}'",
        )
        for number in used
        if number < last and number not in set(data)
    ]
    odd += [
        Problem(file, grid.where(number), "numbers without a name; name the row, or delete it")
        for number in data
        if all(is_blank(grid.rows[number][label]) for label in labels)
    ]
    comments = [number for number in used if number > last]
    notes = [f"{len(comments)} rows of comments dropped"] if comments else []
    return data, notes, capped(odd)


def _has_number(row: list[Cell], columns: list[int]) -> bool:
    """Whether a row has a number, or a fault in place of one, in any of the columns."""
    return any(isinstance(row[column], int | float | Fault) for column in columns if column < len(row))


def values_without_heading(
    grid: Grid, row: int, rows: list[int], known: set[int], file: str
) -> list[Problem]:
    """List columns of values without a heading; empty columns do no harm."""
    width = max((len(grid.rows[number]) for number in rows), default=0)
    heads = grid.rows[row]
    return [
        Problem(
            file, grid.column_where(column), "values without a heading; give the year, or empty the column"
        )
        for column in sorted(set(range(width)) - known)
        if (column >= len(heads) or is_blank(heads[column]))
        and any(column < len(grid.rows[n]) and not is_blank(grid.rows[n][column]) for n in rows)
    ]
