"""Kernels from a prepared process, as fresh, isolated and mortal as ordinary ones; also on a cluster."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest

from campaign.processes import write_notebook
from klimatlib.errors import ClusterError, NotebookError, RenderError
from klimatlib.execution import notebooks, processes
from klimatlib.execution.publishing import Job, digests, environment_hashes

PATIENCE_S = 120


def notebook(folder: Path, *cells: str) -> Path:
    return write_notebook(folder / "cell.ipynb", "said = ''", *cells)


def run(path: Path) -> str:
    """Run a notebook, in a worker or here, and return what its cells printed."""
    return processes.run_in_fork(_run, path, name=path.name) if processes.can_fork() else _run(path)


def _run(path: Path) -> str:
    half = path.with_name("half.ipynb")
    notebooks.execute(path, half, {"said": "hej"})
    book = nbformat.read(half, as_version=4)
    return "".join(o.get("text", "") for cell in book.cells for o in cell.get("outputs", []))


def threads_and_sockets(_: None) -> tuple[int, list[str]]:
    links = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return len([*Path("/proc/self/task").iterdir()]), [link for link in links if link.startswith("socket:")]


@pytest.fixture(scope="module")
def pool():
    with processes.workers(1) as executor:
        yield executor


def test_a_kernel_is_forked_with_its_libraries_before_there_is_a_thread_or_a_socket(pool, tmp_path):
    assert pool.submit(processes.can_fork).result()
    assert pool.submit(threads_and_sockets, None).result() == (1, [])
    # A check of addresses, for which JupyterLab brings grammars that take long to compile, is left out.
    cell = "import sys, jsonschema\niri, check = {'format': 'iri'}, jsonschema.FormatChecker()\n"
    cell += "jsonschema.validate('a', iri, format_checker=check); print(said, 'lark' in sys.modules)\n"
    cell += f"print([name for name in {processes.PRELOADED} if name not in sys.modules])"
    assert pool.submit(run, notebook(tmp_path, cell)).result() == "hej False\n[]\n"


def test_nothing_of_one_notebook_is_seen_in_the_next(pool, tmp_path):
    used = "import builtins, os, pandas\n"
    leave = "builtins.left = 1; os.environ['LEFT'] = '1'; pandas.options.display.width = 7"
    look = "print(hasattr(builtins, 'left'), 'LEFT' in os.environ, pandas.options.display.width)\n"
    wide = "print(pandas.DataFrame({f'column {n}': [n] for n in range(30)}))"
    pool.submit(run, notebook(tmp_path, used + leave)).result()
    forked = pool.submit(run, path := notebook(tmp_path, used + look + wide)).result()
    assert forked.startswith("False False 80\n")
    assert forked == run(path), "a table is as wide as in an ordinary kernel"


def test_a_run_leaves_the_extension_out_and_keeps_the_lines_numbers(pool, tmp_path):
    cell = "%load_ext klimatlib\nprint('autoreload' in get_ipython().extension_manager.loaded, In[-1][:11])"
    assert pool.submit(run, notebook(tmp_path, cell)).result() == "False # %load_ext\n"


def test_a_runner_that_is_killed_is_named_and_the_worker_lives_on(pool, tmp_path):
    path = notebook(tmp_path, "import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    with pytest.raises(NotebookError, match=r"cell\.ipynb: its process ended with signal 9; was"):
        pool.submit(run, path).result()
    assert pool.submit(run, notebook(tmp_path, "print(said)")).result() == "hej\n"


def test_no_kernel_listens_on_a_port_and_a_forked_child_that_prints_does_no_harm(pool, tmp_path):
    look = (
        "import os, psutil\n"
        "if (child := os.fork()) == 0:\n    print('lost', flush=True); os._exit(0)\n"
        "print(os.waitpid(child, 0)[1], [s.laddr for s in psutil.Process().net_connections('inet')])"
    )
    path = notebook(tmp_path, look)
    assert [pool.submit(run, path).result(), run(path)] == ["0 []\n"] * 2


def test_a_notebook_gives_the_same_bytes_where_nothing_can_be_forked(tiny_report, tmp_path, monkeypatch):
    root = tmp_path / "värld"
    shutil.copytree(tiny_report, root, ignore=shutil.ignore_patterns("outputs"))
    monkeypatch.chdir(root)
    out, kept = root / "outputs" / ".staging-tiny", tiny_report / "outputs" / ".kept" / "tiny"
    name = "40_emissions"
    notebooks.run(
        Job(root, name, "params/tiny.yml", "outputs/.staging-tiny", out / "notebooks" / f"{name}.ipynb")
    )
    forked = [path for path in (kept / name).rglob("*") if path.is_file() and path.name != "record.json"]
    assert len(forked) >= 3
    for path in forked:
        assert (out / path.relative_to(kept / name)).read_bytes() == path.read_bytes(), path


PROGRAM = {"cwd": Path(), "env": os.environ, "what": "program"}


def test_of_a_program_that_ends_the_exit_code_and_the_end_of_its_output_are_kept():
    deadline = time.monotonic() + PATIENCE_S
    script = "seq 99999; printf '\\033[31mred\\033[0m'; sleep 600 & exit 3"
    done = processes.run_program(["sh", "-c", script], deadline=deadline, **PROGRAM)
    assert done.returncode == 3
    assert done.stdout.endswith("99999\nred")
    assert len(done.stdout) < processes.KEPT_OUTPUT
    hungry = [sys.executable, "-c", "bytearray(2 * 1024**3)"]
    assert "MemoryError" in processes.run_program(hungry, deadline=deadline, **PROGRAM).stdout
    with pytest.raises(RenderError, match="program: cannot be started"):
        processes.run_program(["/nowhere"], deadline=deadline, **PROGRAM)


def wait_for(look):
    deadline = time.monotonic() + PATIENCE_S
    while not (answer := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


@contextmanager
def dask(program: str, *options: str, folder: Path):
    """Run one of Dask's programs on the loopback interface."""
    command = [sys.executable, "-W", "ignore", "-m", f"distributed.cli.dask_{program}", "--no-dashboard"]
    command += ["--host", "127.0.0.1", *options]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler's address; workers know no project, run one job at a time, and one has a nanny."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    with dask("scheduler", "--port", "0", "--scheduler-file", str(file), folder=folder):
        yield json.loads(wait_for(lambda: file.is_file() and file.read_text(encoding="utf-8")))["address"]


