"""Cells that a spreadsheet takes for text: what looks like a formula gets an apostrophe before it.

Excel and others run a cell of a CSV file that begins with one of ``= + - @``, a tab or a carriage return.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

_STARTS = "=+\\-@\t\r\uff1d\uff0b\uff0d\uff20"
_RISKY = re.compile(rf"'*[{_STARTS}]")
_GUARDED = re.compile(rf"'+[{_STARTS}]")
# A number with its unit: no formula, for it has no operator, no bracket, no bar and no exclamation mark.
_NUMBER = re.compile(r"[+-]?\d[\d\s.,]*(%|[^\W\d_][^\W_]*)?(\s[^\W_]+)*")


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet would take a text for a formula.

    >>> looks_like_a_formula("=1+1"), looks_like_a_formula("-1+1"), looks_like_a_formula("+0,3 ton")
    (True, True, False)
    """
    return _RISKY.match(text) is not None and not text.startswith("'") and not _NUMBER.fullmatch(text)


def guarded(text: str) -> str:
    """Return a cell's text as it is safe in a spreadsheet; numbers stay as they are.

    >>> guarded("@SUM(A1)"), guarded("-5,2"), guarded("'=1"), guarded("Lund")
    ("'@SUM(A1)", '-5,2', "''=1", 'Lund')
    """
    return f"'{text}" if _RISKY.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given.

    >>> [unguarded(guarded(text)) for text in ("=1+1", "'=1", "'quoted'", "+0,3 ton")]
    ['=1+1', "'=1", "'quoted'", '+0,3 ton']
    """
    return text[1:] if _GUARDED.match(text) else text


def to_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV for people: texts guarded and each on one line, numbers as they are."""
    columns = {str(name): _column(frame[name]) for name in frame.columns}
    shown = pd.DataFrame(columns, index=frame.index).rename(columns=_line)
    return shown.to_csv(index=False, lineterminator="\n")


def _column(values: pd.Series) -> pd.Series:
    texts: Iterable[object] = values
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values
    shown = [_line(value) if isinstance(value, str) else value for value in texts]
    return pd.Series(shown, index=values.index, dtype=values.dtype)


def _line(text: str) -> str:
    r"""Return a text on one line, guarded; Python before 3.11.9 does not quote a lone carriage return."""
    return guarded(" ".join(text.splitlines()) if text.splitlines()[1:] or "\r" in text else text)
