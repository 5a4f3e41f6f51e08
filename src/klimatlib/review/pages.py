"""Notebook pages: each executed notebook as one closed HTML file, for reviewers without Python.

A page tells what its notebook rests on, which claims it recorded, and where each output stands in the report.
It has no script and loads nothing; the markup of outputs is sanitised. What the pages and the review room
need of the finished ``report.html``, its anchors and its sentences, is read here too.
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path
from typing import Any, Literal, NamedTuple

from bs4 import BeautifulSoup, Tag

from klimatlib import swedish
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook
from klimatlib.config import Params, Strict, Text, Texts, validate
from klimatlib.report.document import cells_in_report
from klimatlib.sources.files import decode

ASSETS = Path(__file__).parent / "assets"
Notebook = Mapping[str, Any]
_HEADINGS = re.compile(r"h[1-6]")
_KINDS = ("report", "injected-parameters", "parameters")  # tags of cells


@dataclass(frozen=True)
class Links:
    """What a page may link to: the report's anchors, and the year's claims.

    ``cells`` has the anchors where the output of each printed cell (notebook, cell id) stands; ``owners`` the
    notebook that recorded each claim.
    """

    anchors: Anchors
    cells: Mapping[tuple[str, str], Sequence[str]]
    book: ClaimBook
    owners: Mapping[str, str]

    def to_report(self, anchor: str) -> tuple[str, str]:
        """Return the address of one of the report's anchors, and what stands there."""
        return f"../report.html#{anchor}", self.anchors.titles[anchor]


def notebook_page(file: Path, links: Links, page: Mapping[str, Any]) -> str:
    """Return an executed notebook as a page, its cells linked to where their outputs stand in the report.

    ``page`` is what the template prints beside the cells: head, parameters, inputs, warnings, claims.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    cells, headings = read_cells(file.stem, json.loads(file.read_text(encoding="utf-8")), links)
    template = {"template_name": "notebook", "extra_template_basedirs": [str(ASSETS)]}
    template |= {"extra_template_paths": [str(ASSETS / "notebook"), str(ASSETS)]}
    exporter = HTMLExporter(config=Config({"TemplateExporter": template}))  # type: ignore[no-untyped-call]
    parts = [(printed, [*own]) for printed, own in groupby(cells, key=lambda cell: cell.kind == "report")]
    resources = {"page": {**page, "parts": parts, "headings": headings}}
    return str(exporter.from_filename(str(file), resources=resources)[0])


def printed_title(notebook: Notebook) -> str:
    """Return the first heading of what a notebook prints; empty without one."""
    printed = (cell for cell in notebook["cells"] if "report" in cell["metadata"].get("tags", ()))
    found = (BeautifulSoup(side(cell, "text/html"), "html.parser").find(_HEADINGS) for cell in printed)
    return next((spoken(heading) for heading in found if heading), "")


class Heading(NamedTuple):
    """A heading of the page."""

    level: int
    words: str
    id: str
    lang: str


class Cell(NamedTuple):
    """A cell as shown: notes or outputs as inert HTML, folded code, and its places in the report.

    ``kind`` is ``note``, ``code``, or the tag that decides how it is shown.
    """

    id: str
    kind: str
    source: str
    body: str
    places: tuple[tuple[str, str], ...]


def read_cells(name: str, notebook: Notebook, links: Links) -> tuple[list[Cell], list[Heading]]:
    """Return the cells of an executed notebook, ready for its page, and the headings in them."""
    cells, headings, numbers = [], list[Heading](), count(1)
    for cell in notebook["cells"]:
        tags = (tag for tag in _KINDS if tag in cell["metadata"].get("tags", []))
        kind = next(tags, "code") if cell["cell_type"] == "code" else "note"
        lang = "sv" if kind == "report" else "en"
        body = BeautifulSoup("\n".join(map(sanitise, _outputs(cell))), "html.parser")
        _finish_sanitising(body)
        _set_links(body, name, links)
        for tag in body.find_all(_HEADINGS):  # under the page's one h1, no level skipped
            last = headings[-1].level if headings else 2
            level = max(2, min(int(tag.name[1]) + 1, last + 1, 6))
            headings.append(Heading(level, spoken(tag), f"rubrik-{len(headings) + 1}", lang))
            tag.name, tag["id"] = f"h{level}", headings[-1].id
        for table in body.find_all("table"):
            _make_accessible(table, body, lang, next(numbers))
        for pre in body.find_all("pre"):
            pre["lang"] = lang
        places = tuple(map(links.to_report, links.cells.get((name, cell["id"]), ())))
        cells.append(Cell(cell["id"], kind, "".join(cell["source"]), str(body), places))
    return cells, headings


def _outputs(cell: Mapping[str, Any]) -> Iterable[str]:
    """Yield what a cell shows as markup, not yet sanitised."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    if cell["cell_type"] == "markdown":
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
        yield MarkdownWithMath(renderer=renderer).render("".join(cell["source"]))
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/html" in data:
            yield "".join(data["text/html"])
            continue
        text = data.get("text/plain", output.get("text", ""))
        if output["output_type"] == "error":
            text = f"{output['ename']}: {output['evalue']}"
        without_colours = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", "".join(text))
        yield f"<pre>{html.escape(without_colours)}</pre>"


