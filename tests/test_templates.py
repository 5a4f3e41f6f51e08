"""The report's texts: placeholders only, the survey's sentences, and examples chosen fairly."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import bs4
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klimatlib.claims.claims import Claim, ClaimBook, exact, read_claims
from klimatlib.config import Agreed, Example, Question, Questions, validate
from klimatlib.errors import InputError
from klimatlib.prose import templates
from klimatlib.prose.statements import bare_digits, faults
from klimatlib.prose.templates import Binder, Draft, compared, composed, look_up, themes
from klimatlib.run import checks
from klimatlib.run.new_year import empty_examples
from klimatlib.share import channels
from klimatlib.sources import inputs as sources
from klimatlib.swedish import percent
from test_prose import NBSP, WORDS, a_share

ROOT = Path(__file__).parent.parent
HOME = "params/questions.yml"
QUESTIONS = validate((ROOT / HOME).read_bytes(), Questions, file=HOME).used("2023").questions
ACTIVITY = {
    "id": "arsmote",
    "title": "Årsmöte",
    "participants": {"count": 60},
    "dates": {"start": "2023-04-27", "end": "2023-04-28"},
}
FACTS = {
    "activities": [ACTIVITY],
    "goals": [1, 2, 3],
    "hostile": "<b onclick=x>*hej* [a](javascript:x)",
    "target": {"year": 2030},
}
TYPED = {"data_year": 2023, "definition": "d", "source": "s"}


# ---- placeholders ------------------------------------------------------------------------------


@pytest.fixture
def binder():
    claim = Claim("a", 2023, exact(3), "members", "3", "count", **TYPED)
    return Binder(FACTS, ClaimBook([claim]), 2023, "Kansliet", {}, WORDS)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ('{{ claim("a") }}, {{ claim("a", words=true) }}', '[3]{.claim claim="a"}, [tre]{.claim claim="a"}'),
        ('{{ number("target.year") }}', '[2030]{.claim claim="fact-target-year"}'),
        ('{{ number("goals", words=true) | upper_first }}', '[Tre]{.claim claim="fact-goals"}'),
        ('{{ activity["arsmote"].title }} den {{ facts.activities[0].dates | dates }} {{ year }}',
         "Årsmöte den 27–28 april 2023"),
    ],
)  # fmt: skip
def test_numbers_are_printed_with_their_ids_and_words_come_from_the_facts(binder, text, markdown):
    assert binder.render(text, file="t.md").markdown == markdown


def test_a_number_of_the_facts_becomes_a_claim(binder):
    block = binder.render(
        '{{ number("activities.arsmote.participants.count") }} {{ claim("a") }}', file="t.md"
    )
    assert block.claims == ("fact-activities-arsmote-participants-count", "a")
    claim = binder.book[block.claims[0]]
    assert (claim.value, claim.text, claim.source) == (60, "60", "Kansliet")
    assert claim.definition == "Årsmöte: antal deltagare"


def test_facts_are_text_and_never_markup(binder):
    html = binder.render("{{ facts.hostile }}", file="t.md").html
    assert [markup for markup in ("<b", "<em>", "href") if markup in html] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{{ number("hostile") }}', "is no number but"),
        ('{{ "".__class__.__mro__ }}', "line 1: "),
        ("{{ cycler.__init__.__globals__.os }}", "a placeholder only prints"),
        ("{{ facts.update(a=facts) }}", "line 1: "),
    ],
)
def test_what_is_bound_to_nothing_or_does_more_than_print_is_refused_with_its_line(binder, text, message):
    with pytest.raises(InputError) as caught:
        binder.render(text, file="data/x.md")
    assert str(caught.value).startswith("data/x.md: ")
    assert message in str(caught.value)


def test_digits_in_placeholders_and_link_targets_are_no_numbers_of_the_text():
    assert bare_digits("[x](https://a.se/2023) {{ a[0] }} {% set b = 1 %}", file="t.md") == []


def test_a_path_goes_by_id_and_place():
    assert look_up(FACTS, "activities.arsmote.title") == look_up(FACTS, "activities.0.title") == "Årsmöte"


def test_a_draft_is_filled_in_and_other_text_is_not():
    texts = {"d": Draft('{{ claim("a") }}'), "plain": '{{ claim("a") }}'}
    binder = Binder({}, book_of(a_share("a", 30, 42)), 2023, "Kansliet", texts, WORDS)
    assert ".claim" in binder.render("{{ d }}", file="t.md").markdown
    assert ".claim" not in binder.render("{{ plain }}", file="t.md").markdown


# ---- the survey's sentences --------------------------------------------------------------------


def question(name="kolsankor", **keys):
    default = {
        "theme": "t",
        "label": "L",
        "wording": {},
        "options": {},
        "verb_phrase": "arbetar med lokala kolsänkor",
        "turned": "Med lokala kolsänkor arbetar {share}",
    }
    return Question.model_validate({"id": name, **default, **keys})


def book_of(*shares):
    """A book of shares, each with the claim on its earlier year's."""
    typed = {"subject": "respondents", "denominator": "respondents", "role": "previous", "direction": 1}
    earlier = [
        Claim(f"{one.id}-previous", 2023, one.previous_value, "share", percent(one.previous_value), "share",
              measure=one.measure, **typed, **TYPED | {"data_year": 2022})
        for one in shares
        if one.previous_value is not None
    ]  # fmt: skip
    return ClaimBook([*shares, *earlier])


