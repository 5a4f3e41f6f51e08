"""A chart's SVG as a part of the HTML page: the same picture in fewer bytes, its words as text.

Only what draws may stay: metadata, scripts, style sheets, links and what is not known go, and so do names
that nothing points to and groups that change nothing. Styles become attributes, because the page's security
policy refuses styles, and its style sheet gives the colours of a dark screen. Coordinates are rounded to
hundredths of a unit and written relative to the point before. The same SVG always gives the same bytes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from klimatlib.errors import RenderError
from klimatlib.render.letters import as_words, read

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_DRAWS = {"svg", "g", "defs", "clipPath", "use", "text", "tspan"}
_DRAWS |= {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
_LOOKS = {
    "fill",
    "stroke",
    "opacity",
    "fill-opacity",
    "stroke-opacity",
    "clip-path",
    "font-size",
    "font-weight",
}
_LOOKS |= {"stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray", "stroke-dashoffset"}
_LENGTHS = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "points"}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PATH_TOKEN = re.compile(rf"[A-Za-z]|{_NUMBER.pattern}")
_POINTS = {"M": 1, "L": 1, "T": 1, "Q": 2, "S": 2, "C": 3, "Z": 0}  # points after each command
_TRANSLATE = re.compile(r"translate\(\s*([^\s,)]+)(?:[\s,]+([^\s,)]+))?\s*\)")
_OUTSIDE = re.compile(r"url\(\s*[\"']?(?!#)")
_POINTER = re.compile(r"#([^\s)\"']+)")

Point = tuple[int, int]  # in hundredths


def slim(svg: str, *, name: str = "") -> str:
    """Give the same picture in fewer bytes.

    Parameters
    ----------
    svg
        A chart as matplotlib writes it, or any plain SVG.
    name
        Put before the ids, so that charts of one page do not meet in them.

    Returns
    -------
    str
        One line, without an XML declaration.

    Raises
    ------
    RenderError
        If the text is not SVG.
    """
    try:
        root = read(svg)
    except ElementTree.ParseError as error:
        raise RenderError(f"chart: not SVG ({error}); make the report again") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise RenderError("chart: not SVG; expected <svg> with its namespace; make the report again")
    as_words(root)
    _keep_what_draws(root)
    _leave_looks_to_uses(root)
    _short_ids(root, f"{name}-" if name else "")
    for element in root.iter():
        element.attrib = {key: _short(key, value) for key, value in element.attrib.items()}
    _drop_idle_groups(root)
    _drop_blanks(root)
    root.attrib = {"xmlns": _SVG, **{key: root.attrib[key] for key in ("viewBox",) if key in root.attrib}}
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def shorten_path(path: str) -> str:
    """Write a path's data with relative, rounded coordinates; what is not understood stays as it is."""
    tokens = _PATH_TOKEN.findall(path)
    if set(_PATH_TOKEN.sub("", path)) - set(" ,\n\r\t"):
        return path
    try:
        return "".join(_relative(_commands(tokens)))
    except (KeyError, ValueError):
        return " ".join(path.split())


def _keep_what_draws(root: Element) -> None:
    """Drop all but known elements and attributes, and write their names without a namespace."""
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).removeprefix(f"{{{_SVG}}}") not in _DRAWS:
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        styles = (part.partition(":")[::2] for part in element.get("style", "").split(";"))
        found = {**element.attrib, **{key.strip(): value.strip() for key, value in styles}}
        if (target := found.get(_HREF, found.get("href", ""))).startswith("#"):
            found["href"] = target
        else:
            found.pop("href", None)
        kept = _LENGTHS | _LOOKS | {"id", "d", "transform", "viewBox", "href"}
        element.attrib = {k: v for k, v in found.items() if k in kept and not _OUTSIDE.search(v)}


def _leave_looks_to_uses(root: Element) -> None:
    """Take from a mark what all its uses say themselves: inside a use no style sheet would reach it."""
    marks = {f"#{element.get('id')}": element for element in root.iter() if "id" in element.attrib}
    said: dict[str, set[str]] = {}
    for use in root.iter("use"):
        target = use.get("href", "")
        said[target] = said.get(target, _LOOKS) & {*use.attrib}
    for target, looks in said.items():
        for key in looks & {*marks[target].attrib} if target in marks else ():
            del marks[target].attrib[key]


