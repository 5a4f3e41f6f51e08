"""Tidy tables: the contract of each and their reader, what other readers hand over, and names of places.

The contracts (columns, units, ranges, keys) stand in ``tables.yml`` and are also the data dictionary.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from pydantic import Field

from klimatlib.config import Correction, Strict, Text, Texts, validate
from klimatlib.errors import InputError, Problem
from klimatlib.files import decode_strict, invisible_character, looks_like_a_formula
from klimatlib.sources.files import capped, clean, odd_letters, shown

TOTAL = "Alla"
NATION = "0000"


@dataclass(frozen=True)
class Table:
    """A table's contract.

    Attributes
    ----------
    title
        What one row is.
    schema
        Columns with type, range, unit (in ``metadata``) and description.
    key
        Columns that no two rows share.
    """

    title: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]


class _Column(Strict):
    type: Literal["int", "float", "str"] = "str"
    unit: str = ""
    is_: Text = Field(alias="is")
    form: str = ""
    between: list[int | float] | None = None
    one_of: list[str] | None = None
    empty: bool = False
    optional: bool = False


class _Table(Strict):
    title: Text
    key: Texts
    columns: dict[str, _Column]


class _Contracts(Strict):
    forms: dict[str, list[str]]
    tables: dict[str, _Table]


def _read_contracts() -> dict[str, Table]:
    file = Path(__file__).with_suffix(".yml")
    contracts = validate(file.read_bytes(), _Contracts, shown=file.name)

    def checks(column: _Column) -> Iterator[pa.Check]:
        if column.form:
            pattern, meaning = contracts.forms[column.form]
            some_text = pa.Check.str_length(min_value=1, error=meaning)
            yield pa.Check.str_matches(pattern, error=meaning) if pattern else some_text
        if column.between:
            low, high = column.between
            yield pa.Check.in_range(low, high, error=f"from {low:g} to {high:g}")
        if column.one_of:
            yield pa.Check.isin(column.one_of, error="one of " + ", ".join(column.one_of))

    tables = {}
    for table_name, table in contracts.tables.items():
        columns = {
            name: pa.Column(
                {"int": "Int64", "float": "Float64"}.get(column.type, "str"),
                checks=[*checks(column)],
                nullable=column.empty,
                required=not column.optional,
                description=column.is_,
                metadata={"unit": column.unit},
            )
            for name, column in table.columns.items()
        }
        schema = pa.DataFrameSchema(columns, strict=True, ordered=False)
        tables[table_name] = Table(table.title, schema, table.key)
    return tables


TABLES = _read_contracts()
"""The contracts by name, as ``tables.yml`` has them; those that code names have a name of their own."""
MUNICIPALITIES, EMISSIONS, POPULATION = (
    TABLES[name] for name in ("municipalities", "emissions", "population")
)
MEMBERS, GOALS, PUBLISHED = (TABLES[name] for name in ("members", "goals", "published"))
SURVEY_COUNTS, SURVEY_ANSWERS = TABLES["survey_counts"], TABLES["survey_answers"]
CONSENT, SIGNATURES = TABLES["consent"], TABLES["signatures"]


@cache
def emissions_table(*sectors: str) -> Table:
    """Return the contract of emissions of these main sectors: `EMISSIONS` with no other name of a sector."""
    check = pa.Check.isin(
        [TOTAL, *sectors], error=f"one of {TOTAL}, {', '.join(sectors)}, as in params/sectors.yml"
    )
    schema = EMISSIONS.schema.update_column("sector", checks=[check])
    return Table(EMISSIONS.title, schema, EMISSIONS.key)


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Go through a checked table row by row, cells by column name; their types are the contract's."""
    yield from frame.itertuples(index=False)


def refuse(problems: Iterable[Problem]) -> None:
    """Raise InputError if there is any problem."""
    if listed := [*problems]:
        raise InputError(listed)


