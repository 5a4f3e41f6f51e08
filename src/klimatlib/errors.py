"""What can go wrong, one exception class per kind.

A message says file, place, what was found, what was expected and what to do. The command line prints it
without a traceback and ends with the class's exit code: 1 failed, 2 wrong use or bad input, 75 another run
is going on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar


class KlimatlibError(Exception):
    """Anything that klimatlib stops for on purpose."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with an input: in which file, where in it, and what to do.

    Parameters
    ----------
    file
        Path as the user knows it, relative to the project.
    where
        Key, row, column, sheet or line; empty when the whole file is meant.
    text
        What was expected, what was found, what to do.
    """

    file: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


class InputError(KlimatlibError):
    """Parameters or data that cannot be used; carries every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=lambda p: p.file))
        super().__init__(self._message())

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)

    def _message(self) -> str:
        lines: list[str] = []
        for file, group in groupby(self.problems, key=lambda p: p.file):
            found = list(group)
            if len(found) == 1:
                lines.append(f"{file}: {found[0]}")
            else:
                lines.append(f"{file}: {len(found)} problems")
                lines.extend(f"  {problem}" for problem in found)
        return "\n".join(lines)


class UsageError(KlimatlibError):
    """The command was called in a way that cannot mean anything."""

    exit_code = 2


class ClaimError(KlimatlibError):
    """A number that may not be published: undefined, impossible, or recorded twice with two values."""


class NotebookError(KlimatlibError):
    """A notebook that did not run to its end, or breaks the rules for notebooks."""


class RenderError(KlimatlibError):
    """A renderer that is missing, too old, failed, hung or wrote nothing."""


class IntegrityError(KlimatlibError):
    """A published folder that is not as its manifest says, or that cannot be made again."""


class LockedError(KlimatlibError):
    """Another run holds the folder; the same command will do later."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h


class ClusterError(KlimatlibError):
    """A cluster that does not answer, is not fit for the work, or sent back something else."""


class FetchError(KlimatlibError):
    """The network or a publisher's server did not give a file."""
