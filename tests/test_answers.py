"""Survey answers: names, headings and answers are recognised or refused, never guessed."""

from __future__ import annotations

import csv
import io
import unicodedata

import openpyxl
import pandas as pd
import pytest

from klimatlib.config import Correction, Question
from klimatlib.errors import InputError
from klimatlib.indicators import association as survey
from klimatlib.sources import tables as schemas
from klimatlib.sources.inputs import members_of_year
from klimatlib.sources.survey_export import counted, free_texts, read_answers
from klimatlib.sources.tables import Places

SINKS, BIOCHAR = "Arbetar kommunen med lokala kolsänkor?", "Arbetar kommunen med biokol?"
PLACES = Places.from_frame(
    pd.DataFrame(
        [
            ("0305", "Håbo", "03", "Uppsala län"),
            ("0330", "Knivsta", "03", "Uppsala län"),
            ("0643", "Habo", "06", "Jönköpings län"),
            ("1280", "Malmö", "12", "Skåne län"),
            ("1281", "Lund", "12", "Skåne län"),
            ("2580", "Luleå", "25", "Norrbottens län"),
        ],
        columns=["municipality_code", "municipality", "county_code", "county"],
    )
)
REGISTER = pd.DataFrame(
    [
        ("0305", "Håbo", "municipality", "2015", "", "member"),
        ("12", "Region Skåne", "region", "<=2010", "", "member"),
        ("1280", "Malmö", "municipality", "", "", "member"),
        ("1281", "Lund", "municipality", "2023-02", "", "member"),
        ("2580", "Luleå", "municipality", "2015", "2023", "left"),
        ("0643", "Habo", "municipality", "", "", "observer"),
    ],
    columns=["code", "name", "kind", "joined", "left", "status"],
).assign(certainty="confirmed", source="test")


def question(name, wording, **lists):
    told = {"counts_as_yes": ["Ja"], "counts_as_no": ["Nej"], "counts_as_missing": ["Vet ej"], **lists}
    return Question(id=name, theme="t", label=name, wording=wording, **told)


QUESTIONS = {
    "kolsankor": question("kolsankor", {"2023": SINKS}, counts_as_yes=["Ja", "Ja, i någon mån"]),
    "biokol": question("biokol", {"2022": "Gör kommunen biokol?", "2023": BIOCHAR}),
    "gammal": question("gammal", {"2022": "Har kommunen en klimatplan?"}),
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


def read(rows, *, make=as_csv, reader=read_answers, year=2023, corrections=()):
    known = {"questions": QUESTIONS, "members": REGISTER, "places": PLACES}
    return reader(make(rows), "svar", year=year, corrections=corrections, **known)


def told(rows, **options):
    with pytest.raises(InputError) as caught:
        read(rows, **options)
    return str(caught.value)


def counts_as(reading):
    frame = reading.frame.set_index(["code", "question_id"])
    return frame["counts_as"].to_dict()


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_an_export_becomes_one_row_a_member_and_question(make):
    rows = [HEAD, row("Malmö stad", "ja ", ""), row("Håbo", "Ja, i någon mån", "VET EJ.", "hej")]
    reading = read(rows, make=make)
    assert reading.kind == "survey-answers"
    schemas.SURVEY_ANSWERS.schema.validate(reading.frame)
    assert reading.frame.to_numpy().tolist() == [
        ["0305", "biokol", "VET EJ.", "missing"],
        ["0305", "kolsankor", "Ja, i någon mån", "yes"],
        ["1280", "biokol", "", "missing"],
        ["1280", "kolsankor", "ja", "yes"],
    ]
    assert "free text, not among the answers: 'Kommentar'" in reading.notes
    assert "columns left out: 'Tid', 'E-post'" in reading.notes


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Malmö stad", "1280"),
        ("MALMÖ  kommun ", "1280"),
        ("Lunds kommun", "1281"),
        ("Region Skåne", "12"),
        ("region skåne", "12"),
        ("Håbo", "0305"),
        (unicodedata.normalize("NFD", "Håbo kommun"), "0305"),
    ],
)
def test_a_name_as_typed_finds_its_member(typed, code):
    assert set(read([HEAD, row(typed)]).frame["code"]) == {code}


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
    assert message in told([HEAD, row(typed)])


