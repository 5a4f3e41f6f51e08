"""A run of fact sheets: choose, leave out what is fresh, make the others side by side, publish, list."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from pathlib import Path

from klimatlib import checks, publish, sources
from klimatlib.errors import NotebookError
from klimatlib.execution.processes import workers
from klimatlib.jobs import Job, digest
from klimatlib.params import Project
from klimatlib.sheets import shelf
from klimatlib.sheets.choose import Place, choose, places
from klimatlib.sheets.index import write_index
from klimatlib.sheets.make import NOTEBOOK, Made, Task, make_sheet
from klimatlib.whole import own_folder

Say = Callable[[str], None]
_SHOWN = 8


def make_all(
    params_file: str,
    codes: Sequence[str] = (),
    *,
    everyone: bool = False,
    executor: Executor | None = None,
    say: Say = print,
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
    say
        Where progress lines go.

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
        say(f"warning: {note}")
    project = inputs.project
    outputs, home = project.root / "outputs", shelf.folder(project)
    working = publish.staging(outputs / f".staging-{home.name}", home)
    with publish.locked(outputs / f".lock-{home.name}"), working as stage:
        home.mkdir(parents=True, exist_ok=True)
        showing = _showing(inputs)
        for code in shelf.withdraw(project, showing):
            say(f"{code}: its answers may no longer be shown; its sheet is removed")
        tasks = _tasks(project, places(inputs).values(), params_file, stage, showing)
        stale = _stale(project, [tasks[place.code] for place in chosen], say)
        failed = [made for made in _publish_all(project, stale, executor, say) if made.problem]
        _tell_old(project, tasks, chosen, say)
        write_index(project, places(inputs))
    say(f"{project.relative(home)}/: {len(chosen) - len(failed)} of {len(chosen)} fact sheets are up to date")
    if failed:
        raise NotebookError(_listed(failed, tasks))
    return home


def _showing(inputs: sources.Inputs) -> set[str]:
    """Return the codes of the members whose own answers are at hand and may be shown."""
    answers = inputs.project.params.survey_input == "answers"
    return set(sources.consent(inputs)["code"]) if answers else set()


def _tasks(
    project: Project, chosen: Iterable[Place], params_file: str, stage: Path, showing: set[str]
) -> dict[str, Task]:
    found = {}
    for place in chosen:
        folder = stage / place.code
        extra = {"municipality": place.code}
        target = folder / f"{NOTEBOOK}.ipynb"
        job = Job(project.root, NOTEBOOK, params_file, project.relative(folder), target, extra)
        stem = shelf.stem(project, place.slug)
        found[place.code] = Task(job, place, stem, place.code in showing)
    return found


def _stale(project: Project, tasks: Sequence[Task], say: Say) -> list[Task]:
    """Return the tasks whose sheets are missing or older than what they rest on."""
    known = shelf.standing(project)
    stale = [
        task
        for task in tasks
        if task.place.code not in known or not shelf.is_fresh(project, task.job, known[task.place.code])
    ]
    if len(stale) < len(tasks):
        say(f"{len(tasks) - len(stale)} of {len(tasks)} fact sheets are fresh and are not made again")
    return stale


def _publish_all(
    project: Project, tasks: Sequence[Task], executor: Executor | None, say: Say
) -> Iterator[Made]:
    """Publish each sheet as soon as it is made, and tell how far it has come."""
    began, width = time.monotonic(), len(str(len(tasks)))
    for count, (task, made) in enumerate(_results(tasks, executor), 1):
        made = made if made.problem else _published(project, task, made)
        left = (time.monotonic() - began) / count * (len(tasks) - count)
        told = f"failed: {made.problem.splitlines()[0]}" if made.problem else _time_left(left)
        place = f"{task.place.code} {task.place.name}"
        say(f"{count:>{width}} of {len(tasks)}  {place}  {told}".rstrip())
        if made.problem:
            _keep_failure(project, task, say)
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
    publish.swap_in(folder, shelf.folder(project) / made.code)
    shutil.rmtree(folder, ignore_errors=True)
    return made


def _keep_failure(project: Project, task: Task, say: Say) -> None:
    half = task.folder / f"{NOTEBOOK}.failed.ipynb"
    if half.is_file():
        kept = own_folder(project.root / "outputs" / f"failed-{project.name}-sheets")
        kept /= f"{task.place.code}.ipynb"
        shutil.move(half, kept)
        say(f"the half-run notebook is {project.relative(kept)}")


def _tell_old(project: Project, tasks: dict[str, Task], chosen: Sequence[Place], say: Say) -> None:
    """Say how many sheets that this run was not asked for are older than what they rest on."""
    asked = {place.code for place in chosen}
    others = {code: m for code, m in shelf.standing(project).items() if code not in asked}
    old = [
        code
        for code, manifest in others.items()
        if code not in tasks or not shelf.is_fresh(project, tasks[code].job, manifest)
    ]
    if old:
        named = ", ".join(old[:_SHOWN]) + (" …" if len(old) > _SHOWN else "")
        say(f"warning: not asked for, but older than what they rest on: {_counted(len(old))}: {named}")


def _time_left(seconds: float) -> str:
    if seconds < 1:
        return ""
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def _listed(failed: Sequence[Made], tasks: dict[str, Task]) -> str:
    lines = [f"  {made.code} {tasks[made.code].place.name}: {made.problem}" for made in failed]
    return "\n".join([f"{_counted(len(failed))} failed; mend the cause and run it again", *lines])


def _counted(count: int) -> str:
    return f"{count} fact sheet{'' if count == 1 else 's'}"
