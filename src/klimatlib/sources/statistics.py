"""SCB's list of counties and municipalities with their codes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from klimatlib.errors import InputError, KlimatlibError, Problem, counted
from klimatlib.sources import emissions_database as ned_layout
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.files import (
    Cell,
    Fault,
    Grid,
    capped,
    clean,
    decode,
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
from klimatlib.sources.tables import COLUMNS as CODE_COLUMNS
from klimatlib.sources.tables import NATION, Places, Reading, county_key

# --- klimatlib.sources.statistics: SCB's list of counties and municipalities with their codes.

PUBLISHER = "SCB"
_NAME = re.compile("[A-ZÅÄÖa-zåäöéü]+(?:[ -][A-ZÅÄÖa-zåäöéü]+)*")


def read_municipality_codes(data: bytes, file: str) -> Reading:
    """Read SCB's list of counties and municipalities with their codes.

    Parameters
    ----------
    data
        The file's bytes: SCB's workbook, or the project's own table as CSV.
    file
        Its name in messages.

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
    found = [(grid, row) for grid in grids if (row := codes_row(grid)) is not None]
    if len(found) != 1:
        heads = f"headings Kod and Namn, or {', '.join(CODE_COLUMNS)}"
        text = f"expected one list of codes ({heads}), found {len(found)}"
        raise InputError([Problem(file, "", text)])
    grid, row = found[0]
    tidy = clean(grid.rows[row][0]).casefold() == CODE_COLUMNS[0]
    frame = _tidy_codes(grid, row, file) if tidy else _code_list(grid, row, file)
    odd = [
        name for column in ("municipality", "county") for name in frame[column] if not _NAME.fullmatch(name)
    ]
    if odd or frame.empty:
        text = (
            f"expected a name in Swedish letters, got '{shown(odd[0], 30)}'"
            if odd
            else "no codes under the headings"
        )
        raise InputError([Problem(file, "", f"{text}; fetch the file again")])
    Places.from_frame(frame, file=file)
    note = f"{len(frame)} municipalities in {frame['county_code'].nunique()} counties"
    return Reading("municipality-codes", frame, file, PUBLISHER, None, None, None, (note,))


def codes_row(grid: Grid) -> int | None:
    """Heading row of a list of codes: "Kod" and "Namn" alone, or the project's own four columns."""
    for number, row in enumerate(grid.rows[:30]):
        heads = [clean(cell).casefold() for cell in row if not is_blank(cell)]
        if heads in (["kod", "namn"], list(CODE_COLUMNS)):
            return number
    return None


def _tidy_codes(grid: Grid, row: int, file: str) -> pd.DataFrame:
    """Read the project's own table."""
    rows = [n for n in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[n]))]
    problems = ragged(grid, rows, len(CODE_COLUMNS), file)
    if problems:
        raise InputError(capped(problems))
    return _sorted([[clean(cell) for cell in grid.rows[n]] for n in rows])


def _sorted(rows: Iterable[list[str]]) -> pd.DataFrame:
    """Make the frame of codes, in order."""
    frame = pd.DataFrame(list(rows), columns=list(CODE_COLUMNS), dtype="str")
    return frame.sort_values("municipality_code", ignore_index=True)


def _code_list(grid: Grid, row: int, file: str) -> pd.DataFrame:
    """Read SCB's list: counties with two digits, municipalities with four, one below the other."""
    code_column, name_column = (i for i, cell in enumerate(grid.rows[row]) if not is_blank(cell))
    counties: dict[str, str] = {}
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for number in range(row + 1, len(grid.rows)):
        code_cell, name = grid.rows[number][code_column], clean(grid.rows[number][name_column])
        code = clean(code_cell)
        if (not code and not name) or (code, name) == ("Code", "Name"):
            continue
        target = {2: counties, 4: names}.get(len(code)) if code.isascii() and code.isdigit() else None
        if target is None or not isinstance(code_cell, str) or not name:
            seen = f"{shown(repr(code_cell), 30)}, '{shown(name, 30)}'"
            text = f"expected a code of two or four digits as text and a name, got {seen}"
            problems.append(Problem(file, grid.where(number, code_column), text))
        elif code in target:
            told = f"the code {code} stands twice; keep one"
            problems.append(Problem(file, grid.where(number, code_column), told))
        else:
            target[code] = name
    orphans = sorted({code[:2] for code in names} ^ set(counties))
    problems += [
        Problem(file, "", f"county {code} has no name or no municipality; fetch the list again")
        for code in orphans
    ]
    if problems:
        raise InputError(capped(problems))
    return _sorted([code, name, code[:2], counties[code[:2]]] for code, name in names.items())


# --- klimatlib.sources.statistics: What every population table must satisfy, whatever its form.

