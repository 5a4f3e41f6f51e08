"""Fact sheets against papermill's Python API, and how time and memory grow with their number.

The project holds figures of its members only; here every other municipality of the register has those of
one of them, in turn, a quarter of them, and the nation the sum of all, so that there are sheets for all and
the totals hold. What is measured does not depend on the figures.
"""

from __future__ import annotations

import csv
import operator
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from statistics import median

import psutil

from klimatlib.sources.tables import NATION, TOTAL

BIN = Path(sys.executable).parent
SHEETS, BY_PAPERMILL = 52, 6
GROWTH = (72, 145, 290)
SMALLER = 4  # how many times smaller than its model a municipality is, so that the nation stays possible
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
        statistics = root / "data" / "statistics"
        codes = [row["municipality_code"] for row in _rows(statistics / "municipalities.csv")]
        for name in ("emissions_2025.csv", "population.csv"):
            _for_all(statistics / name, codes)
        told = root / "params" / "sources.yml"  # the tables' checksums no longer hold
        told.write_text(re.sub(r"\n +sha256: \w+", "", told.read_text("utf-8")), encoding="utf-8")
        yield root, codes


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _for_all(path: Path, codes: list[str]) -> None:
    rows = _rows(path)
    columns = [*rows[0]]
    place, value = "municipality_code", columns[-1]
    smaller = operator.floordiv if value == "population" else operator.truediv  # people are whole
    of: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        of.setdefault(row[place], []).append(row)
    known = [code for code in of if code != NATION]
    models = [code if code in of else known[turn % len(known)] for turn, code in enumerate(codes)]
    made = [
        {
            **row,
            place: code,
            value: row[value] if code == model else str(smaller(Decimal(row[value]), SMALLER)),
        }
        for code, model in zip(codes, models, strict=True)
        for row in of[model]
    ]
    whole: dict[tuple[str, ...], Decimal] = {}
    for row in made:
        kind = tuple(row[column] for column in columns if column not in (place, value))
        whole[kind] = whole.get(kind, Decimal(0)) + Decimal(row[value])
    for year, sector in [
        kind for kind in whole if TOTAL in kind
    ]:  # each municipality's is rounded; 290 add up
        parts = [tonnes for kind, tonnes in whole.items() if kind[0] == year and kind[1] != sector]
        whole[year, sector] = sum(parts, Decimal(0)) or whole[year, sector]
    nation = [[NATION, *kind, total] for kind, total in whole.items()]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([columns, *nation, *([*row.values()] for row in made)])


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
