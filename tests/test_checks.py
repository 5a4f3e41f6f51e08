"""Checks: what stops a run, and what must only be known. Each figure can be checked in the head."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from conftest import unpin
from klimatlib.run import checks
from klimatlib.sources import inputs as sources

NOW = [("0000", 1990, 1000.0), ("0000", 2020, 800.0), ("1281", 1990, 100.0), ("1281", 2020, 80.0)]
NAMES = ("2025", "2024")


def emissions(cells):
    frame = pd.DataFrame(cells, columns=["municipality_code", "year", "emissions_t"])
    return frame.assign(sector="Alla")


def changed(factor, code=None, year=None):
    """Return the emissions with one figure, or all, times a factor."""
    return emissions(
        [(c, y, t * factor if code in (None, c) and year in (None, y) else t) for c, y, t in NOW]
    )


def english(messages):
    return [message.english for message in messages]


@pytest.mark.parametrize(
    ("current", "previous", "expected"),
    [
        (emissions(NOW), emissions(NOW), []),
        (changed(1.02, "0000", 1990), emissions(NOW), []),
        (
            changed(1.04, "0000", 1990),
            emissions(NOW),
            ["the nation in 1990 is revised by +4.0 %, from release 2024 to 2025"],
        ),
        (
            emissions([row for row in NOW if row[1] != 1990]),
            emissions(NOW),
            ["release 2025 has no figures for 1990, which 2024 had"],
        ),
        (changed(1.6, "1281", 2020), emissions(NOW), ["1281 in 2020: 128 t in release 2025, 80 t in 2024"]),
    ],
    ids=["the same", "2 % in the base year", "4 % in the base year", "a lost year", "one far off"],
)
def test_a_release_is_compared_with_the_one_before(current, previous, expected):
    assert english(checks.release_warnings(current, previous, base_year=1990, names=NAMES)) == expected


@pytest.mark.parametrize(
    ("factor", "ending"),
    [
        (2, "the file is doubled?"),
        (1000, "kilograms instead of tonnes?"),
        (0.001, "kilotonnes?"),
        (1.5, None),
    ],
)
def test_a_file_in_another_unit_or_doubled_is_refused(factor, ending):
    problems = checks.scale_problems(changed(factor), emissions(NOW), NAMES)
    assert [problem.endswith(ending) for problem in problems] == ([True] if ending else [])


def test_a_jump_from_one_year_to_the_next_is_told_but_not_over_thirty_years():
    jump = emissions([("1281", 1990, 10.0), ("1281", 2019, 100.0), ("1281", 2020, 210.0)])
    (message,) = checks.step_warnings(jump, "emissions_t", ("t", "ton"), factor=2)
    assert message.english == "1281: 100 t in 2019, 210 in 2020"
    assert message.swedish == "1281: 100 ton 2019, 210 2020"


def test_many_of_a_kind_are_counted_not_listed():
    many = [(f"{code:04}", year, value) for code in range(12) for year, value in ((2019, 1.0), (2020, 9.0))]
    messages = checks.step_warnings(emissions(many), "emissions_t", ("t", "t"), factor=2)
    assert len(messages) == 9
    assert messages[-1].english == "and 4 more of the kind"


def test_a_share_far_from_the_earlier_one_is_told_in_english_and_written_in_swedish():
    counts = pd.DataFrame({"question_id": ["a", "b"], "k": [9, 5], "n": [10, 10]})
    earlier = {"indicator": ["a", "b"], "previous_year": [2022, 2022], "previous_value": [50.0, 44.0]}
    (message,) = checks.share_warnings(counts, pd.DataFrame(earlier))
    assert message.english == "a: 90 % against 50 % 2022; is it the same question?"
    assert message.swedish == "a: 90 % mot 50 % 2022; är det samma fråga?"


def test_the_register_is_held_against_the_facts(tiny):
    opened = sources.Inputs.open("params/tiny.yml")
    register, facts, places = sources.members(opened), sources.facts(opened), sources.municipalities(opened)
    assert english(checks.register_warnings(register, facts, places)) == [
        "Region Skåne overlaps 1 member municipalities of its own: it is not added to them"
    ]
    stated = {"members": {**facts["members"], "count_year_end": 5, "left": ["Forshaga kommun"]}}
    assert english(checks.register_warnings(register, stated, places))[:2] == [
        "the register lists 3 of 5 members: figures on members rest on those listed",
        "the facts name Forshaga kommun (left), but no row of the register with status left does",
    ]


def test_check_compares_with_the_newest_release_before(tiny):
    unpin(tiny)
    folder = tiny / "data" / "statistics"
    lines = (folder / "emissions_tiny.csv").read_text(encoding="utf-8").splitlines()
    parts = [line.rsplit(",", 1) for line in lines]
    halved = [
        f"{place},{float(value) / 2:g}" if place.startswith("1281,2020") else f"{place},{value}"
        for place, value in parts
    ]
    (folder / "emissions_older.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert not [line for line in english(checks.check(sources.Inputs.open("params/tiny.yml")).warnings)
                if "release" in line]  # fmt: skip
    (folder / "emissions_older.csv").write_text("\n".join(halved) + "\n", encoding="utf-8")
    report = checks.check(sources.Inputs.open("params/tiny.yml"))
    assert "1281 in 2020: 240 t in release tiny, 120 t in older" in english(report.warnings)


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
    report = checks.check(sources.Inputs.open("params/tiny.yml"), today=dt.date(2024, 4, 28))
    assert "emissions           54 rows, 1990-2020, release 2024-04-18, 10 days old" in report.inputs
