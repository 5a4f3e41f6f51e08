"""What kind a file is, by its content, and the readers of Statistics Sweden's (SCB) files.

SCB's population comes in five forms (two workbooks, and PxWeb's JSON, CSV and json-stat2), which are all
held against the same sums; its list of municipality codes is read too. What a file is called decides nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from klimatlib.config import Sectors
from klimatlib.errors import InputError, Problem, pluralise
from klimatlib.sources.emissions_database import label_row, read_emissions
from klimatlib.sources.files import (
    Cell,
    Fault,
    Grid,
    capped,
    clean,
    decode,
    duplicate_headings,
    is_blank,
    is_workbook,
    looks_like_json,
    ragged,
    read_json,
    read_numbers,
    read_table,
    read_workbook,
    shown,
    values_without_heading,
    year_of,
)
from klimatlib.sources.tables import MUNICIPALITIES, NATION, Places, Reading, county_key, refuse

PUBLISHER = "SCB"
KINDS: Mapping[str, str] = {
    "emissions-export": "export of the emissions database (.xlsx or .csv)",
    "population-workbook": "SCB's population of the municipalities since 1950",
    "population-table": "SCB's yearly population of nation, counties and municipalities",
    "pxweb-json": "population from SCB's database as JSON",
    "pxweb-csv": "population from SCB's database as CSV",
    "json-stat2": "population from SCB's database as json-stat2",
    "municipality-codes": "SCB's list of municipality codes",
    "survey-answers": "export of a survey, one row a member",
    "survey-counts": "survey counts (question_id, k, n)",
    "members": "register of members",
    "goals": "goals and results",
    "facts": "facts of the year (YAML with 'activities')",
}
"""Kinds of files that klimatlib knows."""
Reader = Callable[[bytes, str], Reading]

INHABITANTS = (500, 2_000_000)
"""Bounds of one municipality's inhabitants (2 400 to 990 000 since 1990)."""
SWEDEN = (6_900_000, 13_000_000)
"""Bounds of the whole country's inhabitants (7.0 million in 1950, 10.6 in 2023)."""
CHANGE_A_YEAR, CHANGE_A_YEAR_BEFORE_1990 = 1.15, 1.60
"""Largest change a year, up or down (0.958-1.082 in SCB's back-cast series, 0.888-1.504 before 1990)."""
MAX_VALUES = 2_000_000
_ALL_OF_SWEDEN = 280  # municipalities; a smaller world is not held against the country's inhabitants
_CODE_COLUMNS = list(MUNICIPALITIES.schema.columns)
_OWN_COLUMNS = {  # of the project's own tables
    "survey-counts": {"question_id", "k", "n"},
    "members": {"code", "name", "kind", "joined", "left", "status"},
    "goals": {"id", "channel", "metric", "label", "goal_min"},
}
_QUESTION_LENGTH, _NAME_LENGTH = 20, 40  # a heading of a survey is a question from, a name below
_NAME = re.compile("[A-ZÅÄÖa-zåäöéü]+(?:[ -][A-ZÅÄÖa-zåäöéü]+)*")
_SINGLE = "choose the table of region and year with Folkmängd alone (no sex, age or change)"


def recognise(data: bytes, file: str, *, quote: bool = True) -> str:
    """Tell the kind of a file by its content; one of `KINDS`.

    Parameters
    ----------
    data, file
        The file's bytes, and its name in messages, which decides nothing.
    quote
        Whether the message may quote what the file begins with: not where that may be members' answers.

    Raises
    ------
    InputError
        Unknown content; the message lists what klimatlib knows and what it saw first.
    """
    kind: str | None = None
    if is_workbook(data) or not data:
        grids = read_workbook(data, file)
        kind = _kind_of_grids(grids)
        seen = "sheets " + ", ".join(f"'{shown(grid.name, 20)}'" for grid in grids[:3])
        if quote:
            cells = [cell for grid in grids for row in grid.rows[:20] for cell in row if not is_blank(cell)]
            seen += f" beginning with '{shown(', '.join(map(clean, cells[:4])), 60)}'"
    elif looks_like_json(data):
        content = read_json(data, file)
        seen = "JSON with a list" if isinstance(content, list) else "JSON with a single value"
        if isinstance(content, dict):
            seen = f"JSON with the keys {shown(', '.join(map(str, content)), 60)}"
            forms = {"json-stat2": {"id", "size", "dimension", "value"}, "pxweb-json": {"columns", "data"}}
            kind = next((kind for kind, keys in forms.items() if keys <= set(content)), None)
    else:
        text = decode(data, file)
        lines = text.strip().splitlines() or [""]
        seen = f"'{shown(lines[0], 60)}'" if quote else f"a text of {pluralise(len(lines), 'line')}"
        kind = "facts" if _is_facts(text) else _kind_of_grids([read_table(data, file)])
    if kind is None:
        text = f"unknown content, {seen}; expected one of: {', '.join(KINDS)}"
        raise InputError([Problem(file, "", text)])
    return kind


