"""Pace and spread: numbers that can be worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Targets
from klimatlib.indicators import emissions
from klimatlib.indicators.emissions import Basis
from raw_files import SECTORS

NBSP = "\u00a0"
# A and B have 100 inhabitants each in all years, the nation 1 000.
LEVELS = {
    "0001": {1990: 10, 2010: 6, 2018: 4, 2020: 2},
    "0002": {1990: 6, 2010: 6, 2018: 4, 2020: 6},
    "0000": {1990: 10, 2010: 8, 2018: 6, 2020: 5},
}
ROWS = [(c, y, v, 1000 if c == "0000" else 100) for c, ys in LEVELS.items() for y, v in ys.items()]
FRAME = pd.DataFrame(ROWS, columns=["municipality_code", "year", "level", "population"])
EMISSIONS = FRAME.assign(sector="Alla", emissions_t=FRAME["level"] * FRAME["population"])
PARAMS = SimpleNamespace(
    year=2023, emissions_year=2020, base_year=1990, emissions_vintage="2025", definition="ratio_of_sums"
)
TARGETS = Targets(
    source="Riksdagen", targets=[{"year": 2020, "percent_below": 25}, {"year": 2022, "percent_below": 87}]
)
PEOPLE = FRAME[["municipality_code", "year", "population"]]
BASIS = Basis(EMISSIONS, PEOPLE, ["0001", "0002"], PARAMS, "SMHI", SECTORS, targets=TARGETS)
NAMES = {"0001": "Alby", "0002": "Berga"}


def test_a_yearly_fall_is_the_constant_percentage_between_two_levels():
    assert emissions.yearly_fall(8, 2, 2) == 0.5
    assert emissions.yearly_fall(4, 4, 7) == 0
    assert emissions.yearly_fall(1, 2, 1) == -1
    with pytest.raises(ValueError, match="no yearly pace"):
        emissions.yearly_fall(0, 1, 1)


@given(st.floats(0.1, 100), st.floats(0.01, 100), st.integers(1, 60))
def test_the_yearly_fall_leads_from_start_to_end(start, end, years):
    assert start * (1 - emissions.yearly_fall(start, end, years)) ** years == pytest.approx(end)


def test_nothing_is_required_where_the_target_is_reached():
    assert emissions.required_fall(3, 8, share=Fraction(1, 2), years=10) == 0
    assert emissions.required_fall(4, 8, share=Fraction(3, 4), years=1) == 0.5


def book():
    return ClaimBook(
        [
            *emissions.pace_claims(BASIS),
            *emissions.spread_claims(BASIS, NAMES),
            *emissions.sensitivity_claims(BASIS, NAMES),
        ]
    )


def test_the_pace_is_told_with_the_years_it_was_reckoned_over():
    found = book()
    # Members 8, 6, 4, 4; the target of 2022 is 13 % of 8 = 1.04: from 4 in two years, 1 - sqrt(0.26) a year
    assert found["pace-members-required-2022"].text == f"49,0{NBSP}%"
    assert found["pace-members-target-2022"].text == f"1,0{NBSP}ton"
    # (4/8) ** (1/30) = 0.97716; (4/6) ** (1/10) = 0.96026
    assert found["pace-members-achieved-base"].text == f"2,3{NBSP}%"
    assert found["pace-members-achieved-ten"].text == f"4,0{NBSP}%"
    assert "2010–2020" in found["pace-members-achieved-five"].definition


def test_a_target_of_the_past_is_left_out():
    found = book()
    assert "pace-target-2020" not in found
    assert [row["year"] for row in emissions.pace_view(found)] == [2022]
    assert emissions.pace_rows(BASIS, found)[-1][0].startswith("Krävs 2020–2022")


def test_the_comparison_is_never_called_a_goal():
    assert all("inte som mål" in c.definition for c in book() if "target" in c.id or "required" in c.id)
    assert "måle" not in emissions.pace_sentence(book())


def test_quarters_lie_on_the_straight_line_between_two_values():
    assert [emissions.quantile([8, 1, 4, 2], q / 4) for q in range(5)] == [1, 1.75, 3, 5, 8]
    assert emissions.quantile([7], 0.75) == 7


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_quarters_never_fall_and_end_in_the_lowest_and_the_highest(numbers):
    found = [emissions.quantile(numbers, q / 4) for q in range(5)]
    assert found == pytest.approx(sorted(found))
    assert (found[0], found[-1]) == (min(numbers), max(numbers))


def test_the_spread_names_the_ends_and_counts_those_below_the_nation():
    found = book()
    # A 2, B 6, nation 5; reductions 80 % and 0 %
    assert [found[f"spread-level-{i}"].value for i in ("min", "q1", "median", "q3", "max")] == [2, 3, 4, 5, 6]
    assert (found["spread-below-nation"].text, found["spread-below-nation-share"].text) == ("1", f"50{NBSP}%")
    view = emissions.spread_view(found, NAMES)
    assert view["level"]["low"] == {"name": "Alby", "claim": "spread-level-0001"}
    assert view["reduction"]["low"] == {"name": "Berga", "claim": "spread-reduction-0002"}


def test_each_member_is_left_out_once():
    found = book()
    # With both 4, without A 6, without B 2
    assert [found[f"spread-without-{code}"].value for code in BASIS.codes] == [6, 2]
    assert [found[f"spread-effect-{code}"].text for code in BASIS.codes] == [
        f"−2,00{NBSP}ton",
        f"+2,00{NBSP}ton",
    ]
    assert [name for name, *_ in emissions.without_each(found, NAMES)] == ["Alby", "Berga"]


def test_a_single_member_cannot_be_left_out():
    alone = Basis(BASIS.emissions, BASIS.population, ["0001"], PARAMS, "SMHI", SECTORS)
    assert [claim.id for claim in emissions.sensitivity_claims(alone, NAMES)] == ["spread-level-all"]
