"""Run notebooks by papermill, each in a kernel of its own, and the rules that notebooks of a report keep.

papermill only warns about a parameter that a notebook does not have, takes ``exit()`` for success and leaves
half a notebook when killed; so parameters are compared before, every cell is looked at after, and it writes
where nobody reads. ``python -m klimatlib.execution.notebooks notebooks/*.ipynb`` names breaches of the rules.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import json
import logging
import os
import re
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, as_completed
from contextlib import nullcontext, redirect_stderr, redirect_stdout, suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any, TypeVar

from klimatlib.config import load_project
from klimatlib.errors import (
    HIDDEN,
    InputError,
    KlimatlibError,
    NotebookError,
    Problem,
    has_read_answers,
    shortage,
    watch_for_answers,
)
from klimatlib.execution import processes, publishing
from klimatlib.execution.publishing import Job, read_record
from klimatlib.files import atomic_write, read_file, use_temporary_folder

if TYPE_CHECKING:
    from jupyter_client.asynchronous.client import AsyncKernelClient

Cell = Mapping[str, Any]
T = TypeVar("T")
PARAMETERS = ("params_file", "out_dir")
ANSWERS_READ = "members-answers-were-read"  # stands beside a notebook that has read them
START_TIMEOUT_S, CELL_TIMEOUT_S = 120, 600
_READY_S = 0.05  # before a kernel is asked again whether it is there
_PARAMETER_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_HIDDEN = "the notebook has read members' answers, so its message stands in the half-run notebook alone"
_LINE = re.compile(r"Cell In\[(\d+)\], line (\d+)")  # IPython's words for a place in a notebook
_NO_GLYPH = re.compile(r"Glyph (\d+) .*missing from")  # matplotlib's warning
_TRACEBACK = "Traceback (most recent call last)"
_EXTENSION = re.compile(r"^%(?:re)?load_ext +klimatlib *$", re.M)  # klimatlib.lab's, for a person at the keys
_COLUMN_OF_ANSWERS = "counts_as"  # a frame of single answers has it, one of counts has not
# Calls that start a program and do not raise when it fails.
_UNCHECKED = {
    *("os.system", "os.popen", "subprocess.Popen", "subprocess.call"),
    *("subprocess.getoutput", "subprocess.getstatusoutput"),
}
_PRINTING = {"print", "display", "Markdown", "HTML", "stacked", "beside"}
_QUERYING = {"query", "eval"}  # texts that pandas reads, and nobody else
_MAGIC = re.compile(r"^(?:[\w, ]+= *)?[%!?]|\?$")
_HEADING = re.compile(r"^#+ +(.*\S)", re.M)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")


def run(job: Job) -> str:
    """Run one notebook and write it, settled, to its target; in a worker, in a process of its own.

    Returns
    -------
    str
        The notebook's name.

    Raises
    ------
    NotebookError
        Naming notebook and cell; the half-run notebook stays beside the target as ``<name>.failed.ipynb``.
    """
    return _apart(_run, job)


def _apart(function: Callable[[Job], T], job: Job) -> T:
    """Call a function in a process forked for a notebook, with what every notebook reads; in a worker."""
    if not processes.can_fork():
        return function(job)
    from klimatlib.sources import inputs as sources

    sources.remember(job.params_file, job.root)
    return processes.run_in_fork(function, job, name=f"notebooks/{job.name}.ipynb")


def _run(job: Job) -> str:
    path = f"notebooks/{job.name}.ipynb"
    cells = code_cells(job.notebook, path)
    for where, problem in refusals(cells, job.parameters):
        raise NotebookError(f"{path}, {where}: {problem}")
    job.target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="klimatlib-") as folder:
        half = Path(folder) / "run.ipynb"
        try:
            _execute(job, half, path)
            _require_whole(job, half, path)
        except KlimatlibError:
            if half.is_file() and (text := half.read_text(encoding="utf-8")):
                # An error's message and the cells' outputs may hold members' answers: for its owner alone.
                atomic_write(job.target.with_name(f"{job.name}.failed.ipynb"), text, private=True)
            raise
        atomic_write(job.target, settled(half))
    return job.name


def _execute(job: Job, half: Path, path: str) -> None:
    """Run the notebook; where it fails say in which cell, and once answers were read no more than that."""
    try:
        execute(job.notebook, half, job.parameters)
    except Exception as error:
        try:
            cells = code_cells(half, half.name)
        except InputError:  # not even that could be written
            cells = []
        hidden = half.with_name(ANSWERS_READ).exists()
        begun = [cell for cell in cells if cell["metadata"].get("papermill", {}).get("start_time")]
        cell = next(filter(_has_raised, cells), begun[-1] if begun else None)
        # What a cell raised, or what became of the kernel.
        kind, message = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", str(error))
        text = f"{kind}; {_HIDDEN}" if hidden else f"{kind}: {_first_line(message)}"
        outputs = cell["outputs"] if cell else []
        traceback = [line for output in outputs for line in output.get("traceback", [])]
        lines = _LINE.findall(processes.strip_colours("\n".join(traceback)))
        own = [int(line) for count, line in lines if cell and count == str(cell["execution_count"])]
        if own and cell:  # IPython does not count the empty lines that a cell begins with
            own[0] += cell["source"][: -len(cell["source"].lstrip())].count("\n")
        where = f", {_place(cell, *own[:1], hidden=hidden)}" if cell else ""
        hint = f"; {shortage()}" if "Kernel died" in message else ""
        raise NotebookError(f"{path}{where}: {text}{hint}") from error


def rehearse(job: Job) -> list[Problem]:
    """Run a notebook's cells without a kernel and return what fails; in a worker, in a process of its own.

    Its target is then the notebook with what its report cells show. Where its end was reached, its record
    tells what it rests on, and has the ``problems`` too.
    """
    return _apart(_rehearse, job)


def _rehearse(job: Job) -> list[Problem]:
    from IPython.core.formatters import DisplayFormatter

    path, problems, names = f"notebooks/{job.name}.ipynb", list[Problem](), dict[str, Any]()
    cells, words, errors = code_cells(job.notebook, path), io.StringIO(), io.StringIO()
    display: Any = DisplayFormatter()
    job.record.unlink(missing_ok=True)
    job.target.parent.mkdir(parents=True, exist_ok=True)
    os.chdir(job.notebook.parent)
    watch_for_answers()
    with redirect_stdout(words), redirect_stderr(errors):
        for cell in cells:
            shown = list[object]()
            names |= {"__name__": "__main__", "display": lambda *values, shown=shown: shown.extend(values)}
            try:
                shown.append(_value(cell["source"], names, path))
                if _TRACEBACK in errors.getvalue():
                    raise NotebookError("what it began failed")
            except InputError as error:
                problems += error.problems
                if "report" not in _tags(cell):
                    break
            except (Exception, SystemExit) as error:
                # What a text that is wrong leaves undone is no problem of its own.
                problems += [] if problems else [_failure(error, cell, path)]
                break
            if "parameters" in _tags(cell):
                names |= job.parameters
            printed = shown if "report" in _tags(cell) else []
            data = [display.format(value)[0] for value in printed if value is not None]
            cell["outputs"] = [{"data": each} for each in data]
    problems += _without_glyph(path, errors.getvalue())
    atomic_write(job.target, json.dumps({"cells": cells}))
    try:
        _complete(job, path, problems)
    except NotebookError as error:
        problems += [] if problems else [Problem(path, "", str(error).removeprefix(f"{path}: "))]
    return problems


def _value(source: str, names: dict[str, Any], path: str) -> object:
    """Run a cell and return what its last line shows, as Jupyter does."""
    tree, value = ast.parse(source), None
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    parts: list[ast.Module | ast.Expression] = [tree]
    if isinstance(last, ast.Expr):
        parts.append(ast.Expression(last.value))
    for part in parts:
        mode = "eval" if isinstance(part, ast.Expression) else "exec"
        code = compile(part, path, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        value = eval(code, names)  # noqa: S307 - the notebook's own code, as its kernel runs it
        value = asyncio.run(value) if inspect.iscoroutine(value) else value
    return None if source.rstrip().endswith(";") else value


def _failure(error: BaseException, cell: Cell, path: str) -> Problem:
    """Return what a cell raised as a problem; once answers were read, no more than where."""
    hidden = has_read_answers() and not isinstance(error, KlimatlibError)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    message = HIDDEN if hidden else _first_line(str(error))
    place = _place(cell, *filter(None, lines[:1]), hidden=hidden)
    return Problem(path, place, f"{type(error).__name__}: {message}")


def execute(notebook: Path, half: Path, parameters: Mapping[str, str]) -> None:
    """Run a notebook by papermill in a kernel of its own; the notebook's folder is its working folder.

    Parameters
    ----------
    notebook
        What to run.
    half
        Where to write it, whole or as far as it came; in a folder of its own, where `ANSWERS_READ` stands
        afterwards when the kernel has read members' answers.
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
    import papermill
    from papermill.iorw import write_ipynb
    from papermill.log import logger

    if bad := [name for name in parameters if not _PARAMETER_NAME.fullmatch(name)]:
        expected = "expected small letters, digits and _"
        raise NotebookError(f"notebooks/{notebook.name}: {bad[0]!r} is no parameter's name; {expected}")
    logger.addHandler(logging.NullHandler())  # what fails is raised and reported once
    executed: list[Any] = []
    with tempfile.TemporaryDirectory(prefix="klimatlib-", ignore_cleanup_errors=True) as folder:
        kernel = Kernel(Path(folder), cwd=notebook.parent, mark=half.with_name(ANSWERS_READ))
        try:
            papermill.execute_notebook(
                str(_without_extension(notebook, Path(folder))),
                str(half),
                parameters=dict(parameters),
                kernel_name="python3",
                progress_bar=False,
                request_save_on_cell_execute=False,  # after every cell
                start_timeout=START_TIMEOUT_S,
                execution_timeout=CELL_TIMEOUT_S,
                km=kernel,
                on_notebook_start=lambda notebook: executed.append(notebook),
            )
        except BaseException:
            if executed and not half.exists():  # the kernel died or was too slow
                write_ipynb(executed[0], str(half))
            raise
        finally:
            kernel.shutdown_kernel()


