"""The reference pages are what their contracts say, today."""

from __future__ import annotations

import importlib.util
import re

import pytest

from conftest import ROOT

SPEC = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
assert SPEC
assert SPEC.loader
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_reference_page_is_current(name):
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert page == reference.PAGES[name](), "run: make docs"


@pytest.mark.parametrize("name", reference.PAGES)
def test_every_column_and_key_has_a_meaning_and_a_row_of_its_own(name):
    headings: list[str] = []
    for line in reference.PAGES[name]().split("\n"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0] in ("Column", "Key"):
            headings = cells
        elif line.startswith("| `"):
            assert len(cells) == len(headings), line
            assert cells[headings.index("Meaning")], line


def test_the_contracts_reach_the_pages():
    dictionary, parameters = (page() for page in reference.PAGES.values())
    assert "| `k` | whole number | members | from 0 to 1000 |" in dictionary
    assert "## survey_answers" in dictionary
    assert "| `emissions_year` | whole number, 1900 to 2100 |" in parameters
    assert "| `comparison_note` | mapping to text | none |" in parameters
