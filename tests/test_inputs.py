"""The project's own tables: right, or one clear error with its place; known errors mended in the open."""

from __future__ import annotations

import json

import pytest

from conftest import edit
from klimatlib.errors import InputError
from klimatlib.indicators.association import municipality_codes
from klimatlib.indicators.decomposition import previous_codes
from klimatlib.run import checks
from klimatlib.sources import inputs as sources
from klimatlib.sources.survey_export import survey_counts


def inputs():
    return sources.Inputs.open("params/tiny.yml")


def refusal(read):
    with pytest.raises(InputError) as caught:
        read(inputs())
    return str(caught.value)


def test_reading_remembers_each_file_and_keeps_codes_text_and_numbers_numbers(tiny):
    opened = inputs()
    sources.members(opened)
    files = ["data/tiny/members.csv", "data/statistics/municipalities.csv"]
    of_them = {f"params/{shared}.yml#{file}" for shared in ("sources", "corrections") for file in files}
    assert {*opened.digests} == {*files, *of_them, "params/tiny.yml"}
    frame = sources.emissions(opened)
    assert set(frame["municipality_code"]) == {"0000", "1281", "2580"}
    assert frame["emissions_t"].sum() == 2 * (400 + 1200 + 10000 + 240 + 800 + 6000)


def test_a_data_year_that_is_not_there_and_a_missing_file_are_named(tiny):
    edit(tiny / "params" / "tiny.yml", "emissions_year: 2020", "emissions_year: 2021")
    assert "year 2021: missing (emissions_year); the file has 1990, 2020" in refusal(sources.emissions)
    (tiny / "data" / "tiny" / "goals.csv").unlink()
    assert refusal(sources.goals) == "data/tiny/goals.csv: missing; put the file there"


def test_a_table_that_was_read_before_is_given_whole_and_untouched(tiny):
    opened = inputs()
    first = sources.population(opened)
    before = first.copy()
    first.loc[:, "population"] = 0
    assert sources.population(opened).equals(before)
    edit(tiny / "data" / "statistics" / "population_tiny.csv", "1281", "12810")
    with pytest.raises(InputError, match="12810"):
        sources.population(opened)


@pytest.mark.parametrize("status", ["left", "member"])
def test_who_leaves_in_a_later_year_is_a_member_in_survey_and_emissions_alike(tiny, status):
    edit(tiny / "data" / "tiny" / "members.csv", "2022,,member", f"2022,2024,{status}")
    register = sources.members(inputs())
    assert municipality_codes(register) == ["1281", "2580"]
    assert previous_codes(register, 2024) == ["1281", "2580"]
    assert {*sources.members_of_year(register, 2023)["code"]} == {"12", "1281", "2580"}
    assert {*sources.members_of_year(register, 2024)["code"]} == {"12", "1281"}


ABOUT = "\n    why: Counted by hand.\n    decided: '2024-01-02'"
CHANGE = f"""
corrections:
  - id: lund-2020
    file: data/tiny/survey.csv
    where: {{question_id: biokol}}
    column: k
    found: "1"
    value: "2"{ABOUT}
"""
DROP = f"""
corrections:
  - id: twice
    file: data/tiny/survey.csv
    where: {{question_id: biokol, n: "9"}}
    drop: true{ABOUT}
"""


def correct(tiny, text):
    (tiny / "params" / "corrections.yml").write_text(text, encoding="utf-8")


def biokol():
    return survey_counts(inputs()).set_index("question_id").loc["biokol", "k"]


def test_a_known_error_is_mended_and_told_with_its_size_and_a_row_too_many_left_out(tiny):
    correct(tiny, CHANGE)
    assert biokol() == 2
    assert checks.check(inputs()).corrections == (
        "data/tiny/survey.csv, question_id 'biokol': k 1 -> 2 (+100.0 %); Counted by hand. (2024-01-02)",
    )
    correct(tiny, DROP)
    with (tiny / "data" / "tiny" / "survey.csv").open("a", encoding="utf-8") as file:
        file.write("biokol,9,9\n")
    assert biokol() == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CHANGE.replace('found: "1"', 'found: "7"'), "k is '1', expected '7': the source has mended it"),
        (DROP, "0 rows of data/tiny/survey.csv are as it says, expected 1: the source has"),
        (CHANGE.replace("column: k", "column: kk"), "has no column 'kk'; it has question_id, k, n"),
        (CHANGE.replace('    value: "2"\n', ""), "expected either drop: true, or column, found and value"),
        (CHANGE.replace("    column: k\n", "    column: k\n    drop: true\n"), "expected either drop: true"),
        (CHANGE.replace("{question_id: biokol}", "{municipality_code: 0114}"),
         'expected text in quotes (YAML reads 0114 as a number: write "0114")'),
        (CHANGE.replace("    why: Counted by hand.\n", ""), "corrections.0.why: missing"),
    ],
)  # fmt: skip
def test_a_correction_does_one_thing_and_never_outlives_its_error(tiny, text, message):
    correct(tiny, text)
    refused = refusal(survey_counts)
    assert refused.startswith("params/corrections.yml: ")
    assert message in refused


def test_a_picture_has_a_file_of_fair_size_an_alternative_text_and_a_consent(tiny):
    folder, agreed = tiny / "data" / "tiny", {"who": "Fotografen, per mejl", "date": "2024-01-15"}
    one = {
        "place": "logo",
        "file": "a.svg",
        "alt": "Ett grönt löv i en rund ring",
        "credit": "A",
        "consent": agreed,
    }
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>')
    (folder / "pictures" / "b.png").write_bytes(b"no picture")
    (folder / "pictures" / "c.svg").write_text("<svg" + " " * 400_000)

    def read(*entries):
        (folder / "pictures.yml").write_text(json.dumps({"pictures": [*entries]}))
        return sources.pictures(inputs())

    assert [picture.focus for picture in read(one)] == ["center"]
    with pytest.raises(InputError) as error:
        read(
            {**one, "alt": "Löv"},
            {**one, "file": "d.jpg"},
            {**one, "file": "b.png"},
            {**one, "file": "c.svg"},
        )
    told = {problem.where: problem.text for problem in error.value.problems}
    expected = {"0.alt": "3 characters", "1.file": "no data/tiny/pictures/d.jpg", "2.file": "0 pixels wide"}
    assert all(words in told[f"pictures.{where}"] for where, words in expected.items())
    assert "pictures.3.file" in told and len(error.value.problems) == 5  # too large, and no SVG
    with pytest.raises(InputError, match="consent"):
        read({key: value for key, value in one.items() if key != "consent"})
