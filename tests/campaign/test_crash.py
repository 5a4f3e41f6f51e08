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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from campaign.conftest import EFFORTS, Tries, cases
from campaign.processes import (
    REPORT,
    SPACE,
    STAND_IN,
    Done,
    Small,
    fault,
    hashes,
    left_behind,
    litter,
    make_older,
    put_quarto,
    run,
    start,
    wait_for,
)
from klimatlib import cli
from klimatlib.execution import processes, publishing
from klimatlib.report import renderers
from klimatlib.run import build

# --- kills at random instants --------------------------------------------------------------------------

WAYS = [(signal.SIGKILL, True), (signal.SIGKILL, False), (signal.SIGTERM, False), (signal.SIGINT, True)]
TEXTS = ("", "\nOch så en mening till.\n")


@dataclass
class Killed:
    """A world whose published report is one of two, by the text that it holds."""

    root: Path
    reports: list[Any]
    longest: float

    def write(self, number: int) -> None:
        """Put one of the two texts into the world."""
        path = self.root / "data" / "tiny" / "texts" / "members.md"
        plain = path.read_text(encoding="utf-8").removesuffix(TEXTS[1])
        path.write_text(plain + TEXTS[number], encoding="utf-8")


@pytest.fixture(scope="module")
def killed(small: Small, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    world = Killed(small.copy(tmp_path_factory.mktemp("killed") / "värld"), [], 0)
    for number in (0, 1):
        world.write(number)
        done = run(REPORT, world.root)
        assert done.code == 0, done.said
        world.reports.append(hashes(world.root / "outputs" / "tiny"))
        world.longest = done.seconds
    return world


@pytest.mark.promise("B1", "B2")
@pytest.mark.parametrize("number", cases(range(200), short=3))
def test_a_killed_run_leaves_a_whole_report_and_the_next_run_needs_no_cleaning(
    tries: Tries, killed: Killed, number: int
) -> None:
    published = killed.root / "outputs" / "tiny"
    before = killed.reports.index(hashes(published))
    old, new = killed.reports[before], killed.reports[1 - before]
    killed.write(1 - before)
    chance = random.Random(number)
    (sent, everybody), at = chance.choice(WAYS), chance.uniform(0, killed.longest)
    mark = f"mark-kill-{number}-{os.getpid()}"
    process = start([*REPORT, *["--fresh"] * (number % 10 == 5)], killed.root, TORTURE=mark)
    try:
        process.wait(timeout=at)
    except subprocess.TimeoutExpired:
        (os.killpg if everybody else os.kill)(process.pid, sent)
        process.wait(timeout=60)
    there = hashes(published)
    ended = "after: old" if there == old else "after: new" if there == new else "after: neither"
    wrong = fault(published, old, new) or left_behind(mark)
    tries("B1", wrong and f"{sent.name} after {at:.2f} s: {wrong}", ends=ended)
    done = run(REPORT, killed.root)
    wrong = fault(published, new) or litter(killed.root) or (done.said if done.code else "")
    tries("B2", wrong and f"after kill {number}, exit {done.code}: {wrong}")


# --- faults in single system calls ---------------------------------------------------------------------

CALLS = (
    "openat,creat,write,pwrite64,sendfile,copy_file_range,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,"
    "symlink,mkdir,rmdir,unlink,unlinkat,chmod,fchmod,fchmodat,utimensat"
)
NO_EXCHANGE = ["-e", "inject=renameat2:error=ENOSYS"]  # as on another file system, or an old kernel
BEGIN = "/.manifest.json.part"  # the first file of the publishing step


LOADED = (build, renderers)  # for the forks


def forked(root: Path, options: Sequence[str] = ()) -> Done:
    """Run the command in a fork of this process, which has all imported; ``options`` are strace's."""
    if not (number := os.fork()):
        _child(root)
    began = time.monotonic()
    while _status(number, "State")[0] not in "Tt":
        time.sleep(0.002)
    if options:
        words = ["strace", "-qq", "-s", "300", "-o", str(root / "trace"), "-e", f"trace={CALLS}", *options]
        tracer = subprocess.Popen([*words, "-p", str(number)])
        while _status(number, "TracerPid") == "0":
            time.sleep(0.002)
    os.kill(number, signal.SIGCONT)
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    if options:
        tracer.wait(timeout=60)
    return Done(code, (root / "said").read_text(encoding="utf-8", errors="replace"), time.monotonic() - began)


def _child(root: Path) -> NoReturn:
    code = 1
    try:
        os.chdir(root)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(os.open(root / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["klimatlib", *REPORT[3:]]
        processes._FORKS = False  # nothing runs but what is kept: no kernels are to be prepared
        os.kill(os.getpid(), signal.SIGSTOP)
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _status(number: int, name: str) -> str:
    lines = Path(f"/proc/{number}/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))


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
@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("exchange", [True, False], ids=["with exchange of folders", "without"])
@pytest.mark.parametrize("inject", ["signal=KILL", "error=ENOSPC", "error=EIO"])
def test_a_fault_at_any_system_call_of_publishing_leaves_a_whole_report(
    tries: Tries, small: Small, tmp_path: Path, inject: str, exchange: bool, effort: str
) -> None:
    root, promise = small.copy(tmp_path / "värld"), "B1" if inject == "signal=KILL" else "C2"
    calls = list(changing_calls(root, exchange=exchange))
    if effort == "short":  # the moves of folders, and one of each other call
        calls = [
            call
            for call in {name: (name, n) for name, n in calls}.values()
            if call[0] in ("renameat2", "rename", "write")
        ]
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
        problem = (
            "" if hit and not wrong else f"{inject} at {name} no. {count}: {wrong or 'not hit'}: {done.said}"
        )
        tries(promise, problem, calls=f"{name}{'' if exchange else ', no exchange'}")


@pytest.mark.promise("C2")
@pytest.mark.parametrize("size", cases([400, *range(20, 100, 20), *range(100, 2300, 200)], short=1))
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
@pytest.mark.parametrize("number", cases(range(10), short=1))
def test_the_second_of_two_runs_is_refused_at_once_and_a_dead_holder_holds_no_lock(
    tries: Tries, small: Small, tmp_path: Path, number: int
) -> None:
    root = small.copy(
        tmp_path / "värld", cell="import pathlib, time; pathlib.Path('at').touch(); time.sleep(600)"
    )
    (tmp_path / "first").mkdir()
    first = start(REPORT, root)
    assert wait_for(root / "notebooks" / "at", first)
    shutil.move(root / "said", tmp_path / "first")
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
@pytest.mark.parametrize("load", cases([(1_500, 1), (30_000, 5)], short=1), ids="{0[0]} reads".format)
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
        for _ in range(runs):  # by the command
            assert run(REPORT, published.parents[1]).code == 0
            _swap(_older(published), published, count)
        other = _older(published)
        while count[0] < reads:
            _swap(other, published, count)
    finally:
        done.set()
        reader.join()
    tries("C1", "; ".join(torn[:5]), number=count[0])


def _swap(other: Path, published: Path, count: list[int]) -> None:
    """Swap two reports, and wait for reads: after two swaps in one read its records would be the same."""
    publishing.swap_in(other, published)
    before = count[0]
    while count[0] < before + 2:
        time.sleep(0.0005)


def _older(published: Path) -> Path:
    """Put another whole report beside the published one."""
    other = published.with_name("other")
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(published, other)
    make_older(other)
    return other


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
    "missing": r"not found on the PATH; install Quarto 1\.7 or newer", "half": "DOCX is cut short",
    "fail": "failed with exit code 1: .*the template is not there", "write-nothing": "HTML was not written",
    "hang-with-child": r"still running after \d+ s and was stopped", "flood": "failed with exit code 1: xxx",
    "old": r"found 1\.3\.450, which is older than 1\.7",
        "log-an-error": "logged an error: Unable to resolve crossref",
            "lose-html": "HTML: its words are not those of report.qmd",
    "fail-without-a-word": "failed with exit code 1: it said nothing",
    "print-nothing": "--version gave 'it said nothing', not a version",
    "strange": "--version gave 'nonsense', not a version",
}  # fmt: skip
CODE = (  # the command, with another time limit for the renderer
    "import sys; from klimatlib import cli; from klimatlib.report.renderers import render\n"
    "render.__kwdefaults__['timeout_s'] = float(sys.argv[2])\n"
    "sys.argv = ['klimatlib', 'report', 'tiny', '--renderer', sys.argv[1]]; cli.main()"
)


@pytest.mark.promise("C4")
@pytest.mark.parametrize("mode", cases([*STUBS, "flood-1GB"], short=["half", "hang-with-child", "lose-html"]))
def test_a_bad_renderer_is_refused_in_time_and_the_old_report_stays(
    tries: Tries, small: Small, tmp_path: Path, mode: str
) -> None:
    root, path = small.copy(tmp_path / "värld"), put_quarto(tmp_path / "bin", mode)
    limit = 3 if mode.startswith("hang") else 120
    done = run([sys.executable, "-c", CODE, "quarto", str(limit)], root, PATH=path)
    wrong = (done.unclear if done.code else "ended with 0") or fault(root / "outputs" / "tiny", small.old)
    wrong = wrong or litter(root) or left_behind(str(tmp_path / "bin" / STAND_IN.name))
    stated = re.search(STUBS[mode.removesuffix("-1GB")], done.said)
    tries("C4", f"{mode}: {wrong or done.said}" if wrong or not stated else "", seconds=done.seconds)


@pytest.mark.promise("C4")
@pytest.mark.parametrize("mode", cases(["missing", "fail"], short=1))
def test_another_renderer_takes_over_when_that_is_asked_for(
    tries: Tries, small: Small, tmp_path: Path, mode: str
) -> None:
    root, path = small.copy(tmp_path / "värld"), put_quarto(tmp_path / "bin", mode)
    done = run([sys.executable, "-c", CODE, "auto", "120"], root, PATH=path)
    replaced = fault(root / "outputs" / "tiny", small.old) != ""
    tries("C4", "" if replaced and done.code == 0 else f"auto, {mode}: exit {done.code}: {done.said[-200:]}")


HOARD = "hoard = []\nwhile len(hoard) < 10**6: hoard.append(bytearray(10**7))"


@pytest.mark.promise("C5")
@pytest.mark.parametrize("limit", cases([4_000_000, 0, 3_000_000, 6_000_000], short=1))
def test_a_kernel_that_runs_out_of_memory_ends_the_run_which_says_so(
    tries: Tries, small: Small, tmp_path: Path, limit: int
) -> None:
    cell = HOARD if limit else "import os; os.kill(os.getpid(), 9)  # as the system does when memory is short"
    root = small.copy(tmp_path / "värld", cell=cell)
    shell = f'ulimit -v {limit or "unlimited"}; exec "$@"'
    done = run(["/bin/sh", "-c", shell, "sh", *REPORT], root)
    wrong = (
        fault(root / "outputs" / "tiny", small.old) or ("" if done.code else "ended with 0") or done.unclear
    )
    tries("C5", wrong or ("" if "memory" in done.said.lower() else f"does not speak of memory: {done.said}"))
