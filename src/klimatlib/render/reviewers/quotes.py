"""The finished report sentence by sentence: what it prints, which claims it prints, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bs4 import BeautifulSoup, Tag

from klimatlib.claims.claims import SENTENCE_END
from klimatlib.render.reviewers.places import Report

Form = Literal["sentence", "tile", "row", "caption"]
# A claim's number inside a block's text: id and printed words between marks that no text has.
_MARK = re.compile("\ue000([^\ue001]*)\ue001([^\ue002]*)\ue002")
_FORMS: dict[str, Form] = {"tr": "row", "figcaption": "caption", "caption": "caption"}
_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Quote:
    """A sentence, tile, table row or caption of a report.

    Attributes
    ----------
    text
        As printed.
    numbers
        What it prints of claims: pairs of claim id and printed words, in order.
    frame
        The text with each number's claim id in braces instead: the same in two years if only numbers moved.
    chapter
        Id of the chapter's heading, empty before the first.
    place
        Id of the nearest heading, figure or table.
    form
        What it is.
    """

    text: str
    numbers: tuple[tuple[str, str], ...]
    frame: str
    chapter: str
    place: str
    form: Form

    @property
    def claims(self) -> tuple[str, ...]:
        """Ids of the claims that it prints, each once."""
        return tuple(dict.fromkeys(claim for claim, _ in self.numbers))

    def pieces(self, claim: str) -> list[tuple[str, bool]]:
        """Return the text in pieces, each with whether it is the number of a claim."""
        rest, found = self.text, []
        for other, words in self.numbers:
            ahead, _, rest = rest.partition(words)
            found += [(ahead, False), (words, other == claim)]
        return [*found, (rest, False)]


def read(html: str, report: Report) -> list[Quote]:
    """Return all that a report prints in words, captions and rows of tables, in its order.

    Parameters
    ----------
    html
        The finished ``report.html``.
    report
        Its anchors.
    """
    body = BeautifulSoup(html, "html.parser").find("main")
    found: list[Quote] = []
    chapter = ""
    for block in (
        body.find_all(["h2", "p", "li", "tr", "figcaption", "caption"]) if isinstance(body, Tag) else []
    ):
        if block.name == "h2":
            chapter = next((str(tag["id"]) for tag in (block, *block.parents) if tag.get("id")), "")
        elif _own(block):
            place = next((str(t["id"]) for t in block.parents if t.get("id") in report.titles), chapter)
            found += _quotes(block, chapter, place)
    return found


def _own(block: Tag) -> bool:
    """Whether a block holds words of its own: no copy of a chart's data, no item that holds paragraphs."""
    return block.find_parent(["details", "thead"]) is None and block.find("p") is None


def _quotes(block: Tag, chapter: str, place: str) -> Iterator[Quote]:
    form = _FORMS.get(block.name, "tile" if block.select(".value") else "sentence")
    cells = block.find_all(["th", "td"]) if form == "row" else [block]
    marked = _SPACES.sub(" ", " · ".join(_marked(cell) for cell in cells)).strip()
    for part in SENTENCE_END.split(marked) if form == "sentence" else [marked]:
        if part:
            numbers = tuple(_MARK.findall(part))
            yield Quote(_MARK.sub(r"\2", part), numbers, _MARK.sub(r"{\1}", part), chapter, place, form)


def _marked(block: Tag) -> str:
    parts = []
    for text in block.find_all(string=True):
        span = text.find_parent(attrs={"data-claim": True})
        plain = str(text).replace("\u00ad", "")
        parts.append(f"\ue000{span['data-claim']}\ue001{plain}\ue002" if isinstance(span, Tag) else plain)
    return "".join(parts)
