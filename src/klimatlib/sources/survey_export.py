"""The year's survey: an export of answers or a table of counts, read strictly and counted per question.

A heading says what its column is, ``params/questions.yml`` what an answer counts as. A heading, name or
answer that is none of those expected is refused, never guessed, and no message quotes an answer.
"""

from __future__ import annotations

import difflib
import html
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from klimatlib.config import Asked, Columns, Correction, Options, Question, Questions, answer_key
from klimatlib.errors import InputError, Problem, few, nearest, note_answers, pluralise
from klimatlib.sources import files, tables
from klimatlib.sources import inputs as sources
from klimatlib.sources.files import Cell, Grid, capped, clean, excerpt
from klimatlib.sources.inputs import Inputs, all_questions, members, members_of_year, places, questions
from klimatlib.sources.statistics import recognise
from klimatlib.sources.tables import Places, Reading, name_key, refuse, rows

YES, NO, MISSING = "yes", "no", "missing"

_LIMIT = 20  # problems of a kind that are listed
_LISTED_ROWS = 30
_TITLE_ROWS = 10  # rows among which the headings are looked for
_NAME_LENGTH = 60  # a longer heading is no short label of a member or of personal data
_COMMENT = re.compile(
    r"\b(kommentar\w*|fritext\w*|utveckla|beskriv|motivera|övrigt)\b|^(other|annat|annan)\b|comments?\b"
)
_PERSONAL = re.compile(  # of the usual form tools, in Swedish and English
    r"\b(e-?post\w*|e-?mail\w*|mejl\w*|mail\w*|tid|tidpunkt|tids?stämpel|\w+tid|\w*datum|timestamp|\w+ time"
    r"|(start|end) date|duration|respondent\w*|collector\w*|insamlar\w*|svarande(-id)?|svarsid"
    r"|kontaktperson\w*|telefon\w*|phone|ip|ip-adress|ip address|id|user ?name|användarnamn"
    r"|(first|last) name|(för|efter)namn|custom data|anpassade? data|score|poäng|total points|language|språk"
    r"|enhet|device|webbläsare|browser|status|utskick)\b"
)
_OF_QUIZ = re.compile(  # Microsoft Forms and Google Forms add both to a question, and to all of them
    r"(?P<of>points|feedback|poäng|återkoppling) [-–] (?P<after>.+)"
    r"|(?P<before>.+?)\W*\[(?P<which>points|score|poäng|feedback|återkoppling)\]"
    r"|(?P<all>score|points|poäng|total points|total score|totalpoäng|totalt antal poäng|totala poäng)"
)
_NAMES, _TEXTS = "the member's name", "not read"  # kinds of columns beside questions
_PERSON, _LEFT_OUT = "of a person or the tool, left out", "left out, as params/questions.yml says"
_LIKELY = 0.5  # share of a column's cells that are places, from which it may hold the members
_DEEP = 200  # rows in which questions below each other are looked for
_STANDING = (
    "the questions stand below each other; expected one row a member with a question over each column: "
    "transpose the table (in Excel: copy, Paste Special, Transpose), or pivot it if each answer has a row; "
    "as it stands it is read where each question has one row, and the row of the members is headed Kommun"
)
_MEMBER = re.compile(r"kommun|medlem|region|organi[sz]ation")
_ASKED_MEMBER = re.compile(rf"(?:vilken|vilket|vem|ange|namn)\b.*(?:{_MEMBER.pattern})")
_WORD_OF_NUMBER = "(?:q|f|nr|fråga|question) ?"
_NUMBER = re.compile(rf"(?:{_WORD_OF_NUMBER})?\d{{1,3}}(?:\.\d{{1,2}})*(?:[.):]+ ?| - | )(?=\D)")
_SURE_NUMBER = re.compile(rf"{_WORD_OF_NUMBER}\d|\d{{1,3}}(?:\.\d{{1,2}})*[.):] ")  # of no "100 % förnybart"
_REQUIRED = re.compile(r"\((?:obligatorisk|frivillig|required|optional)\)$|(?<=[?!])\.?\d$")  # 2: put twice
_BELOW = re.compile(r'(open-ended )?response|(öppet |fritext)?svar|(other|annat|annan)\b.*|\{"importid.*')
_LABELS = {  # of a contact form, in the second row of headings
    "namn", "name", "kommun", "medlem", "region", "organisation", "organization", "company", "företag",
    "ort", "city", "e-post", "e-postadress", "email", "email address", "telefon", "telefonnummer", "phone",
    "phone number",
}  # fmt: skip
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-") | dict.fromkeys(map(ord, "\"'”“„‘’‚«»"), None)


