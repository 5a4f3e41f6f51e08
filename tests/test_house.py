"""The house stays one that a person can hold in the head: rooms, budget, directions, names, dependencies."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import ROOT

SOURCE = ROOT / "src" / "klimatlib"
MODULES = sorted(SOURCE.rglob("*.py"))
# The design asks for 40 modules, 16,000 lines, 10,500 of them code, and 11,000 lines of tests. More stands:
# these numbers only fall, with every room that becomes simpler, until they are the design's.
# The statements, and the reading apart from the rules, raised the modules by two, and the preview by one; the
# forms of surveys and statistics, the cells that check tries, and inventories by the GPC, the lines. The
# archive, the return slips and the member test in points raised both; own points on sheet and dashboard, and
# what makes a refusal doubtful, the lines twice more; so did what a statement speaks of without a number.
MOST_MODULES, MOST_LINES, MOST_CODE, MOST_IN_TESTS = 47, 28_179, 20_007, 20_102
# A room may import those above it and, where it has several modules, its own in the order written.
ROOMS = [
    ["errors"],
    ["files", "swedish"],
    ["config"],
    ["claims/claims", "claims/signatures"],
    ["sources/files", "sources/tables", "sources/emissions_database", "sources/statistics"],
    ["sources/inputs", "sources/survey_export", "sources/fetch"],
    [
        "indicators/emissions",
        "indicators/association",
        "indicators/decomposition",
        "indicators/gpc",
        "indicators/member_test",
    ],
    ["charts/blocks", "charts/charts"],
    ["prose/reading", "prose/rules", "prose/statements", "prose/templates"],
    ["chapter"],
    ["execution/publishing", "execution/processes", "execution/notebooks"],
    ["report/document", "report/html", "report/renderers"],
    ["review/room"],
    ["share/open_data", "share/dashboard", "share/channels", "share/factsheets"],
    [
        "run/plausibility",
        "run/checks",
        "run/build",
        "run/archive",
        "run/preview",
        "run/new_year",
        "run/survey_follow_up",
        "run/scheduled",
    ],
    ["lab"],
    ["cli"],
]
ORDER = {module: place for place, module in enumerate(module for room in ROOMS for module in room)}


def name_of(path):
    return path.relative_to(SOURCE).with_suffix("").as_posix()


def code_lines(text):
    """Lines that hold code: no blank line, no comment, no docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    names = ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
    silent = {getattr(tokenize, name) for name in names}
    lines = {row for t in tokens if t.type not in silent for row in range(t.start[0], t.end[0] + 1)}
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body[0]
            lines -= set(range(docstring.lineno, docstring.end_lineno + 1))
    return len(lines)


def imported(path):
    """Yield the modules of the house that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "klimatlib":
            place = node.module.replace(".", "/").removeprefix("klimatlib").strip("/")
            for alias in node.names:
                inner = f"{place}/{alias.name}".strip("/")
                yield inner if inner in ORDER else place


def test_the_house_keeps_its_budget():
    texts = [path.read_text(encoding="utf-8") for path in MODULES]
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")]
    assert len(MODULES) <= MOST_MODULES
    assert sum(len(text.splitlines()) for text in texts) <= MOST_LINES
    assert sum(code_lines(text) for text in texts) <= MOST_CODE
    assert sum(len(text.splitlines()) for text in tests) <= MOST_IN_TESTS


def test_every_module_has_its_room():
    assert {name_of(path) for path in MODULES} - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path) != "__init__"], ids=name_of)
def test_nobody_imports_upwards(path):
    own = ORDER[name_of(path)]
    assert [module for module in imported(path) if module and ORDER[module] >= own] == []


def test_each_room_says_its_job_in_the_architecture():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert [module for module in ORDER if f"`{module.split('/')[-1]}`" not in page] == []


def test_no_name_hides_what_it_holds():
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
    banned = {"told", "Errand", "Voice", "Worlds", "Seat"}
    names = {
        (name_of(path), name)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        for name in (getattr(node, "id", None), getattr(node, "name", None), getattr(node, "arg", None))
        if name in banned
    }
    assert names == set()


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_dependency_is_imported_and_every_import_declared():
    packages = {
        "beautifulsoup4": "bs4",
        "pyyaml": "yaml",
        "pypandoc_binary": "pypandoc",
        "python-calamine": "python_calamine",
    }
    asked = {Requirement(line).name for line in project()["dependencies"]}
    used = {
        (alias.name if isinstance(node, ast.Import) else node.module).split(".")[0]
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module)
        for alias in (node.names if isinstance(node, ast.Import) else node.names[:1])
    }
    used |= set(
        re.findall(r'"-m", "(papermill|typst)', "".join(p.read_text(encoding="utf-8") for p in MODULES))
    )
    assert {name for name in asked if packages.get(name, name.replace("-", "_")) not in used} == set()


def locked():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pairs = re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.M)
    return {canonicalize_name(name): version for name, version in pairs}


def test_the_lock_satisfies_what_the_project_asks_for():
    extras = project()["optional-dependencies"].values()
    versions = locked()
    for line in [*project()["dependencies"], *(line for extra in extras for line in extra)]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), line


def test_the_lock_has_hashes_and_names_no_index():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert [block for block in re.split(r"\n(?=\S)", text.strip()) if "--hash=sha256:" not in block] == []


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
    kinds = {".py", ".css", ".lua", ".typ", ".html", ".yml", ".js"}
    texts = [path for path in SOURCE.rglob("*") if path.suffix in kinds]
    assert [path.name for path in texts if places.search(path.read_text(encoding="utf-8"))] == []
