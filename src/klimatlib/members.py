"""The members of a year: how many, who came and went, and which of them have emissions of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    numbers: Sequence[tuple[str, int, str]] = (
        ("members-count", count, "Medlemmar vid årets slut: fjolårets antal plus nya minus utträdda"),
        ("members-previous", previous, "Medlemmar vid förra årets slut"),
        ("members-joined", len(joined), "Medlemmar som kommit till under året"),
        ("members-left", len(left), "Medlemmar som lämnat under året"),
        (
            "observers-joined",
            len(observers),
            "Observatörer som kommit till under året; räknas inte som medlemmar",
        ),
    )
    return [
        *(_claim(*row, year=year, source=source) for row in numbers),
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
    counted: Sequence[tuple[str, int, str]] = (
        ("members-listed", listed(register), "Medlemmar som förteckningen belägger, regioner medräknade"),
        (
            "members-municipalities",
            len(municipality_codes(register)),
            "Belagda medlemskommuner, utan regioner",
        ),
    )
    return [_claim(*row, year=year, source=source) for row in counted]


def _claim(claim_id: str, count: int, told: str, *, year: int, source: str) -> Claim:
    return Claim(
        claim_id, year, exact(count), "members", number(count), data_year=year, definition=told, source=source
    )
