"""A year's run: what is stale, the steps, the staging folder, and the finished folder swapped in whole.

What earlier runs made is taken again as long as all that it rests on is the same, byte for byte. Heavy
modules are imported by `make` alone, so that a run with nothing to do is over at once.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klimatlib import __version__
from klimatlib.errors import (
    InputError,
    IntegrityError,
    KlimatlibError,
    Message,
    Problem,
    UsageError,
    pluralise,
    progress,
    truncate,
    warning,
)
from klimatlib.execution import publishing
from klimatlib.execution.publishing import BUILD, MANIFEST, TRACKED, Job, Record, digest, files_below
from klimatlib.files import atomic_write, draft_folder, find_root, own_folder

if TYPE_CHECKING:
    from klimatlib.claims.claims import ClaimBook
    from klimatlib.claims.signatures import Passage, Signature, Standing
    from klimatlib.config import Outline, Picture, Project
    from klimatlib.report.document import Status
    from klimatlib.report.renderers import Renderer
    from klimatlib.sources.inputs import Inputs

_PACKAGES = (  # those that make a report's bytes
    *("papermill", "nbclient", "nbconvert", "pandas", "seaborn", "matplotlib", "pypandoc_binary", "typst"),
)
_MOST_SHOWN, _MOST_REASONS = 20, 3


def report(
    params_file: str, *, renderer: str = "auto", vintage: str | None = None, fresh: bool = False,
    final: bool = False, cluster: str | None = None,
) -> Path:  # fmt: skip
    """Make a year's report and return the published folder; what stops it leaves that as it was.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    renderer
        ``auto``, ``quarto`` or ``embedded``.
    vintage
        Another release of the emissions; made beside the published report, in a folder of its own.
    fresh
        Make everything anew, whatever stands from earlier runs.
    final
        Not a draft: refused unless two people's signatures hold for every claim. A draft never takes the
        place of a final report: it is made beside it, in ``outputs/<name>-draft/``.
    cluster
        Address of a Dask scheduler that runs the chapters; by default they run here.
    """
    began = time.monotonic()
    root, name = find_root(), Path(params_file).stem
    published, target = root / "outputs" / name, destination(root, name, final=final)
    draft = draft_folder(published)
    last = None if fresh or vintage else publishing.read_record(run_record(root, name, final=final))
    why = [] if last is None else stale(root, name, last, choice=renderer, final=final)
    if last is not None and not why:
        for line in last["lines"]:
            Message("inputs", line["english"], level=line["level"]).log()
        # Where the report stands, a draft is over.
        publishing.clear_away(published, *([] if target == draft else [draft]))
        outcome = f"is complete: nothing has changed ({time.monotonic() - began:.1f} s)"
        moved = "0 claims new, 0 moved, 0 gone"  # as `Changes.summary`, whose imports are heavy
    else:
        if why:
            reasons = "; ".join(truncate(why, _MOST_REASONS))
            progress("changed", f"since the last run: {reasons}", news=True)
        target, moved = make(
            params_file, renderer, vintage=vintage, fresh=fresh, final=final, cluster=cluster
        )
        outcome = f"is complete ({time.monotonic() - began:.0f} s)"
    display_path = target.relative_to(root).as_posix()
    if target == draft:
        stays = f"outputs/{name}/ is final and stays as it is; this draft is in {display_path}/"
        progress("publish", stays, news=True)
    progress("publish", f"{display_path}/ {outcome}")
    progress("claims", f"since the report before: {moved}")
    return target


def destination(root: Path, name: str, *, final: bool) -> Path:
    """Return the folder that a report is published in: a draft never takes the place of a final report."""
    published = root / "outputs" / name
    is_final = (publishing.read_record(published / MANIFEST) or {}).get("final") is True
    return draft_folder(published) if is_final and not final else published


def run_record(root: Path, name: str, *, final: bool) -> Path:
    """Return the file of what the report rests on that stands in `destination`."""
    beside = destination(root, name, final=final).name != name
    return root / "outputs" / ".kept" / name / ("run-draft.json" if beside else "run.json")


def stale(root: Path, name: str, record: Record, *, choice: str, final: bool) -> list[str]:
    """Return why a report must be made anew, in words; nothing when it stands."""
    reasons = publishing.stale_inputs(root, record)
    if record.get("renderer") != _renderer_asked_for(choice):
        reasons.append("another renderer is asked for or installed")
    if record.get("final") != final:
        reasons.append(f"a {'final report' if final else 'draft'} is asked for")
    folder = destination(root, name, final=final)
    build = {(folder / BUILD).relative_to(root).as_posix(): record.get("build")}
    changes = [f"{path} {change}" for path, change in publishing.changed(root, build)]
    return [*reasons, *(changes or publishing.damage(folder, root))]


def _renderer_asked_for(choice: str) -> list[object]:
    """Tell a renderer from another without starting it; the embedded one is among the installed packages."""
    quarto = None if choice == "embedded" else shutil.which("quarto")
    if quarto is None:
        return [choice]
    program = os.stat(quarto)  # noqa: PTH116
    return [choice, str(Path(quarto).resolve()), program.st_size, program.st_mtime_ns]


@dataclass(frozen=True)
class Run:
    """One run of one report: where its files stand, and what of earlier runs may be used."""

    project: Project
    outline: Outline  # which notebooks make it
    params_file: str  # relative to the project
    fresh: bool = False  # whether nothing may be taken from earlier runs
    is_trial: bool = False  # whether it is only tried, see `klimatlib.run.preview`

    @property
    def stage(self) -> Path:
        """The staging folder; its name is the same in every run, because notebooks print it."""
        if self.is_trial:
            return self.cache("trial")
        return self.project.root / "outputs" / f".staging-{self.project.name}"

    @property
    def card(self) -> str:
        """The address of the picture that a shared link shows; beside the page, where that has none."""
        return f"{self.project.params.web_url or ''}card.png" if self.outline.card else ""

    def job(self, name: str) -> Job:
        """Return a notebook's job."""
        target = self.stage / "notebooks" / f"{name}.ipynb"
        return Job(self.project.root, name, self.params_file, self.project.relative(self.stage), target)

    def cache(self, step: str) -> Path:
        """Return the folder where a step's files are kept."""
        return self.project.root / "outputs" / ".kept" / self.project.name / step

    def cached(self, step: str) -> Record | None:
        """Return the record of a step's kept files, where they may be used."""
        return None if self.fresh else publishing.load_record(self.cache(step))

    def restore(self, step: str, cached: Record) -> None:
        """Take a step's kept files."""
        publishing.restore(self.cache(step), cached, self.stage)
        progress(step, f"kept {step}")

    def why(self, name: str, *, before_it: bool = False) -> list[str]:
        """Return why a notebook must run; ``before_it``: before the chapters that it sums up have run."""
        if self.fresh:
            return ["everything is made anew"]
        return publishing.stale_job(self.job(name), self.cached(name), before_it=before_it)

    def step(
        self,
        name: str,
        made: Sequence[str],
        files: Sequence[str],
        about: Record,
        make: Callable[[], Record | None],
    ) -> None:
        """Make a step's files in the staging folder, unless they were made from the very same before.

        ``made`` are patterns of what it makes, for steps that go on beside each other. They rest on ``files``
        of the staging folder and on ``about``, values that JSON can hold; ``make`` may return others to take
        the place of ``about``.
        """
        hashes = {file: digest(self.stage / file) for file in files}
        foundation = publishing.environment_hashes(self.project.root)
        record = {"files": hashes, "about": about, "foundation": foundation}
        cached = self.cached(name)
        if cached is not None and all(cached.get(key) == value for key, value in record.items()):
            self.restore(name, cached)
            return
        record["about"] = make() or about
        paths = (path for pattern in made for path in self.stage.glob(pattern) if path.is_file())
        names = [path.relative_to(self.stage).as_posix() for path in paths]
        publishing.store(self.cache(name), self.stage, names, record)