def problems_by_row(frame: pd.DataFrame, file: str, where: str, message: str) -> list[Problem]:
    """Return a problem for each row of a frame; place and message are formats over the row, ``{0.year}``."""
    return capped([Problem(file, where.format(row), message.format(row)) for row in rows(frame)])


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that are given more than once, each once."""
    listed = [*names]
    return [name for name in dict.fromkeys(listed) if listed.count(name) > 1]


_LIMIT = 20  # problems of a table that are listed
_CACHED_TABLES = 16  # a report reads fewer
_cache: dict[tuple[Hashable, ...], pd.DataFrame] = {}
_NUMBERS: dict[str, tuple[re.Pattern[str], Callable[[str], float], str]] = {
    "Int64": (re.compile(r"0|-?[1-9][0-9]{0,14}"), int, "a whole number, digits alone"),
    "Float64": (
        re.compile(r"(?!-[0.]+$)-?(0|[1-9][0-9]{0,14})([.][0-9]{1,15})?"),
        float,
        "a number with decimal point, digits alone",
    ),
}


def read_table(
    data: bytes, table: Table, *, file: str, corrections: Sequence[Correction] = ()
) -> pd.DataFrame:
    """Read a tidy CSV by its contract; the same bytes, read again in a process, are not parsed again.

    Parameters
    ----------
    data
        The file's bytes: UTF-8, comma (or semicolon or tab, as a spreadsheet saves it), one header row.
    table
        Its contract.
    file
        Its path in the project.
    corrections
        Known errors to mend before anything is converted.

    Raises
    ------
    InputError
        With every problem: missing and unknown columns, or each bad cell with its row.
    """
    key = (hashlib.sha256(data).digest(), id(table), file, tuple(map(repr, corrections)))
    if key not in _cache:
        while len(_cache) >= _CACHED_TABLES:
            del _cache[next(iter(_cache))]
        columns = table.schema.columns
        frame = mend(_cells(data, table, file), corrections, file=file)
        frame = frame.reindex(columns=[*columns], fill_value="")
        problems = _convert(frame, table, file) or _violations(frame, table, file)
        refuse(capped(problems, _LIMIT))
        _cache[key] = frame.reset_index(drop=True)
    return _cache[key].copy()


def _cells(data: bytes, table: Table, file: str) -> pd.DataFrame:
    """Return the cells as text, headed as the contract has it; the index is the row in the file."""
    text = decode_strict(data, file)
    header = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = {number: row for number, row in enumerate(reader, 1) if any(map(str.strip, row))}
    except csv.Error as error:
        message = f"cannot be read as CSV ({error}); look for a quotation mark that is not closed"
        raise InputError([Problem(file, f"line {reader.line_num}", message)]) from None
    if not lines:
        raise InputError([Problem(file, "", "empty; expected a header row and data")])
    heads = lines.pop(next(iter(lines)))
    advice = "is a cell missing, or a comma not in quotes?"
    uneven = [
        Problem(file, f"row {n}", f"{len(row)} cells, expected {len(heads)} as in the header; {advice}")
        for n, row in lines.items()
        if len(row) != len(heads)
    ]
    refuse(uneven[:_LIMIT])
    names, expected = [_heading(name) for name in heads], list(table.schema.columns)
    problems = []
    for name, column in table.schema.columns.items():
        if column.required and name not in names:
            near = difflib.get_close_matches(name, [n for n in names if n not in expected], n=1)
            message = f"missing{f'; is it {near[0]!r}?' if near else ''}; expected {', '.join(expected)}"
            problems.append(Problem(file, f"column {name}", message))
    problems += [
        Problem(file, f"column {n}", "stands twice; keep one of them") for n in repeated(filter(None, names))
    ]
    refuse(problems)
    stray = [
        Problem(
            file, f"row {n}, column {place + 1}", f"{cell!r} under no heading; head the column, or empty it"
        )
        for place in (place for place, name in enumerate(names) if not name)
        for n, row in lines.items()
        if (cell := row[place].strip())
    ]
    refuse(stray[:_LIMIT])
    index = pd.Index([*lines], dtype="int64")
    return pd.DataFrame([*lines.values()], columns=names, index=index, dtype="str")


def _heading(name: str) -> str:
    """Spelling by which headings are compared: folded case, single spaces."""
    return " ".join(name.split()).casefold()


def _convert(frame: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Give each column its type, in place; return the cells that cannot have it."""
    problems: list[Problem] = []
    for name, column in table.schema.columns.items():
        texts = [text.strip() for text in frame[name]]
        kind = str(column.dtype)
        faults = [
            _fault_of_number(text, kind) if kind in _NUMBERS else _fault_of_text(text) for text in texts
        ]
        problems += [
            Problem(file, f"row {row}, column {name}", fault)
            for row, fault in zip(frame.index, faults, strict=True)
            if fault
        ]
        if kind not in _NUMBERS:
            texts = [" ".join(text.split()) for text in texts] if name in table.key else texts
            frame[name] = pd.Series(texts, index=frame.index, dtype="str")
        elif not any(faults):
            values = [_NUMBERS[kind][1](text) if text else pd.NA for text in texts]
            frame[name] = pd.Series(values, index=frame.index, dtype=kind)
    return problems


