"""Every indicator on worlds so small that each number can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib import swedish
from klimatlib.claims.claims import ClaimBook, exact
from klimatlib.config import Question, Targets
from klimatlib.errors import ClaimError, InputError
from klimatlib.indicators import association, decomposition, emissions
from klimatlib.indicators.decomposition import UNKNOWN, WITHHELD, Edition, Panel, emissions_split, withheld
from klimatlib.sources import inputs as sources
from klimatlib.sources.tables import Places
from raw_files import SECTORS

NBSP = "\u00a0"


@pytest.fixture
def inputs(tiny):
    return sources.Inputs.open("params/tiny.yml")


def world(*rows):
    """Emissions and population from code, year, tonnes, inhabitants."""
    frame = pd.DataFrame(rows, columns=["municipality_code", "year", "emissions_t", "population"])
    emitted = frame[["municipality_code", "year", "emissions_t"]].assign(sector="Alla")
    return emitted, frame[["municipality_code", "year", "population"]]


# 1990: A 400 t / 100 inh. = 4, B 1 200 / 100 = 12. 2020: A 240 / 120 = 2, B 800 / 80 = 10.
OLD_AND_NEW = [("1281", 1990, 400, 100), ("2580", 1990, 1200, 100), ("1281", 2020, 240, 120)]
TABLE = emissions.totals(*world(*OLD_AND_NEW, ("2580", 2020, 800, 80)))
BOTH = ["1281", "2580"]


def test_levels_and_reductions_weigh_by_inhabitants_or_not_and_a_municipality_without_figures_is_named():
    span, mean = {"year": 2020, "base_year": 1990}, "mean_of_municipalities"
    assert [emissions.level(TABLE, BOTH, year=year) for year in (1990, 2020)] == [8, 5.2]
    assert emissions.reduction(TABLE, BOTH, **span) == pytest.approx(1 - 5.2 / 8)
    assert emissions.level(TABLE, BOTH, year=2020, definition=mean) == 6
    # A falls by 1/2, B by 1/6: the mean is 1/3
    assert emissions.reduction(TABLE, BOTH, **span, definition=mean) == pytest.approx(1 / 3)
    assert emissions.total_reduction(TABLE, BOTH, **span) == pytest.approx(1 - 1040 / 1600)
    with pytest.raises(ClaimError, match="no emissions or inhabitants for 0114 in 2020"):
        emissions.level(TABLE, [*BOTH, "0114"], year=2020)
    with pytest.raises(ClaimError, match="an empty set"):
        emissions.level(TABLE, [], year=2020)
    assert emissions.years(TABLE.iloc[:3], BOTH) == [1990]


# A, B and the nation have 100 inhabitants each in all years.
LEVELS = {
    "0001": {1990: 10, 2010: 6, 2018: 4, 2020: 2},
    "0002": {1990: 6, 2010: 6, 2018: 4, 2020: 6},
    "0000": {1990: 10, 2010: 8, 2018: 6, 2020: 5},
}
EMISSIONS, PEOPLE = world(*((c, y, 100 * v, 100) for c, ys in LEVELS.items() for y, v in ys.items()))
PARAMS = SimpleNamespace(
    year=2023, emissions_year=2020, base_year=1990, emissions_vintage="2025", definition="ratio_of_sums"
)
TARGETS = Targets(targets=[{"year": 2020, "percent_below": 25}, {"year": 2022, "percent_below": 87}])
BASIS = emissions.Basis(EMISSIONS, PEOPLE, ["0001", "0002"], PARAMS, "SMHI", SECTORS, targets=TARGETS)
NAMES = {"0001": "Alby", "0002": "Berga"}


@given(st.floats(0.1, 100), st.floats(0.01, 100), st.integers(1, 60))
def test_a_yearly_fall_is_the_constant_percentage_that_leads_from_start_to_end(start, end, years):
    assert start * (1 - emissions.yearly_fall(start, end, years)) ** years == pytest.approx(end)
    assert [emissions.yearly_fall(*span) for span in ((8, 2, 2), (4, 4, 7), (1, 2, 1))] == [0.5, 0, -1]
    with pytest.raises(ValueError, match="no yearly pace"):
        emissions.yearly_fall(0, 1, 1)


@pytest.fixture(scope="module")
def book():
    pace, spread = emissions.pace_claims(BASIS), emissions.spread_claims(BASIS, NAMES)
    return ClaimBook([*pace, *spread, *emissions.sensitivity_claims(BASIS, NAMES)])


def test_the_pace_is_stated_with_its_years_is_never_called_a_goal_and_a_past_target_is_left_out(book):
    # Members 8, 6, 4, 4; the target of 2022 is 13 % of 8 = 1.04: from 4 in two years, 1 - sqrt(0.26) a year
    assert book["pace-members-required-2022"].text == f"49,0{NBSP}%"
    assert book["pace-members-target-2022"].text == f"1,0{NBSP}ton"
    # (4/8) ** (1/30) = 0.97716; (4/6) ** (1/10) = 0.96026
    assert book["pace-members-achieved-base"].text == f"2,3{NBSP}%"
    assert book["pace-members-achieved-ten"].text == f"4,0{NBSP}%"
    assert "2010–2020" in book["pace-members-achieved-five"].definition
    assert "pace-target-2020" not in book
    (target,) = emissions.pace_view(book)
    assert (target["year"], target["enough"], target["enough_of_late"]) == (2022, False, False)
    assert emissions.pace_rows(BASIS, book)[-1][0].startswith("Krävs 2020–2022")
    compared = [*book.select(role="target"), *book.select(role="required")]
    assert len(compared) == 5
    assert all("inte som mål" in claim.definition for claim in compared)
    # Both the long pace and that of late are told, each with its years.
    assert emissions.pace_sentence(book) == (
        "Sedan 1990 har medlemmarnas utsläpp per invånare minskat "
        'med {{ claim("pace-members-achieved-base") }} per år, '
        'och 2010–2020 med {{ claim("pace-members-achieved-five") }} per år.'
    )


def test_paces_are_printed_with_the_decimals_that_show_whether_one_is_enough():
    # From 10 to 5.01 in 30 years is 2.278 % a year; from there to 2.5 in 30 years 2.291 %: both 2.3 %.
    emitted, _ = world(*((code, y, t, 100) for code in LEVELS for y, t in ((1990, 1000), (2020, 501))))
    targets = Targets(targets=[{"year": 2050, "percent_below": 75}, {"year": 2030, "percent_below": 40}])
    book = ClaimBook(emissions.pace_claims(replace(BASIS, emissions=emitted, targets=targets)))
    names = ("achieved-base", "required-2030", "required-2050")
    texts = [book[f"pace-members-{name}"].text for name in names]
    assert texts == [f"{percent}{NBSP}%" for percent in ("2,28", "0,00", "2,29")]
    assert [target["enough"] for target in emissions.pace_view(book)] == [True, False]


def test_the_spread_names_the_ends_counts_those_below_the_nation_and_leaves_each_member_out_once(book):
    # A 2, B 6, nation 5; reductions 80 % and 0 %
    assert [book[f"spread-level-{i}"].value for i in ("min", "q1", "median", "q3", "max")] == [2, 3, 4, 5, 6]
    assert (book["spread-below-nation"].text, book["spread-below-nation-share"].text) == ("1", f"50{NBSP}%")
    view = emissions.spread_view(book, NAMES, SECTORS)
    assert view["low"] == {"name": "Alby", "claim": "spread-level-0001"}
    # Who has reduced least is not handed to any text.
    assert view["most_reduced"] == {"name": "Alby", "claim": "spread-reduction-0001"}
    assert "spread-reduction-0002" not in str(view)
    assert {book[f"spread-{key}-q1"].n for key in ("level", "reduction")} == {2}
    assert "rätlinjigt mellan" in book["spread-level-q1"].definition
    # With both 4, without A 6, without B 2
    assert [book[f"spread-without-{code}"].value for code in BASIS.codes] == [6, 2]
    effects = [book[f"spread-effect-{code}"].text for code in BASIS.codes]
    assert effects == [f"−2,00{NBSP}ton", f"+2,00{NBSP}ton"]
    assert [name for name, *_ in emissions.without_each(book, NAMES)] == ["Alby", "Berga"]
    alone = replace(BASIS, codes=["0001"])
    assert [claim.id for claim in emissions.sensitivity_claims(alone, NAMES)] == ["spread-level-all"]


# A and B have 100 inhabitants each: transport falls from 2.04 to 1.0 t, industry from 1.5 to 0.5.
OF_SECTORS = {
    "Transporter": {1990: 204, 2020: 100},
    "Industri (energi + processer)": {1990: 150, 2020: 50},
    "Avfall (inkl.avlopp)": {1990: 10, 2020: 10},
}


def of_sectors(sectors, *, later=()):
    """A book of a world in which either municipality and the nation have these emissions in each sector."""
    sums = {year: sum(tonnes[year] for tonnes in sectors.values()) for year in (1990, 2020)}
    spans = {**sectors, "Alla": {**sums, **dict.fromkeys(later, 30)}}
    made = {s: world(*((c, y, t, 100) for c in LEVELS for y, t in ys.items())) for s, ys in spans.items()}
    emitted = pd.concat(frame.assign(sector=sector) for sector, (frame, _) in made.items())
    basis = replace(BASIS, emissions=emitted, population=made["Alla"][1])
    return ClaimBook([*emissions.claims(basis), *emissions.spread_claims(basis, NAMES)])


def test_sectors_are_the_greatest_by_exact_values_and_those_printed_alike_are_named_with_them():
    def fallen(book):
        highlights = emissions.sector_highlights(book, PARAMS, SECTORS)
        return [(sector["name"], book[sector["fall"]].text) for sector in highlights["fallen"]]

    # 1.04 and 1.0 t are both printed as 1.0: by exact values transport is first, but no reader can see it.
    alike = f"1,0{NBSP}ton"
    assert fallen(of_sectors(OF_SECTORS)) == [("Transporterna", alike), ("Industrin", alike)]
    other = {
        **OF_SECTORS,
        "Industri (energi + processer)": {1990: 155, 2020: 50},
    }  # by 1.05 t, printed as 1.1
    assert fallen(of_sectors(other)) == [("Industrin", f"1,1{NBSP}ton")]
    book = of_sectors(OF_SECTORS)
    assert emissions.sector_highlights(book, PARAMS, SECTORS)["above"] == [], "members and nation are alike"
    # What makes the highest level is told with it: its two largest sectors.
    made_by = emissions.spread_view(book, NAMES, SECTORS)["made_by"]
    assert [(sector["name"], book[sector["claim"]].text) for sector in made_by] == [
        ("Transporterna", f"1,0{NBSP}ton"), ("Industrin", f"0,5{NBSP}ton"),
    ]  # fmt: skip


def test_later_years_of_the_release_are_claims_of_their_own_and_no_part_of_the_series():
    book = of_sectors(OF_SECTORS, later=(2021, 2022))
    assert [claim.data_year for claim in emissions.series(book, "members")] == [1990, 2020]
    assert emissions.later_levels(book) == (
        '{{ claim("emissions-members-level-2021") }} 2021 '
        'och {{ claim("emissions-members-level-2022") }} 2022'
    )
    assert book["emissions-members-level-2022"].text == f"0,3{NBSP}ton"
    assert emissions.later_levels(of_sectors(OF_SECTORS)) == ""


# members: 10 t for 2 people in 1990, 4 t in 2020; the nation 12 t, then 8 t. The older release: 9 t in 2020.
LATEST = {("1281", 1990): 10.0, ("1281", 2020): 4.0, ("0000", 1990): 12.0, ("0000", 2020): 8.0}
OLDER = {**LATEST, ("1281", 2020): 9.0}


def release(values):
    return world(*((code, year, tonnes, 2) for (code, year), tonnes in values.items()))


(LATER, _), (FORMER, SMALL) = release({**LATEST, ("0000", 2021): 7.0}), release(OLDER)
RELEASES = {"2025": LATER, "2021-10-14": FORMER}


def test_each_release_has_its_own_headlines_of_the_newest_year_that_all_have(inputs):
    assert emissions.common_year(RELEASES, latest=2023) == 2020
    how = {"params": inputs.project.params, "source": "x"}
    book = ClaimBook(emissions.release_claims(RELEASES, SMALL, ["1281"], **how))
    levels = [book[f"release-{name}-members-level"].text for name in RELEASES]
    assert levels == [f"2,0{NBSP}ton", f"4,5{NBSP}ton"]
    reduction = book["release-2025-members-reduction"]
    assert (str(reduction.value), reduction.vintage) == ("0.6", "2025")
    assert emissions.release_headings("Slutsats", [*RELEASES]) == ["Slutsats", "14 oktober 2021", "2025"]
    # 2021: the members' 4.5 t lie above the nation's 4; they fell by 10 %, the nation by a third.
    assert emissions.release_conclusions(book, [*RELEASES]) == [
        ["Medlemmarna släpper ut mindre per invånare än riket", "Nej", "Ja"],
        ["Medlemmarnas utsläpp har minskat mer än rikets", "Nej", "Ja"],
    ]
    assert emissions.release_rows(book, ["2025"]) == emissions.release_conclusions(book, ["2025"]) == []


def with_sectors(emitted, shares):
    """Add two sectors: the first one's share of all by code, or by code and year, and the rest."""
    parts = []
    for name, turn in zip((sector.name for sector in SECTORS.in_total), (0, 1), strict=False):
        keys = zip(emitted["municipality_code"], emitted["year"], strict=True)
        part = [abs(turn - shares.get(key, shares.get(key[0], 1))) for key in keys]
        parts.append(emitted.assign(sector=name, emissions_t=emitted["emissions_t"] * part))
    return pd.concat([emitted, *parts], ignore_index=True)


