"""Numbers, dates and lists as Swedish text."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib import swedish


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (3.224, 1, "3,2"),
        (-52, 0, "−52"),
        (6700, 0, "6\u00a0700"),
        (1234567.5, 1, "1\u00a0234\u00a0567,5"),
        (-0.04, 1, "0,0"),
        (Fraction(1, 8) * 100, 0, "13"),
        (Decimal("0.5"), 0, "1"),
        (2.675, 2, "2,67"),  # the float lies below the half: its exact value decides
    ],
)
def test_numbers_have_decimal_comma_true_minus_and_halves_away_from_zero(value, decimals, expected):
    assert swedish.number(value, decimals) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_never_printed(value):
    with pytest.raises(ValueError, match="cannot print"):
        swedish.number(value)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_is_rounded_half_up_on_the_exact_fraction(pair):
    k, n = pair
    assert swedish.percent(Fraction(k, n)) == f"{(200 * k + n) // (2 * n)}\u00a0%"


def test_ranges_have_an_en_dash_and_say_so_without_an_end():
    assert swedish.number_range(52, 156) == "52–156"
    assert swedish.number_range(4, None) == "minst 4"
    assert swedish.number_range(None, 4) == "högst 4"


def test_dates_and_spans_read_as_in_a_sentence():
    assert swedish.date("2023-12-17") == "17 december"
    assert swedish.date("2023-12-17", year=True) == "17 december 2023"
    assert swedish.date_range("2023-04-27", "2023-04-28") == "27–28 april"
    assert swedish.date_range("2023-12-30", "2024-01-02") == "30 december–2 januari"
    assert swedish.month("2023-06") == "juni"


def test_lists_and_words_follow_swedish_usage():
    assert swedish.listing([]) == ""
    assert swedish.listing(["el"]) == "el"
    assert swedish.listing(["el", "gas", "ved"], "eller") == "el, gas eller ved"
    assert [swedish.in_words(n) for n in (0, 1, 2, 12, 13)] == ["noll", "en", "två", "tolv", "13"]
    assert swedish.in_words(1, "ett") == "ett"
