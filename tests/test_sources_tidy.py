"""The project's own tables: right, or one clear error with its place."""

from __future__ import annotations

import pytest

from klimatlib.errors import InputError
from klimatlib.indicators.association import municipality_codes
from klimatlib.indicators.decomposition import previous_codes
from klimatlib.sources import inputs as sources
from klimatlib.sources.survey_export import survey_counts


def inputs():
    return sources.Inputs.open("params/tiny.yml")


def edit(path, old, new):
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))


def told(read):
    with pytest.raises(InputError) as caught:
        read(inputs())
    return str(caught.value)


def test_reading_remembers_each_file_by_its_sha256(tiny):
    opened = inputs()
    sources.members(opened)
    assert set(opened.digests) == {
        "params/tiny.yml",
        "params/sources.yml",
        "data/tiny/members.csv",
        "data/statistics/municipalities.csv",
    }


def test_codes_stay_text_and_numbers_become_numbers(tiny):
    frame = sources.emissions(inputs())
    assert set(frame["municipality_code"]) == {"0000", "1281", "2580"}
    assert frame["emissions_t"].sum() == 2 * (400 + 1200 + 10000 + 240 + 800 + 6000)


BAD_TABLES = [
    ("members.csv", "code,name", "code,nam", sources.members, "column name: missing; is it 'nam'?"),
    ("members.csv", "1281,Lund", "9999,Lund", sources.members, "row 3, column code: 9999 is no municipality"),
    ("members.csv", "1281,Lund", "1281,", sources.members, "row 3, column name: expected some text, got ''"),
    ("survey.csv", "kolsankor,2,3", "kolsankor,4,3", survey_counts, "a share over 1: k is 4 of n 3"),
    (
        "survey.csv",
        "kolsankor,2,3",
        "kolsankor,2,9",
        survey_counts,
        "survey_members in the parameters is 4",
    ),
    ("survey.csv", "kolsankor,2", "kolsankr,2", survey_counts, "row 2, kolsankr: unknown question"),
    ("survey.csv", "biokol,1,3", "kolsankor,1,3", survey_counts, "row 3: the same as row 2"),
    (
        "survey.csv",
        "2,3",
        "2 3,3",
        survey_counts,
        "row 2, column k: expected a whole number, digits alone, got '2 3'",
    ),
    ("survey.csv", "2,3", "2,3,3", survey_counts, "row 2: 4 cells, expected 3 as in the header"),
    (
        "goals.csv",
        "vecka",
        "kvartal",
        sources.goals,
        "row 2, column goal_per: expected one of vecka, månad, år",
    ),
    ("facts.yml", "2023-04-27", "2023-04-37", sources.facts, "expected a date as"),
    ("facts.yml", "id: webbfika", "id: arsmote", sources.facts, "activities: id arsmote stands twice"),
]


@pytest.mark.parametrize(("file", "old", "new", "read", "message"), BAD_TABLES)
def test_a_bad_table_is_refused_with_file_and_place(tiny, file, old, new, read, message):
    edit(tiny / "data" / "tiny" / file, old, new)
    found = told(read)
    assert found.startswith(f"data/tiny/{file}: ")
    assert message in found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1281,2020,Alla,240", "1281,2020,Alla,-240", "row 29, column emissions_t: expected from 0 to 1e+08"),
        (
            "1281,2020,Alla,240",
            "1281,2020,Alla,2400",
            "1281, 2020: sectors add up to 240 t, the total is 2400 t",
        ),
        ("1281,2020,Alla,240", "1281,2020,Allt,240", "column sector: expected one of Alla"),
    ],
)
def test_emissions_that_cannot_be_are_refused(tiny, old, new, message):
    path = tiny / "data" / "statistics" / "emissions_tiny.csv"
    edit(path, old, new)
    found = told(sources.emissions)
    assert found.startswith("data/statistics/emissions_tiny.csv: ")
    assert message in found


def test_a_data_year_that_is_not_there_is_refused_with_the_years_that_are(tiny):
    edit(tiny / "params" / "tiny.yml", "emissions_year: 2020", "emissions_year: 2021")
    assert "year 2021: missing (emissions_year); the file has 1990, 2020" in told(sources.emissions)


def test_a_missing_file_is_named(tiny):
    (tiny / "data" / "tiny" / "goals.csv").unlink()
    assert told(sources.goals) == "data/tiny/goals.csv: missing; put the file there"


@pytest.mark.parametrize(
    "vary",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("question_id,k,n", " Question_ID , K ,N"),
        lambda text: text.replace("kolsankor,2,3", '"kolsankor"," 2 ",3'),
        lambda text: text + "\n\n",
    ],
    ids=["BOM", "CRLF", "header case and spaces", "quotes", "blank rows"],
)
def test_harmless_variation_is_accepted(tiny, vary):
    path = tiny / "data" / "tiny" / "survey.csv"
    expected = survey_counts(inputs())
    path.write_bytes(vary(path.read_text(encoding="utf-8")).encode())
    assert survey_counts(inputs()).equals(expected)


def test_a_table_that_was_read_before_is_given_whole_and_untouched(tiny):
    inputs = sources.Inputs.open("params/tiny.yml")
    first = sources.population(inputs)
    before = first.copy()
    first.loc[:, "population"] = 0
    assert sources.population(inputs).equals(before)
    path = tiny / "data" / "statistics" / "population.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1281", "12810", 1), encoding="utf-8")
    with pytest.raises(InputError, match="12810"):
        sources.population(inputs)


@pytest.mark.parametrize("status", ["left", "member"])
def test_who_leaves_in_a_later_year_is_a_member_in_survey_and_emissions_alike(tiny, status):
    edit(tiny / "data" / "tiny" / "members.csv", "2022,,member", f"2022,2024,{status}")
    register = sources.members(inputs())
    assert municipality_codes(register) == ["1281", "2580"]
    assert previous_codes(register, 2024) == ["1281", "2580"]
    assert {*sources.members_of_year(register, 2023)["code"]} == {"1281", "2580", "12"}
    assert {*sources.members_of_year(register, 2024)["code"]} < {"1281", "2580", "12"}


@pytest.mark.parametrize(
    ("old", "new"), [("2022,,member", "2022,2023,member"), ("2022,,member", "2022,,left")]
)
def test_a_status_that_the_years_deny_is_refused(tiny, old, new):
    edit(tiny / "data" / "tiny" / "members.csv", old, new)
    assert "only who has left has a year there" in told(sources.members)
