"""Render ``report.qmd`` as HTML, PDF and DOCX, with Quarto or with the embedded renderer.

Both use the same assets: one Lua filter, one Typst template, one HTML template with its style sheet, and one
reference document. Programs run as subprocesses with limits, in private folders; a file reaches the output
folder only when all three are complete.
"""

from __future__ import annotations

import datetime
import time
from pathlib import Path

from klimatlib.render import embedded, quarto
from klimatlib.render.finish import publish
from klimatlib.render.pictures import write_pictures
from klimatlib.render.properties import write_properties
from klimatlib.render.renderer import Renderer
from klimatlib.render.seal import seal
from klimatlib.render.stage import asset, private_folder, split_header
from klimatlib.render.words import require_same_words

__all__ = ["Renderer", "find_renderer", "render", "render_sheet", "write_pictures"]


def find_renderer(choice: str = "auto", *, path: str | None = None) -> Renderer:
    """Decide early, before anything is run, which program will render the report.

    Parameters
    ----------
    choice
        ``quarto``, ``embedded``, or ``auto``: Quarto when a usable one is found, else embedded.
    path
        Where to look for programs, as in ``PATH``; the environment's by default.

    Returns
    -------
    Renderer
        With a `note` that tells the user, in one line, why this one was taken.

    Raises
    ------
    RenderError
        If the choice is unknown, or Quarto was asked for and is missing, too old or does not answer.
    """
    if choice == "embedded":
        return embedded.find()
    if choice == "quarto":
        return quarto.find(path)
    if choice == "auto":
        return quarto.find_or_embedded(path)
    raise quarto.unknown_choice(choice)


def render(
    renderer: Renderer,
    source: Path,
    out_dir: Path,
    *,
    date: datetime.date,
    timeout_s: float = 300,
) -> dict[str, Path]:
    """Make ``report.html``, ``report.pdf`` and ``report.docx`` from one source.

    Parameters
    ----------
    renderer
        From `find_renderer`.
    source
        The ``report.qmd``; ``figures/`` and ``claims.json`` are taken from beside it.
    out_dir
        Made if missing. Receives all three files or none.
    date
        The document's date; stands in for the clock, so that the same source gives the same bytes.
    timeout_s
        Seconds for the whole work; what still runs then is ended with its children.

    Returns
    -------
    dict of str to Path
        The files, by ``html``, ``pdf`` and ``docx``.

    Raises
    ------
    RenderError
        If a program failed, warned, hung, or wrote nothing or half a file, or if the words of a file are not
        those of the source.
    """
    deadline = time.monotonic() + timeout_s
    make = quarto.make if renderer.name == "quarto" else embedded.make
    with private_folder() as work:
        made = make(renderer, source, work, date=date, deadline=deadline)
        require_same_words(embedded.read(source, work, date=date, deadline=deadline), made)
        seal(made["html"], script=asset("report.js"))
        header, _ = split_header(source.read_text(encoding="utf-8"))
        write_properties(made["docx"], header, date=date)
        return publish(made, out_dir)


def render_sheet(
    source: Path, out_dir: Path, *, stem: str, date: datetime.date, timeout_s: float = 120
) -> dict[str, Path]:
    """Make the HTML and the PDF of a fact sheet, with the embedded renderer; the PDF has one page.

    Parameters
    ----------
    source
        The sheet's ``.qmd``, with ``layout: sheet`` in its header; ``figures/`` and ``claims.json`` are taken
        from beside it.
    out_dir
        Made if missing. Receives both files or none.
    stem
        The files' name.
    date, timeout_s
        As `render`.

    Raises
    ------
    RenderError
        As `render`, and if the sheet takes more than one page.
    """
    deadline = time.monotonic() + timeout_s
    with private_folder() as work:
        made = embedded.make(
            embedded.find(), source, work, date=date, deadline=deadline, formats=embedded.SHEET
        )
        seal(made["html"], script=asset("report.js"))
        return publish(made, out_dir, stem=stem)
