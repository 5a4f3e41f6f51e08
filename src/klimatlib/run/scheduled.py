"""A run that nobody watches: for cron, systemd and CI.

It asks nothing, needs no terminal, no home and no environment; it logs a line a step, refuses at once
where another run is going on, stops on a signal with nothing left running, and leaves a summary.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.util import get_temp_dir
from pathlib import Path
from types import FrameType
from typing import Any, Literal, NoReturn

from klimatlib.errors import (
    HIDDEN,
    KlimatlibError,
    Level,
    Message,
    command,
    counted,
    cut,
    has_read_answers,
    in_words,
    logger,
    now,
    stamp,
    unexpected,
)
from klimatlib.execution.processes import adopt_orphans, end_process_tree
from klimatlib.execution.publishing import locked
from klimatlib.files import find_root, write_whole

Style = Literal["text", "json"]
_PRIORITIES: Mapping[Level, str] = {"error": "<3>", "warning": "<4>", "info": "<6>"}  # sd-daemon(3)
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}


@dataclass(frozen=True)
class Entry:
    """One line of the log; ``seconds`` since the run began."""

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
        own = {"time": self.time, "level": self.level, "step": self.step, "message": self.message}
        return json.dumps({**own, **common, "seconds": self.seconds, **self.facts}, ensure_ascii=False)


@dataclass(frozen=True)
class _Sink:
    name: str
    raw: io.RawIOBase
    priorities: bool = False


class RunLog(logging.Handler):
    """Writes each message at once to every sink; one that can no longer be written is let go, with a warning.

    Parameters
    ----------
    style
        ``text`` or ``json``.
    common
        What every JSON line carries: the report, the run.
    """

    def __init__(self, style: Style, common: Mapping[str, Any]) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self.common = common
        self._style, self._began = style, time.monotonic()
        self._sinks = [_Sink("standard output", io.FileIO(1, "w", closefd=False), _is_journal(1))]

    @contextlib.contextmanager
    def also(self, path: Path, display_path: str) -> Iterator[None]:
        """Write to a file too, anew, and take the messages of the work in hand."""
        with path.open("wb", buffering=0) as raw:
            sink = _Sink(display_path, raw)
            self._sinks.append(sink)
            logger.addHandler(self)
            logger.setLevel(logging.INFO)
            try:
                yield
            finally:
                logger.removeHandler(self)
                self._sinks = [other for other in self._sinks if other is not sink]

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message of the library; its step and facts are those that it carries."""
        message = getattr(record, "said", None) or Message("run", record.getMessage())
        self.write(message.level, message.step, message.english, **message.facts)

    def write(self, level: Level, step: str, message: str, **facts: Any) -> None:
        """Write a message; one of several lines becomes several entries."""
        for line in message.splitlines():
            text = line.rstrip().translate(_CONTROL)
            entry = Entry(stamp(now()), level, step, text, self.seconds(), facts)
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
        status = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


Outcome = Literal["running", "done", "failed", "stopped"]
_MOST = 30


@dataclass(frozen=True)
class Ending:
    """How a run ended: its outcome, its exit code, and why where it is not done."""

    outcome: Outcome
    exit_code: int | None
    reason: str = ""


@dataclass(frozen=True)
class Summary:
    """A run in short.

    Attributes
    ----------
    report, run, command, host, pid
        What ran, where.
    started, ended, seconds
        ISO 8601 in UTC; ``ended`` is null while it runs.
    outcome, exit_code, reason
        How it ended; ``running`` with a dead ``pid`` means that it was killed.
    folder, changed
        What the run is for, and which of its files are other than before: empty when nothing changed.
    warnings, steps
        What was said, step by step.
    facts
        Numbers that the steps told, such as ``claims``; the commit, the renderer.
    log
        The file with every line.
    """

    report: str
    run: str
    command: str
    host: str
    pid: int
    started: str
    folder: str
    log: str
    ended: str | None = None
    seconds: float = 0
    outcome: Outcome = "running"
    exit_code: int | None = None
    reason: str = ""
    changed: Sequence[str] = ()
    warnings: Sequence[str] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def write(self, stem: Path) -> None:
        """Write ``<stem>.json`` and ``<stem>.txt``, each whole."""
        values = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        write_whole(stem.with_name(f"{stem.name}.json"), values + "\n")
        write_whole(stem.with_name(f"{stem.name}.txt"), letter(self))


