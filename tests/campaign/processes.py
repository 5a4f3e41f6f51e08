"""Runs of the real command in small worlds: how they end, what they leave, how to tell whole from broken."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil

from conftest import copy_project, few_chapters
from klimatlib.execution.publishing import digests

KLIMATLIB = [sys.executable, "-c", "from klimatlib.cli import main; main()"]
REPORT = [*KLIMATLIB, "report", "tiny", "--renderer", "embedded"]
STAND_IN = Path(__file__).parents[1] / "stand_in_quarto.py"
SPACE = ("unshare", "-rm")  # a name space for mounts, where one need not be root
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in a shell's background job: runs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Done:
    """How a command ended: exit code, what it said on the error stream, how long it took."""

    code: int
    said: str
    seconds: float

    @property
    def unclear(self) -> str:
        """What is wrong with what a failed command said; nothing where it is one clear line."""
        lines = self.said.strip().splitlines()
        if self.code not in (1, 2, 75) or len(lines) != 1 or "Traceback" in self.said or len(lines[0]) > 600:
            return f"ended with {self.code}, {len(lines)} lines: {self.said[-400:]!r}"
        return ""


def start(command: Sequence[str], root: Path, **environment: str) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; what it says goes to the file ``said``."""
    with (root / "said").open("wb") as stream:
        return subprocess.Popen(
            command, cwd=root, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=stream, start_new_session=True,
        )  # fmt: skip


def run(command: Sequence[str], root: Path, *, seconds: float = 300, **environment: str) -> Done:
    """Run a command to its end; one that takes too long is ended and has the code of `timeout`."""
    began = time.monotonic()
    process = start(command, root, **environment)
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        code = 124
    said = (root / "said").read_text(encoding="utf-8", errors="replace")
    return Done(code, said, time.monotonic() - began)


def wait_for(path: Path, process: subprocess.Popen[bytes], *, seconds: float = 120) -> bool:
    """Wait until a file is there; return whether it came while the process ran."""
    deadline = time.monotonic() + seconds
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return path.exists() and process.poll() is None


def left_behind(mark: str, *, within: float = 5) -> str:
    """Tell of processes, marked in their environment or command, that are still alive then; end them."""
    deadline, left = time.monotonic() + within, [psutil.Process()]
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        found = psutil.process_iter(["cmdline", "environ", "status"])
        left = [p for p in found if mark in f"{p.info}" and p.info["status"] != psutil.STATUS_ZOMBIE]
    for process in left:
        with suppress(psutil.Error):
            process.kill()
    names = "; ".join(" ".join(process.info["cmdline"] or ())[:80] for process in left)
    return f"{len(left)} processes alive after {within:.0f} s: {names}" if left else ""


def fault(published: Path, *allowed: Mapping[str, str]) -> str:
    """Tell what is wrong with a published folder that must be one of these, whole; nothing if it is."""
    there = digests(published)
    if there in allowed:
        return ""
    first = allowed[0]
    names = sorted(name for name in there.keys() | first.keys() if there.get(name) != first.get(name))
    return f"neither old nor new: {', '.join(names[:4])}" if there else "nothing is published"


def litter(root: Path) -> str:
    """Tell what a run left that nobody asked for."""
    wanted = (".kept", ".lock-tiny", "tiny")
    left = [p.name for p in (root / "outputs").iterdir() if p.name not in wanted and p.name[:6] != "failed"]
    parts = [p.name for p in (root / "outputs").rglob("*.part")]
    return f"left {', '.join([*left, *parts])}" if left or parts else ""


@dataclass(frozen=True)
class Small:
    """A small world: its folder (look, do not touch), its reports' hashes, and its run's time."""

    root: Path
    old: Mapping[str, str]
    new: Mapping[str, str]
    seconds: float

    @staticmethod
    def make(root: Path) -> None:
        """Make a world of one chapter, its report, and another, older report in that one's place."""
        done = run(REPORT, few_chapters(copy_project(root, tiny=True)))
        assert done.code == 0, done.said
        new = digests(root / "outputs" / "tiny")
        make_older(root / "outputs" / "tiny")
        root.with_suffix(".json").write_text(json.dumps([new, done.seconds]), encoding="utf-8")

    @classmethod
    def read(cls, root: Path) -> Small:
        """Return the world that was made at ``root``."""
        new, seconds = json.loads(root.with_suffix(".json").read_text(encoding="utf-8"))
        return cls(root, digests(root / "outputs" / "tiny"), new, seconds)

    def copy(self, target: Path, *, cell: str = "") -> Path:
        """Put a copy of the world at ``target``, in place of what is there, with another cell."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.root, target)
        if cell:
            path = target / "notebooks" / "10_members.ipynb"
            book = json.loads(path.read_text(encoding="utf-8"))
            book["cells"][3]["source"] = cell
            path.write_text(json.dumps(book), encoding="utf-8")
        return target


def make_older(published: Path) -> None:
    """Make a published report another one, as whole as it was."""
    page, build = published / "report.html", published / "build.json"
    page.write_bytes(page.read_bytes() + b"<!-- older -->\n")
    record = json.loads(build.read_text(encoding="utf-8"))
    record["outputs"]["report.html"] = hashlib.sha256(page.read_bytes()).hexdigest()
    build.write_text(json.dumps(record), encoding="utf-8")


def write_notebook(path: Path, *cells: str, report: int = 0) -> Path:
    """Write a notebook of code cells: its parameters first, and one that is for the report, if any."""
    book = nbformat.v4.new_notebook()
    for number, source in enumerate(cells):
        tags = ["parameters"] if not number else ["report"] if number == report else []
        book.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}, id=f"cell-{number}"))
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(book, path)
    return path


def put_quarto(folder: Path, mode: str) -> str:
    """Put a stand-in for Quarto into a folder, and return a PATH that finds it and little else."""
    folder.mkdir(parents=True)
    if mode != "missing":
        acts = shutil.copy(STAND_IN, folder)  # by whose place its processes are recognised
        (folder / "quarto").write_text(
            f'#!/bin/sh\nexec "{sys.executable}" "{acts}" {mode} "$@"\n', encoding="utf-8"
        )
        (folder / "quarto").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"
