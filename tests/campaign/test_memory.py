"""The promise on memory: a report is made on a small machine (M1)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from campaign.conftest import Tries
from campaign.processes import KLIMATLIB
from conftest import ROOT, copy_project

sys.path.insert(0, str(ROOT / "benchmarks"))
from sheets import everyone, sheets, watch

REPORT_MB = 700


@pytest.mark.long
@pytest.mark.promise("M1")
@pytest.mark.parametrize("what", ["the report", "290 sheets"])
def test_a_report_and_all_sheets_are_made_in_little_memory(tries: Tries, tmp_path: Path, what: str) -> None:
    if what == "the report":
        root = copy_project(tmp_path / "klimat", tiny=False)
        command = [*KLIMATLIB, "report", "2023", "--renderer", "embedded"]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
        peak = watch(process)
        assert process.wait() == 0
        held, limit = peak(), REPORT_MB
    else:
        with everyone() as (root, codes):
            held, limit = sheets(root, codes)[1], 2 * REPORT_MB
    problem = f"{what}: {held:.0f} MB, expected at most {limit}" if held > limit else ""
    tries("M1", problem, **{f"MB for {what}": held})
