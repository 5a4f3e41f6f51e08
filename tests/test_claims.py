"""Claims: their types, their book and its file, the integer gate, and two books beside each other."""

from __future__ import annotations

import ast
from dataclasses import replace
from decimal import Decimal
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from klimatlib.claims import claims as library
from klimatlib.claims.claims import Claim, ClaimBook, exact, new_claim, read_claims, share
from klimatlib.errors import ClaimError, InputError
from klimatlib.swedish import percent

SHARE = new_claim(
    "survey-a", "share", share(33, 42), "share", "Andel", year=2023, source="Enkäten", k=33, n=42, members=51
)


def claim(**changes):
    return replace(SHARE, **changes)


def count(claim_id, value, text="", **changes):
    fields = {"unit": "t", "kind": "level", "k": None, "n": None, "members": None, **changes}
    return claim(id=claim_id, value=exact(value), text=text or str(value), **fields)


# ---- a claim and its book ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"text": "", "definition": ""}, "survey-a: no text, definition; a printed number must have it"),
        ({"source": "", "data_year": None}, "survey-a: no source, data_year"),
        ({"id": "Survey A"}, "small letters"),
        ({"kind": "andel"}, "survey-a: kind is 'andel'; expected one of level, share"),
        ({"role": "side"}, "survey-a: role is 'side'; expected one of main, series"),
        ({"direction": 2}, "survey-a: direction is 2; expected one of -1, 0, 1"),
        ({"value": Decimal("0.8")}, r"survey-a: 0\.8 is not 33 of 42, which is 0\.785714"),
    ],
)
def test_a_claim_that_lacks_or_contradicts_what_a_reader_needs_cannot_exist(changes, problem):
    with pytest.raises(ClaimError, match=problem):
        claim(**changes)


def test_no_claim_without_a_kind_comes_into_a_book():
    with pytest.raises(TypeError, match="kind"):
        Claim("a", 2023, Decimal(1), "t", "1")
    with pytest.raises(ClaimError, match="survey-a has no kind"):
        ClaimBook([claim(kind="")])


def test_a_number_has_one_value_wherever_it_is_told():
    assert SHARE.note == "Andel. n = 42 av 51 medlemmar. Dataår 2023. Källa: Enkäten."
    book = ClaimBook([claim(notebook="10"), claim(notebook="50")])
    assert len(book) == 1
    with pytest.raises(ClaimError, match=r"recorded twice: '79\\xa0%' in 10, '80 %' in 50"):
        book.record(claim(text="80 %", notebook="50"))
    with pytest.raises(ClaimError, match="no claim 'survey-b'; did you mean 'survey-a'"):
        book["survey-b"]
    assert len(library.merged({"b": book, "a": ClaimBook([claim(), claim(id="x")])})) == 2


def test_claims_are_picked_by_their_fields():
    series = [count(f"level-{year}", 3, data_year=year, role="series") for year in (2019, 2020)]
    book = ClaimBook([*series, claim()])
    assert book.select(kind="level", role="series") == series
    assert book.find(role="series", data_year=2020) == series[1]
    for fields, problem in (
        ({"role": "series"}, "2 claims with role='series', expected one: level-2019, level-2020"),
        ({"role": "low"}, "0 claims with role='low', expected one: none"),
        ({"colour": "red"}, "a claim has no field colour"),
    ):
        with pytest.raises(ClaimError, match=problem):
            book.find(**fields)


def test_the_book_reads_back_as_it_was_written(tmp_path):
    typed = {
        "subject": "members",
        "measure": "emissions",
        "base_year": 1990,
        "direction": -1,
        "inferred": True,
    }
    first = count("a", -3, previous_year=2022, previous_value=Decimal("0.44"), **typed)
    book = ClaimBook([claim(), first])
    book.write(tmp_path / "claims.csv")
    data = (tmp_path / "claims.csv").read_bytes()
    assert data.startswith(b'"format","id","year",')
    assert [*read_claims(data, file="claims.csv")] == [first, claim()]
    assert b"\r" not in data
    for wrong in (b"a,b\n1,2\n", data.replace(b'"2","a"', b'"3","a"'), data.replace(b'"true"', b'"yes"')):
        with pytest.raises(InputError, match=r"not a claims file|format '3'|inferred is 'yes'"):
            read_claims(wrong, file="claims.csv")


def test_a_book_of_the_earlier_form_is_read_and_knows_no_kinds():
    path = ROOT / "tests" / "data" / "practice" / "outputs" / "2023" / "claims.csv"
    book = read_claims(path.read_bytes(), file="claims.csv")
    assert ({one.kind for one in book}, book.typed, book["survey-kolsankor"].k) == ({""}, False, 2)


