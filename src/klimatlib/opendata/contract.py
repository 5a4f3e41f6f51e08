"""The published tables: what each is, its columns, and how a column is told in other formats.

A column that an input has too is taken from `klimatlib.schemas`, so that it has one contract; what the inputs
lack is told here. `klimatlib.opendata.words` has the same in Swedish, for those who read the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandera.pandas as pa

from klimatlib import schemas
from klimatlib.claims.claims import LIGHTS
from klimatlib.opendata.words import COLUMNS, TABLES, Words
from klimatlib.schemas import NATION, SECTORS, TOTAL, Table

Kind = Literal["string", "integer", "number", "boolean"]
_KINDS: dict[str, Kind] = {"Int64": "integer", "Float64": "number", "boolean": "boolean"}
_DTYPES: dict[type, str] = {int: "Int64", float: "Float64", bool: "boolean", str: "str"}


@dataclass(frozen=True)
class Column:
    """A column of a published table.

    Attributes
    ----------
    name, kind, unit
        As in the CSV file.
    title, told
        Its name and meaning in Swedish.
    english
        Its meaning in English.
    empty
        Whether cells may be empty.
    limits
        What a value must be: ``pattern``, ``enum``, ``minimum``, ``maximum``.
    """

    name: str
    kind: Kind
    unit: str
    title: str
    told: str
    english: str
    empty: bool
    limits: dict[str, Any]


@dataclass(frozen=True)
class OpenTable:
    """A published table: its name, which is the file's too, its contract, and its words."""

    name: str
    contract: Table
    words: Words

    @property
    def file(self) -> str:
        """Name of its CSV file."""
        return f"{self.name}.csv"

    @property
    def columns(self) -> list[Column]:
        """Its columns, in the file's order."""
        return [_told(self.name, name, column) for name, column in self.contract.schema.columns.items()]


def _told(table: str, name: str, column: pa.Column) -> Column:
    title, told = COLUMNS.get(f"{table}.{name}") or COLUMNS[name]
    return Column(
        name,
        _KINDS.get(str(column.dtype), "string"),
        (column.metadata or {}).get("unit", ""),
        title,
        told,
        column.description or "",
        column.nullable,
        dict(_limits(column)),
    )


def _limits(column: pa.Column) -> Iterator[tuple[str, Any]]:
    """Yield a column's checks as Table Schema has them; that some text is there is told by ``empty``."""
    for check in column.checks:
        known = check.statistics or {}
        if "pattern" in known:
            yield "pattern", getattr(known["pattern"], "pattern", known["pattern"])
        if "allowed_values" in known:
            yield "enum", list(filter(None, known["allowed_values"]))
        if check.name == "in_range":
            yield "minimum", known["min_value"]
            yield "maximum", known["max_value"]


def _column(kind: type, unit: str, description: str, *checks: pa.Check, empty: bool = False) -> pa.Column:
    return pa.Column(
        _DTYPES[kind], checks=list(checks), nullable=empty, description=description, metadata={"unit": unit}
    )


def _between(low: float, high: float) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"from {low:g} to {high:g}")


def _one_of(*values: str) -> pa.Check:
    return pa.Check.isin(values, error="one of " + ", ".join(values))


def _of(table: Table, *names: str) -> dict[str, pa.Column]:
    """Return columns that an input's contract has."""
    return {name: table.schema.columns[name] for name in names}


def _table(title: str, key: tuple[str, ...], **columns: pa.Column) -> Table:
    return Table(title, pa.DataFrameSchema(columns, strict=True, ordered=True), key)


_YEAR, _SHARE = _between(1900, 2100), _between(0, 1)
_CLAIM = schemas.SIGNATURES.schema.columns["claim"]
_QUESTION = schemas.SURVEY_COUNTS.schema.columns["question_id"]
_SECTOR = _one_of(TOTAL, *SECTORS)
_COMPARABLE = _column(
    str,
    "",
    "whether it may be set beside the earlier value: yes, caution or broken; empty without one",
    _one_of(*filter(None, LIGHTS)),
    empty=True,
)
_PER_CAPITA = _column(float, "t CO2e per capita", "emissions per inhabitant", _between(0, 1e6), empty=True)
_CHANGE = _column(
    float, "share", "change per inhabitant since the base year; -0.5 is half", _between(-1, 1e6), empty=True
)
_PLACE = _column(str, "name", f"name without 'kommun'; Riket for {NATION}")

