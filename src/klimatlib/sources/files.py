"""Read a foreign file (a text table, JSON or an Excel workbook) into grids of plain cells.

What cannot be a table is refused before it costs anything: whether a file is regular and how large it is
comes before reading it, and a workbook is read in a child process under limits of memory and time. Its
reader (calamine) has none: a file of 5 kB with one cell in XFD1048576 asks it for gigabytes.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import math
import posixpath
import re
import signal
import stat
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from klimatlib.errors import InputError, Problem

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_BYTES = 32_000_000  # of any file; the largest real export has 4 MB
MAX_JSON = 8_000_000  # bytes; the population of all municipalities since 1968 is 1 MB
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 120_000, 2_000, 4_000_000  # the largest real table: 19 664 rows of 17
MAX_UNPACKED = 96_000_000  # bytes of a workbook when unpacked; the largest real export has 14 MB
CHILD_MEMORY = 200_000_000  # bytes; the largest real export takes 80 MB
CHILD_CPU_S, CHILD_CPU_S_PER_MB, CHILD_WALL_S = 1.5, 1.0, 60.0  # the largest real export: 2 MB, 0.7 s
_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # begins an .xls, and any workbook with a password
_XLS_ERROR = rb"\x05\x02\x08\x00.{6}[\x00-\x2a]\x01|\x06\x00.{8}\x02.[\x00-\x2a].{3}\xff\xff"  # [MS-XLS]
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_SWEDISH = frozenset("åäöÅÄÖéÉüÜæÆøØèàáíóôçëïÿ\u00a0\u00ad–—−…‘’“”»«§°²³½×·€´µ±®©")


@dataclass(frozen=True)
class Fault:
    """A cell that shows no usable value: an Excel error, a formula never calculated, or a date."""

    text: str


Cell = str | int | float | bool | Fault


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
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()

    def where(self, row: int | None = None, column: int | None = None) -> str:
        """Name a row, a column or a cell: ``sheet 'Tabell', cell B7`` or ``line 12, column 3``."""
        if self.lines:
            line = [] if row is None else [f"line {self.lines[row]}"]
            return ", ".join(line if column is None else [*line, f"column {column + 1}"])
        if row is None or column is None:
            place = f"column {a1(0, column or 0)[:-1]}" if row is None else f"row {row + 1}"
        else:
            place = f"cell {a1(row, column)}"
        return f"sheet '{shown(self.name, 40)}', {place}"


def read_file(path: Path, file: str) -> bytes:
    """Return the bytes of a regular file; ``file`` is its name in messages.

    Raises
    ------
    InputError
        Missing; a folder, a pipe, a device, or a link to one; larger than any real input.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _refusal("not a regular file (a folder, pipe or device); put the file itself there", file)
        _refuse_size(status.st_size, MAX_BYTES, "input", file)
        return path.read_bytes()
    except FileNotFoundError:
        raise _refusal("missing; put the file there", file) from None
    except OSError as error:
        raise _refusal(f"cannot be read: {error.strerror}", file) from None


def _refusal(text: str, file: str = "", where: str = "") -> InputError:
    return InputError([Problem(file, where, text)])


def _refuse_size(size: int, limit: int, kind: str, file: str) -> None:
    if size > limit:
        text = f"{size / 1e6:.0f} MB is more than any {kind} here has (limit {limit / 1e6:.0f} MB)"
        raise _refusal(f"{text}; is it the right file?", file)


def decode(data: bytes, file: str) -> str:
    r"""Decode UTF-8, UTF-16 with BOM, or Windows-1252 that reads as Swedish; line ends become \n.

    Raises
    ------
    InputError
        Empty, too large, binary, or in none of these encodings.
    """
    _refuse_size(len(data), MAX_BYTES, "text file", file)
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise _refusal("the file is empty; fetch it again", file)
    try:
        text = data.decode("utf-16" if data.startswith(_BOMS[:2]) else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        if data.startswith(_BOMS) or not {char for char in text if not char.isascii()} <= _SWEDISH:
            advice = "the letters can be read neither as UTF-8 nor as Windows-1252; save the file as UTF-8"
            raise _refusal(advice, file) from None
    lost = {"\x00": "a NUL character (a binary file?)", "�": "'�', a letter lost in an earlier conversion"}
    for sign, name in lost.items():
        if sign in text:
            raise _refusal(f"the text holds {name}; fetch the file again or save it as UTF-8", file)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_table(data: bytes, file: str) -> Grid:
    """Read delimited text (``;``, tab or ``,``) to rows of text cells, with their line numbers.

    The delimiter is the one that gives most rows the same number of columns.

    Raises
    ------
    InputError
        Not text, or quotes that do not close.
    """
    text = decode(data, file)
    if text.count("\n") > MAX_ROWS or max(map(text.count, ";\t,")) > MAX_CELLS:
        limit = f"no table here has over {MAX_ROWS} lines or {MAX_CELLS} cells"
        raise _refusal(f"{limit}; delete what is too much", file)
    sample = "\n".join(text.split("\n", 400)[:400])

    def evenness(delimiter: str) -> float:
        """Share of rows with the usual number of columns; 0 if that is one, or if quotes do not fit."""
        try:
            widths = [len(row) for row in _split(sample, delimiter, "").rows if any(row)]
        except InputError:
            return 0.0
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return widths.count(usual) / len(widths) if usual > 1 else 0.0

    return _split(text, max(sorted(";\t,", key=text.count, reverse=True), key=evenness), file)


def _split(text: str, delimiter: str, file: str) -> Grid:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Cell]] = []
    lines = [1]
    try:
        for row in reader:
            rows.append(list(row))
            lines.append(reader.line_num + 1)
    except csv.Error as error:
        text = f"the row cannot be split into columns ({error}); look for a quotation mark that is not closed"
        raise _refusal(text, file, f"line {lines[-1]}") from None
    return Grid("", rows, tuple(lines[:-1]))


