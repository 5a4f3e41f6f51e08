"""The same damage under what one would write at first: pandas and PyYAML, no contract (A1, A2, A4)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import pandas as pd
import yaml

from torture.inputs import cells, tables, yamls
from torture.inputs.own import TABLES, YAMLS, Table, read
from torture.inputs.world import make
from torture.oracle import Outcome, Verdict
from torture.promise import Effort, Found


def _table(data: bytes, table: Table) -> Any:
    """Read a table, and sum it up as a notebook would."""
    frame = pd.read_csv(io.BytesIO(data), sep=table.delimiter)
    frame.columns = [name.strip() for name in frame.columns]
    if table.path.endswith("claims.csv"):
        return dict(zip(frame["id"], frame["value"], strict=True))
    if table.guarded:
        heads = ("emissions_t", "population", "k")
        value = next(name for name in heads if name in frame.columns)
        return frame.groupby(frame.columns[0])[value].sum().round(6).to_dict()
    if table.free:
        return {name: frame[name].eq("Ja").sum() for name in frame.columns if name.endswith("?")}
    return frame.groupby(frame.columns[table.codes[0]]).size().to_dict()


def _params(data: bytes, _: Table) -> Any:
    """Take parameters as papermill does: a YAML file, given as it is."""
    return yaml.safe_load(data)


@cache
def _campaign(where: str) -> tuple[Verdict, ...]:
    from pathlib import Path

    root = make(Path(where).resolve() / "värld")
    return tuple(_all(root))


def _all(root: Any) -> Iterator[Verdict]:
    for kind in (*cells.kinds(), *tables.kinds()):
        for table in TABLES:
            before = (root / table.path).read_bytes()
            rng = Random(f"{kind.name} {table.path} 0")
            if kind.name in ("sixty megabytes", "one enormous cell"):
                continue
            data = kind.make(table, read(before, table.delimiter), rng)
            if data is not None and data != before:
                truth = _table(before, table)
                yield _judged(table.path, kind.name, _table, data, table, truth, harmless=kind.harmless)
    for edit in yamls.kinds():
        for path in YAMLS:
            before = (root / path).read_bytes()
            changed = edit.make(before.decode(), Random(f"{edit.name} {path} 0"))
            if (
                not edit.fits(path)
                or changed is None
                or "megabytes" in edit.name
                or "without end" in edit.name
            ):
                continue
            data = changed if isinstance(changed, bytes) else changed.encode("utf-8", "surrogatepass")
            truth = _params(before, TABLES[0])
            yield _judged(path, edit.name, _params, data, TABLES[0], truth, harmless=edit.harmless)


def _judged(
    target: str, kind: str, how: Callable[[bytes, Table], Any], data: bytes, table: Table, truth: Any,
    *, harmless: bool,
) -> Verdict:  # fmt: skip
    try:
        found = how(data, table)
    except Exception as error:
        return Verdict(target, kind, "traceback", harmless, f"{type(error).__name__}: {error}")
    outcome: Outcome = "right" if found == truth else "wrong"
    return Verdict(target, kind, outcome, harmless)


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %"


def silently_wrong(effort: Effort) -> Found:
    """Count what was taken in silence and gave another number."""
    verdicts = _campaign(str(effort.where))
    wrong = sum(v.outcome == "wrong" for v in verdicts)
    raised = sum(v.outcome == "traceback" for v in verdicts)
    told = (
        f"{_share(wrong, len(verdicts))} silently wrong, {_share(raised, len(verdicts))} end in an exception"
    )
    kinds = len({v.kind for v in verdicts})
    return Found(len(verdicts), unit=f"mutations of {kinds} kinds", told=told, failed=wrong)


def clear(effort: Effort) -> Found:
    """Count exceptions of the parser: none names the file and says what to do."""
    raised = [v for v in _campaign(str(effort.where)) if v.outcome == "traceback"]
    placed = sum("line " in v.detail for v in raised)
    told = f"every one an exception of the parser without the file's name; {placed} name a line"
    return Found(len(raised), unit="refusals", told=told, failed=len(raised))


def harmless(effort: Effort) -> Found:
    """Count harmless variation that was refused or gave another number."""
    verdicts = [v for v in _campaign(str(effort.where)) if v.harmless]
    bad = [v for v in verdicts if v.outcome != "right"]
    kinds = sorted({v.kind for v in bad})
    return Found(
        len(verdicts),
        unit="variations",
        told=f"{len(kinds)} kinds, as {', '.join(kinds[:3])}",
        failed=len(bad),
    )