def test_those_alike_are_nearest_in_size_level_structure_and_county():
    # 0103 has twice the level, 0.35; 0102 twice the inhabitants, 0.69, as 0201 in another county, 0.94; of
    # 0105 and 0104 half and all comes from another sector, 1 and 2; 0106 is nine times as large, 2.2.
    sizes = {"0000": (1, 1), "0101": (100, 2), "0102": (200, 2), "0103": (100, 4), "0104": (100, 2)}
    sizes |= {"0105": (100, 2), "0106": (900, 2), "0201": (200, 2)}
    emitted, people = world(*((code, y, p * t, p) for code, (p, t) in sizes.items() for y in (1990, 2020)))
    basis = replace(BASIS, emissions=with_sectors(emitted, {"0104": 0, "0105": 0.5}), population=people)
    assert emissions.nearest_peers(basis, "0101") == ["0103", "0102", "0201", "0105", "0104"]


def test_a_county_is_the_sum_of_its_municipalities_where_all_are_known():
    places = Places({"0101": "Alby", "0102": "Berga", "0201": "Ceby"}, {"01": "A län", "02": "B län"})
    emitted, people = world(
        ("0101", 1990, 3, 1), ("0102", 1990, 4, 2), ("0201", 1990, 5, 4), ("0101", 2020, 2, 1)
    )
    assert emissions.with_counties(emitted, places, of="0101") is emitted
    tables = (emissions.with_counties(table, places, of="01") for table in (emitted, people))
    sums = [table[table["municipality_code"].isin(["01", "02"])].iloc[:, :3] for table in tables]
    assert [[*map(tuple, table.to_numpy().tolist())] for table in sums] == [
        [("01", 1990, 7.0), ("02", 1990, 5.0)], [("01", 1990, 3.0), ("02", 1990, 4.0)],
    ]  # fmt: skip


