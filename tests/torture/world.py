"""A world to break: a small project, runs of the real command in it, and how to tell whole from broken."""

from __future__ import annotations

import atexit
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
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from conftest import copy_project

KLIMATLIB = str(Path(sys.executable).parent / "klimatlib")
REPORT = [KLIMATLIB, "report", "tiny", "--renderer", "embedded"]
LONGEST_S = 300
SPACE = ("unshare", "-rm")  # a name space for mounts, where one need not be root
if (
    signal.getsignal(signal.SIGINT) == signal.SIG_IGN
):  # a shell's job in the background: runs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)
Hashes = Mapping[str, str]


def project(target: Path, *, chapters: Sequence[str] = ("10_members",)) -> Path:
    """The tiny world, with few chapters; a run of one takes seconds."""
    root = copy_project(target, tiny=True)
    if chapters:
        listed = f"[{', '.join(chapters)}]"
        told = f"chapters: {listed}\nsummary: {chapters[-1]}\norder: {listed}\n"
        (root / "notebooks" / "report.yml").write_text(told, encoding="utf-8")
    return root


@cache
def made() -> tuple[Path, Hashes, Hashes]:
    """A world whose report was made, with another, older one in its place; its hashes, old and new.

    Look, do not touch: `again` gives a copy.
    """
    home = Path(mkdtemp(prefix="torture-made-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    root = project(home / "värld")
    done = run(REPORT, root)
    assert done.code == 0, done.told
    published = root / "outputs" / "tiny"
    new = hashes(published)
    make_old(published)
    return root, hashes(published), new


def make_old(published: Path) -> None:
    """Make a published report another one, as whole as it was."""
    page, manifest = published / "report.html", published / "manifest.json"
    page.write_bytes(page.read_bytes() + b"<!-- older -->\n")
    told = json.loads(manifest.read_text(encoding="utf-8"))
    told["outputs"]["report.html"] = hashlib.sha256(page.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told), encoding="utf-8")


def again(target: Path) -> Path:
    """Put a copy of the made world at ``target``, in place of what is there."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(made()[0], target)
    return target


def hashes(folder: Path) -> Hashes:
    """The hashes of all files below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def fault(published: Path, *allowed: Hashes) -> str:
    """Tell what is wrong with a published folder that must be one of these, whole; nothing if it is."""
    there = hashes(published)
    if there in allowed:
        return ""
    if not there:
        return "nothing is published"
    nearest = min(allowed, key=lambda one: len(differing(one, there)))
    return f"neither old nor new: {', '.join(differing(nearest, there)[:4])}"


def differing(one: Hashes, other: Hashes) -> list[str]:
    """The files that two folders do not share."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def litter(root: Path) -> list[str]:
    """What a run left that nobody asked for."""
    wanted = (".kept", ".lock-tiny", "tiny")
    found = [p.name for p in (root / "outputs").iterdir() if p.name not in wanted and p.name[:6] != "failed"]
    return sorted([*found, *(p.name for p in (root / "outputs").rglob("*.part"))])


@dataclass(frozen=True)
class Done:
    """How a command ended: exit code, what it said on the error stream, how long it took."""

    code: int
    told: str
    seconds: float

    @property
    def unclear(self) -> str:
        """What is wrong with what a failed command said; nothing where it is one clear line."""
        lines = self.told.strip().splitlines()
        if self.code not in (1, 2, 75):
            return f"ended with {self.code}: {self.told[-300:]}"
        if len(lines) != 1 or "Traceback" in self.told:
            return f"{len(lines)} lines: {self.told[-400:]!r}"
        return "" if len(lines[0]) < 600 else f"{len(lines[0])} characters: {lines[0][:100]}"


def start(
    command: Sequence[str], root: Path, *, into: Path | None = None, **environment: str
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; what it says goes to a file."""
    said = (into or root) / "said"
    with said.open("wb") as stream:
        return subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            start_new_session=True,
        )


def run(command: Sequence[str], root: Path, *, seconds: float = LONGEST_S, **environment: str) -> Done:
    """Run a command to its end; one that takes too long is ended and has the code of `timeout`."""
    began = time.monotonic()
    process = start(command, root, **environment)
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        code = 124
    told = (root / "said").read_text(encoding="utf-8", errors="replace")
    return Done(code, told, time.monotonic() - began)


def alive(mark: str) -> list[int]:
    """Processes whose command line or environment holds a mark."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
            if mark.encode() in told and state != "Z":
                found.append(int(process.name))
    return found


def gone(mark: str, *, within: float = 5) -> list[int]:
    """Processes with a mark that are alive still after so many seconds."""
    deadline = time.monotonic() + within
    while (left := alive(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for number in left:
        with suppress(OSError):
            os.kill(number, signal.SIGKILL)
    return left


def may(*words: str) -> bool:
    """Whether the system lets us do something, such as open a name space."""
    try:
        return subprocess.run(words, capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