MUNICIPALITY = (500, 2_000_000)
"""Bounds of one municipality's inhabitants (2 400 to 990 000 since 1990)."""
SWEDEN = (6_900_000, 13_000_000)
"""Bounds of the whole country's inhabitants (7.0 million in 1950, 10.6 in 2023)."""
CHANGE_A_YEAR = 1.15
"""Largest change a year, up or down, since 1990 (0.958-1.082 in SCB's back-cast series)."""
CHANGE_A_YEAR_BEFORE_1990 = 1.60
"""The same before 1990 (0.888-1.504)."""

_ALL_OF_SWEDEN = 280
_REGIONS = "expected one of Statistics Sweden's, and no row of sums"


@dataclass
class Counted:
    """A population table as read: still with counties and nation, NaN where the source has ``..``.

    Parameters
    ----------
    kind
        Which form it was.
    frame
        ``code`` ("0000" nation, two digits county, four municipality), ``year``, ``value``.
    vintage
        The publisher's date (ISO), if the file tells.
    notes
        What was understood.
    complete
        Whether the form always has every municipality.
    """

    kind: str
    frame: pd.DataFrame
    vintage: str | None = None
    notes: list[str] = field(default_factory=list)
    complete: bool = False


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
        found = cell.text if isinstance(cell, Fault) else f"the number {cell!r}"
        return (
            "",
            f"expected a code as text such as '0114', got {found}; format the column as text and retype it",
        )
    code = cell.strip()
    if code in ("00", "") and name.casefold() in ("riket", "hela riket", "sverige", "" if code else "riket"):
        return NATION, ""
    if code in places.counties:
        known, same = places.counties[code], not name or county_key(name) == county_key(places.counties[code])
    elif code in places.names:
        known, same = places.names[code], not name or places.exact(name).code == code
    else:
        right = places.exact(name).code if name else ""
        hint = f"{shown(name, 30)} is {right}" if right else _REGIONS
        return "", f"unknown code '{shown(code, 20)}'; {hint}"
    return (
        (code, "")
        if same
        else ("", f"the code {code} is {known}, but the name beside it is '{shown(name, 30)}'; mend it")
    )


