"""Sums that hold in every export of the emissions database, and in no damaged one.

Measured in the exports of 2021-10-14 (greenhouse gases) and 2024-04-18 (carbon dioxide): the municipalities
of a county add up to it within 1.5 t and 4e-7; the main sectors add up to the total within 0.01 t; the
counties add up to 0.29-0.78 % less than the nation, because emissions at sea belong to no county.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from klimatlib.errors import InputError, Problem
from klimatlib.schemas import NATION, TOTAL
from klimatlib.sources.files import capped
from klimatlib.sources.official.ned_layout import Layout
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.sectors import FOREIGN, KNOWN_GAPS, NATION_T, SUBSECTORS, substance_code

OFFSHORE_SHARE = 0.010
"""Largest share of the national total that lies in no county."""
YEARLY_CHANGE = (0.70, 1.30)
"""Bounds of the national total against the data year before (0.82-1.05 has been published)."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cube:
    """Emissions (t) by sector pair, place and year; NaN where a trimmed file has no row."""

    pairs: list[tuple[str, str]]
    codes: list[str]
    years: list[int]
    values: Array
    layout: Layout

    def pair(self, main: str, sub: str = TOTAL) -> Array | None:
        """Values of one sector pair by place and year, or None if the file lacks it."""
        return self.values[self.pairs.index((main, sub))] if (main, sub) in self.pairs else None

    def stack(self, mains: list[str]) -> Array:
        """Totals of several main sectors by sector, place and year."""
        return self.values[[self.pairs.index((main, TOTAL)) for main in mains]]


def tolerance(stated: Array) -> Array:
    """Give the rounding allowed between a stated total (t) and the sum of its parts."""
    return np.asarray(0.05 + 5e-7 * np.abs(stated))


def without_foreign(cube: Cube, file: str, *, complete: bool) -> tuple[Cube, list[str]]:
    """Take ``Utrikes transporter`` out of the total, if the file has it in; the sums tell.

    Raises
    ------
    InputError
        The total is neither with nor without foreign transport the sum of the main sectors.
    """
    total, foreign = cube.pair(TOTAL), cube.pair(FOREIGN)
    if total is None:
        if complete:
            raise InputError(
                [Problem(file, "", "expected rows for Huvudsektor 'Alla', the total; there are none")]
            )
        return cube, ["the file has no total"]
    mains = sorted({main for main, sub in cube.pairs if sub == TOTAL and main not in (TOTAL, FOREIGN)})
    inside = np.nansum(cube.stack(mains), axis=0) if mains else np.zeros_like(total)
    if foreign is None or not np.nansum(foreign):
        return cube, [f"{FOREIGN} is 0 in this file" if foreign is not None else f"the file has no {FOREIGN}"]
    amount = f"{FOREIGN} ({np.nanmax(foreign) / 1e6:.2f} Mt at most)"
    if _agree(total, inside):
        return cube, [f"{amount} is outside the file's total and was left out"]
    if _agree(total, inside + np.nan_to_num(foreign)):
        values = cube.values.copy()
        values[cube.pairs.index((TOTAL, TOTAL))] = total - foreign
        return replace(cube, values=values), [f"{amount} is inside the file's total and was taken out"]
    text = f"the total agrees with the sum of the main sectors neither with nor without {FOREIGN}"
    raise InputError([Problem(file, "Alla, Alla", f"{text}; fetch the export again")])


def _agree(total: Array, parts: Array) -> bool:
    """Whether a total is the sum of its parts wherever the file has the total."""
    return bool(np.all((np.abs(parts - total) <= tolerance(total)) | np.isnan(total)))


def check_cube(
    cube: Cube, places: Places, file: str, *, complete: bool, known_gaps: Collection[str] = ()
) -> list[str]:
    """Check national level, sectors, subsectors, counties and nation; return what could not be checked.

    Raises
    ------
    InputError
        With every kind of sum that does not hold.
    """
    problems = _national_level(cube, file)
    if not complete:
        if problems:
            raise InputError(problems)
        return ["a trimmed selection: sums over sectors and places could not be checked"]
    names = {NATION: "nation", **places.counties, **places.names}
    labels = [names[code] for code in cube.codes]
    problems += _main_sums(cube, labels, file)
    sub_problems, notes = _sub_sums(cube, labels, file, known_gaps)
    problems += sub_problems + _county_sums(cube, places, file)
    share, nation_problems = _national_sums(cube, places, file)
    if problems + nation_problems:
        raise InputError(problems + nation_problems)
    return [*notes, f"the municipalities add up to {share[0]:.2%}-{share[1]:.2%} less than the nation"]


def _national_level(cube: Cube, file: str) -> list[Problem]:
    """Check that the nation's total is in tonnes, and does not double from one data year to the next."""
    total = cube.pair(TOTAL)
    if total is None or np.isnan(total[cube.codes.index(NATION)]).all():
        return []
    nation = total[cube.codes.index(NATION)]
    substance = _substance(cube)
    low, high = NATION_T[substance]
    expected = f"expected {low / 1e6:.0f}-{high / 1e6:.0f} million tonnes"
    problems = [
        Problem(
            file,
            f"Alla, nation, {year}",
            f"{expected}, got {value:,.0f}; another unit, or totals counted twice?",
        )
        for year, value in zip(cube.years, nation, strict=True)
        if not low <= value <= high
    ]
    for before, year, change in zip(cube.years, cube.years[1:], nation[1:] / nation[:-1], strict=False):
        if not YEARLY_CHANGE[0] <= change <= YEARLY_CHANGE[1]:
            text = f"the national total is {change:.2f} times that of {before}; no such change has happened"
            problems.append(Problem(file, f"Alla, nation, {year}", text))
    return problems


