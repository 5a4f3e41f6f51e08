"""One member's own answers to the survey beside those of all: only where the member has consented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from klimatlib import survey
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.config import Question
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import answers_of_both_years, own_answers, survey_counts
from klimatlib.sources.tables import rows

Rows = list[list[str | Claim]]
WORDS = {"yes": "Ja", "no": "Nej", "missing": "Inget svar"}


@dataclass(frozen=True)
class Profile:
    """A member's answers, and what they are set beside.

    Attributes
    ----------
    answers
        Question and answer as printed, in the order of the questions; empty where nothing may be shown.
    claims
        The year's claims on the survey; empty where nothing may be shown.
    source
        Where the answers come from, as printed; empty where nothing may be shown.
    """

    answers: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()
    source: str = ""

    def sources(self, others: str) -> str:
        """Return printed sources, with that of the answers where they are shown."""
        return f"{others}; {self.source}" if self.source else others

    def halves(self, book: ClaimBook, questions: Mapping[str, Question]) -> tuple[Rows, Rows]:
        """Return printed rows in two parts side by side: question, answer, share of all that say yes.

        The first part is never the shorter.
        """
        found: Rows = [
            [questions[question].label, answer, book[f"survey-{question}"]]
            for question, answer in self.answers
        ]
        middle = (len(found) + 1) // 2
        return found[:middle], found[middle:]


def profile(inputs: Inputs, code: str, *, source: str) -> Profile:
    """Return the member's own answers of the year beside those of all.

    Parameters
    ----------
    inputs
        The report's inputs. The survey is read only where the member's answers are at hand and may be shown.
    code
        The member.
    source
        Where the answers come from, as printed.
    """
    own = own_answers(inputs, code)
    if own.empty:
        return Profile()
    params, questions = inputs.project.params, sources.questions(inputs)
    shares = survey.shares(survey_counts(inputs), questions, members=params.survey_members)
    claims = survey.claims(
        shares,
        questions,
        sources.published(inputs),
        params=params,
        source=source,
        earlier_known=not answers_of_both_years(inputs)[0].empty,
    )
    return Profile(_answers(own, questions), tuple(claims), source)


def _answers(own: pd.DataFrame, questions: Mapping[str, Question]) -> tuple[tuple[str, str], ...]:
    given = {str(row.question_id): WORDS[row.counts_as] for row in rows(own)}
    return tuple((question, given[question]) for question in questions if question in given)
