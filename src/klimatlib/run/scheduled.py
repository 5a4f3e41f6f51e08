"""A run that nobody watches: for cron, systemd and CI.

It asks nothing, needs no terminal, no home and no environment; it logs a line a step, refuses at once
where another run is going on, stops on a signal with nothing left running, and leaves a summary.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from textwrap import shorten
from types import FrameType
from typing import Any, Literal, NoReturn

from klimatlib import errors
from klimatlib.errors import KlimatlibError, Level, Message, few, in_words, now, pluralise, stamp, truncate
from klimatlib.execution.processes import adopt_orphans, end_process_tree
from klimatlib.execution.publishing import digests, locked, read_record
from klimatlib.files import atomic_write, find_root

Style = Literal["text", "json"]
_PRIORITIES: Mapping[Level, str] = {"error": "<3>", "warning": "<4>", "info": "<6>"}  # sd-daemon(3)
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\t"}
_LETTER, _LINE = 10, 200  # lines of a letter, and characters of a line


def run_unattended(
    work: Callable[[], object], *, name: str, folder: str, lock: str = "", style: Style = "text"
) -> int:
    """Do a job that nobody watches; leave ``outputs/last-run-<name>`` as ``.log``, ``.txt`` and ``.json``.

    It is called ``name`` in logs and in the names of its files, such as ``2024`` or ``fetch-2024``.
    ``folder`` is what it is for, and ``lock`` the file that ``work`` itself takes, both relative to the
    project: where that is taken it is refused before anything is read. ``style`` is for people or for
    machines.

    What comes back is the exit code: 0 done, 1 failed, 2 wrong use or bad input, 75 another run is going on,
    128 + n stopped by signal n.
    """
    log = RunLog(style, {"report": name, "run": f"{now():%Y%m%dT%H%M%SZ}-{os.getpid()}"})
    try:
        root = find_root()
        with locked(root / "outputs" / f".lock-scheduled-{name}"):
            if lock:
                with locked(root / lock):
                    pass
            return _run(work, root, Summary(name, log.common["run"], folder), log)
    except (KlimatlibError, OSError) as error:
        code: int = getattr(error, "exit_code", 1)
        log.write("error", "end", f"not run, exit {code}: {in_words(error)}", exit_code=code)
        return code


class RunLog(logging.Handler):
    """Writes each message at once to standard output and the run's file, until they can no longer be written.

    ``common`` is what every JSON line carries: the report, the run.
    """

    def __init__(self, style: Style, common: Mapping[str, str]) -> None:
        super().__init__()
        self.common = common
        self.entries: list[dict[str, Any]] = []
        self._style, self._began = style, time.monotonic()
        self._outputs: dict[str, io.FileIO] = {"standard output": io.FileIO(1, "w", closefd=False)}
        status = os.fstat(1)
        self._journal = os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"

    @contextmanager
    def into(self, path: Path, display_path: str) -> Iterator[None]:
        """Write to a file too, anew, and take what the library says of the work in hand."""
        with path.open("wb", buffering=0) as file:
            self._outputs[display_path] = file
            errors.logger.addHandler(self)
            errors.logger.setLevel(logging.INFO)
            try:
                yield
            finally:
                errors.logger.removeHandler(self)
                self._outputs.pop(display_path, None)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a message of the library; its step and facts are those that it carries."""
        message = getattr(record, "said", None) or Message("run", record.getMessage())
        self.write(message.level, message.step, message.english, **message.facts)

    def write(self, level: Level, step: str, message: str, **facts: Any) -> None:
        """Write a message; one of several lines becomes several entries."""
        for line in message.splitlines():
            entry = {"level": level, "step": step, "message": line.rstrip().translate(_CONTROL)}
            seconds, when = round(time.monotonic() - self._began, 1), stamp(now())
            self.entries.append({**entry, "seconds": seconds, "facts": facts})
            values = {"time": when, **entry, **self.common, "seconds": seconds, **facts}
            printed = f"{when} {level:<7} {step:<13} {entry['message']}"
            if self._style == "json":
                printed = json.dumps(values, ensure_ascii=False)
            lost = []
            for name, output in self._outputs.items():
                # systemd's journal takes a priority before each line, and strips it.
                priority = _PRIORITIES[level] if self._journal and name == "standard output" else ""
                try:
                    output.write(f"{priority}{printed}\n".encode("utf-8", "backslashreplace"))
                except OSError:
                    lost.append(name)
            for name in lost:
                if self._outputs.pop(name, None):
                    self.write("warning", "log", f"{name} can no longer be written; the run goes on")


