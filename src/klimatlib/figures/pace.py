"""The chart of the pace: the curve so far, and dashed the constant yearly fall that a level would take."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from klimatlib import swedish
from klimatlib.claims import Claim
from klimatlib.figures.chart import EARLIER, LINE, MEMBERS, SOFT, Chart, data_year, draw_chart, note


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

    def draw(axes: Axes) -> None:
        sns.lineplot(x=years, y=levels, color=MEMBERS, lw=2.4, ax=axes, errorbar=None)
        sns.scatterplot(x=years, y=levels, color=MEMBERS, s=26, ax=axes, zorder=3)
        note(axes, so_far[0].text, (years[0], levels[0]), (-2, 10), MEMBERS)
        note(
            axes, f"{so_far[-1].text} {years[-1]}", (years[-1], levels[-1]), (-3, -12), MEMBERS, align="right"
        )
        for label, claim, pace in targets:
            align = "center" if claim is targets[-1][1] else "left"
            until, level = data_year(claim), float(claim.value)
            axes.plot(*path(years[-1], levels[-1], until, level), "--", color=EARLIER, lw=1.6, zorder=2)
            axes.plot([until], [level], "o", mfc="white", mec=EARLIER, mew=1.6, ms=7, zorder=3)
            told = f"{label} {until}: {claim.text}\n{pace.text} per år"
            note(axes, told, (until, level), (0 if align == "center" else -6, 20), EARLIER, align=align)
        last = max(years[-1], *(data_year(claim) for _, claim, _ in targets))
        axes.set(xlim=(years[0] - 3, last + 7), ylim=(0, max(levels) * 1.16), xlabel="", ylabel="")
        shown = [year for year in range(years[0], last + 1) if year % 10 == 0] + [last]
        axes.set_xticks(sorted({*shown}), [str(year) for year in sorted({*shown})])
        axes.yaxis.set_major_formatter(lambda value, _: swedish.number(value))
        axes.set_title(unit, loc="left", size=9, color=SOFT, pad=8)
        axes.grid(axis="y", color=LINE, lw=0.7)
        axes.spines["left"].set_visible(False)
        axes.tick_params(length=0)

    rows = [(str(data_year(c)), "Utfall", c.text) for c in so_far]
    rows += [(str(data_year(c)), f"{label}, jämförelse", c.text) for label, c, _ in targets]
    data = pd.DataFrame(rows, columns=["År", "Vad", "Ton per invånare"])
    used = [claim.id for claim in [*so_far, *(c for _, *two in targets for c in two)]]
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=70)


def path(start: int, level: float, end: int, target: float) -> tuple[list[int], list[float]]:
    """Return years and levels of a constant yearly percentage between two levels.

    >>> path(2020, 4.0, 2022, 1.0)
    ([2020, 2021, 2022], [4.0, 2.0, 1.0])
    """
    span = range(end - start + 1)
    return [start + n for n in span], [level * (target / level) ** (n / (end - start)) for n in span]
