"""What a chart is: a picture for paper, screen and Word with caption, alternative text and its data.

Charts are as wide as the printed text (170 mm), with type of at least 8 points, direct labels, a zero
baseline, and one palette whose marks keep 3:1 against the paper. The same claims give the same bytes.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from klimatlib.blocks import Block, escape
from klimatlib.claims import Claim

MEMBERS, NATION, EARLIER, LIGHT = "#1a6e52", "#8a5a17", "#b4531a", "#cfe5d8"
INK, SOFT, LINE = "#17261f", "#55645d", "#d5ddd8"
TYPE_SIZE = 9.5  # points
_WIDTH_IN = 170 / 25.4
_FONTS = Path(__file__).parent.parent / "render" / "assets" / "fonts"
_STYLE = {
    "font.family": "Figtree",
    "font.size": TYPE_SIZE,
    "svg.fonttype": "path",
    "svg.hashsalt": "klimatlib",
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
    svg, png
        The picture for paper and screen, and for Word.
    claims
        Ids of the claims that it shows.
    """

    id: str
    caption: str
    alt: str
    data: pd.DataFrame
    svg: bytes
    png: bytes
    claims: tuple[str, ...]

    def write(self, folder: Path) -> list[Path]:
        """Write picture and data, ``<id>.svg``, ``.png`` and ``.csv``, and return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        data = self.data.to_csv(index=False).encode("utf-8")
        files = {folder / f"{self.id}{end}": what for end, what in self._files(data)}
        for path, content in files.items():
            path.write_bytes(content)
        return [*files]

    def _files(self, data: bytes) -> list[tuple[str, bytes]]:
        return [(".svg", self.svg), (".png", self.png), (".csv", data)]

    @property
    def block(self) -> Block:
        """The chart for a chapter."""
        alt = self.alt.replace('"', "”")
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
    draw: Callable[[Axes], None],
    *,
    height_mm: float,
) -> Chart:
    """Draw a chart of full width and the given height by ``draw``; see `Chart` for the rest."""
    with _style():
        figure = Figure(figsize=(_WIDTH_IN, height_mm / 25.4), layout="constrained")
        draw(figure.subplots())
        svg, png = io.BytesIO(), io.BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=200, facecolor="white", metadata={"Software": None})
    return Chart(chart_id, caption, alt, data, svg.getvalue(), png.getvalue(), tuple(dict.fromkeys(claims)))


@contextmanager
def _style() -> Iterator[None]:
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in sorted(_FONTS.glob("Figtree*.ttf")):
        if str(path) not in known:
            font_manager.fontManager.addfont(path)
    with mpl.rc_context({**mpl.rcParamsDefault, **_STYLE, "backend": "agg"}):  # type: ignore[dict-item]
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


def data_year(claim: Claim) -> int:
    """Return the year that a claim stands at on a time axis."""
    return claim.data_year or 0