@dataclass
class Summary:
    """A run in short, as ``outputs/last-run-<name>.json`` has it; times are ISO 8601 in UTC."""

    report: str
    run: str
    folder: str  # what the run is for
    log: str = ""  # the file with every line
    command: str = field(default_factory=errors.command)
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    started: str = field(default_factory=lambda: stamp(now()))
    ended: str | None = None
    seconds: float = 0
    outcome: Literal["running", "done", "failed", "stopped"] = "running"  # with a dead pid: it was killed
    exit_code: int | None = None
    reason: str = ""
    changed: Sequence[str] = ()  # which files of the folder are other than before
    warnings: Sequence[str] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)  # numbers that the steps named, such as ``claims``
    news: Sequence[str] = ()  # what the steps said that a person must know
    numbers: Sequence[str] = ()  # claims that are other than before, the folder's last ones
    known: Sequence[str] = ()  # warnings that the last run gave too

    def __post_init__(self) -> None:
        self.log = f"outputs/last-run-{self.report}.log"

    def write(self, root: Path) -> None:
        """Write it for machines and, as a letter, for people."""
        path = root / self.log
        atomic_write(path.with_suffix(".json"), json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n")
        atomic_write(path.with_suffix(".txt"), self.letter())

    def letter(self) -> str:
        """Write what a person must know, in ten lines at most: how it ended, what is new, what to do.

        The first line is a subject.
        """
        what = f", {pluralise(len(self.changed), 'file')} changed" if self.ended else ""
        when = f"Since {self.started} on {self.host}, pid {self.pid}."
        if self.ended:
            times = f"{self.started} to {self.ended} ({self.seconds:.0f} s)"
            when = f"{times} on {self.host}, exit code {self.exit_code}."
        effect = [f"{self.folder}/ is as it was."] if self.ended else []
        if self.changed:
            claims = f", {self.facts['claims']} claims" if "claims" in self.facts else ""
            effect = [f"{self.folder}/ is new{claims}; changed are {few(self.changed, 4)}."]
        if self.numbers:
            effect.append(f"{pluralise(len(self.numbers), 'claim')} other than before, as {self.numbers[0]}.")
        new = [warning for warning in self.warnings if warning not in self.known]
        count = f"{pluralise(len(self.warnings), 'warning')}, {len(new) or 'none'} new since the last run."
        warnings = [count, *new] if self.warnings else []
        reasons, room = _fit(self.reason.splitlines(), 3), _LETTER - 4
        effect = _fit([*effect, *self.news], room - len(reasons) - len(warnings[:1]))
        warnings = warnings[: room - len(reasons) - len(effect)]
        lines = [shorten(line, _LINE, placeholder=" …") for line in (*reasons, *effect, *warnings)]
        head, foot = f"klimatlib {self.report}: {self.outcome}{what}", f"Every line is in {self.log}."
        return "\n".join([head, when, *lines, f"What to do: {self._advice()}", foot, ""])

    def _advice(self) -> str:
        again = f"start it again: {self.command}."
        match self.outcome:
            case "running":
                return "wait; where no such process is alive it was killed and published nothing: " + again
            case "stopped":
                return f"nothing of it is left running; {again}"
            case "failed" if self.exit_code == 2:
                return f"mend what is named above, then {again}"
            case "failed":
                return f"look into what is named above, then {again}"
        if self.outcome == "done" and not self.changed:
            return "nothing."
        return f"look at {self.folder}/{' and at the warnings' if self.warnings else ''}."


def _fit(lines: Sequence[str], most: int) -> list[str]:
    """Return lines, or the first of them and how many more there are."""
    return [*lines] if len(lines) <= most else truncate(lines, most - 1)


def _claims(folder: Path) -> dict[str, tuple[str, str]]:
    """Return definition and printed number of each claim of a published folder, by id."""
    try:
        rows = csv.DictReader((folder / "claims.csv").read_text(encoding="utf-8").splitlines())
        return {row["id"]: (row["definition"], row["text"]) for row in rows}
    except (OSError, ValueError, KeyError):
        return {}


def _run(work: Callable[[], object], root: Path, summary: Summary, log: RunLog) -> int:
    """Do the work between two looks at its folder, and leave the summary."""
    folder = root / summary.folder
    before, numbers, began = digests(folder), _claims(folder), time.monotonic()
    last = read_record((root / summary.log).with_suffix(".json")) or {}
    summary.known = [warning for warning in last.get("warnings", ()) if isinstance(warning, str)]
    with log.into(root / summary.log, summary.log):
        summary.write(root)
        log.write("info", "start", f"{summary.command}, pid {summary.pid}, in {root}")
        _attempt(work, summary, log)
        changed = {name for name, _ in before.items() ^ digests(folder).items()}
        summary.changed = sorted(changed, key=lambda name: (name.endswith(".json"), name.count("/"), name))
        summary.ended, summary.seconds = stamp(now()), round(time.monotonic() - began, 1)
        summary.warnings = [entry["message"] for entry in log.entries if entry["level"] == "warning"]
        entries = [entry for entry in log.entries if entry["level"] == "info"]
        summary.steps = [{key: entry[key] for key in ("step", "seconds", "message")} for entry in entries]
        summary.facts = {name: value for entry in log.entries for name, value in entry["facts"].items()}
        summary.news = [entry["message"] for entry in entries if entry["facts"].get("news")]
        summary.numbers = [
            f"{definition}: {text}, before {numbers[claim_id][1]}"
            for claim_id, (definition, text) in _claims(folder).items()
            if text != numbers.get(claim_id, ("", text))[1]
        ]
        try:
            summary.write(root)
        except OSError as error:  # a full disk must not hide how the run ended
            log.write("error", "summary", f"cannot be written: {error.strerror}")
        reasons = summary.reason.splitlines()
        if len(reasons) > 1:
            log.write("error", "problem", summary.reason)
        why = f": {reasons[0]}" if reasons else ""
        end = f"{summary.outcome} after {summary.seconds:.0f} s, exit {summary.exit_code}{why}"
        files = f"{summary.folder}: {pluralise(len(summary.changed), 'file')} changed"
        facts = {"outcome": summary.outcome, "exit_code": summary.exit_code}
        letter = Path(summary.log).with_suffix(".txt").as_posix()
        log.write("error" if reasons else "info", "end", f"{end}; {files}; read {letter}", **facts)
    return summary.exit_code or 0


class Stopped(BaseException):
    """A signal asked the run to end; no handler of errors takes it for one."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.exit_code = 128 + number


def _attempt(work: Callable[[], object], summary: Summary, log: RunLog) -> None:
    """Do the work, and note how it ended, whatever happens."""
    asked: list[Stopped] = []
    home = os.environ.get("HOME", "")
    if not (home and Path(home).is_dir() and os.access(home, os.W_OK)):
        os.environ["HOME"] = tempfile.gettempdir()
    summary.outcome, summary.exit_code = "failed", 1
    try:
        with _stoppable(asked):
            work()
        summary.outcome, summary.exit_code = "done", 0
    except Stopped:
        pass
    except (KlimatlibError, OSError) as error:
        summary.exit_code, summary.reason = getattr(error, "exit_code", 1), in_words(error)
    except Exception as error:
        if not asked:
            log.write("error", "traceback", errors.unexpected(error))
        message = errors.HIDDEN if errors.has_read_answers() else error
        summary.reason = f"{type(error).__name__}: {message}"
    if asked:  # another error came of what was being waited for, which had just been ended
        summary.outcome, summary.exit_code, summary.reason = "stopped", asked[0].exit_code, str(asked[0])


@contextmanager
def _stoppable(asked: list[Stopped]) -> Iterator[None]:
    """End all that was started when a signal asks for it, and raise `Stopped`; later signals are ignored."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
    handlers = {n: handler for n in numbers if (handler := signal.getsignal(n)) != signal.SIG_IGN}

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        for other in handlers:
            signal.signal(other, signal.SIG_IGN)
        asked.append(Stopped(number))
        end_process_tree()
        raise asked[0]

    adopt_orphans()
    for number in handlers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        end_process_tree()
        for number, handler in handlers.items():
            signal.signal(number, handler)
