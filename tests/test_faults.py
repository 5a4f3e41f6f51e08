"""Faults as a tired secretary makes them: `check` names each with file and place, or else the report runs."""

from __future__ import annotations

import os
import re
import shutil

import pytest

from conftest import edit, edit_notebook, few_chapters, unrendered
from klimatlib.errors import InputError
from klimatlib.execution import processes
from klimatlib.report import renderers
from klimatlib.run import build, checks, preview
from klimatlib.sources import inputs as sources

TEXTS = {  # text of the tiny world -> what is written at its end, and what the message says
    "members": ("{% set x = 53 %}{{ x }}", "line 5: a placeholder prints the constant '53'"),
    "goal1": ('{{ activity["arsmote"].place }}', "line 5: 'dict object' has no attribute 'place'"),
    "goals": ("{{ medlemmar }}", "line 3: no name 'medlemmar'"),
    "board": ('{{ fact("members.joined") | date }}', "line 3: "),
    "goal2": (
        "{% set m = facts.membres %}{{ m.joined | listing }}",
        "line 3: 'dict object' has no attribute",
    ),
    "goal3": ("{% if year %}", "line 3: "),
    "goal4": ("{{ facts.activities | indent }}", "line 3: No filter named 'indent'"),
    "social": ("{{ facts.members.count_year_end + 1 }}", "line 3: a placeholder prints arithmetic"),
    "about": ('{{ number("members.antal") }}', "line 5: no fact 'members.antal'"),
    "foreword": ("::: {.lead}\n\nHej.", "line 7: "),
    "method": ("✓ Klart.", "line 9: the report's typefaces have no '✓' (U+2713)"),
    "survey": ('{{ survey_theme("skola") }}', "line 5: no name 'survey_theme'"),
    "goal1_campaign": ("![Bild på mötet](mote.jpg)", ": image mote.jpg"),
    "goal1_data": ("Vi är 51 medlemmar.", "line 3: the digit '51' is bound to nothing"),
    "goal2_positions": ('{{ activity["webbfika"].sessions[3].title }}', "line 3: "),
    "goal2_groups": ('{{ activity["hosttraff"].title }}', "line 3: no fact 'activities.hosttraff'"),
    "goal2_opinion": ('{% include "board.md" %}', "line 3: "),
    "emissions": ("{{ loop.index }}", "line 5: a placeholder prints loop.index"),
    "emissions_why": ("<<<<<<< HEAD", "line 5: a merge that git left open"),
    "emissions_pace": ("Hej\u200b.", "line 5, character 4: U+200B"),
    "emissions_depth": ('Det kallas "grönt".', "straight"),
    "emissions_spread": ('{{ claim("emissions-members-level") }', "line 5: unexpected"),
    "survey_themes": ("{{ activity.hosttraff.title }}", "line 3: 'dict object' has no attribute 'hosttraff'"),
    "revisions": ("FYLL I: mer", "line 2: fill in: mer"),
}
PRINTED = {  # what would be printed as nobody means it, in silence
    "members": ("Nya: {{ facts.members.joined }}.", "line 5: a placeholder prints a list"),
    "goals": ('{{ facts.get("kansli") }}', "line 3: a placeholder prints nothing"),
    "goal3": ("{{ facts.members.joined[0] | listing }}", "line 3: listing makes words of a list"),
    "goal4": (
        "Vi frågade {{ params.survey_members }}.",
        "line 3: a placeholder prints params.survey_members",
    ),
    "board": (":::", "line 3: ::: would be printed"),
    "goal2": ("Det är **viktigt.", "line 3: ** would be printed"),
    "social": ("## Rubrik {.unnumbered", "line 3: {. would be printed"),
    "about": ("Se [oss] (https://example.org).", "line 5: ] ( would be printed"),
    "survey": ("Som vi vet.[^a]", "line 5: [^ would be printed"),
    "emissions_why": ("#### Rubrik", "line 5: heading Rubrik skips a level"),
    "method": ("#Rubrik", "line 9: #R would be printed"),
}
REHEARSED = {  # what only a run's claims, or a notebook's own names, show
    "members": ('{{ claim("emissions-members-level") }}', "line 5: no claim 'emissions-members-level'"),
    "board": ('{% set c = "members-cnt" %}{{ claim(c) }}', "line 3: no claim 'members-cnt'"),
    "emissions_spread": ("{{ spread.lowest.name }}", "line 5: 'dict object' has no attribute 'lowest'"),
    "emissions_why": ("{{ why.text }}", "line 5: "),
    "emissions": ('Utsläppen ökade {{ claim("emissions-members-change") }}.', "line 5: "),
    "survey_themes": ("{{ claim(53) }}", "line 3: no claim 53"),
    "survey": ('{{ claim("survey-biokol", words=true) }}', "line 5: survey-biokol is 33"),
}
FACTS, GOALS, MEMBERS = (f"data/tiny/{name}" for name in ("facts.yml", "goals.csv", "members.csv"))
PARAMS = "params/tiny.yml"
PUBLISHED, COUNTS, QUESTIONS = "data/tiny/published.csv", "data/tiny/survey.csv", "params/questions.yml"
EMISSIONS, PEOPLE = "data/statistics/emissions_tiny.csv", "data/statistics/population_tiny.csv"
OUTLINE, TARGETS, ORIGINS = "notebooks/report.yml", "params/targets.yml", "params/sources.yml"
BOTH = "1281,Lund,municipality,2003,,member,confirmed,påhittat\n2580,Luleå,municipality,2022,,member"
NUMBERS = ",52,inlägg,\nlinkedin-foljare,LinkedIn,followers,Ökning av följare,50"
FAULTS = [  # file, what stands there, what is put there, where the message says it is
    (FACTS, "count_year_end: 3", 'count_year_end: "3"', "members.count_year_end"),
    (FACTS, "count_year_end: 3", "count_year_end: 9", "members.count_year_end"),
    (FACTS, "joined: [Luleå kommun]", "joined: Luleå kommun", "members.joined"),
    (FACTS, '"2023-04-27"', '"27 april"', "activities.0.dates.start"),
    (FACTS, "id: webbfika", "id: arsmote", "activities"),
    (FACTS, "id: webbfika", "id: webb-fika", "activities"),
    (FACTS, ", affiliation: Lunds kommun", "", "activities.webbfika.sessions"),
    (FACTS, "title: Om kolsänkor", "title: Om kolsänkor ✓", "activities.webbfika"),
    (FACTS, "activities:", "aktiviteter:", "activities"),
    (FACTS, "    title: Årsmöte", "\ttitle: Årsmöte", "line "),
    (FACTS, ', end: "2023-04-28"', "", "texts/goal1.md: line 3"),
    (MEMBERS, "code,name", "code,nam", "column name: missing; did you mean 'nam'?"),
    (MEMBERS, "1281,Lund", "1281,Luleå", "row 3, column name: 1281 is Lund in"),
    (MEMBERS, "1281,Lund", '1281,"Lu\rnd"', "row 3, column name: U+000A (line break)"),
    (MEMBERS, "1281,Lund", "1281,=1+1", "begins with =, which a spreadsheet takes for a formula"),
    (MEMBERS, "2580,Luleå", "1281,Luleå", "row "),
    (MEMBERS, "2022,,member", "2022,,medlem", "row 4, column status"),
    (MEMBERS, "2022,,member", "2022,,left", "row 4, column left"),
    (MEMBERS, "2022,,member", "2022,2021,left", "left before it joined in 2022"),
    (MEMBERS, "2580,Luleå", "0180,Stockholm", "0180"),
    (MEMBERS, BOTH, "25,Region Norrbotten,region,2022,,member", "no municipality is a member"),
    (GOALS, "Inlägg,1,3", "Inlägg,3,1", "row 2, column goal_max"),
    (GOALS, "Inlägg,1,3", "Inlägg,0,3", "row 2, column goal_min"),
    (GOALS, NUMBERS, ",,inlägg,\nlinkedin-foljare,LinkedIn,followers,Följare,", "no goal has a number"),
    (GOALS, "inlägg,vecka", "inlägg,kvartal", "row 2, column goal_per"),
    (GOALS, ",52,inlägg", ",52 st,inlägg", "row 2, column result"),
    (GOALS, "linkedin-foljare", "facebook-inlagg", "row "),
    (GOALS, "posts,Inlägg", "posts,Inlägg 漢", "row 2, column label"),
    (PUBLISHED, "kolsankor,67", "kolsänkor,67", "row 2, column indicator"),
    (PUBLISHED, "kolsankor,67", "kolsankor,60", "kolsankor"),
    (PUBLISHED, "2023,kolsankor", "2022,kolsankor", "row 2, column year"),
    (PUBLISHED, "2022,50,", "2022,,", "row 2, column previous_value"),
    (COUNTS, "kolsankor,2,3", "kolsankor,4,3", "row 2"),
    (COUNTS, "kolsankor,2,3", "kolsankor,2,9", "survey_members in the parameters is 4"),
    (COUNTS, "biokol,1,3", "biokul,1,3", "row 3"),
    (COUNTS, "biokol,1,3\n", "", "biokol"),
    (QUESTIONS, "counts_as_no: [Nej]", "counts_as_no: [Ja]", "questions.0"),
    (QUESTIONS, "label: Biokol", "label: Lokala kolsänkor", "Lokala kolsänkor: is the label of two"),
    (GOALS, "posts,Inlägg", "posts,None", "row 2, column label: None would be printed"),
    (QUESTIONS, "label: Biokol", 'label: "*Biokol*"', "questions.1.label"),
    (QUESTIONS, "label: Biokol", "label: Biokol ✓", "biokol"),
    (QUESTIONS, "counts_as_yes: [Ja]", "counts_as_yes: [yes]", "counts_as_yes"),
    (EMISSIONS, "1281,2020,Alla,240", "1281,2020,Alla,2400", "row "),
    (EMISSIONS, "1281,2020,Jordbruk,30\n", "", "1281, 2020"),
    (EMISSIONS, "1281,2020,Alla,240\n", "", "1281, 2020: sectors but no total"),
    (EMISSIONS, "0000,2020,Alla,6000", "0000,2020,Alla,600", "600 t in the nation, 1040 t in its 2 munic"),
    (PEOPLE, "1281,2020,120", "1281,2020,1 120", "row 5, column population"),
    (PEOPLE, "1281,2020,120\n", "", "1281"),
    (OUTLINE, "  - 50_survey\n", "  - 50_surve\n", "order"),
    (OUTLINE, "90_summary#method", "90_summary", "order: 90_summary prints again"),
    (OUTLINE, "#foreword", "#forord", "order"),
    (OUTLINE, "[10_members, ", "[10_members, 15_extra, ", "15_extra"),
    (TARGETS, "percent_below: 63", "percent_below: 0.63", "targets.0.percent_below"),
    (TARGETS, "year: 2030", "year: 2015", "targets.0.year"),
    (TARGETS, "year: 2030", "year: 2045", "targets.1.year"),
    (ORIGINS, "file: data/tiny/goals.csv", "file: ../goals.csv", "sources.goals-tiny.file"),
    (ORIGINS, "file: data/tiny/goals.csv", "file: data/x.csv", "goals.csv comes"),
    (ORIGINS, "publisher: Exempelverket", "publisher: Exempel✓verket", "sources"),
    (PARAMS, "population_vintage: tiny", 'population_vintage: "2024"', "population_2024.csv"),
    (PARAMS, "emissions_year: 2020", "emissions_year: 2019", "year 2019"),
    (PARAMS, "title: Verksamhetsberättelse", "title: Berättelse 🌍", "title"),
    (FACTS, "title: Om kolsänkor", "title: Om kolsänkor #2", "activities.1.sessions.0.title: YAML"),
    (FACTS, "title: Årsmöte", "title: None", "activities.0.title: expected a value, or nothing"),
    (FACTS, "name: Ada Bok", "name: ", "activities.webbfika.sessions.0.speakers.0.name: is empty"),
    (FACTS, '"2023-04-28"', '"2023-04-26"', "activities.0.dates: ends"),
    (QUESTIONS, "comparable_with: [2022]", 'detail: {"2023": "Bra ✓."}', "kolsankor.detail.2023"),
    ("params/sectors.yml", "label: Jordbruk", "label: Jordbruk ✓", "jordbruk"),
    ("params/channels.yml", "title: ", "title: ✓", "params/channels.yml"),
    ("notebooks/10_members.ipynb", '"cells"', '<<<<<<< HEAD\n"cells"', "10_members.ipynb: line 2: a merge"),
]
WARNED = [  # possible, and so only a warning
    (FACTS, 'start: "2023-04-27", end: "2023-04-28"', 'start: "2022-04-27", end: "2022-04-28"', "0.dates: "),
    (FACTS, "activities:", "board: {period: {from: 2019, to: 2022}}\nactivities:", "board.period: "),
    (FACTS, "left: []", "left: []\n  joind: [Lund]", "is joind meant as joined?"),
]  # fmt: skip
NOTEBOOK = {  # cell of 10_members -> what is put there, and what the message says
    1: ('params_file = "x"', "parameters: expected params_file and out_dir, found params_file"),
    7: (
        'chapter.text("members.md"',
        "line 1, chapter.text(\"members.md\": SyntaxError: '(' was never closed",
    ),
    10: ("chapter", "last cell: expected chapter.close()"),
    3: ('chapter.text("medlemmar.md")', "texts/medlemmar.md: missing"),
}


