"""The report of the year before: its published claims, and this year's claims set beside them."""

from __future__ import annotations

import re
from dataclasses import replace

from klimatlib import published
from klimatlib.claims.claims import Claim, ClaimBook, Comparable
from klimatlib.sources import Inputs

# A question's claims are compared by its wordings (`klimatlib.survey`); a part of a change, a published
# figure and another release are set beside something of their own already.
_APART = re.compile(r"(split|published|release)-|survey-(?!(respondents|members|response)$)")


def claims(inputs: Inputs) -> ClaimBook:
    """Return the claims that the report named by ``previous`` published; none where there is no such report.

    Raises
    ------
    InputError
        When that report has no ``claims.csv``, or one that its run did not make.
    """
    name = inputs.project.params.previous
    return ClaimBook() if name is None else published.claims(inputs, name)


def beside(claim: Claim, before: ClaimBook) -> Claim:
    """Return a claim with the number that the year before had under its id, where there is one.

    The light is ``broken`` where the definition has changed, ``caution`` for statistics, whose releases
    revise the whole series, and ``yes`` for what was counted.
    """
    if claim.previous_year is not None or _APART.match(claim.id) or claim.id not in before:
        return claim
    then = before[claim.id]
    if then.unit != claim.unit or (then.data_year or 0) >= (claim.data_year or 0):
        return claim
    light: Comparable = "caution" if claim.vintage else "yes"
    if _meaning(then) != _meaning(claim):
        light = "broken"
    return replace(claim, comparable=light, previous_year=then.data_year, previous_value=then.value)


def _meaning(claim: Claim) -> str:
    """Return a definition without its years and counts."""
    return re.sub(r"\d+", "", claim.definition)
