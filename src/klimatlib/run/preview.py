"""A report tried without kernels: for ``klimatlib check``, and as a page seconds after an edit.

Cells run in warm processes and only where something changed; where no more than a text did, it is bound
again and no cell runs. The page stands beside the published folder, in ``outputs/<name>-preview/``, and is
byte for byte what a draft by the embedded renderer would be: the same cells and steps make it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import webbrowser
from collections.abc import Collection, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klimatlib.errors import InputError, KlimatlibError, Problem, UsageError, progress
from klimatlib.execution import publishing
from klimatlib.files import atomic_write, draft_folder, find_root, own_folder
from klimatlib.run import build

if TYPE_CHECKING:
    from klimatlib.claims.claims import ClaimBook
    from klimatlib.sources.inputs import Inputs

_SHOWN = Path(__file__).parent.parent / "report" / "assets" / "preview.html"
_WATCHED = ("params", "data", "notebooks")
_PORT = "KLIMATLIB_PREVIEW_PORT"  # keeps the page's address when the library itself has changed


def preview(params_file: str, chapter: str = "", *, pool: Executor | None = None) -> Path:
    """Make the page of a report, and return its file.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    chapter
        A notebook, as ``40_emissions``: then the others stand as they were last tried.
    pool
        Warm processes for notebooks; by default some are started where one has to run.

    Raises
    ------
    UsageError
        When the report has no such notebook; names those that it has.
    KlimatlibError
        As a report would.
    """
    from klimatlib.report import document, renderers
    from klimatlib.sources import inputs as sources

    root, name = find_root(), Path(params_file).stem
    inputs = sources.Inputs.open(params_file)
    project = inputs.project
    run = _trial(inputs)
    if chapter and chapter not in run.outline.notebooks:
        raise UsageError(f"{chapter}: no notebook of {name}; expected {', '.join(run.outline.notebooks)}")
    page = root / "outputs" / f"{name}-preview" / "report.html"
    lock, embedded = project.published.with_name(f".lock-{name}"), renderers.find_renderer("embedded")
    with publishing.locked(lock):
        try_notebooks(run, only={chapter, run.outline.summary} if chapter else None, pool=pool)
        with publishing.staging(replace(run, is_trial=False).stage, project.published) as stage:
            if (figures := run.stage / "figures").is_dir():
                shutil.copytree(figures, stage / "figures")
            status = document.Status.of(project.params, final=False)
            pictures = sources.pictures(inputs)
            build.write_document(run, status, stage, pictures)
            build.write_imprint(inputs, status, stage, pictures)
            date = project.params.date
            made, _ = renderers.render(
                embedded, stage / "report.qmd", stage / "page", date=date, kinds=("html",)
            )
            atomic_write(own_folder(page.parent) / page.name, made["html"].read_text(encoding="utf-8"))
    progress("preview", f"{project.relative(page)} is made")
    return page


def explain(
    params_file: str, *, renderer: str = "auto", vintage: str | None = None, fresh: bool = False,
    final: bool = False,
) -> list[str]:  # fmt: skip
    """Return which notebooks a run with the parameters of `report` would run, bind or keep, and why.

    Nothing is made. Where it depends on them, claims and statements are tried without kernels.

    Raises
    ------
    InputError
        With what would stop the run.
    """
    from klimatlib.claims import signatures
    from klimatlib.run import checks
    from klimatlib.sources import inputs as sources

    root, name = find_root(), Path(params_file).stem
    last = None if fresh or vintage else publishing.read_record(build.run_record(root, name, final=final))
    why = ["everything is made anew" if fresh else "it was not made here before"]
    why = ["another release is always tried anew"] if vintage else why
    if last and not (why := build.stale(root, name, last, choice=renderer, final=final)):
        return [f"{name}: nothing has changed, no step runs"]
    inputs = sources.Inputs.open(params_file)
    if vintage and vintage != inputs.project.params.emissions_vintage:
        params_file = build.with_vintage(inputs, vintage)
        inputs = sources.Inputs.open(params_file)
    checks.check(inputs)
    project, signed = inputs.project, sources.signatures(inputs)
    trial = _trial(inputs)
    run = replace(trial, fresh=fresh, is_trial=False)
    if final:
        signatures.require_people(signed, project)
        try_notebooks(trial)
        book, text = _document(inputs, trial, final=True)
        build.approved(book, build.statements_of(inputs, book, text), signed, project)
    chapters, summary = run.outline.chapters, run.outline.summary
    reasons = {chapter: run.why(chapter) for chapter in chapters}
    reasons[summary] = run.why(summary, before_it=True)
    if any(reasons.values()) and not reasons[summary]:
        try_notebooks(trial)
        claims, takes = trial.stage / "chapters", (run.cached(summary) or {}).get("takes", {})
        current = {chapter: publishing.digest(claims / f"{chapter}.csv") for chapter in chapters}
        others = (chapter for chapter in chapters if takes.get(chapter) != current[chapter])
        reasons[summary] = [f"the claims of {chapter} are others" for chapter in others]
    steps = list[str]()
    for step, causes in reasons.items():
        does = "is kept"
        if causes:
            does = "is bound anew" if build.bind(run, step, causes, try_only=True) else "runs"
            does += f", because {'; '.join(causes)}"
        steps.append(f"{step}: {does}")
    return [*steps, *(f"{project.name}: is made, because {reason}" for reason in why)]


def compare_current(inputs: Inputs) -> Iterator[str]:
    """Say what moved from the claims that git has committed to the published ones, and from those till now.

    Now is what inputs and notebooks give as they stand, whether a report has been made of them or not.

    Raises
    ------
    InputError
        When nothing is committed or published; with what is wrong with the published claims or the notebooks.
    """
    from klimatlib.claims.claims import ClaimBook, compare, read_claims
    from klimatlib.run.plausibility import git
    from klimatlib.sources.inputs import published_claims

    project = inputs.project
    file, books = project.relative(project.published / publishing.TRACKED), dict[str, ClaimBook]()
    if (committed := git(project.root, "show", f"HEAD:./{file}")) is not None:
        books["the last commit"] = read_claims(committed, file=file)
    for folder in (project.published, draft_folder(project.published)):
        if folder.is_dir():
            books[f"{project.relative(folder)}/"] = published_claims(inputs, folder.name)
    if not books:
        message = f"nothing is published or committed; make it with: klimatlib report {project.name}"
        raise InputError([Problem(file, "", message)])

    def in_order() -> Iterator[tuple[str, ClaimBook]]:
        yield from books.items()
        trial = _trial(inputs)
        try_notebooks(trial)
        yield "what stands here now", _document(inputs, trial)[0]

    for (since, before), (until, after) in pairwise(in_order()):
        changes = compare(before, after)
        yield from (*changes.lines(), f"from {since} to {until}: {changes.summary()}")


def rehearse(inputs: Inputs) -> list[str]:
    """Try all that a report does before it is rendered: each cell, each claim, and the document they make.

    Inputs are checked before. Returns a line on the document's statements.

    Raises
    ------
    InputError
        With all that would stop the report.
    """
    from klimatlib.report.renderers import proofread
    from klimatlib.run import checks
    from klimatlib.sources import inputs as sources
    from klimatlib.sources.tables import refuse

    run = _trial(inputs)
    try_notebooks(run)
    book, text = _document(inputs, run)
    path, words = run.stage / "texts.json", vars(sources.guard_words(inputs))
    texts = checks.as_passed([{"report.qmd": text, "claims": str([*book]), "words": str(words)}])
    passed = publishing.read_record(path) or {}
    if any(passed.get(key) != value for key, value in texts.items()):
        refuse(proofread({"report.qmd": text}, are_whole=True))
        statements = build.statements_of(inputs, book, text)
        undecided = sum(each.decided == "open" for each in statements)
        passed = {**texts, "line": f"{'statements':<15} {len(statements):>6}, {undecided} of them open"}
        publishing.write_record(path, passed)
    return [passed["line"]]


def _trial(inputs: Inputs) -> build.Run:
    """Return the run in which a report's notebooks are tried."""
    from klimatlib.sources.inputs import outline

    project = inputs.project
    return build.Run(project, outline(inputs), project.params_file, is_trial=True)