def told(root):
    with pytest.raises(InputError) as caught:
        checks.check(sources.Inputs.open("params/tiny.yml"))
    return [f"{problem.file}: {problem}" for problem in caught.value.problems]


def write(root, texts):
    """Write each at the end of its text; return what its messages must hold: file, words, and their line."""
    expected = []
    for name, (words, message) in texts.items():
        path = root / f"data/tiny/texts/{name}.md"
        before = path.read_text("utf-8")
        path.write_text(f"{before}\n{words}\n", encoding="utf-8")
        line = f"line {len(before.splitlines()) + 2}"
        expected.append((f"texts/{name}.md: ", re.sub(r"^line \d", line, message)))
    return expected


def missed(expected, lines):
    return [pair for pair in expected if not any(all(part in line for part in pair) for line in lines)]


@pytest.mark.parametrize("texts", [TEXTS, PRINTED])
def test_each_fault_in_a_text_is_told_with_its_file_and_line(tiny, texts):
    expected, lines = write(tiny, texts), told(tiny)
    assert missed(expected, lines) == [], lines


def test_what_only_a_run_shows_is_tried_without_one_and_what_stands_is_not_tried_again(tiny, monkeypatch):
    inputs, before = sources.Inputs.open("params/tiny.yml"), shutil.copytree(tiny, tiny / "before")
    expected = [
        *write(tiny, REHEARSED),
        ("20_activities.ipynb: cell 20-14, [11] under “Goal 3”, line 3, 1 / 0: ZeroDivisionError",),
    ]
    edit_notebook(tiny, "20_activities", cell=14, source="\n\n1 / 0")
    (tiny / "data/tiny/answers_2023.csv").write_text("hemligt", encoding="utf-8")
    reading = "text = open('../data/tiny/answers_2023.csv').read()\nraise KeyError(text)"
    edit_notebook(tiny, "30_outreach", cell=3, source=reading)
    expected += [("30_outreach.ipynb: cell 30-03, [3], line 2: KeyError: its message is not told",)]
    checks.check(inputs)
    for _ in range(2):
        with pytest.raises(InputError) as caught:
            preview.rehearse(inputs)
        lines = [f"{problem.file}: {problem}" for problem in caught.value.problems]
        assert missed(expected, lines) == [], lines
        assert "hemligt" not in str(lines)
    shutil.copytree(before, tiny, dirs_exist_ok=True)
    write(tiny, {"members": ("Se [mer](#finns-inte).", "")})
    with pytest.raises(InputError, match="a link leads to #finns-inte"):
        preview.rehearse(inputs)
    shutil.copytree(before, tiny, dirs_exist_ok=True)
    preview.rehearse(inputs)
    for module, name in ((processes, "workers"), (renderers, "proofread")):
        monkeypatch.setattr(module, name, None)
    preview.rehearse(inputs)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_in_a_file_is_told_with_its_place(tiny, monkeypatch, fault):
    monkeypatch.setattr(checks, "proofread", lambda bound: ())  # the texts are whole; pandoc takes a second
    file, old, new, place = fault
    edit(tiny / file, old, new)
    lines = told(tiny)
    assert any(place in line for line in lines), lines


