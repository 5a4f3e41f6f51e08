"""Tidy tables: read as text, converted by contract, so that a code stays a code and nothing is guessed."""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

import pandas as pd
from pandera.errors import SchemaErrors

from klimatlib.catalogue import Correction
from klimatlib.characters import unseen
from klimatlib.errors import InputError, Problem
from klimatlib.legible import legible
from klimatlib.schemas import Table
from klimatlib.sources.corrections import mend
from klimatlib.sources.files import capped, shown
from klimatlib.spreadsheet import looks_like_a_formula

_MAX_SHOWN = 20
_REMEMBERED = 16  # tables; a report reads fewer
_read: dict[tuple[Hashable, ...], pd.DataFrame] = {}


def read_table(
    data: bytes, table: Table, *, file: str, corrections: Sequence[Correction] = ()
) -> pd.DataFrame:
    """Read a tidy CSV by its contract; the same bytes, read again in a process, are not parsed again.

    Parameters
    ----------
    data
        The file's bytes: UTF-8, comma (or semicolon or tab, as a spreadsheet saves it), one header row.
    table
        Its contract.
    file
        Its path in the project.
    corrections
        Known errors to mend before anything is converted.

    Raises
    ------
    InputError
        With every problem: missing and unknown columns, or each bad cell with its row.
    """
    key = (hashlib.sha256(data).digest(), id(table), file, tuple(map(repr, corrections)))
    if key not in _read:
        while len(_read) >= _REMEMBERED:
            del _read[next(iter(_read))]
        _read[key] = _parsed(data, table, file, corrections)
    return _read[key].copy()


def _parsed(data: bytes, table: Table, file: str, corrections: Sequence[Correction]) -> pd.DataFrame:
    (_, header), *rows = _rows(data, file)
    names = _header(header, table, file)
    _values_without_heading(names, rows, file)
    index = pd.Index([number for number, _ in rows], dtype="int64")  # the row in the file
    frame = pd.DataFrame([cells for _, cells in rows], columns=names, index=index, dtype="str")
    frame = mend(frame, corrections, file=file)[list(table.schema.columns)]
    problems = [*_convert(frame, table, file)]
    if not problems:
        problems += [*_violations(frame, table, file), *_repeated(frame, table, file)]
    if problems:
        raise InputError(capped(problems, _MAX_SHOWN))
    return frame.reset_index(drop=True)


def _rows(data: bytes, file: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with its number in the file; the first is the header."""
    text = legible(data, file)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        rows = [(number, row) for number, row in enumerate(reader, 1) if any(map(str.strip, row))]
    except csv.Error as error:
        told = f"cannot be read as CSV ({error}); look for a quotation mark that is not closed"
        raise InputError([Problem(file, f"line {reader.line_num}", told)]) from None
    if not rows:
        raise InputError([Problem(file, "", "empty; expected a header row and data")])
    width = len(rows[0][1])
    uneven = [
        Problem(file, f"row {number}", f"{len(row)} cells, expected {width} as in the header; {_MEND_ROW}")
        for number, row in rows
        if len(row) != width
    ]
    if uneven:
        raise InputError(uneven[:_MAX_SHOWN])
    return rows


_MEND_ROW = "is a cell missing, or a comma not in quotes?"


def _delimiter(text: str) -> str:
    """Return what separates the columns: what stands most often in the header."""
    header = next((line for line in text.split("\n") if line.strip()), "")
    return max(",;\t", key=header.count)


def _header(found: list[str], table: Table, file: str) -> list[str]:
    """Return the columns' names; one more than those expected does no harm, one less does."""
    names = [" ".join(name.split()).casefold() for name in found]
    expected = list(table.schema.columns)
    others = [name for name in names if name not in expected]
    problems = [
        Problem(file, f"column {name}", f"missing{_nearest(name, others)}; expected {', '.join(expected)}")
        for name in expected
        if name not in names
    ]
    problems += [
        Problem(file, f"column {n}", "stands twice; keep one of them")
        for n in dict.fromkeys(names)
        if n and names.count(n) > 1
    ]
    if problems:
        raise InputError(problems)
    return names


def _values_without_heading(names: list[str], rows: list[tuple[int, list[str]]], file: str) -> None:
    problems = [
        Problem(
            file, f"row {number}, column {place}", f"{cell!r} under no heading; head the column, or empty it"
        )
        for place in (place for place, name in enumerate(names, 1) if not name)
        for number, cells in rows
        if (cell := cells[place - 1].strip())
    ]
    if problems:
        raise InputError(problems[:_MAX_SHOWN])


def _nearest(name: str, candidates: list[str]) -> str:
    near = difflib.get_close_matches(name, candidates, n=1)
    return f"; is it {near[0]!r}?" if near else ""


_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
_DECIMAL = re.compile(r"(?!-[0.]+$)-?(0|[1-9][0-9]{0,14})([.][0-9]{1,15})?")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return float(text)


_PARSERS: dict[str, tuple[Callable[[str], object], str]] = {
    "Int64": (_whole, "a whole number, digits alone"),
    "Float64": (_decimal, "a number with decimal point, digits alone"),
}


def _convert(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    for name, column in table.schema.columns.items():
        texts = [text.strip() for text in frame[name].tolist()]
        if str(column.dtype) not in _PARSERS:
            yield from _unfit(texts, frame.index, name, file)
            texts = [" ".join(text.split()) for text in texts] if name in table.key else texts
            frame[name] = pd.Series(texts, index=frame.index, dtype="str")
            continue
        parse, expected = _PARSERS[str(column.dtype)]
        values: list[object] = []
        for row, text in zip(frame.index, texts, strict=True):
            try:
                values.append(parse(text) if text else pd.NA)
            except ValueError:
                yield Problem(file, f"row {row}, column {name}", f"expected {expected}, got {shown(text)!r}")
        if len(values) == len(frame):
            frame[name] = pd.Series(values, index=frame.index, dtype=str(column.dtype))


def _unfit(texts: Sequence[str], rows: Iterable[int], name: str, file: str) -> Iterator[Problem]:
    """Find texts with characters that nobody sees, and those that a spreadsheet takes for formulas."""
    for row, text in zip(rows, texts, strict=True):
        if text[:1].isalnum() and text.isprintable():
            continue
        where = f"row {row}, column {name}"
        if found := unseen(text, allowed=""):
            yield Problem(file, where, f"{found} cannot be seen in {_shown(text)}; type it anew without it")
        elif looks_like_a_formula(text):
            told = f"begins with {text[0]}, which a spreadsheet takes for a formula; write it in another way"
            yield Problem(file, where, f"{_shown(text)} {told}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _violations(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        for _, case in errors.failure_cases.sort_values(["index", "column"]).iterrows():
            expected = "a value" if case["check"] == "not_nullable" else case["check"]
            value = case["failure_case"]
            found = (
                "an empty cell" if pd.isna(value) else repr(shown(value)) if isinstance(value, str) else value
            )
            where = f"row {int(case['index'])}, column {case['column']}"
            yield Problem(file, where, f"expected {expected}, got {found}")


def _repeated(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    key = list(table.key)
    twice = frame[frame.duplicated(key, keep=False)]
    for _, group in twice.groupby(key, sort=False):
        if len(group) > 1:
            same = ", ".join(f"{name} {shown(group.iloc[0][name])}" for name in key)
            first, *rest = group.index
            yield Problem(file, f"row {rest[0]}", f"the same as row {first} ({same}); keep one of them")
