"""Run the command many times: in forks of a process that has imported everything, traced where it is asked.

Started as a program it reads a project's folder a line, forks, and tells the number of the child, which waits
stopped for its tracer; and its exit code at the end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from torture import world

HOME = Path(__file__).parents[1]
DEADLINE_S = 120.0


@dataclass
class Forks:
    """The prepared process."""

    process: subprocess.Popen[str]

    def run(self, root: Path, tracer: Sequence[str] = ()) -> world.Done:
        """Run the command in a project; ``tracer`` is a command that is given ``-p`` and the process."""
        began = time.monotonic()
        number = int(self._ask(str(root)))
        _wait(lambda: _status(number)["State"][0] in "Tt")
        traced = subprocess.Popen([*tracer, "-p", str(number)]) if tracer else None
        if traced:
            _wait(lambda: _status(number)["TracerPid"] != "0")
        os.kill(number, signal.SIGCONT)
        code = int(self._answer())
        if traced:
            traced.wait(timeout=DEADLINE_S)
        told = (root / "said").read_text(encoding="utf-8", errors="replace")
        return world.Done(code, told, time.monotonic() - began)

    def _ask(self, line: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def forks() -> Iterator[Forks]:
    """Start the prepared process, and end it."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "torture.forked"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=HOME) as process:
        yield Forks(process)


def _status(number: int) -> dict[str, str]:
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _wait(ready: object) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not ready() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.002)


def main() -> None:
    """Fork once for each line that is read."""
    from klimatlib.execution import processes
    from klimatlib.report import renderers
    from klimatlib.run import build

    assert renderers and build  # imported for the forks
    processes._FORKS = False  # nothing runs but what is kept: no kernels are to be prepared
    for line in sys.stdin:
        if not (number := os.fork()):
            _child(Path(line.strip()))
        print(number, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]), flush=True)


def _child(root: Path) -> NoReturn:
    from klimatlib import cli

    os.chdir(root)
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.dup2(os.open(root / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    sys.argv = ["klimatlib", *world.REPORT[1:]]
    os.kill(os.getpid(), signal.SIGSTOP)
    try:
        cli.main()
    except SystemExit as end:
        os._exit(int(end.code or 0))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


if __name__ == "__main__":
    main()
