"""Read a foreign file (a text table, JSON or an Excel workbook) into grids of plain cells.

A file's kind and size are looked at before it is read, and a workbook is read in a child process under limits
of memory and time, because its reader (calamine) has none: one cell in XFD1048576 asks it for gigabytes.
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
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from klimatlib.errors import InputError, Problem
from klimatlib.files import MERGE, other_form, refuse_size

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_BYTES = 32_000_000  # of any file; the largest real export has 4 MB
MAX_JSON = 8_000_000  # bytes; the population of all municipalities since 1968 is 1 MB
MAX_ROWS, MAX_CELLS = 120_000, 4_000_000  # the largest real table: 19 664 rows of 17
MAX_UNPACKED = 96_000_000  # bytes of a workbook when unpacked; the largest real export has 14 MB
CHILD_MEMORY = 200_000_000  # bytes; the largest real export takes 80 MB
CHILD_CPU_S, CHILD_CPU_S_PER_MB, CHILD_WALL_S = 1.5, 1.0, 60.0  # the largest real export: 2 MB, 0.7 s
_HEADING_ROWS = 50  # among which the headings are looked for
_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # begins an .xls, and any workbook with a password
_XLS_ERROR = rb"\x05\x02\x08\x00.{6}[\x00-\x2a]\x01|\x06\x00.{8}\x02.[\x00-\x2a].{3}\xff\xff"  # [MS-XLS]
_ODS_UNUSABLE = rb'value-type="error"|<table:table-cell\b(?=[^>]* table:formula=)(?![^>]* office:value-type=)'
_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")
_SWEDISH = frozenset("åäöÅÄÖéÉüÜæÆøØèàáíóôçëïÿ\u00a0\u00ad–—−…‘’“”»«§°²³½×·€´µ±®©")
_YEAR = re.compile(r"\b(?:(?:19|20)[0-9]{2}|2100)\b")
_SPACES = " \u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"([-−+]?)([0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+|[0-9]+)(?:([.,])([0-9]+))?"
    r"(?:(?:×10\^|[eE])([-−+]?[0-9]{1,3}))?"
)


@dataclass(frozen=True)
class Fault:
    """A cell that shows no usable value: an Excel error, a formula never calculated, or a date."""

    text: str


Cell = str | int | float | bool | Fault


@dataclass(frozen=True)
class Grid:
    """One sheet of a workbook, or one text table, as rows of plain cells."""

    file: str  # as messages name it
    name: str  # of the sheet; empty for a text file
    rows: list[list[Cell]]  # from A1 on; "" is a blank cell
    lines: tuple[int, ...] = field(default=(), repr=False)  # of the file, for each row; empty for a sheet
    hidden: bool = False  # in the workbook
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()  # first and last cell of each range

    def where(self, row: int | None = None, column: int | None = None) -> str:
        """Name a row, a column or a cell: ``sheet 'Tabell', cell B7`` or ``line 12, column 3``."""
        places = [f"sheet '{excerpt(self.name, 40)}'"] if self.name else []
        if row is not None and (self.lines or column is None):
            places.append(f"line {self.lines[row]}" if self.lines else f"row {row + 1}")
        if column is not None:
            in_sheet = f"column {a1(0, column)[:-1]}" if row is None else f"cell {a1(row, column)}"
            places.append(f"column {column + 1}" if self.lines else in_sheet)
        return ", ".join(places)

    def problem(self, text: str, row: int | None = None, column: int | None = None) -> Problem:
        """Return what is wrong with a cell, a row, a column or the whole grid."""
        return Problem(self.file, self.where(row, column), text)

    def cells(self, row: int, columns: Iterable[int]) -> list[Cell]:
        """Cells of a row in some columns; blank beyond its end."""
        cells = self.rows[row]
        return [cells[column] if column < len(cells) else "" for column in columns]

    def headings(self, row: int) -> list[str]:
        """Texts of a row as headings are compared: folded case, single spaces."""
        return [*map(heading_key, self.rows[row])]

    def filled(self, first: int = 0) -> list[int]:
        """Rows that are not blank, from the given one on."""
        return [row for row in range(first, len(self.rows)) if not all(map(is_blank, self.rows[row]))]


def heading_rows(grids: Iterable[Grid]) -> Iterator[tuple[Grid, int, set[str]]]:
    """Give the rows that may be one of headings, with their texts; ``<year>`` is any year."""
    for grid in grids:
        for row in range(min(len(grid.rows), _HEADING_ROWS)):
            yield grid, row, {_YEAR.sub("<year>", text) for text in grid.headings(row)}


def find_table(
    grids: Iterable[Grid], headings: Collection[str], file: str, what: str, usual_names: Collection[str] = ()
) -> tuple[Grid, int]:
    """Return the only grid with these headings, and their row; of several the one that has a usual name.

    None, several of the same right, or a heading that stands twice is refused; ``what`` was expected.
    """
    first_of: dict[int, tuple[Grid, int]] = {}
    for grid, row, present in heading_rows(grids):
        if present >= {*headings}:
            first_of.setdefault(id(grid), (grid, row))
    matches = [*first_of.values()]
    matches = [item for item in matches if heading_key(item[0].name) in usual_names] or matches
    if len(matches) != 1:
        sheets = ", ".join(f"'{excerpt(grid.name, 30)}'" for grid, _ in matches[:6])
        got = f"{len(matches)} sheets have them ({sheets}); keep one" if matches else "none has them"
        raise _refusal(f"expected {what}, one table with the headings {', '.join(headings)}; {got}", file)
    grid, top = matches[0]
    if twice := [name for name in headings if grid.headings(top).count(name) > 1]:
        raise InputError([grid.problem(f"duplicate heading '{twice[0].capitalize()}'; remove one", top)])
    return grid, top


def _refusal(text: str, file: str = "", where: str = "") -> InputError:
    return InputError([Problem(file, where, text)])


def _refuse_extent(place: str, rows: int, cells: int, file: str = "") -> None:
    if rows > MAX_ROWS or cells > MAX_CELLS:
        text = f"{rows} rows are more than any table here has (limit {MAX_ROWS} rows, {MAX_CELLS} cells)"
        raise _refusal(f"{place}{text}; delete what lies outside the table", file)


def decode(data: bytes, file: str) -> str:
    r"""Decode UTF-8, UTF-16 with BOM, or Windows-1252 that reads as Swedish; line ends become \n.

    Anything else is refused: binary, other encodings, letters lost before, an empty file.
    """
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise _refusal("the file is empty; fetch it again", file)
    if form := other_form(data):
        raise _refusal(form, file)
    try:
        text = data.decode("utf-16" if data.startswith(_BOMS[:2]) else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        if data.startswith(_BOMS) or not {char for char in text if not char.isascii()} <= _SWEDISH:
            advice = "the letters can be read neither as UTF-8 nor as Windows-1252; save the file as UTF-8"
            raise _refusal(advice, file) from None
    if "\x00" in text[:200:2] + text[1:200:2] and not data.startswith(_BOMS) and data[:200].count(0) > 20:
        raise _refusal("UTF-16 without its mark; save the file as UTF-8 (in Excel: CSV UTF-8)", file)
    lost = {"\x00": "a NUL character (a binary file?)", "�": "'�', a letter lost in an earlier conversion"}
    for sign, name in lost.items():
        if sign in text:
            raise _refusal(f"the text holds {name}; fetch the file again or save it as UTF-8", file)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if merge := MERGE.search(text):
        advice = "a merge that git left open; keep the lines that are right and remove its marks"
        raise _refusal(advice, file, f"line {text.count(chr(10), 0, merge.start()) + 1}")
    return text


def read_grids(data: bytes, file: str) -> list[Grid]:
    """Read the sheets of a workbook, or the one grid of a text table; see `read_workbook`, `read_table`."""
    return read_workbook(data, file) if is_workbook(data) else [read_table(data, file)]


def read_table(data: bytes, file: str) -> Grid:
    """Read delimited text to text cells; of ``;``, tab and ``,`` the one that gives the most even rows."""
    text = decode(data, file)
    _refuse_extent("", text.count("\n"), max(map(text.count, ";\t,")), file)
    sample = "\n".join(text.split("\n", 400)[:400])

    def evenness(delimiter: str) -> float:
        """Share of rows with the usual number of columns; 0 if that is one, or if quotes do not fit."""
        try:
            widths = [len(row) for row in split(sample, delimiter, "").rows if any(row)]
        except InputError:
            return 0.0
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return widths.count(usual) / len(widths) if usual > 1 else 0.0

    best = max(sorted(";\t,", key=text.count, reverse=True), key=evenness)
    by_spaces = text.lstrip().startswith('"') and not evenness(best) and evenness(" ")
    return split(text, " " if by_spaces else best, file)


def split(text: str, delimiter: str, file: str) -> Grid:
    """Split delimited text into cells, with the lines that they stand in; ``sep=;`` above it is obeyed."""
    rows: list[list[Cell]] = []
    lines = [1]
    if stated := re.match('"?sep=([;,\t])"?[;,\t]*\n', text):  # as Excel writes and hides it
        delimiter, text, lines = stated[1], text[stated.end() :], [2]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append([*row])
            lines.append(reader.line_num + (2 if stated else 1))
    except csv.Error as error:
        text = f"the row cannot be split into columns ({error}); look for a quotation mark that is not closed"
        raise _refusal(text, file, f"line {lines[-1]}") from None
    return Grid(file, "", rows, tuple(lines[:-1]))


def looks_like_json(data: bytes) -> bool:
    """Whether a file begins like a JSON object, or like a list of objects, lists, texts or numbers."""
    head = data[:400].decode("utf-16" if data.startswith(_BOMS[:2]) else "utf-8-sig", "ignore")
    return re.match(r"\s*(\{|\[\s*[\[{\"0-9])", head) is not None


def read_json(data: bytes, file: str) -> Any:
    """Read JSON; refused if it is too large, no text or not whole."""
    refuse_size(len(data), MAX_JSON, "answer", file)
    try:
        return json.loads(decode(data, file))
    except json.JSONDecodeError as error:
        text = f"expected JSON, got something else ({error.msg}); the file may be cut short: fetch it again"
        raise _refusal(text, file, f"line {error.lineno}") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, or brackets without end
        text = "the JSON is nested too deeply, or a number is endless; fetch it again"
        raise _refusal(text, file) from None


def is_workbook(data: bytes) -> bool:
    """Whether the first bytes are those of an .xlsx (zip) or .xls (compound) file."""
    return data.startswith((b"PK", _XLS))


def read_workbook(data: bytes, file: str) -> list[Grid]:
    """Read every worksheet to rows of plain cells, from A1 on, in a child process under limits.

    Errors, dates and formulas without a stored value become `Fault` cells, so that no reader takes them
    for blank; formulas that Excel has calculated give their value. An .xls with errors is refused.

    InputError: not a workbook, damaged, protected, or larger than any real one.
    """
    sheets = _read_in_child(data)
    if isinstance(sheets, str):
        raise _refusal(sheets, file)
    return [Grid(file, *sheet) for sheet in sheets]


@functools.lru_cache(maxsize=1)  # a file is recognised, then read
def _read_in_child(data: bytes) -> list[Any] | str:
    """Run this file as a program (see `_main`); return what `_sheets` gives, or why there is nothing."""
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
    answer: list[Any] | str = json.loads(child.stdout, object_hook=lambda fault: Fault(**fault))
    return answer


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
        answer = json.dumps([*_sheets(data)], default=as_fault)
        refuse_size(len(answer), MAX_BYTES, "workbook", "")
    except InputError as error:
        answer = json.dumps(error.problems[0].text)
    except BaseException as error:  # a damaged sheet makes the reader panic, which is no Exception
        text = f"expected an Excel workbook, got one that cannot be read ({type(error).__name__})"
        answer = json.dumps(f"{text}; save it anew in Excel, without a password")
    sys.stdout.write(answer)


def _sheets(data: bytes) -> Iterator[tuple[object, ...]]:
    """Give each worksheet as what `Grid` takes after the file."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    if _XLS in data and re.search(_XLS_ERROR, data, re.DOTALL):
        raise _refusal("the .xls has cells with an error such as #REF!; repair them and save it as .xlsx")
    faults = _unusable_cells(data) if data[:2] == b"PK" else {}
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for meta in book.sheets_metadata:
        if meta.typ is not SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        for (row, column), fault in faults.get(meta.name, {}).items():  # blank in rows, which may end before
            rows.extend([] for _ in range(row + 1 - len(rows)))
            rows[row].extend([""] * (column + 1 - len(rows[row])))
            rows[row][column] = fault
        hidden = meta.visible is not SheetVisibleEnum.Visible
        yield meta.name, rows, (), hidden, sheet.merged_cell_ranges or ()


