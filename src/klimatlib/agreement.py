"""What the files of a year must agree on, with each other and with the report of the year before.

Each function takes what `klimatlib.checks` has read so far, by name, and leaves out what it cannot judge.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from klimatlib import backtest, sources, survey
from klimatlib import members as indicators
from klimatlib.catalogue import Outline
from klimatlib.claims.claims import ClaimBook
from klimatlib.errors import InputError, Problem
from klimatlib.schemas import NATION, TOTAL, rows
from klimatlib.sources import Inputs
from klimatlib.sources.files import capped

_NATION_T, _PLACE_T = (0.5, 50.0), (0.2, 500.0)  # a year's emissions per inhabitant, t
_MEMBERS = "medlemmar-antal"
_NAMED = ("joined", "left", "observers_joined")
_TEXT = re.compile(r'chapter\.text\(\\?"([a-z0-9_]+\.md)\\?"')
_ACTIVITY = re.compile(r'chapter\.activity\(\\?"([a-z0-9-]+)\\?"\)')


def members(inputs: Inputs, found: Mapping[str, object]) -> list[Problem]:
    """Hold the stated number of members against those that came and went, and against the year before."""
    register, facts, before = (found.get(name) for name in ("members", "facts", "earlier"))
    project, params = inputs.project, inputs.project.params
    problems: list[Problem] = []
    if isinstance(facts, dict) and isinstance(register, pd.DataFrame):
        shown = project.relative(project.data / "facts.yml")
        problems += _another_year(facts, params.year, shown, project.relative(project.params_path))
        problems += _unshaped(facts, shown) or _miscounted(facts, register, params.members_previous, shown)
    if isinstance(before, ClaimBook) and "members-count" in before:
        count = int(before["members-count"].value)
        if count != params.members_previous:
            told = f"expected {count}, as report {params.previous} has it, got {params.members_previous}"
            problems.append(Problem(project.relative(project.params_path), "members_previous", told))
    return problems


def _another_year(facts: Mapping[str, Any], year: int, shown: str, params: str) -> list[Problem]:
    report = facts.get("report")
    told = report.get("year", year) if isinstance(report, dict) else year
    text = f"expected {year}, as {params} has it, got {told!r}; is it another year's file?"
    return [Problem(shown, "report.year", text)] if told != year else []


def _unshaped(facts: Mapping[str, Any], shown: str) -> list[Problem]:
    told = facts.get("members")
    if not isinstance(told, dict):
        return [Problem(shown, "members", f"missing; expected count_year_end, {', '.join(_NAMED)}")]
    problems = [
        Problem(shown, f"members.{key}", f"expected a list of names, [] for none, got {told.get(key)!r}")
        for key in _NAMED
        if not isinstance(told.get(key), list)
    ]
    count = told.get("count_year_end")
    if not isinstance(count, int) or isinstance(count, bool):
        problems.append(Problem(shown, "members.count_year_end", f"expected a whole number, got {count!r}"))
    return problems


def _miscounted(facts: Mapping[str, Any], register: pd.DataFrame, previous: int, shown: str) -> list[Problem]:
    try:
        indicators.claims(
            facts, year=1900, previous=previous, register=register, source="-", register_source="-"
        )
    except InputError as error:
        return [replace(problem, file=shown) for problem in error.problems]
    return []


def questions(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Ask of each question of the year for its answers, and whether its wording allows the comparison."""
    known, counts, params = found.get("questions"), found.get("survey"), inputs.project.params
    if not isinstance(known, dict):
        return
    shown, year = "params/questions.yml", str(params.year)
    for question in known.values():
        if params.previous and (told := survey.unlike(question, params.survey_years)):
            yield Problem(shown, question.id, told)
        if not isinstance(counts, pd.DataFrame) or year not in question.wording:
            continue
        if question.id not in {*counts["question_id"]}:
            file = inputs.project.relative(sources.survey_file(inputs))
            told = f"asked, but {file} has no answers to it; add them, or take this wording out"
            yield Problem(shown, f"{question.id}, wording {year}", told)


