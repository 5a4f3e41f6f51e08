"""Look at everything a report rests on before anything runs: all problems at once, then the warnings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from klimatlib import members, sources
from klimatlib.errors import InputError, Problem
from klimatlib.sources import Inputs
from klimatlib.texts import bare_digits


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes
    ----------
    inputs
        One line for each table: what it is, rows, years.
    warnings
        What does not stop the run but must be known.
    """

    inputs: tuple[str, ...]
    warnings: tuple[str, ...]


def check(inputs: Inputs) -> Report:
    """Read every input of a report and compare them with each other.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    found: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []

    def attempt(name: str, read: Callable[[Inputs], object]) -> None:
        try:
            result = read(inputs)
        except InputError as error:
            problems.extend(error.problems)
        else:
            if isinstance(result, pd.DataFrame):
                found[name] = result

    for name, read in _READERS.items():
        attempt(name, read)
    problems += [*_texts(inputs), *_across(inputs, found)]
    if problems:
        raise InputError(problems)
    return Report(tuple(_line(name, frame) for name, frame in found.items()), tuple(_warnings(inputs, found)))


_READERS: dict[str, Callable[[Inputs], object]] = {
    "municipalities": sources.municipalities,
    "emissions": sources.emissions,
    "population": sources.population,
    "members": sources.members,
    "survey": sources.survey_counts,
    "goals": sources.goals,
    "published": sources.published,
    "facts": sources.facts,
    "questions": sources.questions,
    "sources": sources.credits,
    "outline": sources.outline,
}


def _texts(inputs: Inputs) -> list[Problem]:
    project, problems = inputs.project, []
    for path in sorted((project.data / "texts").glob("*.md")):
        problems += bare_digits(sources.text(inputs, path.name), file=project.relative(path))
    return problems


def _across(inputs: Inputs, found: dict[str, pd.DataFrame]) -> list[Problem]:
    if not {"members", "emissions", "population"} <= set(found):
        return []
    codes, params = members.municipality_codes(found["members"]), inputs.project.params
    shown = inputs.project.relative(inputs.project.data / "members.csv")
    problems = [
        Problem(shown, code, "leave_one_out of the parameters names it, but it is no member municipality")
        for code in params.leave_one_out
        if code not in codes
    ]
    for name in ("emissions", "population"):
        for year in (params.emissions_year, params.base_year):
            rows = found[name][found[name]["year"] == year]
            absent = sorted({*codes} - {*rows["municipality_code"]})
            problems += [
                Problem(shown, code, f"a member, but the {name} have no row for it in {year}")
                for code in absent
            ]
    return problems


def _warnings(inputs: Inputs, found: dict[str, pd.DataFrame]) -> list[str]:
    listed = members.listed(found["members"])
    stated = sources.facts(inputs)["members"]["count_year_end"]
    warnings = []
    if listed < stated:
        warnings.append(
            f"the register lists {listed} of {stated} members: figures on members rest on those listed"
        )
    if inputs.project.params.survey_inferred:
        warnings.append("the survey's k and n are worked back from published percentages")
    return warnings


def _line(name: str, frame: pd.DataFrame) -> str:
    years = f", {frame['year'].min()}-{frame['year'].max()}" if "year" in frame else ""
    return f"{name:<15} {len(frame):>6} rows{years}"
