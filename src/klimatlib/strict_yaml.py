"""YAML with the traps closed: a key given twice, anchors, aliases and tags are refused.

So is a bare word that YAML takes for something else than it looks like: ``0114`` (76), ``12:30`` (750),
``no``, ``2023-04-27``. A number is written with digits and a decimal point, a truth value as true or false.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml

from klimatlib.characters import unseen
from klimatlib.errors import InputError, Problem
from klimatlib.legible import legible

Where = tuple[str | int, ...]

_DEEPEST = 30  # levels; a year's facts have eight
_PLAIN = {  # what a bare word of each kind must look like
    "int": re.compile(r"0|-?[1-9][0-9]{0,14}"),
    "float": re.compile(r"(?!-0\.0+$)-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}"),
    "bool": re.compile(r"true|false"),
    "null": re.compile(r"null|~|"),
    "str": re.compile(r".*", re.DOTALL),
}
_MEANT = {"int": "a number", "float": "a number", "bool": "true or false", "timestamp": "a date"}


def load_yaml(data: bytes, shown: str) -> tuple[Any, Mapping[Where, str]]:
    """Parse YAML strictly; the same bytes, read again in a process, are not parsed again.

    Returns
    -------
    tuple
        The data, and the text as it stands in the file of every scalar, by its place.

    Raises
    ------
    InputError
        Not legible, not YAML, or with one of its surprises; with line and column, or the key.
    """
    values, raw = _loaded(data, shown)
    return copy.deepcopy(values), raw


@lru_cache(maxsize=16)
def _loaded(data: bytes, shown: str) -> tuple[Any, Mapping[Where, str]]:
    text = legible(data, shown)
    try:
        node = yaml.compose(text, Loader=_StrictLoader)
        scalars = dict(_scalars(node, ()))
        problems = [
            Problem(shown, ".".join(map(str, where)), told)
            for where, scalar in scalars.items()
            if (told := _surprise(scalar))
        ]
        if problems:
            raise InputError(problems)
        values = _StrictLoader("").construct_document(node) if node is not None else {}
        return values, {where: scalar.value for where, scalar in scalars.items()}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        told = f"{error.problem}"
        if not isinstance(error, _Surprise):
            told = f"cannot be read as YAML ({told}); look for a quote, bracket or indent here or just above"
        raise InputError([Problem(shown, where, told)]) from None


class _Surprise(yaml.MarkedYAMLError):
    """YAML that could be read, but not as it looks."""


class _StrictLoader(yaml.SafeLoader):
    """YAML without surprises: no duplicate key, anchor, alias or tag, and no nesting without end."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise _fault("anchors and aliases are not used here; write it out", event)
        if getattr(event, "tag", None) is not None:
            raise _fault("tags are not used here; remove it", event)
        if self.depth > _DEEPEST:
            raise _fault(f"nested more than {_DEEPEST} levels deep; write it flatter", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _fault(told: str, at: Any) -> _Surprise:
    return _Surprise(problem=told, problem_mark=at.start_mark)


def _scalars(node: yaml.Node | None, where: Where) -> Iterator[tuple[Where, yaml.ScalarNode]]:
    """Yield every scalar with its place; a key's place is its own."""
    if isinstance(node, yaml.ScalarNode):
        _refuse_unseen(node)
        yield where, node
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _scalars(item, (*where, index))
    elif isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            _check_key(key, seen)
            seen.add(key.value)
            yield from _scalars(value, (*where, key.value))


def _refuse_unseen(node: yaml.ScalarNode) -> None:
    """Refuse what cannot be seen and was written as an escape."""
    if found := unseen(node.value):
        raise _fault(f"{found} cannot be seen; type the text anew without it", node)


def _check_key(key: yaml.Node, seen: set[Hashable]) -> None:
    if not isinstance(key, yaml.ScalarNode):
        raise _fault("expected a word as key, got a list or mapping", key)
    _refuse_unseen(key)
    if key.value in seen:
        raise _fault(f"key {key.value!r} is given twice; keep one of them", key)
    if key.tag.endswith(":merge"):
        raise _fault("merge keys are not used here; write it out", key)
    if told := _surprise(key):
        raise _fault(f"key {key.value!r}: {told}", key)


def _surprise(scalar: yaml.ScalarNode) -> str:
    """Say why a bare word is not what it looks like; empty if it is."""
    kind = scalar.tag.rsplit(":", 1)[-1]
    if scalar.style is not None or (kind in _PLAIN and _PLAIN[kind].fullmatch(scalar.value)):
        return ""
    word = scalar.value if len(scalar.value) <= 40 else f"{scalar.value[:39]}…"
    found = f"got {_meaning(scalar, kind)} " if kind in ("int", "float", "bool") else ""
    read = f"YAML reads {word} as {_MEANT.get(kind, 'something else')}"
    return f'expected text in quotes, {found}({read}: write "{word}")'.replace(", (", " (")


def _meaning(scalar: yaml.ScalarNode, kind: str) -> object:
    """Return what YAML would make of a bare word."""
    if len(scalar.value) > 40:
        return "a number"
    make = getattr(yaml.SafeLoader(""), f"construct_yaml_{kind}")
    try:
        return make(scalar)
    except (ValueError, OverflowError, yaml.YAMLError):
        return "a number"
