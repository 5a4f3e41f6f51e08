"""The draft's sentences on why shares changed, which rest on the members that answered in both years."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from klimatlib import splits
from klimatlib.catalogue import Question
from klimatlib.claims.claims import ClaimBook
from klimatlib.fieldwork.changing import Change, What
from klimatlib.fieldwork.lines import filled
from klimatlib.fieldwork.standing import Kind, Standing, Voice
from klimatlib.params import Params
from klimatlib.sources.answers import NO, YES

_NAMED = re.compile(r'claim\("([a-z0-9-]+)"\)')
Told = tuple[str, ClaimBook]


def panel_changes(standing: Standing, *, params: Params, file: str) -> Iterator[Change]:
    """Yield what could still change the sentences on why a share changed, one answer at a time.

    A member that answered the question last year makes the panel one larger, whatever it says. What it said
    then is not told apart: members of a kind are tried one by one, and share what any of them can change.

    Parameters
    ----------
    standing
        Where the survey stands.
    params
        The report's parameters.
    file
        The text that prints the sentences.
    """
    for question in standing.questions.values():
        if (now := _told(standing, question, params, standing.answers)) is not None:
            alone: dict[Kind, frozenset[What]] = {}
            for voice in standing.voices:
                found = frozenset(_changed(now, standing, question, params, voice))
                alone[voice.kind] = alone.get(voice.kind, frozenset()) | found
            least: dict[What, int] = {what: 1 for found in alone.values() for what in sorted(found)}
            yield Change(filled(*now), file, (question.id,), least, False, "", (), alone)


def _changed(
    now: Told, standing: Standing, question: Question, params: Params, voice: Voice
) -> Iterator[What]:
    """Yield what of the sentences a member's yes or no to the question changes."""
    for said in (YES, NO) if question.id in voice.open else ():
        then = _told(standing, question, params, _with(standing.answers, voice.code, question.id, said))
        if then is None or then[0] != now[0]:
            yield "words"
        if then is None or _numbers(then) != _numbers(now):
            yield "number"


def _told(standing: Standing, question: Question, params: Params, answers: pd.DataFrame) -> Told | None:
    """Return the sentences on a question with the claims in them; None where there are none."""
    before, now = (frame[frame["question_id"] == question.id] for frame in (standing.earlier, answers))
    asked = {question.id: question}
    why = splits.survey_splits(
        before, now, asked, years=params.survey_years, minimum_cell=params.minimum_cell
    )
    if not why:
        return None
    claims = splits.survey_claims(why, before, now, asked, params=params, source="–")
    return splits.survey_sentence(why[question.id], question), ClaimBook(claims)


def _numbers(told: Told) -> list[str]:
    return [told[1][claim].text for claim in _NAMED.findall(told[0])]


def _with(answers: pd.DataFrame, code: str, question: str, said: str) -> pd.DataFrame:
    own = (answers["code"] == code) & (answers["question_id"] == question)
    row = pd.DataFrame([[code, question, said, said]], columns=["code", "question_id", "answer", "counts_as"])
    return pd.concat([answers[~own], row.astype("str")], ignore_index=True)
