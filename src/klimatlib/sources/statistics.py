"""What kind a file is, by its content, and the readers of Statistics Sweden's (SCB) files.

SCB's population comes in five forms (two workbooks, and PxWeb's JSON, tables and JSON-stat), which all become
the same cells and are held against the same sums. What a file is called decides nothing.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from klimatlib.config import EnergyCodes, Listed, Sectors, Strict, Text, Texts, validate
from klimatlib.errors import InputError, Problem, few, pluralise
from klimatlib.sources import files, tables
from klimatlib.sources.emissions_database import ADDRESS, read_emissions
from klimatlib.sources.files import Cell, Fault, Grid, capped, clean, excerpt, heading_key, is_blank, year_of
from klimatlib.sources.tables import MUNICIPALITIES, NATION, Places, Reading, Table, refuse

PUBLISHER = "SCB"


class _Kind(Strict):
    is_: Text = Field(alias="is")
    headings: Texts = ()
    keys: Texts = ()
    advice: Text = "docs/data-dictionary.md has its columns"
    sheet: str = ""
    title: str = ""
    example: str = ""


class _Statistics(Strict):
    kinds: dict[str, _Kind]
    variables: dict[str, Texts]
    parts: Texts
    persons: Listed[str]


_FILE = Path(__file__).with_suffix(".yml")
_SAID = validate(_FILE.read_bytes(), _Statistics, file=_FILE.name)
_KINDS = _SAID.kinds
KINDS: Mapping[str, str] = {name: kind.is_ for name, kind in _KINDS.items()}
"""Kinds of files that klimatlib knows, and what each is."""
OWN_TABLES: Mapping[str, Table] = {
    kind: tables.TABLES[name]
    for kind, said in _KINDS.items()
    if said.headings and (name := kind.replace("-", "_")) in tables.TABLES
}
"""The project's own tables, by kind."""
Reader = Callable[[bytes, str], Reading]

INHABITANTS = (500, 3_000_000)  # of one municipality (2 400 to 990 000 since 1990)
SWEDEN = (6_900_000, 13_000_000)  # inhabitants of the whole country (7.0 million in 1950, 10.6 in 2023)
# Largest change a year, up or down (0.958-1.082 in SCB's back-cast series, 0.888-1.504 before 1990).
CHANGE_A_YEAR, CHANGE_A_YEAR_BEFORE_1990 = 1.15, 1.60
_NOISE, _NOISE_FROM = 10, 2025  # persons that a figure is altered by at most; the first data year of it
ALL_MUNICIPALITIES = 280  # municipalities; a smaller world is not held against the country's inhabitants
_OWN_CODES = tuple(MUNICIPALITIES.schema.columns)  # headings of the project's own list of codes
_WORKBOOKS = ("population-table", "population-workbook")
_IN_JSON = ("json-stat2", "pxweb-json")
POPULATION_KINDS = (*_WORKBOOKS, "pxweb-table", *_IN_JSON)
_QUESTION_LENGTH, _NAME_LENGTH = 20, 40  # a heading of a survey is a question from, a name below
_NAME = re.compile("[A-ZÅÄÖa-zåäöéü]+(?:[ -][A-ZÅÄÖa-zåäöéü]+)*")
_SINGLE = "choose the table of region and year with Folkmängd alone (no sex, age or change), in words"
_CellOf = tuple[str, Any, str, Any, Any]
"""A number of persons: where it stands, region code (None: the name tells), name or "", year, value."""
_Label = tuple[Any, str]
"""Code (None: the text tells) and text (or "") of one category of a variable."""
_Observation = tuple[str, Mapping[str, _Label], Any]
"""A value of PxWeb: where it stands, its label of each variable, the value."""
_Layout = tuple[Grid, list[str], dict[int, dict[str, _Label]], list[int], list[Problem]]
"""A table of PxWeb: its grid, variables of the first columns, headings of those of values, rows, problems."""

