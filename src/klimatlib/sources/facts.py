"""The facts of the year: free in what they tell, strict in how counts, dates and names are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from klimatlib.errors import InputError, Problem
from klimatlib.models import is_date
from klimatlib.sources.inputs import Inputs
from klimatlib.strict_yaml import load_yaml

_DATES = ("date", "start", "end")
_TEXTS = frozenset({
    "affiliation", "email", "format", "host", "label", "month", "name", "official_title", "place",
    "qualifier", "role", "section", "title", "topic", "type", "website",
})  # fmt: skip
_LISTS = frozenset({"audience", "partners", "people", "sessions", "speakers", "summary_points", "topics"})
_COUNT = re.compile(r"(.+_)?count(_year_end)?|duration_minutes|new_colleagues|(.+_)?year|number|order")


def facts(inputs: Inputs) -> dict[str, Any]:
    """Return the facts of the year: what the association did, as nested mappings and lists.

    Raises
    ------
    InputError
        No mapping, no activities, two activities with one id, or a count, date or name that is none.
    """
    path = inputs.project.data / "facts.yml"
    return read_facts(inputs.read(path), inputs.project.relative(path))


def read_facts(data: bytes, shown: str) -> dict[str, Any]:
    """Return the facts that a YAML file holds, checked as `facts` says; ``shown`` is its name in messages."""
    found, _ = load_yaml(data, shown)
    if not isinstance(found, dict) or not isinstance(found.get("activities"), list):
        raise InputError([Problem(shown, "activities", "missing; expected a list of activities")])
    if problems := [*_nameless(found["activities"], shown), *_faults(found, "", shown)]:
        raise InputError(problems)
    ids = [activity["id"] for activity in found["activities"]]
    twice = [i for i in dict.fromkeys(ids) if ids.count(i) > 1]
    if twice:
        told = "stands twice; give one of them another"
        raise InputError(Problem(shown, "activities", f"id {i} {told}") for i in twice)
    return found


def _nameless(activities: list[Any], shown: str) -> Iterator[Problem]:
    for number, one in enumerate(activities):
        if not (isinstance(one, dict) and isinstance(one.get("id"), str) and one["id"]):
            told = f"expected a mapping with an id in letters, got {str(one)[:60]!r}"
            yield Problem(shown, f"activities.{number}", told)


def _faults(node: object, where: str, shown: str) -> Iterator[Problem]:
    """Go through all facts, and yield those that are not what their key says."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            place = f"{where}.{key}".strip(".")
            if expected := _expected(str(key), value) or _uncounted(str(key), value, node):
                yield Problem(shown, place, f"expected {expected}, got {str(value)[:60]!r}")
            else:
                yield from _faults(value, place, shown)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _faults(value, f"{where}.{number}", shown)


def _expected(key: str, value: object) -> str:
    """Say what a key must hold; empty if it does."""
    if key in _DATES and not (isinstance(value, str) and is_date(value)):
        return 'a date as "2023-04-27"'
    if _COUNT.fullmatch(key) and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        return "a whole number, at least 0, without quotes"
    if key in _TEXTS and not (value is None or isinstance(value, str)):
        return "text, in quotes where it looks like something else"
    return "a list, [] for none" if key in _LISTS and not isinstance(value, list) else ""


def _uncounted(key: str, value: object, beside: Mapping[Any, Any]) -> str:
    """Hold a count against the list that stands beside it, where that is whole."""
    listed = beside.get(key.removesuffix("_count")) if key.endswith("_count") else None
    if not isinstance(listed, list) or beside.get(f"{key.removesuffix('_count')}_complete") is False:
        return ""
    return f"{len(listed)}, as many as are listed beside it" if len(listed) != value else ""
