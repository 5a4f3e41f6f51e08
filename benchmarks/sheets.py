"""Fact sheets against papermill's Python API, and how time and memory grow with their number.

The project holds figures of all municipalities.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil

BIN = Path(sys.executable).parent
SHEETS, BY_PAPERMILL = 52, 6
GROWTH = (72, 145, 290)
OURS = """
import sys
from pathlib import Path
from klimatlib.execution.processes import start_fork_server
start_fork_server()
from klimatlib.execution import notebooks
from klimatlib.execution.publishing import Job
root = Path(sys.argv[1])
jobs = []
for code in sys.argv[2:]:
    out = f"outputs/bench/{code}"
    target = root / out / "factsheet.ipynb"
    jobs.append(Job(root, "factsheet", "params/2023.yml", out, target, {"municipality": code}))
notebooks.run_all(jobs, done=lambda job: None)
"""
API = """
import sys
import papermill
root, codes = sys.argv[1], sys.argv[2:]
for code in codes:
    given = {"params_file": "params/2023.yml", "out_dir": f"outputs/by-hand/{code}", "municipality": code}
    papermill.execute_notebook(
        f"{root}/notebooks/factsheet.ipynb", f"{root}/{code}.ipynb", given, cwd=root, progress_bar=False
    )
"""


@contextmanager
def everyone() -> Iterator[tuple[Path, list[str]]]:
    """Give a project with figures for every municipality, and their codes."""
    from speed import project

    with project() as root:
        table = root / "data" / "statistics" / "municipalities.csv"
        with table.open(encoding="utf-8", newline="") as file:
            yield root, [row["municipality_code"] for row in csv.DictReader(file)]


def sheets(root: Path, codes: list[str]) -> tuple[float, float]:
    """Return the seconds that our sheets take, and the most memory of all processes together, in MB."""
    command = [str(BIN / "klimatlib"), "sheets", "2023", *codes]
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
        peak = watch(process)
        code = process.wait()
        took = time.perf_counter() - began
        log.seek(0)
        if code:
            sys.exit(log.read().decode())
    return took, peak()


def watch(process: subprocess.Popen[bytes]) -> Callable[[], float]:
    """Watch a process and all that it starts; the answer gives the most that they held together."""
    most = [0.0]

    def look() -> None:
        while process.poll() is None:
            try:
                family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
                held = sum(_held(one) for one in family)
                most[0] = max(most[0], held)
            except psutil.Error:
                pass
            time.sleep(0.2)

    threading.Thread(target=look, daemon=True).start()
    return lambda: most[0]


def _held(process: psutil.Process) -> float:
    """Return a process's share of memory in MB: what it shares with others counts in part."""
    try:
        return float(process.memory_full_info().pss) / 1e6
    except (psutil.Error, AttributeError):
        return 0.0


def notebooks_alone(program: str, root: Path, codes: list[str]) -> float:
    """Return the seconds that a program takes for the notebooks of some sheets, each."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, str(root), *codes], cwd=root, check=True, capture_output=True
    )
    return (time.perf_counter() - began) / len(codes)


def sheet_lines(rounds: int) -> Iterator[tuple[object, ...]]:
    """Measure the notebooks of sheets against papermill's Python API, seconds a sheet."""
    found = []
    for _ in range(rounds):
        with everyone() as (root, codes):
            ours = notebooks_alone(OURS, root, codes[:SHEETS])
            found.append((ours, notebooks_alone(API, root, codes[SHEETS : SHEETS + BY_PAPERMILL])))
    ours, other = (median(column) for column in zip(*found, strict=True))
    told = f"papermill's Python API (mean of {BY_PAPERMILL})"
    yield "c", f"the notebook of a fact sheet (mean of {SHEETS})", told, ours, other, 6


def growth_lines() -> Iterator[tuple[object, ...]]:
    """Measure how time and memory of whole sheets, PDF and HTML, grow with their number."""
    grown = []
    for number in GROWTH:
        with everyone() as (root, codes):
            grown.append((number, *sheets(root, codes[:number])))
    (few, took_few, memory_few), *_, (many, took_many, memory_many) = grown
    each, first = took_many / many, took_few / few
    yield "d", f"a fact sheet as PDF and HTML among {many}", f"among {few}", each, first, 1.1, True
    what = f"memory of all processes at {many} sheets, GB"
    yield "d", what, f"at {few}", memory_many / 1000, memory_few / 1000, many / few, True
