"""What a reader gets from each file beside its words: headings, captions, alternative texts, tables."""

from __future__ import annotations

import itertools
import json
import subprocess
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypandoc
from bs4 import BeautifulSoup

from klimatlib.report.document import pdf_words, source_words
from klimatlib.report.renderers import SYNTAX
from tagged_pdf import Tag, read_tags

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


@dataclass
class Content:
    headings: list[tuple[int, str]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    alts: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list, compare=False)


def plain(text: str) -> str:
    return " ".join(text.replace("\u00ad", "").replace("\u2010", "-").split())


def read_source(path: Path) -> Any:
    command = [pypandoc.get_pandoc_path(), str(path), f"--from={SYNTAX}", "--to=json"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def of_source(path: Path) -> Content:
    ast = read_source(path)
    content, figures, tables = Content(words=source_words(ast)), itertools.count(1), itertools.count(1)

    def text(*blocks: Any) -> str:
        return " ".join(source_words({"meta": {}, "blocks": [*blocks]}))

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            inside = node.get("c")
            if node["t"] == "Header":
                content.headings.append((inside[0], text({"t": "Plain", "c": inside[2]})))
            elif node["t"] == "Figure":
                content.captions.append(f"Figur {next(figures)}. {text(*inside[1][1])}")
                content.alts.append(text({"t": "Plain", "c": inside[2][0]["c"][0]["c"][1]}))
            elif node["t"] == "Table":
                content.captions.append(f"Tabell {next(tables)}. {text(*inside[1][1])}")
                rows = [*inside[3][1], *(row for body in inside[4] for row in body[3])]
                content.tables.append([[text(*cell[4]) for cell in row[1]] for row in rows])
            else:
                walk(inside)

    walk(ast["blocks"])
    return content


def of_html(path: Path) -> Content:
    main = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").main
    alts = [plain(one.get("aria-label") or one.get("alt")) for one in main.select("[role=img], img")]
    for unread in main.select("details, nav, svg, .label, .section-link"):
        unread.decompose()
    return Content(
        [(int(one.name[1]) - 1, plain(one.text)) for one in main.find_all(["h2", "h3", "h4", "h5"])],
        [plain(one.text) for one in main.select("figcaption, caption")],
        alts,
        [
            [[plain(cell.text) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
            for table in main.find_all("table")
        ],
    )


def of_pdf(path: Path) -> Content:
    (document,) = read_tags(path).all("Document")
    kinds = [part.kind if isinstance(part, Tag) else "" for part in document.parts]
    tags = Tag("", parts=document.parts[kinds.index("TOC") + 1 :])
    return Content(
        [(int(tag.kind[1]), plain(tag.text)) for tag in tags.all("H1", "H2", "H3", "H4")],
        [plain(tag.text) for tag in tags.all("Caption")],
        [plain(tag.alt or "") for tag in tags.all("Figure")],
        [
            [[plain(cell.text) for cell in row.all("TH", "TD")] for row in table.all("TR")]
            for table in tags.all("Table")
        ],
        pdf_words(path),
    )


def of_docx(path: Path) -> Content:
    with zipfile.ZipFile(path) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))
    styled = [(docx_style(one), plain(docx_text(one))) for one in body.iter(f"{W}p")]
    return Content(
        [(int(style[7:]), text) for style, text in styled if style.startswith("Heading")],
        [text for style, text in styled if style in {"ImageCaption", "TableCaption"}],
        [plain(one.get("descr", "")) for one in body.iter(f"{WP}docPr")],
        [
            [[plain(docx_text(cell)) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")]
            for table in body.iter(f"{W}tbl")
        ],
    )


def docx_style(element: ElementTree.Element) -> str:
    style = element.find(f"{W}pPr/{W}pStyle")
    return "" if style is None else style.get(f"{W}val", "")


def docx_text(element: ElementTree.Element) -> str:
    parts = {f"{W}t": lambda e: e.text or "", f"{W}br": lambda _: " ", f"{W}tab": lambda _: " "}
    return "".join(parts[one.tag](one) for one in element.iter() if one.tag in parts)


READERS = {"html": of_html, "pdf": of_pdf, "docx": of_docx}