def survey_counts(inputs: Inputs) -> pd.DataFrame:
    """Answers counted per question, columns as `tables.SURVEY_COUNTS`.

    From answers also ``missing``, and ``regions``: how many of those that answered the survey are regions.

    InputError: a question that is unknown or has no wording for the year, or counts that cannot be.
    """
    params, path = inputs.project.params, survey_file(inputs)
    inputs.read(path)  # a missing file is reported even while the questions are not settled
    by_id, from_answers, year = questions(inputs), params.survey_input == "answers", params.year
    answers = survey_answers(inputs) if from_answers else None
    frame = inputs.table(path, tables.SURVEY_COUNTS) if answers is None else answer_counts(answers, by_id)
    problems = []
    for number, row in enumerate(rows(frame), 2):
        question, asked = by_id.get(row.question_id), params.survey_members
        has_wording = question is None or str(year) in question.wording
        faults = {
            "unknown question; add it to params/questions.yml": question is None,
            f"params/questions.yml has no wording for {year}; add it": not has_wording,
            f"a share over 1: k is {row.k} of n {row.n}; k is at most n": row.k > row.n,
            f"{row.n} answered, but survey_members in the parameters is {asked}; correct one": row.n > asked,
            "nobody answered yes or no; a share needs at least one answer": row.n < 1,
        }
        where = row.question_id if from_answers else f"row {number}, {row.question_id}"
        file = inputs.project.relative(path)
        problems += [Problem(file, where, message) for message, holds in faults.items() if holds]
    refuse(problems)
    if answers is not None:
        by_region = answers[answers["code"].str.len() == 2].groupby("question_id").size()
        frame = frame.assign(regions=[int(by_region.get(name, 0)) for name in frame["question_id"]])
    return frame


def survey_answers(inputs: Inputs, year: int | None = None) -> pd.DataFrame:
    """Return the members' answers of a year, as `tables.SURVEY_ANSWERS`; count them, never show them."""
    answers = all_answers(inputs, year)
    return answers[answers["question_id"].isin(questions(inputs))].reset_index(drop=True)


def all_answers(inputs: Inputs, year: int | None = None) -> pd.DataFrame:
    """Return the members' answers of a year to all questions, of both forms, as `tables.SURVEY_ANSWERS`.

    Those of applicants are read, and left out.
    """
    frames = []
    for form in forms(inputs, year):
        path = survey_file(inputs, year, form)
        if form == "municipality" or inputs.exists(path):  # no region has answered yet
            frames.append(answers_of(inputs, inputs.read(path), inputs.project.relative(path)).frame)
    answers = pd.concat(frames)
    answers = answers[~answers["code"].isin(inputs.project.params.applicants)]
    return answers.sort_values(["code", "question_id"], ignore_index=True)


def forms(inputs: Inputs, year: int | None = None) -> tuple[Asked, ...]:
    """Return whose forms a year has: the regions' own where a question is put to them alone."""
    year = year or inputs.project.params.year
    asked = (question for question in all_questions(inputs).values() if question.put_in(year))
    regional = any(question.asked_of == "region" for question in asked)
    return ("municipality", "region") if regional else ("municipality",)


def of_form(questions: Mapping[str, Question], form: Asked) -> dict[str, Question]:
    """Return the questions that a form has."""
    return {name: question for name, question in questions.items() if question.asked_of in (form, "both")}


