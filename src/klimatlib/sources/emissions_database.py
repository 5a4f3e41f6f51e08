"""The emissions database of SMHI (Nationella emissionsdatabasen): its export, held against its own sums.

An export is one table with a preamble: main sector, subsector, county and municipality, then one column a
year, in tonnes. Totals stand among the rows as "Alla". Two rows of headings in a workbook, one in a text
file; where they stand differs from release to release, so they are found by what they say.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from klimatlib.config import Sectors
from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import (
    Fault,
    Grid,
    capped,
    clean,
    duplicate_headings,
    is_blank,
    is_workbook,
    odd_letters,
    ragged,
    read_numbers,
    read_table,
    read_workbook,
    shown,
    year_of,
)
from klimatlib.sources.tables import NATION, TOTAL, Places, Reading, refuse

KIND = "emissions-export"
PUBLISHER = "SMHI, Nationella emissionsdatabasen"
LABELS = ("huvudsektor", "undersektor", "län", "kommun")
OFFSHORE_SHARE = 0.010
"""Largest share of the national total that lies in no county (0.3-0.8 % has been published)."""
YEARLY_CHANGE = (0.70, 1.30)
"""Bounds of the national total against the data year before (0.82-1.05 has been published)."""
_ADDRESS = "https://nationellaemissionsdatabasen.smhi.se/api/getexcelfile/?county=0&municipality=0&sub={}"
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_PAIR = ["sector", "subsector"]
_NATIONAL_TOTAL = (TOTAL, TOTAL, NATION)


class Substance(NamedTuple):
    """What an export may be of: title, names that people use, plausible national totals (t a year)."""

    title: str
    names: tuple[str, ...]
    nation_t: tuple[float, float]


SUBSTANCES: Mapping[str, Substance] = {  # 44-73 Mt and 36-58 Mt have been published
    "GGT": Substance("Växthusgaser totalt", ("växthusgaser totalt", "ggt", "co2e", "co2-ekv"), (30e6, 90e6)),
    "CO2": Substance("Koldioxid (CO2)", ("koldioxid (co2)", "koldioxid", "co2"), (25e6, 80e6)),
}
"""Substances by their code in the export's address."""


