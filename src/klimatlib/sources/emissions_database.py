"""Names of the emissions database: substances, sectors, subsectors, and the spelling slips of its exports."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import (
    Cell,
    Fault,
    Grid,
    capped,
    clean,
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
from klimatlib.sources.tables import NATION, SECTORS, TOTAL, Places, Reading

# --- klimatlib.sources.emissions_database: Names of the emissions database: substances, sectors, subsec

FOREIGN = "Utrikes transporter"
"""The one main sector that is outside the total, always."""
SUBSTANCES: Mapping[str, tuple[str, ...]] = {
    "GGT": ("växthusgaser totalt", "ggt", "co2e", "co2-ekv"),
    "CO2": ("koldioxid (co2)", "koldioxid", "co2"),
}
"""Substance code of the export's address, and the names that exports and people use for it."""
SUBSTANCE_TITLES: Mapping[str, str] = {"GGT": "Växthusgaser totalt", "CO2": "Koldioxid (CO2)"}
NATION_T: Mapping[str, tuple[float, float]] = {"GGT": (30e6, 90e6), "CO2": (25e6, 80e6)}
"""Plausible national totals (t a year); 44-73 Mt and 36-58 Mt have been published."""
MENDED: Mapping[str, str] = {
    "Egen uppärmning av bostäder och lokaler": "Egen uppvärmning av bostäder och lokaler",
    "Millitär transport": "Militär transport",
    "Slitage fran däck och bromsar": "Slitage från däck och bromsar",
    "Slitage fran vägbanan": "Slitage från vägbanan",
    "Avdunsting fran vägfordon": "Avdunstning från vägfordon",
    "inrikes civil sjöfart (inkl privata fritidsbåtar)": "Inrikes civil sjöfart (inkl. privata fritidsbåtar)",
    "Hastgödsel (lagring, användning och bete)": "Hästgödsel (lagring, användning och bete)",
    "Indirekta utsläpp av lustgas fran brukad mark": "Indirekta utsläpp av lustgas från brukad mark",
    "Urea for katalysatorer": "Urea för katalysatorer",
    "Lustgas fran produktanvändning": "Lustgas från produktanvändning",
    "Krematorier och förbranning av farligt avfall": "Krematorier och förbränning av farligt avfall",
}
"""Spelling slips seen in exports, and the name that replaces each."""
SUBSECTORS: Mapping[str, tuple[str, ...]] = {
    "Transporter": (
        "Personbilar", "Tunga lastbilar", "Lätta lastbilar", "Bussar", "Mopeder och Motorcyklar",
        "Slitage från däck och bromsar", "Slitage från vägbanan", "Avdunstning från vägfordon",
        "Inrikes civil sjöfart (inkl. privata fritidsbåtar)", "Inrikes flygtrafik", "Järnväg",
        "Militär transport",
    ),
    "Industri (energi + processer)": (),
    "Jordbruk": (
        "Djurs matsmältning", "Kogödsel (lagring, användning och bete)",
        "Svingödsel (lagring, användning och bete)",
        "Hästgödsel (lagring, användning och bete)", "Hönsgödsel (lagring, användning och bete)",
        "Fårgödsel m.m. (lagring, användning och bete)", "Användning av konstgödsel",
        "Skörderester som gödsel",
        "Kalkning av åkermark", "Odling av organogena jordar", "Odling av mineraljordar",
        "Indirekta utsläpp av lustgas från brukad mark", "Övrigt gödselmedel m.m",
    ),
    "El och fjärrvärme": (),
    "Egen uppvärmning av bostäder och lokaler": (
        "Bostäder", "Kommersiella och offentliga lokaler", "Jordbruks- och skogsbrukslokaler",
    ),
    "Arbetsmaskiner": (
        "Skotrar och fyrhjulingar", "Hushållens arbetsmaskiner", "Kommersiella och offentliga verksamheter",
        "Jordbruk och skogsbruk", "Industri- och byggsektorns arbetsmaskiner (inkl vägarbeten)", "Fiskebåtar",
        "Övrigt (flygplatser, hamnar, m.m.)",
    ),
    "Produktanvändning (inkl. lösningsmedel)": (
        "Lösningsmedelsanvändning - verksamheter", "Lösningsmedelsanvändning - hushåll", "Färg - hushåll",
        "Färg - verksamheter", "Smörjmedel", "Paraffinvax", "Urea för katalysatorer",
        "Lustgas från produktanvändning", "Användning av fluorerade gaser", "Övrig produktanvändning",
    ),
    "Avfall (inkl.avlopp)": (
        "Avfallsdeponier", "Behandling av avloppsvatten", "Biologisk behandling av avfall",
        "Krematorier och förbränning av farligt avfall", "Oavsiktliga bränder", "Övrig avfallshantering",
    ),
    FOREIGN: ("Utrikes sjöfart inom Sveriges gränser", "Utrikes flyg under 1000 m höjd i svenskt luftrum"),
}  # fmt: skip
"""Subsectors seen in exports; a vintage may lack some."""
KNOWN_GAPS: Mapping[tuple[str, str, str], float] = {
    ("GGT", "2021-10-14", "Produktanvändning (inkl. lösningsmedel)"): 131_177.0,
    ("CO2", "2024-04-18", "Avfall (inkl.avlopp)"): 127_849.0,
    ("CO2", "2024-04-18", "Transporter"): 1_580.0,
}
"""Where a published vintage's subsectors do not add up to their sector: (substance, vintage, sector) to the
largest gap in tonnes. The sector itself adds up to the total there, so the sector is right."""


