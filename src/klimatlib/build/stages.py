"""The steps of a run: check, chapters, summary, document, pages, manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from klimatlib import (
    checks,
    clusters,
    document,
    jobs,
    notebooks,
    publish,
    render,
    signatures,
    sources,
    variants,
)
from klimatlib.build import kept, unchanged
from klimatlib.build.manifest import write_manifest
from klimatlib.build.options import Options
from klimatlib.catalogue import Outline
from klimatlib.claims import ClaimBook, merged, read_claims
from klimatlib.errors import KlimatlibError
from klimatlib.jobs import Job
from klimatlib.kernels.lean import skip_grammars
from klimatlib.kernels.workers import prepare, workers
from klimatlib.params import Project
from klimatlib.render import reviewers
from klimatlib.runlog import Step
from klimatlib.sources import Inputs

Say = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """One run of one report.

    Attributes
    ----------
    project, outline
        The report, and which notebooks make it.
    params_file
        Its parameters, relative to the project.
    stage
        The staging folder; its name is the same in every run, because notebooks print it.
    options
        What is asked for.
    say
        Where progress lines go.
    """

    project: Project
    outline: Outline
    params_file: str
    stage: Path
    options: Options
    say: Say

    def job(self, name: str) -> Job:
        """Return a notebook's job."""
        target = self.stage / "notebooks" / f"{name}.ipynb"
        return Job(self.project.root, name, self.params_file, self.project.relative(self.stage), target)

    def kept(self, step: str) -> Path:
        """Return the folder where a step's files are kept."""
        return unchanged.kept_folder(self.project.root, self.project.name) / step

    def standing(self, step: str) -> jobs.Record | None:
        """Return the record of a step's kept files, where they may be used."""
        return None if self.options.fresh else kept.record_of(self.kept(step))


def make(params_file: str, options: Options, *, say: Say) -> Path:
    """Make a report and publish it; see `klimatlib.build.report`."""
    skip_grammars()
    prepare()
    inputs = Inputs.open(params_file)
    vintage = options.vintage
    if vintage and vintage != inputs.project.params.emissions_vintage:
        params_file, notes = variants.with_vintage(inputs, vintage)
        for note in notes:
            say(Step("inputs", f"warning: {note}"))
        inputs = Inputs.open(params_file)
    found = checks.check(inputs)
    project, signed = inputs.project, sources.signatures(inputs)
    if options.final:
        signatures.require_people(signed, project)
    chosen = render.find_renderer(options.renderer)
    told = [f"inputs checked: {len(inputs.digests)} files"]
    told += [f"warning: {warning}" for warning in found.warnings]
    for line in told:
        say(Step("inputs", line))
    say(Step("renderer", chosen.note))
    outputs = project.root / "outputs"
    stage = outputs / f".staging-{project.name}"
    run = Run(project, sources.outline(inputs), params_file, stage, options, say)
    with publish.locked(outputs / f".lock-{project.name}"), publish.staging(stage, project.published):
        run_chapters(run)
        book = write_document(run)
        if options.final:
            signatures.require_approved(book, signed, project)
        say(Step("document", f"report.qmd: {len(book)} claims", claims=len(book)))
        render_document(run, chosen)
        before = reviewers.find_earlier(inputs)
        write_pages(run, inputs, book, found, before)
        records = [_json(run.job(name).record) for name in run.outline.notebooks]
        shutil.rmtree(stage / "chapters")
        file = project.relative(sources.signatures_file(project))
        signed_file = {file: inputs.digests[file]} if options.final else {}
        approval = {"final": options.final, "signatures": signed_file}
        write_manifest(project, records, stage, chosen, {**approval, "compared_with": before.digests})
        publish.swap_in(stage, project.published)
        rests_on = _rests_on(run, inputs, records, told)
        unchanged.remember(project.root, project.name, rests_on, choice=options.renderer, final=options.final)
    return project.published


def explain(params_file: str) -> list[str]:
    """Tell which notebooks would run, and why."""
    inputs = Inputs.open(params_file)
    project, outline = inputs.project, sources.outline(inputs)
    stage = project.root / "outputs" / f".staging-{project.name}"
    run = Run(project, outline, params_file, stage, Options(), say=print)
    why = {name: _why(run, name) for name in outline.chapters}
    others = [f"{name} runs" for name in why if why[name]]
    why[outline.summary] = [*_why(run, outline.summary, before_it=True), *others]
    told = {name: f"runs, because {'; '.join(found)}" if found else "is kept" for name, found in why.items()}
    return [f"{name}: {what}" for name, what in told.items()]


def run_chapters(run: Run) -> None:
    """Take the chapters that still stand and run the others; then the summary, which rests on them."""
    run.stage.joinpath("notebooks").mkdir()
    root, address = run.project.root, run.options.cluster
    with workers(len(run.outline.chapters)) as here:
        with clusters.cluster(address, root) if address else nullcontext(here) as executor:
            _run_notebooks(run, run.outline.chapters, executor)
        _run_notebooks(run, [run.outline.summary], here)  # where the chapters' claims are


