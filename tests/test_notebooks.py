"""Notebooks as analysts use them: opened cold or by papermill with the same result, and held to few rules."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conftest import ROOT, edit
from klimatlib.claims.claims import read_claims
from klimatlib.execution import notebooks

MEMBERS = ROOT / "notebooks" / "10_members.ipynb"


def outputs_in(text):
    outputs = [output for cell in json.loads(text)["cells"] for output in cell.get("outputs", [])]
    return [output for output in outputs if output.get("name") != "stdout"]


def test_the_summary_opened_alone_makes_the_chapters_it_needs_and_shows_the_same(tiny_report, tmp_path):
    """By papermill's own command, in a world where no chapter has run."""
    root, published = tmp_path / "värld", tiny_report / "outputs" / "tiny" / "notebooks"
    shutil.copytree(tiny_report, root, ignore=shutil.ignore_patterns("outputs"))
    loading = '"%load_ext klimatlib\\n",\n    "from klimatlib import Chapter'
    edit(root / "notebooks" / "90_summary.ipynb", '"from klimatlib import Chapter', loading)
    command = [sys.executable, "-m", "papermill", "notebooks/90_summary.ipynb", "90_summary.ipynb"]
    command += ["--log-level", "ERROR", "--no-progress-bar", "-p", "params_file", "params/tiny.yml"]
    command += ["-p", "out_dir", "outputs/.staging-tiny"]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    alone = notebooks.settled(root / "90_summary.ipynb")
    assert outputs_in(alone) == outputs_in((published / "90_summary.ipynb").read_text(encoding="utf-8"))
    made = root / "outputs" / ".staging-tiny" / "notebooks"
    chapters = {path.name: path.read_bytes() for path in published.glob("[1-8]*.ipynb")}
    assert {path.name: path.read_bytes() for path in made.glob("*.ipynb")} == chapters
    assert len(chapters) == 6


def test_an_executed_notebook_tells_nothing_of_the_machine_nor_of_a_members_answers(tiny_report):
    for path in (tiny_report / "outputs" / "tiny" / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert not [word for word in (str(tiny_report), '"papermill"', "start_time") if word in text]
        assert path.stem != "50_survey" or "Luleå" not in text


def test_frames_have_every_word_say_that_they_are_empty_and_count_no_nation_among_municipalities(tiny_report):
    def shown(notebook, cell_id):
        path = tiny_report / "outputs" / "tiny" / "notebooks" / f"{notebook}.ipynb"
        cells = {cell["id"]: cell for cell in json.loads(path.read_bytes())["cells"]}
        return "".join(cells[cell_id]["outputs"][0]["data"]["text/html"])

    published = read_claims((tiny_report / "outputs" / "tiny" / "claims.csv").read_bytes(), file="claims.csv")
    for claim in published.select(measure="members"):
        assert f"<td>{claim.definition}</td>" in shown("10_members", "10-05"), claim.id
    assert max(len(claim.definition) for claim in published.select(measure="members")) > 60
    assert shown("50_survey", "50-17").startswith("<p>No rows; the columns are member, question, ")
    assert "<th>count</th>\n      <td>2.0</td>" in shown("40_emissions", "40-06")


@pytest.fixture
def breaches(tmp_path, monkeypatch):
    """Check a copy of a notebook, after a change to it."""
    monkeypatch.chdir(tmp_path)

    def check(change):
        book = json.loads(MEMBERS.read_text(encoding="utf-8"))
        change(book)
        Path("10_members.ipynb").write_text(json.dumps(book), encoding="utf-8")
        return [str(problem) for problem in notebooks.rule_breaches(Path("10_members.ipynb"))]

    return check


def cell(number, source, *tags):
    def change(book):
        changed = book["cells"][number]
        changed["source"] = source
        changed["metadata"].setdefault("tags", []).extend(tags)

    return change


PLACE = "cell 10-03, [3] under “Members”"
UNSEEN = "starts a program whose failure nobody would see; use subprocess.run(…, check=True)"
READER = "use klimatlib.sources, which records what was read"
BREACHES = {
    "x = 1\ndef f():\n    pass": "line 2 has a def (f); move it into the library",
    "%matplotlib inline": "line 1 is not Python; magics and shell commands are not run in a report",
    "x = 1\nfiles = !ls": "line 2 is not Python; magics and shell commands are not run in a report",
    "x = 1\nprint((x)\nx": "line 2, print((x): SyntaxError: '(' was never closed",
    "subprocess.run(['a'])": f"line 1 {UNSEEN}",
    "x\nos.system('a')": f"line 2 {UNSEEN}",
    "pd.read_csv('a')": f"line 1 reads a file itself (read_csv); {READER}",
    "with open('a') as file:\n    file": f"line 1 reads a file itself (open); {READER}",
}
ALLOWED = (
    """\
%load_ext klimatlib
top = frame[frame["share"] > 0.5].iloc[:5].head(10).round(1).drop("x", axis=1).assign(y=lambda f: f.x * 2)
for code in [code for code in top["code"] if code != "0114"]:
    while False:
        pass
wide = top.query("year > 2020 and share > 0.5")
facts = sources.read_facts(chapter.inputs)
subprocess.run(["a"], check=True)
"""
    + "x = True\n" * 20
)


@pytest.mark.parametrize("code", BREACHES, ids=lambda code: code.splitlines()[0])
def test_a_breach_is_told_with_its_cell_and_what_to_do(breaches, code):
    assert breaches(cell(3, code)) == [f"{PLACE}: {BREACHES[code]}"]


def test_what_analysts_do_daily_is_allowed_in_a_report_cell_too(breaches):
    assert breaches(cell(3, ALLOWED)) == []
    assert breaches(cell(3, ALLOWED, "report")) == []


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ('Markdown("År 2023 var vi 51 kommuner.")', "2023"),
        ('x\nMarkdown(f"{51} kommuner")', "51"),
        ("print(7.5)", "7.5"),
        ('text = f"Av {count} svarade 40"', "40"),
    ],
)
def test_a_number_typed_into_words_is_refused_in_a_report_cell_alone(breaches, code, digits):
    line = code.count("\n") + 1
    problem = f"{PLACE}: line {line} types {digits} into the report's words; take it from the claims"
    assert breaches(cell(3, code, "report")) == [problem]
    assert breaches(cell(3, code)) == []


