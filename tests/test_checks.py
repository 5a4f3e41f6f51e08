"""Checks: what stops a run, and what must only be known. Each figure can be checked in the head."""

from __future__ import annotations

import datetime as dt
import shutil

import pandas as pd
import pytest
import yaml

from conftest import edit, unpin
from klimatlib.claims.claims import ClaimBook
from klimatlib.errors import InputError
from klimatlib.run import checks
from klimatlib.run.plausibility import letter
from klimatlib.sources import inputs as sources


def english(messages):
    return [message.english for message in messages]


def check_after(root, factor, cells="", year=",2020,"):
    """Check the tiny world with a release before its own, some of whose figures are those times a factor."""
    unpin(root)
    folder = root / "data" / "statistics"
    head, *lines = (folder / "emissions_tiny.csv").read_text(encoding="utf-8").splitlines()
    before = []
    for place, _, value in (line.rpartition(",") for line in lines):
        times = factor if place.startswith(cells) else 1
        before.append(f"{place.replace(',2020,', year)},{float(value) * times:.4f}")
    (folder / "emissions_older.csv").write_text("\n".join([head, *before, ""]), encoding="utf-8")
    return checks.check(sources.Inputs.open("params/tiny.yml"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((1,), []),
        ((1 / 1.02, "0000,1990"), []),
        ((1 / 1.04, "0000,1990"), ["the nation in 1990 is revised by +4.0 %, from release older to tiny"]),
        ((1 / 1.04, "0000,2020"), []),  # no base year: the figures printed of it are this year's
        ((1 / 1.4, "0000,2020"), ["the nation in 2020 is revised by +40.0 %, from release older to tiny"]),
        ((1, "", ",2015,"), ["release tiny has no figures for 2015, which older had"]),
    ],
)
def test_a_release_is_compared_with_the_one_before(tiny, change, expected):
    assert [line for line in english(check_after(tiny, *change).warnings) if "release" in line] == expected


@pytest.mark.parametrize(
    ("factor", "meaning"),
    [(1 / 2, "the file is doubled"), (1 / 1000, "kilograms instead of tonnes"), (1000, "kilotonnes")],
)
def test_a_file_in_another_unit_or_doubled_is_refused(tiny, factor, meaning):
    with pytest.raises(InputError, match=rf"emissions_tiny\.csv: column emissions_t: .*: {meaning}\? Fetch"):
        check_after(tiny, factor)


def test_a_claim_that_nothing_makes_is_told_before_a_notebook_runs_and_refused_where_nothing_else_changed(
    made,
):
    edit(made / "data" / "tiny" / "texts" / "members.md", "members-count", "members-cuont")
    edit(made / "notebooks/40_emissions.ipynb", '(\\"emissions-nation-change', '(\\"emissions-nation-chnage')
    parts = [
        ("data/tiny/texts/members.md: line ", "no claim 'members-cuont'; did you mean 'members-count'?"),
        (
            "notebooks/40_emissions.ipynb: cell 40-18, [",
            ", line 5, ",
            "no claim 'emissions-nation-chnage'; did you mean 'emissions-nation-change'?",
        ),
    ]
    with pytest.raises(InputError) as raised:
        checks.check(sources.Inputs.open("params/tiny.yml"))
    lines = str(raised.value).splitlines()
    assert [all(part in line for part in own) for own, line in zip(parts, lines, strict=True)] == [True, True]
    edit(made / "data" / "tiny" / "facts.yml", "activities:", "activities: ")  # which may make other claims
    report = checks.check(sources.Inputs.open("params/tiny.yml"))
    assert english(report.doubts) == [f"{each} (unless this run makes it)" for each in lines]
    shutil.rmtree(made / "outputs" / ".kept")
    assert checks.check(sources.Inputs.open("params/tiny.yml")).doubts == report.doubts


def question(tiny, status=None):
    """Double a member's figures since the release before; return what is asked, the letter, what is known."""
    if status:
        where = {"municipality_code": "1281", "year": "2020"}
        entry = {
            "id": "fraga",
            "file": "data/statistics/emissions_tiny.csv",
            "why": "x",
            "decided": "2024-01-01",
        }
        content = yaml.safe_dump({"corrections": [{**entry, "where": where, "status": status}]})
        (tiny / "params/corrections.yml").write_text(content, encoding="utf-8")
    report = check_after(tiny, 0.5, "1281,2020")
    asked = [line for line in english(report.warnings) if "emissions_tiny" in line]
    return asked, [*letter("params/tiny.yml")], report.corrections


def test_an_anomaly_is_asked_about_until_it_is_settled_and_again_if_it_is_not_mended(tiny):
    (asked,), lines, known = question(tiny)
    assert "2020: Lund (1281): most sectors are not those of the release before (240 t, then 120 t)" in asked
    assert (lines[0][:5], len([line for line in lines if line.startswith("1. 2020: Lund (1281): ")])) == (
        "Till ",
        1,
    )
    assert known == ()


@pytest.mark.parametrize(("status", "still"), [("reported", 0), ("answered", 0), ("mended", 1)])
def test_a_question_with_a_status_is_settled_and_changes_no_figure(tiny, status, still):
    asked, lines, known = question(tiny, status)
    assert len(asked) == still
    assert all("says that it is mended" in line for line in asked)
    assert lines == ["Det finns inget att fråga om."]
    assert [status in line for line in known] == [True]


def test_a_share_far_from_the_earlier_one_is_told_in_english_and_written_in_swedish():
    counts = pd.DataFrame({"question_id": ["a", "b"], "k": [9, 5], "n": [10, 10]})
    earlier = {"indicator": ["a", "b"], "previous_year": [2022, 2022], "previous_value": [50.0, 44.0]}
    (message,) = checks.share_warnings(counts, pd.DataFrame(earlier), ClaimBook())
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


def test_the_age_of_a_release_is_told(tiny):
    released = "2024-04-18"
    for name, old, new in (
        ("params/tiny.yml", "emissions_vintage: tiny", f'emissions_vintage: "{released}"'),
        ("params/sources.yml", "emissions_tiny.csv", f"emissions_{released}.csv"),
    ):
        path = tiny / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    folder = tiny / "data" / "statistics"
    (folder / "emissions_tiny.csv").rename(folder / f"emissions_{released}.csv")
    report = checks.check(sources.Inputs.open("params/tiny.yml"), today=dt.date(2024, 4, 28))
    assert "emissions           54 rows, 1990-2020, release 2024-04-18, 10 days old" in report.inputs
