"""What a row of the register of members must agree on: its code, its name, and its years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from klimatlib.sources.official.places import Places, county_key, name_key

_YEAR = re.compile("(?:19|20)[0-9]{2}")
_REGIONS = {"södermanland": "sörmland"}


def register_faults(row: Any, places: Places, year: int) -> Iterator[tuple[str, str]]:
    """Yield the columns of a row that cannot be, and why.

    Parameters
    ----------
    row
        A row of `schemas.MEMBERS`.
    places
        The municipalities and counties that exist.
    year
        Year of the report.
    """
    if not (name := _official(row, places)):
        told = "is no municipality" if row.kind == "municipality" else "is no county's code"
        yield "code", f"{row.code} {told}; see data/statistics/municipalities.csv"
    elif not _same(row, name):
        told = f"{row.code} is {name} in data/statistics/municipalities.csv, got {row.name!r}"
        yield "name", f"{told}; is the row shifted, or the code another's?"
    yield from _years(row, year)


def _official(row: Any, places: Places) -> str:
    """Return the name that a code stands for; empty where it is unknown."""
    known = places.names if row.kind == "municipality" else places.counties
    return known.get(row.code, "")


def _same(row: Any, official: str) -> bool:
    """Whether a name is that of its code; a region is named after its county, in one way or another."""
    if row.kind == "municipality":
        return name_key(row.name) == name_key(official)
    county = county_key(official)
    return "region" in name_key(row.name) and _REGIONS.get(county, county) in name_key(row.name)


def _years(row: Any, year: int) -> Iterator[tuple[str, str]]:
    for column in ("joined", "left"):
        text = str(getattr(row, column))
        if text and not _YEAR.search(text):
            yield column, f"expected a year as 2023, <=2020 or 2023-02, or nothing, got {text!r}"
    left = _YEAR.search(str(row.left))
    if bool(left) != (row.status == "left"):
        yield "left", f"status is {row.status}, left is {row.left!r}; only who has left has a year there"
    joined = _YEAR.search(str(row.joined))
    if joined and row.status in ("member", "left") and int(joined.group()) > year:
        told = f"a {row.status} in {year} that joined in {joined.group()}; expected joined_later"
        yield "status", told if row.status == "member" else f"left before it joined in {joined.group()}"
    if joined and row.status == "joined_later" and int(joined.group()) <= year:
        yield "status", f"joined_later, but joined in {joined.group()}; expected member"
