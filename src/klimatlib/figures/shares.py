"""The chart of shares: a dot each, with what the share of all members could be, and an earlier year."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from klimatlib import swedish
from klimatlib.claims.claims import Claim
from klimatlib.figures.chart import EARLIER, INK, LIGHT, MEMBERS, Chart, draw_chart, name_rows, note, quiet


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
