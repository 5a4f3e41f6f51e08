"""The claim book and the integer gate."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from klimatlib.claims.claims import Claim, ClaimBook, exact, merged, read_claims
from klimatlib.errors import ClaimError, InputError


def claim(**changes):
    told = {
        "id": "survey-a",
        "year": 2023,
        "value": exact(Fraction(33, 42)),
        "unit": "share",
        "text": "79 %",
        "kind": "share",
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
        [
            claim(),
            claim(id="a", value=Decimal(-3), unit="t", previous_year=2022, previous_value=Decimal("0.44")),
        ]
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


def test_a_share_that_is_not_its_k_of_n_cannot_be_claimed():
    with pytest.raises(ClaimError, match=r"survey-a: 0\.8 is not 33 of 42, which is 0\.785714"):
        claim(value=Decimal("0.8"))
