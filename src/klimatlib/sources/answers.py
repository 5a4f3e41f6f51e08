"""The members' answers to the survey: from a survey tool's export to one row a member and question.

A name, a heading or an answer that is not known is refused with its place and what is near; none is guessed.
Answers are members' own: show counts of them, never the rows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from klimatlib.catalogue import Correction, Question
from klimatlib.errors import InputError, Problem
from klimatlib.sources.answers_members import member_codes
from klimatlib.sources.answers_sheet import Sheet, read_sheet
from klimatlib.sources.corrections import mend
from klimatlib.sources.files import capped, clean, shown
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.reading import Reading

_MAX_SHOWN = 20
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
    cells, unknown = _matched(frame, sheet, questions, names, file)
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
    sheet = read_sheet(data, file, questions=questions, year=year)
    frame = mend(sheet.frame, corrections, file=file)
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
    names: Mapping[int, str],
    file: str,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Set each answer beside what the question lets count; row, question_id, answer, counts_as."""
    cells, problems = [], []
    for question_id, heading in sheet.columns.questions.items():
        allowed = _allowed(questions[question_id])
        for row, text in _column(frame, heading).items():
            counts_as = allowed.get(answer_key(text))
            if counts_as is None:
                where = f"row {row}, {shown(names[row], 40)}, question {question_id}"
                problems.append(Problem(file, where, _refusal(text, questions[question_id])))
            cells.append((row, question_id, text, counts_as))
    return pd.DataFrame(cells, columns=["row", "question_id", "answer", "counts_as"]), problems


def _allowed(question: Question) -> dict[str, str]:
    lists = {YES: question.counts_as_yes, NO: question.counts_as_no, MISSING: question.counts_as_missing}
    return {"": MISSING, **{answer_key(text): kind for kind, texts in lists.items() for text in texts}}


def _refusal(text: str, question: Question) -> str:
    allowed = (*question.counts_as_yes, *question.counts_as_no, *question.counts_as_missing)
    told = ", ".join(f"'{shown(answer)}'" for answer in allowed)
    then = "mend it, or say in params/questions.yml what it counts as"
    return f"expected one of {told} or a blank, got '{shown(text)}'; {then}"


def _plain(text: str) -> str:
    """One line of text without control characters."""
    return "".join(c for c in clean(text) if unicodedata.category(c) != "Cc")