def _without_extension(notebook: Path, folder: Path) -> Path:
    """Return the notebook, or where it loads klimatlib's extension a copy that does not."""
    book = json.loads(notebook.read_bytes())
    sources = ["".join(cell["source"]) for cell in book["cells"]]
    if not any(map(_EXTENSION.search, sources)):
        return notebook
    for cell, source in zip(book["cells"], sources, strict=True):
        cell["source"] = _EXTENSION.sub(r"# \g<0>", source)
    copy = folder / notebook.name
    copy.write_text(json.dumps(book), encoding="utf-8")
    return copy


class Kernel:
    """A kernel's process, with nobody's settings and no network port, for one notebook.

    It starts at once, in a worker with its libraries imported; ``folder`` is empty and its own, its cells
    work in ``cwd``, and it makes the file ``mark`` as soon as it opens members' answers. Of jupyter_client's
    ``KernelManager`` it has what nbclient uses.
    """

    has_kernel = True

    def __init__(self, folder: Path, *, cwd: Path, mark: Path) -> None:
        from jupyter_client.connect import write_connection_file

        self._client: AsyncKernelClient | None = None
        # Sockets instead of network ports, which kernels that start together fight over; Windows has none.
        transport, ip = ("tcp", "") if os.name == "nt" else ("ipc", str(folder / "k"))
        key = secrets.token_hex().encode()
        file, self._connection = write_connection_file(
            str(folder / "k.json"), key=key, transport=transport, ip=ip
        )
        private = {"JUPYTER_RUNTIME_DIR": str(folder / "jupyter"), "IPYTHONDIR": str(folder / "ipython")}
        context: Any = get_context("fork" if processes.can_fork() else "spawn")
        self._process: BaseProcess = context.Process(target=_kernel_main, args=(file, cwd, mark))
        with processes.environment({**processes.SETTINGS, **private}):
            self._process.start()

    def client(self) -> AsyncKernelClient:
        """Return a client, which takes the kernel for ready when it has said its first word.

        jupyter_client's own waits a fifth of a second for silence, and does not know the process.
        """
        from jupyter_client.asynchronous.client import AsyncKernelClient

        process = self._process

        class Client(AsyncKernelClient):
            async def is_alive(self) -> bool:
                return process.is_alive()

            async def wait_for_ready(self, timeout: float | None = None) -> None:
                deadline = time.monotonic() + START_TIMEOUT_S
                while True:
                    self.kernel_info()  # it says that it is busy with it
                    try:
                        await self.get_iopub_msg(timeout=_READY_S)
                    except Empty:
                        if not process.is_alive():
                            raise RuntimeError("Kernel died before replying to kernel_info") from None
                        if time.monotonic() > deadline:
                            raise RuntimeError(f"Kernel didn't respond in {timeout} seconds") from None
                    else:
                        return

        self._client = Client()
        self._client.load_connection_info(self._connection)
        return self._client

    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process.is_alive()

    def shutdown_kernel(self, now: bool = True) -> None:
        """End it at once, with all that it started: nothing is left to say."""
        processes.end_process_tree(self._process.pid, grace_s=0)
        self._process.join()
        if self._client is not None:
            self._client.stop_channels()
            self._client.context.destroy(linger=0)  # else what it never read is waited for

    cleanup_resources = shutdown_kernel


