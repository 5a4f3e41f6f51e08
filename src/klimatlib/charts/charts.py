"""What a chart is: a picture for paper, screen and Word with caption, alternative text and its data.

Charts are as wide as the printed text (170 mm), with type of at least 8 points, direct labels, a zero
baseline, and one palette whose marks keep 3:1 against the paper. Each is drawn once more from the same
claims for a telephone (86 mm), where the names of rows stand above their marks; the HTML picks by the width
of the screen. The same claims give the same bytes.
"""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from klimatlib import files as spreadsheet
from klimatlib import swedish
from klimatlib.charts.blocks import Block, attribute, escape
from klimatlib.claims.claims import Claim, ClaimBook, printed_form
from klimatlib.config import Question
from klimatlib.indicators.decomposition import WITHHELD, Split, alt, lacking, steps, survey_id
from klimatlib.indicators.emissions import TargetPath

# --- klimatlib.charts.charts: What a chart is: a picture for paper, screen and Word with c

MEMBERS, NATION, EARLIER, LIGHT = "#1a6e52", "#8a5a17", "#b4531a", "#769887"
INK, SOFT, LINE = "#17261f", "#55645d", "#d5ddd8"
TYPE_SIZE = 9.5  # points
_WIDE_MM, _NARROW_MM = 170, 86
_FONTS = Path(__file__).parent.parent / "report" / "assets" / "fonts"
_STYLE = {
    "font.family": "Figtree",
    "font.size": TYPE_SIZE,
    "svg.fonttype": "path",
    "svg.hashsalt": "klimatlib",
    "text.parse_math": False,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


@dataclass(frozen=True)
class Chart:
    """A finished chart.

    Attributes
    ----------
    id
        Name of its files and, after ``chart-``, its id in the report.
    caption, alt
        What it is, and what it shows with its key numbers; Swedish plain text.
    data
        The numbers as printed, columns with Swedish headings.
    svg
        The picture for paper and screen.
    narrow
        The picture for a narrow screen, as SVG; empty where the one serves both.
    claims
        Ids of the claims that it shows.
    """

    id: str
    caption: str
    alt: str
    data: pd.DataFrame
    svg: bytes
    narrow: bytes
    claims: tuple[str, ...]

    def write(self, folder: Path) -> list[Path]:
        """Write ``<id>.svg``, ``<id>-narrow.svg`` if any and ``<id>.csv``, and return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        data = spreadsheet.to_csv(self.data).encode("utf-8")
        parts = {".svg": self.svg, "-narrow.svg": self.narrow, ".csv": data}
        files = {folder / f"{self.id}{end}": content for end, content in parts.items() if content}
        for path, content in files.items():
            path.write_bytes(content)
        return [*files]

    @property
    def block(self) -> Block:
        """The chart for a chapter."""
        alt = attribute(self.alt)
        # Ours read alt; plain Quarto reads fig-alt.
        attributes = f'#chart-{self.id} alt="{alt}" fig-alt="{alt}" data="figures/{self.id}.csv"'
        markdown = f"![{escape(self.caption)}](figures/{self.id}.svg){{{attributes}}}\n"
        return Block(markdown, self._html(), self.claims)

    def _html(self) -> str:
        picture = base64.b64encode(self.svg).decode()
        return (
            f'<figure><img src="data:image/svg+xml;base64,{picture}" alt="{html.escape(self.alt)}">'
            f"<figcaption>{html.escape(self.caption)}</figcaption>"
            f"<details><summary>Visa data som tabell</summary>{self.data.to_html(index=False, border=0)}"
            "</details></figure>"
        )


def draw_chart(
    chart_id: str,
    caption: str,
    alt: str,
    data: pd.DataFrame,
    claims: Sequence[str],
    draw: Callable[[Figure, bool], None],
    *,
    height_mm: float,
    narrow_mm: float,
) -> Chart:
    """Draw a chart by ``draw``, full width and narrow; see `Chart` for the rest.

    Parameters
    ----------
    draw
        Takes an empty figure, and whether it is the narrow one.
    height_mm, narrow_mm
        Height of the two.
    """
    with style():
        wide = _drawn(draw, _WIDE_MM, height_mm, narrow=False)
        svg = _as_svg(wide)
        narrow = _as_svg(_drawn(draw, _NARROW_MM, narrow_mm, narrow=True))
    return Chart(chart_id, caption, alt, data, svg, narrow, tuple(dict.fromkeys(claims)))


def _drawn(
    draw: Callable[[Figure, bool], None], width_mm: float, height_mm: float, *, narrow: bool
) -> Figure:
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained")
    draw(figure, narrow)
    return figure


def _as_svg(figure: Figure) -> bytes:
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()


@contextmanager
def style(**more: object) -> Iterator[None]:
    """Draw in the charts' own style, with ``more`` settings of matplotlib's on top."""
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in sorted(_FONTS.glob("Figtree*.ttf")):
        if str(path) not in known:
            font_manager.fontManager.addfont(path)
    with mpl.rc_context({**mpl.rcParamsDefault, **_STYLE, "backend": "agg", **more}):  # type: ignore[dict-item]
        yield


def note(
    axes: Axes,
    text: str,
    at: tuple[float, float],
    offset: tuple[float, float],
    colour: str,
    *,
    align: str = "left",
    size: float = 9,
) -> None:
    """Write a label beside a point of the chart; ``offset`` in points, ``size`` of the type too."""
    axes.annotate(
        text,
        at,
        offset,
        textcoords="offset points",
        color=colour,
        size=size,
        weight=600,
        ha=align,
        va="center",
    )


def name_rows(axes: Axes, labels: Sequence[str], *, narrow: bool, lift: float = 0.3) -> None:
    """Name rows left of the axis or, on a narrow chart, ``lift`` rows above the middle of each mark."""
    axes.set_yticks([] if narrow else range(len(labels)), [] if narrow else labels)
    for place, label in enumerate(labels if narrow else ()):
        axes.annotate(
            label,
            (0, place - lift),
            (0, 2),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="bottom",
        )


def name_unit(axes: Axes, unit: str) -> None:
    """Print the unit above the axes, and no names at them."""
    axes.set_title(unit, loc="left", size=9, color=SOFT, pad=8)
    axes.set(xlabel="", ylabel="")


def quiet(axes: Axes, *spines: str, grid: Literal["x", "y"] | None = None) -> None:
    """Take away ticks and the named spines, and draw a pale grid behind the marks."""
    axes.spines[[*spines]].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=LINE, lw=0.7)


def apart(values: Sequence[float], *, least: float, floor: float = -math.inf) -> list[float]:
    """Return where labels of values may stand without touching: so far from each other, not under the floor.

    >>> apart([4.0, 4.5], least=1.0)
    [3.75, 4.75]
    >>> apart([5.0, 1.0], least=1.0)
    [5.0, 1.0]
    >>> apart([0.0, 0.5], least=1.0, floor=0.25)
    [0.25, 1.25]
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    moved: list[float] = []
    for i in order:
        moved.append(max(values[i], moved[-1] + least) if moved else values[i])
    shift = sum(m - values[i] for m, i in zip(moved, order, strict=True)) / len(values)
    shift = min(shift, moved[0] - floor)
    return [place - shift for _, place in sorted(zip(order, moved, strict=True))]


def data_year(claim: Claim) -> int:
    """Return the year that a claim stands at on a time axis."""
    return claim.data_year or 0


# --- klimatlib.charts.charts: The chart of curves over the years, named at their ends.

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


# --- klimatlib.charts.charts: The charts of bars: two beside each other per row, and resul


def paired_bars(
    chart_id: str,
    rows: Sequence[tuple[str, Claim, Claim]],
    *,
    names: tuple[str, str],
    caption: str,
    alt: str,
    unit: str,
) -> Chart:
    """Two bars per row, one under the other, with their values; the first pair says which is which.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Label and the two claims; drawn from the top in the order given.
    names
        What the first and the second bar are.
    unit
        Unit, printed above the axis.
    """
    labels, palette = [row[0] for row in rows], [MEMBERS, NATION]
    long = pd.DataFrame(
        [(label, name, float(c.value)) for label, *pair in rows for name, c in zip(names, pair, strict=True)],
        columns=["label", "name", "value"],
    )

    def draw(figure: Figure, narrow: bool) -> None:
        axes, height = figure.subplots(), 0.54 if narrow else 0.84
        sns.barplot(
            long,
            x="value",
            y="label",
            hue="name",
            palette=palette,
            errorbar=None,
            ax=axes,
            saturation=1,
            width=height,
            legend=False,
        )
        for place, (_, *pair) in enumerate(rows):
            for name, colour, claim, side in zip(names, palette, pair, (-1, 1), strict=True):
                told = claim.text if place else f"{claim.text} {name}"
                at = (max(float(claim.value), 0), place + side * height / 4)
                note(axes, told, at, (4, 0), INK if place else colour)
        name_rows(axes, labels, narrow=narrow, lift=height / 2)
        axes.set(xticks=[], ylim=(len(rows) - 0.5, -0.75 if narrow else -0.5))
        axes.margins(x=0.12)
        name_unit(axes, unit)
        quiet(axes, "bottom", "left")

    data = pd.DataFrame(
        {"Grupp": labels, names[0]: [r[1].text for r in rows], names[1]: [r[2].text for r in rows]}
    )
    used = [claim.id for _, *pair in rows for claim in pair]
    high, tall = 8 + 7.4 * len(rows), 11 + 12.5 * len(rows)
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=high, narrow_mm=tall)


