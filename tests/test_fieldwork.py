"""Following the survey: small cases worked out by hand, and promises held against all possible answers."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from functools import cache
from itertools import product
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, copy_project, seal
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Question
from klimatlib.errors import InputError, UsageError
from klimatlib.indicators import association as survey
from klimatlib.run import survey_follow_up as fieldwork
from klimatlib.run.survey_follow_up import Standing, Voice, change, lines
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import survey_answers
from test_cli import klimatlib
from test_prose import a_share

NBSP = "\u00a0"

# Twelve members of an invented survey; b and c are told together, so that one may pass the other.
WHATS = ("words", "number", "place")
PARAMS = SimpleNamespace(year=2023, survey_members=16, survey_inferred=False)
PUBLISHED = pd.DataFrame(
    [(2023, "a", 50, "percent of respondents", 2022, 40)],
    columns=["year", "indicator", "value", "unit", "previous_year", "previous_value"],
)
TEXT = """\
{{ survey_theme("t") }}
{{ survey_theme("u") }}

De flesta, {{ claim("survey-b") }}, gör så.
Flest, {{ claim("survey-c") }}, gör så.
Drygt {{ claim("survey-a") }} gör så, och knappt hälften har gjort det länge.

Det är vanligare med b, {{ claim("survey-b") }}, än med c, {{ claim("survey-c") }}.
"""


def question(name, theme, **more):
    told = {"label": name, "wording": {"2023": f"Gör kommunen {name}?"}, "counts_as_yes": ["Ja"]}
    told |= {"counts_as_no": ["Nej"], "verb_phrase": f"gör {name}"}
    return Question(id=name, theme=theme, **{**told, **more})


QUESTIONS = {
    "a": question("a", "t", comparable_with=[2022]),
    "b": question("b", "u", turned="Så gör {share}"),
    "c": question("c", "u"),
}


@cache
def book_of(*counts):
    """The survey's claims from (k, n) of a, b and c: made by the report's own functions from nothing."""
    frame = pd.DataFrame(counts, columns=["k", "n"]).assign(question_id=[*QUESTIONS])
    table = survey.shares(frame, QUESTIONS, members=PARAMS.survey_members)
    return ClaimBook(
        survey.survey_claims(table, QUESTIONS, PUBLISHED, params=PARAMS, source="s", earlier_known=True)
    )


def standing_of(counts, voices):
    none = pd.DataFrame(columns=["code", "question_id", "answer", "counts_as"])
    return Standing(2023, 16, 12, QUESTIONS, tuple(voices), none, book_of(*counts), none, none)


def silent(name):
    return Voice(name, name, True, frozenset(QUESTIONS))


def left_open(name, *questions):
    return Voice(name, name, False, frozenset(questions))


@pytest.fixture(scope="module")
def drafted(tmp_path_factory):
    """Return what gives the sentences of TEXT for counts; only the text is read from the disk."""
    root = copy_project(tmp_path_factory.mktemp("fält") / "värld", tiny=True)
    folder = root / "data" / "tiny" / "texts"
    for path in folder.glob("*.md"):
        path.write_text(TEXT if path.name == "survey_themes.md" else "", encoding="utf-8")
    inputs = Inputs.open("params/tiny.yml", start=root)

    def draft(book):
        found, notes = lines(inputs, QUESTIONS, book)
        assert notes == []
        return found

    return draft


def completions(counts, voices):
    """Return the counts that can come of it, each with the sets of members that may have answered so."""
    cells = [(voice.code, question) for voice in voices for question in sorted(voice.open)]
    found = {}
    for said in product((None, 1, 0), repeat=len(cells)):
        now = {q: [*pair] for q, pair in zip(QUESTIONS, counts, strict=True)}
        for (_, question), one in zip(cells, said, strict=True):
            now[question][0] += one or 0
            now[question][1] += one is not None
        who = frozenset(code for (code, _), one in zip(cells, said, strict=True) if one is not None)
        found.setdefault(tuple(tuple(pair) for pair in now.values()), set()).add(who)
    return found


def printed(line, book):
    """A sentence as the report would print it, by the numbers that stand in it."""
    return line.words(book), [book[claim].text for claim in line.numbers], line.place(book)


def truth(line, counts, voices):
    """What each number of members can change, found by trying everything."""
    today, found = printed(line, book_of(*counts)), {}
    for then, who in completions(counts, voices).items():
        for what, old, new in zip(WHATS, today, printed(line, book_of(*then)), strict=True):
            if old != new:
                found.setdefault(what, set()).update(who)
    return found


COUNT = st.integers(5, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
FEW, MORE = [silent("x")], [silent("x"), silent("y")]
MIXED = [silent("x"), left_open("y", "a"), left_open("z", "b", "c")]
OPEN = [left_open("x", "a"), left_open("y", "b")]
VOICES = st.sampled_from([[], FEW, MORE, MIXED, OPEN])


@given(counts=st.tuples(COUNT, COUNT, COUNT), voices=VOICES)
@settings(max_examples=6, deadline=None)
def test_what_is_said_to_be_possible_is_just_what_trying_all_answers_gives(drafted, counts, voices):
    now = standing_of(counts, voices)
    for line in drafted(now.book):
        told, real = change(line, now), truth(line, counts, voices)
        if told.whole:  # what no answers can change, nothing changes, and the other way round
            assert {*told.least} == {*real}, line.shown
        for what, count in told.least.items():
            fewest = min(len(who) for who in real[what])
            assert count <= fewest, line.shown
            if count == 1 or all(voice.silent for voice in voices):
                assert count == fewest, line.shown
        for voice in voices:
            alone = {what for what, sets in real.items() if frozenset({voice.code}) in sets}
            assert told.alone[voice.kind] == alone, (line.shown, voice)


@given(counts=st.tuples(COUNT, COUNT, COUNT), voices=st.sampled_from([FEW, OPEN]))
@settings(max_examples=4, deadline=None)
def test_a_sentence_that_no_answers_can_change_reads_the_same_in_every_report(drafted, counts, voices):
    now = standing_of(counts, voices)
    changes = [change(line, now) for line in drafted(now.book)]
    fixed = {one.shown for one in changes if one.whole and not one.least}
    for then in completions(counts, voices) if fixed else ():
        assert fixed <= {line.shown for line in drafted(book_of(*then))}


def test_the_claims_under_other_answers_are_those_that_the_report_would_make():
    from klimatlib.run.survey_follow_up import Worlds

    now = standing_of(((3, 8), (5, 10), (9, 12)), [silent("x")])
    moved = Worlds(now).book({"a": (1, 0), "c": (0, 1)})
    real = book_of((4, 9), (5, 10), (9, 13))
    assert [c for c in moved if c.n is not None] == [
        c if c.id != "survey-response" else moved[c.id] for c in real if c.n is not None
    ]


def test_two_more_yes_make_a_few_respondents_an_increase(drafted):
    # 40 % before. 11 of 16 is 4.6 respondents more, and so few; 12 of 17 is 5.2, and 13 of 18 5.8.
    now = standing_of(((11, 16), (9, 16), (9, 16)), [silent("x"), silent("y")])
    told = [change(line, now) for line in drafted(now.book)]
    earlier = next(one for one in told if one.shown.startswith("År 2022"))
    assert earlier.shown == f"År 2022 var andelen 40{NBSP}%, men skillnaden motsvarar bara några få svarande."
    assert earlier.least == {"words": 1}
    assert earlier.then == (f"Det är en ökning från 40{NBSP}% 2022.",)
    one_less = standing_of(((10, 15), (9, 16), (9, 16)), [silent("x"), silent("y")])
    told = [change(line, one_less) for line in drafted(one_less.book)]
    assert next(one for one in told if one.shown.startswith("År 2022")).least == {"words": 2}


def test_a_written_word_that_more_answers_would_break_is_told(drafted):
    # ”De flesta” stands on 9 of 16. One no makes 9 of 17, two make 9 of 18: half is not most.
    now = standing_of(((5, 16), (9, 16), (12, 16)), [silent("x"), silent("y")])
    most = next(one for one in (change(line, now) for line in drafted(now.book)) if "De flesta" in one.shown)
    assert (most.least["words"], most.now) == (2, "")
    assert most.then == (f"not true: ”De flesta” needs more than 50 %, survey-b is 50{NBSP}%",)


def test_a_written_word_that_does_not_hold_today_is_told(drafted):
    now = standing_of(((5, 16), (7, 16), (12, 16)), [silent("x"), silent("y")])
    most = next(one for one in (change(line, now) for line in drafted(now.book)) if "De flesta" in one.shown)
    assert most.now.startswith("not true: ”De flesta”")


# The tiny world as answers: four members are asked, three of them stand in the register.
HEAD = "Kommun;Arbetar kommunen med lokala kolsänkor?;Arbetar kommunen med biokol?"


def opened(root, *answers, **parameters):
    """Hold the tiny survey as answers; without any it has not been opened yet."""
    params = root / "params" / "tiny.yml"
    text = params.read_text("utf-8").replace("survey_input: counts", "survey_input: answers")
    for key, value in parameters.items():
        text = re.sub(rf"^{key}: .*$", f"{key}: {value}", text, flags=re.M)
    params.write_text(text, encoding="utf-8")
    path = root / "data" / "tiny" / "answers_2023.csv"
    path.unlink(missing_ok=True)
    if answers:
        path.write_text("\n".join([HEAD, *answers, ""]), encoding="utf-8")
    return fieldwork.opened("params/tiny.yml", start=root)


def follow(inputs, **options):
    return list(fieldwork.follow(inputs, **options))


def test_two_of_three_with_one_missing_is_half_to_three_quarters_of_all(tiny):
    said = follow(opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja", "Region Skåne;Nej;Nej"))
    assert said[0] == "tiny: 3 of 4 members have answered, 1 not"
    assert "kolsankor: 67 %, 2 of 3; all 4 members 50-75 %" in said
    assert "biokol: 33 %, 1 of 3; all 4 members 25-50 %" in said
    assert "and 1 that the register of members does not name" in said


def test_who_is_silent_and_who_left_a_question_open_is_listed(tiny):
    said = follow(opened(tiny, "Lund;Ja;", "Luleå;Ja;Nej", survey_members=3))
    assert said[0] == "tiny: 2 of 3 members have answered, 1 not; of the answers 1 left something open"
    # A no from the region makes 2 of 3; biokol, which Lund left open, is in no sentence of the tiny report.
    head = said.index(next(line for line in said if line.startswith("words number")))
    assert [line.split(maxsplit=4) for line in said[head + 1 : head + 3]] == [
        ["0", "1", "12", "Region", "Skåne  all"],
        ["0", "0", "1281", "Lund", "biokol"],
    ]


def test_before_the_survey_is_opened_all_members_are_listed(tiny):
    said = follow(opened(tiny))
    assert said[0] == "tiny: 0 of 4 members have answered, 4 not"
    assert "note: data/tiny/answers_2023.csv is not there yet: nobody has answered" in said
    assert [name for name in ("Lund", "Luleå", "Region Skåne") if name not in "\n".join(said)] == []


def test_shares_of_fewer_answers_than_the_smallest_cell_are_not_shown(tiny):
    said = follow(opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja", minimum_cell=3))
    assert "note: fewer than 3 answers, so not shown: kolsankor, biokol" in said
    assert "%" not in "\n".join(said)


def test_counts_give_bounds_and_say_that_they_name_nobody(tiny):
    done = klimatlib("check", "tiny", "--survey", cwd=tiny)
    assert (done.returncode, done.stderr) == (0, "")
    assert "note: counts do not say who has answered" in done.stdout
    assert "kolsankor: 67 %, 2 of 3; all 4 members 50-75 %" in done.stdout
    assert "Lund" not in done.stdout


def test_a_question_that_nobody_has_answered_yet_is_named(tiny):
    said = follow(opened(tiny, "Lund;Ja;"))
    assert "note: no draft yet: nobody has answered yes or no to biokol" in said


def test_more_answers_than_members_asked_is_refused(tiny):
    with pytest.raises(InputError, match="2 answered, but survey_members in the parameters is 1"):
        follow(opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja", survey_members=1))


def test_a_register_of_more_members_than_were_asked_is_told(tiny):
    said = follow(opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja", survey_members=2))
    assert "note: the register lists 3 members, survey_members is 2: mend one" in said


def test_a_name_that_is_no_member_is_refused_as_by_check(tiny):
    with pytest.raises(InputError, match="row 2: 'Lunnd' is no municipality known here"):
        follow(opened(tiny, "Lunnd;Ja;Nej"))


def test_a_text_that_cannot_be_read_is_named_and_the_others_are_followed(tiny):
    inputs = opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja")
    (tiny / "data" / "tiny" / "texts" / "about.md").write_text(
        '{{ claim("survey-borta") }}\n', encoding="utf-8"
    )
    said = follow(inputs)
    assert any(line.startswith("note: not followed: data/tiny/texts/about.md: no claim") for line in said)
    assert any("av de svarande arbetar med kolsänkor" in line for line in said)


def test_the_reminders_are_written_whole_and_never_over_a_file(tiny):
    inputs, out = opened(tiny, "Lund;Ja;", "Luleå;Ja;Nej"), tiny / "remind.csv"
    assert follow(inputs, out=out)[-1] == f"written: {out}"
    assert [*csv.reader(io.StringIO(out.read_text("utf-8")))] == [
        ["code", "name", "missing", "words", "number"],
        ["12", "Region Skåne", "all", "0", "1"],
        ["1281", "Lund", "biokol", "0", "0"],
    ]
    with pytest.raises(UsageError, match="is there already"):
        follow(inputs, out=out)
    with pytest.raises(InputError, match="its folder is not there"):
        follow(inputs, out=tiny / "ingen" / "remind.csv")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--csv", "remind.csv"], "--csv goes with --survey"),
        (["--survey", "--csv", "remind.csv"], "counts do not say who has answered; there is nobody to list"),
    ],
)
def test_a_list_that_cannot_be_made_is_wrong_use(tiny, words, told):
    done = klimatlib("check", "tiny", *words, cwd=tiny)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tiny / "remind.csv").exists()


@pytest.fixture(scope="module")
def example():
    """What is said of the example year."""
    return list(fieldwork.follow(Inputs.open("params/demo.yml", start=ROOT)))


def test_the_document_shows_what_the_command_says_today(example):
    shown = re.findall(r"```text\n(.*?)```", (ROOT / "docs" / "survey.md").read_text("utf-8"), re.S)
    parts = [part.strip() for block in shown for part in block.split("[…]") if part.strip()]
    assert len(parts) > 2
    assert [part for part in parts if part not in "\n".join(example)] == []


def test_what_a_member_answered_is_never_said(example):
    said = "\n".join(example)
    answers = survey_answers(Inputs.open("params/demo.yml", start=ROOT), 2023)
    there = answers.loc[answers["counts_as"] != "missing"].groupby("code").size()
    full = [code for code, count in there.items() if count == 14]
    assert len(full) == 16
    assert [code for code in full if re.search(rf"\b{code}\b", said)] == []
    assert not re.search(r"Nej|Ja, i|utreds|svar\d\d@", said)
    assert max(map(len, said.splitlines())) <= 100


def test_nobody_missing_leaves_nothing_to_change(tiny):
    rows = ("Lund;Ja;Nej", "Luleå;Ja;Ja", "Region Skåne;Nej;Nej")
    inputs = opened(tiny, *rows, survey_members=3)
    changes, _ = fieldwork.still_open(inputs, fieldwork.standing(inputs))
    assert [dict(one.least) for one in changes] == [{}]


def panel(root, before, now):
    """The tiny survey in two years, on which the change of kolsankor is told."""
    inputs = opened(root, *now, survey_members=3)
    questions = root / "params" / "questions.yml"
    asked = re.sub(r'\{("2023": "[^"]*lokala)', r'{"2022": "Förr?", \1', questions.read_text("utf-8"))
    questions.write_text(asked, encoding="utf-8")
    path = root / "data" / "tiny" / "answers_2022.csv"
    path.write_text("\n".join(["Kommun;Förr?", *before, ""]), encoding="utf-8")
    changes, _ = fieldwork.still_open(inputs, fieldwork.standing(inputs))
    return next(one for one in changes if one.file.endswith("survey_why.md"))


def test_a_silent_member_that_answered_last_year_can_change_why_the_share_changed(tiny):
    # 2022: Lund yes, Luleå no. 2023: Lund yes, the region yes; Luleå is silent.
    told = panel(tiny, ["Lund;Ja", "Luleå;Nej"], ["Lund;Ja;Nej", "Region Skåne;Ja;Ja"])
    assert "Bland de 1 som svarade båda åren" in told.shown
    [alone] = told.alone.values()
    assert alone == {"words", "number"}
    assert (told.whole, told.then) == (False, ())


def test_what_a_silent_member_said_last_year_changes_nothing_that_is_told_of_it(tiny):
    now = ["Lund;Ja;Nej"]
    told = {
        said: panel(tiny, ["Lund;Ja", f"Luleå;{said}", f"Region Skåne;{other}"], now)
        for said, other in (("Ja", "Nej"), ("Nej", "Ja"))
    }
    assert told["Ja"].alone == told["Nej"].alone
    assert len(told["Ja"].alone) == 1  # Luleå and the region are of a kind


def test_what_is_still_to_be_filled_in_elsewhere_does_not_stop_it_what_the_survey_needs_does(tiny):
    inputs = opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja", emissions_year="2020  # FYLL I: the data year")
    for name in ("facts.yml", "texts/survey_themes.md"):
        path = tiny / "data" / "tiny" / name
        mark = "# FYLL I: the year" if path.suffix == ".yml" else "{## FYLL I: read it ##}"
        path.write_text(f"{mark}\n{path.read_text('utf-8')}", encoding="utf-8")
    said = follow(inputs)
    assert any("av de svarande arbetar med kolsänkor" in line for line in said)
    assert "note: data/tiny/facts.yml cannot be used yet; klimatlib check tiny says why" in said
    with pytest.raises(InputError, match="fill in: members asked"):
        opened(tiny, "Lund;Ja;Nej", survey_members="4  # FYLL I: members asked")


def test_the_share_of_the_report_of_the_year_before_is_what_the_draft_is_set_beside(tiny):
    (tiny / "outputs" / "2022").mkdir(parents=True)
    then = replace(a_share("survey-kolsankor", 1, 4, members=4), year=2022, data_year=2022)
    ClaimBook([then]).write(tiny / "outputs" / "2022" / "claims.csv")
    seal(tiny / "outputs" / "2022")
    opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja")
    with (tiny / "params" / "tiny.yml").open("a", encoding="utf-8") as params:
        params.write('\nprevious: "2022"\n')
    now = fieldwork.standing(fieldwork.opened("params/tiny.yml"))
    assert str(now.book["survey-kolsankor"].previous_value) == "0.25"