_REGION, _TIME, _CONTENTS = "region", "tid", "contentscode"  # variables by SCB's codes
_CATEGORY, _CARRIER = "forbrukningskategri", "bransle"  # of energy balances
_ROLES = {"geo": _REGION, "time": _TIME, "metric": _CONTENTS}  # in JSON-stat
_VARIABLES = {text: code for code, texts in _SAID.variables.items() for text in texts}
_KNOWN = {_REGION, _TIME, _CONTENTS, *_SAID.parts}
_TOPS = 12  # filled rows among which the headings of a table of PxWeb are
# No value: it is missing, or secret.
_MISSING, _HIDDEN = re.compile(r"\.{1,3}|-|–"), re.compile(r"\.{1,3}|··")
_PERSONS, _MWH = re.compile(r"[0-9]{1,9}"), re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,6})?")
_NAMED = r"(?:folkmängd(?:en)?|population)(?:,? (?:(?:den|per|on) )?31 dec\w*)?"
_IS_POPULATION = rf"(?:(?:\w*\d\w*(?: -)? )?{_NAMED}|be0101n1)"
_POPULATION = re.compile(_IS_POPULATION)  # "be0101n1 - folkmängd"
_POPULATION_AT_AN_END = re.compile(rf"^{_IS_POPULATION}(?= )|(?<= ){_IS_POPULATION}$")
_TITLE = re.compile(rf"{_NAMED} (?:efter|by) ", re.IGNORECASE)
_TOTAL_OF_ONE = r"(?:tot(?:alt?|sa)?|1\+2|samtliga|alla|all)(?: (?:åld\w+|ages?|civilstånd|kön|sexes))?"
_TOTALS = re.compile(rf"{_TOTAL_OF_ONE}(?:(?: -)? {_TOTAL_OF_ONE})?")  # "tot - totalt ålder"
_YEAR_AT_AN_END = re.compile(r"^((?:19|20)\d\d)(?: (?:- )?\1)?(?: |$)|(?:^| )((?:19|20)\d\d)(?: (?:- )?\2)?$")


def recognise(data: bytes, file: str, *, quote: bool = True) -> str:
    """Tell the kind of a file by its content, one of `KINDS`; its name decides nothing.

    InputError: unknown content. The message lists what klimatlib knows and what it saw first, and quotes that
    only with ``quote``: not where it may be members' answers.
    """
    grids: list[Grid] = []
    kind, near = "", ""
    if files.is_workbook(data):
        grids = files.read_workbook(data, file)
        seen = "sheets " + ", ".join(f"'{excerpt(grid.name, 20)}'" for grid in grids[:3])
        if quote:
            cells = [cell for grid in grids for row in grid.rows[:20] for cell in row if not is_blank(cell)]
            seen += f" beginning with '{excerpt(', '.join(map(clean, cells[:4])))}'"
    elif files.looks_like_json(data):
        content = files.read_json(data, file)
        keys = {*content} if isinstance(content, dict) else set()
        seen = f"JSON with the keys {excerpt(', '.join(content))}" if keys else "JSON with a list or a value"
        kind = next((kind for kind in _IN_JSON if {*_KINDS[kind].keys} <= keys), "")
        parts = [content, *content.values()] if keys else []  # a bundle has several data sets
        if "class" in keys or any(isinstance(part, dict) and "dimension" in part for part in parts):
            kind = "json-stat2"
        if kind and _CATEGORY in data.decode("utf-8", errors="replace").casefold():
            kind = "energy-balance"
    else:
        text = files.decode(data, file)
        lines = text.strip().splitlines() or [""]
        seen = f"'{excerpt(lines[0])}'" if quote else f"a text of {pluralise(len(lines), 'line')}"
        kind = "facts" if re.search(r"^activities:", text, re.MULTILINE) else ""
        grids = [] if kind else files.read_grids(data, file)
    if not kind:
        kind, near = _kind_of(grids)
    if not kind:
        text = f"unknown content, {seen}; {near or 'expected one of: ' + ', '.join(KINDS)}"
        raise InputError([Problem(file, "", text)])
    return kind


