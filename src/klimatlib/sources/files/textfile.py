"""Guarded reading of text files: encoding, line ends, delimiter and rows."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files.cells import Cell, Grid

MAX_BYTES = 32_000_000
"""Largest text file read; the largest real export has 4 MB."""
MAX_LINES, MAX_CELLS = 120_000, 4_000_000
"""Largest table read; the largest real export has 19 664 lines of 17 columns."""
MAX_JSON = 8_000_000
"""Largest JSON read; all municipalities since 1968 are 1 MB."""

_SWEDISH = frozenset("åäöÅÄÖéÉüÜæÆøØèàáíóôçëïÿ\u00a0\u00ad–—−…‘’“”»«§°²³½×·€´µ±®©")


def decode(data: bytes, file: str) -> str:
    r"""Decode UTF-8, UTF-16 with BOM, or Windows-1252 that reads as Swedish; line ends become \n.

    Raises
    ------
    InputError
        Empty, too large, binary, or in none of these encodings.
    """
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise _refusal(file, "the file is empty; fetch it again")
    if len(data) > MAX_BYTES:
        raise _refusal(
            file,
            f"{len(data) / 1e6:.0f} MB is more than any text file here has (limit {MAX_BYTES / 1e6:.0f} MB)",
        )
    text = _decoded(data)
    if text is None:
        raise _refusal(
            file, "the letters can be read neither as UTF-8 nor as Windows-1252; save the file as UTF-8"
        )
    if "\x00" in text or "�" in text:
        what = (
            "a NUL character (a binary file?)"
            if "\x00" in text
            else "'�', a letter lost in an earlier conversion"
        )
        raise _refusal(file, f"the text holds {what}; fetch the file again or save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str | None:
    """Text of the bytes, or None if no encoding fits."""
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    if data[:3] == b"\xef\xbb\xbf" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return text if {c for c in text if not c.isascii()} <= _SWEDISH else None


def _refusal(file: str, text: str) -> InputError:
    """Wrap one message about the whole file."""
    return InputError([Problem(file, "", text)])


def read_table(data: bytes, file: str) -> Grid:
    """Read delimited text (``;``, tab or ``,``) to rows of text cells, with their line numbers.

    The delimiter is the one that gives most rows the same number of columns.

    Raises
    ------
    InputError
        Not text, or quotes that do not close.
    """
    text = decode(data, file)
    if text.count("\n") > MAX_LINES or max(map(text.count, ";\t,")) > MAX_CELLS:
        raise _refusal(
            file, f"no table here has over {MAX_LINES} lines or {MAX_CELLS} cells; delete what is too much"
        )
    marks = sorted(";\t,", key=text.count, reverse=True)
    sample = "\n".join(text.split("\n", 400)[:400])
    grid = _rows(text, max(marks, key=lambda mark: _evenness(sample, mark)), file)
    if isinstance(grid, Problem):
        raise InputError([grid])
    return grid


def _evenness(text: str, delimiter: str) -> float:
    """Share of rows that have the usual number of columns; 0 if that is one, or if quotes do not fit."""
    grid = _rows(text, delimiter, "")
    if isinstance(grid, Problem):
        return 0.0
    widths = [len(row) for row in grid.rows if any(row)]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
    return widths.count(usual) / len(widths) if usual > 1 else 0.0


def _rows(text: str, delimiter: str, file: str) -> Grid | Problem:
    """Split text into rows at one delimiter; a problem if its quotes do not fit."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Cell]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            rows.append(list(row))
            lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        told = f"the row cannot be split into columns ({error}); look for a quotation mark that is not closed"
        return Problem(file, f"line {start}", told)
    return Grid("", rows, tuple(lines))


def ragged(grid: Grid, rows: list[int], width: int, file: str) -> list[Problem]:
    """List the data rows of a text table that have more or fewer columns than the heading."""
    if not grid.lines:
        return []
    return [
        Problem(
            file, grid.where(row), f"expected {width} columns as in the heading, got {len(grid.rows[row])}"
        )
        for row in rows
        if len(grid.rows[row]) != width
    ]


def looks_like_json(data: bytes) -> bool:
    """Whether a file begins like a JSON object, or like a list of objects, lists, texts or numbers."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    head = data[:400].decode("utf-16" if wide else "utf-8-sig", "ignore")
    return re.match(r"\s*(\{|\[\s*[\[{\"0-9])", head) is not None


def read_json(data: bytes, file: str) -> Any:
    """Read JSON strictly: no key twice, no NaN or Infinity.

    Raises
    ------
    InputError
        Not text, or not whole JSON.
    """
    if len(data) > MAX_JSON:
        raise _refusal(
            file, f"{len(data) / 1e6:.0f} MB is more than any answer here has (limit {MAX_JSON / 1e6:.0f} MB)"
        )
    try:
        return json.loads(decode(data, file), object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        text = f"expected JSON, got something else ({error.msg}); the file may be cut short: fetch it again"
        raise InputError([Problem(file, f"line {error.lineno}", text)]) from None
    except (ValueError, RecursionError) as error:
        text = "too deeply nested" if isinstance(error, RecursionError) else str(error)[:100]
        raise _refusal(file, f"the JSON cannot be used: {text}; fetch it again") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, refusing a key given twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key '{twice[:40]}' is given twice in one object")
    return found


def _no_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{name} is no number")
