"""A chart's SVG with fewer bytes and the same picture, for the HTML file that carries all charts inside.

Metadata, comments, names that nothing points to and groups that change nothing go; coordinates are rounded to
hundredths of a unit and written relative to the point before. The same SVG always gives the same bytes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from klimatlib.errors import RenderError

_SVG = "http://www.w3.org/2000/svg"
_XML = "http://www.w3.org/XML/1998/namespace"
_HREF = "{http://www.w3.org/1999/xlink}href"
_LENGTHS = {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "width", "height", "points"}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_PATH_TOKEN = re.compile(rf"[A-Za-z]|{_NUMBER.pattern}")
_POINTS = {"M": 1, "L": 1, "T": 1, "Q": 2, "S": 2, "C": 3, "Z": 0}  # points after each command
_TRANSLATE = re.compile(r"translate\(\s*([^\s,)]+)(?:[\s,]+([^\s,)]+))?\s*\)")
_POINTER = re.compile(r"#([^\s)\"']+)")

_LETTER_SCALE, _LETTER_UNITS = "scale(0.015625)", 6.4  # matplotlib's letters; a thousandth of their size

Point = tuple[int, int]  # in hundredths


def slim(svg: str) -> str:
    """Give the same picture in fewer bytes.

    Parameters
    ----------
    svg
        A chart as matplotlib writes it, or any plain SVG.

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
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise RenderError(f"chart: not SVG ({error}); make the report again") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise RenderError("chart: not SVG; expected <svg> with its namespace; make the report again")
    _plain_names(root)
    _short_ids(root)
    for element in root.iter():
        _coarse_letter(element)
        element.attrib = {key: _short(key, value) for key, value in element.attrib.items()}
        _shift_as_x(element)
    _drop_idle_groups(root)
    _drop_blanks(root)
    root.set("xmlns", _SVG)
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


def _plain_names(root: Element) -> None:
    """Drop what is not SVG, and write the names without a namespace."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not str(child.tag).startswith(f"{{{_SVG}}}") or child.tag == f"{{{_SVG}}}metadata":
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        if _HREF in element.attrib:
            element.set("href", element.attrib.pop(_HREF))
        for key in [key for key in element.attrib if key.startswith("{") and _XML not in key]:
            del element.attrib[key]


def _short_ids(root: Element) -> None:
    values = [value for element in root.iter() for key, value in element.attrib.items() if key != "id"]
    pointed = list(dict.fromkeys(name for value in values for name in _POINTER.findall(value)))
    known = {element.get("id") for element in root.iter()}
    short = dict(zip([name for name in pointed if name in known], _names(), strict=False))
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
    if key == "style":
        return re.sub(r"\s*([:;])\s*", r"\1", value).strip("; ")
    if key == "transform":
        return re.sub(r"\s*,\s*", " ", _TRANSLATE.sub(_short_translate, value)).replace("(0.", "(.")
    return value


def _coarse_letter(element: Element) -> None:
    """Draw a letter on a grid of a thousandth of its size, as PostScript typefaces are drawn."""
    if element.tag == "path" and element.get("transform") == _LETTER_SCALE:
        path = element.get("d", "")
        element.set("d", _NUMBER.sub(lambda m: str(round(float(m[0]) / _LETTER_UNITS)), path))
        element.set("transform", "scale(.1)")


def _short_translate(match: re.Match[str]) -> str:
    x, y = _hundredths(match[1]), _hundredths(match[2] or "0")
    return f"translate({_text(x)} {_text(y)})" if y else f"translate({_text(x)})"


def _shift_as_x(element: Element) -> None:
    """Write the place of a letter as ``x``, which is shorter than a transform and means the same."""
    only = _TRANSLATE.fullmatch(element.get("transform", ""))
    if element.tag == "use" and only and not only[2] and "x" not in element.attrib:
        element.set("x", only[1])
        del element.attrib["transform"]


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
