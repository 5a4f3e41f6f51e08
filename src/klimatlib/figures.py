"""The few chart forms, each with caption, alternative text and its data; drawn by seaborn from claims.

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
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from klimatlib import swedish
from klimatlib.blocks import Block, escape
from klimatlib.claims import Claim

MEMBERS, NATION, EARLIER, LIGHT = "#1a6e52", "#8a5a17", "#b4531a", "#cfe5d8"
INK, SOFT, LINE = "#17261f", "#55645d", "#d5ddd8"
_WIDTH_IN = 170 / 25.4
_FONTS = Path(__file__).parent / "render" / "assets" / "fonts"
_STYLE = {
    "font.family": "Figtree",
    "font.size": 9.5,
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

    def write(self, folder: Path) -> None:
        """Write picture and data: ``<id>.svg``, ``.png`` and ``.csv``."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.id}.svg").write_bytes(self.svg)
        (folder / f"{self.id}.png").write_bytes(self.png)
        (folder / f"{self.id}.csv").write_text(self.data.to_csv(index=False), encoding="utf-8", newline="")

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
    labels = [label for label, *_ in rows]
    places = range(len(rows))
    earlier = [
        (place, share) for place, (_, share, *_) in enumerate(rows) if share.previous_value is not None
    ]

    def draw(axes: Axes) -> None:
        axes.hlines(
            places, [_pct(r[2]) for r in rows], [_pct(r[3]) for r in rows], color=LIGHT, lw=7, zorder=1
        )
        sns.scatterplot(x=[_pct(r[1]) for r in rows], y=[*places], color=MEMBERS, s=70, ax=axes, zorder=3)
        for place, share in earlier:
            before = float(share.previous_value or 0) * 100
            axes.plot([before], [place], "o", mfc="white", mec=EARLIER, ms=7, mew=1.6, zorder=2)
            axes.annotate(
                f"{share.previous_year}",
                (before, place),
                (0, 8),
                textcoords="offset points",
                ha="center",
                color=EARLIER,
                size=8,
            )
        for place, (_, share, _, high) in enumerate(rows):
            axes.annotate(
                share.text, (_pct(high), place), (7, 0), textcoords="offset points", va="center", weight=600
            )
        axes.set_yticks([*places], labels)
        axes.set_ylim(len(rows) - 0.5, -0.7)
        _percent_axis(axes)

    data = pd.DataFrame(
        {
            "Fråga": labels,
            "Andel av de svarande": [share.text for _, share, *_ in rows],
            "Ja av svarande": [f"{share.k} av {share.n}" for _, share, *_ in rows],
            "Möjligt för alla medlemmar": [f"{low.text} till {high.text}" for *_, low, high in rows],
            "Tidigare": [
                f"{swedish.percent(s.previous_value)} ({s.previous_year})"
                if s.previous_value is not None
                else "–"
                for _, s, *_ in rows
            ],
        }
    )
    used = [claim.id for _, *three in rows for claim in three]
    return _chart(chart_id, caption, alt, data, used, draw, height_mm=14 + 8.4 * len(rows))


def lines(
    chart_id: str, series: Sequence[tuple[str, str, Sequence[Claim]]], *, caption: str, alt: str, unit: str
) -> Chart:
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

    def draw(axes: Axes) -> None:
        for name, colour, claims in series:
            xs, ys = [c.data_year for c in claims], [float(c.value) for c in claims]
            sns.lineplot(x=xs, y=ys, color=colour, lw=2.4, ax=axes, errorbar=None)
            sns.scatterplot(x=xs, y=ys, color=colour, s=26, ax=axes, zorder=3)
            for place in (0, -1):
                axes.annotate(
                    claims[place].text if place == 0 else f"{name} {claims[place].text}",
                    (xs[place], ys[place]),
                    (0, 7) if place == 0 else (8, 0),
                    textcoords="offset points",
                    color=colour,
                    weight=600,
                    va="bottom" if place == 0 else "center",
                )
        first = series[0][2]
        axes.set_ylim(0, None)
        axes.set_xlim(_year(first[0]) - 0.8, _year(first[-1]) + 7)
        shown = [c.data_year for c in first if _year(c) % 5 == 0]
        axes.set_xticks(shown, [str(year) for year in shown])
        axes.yaxis.set_major_formatter(lambda value, _: swedish.number(value))
        axes.set_title(unit, loc="left", size=9, color=SOFT)
        axes.grid(axis="y", color=LINE, lw=0.7)
        axes.spines["left"].set_visible(False)
        axes.tick_params(length=0)

    years = [str(claim.data_year) for claim in series[0][2]]
    data = pd.DataFrame({"År": years, **{name: [c.text for c in claims] for name, _, claims in series}})
    return _chart(chart_id, caption, alt, data, [c.id for _, _, cs in series for c in cs], draw, height_mm=82)


