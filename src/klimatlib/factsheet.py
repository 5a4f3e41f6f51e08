"""What a fact sheet shows of one municipality: its rows, what its charts say in words, its largest sector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from klimatlib.charts.blocks import SECTOR_NAMES, series
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.emissions import SECTOR_IDS, Basis
from klimatlib.sources.tables import TOTAL, rows
from klimatlib.swedish import listing, lower_first, percent

MEMBERS, NATION = "Medlemmar", "Riket"
GROUPS = ("own", "members", "nation")
_SHOWN = 3
Sectors = Sequence[tuple[str, Claim, Claim, Claim]]


@dataclass(frozen=True)
class Largest:
    """The sector with most of a municipality's emissions: its name, and its share of them."""

    name: str
    claim: Claim


def names(municipalities: pd.DataFrame) -> dict[str, str]:
    """Names of municipalities by code; columns as `schemas.MUNICIPALITIES`."""
    return dict(zip(municipalities["municipality_code"], municipalities["municipality"], strict=True))


def largest(basis: Basis) -> Largest:
    """Return the sector with most of the emissions of the basis's own municipality in the data year."""
    ((code, name),) = basis.own.items()
    year, table = basis.params.emissions_year, basis.emissions
    chosen = table[(table["municipality_code"] == code) & (table["year"] == year)]
    tonnes = {str(row.sector): float(row.emissions_t) for row in rows(chosen)}
    whole = tonnes.pop(TOTAL)
    sector = max(sorted(tonnes), key=lambda one: tonnes[one])
    shown = lower_first(SECTOR_NAMES[SECTOR_IDS[sector]])
    told = f"Andel av utsläppen {year} som kommer från {shown}, {name}"
    share = tonnes[sector] / whole
    claim = basis.claim(
        "own-largest",
        share,
        percent(share),
        kind="share",
        unit="share",
        year=year,
        told=told,
        subject=code,
        measure=SECTOR_IDS[sector],
        part="largest",
    )
    return Largest(shown, claim)


def curves(basis: Basis, book: ClaimBook) -> list[tuple[str, list[Claim]]]:
    """Return name and yearly levels of the municipality, the members and the nation.

    From the base year on, and only years that all three have.
    """
    names = (*basis.own.values(), MEMBERS, NATION)
    found = [series(book, group) for group in GROUPS]
    common = set.intersection(*({claim.data_year for claim in claims} for claims in found))
    shown = {year for year in common if year and year >= basis.params.base_year}
    kept = [[claim for claim in claims if claim.data_year in shown] for claims in found]
    return [*zip(names, kept, strict=True)]


def sectors(basis: Basis, book: ClaimBook) -> list[tuple[str, Claim, Claim, Claim]]:
    """Sector, and the emissions per inhabitant of the municipality, the members and the nation.

    The municipality's largest first.
    """
    year = basis.params.emissions_year
    found = []
    for i in SECTOR_IDS.values():
        own, members, nation = (book[f"emissions-{group}-{i}-{year}"] for group in GROUPS)
        found.append((SECTOR_NAMES[i], own, members, nation))
    return sorted(found, key=lambda row: (-row[1].value, row[0]))


def pace(basis: Basis, book: ClaimBook) -> dict[str, bool]:
    """Return for the text on the pace: whether emissions rose, and whether a level is reached."""
    (own,) = basis.own
    return {
        "risen": any(claim.value < 0 for claim in book.select(subject=own, kind="pace", role="achieved")),
        "reached": any(claim.value == 0 for claim in book.select(subject=own, kind="pace", role="required")),
    }


def curves_alt(curves: Sequence[tuple[str, Sequence[Claim]]]) -> str:
    """Return what the chart of the curves shows, in words."""
    told = [
        f"{name} {claims[0].text} {claims[0].data_year} och {claims[-1].text} {claims[-1].data_year}"
        for name, claims in curves
    ]
    return f"Linjediagram över utsläpp per invånare: {'; '.join(told)}."


def sectors_alt(rows: Sectors) -> str:
    """Return what the chart of the sectors shows, in words."""
    told = [
        f"{lower_first(name)} {own.text} (medlemmarna {members.text}, riket {nation.text})"
        for name, own, members, nation in rows[:_SHOWN]
    ]
    return f"Stapeldiagram över utsläpp per invånare i varje sektor. De största är {listing(told)}."
