"""Closed HTML pages: nothing in them loads, and nothing runs but their own script.

They come from one Jinja environment, with the typefaces inside, scripts bundled from small modules, charts as
slim SVG, and a security policy that names style and script by their hashes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from klimatlib.errors import RenderError

if TYPE_CHECKING:
    from jinja2 import Environment

    from klimatlib.report.document import Status

ASSETS = Path(__file__).parent / "assets"
FONTS = ASSETS / "fonts"
POLICY = "{{policy}}"  # stands for the security policy until a page is sealed
_FACES = {
    "Figtree": (("normal", 400, "Regular"), ("italic", 400, "Italic"), ("normal", 600, "SemiBold")),
    "Newsreader": (("normal", 500, "Medium"), ("italic", 500, "MediumItalic"), ("normal", 600, "SemiBold")),
}


# ---- pages ---------------------------------------------------------------------------------------
def asset(name: str) -> str:
    """Return one of the report's text assets: style sheets, scripts, templates."""
    return (ASSETS / name).read_text(encoding="utf-8")


@functools.cache
def environment(folder: Path) -> Environment:
    """Return the Jinja environment of all pages, for a folder's templates: it escapes what is printed."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # not for those that only render

    made = Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True)
    made.trim_blocks = made.lstrip_blocks = made.keep_trailing_newline = True
    made.filters["base64"] = lambda content: base64.b64encode(content).decode()
    return made


def closed_page(
    template: Path, status: Status, *, styles: Sequence[str], script: str, **values: object
) -> str:
    """Return a page made from a Jinja file, with the report's typefaces and landscape, closed.

    ``styles`` follow the typefaces in its style element, and ``script`` is its only one; it says of itself
    what ``status`` says. The file gets ``style``, ``hills`` and ``policy`` as well as all these ``values``.

    Raises
    ------
    RenderError
        If something in it would load or run.
    """
    (hills,) = re.findall(r"<svg class=\"hills\".*?</svg>", asset("report.template.html"), re.DOTALL)
    style = "".join([font_faces(), *styles, asset("draft.css") if status.word else ""])
    values |= {"policy": POLICY, "hills": hills, "script": script, "style": style, "status": status}
    return sealed(environment(template.parent).get_template(template.name).render(values), script=script)


def font_faces(*wanted: tuple[str, int]) -> str:
    """Return the style rules of the typefaces, with the files inside: all, or some upright ones."""
    rules = []
    for family, cuts in _FACES.items():
        for style, weight, cut in cuts:
            if wanted and (style != "normal" or (family, weight) not in wanted):
                continue
            data = base64.b64encode((FONTS / f"{family}-{cut}.woff2").read_bytes()).decode()
            look = f"font-family:{family};font-style:{style};font-weight:{weight};font-display:swap;"
            rules.append(f"@font-face{{{look}src:url(data:font/woff2;base64,{data}) format('woff2')}}\n")
    return "".join(rules)


# ---- the security policy -------------------------------------------------------------------------
def policy(*, styles: Iterable[str] = (), scripts: Iterable[str] = ()) -> str:
    """Return the security policy of a page that loads nothing, for its ``http-equiv`` head.

    ``styles`` and ``scripts`` are the contents of its own style and script elements; no other has an effect.
    """
    rules = ["default-src 'none'"]
    for kind, texts in (("style", styles), ("script", scripts)):
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
        hashes = [f"'sha256-{digest}'" for digest in digests]
        rules += [f"{kind}-src {' '.join(hashes)}"] if hashes else []
    return "; ".join([*rules, "img-src data:", "font-src data:", "base-uri 'none'", "form-action 'none'"])


def sealed(text: str, *, script: str) -> str:
    """Return a page with its security policy in the place of `POLICY`.

    The hashes in it are taken from the page itself, because a renderer may write the same style with other
    bytes. ``script`` is the only one that may be in it: JSON in a script element is data.

    Raises
    ------
    RenderError
        If the page has another script, or would load something.
    """
    styles = re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL)
    scripts = re.findall(r'<script(?! type="application/json")[^>]*>(.*?)</script>', text, re.DOTALL)
    if [content.strip() for content in scripts] != [script.strip()]:
        expected = "expected only the report's own; mend what adds them"
        raise RenderError(f"HTML: found {len(scripts)} scripts; {expected}")
    reader = _LoadingReader()
    reader.feed(text)
    for loading in [*reader.loading, *(rule[0] for rule in map(_LOADING_STYLE.search, styles) if rule)]:
        raise RenderError(f"HTML: found {loading[:120]!r}, which loads or runs; expected one closed file")
    return text.replace(POLICY, policy(styles=styles, scripts=scripts))


class _LoadingReader(HTMLParser):
    """Reads a page as a browser does, and collects tags that load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.loading: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        loads = tag in {"link", "iframe", "object", "embed", "base", "form"}
        for name, value in attrs:
            if name in {"src", "srcset", "poster"}:
                loads |= bool(value) and not str(value).startswith("data:")
            loads |= name.startswith("on") or (name == "style" and bool(_LOADING_STYLE.search(value or "")))
        if loads:
            self.loading.append(self.get_starttag_text() or tag)