def looks_like_json(data: bytes) -> bool:
    """Whether a file begins like a JSON object, or like a list of objects, lists, texts or numbers."""
    head = data[:400].decode("utf-16" if data.startswith(_BOMS[:2]) else "utf-8-sig", "ignore")
    return re.match(r"\s*(\{|\[\s*[\[{\"0-9])", head) is not None


def read_json(data: bytes, file: str) -> Any:
    """Read JSON strictly: no key twice, no NaN or Infinity.

    Raises
    ------
    InputError
        Not text, or not whole JSON.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"the key '{twice[:40]}' is given twice in one object")
        return dict(pairs)

    def no_constant(name: str) -> Any:
        raise ValueError(f"{name} is no number")

    _refuse_size(len(data), MAX_JSON, "answer", file)
    try:
        return json.loads(decode(data, file), object_pairs_hook=unique, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        text = f"expected JSON, got something else ({error.msg}); the file may be cut short: fetch it again"
        raise _refusal(text, file, f"line {error.lineno}") from None
    except (ValueError, RecursionError) as error:
        text = "too deeply nested" if isinstance(error, RecursionError) else str(error)[:100]
        raise _refusal(f"the JSON cannot be used: {text}; fetch it again", file) from None


def is_workbook(data: bytes) -> bool:
    """Whether the first bytes are those of an .xlsx (zip) or .xls (compound) file."""
    return data.startswith((b"PK", _XLS))


def read_workbook(data: bytes, file: str) -> list[Grid]:
    """Read every worksheet to rows of plain cells, from A1 on, in a child process under limits.

    Errors, dates and formulas without a stored value become `Fault` cells, so that no reader takes them
    for blank; formulas that Excel has calculated give their value. An .xls with errors is refused.

    Raises
    ------
    InputError
        Not a workbook, damaged, protected, or larger than any real one.
    """
    if not data:
        raise _refusal("the file is empty (0 bytes); fetch it again", file)
    _refuse_size(len(data), MAX_BYTES, "workbook", file)
    if not is_workbook(data):
        raise _refusal("expected an Excel workbook, got another kind of file", file)
    sheets = _read_in_child(data)
    if isinstance(sheets, str):
        raise _refusal(sheets, file)
    return sheets


@functools.lru_cache(maxsize=1)  # a file is recognised, then read
def _read_in_child(data: bytes) -> list[Grid] | str:
    """Run this file as a program (see `_main`); return its sheets, or why there are none."""
    command = [sys.executable, "-P", __file__]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=CHILD_WALL_S, check=False)
    except subprocess.TimeoutExpired:
        child = subprocess.CompletedProcess(command, -signal.SIGTERM)
    if child.returncode > 0:
        raise RuntimeError(child.stderr.decode(errors="replace")[-2000:])
    if child.returncode < 0:
        limit = f"more than {CHILD_MEMORY / 1e6:.0f} MB of memory or a few seconds to read, as no export does"
        return f"takes {limit}; delete what lies outside the table, and save it anew in Excel"
    answer = json.loads(child.stdout, object_hook=lambda fault: Fault(**fault))
    return answer if isinstance(answer, str) else [Grid(*sheet) for sheet in answer]


def _main() -> None:
    """Read the workbook on standard input; write its sheets as JSON, or why there are none."""
    data = sys.stdin.buffer.read()
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (CHILD_MEMORY, CHILD_MEMORY))
        signal.setitimer(signal.ITIMER_PROF, CHILD_CPU_S + CHILD_CPU_S_PER_MB * len(data) / 1e6)

    def as_fault(cell: Any) -> dict[str, str]:
        return {"text": cell.text if isinstance(cell, Fault) else f"a date or time ({cell})"}

    try:
        answer = json.dumps(list(_sheets(data)), default=as_fault)
        _refuse_size(len(answer), MAX_BYTES, "workbook", "")
    except InputError as error:
        answer = json.dumps(error.problems[0].text)
    except BaseException as error:  # a damaged sheet makes the reader panic, which is no Exception
        text = f"expected an Excel workbook, got one that cannot be read ({type(error).__name__})"
        answer = json.dumps(f"{text}; save it anew in Excel, without a password")
    sys.stdout.write(answer)


def _sheets(data: bytes) -> Iterator[tuple[object, ...]]:
    """Give each worksheet as what `Grid` takes."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    if _XLS in data and re.search(_XLS_ERROR, data, re.DOTALL):
        raise _refusal("the .xls has cells with an error such as #REF!; repair them and save it as .xlsx")
    faults = _unusable_cells(data) if data[:2] == b"PK" else {}
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for meta in book.sheets_metadata:
        if meta.typ is not SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        _refuse_extent(meta.name, *(last + 1 for last in sheet.end or (0, 0)))
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        for (row, column), fault in faults.get(meta.name, {}).items():  # blank in rows, which may end before
            rows.extend([] for _ in range(row + 1 - len(rows)))
            rows[row].extend([""] * (column + 1 - len(rows[row])))
            rows[row][column] = fault
        hidden = meta.visible is not SheetVisibleEnum.Visible
        yield meta.name, rows, (), hidden, sheet.merged_cell_ranges or ()


