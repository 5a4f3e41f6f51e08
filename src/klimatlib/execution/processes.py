"""Processes of a run: workers here or on a cluster, programs under limits, and the end of them all.

Starting a kernel and importing pandas and seaborn costs more than most chapters' own work. So a run starts
one process that imports them (multiprocessing's fork server); workers are forked from it, and from a worker,
before it has any thread or socket, a runner and a kernel for each notebook (`klimatlib.execution.notebooks`).
A process that dies takes those below it along (`die_with_parent`).
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import io
import multiprocessing
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

import psutil

from klimatlib.errors import ClusterError, NotebookError, RenderError, UsageError, shortage

Result = TypeVar("Result")
Argument = TypeVar("Argument")

# What a Python process must be started with to give the same bytes anywhere; numpy's extra threads would
# make a process unfit to fork.
SETTINGS = {
    "PYTHONHASHSEED": "0",
    "MPLBACKEND": "agg",
    "OPENBLAS_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
# What notebooks, their runners and their kernels use. The fork server imports it once, and all its processes
# have it: nothing here may start a thread, open a socket or remember anything of a run.
PRELOADED = (
    "klimatlib.execution.processes",  # first: it keeps a library out, and lets the server end with its run
    *("klimatlib.execution.notebooks", "klimatlib.run.checks", "klimatlib.chapter"),
    *("klimatlib.charts.charts", "pandera.backends.pandas.builtin_checks", "papermill", "seaborn", "sqlite3"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect"),
    *("IPython.extensions.storemagic", "ipykernel.debugger", "ipykernel.kernelapp", "ipykernel.kernelspec"),
    *("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "tornado.platform.asyncio"),
)
TIME_S = 60.0  # for one program, whatever the whole may take
MEMORY = 1024**3  # bytes of memory of its own for each process
KEPT_OUTPUT = 20_000  # bytes; a program may print a gigabyte
GRACE_S = 2.0  # between asking a process to end (SIGTERM) and killing it
_POLL_S = 0.02
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SET_PARENT_DEATH_SIGNAL, _SET_CHILD_SUBREAPER = 1, 36  # prctl(2)
_FORK_SERVER_OF = "KLIMATLIB_FORK_SERVER_OF"  # tells the fork server whose it is
_SCHEDULER_S, _RETRIES = 10, 3
_SENT = ("requirements.lock", "params", "data", "notebooks")
_FORKS = sys.platform == "linux"
_is_worker = False

# JupyterLab brings rfc3987_syntax, and jsonschema imports it where it finds it, to check the format of
# international addresses: it compiles 38 grammars, which takes longer than pandas and seaborn together.
# nbformat imports jsonschema, and so does everything that touches a notebook; no notebook needs that check.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
if any("multiprocessing.forkserver" in word for word in sys.orig_argv):
    atexit.register(os._exit, 0)  # to clear away what it has imported would take longer than to end a run


def start_fork_server() -> None:
    """Start the process that imports `PRELOADED` and forks workers; returns at once. Only Linux has it."""
    if _FORKS:
        from multiprocessing import forkserver

        get_context("forkserver").set_forkserver_preload([*PRELOADED])
        with environment({**SETTINGS, _FORK_SERVER_OF: str(os.getpid())}):
            forkserver.ensure_running()


@contextlib.contextmanager
def workers(limit: int) -> Iterator[Executor]:
    """Give an executor of at most so many processes, one a core; they are ended at once when work fails."""
    start_fork_server()
    count = max(1, min(limit, os.cpu_count() or 1))
    context = get_context("forkserver" if _FORKS else "spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=become_worker)
    with environment(SETTINGS), pool:
        try:
            yield pool
        except BaseException:
            # Nothing is cancelled: of that the pool's thread would print InvalidStateError when it breaks.
            for child in multiprocessing.active_children():
                child.kill()
            raise


@contextlib.contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
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


def become_worker() -> None:
    """Let this process fork runners (`can_fork`), and end with the one that started it."""
    import nbformat

    global _is_worker
    die_with_parent()
    _is_worker = _FORKS
    nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]  # compiles its schema once
    gc.freeze()  # what stands now is never garbage: collecting it would only copy shared memory


def can_fork() -> bool:
    """Whether this process is a worker without threads, fit to fork a runner."""
    return _is_worker and len(list(Path("/proc/self/task").iterdir())) == 1


def run_in_fork(function: Callable[[Argument], Result], argument: Argument, *, name: str) -> Result:
    """Call a function in a process forked for it alone, which ends with this one.

    Raises
    ------
    NotebookError
        When the process ended without an answer.
    Exception
        What the function raised.
    """
    context = get_context("fork")
    answers, answer = context.Pipe(duplex=False)
    runner = context.Process(target=_answer_in_fork, args=(answer, function, argument), name="runner")
    runner.start()
    answer.close()
    try:
        result, error = answers.recv()
    except EOFError:
        runner.join()
        code = runner.exitcode or 0
        end = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise NotebookError(f"{name}: its process ended with {end}; {shortage()}") from None
    runner.join()
    if error is not None:
        raise error
    return cast(Result, result)


def _answer_in_fork(answer: Connection, function: Callable[[Any], Any], argument: Any) -> None:
    die_with_parent()
    try:
        answer.send((function(argument), None))
    except Exception as error:
        answer.send((None, error))


def run_program(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    deadline: float,
    what: str,
    memory: int = MEMORY,
) -> subprocess.CompletedProcess[str]:
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

    Returns
    -------
    subprocess.CompletedProcess
        Of a program that ended by itself; ``stdout`` is the end of what it printed, without colours.

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
        expected = f"expected a program at {command[0]}; check the installation"
        raise RenderError(f"{what}: cannot be started ({error.strerror}); {expected}") from error
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
        message = f"{what}: still running after {time.monotonic() - started:.0f} s and was stopped"
        advice = "expected it to end by then; try again, or give it more time"
        raise RenderError(f"{message}; {advice}") from None
    finally:
        end_process_tree(process.pid, grace_s=0 if process.poll() is not None else GRACE_S)
        process.wait()
        os.close(ours)
        reader.join(GRACE_S)  # what still holds the pipe is waited for no longer
        if not reader.is_alive():
            pipe.close()
    printed = strip_colours(kept.decode(errors="replace"))
    return subprocess.CompletedProcess(process.args, process.returncode, printed)


def strip_colours(text: str) -> str:
    """Return a program's output without the codes that colour it in a terminal."""
    return _ANSI.sub("", text).strip()