@pytest.mark.parametrize(
    ("value", "unit", "how", "text", "form"),
    [
        ("0.785714", "share", {}, "79\u00a0%", ("79", "%", 0, False)),
        ("0.0231", "share per year", {}, "2,3\u00a0%", ("2,3", "%", 1, False)),
        ("3.2236", "t CO2e per capita", {}, "3,2\u00a0ton", ("3,2", "ton", 1, False)),
        ("0.2", "t CO2e per capita", {"decimals": 2, "plus": True}, "+0,20\u00a0ton",
         ("+0,20", "ton", 2, True)),
        ("-0.02", "share change", {"plus": True}, "−2\u00a0procentenheter",
         ("−2", "procentenheter", 0, False)),
        ("0.01", "share change", {}, "1\u00a0procentenhet", ("1", "procentenhet", 0, False)),
        ("1234", "members", {}, "1\u00a0234", ("1\u00a0234", "", 0, False)),
        ("2050", "year", {"text": "2050"}, "2050", ("2050", "", 0, False)),
        ("52", "inlägg", {"text": "52–156"}, "52–156", None),
        ("3", "members", {"text": "tre"}, "tre", None),
    ],
)  # fmt: skip
def test_a_value_is_printed_as_its_unit_is_and_the_claim_knows_how(value, unit, how, text, form):
    printed = new_claim("a", "level", Decimal(value), unit, "Mått", year=2023, source="x", **how)
    assert (printed.text, library.printed_form(printed)) == (text, form)


# ---- the integer gate --------------------------------------------------------------------------
PUBLISHED = [79, 55, 93, 62, 38, 90, 83, 57, 64, 81]
SHARES = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("typed", "n", "problem"),
    [
        (80, 42, "80 % is no share of 42; the nearest are 33 of 42 = 79 % and 34 of 42 = 81 %"),
        (50, 200, "50 % of 200 may be 99 of 200, 100 of 200; give the number of answers"),
        (Decimal("33.4"), 3, "33.4 % is no share of 3; the nearest are 1 of 3 = 33.3 % and 2 of 3 = 66.7 %"),
    ],
)
def test_what_no_survey_can_give_is_refused_and_a_typed_in_share_with_its_nearest(typed, n, problem):
    for k, of in ((-1, 42), (43, 42), (0, 0)):
        with pytest.raises(ClaimError, match="is no share"):
            share(k, of)
    assert library.require_count(79, 42) == 33
    with pytest.raises(ClaimError, match=problem):
        library.require_count(typed, n)


@given(SHARES, st.integers(0, 2))
def test_every_real_share_passes_its_own_gate(pair, decimals):
    k, n = pair
    printed = library.rounded_percent(k, n, decimals)
    assert f"{printed}\u00a0%".replace(".", ",") == percent(share(k, n), decimals)
    alike = [j for j in range(n + 1) if library.rounded_percent(j, n, decimals) == printed]
    assert [*library.counts_that_give(printed, n)] == alike


def test_the_published_shares_betray_42_respondents_and_several_fits_and_none_are_said():
    assert library.infer_n(PUBLISHED, at_most=51) == [42]
    answer, why, miss = library.explain_n(PUBLISHED, at_most=51)
    assert answer == "42"
    only = "42 is the only number of respondents up to 51 that gives all of them"
    assert why.startswith(f"{only}: 79 % = 33 of 42, 55 %")
    assert miss == "the nearest miss is 47, which cannot give 93 %, 90 %"

    assert library.explain_n([50], at_most=6) == [
        "3 numbers of respondents fit: 2, 4, 6",
        "more percentages, or a smaller --at-most, would tell them apart",
    ]
    assert library.explain_n([50, 33], at_most=5) == [
        "no n up to 5 gives all of them",
        "the nearest miss is 4, which cannot give 33 %",
    ]
    assert library.explain_n([79, 55], at_most=1_000)[0].endswith(" more")


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n), min_size=1))))
def test_the_true_n_is_always_among_the_answers(drawn):
    n, ks = drawn
    assert n in library.infer_n([library.rounded_percent(k, n) for k in ks], at_most=60)


# ---- two books ---------------------------------------------------------------------------------
BEFORE = ClaimBook([count("level", Decimal("3.22"), "3,2 ton"), count("gone", 1), count("same", 2)])
AFTER = ClaimBook(
    [count("level", Decimal("3.31"), "3,3 ton"), count("new", 5), count("same", Decimal("2.004"), "2")]
)
REPORT = """# Klimatläget

Nivån är [3,2 ton]{.claim claim="level"} i år. Vi är [två]{.claim claim="same"} och
[2]{.claim claim="same"}.

- [1]{.claim claim="gone"} borta

| [3,2 ton]{.claim claim="level"} | i en tabell |
"""


