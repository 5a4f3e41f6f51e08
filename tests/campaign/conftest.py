"""How a test counts its tries: it names its promises, and says of each try what went wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import pytest

SHORT, LONG = pytest.mark.short, pytest.mark.long


def cases(some: Sequence[Any], short: Sequence[Any] | int) -> list[Any]:
    """Return parameters: some, or so many of the first, are tried with every change, the others at length."""
    chosen = some[:short] if isinstance(short, int) else short
    return [pytest.param(case, marks=SHORT if case in chosen else LONG) for case in some]


class Tries:
    """What a test tries for its promises; it fails at its end if a try failed, or if nothing was tried."""

    def __init__(self, promises: Sequence[str], effort: str) -> None:
        self.results: dict[str, dict[str, Any]] = {
            promise: {"tried": 0, "failed": [], "figures": {}, "effort": effort} for promise in promises
        }

    def __call__(self, promise: str, problem: str = "", *, number: int = 1, **figures: float | str) -> None:
        """Count tries; of a figure the page says the largest, of a text how often it came."""
        result = self.results[promise]
        result["tried"] += number
        result["failed"] += [problem] if problem else []
        for name, value in figures.items():
            if isinstance(value, str):
                counts = result["figures"].setdefault(name, {})
                counts[value] = counts.get(value, 0) + 1
            else:
                result["figures"][name] = max(value, result["figures"].get(name, value))


@pytest.fixture
def tries(request: pytest.FixtureRequest) -> Iterator[Tries]:
    """Count what is tried; the counts go into the JUnit report, which `campaign.reliability` reads."""
    marker = request.node.get_closest_marker("promise")
    if (program := marker.kwargs.get("needs")) and not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    long = request.node.get_closest_marker("long") is not None
    counts = Tries(marker.args, "long" if long else "short")
    yield counts
    for promise, result in counts.results.items():
        request.node.user_properties.append((promise, json.dumps(result)))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a test at its end, with all that went wrong."""
    outcome = yield
    if isinstance(tries := pyfuncitem.funcargs.get("tries"), Tries):
        results = tries.results.items()
        failures = [f"{promise}: {line}" for promise, result in results for line in result["failed"]]
        assert not failures, "\n".join(failures)
        assert any(result["tried"] for _, result in results), "nothing was tried"
    return outcome
