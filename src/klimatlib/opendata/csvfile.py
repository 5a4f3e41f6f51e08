"""A published table as CSV: UTF-8, comma, decimal point, every cell quoted, no text that a sheet would run.

Spreadsheets take a text that begins with ``=``, ``+``, ``-`` or ``@`` for a formula. Such a text is refused
and not altered: what is published is what was claimed. A number with its unit (``+0,02 ton``) runs nothing.
"""

from __future__ import annotations

import csv
import io

from klimatlib.claims.claims import as_cell
from klimatlib.errors import InputError, Problem
from klimatlib.opendata.tables import Cell, Filled
from klimatlib.spreadsheet import looks_like_a_formula


def as_text(cell: Cell) -> str:
    """Return a cell as the file has it; a number with a decimal point and no needless noughts.

    >>> [as_text(cell) for cell in (True, None, 42, "0114")]
    ['true', '', '42', '0114']
    """
    return str(cell).lower() if isinstance(cell, bool) else as_cell(cell)


def to_csv(filled: Filled) -> str:
    """Return a table as CSV.

    Raises
    ------
    InputError
        A text that a spreadsheet would take for a formula.
    """
    names = [column.name for column in filled.table.columns]
    _refuse_formulas(filled, names)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    writer.writerows([as_text(cell) for cell in row] for row in filled.rows)
    return stream.getvalue()


def _refuse_formulas(filled: Filled, names: list[str]) -> None:
    told = "a spreadsheet would take it for a formula; begin it with a letter or a digit, at its source"
    problems = [
        Problem(f"data/{filled.table.file}", f"row {number}, column {name}", f"{cell[:40]!r}: {told}")
        for number, row in enumerate(filled.rows, 2)
        for name, cell in zip(names, row, strict=True)
        if isinstance(cell, str) and looks_like_a_formula(cell)
    ]
    if problems:
        raise InputError(problems)
