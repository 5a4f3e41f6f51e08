"""Statements: what claims carry passes, what they deny is refused, what nothing decides is asked for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from klimatlib import cli
from klimatlib.claims.claims import Claim, ClaimBook, exact, read_claims
from klimatlib.config import GuardWords, validate
from klimatlib.errors import InputError
from klimatlib.prose import statements
from klimatlib.prose.reading import keep_lemmas, lemma
from klimatlib.prose.rules import Rules
from klimatlib.prose.statements import english_book, language_of, lint, mark, read, typography, unmark
from klimatlib.prose.templates import TEMPLATES, Binder
from klimatlib.swedish import percent

DATA = yaml.safe_load((ROOT / "tests" / "data" / "sentences.yml").read_text("utf-8"))
INVENTED = DATA["invented"]
WORDS = validate((ROOT / "params" / "guard_words.yml").read_bytes(), GuardWords, file="guard_words.yml")
NBSP = "\u00a0"


def a_share(name, k, n, previous=None, comparable="", members=51, **typed):
    """A claim on k of n respondents; what it measures is its name, without ``survey-``."""
    before = None if previous is None else exact(Decimal(previous))
    about = {"subject": "respondents", "denominator": "respondents", "direction": 1}
    fields = about | {"measure": name.removeprefix("survey-")} | typed
    return Claim(
        name, 2023, exact(Fraction(k, n)), "share", percent(Fraction(k, n)), "share", **fields, k=k, n=n,
        members=members, data_year=2023, definition="Andel av de svarande", comparable=comparable,
        previous_year=2022 if before is not None else None, previous_value=before, source="Medlemstestet",
    )  # fmt: skip


def a_claim(name, told):
    if "k" in told:
        return a_share(name, **told)
    value, text = Decimal(told.pop("value")), told.pop("text").replace(" ", NBSP)
    year = {"kolsankor-previous": 2022, "niva-basar": 1990}.get(
        name, 2020 if "per capita" in str(told) else 2023
    )
    return Claim(
        name, 2023, value, text=text, data_year=2020 if "base_year" in told else year, source="SMHI", **told
    )


BOOK = ClaimBook(a_claim(name, dict(told)) for name, told in INVENTED["claims"].items())
REPORT = read_claims((ROOT / "outputs/2023/claims.csv").read_bytes(), file="claims.csv")
NAMES = {
    line.split(",")[0]: line.split(",")[1]
    for line in (ROOT / "data/2023/members.csv").read_text("utf-8").split("\n")[1:-1]
}
SWEDISH, INVENTIONS = Rules(WORDS, REPORT, "sv", NAMES), Rules(WORDS, BOOK)
ENGLISH = Rules(WORDS, english_book(REPORT), "en", NAMES)


def judged(text, rules):
    """The statements of a text in which {id} is a claim, as it is printed."""
    spans = lambda name: f'[{rules.book[name[1]].text}]{{.claim claim="{name[1]}"}}'  # noqa: E731
    return lint(re.sub(r"\{([a-z0-9-]+)\}", spans, text), rules)


@cache
def on_report(text):
    """The statements of a text on the report of 2023, and the rules of its language."""
    rules = ENGLISH if language_of(re.sub(r"{.*?}", "", text)) == "en" else SWEDISH
    return judged(text, rules), rules


def worst(statements):
    found = {statement.class_ for statement in statements}
    return next(each for each in ("false", "open", "bound", "plain") if each in found)


def class_of(text, rules=INVENTIONS):
    return worst(judged(text, rules))


def problems(text, rules=INVENTIONS):
    return [problem.text for statement in judged(text, rules) for problem in statement.problems("t.md")]


REAL = [(want, kind, text) for want, of in DATA["report"].items() for kind in of for text in of[kind]]


def test_of_the_statements_on_the_report_none_that_is_wrong_passes_in_silence(capsys):
    table = dict[tuple[str, str], Counter[str]]()
    silent, refused = [], []
    for want, kind, text in REAL:
        found = worst(on_report(text)[0])
        table.setdefault((want, kind), Counter())[found] += 1
        silent += [text] if want != "right" and found in ("plain", "bound") else []
        refused += [text] if want == "right" and found == "false" else []
    with capsys.disabled():
        print()
        for (want, kind), counts in table.items():
            print(
                f"{want:10}{kind:20}"
                + "".join(f"{counts[c]:4} {c}" for c in ("plain", "bound", "open", "false"))
            )
    total = {want: Counter() for want in DATA["report"]}
    for (want, _), counts in table.items():
        total[want] += counts
    assert silent == []
    assert len(REAL) >= 220
    assert len(refused) <= total["right"].total() / 100, refused
    assert total["right"]["open"] <= total["right"].total() * 0.15
    assert total["decided"]["false"] >= total["decided"].total() * 0.85


def test_a_statement_that_its_claims_carry_is_never_refused():
    assert [text for text in INVENTED["right"] if problems(text)] == []


def test_what_invented_claims_contradict_does_not_pass_and_is_nearly_always_refused():
    found = [(class_of(wrong["text"]), wrong["text"]) for wrong in INVENTED["decided"]]
    assert [text for class_, text in found if class_ not in ("false", "open")] == []
    assert sum(class_ == "false" for class_, _ in found) >= 0.95 * len(found)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("# Rubrik\n\nEn mening. En till.", ["heading", "sentence", "sentence"]),
        ("- ett\n- två", ["list item", "list item"]),
        ("| Kommun | Ja |\n|---|---|\n| Lund | ja |", ["table cell"] * 4),
        ('![En bild](x.svg){alt="Vad bilden visar"}', ["caption", "alt text"]),
        ("Det gäller t.ex. Lund och bl.a. Malmö, ca 3,2 ton den 3 mars. Sedan.", ["sentence", "sentence"]),
    ],
)
def test_a_text_is_read_into_statements_of_each_kind(text, kinds):
    assert [statement.kind for statement in read(text, BOOK)] == kinds


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("Minst", "plain"),
        ("Minskning, riket", "plain"),
        ("Facebook: ökning av följare", "plain"),
        ("Utsläpp per invånare 1990–2020", "plain"),
        ("Utsläpp per invånare i varje sektor", "plain"),
        ("Hälften av medlemmarna klimatneutrala", "open"),
        ("Alla medlemmar klimatneutrala", "open"),
        ("Allt fler medlemmar", "open"),
        ("Lägre utsläpp än riket", "bound"),
        ("Ökande utsläpp i riket", "false"),
        ("Störst utsläpp i Luleå", "open"),
        ("Medlemmarna har tappat greppet", "open"),
        ("Medlemmarna släpper ut mindre per invånare än riket", "bound"),
        ("Medlemmarna släpper ut mer per invånare än riket", "false"),
    ],
)
def test_a_label_states_something_by_a_finite_verb_or_a_guard_word_beside_what_is_reported(text, class_):
    statements = lint(f"| {text} |\n|---|\n", SWEDISH)
    assert [statement.class_ for statement in statements] == [class_]


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("Utan Luleå är nivån {spread-without-2580} per invånare.", "bound"),
        ("Utan Luleå vore nivån lägre, {spread-without-2580} per invånare.", "bound"),
        ("Utan Luleå vore nivån högre, {spread-without-2580} per invånare.", "false"),
        ("Luleå ligger på {spread-without-2580} per invånare.", "open"),
    ],
)
def test_a_level_without_a_place_is_of_the_members(text, class_):
    assert class_of(text, SWEDISH) == class_


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("Utsläppen per invånare hos medlemmarna har vuxit med {emissions-members-reduction}.", "false"),
        ("Om utsläppen hos medlemmarna har vuxit med {emissions-members-reduction} är det.", "open"),
        ("Utsläppen per invånare var {emissions-members-level-2020} i riket 2020.", "false"),
        ("Med {emissions-members-level} mot rikets {emissions-nation-level} per invånare 2020.", "bound"),
        ("Lika mycket släpps ut i riket, {emissions-nation-level-2020} per invånare, som hos medlemmarna, "
         "{emissions-members-level-2020}.", "false"),
        ("De låg på {emissions-members-level-2020} per invånare 2020 i medlemskommunerna och "
         "{emissions-nation-level-2020} i riket, alltså högre.", "open"),
        ("Inte ens 1990 låg medlemmarna på en högre nivå per invånare än riket, "
         "{emissions-members-level-1990} mot {emissions-nation-level-1990}.", "open"),
        ("Neither Finspång nor Sandviken has cut its emissions per inhabitant by a fifth since 1990 "
         "({spread-reduction-0562} and {spread-reduction-2181} by 2020).", "bound"),
    ],
)  # fmt: skip
def test_a_statement_is_refused_only_where_nothing_unread_could_change_what_is_judged(text, class_):
    rules = ENGLISH if text.startswith("Neither") else SWEDISH
    assert class_of(text, rules) == class_


@pytest.mark.parametrize(
    ("text", "class_"),
    [
        ("Föreningen har {members-count} medlemmar. Det är fler än året före.", "bound"),
        ("Föreningen har {members-count} medlemmar. Det är färre än året före.", "false"),
        ("Föreningen har {members-count} medlemmar. Oron är stor. Det är färre än året före.", "open"),
        ("Riket låg 2020 på {emissions-nation-level-2020} per invånare. Det är mer än hos medlemmarna, "
         "{emissions-members-level-2020}.", "bound"),
        ("Riket låg 2020 på {emissions-nation-level-2020} per invånare. Det är mindre än hos medlemmarna, "
         "{emissions-members-level-2020}.", "false"),
        ("Har föreningen vuxit? Ja, från {members-previous} till {members-count} medlemmar.", "bound"),
        ("Har föreningen krympt? Ja, från {members-previous} till {members-count} medlemmar.", "false"),
        ("Har föreningen krympt? Nej, från {members-previous} till {members-count} medlemmar.", "bound"),
        ("Har riket halverat utsläppen? Ja, minskningen är {emissions-nation-reduction}.", "false"),
        ("Har riket halverat utsläppen per invånare?", "open"),
    ],
)  # fmt: skip
def test_what_is_told_of_the_sentence_before_is_held_to_its_claims(text, class_):
    assert class_of(text, SWEDISH) == class_


@pytest.mark.parametrize(
    "text",
    [
        "Det var pandemin som fick medlemmarnas utsläpp att falla till {emissions-members-level-2020} 2020.",
        "Det var våra webbfikor som lockade {members-joined} nya medlemmar.",
        "Fortsätter det så här är medlemskommunerna klimatneutrala redan 2040.",
        "Elpriserna pressade ned utsläppen hos medlemmarna till {emissions-members-level-2020} 2020.",
        "LinkedIn fick {goal-linkedin-foljare-result} fler följare, vilket visar att vi har blivit sedda.",
        "Av de svarande arbetar {survey-kolsankor} med kolsänkor, flest brandbilar i landet.",
    ],
)  # fmt: skip
def test_what_somebody_is_said_to_have_done_or_to_show_is_asked_for(text):
    assert class_of(text, SWEDISH) == "open"


def test_the_message_names_the_word_the_claim_the_numbers_and_a_true_wording():
    (problem,) = problems("Klimatkrav ställs av {kapitalforvaltning}, en ökning från 2022.")
    assert problem == (
        "”ökning”: the change of kapitalforvaltning is a handful of 42 respondents; "
        f"write ”andelen är 55{NBSP}% av de svarande, mot 44{NBSP}% 2022, "
        "men skillnaden motsvarar bara några få svarande” [few]"
    )


def test_every_wording_that_is_offered_is_accepted():
    wrong, refused, offered = [text for want, _, text in REAL if want == "decided"], [], 0
    for text in wrong:
        statements, rules = on_report(text)
        for statement, reason in ((s, reason) for s in statements for reason in s.reasons):
            own = [mention.claim for mention in statement.mentions]
            for offer in re.findall(r"write ”(.*?)”(?=; write|$)", reason.text):
                offered += 1
                near = [
                    (2 * (c.id in reason.text) + (c in own), len(c.text), c.id)
                    for c in rules.book
                    if c.text.lstrip("+−") in offer
                ]
                assert near, offer
                claim = rules.book[max(near)[2]]
                printed = claim.text.lstrip("+−")
                bound = offer.replace(printed, f'[{printed}]{{.claim claim="{claim.id}"}}', 1)
                made = [s.class_ for s in lint(f"{bound[0].upper()}{bound[1:]}.", rules)]
                refused += [] if made == ["bound"] else [(text, offer, made)]
    assert offered > 100
    assert refused == []


def render(text, rules=INVENTIONS):
    return Binder({}, rules.book, 2023, "Kansliet", {}, WORDS).render(text, file="t.md")


def test_all_that_is_wrong_with_a_text_is_told_at_once():
    with pytest.raises(InputError) as caught:
        render('Vi är 42.\n\nAndelen ökade till {{ claim("energilagring") }}.\n\nMer ”till exempel"...')
    told = str(caught.value).splitlines()
    assert told[0] == "t.md: 4 problems"
    assert [line.split(":")[0].strip() for line in told[1:]] == ["line 1", "line 3", "line 5", "line 5"]


def test_a_word_in_a_loop_has_the_line_of_the_template():
    text = '\n{% for x in ["a", "b"] %}\nrad\n{% endfor %}\n\nAndelen minskade\ntill {{ claim("skolor") }}.'
    with pytest.raises(InputError, match=r"line 6: .*\[direction\]"):
        render(text)


def test_the_marks_of_the_lines_leave_the_text_as_it_is():
    for source in (
        "Rad\n\n  - punkt\n{% if true %}\nja\n{% endif %}\n",
        "{{ 'a\nb' }}\n  {% for x in 'ab' %}\n  {{ x }}\n  {% endfor %}\nslut",
        "a {{-\n 1 }}\n{## anm\närkning ##}\nb",
    ):
        plain, marked = (TEMPLATES.from_string(text).render() for text in (source, mark(source)))
        assert unmark(marked) == plain


@pytest.mark.parametrize("text", DATA["typography"])
def test_bad_typography_is_refused(text):
    source = re.sub(r"\{([a-z-]+)\}", r'{{ claim("\1") }}', text)
    with pytest.raises(InputError, match="typography"):
        render(source)


def test_markup_and_good_typography_pass():
    for source in (
        "{{ claim('a') }} av medlemmarna – två ”ord” … till exempel ’s.",
        "::: {.card title=\"{{ a }}\"}\n- punkt\n[länk](https://a.se/b--c?d='e') och [ord]{lang=en}\n:::",
        "Klimat- och miljökrav på jord- och skogsbruk, {{ a }}–{{ b }}.",
        '# Rubrik {.chapter label="Mål {{ g.id }}"}\n\n**{{ p.name }} ({{ p.party }})** {{ p.place }}, x',
        "t.ex. en text om text, bland annat",
    ):
        assert typography(source, file="t.md") == []


@given(st.data())
def test_an_increase_is_never_accepted_where_the_share_has_not_grown(data):
    n = data.draw(st.integers(1, 200))
    k = data.draw(st.integers(0, n))
    before = data.draw(st.decimals(exact(Fraction(k, n)), 1, places=6))
    known = data.draw(st.sampled_from(["yes", "caution", "broken"]))
    book = ClaimBook([a_share("x", k, n, before, known, members=max(n, 51))])
    assert problems("Andelen är {x}, en ökning sedan 2022, läs med försiktighet.", Rules(WORDS, book))


@given(st.data())
def test_a_plain_increase_is_accepted_only_where_five_respondents_or_more_carry_it(data):
    n = data.draw(st.integers(1, 200))
    k, before = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    previous = exact(Fraction(before, n))
    book = ClaimBook([a_share("x", k, n, previous, "yes", members=max(n, 51))])
    found = class_of("Andelen är {x}, en ökning sedan 2022.", Rules(WORDS, book))
    assert (found == "bound") == ((book["x"].value - previous) * n >= 5)


def test_the_guard_words_are_read_by_lemma_and_each_exception_has_its_example():
    words = ("halverats", "sjunkit", "utsläppen")
    assert [lemma(word, "sv") for word in words] == ["halvera", "sjunka", "utsläpp"]
    for idiom in WORDS.exceptions:
        rules = ENGLISH if idiom.language == "en" else SWEDISH
        assert class_of(idiom.example, rules) == "plain", idiom.example


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Läs mer på hemsidan.", "webbplats"), ("Filmen finns på Youtube.", "YouTube"),
        ("Enkäterna är klara.", "medlemstestet"), ("Så är det i landet som helhet.", "riket"),
        ("Webbplatsen och YouTube har filmen.", ""),
    ],
)  # fmt: skip
def test_a_thing_has_one_name_in_the_report(text, term):
    told = statements.faults(mark(text), text, Rules(WORDS, ClaimBook()), file="t.md")
    assert [problem.text.split("”")[3] for problem in told] == [term] * bool(term)


def test_the_texts_of_2023_are_true_and_ask_for_little(monkeypatch):
    monkeypatch.chdir(ROOT)
    started = time.perf_counter()
    done = CliRunner().invoke(cli.cli, ["lint", "2023", "--json"])
    found_all = [json.loads(line) for line in done.output.splitlines()]
    assert done.exit_code == 0, done.output[-500:]
    found = Counter(statement["class"] for statement in found_all)
    assert found["false"] == 0
    assert found["open"] <= 25
    assert time.perf_counter() - started < 20
    assert {"file", "line", "text", "class", "reasons", "claims"} <= {*found_all[0]}


def test_any_file_can_be_linted_and_a_false_statement_ends_in_2(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    file = tmp_path / "t.md"
    file.write_text(
        'Rad.\n\nUtsläppen ökade med {{ claim("emissions-members-reduction") }} sedan 1990.\n', "utf-8"
    )
    done = CliRunner().invoke(cli.cli, ["lint", "2023", str(file)])
    assert done.exit_code == 2
    assert "line 3: false: Utsläppen ökade" in done.output


def test_the_word_tables_are_not_opened_for_words_that_were_met_before(tmp_path):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    words = ["lint", "2023", "data/2023/texts/members.md"]
    run = f"from klimatlib import cli; sys.argv[1:] = {words}; cli.main()"
    for first in ("import sys; ", "import sys; sys.modules['simplemma'] = None; "):
        command = [sys.executable, "-c", first + run]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-500:]


def test_lemmas_that_another_process_kept_meanwhile_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lemma("omkullkastade", "sv")
    kept = tmp_path / "klimatlib" / "lemmas.json"
    kept.parent.mkdir()
    kept.write_text('{"sv kommuners": "kommun"}', "utf-8")
    keep_lemmas()
    assert {"sv kommuners", "sv omkullkastade"} <= json.loads(kept.read_text("utf-8")).keys()


def test_spelling_is_told_where_there_is_a_dictionary_and_said_not_to_be_looked_at_elsewhere(monkeypatch):
    found = [("t.md", statement) for statement in read("Det är kommunernna.", BOOK)]
    monkeypatch.setattr(statements, "DICTIONARIES", ())
    (line,) = statements.spelling(found, set)
    assert line.startswith("spelling not looked at")
