"""What moved between two books of claims, and which printed sentences no longer hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from klimatlib.claims import Claim, ClaimBook

_SPAN = re.compile(r'\[([^\[\]]*)\]\{\.claim claim="([a-z0-9-]+)"\}')
# Between two sentences: a claim's number, in brackets or after a mark, may begin one.
SENTENCE_END = re.compile(r"(?<=[.!?”])\s+(?=[A-ZÅÄÖ\[”\ue000])")


@dataclass(frozen=True)
class Moved:
    """One claim that both books hold with different printed texts."""

    before: Claim
    after: Claim


@dataclass(frozen=True)
class Changes:
    """What differs between two books.

    Attributes
    ----------
    moved
        Claims printed otherwise now.
    appeared, vanished
        Claims that only the second, or only the first book has.
    """

    moved: tuple[Moved, ...]
    appeared: tuple[Claim, ...]
    vanished: tuple[Claim, ...]


def compare(before: ClaimBook, after: ClaimBook) -> Changes:
    """Compare two books claim by claim; a change too small to be printed is none."""
    pairs = [Moved(claim, after[claim.id]) for claim in before if claim.id in after]
    return Changes(
        tuple(pair for pair in pairs if pair.before.text != pair.after.text),
        tuple(claim for claim in after if claim.id not in before),
        tuple(claim for claim in before if claim.id not in after),
    )


def broken_sentences(markdown: str, after: ClaimBook) -> list[tuple[str, tuple[str, ...]]]:
    """Return the sentences of a report that print another number than a book holds.

    Parameters
    ----------
    markdown
        A report's ``report.qmd``; its numbers carry the ids of their claims.
    after
        The book to hold them against.

    Returns
    -------
    list
        Each sentence as printed, and the ids of those of its claims that have moved or are gone.
    """
    found = []
    for sentence in _sentences(markdown):
        spans = _SPAN.findall(sentence)
        gone = [i for text, i in spans if i not in after or not _holds(text, after[i])]
        if gone:
            found.append((_SPAN.sub(r"\1", sentence), tuple(dict.fromkeys(gone))))
    return found


def told(changes: Changes) -> Iterator[str]:
    """Say what moved, appeared and vanished, a line each."""
    for pair in changes.moved:
        yield f"moved     {pair.before.id}: {pair.before.text} -> {pair.after.text}"
    for claim in changes.appeared:
        yield f"appeared  {claim.id}: {claim.text}"
    for claim in changes.vanished:
        yield f"vanished  {claim.id}: {claim.text}"


def _holds(text: str, claim: Claim) -> bool:
    return text in (claim.text, claim.text.capitalize()) or not any(char.isdigit() for char in text)


def _sentences(markdown: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", markdown):
        if "{.claim" in block and not block.lstrip().startswith("|"):
            plain = re.sub(r"\s*\n\s*", " ", block.strip().lstrip("-").strip())
            yield from SENTENCE_END.split(plain)
