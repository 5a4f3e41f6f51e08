"""The survey's sentences: their Swedish, their variation, and what they never promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.config import Question, Questions, validate
from klimatlib.errors import InputError
from klimatlib.prose.linter import lint
from klimatlib.prose.templates import Binder, Draft, compared, paragraph, themes
from klimatlib.swedish import percent
from test_prose import NBSP, a_share

ROOT = Path(__file__).parent.parent
QUESTIONS = validate(
    (ROOT / "params" / "questions.yml").read_bytes(), Questions, shown="questions.yml"
).questions


def question(name="kolsankor", **keys):
    told = {
        "theme": "t",
        "label": "L",
        "wording": {},
        "counts_as_yes": ("Ja",),
        "counts_as_no": ("Nej",),
        "verb_phrase": "arbetar med lokala kolsänkor",
        "turned": "Med lokala kolsänkor arbetar {share}",
    }
    return Question.model_validate({"id": name, **told, **keys})


def earlier(share):
    """The claim on the earlier year's share."""
    return Claim(
        f"{share.id}-previous",
        2023,
        share.previous_value,
        "share",
        percent(share.previous_value),
        "share",
        subject="respondents",
        measure=share.measure,
        denominator="respondents",
        role="previous",
        direction=1,
        data_year=2022,
        definition="Publicerad andel",
        source="Medlemstestet",
    )


def book_of(*shares):
    return ClaimBook([*shares, *(earlier(one) for one in shares if one.previous_value is not None)])


def read(questions, book, **keys):
    binder = Binder({}, book, 2023, "Kansliet", {"sentences": paragraph(questions, book, **keys)})
    markdown = binder.render("{{ sentences }}", file="t.md").markdown
    return re.sub(r"\[([^\]]*)\]\{[^}]*\}", r"\1", markdown).replace(NBSP, " ")


def test_the_first_sentence_names_the_respondents_and_the_next_ones_do_not():
    book = book_of(a_share("survey-a", 30, 42), a_share("survey-b", 20, 42), a_share("survey-other", 40, 42))
    told = read([question("a"), question("b", verb_phrase="har samordnad varudistribution")], book)
    assert told == "Av de svarande arbetar 71 % med lokala kolsänkor.\nMed lokala kolsänkor arbetar 48 %."


def test_neighbouring_themes_begin_in_different_ways():
    book = book_of(a_share("survey-kolsankor", 30, 42), a_share("survey-other", 40, 42))
    told = [read([question()], book, place=place) for place in (0, 1)]
    assert told == [
        "Av de svarande arbetar 71 % med lokala kolsänkor.",
        "Med lokala kolsänkor arbetar 71 % av de svarande.",
    ]


@pytest.mark.parametrize(
    ("phrase", "told"),
    [
        ("arbetar med lokala kolsänkor", "Flest arbetar med lokala kolsänkor: 95 % av de svarande gör det."),
        ("har fattat beslut", "Flest har fattat beslut: 95 % av de svarande har det."),
        ("är med i ett nätverk", "Flest är med i ett nätverk: 95 % av de svarande är det."),
    ],
)
def test_the_largest_share_of_the_survey_is_told_as_such(phrase, told):
    book = book_of(a_share("survey-kolsankor", 40, 42), a_share("survey-other", 39, 42))
    assert read([question(verb_phrase=phrase)], book) == told


def test_two_verbs_stay_together_before_the_share():
    book = book_of(a_share("survey-a", 35, 42), a_share("survey-b", 24, 42), a_share("survey-c", 40, 42))
    second = question("b", verb_phrase="kräver eller främjar cirkulärt byggande", turned=None)
    told = read([question("a"), second], book, place=1)
    assert told.splitlines()[1] == "Samtidigt kräver eller främjar 57 % cirkulärt byggande."


def test_the_largest_share_of_a_theme_comes_first():
    book = book_of(a_share("survey-a", 20, 42), a_share("survey-b", 30, 42), a_share("survey-c", 40, 42))
    told = read([question("a"), question("b")], book)
    assert [re.search(r"\d+", line).group() for line in told.splitlines()] == ["71", "48"]


def test_degree_and_detail_follow_the_share_in_the_year_they_are_about():
    book = book_of(a_share("survey-kolsankor", 30, 42), a_share("survey-other", 40, 42))
    keys = {"degree": "i någon mån", "detail": {"2023": "Det kan vara stadsträd.", "2022": "Det är nytt."}}
    told = read([question(**keys)], book)
    assert told == "Av de svarande arbetar 71 % med lokala kolsänkor, i någon mån.\nDet kan vara stadsträd."