_LOADING_STYLE = re.compile(r"url\(\s*[\"']?(?!data:|#)[^)]*\)|@import[^;]*", re.IGNORECASE)


# ---- scripts -------------------------------------------------------------------------------------
def bundle(entry: Path) -> str:
    """Return a script that does what an ES module does, for a page that loads nothing.

    Each module stands in it once, after those that it imports, all in one closed function.

    Imports name what they take, and where from by a relative path.

    Raises
    ------
    RenderError
        An import or export of another form, or a name that two modules have at their outermost level.
    """
    parts: dict[Path, str] = {}
    owners: dict[str, str] = {}

    def collect(module: Path, within: tuple[Path, ...]) -> None:
        if module in parts or module in within:
            return
        text = module.read_text(encoding="utf-8")
        for target in re.findall(_IMPORT, text, re.MULTILINE):
            collect((module.parent / target).resolve(), (*within, module))
        text = re.sub(f"{_IMPORT}|{_EXPORT}", "", text, flags=re.MULTILINE)
        if left := re.search(r"^(?:import|export)\b.*$", text, re.MULTILINE):
            expected = 'expected: import { name } from "./file.js"; or export before a declaration'
            raise RenderError(f"{module.name}: {left.group()!r} cannot be bundled; {expected}")
        for name in re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", text, re.MULTILINE):
            if owners.setdefault(name, module.name) != module.name:
                advice = "two modules of one page have it; give one of them another name"
                raise RenderError(f"{module.name}: {name} stands in {owners[name]} too; {advice}")
        parts[module] = text

    collect(entry.resolve(), ())
    return '(function () {\n"use strict";\n' + "".join(parts.values()) + "})();\n"


_IMPORT = r'^import \{ \w+(?:, \w+)* \} from "([./\w-]+\.js)";\n'
_EXPORT = r"^export (?=(?:async )?(?:function|const|let|class)\b)"


