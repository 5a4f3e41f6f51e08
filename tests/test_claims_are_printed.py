"""Every number that the report prints is a claim, and every claim can be traced and worked out again."""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path

import pypandoc
import pytest
import yaml

from conftest import ROOT
from klimatlib import swedish
from klimatlib.charts.blocks import MARKDOWN

FACTS = (ROOT / "data" / "2023" / "facts.yml").read_text("utf-8")
# Names and titles that hold a digit: every text of the facts that has one, and a letter.
SCALARS = [event.value for event in yaml.parse(FACTS) if isinstance(event, yaml.ScalarEvent)]
TITLES = {fact for fact in SCALARS if re.search(r"\d", fact) and re.search(r"[^\W\d]", fact)}
NBSP = "\u00a0"
SPAN = re.compile(r'\[([^\[\]]*)\]\{\.claim claim="([^"]*)"\}')
MONTH = "(?:januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december)"
NOT_A_CLAIM = [
    rf"(?<!\d)\d{{1,2}}(?:–\d{{1,2}})? {MONTH}",
    r"(?<!\d)(?<!\d,)(?:199\d|20[0-5]\d|2060)(?!\d|,\d)",  # a year
    r"\bmål [1-4]\b",  # a chapter
    r"(?m)^ *[1-9]\. ",  # a list's own numbers
    r"\S+\.(?:svg|csv)\b",
]
NUMBER = re.compile(rf"[−-]?\d{{1,3}}(?:{NBSP}\d{{3}}|\d)*(?:,\d+)?(?:–\d+)?(?:{NBSP}(?:%|ton|procent))?")
# Worked out in METHOD.md for 40 municipalities, data year 2020, vintage 2025.
REFERENCE = {
    "emissions-members-level": (3.224, 3),
    "emissions-members-reduction": (0.5191, 4),
    "emissions-members-reduction-mean": (0.5335, 4),
    "emissions-members-reduction-total": (0.353, 3),
    "emissions-nation-level": (4.427, 3),
    "emissions-nation-reduction": (0.4672, 4),
}
YES_OF_42 = {
    "klimatneutralt-beslut": 33, "samordnad-varudistribution": 23, "kapitalforvaltning": 23, "kolsankor": 39,
    "biokol": 23, "delningsekonomi": 26, "energilagring": 16, "fossilfria-arbetsmaskiner": 38,
    "bygg-och-renovering": 35, "cirkulart-byggande": 24, "naringslivssamarbete": 27, "skolor": 34,
    "parkeringsyta": 23, "livsmedel": 38,
}  # fmt: skip