def finish(counted: Counted, places: Places, file: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Check a table and make it tidy: whole persons, no counties, the nation as "0000".

    Raises
    ------
    InputError
        Values that are no persons, rows that are missing or stand twice, sums that do not hold,
        changes that no municipality has had.
    """
    frame, notes = counted.frame, counted.notes
    if frame.empty:
        raise InputError([Problem(file, "", "no rows with numbers under the headings; fetch the file again")])
    twice = frame[frame.duplicated(["code", "year"])]
    if len(twice):
        raise InputError(
            capped(
                [
                    Problem(file, f"{c}, {y}", "stands twice; keep one")
                    for c, y in zip(twice["code"], twice["year"], strict=True)
                ]
            )
        )
    wide = frame.pivot(index="code", columns="year", values="value").astype(float)
    problems = _values(wide, file)
    if counted.complete:
        lacking = [f"{code} {name}" for code, name in places.names.items() if code not in wide.index]
        if lacking:
            some = ", ".join(lacking[:4]) + (" …" if len(lacking) > 4 else "")
            problems.append(
                Problem(
                    file,
                    "",
                    f"expected {len(places.names)} municipalities, {len(lacking)} are missing: {some}",
                )
            )
    if problems:
        raise InputError(problems)
    problems = [*sums(wide, places, file), *_national_level(wide, places, file), *changes(wide, file)]
    if problems:
        raise InputError(problems)
    notes = [*notes, *_missing_note(wide), *_dropped_note(wide)]
    wide, more = _with_nation(wide, places)
    return _tidy(wide), (*notes, *more)


def _values(wide: pd.DataFrame, file: str) -> list[Problem]:
    """Every value must be a whole number of persons that a municipality can have."""
    problems = []
    cells: npt.NDArray[np.float64] = wide.to_numpy(dtype=float)
    for at in zip(*np.nonzero(~np.isnan(cells)), strict=True):
        value, code, year = float(cells[at]), str(wide.index[at[0]]), wide.columns[at[1]]
        low, high = MUNICIPALITY if len(code) == 4 and code != NATION else (MUNICIPALITY[0], 20_000_000)
        if not value.is_integer() or not low <= value <= high:
            text = f"expected a whole number of persons from {low} to {high}, got {value:.12g}"
            problems.append(Problem(file, f"{code}, {year}", text))
    return capped(problems)


def sums(wide: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Check that a county is the sum of its municipalities, the nation that of all, to the person."""
    problems = []
    groups = {code: places.members_of(code) for code in places.counties} | {NATION: tuple(places.names)}
    for code, members in groups.items():
        if code not in wide.index or not set(members) <= set(wide.index):
            continue
        parts = wide.loc[list(members)].sum(skipna=False)
        for year, stated, total in zip(wide.columns, wide.loc[code], parts, strict=True):
            if abs(stated - total) > 0:  # false where either is missing
                text = f"the file states {stated:.0f}, its municipalities add up to {total:.0f}"
                problems.append(Problem(file, f"{code}, {year}", text))
    return capped(problems)


def _national_level(wide: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Check that all of Sweden adds up to Sweden; counted twice or in another unit it does not."""
    if len(places.names) < _ALL_OF_SWEDEN or not set(places.names) <= set(wide.index):
        return []
    totals = wide.loc[list(places.names)].sum(skipna=False)
    expected = f"expected {SWEDEN[0]} to {SWEDEN[1]} persons in all municipalities together"
    found = [(year, total) for year, total in zip(wide.columns, totals, strict=True) if total == total]
    wrong = [(year, total) for year, total in found if not SWEDEN[0] <= total <= SWEDEN[1]]
    return capped([Problem(file, str(year), f"{expected}, got {total:.0f}") for year, total in wrong])


def changes(wide: pd.DataFrame, file: str) -> list[Problem]:
    """No municipality grows or shrinks faster than ever seen."""
    problems = []
    years = np.array(wide.columns, dtype=int)
    for code, row in zip(wide.index, wide.to_numpy(), strict=True):
        there = np.flatnonzero(~np.isnan(row))
        for before, after in itertools.pairwise(there):
            change = row[after] / row[before]
            if max(change, 1 / change) > _limit(years[before], years[after]):
                old = f"the {row[before]:.0f} of {years[before]}"
                text = f"{row[after]:.0f} persons are {change:.2f} times {old}; compare with the source"
                problems.append(Problem(file, f"{code}, {years[after]}", text))
    return capped(problems)


def _limit(before: int, after: int) -> float:
    """Largest change between two years, at most 3 times."""
    early = max(min(after, 1990) - before, 0)
    late = after - max(before, 1990) if after > 1990 else 0
    return float(min(CHANGE_A_YEAR_BEFORE_1990**early * CHANGE_A_YEAR**late, 3.0))


def _missing_note(wide: pd.DataFrame) -> list[str]:
    """List what the source marks as missing; it stays missing."""
    gaps = [f"{code} {year}" for code, row in wide.iterrows() for year in row.index[row.isna()]]
    some = ", ".join(gaps[:12]) + (f" and {len(gaps) - 12} more" if len(gaps) > 12 else "")
    return [f"{len(gaps)} values are missing in the source and have no row: {some}"] if gaps else []


def _dropped_note(wide: pd.DataFrame) -> list[str]:
    """Say how many county rows were dropped."""
    counties = sum(len(str(code)) == 2 for code in wide.index)
    return [f"{counties} county rows checked and dropped"] if counties else []


def _with_nation(wide: pd.DataFrame, places: Places) -> tuple[pd.DataFrame, list[str]]:
    """Drop counties; add the nation as the sum where the source has none and no municipality is missing."""
    wide = wide[[len(str(code)) == 4 for code in wide.index]]
    if NATION in wide.index or not set(places.names) <= set(wide.index):
        return wide, []
    total = wide.loc[list(places.names)].sum(skipna=False).rename(NATION)
    return pd.concat([total.to_frame().T, wide]), [
        f"{NATION} is the sum of the {len(places.names)} municipalities"
    ]


def _tidy(wide: pd.DataFrame) -> pd.DataFrame:
    """Long table without the missing, sorted."""
    wide = wide.sort_index()
    values: npt.NDArray[np.float64] = wide.to_numpy(dtype=float)
    at = np.nonzero(~np.isnan(values))
    codes = list(map(str, wide.index))
    return pd.DataFrame(
        {
            "municipality_code": pd.Series([codes[i] for i in at[0]], dtype="str"),
            "year": np.array(wide.columns, dtype=np.int64)[at[1]],
            "population": values[at].astype(np.int64),
        }
    )


def whole_number(text: object) -> float | None:
    """Read a number of persons as PxWeb writes it; NaN for its signs of missing, None if it is neither.

    >>> whole_number("35963"), whole_number("12.5")
    (35963.0, None)
    """
    if text is None or (isinstance(text, str) and re.fullmatch(r"\.{1,3}|-|–", text.strip())):
        return float("nan")
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    if isinstance(text, int | float) and not isinstance(text, bool) and 0 <= text < 1e9 and text == int(text):
        return float(text)
    return None


# --- klimatlib.sources.statistics: SCB's database PxWeb: a population table as JSON, CSV or jso

Row = tuple[str, str, str, str, Any]
"""Where it stands, code, name (may be empty), year, value: as written."""
MAX_VALUES = 2_000_000
_SINGLE = "choose the table of region and year with Folkmängd alone (no sex, age or change)"


def read_pxweb_json(content: Any, file: str, places: Places) -> Counted:
    """Read PxWeb's JSON: columns with codes, then key and values a row, all of them text.

    Raises
    ------
    InputError
        Another structure, more dimensions than region and year, another content than Folkmängd.
    """
    columns: Any = content.get("columns") if isinstance(content, dict) else None
    data: Any = content.get("data") if isinstance(content, dict) else None
    if not _objects(columns) or not _objects(data):
        raise _refusal(file, "", "expected PxWeb's JSON with 'columns' and 'data', got another structure")
    keys = [str(c.get("code")) for c in columns if c.get("type") != "c"]
    contents = [str(c.get("text")) for c in columns if c.get("type") == "c"]
    if (
        sorted(keys) != ["Region", "Tid"]
        or len(contents) != 1
        or clean(contents[0]).casefold() != "folkmängd"
    ):
        found = shown(", ".join([*keys, *contents]), 80)
        raise _refusal(file, "columns", f"expected Region, Tid and Folkmängd, got {found}; {_SINGLE}")
    region, time = keys.index("Region"), keys.index("Tid")
    rows: list[Row] = []
    problems = []
    for number, item in enumerate(data):
        key, values = item.get("key"), item.get("values")
        if (
            not _texts(key, 2)
            or not isinstance(values, list)
            or len(values) != 1
            or not isinstance(values[0], str)
        ):
            problems.append(
                Problem(file, f"data {number + 1}", "expected a key of region and year and one value as text")
            )
            continue
        rows.append((f"data {number + 1}", key[region], "", key[time], values[0]))
    metadata = content.get("metadata")
    updated = metadata[0].get("updated") if _objects(metadata) else None
    return _counted("pxweb-json", rows, capped(problems), file, updated, places)


def read_json_stat(content: Any, file: str, places: Places) -> Counted:
    """Read json-stat2: values in row-major order of the dimensions.

    Raises
    ------
    InputError
        Another structure, more dimensions than region and year, a number of values that does not fit.
    """
    try:
        return _json_stat(content, file, places)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        text = "expected json-stat2 with id, size, dimension and value, got another structure"
        raise _refusal(file, "", text) from None


def _json_stat(content: Any, file: str, places: Places) -> Counted:
    """Read json-stat2 whose parts are where they should be; anything else raises whatever it raises."""
    names = [str(name) for name in content["id"]]
    sizes = [int(size) for size in content["size"]]
    orders = [_order(content["dimension"][name]["category"]) for name in names]
    cells = content["value"]
    kinds = {"region": "region", "tid": "time", "contentscode": "contents"}
    roles = [kinds.get(name.casefold(), "other") for name in names]
    shaped = sorted(roles) == ["contents", "region", "time"] and len(sizes) == len(names)
    if not shaped or sizes[roles.index("contents")] != 1:
        raise _refusal(
            file,
            "id",
            f"expected Region, Tid and one ContentsCode, got {shown(', '.join(names), 80)}; {_SINGLE}",
        )
    _check_content(content["dimension"][names[roles.index("contents")]], file)
    total = sizes[0] * sizes[1] * sizes[2]
    if [len(order) for order in orders] != sizes or not 0 < total <= MAX_VALUES:
        raise _refusal(
            file, "size", f"the sizes {sizes} do not fit the categories {[len(o) for o in orders]}"
        )
    if not isinstance(cells, list) or len(cells) != total:
        found = len(cells) if isinstance(cells, list | dict) else "none"
        raise _refusal(
            file, "value", f"expected {total} values in a list ({' x '.join(map(str, sizes))}), got {found}"
        )
    labels = content["dimension"][names[roles.index("region")]]["category"].get("label", {})
    rows: list[Row] = []
    for at, value in enumerate(cells):
        place = (at // (sizes[1] * sizes[2]), at // sizes[2] % sizes[1], at % sizes[2])
        code = orders[roles.index("region")][place[roles.index("region")]]
        year = orders[roles.index("time")][place[roles.index("time")]]
        rows.append((f"value {at + 1}", code, str(labels.get(code, "")), year, value))
    return _counted("json-stat2", rows, _statuses(content, cells, file), file, content.get("updated"), places)


def _order(category: dict[str, Any]) -> list[str]:
    """Codes of a dimension in order; the index is a list, or an object of code to place."""
    index = category.get("index", list(category.get("label", {})))
    if isinstance(index, list):
        return [str(code) for code in index]
    if sorted(index.values()) != list(range(len(index))):
        raise ValueError("index")
    return sorted(index, key=lambda code: int(index[code]))


def _check_content(dimension: dict[str, Any], file: str) -> None:
    """Check that the one content is Folkmängd, in persons."""
    label = [clean(str(text)) for text in dimension["category"].get("label", {}).values()]
    units = [str(unit.get("base", "")) for unit in dimension["category"].get("unit", {}).values()]
    if [text.casefold() for text in label] != ["folkmängd"] or not set(units) <= {
        "antal",
        "personer",
        "persons",
        "number",
    }:
        raise _refusal(
            file, "ContentsCode", f"expected Folkmängd in persons, got {shown(', '.join(label + units), 80)}"
        )


def _statuses(content: dict[str, Any], cells: list[Any], file: str) -> list[Problem]:
    """Check that a value is null exactly where its status says missing."""
    status = content.get("status") or {}
    if not isinstance(status, dict):
        return [Problem(file, "status", "expected an object of value number to sign")]
    marked = {int(at) for at, sign in status.items() if str(at).isdigit() and str(sign).strip(". ") == ""}
    wrong = [at for at, value in enumerate(cells) if (value is None) != (at in marked)]
    text = "null and the status '..' must go together; fetch the table again"
    return capped([Problem(file, f"value {at + 1}", text) for at in wrong])


def csv_row(grid: Grid) -> int | None:
    """Heading row of PxWeb's CSV: "region", then "Folkmängd" with a year in each heading."""
    for number, row in enumerate(grid.rows[:10]):
        heads = [clean(cell).casefold() for cell in row]
        if (
            heads
            and heads[0] == "region"
            and any(re.fullmatch(r"folkmängd \d{4}", head) for head in heads[1:])
        ):
            return number
    return None


def read_pxweb_csv(grid: Grid, file: str, places: Places) -> Counted:
    """Read PxWeb's CSV: "0114 Upplands Väsby", then one column a year.

    Raises
    ------
    InputError
        Another heading, rows of another length, codes that do not fit their names.
    """
    row = csv_row(grid)
    if row is None:
        text = 'expected PxWeb\'s CSV with the headings "region", "Folkmängd 2021" …'
        raise _refusal(
            file, "", f"{text}, got '{shown(', '.join(map(clean, grid.rows[0])), 80) if grid.rows else ''}'"
        )
    heads = [clean(cell) for cell in grid.rows[row]]
    years = [
        year_of(m[1]) if (m := re.fullmatch(r"folkmängd (\d{4})", head.casefold())) else None
        for head in heads
    ]
    problems = [
        Problem(
            file,
            grid.where(row, column),
            f"expected 'Folkmängd' and a year, got '{shown(heads[column], 40)}'; {_SINGLE}",
        )
        for column, year in enumerate(years)
        if column and year is None
    ]
    used = [n for n in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[n]))]
    problems += ragged(grid, used, len(heads), file)
    if problems or years[1:] != sorted(set(map(int, filter(None, years)))):
        problems += (
            []
            if problems
            else [Problem(file, grid.where(row), "expected each year once, in ascending order")]
        )
        raise InputError(capped(problems))
    rows: list[Row] = []
    for number in used:
        code, _, name = clean(grid.rows[number][0]).partition(" ")
        cells = enumerate(zip(years[1:], grid.rows[number][1:], strict=True), 1)
        rows += [(grid.where(number, column), code, name, str(year), cell) for column, (year, cell) in cells]
    return _counted("pxweb-csv", rows, [], file, None, places)


