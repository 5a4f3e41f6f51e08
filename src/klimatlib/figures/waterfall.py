"""The waterfall: a number before, the parts of its change one after the other, and the number now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from klimatlib import splits
from klimatlib.catalogue import Question
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.figures.chart import (
    EARLIER,
    INK,
    LINE,
    MEMBERS,
    SOFT,
    Chart,
    draw_chart,
    name_rows,
    name_unit,
    note,
    quiet,
)
from klimatlib.splits.parts import WITHHELD, Split

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


def _joint(axes: Axes, at: float, above: int, below: int, bar: float) -> None:
    axes.plot([at, at], [above + bar / 2, below - bar / 2], color=SOFT, lw=0.9, zorder=1)


def _labels(axes: Axes, rows: Sequence[tuple[str, Claim]], levels: Sequence[float], lacking: int) -> None:
    """Print each number to the right of its bar."""
    ends = [levels[0], *(max(pair) for pair in pairwise(levels)), float(rows[-1][1].value)]
    places = [*range(len(rows) - 1), len(rows) - 1 + lacking]
    for place, at, (_, claim) in zip(places, ends, rows, strict=True):
        note(axes, claim.text, (at, place), (7, 0), INK, size=9.5)
