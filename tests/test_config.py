"""Parameters: strict, and every problem of a file at once."""

from __future__ import annotations

import pytest

from conftest import edit
from klimatlib.config import load_project
from klimatlib.errors import InputError

PARAMS = "params/tiny.yml"


def test_the_parameters_of_a_year_are_loaded_and_frozen(tiny):
    project = load_project(PARAMS)
    assert (project.name, project.params.year, project.params.base_year) == ("tiny", 2023, 1990)
    with pytest.raises(ValueError, match="frozen"):
        project.params.year = 2024


def test_the_project_is_found_from_a_folder_inside_it(tiny):
    assert load_project(PARAMS, start=tiny / "notebooks").root == tiny


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        (
            "emissions_year:", "emissions_yaer:",
            ["emissions_yaer: unknown key; did you mean 'emissions_year'?", "emissions_year: missing"],
        ),
        (
            "emissions_vintage: tiny", "emissions_vintage: 0114",
            ['emissions_vintage: expected text in quotes (YAML reads 0114 as a number: write "0114")'],
        ),
        ("year: 2023\n", "year: 2023.0\n", ["year: expected a whole number, digits alone (year that the"]),
        ("survey_input: counts", "survey_input: count", ["expected 'counts' or 'answers' (what data"]),
    ],
)  # fmt: skip
def test_each_wrong_parameter_is_told_with_what_stands_in_the_file(tiny, old, new, messages):
    edit(tiny / PARAMS, old, new)
    with pytest.raises(InputError, match=r"params/tiny\.yml: ") as caught:
        load_project(PARAMS)
    assert [text for text in messages if text not in str(caught.value)] == []
