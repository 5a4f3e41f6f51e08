"""Every number that the report prints is a claim, and every claim can be traced and worked out again."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pypandoc
import pytest
import yaml

from klimatlib import swedish
from klimatlib.charts.blocks import MARKDOWN

FACTS = yaml.safe_load((Path(__file__).parent.parent / "data" / "2023" / "facts.yml").read_text("utf-8"))
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
    "klimatneutralt-beslut": 33,
    "samordnad-varudistribution": 23,
    "kapitalforvaltning": 23,
    "kolsankor": 39,
    "biokol": 23,
    "delningsekonomi": 26,
    "energilagring": 16,
    "fossilfria-arbetsmaskiner": 38,
    "bygg-och-renovering": 35,
    "cirkulart-byggande": 24,
    "naringslivssamarbete": 27,
    "skolor": 34,
    "parkeringsyta": 23,
    "livsmedel": 38,
}

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
    command = [
        pypandoc.get_pandoc_path(),
        f"--from={MARKDOWN}",
        "--to=plain",
        "--columns=10000",
        "--wrap=none",
    ]
    plain = subprocess.run(command, input=source.encode(), capture_output=True, check=True).stdout.decode()
    spoken = re.findall(r'\b(?:alt|title)="([^"]*)"', source)
    assert spoken
    return "\n".join([plain, *spoken])


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict | list):
        for value in node.values() if isinstance(node, dict) else node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text, without dates, years, and the names and titles that hold a digit."""
    titles = {fact for fact in strings(FACTS) if re.search(r"\d", fact) and re.search(r"[^\W\d]", fact)}
    for title in sorted(titles, key=len, reverse=True):
        text = text.replace(title, " ")
    for pattern in NOT_A_CLAIM:
        text = re.sub(pattern, " ", text)
    return NUMBER.findall(text)


def printable(claims: Claims) -> set[str]:
    """Return everything that a claim lets the report print."""
    columns = ("k", "n", "members", "data_year", "text")
    told = {row[column].removeprefix("minst ") for row in claims.values() for column in columns}
    before = {
        swedish.percent(Fraction(row["previous_value"])) for row in claims.values() if row["previous_value"]
    }
    return told | before


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


@pytest.mark.parametrize(
    "invented",
    [
        f"77{NBSP}%",
        f"9,9{NBSP}ton",
        f"6{NBSP}701",
        "30 av 41,5",
        f"−53{NBSP}%",
        "1–4",
        "1989",
        "999",
        "ca 14,5",
    ],
)
def test_an_invented_number_is_found_to_be_no_claim(text: str, claims: Claims, invented: str) -> None:
    assert unbound(f"{text}\nDet var {invented} i år.", claims)


def test_dates_years_and_titles_are_no_numbers_of_ours() -> None:
    told = "Den 27–28 april 2023 sa 2030-sekretariatet: läs om Miljözon klass 3 lastbilar under mål 2."
    assert numbers_in(told) == []
    assert numbers_in(f"6{NBSP}700 av 52–156, −52{NBSP}% och 3,2{NBSP}ton.") == [
        f"6{NBSP}700",
        "52–156",
        f"−52{NBSP}%",
        f"3,2{NBSP}ton",
    ]


def test_every_bound_number_says_what_its_claim_says(source: str, claims: Claims) -> None:
    assert len(SPAN.findall(source)) == source.count(".claim ") > 150
    assert not wrong_spans(source, claims)


@pytest.mark.parametrize(
    "span", ['[52]{.claim claim="members-count"}', '[51]{.claim claim="members-counted"}']
)
def test_a_bound_number_that_differs_from_its_claim_is_found(claims: Claims, span: str) -> None:
    assert wrong_spans(span, claims)


def test_every_claim_has_a_definition_a_source_and_a_data_year(claims: Claims) -> None:
    empty = [
        f"{claim_id}: {column}"
        for claim_id, row in claims.items()
        for column in ("definition", "source", "data_year", "text", "value", "unit")
        if not row[column].strip()
    ]
    assert not empty


def test_every_printed_claim_leads_to_the_cell_that_prints_it(source: str, claims: Claims) -> None:
    printed = {claim_id for _, claim_id in SPAN.findall(source)}
    assert not [i for i in sorted(printed) if not (claims[i]["notebook"] and claims[i]["cell"])]


def shares(claims: Claims) -> Claims:
    survey = {claim_id: row for claim_id, row in claims.items() if claim_id.startswith("survey-")}
    return {i: row for i, row in survey.items() if row["unit"] == "share" and not i.endswith("-previous")}


def test_every_survey_share_is_a_whole_number_of_a_whole_number(claims: Claims) -> None:
    assert len(shares(claims)) == 14 * 3 + 1
    for claim_id, row in shares(claims).items():
        exact = Fraction(int(row["k"]), int(row["n"]))
        assert round(Fraction(row["value"]), 6) == round(exact, 6), claim_id
        assert row["text"] == swedish.percent(exact), claim_id


def test_the_bounds_are_that_all_who_are_silent_say_no_and_that_they_say_yes(claims: Claims) -> None:
    for name, k in YES_OF_42.items():
        low, high = (claims[f"survey-{name}-{end}"] for end in ("low", "high"))
        assert (low["k"], low["n"]) == (str(k), "51")
        assert (high["k"], high["n"]) == (str(k + 51 - 42), "51")


def test_the_survey_has_the_counts_that_give_the_published_shares(claims: Claims) -> None:
    names = [i for i in shares(claims) if not i.endswith(("-low", "-high", "-response"))]
    found = {i.removeprefix("survey-"): (claims[i]["k"], claims[i]["n"], claims[i]["members"]) for i in names}
    assert found == {name: (str(k), "42", "51") for name, k in YES_OF_42.items()}


@pytest.mark.parametrize(("claim_id", "expected", "digits"), [(i, *want) for i, want in REFERENCE.items()])
def test_the_emissions_are_the_reference_figures(
    claims: Claims, claim_id: str, expected: float, digits: int
) -> None:
    row = claims[claim_id]
    assert round(float(row["value"]), digits) == expected
    assert (row["data_year"], row["vintage"]) == ("2020", "2025")
