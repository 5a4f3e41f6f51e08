"""The integer gate: a survey share is always k of n, and a percentage that no k gives is refused.

Run backwards, the gate finds which n fit a list of published percentages.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from klimatlib.errors import ClaimError

HANDFUL = 5  # a change of fewer respondents than this is told as such


def share(k: int, n: int) -> Fraction:
    """Return the share k of n, exactly; refuse what no survey can give.

    Raises
    ------
    ClaimError
        When k is not between 0 and n, or nobody answered.
    """
    if n < 1 or not 0 <= k <= n:
        raise ClaimError(f"{k} of {n} is no share; expected 0 <= k <= n and n >= 1")
    return Fraction(int(k), int(n))


def whole_percent(k: int, n: int) -> int:
    """Return k of n in whole per cent, halves rounded up, in whole numbers throughout.

    >>> whole_percent(1, 8), whole_percent(33, 42)
    (13, 79)
    """
    return (200 * k + n) // (2 * n)


def fitting(percent: int, n: int) -> list[int]:
    """Return every k whose share of n is printed as a whole per cent.

    >>> fitting(79, 42), fitting(80, 42)
    ([33], [])
    """
    return [k for k in range(n + 1) if whole_percent(k, n) == percent]


def nearest(percent: int, n: int) -> list[int]:
    """Return the k just below and just above a per cent that no k of n gives.

    >>> nearest(80, 42), nearest(100, 42)
    ([33, 34], [42])
    """
    below = [k for k in range(n + 1) if whole_percent(k, n) < percent]
    above = [k for k in range(n + 1) if whole_percent(k, n) > percent]
    return fitting(percent, n) or [*below[-1:], *above[:1]]


def require(percent: int, n: int) -> int:
    """Return the k that a typed-in percentage stands for.

    Raises
    ------
    ClaimError
        When no k of n gives it, with the nearest ones, or when several do.
    """
    found = fitting(percent, n)
    if len(found) == 1:
        return found[0]
    if found:
        told = ", ".join(f"{k} of {n}" for k in found)
        raise ClaimError(f"{percent} % of {n} may be {told}; give the number of answers instead")
    told = " and ".join(f"{k} of {n} = {whole_percent(k, n)} %" for k in nearest(percent, n))
    raise ClaimError(f"{percent} % is no share of {n}; the nearest are {told}")


def infer_n(percents: Sequence[int], *, at_most: int) -> list[int]:
    """Return every n up to a bound for which each of the percentages is k of n for some k.

    >>> infer_n([79, 55, 93, 62, 38, 90, 83, 57, 64, 81], at_most=51)
    [42]
    """
    return [n for n in range(1, at_most + 1) if all(fitting(percent, n) for percent in percents)]


def explain_n(percents: Sequence[int], *, at_most: int) -> list[str]:
    """Say in sentences which n fit a list of percentages, and why the others do not."""
    found = infer_n(percents, at_most=at_most)
    if not found:
        return [f"no n up to {at_most} gives all of them", *_closest(percents, at_most)]
    if len(found) > 1:
        told = f"{len(found)} numbers of respondents fit: {', '.join(map(str, found))}"
        return [told, "more percentages, or a smaller --at-most, would tell them apart"]
    n = found[0]
    ks = ", ".join(
        f"{percent} % = {' or '.join(map(str, fitting(percent, n)))} of {n}" for percent in percents
    )
    return [
        str(n),
        f"{n} is the only number of respondents up to {at_most} that gives all of them: {ks}",
        *_closest(percents, at_most, but=n),
    ]


def _closest(percents: Sequence[int], at_most: int, but: int = 0) -> list[str]:
    """Name the n that miss the fewest of the percentages."""
    missed = {
        n: [percent for percent in percents if not fitting(percent, n)]
        for n in range(1, at_most + 1)
        if n != but
    }
    if not missed:
        return []
    best = min(missed, key=lambda n: (len(missed[n]), -n))
    cannot = ", ".join(f"{percent} %" for percent in missed[best])
    return [f"the nearest miss is {best}, which cannot give {cannot}"]
