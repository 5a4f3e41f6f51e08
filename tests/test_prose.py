"""The linter: sentences that claims carry pass, those that they contradict are caught with rule and line."""

from __future__ import annotations

import re
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.claims.claims import Claim, ClaimBook, exact, read_claims
from klimatlib.errors import InputError
from klimatlib.prose.linter import lint, mark, typography, unmark
from klimatlib.prose.templates import TEMPLATES, Binder
from klimatlib.swedish import percent

DATA = yaml.safe_load((Path(__file__).parent / "data" / "sentences.yml").read_text("utf-8"))
RIGHT, WRONG = DATA["right"], DATA["wrong"]
NBSP = "\u00a0"


def a_share(name, k, n, previous=None, comparable="", members=51, **typed):
    """A claim on k of n respondents; what it measures is its name, without ``survey-``."""
    before = None if previous is None else exact(Decimal(previous))
    value, measure = Fraction(k, n), name.removeprefix("survey-")
    return Claim(
        name,
        2023,
        exact(value),
        "share",
        percent(value),
        "share",
        **{"subject": "respondents", "denominator": "respondents", "direction": 1}
        | {"measure": measure}
        | typed,
        k=k,
        n=n,
        members=members,
        data_year=2023,
        definition="Andel av de svarande",
        comparable=comparable,
        previous_year=2022 if before is not None else None,
        previous_value=before,
        source="Medlemstestet",
    )


def a_claim(name, told):
    if "k" in told:
        return a_share(name, **told)
    value, text = Decimal(told.pop("value")), told.pop("text").replace(" ", NBSP)
    return Claim(name, 2023, value, text=text, data_year=2023, source="SMHI", **told)


BOOK = ClaimBook(a_claim(name, told) for name, told in DATA["claims"].items())


def template(text):
    """The sentence as a text would have it: no bare digit, no literal claim."""
    bound = re.sub(r"\{([a-z-]+)\}", r'{{ claim("\1") }}', text)
    return re.sub(r"\b\d+ %|\b(?:19|20)\d\d\b", lambda found: f'{{{{ "{found.group()}" }}}}', bound)


def problems(text, book=BOOK):
    try:
        Binder({}, book, 2023, "Kansliet").render(template(text), file="t.md")
    except InputError as error:
        return error.problems
    return ()


def rules(found):
    return {str(problem).rsplit("[", 1)[-1].removesuffix("]") for problem in found}


@pytest.mark.parametrize("text", RIGHT)
def test_a_sentence_that_its_claims_carry_passes(text):
    assert problems(text) == ()


@pytest.mark.parametrize(("text", "rule"), [(one["text"], one["rule"]) for one in WRONG])
def test_a_sentence_that_its_claims_contradict_is_caught_with_its_rule_and_line(text, rule):
    found = problems(f"# Rubrik\n\nEn rad före.\n{text}\nEn rad efter.")
    assert rules(found) == {rule}
    assert {problem.where for problem in found} == {"line 4"}
    assert "write" in str(found[0])


def test_there_are_enough_sentences_of_both_kinds():
    assert len(RIGHT) >= 40
    assert len(WRONG) >= 40
    assert len({*RIGHT, *(one["text"] for one in WRONG)}) == len(RIGHT) + len(WRONG)


def test_the_message_names_the_word_the_claim_the_numbers_and_a_true_wording():
    (problem,) = problems("Klimatkrav ställs av {kapitalforvaltning}, en ökning från 44 % 2022.")
    assert str(problem) == (
        "line 1: ”ökning” does not hold for kapitalforvaltning: the change is about 5 of 42 respondents; "
        f"write ”55{NBSP}% av de svarande, mot 44{NBSP}% 2022, "
        "men skillnaden motsvarar bara några få svarande” [few]"
    )


@pytest.mark.parametrize("word", ["ökning", "minskning"])
@pytest.mark.parametrize(
    "name", ["kolsankor", "kapitalforvaltning", "skolor", "delning", "livsmedel", "biokol"]
)
def test_the_wording_that_is_offered_passes_itself(name, word):
    for problem in problems(f"Andelen är {{{name}}}, en {word} från 2022."):
        offered = re.search(r"write ”(.*?)”", str(problem)).group(1)
        claim = BOOK[name]
        bound = offered.replace(claim.text, f"{{{name}}}", 1).replace(NBSP, " ")
        assert problems(f"{bound}.") == ()