def read_any(
    data: bytes, file: str, *, places: Places, sectors: Sectors, readers: Mapping[str, Reader] | None = None
) -> Reading:
    """Read a file of any known kind.

    Parameters
    ----------
    data, file
        The file's bytes, and its name in messages.
    places, sectors
        The municipalities that exist, and the sectors of the emissions database.
    readers
        Kind to reader, for the project's own kinds, or in place of a reader here.

    Raises
    ------
    InputError
        As `recognise`; as the kind's reader; or a kind that has no reader here.
    """
    readers = readers or {}
    kind = recognise(data, file, quote="survey-answers" not in readers)
    if kind in readers:
        return readers[kind](data, file)
    if kind == "emissions-export":
        return read_emissions(data, file, places=places, sectors=sectors)
    if kind in ("population-workbook", "population-table", "pxweb-json", "pxweb-csv", "json-stat2"):
        return read_population(data, file, places=places)
    if kind == "municipality-codes":
        return read_municipality_codes(data, file)
    text = f"{kind} ({KINDS[kind]}) is no statistics file; it belongs in data/<year>/"
    raise InputError([Problem(file, "", text)])


def _kind_of_grids(grids: list[Grid]) -> str | None:
    """Kind of a workbook or table by its headings; None if unknown."""
    if any(label_row(grid) is not None for grid in grids):
        return "emissions-export"
    for kind in _HEADINGS:
        if any(_heading_row(grid, kind) is not None for grid in grids):
            return kind
    for grid in grids:
        first = next((row for row in grid.rows if not all(map(is_blank, row))), [])
        heads = [clean(cell).casefold() for cell in first if not is_blank(cell)]
        for kind, columns in _OWN_COLUMNS.items():
            if columns <= set(heads):
                return kind
        questions = [head for head in heads[1:] if len(head) >= _QUESTION_LENGTH and " " in head]
        names = [head for head in heads if len(head) < _NAME_LENGTH and not head.endswith("?")]
        of_members = any(word in head for head in names for word in ("kommun", "medlem"))
        if of_members and questions and len(questions) * 2 >= len(heads) - 1:
            return "survey-answers"
    return None


_HEADINGS: Mapping[str, Callable[[list[str]], bool]] = {  # texts of a heading row, of each kind
    "population-table": lambda heads: {"kommun", "kommunnamn", "folkmängd"} <= set(heads),
    "population-workbook": lambda heads: "kommun" in heads and sum(map(bool, map(year_of, heads))) > 1,
    "pxweb-csv": lambda heads: (
        heads[:1] == ["region"] and any(re.fullmatch(r"folkmängd \d{4}", head) for head in heads[1:])
    ),
    "municipality-codes": lambda heads: [head for head in heads if head] in (["kod", "namn"], _CODE_COLUMNS),
}


def _heading_row(grid: Grid, kind: str) -> int | None:
    """Find the first row with a kind's headings, among the first 40; None if there is none."""
    rows = enumerate(grid.rows[:40])
    return next((n for n, row in rows if _HEADINGS[kind]([clean(cell).casefold() for cell in row])), None)


def _is_facts(text: str) -> bool:
    """Whether a text is a YAML mapping with a key "activities" on its own line."""
    if not any(line.startswith("activities:") for line in text.splitlines()):
        return False
    try:
        return isinstance(yaml.compose(text, Loader=yaml.SafeLoader), yaml.MappingNode)
    except (yaml.YAMLError, RecursionError):
        return False


@dataclass
class _Population:
    """A population table as read: still with counties and nation, NaN where the source has ``..``.

    ``frame`` has ``code`` ("0000" nation, two digits county, four municipality), ``year`` and ``value``;
    ``complete`` forms have every municipality.
    """

    kind: str
    frame: pd.DataFrame
    vintage: str | None
    notes: list[str]
    complete: bool


