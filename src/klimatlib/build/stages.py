"""A year's run: check, run the chapters, assemble, render, and swap the finished folder in whole.

Everything is made in a staging folder of its own. The published folder is the old one until the new one is
complete, and then it is the new one; a run that fails leaves it as it was.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from klimatlib import __version__, checks, document, jobs, notebooks, publish, render, sources, variants
from klimatlib.catalogue import Outline
from klimatlib.claims import ClaimBook, merged, read_claims
from klimatlib.errors import KlimatlibError
from klimatlib.params import Project
from klimatlib.render import reviewers

Say = Callable[[str], None]
_PACKAGES = (
    "papermill",
    "nbclient",
    "nbconvert",
    "pandas",
    "seaborn",
    "matplotlib",
    "pypandoc_binary",
    "typst",
)


def report(params_file: str, *, renderer: str = "auto", vintage: str | None = None, say: Say = print) -> Path:
    """Make a year's report.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    renderer
        ``auto``, ``quarto`` or ``embedded``.
    vintage
        Another release of the emissions than the parameters name; the report is then made beside the
        published one, in a folder of its own.
    say
        Where progress lines go.

    Returns
    -------
    Path
        The published folder.

    Raises
    ------
    KlimatlibError
        Anything that stops it; the published folder is then as it was.
    """
    began = time.monotonic()
    inputs = sources.Inputs.open(params_file)
    if vintage and vintage != inputs.project.params.emissions_vintage:
        params_file, notes = variants.with_vintage(inputs, vintage)
        for note in notes:
            say(f"warning: {note}")
        inputs = sources.Inputs.open(params_file)
    found = checks.check(inputs)
    outline, project = sources.outline(inputs), inputs.project
    chosen = render.find_renderer(renderer)
    say(f"inputs checked: {len(inputs.digests)} files")
    for line in (*(f"warning: {warning}" for warning in found.warnings), chosen.note):
        if line:
            say(line)
    outputs = project.root / "outputs"
    # The staging folder's name is fixed, because notebooks print it.
    working = publish.staging(outputs / f".staging-{project.name}", project.published)
    with publish.locked(outputs / f".lock-{project.name}"), working as stage:
        _run_chapters(project, outline, stage, params_file, say)
        book = _write_document(project, outline, stage)
        say(f"report.qmd: {len(book)} claims")
        made = render.render(chosen, stage / "report.qmd", stage, date=project.params.date)
        say(f"{', '.join(path.name for path in made.values())} by {chosen.name} {chosen.version}")
        reviewers.write_pages(stage, reviewers.Run(project, outline, book, found.warnings))
        _write_manifest(project, outline, stage, chosen)
        publish.swap_in(stage, project.published)
    say(f"{project.relative(project.published)}/ is complete ({time.monotonic() - began:.0f} s)")
    return project.published


def _run_chapters(project: Project, outline: Outline, stage: Path, params_file: str, say: Say) -> None:
    out_dir = project.relative(stage)

    def job(name: str) -> jobs.Job:
        return jobs.Job(project.root, name, params_file, out_dir, stage / "notebooks" / f"{name}.ipynb")

    def done(name: str) -> None:
        say(f"ran {name}")

    try:
        notebooks.run_all([job(name) for name in outline.chapters], done=done)
        notebooks.run_all([job(outline.summary)], done=done)
    except KlimatlibError:
        _keep_failures(project, stage, say)
        raise


def _keep_failures(project: Project, stage: Path, say: Say) -> None:
    for path in sorted((stage / "notebooks").glob("*.failed.ipynb")):
        kept = project.root / "outputs" / f"failed-{project.name}" / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, kept)
        say(f"the half-run notebook is {project.relative(kept)}")


def _write_document(project: Project, outline: Outline, stage: Path) -> ClaimBook:
    executed = {name: _json(stage / "notebooks" / f"{name}.ipynb") for name in outline.notebooks}
    books = {name: _chapter_book(stage, name) for name in outline.notebooks}
    book = document.placed(merged(books), executed)
    (stage / "report.qmd").write_text(
        document.assemble(project.params, outline.order, executed), encoding="utf-8", newline=""
    )
    book.write(stage / "claims.csv")
    notes = {claim.id: {"note": claim.note} for claim in book}
    (stage / "claims.json").write_text(
        json.dumps(notes, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8", newline=""
    )
    return book


def _chapter_book(stage: Path, name: str) -> ClaimBook:
    path = stage / "chapters" / f"{name}.csv"
    return read_claims(path.read_bytes(), file=path.name)


def _write_manifest(project: Project, outline: Outline, stage: Path, chosen: render.Renderer) -> None:
    records = [_json(stage / "chapters" / f"{name}.json") for name in outline.notebooks]
    inputs = {path: known for record in records for path, known in record["inputs"].items()}
    shutil.rmtree(stage / "chapters")
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    manifest: dict[str, Any] = {
        "report": project.name,
        "klimatlib": {
            "version": __version__,
            "library": jobs.library_digest(),
            "commit": _commit(project),
        },
        "parameters": {project.relative(project.params_path): jobs.digest(project.params_path)},
        "lock": {"requirements.lock": _digest_or_none(project.root / "requirements.lock")},
        "notebooks": {f"notebooks/{record['chapter']}.ipynb": record["notebook"] for record in records},
        "inputs": inputs,
        "versions": {
            "python": platform.python_version(),
            "renderer": f"{chosen.name} {chosen.version}",
            **{name: version(name) for name in _PACKAGES},
        },
        "outputs": {path.relative_to(stage).as_posix(): jobs.digest(path) for path in files},
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (stage / "manifest.json").write_text(text + "\n", encoding="utf-8", newline="")


def _commit(project: Project) -> str | None:
    def git(*words: str) -> str:
        command = ["git", "-C", str(project.root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", ".", ":!outputs")
        return git("rev-parse", "HEAD") + ("+changes" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _json(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _digest_or_none(path: Path) -> str | None:
    return jobs.digest(path) if path.is_file() else None
