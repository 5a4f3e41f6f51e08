"""Run notebooks: strict parameters, a fresh kernel each, nothing but a whole run counts, settled output.

papermill executes. It only warns about a parameter that a notebook does not have, takes ``exit()`` for
success and leaves half a notebook when killed; so parameters are compared before, every cell is looked at
after, and it writes where nobody reads.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klimatlib import executed, rules
from klimatlib.config import load_project
from klimatlib.errors import InputError, KlimatlibError, NotebookError, Problem
from klimatlib.executed import first_line
from klimatlib.execution.processes import can_fork, run_in_fork, workers
from klimatlib.files import write_whole
from klimatlib.jobs import Job, digest, foundation, is_fresh
from klimatlib.sources import inputs as sources

if TYPE_CHECKING:
    from nbformat import NotebookNode

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def run(job: Job) -> str:
    """Run one notebook by papermill and write it, settled, to its target.

    In a worker it runs in a process of its own; see `klimatlib.execution.processes`.

    Returns
    -------
    str
        The notebook's name.

    Raises
    ------
    NotebookError
        Naming notebook and cell; the half-run notebook stays beside the target as ``<name>.failed.ipynb``.
    """
    if not can_fork():
        return _run(job)
    sources.remember(job.params_file, job.root)
    return run_in_fork(_run, job, name=f"notebooks/{job.name}.ipynb")


def _run(job: Job) -> str:
    shown = f"notebooks/{job.name}.ipynb"
    check_parameters(job.notebook, shown, expected=job.parameters)
    _require_watched(job.notebook, shown)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="klimatlib-") as folder:
        half = Path(folder) / "run.ipynb"
        try:
            _execute(job, half)
            _check_whole(half, job, shown)
        except KlimatlibError:
            _keep_failed(half, job)
            raise
        write_whole(job.target, settled(half))
    return job.name


def run_all(jobs: Sequence[Job], *, executor: Executor | None = None, done: Callable[[Job], None]) -> None:
    """Run notebooks side by side, each in a process of its own.

    Parameters
    ----------
    jobs
        What to run.
    executor
        Where; by default as many processes as there are cores.
    done
        Called with each notebook's job, as soon as it is done.

    Raises
    ------
    NotebookError
        From the first that fails; those that wait are not begun.
    """
    with nullcontext(executor) if executor else workers(len(jobs)) as pool:
        begun = {pool.submit(run, job): job for job in sorted(jobs, key=_weight, reverse=True)}
        try:
            for future in as_completed(begun):
                future.result()
                done(begun[future])
        except BrokenExecutor:
            raise NotebookError("a worker process ended, by a signal or for want of memory") from None
        finally:
            for future in begun:
                future.cancel()


def complete(names: Iterable[str], *, params_file: str, out_dir: str) -> None:
    """Run those chapters whose claims are missing or older than what they rest on.

    For the notebook that sums up: opened alone, it makes what it needs; in a whole run all is there.
    """
    project = load_project(params_file)
    out = project.root / out_dir
    jobs = [
        Job(project.root, name, params_file, out_dir, out / "notebooks" / f"{name}.ipynb") for name in names
    ]
    stale = [job for job in jobs if not is_fresh(job)]
    if stale:
        run_all(stale, done=lambda job: print(f"ran {job.name}"))


def _weight(job: Job) -> int:
    """Guess which notebooks take longest: they begin first, so that none is waited for alone at the end."""
    return job.notebook.stat().st_size if job.notebook.is_file() else 0


def parameter_names(notebook: Path, shown: str) -> list[str]:
    """Names that a notebook's one ``parameters`` cell assigns.

    Raises
    ------
    NotebookError
        When there is no such cell, or more than one, or it holds more than names and their texts: what is
        computed from a parameter there would keep the value of its default.
    """
    cells = _load(notebook, shown)["cells"]
    tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise NotebookError(f"{shown}: {len(tagged)} cells tagged 'parameters'; expected exactly one")
    tree = ast.parse("".join(tagged[0]["source"]))
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)):
            raise NotebookError(
                f"{shown}: the parameters cell has {ast.unparse(node)!r}; expected nothing but lines such as "
                'name = "text", for the rest is not made anew when a run sets them; move it to the next cell'
            )
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return [ast.unparse(target) for target in targets]


def check_parameters(
    notebook: Path, shown: str, *, expected: Iterable[str] = ("params_file", "out_dir")
) -> None:
    """Refuse a notebook that does not take exactly the parameters that a run gives."""
    names, wanted = parameter_names(notebook, shown), [*expected]
    if sorted(names) != sorted(wanted):
        raise NotebookError(f"{shown}: parameters are {', '.join(names)}; expected {' and '.join(wanted)}")


def _require_watched(notebook: Path, shown: str) -> None:
    """Refuse cells that can fail unseen."""
    for cell in _load(notebook, shown)["cells"]:
        if cell["cell_type"] == "code":
            for told in rules.unseen_failures("".join(cell["source"])):
                raise NotebookError(f"{shown}, cell {executed.named(cell)}: {told}")


def settled(path: Path) -> str:
    """Return an executed notebook without what differs from run to run: clock, addresses, a run's ids."""
    import nbformat

    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    book["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(book["cells"]):
        _settle_cell(cell, number)
    return str(nbformat.writes(book)) + "\n"  # type: ignore[no-untyped-call]


def _settle_cell(cell: NotebookNode, number: int) -> None:
    tags = cell["metadata"].get("tags", [])
    cell["metadata"] = {"tags": tags} if tags else {}
    if "injected-parameters" in tags:
        cell["id"] = f"injected-parameters-{number}"
    outputs = [o for o in cell.get("outputs", []) if o.get("name") != "stderr"]
    for output in outputs:
        output.get("metadata", {}).clear()
        if "text" in output:
            output["text"] = _ADDRESS.sub("", output["text"])
    if cell["cell_type"] == "code":
        cell["outputs"] = outputs


def _execute(job: Job, half: Path) -> None:
    from papermill.exceptions import PapermillExecutionError

    from klimatlib.execution.kernels import execute

    shown = f"notebooks/{job.name}.ipynb"
    try:
        execute(job.notebook, half, job.parameters)
    except PapermillExecutionError as error:
        cell = executed.failed(_half_cells(half))
        raise NotebookError(f"{shown}, cell {cell}: {error.ename}: {first_line(error.evalue)}") from None
    except Exception as error:
        told = f"{type(error).__name__}: {first_line(str(error))}"
        hint = "; was memory short?" if "Kernel died" in told else ""
        begun = executed.last_begun(_half_cells(half))
        where = f", cell {begun}" if begun else ""
        raise NotebookError(f"{shown}{where}: {told}{hint}") from error


def _check_whole(half: Path, job: Job, shown: str) -> None:
    cells = [
        c for c in _load(half, shown)["cells"] if c["cell_type"] == "code" and "".join(c["source"]).strip()
    ]
    for cell in cells:
        if executed.has_error(cell) or not cell["execution_count"]:
            raise NotebookError(f"{shown}, cell {executed.named(cell)}: did not run to its end")
        if aside := executed.failed_aside(cell):
            raise NotebookError(f"{shown}, cell {executed.named(cell)}: what it began failed: {aside}")
    try:
        record = json.loads(job.record.read_bytes())
    except (OSError, ValueError):
        raise NotebookError(
            f"{shown}: the chapter was not closed; end the notebook with chapter.close()"
        ) from None
    if record["parameters"] != job.parameters:
        raise NotebookError(
            f"{shown}: ran with {record['parameters']}; a later cell overrides the parameters"
        )
    record.update(notebook=digest(job.notebook), foundation=foundation(job.root))
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_whole(job.record, text)


def _keep_failed(half: Path, job: Job) -> None:
    if half.is_file() and half.stat().st_size:
        shutil.copyfile(half, job.target.with_name(f"{job.name}.failed.ipynb"))


def _half_cells(half: Path) -> list[dict[str, Any]]:
    """Return the cells of a half-run notebook; none where not even that could be written."""
    try:
        cells: list[dict[str, Any]] = _load(half, half.name)["cells"]
    except InputError:
        return []
    return cells


def _load(path: Path, shown: str) -> dict[str, Any]:
    try:
        book: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError([Problem(shown, "", "missing; notebooks/report.yml names it")]) from None
    except ValueError as error:
        raise InputError([Problem(shown, "", f"not a notebook: {error}")]) from None
    return book