def read(questions, book, place=0):
    text = Draft("\n".join(sentence.text for sentence in composed(questions, book, place=place)))
    markdown = Binder({}, book, 2023, "Kansliet", {"d": text}, WORDS).render("{{ d }}", file="t.md").markdown
    return re.sub(r"\[([^\]]*)\]\{[^}]*\}", r"\1", markdown).replace(NBSP, " ")


OTHER = a_share("survey-other", 40, 42)
SINKS = "arbetar 71 % med lokala kolsänkor"


@pytest.mark.parametrize(
    ("questions", "shares", "place", "text"),
    [
        ([question("a"), question("b", verb_phrase="har varudistribution")], {"a": 30, "b": 20}, 0,
         f"Av de svarande {SINKS}.\nMed lokala kolsänkor arbetar 48 %."),
        ([question("a")], {"a": 30}, 0, f"Av de svarande {SINKS}."),
        ([question("a")], {"a": 30}, 1, "Med lokala kolsänkor arbetar 71 % av de svarande."),
        ([question("b"), question("a")], {"a": 30, "b": 20}, 0,  # the largest first
         f"Av de svarande {SINKS}.\nMed lokala kolsänkor arbetar 48 %."),
        ([question("a"), question("b", verb_phrase="kräver eller främjar byggande", turned=None)],
         {"a": 35, "b": 24}, 1,
         "Med lokala kolsänkor arbetar 83 % av de svarande.\n57 % kräver eller främjar byggande."),
        ([question("a", degree="i någon mån", detail={"2023": "Som träd.", "2022": "Nytt."})], {"a": 30}, 0,
         f"Av de svarande {SINKS}, i någon mån.\nSom träd."),
        ([question("a", verb_phrase="har fattat beslut")], {"a": 41}, 0,
         "Flest har fattat beslut: 98 % av de svarande har det."),
        ([question("a", verb_phrase="är med i ett nätverk")], {"a": 41}, 0,
         "Flest är med i ett nätverk: 98 % av de svarande är det."),
        ([question("a")], {"a": 41}, 0,
         "Flest arbetar med lokala kolsänkor: 98 % av de svarande gör det."),
        ([question("gone")], {"a": 30}, 0, ""),
    ],
)  # fmt: skip
def test_sentences_name_the_respondents_once_and_vary(questions, shares, place, text):
    book = book_of(*(a_share(f"survey-{name}", k, 42) for name, k in shares.items()), OTHER)
    assert read(questions, book, place) == text


