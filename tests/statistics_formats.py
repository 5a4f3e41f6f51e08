"""SYNTHETIC files of statistics in each form that their publishers give, for `test_formats`."""

from __future__ import annotations

from test_formats import Case

CASES: list[Case] = []