def named_by_notebooks(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Ask for the activities and texts that a notebook takes by name."""
    facts, project = found.get("facts"), inputs.project
    if "outline" not in found:
        return
    yield from _order(sources.outline(inputs))
    shown = project.relative(project.data / "facts.yml")
    there = [activity["id"] for activity in facts["activities"]] if isinstance(facts, dict) else None
    for name in sources.outline(inputs).notebooks:
        path = project.root / "notebooks" / f"{name}.ipynb"
        if not path.is_file():
            yield Problem("notebooks/report.yml", name, f"there is no notebook notebooks/{name}.ipynb")
            continue
        source = path.read_text(encoding="utf-8", errors="replace")
        for text in dict.fromkeys(_TEXT.findall(source)):
            if not (project.data / "texts" / text).is_file():
                told = f"missing; notebook {name} prints it, an empty file prints nothing"
                yield Problem(project.relative(project.data / "texts" / text), "", told)
        for activity in dict.fromkeys(_ACTIVITY.findall(source)):
            if there is not None and activity not in there:
                told = f"no activity with id {activity}, which notebook {name} tells"
                yield Problem(shown, "activities", told)


def _order(outline: Outline) -> Iterator[Problem]:
    for entry in dict.fromkeys(outline.order):
        if entry.split("#")[0] not in outline.notebooks:
            known = ", ".join(outline.notebooks)
            yield Problem(
                "notebooks/report.yml", "order", f"{entry}: no notebook of the report; there is {known}"
            )
        if outline.order.count(entry) > 1:
            yield Problem("notebooks/report.yml", "order", f"{entry} stands twice; keep one of them")


def per_inhabitant(inputs: Inputs, found: Mapping[str, object]) -> list[Problem]:
    """Hold emissions against inhabitants: in another unit neither country nor municipality is possible."""
    emissions, people = found.get("emissions"), found.get("population")
    if not isinstance(emissions, pd.DataFrame) or not isinstance(people, pd.DataFrame):
        return []
    project, params = inputs.project, inputs.project.params
    shown = project.relative(project.statistics / f"emissions_{params.emissions_vintage}.csv")
    people_file = project.relative(project.statistics / "population.csv")
    totals = emissions[emissions["sector"] == TOTAL].reset_index(names="at")
    both = totals.merge(people, on=["municipality_code", "year"], validate="one_to_one")
    each = both["emissions_t"].astype(float) / both["population"].astype(float)
    nation = both["municipality_code"] == NATION
    low, high = (
        nation.map({True: _NATION_T[0], False: _PLACE_T[0]}),
        nation.map({True: _NATION_T[1], False: _PLACE_T[1]}),
    )
    off = both.assign(each=each, low=low, high=high)[(each < low) | (each > high)]
    return capped(
        [
            Problem(
                shown,
                f"row {row.at + 2}, column emissions_t",
                f"{row.municipality_code}, {row.year}: {row.each:.3g} t per inhabitant, expected "
                f"{row.low:g} to {row.high:g}; is the unit tonnes, and is {people_file} right?",
            )
            for row in rows(off)
        ]
    )


def published(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Ask of each published figure what it is, and hold the number of members against that stated."""
    table, known, facts = (found.get(name) for name in ("published", "questions", "facts"))
    if not isinstance(table, pd.DataFrame) or not isinstance(known, dict):
        return
    shown = inputs.project.relative(inputs.project.data / "published.csv")
    names = [*known, *backtest.INDICATORS, _MEMBERS]
    for number, row in enumerate(rows(table), 2):
        where = f"row {number}, column "
        if row.indicator not in names:
            near = difflib.get_close_matches(row.indicator, names, n=1)
            told = (
                f"; is it {near[0]}?"
                if near
                else "; expected a question's id or one of " + ", ".join(names[-5:])
            )
            yield Problem(shown, f"{where}indicator", f"{row.indicator} is no figure of the report{told}")
        stated = _stated(facts, row.value)
        if row.indicator == _MEMBERS and row.value != stated:
            told = f"{row.value:g} members published, facts.yml has {stated} (members.count_year_end)"
            yield Problem(shown, f"{where}value", f"{told}; one of them is wrong")


def _stated(facts: object, otherwise: float) -> float:
    """Return how many members the facts state; what is told elsewhere where they state nothing."""
    told = facts.get("members") if isinstance(facts, dict) else None
    return told.get("count_year_end", otherwise) if isinstance(told, dict) else otherwise


def two_years(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Refuse last year's answers under this year's name."""
    if inputs.project.params.survey_input == "counts" or "survey" not in found:
        return
    try:
        before, now = sources.answers_of_both_years(inputs)
    except InputError as error:
        yield from error.problems
        return
    if len(now) and before.equals(now):
        told = f"the same answers as {inputs.project.params.year - 1}, every one; is it last year's file?"
        yield Problem(inputs.project.relative(sources.survey_file(inputs)), "", told)


def corrections(inputs: Inputs) -> Iterator[Problem]:
    """Ask for the file of each correction: one that is misspelt would never be made."""
    for one in inputs.corrections():
        if not (inputs.project.root / one.file).is_file():
            yield Problem("params/corrections.yml", one.id, f"there is no file {one.file}; mend its name")


def origins(inputs: Inputs) -> Iterator[Problem]:
    """Ask for the source of each file that a chapter cites."""
    project, params = inputs.project, inputs.project.params
    statistics = (f"emissions_{params.emissions_vintage}.csv", "population.csv")
    cited = [project.data / name for name in ("facts.yml", "goals.csv", "members.csv", "published.csv")]
    cited += [project.statistics / name for name in statistics]
    for path in [*cited, sources.survey_file(inputs)]:
        try:
            sources.origin(inputs, project.relative(path))
        except InputError as error:
            yield from error.problems