def _counted(
    kind: str, rows: list[Row], problems: list[Problem], file: str, updated: Any, places: Places
) -> Counted:
    """Turn rows into the common table; no unknown code and nothing that is no number passes."""
    if not rows and not problems:
        raise _refusal(file, "", "the table has no rows; fetch it again")
    regions = {(code, name): region_code(code, name, places) for _, code, name, _, _ in rows}
    first = {(code, name): where for where, code, name, _, _ in reversed(rows)}
    wrong = [Problem(file, first[key], text) for key, (_, text) in regions.items() if text]
    values, years = [], []
    for where, _, _, year_text, cell in rows:
        value, year = whole_number(cell), year_of(year_text)
        if value is None or year is None:
            found = f"'{shown(cell, 30)}' for '{shown(year_text, 20)}'"
            wrong.append(Problem(file, where, f"expected a whole number of persons and a year, got {found}"))
        values.append(value)
        years.append(year)
    if wrong or problems:
        raise InputError([*problems, *capped(wrong)])
    codes = [regions[code, name][0] for _, code, name, _, _ in rows]
    date = re.match(r"20\d\d-\d\d-\d\d", str(updated))
    frame = pd.DataFrame({"code": codes, "year": years, "value": values})
    return Counted(kind, frame, date[0] if date else None)