def _document(inputs: Inputs, trial: build.Run, *, final: bool = False) -> tuple[ClaimBook, str]:
    """Return the claims and the document of what a trial's notebooks show."""
    from klimatlib.report.document import Status
    from klimatlib.sources.inputs import pictures

    return build.document_of(trial, Status.of(inputs.project.params, final=final), pictures(inputs))


def try_notebooks(
    run: build.Run, *, only: Collection[str] | None = None, pool: Executor | None = None
) -> None:
    """Run the cells of notebooks that changed since they were last tried or run, without kernels.

    What they show stays in the folder of trials. ``only`` names those that are looked at, where the others
    have been tried at all; ``pool`` has warm processes.

    Raises
    ------
    InputError
        With all that fails, now or when it was last tried.
    """
    from klimatlib.execution import notebooks, processes
    from klimatlib.sources.tables import refuse

    own_folder(run.stage)
    for names in (run.outline.chapters, (run.outline.summary,)):  # the summary rests on their claims
        records = {name: publishing.read_record(run.job(name).record) for name in names}
        looked_at = [name for name in names if only is None or name in only or records[name] is None]
        reasons = {name: publishing.stale_job(run.job(name), records[name]) for name in looked_at}
        problems, begun = list[Problem](), list[Future[list[Problem]]]()
        with ExitStack() as stack:
            workers = pool
            for name, why in reasons.items():
                if why and not (_take(run, name) or build.bind(run, name, why)):
                    workers = workers or stack.enter_context(processes.workers(len(names)))
                    begun.append(workers.submit(notebooks.rehearse, run.job(name)))
            problems += [each for trial in begun for each in trial.result()]
        for name in names:  # those that stand have told theirs before
            record = publishing.read_record(run.job(name).record) or {}
            problems += [Problem(*each) for each in record.get("problems", ())]
        refuse(dict.fromkeys(problems))


