"""Where things stand in the report: read from the finished ``report.html``, so that links lead there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup, Tag

Notebook = Mapping[str, Any]
_HEADINGS = re.compile(r"h[1-6]")
_SHOWN = re.compile(r"\{#((?:chart|table)-[a-z0-9-]+)")


@dataclass(frozen=True)
class Report:
    """The finished report's anchors.

    Attributes
    ----------
    titles
        Id -> what stands there: a heading, ``Figur 2``, ``Tabell 4``; in the order of the document.
    headings
        Ids of the headings, in the order of the document.
    claims
        Claim id -> id of the nearest anchor round its first mention.
    """

    titles: Mapping[str, str]
    headings: tuple[str, ...]
    claims: Mapping[str, str]


def read(html: str) -> Report:
    """Read the anchors of a report."""
    body = BeautifulSoup(html, "html.parser").find("main")
    if not isinstance(body, Tag):
        return Report({}, (), {})
    titles: dict[str, str] = {}
    claims: dict[str, str] = {}
    headings = []
    for tag in body.find_all(id=True):
        if title := _title(tag):
            titles[str(tag["id"])] = title
            if _heading(tag) is not None:
                headings.append(str(tag["id"]))
    for tag in body.select("[data-claim]"):
        above = (str(parent["id"]) for parent in tag.parents if parent.get("id") in titles)
        claims.setdefault(str(tag["data-claim"]), next(above, ""))
    return Report(titles, tuple(headings), {claim: place for claim, place in claims.items() if place})


def of_cells(
    order: Sequence[str], notebooks: Mapping[str, Notebook], report: Report
) -> dict[tuple[str, str], list[str]]:
    """Return, for each report cell (notebook, cell id), where its output stands: anchors of the report.

    Its first heading and its figures and tables; a cell with none of them stands under the heading before it.
    """
    stands: dict[tuple[str, str], list[str]] = {}
    at = -1
    for name, cell in _report_cells(order, notebooks):
        markdown, html = side(cell, "text/markdown"), side(cell, "text/html")
        own = []
        for heading in BeautifulSoup(html, "html.parser").find_all(_HEADINGS):
            found = _next(report, spoken(heading), at)
            if found is not None:
                at = found
                own.append(report.headings[found])
        shown = [place for place in _SHOWN.findall(markdown) if place in report.titles]
        here = [report.headings[at]] if at >= 0 else []
        stands.setdefault((name, cell["id"]), own[:1] + shown or here)
    return stands


def side(cell: Mapping[str, Any], mime: str) -> str:
    """Return one side of all that a cell shows."""
    return "\n".join("".join(o.get("data", {}).get(mime, "")) for o in cell.get("outputs", []))


def spoken(tag: Tag) -> str:
    """Return a tag's words, with single spaces and without soft hyphens."""
    return " ".join(tag.get_text().replace("\u00ad", "").split())


def _report_cells(
    order: Sequence[str], notebooks: Mapping[str, Notebook]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place in order:
        name, _, part = place.partition("#")
        for cell in notebooks[name]["cells"]:
            tags = cell["metadata"].get("tags", [])
            if "report" in tags and (not part or f"part:{part}" in tags):
                yield name, cell


def _next(report: Report, words: str, after: int) -> int | None:
    """Return which heading after the last one has these words; a chapter's label may stand before them."""
    for number in range(after + 1, len(report.headings)):
        if report.titles[report.headings[number]].endswith(words):
            return number
    return None


def _heading(tag: Tag) -> Tag | None:
    if _HEADINGS.fullmatch(tag.name):
        return tag
    found = tag.find(_HEADINGS, recursive=False) if tag.name == "section" else None
    return found if isinstance(found, Tag) else None


def _title(tag: Tag) -> str:
    heading = _heading(tag)
    if heading is not None:
        return spoken(heading)
    caption = tag.find(["caption", "figcaption"]) if tag.name in {"figure", "table"} else None
    number = caption.find("strong") if isinstance(caption, Tag) else None
    return spoken(number).rstrip(".") if isinstance(number, Tag) else ""
