"""Charts: a picture for paper, screen and Word with its caption, alternative text, data and claims.

Charts are as wide as the printed text (170 mm) and are drawn once more for a telephone (86 mm), where the
names of rows stand above their marks; those of a fact sheet are half a page wide and serve both. Forms take
claims in the order in which they are drawn, rows from the top. ``headline`` is the finding, a text with
placeholders that `Chapter.chart` binds to claims; ``unit`` stands under it, the caption below the picture.
One colour is of what the report is about, all else is grey.
"""

from __future__ import annotations

import base64
import html
import io
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import font_manager, rcsetup
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgba, to_rgba_array
from matplotlib.figure import Figure, FigureBase
from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text
from matplotlib.ticker import AutoLocator, Formatter, MaxNLocator, ScalarFormatter
from matplotlib.transforms import Bbox

from klimatlib import swedish
from klimatlib.charts.blocks import Block, attribute, escape
from klimatlib.claims.claims import Claim, ClaimBook, credit, printed_form, printed_value
from klimatlib.config import Question
from klimatlib.errors import NotebookError
from klimatlib.files import to_csv
from klimatlib.indicators.decomposition import WITHHELD, Split, lacking, steps
from klimatlib.indicators.emissions import TargetPath, placeholder
from klimatlib.swedish import listing, lower_first

