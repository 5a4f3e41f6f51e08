"""Where municipalities' tiles stand on a map: counties about where they lie, their municipalities by code.

The layout is ours (``tiles.csv``): for each county runs of tiles, a row and its first and last column, that
lie about where the county lies. The municipalities of a county fill its runs in the order of their codes, so
a tile tells the county and not the place within it.
"""

from __future__ import annotations

import csv
import io
from importlib import resources

import pandas as pd


def tiles(municipalities: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return row and column of municipalities by code; one for whom there is no room has none.

    Parameters
    ----------
    municipalities
        Columns as `schemas.MUNICIPALITIES`.
    """
    free = room()
    found = {}
    pairs = zip(municipalities["municipality_code"], municipalities["county_code"], strict=True)
    for code, county in sorted(pairs):
        if free.get(county):
            found[code] = free[county].pop(0)
    return found


def room() -> dict[str, list[tuple[int, int]]]:
    """Return the tiles of each county, in the order in which they are filled."""
    text = (resources.files("klimatlib.dashboard") / "tiles.csv").read_text(encoding="utf-8")
    found: dict[str, list[tuple[int, int]]] = {}
    for run in csv.DictReader(io.StringIO(text)):
        columns = range(int(run["first_column"]), int(run["last_column"]) + 1)
        found.setdefault(run["county_code"], []).extend((int(run["row"]), column) for column in columns)
    return found
