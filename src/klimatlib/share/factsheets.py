"""Fact sheets, an A4 for each municipality: made side by side, each published as soon as it is finished.

``outputs/<report>-sheets/<code>/`` holds a sheet's HTML and PDF, its notebook, its claims and its manifest;
``index.html`` lists the sheets by county. A sheet is made again only where what it rests on has changed.
"""

from __future__ import annotations

import difflib
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby, product
from pathlib import Path
from typing import Any

from klimatlib.claims.claims import read_claims
from klimatlib.config import Project, load_project
from klimatlib.errors import KlimatlibError, NotebookError, UsageError, pluralise, progress, truncate, warning
from klimatlib.execution import notebooks, publishing
from klimatlib.execution.processes import workers
from klimatlib.execution.publishing import Job, Record, read_record
from klimatlib.files import atomic_write, own_folder
from klimatlib.indicators.association import municipality_codes
from klimatlib.report import document
from klimatlib.report.document import Status
from klimatlib.report.html import ASSETS, asset, closed_page
from klimatlib.report.renderers import find_renderer, render
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import consent
from klimatlib.sources.tables import NATION
from klimatlib.swedish import alphabetical, slug

NOTEBOOK = "factsheet"
_SCENES = 6  # landscapes by day; the night stands to no one's name
_MOST_NAMED = 8
_DRAFT = "siffrorna är inte godkända"


@dataclass(frozen=True)
class Place:
    """A municipality or a region: its code and name, its county, and whether it is a member."""

    code: str
    name: str
    county: str
    member: bool


@dataclass(frozen=True)
class Task:
    """One fact sheet to make: the run of its notebook, whose output folder becomes the sheet of a place.

    ``status`` is what the sheet says of itself, ``answers`` whether the member's own answers may be shown;
    its manifest keeps both.
    """

    job: Job
    place: Place
    status: Status
    answers: bool


