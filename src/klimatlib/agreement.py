"""What the files of a year must agree on, with each other and with the report of the year before.

Each function takes what `klimatlib.checks` has read so far, by name, and leaves out what it cannot judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from klimatlib import members as indicators
from klimatlib import sources, survey
from klimatlib.claims import ClaimBook
from klimatlib.errors import InputError, Problem
from klimatlib.sources import Inputs

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
        problems += _unshaped(facts, shown) or _miscounted(facts, register, params.members_previous, shown)
    if isinstance(before, ClaimBook) and "members-count" in before:
        count = int(before["members-count"].value)
        if count != params.members_previous:
            told = f"expected {count}, as report {params.previous} has it, got {params.members_previous}"
            problems.append(Problem(project.relative(project.params_path), "members_previous", told))
    return problems


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
    if not isinstance(count, int):
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
            told = "asked, but the survey has no answers to it; add them, or take this wording out"
            yield Problem(shown, f"{question.id}, wording {year}", told)


def named_by_notebooks(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Ask for the activities and texts that a notebook takes by name."""
    facts, project = found.get("facts"), inputs.project
    if "outline" not in found:
        return
    shown = project.relative(project.data / "facts.yml")
    there = [activity["id"] for activity in facts["activities"]] if isinstance(facts, dict) else None
    for name in sources.outline(inputs).notebooks:
        path = project.root / "notebooks" / f"{name}.ipynb"
        source = path.read_text(encoding="utf-8") if path.is_file() else ""
        for text in dict.fromkeys(_TEXT.findall(source)):
            if not (project.data / "texts" / text).is_file():
                told = f"missing; notebook {name} prints it, an empty file prints nothing"
                yield Problem(project.relative(project.data / "texts" / text), "", told)
        for activity in dict.fromkeys(_ACTIVITY.findall(source)):
            if there is not None and activity not in there:
                told = f"no activity with id {activity}, which notebook {name} tells"
                yield Problem(shown, "activities", told)


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
