"""End with the parent: no process of a run outlives it, not even one that is busy and hears nothing.

A process that multiprocessing starts holds the read end of a pipe whose write end is its parent's alone. When
the parent is gone, however it went, the kernel of the operating system sees the pipe close and sends SIGKILL:
no thread, no polling, and a cell that holds the interpreter's lock ends like any other.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import select
import signal


def end_with_parent(*, group: bool = False) -> None:
    """Let this process, which multiprocessing started, be killed when its parent ends; see `end_with`."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        end_with(int(parent.sentinel), group=group)


def end_with(pipe: int, *, group: bool = False) -> None:
    """Let this process be killed when the other end of a pipe is closed (Linux).

    Parameters
    ----------
    pipe
        Descriptor of the end that is read from, and to which nothing more is written.
    group
        Become the leader of a new session, and let all its processes, those that are started later too, be
        killed together.
    """
    if group:
        os.setsid()
    kill_at_hang_up(pipe, -os.getpgrp() if group else os.getpid())
    if select.select([pipe], [], [], 0)[0]:  # gone before the signal was set
        os.kill(os.getpid(), signal.SIGKILL)


def kill_at_hang_up(pipe: int, whom: int) -> None:
    """Let a process, or with a negative number a process group, be killed when a pipe's other end is closed.

    It holds as long as anybody has this end open.
    """
    fcntl.fcntl(pipe, fcntl.F_SETOWN, whom)
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
