"""Small multiples: one small panel a row, all on one scale, so that heights may be compared across them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from klimatlib import swedish
from klimatlib.claims.claims import Claim
from klimatlib.figures.chart import INK, SOFT, Chart, apart, data_year, draw_chart, note, quiet

Panel = tuple[str, Sequence[Sequence[Claim]]]
_ACROSS, _NARROW_ACROSS = 4, 2


def panels(
    chart_id: str,
    rows: Sequence[Panel],
    *,
    names: Sequence[tuple[str, str]],
    heading: str,
    caption: str,
    alt: str,
    unit: str,
) -> Chart:
    """One panel a row with a curve for each name, all on one scale from zero; the first tells the names.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Label of each panel, and for each name its yearly claims, ascending; the years may differ in number
        but not between the names of a panel.
    names
        Name and colour of the curves.
    heading
        What a panel is, as heading of the data.
    unit
        Unit, printed above the panels.
    """
    every = [claim for _, series in rows for claims in series for claim in claims]
    years = min(map(data_year, every)), max(map(data_year, every))
    values = [float(claim.value) for claim in every]
    low, high = min(0.0, *values), max(values) * 1.3

    def draw(figure: Figure, narrow: bool) -> None:
        across = _NARROW_ACROSS if narrow else _ACROSS
        grid = figure.subplots(-(-len(rows) // across), across, sharex=True, sharey=True, squeeze=False)
        span = years[1] - years[0] or 1
        grid[0, 0].set(ylim=(low, high), xlim=(years[0] - span * 0.06, years[1] + span * 0.3))
        for empty in grid.flat[len(rows) :]:
            empty.set_axis_off()
        for place, (axes, (label, series)) in enumerate(zip(grid.flat, rows, strict=False)):
            axes.set_title(label, loc="left", size=9.5, color=INK, weight=600, pad=3)
            _curves(axes, series, [colour for _, colour in names], least=high * 0.17)
            axes.set_xticks(sorted({*years}))
            axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.yaxis.set_major_formatter(lambda value, _: swedish.number(value, 0 if high > 2 else 1))
            quiet(axes, "left", "bottom", grid="y")
            if place == 0:
                _tell_names(axes, series, names, high)
        figure.suptitle(unit, x=0.005, ha="left", size=9, color=SOFT)

    data = pd.DataFrame(list(_data(rows)), columns=[heading, "År", *(name for name, _ in names)])
    lines = -(-len(rows) // _ACROSS), -(-len(rows) // _NARROW_ACROSS)
    high_mm, tall_mm = 10 + 29 * lines[0], 10 + 30 * lines[1]
    used = [claim.id for claim in every]
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=high_mm, narrow_mm=tall_mm)


def _curves(axes: Axes, series: Sequence[Sequence[Claim]], colours: Sequence[str], *, least: float) -> None:
    ends = apart([float(claims[-1].value) for claims in series], least=least, floor=least / 4)
    for claims, colour, end in zip(series, colours, ends, strict=True):
        xs, ys = [data_year(claim) for claim in claims], [float(claim.value) for claim in claims]
        axes.plot(xs, ys, color=colour, lw=1.8, solid_capstyle="round")
        axes.plot(xs, ys, "o", color=colour, ms=3.4)
        note(axes, _bare(claims[-1]), (xs[-1], end), (5, 0), colour)


def _tell_names(
    axes: Axes, series: Sequence[Sequence[Claim]], names: Sequence[tuple[str, str]], high: float
) -> None:
    """Write the names over and under the curves of a panel: the curve that begins highest gets the upper."""
    order = sorted(range(len(names)), key=lambda i: -series[i][0].value)
    for i in order:
        upper = i == order[0]
        ys = [float(claim.value) for claim in series[i]]
        at = max(ys) + high * 0.09 if upper else min(ys[: len(ys) // 2 + 1]) - high * 0.11
        note(axes, names[i][0], (data_year(series[i][0]), at), (0, 0), names[i][1])


def _bare(claim: Claim) -> str:
    """Return a number without its unit, which stands above the panels."""
    return claim.text.rpartition("\u00a0")[0] or claim.text


def _data(rows: Sequence[Panel]) -> Iterator[tuple[str, ...]]:
    for label, series in rows:
        for claims in zip(*series, strict=True):
            yield label, str(claims[0].data_year), *(claim.text for claim in claims)
