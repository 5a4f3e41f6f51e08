"""What kind a file is, by its content, and the readers of Statistics Sweden's (SCB) files.

SCB's population comes in five forms (two workbooks, and PxWeb's JSON, CSV and json-stat2), which all become
the same cells and are held against the same sums. What a file is called decides nothing.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from klimatlib.config import Sectors
from klimatlib.errors import InputError, Problem, pluralise
from klimatlib.sources import files, tables
from klimatlib.sources.emissions_database import LABELS, read_emissions
from klimatlib.sources.files import Cell, Fault, Grid, capped, clean, heading_key, is_blank, shown, year_of
from klimatlib.sources.tables import MUNICIPALITIES, NATION, Places, Reading, refuse

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

INHABITANTS = (500, 3_000_000)  # of one municipality (2 400 to 990 000 since 1990)
SWEDEN = (6_900_000, 13_000_000)  # inhabitants of the whole country (7.0 million in 1950, 10.6 in 2023)
# Largest change a year, up or down (0.958-1.082 in SCB's back-cast series, 0.888-1.504 before 1990).
CHANGE_A_YEAR, CHANGE_A_YEAR_BEFORE_1990 = 1.15, 1.60
_NOISE, _NOISE_FROM = 10, 2025  # persons that a figure is altered by at most; the first data year of it
ALL_MUNICIPALITIES = 280  # municipalities; a smaller world is not held against the country's inhabitants
_HEADINGS: Mapping[str, tuple[str, ...]] = {  # by which a table is recognised: all in one row; in this order
    "emissions-export": LABELS,
    "population-table": ("kommun", "kommunnamn", "folkmängd"),
    "population-workbook": ("kommun", "<year>"),
    "municipality-codes": ("kod", "namn"),
    "survey-counts": ("question_id", "k", "n"),
    "members": ("code", "name", "kind", "joined", "left", "status"),
    "goals": ("id", "channel", "metric", "label", "goal_min"),
}
_PXWEB_CSV = tuple(  # how its columns are headed: by texts, by codes, or by both
    ("region", f"{contents} <year>") for contents in ("folkmängd", "be0101n1", "be0101n1 folkmängd")
)
_TITLE_YEAR = r"((?:19|20)\d\d)"
_WORKBOOKS = {  # kind -> usual name of the sheet, its title, an example of it
    "population-table": (
        ("totalt",),
        rf"folkmängd i riket, län och kommuner 31 december .*?{_TITLE_YEAR}\. totalt",
        "Folkmängd i riket, län och kommuner 31 december … 2023. Totalt",
    ),
    "population-workbook": (
        ("tabell",),
        rf"folkmängden i sveriges kommuner {_TITLE_YEAR}\s*[-–]\s*{_TITLE_YEAR}",
        "Folkmängden i Sveriges kommuner 1950-2022",
    ),
}
_OWN_CODES = tuple(MUNICIPALITIES.schema.columns)  # headings of the project's own list of codes
_KEYS: Mapping[str, tuple[str, ...]] = {  # of a JSON object
    "json-stat2": ("id", "size", "dimension", "value"),
    "pxweb-json": ("columns", "data"),
}
POPULATION_KINDS = (*_WORKBOOKS, "pxweb-csv", *_KEYS)
_QUESTION_LENGTH, _NAME_LENGTH = 20, 40  # a heading of a survey is a question from, a name below
_NAME = re.compile("[A-ZÅÄÖa-zåäöéü]+(?:[ -][A-ZÅÄÖa-zåäöéü]+)*")
_SINGLE = "choose the table of region and year with Folkmängd alone (no sex, age or change)"
_CellOf = tuple[str, Any, str, Any, Any]
"""A number of persons: where it stands, region code (None: the name tells), name or "", year, value."""


def recognise(data: bytes, file: str, *, quote: bool = True) -> str:
    """Tell the kind of a file by its content, one of `KINDS`; its name decides nothing.

    Raises
    ------
    InputError
        Unknown content. The message lists what klimatlib knows and what it saw first, and quotes that only
        with ``quote``: not where it may be members' answers.
    """
    if files.is_workbook(data):
        grids = files.read_workbook(data, file)
        kind = _kind_of(grids)
        seen = "sheets " + ", ".join(f"'{shown(grid.name, 20)}'" for grid in grids[:3])
        if quote:
            cells = [cell for grid in grids for row in grid.rows[:20] for cell in row if not is_blank(cell)]
            seen += f" beginning with '{shown(', '.join(map(clean, cells[:4])))}'"
    elif files.looks_like_json(data):
        content = files.read_json(data, file)
        keys = {*content} if isinstance(content, dict) else set()
        seen = f"JSON with the keys {shown(', '.join(content))}" if keys else "JSON with a list or a value"
        kind = next((kind for kind, needed in _KEYS.items() if {*needed} <= keys), None)
    else:
        text = files.decode(data, file)
        lines = text.strip().splitlines() or [""]
        seen = f"'{shown(lines[0])}'" if quote else f"a text of {pluralise(len(lines), 'line')}"
        is_facts = re.search(r"^activities:", text, re.MULTILINE)
        kind = "facts" if is_facts else _kind_of(files.read_grids(data, file))
    if kind is None:
        text = f"unknown content, {seen}; expected one of: {', '.join(KINDS)}"
        raise InputError([Problem(file, "", text)])
    return kind


def _kind_of(grids: list[Grid]) -> str | None:
    """Kind of a workbook or table by its headings; None if unknown."""
    pxweb = [("pxweb-csv", headings) for headings in _PXWEB_CSV]
    for kind, headings in (*_HEADINGS.items(), *pxweb, ("municipality-codes", _OWN_CODES)):
        if files.find_headings(grids, headings):
            return kind
    for grid in grids:
        heads = [head for row in grid.filled()[:1] for head in grid.headings(row) if head]
        questions = [head for head in heads[1:] if len(head) >= _QUESTION_LENGTH and " " in head]
        names = [head for head in heads if len(head) < _NAME_LENGTH and not head.endswith("?")]
        of_members = any(word in head for head in names for word in ("kommun", "medlem"))
        if of_members and questions and len(questions) * 2 >= len(heads) - 1:
            return "survey-answers"
    return None


def read_any(
    data: bytes, file: str, *, places: Places, sectors: Sectors, readers: Mapping[str, Reader] | None = None
) -> Reading:
    """Read a file of any known kind; ``readers`` are those of the project's own kinds, by kind.

    Raises
    ------
    InputError
        As `recognise`; as the kind's reader; or a kind that has no reader here.
    """
    known: dict[str, Reader] = {
        "emissions-export": partial(read_emissions, places=places, sectors=sectors),
        "municipality-codes": read_municipality_codes,
        **dict.fromkeys(POPULATION_KINDS, partial(read_population, places=places)),
        **(readers or {}),
    }
    kind = recognise(data, file, quote="survey-answers" not in known)
    if kind not in known:
        text = f"{kind} ({KINDS[kind]}) is no statistics file; it belongs in data/<year>/"
        raise InputError([Problem(file, "", text)])
    return known[kind](data, file)


def read_population(data: bytes, file: str, *, places: Places) -> Reading:
    """Read inhabitants on 31 December by municipality and year, from any of SCB's five forms.

    The forms are the workbook of the municipalities since 1950, the yearly workbook of riket, län and
    kommuner, and PxWeb's JSON, CSV and json-stat2. A workbook must have all ``places``, a PxWeb table is a
    selection.

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
    updated: Any = None
    if (kind := recognise(data, file)) not in POPULATION_KINDS:
        raise InputError([Problem(file, "", f"expected SCB's population, got: {KINDS[kind]}")])
    if kind in _KEYS:
        form = _json_stat_cells if kind == "json-stat2" else _pxweb_json_cells
        try:
            cells, updated = form(files.read_json(data, file), file)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
            text = f"expected {kind} with {', '.join(_KEYS[kind])}, got another structure"
            raise InputError([Problem(file, "", text)]) from None
    elif kind == "pxweb-csv":
        cells = _pxweb_csv_cells(files.read_grids(data, file), file)
    else:
        cells = _workbook_cells(files.read_grids(data, file), file, kind)
    wide = _persons(cells, places, file, complete=kind in _WORKBOOKS)
    notes = []
    if gaps := [f"{code} {year}" for code, row in wide.iterrows() for year in row.index[row.isna()]]:
        some = ", ".join(gaps[:12]) + (f" and {len(gaps) - 12} more" if len(gaps) > 12 else "")
        notes.append(f"{len(gaps)} values are missing in the source and have no row: {some}")
    is_county = wide.index.str.len() == 2
    if is_county.any():
        notes.append(f"{is_county.sum()} county rows checked and dropped")
        wide = wide[~is_county]
    elif NATION not in wide.index:
        notes.append("no county or national rows: single values have no control total")
    if NATION not in wide.index and {*places.names} <= {*wide.index}:
        wide.loc[NATION] = wide.loc[[*places.names]].sum(skipna=False)
        notes.append(f"{NATION} is the sum of the {len(places.names)} municipalities")
    types = {"municipality_code": "str", "year": "int64", "population": "int64"}
    long = wide.stack().dropna().sort_index().reset_index()
    frame = long.set_axis([*types], axis="columns").astype(types)
    date = re.match(r"20\d\d-\d\d-\d\d", str(updated))
    return Reading(kind, frame, file, PUBLISHER, None, "persons", date and date[0], tuple(notes))


