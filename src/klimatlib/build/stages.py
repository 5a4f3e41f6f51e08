"""The steps of a run: check, chapters, summary, document, pages, manifest."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path
from typing import Any

from klimatlib import jobs, publish, variants
from klimatlib.build import kept, unchanged
from klimatlib.build.chapters import run_chapters, why
from klimatlib.build.manifest import write_manifest
from klimatlib.build.options import Options
from klimatlib.build.run import Run, read_json
from klimatlib.claims import signatures
from klimatlib.claims.claims import ClaimBook, merged, read_claims
from klimatlib.config import draft_folder
from klimatlib.errors import Message, progress, warning
from klimatlib.execution.processes import start_fork_server
from klimatlib.render import reviewers
from klimatlib.render.reviewers.room.earlier import Earlier, find
from klimatlib.render.reviewers.room.trial import Basis
from klimatlib.report import document
from klimatlib.report.renderers import Renderer, find_renderer, render, write_pictures
from klimatlib.run import checks
from klimatlib.share import dashboard
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs


def make(params_file: str, options: Options) -> Path:
    """Make a report and publish it; see `klimatlib.build.report`."""
    start_fork_server()
    inputs = Inputs.open(params_file)
    vintage = options.vintage
    if vintage and vintage != inputs.project.params.emissions_vintage:
        params_file, notes = variants.with_vintage(inputs, vintage)
        for note in notes:
            warning(note).log()
        inputs = Inputs.open(params_file)
    found = checks.check(inputs)
    project, signed = inputs.project, sources.signatures(inputs)
    if options.final:
        signatures.require_people(signed, project)
    before, chosen = find(inputs), find_renderer(options.renderer)
    messages = [
        Message("inputs", f"inputs checked: {len(inputs.digests)} files"),
        *found.warnings,
        *found.exposed,
    ]
    for message in messages:
        message.log()
    progress("renderer", chosen.note)
    outputs = project.root / "outputs"
    stage = outputs / f".staging-{project.name}"
    run = Run(project, sources.outline(inputs), params_file, stage, options)
    with ExitStack() as held:
        held.enter_context(publish.locked(outputs / f".lock-{project.name}"))
        publish.recover(project.published)  # else a final report that stepped aside would not be seen
        published = unchanged.destination(project.root, project.name, final=options.final)
        held.enter_context(publish.staging(stage, published))
        run_chapters(run)
        book = write_document(run)
        if options.final:
            signatures.require_approved(book, signed, project)
        progress("document", f"report.qmd: {len(book)} claims", claims=len(book))
        chosen = render_document(run, chosen)
        write_pages(run, inputs, book, found, before)
        write_dashboard(run, inputs, book)
        write_open_data(run, inputs, book)
        records = [read_json(run.job(name).record) for name in run.outline.notebooks]
        shutil.rmtree(stage / "chapters")
        file = project.relative(signatures.signatures_file(project))
        signed_file = {file: inputs.digests[file]} if options.final else {}
        approval = {"final": options.final, "signatures": signed_file}
        write_manifest(project, records, stage, chosen, {**approval, "compared_with": before.digests})
        rests_on, choice = _rests_on(run, inputs, records, messages), options.renderer
        unchanged.remember(
            *(project.root, project.name, rests_on),
            manifest=stage / "manifest.json",
            choice=choice,
            final=options.final,
        )
        publish.swap_in(stage, published)
        if published == project.published:  # no draft beside it is newer
            shutil.rmtree(draft_folder(published), ignore_errors=True)
    return published


def explain(params_file: str) -> list[str]:
    """Tell which notebooks would run, and why."""
    inputs = Inputs.open(params_file)
    project, outline = inputs.project, sources.outline(inputs)
    stage = project.root / "outputs" / f".staging-{project.name}"
    run = Run(project, outline, params_file, stage, Options())
    reasons = {name: why(run, name) for name in outline.chapters}
    others = [f"{name} runs" for name in reasons if reasons[name]]
    reasons[outline.summary] = [*why(run, outline.summary, before_it=True), *others]
    told = {name: f"runs, because {'; '.join(told)}" if told else "is kept" for name, told in reasons.items()}
    return [f"{name}: {what}" for name, what in told.items()]


def write_document(run: Run) -> ClaimBook:
    """Write ``report.qmd``, ``claims.csv`` and ``claims.json``, and return the year's claims."""
    names, stage = run.outline.notebooks, run.stage
    executed = {name: read_json(stage / "notebooks" / f"{name}.ipynb") for name in names}
    books = {name: _chapter_book(stage, name) for name in names}
    book = document.placed(merged(books), executed)
    (stage / "report.qmd").write_text(
        document.assemble(run.project.params, run.outline.order, executed, final=run.options.final),
        encoding="utf-8",
        newline="",
    )
    book.write(stage / "claims.csv")
    book.write_notes(stage / "claims.json")
    return book


