"""What changed since last time: slips that leave an input whole are shown, and no answer ever is."""

from __future__ import annotations

import csv
import os
import re
import subprocess

import pytest

from conftest import copy_project, few_chapters, klimatlib
from klimatlib.run.plausibility import changes, keep_answers
from klimatlib.sources import inputs as sources
from klimatlib.sources import survey_export

WHO = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@example.org"}
WHO |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in WHO.items()}
ANSWERS = "data/demo/answers_2023.csv"


def git(root, *words):
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, env={**os.environ, **WHO})


@pytest.fixture(scope="module")
def committed(tmp_path_factory):
    """The example year, whose survey is members' answers, as git keeps it."""
    root = copy_project(tmp_path_factory.mktemp("changes") / "värld", tiny=False)
    few_chapters(root, "10_members", "20_activities")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "Begin")):
        git(root, *words)
    return root


def edit(root, file, change):
    """Change a file by its text, or a CSV by its rows; return what undoes it."""
    before = (root / file).read_bytes()
    if file.endswith(".csv"):
        sign = ";" if b";" in before.splitlines()[0] else ","
        table = change([*csv.reader(before.decode().splitlines(), delimiter=sign)])
        with (root / file).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=sign, lineterminator="\n").writerows(table)
    else:
        (root / file).write_text(change(before.decode()), encoding="utf-8")
    return lambda: (root / file).write_bytes(before)


def shift_left(table):
    table[5][6:17] = [*table[5][7:17], ""]
    return table


def sort_one(table):
    column = sorted(row[8] for row in table[1:])
    return [table[0], *([*row[:8], cell, *row[9:]] for row, cell in zip(table[1:], column, strict=True))]


def fill_down(table):
    for row in table[4:9]:
        row[7] = table[3][7]
    return table


SLIPS = {
    "cell deleted": (ANSWERS, shift_left, r"cells? of 1 member \(\w+.*\) in \d+ questions"),
    "column sorted": (ANSWERS, sort_one, r"cells of \d+ members \(.*\) in 1 question \("),
    "filled down": (ANSWERS, fill_down, r"cells? of \d members? \(.*\) in 1 question \("),
    "row lost": (ANSWERS, lambda table: [*table[:7], *table[8:]], r"1 member gone \("),
    "goal lost": ("data/demo/goals.csv", lambda table: [*table[:2], *table[3:]], r"1 row gone \("),
    "published lost": ("data/demo/published.csv", lambda table: table[:-1], r"1 row gone \("),
    "order lost": (
        "notebooks/report.yml", lambda text: text.removesuffix("- 20_activities\n"), "entry gone"),
    "text cut": ("data/demo/texts/foreword.md", lambda text: text[: len(text) // 2], r"lines? gone"),
}  # fmt: skip


def said_of(root):
    """Say how what a check reads differs, without the rest of it."""
    inputs = sources.Inputs.open(root / "params/demo.yml", start=root)
    for file in {file for file, *_ in SLIPS.values()}:
        inputs.read(root / file)
    return "\n".join(changes(inputs))


@pytest.mark.parametrize("slips", [*zip([*SLIPS][:4], [*SLIPS][4:], strict=True)], ids=" and ".join)
def test_a_slip_that_leaves_an_input_whole_is_shown_by_check_and_no_answer_is(committed, slips):
    undone = [edit(committed, *SLIPS[slip][:2]) for slip in slips]
    said = said_of(committed)
    if "row lost" in slips:
        done = klimatlib("check", "demo", cwd=committed)
        assert said in done.stdout
        said = done.stdout + done.stderr
    for undo in undone:
        undo()
    for file, _, expected in (SLIPS[slip] for slip in slips):
        (line,) = re.findall(f"^since the last commit: {file}: .*", said, re.M)
        assert re.search(expected, line), line
    assert [word for word in ("Nej men utreds", "@example.org", "'Ja'") if word in said] == []


def test_of_a_file_that_reports_share_only_what_this_one_uses_is_told(committed):
    for title, told in (("Medlemstestet\n", []), ("Läns- och kommunkoder\n", ["title"])):
        undo = edit(committed, "params/sources.yml", lambda text, old=title: text.replace(old, "Annat\n", 1))
        inputs = sources.Inputs.open(committed / "params/demo.yml", start=committed)
        sources.municipalities(inputs)
        lines = [line for line in changes(inputs) if "sources.yml" in line]
        undo()
        assert re.findall(r"\.(title)\)", "".join(lines)) == told, lines


def test_answers_that_git_does_not_keep_are_held_against_those_of_the_last_report(committed):
    inputs = sources.Inputs.open(committed / "params/demo.yml", start=committed)
    sources.members(inputs)
    survey_export.survey_answers(inputs)
    keep_answers(inputs)
    kept = committed / "outputs" / ".kept" / "demo" / "answers_2023.json"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [word for word in ("Nej", "@example.org", "Ja") if word in kept.read_text(encoding="utf-8")] == []
    git(committed, "rm", "-q", "--cached", ANSWERS)
    git(committed, "commit", "-qm", "Keep no answers")
    undo = edit(committed, ANSWERS, fill_down)
    said = said_of(committed)
    undo()
    assert f"since the last report: {ANSWERS}: " in said
    assert f"since the last report: {ANSWERS}" not in said_of(committed)