@pytest.mark.parametrize("fault", WARNED)
def test_what_may_be_meant_so_is_warned_of(tiny, monkeypatch, fault):
    monkeypatch.setattr(checks, "proofread", lambda bound: ())
    file, old, new, message = fault
    edit(tiny / file, old, new)
    warnings = checks.check(sources.Inputs.open("params/tiny.yml")).warnings
    assert any(message in warning.english for warning in warnings), warnings


def test_texts_that_passed_are_not_proofread_again(tiny, monkeypatch):
    checks.check(sources.Inputs.open("params/tiny.yml"))
    monkeypatch.setattr(checks, "proofread", None)
    checks.check(sources.Inputs.open("params/tiny.yml"))


@pytest.mark.parametrize("cell", NOTEBOOK)
def test_a_notebook_that_a_run_would_refuse_is_told(tiny, cell):
    edit_notebook(tiny, "10_members", cell=cell, source=NOTEBOOK[cell][0])
    assert any(NOTEBOOK[cell][1] in line for line in told(tiny))


def test_what_is_no_regular_file_is_told_at_once(tiny):
    os.mkfifo(tiny / "data/tiny/texts/extra.md")
    (tiny / "data/tiny/consent.csv").symlink_to("/dev/null")
    for path, make in (
        (GOALS, os.mkfifo),
        (PUBLISHED, lambda at: at.symlink_to(at.name)),  # to itself
        ("notebooks/10_members.ipynb", lambda at: at.symlink_to("/dev/zero")),
    ):
        (tiny / path).unlink()
        make(tiny / path)
    lines = told(tiny)
    assert {line.split(": ")[0] for line in lines} >= {
        GOALS,
        PUBLISHED,
        "notebooks/10_members.ipynb",
        "data/tiny/consent.csv",
    }


def test_harmless_oddities_are_taken_and_the_report_runs(tiny):
    few_chapters(tiny)
    for path in (FACTS, GOALS, MEMBERS, PUBLISHED, QUESTIONS, OUTLINE, "data/tiny/texts/members.md"):
        data = (tiny / path).read_bytes()
        (tiny / path).write_bytes(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))
    (tiny / GOALS).write_bytes(b"\xef\xbb\xbfsep=,\r\n" + (tiny / GOALS).read_bytes()[3:])
    (tiny / "data/tiny/texts/mapp.md").mkdir()
    (tiny / "data/tiny/texts/.DS_Store").write_bytes(b"\x00\xff")
    shutil.copy(tiny / FACTS, tiny / "data/tiny/facts (kopia).yml")
    checks.check(sources.Inputs.open("params/tiny.yml"))
    with unrendered():  # a document is made of report.qmd alone
        assert build.report("params/tiny.yml", renderer="embedded").is_dir()
