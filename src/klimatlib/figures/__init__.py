"""The few chart forms, each with caption, alternative text and its data; drawn by seaborn from claims."""

from klimatlib.figures.bars import goal_bars, paired_bars
from klimatlib.figures.chart import MEMBERS, NATION, Chart
from klimatlib.figures.compared import curves, sector_bars
from klimatlib.figures.lines import lines
from klimatlib.figures.pace import paths
from klimatlib.figures.panels import panels
from klimatlib.figures.shares import dots
from klimatlib.figures.spread import spread, without_each
from klimatlib.figures.waterfall import survey_waterfalls, waterfall

__all__ = [
    "MEMBERS",
    "NATION",
    "Chart",
    "curves",
    "dots",
    "goal_bars",
    "lines",
    "paired_bars",
    "panels",
    "paths",
    "sector_bars",
    "spread",
    "survey_waterfalls",
    "waterfall",
    "without_each",
]
