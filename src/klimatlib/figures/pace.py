"""The chart of the pace: the curve so far, and dashed the constant yearly fall that a level would take."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from klimatlib import swedish
from klimatlib.claims.claims import Claim
from klimatlib.figures.chart import EARLIER, MEMBERS, Chart, data_year, draw_chart, name_unit, note, quiet
from klimatlib.figures.lines import curve, year_axis


def paths(
    chart_id: str,
    so_far: Sequence[Claim],
    targets: Sequence[tuple[str, Claim, Claim]],
    *,
    caption: str,
    alt: str,
    unit: str,
) -> Chart:
    """Draw a curve from zero, and dashed paths of constant yearly percentage to each target.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    so_far
        Yearly levels, ascending.
    targets
        Label and level of each target, and the yearly fall that it takes; its year is the level's data year.
    unit
        Unit, printed above the axis.
    """
    years, levels = [data_year(claim) for claim in so_far], [float(claim.value) for claim in so_far]

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        start = curve(axes, so_far, MEMBERS)
        now, last = (years[-1], levels[-1]), max([years[-1], *(data_year(claim) for _, claim, _ in targets)])
        note(axes, so_far[0].text, start, (-2, 10), MEMBERS)
        note(axes, f"{so_far[-1].text} {now[0]}", now, (-3, -12), MEMBERS, align="right")
        for label, claim, pace in targets:
            until, level = data_year(claim), float(claim.value)
            axes.plot(*path(*now, until, level), "--", color=EARLIER, lw=1.6, zorder=2)
            axes.plot([until], [level], "o", mfc="white", mec=EARLIER, mew=1.6, ms=7, zorder=3)
            told = f"{label} {until}: {claim.text}\n{pace.text} per år"
            offset, align = ((8, 20), "right") if until == last else ((-6, 20), "left")
            if narrow and until == last:  # the way there takes the place above
                offset = (-14, -10)
            note(axes, told, (until, level), offset, EARLIER, align=align)
        axes.set(xlim=(years[0] - 3, last + 3), ylim=(0, max(levels) * 1.16))
        step = 20 if narrow else 10
        year_axis(axes, [*range(years[0], last - step // 2), last], every=step, also=(years[0], last))
        axes.yaxis.set_major_formatter(lambda value, _: swedish.number(value))
        name_unit(axes, unit)
        quiet(axes, "left", grid="y")

    rows = [(str(data_year(c)), "Utfall", c.text) for c in so_far]
    rows += [(str(data_year(c)), f"{label}, jämförelse", c.text) for label, c, _ in targets]
    data = pd.DataFrame(rows, columns=["År", "Vad", "Ton per invånare"])
    used = [claim.id for claim in [*so_far, *(c for _, *two in targets for c in two)]]
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=60, narrow_mm=84)


def path(start: int, level: float, end: int, target: float) -> tuple[list[int], list[float]]:
    """Return years and levels of a constant yearly percentage between two levels.

    >>> path(2020, 4.0, 2022, 1.0)
    ([2020, 2021, 2022], [4.0, 2.0, 1.0])
    """
    span = range(end - start + 1)
    return [start + n for n in span], [level * (target / level) ** (n / (end - start)) for n in span]