def read_emissions(
    data: bytes,
    file: str,
    *,
    places: Places,
    sectors: Sectors,
    require_substance: str = "GGT",
    complete: bool = True,
    known_gaps: Collection[str] = (),
) -> Reading:
    """Read an export of the emissions database: tonnes a year by municipality, year, sector and subsector.

    Counties are checked and dropped; sectors outside the total (``Utrikes transporter``) are dropped, and
    are never part of the total.

    Parameters
    ----------
    data, file
        The file's bytes, and its name in messages.
    places
        The municipalities that a complete file has.
    sectors
        Names of sectors and subsectors, and how exports misspell them (``params/sectors.yml``).
    require_substance
        ``"GGT"`` (or ``"CO2e"``) for all greenhouse gases, ``"CO2"`` for carbon dioxide.
    complete
        Whether every sector must have the nation, all counties and all municipalities. False for a
        trimmed selection, whose sums cannot be checked; the notes say so.
    known_gaps
        Main sectors whose subsectors are known not to add up in this release, beside those listed in
        ``params/sectors.yml``.

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
    substance = substance_code(require_substance)
    if not substance:
        text = f"unknown substance '{shown(require_substance)}'; ask for GGT or CO2"
        raise InputError([Problem(file, "", text)])
    head = _find_head(data, file, substance)
    grid = head.grid
    rows, index, notes, problems = _data_rows(head, places, sectors, file)
    numbers = read_numbers(grid, rows, list(head.years.values()), file)
    problems = [*ragged(grid, rows, len(grid.rows[head.row]), file)[:8], *problems, *numbers.problems]
    refuse(problems)
    table = pd.DataFrame(numbers.values, index=index, columns=list(head.years))
    problems = _check_rows(table, grid, rows, places if complete else None, file)
    refuse(problems)

    outside = [sector.name for sector in sectors.sectors if sector.outside_total]
    table, outside_note = _total_without(outside, table, file, complete=complete)
    problems = _national_level(table, substance, file)
    if complete:
        release = (substance, head.vintage)
        listed = [gap for gap in sectors.known_gaps if (gap.substance, gap.vintage) == release]
        gaps = {gap.sector: gap.largest_t for gap in listed} | dict.fromkeys(known_gaps, np.inf)
        sum_problems, sum_notes = _check_sums(table, file, places=places, sectors=sectors, known_gaps=gaps)
        problems += sum_problems
    else:
        sum_notes = ["a trimmed selection: sums over sectors and places could not be checked"]
    refuse(problems)

    notes = [*head.notes, *notes, outside_note, *sum_notes]
    if numbers.exponents:
        notes.append(f"{numbers.exponents} cells with an exponent such as 7,3×10^−05 read as written")
    kept = table[~table.index.isin(outside, "sector") & (table.index.get_level_values("code").str.len() == 4)]
    labels = ["municipality_code", *_PAIR]
    tidy = kept.rename_axis([*_PAIR, "municipality_code"]).reset_index()
    tidy = tidy.melt(labels, var_name="year", value_name="emissions_t").dropna().astype({"year": "int64"})
    key = ["municipality_code", "year", *_PAIR]
    frame = tidy.sort_values(key, ignore_index=True)[[*key, "emissions_t"]]
    return Reading(KIND, frame, file, PUBLISHER, substance, "t", head.vintage, tuple(notes))


def substance_code(name: str) -> str:
    """Substance code of a name as written in an export or a parameter; empty if unknown.

    >>> substance_code("Växthusgaser totalt"), substance_code("CO2e"), substance_code("Koldioxid (CO2)")
    ('GGT', 'GGT', 'CO2')
    """
    key = clean(name).casefold()
    return next((code for code, substance in SUBSTANCES.items() if key in substance.names), "")


def label_row(grid: Grid) -> int | None:
    """Row with the four labels of an export, among the first 50; None if there is none."""
    for number, row in enumerate(grid.rows[:50]):
        if set(LABELS) <= {clean(cell).casefold() for cell in row}:
            return number
    return None


@dataclass(frozen=True)
class _Head:
    """Sheet, row and columns of the labels, column of each year, report date (ISO), what was understood."""

    grid: Grid
    row: int
    labels: list[int]
    years: dict[int, int]
    vintage: str
    notes: list[str]


def _find_head(data: bytes, file: str, substance: str) -> _Head:
    """Find the sheet and its headings by content, and check the preamble."""
    grids = read_workbook(data, file) if is_workbook(data) else [read_table(data, file)]
    exports = [(grid, row) for grid in grids if (row := label_row(grid)) is not None]
    if not exports:
        text = "expected an export of the emissions database (headings Huvudsektor, Undersektor, Län, Kommun)"
        raise InputError([Problem(file, "", f"{text}; none is in the first 50 rows")])
    fitting = exports  # among several, those named after a substance; among these, after the one asked for
    for fits in (substance_code, lambda name: substance_code(name) == substance):
        fitting = [item for item in fitting if fits(item[0].name)] if len(fitting) > 1 else fitting
    if len(fitting) != 1:
        names = ", ".join(f"'{shown(grid.name, 30)}'" for grid, _ in exports[:6])
        text = f"{len(exports)} sheets look like the export ({names})"
        raise InputError([Problem(file, "", f"{text}; keep the one named '{SUBSTANCES[substance].title}'")])

    grid, row = fitting[0]
    vintage = _check_preamble(grid, row, substance, file)
    texts = [clean(cell).casefold() for cell in grid.rows[row]]
    below = range(row + 1, min(len(grid.rows), row + 60))
    again = [n for n in below if set(LABELS) <= {clean(cell).casefold() for cell in grid.rows[n]}]
    problems = duplicate_headings(grid, row, LABELS, file)
    if again:
        text = f"the headings of {grid.where(row)} stand here again"
        problems.append(Problem(file, grid.where(again[0]), text))
    refuse(problems)
    labels = [texts.index(label) for label in LABELS]
    columns, notes = _year_columns(grid, row, labels, int(vintage[:4]), file)
    if len(grids) > 1:
        notes.insert(0, f"sheet '{grid.name}' read of {len(grids)}")
    return _Head(grid, row, labels, columns, vintage, notes)


def _check_preamble(grid: Grid, row: int, substance: str, file: str) -> str:
    """Check that all that names a substance names the one asked for, and the unit; return the report date."""
    lines = {number: " ".join(filter(None, map(clean, grid.rows[number]))) for number in range(row)}

    def beginning(start: str) -> tuple[int, str] | None:
        return next(((n, t[len(start) :]) for n, t in lines.items() if t.casefold().startswith(start)), None)

    problems = []
    if named := beginning("emissioner av"):
        stated = [(grid.where(named[0]), named[1])]
        heads = enumerate(map(clean, grid.rows[row]))
        stated += [(grid.where(row, column), text) for column, text in heads if substance_code(text)]
        stated += [(f"sheet '{grid.name}'", grid.name)] if substance_code(grid.name) else []
        others = [(where, text) for where, text in stated if substance_code(text) != substance]
        title, short = SUBSTANCES[substance].title, "CO2e" if substance == "GGT" else substance
        for where, text in others[:1]:
            expected = f"expected {title} ({short}), got '{shown(text, 40)}'"
            advice = f"fetch the export of {title}: {_ADDRESS.format(substance)}"
            problems.append(Problem(file, where, f"{expected}; {advice}"))
    else:
        text = "expected a line 'Emissioner av …' at the top; the substance is unknown"
        problems.append(Problem(file, "", text))
    unit = beginning("enhet")
    if not unit:
        problems.append(Problem(file, "", "expected a line 'Enhet: ton/år' at the top; the unit is unknown"))
    elif re.sub(r"\s", "", unit[1].casefold()).lstrip(":") != "ton/år":
        text = f"expected 'Enhet: ton/år', got '{shown(lines[unit[0]])}'"
        problems.append(Problem(file, grid.where(unit[0]), text))
    date = next(filter(None, map(_DATE.search, lines.values())), None)
    if not date or not beginning("rapportnamn"):
        text = "expected 'Rapportnamn: Länsrapport, YYYY-MM-DD' at the top; the vintage is unknown"
        problems.append(Problem(file, "", text))
    if problems or not date:
        raise InputError(problems)
    return date[0]


def _year_columns(
    grid: Grid, row: int, labels: list[int], vintage: int, file: str
) -> tuple[dict[int, int], list[str]]:
    """Find the years' columns by the label row itself (text file) or the row above it (workbook).

    Other columns are ignored where they have a heading; without one they must be empty.
    """
    heads = [number for number in (row, row - 1) if number >= 0 and any(map(year_of, grid.rows[number]))]
    if len(heads) != 1:
        text = f"expected the years in one row of headings, got them in {'two rows' if heads else 'no row'}"
        raise InputError([Problem(file, grid.where(row), text)])
    cells = enumerate(grid.rows[heads[0]])
    columns = {column: year for column, cell in cells if column not in labels and (year := year_of(cell))}
    problems, notes = [], []
    width = max(map(len, grid.rows[row : row + 400]))
    for column in sorted(set(range(width)) - {*labels, *columns}):
        if not any(column < len(cells) and not is_blank(cells[column]) for cells in grid.rows[row + 1 :]):
            continue
        texts = [grid.rows[n][column] for n in (row, heads[0]) if column < len(grid.rows[n])]
        headings = [clean(text) for text in texts if not is_blank(text) and not isinstance(text, Fault)]
        headings = [text for text in headings if not substance_code(text)]
        if headings:
            notes.append(f"{grid.where(column=column)} ignored: '{shown(headings[0], 30)}'")
        else:
            text = "values without a heading; give the year, or empty the column"
            problems.append(Problem(file, grid.where(column=column), text))
    got = list(columns.values())
    if got != (expected := published_years(got, vintage)):
        listed = [", ".join(map(str, some[:40])) or "none" for some in (expected, got)]
        text = f"expected the years {listed[0]}, got {listed[1]}; compare the headings with the source"
        problems.append(Problem(file, grid.where(heads[0]), text))
    refuse(problems)
    return {year: column for column, year in columns.items()}, notes


def published_years(years: Sequence[int], vintage: int) -> list[int]:
    """Years that a release publishes: 1990, every fifth from 2000 on, then each year to vintage - 2.

    The yearly run starts at a multiple of five, which moves with the vintage (2010 in 2021, 2015 in
    2024 and 2025, 2020 in 2026); it is taken from the years that the file has.

    >>> published_years([1990, 2000, 2005, 2010, 2015, 2016, 2017], 2019)
    [1990, 2000, 2005, 2010, 2015, 2016, 2017]
    """
    last = vintage - 2
    fives = list(range(2000, last + 1, 5))
    start = max((year for year in fives if year + 1 in years or year == last), default=last)
    start = min((year for year in fives if set(range(year, last + 1)) <= set(years)), default=start)
    return [1990, *(year for year in fives if year < start), *range(start, last + 1)]


def _data_rows(
    head: _Head, places: Places, sectors: Sectors, file: str
) -> tuple[list[int], pd.MultiIndex, list[str], list[Problem]]:
    """Tell data rows from blank rows and the footer, and look their labels up.

    Returns
    -------
    tuple
        Row numbers; sector, subsector and place code of each; notes; problems.
    """
    grid = head.grid
    rows: list[int] = []
    labels: list[tuple[tuple[str, str], tuple[str, str]]] = []
    footer: list[int] = []
    interrupted = []
    for row in range(head.row + 1, len(grid.rows)):
        cells = grid.rows[row]
        if all(map(is_blank, cells)):
            continue
        main, sub, county, name = (clean(cells[c]) if c < len(cells) else "" for c in head.labels)
        numbers = any(not is_blank(cells[c]) for c in head.years.values() if c < len(cells))
        if not (numbers or (main and sub and county and name)):
            footer.append(row)
            continue
        if footer:
            first = clean(grid.rows[footer[0]][0])
            repeated = first.casefold().startswith(("rapportnamn", "emissioner av", "enhet"))
            text = "no rows after the footer" if repeated else "four labels and numbers"
            interrupted.append(Problem(file, grid.where(footer[0]), f"expected {text}, got '{shown(first)}'"))
            footer.clear()
        rows.append(row)
        labels.append(((main, sub), (county, name)))

    problems = capped(interrupted)
    for row in footer:
        date = _DATE.search(" ".join(map(clean, grid.rows[row])))
        if date and date[0] != head.vintage:
            text = f"the footer is of {date[0]}, the head of {head.vintage}; two exports seem to be joined"
            problems.append(Problem(file, grid.where(row), text))
    sector_of = {pair: sector_names(*pair, sectors) for pair in {pair for pair, _ in labels}}
    place_of = {place: _place_code(*place, places) for place in {place for _, place in labels}}
    wrong = [
        Problem(file, grid.where(row), text)
        for row, (pair, place) in zip(rows, labels, strict=True)
        for text in (sector_of[pair][2], place_of[place][1])
        if text
    ]
    notes = [f"{len(footer)} footer rows dropped"] if footer else []
    slips = sorted({name for pair in sector_of for name in pair if name in sectors.spelling})
    if slips:
        notes.append("spelling mended: " + "; ".join(f"{name} -> {sectors.spelling[name]}" for name in slips))
    keys = [(*sector_of[pair][:2], place_of[place][0]) for pair, place in labels]
    index = pd.MultiIndex.from_frame(pd.DataFrame(keys, columns=[*_PAIR, "code"], dtype="str"))
    return rows, index, notes, [*problems, *capped(wrong)]


def sector_names(main: str, sub: str, sectors: Sectors) -> tuple[str, str, str]:
    """Official names of a main sector and subsector, or the reason why they are refused.

    Parameters
    ----------
    main, sub
        Names as an export writes them; letter case, spaces and known misspellings do not matter.
    sectors
        The names that exist; a main sector must be one of them, a subsector may be new.

    Returns
    -------
    tuple
        Main sector, subsector, problem; the problem is empty if both are known or the subsector is new.
    """
    spelling = {_spelling_key(slip): name for slip, name in sectors.spelling.items()}
    subsectors = {TOTAL: (), **{sector.name: sector.subsectors for sector in sectors.sectors}}
    mains = {_spelling_key(name): name for name in subsectors}
    sector = mains.get(_spelling_key(spelling.get(_spelling_key(main), main)))
    if sector is None:
        text = _unknown_name(main, "main sector", list(mains.values()))
        return "", "", f"{text}; add a new one to params/sectors.yml"
    names = {_spelling_key(name): name for name in (TOTAL, *subsectors[sector])}
    key = _spelling_key(spelling.get(_spelling_key(sub), sub))
    if key in names:
        return sector, names[key], ""
    near = difflib.get_close_matches(key, list(names), n=1, cutoff=0.75)
    if near or odd_letters(clean(sub)) or not key or sector == TOTAL:
        return "", "", _unknown_name(sub, f"subsector of {sector}", list(names.values()))
    return sector, clean(sub), ""


def _spelling_key(name: str) -> str:
    """Spelling by which names of sectors are compared: folded case, no spaces beside marks."""
    return re.sub(r"\s*([-.,()+])\s*", r"\1", clean(name).casefold())


def _unknown_name(name: str, kind: str, names: list[str]) -> str:
    """Say that a name is unknown, and what is near."""
    odd = odd_letters(clean(name))
    near = difflib.get_close_matches(clean(name), names, n=1, cutoff=0.5)
    hint = f"; {odd}" if odd else f"; did you mean '{near[0]}'?" if near else ""
    return f"expected a {kind}, got '{shown(name)}'{hint}"


def _place_code(county: str, name: str, places: Places) -> tuple[str, str]:
    """Code of a row's place: the nation, a county (two digits) or a municipality; or the problem."""
    if county.casefold() == name.casefold() == TOTAL.casefold():
        return NATION, ""
    if county.casefold() == TOTAL.casefold():
        return "", f"expected Län to be given for Kommun '{shown(name)}', got 'Alla'"
    match = places.county(county)
    if not match.problem and name.casefold() != TOTAL.casefold():
        match = places.exact(name, county=match.code)
    return match.code, match.problem