def _persons(cells: list[_CellOf], places: Places, file: str, *, complete: bool) -> pd.DataFrame:
    """Return persons by place code and year, NaN where missing, if all holds that one file can tell."""
    places_named = {cell[1:3]: cell[0] for cell in reversed(cells)}  # with the first cell that names them
    regions = {named: _region_code(*named, places) for named in places_named}
    unknown = [Problem(file, places_named[named], text) for named, (_, text) in regions.items() if text]
    rows, wrong = [], []
    for where, region, name, year_cell, cell in cells:
        code, year, value = regions[region, name][0], year_of(year_cell), _whole_number(cell)
        high = INHABITANTS[1] if len(code) == 4 and code != NATION else 20_000_000
        text = ""
        if year is None:
            text = f"expected a year of 1900-2100, got '{shown(year_cell, 20)}'"
        elif value is None or (complete and value != value):
            text = files.not_a_number(cell, "a whole number of persons")
        elif not (value != value or INHABITANTS[0] <= value <= high):
            text = f"expected {INHABITANTS[0]} to {high} persons, got {value:.0f}"
        wrong += [Problem(file, where, text)] if text else []
        rows.append((code, year, value))
    if not rows:
        wrong = [Problem(file, "", "no rows with numbers under the headings; fetch the file again")]
    refuse([*capped(unknown), *capped(wrong)])
    frame = pd.DataFrame(rows, columns=["code", "year", "value"])
    twice = frame[frame.duplicated(["code", "year"])].drop_duplicates(["code", "year"])
    refuse(tables.problems_by_row(twice, file, "{0.code}, {0.year}", "duplicate entry; remove one"))
    wide = frame.pivot(index="code", columns="year", values="value").astype(float)
    lacking = [f"{code} {name}" for code, name in places.names.items() if code not in wide.index]
    if complete and lacking:
        some = ", ".join(lacking[:4]) + (" …" if len(lacking) > 4 else "")
        text = f"expected {len(places.names)} municipalities, {len(lacking)} are missing: {some}"
        raise InputError([Problem(file, "", text)])
    problems = [*sums(wide, places, file), *changes(wide, file)]
    if len(places.names) >= ALL_MUNICIPALITIES and not lacking:  # counted twice, or in another unit
        expected = f"expected {SWEDEN[0]} to {SWEDEN[1]} persons in all municipalities together"
        totals = wide.loc[[*places.names]].sum(skipna=False).dropna()
        odd = totals[~totals.between(*SWEDEN)].items()
        problems += capped([Problem(file, str(year), f"{expected}, got {total:.0f}") for year, total in odd])
    refuse(problems)
    return wide