def _kernel_main(connection_file: str, cwd: Path, mark: Path) -> None:
    from ipykernel import iostream, kernelapp

    processes.die_with_parent(group=True)
    watch_for_answers(mark)
    os.chdir(cwd)
    # Without ``pipe``, a port of the loopback, open to every user of the machine, for the words of processes
    # that a cell forks: they are lost. ipykernel has no option for it.
    thread: Any = iostream.IOPubThread
    setattr(kernelapp, "IOPubThread", lambda socket, pipe, session: thread(socket, session=session))  # noqa: B010
    if "pandas" in sys.modules:
        # pandas decides on import how wide a table may be, by whether a kernel is there; it was not, before
        # the fork. This is its own default in a kernel.
        sys.modules["pandas"].set_option("display.max_columns", 20)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what cells say there is caught before
    app, poll_parent = kernelapp.IPKernelApp, f"--IPKernelApp.parent_handle={os.getppid()}"
    app.launch_instance(["-f", connection_file, poll_parent])


def _require_whole(job: Job, half: Path, path: str) -> None:
    """Raise where a cell did not run, or what it began failed; complete the record that the chapter wrote."""
    problems = list[Problem]()
    for cell in code_cells(half, path):
        if not cell["source"].strip():
            continue
        if _has_raised(cell) or not cell["execution_count"]:
            raise NotebookError(f"{path}, {_place(cell)}: did not run to its end")
        hidden = half.with_name(ANSWERS_READ).exists()
        if hidden and _COLUMN_OF_ANSWERS in json.dumps(cell["outputs"]):
            name = _place(cell, hidden=True)
            raise NotebookError(f"{path}, {name}: shows members' answers; count them, show the counts")
        # A thread that fails raises in no cell: a traceback on the error stream is all that is seen of it.
        errors = ["".join(output["text"]) for output in cell["outputs"] if output.get("name") == "stderr"]
        if _TRACEBACK in (text := "".join(errors).strip()):
            reason = f"; {_HIDDEN}" if hidden else f": {text.splitlines()[-1]}"
            name = _place(cell, hidden=hidden)
            raise NotebookError(f"{path}, {name}: what it began failed{reason}")
        problems += _without_glyph(path, text)
    _complete(job, path, list(dict.fromkeys(problems)))