MEMBERS, NATION, LIGHT = "#1a6e52", "#68746d", "#8b958f"  # the accent and greys, 3:1 against the paper
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
    "axes.prop_cycle": rcsetup.cycler(color=[MEMBERS, NATION, INK, LIGHT]),
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
    headline
        What it shows, as a text with placeholders for claims.
    caption, alt
        What it is, and what it shows with its key numbers; Swedish plain text.
    data
        The numbers as printed, columns with Swedish headings.
    svg, narrow
        The picture, and the one for a narrow screen; empty where the first serves both.
    """

    id: str
    headline: str
    caption: str
    alt: str
    data: pd.DataFrame
    svg: bytes
    narrow: bytes
    claims: tuple[str, ...]

    def write(self, folder: Path, headline: str = "") -> list[Path]:
        """Write ``<id>.svg``, ``<id>-narrow.svg`` if any and ``<id>.csv``, and return the files.

        The picture holds as title its ``headline``, with numbers in place, and as description its caption.
        """
        folder.mkdir(parents=True, exist_ok=True)
        about = f"<title>{html.escape(headline)}</title><desc>{html.escape(self.caption)}</desc>\n <metadata"
        svg = self.svg.replace(b"<metadata", about.encode(), 1)
        parts = {".svg": svg, "-narrow.svg": self.narrow, ".csv": to_csv(self.data).encode("utf-8")}
        files = {folder / f"{self.id}{end}": content for end, content in parts.items() if content}
        for path, content in files.items():
            path.write_bytes(content)
        return [*files]

    def block(self, headline: Block) -> Block:
        """Return the chart for a chapter, under its headline as `Chapter.chart` has bound it."""
        alt, picture = attribute(self.alt), base64.b64encode(self.svg).decode()
        # Ours read alt; plain Quarto reads fig-alt.
        attributes = f'#chart-{self.id} alt="{alt}" fig-alt="{alt}" data="figures/{self.id}.csv"'
        shown = f"![{escape(self.caption)}](figures/{self.id}.svg){{{attributes}}}\n"
        return Block(
            f"::: {{.finding}}\n\n{headline.markdown}\n\n{shown}\n:::\n" if headline.markdown else shown,
            f'<div class="finding">{headline.html}</div><figure>'
            f'<img src="data:image/svg+xml;base64,{picture}" alt="{html.escape(self.alt)}">'
            f"<figcaption>{html.escape(self.caption)}</figcaption>"
            f"<details><summary>Visa data som tabell</summary>{self.data.to_html(index=False, border=0)}"
            "</details></figure>",
            tuple(dict.fromkeys((*headline.claims, *self.claims))),
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
    drawn: Any, chart_id: str, *, headline: str, caption: str, alt: str, data: pd.DataFrame, claims: Claims,
    height_mm: float,
) -> Chart:  # fmt: skip
    """Make a chart of what an analyst has drawn, for `Chapter.figure`, which says what to pass.

    Raises
    ------
    NotebookError
        Without alternative text, caption, figure or anything drawn; with an id that cannot name a file, a
        number of no claim, or a label that is cut off or stands over a mark or another label.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", chart_id):
        raise NotebookError(f"chart {chart_id!r}: expected small letters, digits and hyphens; rename it")
    for name, words in {"caption": caption, "alt": alt}.items():
        if not words.strip():
            raise NotebookError(f"chart {chart_id}: no {name}; say in words what it shows")
    known = [*claims, *(cell for cell in data.to_numpy(dtype=object).ravel() if isinstance(cell, Claim))]
    pictures, problems, twice = list[bytes](), list[str](), callable(drawn) and not hasattr(drawn, "figure")
    for width in (_WIDE_MM, _NARROW_MM):
        with style(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the layout: a label without room is told below
            shown = drawn(width) if twice else drawn
            first = shown.flat[0] if isinstance(shown, np.ndarray) else shown  # of pandas' several axes
            figure = getattr(first, "figure", None)
            if not isinstance(figure, FigureBase):
                found = f"{type(shown).__name__}, no axes of a figure"
                raise NotebookError(f"chart {chart_id}: {found}; draw it on axes of `plt.subplots()`")
            root: Figure = figure.get_figure(root=True)
            root.set_size_inches(width / 25.4, root.get_figheight() if twice else height_mm / 25.4)
            _restyle(root, narrow=width == _NARROW_MM)
            root.draw_without_rendering()
            if not any(np.isfinite(axes.dataLim.get_points()).any() for axes in root.axes):
                raise NotebookError(f"chart {chart_id}: nothing is drawn; has its frame rows, and numbers?")
            for axes in root.axes:
                _thin_years(axes)
            problems += [f"{width} mm wide, {fault}" for fault in _crowded(root)]
            problems += _unclaimed(root, known) if not pictures else []
            pictures.append(_as_svg(root))
        plt.close(root)  # or Jupyter shows it a second time under the cell
    if problems:
        more = [f"and {len(problems) - 4} more"] if len(problems) > 4 else []
        raise NotebookError(f"chart {chart_id}: {'; '.join([*problems[:4], *more])}; {_ADVICE}")
    return _chart_of(chart_id, headline, caption, alt, data, claims, *pictures)


_ADVICE = (
    "name the claims of its numbers in claims=; make labels fewer or shorter, or draw it for each width: "
    "`def draw(width_mm): axes = charts.canvas(width_mm); …; return axes`, and chapter.figure(draw, …)"
)


def canvas(width_mm: float, height_mm: float = 80) -> Axes:
    """Return empty axes in the charts' style for a function that draws a chart once for each width.

    `Chapter.figure` calls it with 170, as wide as the printed text, and with 86, as wide as a telephone.
    """
    with style():
        return Figure(figsize=(width_mm / 25.4, height_mm / 25.4)).subplots()


def _restyle(figure: Figure, *, narrow: bool) -> None:
    """Give a figure the house's typeface, colours, spines and numbers; its heading goes to the left edge."""
    _recolour(figure)
    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
        axes.spines[["top", "right"]].set_visible(False)
        plt.setp([*axes.spines.values()], color=LINE)
        axes.tick_params(length=0, colors=SOFT, grid_color=LINE, labelrotation=0)
        axes.set_axisbelow(True)
        for axis in (axes.xaxis, axes.yaxis):
            if narrow and isinstance(axis.get_major_locator(), AutoLocator):
                axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            if isinstance(axis.get_major_formatter(), ScalarFormatter):
                _swedish_numbers(axis)
        if legend := axes.get_legend():  # inside it would stand over marks
            names, ncols = [text.get_text() for text in legend.get_texts()], 2 if narrow else 4
            handles = [handle for handle in legend.legend_handles if handle is not None]
            legend.remove()
            figure.legend(handles, names, loc="outside lower left", ncols=ncols, frameon=False)
        heads = [axes.get_title("left"), axes.get_title(), axes.get_title("right"), axes.get_ylabel()]
        head = ", ".join(filter(None, heads))  # no words are turned
        axes.set(title="", ylabel="")
        axes.set_title("", loc="right")
        axes.set_title("" if len(figure.axes) == 1 else head, loc="left")
        if head and len(figure.axes) == 1:
            figure.suptitle(head, x=0, ha="left", color=SOFT)
    scales = any(hasattr(axes, "_colorbar") for axes in figure.axes)  # whose axes have a layout of their own
    layout = TightLayoutEngine(pad=0.3) if scales else ConstrainedLayoutEngine(w_pad=0.01, h_pad=0.03)
    figure.set_layout_engine(layout)
    for text in figure.findobj(Text):
        text.set(fontfamily="Figtree", fontsize=min(max(text.get_fontsize(), 9), 11))
        number = re.sub(r"(?<=\d)\.(?=\d)", ",", text.get_text())
        text.set_text(re.sub(r"(?<![\w,])-(?=\d)", swedish.MINUS, number))


def _recolour(figure: Figure) -> None:
    """Make the first colour of a figure the accent and the others grey; a scale goes to the accent."""
    palette, chosen = [MEMBERS, NATION, INK, LIGHT], dict[str, str]()

    def ours(colour: Any) -> str:
        *parts, alpha = to_rgba(colour)
        name = INK if to_hex(colour) == "#000000" else to_hex(colour)
        if alpha and max(parts) - min(parts) >= 0.04 and name not in (*palette, SOFT, LINE):
            name = chosen.setdefault(name, palette[min(len(chosen), len(palette) - 1)])
        return f"{name}{round(alpha * 255):02x}"

    for artist in figure.findobj(lambda each: isinstance(each, Line2D | Patch | Collection | Text)):
        if isinstance(artist, Collection) and artist.get_array() is not None:
            artist.set_cmap(sns.light_palette(MEMBERS, as_cmap=True))
            continue
        for name in ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor"):
            if hasattr(artist, f"get_{name}") and not (name == "color" and isinstance(artist, Collection)):
                colours = [*map(ours, to_rgba_array(plt.getp(artist, name)))]
                if colours:
                    plt.setp(artist, **{name: colours if isinstance(artist, Collection) else colours[0]})


def _thin_years(axes: Axes) -> None:
    """Print of an axis of years only every second, third, … if they would touch."""
    names = [name for name in axes.get_xticklabels() if name.get_text()]
    boxes = [name.get_window_extent().padded(2) for name in names]
    if names and all(name.get_text().isdecimal() for name in names):
        steps = (
            n for n in range(1, len(boxes) + 1) if not any(a.overlaps(b) for a, b in pairwise(boxes[::n]))
        )
        every = next(steps)
        for place, name in enumerate(names):
            name.set_visible(place % every == 0)


def _labels(figure: Figure) -> Iterator[tuple[Text, float | None]]:
    """Yield the labels that are drawn, each with its place on an axis if it is of a tick."""
    of_ticks = dict[Text, float]()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            at = tick.get_loc() if axis.axes.axison and low <= tick.get_loc() <= high else math.nan
            of_ticks |= dict.fromkeys((tick.label1, tick.label2), at)
    for text in figure.findobj(Text):
        place = of_ticks.get(text)
        if text.get_text().strip() and text.get_visible() and not (place and math.isnan(place)):
            yield text, place


def _crowded(figure: Figure) -> Iterator[str]:
    """Yield what is wrong with the labels of a figure that has been laid out."""
    boxes = [(text.get_text(), text.get_window_extent()) for text, _ in _labels(figure)]
    page = figure.bbox.padded(1)
    if len(figure.axes) == 1 and figure.axes[0].bbox.width < page.width * 0.35:
        yield "its names leave no room for the marks"
    for number, (words, box) in enumerate(boxes):
        if not (page.contains(*box.min) and page.contains(*box.max)):
            yield f"”{words}” is cut off"
        elif any(_marked(axes, box, whole_bars=False) for axes in figure.axes):
            yield f"”{words}” stands over a mark"
        yield from (f"”{words}” stands over ”{other}”" for other, of in boxes[:number] if box.overlaps(of))


_NUMBER = re.compile(r"[+−]?\d{1,3}(?:[ \u00a0]\d{3})+(?:,\d+)?|[+−]?\d+(?:,\d+)?")


def _unclaimed(figure: Figure, claims: Claims) -> Iterator[str]:
    """Yield the labels with a number of no claim, which is no year and no place on an axis either."""
    for text, at in _labels(figure):
        names = at is not None and not re.search(r"\d(,\d|\s?(%|ton|procent))", text.get_text())
        for number in () if names else _NUMBER.findall(text.get_text()):
            plain = re.sub(r"[ \u00a0+]", "", number).replace(swedish.MINUS, "-").replace(",", ".")
            decimals = len(plain.partition(".")[2])
            values = (swedish.round_half_up(printed_value(claim), decimals) for claim in claims)
            on_its_tick = at is not None and any(abs(float(plain) - at * by) < 1e-6 for by in (1, 100))
            if not (on_its_tick or re.fullmatch(r"(19|20)\d\d", plain) or Decimal(plain) in values):
                yield f"”{text.get_text()}”: {number} is of no claim"


def _drawn(
    chart_id: str, headline: str, caption: str, alt: str, data: pd.DataFrame,
    draw: Callable[[Figure, bool], None], *heights_mm: float, unit: str, also: Claims = (),
) -> Chart:  # fmt: skip
    """Draw a chart as wide as the text and narrow, or once and half a page wide if it has only one height.

    ``draw`` takes an empty figure, and whether it is the narrow one; ``unit`` stands above, at its left edge.
    """
    half = len(heights_mm) == 1
    pictures: list[bytes] = []
    with style(**{"font.size": _HALF_PAGE_TYPE_SIZE if half else TYPE_SIZE}):
        for width, height in zip((_NARROW_MM,) if half else (_WIDE_MM, _NARROW_MM), heights_mm, strict=True):
            layout = ConstrainedLayoutEngine(w_pad=0.01, h_pad=0.03)
            figure = Figure(figsize=(width / 25.4, height / 25.4), layout=layout)
            figure.suptitle(unit, x=0, ha="left", size=9, color=SOFT, linespacing=1.3)
            draw(figure, bool(pictures))
            pictures.append(_as_svg(figure))
    return _chart_of(chart_id, headline, caption, alt, data, also, *pictures)


def _chart_of(
    chart_id: str, headline: str, caption: str, alt: str, data: pd.DataFrame, also: Claims, *pictures: bytes
) -> Chart:
    """Return a chart whose claims are those of the data's cells and ``also``; its caption credits them."""
    cells = data.to_numpy(dtype=object).ravel()
    claims = {cell.id: cell for cell in (*cells, *also) if isinstance(cell, Claim)}
    caption = f"{caption} {credit(claims.values())}".rstrip()
    printed = data.map(lambda cell: cell.text if isinstance(cell, Claim) else cell)
    svg, narrow = pictures if len(pictures) == 2 else (*pictures, b"")
    return Chart(chart_id, headline, caption, alt, printed, svg, narrow, tuple(claims))


def _laid_out(figure: Figure) -> None:
    """Place what is in a figure without drawing it, which takes longer."""
    if layout := figure.get_layout_engine():
        layout.execute(figure)


def _as_svg(figure: Figure) -> bytes:
    svg = io.BytesIO()
    _laid_out(figure)
    figure.set_layout_engine(None)  # or savefig draws all once more to lay it out
    figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return svg.getvalue()


def lines(
    chart_id: str, series: Sequence[tuple[str, str, Claims]],
    *, headline: str, caption: str, alt: str, unit: str,
) -> Chart:  # fmt: skip
    """Draw curves over the years from zero, named at their ends: name, colour and yearly claims of each.

    Claims of the role ``later``, after the report's data year, are drawn faint, and the ends tell their year.
    """
    curves = [(*curve, [claim for claim in curve[2] if claim.role != "later"]) for curve in series]
    drawn, years = (_points(claims)[0] for claims in curves[0][2:])
    last, faint = years[-1], len(drawn) > len(years)
    top = max(level for *_, claims in curves for level in _points(claims)[1]) * 1.16

    def draw(figure: Figure, narrow: bool) -> None:
        axes, starts = figure.subplots(), []
        ends = apart([on_axis(claims[-1]) for *_, claims in curves], least=top * 0.09)
        for (name, colour, every, claims), end in zip(curves, ends, strict=True):
            after = _points(every[len(claims) - 1 :])
            axes.plot(*after, color=colour, lw=1.6, alpha=0.4, marker="o", ms=3)
            _curve(axes, claims, colour)
            at_start, at_end = (f"{name} " if named else "" for named in (narrow, not narrow))
            at = (years[0], on_axis(claims[0]))
            note = _note(axes, at_start + claims[0].text, at, (-4, 10), colour, size=TYPE_SIZE)
            starts.append((note, [((-4, dy), "left") for dy in (10, -12, -20, -28, -36, 18)]))
            text = f"{at_end}{claims[-1].text}" + (f" {last}" if faint else "")
            _note(axes, text, (drawn[-1], end), (9, 0), colour, size=TYPE_SIZE)
        axes.set(ylim=(0, top), xlim=(years[0] - 1.5, drawn[-1] + 1))
        _year_axis(axes, years, every=10 if narrow else 5)
        _finish(axes, "left", grid="y")
        _settle(figure, starts)

    data = pd.DataFrame({"År": [*map(str, drawn)]} | {name: claims for name, _, claims in series})
    return _drawn(chart_id, headline, caption, alt, data, draw, 58, 74, unit=unit)


def paired_bars(
    chart_id: str, rows: Pairs, *, names: tuple[str, str], headline: str, caption: str, unit: str
) -> Chart:
    """Draw two bars per row with their values; the first pair says which is which.

    Rows have a label and the two claims; ``names`` say what the first and the second bar are.
    """
    data, palette = pd.DataFrame(rows, columns=["Grupp", *names]), [MEMBERS, NATION]

    def draw(figure: Figure, narrow: bool) -> None:
        axes, pitch, height = figure.subplots(), *((0.27, 0.2) if narrow else (0.44, 0.3))  # of a row
        for colour, side, name in zip(palette, (-1, 1), names, strict=True):
            places = [place + side * pitch / 2 for place in range(len(rows))]
            axes.barh(places, data[name].map(on_axis), height, color=colour)
        for place, (_, *pair) in enumerate(rows):
            for name, colour, claim, side in zip(names, palette, pair, (-1, 1), strict=True):
                text = claim.text if place else f"{claim.text} {name}"
                at = (max(on_axis(claim), 0), place + side * pitch / 2)
                _note(axes, text, at, (4, 0), INK if place else colour)
        _name_rows(axes, [*data["Grupp"]], narrow=narrow, lift=pitch)
        axes.set(xticks=[], ylim=(len(rows) - 0.5, -0.75 if narrow else -0.5))
        axes.margins(x=0)
        _finish(axes, "bottom", "left")

    values = [f"{label.lower()} {first.text} mot {second.text}" for label, first, second in rows]
    alt = f"Stapeldiagram, {names[0].lower()} mot {names[1].lower()}: {', '.join(values)}."
    heights = 7 + 8.6 * len(rows), 8 + 13.4 * len(rows)
    return _drawn(chart_id, headline, caption, alt, data, draw, *heights, unit=unit)


def goal_bars(chart_id: str, rows: Pairs, *, data: pd.DataFrame, headline: str, caption: str) -> Chart:
    """Draw results as bars on a common scale where the goal is one line; longer than the line is met.

    Rows have a label, the goal over the year and the result over the year; ``data`` says more of each.
    """
    labels = [label for label, *_ in rows]
    reach = [float(result.value / goal.value) for _, goal, result in rows]
    colours = [MEMBERS if ratio >= 1 else LIGHT for ratio in reach]

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
        axes.set(xticks=[], xlim=(0, max(1, *reach) * 1.02), ylim=(len(rows) - 0.5, -0.75))
        _finish(axes, "bottom", "left")

    values = [f"{label} {result.text}, mål {goal.text}" for label, goal, result in rows]
    alt = f"Stapeldiagram, resultat mot mål: {'; '.join(values)}."
    heights, unit = (10 + 7 * len(rows), 10 + 11.5 * len(rows)), "Årets resultat mot målet"
    also = [claim for _, *pair in rows for claim in pair]
    return _drawn(chart_id, headline, caption, alt, data, draw, *heights, unit=unit, also=also)


def paths(
    chart_id: str, so_far: Claims, targets: Sequence[TargetPath],
    *, headline: str, caption: str, alt: str, unit: str,
) -> Chart:  # fmt: skip
    """Draw a curve from zero, and dashed paths of constant yearly percentage to each target.

    ``so_far`` are the yearly levels, ascending, ``targets`` what the curve would have to do, as
    `emissions.pace_paths` gives them.
    """
    years, levels = _points(so_far)
    last = max([years[-1], *(target.year for target in targets)])

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        _curve(axes, so_far, MEMBERS)
        ends = [(f"{so_far[-1].text} {years[-1]}", (years[-1], levels[-1]), ((-3, -12), "right"))]
        ends += [(so_far[0].text, (years[0], levels[0]), ((-2, 10), "left"))]
        places = [[place, ((-2, -12), "left"), ((3, 12), "left")] for *_, place in ends]
        notes = [_note(axes, *end[:2], (0, 0), MEMBERS) for end in ends]
        for target in targets:
            until, level = target.year, on_axis(target.level)
            axes.plot(*path(*(years[-1], levels[-1]), until, level), "--", color=NATION, lw=1.6, zorder=2)
            axes.plot([until], [level], "o", mfc="white", mec=NATION, mew=1.6, ms=7, zorder=3)
            text = f"{target.label} {until}: {target.level.text}\n{target.required.text} per år"
            notes.append(_note(axes, text, (until, level), (0, 0), INK))
            above, under = ((8, 20), "right"), ((-14, -10), "right")
            places.append([above, under] if until == last else [((-6, 20), "left"), ((6, 26), "left")])
            places[-1] += [((8, up), "right") for up in (28, 36, 44, -20)]
        axes.set(xlim=(years[0] - 3, last + 3), ylim=(0, max(levels) * 1.16))
        step = 20 if narrow else 10
        _year_axis(axes, [*range(years[0], last - step // 2), last], every=step, also=(years[0], last))
        _finish(axes, "left", grid="y")
        _settle(figure, [*zip(notes, places, strict=True)])

    rows = [(str(year), "Utfall", claim) for year, claim in zip(years, so_far, strict=True)]
    rows += [(str(target.year), f"{target.label}, jämförelse", target.level) for target in targets]
    data = pd.DataFrame(rows, columns=["År", "Vad", "Ton per invånare"])
    required = [target.required for target in targets]
    return _drawn(chart_id, headline, caption, alt, data, draw, 54, 84, unit=unit, also=required)


def path(start: int, level: float, end: int, target: float) -> tuple[list[int], list[float]]:
    """Return years and levels of a constant yearly percentage between two levels.

    >>> path(2020, 4.0, 2022, 1.0)
    ([2020, 2021, 2022], [4.0, 2.0, 1.0])
    """
    span = range(end - start + 1)
    return [start + n for n in span], [level * (target / level) ** (n / (end - start)) for n in span]


def panels(
    chart_id: str, rows: Sequence[tuple[str, Sequence[Claims]]],
    *, names: Sequence[tuple[str, str]], heading: str, headline: str, caption: str, alt: str, unit: str,
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
        shape, named = (narrow_down, 2) if narrow else (down, 4), []
        grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False)
        grid[0, 0].set(ylim=(low, high), xlim=(first - span * 0.06, last + span * 0.3))
        for empty in grid.flat[len(rows) :]:
            empty.set_axis_off()
        for axes, (label, series) in zip(grid.flat, rows, strict=False):
            axes.set_title(label, loc="left", size=9.5, color=INK, weight=600, pad=3)
            ends = apart([on_axis(claims[-1]) for claims in series], least=least, floor=least / 4)
            for claims, (name, colour), end in zip(series, names, ends, strict=True):
                (curve,) = axes.plot(*_points(claims), color=colour, lw=1.8, clip_on=False)
                curve.set(marker="o", ms=3.4, solid_capstyle="round")
                form = printed_form(claims[-1])  # without its unit, which stands above the panels
                text = form.number if form else claims[-1].text
                _note(axes, text, (claims[-1].data_year or 0, end), (5, 0), colour)
                if axes is grid[0, 0]:
                    at = (claims[0].data_year or 0, on_axis(claims[0]))
                    spots = [((0, dy), "left") for dy in (9, -9, -14, 14, -20, 20, -26, -32)]
                    named.append((_note(axes, name, at, (0, 9), colour), spots))
            axes.set_xticks(sorted({first, last}))
            plt.setp(axes.get_xticklabels()[:1], ha="left")
            axes.yaxis.set_major_locator(MaxNLocator(3))
            for axis in (axes.xaxis, axes.yaxis):  # has no name that is to be placed at each drawing
                axis.set_label_coords(0, 0)
            _finish(axes, "left", "bottom", grid="y")
        _settle(figure, named)

    by_year = [(label, claims) for label, series in rows for claims in zip(*series, strict=True)]
    cells = [(label, str(claims[0].data_year), *claims) for label, claims in by_year]
    data = pd.DataFrame(cells, columns=[heading, "År", *(name for name, _ in names)])
    heights = 8 + 27 * down, 8 + 30 * narrow_down
    return _drawn(chart_id, headline, caption, alt, data, draw, *heights, unit=unit)


def dots(chart_id: str, rows: Threes, *, data: pd.DataFrame, headline: str, caption: str) -> Chart:
    """Draw shares as dots, with the bounds over all members as a bar and the earlier share as a ring.

    Rows have a label, the share, and its lower and upper bound; ``data`` says more of each. The ring of a
    share that may not be set beside the earlier one is broken. The caption goes on with what bars and rings
    are.
    """
    labels, chosen, lows, highs = map(list, zip(*rows, strict=True))
    broken = [share for share in chosen if share.comparable == "broken"]
    n = len(rows)

    def draw(figure: Figure, narrow: bool) -> None:
        axes, places = figure.subplots(), [*range(n)]
        axes.hlines(places, [*map(on_axis, lows)], [*map(on_axis, highs)], color=LIGHT, lw=2.6, zorder=1)
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
                    before, place, s=49, facecolors="white", edgecolors=NATION, lw=1.6, ls=dash, zorder=2
                )
                # Each label on the side of its own mark, the ring's beyond the bar if the ring is on it.
                label("right" if fallen else "left", f"{share.previous_year}", before, place, NATION)
                side = "left" if fallen and before < on_axis(high) + room + 4 else "right"
            label(side, share.text, value, place, INK, size=9.5)
        _name_rows(axes, labels, narrow=narrow, lift=0.2)
        axes.set(xlim=(0, 108), ylim=(n - 0.4, -0.75 if narrow else -0.55))
        _finish(axes, "left", "bottom", grid="x")
        axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", f"100{swedish.NBSP}%"])

    values = ", ".join(f"{label.lower()} {share.text}" for label, share, *_ in rows)
    alt, heights = f"Punktdiagram över andelar av de svarande: {values}.", (13 + 7 * n, 17 + 11 * n)
    if broken:
        lost = listing([label.lower() for label, share, *_ in rows if share in broken])
        alt += f" Går inte att jämföra med tidigare år: {lost}."
    rings = ", ringen ett tidigare år" if any(share.previous_year for share in chosen) else ""
    caption = f"{caption} Stapeln visar vad andelen kan vara bland alla medlemmar{rings}."
    unit = f"Andel av de svarande{_BROKEN_RING if broken else ''}"
    also = [claim for _, *three in rows for claim in three]
    return _drawn(chart_id, headline, caption, alt, data, draw, *heights, unit=unit, also=also)


def scores(
    chart_id: str, rows: Sequence[tuple[str, Claim, Claim, Claim, Claim]],
    *, data: pd.DataFrame, headline: str, caption: str,
) -> Chart:  # fmt: skip
    """Draw the median of points as dots, with the middle half as a bar and the most points as a line.

    Rows have a label, the median, the lower and upper quartile, and the most points; ``data`` says more of
    each. The caption goes on with what dots, bars and lines are.
    """
    labels, middle, lows, highs, possible = map(list, zip(*rows, strict=True))
    n, places, reach = len(rows), [*range(len(rows))], max(map(on_axis, possible))
    texts = [f"{median.text} av {most.text}" for median, most in zip(middle, possible, strict=True)]

    def draw(figure: Figure, narrow: bool) -> None:
        axes = figure.subplots()
        axes.hlines(places, 0, [*map(on_axis, possible)], color=LINE, lw=1.2, zorder=1)
        axes.hlines(places, [*map(on_axis, lows)], [*map(on_axis, highs)], color=LIGHT, lw=6, zorder=2)
        sns.scatterplot(x=[*map(on_axis, middle)], y=places, color=MEMBERS, s=70, ax=axes, zorder=3)
        for place, text, most in zip(places, texts, possible, strict=True):
            _note(axes, text, (on_axis(most), place), (7, 0), INK, size=9.5)
        _name_rows(axes, labels, narrow=narrow, lift=0.2)
        axes.set(xlim=(0, reach * (1.3 if narrow else 1.15)), ylim=(n - 0.4, -0.75 if narrow else -0.55))
        _finish(axes, "left", "bottom", grid="x")
        ticks = [*range(0, int(reach) + 1, 5)]
        axes.set_xticks(ticks, [*map(str, ticks)])

    values = ", ".join(f"{label.lower()} {text}" for label, text in zip(labels, texts, strict=True))
    caption += " Punkten är medianen, stapeln den mittersta hälften, linjen högsta möjliga poäng."
    also = [claim for _, *four in rows for claim in four]
    heights = (13 + 7 * n, 17 + 11 * n)
    alt = f"Punktdiagram över poängen i medlemstestet, område för område: {values}."
    return _drawn(chart_id, headline, caption, alt, data, draw, *heights, unit="Poäng", also=also)


_BROKEN_RING = "\nStreckad ring: ställdes då på annat sätt, jämför inte"


def spread(
    chart_id: str, rows: Sequence[tuple[str, Claim]],
    *, median: Claim, nation: Claim, headline: str, caption: str, unit: str,
) -> Chart:  # fmt: skip
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
        ends = [(_note(axes, low, (inside[0], 0), (-4, -16), MEMBERS), [((-4, -16), "left")])]
        if outside:
            edge = reach * 1.16
            axes.plot([edge], [0], ">", color=MEMBERS, ms=8, zorder=3)
            ends.append((_note(axes, high, (edge, 0), (10, -16), MEMBERS), [((10, -16), "right")]))
            _note(axes, "utanför skalan", (edge, 0), (10, -28), SOFT, align="right")
        elif len(rows) > 1:
            spots = [((4, -16), "right"), ((-4, -16), "left"), ((4, -28), "right")]
            ends.append((_note(axes, high, (inside[-1], 0), (0, 0), MEMBERS), spots))
        axes.set(xlim=(min(0, min(inside)) - reach * 0.02, reach * 1.2), ylim=(-3.9, top + 3.4), yticks=[])
        _finish(axes, "left", "bottom", ticks="x")
        _settle(figure, ends)

    alt = "Punktdiagram, en punkt per medlemskommun: "
    alt += f"från {low} till {high}. Medianen är {median.text}, riket {nation.text}."
    data = pd.DataFrame([*rows, ("Medianen", median), ("Riket", nation)], columns=["Kommun", "Värde"])
    return _drawn(chart_id, headline, caption, alt, data, draw, 58, 60, unit=unit)


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


def without_each(
    chart_id: str, rows: Pairs, *, level: Claim, headline: str, caption: str, unit: str
) -> Chart:
    """Draw the members' level without one member at a time, as dots beside the level with all.

    Rows have the name of the member left out, the level without it, and its effect, which is not drawn.
    """
    whole, values = on_axis(level), [on_axis(claim) for _, claim, _ in rows]

    def draw(figure: Figure, narrow: bool) -> None:
        axes, places = figure.subplots(), [*range(len(rows))]
        reach = 0.28 if narrow else 0.5  # of a row: a line through all would cross the names above the marks
        axes.vlines([whole] * len(rows), [p - reach for p in places], [p + reach for p in places], color=INK)
        axes.hlines(places, whole, values, color=MEMBERS, lw=2, zorder=2)
        sns.scatterplot(x=values, y=places, color=MEMBERS, s=60, ax=axes, zorder=3)
        top, up = (-1, 0) if narrow else (-0.5, 7)
        _note(axes, f"alla medlemmar {level.text}", (whole, top), (0, up), INK, align="center")
        for place, value, (_, claim, _) in zip(places, values, rows, strict=True):
            side, align = (-8, "right") if value < whole else (8, "left")
            _note(axes, claim.text, (value, place), (side, 0), INK, align=align)
        _name_rows(axes, [f"utan {name}" for name, *_ in rows], narrow=narrow, lift=0.26)
        axes.set_ylim(len(rows) - 0.4, -1.4 if narrow else -0.9)
        axes.margins(x=0.34 if narrow else 0.16)
        _finish(axes, "left", "bottom", ticks="x")

    levels = listing([f"utan {name} {claim.text}" for name, claim, _ in rows])
    alt = f"Punktdiagram. Medlemmarnas nivå är {level.text}; {levels}."
    cells = [("Alla medlemmar", level), *((f"Utan {name}", claim) for name, claim, _ in rows)]
    data = pd.DataFrame(cells, columns=["Medlemmar", "Nivå"])
    heights = 20 + 5 * len(rows), 20 + 9.5 * len(rows)
    return _drawn(chart_id, headline, caption, alt, data, draw, *heights, unit=unit)


def waterfall(
    chart_id: str, rows: Sequence[tuple[str, Claim]],
    *, lacking: Sequence[tuple[str, str]] = (), headline: str, caption: str, unit: str,
    more_is_better: bool = False, small: bool = False,
) -> Chart:  # fmt: skip
    """Draw the number before and now as dots, and between them each part as a bar from where the last ended.

    Rows have label and claim, as `decomposition.steps` gives them; ``lacking`` the label of each part without
    a value, and what stands in its place. Where ``more_is_better`` a rise has the colour of what is wanted.
    A ``small`` one is half a page wide. The axis shows only where something happens; the caption says so.
    """
    (_, start), *parts, (_, end) = rows
    levels = [*accumulate(on_axis(claim) for _, claim in rows[:-1])]
    final, last = on_axis(end), len(rows) - 1 + len(lacking)
    cells = [*rows[:-1], *lacking, rows[-1]]
    low, high = min(*levels, final), max(*levels, final)
    span = (high - low) or abs(high) or 1.0

    def draw(figure: Figure, narrow: bool) -> None:
        narrow = narrow or small
        axes, bar = figure.subplots(), 0.38 if narrow else 0.62  # of a row
        for place, (before, after) in enumerate(pairwise(levels), 1):
            colour = MEMBERS if (after > before) == more_is_better else LIGHT
            width = max(abs(after - before), span * 0.006)  # a part too small to see is still drawn
            axes.barh(place, width, left=min(before, after), height=bar, color=colour, zorder=2)
        until = zip(levels, [*range(1, len(levels)), last], strict=True)
        for place, (level, below) in enumerate(() if narrow else until):  # they would cross the rows' names
            axes.plot([level] * 2, [place + bar / 2, below - bar / 2], color=SOFT, lw=0.9, zorder=1)
        sns.scatterplot(x=[levels[0], final], y=[0, last], color=INK, s=60, ax=axes, zorder=3)
        ends = [levels[0], *map(max, pairwise(levels)), final]
        for place, at, (_, claim) in zip([*range(len(rows) - 1), last], ends, rows, strict=True):
            _note(axes, claim.text, (at, place), (8, 0), INK, size=9.5)
        for place, (_, why) in enumerate(lacking, len(rows) - 1):
            _note(axes, why, (levels[-1], place), (8, 0), SOFT, size=9.5)
        _name_rows(axes, [label for label, _ in cells], narrow=narrow, lift=bar / 2 + 0.06)
        axes.set(xlim=(low - span * 0.1, high + span * 0.04))
        axes.set_ylim(len(cells) - 0.45, -0.9 if narrow else -0.55)
        axes.xaxis.set_major_locator(MaxNLocator(3 if narrow else 6, steps=[1, 2, 5, 10]))
        _finish(axes, "left", "bottom", ticks="x")

    because = [f"{label.lower()} {claim.text}" for label, claim in parts]
    because += [f"{label.lower()} {why}" for label, why in lacking]
    alt = f"Vattenfallsdiagram. Från {start.text} {start.data_year} till {end.text} {end.data_year}: "
    alt, data = f"{alt}{', '.join(because)}.", pd.DataFrame(cells, columns=["Del", "Värde"])
    heights = (17 + 10 * len(cells),) if small else (17 + 7.8 * len(cells), 17 + 11 * len(cells))
    caption = f"{caption} Axeln börjar inte vid noll."
    return _drawn(chart_id, headline, caption, alt, data, draw, *heights, unit=unit)


def survey_waterfalls(
    book: ClaimBook, why: Mapping[str, Split], questions: Mapping[str, Question]
) -> list[Chart]:
    """Return a waterfall for each survey share whose change is split; none for one whose parts are withheld.

    ``book`` has the claims of `decomposition.survey_claims`; ``why`` is of `decomposition.survey_splits`.
    """
    rows = {question: steps(book, split, measure=question, of="Andelen") for question, split in why.items()}
    return [
        waterfall(
            f"why-{question}",
            rows[question],
            lacking=lacking(split),
            headline=" och ".join(
                f"{placeholder(claim.id)} {{{{ about('{claim.id}').data_year }}}}"
                for _, claim in (rows[question][0], rows[question][-1])
            ).join((f"{questions[question].label}: ", "")),
            caption="Varför andelen ändrades {}–{}.".format(*split.years),
            unit="Procent av de svarande",
            more_is_better=True,
        )
        for question, split in why.items()
        if not split.lacking(WITHHELD)
    ]


def factsheet_lines(
    chart_id: str, series: Sequence[tuple[str, Claims]],
    *, headline: str, caption: str, unit: str, roomy: bool,
) -> Chart:  # fmt: skip
    """Draw curves of emissions over the years from zero, each named at its end; labels never touch.

    ``series`` are name and yearly claims of the municipality, the members and the nation, in this order;
    ``roomy`` says whether the page has room for a high picture.
    """
    looks = [(MEMBERS, 2.6, "o", 3.4, 3), (INK, 1.5, "s", 2.6, 2), (NATION, 1.5, "D", 2.6, 2)]
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
        _finish(axes, "left", grid="y")

    spans = [
        f"{name} {claims[0].text} {claims[0].data_year} och {claims[-1].text} {claims[-1].data_year}"
        for name, claims in series
    ]
    alt = f"Linjediagram över utsläpp per invånare: {'; '.join(spans)}."
    data = pd.DataFrame({"År": [*map(str, years)], **dict(series)})
    return _drawn(chart_id, headline, caption, alt, data, draw, height_mm, unit=unit)


def factsheet_bars(
    chart_id: str, rows: Threes,
    *, names: tuple[str, str, str], headline: str, caption: str, unit: str, roomy: bool,
) -> Chart:  # fmt: skip
    """Draw a bar for the municipality in each sector, with marks where the members and the nation are.

    Rows have a sector, and the claims of the municipality, the members and the nation, which ``names`` names;
    ``roomy`` says whether the page has room for a high picture.
    """
    data = pd.DataFrame(rows, columns=["Sektor", *names])

    def draw(figure: Figure, _narrow: bool) -> None:
        axes, places = figure.subplots(), [*range(len(rows))]
        own, *marked = (data[name].map(on_axis) for name in names)
        handles: list[Any] = [axes.barh(places, own, height=0.62, color=MEMBERS, zorder=2)]
        for values, (mark, colour) in zip(marked, (("s", INK), ("D", NATION)), strict=True):
            handles += axes.plot(values, places, mark, ms=4.6, mfc="white", mec=colour, mew=1.5, zorder=3)
        at_edge: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "align": "right"}
        for place, (_, claim, *_) in enumerate(rows):
            _note(axes, claim.text, (1, place), (38, 0), MEMBERS, size=_HALF_PAGE_TYPE_SIZE, **at_edge)
        _name_rows(axes, [label for label, *_ in rows], narrow=False, lift=0)
        reach = max(*own, *marked[0], *marked[1])
        axes.set(ylim=(len(rows) - 0.45, -0.55), xlim=(0, 1.03 * reach), xticks=[])
        figure.legend(
            handles, names, loc="outside lower left", ncols=len(names), frameon=False, handletextpad=0.5,
            columnspacing=1.2,
        )  # fmt: skip
        _finish(axes, "left", "bottom")

    largest = [
        f"{lower_first(label)} {own.text} (medlemmarna {members.text}, riket {nation.text})"
        for label, own, members, nation in rows[:3]
    ]
    alt = f"Stapeldiagram över utsläpp per invånare i varje sektor. De största är {listing(largest)}."
    return _drawn(chart_id, headline, caption, alt, data, draw, _SHEET_MM[roomy], unit=unit)


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
) -> Annotation:
    """Write a label beside a point of the chart; ``offset`` in points, ``more`` of matplotlib's annotate."""
    look = {"size": 9, "weight": 600, "va": "center", **more}
    return axes.annotate(text, at, offset, textcoords="offset points", color=colour, ha=align, **look)


def _settle(figure: Figure, notes: Sequence[tuple[Annotation, Sequence[tuple[_Point, str]]]]) -> None:
    """Move each label to the first of its places, offset and alignment, that is clear of marks and labels."""
    _laid_out(figure)
    texts = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    for note, places in notes:
        taken = [text.get_window_extent() for text in texts if text is not note]
        for offset, align in (*places, places[0]):
            note.set(position=offset, ha=align)
            box = note.get_window_extent().padded(2)
            if not box.count_overlaps(taken) and not any(_marked(axes, box) for axes in figure.axes):
                break


def _marked(axes: Axes, box: Bbox, *, whole_bars: bool = True) -> bool:
    """Whether a mark of the axes stands in a box: a bar, or only its edge, a curve, a dot."""
    curves = [line.get_transform().transform_path(line.get_path()) for line in axes.lines]
    spots = [np.asarray(curve.vertices) for curve in curves]
    spots += [np.asarray(c.get_offset_transform().transform(c.get_offsets())) for c in axes.collections]
    wide, bars = box.padded(3), [bar.get_window_extent() for bar in axes.patches]
    if not whole_bars:  # a label may stand inside one
        bars = [bar for bar in bars if not (bar.contains(*box.min) and bar.contains(*box.max))]
    return (
        any(curve.intersects_bbox(box, filled=False) for curve in curves)
        or any(wide.contains(x, y) for points in spots for x, y in points)
        or bool(box.count_overlaps(bars))
    )


def _name_rows(axes: Axes, labels: Sequence[str], *, narrow: bool, lift: float) -> None:
    """Name rows at the left edge or, on a narrow chart, ``lift`` rows above the middle of each mark."""
    axes.set_yticks([] if narrow else range(len(labels)), [] if narrow else labels)
    if not narrow:
        names = axes.get_yticklabels()
        plt.setp(names, ha="left")
        axes.tick_params(axis="y", pad=5 + max(name.get_window_extent(dpi=72).width for name in names))
    above: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "bottom", "weight": "normal"}
    for place, label in enumerate(labels if narrow else ()):
        _note(axes, label, (0, place - lift), (0, 2), INK, size=TYPE_SIZE, **above)


