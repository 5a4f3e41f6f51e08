"""The reference pages are what their contracts say, today."""

from __future__ import annotations

import importlib.util
import re

import pytest

from conftest import ROOT

SPEC = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)
ROWS = {  # of each page, some that its contracts must give
    "data-dictionary.md": ["| `k` | whole number | members | from 0 to 1000 |", "## survey_answers"],
    "parameters.md": [
        "| `emissions_year` | whole number, 1900 to 2100 |",
        "| `comparison_note` | mapping to text | none |",
    ],
}


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_reference_page_is_current_and_gives_every_column_and_key_a_meaning(name):
    page, headings = reference.PAGES[name](), []
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page, "run: make docs"
    assert [row for row in ROWS[name] if row not in page] == []
    for line in page.split("\n"):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0] in ("Column", "Key"):
            headings = cells
        elif line.startswith("| `"):
            assert len(cells) == len(headings), line
            assert cells[headings.index("Meaning")], line