def make(
    params_file: str, choice: str, *, vintage: str | None, fresh: bool, final: bool, cluster: str | None
) -> tuple[Path, str]:
    """Make a report and publish it, with the parameters of `report`: the whole run, step by step.

    Returns the folder, and which claims are other than before in a line.
    """
    from klimatlib.claims import signatures
    from klimatlib.claims.claims import ClaimBook, compare, read_claims
    from klimatlib.execution import processes
    from klimatlib.indicators import association
    from klimatlib.report import document
    from klimatlib.report.renderers import find_renderer
    from klimatlib.review import room
    from klimatlib.run import checks, plausibility
    from klimatlib.share import dashboard, open_data
    from klimatlib.sources import inputs as sources

    processes.start_fork_server()
    inputs = sources.Inputs.open(params_file)
    if vintage and vintage != inputs.project.params.emissions_vintage:
        params_file = with_vintage(inputs, vintage)
        inputs = sources.Inputs.open(params_file)
    checked = checks.check(inputs)
    project, signed = inputs.project, sources.signatures(inputs)
    if final:
        signatures.require_people(signed, project)
    previous, chosen = room.previous_report(inputs), find_renderer(choice)
    for release in project.params.revisions:  # which the review room and the open data hold too
        inputs.read(project.statistics / f"emissions_{release}.csv")
    read = {path.split("#")[0] for path in inputs.digests}
    count = Message("inputs", f"inputs checked: {len(read)} files")
    for message in (messages := [count, *checked.warnings, *checked.exposed]):
        message.log()
    for message in checked.doubts:
        message.log()
    progress("renderer", chosen.note)
    run = Run(project, sources.outline(inputs), params_file, fresh)
    status = document.Status.of(project.params, final=final)

    def fill(stage: Path) -> None:
        # Threads wait, processes work: what does not rest on each other is made side by side.
        with processes.workers(len(run.outline.chapters)) as pool, ThreadPoolExecutor() as threads:
            run_chapters(run, pool, cluster)
            pictures = sources.pictures(inputs)
            book = write_document(run, status, stage, pictures)
            if not final:
                write_imprint(inputs, status, stage, pictures)
            about = {"inputs": {**inputs.digests}, "status": vars(status)}
            tables = {path: sha for path, sha in inputs.digests.items() if not path.endswith(".md")}
            shared = {
                step: threads.submit(write, run, inputs, book, status, pool, {**about, "inputs": tables})
                for step, write in (("dashboard", write_dashboard), ("data", write_open_data))
            }
            stated = threads.submit(write_statements, run, inputs, book, pool)
            if final:
                standings = approved(book, stated.result(), signed, project)
                write_imprint(inputs, status, stage, pictures, signatures.signers(standings))
            progress("document", f"report.qmd: {len(book)} claims", claims=len(book))
            if count := len(association.printed_before(book)):
                progress(
                    "document",
                    f"numbers that an earlier document of the year has otherwise: {count}",
                    news=True,
                )
            renderer = render_document(run, chosen)
            page = stated.result()
            review = room.Review(
                inputs, run.outline, book, warnings=checked.warnings, corrections=checked.corrections,
                notice=status.notice, standings=signatures.standings([*book, *page], signed),
                previous=previous, page=page,
            )  # fmt: skip
            apart = (f"{open_data.FOLDER}/", dashboard.NAME)
            beside = [file for file in files_below(stage) if not file.startswith(apart)]
            write_pages = partial(room.write_pages, stage, review, pool)
            run.step("pages", ["review/*"], beside, about, write_pages)
            for step, written in shared.items():
                if message := written.result():
                    progress(step, message)

        records = [json.loads(run.job(name).record.read_bytes()) for name in run.outline.notebooks]
        shutil.rmtree(stage / "chapters")
        file = project.relative(signatures.signatures_file(project))
        environment, commit = publishing.environment_hashes(project.root), _commit(project.root)
        made_from: dict[str, Any] = {
            "report": project.name,
            "final": final,
            "signatures": {file: inputs.digests[file]} if final else {},
            "compared_with": previous.digests,
            "parameters": {project.relative(project.params_path): digest(project.params_path)},
            "lock": {"requirements.lock": environment["requirements.lock"] or None},
            "notebooks": {f"notebooks/{record['chapter']}.ipynb": record["notebook"] for record in records},
            "inputs": {path: sha for record in records for path, sha in record["inputs"].items()},
        }
        made_by = {"version": __version__, "library": environment["klimatlib"], "commit": commit}
        build = {"klimatlib": made_by, "versions": versions(renderer)}
        publishing.write_manifest(stage, made_from, build)
        searches = {pattern: files for record in records for pattern, files in record["looked"].items()}
        # Before the swap, and not after: a record of a report that never came to stand there is seen by its
        # build.json, and a report that stands there has nothing left to fail.
        rests_on = {
            "inputs": {**inputs.digests, **made_from["inputs"], **made_from["notebooks"]},
            "shared": inputs.shared,
            "looked": {**inputs.looked, **searches},
            "foundation": environment,
            "lines": [{"english": message.english, "level": message.level} for message in messages],
            "renderer": _renderer_asked_for(choice),
            "final": final,
            "build": digest(stage / BUILD),
        }
        plausibility.keep_answers(inputs)
        publishing.write_record(run_record(project.root, project.name, final=final), rests_on)

    where = partial(destination, project.root, project.name, final=final)
    before = where() / TRACKED
    earlier = ClaimBook()
    with suppress(InputError):  # what stands there is no book of claims
        earlier = read_claims(before.read_bytes(), file=TRACKED) if before.is_file() else earlier
    target = publishing.publish(project.published, fill, destination=where)
    current = read_claims((target / TRACKED).read_bytes(), file=TRACKED)
    if target == project.published:  # no draft beside it is newer
        shutil.rmtree(draft_folder(target), ignore_errors=True)
    return target, compare(earlier, current).summary()


