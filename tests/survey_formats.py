"""SYNTHETIC survey exports in each shape that the usual tools give, for `test_formats`.

No real export may be kept here. The columns are those that the tools' own pages and users show:
Google Forms https://support.google.com/docs/answer/2917686 and, of its fields (time, e-mail, score),
https://developers.google.com/forms/api/reference/rest/v1/forms.responses;
Microsoft Forms https://support.microsoft.com/forms ("ID,Start time,Completion time,Email,Name"; a question
put twice has a 2 after it; a quiz adds "Points - " and "Feedback - " of each);
SurveyMonkey https://help.surveymonkey.com ("Respondent ID,Collector ID,Start Date,End Date,IP Address,
Email Address,First Name,Last Name,Custom Data 1"; a second row says "Response", or a column's option);
Netigate https://support.netigate.net/no/support/respondentoversikt (respondent, progress, start, duration;
its export itself is not shown there, so these columns are ours).
"""

# fmt: off
from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from functools import partial

from klimatlib.config import Columns
from klimatlib.sources.survey_export import read_answers
from raw_files import to_xlsx as book
from test_formats import Case
from test_survey_export import BIOCHAR, PLACES, QUESTIONS, REGISTER, SINKS

Rows = Sequence[Sequence[object]]

RIGHT = [  # what each of these files says
    ["1280", "biokol", "no"], ["1280", "kolsankor", "yes"],
    ["1281", "biokol", "missing"], ["1281", "kolsankor", "yes"],
]
MALMO, LUND = ["Malmö stad", "Ja", "Nej"], ["Lunds kommun", "Ja, i någon mån", ""]
GOOGLE = {"Tidstämpel": "2023-10-02 08.00.00", "E-postadress": "a@example.org"}
GOOGLE_EN = {"Timestamp": "10/2/2023 8:00:00", "Email Address": "a@example.org", "Score": ""}
MICROSOFT = {
    "ID": "1", "Start time": "10/2/23 8:00:00", "Completion time": "10/2/23 8:09:00", "Email": "anonymous",
    "Name": "Anna Svensson", "Last modified time": "",
}
MICROSOFT_SV = {
    "ID": "1", "Starttid": "2023-10-02 08:00", "Slutförandetid": "2023-10-02 08:09",
    "E-post": "a@example.org", "Namn": "Anna Svensson", "Tid för senaste ändring": "",
}
MONKEY = {
    "Respondent ID": "114", "Collector ID": "42", "Start Date": "10/02/2023", "End Date": "10/02/2023",
    "IP Address": "192.0.2.1", "Email Address": "a@example.org", "First Name": "Anna", "Last Name": "Ek",
    "Custom Data 1": "",
}
NETIGATE = {
    "Respondent": "a@example.org", "Status": "Klar", "Påbörjad datum": "2023-10-02", "Svarstid": "00:09:12",
    "Enhet": "Dator", "Språk": "sv", "Utskick": "Oktober",
}
OWN = "of a person or the tool, left out"


def table(own=None, heads=("Kommun", SINKS, BIOCHAR), rows=(MALMO, LUND), below=()):
    """Return an export: a tool's own columns, then the member and its answers."""
    own = own or {}
    return [[*own, *heads], *map(list, below), *([*own.values(), *row] for row in rows)]


def text(rows: Rows, delimiter: str = ";", encoding: str = "utf-8", before: str = "") -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return (before + stream.getvalue()).encode(encoding)


def read(what, data, told="", columns=None, more=()) -> Case:
    """Return the case of an export that says the same as all others here, and what else it says."""
    data = data if isinstance(data, bytes) else text(data)
    columns = columns or Columns()
    reader = partial(read_answers, data, "svar", QUESTIONS, 2023, REGISTER, PLACES, columns=columns)
    seen = ["code", "question_id", "counts_as"]
    return Case(what, reader, sorted([*RIGHT, *more]), lambda frame: frame[seen].to_numpy().tolist(), told)


def refused(what: str, data: bytes | Rows, told: str) -> Case:
    """Return the case of an export that cannot be read, and what its refusal must say."""
    data = data if isinstance(data, bytes) else text(data)
    return Case(what, partial(read_answers, data, "svar", QUESTIONS, 2023, REGISTER, PLACES), told=told)


def named(name: object) -> Rows:
    """Return an export in which Malmö is called so."""
    return table(rows=[[name, *MALMO[1:]], LUND])


