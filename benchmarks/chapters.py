"""The notebooks of 2023 in the current project, as one process: chapters.py run | scripts.

``run`` does what a run does: papermill, a kernel each, side by side. ``scripts`` executes the same code in
two processes forked from one that has the libraries, without papermill, kernels or settling: no way to run
these notebooks can be faster, and what it takes is the limit that the benchmark compares with.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from klimatlib.config import Outline

PARAMS, OUT = "params/2023.yml", "outputs/bench"


def outline(root: Path | None = None) -> Outline:
    """Return which notebooks they are."""
    from klimatlib.sources import inputs as sources

    return sources.outline(sources.Inputs.open(PARAMS, start=root))


def run() -> None:
    """Run the chapters as `klimatlib.run.build` does."""
    from klimatlib.execution.processes import start_fork_server, workers

    start_fork_server()
    from klimatlib.execution import notebooks
    from klimatlib.execution.publishing import Job

    root, notebooks_of = Path.cwd(), outline()
    with workers(len(notebooks_of.chapters)) as pool:
        for names in (notebooks_of.chapters, (notebooks_of.summary,)):
            jobs = [
                Job(root, name, PARAMS, OUT, root / OUT / "notebooks" / f"{name}.ipynb") for name in names
            ]
            notebooks.run_all(jobs, executor=pool, done=lambda _: None)


def scripts() -> None:
    """Execute the same code in two warm processes."""
    from klimatlib.execution.processes import PRELOADED, SETTINGS

    os.environ.update(SETTINGS)
    for module in PRELOADED:
        importlib.import_module(module)

    notebooks = outline()
    sizes = {name: -Path("notebooks", f"{name}.ipynb").stat().st_size for name in notebooks.chapters}
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(script, sorted(sizes, key=sizes.__getitem__), chunksize=1)  # longest first, as in a run
        pool.map(script, [notebooks.summary])


def script(name: str) -> None:
    """Execute a notebook's cells, one after another, showing what each ends with as a kernel would."""
    import ast

    cells = json.loads((Path("notebooks") / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    space: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        if "parameters" in cell["metadata"].get("tags", []):
            tree = ast.parse(f"params_file, out_dir = {PARAMS!r}, {OUT!r}")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), space)
        if isinstance(last, ast.Expr):
            _show(eval(compile(ast.Expression(last.value), name, "eval"), space))
    _leave_record(name)


def _show(value: object) -> None:
    """Make what a kernel would send."""
    if hasattr(value, "_repr_mimebundle_"):
        value._repr_mimebundle_()
    elif hasattr(value, "_repr_html_"):
        value._repr_html_()


def _leave_record(name: str) -> None:
    """Complete the record, so that the summary takes the chapters as they are."""
    from klimatlib.execution.publishing import digest, environment_hashes

    path = Path(OUT) / "chapters" / f"{name}.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record.update(notebook=digest(Path("notebooks") / f"{name}.ipynb"), foundation=environment_hashes(Path()))
    path.write_text(json.dumps(record), encoding="utf-8")


if __name__ == "__main__":
    {"run": run, "scripts": scripts}[sys.argv[1]]()