def _kind_of(grids: list[Grid]) -> tuple[str, str]:
    """Kind of a workbook or table by its headings; or, of none, which is nearest and why it is not that."""
    matches = [(0, False, "", [""])]  # headings that are there, whether all, kind, headings that are not
    texts = [present for *_, present in files.heading_rows(grids)]
    headed = [(kind, said.headings) for kind, said in _KINDS.items() if said.headings]
    for kind, headings in (*headed, ("municipality-codes", _OWN_CODES)):
        for present in texts:
            lacking = [name for name in headings if name not in present]
            matches.append((len(headings) - len(lacking), not lacking, kind, lacking))
    count, is_whole, kind, lacking = max(matches, key=lambda match: match[:2])
    if is_whole:
        return kind, ""
    if any(_energy_top(grid) is not None for grid in grids):
        return "energy-balance", ""
    if any(map(_pxweb_layout, grids)):
        return "pxweb-table", ""
    is_near = count >= len(lacking) and (count > 1 or kind == "pxweb-table")
    reason = f"the headings {', '.join(lacking)}" if is_near else ""
    for grid in grids:
        heads = [head for row in grid.filled()[:1] for head in grid.headings(row) if head]
        questions = [head for head in heads[1:] if len(head) >= _QUESTION_LENGTH and " " in head]
        names = [head for head in heads if len(head) < _NAME_LENGTH and not head.endswith("?")]
        of_members = any(word in head for head in names for word in ("kommun", "medlem"))
        is_asked = questions and len(questions) * 2 >= len(heads) - 1
        if of_members and is_asked:
            return "survey-answers", ""
        if not reason and (of_members or (is_asked and len(heads) > 2)):
            what = "headings that are questions" if of_members else "a heading Kommun or Medlem"
            kind, reason = "survey-answers", f"{what} in its first row"
    if not reason:
        return "", ""
    advice = _KINDS[kind].advice.format(address=ADDRESS.format("GGT"))
    return "", f"nearest is {kind} ({KINDS[kind]}), but it lacks {reason}; {advice}"


def read_any(
    data: bytes, file: str, *, places: Places, sectors: Sectors, readers: Mapping[str, Reader] | None = None
) -> Reading:
    """Read a file of any known kind; ``readers`` are those of the project's own kinds, by kind.

    InputError: as `recognise`; as the kind's reader; or a kind that has no reader here.
    """
    reader_of: dict[str, Reader] = {
        "emissions-export": partial(read_emissions, places=places, sectors=sectors),
        "municipality-codes": read_municipality_codes,
        **dict.fromkeys(POPULATION_KINDS, partial(read_population, places=places)),
        **(readers or {}),
    }
    kind = recognise(data, file, quote="survey-answers" not in reader_of)
    if kind not in reader_of:
        place = "is no statistics file; it belongs in data/<year>/"
        if kind in ("emissions", "population", "energy"):
            place = "is a finished table; it belongs in data/statistics/, under the name of its release"
        if kind == "energy-balance":
            place = "is read by klimatlib fetch, or read, where params/gpc.yml names its categories"
        raise InputError([Problem(file, "", f"{kind} ({KINDS[kind]}) {place}")])
    return reader_of[kind](data, file)


