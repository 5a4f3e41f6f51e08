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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from klimatlib import spreadsheet
from klimatlib.blocks import Block, attribute, escape
from klimatlib.claims.claims import Claim

MEMBERS, NATION, EARLIER, LIGHT = "#1a6e52", "#8a5a17", "#b4531a", "#769887"
INK, SOFT, LINE = "#17261f", "#55645d", "#d5ddd8"
TYPE_SIZE = 9.5  # points
_WIDE_MM, _NARROW_MM = 170, 86
_FONTS = Path(__file__).parent.parent / "render" / "assets" / "fonts"
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
        attributes = f'#chart-{self.id} alt="{alt}" data="figures/{self.id}.csv"'
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
