"""The claims as the review room lists them: the number before each, where it stands, who has signed it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from klimatlib import swedish
from klimatlib.claims.claims import LIGHTS, Claim, printed_form
from klimatlib.claims.signatures import Standing
from klimatlib.render.reviewers.cells import Known
from klimatlib.render.reviewers.quotes import Quote
from klimatlib.render.reviewers.room.earlier import Earlier
from klimatlib.render.reviewers.summary import Row
from klimatlib.swedish import signed

_SIGNS = {"two": "Signerad av två", "one": "Signerad av en", "none": "Osignerad", "stale": "Inaktuell"}
TEXT, TABLE, CHART, NOWHERE = "text", "tabell", "diagram", "trycks inte"


@dataclass(frozen=True)
class Before:
    """The number before: its value, as printed, and the year that it is about."""

    value: Decimal
    text: str
    year: int


@dataclass(frozen=True)
class Line:
    """A claim as listed.

    Attributes
    ----------
    row
        The claim with its light, its cell and its place in the report.
    chapter, kind, where
        Notebook that recorded it; unit in a word; where in the report it is printed.
    quotes
        The sentences, tiles and rows that print it, as printed.
    before, change, moved
        The number before, the change since as printed, and ``ja``, ``nej``, ``ny`` or empty.
    redefined
        Last year's definition, where it says something else than that other numbers are in it.
    signs, signers, stale
        How it stands (keys of two, one, none, stale), and the names.
    """

    row: Row
    chapter: str
    kind: str
    where: str
    quotes: tuple[Quote, ...]
    before: Before | None
    change: str
    moved: str
    redefined: str
    signs: tuple[str, ...]
    signers: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def claim(self) -> Claim:
        """The claim itself."""
        return self.row.claim

    @property
    def told_signs(self) -> str:
        """How it stands, in words."""
        return ", ".join(_SIGNS[sign] for sign in self.signs)


def read(
    rows: Sequence[Row],
    said: Sequence[Quote],
    *,
    known: Known,
    earlier: Earlier,
    standings: Mapping[str, Standing],
) -> list[Line]:
    """Return the claims in the report's order; those that it does not print come last."""
    printed: dict[str, list[Quote]] = {}
    for quote in said:
        for claim in quote.claims:
            printed.setdefault(claim, []).append(quote)
    old = {claim.id: claim for claim in earlier.book}
    lines = [_line(row, printed.get(row.claim.id, []), known, old, standings) for row in rows]
    order = {claim: place for place, claim in enumerate(printed)}
    anchors = {anchor: place for place, anchor in enumerate(known.report.titles)}

    def place(line: Line) -> tuple[int, int, int, str]:
        anchor = line.quotes[0].place if line.quotes else (line.row.report or ("", ""))[0].partition("#")[2]
        first = order.get(line.claim.id, len(order))
        return not line.row.report, anchors.get(anchor, len(anchors)), first, line.claim.id

    return sorted(lines, key=place)


def _line(
    row: Row,
    quotes: Sequence[Quote],
    known: Known,
    earlier: Mapping[str, Claim],
    standings: Mapping[str, Standing],
) -> Line:
    claim = row.claim
    old = earlier.get(claim.id)
    number = before(claim, old)
    standing = standings.get(claim.id, Standing(claim.id, (), ()))
    return Line(
        row,
        known.owners[claim.id],
        kind(claim),
        _where(row, quotes),
        tuple(quotes),
        number,
        change(claim, number) if number else "",
        _moved(claim, number, new=bool(earlier)),
        old.definition if old and _bare(old.definition) != _bare(claim.definition) else "",
        _signs(standing),
        standing.valid,
        standing.stale,
    )


def before(claim: Claim, old: Claim | None) -> Before | None:
    """Return the number that a claim is compared with; else the one that last year's report printed."""
    if claim.previous_value is not None and claim.previous_year is not None:
        return Before(claim.previous_value, like(claim, claim.previous_value), claim.previous_year)
    return Before(old.value, old.text, old.data_year or old.year) if old else None


def like(claim: Claim, value: Decimal) -> str:
    """Return a value printed as a claim's own number is: its decimals and its unit."""
    decimals, unit = _form(claim)
    scaled = value * 100 if claim.unit.startswith("share") else value
    return swedish.quantity(scaled, unit, decimals) if unit else swedish.number(scaled, decimals)


def change(claim: Claim, number: Before) -> str:
    """Return what a claim has changed since the number before it, as printed: signed, per cent in points."""
    if claim.value == number.value:
        return "oförändrad"
    decimals, unit = _form(claim)
    moved = (claim.value - number.value) * (100 if claim.unit.startswith("share") else 1)
    while not swedish.round_half_up(moved, decimals):
        decimals += 1
    if unit == "%":
        single = not decimals and abs(swedish.round_half_up(moved)) == 1
        unit = "procentenhet" if single else "procentenheter"
    return signed(moved, unit, decimals).rstrip(swedish.NBSP)


def kind(claim: Claim) -> str:
    """Return what a claim counts, in a word or two."""
    if claim.unit.startswith("share") or claim.unit == "procent":
        return "Procent"
    return "Ton per invånare" if claim.unit.startswith("t CO2e") else "Antal och år"


def _form(claim: Claim) -> tuple[int, str]:
    form = printed_form(claim)
    if form is None:  # in words, or a range
        return 0 if claim.value == int(claim.value) else 2, ""
    return form.decimals, form.unit


def _where(row: Row, quotes: Sequence[Quote]) -> str:
    if quotes:
        return TABLE if all(quote.form == "row" for quote in quotes) else TEXT
    return CHART if row.report else NOWHERE


def _moved(claim: Claim, number: Before | None, *, new: bool) -> str:
    if number is None:
        return "ny" if new else ""
    return "nej" if number.text == claim.text else "ja"


def _signs(standing: Standing) -> tuple[str, ...]:
    enough = "two" if standing.approved else "one" if standing.valid else "none"
    return (enough, "stale") if standing.stale and not standing.approved else (enough,)


def _bare(definition: str) -> str:
    return re.sub(r"\d+", "#", definition)


def lights() -> list[str]:
    """Return the lights' words, those with none last."""
    return [told for key, told in LIGHTS.items() if key]