def test_a_sheet_tells_what_stands_out_and_what_is_reached_in_words():
    levels = {"0001": {1990: 10, 2010: 16, 2018: 8, 2020: 6}, "0000": {1990: 3, 2010: 3, 2018: 3, 2020: 3}}
    rows = [(code, year, 100 * v, 100) for code, of_code in levels.items() for year, v in of_code.items()]
    emitted, people = world(*rows)
    shares = {("0001", 2010): 0.75, "0001": 0.5}  # of 16 t are 12 of the first sector; of 10 and 8, 5 and 4
    targets = Targets(targets=[{"year": 2030, "percent_below": 10}])
    more = {"emissions": with_sectors(emitted, shares), "population": people, "targets": targets}
    basis = replace(BASIS, codes=["0001"], own={"0001": "Alby"}, **more)
    book = ClaimBook([*emissions.claims(basis), *emissions.pace_claims(basis)])
    told = emissions.outliers(basis, book)
    first, second = told["high"].values()
    assert [book[each["level"]].text for each in (first, second)] == [f"3,0{NBSP}ton"] * 2
    sides = ("before", "at", "after")
    assert [book[told[side]].value for side in sides] == [10, 16, 8]
    assert [book[told["sector"][side]].value for side in sides] == [5, 12, 4]
    assert emissions.pace_rows(basis, book)[-1][1:] == [
        "redan nådd",
        "redan nådd",
        book["pace-nation-required-2030"],
    ]
    calm = {"0001": dict.fromkeys((1990, 2010, 2018, 2020), 3), "0000": levels["0000"]}
    rows = [(code, year, 100 * v, 100) for code, of_code in calm.items() for year, v in of_code.items()]
    emitted, people = world(*rows)
    basis = replace(basis, emissions=with_sectors(emitted, {}), population=people)
    assert emissions.outliers(basis, ClaimBook(emissions.claims(basis))) == {"high": {}, "year": False}