def test_sheets_made_on_a_cluster_are_those_made_here_even_when_a_worker_is_killed(
    tiny, tiny_sheets, scheduler, tmp_path
):
    codes, worker = ("1281", "2580"), ("worker", scheduler, "--nthreads", "1")
    own = ["-C", str(tiny), "sheets", "tiny", *codes, "--cluster"]
    with dask(*worker, folder=tmp_path), dask(*worker, "--no-nanny", folder=tmp_path) as victim:
        command = [sys.executable, "-c", "from klimatlib.cli import main; main()", *own, scheduler]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        children = wait_for(lambda: psutil.Process(victim.pid).children(recursive=True)[3:])  # a job
        victim.send_signal(signal.SIGKILL)
        said, _ = running.communicate(timeout=PATIENCE_S * 2)
    assert running.returncode == 0, said
    psutil.wait_procs(children, timeout=5)
    assert [child for child in children if child.is_running()] == []
    on_cluster, here = (root / "outputs" / "tiny-sheets" for root in (tiny, tiny_sheets))
    for code in codes:
        assert digests(on_cluster / code) == digests(here / code)


def test_a_cluster_that_is_not_there_has_nobody_or_other_packages_is_told_in_one_line(tiny, scheduler):
    nowhere = "tcp://127.0.0.1:1"
    messages = {scheduler: "the scheduler has no workers", nowhere: f"{nowhere}: no Dask scheduler answers"}
    for address, message in messages.items():
        with pytest.raises(ClusterError, match=message), processes.cluster(address, tiny):
            pass
    expected = environment_hashes(None)
    assert set(expected) == {"klimatlib", "the installed packages"}
    with pytest.raises(ClusterError, match="tcp://x: the installed packages is not the same there as here"):
        other = {**expected, "the installed packages": "other"}
        processes.require_same_packages("tcp://s", {"tcp://x": other}, expected)


@pytest.mark.parametrize("name", ["outputs/y/n.csv", "../n.csv", "/tmp/n.csv", "outputs/x/../../n.csv"])
def test_what_came_back_changed_or_would_lie_elsewhere_is_not_taken(tmp_path, name):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("outputs/x/whole.csv", "whole")
        packed.writestr(name, "content")
    sent = archive.getvalue()
    for data, below, message in [
        (sent, "outputs/x", f"{name}: came back from a worker, but belongs in outputs/x"),
        (sent.replace(b"content", b"changed"), ".", f"{name}'?: came back from a worker, but not as it was"),
    ]:
        with pytest.raises(ClusterError, match=message):
            processes.unpack(data, tmp_path / "project", below=below)
    assert not (tmp_path / "project").exists()


def test_what_is_sent_holds_the_inputs_and_neither_raw_files_nor_outputs(tiny):
    (tiny / "data" / "raw").mkdir()
    (tiny / "data" / "raw" / "big.xlsx").touch()
    archive = processes.pack(tiny, "requirements.lock", "params", "data", "notebooks")
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert {"data/tiny/survey.csv", "requirements.lock", "params/tiny.yml"} <= set(names)
    assert not [name for name in names if name.startswith(("data/raw", "outputs"))]