def test_stored_outputs_other_parameters_and_an_open_end_are_told(breaches):
    output = {"output_type": "stream", "name": "stdout", "text": "Luleå: nej"}
    for stored in ({"outputs": [output]}, {"execution_count": 1}):
        (problem,) = breaches(lambda book, stored=stored: book["cells"][3].update(stored))
        assert problem.startswith(f"{PLACE}: has stored outputs; `make lab` lets git leave them out")
    both = 'params_file = "a"\nout_dir = "b"\n'
    assert breaches(cell(1, both + "n = 3")) == []
    assert breaches(cell(1, "n = 3")) == ["parameters: expected params_file and out_dir, found n"]
    assert "parameters: the parameters cell has 'n = f(3)'" in breaches(cell(1, both + "n = f(3)"))[0]
    (magic,) = breaches(cell(1, both + "%matplotlib inline"))
    assert magic.startswith("cell 10-01, [1] under “Members”: line 3 is not Python; magics")
    untagged = breaches(lambda book: book["cells"][1]["metadata"].clear())
    assert untagged == ["parameters: 0 cells tagged 'parameters'; expected exactly one"]
    assert breaches(cell(-1, "chapter"))[0].startswith("last cell: expected chapter.close()")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"cells": [{}], "metadata": {}}', "null"])
def test_what_is_no_notebook_is_told_without_a_traceback(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="utf-8")
    (problem,) = notebooks.rule_breaches(path)
    assert problem.text.startswith("not a notebook")
    assert notebooks.rule_breaches(tmp_path / "none.ipynb")[0].text.startswith("missing")


def test_the_hooks_pass_what_is_right_strip_outputs_and_refuse_a_def_and_code_out_of_shape(tmp_path):
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repo["repo"] for repo in config["repos"]} == {"local"}  # no host is named
    hooks = {hook["id"]: hook for repo in config["repos"] for hook in repo["hooks"]}
    assert all(h["language"] == "system" and h["entry"].startswith(".venv/bin/") for h in hooks.values())
    assert set(hooks) == {"ruff-check", "ruff-format", "notebook-outputs", "notebook-rules"}
    for name in (".pre-commit-config.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / ".home").mkdir()
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)

    def commit_hooks(*files):
        command = [sys.executable, "-m", "pre_commit", "run", "--files", *files]
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / ".home"), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    (tmp_path / "right.py").write_text('"""Right."""\n')
    code, said = commit_hooks("right.py", "notebooks/10_members.ipynb", "notebooks/50_survey.ipynb")
    assert (code, said.count("Passed")) == (0, 4), said

    path = tmp_path / "notebooks" / "50_survey.ipynb"
    right = path.read_text(encoding="utf-8")
    book = json.loads(right)
    ran = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    ran.update(execution_count=1, outputs=[{"output_type": "stream", "name": "stdout", "text": ["Luleå\n"]}])
    book["metadata"]["language_info"] |= {"version": "3.11.2", "file_extension": ".py"}
    path.write_text(json.dumps(book), encoding="utf-8")
    (tmp_path / "wrong.py").write_text("import os\nx=1\n")
    code, said = commit_hooks("notebooks/50_survey.ipynb", "wrong.py")
    assert (code, said.count("files were modified by this hook"), "D100" in said) == (1, 1, True), said
    assert path.read_text(encoding="utf-8") == right
    assert (tmp_path / "wrong.py").read_text().endswith("x = 1\n")
    path.write_text(right.replace("chapter.params", 'lambda: 1\\n",\n    "def f(): pass', 1), "utf-8")
    code, said = commit_hooks("notebooks/50_survey.ipynb")
    assert (code, "has a def (f)" in said) == (1, True), said


def test_nothing_is_said_after_the_error_of_notebooks_that_wait_for_others(tmp_path):
    code = (
        "from pathlib import Path; from klimatlib.execution import notebooks, publishing as p\n"
        f"root = Path({str(tmp_path)!r})\n"
        "notebooks.run_all([p.Job(root, f'n{i}', '', '', root / 'x') for i in range(30)], done=print)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("missing; put the file there")