def embeddable(data: Mapping[str, Any]) -> str:
    r"""Return data as JSON that is inert inside a script element.

    >>> embeddable({"x": "</script>"})
    '{"x":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda sign: f"\\u{ord(sign[0]):04x}", text)


# ---- charts --------------------------------------------------------------------------------------
_SVG, _HREF = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
_DRAWING = {"svg", "g", "defs", "clipPath", "use", "text", "tspan", "path", "rect", "circle", "ellipse"}
_DRAWING |= {"line", "polyline", "polygon"}
_LOOKS = {"fill", "stroke", "opacity", "fill-opacity", "stroke-opacity", "clip-path", "font-size"}
_LOOKS |= {"font-weight", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray"}
_LOOKS |= {"stroke-dashoffset"}
_LENGTHS = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "points"}
_ATTRIBUTES = _LENGTHS | _LOOKS | {"id", "d", "transform", "viewBox", "href"}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


def minify_svg(svg: str, *, name: str = "") -> str:
    """Return a chart's SVG as a part of an HTML page: the same picture in fewer bytes.

    One line without an XML declaration; only what draws stays, and words as text. Styles become attributes,
    as the page's security policy refuses styles and its style sheet gives the colours of a dark screen.
    Coordinates are rounded to hundredths.

    ``svg`` is a chart as matplotlib writes it, or any plain SVG; ``name`` is put before the ids, so that
    charts of one page do not meet in them.

    Raises
    ------
    RenderError
        If the text is not SVG.
    """
    try:
        builder = ElementTree.TreeBuilder(insert_comments=True)  # which hold the words
        root = ElementTree.fromstring(svg, ElementTree.XMLParser(target=builder))
    except ElementTree.ParseError as error:
        raise RenderError(f"chart: not SVG ({error}); make the report again") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise RenderError("chart: not SVG; expected <svg> with its namespace; make the report again")
    outlines_to_text(root)
    _keep_what_draws(root)
    _shorten_ids(root, f"{name}-" if name else "")
    for element in root.iter():
        for key, value in element.items():
            if key == "d" or key in _LENGTHS:
                element.set(key, re.sub(r"\s*([A-Za-z])\s*", r"\1", _rounded(value)).strip())
            elif key == "transform":  # a scale keeps its decimals
                element.set(key, re.sub(r"(?<=translate)\([^)]*", lambda move: _rounded(move[0]), value))
    _drop_idle_groups(root)
    root.attrib = {"xmlns": _SVG, **{key: value for key, value in root.items() if key == "viewBox"}}
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def outlines_to_text(root: Element) -> None:
    """Put text where letters of the report's typeface are drawn as outlines; nowhere, if some are turned.

    An ``img``, as in Jupyter, has no typefaces at hand and needs the outlines; the HTML file has them inside.
    Matplotlib writes each line of words as a comment before the group that draws them.
    """
    texts = []
    for parent in root.iter():
        for place, (comment, drawn) in enumerate(itertools.pairwise(list(parent)), 1):
            if not callable(comment.tag):  # ElementTree's mark of a comment
                continue
            move = r"translate\(([-\d.]+) ([-\d.]+)\) scale\(([\d.]+) -\3\)"
            where = re.fullmatch(move, drawn.get("transform", ""))
            letters = [use.get(_HREF, "") for use in drawn.iter(f"{{{_SVG}}}use")]
            if not where or not letters or not all(letter.startswith("#Figtree-") for letter in letters):
                return
            size = f"{float(where[3]) * 100:g}"
            text = Element(f"{{{_SVG}}}text", {"x": where[1], "y": where[2], "font-size": size})
            if letters[0].startswith("#Figtree-SemiBold-"):
                text.set("font-weight", "600")
            if style := drawn.get("style"):
                text.set("style", style)
            text.text = html.unescape(comment.text or "").strip(" ")
            texts.append((parent, place, text))
    for parent, place, text in texts:
        parent[place] = text


def _keep_what_draws(root: Element) -> None:
    """Drop all but known elements and attributes, and write their names without a namespace."""
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).removeprefix(f"{{{_SVG}}}") not in _DRAWING:
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        styles = (part.partition(":")[::2] for part in element.get("style", "").split(";"))
        attributes = {**element.attrib, **{key.strip(): value.strip() for key, value in styles}}
        target = attributes.pop(_HREF, attributes.pop("href", ""))
        attributes |= {"href": target} if target.startswith("#") else {}
        kept = ((key, value) for key, value in attributes.items() if key in _ATTRIBUTES)
        element.attrib = {key: value for key, value in kept if not re.search(r"url\(\s*[\"']?(?!#)", value)}
    # A mark leaves the looks that all its uses name to them: inside a use no style sheet would reach it.
    marks = {f"#{element.get('id')}": element for element in root.iter() if "id" in element.attrib}
    named: dict[str, set[str]] = {}
    for use in root.iter("use"):
        target = use.get("href", "")
        named[target] = named.get(target, _LOOKS) & {*use.attrib}
    for target, looks in named.items():
        for key in looks & {*marks[target].attrib} if target in marks else ():
            del marks[target].attrib[key]


def _shorten_ids(root: Element, prefix: str) -> None:
    """Give what is pointed to a number after the prefix, and drop all other ids."""
    ids, pointer = {element.get("id") for element in root.iter()}, re.compile(r"(?<=#)[^\s)\"']+")
    texts = (value for element in root.iter() for value in element.attrib.values())
    targets = dict.fromkeys(target for text in texts for target in pointer.findall(text) if target in ids)
    short = {target: f"{prefix}{number}" for number, target in enumerate(targets)}
    for element in root.iter():
        name = short.get(element.attrib.pop("id", ""))
        others = {k: pointer.sub(lambda m: short.get(m[0], m[0]), v) for k, v in element.items()}
        element.attrib = {**({"id": name} if name else {}), **others}


def _rounded(numbers: str) -> str:
    return re.sub(_NUMBER, lambda number: f"{round(float(number[0]) * 100) / 100:g}", numbers)


def _drop_idle_groups(parent: Element) -> None:
    """Drop groups that are empty, put what is in groups without attributes in their place; drop blanks."""
    children: list[Element] = []
    for child in list(parent):
        _drop_idle_groups(child)
        if child.tag not in {"g", "defs"} or len(child):
            children.extend(child if child.tag == "g" and not child.attrib else [child])
    if len(parent):
        parent[:] = children
    if parent.tag not in {"text", "tspan"}:
        parent.text = parent.text if (parent.text or "").strip() else None
        for child in parent:
            child.tail = child.tail if (child.tail or "").strip() else None