def _objects(value: Any) -> bool:
    """Whether a value is a list of at least one object and nothing else."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _texts(value: Any, length: int) -> bool:
    """Whether a value is a list of that many texts."""
    return isinstance(value, list) and len(value) == length and all(isinstance(item, str) for item in value)


def _refusal(file: str, where: str, text: str) -> InputError:
    """Wrap one message."""
    return InputError([Problem(file, where, text)])


# --- klimatlib.sources.statistics: Statistics Sweden (SCB): population tables, of which the wor

__all__ = ["read_municipality_codes", "read_population", "series_row", "table_row"]


def read_population(data: bytes, file: str, *, places: Places) -> Reading:
    """Read inhabitants on 31 December by municipality and year, from any of SCB's five forms.

    The forms are the workbook of the municipalities since 1950, the yearly workbook of riket, län and
    kommuner, and PxWeb's JSON, CSV and json-stat2.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name in messages.
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
        counted = _from_workbook(read_workbook(data, file), file, places)
    elif looks_like_json(data):
        content = read_json(data, file)
        is_stat = isinstance(content, dict) and "dimension" in content
        counted = read_json_stat(content, file, places) if is_stat else read_pxweb_json(content, file, places)
    else:
        counted = read_pxweb_csv(read_table(data, file), file, places)
    frame, notes = finish(counted, places, file)
    return Reading(counted.kind, frame, file, PUBLISHER, None, "persons", counted.vintage, notes)


