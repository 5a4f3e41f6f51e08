"""The emissions database of SMHI (Nationella emissionsdatabasen): its export, held against its own sums.

An export is one table with a preamble: main sector, subsector, county and municipality, then one column a
year, in tonnes. Totals stand among the rows as "Alla". Two rows of headings in a workbook, one in a text
file; where they stand differs from release to release, so they are found by what they say.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from klimatlib.config import Row, Sectors
from klimatlib.errors import InputError, Problem, few
from klimatlib.files import decode_strict
from klimatlib.sources import files
from klimatlib.sources.files import Grid, capped, clean, excerpt, heading_key, is_blank, year_of
from klimatlib.sources.tables import NATION, TOTAL, Places, Reading, problems_by_row, refuse, unknown_name

LABELS = ("huvudsektor", "undersektor", "län", "kommun")
OFFSHORE_SHARE = 0.010
"""Largest share of the national total that lies in no county (0.3-0.8 % has been published)."""
YEARLY_CHANGE = (0.70, 1.30)
"""Bounds of the national total against the data year before (0.82-1.05 has been published)."""
ADDRESS = "https://nationellaemissionsdatabasen.smhi.se/api/getexcelfile/?county=0&municipality=0&sub={}"
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_PREAMBLE = {  # begins a line above the table -> what it must say, and an example of it
    "rapportnamn": (_DATE, "Rapportnamn: Länsrapport, YYYY-MM-DD"),
    "emissioner av": (re.compile("(?<=av ).+", re.IGNORECASE), "Emissioner av …"),
    "enhet": (re.compile(r"(?<=enhet)\s*:?\s*ton\s*/\s*år$", re.IGNORECASE), "Enhet: ton/år"),
}
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
    counties: bool = False,
) -> Reading:
    """Read an export of the emissions database: tonnes a year by municipality, year, sector and subsector.

    The years are those that the file has, whatever its release; a gap among them is a warning. Sectors
    outside the total (``Utrikes transporter``) are dropped, and are never part of it. Columns are
    ``municipality_code`` (text, "0000" is the nation), ``year`` (int), ``sector``, ``subsector`` ("Alla" for
    totals) and ``emissions_t`` (t CO2e, or t CO2 if asked for), rows sorted in this order.

    InputError: another substance or unit, unknown names, cells that are no numbers, missing or repeated rows,
    sums that do not hold, totals that cannot be tonnes.

    ``places`` are the municipalities that a complete file has; ``sectors`` has the names of sectors and
    subsectors, how exports misspell them, and the releases whose subsectors do not add up. The substance is
    ``"GGT"`` (or ``"CO2e"``) for all greenhouse gases, ``"CO2"`` for carbon dioxide. In a ``complete`` file
    every sector has the nation, all counties and all municipalities; of a trimmed selection the sums cannot
    be checked, and the notes say so. With ``counties`` those, whose codes have two digits, are kept; they are
    checked all the same.
    """
    substance = substance_code(require_substance)
    if not substance:
        text = f"unknown substance '{excerpt(require_substance)}'; ask for GGT or CO2"
        raise InputError([Problem(file, "", text)])
    usual = SUBSTANCES[substance].names
    what, grids = "an export of the emissions database", files.read_grids(data, file)
    grid, top = files.find_table(grids, LABELS, file, what, usual)
    vintage = _vintage(grid, top, substance)
    labels = [grid.headings(top).index(label) for label in LABELS]
    filled = grid.filled(top + 1)
    columns, warnings = _year_columns(grid, top, labels, filled, int(vintage[:4]))
    valued = [row for row in filled if not all(map(is_blank, grid.cells(row, columns)))]
    rows = filled[: filled.index(valued[-1]) + 1] if valued else []
    footer = [" ".join(map(clean, grid.rows[row])) for row in filled[len(rows) :]]
    index, notes, problems = _keys(grid, rows, labels, places, sectors)
    numbers, not_numbers = files.read_numbers(grid, rows, [*columns])
    if others := {date for text in footer for date in _DATE.findall(text)} - {vintage}:
        text = f"the footer is of {', '.join(sorted(others))}, the head of {vintage}"
        problems.append(grid.problem(f"{text}; two exports seem to be joined: fetch it again"))
    refuse([*files.ragged(grid, rows, len(grid.rows[top]))[:8], *problems, *not_numbers])
    table = pd.DataFrame(numbers, index=index, columns=[*columns.values()])
    refuse(_row_problems(table, grid, rows, places if complete else None))
    table, foreign_note = _without_foreign(table, sectors, file, complete=complete)
    problems = _national_level(table, substance, file)
    if complete:
        release = (substance, vintage)
        listed = [gap for gap in sectors.known_gaps if (gap.substance, gap.vintage) == release]
        gaps = {gap.sector: gap.largest_t for gap in listed}
        sum_problems, sum_notes = _check_sums(table, file, places=places, sectors=sectors, known_gaps=gaps)
        problems += sum_problems
    else:
        sum_notes = ["a trimmed selection: sums over sectors and places could not be checked"]
    refuse(problems)
    key = ["municipality_code", "year", *_PAIR]
    is_kept = table.index.get_level_values("code").str.len() >= (2 if counties else 4)
    long: Any = table[is_kept].rename_axis(columns="year").stack()
    frame = long.rename_axis(index={"code": key[0]}).rename("emissions_t").reset_index()
    frame = frame.sort_values(key, ignore_index=True)[[*key, "emissions_t"]]
    publisher, notes = "SMHI, Nationella emissionsdatabasen", [*notes, foreign_note, *sum_notes]
    return Reading(
        "emissions-export", frame, file, publisher, substance, "t", vintage, tuple(notes), warnings
    )


SUBSECTOR_KEY = ["place_code", "year"]
_CELLS = re.compile(r"[0-9]{2,4},(?:19|20)[0-9]{2}(?:,[0-9]{1,9}(?:\.[0-9]{1,15})?)*")


def subsector_table(emissions: pd.DataFrame, rows: Sequence[Row], *, file: str) -> pd.DataFrame:
    """Return an export's emissions with a column a row of the database, as exact decimals.

    ``emissions`` are as `read_emissions` returns them, with counties; ``rows`` the rows of the database that
    are known (``params/gpc.yml``); ``file`` is the export's name in messages. The table is indexed by
    ``place_code`` ("0000", two digits a county, four a municipality) and ``year``; its columns are the ids of
    the rows that the export has, its cells Decimal, t.

    InputError: a sector or subsector that no row knows, with its tonnes.
    """
    ids = {(row.sector, row.subsector): row.id for row in rows}
    pairs = pd.MultiIndex.from_frame(emissions[_PAIR])
    unknown = emissions[~pairs.isin([*ids])]
    nation = unknown[unknown["municipality_code"] == NATION]
    text = "not in params/gpc.yml, {0.emissions_t:,.2f} t in the nation in {0.year}; add it there with its"
    refuse(problems_by_row(nation, file, "{0.sector}, {0.subsector}", f"{text} reference"))
    labels = zip(map(str, emissions["sector"]), map(str, emissions["subsector"]), strict=True)
    columns = pd.Series([ids.get(pair) for pair in labels], index=emissions.index)
    placed = emissions.assign(row=columns, place_code=emissions["municipality_code"])
    wide = placed.pivot(index=SUBSECTOR_KEY, columns="row", values="emissions_t")
    present = [row.id for row in rows if row.id in wide.columns]
    return wide[present].map(lambda value: Decimal(str(value))).rename_axis(columns=None)


def subsectors_to_csv(table: pd.DataFrame) -> bytes:
    """Return a table of `subsector_table` as the CSV that `read_subsectors` reads: no decimal is lost."""
    head = ",".join([*SUBSECTOR_KEY, *table.columns])
    body = (
        ",".join([code, str(year), *(f"{value:f}".removesuffix(".0") for value in cells)])
        for (code, year), cells in zip(table.index, table.to_numpy(), strict=True)
    )
    return "\n".join([head, *body, ""]).encode()


def read_subsectors(data: bytes, file: str, *, rows: Sequence[Row], codes: Collection[str]) -> pd.DataFrame:
    """Read a table of `subsectors_to_csv`; ``codes`` are those of all places.

    InputError: a column that is no row of the database, an unknown or repeated place, a cell that is no
    number.
    """
    text = data.decode() if data.isascii() else decode_strict(data, file)
    head, *lines = text.splitlines()
    names = head.split(",")
    unknown, text = sorted({*names[2:]} - {row.id for row in rows}), "no row of params/gpc.yml; add it there"
    refuse(Problem(file, f"column {name}", f"{text} with its reference") for name in unknown)
    if names[:2] != SUBSECTOR_KEY or len({*names}) != len(names) or not lines:
        text = f"expected {', '.join(SUBSECTOR_KEY)} and each row of the database once, and data below"
        raise InputError([Problem(file, "row 1", text)])
    # One look over all of it, and at each line only where that finds what cannot be.
    body = data[len(head) :]
    if body.translate(None, b"0123456789.,\r\n") or b",," in body or b",\n" in body or b".." in body:
        wrong = [n for n, line in enumerate(lines, 2) if not _CELLS.fullmatch(line)]
        text = "expected a code, a year and numbers with decimal point, none of them empty"
        refuse(capped([Problem(file, f"row {number}", text) for number in wrong]))
    keys = [(code, int(year)) for code, year, _ in (line.split(",", 2) for line in lines)]
    seen = dict[tuple[str, int], int]()
    problems = []
    for number, (line, key) in enumerate(zip(lines, keys, strict=True), 2):
        text = "" if key[0] in codes else f"{key[0]} is no place of data/statistics/municipalities.csv"
        text = f"the same place and year as row {seen[key]}; remove one" if key in seen else text
        if (count := line.count(",") + 1) != len(names):
            text = f"expected {len(names)} cells, got {count}"
        seen[key] = number
        problems += [Problem(file, f"row {number}", text)] if text else []
    refuse(capped(problems))
    values = np.empty((len(lines), len(names) - 2), dtype=object)
    for place, line in enumerate(lines):
        try:
            values[place] = [*map(Decimal, line.split(",")[2:])]
        except ArithmeticError:
            text = "expected numbers with a single decimal point"
            raise InputError([Problem(file, f"row {place + 2}", text)]) from None
    index = pd.MultiIndex.from_tuples(keys, names=SUBSECTOR_KEY)
    return pd.DataFrame(values, index=index, columns=names[2:], dtype=object)


def substance_code(name: str) -> str:
    """Substance code of a name as written in an export or a parameter; empty if unknown.

    >>> substance_code("Växthusgaser totalt"), substance_code("CO2e"), substance_code("Koldioxid (CO2)")
    ('GGT', 'GGT', 'CO2')
    """
    return next((code for code, one in SUBSTANCES.items() if heading_key(name) in one.names), "")


def _vintage(grid: Grid, top: int, substance: str) -> str:
    """Return the report date, if all that names a substance names the one asked for, and the unit is t."""
    above = [" ".join(filter(None, map(clean, row))) for row in grid.rows[:top]]
    stated, problems = {}, []
    for start, (pattern, line) in _PREAMBLE.items():
        said = next((text for text in above if text.casefold().startswith(start)), "nothing")
        if match := pattern.search(said):
            stated[start] = match[0]
        else:
            text = f"expected '{line}', got '{excerpt(said)}'; fetch the export again"
            problems.append(grid.problem(f"above the headings: {text}"))
    refuse(problems)
    names = [stated["emissioner av"], grid.name, *map(clean, grid.rows[top])]
    others = [name for name in names[1:] if substance_code(name) not in ("", substance)]
    if others or substance_code(names[0]) != substance:
        title, got = SUBSTANCES[substance].title, excerpt((others or names)[0], 40)
        text = f"expected {title} ({'CO2e' if substance == 'GGT' else substance}), got '{got}'"
        raise InputError([grid.problem(f"{text}; fetch the export of {title}: {ADDRESS.format(substance)}")])
    return stated["rapportnamn"]


def _year_columns(
    grid: Grid, top: int, labels: list[int], filled: list[int], vintage: int
) -> tuple[dict[int, int], tuple[str, ...]]:
    """Find the years' columns by the label row itself (text file) or one above it (workbook); warnings.

    Other columns are ignored where they have a heading; without one they must be empty.
    """
    head = next((row for row in (top, top - 1, top - 2) if any(map(year_of, grid.rows[max(row, 0)]))), top)
    cells = enumerate(grid.rows[head])
    columns = {column: year for column, cell in cells if column not in labels and (year := year_of(cell))}
    headings = [*enumerate(grid.headings(top)), *enumerate(grid.headings(head))]
    named = {column for column, heading in headings if heading and not substance_code(heading)}
    problems = files.values_without_heading(grid, filled, named)
    got = [*columns.values()]
    if not got or got != sorted({*got}) or got[-1] >= vintage:
        expected = f"years before {vintage}, once and in order"
        text = f"expected {expected}, got {_listed(got)}; compare the headings with the source"
        problems.append(grid.problem(text, head))
    refuse(problems)
    usual = published_years(got if got[-1] >= vintage - 3 else [*got, vintage - 2])
    text = f"the years are {_listed(got)}, a release of {vintage} usually has {_listed(usual)}; compare"
    return columns, () if got == usual else (f"{text} the headings with the source",)


def _listed(years: Sequence[int]) -> str:
    return ", ".join(map(str, years[:40])) or "none"


def published_years(years: Sequence[int]) -> list[int]:
    """Years that a release usually has, given its last: 1990, every fifth from 2000 on, at last each year.

    The yearly run starts at a multiple of five, which moves with the release (2010 in 2021, 2015 in
    2024 and 2025, 2020 in 2026); it is taken from the years that the file has.

    >>> published_years([1990, 2000, 2005, 2010, 2015, 2017])
    [1990, 2000, 2005, 2010, 2015, 2016, 2017]
    """
    last = max(years, default=1990)
    fives = range(2000, last + 1, 5)
    start = next((year for year in fives if {*range(year, last + 1)} <= {*years}), last - last % 5)
    return [1990, *(year for year in fives if year < start), *range(max(start, 2000), last + 1)]


def _keys(
    grid: Grid, rows: list[int], labels: list[int], places: Places, sectors: Sectors
) -> tuple[pd.MultiIndex, list[str], list[Problem]]:
    """Look the labels of the rows up: sector, subsector and place code of each; notes; problems."""
    texts = [[*map(clean, grid.cells(row, labels))] for row in rows]
    names = {pair: sector_names(*pair, sectors) for pair in {(main, sub) for main, sub, *_ in texts}}
    codes = {pair: _place_code(*pair, places) for pair in {(county, name) for *_, county, name in texts}}
    keys, wrong = [], []
    for row, (main, sub, county, name) in zip(rows, texts, strict=True):
        (sector, subsector, fault), (code, place_fault) = names[main, sub], codes[county, name]
        keys.append((sector, subsector, code))
        wrong += [grid.problem(text, row) for text in (fault, place_fault) if text]
    slips = sorted({name for pair in names for name in pair if name in sectors.spelling})
    mended = "; ".join(f"{name} -> {sectors.spelling[name]}" for name in slips)
    index = pd.MultiIndex.from_frame(pd.DataFrame(keys, columns=[*_PAIR, "code"], dtype="str"))
    return index, [f"spelling mended: {mended}"] if slips else [], capped(wrong)


def sector_names(main: str, sub: str, sectors: Sectors) -> tuple[str, str, str]:
    """Official main sector and subsector, and why they are refused; empty if known, or the subsector is new.

    Letter case, spaces and known misspellings do not matter.
    """
    spelling = {_spelling_key(slip): name for slip, name in sectors.spelling.items()}
    main_key, key = (_spelling_key(spelling.get(_spelling_key(name), name)) for name in (main, sub))
    subsectors = {TOTAL: (), **{sector.name: sector.subsectors for sector in sectors.sectors}}
    sector = next((name for name in subsectors if _spelling_key(name) == main_key), None)
    if sector is None:
        text = unknown_name(main, "main sector", subsectors)
        return "", "", f"{text}; add a new one to params/sectors.yml"
    names = {_spelling_key(name): name for name in (TOTAL, *subsectors[sector])}
    if key in names:
        return sector, names[key], ""
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.75)
    if near or files.odd_letters(clean(sub)) or not key or sector == TOTAL:
        return "", "", unknown_name(sub, f"subsector of {sector}", names.values())
    return sector, clean(sub), ""


def _spelling_key(name: str) -> str:
    """Spelling by which names of sectors are compared: folded case, no spaces beside marks."""
    return re.sub(r"\s*([-.,()+])\s*", r"\1", clean(name).casefold())


def _place_code(county: str, name: str, places: Places) -> tuple[str, str]:
    """Code of a row's place: the nation, a county (two digits) or a municipality; or the problem."""
    is_total = name.casefold() == TOTAL.casefold()
    if county.casefold() == TOTAL.casefold():
        text = f"expected Län to be given for Kommun '{excerpt(name)}', got 'Alla'"
        return (NATION, "") if is_total else ("", text)
    match = places.county(county)
    return match if match.problem or is_total else places.exact(name, county=match.code)