def _run_notebooks(run: Run, names: Sequence[str], executor: Executor) -> None:
    why = {name: _why(run, name) for name in names}
    for name in names:
        record = run.standing(name)
        if record is not None and not why[name]:
            kept.take(run.kept(name), record, run.stage)
            run.say(Step(name, f"kept {name}"))

    def done(job: Job) -> None:
        record = _json(job.record)
        own = [f"notebooks/{job.name}.ipynb", f"chapters/{job.name}.json", *record["made"]]
        kept.keep(run.kept(job.name), run.stage, own, record)
        run.say(Step(job.name, f"ran {job.name}: {why[job.name][0]}"))

    stale = [run.job(name) for name in names if why[name]]
    if not stale:
        return
    try:
        notebooks.run_all(stale, executor=executor, done=done)
    except KlimatlibError:
        _keep_failures(run)
        raise


def _why(run: Run, name: str, *, before_it: bool = False) -> list[str]:
    """Return why a notebook must run; ``before_it``: before the chapters whose claims it takes are there."""
    record = run.standing(name)
    if record is None:
        return ["everything is made anew"] if run.options.fresh else ["it has not run before"]
    return jobs.reasons(run.job(name), {**record, "takes": {}} if before_it else record)


def _keep_failures(run: Run) -> None:
    project = run.project
    for path in sorted((run.stage / "notebooks").glob("*.failed.ipynb")):
        half = project.root / "outputs" / f"failed-{project.name}" / path.name
        half.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, half)
        run.say(Step("failed", f"the half-run notebook is {project.relative(half)}"))


def write_document(run: Run) -> ClaimBook:
    """Write ``report.qmd``, ``claims.csv`` and ``claims.json``, and return the year's claims."""
    names, stage = run.outline.notebooks, run.stage
    executed = {name: _json(stage / "notebooks" / f"{name}.ipynb") for name in names}
    books = {name: _chapter_book(stage, name) for name in names}
    book = document.placed(merged(books), executed)
    (stage / "report.qmd").write_text(
        document.assemble(run.project.params, run.outline.order, executed, final=run.options.final),
        encoding="utf-8",
        newline="",
    )
    book.write(stage / "claims.csv")
    notes = {claim.id: {"note": claim.note} for claim in book}
    (stage / "claims.json").write_text(
        json.dumps(notes, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8", newline=""
    )
    return book


def render_document(run: Run, chosen: render.Renderer) -> None:
    """Render the document, unless it was rendered from the very same before."""
    date = run.project.params.date
    about = {"renderer": f"{chosen.name} {chosen.version}", "date": date.isoformat()}
    figures = run.stage / "figures"
    source = ["report.qmd", "claims.json", *sorted(f"figures/{path.name}" for path in figures.glob("*"))]
    rests_on = _rests(run, source, about)
    if not _taken(run, "document", rests_on):
        pictures = render.write_pictures(figures)
        made = render.render(chosen, run.stage / "report.qmd", run.stage, date=date)
        files = [path.relative_to(run.stage).as_posix() for path in (*pictures, *made.values())]
        kept.keep(run.kept("document"), run.stage, files, rests_on)
        by = about["renderer"]
        run.say(Step("render", f"{', '.join(path.name for path in made.values())} by {by}", renderer=by))


def write_pages(
    run: Run, inputs: Inputs, book: ClaimBook, found: checks.Report, before: reviewers.Earlier
) -> None:
    """Write the reviewers' pages, unless they were written from the very same before."""
    there, signed = _files(run.stage), sources.signatures(inputs)
    told = {"warnings": [*found.warnings], "corrections": [*found.corrections]}
    about = {
        **told,
        "parameters": run.params_file,
        "final": run.options.final,
        "before": dict(before.digests),
    }
    rests_on = _rests(run, there, {**about, "signed": [list(astuple(one)) for one in signed]})
    if _taken(run, "pages", rests_on):
        return
    pages = reviewers.Run(
        run.project,
        run.outline,
        book,
        found.warnings,
        document.notice(run.project.params, final=run.options.final),
        found.corrections,
        signatures.standings(book, signed),
        reviewers.Basis.of(inputs),
        before,
    )
    reviewers.write_pages(run.stage, pages)
    kept.keep(run.kept("pages"), run.stage, {*_files(run.stage)} - {*there}, rests_on)


def _rests(run: Run, files: Sequence[str], about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a step that rests on files of the staging folder."""
    inputs = {name: jobs.digest(run.stage / name) for name in files}
    return {"files": inputs, "about": about, "foundation": jobs.foundation(run.project.root)}


def _taken(run: Run, step: str, rests_on: Mapping[str, Any]) -> bool:
    record = run.standing(step)
    if record is None or any(record.get(key) != known for key, known in rests_on.items()):
        return False
    kept.take(run.kept(step), record, run.stage)
    run.say(Step(step, f"kept {step}"))
    return True


def _rests_on(
    run: Run, inputs: Inputs, records: Sequence[jobs.Record], told: Sequence[str]
) -> dict[str, Any]:
    """Return what the whole report rests on: what the check read, and what every notebook did."""
    read, looked = dict(inputs.digests), dict(inputs.looked)
    for record in records:
        read |= {**record["inputs"], f"notebooks/{record['chapter']}.ipynb": record["notebook"]}
        looked |= record["looked"]
    return {
        "inputs": read,
        "looked": looked,
        "foundation": jobs.foundation(run.project.root),
        "lines": list(told),
    }


def _chapter_book(stage: Path, name: str) -> ClaimBook:
    path = stage / "chapters" / f"{name}.csv"
    return read_claims(path.read_bytes(), file=path.name)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _json(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