def test_all_that_is_wrong_with_a_text_is_told_at_once():
    text = 'Vi är 42.\n\nAndelen ökade till {{ claim("energilagring") }}.\n\nMer ”till exempel"...'
    with pytest.raises(InputError) as caught:
        Binder({}, BOOK, 2023, "Kansliet").render(text, file="t.md")
    told = str(caught.value).splitlines()
    assert told[0] == "t.md: 4 problems"
    assert [line.split(":")[0].strip() for line in told[1:]] == ["line 1", "line 3", "line 5", "line 5"]


def test_a_word_in_a_loop_has_the_line_of_the_template():
    text = (
        '\n{% for x in [1, 2] %}\nrad {{ x }}\n{% endfor %}\n\nAndelen minskade\ntill {{ claim("skolor") }}.'
    )
    with pytest.raises(InputError, match=r"line 6: .*\[direction\]"):
        Binder({}, BOOK, 2023, "Kansliet").render(text, file="t.md")


@pytest.mark.parametrize(
    "source",
    [
        "Rad\n\n  - punkt\n{% if true %}\nja\n{% endif %}\n",
        "{{ 'a\nb' }}\n  {% for x in 'ab' %}\n  {{ x }}\n  {% endfor %}\nslut",
        "a {{-\n 1 }}\n{## anm\närkning ##}\nb",
    ],
)
def test_the_marks_of_the_lines_leave_the_text_as_it_is(source):
    plain, marked = (TEMPLATES.from_string(text).render() for text in (source, mark(source)))
    assert unmark(marked) == plain


@pytest.mark.parametrize(
    "source",
    [
        "{{ claim('a') }} av medlemmarna – två ”ord” … till exempel ’s.",
        "::: {.card title=\"{{ a }}\"}\n- punkt\n[länk](https://a.se/b--c?d='e') och [ord]{lang=en}\n:::",
        "Klimat- och miljökrav på jord- och skogsbruk, {{ a }}–{{ b }}.",
        '{% set p = facts.x | selectattr("role", "equalto", "a") | first %}',
        '# Rubrik {.chapter label="Mål {{ g.id }}"}\n\n**{{ p.name }} ({{ p.party }})** {{ p.place }}, x',
        "t.ex. en text om text, bland annat",
    ],
)
def test_markup_and_good_typography_pass(source):
    assert typography(source, file="t.md") == []


def test_a_title_from_the_facts_is_quoted_as_it_is():
    binder = Binder({"title": 'Mat - "klimat" t ex 2-4'}, BOOK, 2023, "Kansliet")
    assert "Mat - " in binder.render("Vi läste {{ facts.title }}.", file="t.md").markdown


@given(st.data())
def test_an_increase_is_never_accepted_where_the_share_has_not_grown(data):
    n = data.draw(st.integers(1, 200))
    k = data.draw(st.integers(0, n))
    before = data.draw(st.decimals(exact(Fraction(k, n)), 1, places=6))
    known = data.draw(st.sampled_from(["yes", "caution", "broken"]))
    book = ClaimBook([a_share("x", k, n, before, known, members=max(n, 51))])
    rendered = (
        f'Andelen är [{book["x"].text}]{{.claim claim="x"}}, en ökning sedan 2022, läs med försiktighet.'
    )
    assert lint("", rendered, book, file="t.md")


@given(st.data())
def test_a_plain_increase_is_accepted_only_where_five_respondents_or_more_carry_it(data):
    n = data.draw(st.integers(1, 200))
    k, before = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    previous = exact(Fraction(before, n))
    book = ClaimBook([a_share("x", k, n, previous, "yes", members=max(n, 51))])
    rendered = f'Andelen är [{book["x"].text}]{{.claim claim="x"}}, en ökning sedan 2022.'
    accepted = not lint("", rendered, book, file="t.md")
    assert accepted == ((book["x"].value - previous) * n >= 5)


def test_the_report_of_2023_has_nothing_to_find_and_is_read_in_no_time(report_2023):
    book = read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv")
    text = (report_2023 / "report.qmd").read_text("utf-8")
    started = time.perf_counter()
    found = lint("", text, book, file="report.qmd")
    assert found == []
    assert time.perf_counter() - started < 0.5  # the whole report; 20 ms is the aim for a text
