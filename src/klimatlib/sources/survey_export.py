"""A survey export as a table of text: what each column is, told by its heading and never guessed."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from klimatlib.config import Correction, Params, Question
from klimatlib.errors import InputError, Problem, note_answers
from klimatlib.errors import counted as counted_words
from klimatlib.sources import tables as schemas
from klimatlib.sources.files import (
    Cell,
    Fault,
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
from klimatlib.sources.inputs import Inputs, member_codes, members, members_in, mend, places, questions
from klimatlib.sources.tables import Places, Reading, rows

# --- klimatlib.sources.survey_export: A survey export as a table of text: what each column is, tol

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
    columns.problems += _faulty(grid, used, headings, set(columns.questions.values()), file)
    columns.problems += [*ragged(grid, used, len(grid.rows[top]), file), *_merged(grid, top, file)]
    if not used:
        columns.problems.append(
            Problem(file, "", "no answers under the headings; expected a row for each member that answered")
        )
    if columns.problems:
        raise InputError(capped(columns.problems, 20))
    return Sheet(_text_frame(grid, used, headings), columns, grid.name)


def _faulty(
    grid: Grid, used: list[int], headings: Mapping[int, str], questions: set[str], file: str
) -> list[Problem]:
    """List the cells under questions that a workbook shows no value for."""
    return [
        Problem(file, grid.where(row, column), f"expected an answer, got {cell.text}; type the answer itself")
        for row in used
        for column, cell in enumerate(grid.rows[row])
        if isinstance(cell, Fault) and headings.get(column) in questions
    ]


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
        columns.problems.append(
            Problem(file, "", _member_text(columns.members, named=bool(columns.questions)))
        )
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


def _member_text(found: list[str], *, named: bool) -> str:
    """Say which columns may hold the member's name; by name only where the row is one of headings."""
    names = " (" + ", ".join(f"'{shown(name, 40)}'" for name in found) + ")" if named else ""
    many = f"more than one column may hold the member's name{names}; keep one of them"
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


# --- klimatlib.sources.survey_export: The members' answers to the survey: from a survey tool's exp

_MAX_SHOWN, _MAX_ROWS = 20, 30
YES, NO, MISSING = "yes", "no", "missing"


def read_answers(
    data: bytes,
    file: str,
    *,
    questions: Mapping[str, Question],
    year: int,
    members: pd.DataFrame,
    places: Places,
    corrections: Sequence[Correction] = (),
) -> Reading:
    """Read a survey export: one row a member, columns headed by the questions' full wording.

    Parameters
    ----------
    data, file
        The file's bytes (.xlsx or .csv) and its name in messages.
    questions
        Questions by id; those with a wording for the year must all be there, and no other.
    year
        Year of the survey.
    members
        Columns as `schemas.MEMBERS`; who is a member at the end of the year may answer.
    places
        The municipalities that exist, for names as typed.
    corrections
        Known errors of the file; rows are dropped or changed before anything is matched.

    Returns
    -------
    Reading
        Of kind ``survey-answers``; its frame as `schemas.SURVEY_ANSWERS`: code, question_id, answer (as
        typed), counts_as (yes, no or missing; a blank is missing), sorted. The notes name the columns of
        free text, which `free_texts` gives, and those left out (time, e-mail).

    Raises
    ------
    InputError
        With every problem of headings, or else of names and answers.
    """
    sheet, frame, notes = _answered(data, file, questions, year, corrections)
    names = _column(frame, sheet.columns.members[0])
    codes, problems = member_codes(names, members=members, places=places, year=year, file=file)
    cells, unknown = _matched(frame, sheet, questions, file)
    if problems or unknown:
        raise InputError([*capped(problems, _MAX_SHOWN), *capped(unknown, _MAX_SHOWN)])
    found = cells.assign(code=cells["row"].map(codes))[["code", "question_id", "answer", "counts_as"]]
    found = found.sort_values(["code", "question_id"], ignore_index=True).astype("str")
    return Reading("survey-answers", found, file, "", None, None, None, notes)


def free_texts(
    data: bytes,
    file: str,
    *,
    questions: Mapping[str, Question],
    year: int,
    members: pd.DataFrame,
    places: Places,
    corrections: Sequence[Correction] = (),
) -> pd.DataFrame:
    """Free text of a survey export, apart from the answers; it is only text, whatever it looks like.

    Parameters
    ----------
    data, file, questions, year, members, places, corrections
        As `read_answers`.

    Returns
    -------
    DataFrame
        code, heading (as in the file), text (one line, without control characters); blanks left out.

    Raises
    ------
    InputError
        As `read_answers`, for headings and names.
    """
    sheet, frame, _ = _answered(data, file, questions, year, corrections)
    names = _column(frame, sheet.columns.members[0])
    codes, problems = member_codes(names, members=members, places=places, year=year, file=file)
    if problems:
        raise InputError(capped(problems, _MAX_SHOWN))
    cells = [
        (codes[row], heading, _plain(text))
        for heading in sheet.columns.texts
        for row, text in _column(frame, heading).items()
    ]
    found = pd.DataFrame(cells, columns=["code", "heading", "text"], dtype="str")
    return found[found["text"] != ""].sort_values(["code", "heading"], ignore_index=True)