def sums(wide: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Check that a county is the sum of its municipalities, the nation that of all; not less if some lack.

    To the person, but for the noise that SCB adds to each figure from data year 2025 on (Cell Key Method):
    the more figures, the more it can be. ``wide`` holds persons by place code (rows) and year (columns).
    """
    problems = []
    groups = {code: places.members_of(code) for code in places.counties} | {NATION: tuple(places.names)}
    for code, members in groups.items():
        inside = [member for member in members if member in wide.index]
        if code not in wide.index or not inside:
            continue
        both = pd.DataFrame({"stated": wide.loc[code], "total": wide.loc[inside].sum(skipna=False)})
        for year, stated, total in both.dropna().itertuples():
            noise = sum_noise(len(members), year)
            if total - stated > noise or (stated - total > noise and len(inside) == len(members)):
                text = f"the file states {stated:.0f}, its municipalities add up to {total:.0f}"
                problems.append(Problem(file, f"{code}, {year}", text))
    return capped(problems)


def sum_noise(figures: int, year: int) -> float:
    """Return by how many persons so many figures and their total may differ in a data year."""
    return _NOISE * math.sqrt(figures + 1) if year >= _NOISE_FROM else 0


def changes(wide: pd.DataFrame, file: str) -> list[Problem]:
    """Check that no municipality grows or shrinks faster than ever seen; arguments as of `sums`."""
    problems = []
    for code, row in wide.iterrows():
        series = [(int(year), value) for year, value in zip(wide.columns, row, strict=True) if value == value]
        for (before, old), (after, new) in itertools.pairwise(series):
            early = max(min(after, 1990) - before, 0)  # years before 1990
            limit = min(CHANGE_A_YEAR_BEFORE_1990**early * CHANGE_A_YEAR ** (after - before - early), 3.0)
            if max(new / old, old / new) > limit:
                change = f"{new:.0f} persons are {new / old:.2f} times the {old:.0f} of {before}"
                problems.append(Problem(file, f"{code}, {after}", f"{change}; compare with the source"))
    return capped(problems)


def _workbook_cells(grids: list[Grid], file: str, kind: str) -> list[_CellOf]:
    """Read the workbook of the municipalities over the years, or the yearly one with codes."""
    usual_sheet, pattern, title = _WORKBOOKS[kind]
    grid, top = files.find_table(grids, _HEADINGS[kind], file, "SCB's population", usual_sheet)
    heads, above = grid.headings(top), [clean(cell) for row in grid.rows[:top] for cell in row]
    years = next((match.groups() for text in above if (match := re.search(pattern, text, re.I))), None)
    if years is None:
        raise InputError([grid.problem(f"expected the title '{title}' above the headings")])
    is_series, start, last = kind == "population-workbook", int(years[0]), int(years[-1])
    years_of = {column: year for column, head in enumerate(heads) if (year := year_of(head))}
    columns = years_of if is_series else {heads.index("folkmängd"): last}
    labels = [heads.index(name) for name in _HEADINGS[kind][:2] if name in heads]
    divisions = {int(y) for text in above for y in re.findall(r"indelningen (\d{4})-01-01", text)}
    problems = []
    if not is_series and (not divisions or not divisions <= {last, last + 1}):
        listed = ", ".join(map(str, sorted(divisions))) or "none"
        text = f"the title is of {last}, so the division must be of {last} or {last + 1}, found {listed}"
        problems.append(grid.problem(f"{text}; fetch the table of one year"))
    if [*columns.values()] != [*range(start, last + 1)]:
        text = f"expected each year {start}-{last} once and in order, as in the title"
        got = shown(", ".join(map(str, columns.values())), 300)
        problems.append(grid.problem(f"{text}; got {got}; compare with the source", top))
    filled = grid.filled(top + 1)
    valued = {n for n in filled if any(isinstance(c, int | float | Fault) for c in grid.cells(n, columns))}
    labels_of = {row: {*map(heading_key, grid.cells(row, labels))} for row in filled}
    headed = {row for row in filled if labels_of[row] not in ({"län", "länsnamn"}, {""})}
    last_row = max(valued, default=top)  # below are comments
    rows = [row for row in filled if row in valued or (row in headed and row < last_row)]
    if is_series:
        problems += files.values_without_heading(grid, rows, [c for c, head in enumerate(heads) if head])
    refuse(problems)
    cells: list[_CellOf] = []
    for row in rows:
        *code, name = grid.cells(row, labels)
        for (column, year), value in zip(columns.items(), grid.cells(row, columns), strict=True):
            cells.append((grid.where(row, column), code[0] if code else None, clean(name), year, value))
    return cells


def _pxweb_json_cells(content: Any, file: str) -> tuple[list[_CellOf], Any]:
    """Read PxWeb's JSON and its date: columns with codes, then key and values a row, all of them text.

    What is not where it should be raises whatever it raises.
    """
    keys = [column["code"] for column in content["columns"] if column["type"] != "c"]
    contents = [column["text"] for column in content["columns"] if column["type"] == "c"]
    if sorted(keys) != ["Region", "Tid"] or [*map(heading_key, contents)] != ["folkmängd"]:
        got = shown(", ".join([*keys, *contents]), 80)
        text = f"expected Region, Tid and Folkmängd, got {got}; {_SINGLE}"
        raise InputError([Problem(file, "columns", text)])
    cells: list[_CellOf] = []
    for number, item in enumerate(content["data"], 1):
        match item:
            case {"key": [str(), str()] as key, "values": [str(value)]}:
                of = dict(zip(keys, key, strict=True))
                cells.append((f"data {number}", of["Region"], "", of["Tid"], value))
            case _:
                text = "expected a key of region and year and one value as text; fetch the table again"
                raise InputError([Problem(file, f"data {number}", text)])
    return cells, (content.get("metadata") or [{}])[0].get("updated")


def _json_stat_cells(content: Any, file: str) -> tuple[list[_CellOf], Any]:
    """Read json-stat2 and its date: values in row-major order of the dimensions; as `_pxweb_json_cells`."""
    names, sizes, values = content["id"], content["size"], content["value"]
    axes = {name.casefold(): content["dimension"][name]["category"] for name in names}
    measure = axes["contentscode"]
    labels = [clean(text) for text in measure.get("label", {}).values()]
    units = [unit.get("base", "") for unit in measure.get("unit", {}).values()]
    persons = {*units} <= {"antal", "personer", "persons", "number"}
    # A mapping code -> place, or a list of codes; with one code it may be left out.
    indexes = [category.get("index") or [*category["label"]] for category in axes.values()]
    orders = [sorted(i, key=i.__getitem__) if isinstance(i, dict) else i for i in indexes]
    total, shape = math.prod(map(len, orders)), " x ".join(map(str, sizes))
    shaped = sorted(map(str.casefold, names)) == ["contentscode", "region", "tid"]
    if isinstance(values, dict):  # of the values that are not missing, by their place
        values = [values.get(str(place)) for place in range(total)]
    in_order = all(sorted(i.values()) == [*range(len(i))] for i in indexes if isinstance(i, dict))
    for holds, where, text in (
        (shaped and len(orders[[*axes].index("contentscode")]) == 1, "id",
         f"Region, Tid and one ContentsCode, got {', '.join(names)}; {_SINGLE}"),
        ([*map(heading_key, labels)] == ["folkmängd"] and persons, "ContentsCode",
         f"Folkmängd in persons, got {', '.join(map(str, labels + units))}; {_SINGLE}"),
        ([*map(len, orders)] == sizes and in_order, "size", f"the sizes of the categories, got {shape}"),
        (isinstance(values, list) and len(values) == total, "value", f"a list of {total} values ({shape})"),
    ):  # fmt: skip
        refuse([] if holds else [Problem(file, where, f"expected {shown(text, 200)}")])
    cells: list[_CellOf] = []
    for number, (codes, value) in enumerate(zip(itertools.product(*orders), values, strict=True), 1):
        of = dict(zip(axes, codes, strict=True))
        name = str(axes["region"].get("label", {}).get(of["region"], ""))
        cells.append((f"value {number}", of["region"], name, of["tid"], value))
    return cells, content.get("updated")


def _pxweb_csv_cells(grids: list[Grid], file: str) -> list[_CellOf]:
    """Read PxWeb's CSV: "0114 Upplands Väsby", or code or name alone, then one column a year."""
    usual = next((headings for headings in _PXWEB_CSV if files.find_headings(grids, headings)), _PXWEB_CSV[0])
    grid, top = files.find_table(grids, usual, file, "the population as PxWeb's CSV")
    heads, rows = grid.headings(top), grid.filled(top + 1)
    contents = usual[1].removesuffix("<year>")
    years = [year_of(head.removeprefix(contents)) if head.startswith(contents) else None for head in heads]
    problems = [
        grid.problem(f"expected 'Folkmängd' and a year, got '{shown(head, 40)}'; {_SINGLE}", top, column)
        for column, (head, year) in enumerate(zip(heads, years, strict=True))
        if column and year is None
    ]
    if not problems and years[1:] != sorted({year for year in years if year}):
        problems = [grid.problem("expected each year once, in ascending order; compare with the source", top)]
    refuse(capped([*problems, *files.ragged(grid, rows, len(heads))]))
    cells: list[_CellOf] = []
    for row in rows:
        text = clean(grid.rows[row][0])
        code, _, name = text.partition(" ")
        region = (code, name) if code.isdigit() else (None, text)
        for column, value in enumerate(grid.rows[row][1:], 1):
            cells.append((grid.where(row, column), *region, years[column], value))
    return cells


def _region_code(cell: Cell | None, name: str, places: Places) -> tuple[str, str]:
    """Code of a region as SCB writes it, checked against the name beside it, if any; or the problem."""
    is_nation = name.casefold() in ("riket", "hela riket", "sverige")
    if cell is None:
        match = places.county(name) if name.casefold().endswith(" län") else places.exact(name)
        return (NATION, "") if is_nation else match
    if not isinstance(cell, str):
        got = cell.text if isinstance(cell, Fault) else f"the number {cell!r}"
        text = f"expected a code as text such as '0114', got {got}; format the column as text and retype it"
        return "", text
    code = cell.strip()
    if (code == "00" and (is_nation or not name)) or (not code and is_nation):
        return NATION, ""
    match = places.county(name) if code in places.counties else places.exact(name)
    official = places.counties.get(code) or places.names.get(code)
    if official is None:
        known = f"{shown(name, 30)} is {match.code}"
        hint = known if match.code else "expected one of SCB's, and no row of sums"
        return "", f"unknown code '{shown(code, 20)}'; {hint}"
    if name and match.code != code:
        return "", f"the code {code} is {official}, but the name beside it is '{shown(name, 30)}'; fix it"
    return code, ""


def _whole_number(cell: Any) -> float | None:
    """Read a number of persons; NaN for PxWeb's signs of missing, None if it is neither."""
    if cell is None or (isinstance(cell, str) and re.fullmatch(r"\.{1,3}|-|–", cell.strip())):
        return math.nan
    if isinstance(cell, str):
        return float(cell) if re.fullmatch(r"[0-9]{1,9}", cell.strip()) else None
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return float(cell) if is_number and 0 <= cell < 1e9 and cell == int(cell) else None


def read_municipality_codes(data: bytes, file: str) -> Reading:
    """Read the list of municipality codes: SCB's own workbook, or the project's table as CSV.

    Returns
    -------
    Reading
        ``municipality_code``, ``municipality``, ``county_code``, ``county``: all text, sorted by code.

    Raises
    ------
    InputError
        Codes that are numbers, stand twice, or belong to no county of the list.
    """
    grids = files.read_grids(data, file)
    if not files.is_workbook(data) and files.find_headings(grids, _OWN_CODES):
        frame = tables.read_table(data, MUNICIPALITIES, file=file)
    else:
        headings = _HEADINGS["municipality-codes"]
        frame = _code_list(*files.find_table(grids, headings, file, "SCB's list of codes"))
    frame = frame.sort_values("municipality_code", ignore_index=True)
    Places.from_frame(frame, file=file)
    note = f"{len(frame)} municipalities in {frame['county_code'].nunique()} counties"
    return Reading("municipality-codes", frame, file, PUBLISHER, None, None, None, (note,))


def _code_list(grid: Grid, top: int) -> pd.DataFrame:
    """Read SCB's list: counties with two digits, municipalities with four, one below the other."""
    columns = [grid.headings(top).index(heading) for heading in _HEADINGS["municipality-codes"]]
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for row in grid.filled(top + 1):
        cell, name = grid.cells(row, columns)
        code, name = clean(cell), clean(name)
        if (code, name) == ("Code", "Name"):
            continue
        text = f"duplicate entry, the code {code}; remove one" if code in names else ""
        is_code = isinstance(cell, str) and re.fullmatch("[0-9]{2}|[0-9]{4}", code)
        if not is_code or not _NAME.fullmatch(name):
            got = f"{shown(repr(cell), 30)}, '{shown(name, 30)}'"
            text = f"expected a code of two or four digits as text and a name in Swedish letters, got {got}"
        names[code] = name
        problems += [grid.problem(text, row, columns[0])] if text else []
    municipalities = [code for code in names if len(code) == 4]
    lone = {code[:2] for code in municipalities} ^ {code for code in names if len(code) == 2}
    text = "county {} has no name or no municipality; fetch the list again"
    refuse(capped([*problems, *(Problem(grid.file, "", text.format(code)) for code in sorted(lone))]))
    refuse([] if municipalities else [grid.problem("no codes under the headings; fetch the file again")])
    rows = [(code, names[code], code[:2], names[code[:2]]) for code in municipalities]
    return pd.DataFrame(rows, columns=_OWN_CODES, dtype="str")
