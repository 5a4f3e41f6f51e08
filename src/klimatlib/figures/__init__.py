"""The few chart forms, each with caption, alternative text and its data; drawn by seaborn from claims."""

from klimatlib.figures.chart import MEMBERS, NATION, Chart
from klimatlib.figures.forms import dots, goal_bars, lines, paired_bars

__all__ = ["MEMBERS", "NATION", "Chart", "dots", "goal_bars", "lines", "paired_bars"]
