"""What a text names of the facts: looked up by a dotted path, and looked for before it is bound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from klimatlib.errors import Problem


def look_up(facts: Any, path: str) -> Any:
    """Return what stands at a dotted path; list items go by id, name or place.

    Raises
    ------
    LookupError
        With the part of the path that leads nowhere.
    """
    node = facts
    for part in path.split("."):
        if isinstance(node, Mapping) and part in node:
            node = node[part]
        elif isinstance(node, Sequence) and not isinstance(node, str) and _pick(node, part) is not None:
            node = _pick(node, part)
        else:
            raise LookupError(f"no fact {path!r}: {part!r} is not there; mend the name, or add it")
    return node


def lacking(text: str, facts: Mapping[str, Any], *, file: str) -> list[Problem]:
    """Find what a text names and the facts do not have, or not as a number, before it is filled in.

    Parameters
    ----------
    text
        The text's source.
    facts
        Facts of the year.
    file
        Its name in messages.
    """
    lines = enumerate(_COMMENT.sub(_lines_only, text).split("\n"), 1)
    named = ((number, found) for number, line in lines for found in _NAMES.finditer(line))
    return [
        Problem(file, f"line {number}", told)
        for number, found in named
        if (told := _absent(facts, found["path"] or f"activities.{found['activity']}", found["kind"]))
    ]


def _absent(facts: Mapping[str, Any], path: str, kind: str | None) -> str:
    try:
        value = look_up(facts, path)
        if kind == "number":
            count(value, path)
    except LookupError as error:
        return str(error.args[0])
    return ""


_COMMENT = re.compile(r"{##.*?##}", re.S)
_NAMES = re.compile(r'\b(?P<kind>fact|number)\("(?P<path>[^"]+)"[,)]|\bactivity\["(?P<activity>[^"]+)"\]')


def _lines_only(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")


def _pick(items: Sequence[Any], part: str) -> Any:
    if part.isdigit() and int(part) < len(items):
        return items[int(part)]
    named = (
        item for item in items if isinstance(item, Mapping) and part in (item.get("id"), item.get("name"))
    )
    return next(named, None)


def count(value: Any, path: str) -> float:
    """Return a fact as a count; of a list the number of its items.

    Raises
    ------
    LookupError
        It is no number, or less than nought.
    """
    if isinstance(value, list):
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LookupError(f"the fact {path!r} is no number but {value!r}; write digits, without quotes")
    if value < 0:
        raise LookupError(f"the fact {path!r} is {value}; expected a count, at least 0")
    return value
