"""Faults put into single system calls of publishing, by strace: no room, a bad disk, death."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torture import world
from torture.forked import Forks, forks
from torture.promise import Effort, Found

CALLS = (
    *("openat", "creat", "write", "pwrite64", "sendfile", "copy_file_range", "ftruncate", "fsync"),
    *("fdatasync", "rename", "renameat", "renameat2", "link", "symlink", "mkdir", "rmdir", "unlink"),
    *("unlinkat", "chmod", "fchmod", "fchmodat", "utimensat"),
)
NO_EXCHANGE = ["-e", "inject=renameat2:error=ENOSYS"]  # as on another file system, or an old kernel
BEGIN = "/.manifest.json.part"  # the first file of the publishing step
_LINE = re.compile(r"(\w+)\((.*)\) += (.*)")


@dataclass(frozen=True)
class Call:
    """One file-changing system call of the publishing step: its name, and which of that name it is."""

    name: str
    count: int
    exchange: bool
    text: str

    def __str__(self) -> str:
        way = "" if self.exchange else ", without renameat2"
        return f"{self.name} no. {self.count}{way} ({self.text[-90:]})"


def calls(runs: Forks, root: Path, *, exchange: bool) -> list[Call]:
    """The file-changing calls of the publishing step below ``outputs/``, from a run that is traced."""
    trace = root / "trace"
    done = runs.run(root, _tracer([*([] if exchange else NO_EXCHANGE), "-y"], trace))
    assert done.code == 0, done.told
    return [*_changing(trace.read_text(encoding="utf-8", errors="replace").splitlines(), exchange)]


def _changing(lines: Sequence[str], exchange: bool) -> Iterator[Call]:
    counts: Counter[str] = Counter()
    begun = False
    for line in lines:
        if not (match := _LINE.match(line)):
            continue
        name, about, _ = match.groups()
        counts[name] += 1
        begun = begun or BEGIN in about
        reads = name == "openat" and not re.search("O_WRONLY|O_RDWR|O_CREAT", about)
        forced = name == "renameat2" and not exchange
        if begun and "/outputs" in about and about[0] != "1" and not reads and not forced:
            yield Call(name, counts[name], exchange, about)


def _tracer(options: Sequence[str], trace: Path) -> list[str]:
    return ["strace", "-qq", "-s", "300", "-o", str(trace), "-e", f"trace={','.join(CALLS)}", *options]


def each(effort: Effort, faults: Sequence[str]) -> Iterator[Try]:
    """Run once for each call and fault, in a world that is put back every time.

    Everything but the publishing has been kept from earlier, so that a run takes an instant.
    """
    root, before = world.again(effort.where / "värld"), effort.where / "outputs"
    shutil.copytree(root / "outputs", before)
    with forks() as runs:
        chosen = []
        for exchange in (True, False):
            chosen += calls(runs, root, exchange=exchange)
            _put_back(root, before)
        pairs = [(call, fault) for call in chosen for fault in faults]
        for call, fault in pairs if effort.whole else _few(pairs):
            options = [] if call.exchange else NO_EXCHANGE
            injected = ["-e", f"inject={call.name}:{fault}:when={call.count}"]
            done = runs.run(root, _tracer([*options, *injected], root / "trace"))
            hit = "INJECTED" in (root / "trace").read_text(errors="replace") or done.code == -9
            yield Try(f"{fault} at {call}{'' if hit else ': NOT HIT'}", root, done, runs)
            _put_back(root, before)


def _few(pairs: Sequence[tuple[Call, str]]) -> list[tuple[Call, str]]:
    """The moves of folders, and one of each other call."""
    kinds = {(call.name, call.exchange, fault): (call, fault) for call, fault in pairs}
    wanted = {"renameat2": True, "rename": False, "write": True, "fsync": True}
    return [pair for (name, exchange, _), pair in kinds.items() if wanted.get(name) == exchange][:6]


def _put_back(root: Path, kept: Path) -> None:
    shutil.rmtree(root / "outputs")
    shutil.copytree(kept, root / "outputs")


@dataclass(frozen=True)
class Try:
    """A run that had a fault, in a world as that left it."""

    name: str
    root: Path
    done: world.Done
    runs: Forks

    @property
    def published(self) -> Path:
        """Where the report stands; where the system cannot exchange, for an instant beside its place."""
        place, aside = self.root / "outputs" / "tiny", self.root / "outputs" / ".old-tiny"
        return aside if aside.exists() and not place.exists() else place

    def next_run(self) -> str:
        """Tell what is wrong with the next run; nothing if all is as it should be."""
        done = self.runs.run(self.root)
        wrong = world.fault(self.root / "outputs" / "tiny", world.made()[2])
        return wrong or ", ".join(world.litter(self.root)) or (done.told if done.code else "")


def killed(effort: Effort) -> Found:
    """Kill a run at each of its calls; the folder is old or new, and the next run mends what is to be."""
    _, old, new = world.made()
    tried, failures = 0, []
    for one in each(effort, ["signal=KILL"]):
        tried += 1
        wrong = world.fault(one.published, old, new)
        after = one.next_run()
        if wrong or after:
            failures.append(f"{one.name}: {wrong}; next run: {after}")
    return Found(tried, failures, "calls")


def refused(effort: Effort) -> Found:
    """Let each call fail; the folder is old and the run says so in a line, or it is new."""
    _, old, new = world.made()
    tried, failures, ends = 0, [], Counter[str]()
    for one in each(effort, ["error=ENOSPC", "error=EIO"]):
        tried += 1
        wrong = world.fault(one.published, old, new) or _unclear(one, new)
        standing = "new" if world.hashes(one.published) == new else "old"
        ends[f"{'failed' if one.done.code else 'done'}, {standing}"] += 1
        after = one.next_run()
        if wrong or after:
            failures.append(f"{one.name}: exit {one.done.code}: {wrong}; next run: {after}")
    told = ", ".join(f"{count} {what}" for what, count in sorted(ends.items()))
    return Found(tried, failures, "calls", told)


def _unclear(one: Try, new: world.Hashes) -> str:
    """What is wrong with how a run that had a fault ended."""
    if not one.done.code:
        return world.fault(one.published, new)
    if one.done.unclear or "NOT HIT" in one.name:
        return one.done.unclear or "not hit"
    wanted = ["outputs", *(["MB are free in"] if "ENOSPC" in one.name else [])]
    missing = [words for words in wanted if words not in one.done.told]
    return f"does not tell {missing}: {one.done.told}" if missing else ""
