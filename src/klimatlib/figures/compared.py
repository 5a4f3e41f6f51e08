"""The charts of a fact sheet, half a page wide: one municipality beside the members and the nation."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from klimatlib import swedish
from klimatlib.claims.claims import Claim
from klimatlib.figures.chart import NATION, Chart, apart, data_year, name_unit, quiet, style

OWN, OTHERS = "#0e4a3c", "#2f7d5d"
_WIDTH_MM = 86
_ROOMY_MM, _TIGHT_MM = 84, 51
_SIZE = 8.5  # points
_LABEL_MM = 4.2  # from one label to the next


def curves(
    chart_id: str,
    series: Sequence[tuple[str, Sequence[Claim]]],
    *,
    caption: str,
    alt: str,
    unit: str,
    roomy: bool,
) -> Chart:
    """Draw curves over the years from zero, each named at its end; labels never touch.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    series
        Name and yearly claims of the municipality, the members and the nation, in this order.
    unit
        Unit, printed above the axis.
    roomy
        Whether the page has room for a high picture.
    """
    looks = [(OWN, 2.6, "o"), (OTHERS, 1.5, "s"), (NATION, 1.5, "D")]
    height_mm = _ROOMY_MM if roomy else _TIGHT_MM
    top = max(float(claim.value) for _, claims in series for claim in claims) * 1.08

    def draw(axes: Axes) -> None:
        axes.set_ylim(0, top)
        ends = [float(claims[-1].value) for _, claims in series]
        least = top * _LABEL_MM / (height_mm - 14)
        places = apart(ends, least=least, floor=least / 2)
        for (name, claims), (colour, width, mark), end, place in zip(
            series, looks, ends, places, strict=True
        ):
            years, levels = [data_year(c) for c in claims], [float(c.value) for c in claims]
            own = colour == OWN
            axes.plot(
                years, levels, color=colour, lw=width, marker=mark, ms=3.4 if own else 2.6, zorder=2 + own
            )
            moved = abs(place - end) > top * 0.004
            axes.annotate(
                f"{name} {claims[-1].text}",
                (years[-1], end),
                (years[-1] + 1.6, place),
                color=colour,
                weight=600,
                va="center",
                annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
                if moved
                else None,
            )
        first, last = data_year(series[0][1][0]), data_year(series[0][1][-1])
        shown = [year for year in range(first, last + 1) if year % 10 == 0]
        axes.set_xticks(shown, [str(year) for year in shown])
        axes.yaxis.set_major_locator(_whole_steps(top))
        axes.yaxis.set_major_formatter(lambda value, _: swedish.number(value))
        name_unit(axes, unit)
        quiet(axes, "left", grid="y")

    years = [str(claim.data_year) for claim in series[0][1]]
    data = pd.DataFrame({"År": years, **{name: [c.text for c in claims] for name, claims in series}})
    used = [claim.id for _, claims in series for claim in claims]
    return _drawn(chart_id, caption, alt, data, used, draw, height_mm)


def sector_bars(
    chart_id: str,
    rows: Sequence[tuple[str, Claim, Claim, Claim]],
    *,
    caption: str,
    alt: str,
    names: tuple[str, str, str],
    unit: str,
    roomy: bool,
) -> Chart:
    """Draw a bar for the municipality in each sector, with marks where the members and the nation are.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Sector, and the claims of the municipality, the members and the nation; drawn from the top.
    names
        What the three are.
    unit
        Unit, printed above the axis.
    roomy
        Whether the page has room for a high picture.
    """
    places = [*range(len(rows))]

    def draw(axes: Axes) -> None:
        levels = [[float(claim.value) for claim in three] for _, *three in rows]
        own, members, nation = zip(*levels, strict=True)
        axes.barh(places, own, height=0.62, color=OWN, label=names[0], zorder=2)
        looks = [(members, "s", OTHERS, names[1]), (nation, "D", NATION, names[2])]
        for values, mark, colour, name in looks:
            axes.plot(values, places, mark, ms=4.6, mfc="white", mec=colour, mew=1.5, label=name, zorder=3)
        for place, row in zip(places, rows, strict=True):
            axes.annotate(
                row[1].text,
                (1, place),
                (38, 0),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                color=OWN,
                weight=600,
                ha="right",
                va="center",
            )
        axes.set_yticks(places, [row[0] for row in rows])
        axes.set(ylim=(len(rows) - 0.45, -0.55), xlim=(0, 1.03 * max(*own, *members, *nation)), xticks=[])
        handles, told = axes.get_legend_handles_labels()
        order = [told.index(name) for name in names]
        axes.figure.legend(
            [handles[i] for i in order],
            names,
            loc="outside lower left",
            ncols=len(names),
            frameon=False,
            handletextpad=0.5,
            columnspacing=1.2,
        )
        name_unit(axes, unit)
        quiet(axes, "left", "bottom")

    texts = [[claim.text for claim in three] for _, *three in rows]
    columns = dict(zip(names, zip(*texts, strict=True), strict=True))
    data = pd.DataFrame({"Sektor": [row[0] for row in rows], **columns})
    used = [claim.id for _, *three in rows for claim in three]
    return _drawn(chart_id, caption, alt, data, used, draw, _ROOMY_MM if roomy else _TIGHT_MM)


def _whole_steps(top: float) -> MaxNLocator:
    return MaxNLocator(nbins=5, integer=True) if top > 2 else MaxNLocator(nbins=4)


def _drawn(
    chart_id: str,
    caption: str,
    alt: str,
    data: pd.DataFrame,
    claims: Sequence[str],
    draw: Callable[[Axes], None],
    height_mm: float,
) -> Chart:
    """Draw once for paper and screen: half a page is as wide as a telephone."""
    with style(**{"font.size": _SIZE, "xtick.labelsize": _SIZE, "ytick.labelsize": _SIZE}):
        figure = Figure(figsize=(_WIDTH_MM / 25.4, height_mm / 25.4), layout="constrained")
        draw(figure.subplots())
        svg = io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    used = tuple(dict.fromkeys(claims))
    return Chart(chart_id, caption, alt, data, svg=svg.getvalue(), narrow=b"", claims=used)
