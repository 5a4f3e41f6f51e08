"""Goals with a verdict by rule: the year's result against the goal, on one and the same period."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import Claim, exact
from klimatlib.sources.tables import rows

Verdict = Literal["met", "missed", "other_unit", "none"]
VERDICTS: dict[Verdict, str] = {
    "met": "Nått",
    "missed": "Inte nått",
    "other_unit": "Mäts i en annan enhet",
    "none": "Mäts inte i tal",
}
_PERIODS_A_YEAR = {"vecka": 52, "månad": 12, "år": 1, "": 1}


def verdicts(goals: pd.DataFrame) -> pd.DataFrame:
    """Set each goal beside its result, both over the whole year.

    Parameters
    ----------
    goals
        Columns as `schemas.GOALS`. A goal per week is counted 52 times, per month 12 times.

    Returns
    -------
    DataFrame
        The same rows with year_min and year_max (goal over the year, in goal_unit) and verdict: ``met`` when
        the result is at least year_min, both as they are printed, ``missed`` when it is less, ``other_unit``
        when the two are counted in different units, ``none`` without number.
    """
    periods = goals["goal_per"].map(_PERIODS_A_YEAR)
    least = goals["goal_min"] * periods

    def verdict(least: float, result: float, units: tuple[str, str]) -> Verdict:
        if pd.isna(least) or pd.isna(result):
            return "none"
        if units[0] != units[1]:
            return "other_unit"
        as_printed = [swedish.round_half_up(value, _decimals(value)) for value in (least, result)]
        return "met" if as_printed[1] >= as_printed[0] else "missed"

    units = zip(goals["goal_unit"], goals["result_unit"], strict=True)
    return goals.assign(
        year_min=least,
        year_max=goals["goal_max"] * periods,
        verdict=[verdict(*row) for row in zip(least, goals["result"], units, strict=True)],
    )


def claims(table: pd.DataFrame, *, year: int, source: str) -> list[Claim]:
    """Claims on goals: as set, over the year, and the result.

    Parameters
    ----------
    table
        As `verdicts` gives it.
    year, source
        Report year; where goals and results come from, as printed.
    """
    found = []
    for row in rows(table):
        name = f"{row.channel} {row.label.lower()}" if row.channel else row.label
        parts = (
            (
                "goal",
                row.goal_min,
                row.goal_max,
                row.goal_unit,
                f"Mål per {row.goal_per or 'år'}, nedre gräns: {name}",
            ),
            (
                "year",
                row.year_min,
                row.year_max,
                row.goal_unit,
                f"Mål räknat på hela året, nedre gräns: {name}",
            ),
            ("result", row.result, row.result, row.result_unit, f"Årets resultat: {name}"),
        )
        found += [
            Claim(
                f"goal-{row.id}-{part}",
                year,
                exact(float(low)),
                str(unit),
                _printed(part, low, high, str(unit)),
                "result" if part == "result" else "goal",
                measure=str(row.id),
                direction=1,
                part=part,
                data_year=year,
                definition=told,
                source=source,
            )
            for part, low, high, unit, told in parts
            if not pd.isna(low)
        ]
    return found


def _printed(part: str, low: float, high: float, unit: str) -> str:
    decimals = max(_decimals(value) for value in (low, high) if not pd.isna(value))
    if unit == "procent":
        return swedish.quantity(low, "%", decimals)
    if part == "result":
        return swedish.number(low, decimals)
    return swedish.number_range(low, None if pd.isna(high) else high, decimals)


def _decimals(value: float) -> int:
    """Return how many decimals a goal or a result is printed with: as many as it has, two at most."""
    return next((decimals for decimals in (0, 1) if round(value, decimals) == value), 2)