def render_document(run: Run, chosen: Renderer) -> Renderer:
    """Render the document, unless it was rendered from the very same before; return who rendered it."""
    date = run.project.params.date
    figures = run.stage / "figures"
    source = ["report.qmd", "claims.json", *sorted(f"figures/{path.name}" for path in figures.glob("*"))]

    def rests_on(renderer: Renderer) -> dict[str, Any]:
        about = {"renderer": f"{renderer.name} {renderer.version}", "date": date.isoformat()}
        return run.rests(source, about)

    if run.taken("document", rests_on(chosen)):
        return chosen
    pictures = write_pictures(figures)
    made, used = render(chosen, run.stage / "report.qmd", run.stage, date=date)
    files = [path.relative_to(run.stage).as_posix() for path in (*pictures, *made.values())]
    kept.keep(run.kept("document"), run.stage, files, rests_on(used))
    if used.note != chosen.note:
        progress("renderer", used.note)
    by = f"{used.name} {used.version}"
    progress("render", f"{', '.join(path.name for path in made.values())} by {by}", renderer=by)
    return used


def write_pages(run: Run, inputs: Inputs, book: ClaimBook, found: checks.Report, before: Earlier) -> None:
    """Write the reviewers' pages, unless they were written from the very same before."""
    there, signed = run.files(), sources.signatures(inputs)
    told = {
        "warnings": [[one.english, one.swedish] for one in found.warnings],
        "corrections": [*found.corrections],
    }
    about = {
        **told,
        "parameters": run.params_file,
        "final": run.options.final,
        "before": dict(before.digests),
    }
    rests_on = run.rests(there, {**about, "signed": [list(astuple(one)) for one in signed]})
    if run.taken("pages", rests_on):
        return
    pages = reviewers.Run(
        run.project,
        run.outline,
        book,
        found.warnings,
        document.notice(run.project.params, final=run.options.final),
        found.corrections,
        signatures.standings(book, signed),
        Basis.of(inputs),
        before,
    )
    reviewers.write_pages(run.stage, pages)
    kept.keep(run.kept("pages"), run.stage, {*run.files()} - {*there}, rests_on)


def write_dashboard(run: Run, inputs: Inputs, book: ClaimBook) -> None:
    """Write the dashboard, unless it was written from the very same before."""
    data = dashboard.dashboard_data(inputs, book)
    final = run.options.final
    told = document.notice(run.project.params, final=final)
    rests_on = run.rests([], {"data": dashboard.digest(data), "notice": told, "final": final})
    if run.taken("dashboard", rests_on):
        return
    page = dashboard.dashboard_page(data, notice=told, status="" if final else document.DRAFT)
    (run.stage / dashboard.NAME).write_text(page, encoding="utf-8", newline="")
    kept.keep(run.kept("dashboard"), run.stage, [dashboard.NAME], rests_on)
    progress("dashboard", f"{dashboard.NAME}: {len(page) / 1000:.0f} kB")


def write_open_data(run: Run, inputs: Inputs, book: ClaimBook) -> None:
    """Write the open data, unless it was written from the very same before."""
    read = {path: known for path, known in inputs.digests.items() if not path.endswith(".md")}  # no texts
    rests_on = run.rests(["claims.csv"], {"inputs": read, "final": run.options.final})
    if not run.taken("data", rests_on):
        from klimatlib.share import open_data

        folder = run.stage / open_data.FOLDER
        files = open_data.write(folder, inputs, book, final=run.options.final)
        names = [f"{open_data.FOLDER}/{path.name}" for path in files]
        kept.keep(run.kept("data"), run.stage, names, rests_on)
        progress("data", f"{open_data.FOLDER}/: {len(files)} files of open data")


def _rests_on(
    run: Run, inputs: Inputs, records: Sequence[jobs.Record], messages: Sequence[Message]
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
        "lines": [{"english": one.english, "level": one.level} for one in messages],
    }


def _chapter_book(stage: Path, name: str) -> ClaimBook:
    path = stage / "chapters" / f"{name}.csv"
    return read_claims(path.read_bytes(), file=path.name)
