"""Warnings: what does not stop a run but must be known. Each figure can be checked in the head."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from klimatlib.run import checks
from klimatlib.run import checks as comparisons
from klimatlib.sources import inputs as sources


def emissions(rows):
    frame = pd.DataFrame(rows, columns=["municipality_code", "year", "emissions_t"])
    return frame.assign(sector="Alla")


NOW = emissions([("0000", 1990, 1000.0), ("0000", 2020, 800.0), ("1281", 1990, 100.0), ("1281", 2020, 80.0)])
NAMES = ("2025", "2024")


def releases(before, now=NOW):
    return comparisons.releases(now, before, base_year=1990, names=NAMES)


def scaled(factor, *, where=slice(None)):
    changed = NOW.copy()
    changed.loc[where, "emissions_t"] = changed.loc[where, "emissions_t"] * factor
    return changed


def test_the_same_release_gives_no_warning():
    assert releases(NOW) == []


@pytest.mark.parametrize(
    ("factor", "told"),
    [(2, "the file is doubled?"), (1000, "kilograms instead of tonnes?"), (0.001, "kilotonnes?")],
)
def test_a_file_in_another_unit_or_doubled_is_told(factor, told):
    names = ("2025", "2024")
    assert comparisons.doubled(scaled(factor), NOW, names)[0].endswith(told)
    assert comparisons.doubled(scaled(1.5), NOW, names) == []


def test_a_changed_base_year_is_told_from_three_per_cent():
    one_year = (NOW["municipality_code"] == "0000") & (NOW["year"] == 1990)
    assert releases(NOW, scaled(1.02, where=one_year)) == []
    assert releases(NOW, scaled(1.04, where=one_year)) == [
        "the nation in 1990 is revised by +4.0 %, from release 2024 to 2025"
    ]


def test_vanished_years_are_named():
    later = NOW[NOW["year"] != 1990]
    assert releases(NOW, later) == ["release 2025 has no figures for 1990, which 2024 had"]


def test_a_municipality_that_is_far_off_is_named():
    one = (NOW["municipality_code"] == "1281") & (NOW["year"] == 2020)
    assert releases(NOW, scaled(1.6, where=one)) == ["1281 in 2020: 128 t in release 2025, 80 t in 2024"]


def test_a_jump_from_one_year_to_the_next_is_told_but_not_over_thirty_years():
    jump = emissions([("1281", 1990, 10.0), ("1281", 2019, 100.0), ("1281", 2020, 210.0)])
    assert comparisons.emissions_over_years(jump) == ["1281: 100 t in 2019, 210 in 2020"]


def test_many_of_a_kind_are_counted_not_listed():
    many = emissions(
        [(f"{code:04}", year, value) for code in range(12) for year, value in ((2019, 1.0), (2020, 9.0))]
    )
    found = comparisons.emissions_over_years(many)
    assert len(found) == 9
    assert found[-1] == "and 4 more of the kind"


def test_the_register_is_held_against_the_facts(tiny):
    opened = sources.Inputs.open("params/tiny.yml")
    table, facts, places = sources.members(opened), sources.facts(opened), sources.municipalities(opened)
    assert comparisons.register(table, facts, places) == [
        "Region Skåne overlaps 1 member municipalities of its own: it is not added to them"
    ]
    told = {"members": {**facts["members"], "count_year_end": 5, "left": ["Forshaga kommun"]}}
    found = comparisons.register(table, told, places)
    assert "the register lists 3 of 5 members: figures on members rest on those listed" in found
    assert "the facts name Forshaga kommun (left), but no row of the register with status left does" in found


def test_a_share_far_from_the_earlier_one_is_told():
    counts = pd.DataFrame({"question_id": ["a", "b"], "k": [9, 5], "n": [10, 10]})
    published = pd.DataFrame(
        {"indicator": ["a", "b"], "previous_year": [2022, 2022], "previous_value": [50.0, 44.0]}
    )
    assert comparisons.shares(counts, published) == ["a: 90 % against 50 % 2022; is it the same question?"]


def test_check_compares_with_the_release_before(tiny):
    folder = tiny / "data" / "statistics"
    text = (folder / "emissions_tiny.csv").read_text(encoding="utf-8")
    older = text.replace("0000,1990,Alla,10000", "0000,1990,Alla,10004").replace(
        "1281,2020,Alla,240", "1281,2020,Alla,244"
    )
    (folder / "emissions_older.csv").write_text(older, encoding="utf-8")
    found = checks.check(sources.Inputs.open("params/tiny.yml"))
    assert not [line for line in found.warnings if "release" in line]
    halved = text.replace("1281,2020,Alla,240", "1281,2020,Alla,120").replace(
        "1281,2020,Transporter,30", "1281,2020,Transporter,-90"
    )
    parts = [line.split(",") for line in halved.splitlines()]
    lines = [
        ",".join([*p[:3], "15"]) if p[:2] == ["1281", "2020"] and p[2] != "Alla" else ",".join(p)
        for p in parts
    ]
    (folder / "emissions_older.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = checks.check(sources.Inputs.open("params/tiny.yml"))
    assert "1281 in 2020: 240 t in release tiny, 120 t in older" in found.warnings


def test_the_age_of_a_release_is_told(tiny):
    released = "2024-04-18"
    for name, old, new in (
        ("params/tiny.yml", "vintage: tiny", f'vintage: "{released}"'),
        ("params/sources.yml", "emissions_tiny.csv", f"emissions_{released}.csv"),
    ):
        path = tiny / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    folder = tiny / "data" / "statistics"
    (folder / "emissions_tiny.csv").rename(folder / f"emissions_{released}.csv")
    found = checks.check(sources.Inputs.open("params/tiny.yml"), today=dt.date(2024, 4, 28))
    assert "emissions           54 rows, 1990-2020, release 2024-04-18, 10 days old" in found.inputs


def test_a_warning_is_told_in_english_and_written_in_swedish():
    (told,) = comparisons.shares(
        pd.DataFrame({"question_id": ["kolsankor"], "k": [9], "n": [10]}),
        pd.DataFrame({"indicator": ["kolsankor"], "previous_year": [2022], "previous_value": [50.0]}),
    )
    assert told == "kolsankor: 90 % against 50 % 2022; is it the same question?"
    assert told.swedish == "kolsankor: 90 % mot 50 % 2022; är det samma fråga?"
