"""Only what changed is made anew, and what is stale is never taken for fresh."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from klimatlib import build, jobs
from klimatlib.build import kept, stages, unchanged

CHAPTERS = ("10_members", "20_activities", "30_outreach", "40_emissions", "50_survey")


def whole(root):
    """Why the whole report would be made anew."""
    last = unchanged.last_run(root, "tiny")
    return unchanged.reasons(root, "tiny", last, choice="embedded")


def stale(root):
    """The notebooks that would run."""
    told = [line.partition(": ") for line in stages.explain("params/tiny.yml")]
    return [name for name, _, what in told if what.startswith("runs")]


def add_byte(path):
    path.write_bytes(path.read_bytes() + b"\n")


def test_a_made_report_stands(made):
    assert whole(made) == []
    assert stale(made) == []


def read_by_the_run():
    """Every file that a run of the tiny world can read, relative to it; not the channels' texts."""
    tiny = Path(__file__).parent / "data" / "tiny"
    read = [path for path in tiny.rglob("*") if path.is_file() and path.parent.name != "channels"]
    found = [path.relative_to(tiny).as_posix() for path in read]
    return sorted([*found, "requirements.lock", "notebooks/report.yml", "notebooks/40_emissions.ipynb"])


@pytest.mark.parametrize("name", read_by_the_run())
def test_one_byte_more_in_any_input_is_seen(made, name):
    add_byte(made / name)
    assert whole(made) == [f"{name} changed"]


@pytest.mark.parametrize("name", read_by_the_run())
def test_an_input_that_is_gone_is_seen(made, name):
    (made / name).unlink()
    told = {f"{name} is gone", "requirements.lock changed"}
    assert told & {*whole(made)}


@pytest.mark.parametrize(
    ("name", "notebooks"),
    [
        ("data/tiny/survey.csv", ["50_survey", "90_summary"]),
        ("data/tiny/texts/goal1.md", ["20_activities", "90_summary"]),
        ("notebooks/40_emissions.ipynb", ["40_emissions", "90_summary"]),
        ("params/tiny.yml", [*CHAPTERS, "90_summary"]),
        ("requirements.lock", [*CHAPTERS, "90_summary"]),
    ],
)
def test_only_what_read_a_changed_file_runs_again(made, name, notebooks):
    add_byte(made / name)
    assert stale(made) == notebooks


@pytest.mark.parametrize(
    "name", ["params/corrections.yml", "data/tiny/texts/new.md", "data/statistics/emissions_2099.csv"]
)
def test_a_file_that_was_looked_for_in_vain_is_seen_when_it_appears(made, name):
    (made / name).write_text("corrections: []\n", encoding="utf-8")
    assert f"{name} appeared" in whole(made)


def test_another_library_or_another_package_makes_everything_stale(made, monkeypatch):
    for what, name in (("library_digest", "klimatlib"), ("environment_digest", "the installed packages")):
        with monkeypatch.context() as patch:
            patch.setattr(jobs, what, lambda: "other")
            assert whole(made) == [f"{name} changed"]
            assert stale(made) == [*CHAPTERS, "90_summary"]


def test_every_file_of_the_library_counts_and_nothing_else(tmp_path, monkeypatch):
    home = tmp_path / "klimatlib"
    (home / "render").mkdir(parents=True)
    (home / "jobs.py").write_text("")
    (home / "render" / "report.lua").write_text("")
    monkeypatch.setattr(jobs, "__file__", str(home / "jobs.py"))
    before = jobs.library_digest.__wrapped__()
    (home / "jobs.pyc").write_text("")
    assert jobs.library_digest.__wrapped__() == before
    (home / "render" / "report.lua").write_text("-- one comment")
    assert jobs.library_digest.__wrapped__() != before


def test_a_package_of_another_version_changes_the_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs.sysconfig, "get_path", lambda _: str(tmp_path))
    (tmp_path / "pandas-3.0.0.dist-info").mkdir()
    before = jobs.environment_digest.__wrapped__()
    (tmp_path / "klimatlib-0.1.0.dist-info").mkdir()
    assert jobs.environment_digest.__wrapped__() == before
    (tmp_path / "pandas-3.0.0.dist-info").rename(tmp_path / "pandas-3.0.1.dist-info")
    assert jobs.environment_digest.__wrapped__() != before