def substance_code(name: str) -> str:
    """Substance code of a name as written in an export or a parameter; empty if unknown.

    >>> substance_code("Växthusgaser totalt"), substance_code("CO2e"), substance_code("Koldioxid (CO2)")
    ('GGT', 'GGT', 'CO2')
    """
    key = clean(name).casefold()
    return next((code for code, names in SUBSTANCES.items() if key in names), "")


def _key(name: str) -> str:
    """Spelling by which sectors are compared: folded case, single spaces."""
    return re.sub(r"\s*([-.,()+])\s*", r"\1", clean(name).casefold())


_MENDED = {_key(old): new for old, new in MENDED.items()}
_MAIN = {_key(name): name for name in (TOTAL, *SECTORS, FOREIGN)}


def sector_names(main: str, sub: str) -> tuple[str, str, str]:
    """Official names of a main sector and subsector, or the reason why they are refused.

    Returns
    -------
    tuple
        Main sector, subsector, problem; the problem is empty if both are known or the subsector is new.
    """
    sector = _MAIN.get(_key(_MENDED.get(_key(main), main)))
    if sector is None:
        return "", "", _unknown(main, "main sector", list(_MAIN.values()))
    known = {_key(name): name for name in (TOTAL, *SUBSECTORS.get(sector, ()))}
    key = _key(_MENDED.get(_key(sub), sub))
    if key in known:
        return sector, known[key], ""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.75)
    if near or odd_letters(clean(sub)) or not key or sector == TOTAL:
        return "", "", _unknown(sub, f"subsector of {sector}", list(known.values()))
    return sector, clean(sub), ""


def _unknown(name: str, kind: str, names: list[str]) -> str:
    """Say that a name is unknown, and what is near."""
    odd = odd_letters(clean(name))
    near = difflib.get_close_matches(clean(name), names, n=1, cutoff=0.5)
    hint = f"; {odd}" if odd else f"; did you mean '{near[0]}'?" if near else ""
    return f"expected a {kind}, got '{shown(name)}'{hint}"


# --- klimatlib.sources.emissions_database: Where things stand in an export of the emissions database: p

LABELS = ("huvudsektor", "undersektor", "län", "kommun")
_ADDRESS = "https://nationellaemissionsdatabasen.smhi.se/api/getexcelfile/?county=0&municipality=0&sub={}"


@dataclass(frozen=True)
class Layout:
    """What the head of an export says.

    Parameters
    ----------
    grid
        The sheet or text that holds the export.
    label_row
        Row of the headings ``Huvudsektor, Undersektor, Län, Kommun``.
    labels
        Columns of these four.
    years
        Year to column.
    width
        Columns of the heading row, for text files.
    vintage
        Report date (ISO).
    notes
        What was understood.
    """

    grid: Grid
    label_row: int
    labels: tuple[int, ...]
    years: dict[int, int]
    width: int
    vintage: str
    notes: tuple[str, ...]


def open_grids(data: bytes, file: str) -> list[Grid]:
    """Sheets of a workbook, or the one table of a text file."""
    return read_workbook(data, file) if is_workbook(data) else [read_table(data, file)]


def label_row(grid: Grid) -> int | None:
    """Row with the four labels of an export, among the first 50; None if there is none."""
    for number, row in enumerate(grid.rows[:50]):
        if set(LABELS) <= {clean(cell).casefold() for cell in row}:
            return number
    return None


