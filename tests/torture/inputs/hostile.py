"""Workbooks made to kill their reader: refused before they cost anything (A5)."""

from __future__ import annotations

import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import raw_files
from conftest import copy_project
from torture.promise import Effort, Found

SECONDS, MEGABYTES = 2.0, 300.0
_GIVE_UP = 60
_CAP = 6_000_000_000  # bytes of address space for the plain reader: the machine is shared


def _book() -> bytes:
    return raw_files.to_xlsx({"Växthusgaser totalt": raw_files.emission_rows("xlsx")})


def _laughs(workbook: bytes) -> bytes:
    body = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return raw_files.edit_part(
        workbook, raw_files.SHEET,
        lambda xml: f'<?xml version="1.0"?><!DOCTYPE x [{body}]>'
        + xml[xml.index("<worksheet") :].replace("<v>", "<v>&a9;", 1),
    )  # fmt: skip


def _many_parts(workbook: bytes) -> bytes:
    import io

    buffer = io.BytesIO(workbook)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as target:
        for number in range(20_000):
            target.writestr(f"xl/media/{number}.xml", b"<a/>")
    return buffer.getvalue()


HOSTILE: Mapping[str, Callable[[bytes], bytes]] = {
    "a cell in XFD1048576": raw_files.far_cell,
    "a cell in A1048576": lambda book: raw_files.far_cell(book, "A1048576"),
    "a zip bomb of 600 MB": raw_files.bomb,
    "a million rows": raw_files.million_rows,
    "an outside entity (XXE)": raw_files.entities,
    "a billion laughs": _laughs,
    "20 000 parts": _many_parts,
}
SHORT = ("a cell in XFD1048576", "a zip bomb of 600 MB", "a billion laughs")


@dataclass(frozen=True)
class Cost:
    """What a run cost: exit code, processor seconds, peak of memory in MB, last line on stderr."""

    code: int
    seconds: float
    megabytes: float
    said: str


_METER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


def _run(command: list[str], folder: Path, *, capped: bool = False) -> Cost:
    """Run a command alone, and measure it by itself."""

    def cap() -> None:
        if capped:
            resource.setrlimit(resource.RLIMIT_AS, (_CAP, _CAP))
        resource.setrlimit(resource.RLIMIT_CPU, (_GIVE_UP, _GIVE_UP))

    out = folder / "stderr.txt"
    with out.open("wb") as stderr:
        # By way of a small process: what is started directly counts the memory of this large one as its own.
        meter = [sys.executable, "-c", _METER, *command]
        done = subprocess.run(meter, cwd=folder, stdout=subprocess.PIPE, stderr=stderr, preexec_fn=cap)
    code, seconds, kilobytes = done.stdout.split()
    said = out.read_text(encoding="utf-8", errors="replace")
    return Cost(int(code), float(seconds), int(kilobytes) / 1024, said)


def _tried(effort: Effort) -> list[str]:
    return [*HOSTILE] if effort.whole else [*SHORT]


def refused(effort: Effort) -> Found:
    """Give each to ``klimatlib read``; what an honest small file costs is the program itself."""
    root = copy_project(effort.where.resolve() / "värld", tiny=True)
    klimatlib = [sys.executable, "-m", "klimatlib", "read"]
    (root / "liten.csv").write_text("question_id,k,n\nkolsankor,1,2\n", encoding="utf-8")
    alone = _run([*klimatlib, "liten.csv"], root)
    failures, costs = [], []
    for name in _tried(effort):
        (root / "fientlig.xlsx").write_bytes(HOSTILE[name](_book()))
        cost = _run([*klimatlib, "fientlig.xlsx"], root)
        costs.append(cost)
        more = cost.seconds - alone.seconds
        if cost.code != 2 or "fientlig.xlsx: " not in cost.said or "Traceback" in cost.said:
            failures.append(f"{name}: exit {cost.code}: {cost.said[-200:]}")
        if more > SECONDS or cost.megabytes > MEGABYTES:
            failures.append(f"{name}: {more:.1f} s of the processor, {cost.megabytes:.0f} MB")
    slowest, largest = max(c.seconds for c in costs) - alone.seconds, max(c.megabytes for c in costs)
    told = (
        f"slowest {max(slowest, 0):.1f} s of the processor beyond the program's own {alone.seconds:.1f} s, "
        f"largest {largest:.0f} MB (the program alone {alone.megabytes:.0f} MB)"
    )
    return Found(len(costs), failures, "workbooks", told)


_PANDAS = "import sys, pandas; pandas.read_excel(sys.argv[1], sheet_name=None)"


def plain(effort: Effort) -> Found:
    """Give each to pandas and openpyxl, stopped at 6 GB and a minute of the processor."""
    where, costs = effort.where.resolve(), {}
    for name in _tried(effort):
        (where / "fientlig.xlsx").write_bytes(HOSTILE[name](_book()))
        costs[name] = _run([sys.executable, "-c", _PANDAS, "fientlig.xlsx"], where, capped=True)
    bad = {
        name: cost for name, cost in costs.items()
        if cost.code or cost.seconds > SECONDS + 1 or cost.megabytes > MEGABYTES
    }  # fmt: skip
    taken = sum(not cost.code for cost in costs.values())
    told = (
        f"{taken} taken for a table; slowest {max(c.seconds for c in costs.values()):.0f} s, "
        f"largest {max(c.megabytes for c in costs.values()) / 1000:.1f} GB, stopped at 6 GB"
    )
    return Found(len(costs), unit="workbooks", told=told, failed=len(bad))
