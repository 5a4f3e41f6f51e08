"""One figure in several releases: the database revises its whole series; a conclusion must outlive it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from klimatlib import emissions, swedish
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.config import Params
from klimatlib.sources.tables import NATION
from klimatlib.swedish import percent, quantity

_FIGURES = (
    ("members-level", "Nivå, medlemmarna"),
    ("nation-level", "Nivå, riket"),
    ("members-reduction", "Minskning, medlemmarna"),
    ("nation-reduction", "Minskning, riket"),
)
HOLDS, FAILS = "Ja", "Nej"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def common_year(releases: Mapping[str, pd.DataFrame], *, latest: int) -> int:
    """Return the newest data year, not after ``latest``, that every release has for the nation.

    Parameters
    ----------
    releases
        Emissions by release, columns as `schemas.EMISSIONS`.
    latest
        The report's data year.
    """
    years = [{*table.loc[table["municipality_code"] == NATION, "year"]} for table in releases.values()]
    return max(int(year) for year in set.intersection(*years) if year <= latest)


def claims(
    releases: Mapping[str, pd.DataFrame],
    population: pd.DataFrame,
    codes: Sequence[str],
    *,
    params: Params,
    source: str,
) -> list[Claim]:
    """Claims on the headlines of one data year in every release: levels and reductions, by ratio of sums.

    Parameters
    ----------
    releases
        Emissions by release, columns as `schemas.EMISSIONS`.
    population
        Columns as `schemas.POPULATION`.
    codes
        The members' codes.
    params, source
        The report's parameters; where the figures come from, as printed.
    """
    year = common_year(releases, latest=params.emissions_year)
    by = emissions.DEFINITIONS["ratio_of_sums"]
    found = []
    for release, table in sorted(releases.items()):
        totals = emissions.totals(table, population)
        for name, group in (("members", [*codes]), ("nation", [NATION])):
            level = emissions.level(totals, group, year=year)
            cut = emissions.reduction(totals, group, year=year, base_year=params.base_year)
            who = "riket" if name == "nation" else f"{len(group)} medlemskommuner"
            parts: tuple[tuple[str, float, str, str, str, dict[str, Any]], ...] = (
                (
                    f"{name}-level",
                    level,
                    quantity(level, "ton", 1),
                    emissions.UNIT,
                    "Utsläpp per invånare",
                    {"kind": "level", "direction": 1},
                ),
                (
                    f"{name}-reduction",
                    cut,
                    percent(cut),
                    "share",
                    f"Minskning per invånare sedan {params.base_year}",
                    {"kind": "change", "direction": -1, "base_year": params.base_year},
                ),
            )
            found += [
                Claim(
                    f"release-{release}-{figure}",
                    params.year,
                    exact(value),
                    unit,
                    text,
                    **typed,
                    subject=name,
                    measure="emissions",
                    method="ratio_of_sums",
                    role="release",
                    data_year=year,
                    vintage=release,
                    definition=f"{told} {year}, {who}, i utgåva {release}: {by}",
                    source=source,
                )
                for figure, value, text, unit, told, typed in parts
            ]
    return found


def headings(first: str, releases: Sequence[str]) -> list[str]:
    """Return a printed table's headings: what the rows are, and each release by its date, oldest first."""
    dates = [swedish.date(r, year=True) if _ISO.fullmatch(r) else r for r in sorted(releases)]
    return [first, *dates]


def rows(book: ClaimBook, releases: Sequence[str]) -> list[list[str | Claim]]:
    """Return printed rows: a headline, and its value in each release, oldest first; none for one release."""
    if len(releases) < 2:
        return []
    return [[told, *(book[f"release-{r}-{figure}"] for r in sorted(releases))] for figure, told in _FIGURES]


def conclusions(book: ClaimBook, releases: Sequence[str]) -> list[list[str | Claim]]:
    """Return printed rows: a conclusion, and whether each release bears it out; none for one release."""
    if len(releases) < 2:
        return []

    def tested(first: str, second: str) -> list[str]:
        pairs = [
            (book[f"release-{r}-{first}"].value, book[f"release-{r}-{second}"].value)
            for r in sorted(releases)
        ]
        return [HOLDS if one > other else FAILS for one, other in pairs]

    return [
        ["Medlemmarna släpper ut mindre per invånare än riket", *tested("nation-level", "members-level")],
        ["Medlemmarnas utsläpp har minskat mer än rikets", *tested("members-reduction", "nation-reduction")],
    ]
