"""Start a kernel that listens on no network port: all that it is reached by are sockets of the file system.

Its channels are such sockets where the connection file says so (``transport: ipc``). What a child that a cell
forks prints still came to it through a port of the loopback, open to every user of the machine; here that is
one more socket beside the channels. Run as ``python -m klimatlib.kernels.launch -f CONNECTION_FILE``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_IPC = "ipc://"


def launch() -> None:
    """Run a kernel until it is told to end; its arguments stand in ``sys.argv``."""
    import zmq
    from ipykernel import kernelapp
    from ipykernel.iostream import IOPubThread
    from zmq.eventloop.zmqstream import ZMQStream

    class Thread(IOPubThread):
        """As ipykernel's, but for how it hears of what forked children print."""

        def _setup_pipe_in(self) -> None:
            self._children = f"{self.socket.getsockopt_string(zmq.LAST_ENDPOINT)}-c"
            if not self._children.startswith(_IPC):
                super()._setup_pipe_in()  # type: ignore[no-untyped-call]
                return
            self._pipe_uuid = os.urandom(16)
            socket = self.socket.context.socket(zmq.PULL)
            socket.linger = 0
            socket.bind(self._children)
            self._pipe_in = ZMQStream(socket, self.io_loop)
            self._pipe_in.on_recv(self._handle_pipe_msg)

        def _setup_pipe_out(self) -> tuple[Any, Any]:
            if not self._children.startswith(_IPC):
                return super()._setup_pipe_out()  # type: ignore[no-any-return,no-untyped-call]
            context: Any = zmq.Context()
            socket = context.socket(zmq.PUSH)
            socket.linger = 3000
            socket.connect(self._children)
            return context, socket

    setattr(kernelapp, "IOPubThread", Thread)  # noqa: B010  (the name that ipykernel does not export)
    kernelapp.launch_new_instance()


if __name__ == "__main__":
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
        del sys.path[0]  # while the kernel is loaded, as ipykernel_launcher does
    launch()
