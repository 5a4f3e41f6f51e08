"""Bound prose: placeholders only, and nothing undefined."""

from __future__ import annotations

import pytest

from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.errors import ClaimError, InputError
from klimatlib.prose.linter import bare_digits
from klimatlib.prose.templates import Binder, look_up

FACTS = {
    "activities": [
        {
            "id": "arsmote",
            "title": "Årsmöte",
            "participants": {"count": 60},
            "dates": {"start": "2023-04-27", "end": "2023-04-28"},
        }
    ],
    "goals": [1, 2, 3],
    "hostile": "<b onclick=x>*hej* [a](javascript:x)",
    "target": {"year": 2030},
}


@pytest.fixture
def binder():
    claim = Claim("a", 2023, exact(3), "members", "3", "count", data_year=2023, definition="d", source="s")
    return Binder(FACTS, ClaimBook([claim]), 2023, "Kansliet")


def test_a_claim_is_printed_with_its_id(binder):
    block = binder.render('Vi är {{ claim("a") }}, alltså {{ claim("a", words=true) }}.', file="t.md")
    assert block.markdown == 'Vi är [3]{.claim claim="a"}, alltså [tre]{.claim claim="a"}.'
    assert block.claims == ("a",)


def test_a_number_of_the_facts_becomes_a_claim(binder):
    text = '{{ number("activities.arsmote.participants.count") }} och {{ number("goals", words=true) }}'
    block = binder.render(text, file="t.md")
    assert block.claims == ("fact-activities-arsmote-participants-count", "fact-goals")
    claim = binder.book["fact-activities-arsmote-participants-count"]
    assert (claim.value, claim.text, claim.definition, claim.source) == (
        60,
        "60",
        "Årsmöte: antal deltagare",
        "Kansliet",
    )
    assert "[tre]{.claim" in block.markdown


def test_a_year_is_not_grouped_in_thousands(binder):
    assert "[2030]{" in binder.render('{{ number("target.year") }}', file="t.md").markdown


def test_dates_and_titles_come_from_the_facts(binder):
    text = '{% set a = activity["arsmote"] %}\n{{ a.title }} den {{ a.dates | dates }} {{ year }}'
    assert binder.render(text, file="t.md").markdown == "Årsmöte den 27–28 april 2023"


def test_facts_are_text_and_never_markup(binder):
    block = binder.render("{{ facts.hostile }}", file="t.md")
    assert "<b" not in block.html
    assert "<em>" not in block.html
    assert "href" not in block.html


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rad\nvi är 42 medlemmar", "line 2: the digit '42' is bound to nothing"),
        ("a\n\n{{ facts.nothing }}", "line 3: 'dict object' has no attribute 'nothing'"),
        ('{{ number("activities.none.x") }}', "line 1: no fact 'activities.none.x': 'none' is not there"),
        ('{{ number("hostile") }}', "is no number but"),
        ("{{ a b }}", "line 1: expected token"),
    ],
)
def test_what_is_bound_to_nothing_is_refused_with_its_line(binder, text, told):
    with pytest.raises(InputError) as caught:
        binder.render(text, file="data/x.md")
    assert str(caught.value).startswith("data/x.md: ")
    assert told in str(caught.value)


def test_an_unknown_claim_stops_the_text(binder):
    with pytest.raises(ClaimError, match="no claim 'b'"):
        binder.render('{{ claim("b") }}', file="t.md")


def test_digits_in_placeholders_and_link_targets_are_no_numbers_of_the_text():
    assert bare_digits("[x](https://a.se/2023) {{ a[0] }} {% set b = 1 %}", file="t.md") == []


def test_a_path_goes_by_id_and_place():
    assert look_up(FACTS, "activities.arsmote.title") == look_up(FACTS, "activities.0.title") == "Årsmöte"


@pytest.mark.parametrize(
    "text",
    ['{{ "".__class__.__mro__ }}', "{{ cycler.__init__.__globals__.os }}", "{{ facts.update(a=facts) }}"],
)
def test_a_placeholder_reaches_nothing_but_what_it_prints(binder, text):
    with pytest.raises(
        InputError, match=r"t\.md: line 1: .*a placeholder only prints|undefined|has no attribute"
    ):
        binder.render(text, file="t.md")
