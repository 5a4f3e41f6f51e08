"""Fact sheets, an A4 for each municipality: made side by side, each published as soon as it is finished.

``outputs/<report>-sheets/<code>/`` holds a sheet's HTML and PDF, its notebook, its claims and its manifest;
``index.html`` lists the sheets by county. A sheet is made again only where what it rests on has changed.

A member sends its sheet's return slip back by mail, as anybody could, so nothing of it is believed: it is
refused, in one line that never quotes it, unless it is of a member of that year and of the sheet that is
published, and every text in it is plain. It is then shown, and written after a yes: all of it or nothing.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import json
import re
import shutil
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import groupby, product
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import pandas as pd
import pydantic
import yaml
from pydantic import AfterValidator, Field, StringConstraints

from klimatlib import config, errors
from klimatlib.claims.claims import read_claims
from klimatlib.config import IsoDate, MemberCode, Name, Project, Slug, Strict, Year, load_project
from klimatlib.errors import InputError, KlimatlibError, NotebookError, Problem, UsageError
from klimatlib.execution import notebooks, publishing
from klimatlib.execution.processes import workers
from klimatlib.execution.publishing import Job, Record, read_record
from klimatlib.files import (
    atomic_write,
    invisible_character,
    looks_like_a_formula,
    own_folder,
    read_file,
    to_csv,
    write_together,
)
from klimatlib.indicators.association import municipality_codes
from klimatlib.report import document
from klimatlib.report.document import Status
from klimatlib.report.html import ASSETS, asset, closed_page
from klimatlib.report.renderers import find_renderer, render
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import consent
from klimatlib.sources.tables import NATION, Table
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
        errors.warning(note, step="sheets").log()
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
            errors.progress("sheets", f"{code}: its answers may no longer be shown; its sheet is removed")
        tasks = {}
        for code, place in every.items():
            out, target = project.relative(stage / code), stage / code / f"{NOTEBOOK}.ipynb"
            job = Job(project.root, NOTEBOOK, params_file, out, target, {"municipality": code})
            tasks[code] = Task(job, place, status, code in consenting)
        published = published_sheets(project)
        stale = [t for p in chosen if not is_fresh(project, t := tasks[p.code], published.get(p.code))]
        if fresh := len(chosen) - len(stale):
            count = f"{fresh} of {len(chosen)} fact sheets"
            errors.progress("sheets", f"{count} are fresh and are not made again")
        made = [*_publish_all(project, stale, executor)]
        if reason:
            errors.progress("sheets", f"they are drafts and say so: {reason}")
        left = {c: r for c, r in published_sheets(project).items() if every.get(c) not in chosen}
        old = [c for c, r in left.items() if c not in tasks or not is_fresh(project, tasks[c], r)]
        if old:
            count, names = errors.pluralise(len(old), "fact sheet"), errors.few(old, _MOST_NAMED)
            older = f"not asked for, but older than what they rest on: {count}: {names}"
            errors.warning(older, step="sheets").log()
        _write_index(project, every)
    failed = [f"  {place.code} {place.name}: {problem}" for place, problem in made if problem]
    done = f"{len(chosen) - len(failed)} of {len(chosen)} fact sheets are up to date"
    errors.progress("sheets", f"{project.relative(home)}/: {done}")
    if failed:
        head = f"{errors.pluralise(len(failed), 'fact sheet')} failed; mend the cause and run it again"
        raise NotebookError("\n".join([head, *failed]))
    return home


def why_draft(project: Project) -> str:
    """Return why a report's sheets are drafts; empty while the published report is final.

    It is final for them while it is whole, and made from what is here by the library that is here.
    """
    folder, root = project.published, project.root
    manifest, build = (read_record(folder / name) or {} for name in (publishing.MANIFEST, publishing.BUILD))
    display_path = project.relative(folder)
    if manifest.get("final") is not True:
        return f"no final report is published in {display_path}/"
    if build.get("klimatlib", {}).get("library") != publishing.library_digest():
        return f"{display_path}/ was made by another klimatlib"
    changes = publishing.changed(root, publishing.made_from(manifest))
    since = [f"{path} {change} since {display_path}/ was made" for path, change in changes]
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
    by_word = {word: place for place in every.values() for word in (place.code, place.name.lower())}
    whole = [word for word in dict.fromkeys((wanted, wanted.zfill(4))) if word in by_word]
    meant = whole or difflib.get_close_matches(wanted, by_word, n=3, cutoff=0.72)
    return [f"{by_word[word].code} ({by_word[word].name})" for word in meant]


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
        errors.progress("sheets", line.rstrip())
        if problem and half_run.is_file():
            failed = own_folder(project.root / "outputs" / f"failed-{project.name}-sheets")
            kept = half_run.rename(failed / f"{place.code}.ipynb")
            errors.progress("sheets", f"the half-run notebook is {project.relative(kept)}")
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


# ---- return slips: from their files to the year's tables -----------------------------------------
_MOST_BYTES = 20_000  # a full slip has less than 4,000
_JOURNAL = "outputs/.receive.json"  # files that a run has begun to write: name -> text before, and to be


def _plain(text: str) -> str:
    if invisible_character(text, allowed=""):
        raise ValueError("has a line break or a character that cannot be seen; expected one line")
    if re.search(r"[<>{}|`\\]|&#?\w+;", text):
        raise ValueError("has markup; expected plain words")
    if looks_like_a_formula(text):
        raise ValueError("begins as a formula of a spreadsheet does; expected plain words")
    return unicodedata.normalize("NFC", text)


_SHORT = StringConstraints(min_length=1, max_length=450, strip_whitespace=True)
Plain = Annotated[str, _SHORT, AfterValidator(_plain)]
Kind = Literal["answers", "example", "picture"]
_KINDS: dict[Kind, str] = {"answers": "own answers", "example": "the example", "picture": "pictures"}


class GoodExample(Strict):
    """An example that the member gives to be told."""

    question: Slug
    text: Plain
    link: Plain


class Wrong(Strict):
    """What the member says is wrong, and where it knows that from."""

    about: Literal["emissions", "population", "other"]
    year: Year | None = None  # of emissions and population
    value: Plain  # of emissions tonnes, of the population inhabitants
    source: Plain


class OwnTarget(Strict):
    """The member's own target: emissions so far below those of a year."""

    year: Year
    percent_below: int = Field(ge=1, le=100)
    base_year: Year
    source: Plain


