"""What a file is, decided by its content and never by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from klimatlib.errors import InputError, KlimatlibError, Problem
from klimatlib.sources.files import (
    Grid,
    clean,
    decode,
    is_blank,
    is_workbook,
    looks_like_json,
    read_json,
    read_table,
    read_workbook,
    shown,
)
from klimatlib.sources.official import codes, ned_layout, pxweb, scb
from klimatlib.sources.official.codes import read_municipality_codes
from klimatlib.sources.official.kolada import is_kolada, read_kolada
from klimatlib.sources.official.ned import read_emissions
from klimatlib.sources.official.places import Places
from klimatlib.sources.official.reading import Reading
from klimatlib.sources.official.scb import read_population

KINDS: Mapping[str, str] = {
    "emissions-export": "export of the emissions database (.xlsx or .csv)",
    "population-workbook": "SCB's population of the municipalities since 1950",
    "population-table": "SCB's yearly population of nation, counties and municipalities",
    "pxweb-json": "population from SCB's database as JSON",
    "pxweb-csv": "population from SCB's database as CSV",
    "json-stat2": "population from SCB's database as json-stat2",
    "kolada": "answer of Kolada's API",
    "municipality-codes": "SCB's list of municipality codes",
    "survey-answers": "export of a survey, one row a member",
    "survey-counts": "survey counts (question_id, k, n)",
    "members": "register of members",
    "goals": "goals and results",
    "facts": "facts of the year (YAML with 'activities')",
}
"""Kinds of files that klimatlib knows."""
Reader = Callable[[bytes, str], Reading]

_SURVEY_COUNTS = frozenset({"question_id", "k", "n"})
_MEMBERS = frozenset({"code", "name", "kind", "joined", "left", "status"})
_GOALS = frozenset({"id", "channel", "metric", "label", "goal_min"})
_QUESTION_LENGTH = 20
_NAME_LENGTH = 40
_POPULATION = ("population-workbook", "population-table", "pxweb-json", "pxweb-csv", "json-stat2")


def recognise(data: bytes, file: str) -> str:
    """Tell the kind of a file by its content; one of `KINDS`.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name in messages; it does not decide anything.

    Raises
    ------
    InputError
        Unknown content; the message lists what klimatlib knows and what it saw first.
    """
    if is_workbook(data) or not data:
        grids = read_workbook(data, file)
        return _of_grids(grids) or _refuse(file, _first(grids))
    if looks_like_json(data):
        content = read_json(data, file)
        return _of_json(content) or _refuse(file, _first_keys(content))
    text = decode(data, file)
    kind = _of_yaml(text) or _of_text(data, file)
    return kind or _refuse(file, f"'{shown(text.strip().splitlines()[0], 60)}'")


def read_any(
    data: bytes, file: str, *, places: Places, readers: Mapping[str, Reader] | None = None
) -> Reading:
    """Read a file of any known kind.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name in messages.
    places
        The municipalities that exist.
    readers
        Kind to reader, for the project's own kinds, or in place of a reader here.

    Raises
    ------
    InputError
        As `recognise`; as the kind's reader; or a kind that has no reader here.
    """
    kind = recognise(data, file)
    given = (readers or {}).get(kind)
    if given:
        return given(data, file)
    if kind == "emissions-export":
        return read_emissions(data, file, places=places)
    if kind in _POPULATION:
        return read_population(data, file, places=places)
    if kind == "kolada":
        return read_kolada(data, file, places=places)
    if kind == "municipality-codes":
        return read_municipality_codes(data, file)
    raise InputError(
        [Problem(file, "", f"{kind} ({KINDS[kind]}) is no statistics file; it belongs in data/<year>/")]
    )


def _of_grids(grids: list[Grid]) -> str:
    """Kind of a workbook or table by its headings; empty if unknown."""
    tests: dict[str, Callable[[Grid], Any]] = {
        "emissions-export": ned_layout.label_row,
        "population-table": scb.table_row,
        "population-workbook": scb.series_row,
        "pxweb-csv": pxweb.csv_row,
        "municipality-codes": codes.codes_row,
    }
    for kind, test in tests.items():
        if any(test(grid) is not None for grid in grids):
            return kind
    return next(filter(None, map(_of_heads, grids)), "")


def _of_heads(grid: Grid) -> str:
    """Kind by the first row that is not blank: the project's own tables; empty if unknown."""
    row = next((row for row in grid.rows if not all(map(is_blank, row))), [])
    heads = [clean(cell).casefold() for cell in row if not is_blank(cell)]
    own = {"survey-counts": _SURVEY_COUNTS, "members": _MEMBERS, "goals": _GOALS}
    for kind, columns in own.items():
        if columns <= set(heads):
            return kind
    questions = [head for head in heads[1:] if len(head) >= _QUESTION_LENGTH and " " in head]
    names = [head for head in heads if len(head) < _NAME_LENGTH and not head.endswith("?")]
    named = any(word in head for head in names for word in ("kommun", "medlem"))
    return "survey-answers" if named and questions and len(questions) * 2 >= len(heads) - 1 else ""


def _of_json(content: Any) -> str:
    """Kind of a JSON content; empty if unknown."""
    if not isinstance(content, dict):
        return ""
    if is_kolada(content):
        return "kolada"
    if {"id", "size", "dimension", "value"} <= set(content):
        return "json-stat2"
    return "pxweb-json" if {"columns", "data"} <= set(content) else ""


def _of_text(data: bytes, file: str) -> str:
    """Kind of a delimited text; empty if unknown."""
    return _of_grids([read_table(data, file)])


def _of_yaml(text: str) -> str:
    """Whether a text is a YAML mapping with a key "activities" on its own line; empty if not."""
    if not any(line.startswith("activities:") for line in text.splitlines()):
        return ""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return ""
    return "facts" if isinstance(node, yaml.MappingNode) else ""


def _first(grids: list[Grid]) -> str:
    """Say what is seen first in a workbook."""
    cells = [clean(cell) for grid in grids for row in grid.rows[:20] for cell in row if not is_blank(cell)]
    sheets = ", ".join(f"'{shown(grid.name, 20)}'" for grid in grids[:3])
    return f"sheets {sheets} beginning with '{shown(', '.join(cells[:4]), 60)}'"


def _first_keys(content: Any) -> str:
    """Say what is seen first in a JSON file."""
    if isinstance(content, dict):
        return f"JSON with the keys {shown(', '.join(map(str, content)), 60)}"
    return "JSON with a list" if isinstance(content, list) else "JSON with a single value"


def _refuse(file: str, seen: str) -> str:
    """Raise the error for unknown content."""
    known = ", ".join(KINDS)
    error: KlimatlibError = InputError(
        [Problem(file, "", f"unknown content, {seen}; expected one of: {known}")]
    )
    raise error