def _set_links(body: Tag, name: str, links: Links) -> None:
    """Link references to the report and printed numbers to their claims; drop links that lead nowhere."""
    for link in body.find_all("a"):
        target = str(link.get("href", ""))
        if target.startswith("#") and target[1:] in links.anchors.titles:
            link["href"] = f"../report.html{target}"
        elif not target or target.startswith("#"):
            link.unwrap()
    for number in body.find_all("span", class_="claim"):
        claim_id = str(number.attrs.pop("data-claim", ""))
        if claim_id in links.book and not number.find_parent("a"):
            owner = links.owners[claim_id]
            number.name = "a"
            number["href"] = f"{'' if owner == name else owner + '.html'}#claim-{claim_id}"
            number["title"] = links.book[claim_id].note


def _make_accessible(table: Tag, body: BeautifulSoup, lang: str, number: int) -> None:
    """Give a table one header row, header cells with scope, and a named region to scroll it in."""
    rows = [list(row.find_all("th")) for row in table.select("thead tr")]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):  # pandas: one row names the index, one the columns
        words = [(spoken(above), spoken(below)) for above, below in zip(*rows, strict=True)]
        if all(bool(above) != bool(below) for above, below in words):
            for cell, (above, below) in zip(rows[0], words, strict=True):
                cell.string = above or below
            table.select("thead tr")[1].decompose()
    for cell in table.find_all("th"):
        side = "col" if cell.find_parent("thead") else "row"
        if spoken(cell):
            cell["scope"] = f"{side}group" if cell.get(f"{side}span") else side
        else:
            cell.name = "td"  # an empty header cell heads nothing
    table.attrs.setdefault("lang", lang)
    region = {"role": "region", "tabindex": "0", "aria-label": f"Tabell {number} på sidan"}
    table.wrap(body.new_tag("div", attrs={"class": "scroll", **region}))


class _Allowed(Strict):
    tags: Texts
    without_content: Texts
    attributes: dict[str, Texts]
    classes: Texts
    values: dict[str, Text]


_FILE = Path(__file__).with_name("sanitise.yml")
_ALLOWED = validate(_FILE.read_bytes(), _Allowed, shown=_FILE.name)


