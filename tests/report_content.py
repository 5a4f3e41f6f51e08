"""What a reader gets from each file beside its words: headings, captions, alternative texts."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypandoc
import pypdf
from bs4 import BeautifulSoup

from klimatlib.report.document import marked_texts, pdf_words, source_words
from klimatlib.report.renderers import SYNTAX

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


@dataclass
class Content:
    headings: list[tuple[int, str]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list, compare=False)


def plain(text: str) -> str:
    return " ".join(text.replace("\u00ad", "").replace("\u2010", "-").split())


def wrong_axes(folder: Path) -> list[str]:
    """Return the charts in a folder in which a label of an axis is not where its number is."""
    wrong, svg = [], "{http://www.w3.org/2000/svg}"
    for path in sorted(folder.glob("*.svg")):
        builder = ElementTree.TreeBuilder(insert_comments=True)
        root = ElementTree.parse(path, ElementTree.XMLParser(target=builder)).getroot()
        for axis in (e for e in root.iter(f"{svg}g") if e.get("id", "").startswith("matplotlib.axis_")):
            ticks = []
            for tick in axis.findall(f"{svg}g"):
                line = next((p.get("d") for p in tick.iter(f"{svg}path") if p.get("clip-path")), None)
                label = next((e.text.strip() for e in tick.iter(ElementTree.Comment)), None)
                if line and label:  # a gridline, and the number that it stands for
                    x, y = map(float, line.split()[1:3])
                    number = float(re.sub(r"[\s%]", "", label).replace("−", "-").replace(",", "."))
                    ticks.append((number, x if tick.get("id").startswith("x") else y))
            for (low, start), (value, at), (high, end) in itertools.combinations(ticks, 3):
                if (
                    not low < value < high
                    or abs((at - start) / (end - start) - (value - low) / (high - low)) > 1e-3
                ):
                    wrong.append(f"{path.name}: {low:g}, {value:g}, {high:g} at {start}, {at}, {end}")
    return wrong


def crowded_labels(folder: Path) -> list[str]:
    """Return the labels of a folder's charts that are cut off, or stand over a mark or another label."""
    drawn = sorted(folder.glob("*.svg"))
    charts = [
        p for p in drawn if p.with_name(f"{p.stem.removesuffix('-narrow')}.csv").exists()
    ]  # no pictures
    return [f"{path.name}: {fault}" for path in charts for fault in _crowded(path)]


_Box = tuple[float, float, float, float]
_NUMBERS = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_FAINT = "#d5ddd8"  # of gridlines and spines, which are no marks
_CLEAR = 1.0  # pt that a label keeps from a mark


def _crowded(path: Path) -> Iterator[str]:
    svg, href = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.parse(path, ElementTree.XMLParser(target=builder)).getroot()
    shapes = {f"#{e.get('id')}": e for e in root.iter(f"{svg}path") if e.get("id")}
    parents = {child: parent for parent in root.iter() for child in parent}
    width, height = (float(root.get(side).removesuffix("pt")) for side in ("width", "height"))
    labels, marks = list[tuple[str, _Box]](), list[list[_Box]]()

    def points(d: str) -> list[tuple[float, float]]:
        numbers = [*map(float, _NUMBERS.findall(d))]
        return [*zip(numbers[::2], numbers[1::2], strict=True)]

    def within(element: Any, *names: str) -> bool:
        while element is not None and not re.match("|".join(names), element.get("id", "") or "-"):
            element = parents.get(element)
        return element is not None

    def looks(element: Any) -> dict[str, str]:
        pairs = (part.partition(":") for part in element.get("style", "").split(";"))
        return {key.strip(): value.strip() for key, _, value in pairs}

    for group in root.iter(f"{svg}g"):
        move = re.fullmatch(r"translate\((\S+) (\S+)\) scale\((\S+) -\S+\)", group.get("transform", ""))
        if not move:
            continue
        x, y, scale = map(float, move.groups())
        corners = list[tuple[float, float]]()
        for use in group.iter(f"{svg}use"):
            shift = float(next(iter(_NUMBERS.findall(use.get("transform", "0"))), 0))
            glyph = shapes[use.get(href)]
            size = float(next(iter(_NUMBERS.findall(glyph.get("transform", "1"))), 1))
            outline = points(glyph.get("d", ""))
            corners += [(x + scale * (shift + a * size), y - scale * b * size) for a, b in outline]
        siblings = list(parents[group])
        words = siblings[siblings.index(group) - 1].text.strip()
        xs, ys = zip(*corners, strict=True)
        labels.append((words, (min(xs), min(ys), max(xs), max(ys))))
    drawing = (e for e in root.iter() if e.tag in (f"{svg}path", f"{svg}use"))
    for element in (e for e in drawing if not within(e, "text_", "[xy]tick_")):
        style, spot = looks(element), None
        if element.tag == f"{svg}use":
            spot = float(element.get("x", 0)), float(element.get("y", 0))
            style = {**looks(shapes[element.get(href)]), **style}
            drawn = shapes[element.get(href)].get("d")
        elif element.get("id") in {key[1:] for key in shapes} or not element.get("d"):
            continue
        else:
            drawn = element.get("d")
        stroke, fill = style.get("stroke", "none"), style.get("fill", "#000000")
        if _FAINT in (stroke, fill) or (stroke == fill == "none") or float(style.get("opacity", 1)) == 0:
            continue
        corners = [(a + (spot or (0, 0))[0], b + (spot or (0, 0))[1]) for a, b in points(drawn)]
        half = float(style.get("stroke-width", 1)) / 2 if stroke != "none" else 0.0
        if spot or fill != "none":
            xs, ys = zip(*corners, strict=True)
            marks.append([(min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half)])
            continue
        steps = list[_Box]()
        for (a, b), (c, d) in itertools.pairwise(corners):
            n = max(1, int(max(abs(c - a), abs(d - b))))
            between = [(a + (c - a) * i / n, b + (d - b) * i / n) for i in range(n + 1)]
            steps += [(p - half, q - half, p + half, q + half) for p, q in between]
        marks.append(steps)

    # The tab of a draft.
    for tab in (group for group in root.iter(f"{svg}g") if group.find(f"{svg}rect") is not None):
        x, y = map(float, _NUMBERS.findall(tab.get("transform"))[:2])
        marks.append([(x, y, x + float(tab.find(f"{svg}rect").get("width")), y + 14)])

    def meet(one: _Box, other: _Box) -> bool:
        return all(one[i] < other[i + 2] + _CLEAR and other[i] < one[i + 2] + _CLEAR for i in (0, 1))

    for words, box in labels:
        if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height:
            yield f"”{words}” is cut off"
        if any(meet(box, mark) for steps in marks for mark in steps):
            yield f"”{words}” stands over a mark"
    for (words, box), (others, other) in itertools.combinations(labels, 2):
        if meet(box, other):
            yield f"”{words}” stands over ”{others}”"


