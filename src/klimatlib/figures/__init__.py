"""The few chart forms, each with caption, alternative text and its data; drawn by seaborn from claims."""

from klimatlib.figures.chart import MEMBERS, NATION, Chart
from klimatlib.figures.forms import dots, goal_bars, lines, paired_bars
from klimatlib.figures.pace import paths
from klimatlib.figures.spread import spread, without_each
from klimatlib.figures.waterfall import survey_waterfalls, waterfall

__all__ = [
    "MEMBERS",
    "NATION",
    "Chart",
    "dots",
    "goal_bars",
    "lines",
    "paired_bars",
    "paths",
    "spread",
    "survey_waterfalls",
    "waterfall",
    "without_each",
]