def test_a_published_folder_that_was_touched_does_not_stand(made):
    published = made / "outputs" / "tiny"
    page = published / "report.html"
    content = page.read_bytes()
    page.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert whole(made) == ["outputs/tiny/report.html changed"]
    page.unlink()
    assert whole(made) == ["outputs/tiny/report.html is gone"]
    page.write_bytes(content)
    (published / "more.txt").write_text("")
    assert whole(made) == ["outputs/tiny/more.txt appeared"]
    (published / "more.txt").unlink()
    add_byte(published / "manifest.json")
    assert whole(made) == ["outputs/tiny/manifest.json changed"]


def test_another_renderer_is_seen_without_starting_it(made, tmp_path, monkeypatch):
    last = unchanged.last_run(made, "tiny")
    told = "another renderer is asked for or installed"
    assert unchanged.reasons(made, "tiny", last, choice="auto") == [told]
    quarto = tmp_path / "bin" / "quarto"
    quarto.parent.mkdir()
    quarto.write_text("#!/bin/sh\nexit 1\n")
    quarto.chmod(0o755)
    monkeypatch.setenv("PATH", str(quarto.parent))
    manifest = made / "outputs" / "tiny" / "manifest.json"
    unchanged.remember(made, "tiny", last, manifest=manifest, choice="auto")
    last = unchanged.last_run(made, "tiny")
    assert unchanged.reasons(made, "tiny", last, choice="auto") == []
    quarto.write_text("#!/bin/sh\nexit 12\n")
    assert unchanged.reasons(made, "tiny", last, choice="auto") == [told]


def test_kept_files_that_are_not_as_they_were_are_not_used(made):
    folder = unchanged.kept_folder(made, "tiny") / "50_survey"
    assert kept.record_of(folder) is not None
    claims = folder / "chapters" / "50_survey.csv"
    content = claims.read_bytes()
    claims.write_bytes(content.replace(b"67", b"76", 1))
    assert kept.record_of(folder) is None
    claims.unlink()
    assert kept.record_of(folder) is None
    claims.write_bytes(content)
    assert kept.record_of(folder) is not None
    (folder / "record.json").write_text('{"made": ', encoding="utf-8")
    assert kept.record_of(folder) is None


def test_a_run_with_nothing_to_do_imports_nothing_heavy_and_tells_the_warnings_again(made):
    code = (
        "import sys; from klimatlib import cli\n"
        "sys.argv = ['klimatlib', 'report', 'tiny', '--renderer', 'embedded']\n"
        "try: cli.main()\n"
        "except SystemExit as end: print(end.code)\n"
        "print(sorted({'pandas', 'pydantic', 'matplotlib', 'papermill', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=made)
    first, *_, last, end, heavy = done.stdout.splitlines()
    assert first.startswith("inputs checked: ")
    assert last.startswith("outputs/tiny/ is complete: nothing has changed")
    assert (end, heavy) == ("0", "[]")


def test_a_changed_answer_runs_its_chapter_and_gives_what_a_fresh_run_gives(made, said):
    survey = made / "data" / "tiny" / "survey.csv"
    survey.write_text(survey.read_text(encoding="utf-8").replace("biokol,1", "biokol,2"), encoding="utf-8")
    published = build.report("params/tiny.yml", renderer="embedded")
    assert [line for line in said if line.startswith("ran ")] == [
        "ran 50_survey: data/tiny/survey.csv changed",
        "ran 90_summary: outputs/.staging-tiny/chapters/50_survey.csv changed",
    ]
    assert [line for line in said if line.startswith("kept ")] == [f"kept {name}" for name in CHAPTERS[:4]]
    assert '"survey-biokol","2023","0.666667"' in (published / "claims.csv").read_text(encoding="utf-8")
    by_parts = {p: p.read_bytes() for p in published.rglob("*") if p.is_file()}
    build.report("params/tiny.yml", renderer="embedded", fresh=True)
    assert said.count("ran 10_members: everything is made anew") == 1
    assert {p: p.read_bytes() for p in published.rglob("*") if p.is_file()} == by_parts


def test_what_a_failed_run_finished_is_kept(made):
    notebook = made / "notebooks" / "50_survey.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace("chapter.close()", "1 / 0"), encoding="utf-8")
    add_byte(made / "data" / "tiny" / "texts" / "goal1.md")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        build.report("params/tiny.yml", renderer="embedded")
    notebook.write_text(text, encoding="utf-8")
    assert "50_survey" not in stale(made)
