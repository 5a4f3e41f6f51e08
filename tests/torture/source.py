"""What the source must not do with data, and the versions below which its libraries have known holes."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pypandoc
from packaging.version import Version

from torture.promise import Effort, Found

SOURCE = Path(__file__).parents[2] / "src" / "klimatlib"
# What may not be called, and where it may: our own processes pickle for each other.
_CALLS = {"eval", "exec", "compile", "__import__"}
_METHODS = {
    ("yaml", "load"),
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
    ("os", "system"),
    ("os", "popen"),
}
_OURS = {"kernels/alone.py", "clusters.py"}
FLOORS = {
    "nbconvert": "7.17.1",
    "jupyter-server": "2.21.0",
    "PyYAML": "5.4",
    "Jinja2": "3.1.6",
    "pillow": "10.3.0",
}
PANDOC, PYTHON = "3.1.6", (3, 11, 9)


def source_is_clean(effort: Effort) -> Found:
    """Read the source for what runs data, and ask the installed libraries for their versions."""
    files = sorted(SOURCE.rglob("*.py"))
    failures = [f"{path.relative_to(SOURCE)}: {told}" for path in files for told in _faults(path)]
    for name, floor in FLOORS.items():
        try:
            failures += (
                [f"{name} {version(name)} < {floor}"] if Version(version(name)) < Version(floor) else []
            )
        except PackageNotFoundError:
            continue
    pandoc = str(pypandoc.get_pandoc_version())
    failures += [f"pandoc {pandoc} < {PANDOC}"] if Version(pandoc) < Version(PANDOC) else []
    old = sys.version_info < PYTHON
    told = f"pandoc {pandoc}; Python before 3.11.9 leaves a lone carriage return unquoted" if old else ""
    told += ": such texts are refused, and what we write has none" if old else f"pandoc {pandoc}"
    return Found(len(files) + len(FLOORS) + 1, failures, "modules and libraries", told)


def _word(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _faults(path: Path) -> Iterator[str]:
    own = path.relative_to(SOURCE).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [one.name for one in node.names] + [getattr(node, "module", "") or ""]
            if {"pickle", "marshal", "shelve", "dill"} & {*names} and own not in _OURS:
                yield f"line {node.lineno} imports {names[0]}"
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in _CALLS:
                yield f"line {node.lineno} calls {called.id}"
            if isinstance(called, ast.Attribute) and (_word(called.value), called.attr) in _METHODS:
                yield f"line {node.lineno} calls {_word(called.value)}.{called.attr}"
            if any(k.arg == "shell" and getattr(k.value, "value", True) for k in node.keywords):
                yield f"line {node.lineno} runs a shell"
