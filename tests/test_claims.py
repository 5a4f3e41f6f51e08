"""The claim book and the integer gate."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.claims import Claim, ClaimBook, exact, merged, nearest_shares, read_claims, share
from klimatlib.errors import ClaimError, InputError


def claim(**changes):
    told = {
        "id": "survey-a",
        "year": 2023,
        "value": exact(Fraction(33, 42)),
        "unit": "share",
        "text": "79 %",
        "k": 33,
        "n": 42,
        "members": 51,
        "data_year": 2023,
        "definition": "Andel",
        "source": "Enkäten",
    }
    return Claim(**{**told, **changes})


@pytest.mark.parametrize("field", ["text", "definition", "source", "data_year"])
def test_a_claim_without_what_a_reader_needs_cannot_exist(field):
    with pytest.raises(ClaimError, match=f"survey-a: no {field}"):
        claim(**{field: None if field == "data_year" else ""})


def test_an_id_is_a_slug():
    with pytest.raises(ClaimError, match="small letters"):
        claim(id="Survey A")


def test_a_note_tells_definition_n_year_and_source():
    assert claim().note == "Andel. n = 42 av 51 medlemmar. Dataår 2023. Källa: Enkäten."


def test_a_number_has_one_value_wherever_it_is_told():
    book = ClaimBook([claim(notebook="10"), claim(notebook="50")])
    assert len(book) == 1
    with pytest.raises(ClaimError, match="recorded twice: '79 %' in 10, '80 %' in 50"):
        book.record(claim(text="80 %", notebook="50"))


def test_an_unknown_claim_is_an_error_not_a_blank():
    with pytest.raises(ClaimError, match="no claim 'survey-b'"):
        ClaimBook([claim()])["survey-b"]


def test_the_book_reads_back_as_it_was_written(tmp_path):
    book = ClaimBook(
        [claim(), claim(id="a", value=Decimal(-3), previous_year=2022, previous_value=Decimal("0.44"))]
    )
    book.write(tmp_path / "claims.csv")
    data = (tmp_path / "claims.csv").read_bytes()
    assert [*read_claims(data, file="claims.csv")] == [*book]
    assert [c.id for c in book] == ["a", "survey-a"]
    assert b"\r" not in data
    with pytest.raises(InputError, match="not a claims file"):
        read_claims(b"a,b\n1,2\n", file="claims.csv")


def test_chapters_merge_to_one_book():
    assert len(merged({"b": ClaimBook([claim()]), "a": ClaimBook([claim(), claim(id="x")])})) == 2


@pytest.mark.parametrize(("k", "n"), [(-1, 42), (43, 42), (0, 0)])
def test_what_no_survey_can_give_is_no_share(k, n):
    with pytest.raises(ClaimError, match="is no share"):
        share(k, n)


def test_eighty_per_cent_of_42_lies_between_33_and_34():
    assert nearest_shares(79, 42) == [33]
    assert nearest_shares(80, 42) == [33, 34]


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_every_real_share_passes_its_own_gate(pair):
    k, n = pair
    percent = (200 * k + n) // (2 * n)
    assert k in nearest_shares(percent, n)