def _without_glyph(path: str, errors: str) -> list[Problem]:
    """Return a problem for each character that a chart could not draw; a report is made all the same."""
    signs = dict.fromkeys(chr(int(sign)) for sign in _NO_GLYPH.findall(errors))
    return [Problem(path, "", f"the charts' typeface has no {sign!r}; write it in words") for sign in signs]


def _complete(job: Job, path: str, problems: Sequence[Problem]) -> None:
    """Complete the record that a chapter wrote at its close; refuse one that is missing, or for others."""
    record = read_record(job.record)
    if record is None:
        text = "the chapter was not closed; end the notebook with chapter.close()"
        raise NotebookError(f"{path}: {text}")
    if record["parameters"] != job.parameters:
        raise NotebookError(f"{path}: ran with {record['parameters']}; a later cell overrides the parameters")
    foundation = publishing.environment_hashes(job.root)
    made_by = {"notebook": publishing.notebook_digest(job.notebook), "foundation": foundation}
    rows = [[problem.file, problem.where, problem.text] for problem in problems]
    publishing.write_record(job.record, {**record, **made_by, "problems": rows})


def run_all(jobs: Sequence[Job], *, executor: Executor | None = None, done: Callable[[Job], None]) -> None:
    """Run notebooks side by side, each in a process of its own.

    ``executor`` says where, by default in as many processes as there are cores; ``done`` is called with each
    notebook's job, as soon as it is done.

    Raises
    ------
    NotebookError
        From the first that fails; those that wait are not begun.
    """
    sizes = {job.notebook: job.notebook.stat().st_size for job in jobs if job.notebook.is_file()}
    ordered = sorted(jobs, key=lambda job: -sizes.get(job.notebook, 0))
    with nullcontext(executor) if executor else processes.workers(len(jobs)) as pool:
        # The largest, which likely take longest, begin first, so that none is waited for alone at the end.
        begun = {pool.submit(run, job): job for job in ordered}
        try:
            for future in as_completed(begun):
                future.result()
                done(begun[future])
        except BrokenExecutor:
            raise NotebookError(f"a worker process ended; {shortage()}") from None


