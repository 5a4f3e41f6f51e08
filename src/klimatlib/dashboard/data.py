"""What the dashboard carries: places, inhabitants and emissions by code, the claims it prints, the survey."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.charts import blocks as views
from klimatlib.claims.claims import ClaimBook
from klimatlib.dashboard.survey import survey_data
from klimatlib.dashboard.tiles import tiles
from klimatlib.indicators import association as members
from klimatlib.indicators import emissions
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import NATION, TOTAL, rows

Numbers = Mapping[str, Any]
WHOLE = "alla"  # all sectors, by the database's own total
_CLAIMS = re.compile(r"emissions-(members|nation)-(change|level|([a-z-]+-)\d{4})")


def dashboard_data(inputs: Inputs, book: ClaimBook) -> dict[str, Any]:
    """Return what the page embeds; all of it may be shown to anybody.

    Parameters
    ----------
    inputs
        The report's inputs.
    book
        The year's claims.

    Returns
    -------
    dict
        Plain values for JSON. Codes are text; tables are columns by code, in the order of their ``years``.
    """
    params, register = inputs.project.params, sources.members(inputs)
    return {
        "report": {
            "title": f"{params.title} {params.year}",
            "association": params.association,
            "year": params.year,
        },
        "year": params.emissions_year,
        "base": params.base_year,
        "definition": params.definition,
        "definitions": dict(emissions.DEFINITIONS),
        "nation": NATION,
        "source": _source(inputs),
        "places": _places(inputs),
        "counties": _counties(sources.municipalities(inputs)),
        "members": members.municipality_codes(register),
        "regions": _regions(register),
        "counted": _counted(book),
        "sectors": [[i, views.SECTOR_NAMES[i]] for i in emissions.SECTOR_IDS.values()],
        "people": _by_code(sources.population(inputs), "population"),
        "tonnes": _tonnes(sources.emissions(inputs)),
        "claims": {c.id: [c.text, c.note] for c in book if _CLAIMS.fullmatch(c.id)},
        "survey": survey_data(inputs, book),
    }


def _source(inputs: Inputs) -> dict[str, str]:
    params = inputs.project.params
    told = {
        name: sources.origin(inputs, f"data/statistics/{file}.csv")
        for name, file in (
            ("emissions", f"emissions_{params.emissions_vintage}"),
            ("people", "population"),
        )
    }
    names = {name: f"{source.publisher}, {source.title}" for name, source in told.items()}
    return {**names, "vintage": params.emissions_vintage}


def _places(inputs: Inputs) -> list[list[Any]]:
    """Code, name, county, and row and column of its tile, in the alphabet's order."""
    table = sources.municipalities(inputs)
    stand = tiles(table)
    found = [
        [row.municipality_code, row.municipality, row.county_code, *stand.get(row.municipality_code, ())]
        for row in rows(table)
    ]
    return sorted(found, key=lambda place: (swedish.alphabetical(place[1]), place[0]))


def _counties(municipalities: pd.DataFrame) -> dict[str, str]:
    pairs = zip(municipalities["county_code"], municipalities["county"], strict=True)
    return dict(sorted(set(pairs)))


def _regions(register: pd.DataFrame) -> list[str]:
    chosen = register[(register["status"] == "member") & (register["kind"] == "region")]
    return sorted(chosen["name"], key=swedish.alphabetical)


def _counted(book: ClaimBook) -> dict[str, str]:
    """Return how many members there are, and how many of them the register tells of, as printed."""
    found = {"all": "members-count", "listed": "members-listed"}
    return {name: book[i].text for name, i in found.items() if i in book}


def _tonnes(table: pd.DataFrame) -> dict[str, Numbers]:
    ids = {TOTAL: WHOLE, **emissions.SECTOR_IDS}
    return {i: _by_code(table[table["sector"] == name], "emissions_t") for name, i in ids.items()}


def _by_code(table: pd.DataFrame, column: str) -> Numbers:
    """Return a column by code, a value a year; None where there is none."""
    years = sorted({int(year) for year in table["year"]})
    codes = sorted(set(table["municipality_code"]))
    values = zip(table["municipality_code"], table["year"], table[column], strict=True)
    known = {(code, int(year)): short(value) for code, year, value in values if not pd.isna(value)}
    return {"years": years, "by": {code: _column(known, code, years) for code in codes}}


def _column(known: Mapping[tuple[str, int], int | float], code: str, years: Sequence[int]) -> list[Any]:
    return [known.get((code, year)) for year in years]


def short(value: Any) -> int | float:
    """Return a number as JSON has it shortest: whole numbers without a decimal point."""
    return int(value) if float(value).is_integer() else float(value)
