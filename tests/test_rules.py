"""The rules of notebooks: each breach is told with its cell, by the module and by the command of the hook."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import ROOT
from klimatlib import rules

MEMBERS = ROOT / "notebooks" / "10_members.ipynb"


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A copy of a notebook, and how to break it."""
    monkeypatch.chdir(tmp_path)
    path = Path("10_members.ipynb")

    def broken(change):
        book = json.loads(MEMBERS.read_text(encoding="utf-8"))
        change(book)
        path.write_text(json.dumps(book), encoding="utf-8")
        return [str(problem) for problem in rules.breaches(path)]

    return broken


def source(cell, text):
    def change(book):
        book["cells"][cell]["source"] = text

    return change


LIBRARY = "move it into the library"
UNSEEN = "starts a program whose failure nobody would see; use subprocess.run(…, check=True)"
BREACHES = {
    "for x in []:\n    x": f"line 1 has logic (For); {LIBRARY}",
    "def f():\n    pass": f"line 1 has logic (FunctionDef); {LIBRARY}",
    "[x for x in y]": f"line 1 has logic (ListComp); {LIBRARY}",
    "{x: y for x in y}": f"line 1 has logic (DictComp); {LIBRARY}",
    "%matplotlib inline": "line 1 is not Python; magics and shell commands are not run in a report",
    "x\n!ls": "line 2 is not Python; magics and shell commands are not run in a report",
    "subprocess.run(['a'])": f"line 1 {UNSEEN}",
    "x\nos.system('a')": f"line 2 {UNSEEN}",
    "pd.read_csv('a')": "reads a file itself (read_csv); use klimatlib.sources, which records what was read",
    "share = 0.5": "line 1 has the number 0.5; take it from the parameters or the claims",
    "x\n" * 16: f"has 16 lines; at most 15: split it, or {LIBRARY}",
}


@pytest.mark.parametrize("code", BREACHES, ids=lambda code: code.splitlines()[0])
def test_a_breach_is_told_with_its_cell_and_what_to_do(notebook, code):
    assert notebook(source(3, code)) == [f"cell 10-03: {BREACHES[code]}"]


def test_fifteen_lines_and_true_and_false_are_allowed(notebook):
    assert notebook(source(3, "x = True\n" * 15)) == []


def test_a_program_whose_failure_is_seen_is_allowed(notebook):
    assert notebook(source(3, "subprocess.run(['a'], check=True)")) == []


def test_a_stored_output_and_a_count_are_told(notebook):
    told = "cell 10-03: has stored outputs; strip them"
    shown = {"output_type": "stream", "name": "stdout", "text": "Luleå: nej"}
    assert notebook(lambda book: book["cells"][3].update(outputs=[shown]))[0].startswith(told)
    assert notebook(lambda book: book["cells"][3].update(execution_count=1))[0].startswith(told)


def test_the_parameters_come_first_and_may_be_more(notebook):
    both = 'params_file = "a"\nout_dir = "b"\n'
    assert notebook(source(1, both + "n = 3")) == []
    assert notebook(source(1, "n = 3\n" + both)) == [
        "parameters: expected params_file and out_dir first, found n, params_file, out_dir"
    ]
    assert notebook(lambda book: book["cells"][1]["metadata"].clear()) == [
        'parameters: expected one cell with the tag "parameters", found 0'
    ]


def test_a_notebook_without_its_end_or_with_more_metadata_is_told(notebook):
    assert notebook(source(-1, "chapter")) == [
        "last cell: expected chapter.close(), which writes the claims and what was read"
    ]
    assert notebook(lambda book: book["metadata"].update(widgets={}))[0].startswith("metadata: expected only")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"cells": [{}], "metadata": {}}', "null"])
def test_what_is_no_notebook_is_told_without_a_traceback(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="utf-8")
    (problem,) = rules.breaches(path)
    assert problem.text.startswith("not a notebook")
    assert rules.breaches(tmp_path / "none.ipynb")[0].text.startswith("not a notebook (FileNotFoundError")


HOOKS = {
    hook["id"]: hook["entry"].split()
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    for hook in repo["hooks"]
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A repository of its own with the configuration, the notebooks, the tools, and nothing staged."""
    root = tmp_path_factory.mktemp("hooks")
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    (root / ".venv").symlink_to(sys.prefix)
    git(root, "init", "-q")
    git(root, "add", "-A")
    return root


def git(root, *arguments):
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


def commit_hooks(root, *files):
    """Run the hooks over files as a commit would, with a cache of their own and no network needed."""
    home = root / ".home"
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pre_commit", "run", "--files", *files]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_the_hooks_name_no_host_and_take_the_tools_of_the_environment():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["language"] for repo in config["repos"] for hook in repo["hooks"]} == {"system"}
    assert all(entry[0].startswith(".venv/bin/") for entry in HOOKS.values())
    assert set(HOOKS) == {"ruff-check", "ruff-format", "nbstripout", "notebook-rules"}


def test_the_hooks_pass_what_is_right(clone):
    (clone / "right.py").write_text('"""Right."""\n')
    names = [f"notebooks/{path.name}" for path in sorted((clone / "notebooks").glob("*.ipynb"))]
    code, told = commit_hooks(clone, "right.py", *names)
    assert (code, told.count("Passed")) == (0, 4), told


def test_the_hooks_strip_a_notebook_with_outputs_and_refuse_one_with_logic_and_code_out_of_shape(clone):
    path = clone / "notebooks" / "50_survey.ipynb"
    right = path.read_bytes()
    book = json.loads(right)
    ran = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    ran.update(execution_count=1, outputs=[{"output_type": "stream", "name": "stdout", "text": ["Luleå\n"]}])
    book["metadata"]["language_info"] = {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11.2",
    }
    path.write_text(json.dumps(book), encoding="utf-8")
    code, told = commit_hooks(clone, "notebooks/50_survey.ipynb")
    assert code == 1
    assert "files were modified by this hook" in told
    assert path.read_bytes() == right

    book = json.loads(right)
    next(cell for cell in book["cells"] if cell["cell_type"] == "code")["source"] = "for x in y: pass"
    path.write_text(json.dumps(book), encoding="utf-8")
    (clone / "wrong.py").write_text("import os\nx=1\n")
    code, told = commit_hooks(clone, "notebooks/50_survey.ipynb", "wrong.py")
    path.write_bytes(right)
    assert code == 1
    assert "has logic (For)" in told
    assert "D100" in told
    assert (clone / "wrong.py").read_text().endswith("x = 1\n")