def read_population(data: bytes, file: str, *, places: Places) -> Reading:
    """Read inhabitants on 31 December by municipality and year, from any of SCB's five forms.

    The forms are the workbook of the municipalities since 1950, the yearly workbook of riket, län and
    kommuner, and PxWeb's JSON, CSV and json-stat2.

    Parameters
    ----------
    data, file
        The file's bytes, and its name in messages.
    places
        The municipalities. A workbook must have them all; a PxWeb table is a selection.

    Returns
    -------
    Reading
        ``municipality_code`` (text), ``year`` (int64), ``population`` (int64, persons), sorted. "0000" is
        the nation: as stated, or the sum where a year has all municipalities. Missing values (``..``)
        have no row and are listed in the notes.

    Raises
    ------
    InputError
        Not a population table, unknown places, cells that are no whole numbers, sums of counties or nation
        that do not hold, changes that no municipality has had.
    """
    if is_workbook(data):
        read = _read_workbook(read_workbook(data, file), file, places)
    elif looks_like_json(data):
        content = read_json(data, file)
        form, parts = _read_pxweb_json, "PxWeb's JSON with 'columns' and 'data'"
        if isinstance(content, dict) and "dimension" in content:
            form, parts = _read_json_stat, "json-stat2 with id, size, dimension and value"
        try:
            read = form(content, file, places)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
            raise InputError([Problem(file, "", f"expected {parts}, got another structure")]) from None
    else:
        read = _read_pxweb_csv(read_table(data, file), file, places)
    wide = _checked(read, places, file)
    notes = list(read.notes)
    gaps = [f"{code} {year}" for code, row in wide.iterrows() for year in row.index[row.isna()]]
    if gaps:
        some = ", ".join(gaps[:12]) + (f" and {len(gaps) - 12} more" if len(gaps) > 12 else "")
        notes.append(f"{len(gaps)} values are missing in the source and have no row: {some}")
    is_county = wide.index.str.len() == 2
    if is_county.any():
        notes.append(f"{is_county.sum()} county rows checked and dropped")
        wide = wide[~is_county]
    if NATION not in wide.index and set(places.names) <= set(wide.index):
        nation = wide.loc[list(places.names)].sum(skipna=False)
        wide = pd.concat([nation.to_frame(NATION).T, wide])
        notes.append(f"{NATION} is the sum of the {len(places.names)} municipalities")
    key = ["municipality_code", "year"]
    tidy = wide.rename_axis(key[0]).reset_index().melt(key[0], var_name="year", value_name="population")
    types = {"municipality_code": "str", "year": "int64", "population": "int64"}
    frame = tidy.dropna().astype(types).sort_values(key, ignore_index=True)
    return Reading(read.kind, frame, file, PUBLISHER, None, "persons", read.vintage, tuple(notes))


def _checked(read: _Population, places: Places, file: str) -> pd.DataFrame:
    """Return persons by code and year, where all that can be checked within one file holds."""
    if read.frame.empty:
        raise InputError([Problem(file, "", "no rows with numbers under the headings; fetch the file again")])
    keys = read.frame.loc[read.frame.duplicated(["code", "year"]), ["code", "year"]]
    if len(keys):
        text = "duplicate entry; remove one"
        twice = [Problem(file, f"{code}, {year}", text) for code, year in keys.itertuples(index=False)]
        raise InputError(capped(twice))
    wide = read.frame.pivot(index="code", columns="year", values="value").astype(float)
    problems = []
    for code, year, value in read.frame.dropna()[["code", "year", "value"]].itertuples(index=False):
        low, high = INHABITANTS if len(code) == 4 and code != NATION else (INHABITANTS[0], 20_000_000)
        if not value.is_integer() or not low <= value <= high:
            text = f"expected a whole number of persons from {low} to {high}, got {value:.12g}"
            problems.append(Problem(file, f"{code}, {year}", text))
    problems = capped(problems)
    lacking = [f"{code} {name}" for code, name in places.names.items() if code not in wide.index]
    if read.complete and lacking:
        some = ", ".join(lacking[:4]) + (" …" if len(lacking) > 4 else "")
        text = f"expected {len(places.names)} municipalities, {len(lacking)} are missing: {some}"
        problems.append(Problem(file, "", text))
    refuse(problems)
    problems = sums(wide, places, file)
    if len(places.names) >= _ALL_OF_SWEDEN and not lacking:  # counted twice, or in another unit
        expected = f"expected {SWEDEN[0]} to {SWEDEN[1]} persons in all municipalities together"
        totals = wide.loc[list(places.names)].sum(skipna=False).dropna()
        wrong = totals[~totals.between(*SWEDEN)]
        problems += capped([Problem(file, str(y), f"{expected}, got {t:.0f}") for y, t in wrong.items()])
    problems += changes(wide, file)
    refuse(problems)
    return wide