@pytest.mark.parametrize(("k", "n", "asked"), [(33, 42, 51), (0, 1, 3), (3, 3, 3)])
def test_bounds_are_all_silent_members_say_no_and_say_yes(k, n, asked):
    counts = pd.DataFrame({"question_id": ["kolsankor"], "k": [k], "n": [n]})
    table = association.shares(counts, {"kolsankor": QUESTION}, members=asked)
    before = pd.DataFrame(columns=["indicator", "previous_year"])
    params = SimpleNamespace(year=2023, survey_members=asked, survey_inferred=False)
    claims = association.survey_claims(table, {"kolsankor": QUESTION}, before, params=params, source="x")
    values = {claim.role: claim.value for claim in claims if claim.measure == "kolsankor"}
    shares = {"main": Fraction(k, n), "low": Fraction(k, asked), "high": Fraction(k + asked - n, asked)}
    assert values == {role: exact(share) for role, share in shares.items()}


def test_a_share_is_compared_only_where_the_question_allows():
    cases = {(2022, True): "yes", (2022, False): "caution", (2021, True): "broken"}
    same = QUESTION.model_copy(update={"wording": {"2022": "Ny?", "2023": "Ny?"}})
    for (year, exactly), verdict in cases.items():
        assert association.comparable(same, (year, 2023), exactly_known=exactly) == verdict
    assert association.comparable(QUESTION, (2022, 2023), exactly_known=True) == "caution"  # in other words