def counted(answers: pd.DataFrame, questions: Mapping[str, Question]) -> pd.DataFrame:
    """Answers counted per question; a missing answer is never counted as no.

    Parameters
    ----------
    answers
        Columns as `schemas.SURVEY_ANSWERS`.
    questions
        Questions by id; their order is the order of the rows.

    Returns
    -------
    DataFrame
        question_id, k (members that said yes), n (yes or no), missing (members that answered the survey but
        not this question); n + missing is the number of members that answered the survey.
    """
    table = pd.crosstab(answers["question_id"], answers["counts_as"])
    table = table.reindex(columns=[YES, NO, MISSING], fill_value=0)
    table = table.reindex([i for i in questions if i in table.index]).astype("Int64")
    ids = pd.Series(table.index, dtype="str")
    counts = {"k": table[YES], "n": table[YES] + table[NO], "missing": table[MISSING]}
    return pd.DataFrame({"question_id": ids, **{k: v.reset_index(drop=True) for k, v in counts.items()}})


def answer_key(text: str) -> str:
    """Spelling by which answers are compared: folded case, single spaces, no mark at the end.

    >>> answer_key(" JA. "), answer_key("Ja,  i någon mån")
    ('ja', 'ja, i någon mån')
    """
    return clean(text).casefold().rstrip(" .,;:!?")


def _answered(
    data: bytes, file: str, questions: Mapping[str, Question], year: int, corrections: Sequence[Correction]
) -> tuple[Sheet, pd.DataFrame, tuple[str, ...]]:
    """Read the sheet, mend it, and leave out rows without a single answer."""
    note_answers()
    sheet = read_sheet(data, file, questions=questions, year=year)
    frame = mend(sheet.frame, corrections, file=file, quote=False)
    blank = (frame[[*sheet.columns.questions.values()]] == "").all(axis="columns")
    return sheet, frame[~blank], tuple(_notes(sheet, [*frame.index[blank]]))


def _column(frame: pd.DataFrame, heading: str) -> dict[int, str]:
    return {int(row): str(text) for row, text in zip(frame.index, frame[heading], strict=True)}


def _notes(sheet: Sheet, blank: Sequence[int]) -> Iterator[str]:
    columns = sheet.columns
    if sheet.name:
        yield f"sheet '{shown(sheet.name, 40)}'"
    if columns.texts:
        yield f"free text, not among the answers: {_listed(columns.texts)}"
    if columns.dropped:
        yield f"columns left out: {_listed(columns.dropped)}"
    if blank:
        yield f"rows without a single answer, taken as not answered: {', '.join(map(str, blank))}"


def _listed(headings: Sequence[str]) -> str:
    return ", ".join(f"'{shown(heading, 80)}'" for heading in headings)


def _matched(
    frame: pd.DataFrame,
    sheet: Sheet,
    questions: Mapping[str, Question],
    file: str,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Set each answer beside what the question lets count; row, question_id, answer, counts_as."""
    cells, problems = [], []
    for question_id, heading in sheet.columns.questions.items():
        allowed, unknown = _allowed(questions[question_id]), dict[int, str]()
        for row, text in _column(frame, heading).items():
            counts_as = allowed.get(answer_key(text))
            if counts_as is None:
                unknown[row] = answer_key(text)
            cells.append((row, question_id, text, counts_as))
        if unknown:
            problems.append(
                Problem(file, f"question {question_id}", _refusal(unknown, questions[question_id]))
            )
    return pd.DataFrame(cells, columns=["row", "question_id", "answer", "counts_as"]), problems


def _allowed(question: Question) -> dict[str, str]:
    lists = {YES: question.counts_as_yes, NO: question.counts_as_no, MISSING: question.counts_as_missing}
    return {"": MISSING, **{answer_key(text): kind for kind, texts in lists.items() for text in texts}}


def _refusal(unknown: Mapping[int, str], question: Question) -> str:
    """Say how many cells are no answer options and where they stand, never what they hold.

    Parameters
    ----------
    unknown
        Row in the file to the answer's spelling.
    question
        The question, whose answer options are told.
    """
    rows = ", ".join(map(str, [*unknown][:_MAX_ROWS]))
    more = f" and {len(unknown) - _MAX_ROWS} more" if len(unknown) > _MAX_ROWS else ""
    count, spellings = len(unknown), len({*unknown.values()})
    which = (
        "a spelling that is no answer option"
        if spellings == 1
        else (f"{spellings} spellings that are not answer options")
    )
    allowed = (*question.counts_as_yes, *question.counts_as_no, *question.counts_as_missing)
    options = ", ".join(f"'{shown(answer)}'" for answer in allowed)
    return (
        f"{counted_words(count, 'cell')} with {which} ({'row' if count == 1 else 'rows'} {rows}{more}); "
        f"expected one of {options} or a blank; mend them, or say in params/questions.yml what they count as"
    )


def _plain(text: str) -> str:
    """One line of text without control characters."""
    return "".join(c for c in clean(text) if unicodedata.category(c) != "Cc")


# --- klimatlib.sources.survey_export: The year's survey, held as counts or as the members' answers


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
        As `klimatlib.sources.survey_export.read_answers`.
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
