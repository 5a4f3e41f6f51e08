"""Charts: a picture for paper, screen and Word with its caption, alternative text, data and claims.

Charts are as wide as the printed text (170 mm) and are drawn once more for a telephone (86 mm), where the
names of rows stand above their marks; those of a fact sheet are half a page wide and serve both. Forms take
claims in the order in which they are drawn, rows from the top; ``unit`` is printed above the axis.
"""

from __future__ import annotations

import base64
import html
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib import font_manager, rcsetup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from klimatlib import swedish
from klimatlib.charts.blocks import Block, attribute, escape
from klimatlib.claims.claims import Claim, ClaimBook, credit, printed_form, printed_value
from klimatlib.config import Question
from klimatlib.errors import NotebookError
from klimatlib.files import to_csv
from klimatlib.indicators.association import printed_previous
from klimatlib.indicators.decomposition import WITHHELD, Split, lacking, steps
from klimatlib.indicators.emissions import TargetPath
from klimatlib.swedish import listing, lower_first

MEMBERS, NATION, EARLIER, LIGHT = "#1a6e52", "#8a5a17", "#b4531a", "#769887"  # 3:1 against the paper
OWN, OTHERS = "#0e4a3c", "#2f7d5d"  # of a fact sheet: the municipality and the members
INK, SOFT, LINE = "#17261f", "#55645d", "#d5ddd8"
TYPE_SIZE, _HALF_PAGE_TYPE_SIZE = 9.5, 8.5  # points
_WIDE_MM, _NARROW_MM = 170, 86
_SHEET_MM = {True: 84, False: 51}  # height on a fact sheet, by whether there is room
_OUTSIDE = 2.0  # a value so many times all others is set beside the scale, or all others would be one heap
_FONTS = Path(__file__).parent.parent / "report" / "assets" / "fonts"
Claims = Sequence[Claim]
Pairs = Sequence[tuple[str, Claim, Claim]]
Threes = Sequence[tuple[str, Claim, Claim, Claim]]
_Point = tuple[float, float]
_STYLE = {
    "font.family": "Figtree",
    "font.size": TYPE_SIZE,
    "svg.fonttype": "path",
    "svg.hashsalt": "klimatlib",
    "text.parse_math": False,
    "axes.prop_cycle": rcsetup.cycler(color=[MEMBERS, NATION, EARLIER, LIGHT]),
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": INK,
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), "none"),
}


@dataclass(frozen=True)
class Chart:
    """A finished chart, with the ids of the claims that it shows.

    Attributes
    ----------
    id
        Name of its files and, after ``chart-``, its id in the report.
    caption, alt
        What it is, and what it shows with its key numbers; Swedish plain text.
    data
        The numbers as printed, columns with Swedish headings.
    svg, narrow
        The picture, and the one for a narrow screen; empty where the first serves both.
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
        parts = {".svg": self.svg, "-narrow.svg": self.narrow, ".csv": to_csv(self.data).encode("utf-8")}
        files = {folder / f"{self.id}{end}": content for end, content in parts.items() if content}
        for path, content in files.items():
            path.write_bytes(content)
        return [*files]

    @property
    def block(self) -> Block:
        """The chart for a chapter."""
        alt, picture = attribute(self.alt), base64.b64encode(self.svg).decode()
        # Ours read alt; plain Quarto reads fig-alt.
        attributes = f'#chart-{self.id} alt="{alt}" fig-alt="{alt}" data="figures/{self.id}.csv"'
        return Block(
            f"![{escape(self.caption)}](figures/{self.id}.svg){{{attributes}}}\n",
            f'<figure><img src="data:image/svg+xml;base64,{picture}" alt="{html.escape(self.alt)}">'
            f"<figcaption>{html.escape(self.caption)}</figcaption>"
            f"<details><summary>Visa data som tabell</summary>{self.data.to_html(index=False, border=0)}"
            "</details></figure>",
            self.claims,
        )


@contextmanager
def style(**more: object) -> Iterator[None]:
    """Draw in the charts' own style, with ``more`` settings of matplotlib's on top."""
    at_hand = {font.fname for font in font_manager.fontManager.ttflist}
    for path in sorted(_FONTS.glob("Figtree*.ttf")):
        if str(path) not in at_hand:
            font_manager.fontManager.addfont(path)
    settings: dict[Any, Any] = {**mpl.rcParamsDefault, **_STYLE, **more}
    del settings["backend"]  # rc_context would not put Jupyter's back
    with mpl.rc_context(settings):
        yield


def from_matplotlib(
    drawn: Axes | Figure, chart_id: str, caption: str, alt: str, data: pd.DataFrame, claims: Claims,
    size_mm: _Point,
) -> Chart:  # fmt: skip
    """Make a chart of what an analyst has drawn, for `Chapter.figure`; its type becomes the house's.

    Raises
    ------
    NotebookError
        Without alternative text, caption or figure, or with an id that cannot name a file.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", chart_id):
        raise NotebookError(f"chart {chart_id!r}: expected small letters, digits and hyphens; rename it")
    for name, words in {"caption": caption, "alt": alt}.items():
        if not words.strip():
            raise NotebookError(f"chart {chart_id}: no {name}; say in words what it shows")
    figure = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
    if figure is None:
        raise NotebookError(f"chart {chart_id}: axes of no figure; draw it on axes of `plt.subplots()`")
    with style():
        for text in figure.findobj(Text):
            text.set_fontfamily("Figtree")
        figure.set_size_inches((size_mm[0] / 25.4, size_mm[1] / 25.4))
        if figure.get_layout_engine() is None:
            figure.set_layout_engine("constrained")
        svg = _as_svg(figure)
    plt.close(figure)  # or Jupyter shows it a second time under the cell
    return _chart_of(chart_id, caption, alt, data, claims, svg)


