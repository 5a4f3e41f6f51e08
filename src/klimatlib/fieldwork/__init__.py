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
from klimatlib.marks import unfilled
from klimatlib.sources import Inputs
from klimatlib.whole import write_whole

__all__ = ["Change", "Standing", "follow", "opened", "standing", "still_open"]


_OWN = ("survey_", "minimum_cell", "year:")


def opened(params_file: str | Path, *, start: Path | None = None) -> Inputs:
    """Open a year whose survey is out: of its parameters only those on the survey must be filled in.

    Parameters
    ----------
    params_file
        Path of the parameter file, relative to the project's folder.
    start
        Folder to look from; the current one by default.

    Raises
    ------
    InputError
        What is wrong with the parameters, or still to be filled in on the survey.
    """
    inputs = Inputs.open(params_file, start=start, draft=True)
    text = inputs.read(inputs.project.params_path).decode("utf-8")
    own = "\n".join(line if line.startswith(_OWN) else "" for line in text.split("\n"))
    if problems := unfilled(own, file=str(params_file)):
        raise InputError(problems)
    return inputs


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
        write_whole(out, reminders(now, changes), private=True)
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
