"""Letters that matplotlib has drawn as outlines, made words again.

In the printed report a chart's letters are outlines, so that they look the same anywhere. The HTML file
carries its typefaces inside: there the same words are text, at the same place and size, in a tenth of the
bytes; they can be searched, marked and enlarged. Matplotlib writes each line of words as a comment, and after
it the group that draws them.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_PLACE = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\) scale\(([\d.]+) -\3\)")
_SEMIBOLD = "#Figtree-SemiBold-"


def read(svg: str) -> Element:
    """Parse SVG and keep its comments, which hold the words.

    Raises
    ------
    xml.etree.ElementTree.ParseError
        If it is not XML.
    """
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    return ElementTree.fromstring(svg, parser)


def as_words(root: Element) -> None:
    """Put text where letters of the report's typeface are drawn; all of them or, if some are turned, none."""
    found = []
    for parent in root.iter():
        for place, (comment, drawn) in enumerate(pairwise(list(parent)), 1):
            if callable(comment.tag):  # a comment
                text = _text(drawn, html.unescape(comment.text or "").strip(" "))
                if text is None:
                    return
                found.append((parent, place, text))
    for parent, place, text in found:
        parent[place] = text


def _text(drawn: Element, words: str) -> Element | None:
    at = _PLACE.fullmatch(drawn.get("transform", ""))
    letters = [use.get(_HREF, "") for use in drawn.iter(f"{_SVG}use")]
    if not at or not letters or not all(letter.startswith("#Figtree-") for letter in letters):
        return None
    size = f"{float(at[3]) * 100:g}"
    text = Element(f"{_SVG}text", {"x": at[1], "y": at[2], "font-size": size})
    if letters[0].startswith(_SEMIBOLD):
        text.set("font-weight", "600")
    if style := drawn.get("style"):
        text.set("style", style)
    text.text = words
    return text