def _drawn(
    chart_id: str, caption: str, alt: str, data: pd.DataFrame, draw: Callable[[Figure, bool], None],
    *heights_mm: float, also: Claims = (),
) -> Chart:  # fmt: skip
    """Draw a chart as wide as the text and narrow, or once and half a page wide if it has only one height.

    ``draw`` takes an empty figure, and whether it is the narrow one.
    """
    half = len(heights_mm) == 1
    pictures: list[bytes] = []
    with style(**{"font.size": _HALF_PAGE_TYPE_SIZE if half else TYPE_SIZE}):
        for width, height in zip((_NARROW_MM,) if half else (_WIDE_MM, _NARROW_MM), heights_mm, strict=True):
            figure = Figure(figsize=(width / 25.4, height / 25.4), layout="constrained")
            draw(figure, bool(pictures))
            pictures.append(_as_svg(figure))
    return _chart_of(chart_id, caption, alt, data, also, *pictures)


def _chart_of(
    chart_id: str, caption: str, alt: str, data: pd.DataFrame, also: Claims, *pictures: bytes
) -> Chart:
    """Return a chart whose claims are those of the data's cells and ``also``; its caption credits them."""
    cells = data.to_numpy(dtype=object).ravel()
    claims = {cell.id: cell for cell in (*cells, *also) if isinstance(cell, Claim)}
    caption = f"{caption} {credit(claims.values())}".rstrip()
    printed = data.map(lambda cell: cell.text if isinstance(cell, Claim) else cell)
    svg, narrow = pictures if len(pictures) == 2 else (*pictures, b"")
    return Chart(chart_id, caption, alt, printed, svg, narrow, tuple(claims))


def _as_svg(figure: Figure) -> bytes:
    svg = io.BytesIO()
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()


def lines(
    chart_id: str, series: Sequence[tuple[str, str, Claims]], *, caption: str, alt: str, unit: str
) -> Chart:
    """Draw curves over the years from zero, named at their ends: name, colour and yearly claims of each.

    Claims of the role ``later``, after the report's data year, are drawn faint, and the ends tell their year.
    """
    curves = [(*curve, [claim for claim in curve[2] if claim.role != "later"]) for curve in series]
    drawn, years = (_points(claims)[0] for claims in curves[0][2:])
    first, last, faint = years[0], years[-1], len(drawn) > len(years)
    top = max(level for *_, claims in curves for level in _points(claims)[1]) * 1.16

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        ends = apart([on_axis(claims[-1]) for *_, claims in curves], least=top * 0.07)
        lowest = min(curves, key=lambda curve: curve[3][0].value)[0]
        for (name, colour, every, claims), end in zip(curves, ends, strict=True):
            after = _points(every[len(claims) - 1 :])
            axes.plot(*after, color=colour, lw=1.6, alpha=0.4, marker="o", ms=3)
            _curve(axes, claims, colour)
            xs, ys = _points(claims)
            start, offset = (xs[0], ys[0]), (-4, 10)
            if narrow and name == lowest:  # under what the name is as long as
                under = [y for x, y in zip(xs, ys, strict=True) if x <= first + (last - first) * 0.6]
                start, offset = (first, min(under)), (-4, -12)
            at_start, at_end = (f"{name} " if named else "" for named in (narrow, not narrow))
            _note(axes, at_start + claims[0].text, start, offset, colour, size=TYPE_SIZE)
            text = f"{at_end}{claims[-1].text}" + (f" {last}" if faint else "")
            _note(axes, text, (drawn[-1], end), (9, 0), colour, size=TYPE_SIZE)
        room = (last - first) * (0.3 if faint else 0.23)
        axes.set(ylim=(0, top), xlim=(first - 1.5, drawn[-1] + room))
        _year_axis(axes, years, every=10 if narrow else 5)
        _finish(axes, unit, "left", grid="y")

    data = pd.DataFrame({"År": [*map(str, drawn)]} | {name: claims for name, _, claims in series})
    return _drawn(chart_id, caption, alt, data, draw, 62, 74)


