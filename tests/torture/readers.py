"""Two runs at once, and readers while a report is replaced."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from klimatlib import publish
from torture import world
from torture.cells import spoil, write_notebook
from torture.promise import Effort, Found, grouped

HELD = r"another run is going on \(pid (\d+) on \S+ since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: .+\); wait for it"


def kept_apart(effort: Effort) -> Found:
    """Start a second run beside a first, kill the first, start a third; read while reports are replaced."""
    failures = [told for _ in range(effort.count(10, 1)) if (told := _second_run(effort.where))]
    refusals = effort.count(10, 1)
    torn, reads, swaps = _reads(effort)
    told = (
        f"{refusals} second runs refused; {grouped(reads)} reads while {swaps} reports were replaced, "
        f"{len(torn)} torn"
    )
    return Found(refusals + reads, [*failures, *torn], "runs and reads", told)


def _second_run(where: Path) -> str:
    root = world.again(where / "värld")
    spoil(root, "import pathlib, time; pathlib.Path('at').touch(); time.sleep(600)")
    first = world.start(world.REPORT, root, into=where)
    deadline = time.monotonic() + 120
    while not (root / "notebooks" / "at").exists() and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    before = os.times()
    second = world.run([*world.REPORT, "--scheduled"], root)
    # What it took of the processor: on a machine with other work the wall clock tells of that.
    seconds = sum(os.times()[2:4]) - sum(before[2:4])
    (root / "notebooks" / "at").unlink(missing_ok=True)
    person = world.run(world.REPORT, root)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    with publish.locked(root / "outputs" / ".lock-tiny"):  # raises where the dead still hold it
        pass
    found = re.search(HELD, person.told)
    if second.code != 75 or person.code != 75 or not found or int(found[1]) != first.pid:
        return f"second run: {second.code}, {person.code}: {person.told}"
    return f"refused after {seconds:.1f} s of processor time" if seconds > 1 else ""


def _reads(effort: Effort) -> tuple[list[str], int, int]:
    """Read files of the published folder, each with the manifest before and after, while it is replaced."""
    root = world.again(effort.where / "läst")
    published = root / "outputs" / "tiny"
    told: list[str] = []
    count, done = [0], threading.Event()
    reader = threading.Thread(target=_read, args=(published, told, count, done))
    reader.start()
    swaps = 0
    try:
        for _ in range(effort.count(5, 1)):  # by the command
            assert world.run(world.REPORT, root).code == 0
            publish.swap_in(_older(published), published)
            swaps += 2
        other = _older(published)
        while count[0] < effort.count(30_000, 1_500):
            publish.swap_in(other, published)
            swaps += 1
    finally:
        done.set()
        reader.join()
    return told, count[0], swaps


def _older(published: Path) -> Path:
    """Put another whole report beside the published one."""
    other = published.with_name("other")
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(published, other)
    world.make_old(other)
    return other


def _read(published: Path, told: list[str], count: list[int], done: threading.Event) -> None:
    manifest = published / "manifest.json"
    names = sorted(json.loads(manifest.read_text(encoding="utf-8"))["outputs"])
    while not done.is_set():
        for name in names:
            try:
                before, content, after = (p.read_bytes() for p in (manifest, published / name, manifest))
                known = json.loads(before)["outputs"].get(name)
            except (OSError, ValueError) as error:
                told.append(f"{name}: {error}")
                continue
            count[0] += 1
            if before == after and hashlib.sha256(content).hexdigest() != known:
                told.append(f"{name}: not as its manifest says")


def plain(effort: Effort) -> Found:
    """Let two papermills write one output, while it is read."""
    notebook = write_notebook(
        effort.where / "in.ipynb", *["import time; time.sleep(0.1)"] * 20, parameters="year = 2022"
    )
    out, torn, reads = effort.where / "out.ipynb", 0, 0
    command = [sys.executable, "-m", "papermill", notebook.name, out.name, "--no-progress-bar", "-p", "year"]
    running = []
    for year in ("2023", "2024"):
        (effort.where / year).mkdir()
        running.append(world.start([*command, year], effort.where, into=effort.where / year))
    while any(process.poll() is None for process in running):
        if out.exists():
            reads += 1
            try:
                json.loads(out.read_bytes())
            except ValueError:
                torn += 1
        time.sleep(0.0005)
    lost = [] if any(process.returncode for process in running) else ["both ended with 0, one year is lost"]
    return Found(
        reads + 1, lost, "runs and reads", f"{torn} reads torn, two runs never refused", torn + len(lost)
    )