def _check_rows(
    table: pd.DataFrame, grid: Grid, rows: list[int], places: Places | None, file: str
) -> list[Problem]:
    """List rows that an earlier row repeats, and, with places, sectors that lack some of these."""
    if table.empty and places:
        return [Problem(file, "", "no data rows under the headings; fetch the file again")]
    repeated, missing, keys = [], [], list(table.index)
    for row, key, duplicate in zip(rows, keys, table.index.duplicated(), strict=True):
        if duplicate:
            first = grid.where(rows[keys.index(key)])
            text = f"duplicate entry, the same sector and place as {first}: {', '.join(key)}; remove one"
            repeated.append(Problem(file, grid.where(row), text))
    names = {NATION: "the nation", **places.counties, **places.names} if places else {}
    for (main, sub), group in table.groupby(_PAIR, sort=False):
        present = {*group.index.get_level_values("code")}
        lacking = [name for code, name in names.items() if code not in present]
        if lacking:
            some = ", ".join(lacking[:3]) + (" …" if len(lacking) > 3 else "")
            text = f"expected {len(names)} rows (all places), missing are {len(lacking)}: {some}"
            missing.append(Problem(file, f"{main}, {sub}", text))
    return [*capped(repeated), *capped(missing)]


def _total_without(
    outside: list[str], table: pd.DataFrame, file: str, *, complete: bool
) -> tuple[pd.DataFrame, str]:
    """Take the sectors outside the total out of it, if the file has them in; the sums tell.

    Raises
    ------
    InputError
        The total is neither with nor without them the sum of the main sectors.
    """
    of_sector = table[table.index.isin([TOTAL], "subsector")].droplevel("subsector")
    is_total = of_sector.index.isin([TOTAL], "sector")
    is_outside = of_sector.index.isin(outside, "sector")
    total = of_sector[is_total].droplevel("sector")
    foreign = of_sector[is_outside].groupby("code").sum()
    names = " and ".join(outside)
    if total.empty:
        if complete:
            text = "expected rows for Huvudsektor 'Alla', the total; there are none"
            raise InputError([Problem(file, "", text)])
        return table, "the file has no total"
    if not foreign.to_numpy().any():
        return table, f"the file has no {names}" if foreign.empty else f"{names} is 0 in this file"
    inside = of_sector[~is_total & ~is_outside].groupby("code").sum().reindex(total.index, fill_value=0)
    added = foreign.reindex(total.index, fill_value=0)
    amount = f"{names} ({foreign.to_numpy().max() / 1e6:.2f} Mt at most)"
    if not _differs(total, inside).any():
        return table, f"{amount} is outside the file's total and was left out"
    if not _differs(total, inside + added).any():
        table = table.copy()
        table.loc[(TOTAL, TOTAL)] = (total - added).to_numpy()
        return table, f"{amount} is inside the file's total and was taken out"
    text = f"the total agrees with the sum of the main sectors neither with nor without {names}"
    raise InputError([Problem(file, "Alla, Alla", f"{text}; fetch the export again")])