@pytest.mark.parametrize(
    ("k", "previous", "comparable", "told"),
    [
        (34, "0.55", "yes", "Det är en ökning från 55 % 2022."),
        (26, "0.80", "yes", "Det är en minskning från 80 % 2022."),
        (39, "0.60", "caution", "År 2022 var andelen 60 %; hur många som svarade då är inte känt."),
        (23, "0.44", "caution", "År 2022 var andelen 44 %, men skillnaden motsvarar bara några få svarande."),
        (23, "0.44", "yes", "År 2022 var andelen 44 %, men skillnaden motsvarar bara några få svarande."),
        (38, "0.904762", "yes", "År 2022 var andelen lika stor."),
        (23, "0.30", "broken", "Andelen kan inte jämföras med 2022: frågan gällde då bara stadsträd."),
    ],
)
def test_an_earlier_year_is_told_as_far_as_the_numbers_carry_it(k, previous, comparable, told):
    book = book_of(a_share("survey-kolsankor", k, 42, previous, comparable), a_share("survey-other", 42, 42))
    asked = question(comparison_note={"2022": "Frågan gällde då bara stadsträd."})
    assert read([asked], book).splitlines()[1] == told


def test_a_broken_series_without_a_note_says_that_the_question_was_another():
    book = book_of(a_share("survey-kolsankor", 23, 42, "0.30", "broken"))
    assert compared(question(), book).endswith(", för frågan ställdes då på ett annat sätt.")


def test_n_is_told_again_only_where_it_is_another():
    respondents = Claim(
        "survey-respondents",
        2023,
        exact(42),
        "count",
        "42",
        "count",
        subject="respondents",
        measure="survey",
        data_year=2023,
        definition="d",
        source="s",
    )
    book = ClaimBook([respondents, a_share("survey-a", 30, 42), a_share("survey-b", 20, 39)])
    told = read([question("a"), question("b")], book)
    assert told.count("Frågan besvarades av") == 1
    assert told.endswith("Frågan besvarades av 39.")


def test_a_question_that_was_not_asked_this_year_is_left_out():
    assert paragraph([question("gone")], ClaimBook()) == ""


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"verb_phrase": None}, "params/questions.yml: kolsankor: no verb_phrase; write what those"),
        ({"verb_phrase": "har planterat 40 träd"}, "kolsankor: the digit '40' is bound to nothing"),
        ({"detail": {"2023": "Det är t ex träd."}}, "kolsankor: ”Det är t ex träd.”: write ”till exempel”"),
    ],
)
def test_a_question_whose_words_cannot_be_printed_is_refused(keys, told):
    with pytest.raises(InputError) as caught:
        paragraph([question(**keys)], book_of(a_share("survey-kolsankor", 30, 42)))
    assert told in str(caught.value)


def test_a_theme_that_does_not_exist_is_named_with_the_line_of_the_text():
    survey_theme = themes({"kolsankor": question()}, ClaimBook())
    binder = Binder({}, ClaimBook(), 2023, "Kansliet", {"survey_theme": survey_theme})
    with pytest.raises(InputError, match="line 2: no survey theme 'x'; there is t"):
        binder.render('rad\n{{ survey_theme("x") }}', file="t.md")


def test_a_draft_is_filled_in_and_other_text_is_not():
    given_text = {"d": Draft('{{ claim("a") }}'), "plain": '{{ claim("a") }}'}
    binder = Binder({}, book_of(a_share("a", 30, 42)), 2023, "Kansliet", given_text)
    assert ".claim" in binder.render("{{ d }}", file="t.md").markdown
    assert ".claim" not in binder.render("{{ plain }}", file="t.md").markdown


def test_every_question_has_words_for_both_ways_of_telling_it():
    for one in QUESTIONS:
        assert one.verb_phrase, one.id
        assert not one.turned or one.turned.count("{share}") == 1


@given(st.data())
def test_whatever_the_counts_the_composed_sentences_pass_the_linter(data):
    shares = []
    for one in QUESTIONS:
        n = data.draw(st.integers(20, 51))
        k = data.draw(st.integers(0, n))
        before = data.draw(st.one_of(st.none(), st.integers(0, 100)))
        known = data.draw(st.sampled_from(["yes", "caution", "broken"]))
        previous = None if before is None else str(before / 100)
        shares.append(a_share(f"survey-{one.id}", k, n, previous, known if before is not None else ""))
    book = book_of(*shares)
    by_id = {one.id: one.model_copy(update={"detail": {}}) for one in QUESTIONS}
    binder = Binder({}, book, 2023, "Kansliet", {"survey_theme": themes(by_id, book)})
    for theme in {one.theme for one in QUESTIONS}:
        rendered = binder._filled(f'{{{{ survey_theme("{theme}") }}}}', [], "t.md")
        assert lint("", rendered, book, file="t.md") == []
        assert "  " not in rendered
        first = rendered.splitlines()[0]
        assert "av de svarande" in first.lower()
