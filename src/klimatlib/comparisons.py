"""What does not stop a run but must be known: a table against its last release and its neighbours.

Each function takes checked frames and gives warnings, none when there is nothing to tell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from klimatlib import members, swedish
from klimatlib.schemas import NATION, TOTAL, rows
from klimatlib.warned import Warned

YEAR_STEP_FACTOR = 2.0  # a municipality's total from one year of the table to the next
RELEASE_FACTOR = 1.5  # the same figure in two releases
NATION_REVISION = 0.10
BASE_YEAR_REVISION = 0.03
POPULATION_STEP = 0.15
SHARE_STEP = 0.30
_MOST = 8


def emissions_over_years(emissions: pd.DataFrame, *, factor: float = YEAR_STEP_FACTOR) -> list[Warned]:
    """Tell which totals change by more than a factor between years that lie five years apart at most."""
    totals = emissions[emissions["sector"] == TOTAL].sort_values(["municipality_code", "year"])
    return _steps(totals, "emissions_t", ("t", "t"), factor=factor)


def population_over_years(population: pd.DataFrame, *, step: float = POPULATION_STEP) -> list[Warned]:
    """Tell which populations change by more than a share between years that lie five years apart at most."""
    ordered = population.sort_values(["municipality_code", "year"])
    return _steps(ordered, "population", ("inhabitants", "invånare"), factor=1 + step)


def releases(
    now: pd.DataFrame, before: pd.DataFrame, *, base_year: int, names: tuple[str, str]
) -> list[Warned]:
    """Compare a release of the emissions with the one before it, figure by figure.

    Parameters
    ----------
    now, before
        Columns as `schemas.EMISSIONS`.
    base_year
        Year whose revision is told from 3 % on.
    names
        The two releases.
    """
    both = _beside(now, before)
    gone = sorted({*before["year"]} - {*now["year"]})
    told = Warned(
        f"release {names[0]} has no figures for {_list(gone)}, which {names[1]} had",
        f"utgåva {names[0]} har inga tal för {_list(gone)}, som {names[1]} hade",
    )
    return [
        *([told] if gone else []),
        *_revised(both, base_year, names),
        *_off(both, names),
    ]


def doubled(now: pd.DataFrame, before: pd.DataFrame, names: tuple[str, str]) -> list[str]:
    """Tell whether a release is, as a whole, a multiple of the one before; columns as `schemas.EMISSIONS`."""
    both = _beside(now, before)
    middle = float(both["ratio"].median()) if len(both) else 1.0
    for factor, meaning in (
        (2, "the file is doubled"),
        (1000, "kilograms instead of tonnes"),
        (0.001, "kilotonnes"),
    ):
        if 0.9 * factor < middle < 1.1 * factor:
            return [f"figures of release {names[0]} are {middle:.3g} times those of {names[1]}: {meaning}?"]
    return []


def _beside(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of two releases side by side, with their ratio."""
    return (
        now[now["sector"] == TOTAL]
        .merge(
            before[before["sector"] == TOTAL],
            on=["municipality_code", "year"],
            suffixes=("", "_before"),
            validate="one_to_one",
        )
        .assign(ratio=lambda t: t["emissions_t"] / t["emissions_t_before"])
    )


def _revised(both: pd.DataFrame, base_year: int, names: tuple[str, str]) -> list[Warned]:
    nation = both[both["municipality_code"] == NATION]
    return [
        Warned(
            f"the nation in {row.year} is revised by {100 * (row.ratio - 1):+.1f} %, "
            f"from release {names[1]} to {names[0]}",
            f"riket {row.year} är omräknat med {_number(100 * (row.ratio - 1), 1)} %, "
            f"från utgåva {names[1]} till {names[0]}",
        )
        for row in rows(nation)
        if abs(row.ratio - 1) > (BASE_YEAR_REVISION if row.year == base_year else NATION_REVISION)
    ]


def _off(both: pd.DataFrame, names: tuple[str, str]) -> list[Warned]:
    ratio = both["ratio"]
    far = both[(ratio > RELEASE_FACTOR) | (ratio < 1 / RELEASE_FACTOR)]
    return _capped(
        Warned(
            f"{row.municipality_code} in {row.year}: {row.emissions_t:.0f} t in release {names[0]}, "
            f"{row.emissions_t_before:.0f} t in {names[1]}",
            f"{row.municipality_code} {row.year}: {row.emissions_t:.0f} t i utgåva {names[0]}, "
            f"{row.emissions_t_before:.0f} t i {names[1]}",
        )
        for row in rows(far)
    )


