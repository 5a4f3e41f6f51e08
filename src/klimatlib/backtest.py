"""The back-test: what the report of the year published, beside what is recomputed, with the reason."""

from __future__ import annotations

import pandas as pd

from klimatlib import schemas
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.swedish import percent, quantity

_SHOWN = {
    "utslapp-minskning-medlemmar": (
        "Minskning, medlemmarna",
        "emissions-members-reduction",
        "Publicerat stämmer med medelvärdet av kommunernas egna minskningar",
    ),
    "utslapp-niva-medlemmar": (
        "Nivå, medlemmarna",
        "emissions-members-level",
        "Gavs ut i hela ton; troligen andra medlemmar och annan utgåva",
    ),
    "utslapp-minskning-riket": (
        "Minskning, riket",
        "emissions-nation-reduction",
        "Troligen annan utgåva av databasen",
    ),
    "utslapp-niva-riket": ("Nivå, riket", "emissions-nation-level", "Ingen skillnad"),
}

INDICATORS = tuple(_SHOWN)


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
    found = []
    for row in schemas.rows(published[published["indicator"].isin([*_SHOWN])]):
        name = _SHOWN[str(row.indicator)][0]
        reduction = str(row.unit).startswith("percent")
        value = exact(float(row.value)) / (100 if reduction else 1)
        text = percent(value) if reduction else quantity(value, "ton", 0 if value == int(value) else 1)
        found.append(
            Claim(
                f"published-{row.indicator}",
                year,
                exact(value),
                "share" if reduction else "t CO2e per capita",
                text,
                data_year=data_year,
                definition=f"Publicerat för {row.year}: {name.lower()}; dataåret antaget",
                source=source,
            )
        )
    return found


def rows(book: ClaimBook) -> list[list[str | Claim]]:
    """Return printed rows: figure, published, recomputed, why they differ."""
    return [
        [name, book[f"published-{indicator}"], book[recomputed], why]
        for indicator, (name, recomputed, why) in _SHOWN.items()
        if f"published-{indicator}" in book
    ]
