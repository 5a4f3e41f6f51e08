"""Emissions, survey, goals and members: numbers that can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.claims.claims import ClaimBook
from klimatlib.errors import ClaimError, InputError
from klimatlib.indicators import association as backtest
from klimatlib.indicators import association as goals
from klimatlib.indicators import association as members
from klimatlib.indicators import association as survey
from klimatlib.indicators import emissions
from klimatlib.sources import inputs as sources

# 1990: A 400 t / 100 inh. = 4, B 1 200 / 100 = 12. 2020: A 240 / 120 = 2, B 800 / 80 = 10.
TABLE = pd.DataFrame(
    {
        "municipality_code": ["1281", "2580"] * 2,
        "year": [1990, 1990, 2020, 2020],
        "emissions_t": [400.0, 1200.0, 240.0, 800.0],
        "population": [100, 100, 120, 80],
    }
)
BOTH = ["1281", "2580"]


def test_ratio_of_sums_weighs_by_inhabitants():
    assert emissions.level(TABLE, BOTH, year=1990) == 8
    assert emissions.level(TABLE, BOTH, year=2020) == 5.2
    assert emissions.reduction(TABLE, BOTH, year=2020, base_year=1990) == pytest.approx(1 - 5.2 / 8)


def test_mean_of_municipalities_weighs_them_alike():
    mean = "mean_of_municipalities"
    assert emissions.level(TABLE, BOTH, year=2020, definition=mean) == 6
    # A falls by 1/2, B by 1/6: the mean is 1/3
    cut = emissions.reduction(TABLE, BOTH, year=2020, base_year=1990, definition=mean)
    assert cut == pytest.approx(1 / 3)


def test_the_total_falls_less_where_people_have_moved_in():
    assert emissions.total_reduction(TABLE, BOTH, year=2020, base_year=1990) == pytest.approx(1 - 1040 / 1600)


def test_a_municipality_without_figures_is_named():
    with pytest.raises(ClaimError, match="no emissions or inhabitants for 0114 in 2020"):
        emissions.level(TABLE, [*BOTH, "0114"], year=2020)
    with pytest.raises(ClaimError, match="an empty set"):
        emissions.level(TABLE, [], year=2020)


def test_years_are_those_that_every_municipality_has():
    assert emissions.years(TABLE.iloc[:3], BOTH) == [1990]


def test_bounds_are_all_silent_members_say_no_and_say_yes():
    assert survey.bounds(33, 42, 51) == (Fraction(33, 51), Fraction(42, 51))


@given(st.integers(1, 60).flatmap(lambda m: st.tuples(st.integers(0, m), st.integers(0, m), st.just(m))))
def test_bounds_contain_the_share(drawn):
    k, more, asked = drawn
    n = max(1, min(asked, k + more))
    k = min(k, n)
    low, high = survey.bounds(k, n, asked)
    assert low <= Fraction(k, n) <= high
    assert (low == high) == (n == asked)


def test_a_share_is_compared_only_where_the_question_allows(tiny):
    questions = sources.questions(sources.Inputs.open("params/tiny.yml"))
    asked = questions["kolsankor"]
    assert survey.comparable(asked, 2022, exactly_known=True) == "yes"
    assert survey.comparable(asked, 2022, exactly_known=False) == "caution"
    assert survey.comparable(asked, 2021, exactly_known=True) == "broken"
    assert survey.comparable(asked, None, exactly_known=True) == ""


def test_goals_and_results_are_set_beside_each_other_on_the_same_period(tiny):
    table = goals.verdicts(sources.goals(sources.Inputs.open("params/tiny.yml"))).set_index("id")
    # 1-3 posts a week are 52-156 a year; 52 is just enough. 49 % is one short of 50.
    assert (table.loc["facebook-inlagg", "year_min"], table.loc["facebook-inlagg", "year_max"]) == (52, 156)
    assert [*table["verdict"]] == ["met", "missed", "none"]


@pytest.mark.parametrize(
    ("goal", "result", "unit", "verdict", "printed"),
    [
        (3, 2.5, "möten", "missed", "2,5"),
        (3, 2.999, "möten", "met", "3,00"),  # as printed
        (3, 3, "möten", "met", "3"),
        (3, 100, "följare", "other_unit", "100"),
    ],
)
def test_a_goal_is_judged_in_its_own_unit_and_as_it_is_printed(tiny, goal, result, unit, verdict, printed):
    table = sources.goals(sources.Inputs.open("params/tiny.yml"))[:1].assign(
        goal_min=float(goal),
        goal_max=pd.NA,
        goal_unit="möten",
        goal_per="",
        result=float(result),
        result_unit=unit,
    )
    table = goals.verdicts(table)
    texts = [claim.text for claim in goals.goal_claims(table, year=2023, source="x")]
    assert ([*table["verdict"]], texts) == ([verdict], ["minst 3", "minst 3", printed])


def test_members_at_year_end_are_previous_plus_joined_minus_left(tiny):
    opened = sources.Inputs.open("params/tiny.yml")
    register, facts = sources.members(opened), sources.facts(opened)
    told = {
        c.id: c.value
        for c in members.member_claims(
            facts, year=2023, previous=2, register=register, source="x", register_source="y"
        )
    }
    assert (told["members-count"], told["members-joined"], told["members-left"]) == (3, 1, 0)
    with pytest.raises(
        InputError, match=r"3 stated, but members_previous \+ joined - left is 9 \+ 1 - 0 = 10"
    ):
        members.member_claims(
            facts, year=2023, previous=9, register=register, source="x", register_source="y"
        )


def test_a_region_among_the_members_has_no_row_of_its_own(tiny):
    register = sources.members(sources.Inputs.open("params/tiny.yml"))
    assert members.municipality_codes(register) == BOTH
    assert members.listed(register) == 3


def test_what_was_published_stands_beside_what_is_recomputed(tiny):
    published = sources.published(sources.Inputs.open("params/tiny.yml"))
    found = backtest.backtest_claims(published, year=2023, data_year=2020, source="x")
    assert [(c.id, c.text) for c in found] == [("published-utslapp-niva-medlemmar", "5\u00a0ton")]


@pytest.mark.parametrize(
    ("recomputed", "reason", "told"),
    [
        ("5\u00a0ton", "Annan utgåva", "Ingen skillnad"),
        ("4,4\u00a0ton", "Annan utgåva", "Annan utgåva"),
        ("4,4\u00a0ton", None, "Skillnaden är inte förklarad"),
    ],
)
def test_the_back_test_tells_the_years_own_reason_and_no_difference_only_where_none_is_printed(
    tiny, recomputed, reason, told
):
    published = sources.published(sources.Inputs.open("params/tiny.yml")).assign(reason=reason)
    (before,) = backtest.backtest_claims(published, year=2023, data_year=2020, source="x")
    after = replace(before, id="level", role="main", text=recomputed)
    assert backtest.backtest_rows(ClaimBook([before, after]), published) == [
        ["Nivå, medlemmarna", before, after, told]
    ]
