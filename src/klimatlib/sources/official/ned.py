"""The emissions database of SMHI (Nationella emissionsdatabasen): its export as .xlsx or .csv."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.schemas import NATION, TOTAL
from klimatlib.sources.files import Grid, capped, clean, is_blank, ragged, read_numbers, shown
from klimatlib.sources.official.ned_checks import Cube, check_cube, without_foreign
from klimatlib.sources.official.ned_layout import Layout, find_layout, open_grids
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.reading import Reading
from klimatlib.sources.official.sectors import FOREIGN, MENDED, sector_names, substance_code

KIND = "emissions-export"
PUBLISHER = "SMHI, Nationella emissionsdatabasen"


@dataclass
class _Rows:
    """Data rows of an export: where they stand, and what their labels mean."""

    rows: list[int] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_emissions(
    data: bytes,
    file: str,
    *,
    places: Places,
    require_substance: str = "GGT",
    complete: bool = True,
    years: Sequence[int] | None = None,
    known_gaps: Collection[str] = (),
) -> Reading:
    """Read an export of the emissions database: tonnes a year by municipality, year, sector and subsector.

    Counties are checked and dropped; ``Utrikes transporter`` is dropped and is never part of the total.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name in messages.
    places
        The municipalities that a complete file has.
    require_substance
        ``"GGT"`` (or ``"CO2e"``) for all greenhouse gases, ``"CO2"`` for carbon dioxide.
    complete
        Whether every sector must have the nation, all counties and all municipalities. False for a
        trimmed selection, whose sums cannot be checked; the notes say so.
    years
        Years that the file must have, exactly. None means the publication pattern: 1990, every fifth
        year from 2000, then each year up to two years before the vintage.
    known_gaps
        Main sectors whose subsectors are known not to add up in this vintage, beside those listed in
        `klimatlib.sources.official.sectors.KNOWN_GAPS`.

    Returns
    -------
    Reading
        ``municipality_code`` (text, "0000" is the nation), ``year`` (int), ``sector``, ``subsector``
        ("Alla" for totals), ``emissions_t`` (t CO2e, or t CO2 if asked for), sorted in this order.

    Raises
    ------
    InputError
        Another substance or unit, unknown names, cells that are no numbers, missing or repeated rows,
        sums that do not hold, totals that cannot be tonnes.
    """
    wanted = substance_code(require_substance)
    if not wanted:
        raise InputError(
            [Problem(file, "", f"unknown substance '{shown(require_substance)}'; ask for GGT or CO2")]
        )
    layout = find_layout(open_grids(data, file), file, wanted=wanted, years=years)
    found = _data_rows(layout, places, file)
    grid = layout.grid
    numbers = read_numbers(grid, found.rows, list(layout.years.values()), file)
    problems = [*ragged(grid, found.rows, layout.width, file)[:8], *found.problems, *numbers.problems]
    if problems:
        raise InputError(problems)
    cube, problems = _cube(found, numbers.values, layout, places, file, complete)
    if problems:
        raise InputError(problems)
    cube, foreign = without_foreign(cube, file, complete=complete)
    checked = check_cube(cube, places, file, complete=complete, known_gaps=known_gaps)
    notes = [*layout.notes, *found.notes, *foreign, *checked]
    if numbers.exponents:
        notes.append(f"{numbers.exponents} cells with an exponent such as 7,3×10^−05 read as written")
    return Reading(KIND, _tidy(cube), file, PUBLISHER, wanted, "t", layout.vintage, tuple(notes))


def _data_rows(layout: Layout, places: Places, file: str) -> _Rows:
    """Tell data rows from blank rows and the footer, and look their labels up."""
    grid, found = layout.grid, _Rows()
    footer: list[int] = []
    odd: list[Problem] = []
    for row in range(layout.label_row + 1, len(grid.rows)):
        cells = grid.rows[row]
        if all(map(is_blank, cells)):
            continue
        texts = [cells[column] if column < len(cells) else "" for column in layout.labels]
        numbers = any(not is_blank(cells[c]) for c in layout.years.values() if c < len(cells))
        if not numbers and not all(map(clean, texts)):
            footer.append(row)
            continue
        if footer:
            text = (
                "expected no rows after the footer"
                if _is_preamble(grid, footer[0])
                else "expected four labels and numbers"
            )
            odd.append(
                Problem(file, grid.where(footer[0]), f"{text}, got '{shown(clean(grid.rows[footer[0]][0]))}'")
            )
            footer.clear()
        found.rows.append(row)
    found.problems += capped(odd)
    if footer:
        found.notes.append(f"{len(footer)} footer rows dropped")
        found.problems += _footer_date(layout, footer, file)
    _look_up(found, layout, places, file)
    return found


def _is_preamble(grid: Grid, row: int) -> bool:
    """Whether a row repeats the head of the file, as the CSV export's footer does."""
    return clean(grid.rows[row][0]).casefold().startswith(("rapportnamn", "emissioner av", "enhet"))


def _footer_date(layout: Layout, footer: Iterable[int], file: str) -> list[Problem]:
    """Check the footer, which repeats the report date; another date means that two files were joined."""
    for row in footer:
        for cell in layout.grid.rows[row]:
            date = re.search(r"20\d\d-\d\d-\d\d", clean(cell))
            if date and date[0] != layout.vintage:
                text = (
                    f"the footer is of {date[0]}, the head of {layout.vintage}; two exports seem to be joined"
                )
                return [Problem(file, layout.grid.where(row), text)]
    return []


