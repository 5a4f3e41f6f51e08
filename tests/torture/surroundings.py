"""The letter C: other runs, full disks, odd environments, bad renderers, little memory, wrong clocks."""

from __future__ import annotations

from torture import clocks, odd, readers, renderers, shortage
from torture.promise import Promise

_NOTHING = "papermill renders nothing: there is nothing to compare with"

PROMISES = (
    Promise(
        "C1",
        "Of two runs the second is refused at once and told who holds the lock, which dies with its holder; "
        "readers never meet half a file",
        "refused within 1 s of processor time, 0 torn of 30 000 reads",
        readers.kept_apart,
        readers.plain,
    ),
    Promise(
        "C2",
        "A full or bad disk leaves the old report, and a line with the path and the room that is left",
        "ENOSPC and EIO at every file-changing system call of publishing, and file systems of many sizes",
        shortage.no_room,
        shortage.plain_no_room,
        ("strace",),
    ),
    Promise(
        "C3",
        "Odd surroundings end in the same bytes or in one clear line",
        f"all of {len(odd.CASES)}: locale, rights, handles, streams, folders, mounts, network",
        odd.odd,
        odd.plain_odd,
    ),
    Promise(
        "C4",
        "A renderer that is missing, fails, hangs, floods or writes half a file is refused in time; "
        "another is taken only if asked for",
        "all refused within the time limit and 5 s, with no process and no file left",
        renderers.survived,
        _NOTHING,
    ),
    Promise(
        "C5",
        "A kernel that runs out of memory ends the run, and the message says memory",
        "every time, with the old report intact",
        shortage.no_memory,
        "papermill fails too; what it leaves is told at B1",
    ),
    Promise(
        "C6",
        "A wrong clock changes no byte, nor one that is set while the report is made",
        "the same bytes in every case",
        clocks.other_clock,
        "papermill writes the clock into its output by design",
        ("cc",),
    ),
)
