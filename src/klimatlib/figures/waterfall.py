"""The waterfall: a number before, the parts of its change one after the other, and the number now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes

from klimatlib import splits
from klimatlib.catalogue import Question
from klimatlib.claims import Claim, ClaimBook
from klimatlib.figures.chart import EARLIER, INK, LINE, MEMBERS, SOFT, Chart, draw_chart
from klimatlib.splits.parts import WITHHELD, Split

_BAR = 0.62
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

    def draw(axes: Axes) -> None:
        reach = max(*levels, float(end[1].value))
        _totals(axes, (0, float(start[1].value)), (len(rows) - 1 + len(lacking), float(end[1].value)))
        for place, (before, after) in enumerate(pairwise(levels), 1):
            wanted = (after > before) == more_is_better
            _part(
                axes, place, before, after, thinnest=reach * _THINNEST, colour=MEMBERS if wanted else EARLIER
            )
        _labels(axes, rows, levels, len(lacking))
        for place, (_, why) in enumerate(lacking, len(rows) - 1):
            axes.annotate(
                why, (levels[-1], place), (7, 0), textcoords="offset points", va="center", color=SOFT
            )
        names = [*(label for label, _ in rows[:-1]), *(label for label, _ in lacking), end[0]]
        axes.set_yticks(range(len(names)), names)
        axes.set(xlim=(0, reach * wide), ylim=(len(names) - 0.45, -0.55), xticks=[], xlabel="", ylabel="")
        axes.set_title(unit, loc="left", size=9, color=SOFT, pad=8)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(length=0)

    data = pd.DataFrame(
        [*((label, claim.text) for label, claim in rows[:-1]), *lacking, (end[0], end[1].text)],
        columns=["Del", "Värde"],
    )
    used = [claim.id for _, claim in rows]
    return draw_chart(chart_id, caption, alt, data, used, draw, height_mm=14 + 8 * len(data))


def survey_waterfalls(
    book: ClaimBook, why: Mapping[str, Split], questions: Mapping[str, Question]
) -> list[Chart]:
    """Return a waterfall for each survey share whose change is split; none for one whose parts are withheld.

    Parameters
    ----------
    book
        The chapter's claims, those of `klimatlib.splits.survey_claims` among them.
    why
        As `klimatlib.splits.survey_splits` gives it.
    questions
        Questions by id.
    """
    charts = []
    for question_id, split in why.items():
        if split.lacking(WITHHELD):
            continue
        ahead, label = splits.survey_id(question_id), questions[question_id].label
        first, last = book[f"{ahead}-before"], book[f"{ahead}-now"]
        chart = waterfall(
            f"why-{question_id}",
            splits.steps(book, split, ahead=ahead),
            start=(f"Andelen {first.data_year}", first),
            end=(f"Andelen {last.data_year}", last),
            lacking=splits.lacking(split),
            caption=f"{label}: varför andelen ändrades {first.data_year}–{last.data_year}.",
            alt=splits.alt(book, split, ahead=ahead),
            unit="Procent av de svarande",
            more_is_better=True,
        )
        charts.append(chart)
    return charts


def _totals(axes: Axes, *bars: tuple[int, float]) -> None:
    for place, value in bars:
        axes.barh(place, value, height=_BAR, color=SOFT, zorder=2)


def _part(axes: Axes, place: int, before: float, after: float, *, thinnest: float, colour: str) -> None:
    width = max(abs(after - before), thinnest)
    axes.barh(place, width, left=min(before, after), height=_BAR, color=colour, zorder=2)
    axes.plot([before, before], [place - 1 + _BAR / 2, place - _BAR / 2], color=SOFT, lw=0.9, zorder=1)


def _labels(axes: Axes, rows: Sequence[tuple[str, Claim]], levels: Sequence[float], lacking: int) -> None:
    """Print each number to the right of its bar, and join the last part to the bar of the number now."""
    ends = [levels[0], *(max(pair) for pair in pairwise(levels)), float(rows[-1][1].value)]
    places = [*range(len(rows) - 1), len(rows) - 1 + lacking]
    for place, at, (_, claim) in zip(places, ends, rows, strict=True):
        axes.annotate(
            claim.text, (at, place), (7, 0), textcoords="offset points", va="center", weight=600, color=INK
        )
    axes.plot([levels[-1]] * 2, [places[-2] + _BAR / 2, places[-1] - _BAR / 2], color=SOFT, lw=0.9, zorder=1)
    axes.axvline(0, color=LINE, lw=1.2, zorder=1)
