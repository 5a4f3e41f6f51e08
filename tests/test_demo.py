"""The example year: the script makes its files, the report runs, says what it is, shows nobody's answers."""

from __future__ import annotations

import importlib.util
import json
import re

import pypdf
import pytest

from conftest import ROOT
from klimatlib.sources import inputs as sources
from klimatlib.sources.survey_export import survey_answers, survey_counts
from report_content import crowded_labels, wrong_axes

DEMO = ROOT / "data" / "demo"
NOTICE = "Exempeldata: svaren och verksamheten är påhittade."
ANSWERS = {f"answers_{year}{form}.csv" for year in (2021, 2022, 2023) for form in ("", "_regions")}
MADE = {"members.csv", "goals.csv", "published.csv", "evidence.csv", "answers_applicant.csv", *ANSWERS}


def test_the_script_makes_exactly_the_files_that_are_there():
    spec = importlib.util.spec_from_file_location("make_demo", DEMO / "make_demo.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.files() == {name: (DEMO / name).read_bytes().decode() for name in MADE}


@pytest.mark.parametrize(("year", "answered", "column"), [(2022, 28, "previous_value"), (2023, 29, "value")])
def test_all_answers_can_be_read_and_give_the_published_shares(year, answered, column):
    inputs = sources.Inputs.open("params/demo.yml", start=DEMO)
    answers = survey_answers(inputs, year)
    assert answers["code"].nunique() == answered
    assert len(answers) == answered * 14
    published = sources.published(inputs).dropna(subset="previous_year").set_index("indicator")[column]
    for question, printed in published.items():
        given = answers.loc[answers["question_id"] == question, "counts_as"].value_counts()
        assert abs(100 * given["yes"] / (given["yes"] + given["no"]) - printed) <= 0.5
    if year == 2023:  # each share is of those that answered the question
        counts = survey_counts(inputs)
        assert {*(counts["n"] + counts["missing"])} == {answered}
        assert counts["missing"].sum() > 0


def test_every_label_of_a_chart_is_where_it_can_be_read_and_of_an_axis_where_its_number_is(demo_report):
    assert len([*(demo_report / "figures").glob("*.svg")]) > 10
    assert wrong_axes(demo_report / "figures") == crowded_labels(demo_report / "figures") == []


def test_every_page_says_that_it_is_an_example(demo_report):
    pages = [page.extract_text() for page in pypdf.PdfReader(demo_report / "report.pdf").pages]
    assert len(pages) > 5
    assert [number for number, text in enumerate(pages, 1) if NOTICE not in " ".join(text.split())] == []
    assert NOTICE in (demo_report / "report.html").read_text("utf-8")


def test_nothing_that_a_member_wrote_and_no_row_of_a_member_is_in_the_report_or_the_notebooks(demo_report):
    notebooks = sorted((demo_report / "notebooks").rglob("*.ipynb"))
    assert len(notebooks) == 8
    for path in [*notebooks, *(demo_report / name for name in ("report.qmd", "report.html", "claims.csv"))]:
        content = path.read_text("utf-8")
        for own in ("Nej men utreds", "svar01@", "delningstorg", "Malmö stad", "counts_as"):
            assert own not in content, f"{own} in {path.name}"
    book = json.loads((demo_report / "notebooks" / "50_survey.ipynb").read_text("utf-8"))
    outputs = [o for cell in book["cells"] for o in cell.get("outputs", [])]
    shown = "".join("".join(part) for o in outputs for part in o.get("data", {}).values())
    assert "Beslut om klimatneutralitet" in shown  # the survey's tables have one row a question
    assert not re.search(r"\b(?:1280|1281|2580)\b", shown)
    assert "data/demo/answers_2023.csv" in (demo_report / "manifest.json").read_text("utf-8")
