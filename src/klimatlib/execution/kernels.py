"""Run one notebook by papermill: a fresh kernel, a private folder, nobody's settings, no network port.

In a worker the kernel is forked, with its libraries imported, before its runner has threads or sockets, and
waits to be told what to run (`PreforkedKernel`); `ForkProvisioner` gives it to jupyter_client, through the
entry point that jupyter_client names for that. Elsewhere it is started by command.

Importing this module imports papermill, nbclient and jupyter_client: for processes that run notebooks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty
from typing import Any, NoReturn

import nbformat
import papermill
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import ensure_async, run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.iorw import write_ipynb
from papermill.log import logger
from traitlets.config import Config

from klimatlib.errors import NotebookError
from klimatlib.execution.processes import (
    ANSWERS_MARK,
    ANSWERS_READ,
    SETTINGS,
    can_fork,
    die_with_parent,
    end_process_tree,
    environment,
    kernel_main,
)

ENGINE, PROVISIONER = "klimatlib", "klimatlib-fork"
START_TIMEOUT_S = 120
CELL_TIMEOUT_S = 600
_PARAMETER_NAME = re.compile(r"[a-z_][a-z0-9_]*")
# -P: the folder of the notebook is not searched for what the kernel itself imports.
_LAUNCHER = [sys.executable, "-P", "-c", f"from {kernel_main.__module__} import kernel_main; kernel_main()"]
_READY_S = 0.05  # before a kernel is asked again whether it is there
_POLL_S, _KILL_S = 0.004, 2.0

nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]  # compiles the schema, for all forks


def execute(notebook: Path, half: Path, parameters: Mapping[str, str]) -> None:
    """Run a notebook in a kernel of its own.

    Parameters
    ----------
    notebook
        What to run; its folder is the kernel's working folder.
    half
        Where to write it, whole or as far as it came; in a folder of its own, where `ANSWERS_READ` stands
        afterwards when the kernel has read members' answers.
    parameters
        By name; the notebook's own are not checked here.

    Raises
    ------
    NotebookError
        When the name of a parameter is none: papermill writes it into the notebook as it is, as code.
    papermill.exceptions.PapermillExecutionError
        When a cell raised.
    Exception
        When the kernel did not start, died, or was too slow.
    """
    if bad := [name for name in parameters if not _PARAMETER_NAME.fullmatch(name)]:
        expected = "expected small letters, digits and _"
        raise NotebookError(f"notebooks/{notebook.name}: {bad[0]!r} is no parameter's name; {expected}")
    with tempfile.TemporaryDirectory(prefix="klimatlib-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # This Python as the only kernel, whatever kernels and settings the person who runs this has.
        specification: dict[str, Any] = {
            "argv": [*_LAUNCHER, "-f", "{connection_file}"],
            "display_name": "Python 3",
            "language": "python",
        }
        if can_fork():
            specification["metadata"] = {"kernel_provisioner": {"provisioner_name": PROVISIONER}}
        path = folder / "data" / "kernels" / "python3" / "kernel.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(specification), encoding="utf-8")
        private = {"JUPYTER_PATH": "data", "JUPYTER_RUNTIME_DIR": "jupyter", "IPYTHONDIR": "ipython"}
        settings = {**SETTINGS, **{key: str(folder / value) for key, value in private.items()}}
        settings[ANSWERS_MARK] = str(half.with_name(ANSWERS_READ))
        # Sockets instead of network ports, which kernels that start together fight over; Windows has none.
        connection = {"connection_file": str(folder / "k.json"), "transport": "ipc"}
        if os.name == "nt":
            del connection["transport"]
        with environment(settings), _preforked_kernel():
            papermill.execute_notebook(
                str(notebook),
                str(half),
                parameters=dict(parameters),
                engine_name=ENGINE,
                kernel_name="python3",
                progress_bar=False,
                cwd=str(notebook.parent),
                start_timeout=START_TIMEOUT_S,
                execution_timeout=CELL_TIMEOUT_S,
                config=Config({"KernelManager": connection}),
            )


class Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, which takes a kernel for ready when it has answered on both channels.

    jupyter_client's own waits a fifth of a second for silence after the answer.
    """

    async def async_start_new_kernel_client(self, **_: Any) -> Any:
        """Connect, and return when the kernel has answered."""
        self.kc = self.km.client()
        await ensure_async(self.kc.start_channels())
        deadline = time.monotonic() + self.startup_timeout
        try:
            while not await self._has_answered():
                if not await ensure_async(self.km.is_alive()):
                    raise RuntimeError("Kernel died before replying to kernel_info")
                if time.monotonic() > deadline:
                    raise RuntimeError(f"Kernel didn't respond in {self.startup_timeout} seconds")
        except BaseException:
            await self._async_cleanup_kernel()  # private, and what the method overridden here does too
            raise
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def _has_answered(self) -> bool:
        """Ask for the kernel's information; whether the reply came, and the word that it is done with it."""
        request = self.kc.kernel_info()
        answered = state = None
        try:
            while answered != request:
                reply = await ensure_async(self.kc.shell_channel.get_msg(timeout=_READY_S))
                answered = reply["parent_header"].get("msg_id")
            while state != "idle":
                message = await ensure_async(self.kc.iopub_channel.get_msg(timeout=_READY_S))
                if message["parent_header"].get("msg_id") == request:
                    state = message["content"].get("execution_state")
        except Empty:
            return False
        return True


class Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's engine with `Client`.

    It ends the kernel at once when the last cell is done, for nothing is left to say, and writes the notebook
    once: at the end, or as far as it came when the kernel dies or is too slow.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        start_timeout: int,
        execution_timeout: int,
        config: Any = None,
        **_: Any,
    ) -> Any:
        """Run the cells; papermill calls it."""
        target, nb_man.output_path = nb_man.output_path, None
        client = Client(
            nb_man,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout=execution_timeout,
            shutdown_kernel="immediate",
            config=config,
            log=logger,
        )
        try:
            return client.execute()
        except BaseException:  # else papermill writes it
            write_ipynb(nb_man.nb, target)
            raise


papermill_engines.register(ENGINE, Engine)
logger.addHandler(logging.NullHandler())  # what fails is raised and reported once


class PreforkedKernel:
    """A kernel's process, forked and waiting, with as much of `subprocess.Popen` as jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        context = get_context("fork")
        requests, self._requests = context.Pipe(duplex=False)
        self._process = context.Process(target=_wait_for_request, args=(requests,), name="kernel")
        self._process.start()
        requests.close()
        self.pid = self._process.pid or 0

    def launch(self, arguments: list[str], environment: dict[str, str], cwd: str) -> None:
        """Tell it what to start with; it is a kernel from here on."""
        self._requests.send((arguments, environment, cwd))

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for its end and return the exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel and all in its session."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the kernel and all that it started, at once."""
        end_process_tree(self.pid, grace_s=0)

    terminate = kill


_waiting: list[PreforkedKernel] = []  # the provisioner, which jupyter_client makes, takes it from here


@contextlib.contextmanager
def _preforked_kernel() -> Iterator[None]:
    """Have a kernel's process ready while a notebook is run in this process; nothing of it is left after."""
    if not can_fork():
        yield
        return
    kernel = PreforkedKernel()
    _waiting.append(kernel)
    try:
        yield
    finally:
        _waiting.clear()
        kernel.kill()
        kernel.wait()


def _wait_for_request(requests: Connection) -> NoReturn:
    die_with_parent(group=True)
    try:
        arguments, kernel_environment, cwd = requests.recv()
    except EOFError:
        os._exit(0)
    os.environ.clear()
    os.environ.update(kernel_environment)
    os.chdir(cwd)
    sys.argv = ["ipykernel_launcher", *arguments]
    kernel_main()
    os._exit(0)


class ForkProvisioner(LocalProvisioner):
    """As `LocalProvisioner`, but it takes the forked process where one waits, and notices its end sooner."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel in the waiting process; by its command where there is none."""
        if not _waiting:
            return await super().launch_kernel(cmd, **kwargs)
        parent = str(os.getpid())
        handle = f"--IPKernelApp.parent_handle={parent}"  # its default is of before the fork
        kernel = _waiting.pop()
        kernel.launch(
            [*cmd[len(_LAUNCHER) :], handle],
            {**kwargs["env"], "JPY_PARENT_PID": parent},
            str(kwargs.get("cwd") or Path.cwd()),
        )
        self.process = kernel  # type: ignore[assignment]
        self.pid = self.pgid = kernel.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and return when it is gone; the manager looks every tenth of a second only."""
        await super().kill(restart=restart)
        deadline = time.monotonic() + _KILL_S
        while await self.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(_POLL_S)
