"""`klimatlib read`: what a file is, and what was understood of it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from klimatlib.errors import InputError, UsageError
from klimatlib.run.checks import inspect_file as look

PXWEB = {
    "columns": [
        {"code": "Region", "text": "region", "type": "d"},
        {"code": "Tid", "text": "år", "type": "t"},
        {"code": "BE0101N1", "text": "Folkmängd", "type": "c"},
    ],
    "comments": [],
    "data": [{"key": ["1281", "2021"], "values": ["127376"]}],
}


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("survey.csv", "survey counts (question_id, k, n)"),
        ("members.csv", "register of members"),
        ("goals.csv", "goals and results"),
        ("facts.yml", "facts of the year (YAML with 'activities')"),
    ],
)
def test_the_projects_own_files_are_recognised_by_their_content(tiny, file, told):
    odd = tiny / "nameless"
    odd.write_bytes((tiny / "data" / "tiny" / file).read_bytes())
    assert next(iter(look(odd))) == f"nameless: {told}"


def test_the_tidy_table_is_written_whole_and_nothing_is_overwritten(tiny):
    (tiny / "answer.json").write_text(json.dumps(PXWEB), encoding="utf-8")
    out = tiny / "table.csv"
    lines = [*look(tiny / "answer.json", out=out)]
    assert lines[0] == "answer.json: population from SCB's database as JSON"
    assert lines[-1] == f"written: {out}"
    assert pd.read_csv(out, dtype=str).to_dict("records") == [
        {"municipality_code": "1281", "year": "2021", "population": "127376"}
    ]
    with pytest.raises(UsageError, match="is there already"):
        [*look(tiny / "answer.json", out=out)]


def test_an_unknown_file_is_told_what_is_known_and_writes_nothing(tiny):
    (tiny / "x.txt").write_text("hej\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.txt: unknown content, a text of 1 line; expected one of: em"):
        [*look(tiny / "x.txt", out=tiny / "table.csv")]
    assert not (tiny / "table.csv").exists()


def test_a_survey_must_say_which_report_it_belongs_to(tiny):
    path = tiny / "answers.csv"
    heads = "Kommun,Arbetar kommunen med lokala kolsänkor?,Arbetar kommunen med biokol?"
    path.write_text(f"{heads}\nLund,Ja,Nej\n", encoding="utf-8")
    with pytest.raises(UsageError, match="say which report it belongs to: --report NAME"):
        [*look(path)]
    lines = [*look(path, report="tiny")]
    assert lines[0] == "answers.csv: export of a survey, one row a member"
    assert not [line for line in lines if "Ja" in line.split()]
