"""The embedded renderer: pandoc as a subprocess and Typst, both from the Python environment."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from klimatlib.errors import RenderError
from klimatlib.render import typeset as _typeset
from klimatlib.render.process import last_words, run
from klimatlib.render.renderer import Renderer
from klimatlib.render.stage import FONTS, stage

# The report's Markdown: nothing that could carry markup of an output format, formulas or citations.
SYNTAX = (
    "markdown-raw_html-raw_tex-raw_attribute-native_divs-native_spans-markdown_in_html_blocks"
    "-tex_math_dollars-latex_macros-citations"
)
MEMORY = "800M"  # pandoc's own; a gigabyte with all else that it holds
FORMATS = {
    "html": ("html5", ["--template=report.template.html", "--section-divs", "--email-obfuscation=none"]),
    "pdf": ("typst-smart", ["--template=report.template.typst"]),
    "docx": ("docx", ["--reference-doc=reference.docx"]),
}
SHEET = {"html": FORMATS["html"], "pdf": ("typst-smart", ["--template=sheet.template.typst"])}


@cache
def find() -> Renderer:
    """Find pandoc and Typst in the Python environment.

    Raises
    ------
    RenderError
        If pandoc is not in its wheel.
    """
    import pypandoc

    try:
        pandoc = Path(pypandoc.get_pandoc_path())
    except OSError as error:
        raise RenderError(
            "embedded renderer: no pandoc; expected the package pypandoc_binary; install klimatlib again"
        ) from error
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("pypandoc_binary", "typst")]
    version = ", ".join(versions)
    return Renderer("embedded", version, pandoc, f"embedded renderer ({version})")


def environment(date: datetime.date) -> dict[str, str]:
    """Give the little environment that a renderer needs; the date stands in for the clock."""
    kept = {
        key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if key in os.environ
    }
    return {
        **kept,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": str(seconds(date)),
    }


def seconds(date: datetime.date) -> int:
    """Give a date as seconds since 1970, at noon UTC."""
    noon = datetime.datetime(date.year, date.month, date.day, 12, tzinfo=datetime.UTC)
    return int(noon.timestamp())


def make(
    renderer: Renderer,
    source: Path,
    work: Path,
    *,
    date: datetime.date,
    deadline: float,
    formats: Mapping[str, tuple[str, list[str]]] = FORMATS,
) -> dict[str, Path]:
    """Render all three formats, or those of a fact sheet, in a private folder.

    Returns
    -------
    dict of str to Path
        The files, still in the private folder.

    Raises
    ------
    RenderError
        If pandoc or Typst fails, warns or hangs.
    """
    folder = work / "embedded"
    stage(source, folder)
    made = {}
    for name, (to, options) in formats.items():
        output = folder / ("document.typ" if name == "pdf" else f"out.{name}")
        _pandoc(renderer, folder, to, [*options, f"--output={output.name}"], date, deadline)
        made[name] = typeset(output, date=date, deadline=deadline) if name == "pdf" else output
    return made


def read(source: Path, work: Path, *, date: datetime.date, deadline: float) -> Mapping[str, Any]:
    """Return a source as pandoc reads it: its JSON.

    Raises
    ------
    RenderError
        If pandoc fails or hangs.
    """
    output = work / "source.json"
    command = [str(find().executable), "+RTS", f"-M{MEMORY}", "-RTS", str(source), f"--from={SYNTAX}"]
    command += ["--sandbox", "--to=json", f"--output={output.name}"]
    done = run(command, cwd=work, env=environment(date), deadline=deadline, what="pandoc")
    if done.returncode:
        raise RenderError(f"report.qmd: {last_words(done.output)}; mend the text")
    ast: Mapping[str, Any] = json.loads(output.read_bytes())
    return ast


def _pandoc(
    renderer: Renderer, folder: Path, to: str, options: list[str], date: datetime.date, deadline: float
) -> None:
    command = [
        str(renderer.executable),
        *["+RTS", f"-M{MEMORY}", "-RTS", "document.qmd", f"--from={SYNTAX}", f"--to={to}"],
        *["--standalone", "--sandbox", "--lua-filter=report.lua", "--wrap=none", "--fail-if-warnings"],
        *["--syntax-highlighting=none", "--data-dir=."],
        *options,
    ]
    done = run(command, cwd=folder, env=environment(date), deadline=deadline, what="pandoc")
    if done.returncode:
        said = last_words(done.output).removeprefix("Error running filter report.lua: ")
        raise RenderError(f"report.qmd, to {to}: {said}; mend the text or what it names")


def typeset(main: Path, *, date: datetime.date, deadline: float, fonts: Path = FONTS) -> Path:
    """Compile a Typst file as PDF/UA-1 and PDF/A-2a, with the vendored fonts only.

    Raises
    ------
    RenderError
        If Typst stops or warns, for instance about an unknown typeface.
    """
    output = main.with_suffix(".pdf")
    program = Path(_typeset.__file__)
    command: list[str | Path] = [sys.executable, "-P", program, main, fonts, output, str(seconds(date))]
    done = run(command, cwd=main.parent, env=environment(date), deadline=deadline, what="typst")
    if done.returncode:
        raise RenderError(
            f"typst: {last_words(done.output)}; expected a PDF without warnings; mend report.qmd"
        )
    return output
