"""Charts of how members differ: each one a dot, and the members' level without each of the heaviest."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from klimatlib import swedish
from klimatlib.claims.claims import Claim
from klimatlib.figures.chart import (
    INK,
    MEMBERS,
    NATION,
    SOFT,
    Chart,
    draw_chart,
    name_rows,
    name_unit,
    note,
    quiet,
)

_FAR = 2.0  # a value so many times all others is set beside the scale, or all others would be one heap
_NEAR = 0.016  # of the axis: dots nearer than this stand above each other


def spread(
    chart_id: str,
    rows: Sequence[tuple[str, Claim]],
    *,
    median: Claim,
    nation: Claim,
    caption: str,
    alt: str,
    unit: str,
) -> Chart:
    """Each member a dot on one scale from zero, with the median and the nation; lowest and highest named.

    A highest value of more than twice all else is set at the right edge with an arrow, outside the scale.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Name and claim of each member, ascending.
    median, nation
        Drawn as lines.
    unit
        Unit, printed above the dots.
    """
    values = [_shown(claim) for _, claim in rows]
    next_one = max(_shown(median), _shown(nation), *values[:-1])
    outside = len(values) > 1 and values[-1] > _FAR * next_one > 0
    inside = values[:-1] if outside else values
    reach = max(*inside, _shown(median), _shown(nation))

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        lanes = stacked(inside, near=reach * _NEAR * (2 if narrow else 1))
        top = max(*lanes, 4)
        lines = [(nation, "riket", NATION), (median, "medianen", INK)]
        lines.sort(key=lambda line: line[0].value)  # the name of the left one goes over the other's line
        for (claim, name, colour), height in zip(lines, (top + 2.6, top + 1.3), strict=True):
            axes.plot([_shown(claim)] * 2, [-0.8, height], color=colour, lw=1.6, zorder=1)
            side, align = (-5, "right") if _shown(claim) > 0.8 * reach else (5, "left")
            note(axes, f"{name} {claim.text}", (_shown(claim), height), (side, -3), colour, align=align)
        sns.scatterplot(x=inside, y=lanes, color=MEMBERS, s=42, ax=axes, zorder=3, edgecolor="white")
        _name(axes, rows[0], (inside[0], 0), -16, "left", offset=-4)
        if outside:
            edge = reach * 1.16
            axes.plot([edge], [0], ">", color=MEMBERS, ms=8, zorder=3)
            _name(axes, rows[-1], (edge, 0), -16, "right", offset=10)
            note(axes, "utanför skalan", (edge, 0), (10, -28), SOFT, align="right")
        else:
            _name(axes, rows[-1], (inside[-1], 0), -16, "right", offset=4)
        axes.set(xlim=(min(0, min(inside)) - reach * 0.02, reach * 1.2), ylim=(-3.9, top + 3.4), yticks=[])
        _axis(axes, unit, decimals=0 if reach > 4 else 1)

    ordered = [*rows, ("Medianen", median), ("Riket", nation)]
    data = pd.DataFrame([(name, claim.text) for name, claim in ordered], columns=["Kommun", "Värde"])
    return draw_chart(
        chart_id, caption, alt, data, [c.id for _, c in ordered], draw, height_mm=52, narrow_mm=62
    )


def stacked(values: Sequence[float], *, near: float) -> list[int]:
    """Return a lane for each value, ascending, so that dots nearer than ``near`` stand above each other.

    >>> stacked([1.0, 1.1, 1.15, 3.0], near=0.2)
    [0, 1, 2, 0]
    """
    last: list[float] = []
    lanes = []
    for value in values:
        free = (lane for lane, taken in enumerate(last) if value - taken >= near)
        lane = next(free, len(last))
        last[lane : lane + 1] = [value]
        lanes.append(lane)
    return lanes


def without_each(
    chart_id: str,
    rows: Sequence[tuple[str, Claim]],
    *,
    level: Claim,
    caption: str,
    alt: str,
    unit: str,
) -> Chart:
    """Draw the members' level without one member at a time, as dots beside the level with all.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Name of the member left out, and the level without it; drawn from the top in the order given.
    level
        The level with all members.
    unit
        Unit, printed above the dots.
    """
    places = range(len(rows))
    values = [float(claim.value) for _, claim in rows]

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        whole = float(level.value)
        axes.plot([whole] * 2, [-0.45, len(rows) - 0.4], color=INK, lw=1.4, zorder=1)
        axes.hlines(places, whole, values, color=MEMBERS, lw=2, zorder=2)
        sns.scatterplot(x=values, y=[*places], color=MEMBERS, s=60, ax=axes, zorder=3)
        note(axes, f"alla medlemmar {level.text}", (whole, -0.5), (0, 5), INK, align="center")
        for place, value, (_, claim) in zip(places, values, rows, strict=True):
            side, align = (-8, "right") if value < whole else (8, "left")
            note(axes, claim.text, (value, place), (side, 0), INK, align=align)
        name_rows(axes, [f"utan {name}" for name, _ in rows], narrow=narrow, lift=0.16)
        axes.set_ylim(len(rows) - 0.4, -1.2)
        axes.margins(x=0.34 if narrow else 0.16)
        _axis(axes, unit, decimals=1)

    data = pd.DataFrame(
        [("Alla medlemmar", level.text), *((f"Utan {name}", claim.text) for name, claim in rows)],
        columns=["Medlemmar", "Nivå"],
    )
    used = [level.id, *(claim.id for _, claim in rows)]
    return draw_chart(
        chart_id, caption, alt, data, used, draw, height_mm=18 + 6 * len(rows), narrow_mm=20 + 9.5 * len(rows)
    )


def _shown(claim: Claim) -> float:
    """Return a value on the axis: a share in per cent, anything else as it is."""
    return float(claim.value) * (100 if claim.unit == "share" else 1)


def _axis(axes: Axes, unit: str, *, decimals: int) -> None:
    name_unit(axes, unit)
    axes.xaxis.set_major_formatter(lambda value, _: swedish.number(value, decimals))
    quiet(axes, "left", "bottom", grid="x")


def _name(
    axes: Axes,
    row: tuple[str, Claim],
    at: tuple[float, float],
    below: float,
    align: str,
    *,
    offset: float = 0,
) -> None:
    note(axes, f"{row[0]} {row[1].text}", at, (offset, below), MEMBERS, align=align)
