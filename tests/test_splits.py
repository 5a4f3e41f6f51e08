"""Why a number changed: parts that add up to the whole change, worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib import config as catalogue
from klimatlib.claims.claims import ClaimBook
from klimatlib.errors import ClaimError
from klimatlib.indicators.decomposition import (
    UNKNOWN,
    WITHHELD,
    Edition,
    Panel,
    emissions_claims,
    emissions_split,
    fixed_panel,
    panel_range,
    previous_codes,
    sentence,
    steps,
    survey_claims,
    survey_sentence,
    survey_split,
    survey_splits,
    withheld,
    year_before,
)

NBSP = "\u00a0"
YEARS = (2022, 2023)


def answers(**said):
    """Answers to one question: member=yes, no or missing."""
    rows = [(code.removeprefix("m").rjust(4, "0"), "kolsankor", how, how) for code, how in said.items()]
    return pd.DataFrame(rows, columns=["code", "question_id", "answer", "counts_as"])


def survey(before, now, **how):
    return survey_split(before, now, "kolsankor", years=YEARS, **how)


def values(split):
    return {part.id: part.value for part in split.parts}


# Before: 1 yes, 2 no, 3 no, 4 yes (3 leaves out the question now, 4 is gone). Now: 1 yes, 2 yes, 5 no.
BEFORE = answers(m1="yes", m2="no", m3="no", m4="yes")
NOW = answers(m1="yes", m2="yes", m3="missing", m5="no")


def test_a_survey_change_is_panel_new_and_left():
    split = survey(BEFORE, NOW)
    # All: 2 of 4, then 2 of 3. The panel is 1 and 2: 1 of 2, then 2 of 2.
    assert (split.before, split.now, split.change) == (Fraction(1, 2), Fraction(2, 3), Fraction(1, 6))
    assert values(split) == {"panel": Fraction(1, 2), "new": Fraction(-1, 3), "left": 0}
    assert fixed_panel(BEFORE, NOW, "kolsankor") == Panel(n=2, k_before=1, k_now=2)


def test_a_vet_ej_is_no_answer_and_makes_no_panel_member():
    assert {part.id: part.n for part in survey(BEFORE, NOW).parts} == {"panel": 2, "new": 1, "left": 2}


def test_with_the_same_respondents_all_of_the_change_is_the_panels():
    split = survey(answers(m1="no", m2="no"), answers(m1="yes", m2="no"))
    assert values(split) == {"panel": Fraction(1, 2), "new": 0, "left": 0}


def test_without_a_panel_the_parts_are_unknown_and_not_nought():
    split = survey(answers(m1="no"), answers(m2="yes"))
    assert values(split) == {"panel": None, "new": None, "left": None}
    assert split.change == 1
    assert [part.why for part in split.parts] == [UNKNOWN] * 3
    assert panel_range(split) is None


def test_a_question_that_nobody_answered_has_no_change():
    with pytest.raises(ClaimError, match="nobody answered in 2022 or 2023"):
        survey(answers(m1="missing"), answers(m1="yes"))


def test_a_reworded_question_is_told_with_its_panel():
    assert survey(BEFORE, NOW, reworded=True).parts[0].label == "samma medlemmar, med ändrad fråga"
    assert survey(BEFORE, NOW).parts[0].label == "ändrade svar hos samma medlemmar"


def test_parts_that_would_give_answers_away_are_withheld():
    split = survey(BEFORE, NOW)
    assert withheld(split, 1) == split
    hidden = withheld(split, 3)
    assert values(hidden) == {"panel": None, "new": None, "left": None}
    assert {part.why for part in hidden.parts} == {WITHHELD}
    same = survey(answers(m1="no", m2="no", m3="no"), answers(m1="yes", m2="no", m3="no"))
    assert withheld(same, 3) == same  # nobody came or left: nothing to work out


def test_the_panels_range_is_what_the_totals_alone_allow():
    # 2 of 4 before with 2 strangers: 0 to 2 yes in the panel. 2 of 3 now with 1 stranger: 1 to 2.
    assert panel_range(survey(BEFORE, NOW)) == (Fraction(-1, 2), 1)


ANSWER = st.sampled_from(["yes", "no", "missing"])
SURVEYS = st.dictionaries(st.sampled_from([f"m{n}" for n in range(12)]), ANSWER, min_size=1)


@given(SURVEYS, SURVEYS)
def test_survey_parts_always_add_up_and_lie_within_the_range(before, now):
    if not {"yes", "no"} & {*before.values()} or not {"yes", "no"} & {*now.values()}:
        return
    split = survey(answers(**before), answers(**now))
    known = [part.value for part in split.parts if part.value is not None]
    assert (sum(known) == split.change) if known else (panel_range(split) is None)
    if known:
        low, high = panel_range(split)
        assert low <= values(split)["panel"] <= high
        assert -1 <= low <= high <= 1


def world(*rows):
    """Emissions and population from code, year, tonnes, inhabitants."""
    frame = pd.DataFrame(rows, columns=["municipality_code", "year", "emissions_t", "population"])
    emitted = frame[["municipality_code", "year", "emissions_t"]].assign(sector="Alla")
    return emitted, frame[["municipality_code", "year", "population"]]


# 2019: A 400 t / 100 = 4. 2020: A 300 / 150 = 2, B 100 / 50 = 2, C 900 / 100 = 9.
NEW = world(
    ("0001", 2019, 400, 100),
    ("0001", 2020, 300, 150),
    ("0002", 2019, 150, 50),
    ("0002", 2020, 100, 50),
    ("0003", 2019, 900, 100),
    ("0003", 2020, 900, 100),
)
OLD = world(("0001", 2019, 420, 100), ("0003", 2019, 800, 100))


def test_an_emission_change_is_revision_emissions_inhabitants_joined_and_left():
    before = Edition(["0001", "0003"], 2019, *OLD, "2024")
    split = emissions_split(before, Edition(["0001", "0002"], 2020, *NEW, "2025"))
    # Old release: 1220 / 200 = 6.1, in the new one 1300 / 200 = 6.5. The same two in 2020: 1200 / 250 = 4.8.
    assert split.before == Fraction("6.1")
    assert split.now == 2
    # Emissions -100 t: halfway between -100 / 200 and -100 / 250 = -0.45; inhabitants the rest of -1.7.
    # Members: A and C 4.8, all three 1300 / 300, A 2, A and B 2.
    # Joined: (13/3 - 4.8 + 2 - 2) / 2; left: (2 - 13/3 + 2 - 4.8) / 2.
    assert values(split) == {
        "revision": Fraction("0.4"),
        "emissions": Fraction("-0.45"),
        "population": Fraction("-1.25"),
        "joined": Fraction(-7, 30),
        "left": Fraction(-77, 30),
    }
    assert sum(values(split).values()) == split.change


def test_nobody_joined_and_nobody_left_is_nought_and_not_unknown():
    split = emissions_split(Edition(["0001"], 2019, *OLD), Edition(["0001"], 2020, *NEW))
    assert (values(split)["joined"], values(split)["left"]) == (0, 0)
    assert split.lacking(UNKNOWN) == []


def test_an_unknown_release_leaves_the_revision_unknown():
    split = emissions_split(Edition(["0001"], 2019), Edition(["0001"], 2020, *NEW))
    assert [part.id for part in split.lacking(UNKNOWN)] == ["revision"]
    assert split.before == 4
    assert sum(part.value for part in split.known()) == split.change == -2


def test_an_unknown_set_leaves_joined_and_left_unknown():
    split = emissions_split(Edition(None, 2019, *OLD), Edition(["0001"], 2020, *NEW))
    assert [part.id for part in split.lacking(UNKNOWN)] == ["joined", "left"]
    assert values(split)["revision"] == Fraction("-0.2")


def test_a_missing_municipality_is_named():
    with pytest.raises(ClaimError, match="no emissions or inhabitants for 0009 in 2019"):
        emissions_split(Edition(["0009"], 2019), Edition(["0001"], 2020, *NEW))


CODES = ["0001", "0002", "0003", "0004"]
SOME = st.sets(st.sampled_from(CODES), min_size=1).map(sorted)
CELL = st.tuples(st.decimals(0, 10**6, places=2), st.integers(1, 10**6))


@given(SOME, SOME, st.lists(CELL, min_size=8, max_size=8))
def test_emission_parts_always_add_up(before, now, cells):
    keys = [(code, year) for code in CODES for year in (2019, 2020)]
    table = world(*((*key, float(e), p) for key, (e, p) in zip(keys, cells, strict=True)))
    split = emissions_split(Edition(before, 2019), Edition(now, 2020, *table))
    if {*before} & {*now}:
        assert sum(part.value for part in split.known()) == split.change
    else:
        assert {part.id for part in split.lacking(UNKNOWN)} == {"revision", "joined", "left"}


REGISTER = pd.DataFrame(
    [
        ("0001", "municipality", "<=2020", None, "member"),
        ("0002", "municipality", "2023-11", None, "member"),
        ("0003", "municipality", "2019-12", "2023", "left"),
        ("0004", "municipality", None, "2021", "left"),
        ("0005", "municipality", "2024?", None, "joined_later"),
        ("12", "region", "2003", None, "member"),
        ("0006", "municipality", None, None, "observer"),
    ],
    columns=["code", "kind", "joined", "left", "status"],
)


def test_the_earlier_members_are_without_those_that_joined_and_with_those_that_left():
    assert previous_codes(REGISTER, 2023) == ["0001", "0003"]


def test_the_year_before_is_the_last_one_with_data():
    years = pd.DataFrame({"year": [2010, 2015, 2020]})
    assert year_before(years, 2020) == 2015
    with pytest.raises(ClaimError, match="no data year before 2010"):
        year_before(years, 2010)


PARAMS = SimpleNamespace(year=2023, emissions_vintage="2025", survey_members=5)


def test_the_sentence_names_the_reasons_and_what_is_not_known():
    split = emissions_split(Edition(["0001", "0003"], 2019), Edition(["0001", "0002"], 2020, *NEW))
    book = ClaimBook(emissions_claims(split, params=PARAMS, source="SMHI"))
    assert book["split-emissions-size"].text == f"4,50{NBSP}ton"
    assert book["split-emissions-change"].text == f"−4,50{NBSP}ton"
    assert book["split-emissions-same-members"].text == f"4,80{NBSP}ton"
    assert sentence(split) == (
        'Mellan {{ about("split-emissions-before").data_year }} '
        'och {{ about("split-emissions-now").data_year }} '
        'sjönk medlemmarnas nivå med {{ claim("split-emissions-size") }}: '
        'utsläppen minskade ({{ claim("split-emissions-emissions") }}), '
        'fler invånare ({{ claim("split-emissions-population") }}), '
        'nya medlemmar ({{ claim("split-emissions-joined") }}) och '
        'medlemmar som lämnat ({{ claim("split-emissions-left") }}). '
        "Hur mycket som beror på omräknad statistik är inte känt."
    )
    labels = ["Nivån 2019", "Utsläppen minskade", "Fler invånare", "Nya medlemmar", "Medlemmar som lämnat"]
    assert [label for label, _ in steps(book, split)] == [*labels, "Nivån 2020"]


QUESTION = catalogue.Question(
    id="kolsankor",
    theme="kolsankor",
    label="Kolsänkor",
    wording={"2022": "Gammal?", "2023": "Ny?"},
    counts_as_yes=["Ja"],
    counts_as_no=["Nej"],
    comparable_with=[2022],
)


def told(minimum_cell, before=BEFORE, now=NOW):
    asked = {"kolsankor": QUESTION}
    found = survey_splits(before, now, asked, years=YEARS, minimum_cell=minimum_cell)
    book = ClaimBook(survey_claims(found, before, now, asked, params=PARAMS, source="enkät"))
    return found, {claim.id.removeprefix("split-survey-kolsankor-"): claim for claim in book}


def test_survey_claims_tell_the_change_and_the_fixed_panel():
    found, claims = told(1)
    assert claims["change"].text == f"+17{NBSP}procentenheter"
    assert (claims["panel"].text, claims["new"].text) == (
        f"+50{NBSP}procentenheter",
        f"−33{NBSP}procentenheter",
    )
    assert (claims["panel-now"].k, claims["panel-now"].n, claims["panel-n"].text) == (2, 2, "2")
    assert found["kolsankor"].parts[0].label == "samma medlemmar, med ändrad fråga"
    assert "samma medlemmar, med ändrad fråga" in survey_sentence(found["kolsankor"], QUESTION)


def test_withheld_parts_are_in_no_claim():
    found, claims = told(5)
    assert sorted(claims) == ["before", "change", "now", "panel-high", "panel-low", "size"]
    assert "enskilda svar" in survey_sentence(found["kolsankor"], QUESTION)


def test_a_question_that_may_not_be_compared_has_no_split():
    broken = {"kolsankor": QUESTION.model_copy(update={"comparable_with": ()})}
    assert survey_splits(BEFORE, NOW, broken, years=YEARS, minimum_cell=1) == {}
    assert told(1, before=answers(m1="missing"))[0] == {}


def test_a_change_of_a_handful_is_told_as_such():
    found, _ = told(1)  # 1 / 6 of 3 respondents
    assert "några få svarande" in survey_sentence(found["kolsankor"], QUESTION)
    names = [f"m{n}" for n in range(10)]
    found, _ = told(1, answers(**dict.fromkeys(names, "no")), answers(**dict.fromkeys(names, "yes")))
    assert "några få" not in survey_sentence(found["kolsankor"], QUESTION)
