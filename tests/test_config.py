"""Parameters: strict, and every problem of a file at once."""

from __future__ import annotations

import pytest

from klimatlib.config import load_project, load_yaml
from klimatlib.errors import InputError, UsageError


def change(root, old, new):
    path = root / "params" / "tiny.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_parameters_of_a_year_are_loaded_and_frozen(tiny):
    project = load_project("params/tiny.yml")
    assert (project.name, project.params.year, project.params.base_year) == ("tiny", 2023, 1990)
    with pytest.raises(ValueError, match="frozen"):
        project.params.year = 2024


def test_the_project_is_found_from_a_folder_inside_it(tiny):
    assert load_project("params/tiny.yml", start=tiny / "notebooks").root == tiny


def test_outside_a_project_the_message_says_where_to_go(tmp_path):
    with pytest.raises(UsageError, match="go to the project's folder"):
        load_project("params/tiny.yml", start=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        (
            "emissions_year:", "emissions_yaer:",
            ["emissions_yaer: unknown key; did you mean emissions_year?", "emissions_year: missing"],
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
    change(tiny, old, new)
    with pytest.raises(InputError, match=r"params/tiny\.yml: ") as caught:
        load_project("params/tiny.yml")
    assert [text for text in messages if text not in str(caught.value)] == []


def test_a_quoted_year_is_the_same_year(tiny):
    change(tiny, "year: 2023\n", 'year: "2023"\n')
    assert load_project("params/tiny.yml").params.year == 2023


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"a: 1\na: 2", "line 2, column 1: key 'a' is given twice"),
        (b"a: &x 1\nb: *x", "anchors and aliases are not used here"),
        (b"a: !!python/name:os.system x", "tags are not used here"),
        (b"a: [1", "line 1, column 6"),
        (b"a: \xe5", "byte 3: not UTF-8"),
        (b'a: "x\\u202e"', "line 1, column 4: U"),
        (b"a: x\x00", "U+0000 (NUL) cannot be seen"),
        (b"a: " + b"[" * 3000, "nested more than 30 levels deep"),
        (b"? [a]\n: b", "expected a word as key"),
    ],
)
def test_yaml_with_surprises_is_refused_with_its_place(text, told):
    with pytest.raises(InputError) as caught:
        load_yaml(text, "x.yml")
    assert str(caught.value).startswith("x.yml: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../x.yml", "expected the name of a file in params/"),
        ("/etc/hostname", "expected the name of a file in params/"),
        ("data/tiny/facts.yml", "expected the name of a file in params/"),
        ("params/../params/ x.yml", "letters, digits"),
        ("params/2099.yml", r"params/2099\.yml: no such parameter file; there is tiny\.yml"),
    ],
)
def test_a_parameter_file_stands_in_params(tiny, name, message):
    with pytest.raises(InputError, match=message):
        load_project(name)
