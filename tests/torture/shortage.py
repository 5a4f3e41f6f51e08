"""Too little room, too little memory: the old report stays, and the message says what is short."""

from __future__ import annotations

import sys
from pathlib import Path

from torture import faults, world
from torture.cells import spoil, write_notebook
from torture.promise import Effort, Found

_RUN = 'exec "$@"'


def no_room(effort: Effort) -> Found:
    """A full disk: at each call of publishing, and in small file systems at whatever the run does then."""
    calls = faults.refused(effort)
    failures = [*calls.failures]
    sizes = (*range(100, 2300, 200), *range(20, 100, 20)) if effort.whole else (400,)
    tried = 0
    for size in sizes if world.may(*world.SPACE, "true") else ():
        tried += 1
        failures += (
            [f"{size} kB: {wrong}"] if (wrong := _in_little_room(effort.where / f"{size}", size)) else []
        )
    told = f"{calls.told}; {tried} sizes of file systems"
    return Found(calls.tried + tried, failures, "faults", told)


def _in_little_room(where: Path, size: int) -> str:
    """Make the report where ``outputs/`` has so many kB beyond the old report."""
    _, old, new = world.made()
    root = world.again(where / "värld")
    aside, out = where / "aside", root / "outputs"
    out.rename(aside)
    out.mkdir()
    used = sum((path.stat().st_size + 4095) // 4096 * 4 for path in aside.rglob("*"))
    shell = (
        f"mount -t tmpfs -o size={used + size}k tmpfs {out} && cp -a {aside}/. {out}/ && "
        f'{{ "$@"; code=$?; cp -a {out}/. {where}/after/; exit $code; }}'
    )
    (where / "after").mkdir()
    done = world.run([*world.SPACE, "/bin/sh", "-c", shell, "sh", *world.REPORT, "--fresh"], root)
    there = where / "after" / "tiny"
    if done.code == 0:
        return world.fault(there, new)
    wrong = world.fault(there, old) or done.unclear
    return wrong or ("" if "MB are free in" in done.told else f"names no free space: {done.told}")


def plain_no_room(effort: Effort) -> Found | str:
    """Papermill on a file system that is too small for its output, with an older one there."""
    if not world.may(*world.SPACE, "true"):
        return "not permitted on this machine"
    write_notebook(effort.where / "in.ipynb", "print('x' * 300_000)", "1", parameters="year = 2022")
    (effort.where / "small").mkdir()
    command = [sys.executable, "-m", "papermill", "in.ipynb", "small/out.ipynb", "--no-progress-bar"]
    shell = (
        'mount -t tmpfs -o size=200k tmpfs small && cp in.ipynb small/out.ipynb && {{ "$@"; {}; }}'.format(
            "cp small/out.ipynb after"
        )
    )
    world.run([*world.SPACE, "/bin/sh", "-c", shell, "sh", *command], effort.where)
    whole = (effort.where / "after").read_bytes() == (effort.where / "in.ipynb").read_bytes()
    return Found(1, [] if whole else ["the old output is cut short"], "faults", "the old output gone")


HOARD = "hoard = []\nwhile len(hoard) < 10**6: hoard.append(bytearray(10**7))"


def no_memory(effort: Effort) -> Found:
    """A cell that takes memory without end, under a limit; and a kernel that the system kills for it."""
    _, old, _ = world.made()
    failures, sizes = [], (3_000_000, 4_000_000, 6_000_000) if effort.whole else (4_000_000,)
    cases = [(f"ulimit -v {size}; {_RUN}", HOARD) for size in sizes]
    cases.append((_RUN, "import os; os.kill(os.getpid(), 9)  # as the system does when memory is short"))
    for number, (shell, cell) in enumerate(cases):
        root = world.again(effort.where / f"{number}")
        spoil(root, cell)
        done = world.run(["/bin/sh", "-c", shell, "sh", *world.REPORT], root)
        wrong = world.fault(root / "outputs" / "tiny", old) or ("" if done.code else "ended with 0")
        wrong = wrong or done.unclear
        if not wrong and "memory" not in done.told.lower():
            wrong = f"does not speak of memory: {done.told}"
        failures += [f"{shell}: {wrong}"] if wrong else []
    return Found(len(cases), failures, "runs")