def register(table: pd.DataFrame, facts: Mapping[str, Any], municipalities: pd.DataFrame) -> list[Warned]:
    """Compare the register of members with the facts of the year, and a region with its municipalities."""
    told, stated = facts["members"], facts["members"]["count_year_end"]
    listed = members.listed(table)
    found = []
    if listed != stated:
        reason, grund = (
            ("figures on members rest on those listed", "siffror om medlemmar vilar på dem")
            if listed < stated
            else ("one of them is wrong", "ett av talen är fel")
        )
        found.append(
            Warned(
                f"the register lists {listed} of {stated} members: {reason}",
                f"registret har {listed} av {stated} medlemmar: {grund}",
            )
        )
    for key, status in (("joined", "member"), ("left", "left"), ("observers_joined", "observer")):
        known = [_plain(name) for name in table.loc[table["status"] == status, "name"]]
        found += [
            Warned(
                f"the facts name {name} ({key}), but no row of the register with status {status} does",
                f"fakta nämner {name} ({key}), men ingen rad i registret med status {status} gör det",
            )
            for name in told[key]
            if not any(_plain(name).startswith(row) for row in known)
        ]
    return [*found, *_overlaps(table, municipalities)]


def _overlaps(table: pd.DataFrame, municipalities: pd.DataFrame) -> list[Warned]:
    county = dict(zip(municipalities["municipality_code"], municipalities["county_code"], strict=True))
    counties = [county.get(code, "") for code in members.municipality_codes(table)]
    chosen = table[(table["status"] == "member") & (table["kind"] == "region")]
    return [
        Warned(
            f"{row.name} overlaps {counties.count(row.code)} member municipalities of its own: "
            "it is not added to them",
            f"{row.name} omfattar {counties.count(row.code)} medlemskommuner: regionen läggs inte till dem",
        )
        for row in chosen.itertuples(index=False, name="Region")
        if counties.count(str(row.code))
    ]


def shares(counts: pd.DataFrame, published: pd.DataFrame) -> list[Warned]:
    """Tell which survey shares are far from the earlier ones that they are set beside."""
    both = counts.merge(
        published.dropna(subset="previous_year"),
        left_on="question_id",
        right_on="indicator",
        validate="one_to_one",
    )
    return [
        Warned(
            f"{row.question_id}: {100 * row.k / row.n:.0f} % against {row.previous_value:.0f} % "
            f"{row.previous_year}; is it the same question?",
            f"{row.question_id}: {100 * row.k / row.n:.0f} % mot {row.previous_value:.0f} % "
            f"{row.previous_year}; är det samma fråga?",
        )
        for row in rows(both)
        if abs(row.k / row.n - row.previous_value / 100) > SHARE_STEP
    ]


def _steps(ordered: pd.DataFrame, column: str, units: tuple[str, str], *, factor: float) -> list[Warned]:
    groups = ordered.groupby("municipality_code")
    steps = ordered.assign(before=groups[column].shift(), year_before=groups["year"].shift())
    near = steps[(steps["year"] - steps["year_before"] <= 5) & (steps["before"] > 0)]
    ratio = near[column].astype(float) / near["before"].astype(float)
    far = near[(ratio > factor) | (ratio < 1 / factor)]
    return _capped(
        Warned(
            f"{row.municipality_code}: {row.before:.0f} {units[0]} in {row.year_before:.0f}, "
            f"{getattr(row, column):.0f} in {row.year}",
            f"{row.municipality_code}: {row.before:.0f} {units[1]} {row.year_before:.0f}, "
            f"{getattr(row, column):.0f} {row.year}",
        )
        for row in rows(far)
    )


def _capped(sentences: Iterable[Warned]) -> list[Warned]:
    found = list(sentences)
    more = len(found) - _MOST
    rest = Warned(f"and {more} more of the kind", f"och {more} till av samma slag")
    return [*found[:_MOST], rest] if more > 0 else found


def _number(value: float, decimals: int) -> str:
    return swedish.number(value, decimals)


def _list(years: Sequence[int]) -> str:
    return ", ".join(map(str, years))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()
