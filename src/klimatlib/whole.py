"""Write a file whole or not at all: whoever reads it sees the old one or the new one, never a half."""

from __future__ import annotations

import os
from pathlib import Path

_OWNER = 0o700


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write text as UTF-8 beside the file and put it in its place in one step; line ends as they are.

    ``private``: only its owner may read it, whatever the umask says.
    """
    draft = path.with_name(f".{path.name}.part")
    if private:
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8", newline="")
    draft.replace(path)


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