def answers_of_both_years(inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the answers of the year before and of the report's year, as `tables.SURVEY_ANSWERS`.

    Both are empty where only counts exist, or where the year before has no answers.
    """
    year = inputs.project.params.year
    if inputs.project.params.survey_input == "answers" and inputs.exists(survey_file(inputs, year - 1)):
        return survey_answers(inputs, year - 1), survey_answers(inputs, year)
    return tables.SURVEY_ANSWERS.without_rows(), tables.SURVEY_ANSWERS.without_rows()


def own_answers(
    inputs: Inputs, code: str, read: Callable[[Inputs], pd.DataFrame] = survey_answers
) -> pd.DataFrame:
    """Return one member's answers of the year, as `tables.SURVEY_ANSWERS`, to be shown to anybody.

    Empty where only counts exist, and where the member has not consented: then the answers are not read. By
    ``read``, as `all_answers`, those to the member test are among them.
    """
    if inputs.project.params.survey_input == "answers" and code in set(consent(inputs)["code"]):
        answers = read(inputs)
        return answers[answers["code"] == code]
    return tables.SURVEY_ANSWERS.without_rows()


def consent(inputs: Inputs) -> pd.DataFrame:
    """Return who lets its own answers of the year be shown, columns as `tables.CONSENT`.

    Those of other kinds are checked and left out. Nobody agrees unless ``consent.csv`` in the report's data
    folder says so; only members can.
    """
    stranger = sources.no_stranger(inputs, "; only a member can give consent")
    given = inputs.table(inputs.project.data / "consent.csv", tables.CONSENT, stranger, optional=True)
    return given[given["kind"].isin(["", "answers"]) & (given["agrees"] != "no")].reset_index(drop=True)


def evidence(inputs: Inputs) -> pd.DataFrame:
    """Return what was looked up of members' answers, as `tables.EVIDENCE`; none without ``evidence.csv``."""
    path, year = inputs.project.data / "evidence.csv", inputs.project.params.year
    stranger = sources.no_stranger(inputs)
    asked = {name for name, question in all_questions(inputs).items() if question.put_in(year)}

    def wrong(row: Any) -> Iterator[tuple[str, str]]:
        yield from stranger(row)
        if row.question_id not in asked:
            advice = nearest(row.question_id, asked) or "take the row out"
            yield "question_id", f"no question {row.question_id!r} of {year}; {advice}"

    return inputs.table(path, tables.EVIDENCE, wrong, optional=True)


def borne_out(answers: pd.DataFrame, looked_up: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of evidence that bear a yes out, and those that contradict the answer given.

    ``answers`` are as `tables.SURVEY_ANSWERS`, ``looked_up`` as `tables.EVIDENCE`, whose index goes with the
    rows as ``place``. A yes that is contradicted too is not borne out.
    """
    keys = ["code", "question_id"]
    both = looked_up.rename_axis("place").reset_index().merge(answers, on=keys, validate="many_to_one")
    against = both[(both["verdict"] == "motsägs") & (both["counts_as"] != MISSING)]
    for_it = both[(both["verdict"] == "belagt") & (both["counts_as"] == YES)]
    disputed = {*zip(against["code"], against["question_id"], strict=True)}
    held = [at not in disputed for at in zip(for_it["code"], for_it["question_id"], strict=True)]
    return for_it[held].drop_duplicates(keys), against


def survey_file(inputs: Inputs, year: int | None = None, form: Asked = "municipality") -> Path:
    """Path of the survey: ``survey.csv`` with counts, or ``answers_<year>`` (.csv or .xlsx) with answers.

    The year of the answers is the report's own by default; to have both files is an error. Answers to the
    regions' own ``form`` are in ``answers_<year>_regions``.
    """
    project, own = inputs.project, "_regions" if form == "region" else ""
    if project.params.survey_input == "counts":
        return project.data / "survey.csv"
    stem = f"answers_{year or project.params.year}{own}"
    table, book = (project.data / f"{stem}{end}" for end in (".csv", ".xlsx"))
    if inputs.exists(table) and inputs.exists(book):
        message = f"there is {table.name} too; keep one of them"
        raise InputError([Problem(project.relative(book), "", message)])
    return book if inputs.exists(book) else table


def answers_open_to_others(inputs: Inputs) -> list[str]:
    """Return the files of answers, and of what was looked up of them, that others on the machine may read.

    Those of a report with a notice are not meant: it says that they are invented.
    """
    project = inputs.project
    if project.params.survey_input == "counts" or project.params.notice or os.name == "nt":
        return []
    names = ("answers_*.csv", "answers_*.xlsx", "evidence.csv")
    paths = (path for name in names for path in inputs.find(project.data, name))
    readable = [path for path in paths if path.stat().st_mode & 0o077]
    return [project.relative(path) for path in readable]


def answers_of(inputs: Inputs, data: bytes, file: str) -> Reading:
    """Read a survey export by the report's questions, members, corrections and settled columns.

    The file's name says of which earlier year they are, if not of the report's own, and if of regions.
    """
    params, named = inputs.project.params, re.search(r"answers_([0-9]{4})(_regions)?\.", file)
    year = int(named[1]) if named and int(named[1]) <= params.year else params.year
    settled = inputs.used(Questions, inputs.project.shared_as).columns_of(year)
    form: Asked = "region" if named and named[2] else "municipality"
    asked = of_form(all_questions(inputs), form)
    about = (asked, year, _who_may_answer(inputs, year), places(inputs))
    reading = read_answers(data, file, *about, inputs.corrections(file), settled)
    is_region = reading.frame["code"].str.len() == 2
    if len(forms(inputs, year)) > 1 and (is_region != (form == "region")).any():
        other, path = ("region", "_regions") if form == "municipality" else ("municipality", "")
        message = f"the {form}s' form has answers of a {other}; they belong in answers_{year}{path}"
        raise InputError([Problem(file, "", message)])
    return reading


def _who_may_answer(inputs: Inputs, year: int) -> pd.DataFrame:
    """Return the register with the applicants among its members."""
    register, every_place, applicants = members(inputs), places(inputs), inputs.project.params.applicants
    if not applicants:
        return register
    file = inputs.project.relative(inputs.project.params_path)
    names = {**every_place.names, **every_place.counties}
    faults = {"is no municipality or county": {*applicants} - {*names}}
    faults["is a member already; take it out"] = {*applicants} & sources.member_codes(inputs)
    refuse(Problem(file, "applicants", f"{code} {why}") for why, codes in faults.items() for code in codes)
    added = pd.DataFrame({"code": applicants, "name": [names[code] for code in applicants]}, dtype="str")
    added = added.assign(joined="", left="", status="member")
    return pd.concat([register[~register["code"].isin(applicants)], added]).fillna("")


def is_export(inputs: Inputs, data: bytes, file: str) -> bool:
    """Whether a table holds a question of the report, in whatever row or column."""
    return headings_known(data, file, all_questions(inputs), inputs.project.params.year) > 0


_WRITTEN = (".py", ".ipynb", ".md", ".yml", ".js")  # endings of what people write: they may quote questions


def has_answers(inputs: Inputs, data: bytes, file: str) -> bool:
    """Whether a file holds answers of single members, or what was looked up of them, whatever its name is.

    That is an export of a survey by its headings, or a table with both a question of the report and a place.
    """
    if Path(file).suffix in _WRITTEN:
        return False
    with suppress(InputError):  # of no known kind, or no table
        return recognise(data, file, quote=False) in ("survey-answers", "evidence")
    try:
        rows = [row for grid in files.read_grids(data, file) for row in grid.rows[:_DEEP]]
    except InputError:
        return False
    cells = [clean(cell) for row in rows for cell in row]
    kinds = _Kinds(all_questions(inputs), inputs.project.params.year, Columns())
    if not any(map(kinds.is_question, cells)):
        return False
    every_place = places(inputs)
    return any(every_place.find(text).code for text in cells if not text.isdigit())


def headings_known(data: bytes, file: str, questions: Mapping[str, Question], year: int) -> int:
    """Count the cells of a table that are questions, in whatever row or column."""
    is_question = _Kinds(questions, year, Columns()).is_question
    rows = (row for grid in files.read_grids(data, file) for row in grid.rows[:_DEEP])
    return sum(is_question(clean(cell)) for row in rows for cell in row)


def read_answers(
    data: bytes,
    file: str,
    questions: Mapping[str, Question],
    year: int,
    members: pd.DataFrame,
    places: Places,
    corrections: Sequence[Correction] = (),
    columns: Columns = Columns(),  # noqa: B008  (frozen)
) -> Reading:
    """Read a survey export: one row a member, columns headed by the questions' full wording.

    The reading is of kind ``survey-answers``; its frame as `tables.SURVEY_ANSWERS`: code, question_id, answer
    (as typed), counts_as (yes, no or missing; a blank is missing), sorted. Rows without a single answer are
    left out. The notes tell how each column was understood, and what was mended; never an answer.

    InputError: every problem of headings and cells, or else of names and answers.

    ``data`` are the bytes of an .xlsx or .csv. Those ``questions`` with a wording for the ``year`` must all
    be there, and no other. ``members`` is the register, as `tables.MEMBERS`: a member of the year may answer;
    ``places`` are for names as typed. ``corrections`` of cells and rows are made before anything is matched;
    ``columns`` are what the analyst has settled of the year's headings.
    """
    note_answers()
    put = {name: as_put for name, question in questions.items() if (as_put := question.put_in(year))}
    if not put:
        message = f"no question has a wording for {year}"
        raise InputError([Problem(Questions.home, "questions", message)])
    kinds = _Kinds(questions, year, columns)
    grid, top, notes = _find_table(files.read_grids(data, file), kinds.is_question, file)
    file = grid.file
    options = {answer_key(text) for _, own in put.values() for _, text in _options(own)}
    named, below = _headings(grid, top, options)
    understood, problems = kinds.understand(named, file)
    of_kind: dict[str, list[int]] = {}
    for column, kind in understood.items():
        of_kind.setdefault(kind, []).append(column)
    used = [row for row in grid.filled(top + 1) if row not in below]
    asked = [column for column, kind in understood.items() if kind in put]
    problems += files.values_without_heading(grid, used, named)
    problems += [
        grid.problem(f"expected an answer, got {cell.text}; type the answer itself", row, column)
        for row in used
        for column, cell in zip(asked, grid.cells(row, asked), strict=True)
        if isinstance(cell, files.Fault)
    ]
    problems += files.ragged(grid, used, len(grid.rows[top]))
    message = "merged with {}; unmerge, and give each cell its own answer"
    merged = [(first, last) for first, last in grid.merged if last[0] > max([top, *below])]
    problems += [grid.problem(message.format(files.a1(*last)), *first) for first, last in merged]
    if not used:
        message = "no answers under the headings; expected a row for each member that answered"
        problems.append(Problem(file, "", message))
    refuse(capped(problems, _LIMIT))

    index = pd.Index([row + 1 for row in used])
    table = pd.DataFrame([grid.cells(row, named) for row in used], index, [*named]).map(_visible)
    unseen = Counter(sign for row in used for cell in grid.cells(row, named) for sign in _unseen(cell))
    for sign, count in unseen.items():
        name = unicodedata.name(sign, "no character of text").lower()
        notes.append(f"U+{ord(sign):04X} ({name}) cannot be seen: removed {pluralise(count, 'time')}")
    for question_id in put:
        for column in of_kind[question_id]:
            marks = table[column].map(_is_punctuation)
            table.loc[marks, column] = ""
            text = f"question {question_id}: punctuation alone is no answer; taken as not answered: row "
            notes += [text + _listed(table.index[marks])] if marks.any() else []
        own_columns = of_kind[question_id]
        if put[question_id][1].several:  # a column an option, or several in a cell
            texts = table[own_columns].to_numpy(dtype=object)
            table[own_columns[0]] = ["; ".join(filter(None, cells)) for cells in texts]
            own_columns = own_columns[:1]
        problems += _join(grid, table, own_columns, f"answers to question {question_id}", answer_key)
    names, unclear = _name_columns(table, of_kind, named, places)
    refuse([Problem(file, "", unclear)] if unclear else [])
    problems += _join(grid, table, names, "members", lambda name: places.find(name).code or name_key(name))
    refuse(capped(problems, _LIMIT))
    for column, heading in named.items():
        kind = _NAMES if column in names else understood[column].replace(_NAMES, _TEXTS)
        notes.append(f"column {column + 1}, '{excerpt(heading, 80)}': {'question ' * (kind in put)}{kind}")

    frame = table.rename(columns=named)
    frame = tables.mend(frame.loc[:, ~frame.columns.duplicated()], corrections, file=file, quote=False)
    heading_of = {question_id: named[of_kind[question_id][0]] for question_id in put}
    blank = (frame[[*heading_of.values()]] == "").all(axis="columns")
    text = "rows without a single answer, taken as not answered: "
    notes += [text + _listed(frame.index[blank])] if blank.any() else []
    frame = frame[~blank]
    codes, unknown = _member_codes(frame[named[names[0]]], members, places, year, file)
    frames, refusals = [], []
    for question_id, (_, own) in put.items():
        answers = frame[heading_of[question_id]].map(clean)
        keys = answers.map(answer_key)
        counts_as = answers.map(lambda answer, own=own: _meaning(answer, own))
        allowed = _quoted([option for _, option in _options(own)], 60)
        for key, odd in keys[counts_as.isna()].groupby(keys, sort=False):
            text = f"{pluralise(len(odd), 'cell')} with 1 spelling of no answer option"
            text += f" (row {_listed(odd.index)})"
            text += f", {foreign}" if (foreign := files.odd_letters(str(key))) else ""
            advice = "mend them, or say in params/questions.yml what they count as"
            text += f"; expected one of {allowed} or a blank; {advice}"
            refusals.append(Problem(file, f"question {question_id}", text))
        parts = {"code": codes, "question_id": question_id, "answer": answers, "counts_as": counts_as}
        frames.append(pd.DataFrame(parts))
    refuse([*capped(unknown, _LIMIT), *capped(refusals, _LIMIT)])
    refuse(_other_points(frame, kinds, {q: (heading_of[q], own) for q, (_, own) in put.items()}, file))
    answers_frame = pd.concat(frames).sort_values(["code", "question_id"], ignore_index=True).astype("str")
    return Reading("survey-answers", answers_frame, file, "", None, None, None, tuple(notes))


def propose_wordings(data: bytes, file: str, wordings: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Find how questions are put in a new export among its headings; no answer is read.

    Of ``data``, named ``file`` in messages, and the ``wordings`` of the year before by question, it returns
    the new wordings, that of the year before or else the heading that is near it, and the headings that may
    be questions and are near none. InputError, when none is known: they might be answers.
    """
    note_answers()
    asked = {heading_keys(wording)[-1]: question for question, wording in wordings.items()}
    grids = files.read_grids(data, file)
    grid, top, _ = _find_table(grids, lambda text: heading_keys(text)[-1] in asked, file)
    headings = {heading_keys(heading)[-1]: heading for cell in grid.rows[top] if (heading := clean(cell))}
    proposed = {question: wordings[question] for key, question in asked.items() if headings.pop(key, "")}
    if not proposed:
        message = "no heading is a question's wording of the year before; head the columns with the questions"
        raise InputError([Problem(file, "", message)])
    for key, question in asked.items():
        if question not in proposed and (near := difflib.get_close_matches(key, headings, n=1, cutoff=0.8)):
            proposed[question] = headings.pop(near[0])
    rest = [heading for key, heading in headings.items() if not _COMMENT.search(key)]
    return proposed, [excerpt(heading, 120) for heading in rest if _kind_of(heading) == _TEXTS]


def answer_counts(answers: pd.DataFrame, questions: Mapping[str, Question]) -> pd.DataFrame:
    """Count answers (`tables.SURVEY_ANSWERS`) per question, in the questions' order; missing is never no.

    Columns are question_id, k (members that said yes), n (yes or no) and missing (members that answered the
    survey but not this question); n + missing is the number of members that answered the survey.
    """
    table = pd.crosstab(answers["question_id"], answers["counts_as"])
    asked = [question for question in questions if question in table.index]
    table = table.reindex(asked, columns=[YES, NO, MISSING], fill_value=0).astype("Int64")
    table = table.rename_axis(index="question_id", columns=None)
    counts = table.assign(k=table[YES], n=table[YES] + table[NO])[["k", "n", MISSING]].reset_index()
    return counts.astype({"question_id": "str"})


def heading_keys(text: str) -> tuple[str, str]:
    r"""Spellings by which headings are compared, with and without their number.

    Case, spaces, line breaks, HTML, pictures, quotes, unseen signs and marks at the ends do not count.

    >>> heading_keys("Fråga 2:\n<b>Arbetar ni med \u200bBIOKOL?</b> \U0001f331 (obligatorisk)")
    ('fråga 2: arbetar ni med biokol', 'arbetar ni med biokol')
    """
    plain = re.sub(r"</?[A-Za-z][^<>]*>", " ", html.unescape(text))
    plain = " ".join(unicodedata.normalize("NFKC", plain).translate(_DASHES).split()).casefold()
    signs = ("So", "Sk", "Me", "Cf", "Cc", "Co", "Cn")
    seen = "".join(sign for sign in plain if unicodedata.category(sign) not in signs and sign != "\ufe0f")
    key = _REQUIRED.sub("", " ".join(seen.split())).strip(" .,;:!?*-_")
    return key, key[match.end() :] if (match := _NUMBER.match(key)) else key


_MOST_PARTS = 60  # of an answer that names several options


def chosen(answer: str, own: Options, *, former: bool = False) -> list[str]:
    """Return the options that an answer names, as they are compared; none where it names another too.

    Where a question takes several they stand after each other, with semicolons, commas or line breaks
    between; an option that has a comma itself is understood. ``former`` says whether those that only the
    year before had are options too.

    >>> own = Options(counts_as_yes=["Ja, helt", "Delvis"], counts_as_no=["Nej"], several=True,
    ...               points={"Ja, helt": 2, "Delvis": 1, "Nej": 0})
    >>> chosen("delvis, ja, helt", own), chosen("Delvis; kanske", own)
    (['delvis', 'ja, helt'], [])
    """
    options = {*own.by_key} if former else set[str]()
    options = options.union(*own.keys) - ({*map(answer_key, own.former)} if not former else set())
    if not own.several or answer_key(answer) in options:
        return [key for key in [answer_key(answer)] if key in options]
    pieces = re.split("([;,\n])", answer)
    parts = [*range(0, len(pieces), 2)]
    if len(parts) > _MOST_PARTS:
        return []
    named: dict[int, list[str]] = {len(pieces) + 1: []}  # from a part on
    for start in reversed(parts):
        for end in reversed([at for at in parts if at >= start and at + 2 in named]):
            key = answer_key("".join(pieces[start : end + 1]))
            if key in options or not key:
                named[start] = [*filter(None, [key]), *named[end + 2]]
                break
    return [*dict.fromkeys(named.get(0, []))]


def points(answer: str, own: Options) -> Fraction | None:
    """Return the exact points of an answer by a year's options; None of one that has none, such as a blank.

    An option that only the year before had gives the points that this year's rules say.
    """
    given = own.by_key
    scored = [given[key] for key in chosen(answer, own, former=True) if key in given]
    return min(own.most, sum(scored, Fraction(0))) if scored else None


def _meaning(answer: str, own: Options) -> str | None:
    """Return what an answer counts as; None where it is none of the options, or says both yes and no."""
    yes, no, _ = own.keys
    named = {*chosen(answer, own)}
    if named & yes and named & no:
        return None
    if named or not answer_key(answer):
        return YES if named & yes else NO if named & no else MISSING
    return None


_POINTS = re.compile(r"(\d+(?:[.,]\d+)?)(?: ?/ ?\d+(?:[.,]\d+)?)?(?: ?(?:p|poäng|points?))?")  # "2,00 / 3,00"


def _other_points(
    frame: pd.DataFrame, kinds: _Kinds, asked: Mapping[str, tuple[str, Options]], file: str
) -> Iterator[Problem]:
    """Yield where the points of a quiz are other than those of the questions; neither is told."""
    scored: dict[str, Any] = {}
    for question, (heading, own) in asked.items():
        if own.points:
            scored[question] = frame[heading].map(lambda answer, own=own: points(answer, own) or Fraction(0))
    for heading in frame.columns if scored else ():
        of = kinds.quiz_of(heading)
        if of is None or (of and of not in scored):
            continue
        ours = scored[of] if of else sum(scored.values(), pd.Series(Fraction(0), frame.index))
        given = frame[heading].map(lambda text: _POINTS.fullmatch(clean(text).casefold()))
        stated = given.dropna().map(lambda match: Fraction(match[1].replace(",", ".")))
        other = stated.index[stated != ours[stated.index]]
        if len(other):
            message = f"other points in {pluralise(len(other), 'row')} ({_listed(other)}) than"
            message += f" {Questions.home} gives; mend them there or in the form, or leave the column out"
            yield Problem(file, f"column '{excerpt(heading, 120)}'", f"{message} there (columns, left_out)")


def _quoted(texts: Sequence[str], length: int) -> str:
    return ", ".join(f"'{excerpt(text, length)}'" for text in texts)


def _listed(index: pd.Index) -> str:
    return few(map(str, index), _LISTED_ROWS)


def _options(own: Options) -> Iterator[tuple[str, str]]:
    """Yield the answer options of a question, each after what it counts as."""
    for kind, texts in zip((YES, NO, MISSING), own.lists, strict=True):
        yield from ((kind, text) for text in texts)


def _unseen(cell: Cell) -> list[str]:
    """Signs of a cell that nobody sees, but for the soft hyphen and the joiner of pictures."""
    text = "" if not isinstance(cell, str) or cell.isascii() else cell
    return [s for s in text if unicodedata.category(s) in ("Cf", "Co", "Cn") and s not in "\u00ad\u200d"]


def _visible(cell: Cell) -> str:
    text = cell.strip() if isinstance(cell, str) else clean(cell)
    return "".join(sign for sign in text if sign not in unseen).strip() if (unseen := _unseen(cell)) else text


def _is_punctuation(text: str) -> bool:
    return bool(text) and all(unicodedata.category(s)[0] in "PZ" or s in "−" or s.isspace() for s in text)


def _find_table(
    grids: list[Grid], is_question: Callable[[str], bool], file: str
) -> tuple[Grid, int, list[str]]:
    """Find the sheet with the answers, its row of headings, and what to note of the other sheets.

    The headings are the row with most questions; of several sheets with questions that with the members.
    """
    tables, of_members, hidden, standing = [], [], [], []
    for grid in grids:
        hits = {r: sum(is_question(clean(c)) for c in grid.rows[r]) for r in grid.filled()[:_TITLE_ROWS]}
        if not hits:
            continue
        top, stand = max(hits, key=hits.__getitem__), list[int]()
        if hits[top] <= 1:
            turned = _transposed(grid)
            asked_in = [[key for x in cells[:_DEEP] if is_question(key := clean(x))] for cells in turned.rows]
            stand = [column for column, asked in enumerate(asked_in) if len(asked) > 1]
            heads = [clean(x) for column in stand[:1] for x in turned.rows[column]]
            once = len(stand) == 1 and len({*asked_in[stand[0]]}) == len(asked_in[stand[0]])
            if once and any(_kind_of(head) == _NAMES for head in heads if head and not is_question(head)):
                grid, top, stand = turned, stand[0], []
                hits[top] = len(asked_in[top])
        if grid.hidden:
            hidden += [grid.name] if hits[top] else []
        elif stand:
            standing.append(grid.problem(_STANDING, column=stand[0]))
        else:
            tables.append((hits[top], grid, top))
            rest = (heading for c in grid.rows[top] if not is_question(heading := clean(c)))
            if any(_kind_of(heading) == _NAMES for heading in rest):
                of_members.append(tables[-1])
    asked = [table for table in tables if table[0]]
    if not asked:
        text = "the questions stand on a hidden sheet ({}); unhide it"
        refuse([*standing, *(Problem(file, "", text.format(_quoted([name], 40))) for name in hidden)])
    chosen = [table for table in of_members if table[0]] or asked or tables[:1]
    if not chosen:
        raise InputError([Problem(file, "", "no table; expected one row a member under the questions")])
    if len(chosen) > 1:
        names = _quoted([grid.name for _, grid, _ in chosen], 40)
        raise InputError([Problem(file, "", f"answers on more than one sheet ({names}); keep one of them")])
    _, grid, top = chosen[0]
    others = [other.name for other in grids if other.name != grid.name and other.filled()]
    notes = [f"sheet {_quoted([grid.name], 40)}"] if grid.name else []
    notes += ["one row a question: read with rows as columns"] if grid.file != file else []
    return grid, top, [*notes, *([f"other sheets, not read: {_quoted(others, 40)}"] if others else [])]


def _transposed(grid: Grid) -> Grid:
    """Return a table with its rows as columns; messages about it say so."""
    cells = [[*column] for column in zip_longest(*grid.rows, fillvalue="")]
    merged = [(first[::-1], last[::-1]) for first, last in grid.merged]
    return replace(grid, file=f"{grid.file}, transposed", rows=cells, lines=(), merged=merged)


def _headings(grid: Grid, top: int, options: Set[str]) -> tuple[dict[int, str], list[int]]:
    """Return the headings by column, and the rows below that are headings too (SurveyMonkey, Qualtrics).

    Such a row says "Response", or the one option or "Other" that its column is for. A column without
    another heading is of the question before it.
    """
    above = {column: heading for column, cell in enumerate(grid.rows[top]) if (heading := clean(cell))}
    named, below = {**above}, list[int]()
    for row in grid.filled(top + 1)[:2]:
        texts = {column: text for column, cell in enumerate(grid.rows[row]) if (text := clean(cell))}
        keys = {column: answer_key(text) for column, text in texts.items()}
        unusual = {*keys.values()} - options
        is_below = {key for key in unusual if _BELOW.fullmatch(key)}
        if not unusual <= is_below | _LABELS or not (is_below or (unusual and keys.keys() - above.keys())):
            break
        below.append(row)
        for column, key in keys.items():
            owner = above[max((c for c in above if c <= column), default=min(above))]
            if key in _LABELS or (column not in above and _COMMENT.search(key)):
                named[column] = f"{texts[column]} ({owner})"
            else:
                named[column] = owner
    return dict(sorted(named.items())), below


class _Kinds:
    """What a heading may be in a year: a question, by its id, or a kind of other columns."""

    def __init__(self, questions: Mapping[str, Question], year: int, columns: Columns) -> None:
        self._year = year
        self._wordings = {q.id: q.wording[str(year)] for q in questions.values() if str(year) in q.wording}
        keys_of = {name: heading_keys(wording) for name, wording in self._wordings.items()}
        keys = [(key, name) for name, (key, _) in keys_of.items()]  # without its number if it is surely one
        keys += [(bare, name) for name, (key, bare) in keys_of.items() if _SURE_NUMBER.match(key)]
        times = Counter(key for key, _ in dict.fromkeys(keys))
        self._asked = {key: name for key, name in keys if times[key] == 1}
        put = ((q.id, year, text) for q in questions.values() for year, text in q.wording.items())
        self._other_years = {heading_keys(text)[0]: (name, year) for name, year, text in put}
        settled = [(heading, name) for heading, name in columns.questions.items() if name in self._wordings]
        settled += [(heading, _LEFT_OUT) for heading in columns.left_out]
        self._settled = {heading_keys(heading)[0]: kind for heading, kind in settled}
        self._member = heading_keys(columns.member or "")[0]

    def is_question(self, heading: str) -> bool:
        """Whether a heading is a question, of this year or another."""
        keys = heading_keys(heading)
        is_known = any(key in self._asked or key in self._other_years for key in keys)
        return is_known or self._settled.get(keys[0]) in self._wordings

    def kind_of(self, heading: str) -> tuple[str, str]:
        """Return a question's id or another kind, and what is wrong with the heading."""
        keys = heading_keys(heading)
        for name in (self._settled.get(keys[0]), *map(self._asked.get, keys)):
            if name:
                return name, ""
        key = keys[-1]
        if _COMMENT.search(key):
            return _TEXTS, ""
        if _OF_QUIZ.fullmatch(key):
            return _PERSON, ""
        if key in self._other_years:
            name, year = self._other_years[key]
            return name, f"the wording of {year} of question {name}, not that of {self._year}"
        if near := difflib.get_close_matches(key, self._asked, n=1, cutoff=0.8):
            name = self._asked[near[0]]
            message = f"no question of {self._year}, but near '{excerpt(self._wordings[name], 120)}' ({name})"
            message += f", {foreign}" if (foreign := files.odd_letters(key)) else ""
            return name, f"{message}; fix the heading, or settle it in {Questions.home} (wording, or columns)"
        return _kind_of(heading), ""

    def quiz_of(self, heading: str) -> str | None:
        """Return the question whose points a heading of a quiz has, or "" of all; None of another heading."""
        keys = heading_keys(heading)
        match = _OF_QUIZ.fullmatch(keys[-1])
        if not match or keys[0] in self._settled or (match["of"] or match["which"] or "")[:1] in ("f", "å"):
            return None
        if match["all"]:
            return ""
        return next(filter(None, map(self._asked.get, heading_keys(match["after"] or match["before"]))), None)

    def understand(self, named: Mapping[int, str], file: str) -> tuple[dict[int, str], list[Problem]]:
        """Return the kind of each column, and a problem for each heading or question that is not right."""
        kinds = {heading: self.kind_of(heading) for heading in named.values()}
        if members := [heading for heading in kinds if heading_keys(heading)[0] == self._member]:
            names = {heading for heading, (kind, _) in kinds.items() if kind == _NAMES}
            kinds |= dict.fromkeys(names, (_TEXTS, "")) | dict.fromkeys(members, (_NAMES, ""))
        present = {kind for kind, _ in kinds.values()}
        wrong = {heading: text for heading, (_, text) in kinds.items() if text}
        problems = [Problem(file, f"column '{excerpt(h, 120)}'", text) for h, text in wrong.items()]
        if not present & {*self._wordings}:
            text = f"no heading is a question of {self._year}; head the columns with the questions, as "
            raise InputError([Problem(file, "", f"{text}{Questions.home} has them")])
        for name in (name for name in self._wordings if name not in present):
            text = f"missing; expected a column '{excerpt(self._wordings[name], 120)}'"
            problems.append(Problem(file, f"question {name}", text))
        return {column: kinds[heading][0] for column, heading in named.items()}, problems


def _kind_of(heading: str) -> str:
    """Kind of a column that holds no question."""
    key = heading_keys(heading)[-1]
    if len(key) <= _NAME_LENGTH and (_PERSONAL.search(key) or key in ("namn", "name")):
        return _PERSON
    is_name = len(key) <= _NAME_LENGTH and _MEMBER.search(key) and "?" not in heading
    return _NAMES if is_name else _TEXTS


def _name_columns(
    table: pd.DataFrame, of_kind: Mapping[str, list[int]], named: Mapping[int, str], places: Places
) -> tuple[list[int], str]:
    """Return the columns with the members' names, by heading or else by content; or why there is none."""
    headed = of_kind.get(_NAMES, [])
    others = [*of_kind.get(_TEXTS, ()), *of_kind.get(_PERSON, ())]

    def share_of_places(column: int) -> float:
        texts = table.loc[table[column] != "", column] if column in headed else table[column]
        are_places = texts.map(lambda t: bool(places.find(t).code) and (column in headed or not t.isdigit()))
        return float(are_places.mean())  # not a number without a text

    shares = {column: share_of_places(column) for column in (*headed, *others)}
    likely = [column for column in headed or others if shares[column] >= _LIKELY]
    may_be = {c for c in others if _ASKED_MEMBER.match(heading_keys(named[c])[-1])} - {*likely}
    rivals = [c for c in may_be if shares[c] >= _LIKELY or not headed] if not likely or not headed else []
    if len(headed) == 1 and not rivals:
        return headed, ""
    if likely and not rivals and (len(likely) == 1 or all(shares[column] == 1 for column in likely)):
        return likely, ""
    settle = f"settle it in {Questions.home} (columns, member)"
    if not headed and not likely:
        return [], f"no column with the member's name; head it 'Kommun' or 'Medlem', or {settle}"
    listed = _quoted([named[column] for column in sorted({*headed, *likely, *rivals})], 40)
    return [], f"more than one column may hold the member's name ({listed}); keep one of them, or {settle}"


def _join(
    grid: Grid, table: pd.DataFrame, columns: Sequence[int], what: str, key: Callable[[str], str]
) -> list[Problem]:
    """Put into the first of some columns what stands in any; a problem with both places where two differ."""
    message = f"different {what}; empty all but the right one, or settle it in {Questions.home} (columns)"
    problems = []
    for row in table.index if len(columns) > 1 else ():
        filled = {column: text for column in columns if (text := str(table.at[row, column]))}
        if len({*map(key, filled.values())}) > 1:
            where = " and ".join(grid.where(row - 1, column) for column in filled)
            problems.append(Problem(grid.file, where, message))
        table.at[row, columns[0]] = next(iter(filled.values()), "")
    return problems


def _member_codes(
    names: pd.Series[str], members: pd.DataFrame, places: Places, year: int, file: str
) -> tuple[pd.Series[str], list[Problem]]:
    """Code of each row's member by its name as typed ("Malmö stad", "1281 Lund", "Region Skåne").

    A problem for each name that is unknown, no member of the year, or given twice.
    """
    of_year = members_of_year(members, year).set_index("code")["name"]
    place_keys = [name_key(name) for name in (*places.names.values(), *places.counties.values())]
    row_of: dict[str, object] = {}
    codes, problems = [], []
    for row, name in names.items():
        message, (code, problem) = "", places.find(name)
        first = row_of.setdefault(code, row)
        if not name:
            message = "answers without a member's name"
        elif not code and difflib.get_close_matches(name_key(name).removeprefix("region "), place_keys, n=1):
            message = problem
        elif not code:  # what resembles no place may be an answer in the wrong column: it is not quoted
            message = "no municipality, nor near one; write its name as Statistics Sweden does, and see that "
            message += "the row's answers stand under their questions"
        elif code not in of_year.index:
            message = f"'{excerpt(name)}' ({code}) is no member of {year} in the register of members"
        elif first != row:
            message = f"{of_year[code]} has answered in row {first} too; drop one in params/corrections.yml"
        codes.append(code)
        problems += [Problem(file, f"row {row}", message)] if message else []
    return pd.Series(codes, index=names.index, dtype="str"), problems
