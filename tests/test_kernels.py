"""Kernels from a prepared process: as fresh, isolated and mortal as ordinary ones, with the same bytes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from klimatlib import notebooks
from klimatlib.errors import NotebookError
from klimatlib.jobs import Job
from klimatlib.kernels import execute, workers

linux = pytest.mark.skipif(sys.platform != "linux", reason="forks, which only Linux does safely")
pytestmark = linux


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "cell.ipynb"
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    code.insert(0, nbformat.v4.new_code_cell("said = ''", metadata={"tags": ["parameters"]}))
    book = nbformat.v4.new_notebook(cells=code)
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(book, path)
    return path


def run(path: Path) -> str:
    """Run a notebook, in a worker or here, and return what its cells printed."""
    return workers.in_runner(_run, path, name=path.name) if workers.can_fork() else _run(path)


def _run(path: Path) -> str:
    with execute.workshop() as folder:
        half = folder / "run.ipynb"
        try:
            execute.execute(path, half, {"said": "hej"})
        finally:
            if half.exists():
                shutil.copy(half, path.with_suffix(".half"))
        book = nbformat.read(half, as_version=4)
    return "".join(o.get("text", "") for cell in book.cells for o in cell.get("outputs", []))


def threads_and_sockets() -> tuple[int, list[str]]:
    return workers.in_runner(_threads_and_sockets, None, name="look")


def _threads_and_sockets(_: None) -> tuple[int, list[str]]:
    links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    threads = [*Path("/proc/self/task").iterdir()]
    return len(threads), [str(link) for link in links if str(link).startswith("socket:")]


@pytest.fixture(scope="module")
def pool():
    with workers.workers(1) as executor:
        yield executor


def test_a_kernel_is_forked_before_there_is_a_thread_or_a_socket(pool):
    assert pool.submit(workers.can_fork).result()
    assert pool.submit(threads_and_sockets).result() == (1, [])


def test_a_notebook_finds_the_libraries_imported(pool, tmp_path):
    path = notebook(tmp_path, "import sys; print(said, {'pandas', 'seaborn'} <= set(sys.modules))")
    assert pool.submit(run, path).result() == "hej True\n"


def test_nothing_of_one_notebook_is_seen_in_the_next(pool, tmp_path):
    used = "import builtins, os, pandas\n"
    leave = "builtins.left = 1; os.environ['LEFT'] = '1'; pandas.options.display.width = 7"
    look = "print(hasattr(builtins, 'left'), 'LEFT' in os.environ, pandas.options.display.width)"
    pool.submit(run, notebook(tmp_path, used + leave)).result()
    assert pool.submit(run, notebook(tmp_path, used + look)).result() == "False False 80\n"


def test_a_runner_that_is_killed_is_told_and_the_worker_lives_on(pool, tmp_path):
    path = notebook(tmp_path, "import os, signal; os.kill(os.getppid(), signal.SIGKILL)")
    with pytest.raises(NotebookError, match=r"cell\.ipynb: its process ended with signal 9; was"):
        pool.submit(run, path).result()
    assert pool.submit(run, notebook(tmp_path, "print(said)")).result() == "hej\n"


def test_where_nothing_can_be_forked_kernels_are_ordinary_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_FORKS", False)
    path = notebook(tmp_path, "import sys; print(said, 'seaborn' in sys.modules)")
    with workers.workers(1) as ordinary:
        assert ordinary.submit(run, path).result() == "hej False\n"


def test_every_notebook_gives_the_same_bytes_in_an_ordinary_kernel(tiny_report, tmp_path, monkeypatch):
    root = tmp_path / "värld"
    shutil.copytree(tiny_report, root, ignore=shutil.ignore_patterns("outputs"))
    monkeypatch.chdir(root)
    out, kept = root / "outputs" / ".staging-tiny", tiny_report / "outputs" / ".kept" / "tiny"
    names = sorted(path.stem for path in (root / "notebooks").glob("[0-9]*.ipynb"))
    assert len(names) == 6
    for name in names:
        target = out / "notebooks" / f"{name}.ipynb"
        notebooks.run(Job(root, name, "params/tiny.yml", "outputs/.staging-tiny", target))
        forked = [path for path in (kept / name).rglob("*") if path.is_file() and path.name != "record.json"]
        assert len(forked) >= 3
        for path in forked:
            assert (out / path.relative_to(kept / name)).read_bytes() == path.read_bytes(), path


def test_no_process_of_a_run_compiles_grammars_that_no_notebook_needs(pool, tmp_path):
    path = notebook(tmp_path, "import sys, jsonschema; print('rfc3987_syntax.syntax_helpers' in sys.modules)")
    assert pool.submit(run, path).result() == "False\n"
    code = (
        "import sys; from klimatlib.kernels.lean import skip_grammars; skip_grammars()\n"
        "import nbformat, jsonschema; print('lark' in sys.modules)\n"
        "check = jsonschema.FormatChecker()\n"
        "jsonschema.validate('a', {'type': 'string', 'format': 'iri'}, format_checker=check)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
