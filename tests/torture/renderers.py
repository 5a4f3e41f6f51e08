"""Renderers that are missing, fail, hang, flood and lie."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sys
import time
from pathlib import Path

from torture import world
from torture.promise import Effort, Found

STAND_IN = Path(__file__).parents[1] / "stand_in_quarto.py"
TIMEOUT_S = 3  # of one that hangs; the others have enough on a busy machine too
# How the stand-in behaves, and what is said of it; the first seven are the campaign's.
STUBS = {
    "missing": r"not found on the PATH; install Quarto 1\.7 or newer",
    "fail": "failed with exit code 1: .*the template is not there",
    "write-nothing": "HTML was not written",
    "half": "DOCX is cut short",
    "hang-with-child": r"still running after \d+ s and was stopped",
    "old": r"found 1\.3\.450, which is older than 1\.7",
    "flood": "failed with exit code 1: xxx",
    "fail-without-a-word": "failed with exit code 1: it said nothing",
    "log-an-error": "logged an error: Unable to resolve crossref",
    "lose-html": "HTML: its words are not those of report.qmd",
    "print-nothing": "--version gave 'it said nothing', not a version",
    "strange": "--version gave 'nonsense', not a version",
}
# The command, with another time limit for the renderer.
CODE = (
    "import sys; from klimatlib import cli; from klimatlib.report.renderers import render\n"
    "render.__kwdefaults__['timeout_s'] = float(sys.argv[2])\n"
    "sys.argv = ['klimatlib', 'report', 'tiny', '--renderer', sys.argv[1]]; cli.main()"
)


def program(folder: Path, mode: str, *, big: bool = False) -> str:
    """Put a stand-in for Quarto into a folder, and return a PATH that finds it and little else."""
    folder.mkdir(parents=True)
    if mode != "missing":
        quarto, how = folder / "quarto", "flood-1GB" if mode == "flood" and big else mode
        acts = shutil.copy(STAND_IN, folder)  # by whose place its processes are found
        quarto.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{acts}" {how} "$@"\n', encoding="utf-8")
        quarto.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def survived(effort: Effort) -> Found:
    """Make the report with each stand-in: refused in time and in a line, with what was published intact."""
    _, old, _ = world.made()
    failures, slowest = [], 0.0
    for mode, told in STUBS.items():
        root = world.again(effort.where / mode / "värld")
        path = program(effort.where / mode / "bin", mode, big=effort.whole)
        seconds = TIMEOUT_S if mode.startswith("hang") else 120
        done = world.run([sys.executable, "-c", CODE, "quarto", str(seconds)], root, PATH=path)
        slowest = max(slowest, done.seconds)
        wrong = done.unclear if done.code else "ended with 0"
        wrong = wrong or world.fault(root / "outputs" / "tiny", old) or ", ".join(world.litter(root))
        if not wrong and not re.search(told, done.told):
            wrong = f"said {done.told}"
        if world.gone(str(effort.where / mode / "bin" / STAND_IN.name)) and not wrong:
            wrong = "left processes"
        failures += [f"{mode}: {wrong}"] if wrong else []
    failures += _fallback(effort)
    return Found(len(STUBS) + 2, failures, "renderers", f"slowest {slowest:.1f} s")


def _fallback(effort: Effort) -> list[str]:
    """With auto, the embedded renderer takes over from one that is missing and from one that fails."""
    _, old, _ = world.made()
    wrong = []
    for mode in ("missing", "fail"):
        root = world.again(effort.where / f"auto-{mode}" / "värld")
        path = program(effort.where / f"auto-{mode}" / "bin", mode)
        done = world.run([sys.executable, "-c", CODE, "auto", "120"], root, PATH=path)
        manifest = json.loads((root / "outputs" / "tiny" / "manifest.json").read_text(encoding="utf-8"))
        taken = manifest["versions"]["renderer"].split()[0]
        kept = world.hashes(root / "outputs" / "tiny") == old
        if done.code or taken != "embedded" or kept:
            wrong.append(f"auto, {mode}: exit {done.code}, {taken}: {done.told[-200:]}")
    return wrong


def outlived(where: Path, number: signal.Signals) -> str:
    """Stop the command while a renderer hangs that hears no SIGTERM; tell what is alive after 5 s."""
    root, mark = world.again(where / "värld"), str(where / "bin" / STAND_IN.name)
    path = program(where / "bin", "hang-with-child")
    process = world.start([world.KLIMATLIB, "report", "tiny", "--renderer", "quarto"], root, PATH=path)
    deadline = time.monotonic() + 120
    while len(world.alive(mark)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if process.poll() is not None:
        return f"the renderer did not begin: {(root / 'said').read_text()}"
    process.send_signal(number)
    left = world.gone(mark)
    process.wait(timeout=60)
    return f"{len(left)} processes of a renderer alive after 5 s" if left else ""
