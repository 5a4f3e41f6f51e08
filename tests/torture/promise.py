"""What a promise is, what a trial finds, and how little a number of successes proves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


def _nothing() -> Path:
    raise LookupError("no report is made for this trial")


@dataclass(frozen=True)
class Effort:
    """How hard to try.

    Attributes
    ----------
    whole
        The whole campaign, or the short form for every commit.
    where
        An empty folder to work in.
    tiny, real
        Give a project whose report is made: the tiny world's, and that of 2023. To look at, not to touch.
    """

    whole: bool
    where: Path
    tiny: Callable[[], Path] = _nothing
    real: Callable[[], Path] = _nothing

    def count(self, whole: int, short: int) -> int:
        """Return how many times to try."""
        return whole if self.whole else short


@dataclass(frozen=True)
class Found:
    """What a trial found.

    Attributes
    ----------
    tried
        How many times; what is counted stands in ``unit``.
    failures
        What went wrong, one line each; nothing when the promise held.
    unit
        What was tried, in the plural: ``kills``, ``mutations of 177 kinds``.
    told
        Figures beside the count: ``0 silently wrong, 0 tracebacks; slowest 1.2 s``.
    failed
        How many failed, where not each has its line.
    """

    tried: int
    failures: Sequence[str] = field(default=())
    unit: str = "tries"
    told: str = ""
    failed: int | None = None

    @property
    def bad(self) -> int:
        """How many failed."""
        return len(self.failures) if self.failed is None else self.failed

    @property
    def at_most(self) -> float:
        """The share of failures that the count still allows, at 95 %: the rule of three."""
        return 1.0 if not self.tried else min(1.0, 3 / self.tried)


@dataclass(frozen=True)
class Promise:
    """One promise to the readers of a report.

    Attributes
    ----------
    code
        Its letter and number, as in the campaign's table: ``B1``.
    promise, goal
        In words.
    ours
        Tries klimatlib.
    plain
        Does the same to plain papermill, nbconvert and pandoc (or pandas, where it is about reading);
        a text says why there is nothing to compare with.
    needs
        Programs without which it cannot be tried, as for `shutil.which`: ``chromium``.
    needs_whole
        Those that only the whole campaign needs.
    """

    code: str
    promise: str
    goal: str
    ours: Callable[[Effort], Found]
    plain: Callable[[Effort], Found] | str
    needs: Sequence[str] = ()
    needs_whole: Sequence[str] = ()


def grouped(number: int) -> str:
    """A number as the page prints it: ``30 000``."""
    return f"{number:,}".replace(",", " ")
