"""SCB's database PxWeb: a population table as JSON, CSV or json-stat2."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import Grid, capped, clean, is_blank, ragged, shown, year_of
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.population import Counted, region_code, whole_number

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
