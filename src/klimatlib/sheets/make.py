"""One fact sheet: its notebook run and its document rendered, in a folder of its own.

`make_sheet` takes a plain task and gives a plain answer, so that any `concurrent.futures.Executor` can run
it, in another process or on another machine that sees the project's folder.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from klimatlib import document, jobs, notebooks, render
from klimatlib.claims.claims import ClaimBook, read_claims
from klimatlib.errors import KlimatlibError
from klimatlib.jobs import Job
from klimatlib.params import Project, load_project
from klimatlib.sheets.choose import Place
from klimatlib.whole import write_whole

NOTEBOOK, MANIFEST, CLAIMS = "factsheet", "manifest.json", "claims.csv"
_SCENES = 6  # landscapes by day; the night stands to no one's name


@dataclass(frozen=True)
class Task:
    """One fact sheet to make.

    Attributes
    ----------
    job
        The run of its notebook; its output folder becomes the sheet.
    place
        The municipality.
    stem
        Name of its HTML and PDF.
    answers
        Whether the member's own answers may be shown; told in its manifest.
    """

    job: Job
    place: Place
    stem: str
    answers: bool

    @property
    def folder(self) -> Path:
        """The folder that it is made in."""
        return self.job.out


@dataclass(frozen=True)
class Made:
    """What became of a task: its files by name with their sha256, or what went wrong."""

    code: str
    files: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def make_sheet(task: Task) -> Made:
    """Run a sheet's notebook and render it; whatever goes wrong is told in the answer and never raised."""
    try:
        return Made(task.place.code, _made(task))
    except KlimatlibError as error:
        return Made(task.place.code, problem=str(error))
    except Exception as error:
        return Made(task.place.code, problem=f"{type(error).__name__}: {error}")


def _made(task: Task) -> dict[str, str]:
    folder, job = task.folder, task.job
    shutil.rmtree(folder, ignore_errors=True)  # what a process that died has left
    notebooks.run(job)
    project = load_project(job.params_file, start=job.root)
    _write_document(task, project)
    render.render_sheet(folder / "sheet.qmd", folder, stem=task.stem, date=project.params.date)
    record = _json(job.record)
    for name in ("chapters", "figures"):
        shutil.rmtree(folder / name)
    for name in ("sheet.qmd", "claims.json"):
        (folder / name).unlink()
    files = {path.name: jobs.digest(path) for path in sorted(folder.iterdir())}
    made = {"municipality": task.place.code, "answers": task.answers, "outputs": files}
    manifest = {**record, "made": sorted(files), **made}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_whole(folder / MANIFEST, text)
    return {**files, MANIFEST: jobs.digest(folder / MANIFEST)}


def _write_document(task: Task, project: Project) -> None:
    folder = task.folder
    executed = {NOTEBOOK: _json(task.job.target)}
    book = document.placed(_book(task.job), executed)
    book.write(folder / CLAIMS)
    book.write_notes(folder / "claims.json")
    text = document.sheet(
        project.params,
        executed[NOTEBOOK],
        name=NOTEBOOK,
        municipality=task.place.name,
        place=_line(task.place, project),
        scene=int(task.place.county_code) % _SCENES,
    )
    write_whole(folder / "sheet.qmd", text)


def _book(job: Job) -> ClaimBook:
    path = job.record.with_suffix(".csv")
    return read_claims(path.read_bytes(), file=path.name)


def _line(place: Place, project: Project) -> str:
    member = f" · medlem i {project.params.association}" if place.member else ""
    return place.county + member


def _json(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(path.read_bytes())
    return loaded
