"""Known errors of sources, mended in the open: each with its reason and size, and only while it lasts.

A correction names the rows by what stands in them. When they no longer stand there the source has mended
its error, or has changed in another way, and the run stops until the correction is removed or renewed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from klimatlib.catalogue import Correction
from klimatlib.errors import InputError, Problem

FILE = "params/corrections.yml"


def mend(frame: pd.DataFrame, corrections: Sequence[Correction], *, file: str) -> pd.DataFrame:
    """Apply those corrections that are meant for a file.

    Parameters
    ----------
    frame
        Text cells as they stand in the file, columns headed as in the file.
    corrections
        All corrections of the project.
    file
        The file's path in the project.

    Returns
    -------
    DataFrame
        A copy without the dropped rows and with the changed cells; the index as it was.

    Raises
    ------
    InputError
        For each correction whose rows or text are not there any more.
    """
    mended, problems = frame.copy(), []
    for correction in (_as_headed(one, frame) for one in corrections if one.file == file):
        problem = _unknown_column(mended, correction) or _apply(mended, correction)
        if problem:
            problems.append(Problem(FILE, correction.id, problem))
        elif correction.drop:
            mended = mended[~_rows(mended, correction)]
    if problems:
        raise InputError(problems)
    return mended


def _as_headed(correction: Correction, frame: pd.DataFrame) -> Correction:
    """Return a correction with its columns as the file heads them: case and spaces do not matter."""
    heads = {_heading(str(name)): str(name) for name in frame.columns}
    where = {heads.get(_heading(name), name): text for name, text in correction.where.items()}
    column = correction.column and heads.get(_heading(correction.column), correction.column)
    return correction.model_copy(update={"where": where, "column": column})


def _heading(name: str) -> str:
    return " ".join(name.split()).casefold()


def told(correction: Correction) -> str:
    """Return a correction in one line: where, what, how much, why; of members' answers only the reason."""
    if Path(correction.file).name.startswith("answers_"):
        return f"{correction.file}, {correction.id}: {correction.why} ({correction.decided})"
    rows = ", ".join(f"{column} {text!r}" for column, text in correction.where.items())
    return f"{correction.file}, {rows}: {_change(correction)}; {correction.why} ({correction.decided})"


def _apply(frame: pd.DataFrame, correction: Correction) -> str:
    """Change the cells in place; return what stands in the way, or nothing."""
    rows = _rows(frame, correction)
    if int(rows.sum()) != correction.rows:
        return (
            f"{int(rows.sum())} rows of {correction.file} are as it says, expected {correction.rows}: "
            "the source has mended it or moved; remove the correction or renew it"
        )
    if correction.column is not None:
        now = sorted(set(frame.loc[rows, correction.column].str.strip()))
        if now != [correction.found]:
            return (
                f"{correction.column} is {', '.join(map(repr, now))}, expected {correction.found!r}: "
                "the source has mended it; remove the correction or renew it"
            )
        frame.loc[rows, correction.column] = correction.value
    return ""


def _rows(frame: pd.DataFrame, correction: Correction) -> pd.Series[bool]:
    found = pd.Series(True, index=frame.index)
    for column, text in correction.where.items():
        found &= frame[column].str.strip() == text.strip()
    return found


def _unknown_column(frame: pd.DataFrame, correction: Correction) -> str:
    asked = [*correction.where, *([correction.column] if correction.column else [])]
    absent = [name for name in asked if name not in frame.columns]
    there = ", ".join(frame.columns)
    return f"{correction.file} has no column {absent[0]!r}; it has {there}" if absent else ""


def _change(correction: Correction) -> str:
    if correction.drop:
        return f"{correction.rows} {'row' if correction.rows == 1 else 'rows'} left out"
    try:
        before, after = float(str(correction.found)), float(str(correction.value))
    except ValueError:
        return f"{correction.column} {correction.found!r} -> {correction.value!r}"
    size = f" ({100 * (after / before - 1):+.1f} %)" if before else ""
    return f"{correction.column} {correction.found} -> {correction.value}{size}"
