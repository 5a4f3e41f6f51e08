"""Tidy tables: the contract of each and their reader, what other readers hand over, and names of places.

The contracts (columns, units, ranges, keys) stand in ``tables.yml`` and are also the data dictionary.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from pydantic import Field

from klimatlib.config import Correction, Corrections, Strict, Text, Texts, validate
from klimatlib.errors import InputError, Problem, nearest
from klimatlib.files import decode_strict, invisible_character, looks_like_a_formula
from klimatlib.sources import files
from klimatlib.sources.files import capped, clean, excerpt, heading_key

TOTAL = "Alla"
NATION = "0000"


@dataclass(frozen=True)
class Table:
    """A table's contract."""

    title: str  # what one row is
    schema: pa.DataFrameSchema  # columns with type, range, unit (in ``metadata``) and description
    key: tuple[str, ...]  # columns that no two rows share

    def without_rows(self) -> pd.DataFrame:
        """Return the table as it is where nothing is known: its columns, and no row."""
        return pd.DataFrame(columns=[*self.schema.columns], dtype="str")


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


_FILE = Path(__file__).with_suffix(".yml")
CONTRACTS = validate(_FILE.read_bytes(), _Contracts, file=_FILE.name)
"""What ``tables.yml`` says of columns; `TABLES` has it in another form."""


def _read_contracts() -> Iterator[tuple[str, Table]]:
    for table_name, table in CONTRACTS.tables.items():
        columns = {}
        for name, column in table.columns.items():
            checks = []
            if column.form:
                pattern, meaning = CONTRACTS.forms[column.form]
                some_text = pa.Check.str_length(min_value=1, error=meaning)
                checks.append(pa.Check.str_matches(pattern, error=meaning) if pattern else some_text)
            if column.between:
                low, high = column.between
                checks.append(pa.Check.in_range(low, high, error=f"from {low:g} to {high:g}"))
            if column.one_of:
                checks.append(pa.Check.isin(column.one_of, error=f"one of {', '.join(column.one_of)}"))
            dtype = {"int": "Int64", "float": "Float64"}.get(column.type, "str")
            required, unit = not column.optional, {"unit": column.unit}
            columns[name] = pa.Column(
                dtype, checks, nullable=column.empty, required=required, description=column.is_, metadata=unit
            )
        yield table_name, Table(table.title, pa.DataFrameSchema(columns, strict=True), table.key)


TABLES = dict(_read_contracts())
"""The contracts by name, as ``tables.yml`` has them; those that code names have a name of their own."""
MUNICIPALITIES, EMISSIONS = TABLES["municipalities"], TABLES["emissions"]
POPULATION, MEMBERS = TABLES["population"], TABLES["members"]
GOALS, PUBLISHED = TABLES["goals"], TABLES["published"]
SURVEY_COUNTS, SURVEY_ANSWERS = TABLES["survey_counts"], TABLES["survey_answers"]
CONSENT, SIGNATURES, EVIDENCE = TABLES["consent"], TABLES["signatures"], TABLES["evidence"]
MEMBER_TARGETS = TABLES["member_targets"]
ENERGY = TABLES["energy"]


@cache
def emissions_table(*sectors: str) -> Table:
    """Return the contract of emissions of these main sectors: `EMISSIONS` with no other name of a sector."""
    expected = f"one of {TOTAL}, {', '.join(sectors)}, as in params/sectors.yml"
    checks = [pa.Check.isin([TOTAL, *sectors], error=expected)]
    return replace(EMISSIONS, schema=EMISSIONS.schema.update_column("sector", checks=checks))


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Go through a checked table row by row, cells by column name; their types are the contract's."""
    yield from frame.itertuples(index=False)


def by_code(wide: pd.DataFrame) -> dict[str, list[float | int | None]]:
    """Return a table's rows by code as JSON has them: whole numbers without a point, None for nothing."""
    values = wide.astype(float).to_numpy().tolist()
    plain = [[None if v != v else int(v) if v.is_integer() else v for v in row] for row in values]
    return dict(zip(wide.index, plain, strict=True))


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
_NUMBERS = {  # type -> pattern, what is expected
    "Int64": ("0|-?[1-9][0-9]{0,14}", "a whole number, digits alone"),
    "Float64": (
        r"(?!-[0.]+$)-?(0|[1-9][0-9]{0,14})([.][0-9]{1,15})?",
        "a number with decimal point, digits alone",
    ),
}


