"""Quarto by subprocess only: found on the PATH, believed in nothing that can be checked."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any

import yaml

from klimatlib.errors import RenderError, UsageError
from klimatlib.render import embedded
from klimatlib.render.finish import require_complete
from klimatlib.render.process import Finished, last_words, run, without_colours
from klimatlib.render.renderer import Renderer
from klimatlib.render.stage import split_header, stage

MINIMUM = (1, 7)
ANSWER_S = 20.0  # for --version
MEMORY = 4 * 1024**3  # for each of its processes: its own runtime takes more than what it runs
LOG = "quarto.log"
FORMATS = {"html": "html", "pdf": "typst", "docx": "docx"}
SETTINGS: dict[str, Any] = {
    "from": embedded.SYNTAX,
    "engine": "markdown",
    "filters": ["report.lua"],
    "format": {
        "html": {
            "template": "report.template.html",
            "minimal": True,
            "theme": "none",
            "embed-resources": True,
            "html-math-method": "mathml",
            "section-divs": True,
            "email-obfuscation": "none",
            "syntax-highlighting": "none",
            "wrap": "none",
        },
        "typst": {"template": "report.template.typst", "keep-typ": True, "papersize": "a4", "wrap": "none"},
        "docx": {"reference-doc": "reference.docx", "wrap": "none"},
    },
}
_WAY_OUT = "install Quarto 1.7 or newer, or use --renderer embedded"


def find(path: str | None = None) -> Renderer:
    """Find a usable Quarto.

    Parameters
    ----------
    path
        Where to look, as in ``PATH``.

    Raises
    ------
    RenderError
        If it is missing, too old or does not answer.
    """
    program = shutil.which("quarto", path=path)
    if program is None:
        raise RenderError(f"quarto: not found on the PATH; {_WAY_OUT}")
    executable = Path(program).absolute()
    found = _version(executable)
    if tuple(int(part) for part in found.split(".")[:2]) < MINIMUM:
        raise RenderError(f"quarto: found {found}, which is older than 1.7; {_WAY_OUT}")
    return Renderer("quarto", found, executable, f"quarto {found}")


def find_or_embedded(path: str | None = None) -> Renderer:
    """Find a usable Quarto, or take the embedded renderer and say why."""
    try:
        return find(path)
    except RenderError as error:
        fallback = embedded.find()
        reason = str(error).removeprefix("quarto: ").removesuffix(f"; {_WAY_OUT}")
        note = f"quarto {reason}: using the {fallback.note}"
        return Renderer(fallback.name, fallback.version, fallback.executable, note)


def unknown_choice(choice: str) -> UsageError:
    """Give the error for a renderer that does not exist."""
    return UsageError(f"--renderer: found {choice!r}; expected auto, quarto or embedded")


def _version(executable: Path) -> str:
    done = run(
        [executable, "--version"],
        cwd=executable.parent,
        env=environment(datetime.date(2000, 1, 1)),
        deadline=time.monotonic() + ANSWER_S,
        what="quarto --version",
        memory=MEMORY,
    )
    match = re.search(r"^v?(\d+\.\d+(?:\.\d+)*)", done.output, re.MULTILINE)
    if done.returncode or match is None:
        raise RenderError(f"quarto: --version gave {last_words(done.output)!r}, not a version; {_WAY_OUT}")
    return match.group(1)


def environment(date: datetime.date) -> dict[str, str]:
    """Give a scrubbed environment; of ``QUARTO_*`` and ``DENO_*`` only where a conda Quarto finds itself."""
    prefix = os.environ.get("CONDA_PREFIX", "")
    own = {
        key: value
        for key, value in os.environ.items()
        if prefix and key.startswith(("QUARTO_", "DENO_", "CONDA_PREFIX")) and value.startswith(prefix)
    }
    return {**embedded.environment(date), **own}


def make(
    renderer: Renderer, source: Path, work: Path, *, date: datetime.date, deadline: float
) -> dict[str, Path]:
    """Render all three formats, each in a private folder of its own.

    The PDF is compiled from Quarto's Typst file by the pinned Typst: older Quartos write no tags, and one
    typesetter for both renderers gives one PDF.

    Returns
    -------
    dict of str to Path
        The files, still in the private folders.

    Raises
    ------
    RenderError
        If Quarto fails, warns, hangs, or writes nothing or half a file.
    """
    _require_no_project(work)
    made = {}
    for name in FORMATS:
        folder = work / name
        staged = stage(source, folder)
        staged.write_text(with_settings(staged.read_text(encoding="utf-8")), encoding="utf-8")
        made[name] = _render_one(renderer, folder, name, date, deadline)
    made["pdf"] = embedded.typeset(made["pdf"], date=date, deadline=deadline)
    return made


def _require_no_project(folder: Path) -> None:
    """Refuse a private folder inside a Quarto project, whose settings would reach into the report."""
    for parent in folder.resolve().parents:
        for name in ("_quarto.yml", "_quarto.yaml"):
            if (parent / name).exists():
                raise RenderError(
                    f"quarto: {parent / name} would change the report; expected no Quarto project above the "
                    "folder for temporary files; move it, or set TMPDIR to another folder"
                )


def _render_one(renderer: Renderer, folder: Path, name: str, date: datetime.date, deadline: float) -> Path:
    command = [str(renderer.executable), "render", "document.qmd", "--to", FORMATS[name], "--no-execute"]
    command += ["--log", LOG, "--log-format", "json-stream", "--log-level", "info"]
    what = f"quarto {renderer.version}"
    done = run(command, cwd=folder, env=environment(date), deadline=deadline, what=what, memory=MEMORY)
    _require_quiet(done, folder / LOG, f"{what}, to {FORMATS[name]}")
    output = folder / ("document.typ" if name == "pdf" else f"document.{name}")
    require_complete(output, what=what)
    return output


def _require_quiet(done: Finished, log: Path, what: str) -> None:
    """Refuse a failed run, and one that ended with 0 but logged a warning."""
    logged = warnings_in(log)
    if done.returncode:
        said = " ".join(logged[-2:])[:400] or last_words(done.output)
        raise RenderError(
            f"{what}: failed with exit code {done.returncode}: {said}; mend it or use --renderer embedded"
        )
    if logged:
        raise RenderError(f"{what}: warned: {logged[0][:400]}; expected no warning; mend report.qmd")


def warnings_in(log: Path) -> list[str]:
    """Give the warnings and errors of a ``json-stream`` log."""
    found = []
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and _is_warning(entry):
            found.append(without_colours(str(entry.get("msg", entry))))
    return found


def _is_warning(entry: dict[str, Any]) -> bool:
    level = entry.get("level", 0)
    name = str(entry.get("levelName", level)).upper()
    return name in {"WARN", "WARNING", "ERROR", "CRITICAL"} or (isinstance(level, int) and level >= 30)


def with_settings(text: str) -> str:
    """Put the settings that Quarto needs into a copy of the report's header, and disarm shortcodes."""
    header, body = split_header(text)
    body = body.replace("{{<", "{\\{<")  # a shortcode could read files
    settings = yaml.safe_dump({**header, **SETTINGS}, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{settings}---\n{body}"
