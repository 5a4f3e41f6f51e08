"""The published fact sheets: what stands there, what of it is whole and as fresh as what it rests on."""

from __future__ import annotations

import difflib
import json
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from klimatlib.claims.claims import ClaimBook, read_claims
from klimatlib.config import Project, load_project
from klimatlib.errors import KlimatlibError, NotebookError, UsageError, progress, warning
from klimatlib.execution import notebooks
from klimatlib.execution.processes import workers
from klimatlib.execution.publishing import (
    MANIFEST,
    Job,
    damage,
    digest,
    files_below,
    locked,
    recover,
    staging,
    stale_job,
    swap_in,
    write_manifest,
)
from klimatlib.files import own_folder, write_whole
from klimatlib.indicators import association as members
from klimatlib.report import document
from klimatlib.report.html import ASSETS, asset, closed_page
from klimatlib.report.renderers import render_sheet
from klimatlib.run import checks
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import consent
from klimatlib.sources.tables import NATION, rows
from klimatlib.swedish import alphabetical

# --- klimatlib.share.factsheets: The published fact sheets: what stands there, what of it is

_CODE = re.compile(r"\d{4}")


def folder_shelf(project: Project) -> Path:
    """Return the folder of a report's fact sheets."""
    return project.published.with_name(f"{project.name}-sheets")


def stem_shelf(project: Project, slug: str) -> str:
    """Return the name of a sheet's HTML and PDF."""
    return f"faktablad-{slug}-{project.name}"


def standing_shelf(project: Project) -> dict[str, Mapping[str, Any]]:
    """Return the manifests of the sheets that are published, by code.

    What a run that was cut off in the middle of a swap left is put right first.
    """
    shelf = folder_shelf(project)
    for old in sorted(shelf.glob(".old-*")):
        recover(shelf / old.name.removeprefix(".old-"))
    found = {}
    for path in sorted(shelf.glob(f"*/{MANIFEST}")):
        if _CODE.fullmatch(path.parent.name) and (manifest := _manifest(path)):
            found[path.parent.name] = manifest
    return found


def withdraw(project: Project, consenting: set[str]) -> Iterator[str]:
    """Remove the sheets that show answers of members that no longer consent; yield their codes."""
    for code, manifest in standing_shelf(project).items():
        if manifest.get("answers") and code not in consenting:
            shutil.rmtree(folder_shelf(project) / code)
            yield code


def is_fresh(project: Project, job: Job, manifest: Mapping[str, Any]) -> bool:
    """Whether a published sheet is whole, and rests on the same as a run of ``job`` would now."""
    home = folder_shelf(project) / manifest["municipality"]
    return not damage(home, project.root) and not stale_job(job, manifest)