def test_claims_that_moved_appeared_and_vanished_are_listed_and_a_change_too_small_to_print_is_none():
    changes = library.compare(BEFORE, AFTER)
    assert [*changes.lines()] == [
        "moved     level: 3,2 ton -> 3,3 ton",
        "appeared  new: 5",
        "vanished  gone: 1",
    ]
    assert [pair.before.id for pair in changes.altered] == ["level", "same"]


def test_the_sentences_that_print_another_number_are_named():
    assert library.broken_sentences(REPORT, AFTER) == [
        ("Nivån är 3,2 ton i år.", ("level",)),
        ("1 borta", ("gone",)),
    ]
    assert library.broken_sentences(REPORT, BEFORE) == []


THEN = count("goal-a", 52, kind="result")
PACE = replace(THEN, kind="pace", role="achieved", part="ten")  # its start moves along
NOW, LATER = {"year": 2024, "data_year": 2024, "value": exact(60)}, {"year": 2024, "data_year": 2024}


@pytest.mark.parametrize(
    ("then", "changes", "light"),
    [
        (THEN, {}, "yes"),
        (THEN, {"definition": "Other words"}, "yes"),
        (THEN, {"vintage": "2025"}, "caution"),  # a release revises the whole series
        (THEN, {"method": "mean_of_municipalities"}, "broken"),
        (THEN, {"kind": "share"}, "broken"),
        (replace(THEN, base_year=1990), {"base_year": 2005}, "broken"),
        (replace(PACE, base_year=2005), {"base_year": 2010}, "yes"),
        (replace(THEN, kind="", base_year=1990), {"kind": "change", "base_year": 2005}, "caution"),
        (THEN, {"unit": "percent"}, ""),
        (THEN, {"data_year": 2023}, ""),  # a revision of the same figure is no change
        (THEN, {"id": "goal-b"}, ""),
        (replace(THEN, role="split"), {}, ""),
        (replace(THEN, denominator="respondents"), {}, ""),
    ],
)
def test_a_claim_is_set_beside_the_year_before_as_far_as_they_can_be_compared(then, changes, light):
    claim = replace(then, **{**NOW, **changes})
    beside = library.with_previous(claim, ClaimBook([then], typed=bool(then.kind)))
    expected = (light, 2023, Decimal(52)) if light else ("", None, None)
    assert (beside.comparable, beside.previous_year, beside.previous_value) == expected


# ---- meaning lives in types --------------------------------------------------------------------
_STRING = {
    "startswith", "endswith", "removeprefix", "removesuffix", "split", "rsplit", "partition", "rpartition",
}  # fmt: skip
_PATTERN = {"match", "search", "fullmatch", "findall", "finditer", "sub", "split", "fnmatch", "fnmatchcase"}
_OTHERS = {  # have a text or an id too
    "self", "sentence", "quote", "q", "finding", "post", "problem", "part", "p", "example", "one",
}  # fmt: skip


def _words_of_a_claim(node):
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    if isinstance(node, ast.Name):
        return node.id == "claim_id"
    if not isinstance(node, ast.Attribute) or node.attr not in {"id", "definition", "text"}:
        return False
    base = node.value
    return (base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")) not in _OTHERS


def _reads_words(node):
    if isinstance(node, ast.Compare):
        inside = isinstance(node.ops[-1], ast.In | ast.NotIn) and _words_of_a_claim(node.comparators[-1])
        literal = any(
            isinstance(other, ast.Constant | ast.Tuple | ast.JoinedStr) for other in node.comparators
        )
        return inside or (literal and _words_of_a_claim(node.left))
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    of_words = isinstance(node.func, ast.Attribute) and _words_of_a_claim(node.func.value)
    pattern = name in _PATTERN and any(_words_of_a_claim(argument) for argument in node.args)
    return (name in _STRING and of_words) or pattern or name.startswith("fnmatch")


def test_no_code_reads_meaning_in_a_claims_id_definition_or_text():
    reading = {
        ast.unparse(node)
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _reads_words(node)
    }
    of_texts = (
        "statement.text",
        "token.text",
        "t.text",
        "each.text",
        "].text",
        "reason.text",
    )  # a sentence's words, or why it is refused, no claim's
    assert {each for each in reading if not any(text in each for text in of_texts)} == {
        "fnmatchcase(claim, pattern)",  # what a person types for `sign`
        r"re.fullmatch('[+−]?[\\d\\s]+(?:[.,](?P<decimals>\\d+))?\\D*', claim.text)",  # decimals printed
    }


def test_every_claim_of_a_report_is_told_apart_by_its_types(report_2023):
    book = read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv")
    typed = ("kind", "subject", "measure", "method", "base_year", "direction", "denominator", "role", "part")
    assert len({attrgetter(*typed, "data_year", "vintage")(one) for one in book}) == len(book)