def read_population(data: bytes, file: str, *, places: Places) -> Reading:
    """Read inhabitants on 31 December by municipality and year, from any of SCB's five forms.

    The forms are the workbook of the municipalities since 1950, the yearly workbook of riket, län and
    kommuner, and PxWeb's JSON, tables (CSV, Excel) and JSON-stat. A workbook must have all ``places``, what
    PxWeb gives is a selection.

    Columns are ``municipality_code`` (text), ``year`` (int64) and ``population`` (int64, persons), rows
    sorted. "0000" is the nation: as stated, or the sum where a year has all municipalities. Missing values
    (``..``) have no row and are listed in the notes.

    InputError: not a population table, unknown places, cells that are no whole numbers, sums of counties or
    nation that do not hold, changes that no municipality has had.
    """
    updated: Any = None
    if (kind := recognise(data, file)) not in POPULATION_KINDS:
        raise InputError([Problem(file, "", f"expected SCB's population, got: {KINDS[kind]}")])
    if kind in _IN_JSON:
        form = _json_stat if kind == "json-stat2" else _pxweb_json
        with _of_structure(f"{kind} with {', '.join(_KINDS[kind].keys)}", file):
            observed, updated = form(files.read_json(data, file), file)
            cells = _of_population(observed, file)
    elif kind == "pxweb-table":
        cells = _of_population(_pxweb_table(files.read_grids(data, file), file), file)
    else:
        cells = _workbook_cells(files.read_grids(data, file), file, kind)
    wide = _persons(cells, places, file, complete=kind in _WORKBOOKS)
    notes = []
    if gaps := [f"{code} {year}" for code, row in wide.iterrows() for year in row.index[row.isna()]]:
        notes.append(f"{len(gaps)} values are missing in the source and have no row: {few(gaps, 12)}")
    if altered := [year for year in map(int, wide.columns) if year >= _NOISE_FROM]:
        most = sum_noise(len(places.names), altered[0])
        text = f"{altered[0]}-{altered[-1]} with the noise that SCB adds: totals and parts may differ"
        notes.append(f"{text}, here by up to {most:.0f} persons")
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
        code, year, value = regions[region, name][0], year_of(year_cell), _number(cell, _MISSING, whole=True)
        high = INHABITANTS[1] if len(code) == 4 and code != NATION else 20_000_000
        text = ""
        if year is None:
            text = f"expected a year of 1900-2100, got '{excerpt(year_cell, 20)}'"
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
        text = f"expected {len(places.names)} municipalities, {len(lacking)} are missing: {few(lacking, 4)}"
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
    said = _KINDS[kind]
    grid, top = files.find_table(grids, said.headings, file, "SCB's population", [said.sheet])
    heads, above = grid.headings(top), [clean(cell) for row in grid.rows[:top] for cell in row]
    named = next((text for text in above if re.match(said.title, text, re.I)), "")
    years, is_series = sorted({*re.findall(r"(?:19|20)\d\d", named)}), kind == "population-workbook"
    if len(years) != (2 if is_series else 1):
        raise InputError([grid.problem(f"expected the title '{said.example}' above the headings")])
    start, last = int(years[0]), int(years[-1])
    years_of = {column: year for column, head in enumerate(heads) if (year := year_of(head))}
    columns = years_of if is_series else {heads.index("folkmängd"): last}
    labels = [heads.index(name) for name in ("kommun", "kod", "kommunnamn") if name in heads]
    if len(labels) != (1 if is_series else 2):
        raise InputError([grid.problem("expected the headings Kommun (or Kod) and Kommunnamn", top)])
    divisions = {int(y) for text in above for y in re.findall(r"indelningen (\d{4})-01-01", text)}
    problems = []
    if not is_series and not divisions <= {last, last + 1}:
        listed = ", ".join(map(str, sorted(divisions)))
        text = f"the title is of {last}, so the division must be of {last} or {last + 1}, found {listed}"
        problems.append(grid.problem(f"{text}; fetch the table of one year"))
    if [*columns.values()] != [*range(start, last + 1)]:
        text = f"expected each year {start}-{last} once and in order, as in the title"
        got = excerpt(", ".join(map(str, columns.values())), 300)
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