def end_process_tree(pid: int | None = None, *, grace_s: float = GRACE_S) -> None:
    """End a process, all that it started, and all in the process group that it leads.

    By default all that this process started, but not itself. ``grace_s`` are the seconds between SIGTERM and
    SIGKILL; 0 kills at once.
    """
    kill_at = time.monotonic() + grace_s
    for process in _process_tree(pid) if grace_s else ():
        with contextlib.suppress(psutil.Error):
            process.terminate()
    while (alive := _process_tree(pid)) and time.monotonic() < kill_at + GRACE_S:
        for process in alive if time.monotonic() >= kill_at else ():
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(_POLL_S)
    if pid is not None and hasattr(os, "killpg"):
        with contextlib.suppress(OSError):  # those whose parents are gone
            os.killpg(pid, signal.SIGKILL)


def _process_tree(pid: int | None) -> list[psutil.Process]:
    """Return what is alive of a process, unless it is this one, and of those below it."""
    try:
        top = psutil.Process(pid)
        return [*filter(_is_alive, [*top.children(recursive=True), *([top] if pid is not None else [])])]
    except psutil.Error:
        return []


def _is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; not multiprocessing's helper, which clears up after the run and then ends."""
    try:
        is_helper = any("multiprocessing.resource_tracker" in word for word in process.cmdline())
        return not is_helper and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def adopt_orphans() -> None:
    """Let processes whose parent dies become this one's children, for `end_process_tree` (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(*, group: bool = False) -> None:
    """Let this process, which multiprocessing started, be killed when its parent is gone (Linux only).

    The system sees the pipe close by which multiprocessing ties a process to its parent, and sends SIGKILL:
    a cell that holds the interpreter's lock ends like any other. With ``group``, become the leader of a new
    session, and let all its processes be killed together.
    """
    parent = multiprocessing.parent_process()
    if sys.platform != "linux" or parent is None:
        return
    pipe = int(parent.sentinel)
    if group:
        os.setsid()
    _kill_at_hang_up(pipe, -os.getpgrp() if group else os.getpid())
    if select.select([pipe], [], [], 0)[0]:  # gone before the signal was set
        os.kill(os.getpid(), signal.SIGKILL)


def _kill_at_hang_up(pipe: int, whom: int) -> None:
    """Let a process, or with a negative number a process group, be killed when a pipe's other end is closed.

    It holds as long as anybody has this end open.
    """
    import fcntl  # not on Windows

    fcntl.fcntl(pipe, fcntl.F_SETOWN, whom)
    fcntl.fcntl(pipe, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)


if parent := os.environ.pop(_FORK_SERVER_OF, ""):
    # The fork server itself looks for the end of the run only when it has imported all of `PRELOADED`.
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):  # gone before the signal was set
        os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def cluster(address: str, root: Path) -> Iterator[Executor]:
    """Give an executor whose work is done by a Dask cluster; what it makes comes back and is checked.

    A worker needs klimatlib with the same packages, but neither a shared disk nor the project: its inputs
    travel with the work. A worker that dies has its work done by another. ``address`` is the scheduler's,
    ``tcp://host:port``; what is submitted is a function and one argument, a `Job` or what has one as ``job``.

    Raises
    ------
    UsageError
        Without the package ``distributed``.
    ClusterError
        No scheduler there, no worker, or one with another klimatlib or other packages.
    """
    from klimatlib.execution.publishing import environment_hashes

    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError('a cluster needs more packages: pip install "klimatlib[cluster]"') from None
    try:
        client = Client(address, timeout=_SCHEDULER_S, set_as_default=False)
    except (OSError, ValueError) as error:
        message = f"no Dask scheduler answers ({type(error).__name__}); start one, see docs/cluster.md"
        raise ClusterError(f"{address}: {message}") from None
    with client:
        require_same_packages(address, client.run(environment_hashes, root=None), environment_hashes(None))
        # With every job and not once to every worker: Dask gives up what was scattered when its holder dies.
        yield _ClusterExecutor(client.get_executor(retries=_RETRIES, pure=False), pack(root, *_SENT))


def require_same_packages(
    address: str, workers: Mapping[str, Mapping[str, str]], expected: Mapping[str, str]
) -> None:
    """Refuse a cluster without workers, or with one whose hashes of klimatlib and packages are others."""
    if not workers:
        raise ClusterError(f"{address}: the scheduler has no workers; start some, see docs/cluster.md")
    for worker, hashes in workers.items():
        if others := [name for name in expected if hashes.get(name) != expected[name]]:
            message = "is not the same there as here; install the same lock on every worker"
            raise ClusterError(f"{worker}: {others[0]} {message}")


class _ClusterExecutor(Executor):
    """Sends work with the project's inputs to a cluster's executor, and writes what comes back."""

    def __init__(self, executor: Executor, inputs: bytes) -> None:
        self._executor, self._inputs = executor, inputs

    def submit(self, function: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Send work; the future is done when its files are here too."""
        (argument,) = args
        job = getattr(argument, "job", argument)
        done = Future[Any]()
        done.set_running_or_notify_cancel()

        def receive(answer: Future[Any]) -> None:
            try:
                result, files = answer.result()
                unpack(files, job.root, below=job.out_dir)
            except BaseException as error:
                done.set_exception(error)
            else:
                done.set_result(result)

        self._executor.submit(_run_at_worker, self._inputs, function, argument).add_done_callback(receive)
        return done


