"""End with the run what a cell moved out of its reach: a program in a session of its own.

The signal of `lifeline` reaches a process and its group. What a cell starts in another group is not among
them, and once its parent is gone nothing leads from the run to it; but it has the run's environment. So a
run has a guard: a process that waits until the run is gone, however it went, and kills what still bears the
run's mark. It is this file, run by itself, so that it starts in an instant and holds little memory.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

MARK = "KLIMATLIB_RUN"
GRACE_S, LONGEST_S, _POLL_S = 0.5, 5.0, 0.02
_HELPER = b"multiprocessing.resource_tracker"  # clears up after the run, and then ends by itself
_guards: dict[int, tuple[int, str]] = {}  # of this process, by its number: a fork is another


def mark() -> str:
    """Return the mark of this process's run, for the environment of what it starts, and see to its guard."""
    process = os.getpid()
    guard, name = _guards.get(process, (0, f"{process}-{time.time_ns()}"))
    if not guard or _has_ended(guard):
        _guards[process] = (_start(name), name)
    return name


def _has_ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:
        return True


def _start(name: str) -> int:
    held, _ours = os.pipe()  # ours stays open, and is closed by the system when this process is gone
    words = [sys.executable, "-I", "-S", __file__, name]
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    files = [(os.POSIX_SPAWN_DUP2, held, 0), *nowhere]
    try:
        return os.posix_spawn(sys.executable, words, os.environ, file_actions=files, setsid=True)
    finally:
        os.close(held)


def bearers(name: str) -> list[int]:
    """Return the processes that were started with a mark in their environment, and are no helpers (Linux)."""
    found, told = [], f"{MARK}={name}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            bears = told in (process / "environ").read_bytes().split(b"\0")
            if bears and _HELPER not in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found


def _watch(name: str) -> None:
    os.chdir("/")
    while os.read(0, 4096):
        pass
    began = time.monotonic()
    while (left := bearers(name)) and time.monotonic() < began + LONGEST_S:
        if time.monotonic() > began + GRACE_S:
            for process in left:
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGKILL)
        time.sleep(_POLL_S)


if __name__ == "__main__":
    _watch(sys.argv[1])