def approved(
    book: ClaimBook, page: Sequence[Passage], signed: Sequence[Signature], project: Project
) -> dict[str, Standing]:
    """Return how claims and statements stand, or refuse a final report that is not true and signed by two."""
    from klimatlib.claims import signatures
    from klimatlib.sources.tables import refuse

    false = (each for each in page if each.decided == "false")
    refuse(Problem("report.qmd", "", f"{each.chapter}: “{each.text}”: {each.why[0]}") for each in false)
    standings = signatures.standings([*book, *page], signed)
    signatures.require_approved(standings, project)
    return standings


def run_chapters(run: Run, pool: Executor, cluster: str | None = None) -> None:
    """Take the chapters that still stand and run the others; then the summary, which rests on them."""
    from klimatlib.execution import notebooks, processes

    def run_stale(names: Sequence[str], workers: Executor) -> None:
        def keep(name: str) -> None:
            record = json.loads(run.job(name).record.read_bytes())
            own = [f"notebooks/{name}.ipynb", *(f"chapters/{name}.{kind}" for kind in ("json", "given"))]
            publishing.store(run.cache(name), run.stage, [*own, *record["made"]], record)

        def done(job: Job) -> None:
            keep(job.name)
            progress(job.name, f"ran {job.name}: {reasons[job.name][0]}")

        reasons, stale = {name: run.why(name) for name in names}, list[Job]()
        for name, why in reasons.items():
            if not why and (record := run.cached(name)) is not None:
                run.restore(name, record)
            elif bind(run, name, why):
                keep(name)
            else:
                stale.append(run.job(name))
        if stale:
            notebooks.run_all(stale, executor=workers, done=done)

    run.stage.joinpath("notebooks").mkdir()
    try:
        with processes.cluster(cluster, run.project.root) if cluster else nullcontext(pool) as there:
            run_stale(run.outline.chapters, there)
        run_stale([run.outline.summary], pool)  # where the chapters' claims are
    except KlimatlibError:
        for path in sorted((run.stage / "notebooks").glob("*.failed.ipynb")):
            kept = own_folder(run.project.root / "outputs" / f"failed-{run.project.name}") / path.name
            shutil.move(path, kept)
            progress("failed", f"the half-run notebook is {run.project.relative(kept)}")
        raise