def _refuse_extent(sheet: str, rows: int, columns: int = 1) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        limit = f"no export is that large (limit {MAX_ROWS} rows, {MAX_COLUMNS} columns, {MAX_CELLS} cells)"
        place = f"sheet '{sheet[:40]}' reaches row {rows}, column {columns}"
        raise _refusal(f"{place}; {limit}; delete what lies outside")


def _unusable_cells(data: bytes) -> dict[str, dict[tuple[int, int], Fault]]:
    """Find each sheet's error cells and formulas without a stored value, which calamine reads as blank."""
    faults: dict[str, dict[tuple[int, int], Fault]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = book.infolist()
        if len({part.filename for part in parts}) < len(parts) or len(parts) > 1000:
            raise _refusal("the workbook has a part twice, or over 1000 parts; save it anew in Excel")
        if (size := sum(part.file_size for part in parts)) > MAX_UNPACKED:
            raise _refusal(f"unpacks to {size / 1e6:.0f} MB, as no export does; is it the right file?")
        links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter():
            if sheet.tag.endswith("}sheet"):
                target = next(targets[value] for name, value in sheet.items() if name.endswith("}id"))
                xml = book.read(posixpath.normpath(posixpath.join("/xl", target))[1:])
                faults[sheet.get("name", "")] = _faults(xml, sheet.get("name", ""))
    return faults


def _faults(xml: bytes, sheet: str) -> dict[tuple[int, int], Fault]:
    if b"\x00" in xml[:200] or b"<!DOCTYPE" in xml:
        text = f"sheet '{sheet[:40]}' is not UTF-8 or declares entities, as no export does; do not open it"
        raise _refusal(text)
    _refuse_extent(sheet, xml.count(b"<row"))
    faults: dict[tuple[int, int], Fault] = {}
    if not any(mark in xml for mark in (b"<f", b":f", b'"e"', b"'e'")):  # a quick look: most have none
        return faults
    for attributes, body in re.findall(rb"<(?:\w+:)?c((?:\s[^>]*[^/>])?)>(.*?)</(?:\w+:)?c>", xml, re.DOTALL):
        value = re.search(rb"<(?:\w+:)?v[^>/]*>([^<]+)<", body)
        if re.search(rb"\st\s*=\s*[\"']e[\"']", attributes):
            text = f"the error {value[1].decode('utf-8', 'replace')[:20]}" if value else "an error"
        elif re.search(rb"<(?:\w+:)?f[\s>/]", body) and not value:
            text = "a formula without a stored value"
        else:
            continue
        address = re.search(rb"\sr\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']", attributes)
        if not address:
            text = f"sheet '{sheet[:40]}' has {text} in a cell without address; save it anew in Excel"
            raise _refusal(text)
        column = functools.reduce(lambda number, letter: number * 26 + letter - 64, address[1], 0)
        faults[int(address[2]) - 1, column - 1] = Fault(text)
    return faults


def a1(row: int, column: int) -> str:
    """Cell address of zero-based row and column.

    >>> a1(8, 4), a1(0, 26), a1(0, 16383)
    ('E9', 'AA1', 'XFD1')
    """
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


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
    text = f"{last.text} (and {len(problems) - limit} more of this kind)"
    return [*problems[: limit - 1], Problem(last.file, last.where, text)]


def duplicate_headings(grid: Grid, row: int, names: Iterable[str], file: str) -> list[Problem]:
    """List those of the expected headings that stand more than once in a heading row."""
    heads = [clean(cell).casefold() for cell in grid.rows[row]]
    text = "duplicate heading '{}'; remove one"
    twice = [name.capitalize() for name in names if heads.count(name) > 1]
    return [Problem(file, grid.where(row), text.format(name)) for name in twice]


def ragged(grid: Grid, rows: list[int], width: int, file: str) -> list[Problem]:
    """List the data rows of a text table that have more or fewer columns than the heading."""
    text = f"expected {width} columns as in the heading, got"
    wrong = [row for row in rows if grid.lines and len(grid.rows[row]) != width]
    return [Problem(file, grid.where(row), f"{text} {len(grid.rows[row])}") for row in wrong]


def values_without_heading(
    grid: Grid, row: int, rows: list[int], headed: set[int], file: str
) -> list[Problem]:
    """List columns of values without a heading, but for those `headed`; empty columns do no harm."""
    text = "values without a heading; give the year, or empty the column"
    valued = {c for number in rows for c, cell in enumerate(grid.rows[number]) if not is_blank(cell)}
    heads = {c for c, cell in enumerate(grid.rows[row]) if not is_blank(cell)} | headed
    return [Problem(file, grid.where(column=column), text) for column in sorted(valued - heads)]


_SPACES = " \u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"([-−+]?)([0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+|[0-9]+)(?:([.,])([0-9]+))?"
    r"(?:(?:×10\^|[eE])([-−+]?)([0-9]{1,3}))?"
)


@dataclass
class Numbers:
    """Numbers read from a block of cells, what is wrong with it, and how many have an exponent."""

    values: npt.NDArray[np.float64]
    problems: list[Problem]
    exponents: int = 0


def read_numbers(grid: Grid, rows: Sequence[int], columns: Sequence[int], file: str) -> Numbers:
    """Read a block of a grid as numbers >= 0; every cell that is none is a problem with its address.

    Decimal comma and point are both read, never both in one file, and never where a mark may be a thousands
    separator.
    """
    import numpy as np  # the child process does without

    result = Numbers(np.full((len(rows), len(columns)), np.nan), [])
    problems = []
    marks: dict[str, str] = {}  # decimal mark -> the first cell that has it
    certain = False  # whether any mark cannot separate thousands
    for i, row in enumerate(rows):
        cells = grid.rows[row]
        for j, column in enumerate(columns):
            cell = cells[column] if column < len(cells) else ""
            number: float | None = cell if type(cell) in (int, float) else None  # type: ignore[assignment]
            if isinstance(cell, str) and (parts := _NUMBER.fullmatch(cell.strip())):
                sign, whole, mark, decimals, exponent_sign, exponent = parts.groups()
                if mark:
                    marks.setdefault(mark, grid.where(row, column))
                    certain |= len(decimals) != 3 or len(whole) > 3 or whole == "0" or bool(exponent)
                result.exponents += exponent is not None
                digits = "".join(char for char in whole if char not in _SPACES)
                text = f"{sign}{digits}.{decimals or 0}e{exponent_sign or ''}{exponent or 0}"
                number = float(text.replace("−", "-"))
            if number is None or not 0 <= number < math.inf:
                problems.append(Problem(file, grid.where(row, column), _not_a_number(cell, number)))
            else:
                result.values[i, j] = number
    result.problems = capped(problems)
    if len(marks) > 1:
        text = "both decimal comma and decimal point are used in this file, so numbers are uncertain; use one"
        result.problems.append(Problem(file, list(marks.values())[1], text))
    elif marks and not certain:
        text = "every decimal mark has three digits after it, so it may mean thousands; write other digits"
        result.problems.append(Problem(file, next(iter(marks.values())), text))
    return result


def _not_a_number(cell: Cell, number: float | None) -> str:
    if isinstance(cell, Fault):
        return f"expected a number, got {cell.text}; open the file in Excel, repair the cell and save"
    if is_blank(cell):
        return "expected a number, got a blank cell; a true zero is written 0"
    if number is not None and number < 0:
        return f"expected a number of at least 0, got {shown(cell, 30)}"
    if isinstance(cell, bool):
        return f"expected a number, got TRUE/FALSE ({cell}); format the cell as a number and type it again"
    return f"expected a number, got '{shown(cell, 30)}'"


if __name__ == "__main__":
    _main()