def steps(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return what was said on each step, without warnings and errors."""
    return [
        {"step": entry.step, "seconds": entry.seconds, "message": entry.message}
        for entry in entries
        if entry.level == "info"
    ]


def letter(summary: Summary) -> str:
    """Write what a person must know: how it ended, what came out, what to do. The first line is a subject."""
    parts = [[f"klimatlib {summary.report}: {summary.outcome}", _when(summary)]]
    if summary.reason:
        parts.append(["Why", *_indented(summary.reason.splitlines())])
    if summary.ended:
        parts.append(_came_out(summary))
    if summary.warnings:
        parts.append([counted(len(summary.warnings), "warning"), *_indented(summary.warnings)])
    parts.append(["What to do", *_indented(_advice(summary))])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _when(summary: Summary) -> str:
    if not summary.ended:
        return f"Since {summary.started} on {summary.host}, pid {summary.pid}"
    times = f"{summary.started} to {summary.ended} ({summary.seconds:.0f} s)"
    return f"{times} on {summary.host}, exit code {summary.exit_code}"


def _came_out(summary: Summary) -> list[str]:
    if not summary.changed:
        return [f"{summary.folder}/ is as it was: nothing changed"]
    claims = f", {summary.facts['claims']} claims" if "claims" in summary.facts else ""
    return [f"{summary.folder}/ is new{claims}; changed are", *_indented(summary.changed)]


def _advice(summary: Summary) -> list[str]:
    look = f"every line is in {summary.log}"
    if summary.outcome == "running":
        return ["Wait; if no such process is alive, it was killed: nothing was published, start it again."]
    if summary.outcome == "stopped":
        return [f"Nothing of it is left running. Start it again: {summary.command}"]
    if summary.outcome == "failed":
        mend = "Mend what is named above" if summary.exit_code == 2 else "Look into what is named above"
        return [f"{mend}; {look}.", f"Then start it again: {summary.command}"]
    if not summary.changed:
        return ["Nothing: the inputs gave the same as before."]
    return [f"Look at {summary.folder}/ and at the warnings; {look}."]


def _indented(lines: Sequence[str]) -> list[str]:
    return cut(lines, _MOST, indent="  ")


@dataclass(frozen=True)
class Job:
    """What is to be done unattended.

    Attributes
    ----------
    name
        What it is called in logs and in the names of its files, such as ``2024`` or ``fetch-2024``.
    folder
        The folder that it is for, relative to the project.
    work
        Does it.
    lock
        The lock file that `work` itself takes, relative to the project, to be refused before anything
        is read.
    """

    name: str
    folder: str
    work: Callable[[], object]
    lock: str = ""


class Stopped(BaseException):
    """A signal asked the run to end; no handler of errors takes it for one."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.exit_code = 128 + number


def run_unattended(job: Job, *, style: Style) -> int:
    """Do a job and return its exit code.

    0 done, 1 failed, 2 wrong use or bad input, 75 another run is going on, 128 + n stopped by signal n.
    """
    log = RunLog(style, {"report": job.name, "run": f"{now():%Y%m%dT%H%M%SZ}-{os.getpid()}"})
    started = stamp(now())
    try:
        root = find_root()
        with _alone(root, job):
            return _do(job, root, log, started)
    except (KlimatlibError, OSError) as error:
        ending = _failed(error)
        log.write(
            "error", "end", f"not run, exit {ending.exit_code}: {ending.reason}", exit_code=ending.exit_code
        )
        return ending.exit_code or 1


@contextlib.contextmanager
def _alone(root: Path, job: Job) -> Iterator[None]:
    """Hold the job; refuse at once where it is held already, by a scheduled run or by a person's."""
    with locked(root / "outputs" / f".lock-scheduled-{job.name}"):
        if job.lock:
            with locked(root / job.lock):
                pass
        yield


def _do(job: Job, root: Path, log: RunLog, started: str) -> int:
    stem = root / "outputs" / f"last-run-{job.name}"
    shown = f"outputs/{stem.name}"
    summary = Summary(
        report=job.name,
        run=log.common["run"],
        command=command(),
        host=socket.gethostname(),
        pid=os.getpid(),
        started=started,
        folder=job.folder,
        log=f"{shown}.log",
    )
    before = _digests(root / job.folder)
    with log.also(stem.with_name(f"{stem.name}.log"), summary.log):
        summary.write(stem)
        log.write("info", "start", f"{summary.command}, pid {summary.pid}, in {root}")
        ending = _attempt(job, log)
        after = _digests(root / job.folder)
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        summary = _ended(summary, ending, changed, log)
        _leave(summary, stem, log)
        _close(summary, f"{shown}.txt", log)
    return ending.exit_code or 0


def _attempt(job: Job, log: RunLog) -> Ending:
    """Do the work, and tell how it ended, whatever happens."""
    asked: list[Stopped] = []
    try:
        with _workshop(), _stoppable(asked):
            job.work()
    except Stopped as stop:
        return Ending("stopped", stop.exit_code, str(stop))
    except Exception as error:
        if asked:  # what was being waited for had just been ended
            return Ending("stopped", asked[0].exit_code, str(asked[0]))
        if not isinstance(error, KlimatlibError | OSError):
            log.write("error", "traceback", unexpected(error))
        return _failed(error)
    return Ending("done", 0)


def _failed(error: Exception) -> Ending:
    if isinstance(error, KlimatlibError):
        return Ending("failed", error.exit_code, in_words(error))
    if isinstance(error, OSError):
        return Ending("failed", 1, in_words(error))
    return Ending("failed", 1, f"{type(error).__name__}: {HIDDEN if has_read_answers() else error}")


def _ended(summary: Summary, ending: Ending, changed: list[str], log: RunLog) -> Summary:
    facts = {name: value for entry in log.entries for name, value in entry.facts.items()}
    return replace(
        summary,
        ended=stamp(now()),
        seconds=log.seconds(),
        **asdict(ending),
        changed=changed,
        warnings=[entry.message for entry in log.entries if entry.level == "warning"],
        steps=steps(log.entries),
        facts=facts,
    )


def _leave(summary: Summary, stem: Path, log: RunLog) -> None:
    """Write the summary; a full disk must not hide how the run ended."""
    try:
        summary.write(stem)
    except OSError as error:
        log.write("error", "summary", f"cannot be written: {error.strerror}")


def _close(summary: Summary, letter: str, log: RunLog) -> None:
    """Write the last line: how it ended, and where to look."""
    what = f"{counted(len(summary.changed), 'file')} changed"
    reasons = summary.reason.splitlines()
    if len(reasons) > 1:
        log.write("error", "problem", summary.reason)
    why = f": {reasons[0]}" if reasons else ""
    log.write(
        "error" if reasons else "info",
        "end",
        f"{summary.outcome} after {summary.seconds:.0f} s, exit {summary.exit_code}{why}; "
        f"{summary.folder}: {what}; read {letter}",
        outcome=summary.outcome,
        exit_code=summary.exit_code,
    )


@contextlib.contextmanager
def _stoppable(asked: list[Stopped]) -> Iterator[None]:
    """End all that was started when a signal asks for it, and raise `Stopped`; later signals are ignored."""
    names = [name for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    before = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) != signal.SIG_IGN}

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        asked.append(Stopped(number))
        end_process_tree()
        raise asked[0]

    adopt_orphans()
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        end_process_tree()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _workshop() -> Iterator[None]:
    """Give a folder for temporary files that is gone afterwards, and a home in it to who has none."""
    get_temp_dir()  # multiprocessing's own, which it takes away itself, and later
    with tempfile.TemporaryDirectory(prefix="klimatlib-run-", ignore_cleanup_errors=True) as name:
        settings = {"TMPDIR": name, **({} if _has_home() else {"HOME": name})}
        before = {key: os.environ.get(key) for key in settings}
        os.environ.update(settings)
        tempfile.tempdir = None
        try:
            yield
        finally:
            for key, value in before.items():
                if value is None:
                    del os.environ[key]
                else:
                    os.environ[key] = value
            tempfile.tempdir = None


def _has_home() -> bool:
    home = os.environ.get("HOME", "")
    return Path(home).is_dir() and os.access(home, os.W_OK) if home else False


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