def _substance(cube: Cube) -> str:
    """Substance of the file, from its preamble, which has been checked."""
    for row in cube.layout.grid.rows[: cube.layout.label_row]:
        text = str(row[0]) if row else ""
        if text.casefold().strip().startswith("emissioner av"):
            return substance_code(text.strip()[len("emissioner av") :])
    return "GGT"


def _main_sums(cube: Cube, labels: list[str], file: str) -> list[Problem]:
    """Check that the main sectors add up to the total of every place."""
    total = cube.pair(TOTAL)
    mains = sorted({main for main, _ in cube.pairs if main not in (TOTAL, FOREIGN)})
    lacking = sorted(set(SUBSECTORS) - {FOREIGN} - set(mains))
    if lacking:
        return [Problem(file, "", f"expected the main sector '{name}'; it has no rows") for name in lacking]
    unstated = [main for main in mains if cube.pair(main) is None]
    if unstated:
        return [
            Problem(file, main, "expected rows with Undersektor 'Alla', the sector's total")
            for main in unstated
        ]
    assert total is not None
    parts = np.sum(cube.stack(mains), axis=0)
    return _differences(cube, total, parts, labels, "Alla", "its main sectors", file)


def _sub_sums(
    cube: Cube, labels: list[str], file: str, known_gaps: Collection[str]
) -> tuple[list[Problem], list[str]]:
    """Check that subsectors add up to their sector, save where the published vintage itself does not."""
    problems, notes = [], []
    for main in sorted({main for main, _ in cube.pairs}):
        subs = [at for at, (m, sub) in enumerate(cube.pairs) if m == main and sub != TOTAL]
        stated = cube.pair(main)
        if not subs or stated is None or main == TOTAL:
            continue
        parts = np.sum(cube.values[subs], axis=0)
        gap = float(np.abs(parts - stated).max())
        allowed = (
            np.inf
            if main in known_gaps
            else KNOWN_GAPS.get((_substance(cube), cube.layout.vintage, main), 0.0)
        )
        if gap > allowed:
            problems += _differences(cube, stated, parts, labels, main, "its subsectors", file)
        elif allowed:
            notes.append(
                f"{main}: the subsectors miss the sector by up to {gap:,.0f} t in the source; use the sector"
            )
    return problems, notes


def _county_sums(cube: Cube, places: Places, file: str) -> list[Problem]:
    """Check that the municipalities of every county add up to it, in every sector pair."""
    problems: list[Problem] = []
    for county, name in places.counties.items():
        inside = [cube.codes.index(code) for code in places.members_of(county)]
        stated = cube.values[:, cube.codes.index(county)]
        parts = cube.values[:, inside].sum(axis=1)
        labels = [f"{main}, {sub}, {name}" for main, sub in cube.pairs]
        problems += _differences(cube, stated, parts, labels, "", "its municipalities", file)
    return capped(problems)


def _national_sums(cube: Cube, places: Places, file: str) -> tuple[tuple[float, float], list[Problem]]:
    """Check that the counties add up to a little less than the nation, never to more."""
    stated = cube.values[:, cube.codes.index(NATION)]
    parts = cube.values[:, [cube.codes.index(code) for code in places.counties]].sum(axis=1)
    labels = [f"{main}, {sub}, nation" for main, sub in cube.pairs]
    over = np.minimum(stated, parts)
    problems = _differences(cube, over, parts, labels, "", "its counties", file)
    at = cube.pairs.index((TOTAL, TOTAL))
    share = 1 - parts[at] / stated[at]
    for year, part in zip(cube.years, share, strict=True):
        if part > OFFSHORE_SHARE:
            bounds = f"usual 0.3-0.8 %, limit {OFFSHORE_SHARE:.0%}"
            text = f"the counties add up to {part:.2%} less than the nation ({bounds})"
            problems.append(Problem(file, f"Alla, nation, {year}", text))
    return (float(share.min()), float(share.max())), capped(problems)


def _differences(
    cube: Cube, stated: Array, parts: Array, labels: list[str], prefix: str, of: str, file: str
) -> list[Problem]:
    """List the rows and years where a stated value is not the sum of its parts."""
    wrong = np.abs(parts - stated) > tolerance(stated)
    return capped(
        [
            Problem(
                file,
                f"{', '.join(filter(None, (prefix, labels[row])))}, {cube.years[year]}",
                f"the file states {stated[row, year]:,.2f} t, the sum of {of} is {parts[row, year]:,.2f} t; "
                "a value was changed or is missing: compare with the source",
            )
            for row, year in zip(*np.nonzero(wrong), strict=True)
        ],
        4,
    )