def _differs(stated: pd.DataFrame, parts: pd.DataFrame) -> np.ndarray:
    """Where a stated total (t) and the sum of its parts differ by more than rounding."""
    return ~((parts - stated).abs() <= 0.05 + 5e-7 * stated.abs()).to_numpy()


def _national_level(table: pd.DataFrame, substance: str, file: str) -> list[Problem]:
    """Check that the nation's total is in tonnes, and does not double from one data year to the next."""
    if _NATIONAL_TOTAL not in table.index:
        return []
    nation = table.T[_NATIONAL_TOTAL]
    low, high = SUBSTANCES[substance].nation_t
    expected = f"expected {low / 1e6:.0f}-{high / 1e6:.0f} million tonnes"
    problems = []
    for year, value in nation[~nation.between(low, high)].items():
        text = f"{expected}, got {value:,.0f}; another unit, or totals counted twice?"
        problems.append(Problem(file, f"Alla, nation, {year}", text))
    change = nation / nation.shift()
    for before, year in zip(change.index, change.index[1:], strict=False):
        if not YEARLY_CHANGE[0] <= change[year] <= YEARLY_CHANGE[1]:
            text = f"the national total is {change[year]:.2f} times that of {before}"
            problems.append(Problem(file, f"Alla, nation, {year}", f"{text}; no such change has happened"))
    return problems