def test_goals_and_results_are_set_beside_each_other_on_the_same_period(inputs):
    table = association.verdicts(sources.goals(inputs)).set_index("id")
    # 1-3 posts a week are 52-156 a year; 52 is just enough. 49 % is one short of 50.
    assert (table.loc["facebook-inlagg", "year_min"], table.loc["facebook-inlagg", "year_max"]) == (52, 156)
    assert [*table["verdict"]] == ["met", "missed", "none"]
    texts = {c.id: c.text for c in association.goal_claims(table.reset_index(), year=2023, source="x")}
    assert texts["goal-facebook-inlagg-year"] == "52–156"


def test_a_goal_is_judged_in_its_own_unit_and_as_it_is_printed(inputs):
    for result, unit, verdict, printed in (
        (2.5, "möten", "missed", "2,5"),
        (2.999, "möten", "met", "3,00"),  # as printed
        (3.0, "möten", "met", "3"),
        (100.0, "följare", "other_unit", "100"),
    ):
        stated = {"goal_min": 3.0, "goal_max": pd.NA, "goal_unit": "möten", "goal_per": ""}
        table = sources.goals(inputs)[:1].assign(**stated, result=result, result_unit=unit)
        table = association.verdicts(table)
        texts = [claim.text for claim in association.goal_claims(table, year=2023, source="x")]
        assert ([*table["verdict"]], texts) == ([verdict], ["minst 3", "minst 3", printed])


def test_members_at_year_end_are_previous_plus_joined_minus_left(inputs):
    register, facts = sources.members(inputs), sources.facts(inputs)
    stated = {"year": 2023, "register": register, "source": "x", "register_source": "y"}
    values = {c.id: c.value for c in association.member_claims(facts, previous=2, **stated)}
    assert [values[f"members-{name}"] for name in ("count", "joined", "left")] == [3, 1, 0]
    message = r"3 stated, but members_previous \+ joined - left is 9 \+ 1 - 0 = 10"
    with pytest.raises(InputError, match=message):
        association.member_claims(facts, previous=9, **stated)
    assert association.municipality_codes(register) == BOTH  # a region has no row of its own
    assert association.listed(register) == 3


def test_what_was_published_stands_beside_what_is_recomputed_with_the_years_own_reason(inputs):
    for recomputed, reason, stated in (
        ("5", "Annan utgåva", "Ingen skillnad"),
        ("4,4", "Annan utgåva", "Annan utgåva"),
        ("4,4", None, "Skillnaden är inte förklarad"),
    ):
        published = sources.published(inputs).assign(reason=reason)
        (before,) = association.backtest_claims(published, year=2023, data_year=2020, source="x")
        assert (before.id, before.text) == ("published-utslapp-niva-medlemmar", f"5{NBSP}ton")
        after = replace(before, id="level", role="main", text=f"{recomputed}{NBSP}ton")
        rows = association.backtest_rows(ClaimBook([before, after]), published)
        assert rows == [["Nivå, medlemmarna", before, after, stated]]


def answers(**given):
    """Answers to one question: member=yes, no or missing."""
    rows = [(code.removeprefix("m").rjust(4, "0"), "kolsankor", how, how) for code, how in given.items()]
    return pd.DataFrame(rows, columns=["code", "question_id", "answer", "counts_as"])


