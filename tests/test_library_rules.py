"""Rules that keep the house one can live in: layers, notebooks, lock, quick help."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import ROOT
from klimatlib.execution import notebooks

SOURCE = ROOT / "src" / "klimatlib"
# Each row may import the rows above it, and its own.
LAYERS = [
    {"errors", "characters", "spreadsheet", "wording"},
    {"legible"},
    {"swedish", "strict_yaml", "whole", "project", "marks", "runlog", "warned"},
    {"run_summary"},
    {"models"},
    {"params", "catalogue", "schemas"},
    {"claims"},
    {"sources"},
    {"published"},
    {"emissions", "survey", "goals", "members", "backtest", "quality", "splits", "pace", "spread"},
    {"revisions", "alike", "profiles"},
    {"views", "comparisons", "agreement"},
    {"factsheet"},
    {"prose", "named"},
    {"sentences"},
    {"examples"},
    {"blocks"},
    {"texts"},
    {"figures", "tables"},
    {"chapter"},
    {"jobs"},
    {"execution"},
    {"document", "render", "checks", "look", "publish", "variants", "diffs", "newyear", "fieldwork"},
    {"share"},
    {"build", "scheduled", "sheets", "channels"},
    {"verify"},
    {"cli"},
    {"__main__"},
]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def layer(module):
    return next(place for place, row in enumerate(LAYERS) if module in row)


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("klimatlib"):
            parts = node.module.split(".")
            yield from ([parts[1]] if len(parts) > 1 else [a.name for a in node.names])


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_nobody_imports_upwards(path):
    module = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if module == "__init__":
        return
    found = {name for name in imports(ast.parse(path.read_text(encoding="utf-8"))) if name != "__version__"}
    assert [name for name in found if layer(name) > layer(module)] == []


def test_the_notebooks_keep_their_rules():
    assert [str(problem) for path in NOTEBOOKS for problem in notebooks.rule_breaches(path)] == []
    assert len(NOTEBOOKS) >= 6


def locked():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.M)
    }


def test_the_lock_satisfies_what_the_project_asks_for():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(r for extra in project["optional-dependencies"].values() for r in extra),
    ]
    have = locked()
    for line in asked:
        requirement = Requirement(line)
        assert requirement.specifier.contains(have[canonicalize_name(requirement.name)]), line


def test_the_lock_has_hashes_and_names_no_index():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['klimatlib', '--help']\n"
        "from klimatlib import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'matplotlib', 'seaborn', 'papermill', 'pydantic', 'nbconvert'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "report" in done.stdout


def test_nothing_speaks_of_a_machine():
    places = re.compile(r"(?<![\w.])/(home|root|work|Users)/")
    tracked = [p for p in SOURCE.rglob("*") if p.suffix in {".py", ".css", ".lua", ".typ", ".html", ".yml"}]
    assert [p.name for p in tracked if places.search(p.read_text(encoding="utf-8"))] == []
