"""A page that lists documents by groups, searchable, sealed as the report is; complete without its script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jinja2

from klimatlib.render.seal import SCRIPT_HASH, STYLE_HASH, sealed
from klimatlib.render.stage import asset, font_faces, hills


@dataclass(frozen=True)
class Entry:
    """One document: its name, a short mark beside it, its two files, and all words that find it."""

    name: str
    mark: str
    page: str
    pdf: str
    words: str


@dataclass(frozen=True)
class Group:
    """Documents under a heading."""

    heading: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Listing:
    """What the page says, in Swedish; ``notice`` may be empty."""

    title: str
    lead: str
    institution: str
    notice: str
    groups: Sequence[Group]


def listing_page(page: Listing) -> str:
    """Return the page as HTML, closed: nothing in it loads, and only its own script runs.

    Raises
    ------
    RenderError
        If something in it would load or run.
    """
    script = asset("listing.js")
    template = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, keep_trailing_newline=True
    )
    text = template.from_string(asset("listing.html.j2")).render(
        page=page,
        style=font_faces() + "".join(asset(f"{name}.css") for name in ("report", "sheet", "listing")),
        script=script,
        hills=hills(),
        style_hash=STYLE_HASH,
        script_hash=SCRIPT_HASH,
    )
    return sealed(text, script=script)
