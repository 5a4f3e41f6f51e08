"""Promises on runs that are killed, crowded or starved: what is published stays whole (B1-2, C1-2, C4-5)."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest

from campaign.conftest import Tries, cases
from campaign.processes import (
    REPORT,
    SPACE,
    STAND_IN,
    Done,
    Small,
    fault,
    left_behind,
    litter,
    make_older,
    put_quarto,
    run,
    start,
    wait_for,
)
from conftest import be_the_command, klimatlib
from klimatlib.execution import processes, publishing
from klimatlib.execution.publishing import digests
from klimatlib.report import renderers
from klimatlib.run import build

# --- kills at random instants --------------------------------------------------------------------------

WAYS = [(signal.SIGKILL, True), (signal.SIGKILL, False), (signal.SIGTERM, False), (signal.SIGINT, True)]


@pytest.mark.promise("B1", "B2")
@pytest.mark.parametrize("number", cases(range(200), short=1))
def test_a_killed_run_leaves_a_whole_report_and_the_next_run_needs_no_cleaning(
    tries: Tries, small: Small, tmp_path: Path, number: int
) -> None:
    root, chance = small.copy(tmp_path / "värld"), random.Random(number)
    published = root / "outputs" / "tiny"
    (sent, everybody), at = chance.choice(WAYS), chance.uniform(0, small.seconds)
    mark = f"mark-kill-{number}-{os.getpid()}"
    process = start([*REPORT, *["--fresh"] * (number % 2)], root, TORTURE=mark)
    try:
        process.wait(timeout=at)
    except subprocess.TimeoutExpired:
        (os.killpg if everybody else os.kill)(process.pid, sent)
        process.wait(timeout=60)
    there = digests(published)
    ended = "after: old" if there == small.old else "after: new" if there == small.new else "after: neither"
    wrong = fault(published, small.old, small.new) or left_behind(mark)
    tries("B1", wrong and f"{sent.name} after {at:.2f} s: {wrong}", ends=ended)
    done = klimatlib(*REPORT[3:], cwd=root)
    wrong = fault(published, small.new) or litter(root) or (done.stderr if done.returncode else "")
    tries("B2", wrong and f"after kill {number}, exit {done.returncode}: {wrong}")


# --- faults in single system calls ---------------------------------------------------------------------

CALLS = (
    "openat,creat,write,pwrite64,sendfile,copy_file_range,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,"
    "symlink,mkdir,rmdir,unlink,unlinkat,chmod,fchmod,fchmodat,utimensat"
)
FAULTS = [("short", "signal=KILL", False), ("short", "error=ENOSPC", True),
          *product(["long"], ["signal=KILL", "error=ENOSPC", "error=EIO"], [True, False])]  # fmt: skip
NO_EXCHANGE = ["-e", "inject=renameat2:error=ENOSYS"]  # as on another file system, or an old kernel
BEGIN = "/.manifest.json.part"  # the first file of the publishing step


LOADED = (build, renderers)  # for the forks


def forked(root: Path, options: Sequence[str] = ()) -> Done:
    """Run the command in a fork of this process, which has all imported; ``options`` are strace's."""
    with (root / "said").open("wb") as said, Path(os.devnull).open("wb") as nothing:
        if not (number := os.fork()):
            processes._FORKS = False  # nothing runs but what is kept: no kernels are to be prepared
            os.kill(os.getpid(), signal.SIGSTOP)
            be_the_command(REPORT[3:], root, nothing, said)
    began = time.monotonic()
    os.waitpid(number, os.WUNTRACED)
    if options:
        words = ["strace", "-s", "300", "-o", str(root / "trace"), "-e", f"trace={CALLS}", *options]
        tracer = subprocess.Popen([*words, "-p", str(number)], stderr=subprocess.PIPE)
        assert tracer.stderr is not None and b"attached" in tracer.stderr.readline()
    os.kill(number, signal.SIGCONT)
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    if options:
        tracer.communicate(timeout=60)
    return Done(code, (root / "said").read_text(encoding="utf-8", errors="replace"), time.monotonic() - began)


def changing_calls(root: Path, *, exchange: bool) -> Iterator[tuple[str, int]]:
    """Yield the file-changing calls of the publishing step below outputs: a name, and which of that name."""
    done = forked(root, [*([] if exchange else NO_EXCHANGE), "-y"])
    assert done.code == 0, done.said
    counts: Counter[str] = Counter()
    begun = False
    for line in (root / "trace").read_text(encoding="utf-8", errors="replace").splitlines():
        if match := re.match(r"(\w+)\((.*)\) += (.*)", line):
            name, about, _ = match.groups()
            counts[name] += 1
            begun = begun or BEGIN in about
            reads = name == "openat" and not re.search("O_WRONLY|O_RDWR|O_CREAT", about)
            forced = name == "renameat2" and not exchange
            if begun and "/outputs" in about and about[0] != "1" and not reads and not forced:
                yield name, counts[name]