def _fault_of_number(text: str, kind: str) -> str:
    pattern, _, expected = _NUMBERS[kind]
    return "" if not text or pattern.fullmatch(text) else f"expected {expected}, got {shown(text)!r}"


def _fault_of_text(text: str) -> str:
    """Say what makes a text unfit: characters that nobody sees, or a spreadsheet takes it for a formula."""
    if text[:1].isalnum() and text.isprintable():
        return ""
    quoted = repr(text if len(text) <= 40 else text[:39] + "…")
    if invisible := invisible_character(text, allowed=""):
        return f"{invisible} cannot be seen in {quoted}; type it anew without it"
    if looks_like_a_formula(text):
        begins = f"{quoted} begins with {text[0]}"
        return f"{begins}, which a spreadsheet takes for a formula; write it in another way"
    return ""


def _violations(frame: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Return what the contract refuses: values out of range or of no list, empty cells, repeated keys."""
    problems = []
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        for case in rows(errors.failure_cases.sort_values(["index", "column"])):
            expected = "a value" if case.check == "not_nullable" else case.check
            value = (
                repr(shown(case.failure_case)) if isinstance(case.failure_case, str) else case.failure_case
            )
            got = "an empty cell" if pd.isna(case.failure_case) else value
            where = f"row {int(case.index)}, column {case.column}"
            problems.append(Problem(file, where, f"expected {expected}, got {got}"))
    key = list(table.key)
    for _, group in frame[frame.duplicated(key, keep=False)].groupby(key, sort=False):
        same = ", ".join(f"{name} {shown(group.iloc[0][name])}" for name in key)
        message = f"the same as row {group.index[0]} ({same}); keep one of them"
        problems.append(Problem(file, f"row {group.index[1]}", message))
    return problems


CORRECTIONS = "params/corrections.yml"


def mend(
    frame: pd.DataFrame, corrections: Sequence[Correction], *, file: str, quote: bool = True
) -> pd.DataFrame:
    """Apply those corrections that are meant for a file: known errors, mended in the open while they last.

    Parameters
    ----------
    frame
        Text cells as they stand in the file, columns headed as in the file.
    corrections
        All corrections of the project.
    file
        The file's path in the project.
    quote
        Whether a message may quote cells: not those of members' answers.

    Returns
    -------
    DataFrame
        A copy without the dropped rows and with the changed cells; the index as it was.

    Raises
    ------
    InputError
        For each correction whose rows or text are not there any more.
    """
    mended, problems = frame.copy(), []
    heads = {_heading(str(name)): str(name) for name in frame.columns}
    for correction in corrections:
        if correction.file != file:
            continue
        column = correction.column and heads.get(_heading(correction.column), correction.column)
        where = {heads.get(_heading(name), name): text.strip() for name, text in correction.where.items()}
        message = ""
        if absent := [name for name in (*where, *([column] if column else [])) if name not in mended.columns]:
            message = f"{file} has no column {absent[0]!r}; it has {', '.join(frame.columns)}"
            problems.append(Problem(CORRECTIONS, correction.id, message))
            continue
        chosen = pd.Series(True, index=mended.index)
        for name, text in where.items():
            chosen &= mended[name].str.strip() == text
        if int(chosen.sum()) != correction.rows:
            message = (
                f"{int(chosen.sum())} rows of {file} are as it says, expected {correction.rows}: "
                "the source has mended it or moved; remove the correction or renew it"
            )
        elif column is None:
            mended = mended[~chosen]
        elif (current := sorted(set(mended.loc[chosen, column].str.strip()))) != [correction.found]:
            difference = f"{', '.join(map(repr, current))}, expected {correction.found!r}"
            message = (
                f"{column} is {difference if quote else 'not what it says'}: "
                "the source has mended it; remove the correction or renew it"
            )
        else:
            mended.loc[chosen, column] = correction.value
        problems += [Problem(CORRECTIONS, correction.id, message)] if message else []
    refuse(problems)
    return mended


@dataclass(frozen=True)
class Reading:
    """One raw file, read and checked.

    Parameters
    ----------
    kind
        What the file is, such as ``"emissions-export"`` (see `klimatlib.sources.statistics`).
    frame
        The tidy table; its columns and units are documented by the reader.
    file
        The file as named in messages.
    publisher
        Who publishes the numbers, to be cited as the source.
    substance
        ``"GGT"`` (all greenhouse gases), ``"CO2"``, or None where it has no meaning.
    unit
        Unit of the value column, or None.
    vintage
        The publisher's report date (ISO), or None if the file does not tell.
    notes
        What was understood: sheet used, rows dropped, spelling mended, checks that could not be made.
    """

    kind: str
    frame: pd.DataFrame
    file: str
    publisher: str
    substance: str | None
    unit: str | None
    vintage: str | None
    notes: tuple[str, ...]


_IRREGULAR = {"falu": "falun"}
_KINDS = re.compile(r"(?:^(?:kommunen|staden|region) )|(?: (?:kommun|kommunen|stad|stads kommun))$")


@dataclass(frozen=True)
class Match:
    """A name looked up: its code, or the reason why there is none.

    Parameters
    ----------
    code
        Code of the municipality (four digits) or county (two); empty if the name was refused.
    problem
        Why it was refused, with the nearest names; empty if it was accepted.
    """

    code: str
    problem: str = ""


@dataclass(frozen=True)
class Places:
    """The municipalities that exist, and the counties they lie in.

    Parameters
    ----------
    names
        Municipality code to name.
    county_of
        Municipality code to county code.
    counties
        County code to name, such as ``"Skåne län"``.
    """

    names: Mapping[str, str]
    county_of: Mapping[str, str]
    counties: Mapping[str, str]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, file: str = "municipalities.csv") -> Places:
        """Make the table from the columns of `MUNICIPALITIES`.

        Raises
        ------
        InputError
            A column is missing, a code is not text of four (two) digits or given twice, or two
            municipalities share a name within a county.
        """
        columns = list(MUNICIPALITIES.schema.columns)
        problems = [Problem(file, f"column {name}", "missing") for name in columns if name not in frame]
        refuse(problems)
        register = sorted(frame[columns].itertuples(index=False, name=None))
        for code, name, county, _ in register:
            if not (isinstance(code, str) and re.fullmatch(r"[0-9]{4}", code)):
                text = f"expected a code of four digits as text, got {code!r}"
                problems.append(Problem(file, shown(name), text))
            elif county != code[:2]:
                problems.append(Problem(file, code, f"expected county code '{code[:2]}', got {county!r}"))
        codes = frame.loc[frame["municipality_code"].duplicated(), "municipality_code"]
        problems += [Problem(file, str(code), "the code is given twice") for code in codes]
        names = frame.loc[frame.duplicated(["municipality", "county"]), "municipality"]
        problems += [Problem(file, str(name), "the name is given twice in one county") for name in names]
        if frame.groupby("county_code")["county"].nunique().gt(1).any():
            problems.append(Problem(file, "column county", "a county code has two names"))
        refuse(problems)
        return cls(
            {code: clean(name) for code, name, _, _ in register},
            {code: county for code, _, county, _ in register},
            {county: clean(name) for _, _, county, name in register},
        )

    @cached_property
    def _codes_by_name(self) -> dict[str, list[str]]:
        codes: dict[str, list[str]] = {}
        for code, name in self.names.items():
            codes.setdefault(name_key(name), []).append(code)
        return codes

    def members_of(self, county: str) -> tuple[str, ...]:
        """Codes of a county's municipalities, in order."""
        return tuple(code for code, home in self.county_of.items() if home == county)

    def county(self, name: str) -> Match:
        """Look a county up by its name, with or without "län"."""
        code = next((c for c, own in self.counties.items() if county_key(own) == county_key(name)), "")
        return Match(code, "" if code else _unknown_place(name, "county", self.counties.values()))

    def exact(self, name: str, *, county: str | None = None) -> Match:
        """Look a municipality up by its official name; letter case, spaces and hyphens do not matter.

        Parameters
        ----------
        name
            Name such as ``"Upplands Väsby"``.
        county
            County code that the municipality must lie in.
        """
        codes = self._codes_by_name.get(name_key(name), [])
        inside = [code for code in codes if county is None or self.county_of[code] == county]
        if len(inside) == 1:
            return Match(inside[0])
        if inside:
            return Match("", f"'{shown(name)}' may be any of {', '.join(inside)}; give the code")
        if codes:
            home, asked = self.counties[self.county_of[codes[0]]], self.counties.get(county or "", county)
            text = f"'{shown(name)}' lies in {home}, not in {asked}; check the name and the county"
            return Match("", text)
        return Match("", _unknown_place(name, "municipality", self.names.values()))

    def resolve(self, name: str, *, county: str | None = None) -> Match:
        """Look a municipality up by its name as typed: "Malmö stad", "Lunds kommun", "Region Gotland".

        A name is taken only if exactly one municipality has it. "Region Skåne" is a county's region and
        no municipality; "Hobo" is nearest to two and therefore neither.

        Parameters
        ----------
        name
            Name as typed.
        county
            County code that the municipality must lie in, if known.
        """
        key = name_key(name)
        if not key:
            return Match("", "expected the name of a municipality, got a blank")
        official = self.exact(name, county=county)
        if official.code or key in self._codes_by_name:
            return official
        if key.startswith("region "):  # Region Gotland is a municipality too; no other region is
            region = self.county(key.removeprefix("region ")).code
            if len(inside := self.members_of(region)) == 1:
                return Match(inside[0])
            text = f"'{shown(name)}' is the region of {self.counties.get(region)}, not a municipality"
            return Match("", text) if region else official
        bare = _KINDS.sub("", key)
        forms = {bare, _IRREGULAR.get(bare, bare)}
        if bare != key:  # "… kommun" or "… stad" follows the name with or without the genitive s
            forms |= {bare.removesuffix("s"), bare.removesuffix(" s")}
        codes = {code for form in forms for code in self._codes_by_name.get(form, [])}
        return self.exact(self.names[codes.pop()], county=county) if len(codes) == 1 else official


def _unknown_place(name: str, kind: str, names: Iterable[str]) -> str:
    """Say that a name is unknown, why if a letter is foreign, and what is near."""
    if odd := odd_letters(clean(name)):
        return f"'{shown(name)}' is no {kind}: {odd}, no Swedish letter; type the name anew"
    by_key = {name_key(known): known for known in names}
    near = difflib.get_close_matches(name_key(name), by_key, n=3, cutoff=0.6)
    hint = (
        f"nearest are {', '.join(by_key[key] for key in near)}"
        if near
        else "write it as Statistics Sweden does"
    )
    return f"'{shown(name)}' is no {kind} known here; {hint}"


def name_key(name: str) -> str:
    """Spelling by which municipality names are compared: folded case, single spaces, hyphens as spaces.

    >>> name_key(" Malung–SÄLEN "), name_key("Håbo") == name_key("Habo")
    ('malung sälen', False)
    """
    return " ".join(re.sub(r"\s*[-‐‑–−]\s*", " ", clean(name)).casefold().split())


def county_key(name: str) -> str:
    """Spelling by which county names are compared: without "län" and the genitive s.

    >>> county_key("Västra Götalands län"), county_key("Kalmar")
    ('västra götaland', 'kalmar')
    """
    return name_key(name).removesuffix(" län").removesuffix("s")
