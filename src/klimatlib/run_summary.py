"""What an unattended run leaves to read: a summary for machines, and a letter for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from klimatlib.runlog import Entry
from klimatlib.whole import write_whole
from klimatlib.wording import counted, cut

Outcome = Literal["running", "done", "failed", "stopped"]
_MOST = 30


@dataclass(frozen=True)
class Ending:
    """How a run ended: its outcome, its exit code, and why where it is not done."""

    outcome: Outcome
    exit_code: int | None
    reason: str = ""


@dataclass(frozen=True)
class Summary:
    """A run in short.

    Attributes
    ----------
    report, run, command, host, pid
        What ran, where.
    started, ended, seconds
        ISO 8601 in UTC; ``ended`` is null while it runs.
    outcome, exit_code, reason
        How it ended; ``running`` with a dead ``pid`` means that it was killed.
    folder, changed
        What the run is for, and which of its files are other than before: empty when nothing changed.
    warnings, steps
        What was said, step by step.
    facts
        Numbers that the steps told, such as ``claims``; the commit, the renderer.
    log
        The file with every line.
    """

    report: str
    run: str
    command: str
    host: str
    pid: int
    started: str
    folder: str
    log: str
    ended: str | None = None
    seconds: float = 0
    outcome: Outcome = "running"
    exit_code: int | None = None
    reason: str = ""
    changed: Sequence[str] = ()
    warnings: Sequence[str] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def write(self, stem: Path) -> None:
        """Write ``<stem>.json`` and ``<stem>.txt``, each whole."""
        values = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        write_whole(stem.with_name(f"{stem.name}.json"), values + "\n")
        write_whole(stem.with_name(f"{stem.name}.txt"), letter(self))


def steps(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return what was said on each step, without warnings and errors."""
    return [
        {"step": entry.step, "seconds": entry.seconds, "message": entry.message}
        for entry in entries
        if entry.level == "info"
    ]


def letter(summary: Summary) -> str:
    """Write what a person must know: how it ended, what came out, what to do. The first line is a subject."""
    parts = [[f"klimatlib {summary.report}: {summary.outcome}", _when(summary)]]
    if summary.reason:
        parts.append(["Why", *_indented(summary.reason.splitlines())])
    if summary.ended:
        parts.append(_came_out(summary))
    if summary.warnings:
        parts.append([counted(len(summary.warnings), "warning"), *_indented(summary.warnings)])
    parts.append(["What to do", *_indented(_advice(summary))])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _when(summary: Summary) -> str:
    if not summary.ended:
        return f"Since {summary.started} on {summary.host}, pid {summary.pid}"
    times = f"{summary.started} to {summary.ended} ({summary.seconds:.0f} s)"
    return f"{times} on {summary.host}, exit code {summary.exit_code}"


def _came_out(summary: Summary) -> list[str]:
    if not summary.changed:
        return [f"{summary.folder}/ is as it was: nothing changed"]
    told = f", {summary.facts['claims']} claims" if "claims" in summary.facts else ""
    return [f"{summary.folder}/ is new{told}; changed are", *_indented(summary.changed)]


def _advice(summary: Summary) -> list[str]:
    look = f"every line is in {summary.log}"
    if summary.outcome == "running":
        return ["Wait; if no such process is alive, it was killed: nothing was published, start it again."]
    if summary.outcome == "stopped":
        return [f"Nothing of it is left running. Start it again: {summary.command}"]
    if summary.outcome == "failed":
        mend = "Mend what is named above" if summary.exit_code == 2 else "Look into what is named above"
        return [f"{mend}; {look}.", f"Then start it again: {summary.command}"]
    if not summary.changed:
        return ["Nothing: the inputs gave the same as before."]
    return [f"Look at {summary.folder}/ and at the warnings; {look}."]


def _indented(lines: Sequence[str]) -> list[str]:
    return cut(lines, _MOST, indent="  ")
