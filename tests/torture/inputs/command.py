"""Bad inputs through the command itself: exit 2, words and no traceback, outputs as they were (A2, A3)."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from torture.inputs import cells, tables, yamls
from torture.inputs.own import TABLES, YAMLS, read
from torture.inputs.world import make
from torture.promise import Effort

_FULL, _SHORT = 50, 5
_TABLE_KINDS = (
    "number with a word", "code of nowhere", "number with a thous", "nothing", "something else", "nul bytes",
    "encoded as utf-16", "column lost", "a cell too", "heading gone", "sixty", "quote opened",
    "number with thirty", "row doubled", "table doubled", "number with an Excel",
)  # fmt: skip
_YAML_KINDS = (
    "key given twice", "NUL bytes", "UTF-16", "a list for the file", "nested without end",
    "anchors in a ladder", "two documents", "all bytes", "nested blocks without end", "key a list",
    "key a merge", "thirty megabytes", "word as a date that is none", "word a tag", "line indented by a tab",
)  # fmt: skip


@dataclass
class Typed:
    """What came of the runs: how many were refused as they must, and what was wrong with the others."""

    runs: int = 0
    clear: list[str] = field(default_factory=list)
    writing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """One damaged file, to be put into a project for one run."""

    shown: str
    kind: str
    report: str
    make: Callable[[bytes], bytes | None]


def tried(effort: Effort) -> Typed:
    """Run them once for both promises."""
    return _tried(effort.count(_FULL, _SHORT))


@cache
def _tried(count: int) -> Typed:
    typed = Typed()
    with tempfile.TemporaryDirectory() as folder:
        root = make(Path(folder).resolve() / "värld")
        _published(root)
        before = tree(root)
        for number, case in enumerate(_cases(count)):
            path = root / case.shown
            old = path.read_bytes()
            data = case.make(old)
            assert data is not None, case
            path.write_bytes(data)
            verb = "report" if number % 2 else "check"
            done = _run(root, verb, case.report)
            path.write_bytes(old)
            _note(typed, case, verb, done, changed=tree(root) != before)
    return typed


def _run(root: Path, verb: str, report: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "klimatlib", verb, report]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)


def _note(
    typed: Typed, case: Case, verb: str, done: subprocess.CompletedProcess[str], *, changed: bool
) -> None:
    typed.runs += 1
    called = f"{verb}, {case.shown}, {case.kind}"
    if done.returncode != 2 or "Traceback" in done.stderr or f"{case.shown}: " not in done.stderr:
        typed.clear.append(f"{called}: exit {done.returncode}: {done.stderr[-300:]}")
    if changed:
        typed.writing.append(f"{called}: the outputs have changed")


def tree(root: Path) -> dict[str, str]:
    """Return the sha256 of every file under outputs."""
    files = sorted(path for path in (root / "outputs").rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def _published(root: Path) -> None:
    """Put a published report where a run would put its own."""
    for name in ("tal", "svar"):
        folder = root / "outputs" / name
        folder.mkdir()
        (folder / "report.html").write_text("<p>Den förra, som den gavs ut.</p>\n", encoding="utf-8")
        (folder / "manifest.json").write_text("{}\n", encoding="utf-8")


def _cases(count: int) -> list[Case]:
    """Choose damage that must always be refused, spread over kinds and files."""
    rng = Random(2023)
    every = (*cells.kinds(), *tables.kinds())
    table_kinds = [kind for kind in every if not kind.harmless and kind.name.startswith(_TABLE_KINDS)]
    edits = [edit for edit in yamls.kinds() if edit.name in _YAML_KINDS]
    found: list[Case] = []
    for kind in table_kinds:
        for table in TABLES:

            def damaged(old: bytes, table=table, kind=kind) -> bytes | None:  # type: ignore[no-untyped-def]
                return kind.make(table, read(old, table.delimiter), Random(kind.name))

            found.append(Case(table.path, kind.name, table.report, damaged))
    for edit in edits:
        for path, report in YAMLS.items():

            def edited(old: bytes, edit=edit, path=path) -> bytes | None:  # type: ignore[no-untyped-def]
                new = edit.make(old.decode(), Random(edit.name))
                return new.encode() if isinstance(new, str) else new

            found.append(Case(path, edit.name, report, edited))
    rng.shuffle(found)
    return _possible(found, count)


def _possible(cases: list[Case], count: int) -> list[Case]:
    """Return the first cases of different kinds that change their file."""
    chosen: dict[tuple[str, str], Case] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = make(Path(folder).resolve() / "värld")
        for case in sorted(cases, key=lambda case: sum(case.kind == other.kind for other in cases)):
            if len(chosen) == count:
                break
            old = (root / case.shown).read_bytes()
            if sum(kind == case.kind for kind, _ in chosen) < 3 and case.make(old) not in (None, old):
                chosen[case.kind, case.shown] = case
    return [*chosen.values()]