def _manifest(path: Path) -> Mapping[str, Any] | None:
    """Return a sheet's manifest, unless it is not one."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(found, dict) and {"municipality", "inputs", "outputs"} <= set(found)
    return found if whole and found["municipality"] == path.parent.name else None


# --- klimatlib.share.factsheets: Which municipalities get a fact sheet: those asked for, the

_NEAR = 3


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


_ASCII = str.maketrans("åäöéü ", "aaoeu-")


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
    known = places(inputs)
    held = _held(inputs)
    if codes and everyone:
        raise UsageError("give codes, or --all, and not both")
    if problems := [told for code in dict.fromkeys(codes) if (told := _problem(inputs, code, known, held))]:
        raise UsageError("\n".join(problems))
    chosen = codes or ([*held] if everyone else members.municipality_codes(sources.members(inputs)))
    return [known[code] for code in sorted(set(chosen))], _notes(inputs, known, held) if everyone else []


def places(inputs: Inputs) -> dict[str, Place]:
    """Return all municipalities of Sweden by code."""
    joined = set(members.municipality_codes(sources.members(inputs)))
    return {
        row.municipality_code: Place(
            row.municipality_code,
            row.municipality,
            row.county_code,
            row.county,
            row.municipality_code in joined,
        )
        for row in rows(sources.municipalities(inputs))
    }


def in_order(chosen: Sequence[Place]) -> list[Place]:
    """Sort places by the alphabet."""
    return sorted(chosen, key=lambda place: (alphabetical(place.name), place.code))


def _held(inputs: Inputs) -> list[str]:
    """Return the codes that have emissions and inhabitants in the data year and in the base year, sorted."""
    params = inputs.project.params
    wanted = {params.emissions_year, params.base_year}
    found = [
        set(table.loc[table["year"] == year, "municipality_code"])
        for table in (sources.emissions(inputs), sources.population(inputs))
        for year in sorted(wanted)
    ]
    return sorted(set.intersection(*found) - {NATION})


def _problem(inputs: Inputs, code: str, known: Mapping[str, Place], held: Sequence[str]) -> str:
    if code not in known:
        near = _near(code, known)
        meant = f"; is it {' or '.join(near)}?" if near else "; expected four digits, as 0114"
        return f"{code}: no municipality has this code{meant}"
    if code not in held:
        release = inputs.project.params.emissions_vintage
        return (
            f"{code}: the statistics (release {release}) hold no figures of {known[code].name}; "
            f"klimatlib fetch {inputs.project.name} gets those of all municipalities"
        )
    return ""


def _near(typed: str, known: Mapping[str, Place]) -> list[str]:
    """Return the municipalities that may be meant: by a code without its zero, by name, by a slip."""
    wanted = typed.strip().lower()
    exact = [
        p for p in known.values() if p.code == wanted.zfill(4) or alphabetical(p.name) == alphabetical(wanted)
    ]
    names = {p.name.lower(): p for p in known.values()}
    close = [known[code] for code in difflib.get_close_matches(wanted, [*known], n=_NEAR, cutoff=0.7)]
    close += [names[name] for name in difflib.get_close_matches(wanted, [*names], n=_NEAR, cutoff=0.75)]
    return [f"{p.code} ({p.name})" for p in (exact or close)]


def _notes(inputs: Inputs, known: Mapping[str, Place], held: Sequence[str]) -> list[str]:
    if len(held) == len(known):
        return []
    release = inputs.project.params.emissions_vintage
    return [
        f"the statistics (release {release}) hold {len(held)} of {len(known)} municipalities; "
        f"klimatlib fetch {inputs.project.name} gets the others"
    ]


# --- klimatlib.share.factsheets: The page that lists the fact sheets that are published, by c


def write_index(project: Project, places: Mapping[str, Place]) -> None:
    """Write ``index.html`` over the sheets that are published now; without any there is none.

    Parameters
    ----------
    project
        The report.
    places
        All municipalities by code.
    """
    path = folder_shelf(project) / "index.html"
    standing = standing_shelf(project)
    published = {
        places[code]: _page(project, manifest) for code, manifest in standing.items() if code in places
    }
    if published:
        write_whole(path, _listing(project, published))
    else:
        path.unlink(missing_ok=True)


def _page(project: Project, manifest: Mapping[str, Any]) -> str:
    """Return the path of a sheet's HTML."""
    (page,) = (folder_shelf(project) / manifest["municipality"]).glob("*.html")
    return f"{manifest['municipality']}/{page.name}"


def _listing(project: Project, published: Mapping[Place, str]) -> str:
    params = project.params
    by_county = sorted(in_order([*published]), key=lambda place: alphabetical(place.county))
    return closed_page(
        ASSETS / "listing.html.j2",
        styles=[asset(f"{name}.css") for name in ("report", "sheet", "listing")],
        script=asset("listing.js"),
        title=f"Faktablad {params.year}",
        institution=params.association,
        notice=params.notice or "",
        counties=[
            (county, [(place, published[place]) for place in group])
            for county, group in groupby(by_county, key=lambda place: place.county)
        ],
    )


# --- klimatlib.share.factsheets: One fact sheet: its notebook run and its document rendered,

NOTEBOOK, CLAIMS = "factsheet", "claims.csv"
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
    render_sheet(folder / "sheet.qmd", folder, stem=task.stem, date=project.params.date)
    record = _json(job.record)
    for name in ("chapters", "figures"):
        shutil.rmtree(folder / name)
    for name in ("sheet.qmd", "claims.json"):
        (folder / name).unlink()
    write_manifest(folder, {**record, "municipality": task.place.code, "answers": task.answers}, {})
    return {name: digest(folder / name) for name in files_below(folder)}


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


# --- klimatlib.share.factsheets: A run of fact sheets: choose, leave out what is fresh, make

_SHOWN = 8