def _row_problems(table: pd.DataFrame, grid: Grid, rows: list[int], places: Places | None) -> list[Problem]:
    """List rows that an earlier row repeats, and, with places, sectors that lack some of these."""
    repeated, missing, first_of = [], [], dict[Any, int]()
    for row, key in zip(rows, table.index, strict=True):
        if (first := first_of.setdefault(key, row)) != row:
            text = f"duplicate entry, the same sector and place as {grid.where(first)}: {', '.join(key)}"
            repeated.append(grid.problem(f"{text}; remove one", row))
    names = {NATION: "the nation", **places.counties, **places.names} if places else {}
    for (main, sub), group in table.groupby(_PAIR, sort=False):
        present = {*group.index.get_level_values("code")}
        lacking = [name for code, name in names.items() if code not in present]
        if lacking:
            text = f"expected {len(names)} rows (all places), missing are {len(lacking)}: {few(lacking, 3)}"
            missing.append(Problem(grid.file, f"{main}, {sub}", text))
    return [*capped(repeated), *capped(missing)]


def _without_foreign(
    table: pd.DataFrame, sectors: Sectors, file: str, *, complete: bool
) -> tuple[pd.DataFrame, str]:
    """Take the sectors outside the total out of it, if the file has them in; the sums tell.

    A total that is neither with nor without them the sum of the main sectors is refused.
    """
    outside = [sector.name for sector in sectors.sectors if sector.outside_total]
    names, is_outside = " and ".join(outside), table.index.isin(outside, "sector")
    is_sector = table.index.isin([TOTAL], "subsector") & ~table.index.isin([TOTAL], "sector")
    kept = table[~is_outside].sort_index()
    is_total = kept.index.isin([TOTAL], "sector") & kept.index.isin([TOTAL], "subsector")
    total = kept[is_total].droplevel("sector").droplevel("subsector")
    if total.empty:
        text = "expected rows for Huvudsektor 'Alla', the total; there are none: fetch the export again"
        refuse([Problem(file, "", text)] if complete else [])
        return kept, "the file has no total"
    sums = (table[is_sector & chosen].groupby("code").sum() for chosen in (is_outside, ~is_outside))
    foreign, inside = (each.reindex(total.index, fill_value=0) for each in sums)
    amount = f"{names} ({foreign.to_numpy().max() / 1e6:.2f} Mt at most)"
    if not foreign.to_numpy().any():
        return kept, f"the file has no {names}, or it is 0"
    if not _differs(total, inside).any():
        return kept, f"{amount} is outside the file's total and was left out"
    if _differs(total, inside + foreign).any():
        text = f"the total agrees with the sum of the main sectors neither with nor without {names}"
        raise InputError([Problem(file, "Alla, Alla", f"{text}; fetch the export again")])
    kept[is_total] = (total - foreign).to_numpy()
    return kept, f"{amount} is inside the file's total and was taken out"


