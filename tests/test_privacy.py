"""What a member answered is in no log, summary or message: an error's words stay with its owner."""

from __future__ import annotations

import json

import pytest

from conftest import copy_project, edit, edit_notebook, few_chapters, klimatlib
from klimatlib.run import checks
from klimatlib.sources.survey_export import survey_answers

OWN = ("svar01@example.org", "Nej men utreds")
ANSWERS = "data/tiny/answers_2023.csv"
TABLE = """Kommun;E-post;Arbetar kommunen med lokala kolsänkor?;Arbetar kommunen med biokol?
Lund;svar01@example.org;Ja;Nej men utreds
Luleå;;Ja;Ja
Region Skåne;;Nej;Ja
"""
ALL = "import klimatlib.sources.survey_export as s; text = str([*s.survey_answers(chapter.inputs)['answer']])"
ASIDE = f"""import threading
{ALL}
def work():
    raise ValueError(text)
thread = threading.Thread(target=work)
thread.start()
thread.join()"""


@pytest.fixture
def answered(tmp_path):
    """The tiny world with one chapter, whose survey is members' answers."""
    root = few_chapters(copy_project(tmp_path / "värld", tiny=True))
    (root / "data/tiny/survey.csv").rename(root / ANSWERS).write_text(TABLE, encoding="utf-8")
    edit(root / "params/tiny.yml", "survey_input: counts", "survey_input: answers")
    edit(root / "params/sources.yml", "data/tiny/survey.csv", ANSWERS)
    for _ in range(2):
        edit(root / "params/questions.yml", "counts_as_no: [Nej]", f"counts_as_no: [Nej, {OWN[1]}]")
    return root


def everything_said(root, done):
    """Return all that a run printed, logged and left to read."""
    files = sorted((root / "outputs").glob("last-run-*"))
    return "\n".join([done.stdout, done.stderr, *(path.read_text(encoding="utf-8") for path in files)])


LOGGED = ("--scheduled", "--log-format", "json")


@pytest.mark.parametrize(
    ("source", "told", "scheduled"),
    [
        (f"{ALL}\nraise ValueError(text)", ", line 2: ValueError", LOGGED),
        (
            "text = open('../data/tiny/answers_2023.csv').read()\nx = 1\nraise KeyError(text)",
            ", line 3: KeyError",
            (),
        ),
        (ASIDE, ": what it began failed", ("--scheduled",)),
    ],
    ids=["a reader of sources", "a file opened by hand", "a thread"],
)
def test_a_cell_that_raises_with_answers_in_its_message_tells_place_and_kind_alone(
    answered, source, told, scheduled
):
    book = json.loads((answered / "notebooks" / "10_members.ipynb").read_text(encoding="utf-8"))
    rest = "".join(book["cells"][3]["source"])
    edit_notebook(answered, "10_members", cell=3, source=f"{source}\n{rest}")
    done = klimatlib("report", "tiny", *scheduled, cwd=answered)
    assert done.returncode == 1
    said = everything_said(answered, done)
    assert f"notebooks/10_members.ipynb, cell 10-03, [3]{told}; the notebook has read" in said
    assert "outputs/failed-tiny/10_members.failed.ipynb" in said
    assert [text for text in (*OWN, "'Ja'") if text in said] == []
    kept = answered / "outputs" / "failed-tiny" / "10_members.failed.ipynb"
    assert "Nej men utreds" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_a_cell_that_raises_in_a_notebook_without_answers_keeps_its_message_up_to_the_last_line(answered):
    edit_notebook(answered, "10_members", cell=3, source="1 / 0")
    done = klimatlib("report", "tiny", "--scheduled", cwd=answered)
    assert done.returncode == 1
    cell = "notebooks/10_members.ipynb, cell 10-03, [3] under “Members”, line 1, 1 / 0: Zero"
    assert f"exit 1: {cell}" in done.stdout.splitlines()[-1]


def test_check_read_and_report_tell_of_answers_that_are_no_options_by_count(answered):
    path = answered / ANSWERS
    own = "Hemligt svar; anna@example.org"
    lines = path.read_text(encoding="utf-8").splitlines()
    hidden = [line.replace(";Ja;", f';"{own}";', 1) for line in lines]
    path.write_text("\n".join([lines[0], *hidden[1:]]) + "\n", encoding="utf-8")
    assert own in path.read_text(encoding="utf-8")
    for words in (["check", "tiny", "--survey"], ["read", str(path)], ["report", "tiny", "--scheduled"]):
        done = klimatlib(*words, cwd=answered)
        assert done.returncode == 2, words
        said = everything_said(answered, done)
        assert "of no answer option (row" in said, words
        assert "anna" not in said
        assert "emligt" not in said


@pytest.mark.parametrize("scheduled", [(), ("--scheduled",)])
def test_an_error_that_nobody_foresaw_is_told_by_kind_and_place_where_answers_were_read(
    answered, monkeypatch, scheduled
):
    def fail(inputs, **_):
        raise ValueError(str([*survey_answers(inputs)["answer"]]))

    monkeypatch.setattr(checks, "check", fail)
    done = klimatlib("report", "tiny", *scheduled, cwd=answered)
    assert done.returncode == 1
    said = everything_said(answered, done)
    assert "ValueError: its message is not told, because members' answers were read" in said
    assert "in fail" in said
    assert [text for text in (*OWN, "'Ja'") if text in said] == []