def test_members_are_those_at_the_end_of_the_year():
    assert {*members_of_year(REGISTER, 2022)["code"]} == {"0305", "12", "1280", "2580"}
    assert {*members_of_year(REGISTER, 2023)["code"]} == {"0305", "12", "1280", "1281"}


def test_a_member_that_answered_twice_is_refused_unless_a_correction_drops_one():
    rows = [HEAD, row("Lund"), row("Malmö"), row("Lunds kommun", "Nej")]
    assert "row 4: Lund has answered in row 2 too" in told(rows)
    drop = Correction(
        id="tva", file="svar", why="sent twice", decided="2024-01-01", where={"Kommun": "Lund"}, drop=True
    )
    assert counts_as(read(rows, corrections=[drop]))["1281", "kolsankor"] == "no"


def test_a_row_without_a_single_answer_is_no_answer():
    reading = read([HEAD, row("Lund", "", "", "tyvärr"), row("Lund")])
    assert len(reading.frame) == 2
    assert "rows without a single answer, taken as not answered: 2" in reading.notes


@pytest.mark.parametrize("answer", ["Kanske", "Ja, i pilotskala", "Ja/Nej", "1", "-", "Jap"])
def test_an_answer_that_is_in_no_list_is_refused_with_its_place_and_what_is_allowed(answer):
    found = told([HEAD, row("Lund"), row("Malmö stad", "Ja", answer)])
    assert found == (
        "svar: question biokol: 1 cell with a spelling that is no answer option (row 3); expected one of "
        "'Ja', 'Nej', 'Vet ej' or a blank; mend them, or say in params/questions.yml what they count as"
    )


def test_answers_that_are_in_no_list_are_grouped_by_question_and_never_quoted():
    own = ["Hemligt svar", "hemligt  SVAR.", "anna@example.org"]
    members = ["Lund", "Malmö", "Håbo"]
    found = told([HEAD, *(row(name, text) for name, text in zip(members, own, strict=True))])
    assert (
        "svar: question kolsankor: 3 cells with 2 spellings that are not answer options (rows 2, 3, 4)"
        in found
    )
    assert "hemligt" not in found.casefold()
    assert "anna" not in found
    many = told([HEAD, *(row("Lund", f"svar {n}") for n in range(40))])
    assert "40 cells with 40 spellings that are not answer options (rows 2, 3," in many
    assert "31 and 10 more)" in many


def test_an_answer_in_the_place_of_the_members_name_is_not_quoted():
    found = told([HEAD, row("Nej, det blir för dyrt; anna@example.org"), row("Lund")])
    assert "svar: row 2: no municipality, nor near one" in found
    assert "anna" not in found
    assert "dyrt" not in found


def test_rows_without_headings_are_not_quoted():
    rows = [["Lunds kommun", "Malmö kommuns svar", "anna@example.org"], ["Habo", "Ja", "Nej"]]
    found = told(rows)
    assert "more than one column may hold the member's name; keep one of them" in found
    assert "anna" not in found
    assert "svar" not in found.replace("svar:", "")


def test_a_correction_of_answers_that_no_longer_fits_quotes_none():
    mend = Correction(
        id="stavat", file="svar", why="misspelt", decided="2024-01-01", where={"Kommun": "Lund"},
        column=SINKS, found="Jo", value="Ja",
    )  # fmt: skip
    found = told([HEAD, row("Lund", "Hemligt svar")], corrections=[mend])
    assert f"stavat: {SINKS} is not what it says" in found
    assert "emligt" not in found
    assert "Jo" not in found


def test_all_problems_are_told_at_once():
    found = told([HEAD, row("Lund", "Jo"), row("Lundd"), row("Malmö", "Ja", "Nja")])
    assert found.startswith("svar: 3 problems")


