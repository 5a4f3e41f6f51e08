"""A report under another release: its parameters are the report's own, but for release and data year."""

from __future__ import annotations

import pytest

from klimatlib.config import load_project
from klimatlib.errors import InputError
from klimatlib.sources import inputs as sources
from klimatlib.variants import with_vintage


@pytest.fixture
def older(tiny):
    folder = tiny / "data" / "statistics"
    lines = (folder / "emissions_tiny.csv").read_text(encoding="utf-8").splitlines()
    renamed = [line.replace(",2020,", ",2019,") for line in lines]
    (folder / "emissions_older.csv").write_text("\n".join(renamed) + "\n", encoding="utf-8")
    return sources.Inputs.open("params/tiny.yml")


def test_a_release_that_does_not_reach_the_data_year_gives_its_newest_year(older):
    params_file, notes = with_vintage(older, "older")
    project = load_project(params_file)
    assert (project.name, project.data.name, project.published.name) == ("tiny@older", "tiny", "tiny@older")
    assert (project.params.emissions_vintage, project.params.emissions_year) == ("older", 2019)
    assert project.params.revisions == ("tiny",)
    assert notes == ["release older has no figures for 2020; data year is 2019"]


def test_the_published_report_and_its_parameters_are_left_alone(older):
    before = older.project.params_path.read_bytes()
    with_vintage(older, "older")
    assert older.project.params_path.read_bytes() == before


def test_a_release_that_is_not_at_hand_names_those_that_are(older):
    with pytest.raises(InputError, match=r"data/statistics: no emissions_2099\.csv; at hand are older, tiny"):
        with_vintage(older, "2099")
