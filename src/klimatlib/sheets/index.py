"""The page that lists the fact sheets that are published, by county and name."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from klimatlib.params import Project
from klimatlib.render.listing import Entry, Group, Listing, listing_page
from klimatlib.sheets import shelf
from klimatlib.sheets.choose import Place, in_order
from klimatlib.swedish import alphabetical
from klimatlib.whole import write_whole


def write_index(project: Project, places: Mapping[str, Place]) -> None:
    """Write ``index.html`` over the sheets that are published now; without any there is none.

    Parameters
    ----------
    project
        The report.
    places
        All municipalities by code.
    """
    path = shelf.folder(project) / "index.html"
    standing = shelf.standing(project)
    published = {places[code]: _page(manifest) for code, manifest in standing.items() if code in places}
    if published:
        write_whole(path, listing_page(_listing(project, published)))
    else:
        path.unlink(missing_ok=True)


def _page(manifest: Mapping[str, Any]) -> str:
    """Return the path of a sheet's HTML."""
    (name,) = (name for name in manifest["outputs"] if name.endswith(".html"))
    return f"{manifest['municipality']}/{name}"


def _listing(project: Project, published: Mapping[Place, str]) -> Listing:
    params = project.params
    by_county = sorted(in_order([*published]), key=lambda place: alphabetical(place.county))
    return Listing(
        f"Faktablad {params.year}",
        "Ett blad för varje kommun: utsläppen av växthusgaser, takten mot klimatmålen och liknande kommuner.",
        params.association,
        params.notice or "",
        [
            Group(county, [_entry(place, published[place]) for place in group])
            for county, group in groupby(by_county, key=lambda place: place.county)
        ],
    )


def _entry(place: Place, page: str) -> Entry:
    words = f"{place.name} {place.county} {place.code}".lower()
    pdf = page.removesuffix(".html") + ".pdf"
    return Entry(place.name, "medlem" if place.member else "", page, pdf, words)
