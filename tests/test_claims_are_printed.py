"""Every number that the report prints is a claim, and every claim can be traced and worked out again."""

from __future__ import annotations

import csv
import re
import shutil
from fractions import Fraction
from pathlib import Path

import pypandoc
import pytest
import yaml

from conftest import ROOT, edit
from klimatlib import swedish
from klimatlib.charts.blocks import MARKDOWN
from klimatlib.run import preview
from klimatlib.sources.inputs import Inputs

FACTS = (ROOT / "data" / "2023" / "facts.yml").read_text("utf-8")
# Names and titles that hold a digit: every text of the facts that has one, and a letter.
SCALARS = [event.value for event in yaml.parse(FACTS) if isinstance(event, yaml.ScalarEvent)]
TITLES = {fact for fact in SCALARS if re.search(r"\d", fact) and re.search(r"[^\W\d]", fact)}
NBSP = "\u00a0"
MONTH = "(?:januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december)"
NOT_A_CLAIM = [
    rf"(?<!\d)\d{{1,2}}(?:–\d{{1,2}})? {MONTH}",
    r"(?<!\d)(?<!\d,)(?:199\d|20[0-5]\d|2060)(?!\d|,\d)",  # a year
    r"\bmål [1-4]\b",  # a chapter
    r"\b(?:I|II|III|IV|V|VI)\.\d(?:\.\d)?|\b[Ss]kala [1-3]\b|\bAR[4-6]\b|\bunder 1000 m\b",  # of the GPC
    r"(?m)^ *[1-9]\. ",  # a list's own numbers
    r"\S+\.(?:svg|csv)\b",
    r"\bCC(?:0| BY 4\.0)\b",  # a licence
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


def test_the_survey_has_the_published_counts_and_bounds_where_all_silent_say_no_or_yes(
    claims: Claims,
) -> None:
    survey = [row for row in claims.values() if row["unit"] == "share" and row["id"].startswith("survey-")]
    counted = {(row["measure"], row["role"]): row for row in survey if row["role"] != "previous"}
    rate = counted.pop(("response", "main"))
    assert (rate["k"], rate["n"]) == ("42", "51")
    expected = {(name, "main"): (k, 42) for name, k in YES_OF_42.items()}
    expected |= {(name, "low"): (k, 42) for name, k in YES_OF_42.items()}
    expected |= {(name, "high"): (k + 51 - 42, 42) for name, k in YES_OF_42.items()}
    assert {key: (int(row["k"]), int(row["n"])) for key, row in counted.items()} == expected
    for row in (rate, *counted.values()):
        bound = row["kind"] == "bound"  # of all members, while n stays those that answered
        exact = Fraction(int(row["k"]), int(row["members" if bound else "n"]))
        assert ("svarande eller inte" in row["definition"]) == bound
        assert round(Fraction(row["value"]), 6) == round(exact, 6), row["id"]
        assert (row["text"], row["members"]) == (swedish.percent(exact), "51"), row["id"]


def test_the_emissions_are_the_reference_figures(claims: Claims) -> None:
    for claim_id, (expected, digits) in REFERENCE.items():
        row = claims[claim_id]
        assert round(float(row["value"]), digits) == expected, claim_id
        assert (row["data_year"], row["vintage"]) == ("2020", "2025"), claim_id


def test_every_number_has_n_where_there_is_one_and_a_definition_that_says_what_is_counted(
    claims: Claims, source: str
) -> None:
    made_of_several = (
        "ratio_of_sums",
        "mean_of_municipalities",
        "median",
        "lower_quartile",
        "upper_quartile",
    )
    lacking = [
        i for i, row in claims.items()
        if row["subject"] in ("members", "respondents") and not row["n"]
        and (row["method"] in made_of_several or (row["kind"] == "share" and row["role"] != "previous"))
    ]  # fmt: skip
    assert lacking == []
    assert [i for i, row in claims.items() if "uppgift från kansliet" in row["definition"].lower()] == []
    assert all("rätlinjigt" in row["definition"] for row in claims.values() if "quartile" in row["method"])
    assert "ett antagande" in claims["survey-members"]["definition"]
    captions = re.findall(r"(?m)^!\[([^\]]*)\]|^: (.*) \{#table-", source)
    credited = [figure or table for figure, table in captions]
    assert len(credited) > 15
    assert [caption for caption in credited if "Källa: " not in caption] == ["Källor."]
    of_emissions = [caption for caption in credited if "SMHI" in caption]
    assert len(of_emissions) > 10
    others = [c for c in of_emissions if "utgåva 2025" not in c and "och 2025" not in c]
    assert len(others) == 2  # the inventory by the GPC and its bridge, of the last release with subsectors
    assert all("utgåva 14 oktober 2021" in caption for caption in others)


def test_texts_split_series_and_tiles_follow_the_definition_of_the_parameters(
    tiny: Path, tiny_report: Path, source: str
) -> None:
    texts, definition = tiny / "data" / "tiny" / "texts", "mean_of_municipalities"
    for name in ("depth", "pace", "spread", "why"):  # the real texts, which say how the numbers are made
        shutil.copy(ROOT / "data" / "2023" / "texts" / f"emissions_{name}.md", texts)
    edit(tiny / "params" / "tiny.yml", "ratio_of_sums", definition)
    inputs = Inputs.open("params/tiny.yml")
    trial = preview._trial(inputs)
    preview.try_notebooks(trial)
    book, printed = preview._document(inputs, trial)
    rows = [row for row in csv.DictReader(book.to_csv().splitlines()) if row["subject"] == "members"]
    # Lund 2 t and Luleå 10 t per inhabitant in 2020: together 1 040 t for 200 are 5.2, the mean is 6 t.
    whole = [
        row for row in rows
        if (row["kind"], row["measure"], row["data_year"]) == ("level", "emissions", "2020")
        and row["role"] in ("main", "series", "release") + (("split",) if row["part"] == "now" else ())
    ]  # fmt: skip
    assert {(row["value"], row["method"]) for row in whole} == {("6", definition)}
    assert {row["role"] for row in whole} == {"main", "series", "split", "release"}
    sectors = [row for row in rows if row["role"] == "series" and row["measure"] != "emissions"]
    assert sum(Fraction(row["value"]) for row in sectors if row["data_year"] == "2020") == 6
    assert f'- [[6,0{NBSP}ton]{{.claim claim="emissions-members-level"}}]{{.value}}' in printed
    told = {
        "ratio_of_sums": ("samlade utsläpp delade med alla deras invånare", "de samlade utsläppen delade"),
        definition: ("medelvärdet av kommunernas egna nivåer", "ovägt medelvärde"),
    }
    other = (tiny_report / "outputs" / "tiny" / "report.qmd").read_text("utf-8")
    for text, own_words, own in ((printed, printed, definition), (other, source, "ratio_of_sums")):
        for method, (words, how) in told.items():
            assert [words in own_words, f"Nivån är {how}" in text] == [method == own] * 2