def paired_bars(chart_id: str, rows: Pairs, *, names: tuple[str, str], caption: str, unit: str) -> Chart:
    """Draw two bars per row with their values; the first pair says which is which.

    Rows have a label and the two claims; ``names`` say what the first and the second bar are.
    """
    data, palette = pd.DataFrame(rows, columns=["Grupp", *names]), [MEMBERS, NATION]

    def draw(figure: Figure, narrow: bool) -> None:
        axes, height = figure.subplots(), 0.54 if narrow else 0.84
        for colour, side, name in zip(palette, (-1, 1), names, strict=True):
            places = [place + side * height / 4 for place in range(len(rows))]
            axes.barh(places, data[name].map(on_axis), height / 2, color=colour)
        for place, (_, *pair) in enumerate(rows):
            for name, colour, claim, side in zip(names, palette, pair, (-1, 1), strict=True):
                text = claim.text if place else f"{claim.text} {name}"
                at = (max(on_axis(claim), 0), place + side * height / 4)
                _note(axes, text, at, (4, 0), INK if place else colour)
        _name_rows(axes, [*data["Grupp"]], narrow=narrow, lift=height / 2)
        axes.set(xticks=[], ylim=(len(rows) - 0.5, -0.75 if narrow else -0.5))
        axes.margins(x=0.12)
        _finish(axes, unit, "bottom", "left")

    values = [f"{label.lower()} {first.text} mot {second.text}" for label, first, second in rows]
    alt = f"Stapeldiagram, {names[0].lower()} mot {names[1].lower()}: {', '.join(values)}."
    return _drawn(chart_id, caption, alt, data, draw, 8 + 7.4 * len(rows), 11 + 12.5 * len(rows))


def goal_bars(chart_id: str, rows: Pairs, *, caption: str) -> Chart:
    """Draw results as bars on a common scale where the goal is one line; longer than the line is met.

    Rows have a label, the goal over the year and the result over the year.
    """
    labels = [label for label, *_ in rows]
    reach = [float(result.value / goal.value) for _, goal, result in rows]
    colours = [MEMBERS if ratio >= 1 else NATION for ratio in reach]

    def draw(figure: Figure, narrow: bool) -> None:
        axes, height = figure.subplots(), 0.4 if narrow else 0.62
        axes.barh(range(len(rows)), reach, height, color=colours)
        if narrow:  # a line through all rows would cross their names
            low, high = ([place + step for place in range(len(rows))] for step in (-0.22, 0.22))
            axes.vlines([1] * len(rows), low, high, color=INK, lw=1.6)
        else:
            axes.axvline(1, color=INK, lw=1.4, zorder=4)
            _note(axes, "målet", (1, -0.5), (3, 8), INK)
        for place, (_, goal, result) in enumerate(rows):
            at = (max(reach[place], 1), place)
            _note(axes, f"{result.text} (mål {goal.text})", at, (6, 0), INK, weight="normal")
        _name_rows(axes, labels, narrow=narrow, lift=0.22)
        axes.set(xticks=[], xlim=(0, max(reach) * 1.04), ylim=(len(rows) - 0.5, -0.75))
        _finish(axes, "", "bottom", "left")

    values = [f"{label} {result.text}, mål {goal.text}" for label, goal, result in rows]
    alt = f"Stapeldiagram, resultat mot mål: {'; '.join(values)}."
    data = pd.DataFrame(rows, columns=["Mål", "Över året", "Resultat"])
    return _drawn(chart_id, caption, alt, data, draw, 8 + 7.2 * len(rows), 8 + 11.5 * len(rows))


