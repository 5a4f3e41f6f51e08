"""Run one notebook by papermill, in a private folder, with nobody's settings and on no network port."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from klimatlib.errors import NotebookError
from klimatlib.kernels.workers import SETTINGS, can_fork, environment

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
START_TIMEOUT_S = 120
CELL_TIMEOUT_S = 600


def execute(notebook: Path, half: Path, parameters: Mapping[str, str]) -> None:
    """Run a notebook in a kernel of its own.

    Parameters
    ----------
    notebook
        What to run; its folder is the kernel's working folder.
    half
        Where to write it, whole or as far as it came; in a folder of `workshop`.
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
    if bad := [name for name in parameters if not _NAME.fullmatch(name)]:
        told = f"{bad[0]!r} is no parameter's name; expected small letters, digits and _"
        raise NotebookError(f"notebooks/{notebook.name}: {told}")
    import papermill
    from traitlets.config import Config

    from klimatlib.kernels import nbclient_engine

    with environment(_settings(half.parent)), _quiet(half.with_name("kernel.log")), _seated():
        papermill.execute_notebook(
            str(notebook),
            str(half),
            parameters=dict(parameters),
            engine_name=nbclient_engine.NAME,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(notebook.parent),
            start_timeout=START_TIMEOUT_S,
            execution_timeout=CELL_TIMEOUT_S,
            config=Config({"KernelManager": _connection(half.with_name("k.json"))}),
        )


@contextmanager
def workshop() -> Iterator[Path]:
    """Give a private folder that is gone afterwards, with the kernel's specification in it."""
    folder = Path(tempfile.mkdtemp(prefix="klimatlib-"))
    try:
        _write_specification(folder / "data" / "kernels" / "python3" / "kernel.json")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path) -> dict[str, str]:
    return {
        **SETTINGS,
        "JUPYTER_PATH": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "jupyter"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def _write_specification(path: Path) -> None:
    """Name this Python, whatever kernels the person who runs this has installed."""
    specification: dict[str, object] = {
        "argv": [sys.executable, "-m", "klimatlib.kernels.launch", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    if can_fork():
        specification["metadata"] = {"kernel_provisioner": {"provisioner_name": "klimatlib-fork"}}
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(specification), encoding="utf-8")


def _seated() -> AbstractContextManager[None]:
    if not can_fork():
        return nullcontext()
    from klimatlib.kernels.seat import seated

    return seated()


def _connection(file: Path) -> dict[str, str]:
    """Sockets instead of network ports, which kernels that start together fight over; Windows has none."""
    return {"connection_file": str(file)} | ({} if os.name == "nt" else {"transport": "ipc"})


@contextmanager
def _quiet(log: Path) -> Iterator[None]:
    """Send what kernels say on standard error to a log: they say "ERROR" at a stop that is wanted."""
    saved = os.dup(2)
    with log.open("ab") as handle:
        os.dup2(handle.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