class Slip(Strict):
    """The file that a fact sheet saves (``report/assets/slip.js``)."""

    form: Literal["klimatlib slip 1"]
    report: Name
    year: Year
    member: MemberCode
    sheet: str = Field(pattern=r"^[0-9a-f]{64}$")  # fingerprint of the sheet that was read
    saved: IsoDate
    by: Plain  # name, and what for
    comment: Plain | None = None
    consent: dict[Kind, bool] = Field(default_factory=dict)
    correction: Wrong | None = None
    example: GoodExample | None = None
    target: OwnTarget | None = None


def receive(
    root: Path, files: Sequence[Path], *, today: dt.date, agreed: Callable[[], bool]
) -> Iterator[str]:
    """Say what slips say, ask, and write them to the year's tables; yield lines.

    ``root`` is the project, ``files`` are the slips; none was saved after ``today``. When all has been said
    ``agreed`` is asked; nothing is written unless it is True.

    InputError: when slips are refused, a line for each; the others are shown and written all the same.
    """
    refused, seen = list[Problem](), dict[tuple[str, str], str]()
    with publishing.locked(root / "outputs" / ".lock-receive"):
        if finished := _write_journal(root):
            yield f"finished what a run that was cut off had begun: {finished}; commit them"
        files_after = dict[Path, bytes]()
        for path in files:
            name = ascii(path.name)[1:-1]
            try:
                slip = read_slip(path)
                if before := seen.get((slip.report, slip.member)):
                    _refuse(name, f"a second slip of {slip.member}, after {before}; give the one that holds")
                lines, changes = entered(root, slip, files_after, file=name, today=today)
                seen[slip.report, slip.member] = name
            except InputError as error:
                refused += error.problems
                continue
            files_after |= changes
            yield f"{name}: {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])
        if files_after and agreed():
            begun = {
                path.relative_to(root).as_posix(): (_text(path), data.decode())
                for path, data in files_after.items()
            }
            write_together({root / _JOURNAL: json.dumps(begun).encode()})
            yield f"written: {_write_journal(root)}; commit them, then make the sheets again"
        elif files_after:
            yield "nothing is written"
    if refused:
        raise InputError(refused)


def _write_journal(root: Path) -> str:
    """Write all files that the journal names, take it away, and return their names; none without one."""
    journal = root / _JOURNAL
    if not journal.is_file():
        return ""
    texts = json.loads(journal.read_bytes())
    if edited := [name for name, states in texts.items() if _text(root / name) not in states]:
        advice = f"keep the edit and delete {_JOURNAL}, or take the edit back; then receive the slips again"
        message = f"edited since a run was cut off that had begun to write it; {advice}"
        raise InputError([Problem(name, "", message) for name in edited])
    write_together({root / name: after.encode() for name, (_, after) in texts.items()})
    journal.unlink()
    return ", ".join(sorted(texts))