@pytest.mark.parametrize(
    ("k", "previous", "comparable", "text"),
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
def test_an_earlier_year_is_told_as_far_as_the_numbers_carry_it(k, previous, comparable, text):
    book = book_of(a_share("survey-kolsankor", k, 42, previous, comparable), a_share("survey-other", 42, 42))
    asked = question(comparison_note={"2022": "Frågan gällde då bara stadsträd."})
    assert read([asked], book).splitlines()[1] == text
    if comparable == "broken":
        assert compared(question(), book).endswith(": frågan ställdes då på ett annat sätt.")


def test_n_is_told_again_only_where_it_is_another():
    respondents = Claim(
        "survey-respondents", 2023, exact(42), "count", "42", "count", measure="survey", **TYPED
    )
    book = ClaimBook([respondents, a_share("survey-a", 30, 42), a_share("survey-b", 20, 39)])
    text = read([question("a"), question("b")], book)
    assert text.count("Frågan besvarades av") == 1
    assert text.endswith("Frågan besvarades av 39.")


def test_a_question_whose_words_cannot_be_printed_is_refused():
    for keys, message in (
        ({"verb_phrase": None}, "params/questions.yml: kolsankor: no verb_phrase; write what those"),
        ({"verb_phrase": "har planterat 40 träd"}, "kolsankor: the digit '40' is bound to nothing"),
        ({"detail": {"2023": "Det är t ex träd."}}, "kolsankor: ”Det är t ex träd.”: write ”till exempel”"),
    ):
        with pytest.raises(InputError) as caught:
            composed([question(**keys)], book_of(a_share("survey-kolsankor", 30, 42)))
        assert message in str(caught.value)


def test_every_question_has_words_for_both_ways_of_telling_it():
    for one in QUESTIONS:
        assert one.verb_phrase, one.id
        assert not one.turned or one.turned.count("{share}") == 1


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_whatever_the_counts_the_composed_sentences_pass_the_linter(data):
    shares = []
    for one in QUESTIONS:
        n = data.draw(st.integers(20, 51))
        k = data.draw(st.integers(0, n))
        before = data.draw(st.one_of(st.none(), st.integers(0, 100)))
        light = data.draw(st.sampled_from(["yes", "caution", "broken"]))
        previous = None if before is None else str(before / 100)
        shares.append(a_share(f"survey-{one.id}", k, n, previous, light if before is not None else ""))
    book = book_of(*shares)
    by_id = {one.id: one.model_copy(update={"detail": {}}) for one in QUESTIONS}
    binder = Binder({}, book, 2023, "Kansliet", {"survey_theme": themes(by_id, book)}, WORDS)
    for theme in {one.theme for one in QUESTIONS}:
        rendered, _ = binder.fill(f'{{{{ survey_theme("{theme}") }}}}', file="t.md")
        assert faults("", rendered, binder.rules, file="t.md") == []
        assert "  " not in rendered
        assert "av de svarande" in rendered.splitlines()[0].lower()


# ---- members' own examples: read ---------------------------------------------------------------

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


def test_an_example_is_read_and_without_the_file_there_are_none(tiny):
    assert sources.examples(sources.Inputs.open("params/tiny.yml")).examples == ()
    for indicator in ("kolsankor", "survey-kolsankor"):
        (one,) = sources.examples(put(tiny, GOOD.replace("kolsankor", indicator))).examples
        assert (one.member, one.question, one.consent.who) == ("1281", "kolsankor", "påhittat")


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ('member: "1281"', 'member: "2480"', "member", "2480 is no member of 2023"),
        ('member: "1281"', "member: 1281", "member", 'write "1281"'),
        ("indicator: kolsankor", "indicator: utslapp", "indicator", "known: kolsankor, biokol"),
        ("text: Vi planterar träd.", f"text: {'träd ' * 100}x", "text", "51 too many"),
        ("text: Vi planterar träd.", 'text: "<b>träd</b>"', "text", "found '<'"),
        ("text: Vi planterar träd.", 'text: "{{ facts }}"', "text", "found '{'"),
        ("text: Vi planterar träd.", 'text: "{% if x %}"', "text", "found '{'"),
        ("text: Vi planterar träd.", 'text: "# Träd"', "text", "found '#'"),
        (LINK, "http://example.org", "link", "expected text of the form"),
        (LINK, "https://example.org/a(b)", "link", "expected text of the form"),
        ('date: "2023-11-06"', 'date: "2023-02-30"', "consent.date", "expected a date"),
        ('    consent: {who: påhittat, date: "2023-11-06"}\n', "", "consent", "missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_example_is_told_with_its_place(tiny, old, new, where, message):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        sources.examples(put(tiny, GOOD.replace(old, new)))
    (problem,) = caught.value.problems
    assert problem.where == f"examples.0.{where}"
    assert message in problem.text


def test_all_that_is_wrong_with_examples_is_told_at_once(tiny):
    entry = GOOD.removeprefix("examples:\n")
    odd = entry.replace("Vi planterar träd.", '"**[x](y)** <i>"')
    text = GOOD.replace("kolsankor", "skog") + odd + entry.replace("1281", "9999") + entry
    with pytest.raises(InputError) as caught:
        sources.examples(put(tiny, text))
    places = [problem.where for problem in caught.value.problems]
    assert places == ["examples.0.indicator", "examples.1.text", "examples.2.member", "examples.3"]


def test_check_refuses_a_number_that_is_bound_to_nothing(tiny):
    message = r"examples\.yml: examples\.0\.text: the digit '900' is bound to nothing"
    with pytest.raises(InputError, match=message):
        checks.check(put(tiny, GOOD.replace("planterar träd", "planterar 900 träd")))
    bound = GOOD.replace("Vi planterar träd.", 'Vi är bland de {{ claim("survey-kolsankor") }}.')
    checks.check(put(tiny, bound))


# ---- members' own examples: chosen -------------------------------------------------------------


def candidate(member, part="Götaland", size="region", theme="energi", *, question="energilagring", yes=True):
    one = Example(member=member, indicator=question, text="Så gör vi.", link=LINK, consent=AGREED)
    return templates.Candidate(one, f"M{member}", part, size, theme, yes)


def taken(choices):
    return [choice.candidate for choice in choices if choice.place]


def test_only_a_yes_of_the_members_own_supports_an_example(tiny):
    (only,) = templates.chosen(put(tiny, GOOD))  # counts: nobody's own answer is known
    assert (only.place, only.candidate.supported) == (0, False)
    assert templates.view([only], {}) == []


def test_a_member_that_was_told_last_year_waits():
    first, second = candidate("1280"), candidate("1281")
    choices = templates.choose([first, second], last_year=["1280"], year=2023)
    assert taken(choices) == [second]
    assert choices[-1].why == "the member was told last year"


def test_each_step_takes_what_is_told_least():
    south = [candidate(f"12{n:02}", "Götaland", "from 100 000", "energi") for n in range(30, 36)]
    north = candidate("2480", "Norrland", "under 30 000", "vardag")
    middle = candidate("1780", "Svealand", "30 000-100 000", "samverkan")
    choices = templates.choose([*south, north, middle], last_year=[], year=2023, most=3)
    assert {one.part for one in taken(choices)} == {"Götaland", "Norrland", "Svealand"}


PARTS, SIZES, THEMES = ("Götaland", "Svealand", "Norrland"), ("under 30 000", "region"), ("mat", "energi")
TRAITS = st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1), st.booleans())
GIVEN = st.dictionaries(st.tuples(st.integers(101, 109), st.sampled_from("abc")), TRAITS, max_size=14)