def complete(names: Iterable[str], *, params_file: str, out_dir: str) -> None:
    """Run those chapters whose claims are missing or older than what they rest on.

    For the notebook that sums up: opened alone, it makes what it needs; in a whole run all is there.
    ``names`` are the chapters' notebooks, without ending; the rest are that notebook's own parameters.
    """
    root = load_project(params_file).root
    folder = root / out_dir / "notebooks"
    jobs = [Job(root, name, params_file, out_dir, folder / f"{name}.ipynb") for name in names]
    if stale := [job for job in jobs if publishing.stale_job(job, read_record(job.record))]:
        use_temporary_folder()
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
    try:
        problems = [*_breaches(code_cells(path, path.as_posix()))]
    except InputError as error:
        return [*error.problems]
    except (LookupError, TypeError, AttributeError) as error:
        problems = [("", f"not a notebook ({type(error).__name__}: {error}); save it anew in Jupyter")]
    return [Problem(path.as_posix(), where, text) for where, text in problems]


def _breaches(cells: Sequence[Cell]) -> Iterator[tuple[str, str]]:
    """Yield place and words of each breach."""
    yield from refusals(cells)
    for cell in cells:
        where = _place(cell)
        if cell["outputs"] or cell["execution_count"] is not None:
            strip = "`make lab` lets git leave them out, `python -m klimatlib.lab strip FILE` strips them"
            yield where, f"has stored outputs; {strip}"
        with suppress(SyntaxError):  # reported already
            tree = ast.parse(cell["source"])
            yield from ((where, problem) for problem in _unwanted(tree))
            for line, digits in _typed_numbers(tree) if "report" in _tags(cell) else ():
                yield where, f"line {line} types {digits} into the report's words; take it from the claims"


