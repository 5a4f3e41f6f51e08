"""A survey share's change: changed answers, new respondents, and those that no longer answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from klimatlib.claims.claims import share
from klimatlib.errors import ClaimError
from klimatlib.sources.tables import rows
from klimatlib.splits.parts import WITHHELD, Split, parts_of


@dataclass(frozen=True)
class Panel:
    """Members that answered a question yes or no in both years: how many, and how many yes in each."""

    n: int
    k_before: int
    k_now: int


def fixed_panel(before: pd.DataFrame, now: pd.DataFrame, question_id: str) -> Panel:
    """Count yes among the members that answered a question in both years.

    Parameters
    ----------
    before, now
        Answers of either year, columns as `schemas.SURVEY_ANSWERS`.
    question_id
        The question. "Vet ej" and blank are no answers.
    """
    then, today = _said(before, question_id), _said(now, question_id)
    both = then.keys() & today.keys()
    return Panel(len(both), _yes(then, both), _yes(today, both))


def survey_split(
    before: pd.DataFrame,
    now: pd.DataFrame,
    question_id: str,
    *,
    years: tuple[int, int],
    reworded: bool = False,
) -> Split:
    """Split the change of a survey share into changed answers, new respondents and those that left.

    With s the share of all respondents of a year and p that of the members that answered in both: left is
    ``p_before - s_before``, panel ``p_now - p_before`` and new ``s_now - p_now``.

    Parameters
    ----------
    before, now, question_id
        As `fixed_panel`.
    years
        Years of the answers.
    reworded
        Whether the question was put in other words: changed answers and changed words cannot be told apart.

    Raises
    ------
    ClaimError
        When nobody answered the question in one of the years.
    """
    then, today = _said(before, question_id), _said(now, question_id)
    if not then or not today:
        raise ClaimError(f"{question_id}: nobody answered in {years[0]} or {years[1]}; there is no change")
    start, end = share(_yes(then, then), len(then)), share(_yes(today, today), len(today))
    both = then.keys() & today.keys()
    told = "samma medlemmar, med ändrad fråga" if reworded else "ändrade svar hos samma medlemmar"
    sizes = (len(both), len(today) - len(both), len(then) - len(both))
    values: tuple[Fraction | None, ...] = (None, None, None)
    if both:
        first, last = share(_yes(then, both), len(both)), share(_yes(today, both), len(both))
        values = (last - first, end - last, first - start)
    names = (("panel", told), ("new", "nya svarande"), ("left", "de som bara svarade förra gången"))
    return Split(start, end, parts_of(names, values, sizes), years)


def withheld(split: Split, minimum_cell: int) -> Split:
    """Withhold a survey split that would give answers away: a group of too few, shown or worked out.

    Both years' totals are printed, and minus the panel they give the answers of the new and of those that
    left; one group under the smallest cell therefore withholds all parts.
    """
    if not any(part.n and part.n < minimum_cell for part in split.parts):
        return split
    return replace(split, parts=tuple(replace(part, value=None, why=WITHHELD) for part in split.parts))


def panel_range(split: Split) -> tuple[Fraction, Fraction] | None:
    """Return the least and greatest change that the panel can have had, worked out from the totals alone.

    It gives no answer away: those that answered in one year only may all have said yes, or all no. None
    where no member answered in both years.
    """
    sizes = {part.id: part.n or 0 for part in split.parts}
    panel = sizes["panel"]
    if not panel:
        return None
    (low0, high0), (low1, high1) = (
        (max(Fraction(0), yes - others), min(yes, Fraction(panel)))
        for yes, others in (
            (split.before * (panel + sizes["left"]), sizes["left"]),
            (split.now * (panel + sizes["new"]), sizes["new"]),
        )
    )
    return (low1 - high0) / panel, (high1 - low0) / panel


def _said(answers: pd.DataFrame, question_id: str) -> dict[str, bool]:
    chosen = answers[(answers["question_id"] == question_id) & (answers["counts_as"] != "missing")]
    return {str(row.code): row.counts_as == "yes" for row in rows(chosen)}


def _yes(said: Mapping[str, bool], codes: Collection[str]) -> int:
    return sum(said[code] for code in codes)