def find_layout(grids: list[Grid], file: str, *, wanted: str, years: Sequence[int] | None) -> Layout:
    """Find the sheet and its headings by content, and check the preamble.

    Raises
    ------
    InputError
        No or several such tables, another substance or unit, headings that cannot be trusted.
    """
    grid = _choose(grids, file, wanted)
    row = label_row(grid)
    assert row is not None
    head = _preamble(grid, row)
    problems = [*_substance(grid, head, row, file, wanted), *_unit(head, grid, file)]
    vintage = next((d[0] for d in (re.search(r"20\d\d-\d\d-\d\d", text) for text in head.values()) if d), "")
    if not vintage or not any(text.casefold().startswith("rapportnamn") for text in head.values()):
        problems.append(
            Problem(
                file, "", "expected 'Rapportnamn: Länsrapport, YYYY-MM-DD' at the top; the vintage is unknown"
            )
        )
    if problems:
        raise InputError(problems)
    labels = tuple(_label_columns(grid, row, file))
    found, notes = _years(grid, row, labels, file, int(vintage[:4]), years)
    sheet = (f"sheet '{grid.name}' read of {len(grids)}",) if len(grids) > 1 else ()
    return Layout(grid, row, labels, found, len(grid.rows[row]), vintage, (*sheet, *notes))


def _choose(grids: list[Grid], file: str, wanted: str) -> Grid:
    """Pick the sheet with the labels; among several, the one named after the substance."""
    found = [grid for grid in grids if label_row(grid) is not None]
    if not found:
        text = "expected an export of the emissions database (headings Huvudsektor, Undersektor, Län, Kommun)"
        raise InputError([Problem(file, "", f"{text}; none is in the first 50 rows")])
    named = [grid for grid in found if substance_code(grid.name)] if len(found) > 1 else found
    fitting = [grid for grid in named if substance_code(grid.name) == wanted] if len(named) > 1 else named
    if len(fitting) != 1:
        names = ", ".join(f"'{shown(grid.name, 30)}'" for grid in found[:6])
        title = SUBSTANCE_TITLES[wanted]
        text = f"{len(found)} sheets look like the export ({names}); keep the one named '{title}'"
        raise InputError([Problem(file, "", text)])
    return fitting[0]


def _preamble(grid: Grid, row: int) -> dict[int, str]:
    """Texts above the headings, one a row."""
    return {number: " ".join(filter(None, map(clean, grid.rows[number]))) for number in range(row)}


def _substance(grid: Grid, head: dict[int, str], row: int, file: str, wanted: str) -> list[Problem]:
    """Check that preamble, sheet name and repeated heading all name the substance asked for."""
    named = {
        n: text[len("emissioner av") :]
        for n, text in head.items()
        if text.casefold().startswith("emissioner av")
    }
    if not named:
        return [Problem(file, "", "expected a line 'Emissioner av …' at the top; the substance is unknown")]
    at, name = next(iter(named.items()))
    texts = [(grid.where(at), name)]
    texts += [
        (grid.where(row, c), clean(cell))
        for c, cell in enumerate(grid.rows[row])
        if substance_code(clean(cell))
    ]
    texts += [(f"sheet '{grid.name}'", grid.name)] if substance_code(grid.name) else []
    for where, text in texts:
        if substance_code(text) != wanted:
            return [Problem(file, where, _other_substance(text, wanted))]
    return []


def _other_substance(name: str, wanted: str) -> str:
    """Say what the file is and which one to fetch instead."""
    short = "CO2e" if wanted == "GGT" else wanted
    return (
        f"expected {SUBSTANCE_TITLES[wanted]} ({short}), got '{shown(name, 40)}'; "
        f"fetch the export of {SUBSTANCE_TITLES[wanted]}: {_ADDRESS.format(wanted)}"
    )


def _unit(head: dict[int, str], grid: Grid, file: str) -> list[Problem]:
    """Check that the unit is tonnes a year."""
    for row, text in head.items():
        if text.casefold().startswith("enhet"):
            unit = re.sub(r"\s", "", text.casefold()).removeprefix("enhet").lstrip(":")
            return (
                []
                if unit == "ton/år"
                else [Problem(file, grid.where(row), f"expected 'Enhet: ton/år', got '{shown(text)}'")]
            )
    return [Problem(file, "", "expected a line 'Enhet: ton/år' at the top; the unit is unknown")]


