"""Promises on numbers: possible, the same everywhere, added up rightly, counted once (F1 to F6)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.conftest import cases
from conftest import ROOT, TINY, copy_project
from klimatlib import swedish
from klimatlib.claims.claims import Claim, rounded_percent
from klimatlib.errors import InputError
from klimatlib.indicators import emissions
from klimatlib.indicators.association import shares
from klimatlib.indicators.decomposition import Edition, emissions_split, survey_split
from klimatlib.report.document import READERS
from klimatlib.run import build
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import answer_counts, survey_answers

PERCENT = re.compile(r"([−-]?\d+(?:[,–]\d+)*) (?:%|procent\b)")


def _percentages(text: str) -> list[str]:
    return PERCENT.findall(" ".join(text.split()))


def _cells(path: Path) -> Iterator[str]:
    rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    return (cell for row in rows for cell in row)


@pytest.mark.short
@pytest.mark.promise("F1")
def test_every_printed_percentage_is_possible_for_its_n(tries, report_2023, book):
    stated = {found for claim in book for found in _percentages(claim.text)}
    for claim in book:
        if claim.unit == "share" and claim.previous_value is not None:
            stated |= {*_percentages(swedish.percent(claim.previous_value))}
    stated |= {f"−{percent}" for percent in stated}  # a goal of 85 % less is drawn as −85 %
    texts = {kind: " ".join(read(report_2023 / f"report.{kind}")) for kind, read in READERS.items()}
    tables = sorted((report_2023 / "figures").glob("*.csv"))
    texts["csv"] = " | ".join(cell for path in tables for cell in _cells(path))
    for kind, text in texts.items():
        for percent in _percentages(text):
            tries("F1", "" if percent in stated else f"{kind}: {percent} % is no claim", printed_in=kind)
    for claim in book:
        if claim.unit == "share" and claim.k is not None and claim.n:
            whole = claim.members if claim.kind == "bound" else claim.n  # a bound is of all that were asked
            fits = claim.text == swedish.percent(Fraction(claim.k, whole))
            fits &= rounded_percent(claim.k, whole) == int(re.sub(r"\D", "", claim.text))
            told = not claim.members or f"n = {claim.n} av {claim.members} medlemmar" in claim.note
            problem = "" if fits and told else f"{claim.id}: {claim.text} of {claim.n}: {claim.note}"
            tries("F1", problem, printed_in="shares with k and n")


@pytest.mark.short
@pytest.mark.promise("F2")
def test_a_number_is_the_same_wherever_it_stands(tries, report_2023, book):
    words = {kind: read(report_2023 / f"report.{kind}") for kind, read in READERS.items()}
    numbers = {kind: [word for word in text if re.search(r"\d", word)] for kind, text in words.items()}
    for kind, found in numbers.items():
        problem = "" if found == numbers["html"] else f"{kind}: other numbers than html"
        tries("F2", problem, number=len(found), places=kind)
    for page in ("report.html", "review/index.html"):
        spans = BeautifulSoup((report_2023 / page).read_text(encoding="utf-8"), "html.parser")
        for span in spans.select(".claim[data-claim]"):
            identity, text = str(span["data-claim"]), span.get_text()
            right = identity in book and _says(text, book[identity])
            tries("F2", "" if right else f"{page}, {identity}: {text}", places=page)
    table = (report_2023 / "data" / "claims.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == len(book)
    for row in rows:
        right = row["text"] == book[row["id"]].text
        tries("F2", "" if right else f"data/claims.csv: {row['id']}", places="open data")


def _says(text: str, claim: Claim) -> bool:
    whole = claim.value == int(claim.value) and 0 <= claim.value < 13
    words = {swedish.in_words(int(claim.value), form) for form in ("en", "ett")} if whole else set()
    return text == claim.text or text.lower() in words


_ANSWERS = st.dictionaries(
    st.sampled_from([f"m{n}" for n in range(12)]), st.sampled_from(["yes", "no", "missing"])
)
_PLACES = tuple(f"000{n}" for n in range(6))
_AMOUNTS = st.tuples(st.integers(0, 10**10), st.integers(1, 10**6))
_LEVELS = st.tuples(*(st.tuples(_AMOUNTS, _AMOUNTS) for _ in _PLACES))
_MEMBERS = st.sets(st.sampled_from(_PLACES)).map(lambda some: sorted({*some, _PLACES[0]}))


@pytest.mark.promise("F3")
@pytest.mark.parametrize("count", cases([100, 2000], short=1))
def test_the_parts_of_a_change_add_up_exactly(tries, count):
    @settings(max_examples=count, derandomize=True, deadline=None, database=None)
    @given(_ANSWERS, _ANSWERS, _LEVELS, _MEMBERS, _MEMBERS)
    def add_up(before: Any, after: Any, levels: Any, then: list[str], later: list[str]) -> None:
        frames = [_answers({"yes": "yes", "no": "no", **said}) for said in (before, after)]
        rows = [(code, year, cents / 100, people) for code, both in zip(_PLACES, levels, strict=True)
                for year, (cents, people) in zip((2019, 2020), both, strict=True)]  # fmt: skip
        table = pd.DataFrame(rows, columns=["municipality_code", "year", "emissions_t", "population"])
        emitted = table[["municipality_code", "year", "emissions_t"]].assign(sector="Alla")
        people = table[["municipality_code", "year", "population"]]
        editions = Edition(then, 2019), Edition(later, 2020, emitted, people)
        for split in (survey_split(*frames, "q", years=(2022, 2023)), emissions_split(*editions)):
            parts = [part.value for part in split.parts if part.value is not None]
            wrong = bool(parts) and sum(parts, Fraction()) != split.change
            tries("F3", f"parts {parts}, change {split.change}" if wrong else "")

    add_up()


def _answers(said: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"code": [*said], "question_id": "q", "counts_as": [*said.values()]})


@pytest.mark.promise("F4")
@pytest.mark.parametrize("seed", cases(range(4, 9), short=1))
def test_each_share_moves_by_the_exact_fraction_when_a_respondent_is_taken_away(tries, seed):
    inputs = Inputs.open("params/demo.yml", start=ROOT)
    answers, questions = survey_answers(inputs), sources.questions(inputs)
    members, random = inputs.project.params.survey_members, Random(seed)
    whole = _shares(answers, questions, members)
    for gone in random.sample(sorted(set(answers["code"])), 20):
        said = answers[answers["code"] == gone].set_index("question_id")["counts_as"]
        fewer = _shares(answers[answers["code"] != gone], questions, members)
        for question, (k, n, missing, share) in whole.items():
            yes, unsaid = said[question] == "yes", said[question] == "missing"
            expected = (k - yes, n - (not unsaid), missing - unsaid, Fraction(k - yes, n - (not unsaid)))
            stated = share == Fraction(k, n) and n + missing == answers["code"].nunique() <= members
            right = fewer[question] == expected and stated
            tries("F4", "" if right else f"{question} without {gone}: {fewer[question]}, expected {expected}")


def _shares(answers: pd.DataFrame, questions: Any, members: int) -> dict[str, tuple[int, int, int, Fraction]]:
    table = shares(answer_counts(answers, questions), questions, members=members)
    columns = zip(*(table[name] for name in ("question_id", "k", "n", "missing", "share")), strict=True)
    return {question: (int(k), int(n), int(missing), share) for question, k, n, missing, share in columns}


@pytest.mark.promise("F6")
@pytest.mark.parametrize("count", cases([5, 35], short=1))
def test_every_number_that_a_new_release_moves_is_listed_and_no_other(tries, tmp_path, count):
    root, random = copy_project(tmp_path / "värld", tiny=True), Random(count)
    frame = pd.read_csv(TINY / "data" / "statistics" / "emissions_tiny.csv", dtype=str)
    for _ in range(count):
        groups = frame.groupby(["municipality_code", "year"])["emissions_t"]
        older = groups.transform(lambda t: (t.astype(float) * (1 + random.uniform(-0.05, 0.05))).round(3))
        path = root / "data" / "statistics" / "emissions_older.csv"
        frame.assign(emissions_t=older.astype(str)).to_csv(path, index=False)
        inputs = Inputs.open("params/tiny.yml", start=root)
        with suppress(InputError):  # at the end: no report is published here whose sentences could be tried
            listed = set[str]()
            listed.update(build.compare_releases(inputs, "older", "tiny"))
        expected = set(_moves(inputs))
        wrong = expected ^ {line for line in listed if line.startswith("moved")}
        tries("F6", "; ".join(sorted(wrong)), number=len(expected))


def _moves(inputs: Inputs) -> Iterator[str]:
    """Work the headlines out in either release, and say which are printed otherwise."""
    books = []
    codes = sorted(c for c in sources.members(inputs).query("status == 'member'")["code"] if len(c) == 4)
    for release in ("older", "tiny"):
        params = inputs.project.params.model_copy(update={"emissions_vintage": release})
        tables = sources.emissions(inputs, release), sources.population(inputs)
        basis = emissions.Basis(*tables, codes, params, "SMHI; SCB", sources.sectors(inputs))
        books.append({claim.id: claim for claim in emissions.claims(basis)})
    for identity, claim in books[0].items():
        if claim.text != books[1][identity].text:
            yield f"moved     {identity}: {claim.text} -> {books[1][identity].text}"