def _differs(stated: pd.DataFrame, parts: pd.DataFrame) -> np.ndarray:
    """Where a stated total (t) and the sum of its parts differ by more than rounding."""
    return ~((parts - stated).abs() <= 0.05 + 5e-7 * stated.abs()).to_numpy()


def _national_level(table: pd.DataFrame, substance: str, file: str) -> list[Problem]:
    """Check that the nation's total is in tonnes, and does not double from one data year to the next."""
    if _NATIONAL_TOTAL not in table.index:
        return []
    nation, problems = table.T[_NATIONAL_TOTAL], []
    low, high = SUBSTANCES[substance].nation_t
    for year, value, ratio in zip(nation.index, nation, nation / nation.shift(), strict=True):
        if not low <= value <= high:
            text = f"expected {low / 1e6:.0f}-{high / 1e6:.0f} million tonnes, got {value:,.0f}"
            text += "; another unit, or totals counted twice?"
        elif not YEARLY_CHANGE[0] <= ratio <= YEARLY_CHANGE[1] and ratio == ratio:
            text = f"the national total is {ratio:.2f} times that of the data year before"
            text += "; no such change has happened: compare with the source"
        else:
            continue
        problems.append(Problem(file, f"Alla, nation, {year}", text))
    return problems


def _check_sums(
    table: pd.DataFrame, file: str, *, places: Places, sectors: Sectors, known_gaps: Mapping[str, float]
) -> tuple[list[Problem], list[str]]:
    """Hold a complete table's totals against their parts: sectors, subsectors, counties, nation.

    ``known_gaps`` has, by main sector, the largest difference (t) between it and its subsectors that its
    source has; the sector itself adds up to the total there, so the sector is right.
    """
    level, names = [*_PAIR, "code"], {NATION: "nation", **places.counties, **places.names}

    def differences(stated: pd.DataFrame, parts: pd.DataFrame, of: str, advice: str = "") -> list[Problem]:
        """List where a stated value is not the sum of its parts; rows are named by their labels."""
        problems = []
        for row, at in zip(*np.nonzero(_differs(stated, parts)), strict=True):
            labels = [names.get(label, label) for label in (*stated.index[row], str(stated.columns[at]))]
            pair = (float(stated.to_numpy()[row, at]), float(parts.to_numpy()[row, at]))
            text = f"the file states {pair[0]:,.2f} t, the sum of its {of} is {pair[1]:,.2f} t"
            text += f"; a value was changed or is missing: compare with the source{advice}"
            problems.append(Problem(file, ", ".join(labels), text))
        return capped(problems)

    is_total, inside = table.index.isin([TOTAL], "subsector"), [sector.name for sector in sectors.in_total]
    of_total = table[is_total & table.index.isin(inside, "sector")].rename(lambda _: TOTAL, level="sector")
    of_sectors = table[~is_total].rename(lambda _: TOTAL, level="subsector")
    parts = pd.concat([of_total, of_sectors]).groupby(level).sum()
    unstated = {*parts.index.difference(table.index).get_level_values("sector")}
    text = "expected rows with Undersektor 'Alla', the sector's total; fetch it again"
    problems = [Problem(file, name, text) for name in sorted(unstated)]
    lacking = sorted({*inside} - {*table.index.get_level_values("sector")})
    problems += [Problem(file, name, "a main sector without rows; fetch it again") for name in lacking]
    if problems:
        return problems, []
    stated = table.loc[parts.index]
    gap = (parts - stated).abs().max(axis="columns").groupby("sector").max()
    excused = [name for name, limit in known_gaps.items() if 0 < gap.get(name, 0.0) <= limit]
    text = "the subsectors miss the sector by up to {:,.0f} t in the source; use the sector"
    notes = [f"{name}: {text.format(gap[name])}" for name in sorted(excused)]
    stated, parts = (frame[~frame.index.isin(excused, "sector")] for frame in (stated, parts))
    advice = "; if a sector's subsectors are so there, name it in known_gaps in params/sectors.yml"
    problems = differences(stated, parts, "sectors or subsectors", advice)

    home = {**{code: code[:2] for code in places.names}, **dict.fromkeys(places.counties, NATION)}
    of_places = table[table.index.isin([*home], "code")].rename(index=home, level="code")
    parts = of_places.groupby(level).sum()
    stated = table.loc[parts.index]
    at_sea = (stated > parts).mul(stated.index.isin([NATION], "code"), axis="index")
    problems += differences(stated.mask(at_sea, parts), parts, "municipalities or counties")
    share = (1 - parts / stated).T[_NATIONAL_TOTAL]
    for year, missing in share[share > OFFSHORE_SHARE].items():
        text = f"the counties add up to {missing:.2%} less than the nation (usual 0.3-0.8 %, limit "
        problems.append(Problem(file, f"Alla, nation, {year}", f"{text}{OFFSHORE_SHARE:.0%})"))
    notes.append(f"the municipalities add up to {share.min():.2%}-{share.max():.2%} less than the nation")
    return problems, notes
