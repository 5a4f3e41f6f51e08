"""The chart of curves over the years, named at their ends."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from klimatlib import swedish
from klimatlib.claims.claims import Claim
from klimatlib.figures.chart import TYPE_SIZE, Chart, apart, data_year, draw_chart, name_unit, note, quiet

Series = Sequence[tuple[str, str, Sequence[Claim]]]


def lines(chart_id: str, series: Series, *, caption: str, alt: str, unit: str) -> Chart:
    """Curves over the years from zero, named at their ends.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    series
        Name, colour and yearly claims of each curve.
    unit
        Unit, printed above the axis.
    """
    top = max(float(claim.value) for _, _, claims in series for claim in claims) * 1.16
    first, last = data_year(series[0][2][0]), data_year(series[0][2][-1])

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        ends = apart([float(claims[-1].value) for _, _, claims in series], least=top * 0.07)
        lowest = min(series, key=lambda one: one[2][0].value)[0]
        for (name, colour, claims), end in zip(series, ends, strict=True):
            start = curve(axes, claims, colour)
            at_start = f"{name} {claims[0].text}" if narrow else claims[0].text
            at_end = claims[-1].text if narrow else f"{name} {claims[-1].text}"
            offset = (-4, 10)
            if narrow and name == lowest:  # under what the name is as long as
                under = [float(c.value) for c in claims if data_year(c) <= first + (last - first) * 0.6]
                start, offset = (first, min(under)), (-4, -12)
            note(axes, at_start, start, offset, colour, size=TYPE_SIZE)
            note(axes, at_end, (last, end), (9, 0), colour, size=TYPE_SIZE)
        axes.set(ylim=(0, top), xlim=(first - 1.5, last + (last - first) * 0.23))
        year_axis(axes, [data_year(claim) for claim in series[0][2]], every=10 if narrow else 5)
        axes.yaxis.set_major_formatter(lambda value, _: swedish.number(value))
        name_unit(axes, unit)
        quiet(axes, "left", grid="y")

    years = [str(claim.data_year) for claim in series[0][2]]
    data = pd.DataFrame({"År": years, **{name: [c.text for c in claims] for name, _, claims in series}})
    used = [c.id for _, _, claims in series for c in claims]
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=62, narrow_mm=74)


def curve(axes: Axes, claims: Sequence[Claim], colour: str) -> tuple[float, float]:
    """Draw a curve with a dot for each claim, and return where it begins."""
    xs, ys = [data_year(claim) for claim in claims], [float(claim.value) for claim in claims]
    sns.lineplot(x=xs, y=ys, color=colour, lw=2.4, ax=axes, errorbar=None)
    sns.scatterplot(x=xs, y=ys, color=colour, s=26, ax=axes, zorder=3)
    return xs[0], ys[0]


def year_axis(axes: Axes, years: Sequence[int], *, every: int, also: Sequence[int] = ()) -> None:
    """Print the years that ``every`` divides, and ``also``; the first and the last where there is none."""
    shown = [year for year in years if year % every == 0 or year in also] or [years[0], years[-1]]
    axes.set_xticks(shown, [str(year) for year in shown])
