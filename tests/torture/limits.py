"""Texts that converters choke on: each call ends, soon, with a document or one line, in bounded memory."""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypandoc

from torture.promise import Effort, Found, grouped

TIME_S = 60
TRIED_S = 20  # a call's limit in the trial, so that many can be tried
SHORT_S = 8
MEMORY_KB = 1024**2 + 256 * 1024  # the limit on a program's memory, and what it maps from its own file
_GRACE_S = 15  # for a machine that does other things too


def _rows(size: int) -> int:
    """How many rows, each longer than the one before, make a text of some 50 characters by size."""
    return math.isqrt(50 * size)


# Kinds of text, by how often their piece is repeated.
PIECES: dict[str, Callable[[int], str]] = {
    "nested emphasis": lambda n: "*a **b " * n + "c" + " b** a*" * n,
    "brackets that open": lambda n: "[" * n,
    "pictures that open": lambda n: "![" * n,
    "links in links": lambda n: "[a](" * n + "x" + ")" * n,
    "quotes in quotes": lambda n: ">" * n + " a",
    "backticks": lambda n: " ".join("`" * k for k in range(1, _rows(n))),
    "lists in lists": lambda n: "\n".join(" " * 2 * k + "- a" for k in range(_rows(n))),
    "boxes in boxes": lambda n: "\n".join(["::: {.lead}"] * n + ["a"] + [":::"] * n),
    "spans in spans": lambda n: "[" * n + "a" + "]{.claim}" * n,
    "one long word": lambda n: "å" * n,
    "underscores and stars": lambda n: "_*" * n,
    "superscripts": lambda n: "a^b~" * n,
    "tables": lambda n: "|" * n + "\n" + "|-" * n,
    "entities": lambda n: "&amp;" * n,
}
SIZES, SHORT = (250, 20_000), (400,)


def all_end(effort: Effort) -> Found:
    """Put each kind of text, small and large, through the notebooks' converter and the report's."""
    sizes = SIZES if effort.whole else SHORT
    kinds = [*PIECES] if effort.whole else ["nested emphasis", "spans in spans"]
    answers = [_tried(kind, size, effort) for kind in kinds for size in sizes]
    failures = [line for one in answers for line in one["failures"]]
    slowest = max(one["slowest"] for one in answers)
    largest = max(one["kilobytes"] for one in answers) // 1024
    refused = sum(one["refused"] for one in answers)
    limit = TRIED_S if effort.whole else SHORT_S
    told = (
        f"limit of a program set to {limit} s; slowest call, of up to four programs, {slowest:.0f} s; "
        f"largest {grouped(largest)} MB with the program's own file; {refused} refused in a line"
    )
    return Found(2 * len(answers), failures, "conversions", told)


def _tried(kind: str, size: int, effort: Effort) -> dict[str, Any]:
    """Try a text in a process of its own, whose children's memory is theirs alone."""
    limit = TRIED_S if effort.whole else SHORT_S
    command = [sys.executable, "-m", "torture.limits", kind, str(size), str(limit)]
    home = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines()[-1:] or ["no answer"]
        return {"failures": [f"{kind} × {size}: {told[0]}"], "slowest": 0.0, "kilobytes": 0, "refused": 0}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def plain_pandoc(effort: Effort) -> Found:
    """Give the same texts to pandoc as it comes; what it has not done after a while is stopped by us."""
    kinds = [*PIECES] if effort.whole else ["nested emphasis"]
    failures = []
    for kind in kinds:
        command = [pypandoc.get_pandoc_path(), "--from=markdown", "--to=html"]
        try:
            text = PIECES[kind](SIZES[1]).encode()
            subprocess.run(command, input=text, capture_output=True, timeout=TRIED_S, check=False)
        except subprocess.TimeoutExpired:
            failures.append(f"{kind}: still running after {TRIED_S} s")
    return Found(len(kinds), failures, "texts", f"pandoc, {SIZES[1]} pieces")


def _main(kind: str, size: int, limit: float) -> None:
    from klimatlib.charts import blocks
    from klimatlib.errors import RenderError
    from klimatlib.execution import processes
    from klimatlib.report.renderers import find_renderer, render
    from torture.shared import DATE

    text = PIECES[kind](size)
    blocks.TIME_S = processes.TIME_S = limit
    answer: dict[str, Any] = {"failures": [], "slowest": 0.0, "refused": 0}

    def call(work: Callable[[], object], name: str, most: float) -> None:
        began = time.monotonic()
        try:
            work()
        except RenderError as error:
            answer["refused"] += 1
            if "\n" in str(error) or len(str(error)) > 700:
                answer["failures"].append(f"{kind} × {size}, {name}: not one line: {str(error)[:80]}")
        took = time.monotonic() - began
        answer["slowest"] = max(answer["slowest"], took)
        if took > most:
            answer["failures"].append(f"{kind} × {size}, {name}: took {took:.0f} s")

    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "report.qmd"
        source.write_text(
            f'---\ntitle: "Prov"\ndocument-date: "2024-03-01"\nlang: "sv-SE"\n---\n\n# Kapitel\n\n{text}\n',
            encoding="utf-8",
        )
        call(lambda: blocks.to_html(text), "notebook", limit + _GRACE_S)
        programs = 4  # HTML, Typst, PDF, DOCX, each with its own limit
        work = lambda: render(find_renderer("embedded"), source, Path(name) / "out", date=DATE)  # noqa: E731
        call(work, "report", programs * limit + _GRACE_S)
    answer["kilobytes"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if answer["kilobytes"] > MEMORY_KB * 1.1:
        answer["failures"].append(f"{kind} × {size}: {answer['kilobytes'] // 1024} MB")
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
