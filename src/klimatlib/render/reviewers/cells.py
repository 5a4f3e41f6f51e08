"""A notebook's cells as a page shows them: inert markup, headings in order, links to the report."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup

from klimatlib.claims.claims import ClaimBook
from klimatlib.render.reviewers import inert, tables
from klimatlib.render.reviewers.places import Report, spoken

_HEADINGS = re.compile(r"h[1-6]")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Known:
    """What cells may link to.

    Attributes
    ----------
    report
        The report's anchors.
    stands
        Where the output of each printed cell (notebook, cell id) stands in it.
    book, owners
        The claims, and the notebook that recorded each.
    """

    report: Report
    stands: Mapping[tuple[str, str], list[str]]
    book: ClaimBook
    owners: Mapping[str, str]


@dataclass(frozen=True)
class Heading:
    """A heading of the page: level, words, id, language."""

    level: int
    words: str
    id: str
    lang: str


@dataclass(frozen=True)
class Cell:
    """A cell as shown: notes or outputs as inert HTML, folded code, and its places in the report."""

    id: str
    kind: str
    source: str
    body: str
    places: tuple[tuple[str, str], ...] = ()


@dataclass
class Found:
    """A page's cells and headings; the page's own last heading before them is of level two."""

    cells: list[Cell] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    n_tables: int = 0


def read(name: str, notebook: Mapping[str, Any], known: Known) -> Found:
    """Return the cells of an executed notebook, ready for its page."""
    found = Found()
    for cell in notebook["cells"]:
        kind, source = _kind(cell), "".join(cell["source"])
        lang = "sv" if kind == "report" else "en"
        body = "\n".join(_taken_in(part, lang, name, known, found) for part in _parts(cell))
        places = known.stands.get((name, cell["id"]), [])
        links = tuple((f"../report.html#{place}", known.report.titles[place]) for place in places)
        found.cells.append(Cell(cell["id"], kind, source, body, links))
    return found


def _kind(cell: Mapping[str, Any]) -> str:
    if cell["cell_type"] != "code":
        return "note"
    tags = cell["metadata"].get("tags", [])
    return next((tag for tag in ("report", "injected-parameters", "parameters") if tag in tags), "code")


def _parts(cell: Mapping[str, Any]) -> Iterable[str]:
    from nbconvert.filters import markdown2html

    if cell["cell_type"] == "markdown":
        return [str(markdown2html("".join(cell["source"])))]
    return [_shown(output) for output in cell.get("outputs", [])]


def _shown(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return _plain("".join(output["text"]))
    if output["output_type"] == "error":
        return _plain(f"{output['ename']}: {output['evalue']}")
    data = output.get("data", {})
    return "".join(data["text/html"]) if "text/html" in data else _plain("".join(data.get("text/plain", "")))


def _plain(text: str) -> str:
    return f"<pre>{html.escape(_COLOURS.sub('', text))}</pre>"


def _taken_in(part: str, lang: str, name: str, known: Known, found: Found) -> str:
    soup = inert.clean(part)
    _link(soup, known)
    _bind(soup, name, known)
    _order_headings(soup, lang, found)
    found.n_tables = tables.prepare(soup, lang, found.n_tables)
    for text in soup.find_all("pre"):
        text["lang"] = lang
    return str(soup)


def _link(soup: BeautifulSoup, known: Known) -> None:
    """Let references inside the report lead to the report, and drop those that lead nowhere."""
    for link in soup.find_all("a"):
        target = str(link.get("href", ""))
        if target.startswith("#") and target[1:] in known.report.titles:
            link["href"] = f"../report.html{target}"
        elif not target or target.startswith("#"):
            link.unwrap()


def _bind(soup: BeautifulSoup, name: str, known: Known) -> None:
    """Let each printed number lead to its row among the claims."""
    for number in soup.find_all("span", class_="claim"):
        claim_id = str(number.attrs.pop("data-claim", ""))
        if claim_id not in known.book or number.find_parent("a"):
            continue
        owner = known.owners[claim_id]
        number.name = "a"
        number["href"] = f"{'' if owner == name else owner + '.html'}#claim-{claim_id}"
        number["title"] = known.book[claim_id].note


def _order_headings(soup: BeautifulSoup, lang: str, found: Found) -> None:
    """Set headings under the page's one h1, no level skipped."""
    for tag in soup.find_all(_HEADINGS):
        last = found.headings[-1].level if found.headings else 2
        level = max(2, min(int(tag.name[1]) + 1, last + 1, 6))
        heading = Heading(level, spoken(tag), f"rubrik-{len(found.headings) + 1}", lang)
        tag.name, tag["id"] = f"h{level}", heading.id
        found.headings.append(heading)
