"""Fact sheets, one page for each municipality: made side by side, each published as soon as it is finished.

``outputs/<report>-sheets/<code>/`` holds a sheet's HTML and PDF, its notebook, its claims and its manifest;
``index.html`` lists the sheets by county. A sheet is made again only where what it rests on has changed.
"""

from __future__ import annotations

import difflib
import re
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from klimatlib.claims.claims import read_claims
from klimatlib.config import Project, load_project
from klimatlib.errors import KlimatlibError, NotebookError, UsageError, pluralise, progress, warning
from klimatlib.execution import notebooks
from klimatlib.execution.processes import workers
from klimatlib.execution.publishing import (
    MANIFEST,
    Job,
    Record,
    damage,
    digest,
    files_below,
    locked,
    read_record,
    recover,
    staging,
    stale_job,
    swap_in,
    write_manifest,
)
from klimatlib.files import atomic_write, own_folder
from klimatlib.indicators.association import municipality_codes
from klimatlib.report import document
from klimatlib.report.html import ASSETS, asset, closed_page
from klimatlib.report.renderers import render_sheet
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import consent
from klimatlib.sources.tables import NATION, rows
from klimatlib.swedish import alphabetical

NOTEBOOK = "factsheet"
_SCENES = 6  # landscapes by day; the night stands to no one's name
_CODE = re.compile(r"\d{4}")
_ASCII = str.maketrans("åäöéü ", "aaoeu-")
_MOST_NAMED = 8


@dataclass(frozen=True)
class Place:
    """A municipality: its code and name, its county, and whether it is a member."""

    code: str
    name: str
    county_code: str
    county: str
    member: bool

    @property
    def slug(self) -> str:
        """Its name as part of a file's name: small letters, digits and hyphens.

        >>> Place("1438", "Dals-Ed", "14", "Västra Götalands län", False).slug
        'dals-ed'
        """
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower().translate(_ASCII)).strip("-")


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
        Whether the member's own answers may be shown; said in its manifest.
    """

    job: Job
    place: Place
    stem: str
    answers: bool


@dataclass(frozen=True)
class Made:
    """What became of a task: its files by name with their sha256, or what went wrong."""

    code: str
    files: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def make_all(
    params_file: str, codes: Sequence[str] = (), *, everyone: bool = False, executor: Executor | None = None
) -> Path:
    """Make fact sheets.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    codes
        The municipalities, codes of four digits; the member municipalities by default.
    everyone
        All municipalities that the statistics hold.
    executor
        Where the sheets are made; by default as many processes as there are cores.

    Returns
    -------
    Path
        The folder of the sheets, with ``index.html``.

    Raises
    ------
    NotebookError
        When sheets failed; lists them. All others are published then, and the index too.
    """
    inputs = Inputs.open(params_file)
    chosen, notes = choose(inputs, codes, everyone=everyone)
    for note in notes:
        warning(note, step="sheets").log()
    project, every = inputs.project, places(inputs)
    home = sheets_folder(project)
    lock, stage_folder = (home.with_name(f".{kind}-{home.name}") for kind in ("lock", "staging"))
    # Whose answers are at hand and may be shown.
    consenting = {*consent(inputs)["code"]} if project.params.survey_input == "answers" else set()
    with locked(lock), staging(stage_folder, home) as stage:
        home.mkdir(parents=True, exist_ok=True)
        for code in withdraw(project, consenting):
            progress("sheets", f"{code}: its answers may no longer be shown; its sheet is removed")
        tasks = {}
        for place in every.values():
            folder = stage / place.code
            target, extra = folder / f"{NOTEBOOK}.ipynb", {"municipality": place.code}
            job = Job(project.root, NOTEBOOK, params_file, project.relative(folder), target, extra)
            stem = f"faktablad-{place.slug}-{project.name}"
            tasks[place.code] = Task(job, place, stem, place.code in consenting)
        published = published_sheets(project)
        asked = [tasks[place.code] for place in chosen]
        stale = [task for task in asked if not is_fresh(project, task, published.get(task.place.code))]
        if len(stale) < len(asked):
            fresh = f"{len(asked) - len(stale)} of {len(asked)} fact sheets are fresh"
            progress("sheets", f"{fresh} and are not made again")
        failed = [made for made in _publish_all(project, stale, executor) if made.problem]
        _warn_of_stale(project, tasks, {task.place.code for task in asked})
        _write_index(project, every)
    done = f"{len(chosen) - len(failed)} of {len(chosen)} fact sheets are up to date"
    progress("sheets", f"{project.relative(home)}/: {done}")
    if failed:
        lines = [f"  {made.code} {tasks[made.code].place.name}: {made.problem}" for made in failed]
        head = f"{pluralise(len(failed), 'fact sheet')} failed; mend the cause and run it again"
        raise NotebookError("\n".join([head, *lines]))
    return home


def choose(inputs: Inputs, codes: Sequence[str], *, everyone: bool) -> tuple[list[Place], list[str]]:
    """Return the municipalities to make, by code, and what the user must know about the choice.

    Parameters
    ----------
    inputs
        The report's inputs.
    codes
        Codes of four digits; none means the member municipalities.
    everyone
        All municipalities that the statistics hold.

    Raises
    ------
    UsageError
        With every code that is unknown or has no figures, and those that may be meant.
    """
    if codes and everyone:
        raise UsageError("give codes, or --all, and not both")
    every, params = places(inputs), inputs.project.params
    in_both_years = [
        {*table.loc[table["year"] == year, "municipality_code"]}
        for table in (sources.emissions(inputs), sources.population(inputs))
        for year in (params.emissions_year, params.base_year)
    ]
    held = sorted(set.intersection(*in_both_years) - {NATION})
    release = f"the statistics (release {params.emissions_vintage}) hold"
    fetch = f"klimatlib fetch {inputs.project.name} gets"
    problems = []
    for code in dict.fromkeys(codes):
        if code not in every:
            near = _similar(code, every)
            advice = f"; is it {' or '.join(near)}?" if near else "; expected four digits, as 0114"
            problems.append(f"{code}: no municipality has this code{advice}")
        elif code not in held:
            those = "those of all municipalities"
            problems.append(f"{code}: {release} no figures of {every[code].name}; {fetch} {those}")
    if problems:
        raise UsageError("\n".join(problems))
    chosen = codes or (held if everyone else municipality_codes(sources.members(inputs)))
    notes = []
    if everyone and len(held) < len(every):
        notes.append(f"{release} {len(held)} of {len(every)} municipalities; {fetch} the others")
    return [every[code] for code in sorted({*chosen})], notes


def places(inputs: Inputs) -> dict[str, Place]:
    """Return all municipalities of Sweden by code."""
    joined = {*municipality_codes(sources.members(inputs))}
    return {
        row.municipality_code: Place(
            *(row.municipality_code, row.municipality, row.county_code, row.county),
            member=row.municipality_code in joined,
        )
        for row in rows(sources.municipalities(inputs))
    }


def _similar(typed: str, every: Mapping[str, Place]) -> list[str]:
    """Return the municipalities that may be meant: by a code without its zero, by name, by a slip."""
    wanted = typed.strip().lower()
    exact = [
        place
        for place in every.values()
        if place.code == wanted.zfill(4) or alphabetical(place.name) == alphabetical(wanted)
    ]
    names = {place.name.lower(): place for place in every.values()}
    close = [every[code] for code in difflib.get_close_matches(wanted, [*every], n=3, cutoff=0.7)]
    close += [names[name] for name in difflib.get_close_matches(wanted, [*names], n=3, cutoff=0.75)]
    return [f"{place.code} ({place.name})" for place in (exact or close)]


def sheets_folder(project: Project) -> Path:
    """Return the folder of a report's fact sheets."""
    return project.published.with_name(f"{project.name}-sheets")