def bind(run: Run, name: str, reasons: Sequence[str], *, try_only: bool = False) -> bool:
    """Bind anew the texts of a notebook, where nothing else that it rests on has changed; no cell runs.

    Returns whether that could be done; nothing is written where it could not, or with ``try_only``.

    Of the facts, too, only such may have changed as none of its cells asks for. A text must stand alone at
    the end of its cell, as ``chapter.text("a.md", …)``, and nowhere else. What the run prints besides, and
    its claims, must be as before; in a trial what is wrong with a text is told as its cell would tell it.
    """
    from klimatlib.chapter import Chapter, given_to_texts
    from klimatlib.claims.claims import ClaimBook, read_claims

    data, job = run.project.relative(run.project.data), run.job(name)
    files, facts = {reason.removesuffix(" changed") for reason in reasons}, f"{data}/facts.yml"
    texts = {file.removeprefix(f"{data}/texts/"): file for file in files if file.startswith(f"{data}/texts/")}
    kept = None if run.is_trial else run.cached(name)
    if files - {*texts.values(), facts} or not (kept or run.is_trial):
        return False
    home = run.stage if run.is_trial else run.cache(name)
    place, csv = home / "chapters" / job.record.name, f"chapters/{name}.csv"
    record = dict(publishing.read_record(place) or {})
    notebook = json.loads((home / "notebooks" / job.target.name).read_bytes())
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in code]
    chapter, given = Chapter(name, params_file=run.params_file, out_dir=job.out_dir), given_to_texts(place)
    before = read_claims((home / csv).read_bytes(), file=csv)
    chapter.book = ClaimBook(before)
    if facts in files:
        asked_for, reads_them = record["facts"], any("facts(" in source for source in sources)
        try:
            if reads_them or chapter.facts.digests(asked_for) != asked_for:
                return False
        except (InputError, LookupError):  # a run tells what is wrong with the facts
            return False
        texts |= {text: f"{data}/texts/{text}" for text in given}
        chapter.book = ClaimBook(claim for claim in before if claim.kind != "fact")
    shows = zip(map(_text_of, sources), code, strict=True)
    cells = {text: cell for text, cell in shows if text in texts}
    mentions = sum(text in source for source in sources for text in texts)
    if len(cells) < len(texts) or mentions > len(texts) or not {*texts} <= {*given}:
        return False
    wrong = list[list[str]]()
    for text, cell in cells.items():
        try:
            shown = chapter.text(text, **given[text])._repr_mimebundle_()
        except InputError as error:
            wrong += [[each.file, each.where, each.text] for each in error.problems]
        else:
            cell["outputs"] = [{**(cell["outputs"] or [{}])[0], "data": shown}]
    printed = json.dumps([cell["outputs"] for cell in code])
    book = ClaimBook(each for each in chapter.book if each.kind != "fact" or each.id in printed)
    if kept and (wrong or [*book] != [*before]):
        return False
    if try_only:
        return True
    if kept:
        import nbformat

        publishing.restore(home, kept, run.stage)
        shown_as_run = nbformat.writes(nbformat.from_dict(notebook))  # type: ignore[no-untyped-call]
        atomic_write(job.target, f"{shown_as_run}\n")
    else:
        atomic_write(job.target, json.dumps(notebook))
    book.write(run.stage / csv)
    for key, seen in (("inputs", chapter.inputs.digests), ("looked", chapter.inputs.looked)):
        record[key] = {**record[key], **seen}
    if run.is_trial:
        others = [each for each in record["problems"] if each[0] not in texts.values()]
        record["problems"] = [*others, *wrong]
    publishing.write_record(job.record, record)
    progress(name, f"bound {', '.join(texts)} of {name}")
    return True


