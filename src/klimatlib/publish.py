"""Publish a finished folder: one run at a time, and the old one until the new takes its place whole."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from klimatlib import errors as runlog
from klimatlib.errors import LockedError, room_at
from klimatlib.files import about, open_folder, own_folder

_RENAME_EXCHANGE, _AT_FDCWD = 2, -100
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}  # the last from old containers
_LITTLE = 16 * 1024**2  # bytes; a failed run that leaves less than this failed for want of room


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
        with about(path):
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
    if folder.exists():
        shutil.rmtree(folder)
    own_folder(folder)
    try:
        with about(folder):
            yield folder
    except Exception as error:
        # The folder itself may have become the published one by now.
        for place in {folder.parent, Path(tempfile.gettempdir())}:
            if shutil.disk_usage(place).free < _LITTLE:
                error.add_note(room_at(place))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_away(folder: Path, published: Path, lock: Path) -> None:
    """Take away what a run left that was cut off after its last step; not while another run goes on."""
    if folder.exists() or _aside(published).exists():
        with suppress(LockedError), locked(lock):
            recover(published)
            shutil.rmtree(folder, ignore_errors=True)


def swap_in(finished: Path, published: Path) -> None:
    """Put a finished folder in the published one's place, in one step where the system can.

    Every byte is on the disk before, so that the new name never stands for less after a power cut.

    Raises
    ------
    OSError
        What stands there is then the old folder; or the new one, when only the very last word that the
        disk has the change did not come.
    """
    _sync(finished)
    open_folder(finished)
    if not published.exists():
        finished.rename(published)
    elif not _exchange(finished, published):
        _step_aside(finished, published)
    _sync_names(published.parent)


def recover(published: Path) -> None:
    """Put the published folder back where a swap in two steps was cut off between them."""
    old = _aside(published)
    if old.exists() and not published.exists():
        old.rename(published)
    shutil.rmtree(old, ignore_errors=True)


def _step_aside(finished: Path, published: Path) -> None:
    old = _aside(published)
    published.rename(old)
    try:
        finished.rename(published)
    except OSError:
        old.rename(published)
        raise
    shutil.rmtree(old, ignore_errors=True)  # else `recover` does it


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
    except OSError as error:
        if error.errno not in {errno.EAGAIN, errno.EACCES, errno.EDEADLK}:
            raise
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
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    if (number := ctypes.get_errno()) in _NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def _sync(folder: Path) -> None:
    """Wait until a folder is on the disk: what its files hold, and their names."""
    paths = sorted(folder.rglob("*"))
    for path in paths:
        if path.is_file():
            with about(path), path.open("rb+") as handle:
                os.fsync(handle.fileno())
    for path in (folder, *paths):
        if path.is_dir():
            _sync_names(path)


def _sync_names(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can say so of a folder."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:
            error.filename = str(folder)
            raise
    finally:
        os.close(handle)