def published_sheets(project: Project) -> dict[str, Record]:
    """Return the manifests of the sheets that are published, by code.

    What a run that was cut off in the middle of a swap left is put right first.
    """
    home = sheets_folder(project)
    for old in sorted(home.glob(".old-*")):
        recover(home / old.name.removeprefix(".old-"))
    manifests = {}
    for path in sorted(home.glob(f"*/{MANIFEST}")):
        code, manifest = path.parent.name, read_record(path)
        if _CODE.fullmatch(code) and manifest and manifest.get("municipality") == code:
            manifests[code] = manifest
    return manifests


def withdraw(project: Project, consenting: Collection[str]) -> Iterator[str]:
    """Remove the sheets that show answers of members that no longer consent; yield their codes."""
    for code, manifest in published_sheets(project).items():
        if manifest.get("answers") and code not in consenting:
            shutil.rmtree(sheets_folder(project) / code)
            yield code


def is_fresh(project: Project, task: Task, manifest: Record | None) -> bool:
    """Whether a published sheet is whole, and rests on the same as a run of its task would now."""
    folder = sheets_folder(project) / task.place.code
    return manifest is not None and not damage(folder, project.root) and not stale_job(task.job, manifest)


def make_sheet(task: Task) -> Made:
    """Run a sheet's notebook and render it; whatever goes wrong is said in the answer and never raised."""
    try:
        return Made(task.place.code, _make(task))
    except KlimatlibError as error:
        return Made(task.place.code, problem=str(error))
    except Exception as error:
        return Made(task.place.code, problem=f"{type(error).__name__}: {error}")


def _make(task: Task) -> dict[str, str]:
    job, place = task.job, task.place
    folder = job.out
    shutil.rmtree(folder, ignore_errors=True)  # what a process that died has left
    notebooks.run(job)
    project, executed = load_project(job.params_file, start=job.root), read_record(job.target) or {}
    record, chapter = read_record(job.record) or {}, job.record.with_suffix(".csv")
    book = document.placed(read_claims(chapter.read_bytes(), file=chapter.name), {NOTEBOOK: executed})
    book.write(folder / "claims.csv")
    book.write_notes(folder / "claims.json")
    text = document.sheet(
        project.params,
        executed,
        name=NOTEBOOK,
        municipality=place.name,
        place=place.county + (f" · medlem i {project.params.association}" if place.member else ""),
        scene=int(place.county_code) % _SCENES,
    )
    atomic_write(folder / "sheet.qmd", text)
    render_sheet(folder / "sheet.qmd", folder, stem=task.stem, date=project.params.date)
    for name in ("chapters", "figures"):
        shutil.rmtree(folder / name)
    for name in ("sheet.qmd", "claims.json"):
        (folder / name).unlink()
    write_manifest(folder, {**record, "municipality": place.code, "answers": task.answers}, {})
    return {name: digest(folder / name) for name in files_below(folder)}