@contextmanager
def _of_structure(expected: str, file: str) -> Iterator[None]:
    """Refuse JSON in which something is not where it should be."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise InputError([Problem(file, "", f"expected {expected}, got another structure")]) from None


def _pxweb_json(content: Any, file: str) -> tuple[Iterator[_Observation], Any]:
    """Read PxWeb's JSON and its date: columns with codes, then key and values a row, all of them text.

    What is not where it should be raises whatever it raises.
    """
    columns = content["columns"]
    names = [_variable(column["code"], column["text"]) for column in columns if column["type"] != "c"]
    contents = [("", column["text"]) for column in columns if column["type"] == "c"]

    def observations() -> Iterator[_Observation]:
        for number, item in enumerate(content["data"], 1):
            key, values = item["key"], item["values"]
            if not all(isinstance(text, str) for text in (*key, *values)):
                text = "expected a key of region and year and one value as text; fetch the table again"
                raise InputError([Problem(file, f"data {number}", text)])
            of = dict(zip(names, ((code, "") for code in key), strict=True))
            for label, value in zip(contents, values, strict=True):
                yield f"data {number}", {**of, _CONTENTS: label}, value

    return observations(), (content.get("metadata") or [{}])[0].get("updated")


def _json_stat(
    content: Any, file: str, usual: frozenset[str] = frozenset(_SAID.persons), of: str = "persons"
) -> tuple[Iterator[_Observation], Any]:
    """Read JSON-stat (2 or 1) and its date: values in row-major order; raises as `_pxweb_json`."""
    inside = [*content.values(), *content.get("link", {}).get("item", ())]
    whole = [one for one in (content, *inside) if isinstance(one, dict) and {"dimension", "value"} <= {*one}]
    if len(whole) != 1:
        got = f"got {len(whole)} in a {excerpt(content.get('class', 'bundle'), 20)}"
        text = f"expected one data set with its values, {got}; fetch the data set itself"
        raise InputError([Problem(file, "class", text)])
    data = {**whole[0]["dimension"], **whole[0]}  # the first version has id, size and role in dimension
    names, sizes, values, roles = data["id"], data["size"], data["value"], data.get("role", {})
    role_of = {name: variable for role, variable in _ROLES.items() for name in roles.get(role, ())}
    axes = [data["dimension"][name]["category"] for name in names]
    variables = [role_of.get(name) or _variable(name) for name in names]
    # A mapping code -> place, or a list of codes; with one code it may be left out.
    indexes = [axis.get("index") or [*axis["label"]] for axis in axes]
    orders = [sorted(i, key=i.__getitem__) if isinstance(i, dict) else i for i in indexes]
    total, shape = math.prod(map(len, orders)), " x ".join(map(str, sizes))
    if isinstance(values, dict) and {*values} <= {*map(str, range(total))}:
        values = [values.get(str(place)) for place in range(total)]  # of those that are not missing
    units = {heading_key(unit.get("base", "")) for axis in axes for unit in axis.get("unit", {}).values()}
    in_order = all(sorted(i.values()) == [*range(len(i))] for i in indexes if isinstance(i, dict))
    for holds, where, text in (
        ([*map(len, orders)] == sizes and in_order, "size", f"the sizes of the categories, got {shape}"),
        (isinstance(values, list) and len(values) == total, "value", f"a list of {total} values ({shape})"),
        (units <= usual, "unit", f"{of}, got {', '.join(sorted(units))}; {_SINGLE}"),
    ):
        refuse([] if holds else [Problem(file, where, f"expected {excerpt(text, 200)}")])
    labels = (
        [(code, str(axis.get("label", {}).get(code, ""))) for code in order]
        for axis, order in zip(axes, orders, strict=True)
    )
    cells = enumerate(zip(itertools.product(*labels), values, strict=True), 1)
    observed = ((f"value {n}", dict(zip(variables, of, strict=True)), value) for n, (of, value) in cells)
    return observed, data.get("updated")


def _variable(*names: str) -> str:
    """Variable of a table by its code or text, also "Tid - år"; the text itself if it is no usual one."""
    parts = [part for name in names for part in heading_key(name).split(" - ")]
    return next((_VARIABLES[part] for part in parts if part in _VARIABLES), parts[0])


def _pxweb_layout(grid: Grid) -> _Layout | None:
    """Find a table of PxWeb: a row that names the variables, or headings of a workbook without names."""
    filled = grid.filled()
    for top in filled[:_TOPS]:
        texts, rows, last = grid.headings(top), [row for row in filled if row > top], top
        title = next((clean(cell) for cell in grid.rows[filled[0]] if not is_blank(cell)), "")
        stub = [*itertools.takewhile(_KNOWN.__contains__, map(_variable, texts))]
        if is_named := bool(stub):
            title = title if top > filled[0] else ""
        elif grid.lines or not is_blank(grid.rows[top][0]):
            continue
        else:
            texts, stub, rows, last = _unnamed(grid, top)
        columns = {column: text for column, text in enumerate(texts) if text and column >= len(stub)}
        heads = {column: _labels_of_heading(text, stub, title) for column, text in columns.items()}
        variables = {*stub}.union(*heads.values())
        is_population = any(_POPULATION.fullmatch(of.get(_CONTENTS, ("", ""))[1]) for of in heads.values())
        is_population |= _CONTENTS in stub or (is_named and all(_TIME in of for of in heads.values()))
        if rows and is_population and {_REGION, _TIME} <= variables:
            text = "expected 'Folkmängd' and a year, got '{}'; " + _SINGLE
            odd = [column for column, of in heads.items() if {*stub, *of} != variables]
            problems = [grid.problem(text.format(excerpt(columns[c], 40)), last, c) for c in odd]
            years = [*dict.fromkeys(of[_TIME][0] for of in heads.values() if _TIME in of)]
            if not problems and years != sorted(years):
                text = "expected the years in ascending order; compare with the source"
                problems = [grid.problem(text, last)]
            problems += files.ragged(grid, rows, len(texts))
            problems += files.values_without_heading(grid, rows, [*range(len(stub)), *heads])
            return grid, stub, heads, rows, capped(problems)
    return None


def _unnamed(grid: Grid, top: int) -> tuple[list[str], list[str], list[int], int]:
    """Find a table below the first row of a workbook's headings, one a variable, without their names.

    Returns the headings of each column, the variables of the first columns by what they hold, the rows of
    data, and the last row of headings. A heading stands over the first of its columns.
    """
    blank, last = [is_blank(row[0]) if row else False for row in grid.rows], top
    filled = grid.filled(top)
    while last + 1 in filled and blank[last + 1]:
        last += 1
    first = next(column for column, cell in enumerate(grid.rows[top]) if not is_blank(cell))
    columns = range(first, len(grid.rows[last]))
    over: list[list[str]] = []
    for row in range(top, last):
        over.append([])
        for text in map(heading_key, grid.cells(row, columns)):
            over[-1].append(text or (over[-1] or [""])[-1])
    lowest = [*map(heading_key, grid.cells(last, columns))]
    texts = [" ".join(each) if each[-1] else "" for each in zip(*over, lowest, strict=True)]
    values = [column for column, text in zip(columns, texts, strict=True) if text]
    numbers = (int, float, Fault)
    counted = [n for n in filled if n > last and any(isinstance(c, numbers) for c in grid.cells(n, values))]
    rows = [row for row in filled if last < row <= max(counted, default=last)]  # below are notes
    stub, tests = [], {_CONTENTS: _POPULATION, "": _TOTALS, _TIME: _YEAR_AT_AN_END}
    if any(map(_YEAR_AT_AN_END.search, texts)):
        del tests[_TIME]
    for column in range(first):
        held = {heading_key(cell) for row in rows for cell in grid.cells(row, [column])} - {""}
        stub += [next((name for name, test in tests.items() if all(map(test.fullmatch, held))), _REGION)]
    return [*[""] * first, *texts], stub, rows, last


def _labels_of_heading(text: str, stub: list[str], title: str) -> dict[str, _Label]:
    """Read what a column of values is of, from its heading, "folkmängd 2022": what no first column tells."""
    of: dict[str, _Label] = {}
    if _TIME not in stub and (match := _YEAR_AT_AN_END.search(text)):
        of[_TIME] = (match[1] or match[2], "")
        text = f"{text[: match.start()]}{text[match.end() :]}".strip()
    if _REGION not in stub and (match := _POPULATION_AT_AN_END.search(text)):
        of[_REGION] = _label(f"{text[: match.start()]}{text[match.end() :]}".strip())
        text = match[0]
    if _CONTENTS not in stub:
        of[_CONTENTS] = ("", text or ("folkmängd" if _TITLE.match(title) else ""))
    return of


def _label(cell: Cell) -> _Label:
    """Part a label in code and text: "0114 Upplands Väsby", "0114 - Upplands Väsby", or one of them."""
    if not isinstance(cell, str):
        return cell, ""
    code, _, text = clean(cell).partition(" ")
    return (code, text.removeprefix("- ")) if code.isdigit() else (None, clean(cell))


def _pxweb_table(grids: list[Grid], file: str) -> Iterator[_Observation]:
    """Read a table of PxWeb, CSV or workbook, wide or long, with codes, texts or both."""
    layouts = [layout for grid in grids if (layout := _pxweb_layout(grid))]
    if len(layouts) != 1:
        names = ", ".join(f"'{excerpt(grid.name, 30)}'" for grid, *_ in layouts)
        raise InputError([Problem(file, "", f"expected one table, got {len(layouts)} ({names}); keep one")])
    grid, stub, heads, rows, problems = layouts[0]
    refuse(problems)
    above: list[Cell] = [""] * len(stub)
    for row in rows:
        cells = grid.cells(row, range(len(stub)))
        if not grid.lines:  # a label stands beside the first of its rows
            cells[:-1] = [old if is_blank(new) else new for old, new in zip(above, cells[:-1], strict=False)]
        above, of = cells, dict[str, _Label]()
        for name, cell in zip(stub, cells, strict=True):
            code, text = _label(cell)
            of[name] = (of[name][0], text or code) if name in of else (code, text)  # code, text: two columns
        for column, more in heads.items():
            yield grid.where(row, column), {**of, **more}, grid.cells(row, [column])[0]


def _of_population(observed: Iterable[_Observation], file: str) -> list[_CellOf]:
    """Give the observations as cells, if they are of the population of region and year.

    Of any other variable there must be its total alone.
    """
    cells: list[_CellOf] = []
    labels: dict[str, set[Any]] = {}
    for where, of, value in observed:
        for name, (code, text) in of.items():
            labels.setdefault(name, set()).add(text or code)
        region, (year, _) = of.get(_REGION, ("", "")), of.get(_TIME, ("", ""))
        cells.append((where, *region, year, value))
    wrong = [] if {_REGION, _TIME} <= {*labels} else ["Region, Tid and Folkmängd, got " + ", ".join(labels)]
    for name, held in labels.items():
        pattern, what = (_POPULATION, "Folkmängd") if name == _CONTENTS else (_TOTALS, f"the total of {name}")
        texts = sorted(map(heading_key, held))
        if name not in (_REGION, _TIME) and (len(texts) > 1 or not pattern.fullmatch(texts[0])):
            wrong.append(f"{what} alone, got {', '.join(filter(None, texts)) or 'nothing'}")
    refuse(Problem(file, "", f"expected {excerpt(text, 120)}; {_SINGLE}") for text in wrong if cells)
    return cells


def _region_code(cell: Cell | None, name: str, places: Places) -> tuple[str, str]:
    """Code of a region as SCB writes it, checked against the name beside it, if any; or the problem."""
    is_nation = name.casefold() in ("riket", "hela riket", "sverige", "sweden")
    name = re.sub(" county$", " län", name, flags=re.IGNORECASE)
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
        named = f"{excerpt(name, 30)} is {match.code}"
        hint = named if match.code else "expected one of SCB's, and no row of sums"
        return "", f"unknown code '{excerpt(code, 20)}'; {hint}"
    if name and match.code != code:
        return "", f"the code {code} is {official}, but the name beside it is '{excerpt(name, 30)}'; fix it"
    return code, ""


def _number(cell: Any, hidden: re.Pattern[str], *, whole: bool) -> float | None:
    """Read a number of persons or of MWh; NaN where the source has or tells none, None if it is neither."""
    if cell is None or (isinstance(cell, str) and hidden.fullmatch(cell.strip())):
        return math.nan
    if isinstance(cell, str):
        digits = _PERSONS if whole else _MWH
        return float(cell.strip().replace(",", ".")) if digits.fullmatch(cell.strip()) else None
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1e9
    return float(cell) if is_number and (not whole or cell == int(cell)) else None


def read_energy(data: bytes, file: str, *, places: Places, codes: EnergyCodes) -> Reading:
    """Read what users took from the grids by place, year, category and carrier, from SCB's energy balances.

    The forms are PxWeb's JSON, JSON-stat and CSV. Columns are as `tables.ENERGY`; a hidden value (``..``)
    stays hidden, as NaN, and is never 0; fuels and carriers together are left out.

    InputError: not an energy balance, unknown places or categories, cells that are no MWh, repeated rows.
    """
    if (kind := recognise(data, file)) != "energy-balance":
        raise InputError([Problem(file, "", f"expected SCB's final use of energy, got: {KINDS[kind]}")])
    updated: Any = None
    observed: Iterable[_Observation]
    if files.looks_like_json(data):
        content = files.read_json(data, file)
        in_mwh = partial(_json_stat, usual=frozenset({"", "mwh"}), of="MWh")
        with _of_structure("JSON of PxWeb with its variables and values", file):
            observed, updated = (_pxweb_json if "columns" in content else in_mwh)(content, file)
            observed = [*observed]
    else:
        observed = _energy_table(files.read_grids(data, file))
    categories = {codes.total: codes.total, "totalt": codes.total, "total": codes.total}
    categories |= {name: one.code for one in codes.categories for name in (one.code, heading_key(one.label))}
    carriers = {codes.electricity: "electricity", "el": "electricity", "electricity": "electricity"}
    carriers |= {codes.heat: "heat", "fjärrvärme": "heat", "district heating": "heat"}
    amounts: dict[tuple[str, int, str, str], float] = {}
    problems: list[Problem] = []
    for where, of, cell in observed:
        (region, name), (year, _) = of.get(_REGION, ("", "")), of.get(_TIME, ("", ""))
        category, carrier = _meant(of, _CATEGORY, categories), _meant(of, _CARRIER, carriers)
        if not carrier:
            continue  # a fuel, or all carriers
        (code, text), value = _region_code(region, name, places), _number(cell, _HIDDEN, whole=False)
        key = (code, year_of(year) or 0, category, carrier)
        if not text and not category:
            got = excerpt(" ".join(map(str, of[_CATEGORY])), 40)
            text = f"unknown category '{got}'; add it to params/gpc.yml"
        if not text and not key[1]:
            text = f"expected a year, got '{excerpt(year, 20)}'"
        if not text and value is None:
            text = f"expected MWh, at least 0, got '{excerpt(cell, 20)}'"
        if not text and key in amounts:
            text = f"duplicate entry of {', '.join(map(str, key))}; remove one"
        problems += [Problem(file, where, text)] if text else []
        amounts[key] = math.nan if value is None else value
    if not amounts and not problems:
        problems = [Problem(file, "", "no electricity and no district heat; choose them in the table")]
    refuse(capped(problems))
    rows = [(*key, value) for key, value in sorted(amounts.items())]
    frame = pd.DataFrame(rows, columns=[*tables.ENERGY.schema.columns])
    date = re.match(r"20\d\d-\d\d-\d\d", str(updated))
    hidden = int(frame["mwh"].isna().sum())
    notes = (f"{hidden} of {len(frame)} values are hidden in the source and stay so",)
    return Reading(kind, frame, file, PUBLISHER, None, "MWh", date and date[0], notes)


def _meant(of: Mapping[str, _Label], variable: str, meanings: Mapping[str, str]) -> str:
    """Return what the label of a variable means, by its code or its text; or nothing."""
    keys = (heading_key(str(part or "")) for part in of.get(variable, ()))
    return next((meanings[key] for key in keys if key in meanings), "")


def _energy_top(grid: Grid) -> int | None:
    """Return the row of an energy balance's headings: region, category, carrier."""
    for row in grid.filled()[:_TOPS]:
        if {_REGION, _CATEGORY, _CARRIER} <= {*map(_variable, grid.headings(row))}:
            return row
    return None


