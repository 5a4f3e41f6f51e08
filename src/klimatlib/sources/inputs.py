"""The one door to a report's files: what is read through it is remembered by its hash.

That is how a run knows which chapter depends on which file, and what the manifest lists.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from pandera.errors import SchemaErrors

from klimatlib.claims.claims import ClaimBook, read_claims
from klimatlib.claims.signatures import REPORT, Signature, faults, signatures_file
from klimatlib.config import (
    Correction,
    Corrections,
    Examples,
    ModelT,
    Outline,
    Project,
    Question,
    Questions,
    Sectors,
    Source,
    Sources,
    Targets,
    is_date,
    load_project,
    load_yaml,
    unfilled,
    validate,
)
from klimatlib.errors import InputError, KlimatlibError, Problem
from klimatlib.files import legible, looks_like_a_formula, unseen
from klimatlib.sources import tables as schemas
from klimatlib.sources.emissions_database import OFFSHORE_SHARE
from klimatlib.sources.files import capped, read_file, shown
from klimatlib.sources.statistics import changes, sums
from klimatlib.sources.tables import NATION, TOTAL, Places, Table, county_key, name_key, rows

# --- klimatlib.sources.inputs: Tidy tables: read as text, converted by contract, so that a

_MAX_SHOWN = 20
_REMEMBERED = 16  # tables; a report reads fewer
_read: dict[tuple[Hashable, ...], pd.DataFrame] = {}


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
    if key not in _read:
        while len(_read) >= _REMEMBERED:
            del _read[next(iter(_read))]
        _read[key] = _parsed(data, table, file, corrections)
    return _read[key].copy()


def _parsed(data: bytes, table: Table, file: str, corrections: Sequence[Correction]) -> pd.DataFrame:
    (_, header), *rows = _rows(data, file)
    names = _header(header, table, file)
    _values_without_heading(names, rows, file)
    index = pd.Index([number for number, _ in rows], dtype="int64")  # the row in the file
    frame = pd.DataFrame([cells for _, cells in rows], columns=names, index=index, dtype="str")
    frame = mend(frame, corrections, file=file).reindex(columns=[*table.schema.columns], fill_value="")
    problems = [*_convert(frame, table, file)]
    if not problems:
        problems += [*_violations(frame, table, file), *_repeated(frame, table, file)]
    if problems:
        raise InputError(capped(problems, _MAX_SHOWN))
    return frame.reset_index(drop=True)


def _rows(data: bytes, file: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not blank, each with its number in the file; the first is the header."""
    text = legible(data, file)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        rows = [(number, row) for number, row in enumerate(reader, 1) if any(map(str.strip, row))]
    except csv.Error as error:
        told = f"cannot be read as CSV ({error}); look for a quotation mark that is not closed"
        raise InputError([Problem(file, f"line {reader.line_num}", told)]) from None
    if not rows:
        raise InputError([Problem(file, "", "empty; expected a header row and data")])
    width = len(rows[0][1])
    uneven = [
        Problem(file, f"row {number}", f"{len(row)} cells, expected {width} as in the header; {_MEND_ROW}")
        for number, row in rows
        if len(row) != width
    ]
    if uneven:
        raise InputError(uneven[:_MAX_SHOWN])
    return rows


_MEND_ROW = "is a cell missing, or a comma not in quotes?"


def _delimiter(text: str) -> str:
    """Return what separates the columns: what stands most often in the header."""
    header = next((line for line in text.split("\n") if line.strip()), "")
    return max(",;\t", key=header.count)


def _header(found: list[str], table: Table, file: str) -> list[str]:
    """Return the columns' names; one more than those expected does no harm, one less does."""
    names = [" ".join(name.split()).casefold() for name in found]
    expected = list(table.schema.columns)
    others = [name for name in names if name not in expected]
    problems = [
        Problem(file, f"column {name}", f"missing{_nearest(name, others)}; expected {', '.join(expected)}")
        for name, column in table.schema.columns.items()
        if column.required and name not in names
    ]
    problems += [
        Problem(file, f"column {n}", "stands twice; keep one of them")
        for n in dict.fromkeys(names)
        if n and names.count(n) > 1
    ]
    if problems:
        raise InputError(problems)
    return names


def _values_without_heading(names: list[str], rows: list[tuple[int, list[str]]], file: str) -> None:
    problems = [
        Problem(
            file, f"row {number}, column {place}", f"{cell!r} under no heading; head the column, or empty it"
        )
        for place in (place for place, name in enumerate(names, 1) if not name)
        for number, cells in rows
        if (cell := cells[place - 1].strip())
    ]
    if problems:
        raise InputError(problems[:_MAX_SHOWN])


def _nearest(name: str, candidates: list[str]) -> str:
    near = difflib.get_close_matches(name, candidates, n=1)
    return f"; is it {near[0]!r}?" if near else ""


_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
_DECIMAL = re.compile(r"(?!-[0.]+$)-?(0|[1-9][0-9]{0,14})([.][0-9]{1,15})?")


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return float(text)


_PARSERS: dict[str, tuple[Callable[[str], object], str]] = {
    "Int64": (_whole, "a whole number, digits alone"),
    "Float64": (_decimal, "a number with decimal point, digits alone"),
}