def _text_of(source: str) -> str:
    """Return the text that a cell shows at its end and shows alone; else nothing."""
    with suppress(SyntaxError):
        last = ast.parse(source).body[-1:]
        match last[0] if last and "display(" not in source else None:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("chapter"), "text"), [ast.Constant(str(text))])):
                return text
    return ""


def write_document(run: Run, status: Status, stage: Path, pictures: Sequence[Picture] = ()) -> ClaimBook:
    """Write ``report.qmd``, ``claims.csv`` and ``claims.json``, mark a draft's charts; return the claims.

    Of ``pictures`` the files are put beside the charts.
    """
    book, text = document_of(run, status, pictures)
    (stage / "report.qmd").write_text(text, encoding="utf-8", newline="")
    book.write(stage / TRACKED)
    book.write_notes(stage / "claims.json")
    status.mark_charts(stage / "figures")
    for picture in pictures:
        (stage / "figures").mkdir(exist_ok=True)
        shutil.copyfile(run.project.data / "pictures" / picture.file, stage / "figures" / picture.file)
    return book


def write_imprint(
    inputs: Inputs, status: Status, stage: Path, pictures: Sequence[Picture], signers: Sequence[str] = ()
) -> None:
    """End ``report.qmd`` with its back: who publishes it, in which edition, and who signed."""
    from klimatlib.report import document
    from klimatlib.sources import inputs as sources

    contact, cited = sources.facts(inputs).get("contact", {}), sources.cited_sources(inputs)
    credits = [picture.credit for picture in pictures]
    back = document.imprint(inputs.project.params, contact, cited, status, signers=signers, credits=credits)
    with (stage / "report.qmd").open("a", encoding="utf-8", newline="") as report_file:
        report_file.write(back)


def document_of(run: Run, status: Status, pictures: Sequence[Picture] = ()) -> tuple[ClaimBook, str]:
    """Return the claims of the notebooks that have run, and the document of what they show."""
    from klimatlib.claims.claims import merged, read_claims
    from klimatlib.report import document

    names, stage = run.outline.notebooks, run.stage
    executed = {name: json.loads((stage / "notebooks" / f"{name}.ipynb").read_bytes()) for name in names}
    files = {name: f"{name}.csv" for name in names}
    books = {n: read_claims((stage / "chapters" / f).read_bytes(), file=f) for n, f in files.items()}
    order, in_part = run.outline.order, bool(run.project.document)
    book = document.placed(merged(books), order, executed)
    return book, document.assemble(
        run.project.params,
        order,
        executed,
        status,
        pictures,
        run.outline.explore,
        card=run.card,
        in_part=in_part,
    )


def write_open_data(
    run: Run, inputs: Inputs, book: ClaimBook, status: Status, pool: Executor, about: Record
) -> str:
    """Write the open data, unless they were made from the same claims, and what ``about`` tells, before.

    Returns what was written, in words; nothing where they stood.
    """
    from klimatlib.share import open_data

    message = ""

    def write() -> None:
        nonlocal message
        folder = run.stage / open_data.FOLDER
        files = pool.submit(open_data.write, folder, inputs, book, status).result()
        message = f"{open_data.FOLDER}/: {len(files)} files of open data"

    run.step("data", [f"{open_data.FOLDER}/*"], [TRACKED], about, write)
    return message


def write_dashboard(
    run: Run, inputs: Inputs, book: ClaimBook, status: Status, pool: Executor, about: Record
) -> str:
    """Write the dashboard, as `write_open_data`."""
    from klimatlib.share import dashboard

    message = ""

    def write() -> None:
        nonlocal message
        path = run.stage / dashboard.NAME
        size = pool.submit(dashboard.write, path, inputs, book, status, card=run.card).result()
        message = f"{dashboard.NAME}: {size / 1000:.0f} kB"

    run.step("dashboard", [dashboard.NAME], [TRACKED], {**about, "card": run.card}, write)
    return message


