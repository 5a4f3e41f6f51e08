"""Known errors of sources: mended in the open, and only while they last."""

from __future__ import annotations

import pytest

from klimatlib.errors import InputError
from klimatlib.run import checks
from klimatlib.sources import inputs as sources
from klimatlib.sources.survey_export import survey_counts

CHANGE = """
corrections:
  - id: lund-2020
    file: data/tiny/survey.csv
    where: {question_id: biokol}
    column: k
    found: "1"
    value: "2"
    why: Counted by hand.
    decided: "2024-01-02"
"""
DROP = """
corrections:
  - id: twice
    file: data/tiny/survey.csv
    where: {question_id: biokol, n: "9"}
    drop: true
    why: The same question twice.
    decided: "2024-01-02"
"""


@pytest.fixture
def correct(tiny):
    def write(text):
        (tiny / "params" / "corrections.yml").write_text(text, encoding="utf-8")
        return sources.Inputs.open("params/tiny.yml")

    return write


def biokol(inputs):
    return survey_counts(inputs).set_index("question_id").loc["biokol", "k"]


def test_a_known_error_is_mended_and_told_with_its_size(correct):
    inputs = correct(CHANGE)
    assert biokol(inputs) == 2
    assert checks.check(inputs).corrections == (
        "data/tiny/survey.csv, question_id 'biokol': k 1 -> 2 (+100.0 %); Counted by hand. (2024-01-02)",
    )


def test_a_row_too_many_is_left_out(tiny, correct):
    with (tiny / "data" / "tiny" / "survey.csv").open("a", encoding="utf-8") as file:
        file.write("biokol,9,9\n")
    with pytest.raises(InputError, match="the same as row 3"):
        survey_counts(sources.Inputs.open("params/tiny.yml"))
    assert biokol(correct(DROP)) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            CHANGE.replace('found: "1"', 'found: "7"'),
            "k is '1', expected '7': the source has mended it; remove",
        ),
        (
            DROP,
            "0 rows of data/tiny/survey.csv are as it says, expected 1: the source has mended it or moved",
        ),
        (
            CHANGE.replace("column: k", "column: kk"),
            "data/tiny/survey.csv has no column 'kk'; it has question_id, k, n",
        ),
    ],
)
def test_a_correction_never_outlives_its_error(correct, text, told):
    with pytest.raises(InputError) as caught:
        survey_counts(correct(text))
    assert str(caught.value).startswith("params/corrections.yml: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        CHANGE.replace('    value: "2"\n', ""),
        CHANGE.replace("    column: k\n", "    column: k\n    drop: true\n"),
    ],
)
def test_a_correction_does_one_thing(correct, text):
    with pytest.raises(InputError, match="expected either drop: true, or column, found and value"):
        survey_counts(correct(text))


def test_an_unquoted_code_shows_what_stands_in_the_file(correct):
    text = CHANGE.replace("where: {question_id: biokol}", "where: {municipality_code: 0114}")
    with pytest.raises(InputError) as caught:
        survey_counts(correct(text))
    assert (
        'municipality_code: expected text in quotes, got 76 (YAML reads 0114 as a number: write "0114")'
        in str(caught.value)
    )


def test_a_correction_without_a_reason_is_refused(correct):
    with pytest.raises(InputError, match=r"corrections\.0\.why: missing"):
        survey_counts(correct(CHANGE.replace("    why: Counted by hand.\n", "")))
