"""Leave no process behind: end everything that a run started, whatever it started in turn."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import time

import psutil

_SET_CHILD_SUBREAPER = 36  # prctl(2)
_GRACE_S, _POLL_S = 1.0, 0.02


def adopt_orphans() -> None:
    """Make processes whose parent dies this one's children, so that they are found (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants() -> None:
    """End all processes below this one: first kindly, and after a second those that are left."""
    deadline = time.monotonic() + _GRACE_S
    asked: set[psutil.Process] = set()
    while (alive := _alive()) and time.monotonic() < deadline:
        for process in {*alive} - asked:
            _tell(process, kindly=True)
        asked.update(alive)
        time.sleep(_POLL_S)
    deadline = time.monotonic() + _GRACE_S
    while (alive := _alive()) and time.monotonic() < deadline:
        for process in alive:
            _tell(process, kindly=False)
        time.sleep(_POLL_S)


def _alive() -> list[psutil.Process]:
    """Return what runs below this process, without the helper of `multiprocessing` that ends with it."""
    return [process for process in psutil.Process().children(recursive=True) if _counts(process)]


def _counts(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE and not any(
            "multiprocessing.resource_tracker" in word for word in process.cmdline()
        )
    return False


def _tell(process: psutil.Process, *, kindly: bool) -> None:
    with contextlib.suppress(psutil.Error):
        if kindly:
            process.terminate()
        else:
            process.kill()