def sums(wide: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Check that a county is the sum of its municipalities, the nation that of all, to the person.

    Parameters
    ----------
    wide
        Persons by place code (rows) and year (columns).
    places, file
        The municipalities and counties that exist, and the file's name in messages.
    """
    problems = []
    groups = {code: places.members_of(code) for code in places.counties} | {NATION: tuple(places.names)}
    for code, members in groups.items():
        if not {code, *members} <= set(wide.index):
            continue
        parts = wide.loc[list(members)].sum(skipna=False)
        for year, stated, total in zip(wide.columns, wide.loc[code], parts, strict=True):
            if abs(stated - total) > 0:  # false where either is missing
                text = f"the file states {stated:.0f}, its municipalities add up to {total:.0f}"
                problems.append(Problem(file, f"{code}, {year}", text))
    return capped(problems)


def changes(wide: pd.DataFrame, file: str) -> list[Problem]:
    """Check that no municipality grows or shrinks faster than ever seen; arguments as of `sums`."""
    problems = []
    for code, row in zip(wide.index, wide.to_numpy(dtype=float), strict=True):
        series = [(int(year), value) for year, value in zip(wide.columns, row, strict=True) if value == value]
        for (before, old), (after, new) in itertools.pairwise(series):
            early = max(min(after, 1990) - before, 0)  # years before 1990
            limit = min(CHANGE_A_YEAR_BEFORE_1990**early * CHANGE_A_YEAR ** (after - before - early), 3.0)
            if max(new / old, old / new) > limit:
                change = f"{new:.0f} persons are {new / old:.2f} times the {old:.0f} of {before}"
                problems.append(Problem(file, f"{code}, {after}", f"{change}; compare with the source"))
    return capped(problems)


def _read_workbook(grids: list[Grid], file: str, places: Places) -> _Population:
    """Read whichever of the two workbooks this is: find its sheet, its data rows, and what they are of."""
    tables = {
        kind: [(grid, row) for grid in grids if (row := _heading_row(grid, kind)) is not None]
        for kind in ("population-workbook", "population-table")
    }
    exports = [*itertools.chain.from_iterable(tables.values())]
    usual = "Tabell" if tables["population-workbook"] else "Totalt"
    chosen = [item for item in exports if item[0].name == usual] if len(exports) > 1 else exports
    if len(chosen) != 1:
        names = ", ".join(f"'{shown(grid.name, 30)}'" for grid in grids[:6])
        text = "expected SCB's population table (headings Kommun and years, or Kommun, Kommunnamn, Folkmängd)"
        text = f"{text}; none in the sheets {names}"
        if exports:
            text = f"{len(exports)} sheets look like a population table ({names}); keep one"
        raise InputError([Problem(file, "", text)])
    grid, row = chosen[0]
    kind = "population-workbook" if chosen[0] in tables["population-workbook"] else "population-table"
    find = _series_columns if kind == "population-workbook" else _table_columns
    last_heading, labels, columns, problems = find(grid, row, file)

    used = [n for n in range(last_heading + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[n]))]
    rows = [n for n in used if any(isinstance(c, int | float | Fault) for c in _at(grid.rows[n], columns))]
    last, of_data = rows[-1] if rows else row, {*rows}
    odd = []
    for number in used:
        cells = _at(grid.rows[number], labels)
        if number in of_data and all(map(is_blank, cells)):
            text = "numbers without a name; name the row, or delete it"
            odd.append(Problem(file, grid.where(number), text))
        elif number < last and number not in of_data:
            text = f"expected numbers, got none: '{shown(clean(cells[0]), 40)}'"
            odd.append(Problem(file, grid.where(number), text))
    problems += capped(odd)
    if kind == "population-workbook":
        headed = {*labels, *columns}
        problems += values_without_heading(grid, row, rows, headed, file)
    codes, unknown = [], []
    for number in rows:
        cells = _at(grid.rows[number], labels)
        if kind == "population-workbook":
            match = places.exact(clean(cells[0]))
            code, text = match.code, match.problem
        else:
            code, text = region_code(cells[0], clean(cells[1]), places)
        codes.append(code)
        unknown += [Problem(file, grid.where(number, labels[0]), text)] if text else []
    numbers = read_numbers(grid, rows, list(columns), file)
    problems += capped(unknown) + numbers.problems
    refuse(problems)
    values = pd.DataFrame(numbers.values, columns=list(columns.values())).assign(code=codes)
    frame = values.melt(id_vars="code", var_name="year")
    comments = [number for number in used if number > last]
    notes = [f"{len(comments)} rows of comments dropped"] if comments else []
    if kind == "population-workbook":
        notes.append("no county or national rows: single values have no control total")
    return _Population(kind, frame, None, notes, complete=True)


def _at(row: list[Cell], columns: Any) -> list[Cell]:
    """Cells of a row in some columns; blank beyond its end."""
    return [row[column] if column < len(row) else "" for column in columns]


_Columns = tuple[int, list[int], dict[int, int], list[Problem]]
"""Last heading row, columns of the labels, column -> year, problems."""


def _series_columns(grid: Grid, row: int, file: str) -> _Columns:
    """Headings of the workbook since 1950: names without codes, and every year of the title to the right."""
    title = _title(grid, row, r"folkmängden i sveriges kommuner ((?:19|20)\d\d)\s*[-–]\s*((?:19|20)\d\d)",
                   "Folkmängden i Sveriges kommuner 1950-2022", file)  # fmt: skip
    columns = {column: year for column, cell in enumerate(grid.rows[row]) if (year := year_of(cell))}
    years, expected = list(columns.values()), list(range(int(title[1]), int(title[2]) + 1))
    problems = []
    if years != expected:
        lacking = [year for year in expected if year not in years]
        extra = [year for year in dict.fromkeys(years) if year not in expected or years.count(year) > 1]
        both = {"missing": lacking, "too much": extra}
        slips = [f"{kind} {', '.join(map(str, slip[:8]))}" for kind, slip in both.items() if slip]
        text = f"expected each year {expected[0]}-{expected[-1]} once, as in the title"
        text += f"; {'; '.join(slips) or 'they are not in order'}"
        problems.append(Problem(file, grid.where(row), text))
    heads = [clean(cell).casefold() for cell in grid.rows[row]]
    return row, [heads.index("kommun")], columns, problems


def _table_columns(grid: Grid, row: int, file: str) -> _Columns:
    """Headings of the yearly workbook: codes as text, names, and the one year of the title."""
    title = _title(grid, row, r"folkmängd i riket, län och kommuner 31 december .*?((?:19|20)\d\d)\. totalt",
                   "Folkmängd i riket, län och kommuner 31 december … 2023. Totalt", file)  # fmt: skip
    year = int(title[1])
    texts = [clean(cell) for cells in grid.rows[:row] for cell in cells if isinstance(cell, str)]
    divisions = {int(y) for text in texts for y in re.findall(r"indelningen (\d{4})-01-01", text)}
    if not divisions or not divisions <= {year, year + 1}:
        listed = ", ".join(map(str, sorted(divisions))) or "none"
        text = f"the title is of {year}, so the division must be of {year} or {year + 1}, found {listed}"
        where = f"sheet '{shown(grid.name, 40)}'"
        raise InputError([Problem(file, where, f"{text}; fetch the table of one year")])
    heads = [clean(cell).casefold() for cell in grid.rows[row]]
    names = ("kommun", "kommunnamn", "folkmängd")
    problems = duplicate_headings(grid, row, names, file)
    code_column, name_column, column = (heads.index(name) for name in names)
    labels = [code_column, name_column]
    while row + 1 < len(grid.rows) and not all(map(is_blank, grid.rows[row + 1])):
        below = [clean(cell).casefold() for cell in _at(grid.rows[row + 1], labels)]
        if below not in (["län", "länsnamn"], ["", ""]):  # a place's code or name: no heading any more
            break
        row += 1
    return row, labels, {column: year}, problems


def _title(grid: Grid, row: int, pattern: str, expected: str, file: str) -> re.Match[str]:
    """Find the title above the headings; it tells the years, which the headings must agree with."""
    for cell in itertools.chain.from_iterable(grid.rows[:row]):
        if title := re.search(pattern, clean(cell), re.IGNORECASE):
            return title
    text = f"expected the title '{expected}' above the headings"
    raise InputError([Problem(file, f"sheet '{shown(grid.name, 40)}'", text)])


def region_code(cell: Cell, name: str, places: Places) -> tuple[str, str]:
    """Code of a region as SCB writes it, checked against its name; or the problem.

    Parameters
    ----------
    cell
        The code: text of two or four digits, "00" or blank for the nation.
    name
        The name beside it; empty if the table has none.
    places
        The municipalities and counties that exist.
    """
    if not isinstance(cell, str):
        got = cell.text if isinstance(cell, Fault) else f"the number {cell!r}"
        text = f"expected a code as text such as '0114', got {got}; format the column as text and retype it"
        return "", text
    code = cell.strip()
    if code in ("00", "") and name.casefold() in ("riket", "hela riket", "sverige", "" if code else "riket"):
        return NATION, ""
    official = places.counties.get(code) or places.names.get(code)
    if official is None:
        hint = "expected one of Statistics Sweden's, and no row of sums"
        if name and (right := places.exact(name).code):
            hint = f"{shown(name, 30)} is {right}"
        return "", f"unknown code '{shown(code, 20)}'; {hint}"
    is_county = code in places.counties
    same = county_key(name) == county_key(official) if is_county else places.exact(name).code == code
    if name and not same:
        return "", f"the code {code} is {official}, but the name beside it is '{shown(name, 30)}'; fix it"
    return code, ""


Row = tuple[str, str, str, str, Any]
"""Where it stands, code, name (may be empty), year, value: as PxWeb writes it."""


def _read_pxweb_json(content: Any, file: str, places: Places) -> _Population:
    """Read PxWeb's JSON: columns with codes, then key and values a row, all of them text.

    What is not where it should be raises whatever it raises.
    """
    columns, data = content["columns"], content["data"]
    keys = [str(column.get("code")) for column in columns if column.get("type") != "c"]
    contents = [str(column.get("text")) for column in columns if column.get("type") == "c"]
    if sorted(keys) != ["Region", "Tid"] or [clean(text).casefold() for text in contents] != ["folkmängd"]:
        got = shown(", ".join([*keys, *contents]), 80)
        text = f"expected Region, Tid and Folkmängd, got {got}; {_SINGLE}"
        raise InputError([Problem(file, "columns", text)])
    rows: list[Row] = []
    problems = []
    for number, item in enumerate(data, 1):
        match item:
            case {"key": [str(), str()] as key, "values": [str(value)]}:
                rows.append((f"data {number}", key[keys.index("Region")], "", key[keys.index("Tid")], value))
            case _:
                text = "expected a key of region and year and one value as text"
                problems.append(Problem(file, f"data {number}", text))
    metadata = content.get("metadata") or [{}]
    return _population("pxweb-json", rows, problems, file, metadata[0].get("updated"), places)


def _read_json_stat(content: Any, file: str, places: Places) -> _Population:
    """Read json-stat2: values in row-major order of the dimensions; as `_read_pxweb_json`."""

    def refuse_unless(holds: bool, where: str, text: str) -> None:
        if not holds:
            raise InputError([Problem(file, where, text)])

    names = [str(name) for name in content["id"]]
    sizes = [int(size) for size in content["size"]]
    categories = {name.casefold(): content["dimension"][name]["category"] for name in names}
    expected = f"expected Region, Tid and one ContentsCode, got {shown(', '.join(names), 80)}; {_SINGLE}"
    shaped = sorted(categories) == ["contentscode", "region", "tid"] and len(sizes) == len(names) == 3
    refuse_unless(shaped and sizes[[*categories].index("contentscode")] == 1, "id", expected)
    labels = [clean(str(text)) for text in categories["contentscode"].get("label", {}).values()]
    units = [str(unit.get("base", "")) for unit in categories["contentscode"].get("unit", {}).values()]
    persons = {*units} <= {"antal", "personer", "persons", "number"}
    refuse_unless([text.casefold() for text in labels] == ["folkmängd"] and persons, "ContentsCode",
                  f"expected Folkmängd in persons, got {shown(', '.join(labels + units), 80)}")  # fmt: skip
    orders = [_category_codes(category) for category in categories.values()]
    lengths, total = [len(order) for order in orders], sizes[0] * sizes[1] * sizes[2]
    fits = f"the sizes {sizes} do not fit the categories {lengths}"
    refuse_unless(lengths == sizes and 0 < total <= MAX_VALUES, "size", fits)
    cells = content["value"]
    count = len(cells) if isinstance(cells, list | dict) else "none"
    shape = " x ".join(map(str, sizes))
    expected = f"expected {total} values in a list ({shape}), got {count}"
    refuse_unless(isinstance(cells, list) and count == total, "value", expected)

    region_labels = categories["region"].get("label", {})
    rows: list[Row] = []
    for number, (codes, value) in enumerate(zip(itertools.product(*orders), cells, strict=True), 1):
        code_of = dict(zip(categories, codes, strict=True))
        region = code_of["region"]
        rows.append((f"value {number}", region, str(region_labels.get(region, "")), code_of["tid"], value))
    status = content.get("status") or {}
    refuse_unless(isinstance(status, dict), "status", "expected an object of value number to sign")
    marked = {int(at) for at, sign in status.items() if str(at).isdigit() and not str(sign).strip(". ")}
    wrong = [at + 1 for at, value in enumerate(cells) if (value is None) != (at in marked)]
    text = "null and the status '..' must go together; fetch the table again"
    problems = [Problem(file, f"value {number}", text) for number in wrong]
    return _population("json-stat2", rows, problems, file, content.get("updated"), places)


def _category_codes(category: dict[str, Any]) -> list[str]:
    """Codes of a dimension in order; the index is a list, or an object of code to place."""
    index = category.get("index", list(category.get("label", {})))
    if isinstance(index, list):
        return [str(code) for code in index]
    if sorted(index.values()) != list(range(len(index))):
        raise ValueError("index")
    return sorted(index, key=lambda code: int(index[code]))


def _read_pxweb_csv(grid: Grid, file: str, places: Places) -> _Population:
    """Read PxWeb's CSV: "0114 Upplands Väsby", then one column a year."""
    row = _heading_row(grid, "pxweb-csv")
    if row is None:
        got = shown(", ".join(map(clean, grid.rows[0])), 80) if grid.rows else ""
        text = 'expected PxWeb\'s CSV with the headings "region", "Folkmängd 2021" …'
        raise InputError([Problem(file, "", f"{text}, got '{got}'")])
    heads = [clean(cell) for cell in grid.rows[row]]
    matches = [re.fullmatch(r"folkmängd (\d{4})", head.casefold()) for head in heads]
    years = [year_of(match[1]) if match else None for match in matches]
    problems = []
    for column, (head, year) in enumerate(zip(heads, years, strict=True)):
        if column and year is None:
            text = f"expected 'Folkmängd' and a year, got '{shown(head, 40)}'; {_SINGLE}"
            problems.append(Problem(file, grid.where(row, column), text))
    used = [n for n in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[n]))]
    problems += ragged(grid, used, len(heads), file)
    if not problems and years[1:] != sorted({year for year in years if year}):
        problems = [Problem(file, grid.where(row), "expected each year once, in ascending order")]
    refuse(capped(problems))
    rows: list[Row] = []
    for number in used:
        code, _, name = clean(grid.rows[number][0]).partition(" ")
        for column in range(1, len(heads)):
            cell = grid.rows[number][column]
            rows.append((grid.where(number, column), code, name, str(years[column]), cell))
    return _population("pxweb-csv", rows, [], file, None, places)


