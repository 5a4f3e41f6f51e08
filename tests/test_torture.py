"""Every promise of the campaign holds in its short form; `make torture` tries the whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from torture.promise import Effort
from torture.promises import PROMISES


@pytest.mark.parametrize("code", PROMISES)
def test_a_promise_holds(code: str, tmp_path: Path) -> None:
    promise = PROMISES[code]
    for name in promise.needs:
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed")
    found = promise.ours(Effort(whole=False, where=tmp_path))
    assert found.tried, "nothing was tried"
    assert found.bad == 0, "\n".join(found.failures)
