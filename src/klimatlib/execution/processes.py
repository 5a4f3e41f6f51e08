"""Processes of a run: started with limits, and ended with all that they started; none outlives the run."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from klimatlib.errors import RenderError

TIME_S = 60.0  # for one program, whatever the whole may take
MEMORY = 1024**3  # bytes of memory of its own for each process
KEPT_OUTPUT = 20_000  # bytes; a program may print a gigabyte
GRACE_S = 2.0  # between asking a process to end (SIGTERM) and killing it
_POLL_S = 0.02
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SET_CHILD_SUBREAPER = 36  # prctl(2)


@dataclass(frozen=True)
class Finished:
    """A program that ended by itself: its exit code, and the end of what it printed, without colours."""

    returncode: int
    output: str


def run_program(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    deadline: float,
    what: str,
    memory: int = MEMORY,
) -> Finished:
    """Run a program that is not trusted to end, to be brief or to clean up after itself.

    It runs in a session of its own until it ends, the deadline passes, or `TIME_S` is over; nothing in that
    session outlives the call, nor (Linux) this process.

    Parameters
    ----------
    command, cwd, env
        As for `subprocess.Popen`.
    deadline
        On the clock of `time.monotonic`.
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
    linux = sys.platform == "linux"
    kept = bytearray()
    held, ours = os.pipe()  # ours is closed by the system when this process is gone, however it went
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(held,) if linux else (),
        )
        if linux:
            _kill_at_hang_up(held, -process.pid)
            with contextlib.suppress(psutil.Error):  # it is over already
                # Of written memory only: what a runtime merely reserves does not count.
                psutil.Process(process.pid).rlimit(psutil.RLIMIT_DATA, (memory, memory))
    except OSError as error:
        os.close(ours)
        raise RenderError(
            f"{what}: cannot be started ({error.strerror}); "
            f"expected a program at {command[0]}; check the installation"
        ) from error
    finally:
        os.close(held)
    pipe = process.stdout
    assert pipe is not None

    def keep_output() -> None:
        while block := os.read(pipe.fileno(), 65_536):
            kept.extend(block)
            del kept[:-KEPT_OUTPUT]

    reader = threading.Thread(target=keep_output, daemon=True)
    reader.start()
    try:
        process.wait(max(0.0, deadline - started))
    except subprocess.TimeoutExpired:
        seconds = time.monotonic() - started
        raise RenderError(
            f"{what}: still running after {seconds:.0f} s and was stopped; "
            "expected it to end by then; try again, or give it more time"
        ) from None
    finally:
        end_process_tree(process.pid, grace_s=0 if process.poll() is not None else GRACE_S)
        process.wait()
        os.close(ours)
        reader.join(GRACE_S)  # what still holds the pipe is waited for no longer
        if not reader.is_alive():
            pipe.close()
    return Finished(process.returncode, strip_colours(kept.decode(errors="replace")))


def strip_colours(text: str) -> str:
    """Return a program's output without the codes that colour it in a terminal."""
    return _ANSI.sub("", text).strip()


def end_process_tree(pid: int | None = None, *, grace_s: float = GRACE_S) -> None:
    """End a process, all that it started, and all in the session that it leads.

    Parameters
    ----------
    pid
        The process; by default all that this process started, but not itself.
    grace_s
        Seconds between SIGTERM and SIGKILL; 0 kills at once.
    """
    asked: set[psutil.Process] = set()
    kill_at = time.monotonic() + grace_s
    while (alive := _process_tree(pid)) and time.monotonic() < kill_at + GRACE_S:
        kind = time.monotonic() < kill_at
        for process in alive:
            with contextlib.suppress(psutil.Error):
                if not kind:
                    process.kill()
                elif process not in asked:
                    process.terminate()
        asked.update(alive)
        time.sleep(_POLL_S)


def _process_tree(pid: int | None) -> list[psutil.Process]:
    """Return what is alive of a process, those below it and in its session (their parents may be gone)."""
    below: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        below = {process.pid: process for process in top.children(recursive=True)}
        if pid is not None:
            below[pid] = top
    for member in psutil.pids() if pid is not None and hasattr(os, "getsid") else ():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(member) == pid:
                below.setdefault(member, psutil.Process(member))
    alive = []
    for process in below.values():
        with contextlib.suppress(psutil.Error):
            # multiprocessing's helper clears up after the run, and then ends by itself.
            is_helper = any("multiprocessing.resource_tracker" in word for word in process.cmdline())
            if process.status() != psutil.STATUS_ZOMBIE and not is_helper:
                alive.append(process)
    return alive


def adopt_orphans() -> None:
    """Let processes whose parent dies become this one's children, for `end_process_tree` (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(pipe: int | None = None, *, group: bool = False) -> None:
    """Let this process be killed when its parent is gone, however it went (Linux only).

    No thread and no polling: the kernel of the operating system sees a pipe close and sends SIGKILL, so that
    a cell that holds the interpreter's lock ends like any other.

    Parameters
    ----------
    pipe
        Descriptor of the end to read from of a pipe whose other end only the parent holds, and writes nothing
        more to; by default the one by which multiprocessing ties a process to its parent.
    group
        Become the leader of a new session, and let all its processes, those that are started later too, be
        killed together.
    """
    parent = multiprocessing.parent_process()
    if sys.platform != "linux" or (pipe is None and parent is None):
        return
    end = pipe if pipe is not None else int(parent.sentinel)  # type: ignore[union-attr]
    if group:
        os.setsid()
    _kill_at_hang_up(end, -os.getpgrp() if group else os.getpid())
    if select.select([end], [], [], 0)[0]:  # gone before the signal was set
        os.kill(os.getpid(), signal.SIGKILL)


def _kill_at_hang_up(pipe: int, whom: int) -> None:
    """Let a process, or with a negative number a process group, be killed when a pipe's other end is closed.

    It holds as long as anybody has this end open.
    """
    import fcntl  # not on Windows

    fcntl.fcntl(pipe, fcntl.F_SETOWN, whom)
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