def _population(
    kind: str, rows: list[Row], problems: list[Problem], file: str, updated: Any, places: Places
) -> _Population:
    """Turn rows of PxWeb into the common table; no unknown code and nothing that is no number passes."""
    problems = capped(problems)
    if not rows and not problems:
        raise InputError([Problem(file, "", "the table has no rows; fetch it again")])
    frame = pd.DataFrame(rows, columns=["where", "code", "name", "year", "value"], dtype=object)
    wrong = []
    regions = {}
    for where, code, name in frame.drop_duplicates(["code", "name"])[["where", "code", "name"]].to_numpy():
        regions[code, name], text = region_code(code, name, places)
        wrong += [Problem(file, where, text)] if text else []
    values, years = [*map(whole_number, frame["value"])], [*map(year_of, frame["year"])]
    for (where, _, _, year, cell), value, number in zip(rows, values, years, strict=True):
        if value is None or number is None:
            got = f"'{shown(cell, 30)}' for '{shown(year, 20)}'"
            wrong.append(Problem(file, where, f"expected a whole number of persons and a year, got {got}"))
    if wrong or problems:
        raise InputError([*problems, *capped(wrong)])
    codes = [regions[code, name] for _, code, name, _, _ in rows]
    date = re.match(r"20\d\d-\d\d-\d\d", str(updated))
    table = pd.DataFrame({"code": codes, "year": years, "value": values})
    return _Population(kind, table, date[0] if date else None, [], complete=False)


