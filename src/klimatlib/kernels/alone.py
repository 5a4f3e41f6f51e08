"""One piece of work in a process of its own, for a caller that has threads: a worker of a cluster.

Run as ``python -m klimatlib.kernels.alone ANSWER``; on standard input stand, pickled, a function and what it
is called with. The answer is written, pickled, to the file ANSWER: what the function returned and what it
raised. The process and its kernel end with the caller.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from klimatlib.errors import NotebookError
from klimatlib.kernels.workers import become_worker, settings


def in_process(work: Callable[[Any], Any], given: Any) -> Any:
    """Do work in a new process and return what it returned.

    Raises
    ------
    NotebookError
        When the process ended without an answer; else what the work raised.
    """
    with tempfile.TemporaryDirectory(prefix="klimatlib-") as folder:
        answer = Path(folder) / "answer"
        command = [sys.executable, "-m", __name__, str(answer)]
        environment = {**os.environ, **settings()}
        with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
            assert process.stdin is not None
            process.stdin.write(pickle.dumps((work, given)))
            process.stdin.flush()
            code = process.wait()
        if not answer.is_file():
            raise NotebookError(f"its process ended with exit code {code}; was memory short?")
        returned, raised = pickle.loads(answer.read_bytes())
    if raised is not None:
        raise raised
    return returned


def _main(answer: Path) -> None:
    from klimatlib.kernels import preload  # noqa: F401  (before what is sent imports pandas by itself)

    work, given = pickle.load(sys.stdin.buffer)
    if sys.platform == "linux":
        from klimatlib.kernels.lifeline import end_with

        end_with(sys.stdin.fileno())
    become_worker()
    told: tuple[Any, Exception | None]
    try:
        told = work(given), None
    except Exception as error:
        told = None, error
    draft = answer.with_suffix(".part")
    draft.write_bytes(pickle.dumps(told))
    draft.replace(answer)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
