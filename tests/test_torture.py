"""Every promise of the campaign holds in its short form; `make torture` tries the whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from torture.promise import Effort
from torture.promises import PROMISES


@pytest.mark.parametrize("code", PROMISES)
def test_a_promise_holds(code: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    promise = PROMISES[code]
    for name in promise.needs:
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed")

    def tiny() -> Path:
        return Path(request.getfixturevalue("tiny_report"))

    def real() -> Path:
        return Path(request.getfixturevalue("report_2023")).parent.parent

    found = promise.ours(Effort(False, tmp_path, tiny, real))
    assert found.tried, "nothing was tried"
    assert found.bad == 0, "\n".join(found.failures)