Claims = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def claims(report_2023: Path) -> Claims:
    with (report_2023 / "claims.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def source(report_2023: Path) -> str:
    return (report_2023 / "report.qmd").read_text("utf-8")


@pytest.fixture(scope="module")
def text(source: str) -> str:
    """The report as a reader meets it: without markup, but with what a screen reader says of the charts."""
    plain = pypandoc.convert_text(
        source, "plain", format=MARKDOWN, extra_args=["--columns=10000", "--wrap=none"]
    )
    spoken = re.findall(r'\b(?:alt|title)="([^"]*)"', source)
    assert spoken
    return "\n".join([plain, *spoken])


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text, without dates, years, and the names and titles that hold a digit."""
    for title in sorted(TITLES, key=len, reverse=True):
        text = text.replace(title, " ")
    for pattern in NOT_A_CLAIM:
        text = re.sub(pattern, " ", text)
    return NUMBER.findall(text)


def printable(claims: Claims) -> set[str]:
    """Return everything that a claim lets the report print."""
    columns, rows = ("k", "n", "members", "data_year", "text"), claims.values()
    before = {swedish.percent(Fraction(row["previous_value"])) for row in rows if row["previous_value"]}
    return before | {row[column].removeprefix("minst ") for row in rows for column in columns}


def unbound(text: str, claims: Claims) -> list[str]:
    return [number for number in numbers_in(text) if number not in printable(claims)]


def wrong_spans(source: str, claims: Claims) -> list[str]:
    """Return the printed claims that are not in the claim book, or say something else than it does."""
    wrong = []
    for shown, claim_id in SPAN.findall(source):
        row = claims.get(claim_id, {"text": "", "value": "nan"})
        whole = row["value"].isdigit()
        words = {swedish.in_words(int(row["value"]), form) for form in ("en", "ett")} if whole else set()
        if shown != row["text"] and shown.lower() not in words:
            wrong.append(f"{claim_id}: {shown!r}, in claims.csv {row['text']!r}")
    return wrong


def test_every_printed_number_is_a_claim(text: str, claims: Claims) -> None:
    assert len(numbers_in(text)) > 200
    assert not unbound(text, claims)


INVENTED = [
    f"77{NBSP}%", f"9,9{NBSP}ton", f"6{NBSP}701", "30 av 41,5", f"−53{NBSP}%", "1–4", "1989", "999", "ca 14,5"
]  # fmt: skip


@pytest.mark.parametrize("invented", INVENTED)
def test_an_invented_number_is_found_to_be_no_claim(claims: Claims, invented: str) -> None:
    assert unbound(f"Det var {invented} i år.", claims)


def test_dates_years_and_titles_are_no_numbers_of_ours() -> None:
    told = "Den 27–28 april 2023 sa 2030-sekretariatet: läs om Miljözon klass 3 lastbilar under mål 2."
    assert numbers_in(told) == []
    ours = [f"6{NBSP}700", "52–156", f"−52{NBSP}%", f"3,2{NBSP}ton"]
    assert numbers_in("{} av {}, {} och {}.".format(*ours)) == ours


def test_every_bound_number_says_what_its_claim_says(source: str, claims: Claims) -> None:
    assert len(SPAN.findall(source)) == source.count(".claim ") > 150
    assert not wrong_spans(source, claims)

    for wrong in ('[52]{.claim claim="members-count"}', '[51]{.claim claim="members-counted"}'):
        assert wrong_spans(wrong, claims)


def test_every_claim_says_what_it_is_and_leads_to_the_cell_that_prints_it(
    source: str, claims: Claims
) -> None:
    columns = ("definition", "source", "data_year", "text", "value", "unit")
    assert not [(i, column) for i, row in claims.items() for column in columns if not row[column].strip()]
    printed = {claim_id for _, claim_id in SPAN.findall(source)}
    assert not [i for i in sorted(printed) if not (claims[i]["notebook"] and claims[i]["cell"])]


def test_the_survey_has_the_published_counts_and_bounds_where_all_silent_say_no_or_yes(
    claims: Claims,
) -> None:
    survey = [row for row in claims.values() if row["unit"] == "share" and row["id"].startswith("survey-")]
    counted = {(row["measure"], row["role"]): row for row in survey if row["role"] != "previous"}
    rate = counted.pop(("response", "main"))
    assert (rate["k"], rate["n"]) == ("42", "51")
    expected = {(name, "main"): (k, 42) for name, k in YES_OF_42.items()}
    expected |= {(name, "low"): (k, 51) for name, k in YES_OF_42.items()}
    expected |= {(name, "high"): (k + 51 - 42, 51) for name, k in YES_OF_42.items()}
    assert {key: (int(row["k"]), int(row["n"])) for key, row in counted.items()} == expected
    for row in (rate, *counted.values()):
        exact = Fraction(int(row["k"]), int(row["n"]))
        assert round(Fraction(row["value"]), 6) == round(exact, 6), row["id"]
        assert (row["text"], row["members"]) == (swedish.percent(exact), "51"), row["id"]


def test_the_emissions_are_the_reference_figures(claims: Claims) -> None:
    for claim_id, (expected, digits) in REFERENCE.items():
        row = claims[claim_id]
        assert round(float(row["value"]), digits) == expected, claim_id
        assert (row["data_year"], row["vintage"]) == ("2020", "2025"), claim_id