def _run_at_worker(inputs: bytes, function: Callable[[Any], Any], argument: Any) -> tuple[Any, bytes]:
    """Do the work where the project is not: in a folder that has what it needs, and is gone afterwards."""
    # Under Dask's nanny this is a daemon, which may have no children; those here end with it by themselves.
    multiprocessing.current_process().daemon = False
    with tempfile.TemporaryDirectory(prefix="klimatlib-job-") as folder:
        root = Path(folder).resolve()
        unpack(inputs, root)
        job = getattr(argument, "job", argument)
        moved_job = replace(job, root=root, target=root / job.target.relative_to(job.root))
        with workers(1) as pool:
            moved = moved_job if argument is job else replace(argument, job=moved_job)
            result = pool.submit(function, moved).result()
        return result, pack(root, job.out_dir)


def pack(root: Path, *names: str) -> bytes:
    """Return files and folders of a project as a ZIP archive, without what was fetched raw or only tried."""
    archive, own = io.BytesIO(), (root / "data" / "raw", root / "notebooks" / "scratch")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
        for path in (path for name in names for path in [root / name, *(root / name).rglob("*")]):
            if path.is_file() and not any(map(path.is_relative_to, own)):
                packed.write(path, path.relative_to(root).as_posix())
    return archive.getvalue()


def unpack(archive: bytes, root: Path, *, below: str = ".") -> None:
    """Write files that were sent: all of them, and nowhere but ``below`` a folder of the project.

    Raises
    ------
    ClusterError
        When a file is not what was sent, or would lie elsewhere; none is written then.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            files = {name: packed.read(name) for name in packed.namelist()}
    except (zipfile.BadZipFile, zlib.error) as error:
        message = f"{error}: came back from a worker, but not as it was sent; run it again"
        raise ClusterError(message) from None
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.is_relative_to(below):
            raise ClusterError(f"{name}: came back from a worker, but belongs in {below}; nothing is taken")
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