def make_all(
    params_file: str,
    codes: Sequence[str] = (),
    *,
    everyone: bool = False,
    executor: Executor | None = None,
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
    inputs = sources.Inputs.open(params_file)
    chosen, notes = choose(inputs, codes, everyone=everyone)
    checks.check(inputs)
    for note in notes:
        warning(f"{note}", step="sheets").log()
    project = inputs.project
    outputs, home = project.root / "outputs", folder_shelf(project)
    working = staging(outputs / f".staging-{home.name}", home)
    with locked(outputs / f".lock-{home.name}"), working as stage:
        home.mkdir(parents=True, exist_ok=True)
        showing = _showing(inputs)
        for code in withdraw(project, showing):
            progress("sheets", f"{code}: its answers may no longer be shown; its sheet is removed")
        tasks = _tasks(project, places(inputs).values(), params_file, stage, showing)
        stale = _stale(project, [tasks[place.code] for place in chosen])
        failed = [made for made in _publish_all(project, stale, executor) if made.problem]
        _tell_old(project, tasks, chosen)
        write_index(project, places(inputs))
    progress(
        "sheets",
        f"{project.relative(home)}/: {len(chosen) - len(failed)} of {len(chosen)} fact sheets are up to date",
    )
    if failed:
        raise NotebookError(_listed(failed, tasks))
    return home


def _showing(inputs: sources.Inputs) -> set[str]:
    """Return the codes of the members whose own answers are at hand and may be shown."""
    answers = inputs.project.params.survey_input == "answers"
    return set(consent(inputs)["code"]) if answers else set()


def _tasks(
    project: Project, chosen: Iterable[Place], params_file: str, stage: Path, showing: set[str]
) -> dict[str, Task]:
    found = {}
    for place in chosen:
        folder = stage / place.code
        extra = {"municipality": place.code}
        target = folder / f"{NOTEBOOK}.ipynb"
        job = Job(project.root, NOTEBOOK, params_file, project.relative(folder), target, extra)
        stem = stem_shelf(project, place.slug)
        found[place.code] = Task(job, place, stem, place.code in showing)
    return found


def _stale(project: Project, tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks whose sheets are missing or older than what they rest on."""
    known = standing_shelf(project)
    stale = [
        task
        for task in tasks
        if task.place.code not in known or not is_fresh(project, task.job, known[task.place.code])
    ]
    if len(stale) < len(tasks):
        progress(
            "sheets",
            f"{len(tasks) - len(stale)} of {len(tasks)} fact sheets are fresh and are not made again",
        )
    return stale


def _publish_all(project: Project, tasks: Sequence[Task], executor: Executor | None) -> Iterator[Made]:
    """Publish each sheet as soon as it is made, and tell how far it has come."""
    began, width = time.monotonic(), len(str(len(tasks)))
    for count, (task, made) in enumerate(_results(tasks, executor), 1):
        made = made if made.problem else _published(project, task, made)
        left = (time.monotonic() - began) / count * (len(tasks) - count)
        told = f"failed: {made.problem.splitlines()[0]}" if made.problem else _time_left(left)
        place = f"{task.place.code} {task.place.name}"
        progress("sheets", f"{count:>{width}} of {len(tasks)}  {place}  {told}".rstrip())
        if made.problem:
            _keep_failure(project, task)
        yield made


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


def _published(project: Project, task: Task, made: Made) -> Made:
    """Put a finished sheet in its place, whole; refuse one that is not what was made."""
    folder = task.folder
    there = {path.name: digest(path) for path in folder.iterdir()} if folder.is_dir() else {}
    if there != made.files:
        return Made(made.code, problem="the files that came back are not those that were made")
    swap_in(folder, folder_shelf(project) / made.code)
    shutil.rmtree(folder, ignore_errors=True)
    return made


def _keep_failure(project: Project, task: Task) -> None:
    half = task.folder / f"{NOTEBOOK}.failed.ipynb"
    if half.is_file():
        kept = own_folder(project.root / "outputs" / f"failed-{project.name}-sheets")
        kept /= f"{task.place.code}.ipynb"
        shutil.move(half, kept)
        progress("sheets", f"the half-run notebook is {project.relative(kept)}")


def _tell_old(project: Project, tasks: dict[str, Task], chosen: Sequence[Place]) -> None:
    """Say how many sheets that this run was not asked for are older than what they rest on."""
    asked = {place.code for place in chosen}
    others = {code: m for code, m in standing_shelf(project).items() if code not in asked}
    old = [
        code
        for code, manifest in others.items()
        if code not in tasks or not is_fresh(project, tasks[code].job, manifest)
    ]
    if old:
        named = ", ".join(old[:_SHOWN]) + (" …" if len(old) > _SHOWN else "")
        warning(
            f"not asked for, but older than what they rest on: {_counted(len(old))}: {named}", step="sheets"
        ).log()


def _time_left(seconds: float) -> str:
    if seconds < 1:
        return ""
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def _listed(failed: Sequence[Made], tasks: dict[str, Task]) -> str:
    lines = [f"  {made.code} {tasks[made.code].place.name}: {made.problem}" for made in failed]
    return "\n".join([f"{_counted(len(failed))} failed; mend the cause and run it again", *lines])


def _counted(count: int) -> str:
    return f"{count} fact sheet{'' if count == 1 else 's'}"


# --- klimatlib.share.factsheets: Fact sheets, one page for each municipality: made side by si

__all__ = ["Made", "Place", "Task", "make_all", "make_sheet"]
