"""The mark for what a new year must fill in: a line that has it is refused by all that reads the file."""

from __future__ import annotations

import re

from klimatlib.errors import Problem

MARK = "FYLL I:"
_LINE = re.compile(re.escape(MARK) + r"(?P<told>.*)$")
_CELL = re.compile(re.escape(MARK) + r"(?P<told>[^,\"]*)")


def to_fill(told: str) -> str:
    """Return the mark with what to fill in, for a comment or a cell; one line."""
    return f"{MARK} {told}"


def unfilled(text: str, *, file: str) -> list[Problem]:
    """Return a problem for each line with the mark; what follows the mark says what to fill in.

    >>> unfilled("staff: []  # FYLL I: those at the office", file="facts.yml")[0].text
    'fill in: those at the office'
    """
    pattern = _CELL if file.endswith(".csv") else _LINE
    return [
        Problem(file, f"line {number}", f"fill in: {_told(found['told'])}")
        for number, line in enumerate(text.split("\n"), 1)
        if (found := pattern.search(line))
    ]


def _told(text: str) -> str:
    """Return what a mark asks for, without what closes a comment or a quotation."""
    bare = text.strip().removesuffix("##}").rstrip()
    return (bare.removesuffix('"') if bare.count('"') % 2 else bare) or "this place"
