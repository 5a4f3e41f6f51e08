"""A survey export as a table of text: what each column is, told by its heading and never guessed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from klimatlib.catalogue import Question
from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import (
    Cell,
    Grid,
    a1,
    capped,
    clean,
    is_blank,
    is_workbook,
    ragged,
    read_table,
    read_workbook,
    shown,
    values_without_heading,
)

_NEAR = 0.8
_TITLE_ROWS = 10
_COMMENT = re.compile(r"\b(kommentar\w*|fritext\w*|utveckla|beskriv|motivera|övrigt)\b")
_PERSONAL = re.compile(
    r"\b(e-?post\w*|e-?mail\w*|mejl\w*|mail\w*|tid|tidpunkt|tids?stämpel|starttid|sluttid|datum|svarsdatum"
    r"|timestamp|respondent\w*|svarande|kontaktperson\w*|telefon\w*|ip|ip-adress|id|svarsid)\b"
)
_MEMBER = re.compile(r"kommun|medlem|region|organisation")
_NAME_LENGTH = 60


@dataclass
class Columns:
    """What the columns of an export are, by their headings.

    Attributes
    ----------
    questions
        Question id to heading.
    members
        Headings that may hold the member's name; one is right.
    texts, dropped
        Headings of free text; of what is not read on: time, e-mail, respondent.
    problems
        Headings that cannot be used.
    """

    questions: dict[str, str] = field(default_factory=dict)
    members: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    near: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Sheet:
    """A survey export, one row an answer.

    Parameters
    ----------
    frame
        Text cells; columns are the headings as in the file, the index is the row in the file.
    columns
        What the columns are.
    name
        Name of the sheet; empty for a text file.
    """

    frame: pd.DataFrame
    columns: Columns
    name: str


def heading_key(text: str) -> str:
    r"""Spelling by which headings are compared: folded case, single spaces, no question mark at the end.

    >>> heading_key(" Arbetar  kommunen\u00a0med BIOKOL? ")
    'arbetar kommunen med biokol'
    """
    return clean(text).casefold().rstrip(" ?:.")


def read_sheet(data: bytes, file: str, *, questions: Mapping[str, Question], year: int) -> Sheet:
    """Read a survey export (.xlsx or .csv) as text.

    Parameters
    ----------
    data, file
        The file's bytes and its name in messages.
    questions
        Questions by id; those with a wording for the year are expected as headings.
    year
        Year of the survey.

    Raises
    ------
    InputError
        No table, a heading near a wording but not equal to it, a question that is missing or stands twice,
        no single column with the member's name, or rows that do not fit the headings.
    """
    wordings = {heading_key(q.wording[str(year)]): q for q in questions.values() if str(year) in q.wording}
    if not wordings:
        raise InputError(
            [Problem("params/questions.yml", "questions", f"no question has a wording for {year}")]
        )
    grids = read_workbook(data, file) if is_workbook(data) or not data else [read_table(data, file)]
    grid, top = _table(grids, wordings, file)
    headings = _headings(grid.rows[top], wordings)
    columns = _columns(headings, wordings, questions, year, file)
    used = [row for row in range(top + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[row]))]
    columns.problems += values_without_heading(grid, top, used, set(headings), file)
    columns.problems += [*ragged(grid, used, len(grid.rows[top]), file), *_merged(grid, top, file)]
    if not used:
        columns.problems.append(
            Problem(file, "", "no answers under the headings; expected a row for each member that answered")
        )
    if columns.problems:
        raise InputError(capped(columns.problems, 20))
    return Sheet(_text_frame(grid, used, headings), columns, grid.name)


def _merged(grid: Grid, top: int, file: str) -> list[Problem]:
    """List merged cells under the headings: one answer in the place of several."""
    return [
        Problem(
            file, grid.where(*first), f"merged with {a1(*last)}; unmerge, and give each cell its own answer"
        )
        for first, last in grid.merged
        if last[0] > top
    ]


def _table(grids: list[Grid], wordings: Mapping[str, Question], file: str) -> tuple[Grid, int]:
    """Find the sheet with the answers, and its row of headings."""
    tops = [(grid, *_heading_row(grid, wordings)) for grid in grids if not grid.hidden]
    filled = [(grid, top, hits) for grid, top, hits in tops if top >= 0]
    held = [item for item in filled if item[2]] or filled[:1]
    if not held:
        raise InputError([Problem(file, "", "no table; expected one row a member under the questions")])
    if len(held) > 1:
        names = ", ".join(f"'{shown(grid.name, 40)}'" for grid, *_ in held)
        raise InputError([Problem(file, "", f"answers on more than one sheet ({names}); keep one of them")])
    return held[0][0], held[0][1]


def _heading_row(grid: Grid, wordings: Mapping[str, Question]) -> tuple[int, int]:
    """Row with most of the wordings, and how many; -1 where the sheet is empty."""
    filled = [n for n, row in enumerate(grid.rows) if not all(map(is_blank, row))][:_TITLE_ROWS]
    hits = {n: sum(heading_key(clean(cell)) in wordings for cell in grid.rows[n]) for n in filled}
    return max(hits.items(), key=lambda item: (item[1], -item[0]), default=(-1, 0))


def _headings(row: list[Cell], wordings: Mapping[str, Question]) -> dict[int, str]:
    """Column number to heading; a repeated "Kommentar" becomes "Kommentar (2)", a question stays."""
    found: dict[int, str] = {}
    for number, cell in enumerate(row):
        heading = clean(cell)
        if not heading:
            continue
        count = 1 + sum(heading_key(heading) == heading_key(other) for other in map(clean, row[:number]))
        again = count > 1 and heading_key(heading) not in wordings
        found[number] = f"{heading} ({count})" if again else heading
    return found


def _columns(
    headings: Mapping[int, str],
    wordings: Mapping[str, Question],
    questions: Mapping[str, Question],
    year: int,
    file: str,
) -> Columns:
    """Sort the headings by what they are, with a problem for each that cannot be used."""
    columns = Columns()
    for heading in headings.values():
        question = wordings.get(heading_key(heading))
        if question is None:
            _other(heading, columns, wordings, questions, year, file)
        elif question.id in columns.questions:
            text = f"stands twice (question {question.id}); keep one of them"
            columns.problems.append(Problem(file, _where(heading), text))
        else:
            columns.questions[question.id] = heading
    columns.problems += _missing(columns, wordings, year, file)
    if len(columns.members) != 1:
        columns.problems.append(Problem(file, "", _member_text(columns.members)))
    return columns


def _other(
    heading: str,
    columns: Columns,
    wordings: Mapping[str, Question],
    questions: Mapping[str, Question],
    year: int,
    file: str,
) -> None:
    """Sort in a heading that is no question of the year."""
    key = heading_key(heading)
    if _COMMENT.search(key):
        columns.texts.append(heading)
    elif told := _drifted(key, columns, wordings, questions, year):
        columns.problems.append(Problem(file, _where(heading), told))
    elif len(key) <= _NAME_LENGTH and (_PERSONAL.search(key) or key == "namn"):
        columns.dropped.append(heading)
    elif len(key) <= _NAME_LENGTH and _MEMBER.search(key) and not heading.endswith("?"):
        columns.members.append(heading)
    else:
        columns.texts.append(heading)


def _drifted(
    key: str, columns: Columns, wordings: Mapping[str, Question], questions: Mapping[str, Question], year: int
) -> str:
    """Say of which question a heading is another wording; empty if of none."""
    for question in questions.values():
        years = [other for other, wording in question.wording.items() if heading_key(wording) == key]
        if years:
            columns.near.add(question.id)
            return f"the wording of {years[0]} of question {question.id}, not that of {year}"
    near = difflib.get_close_matches(key, [*wordings], n=1, cutoff=_NEAR)
    if not near:
        return ""
    question = wordings[near[0]]
    columns.near.add(question.id)
    return (
        f"no question of {year}, but near '{shown(question.wording[str(year)], 120)}' ({question.id}); "
        "mend the heading, or the wording in params/questions.yml"
    )


def _missing(columns: Columns, wordings: Mapping[str, Question], year: int, file: str) -> list[Problem]:
    """List the year's questions that no column has; those with a drifted heading are told already."""
    return [
        Problem(file, f"question {q.id}", f"missing; expected a column '{shown(q.wording[str(year)], 120)}'")
        for q in wordings.values()
        if q.id not in columns.questions and q.id not in columns.near
    ]


def _member_text(found: list[str]) -> str:
    names = ", ".join(f"'{shown(name, 40)}'" for name in found)
    many = f"more than one column may hold the member's name ({names}); keep one of them"
    return many if found else "no column with the member's name; head it 'Kommun' or 'Medlem'"


def _where(heading: str) -> str:
    return f"column '{shown(heading, 120)}'"


def _text_frame(grid: Grid, rows: list[int], headings: Mapping[int, str]) -> pd.DataFrame:
    """Cells as text, without spaces around; the index is the row in the file."""
    cells = [[_text(grid.rows[row], column) for column in headings] for row in rows]
    return pd.DataFrame(cells, columns=[*headings.values()], index=[row + 1 for row in rows], dtype="str")


def _text(row: list[Cell], column: int) -> str:
    cell = row[column] if column < len(row) else ""
    return cell.strip() if isinstance(cell, str) else clean(cell)