@pytest.mark.promise("B1", "C2", needs="strace")
@pytest.mark.parametrize("case", cases(FAULTS, short=2), ids=lambda case: "{}-{}-exchange: {}".format(*case))
def test_a_fault_at_any_system_call_of_publishing_leaves_a_whole_report(
    tries: Tries, small: Small, tmp_path: Path, case: tuple[str, str, bool]
) -> None:
    effort, inject, exchange = case
    root, promise = small.copy(tmp_path / "värld"), "B1" if inject == "signal=KILL" else "C2"
    calls = list(changing_calls(root, exchange=exchange))
    if effort == "short":  # the move of the folder
        calls = [(name, count) for name, count in calls if name in ("renameat2", "rename")][-1:]
    for name, count in calls:
        small.copy(root)
        options = [] if exchange else NO_EXCHANGE
        done = forked(root, [*options, "-e", f"inject={name}:{inject}:when={count}"])
        hit = done.code == -signal.SIGKILL or "INJECTED" in (root / "trace").read_text(errors="replace")
        place, aside = root / "outputs" / "tiny", root / "outputs" / ".old-tiny"
        # Where the system cannot exchange, the old report stands beside its place for an instant.
        wrong = fault(aside if aside.exists() and not place.exists() else place, small.old, small.new)
        if promise == "C2" and not wrong:
            needed = ["outputs", *(["MB are free in"] if "ENOSPC" in inject else [])]
            wrong = fault(place, small.new) if not done.code else done.unclear
            wrong = wrong or ", ".join(word for word in needed if done.code and word not in done.said)
        again = forked(root)
        wrong = wrong or fault(place, small.new) or litter(root) or (again.said if again.code else "")
        told = f"{inject} at {name} no. {count}: {wrong or 'not hit'}: {done.said}"
        tries(
            promise, "" if hit and not wrong else told, calls=f"{name}{'' if exchange else ', no exchange'}"
        )


