"""The charts of bars: two beside each other per row, and results against their goals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from klimatlib.claims.claims import Claim
from klimatlib.figures.chart import INK, MEMBERS, NATION, Chart, draw_chart, name_rows, name_unit, note, quiet


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
