"""Publish a finished folder: one run at a time, and the old one until the new takes its place whole."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from klimatlib import runlog
from klimatlib.errors import LockedError
from klimatlib.whole import open_folder, own_folder

_RENAME_EXCHANGE, _AT_FDCWD = 2, -100


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file while a run lasts; the system frees it when its holder dies.

    Raises
    ------
    LockedError
        At once, when another process holds it; says which.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        if not _take(handle):
            handle.seek(0)
            holder = handle.read().strip() or "another process"
            raise LockedError(f"{path.name}: another run is going on ({holder}); wait for it")
        handle.truncate(0)
        since = runlog.stamp(runlog.now())
        handle.write(f"pid {os.getpid()} on {socket.gethostname()} since {since}: {runlog.command()}\n")
        handle.flush()
        yield


@contextmanager
def staging(folder: Path, published: Path) -> Iterator[Path]:
    """Give an empty folder to work in that only its owner may look into, and leave nothing of it behind.

    What a run that was cut off in the middle of `swap_in` left is put right first.
    """
    recover(published)
    shutil.rmtree(folder, ignore_errors=True)
    own_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def swap_in(finished: Path, published: Path) -> None:
    """Put a finished folder in the published one's place, in one step where the system can."""
    _sync(finished)
    open_folder(finished)
    if not published.exists():
        finished.rename(published)
    elif not _exchange(finished, published):
        old = _aside(published)
        published.rename(old)
        finished.rename(published)
        shutil.rmtree(old)


def recover(published: Path) -> None:
    """Put the published folder back where a swap in two steps was cut off between them."""
    old = _aside(published)
    if old.exists() and not published.exists():
        old.rename(published)
    shutil.rmtree(old, ignore_errors=True)


def _aside(published: Path) -> Path:
    return published.with_name(f".old-{published.name}")


def _take(handle: IO[str]) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders' names atomically (Linux ``renameat2``); False where that is not to be had."""
    if os.name == "nt":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    names = (os.fsencode(one), os.fsencode(other))
    return bool(rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as handle:
                os.fsync(handle.fileno())
