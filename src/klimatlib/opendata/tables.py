"""The rows of the published tables: what the report has read and claimed, cell by cell, in a fixed order.

Whatever a claim tells is taken from the claim, so that no published table can tell another number than the
report does. No table tells what a single member has answered.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from klimatlib import emissions, factsheet, sources
from klimatlib.catalogue import Question
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.emissions import SECTOR_IDS
from klimatlib.members import municipality_codes
from klimatlib.opendata.contract import CLAIMS, GOALS, MEMBERS, OPEN_TABLES, OpenTable
from klimatlib.params import Params
from klimatlib.schemas import NATION, TOTAL, rows
from klimatlib.sources import Inputs

Cell = str | int | bool | Decimal | None
Row = tuple[Cell, ...]
_NATION = "Riket"


@dataclass(frozen=True)
class Filled:
    """A published table with its rows."""

    table: OpenTable
    rows: Sequence[Row]

    @property
    def years(self) -> tuple[int, int] | None:
        """The first and the last data year that its rows are about; None where they have none."""
        names = [column.name for column in self.table.columns]
        place = next((names.index(name) for name in ("data_year", "year") if name in names), None)
        found = [] if place is None else [cell for row in self.rows if isinstance(cell := row[place], int)]
        return (min(found), max(found)) if found else None


def fill(inputs: Inputs, book: ClaimBook) -> list[Filled]:
    """Return the published tables of a report.

    Parameters
    ----------
    inputs
        The report's inputs.
    book
        Its claims.
    """
    params = inputs.project.params
    register, people = sources.members(inputs), sources.population(inputs)
    table, codes = _beside(inputs, people), municipality_codes(register)
    names = {NATION: _NATION, **factsheet.names(sources.municipalities(inputs))}
    made = {
        "claims": [tuple(getattr(claim, column) for column in CLAIMS.schema.columns) for claim in book],
        "emissions": [*_groups(book, table, {"members": codes, "nation": [NATION]}, params)],
        "emissions_municipalities": [*_municipalities(table, names, {*codes}, params)],
        "population": [(r.municipality_code, names[r.municipality_code], int(r.year), int(r.population))
                       for r in rows(people.sort_values(["municipality_code", "year"]))],
        "survey": [*_survey(book, sources.questions(inputs), params)],
        "members": _as_read(register.sort_values("code"), MEMBERS.schema.columns),
        "goals": _as_read(sources.goals(inputs), GOALS.schema.columns),
    }  # fmt: skip
    return [Filled(table, made[table.name]) for table in OPEN_TABLES]


def _beside(inputs: Inputs, people: pd.DataFrame) -> pd.DataFrame:
    """Return the emissions beside the inhabitants, where they are known, in the files' order."""
    emitted, keys = sources.emissions(inputs), ["municipality_code", "year"]
    table = emitted.merge(people, on=keys, how="left", validate="many_to_one")
    return table.sort_values([*keys, "sector"], kind="stable")


def _as_read(frame: pd.DataFrame, columns: Mapping[str, object]) -> list[Row]:
    """Return an input's rows as they are, in the contract's columns."""
    return [tuple(map(_cell, row)) for row in frame[[*columns]].itertuples(index=False)]


def _cell(value: Any) -> Cell:
    if pd.isna(value):
        return None
    return exact(value) if isinstance(value, float) else (value or None)


def _groups(
    book: ClaimBook, table: pd.DataFrame, groups: Mapping[str, Sequence[str]], params: Params
) -> Iterator[Row]:
    """Yield the groups' emissions for the years of the report; levels are those that it claims."""
    for group, codes in groups.items():
        sums = _sums(table, codes)
        for year in sorted({year for _, year in sums if year <= params.emissions_year}):
            for sector in [sector for sector in (TOTAL, *SECTOR_IDS) if (sector, year) in sums]:
                claim = f"emissions-{group}-{SECTOR_IDS.get(sector, 'level')}-{year}"
                if claim not in book:  # a report without that chapter
                    continue
                emitted, people = sums[sector, year]
                yield (
                    group,
                    year,
                    sector,
                    len(codes) if group == "members" else None,
                    exact(emitted),
                    people,
                    book[claim].value,
                    _group_change(table, codes, sums, (sector, year), params),
                    claim,
                )


def _sums(table: pd.DataFrame, codes: Sequence[str]) -> dict[tuple[str, int], tuple[float, int]]:
    """Return emissions and inhabitants of a group by sector and year, where all of it has both."""
    parts = defaultdict[tuple[str, int], list[tuple[float, int]]](list)
    for r in rows(table[table["municipality_code"].isin([*codes])].dropna()):
        parts[r.sector, int(r.year)].append((r.emissions_t, int(r.population)))
    return {
        key: (math.fsum(e for e, _ in found), sum(p for _, p in found))
        for key, found in parts.items()
        if len(found) == len(codes)
    }


def _group_change(
    table: pd.DataFrame,
    codes: Sequence[str],
    sums: Mapping[tuple[str, int], tuple[float, int]],
    key: tuple[str, int],
    params: Params,
) -> Decimal | None:
    """Return a group's change since the base year, made as the report makes it; None without a base."""
    (sector, year), base = key, params.base_year
    emitted, people = sums.get((sector, base), (0.0, 0))
    if not emitted:
        return None
    if sector == TOTAL and params.definition == "mean_of_municipalities":
        whole = table[table["sector"] == TOTAL]
        cut = emissions.reduction(whole, codes, year=year, base_year=base, definition=params.definition)
    else:
        cut = 1 - (sums[key][0] / sums[key][1]) / (emitted / people)
    return exact(-cut)


def _municipalities(
    table: pd.DataFrame, names: Mapping[str, str], members: set[str], params: Params
) -> Iterator[Row]:
    """Yield each municipality's emissions, with its inhabitants where they are known."""
    level = {
        (r.municipality_code, r.sector, r.year): r.emissions_t / r.population
        for r in rows(table)
        if not pd.isna(r.population)
    }
    for r in rows(table):
        code, sector = r.municipality_code, r.sector
        now, base = (level.get((code, sector, year)) for year in (r.year, params.base_year))
        yield (
            code,
            names[code],
            code in members,
            int(r.year),
            sector,
            Decimal(int(r.emissions_t)) if r.emissions_t.is_integer() else exact(r.emissions_t),
            None if pd.isna(r.population) else int(r.population),
            None if now is None else exact(now),
            None if now is None or not base else exact(now / base - 1),
        )


def _survey(book: ClaimBook, questions: Mapping[str, Question], params: Params) -> Iterator[Row]:
    """Yield the questions of the year with what the report claims on them."""
    asked = [question for question in questions.values() if f"survey-{question.id}" in book]
    for question in asked:
        claim, low, high = (book[f"survey-{question.id}{end}"] for end in ("", "-low", "-high"))
        yield (
            question.id,
            question.theme,
            question.label,
            question.wording[str(params.year)],
            claim.k,
            claim.n,
            claim.value,
            claim.members,
            low.value,
            high.value,
            _missing(book, question.id),
            claim.previous_year,
            claim.previous_value,
            claim.comparable or None,
            _note(question, claim),
            params.survey_inferred,
        )


def _missing(book: ClaimBook, question: str) -> int | None:
    claim_id = f"survey-{question}-missing"
    return int(book[claim_id].value) if claim_id in book else None


def _note(question: Question, claim: Claim) -> str | None:
    return question.comparison_note.get(str(claim.previous_year)) if claim.previous_year else None
