"""The engine that runs a notebook for papermill: its own, but it waits for answers and not for time to pass.

Against papermill's usual engine it takes a kernel for ready when it has answered, where the usual client
waits a fifth of a second for silence; ends it at once when the last cell is done, because nothing is left to
say; and where that does not come, writes the notebook as far as it came.
"""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_core.utils import ensure_async, run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.iorw import write_ipynb
from papermill.log import logger

NAME = "klimatlib"
_ANSWER_S = 0.05  # before a kernel is asked again whether it is there


class Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client with another idea of when a kernel is ready."""

    async def async_start_new_kernel_client(self, **_: Any) -> Any:
        """Connect, and return when the kernel has answered on both channels that the run listens to."""
        self.kc = self.km.client()
        await ensure_async(self.kc.start_channels())
        try:
            await self._answered(time.monotonic() + self.startup_timeout)
        except Exception:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    async def _answered(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            asked = self.kc.kernel_info()
            try:
                await self._idle_after(asked)
            except Empty:
                if not await ensure_async(self.km.is_alive()):
                    raise RuntimeError("Kernel died before replying to kernel_info") from None
            else:
                return
        raise RuntimeError(f"Kernel didn't respond in {self.startup_timeout} seconds")

    async def _idle_after(self, asked: str) -> None:
        """Wait for the reply to a question, and for the word that the kernel is done with it."""
        answered = None
        while answered != asked:
            reply = await ensure_async(self.kc.shell_channel.get_msg(timeout=_ANSWER_S))
            answered = reply["parent_header"].get("msg_id")
        state = None
        while state != "idle":
            said = await ensure_async(self.kc.iopub_channel.get_msg(timeout=_ANSWER_S))
            if said["parent_header"].get("msg_id") == asked:
                state = said["content"].get("execution_state")


class Engine(NBClientEngine):  # type: ignore[misc]
    """Run a notebook with `Client`; papermill calls it."""

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
        """Run the cells; what came of them is written even when the kernel dies or is too slow."""
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


papermill_engines.register(NAME, Engine)