@dataclass(frozen=True)
class Made:
    """What became of a task: its files by name with their sha256, or what went wrong."""

    files: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def make_all(
    params_file: str, codes: Sequence[str] = (), *, everyone: bool = False, executor: Executor | None = None
) -> Path:
    """Make fact sheets, and return their folder.

    ``params_file`` is the report's, relative to the project; ``codes`` and ``everyone`` are as in `choose`.
    The sheets are made by ``executor``; by default by as many processes as there are cores.

    NotebookError: when sheets failed; lists them. All others are published then, and the index too.
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
    with publishing.locked(lock), publishing.staging(stage_folder, home) as stage:
        home.mkdir(parents=True, exist_ok=True)
        reason = why_draft(project)
        status = Status.of(project.params, final=not reason, draft=_DRAFT)
        for code in withdraw(project, consenting):
            progress("sheets", f"{code}: its answers may no longer be shown; its sheet is removed")
        tasks = {}
        for code, place in every.items():
            out, target = project.relative(stage / code), stage / code / f"{NOTEBOOK}.ipynb"
            job = Job(project.root, NOTEBOOK, params_file, out, target, {"municipality": code})
            tasks[code] = Task(job, place, status, code in consenting)
        published = published_sheets(project)
        stale = [t for p in chosen if not is_fresh(project, t := tasks[p.code], published.get(p.code))]
        if fresh := len(chosen) - len(stale):
            progress("sheets", f"{fresh} of {len(chosen)} fact sheets are fresh and are not made again")
        made = [*_publish_all(project, stale, executor)]
        if reason:
            progress("sheets", f"they are drafts and say so: {reason}")
        left = {c: r for c, r in published_sheets(project).items() if every.get(c) not in chosen}
        old = [c for c, r in left.items() if c not in tasks or not is_fresh(project, tasks[c], r)]
        if old:
            count, names = pluralise(len(old), "fact sheet"), ", ".join(truncate(old, _MOST_NAMED))
            older = f"not asked for, but older than what they rest on: {count}: {names}"
            warning(older, step="sheets").log()
        _write_index(project, every)
    failed = [f"  {place.code} {place.name}: {problem}" for place, problem in made if problem]
    done = f"{len(chosen) - len(failed)} of {len(chosen)} fact sheets are up to date"
    progress("sheets", f"{project.relative(home)}/: {done}")
    if failed:
        head = f"{pluralise(len(failed), 'fact sheet')} failed; mend the cause and run it again"
        raise NotebookError("\n".join([head, *failed]))
    return home


def why_draft(project: Project) -> str:
    """Return why a report's sheets are drafts; empty while the published report is final.

    It is final for them while it is whole, and made from what is here by the library that is here.
    """
    folder, root = project.published, project.root
    manifest, build = (read_record(folder / name) or {} for name in (publishing.MANIFEST, publishing.BUILD))
    shown = project.relative(folder)
    if manifest.get("final") is not True:
        return f"no final report is published in {shown}/"
    if build.get("klimatlib", {}).get("library") != publishing.library_digest():
        return f"{shown}/ was made by another klimatlib"
    changes = publishing.changed(root, publishing.made_from(manifest))
    since = [f"{path} {change} since {shown}/ was made" for path, change in changes]
    return next(iter([*since, *publishing.damage(folder, root)]), "")


def choose(inputs: Inputs, codes: Sequence[str], *, everyone: bool) -> tuple[list[Place], list[str]]:
    """Return the municipalities to make, by code, and what the user must know about the choice.

    ``codes`` have four digits, or two for a region; none means the members, regions too; ``everyone`` means
    all that the statistics hold.

    UsageError: with every code that is unknown or has no figures, and those that may be meant.
    """
    if codes and everyone:
        raise UsageError("give codes, or --all, and not both")
    every, params = places(inputs), inputs.project.params
    both = sources.emissions(inputs), sources.population(inputs)
    years = product(both, (params.emissions_year, params.base_year))
    held = set.intersection(*({*table.loc[table["year"] == y, "municipality_code"]} for table, y in years))
    held -= {NATION}
    of_county = groupby(sorted(code for code in every if len(code) > 2), key=lambda code: code[:2])
    whole = {county for county, codes in of_county if held.issuperset(codes)}
    held |= {code for code in every if code in whole}  # a region is all municipalities of its county
    release = f"the statistics (release {params.emissions_vintage}) hold"
    fetch = f"klimatlib fetch {inputs.project.name} gets"
    problems = []
    for code in dict.fromkeys(codes):
        if code not in every:
            near = " or ".join(_similar(code, every))
            advice = f"is it {near}?" if near else "expected four digits, as 0114"
            problems.append(f"{code}: no municipality has this code; {advice}")
        elif code not in held:
            those = "those of all municipalities"
            problems.append(f"{code}: {release} no figures of {every[code].name}; {fetch} {those}")
    if problems:
        raise UsageError("\n".join(problems))
    regions = {code for code in every if len(code) == 2}
    members = [*municipality_codes(sources.members(inputs)), *regions & held]
    chosen = codes or (held if everyone else members)
    some, many, few = everyone and held < every.keys(), len(every) - len(regions), len(held - regions)
    notes = [f"{release} {few} of {many} municipalities; {fetch} the others"] if some else []
    return [every[code] for code in sorted({*chosen})], notes


def places(inputs: Inputs) -> dict[str, Place]:
    """Return all municipalities of Sweden by code, and the regions among the members."""
    register, there = sources.members(inputs), sources.places(inputs)
    joined = register[register["status"] == "member"]
    regions = joined[joined["kind"] == "region"]
    names = {**there.names, **dict(zip(regions["code"], regions["name"], strict=True))}
    county, members = there.counties, {*joined["code"]}
    return {code: Place(code, name, county[code[:2]], code in members) for code, name in names.items()}


def _similar(typed: str, every: Mapping[str, Place]) -> list[str]:
    """Return the municipalities that may be meant: by a code without its zero, by name, by a slip."""
    wanted = typed.strip().lower()
    known = {word: place for place in every.values() for word in (place.code, place.name.lower())}
    whole = [word for word in dict.fromkeys((wanted, wanted.zfill(4))) if word in known]
    meant = whole or difflib.get_close_matches(wanted, known, n=3, cutoff=0.72)
    return [f"{known[word].code} ({known[word].name})" for word in meant]


def sheets_folder(project: Project) -> Path:
    """Return the folder of a report's fact sheets."""
    return project.published.with_name(f"{project.name}-sheets")


