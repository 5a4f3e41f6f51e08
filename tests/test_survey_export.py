"""Survey answers: names, headings and answers are recognised or refused, never guessed, and never quoted."""

from __future__ import annotations

import csv
import io
import unicodedata

import openpyxl
import pandas as pd
import pytest

from klimatlib.config import Correction, Question
from klimatlib.errors import InputError
from klimatlib.indicators import association
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


def as_xlsx(rows):
    book, data = openpyxl.Workbook(), io.BytesIO()
    for cells in rows:
        book.active.append(cells)
    book.save(data)
    return data.getvalue()


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


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
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
    assert "free text, not among the answers: 'Kommentar'" in reading.notes
    assert "columns left out: 'Tid', 'E-post'" in reading.notes


NAMES = {
    "Malmö stad": "1280", "MALMÖ  kommun ": "1280", "Lunds kommun": "1281", "region skåne": "12",
    unicodedata.normalize("NFD", "Håbo kommun"): "0305",
}  # fmt: skip


@pytest.mark.parametrize("typed", NAMES)
def test_a_name_as_typed_finds_its_member(typed):
    assert set(read([HEAD, row(typed)]).frame["code"]) == {NAMES[typed]}


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("Malmo", "row 2: 'Malmo' is no municipality known here; nearest are Malmö"),
        ("Habo", "row 2: 'Habo' (0643) is no member of 2023"),  # near Håbo, and an observer
        ("Luleå", "row 2: 'Luleå' (2580) is no member of 2023"),
        ("Region Uppsala", "'Region Uppsala' is the region of Uppsala län"),
        ("", "row 2: answers without a member's name"),
    ],
)
def test_a_name_that_is_no_member_is_refused(typed, message):
    assert message in refusal([HEAD, row(typed)])


def test_members_are_those_at_the_end_of_the_year():
    assert {*members_of_year(REGISTER, 2022)["code"]} == {"0305", "12", "1280", "2580"}
    assert {*members_of_year(REGISTER, 2023)["code"]} == {"0305", "12", "1280", "1281"}


def test_a_member_that_answered_twice_is_refused_unless_a_correction_drops_one():
    rows = [HEAD, row("Lund"), row("Malmö"), row("Lunds kommun", "Nej")]
    assert "row 4: Lund has answered in row 2 too" in refusal(rows)
    frame = read(rows, corrections=[correction(drop=True)]).frame
    assert frame.set_index(["code", "question_id"]).loc[("1281", "kolsankor"), "counts_as"] == "no"
    reading = read([HEAD, row("Lund", "", "", "tyvärr"), row("Lund")])  # one of them is no answer
    assert len(reading.frame) == 2
    assert "rows without a single answer, taken as not answered: 2" in reading.notes


@pytest.mark.parametrize("answer", ["Ja, i pilotskala", "Ja/Nej", "1", "-"])
def test_an_answer_that_is_in_no_list_is_refused_with_its_place_and_what_is_allowed(answer):
    assert refusal([HEAD, row("Lund"), row("Malmö stad", "Ja", answer)]) == (
        "svar: question biokol: 1 cell with 1 spelling of no answer option (row 3); expected one of "
        "'Ja', 'Nej', 'Vet ej' or a blank; mend them, or say in params/questions.yml what they count as"
    )


SECRETS = {
    "in no list": (
        [HEAD, row("Lund", "Hemligt svar"), row("Malmö", "hemligt  SVAR."), row("Håbo", "anna@example.org")],
        (), "kolsankor: 3 cells with 2 spellings of no answer option (row 2, 3, 4)",
    ),
    "many": (
        [HEAD, *(row("Lund", f"hemligt {n}") for n in range(40))],
        (), "31, and 10 more); expected one of",
    ),
    "in the name's place": (
        [HEAD, row("Nej, hemligt och för dyrt; anna@example.org"), row("Lund")],
        (), "svar: row 2: no municipality, nor near one",
    ),
    "without headings": (
        [["Lunds kommun", "Malmö kommuns hemligt", "anna@example.org"], ["Habo", "Ja", "Nej"]],
        (), "more than one column may hold the member's name; keep one of them",
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


HEADINGS = (SINKS.upper(), SINKS.replace("?", ":"), f"  {SINKS.replace(' ', chr(160))} ",
            unicodedata.normalize("NFD", SINKS.removesuffix("?")))  # fmt: skip


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_may_differ_in_case_spaces_and_its_last_mark(heading):
    assert len(read([["Kommun", heading, BIOCHAR], ["Lund", "Ja", "Nej"]]).frame) == 2


OTHER_YEAR = "the wording of 2022 of question biokol, not that of 2023"


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (["Kommun", "Arbetar kommunen med kolsänkor?", BIOCHAR], f"near '{SINKS}' (kolsankor)"),
        (["Kommun", SINKS, "Gör kommunen biokol?"], OTHER_YEAR),
        (["Kommun", SINKS, "Kommentar"], f"question biokol: missing; expected a column '{BIOCHAR}'"),
        (["Kommun", SINKS, BIOCHAR, SINKS], f"column '{SINKS}': stands twice"),
        (["Vem?", SINKS, BIOCHAR], "no column with the member's name"),
        (["Kommun", "Medlem", SINKS, BIOCHAR], "more than one column may hold the member's name"),
        (["Kommun", SINKS, BIOCHAR, ""], "values without a heading"),
    ],
)
@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_headings_that_are_not_the_years_are_refused(head, message, make):
    assert message in refusal([head, ["Lund", *["Ja"] * (len(head) - 1)]], make=make)


HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "<script>alert(1)</script>",
    "a\rb",
    "x" * 10_000,
    "👩‍🌾 🌍",
    "@SUM(A1)",
)


@pytest.mark.parametrize("text", HOSTILE, ids=["formula", "script", "lone CR", "10 kB", "emoji", "at sign"])
def test_hostile_text_is_only_text_and_never_among_the_answers(text):
    head = [*HEAD, "Kommentar"]
    reading = read([head, [*row("Lund", comment=text), text]])
    assert reading.frame["answer"].tolist() == ["Nej", "Ja"]
    message = refusal([HEAD, row("Lund", text)])
    assert "question kolsankor: 1 cell" in message
    assert len(message) < 400
    assert "\r" not in message


def test_what_is_no_text_is_refused_with_its_place():
    nul = refusal([HEAD, row("Lund")], make=lambda rows: as_csv(rows) + b"\x00")
    assert "a NUL character" in nul
    formula = refusal([HEAD, row("Lund", '=IF(1,"Ja","Nej")')], make=as_xlsx)
    assert "cell D2: expected an answer, got a formula without a stored value; type the answer" in formula


def test_a_missing_answer_is_never_a_no():
    rows = [row("Lund", "Ja", "Vet ej"), row("Malmö", "Nej", ""), row("Håbo", "", "Ja"), row("Region Skåne")]
    counts = answer_counts(read([HEAD, *rows]).frame, QUESTIONS)
    assert counts.to_numpy().tolist() == [["kolsankor", 2, 3, 1], ["biokol", 1, 2, 2]]
    assert set(counts["n"] + counts["missing"]) == {4}
    table = association.shares(counts, QUESTIONS, members=6)
    assert [str(share) for share in table["share"]] == ["2/3", "1/2"]
