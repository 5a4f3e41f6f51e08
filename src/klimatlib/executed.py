"""What an executed notebook tells of its run: which cell failed, and what failed beside its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Cell = Mapping[str, Any]
_TRACEBACK = "Traceback (most recent call last)"


def failed(cells: Sequence[Cell]) -> str:
    """Return the cell that raised; papermill's own count includes cells that it put in."""
    return next((named(cell) for cell in cells if has_error(cell)), "unknown")


def last_begun(cells: Sequence[Cell]) -> str:
    """Return the cell that ran when the run was ended from outside; nothing where none had begun."""
    begun = [cell for cell in cells if cell["metadata"].get("papermill", {}).get("start_time")]
    return named(begun[-1]) if begun else ""


def has_error(cell: Cell) -> bool:
    """Whether a cell raised."""
    return any(output["output_type"] == "error" for output in cell.get("outputs", []))


def failed_aside(cell: Cell) -> str:
    """Return the last line of an error in what a cell began, such as a thread; nothing where there is none.

    No cell raises for it: a traceback on the error stream is all that is seen of it.
    """
    texts = ("".join(output["text"]) for output in cell["outputs"] if output.get("name") == "stderr")
    told = "".join(texts).strip()
    return told.splitlines()[-1] if _TRACEBACK in told else ""


def named(cell: Cell) -> str:
    """Return a cell's id and its first line."""
    return f"{cell.get('id', '?')} ({first_line(''.join(cell['source']))})"


def first_line(text: str) -> str:
    """Return the first line of a text, cut where it is long."""
    return (text.strip().splitlines() or [""])[0][:200]