def _year_axis(axes: Axes, years: Sequence[int], *, every: int, also: Sequence[int] = ()) -> None:
    """Print the years that ``every`` divides, and ``also``; the first and the last where there is none."""
    printed = [year for year in years if year % every == 0 or year in also] or [years[0], years[-1]]
    axes.set_xticks(printed, [*map(str, printed)])


def _finish(
    axes: Axes, *spines: str, grid: Literal["x", "y"] | None = None, ticks: Literal["x"] | None = None
) -> None:
    """Take away the ticks and these spines; the numbers of a grid, or of ticks without one, are Swedish."""
    axes.set(xlabel="", ylabel="")
    axes.spines[[*spines]].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=LINE, lw=0.7)
    if ticks:
        axes.spines["bottom"].set_visible(True)
        axes.tick_params(axis="x", length=3, color=LINE)
    if grid or ticks:
        _swedish_numbers(axes.yaxis if grid == "y" else axes.xaxis)


def _swedish_numbers(axis: Axis) -> None:
    """Print an axis's numbers in Swedish with the decimals that its ticks need: a label is its tick."""

    class Labels(Formatter):
        def __call__(self, value: float, _: float | None = None) -> str:
            return self.format_ticks([value])[0]

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            ticks = axis.get_majorticklocs()
            if axis is axis.axes.xaxis and len(ticks) and 1900 <= min(ticks) <= max(ticks) <= 2100:
                return [f"{value:.0f}" if value == int(value) else "" for value in values]  # years
            decimals = [len(f"{tick:.6f}".rstrip("0").partition(".")[2]) for tick in ticks]
            return [swedish.number(value, max(decimals, default=0)) for value in values]

    axis.set_major_formatter(Labels())