def whole_number(cell: object) -> float | None:
    """Read a number of persons as PxWeb writes it; NaN for its signs of missing, None if it is neither.

    >>> whole_number("35963"), whole_number("12.5")
    (35963.0, None)
    """
    if cell is None or (isinstance(cell, str) and re.fullmatch(r"\.{1,3}|-|–", cell.strip())):
        return float("nan")
    if isinstance(cell, str) and re.fullmatch(r"[0-9]{1,9}", cell.strip()):
        return float(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1e9 and cell == int(cell):
        return float(cell)
    return None


def read_municipality_codes(data: bytes, file: str) -> Reading:
    """Read SCB's list of counties and municipalities with their codes.

    Parameters
    ----------
    data, file
        The bytes of SCB's workbook or of the project's own table as CSV, and the file's name in messages.

    Returns
    -------
    Reading
        ``municipality_code``, ``municipality``, ``county_code``, ``county``: all text, sorted by code.

    Raises
    ------
    InputError
        Codes that are numbers, stand twice, or belong to no county of the list.
    """
    grids = read_workbook(data, file) if is_workbook(data) else [read_table(data, file)]
    lists = [(grid, row) for grid in grids if (row := _heading_row(grid, "municipality-codes")) is not None]
    if len(lists) != 1:
        heads = f"headings Kod and Namn, or {', '.join(_CODE_COLUMNS)}"
        raise InputError([Problem(file, "", f"expected one list of codes ({heads}), found {len(lists)}")])
    grid, row = lists[0]
    if clean(grid.rows[row][0]).casefold() == _CODE_COLUMNS[0]:
        used = [n for n in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[n]))]
        refuse(capped(ragged(grid, used, len(_CODE_COLUMNS), file)))
        rows = [[clean(cell) for cell in grid.rows[n]] for n in used]
    else:
        rows = _code_list(grid, row, file)
    frame = pd.DataFrame(rows, columns=_CODE_COLUMNS, dtype="str")
    frame = frame.sort_values("municipality_code", ignore_index=True)
    odd = [name for name in [*frame["municipality"], *frame["county"]] if not _NAME.fullmatch(name)]
    text = "no codes under the headings" if frame.empty else ""
    text = f"expected a name in Swedish letters, got '{shown(odd[0], 30)}'" if odd else text
    refuse([Problem(file, "", f"{text}; fetch the file again")] if text else [])
    Places.from_frame(frame, file=file)
    note = f"{len(frame)} municipalities in {frame['county_code'].nunique()} counties"
    return Reading("municipality-codes", frame, file, PUBLISHER, None, None, None, (note,))


