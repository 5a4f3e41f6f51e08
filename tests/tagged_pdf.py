"""Reads a PDF as a screen reader does: by its tags, not by where the ink is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdf
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject


@dataclass
class Tag:
    """An element of the tag tree: its kind, its attributes, and texts and elements in reading order."""

    kind: str
    alt: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    parts: list[Tag | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    def walk(self) -> Iterator[Tag]:
        yield self
        for part in self.parts:
            if isinstance(part, Tag):
                yield from part.walk()

    def all(self, *kinds: str) -> list[Tag]:
        return [tag for tag in self.walk() if tag.kind in kinds]


def read_tags(path: Path) -> Tag:
    reader = pypdf.PdfReader(path)
    texts = {page.indirect_reference.idnum: _marked_texts(page, reader) for page in reader.pages}
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    return Tag("Root", parts=_children(root, None, texts))


def _children(node: DictionaryObject, page: int | None, texts: dict[int, dict[int, str]]) -> list[Tag | str]:
    kids = node.get("/K", ArrayObject())
    kids = kids if isinstance(kids, ArrayObject) else [kids]
    return [part for kid in kids if (part := _part(kid, page, texts)) is not None]


def _part(kid: Any, page: int | None, texts: dict[int, dict[int, str]]) -> Tag | str | None:
    kid = kid.get_object() if isinstance(kid, IndirectObject) else kid
    if not isinstance(kid, DictionaryObject):
        return texts[page].get(int(kid), "")
    page = kid.raw_get("/Pg").idnum if "/Pg" in kid else page
    if kid.get("/Type") == "/MCR":
        return texts[page].get(int(kid["/MCID"]), "")
    if kid.get("/Type") == "/OBJR":
        return None
    return Tag(kid["/S"][1:], kid.get("/Alt"), _attributes(kid), _children(kid, page, texts))


def _attributes(element: DictionaryObject) -> dict[str, Any]:
    found = element.get("/A", ArrayObject())
    found = found if isinstance(found, ArrayObject) else [found]
    return {key[1:]: value for one in found for key, value in one.get_object().items()}


def _marked_texts(page: pypdf.PageObject, reader: pypdf.PdfReader) -> dict[int, str]:
    """Give a page's text by the number of its marked content; decoration has no number."""
    fonts = {name: _to_unicode(font) for name, font in page["/Resources"].get("/Font", {}).items()}
    out: dict[int, str] = {}
    open_marks: list[tuple[int | None, str | None]] = []
    font: dict[bytes, str] = {}
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator in {b"BDC", b"BMC"}:
            open_marks.append(_mark(operands))
            number, actual = _innermost(open_marks), open_marks[-1][1]
            if number is not None and actual is not None:
                out[number] = out.get(number, "") + actual
        elif operator == b"EMC":
            open_marks.pop()
        elif operator == b"Tf":
            font = fonts[operands[0]]
        elif operator in {b"Tj", b"TJ"}:
            number = _innermost(open_marks)
            if number is not None and all(actual is None for _, actual in open_marks):
                out[number] = out.get(number, "") + _decoded(operands[0], font)
    return out


def _mark(operands: list[Any]) -> tuple[int | None, str | None]:
    properties = operands[1] if len(operands) > 1 and isinstance(operands[1], dict) else {}
    number, actual = properties.get("/MCID"), properties.get("/ActualText")
    return (None if number is None else int(number), None if actual is None else str(actual))


def _innermost(marks: list[tuple[int | None, str | None]]) -> int | None:
    return next((number for number, _ in reversed(marks) if number is not None), None)


def _decoded(operand: Any, font: dict[bytes, str]) -> str:
    pieces = operand if isinstance(operand, ArrayObject) else [operand]
    raw = b"".join(piece.original_bytes for piece in pieces if hasattr(piece, "original_bytes"))
    return "".join(font[raw[i : i + 2]] for i in range(0, len(raw), 2))


def _to_unicode(font: DictionaryObject) -> dict[bytes, str]:
    """Read a font's map from two-byte codes to text."""
    table = font["/ToUnicode"].get_object().get_data().decode()
    out = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, text in re.findall(r"<(\w+)>\s*<(\w+)>", block):
            out[bytes.fromhex(code)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for i in range(int(last, 16) - int(first, 16) + 1):
                shown = bytes.fromhex(text).decode("utf-16-be")
                out[(int(first, 16) + i).to_bytes(2, "big")] = shown[:-1] + chr(ord(shown[-1]) + i)
    return out
