"""Numbers, dates and lists as Swedish text."""

from __future__ import annotations

import doctest
import importlib
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.swedish import date_range, in_words, listing, number, percent


@pytest.mark.parametrize(("printed", "expected"), [
    (number(-52), "−52"),
    (number(6700), "6\u00a0700"),
    (number(-0.04, 1), "0,0"),
    (number(Decimal("0.5")), "1"),
    (number(2.675, 2), "2,67"),  # the float lies below the half: its exact value decides
    (date_range("2023-12-30", "2024-01-02"), "30 december–2 januari"),
    (listing([]), ""),
    (listing(["el"]), "el"),
    (listing(["el", "gas", "ved"], "eller"), "el, gas eller ved"),
    ([in_words(n) for n in (0, 1, 12)], ["noll", "en", "tolv"]),
], ids=str)  # fmt: skip
def test_numbers_dates_and_lists_read_as_in_a_swedish_sentence(printed, expected):
    assert printed == expected


@pytest.mark.parametrize("module", ["swedish", "charts.blocks", "charts.charts", "indicators.emissions"])
def test_the_examples_of_the_library_hold(module):
    tried = doctest.testmod(importlib.import_module(f"klimatlib.{module}"))
    assert tried.attempted > 0
    assert tried.failed == 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_never_printed(value):
    with pytest.raises(ValueError, match="cannot print"):
        number(value)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_is_rounded_half_up_on_the_exact_fraction(pair):
    k, n = pair
    assert percent(Fraction(k, n)) == f"{(200 * k + n) // (2 * n)}\u00a0%"