def write_statements(run: Run, inputs: Inputs, book: ClaimBook, pool: Executor) -> tuple[Passage, ...]:
    """Write ``statements.json``, unless it was made from the very same before, and return the statements."""
    from klimatlib.claims.signatures import passages
    from klimatlib.sources import inputs as sources

    path = run.stage / "statements.json"
    text = (run.stage / "report.qmd").read_text(encoding="utf-8")

    def write() -> None:
        rows = [asdict(passage) for passage in pool.submit(statements_of, inputs, book, text).result()]
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="")

    sources.guard_words(inputs)
    words = {file: sha for file, sha in inputs.digests.items() if file.endswith(("words.yml", "ties.csv"))}
    run.step("statements", [path.name], ["report.qmd", TRACKED], {"words": words}, write)
    return passages(path.read_bytes())


def statements_of(inputs: Inputs, book: ClaimBook, text: str) -> tuple[Passage, ...]:
    """Return the statements of the document, each decided by the rules."""
    from klimatlib.prose.reading import keep_lemmas
    from klimatlib.prose.rules import Rules
    from klimatlib.prose.statements import page
    from klimatlib.sources import inputs as sources

    statements = page(text, Rules(sources.guard_words(inputs), book, "sv", sources.places(inputs).names))
    keep_lemmas()
    return statements


def render_document(run: Run, chosen: Renderer) -> Renderer:
    """Render the document, unless it was rendered from the very same before; return who rendered it."""
    from klimatlib.report.renderers import CARD, render, write_pictures

    params, used = run.project.params, chosen
    figures, about = run.stage / "figures", {"date": params.date.isoformat(), "card": run.outline.card}

    def draw() -> None:
        write_pictures(figures, card=run.outline.card, title=title)

    def make() -> Record:
        nonlocal used
        files, used = render(chosen, run.stage / "report.qmd", run.stage, date=params.date)
        if used.note != chosen.note:
            progress("renderer", used.note)
        progress("render", f"{', '.join(path.name for path in files.values())} by {used}", renderer=str(used))
        return {**about, "renderer": str(used)}

    title = f"{params.association} · {params.title} {params.year}"
    charts = [f"figures/{name}" for name in files_below(figures) if name.endswith(".svg")]
    run.step("pictures", ["figures/*.png", CARD], charts, {"card": run.outline.card, "title": title}, draw)
    source = ["report.qmd", "claims.json", *(f"figures/{name}" for name in files_below(figures))]
    patterns = ["report.html", "report.pdf", "report.docx"]
    run.step("document", patterns, source, {**about, "renderer": str(chosen)}, make)
    return used


def versions(renderer: Renderer) -> dict[str, str]:
    """Return the versions of Python, the renderer, and the packages that make a report's bytes."""
    packages = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "renderer": str(renderer), **packages}


def _commit(root: Path) -> str | None:
    from klimatlib.run.plausibility import git

    edited = git(root, "status", "--porcelain", "--", ".", ":!outputs")
    head = git(root, "rev-parse", "HEAD")
    if edited is None or head is None:
        return None
    return head.decode().strip() + ("+changes" if edited.strip() else "")


def with_vintage(inputs: Inputs, vintage: str) -> str:
    """Write the parameters of the same report under another release; return the file in the project.

    A release that does not reach the report's data year gives its newest year before that, with a warning.

    Raises
    ------
    InputError
        When the release is not in ``data/statistics/``; names those that are.
    """
    import yaml

    from klimatlib.indicators.emissions import common_year
    from klimatlib.sources import inputs as sources

    project, params = inputs.project, inputs.project.params
    at_hand = sources.release_names(inputs)
    if vintage not in at_hand:
        message = f"no emissions_{vintage}.csv; at hand are {', '.join(at_hand)}"
        raise InputError([Problem("data/statistics", "", message)])
    expected = params.emissions_year
    if (year := common_year({vintage: sources.emissions(inputs, vintage)}, latest=expected)) != expected:
        warning(f"release {vintage} has no figures for {expected}; data year is {year}").log()
    path = project.root / "outputs" / ".variants" / f"{project.name}@{vintage}.yml"
    values = params.model_dump(mode="json", exclude_none=True)
    others = sorted({params.emissions_vintage, *params.revisions} - {vintage})
    values.update(data=project.data.name, emissions_vintage=vintage, emissions_year=year, revisions=others)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, yaml.safe_dump(values, allow_unicode=True, sort_keys=True))
    return project.relative(path)


