"""Members' own examples: read strictly, told only where the member's own answer is a yes, chosen fairly."""

from __future__ import annotations

import json
import re
from collections import Counter

import bs4
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klimatlib.claims.claims import read_claims
from klimatlib.config import Agreed, Example
from klimatlib.errors import InputError
from klimatlib.prose import templates as examples
from klimatlib.run import checks
from klimatlib.run.new_year import empty_examples
from klimatlib.share import channels
from klimatlib.sources import inputs as sources
from test_demo import demo_report  # noqa: F401  (the fixture)

LINK = "https://example.org/lund"
AGREED = Agreed(who="påhittat", date="2023-11-06")
GOOD = f"""\
examples:
  - member: "1281"
    indicator: kolsankor
    text: Vi planterar träd.
    link: {LINK}
    consent: {{who: påhittat, date: "2023-11-06"}}
"""


def put(root, text):
    (root / "data" / "tiny" / "examples.yml").write_text(text, encoding="utf-8")
    return sources.Inputs.open("params/tiny.yml", start=root)


def candidate(member, part="Götaland", size="region", theme="energi", *, question="energilagring", yes=True):
    one = Example(member=member, indicator=question, text="Så gör vi.", link=LINK, consent=AGREED)
    return examples.Candidate(one, f"M{member}", part, size, theme, yes)


def told(choices):
    return [one.candidate for one in choices if one.place]


# ---- reading -----------------------------------------------------------------------------------


def test_an_example_is_read_and_without_the_file_there_are_none(tiny):
    assert sources.examples(sources.Inputs.open("params/tiny.yml")).examples == ()
    (one,) = sources.examples(put(tiny, GOOD)).examples
    assert (one.member, one.question, one.consent.who) == ("1281", "kolsankor", "påhittat")
    assert (
        sources.examples(put(tiny, GOOD.replace("kolsankor", "survey-kolsankor"))).examples[0].question
        == "kolsankor"
    )


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ('member: "1281"', 'member: "2480"', "examples.0.member", "2480 is no member of 2023"),
        ('member: "1281"', "member: 1281", "examples.0.member", 'write "1281"'),
        ("indicator: kolsankor", "indicator: utslapp", "examples.0.indicator", "known: kolsankor, biokol"),
        ("text: Vi planterar träd.", f"text: {'träd ' * 100}x", "examples.0.text", "51 too many"),
        ("text: Vi planterar träd.", 'text: "<b>träd</b>"', "examples.0.text", "found '<'"),
        ("text: Vi planterar träd.", 'text: "{{ facts }}"', "examples.0.text", "found '{'"),
        ("text: Vi planterar träd.", 'text: "{% if x %}"', "examples.0.text", "found '{'"),
        ("text: Vi planterar träd.", 'text: "# Träd"', "examples.0.text", "found '#'"),
        (LINK, "http://example.org", "examples.0.link", "expected text of the form"),
        (LINK, "https://example.org/a(b)", "examples.0.link", "expected text of the form"),
        ('date: "2023-11-06"', 'date: "2023-02-30"', "examples.0.consent.date", "expected a date"),
        ('    consent: {who: påhittat, date: "2023-11-06"}\n', "", "examples.0.consent", "missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_example_is_told_with_its_place(tiny, old, new, where, said):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        sources.examples(put(tiny, GOOD.replace(old, new)))
    assert [where in problem.where and said in problem.text for problem in caught.value.problems] == [True]


def test_all_problems_are_told_at_once(tiny):
    twice = GOOD + GOOD.removeprefix("examples:\n").replace("Vi planterar träd.", '"**[x](y)** <i>"')
    text = twice.replace("kolsankor", "skog", 1)
    again = text + GOOD.removeprefix("examples:\n").replace("1281", "9999")
    again += GOOD.removeprefix("examples:\n")
    with pytest.raises(InputError) as caught:
        sources.examples(put(tiny, again))
    places = [problem.where for problem in caught.value.problems]
    assert places == ["examples.0.indicator", "examples.1.text", "examples.2.member", "examples.3"]


def test_check_refuses_a_number_that_is_bound_to_nothing(tiny):
    with pytest.raises(
        InputError, match=r"examples\.yml: examples\.0\.text: the digit '900' is bound to nothing"
    ):
        checks.check(put(tiny, GOOD.replace("planterar träd", "planterar 900 träd")))
    checks.check(
        put(tiny, GOOD.replace("Vi planterar träd.", 'Vi är bland de {{ claim("survey-kolsankor") }}.'))
    )


# ---- the choice --------------------------------------------------------------------------------


def test_only_a_yes_of_the_members_own_supports_an_example(tiny):
    (only,) = examples.chosen(put(tiny, GOOD))  # counts: nobody's own answer is known
    assert (only.place, only.candidate.supported) == (0, False)
    assert examples.view([only], {}) == []


def test_a_member_that_was_told_last_year_waits(tiny):
    first, second = candidate("1280"), candidate("1281")
    choices = examples.choose([first, second], last_year=["1280"], year=2023)
    assert told(choices) == [second]
    assert choices[-1].why == "the member was told last year"


def test_each_step_takes_what_is_told_least():
    south = [candidate(f"12{n:02}", "Götaland", "from 100 000", "energi") for n in range(30, 36)]
    north = candidate("2480", "Norrland", "under 30 000", "vardag")
    middle = candidate("1780", "Svealand", "30 000-100 000", "samverkan")
    found = told(examples.choose([*south, north, middle], last_year=[], year=2023, most=3))
    assert {one.part for one in found} == {"Götaland", "Norrland", "Svealand"}


PARTS, SIZES, THEMES = ("Götaland", "Svealand", "Norrland"), ("under 30 000", "region"), ("mat", "energi")
TRAITS = st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1), st.booleans())
GIVEN = st.dictionaries(st.tuples(st.integers(101, 109), st.sampled_from("abc")), TRAITS, max_size=14)


