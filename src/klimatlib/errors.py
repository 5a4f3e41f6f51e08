"""What can go wrong, one exception class per kind.

A message says file, place, what was found, what was expected and what to do. The command line prints it
without a traceback and ends with the class's exit code: 1 failed, 2 wrong use or bad input, 75 another run
is going on.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import io
import json
import os
import re
import shlex
import shutil
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar, Literal

# --- klimatlib.errors: The English of what is counted and listed in messages.


def counted(count: int, what: str) -> str:
    """Return ``no files``, ``1 file``, ``2 files``."""
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def cut(lines: Sequence[str], most: int, *, indent: str = "") -> list[str]:
    """Return the first lines, indented, and how many more there are."""
    hidden = len(lines) - most
    return [f"{indent}{line}" for line in [*lines[:most], *([f"and {hidden} more"] if hidden > 0 else [])]]


# --- klimatlib.errors: What can go wrong, one exception class per kind.

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


_ANSWERS = re.compile(r"answers_.*\.(csv|xlsx)")  # names of files of members' answers
_answers_were_read: list[bool] = []
_marks: list[Path] = []


def watch_for_answers(mark: Path | None = None) -> None:
    """Notice from here on when this process opens members' answers: no message of its errors is then told.

    Parameters
    ----------
    mark
        A file to make when it happens, for the process that watches this one.
    """

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event != "open" or _answers_were_read or not isinstance(args[0], str | bytes | os.PathLike):
            return
        name = os.path.basename(os.fsdecode(args[0]))  # noqa: PTH119  (an odd path is no reason to fail)
        if _ANSWERS.fullmatch(name):
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
    parts = traceback.format_exception(error)
    if not has_read_answers():
        return "".join(parts)
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__name__}: {HIDDEN}\n"


HIDDEN = "its message is not told, because members' answers were read"


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


# --- klimatlib.errors: What does not stop a run but must be known, in the words of


class Warned(str):
    """A warning: in English, as the terminal tells it; `swedish` is what the reviewers' pages say."""

    swedish: str

    def __new__(cls, english: str, swedish: str) -> Warned:
        """Take the same warning in both languages."""
        told = super().__new__(cls, english)
        told.swedish = swedish
        return told

    def __reduce__(self) -> tuple[type[Warned], tuple[str, str]]:
        """Let a warning be copied and pickled, as nbconvert does with all that a page is given."""
        return Warned, (str(self), self.swedish)


# --- klimatlib.errors: The log of an unattended run: one line a step, as text or JS

Level = Literal["info", "warning", "error"]
Style = Literal["text", "json"]

_WARNING = "warning: "
_PRIORITIES: Mapping[Level, str] = {"error": "<3>", "warning": "<4>", "info": "<6>"}  # sd-daemon(3)
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}


class Step(str):
    """A progress line that knows its step; to whatever only prints it, it is the line.

    Parameters
    ----------
    name
        The step, one word.
    text
        The line; ``warning: `` before it makes it a warning.
    facts
        What a machine may want to read from it, by name.
    """

    __slots__ = ("facts", "name")
    name: str
    facts: Mapping[str, Any]

    def __new__(cls, name: str, text: str, **facts: Any) -> Step:
        """Make the line."""
        line = super().__new__(cls, text)
        line.name, line.facts = name, facts
        return line


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    time: str
    level: Level
    step: str
    message: str
    seconds: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the line for a person."""
        return f"{self.time} {self.level:<7} {self.step:<13} {self.message}"

    def json(self, common: Mapping[str, Any]) -> str:
        """Return the line for a machine."""
        known = {"time": self.time, "level": self.level, "step": self.step, "message": self.message}
        return json.dumps({**known, **common, "seconds": self.seconds, **self.facts}, ensure_ascii=False)


@dataclass(frozen=True)
class _Sink:
    name: str
    raw: io.RawIOBase
    priorities: bool = False


class RunLog:
    """Writes each line at once to every sink; one that can no longer be written is let go, and that is said.

    Parameters
    ----------
    style
        ``text`` or ``json``.
    common
        What every JSON line carries: the report, the run.
    """

    def __init__(self, style: Style, common: Mapping[str, Any]) -> None:
        self.entries: list[Entry] = []
        self.common = common
        self._style, self._began = style, time.monotonic()
        self._sinks = [_Sink("standard output", io.FileIO(1, "w", closefd=False), _is_journal(1))]

    @contextlib.contextmanager
    def also(self, path: Path, shown: str) -> Iterator[None]:
        """Write to a file too, anew."""
        with path.open("wb", buffering=0) as raw:
            sink = _Sink(shown, raw)
            self._sinks.append(sink)
            try:
                yield
            finally:
                self._sinks = [other for other in self._sinks if other is not sink]

    def say(self, line: str) -> None:
        """Log a progress line; its step and level are those that it tells."""
        step, facts = (line.name, line.facts) if isinstance(line, Step) else ("run", {})
        level: Level = "warning" if line.startswith(_WARNING) else "info"
        self.write(level, step, str(line).removeprefix(_WARNING), **facts)

    def write(self, level: Level, step: str, message: str, **facts: Any) -> None:
        """Log a message; one of several lines becomes several entries."""
        for line in message.splitlines():
            told = line.rstrip().translate(_CONTROL)
            entry = Entry(stamp(now()), level, step, told, self.seconds(), facts)
            self.entries.append(entry)
            self._put(entry)

    def seconds(self) -> float:
        """Return how long the run has lasted."""
        return round(time.monotonic() - self._began, 1)

    def _put(self, entry: Entry) -> None:
        line = entry.text() if self._style == "text" else entry.json(self.common)
        lost = [sink for sink in self._sinks if not _written(sink, entry.level, line)]
        self._sinks = [sink for sink in self._sinks if sink not in lost]
        for sink in lost:
            self.write("warning", "log", f"{sink.name} can no longer be written; the run goes on")


def now() -> dt.datetime:
    """Return the wall clock's time."""
    return dt.datetime.now(dt.UTC)


def stamp(time: dt.datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def command() -> str:
    """Return the command that this process was started with, as one would type it."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def _written(sink: _Sink, level: Level, line: str) -> bool:
    before = _PRIORITIES[level] if sink.priorities else ""
    try:
        sink.raw.write(f"{before}{line}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        return False
    return True


def _is_journal(descriptor: int) -> bool:
    """Whether systemd's journal reads there: it takes a priority before each line, and strips it."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
