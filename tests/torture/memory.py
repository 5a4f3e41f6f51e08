"""M: how much memory a run holds at its peak, all processes together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import ROOT, copy_project
from torture.promise import Effort, Found, Promise

sys.path.insert(0, str(ROOT / "benchmarks"))
from sheets import everyone, sheets, watch

REPORT_MB = 700


def report_and_sheets(effort: Effort) -> Found:
    """Make the report of 2023 from nothing and, in the whole campaign, a sheet for every municipality."""
    report = _report(effort.where)
    held = {"the report": (report, REPORT_MB)}
    if effort.whole:
        with everyone() as (root, codes):
            held[f"{len(codes)} sheets"] = (sheets(root, codes)[1], 2 * REPORT_MB)
    failures = [
        f"{what}: {mb:.0f} MB, expected at most {most}" for what, (mb, most) in held.items() if mb > most
    ]
    told = ", ".join(f"{what} {mb:.0f} MB" for what, (mb, _) in held.items())
    return Found(len(held), failures, "runs", told)


def _report(where: Path) -> float:
    root = copy_project(where / "klimat", tiny=False)
    command = [sys.executable, "-m", "klimatlib", "report", "2023", "--renderer", "embedded"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    peak = watch(process)
    assert process.wait() == 0
    return peak()


def by_hand(effort: Effort) -> Found:
    """Do the same by papermill, pandoc, typst and nbconvert, one after another; nothing is asked of it."""
    root = copy_project(effort.where / "klimat", tiny=False)
    process = subprocess.Popen([sys.executable, "-c", _BY_HAND, root, ROOT / "benchmarks"], cwd=root)
    peak = watch(process)
    assert process.wait() == 0
    return Found(1, unit="runs", told=f"the report {peak():.0f} MB")


_BY_HAND = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from speed import report_by_hand_in
report_by_hand_in(Path(sys.argv[1]))
"""
PROMISES = (
    Promise(
        "M1", "A report is made on a small machine", "report under 700 MB, 290 sheets at most twice that",
        report_and_sheets, by_hand,
    ),
)  # fmt: skip
