"""The English of what is counted and listed in messages."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, what: str) -> str:
    """Return ``no files``, ``1 file``, ``2 files``."""
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def cut(lines: Sequence[str], most: int, *, indent: str = "") -> list[str]:
    """Return the first lines, indented, and how many more there are."""
    hidden = len(lines) - most
    return [f"{indent}{line}" for line in [*lines[:most], *([f"and {hidden} more"] if hidden > 0 else [])]]
