"""What moved between two books of claims, and which sentences no longer hold."""

from __future__ import annotations

from klimatlib.claims.claims import Claim, ClaimBook, broken_sentences, compare, exact


def claim(claim_id, value, text):
    return Claim(claim_id, 2023, exact(value), "t", text, "level", data_year=2020, definition="d", source="s")


BEFORE = ClaimBook([claim("level", 3.22, "3,2 ton"), claim("gone", 1, "1"), claim("same", 2, "2")])
AFTER = ClaimBook([claim("level", 3.31, "3,3 ton"), claim("new", 5, "5"), claim("same", 2.004, "2")])
REPORT = """# Klimatläget

Nivån är [3,2 ton]{.claim claim="level"} i år. Vi är [två]{.claim claim="same"} och
[2]{.claim claim="same"}.

- [1]{.claim claim="gone"} borta

| [3,2 ton]{.claim claim="level"} | i en tabell |
"""


def test_claims_that_moved_appeared_and_vanished_are_listed():
    assert [*compare(BEFORE, AFTER).lines()] == [
        "moved     level: 3,2 ton -> 3,3 ton",
        "appeared  new: 5",
        "vanished  gone: 1",
    ]


def test_a_change_too_small_to_be_printed_is_none():
    assert not [pair for pair in compare(BEFORE, AFTER).moved if pair.before.id == "same"]


def test_the_sentences_that_print_another_number_are_named():
    assert broken_sentences(REPORT, AFTER) == [("Nivån är 3,2 ton i år.", ("level",)), ("1 borta", ("gone",))]
    assert broken_sentences(REPORT, BEFORE) == []
