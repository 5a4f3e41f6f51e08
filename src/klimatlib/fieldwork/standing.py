"""Where a survey stands today: who has not answered, who has left questions open, what is counted so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from klimatlib import published, schemas, sources, survey
from klimatlib.catalogue import Question
from klimatlib.claims.claims import ClaimBook
from klimatlib.errors import InputError, Problem
from klimatlib.schemas import rows
from klimatlib.sources import Inputs
from klimatlib.sources.answers import MISSING, counted
from klimatlib.sources.answers_members import members_in

Kind = tuple[bool, frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Voice:
    """A member that may still answer.

    Attributes
    ----------
    code, name
        The member; empty where it is not known which one it is.
    silent
        Whether it has not answered at all.
    open
        Questions that it may still answer yes or no: all, or those left blank or answered "vet ej".
    before
        Questions that it answered yes or no in the year before: *that* it did, never what.
    """

    code: str
    name: str
    silent: bool
    open: frozenset[str]
    before: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind:
        """What decides which sentences it can change; members of a kind can change the same ones."""
        return self.silent, self.open, self.before


@dataclass(frozen=True)
class Standing:
    """A survey as it stands.

    Attributes
    ----------
    year, asked, answered
        Survey year; members asked; members that have answered, be it one question.
    questions
        The year's questions by id.
    voices
        Members that may still answer, those not known by name last.
    counts
        Columns as `schemas.SURVEY_COUNTS`.
    book
        Claims of the survey as they are today; empty until each question has been answered yes or no.
    answers, earlier
        Answers of the year and of the year before, as `schemas.SURVEY_ANSWERS`; to count, never to show.
    notes
        What must be known besides.
    """

    year: int
    asked: int
    answered: int
    questions: Mapping[str, Question]
    voices: tuple[Voice, ...]
    counts: pd.DataFrame
    book: ClaimBook = field(repr=False)
    answers: pd.DataFrame = field(repr=False)
    earlier: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether it is known who has answered."""
        return any(voice.code for voice in self.voices) or not self.answers.empty


def standing(inputs: Inputs) -> Standing:
    """Return where the year's survey stands, be it held as answers, as counts, or not opened yet.

    Raises
    ------
    InputError
        As the readers of survey, members and questions; also when more members answered than were asked.
    """
    year = inputs.project.params.year
    asked = {i: q for i, q in sources.questions(inputs).items() if str(year) in q.wording}
    if inputs.project.params.survey_input == "counts":
        return _of_counts(inputs, asked)
    now, notes = _today(inputs)
    answered, asked_members = now["code"].nunique(), inputs.project.params.survey_members
    if answered > asked_members:
        told = f"{answered} answered, but survey_members in the parameters is {asked_members}"
        raise InputError([Problem(_file(inputs), "", told)])
    before = _before(inputs)
    silent = _silent(inputs, now, asked, before)
    nameless = asked_members - answered - len(silent)
    if nameless < 0:
        more = len(silent) + answered
        notes = [*notes, f"the register lists {more} members, survey_members is {asked_members}: mend one"]
    voices = [*silent, *_left_open(inputs, now, before), *_nameless(nameless, asked)]
    return _standing(inputs, asked, voices, counted(now, asked), (now, before), answered, notes)


def _standing(
    inputs: Inputs,
    asked: Mapping[str, Question],
    voices: Iterable[Voice],
    counts: pd.DataFrame,
    both: tuple[pd.DataFrame, pd.DataFrame],
    answered: int,
    notes: Iterable[str],
) -> Standing:
    params, book = inputs.project.params, ClaimBook()
    if unanswered := sorted({*asked} - {*counts.loc[counts["n"] > 0, "question_id"]}):
        told = "all questions" if len(unanswered) == len(asked) else ", ".join(unanswered)
        notes = [*notes, f"no draft yet: nobody has answered yes or no to {told}"]
    else:
        table = survey.shares(counts, asked, members=params.survey_members)
        told, then = _file(inputs), sources.published(inputs)
        before, known = published.previous_claims(inputs), not both[1].empty
        claims = survey.claims(
            table, asked, then, params=params, source=told, earlier=before, earlier_known=known
        )
        book = ClaimBook(claims)
    size = params.survey_members
    return Standing(params.year, size, answered, asked, tuple(voices), counts, book, *both, tuple(notes))


def _of_counts(inputs: Inputs, asked: Mapping[str, Question]) -> Standing:
    """Return where a survey held as counts stands; who has answered it cannot be known."""
    counts = sources.survey_counts(inputs)
    answered, nobody = int(counts["n"].max()), _nobody()
    silent = _nameless(inputs.project.params.survey_members - answered, asked)
    left = [
        Voice("", "", False, frozenset({str(row.question_id)}))
        for row in rows(counts)
        for _ in range(answered - int(row.n))
    ]
    return _standing(inputs, asked, [*silent, *left], counts, (nobody, nobody), answered, ())


def _today(inputs: Inputs) -> tuple[pd.DataFrame, list[str]]:
    if sources.survey_file(inputs).is_file():
        return sources.survey_answers(inputs), []
    return _nobody(), [f"{_file(inputs)} is not there yet: nobody has answered"]


def _before(inputs: Inputs) -> pd.DataFrame:
    year = inputs.project.params.year - 1
    there = sources.survey_file(inputs, year).is_file()
    return sources.survey_answers(inputs, year) if there else _nobody()


def _silent(inputs: Inputs, now: pd.DataFrame, asked: Iterable[str], last: pd.DataFrame) -> list[Voice]:
    there, every, before = {*now["code"]}, frozenset(asked), _questions(last, missing=False)
    known = members_in(sources.members(inputs), inputs.project.params.year)
    return [
        Voice(code, name, True, every, before.get(code, frozenset()))
        for code, name in sorted(known.items())
        if code not in there
    ]


def _left_open(inputs: Inputs, now: pd.DataFrame, last: pd.DataFrame) -> list[Voice]:
    known = members_in(sources.members(inputs), inputs.project.params.year)
    before = _questions(last, missing=False)
    return [
        Voice(code, known[code], False, left, before.get(code, frozenset()))
        for code, left in sorted(_questions(now, missing=True).items())
    ]


def _nameless(count: int, asked: Iterable[str]) -> list[Voice]:
    return [Voice("", "", True, frozenset(asked))] * count


def _questions(answers: pd.DataFrame, *, missing: bool) -> dict[str, frozenset[str]]:
    """Return each member's questions without a yes or no, or with one."""
    chosen = answers[(answers["counts_as"] == MISSING) == missing]
    return {str(code): frozenset(ids) for code, ids in chosen.groupby("code")["question_id"]}


def _nobody() -> pd.DataFrame:
    return pd.DataFrame(columns=list(schemas.SURVEY_ANSWERS.schema.columns), dtype="str")


def _file(inputs: Inputs) -> str:
    return inputs.project.relative(sources.survey_file(inputs))