def _check_sums(
    table: pd.DataFrame, file: str, *, places: Places, sectors: Sectors, known_gaps: Mapping[str, float]
) -> tuple[list[Problem], list[str]]:
    """Hold a complete table's totals against their parts: sectors, subsectors, counties, nation.

    Parameters
    ----------
    table
        Tonnes by sector, subsector and place code (rows) and year (columns).
    known_gaps
        Main sector -> largest difference (t) between it and its subsectors that its source has; the sector
        itself adds up to the total there, so the sector is right.
    """
    names = {NATION: "nation", **places.counties, **places.names}
    is_total = table.index.isin([TOTAL], "subsector")
    stated = table[is_total].droplevel("subsector")
    mains = sorted({*table.index.get_level_values("sector")} - {TOTAL})
    unstated = sorted({*mains} - {*stated.index.get_level_values("sector")})
    inside = [sector.name for sector in sectors.sectors if not sector.outside_total]
    lacking = sorted({*inside} - {*mains})
    problems = [Problem(file, "", f"expected the main sector '{name}'; it has no rows") for name in lacking]
    text = "expected rows with Undersektor 'Alla', the sector's total"
    problems += [Problem(file, name, text) for name in unstated]

    if not problems:
        parts = stated[stated.index.isin(inside, "sector")].groupby("code").sum()
        total, parts = stated.loc[[TOTAL]], pd.concat({TOTAL: parts})
        problems += _differences(total, parts, "its main sectors", names, file)
    notes = []
    by_subsector = table[~is_total].groupby(["sector", "code"]).sum()
    for main in sorted({*by_subsector.index.get_level_values("sector")} - {*unstated}):
        of_sector, parts = stated.loc[[main]], by_subsector.loc[[main]]
        gap = float((parts - of_sector).abs().to_numpy().max())
        if gap > known_gaps.get(main, 0.0):
            differences = _differences(of_sector, parts, "its subsectors", names, file)
            advice = f"where it is so there, name {main} in known_gaps in params/sources.yml"
            problem = Problem(file, "subsectors", f"compare with the source; {advice}")
            problems += [*differences, problem] if differences else []
        elif main in known_gaps:
            text = f"the subsectors miss the sector by up to {gap:,.0f} t in the source; use the sector"
            notes.append(f"{main}: {text}")

    codes = table.index.get_level_values("code")
    counties = table[codes.isin(list(places.counties))]
    municipalities = table[codes.isin(list(places.names))]
    by_county = municipalities.rename(index=places.county_of, level="code").groupby([*_PAIR, "code"]).sum()
    problems += _differences(counties, by_county, "its municipalities", names, file)
    nation = table[codes == NATION]
    parts = counties.rename(index=lambda _: NATION, level="code").groupby([*_PAIR, "code"]).sum()
    parts = parts.reindex(nation.index)
    problems += _differences(nation.where(nation < parts, parts), parts, "its counties", names, file)
    share = (1 - parts / nation).T[_NATIONAL_TOTAL]
    for year in share.index[share > OFFSHORE_SHARE]:
        bounds = f"usual 0.3-0.8 %, limit {OFFSHORE_SHARE:.0%}"
        text = f"the counties add up to {share[year]:.2%} less than the nation ({bounds})"
        problems.append(Problem(file, f"Alla, nation, {year}", text))
    notes.append(f"the municipalities add up to {share.min():.2%}-{share.max():.2%} less than the nation")
    return problems, notes


def _differences(
    stated: pd.DataFrame, parts: pd.DataFrame, of: str, names: Mapping[str, str], file: str
) -> list[Problem]:
    """List where a stated value is not the sum of its parts; rows are named by their labels."""
    parts = parts.reindex(stated.index)
    totals, added = stated.to_numpy(dtype=float), parts.to_numpy(dtype=float)
    problems = []
    for row, at in zip(*np.nonzero(_differs(stated, parts)), strict=True):
        labels = [names.get(label, label) for label in stated.index[row]]
        where = ", ".join([*labels, str(stated.columns[at])])
        text = f"the file states {totals[row, at]:,.2f} t, the sum of {of} is {added[row, at]:,.2f} t"
        advice = "a value was changed or is missing: compare with the source"
        problems.append(Problem(file, where, f"{text}; {advice}"))
    return capped(problems, 4)