def _take(trial: build.Run, name: str) -> bool:
    """Let what the last run made of a notebook be its trial, and tell whether it stands; no cell runs."""
    run, job = replace(trial, is_trial=False), trial.job(name)
    kept = run.cached(name)
    if kept is None or kept.get("parameters") != run.job(name).parameters:
        return False
    record = {**kept, "parameters": job.parameters}
    if publishing.stale_job(job, record):
        return False
    publishing.restore(run.cache(name), kept, trial.stage)
    code = [cell for cell in json.loads(job.target.read_bytes())["cells"] if cell["cell_type"] == "code"]
    for cell in code:  # of a trial what stands in the report is shown, and nothing else
        printed = cell["outputs"] if "report" in cell["metadata"].get("tags", ()) else ()
        cell["outputs"] = [{"data": output["data"]} for output in printed if "data" in output]
    atomic_write(job.target, json.dumps({"cells": code}))
    publishing.write_record(job.record, record)
    return True


# ---- watching ----------------------------------------------------------------------------------------
def watch(params_file: str, chapter: str = "", *, browser: bool = False) -> None:
    """Show the page at an address of this machine, and make it anew at each change, until interrupted.

    What is wrong stands over the page until it is mended. Parameters as `preview`; ``browser`` opens it.
    """
    from watchfiles import watch

    from klimatlib.execution import processes

    root, name = find_root(), Path(params_file).stem
    state: dict[str, Any] = {"version": 0, "error": ""}
    page = root / "outputs" / f"{name}-preview" / "report.html"
    server = ThreadingHTTPServer(
        ("127.0.0.1", int(os.environ.get(_PORT, "0"))), partial(_Page, page, state, chapter)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"

    def make() -> None:
        try:
            preview(params_file, chapter, pool=pool)
            state.update(version=state["version"] + 1, error="")
        except KlimatlibError as error:
            state["error"] = str(error)
            progress("preview", str(error))

    library = Path(__file__).parent.parent
    looked_at = [*(root / folder for folder in _WATCHED), library]
    with processes.workers(os.cpu_count() or 1) as pool:
        make()
        progress("preview", f"watching {', '.join(_WATCHED)}; the page is at {address}; stop with Ctrl-C")
        if browser and _PORT not in os.environ:
            webbrowser.open(address)
        for changes in watch(
            *looked_at, debounce=200, step=20, raise_interrupt=False, watch_filter=_is_input
        ):
            if any(Path(path).is_relative_to(library) for _, path in changes):
                os.environ[_PORT] = str(server.server_port)
                server.server_close()
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
            make()


def _is_input(change: object, path: str) -> bool:
    """Whether a change may matter: not an editor's own files, nor compiled modules."""
    parts = Path(path).parts
    return not any(part.startswith((".", "~")) or part in ("__pycache__", "scratch") for part in parts[-3:])


class _Page(BaseHTTPRequestHandler):
    """Answers the browser on this machine: the frame, the page in it, and how it stands."""

    def __init__(self, page: Path, state: dict[str, Any], chapter: str, *args: Any) -> None:
        self.page, self.state, self.chapter = page, state, chapter
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer a request."""
        kind, body = "text/html", _SHOWN.read_bytes()
        if self.path == "/state":
            kind, body = "application/json", json.dumps({**self.state, "chapter": self.chapter}).encode()
        elif self.path.startswith("/report.html") and self.page.is_file():
            body = self.page.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing of requests."""
