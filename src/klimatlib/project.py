"""Where the project is: the folder that holds ``params/`` and ``notebooks/``."""

from __future__ import annotations

import re
from pathlib import Path

from klimatlib.errors import UsageError

NAME = re.compile(r"[^\W_][\w@-]*(\.[\w@-]+)*")  # of a report, release or folder: one part of a path
_REQUIRED_FOLDERS = ("params", "notebooks")


def find_root(start: Path | None = None) -> Path:
    """Find the project's folder: the nearest one upwards that holds ``params/`` and ``notebooks/``."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if all((folder / name).is_dir() for name in _REQUIRED_FOLDERS):
            return folder
    raise UsageError(f"{here}: no folder params/ and notebooks/ here or above; go to the project's folder")
