"""Measure how fast an export of the emissions database is read, and how much memory that takes.

Usage: ``python benchmarks/read_emissions.py [file ...]``. Each reader runs in a fresh process: ours, which
checks every sum, and pandas alone, which checks nothing. The figures are wall seconds for reading (imports
apart) and the peak memory of the whole process; the best of three runs counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data" / "ned"
LIMIT_SECONDS, LIMIT_MB = 5.0, 600.0

CHILD = """
import json, sys, time
from pathlib import Path
import pandas as pd

path, reader, places_path = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
if reader == "klimatlib":
    from klimatlib.config import Sectors, validate
    from klimatlib.sources.emissions_database import read_emissions
    from klimatlib.sources.tables import Places
    names = Path(places_path).parents[2] / "params" / "sectors.yml"
    sectors = validate(names.read_bytes(), Sectors, file=names.name)
    places = Places.from_frame(pd.read_csv(places_path, dtype=str))
    substance = "CO2" if "CO2" in path.name else "GGT"
    start = time.perf_counter()
    named = {"places": places, "sectors": sectors, "require_substance": substance}
    rows = len(read_emissions(path.read_bytes(), path.name, **named).frame)
elif path.suffix == ".csv":
    start = time.perf_counter()
    rows = len(pd.read_csv(path, sep=";", decimal=",", skiprows=6, low_memory=False))
else:
    import openpyxl
    start = time.perf_counter()
    rows = len(pd.read_excel(path, engine="openpyxl", header=None))
seconds = time.perf_counter() - start
status = Path("/proc/self/status").read_text()
peak_kb = int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
print(json.dumps([seconds, peak_kb / 1024, rows]))
"""


def measure(path: Path, reader: str) -> tuple[float, float, int]:
    """Best wall seconds and least peak memory (MB) of three fresh processes, and the rows read."""
    command = [
        sys.executable,
        "-c",
        CHILD,
        str(path),
        reader,
        str(ROOT / "data/statistics/municipalities.csv"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    runs = []
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        runs.append(json.loads(done.stdout))
    return min(run[0] for run in runs), min(run[1] for run in runs), int(runs[0][2])


def main(paths: list[Path]) -> int:
    """Print a line for each reader of each file and their ratio; 1 if ours is beyond the limits."""
    failed = False
    for path in paths:
        ours, plain = measure(path, "klimatlib"), measure(path, "pandas")
        print(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB)")
        for name, (seconds, peak, rows) in (("klimatlib", ours), ("pandas alone", plain)):
            print(f"  {name:13} {seconds:6.2f} s  {peak:6.0f} MB  {rows:7} rows")
        print(f"  ratio         {ours[0] / plain[0]:6.2f}    {ours[1] / plain[1]:6.2f}")
        failed |= ours[0] > LIMIT_SECONDS or ours[1] > LIMIT_MB
    return int(failed)


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]] or sorted(SHARED.glob("ned_*"))
    if not given:
        sys.exit("no export given and none found in ../shared/data/ned")
    sys.exit(main(given))
