"""Official files of every form, damaged in every way that fits it: right numbers, or a clear message."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pandas as pd

import raw_files
from torture.oracle import Verdict, judge
from torture.raw import heads, numbers, rows, whole  # noqa: F401  (they register their kinds)
from torture.raw.answers import JSON_FORMS, json_kinds
from torture.raw.forms import FORMS, KINDS, Reader, right

FILE = "raw/from the source.xlsx"
SELECTIONS = frozenset({
    "row dropped", "half the rows", "column dropped", "number a dash", "number a word", "cut short",
})  # fmt: skip
"""Damage that makes a selection smaller: what was never asked for cannot be missed."""


def tables(seeds: int) -> Iterator[Verdict]:
    """Damage every form of table in every way, so many times."""
    for kind, (function, names, harmless) in KINDS.items():
        for name in names:
            form = FORMS[name]
            subset = form.selection and kind in SELECTIONS
            for seed in range(seeds):
                data = function(form, form.rows(), Random(f"{kind} {name} {seed}"))
                if data is not None:
                    yield verdict(name, kind, form.read, data, right(name), subset=subset, harmless=harmless)


def answers(seeds: int) -> Iterator[Verdict]:
    """Damage every form of JSON in every way, so many times."""
    for name, (make, read) in JSON_FORMS.items():
        truth = read(raw_files.to_json(make()), "right")
        for kind, function in json_kinds().items():
            for seed in range(seeds):
                data = function(make(), Random(f"{kind} {name} {seed}"))
                if data is not None:
                    yield verdict(name, kind, read, data, truth, subset=True, harmless=False)


def verdict(
    name: str, kind: str, read: Reader, data: bytes, truth: pd.DataFrame, *, subset: bool, harmless: bool
) -> Verdict:
    """Read a damaged file, and judge what came of it."""

    def same(frame: pd.DataFrame) -> bool:
        keys = [c for c in truth.columns if c not in ("emissions_t", "population", "value")]
        expected = truth.merge(frame[keys], on=keys, how="inner") if subset else truth
        return frames_agree(frame, expected)

    return judge(name, kind, lambda: read(data, FILE), same, files={FILE}, harmless=harmless)


def frames_agree(frame: pd.DataFrame, truth: pd.DataFrame) -> bool:
    """Whether two frames have the same rows and, to the last but one digit, the same numbers."""
    try:
        pd.testing.assert_frame_equal(frame, truth, check_exact=False, rtol=1e-12, atol=0)
    except AssertionError:
        return False
    return True
