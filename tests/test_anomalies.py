"""Anomalies: faults planted in the statistics of all municipalities are found, and hardly anything else."""

from __future__ import annotations

from random import Random

import pandas as pd
import pytest

from campaign.conftest import LONG, SHORT
from conftest import ROOT
from klimatlib.run.plausibility import emission_anomalies, population_anomalies

STATISTICS = ROOT / "data" / "statistics"
FAULTS = (
    "sector x1.5", "sector x10", "sector /1000", "exchanged", "moved", "shifted", "unit", "copied",
    "year twice", "sector x1.5, nation too",
)  # fmt: skip
PEOPLE = "people x10", "people exchanged", "people shifted", "people of another year", "digits"


@pytest.fixture(scope="module")
def emissions():
    """Emissions of all municipalities by sector, wide: a column for each year."""
    table = pd.read_csv(STATISTICS / "emissions_2025.csv", dtype={"municipality_code": str})
    wide = table.pivot(index=["municipality_code", "sector"], columns="year", values="emissions_t")
    return wide.dropna(axis="columns").astype(float)


@pytest.fixture(scope="module")
def people():
    """Inhabitants of all municipalities, a column for each year."""
    path = max(STATISTICS.glob("population_*.csv"))
    table = pd.read_csv(path, dtype={"municipality_code": str})
    return table.pivot(index="municipality_code", columns="year", values="population").astype(float)


def tidy(wide, name):
    return wide.stack().rename(name).reset_index()


def planted(emissions, kind, random):
    """Return emissions with one fault, totals as their sectors, and whom it concerns."""
    wide = emissions.copy()
    codes, years = [code for code in wide.index.unique(0) if code != "0000"], [*wide.columns]
    sectors = [sector for sector in wide.index.unique(1) if sector != "Alla"]
    year, one, other = random.choice(years), *random.sample(codes, 2)
    sector = random.choice([each for each in sectors if wide.at[(one, each), year] >= 500])
    rows, others = ([(code, each) for each in sectors] for code in (one, other))
    concerned = {one}
    if kind.startswith("sector"):
        before = wide.at[(one, sector), year]
        wide.loc[(one, sector), year] *= {"x1.5": 1.5, "x10": 10, "/1000": 0.001}[kind.split()[1].strip(",")]
        if kind.endswith("nation too"):
            wide.loc[("0000", sector), year] += wide.at[(one, sector), year] - before
    elif kind in ("exchanged", "moved"):
        at = [year] if kind == "exchanged" else years
        wide.loc[rows, at], wide.loc[others, at] = (
            emissions.loc[others, at].to_numpy(),
            emissions.loc[rows, at].to_numpy(),
        )
        concerned = {one, other}
    elif kind == "shifted":
        first = random.randrange(len(codes) - 12)
        concerned = {*codes[first : first + 12]}
        for before, after in zip(codes[first : first + 11], codes[first + 1 : first + 12], strict=True):
            for each in sectors:
                wide.loc[(after, each), year] = emissions.at[(before, each), year]
    elif kind == "unit":
        wide.loc[rows, year] /= 1000
    elif kind == "copied":
        wide.loc[rows, year] = wide.loc[
            rows, random.choice([each for each in years if each != year])
        ].to_numpy()
    else:
        wide[year] = wide[random.choice([each for each in years if each != year])]
        concerned = {*codes}
    parts = wide.drop("Alla", level=1)
    wide.loc[(slice(None), "Alla"), :] = parts.groupby(level=0).sum().to_numpy()
    return wide, concerned


def planted_people(people, kind, random):
    """Return inhabitants with one fault, and whom it concerns."""
    wide, codes, years = people.copy(), [code for code in people.index if code != "0000"], [*people.columns]
    year, one, other = random.choice(years), *random.sample(codes, 2)
    if kind == "people x10":
        wide.loc[one, year] *= 10
    elif kind == "people exchanged":
        wide.loc[one, year], wide.loc[other, year] = people.at[other, year], people.at[one, year]
    elif kind == "people shifted":
        block = codes[: len(codes) // 2]
        wide.loc[block[1:], year] = people.loc[block[:-1], year].to_numpy()
        return wide, {*block}
    elif kind == "people of another year":
        wide[year] = wide[random.choice([each for each in years if each != year])]
        return wide, {*codes, "0000"}
    else:
        wide.loc[one, year] += 900
    return wide, {one, other}


@pytest.mark.parametrize("number", [pytest.param(2, marks=SHORT), pytest.param(15, marks=LONG)])
def test_nearly_every_planted_fault_is_found_and_names_whom_it_concerns(emissions, people, number):
    random, missed, tried = Random(47), [], 0
    known = {
        (each.codes[0], each.sector, each.year) for each in emission_anomalies(tidy(emissions, "emissions_t"))
    }
    for kind in [*FAULTS, *PEOPLE] * number:
        if kind in FAULTS:
            wide, concerned = planted(emissions, kind, random)
            found = emission_anomalies(tidy(wide, "emissions_t"), earlier=tidy(emissions, "emissions_t"))
            found = [each for each in found if (each.codes[0], each.sector, each.year) not in known]
        else:
            wide, concerned = planted_people(people, kind, random)
            found = population_anomalies(tidy(wide, "population"))
        tried += 1
        if not any(concerned & {*each.codes} for each in found):
            missed.append(kind)
    assert len(missed) <= 0.05 * tried, missed


def test_a_release_as_it_is_raises_few_questions(emissions, people):
    table = tidy(emissions, "emissions_t")
    members = ["0180", "1280", "1281", "2580"]
    found = emission_anomalies(table, members=members)
    assert len(found) <= 10
    assert [each.effect for each in found] == sorted((each.effect for each in found), reverse=True)
    assert population_anomalies(tidy(people, "population")) == []


def test_an_error_in_a_member_s_figure_comes_before_a_greater_one_elsewhere(emissions):
    wide = emissions.copy()
    for code, factor in (("0180", 1.5), ("1480", 3)):
        wide.loc[(code, "Transporter"), 2021] *= factor
        wide.loc[(code, "Alla"), 2021] = wide.drop("Alla", level=1).loc[code, 2021].sum()
    first, second, *_ = emission_anomalies(tidy(wide, "emissions_t"), members=["0180", "1281"])
    assert [(each.codes, each.sector, each.year) for each in (first, second)] == [
        (("0180",), "Transporter", 2021), (("1480",), "Transporter", 2021)
    ]  # fmt: skip


def test_of_a_few_municipalities_a_doubled_total_is_asked_about_but_not_over_thirty_years():
    totals = {1990: 10.0, 2019: 100.0, 2020: 210.0, 2021: 130.0}
    table = [
        {"municipality_code": "1281", "sector": "Alla", "year": y, "emissions_t": t}
        for y, t in totals.items()
    ]
    (found,) = emission_anomalies(pd.DataFrame(table), members=["1281"])
    assert (found.codes, found.year, found.value, found.expected) == (("1281",), 2020, 210, 100)
