"""The notebooks of a run: which must run, and their results where they stand."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import nullcontext

from klimatlib import jobs
from klimatlib.build import kept
from klimatlib.build.run import Run, read_json
from klimatlib.errors import KlimatlibError, progress
from klimatlib.execution import notebooks
from klimatlib.execution.processes import cluster, workers
from klimatlib.files import own_folder
from klimatlib.jobs import Job


def run_chapters(run: Run) -> None:
    """Take the chapters that still stand and run the others; then the summary, which rests on them."""
    run.stage.joinpath("notebooks").mkdir()
    root, address = run.project.root, run.options.cluster
    with workers(len(run.outline.chapters)) as here:
        with cluster(address, root) if address else nullcontext(here) as executor:
            _run_notebooks(run, run.outline.chapters, executor)
        _run_notebooks(run, [run.outline.summary], here)  # where the chapters' claims are


def _run_notebooks(run: Run, names: Sequence[str], executor: Executor) -> None:
    reasons = {name: why(run, name) for name in names}
    for name in names:
        record = run.standing(name)
        if record is not None and not reasons[name]:
            kept.take(run.kept(name), record, run.stage)
            progress(name, f"kept {name}")

    def done(job: Job) -> None:
        record = read_json(job.record)
        own = [f"notebooks/{job.name}.ipynb", f"chapters/{job.name}.json", *record["made"]]
        kept.keep(run.kept(job.name), run.stage, own, record)
        progress(job.name, f"ran {job.name}: {reasons[job.name][0]}")

    stale = [run.job(name) for name in names if reasons[name]]
    if not stale:
        return
    try:
        notebooks.run_all(stale, executor=executor, done=done)
    except KlimatlibError:
        _keep_failures(run)
        raise


def why(run: Run, name: str, *, before_it: bool = False) -> list[str]:
    """Return why a notebook must run; ``before_it``: before the chapters whose claims it takes are there."""
    record = run.standing(name)
    if record is None:
        return ["everything is made anew"] if run.options.fresh else ["it has not run before"]
    return jobs.reasons(run.job(name), {**record, "takes": {}} if before_it else record)


def _keep_failures(run: Run) -> None:
    project = run.project
    for path in sorted((run.stage / "notebooks").glob("*.failed.ipynb")):
        half = own_folder(project.root / "outputs" / f"failed-{project.name}") / path.name
        shutil.move(path, half)
        progress("failed", f"the half-run notebook is {project.relative(half)}")