def read_table(
    data: bytes, table: Table, *, file: str, corrections: Sequence[Correction] = ()
) -> pd.DataFrame:
    """Read a tidy CSV by its contract; the same bytes, read again in a process, are not parsed again.

    The file is UTF-8 with one header row; comma, or semicolon or tab as a spreadsheet saves it. Known errors
    (``corrections``) are mended before anything is converted.

    InputError: with every problem: missing and unknown columns, or each bad cell with its row.
    """
    key = (hashlib.sha256(data).digest(), id(table), file, tuple(map(repr, corrections)))
    if key not in _cache:
        if len(_cache) >= _CACHED_TABLES:
            del _cache[next(iter(_cache))]
        frame = mend(_cells(data, table, file), corrections, file=file)
        frame = frame.reindex(columns=[*table.schema.columns], fill_value="")
        problems = _convert(frame, table, file) or _violations(frame, table, file)
        refuse(capped(problems, _LIMIT))
        _cache[key] = frame.reset_index(drop=True)
    return _cache[key].copy()


_SEPARATOR = re.compile(r'\A"?sep=.?"?(?=\n)')  # the first line of Excel's own CSV


def _cells(data: bytes, table: Table, file: str) -> pd.DataFrame:
    """Return the cells as text, headed as the contract has it; the index is the row in the file."""
    text = _SEPARATOR.sub("", decode_strict(data, file))
    header = next((line for line in text.split("\n") if line.strip()), "")
    grid = files.split(text, max(",;\t", key=header.count), file)
    if not (filled := grid.filled()):
        raise InputError([Problem(file, "", "empty; expected a header row and data")])
    top, *used = filled
    names, columns = grid.headings(top), table.schema.columns
    refuse(files.ragged(grid, used, len(names))[:_LIMIT])
    faults = dict.fromkeys(repeated(filter(None, names)), "stands twice; keep one of them")
    for name in [name for name, column in columns.items() if column.required and name not in names]:
        advice = nearest(name, {*names} - {*columns})
        faults[name] = f"missing{f'; {advice}' if advice else ''}; expected {', '.join(columns)}"
    problems = [Problem(file, f"column {name}", fault) for name, fault in faults.items()]
    if problems or not all(names):
        headed = [place for place, name in enumerate(names) if name]
        refuse(problems or files.values_without_heading(grid, used, headed))
    index = pd.Index([row + 1 for row in used], dtype="int64")
    return pd.DataFrame([grid.rows[row] for row in used], columns=names, index=index, dtype="str")


