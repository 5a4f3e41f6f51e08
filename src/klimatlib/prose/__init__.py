"""The linter: what a text says is held against the claims that stand in it.

Digits and typography are looked at in the text's source, change words and amounts in the rendered text, where
the claims are known by their spans. Every problem names file, line, what does not hold, and a true wording.

Rules: ``digit``, ``typography``; ``direction``, ``few``, ``caution``, ``broken``, ``no-previous``, ``factor``
and ``sign`` (changes); ``majority``, ``extreme``, ``fraction``, ``rounding``, ``mean`` and ``denominator``
(amounts); ``comparison`` and ``definition`` (two claims side by side).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from klimatlib.claims.claims import ClaimBook
from klimatlib.errors import Problem
from klimatlib.prose.amounts import amounts
from klimatlib.prose.changes import changes
from klimatlib.prose.pairs import pairs
from klimatlib.prose.reading import Finding, Sentence, mark, restated, sentences, unmark
from klimatlib.prose.typography import seams, typography

_PLACEHOLDER = re.compile(r"{{.*?}}|{%.*?%}|{##.*?##}", re.S)
_DIGIT = re.compile(r"\d+|(?<![^\W\d_])[²³¹⁰-⁹₀-₉½¼¾⅐-↉①-⓿❶-➓]")  # not those of m² and CO₂
_TARGET = re.compile(r"\]\([^)]*\)")

__all__ = [
    "Finding",
    "Sentence",
    "bare_digits",
    "judged",
    "lint",
    "lint_source",
    "mark",
    "restated",
    "sentences",
    "typography",
    "unmark",
]


def lint(source: str, rendered: str, book: ClaimBook, *, file: str) -> list[Problem]:
    """Return all that is wrong with a text.

    Parameters
    ----------
    source
        The text's source, with its placeholders.
    rendered
        The same text rendered; made from ``mark(source)`` its lines are known.
    book
        Claims that stand in it.
    file
        Its name in messages.
    """
    found = [*lint_source(source, file=file), *seams(rendered, file=file)]
    for sentence in sentences(rendered, book):
        found += [
            Problem(file, sentence.where(one.at), f"{one.text} [{one.rule}]")
            for one in judged(sentence, book)
        ]
    return sorted(dict.fromkeys(found), key=lambda problem: _line(problem.where))


def judged(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield what a sentence says that its claims do not carry."""
    for rule in (changes, amounts, pairs):
        yield from rule(sentence, book)


def lint_source(source: str, *, file: str) -> list[Problem]:
    """Return what can be seen without a claim: bare digits and typography."""
    return [*bare_digits(source, file=file), *typography(source, file=file)]


def bare_digits(text: str, *, file: str) -> list[Problem]:
    """Find digits that no placeholder made: numbers typed into a text are bound to nothing.

    Parameters
    ----------
    text
        The text's source.
    file
        Its name in messages.
    """
    bare = _TARGET.sub(_blank, _PLACEHOLDER.sub(_blank, text))
    return [
        Problem(file, f"line {number}", f"the digit {found.group()!r} is bound to nothing; use a placeholder")
        for number, line in enumerate(bare.split("\n"), 1)
        if (found := _DIGIT.search(line))
    ]


def _line(where: str) -> int:
    return int(where.removeprefix("line ") or 0)


def _blank(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")