def paths(
    chart_id: str, so_far: Claims, targets: Sequence[TargetPath], *, caption: str, alt: str, unit: str
) -> Chart:
    """Draw a curve from zero, and dashed paths of constant yearly percentage to each target.

    ``so_far`` are the yearly levels, ascending, ``targets`` what the curve would have to do, as
    `emissions.pace_paths` gives them.
    """
    years, levels = _points(so_far)
    last = max([years[-1], *(target.year for target in targets)])

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        _curve(axes, so_far, MEMBERS)
        _note(axes, so_far[0].text, (years[0], levels[0]), (-2, 10), MEMBERS)
        current = (years[-1], levels[-1])
        _note(axes, f"{so_far[-1].text} {years[-1]}", current, (-3, -12), MEMBERS, align="right")
        for target in targets:
            until, level = target.year, on_axis(target.level)
            axes.plot(*path(*current, until, level), "--", color=EARLIER, lw=1.6, zorder=2)
            axes.plot([until], [level], "o", mfc="white", mec=EARLIER, mew=1.6, ms=7, zorder=3)
            text = f"{target.label} {until}: {target.level.text}\n{target.required.text} per år"
            offset, align = ((8, 20), "right") if until == last else ((-6, 20), "left")
            if narrow and until == last:  # the way there takes the place above
                offset = (-14, -10)
            _note(axes, text, (until, level), offset, EARLIER, align=align)
        axes.set(xlim=(years[0] - 3, last + 3), ylim=(0, max(levels) * 1.16))
        step = 20 if narrow else 10
        _year_axis(axes, [*range(years[0], last - step // 2), last], every=step, also=(years[0], last))
        _finish(axes, unit, "left", grid="y")

    rows = [(str(year), "Utfall", claim) for year, claim in zip(years, so_far, strict=True)]
    rows += [(str(target.year), f"{target.label}, jämförelse", target.level) for target in targets]
    data = pd.DataFrame(rows, columns=["År", "Vad", "Ton per invånare"])
    required = [target.required for target in targets]
    return _drawn(chart_id, caption, alt, data, draw, 60, 84, also=required)


def path(start: int, level: float, end: int, target: float) -> tuple[list[int], list[float]]:
    """Return years and levels of a constant yearly percentage between two levels.

    >>> path(2020, 4.0, 2022, 1.0)
    ([2020, 2021, 2022], [4.0, 2.0, 1.0])
    """
    span = range(end - start + 1)
    return [start + n for n in span], [level * (target / level) ** (n / (end - start)) for n in span]


def panels(
    chart_id: str, rows: Sequence[tuple[str, Sequence[Claims]]],
    *, names: Sequence[tuple[str, str]], heading: str, caption: str, alt: str, unit: str,
) -> Chart:  # fmt: skip
    """Draw one panel a row with a curve for each name, all on one scale from zero; the first has the names.

    Rows have the label of a panel, and for each of the curves its yearly claims, ascending and of the same
    years in one panel; ``names`` the name and colour of each curve; ``heading`` says what a panel is.
    """
    years, values = _points([claim for _, series in rows for claims in series for claim in claims])
    first, last, low, high = min(years), max(years), min(0.0, *values), max(values) * 1.3
    least, span = high * 0.17, last - first or 1
    down, narrow_down = -(-len(rows) // 4), -(-len(rows) // 2)

    def draw(figure: Figure, narrow: bool) -> None:
        shape = (narrow_down, 2) if narrow else (down, 4)
        grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
        grid[0, 0].set(ylim=(low, high), xlim=(first - span * 0.06, last + span * 0.3))
        for empty in grid.flat[len(rows) :]:
            empty.set_axis_off()
        for axes, (label, series) in zip(grid.flat, rows, strict=False):
            axes.set_title(label, loc="left", size=9.5, color=INK, weight=600, pad=3)
            ends = apart([on_axis(claims[-1]) for claims in series], least=least, floor=least / 4)
            for claims, (_, colour), end in zip(series, names, ends, strict=True):
                axes.plot(*_points(claims), color=colour, lw=1.8, solid_capstyle="round")
                axes.plot(*_points(claims), "o", color=colour, ms=3.4)
                form = printed_form(claims[-1])  # without its unit, which stands above the panels
                text = form.number if form else claims[-1].text
                _note(axes, text, (claims[-1].data_year or 0, end), (5, 0), colour)
            axes.set_xticks(sorted({first, last}))
            axes.yaxis.set_major_locator(MaxNLocator(3))
            _finish(axes, None, "left", "bottom", grid="y")
        # The first panel has the names: that of the curve which begins highest over it, the others under.
        first_row = sorted(zip(rows[0][1], names, strict=True), key=lambda curve: -curve[0][0].value)
        for place, (claims, (name, colour)) in enumerate(first_row):
            xs, ys = _points(claims)
            at = min(ys[: len(ys) // 2 + 1]) - high * 0.11 if place else max(ys) + high * 0.09
            _note(grid[0, 0], name, (xs[0], at), (0, 0), colour)
        figure.suptitle(unit, x=0.005, ha="left", size=9, color=SOFT)

    by_year = [(label, claims) for label, series in rows for claims in zip(*series, strict=True)]
    cells = [(label, str(claims[0].data_year), *claims) for label, claims in by_year]
    data = pd.DataFrame(cells, columns=[heading, "År", *(name for name, _ in names)])
    return _drawn(chart_id, caption, alt, data, draw, 10 + 29 * down, 10 + 30 * narrow_down)


def dots(chart_id: str, rows: Threes, *, caption: str) -> Chart:
    """Draw shares as dots, with the bounds over all members as a bar and the earlier share as a ring.

    Rows have a label, the share, and its lower and upper bound. The ring of a share that may not be set
    beside the earlier one is broken. The caption goes on with what bars and rings are.
    """
    labels, chosen, lows, highs = map(list, zip(*rows, strict=True))
    broken = [share for share in chosen if share.comparable == "broken"]
    n = len(rows)

    def draw(figure: Figure, narrow: bool) -> None:
        axes, places = figure.subplots(), [*range(n)]
        axes.hlines(places, [*map(on_axis, lows)], [*map(on_axis, highs)], color=LIGHT, lw=4.5, zorder=1)
        sns.scatterplot(x=[*map(on_axis, chosen)], y=places, color=MEMBERS, s=70, ax=axes, zorder=3)
        room = 17 if narrow else 8  # that a label needs, in per cent of the axis

        def label(side: str, text: str, mark: float, row: int, colour: str, *, size: float = 9) -> None:
            ends = [on_axis(bound) for bound in rows[row][2:]]
            at, offset, align = max(mark, ends[1]), (7, 0), "left"
            if side == "left":
                at, offset, align = min(mark, ends[0]), (-7, 0), "right"
                if at < room:
                    at, offset, align = mark, (0, -9), "center"
            _note(axes, text, (at, row), offset, colour, align=align, size=size)

        for place, (_, share, _, high) in enumerate(rows):
            value, side = on_axis(share), "right"
            if share.previous_value is not None:
                before, fallen = float(share.previous_value) * 100, share.previous_value > share.value
                dash = (0, (1.4, 1.1)) if share in broken else "solid"
                axes.scatter(
                    before, place, s=49, facecolors="white", edgecolors=EARLIER, lw=1.6, ls=dash, zorder=2
                )
                # Each label on the side of its own mark, the ring's beyond the bar if the ring is on it.
                label("right" if fallen else "left", f"{share.previous_year}", before, place, EARLIER)
                side = "left" if fallen and before < on_axis(high) + room + 4 else "right"
            label(side, share.text, value, place, INK, size=9.5)
        _name_rows(axes, labels, narrow=narrow, lift=0.2)
        axes.set(xlim=(0, 108), ylim=(n - 0.4, -0.75 if narrow else -0.55))
        _finish(axes, _BROKEN_RING if broken else "", "left", "bottom", grid="x")
        axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", f"100{swedish.NBSP}%"])

    values = ", ".join(f"{label.lower()} {share.text}" for label, share, *_ in rows)
    cells = [
        (label, share, f"{share.k} av {share.n}", f"{low.text} till {high.text}", printed_previous(share))
        for label, share, low, high in rows
    ]
    heads = ["Fråga", "Andel av de svarande", "Ja av svarande", "Möjligt för alla medlemmar", "Tidigare"]
    data = pd.DataFrame(cells, columns=heads)
    alt, heights = f"Punktdiagram över andelar av de svarande: {values}.", (10 + 7.2 * n, 14 + 11 * n)
    if broken:
        lost = listing([label.lower() for label, share, *_ in rows if share in broken])
        alt += f" Går inte att jämföra med tidigare år: {lost}."
    rings = ", ringen ett tidigare år" if any(share.previous_year for share in chosen) else ""
    caption = f"{caption} Stapeln visar vad andelen kan vara bland alla medlemmar{rings}."
    return _drawn(chart_id, caption, alt, data, draw, *heights, also=[c for _, *three in rows for c in three])


_BROKEN_RING = "Streckad ring: ställdes då på annat sätt, jämför inte"


def spread(
    chart_id: str, rows: Sequence[tuple[str, Claim]], *, median: Claim, nation: Claim, caption: str, unit: str
) -> Chart:
    """Draw each member as a dot on one scale from zero, with the median and the nation as lines.

    Rows have name and claim of each member, ascending; lowest and highest are named. A highest value of more
    than twice all else is set at the right edge with an arrow, outside the scale.
    """
    values, beside = [on_axis(claim) for _, claim in rows], (on_axis(median), on_axis(nation))
    outside = len(values) > 1 and values[-1] > _OUTSIDE * max(*beside, *values[:-1]) > 0
    inside = values[:-1] if outside else values
    reach = max(*inside, *beside)
    low, high = (f"{name} {claim.text}" for name, claim in (rows[0], rows[-1]))

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        heights = lanes(inside, near=reach * (0.032 if narrow else 0.016))
        top = max(*heights, 4)
        # The name of the left one goes over the other's line.
        named = sorted([(nation, "riket", NATION), (median, "medianen", INK)], key=lambda line: line[0].value)
        for (claim, name, colour), height in zip(named, (top + 2.6, top + 1.3), strict=True):
            at = on_axis(claim)
            axes.plot([at] * 2, [-0.8, height], color=colour, lw=1.6, zorder=1)
            side, align = (-5, "right") if at > 0.8 * reach else (5, "left")
            _note(axes, f"{name} {claim.text}", (at, height), (side, -3), colour, align=align)
        sns.scatterplot(x=inside, y=heights, color=MEMBERS, s=42, ax=axes, zorder=3, edgecolor="white")
        _note(axes, low, (inside[0], 0), (-4, -16), MEMBERS)
        if outside:
            edge = reach * 1.16
            axes.plot([edge], [0], ">", color=MEMBERS, ms=8, zorder=3)
            _note(axes, high, (edge, 0), (10, -16), MEMBERS, align="right")
            _note(axes, "utanför skalan", (edge, 0), (10, -28), SOFT, align="right")
        else:
            _note(axes, high, (inside[-1], 0), (4, -16), MEMBERS, align="right")
        axes.set(xlim=(min(0, min(inside)) - reach * 0.02, reach * 1.2), ylim=(-3.9, top + 3.4), yticks=[])
        _finish(axes, unit, "left", "bottom", grid="x")

    alt = "Punktdiagram, en punkt per medlemskommun: "
    alt += f"från {low} till {high}. Medianen är {median.text}, riket {nation.text}."
    data = pd.DataFrame([*rows, ("Medianen", median), ("Riket", nation)], columns=["Kommun", "Värde"])
    return _drawn(chart_id, caption, alt, data, draw, 52, 62)


def lanes(values: Sequence[float], *, near: float) -> list[int]:
    """Return a lane for each value, ascending, so that dots nearer than ``near`` stand above each other.

    >>> lanes([1.0, 1.1, 1.15, 3.0], near=0.2)
    [0, 1, 2, 0]
    """
    last: list[float] = []
    chosen = []
    for value in values:
        free = (lane for lane, taken in enumerate(last) if value - taken >= near)
        lane = next(free, len(last))
        last[lane : lane + 1] = [value]
        chosen.append(lane)
    return chosen


def without_each(chart_id: str, rows: Pairs, *, level: Claim, caption: str, unit: str) -> Chart:
    """Draw the members' level without one member at a time, as dots beside the level with all.

    Rows have the name of the member left out, the level without it, and its effect, which is not drawn.
    """
    whole, values = on_axis(level), [on_axis(claim) for _, claim, _ in rows]

    def draw(figure: Figure, narrow: bool) -> None:
        axes, places = figure.subplots(), [*range(len(rows))]
        axes.plot([whole] * 2, [-0.45, len(rows) - 0.4], color=INK, lw=1.4, zorder=1)
        axes.hlines(places, whole, values, color=MEMBERS, lw=2, zorder=2)
        sns.scatterplot(x=values, y=places, color=MEMBERS, s=60, ax=axes, zorder=3)
        _note(axes, f"alla medlemmar {level.text}", (whole, -0.5), (0, 5), INK, align="center")
        for place, value, (_, claim, _) in zip(places, values, rows, strict=True):
            side, align = (-8, "right") if value < whole else (8, "left")
            _note(axes, claim.text, (value, place), (side, 0), INK, align=align)
        _name_rows(axes, [f"utan {name}" for name, *_ in rows], narrow=narrow, lift=0.16)
        axes.set_ylim(len(rows) - 0.4, -1.2)
        axes.margins(x=0.34 if narrow else 0.16)
        _finish(axes, unit, "left", "bottom", grid="x")

    levels = listing([f"utan {name} {claim.text}" for name, claim, _ in rows])
    alt = f"Punktdiagram. Medlemmarnas nivå är {level.text}; {levels}."
    cells = [("Alla medlemmar", level), *((f"Utan {name}", claim) for name, claim, _ in rows)]
    data = pd.DataFrame(cells, columns=["Medlemmar", "Nivå"])
    return _drawn(chart_id, caption, alt, data, draw, 18 + 6 * len(rows), 20 + 9.5 * len(rows))


def waterfall(
    chart_id: str, rows: Sequence[tuple[str, Claim]],
    *, lacking: Sequence[tuple[str, str]] = (), caption: str, unit: str, more_is_better: bool = False,
) -> Chart:  # fmt: skip
    """Draw bars from zero for the number before and now, and between them each part where the last one ended.

    Rows have label and claim, as `decomposition.steps` gives them; ``lacking`` the label of each part without
    a value, and what stands in its place. Where ``more_is_better`` a rise has the colour of what is wanted.
    """
    (_, start), *parts, (_, end) = rows
    levels = [*accumulate(float(claim.value) for _, claim in rows[:-1])]
    final, last = float(end.value), len(rows) - 1 + len(lacking)
    cells = [*rows[:-1], *lacking, rows[-1]]

    def draw(figure: Figure, narrow: bool) -> None:
        axes, bar = figure.subplots(), 0.38 if narrow else 0.62  # of a row
        reach = max(*levels, final)
        axes.barh([0, last], [levels[0], final], height=bar, color=SOFT, zorder=2)
        for place, (low, high) in enumerate(pairwise(levels), 1):
            colour = MEMBERS if (high > low) == more_is_better else EARLIER
            width = max(abs(high - low), reach * 0.0025)  # a part too small to see is still drawn
            axes.barh(place, width, left=min(low, high), height=bar, color=colour, zorder=2)
        for place, (level, below) in enumerate(zip(levels, [*range(1, len(levels)), last], strict=True)):
            axes.plot([level] * 2, [place + bar / 2, below - bar / 2], color=SOFT, lw=0.9, zorder=1)
        ends = [levels[0], *map(max, pairwise(levels)), final]
        for place, at, (_, claim) in zip([*range(len(rows) - 1), last], ends, rows, strict=True):
            _note(axes, claim.text, (at, place), (7, 0), INK, size=9.5)
        axes.axvline(0, color=LINE, lw=1.2, zorder=1)
        for place, (_, why) in enumerate(lacking, len(rows) - 1):
            _note(axes, why, (levels[-1], place), (7, 0), SOFT, size=9.5)
        _name_rows(axes, [label for label, _ in cells], narrow=narrow, lift=bar / 2)
        wide = 1.04 + 0.021 * max(len(claim.text) for _, claim in rows)  # for numbers beside bars
        axes.set(xlim=(0, reach * (wide ** (2 if narrow else 1))), xticks=[])
        axes.set_ylim(len(cells) - 0.45, -0.9 if narrow else -0.55)
        _finish(axes, unit, "bottom")

    because = [f"{label.lower()} {claim.text}" for label, claim in parts]
    because += [f"{label.lower()} {why}" for label, why in lacking]
    alt = f"Vattenfallsdiagram. Från {start.text} {start.data_year} till {end.text} {end.data_year}: "
    data = pd.DataFrame(cells, columns=["Del", "Värde"])
    heights = 12 + 6.2 * len(cells), 14 + 11 * len(cells)
    return _drawn(chart_id, caption, f"{alt}{', '.join(because)}.", data, draw, *heights)


def survey_waterfalls(
    book: ClaimBook, why: Mapping[str, Split], questions: Mapping[str, Question]
) -> list[Chart]:
    """Return a waterfall for each survey share whose change is split; none for one whose parts are withheld.

    ``book`` has the claims of `decomposition.survey_claims`; ``why`` is of `decomposition.survey_splits`.
    """
    return [
        waterfall(
            f"why-{question}",
            steps(book, split, measure=question, of="Andelen"),
            lacking=lacking(split),
            caption="{}: varför andelen ändrades {}–{}.".format(questions[question].label, *split.years),
            unit="Procent av de svarande",
            more_is_better=True,
        )
        for question, split in why.items()
        if not split.lacking(WITHHELD)
    ]


def factsheet_lines(
    chart_id: str, series: Sequence[tuple[str, Claims]], *, caption: str, unit: str, roomy: bool
) -> Chart:
    """Draw curves of emissions over the years from zero, each named at its end; labels never touch.

    ``series`` are name and yearly claims of the municipality, the members and the nation, in this order;
    ``roomy`` says whether the page has room for a high picture.
    """
    looks = [(OWN, 2.6, "o", 3.4, 3), (OTHERS, 1.5, "s", 2.6, 2), (NATION, 1.5, "D", 2.6, 2)]
    height_mm = _SHEET_MM[roomy]
    years, top = _points(series[0][1])[0], max(y for _, claims in series for y in _points(claims)[1]) * 1.08

    def draw(figure: Figure, _narrow: bool) -> None:
        axes = figure.subplots()
        axes.set_ylim(0, top)
        least = top * 4.2 / (height_mm - 14)  # mm from one label to the next
        ends = [on_axis(claims[-1]) for _, claims in series]
        places = apart(ends, least=least, floor=least / 2)
        for (name, claims), look, end, place in zip(series, looks, ends, places, strict=True):
            colour, width, mark, size, order = look
            axes.plot(*_points(claims), color=colour, lw=width, marker=mark, ms=size, zorder=order)
            line = {"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
            axes.annotate(
                f"{name} {claims[-1].text}", (years[-1], end), (years[-1] + 1.6, place), color=colour,
                weight=600, va="center", annotation_clip=False,
                arrowprops=line if abs(place - end) > top * 0.004 else None,
            )  # fmt: skip
        _year_axis(axes, range(years[0], years[-1] + 1), every=10)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True) if top > 2 else MaxNLocator(nbins=4))
        _finish(axes, unit, "left", grid="y")

    spans = [
        f"{name} {claims[0].text} {claims[0].data_year} och {claims[-1].text} {claims[-1].data_year}"
        for name, claims in series
    ]
    alt = f"Linjediagram över utsläpp per invånare: {'; '.join(spans)}."
    data = pd.DataFrame({"År": [*map(str, years)], **dict(series)})
    return _drawn(chart_id, caption, alt, data, draw, height_mm)


def factsheet_bars(
    chart_id: str, rows: Threes, *, names: tuple[str, str, str], caption: str, unit: str, roomy: bool
) -> Chart:
    """Draw a bar for the municipality in each sector, with marks where the members and the nation are.

    Rows have a sector, and the claims of the municipality, the members and the nation, which ``names`` names;
    ``roomy`` says whether the page has room for a high picture.
    """
    data = pd.DataFrame(rows, columns=["Sektor", *names])

    def draw(figure: Figure, _narrow: bool) -> None:
        axes, places = figure.subplots(), [*range(len(rows))]
        own, *marked = (data[name].map(on_axis) for name in names)
        handles: list[Any] = [axes.barh(places, own, height=0.62, color=OWN, zorder=2)]
        for values, (mark, colour) in zip(marked, (("s", OTHERS), ("D", NATION)), strict=True):
            handles += axes.plot(values, places, mark, ms=4.6, mfc="white", mec=colour, mew=1.5, zorder=3)
        at_edge: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "align": "right"}
        for place, (_, claim, *_) in enumerate(rows):
            _note(axes, claim.text, (1, place), (38, 0), OWN, size=_HALF_PAGE_TYPE_SIZE, **at_edge)
        axes.set_yticks(places, [label for label, *_ in rows])
        reach = max(*own, *marked[0], *marked[1])
        axes.set(ylim=(len(rows) - 0.45, -0.55), xlim=(0, 1.03 * reach), xticks=[])
        figure.legend(
            handles, names, loc="outside lower left", ncols=len(names), frameon=False, handletextpad=0.5,
            columnspacing=1.2,
        )  # fmt: skip
        _finish(axes, unit, "left", "bottom")

    largest = [
        f"{lower_first(label)} {own.text} (medlemmarna {members.text}, riket {nation.text})"
        for label, own, members, nation in rows[:3]
    ]
    alt = f"Stapeldiagram över utsläpp per invånare i varje sektor. De största är {listing(largest)}."
    return _drawn(chart_id, caption, alt, data, draw, _SHEET_MM[roomy])


def on_axis(claim: Claim) -> float:
    """Return a claim's value on an axis: a share in per cent, as it is printed."""
    return float(printed_value(claim))


def _points(claims: Claims) -> tuple[list[int], list[float]]:
    """Return data years and values of claims."""
    return [claim.data_year or 0 for claim in claims], [on_axis(claim) for claim in claims]


def _curve(axes: Axes, claims: Claims, colour: str) -> None:
    """Draw a curve with a dot for each claim."""
    xs, ys = _points(claims)
    sns.lineplot(x=xs, y=ys, color=colour, lw=2.4, ax=axes, errorbar=None)
    sns.scatterplot(x=xs, y=ys, color=colour, s=26, ax=axes, zorder=3)


def apart(values: Sequence[float], *, least: float, floor: float = -math.inf) -> list[float]:
    """Return where labels of values may stand without touching: so far from each other, not under the floor.

    >>> apart([4.0, 4.5], least=1.0)
    [3.75, 4.75]
    >>> apart([0.0, 0.5], least=1.0, floor=0.25)
    [0.25, 1.25]
    """
    order = sorted(range(len(values)), key=values.__getitem__)
    moved = [*accumulate((values[i] for i in order), lambda below, value: max(value, below + least))]
    shift = sum(m - values[i] for m, i in zip(moved, order, strict=True)) / len(values)
    shift = min(shift, moved[0] - floor)
    return [place - shift for _, place in sorted(zip(order, moved, strict=True))]


def _note(
    axes: Axes, text: str, at: _Point, offset: _Point, colour: str, *, align: str = "left", **more: Any
) -> None:
    """Write a label beside a point of the chart; ``offset`` in points, ``more`` of matplotlib's annotate."""
    look = {"size": 9, "weight": 600, "va": "center", **more}
    axes.annotate(text, at, offset, textcoords="offset points", color=colour, ha=align, **look)


def _name_rows(axes: Axes, labels: Sequence[str], *, narrow: bool, lift: float) -> None:
    """Name rows left of the axis or, on a narrow chart, ``lift`` rows above the middle of each mark."""
    axes.set_yticks([] if narrow else range(len(labels)), [] if narrow else labels)
    above: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "bottom", "weight": "normal"}
    for place, label in enumerate(labels if narrow else ()):
        _note(axes, label, (0, place - lift), (0, 2), INK, size=TYPE_SIZE, **above)


def _year_axis(axes: Axes, years: Sequence[int], *, every: int, also: Sequence[int] = ()) -> None:
    """Print the years that ``every`` divides, and ``also``; the first and the last where there is none."""
    printed = [year for year in years if year % every == 0 or year in also] or [years[0], years[-1]]
    axes.set_xticks(printed, [*map(str, printed)])


def _finish(axes: Axes, unit: str | None, *spines: str, grid: Literal["x", "y"] | None = None) -> None:
    """Print the unit above, unless None; take away ticks and these spines; a grid's numbers are Swedish.

    They have the decimals that the ticks need, so that a label is its tick.
    """
    if unit is not None:
        axes.set_title(unit, loc="left", size=9, color=SOFT, pad=8)
    axes.set(xlabel="", ylabel="")
    axes.spines[[*spines]].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=LINE, lw=0.7)
        numbers = axes.xaxis if grid == "x" else axes.yaxis

        def label(value: float, _: float | None) -> str:
            shown = (f"{tick:.6f}".rstrip("0").partition(".")[2] for tick in numbers.get_majorticklocs())
            return swedish.number(value, max(map(len, shown)))

        numbers.set_major_formatter(label)
