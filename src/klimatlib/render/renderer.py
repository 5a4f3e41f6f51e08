"""What renders the report: a name, a version, a program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Renderer:
    """A usable renderer.

    Parameters
    ----------
    name
        ``quarto`` or ``embedded``.
    version
        Of Quarto, or of pandoc and Typst; goes into the manifest.
    executable
        The program that is run.
    note
        One line for the user: which renderer was taken and why.
    """

    name: str
    version: str
    executable: Path | None
    note: str
