"""What a reader gets from each file, in reading order: headings, words, figures, tables, numbers."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypandoc

from klimatlib.render.embedded import SYNTAX
from tagged_pdf import Tag, read_tags

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


@dataclass
class Content:
    headings: list[tuple[int, str]] = field(default_factory=list)
    paragraphs: list[list[str]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        return [word for paragraph in self.paragraphs for word in paragraph]

    @property
    def numbers(self) -> list[str]:
        return [word for word in self.words if any(sign.isdigit() for sign in word)]

    def add(self, text: str) -> None:
        if words := words_of(text):
            self.paragraphs.append(words)

    def add_heading(self, level: int, text: str) -> None:
        self.headings.append((level, plain(text)))
        self.add(text)

    def add_caption(self, text: str) -> None:
        self.captions.append(plain(text))
        self.add(text)

    def add_table(self, rows: list[list[str]]) -> None:
        self.tables.append([[plain(cell) for cell in row] for row in rows])
        for row in rows:
            for cell in row:
                self.add(cell)


def words_of(text: str) -> list[str]:
    return text.replace("\u00ad", "").replace("\u2010", "-").split()


def plain(text: str) -> str:
    return " ".join(words_of(text))


# ---- the source --------------------------------------------------------------------------------
def of_source(path: Path) -> Content:
    command = [pypandoc.get_pandoc_path(), str(path), f"--from={SYNTAX}", "--to=json"]
    done = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8")
    content = Content()
    _source_blocks(json.loads(done.stdout)["blocks"], content)
    return content


def _source_blocks(blocks: list[dict[str, Any]], out: Content) -> None:
    for block in blocks:
        kind, inside = block["t"], block.get("c")
        if kind == "Header":
            out.add(dict(inside[1][2]).get("label", ""))
            out.add_heading(inside[0], _inlines(inside[2]))
        elif kind == "Div":
            out.add(dict(inside[0][2]).get("title", ""))
            _source_blocks(inside[1], out)
        elif kind in {"Para", "Plain"}:
            out.add(_inlines(inside))
        elif kind in {"BulletList", "OrderedList"}:
            for item in inside if kind == "BulletList" else inside[1]:
                _source_blocks(item, out)
        elif kind == "Figure":
            out.add_caption(f"Figur {len(out.alts) + 1}. {_caption(inside[1])}")
            image = inside[2][0]["c"][0]["c"]
            out.alts.append(dict(image[0][2]).get("alt") or _inlines(image[1]))
        elif kind == "Table":
            out.add_caption(f"Tabell {len(out.tables) + 1}. {_caption(inside[1])}")
            out.add_table(_source_rows(inside))
        else:
            raise AssertionError(f"a kind of block that no report has had: {kind}")


def _caption(caption: list[Any]) -> str:
    return " ".join(_inlines(block["c"]) for block in caption[1])


def _source_rows(table: list[Any]) -> list[list[str]]:
    bodies = [row for body in table[4] for row in body[3]]
    return [[" ".join(_inlines(b["c"]) for b in cell[4]) for cell in row[1]] for row in table[3][1] + bodies]


def _inlines(inlines: list[dict[str, Any]]) -> str:
    return "".join(_inline(one) for one in inlines)


def _inline(one: dict[str, Any]) -> str:
    kind, inside = one["t"], one.get("c")
    if kind == "Str":
        return str(inside)
    if kind in {"Space", "SoftBreak", "LineBreak"}:
        return " "
    if kind == "Quoted":
        mark = "’" if inside[0]["t"] == "SingleQuote" else "”"
        return mark + _inlines(inside[1]) + mark
    if kind in {"Span", "Link"}:
        return _inlines(inside[1])
    if kind in {"Code", "RawInline", "Math"}:
        return str(inside[1])
    return _inlines(inside)


# ---- PDF, by its tags --------------------------------------------------------------------------
INLINE = {"Span", "Link", "Strong", "Em", "Reference", "Code"}


def of_pdf(path: Path) -> Content:
    (document,) = read_tags(path).all("Document")
    kinds = [part.kind if isinstance(part, Tag) else "" for part in document.parts]
    content = Content()
    _pdf_parts(document.parts[kinds.index("TOC") + 1 :], content)
    return content


def _pdf_parts(parts: list[Tag | str], out: Content) -> None:
    loose = ""
    for part in parts:
        if isinstance(part, str) or part.kind in INLINE:
            loose += part if isinstance(part, str) else part.text
            continue
        out.add(loose)
        loose = ""
        _pdf_block(part, out)
    out.add(loose)


def _pdf_block(tag: Tag, out: Content) -> None:
    if re.fullmatch(r"H\d", tag.kind):
        out.add_heading(int(tag.kind[1:]), tag.text)
    elif tag.kind == "Caption":
        out.add_caption(tag.text)
    elif tag.kind == "Figure":
        out.alts.append(tag.alt or "")
    elif tag.kind == "Table":
        _pdf_parts(tag.all("Caption"), out)
        out.add_table([[cell.text for cell in row.all("TH", "TD")] for row in tag.all("TR")])
    elif tag.kind != "Lbl":
        _pdf_parts(tag.parts, out)


# ---- HTML --------------------------------------------------------------------------------------
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
HTML_INLINE = {"a", "abbr", "b", "br", "code", "em", "i", "small", "span", "strong", "sub", "sup", "wbr"}


class _Builder(HTMLParser):
    """Builds the same kind of tree as a PDF's tags."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Tag("root")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Tag(tag, attributes={key: value or "" for key, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].kind == tag, f"</{tag}> closes <{self.open[-1].kind}>"
        self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Tag(tag, attributes={key: value or "" for key, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def of_html(path: Path) -> Content:
    builder = _Builder()
    builder.feed(path.read_text(encoding="utf-8"))
    (main,) = builder.open[0].all("main")
    content = Content()
    _html_parts(main.parts, content)
    return content


def _classes(tag: Tag) -> list[str]:
    return str(tag.attributes.get("class", "")).split()


def _html_text(tag: Tag) -> str:
    if tag.kind == "br":
        return " "
    if {"section-link", "label"} & set(_classes(tag)) or "aria-hidden" in tag.attributes:
        return ""
    return "".join(part if isinstance(part, str) else _html_text(part) for part in tag.parts)


def _html_parts(parts: list[Tag | str], out: Content) -> None:
    loose = ""
    for part in parts:
        if isinstance(part, str) or part.kind in HTML_INLINE:
            loose += part if isinstance(part, str) else _html_text(part)
            continue
        out.add(loose)
        loose = ""
        _html_block(part, out)
    out.add(loose)


def _html_block(tag: Tag, out: Content) -> None:
    if tag.attributes.get("role") == "img":
        out.alts.append(str(tag.attributes.get("aria-label", "")))
        return
    if tag.kind in {"details", "script", "style", "template", "nav", "svg", "button"}:
        return  # what only a screen can do
    if re.fullmatch(r"h\d", tag.kind):
        for label in [one for one in tag.walk() if "label" in _classes(one)]:
            out.add(label.text)
        out.add_heading(int(tag.kind[1:]) - 1, _html_text(tag))
    elif tag.kind in {"caption", "figcaption"}:
        out.add_caption(_html_text(tag))
    elif tag.kind == "img":
        out.alts.append(str(tag.attributes.get("alt", "")))
    elif tag.kind == "table":
        _html_parts(tag.all("caption"), out)
        out.add_table([[_html_text(cell) for cell in row.all("th", "td")] for row in tag.all("tr")])
    else:
        _html_parts(tag.parts, out)


# ---- DOCX --------------------------------------------------------------------------------------
DOCX_FRONT = {"Title", "Subtitle", "Author", "Notice", "TOCHeading", "TOC1", "TOC2"}


def of_docx(path: Path) -> Content:
    with zipfile.ZipFile(path) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml")).find(f"{W}body")
    content = Content()
    assert body is not None
    for element in body:
        if element.tag == f"{W}tbl":
            rows = element.findall(f"{W}tr")
            content.add_table([[docx_text(cell) for cell in row.findall(f"{W}tc")] for row in rows])
        elif element.tag == f"{W}p":
            _docx_paragraph(element, content)
    return content


def _docx_paragraph(element: ElementTree.Element, out: Content) -> None:
    style, text = docx_style(element), docx_text(element)
    out.alts += [found.get("descr", "") for found in element.iter(f"{WP}docPr")]
    if style in DOCX_FRONT:
        return
    if style.startswith("Heading"):
        out.add_heading(int(style[7:]), text)
    elif style in {"ImageCaption", "TableCaption"}:
        out.add_caption(text)
    else:
        out.add(text)


def docx_style(element: ElementTree.Element) -> str:
    found = element.find(f"{W}pPr/{W}pStyle")
    return "" if found is None else found.get(f"{W}val", "")


def docx_text(element: ElementTree.Element) -> str:
    parts = {f"{W}t": lambda e: e.text or "", f"{W}br": lambda _: " ", f"{W}tab": lambda _: " "}
    return "".join(parts[found.tag](found) for found in element.iter() if found.tag in parts)


READERS = {"html": of_html, "pdf": of_pdf, "docx": of_docx}