def refusals(cells: Sequence[Cell], parameters: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield place and words of what a run refuses of a notebook unrun.

    ``parameters`` are those that the run sets; left out, the notebook may have others beside `PARAMETERS`.
    """
    for cell in cells:
        yield from ((_place(cell), problem) for problem in unseen_failures(cell["source"]))
    try:
        names, expected = _parameter_names(cells), tuple(parameters) or PARAMETERS
        if not {*expected} <= {*names} or (parameters and len(names) > len(expected)):
            yield "parameters", f"expected {' and '.join(expected)}, found {', '.join(names) or 'nothing'}"
    except SyntaxError:  # reported already
        pass
    except ValueError as error:
        yield "parameters", str(error)
    filled = [cell["source"] for cell in cells if cell["source"].strip()]
    if "chapter.close" not in called(filled[-1] if filled else ""):
        yield "last cell", "expected chapter.close(), which writes the claims and what was read"


def called(source: str) -> list[str]:
    """Return the names that a cell calls; none of a cell that is not Python."""
    with suppress(SyntaxError):
        return [name for _, name, _ in _calls(ast.parse(source))]
    return []


def texts_printed(cells: Sequence[Cell]) -> dict[str, set[str]]:
    """Return the texts that a notebook prints, each with the names that it gives it."""
    printed = dict[str, set[str]]()
    for cell in cells:
        with suppress(SyntaxError):
            for call, called, _ in _calls(ast.parse(cell["source"])):
                if called == "chapter.text" and call.args and isinstance(call.args[0], ast.Constant):
                    names = {word.arg for word in call.keywords if word.arg}
                    printed.setdefault(str(call.args[0].value), set()).update(names)
    return printed


def claims_asked_for(cells: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    """Yield the ids of claims that cells ask for, of a book, as tiles or for a chart; first the place."""

    def ids(node: ast.AST) -> list[ast.expr]:
        match node:
            case ast.Subscript(ast.Name("book") | ast.Attribute(attr="book"), key):
                return [key]
            case ast.Call(ast.Attribute(attr="tiles"), items):
                return [item.elts[0] for item in items if isinstance(item, ast.Tuple) and item.elts]
            case ast.keyword("claims", ast.List(items) | ast.Tuple(items)):
                return items
        return []

    for cell in cells:
        with suppress(SyntaxError):
            for node in (each for parent in ast.walk(ast.parse(cell["source"])) for each in ids(parent)):
                if isinstance(node, ast.Constant):
                    yield _place(cell, node.lineno), str(node.value)


def unseen_failures(source: str) -> Iterator[str]:
    """Yield what a cell does that can fail and let the run go on as if nothing had: a run refuses it."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        line = "".join(source.splitlines()[(error.lineno or 1) - 1 : error.lineno]).strip()
        if _MAGIC.search(line):
            yield f"line {error.lineno} is not Python; magics and shell commands are not run in a report"
        else:
            yield f"line {error.lineno}, {_first_line(line)}: {type(error).__name__}: {error.msg}"
        return
    for call, name, _ in _calls(tree):
        checked = any(word.arg == "check" and ast.unparse(word.value) == "True" for word in call.keywords)
        if name in _UNCHECKED or (name == "subprocess.run" and not checked):
            advice = "use subprocess.run(…, check=True)"
            yield f"line {call.lineno} starts a program whose failure nobody would see; {advice}"


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Yield the calls in a tree, each with the name that is called and the last part of it."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        yield call, name, name.rpartition(".")[2]


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
    calls = [*_calls(tree)]
    queries = [argument for call, _, name in calls if name in _QUERYING for argument in call.args]
    skipped = {node for query in queries for node in ast.walk(query)}
    printed = [(call.lineno, call.args, True) for call, _, name in calls if name in _PRINTING]
    texts = [
        (node.lineno, node.values if isinstance(node, ast.JoinedStr) else [node], False)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr | ast.Constant) and node not in skipped
        if isinstance(node, ast.JoinedStr) or isinstance(node.value, str)
    ]
    numbers = set()
    for line, nodes, is_printed in [*printed, *texts]:
        parts = [node.value if isinstance(node, ast.FormattedValue) else node for node in nodes]
        values = [part.value for part in parts if isinstance(part, ast.Constant)]
        words = "".join(map(str, values))
        is_prose = is_printed or " " in words.strip() or any(isinstance(v, int | float) for v in values)
        if is_prose and (digits := _DIGITS.search(words)):
            numbers.add((line, digits[0]))
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
    for node in ast.parse(tagged[0]["source"]).body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)):
            raise ValueError(
                f"the parameters cell has {ast.unparse(node)!r}; expected nothing but lines such as "
                'name = "text", for the rest is not made anew when a run sets them; move it to the next cell'
            )
        names += [ast.unparse(target) for target in node.targets]
    return names


def code_cells(notebook: Path, display_path: str) -> list[dict[str, Any]]:
    """Return a notebook's cells of code, the source of each one text; InputError for anything else.

    Each has its ``number``, which stands beside it in JupyterLab after Run All, and the ``heading`` above it.
    ``%load_ext klimatlib`` is a comment there, as in a run.
    """
    try:
        book = json.loads(read_file(notebook, display_path))
    except ValueError as error:
        raise InputError([Problem(display_path, "", f"not a notebook: {error}")]) from None
    cells, number, heading = list[dict[str, Any]](), 0, ""
    try:
        for cell in book["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                number += bool(source.strip()) and "injected-parameters" not in _tags(cell)
                shown = {"source": _EXTENSION.sub(r"# \g<0>", source), "number": number, "heading": heading}
                cells.append({**cell, **shown})
            elif headings := _HEADING.findall(source):
                heading = headings[-1]
    except (LookupError, TypeError, AttributeError) as error:
        message = f"not a notebook ({type(error).__name__}: {error}); save it anew in Jupyter"
        raise InputError([Problem(display_path, "", message)]) from None
    return cells


def _tags(cell: Cell) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _has_raised(cell: Cell) -> bool:
    return any(output["output_type"] == "error" for output in cell.get("outputs", []))


def _place(cell: Cell, line: int = 0, *, hidden: bool = False) -> str:
    """Return a cell as Lab shows it: id, number and heading, and a line of it; hidden, none of its words."""
    heading = f" under “{cell['heading']}”" if cell["heading"] and not hidden else ""
    place = f"cell {cell.get('id', '?')}, [{cell['number']}]{heading}"
    words = "" if hidden or not line else f", {_first_line(cell['source'].splitlines()[line - 1])}"
    return f"{place}, line {line}{words}" if line else place


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
