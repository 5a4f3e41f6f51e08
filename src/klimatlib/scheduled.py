"""A run that nobody watches: for cron, systemd and CI.

It asks nothing, needs no terminal, no home and no environment; it logs a line a step, refuses at once
where another run is going on, stops on a signal with nothing left running, and leaves a summary.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from multiprocessing.util import get_temp_dir
from pathlib import Path
from types import FrameType
from typing import NoReturn

from klimatlib import publish
from klimatlib.errors import KlimatlibError, in_words
from klimatlib.execution.processes import adopt_orphans, end_process_tree
from klimatlib.project import find_root
from klimatlib.run_summary import Ending, Summary, steps
from klimatlib.runlog import RunLog, Style, command, now, stamp
from klimatlib.wording import counted

Say = Callable[[str], None]


@dataclass(frozen=True)
class Errand:
    """What is to be done unattended.

    Attributes
    ----------
    name
        What it is called in logs and in the names of its files, such as ``2024`` or ``fetch-2024``.
    folder
        The folder that it is for, relative to the project.
    work
        Does it; is given where progress lines go.
    lock
        The lock file that `work` itself takes, relative to the project, to be refused before anything
        is read.
    """

    name: str
    folder: str
    work: Callable[[Say], object]
    lock: str = ""


class Stopped(BaseException):
    """A signal asked the run to end; no handler of errors takes it for one."""

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.exit_code = 128 + number


def attend(errand: Errand, *, style: Style) -> int:
    """Do an errand and return its exit code.

    0 done, 1 failed, 2 wrong use or bad input, 75 another run is going on, 128 + n stopped by signal n.
    """
    log = RunLog(style, {"report": errand.name, "run": f"{now():%Y%m%dT%H%M%SZ}-{os.getpid()}"})
    started = stamp(now())
    try:
        root = find_root()
        with _alone(root, errand):
            return _do(errand, root, log, started)
    except (KlimatlibError, OSError) as error:
        ending = _failed(error)
        log.write(
            "error", "end", f"not run, exit {ending.exit_code}: {ending.reason}", exit_code=ending.exit_code
        )
        return ending.exit_code or 1


@contextlib.contextmanager
def _alone(root: Path, errand: Errand) -> Iterator[None]:
    """Hold the errand; refuse at once where it is held already, by a scheduled run or by a person's."""
    with publish.locked(root / "outputs" / f".lock-scheduled-{errand.name}"):
        if errand.lock:
            with publish.locked(root / errand.lock):
                pass
        yield


def _do(errand: Errand, root: Path, log: RunLog, started: str) -> int:
    stem = root / "outputs" / f"last-run-{errand.name}"
    shown = f"outputs/{stem.name}"
    summary = Summary(
        report=errand.name,
        run=log.common["run"],
        command=command(),
        host=socket.gethostname(),
        pid=os.getpid(),
        started=started,
        folder=errand.folder,
        log=f"{shown}.log",
    )
    before = _digests(root / errand.folder)
    with log.also(stem.with_name(f"{stem.name}.log"), summary.log):
        summary.write(stem)
        log.write("info", "start", f"{summary.command}, pid {summary.pid}, in {root}")
        ending = _attempt(errand, log)
        after = _digests(root / errand.folder)
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        summary = _ended(summary, ending, changed, log)
        _leave(summary, stem, log)
        _close(summary, f"{shown}.txt", log)
    return ending.exit_code or 0


def _attempt(errand: Errand, log: RunLog) -> Ending:
    """Do the work, and tell how it ended, whatever happens."""
    asked: list[Stopped] = []
    try:
        with _workshop(), _stoppable(asked):
            errand.work(log.say)
    except Stopped as stop:
        return Ending("stopped", stop.exit_code, str(stop))
    except Exception as error:
        if asked:  # what was being waited for had just been ended
            return Ending("stopped", asked[0].exit_code, str(asked[0]))
        if not isinstance(error, KlimatlibError | OSError):
            log.write("error", "traceback", "".join(traceback.format_exception(error)))
        return _failed(error)
    return Ending("done", 0)


def _failed(error: Exception) -> Ending:
    if isinstance(error, KlimatlibError):
        return Ending("failed", error.exit_code, in_words(error))
    if isinstance(error, OSError):
        return Ending("failed", 1, in_words(error))
    return Ending("failed", 1, f"{type(error).__name__}: {error}")


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
