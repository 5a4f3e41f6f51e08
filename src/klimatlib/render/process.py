"""Run a program that is not trusted to end, to be brief or to clean up after itself."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from klimatlib.errors import RenderError

if sys.platform == "linux":
    import resource

TIME_S = 60.0  # for one program, whatever the whole may take
MEMORY = 1024**3  # bytes of memory of its own for each process
KEPT_OUTPUT = 20_000  # bytes; a program may print a gigabyte
GRACE_S = 2.0  # between TERM and KILL
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Finished:
    """A program that ended by itself: its exit code, and the end of what it printed."""

    returncode: int
    output: str


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    deadline: float,
    what: str,
    memory: int = MEMORY,
) -> Finished:
    """Run a program in its own session until it ends, the deadline passes, or `TIME_S` is over.

    Parameters
    ----------
    command, cwd, env
        As for `subprocess.Popen`.
    deadline
        On the clock of `time.monotonic`; then the whole process group is ended, first kindly.
    what
        The program's name in messages.
    memory
        Bytes that each of its processes may have to write in (Linux); one that asks for more is refused it.

    Raises
    ------
    RenderError
        If it cannot be started or does not end in time.
    """
    started = time.monotonic()
    deadline = min(deadline, started + TIME_S)
    with _group(command, cwd, env, what) as process:
        _limit(process.pid, memory)
        tail = _Tail(process.stdout)
        try:
            process.wait(max(0.0, deadline - started))
        except subprocess.TimeoutExpired:
            seconds = time.monotonic() - started
            raise RenderError(
                f"{what}: still running after {seconds:.0f} s and was stopped; "
                "expected it to end by then; try again, or give it more time"
            ) from None
        finally:
            _end(process)
            printed = tail.text()
    return Finished(process.returncode, printed)


@contextlib.contextmanager
def _group(
    command: Sequence[str | Path], cwd: Path, env: Mapping[str, str], what: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program as the head of a new session; nothing of it outlives the block, nor this process."""
    held, ours = os.pipe()  # closed by the system when this process is gone, however it went
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(held,) if sys.platform == "linux" else (),
        )
        _tie(held, process)
    except OSError as error:
        os.close(ours)
        raise RenderError(
            f"{what}: cannot be started ({error.strerror}); "
            f"expected a program at {command[0]}; check the installation"
        ) from error
    finally:
        os.close(held)
    try:
        yield process
    finally:
        _end(process)
        os.close(ours)


def _tie(pipe: int, process: subprocess.Popen[bytes]) -> None:
    """Let a program that holds the pipe too be killed, with its group, when the other end is closed."""
    if sys.platform == "linux":
        from klimatlib.execution.processes import _kill_at_hang_up as kill_at_hang_up

        kill_at_hang_up(pipe, -process.pid)


def _limit(pid: int, memory: int) -> None:
    """Limit what a process and those that it starts may write in; what they only reserve does not count."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):  # it is over already
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory, memory))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a process group: TERM, a short wait, KILL. Windows has no such groups."""
    if os.name == "nt":
        process.kill()
        process.wait()
        return
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


class _Tail:
    """Reads a pipe to its end and keeps only the last of it."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._kept = b""
        self._pipe = pipe
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while self._pipe and (block := self._pipe.read1(65_536)):  # type: ignore[attr-defined]
            self._kept = (self._kept + block)[-KEPT_OUTPUT:]

    def text(self) -> str:
        """Give what was printed last, without colours."""
        self._thread.join(GRACE_S)
        if self._pipe and not self._thread.is_alive():
            self._pipe.close()
        return without_colours(self._kept.decode(errors="replace"))


def without_colours(text: str) -> str:
    """Give a program's words without the codes that colour them in a terminal."""
    return _ANSI.sub("", text).strip()


def last_words(output: str, *, limit: int = 400) -> str:
    """Give the last telling lines of a program's output, short enough for a message."""
    lines = [line.strip() for line in output.split("stack traceback:")[0].splitlines() if line.strip()]
    first = next(
        (i for i, line in enumerate(lines) if re.match(r"error", line, re.IGNORECASE)), len(lines) - 2
    )
    return " ".join(lines[max(first, 0) :][:3])[:limit] or "it said nothing"
