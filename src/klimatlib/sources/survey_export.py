"""The year's survey: an export of answers or a table of counts, read strictly and counted per question.

A heading says what its column is, ``params/questions.yml`` what an answer counts as. A heading, name or
answer that is none of those expected is refused, never guessed, and no message quotes an answer.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from klimatlib.config import Correction, Question
from klimatlib.errors import InputError, Problem, note_answers, pluralise, truncate
from klimatlib.sources import files, tables
from klimatlib.sources.files import Grid, capped, clean, shown
from klimatlib.sources.inputs import Inputs, members, members_of_year, places, questions
from klimatlib.sources.tables import Places, Reading, Table, name_key, refuse, rows

YES, NO, MISSING = "yes", "no", "missing"

_LIMIT = 20  # problems of a kind that are listed
_LISTED_ROWS = 30
_TITLE_ROWS = 10  # rows among which the headings are looked for
_NAME_LENGTH = 60  # a longer heading is no short label of a member or of personal data
_COMMENT = re.compile(r"\b(kommentar\w*|fritext\w*|utveckla|beskriv|motivera|övrigt)\b")
_PERSONAL = re.compile(
    r"\b(e-?post\w*|e-?mail\w*|mejl\w*|mail\w*|tid|tidpunkt|tids?stämpel|starttid|sluttid|datum|svarsdatum"
    r"|timestamp|respondent\w*|svarande|kontaktperson\w*|telefon\w*|ip|ip-adress|id|svarsid)\b"
)
_NAMES, _TEXTS, _LEFT_OUT = "the member's name", "free text", "left out"  # kinds of columns beside questions
_MEMBER = re.compile(r"kommun|medlem|region|organisation")


def survey_counts(inputs: Inputs) -> pd.DataFrame:
    """Answers counted per question, columns as `tables.SURVEY_COUNTS`; from answers also ``missing``.

    Raises
    ------
    InputError
        A question that is unknown or has no wording for the year, or counts that cannot be.
    """
    params, path = inputs.project.params, survey_file(inputs)
    inputs.read(path)  # a missing file is reported even while the questions are not settled
    by_id, from_answers, year = questions(inputs), params.survey_input == "answers", params.year
    answers = survey_answers(inputs) if from_answers else None
    frame = inputs.table(path, tables.SURVEY_COUNTS) if answers is None else answer_counts(answers, by_id)
    problems = []
    for number, row in enumerate(rows(frame), 2):
        question, asked = by_id.get(row.question_id), params.survey_members
        known = question is None or str(year) in question.wording
        faults = {
            "unknown question; add it to params/questions.yml": question is None,
            f"params/questions.yml has no wording for {year}; add it": not known,
            f"a share over 1: k is {row.k} of n {row.n}; k is at most n": row.k > row.n,
            f"{row.n} answered, but survey_members in the parameters is {asked}; correct one": row.n > asked,
            "nobody answered yes or no; a share needs at least one answer": row.n < 1,
        }
        where = row.question_id if from_answers else f"row {number}, {row.question_id}"
        file = inputs.project.relative(path)
        problems += [Problem(file, where, message) for message, holds in faults.items() if holds]
    refuse(problems)
    return frame


def survey_answers(inputs: Inputs, year: int | None = None) -> pd.DataFrame:
    """Return the members' answers of a year, as `tables.SURVEY_ANSWERS`; count them, never show them."""
    path = survey_file(inputs, year)
    return answers_of(inputs, inputs.read(path), inputs.project.relative(path), year).frame