def extra(name: str) -> Rows:
    """Return an export with one more answer, of a member that is called so."""
    return table(rows=(MALMO, LUND, [name, "Ja", "Nej"]))


def also(code: str) -> Rows:
    """Return what that one says, by its code."""
    return [[code, "biokol", "no"], [code, "kolsankor", "yes"]]


def asked(heading: str) -> Rows:
    """Return an export in which the question of sinks is put so."""
    return table(heads=("Kommun", heading, BIOCHAR))


PLAIN = table()
hide = lambda it: setattr(it["B"], "sheet_state", "hidden")  # noqa: E731
SUMMARY = [[SINKS], ["Ja", 1], ["Ja, i någon mån", 1], [BIOCHAR], ["Nej", 1]]
EXPANDED = [
    [*MONKEY, "Kommun", SINKS, "", "", BIOCHAR, ""],
    [*[""] * len(MONKEY), "Response", "Ja", "Ja, i någon mån", "Other (please specify)", "Ja", "Nej"],
    [*MONKEY.values(), "Malmö stad", "Ja", "", "", "", "Nej"],
    [*MONKEY.values(), "Lunds kommun", "", "Ja, i någon mån", "Skogen", "", ""],
]
CONTACT = [
    [*MONKEY, "Kontaktuppgifter", "", "", SINKS, BIOCHAR],
    [*[""] * len(MONKEY), "Namn", "Kommun", "E-postadress", "Response", "Response"],
    *([*MONKEY.values(), "Anna Ek", row[0], "a@example.org", *row[1:]] for row in (MALMO, LUND)),
]
MANY = [  # options, then Other, then another option
    ["Kommun", SINKS, "", "", BIOCHAR], ["Response", "Ja", "Annat", "Ja, i någon mån", "Response"],
    ["Malmö", "Ja", "", "", "Nej"], ["Lund", "", "Skogen", "Ja, i någon mån", ""],
]
QUALTRICS = [
    ["StartDate", "Q1", "Q2", "Q3"], ["Start Date", "Kommun", SINKS, BIOCHAR],
    [f'{{"ImportId":"QID{number}"}}' for number in range(4)], ["2023-10-02", *MALMO], ["2023-10-02", *LUND],
]
TWICE = ("Kommun", SINKS, BIOCHAR, SINKS)
OTHERWISE, FOLLOW_UP = "Arbetar kommunen med kolsänkor?", f"{BIOCHAR} Var?"
NEAR = table(heads=("Kommun", SINKS, BIOCHAR, FOLLOW_UP), rows=([*MALMO, "Här"], [*LUND, ""]))
NEIGHBOURS = table(
    heads=("Kommun", "Grannkommun", SINKS, BIOCHAR),
    rows=(["Malmö", "Lund", *MALMO[1:]], ["Lund", "Malmö", *LUND[1:]]))
