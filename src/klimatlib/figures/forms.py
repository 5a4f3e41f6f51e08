"""The chart forms: dots, lines, paired bars and goal bars, drawn by seaborn from claims."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from klimatlib import swedish
from klimatlib.claims import Claim
from klimatlib.figures.chart import (
    EARLIER,
    INK,
    LIGHT,
    LINE,
    MEMBERS,
    NATION,
    SOFT,
    TYPE_SIZE,
    Chart,
    data_year,
    draw_chart,
    note,
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
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=12 + 8 * len(rows))


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
            xs, ys = [data_year(c) for c in claims], [float(c.value) for c in claims]
            sns.lineplot(x=xs, y=ys, color=colour, lw=2.4, ax=axes, errorbar=None)
            sns.scatterplot(x=xs, y=ys, color=colour, s=26, ax=axes, zorder=3)
            note(axes, claims[0].text, (xs[0], ys[0]), (0, 9), colour, align="center", size=TYPE_SIZE)
            note(axes, f"{name} {claims[-1].text}", (xs[-1], ys[-1]), (9, 0), colour, size=TYPE_SIZE)
        first = series[0][2]
        axes.set_ylim(0, max(float(c.value) for _, _, claims in series for c in claims) * 1.16)
        axes.set_xlim(data_year(first[0]) - 1.5, data_year(first[-1]) + 7)
        shown = [data_year(c) for c in first if data_year(c) % 5 == 0]
        axes.set_xticks(shown, [str(year) for year in shown])
        axes.yaxis.set_major_formatter(lambda value, _: swedish.number(value))
        axes.set_title(unit, loc="left", size=9, color=SOFT, pad=8)
        axes.set(xlabel="", ylabel="")
        axes.grid(axis="y", color=LINE, lw=0.7)
        axes.spines["left"].set_visible(False)
        axes.tick_params(length=0)

    years = [str(claim.data_year) for claim in series[0][2]]
    data = pd.DataFrame({"År": years, **{name: [c.text for c in claims] for name, _, claims in series}})
    return draw_chart(
        chart_id, caption, alt, data, [c.id for _, _, cs in series for c in cs], draw, height_mm=66
    )


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
        for container, column in zip(
            axes.containers, zip(*(pair for _, *pair in rows), strict=True), strict=True
        ):
            axes.bar_label(container, [claim.text for claim in column], padding=4, size=9)  # type: ignore[arg-type]
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
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=14 + 9 * len(rows))


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
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=10 + 8.4 * len(rows))


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
