"""The integer gate: which percentages a survey can give, and which n a list of them betrays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.claims import claims as gate
from klimatlib.errors import ClaimError
from klimatlib.swedish import percent

PUBLISHED = [79, 55, 93, 62, 38, 90, 83, 57, 64, 81]
SHARES = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("k", "n"), [(-1, 42), (43, 42), (0, 0)])
def test_what_no_survey_can_give_is_no_share(k, n):
    with pytest.raises(ClaimError, match="is no share"):
        gate.share(k, n)


def test_a_typed_in_share_is_refused_with_its_nearest():
    assert gate.require_count(79, 42) == 33
    with pytest.raises(
        ClaimError, match="80 % is no share of 42; the nearest are 33 of 42 = 79 % and 34 of 42 = 81 %"
    ):
        gate.require_count(80, 42)
    with pytest.raises(
        ClaimError, match="50 % of 200 may be 99 of 200, 100 of 200; give the number of answers"
    ):
        gate.require_count(50, 200)


@given(SHARES)
def test_every_real_share_passes_its_own_gate(pair):
    k, n = pair
    assert k in gate.counts_that_give(gate.rounded_percent(k, n), n)
    assert f"{gate.rounded_percent(k, n)}\u00a0%" == percent(gate.share(k, n))


def test_the_published_shares_betray_42_respondents():
    assert gate.infer_n(PUBLISHED, at_most=51) == [42]
    answer, why, miss = gate.explain_n(PUBLISHED, at_most=51)
    assert answer == "42"
    assert why.startswith(
        "42 is the only number of respondents up to 51 that gives all of them: 79 % = 33 of 42, 55 %"
    )
    assert miss == "the nearest miss is 47, which cannot give 93 %, 90 %"


def test_several_fits_and_none_are_said():
    assert gate.explain_n([50], at_most=6) == [
        "3 numbers of respondents fit: 2, 4, 6",
        "more percentages, or a smaller --at-most, would tell them apart",
    ]
    assert gate.explain_n([50, 33], at_most=5) == [
        "no n up to 5 gives all of them",
        "the nearest miss is 4, which cannot give 33 %",
    ]


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n), min_size=1))))
def test_the_true_n_is_always_among_the_answers(drawn):
    n, ks = drawn
    assert n in gate.infer_n([int(gate.rounded_percent(k, n)) for k in ks], at_most=60)