def _code_list(grid: Grid, row: int, file: str) -> list[list[str]]:
    """Read SCB's list: counties with two digits, municipalities with four, one below the other."""
    code_column, name_column = (column for column, cell in enumerate(grid.rows[row]) if not is_blank(cell))
    names: dict[int, dict[str, str]] = {2: {}, 4: {}}
    problems: list[Problem] = []
    for number in range(row + 1, len(grid.rows)):
        code_cell, name = grid.rows[number][code_column], clean(grid.rows[number][name_column])
        code = clean(code_cell)
        if (not code and not name) or (code, name) == ("Code", "Name"):
            continue
        where = grid.where(number, code_column)
        names_of_kind = names.get(len(code)) if code.isascii() and code.isdigit() else None
        if names_of_kind is None or not isinstance(code_cell, str) or not name:
            got = f"{shown(repr(code_cell), 30)}, '{shown(name, 30)}'"
            text = f"expected a code of two or four digits as text and a name, got {got}"
            problems.append(Problem(file, where, text))
        elif code in names_of_kind:
            problems.append(Problem(file, where, f"duplicate entry, the code {code}; remove one"))
        else:
            names_of_kind[code] = name
    counties, municipalities = names[2], names[4]
    problems += [
        Problem(file, "", f"county {code} has no name or no municipality; fetch the list again")
        for code in sorted({code[:2] for code in municipalities} ^ set(counties))
    ]
    refuse(capped(problems))
    return [[code, name, code[:2], counties[code[:2]]] for code, name in municipalities.items()]