def _unusable_cells(data: bytes) -> dict[str, dict[tuple[int, int], Fault]]:
    """Find each sheet's error cells and formulas without a stored value, which calamine reads as blank."""
    faults: dict[str, dict[tuple[int, int], Fault]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = book.infolist()
        if len({part.filename for part in parts}) < len(parts) or len(parts) > 1000:
            raise _refusal("the workbook has a part twice, or over 1000 parts; save it anew in Excel")
        refuse_size(sum(part.file_size for part in parts), MAX_UNPACKED, "workbook when unpacked", "")
        names = {*book.namelist()}
        if "content.xml" in names and b"spreadsheet" in book.read("mimetype"):
            if re.search(_ODS_UNUSABLE, xml := book.read("content.xml")) or b"<!DOCTYPE" in xml[:2000]:
                text = "the .ods has cells with an error, or a formula without a value"
                raise _refusal(f"{text}; repair them, and save it as .xlsx")
            return {}
        if "xl/workbook.xml" not in names:
            form = "binary workbook (.xlsb)" if "xl/workbook.bin" in names else "zip file, but no workbook"
            raise _refusal(f"a {form}; open it in Excel and save it as .xlsx")
        links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id"): link.get("Target", "") for link in links}
        for sheet in ElementTree.fromstring(book.read("xl/workbook.xml")).iter():
            if sheet.tag.endswith("}sheet"):
                target = next(targets[value] for name, value in sheet.items() if name.endswith("}id"))
                xml = book.read(posixpath.normpath(posixpath.join("/xl", target))[1:])
                name = sheet.get("name", "")
                if b"\x00" in xml[:200] or b"<!DOCTYPE" in xml:
                    text = "is not UTF-8 or declares entities, as no export does; do not open it"
                    raise _refusal(f"sheet '{name[:40]}' {text}")
                _refuse_extent(f"sheet '{name[:40]}': ", xml.count(b"<row"), 0)
                faults[name] = _faults(xml)
    return faults


def _faults(xml: bytes) -> dict[tuple[int, int], Fault]:
    faults: dict[tuple[int, int], Fault] = {}
    marked = any(mark in xml for mark in (b"<f", b":f", b'"e"', b"'e'"))  # a quick look: most have none
    for _, row in ElementTree.iterparse(io.BytesIO(xml)) if marked else ():
        if not row.tag.endswith("}row"):
            continue
        for cell in row:
            parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
            if not (is_error := cell.get("t") == "e") and ("f" not in parts or parts.get("v")):
                continue
            text = f"the error {parts.get('v')}"[:40] if is_error else "a formula without a stored value"
            address = re.fullmatch("([A-Z]{1,3})([0-9]{1,7})", cell.get("r", ""))
            if not address:
                raise _refusal(f"a cell without address has {text}; save the workbook anew in Excel")
            column = functools.reduce(lambda number, letter: number * 26 + ord(letter) - 64, address[1], 0)
            faults[int(address[2]) - 1, column - 1] = Fault(text)
        row.clear()
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
    if isinstance(cell, str) and not (cell.isascii() and cell.isalnum()):
        return " ".join(unicodedata.normalize("NFC", cell).replace("\u00ad", "").split())
    if isinstance(cell, Fault):
        return cell.text
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def heading_key(cell: Cell) -> str:
    """Spelling by which headings are compared: `clean`, in folded case."""
    return clean(cell).casefold()


def excerpt(value: object, limit: int = 60) -> str:
    """Text of a found value, cut so that a message stays short and free of control characters."""
    text = "".join(c if c.isprintable() else " " for c in str(value)).strip()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing but spaces."""
    return isinstance(cell, str) and not cell.strip()


def year_of(cell: Cell) -> int | None:
    """Year in a heading cell, typed as a number or as text; None if it is no year of 1900-2100."""
    return int(text) if _YEAR.fullmatch(text := clean(cell)) else None


def odd_letters(text: str) -> str:
    r"""Say which character of a name is no Latin letter, such as a Cyrillic а; empty if all are.

    >>> odd_letters("Lund"), odd_letters("Knivst\u0430")
    ('', "character 7 is 'CYRILLIC SMALL LETTER A' (U+0430)")
    """
    for place, char in enumerate(text, 1):
        name = unicodedata.name(char, "an unnamed character")
        is_latin = (name.startswith("LATIN ") and char.isalpha()) or " " <= char <= "~"
        if not is_latin and char not in "–−‐‑×’”…":
            return f"character {place} is '{name}' (U+{ord(char):04X})"
    return ""


def capped(problems: Sequence[Problem], limit: int = 8) -> list[Problem]:
    """First problems of a kind, the last one saying how many more there are."""
    if len(problems) <= limit:
        return [*problems]
    last = problems[limit - 1]
    text = f"{last.text} (and {len(problems) - limit} more of this kind)"
    return [*problems[: limit - 1], replace(last, text=text)]


def ragged(grid: Grid, rows: list[int], width: int) -> list[Problem]:
    """List the data rows of a text table that have more or fewer columns than the heading."""
    text = f"cells, expected {width} as in the header; is one missing, or a delimiter not in quotes?"
    widths = {row: len(grid.rows[row]) for row in rows if grid.lines}
    return [grid.problem(f"{got} {text}", row) for row, got in widths.items() if got != width]


def values_without_heading(grid: Grid, rows: list[int], headed: Collection[int]) -> list[Problem]:
    """List the columns that have values in these rows and no heading; empty columns do no harm."""
    text = "values without a heading; head the column, or empty it"
    cells = (each for number in rows for each in enumerate(grid.rows[number]))
    valued = {column for column, cell in cells if column not in headed and not is_blank(cell)}
    return [grid.problem(text, column=column) for column in sorted(valued)]


def read_numbers(
    grid: Grid, rows: Sequence[int], columns: Sequence[int]
) -> tuple[npt.NDArray[np.float64], list[Problem]]:
    """Read a block of a grid as numbers >= 0; every cell that is none is a problem with its address.

    Decimal comma and point are both read, never both in one file, and never where a mark may be a thousands
    separator.
    """
    import numpy as np  # the child process does without

    values, problems = np.full((len(rows), len(columns)), np.nan), []
    marks: dict[str, tuple[int, int]] = {}  # decimal mark -> the first cell that has it
    certain = False  # whether any mark cannot separate thousands
    for i, row in enumerate(rows):
        for j, (column, cell) in enumerate(zip(columns, grid.cells(row, columns), strict=True)):
            number: float | None = cell if type(cell) in (int, float) else None  # type: ignore[assignment]
            if isinstance(cell, str) and (parts := _NUMBER.fullmatch(cell.strip())):
                sign, whole, mark, decimals, exponent = parts.groups()
                if mark:
                    marks.setdefault(mark, (row, column))
                    certain |= len(decimals) != 3 or len(whole) > 3 or whole == "0" or bool(exponent)
                digits = "".join(char for char in whole if char not in _SPACES)
                number = float(f"{sign}{digits}.{decimals or 0}e{exponent or 0}".replace("−", "-"))
            if number is None or not 0 <= number < math.inf:
                problems.append(grid.problem(not_a_number(cell), row, column))
            else:
                values[i, j] = number
    text = "both decimal comma and decimal point are used in this file, so numbers are uncertain; use one"
    if len(marks) == 1:
        text = "every decimal mark has three digits after it, so it may mean thousands; write other digits"
    doubtful = [*marks.values()][-1:] if len(marks) > 1 or not certain else []
    return values, [*capped(problems), *(grid.problem(text, *cell) for cell in doubtful)]


def not_a_number(cell: Cell, expected: str = "a number of at least 0") -> str:
    """Say that a cell is not the number that was expected, and what to do."""
    if isinstance(cell, Fault):
        return f"expected {expected}, got {cell.text}; open the file in Excel, repair the cell and save"
    if is_blank(cell):
        return f"expected {expected}, got a blank cell; a true zero is written 0"
    if isinstance(cell, bool):
        return f"expected {expected}, got TRUE/FALSE ({cell}); format the cell as a number and type it again"
    return f"expected {expected}, got '{excerpt(cell, 30)}'"


if __name__ == "__main__":
    _main()
