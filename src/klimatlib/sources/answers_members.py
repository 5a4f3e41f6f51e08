"""Who answered the survey: from a member's name as typed to its code in the register, never by a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from klimatlib.errors import Problem
from klimatlib.schemas import rows
from klimatlib.sources.files import shown
from klimatlib.sources.official.places import Places, name_key


def members_in(members: pd.DataFrame, year: int) -> dict[str, str]:
    """Code to name of those that were members at the end of a year, regions too, observers not.

    Parameters
    ----------
    members
        Columns as `schemas.MEMBERS`; joined and left are text, of which the year is read.
    year
        The year.
    """
    return {row.code: row.name for row in rows(members) if _inside(row, year)}


def _inside(row: Any, year: int) -> bool:
    """Whether one row of the register was a member; a member whose joining is unknown was."""
    joined, left = _year_in(row.joined), _year_in(row.left)
    status = row.status
    if status == "observer" or (left and left <= year):
        return False
    return joined <= year if joined else status != "joined_later"


def _year_in(text: str) -> int:
    """Read the year of a text such as "2014-01" or "<=2020"; 0 if it has none."""
    found = re.search(r"\d{4}", str(text))
    return int(found.group()) if found else 0


def member_codes(
    names: Mapping[int, str], *, members: pd.DataFrame, places: Places, year: int, file: str
) -> tuple[dict[int, str], list[Problem]]:
    """Find each row's member.

    Parameters
    ----------
    names
        Row in the file to the member's name as typed: "Malmö stad", "Lunds kommun", "Region Skåne".
    members
        Columns as `schemas.MEMBERS`.
    places
        The municipalities that exist.
    year
        Year of the survey.
    file
        The file's name in messages.

    Returns
    -------
    tuple
        Row to code; and a problem for each name that is unknown, no member of the year, or given twice.
    """
    known, found, problems = members_in(members, year), dict[int, str](), list[Problem]()
    regions = {name_key(row.name): str(row.code) for row in rows(members) if row.kind == "region"}
    for row, name in names.items():
        code, told = _code(name, known, regions, places, year)
        earlier = next((other for other, taken in found.items() if taken == code), None)
        if not told and earlier is not None:
            told = f"{known[code]} has answered in row {earlier} too; drop one in params/corrections.yml"
        if told:
            problems.append(Problem(file, f"row {row}", told))
        else:
            found[row] = code
    return found, problems


def _code(
    name: str, known: Mapping[str, str], regions: Mapping[str, str], places: Places, year: int
) -> tuple[str, str]:
    """Code of a member's name as typed, or why there is none."""
    if not name:
        return "", "answers without a member's name"
    code = regions.get(name_key(name), "")
    if not code:
        match = places.resolve(name)
        if not match.code:
            return "", match.problem
        code = match.code
    if code not in known:
        return "", f"'{shown(name)}' ({code}) is no member of {year} in the register of members"
    return code, ""
