"""What can go wrong, one exception class per kind.

A message says file, place, what was found, what was expected and what to do. The command line prints it
without a traceback and ends with the class's exit code: 1 failed, 2 wrong use or bad input, 75 another run
is going on.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import ClassVar

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class KlimatlibError(Exception):
    """Anything that klimatlib stops for on purpose."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with an input: in which file, where in it, and what to do.

    Parameters
    ----------
    file
        Path as the user knows it, relative to the project.
    where
        Key, row, column, sheet or line; empty when the whole file is meant.
    text
        What was expected, what was found, what to do.
    """

    file: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


class InputError(KlimatlibError):
    """Parameters or data that cannot be used; carries every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=lambda p: p.file))
        super().__init__(self._message())

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def _message(self) -> str:
        lines: list[str] = []
        for file, group in groupby(self.problems, key=lambda p: p.file):
            found = list(group)
            if len(found) == 1:
                lines.append(f"{file}: {found[0]}")
            else:
                lines.append(f"{file}: {len(found)} problems")
                lines.extend(f"  {problem}" for problem in found)
        return "\n".join(lines)


class UsageError(KlimatlibError):
    """The command was called in a way that cannot mean anything."""

    exit_code = 2


class ClaimError(KlimatlibError):
    """A number that may not be published: undefined, impossible, or recorded twice with two values."""


class NotebookError(KlimatlibError):
    """A notebook that did not run to its end, or breaks the rules for notebooks."""


class RenderError(KlimatlibError):
    """A renderer that is missing, too old, failed, hung or wrote nothing."""


class IntegrityError(KlimatlibError):
    """A published folder that is not as its manifest says, or that cannot be made again."""


class LockedError(KlimatlibError):
    """Another run holds the folder; the same command will do later."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h


class ClusterError(KlimatlibError):
    """A cluster that does not answer, is not fit for the work, or sent back something else."""


class FetchError(KlimatlibError):
    """The network or a publisher's server did not give a file."""


def in_words(error: KlimatlibError | OSError) -> str:
    """Tell an error in one line or, where it carries several problems, in one line each.

    An error of the operating system is told as file, what was found, what to do; of a full disk also
    what room is left.
    """
    notes = getattr(error, "__notes__", [])
    if isinstance(error, KlimatlibError):
        return "; ".join([str(error), *notes])
    if not error.strerror:
        return "; ".join([f"{type(error).__name__}: {error}", *notes])
    file = error.filename2 or error.filename  # of two files, the one that was written
    place = f"{file}: " if isinstance(file, str) else ""
    if error.errno in _NO_ROOM and not notes:
        notes = [room_at(Path(file) if isinstance(file, str) else Path())]
    advice = notes or ["look at its rights and its disk, then start it again"]
    return f"{place}{error.strerror}; {'; '.join(advice)}"


def room_at(place: Path) -> str:
    """Tell what room is left where a file or folder is, or was to be."""
    there = next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free / 1024**2
    return f"{free:.1f} MB are free in {there}; make room, then start it again"
