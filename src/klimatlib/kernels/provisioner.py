"""The provisioner of kernels for jupyter_client: takes the forked process where there is one.

Named in the project's entry points (``jupyter_client.kernel_provisioners``), and by the kernel specification
that `klimatlib.kernels.workers` writes for a run.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from klimatlib.kernels import seat

NAME = "klimatlib-fork"
_GLANCE_S, _KILL_S = 0.004, 2.0


class ForkProvisioner(LocalProvisioner):
    """As `LocalProvisioner`, whose work it leaves to it, but for how the process comes to be."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel in the waiting process; by its command where there is none."""
        words, waiting = seat.words_of(cmd), seat.take()
        if words is None or waiting is None:
            return await super().launch_kernel(cmd, **kwargs)
        parent = str(os.getpid())
        environment = {**kwargs["env"], "JPY_PARENT_PID": parent}
        told = [*words, f"--IPKernelApp.parent_handle={parent}"]  # its default was read before the fork
        waiting.start(seat.Order(told, environment, str(kwargs.get("cwd") or Path.cwd())))
        self.process = waiting  # type: ignore[assignment]
        self.pid = self.pgid = waiting.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and return when it is gone; the manager looks every tenth of a second only."""
        await super().kill(restart=restart)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._end(), _KILL_S)

    async def wait(self) -> int | None:
        """Wait for the kernel's end, with a glance every few milliseconds."""
        await self._end()
        return await super().wait()

    async def _end(self) -> None:
        while await self.poll() is None:
            await asyncio.sleep(_GLANCE_S)
