"""What a split is: a number before and now, and the reasons for its change, each with its part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

UNKNOWN, WITHHELD = "okänt", "visas inte"


@dataclass(frozen=True)
class Part:
    """One reason for a change.

    Attributes
    ----------
    id
        What it is: panel, new, left, emissions, population, joined, revision.
    label
        The same in Swedish, as it stands inside a sentence.
    value
        Its part of the change, in the unit of the number; None where it cannot be told.
    n
        Members that it rests on, where it rests on some.
    why
        Why there is no value: `UNKNOWN`, or `WITHHELD` where it would give a member's answer away.
    """

    id: str
    label: str
    value: Fraction | None
    n: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Split:
    """A number before and now, and the parts of its change.

    Attributes
    ----------
    before, now
        The number in both years, exact.
    parts
        Reasons; the known ones add up to ``now - before`` if none is withheld.
    years
        Data years of both.
    """

    before: Fraction
    now: Fraction
    parts: tuple[Part, ...]
    years: tuple[int, int]

    @property
    def change(self) -> Fraction:
        """The whole change."""
        return self.now - self.before

    def known(self) -> list[Part]:
        """Return the parts that have a value other than nought."""
        return [part for part in self.parts if part.value]

    def lacking(self, why: str) -> list[Part]:
        """Return the parts without a value for a reason, `UNKNOWN` or `WITHHELD`."""
        return [part for part in self.parts if part.why == why]


def parts_of(
    names: Sequence[tuple[str, str]], values: Sequence[Fraction | None], sizes: Sequence[int | None]
) -> tuple[Part, ...]:
    """Return parts from their ids and labels, values (None is unknown) and sizes, in one order."""
    three = zip(names, values, sizes, strict=True)
    return tuple(Part(*name, value, n, UNKNOWN if value is None else "") for name, value, n in three)
