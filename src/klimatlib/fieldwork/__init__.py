"""While the survey is open: who has not answered, and what of the draft their answers could still change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from klimatlib.errors import InputError, Problem, UsageError
from klimatlib.fieldwork.changing import Change, change
from klimatlib.fieldwork.lines import lines
from klimatlib.fieldwork.panel import panel_changes
from klimatlib.fieldwork.standing import Standing, standing
from klimatlib.fieldwork.told import reminders, told
from klimatlib.sources import Inputs
from klimatlib.whole import write_whole

__all__ = ["Change", "Standing", "follow", "standing", "still_open"]


def follow(inputs: Inputs, *, out: Path | None = None) -> Iterator[str]:
    """Say where the year's survey stands, line by line; for the analyst's own terminal.

    It says who has not answered, and never what anybody has. A share of fewer answers than the year's
    ``minimum_cell`` is not shown.

    Parameters
    ----------
    inputs
        The report's inputs; the survey's file need not be there yet.
    out
        Where to write the members to remind, as CSV; must not be there yet.

    Raises
    ------
    InputError
        What is wrong with the survey, the register, the questions or last year's answers.
    UsageError
        When ``out`` is there already, or the survey does not say who answered.
    """
    now = standing(inputs)
    if out:
        _check(out, now)
    changes, notes = still_open(inputs, now)
    if out:
        write_whole(out, reminders(now, changes))
    params = inputs.project.params
    yield from told(now, changes, name=inputs.project.name, minimum_cell=params.minimum_cell)
    yield from (f"note: {note}" for note in notes)
    if out:
        yield f"written: {out}"


def still_open(inputs: Inputs, now: Standing) -> tuple[list[Change], list[str]]:
    """Return what could still change each of the draft's sentences, and which texts could not be read.

    Parameters
    ----------
    inputs
        The report's inputs.
    now
        Where its survey stands.
    """
    if not len(now.book):
        return [], []
    found, notes = lines(inputs, now.questions, now.book)
    file = inputs.project.relative(inputs.project.data / "texts" / "survey_why.md")
    panel = panel_changes(now, params=inputs.project.params, file=file)
    return [*(change(line, now) for line in found), *panel], notes


def _check(out: Path, now: Standing) -> None:
    if out.exists():
        raise UsageError(f"{out}: is there already; give another name or remove it")
    if not out.parent.is_dir():
        raise InputError([Problem(str(out), "", "its folder is not there; make it first")])
    if not now.named:
        raise UsageError("counts do not say who has answered; there is nobody to list")