def split_survey(before, after, **how):
    return decomposition.survey_split(before, after, "kolsankor", years=(2022, 2023), **how)


def values(split):
    return {part.id: part.value for part in split.parts}


# Before: 1 yes, 2 no, 3 no, 4 yes (3 leaves out the question after, 4 is gone). After: 1 yes, 2 yes, 5 no.
BEFORE = answers(m1="yes", m2="no", m3="no", m4="yes")
AFTER = answers(m1="yes", m2="yes", m3="missing", m5="no")


def test_a_survey_change_is_panel_new_and_left_and_a_vet_ej_is_no_answer():
    split = split_survey(BEFORE, AFTER)
    # All: 2 of 4, then 2 of 3. The panel is 1 and 2: 1 of 2, then 2 of 2.
    assert (split.before, split.now, split.change) == (Fraction(1, 2), Fraction(2, 3), Fraction(1, 6))
    assert values(split) == {"panel": Fraction(1, 2), "new": Fraction(-1, 3), "left": 0}
    assert {part.id: part.n for part in split.parts} == {"panel": 2, "new": 1, "left": 2}
    assert decomposition.fixed_panel(BEFORE, AFTER, "kolsankor") == Panel(n=2, k_before=1, k_now=2)
    assert split.parts[0].label == "ändrade svar hos samma medlemmar"
    reworded = split_survey(BEFORE, AFTER, change="wording")
    assert reworded.parts[0].label == "samma medlemmar, med ändrad fråga"
    # 2 of 4 before with 2 strangers: 0 to 2 yes in the panel. 2 of 3 after with 1 stranger: 1 to 2.
    assert decomposition.panel_range(split) == (Fraction(-1, 2), 1)


def test_all_of_the_change_is_the_panels_or_without_a_panel_unknown_and_not_nought():
    split = split_survey(answers(m1="no", m2="no"), answers(m1="yes", m2="no"))
    assert values(split) == {"panel": Fraction(1, 2), "new": 0, "left": 0}
    split = split_survey(answers(m1="no"), answers(m2="yes"))
    assert values(split) == {"panel": None, "new": None, "left": None}
    assert split.change == 1
    assert [part.why for part in split.parts] == [UNKNOWN] * 3
    assert decomposition.panel_range(split) is None
    with pytest.raises(ClaimError, match="nobody answered in 2022 or 2023"):
        split_survey(answers(m1="missing"), answers(m1="yes"))


def test_parts_that_would_give_answers_away_are_withheld():
    split = split_survey(BEFORE, AFTER)
    assert withheld(split, 1) == split
    hidden = withheld(split, 3)
    assert values(hidden) == {"panel": None, "new": None, "left": None}
    assert {part.why for part in hidden.parts} == {WITHHELD}
    same = split_survey(answers(m1="no", m2="no", m3="no"), answers(m1="yes", m2="no", m3="no"))
    assert withheld(same, 3) == same  # nobody came or left: nothing to work out


WORDS = {"theme": "kolsankor", "label": "Kolsänkor", "wording": {"2022": "Gammal?", "2023": "Ny?"}}
OPTIONS = {"2022": {"counts_as_yes": ["Ja"], "counts_as_no": ["Nej"]}}
COUNTED = {"options": OPTIONS, "comparable_with": [2022]}
QUESTION = Question(id="kolsankor", **WORDS, **COUNTED)
YEAR = SimpleNamespace(year=2023, emissions_vintage="2025", survey_members=5, definition="ratio_of_sums")


def survey_splits(minimum_cell, before=BEFORE, after=AFTER):
    asked = {"kolsankor": QUESTION}
    splits = decomposition.survey_splits(before, after, asked, years=(2022, 2023), minimum_cell=minimum_cell)
    claims = decomposition.survey_claims(splits, before, after, asked, params=YEAR, source="enkät")
    return splits, {claim.id.removeprefix("split-survey-kolsankor-"): claim for claim in claims}


def survey_sentence(splits):
    return decomposition.survey_sentence(splits["kolsankor"], QUESTION)


