"""Clocks that are wrong, and clocks that are set while a report is being made."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import subprocess
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from torture import world
from torture.promise import Effort, Found

DAY_S = 24 * 60 * 60
FROM_THE_START = (dt.timedelta(400), dt.timedelta(-1))
YEARS = (1971, 2038, 2100)
UNDER_WAY = (dt.timedelta(400), dt.timedelta(-1), dt.timedelta(hours=1), dt.timedelta(hours=-1))


@cache
def _library() -> Path:
    """Compile what stands between a program and the wall clock."""
    home = Path(mkdtemp(prefix="torture-clock-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    source, library = Path(__file__).with_name("clockjump.c"), home / "clockjump.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def set_by(by: dt.timedelta, *, at: float = 1) -> Mapping[str, str]:
    """The variables for a program whose wall clock is set at an instant of ``time.monotonic``."""
    seconds = f"{by.total_seconds():.0f}"
    return {"LD_PRELOAD": str(_library()), "JUMP_AT": f"{at:.3f}", "JUMP_BY": seconds}


def other_clock(effort: Effort) -> Found:
    """Make the report with a clock that is wrong, or is set under way: the same bytes."""
    now = dt.datetime.now()
    wrong = [*FROM_THE_START, *(now.replace(year=year) - now for year in YEARS)] if effort.whole else []
    under_way = UNDER_WAY if effort.whole else UNDER_WAY[:1]
    took = world.run([*world.REPORT, "--fresh"], world.again(effort.where / "värld")).seconds
    failures = [_wrong(effort, by, 0) for by in wrong] + [_wrong(effort, by, took / 3) for by in under_way]
    told = f"{len(wrong)} wrong from the start, {len(under_way)} set under way"
    return Found(len(failures), [line for line in failures if line], "clocks", told)


def _wrong(effort: Effort, by: dt.timedelta, after: float) -> str:
    root, seen = world.again(effort.where / "värld"), effort.where / "seen"
    seen.unlink(missing_ok=True)
    clock = set_by(by, at=time.monotonic() + after)
    done = world.run([*world.REPORT, "--fresh"], root, JUMP_SEEN=str(seen), **clock)
    fault = world.fault(root / "outputs" / "tiny", world.made()[2])
    name = f"set by {by.total_seconds() / DAY_S:.2f} days after {after:.0f} s"
    if done.code or fault or done.told:
        return f"{name}: exit {done.code}: {fault}: {done.told[-300:]}"
    return "" if seen.exists() else f"{name}: no process saw it"
