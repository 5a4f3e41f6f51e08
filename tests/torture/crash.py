"""The letter B: what kills and stops leave, and runs that must not pass for done."""

from __future__ import annotations

from torture import cells, faults, kills, traps
from torture.promise import Effort, Found, Promise


def whole(effort: Effort) -> Found:
    """Kill at random instants, and at each file-changing call of publishing."""
    random, each = kills.published(effort), faults.killed(effort)
    told = f"{random.tried} at random instants ({random.told}), {each.tried} at a system call"
    return Found(random.tried + each.tried, [*random.failures, *each.failures], "kills", told)


PROMISES = (
    Promise(
        "B1",
        "Whatever kills a run, and when: what is published is the old report or the new one, whole",
        "0 of 200 kills at random instants (SIGKILL, SIGTERM, SIGINT) and of one at every file-changing "
        "system call of publishing, with and without the system's exchange of folders",
        whole,
        kills.plain,
        ("strace",),
    ),
    Promise(
        "B2",
        "After a kill the next run needs no cleaning by hand, and gives the bytes of an undisturbed one",
        "200 of 200 next runs",
        kills.next_run,
        "papermill starts from nothing each time: it has no state that could be wrong",
    ),
    Promise(
        "B3",
        "Nothing of a run is alive five seconds after the command, whatever its cells and renderer do",
        "0 descendants, for 5 kinds of busy cells and a renderer that hangs, 3 signals, 8 times each",
        cells.outlived,
        cells.plain_outlived,
    ),
    Promise(
        "B4",
        "A kernel that dies, freezes or loops ends the run in time, with its notebook and cell named",
        "dead within 5 s, the others within their time limit and 15 s, every time",
        cells.ended,
        cells.plain_ended,
    ),
    Promise(
        "B5",
        "A run has the parameters it was given and all of its cells, or it fails",
        "every trap refused",
        traps.ours,
        traps.plain,
    ),
    Promise(
        "B6",
        "Notebooks that run side by side do not mix",
        "0 of 96 with another year, another folder, or a kernel that did not start",
        traps.side_by_side,
        traps.plain_side_by_side,
    ),
)
