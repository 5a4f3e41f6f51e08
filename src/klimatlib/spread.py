"""How the members differ: each municipality's own level and reduction, and what the level is without it.

The level of the members hides that they are far apart. Official statistics are public, so names are shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pandas as pd

from klimatlib import emissions
from klimatlib.claims.claims import Claim, ClaimBook, Kind, Method
from klimatlib.emissions import DEFINITIONS, UNIT, Basis
from klimatlib.sources.tables import NATION
from klimatlib.splits.claimed import signed
from klimatlib.swedish import listing, number, percent, quantity

POINTS = {"min": 0, "q1": 1, "median": 2, "q3": 3, "max": 4}
_METHODS: dict[str, Method] = {
    "min": "minimum",
    "q1": "lower_quartile",
    "median": "median",
    "q3": "upper_quartile",
    "max": "maximum",
}
_NAMES = {
    "min": "Lägsta värdet av",
    "q1": "Nedre kvartilen av",
    "median": "Medianen av",
    "q3": "Övre kvartilen av",
    "max": "Högsta värdet av",
}
KINDS = {"level": "utsläpp per invånare", "reduction": "minskning av utsläppen per invånare"}
_MOST = 3
_SHOWN = 8


def quarter(values: Sequence[float], quarters: int) -> float:
    """Return the value with so many quarters of the values below it, between two by straight line.

    >>> [quarter([1, 2, 4, 8], q) for q in (0, 1, 2, 4)]
    [1.0, 1.75, 3.0, 8.0]
    """
    ordered = sorted(values)
    place = (len(ordered) - 1) * quarters / 4
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def own(table: pd.DataFrame, codes: Sequence[str], *, year: int, base_year: int) -> pd.DataFrame:
    """Each municipality's own level and reduction.

    Parameters
    ----------
    table
        As `emissions.totals` gives it.
    codes
        The municipalities.
    year, base_year
        Data year, and the year that reductions are counted from.

    Returns
    -------
    DataFrame
        code, level (t CO2e per inhabitant), reduction (share, per inhabitant).
    """
    return pd.DataFrame(
        {
            "code": [*codes],
            "level": [emissions.level(table, [code], year=year) for code in codes],
            "reduction": [
                emissions.reduction(table, [code], year=year, base_year=base_year) for code in codes
            ],
        }
    )


def claims(basis: Basis, names: Mapping[str, str]) -> list[Claim]:
    """Claims on the spread: each member's level and reduction, quartiles, and how many lie below the nation.

    Parameters
    ----------
    basis
        What emission claims rest on.
    names
        Names of the members by code.
    """
    year, base = basis.params.emissions_year, basis.params.base_year
    table = emissions.totals(basis.emissions, basis.population)
    each = own(table, basis.codes, year=year, base_year=base)
    found = [*_below(basis, each, emissions.level(table, [NATION], year=year))]
    for kind, what in KINDS.items():
        span = str(year) if kind == "level" else f"{base}–{year}"
        values = [float(value) for value in each[kind]]
        found += [
            _claim(
                basis,
                f"spread-{kind}-{i}",
                kind,
                quarter(values, q),
                f"{_NAMES[i]} medlemskommunernas {what} {span}",
                subject="members",
                method=_METHODS[i],
            )
            for i, q in POINTS.items()
        ]
        found += [
            _claim(
                basis,
                f"spread-{kind}-{code}",
                kind,
                value,
                f"{names[code]}: {what} {span}",
                subject=code,
                method="ratio_of_sums",
            )
            for code, value in zip(each["code"], values, strict=True)
        ]
    return found


def sensitivity(basis: Basis, names: Mapping[str, str]) -> list[Claim]:
    """Claims on the members' level without each one of them, and on what each adds to it.

    Parameters
    ----------
    basis, names
        As `claims`.
    """
    table, params = emissions.totals(basis.emissions, basis.population), basis.params
    whole = emissions.level(table, basis.codes, year=params.emissions_year, definition=params.definition)
    told = f"Utsläpp per invånare, {basis.set_name(basis.codes)}: {DEFINITIONS[params.definition]}"
    text = quantity(whole, "ton", 2)
    found = [_sensitivity_claim(basis, "spread-level-all", whole, text, told, kind="level")]
    for code in basis.codes if len(basis.codes) > 1 else ():
        rest = [other for other in basis.codes if other != code]
        value = emissions.level(table, rest, year=params.emissions_year, definition=params.definition)
        how = f"{basis.set_name(rest)}: {DEFINITIONS[params.definition]}"
        found += [
            _sensitivity_claim(
                basis,
                f"spread-without-{code}",
                value,
                quantity(value, "ton", 2),
                f"Utsläpp per invånare utan {names[code]}, {how}",
                kind="level",
                part=code,
            ),
            _sensitivity_claim(
                basis,
                f"spread-effect-{code}",
                whole - value,
                signed(whole - value, "ton", 2),
                f"Nivån med {names[code]} minus nivån utan, {how}",
                kind="change",
                part=code,
            ),
        ]
    return found


def dots(
    book: ClaimBook, kind: str, codes: Sequence[str], names: Mapping[str, str]
) -> list[tuple[str, Claim]]:
    """Return name and claim of each member, ascending; ``kind`` is ``level`` or ``reduction``."""
    found = [(names[code], book[f"spread-{kind}-{code}"]) for code in codes]
    return sorted(found, key=lambda row: (row[1].value, row[0]))


def largest(
    book: ClaimBook, codes: Sequence[str], names: Mapping[str, str], *, most: int = _SHOWN
) -> list[tuple[str, Claim]]:
    """Return name and level without it of the members that move the level most, the largest effect first."""
    ordered = _by_effect(book, codes, names)[:most]
    return [(names[code], book[f"spread-without-{code}"]) for code in ordered]


def view(book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]) -> dict[str, object]:
    """Return for the text: lowest and highest member of both kinds, and the three of most effect."""
    ends: dict[str, object] = {}
    for kind in KINDS:
        rows = dots(book, kind, codes, names)
        ends[kind] = {"low": _told(rows[0]), "high": _told(rows[-1])}
    moved = [
        {"name": names[code], "without": f"spread-without-{code}", "effect": f"spread-effect-{code}"}
        for code in _by_effect(book, codes, names)[:_MOST]
    ]
    return {**ends, "moved": moved}


def rows(book: ClaimBook) -> list[list[str | Claim]]:
    """Return printed rows: lowest, quartiles, median and highest of the members' level and reduction."""
    shown = {"min": "Lägst", "q1": "Nedre kvartil", "median": "Median", "q3": "Övre kvartil", "max": "Högst"}
    return [[label, *(book[f"spread-{kind}-{i}"] for kind in KINDS)] for i, label in shown.items()]