def _energy_table(grids: list[Grid]) -> Iterator[_Observation]:
    """Read PxWeb's CSV of an energy balance: a column a year, or a row a value."""
    for grid in grids:
        if (top := _energy_top(grid)) is None:
            continue
        heads = grid.headings(top)
        stub = [*itertools.takewhile({*_VARIABLES.values()}.__contains__, map(_variable, heads))]
        columns = {n: head for n, head in enumerate(heads) if n >= len(stub) and head}
        for row in grid.filled(top + 1):
            cells = grid.cells(row, range(len(stub)))
            of = {name: _label(cell) for name, cell in zip(stub, cells, strict=True)}
            for column, head in columns.items():
                year = _YEAR_AT_AN_END.search(head)
                time = {_TIME: (year[1] or year[2], "")} if year else {}
                yield grid.where(row, column), {**of, **time}, grid.cells(row, [column])[0]


def read_municipality_codes(data: bytes, file: str) -> Reading:
    """Read the list of municipality codes: SCB's own workbook, or the project's table as CSV.

    Columns are ``municipality_code``, ``municipality``, ``county_code``, ``county``: all text, sorted by
    code.

    InputError: codes that are numbers, stand twice, or belong to no county of the list.
    """
    grids = files.read_grids(data, file)
    is_own = any(present >= {*_OWN_CODES} for *_, present in files.heading_rows(grids))
    if is_own and not files.is_workbook(data):
        frame = tables.read_table(data, MUNICIPALITIES, file=file)
    else:
        headings = _KINDS["municipality-codes"].headings
        frame = _code_list(*files.find_table(grids, headings, file, "SCB's list of codes"))
    frame = frame.sort_values("municipality_code", ignore_index=True)
    Places.from_frame(frame, file=file)
    note = f"{len(frame)} municipalities in {frame['county_code'].nunique()} counties"
    return Reading("municipality-codes", frame, file, PUBLISHER, None, None, None, (note,))


def _code_list(grid: Grid, top: int) -> pd.DataFrame:
    """Read SCB's list: counties with two digits, municipalities with four, one below the other."""
    columns = [grid.headings(top).index(heading) for heading in _KINDS["municipality-codes"].headings]
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
            got = f"{excerpt(repr(cell), 30)}, '{excerpt(name, 30)}'"
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