def published_sheets(project: Project) -> dict[str, Record]:
    """Return the manifests of the published sheets by code, after mending a swap that was cut off."""
    home = sheets_folder(project)
    for old in sorted(home.glob(".old-*")):
        publishing.recover(home / old.name.removeprefix(".old-"))
    folders = sorted(path.parent for path in home.glob(f"[0-9]*/{publishing.MANIFEST}"))
    manifests = {folder.name: read_record(folder / publishing.MANIFEST) or {} for folder in folders}
    return {code: record for code, record in manifests.items() if record.get("municipality") == code}


def withdraw(project: Project, consenting: Collection[str]) -> Iterator[str]:
    """Remove the sheets that show answers of members that no longer consent; yield their codes."""
    for code, manifest in published_sheets(project).items():
        if manifest.get("answers") and code not in consenting:
            shutil.rmtree(sheets_folder(project) / code)
            yield code


def is_fresh(project: Project, task: Task, manifest: Record | None) -> bool:
    """Whether a published sheet is whole, and rests on the same as a run of its task would now."""
    folder = sheets_folder(project) / task.place.code
    if manifest is None or manifest.get("final") != (not task.status.word):
        return False
    return not publishing.damage(folder, project.root) and not publishing.stale_job(task.job, manifest)


def make_sheet(task: Task) -> Made:
    """Run a sheet's notebook and render it; whatever goes wrong is said in the answer and never raised."""
    job, place, folder = task.job, task.place, task.job.out
    try:
        shutil.rmtree(folder, ignore_errors=True)  # what a process that died has left
        notebooks.run(job)
        project, executed = load_project(job.params_file, start=job.root), read_record(job.target) or {}
        record, chapter = read_record(job.record) or {}, job.record.with_suffix(".csv")
        recorded = read_claims(chapter.read_bytes(), file=chapter.name)
        book = document.placed(recorded, [NOTEBOOK], {NOTEBOOK: executed})
        book.write(folder / "claims.csv")
        book.write_notes(folder / "claims.json")
        county = place.county + (f" · medlem i {project.params.association}" if place.member else "")
        names, scene = {"municipality": place.name, "place": county}, int(place.code[:2]) % _SCENES
        slip = _slip(project, place, folder) if place.member else None
        about: dict[str, Any] = {**names, "scene": scene, "slip": slip}
        text = document.sheet(project.params, executed, task.status, name=NOTEBOOK, **about)
        atomic_write(folder / "sheet.qmd", text)
        embedded, stem = find_renderer("embedded"), f"faktablad-{slug(place.name)}-{project.name}"
        render(embedded, folder / "sheet.qmd", folder, date=project.params.date, stem=stem)
        for name in ("chapters", "figures"):
            shutil.rmtree(folder / name)
        for name in ("sheet.qmd", "claims.json"):
            (folder / name).unlink()
        kept = {"municipality": place.code, "answers": task.answers, "final": not task.status.word}
        publishing.write_manifest(folder, {**record, **kept}, {})
        return Made(publishing.digests(folder))
    except Exception as error:
        kind = "" if isinstance(error, KlimatlibError) else f"{type(error).__name__}: "
        return Made(problem=f"{kind}{error}")


