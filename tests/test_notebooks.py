"""Notebooks as analysts use them: opened cold or by the plain papermill command, with the same result."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from klimatlib import notebooks


def plain_papermill(root, name, out_dir):
    command = [
        sys.executable,
        "-m",
        "papermill",
        f"notebooks/{name}.ipynb",
        f"{name}.ipynb",
        "--log-level",
        "ERROR",
    ]
    command += ["--no-progress-bar", "-p", "params_file", "params/tiny.yml", "-p", "out_dir", out_dir]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return root / f"{name}.ipynb"


@pytest.fixture(scope="module")
def executed_alone(tiny_report, tmp_path_factory):
    """The summary, run by papermill's own command in a world where no chapter has run."""
    root = tmp_path_factory.mktemp("kall") / "värld"
    shutil.copytree(tiny_report, root, ignore=shutil.ignore_patterns("outputs"))
    return plain_papermill(root, "90_summary", "outputs/.staging-tiny")


def outputs(path):
    book = json.loads(path.read_text(encoding="utf-8"))
    return [cell["outputs"] for cell in book["cells"] if cell["cell_type"] == "code"]


def test_the_summary_opened_alone_makes_what_it_needs_and_shows_the_same(tiny_report, executed_alone):
    by_pipeline = tiny_report / "outputs" / "tiny" / "notebooks" / "90_summary.ipynb"
    alone = executed_alone.with_name("settled.ipynb")
    alone.write_text(notebooks.settled(executed_alone), encoding="utf-8")
    told = [o for cell in outputs(alone) for o in cell if o.get("name") != "stdout"]
    assert told == [o for cell in outputs(by_pipeline) for o in cell]


def test_the_chapters_that_it_ran_are_the_pipelines_own(tiny_report, executed_alone):
    published = tiny_report / "outputs" / "tiny" / "notebooks"
    made = executed_alone.parent / "outputs" / ".staging-tiny" / "notebooks"
    names = sorted(path.name for path in made.glob("*.ipynb"))
    assert names == [
        "10_members.ipynb",
        "20_activities.ipynb",
        "30_outreach.ipynb",
        "40_emissions.ipynb",
        "50_survey.ipynb",
    ]
    for name in names:
        assert (made / name).read_bytes() == (published / name).read_bytes()


def test_an_executed_notebook_tells_nothing_of_the_machine(tiny_report):
    for path in (tiny_report / "outputs" / "tiny" / "notebooks").glob("*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert str(tiny_report) not in text
        assert '"papermill"' not in text
        assert "start_time" not in text


def test_no_answer_of_a_single_member_is_shown(tiny_report):
    text = (tiny_report / "outputs" / "tiny" / "notebooks" / "50_survey.ipynb").read_text(encoding="utf-8")
    assert "Luleå" not in text
