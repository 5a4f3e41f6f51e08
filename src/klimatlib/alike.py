"""One municipality by itself, and the municipalities most like it in size and in emissions per inhabitant.

The measure is simple enough to be told in a sentence: how many per cent the number of inhabitants differs,
and how many per cent the emissions per inhabitant do, taken together. Those alike are named, never ranked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from klimatlib import emissions
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.emissions import UNIT, Basis
from klimatlib.sources.tables import NATION, rows
from klimatlib.splits.claimed import signed
from klimatlib.swedish import alphabetical, number, quantity, round_half_up

MOST = 5
_MILLION, _DIGITS = 1_000_000, 3


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how unlike two municipalities are: inhabitants and emissions per inhabitant, as ratios.

    Twice as many counts as much as half as many, and the two measures weigh the same.

    >>> distance((1000, 3.0), (2000, 6.0)) == 2 * distance((1000, 3.0), (500, 3.0))
    True
    """
    return math.fsum(abs(math.log(a / b)) for a, b in zip(one, other, strict=True))


def nearest(basis: Basis, code: str, *, most: int = MOST) -> list[str]:
    """Return the codes of the municipalities most like one in the data year, the most alike first.

    Parameters
    ----------
    basis
        What emission claims rest on; all municipalities in it are candidates, members or not.
    code
        The municipality.
    most
        How many, at most.
    """
    sizes = measures(basis)
    others = [other for other in sizes if other != code]
    return sorted(others, key=lambda other: (distance(sizes[code], sizes[other]), other))[:most]


def measures(basis: Basis) -> dict[str, tuple[float, float]]:
    """Inhabitants, and emissions per inhabitant (t CO2e), of every municipality that has both in both years.

    One without emissions has no ratio to another's and is left out.
    """
    params, table = basis.params, basis.table.dropna()
    then = set(table.loc[table["year"] == params.base_year, "municipality_code"])
    now = table[(table["year"] == params.emissions_year) & (table["emissions_t"] > 0)]
    return {
        str(row.municipality_code): (float(row.population), row.emissions_t / row.population)
        for row in rows(now)
        if row.municipality_code != NATION and row.municipality_code in then
    }


def claims(basis: Basis, codes: Sequence[str], names: Mapping[str, str]) -> list[Claim]:
    """Claims on the basis's own municipality, and on those alike.

    Parameters
    ----------
    basis
        With its own municipality.
    codes
        Those alike, as `nearest` gives them.
    names
        Names by code.
    """
    (own, name), *_ = basis.own.items()
    year, base = basis.params.emissions_year, basis.params.base_year
    sizes = measures(basis)
    people, level = sizes[own]
    compared = f"Kommuner i statistiken som {name} jämförs med"
    found = [
        _count(basis, "alike-candidates", len(sizes) - 1, "municipalities", compared, "municipalities"),
        basis.claim(
            "own-emissions",
            people * level,
            tonnes(people * level),
            kind="level",
            unit="t CO2e",
            year=year,
            subject=own,
            measure="emissions_total",
            method="total",
            told=f"Utsläpp {year}, {name}; avrundat till {_DIGITS} siffror",
        ),
    ]
    for code in (own, *codes):
        who = f"{names[code]}: utsläppen delade med invånarna"
        many, value = sizes[code]
        cut = emissions.reduction(basis.table, [code], year=year, base_year=base)
        found += [
            _count(
                basis,
                f"alike-{code}-population",
                many,
                "persons",
                f"Invånare 31 december {year}, {names[code]}",
                code,
            ),
            basis.claim(
                f"alike-{code}-level",
                value,
                quantity(value, "ton", 1),
                kind="level",
                unit=UNIT,
                year=year,
                subject=code,
                method="ratio_of_sums",
                role="peer",
                told=f"Utsläpp per invånare {year}, {who}",
            ),
            basis.claim(
                f"alike-{code}-change",
                -cut,
                _with_sign(-cut),
                kind="change",
                unit="share",
                year=year,
                subject=code,
                method="ratio_of_sums",
                role="peer",
                base_year=base,
                told=f"Förändring av utsläppen per invånare {base}–{year}, {who}",
            ),
        ]
    return found


def table(
    basis: Basis, book: ClaimBook, codes: Sequence[str], names: Mapping[str, str]
) -> list[list[str | Claim]]:
    """Return printed rows: the municipality itself, then those alike by the alphabet."""
    (own,) = basis.own
    ordered = [own, *sorted(codes, key=lambda code: alphabetical(names[code]))]
    return [
        [names[code], *(book[f"alike-{code}-{kind}"] for kind in ("population", "level", "change"))]
        for code in ordered
    ]


def tonnes(value: float) -> str:
    r"""Return emissions as a reader can hold them: three digits, millions in words.

    >>> tonnes(11_349.0), tonnes(2_774_913.0)
    ('11\xa0300\xa0ton', '2,77\xa0miljoner\xa0ton')
    """
    if value >= _MILLION:
        return quantity(Fraction(value) / _MILLION, "miljoner\xa0ton", 2)
    step = 10 ** max(0, len(str(int(value))) - _DIGITS)
    return quantity(round_half_up(Fraction(value) / step) * Decimal(step), "ton")


def _with_sign(share: float) -> str:
    return signed(100 * Fraction(share), "%")


def _count(basis: Basis, claim_id: str, value: float, unit: str, told: str, subject: str) -> Claim:
    return basis.claim(
        claim_id,
        value,
        number(int(value)),
        kind="count",
        unit=unit,
        year=basis.params.emissions_year,
        told=told,
        subject=subject,
        measure="population" if unit == "persons" else "municipalities",
        method="count",
        role="peer",
    )
