"""Clocks that are wrong, or run too fast."""

from __future__ import annotations

from torture import world
from torture.promise import Effort, Found

CLOCKS = ("+400d", "-1d", "2038-01-19 03:14:00", "1971-01-02 00:00:00", "2100-03-01 00:00:00", "+0 x20")


def other_clock(effort: Effort) -> Found:
    """Make the report at another time: the same bytes."""
    _, _, new = world.made()
    failures = []
    clocks = CLOCKS if effort.whole else CLOCKS[:1]
    for number, clock in enumerate(clocks):
        root = world.again(effort.where / f"{number}")
        done = world.run(["faketime", "-f", clock, *world.REPORT, "--fresh"], root)
        wrong = world.fault(root / "outputs" / "tiny", new)
        failures += [f"{clock}: exit {done.code}: {wrong}: {done.told[-300:]}"] if done.code or wrong else []
    return Found(len(clocks), failures, "runs")