@pytest.mark.parametrize(
    "heading",
    [
        SINKS.upper(),
        SINKS.removesuffix("?"),
        SINKS.replace("?", ":"),
        f"  {SINKS.replace(' ', chr(160))} ",
        unicodedata.normalize("NFD", SINKS),
    ],
)
def test_a_heading_may_differ_in_case_spaces_and_its_last_mark(heading):
    assert len(read([["Kommun", heading, BIOCHAR], ["Lund", "Ja", "Nej"]]).frame) == 2


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (["Kommun", "Arbetar kommunen med kolsänkor?", BIOCHAR], f"near '{SINKS}' (kolsankor)"),
        (
            ["Kommun", SINKS, "Gör kommunen biokol?"],
            "the wording of 2022 of question biokol, not that of 2023",
        ),
        (["Kommun", SINKS, "Kommentar"], f"question biokol: missing; expected a column '{BIOCHAR}'"),
        (["Kommun", SINKS, BIOCHAR, SINKS], f"column '{SINKS}': stands twice"),
        (["Vem?", SINKS, BIOCHAR], "no column with the member's name"),
        (["Kommun", "Medlem", SINKS, BIOCHAR], "more than one column may hold the member's name"),
        (["Kommun", SINKS, BIOCHAR, ""], "values without a heading"),
    ],
)
@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_headings_that_are_not_the_years_are_refused(head, message, make):
    found = told([head, ["Lund", *["Ja"] * (len(head) - 1)]], make=make)
    assert message in found


def test_a_year_without_questions_is_refused():
    assert "no question has a wording for 2019" in told([HEAD, row("Lund")], year=2019)


HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "<script>alert(1)</script>",
    "a\rb",
    "x" * 10_000,
    "👩‍🌾 🌍",
    "@SUM(A1)",
]


@pytest.mark.parametrize("text", HOSTILE, ids=["formula", "script", "lone CR", "10 kB", "emoji", "at sign"])
def test_hostile_text_is_only_text(text):
    found = read([HEAD, row("Lund", comment=text)], reader=free_texts)
    assert found.to_numpy().tolist() == [["1281", "Kommentar", " ".join(text.split())]]
    refusal = told([HEAD, row("Lund", text)])
    assert "question kolsankor: 1 cell" in refusal
    assert len(refusal) < 400
    assert "\r" not in refusal


def test_a_nul_is_refused_with_the_file():
    assert "a NUL character" in told([HEAD, row("Lund")], make=lambda rows: as_csv(rows) + b"\x00")


def test_a_formula_in_place_of_an_answer_is_refused():
    found = told([HEAD, row("Lund", '=IF(1,"Ja","Nej")')], make=as_xlsx)
    assert (
        "cell D2: expected an answer, got a formula without a stored value; type the answer itself" in found
    )


def test_every_comment_column_is_kept_apart():
    head = ["Kommun", SINKS, "Kommentar", BIOCHAR, "Kommentar"]
    found = read([head, ["Lund", "Ja", "ett", "Nej", "två"]], reader=free_texts)
    assert found["heading"].tolist() == ["Kommentar", "Kommentar (2)"]
    assert found["text"].tolist() == ["ett", "två"]


def test_a_missing_answer_is_never_a_no():
    rows = [row("Lund", "Ja", "Vet ej"), row("Malmö", "Nej", ""), row("Håbo", "", "Ja"), row("Region Skåne")]
    counts = counted(read([HEAD, *rows]).frame, QUESTIONS)
    assert counts.to_numpy().tolist() == [["kolsankor", 2, 3, 1], ["biokol", 1, 2, 2]]
    assert set(counts["n"] + counts["missing"]) == {4}
    table = survey.shares(counts, QUESTIONS, members=6)
    assert [str(share) for share in table["share"]] == ["2/3", "1/2"]
    assert [(str(a), str(b)) for a, b in zip(table["low"], table["high"], strict=True)] == [
        ("1/3", "5/6"),
        ("1/6", "5/6"),
    ]
