"""Cells, grids and numbers: what every table reader builds on."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from klimatlib.errors import Problem


@dataclass(frozen=True)
class Fault:
    """A cell that shows no usable value: an Excel error, or a formula never calculated."""

    text: str


Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | Fault


@dataclass(frozen=True)
class Grid:
    """One sheet of a workbook, or one text table, as rows of plain cells.

    Parameters
    ----------
    name
        Sheet name; empty for a text file.
    rows
        Cells from A1 on; ``""`` is a blank cell.
    lines
        File line of each row; empty for a sheet.
    hidden
        Whether the sheet is hidden in the workbook.
    merged
        First and last cell of each range of merged cells; only the first holds a value.
    """

    name: str
    rows: list[list[Cell]]
    lines: tuple[int, ...] = field(default=(), repr=False)
    hidden: bool = False
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()

    def where(self, row: int, column: int | None = None) -> str:
        """Name a place as the user's program does: ``sheet 'Tabell', cell B7`` or ``line 12, column 3``."""
        if self.lines:
            return f"line {self.lines[row]}" + ("" if column is None else f", column {column + 1}")
        place = f"row {row + 1}" if column is None else f"cell {a1(row, column)}"
        return f"sheet '{shown(self.name, 40)}', {place}"

    def column_where(self, column: int) -> str:
        """Name a whole column, such as ``sheet 'Tabell', column C``."""
        return (
            f"column {column + 1}"
            if self.lines
            else f"sheet '{shown(self.name, 40)}', column {letters(column)}"
        )


def letters(column: int) -> str:
    """Column letters of a zero-based index.

    >>> letters(0), letters(25), letters(26), letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def a1(row: int, column: int) -> str:
    """Cell address of zero-based row and column.

    >>> a1(8, 4)
    'E9'
    """
    return f"{letters(column)}{row + 1}"


def clean(cell: Cell) -> str:
    r"""Give the text of a cell: composed letters, single plain spaces; a whole number as digits.

    >>> clean("  Upplands\u00a0Väsby ")
    'Upplands Väsby'
    """
    if isinstance(cell, str):
        if cell.isascii() and cell.isalnum():
            return cell
        return " ".join(unicodedata.normalize("NFC", cell).replace("\u00ad", "").split())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.text if isinstance(cell, Fault) else str(cell)


def shown(value: object, limit: int = 60) -> str:
    """Text of a found value, cut so that a message stays short and free of control characters."""
    text = "".join(c if c.isprintable() else " " for c in str(value)).strip()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing but spaces."""
    return isinstance(cell, str) and not cell.strip()


def year_of(cell: Cell) -> int | None:
    """Year in a heading cell, typed as a number or as text; None if it is no year of 1900-2100."""
    text = clean(cell) if isinstance(cell, str | int | float) and not isinstance(cell, bool) else ""
    return int(text) if re.fullmatch(r"(?:19|20)[0-9]{2}|2100", text) else None


def odd_letters(text: str) -> str:
    r"""Say which character of a name is no Latin letter, such as a Cyrillic а; empty if all are.

    >>> odd_letters("Lund"), odd_letters("Knivst\u0430")
    ('', "character 7 is 'CYRILLIC SMALL LETTER A' (U+0430)")
    """
    for place, char in enumerate(text, 1):
        if char.isascii() and char.isprintable():
            continue
        name = unicodedata.name(char, "an unnamed character")
        if not (name.startswith("LATIN ") and char.isalpha()) and char not in "–−‐‑×’”…":
            return f"character {place} is '{name}' (U+{ord(char):04X})"
    return ""


def capped(problems: Sequence[Problem], limit: int = 8) -> list[Problem]:
    """First problems of a kind, the last one saying how many more there are."""
    if len(problems) <= limit:
        return list(problems)
    last = problems[limit - 1]
    rest = len(problems) - limit
    return [
        *problems[: limit - 1],
        Problem(last.file, last.where, f"{last.text} (and {rest} more of this kind)"),
    ]


