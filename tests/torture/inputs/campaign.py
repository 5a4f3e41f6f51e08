"""Every input, damaged in every way: what came of it, once for all promises on inputs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from torture import raw
from torture.inputs import books, cells, tables, yamls
from torture.inputs.own import TABLES, TEXTS, YAMLS, Kind, Table, read
from torture.inputs.world import ANSWERS, COUNTS, Seen, look, make
from torture.inputs.yamls import Edit
from torture.oracle import Verdict, judge

Target = TypeVar("Target")


@cache
def campaign(*, whole: bool) -> tuple[Verdict, ...]:
    """Do everything: every kind to every official form it fits, and to so many of the project's own files."""
    with tempfile.TemporaryDirectory() as folder:
        root = make(Path(folder).resolve() / "värld")
        return (
            *raw.tables(2 if whole else 1),
            *raw.answers(12 if whole else 2),
            *own(root, files=3 if whole else 1),
        )


def own(root: Path, *, files: int) -> Iterator[Verdict]:
    """Damage the project's own files: every kind, in so many of the files it fits, by turns."""
    truths = {name: look(root, name) for name in {*YAMLS.values()}}
    for number, kind in enumerate((*cells.kinds(), *tables.kinds())):
        left = files
        for table in _by_turns(TABLES, number):
            for verdict in _damaged(root, table, kind, number, truths[table.report]) if left else ():
                left -= 1
                yield verdict
    for number, edit in enumerate(yamls.kinds()):
        left = min(files, 3)
        for path in _by_turns([path for path in YAMLS if edit.fits(path)], number):
            for verdict in _edited(root, path, edit, number, truths[YAMLS[path]]) if left else ():
                left -= 1
                yield verdict
    for number, edit in enumerate(yamls.text_kinds()):
        for path in TEXTS if files > 1 else [TEXTS[number % len(TEXTS)]]:
            yield from _edited(root, path, edit, 0, truths[COUNTS])
    yield from books.verdicts(root, truths[ANSWERS])


def _by_turns(targets: Sequence[Target], number: int) -> Sequence[Target]:
    """Return the targets, beginning with another one each time."""
    start = number % len(targets)
    return [*targets[start:], *targets[:start]]


def _damaged(root: Path, table: Table, kind: Kind, seed: int, truth: Seen) -> Iterator[Verdict]:
    path = root / table.path
    before = path.read_bytes()
    data = kind.make(table, read(before, table.delimiter), Random(f"{kind.name} {table.path} {seed}"))
    if data is not None and data != before:
        harmless = kind.harmless and not table.sealed
        yield _tried(root, table.path, table.report, kind.name, data, truth, harmless=harmless)


def _edited(root: Path, shown: str, edit: Edit, seed: int, truth: Seen) -> Iterator[Verdict]:
    before = (root / shown).read_text(encoding="utf-8")
    changed = edit.make(before, Random(f"{edit.name} {shown} {seed}"))
    if changed is not None and changed != before:
        data = changed if isinstance(changed, bytes) else changed.encode("utf-8", "surrogatepass")
        report = YAMLS.get(shown, "tal")
        yield _tried(root, shown, report, edit.name, data, truth, harmless=edit.harmless)


def _tried(
    root: Path, shown: str, report: str, kind: str, data: bytes, truth: Seen, *, harmless: bool
) -> Verdict:
    """Put a damaged file into the project, check, judge, and put the old one back."""
    path = root / shown
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        return judge(
            shown,
            kind,
            lambda: look(root, report),
            truth.same,
            files={shown},
            harmless=harmless,
            told=lambda seen: bool(set(seen.warnings) - set(truth.warnings)),
        )
    finally:
        path.write_bytes(before)