def goal_bars(chart_id: str, rows: Sequence[tuple[str, Claim, Claim]], *, caption: str, alt: str) -> Chart:
    """Results as bars on a common scale where the goal is one line; longer than the line is met.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Label, goal over the year, result over the year.
    """
    labels = [label for label, *_ in rows]
    reach = [float(result.value / goal.value) for _, goal, result in rows]
    colours = [MEMBERS if r >= 1 else NATION for r in reach]

    def draw(figure: Figure, narrow: bool) -> None:
        axes, height = figure.subplots(), 0.4 if narrow else 0.62
        sns.barplot(
            x=reach, y=labels, hue=labels, palette=colours, errorbar=None, ax=axes, saturation=1, width=height
        )
        if narrow:  # a line through all rows would cross their names
            places = range(len(rows))
            axes.vlines(
                [1] * len(rows), [n - 0.22 for n in places], [n + 0.22 for n in places], color=INK, lw=1.6
            )
        else:
            axes.axvline(1, color=INK, lw=1.4, zorder=4)
            note(axes, "målet", (1, -0.5), (3, 8), INK)
        for place, (_, goal, result) in enumerate(rows):
            axes.annotate(
                f"{result.text} (mål {goal.text})",
                (max(reach[place], 1), place),
                (6, 0),
                textcoords="offset points",
                va="center",
                size=9,
            )
        name_rows(axes, labels, narrow=narrow, lift=0.22)
        axes.set(xlabel="", ylabel="", xticks=[], xlim=(0, max(reach) * 1.04))
        axes.set_ylim(len(rows) - 0.5, -0.75)
        quiet(axes, "bottom", "left")

    data = pd.DataFrame(
        {
            "Mål": labels,
            "Över året": [r[1].text for r in rows],
            "Resultat": [r[2].text for r in rows],
        }
    )
    used = [claim.id for _, *pair in rows for claim in pair]
    high, tall = 8 + 7.2 * len(rows), 8 + 11.5 * len(rows)
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=high, narrow_mm=tall)