def _publish_all(project: Project, tasks: Sequence[Task], executor: Executor | None) -> Iterator[Made]:
    """Publish each sheet as soon as it is made, and say how far it has come."""
    began, width = time.monotonic(), len(str(len(tasks)))
    for count, (task, made) in enumerate(_results(tasks, executor), 1):
        place, folder = task.place, task.job.out
        if not made.problem:  # put in its place, whole, unless what came back is not what was made
            there = {name: digest(folder / name) for name in files_below(folder)} if folder.is_dir() else {}
            if there == made.files:
                swap_in(folder, sheets_folder(project) / place.code)
                shutil.rmtree(folder, ignore_errors=True)
            else:
                made = Made(place.code, problem="the files that came back are not those that were made")
        left = (time.monotonic() - began) / count * (len(tasks) - count)
        outcome = f"failed: {made.problem.splitlines()[0]}" if made.problem else _time_left(left)
        progress("sheets", f"{count:>{width}} of {len(tasks)}  {place.code} {place.name}  {outcome}".rstrip())
        half_run = folder / f"{NOTEBOOK}.failed.ipynb"
        if made.problem and half_run.is_file():
            kept = own_folder(project.root / "outputs" / f"failed-{project.name}-sheets")
            kept /= f"{place.code}.ipynb"
            shutil.move(half_run, kept)
            progress("sheets", f"the half-run notebook is {project.relative(kept)}")
        yield made


def _time_left(seconds: float) -> str:
    if seconds < 1:
        return ""
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def _results(tasks: Sequence[Task], executor: Executor | None) -> Iterator[tuple[Task, Made]]:
    """Yield each task with what became of it, as they finish.

    When a process dies it takes the others' work with it: what was lost is made again, one at a time, so that
    only the sheet that kills its process fails.
    """
    if executor is not None:
        yield from _through(executor, tasks, lost=None)
        return
    lost: list[Task] = []
    with workers(len(tasks)) as pool:
        yield from _through(pool, tasks, lost=lost)
    for task in lost:
        with workers(1) as pool:
            yield from _through(pool, [task], lost=None)


def _through(
    pool: Executor, tasks: Sequence[Task], *, lost: list[Task] | None
) -> Iterator[tuple[Task, Made]]:
    waiting: dict[Future[Made], Task] = {}
    try:
        for task in tasks:
            waiting[pool.submit(make_sheet, task)] = task
        for future in as_completed(waiting):
            task = waiting[future]
            try:
                yield task, future.result()
            except BrokenExecutor:
                if lost is None:
                    yield task, Made(task.place.code, problem="its process died; is there memory enough?")
                else:
                    lost.append(task)
    except BaseException:
        for future in waiting:
            future.cancel()
        raise


def _warn_of_stale(project: Project, tasks: Mapping[str, Task], asked: set[str]) -> None:
    """Warn of sheets that this run was not asked for and that are older than what they rest on."""
    stale = [
        code
        for code, manifest in published_sheets(project).items()
        if code not in asked and not (code in tasks and is_fresh(project, tasks[code], manifest))
    ]
    if stale:
        names = ", ".join(stale[:_MOST_NAMED]) + (" …" if len(stale) > _MOST_NAMED else "")
        older = f"not asked for, but older than what they rest on: {pluralise(len(stale), 'fact sheet')}"
        warning(f"{older}: {names}", step="sheets").log()


def _write_index(project: Project, every: Mapping[str, Place]) -> None:
    """Write ``index.html`` over the sheets that are published now, by county; without any there is none."""
    home, params = sheets_folder(project), project.params
    published = [every[code] for code in published_sheets(project) if code in every]
    if not published:
        (home / "index.html").unlink(missing_ok=True)
        return

    def order(place: Place) -> Any:
        return alphabetical(place.county), alphabetical(place.name), place.code

    def page(place: Place) -> str:
        (path,) = (home / place.code).glob("*.html")
        return f"{place.code}/{path.name}"

    by_county = groupby(sorted(published, key=order), key=lambda place: place.county)
    text = closed_page(
        ASSETS / "listing.html.j2",
        styles=[asset(f"{name}.css") for name in ("report", "sheet", "listing")],
        script=asset("listing.js"),
        title=f"Faktablad {params.year}",
        institution=params.association,
        notice=params.notice or "",
        counties=[(county, [(place, page(place)) for place in group]) for county, group in by_county],
    )
    atomic_write(home / "index.html", text)
