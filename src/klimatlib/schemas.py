"""The contract of every table: columns, units, ranges, keys. This is also the data dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa

TOTAL = "Alla"
NATION = "0000"
SECTORS = (
    "Arbetsmaskiner",
    "Avfall (inkl.avlopp)",
    "Egen uppvärmning av bostäder och lokaler",
    "El och fjärrvärme",
    "Industri (energi + processer)",
    "Jordbruk",
    "Produktanvändning (inkl. lösningsmedel)",
    "Transporter",
)


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


def _column(kind: type, unit: str, description: str, *checks: pa.Check, empty: bool = False) -> pa.Column:
    dtype = {int: "Int64", float: "Float64", str: "str"}[kind]
    return pa.Column(
        dtype, checks=list(checks), nullable=empty, description=description, metadata={"unit": unit}
    )


def _matches(pattern: str, meaning: str) -> pa.Check:
    return pa.Check.str_matches(pattern, error=meaning)


def _between(low: float, high: float) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"from {low:g} to {high:g}")


def _one_of(*values: str) -> pa.Check:
    return pa.Check.isin(values, error="one of " + ", ".join(values))


_CODE = _matches(r"^[0-9]{4}$", 'a municipality code of four digits, "0114"; "0000" is the nation')
_MEMBER_CODE = _matches(r"^([0-9]{2}|[0-9]{4})$", "a code of four digits (municipality) or two (region)")
_SLUG = _matches(r"^[a-z0-9]+(-[a-z0-9]+)*$", "an id of small letters, digits and hyphens")
_ISO_DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_SIX_HASHES = r"^[0-9a-f]{8}(-[0-9a-f]{8}){5}$"
_SOME = pa.Check.str_length(min_value=1, error="some text")
_YEAR = _between(1900, 2100)
_TONNES = _between(0, 1e8)
_PEOPLE = _between(1, 2e7)


def _table(title: str, key: tuple[str, ...], **columns: pa.Column) -> Table:
    return Table(title, pa.DataFrameSchema(columns, strict=True, ordered=False), key)


MUNICIPALITIES = _table(
    "One municipality of Sweden.",
    ("municipality_code",),
    municipality_code=_column(str, "code", "SCB's municipality code, four digits, text", _CODE),
    municipality=_column(str, "name", "name without 'kommun'", _SOME),
    county_code=_column(
        str, "code", "SCB's county code, two digits, text", _matches(r"^[0-9]{2}$", "two digits")
    ),
    county=_column(str, "name", "name of the county", _SOME),
)
EMISSIONS = _table(
    "Greenhouse gas emissions of one municipality, year and sector; 'Utrikes transporter' is left out.",
    ("municipality_code", "year", "sector"),
    municipality_code=_column(str, "code", "municipality; 0000 is the nation", _CODE),
    year=_column(int, "year", "data year", _YEAR),
    sector=_column(str, "name", f"main sector, or {TOTAL} for their total", _one_of(TOTAL, *SECTORS)),
    emissions_t=_column(float, "t CO2e", "emissions in the year", _TONNES),
)
POPULATION = _table(
    "Inhabitants of one municipality on 31 December; 1990 back-cast to today's municipalities.",
    ("municipality_code", "year"),
    municipality_code=_column(str, "code", "municipality; 0000 is the nation", _CODE),
    year=_column(int, "year", "year", _YEAR),
    population=_column(int, "persons", "inhabitants on 31 December", _PEOPLE),
)
KEY_FIGURES = _table(
    "One key figure of Kolada for one municipality and year; cite 'Källa: Kolada'.",
    ("municipality_code", "year", "kpi"),
    municipality_code=_column(str, "code", "municipality; 0000 is the nation", _CODE),
    year=_column(int, "year", "year", _YEAR),
    kpi=_column(str, "id", "Kolada's id of the figure", _matches(r"^[NU][0-9]{5}$", "an id such as N00401")),
    value=_column(
        float, "the figure's own", "value; empty where Kolada has none", _between(-1e12, 1e12), empty=True
    ),
)
MEMBERS = _table(
    "One member, former member or observer.",
    ("code",),
    code=_column(str, "code", "municipality (four digits) or region (two)", _MEMBER_CODE),
    name=_column(str, "name", "name without 'kommun'", _SOME),
    kind=_column(str, "", "what it is", _one_of("municipality", "region")),
    joined=_column(str, "text", "year or month of joining, as far as the source tells", empty=True),
    left=_column(str, "text", "year of leaving", empty=True),
    status=_column(str, "", "at the year's end", _one_of("member", "left", "joined_later", "observer")),
    certainty=_column(str, "", "how sure the source is", _one_of("confirmed", "probable")),
    source=_column(str, "text", "where it is told", _SOME),
)
SURVEY_COUNTS = _table(
    "Answers to one survey question, counted.",
    ("question_id",),
    question_id=_column(str, "id", "question in params/questions.yml", _SLUG),
    k=_column(int, "members", "answers that count as yes", _between(0, 1000)),
    n=_column(int, "members", "members that answered yes or no", _between(1, 1000)),
)
SURVEY_ANSWERS = _table(
    "One member's answer to one survey question; the members' own, never to be shown row by row.",
    ("code", "question_id"),
    code=_column(str, "code", "member: municipality (four digits) or region (two)", _MEMBER_CODE),
    question_id=_column(str, "id", "question in params/questions.yml", _SLUG),
    answer=_column(str, "text", "answer as typed, without spaces around", empty=True),
    counts_as=_column(str, "", "what the answer counts as", _one_of("yes", "no", "missing")),
)
CONSENT = _table(
    "One member that lets its own answers be shown; a member without a row does not.",
    ("code",),
    code=_column(str, "code", "member: municipality (four digits) or region (two)", _MEMBER_CODE),
    given=_column(str, "date", "day it was given", _matches(_ISO_DATE, "a date such as 2023-11-06")),
    source=_column(str, "text", "who gave it, and where that is told", _SOME),
)
GOALS = _table(
    "One goal of the year with its result.",
    ("id",),
    id=_column(str, "id", "goal", _SLUG),
    channel=_column(str, "name", "channel, where the goal has one", empty=True),
    metric=_column(str, "", "what is counted", _SOME),
    label=_column(str, "text", "name of the goal", _SOME),
    goal_min=_column(float, "goal_unit", "least that meets the goal", _between(0, 1e6), empty=True),
    goal_max=_column(float, "goal_unit", "most that the goal asks for", _between(0, 1e6), empty=True),
    goal_unit=_column(str, "text", "unit of the goal", _SOME),
    goal_per=_column(str, "text", "period of the goal", _one_of("vecka", "månad", "år", ""), empty=True),
    goal_note=_column(str, "text", "what else the goal says", empty=True),
    result=_column(float, "result_unit", "result of the whole year", _between(0, 1e6), empty=True),
    result_unit=_column(str, "text", "unit of the result", _SOME),
    result_note=_column(str, "text", "result in words, where there is no number", empty=True),
)
PUBLISHED = _table(
    "One figure as the report of the year printed it.",
    ("year", "indicator"),
    year=_column(int, "year", "report year", _YEAR),
    indicator=_column(str, "id", "indicator", _SLUG),
    value=_column(float, "unit", "as printed", _between(-1e9, 1e9)),
    unit=_column(str, "text", "unit in words", _SOME),
    previous_year=_column(int, "year", "year that it was compared with", _YEAR, empty=True),
    previous_value=_column(float, "unit", "value of that year", _between(-1e9, 1e9), empty=True),
    reason=_column(str, "text", "why it comes out otherwise when recomputed, in Swedish", empty=True),
)
SIGNATURES = _table(
    "One person's approval of one claim, over the values that it had.",
    ("name", "claim"),
    name=_column(str, "name", "who has signed", _SOME),
    claim=_column(str, "id", "claim in claims.csv", _SLUG),
    date=_column(str, "date", "day of signing", _matches(_ISO_DATE, "a date such as 2024-03-01")),
    text=_column(str, "text", "the number as it was printed", _SOME),
    fingerprint=_column(str, "hash", "what was approved, side by side", _matches(_SIX_HASHES, "six hashes")),
)
TABLES = {
    "municipalities": MUNICIPALITIES,
    "emissions": EMISSIONS,
    "population": POPULATION,
    "key_figures": KEY_FIGURES,
    "members": MEMBERS,
    "survey_counts": SURVEY_COUNTS,
    "survey_answers": SURVEY_ANSWERS,
    "consent": CONSENT,
    "goals": GOALS,
    "published": PUBLISHED,
    "signatures": SIGNATURES,
}


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Go through a checked table row by row, cells by column name; their types are the contract's."""
    yield from frame.itertuples(index=False)
