"""Reads a PDF as a screen reader does: by its tags, not by where the ink is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdf

from klimatlib.report.document import marked_texts


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
    texts = {page.indirect_reference.idnum: marked_texts(page) for page in reader.pages}

    def many(value: Any) -> list[Any]:
        return [one.get_object() for one in (value if isinstance(value, list) else [value])]

    def parts(node: Any, page: int | None) -> Iterator[Tag | str]:
        for kid in many(node.get("/K", [])):
            if not isinstance(kid, dict):
                yield texts[page].get(int(kid), "")
                continue
            home = kid.raw_get("/Pg").idnum if "/Pg" in kid else page
            if kid.get("/Type") == "/MCR":
                yield texts[home].get(int(kid["/MCID"]), "")
            elif kid.get("/Type") != "/OBJR":
                attributes = {key[1:]: value for one in many(kid.get("/A", [])) for key, value in one.items()}
                yield Tag(kid["/S"][1:], kid.get("/Alt"), attributes, [*parts(kid, home)])

    return Tag("Root", parts=[*parts(reader.trailer["/Root"]["/StructTreeRoot"], None)])
