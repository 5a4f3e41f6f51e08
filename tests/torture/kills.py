"""Runs that are killed at any instant: what is published then, and whether the next run finds its way."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nbformat

from torture import world
from torture.promise import Effort, Found

# Who is hit by what: the whole session as when a machine goes down, or the command alone.
WAYS = [
    (signal.SIGKILL, True),
    (signal.SIGKILL, False),
    (signal.SIGTERM, False),
    (signal.SIGKILL, True),
    (signal.SIGINT, True),
]
TEXTS = ("", "\nOch så en mening till.\n")


@dataclass
class Kills:
    """What became of runs that were killed, and of the runs after them."""

    ends: Counter[str] = field(default_factory=Counter)
    torn: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    next_runs: int = 0


def published(effort: Effort) -> Found:
    """Kill runs at random instants; the published folder is wholly old or wholly new."""
    kills = campaign(effort.whole)
    told = ", ".join(f"{count} {what}" for what, count in sorted(kills.ends.items()))
    return Found(sum(kills.ends.values()), kills.torn, "kills", told)


def next_run(effort: Effort) -> Found:
    """The run after each kill."""
    kills = campaign(effort.whole)
    return Found(kills.next_runs, kills.stuck, "next runs", "each the same bytes as where nothing was killed")


@cache
def campaign(whole: bool) -> Kills:
    """Kill runs, and let the next one go to its end; both promises look at the same runs.

    Between runs a text changes to and fro: what is published is always one of two whole reports.
    """
    kills, chance = Kills(), random.Random(1)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        root = world.again(Path(folder) / "värld")
        text = root / "data" / "tiny" / "texts" / "members.md"
        plain = text.read_text(encoding="utf-8")
        reports, longest = [], 0.0
        for extra in TEXTS:
            text.write_text(plain + extra, encoding="utf-8")
            done = world.run(world.REPORT, root)
            reports.append(world.hashes(root / "outputs" / "tiny"))
            longest = done.seconds
        for number in range(200 if whole else 6):
            text.write_text(plain + TEXTS[number % 2], encoding="utf-8")
            old, new = reports[1 - number % 2], reports[number % 2]
            command = [*world.REPORT, *(["--fresh"] if number % 10 == 5 else [])]
            at = chance.uniform(0, longest)
            _kill(kills, root, command, at, WAYS[number % len(WAYS)], (old, new), f"kill {number}")
            began = time.monotonic()
            _go_on(kills, root, new, f"after kill {number}")
            longest = 0.8 * longest + 0.2 * max(longest / 2, time.monotonic() - began)
    return kills


def _kill(
    kills: Kills,
    root: Path,
    command: list[str],
    at: float,
    way: tuple[signal.Signals, bool],
    reports: tuple[world.Hashes, world.Hashes],
    name: str,
) -> None:
    (number, everybody), mark = way, f"mark-{name}-{os.getpid()}"
    process = world.start(command, root, TORTURE=mark)
    try:
        process.wait(timeout=at)
        kills.ends["after the end"] += 1
    except subprocess.TimeoutExpired:
        (os.killpg if everybody else os.kill)(process.pid, number)
        process.wait(timeout=60)
        there = world.hashes(root / "outputs" / "tiny")
        kills.ends["old" if there == reports[0] else "new" if there == reports[1] else "neither"] += 1
    how = f"{name}, {number.name} after {at:.2f} s"
    if wrong := world.fault(root / "outputs" / "tiny", *reports):
        kills.torn.append(f"{how}: {wrong}")
    if left := world.gone(mark):
        kills.torn.append(f"{how}: {len(left)} processes were alive after 5 s")


def _go_on(kills: Kills, root: Path, new: world.Hashes, name: str) -> None:
    kills.next_runs += 1
    done = world.run(world.REPORT, root)
    wrong = world.fault(root / "outputs" / "tiny", new)
    if done.code or wrong or (left := world.litter(root)):
        kills.stuck.append(f"{name}: exit {done.code}, {wrong or f'left {left}'}: {done.told[-300:]}")


def plain(effort: Effort) -> Found:
    """Kill papermill at random instants, with an older output in place."""
    chance = random.Random(1)
    notebook, out, failures = effort.where / "in.ipynb", effort.where / "out.ipynb", []
    _write_notebook(notebook, cells=20)
    command = [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar", "-p", "year"]
    old_done = world.run([*command, "2023"], effort.where)
    old = out.read_bytes()
    for number in range(effort.count(30, 3)):
        out.write_bytes(old)
        process = world.start([*command, "2024"], effort.where)
        try:
            process.wait(timeout=chance.uniform(0, old_done.seconds))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if out.read_bytes() != old and not _is_complete(out):
            failures.append(f"kill {number}: {out.stat().st_size} bytes, neither old nor complete")
    return Found(effort.count(30, 3), failures, "kills", "papermill's output a plausible half")


def _write_notebook(path: Path, *, cells: int) -> None:
    book = nbformat.v4.new_notebook()
    book.cells.append(nbformat.v4.new_code_cell("year = 2022", metadata={"tags": ["parameters"]}))
    sources = itertools.repeat("import time; time.sleep(0.1); print(year)", cells)
    book.cells += [nbformat.v4.new_code_cell(source) for source in sources]
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(book, path)


def _is_complete(path: Path) -> bool:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except ValueError:
        return False
    return all(cell["execution_count"] for cell in cells if cell["cell_type"] == "code")
