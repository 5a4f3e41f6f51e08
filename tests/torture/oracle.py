"""The oracle of the input fuzz: the right numbers, a clear refusal, or a failure of a named kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from klimatlib.errors import InputError, UsageError

Outcome = Literal["right", "refused", "told", "unclear", "traceback", "wrong", "harmless refused"]
_LONGEST = 600
_ADVICE = re.compile(
    r"expected|[;?]|\b(write|use|remove|save|add|mend|keep|put|delete|fetch|fill in|missing)\b"
)


@dataclass(frozen=True)
class Verdict:
    """What came of one damaged input.

    Attributes
    ----------
    target, kind
        Which input, and what was done to it.
    outcome
        ``right``: the right numbers all the same. ``refused``: a clear message. ``told``: taken, with a
        warning that was not there before. The others are failures.
    harmless
        Whether it must be taken.
    detail
        The message, or what was wrong.
    """

    target: str
    kind: str
    outcome: Outcome
    harmless: bool = False
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.target}: {self.kind}: {self.outcome}: {self.detail[:400]}"


def judge(
    target: str,
    kind: str,
    read: Callable[[], Any],
    right: Callable[[Any], bool],
    *,
    files: Collection[str],
    harmless: bool = False,
    told: Callable[[Any], bool] = lambda _: False,
) -> Verdict:
    """Read, and judge.

    Parameters
    ----------
    target, kind
        As in `Verdict`.
    read
        Reads the damaged input.
    right
        Whether what was read is right.
    files
        The files that a refusal may name: one of them must stand first.
    harmless
        Whether a refusal is a failure.
    told
        Whether what was read warns of it.
    """
    try:
        found = read()
    except (InputError, UsageError) as error:
        fault = unclear(error, files)
        outcome: Outcome = "harmless refused" if harmless else "unclear" if fault else "refused"
        return Verdict(target, kind, outcome, harmless, f"{fault}: {error}" if fault else str(error))
    except Exception as error:
        return Verdict(target, kind, "traceback", harmless, f"{type(error).__name__}: {error}")
    if right(found):
        return Verdict(target, kind, "right", harmless)
    return Verdict(target, kind, "told" if told(found) else "wrong", harmless, str(found)[:200])


def unclear(error: InputError | UsageError, files: Collection[str]) -> str:
    """Say what a refusal lacks; empty when it names its file and place, what is wrong and what to do."""
    if not isinstance(error, InputError):
        return ""
    if not any(file in str(error) for file in files):
        return f"names none of {', '.join(sorted(files))}"
    for problem in error.problems:
        if not 10 < len(str(problem)) < _LONGEST:
            return "too long" if len(str(problem)) > 10 else "says nothing"
        if not _ADVICE.search(problem.text):
            return f"does not say what to do: {problem}"
    return "a traceback inside" if "Traceback" in str(error) else ""


def counted(verdicts: Iterable[Verdict]) -> Counter[Outcome]:
    """Count outcomes."""
    return Counter(verdict.outcome for verdict in verdicts)