def test_survey_claims_state_the_change_and_the_fixed_panel():
    splits, claims = survey_splits(1)
    texts = [claims[name].text for name in ("change", "panel", "new")]
    assert texts == [f"{points}{NBSP}procentenheter" for points in ("+17", "+50", "−33")]
    assert (claims["panel-now"].k, claims["panel-now"].n, claims["panel-n"].text) == (2, 2, "2")
    assert splits["kolsankor"].parts[0].label == "samma medlemmar, med ändrad fråga"
    assert "samma medlemmar, med ändrad fråga" in survey_sentence(splits)
    assert "några få svarande" in survey_sentence(splits)  # 1 / 6 of 3 respondents
    ten = [answers(**{f"m{n}": how for n in range(10)}) for how in ("no", "yes")]
    assert "några få" not in survey_sentence(survey_splits(1, *ten)[0])


def test_what_is_withheld_or_may_not_be_compared_is_in_no_claim():
    splits, claims = survey_splits(5)
    assert sorted(claims) == ["before", "change", "now", "panel-high", "panel-low", "size"]
    assert "enskilda svar" in survey_sentence(splits)
    broken, years = {"kolsankor": QUESTION.model_copy(update={"comparable_with": ()})}, (2022, 2023)
    assert decomposition.survey_splits(BEFORE, AFTER, broken, years=years, minimum_cell=1) == {}
    assert survey_splits(1, before=answers(m1="missing"))[0] == {}


# 2019: A 400 t / 100 = 4. 2020: A 300 / 150 = 2, B 100 / 50 = 2, C 900 / 100 = 9.
NEW = world(
    *(("0001", 2019, 400, 100), ("0002", 2019, 150, 50), ("0003", 2019, 900, 100)),
    *(("0003", 2020, 900, 100), ("0002", 2020, 100, 50), ("0001", 2020, 300, 150)),  # in no order of codes
)
OLD = world(("0001", 2019, 420, 100), ("0003", 2019, 800, 100))


def test_an_emission_change_is_revision_emissions_inhabitants_joined_and_left():
    before = Edition(["0001", "0003"], 2019, *OLD, "2024")
    split = emissions_split(before, Edition(["0001", "0002"], 2020, *NEW, "2025"))
    # Old release: 1220 / 200 = 6.1, in the new one 1300 / 200 = 6.5. The same two in 2020: 1200 / 250 = 4.8.
    assert (split.before, split.now) == (Fraction("6.1"), 2)
    # Emissions -100 t: halfway between -100 / 200 and -100 / 250 = -0.45; inhabitants the rest of -1.7.
    # Members: A and C 4.8, all three 1300 / 300, A 2, A and B 2.
    # Joined: (13/3 - 4.8 + 2 - 2) / 2; left: (2 - 13/3 + 2 - 4.8) / 2.
    revision, emitted, people = Fraction("0.4"), Fraction("-0.45"), Fraction("-1.25")
    assert [*values(split)] == ["revision", "emissions", "population", "joined", "left"]
    assert [*values(split).values()] == [revision, emitted, people, Fraction(-7, 30), Fraction(-77, 30)]
    assert sum(values(split).values()) == split.change


@pytest.mark.parametrize(("before", "unknown", "stated"), [
    (Edition(["0001"], 2019, *OLD), [], {"joined": 0, "left": 0}),
    (Edition(["0001"], 2019), ["revision"], {"joined": 0, "left": 0}),
    (Edition(None, 2019, *OLD), ["joined", "left"], {"revision": Fraction("-0.2")}),
])  # fmt: skip
def test_an_unknown_release_or_set_leaves_its_parts_unknown_and_nobody_is_nought(before, unknown, stated):
    split = emissions_split(before, Edition(["0001"], 2020, *NEW))
    assert [part.id for part in split.lacking(UNKNOWN)] == unknown
    assert stated.items() <= values(split).items()
    assert sum(part.value for part in split.known()) == split.change


REGISTER = [
    ("0001", "municipality", "<=2020", None, "member"),
    ("0002", "municipality", "2023-11", None, "member"),
    ("0003", "municipality", "2019-12", "2023", "left"),
    ("0004", "municipality", None, "2021", "left"),
    ("0005", "municipality", "2024?", None, "joined_later"),
    ("12", "region", "2003", None, "member"),
    ("0006", "municipality", None, None, "observer"),
]


def test_the_edition_before_is_of_the_last_year_with_data_and_of_the_members_of_then():
    register = pd.DataFrame(REGISTER, columns=["code", "kind", "joined", "left", "status"])

    def before(year):
        params = SimpleNamespace(year=2023, emissions_year=year, emissions_vintage="2025")
        tables = {"2025": pd.DataFrame({"year": [2010, 2015, 2020]})}, PEOPLE, register
        return decomposition.edition_before(*tables, params, ClaimBook(), level_id="level")

    assert before(2020) == Edition(["0001", "0003"], 2015)
    with pytest.raises(ClaimError, match="no data year before 2010"):
        before(2010)
    with pytest.raises(ClaimError, match="no emissions or inhabitants for 0009 in 2019"):
        emissions_split(Edition(["0009"], 2019), Edition(["0001"], 2020, *NEW))


