"""The project's own tables: right, or one clear error with its place; known errors mended in the open."""

from __future__ import annotations

import pytest

from klimatlib.errors import InputError
from klimatlib.files import guarded, unguarded
from klimatlib.indicators.association import municipality_codes
from klimatlib.indicators.decomposition import previous_codes
from klimatlib.run import checks
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables
from klimatlib.sources.survey_export import survey_counts


def inputs():
    return sources.Inputs.open("params/tiny.yml")


def edit(path, old, new):
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))


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


MEMBERS, SURVEY, EMISSIONS = "tiny/members.csv", "tiny/survey.csv", "statistics/emissions_tiny.csv"


@pytest.mark.parametrize(
    ("file", "old", "new", "read", "message"),
    [
        (MEMBERS, "code,name", "code,nam", sources.members, "column name: missing; is it 'nam'?"),
        (MEMBERS, "1281,Lund", "9999,Lund", sources.members, "row 3, column code: 9999 is no municipality"),
        (MEMBERS, "1281,Lund", "1281,", sources.members, "row 3, column name: expected some text, got ''"),
        (MEMBERS, "1281,Lund", "1281,Luleå", sources.members, "row 3, column name: 1281 is Lund in"),
        (MEMBERS, "2022,,member", "2022,2023,member", sources.members, "only who has left has a year there"),
        (MEMBERS, "2022,,member", "2022,,left", sources.members, "only who has left has a year there"),
        (SURVEY, "kolsankor,2,3", "kolsankor,4,3", survey_counts, "a share over 1: k is 4 of n 3"),
        (SURVEY, "kolsankor,2,3", "kolsankor,2,9", survey_counts, "survey_members in the parameters is 4"),
        (SURVEY, "kolsankor,2", "kolsankr,2", survey_counts, "row 2, kolsankr: unknown question"),
        (SURVEY, "biokol,1,3", "kolsankor,1,3", survey_counts, "row 3: the same as row 2"),
        (SURVEY, "2,3", "2 3,3", survey_counts, "row 2, column k: expected a whole number, digits alone"),
        (SURVEY, "2,3", "2,3,3", survey_counts, "line 2: 4 cells, expected 3 as in the header"),
        ("tiny/goals.csv", "vecka", "kvartal", sources.goals, "expected one of vecka, månad, år"),
        ("tiny/facts.yml", "2023-04-27", "2023-04-37", sources.facts, "expected a date as"),
        ("tiny/facts.yml", "id: webbfika", "id: arsmote", sources.facts, "id arsmote stands twice"),
        (EMISSIONS, "1281,2020,Alla,240", "1281,2020,Alla,-240", sources.emissions, "from 0 to 1e+08"),
        (EMISSIONS, "1281,2020,Alla,240", "1281,2020,Alla,2400", sources.emissions,
         "1281, 2020: sectors add up to 240 t, the total is 2400 t"),
        (EMISSIONS, "1281,2020,Alla,240", "1281,2020,Allt,240", sources.emissions, "expected one of Alla"),
        (EMISSIONS, "1281,2020,Alla,240\n", "", sources.emissions, "1281, 2020: sectors but no total"),
        (EMISSIONS, "0000,2020,Alla,6000", "0000,2020,Alla,600", sources.emissions,
         "2020, Alla: 600 t in the nation, 1040 t in its 2 municipalities"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_refused_with_file_and_place(tiny, file, old, new, read, message):
    edit(tiny / "data" / file, old, new)
    text = refusal(read)
    assert text.startswith(f"data/{file}: ")
    assert message in text


def test_a_data_year_that_is_not_there_and_a_missing_file_are_named(tiny):
    edit(tiny / "params" / "tiny.yml", "emissions_year: 2020", "emissions_year: 2021")
    assert "year 2021: missing (emissions_year); the file has 1990, 2020" in refusal(sources.emissions)
    (tiny / "data" / "tiny" / "goals.csv").unlink()
    assert refusal(sources.goals) == "data/tiny/goals.csv: missing; put the file there"


VARIED = {
    "BOM": lambda text: "\ufeff" + text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "header case and spaces": lambda text: text.replace("question_id,k,n", " Question_ID , K ,N"),
    "quotes": lambda text: text.replace("kolsankor,2,3", '"kolsankor"," 2 ",3'),
    "blank rows": lambda text: text + "\n\n",
}


@pytest.mark.parametrize("vary", VARIED.values(), ids=VARIED)
def test_harmless_variation_is_accepted(tiny, vary):
    path = tiny / "data" / "tiny" / "survey.csv"
    expected = survey_counts(inputs())
    path.write_bytes(vary(path.read_text(encoding="utf-8")).encode())
    assert survey_counts(inputs()).equals(expected)


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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Lu\u202end", r"line 2, character \d+: U\+202E"),
        ("Lu\rnd", r"row 2, column name: U\+000A \(line break\)"),
        ("Lu\nnd", r"row 2, column name: U\+000A \(line break\)"),
        ("=1+1", "begins with =, which a spreadsheet takes for a formula"),
        ("@SUM(A1)", "begins with @"),
    ],
)
def test_a_name_that_nobody_has_is_refused_with_its_place(name, message):
    head = "code,name,kind,joined,left,status,certainty,source\n"
    row = f'1281,"{name}",municipality,2003,,member,confirmed,x\n'
    with pytest.raises(InputError, match=message):
        tables.read_table((head + row).encode(), tables.MEMBERS, file="members.csv")


def test_what_a_spreadsheet_would_run_is_guarded_and_read_again():
    run, harmless = ["=cmd|' /C calc'!A0", "@x", "+1+1", "'=1"], ["-5,2", "+0,3 ton per invånare", "Lund"]
    texts = [*run, "'x'", "\t=1", *harmless]
    cells = [guarded(text) for text in texts]
    assert cells[6:] == harmless
    assert all(cell.startswith("'") for cell in cells[:4])
    assert [unguarded(cell) for cell in cells] == texts
