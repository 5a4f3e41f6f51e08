"""Clocks that are wrong, and one that jumps while a run goes on."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from torture import world
from torture.promise import Effort, Found

CLOCKS = ("+400d", "-1d", "2038-01-19 03:14:00", "1971-01-02 00:00:00", "2100-03-01 00:00:00", "+0 x20")


def other_clock(effort: Effort) -> Found:
    """Make the report at another time, and with a clock that jumps while it is made: the same bytes."""
    _, _, new = world.made()
    failures = []
    clocks = CLOCKS if effort.whole else CLOCKS[:1]
    for number, clock in enumerate(clocks):
        root = world.again(effort.where / f"{number}")
        done = world.run(["faketime", "-f", clock, *world.REPORT, "--fresh"], root)
        wrong = world.fault(root / "outputs" / "tiny", new)
        failures += [f"{clock}: exit {done.code}: {wrong}: {done.told[-300:]}"] if done.code or wrong else []
    jumps = ("+400d", "-400d") if effort.whole else ("-400d",)
    for jump in jumps:
        root = world.again(effort.where / jump)
        done = _jumping(root, jump)
        wrong = world.fault(root / "outputs" / "tiny", new)
        failures += (
            [f"a jump of {jump}: exit {done.code}: {wrong}: {done.told[-300:]}"] if done.code or wrong else []
        )
    return Found(len(clocks) + len(jumps), failures, "runs")


def _jumping(root: Path, jump: str) -> world.Done:
    clock = root / "clock"
    clock.write_text("+0", encoding="utf-8")

    def turn() -> None:
        time.sleep(2)
        (root / "clock.new").write_text(jump, encoding="utf-8")
        (root / "clock.new").replace(clock)

    threading.Thread(target=turn).start()
    command = ["env", "-u", "FAKETIME", f"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1"]
    preload = ["sh", "-c", 'export LD_PRELOAD="$LD_PRELOAD"; unset FAKETIME; exec "$@"', "sh"]
    return world.run(["faketime", "-f", "+0", *command, *preload, *world.REPORT, "--fresh"], root)