TOOLS = [
    read("Google Forms, CSV", text(table(GOOGLE), ","), f"'Tidstämpel': {OWN}"),
    read("Google Forms in English, CSV", text(table(GOOGLE_EN), ","), f"'Email Address': {OWN}"),
    read("Google Forms, where the member is asked for as a question",
         table(GOOGLE, ("Vilken kommun representerar du?", SINKS, BIOCHAR)), "du?': the member's name"),
    read("Microsoft Forms, xlsx", book({"Sheet1": table(MICROSOFT)}), f"'Name': {OWN}"),
    read("Microsoft Forms in Swedish, xlsx", book({"Sheet1": table(MICROSOFT_SV)}), f"'Namn': {OWN}"),
    read("Microsoft Forms as a quiz, with points and feedback of each question",
         table(MICROSOFT | {"Total points": "", f"Points - {SINKS}": "1", f"Feedback - {SINKS}": ""}),
         f"'Points - {SINKS}': {OWN}"),
    read("Microsoft Forms, a question in two branches (the second has a 2)",
         table(MICROSOFT, (*TWICE[:3], f"{SINKS}2"), ([*MALMO, ""], [LUND[0], "", "", LUND[1]])),
         f"'{SINKS}2': question kolsankor"),
    read("SurveyMonkey, two rows of headings, CSV", text(
         table(MONKEY, below=[[*[""] * len(MONKEY), "Open-Ended Response", "Response", "Response"]]), ","),
         f"'Collector ID': {OWN}"),
    read("SurveyMonkey, a column for each option and for Other, xlsx", book({"Sheet": EXPANDED}),
         f"'Other (please specify) ({SINKS})': not read"),
    read("SurveyMonkey, Other among the options", text(MANY), f"'Annat ({SINKS})': not read"),
    read("SurveyMonkey, the member in a contact form", text(CONTACT, ","),
         "'Kommun (Kontaktuppgifter)': the member's name"),
    read("Times as Excel has them", book({"A": table({"Starttid": dt.datetime(2023, 10, 2, 8, 0)})}),
         f"'Starttid': {OWN}"),
    read("Qualtrics, three rows of headings", text(QUALTRICS, ",")),
    read("Netigate, xlsx", book({"Rådata": table(NETIGATE)}), f"'Utskick': {OWN}"),
]
FILES = [
    read("CSV with semicolons", text(PLAIN)),
    read("CSV with commas", text(PLAIN, ",")),
    read("Text with tabs", text(PLAIN, "\t")),
    read("CSV with the mark of UTF-8 (BOM)", text(PLAIN, encoding="utf-8-sig")),
    read("CSV in Windows-1252", text(PLAIN, encoding="cp1252")),
    read("UTF-16 with its mark (Excel's Unicode text)", text(PLAIN, "\t", "utf-16")),
    refused("UTF-16 without its mark", text(PLAIN, "\t", "utf-16-le"), "UTF-16 without its mark; save"),
    refused("Letters lost in a conversion", text(PLAIN).replace("ö".encode(), "�".encode()), "a letter lost"),
    read("A first line sep=;", text(PLAIN, before="sep=;\r\n")),
    read("A first line sep=, in quotes", text(PLAIN, ",", before='"sep=,"\r\n')),
    read("Title rows above the headings", [["Enkät 2023", "", ""], ["", "", ""], *PLAIN]),
    read("Blank rows and a blank last column",
         [[*row, ""] for row in [*PLAIN[:2], ["", "", ""], *PLAIN[2:]]]),
    read("A summary sheet beside the answers", book({"Sammanställning": SUMMARY, "Svar": PLAIN}),
         "other sheets, not read: 'Sammanställning'"),
    read("A sheet headed by questions but without members, beside the answers",
         book({"Diagram": [["", SINKS, BIOCHAR], ["Ja", 2, 0]], "Svar": PLAIN}), "not read: 'Diagram'"),
    refused("Answers on two sheets", book({"A": PLAIN, "B": PLAIN}),
            "answers on more than one sheet ('A', 'B')"),
    refused("Answers on a hidden sheet", book({"A": [["Hej"]], "B": PLAIN}, tweak=hide),
            "hidden sheet ('B'); unhide"),
    read("One row a question, one column a member", [*zip(*PLAIN, strict=True)], "read with rows as columns"),
    refused("One row a question, the members not headed", [("", *rest) if n == 0 else (head, *rest)
            for n, (head, *rest) in enumerate(zip(*PLAIN, strict=True))], "transpose the table"),
    refused("One row an answer", [["Kommun", "Fråga", "Svar"], ["Malmö", SINKS, "Ja"], ["Malmö",
            BIOCHAR, "Nej"]],
            "expected one row a member"),
    refused("A summary alone", book({"Sammanställning": SUMMARY}), "the questions stand below each other"),
]
HEADINGS = [
    read('Headings with numbers, "1. "', table(heads=("1. Kommun", f"2. {SINKS}", f"3. {BIOCHAR}"))),
    read('Headings with numbers, "Q1: ", "Fråga 2 - "', table(heads=("Kommun", f"Q1: {SINKS}",
         f"Fråga 2 - {BIOCHAR}"))),
    read('Headings with numbers, "1 ", "2.1 "', table(heads=("Kommun", f"1 {SINKS}", f"2.1 {BIOCHAR}"))),
    read("A heading with line breaks", asked(SINKS.replace(" ", "\n", 2) + "\n")),
    read("A heading with HTML", asked(f"<p><b>{SINKS}</b>&nbsp;</p>")),
    read("A heading with emoji", asked(f"🌱 {SINKS} ✅")),
    read("A heading with signs that nobody sees", asked(SINKS.replace("kommunen", "kommun\u200ben\ufeff"))),
    read("A heading with a letter in two parts", asked(SINKS.replace("ä", "a\u0308"))),
    read("A heading in capitals, without its question mark", asked(SINKS.upper().removesuffix("?"))),
    read("A heading marked as required, with *", asked(f"{SINKS} *")),
    read("A heading marked as required, in words", asked(f"{SINKS} (obligatorisk)")),
    refused("A heading with a look-alike letter", asked(SINKS.replace("a", "\u0430")),
            "CYRILLIC SMALL LETTER A"),
    refused("A question put otherwise", asked(OTHERWISE), f"near '{SINKS}' (kolsankor)"),
    read("A question put otherwise, settled in params/questions.yml", asked(OTHERWISE),
         f"'{OTHERWISE}': question kolsankor", Columns(questions={OTHERWISE: "kolsankor"})),
    refused("The wording of another year", asked("Gör kommunen biokol?"),
            "wording of 2022 of question biokol"),
    refused("No question at all", [["Kommun", "Vad?"], ["Malmö", "Ja"]], "no heading is a question of 2023"),
    refused("A question is missing", [row[:2] for row in PLAIN], f"missing; expected a column '{BIOCHAR}'"),
    read("Comments beside the questions",
         [[*row, more] for row, more in zip(PLAIN, [f"Kommentar till: {SINKS}", "Bra", ""], strict=True)],
         f"'Kommentar till: {SINKS}': not read"),
    refused("A follow-up near a question", NEAR, "settle it in params"),
    read("A follow-up, settled in params/questions.yml as left out", NEAR,
         "left out, as params/questions.yml says", Columns(left_out=(FOLLOW_UP,))),
    refused("Values without a heading", table(heads=(*TWICE[:3], ""), rows=([*MALMO, ""], [*LUND, "Ja"])),
            "values without a heading"),
    read("One question in two columns, at most one of them filled",
         table(heads=TWICE, rows=([*MALMO, ""], [LUND[0], "", "", LUND[1]]))),
    read("One question in two columns, the second with .1 (pandas)",
         table(heads=(*TWICE[:3], f"{SINKS}.1"), rows=([*MALMO, ""], [LUND[0], "", "", LUND[1]]))),
    read("One question in two columns that say the same",
         table(heads=TWICE, rows=([*MALMO, "ja."], [*LUND, ""]))),
    refused("One question in two columns that differ",
            table(heads=TWICE, rows=([*MALMO, "Nej"], [*LUND, ""])),
            "line 2, column 2 and line 2, column 4: different answers to question kolsankor"),
]
ANSWERS = [
    read("Case, spaces and a mark after an answer", table(rows=(["Malmö", " JA. ", "nej\u00a0"], LUND))),
    read("Signs that nobody sees in an answer", table(rows=(["Malmö", "Ja\u200b", "Nej\ufeff"], LUND)),
         "U+200B (zero width space) cannot be seen: removed 1 time"),
    read("A dash for an answer", table(rows=(MALMO, [*LUND[:2], "–"])), "punctuation alone is no answer"),
    read("A question mark for an answer", table(rows=(MALMO, [*LUND[:2], "?"])),
         "punctuation alone is no answer"),
    read("A row without a single answer", table(rows=(MALMO, ["Håbo", "", ""], LUND)), "not answered: 3"),
    refused("An answer with a look-alike letter", table(rows=(["Malmö", "J\u0430", "Nej"], LUND)),
            "(row 2), character 2 is 'CYRILLIC SMALL LETTER A' (U+0430)"),
    refused("New spellings of answers, one message each",
            table(rows=(["Malmö", "Jadå", "Nja"], ["Lund", "jadå!", "Vet ej"], ["Håbo", "Ja", "Nej"])),
            "2 cells with 1 spelling of no answer option (row 2, 3); expected one of"),
    refused("TRUE and FALSE in Excel", book({"A": table(rows=(["Malmö", True, False], LUND))}),
            "no answer option"),
    refused("Codes instead of answers, 1 and 2", table(rows=(["Malmö", "1", "2"], LUND)), "no answer option"),
    refused("Two answers in one cell", table(rows=(["Malmö", "Ja;Nej", "Nej"], LUND)),
            "no answer option (row 2)"),
    refused("A formula that was never calculated", book({"A": table(rows=(["Malmö", '="Ja"', "Nej"], LUND))}),
            "got a formula without a stored value"),
]
MEMBERS = [
    *(read(f"Member as {name}", named(name)) for name in (
        "Malmö", "Malmö kommun", "MALMÖ STAD", "Kommun: Malmö", "Malmö stad.", "1280", "1280 Malmö",
        "Malmö (1280)", "Malmö, Skåne län", "Malmö kommun (Skåne)")),
    *(read(f"Region as {name}", extra(name), more=also("12")) for name in (
        "Region Skåne", "REGIONEN SKÅNE", "Skåneregionen", "Region Skåne län", "12", "12 Region Skåne")),
    read("Member with a sign that nobody sees", named("Malmö\u200b"), "U+200B"),
    read("Member by a code that lost its nought, 305", extra("305"), more=also("0305")),
    read("Member by a number in Excel", book({"A": named(1280)})),
    read("Member asked for, beside another question of municipalities", table(
         heads=("Kommun", "Vilken kommun samarbetar ni mest med?", SINKS, BIOCHAR),
         rows=(["Malmö", "Lund", *MALMO[1:]], ["Lund", "Malmö", *LUND[1:]])), "mest med?': not read"),
    read("Member beside another column of municipalities", table(
         heads=("Kommunstorlek", "Kommun", SINKS, BIOCHAR),
         rows=(["Storstad", "Malmö", *MALMO[1:]], ["45000", "Lund", *LUND[1:]])),
         "'Kommunstorlek': not read"),
    refused("Member asked for, beside a column that only looks like it", table(
         heads=("Kommunstorlek", "Vilken kommun?", SINKS, BIOCHAR),
         rows=(["Storstad", "Malmö", *MALMO[1:]], ["45000", "Lund", *LUND[1:]])),
         "more than one column may hold the member's name ('Kommunstorlek', 'Vilken kommun?')"),
    refused("Two questions that may ask for the member", table(
         heads=("Vilken kommun svarar du för?", "Vilken region hör ni till?", SINKS, BIOCHAR),
         rows=(["Malmö", "Skåne län", *MALMO[1:]], ["Lund", "Skåne län", *LUND[1:]])),
         "more than one column may hold the member's name ('Vilken kommun svarar du för?', 'Vilken region"),
    read("Member under a heading that does not say so", table(heads=("Vem svarar?", SINKS, BIOCHAR)),
         "'Vem svarar?': the member's name"),
    read("Municipalities and regions in a column each", table(
         heads=("Kommun", "Region", SINKS, BIOCHAR), rows=(
             ["Malmö", "", *MALMO[1:]], ["Lund", "", *LUND[1:]], ["", "Region Skåne", "Ja", "Nej"])),
         "'Region': the member's name", more=also("12")),
    read("Names and codes in a column each", table(
         heads=("Kommun", "Kommunkod", SINKS, BIOCHAR),
         rows=(["Malmö", "1280", *MALMO[1:]], ["Lund", "1281", *LUND[1:]]))),
    refused("Two columns with other members",
            NEIGHBOURS, "line 2, column 1 and line 2, column 2: different members"),
    read("Two columns with other members, settled in params/questions.yml", NEIGHBOURS,
         "'Grannkommun': not read", Columns(member="Kommun")),
    refused("A row that says Kommun again", [PLAIN[0], ["Kommun", "Ja", "Nej"], *PLAIN[1:]],
            "row 2: no municipality, nor near one"),
    refused("No column with members",
            [row[1:] for row in PLAIN], "no column with the member's name; head it"),
    *(refused(what, extra(name), told) for what, name, told in (
        ("A region that is no member", "Region Uppsala", "'Region Uppsala' (03) is no member of 2023"),
        ("A municipality that is an observer", "Habo", "'Habo' (0643) is no member of 2023"),
        ("A municipality that has left", "Luleå kommun", "'Luleå kommun' (2580) is no member of 2023"),
        ("A name without its dots", "Malmo", "'Malmo' is no municipality known here; nearest are Malmö"),
        ("A name with a look-alike letter", "Knivst\u0430",
        "character 7 is 'CYRILLIC SMALL LETTER A' (U+0430)"),
        ("A code and a name that differ", "1281 Malmö", "has no code and name of one place"),
        ("Answers without a name", "", "answers without a member's name"),
        ("An answer in the name's place, not quoted", "Nej, för dyrt",
        "row 4: no municipality, nor near one"),
        ("A member that answered twice", "Malmö", "Malmö has answered in row 2 too"),
    )),
]
CASES = [*TOOLS, *FILES, *HEADINGS, *ANSWERS, *MEMBERS]
