"""Measure how much processor time it takes to render a report in all three formats.

Usage: ``python benchmarks/render.py [folder]``, with the folder of a made report (``outputs/2023``). Printed
are the seconds of processor time, our own and our children's, of the best of three runs, and the ratio to
pandoc alone, without filter, template or typesetting, on the same source.
"""

from __future__ import annotations

import datetime
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from klimatlib.report.renderers import SYNTAX, find_renderer, render

ROOT = Path(__file__).resolve().parents[1]
LIMIT_SECONDS, RUNS = 3.0, 3
DATE = datetime.date(2026, 11, 23)


def processor_seconds() -> float:
    """Give the seconds used so far by this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def best(work: Callable[[Path], object]) -> float:
    """Give the least processor time of some runs, each in a new folder."""
    found = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            before = processor_seconds()
            work(Path(folder))
            found.append(processor_seconds() - before)
    return min(found)


def main(folder: Path) -> int:
    """Measure, print, and end with 1 when the limit is passed."""
    source = folder / "report.qmd"
    renderer = find_renderer("embedded")

    def ours(out: Path) -> None:
        render(renderer, source, out, date=DATE)

    def pandoc_alone(out: Path) -> None:
        for kind in ("html5", "typst", "docx"):
            command = [str(renderer.executable), str(source.resolve()), f"--from={SYNTAX}", f"--to={kind}"]
            target = ["--standalone", f"--output={out / f'report.{kind}'}"]
            subprocess.run([*command, *target], check=True, cwd=folder, stderr=subprocess.DEVNULL)

    alone, whole = best(pandoc_alone), best(ours)
    print(f"pandoc alone, three formats: {alone:.2f} s of processor time")
    print(f"the whole rendering:         {whole:.2f} s, {whole / alone:.1f} times pandoc alone")
    print(f"goal: under {LIMIT_SECONDS:.0f} s: {'met' if whole < LIMIT_SECONDS else 'missed'}")
    return int(whole >= LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "outputs" / "2023"))
