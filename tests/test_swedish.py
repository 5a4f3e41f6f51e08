"""Numbers, dates and lists as Swedish text."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.swedish import date, date_range, in_words, listing, month, number, number_range, percent


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (number(3.224, 1), "3,2"),
        (number(-52), "−52"),
        (number(6700), "6\u00a0700"),
        (number(1234567.5, 1), "1\u00a0234\u00a0567,5"),
        (number(-0.04, 1), "0,0"),
        (number(Fraction(1, 8) * 100), "13"),
        (number(Decimal("0.5")), "1"),
        (number(2.675, 2), "2,67"),  # the float lies below the half: its exact value decides
        (number_range(52, 156), "52–156"),
        (number_range(4, None), "minst 4"),
        (date("2023-12-17"), "17 december"),
        (date("2023-12-17", year=True), "17 december 2023"),
        (date_range("2023-04-27", "2023-04-28"), "27–28 april"),
        (date_range("2023-12-30", "2024-01-02"), "30 december–2 januari"),
        (month("2023-06"), "juni"),
        (listing([]), ""),
        (listing(["el"]), "el"),
        (listing(["el", "gas", "ved"], "eller"), "el, gas eller ved"),
        ([in_words(n) for n in (0, 1, 2, 12, 13)], ["noll", "en", "två", "tolv", "13"]),
        (in_words(1, "ett"), "ett"),
    ],
    ids=str,
)
def test_numbers_dates_and_lists_read_as_in_a_swedish_sentence(printed, expected):
    assert printed == expected


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_never_printed(value):
    with pytest.raises(ValueError, match="cannot print"):
        number(value)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_is_rounded_half_up_on_the_exact_fraction(pair):
    k, n = pair
    assert percent(Fraction(k, n)) == f"{(200 * k + n) // (2 * n)}\u00a0%"
