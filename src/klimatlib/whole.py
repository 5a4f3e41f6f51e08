"""Write a file whole or not at all: whoever reads it sees the old one or the new one, never a half."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OWNER = 0o700
_OF_DISKS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write text as UTF-8 beside the file and put it in its place in one step; line ends as they are.

    ``private``: only its owner may read it, whatever the umask says.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        with about(path):
            if private:
                draft.unlink(missing_ok=True)
                draft.touch(mode=0o600)
            draft.write_text(text, encoding="utf-8", newline="")
            draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Let an error of a disk name its file: writing and syncing tell of none."""
    try:
        yield
    except OSError as error:
        if error.errno in _OF_DISKS and error.filename is None:
            error.filename = str(path)
        raise


def own_folder(folder: Path) -> Path:
    """Make a folder, or one that is there, such that only its owner may look into it, whatever the umask."""
    folder.mkdir(mode=_OWNER, parents=True, exist_ok=True)
    folder.chmod(_OWNER)
    return folder


def open_folder(folder: Path) -> None:
    """Let those look into a folder whom the umask lets look into any new one."""
    mask = os.umask(0o077)
    os.umask(mask)
    folder.chmod(0o777 & ~mask)