@pytest.mark.promise("C2")
@pytest.mark.parametrize("size", cases([400, *range(20, 100, 20), *range(100, 2300, 200)], short=0))
def test_a_full_disk_leaves_the_old_report_and_names_the_free_space(
    tries: Tries, small: Small, tmp_path: Path, size: int
) -> None:
    root, aside, after = small.copy(tmp_path / "värld"), tmp_path / "aside", tmp_path / "after"
    out = root / "outputs"
    out.rename(aside)
    out.mkdir()
    after.mkdir()
    used = sum((path.stat().st_size + 4095) // 4096 * 4 for path in aside.rglob("*"))
    shell = (
        f"mount -t tmpfs -o size={used + size}k tmpfs {out} && cp -a {aside}/. {out}/ && "
        f'{{ "$@"; code=$?; cp -a {out}/. {after}/; exit $code; }}'
    )
    done = run([*SPACE, "/bin/sh", "-c", shell, "sh", *REPORT, "--fresh"], root)
    wrong = fault(after / "tiny", small.old if done.code else small.new)
    if done.code and not wrong:
        wrong = done.unclear or ("" if "MB are free in" in done.said else f"names no free space: {done.said}")
    tries("C2", wrong and f"{size} kB: {wrong}", sizes=f"{size} kB")


# --- two runs, and readers -----------------------------------------------------------------------------


@pytest.mark.promise("C1")
@pytest.mark.parametrize("number", cases(range(10), short=0))
def test_the_second_of_two_runs_is_refused_at_once_and_a_dead_holder_holds_no_lock(
    tries: Tries, small: Small, tmp_path: Path, number: int
) -> None:
    cell = "import pathlib, time; pathlib.Path('at').touch(); time.sleep(600)"
    root = small.copy(tmp_path / "värld", cell=cell)
    first = start(REPORT, root)
    assert wait_for(root / "notebooks" / "at", first)
    (root / "said").unlink()  # the first goes on writing there
    before = os.times()
    scheduled = run([*REPORT, "--scheduled"], root)
    took = sum(os.times()[2:4]) - sum(before[2:4])  # of the processor: the wall clock tells of other work too
    by_hand = run(REPORT, root)
    first.kill()
    first.wait()
    with publishing.locked(root / "outputs" / ".lock-tiny"):  # raises where the dead still hold it
        pass
    holder = re.search(r"another run is going on \(pid (\d+) on \S+ since [\dT:Z-]+: .+\)", by_hand.said)
    right = [scheduled.code, by_hand.code] == [75, 75] and holder and int(holder[1]) == first.pid
    problem = "" if right else f"{scheduled.code}, {by_hand.code}: {by_hand.said}"
    tries("C1", problem or (f"refused after {took:.1f} s of processor time" if took > 1 else ""))


@pytest.mark.promise("C1")
@pytest.mark.parametrize("load", cases([(1_500, 0), (30_000, 5)], short=1), ids="{0[0]} reads".format)
def test_readers_never_meet_half_a_report_while_others_replace_it(
    tries: Tries, small: Small, tmp_path: Path, load: tuple[int, int]
) -> None:
    reads, runs = load
    published = small.copy(tmp_path / "läst") / "outputs" / "tiny"
    torn: list[str] = []
    count, done = [0], threading.Event()
    reader = threading.Thread(target=_read, args=(published, torn, count, done))
    reader.start()
    try:
        make_older(other := shutil.copytree(published, published.with_name("other")))
        while runs or count[0] < reads:
            if runs:  # by the command
                assert run(REPORT, published.parents[1]).code == 0
                runs -= 1
            before = count[0]
            publishing.swap_in(other, published)
            while count[0] < before + 2:  # after two swaps in one read its records would be the same
                time.sleep(0.0005)
    finally:
        done.set()
        reader.join()
    tries("C1", "; ".join(torn[:5]), number=count[0])


def _read(published: Path, torn: list[str], count: list[int], done: threading.Event) -> None:
    """Read files of the published folder, each with the record of their hashes before and after."""
    build = published / "build.json"
    names = sorted(json.loads(build.read_text(encoding="utf-8"))["outputs"])
    while not done.is_set():
        for name in names:
            try:
                before, content, after = (path.read_bytes() for path in (build, published / name, build))
                stated = json.loads(before)["outputs"].get(name)
            except (OSError, ValueError) as error:
                torn.append(f"{name}: {error}")
                continue
            count[0] += 1
            if before == after and hashlib.sha256(content).hexdigest() != stated:
                torn.append(f"{name}: not as build.json says")


# --- renderers and memory ------------------------------------------------------------------------------

STUBS = {  # how the stand-in for Quarto behaves, and what is said of it
    "hang-with-child": r"still running after \d+ s and was stopped", "half": "DOCX is cut short",
    "lose-html": "HTML: its words are not those of report.qmd", "missing": r"not found on the PATH; install",
    "fail": "failed with exit code 1: .*the template is not there", "write-nothing": "HTML was not written",
    "flood": "failed with exit code 1: xxx", "flood-1GB": "failed with exit code 1: xxx",
    "old": r"found 1\.3\.450, which is older than 1\.7", "log-an-error": "Unable to resolve crossref",
    "strange": "--version gave 'nonsense', not a version", "auto, missing": "", "auto, fail": "",
}  # fmt: skip
CODE = (  # the command, with another time limit for the renderer
    "import sys; from klimatlib import cli; from klimatlib.report.renderers import render\n"
    "render.__kwdefaults__['timeout_s'] = float(sys.argv[2])\n"
    "sys.argv = ['klimatlib', 'report', 'tiny', '--renderer', sys.argv[1]]; cli.main()"
)


@pytest.mark.promise("C4")
@pytest.mark.parametrize("mode", cases([*STUBS], short=1))
def test_a_bad_renderer_is_refused_in_time_and_another_is_taken_only_if_asked_for(
    tries: Tries, small: Small, tmp_path: Path, mode: str
) -> None:
    wanted, _, stub = mode.rpartition(", ")
    root, path = small.copy(tmp_path / "värld"), put_quarto(tmp_path / "bin", stub)
    limit = "3" if mode.startswith("hang") else "120"
    done = run([sys.executable, "-c", CODE, wanted or "quarto", limit], root, PATH=path)
    replaced = fault(root / "outputs" / "tiny", small.old)
    if wanted:
        wrong = "" if replaced and not done.code else "no other took over"
    else:
        wrong = (done.unclear if done.code else "ended with 0") or replaced
        wrong = wrong or ("" if re.search(STUBS[mode], done.said) else "another cause is told")
    wrong = wrong or litter(root) or left_behind(str(tmp_path / "bin" / STAND_IN.name))
    tries("C4", wrong and f"{mode}: exit {done.code}: {wrong}: {done.said[-300:]}", seconds=done.seconds)