def _from_workbook(grids: list[Grid], file: str, places: Places) -> Counted:
    """Read whichever of the two workbooks this is."""
    series = [(grid, row) for grid in grids if (row := series_row(grid)) is not None]
    tables = [(grid, row) for grid in grids if (row := table_row(grid)) is not None]
    grid, row = _only(series + tables, grids, file, "Tabell" if series else "Totalt")
    return _series(grid, row, file, places) if (grid, row) in series else _table(grid, row, file, places)


def _only(found: list[tuple[Grid, int]], grids: list[Grid], file: str, usual: str) -> tuple[Grid, int]:
    """Pick the one sheet that fits; among several, the one with the usual name."""
    named = [item for item in found if item[0].name == usual] if len(found) > 1 else found
    if len(named) == 1:
        return named[0]
    names = ", ".join(f"'{shown(grid.name, 30)}'" for grid in grids[:6])
    if found:
        raise InputError(
            [Problem(file, "", f"{len(found)} sheets look like a population table ({names}); keep one")]
        )
    text = "expected SCB's population table (headings Kommun and years, or Kommun, Kommunnamn, Folkmängd)"
    raise InputError([Problem(file, "", f"{text}; none in the sheets {names}")])


def series_row(grid: Grid) -> int | None:
    """Heading row of the workbook since 1950: "Kommun" and at least two years."""
    for number, row in enumerate(grid.rows[:40]):
        if "kommun" in {clean(cell).casefold() for cell in row} and sum(map(bool, map(year_of, row))) > 1:
            return number
    return None


def table_row(grid: Grid) -> int | None:
    """First heading row of the yearly workbook: "Kommun", "Kommunnamn" and "Folkmängd"."""
    for number, row in enumerate(grid.rows[:40]):
        if {"kommun", "kommunnamn", "folkmängd"} <= {clean(cell).casefold() for cell in row}:
            return number
    return None


def _title(grid: Grid, row: int, pattern: str, expected: str, file: str) -> re.Match[str]:
    """Find the title above the headings; it tells the years, which the headings must agree with."""
    for cells in grid.rows[:row]:
        for cell in cells:
            found = re.search(pattern, clean(cell), re.IGNORECASE)
            if found:
                return found
    raise InputError(
        [
            Problem(
                file, f"sheet '{shown(grid.name, 40)}'", f"expected the title '{expected}' above the headings"
            )
        ]
    )


def _series(grid: Grid, row: int, file: str, places: Places) -> Counted:
    """Read the workbook since 1950: names without codes, years to the right, comments below."""
    title = _title(grid, row, r"folkmängden i sveriges kommuner ((?:19|20)\d\d)\s*[-–]\s*((?:19|20)\d\d)",
                   "Folkmängden i Sveriges kommuner 1950-2022", file)  # fmt: skip
    heads = [clean(cell).casefold() for cell in grid.rows[row]]
    columns = [(year, column) for column, cell in enumerate(grid.rows[row]) if (year := year_of(cell))]
    years = [year for year, _ in columns]
    wanted = list(range(int(title[1]), int(title[2]) + 1))
    problems: list[Problem] = []
    if years != wanted:
        text = (
            f"expected each year {wanted[0]}-{wanted[-1]} once, as in the title; {_year_slip(years, wanted)}"
        )
        problems.append(Problem(file, grid.where(row), text))
    name_column = heads.index("kommun")
    rows, notes, odd = _data_rows(grid, row, [name_column], [column for _, column in columns], file)
    problems += odd + values_without_heading(grid, row, rows, {name_column, *(c for _, c in columns)}, file)
    codes = []
    unknown = []
    for number in rows:
        match = places.exact(clean(grid.rows[number][name_column]))
        codes.append(match.code)
        if match.problem:
            unknown.append(Problem(file, grid.where(number, name_column), match.problem))
    numbers = read_numbers(grid, rows, [column for _, column in columns], file)
    problems += capped(unknown) + numbers.problems
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame(
        {
            "code": np.repeat(np.array(codes, dtype=object), len(years)),
            "year": np.tile(np.array(years, dtype=np.int64), len(rows)),
            "value": numbers.values.reshape(-1),
        }
    )
    notes += ["no county or national rows: single values have no control total"]
    return Counted("population-workbook", frame, notes=notes, complete=True)


