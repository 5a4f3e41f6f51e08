"""Two claims side by side: which one is larger, and whether they are made in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.prose import evidence
from klimatlib.prose.reading import Finding, Mention, Sentence

_WORDS = {"högre": 1, "mer": 1, "större": 1, "fler": 1, "vanligare": 1, "över": 1}
_WORDS |= {"lägre": -1, "mindre": -1, "färre": -1, "ovanligare": -1, "under": -1}
_THAN = re.compile(
    r"\b(?P<word>högre|mer|större|fler|vanligare|lägre|mindre|färre|ovanligare)\b(?=(?P<gap>[^.;]*?)\bän\b)",
    re.I,
)
_OVER = re.compile(r"\b(?P<word>över|under)\s+(?:riket|landet|rikets?\s+\w+)\b", re.I)
_AGAINST = re.compile(r"\b(?:mot|jämfört med|än)\b", re.I)


def pairs(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield the comparisons of two claims in a sentence that do not hold."""
    for found in (*_THAN.finditer(sentence.text), *_OVER.finditer(sentence.text)):
        if two := _compared(found, sentence, book):
            yield from _judge(found, *two)
    for first, last in zip(sentence.mentions, sentence.mentions[1:], strict=False):
        yield from _mixed(first, last, sentence)


def _compared(found: re.Match[str], sentence: Sentence, book: ClaimBook) -> tuple[Claim, Claim] | None:
    """Return what is compared and with what, where the sentence leaves no doubt."""
    than = found.end() + len(found["gap"]) if "gap" in found.re.groupindex else found.end()
    before = [m for m in sentence.mentions if m.end <= than]
    after = [m for m in sentence.mentions if m.start >= than]
    if "gap" in found.re.groupindex and before and after and _plain(sentence.text[than : after[0].start]):
        return _same(before[-1], after[0], book)
    two = after if len(after) == 2 else before if len(before) == 2 and not after else []
    if two and _AGAINST.search(sentence.text[two[0].end : two[1].start]):
        return _same(two[0], two[1], book)
    return None


def _plain(gap: str) -> bool:
    return len(gap) < 60 and not re.search(r"[;.]|, (?:men|och|medan)\b", gap)


def _same(first: Mention, last: Mention, book: ClaimBook) -> tuple[Claim, Claim] | None:
    one, other = first.claim, last.claim
    earlier = evidence.base_of(one, book).id == evidence.base_of(other, book).id
    return None if one.unit != other.unit or earlier else (one, other)


def _judge(found: re.Match[str], one: Claim, other: Claim) -> Iterator[Finding]:
    gap = one.value - other.value
    alike = one.text == other.text or (one.n is not None and other.n is not None and abs(gap) * one.n < 1)
    if gap * _WORDS[found["word"].lower()] > 0 and not alike:
        return
    word = "lika med" if alike else "högre än" if gap > 0 else "lägre än"
    why = f"”{found['word']}” does not hold: {one.id} is {one.text}, {other.id} is {other.text}"
    yield Finding(found.start(), "comparison", f"{why}; write ”{one.text}, {word} {other.text}”")


def _mixed(first: Mention, last: Mention, sentence: Sentence) -> Iterator[Finding]:
    """Refuse a mean of municipalities set beside a ratio of sums."""
    between = sentence.text[first.end : last.start]
    one, other = first.claim, last.claim
    kinds = [("summan av" in c.definition, evidence.is_mean(c)) for c in (one, other)]
    if (
        one.unit == other.unit
        and _AGAINST.search(between)
        and sorted(kinds) == [(False, True), (True, False)]
    ):
        told = swedish.listing([f"{c.id} is {_made(c)}" for c in (one, other)], "and")
        why = f"{told}; they may not be compared"
        yield Finding(
            last.start, "definition", f"{why}; write the two in a sentence each, with their definitions"
        )


def _made(claim: Claim) -> str:
    return "a mean" if evidence.is_mean(claim) else "a ratio of sums"
