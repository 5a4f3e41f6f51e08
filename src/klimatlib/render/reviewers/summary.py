"""What a reviewers' page tells of its notebook: the parameters, what was read, and the claims."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from klimatlib.claims.claims import LIGHTS, Claim
from klimatlib.config import Params
from klimatlib.render.reviewers.cells import Known
from klimatlib.render.reviewers.places import side

PARAMETERS = {
    "year": "år som rapporten handlar om",
    "association": "vem som ger ut den",
    "title": "titel på omslaget",
    "document_date": "datum i filernas metadata",
    "emissions_year": "utsläppens dataår",
    "revisions": "andra utgåvor som huvudsiffrorna visas i",
    "base_year": "år som minskningen räknas från",
    "emissions_vintage": "utgåva av utsläppsdatabasen",
    "definition": "hur medlemmarnas nivå räknas",
    "survey_input": "vad enkätfilen innehåller: antal eller svar",
    "survey_members": "antal tillfrågade medlemmar",
    "survey_inferred": "om n och k är härledda ur publicerade andelar",
    "minimum_cell": "minsta grupp som får visas",
    "members_previous": "medlemmar vid förra årets slut",
    "previous": "rapporten för året före, som siffrorna jämförs med",
    "data": "datamapp; annars filens eget namn",
    "data_url": "webbadress som mappen med öppna data får",
    "notice": "meddelande på varje sida",
}


@dataclass(frozen=True)
class Input:
    """A file that was read: its path, checksum, and rows where it is a table (None otherwise)."""

    path: str
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Row:
    """A claim as its page lists it, with the address and name of its cell and of its place in the report."""

    claim: Claim
    asked: str
    light: str
    cell: tuple[str, str] | None
    report: tuple[str, str] | None


def parameters(params: Params) -> list[tuple[str, str, str]]:
    """Return the parameters: key, value as text, what it is."""
    return [(key, _shown(getattr(params, key)), PARAMETERS.get(key, "")) for key in type(params).model_fields]


def inputs(digests: Mapping[str, str], root: Path) -> list[Input]:
    """Return the files that a notebook read, by path."""
    return [Input(path, digest, _rows(root / path)) for path, digest in sorted(digests.items())]


def claims(own: Iterable[Claim], name: str, known: Known, notebook: Mapping[str, Any]) -> list[Row]:
    """Return the claims that a notebook recorded, with links."""
    recorded = _recorded(notebook)
    return [
        Row(
            claim, _asked(claim), LIGHTS[claim.comparable], _cell(claim, name, recorded), _place(claim, known)
        )
        for claim in own
    ]


def _shown(value: object) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return "ja" if value else "nej"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _rows(path: Path) -> int | None:
    if path.suffix != ".csv" or not path.is_file():
        return None
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return max(sum(1 for row in csv.reader(lines) if row) - 1, 0)


def _asked(claim: Claim) -> str:
    if claim.n is None:
        return "–"
    return f"{claim.n} av {claim.members}" if claim.members else str(claim.n)


def _recorded(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return the first cell whose table has a claim's id as a row heading."""
    first: dict[str, str] = {}
    for cell in notebook["cells"]:
        for heading in BeautifulSoup(side(cell, "text/html"), "html.parser").select("tbody th"):
            first.setdefault(heading.get_text().strip(), cell["id"])
    return first


def _cell(claim: Claim, name: str, recorded: Mapping[str, str]) -> tuple[str, str] | None:
    if claim.cell and claim.notebook != name:
        return f"{claim.notebook}.html#{claim.cell}", f"{claim.notebook}: {claim.cell}"
    cell = claim.cell or recorded.get(claim.id, "")
    return (f"#{cell}", cell) if cell else None


def _place(claim: Claim, known: Known) -> tuple[str, str] | None:
    """Return where a claim stands: its first mention, or the chart of the cell that shows it."""
    if claim.id in known.report.claims:
        return f"../report.html#claim-{claim.id}", known.report.titles[known.report.claims[claim.id]]
    shown = known.stands.get((claim.notebook, claim.cell), [])
    return (f"../report.html#{shown[-1]}", known.report.titles[shown[-1]]) if shown else None