def _short_ids(root: Element, ahead: str) -> None:
    values = [value for element in root.iter() for key, value in element.attrib.items() if key != "id"]
    pointed = list(dict.fromkeys(name for value in values for name in _POINTER.findall(value)))
    known = {element.get("id") for element in root.iter()}
    free = (ahead + name for name in _names())
    short = dict(zip([name for name in pointed if name in known], free, strict=False))
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key != "id":
                element.set(key, _POINTER.sub(lambda m: "#" + short.get(str(m[1]), str(m[1])), value))
            elif value in short:
                element.set("id", short[value])
            else:
                del element.attrib["id"]


def _names() -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    for length in itertools.count(1):
        yield from ("".join(name) for name in itertools.product(letters, repeat=length))


def _short(key: str, value: str) -> str:
    if key == "d":
        return shorten_path(value)
    if key in _LENGTHS:
        return _NUMBER.sub(lambda m: _text(_hundredths(m[0])), value)
    if key == "transform":
        return re.sub(r"\s*,\s*", " ", _TRANSLATE.sub(_short_translate, value)).replace("(0.", "(.")
    return value


def _short_translate(match: re.Match[str]) -> str:
    x, y = _hundredths(match[1]), _hundredths(match[2] or "0")
    return f"translate({_text(x)} {_text(y)})" if y else f"translate({_text(x)})"


def _drop_idle_groups(parent: Element) -> None:
    children: list[Element] = []
    for child in list(parent):
        _drop_idle_groups(child)
        if child.tag in {"g", "defs"} and len(child) == 0:
            continue
        children.extend(child if child.tag == "g" and not child.attrib else [child])
    if len(parent):
        parent[:] = children


def _drop_blanks(element: Element) -> None:
    if element.tag == "text":
        return
    if not (element.text or "").strip():
        element.text = None
    for child in element:
        if not (child.tail or "").strip():
            child.tail = None
        _drop_blanks(child)


def _commands(tokens: list[str]) -> Iterator[tuple[str, list[Point]]]:
    """Split a path of absolute commands; a KeyError means that it has others."""
    letter, rest = "", iter(tokens)
    for token in rest:
        numbers: Iterator[str] = rest
        if token.isalpha():
            letter = token.upper() if token in "zZ" else token
        else:
            letter = "L" if letter == "M" else letter
            if not letter or letter == "Z":
                raise ValueError("a path must begin with a command")
            numbers = itertools.chain([token], rest)
        count = _POINTS[letter] * 2
        values = [_hundredths(next(numbers, "")) for _ in range(count)]
        yield letter, list(zip(values[::2], values[1::2], strict=True))


def _relative(commands: Iterator[tuple[str, list[Point]]]) -> Iterator[str]:
    here, start, before = (0, 0), (0, 0), ""
    for letter, points in commands:
        name, numbers = _step(letter, here, points)
        here = points[-1] if points else start
        start = here if letter == "M" else start
        text = _joined(numbers)
        repeated = name == before and name not in "mz"
        yield (" " if repeated and not text.startswith("-") else "") + text if repeated else name + text
        before = name


def _step(letter: str, here: Point, points: list[Point]) -> tuple[str, list[int]]:
    steps = [(x - here[0], y - here[1]) for x, y in points]
    if letter == "L" and steps[0][1] == 0:
        return "h", [steps[0][0]]
    if letter == "L" and steps[0][0] == 0:
        return "v", [steps[0][1]]
    return letter.lower(), [number for step in steps for number in step]


def _joined(numbers: list[int]) -> str:
    texts = [_text(number) for number in numbers]
    return "".join(
        text if place == 0 or text.startswith("-") else f" {text}" for place, text in enumerate(texts)
    )


def _hundredths(number: str) -> int:
    return round(float(number) * 100)


def _text(hundredths: int) -> str:
    whole, part = divmod(abs(hundredths), 100)
    decimals = f".{part:02d}".rstrip("0").rstrip(".")
    text = f"{whole or ''}{decimals}" or "0"
    return f"-{text}" if hundredths < 0 else text