@settings(deadline=None)
@given(GIVEN, st.integers(2020, 2040), st.randoms(use_true_random=False))
def test_the_choice_is_fair_whatever_the_order(given_by, year, random):
    found = [
        candidate(f"0{code}", PARTS[part], SIZES[size], THEMES[theme], question=question, yes=yes)
        for (code, question), (part, size, theme, yes) in given_by.items()
    ]
    choices = examples.choose(found, last_year=["0101"], year=year)
    chosen = told(choices)
    assert all(one.supported and one.example.member != "0101" for one in chosen)
    members = [one.example.member for one in chosen]
    ready = {one.example.member for one in found if one.supported} - {"0101"}
    assert len({*members}) == len(members) == min(examples.TOLD, len(ready))
    shuffled = random.sample(found, len(found))
    assert told(examples.choose(shuffled, last_year=["0101"], year=year)) == chosen
    assert sorted(map(repr, (one.candidate for one in choices))) == sorted(map(repr, found))


def test_over_the_years_the_lot_favours_nobody():
    alike = [candidate(f"{n:04}") for n in range(101, 111)]
    firsts = Counter(
        told(examples.choose(alike, last_year=[], year=year, most=1))[0].example.member
        for year in range(1000, 2000)
    )
    assert len(firsts) == 10
    assert min(firsts.values()) > 60  # 100 is what is expected, give or take 9


# ---- in the report -----------------------------------------------------------------------------


def test_the_example_year_tells_four_and_none_that_its_answers_do_not_support(demo_report):  # noqa: F811
    inputs = sources.Inputs.open("params/demo.yml", start=demo_report.parent)
    choices = examples.chosen(inputs)
    assert [one.place for one in choices[:5]] == [1, 2, 3, 4, 0]
    assert len({one.candidate.part for one in choices[:4]}) == 3
    names = {one.candidate.name: one for one in choices}
    assert (names["Mora"].candidate.supported, names["Mora"].place) == (False, 0)  # did not answer
    assert names["Örebro"].why == "the member was told last year"
    report = (demo_report / "report.html").read_text("utf-8")
    cards = report[report.index(">Goda exempel") :]
    assert [one.candidate.name in cards for one in choices[:4]] == [True] * 4
    assert "tävlar mot sig själva" not in report


def test_the_reasons_are_told_but_not_whose_answer_is_no_yes(demo_report):  # noqa: F811
    shown = json.dumps(
        json.loads((demo_report / "notebooks" / "50_survey.ipynb").read_text("utf-8")), ensure_ascii=False
    )
    assert "1 more" in shown
    assert "the member was told last year" in shown
    assert "Mora" not in shown


def test_an_examples_number_is_the_reports_claim(demo_report):  # noqa: F811
    claim = read_claims((demo_report / "claims.csv").read_bytes(), file="")["survey-cirkulart-byggande"]
    inputs = sources.Inputs.open("params/demo.yml", start=demo_report.parent)
    assert "Strängnäs" in [one.candidate.name for one in examples.chosen(inputs) if one.place]
    told_in = (demo_report / "report.qmd").read_text("utf-8").split("innertak")[1].split("\n:::")[0]
    assert f"[{claim.text}]" in told_in


def test_the_news_and_fredagslyftet_tell_the_same_examples(demo_report, monkeypatch):  # noqa: F811
    monkeypatch.chdir(demo_report.parent.parent)
    names = [
        one.candidate.name for one in examples.chosen(sources.Inputs.open("params/demo.yml")) if one.place
    ]
    home = channels.make("params/demo.yml", draft=True)
    told_in = (home / "fredagslyftet.md").read_text("utf-8")
    assert re.findall(r"^## Fredagslyftet: (.*)$", told_in, re.M) == names
    assert re.findall(r"^\*\*(.*)\.\*\*", (home / "nyhet.md").read_text("utf-8"), re.M) == names
    index = bs4.BeautifulSoup((home / "index.html").read_text("utf-8"), "html.parser")
    cards = index.select('section[id^="fredagslyftet-"]')
    assert [card.h2.get_text() for card in cards] == [f"Fredagslyftet: {name}" for name in names]
    assert all("https://example.org/" in card.select_one("button")["data-text"] for card in cards)


def test_the_next_year_knows_whose_examples_were_told(tiny):
    text = empty_examples(["1280", "2380"], year=2024)
    assert "examples: []" in text
    assert 'last_year: ["1280", "2380"]  # told in the report of 2023' in text
    with pytest.raises(InputError, match="fill in: the examples that members give in 2024"):
        sources.examples(put(tiny, text))