def _label_columns(grid: Grid, row: int, file: str) -> list[int]:
    """Columns of the four labels, each of which must stand once."""
    texts = [clean(cell).casefold() for cell in grid.rows[row]]
    for label in LABELS:
        if texts.count(label) > 1:
            raise InputError(
                [Problem(file, grid.where(row), f"the heading '{label.capitalize()}' stands twice; keep one")]
            )
    repeated = [n for n in range(row + 1, min(len(grid.rows), row + 60)) if label_cells(grid.rows[n])]
    if repeated:
        raise InputError(
            [Problem(file, grid.where(repeated[0]), f"the headings of {grid.where(row)} stand here again")]
        )
    return [texts.index(label) for label in LABELS]


def label_cells(row: list[Cell]) -> bool:
    """Whether a row repeats the four labels."""
    return set(LABELS) <= {clean(cell).casefold() for cell in row if isinstance(cell, str)}


def _years(
    grid: Grid, row: int, labels: tuple[int, ...], file: str, vintage: int, expected: Sequence[int] | None
) -> tuple[dict[int, int], list[str]]:
    """Years and their columns: from the label row itself (CSV) or the row above it (workbook)."""
    heads = [number for number in (row, row - 1) if number >= 0 and any(map(year_of, grid.rows[number]))]
    if len(heads) != 1:
        where = "two rows" if heads else "no row"
        raise InputError(
            [
                Problem(
                    file, grid.where(row), f"expected the years in one row of headings, got them in {where}"
                )
            ]
        )
    cells = grid.rows[heads[0]]
    columns = {
        column: year for column, cell in enumerate(cells) if column not in labels and (year := year_of(cell))
    }
    problems, notes = _unnamed(grid, row, heads[0], {*labels, *columns}, file)
    found = list(columns.values())
    wanted = list(expected) if expected is not None else pattern(found, vintage)
    if found != wanted:
        text = f"expected the years {_listed(wanted)}, got {_listed(found)}"
        problems.append(Problem(file, grid.where(heads[0]), f"{text}; compare the headings with the source"))
    if problems:
        raise InputError(problems)
    return {year: column for column, year in columns.items()}, notes


def pattern(found: Sequence[int], vintage: int) -> list[int]:
    """Years that a vintage publishes: 1990, every fifth from 2000 on, then each year to vintage - 2.

    The yearly run starts at a multiple of five, which moves with the vintage (2010 in 2021, 2015 in
    2024 and 2025, 2020 in 2026); it is taken from the years found.

    >>> pattern([1990, 2000, 2005, 2010, 2015, 2016, 2017], 2019)
    [1990, 2000, 2005, 2010, 2015, 2016, 2017]
    """
    last = vintage - 2
    fives = list(range(2000, last + 1, 5))
    start = max((year for year in fives if year + 1 in found or year == last), default=last)
    start = min((year for year in fives if set(range(year, last + 1)) <= set(found)), default=start)
    return [1990, *(year for year in fives if year < start), *range(start, last + 1)]


def _listed(years: Sequence[int]) -> str:
    """Years as a short list."""
    return ", ".join(map(str, years[:40])) or "none"


def _unnamed(grid: Grid, row: int, head: int, known: set[int], file: str) -> tuple[list[Problem], list[str]]:
    """Columns beside labels and years: with a heading they are ignored, without one they must be empty."""
    problems, notes = [], []
    width = max(map(len, grid.rows[row : row + 400]))
    for column in sorted(set(range(width)) - known):
        texts = [grid.rows[n][column] for n in (row, head) if column < len(grid.rows[n])]
        named = [
            clean(text)
            for text in texts
            if not is_blank(text) and not isinstance(text, Fault) and not substance_code(clean(text))
        ]
        used = any(column < len(cells) and not is_blank(cells[column]) for cells in grid.rows[row + 1 :])
        if used and not named:
            problems.append(
                Problem(
                    file,
                    grid.where(column=column),
                    "values without a heading; give the year, or empty the column",
                )
            )
        elif used:
            notes.append(f"{grid.where(column=column)} ignored: '{shown(named[0], 30)}'")
    return problems, notes


# --- klimatlib.sources.emissions_database: Sums that hold in every export of the emissions database, an

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
    substance = _ned_checks_substance(cube)
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


def _ned_checks_substance(cube: Cube) -> str:
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
            else KNOWN_GAPS.get((_ned_checks_substance(cube), cube.layout.vintage, main), 0.0)
        )
        if gap > allowed:
            if differences := _differences(cube, stated, parts, labels, main, "its subsectors", file):
                advice = f"if the publisher has it so, name {main} in known_gaps in params/sources.yml"
                problems += [*differences, Problem(file, "subsectors", advice)]
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


# --- klimatlib.sources.emissions_database: The emissions database of SMHI (Nationella emissionsdatabase

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
        `klimatlib.sources.emissions_database.KNOWN_GAPS`.

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