@settings(deadline=None)
@given(GIVEN, st.integers(2020, 2040), st.randoms(use_true_random=False))
def test_the_choice_is_fair_whatever_the_order(given_by, year, random):
    candidates = [
        candidate(f"0{code}", PARTS[part], SIZES[size], THEMES[theme], question=question, yes=yes)
        for (code, question), (part, size, theme, yes) in given_by.items()
    ]
    choices = templates.choose(candidates, last_year=["0101"], year=year)
    chosen = taken(choices)
    assert all(one.supported and one.example.member != "0101" for one in chosen)
    members = [one.example.member for one in chosen]
    ready = {one.example.member for one in candidates if one.supported} - {"0101"}
    assert len({*members}) == len(members) == min(templates.MOST, len(ready))
    shuffled = random.sample(candidates, len(candidates))
    assert taken(templates.choose(shuffled, last_year=["0101"], year=year)) == chosen
    assert sorted(repr(choice.candidate) for choice in choices) == sorted(map(repr, candidates))


def test_over_the_years_the_lot_favours_nobody():
    alike = [candidate(f"{n:04}") for n in range(101, 111)]
    firsts = Counter(
        taken(templates.choose(alike, last_year=[], year=year, most=1))[0].example.member
        for year in range(1000, 2000)
    )
    assert len(firsts) == 10
    assert min(firsts.values()) > 60  # 100 is what is expected, give or take 9


