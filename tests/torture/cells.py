"""Cells that die, freeze, hang and leave others behind: no run waits for ever, nothing outlives a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path

import nbformat
from klimatlib.jobs import Job

from klimatlib.errors import KlimatlibError
from klimatlib.execution import kernels, notebooks
from klimatlib.execution.processes import workers
from torture import renderers, world
from torture.promise import Effort, Found

TIMEOUT_S = 2
ENDINGS = {  # a cell, and within how many seconds of it a run must end
    "dies by SIGKILL": ("import os; os.kill(os.getpid(), 9)", 5),
    "ends its process": ("import os; os._exit(3)", 5),
    "loops": ("while True: pass", TIMEOUT_S + 15),
    "sleeps": ("import time; time.sleep(600)", TIMEOUT_S + 15),
    "freezes": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", TIMEOUT_S + 15),
}
COMPANY = {
    "sleeps": "import time; {at}; time.sleep(600)",
    "holds the interpreter": "import re; {at}; re.match(r'(a+)+$', 'a' * 60 + 'b')",
    "waits for a program": "import subprocess; {at}; subprocess.run(['sleep', '600'], check=True)",
    "has children": (
        "import multiprocessing as mp, time\n"
        "p = mp.get_context('fork').Process(target=time.sleep, args=(600,))\n"
        "p.start(); {at}; p.join()"
    ),
}
RENDERER = "a renderer that hangs and hears no SIGTERM"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def write_notebook(path: Path, *cells: str, parameters: str = "", tags: Sequence[str] = ()) -> Path:
    """Write a notebook of a parameters cell and code cells; ``tags`` are those of the second."""
    book = nbformat.v4.new_notebook()
    if parameters:
        book.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    book.cells += [nbformat.v4.new_code_cell(source) for source in cells]
    if tags:
        book.cells[1].metadata["tags"] = [*tags]
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)
    return path


def ended(effort: Effort) -> Found:
    """Let kernels die and hang, forked ones and ordinary ones: the run ends in time and names the cell."""
    times = effort.count(4, 1)
    cases = [(ending, number) for ending in ENDINGS for number in range(times)]
    failures: list[str] = []
    slowest: dict[str, float] = {}
    context = get_context("spawn")
    with workers(2) as forked, ProcessPoolExecutor(2, mp_context=context) as ordinary:
        for kind, pool in (("forked", forked), ("ordinary", ordinary)):
            folders = [(effort.where / kind / f"{number}-{ending}", ending) for ending, number in cases]
            for ending, seconds, wrong in pool.map(_ending, *zip(*folders, strict=True)):
                slowest[ending] = max(seconds, slowest.get(ending, 0))
                failures += [f"{kind} kernel, cell that {ending}: {wrong}"] if wrong else []
    told = ", ".join(f"{ending} {seconds:.1f} s" for ending, seconds in slowest.items())
    return Found(2 * len(cases), failures, "kernels", f"slowest: {told}; time limit of a cell {TIMEOUT_S} s")


def _ending(folder: Path, ending: str) -> tuple[str, float, str]:
    cell, seconds = ENDINGS[ending]
    kernels.CELL_TIMEOUT_S = TIMEOUT_S
    begun = "import pathlib; pathlib.Path('at').touch(); print('begun')"
    parameters = 'params_file = ""\nout_dir = ""'
    write_notebook(folder / "notebooks/a.ipynb", begun, cell, "print('never')", parameters=parameters)
    job = Job(folder, "a", "params/a.yml", "out", folder / "out" / "notebooks" / "a.ipynb")
    try:
        notebooks.run(job)
        told = "nothing was raised"
    except KlimatlibError as error:
        told = str(error)
    took = time.time() - (folder / "notebooks" / "at").stat().st_mtime
    half = job.target.with_name("a.failed.ipynb").read_text(encoding="utf-8")
    if "notebooks/a.ipynb, cell cell-2" not in told or "\n" in told:
        return ending, took, f"does not name the cell: {told}"
    if "begun\\n" not in half or '"never\\n"' in half or job.target.exists():
        return ending, took, "the half-run notebook is not what ran"
    slack = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    return ending, took, f"took {took:.1f} s" if took > seconds * slack else ""


def plain_ended(effort: Effort) -> Found:
    """The same cells in plain papermill, which is given twenty seconds."""
    failures, mark = [], f"mark-plain-{os.getpid()}"
    for ending, (cell, _) in ENDINGS.items():
        write_notebook(effort.where / "in.ipynb", cell)
        command = [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar"]
        done = world.run(command, effort.where, seconds=20, TORTURE=mark)
        world.gone(mark, within=0)  # the kernel outlives papermill
        failures += [f"{ending}: waited for still after 20 s"] if done.code == 124 else []
    return Found(len(ENDINGS), failures, "kernels", "its time limit is off unless one is asked for")


def outlived(effort: Effort) -> Found:
    """Stop the command alone while a cell is busy: five seconds later nothing of it is alive."""
    kinds = (*COMPANY, RENDERER)
    if effort.whole:
        cases = [(name, number, turn) for turn in range(8) for name in kinds for number in SIGNALS]
    else:
        cases = [(name, number, 0) for name, number in zip(kinds, cycle(SIGNALS), strict=False)]

    def stopped(case: tuple[str, signal.Signals, int]) -> str:
        name, number, turn = case
        folder = effort.where / f"{name}-{number.name}-{turn}"
        if name == RENDERER:
            return renderers.outlived(folder, number)
        return _stopped(world.project(folder), COMPANY[name], number)

    world.made()  # once, before there are threads
    with ThreadPoolExecutor(3) as threads:
        wrong = list(threads.map(stopped, cases))
    failures = [f"{case[0]}, {case[1].name}: {told}" for case, told in zip(cases, wrong, strict=True) if told]
    told = f"{len(COMPANY)} kinds of cells and a renderer, {len(SIGNALS)} signals"
    return Found(len(cases), failures, "stops", told)


def _stopped(root: Path, cell: str, number: signal.Signals) -> str:
    spoil(root, cell.format(at="open('at', 'w').close()"))
    mark = f"mark-{root.name}-{os.getpid()}"
    return _stop(world.start(world.REPORT, root, TORTURE=mark), root / "notebooks" / "at", mark, number)


def spoil(root: Path, source: str, *, name: str = "10_members", cell: int = 3) -> None:
    """Put something else into a cell of a world's notebook."""
    path = root / "notebooks" / f"{name}.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    book["cells"][cell]["source"] = source
    path.write_text(json.dumps(book), encoding="utf-8")


def _stop(process: subprocess.Popen[bytes], at: Path, mark: str, number: signal.Signals) -> str:
    deadline = time.monotonic() + 120
    while not at.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)  # for what the cell itself starts
    if begun := at.exists() and process.poll() is None:
        process.send_signal(number)
    left = world.gone(mark)
    process.wait(timeout=60)
    if not begun:
        return "the cell did not begin"
    return f"{len(left)} processes alive after 5 s" if left else ""


def plain_outlived(effort: Effort) -> Found:
    """The same with plain papermill, killed while the cell is busy."""
    failures = []
    cases = [(name, number) for name in COMPANY for number in SIGNALS]
    for name, number in cases:
        folder = effort.where / f"{name}-{number.name}"
        folder.mkdir()
        write_notebook(folder / "in.ipynb", COMPANY[name].format(at="open('at', 'w').close()"))
        mark = f"mark-plain-{name}-{number.name}-{os.getpid()}"
        command = [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar"]
        told = _stop(world.start(command, folder, TORTURE=mark), folder / "at", mark, number)
        failures += [f"{name}, {number.name}: {told}"] if told else []
    return Found(len(cases), failures, "stops")