CLAIMS = _table(
    "One number that the report prints, with what it rests on.",
    ("id",),
    id=_column(str, "id", "name of the number, the same every year", *_CLAIM.checks),
    year=_column(int, "year", "report year", _YEAR),
    value=_column(float, "unit", "the number, to six decimals; shares are 0-1"),
    unit=_column(str, "text", "unit of value: share, t CO2e per capita, members, …"),
    text=_column(str, "text", "the number as it is printed"),
    k=_column(int, "members", "survey shares: answers that count as yes", _between(0, 1000), empty=True),
    n=_column(int, "members", "survey shares: members that answered", _between(1, 1000), empty=True),
    members=_column(int, "members", "survey shares: members asked", _between(1, 1000), empty=True),
    data_year=_column(int, "year", "year that the number is about", _YEAR),
    vintage=_column(str, "text", "release of the statistics, where there are several", empty=True),
    definition=_column(str, "text", "how the number is made, in Swedish"),
    comparable=_COMPARABLE,
    previous_year=_column(int, "year", "year of the earlier value", _YEAR, empty=True),
    previous_value=_column(float, "unit", "the number that it is set beside", empty=True),
    source=_column(str, "text", "publisher and title, in Swedish"),
    notebook=_column(str, "name", "notebook that prints it; empty if none does", empty=True),
    cell=_column(str, "id", "first cell that prints it", empty=True),
)
EMISSIONS = _table(
    "Emissions of the member municipalities together, and of the nation, in a year and a sector.",
    ("group", "year", "sector"),
    group=_column(str, "", "who: the member municipalities or the nation", _one_of("members", "nation")),
    **_of(schemas.EMISSIONS, "year", "sector"),
    municipalities=_column(
        int, "municipalities", "municipalities in the group", _between(1, 400), empty=True
    ),
    **_of(schemas.EMISSIONS, "emissions_t"),
    **_of(schemas.POPULATION, "population"),
    emissions_t_per_capita=_PER_CAPITA,
    change_share=_CHANGE,
    claim=_column(
        str, "id", "the report's number on emissions per inhabitant, in claims.csv", *_CLAIM.checks
    ),
)
MUNICIPALITIES = _table(
    "Emissions of one member municipality, or the nation, in a year and a sector.",
    ("municipality_code", "year", "sector"),
    **_of(schemas.EMISSIONS, "municipality_code"),
    municipality=_PLACE,
    member=_column(bool, "", "whether it is a member municipality at the end of the report's year"),
    **_of(schemas.EMISSIONS, "year", "sector", "emissions_t"),
    population=_column(int, "persons", "inhabitants on 31 December", _between(1, 2e7), empty=True),
    emissions_t_per_capita=_PER_CAPITA,
    change_share=_CHANGE,
)
POPULATION = _table(
    "Inhabitants of one municipality, or the nation, on 31 December.",
    ("municipality_code", "year"),
    **_of(schemas.POPULATION, "municipality_code"),
    municipality=_PLACE,
    **_of(schemas.POPULATION, "year", "population"),
)
SURVEY = _table(
    "Answers to one survey question, counted over the members that answered it.",
    ("question_id",),
    question_id=_QUESTION,
    theme=_column(str, "id", "what the question is grouped with"),
    label=_column(str, "text", "short Swedish name of the question"),
    wording=_column(str, "text", "the question in Swedish; our words where the form is not at hand"),
    k=_column(int, "members", "answers that count as yes", _between(0, 1000)),
    n=_column(int, "members", "members that answered yes or no", _between(1, 1000)),
    share=_column(float, "share", "k of n, to six decimals", _SHARE),
    members=_column(int, "members", "members asked", _between(1, 1000)),
    low=_column(float, "share", "share of all members if every silent one says no", _SHARE),
    high=_column(float, "share", "share of all members if every silent one says yes", _SHARE),
    missing=_column(
        int, "members", "members that left it out; empty where only counts are known", empty=True
    ),
    previous_year=_column(int, "year", "earlier year with a share", _YEAR, empty=True),
    previous_share=_column(float, "share", "share of that year", _SHARE, empty=True),
    comparable=_COMPARABLE,
    comparison_note=_column(str, "text", "what to know of the comparison, in Swedish", empty=True),
    inferred=_column(bool, "", "whether n and k are worked back from published percentages"),
)
MEMBERS = _table(
    "One member, former member or observer of the association.",
    ("code",),
    **_of(schemas.MEMBERS, "code", "name", "kind", "status", "joined", "left", "certainty"),
)
GOALS = _table(schemas.GOALS.title, schemas.GOALS.key, **schemas.GOALS.schema.columns)

OPEN_TABLES = tuple(
    OpenTable(name, contract, TABLES[name])
    for name, contract in (
        ("claims", CLAIMS),
        ("emissions", EMISSIONS),
        ("emissions_municipalities", MUNICIPALITIES),
        ("population", POPULATION),
        ("survey", SURVEY),
        ("members", MEMBERS),
        ("goals", GOALS),
    )
)
