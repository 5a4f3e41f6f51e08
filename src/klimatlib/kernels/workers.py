"""The processes that run notebooks: workers from a fork server, a runner and a kernel for each notebook."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from klimatlib.errors import NotebookError
from klimatlib.kernels import guard

Result = TypeVar("Result")
Given = TypeVar("Given")

# What a Python process must be started with to give the same bytes anywhere; numpy's extra threads would
# make a process unfit to fork.
SETTINGS = {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
_FORKS = sys.platform == "linux"
_is_worker = False


@contextmanager
def environment(settings: dict[str, str]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def settings() -> dict[str, str]:
    """Return the environment variables that a process which runs notebooks is started with."""
    return {**SETTINGS, **({guard.MARK: guard.mark()} if _FORKS else {})}


def prepare() -> None:
    """Start the fork server, which imports the libraries by itself; returns at once."""
    if _FORKS:
        from multiprocessing import forkserver

        get_context("forkserver").set_forkserver_preload(["klimatlib.kernels.preload"])
        with environment(settings()):
            forkserver.ensure_running()


@contextmanager
def workers(most: int) -> Iterator[Executor]:
    """Give an executor of at most so many processes, one a core; they are ended at once when work fails."""
    count = max(1, min(most, os.cpu_count() or 1))
    prepare()
    context = get_context("forkserver" if _FORKS else "spawn")
    with (
        environment(settings()),
        ProcessPoolExecutor(count, mp_context=context, initializer=become_worker) as pool,
    ):
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.kill()
            raise


def can_fork() -> bool:
    """Whether this process is a worker without threads, fit to fork a runner."""
    return _is_worker and len(list(Path("/proc/self/task").iterdir())) == 1


def in_runner(work: Callable[[Given], Result], given: Given, *, name: str) -> Result:
    """Do work in a process forked for it alone, which ends with this one.

    Parameters
    ----------
    work, given
        A function, and what it is called with.
    name
        What it is about, in messages.

    Raises
    ------
    NotebookError
        When the process ended without an answer.
    Exception
        What the work raised.
    """
    context = get_context("fork")
    answers, answer = context.Pipe(duplex=False)
    runner = context.Process(target=_answer, args=(answer, work, given), name="runner")
    runner.start()
    answer.close()
    try:
        result, error = answers.recv()
    except EOFError:
        runner.join()
        code = runner.exitcode or 0
        told = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise NotebookError(f"{name}: its process ended with {told}; was memory short?") from None
    runner.join()
    if error is not None:
        raise error
    done: Result = result
    return done


def _answer(answer: Connection, work: Callable[[Given], Result], given: Given) -> None:
    from klimatlib.kernels.lifeline import end_with_parent

    end_with_parent()
    try:
        told = work(given), None
    except Exception as error:
        told = None, error  # type: ignore[assignment]
    answer.send(told)


def become_worker() -> None:
    """Let this process fork runners, and end with the one that started it."""
    global _is_worker
    if _FORKS:
        from klimatlib.kernels.lifeline import end_with_parent

        end_with_parent()
        _is_worker = True
