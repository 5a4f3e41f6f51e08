"""What a notebook of a report must be: short, without logic, without outputs, closed by its chapter.

``python -m klimatlib.rules notebooks/*.ipynb`` tells of every breach and ends with 2; the tests, and the hook
that runs before a commit, use the same.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from klimatlib.errors import InputError, Problem

PARAMETERS = ["params_file", "out_dir"]
MOST_LINES = 15
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_LOGIC = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.While, ast.Try),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_UNCHECKED = {
    *("os.system", "os.popen", "subprocess.Popen", "subprocess.call"),
    *("subprocess.getoutput", "subprocess.getstatusoutput"),
}
_READERS = re.compile(r"\b(read_csv|read_excel|read_json|open)\(")
_LIBRARY = "move it into the library"


def check(paths: Sequence[Path]) -> None:
    """Raise all breaches of all notebooks at once.

    Raises
    ------
    InputError
        With file, cell, what was found and what to do.
    """
    if problems := [problem for path in paths for problem in breaches(path)]:
        raise InputError(problems)


def breaches(path: Path) -> list[Problem]:
    """Return what is wrong with one notebook, cell by cell."""
    file = path.as_posix()
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        said = [*_of_notebook(notebook, cells), *_of_cells(cells)]
    except (OSError, ValueError, LookupError, TypeError) as error:
        return [
            Problem(file, "", f"not a notebook ({type(error).__name__}: {error}); save it anew in Jupyter")
        ]
    return [Problem(file, where, text) for where, text in said]


def _of_cells(cells: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for cell in cells:
        where, source = f"cell {cell.get('id', '?')}", "".join(cell["source"])
        if cell["outputs"] or cell["execution_count"] is not None:
            yield (
                where,
                "has stored outputs; strip them: nbstripout --keep-id, or in JupyterLab Edit > Clear Outputs",
            )
        yield from ((where, told) for told in unseen_failures(source))
        with suppress(SyntaxError):
            tree = ast.parse(source)
            yield from ((where, told) for told in _of_source(source, tree, fixed=_is_parameters(cell)))


def unseen_failures(source: str) -> Iterator[str]:
    """Tell what a cell does that can fail and let the run go on as if nothing had: a run refuses it."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield f"line {error.lineno} is not Python; magics and shell commands are not run in a report"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_unchecked(node):
            yield (
                f"line {node.lineno} starts a program whose failure nobody would see; "
                "use subprocess.run(…, check=True)"
            )


def _is_unchecked(call: ast.Call) -> bool:
    if (name := ast.unparse(call.func)) != "subprocess.run":
        return name in _UNCHECKED
    checks = (word.value for word in call.keywords if word.arg == "check")
    return not any(isinstance(value, ast.Constant) and value.value is True for value in checks)


def _of_source(source: str, tree: ast.Module, *, fixed: bool) -> Iterator[str]:
    """Tell what a cell's code may not hold; numbers may stand among the parameters, where ``fixed``."""
    for node in ast.walk(tree):
        if isinstance(node, _LOGIC):
            yield f"line {node.lineno} has logic ({type(node).__name__}); {_LIBRARY}"
        if isinstance(node, ast.Constant) and _is_number(node.value) and not fixed:
            number = repr(node.value)
            yield f"line {node.lineno} has the number {number}; take it from the parameters or the claims"
    if found := _READERS.search(source):
        yield f"reads a file itself ({found[1]}); use klimatlib.sources, which records what was read"
    if (lines := len(source.splitlines())) > MOST_LINES:
        yield f"has {lines} lines; at most {MOST_LINES}: split it, or {_LIBRARY}"


def _of_notebook(notebook: dict[str, Any], cells: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    if notebook["metadata"] != METADATA:
        yield "metadata", f"expected only {json.dumps(METADATA)}; what Jupyter adds on saving says nothing"
    tagged = [cell for cell in cells if _is_parameters(cell)]
    if len(tagged) != 1:
        yield "parameters", f'expected one cell with the tag "parameters", found {len(tagged)}'
    elif (names := _assigned("".join(tagged[0]["source"])))[:2] != PARAMETERS:
        yield (
            "parameters",
            f"expected {' and '.join(PARAMETERS)} first, found {', '.join(names) or 'nothing'}",
        )
    if not cells or "".join(cells[-1]["source"]).strip() != "chapter.close()":
        yield "last cell", "expected chapter.close(), which writes the claims and what was read"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def _is_parameters(cell: dict[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", [])


def _assigned(source: str) -> list[str]:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    return [ast.unparse(node.targets[0]) for node in body if isinstance(node, ast.Assign)]


def main(arguments: Sequence[str]) -> int:
    """Check the notebooks named; tell what is wrong on the error stream."""
    try:
        check([Path(argument) for argument in arguments])
    except InputError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
