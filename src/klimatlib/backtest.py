"""The back-test: what the report of the year published, beside what is recomputed, with the reason."""

from __future__ import annotations

from typing import Any

import pandas as pd

from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.sources import tables as schemas
from klimatlib.swedish import percent, quantity

# Indicator -> its name, and the typed fields of the number that it is held against.
_REDUCTION: dict[str, Any] = {"kind": "change", "measure": "emissions", "direction": -1}
_LEVEL: dict[str, Any] = {"kind": "level", "measure": "emissions", "direction": 1}
_FIGURES: dict[str, tuple[str, dict[str, Any]]] = {
    "utslapp-minskning-medlemmar": ("Minskning, medlemmarna", {**_REDUCTION, "subject": "members"}),
    "utslapp-niva-medlemmar": ("Nivå, medlemmarna", {**_LEVEL, "subject": "members"}),
    "utslapp-minskning-riket": ("Minskning, riket", {**_REDUCTION, "subject": "nation"}),
    "utslapp-niva-riket": ("Nivå, riket", {**_LEVEL, "subject": "nation"}),
}
INDICATORS = tuple(_FIGURES)
SAME, UNEXPLAINED = "Ingen skillnad", "Skillnaden är inte förklarad"


def claims(published: pd.DataFrame, *, year: int, data_year: int, source: str) -> list[Claim]:
    """Claims on the emission figures as they were published.

    Parameters
    ----------
    published
        Columns as `schemas.PUBLISHED`.
    year, data_year
        Report year; year that the figures fit best.
    source
        Where they were published, as printed.
    """
    claims = []
    for row in schemas.rows(published[published["indicator"].isin(INDICATORS)]):
        name, typed = _FIGURES[str(row.indicator)]
        reduction = typed["kind"] == "change"
        value = exact(float(row.value)) / (100 if reduction else 1)
        claims.append(
            Claim(
                f"published-{row.indicator}",
                year,
                exact(value),
                "share" if reduction else "t CO2e per capita",
                percent(value) if reduction else quantity(value, "ton", 0 if value == int(value) else 1),
                **typed,
                role="published",
                data_year=data_year,
                definition=f"Publicerat för {row.year}: {name.lower()}; dataåret antaget",
                source=source,
            )
        )
    return claims


def rows(book: ClaimBook, published: pd.DataFrame) -> list[list[str | Claim]]:
    """Return printed rows: figure, published, recomputed, why they differ.

    Parameters
    ----------
    book
        With the claims on what was published and on what is recomputed.
    published
        Columns as `schemas.PUBLISHED`; ``reason`` says why a figure comes out otherwise.
    """
    reasons = dict(zip(published["indicator"], published["reason"].fillna(""), strict=True))
    printed: list[list[str | Claim]] = []
    for indicator, (name, typed) in _FIGURES.items():
        for before in book.select(**typed, role="published"):
            recomputed = book.find(**typed, role="main")
            why = SAME if before.text == recomputed.text else reasons.get(indicator) or UNEXPLAINED
            printed.append([name, before, recomputed, why])
    return printed
