"""The year's survey, held as counts or as the members' answers; either way the chapter gets counts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from klimatlib import schemas
from klimatlib.catalogue import Question
from klimatlib.errors import InputError, Problem
from klimatlib.params import Params
from klimatlib.schemas import rows
from klimatlib.sources.answers import counted, read_answers
from klimatlib.sources.answers_members import members_in
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.official.reading import Reading
from klimatlib.sources.tidy import members, places, questions


def survey_file(inputs: Inputs, year: int | None = None) -> Path:
    """Path of the survey: ``survey.csv`` with counts, or ``answers_<year>`` (.csv or .xlsx) with answers.

    Parameters
    ----------
    inputs
        The report's inputs.
    year
        Year of the answers; the report's own by default.

    Raises
    ------
    InputError
        Answers both as .csv and as .xlsx.
    """
    project = inputs.project
    if project.params.survey_input == "counts":
        return project.data / "survey.csv"
    table, book = (project.data / f"answers_{year or project.params.year}{end}" for end in (".csv", ".xlsx"))
    if inputs.exists(table) and inputs.exists(book):
        told = f"there is {table.name} too; keep one of them"
        raise InputError([Problem(project.relative(book), "", told)])
    return book if inputs.exists(book) else table


def survey_answers(inputs: Inputs, year: int | None = None) -> pd.DataFrame:
    """Return the members' answers of a year, as `schemas.SURVEY_ANSWERS`; count them, never show them.

    Raises
    ------
    InputError
        As `klimatlib.sources.answers.read_answers`.
    """
    path = survey_file(inputs, year)
    return answers_of(inputs, inputs.read(path), inputs.project.relative(path), year).frame


def answers_open_to_others(inputs: Inputs) -> list[str]:
    """Return the members' answers, of the year and the one before, that others on the machine may read.

    Those of a report with a notice are not meant: it says that they are invented.
    """
    project = inputs.project
    if project.params.survey_input == "counts" or project.params.notice or os.name == "nt":
        return []
    files = (survey_file(inputs, year) for year in project.params.survey_years)
    shared = [path for path in files if inputs.exists(path) and path.stat().st_mode & 0o077]
    return [project.relative(path) for path in shared]


def answers_of_both_years(inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the answers of the year before and of the report's year, as `schemas.SURVEY_ANSWERS`.

    Both are empty where only counts exist, or where the year before has no answers.
    """
    year = inputs.project.params.year
    nobody = pd.DataFrame(columns=list(schemas.SURVEY_ANSWERS.schema.columns))
    if inputs.project.params.survey_input == "counts":
        return nobody, nobody
    if not inputs.exists(survey_file(inputs, year - 1)):
        return nobody, nobody
    return survey_answers(inputs, year - 1), survey_answers(inputs, year)


def consent(inputs: Inputs) -> pd.DataFrame:
    """Return who lets its own answers of the year be shown, columns as `schemas.CONSENT`.

    Nobody does unless ``consent.csv`` in the report's data folder says so.

    Raises
    ------
    InputError
        Consent of somebody who is no member.
    """
    path = inputs.project.data / "consent.csv"
    if not inputs.exists(path):
        return pd.DataFrame(columns=list(schemas.CONSENT.schema.columns), dtype="str")
    frame = inputs.table(path, schemas.CONSENT)
    known = members_in(members(inputs), inputs.project.params.year)
    told = f"is no member of {inputs.project.params.year} in members.csv; only a member can give consent"
    problems = [
        Problem(inputs.project.relative(path), f"row {row}", f"{code} {told}")
        for row, code in enumerate(frame["code"], 2)
        if code not in known
    ]
    if problems:
        raise InputError(problems)
    return frame


def own_answers(inputs: Inputs, code: str) -> pd.DataFrame:
    """Return one member's answers of the year, as `schemas.SURVEY_ANSWERS`, to be shown to anybody.

    Empty where only counts exist, and where the member has not consented: then the answers are not read.
    """
    if inputs.project.params.survey_input == "answers" and code in set(consent(inputs)["code"]):
        found = survey_answers(inputs)
        return found[found["code"] == code]
    return pd.DataFrame(columns=list(schemas.SURVEY_ANSWERS.schema.columns))


def answers_of(inputs: Inputs, data: bytes, file: str, year: int | None = None) -> Reading:
    """Return a survey export as the report's questions, members and corrections let it be understood."""
    return read_answers(
        data,
        file,
        questions=questions(inputs),
        year=year or inputs.project.params.year,
        members=members(inputs),
        places=places(inputs),
        corrections=inputs.corrections(),
    )


def survey_counts(inputs: Inputs) -> pd.DataFrame:
    """Answers counted per question, columns as `schemas.SURVEY_COUNTS`; from answers also ``missing``.

    Raises
    ------
    InputError
        A question that is unknown or has no wording for the year, or counts that cannot be.
    """
    params, path = inputs.project.params, survey_file(inputs)
    inputs.read(path)  # whether it is there is told even while the questions are not settled
    known = questions(inputs)
    if params.survey_input == "answers":
        frame = counted(survey_answers(inputs), known)
    else:
        frame = inputs.table(path, schemas.SURVEY_COUNTS)
    problems = _problems(frame, known, params, inputs.project.relative(path))
    if problems:
        raise InputError(problems)
    return frame


def _problems(
    frame: pd.DataFrame, known: Mapping[str, Question], params: Params, shown: str
) -> list[Problem]:
    """List the counts that cannot be; those of answers have no row of their own."""
    problems = []
    for number, row in enumerate(rows(frame), 2):
        where = row.question_id if params.survey_input == "answers" else f"row {number}, {row.question_id}"
        told = _refusals(row.question_id, int(row.k), int(row.n), known, params)
        problems += [Problem(shown, where, text) for text in told]
    return problems


def _refusals(question: str, k: int, n: int, known: Mapping[str, Question], params: Params) -> list[str]:
    """Say why counts cannot be, in as many texts as there are reasons."""
    told = []
    if question not in known:
        told.append("unknown question; add it to params/questions.yml")
    elif str(params.year) not in known[question].wording:
        told.append(f"params/questions.yml has no wording for {params.year}; add it")
    if k > n:
        told.append(f"a share over 1: k is {k} of n {n}; k is at most n")
    if n > params.survey_members:
        asked = f"survey_members in the parameters is {params.survey_members}"
        told.append(f"{n} answered, but {asked}; mend the one that is wrong")
    if n < 1:
        told.append("nobody answered yes or no; a share needs at least one answer")
    return told
