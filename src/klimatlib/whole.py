"""Write a file whole or not at all: whoever reads it sees the old one or the new one, never a half."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write text as UTF-8 beside the file and put it in its place in one step; line ends as they are."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8", newline="")
    draft.replace(path)