_SPACES = " \u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"([-−+]?)([0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+|[0-9]+)(?:([.,])([0-9]+))?"
    r"(?:(?:×10\^|[eE])([-−+]?)([0-9]{1,3}))?"
)


@dataclass
class Numbers:
    """Numbers read from a block of cells, with what was mended and what is wrong."""

    values: npt.NDArray[np.float64]
    problems: list[Problem]
    exponents: int = 0
    texts: int = 0
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    _certain: bool = False

    def parse(self, text: str, at: tuple[int, int]) -> float | None:
        """Read one number written as text; None if it is no number."""
        found = _NUMBER.fullmatch(text.strip())
        if not found:
            return None
        sign, whole, mark, decimals, exponent_sign, exponent = found.groups()
        if mark:
            self.marks.setdefault(mark, at)
            self._certain |= len(decimals) != 3 or len(whole) > 3 or whole == "0" or bool(exponent)
        self.exponents += exponent is not None
        digits = whole if whole.isdigit() else re.sub(f"[{_SPACES}]", "", whole)
        minus = "-" if sign in ("-", "−") else ""
        power = f"e{'-' if exponent_sign in ('-', '−') else ''}{exponent}" if exponent else ""
        return float(f"{minus}{digits}.{decimals or '0'}{power}")

    @property
    def ambiguous(self) -> bool:
        """Whether every mark is followed by exactly three digits, so that 1,234 may be 1234."""
        return bool(self.marks) and not self._certain


def read_numbers(
    grid: Grid, rows: Sequence[int], columns: Sequence[int], file: str, *, missing: Iterable[str] = ()
) -> Numbers:
    """Read a block of a grid as numbers >= 0; every cell that is none is a problem with its address.

    Cells whose text is in `missing` become NaN without a problem. Decimal comma and point are both
    read, never both in one file, and never where a mark may be a thousands separator.
    """
    result = Numbers(np.full((len(rows), len(columns)), np.nan), [])
    values, absent = result.values, frozenset(missing)
    found: list[Problem] = []
    for i, row in enumerate(rows):
        cells = grid.rows[row]
        for j, column in enumerate(columns):
            cell = cells[column] if column < len(cells) else ""
            if type(cell) is float or type(cell) is int:
                number: float | None = cell
            elif isinstance(cell, str) and cell.strip():
                if cell.strip() in absent:
                    continue
                number = result.parse(cell, (row, column))
                result.texts += 1
            else:
                number = None
            if number is None or not 0 <= number < math.inf:
                found.append(Problem(file, grid.where(row, column), _not_a_number(cell, number)))
            else:
                values[i, j] = number
    result.problems = capped(found) + _mark_problems(result, grid, file)
    return result


def _not_a_number(cell: Cell, number: float | None) -> str:
    """Say why a cell is not taken as a number >= 0."""
    if isinstance(cell, Fault):
        return f"expected a number, got {cell.text}; open the file in Excel, repair the cell and save"
    if is_blank(cell):
        return "expected a number, got a blank cell; a true zero is written 0"
    if number is not None and number < 0:
        return f"expected a number of at least 0, got {shown(cell, 30)}"
    if isinstance(cell, bool | dt.date | dt.time | dt.timedelta):
        kind = "TRUE/FALSE" if isinstance(cell, bool) else "a date or time"
        found = f"{kind} ({shown(cell, 30)})"
        return f"expected a number, got {found}; format the cell as a number and type it again"
    return f"expected a number, got '{shown(cell, 30)}'"


def _mark_problems(numbers: Numbers, grid: Grid, file: str) -> list[Problem]:
    """Refuse a file with both decimal marks, or with marks that may separate thousands."""
    if len(numbers.marks) > 1:
        text = "both decimal comma and decimal point are used in this file, so numbers are uncertain; use one"
        return [Problem(file, grid.where(*max(numbers.marks.values())), text)]
    if numbers.ambiguous:
        text = "every decimal mark has three digits after it, so it may mean thousands; write other digits"
        return [Problem(file, grid.where(*next(iter(numbers.marks.values()))), text)]
    return []