# ---- members' own examples: told ---------------------------------------------------------------


def test_the_example_year_tells_four_and_not_whose_answer_is_no_yes(demo_report):
    choices = templates.chosen(sources.Inputs.open("params/demo.yml", start=demo_report.parent))
    assert [choice.place for choice in choices[:5]] == [1, 2, 3, 4, 0]
    assert len({choice.candidate.part for choice in choices[:4]}) == 3
    by_name = {choice.candidate.name: choice for choice in choices}
    assert (by_name["Mora"].candidate.supported, by_name["Mora"].place) == (False, 0)  # did not answer
    assert by_name["Örebro"].why == "the member was told last year"
    report = (demo_report / "report.html").read_text("utf-8")
    cards = report[report.index(">Goda exempel") :]
    assert all(choice.candidate.name in cards for choice in choices[:4])
    assert "tävlar mot sig själva" not in report
    notebook = json.loads((demo_report / "notebooks" / "50_survey.ipynb").read_text("utf-8"))
    page = json.dumps(notebook, ensure_ascii=False)
    assert "1 more" in page
    assert "the member was told last year" in page
    assert "Mora" not in page
    claim = read_claims((demo_report / "claims.csv").read_bytes(), file="")["survey-cirkulart-byggande"]
    assert by_name["Strängnäs"].place
    strangnas = (demo_report / "report.qmd").read_text("utf-8").split("innertak")[1].split("\n:::")[0]
    assert f"[{claim.text}]" in strangnas


def test_the_news_and_fredagslyftet_tell_the_same_examples(demo_report, monkeypatch):
    monkeypatch.chdir(demo_report.parent.parent)
    names = [one.name for one in taken(templates.chosen(sources.Inputs.open("params/demo.yml")))]
    home = channels.make("params/demo.yml", draft=True)
    friday, news = ((home / f"{name}.md").read_text("utf-8") for name in ("fredagslyftet", "nyhet"))
    assert re.findall(r"^## Fredagslyftet: (.*)$", friday, re.M) == names
    assert re.findall(r"^\*\*(.*)\.\*\*", news, re.M) == names
    index = bs4.BeautifulSoup((home / "index.html").read_text("utf-8"), "html.parser")
    cards = index.select('section[id^="fredagslyftet-"]')
    assert [card.h2.get_text() for card in cards] == [f"Fredagslyftet: {name}" for name in names]
    assert all("https://example.org/" in card.select_one("button")["data-text"] for card in cards)


def test_the_next_year_knows_whose_examples_were_told(tiny):
    text = empty_examples(["1280", "2380"], year=2024)
    assert 'last_year: ["1280", "2380"]  # told in the report of 2023' in text
    with pytest.raises(InputError, match="fill in: the examples that members give in 2024"):
        sources.examples(put(tiny, text))