def _slip(project: Project, place: Place, folder: Path) -> dict[str, Any]:
    """Return what a return slip must know: whose it is, of which sheet, what examples are about."""
    year, asked = project.params.year, sources.questions(Inputs(project))
    questions = [{"id": q.id, "label": q.label} for q in asked.values() if q.put_in(year)]
    own = {"report": project.name, "year": str(year), "member": place.code, "sheet": fingerprint(folder)}
    return {**own, "questions": questions}


def fingerprint(folder: Path) -> str:
    """Return what tells a sheet from an earlier edition: a hash of its numbers; empty where there is none."""
    return publishing.digest_or_absent(folder / publishing.TRACKED)


def _publish_all(
    project: Project, tasks: Sequence[Task], executor: Executor | None
) -> Iterator[tuple[Place, str]]:
    """Publish each sheet as soon as it is made, and say how far it has come; yield what went wrong."""
    began, width = time.monotonic(), len(str(len(tasks)))
    for count, (task, made) in enumerate(_results(tasks, executor), 1):
        place, folder, problem = task.place, task.job.out, made.problem
        if not problem and publishing.digests(folder) != made.files:
            problem = "the files that came back are not those that were made"
        seconds = (time.monotonic() - began) / count * (len(tasks) - count)
        left = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
        outcome = f"failed: {problem.splitlines()[0]}" if problem else f"about {left} left" * (seconds >= 1)
        line = f"{count:>{width}} of {len(tasks)}  {place.code} {place.name}  {outcome}"
        half_run = folder / f"{NOTEBOOK}.failed.ipynb"
        if not problem:
            publishing.swap_in(folder, sheets_folder(project) / place.code)
            shutil.rmtree(folder, ignore_errors=True)
        progress("sheets", line.rstrip())
        if problem and half_run.is_file():
            failed = own_folder(project.root / "outputs" / f"failed-{project.name}-sheets")
            kept = half_run.rename(failed / f"{place.code}.ipynb")
            progress("sheets", f"the half-run notebook is {project.relative(kept)}")
        yield place, problem


def _results(tasks: Sequence[Task], executor: Executor | None) -> Iterator[tuple[Task, Made]]:
    """Yield each task with what became of it, as they finish.

    When a process dies it takes the others' work with it: what was lost is made again, one at a time, so that
    only the sheet that kills its process fails.
    """
    lost, died = list[Task](), Made(problem="its process died; is there memory enough?")
    with nullcontext(executor) if executor else workers(len(tasks)) as pool:
        waiting = {pool.submit(make_sheet, task): task for task in tasks}
        for future in as_completed(waiting):
            if not isinstance(future.exception(), BrokenExecutor):
                yield waiting[future], future.result()
            elif executor or len(tasks) == 1:
                yield waiting[future], died
            else:
                lost.append(waiting[future])
    for task in lost:
        yield from _results([task], None)


def _write_index(project: Project, every: Mapping[str, Place]) -> None:
    """Write ``index.html`` over the sheets that are published now, by county; without any there is none."""
    home, params, sheets = sheets_folder(project), project.params, published_sheets(project)
    final = {every[code]: record.get("final") is True for code, record in sheets.items() if code in every}
    if not final:
        (home / "index.html").unlink(missing_ok=True)
        return
    listed = sorted(final, key=lambda place: (*map(alphabetical, (place.county, place.name)), place.code))
    pages = {place: next((home / place.code).glob("*.html")).relative_to(home) for place in listed}
    entries = [(place, pages[place].as_posix(), final[place]) for place in listed]
    text = closed_page(
        ASSETS / "listing.html.j2",
        Status.of(params, final=all(final.values()), draft=_DRAFT),
        styles=[asset(f"{name}.css") for name in ("report", "sheet", "listing")],
        script=asset("listing.js"),
        title=f"Faktablad {params.year}",
        institution=params.association,
        counties=[(name, [*group]) for name, group in groupby(entries, key=lambda entry: entry[0].county)],
    )
    atomic_write(home / "index.html", text)
