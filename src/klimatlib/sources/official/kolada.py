"""Kolada (RKA): key figures of municipalities, as its open API gives them."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import capped, read_json, shown
from klimatlib.sources.tables import NATION, Places, Reading

PUBLISHER = "Kolada"
CITATION = "Källa: Kolada"
COLUMNS = ("municipality_code", "year", "kpi", "value")


def read_kolada(data: bytes, file: str, *, places: Places) -> Reading:
    """Read one answer of Kolada's API: a key figure by municipality and year, men and women together.

    Withdrawn values, groups of municipalities (their values are unweighted means) and regions are
    dropped; values that Kolada marks as missing stay missing. The notes list them.

    Parameters
    ----------
    data
        The answer's bytes (version 3; an old answer of version 2 has the same structure).
    file
        Its name in messages.
    places
        The municipalities that exist.

    Returns
    -------
    Reading
        ``municipality_code`` (text, "0000" is the nation), ``year`` (int64), ``kpi`` (text),
        ``value`` (float, the key figure's own unit; NaN where missing), sorted.

    Raises
    ------
    InputError
        An incomplete answer (more pages), unknown codes, values that are no numbers or stand twice.
    """
    content = read_json(data, file)
    problems, items, old = _envelope(content, file)
    rows, dropped, more = _rows(items, places, file)
    problems += capped(more)
    if problems:
        raise InputError(problems)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame = frame.astype({"municipality_code": "str", "year": "int64", "kpi": "str", "value": "float64"})
    frame = frame.sort_values(list(COLUMNS[:3]), ignore_index=True)
    twice = frame[frame.duplicated(list(COLUMNS[:3]))]
    if len(twice):
        raise InputError(
            capped(
                [
                    Problem(file, f"{r[2]}, {r[0]}, {r[1]}", "stands twice; keep one")
                    for r in twice.itertuples(index=False)
                ]
            )
        )
    notes = [CITATION, *(f"{count} {what} dropped" for what, count in dropped.items() if count)]
    gaps = [f"{row[0]} {row[1]}" for row in rows if math.isnan(row[3])]
    notes += [f"{len(gaps)} values are missing in the source: {', '.join(gaps[:12])}"] if gaps else []
    notes += ["an answer of the closed version 2, which does not say what was withdrawn"] if old else []
    return Reading("kolada", frame, file, PUBLISHER, None, None, None, tuple(notes))


def is_kolada(content: Any) -> bool:
    """Whether a JSON content has Kolada's structure: values with kpi, municipality and period."""
    values = content.get("values") if isinstance(content, dict) else None
    return (
        isinstance(values, list)
        and all(isinstance(v, dict) and "kpi" in v and "period" in v for v in values)
        and bool(values)
    )


def _envelope(content: Any, file: str) -> tuple[list[Problem], list[dict[str, Any]], bool]:
    """Check that the answer is Kolada's and whole; say whether it is of version 2."""
    if not is_kolada(content):
        text = "expected Kolada's answer (values with kpi, municipality, period), got another structure"
        raise InputError([Problem(file, "", text)])
    more = "the answer goes on on another page; fetch all pages into one file"
    pages = [key for key in ("next_url", "next_page") if content.get(key) is not None]
    problems = [Problem(file, key, more) for key in pages]
    items = content["values"]
    count = content.get("count")
    if isinstance(count, bool) or not isinstance(count, int) or count != len(items):
        told = shown(count, 20)
        text = f"expected as many values as 'count' tells ({told}), got {len(items)}; fetch the answer again"
        problems.append(Problem(file, "count", text))
    figures = [
        f for item in items for f in (item.get("values") if isinstance(item.get("values"), list) else [])
    ]
    dated = [isinstance(f, dict) and "isdeleted" in f for f in figures]
    if any(dated) and not all(dated):
        problems.append(Problem(file, "isdeleted", "some values have it, others not; fetch the answer again"))
    return problems, items, not any(dated)


_Row = tuple[str, int, str, float]


def _rows(
    items: list[dict[str, Any]], places: Places, file: str
) -> tuple[list[_Row], dict[str, int], list[Problem]]:
    """Rows to keep, counts of what was dropped, and what cannot be read."""
    rows: list[_Row] = []
    dropped = dict.fromkeys(
        ("withdrawn values", "values of groups (unweighted means)", "values of regions", "values by gender"),
        0,
    )
    problems: list[Problem] = []
    for number, item in enumerate(items, 1):
        where = f"value {number}"
        kpi, code, year, figures = (item.get(key) for key in ("kpi", "municipality", "period", "values"))
        if isinstance(code, str) and re.fullmatch(r"G[0-9]+", code):
            dropped["values of groups (unweighted means)"] += 1
            continue
        if isinstance(code, str) and re.fullmatch(r"00[0-9]{2}", code) and code != NATION:
            dropped["values of regions"] += 1
            continue
        text = _key_problem(kpi, code, year, figures, places)
        if text:
            problems.append(Problem(file, where, text))
            continue
        for figure in figures or []:
            reason, value, text = _figure(figure)
            if text:
                problems.append(Problem(file, f"{where} ({kpi}, {code}, {year})", text))
            elif reason:
                dropped[reason] += 1
            else:
                rows.append((str(code), int(str(year)), str(kpi), value))
    return rows, dropped, problems


def _key_problem(kpi: Any, code: Any, year: Any, figures: Any, places: Places) -> str:
    """Say what is wrong with the key of an item, if anything is."""
    if not isinstance(kpi, str) or not re.fullmatch(r"[NU][0-9]{5}", kpi):
        return f"expected the id of a key figure such as 'N00401', got {shown(repr(kpi), 30)}"
    if not isinstance(code, str) or (code != NATION and code not in places.names):
        return f"expected a municipality code as text such as '0114', got {shown(repr(code), 30)}"
    if isinstance(year, bool) or not isinstance(year, int) or not 1950 <= year <= 2100:
        return f"expected a year as a number, got {shown(repr(year), 30)}"
    return "" if isinstance(figures, list) and figures else "expected a list of values"


def _figure(figure: Any) -> tuple[str, float, str]:
    """One figure: why it is dropped, its value, and what is wrong; at most one of the texts is filled."""
    if not isinstance(figure, dict) or not {"gender", "value", "status"} <= set(figure):
        return "", math.nan, "expected gender, status and value"
    deleted = figure.get("isdeleted", False)
    if not isinstance(deleted, bool):
        return "", math.nan, f"expected isdeleted to be true or false, got {shown(repr(deleted), 20)}"
    if deleted:
        return "withdrawn values", math.nan, ""
    if figure["gender"] in ("K", "M"):
        return "values by gender", math.nan, ""
    if figure["gender"] != "T":
        return "", math.nan, f"expected gender T, K or M, got {shown(repr(figure['gender']), 20)}"
    return "", *_value(figure["value"], figure["status"])


def _value(value: Any, status: Any) -> tuple[float, str]:
    """Value of a figure; missing only where the status says so."""
    if status in ("Missing", "Private"):
        return (math.nan, "") if value is None else (math.nan, f"status {status}, yet a value is given")
    if status not in ("", None):
        return math.nan, f"unknown status {shown(repr(status), 20)}; fetch the answer again"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return math.nan, f"expected a number, got {shown(repr(value), 30)}"
    return float(value), ""
