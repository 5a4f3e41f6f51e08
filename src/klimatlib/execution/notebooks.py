"""Run notebooks, read what their cells said, and the rules that notebooks of a report keep.

papermill executes. It only warns about a parameter that a notebook does not have, takes ``exit()`` for
success and leaves half a notebook when killed; so parameters are compared before, every cell is looked at
after, and it writes where nobody reads.

``python -m klimatlib.execution.notebooks notebooks/*.ipynb`` names every breach of the rules and ends with 2;
the tests, and the hook that runs before a commit, use the same.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from klimatlib.config import load_project
from klimatlib.errors import InputError, KlimatlibError, NotebookError, Problem
from klimatlib.execution.processes import ANSWERS_READ, can_fork, run_in_fork, strip_colours, workers
from klimatlib.execution.publishing import (
    Job,
    digest,
    environment_hashes,
    read_record,
    stale_job,
    write_record,
)
from klimatlib.files import atomic_write

Cell = Mapping[str, Any]
PARAMETERS = ("params_file", "out_dir")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_HIDDEN = "the notebook has read members' answers, so its message stands in the half-run notebook alone"
_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")  # IPython's words for a place in a notebook
_TRACEBACK = "Traceback (most recent call last)"
# Calls that start a program and do not raise when it fails.
_UNCHECKED = {
    *("os.system", "os.popen", "subprocess.Popen", "subprocess.call"),
    *("subprocess.getoutput", "subprocess.getstatusoutput"),
}
_PRINTING = {"print", "display", "Markdown", "HTML", "stacked", "beside"}
_QUERYING = {"query", "eval"}  # texts that pandas reads, and nobody else
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")


def run(job: Job) -> str:
    """Run one notebook by papermill and write it, settled, to its target.

    In a worker it runs in a process of its own; see `klimatlib.execution.processes`.

    Returns
    -------
    str
        The notebook's name.

    Raises
    ------
    NotebookError
        Naming notebook and cell; the half-run notebook stays beside the target as ``<name>.failed.ipynb``.
    """
    if not can_fork():
        return _run(job)
    from klimatlib.sources import inputs as sources

    sources.remember(job.params_file, job.root)
    return run_in_fork(_run, job, name=f"notebooks/{job.name}.ipynb")


def _run(job: Job) -> str:
    path = f"notebooks/{job.name}.ipynb"
    cells = _code_cells(job.notebook, path)
    for cell in cells:
        for problem in unseen_failures(_source(cell)):
            raise NotebookError(f"{path}, cell {_cell_name(cell)}: {problem}")
    try:
        names = _parameter_names(cells)
    except ValueError as error:
        raise NotebookError(f"{path}: {error}") from None
    if sorted(names) != sorted(job.parameters):
        expected = " and ".join(job.parameters)
        raise NotebookError(f"{path}: parameters are {', '.join(names)}; expected {expected}")
    job.target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="klimatlib-") as folder:
        half = Path(folder) / "run.ipynb"
        try:
            _execute(job, half, path)
            _require_whole(job, half, path)
        except KlimatlibError:
            if half.is_file() and half.stat().st_size:
                # An error's message and the cells' outputs may hold members' answers: for its owner alone.
                failed = job.target.with_name(f"{job.name}.failed.ipynb")
                atomic_write(failed, half.read_text(encoding="utf-8"), private=True)
            raise
        atomic_write(job.target, settled(half))
    return job.name


def _execute(job: Job, half: Path, path: str) -> None:
    """Run the notebook; where it fails say in which cell, and once answers were read no more than that."""
    from papermill.exceptions import PapermillExecutionError

    from klimatlib.execution.kernels import execute

    try:
        execute(job.notebook, half, job.parameters)
    except Exception as error:
        try:
            cells = _code_cells(half, half.name)
        except InputError:  # not even that could be written
            cells = []
        hidden = half.with_name(ANSWERS_READ).exists()
        if isinstance(error, PapermillExecutionError):
            # By its output: papermill's own count includes cells that it put in.
            raised = next(filter(_has_raised, cells), None)
            where = f"cell {_cell_name(raised, hidden=hidden) if raised else 'unknown'}"
            message = f"{error.ename}: {_first_line(error.evalue)}"
            if hidden:
                message = f"{error.ename}; {_HIDDEN}"
                outputs = raised["outputs"] if raised else []
                traceback = [line for output in outputs for line in output.get("traceback", [])]
                line = _LINE.search(strip_colours("\n".join(traceback)))
                where += f", line {line[1]}" if line else ""
            raise NotebookError(f"{path}, {where}: {message}") from None
        begun = [cell for cell in cells if cell["metadata"].get("papermill", {}).get("start_time")]
        where = f", cell {_cell_name(begun[-1], hidden=hidden)}" if begun else ""
        first_line = _first_line(str(error))
        hint = "; was memory short?" if "Kernel died" in first_line else ""
        message = type(error).__name__ + ("" if hidden else f": {first_line}")
        raise NotebookError(f"{path}{where}: {message}{hint}") from error


def _require_whole(job: Job, half: Path, path: str) -> None:
    """Raise where a cell did not run, or what it began failed; complete the record that the chapter wrote."""
    for cell in _code_cells(half, path):
        if not _source(cell).strip():
            continue
        if _has_raised(cell) or not cell["execution_count"]:
            raise NotebookError(f"{path}, cell {_cell_name(cell)}: did not run to its end")
        # A thread that fails raises in no cell: a traceback on the error stream is all that is seen of it.
        errors = ["".join(output["text"]) for output in cell["outputs"] if output.get("name") == "stderr"]
        if _TRACEBACK in (text := "".join(errors).strip()):
            hidden = half.with_name(ANSWERS_READ).exists()
            reason = f"; {_HIDDEN}" if hidden else f": {text.splitlines()[-1]}"
            name = _cell_name(cell, hidden=hidden)
            raise NotebookError(f"{path}, cell {name}: what it began failed{reason}")
    try:
        record = json.loads(job.record.read_bytes())
    except (OSError, ValueError):
        text = "the chapter was not closed; end the notebook with chapter.close()"
        raise NotebookError(f"{path}: {text}") from None
    if record["parameters"] != job.parameters:
        raise NotebookError(f"{path}: ran with {record['parameters']}; a later cell overrides the parameters")
    record.update(notebook=digest(job.notebook), foundation=environment_hashes(job.root))
    write_record(job.record, record)


def run_all(jobs: Sequence[Job], *, executor: Executor | None = None, done: Callable[[Job], None]) -> None:
    """Run notebooks side by side, each in a process of its own.

    Parameters
    ----------
    jobs
        What to run.
    executor
        Where; by default as many processes as there are cores.
    done
        Called with each notebook's job, as soon as it is done.

    Raises
    ------
    NotebookError
        From the first that fails; those that wait are not begun.
    """

    def size(job: Job) -> int:
        return job.notebook.stat().st_size if job.notebook.is_file() else 0

    with nullcontext(executor) if executor else workers(len(jobs)) as pool:
        # The largest, which likely take longest, begin first, so that none is waited for alone at the end.
        begun = {pool.submit(run, job): job for job in sorted(jobs, key=size, reverse=True)}
        try:
            for future in as_completed(begun):
                future.result()
                done(begun[future])
        except BrokenExecutor:
            raise NotebookError("a worker process ended, by a signal or for want of memory") from None
        finally:
            for future in begun:
                future.cancel()


def complete(names: Iterable[str], *, params_file: str, out_dir: str) -> None:
    """Run those chapters whose claims are missing or older than what they rest on.

    For the notebook that sums up: opened alone, it makes what it needs; in a whole run all is there.

    Parameters
    ----------
    names
        The chapters' notebooks, without ending.
    params_file, out_dir
        The notebook's own parameters.
    """
    project = load_project(params_file)
    folder = project.root / out_dir / "notebooks"
    jobs = [Job(project.root, name, params_file, out_dir, folder / f"{name}.ipynb") for name in names]
    stale = [job for job in jobs if stale_job(job, read_record(job.record))]
    if stale:
        run_all(stale, done=lambda job: print(f"ran {job.name}"))


def settled(path: Path) -> str:
    """Return an executed notebook without what differs from run to run: clock, addresses, a run's ids."""
    import nbformat

    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    book["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(book["cells"]):
        tags = _tags(cell)
        cell["metadata"] = {"tags": tags} if tags else {}
        if "injected-parameters" in tags:
            cell["id"] = f"injected-parameters-{number}"
        if cell["cell_type"] == "code":
            cell["outputs"] = [output for output in cell["outputs"] if output.get("name") != "stderr"]
            for output in cell["outputs"]:
                output.get("metadata", {}).clear()
                if "text" in output:
                    output["text"] = _ADDRESS.sub("", output["text"])
    return str(nbformat.writes(book)) + "\n"  # type: ignore[no-untyped-call]


def rule_breaches(path: Path) -> list[Problem]:
    """Return what is wrong with one notebook, cell by cell.

    A notebook may do what its analyst likes, but for what makes a run wrong without a word: programs and
    magics that fail unseen, parameters that a run cannot set, a chapter that is not closed, numbers typed
    into the report's words, files that are read past `klimatlib.sources`, stored outputs; and it has no
    ``def``: what is worth a name is worth a test, and belongs in the library.
    """
    problems: list[tuple[str, str]] = []
    try:
        cells = _code_cells(path, path.as_posix())
        for cell in cells:
            where = f"cell {cell.get('id', '?')}"
            if cell["outputs"] or cell["execution_count"] is not None:
                strip = "strip them: nbstripout --keep-id, or in JupyterLab Edit > Clear Outputs"
                problems.append((where, f"has stored outputs; {strip}"))
            problems += [(where, problem) for problem in unseen_failures(_source(cell))]
            try:
                tree = ast.parse(_source(cell))
            except SyntaxError:  # reported already
                continue
            problems += [(where, problem) for problem in _unwanted(tree)]
            if "report" in _tags(cell):
                problems += [
                    (where, f"line {line} types {digits} into the report's words; take it from the claims")
                    for line, digits in _typed_numbers(tree)
                ]
        try:
            names = _parameter_names(cells)
            if not set(PARAMETERS) <= set(names):
                expected = " and ".join(PARAMETERS)
                problems.append(("parameters", f"expected {expected}, found {', '.join(names) or 'nothing'}"))
        except SyntaxError:  # reported already
            pass
        except ValueError as error:
            problems.append(("parameters", str(error)))
        if not cells or _source(cells[-1]).strip() != "chapter.close()":
            text = "expected chapter.close(), which writes the claims and what was read"
            problems.append(("last cell", text))
    except InputError as error:
        return [*error.problems]
    except (LookupError, TypeError, AttributeError) as error:
        problems = [("", f"not a notebook ({type(error).__name__}: {error}); save it anew in Jupyter")]
    return [Problem(path.as_posix(), where, text) for where, text in problems]


def unseen_failures(source: str) -> Iterator[str]:
    """Yield what a cell does that can fail and let the run go on as if nothing had: a run refuses it."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield f"line {error.lineno} is not Python; magics and shell commands are not run in a report"
        return
    for node, name, _ in _calls(tree):
        checked = any(word.arg == "check" and ast.unparse(word.value) == "True" for word in node.keywords)
        if name in _UNCHECKED or (name == "subprocess.run" and not checked):
            advice = "use subprocess.run(…, check=True)"
            yield f"line {node.lineno} starts a program whose failure nobody would see; {advice}"


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield the calls in a tree, each with the name that is called and the last part of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            yield node, name, name.rpartition(".")[2]


def _unwanted(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"line {node.lineno} has a def ({node.name}); move it into the library"
    for call, full_name, name in _calls(tree):
        ours = full_name.split(".")[0] in {"sources", "klimatlib"}
        if (name == "open" or name.startswith("read_")) and not ours:
            advice = "use klimatlib.sources, which records what was read"
            yield f"line {call.lineno} reads a file itself ({name}); {advice}"


def _typed_numbers(tree: ast.Module) -> list[tuple[int, str]]:
    """Return line and digits of numbers typed into words: texts of several words, and what is printed."""
    queries = {
        word
        for call, _, name in _calls(tree)
        if name in _QUERYING
        for argument in call.args
        for word in ast.walk(argument)
    }
    numbers = set()
    for node in ast.walk(tree):
        texts: list[Any] = []
        printed = isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _PRINTING
        if isinstance(node, ast.Call) and printed:
            texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        elif isinstance(node, ast.JoinedStr) and node not in queries:
            parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
            texts = [part.value for part in parts if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in queries:
            texts = [node.value]
        words = "".join(map(str, texts))
        printed |= any(isinstance(text, int | float) for text in texts) or " " in words.strip()
        if printed and (digits := _DIGITS.search(words)):
            numbers.add((node.lineno, digits[0]))  # type: ignore[attr-defined]
    return sorted(numbers)


def _parameter_names(cells: Sequence[Cell]) -> list[str]:
    """Return the names that a notebook's one ``parameters`` cell assigns.

    Raises
    ------
    ValueError
        When there is no such cell, or more than one, or it holds more than names and their texts: what is
        computed from a parameter there would keep the value of its default.
    """
    tagged = [cell for cell in cells if "parameters" in _tags(cell)]
    if len(tagged) != 1:
        raise ValueError(f"{len(tagged)} cells tagged 'parameters'; expected exactly one")
    names = []
    for node in ast.parse(_source(tagged[0])).body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)):
            raise ValueError(
                f"the parameters cell has {ast.unparse(node)!r}; expected nothing but lines such as "
                'name = "text", for the rest is not made anew when a run sets them; move it to the next cell'
            )
        names += [ast.unparse(target) for target in node.targets]
    return names


def _code_cells(notebook: Path, display_path: str) -> list[Cell]:
    try:
        book = json.loads(notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError([Problem(display_path, "", "missing; notebooks/report.yml names it")]) from None
    except (OSError, ValueError) as error:
        raise InputError([Problem(display_path, "", f"not a notebook: {error}")]) from None
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


def _source(cell: Cell) -> str:
    return "".join(cell["source"])


def _tags(cell: Cell) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _has_raised(cell: Cell) -> bool:
    return any(output["output_type"] == "error" for output in cell.get("outputs", []))


def _cell_name(cell: Cell, *, hidden: bool = False) -> str:
    """Return a cell's id and, unless hidden, its first line."""
    name = str(cell.get("id", "?"))
    return name if hidden else f"{name} ({_first_line(_source(cell))})"


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:200]


def main(arguments: Sequence[str]) -> int:
    """Check the notebooks named; print all breaches of all of them on the error stream."""
    problems = [problem for argument in arguments for problem in rule_breaches(Path(argument))]
    if problems:
        print(InputError(problems), file=sys.stderr)
    return InputError.exit_code if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