def sanitise(markup: str) -> str:
    """Return markup without all that could run, load, restyle the page or name its parts.

    A short list of tags, attributes and values stays, and with them the text; pictures only where they are
    in the markup itself.
    """
    import nh3  # not for a run whose pages are kept

    def allowed(tag: str, name: str, value: str) -> str | None:
        if name == "class":
            return " ".join(word for word in value.split() if word in _ALLOWED.classes) or None
        pattern = _ALLOWED.values.get(name)
        return value if pattern is None or re.fullmatch(pattern, value) else None

    return nh3.clean(
        markup,
        tags={*_ALLOWED.tags},
        clean_content_tags={*_ALLOWED.without_content},
        attributes={tag: {*names} for tag, names in _ALLOWED.attributes.items()},
        attribute_filter=allowed,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


def _finish_sanitising(body: Tag) -> None:
    """Describe each picture, put words where none is left, and let a class align numbers, not a style."""
    for picture in body.find_all("img"):
        picture["alt"] = picture.get("alt") or "Bilden saknar beskrivning."
        if "src" not in picture.attrs:
            picture.replace_with(str(picture["alt"]))
    for cell in body.find_all(style=True):
        del cell["style"]
        cell["class"] = " ".join([*cell.get_attribute_list("class"), "number"]).strip()


class Input(NamedTuple):
    """A file that was read: its path, checksum, and rows where it is a table."""

    path: str
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class ClaimRow:
    """A claim as the pages list it, with the notebook that recorded it.

    ``cell`` is the notebook and id of the cell that prints it or, where none does, that lists it; ``report``
    the address and name of its place in the report.
    """

    claim: Claim
    notebook: str
    cell: tuple[str, str] | None
    report: tuple[str, str] | None

    @property
    def asked(self) -> str:
        """How many answered, of how many."""
        n, members = self.claim.n, self.claim.members
        if n is None:
            return "–"
        return f"{n} av {members}" if members else str(n)

    @property
    def light(self) -> str:
        """Whether it is comparable with the number before, in a word or two."""
        return LIGHTS[self.claim.comparable]


def parameters(params: Params) -> list[tuple[str, str]]:
    """Return the parameters: key, and value as text."""
    words = {"None": "–", "()": "–", "True": "ja", "False": "nej"}

    def as_text(value: object) -> str:
        return words.get(str(value)) or ", ".join(map(str, value if isinstance(value, tuple) else [value]))

    return [(key, as_text(getattr(params, key))) for key in type(params).model_fields]


def input_files(digests: Mapping[str, str], root: Path) -> list[Input]:
    """Return files that were read, by path, from their checksums."""

    def rows(path: Path) -> int | None:
        if path.suffix != ".csv" or not path.is_file():
            return None
        lines = decode(path.read_bytes(), path.name).splitlines(keepends=True)
        return max(sum(1 for row in csv.reader(lines) if row) - 1, 0)

    return [Input(path, digest, rows(root / path)) for path, digest in sorted(digests.items())]


def claim_rows(name: str, notebook: Notebook, links: Links) -> list[ClaimRow]:
    """Return the claims that a notebook recorded, with the cells and places in the report they lead to."""
    listed: dict[str, tuple[str, str]] = {}  # claim id -> the first cell whose table has it as a row heading
    for cell in notebook["cells"]:
        for heading in BeautifulSoup(side(cell, "text/html"), "html.parser").select("tbody th"):
            listed.setdefault(heading.get_text().strip(), (name, cell["id"]))
    rows, anchors = [], links.anchors
    for claim in (claim for claim in links.book if links.owners[claim.id] == name):
        printed, report = (claim.notebook, claim.cell), None
        if claim.id in anchors.claims:  # its first mention
            report = (f"../report.html#claim-{claim.id}", anchors.titles[anchors.claims[claim.id]])
        elif places := links.cells.get(printed):  # or the chart of the cell that shows it
            report = links.to_report(places[-1])
        rows.append(ClaimRow(claim, name, printed if claim.cell else listed.get(claim.id), report))
    return rows


@dataclass(frozen=True)
class Anchors:
    """The finished report's anchors, in the order of the document.

    ``titles`` has what stands at each (a heading, ``Figur 2``, ``Tabell 4``), ``headings`` the ids of the
    headings, ``claims`` the nearest anchor round each claim's first mention.
    """

    titles: Mapping[str, str]
    headings: tuple[str, ...]
    claims: Mapping[str, str]


def read_report(markup: str) -> tuple[Anchors, list[Quote]]:
    """Return a ``report.html``'s anchors, and what it prints in words, captions and rows, in its order."""
    soup = BeautifulSoup(markup, "html.parser")
    report = soup.select_one("main") or soup
    titles, claims, headings = dict[str, str](), dict[str, str](), list[str]()
    for tag in report.find_all(id=True):
        anchor, is_block = str(tag["id"]), tag.name in ("figure", "table")
        title = tag if _HEADINGS.fullmatch(tag.name) else None
        if tag.name == "section":
            title = tag.find(_HEADINGS, recursive=False)
        elif is_block:
            title = tag.select_one(":is(caption, figcaption) strong")
        if title is not None and (words := spoken(title)):
            titles[anchor] = words.rstrip(".") if is_block else words
            headings += [] if is_block else [anchor]
    for tag in report.select("[data-claim]"):
        if above := _nearest(tag, titles):
            claims.setdefault(str(tag["data-claim"]), above)
    return Anchors(titles, tuple(headings), claims), _quotes(report, titles)


def _nearest(tag: Tag, anchors: Mapping[str, str]) -> str:
    """Return the nearest of the anchors round a tag; empty without one."""
    return next((str(parent["id"]) for parent in tag.parents if parent.get("id") in anchors), "")


def cell_anchors(
    order: Sequence[str], notebooks: Mapping[str, Notebook], anchors: Anchors
) -> dict[tuple[str, str], list[str]]:
    """Return the anchors of the report where the output of each report cell (notebook, cell id) stands.

    Its first heading and its figures and tables; a cell with none of them stands under the heading before it.
    """
    places: dict[tuple[str, str], list[str]] = {}
    # The headings to come, and the one that the cells have come to.
    later, here = [*anchors.headings], list[str]()
    for name, cell in (pair for part in order for pair in cells_in_report(part, notebooks)):
        own = list[str]()
        for heading in BeautifulSoup(side(cell, "text/html"), "html.parser").find_all(_HEADINGS):
            # A chapter's label may stand before its words.
            same = (n for n, anchor in enumerate(later) if anchors.titles[anchor].endswith(spoken(heading)))
            if (number := next(same, None)) is not None:
                here, later = [later[number]], later[number + 1 :]
                own += here
        blocks = re.findall(r"\{#((?:chart|table)-[a-z0-9-]+)", side(cell, "text/markdown"))
        own = own[:1] + [anchor for anchor in blocks if anchor in anchors.titles]
        places.setdefault((name, cell["id"]), own or here)
    return places


def side(cell: Mapping[str, Any], mime: str) -> str:
    """Return one side of all that a cell shows."""
    return "\n".join("".join(o.get("data", {}).get(mime, "")) for o in cell.get("outputs", []))


def spoken(tag: Tag) -> str:
    """Return a tag's words, with single spaces and without soft hyphens."""
    return " ".join(tag.get_text().replace("\u00ad", "").split())


Form = Literal["sentence", "tile", "row", "caption"]
_FORMS: dict[str, Form] = {"tr": "row", "figcaption": "caption", "caption": "caption"}
# A claim's number inside a block's text: id and printed words between marks that no text has.
_MARK = re.compile("\ue000([^\ue001]*)\ue001([^\ue002]*)\ue002")


@dataclass(frozen=True)
class Quote:
    """A sentence, tile, table row or caption of a report.

    Its pieces are the text as printed: words, and the id of the claim whose number they are (else empty).
    ``chapter`` is the id of the chapter's heading, empty before the first; ``place`` that of the nearest
    heading, figure or table.
    """

    pieces: tuple[tuple[str, str], ...]
    chapter: str
    place: str
    form: Form

    @property
    def text(self) -> str:
        """The text as printed."""
        return "".join(words for words, _ in self.pieces)

    @property
    def claims(self) -> tuple[str, ...]:
        """Ids of the claims that it prints, each once."""
        return tuple(dict.fromkeys(claim for _, claim in self.pieces if claim))

    @property
    def frame(self) -> str:
        """The text with ids and marks for numbers and years: the same in two years if only these moved."""
        text = "".join(f"{{{claim}}}" if claim else words for words, claim in self.pieces)
        return re.sub(r"\b(?:19|20)\d\d\b", "{year}", text)


def _quotes(report: Tag, anchors: Mapping[str, str]) -> list[Quote]:
    quotes, chapter = [], ""
    for block in report.find_all(["h2", "p", "li", "tr", "figcaption", "caption"]):
        if block.name == "h2":
            chapter = next((str(tag["id"]) for tag in (block, *block.parents) if tag.get("id")), "")
        elif not block.find_parent(["details", "thead"]) and not block.find("p"):
            # No copy of a chart's data, and no item that holds paragraphs.
            place = _nearest(block, anchors) or chapter
            form = _FORMS.get(block.name, "tile" if block.select_one(".value") else "sentence")
            cells = block.find_all(["th", "td"]) if form == "row" else [block]
            marked = re.sub(r"[ \t\r\n]+", " ", " · ".join(map(_marked, cells))).strip()
            parts = swedish.SENTENCE_END.split(marked) if form == "sentence" else [marked]
            quotes += [Quote(_pieces(part), chapter, place, form) for part in parts if part]
    return quotes


def _marked(block: Tag) -> str:
    parts = []
    for text in block.find_all(string=True):
        span, plain = text.find_parent(attrs={"data-claim": True}), text.replace("\u00ad", "")
        parts.append(f"\ue000{span['data-claim']}\ue001{plain}\ue002" if span else plain)
    return "".join(parts)


def _pieces(marked: str) -> tuple[tuple[str, str], ...]:
    split = [*_MARK.split(marked), "", ""]  # words, then for each number its claim, itself, and words again
    triples = zip(split[::3], split[1::3], split[2::3], strict=True)
    pairs = (pair for words, claim, number in triples for pair in ((words, ""), (number, claim)))
    return tuple((words, claim) for words, claim in pairs if words)
