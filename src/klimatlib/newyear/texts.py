"""The texts of a new year: what speaks of claims carries over to be read, what tells of the year is emptied.

What is emptied keeps its chapter heading and its frame; what it said stands in comments, which are never
printed, to be written from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from klimatlib.marks import to_fill

_OF_THE_YEAR = re.compile(r"\bactivity\[|\bactivities\.|\b(?:facts\.)?(?:foreword_points|growth)\b")
_COMMENT = re.compile(r"{##.*?##}\n?", re.S)
_HEADING = re.compile(r"^(?P<level>#+) (?P<title>.*?)(?: *\{[^{}]*\})?$")


@dataclass
class _Part:
    """A chapter heading or a line of the frame, and what stands below it."""

    kept: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def of_the_year(self) -> bool:
        """Whether it tells of what the year's facts hold."""
        return bool(_OF_THE_YEAR.search("\n".join(self.said)))


def carried(text: str, *, before: int, year: int) -> str:
    """Return a text of the new year, still to be written or read.

    A text is emptied as a whole where most of its parts tell of the year, else only these parts are.

    Parameters
    ----------
    text
        The text of the year before.
    before, year
        The years.
    """
    if not text.strip():
        return text
    read = to_fill(f"read this text against {year}, mend it, then take this line away")
    if not _OF_THE_YEAR.search(text):
        return f"{{## {read} ##}}\n{text}"
    parts = _parts(_COMMENT.sub("", text))
    told = [part.of_the_year for part in parts if "".join(part.said).strip()]
    whole = "facts." in "".join(_OF_THE_YEAR.findall(text)) or 2 * sum(told) >= len(told)
    lines = list[str]()
    for part in parts:
        emptied = whole or part.of_the_year
        lines += _emptied(part, before, year) if emptied else [*part.kept, *part.said]
    head = [] if whole else [f"{{## {read} ##}}"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*head, *lines]).strip("\n")) + "\n"


def _parts(text: str) -> list[_Part]:
    parts, ahead, boxes = [_Part()], list[str](), 0
    for line in text.rstrip("\n").split("\n"):
        heading, fence = _HEADING.match(line), line.startswith(":::")
        if boxes:  # a box whose title is of the year, up to its end
            parts[-1].said.append(line)
            boxes += _opened(line) if fence else 0
        elif line.startswith("{% set"):
            ahead.append(line)  # it belongs to what follows
        elif heading or fence:
            parts.append(_part(line, ahead, chapter=bool(heading and heading["level"] == "#")))
            boxes, ahead = _opened(line) if fence and not parts[-1].kept else 0, []
        else:
            parts[-1].said += [*ahead, line]
            ahead = []
    return parts


def _opened(fence: str) -> int:
    return 1 if fence.strip(": ") else -1


def _part(line: str, ahead: list[str], *, chapter: bool) -> _Part:
    if chapter:
        own = [known for known in ahead if _OF_THE_YEAR.search(known)]
        return _Part([*(known for known in ahead if known not in own), line], own)
    plain = not ahead and "{{" not in line
    return _Part([line]) if plain else _Part([], [*ahead, line])


def _emptied(part: _Part, before: int, year: int) -> Iterator[str]:
    yield from part.kept
    said = "\n".join(part.said).strip("\n")
    if said and all(line.startswith("{% set") for line in said.split("\n")):
        yield from ("", f"{{## {said} ##}}")
    elif said:
        yield from ("", f"{{## {to_fill(_told(part, before, year))}", said, "##}")
    yield ""


def _told(part: _Part, before: int, year: int) -> str:
    title = _HEADING.match(part.kept[-1]) if part.kept else None
    named = dict.fromkeys(re.findall(r'activity\["([^"]+)"\]', "\n".join(part.said)))
    if title and title["level"] != "#":
        what = f"”{title['title']}” of {year}"
    elif named:
        what = f"of {year} in the place of {', '.join(named)}"
    else:
        what = f"this of {year} in the place of ”{_beginning(part.said)}”"
    return f"write {what}; what {before} said follows, take it away"


def _beginning(lines: list[str]) -> str:
    """Return the first words of a text, without its placeholders."""
    own = " ".join(line for line in lines if not line.startswith((":::", "{%")))
    words = re.sub(r"{[{%].*?[%}]}|\[|\]\([^)]*\)|[#*]", " ", own).split()
    return " ".join(words[:5]) + ("…" if len(words) > 5 else "")