def test_a_mean_of_municipalities_is_split_into_the_means_of_their_own_changes():
    before = Edition(["0001", "0003"], 2019, *OLD, "2024")
    split = emissions_split(before, Edition(["0001", "0002"], 2020, *NEW, "2025"), "mean_of_municipalities")
    # Old release: A 4.2 and C 8; in the new one A 4 and C 9. In 2020 A 2, B 2 and C 9.
    assert (split.before, split.now) == (Fraction("6.1"), 2)
    # A: -100 t times the mean of 1/100 and 1/150, the rest of its -2 by inhabitants; C stays; half of each.
    emitted = Fraction(-100) * (Fraction(1, 100) + Fraction(1, 150)) / 2 / 2
    assert values(split)["emissions"] == emitted
    assert values(split)["population"] == Fraction(-2, 2) - emitted
    assert values(split)["revision"] == Fraction("0.4")
    assert sum(values(split).values()) == split.change
    params = SimpleNamespace(**{**vars(YEAR), "definition": "mean_of_municipalities"})
    book = ClaimBook(decomposition.emissions_claims(split, params=params, source="SMHI"))
    assert {claim.method for claim in book} == {"mean_of_municipalities"}
    assert all("ovägt medelvärde" in book[f"split-emissions-{end}"].definition for end in ("before", "now"))


def test_a_change_is_what_a_reader_gets_from_its_two_printed_ends():
    # 4.444 to 4.116 is -0.328, but 4.44 to 4.12 is -0.32: with three decimals they agree.
    split = decomposition.Split(Fraction("4.444"), Fraction("4.116"), (*NO_PARTS,), (2019, 2020))
    book = ClaimBook(decomposition.emissions_claims(split, params=YEAR, source="SMHI"))
    texts = [book[f"split-emissions-{name}"].text for name in ("before", "now", "change")]
    assert texts == [f"{tonnes}{NBSP}ton" for tonnes in ("4,444", "4,116", "−0,328")]
    # 1 of 2 to 1 of 8 is -37.5 points, -38 as printed, but 50 % to 13 % is -37: with one decimal they agree.
    said = [answers(m0="yes", **{f"m{i}": "no" for i in range(1, n)}) for n in (2, 8)]
    texts = [survey_splits(1, *said)[1][name].text for name in ("before", "now", "change")]
    assert texts == [text.replace(" ", NBSP) for text in ("50,0 %", "12,5 %", "−37,5 procentenheter")]
    # 1/6 to 1/3 agree with no number of decimals: two more than usual are the most.
    assert swedish.agreeing_decimals(Fraction(100, 6), Fraction(100, 3)) == 2


NO_PARTS = [decomposition.Part(i, i, None, 1, UNKNOWN) for i in ("emissions", "joined", "left")]


def test_the_sentence_names_the_reasons_and_what_is_not_known():
    split = emissions_split(Edition(["0001", "0003"], 2019), Edition(["0001", "0002"], 2020, *NEW))
    book = ClaimBook(decomposition.emissions_claims(split, params=YEAR, source="SMHI"))
    texts = [book[f"split-emissions-{name}"].text for name in ("size", "change", "same-members")]
    assert texts == [f"{tonnes}{NBSP}ton" for tonnes in ("4,50", "−4,50", "4,80")]
    assert decomposition.sentence(split) == (
        'Mellan {{ about("split-emissions-before").data_year }} '
        'och {{ about("split-emissions-now").data_year }} '
        'sjönk medlemmarnas nivå med {{ claim("split-emissions-size") }}: '
        'lägre utsläpp ({{ claim("split-emissions-emissions") }}), '
        'fler invånare ({{ claim("split-emissions-population") }}), '
        'nya medlemmar ({{ claim("split-emissions-joined") }}) och '
        'medlemmar som lämnat ({{ claim("split-emissions-left") }}). '
        "Hur mycket som beror på omräknad statistik är inte känt."
    )
    labels = ["Nivån 2019", "Lägre utsläpp", "Fler invånare", "Nya medlemmar", "Medlemmar som lämnat"]
    assert [label for label, _ in decomposition.steps(book, split)] == [*labels, "Nivån 2020"]