def of_source(path: Path) -> Content:
    command = [pypandoc.get_pandoc_path(), str(path), f"--from={SYNTAX}", "--to=json"]
    ast = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    content, figures, tables = Content(words=source_words(ast)), itertools.count(1), itertools.count(1)

    def text(*blocks: Any) -> str:
        return " ".join(source_words({"meta": {}, "blocks": [*blocks]}))

    def walk(node: Any) -> None:
        match node:
            case list():
                for part in node:
                    walk(part)
            case {"t": "Header", "c": [level, _, words]}:
                content.headings.append((level, text({"t": "Plain", "c": words})))
            case {"t": "Figure", "c": [_, [_, caption], [picture, *_]]}:
                content.captions.append(f"Figur {next(figures)}. {text(*caption)}")
                content.alts.append(text({"t": "Plain", "c": picture["c"][0]["c"][1]}))
            case {"t": "Table", "c": [_, [_, caption], *_]}:
                content.captions.append(f"Tabell {next(tables)}. {text(*caption)}")
            case {"c": inside}:
                walk(inside)

    walk(ast["blocks"])
    return content


def of_html(path: Path) -> Content:
    main = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").main
    alts = [plain(image.get("aria-label") or image.get("alt")) for image in main.select("[role=img], img")]
    for unread in main.select("details, nav, svg, .label, .section-link"):
        unread.decompose()
    return Content(
        [(int(tag.name[1]) - 1, plain(tag.text)) for tag in main.find_all(["h2", "h3", "h4", "h5"])],
        [plain(tag.text) for tag in main.select("figcaption, caption")],
        alts,
    )


def of_pdf(path: Path) -> Content:
    (document,) = read_tags(path).all("Document")
    kinds = [part.kind if isinstance(part, Tag) else "" for part in document.parts]
    tags = Tag("", parts=document.parts[kinds.index("TOC") + 1 :])
    return Content(
        [(int(tag.kind[1]), plain(tag.text)) for tag in tags.all("H1", "H2", "H3", "H4")],
        [plain(tag.text) for tag in tags.all("Caption")],
        [plain(tag.alt or "") for tag in tags.all("Figure")],
        pdf_words(path),
    )


@dataclass
class Tag:
    """An element of a PDF's tag tree, as a screen reader goes through it: texts and elements in order."""

    kind: str
    alt: str | None = None
    parts: list[Tag | str] = field(default_factory=list)

    @property
    def text(self):
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def walk(self):
        yield self
        for part in self.parts:
            if isinstance(part, Tag):
                yield from part.walk()

    def all(self, *kinds):
        return [tag for tag in self.walk() if tag.kind in kinds]


def read_tags(path):
    reader = pypdf.PdfReader(path)
    texts = {page.indirect_reference.idnum: marked_texts(page) for page in reader.pages}

    def parts(node, page):
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            kid = kid.get_object()
            if not isinstance(kid, dict):
                yield texts[page].get(int(kid), "")
                continue
            home = kid.raw_get("/Pg").idnum if "/Pg" in kid else page
            if kid.get("/Type") == "/MCR":
                yield texts[home].get(int(kid["/MCID"]), "")
            elif kid.get("/Type") != "/OBJR":
                yield Tag(kid["/S"][1:], kid.get("/Alt"), [*parts(kid, home)])

    return Tag("Root", parts=[*parts(reader.trailer["/Root"]["/StructTreeRoot"], None)])


def of_docx(path: Path) -> Content:
    with zipfile.ZipFile(path) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))
    styled = [(docx_style(paragraph), plain(docx_text(paragraph))) for paragraph in body.iter(f"{W}p")]
    return Content(
        [(int(style[7:]), text) for style, text in styled if style.startswith("Heading")],
        [text for style, text in styled if style in {"ImageCaption", "TableCaption"}],
        # Every picture has its own but the cover's, which is no part of the source.
        [plain(picture.get("descr", "")) for picture in body.iter(f"{WP}docPr")][1:],
    )


def docx_style(element: ElementTree.Element) -> str:
    style = element.find(f"{W}pPr/{W}pStyle")
    return "" if style is None else style.get(f"{W}val", "")


def docx_text(element: ElementTree.Element) -> str:
    spaces = {f"{W}br": " ", f"{W}tab": " "}
    return "".join(
        (part.text or "") if part.tag == f"{W}t" else spaces.get(part.tag, "") for part in element.iter()
    )


READERS = {"html": of_html, "pdf": of_pdf, "docx": of_docx}