def _text(path: Path) -> str | None:
    return path.read_bytes().decode() if path.is_file() else None


def read_slip(path: Path) -> Slip:
    """Return a slip as its file has it, or refuse that in one line."""
    name = ascii(path.name)[1:-1]
    if len(data := read_file(path, name)) > _MOST_BYTES:
        _refuse(name, f"{len(data):,} bytes; a slip has at most {_MOST_BYTES:,}")
    try:
        content = json.loads(data.decode(), object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        _refuse(name, "no return slip; expected the file that a fact sheet saves (Spara svaret)")
    with _in_one_line(name):
        return Slip.model_validate(content)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(content := dict(pairs)) < len(pairs):
        raise ValueError("a key twice")
    return content


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _refuse(file: str, text: str, where: str = "") -> NoReturn:
    raise InputError([Problem(file, where, text)])


@contextmanager
def _in_one_line(file: str, where: str = "") -> Iterator[None]:
    """Tell the first thing that a model refuses, without what was found; pydantic's words quote nothing."""
    try:
        yield
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = ascii(".".join([*filter(None, [where]), *map(str, first["loc"])]))[1:-1][:80]
        _refuse(file, first["msg"].removeprefix("Value error, "), place)


@dataclass
class Entries:
    """What a slip becomes: the files of the year as they were and become, and what is said of it."""

    inputs: Inputs
    slip: Slip
    place: Place  # the member
    file: str  # the slip's name in messages
    files: dict[Path, bytes]  # as slips before it leave them
    changes: dict[Path, bytes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def who(self) -> dict[str, str]:
        """Who agrees, and when."""
        return {"who": f"svarstalong: {self.slip.by}", "date": self.slip.saved}

    def current(self, path: Path) -> bytes:
        """Return a file as it stands; nothing where it is not there."""
        pending = {**self.files, **self.changes}
        return pending[path] if path in pending else path.read_bytes() if path.is_file() else b""

    def put(self, path: Path, data: bytes, line: str) -> None:
        """Let a file become other, and say why."""
        self.changes |= {path: data} if data != self.current(path) else {}
        self.lines.append(f"{line} -> {self.inputs.project.relative(path)}")

    def put_row(self, path: Path, table: Table, row: Mapping[str, str], line: str) -> None:
        """Put a row into a table, in the place of the one with its key."""
        data, key = self.current(path), [*table.key]
        new = pd.DataFrame([row], columns=[*table.schema.columns], dtype="str")
        before = tables.read_table(data, table, file=path.name).astype("str") if data else new.iloc[:0]
        before = before.replace({"kind": {"": "answers"}})  # as rows of the earlier form mean it
        others = before[(before[key] != new[key].iloc[0]).any(axis="columns")]
        after = pd.concat([others, new]).sort_values(key)
        if not after.reset_index(drop=True).equals(before.sort_values(key).reset_index(drop=True)):
            data = to_csv(after).encode()
            tables.read_table(data, table, file=path.name)
        self.put(path, data, line)

    def put_entry(
        self,
        path: Path,
        model: type[Strict],
        entry: Mapping[str, Any] | None,
        key: Mapping[str, str],
        line: str,
    ) -> None:
        """Put an entry into a YAML file's list, in the place of those with its key; none takes them out."""
        file, name = self.inputs.project.relative(path), [*model.model_fields][-1]
        if data := self.current(path):
            config.validate(data, model, file=file)
        data = data or f"{name}:\n".encode()
        after = _spliced(data, name, entry, key, file)
        if after != data:
            config.validate(after, model, file=file)
            self.put(path, after, line)
        else:
            self.lines.append(f"{line}, as before")


def entered(
    root: Path, slip: Slip, files: Mapping[Path, bytes], *, file: str, today: dt.date
) -> tuple[list[str], dict[Path, bytes]]:
    """Return what a slip says, in lines, and the files as they become with it.

    ``files`` are those that slips before it change, ``file`` is its own name in messages.

    InputError: when it is not of a member, year and published sheet of this project, is older than what has
    come of the member, cannot be kept, or says nothing new.
    """
    if slip.report not in config.report_names(root):
        _refuse(file, f"of report {slip.report}, which this project has not", "report")
    inputs = Inputs.open(f"params/{slip.report}.yml", start=root)
    if slip.year != inputs.project.params.year:
        _refuse(file, f"of {slip.year}; report {slip.report} is about {inputs.project.params.year}", "year")
    if slip.member not in sources.member_codes(inputs):
        _refuse(file, f"{slip.member} is no member of {slip.year}", "member")
    published = fingerprint(sheets_folder(inputs.project) / slip.member)
    if slip.sheet != published:
        advice = "of another sheet, or of an earlier edition: send the member the one that is published"
        _refuse(file, advice if published else f"no sheet of {slip.member} is published", "sheet")
    entries = Entries(inputs, slip, place := places(inputs)[slip.member], file, {**files})
    if slip.saved > today.isoformat():
        _refuse(file, f"on {slip.saved}, which is to come", "saved")
    if slip.saved < (newest := _newest(entries)):
        _refuse(file, f"on {slip.saved}, but one of {newest} has come; ask which of them holds", "saved")
    for enter in (_comment, _consents, _example, _correction, _target):
        enter(entries)
    if not entries.changes:
        _refuse(file, "it has been received already" if entries.lines else "it says nothing")
    head = f"{place.name} ({place.code}), report {slip.report}, {slip.saved}, {slip.by}"
    return [head, *entries.lines], entries.changes


def _newest(entries: Entries) -> str:
    """Return the day of the newest slip of the member that was written; empty where there is none."""
    data, code, dates = entries.inputs.project.data, entries.slip.member, [""]
    for name, table in _TABLES.items():
        if content := entries.current(data / name):
            frame = tables.read_table(content, table, file=name)
            dates += [*frame.loc[frame["code"] == code, "given"]]
    if content := entries.current(data / "comments.yml"):
        listed = config.validate(content, config.Comments, file="comments.yml").comments
        dates += [each.consent.date for each in listed if each.member == code]
    return max(dates)


_TABLES = {"consent.csv": tables.CONSENT, "member_targets.csv": tables.MEMBER_TARGETS}


def _comment(entries: Entries) -> None:
    slip, path = entries.slip, entries.inputs.project.data / "comments.yml"
    if slip.comment is None:
        return
    own = {"member": slip.member}
    entry = {**own, "text": slip.comment, "by": slip.by, "consent": entries.who}
    with _in_one_line(entries.file, "comment"):
        config.Comment.model_validate(entry)
    entries.put_entry(path, config.Comments, entry, own, f"comment on its own sheet: {slip.comment}")


def _consents(entries: Entries) -> None:
    slip, data = entries.slip, entries.inputs.project.data
    for kind, agrees in slip.consent.items():
        row = {"code": slip.member, "kind": kind, "agrees": "yes" if agrees else "no"}
        row |= {"given": slip.saved, "source": entries.who["who"]}
        line = f"{_KINDS[kind]} may {'' if agrees else 'not '}be shown"
        entries.put_row(data / "consent.csv", tables.CONSENT, row, line)
    if slip.consent.get("example") is False and entries.current(data / "examples.yml"):
        own = {"member": slip.member}
        entries.put_entry(data / "examples.yml", config.Examples, None, own, "its examples are taken out")


def _example(entries: Entries) -> None:
    slip, project = entries.slip, entries.inputs.project
    if slip.example is None:
        return
    if not slip.consent.get("example"):
        _refuse(entries.file, "without consent to tell it", "example")
    own = {"member": slip.member, "indicator": slip.example.question}
    entry = {**own, "text": slip.example.text, "link": slip.example.link, "consent": entries.who}
    with _in_one_line(entries.file, "example"):
        given = config.Examples(examples=(config.Example.model_validate(entry),))
    asked = sources.questions(entries.inputs)
    for _, message in sources.example_problems(given, {slip.member}, asked, slip.year):
        _refuse(entries.file, message.partition("; known")[0], "example")
    if re.search(r"\d", slip.example.text):
        _refuse(entries.file, "has digits; a number is printed only where a claim has it", "example")
    line = f"example for {slip.example.question}: {slip.example.text} ({slip.example.link})"
    entries.put_entry(project.data / "examples.yml", config.Examples, entry, own, line)


_COLUMNS = {"emissions": "emissions_t", "population": "population"}


def _correction(entries: Entries) -> None:
    """Propose a correction: it changes nothing until its ``status`` is taken away."""
    slip, project = entries.slip, entries.inputs.project
    if (wrong := slip.correction) is None:
        return
    place = entries.place
    entry: dict[str, Any] = {"id": f"{slug(place.name)}-{wrong.about}-{wrong.year or slip.year}"}
    why = f"{place.name}: {wrong.value}. {wrong.source} (svarstalong: {slip.by})"
    if wrong.about == "other":
        entry |= {"file": project.relative(project.data / "members.csv"), "where": {"code": slip.member}}
    else:
        path, column = project.release(wrong.about), _COLUMNS[wrong.about]
        if not re.fullmatch(r"(0|[1-9][0-9]{0,9})([.][0-9]{1,2})?", wrong.value):
            _refuse(entries.file, "expected a number, digits and a decimal point alone", "correction.value")
        if wrong.year is None:
            _refuse(entries.file, "expected the year that it is about", "correction.year")
        where = {"municipality_code": slip.member, "year": str(wrong.year)}
        where |= {"sector": tables.TOTAL} if wrong.about == "emissions" else {}
        head, *lines = path.read_text(encoding="utf-8-sig").splitlines()
        own_rows = csv.DictReader([head, *(line for line in lines if slip.member in line)])
        values = [row[column] for row in own_rows if where.items() <= row.items()]
        entry |= {"file": project.relative(path), "where": where}
        if values:
            entry |= {"column": column, "found": values[0], "value": wrong.value}
        elif len(slip.member) == 4:
            _refuse(entries.file, f"{project.relative(path)} has no such year of it", "correction.year")
        else:  # a region's sheet is the sum of its municipalities
            entry["where"] = {"year": str(wrong.year)}
    path, entry = project.root / config.Corrections.home, {**entry, "why": why, "decided": slip.saved}
    own, stated = {"id": entry["id"]}, config.Corrections()
    if content := entries.current(path):
        stated = config.validate(content, config.Corrections, file=config.Corrections.home)
    if any(each.id == own["id"] and each.status != "proposed" for each in stated.corrections):
        _refuse(entries.file, f"{own['id']} is settled in {config.Corrections.home} already", "correction")
    entry["status"] = "proposed"
    entries.put_entry(path, config.Corrections, entry, own, f"correction, proposed: {why}")


def _target(entries: Entries) -> None:
    slip, data = entries.slip, entries.inputs.project.data
    if (target := slip.target) is None:
        return
    if not slip.year < target.year or not target.base_year < target.year:
        _refuse(entries.file, f"expected a year after {slip.year} and after its base year", "target.year")
    row = {name: str(value) for name, value in target.model_dump().items()}
    row |= {"code": slip.member, "given": slip.saved, "told_by": slip.by}
    line = f"own target: {target.percent_below} per cent below {target.base_year} by {target.year}"
    entries.put_row(data / "member_targets.csv", tables.MEMBER_TARGETS, row, line)


def _spliced(
    data: bytes, name: str, entry: Mapping[str, Any] | None, key: Mapping[str, str], file: str
) -> bytes:
    """Return a YAML file whose list has an entry at its end, and none of those with its key before.

    All other lines stay as they are, comments too.
    """
    text, before = data.decode("utf-8-sig"), config.load_yaml(data, file)
    listed, wanted = before.get(name) or [], [entry] if entry else []
    kept = [each for each in listed if not key.items() <= each.items()]
    if [each for each in listed if each not in kept] == wanted:
        return data
    expected = [*kept, *wanted]
    head, node = next(pair for pair in yaml.compose(text, yaml.CSafeLoader).value if pair[0].value == name)  # type: ignore[union-attr]
    lines, place = [*text.rstrip("\n").split("\n")], head.start_mark.line + 1
    spans = list[tuple[int, int, int]]()
    for item in node.value if isinstance(node, yaml.SequenceNode) else ():
        end = min(item.end_mark.line, len(lines))
        while end > item.start_mark.line + 1 and not lines[end - 1].split("#")[0].strip():
            end -= 1  # what stands before the next entry is its own
        spans.append((item.start_mark.line, end, len(spans)))
        place = end
    if not spans:
        lines[place - 1] = f"{name}:"
    block = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=10_000) if entry else ""
    lines[place:place] = [f"  {line}" for line in block.splitlines()]
    for start, end, number in reversed(spans):
        if listed[number] not in kept:
            del lines[start:end]
    if not expected:
        lines[head.start_mark.line] = f"{name}: []"
    after = ("\n".join(lines) + "\n").encode()
    with suppress(InputError):
        if config.load_yaml(after, file) == {**before, name: expected}:
            return after
    raise InputError([Problem(file, name, "is written in another way than a list of entries; write it so")])