def alt(book: ClaimBook, kind: str, codes: Sequence[str], names: Mapping[str, str], nation: Claim) -> str:
    """Return what the chart of the spread shows, in words."""
    found = dots(book, kind, codes, names)
    (low, least), (high, most) = found[0], found[-1]
    middle = book[f"spread-{kind}-median"].text
    ends = f"från {low} {least.text} till {high} {most.text}"
    return f"Punktdiagram, en punkt per medlemskommun: {ends}. Medianen är {middle}, riket {nation.text}."


def sensitivity_alt(book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Return what the chart of the level without each member shows, in words."""
    whole = book["spread-level-all"]
    told = [f"utan {name} {claim.text}" for name, claim in largest(book, codes, names)]
    return f"Punktdiagram. Medlemmarnas nivå är {whole.text}; {listing(told)}."


def _by_effect(book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]) -> list[str]:
    return sorted(codes, key=lambda code: (-abs(book[f"spread-effect-{code}"].value), names[code]))


def _told(row: tuple[str, Claim]) -> dict[str, str]:
    return {"name": row[0], "claim": row[1].id}


def _claim(
    basis: Basis, claim_id: str, kind: str, value: float, told: str, *, subject: str, method: Method
) -> Claim:
    year = basis.params.emissions_year
    typed: dict[str, Any] = {"subject": subject, "method": method, "role": "spread"}
    if kind == "level":
        text = quantity(value, "ton", 1)
        return basis.claim(claim_id, value, text, kind="level", unit=UNIT, year=year, told=told, **typed)
    typed |= {"direction": -1, "base_year": basis.params.base_year}
    return basis.claim(
        claim_id, value, percent(value), kind="change", unit="share", year=year, told=told, **typed
    )


def _sensitivity_claim(
    basis: Basis, claim_id: str, value: float, text: str, told: str, *, kind: Kind, part: str = ""
) -> Claim:
    return basis.claim(
        claim_id,
        value,
        text,
        kind=kind,
        unit=UNIT,
        year=basis.params.emissions_year,
        told=told,
        subject="members",
        method=basis.params.definition,
        role="sensitivity",
        part=part,
    )


def _below(basis: Basis, each: pd.DataFrame, nation: float) -> list[Claim]:
    year, n = basis.params.emissions_year, len(each)
    k = int((each["level"] < nation).sum())
    told = f"Medlemskommuner med lägre utsläpp per invånare än riket {year}, av {n}"
    typed: dict[str, Any] = {"subject": "members", "role": "spread", "part": "below_nation"}
    count = basis.claim(
        "spread-below-nation", k, number(k), kind="count", unit="members", year=year, told=told, **typed
    )
    part = Fraction(k, n)
    told = told.replace("Medlemskommuner", "Andel av medlemskommunerna")
    share = basis.claim(
        "spread-below-nation-share",
        float(part),
        percent(part),
        kind="share",
        unit="share",
        year=year,
        told=told,
        denominator="municipalities",
        **typed,
    )
    return [count, replace(share, k=k, n=n)]
