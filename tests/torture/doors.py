"""Parameters: their names, their values, and the YAML that they stand in."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import nbformat

from klimatlib.config import Params, load_yaml
from klimatlib.errors import InputError, NotebookError
from klimatlib.execution import kernels
from torture.promise import Effort, Found

_RUN = "__import__('pathlib').Path('{}').touch()"
NAMES = (
    "year=1;{};x",
    "x=1\n{}\ny",
    "{}",
    "x if {} else y",
    "x:{}",
    "x;{}",
    "Year",
    "0year",
    "å",
    "x.y",
    "x[0]",
    "",
    " ",
    "x y",
    "lambda: {}",
    "*{}",
)
VALUES = (
    "'; {}; '",
    '"; {}; "',
    '"""; {}; """',
    "'''\n{}\n'''",
    "\\'; {}; #",
    '\\\\"; {}; #',
    "\n{}\n",
    "\r{}\r",
    "\u2028{}\u2028",
    "{{{{ {} }}}}",
    "{{% {} %}}",
    "$({})",
    "`{}`",
    "!{}",
    "%run {}",
    "f'{{{}}}'",
)
YAML = (
    "year: !!python/object/apply:os.system ['touch {}']",
    "year: !!python/name:os.system",
    "a: &x 1\nb: *x",
    "year: 2023\nyear: 2024",
    "<<: *x",
    "a: !include {}",
    "a: !!binary eA==",
    "? [a]\n: b",
    "a: " + "[" * 2000,
    "a: !!python/object/new:os.system ['touch {}']",
)


def parameters_are_data(effort: Effort) -> Found:
    """Try names, values and YAML that would run something, and look for what they would have made."""
    mark = effort.where / "pwned"
    code = _RUN.format(mark)
    names = [name.replace("{}", code) for name in NAMES]
    failures = [f"the name {name!r} was taken" for name in names if not _refused_name(name, effort.where)]
    failures += _values_in_a_kernel([value.replace("{}", code) for value in VALUES], effort.where)
    failures += [
        f"YAML {text[:40]!r} was taken" for text in YAML if not _refused_yaml(text.replace("{}", str(mark)))
    ]
    failures += [f"the key {name!r} was taken" for name in names if not _refused_key(name)]
    failures += ["something was executed"] if mark.exists() else []
    tried = 2 * len(NAMES) + len(VALUES) + len(YAML)
    told = f"{len(NAMES)} names twice; {len(VALUES)} values in a kernel; {len(YAML)} in YAML"
    return Found(tried, failures, "names and values", told)


def _notebook(where: Path, source: str, name: str) -> Path:
    cells = [
        nbformat.v4.new_code_cell("", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(source),
    ]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(book, where / name)
    return where / name


def _refused_name(name: str, where: Path) -> bool:
    path = _notebook(where, "1", "name.ipynb")
    try:
        kernels.execute(path, where / "half.ipynb", {name: "x"})
    except NotebookError as error:
        return "no parameter's name" in str(error)
    return False


def _values_in_a_kernel(values: list[str], where: Path) -> list[str]:
    """Give all values to one notebook, and compare what it was given."""
    given = {f"v{number}": value for number, value in enumerate(values)}
    look = f"import json; print(json.dumps([{', '.join(given)}]))"
    path = _notebook(where, look, "values.ipynb")
    kernels.execute(path, where / "run.ipynb", given)
    book = nbformat.read(where / "run.ipynb", as_version=4)
    said = "".join(o.get("text", "") for cell in book.cells for o in cell.get("outputs", []))
    return [f"the value {a!r} came as {b!r}" for a, b in zip(values, json.loads(said), strict=True) if a != b]


def _refused_yaml(text: str) -> bool:
    try:
        load_yaml(text.encode(), "params/x.yml")
    except InputError as error:
        return "params/x.yml" in str(error)
    return False


def _refused_key(name: str) -> bool:
    values = {"year": 2023, name: "x"}
    try:
        Params.model_validate(values)
    except ValueError as error:
        return "extra_forbidden" in str([one["type"] for one in error.errors()])  # type: ignore[attr-defined]
    return False


def plain_papermill(effort: Effort) -> Found:
    """Give the names to papermill itself."""
    import papermill

    mark = effort.where / "pwned"
    failures = []
    names = [name for name in NAMES if "{}" in name]
    for name in names:
        mark.unlink(missing_ok=True)
        path = _notebook(effort.where, "1", "in.ipynb")
        given = {name.replace("{}", _RUN.format(mark)): 1}
        with contextlib.suppress(Exception):  # whatever it says of the name comes too late
            papermill.execute_notebook(path, effort.where / "out.ipynb", given, progress_bar=False)
        failures += [f"{name} ran"] if mark.exists() else []
    return Found(len(names), failures, "names with code", "papermill")
