"""A kernel's process, forked before its runner has threads or sockets, waiting to be told what to run."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import NoReturn

from klimatlib.kernels.lifeline import end_with_parent

_LAUNCHER = ["-m", "klimatlib.kernels.launch"]
_seats: list[Seat] = []


@dataclass(frozen=True)
class Order:
    """What a kernel is started with: the words after the launcher's name, environment, working folder."""

    words: list[str]
    environment: dict[str, str]
    cwd: str


class Seat:
    """The process, with as much of `subprocess.Popen` as jupyter_client asks of a local kernel."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        context = get_context("fork")
        orders, self._orders = context.Pipe(duplex=False)
        self._process = context.Process(target=_sit, args=(orders,), name="kernel")
        self._process.start()
        orders.close()
        self.pid = self._process.pid or 0

    def start(self, order: Order) -> None:
        """Tell it what to run; it is a kernel from here on."""
        self._orders.send(order)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for its end and return the exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel and all that it started."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        """End the kernel and all that it started, at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel and all that it started to end."""
        self.send_signal(signal.SIGTERM)


@contextmanager
def seated() -> Iterator[None]:
    """Have a kernel's process ready while a notebook is run in this process; nothing of it is left after."""
    seat = Seat()
    _seats.append(seat)
    try:
        yield
    finally:
        _seats.clear()
        try:
            seat.kill()
        except ProcessLookupError:
            seat._process.kill()  # before it has a session of its own, or when all is over
        seat.wait()


def take() -> Seat | None:
    """Return the waiting process, once; None where there is none."""
    return _seats.pop() if _seats else None


def words_of(command: list[str]) -> list[str] | None:
    """Return what follows the launcher in a kernel's command; None when it is not an ordinary Python kernel.

    >>> words_of(["python", "-m", "klimatlib.kernels.launch", "-f", "k.json"])
    ['-f', 'k.json']
    >>> words_of(["R", "--slave"]) is None
    True
    """
    return command[3:] if command[1:3] == _LAUNCHER else None


def _sit(orders: Connection) -> NoReturn:
    end_with_parent(group=True)
    try:
        order: Order = orders.recv()
    except EOFError:
        os._exit(0)
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.cwd)
    sys.argv = ["ipykernel_launcher", *order.words]
    from klimatlib.kernels.launch import launch

    launch()
    os._exit(0)
