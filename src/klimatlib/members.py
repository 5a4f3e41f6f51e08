"""The members of a year: how many, who came and went, and which of them have emissions of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from klimatlib.claims.claims import Claim, exact
from klimatlib.errors import InputError, Problem
from klimatlib.swedish import number


def municipality_codes(register: pd.DataFrame) -> list[str]:
    """Codes of the member municipalities at the year's end, sorted.

    A region among the members covers its municipalities and is left out: it would be counted twice.

    Parameters
    ----------
    register
        Columns as `schemas.MEMBERS`.
    """
    chosen = register[(register["status"] == "member") & (register["kind"] == "municipality")]
    return sorted(chosen["code"])


def listed(register: pd.DataFrame) -> int:
    """Members that the register lists at the year's end, regions too."""
    return int((register["status"] == "member").sum())


def claims(
    facts: Mapping[str, Any],
    *,
    year: int,
    previous: int,
    register: pd.DataFrame,
    source: str,
    register_source: str,
) -> list[Claim]:
    """Members at the year's end = previous + joined - left, observers apart.

    Parameters
    ----------
    facts
        Facts of the year; ``members`` names those that joined and left, and states the count.
    year, previous
        Report year; members at the end of the year before.
    register
        Columns as `schemas.MEMBERS`.
    source, register_source
        Where the facts and the register come from, as printed.

    Raises
    ------
    InputError
        When the stated count is not what joining and leaving give.
    """
    told = facts["members"]
    joined, left, observers = (told[key] for key in ("joined", "left", "observers_joined"))
    count = previous + len(joined) - len(left)
    if count != told["count_year_end"]:
        sum_text = f"{previous} + {len(joined)} - {len(left)} = {count}"
        stated = f"{told['count_year_end']} stated, but members_previous + joined - left is {sum_text}"
        raise InputError([Problem("facts.yml", "members.count_year_end", stated)])
    numbers = {
        "count": (count, "Medlemmar vid årets slut: fjolårets antal plus nya minus utträdda"),
        "previous": (previous, "Medlemmar vid förra årets slut"),
        "joined": (len(joined), "Medlemmar som kommit till under året"),
        "left": (len(left), "Medlemmar som lämnat under året"),
    }
    observed = "Observatörer som kommit till under året; räknas inte som medlemmar"
    return [
        *(_claim("members", part, *row, year=year, source=source) for part, row in numbers.items()),
        _claim("observers", "joined", len(observers), observed, year=year, source=source),
        *register_claims(register, year=year, source=register_source),
    ]


def register_claims(register: pd.DataFrame, *, year: int, source: str) -> list[Claim]:
    """Claims on what the register alone tells: how many members it lists, and how many are municipalities.

    Parameters
    ----------
    register
        Columns as `schemas.MEMBERS`.
    year, source
        Report year; where the register comes from, as printed.
    """
    counted = {
        "listed": (listed(register), "Medlemmar som förteckningen belägger, regioner medräknade"),
        "municipalities": (len(municipality_codes(register)), "Belagda medlemskommuner, utan regioner"),
    }
    return [_claim("members", part, *row, year=year, source=source) for part, row in counted.items()]


def _claim(subject: str, part: str, count: int, definition: str, *, year: int, source: str) -> Claim:
    return Claim(
        f"{subject}-{part}",
        year,
        exact(count),
        "members",
        number(count),
        "count",
        subject=subject,
        measure="members",
        method="count",
        direction=1,
        part=part,
        data_year=year,
        definition=definition,
        source=source,
    )
