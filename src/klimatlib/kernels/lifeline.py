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
    """Let this process be killed when its parent ends (Linux).

    Parameters
    ----------
    group
        Become the leader of a new session, and let all its processes, those that are started later too, be
        killed together.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if group:
        os.setsid()
    pipe = int(parent.sentinel)
    fcntl.fcntl(pipe, fcntl.F_SETOWN, -os.getpgrp() if group else os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([pipe], [], [], 0)[0]:  # gone before the signal was set
        os.kill(os.getpid(), signal.SIGKILL)