def paired_bars(
    chart_id: str,
    rows: Sequence[tuple[str, Claim, Claim]],
    *,
    names: tuple[str, str],
    caption: str,
    alt: str,
    unit: str,
) -> Chart:
    """Two bars per row, one under the other, with their values.

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
    long = pd.DataFrame(
        [(label, name, float(c.value)) for label, *pair in rows for name, c in zip(names, pair, strict=True)],
        columns=["label", "name", "value"],
    )

    def draw(axes: Axes) -> None:
        sns.barplot(
            long,
            x="value",
            y="label",
            hue="name",
            palette=[MEMBERS, NATION],
            errorbar=None,
            ax=axes,
            saturation=1,
        )
        for container, place in zip(axes.containers, (1, 2), strict=True):
            axes.bar_label(container, [row[place].text for row in rows], padding=4, size=9)  # type: ignore[arg-type]
        axes.set(xlabel="", ylabel="", xticks=[])
        axes.set_title(unit, loc="left", size=9, color=SOFT)
        axes.legend(title=None, frameon=False, loc="lower right")
        axes.spines[["bottom", "left"]].set_visible(False)
        axes.tick_params(length=0)
        axes.margins(x=0.12)

    data = pd.DataFrame(
        {"": [r[0] for r in rows], names[0]: [r[1].text for r in rows], names[1]: [r[2].text for r in rows]}
    ).rename(columns={"": "Grupp"})
    used = [claim.id for _, *pair in rows for claim in pair]
    return _chart(chart_id, caption, alt, data, used, draw, height_mm=16 + 10.5 * len(rows))


def goal_bars(chart_id: str, rows: Sequence[tuple[str, Claim, Claim]], *, caption: str, alt: str) -> Chart:
    """Results as bars on a common scale where the goal is one line; longer than the line is met.

    Parameters
    ----------
    chart_id, caption, alt
        See `Chart`.
    rows
        Label, goal over the year, result over the year.
    """
    reach = [float(result.value / goal.value) for _, goal, result in rows]

    def draw(axes: Axes) -> None:
        colours = [MEMBERS if r >= 1 else NATION for r in reach]
        labels = [label for label, *_ in rows]
        sns.barplot(
            x=reach, y=labels, hue=labels, palette=colours, errorbar=None, ax=axes, saturation=1, width=0.62
        )
        axes.axvline(1, color=INK, lw=1.4, zorder=4)
        axes.annotate("målet", (1, -0.5), (3, 4), textcoords="offset points", size=9, weight=600)
        for place, (_, goal, result) in enumerate(rows):
            axes.annotate(
                f"{result.text} (mål {goal.text})",
                (max(reach[place], 1), place),
                (6, 0),
                textcoords="offset points",
                va="center",
                size=9,
            )
        axes.set(xlabel="", ylabel="", xticks=[], xlim=(0, max(reach) * 1.28), ylim=(len(rows) - 0.5, -0.75))
        axes.spines[["bottom", "left"]].set_visible(False)
        axes.tick_params(length=0)

    data = pd.DataFrame(
        {
            "Mål": [r[0] for r in rows],
            "Över året": [r[1].text for r in rows],
            "Resultat": [r[2].text for r in rows],
        }
    )
    used = [claim.id for _, *pair in rows for claim in pair]
    return _chart(chart_id, caption, alt, data, used, draw, height_mm=12 + 9.5 * len(rows))


def _chart(
    chart_id: str,
    caption: str,
    alt: str,
    data: pd.DataFrame,
    claims: Sequence[str],
    draw: Callable[[Axes], None],
    *,
    height_mm: float,
) -> Chart:
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
    with mpl.rc_context({**mpl.rcParamsDefault, **_STYLE, "backend": "agg"}):
        yield


def _percent_axis(axes: Axes) -> None:
    axes.set_xlim(0, 108)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", f"100{swedish.NBSP}%"])
    axes.set(xlabel="", ylabel="")
    axes.grid(axis="x", color=LINE, lw=0.7)
    axes.set_axisbelow(True)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def _pct(claim: Claim) -> float:
    return float(claim.value) * 100


def _year(claim: Claim) -> int:
    return claim.data_year or 0
