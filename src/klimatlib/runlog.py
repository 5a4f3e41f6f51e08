"""The log of an unattended run: one line a step, as text or JSON, to where the run is watched and to a file.

A line has the time (UTC), its level, its step and its words. The wall clock is for logs alone; no result
asks it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

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
