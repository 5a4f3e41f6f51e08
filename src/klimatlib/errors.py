"""What can go wrong, one exception class per kind, and what a run says of itself.

A message says file, place, what was found, what was expected and what to do. The command line prints it
without a traceback and ends with the class's exit code.
"""

from __future__ import annotations

import datetime as dt
import difflib
import errno
import logging
import os
import re
import shlex
import shutil
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar, Literal


def pluralise(count: int, what: str) -> str:
    """Return ``no files``, ``1 file``, ``2 files``; ``2 entries`` of ``entry``."""
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count or 'no'} {what if count == 1 else plural}"


def truncate(lines: Sequence[str], most: int, *, indent: str = "") -> list[str]:
    """Return the first lines, indented, and how many more there are."""
    hidden = len(lines) - most
    return [f"{indent}{line}" for line in [*lines[:most], *([f"and {hidden} more"] if hidden > 0 else [])]]


def few(names: Iterable[str], most: int) -> str:
    """Return the first names in a line, and how many more there are: ``Ale, Habo and 3 more``."""
    listed = [*names]
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def nearest(name: str, names: Iterable[str]) -> str:
    """Ask whether the most similar known name is meant; empty where none is similar."""
    near = difflib.get_close_matches(name, [*names], 1)
    return f"did you mean {near[0]!r}?" if near else ""


class KlimatlibError(Exception):
    """Anything that klimatlib stops for on purpose."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with an input: in which file, where in it, and what to do."""

    file: str  # as the user knows it, relative to the project
    where: str  # key, row, column, sheet or line; empty when the whole file is meant
    text: str  # what was expected, what was found, what to do

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


class InputError(KlimatlibError):
    """Parameters or data that cannot be used; carries every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=attrgetter("file")))
        lines: list[str] = []
        for file, group in groupby(self.problems, key=attrgetter("file")):
            of_file = [f"  {problem}" for problem in group]
            head = f"{file}: {len(of_file)} problems"
            lines += [head, *of_file] if of_file[1:] else [f"{file}: {of_file[0].strip()}"]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


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


_ANSWERS = re.compile(r"answers_.*\.(csv|xlsx)")  # names of files of members' answers
HIDDEN = "its message is not told, because members' answers were read"
_answers_were_read: list[bool] = []
_marks: list[Path] = []


def holds_answers(path: str) -> bool:
    """Whether a file holds members' answers, by its name."""
    return _ANSWERS.fullmatch(os.path.basename(path)) is not None  # noqa: PTH119  (an odd path is no error)


def watch_for_answers(mark: Path | None = None) -> None:
    """Notice from here on when this process opens members' answers: no message of its errors is then told.

    ``mark`` is a file to make when it happens, for the process that watches this one.
    """

    def hook(event: str, args: tuple[object, ...]) -> None:
        is_path = event == "open" and isinstance(args[0], str | bytes | os.PathLike)
        if is_path and not _answers_were_read and holds_answers(os.fsdecode(args[0])):  # type: ignore[arg-type]
            note_answers()

    _marks.extend([mark] if mark else [])
    sys.addaudithook(hook)


def note_answers() -> None:
    """Note that this process reads members' answers, whatever their file is called."""
    if not _answers_were_read:
        _answers_were_read.append(True)
        for mark in _marks:
            mark.touch()


def has_read_answers() -> bool:
    """Whether this process has read members' answers."""
    return bool(_answers_were_read)


def unexpected(error: BaseException) -> str:
    """Tell an error that nobody foresaw; where members' answers were opened, its kind and place alone."""
    if not has_read_answers():
        return "".join(traceback.format_exception(error))
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__name__}: {HIDDEN}\n"


def in_words(error: KlimatlibError | OSError) -> str:
    """Tell an error in one line, or one for each of its problems; of a full disk also what room is left."""
    notes = getattr(error, "__notes__", [])
    if isinstance(error, KlimatlibError):
        return "; ".join([str(error), *notes])
    if not error.strerror:
        return "; ".join([f"{type(error).__name__}: {error}", *notes])
    file = error.filename2 or error.filename  # of two files, the one that was written
    place = f"{file}: " if isinstance(file, str) else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) and not notes:
        notes = [room_at(Path(file) if isinstance(file, str) else Path())]
    few = error.errno in (errno.EMFILE, errno.ENFILE)
    advice = notes or [shortage() if few else "look at its rights and its disk, then start it again"]
    return f"{place}{error.strerror}; {'; '.join(advice)}"


_FEW_FILES = 256  # open at once; less is not enough for kernels side by side


def shortage() -> str:
    """Ask what was short when a process ended of itself: open files where few are allowed, else memory."""
    if sys.platform != "win32":
        import resource

        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= most < _FEW_FILES:
            return f"only {most} files may be open at once; raise it with: ulimit -n 1024"
    return "was memory short?"


def room_at(place: Path) -> str:
    """Tell what room is left where a file or folder is, or was to be."""
    folder = next(each for each in (place.absolute(), *place.absolute().parents) if each.is_dir())
    free = shutil.disk_usage(folder).free / 1024**2
    return f"{free:.1f} MB are free in {folder}; make room, then start it again"


Level = Literal["info", "warning", "error"]
logger = logging.getLogger("klimatlib")


@dataclass(frozen=True)
class Message:
    """What a run says: a progress line, a warning or an error."""

    step: str  # that says it, one word, such as ``inputs`` or ``render``
    english: str  # as the terminal and the log have it
    swedish: str = ""  # the same for the reviewers' pages; needed of warnings that they show
    level: Level = "info"
    facts: Mapping[str, Any] = field(default_factory=dict)  # for machines, by name, as {"claims": 386}

    def __str__(self) -> str:
        return f"warning: {self.english}" if self.level == "warning" else self.english

    def log(self) -> None:
        """Hand the message to the logger ``klimatlib``; its record carries it as ``record.said``."""
        logger.log(getattr(logging, self.level.upper()), "%s", self, extra={"said": self})


def progress(step: str, text: str, **facts: Any) -> None:
    """Log a progress line of a step, with facts for machines."""
    Message(step, text, facts=facts).log()


def warning(english: str, swedish: str = "", *, step: str = "inputs") -> Message:
    """Return a warning, as `Message` has it."""
    return Message(step, english, swedish, level="warning")


def now() -> dt.datetime:
    """Return the wall clock's time."""
    return dt.datetime.now(dt.UTC)


def stamp(time: dt.datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def command() -> str:
    """Return the command that this process was started with, as one would type it."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