def answers_of_both_years(inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the answers of the year before and of the report's year, as `tables.SURVEY_ANSWERS`.

    Both are empty where only counts exist, or where the year before has no answers.
    """
    year = inputs.project.params.year
    if inputs.project.params.survey_input == "answers" and inputs.exists(survey_file(inputs, year - 1)):
        return survey_answers(inputs, year - 1), survey_answers(inputs, year)
    return _empty(tables.SURVEY_ANSWERS), _empty(tables.SURVEY_ANSWERS)


def own_answers(inputs: Inputs, code: str) -> pd.DataFrame:
    """Return one member's answers of the year, as `tables.SURVEY_ANSWERS`, to be shown to anybody.

    Empty where only counts exist, and where the member has not consented: then the answers are not read.
    """
    if inputs.project.params.survey_input == "answers" and code in set(consent(inputs)["code"]):
        answers = survey_answers(inputs)
        return answers[answers["code"] == code]
    return _empty(tables.SURVEY_ANSWERS)


def consent(inputs: Inputs) -> pd.DataFrame:
    """Return who lets its own answers of the year be shown, columns as `tables.CONSENT`.

    Nobody does unless ``consent.csv`` in the report's data folder says so; only members can.
    """
    path, year = inputs.project.data / "consent.csv", inputs.project.params.year
    if not inputs.exists(path):
        return _empty(tables.CONSENT)
    of_year = {*members_of_year(members(inputs), year)["code"]}

    def stranger(row: Any) -> Iterator[tuple[str, str]]:
        if row.code not in of_year:
            yield "code", f"{row.code} is no member of {year} in members.csv; only a member can give consent"

    return inputs.table(path, tables.CONSENT, stranger)


def _empty(table: Table) -> pd.DataFrame:
    return pd.DataFrame(columns=[*table.schema.columns], dtype="str")


def survey_file(inputs: Inputs, year: int | None = None) -> Path:
    """Path of the survey: ``survey.csv`` with counts, or ``answers_<year>`` (.csv or .xlsx) with answers.

    The year of the answers is the report's own by default; to have both files is an error.
    """
    project = inputs.project
    if project.params.survey_input == "counts":
        return project.data / "survey.csv"
    table, book = (project.data / f"answers_{year or project.params.year}{end}" for end in (".csv", ".xlsx"))
    if inputs.exists(table) and inputs.exists(book):
        message = f"there is {table.name} too; keep one of them"
        raise InputError([Problem(project.relative(book), "", message)])
    return book if inputs.exists(book) else table


def answers_open_to_others(inputs: Inputs) -> list[str]:
    """Return the files of answers, of the year and the one before, that others on the machine may read.

    Those of a report with a notice are not meant: it says that they are invented.
    """
    project = inputs.project
    if project.params.survey_input == "counts" or project.params.notice or os.name == "nt":
        return []
    paths = (survey_file(inputs, year) for year in project.params.survey_years)
    readable = [path for path in paths if inputs.exists(path) and path.stat().st_mode & 0o077]
    return [project.relative(path) for path in readable]


def answers_of(inputs: Inputs, data: bytes, file: str, year: int | None = None) -> Reading:
    """Read a survey export by the report's questions, members and corrections; see `read_answers`."""
    known = (questions(inputs), year or inputs.project.params.year, members(inputs), places(inputs))
    return read_answers(data, file, *known, inputs.corrections(file))


def read_answers(
    data: bytes,
    file: str,
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
    questions, year
        Those with a wording for the year must all be there, and no other.
    members, places
        The register, as `tables.MEMBERS`: a member of the year may answer. Places are for names as typed.
    corrections
        Of cells and rows, made before anything is matched.

    Returns
    -------
    Reading
        Of kind ``survey-answers``; its frame as `tables.SURVEY_ANSWERS`: code, question_id, answer (as
        typed), counts_as (yes, no or missing; a blank is missing), sorted. Rows without a single answer are
        left out. The notes name the columns that are not read: free text, time, e-mail.

    Raises
    ------
    InputError
        With every problem of headings and cells, or else of names and answers.
    """
    note_answers()
    put = {name: as_put for name, question in questions.items() if (as_put := question.put_in(year))}
    wordings = {answer_key(wording): questions[name] for name, (wording, _) in put.items()}
    if not wordings:
        message = f"no question has a wording for {year}"
        raise InputError([Problem("params/questions.yml", "questions", message)])
    grid, top = _find_table(files.read_grids(data, file), wordings, file)
    named = {number: heading for number, cell in enumerate(grid.rows[top]) if (heading := clean(cell))}
    headings, problems = _sort_headings(named.values(), questions, wordings, year, file)
    asked = {question: of_it[0] for question, of_it in headings.items() if question in questions}
    used, answer_columns = grid.filled(top + 1), [c for c, head in named.items() if head in asked.values()]
    problems += files.values_without_heading(grid, used, named)
    problems += [
        grid.problem(f"expected an answer, got {cell.text}; type the answer itself", row, column)
        for row in used
        for column, cell in zip(answer_columns, grid.cells(row, answer_columns), strict=True)
        if isinstance(cell, files.Fault)
    ]
    problems += files.ragged(grid, used, len(grid.rows[top]))
    message = "merged with {}; unmerge, and give each cell its own answer"
    merged = [(first, last) for first, last in grid.merged if last[0] > top]
    problems += [grid.problem(message.format(files.a1(*last)), *first) for first, last in merged]
    if not used:
        message = "no answers under the headings; expected a row for each member that answered"
        problems.append(Problem(file, "", message))
    refuse(capped(problems, _LIMIT))

    cells = [grid.cells(row, named) for row in used]
    texts = [[cell.strip() if isinstance(cell, str) else clean(cell) for cell in row] for row in cells]
    frame = pd.DataFrame(texts, index=[row + 1 for row in used], columns=[*named.values()], dtype="str")
    frame = tables.mend(frame.loc[:, ~frame.columns.duplicated()], corrections, file=file, quote=False)
    blank = (frame[[*asked.values()]] == "").all(axis="columns")
    notes = {
        "sheet ": _quoted([grid.name] if grid.name else [], 40),
        "free text, not among the answers: ": _quoted(headings[_TEXTS], 80),
        "columns left out: ": _quoted(headings[_LEFT_OUT], 80),
        "rows without a single answer, taken as not answered: ": ", ".join(map(str, frame.index[blank])),
    }
    frame = frame[~blank]
    codes, unknown = _member_codes(frame[headings[_NAMES][0]], members, places, year, file)
    frames, refusals = [], []
    for question_id, heading in asked.items():
        (_, own), answers = put[question_id], frame[heading]
        lists = {YES: own.counts_as_yes, NO: own.counts_as_no, MISSING: own.counts_as_missing}
        options = {answer_key(option): kind for kind, texts in lists.items() for option in texts}
        keys = answers.map(answer_key)
        counts_as = keys.map({"": MISSING, **options})
        if not (odd := keys[counts_as.isna()]).empty:
            where = ", ".join(truncate([*map(str, odd.index)], _LISTED_ROWS))
            cells_of, allowed = pluralise(len(odd), "cell"), _quoted([*sum(lists.values(), ())], 60)
            text = f"{cells_of} with {pluralise(odd.nunique(), 'spelling')} of no answer option"
            text += f" (row {where}); expected one of {allowed} or a blank"
            advice = "mend them, or say in params/questions.yml what they count as"
            refusals.append(Problem(file, f"question {question_id}", f"{text}; {advice}"))
        columns = {"code": codes, "question_id": question_id, "answer": answers, "counts_as": counts_as}
        frames.append(pd.DataFrame(columns))
    refuse([*capped(unknown, _LIMIT), *capped(refusals, _LIMIT)])
    table = pd.concat(frames).sort_values(["code", "question_id"], ignore_index=True).astype("str")
    listed = tuple(f"{what}{which}" for what, which in notes.items() if which)
    return Reading("survey-answers", table, file, "", None, None, None, listed)


def propose_wordings(data: bytes, file: str, wordings: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Find how questions are put in a new export among its headings; no answer is read.

    Of ``data``, named ``file`` in messages, and the ``wordings`` of the year before by question, it returns
    the new wordings, that of the year before or else the heading that is near it, and the headings that may
    be questions and are near none. InputError, when none is known: they might be answers.
    """
    note_answers()
    known = {answer_key(wording): question for question, wording in wordings.items()}
    grid, top = _find_table(files.read_grids(data, file), known, file)
    headings = {answer_key(heading): heading for cell in grid.rows[top] if (heading := clean(cell))}
    found = {question: wordings[question] for key, question in known.items() if headings.pop(key, "")}
    if not found:
        message = "no heading is a question's wording of the year before; head the columns with the questions"
        raise InputError([Problem(file, "", message)])
    for key, question in known.items():
        if question not in found and (near := difflib.get_close_matches(key, headings, n=1, cutoff=0.8)):
            found[question] = headings.pop(near[0])
    rest = [heading for key, heading in headings.items() if not _COMMENT.search(key)]
    return found, [shown(heading, 120) for heading in rest if _kind_of(heading) == _TEXTS]


def answer_counts(answers: pd.DataFrame, questions: Mapping[str, Question]) -> pd.DataFrame:
    """Count answers (`tables.SURVEY_ANSWERS`) per question, in the questions' order; missing is never no.

    Returns
    -------
    DataFrame
        question_id, k (members that said yes), n (yes or no), missing (members that answered the survey but
        not this question); n + missing is the number of members that answered the survey.
    """
    table = pd.crosstab(answers["question_id"], answers["counts_as"])
    asked = [question for question in questions if question in table.index]
    table = table.reindex(asked, columns=[YES, NO, MISSING], fill_value=0).astype("Int64")
    table = table.rename_axis(index="question_id", columns=None)
    counts = table.assign(k=table[YES], n=table[YES] + table[NO])[["k", "n", MISSING]].reset_index()
    return counts.astype({"question_id": "str"})


def answer_key(text: str) -> str:
    r"""Spelling by which answers and headings are compared: folded case, single spaces, no mark at the end.

    >>> answer_key(" JA. "), answer_key("Ja,  i någon mån"), answer_key("Arbetar\u00a0ni med BIOKOL? ")
    ('ja', 'ja, i någon mån', 'arbetar ni med biokol')
    """
    return clean(text).casefold().rstrip(" .,;:!?")


def _quoted(texts: Sequence[str], length: int) -> str:
    return ", ".join(f"'{shown(text, length)}'" for text in texts)


def _find_table(grids: list[Grid], wordings: Collection[str], file: str) -> tuple[Grid, int]:
    """Find the sheet with the answers, and its row of headings: the one with most of the wordings."""
    candidates = []
    for grid in grids:
        rows = [] if grid.hidden else grid.filled()[:_TITLE_ROWS]
        hits = [sum(answer_key(clean(cell)) in wordings for cell in grid.rows[row]) for row in rows]
        candidates += [(max(hits), grid, rows[hits.index(max(hits))])] if hits else []
    candidates = [item for item in candidates if item[0]] or candidates[:1]
    if not candidates:
        raise InputError([Problem(file, "", "no table; expected one row a member under the questions")])
    if len(candidates) > 1:
        names = _quoted([grid.name for _, grid, _ in candidates], 40)
        raise InputError([Problem(file, "", f"answers on more than one sheet ({names}); keep one of them")])
    return candidates[0][1:]


def _sort_headings(
    listed: Iterable[str],
    questions: Mapping[str, Question],
    wordings: Mapping[str, Question],
    year: int,
    file: str,
) -> tuple[dict[str, list[str]], list[Problem]]:
    """Sort headings by what they are, a question's id or a kind; a problem for each that is unusable."""
    headings: dict[str, list[str]] = {_NAMES: [], _TEXTS: [], _LEFT_OUT: []}
    problems: list[Problem] = []
    other_years = {answer_key(text): (q.id, y) for q in questions.values() for y, text in q.wording.items()}
    for heading in listed:
        key, kind, message = answer_key(heading), _TEXTS, ""
        if question := wordings.get(key):
            kind = question.id
            message = f"stands twice (question {kind}); keep one of them" if kind in headings else ""
        elif _COMMENT.search(key):
            pass
        elif key in other_years:
            kind, other_year = other_years[key]
            message = f"the wording of {other_year} of question {kind}, not that of {year}"
        elif near := difflib.get_close_matches(key, wordings, n=1, cutoff=0.8):
            kind, wording = wordings[near[0]].id, shown(wordings[near[0]].wording[str(year)], 120)
            message = f"no question of {year}, but near '{wording}' ({kind}); "
            message += "fix the heading, or the wording in params/questions.yml"
        else:
            kind = _kind_of(heading)
        headings.setdefault(kind, []).append(heading)
        problems += [Problem(file, f"column '{shown(heading, 120)}'", message)] if message else []
    problems += [
        Problem(file, f"question {q.id}", f"missing; expected a column '{shown(q.wording[str(year)], 120)}'")
        for q in wordings.values()
        if q.id not in headings
    ]
    if not headings[_NAMES]:
        message = "no column with the member's name; head it 'Kommun' or 'Medlem'"
        problems.append(Problem(file, "", message))
    elif len(headings[_NAMES]) > 1:
        # without a question in the row it may be one of answers, which is not quoted
        names = f" ({_quoted(headings[_NAMES], 40)})" if questions.keys() & headings.keys() else ""
        message = f"more than one column may hold the member's name{names}; keep one of them"
        problems.append(Problem(file, "", message))
    return headings, problems


def _kind_of(heading: str) -> str:
    """Kind of a column that holds no question."""
    key = answer_key(heading)
    if len(key) <= _NAME_LENGTH and (_PERSONAL.search(key) or key == "namn"):
        return _LEFT_OUT
    is_name = len(key) <= _NAME_LENGTH and _MEMBER.search(key) and not heading.endswith("?")
    return _NAMES if is_name else _TEXTS


def _member_codes(
    names: pd.Series[str], members: pd.DataFrame, places: Places, year: int, file: str
) -> tuple[pd.Series[str], list[Problem]]:
    """Code of each row's member by its name as typed ("Malmö stad", "Lunds kommun", "Region Skåne").

    A problem for each name that is unknown, no member of the year, or given twice.
    """
    of_year = members_of_year(members, year).set_index("code")["name"]
    regions = {name_key(row.name): row.code for row in rows(members) if row.kind == "region"}
    place_keys = [name_key(name) for name in (*places.names.values(), *places.counties.values())]
    row_of: dict[str, object] = {}
    codes, problems = [], []
    for row, name in names.items():
        key, message, match = name_key(name), "", places.resolve(name)
        code = regions.get(key) or match.code
        first = row_of.setdefault(code, row)
        if not name:
            message = "answers without a member's name"
        elif not code and difflib.get_close_matches(key.removeprefix("region "), place_keys, n=1):
            message = match.problem
        elif not code:  # what resembles no place may be an answer in the wrong column: it is not quoted
            message = "no municipality, nor near one; write its name as Statistics Sweden does, and see that "
            message += "the row's answers stand under their questions"
        elif code not in of_year.index:
            message = f"'{shown(name)}' ({code}) is no member of {year} in the register of members"
        elif first != row:
            message = f"{of_year[code]} has answered in row {first} too; drop one in params/corrections.yml"
        codes.append(code)
        problems += [Problem(file, f"row {row}", message)] if message else []
    return pd.Series(codes, index=names.index, dtype="str"), problems
