"""Markup from a notebook's outputs, made inert: a short list of tags and attributes, and nothing else."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

_EVERYWHERE = {"lang", "class"}
_TAGS: dict[str, set[str]] = {
    **{name: set() for name in ("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "section")},
    **{name: set() for name in ("ul", "li", "dl", "dt", "dd", "blockquote", "figure", "figcaption")},
    **{name: set() for name in ("strong", "em", "b", "i", "sub", "sup", "code", "pre", "details", "summary")},
    **{name: set() for name in ("table", "caption", "thead", "tbody", "tfoot", "tr")},
    "ol": {"start"},
    "a": {"href"},
    "div": set(),
    "span": {"data-claim"},
    "img": {"src", "alt"},
    "th": {"colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
}
# What is inside these is no text to be read; of other unknown tags the text is kept.
_EMPTIED = {
    *("script", "style", "template", "iframe", "object", "embed", "applet", "svg", "math", "noscript"),
    *("head", "title", "textarea", "xmp", "plaintext", "noembed", "noframes", "select", "video", "audio"),
}
_CLASSES = {
    *("chapter", "lead", "text-columns", "fact-box", "tiles", "people", "pull-quote", "cards", "card"),
    *("value", "claim", "note", "side-by-side", "box-title"),
}
_VALUES = {
    "href": re.compile(r"(https?://|mailto:)[^\s\x00-\x1f]+|#[^\s\x00-\x1f]+", re.IGNORECASE),
    "src": re.compile(r"data:image/(svg\+xml|png|jpeg);base64,[A-Za-z0-9+/=\s]+"),
    "colspan": re.compile(r"[1-9]\d{0,2}"),
    "rowspan": re.compile(r"[1-9]\d{0,3}"),
    "start": re.compile(r"\d{1,4}"),
    "lang": re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"),
}
NO_ALT = "Bilden saknar beskrivning."


def clean(html: str) -> BeautifulSoup:
    """Return markup without all that could run, load, restyle the page or name its parts."""
    soup = BeautifulSoup(html, "html.parser")
    for tag in [*soup.find_all(sorted(_EMPTIED)), *soup.select("a.anchor-link")]:
        tag.extract()
    for text in soup.find_all(string=True):
        if type(text) is not NavigableString:  # comments, declarations, what was in a script
            text.extract()
    for tag in soup.find_all(True):
        if tag.name in _TAGS:
            _keep(tag)
        else:
            tag.unwrap()
    for picture in soup.find_all("img"):
        _picture(picture)
    return soup


def _keep(tag: Tag) -> None:
    aligned = "right" in str(tag.get("style", "")) and tag.name in {"td", "th"}
    allowed = _TAGS[tag.name] | _EVERYWHERE
    tag.attrs = {key: value for key, value in tag.attrs.items() if key in allowed and _fits(key, value)}
    classes = [name for name in tag.get_attribute_list("class") if name in _CLASSES]
    classes += ["number"] if aligned else []
    tag.attrs.pop("class", None)
    if classes:
        tag["class"] = " ".join(classes)


def _fits(key: str, value: object) -> bool:
    return key not in _VALUES or _VALUES[key].fullmatch(str(value)) is not None


def _picture(tag: Tag) -> None:
    alt = str(tag.get("alt") or NO_ALT)
    if "src" in tag.attrs:
        tag["alt"] = alt
    else:
        tag.replace_with(NavigableString(alt))