def verify(root: Path, name: str) -> None:
    """Compare a published folder, and all that it was made from, with its manifest, and say what was found.

    Of fact sheets each has a manifest of its own.

    Raises
    ------
    IntegrityError
        When a file changed, is gone or appeared; names each. Without a manifest InputError.
    """
    manifests, faults = _manifests(root, name, MANIFEST, f"*/{MANIFEST}"), list[str]()
    for folder, manifest in manifests.items():
        faults += [*publishing.damage(folder, root), *_changed_since(root, manifest)]
    hint = "git keeps claims and manifest alone: make the rest with klimatlib report, or look with --rebuild"
    all_gone = all(line.endswith("is gone") for line in faults)  # as in a fresh checkout
    _refuse(f"outputs/{name} is not as published", dict.fromkeys(faults), advice=hint if all_gone else "")
    count = sum(len(files_below(folder)) - 2 for folder in manifests)
    inputs = {path for manifest in manifests.values() for path in publishing.made_from(manifest)}
    progress("verify", f"outputs/{name}: {count} files are as published")
    progress("verify", f"what they were made from is as it was: {len(inputs)} files")


def rebuild(root: Path, name: str) -> None:
    """Make a published report again from what stands here, in a folder of its own, and compare.

    What was published is not touched, and need not all be here: git keeps its claims and its manifest. Where
    library, packages, Python and renderer are those of ``build.json`` every byte must be the same. Under
    others, or without it, the documents may differ, and are then named; the numbers may not.

    Raises
    ------
    IntegrityError
        When what is here is not as published, or what is made is not the same. InputError without a manifest.
    """
    ((folder, manifest),) = _manifests(root, name, MANIFEST).items()
    build = publishing.read_record(folder / BUILD)
    outputs = {**manifest["outputs"], **(build["outputs"] if build else {})}
    here = {file: sha for file, sha in outputs.items() if (folder / file).is_file()}
    prefix = f"outputs/{name}"
    faults = [f"{prefix}/{file} {change}" for file, change in publishing.changed(folder, here)]
    _refuse(f"{prefix} is not as published", [*faults, *_changed_since(root, manifest)])
    choice = str(build["versions"]["renderer"]).split()[0] if build else "auto"
    others = _other_makers(build, choice) if build else []
    for line in others:
        progress("verify", line)
    with tempfile.TemporaryDirectory(prefix="klimatlib-verify-") as place:
        made = _made_again(root, Path(place).resolve(), manifest, choice)
        names = {*outputs} | ({*files_below(made)} - {BUILD} if build else set())
        expected = {file: outputs.get(file) for file in sorted(names)}
        differ = [file for file, _ in publishing.changed(made, expected)]
        numbers = _moved_numbers(folder, made) if TRACKED in differ else []
    if numbers or (differ and not others):
        _refuse(f"{prefix} made again is not the same", numbers or differ)
    count = f"{len(names) - len(differ)} of {len(names)} files"
    progress("verify", f"{prefix} made again: every number is the same, and {count} are, byte for byte")
    for line in truncate([f"differs, made by others than then: {file}" for file in differ], _MOST_SHOWN):
        progress("verify", line)


def _manifests(root: Path, name: str, *patterns: str) -> dict[Path, Record]:
    """Return the manifests of a published folder by their folders, by the first pattern that finds any."""
    from klimatlib.sources.inputs import parse_manifest

    folder = root / "outputs" / name
    if folder.parent != root / "outputs" or name.startswith("."):
        raise UsageError(f"{name!r} is no published folder: expected a name as 2023")
    found = ([path for path in sorted(folder.glob(each)) if path.is_file()] for each in patterns)
    paths = next(filter(None, found), [])
    if not paths:
        there = ", ".join(sorted(path.parent.name for path in root.glob(f"outputs/*/{MANIFEST}")))
        message = f"missing; published here: {there or 'nothing'}"
        raise InputError([Problem(f"outputs/{name}/{MANIFEST}", "", message)])
    files = {path: path.relative_to(root).as_posix() for path in paths}
    return {path.parent: parse_manifest(path.read_bytes(), display_path=file) for path, file in files.items()}


def _changed_since(root: Path, manifest: Record) -> list[str]:
    changes = publishing.changed(root, publishing.made_from(manifest))
    return [f"{path}, from which it was made, {change}" for path, change in changes]


def _other_makers(build: Record, choice: str) -> list[str]:
    """Return what makes reports here and is not what made this one: name, then, now."""
    from klimatlib.report.renderers import find_renderer

    before = {**build["versions"], "klimatlib": build["klimatlib"]["library"][:12]}
    current = {**versions(find_renderer(choice)), "klimatlib": publishing.library_digest()[:12]}
    differ = [name for name in sorted({*before} | {*current}) if before.get(name) != current.get(name)]
    return [f"{name} differs: {before.get(name)}, now {current.get(name)}" for name in differ]


