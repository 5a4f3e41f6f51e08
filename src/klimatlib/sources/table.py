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
from klimatlib.schemas import Table
from klimatlib.sources.corrections import mend
from klimatlib.spreadsheet import looks_like_a_formula

_MAX_SHOWN = 20
_REMEMBERED = 16  # tables; a report reads fewer
_read: dict[tuple[Hashable, ...], pd.DataFrame] = {}
_MERGE_MARK = re.compile(r"(<{7}|={7}|>{7})( |$)")


def read_table(
    data: bytes, table: Table, *, file: str, corrections: Sequence[Correction] = ()
) -> pd.DataFrame:
    """Read a tidy CSV by its contract; the same bytes, read again in a process, are not parsed again.

    Parameters
    ----------
    data
        The file's bytes: UTF-8, comma, one header row.
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
    rows = _rows(data, file)
    frame = pd.DataFrame(rows[1:], columns=_header(rows[0], table, file), dtype="str")
    frame.index = pd.RangeIndex(2, len(frame) + 2)  # the row in the file
    frame = mend(frame, corrections, file=file)
    problems = [*_convert(frame, table, file)]
    if not problems:
        problems += [*_violations(frame, table, file), *_repeated(frame, table, file)]
    if problems:
        hidden = len(problems) - _MAX_SHOWN
        more = [Problem(file, "", f"and {hidden} more of the kind")] if hidden > 0 else []
        raise InputError([*problems[:_MAX_SHOWN], *more])
    return frame.reset_index(drop=True)


def _rows(data: bytes, file: str) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            [Problem(file, f"byte {error.start}", "not UTF-8; save the file as CSV UTF-8")]
        ) from None
    if marks := [number for number, line in enumerate(text.splitlines(), 1) if _MERGE_MARK.match(line)]:
        told = "a merge that git left open; keep the lines that are right and remove its marks"
        raise InputError([Problem(file, f"line {number}", told) for number in marks[:1]])
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row)]
    except csv.Error as error:
        raise InputError([Problem(file, "", f"cannot be read as CSV: {error}")]) from None
    if not rows:
        raise InputError([Problem(file, "", "empty; expected a header row and data")])
    uneven = [
        Problem(file, f"row {number}", f"{len(row)} cells, expected {len(rows[0])} as in the header")
        for number, row in enumerate(rows, 1)
        if len(row) != len(rows[0])
    ]
    if uneven:
        raise InputError(uneven[:_MAX_SHOWN])
    return rows


def _header(found: list[str], table: Table, file: str) -> list[str]:
    names = [name.strip().casefold() for name in found]
    expected = list(table.schema.columns)
    problems = [
        Problem(file, f"column {name}", "missing" + _nearest(name, [n for n in names if n not in expected]))
        for name in expected
        if name not in names
    ]
    problems += [
        Problem(file, f"column {name}", "unknown; expected " + ", ".join(expected))
        for name in names
        if name not in expected
    ]
    problems += [
        Problem(file, f"column {n}", "stands twice") for n in dict.fromkeys(names) if names.count(n) > 1
    ]
    if problems:
        raise InputError(problems)
    return names


def _nearest(name: str, candidates: list[str]) -> str:
    near = difflib.get_close_matches(name, candidates, n=1)
    return f"; is it {near[0]!r}?" if near else ""


_WHOLE, _DECIMAL = re.compile(r"-?[0-9]+"), re.compile(r"-?[0-9]+([.][0-9]+)?")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return float(text)


_PARSERS: dict[str, tuple[Callable[[str], object], str]] = {
    "Int64": (_whole, "a whole number"),
    "Float64": (_decimal, "a number with decimal point"),
}


def _convert(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    for name, column in table.schema.columns.items():
        texts = [text.strip() for text in frame[name].tolist()]
        if str(column.dtype) not in _PARSERS:
            yield from _unfit(texts, frame.index, name, file)
            frame[name] = pd.Series(texts, index=frame.index, dtype="str")
            continue
        parse, expected = _PARSERS[str(column.dtype)]
        values: list[object] = []
        for row, text in zip(frame.index, texts, strict=True):
            try:
                values.append(parse(text) if text else pd.NA)
            except ValueError:
                yield Problem(file, f"row {row}, column {name}", f"expected {expected}, got {text!r}")
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
            found = "an empty cell" if pd.isna(case["failure_case"]) else repr(case["failure_case"])
            where = f"row {int(case['index'])}, column {case['column']}"
            yield Problem(file, where, f"expected {expected}, got {found}")


def _repeated(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    key = list(table.key)
    twice = frame[frame.duplicated(key, keep=False)]
    for _, group in twice.groupby(key, sort=False):
        if len(group) > 1:
            shown = ", ".join(f"{name} {group.iloc[0][name]}" for name in key)
            first, *rest = group.index
            yield Problem(file, f"row {rest[0]}", f"the same as row {first} ({shown}); keep one of them")
