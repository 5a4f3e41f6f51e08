"""Survey answers: names, headings and answers are recognised or refused, never guessed, and never quoted."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

import raw_files as raw
from klimatlib.config import Columns, Correction, Question, Questions
from klimatlib.errors import InputError
from klimatlib.indicators import association
from klimatlib.run.checks import inspect_file
from klimatlib.sources import tables
from klimatlib.sources.inputs import members_of_year
from klimatlib.sources.survey_export import answer_counts, read_answers

SINKS, BIOCHAR = "Arbetar kommunen med lokala kolsänkor?", "Arbetar kommunen med biokol?"
PLACES = [
    ("0305", "Håbo", "03", "Uppsala län"), ("0330", "Knivsta", "03", "Uppsala län"),
    ("0643", "Habo", "06", "Jönköpings län"), ("1280", "Malmö", "12", "Skåne län"),
    ("1281", "Lund", "12", "Skåne län"), ("2580", "Luleå", "25", "Norrbottens län"),
]  # fmt: skip
PLACES = tables.Places.from_frame(pd.DataFrame(PLACES, columns=[*tables.MUNICIPALITIES.schema.columns]))
REGISTER = [
    ("0305", "Håbo", "municipality", "2015", "", "member"),
    ("12", "Region Skåne", "region", "<=2010", "", "member"),
    ("1280", "Malmö", "municipality", "", "", "member"),
    ("1281", "Lund", "municipality", "2023-02", "", "member"),
    ("2580", "Luleå", "municipality", "2015", "2023", "left"),
    ("0643", "Habo", "municipality", "", "", "observer"),
]
REGISTER = pd.DataFrame(REGISTER, columns=["code", "name", "kind", "joined", "left", "status"])
LISTS = {"counts_as_yes": ["Ja"], "counts_as_no": ["Nej"], "counts_as_missing": ["Vet ej"]}
WORDINGS = {
    "kolsankor": ({"2023": SINKS}, {"counts_as_yes": ["Ja", "Ja, i någon mån"]}),
    "biokol": ({"2022": "Gör kommunen biokol?", "2023": BIOCHAR}, {}),
    "gammal": ({"2022": "Har kommunen en klimatplan?"}, {}),
}
QUESTIONS = {
    name: Question(id=name, theme="t", label=name, wording=wording, options={"2022": LISTS | lists})
    for name, (wording, lists) in WORDINGS.items()
}
HEAD = ["Tid", "Kommun", "E-post", SINKS, BIOCHAR, "Kommentar"]


def row(name, sinks="Ja", biochar="Nej", comment=""):
    return ["2023-10-02 08:00", name, "a@example.org", sinks, biochar, comment]


def as_csv(rows):
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def read(rows, *, make=as_csv, year=2023, corrections=()):
    return read_answers(make(rows), "svar", QUESTIONS, year, REGISTER, PLACES, corrections)


def refusal(rows, **options):
    with pytest.raises(InputError) as caught:
        read(rows, **options)
    return str(caught.value)


def test_the_options_of_a_year_hold_until_others_are_given_and_never_for_a_year_before():
    later = {"2022": LISTS, "2023": LISTS | {"counts_as_yes": ["Ja", "Ja, delvis"]}}
    wordings = dict.fromkeys(("2022", "2023", "2024"), BIOCHAR)
    asked = {"q": Question(id="q", theme="t", label="q", wording=wordings, options=later)}
    data = as_csv([["Kommun", BIOCHAR], ["Håbo", "Ja, delvis"]])
    for year in (2023, 2024):
        frame = read_answers(data, "svar", asked, year, REGISTER, PLACES).frame
        assert [*frame["counts_as"]] == ["yes"]
    with pytest.raises(InputError, match="with 1 spelling of no answer option"):
        read_answers(data, "svar", asked, 2022, REGISTER, PLACES)


def correction(**change):
    return Correction(id="c", file="svar", why="w", decided="2024-01-01", where={"Kommun": "Lund"}, **change)


@pytest.mark.parametrize("make", [as_csv, lambda rows: raw.to_xlsx({"Svar": rows})])
def test_an_export_becomes_one_row_a_member_and_question(make):
    rows = [HEAD, row("Malmö stad", "ja ", ""), row("Håbo", "Ja, i någon mån", "VET EJ.", "hej")]
    reading = read(rows, make=make)
    assert reading.kind == "survey-answers"
    tables.SURVEY_ANSWERS.schema.validate(reading.frame)
    assert reading.frame.to_numpy().tolist() == [
        ["0305", "biokol", "VET EJ.", "missing"],
        ["0305", "kolsankor", "Ja, i någon mån", "yes"],
        ["1280", "biokol", "", "missing"],
        ["1280", "kolsankor", "ja", "yes"],
    ]
    columns = [note for note in reading.notes if note.startswith("column ")]
    assert columns[1:4] == [
        "column 2, 'Kommun': the member's name",
        "column 3, 'E-post': of a person or the tool, left out",
        f"column 4, '{SINKS}': question kolsankor",
    ]
    assert columns[-1] == "column 6, 'Kommentar': not read"


def test_members_are_those_at_the_end_of_the_year():
    assert {*members_of_year(REGISTER, 2022)["code"]} == {"0305", "12", "1280", "2580"}
    assert {*members_of_year(REGISTER, 2023)["code"]} == {"0305", "12", "1280", "1281"}


def test_a_member_that_answered_twice_is_refused_unless_a_correction_drops_one():
    rows = [HEAD, row("Lund"), row("Malmö"), row("Lunds kommun", "Nej")]
    frame = read(rows, corrections=[correction(drop=True)]).frame
    assert frame.set_index(["code", "question_id"]).loc[("1281", "kolsankor"), "counts_as"] == "no"
    reading = read([HEAD, row("Lund", "", "", "tyvärr"), row("Lund")])  # one of them is no answer
    assert len(reading.frame) == 2
    assert "rows without a single answer, taken as not answered: 2" in reading.notes


SECRETS = {
    "in no list": (
        [HEAD, row("Lund", "Hemligt svar"), row("Malmö", "hemligt  SVAR."), row("Håbo", "anna@example.org")],
        (), "kolsankor: 2 cells with 1 spelling of no answer option (row 2, 3)",
    ),
    "many": (
        [HEAD, *(row("Lund", f"hemligt {n}") for n in range(40))],
        (), "or say in params/questions.yml what they count as (and 20 more of this kind)",
    ),
    "in the name's place": (
        [HEAD, row("Nej, hemligt och för dyrt; anna@example.org"), row("Lund")],
        (), "svar: row 2: no municipality, nor near one",
    ),
    "without headings": (
        [["Lunds kommun", "Malmö kommuns hemligt", "anna@example.org"], ["Habo", "Ja", "Nej"]],
        (), "no heading is a question of 2023; head the columns with the questions",
    ),
    "in two columns": (
        [["Kommun", SINKS, BIOCHAR, SINKS], ["Lund", "Hemligt svar", "Nej", "anna@example.org"]],
        (), "line 2, column 2 and line 2, column 4: different answers to question kolsankor",
    ),
    "in a correction": (
        [HEAD, row("Lund", "Hemligt svar")],
        (correction(column=SINKS, found="anna", value="Ja"),), f"c: {SINKS} is not what it says",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SECRETS)
def test_no_message_quotes_an_answer(kind):
    rows, corrections, message = SECRETS[kind]
    text = refusal(rows, corrections=corrections)
    assert message in text
    assert not [word for word in ("hemligt", "anna") if word in text.casefold()]


def test_all_problems_are_told_at_once():
    text = refusal([HEAD, row("Lund", "Jo"), row("Lundd"), row("Malmö", "Ja", "Nja")])
    assert text.startswith("svar: 3 problems")
    assert "no question has a wording for 2019" in refusal([HEAD, row("Lund")], year=2019)


def test_a_missing_answer_is_never_a_no():
    rows = [row("Lund", "Ja", "Vet ej"), row("Malmö", "Nej", ""), row("Håbo", "", "Ja"), row("Region Skåne")]
    counts = answer_counts(read([HEAD, *rows]).frame, QUESTIONS)
    assert counts.to_numpy().tolist() == [["kolsankor", 2, 3, 1], ["biokol", 1, 2, 2]]
    assert set(counts["n"] + counts["missing"]) == {4}
    table = association.shares(counts, QUESTIONS, members=6)
    assert [str(share) for share in table["share"]] == ["2/3", "1/2"]


REGIONS = {
    "Region Örebro": "18", "Region Örebro län": "18", "Örebro läns region": "18", "VGR": "14",
    "Västra Götalandsregionen (VGR)": "14",
    "Västra Götalandsregionen": "14", "Region Sörmland": "04", "Region Jämtland Härjedalen": "23",
    "Landstinget i Kalmar län": "08", "REGION DALARNA": "20", "Region Gotland": "0980",
    "Region Lund": "",
    "Örebro": "1880", "Skåne län": "", "Skåne": "", "Region": "", "0114": "0114", "114": "0114", "99": "",
    "Upplands-Bro (0139)": "0139", "0139 Upplands Väsby": "", "1280, 1281": "", "12 procent": "",
}  # fmt: skip


@pytest.mark.parametrize("typed", REGIONS)
def test_regions_and_codes_are_found_by_what_people_type(typed):
    match = raw.SWEDEN.find(typed)
    assert match.code == REGIONS[typed]
    assert bool(match.problem) == (not match.code)


def test_the_region_of_every_county_is_found_by_its_county():
    for code, county in raw.SWEDEN.counties.items():
        for typed in (f"Region {county}", f"region {county.removesuffix(' län')}", f"{county[:-4]}regionen"):
            assert raw.SWEDEN.find(typed).code == {"09": "0980"}.get(code, code), typed


def test_read_judges_a_file_as_check_does_and_shows_each_column_but_no_answer(tiny):
    """Whatever its name; of another year by the year in its name, if the report has one."""
    path = tiny / "export.csv"
    head = ["Vem?", "1. Arbetar kommunen med lokala kolsänkor?", "<b>Arbetar kommunen med biokol?</b>"]
    path.write_bytes(as_csv([["Enkät", "", ""], head, ["Lund", "Ja", "Nej"]]))
    lines = [*inspect_file(path, report="tiny")]
    assert "note: column 2, '1. Arbetar kommunen med lokala kolsänkor?': question kolsankor" in lines
    assert not [line for line in lines if {"Ja", "Nej", "Lund"} & {*line.split()}]
    path.write_bytes(as_csv([*zip(head, ["Lund", "Ja", "Nej"], strict=True)]))
    with pytest.raises(InputError, match="transpose the table"):
        [*inspect_file(path, report="tiny")]


def test_a_number_that_is_part_of_a_question_is_no_number_of_the_question():
    asked = {
        "q": QUESTIONS["biokol"].model_copy(update={"id": "q", "wording": {"2023": "100 % biokol i åkern?"}})
    }
    with pytest.raises(InputError, match="near '100 % biokol i åkern"):
        read_answers(
            as_csv([["Kommun", "50 % biokol i åkern?"], ["Lund", "Ja"]]), "s", asked, 2023, REGISTER, PLACES
        )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"23": {}}, "'23' is no year"),
        ({"2023": {"questions": {"Vad?": "nej"}}}, "no question 'nej'; give the id"),
    ],
)
def test_what_is_settled_of_columns_is_of_a_year_and_of_questions(columns, message):
    with pytest.raises(ValueError, match=message):
        Questions(questions=(QUESTIONS["biokol"],), columns=columns)


def test_what_is_settled_of_columns_holds_until_another_year_is_given():
    columns = {"2022": Columns(member="Vem?"), "2024": Columns(member="Vilka?")}
    settled = Questions(questions=(QUESTIONS["biokol"],), columns=columns)
    assert [settled.columns_of(year).member for year in range(2021, 2025)] == [None, "Vem?", "Vem?", "Vilka?"]
    assert [*settled.used("2023").columns] == ["2022"]