def _data_rows(
    grid: Grid, row: int, labels: list[int], columns: list[int], file: str
) -> tuple[list[int], list[str], list[Problem]]:
    """Rows with a label and a number; what follows the last of them is comment."""
    used = [number for number in range(row + 1, len(grid.rows)) if not all(map(is_blank, grid.rows[number]))]
    data = [number for number in used if _has_number(grid.rows[number], columns)]
    last = data[-1] if data else row
    problems = []
    for number in used:
        name = shown(clean(grid.rows[number][labels[0]]), 40)
        if number < last and number not in set(data):
            problems.append(Problem(file, grid.where(number), f"expected numbers, got none: '{name}'"))
    for number in data:
        if all(is_blank(grid.rows[number][label]) for label in labels):
            text = "numbers without a name; name the row, or delete it"
            problems.append(Problem(file, grid.where(number), text))
    comments = sum(number > last for number in used)
    return data, [f"{comments} rows of comments dropped"] if comments else [], capped(problems)


def _has_number(row: list[Cell], columns: list[int]) -> bool:
    """Whether a row has a number, or a fault in place of one, in any of the columns."""
    return any(isinstance(row[column], int | float | Fault) for column in columns if column < len(row))


def _year_slip(years: list[int], wanted: list[int]) -> str:
    """Say what is wrong with a row of years."""
    lacking = [year for year in wanted if year not in years]
    extra = [year for year in dict.fromkeys(years) if year not in wanted or years.count(year) > 1]
    slips = [f"missing {', '.join(map(str, lacking[:8]))}"] if lacking else []
    slips += [f"too much {', '.join(map(str, extra[:8]))}"] if extra else []
    return "; ".join(slips) or "they are not in order"


def _table(grid: Grid, row: int, file: str, places: Places) -> Counted:
    """Read the yearly workbook: nation, counties and municipalities with codes as text."""
    title = _title(grid, row, r"folkmängd i riket, län och kommuner 31 december .*?((?:19|20)\d\d)\. totalt",
                   "Folkmängd i riket, län och kommuner 31 december … 2023. Totalt", file)  # fmt: skip
    _check_division(grid, row, int(title[1]), file)
    heads = [clean(cell).casefold() for cell in grid.rows[row]]
    twice = [name for name in ("kommun", "kommunnamn", "folkmängd") if heads.count(name) > 1]
    if twice:
        raise InputError(
            [Problem(file, grid.where(row), f"the heading '{twice[0].capitalize()}' stands twice; keep one")]
        )
    code_column, name_column, column = (heads.index(name) for name in ("kommun", "kommunnamn", "folkmängd"))
    labels = [code_column, name_column]
    rows, notes, problems = _data_rows(grid, _last_heading(grid, row, labels), labels, [column], file)
    codes = []
    unknown = []
    for number in rows:
        code, text = region_code(
            grid.rows[number][code_column], clean(grid.rows[number][name_column]), places
        )
        codes.append(code)
        if text:
            unknown.append(Problem(file, grid.where(number, code_column), text))
    numbers = read_numbers(grid, rows, [column], file)
    problems += capped(unknown) + numbers.problems
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame({"code": codes, "year": int(title[1]), "value": numbers.values[:, 0]})
    return Counted("population-table", frame, notes=notes, complete=True)


def _check_division(grid: Grid, row: int, year: int, file: str) -> None:
    """Check the year of the title against the line on territorial division, which names it or the next."""
    texts = [clean(cell) for cells in grid.rows[:row] for cell in cells if isinstance(cell, str)]
    named = {int(found) for text in texts for found in re.findall(r"indelningen (\d{4})-01-01", text)}
    if not named or not named <= {year, year + 1}:
        found = ", ".join(map(str, sorted(named))) or "none"
        text = f"the title is of {year}, so the division must be of {year} or {year + 1}, found {found}"
        text += "; fetch the table of one year"
        raise InputError([Problem(file, f"sheet '{shown(grid.name, 40)}'", text)])


def _last_heading(grid: Grid, row: int, labels: list[int]) -> int:
    """Last of the heading rows: those under the first have no place's code or name."""
    while row + 1 < len(grid.rows):
        cells = [
            clean(grid.rows[row + 1][c]).casefold() if c < len(grid.rows[row + 1]) else "" for c in labels
        ]
        if cells not in (["län", "länsnamn"], ["", ""]) or all(map(is_blank, grid.rows[row + 1])):
            break
        row += 1
    return row


# --- klimatlib.sources.statistics: What a file is, decided by its content and never by its name

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

_SURVEY_COUNTS = frozenset({"question_id", "k", "n"})
_MEMBERS = frozenset({"code", "name", "kind", "joined", "left", "status"})
_GOALS = frozenset({"id", "channel", "metric", "label", "goal_min"})
_QUESTION_LENGTH = 20
_NAME_LENGTH = 40
_POPULATION = ("population-workbook", "population-table", "pxweb-json", "pxweb-csv", "json-stat2")


