"""What steps of earlier runs made, kept beside the published folders, and taken again while it still stands.

``outputs/.kept/<report>/<step>/`` holds a step's files and ``record.json``: what they rested on, and their
hashes, which are looked at again before they are used. Nothing here is needed; it can be deleted at any time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from klimatlib.files import own_folder, write_whole
from klimatlib.jobs import Record, digest, digest_or_absent, read_record

_RECORD = "record.json"


def keep(folder: Path, base: Path, files: Iterable[str], record: Record) -> None:
    """Keep files of a step with what they rested on, in place of what was kept of it before.

    Parameters
    ----------
    folder
        The step's folder.
    base, files
        Where the files stand, and their paths below that.
    record
        What they rest on, as `klimatlib.jobs.differences` reads it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    own_folder(folder)
    made = {}
    for name in sorted(files):
        _copy(base / name, folder / name)
        made[name] = digest(folder / name)
    text = json.dumps({**record, "made": made}, indent=1, sort_keys=True, ensure_ascii=False)
    write_whole(folder / _RECORD, text + "\n")  # last: files without it are nothing


def record_of(folder: Path) -> Record | None:
    """Return what a step's kept files rested on; None when there are none, or they are not as they were."""
    record = read_record(folder / _RECORD)
    if record is None or not isinstance(made := record.get("made"), dict):
        return None
    return record if all(digest_or_absent(folder / name) == known for name, known in made.items()) else None


def take(folder: Path, record: Record, base: Path) -> None:
    """Copy a step's kept files to where they are wanted."""
    for name in record["made"]:
        _copy(folder / name, base / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
