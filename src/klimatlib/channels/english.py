"""English: a claim told from the same value with the decimals of its Swedish text, and what must hold.

The linter of Swedish knows no English words. Of English texts less is asked, and that is held: no digit of
their own, no number in Swedish words, "most" only over half, and a word of rise or fall only the way that its
claim goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.errors import ClaimError, Problem
from klimatlib.prose import Sentence, bare_digits, evidence, sentences

_NUMBER = re.compile(r"(?P<sign>[−+]?)(?P<digits>\d[\d\u00a0]*(?:,\d+)?)(?:\u00a0(?P<unit>%|procent|ton))?")
_UNITS = {None: "", "%": "\u00a0per\u00a0cent", "procent": "\u00a0per\u00a0cent", "ton": "\u00a0tonnes"}
_PLAIN = {"share", "share per year", "t CO2e per capita"}
_RISE = re.compile(
    r"\b(?:ris(?:e|es|en|ing)|rose|grow(?:n|s|ing)?|grew|increas\w+|higher|climbed|up from)\b", re.I
)
_FALL = re.compile(
    r"\b(?:fall(?:s|en|ing)?|fell|decreas\w+|declin\w+|reduc\w+|lower|shrank|cut(?:s|ting)?|down(?! the)"
    r"|drop\w*)\b",
    re.I,
)
_MOST = re.compile(r"\b(?:most|majority|more than half)\b(?! of (?:them|these|all)\b)", re.I)
_NEAR = 80


def told(claim: Claim) -> str:
    r"""Return a claim's number in English, with as many decimals as in Swedish.

    Raises
    ------
    ClaimError
        A number in a form that is not known here, or one that its value does not round to.
    """
    found = _NUMBER.fullmatch(claim.text)
    if found is None:
        raise ClaimError(f"claim {claim.id}: {claim.text!r} has no English form; leave it out of English")
    decimals = len(found["digits"].partition(",")[2])
    value = abs(claim.value) * (100 if found["unit"] == "%" and claim.unit in _PLAIN else 1)
    rounded = swedish.round_half_up(value, decimals)
    year = claim.unit == "year"  # which is not parted in thousands
    if (str(rounded) if year else swedish.number(rounded, decimals)) != found["digits"]:
        raise ClaimError(f"claim {claim.id}: {claim.text!r} is not what {claim.value} rounds to")
    return found["sign"] + (str(rounded) if year else f"{rounded:,}") + _UNITS[found["unit"]]


def book_of(book: ClaimBook) -> ClaimBook:
    """Return the claims with their English texts; those without one are left out."""
    return ClaimBook(replace(claim, text=told(claim)) for claim in book if _NUMBER.fullmatch(claim.text))


def lint(source: str, rendered: str, book: ClaimBook, *, file: str) -> list[Problem]:
    """Return what is wrong with an English text; as `klimatlib.prose.lint` does for a Swedish one.

    Parameters
    ----------
    source
        The text's source, with its placeholders.
    rendered
        The same text rendered.
    book
        The claims, in English.
    file
        The text's name in messages.
    """
    found = bare_digits(source, file=file)
    for sentence in sentences(rendered, book):
        told = (*_words(sentence, book), *_ways(sentence), *_majorities(sentence))
        found += [Problem(file, sentence.where(at), f"{why} [english]") for at, why in told]
    return found


def _words(sentence: Sentence, book: ClaimBook) -> Iterator[tuple[int, str]]:
    for mention in sentence.mentions:
        shown = sentence.text[mention.start : mention.end]
        if shown != book[mention.claim.id].text:
            yield mention.start, f"”{shown}” is Swedish; print {mention.claim.id} as it is, without words"


def _ways(sentence: Sentence) -> Iterator[tuple[int, str]]:
    """Hold each word of rise or fall against the nearest claim that is a change."""
    moved = [m for m in sentence.mentions if evidence.change(m.claim)]
    for way, pattern in ((1, _RISE), (-1, _FALL)):
        for found in pattern.finditer(sentence.text) if moved else ():
            near = min(moved, key=lambda m: max(m.start - found.end(), found.start() - m.end))
            if max(near.start - found.end(), found.start() - near.end) > _NEAR:
                continue
            if evidence.change(near.claim) * way < 0:
                goes = "up" if way < 0 else "down"
                yield found.start(), f"”{found.group()}” does not hold for {near.claim.id}, which goes {goes}"


def _majorities(sentence: Sentence) -> Iterator[tuple[int, str]]:
    shares = [m for m in sentence.mentions if evidence.is_share(m.claim)]
    for found in _MOST.finditer(sentence.text) if shares else ():
        near = min(shares, key=lambda m: max(m.start - found.end(), found.start() - m.end)).claim
        if near.value <= swedish.round_half_up(0.5, 1):
            yield found.start(), f"”{found.group()}” needs more than 50 per cent, {near.id} is {near.text}"