# --- klimatlib.charts.charts: The charts of a fact sheet, half a page wide: one municipali

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
    return _compared_drawn(chart_id, caption, alt, data, used, draw, height_mm)


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
    return _compared_drawn(chart_id, caption, alt, data, used, draw, _ROOMY_MM if roomy else _TIGHT_MM)


def _whole_steps(top: float) -> MaxNLocator:
    return MaxNLocator(nbins=5, integer=True) if top > 2 else MaxNLocator(nbins=4)


def _compared_drawn(
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


# --- klimatlib.charts.charts: The chart of the pace: the curve so far, and dashed the cons


def paths(
    chart_id: str,
    so_far: Sequence[Claim],
    targets: Sequence[TargetPath],
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
        What the curve would have to do; see `emissions.pace_paths`.
    unit
        Unit, printed above the axis.
    """
    years, levels = [data_year(claim) for claim in so_far], [float(claim.value) for claim in so_far]

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        start = curve(axes, so_far, MEMBERS)
        now, last = (years[-1], levels[-1]), max([years[-1], *(target.year for target in targets)])
        note(axes, so_far[0].text, start, (-2, 10), MEMBERS)
        note(axes, f"{so_far[-1].text} {now[0]}", now, (-3, -12), MEMBERS, align="right")
        for target in targets:
            until, level = target.year, float(target.level.value)
            axes.plot(*path(*now, until, level), "--", color=EARLIER, lw=1.6, zorder=2)
            axes.plot([until], [level], "o", mfc="white", mec=EARLIER, mew=1.6, ms=7, zorder=3)
            told = f"{target.label} {until}: {target.level.text}\n{target.required.text} per år"
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
    rows += [(str(t.year), f"{t.label}, jämförelse", t.level.text) for t in targets]
    data = pd.DataFrame(rows, columns=["År", "Vad", "Ton per invånare"])
    used = [claim.id for claim in [*so_far, *(c for t in targets for c in (t.level, t.required))]]
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=60, narrow_mm=84)


def path(start: int, level: float, end: int, target: float) -> tuple[list[int], list[float]]:
    """Return years and levels of a constant yearly percentage between two levels.

    >>> path(2020, 4.0, 2022, 1.0)
    ([2020, 2021, 2022], [4.0, 2.0, 1.0])
    """
    span = range(end - start + 1)
    return [start + n for n in span], [level * (target / level) ** (n / (end - start)) for n in span]


# --- klimatlib.charts.charts: Small multiples: one small panel a row, all on one scale, so

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
    form = printed_form(claim)
    return form.number if form else claim.text


def _data(rows: Sequence[Panel]) -> Iterator[tuple[str, ...]]:
    for label, series in rows:
        for claims in zip(*series, strict=True):
            yield label, str(claims[0].data_year), *(claim.text for claim in claims)


# --- klimatlib.charts.charts: The chart of shares: a dot each, with what the share of all


def dots(
    chart_id: str,
    rows: Sequence[tuple[str, Claim, Claim, Claim]],
    *,
    caption: str,
    alt: str,
) -> Chart:
    """Shares as dots, with the bounds over all members as a bar and the earlier share as a ring.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Label, share, lower bound, upper bound; drawn from the top in the order given.
    """
    labels, shares = [row[0] for row in rows], [row[1] for row in rows]
    places = range(len(rows))

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        lows, highs = [_pct(row[2]) for row in rows], [_pct(row[3]) for row in rows]
        axes.hlines(places, lows, highs, color=LIGHT, lw=4.5, zorder=1)
        sns.scatterplot(x=[_pct(s) for s in shares], y=[*places], color=MEMBERS, s=70, ax=axes, zorder=3)
        for place, share, low, high in zip(places, shares, lows, highs, strict=True):
            reach = max(high, _earlier(axes, place, share, low))
            note(axes, share.text, (reach, place), (7, 0), INK, size=9.5)
        name_rows(axes, labels, narrow=narrow, lift=0.2)
        axes.set_ylim(len(rows) - 0.5, -0.75 if narrow else -0.55)
        _percent_axis(axes)

    data = pd.DataFrame(
        {
            "Fråga": labels,
            "Andel av de svarande": [share.text for share in shares],
            "Ja av svarande": [f"{share.k} av {share.n}" for share in shares],
            "Möjligt för alla medlemmar": [f"{low.text} till {high.text}" for *_, low, high in rows],
            "Tidigare": [
                f"{swedish.percent(s.previous_value)} ({s.previous_year})"
                if s.previous_value is not None
                else "–"
                for s in shares
            ],
        }
    )
    used = [claim.id for _, *three in rows for claim in three]
    high, tall = 10 + 7.2 * len(rows), 14 + 11 * len(rows)
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=high, narrow_mm=tall)


def _earlier(axes: Axes, place: int, share: Claim, low: float) -> float:
    """Draw an earlier share as a ring with its year, and return where it stands."""
    if share.previous_value is None:
        return 0
    before = float(share.previous_value) * 100
    axes.plot([before], [place], "o", mfc="white", mec=EARLIER, ms=7, mew=1.6, zorder=2)
    offset, align = ((-7, 0), "right") if before < low else ((0, 10), "center")
    note(axes, f"{share.previous_year}", (before, place), offset, EARLIER, align=align)
    return before


def _percent_axis(axes: Axes) -> None:
    axes.set_xlim(0, 108)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", f"100{swedish.NBSP}%"])
    axes.set(xlabel="", ylabel="")
    quiet(axes, "left", "bottom", grid="x")


def _pct(claim: Claim) -> float:
    return float(claim.value) * 100


# --- klimatlib.charts.charts: Charts of how members differ: each one a dot, and the member

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
    rows: Sequence[tuple[str, Claim, Claim]],
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
        Name of the member left out, the level without it, and its effect, which is not drawn; from the top in
        the order given.
    level
        The level with all members.
    unit
        Unit, printed above the dots.
    """
    levels = [(name, claim) for name, claim, _ in rows]
    places = range(len(levels))
    values = [float(claim.value) for _, claim in levels]

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        whole = float(level.value)
        axes.plot([whole] * 2, [-0.45, len(levels) - 0.4], color=INK, lw=1.4, zorder=1)
        axes.hlines(places, whole, values, color=MEMBERS, lw=2, zorder=2)
        sns.scatterplot(x=values, y=[*places], color=MEMBERS, s=60, ax=axes, zorder=3)
        note(axes, f"alla medlemmar {level.text}", (whole, -0.5), (0, 5), INK, align="center")
        for place, value, (_, claim) in zip(places, values, levels, strict=True):
            side, align = (-8, "right") if value < whole else (8, "left")
            note(axes, claim.text, (value, place), (side, 0), INK, align=align)
        name_rows(axes, [f"utan {name}" for name, _ in levels], narrow=narrow, lift=0.16)
        axes.set_ylim(len(levels) - 0.4, -1.2)
        axes.margins(x=0.34 if narrow else 0.16)
        _axis(axes, unit, decimals=1)

    data = pd.DataFrame(
        [("Alla medlemmar", level.text), *((f"Utan {name}", claim.text) for name, claim in levels)],
        columns=["Medlemmar", "Nivå"],
    )
    used = [level.id, *(claim.id for _, claim in levels)]
    return draw_chart(
        chart_id,
        caption,
        alt,
        data,
        used,
        draw,
        height_mm=18 + 6 * len(levels),
        narrow_mm=20 + 9.5 * len(levels),
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


# --- klimatlib.charts.charts: The waterfall: a number before, the parts of its change one

_BAR, _NARROW_BAR = 0.62, 0.38  # of a row
_LETTER = 0.021  # of the axis: room for a number beside its bar
_THINNEST = 0.0025  # of the axis: a part too small to see is still drawn


def waterfall(
    chart_id: str,
    parts: Sequence[tuple[str, Claim]],
    *,
    start: tuple[str, Claim],
    end: tuple[str, Claim],
    lacking: Sequence[tuple[str, str]] = (),
    caption: str,
    alt: str,
    unit: str,
    more_is_better: bool = False,
) -> Chart:
    """Bars from zero for the number before and now, and between them each part where the last one ended.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    parts
        Label and claim of each part, in the order they are drawn.
    start, end
        Label and claim of the number before and now.
    lacking
        Label of each part without a value, and what stands in its place: "okänt".
    unit
        Unit, printed above the bars.
    more_is_better
        Whether a rise has the colour of what is wanted, as with shares of yes.
    """
    rows = [start, *parts, end]
    wide = 1.04 + _LETTER * max(len(claim.text) for _, claim in rows)
    levels = [float(start[1].value)]
    for _, claim in parts:
        levels.append(levels[-1] + float(claim.value))

    def draw(figure: Figure, narrow: bool) -> None:
        axes, bar = figure.subplots(), _NARROW_BAR if narrow else _BAR
        reach = max(*levels, float(end[1].value))
        ends = [float(start[1].value), float(end[1].value)]
        axes.barh([0, len(rows) - 1 + len(lacking)], ends, height=bar, color=SOFT, zorder=2)
        for place, (before, after) in enumerate(pairwise(levels), 1):
            wanted = (after > before) == more_is_better
            width, colour = max(abs(after - before), reach * _THINNEST), MEMBERS if wanted else EARLIER
            axes.barh(place, width, left=min(before, after), height=bar, color=colour, zorder=2)
            _joint(axes, before, place - 1, place, bar)
        _labels(axes, rows, levels, len(lacking))
        _joint(axes, levels[-1], len(rows) - 2, len(rows) - 1 + len(lacking), bar)
        axes.axvline(0, color=LINE, lw=1.2, zorder=1)
        for place, (_, why) in enumerate(lacking, len(rows) - 1):
            note(axes, why, (levels[-1], place), (7, 0), SOFT, size=9.5)
        names = [*(label for label, _ in rows[:-1]), *(label for label, _ in lacking), end[0]]
        name_rows(axes, names, narrow=narrow, lift=bar / 2)
        axes.set(xlim=(0, reach * (wide ** (2 if narrow else 1))), xticks=[])
        axes.set_ylim(len(names) - 0.45, -0.9 if narrow else -0.55)
        name_unit(axes, unit)
        quiet(axes, "bottom")

    data = pd.DataFrame(
        [*((label, claim.text) for label, claim in rows[:-1]), *lacking, (end[0], end[1].text)],
        columns=["Del", "Värde"],
    )
    used = [claim.id for _, claim in rows]
    return draw_chart(
        chart_id,
        caption,
        alt,
        data,
        used,
        draw,
        height_mm=12 + 6.2 * len(data),
        narrow_mm=14 + 11 * len(data),
    )


def survey_waterfalls(
    book: ClaimBook, why: Mapping[str, Split], questions: Mapping[str, Question]
) -> list[Chart]:
    """Return a waterfall for each survey share whose change is split; none for one whose parts are withheld.

    Parameters
    ----------
    book
        The chapter's claims, those of `klimatlib.indicators.decomposition.survey_claims` among them.
    why
        As `klimatlib.indicators.decomposition.survey_splits` gives it.
    questions
        Questions by id.
    """
    charts = []
    for question_id, split in why.items():
        if split.lacking(WITHHELD):
            continue
        ahead, label = survey_id(question_id), questions[question_id].label
        first, last = book[f"{ahead}-before"], book[f"{ahead}-now"]
        chart = waterfall(
            f"why-{question_id}",
            steps(book, split, ahead=ahead),
            start=(f"Andelen {first.data_year}", first),
            end=(f"Andelen {last.data_year}", last),
            lacking=lacking(split),
            caption=f"{label}: varför andelen ändrades {first.data_year}–{last.data_year}.",
            alt=alt(book, split, ahead=ahead),
            unit="Procent av de svarande",
            more_is_better=True,
        )
        charts.append(chart)
    return charts


def _joint(axes: Axes, at: float, above: int, below: int, bar: float) -> None:
    axes.plot([at, at], [above + bar / 2, below - bar / 2], color=SOFT, lw=0.9, zorder=1)


def _labels(axes: Axes, rows: Sequence[tuple[str, Claim]], levels: Sequence[float], lacking: int) -> None:
    """Print each number to the right of its bar."""
    ends = [levels[0], *(max(pair) for pair in pairwise(levels)), float(rows[-1][1].value)]
    places = [*range(len(rows) - 1), len(rows) - 1 + lacking]
    for place, at, (_, claim) in zip(places, ends, rows, strict=True):
        note(axes, claim.text, (at, place), (7, 0), INK, size=9.5)


# --- klimatlib.charts.charts: The few chart forms, each with caption, alternative text and

__all__ = [
    "MEMBERS",
    "NATION",
    "Chart",
    "curves",
    "dots",
    "goal_bars",
    "lines",
    "paired_bars",
    "panels",
    "paths",
    "sector_bars",
    "spread",
    "survey_waterfalls",
    "waterfall",
    "without_each",
]
