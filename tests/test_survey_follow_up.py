"""Following the survey: small cases worked out by hand, and promises held against all possible answers."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from itertools import product
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, copy_project, klimatlib, seal
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.config import Question
from klimatlib.errors import InputError, UsageError
from klimatlib.indicators import association
from klimatlib.run import survey_follow_up
from klimatlib.run.survey_follow_up import PendingMember, Status, draft_sentences, sensitivity
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import survey_answers

NBSP = "\u00a0"
# Sixteen members of an invented survey; b and c are told together, so that one may pass the other.
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
    fields = {"label": name, "wording": {"2023": f"Gör kommunen {name}?"}, "verb_phrase": f"gör {name}"}
    options = {"2022": {"counts_as_yes": ["Ja"], "counts_as_no": ["Nej"]}}
    return Question(id=name, theme=theme, options=options, **{**fields, **more})


QUESTIONS = {
    "a": question("a", "t", comparable_with=[2022]),
    "b": question("b", "u", turned="Så gör {share}"),
    "c": question("c", "u"),
}


@cache
def book_of(*counts):
    """The survey's claims from (k, n) of a, b and c: made by the report's own functions from nothing."""
    frame = pd.DataFrame(counts, columns=["k", "n"]).assign(question_id=[*QUESTIONS])
    table = association.shares(frame, QUESTIONS, members=PARAMS.survey_members)
    return ClaimBook(
        association.survey_claims(table, QUESTIONS, PUBLISHED, params=PARAMS, source="s", earlier_known=True)
    )


def survey_of(counts, pending):
    none = pd.DataFrame(columns=["code", "question_id", "answer", "counts_as"])
    return Status(2023, 16, 12, QUESTIONS, pending, book_of(*counts), none, none)


def left_open(name, *questions):
    return PendingMember(name, name, False, frozenset(questions))


X, Y = (PendingMember(name, name, True, frozenset(QUESTIONS)) for name in "xy")
MIXED = [X, left_open("y", "a"), left_open("z", "b", "c")]
OPEN = [left_open("x", "a"), left_open("y", "b")]


@pytest.fixture(scope="module")
def drafted(tmp_path_factory):
    """Return what gives the sentences of TEXT for a status; only the text is read from the disk."""
    root = copy_project(tmp_path_factory.mktemp("fält") / "värld", tiny=True)
    for path in (root / "data" / "tiny" / "texts").glob("*.md"):
        path.write_text(TEXT if path.name == "survey_themes.md" else "", encoding="utf-8")
    inputs = Inputs.open("params/tiny.yml", start=root)

    def draft(status):
        sentences, notes = draft_sentences(inputs, status)
        assert notes == []
        return sentences

    return draft


def completions(counts, pending):
    """Yield the counts that can come of it, each with the members that have answered so."""
    cells = [(member.code, question) for member in pending for question in sorted(member.open)]
    for answers in product((None, 1, 0), repeat=len(cells)):
        after = {q: [*pair] for q, pair in zip(QUESTIONS, counts, strict=True)}
        given_answers = [(cell, yes) for cell, yes in zip(cells, answers, strict=True) if yes is not None]
        for (_, asked), yes in given_answers:
            after[asked] = [after[asked][0] + yes, after[asked][1] + 1]
        yield tuple(tuple(pair) for pair in after.values()), frozenset(code for (code, _), _ in given_answers)


def truth(sentence, counts, pending):
    """What each set of members can change in a sentence."""
    today = {facet: read(book_of(*counts)) for facet, read in sentence.facets.items()}
    real, ways = {}, {}
    for after, who in completions(counts, pending):  # thrice as many as there are counts that come of them
        ways.setdefault(after, set()).add(who)
    for after, sets in ways.items():
        for facet, read in sentence.facets.items():
            if read(book_of(*after)) != today[facet]:
                real.setdefault(facet, set()).update(sets)
    return real


COUNT = st.integers(5, 12).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
COUNTS = st.tuples(COUNT, COUNT, COUNT)


@given(counts=COUNTS, pending=st.sampled_from([[], [X], [X, Y], MIXED, OPEN]))
@settings(max_examples=4, deadline=None)
def test_what_is_said_to_be_possible_is_just_what_trying_all_answers_gives(drafted, counts, pending):
    current = survey_of(counts, pending)
    for sentence in drafted(current):
        said, real = sensitivity(sentence, current), truth(sentence, counts, pending)
        if said.several_tried:  # what no answers can change, nothing changes, and the other way round
            assert {*said.least} == {*real}, sentence.text
        for facet, count in said.least.items():
            fewest = min(len(who) for who in real[facet])
            assert count <= fewest, sentence.text
            if count == 1 or all(member.silent for member in pending):
                assert count == fewest, sentence.text
        for member in pending:
            alone = {facet for facet, sets in real.items() if frozenset({member.code}) in sets}
            assert said.alone[member.group] == alone, (sentence.text, member)


@given(counts=COUNTS, pending=st.sampled_from([[X], OPEN]))
@settings(max_examples=4, deadline=None)
def test_a_sentence_that_no_answers_can_change_reads_the_same_in_every_report(drafted, counts, pending):
    current = survey_of(counts, pending)
    said = [sensitivity(sentence, current) for sentence in drafted(current)]
    fixed = {one.sentence.text for one in said if one.several_tried and not one.least}
    for after in {after for after, _ in completions(counts, pending)} if fixed else ():
        assert fixed <= {sentence.text for sentence in drafted(survey_of(after, []))}


def sensitivity_of(beginning, drafted, *counts):
    current = survey_of(counts, [X, Y])
    (sentence,) = [one for one in drafted(current) if one.text.startswith(beginning)]
    return sensitivity(sentence, current)


def test_two_more_yes_make_a_few_respondents_an_increase(drafted):
    # 40 % before. 11 of 16 is 4.6 respondents more, and so few; 12 of 17 is 5.2, and 13 of 18 5.8.
    earlier = sensitivity_of("År 2022", drafted, (11, 16), (9, 16), (9, 16))
    few = f"År 2022 var andelen 40{NBSP}%, men skillnaden motsvarar bara några få svarande."
    assert (earlier.sentence.text, earlier.least) == (few, {"words": 1})
    assert earlier.alternatives == (f"Det är en ökning från 40{NBSP}% 2022.",)
    assert sensitivity_of("År 2022", drafted, (10, 15), (9, 16), (9, 16)).least == {"words": 2}


def test_a_written_word_that_more_answers_would_break_or_that_does_not_hold_today_is_told(drafted):
    # ”De flesta” stands on 9 of 16. One no makes 9 of 17, two make 9 of 18: half is not most.
    most = sensitivity_of("De flesta", drafted, (5, 16), (9, 16), (12, 16))
    assert (most.least["words"], most.sentence.false_today) == (2, "")
    assert most.alternatives == (f"not true: ”De flesta” does not hold: survey-b is 50{NBSP}%",)
    today = sensitivity_of("De flesta", drafted, (5, 16), (7, 16), (12, 16)).sentence.false_today
    assert today.startswith("not true: ”De flesta”")


# ------------------------------------------------------------------ the tiny world, as answers

HEAD = "Kommun;Arbetar kommunen med lokala kolsänkor?;Arbetar kommunen med biokol?"
ALL_OF_THREE = ("Lund;Ja;Nej", "Luleå;Ja;Ja", "Region Skåne;Nej;Nej")  # four are asked, these are known


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
    return survey_follow_up.open_survey("params/tiny.yml")


STANDS = {
    "two of three with one missing is half to three quarters of all": (
        ALL_OF_THREE, {},
        ["tiny: 3 of 4 members have answered, 1 not", "and 1 that the register of members does not name",
         "kolsankor: 67 %, 2 of 3; all 4 members 50-75 %", "biokol: 33 %, 1 of 3; all 4 members 25-50 %"],
    ),
    "nobody missing leaves nothing to change": (
        ALL_OF_THREE, {"survey_members": 3},
        ["    -      -     -  67 % av de svarande arbetar med kolsänkor."],
    ),
    "before the survey is opened all members are listed": (
        (), {},
        ["tiny: 0 of 4 members have answered, 4 not", "    0      0  1281  Lund          all",
         "note: data/tiny/answers_2023.csv is not there yet: nobody has answered"],
    ),
    # A no from the region makes 2 of 3; biokol, which Lund left open, is in no sentence of the report.
    "who is silent and who left a question open is listed": (
        ("Lund;Ja;", "Luleå;Ja;Nej"), {"survey_members": 3},
        ["tiny: 2 of 3 members have answered, 1 not; of the answers 1 left something open",
         "    0      1  12    Region Skåne  all", "    0      0  1281  Lund          biokol"],
    ),
    "a question that nobody has answered yet is named": (
        ("Lund;Ja;",), {}, ["note: no draft yet: nobody has answered yes or no to biokol"],
    ),
    "a register of more members than were asked is told": (
        ("Lund;Ja;Nej", "Luleå;Ja;Ja"), {"survey_members": 2},
        ["note: the register lists 3 members, survey_members is 2: mend one"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "parameters", "lines"), STANDS.values(), ids=STANDS)
def test_where_the_survey_stands(tiny, answers, parameters, lines):
    said = [*survey_follow_up.follow(opened(tiny, *answers, **parameters))]
    assert [line for line in lines if line not in said] == [], said


def test_shares_of_fewer_answers_than_the_smallest_cell_are_not_shown(tiny):
    said = [*survey_follow_up.follow(opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja", minimum_cell=3))]
    assert "note: fewer than 3 answers, so not shown: kolsankor, biokol" in said
    assert "%" not in "\n".join(said)


@pytest.mark.parametrize(
    ("answers", "asked", "message"),
    [
        (("Lund;Ja;Nej", "Luleå;Ja;Ja"), 1, "2 answered, but survey_members in the parameters is 1"),
        (("Lund;Ja;Nej",), "4  # FYLL I: members asked", "fill in: members asked"),
    ],
)
def test_what_the_survey_cannot_be_counted_with_is_refused(tiny, answers, asked, message):
    with pytest.raises(InputError, match=message):
        [*survey_follow_up.follow(opened(tiny, *answers, survey_members=asked))]


def test_what_is_still_to_be_filled_in_elsewhere_does_not_stop_it_and_a_text_that_cannot_be_read_is_named(
    tiny,
):
    inputs = opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja", emissions_year="2020  # FYLL I: the data year")
    home = tiny / "data" / "tiny"
    for name, mark in (("facts.yml", "# FYLL I: it"), ("texts/survey_themes.md", "{## FYLL I: read it ##}")):
        (home / name).write_text(f"{mark}\n{(home / name).read_text('utf-8')}", encoding="utf-8")
    (home / "texts" / "about.md").write_text('{{ claim("survey-borta") }}\n', encoding="utf-8")
    (home / "texts" / "social.md").write_text('\n{{ survey_theme("borta") }}\n', encoding="utf-8")
    said = "\n".join(survey_follow_up.follow(inputs))
    assert "av de svarande arbetar med kolsänkor" in said
    assert "note: data/tiny/facts.yml cannot be used yet; klimatlib check tiny says why" in said
    assert "note: not followed: data/tiny/texts/about.md: line 1: no claim 'survey-borta'" in said
    assert "note: not followed: data/tiny/texts/social.md: line 2: no survey theme 'borta'" in said


def test_the_reminders_are_written_whole_and_never_over_a_file(tiny):
    inputs, out = opened(tiny, "Lund;Ja;", "Luleå;Ja;Nej"), tiny / "remind.csv"
    assert [*survey_follow_up.follow(inputs, out=out)][-1] == f"written: {out}"
    assert out.stat().st_mode & 0o077 == 0
    assert [*csv.reader(io.StringIO(out.read_text("utf-8")))] == [
        ["code", "name", "missing", "words", "number"],
        ["12", "Region Skåne", "all", "0", "1"],
        ["1281", "Lund", "biokol", "0", "0"],
    ]
    with pytest.raises(UsageError, match="is there already"):
        [*survey_follow_up.follow(inputs, out=out)]
    with pytest.raises(InputError, match="its folder is not there"):
        [*survey_follow_up.follow(inputs, out=tiny / "ingen" / "remind.csv")]


def test_counts_give_bounds_and_name_nobody_and_a_list_that_cannot_be_made_is_wrong_use(tiny):
    done = klimatlib("check", "tiny", "--survey", cwd=tiny)
    assert (done.returncode, done.stderr) == (0, "")
    assert "note: counts do not say who has answered" in done.stdout
    assert "kolsankor: 67 %, 2 of 3; all 4 members 50-75 %" in done.stdout
    assert "Lund" not in done.stdout
    for words, message in (
        (["--csv", "remind.csv"], "--csv goes with --survey"),
        (["--survey", "--csv", "remind.csv"], "counts do not say who has answered; there is nobody to list"),
    ):
        done = klimatlib("check", "tiny", *words, cwd=tiny)
        assert (done.returncode, message in done.stderr) == (2, True)
        assert not (tiny / "remind.csv").exists()


def panel(root, before, after):
    """The tiny survey in two years, on which the change of kolsankor is told."""
    inputs = opened(root, *after, survey_members=3)
    path = root / "params" / "questions.yml"
    asked = re.sub(
        r'\{(?:"2022": "Förr\?", )?("2023": "[^"]*lokala)', r'{"2022": "Förr?", \1', path.read_text("utf-8")
    )
    path.write_text(asked, encoding="utf-8")
    earlier = root / "data" / "tiny" / "answers_2022.csv"
    earlier.write_text("\n".join(["Kommun;Förr?", *before, ""]), encoding="utf-8")
    said, _ = survey_follow_up.sensitivities_of(inputs, survey_follow_up.status(inputs))
    return next(one for one in said if not one.sentence.facets)


def test_a_silent_member_can_change_why_the_share_changed_and_what_it_said_last_year_is_not_told(tiny):
    # 2022: Lund yes, Luleå no. 2023: Lund yes, the region yes; Luleå is silent.
    said = panel(tiny, ["Lund;Ja", "Luleå;Nej"], ["Lund;Ja;Nej", "Region Skåne;Ja;Ja"])
    assert "Bland de 1 som svarade båda åren" in said.sentence.text
    assert [*said.alone.values()] == [{"words", "number"}]
    assert (said.several_tried, said.alternatives) == (False, ())
    yes, no = (
        panel(tiny, ["Lund;Ja", f"Luleå;{said}", f"Region Skåne;{other}"], ["Lund;Ja;Nej"]).alone
        for said, other in (("Ja", "Nej"), ("Nej", "Ja"))
    )
    assert yes == no
    assert len(yes) == 1  # Luleå and the region are of a group


def test_the_share_of_the_report_of_the_year_before_is_what_the_draft_is_set_beside(tiny):
    published = tiny / "outputs" / "2022"
    published.mkdir(parents=True)
    fields = {"subject": "respondents", "measure": "kolsankor", "denominator": "respondents"}
    counts = {"k": 1, "n": 4, "members": 4, "data_year": 2022, "definition": "d", "source": "s"}
    share = Claim("survey-kolsankor", 2022, exact(0.25), "share", f"25{NBSP}%", "share", **fields, **counts)
    ClaimBook([share]).write(published / "claims.csv")
    seal(published)
    opened(tiny, "Lund;Ja;Nej", "Luleå;Ja;Ja")
    with (tiny / "params" / "tiny.yml").open("a", encoding="utf-8") as params:
        params.write('\nprevious: "2022"\n')
    current = survey_follow_up.status(survey_follow_up.open_survey("params/tiny.yml"))
    assert str(current.book["survey-kolsankor"].previous_value) == "0.25"


# ------------------------------------------------------------------ the example year


def test_the_document_shows_what_the_command_says_and_what_a_member_answered_is_never_said():
    said = "\n".join(survey_follow_up.follow(Inputs.open("params/demo.yml", start=ROOT)))
    blocks = re.findall(r"```text\n(.*?)```", (ROOT / "docs" / "survey.md").read_text("utf-8"), re.S)
    parts = [part.strip() for block in blocks for part in block.split("[…]") if part.strip()]
    assert len(parts) > 2
    assert [part for part in parts if part not in said] == []
    answers = survey_answers(Inputs.open("params/demo.yml", start=ROOT), 2023)
    given_answers = answers.loc[answers["counts_as"] != "missing"].groupby("code").size()
    full = [code for code, count in given_answers.items() if count == 14]
    assert len(full) == 16
    assert [code for code in full if re.search(rf"\b{code}\b", said)] == []
    assert not re.search(r"Nej|Ja, i|utreds|svar\d\d@", said)
    assert max(map(len, said.splitlines())) <= 100