def _convert(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    for name, column in table.schema.columns.items():
        texts = [text.strip() for text in frame[name].tolist()]
        if str(column.dtype) not in _PARSERS:
            yield from _unfit(texts, frame.index, name, file)
            texts = [" ".join(text.split()) for text in texts] if name in table.key else texts
            frame[name] = pd.Series(texts, index=frame.index, dtype="str")
            continue
        parse, expected = _PARSERS[str(column.dtype)]
        values: list[object] = []
        for row, text in zip(frame.index, texts, strict=True):
            try:
                values.append(parse(text) if text else pd.NA)
            except ValueError:
                yield Problem(file, f"row {row}, column {name}", f"expected {expected}, got {shown(text)!r}")
        if len(values) == len(frame):
            frame[name] = pd.Series(values, index=frame.index, dtype=str(column.dtype))


def _unfit(texts: Sequence[str], rows: Iterable[int], name: str, file: str) -> Iterator[Problem]:
    """Find texts with characters that nobody sees, and those that a spreadsheet takes for formulas."""
    for row, text in zip(rows, texts, strict=True):
        if text[:1].isalnum() and text.isprintable():
            continue
        where = f"row {row}, column {name}"
        if found := unseen(text, allowed=""):
            yield Problem(file, where, f"{found} cannot be seen in {_shown(text)}; type it anew without it")
        elif looks_like_a_formula(text):
            told = f"begins with {text[0]}, which a spreadsheet takes for a formula; write it in another way"
            yield Problem(file, where, f"{_shown(text)} {told}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _violations(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        for _, case in errors.failure_cases.sort_values(["index", "column"]).iterrows():
            expected = "a value" if case["check"] == "not_nullable" else case["check"]
            value = case["failure_case"]
            found = (
                "an empty cell" if pd.isna(value) else repr(shown(value)) if isinstance(value, str) else value
            )
            where = f"row {int(case['index'])}, column {case['column']}"
            yield Problem(file, where, f"expected {expected}, got {found}")


def _repeated(frame: pd.DataFrame, table: Table, file: str) -> Iterator[Problem]:
    key = list(table.key)
    twice = frame[frame.duplicated(key, keep=False)]
    for _, group in twice.groupby(key, sort=False):
        if len(group) > 1:
            same = ", ".join(f"{name} {shown(group.iloc[0][name])}" for name in key)
            first, *rest = group.index
            yield Problem(file, f"row {rest[0]}", f"the same as row {first} ({same}); keep one of them")


# --- klimatlib.sources.inputs: The one door to a report's files: what is read through it is

_TEXT = (".csv", ".md", ".yml")


class Inputs:
    """The inputs of one report, and a record of those that were read.

    Parameters
    ----------
    project
        The report.

    Attributes
    ----------
    digests
        Path relative to the project -> sha256 of the bytes that were read.
    looked
        Pattern relative to the project -> the files that it found: what is not there matters too.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.digests: dict[str, str] = {}
        self.looked: dict[str, list[str]] = {}

    @classmethod
    def open(cls, params_file: str | Path, *, start: Path | None = None, draft: bool = False) -> Inputs:
        """Open a report's inputs by its parameter file; a draft may still have something to fill in."""
        inputs = cls(load_project(params_file, start=start, draft=draft))
        inputs.read(inputs.project.params_path)
        return inputs

    def read(self, path: Path, *, draft: bool = False) -> bytes:
        """Return a file's bytes and remember their sha256; a draft may have something to fill in."""
        shown = self.project.relative(path)
        self._require_inside(path, shown)
        data = read_file(path, shown)
        self.digests[shown] = hashlib.sha256(data).hexdigest()
        if not draft and path.is_relative_to(self.project.data) and path.suffix in _TEXT:
            self._whole(data, shown)
        return data

    def _require_inside(self, path: Path, shown: str) -> None:
        """Refuse a file elsewhere: what a link or ``..`` leads to is no part of what a commit holds."""
        there = path.resolve()
        if not there.is_relative_to(self.project.root.resolve()):
            told = f"leads out of the project, to {there}; put the file itself there"
            raise InputError([Problem(shown, "", told)])

    def exists(self, path: Path) -> bool:
        """Whether a file is there, and remember that this was asked."""
        return bool(self.find(path.parent, path.name))

    def find(self, folder: Path, pattern: str) -> list[Path]:
        """Return the files of a folder that a pattern finds, sorted, and remember the search."""
        root = self.project.root
        found = sorted(path for path in folder.glob(pattern) if path.is_file())
        shown = folder.relative_to(root).joinpath(pattern).as_posix()
        self.looked[shown] = [path.relative_to(root).as_posix() for path in found]
        return found

    def _whole(self, data: bytes, shown: str) -> None:
        """Refuse a file of the year that still has something to fill in."""
        if problems := unfilled(data.decode("utf-8", errors="replace"), file=shown):
            raise InputError(problems)

    def unfilled(self) -> list[Problem]:
        """Return what is still to be filled in of the year's own files, read or not.

        The channels' texts are written when the report stands, and do not hold it up.
        """
        later = self.project.data / "texts" / "channels"
        whole = (path for path in self.project.data.rglob("*") if path.suffix in _TEXT)
        found = sorted(path for path in whole if path.parent != later)
        texts = [(path.read_text(encoding="utf-8", errors="replace"), path) for path in found]
        return [p for text, path in texts for p in unfilled(text, file=self.project.relative(path))]

    def table(self, path: Path, table: Table) -> pd.DataFrame:
        """Return a tidy CSV with its corrections, checked by its contract and by its checksums."""
        file = self.project.relative(path)
        data = self.read(path)
        if problems := [*self._not_as_kept(path, file)]:
            raise InputError(problems)
        return read_table(data, table, file=file, corrections=self.corrections())

    def _not_as_kept(self, path: Path, file: str) -> Iterator[Problem]:
        """Hold a table that was just read against the checksums that its source and its provenance tell."""
        told = f"is not the file whose sha256 {{}} tells (now {self.digests[file][:12]}…)"
        advice = "get it from git, or where the change is meant write the new sha256 there"
        if self._told_by_sources(file) not in (None, self.digests[file]):
            yield Problem(file, "", f"{told.format('params/sources.yml')}; {advice}")
        beside = path.with_suffix(".provenance.json")
        if self.exists(beside) and self._told_beside(beside) != self.digests[file]:
            yield Problem(file, "", f"{told.format(beside.name)}; get it from git, or fetch it again")

    def _told_by_sources(self, file: str) -> str | None:
        """Return the checksum in ``params/sources.yml``; what is wrong with that file is told elsewhere."""
        try:
            known = self.model(self.project.root / "params" / "sources.yml", Sources).sources.values()
        except InputError:
            return None
        return next((one.sha256 for one in known if one.file == file and not one.raw), None)

    def _told_beside(self, path: Path) -> object:
        try:
            return json.loads(self.read(path))["table_sha256"]
        except (ValueError, KeyError, TypeError):
            return None

    def corrections(self) -> tuple[Correction, ...]:
        """Return the known errors of sources (``params/corrections.yml``); none without such a file."""
        path = self.project.root / FILE
        return self.model(path, Corrections).corrections if self.exists(path) else ()

    def model(self, path: Path, model: type[ModelT]) -> ModelT:
        """Return a YAML file as its model."""
        return validate(self.read(path), model, shown=self.project.relative(path))


# --- klimatlib.sources.inputs: What a row of the register of members must agree on: its cod

_YEAR = re.compile("(?:19|20)[0-9]{2}")
_REGIONS = {"södermanland": "sörmland"}


def register_faults(row: Any, places: Places, year: int) -> Iterator[tuple[str, str]]:
    """Yield the columns of a row that cannot be, and why.

    Parameters
    ----------
    row
        A row of `schemas.MEMBERS`.
    places
        The municipalities and counties that exist.
    year
        Year of the report.
    """
    if not (name := _official(row, places)):
        told = "is no municipality" if row.kind == "municipality" else "is no county's code"
        yield "code", f"{row.code} {told}; see data/statistics/municipalities.csv"
    elif not _same(row, name):
        told = f"{row.code} is {name} in data/statistics/municipalities.csv, got {row.name!r}"
        yield "name", f"{told}; is the row shifted, or the code another's?"
    yield from _years(row, year)


def _official(row: Any, places: Places) -> str:
    """Return the name that a code stands for; empty where it is unknown."""
    known = places.names if row.kind == "municipality" else places.counties
    return known.get(row.code, "")


def _same(row: Any, official: str) -> bool:
    """Whether a name is that of its code; a region is named after its county, in one way or another."""
    if row.kind == "municipality":
        return name_key(row.name) == name_key(official)
    county = county_key(official)
    return "region" in name_key(row.name) and _REGIONS.get(county, county) in name_key(row.name)


def _years(row: Any, year: int) -> Iterator[tuple[str, str]]:
    for column in ("joined", "left"):
        text = str(getattr(row, column))
        if text and not _YEAR.search(text):
            yield column, f"expected a year as 2023, <=2020 or 2023-02, or nothing, got {text!r}"
    left = _YEAR.search(str(row.left))
    later = left is not None and int(left.group()) > year and row.status == "member"
    if bool(left) != (row.status == "left") and not later:
        yield "left", f"status is {row.status}, left is {row.left!r}; only who has left has a year there"
    joined = _YEAR.search(str(row.joined))
    if joined and row.status in ("member", "left") and int(joined.group()) > year:
        told = f"a {row.status} in {year} that joined in {joined.group()}; expected joined_later"
        yield "status", told if row.status == "member" else f"left before it joined in {joined.group()}"
    if joined and row.status == "joined_later" and int(joined.group()) <= year:
        yield "status", f"joined_later, but joined in {joined.group()}; expected member"


def members_of_year(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of those that were members at the end of a year, regions too, observers not.

    This is the one definition of a member of the year, for the survey and the emissions alike: joined in that
    year or before, and not left by its end. Who has no year of joining counts as an old member.

    Parameters
    ----------
    register
        Columns as `tables.MEMBERS`; ``joined`` and ``left`` are text, of which the year is read.
    year
        The year.
    """
    joined, left = (
        register[column].astype("str").str.extract(f"({_YEAR.pattern})", expand=False).astype("float")
        for column in ("joined", "left")
    )
    came = (joined <= year) | (joined.isna() & (register["status"] != "joined_later"))
    return register[came & ~(left <= year) & (register["status"] != "observer")]


# --- klimatlib.sources.inputs: Known errors of sources, mended in the open: each with its r

FILE = "params/corrections.yml"


def mend(
    frame: pd.DataFrame, corrections: Sequence[Correction], *, file: str, quote: bool = True
) -> pd.DataFrame:
    """Apply those corrections that are meant for a file.

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
    for correction in (_as_headed(one, frame) for one in corrections if one.file == file):
        problem = _unknown_column(mended, correction) or _apply(mended, correction, quote=quote)
        if problem:
            problems.append(Problem(FILE, correction.id, problem))
        elif correction.drop:
            mended = mended[~_corrections_rows(mended, correction)]
    if problems:
        raise InputError(problems)
    return mended


def _as_headed(correction: Correction, frame: pd.DataFrame) -> Correction:
    """Return a correction with its columns as the file heads them: case and spaces do not matter."""
    heads = {_heading(str(name)): str(name) for name in frame.columns}
    where = {heads.get(_heading(name), name): text for name, text in correction.where.items()}
    column = correction.column and heads.get(_heading(correction.column), correction.column)
    return correction.model_copy(update={"where": where, "column": column})


def _heading(name: str) -> str:
    return " ".join(name.split()).casefold()


def told(correction: Correction) -> str:
    """Return a correction in one line: where, what, how much, why; of members' answers only the reason."""
    if Path(correction.file).name.startswith("answers_"):
        return f"{correction.file}, {correction.id}: {correction.why} ({correction.decided})"
    rows = ", ".join(f"{column} {text!r}" for column, text in correction.where.items())
    return f"{correction.file}, {rows}: {_change(correction)}; {correction.why} ({correction.decided})"


def _apply(frame: pd.DataFrame, correction: Correction, *, quote: bool) -> str:
    """Change the cells in place; return what stands in the way, or nothing."""
    rows = _corrections_rows(frame, correction)
    if int(rows.sum()) != correction.rows:
        return (
            f"{int(rows.sum())} rows of {correction.file} are as it says, expected {correction.rows}: "
            "the source has mended it or moved; remove the correction or renew it"
        )
    if correction.column is not None:
        now = sorted(set(frame.loc[rows, correction.column].str.strip()))
        if now != [correction.found]:
            others = f"{', '.join(map(repr, now))}, expected {correction.found!r}"
            return (
                f"{correction.column} is {others if quote else 'not what it says'}: "
                "the source has mended it; remove the correction or renew it"
            )
        frame.loc[rows, correction.column] = correction.value
    return ""


def _corrections_rows(frame: pd.DataFrame, correction: Correction) -> pd.Series[bool]:
    found = pd.Series(True, index=frame.index)
    for column, text in correction.where.items():
        found &= frame[column].str.strip() == text.strip()
    return found


def _unknown_column(frame: pd.DataFrame, correction: Correction) -> str:
    asked = [*correction.where, *([correction.column] if correction.column else [])]
    absent = [name for name in asked if name not in frame.columns]
    there = ", ".join(frame.columns)
    return f"{correction.file} has no column {absent[0]!r}; it has {there}" if absent else ""


def _change(correction: Correction) -> str:
    if correction.drop:
        return f"{correction.rows} {'row' if correction.rows == 1 else 'rows'} left out"
    try:
        before, after = float(str(correction.found)), float(str(correction.value))
    except ValueError:
        return f"{correction.column} {correction.found!r} -> {correction.value!r}"
    size = f" ({100 * (after / before - 1):+.1f} %)" if before else ""
    return f"{correction.column} {correction.found} -> {correction.value}{size}"


# --- klimatlib.sources.inputs: Control totals: what must add up within the project's tables

SPIKE = 3.0
"""How far one value may leave both its neighbours in the same direction."""
_ROUNDED_T = 0.5  # what rounding to whole tonnes takes or adds at most
_FETCH = "compare with the source, or fetch the table anew"
_Series = Mapping[str, Mapping[int, tuple[float, int]]]  # code -> year -> value, row in the file


def of_emissions(frame: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Return what does not add up in the emissions, columns as `schemas.EMISSIONS`."""
    cells = {
        (row.municipality_code, int(row.year), row.sector): (float(row.emissions_t), number)
        for number, row in enumerate(rows(frame), 2)
    }
    totals: dict[str, dict[int, tuple[float, int]]] = defaultdict(dict)
    parts: dict[tuple[str, int], list[float]] = defaultdict(list)
    for (code, year, sector), (value, number) in cells.items():
        if sector == TOTAL:
            totals[code][year] = value, number
        else:
            parts[code, year].append(value)
    return [
        *capped([*_sectors(totals, parts, file)]),
        *capped([*_gaps(cells, file)]),
        *capped([*_nation(cells, places, file)]),
        *capped([*_spikes(totals, "emissions_t", "t", file)]),
    ]


def of_population(frame: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Return what does not add up in the population, columns as `schemas.POPULATION`."""
    series: dict[str, dict[int, tuple[float, int]]] = defaultdict(dict)
    for number, row in enumerate(rows(frame), 2):
        series[row.municipality_code][int(row.year)] = float(row.population), number
    wide = frame.pivot(index="municipality_code", columns="year", values="population").astype(float)
    in_part = [] if whole_country({*series}, places) else capped([*_more_than_the_nation(series, file)])
    return [
        *sums(wide, places, file),
        *changes(wide, file),
        *capped([*_spikes(series, "population", "persons", file)]),
        *capped([*_lost_years(series, file)]),
        *in_part,
    ]


def years_with_sectors(emissions: pd.DataFrame) -> list[int]:
    """Return the years whose totals are held against their sectors, sorted."""
    return sorted({*emissions.loc[emissions["sector"] != TOTAL, "year"]})


def whole_country(codes: object, places: Places) -> bool:
    """Whether a table holds every municipality and the nation, so that they are held against each other."""
    return {*places.names, NATION} <= {*codes}  # type: ignore[misc]


def _sectors(totals: _Series, parts: Mapping[tuple[str, int], list[float]], file: str) -> Iterator[Problem]:
    """Hold every total against its sectors, to the rounding of each."""
    for (code, year), values in parts.items():
        if year not in totals.get(code, ()):
            told = f"sectors but no total; add the row with sector {TOTAL}"
            yield Problem(file, f"{code}, {year}", told)
            continue
        (total, number), added = totals[code][year], sum(values)
        if abs(added - total) > _ROUNDED_T * (len(values) + 1):
            told = f"{code}, {year}: sectors add up to {added:.0f} t, the total is {total:.0f} t; {_FETCH}"
            yield Problem(file, f"row {number}, column emissions_t", told)


def _gaps(cells: Mapping[tuple[str, int, str], object], file: str) -> Iterator[Problem]:
    """Ask of every place for what the other places have."""
    everywhere, there = {code for code, _, _ in cells}, defaultdict(set)
    for code, year, sector in cells:
        there[year, sector].add(code)
    for (year, sector), codes in there.items():
        for code in sorted(everywhere - codes):
            yield Problem(file, f"{code}, {year}, {sector}", f"missing, but other places have it; {_FETCH}")


def _nation(
    cells: Mapping[tuple[str, int, str], tuple[float, int]], places: Places, file: str
) -> Iterator[Problem]:
    """Hold the nation against its municipalities: never less, and with all of them little more."""
    inside: dict[tuple[int, str], list[float]] = defaultdict(list)
    for (code, year, sector), (value, _) in cells.items():
        if code != NATION:
            inside[year, sector].append(value)
    whole = whole_country({code for code, _, _ in cells}, places)
    for (year, sector), values in inside.items():
        nation, number = cells.get((NATION, year, sector), (None, 0))
        if nation is None:
            continue
        added, rounded = sum(values), _ROUNDED_T * (len(values) + 1)
        at_sea = OFFSHORE_SHARE * nation if whole and sector == TOTAL else float("inf")
        if not added - rounded <= nation <= added + at_sea + rounded:
            told = (
                f"{nation:.0f} t in the nation, {added:.0f} t in its {len(values)} municipalities; {_FETCH}"
            )
            yield Problem(file, f"row {number}, column emissions_t", f"{year}, {sector}: {told}")


def _spikes(series: _Series, column: str, unit: str, file: str) -> Iterator[Problem]:
    """Find a value that leaves both its neighbours by far, in the same direction."""
    for code, by_year in series.items():
        years = sorted(by_year)
        for (before, year), (_, after) in pairwise(pairwise(years)):
            value, number = by_year[year]
            beside = (by_year[before][0], by_year[after][0])
            if value > SPIKE * max(beside) or value * SPIKE < min(beside):
                told = f"{value:.0f} {unit} between {beside[0]:.0f} and {beside[1]:.0f}; {_FETCH}"
                yield Problem(file, f"row {number}, column {column}", f"{code}, {year}: {told}")


def _lost_years(series: _Series, file: str) -> Iterator[Problem]:
    """Find a place that has an earlier year, and lacks a later one that others have."""
    years = sorted({year for by_year in series.values() for year in by_year})
    for code, by_year in series.items():
        for year in years:
            if year not in by_year and year > min(by_year):
                yield Problem(file, f"{code}, {year}", f"missing, but other places have it; {_FETCH}")


def _more_than_the_nation(series: _Series, file: str) -> Iterator[Problem]:
    for year, (nation, number) in series.get(NATION, {}).items():
        inside = sum(by[year][0] for code, by in series.items() if code != NATION and year in by)
        if nation < inside:
            told = f"{year}: {nation:.0f} persons in the nation, {inside:.0f} in its municipalities; {_FETCH}"
            yield Problem(file, f"row {number}, column population", told)


# --- klimatlib.sources.inputs: The project's own inputs: tidy tables, facts, texts and the


def municipalities(inputs: Inputs) -> pd.DataFrame:
    """Sweden's municipalities, columns as `schemas.MUNICIPALITIES`.

    Raises
    ------
    InputError
        A code of another county, or two names for one county.
    """
    path = inputs.project.statistics / "municipalities.csv"
    frame = inputs.table(path, schemas.MUNICIPALITIES)
    _places(tuple(map(tuple, frame.to_numpy().tolist())), inputs.project.relative(path))
    return frame


def places(inputs: Inputs) -> Places:
    """Return the municipalities and counties that exist."""
    path = inputs.project.statistics / "municipalities.csv"
    found = tuple(map(tuple, municipalities(inputs).to_numpy().tolist()))
    return _places(found, inputs.project.relative(path))


@lru_cache(maxsize=4)
def _places(register: tuple[tuple[str, ...], ...], file: str) -> Places:
    columns = list(schemas.MUNICIPALITIES.schema.columns)
    return Places.from_frame(pd.DataFrame(list(register), columns=columns, dtype="str"), file=file)


def sectors(inputs: Inputs) -> Sectors:
    """Return the main sectors of the emissions database (``params/sectors.yml``)."""
    return inputs.model(inputs.project.root / "params" / "sectors.yml", Sectors)


def emissions_contract(inputs: Inputs) -> Table:
    """Return the contract of the emissions: no other sectors than those of ``params/sectors.yml``."""
    return schemas.emissions_table(*(sector.name for sector in sectors(inputs).in_total))


def emissions(inputs: Inputs, vintage: str | None = None) -> pd.DataFrame:
    """Greenhouse gas emissions by municipality, year and sector, columns as `schemas.EMISSIONS`.

    Parameters
    ----------
    inputs
        The report's inputs.
    vintage
        Release of the emissions database; the parameters' one by default. Only that must have the
        parameters' data year.

    Raises
    ------
    InputError
        Unknown municipality, what does not add up (`klimatlib.sources.inputs`), or a data year that is
        not there.
    """
    params = inputs.project.params
    path = inputs.project.statistics / f"emissions_{vintage or params.emissions_vintage}.csv"
    frame = inputs.table(path, emissions_contract(inputs))
    shown = inputs.project.relative(path)
    problems = [*_unknown_codes(frame, inputs, shown), *of_emissions(frame, places(inputs), shown)]
    years = set(frame.loc[frame["municipality_code"] == NATION, "year"])
    for key, year in (("emissions_year", params.emissions_year), ("base_year", params.base_year)):
        if year not in years and vintage is None:
            known = ", ".join(map(str, sorted(years)))
            problems.append(Problem(shown, f"year {year}", f"missing ({key}); the file has {known}"))
    if problems:
        raise InputError(problems)
    return frame


def remember(params_file: str, root: Path) -> None:
    """Read what every notebook reads, so that processes forked from this one have it parsed.

    What is wrong with them is not told here: whoever reads them for use does so.
    """
    with suppress(KlimatlibError):
        inputs = Inputs.open(params_file, start=root)
        statistics = inputs.project.statistics
        inputs.table(statistics / "municipalities.csv", schemas.MUNICIPALITIES)
        inputs.table(statistics / "population.csv", schemas.POPULATION)
        release = inputs.project.params.emissions_vintage
        inputs.table(statistics / f"emissions_{release}.csv", emissions_contract(inputs))
        for read in (questions, credits, facts, sectors):
            read(inputs)


def release_names(inputs: Inputs) -> list[str]:
    """Return the releases of the emissions database that are at hand, oldest first."""
    found = inputs.find(inputs.project.statistics, "emissions_*.csv")
    return sorted(path.stem.removeprefix("emissions_") for path in found)


def releases(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the emissions in the report's release and in those of ``revisions``, oldest first."""
    params = inputs.project.params
    return {name: emissions(inputs, name) for name in sorted({params.emissions_vintage, *params.revisions})}


def population(inputs: Inputs) -> pd.DataFrame:
    """Inhabitants on 31 December, columns as `schemas.POPULATION`."""
    path = inputs.project.statistics / "population.csv"
    frame = inputs.table(path, schemas.POPULATION)
    shown = inputs.project.relative(path)
    problems = [*_unknown_codes(frame, inputs, shown), *of_population(frame, places(inputs), shown)]
    if problems:
        raise InputError(problems)
    return frame


def members(inputs: Inputs) -> pd.DataFrame:
    """Members, former members and observers, columns as `schemas.MEMBERS`.

    The status is that at the end of the report's year: who leaves in a later year is still a member
    (`members_of_year`).

    Raises
    ------
    InputError
        A code that is no municipality or region, that has another name, or a status that the years deny.
    """
    path = inputs.project.data / "members.csv"
    frame, shown = inputs.table(path, schemas.MEMBERS), inputs.project.relative(path)
    known, year = places(inputs), inputs.project.params.year
    problems = [
        Problem(shown, f"row {number}, column {column}", told)
        for number, row in enumerate(rows(frame), 2)
        for column, told in register_faults(row, known, year)
    ]
    if problems:
        raise InputError(problems)
    frame.loc[members_of_year(frame, year).index, "status"] = "member"
    return frame


def questions(inputs: Inputs) -> dict[str, Question]:
    """Return the survey's questions by id, in the report's order.

    Raises
    ------
    InputError
        A question that stands twice, or whose wording of the year is still to be filled in.
    """
    path = inputs.project.root / "params" / "questions.yml"
    found = inputs.model(path, Questions).questions
    by_id = {question.id: question for question in found}
    shown, year = inputs.project.relative(path), str(inputs.project.params.year)
    problems = [p for q in found for p in _unsettled(q, year, shown)]
    if problems:
        raise InputError(problems)
    if len(by_id) < len(found):
        twice = sorted({q.id for q in found if [x.id for x in found].count(q.id) > 1})
        raise InputError([Problem(shown, "questions", f"{name} stands twice; keep one") for name in twice])
    return by_id


def _unsettled(question: Question, year: str, shown: str) -> list[Problem]:
    """Find a wording of the year with the mark of what is to be filled in; other years' do not matter."""
    found = unfilled(question.wording.get(year, ""), file=shown)
    return [Problem(shown, f"{question.id}, wording {year}", problem.text) for problem in found]


def goals(inputs: Inputs) -> pd.DataFrame:
    """Return the year's goals with results, columns as `schemas.GOALS`."""
    path = inputs.project.data / "goals.csv"
    frame = inputs.table(path, schemas.GOALS)
    problems = [
        Problem(
            inputs.project.relative(path),
            f"row {number}, column goal_max",
            f"{row.goal_max:g} is below goal_min, {row.goal_min:g}; are they exchanged?",
        )
        for number, row in enumerate(rows(frame), 2)
        if not pd.isna(row.goal_min) and not pd.isna(row.goal_max) and row.goal_max < row.goal_min
    ]
    if problems:
        raise InputError(problems)
    return frame


def published(inputs: Inputs) -> pd.DataFrame:
    """Figures as the report of the year printed them, columns as `schemas.PUBLISHED`.

    Raises
    ------
    InputError
        Another year's figures, or an earlier value without its year or a year that is not earlier.
    """
    path = inputs.project.data / "published.csv"
    frame, year = inputs.table(path, schemas.PUBLISHED), inputs.project.params.year
    problems = [
        Problem(inputs.project.relative(path), f"row {number}, column {column}", told)
        for number, row in enumerate(rows(frame), 2)
        for column, told in _published_faults(row, year, inputs.project.relative(inputs.project.params_path))
    ]
    if problems:
        raise InputError(problems)
    return frame


def _published_faults(row: Any, year: int, params: str) -> Iterator[tuple[str, str]]:
    before, value = row.previous_year, row.previous_value
    if row.year != year:
        yield "year", f"expected {year}, as {params} has it, got {row.year}; is it another year's file?"
    if pd.isna(before) != pd.isna(value):
        yield "previous_value", "expected a value with its previous_year, or both empty"
    elif not pd.isna(before) and before >= row.year:
        yield "previous_year", f"expected a year before {row.year}, got {before}"
    if str(row.unit).startswith("percent") and not 0 <= row.value <= 100:
        yield "value", f"expected a percentage from 0 to 100, got {row.value:g}"


def text(inputs: Inputs, name: str) -> str:
    """Return one of the report's texts: Markdown with placeholders."""
    path = inputs.project.data / "texts" / name
    return legible(inputs.read(path), inputs.project.relative(path))


def outline(inputs: Inputs) -> Outline:
    """Return which notebooks make the report and in what order (``notebooks/report.yml``)."""
    return inputs.model(inputs.project.root / "notebooks" / "report.yml", Outline)


def targets(inputs: Inputs) -> Targets:
    """Return what the pace of emissions is counted to (``params/targets.yml``)."""
    return inputs.model(inputs.project.root / "params" / "targets.yml", Targets)


def chapters(inputs: Inputs) -> tuple[str, ...]:
    """Return the notebooks that the summary rests on."""
    return outline(inputs).chapters


def credits(inputs: Inputs) -> list[list[str]]:
    """Return rows for the report's list of sources: publisher, and titles with their release."""
    known = inputs.model(inputs.project.root / "params" / "sources.yml", Sources).sources
    files, titles = _files_of(inputs), dict[str, list[str]]()
    for source in known.values():
        for path in sorted(files):
            if (found := _told_by(source, path)) is not None:
                files.remove(path)
                release = f", version {found.vintage}" if found.vintage else ""
                titles.setdefault(found.publisher, []).append(found.title + release)
    return [[publisher, ". ".join(told) + "."] for publisher, told in titles.items()]


def _files_of(inputs: Inputs) -> set[str]:
    project = inputs.project
    own = {project.relative(path) for path in inputs.find(project.data, "*.*")}
    vintage = project.statistics / f"emissions_{project.params.emissions_vintage}.csv"
    return own | {project.relative(vintage), project.relative(project.statistics / "population.csv")}


def origin(inputs: Inputs, path: str) -> Source:
    """Return where an input comes from, by its path in the project (``params/sources.yml``)."""
    shown = "params/sources.yml"
    known = inputs.model(inputs.project.root / "params" / "sources.yml", Sources).sources
    for source in known.values():
        if (found := _told_by(source, path)) is not None:
            return found
    raise InputError([Problem(shown, "sources", f"no source tells where {path} comes from; add it")])


def _told_by(source: Source, path: str) -> Source | None:
    """Return what a source says of a file, if the file is its own; of a fetched table with its release."""
    before, mark, after = source.file.partition("{vintage}")
    if not mark:
        return source if source.file == path else None
    if not (path.startswith(before) and path.endswith(after)):
        return None
    return source.model_copy(update={"file": path, "vintage": path.removeprefix(before).removesuffix(after)})


def _unknown_codes(frame: pd.DataFrame, inputs: Inputs, shown: str) -> list[Problem]:
    known = {*municipalities(inputs)["municipality_code"], NATION}
    found = frame["municipality_code"].drop_duplicates()
    told = "is no municipality; see data/statistics/municipalities.csv"
    return [
        Problem(shown, f"row {row}", f"{code} {told}")
        for row, code in zip(found.index + 2, found, strict=True)
        if code not in known
    ]


# --- klimatlib.sources.inputs.facts: The facts of the year: free in what they tell, strict in how

_DATES = ("date", "start", "end")
_TEXTS = frozenset({
    "affiliation", "email", "format", "host", "label", "month", "name", "official_title", "place",
    "qualifier", "role", "section", "title", "topic", "type", "website",
})  # fmt: skip
_LISTS = frozenset({"audience", "partners", "people", "sessions", "speakers", "summary_points", "topics"})
_COUNT = re.compile(r"(.+_)?count(_year_end)?|duration_minutes|new_colleagues|(.+_)?year|number|order")


def facts(inputs: Inputs) -> dict[str, Any]:
    """Return the facts of the year: what the association did, as nested mappings and lists.

    Raises
    ------
    InputError
        No mapping, no activities, two activities with one id, or a count, date or name that is none.
    """
    path = inputs.project.data / "facts.yml"
    return read_facts(inputs.read(path), inputs.project.relative(path))


def read_facts(data: bytes, shown: str) -> dict[str, Any]:
    """Return the facts that a YAML file holds, checked as `facts` says; ``shown`` is its name in messages."""
    found, _ = load_yaml(data, shown)
    if not isinstance(found, dict) or not isinstance(found.get("activities"), list):
        raise InputError([Problem(shown, "activities", "missing; expected a list of activities")])
    if problems := [*_nameless(found["activities"], shown), *_faults(found, "", shown)]:
        raise InputError(problems)
    ids = [activity["id"] for activity in found["activities"]]
    twice = [i for i in dict.fromkeys(ids) if ids.count(i) > 1]
    if twice:
        told = "stands twice; give one of them another"
        raise InputError(Problem(shown, "activities", f"id {i} {told}") for i in twice)
    return found


def _nameless(activities: list[Any], shown: str) -> Iterator[Problem]:
    for number, one in enumerate(activities):
        if not (isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"]):
            told = f"expected a mapping with an id in letters, got {str(one)[:60]!r}"
            yield Problem(shown, f"activities.{number}", told)


def _faults(node: object, where: str, shown: str) -> Iterator[Problem]:
    """Go through all facts, and yield those that are not what their key says."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            place = f"{where}.{key}".strip(".")
            if expected := _expected(str(key), value) or _uncounted(str(key), value, node):
                yield Problem(shown, place, f"expected {expected}, got {str(value)[:60]!r}")
            else:
                yield from _faults(value, place, shown)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _faults(value, f"{where}.{number}", shown)


def _expected(key: str, value: object) -> str:
    """Say what a key must hold; empty if it does."""
    if key in _DATES and not (isinstance(value, str) and is_date(value)):
        return 'a date as "2023-04-27"'
    if _COUNT.fullmatch(key) and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        return "a whole number, at least 0, without quotes"
    if key in _TEXTS and not (value is None or isinstance(value, str)):
        return "text, in quotes where it looks like something else"
    return "a list, [] for none" if key in _LISTS and not isinstance(value, list) else ""


def _uncounted(key: str, value: object, beside: Mapping[Any, Any]) -> str:
    """Hold a count against the list that stands beside it, where that is whole."""
    listed = beside.get(key.removesuffix("_count")) if key.endswith("_count") else None
    if not isinstance(listed, list) or beside.get(f"{key.removesuffix('_count')}_complete") is False:
        return ""
    return f"{len(listed)}, as many as are listed beside it" if len(listed) != value else ""


# --- klimatlib.sources.inputs.examples: The members' examples of the year: each with its member, its

LONGEST = 450  # characters; a post in social media has room for it
# A text is another's: the only placeholder in it is a claim, and the only markup is emphasis.
_CLAIM = re.compile(r'\{\{ claim\("[a-z0-9-]+"\) \}\}')
_MARKUP = re.compile(r"^\s*(?:#|:::|>|[-+] |\d+[.)] )|[\[\]<>{}|`$^~\\]|https?:|!\[|\n\s*\n", re.M)


def examples_file(project: Project) -> Path:
    """Return where a report's examples are kept."""
    return project.data / "examples.yml"


def examples(inputs: Inputs) -> Examples:
    """Return the members' examples; none without such a file.

    Raises
    ------
    InputError
        Not as `klimatlib.config.Examples`, or an example of nobody, of nothing, twice, too long, or
        with markup.
    """
    path = examples_file(inputs.project)
    if not inputs.exists(path):
        return Examples(examples=())
    found = inputs.model(path, Examples)
    shown = inputs.project.relative(path)
    if problems := [*_unknown(found, inputs, shown), *_twice(found, shown), *_examples_unfit(found, shown)]:
        raise InputError(problems)
    return found


def _unknown(found: Examples, inputs: Inputs, shown: str) -> Iterator[Problem]:
    year = inputs.project.params.year
    known, asked = {*members_of_year(members(inputs), year)["code"]}, questions(inputs)
    for place, one in enumerate(found.examples):
        if one.member not in known:
            yield Problem(shown, f"examples.{place}.member", f"{one.member} is no member of {year}")
        if one.question not in asked:
            told = f"no question {one.question!r} in params/questions.yml; known: {', '.join(asked)}"
            yield Problem(shown, f"examples.{place}.indicator", told)


def _twice(found: Examples, shown: str) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for place, one in enumerate(found.examples):
        first = seen.setdefault((one.member, one.question), place)
        if first != place:
            told = f"{one.member} has an example of {one.question} in examples.{first} too; keep one"
            yield Problem(shown, f"examples.{place}", told)


def _examples_unfit(found: Examples, shown: str) -> Iterator[Problem]:
    for place, one in enumerate(found.examples):
        where = f"examples.{place}"
        if (over := len(one.text) - LONGEST) > 0:
            told = f"{len(one.text)} characters, expected at most {LONGEST}: {over} too many"
            yield Problem(shown, f"{where}.text", told)
        if bad := _MARKUP.search(_CLAIM.sub("", one.text)):
            expected = 'expected one paragraph of plain sentences, {{ claim("…") }} for a number'
            told = f"found {bad.group()!r}; {expected}"
            yield Problem(shown, f"{where}.text", told)


# --- klimatlib.sources.inputs.signatures: Who has signed which claim, as the report's file of signatur


def signatures(inputs: Inputs) -> tuple[Signature, ...]:
    """Return who has signed which claim; nobody without such a file.

    A file of the earlier form, without ``document``, is about the report.

    Raises
    ------
    InputError
        Not as `schemas.SIGNATURES`, a name that is none, or a claim that one person signed twice.
    """
    path = signatures_file(inputs.project)
    if not inputs.exists(path):
        return ()
    table = inputs.table(path, schemas.SIGNATURES).replace({"document": {"": REPORT}})
    signed = tuple(Signature(*row) for row in rows(table))
    if problems := [*faults(signed, file=inputs.project.relative(path))]:
        raise InputError(problems)
    return signed


# --- klimatlib.sources: The only readers: the project's own inputs, official formats


def published_claims(inputs: Inputs, name: str) -> ClaimBook:
    """Return a published report's claims, and remember that they were read.

    Raises
    ------
    InputError
        When there are none, or they are not those that the run made.
    """
    path = inputs.project.root / "outputs" / name / "claims.csv"
    return read_claims(read_published(inputs, path.parent, path.name), file=inputs.project.relative(path))


def previous_claims(inputs: Inputs) -> ClaimBook:
    """Return the claims that the report named by ``previous`` published; none where there is no such report.

    Raises
    ------
    InputError
        When that report has no ``claims.csv``, or one that its run did not make.
    """
    name = inputs.project.params.previous
    return ClaimBook() if name is None else published_claims(inputs, name)


def read_published(inputs: Inputs, folder: Path, file: str) -> bytes:
    """Return a file of a published folder, and remember that it was read.

    It is believed only where the folder's manifest, or for other files than the claims its build record, says
    that a run made it so.

    Parameters
    ----------
    inputs
        Any report of the project.
    folder, file
        The published folder, and the file's path in it.

    Raises
    ------
    InputError
        When it is missing, or not as the run made it.
    """
    path, project = folder / file, inputs.project
    make = f"klimatlib report {folder.name.removesuffix('-draft')}"
    record = folder / ("manifest.json" if file == "claims.csv" else "build.json")
    for needed in (path, record):
        if not inputs.exists(needed):
            advice = f"missing; get it from git, or make it with: {make}"
            raise InputError([Problem(project.relative(needed), "", advice)])
    data, display_path = inputs.read(path), project.relative(path)
    outputs = parse_manifest(inputs.read(record), display_path=project.relative(record))["outputs"]
    if inputs.digests[display_path] != outputs.get(file):
        problem = (
            f"not as a run made it ({record.name} has another hash); get it from git, or make it anew: {make}"
        )
        raise InputError([Problem(display_path, "", problem)])
    return data


def parse_manifest(data: bytes, *, display_path: str) -> Mapping[str, Any]:
    """Return what a ``manifest.json`` or ``build.json`` holds.

    Raises
    ------
    InputError
        When it is neither.
    """
    try:
        manifest = json.loads(data)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("outputs"), dict):
        advice = f"get it from git, or make it anew: klimatlib report {Path(display_path).parent.name}"
        raise InputError([Problem(display_path, "", f"not a manifest; {advice}")])
    return manifest
