"""The emission level's change: revision, emissions, inhabitants, members that joined and that left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from klimatlib import emissions as indicators
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Params
from klimatlib.errors import ClaimError
from klimatlib.splits.parts import Split, parts_of


@dataclass(frozen=True)
class Edition:
    """What the members' level of one report rests on.

    Attributes
    ----------
    codes
        Member municipalities; None where they are not known.
    year
        Data year.
    emissions, population
        Columns as `schemas.EMISSIONS` and `schemas.POPULATION`; None where the release is not at hand.
    vintage
        The release.
    """

    codes: Sequence[str] | None
    year: int
    emissions: pd.DataFrame | None = None
    population: pd.DataFrame | None = None
    vintage: str = ""


def emissions_split(before: Edition, now: Edition) -> Split:
    """Split the change of the members' level: revision, emissions, inhabitants, members joined and left.

    The level is the ratio of sums, t CO2e per inhabitant. Revision is the old figure in the new release minus
    in the old one; emissions and inhabitants are the change of the *same* members between the data years;
    joined and left the change of the set in the new data year. Within either pair each part is the mean over
    both orders (Shapley value), so that no order is preferred and nothing is left over.

    Without the old release the split starts from the old figure in the new release and revision is unknown;
    without the old set it follows today's members, and joined and left are unknown.
    """
    if now.codes is None or now.emissions is None or now.population is None:
        raise ClaimError("the split ends in the report's own figures; its members and release must be known")
    codes = now.codes if before.codes is None else before.codes
    table = indicators.totals(now.emissions, now.population)
    then, today = _sums(table, codes, before.year), _sums(table, codes, now.year)
    start, revision = _level(then), None
    if before.emissions is not None and before.population is not None:
        start = _level(_sums(indicators.totals(before.emissions, before.population), codes, before.year))
        revision = _level(then) - start
    joined, left = _membership(table, before.codes, now.codes, now.year)
    values = (revision, *_ratio(then, today), joined, left)
    sizes = (None, len(codes), len(codes), *_comings(before.codes, now.codes))
    end = _level(_sums(table, now.codes, now.year))
    return Split(start, end, parts_of(_names(then, today), values, sizes), (before.year, now.year))


def previous_codes(register: pd.DataFrame, year: int) -> list[str]:
    """Codes of the member municipalities a year earlier: without those that joined, with those that left.

    Parameters
    ----------
    register
        Columns as `schemas.MEMBERS`, as it stands at the end of ``year``.
    year
        Year whose comings and goings are undone. A member without a year of joining counts as an old one.
    """
    came = register["joined"].fillna("").str.startswith(str(year))
    went = (register["status"] == "left") & register["left"].fillna("").str.startswith(str(year))
    chosen = register[
        ~came & ((register["status"] == "member") | went) & (register["kind"] == "municipality")
    ]
    return sorted(chosen["code"])


def edition_before(
    releases: Mapping[str, pd.DataFrame],
    population: pd.DataFrame,
    register: pd.DataFrame,
    params: Params,
    earlier: ClaimBook,
) -> Edition:
    """Return what the level of the report before rested on: its members, its data year and its release.

    Without such a report it is the data year before in the report's own release, and revision is unknown.

    Parameters
    ----------
    releases
        Releases by name, the report's own among them; columns as `schemas.EMISSIONS`.
    population, register
        Columns as `schemas.POPULATION` and `schemas.MEMBERS`.
    params
        The year's parameters.
    earlier
        Claims of the report before; empty without one.
    """
    own, codes = releases[params.emissions_vintage], previous_codes(register, params.year)
    level = next((claim for claim in earlier if claim.id == _LEVEL), None)
    if level is None or level.data_year not in {y for y in own["year"] if y < params.emissions_year}:
        return Edition(codes, year_before(own, params.emissions_year))
    return Edition(codes, int(level.data_year or 0), releases.get(level.vintage), population, level.vintage)


_LEVEL = "emissions-members-level"


def year_before(emissions: pd.DataFrame, year: int) -> int:
    """Return the last data year before a year that the table has."""
    earlier = [int(known) for known in emissions["year"].unique() if known < year]
    if not earlier:
        raise ClaimError(f"no data year before {year}; there is nothing to compare with")
    return max(earlier)


def _sums(table: pd.DataFrame, codes: Collection[str], year: int) -> tuple[Fraction, int]:
    """Emissions and inhabitants of a set; decimals as they are written, so that sums are exact."""
    chosen = table[(table["year"] == year) & table["municipality_code"].isin([*codes])].dropna()
    absent = sorted({*codes} - {*chosen["municipality_code"]})
    if absent or not codes:
        raise ClaimError(f"no emissions or inhabitants for {', '.join(absent) or 'an empty set'} in {year}")
    tonnes = sum((Fraction(str(e)) for e in chosen["emissions_t"]), Fraction(0))
    return tonnes, sum(int(p) for p in chosen["population"])


def _level(sums: tuple[Fraction, int]) -> Fraction:
    return sums[0] / sums[1]


def _ratio(then: tuple[Fraction, int], today: tuple[Fraction, int]) -> tuple[Fraction, Fraction]:
    (e0, p0), (e1, p1) = then, today
    per = (Fraction(1, p0) + Fraction(1, p1)) / 2
    return (e1 - e0) * per, (e0 + e1) / 2 * (Fraction(1, p1) - Fraction(1, p0))


def _membership(
    table: pd.DataFrame, before: Sequence[str] | None, now: Sequence[str], year: int
) -> tuple[Fraction | None, Fraction | None]:
    if before is None or not {*before} & {*now}:
        return None, None
    sets = ({*before}, {*before} | {*now}, {*before} & {*now}, {*now})
    old, every, stayed, new = (_level(_sums(table, codes, year)) for codes in sets)
    return (every - old + new - stayed) / 2, (new - every + stayed - old) / 2


def _comings(before: Sequence[str] | None, now: Sequence[str]) -> tuple[int | None, int | None]:
    return (None, None) if before is None else (len({*now} - {*before}), len({*before} - {*now}))


def _names(then: tuple[Fraction, int], today: tuple[Fraction, int]) -> tuple[tuple[str, str], ...]:
    return (
        ("revision", "omräknad statistik"),
        ("emissions", "utsläppen minskade" if today[0] <= then[0] else "utsläppen ökade"),
        ("population", "fler invånare" if today[1] >= then[1] else "färre invånare"),
        ("joined", "nya medlemmar"),
        ("left", "medlemmar som lämnat"),
    )
