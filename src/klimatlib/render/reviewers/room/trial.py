"""What if? The headlines' own data, embedded so that the page can compute them under other choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.charts import blocks as views
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Params
from klimatlib.indicators import association as members
from klimatlib.indicators import emissions
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import NATION

# Claim id -> what it is, the set and the indicator that the page computes it by.
HEADLINES = {
    "emissions-members-level": ("Utsläpp per invånare, medlemmarna", "members", "level"),
    "emissions-members-reduction": ("Minskning per invånare, medlemmarna", "members", "reduction"),
    "emissions-members-reduction-total": (
        "Minskning av de samlade utsläppen, medlemmarna",
        "members",
        "total",
    ),
    "emissions-nation-level": ("Utsläpp per invånare, riket", "nation", "level"),
    "emissions-nation-reduction": ("Minskning per invånare, riket", "nation", "reduction"),
}


@dataclass(frozen=True)
class Basis:
    """What the headlines are computed from: emissions by release, inhabitants, the members by code."""

    params: Params
    releases: Mapping[str, pd.DataFrame]
    population: pd.DataFrame
    names: Mapping[str, str]

    @classmethod
    def of(cls, inputs: Inputs) -> Basis:
        """Read it from a report's inputs."""
        register = sources.members(inputs)
        known = views.by_code(register)
        names = {code: known[code] for code in members.municipality_codes(register)}
        params = inputs.project.params
        return cls(params, sources.releases(inputs), sources.population(inputs), names)


def data(basis: Basis, book: ClaimBook) -> dict[str, Any]:
    """Return what the page embeds: years, inhabitants, emissions by release, and the printed headlines."""
    params, codes = basis.params, [NATION, *basis.names]
    totals = {name: emissions.totals(table, basis.population) for name, table in basis.releases.items()}
    years = sorted({year for table in totals.values() for year in emissions.years(table, codes)})
    tables = {name: _columns(table, codes, "emissions_t") for name, table in totals.items()}
    people = _columns(basis.population, codes, "population")
    return {
        "year": params.emissions_year,
        "base": params.base_year,
        "release": params.emissions_vintage,
        "definition": params.definition,
        "definitions": {key: swedish.upper_first(told) for key, told in emissions.DEFINITIONS.items()},
        "nation": NATION,
        "members": [[code, name] for code, name in sorted(basis.names.items(), key=lambda pair: pair[1])],
        "years": years,
        "people": {code: [people.get((code, year)) for year in years] for code in codes},
        "releases": {
            name: {code: [table.get((code, year)) for year in years] for code in codes}
            for name, table in tables.items()
        },
        "headlines": [
            {"id": i, "told": told, "set": group, "by": by, "text": book[i].text}
            for i, (told, group, by) in HEADLINES.items()
            if i in book
        ],
    }


def recomputed(embedded: Mapping[str, Any]) -> dict[str, str]:
    """Return the headlines by claim id, computed from what a page embeds, under the report's own choices."""
    tables = embedded["releases"][embedded["release"]]
    frame = pd.DataFrame(
        [
            (code, year, tonnes, people)
            for code, values in tables.items()
            for year, tonnes, people in zip(embedded["years"], values, embedded["people"][code], strict=True)
        ],
        columns=["municipality_code", "year", "emissions_t", "population"],
    )
    sets = {"members": [code for code, _ in embedded["members"]], "nation": [embedded["nation"]]}
    return {
        one["id"]: _printed(frame, sets[one["set"]], one["by"], embedded) for one in embedded["headlines"]
    }


def _printed(frame: pd.DataFrame, codes: Sequence[str], by: str, chosen: Mapping[str, Any]) -> str:
    year, base, definition = chosen["year"], chosen["base"], chosen["definition"]
    if by == "level":
        return swedish.quantity(emissions.level(frame, codes, year=year, definition=definition), "ton", 1)
    if by == "total":
        return swedish.percent(emissions.total_reduction(frame, codes, year=year, base_year=base))
    cut = emissions.reduction(frame, codes, year=year, base_year=base, definition=definition)
    return swedish.percent(cut)


def _columns(table: pd.DataFrame, codes: Iterable[str], column: str) -> dict[tuple[str, int], Any]:
    """Return a column by municipality and year; whole numbers as such, so that the page stays small."""
    chosen = table[table["municipality_code"].isin([*codes])]
    keys = zip(chosen["municipality_code"], chosen["year"], strict=True)
    return {(code, int(year)): _short(v) for (code, year), v in zip(keys, chosen[column], strict=True)}


def _short(value: Any) -> int | float:
    return int(value) if float(value).is_integer() else float(value)