def _look_up(found: _Rows, layout: Layout, places: Places, file: str) -> None:
    """Look up sector pairs and places, each distinct label once."""
    grid = layout.grid
    sector_of: dict[tuple[str, str], tuple[str, str, str]] = {}
    place_of: dict[tuple[str, str], tuple[str, str]] = {}
    wrong: list[Problem] = []
    for row in found.rows:
        cells = grid.rows[row]
        main, sub, county, name = (clean(cells[c]) if c < len(cells) else "" for c in layout.labels)
        if (main, sub) not in sector_of:
            sector_of[main, sub] = sector_names(main, sub)
        if (county, name) not in place_of:
            place_of[county, name] = _place(county, name, places)
        sector, subsector, sector_problem = sector_of[main, sub]
        code, place_problem = place_of[county, name]
        wrong += [Problem(file, grid.where(row), text) for text in (sector_problem, place_problem) if text]
        found.pairs.append((sector, subsector))
        found.places.append(code)
    found.problems += capped(wrong)
    mended = sorted({name for pair in sector_of for name in pair if name in MENDED})
    if mended:
        found.notes.append("spelling mended: " + "; ".join(f"{name} -> {MENDED[name]}" for name in mended))


def _place(county: str, name: str, places: Places) -> tuple[str, str]:
    """Code of a row's place: the nation, a county (two digits) or a municipality; or the problem."""
    if county.casefold() == name.casefold() == TOTAL.casefold():
        return NATION, ""
    if county.casefold() == TOTAL.casefold():
        return "", f"expected Län to be given for Kommun '{shown(name)}', got 'Alla'"
    found = places.county(county)
    if found.problem or name.casefold() == TOTAL.casefold():
        return found.code, found.problem
    match = places.exact(name, county=found.code)
    return match.code, match.problem


def _cube(
    found: _Rows, values: npt.NDArray[np.float64], layout: Layout, places: Places, file: str, complete: bool
) -> tuple[Cube, list[Problem]]:
    """Arrange the rows by sector pair and place; list rows that are missing or stand twice."""
    pairs = list(dict.fromkeys(found.pairs))
    codes = [NATION, *places.counties, *places.names]
    row_of: npt.NDArray[np.int64] = np.full((len(pairs), len(codes)), -1, dtype=np.int64)
    pair_at, code_at = {p: i for i, p in enumerate(pairs)}, {c: i for i, c in enumerate(codes)}
    problems: list[Problem] = []
    for number, (pair, code) in enumerate(zip(found.pairs, found.places, strict=True)):
        at = pair_at[pair], code_at[code]
        if row_of[at] >= 0:
            first = layout.grid.where(found.rows[row_of[at]])
            text = f"the same sector and place as {first}: {pair[0]}, {pair[1]}, {code}; keep one of them"
            problems.append(Problem(file, layout.grid.where(found.rows[number]), text))
        row_of[at] = number
    problems = capped(problems) + (capped(_missing(row_of, pairs, codes, places, file)) if complete else [])
    cube = Cube(pairs, codes, list(layout.years), np.full((*row_of.shape, values.shape[1]), np.nan), layout)
    cube.values[row_of >= 0] = values[row_of[row_of >= 0]]
    return cube, problems


def _missing(
    row_of: npt.NDArray[np.int64], pairs: list[tuple[str, str]], codes: list[str], places: Places, file: str
) -> list[Problem]:
    """List what a complete file lacks: sector pairs without all places."""
    if not pairs:
        return [Problem(file, "", "no data rows under the headings; fetch the file again")]
    names = {NATION: "the nation", **places.counties, **places.names}
    problems = []
    for at, (main, sub) in enumerate(pairs):
        lacking = [names[codes[i]] for i in np.flatnonzero(row_of[at] < 0)]
        if lacking:
            some = ", ".join(lacking[:3]) + (" …" if len(lacking) > 3 else "")
            text = f"expected {len(codes)} rows (all places), missing are {len(lacking)}: {some}"
            problems.append(Problem(file, f"{main}, {sub}", text))
    return problems


def _tidy(cube: Cube) -> pd.DataFrame:
    """Turn the cube into the long table, without counties and foreign transport."""
    keep = sorted((code, at) for at, code in enumerate(cube.codes) if len(code) == len(NATION))
    pairs = sorted((pair, at) for at, pair in enumerate(cube.pairs) if pair[0] != FOREIGN)
    block = cube.values[np.ix_([at for _, at in pairs], [at for _, at in keep])].transpose(1, 2, 0)
    shape = (len(keep), len(cube.years), len(pairs))
    index = np.indices(shape).reshape(3, -1)
    frame = pd.DataFrame(
        {
            "municipality_code": pd.Series([code for code, _ in keep], dtype="str").take(index[0]).array,
            "year": np.array(cube.years, dtype=np.int64)[index[1]],
            "sector": pd.Series([pair[0] for pair, _ in pairs], dtype="str").take(index[2]).array,
            "subsector": pd.Series([pair[1] for pair, _ in pairs], dtype="str").take(index[2]).array,
            "emissions_t": block.reshape(-1),
        }
    )
    return frame[frame["emissions_t"].notna()].reset_index(drop=True)