def _convert(frame: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Give each column its type, in place; return the cells that cannot have it."""
    problems: list[Problem] = []
    for name, column in table.schema.columns.items():
        texts, kind = frame[name].str.strip(), str(column.dtype)
        if kind in _NUMBERS:
            pattern, expected = _NUMBERS[kind]
            wrong = texts[(texts != "") & ~texts.str.fullmatch(pattern)]
            faults = wrong.map(lambda text, expected=expected: f"expected {expected}, got {excerpt(text)!r}")
            frame[name] = texts.where(texts != "").astype(kind) if wrong.empty else texts
        else:
            faults = texts.map({text: _fault_of_text(text) for text in texts.unique()})
            frame[name] = texts.str.replace(r"\s+", " ", regex=True) if name in table.key else texts
        where = f"row {{}}, column {name}"
        problems += [Problem(file, where.format(row), fault) for row, fault in faults.items() if fault]
    return problems


def _fault_of_text(text: str) -> str:
    """Say what makes a text unfit: characters that nobody sees, or a spreadsheet takes it for a formula."""
    if text[:1].isalnum() and text.isprintable():
        return ""
    quoted = repr(text if len(text) <= 40 else text[:39] + "…")
    if invisible := invisible_character(text, allowed=""):
        return f"{invisible} cannot be seen in {quoted}; type it anew without it"
    advice = "which a spreadsheet takes for a formula; write it in another way"
    return f"{quoted} begins with {text[0]}, {advice}" if looks_like_a_formula(text) else ""


def _violations(frame: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Return what the contract refuses: values out of range or of no list, empty cells, repeated keys."""
    problems = []
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        for case in rows(errors.failure_cases.sort_values(["index", "column"])):
            expected, value = ("a value" if case.check == "not_nullable" else case.check), case.failure_case
            got = repr(excerpt(value)) if isinstance(value, str) else value
            where = f"row {int(case.index)}, column {case.column}"
            text = f"expected {expected}, got {'an empty cell' if pd.isna(value) else got}"
            problems.append(Problem(file, where, text))
    key = [*table.key]
    for values, group in frame[frame.duplicated(key, keep=False)].groupby(key, sort=False):
        same = ", ".join(f"{name} {excerpt(value)}" for name, value in zip(key, values, strict=True))
        message = f"the same as row {group.index[0]} ({same}); keep one of them"
        problems.append(Problem(file, f"row {group.index[1]}", message))
    return problems


def mend(
    frame: pd.DataFrame, corrections: Sequence[Correction], *, file: str, quote: bool = True
) -> pd.DataFrame:
    """Apply those of the project's corrections that are meant for a file, given as its text cells.

    What comes back is a copy without the dropped rows and with the changed cells; the index as it was.

    InputError: each correction whose rows or text are not there any more; without ``quote`` no cell is
    quoted.
    """
    mended, problems = frame.copy(), []
    heads = {heading_key(str(name)): str(name) for name in frame.columns}
    for correction in (correction for correction in corrections if correction.file == file):
        where = {heads.get(heading_key(name), name): text.strip() for name, text in correction.where.items()}
        column = correction.column and heads.get(heading_key(correction.column), correction.column)
        absent = {*where, *filter(None, [column])} - {*mended.columns}
        chosen = pd.Series(not absent, index=mended.index)
        for name in where.keys() - absent:
            chosen &= mended[name].str.strip() == where[name]
        current = sorted({*mended.loc[chosen, column].str.strip()}) if column and not absent else []
        message = ""
        if absent:
            message = f"{file} has no column {min(absent)!r}; it has {', '.join(frame.columns)}"
        elif (count := int(chosen.sum())) != correction.rows:
            message = f"{count} rows of {file} are as it says, expected {correction.rows}: the source has"
            message += " mended it or moved; remove the correction or renew it"
        elif column is None:
            mended = mended[~chosen]
        elif current != [correction.found]:
            got = f"{', '.join(map(repr, current))}, expected {correction.found!r}"
            message = f"{column} is {got if quote else 'not what it says'}"
            message += ": the source has mended it; remove the correction or renew it"
        else:
            mended.loc[chosen, column] = correction.value
        problems += [Problem(Corrections.home, correction.id, message)] if message else []
    refuse(problems)
    return mended


@dataclass(frozen=True)
class Reading:
    """One raw file, read and checked."""

    kind: str  # what the file is, such as "emissions-export" (see `klimatlib.sources.statistics`)
    frame: pd.DataFrame  # the tidy table; its columns and units are documented by the reader
    file: str  # as named in messages
    publisher: str  # of the numbers, to be cited as the source
    substance: str | None  # "GGT" (all greenhouse gases), "CO2", or None where it has no meaning
    unit: str | None  # of the value column
    vintage: str | None  # the publisher's report date (ISO), or None if the file does not tell
    notes: tuple[str, ...]  # what was understood: spelling mended, checks that could not be made
    warnings: tuple[str, ...] = ()  # what is unlikely, but may be so


class Match(NamedTuple):
    """A place's name looked up: its code, or the reason why there is none."""

    code: str  # of the municipality (four digits) or county (two); empty if the name was refused
    problem: str = ""  # with the nearest names; empty if the name was accepted


_IRREGULAR = {"falu": "falun"}
_REGIONS = {"sörmland": "södermanland", "jämtland härjedalen": "jämtland", "vgr": "västra götaland"}
_REGION = re.compile(r"\b(?:region(?:en)?|landsting(?:et)?)\b|s?regionen$")
_KINDS = re.compile(r"(?:^(?:kommun|kommunen|staden) )|(?: (?:kommun|kommunen|stad|stads kommun))$")


@dataclass(frozen=True)
class Places:
    """The municipalities that exist, and the counties they lie in: the first two digits of a code."""

    names: Mapping[str, str]  # of municipalities, by code
    counties: Mapping[str, str]  # county code -> name, such as "Skåne län"

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, file: str = "municipalities.csv") -> Places:
        """Make the table from a frame that fulfils the contract `MUNICIPALITIES`.

        InputError: a municipality lies in another county than its code says, or a name stands for two places.
        """
        listed = frame.sort_values("municipality_code")
        counties, place = listed.drop_duplicates(["county_code", "county"]), "{0.municipality_code}"
        elsewhere = listed[listed["county_code"] != listed["municipality_code"].str[:2]]
        text = "expected the county code of its first two digits, got {0.county_code}"
        problems = problems_by_row(elsewhere, file, place, text)
        text = "{0.municipality} is given twice in one county; keep one"
        problems += problems_by_row(listed[listed.duplicated(["municipality", "county"])], file, place, text)
        text = "county {0.county_code} has two names; keep one"
        problems += problems_by_row(counties[counties.duplicated("county_code")], file, place, text)
        refuse(problems)
        names = {row.municipality_code: clean(row.municipality) for row in rows(listed)}
        return cls(names, {row.county_code: clean(row.county) for row in rows(counties)})

    @cached_property
    def _codes_by_name(self) -> dict[str, list[str]]:
        codes: dict[str, list[str]] = {}
        for code, name in self.names.items():
            codes.setdefault(name_key(name), []).append(code)
        return codes

    def members_of(self, county: str) -> tuple[str, ...]:
        """Codes of a county's municipalities, in order."""
        return tuple(code for code in self.names if code.startswith(county))

    def county(self, name: str) -> Match:
        """Look a county up by its name, with or without "län"."""
        code = next((c for c, own in self.counties.items() if county_key(own) == county_key(name)), "")
        return Match(code, "" if code else unknown_name(name, "county", self.counties.values()))

    def exact(self, name: str, *, county: str = "") -> Match:
        """Look a municipality up by its official name; letter case, spaces and hyphens do not matter.

        ``county`` is the code of the county that it must lie in.
        """
        codes = self._codes_by_name.get(name_key(name), [])
        inside = [code for code in codes if code.startswith(county)]
        if len(inside) == 1:
            return Match(inside[0])
        if inside:
            problem = f"'{excerpt(name)}' may be any of {', '.join(inside)}; give the code"
        elif codes:
            home, asked = self.counties[codes[0][:2]], self.counties.get(county, county)
            problem = f"'{excerpt(name)}' lies in {home}, not in {asked}; check the name and the county"
        else:
            problem = unknown_name(name, "municipality", self.names.values())
        return Match("", problem)

    def region(self, name: str) -> Match:
        """Look a region up: "Region Örebro", "Region Örebro län", "Västra Götalandsregionen", "VGR".

        Its code is its county's; that of Region Gotland, which is a municipality too, is the municipality's.
        """
        key = name_key(name)
        bare = " ".join(re.sub(r"\b(?:i|läns?)\b", " ", _REGION.sub(" ", key)).split())
        if not _REGION.search(key) and key not in _REGIONS:
            regions = [f"Region {county}" for county in self.counties.values()]
            return Match("", unknown_name(name, "region", regions))
        match = self.county(_REGIONS.get(bare, bare))
        inside = self.members_of(match.code) if match.code else ()
        is_one = len(inside) == 1 and county_key(self.names[inside[0]]) == county_key(bare)
        return Match(inside[0]) if is_one else match

    def find(self, name: str) -> Match:
        """Look a municipality or region up by what people type: code, name or both, in any order.

        "1280", "114" (a code that lost its nought), "Malmö stad (1280)", "Lunds kommun", "Region Skåne",
        "Habo, Jönköpings län", "Västra Götalandsregionen (VGR)". A name is taken only if exactly one place
        has it: "Hobo" is near two municipalities and is neither.
        """
        place, _, after = clean(name).replace("(", ",").partition(",")
        if after := after.strip(" ),."):
            match, county = self.find(place), self.county(after).code
            if match.code and (match.code == self.find(after).code or match.code.startswith(county or "-")):
                return match
            if county:
                return self.exact(place, county=county)
        digits = re.findall("[0-9]+", clean(name))
        words = " ".join(re.sub(r"[0-9()\[\]:;,.]+", " ", clean(name)).split()).strip(" -–")
        match, key = self.region(words), name_key(words)
        if words and not match.code:
            match, bare = self.exact(words), _KINDS.sub("", key)
            forms = {bare, _IRREGULAR.get(bare, bare)}
            if bare != key:  # "… kommun" or "… stad" follows the name with or without the genitive s
                forms |= {bare.removesuffix("s"), bare.removesuffix(" s")}
            codes = {code for form in forms for code in self._codes_by_name.get(form, [])}
            match = Match(codes.pop()) if len(codes) == 1 else match
        if not digits:
            return match
        code = digits[0] if len(digits[0]) == 2 else digits[0].zfill(4)
        is_code = len(digits) == 1 and (code in self.names or code in self.counties)
        if is_code and match.code == (code if words else ""):
            return Match(code)
        return Match("", f"'{excerpt(name)}' has no code and name of one place; write the name alone")


def unknown_name(name: str, kind: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, why if a letter is foreign or it is blank, and what is near."""
    if not clean(name):
        return f"expected the name of a {kind}, got a blank"
    if odd := files.odd_letters(clean(name)):
        return f"'{excerpt(name)}' is no {kind}: {odd}, no Swedish letter; type the name anew"
    by_key = {name_key(each): each for each in known}
    near = [by_key[key] for key in difflib.get_close_matches(name_key(name), by_key, n=3, cutoff=0.6)]
    hint = f"nearest are {', '.join(near)}" if near else "write it as its publisher does"
    return f"'{excerpt(name)}' is no {kind} known here; {hint}"


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