def _made_again(root: Path, place: Path, manifest: Record, choice: str) -> Path:
    """Make the report in a copy of the project, as a person would; return its folder."""
    for name in ("params", "data", "notebooks"):
        shutil.copytree(
            root / name, place / name, ignore=shutil.ignore_patterns("raw", "scratch", ".ipynb_checkpoints")
        )
    shutil.copy(root / "requirements.lock", place)
    for path in publishing.made_from(manifest):
        if not path.startswith("outputs/"):  # where earlier reports and documents are
            continue
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, place / path)
    name, _, vintage = str(manifest["report"]).partition("@")
    words = ["-C", str(place), "report", name, "--renderer", choice]
    words += ["--vintage", vintage] if vintage else ["--final"] if manifest["final"] else []
    program = [sys.executable, "-c", "from klimatlib.cli import main; main()"]
    done = subprocess.run([*program, *words], capture_output=True, text=True)
    if done.returncode:
        message = (done.stderr or done.stdout).strip()
        raise IntegrityError(f"outputs/{manifest['report']} cannot be made again: {message}")
    return place / "outputs" / str(manifest["report"])


def _moved_numbers(folder: Path, made: Path) -> list[str]:
    """Return in words which published numbers come out otherwise, to the last digit."""
    from klimatlib.claims.claims import compare, read_claims

    if not (folder / TRACKED).is_file():
        return [TRACKED]
    books = [read_claims((place / TRACKED).read_bytes(), file=TRACKED) for place in (folder, made)]
    changes = compare(*books)
    return [
        *(f"{before.id} was {before.value}, is {after.value}" for before, after in changes.altered),
        *(f"{claim.id} was {claim.value}, is not there" for claim in changes.vanished),
        *(f"{claim.id} was not there, is {claim.value}" for claim in changes.appeared),
    ]


def _refuse(head: str, faults: Iterable[str], *, advice: str = "") -> None:
    if listed := [*faults]:
        lines = [f"{head}: {pluralise(len(listed), 'difference')}"]
        lines += truncate(listed, _MOST_SHOWN, indent="  ") + ([advice] if advice else [])
        raise IntegrityError("\n".join(lines))


def compare_reports(project: Project, before: str, after: str) -> Iterator[str]:
    """Say what moved from one published report of the project to another, and which sentences no longer hold.

    Raises
    ------
    InputError
        When one of them has no ``claims.csv``, or one that its run did not make.
    """
    from klimatlib.claims.claims import compare
    from klimatlib.sources.inputs import Inputs, published_claims

    books = [published_claims(Inputs(project), name) for name in (before, after)]
    yield from compare(*books).lines()
    yield from _broken_sentences(project, before, books[1])


def compare_releases(inputs: Inputs, before: str, after: str) -> Iterator[str]:
    """Say what a release of the emissions moves against another, in the newest year that both have.

    The sentences of the published report are tried against the second release where that has their data year.
    """
    from klimatlib.claims.claims import ClaimBook, compare
    from klimatlib.indicators import association, emissions
    from klimatlib.sources import inputs as sources

    if before == after:
        raise UsageError(f"{before} and {after} are one release; give two")
    tables = {name: sources.emissions(inputs, name) for name in (before, after)}
    people, params, name = sources.population(inputs), inputs.project.params, inputs.project.name
    codes, sectors = association.municipality_codes(sources.members(inputs)), sources.sectors(inputs)
    year = emissions.common_year(tables, latest=params.emissions_year)
    books = []
    for release, table in tables.items():
        chosen = params.model_copy(update={"emissions_vintage": release, "emissions_year": year})
        basis = emissions.Basis(table, people, codes, chosen, "SMHI; SCB", sectors)
        books.append(ClaimBook(emissions.claims(basis)))
    yield f"data year {year}, releases {before} and {after}"
    yield from compare(*books).lines()
    if year != params.emissions_year:
        yield f"sentences not tried: one release lacks {params.emissions_year}, which the report is about"
        return
    revised = sources.published_claims(inputs, name).revised(books[1])
    yield from _broken_sentences(inputs.project, name, revised)


def _broken_sentences(project: Project, name: str, after: ClaimBook) -> Iterator[str]:
    from klimatlib.claims.claims import broken_sentences

    path = project.root / "outputs" / name / "report.qmd"
    if not path.is_file():
        yield f"sentences not tried: no {project.relative(path)}; make it with: klimatlib report {name}"
        return
    for sentence, ids in broken_sentences(path.read_text(encoding="utf-8"), after):
        values = ", ".join(f"{i} is {after[i].text}" if i in after else f"{i} is gone" for i in ids)
        yield f"no longer holds: {sentence} ({values})"