def recognise(data: bytes, file: str, *, quote: bool = True) -> str:
    """Tell the kind of a file by its content; one of `KINDS`.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name in messages; it does not decide anything.
    quote
        Whether the message may quote what the file begins with: not where that may be members' answers.

    Raises
    ------
    InputError
        Unknown content; the message lists what klimatlib knows and what it saw first.
    """
    if is_workbook(data) or not data:
        grids = read_workbook(data, file)
        return _of_grids(grids) or _refuse(file, _first(grids, quote=quote))
    if looks_like_json(data):
        content = read_json(data, file)
        return _of_json(content) or _refuse(file, _first_keys(content))
    text = decode(data, file)
    kind = _of_yaml(text) or _of_text(data, file)
    lines = text.strip().splitlines()
    return kind or _refuse(
        file, f"'{shown(lines[0], 60)}'" if quote else f"a text of {counted(len(lines), 'line')}"
    )


def read_any(
    data: bytes, file: str, *, places: Places, readers: Mapping[str, Reader] | None = None
) -> Reading:
    """Read a file of any known kind.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name in messages.
    places
        The municipalities that exist.
    readers
        Kind to reader, for the project's own kinds, or in place of a reader here.

    Raises
    ------
    InputError
        As `recognise`; as the kind's reader; or a kind that has no reader here.
    """
    kind = recognise(data, file, quote="survey-answers" not in (readers or {}))
    given = (readers or {}).get(kind)
    if given:
        return given(data, file)
    if kind == "emissions-export":
        return read_emissions(data, file, places=places)
    if kind in _POPULATION:
        return read_population(data, file, places=places)
    if kind == "municipality-codes":
        return read_municipality_codes(data, file)
    raise InputError(
        [Problem(file, "", f"{kind} ({KINDS[kind]}) is no statistics file; it belongs in data/<year>/")]
    )


def _of_grids(grids: list[Grid]) -> str:
    """Kind of a workbook or table by its headings; empty if unknown."""
    tests: dict[str, Callable[[Grid], Any]] = {
        "emissions-export": ned_layout.label_row,
        "population-table": table_row,
        "population-workbook": series_row,
        "pxweb-csv": csv_row,
        "municipality-codes": codes_row,
    }
    for kind, test in tests.items():
        if any(test(grid) is not None for grid in grids):
            return kind
    return next(filter(None, map(_of_heads, grids)), "")


def _of_heads(grid: Grid) -> str:
    """Kind by the first row that is not blank: the project's own tables; empty if unknown."""
    row = next((row for row in grid.rows if not all(map(is_blank, row))), [])
    heads = [clean(cell).casefold() for cell in row if not is_blank(cell)]
    own = {"survey-counts": _SURVEY_COUNTS, "members": _MEMBERS, "goals": _GOALS}
    for kind, columns in own.items():
        if columns <= set(heads):
            return kind
    questions = [head for head in heads[1:] if len(head) >= _QUESTION_LENGTH and " " in head]
    names = [head for head in heads if len(head) < _NAME_LENGTH and not head.endswith("?")]
    named = any(word in head for head in names for word in ("kommun", "medlem"))
    return "survey-answers" if named and questions and len(questions) * 2 >= len(heads) - 1 else ""


def _of_json(content: Any) -> str:
    """Kind of a JSON content; empty if unknown."""
    if not isinstance(content, dict):
        return ""
    if {"id", "size", "dimension", "value"} <= set(content):
        return "json-stat2"
    return "pxweb-json" if {"columns", "data"} <= set(content) else ""


def _of_text(data: bytes, file: str) -> str:
    """Kind of a delimited text; empty if unknown."""
    return _of_grids([read_table(data, file)])


def _of_yaml(text: str) -> str:
    """Whether a text is a YAML mapping with a key "activities" on its own line; empty if not."""
    if not any(line.startswith("activities:") for line in text.splitlines()):
        return ""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return ""
    return "facts" if isinstance(node, yaml.MappingNode) else ""


def _first(grids: list[Grid], *, quote: bool) -> str:
    """Say what is seen first in a workbook."""
    cells = [clean(cell) for grid in grids for row in grid.rows[:20] for cell in row if not is_blank(cell)]
    sheets = ", ".join(f"'{shown(grid.name, 20)}'" for grid in grids[:3])
    beginning = f" beginning with '{shown(', '.join(cells[:4]), 60)}'" if quote else ""
    return f"sheets {sheets}{beginning}"


def _first_keys(content: Any) -> str:
    """Say what is seen first in a JSON file."""
    if isinstance(content, dict):
        return f"JSON with the keys {shown(', '.join(map(str, content)), 60)}"
    return "JSON with a list" if isinstance(content, list) else "JSON with a single value"


def _refuse(file: str, seen: str) -> str:
    """Raise the error for unknown content."""
    known = ", ".join(KINDS)
    error: KlimatlibError = InputError(
        [Problem(file, "", f"unknown content, {seen}; expected one of: {known}")]
    )
    raise error
