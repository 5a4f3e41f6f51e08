"""Words of amount held against the claim beside them: most, half, just over, on average, of the members."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.prose import evidence
from klimatlib.prose.reading import CLAUSE, Finding, Mention, Sentence

_NEAR = 80
_MOST = re.compile(
    r"\b(?P<all>nästan (?:alla|samtliga)|så gott som (?:alla|samtliga)|i stort sett (?:alla|samtliga))\b"
    r"|\b(?P<most>de (?:allra )?flesta|flertalet|(?:en )?(?:stor |klar |knapp )?majoritet(?:en)?)\b"
    r"(?! av (?:dem|dessa|de som))",
    re.I,
)
_EXTREME = re.compile(
    r"\b(?<!de )(?<!allra )(?:(?P<least>färst|ovanligast|minst vanlig\w?)|flest|vanligast|störst andel)\b",
    re.I,
)
_ORDINALS = {"tredje": 3, "fjärde": 4, "femte": 5, "tionde": 10}
_PARTS = {"tredjedel": 3, "fjärdedel": 4, "femtedel": 5, "tiondel": 10}
_COUNTS = {"en": 1, "två": 2, "tre": 3, "fyra": 4, "fem": 5, "sex": 6, "sju": 7, "åtta": 8, "nio": 9}
_HOW = (
    r"(?:\b(?P<how>drygt|strax över|lite mer än|mer än|över|knappt|nästan|närmare|strax under|mindre än"
    r"|ungefär|omkring|cirka|runt)\s+)?"
)
_FRACTION = re.compile(
    rf"{_HOW}\b(?:(?P<half>hälften)(?! så)"
    r"|(?P<count>en|två|tre|fyra) (?P<part>tredjedel|fjärdedel|femtedel|tiondel)\w*"
    r"|vart? (?P<ordinal>tredje|fjärde|femte|tionde)"
    r"|(?P<often>två|tre|fyra|fem|sex|sju|åtta|nio) av tio)\b",
    re.I,
)
_MORE = {"drygt", "strax över", "lite mer än", "mer än", "över"}
_LESS = {"knappt", "nästan", "närmare", "strax under", "mindre än"}
_FAR = {"mer än", "över", "mindre än"}
_ROUNDED = re.compile(
    r"(?<!ligger )(?<!låg )(?<!längst )(?<!långt )"
    r"\b(?P<how>drygt|strax över|mer än|över|knappt|nästan|närmare|strax under)\s+$",
    re.I,
)
_MEAN = re.compile(
    r"\bi (?:genomsnitt|snitt|medeltal)\b|\b(?:i )?genomsnittlig\w*|\bsnittet\b|\bmedelvärdet\b", re.I
)
_MEMBERS = re.compile(
    r"^\s+(?:av\s+|bland\s+)?(?:(?:alla|samtliga|våra|föreningens|de)\s+)?(?P<who>medlem(?:mar|skommuner)(?:na|nas)?|kommuner(?:na)?)\b"
    r"(?!\s+som\s+(?:har\s+)?svara)",
    re.I,
)
_OF_MEMBERS = re.compile(
    r"\b(?:av|bland)\s+(?:(?:alla|samtliga|våra|föreningens|de)\s+)?(?P<who>medlem(?:mar|skommuner)na|kommunerna)\s+"
    r"(?:\w+\s+){0,3}$",
    re.I,
)


def amounts(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield the words of amount in a sentence that its claims contradict."""
    if sentence.mentions:
        yield from _majorities(sentence)
        yield from _extremes(sentence, book)
        yield from _fractions(sentence)
        yield from _means(sentence)
        for mention in sentence.mentions:
            yield from _rounded(mention, sentence)
            yield from _denominator(mention, sentence)


def _nearest(at: re.Match[str], sentence: Sentence) -> Claim | None:
    """Return the share nearest to a word, if one is near enough to be what it speaks of."""
    gaps = {_gap(at, m): m for m in sentence.mentions if evidence.is_share(m.claim)}
    near = min(gaps, default=_NEAR + 1)
    if near > _NEAR or _apart(at, gaps[near], sentence):
        return None
    return gaps[near].claim


def _gap(at: re.Match[str], mention: Mention) -> int:
    return max(mention.start - at.end(), at.start() - mention.end)


def _apart(at: re.Match[str], mention: Mention, sentence: Sentence) -> bool:
    """Whether a word and a claim stand in different clauses."""
    first, last = sorted([at.span(), (mention.start, mention.end)])
    between = sentence.text[first[1] : last[0]]
    return bool(CLAUSE.search(between) or re.search(r"\batt\b", between))


def _majorities(sentence: Sentence) -> Iterator[Finding]:
    for found in _MOST.finditer(sentence.text):
        claim = _nearest(found, sentence)
        need = Decimal("0.9") if found["all"] else Decimal("0.5")
        if claim is not None and (claim.value < need or claim.value == Decimal("0.5")):
            why = f"”{found.group()}” needs {'at least 90' if found['all'] else 'more than 50'} %"
            yield Finding(
                found.start(),
                "majority",
                f"{why}, {claim.id} is {claim.text}; write ”{claim.text} av de svarande”",
            )


def _extremes(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    shares = [claim for claim in book if evidence.is_answer(claim)]
    for found in _EXTREME.finditer(sentence.text) if len(shares) > 1 else ():
        claim = _nearest(found, sentence)
        ends = sorted(shares, key=lambda c: (-c.value if found["least"] is None else c.value, c.id))
        if claim is not None and evidence.is_answer(claim) and claim.value != ends[0].value:
            why = f"”{found.group()}”: {claim.id} is {claim.text}, {ends[0].id} {ends[0].text}"
            yield Finding(found.start(), "extreme", f"{why}; write ”{claim.text} av de svarande”")


def _fractions(sentence: Sentence) -> Iterator[Finding]:
    for found in _FRACTION.finditer(sentence.text):
        claim, part = _nearest(found, sentence), _part(found)
        how = (found["how"] or "").lower()
        if claim is None or _holds(Fraction(claim.value), part, how):
            continue
        said = found.group()[len(how) :].strip()
        right = _worded(Fraction(claim.value), part, said) or f"{claim.text} av de svarande"
        yield Finding(
            found.start(),
            "fraction",
            f"”{found.group()}”: {claim.id} is {claim.text}; write ”{right}”",
        )


def _part(found: re.Match[str]) -> Fraction:
    if found["half"]:
        return Fraction(1, 2)
    if found["part"]:
        return Fraction(_COUNTS[found["count"].lower()], _PARTS[found["part"].lower()])
    if found["ordinal"]:
        return Fraction(1, _ORDINALS[found["ordinal"].lower()])
    return Fraction(_COUNTS[found["often"].lower()], 10)


def _holds(value: Fraction, part: Fraction, how: str) -> bool:
    gap = value - part
    if how in _MORE:
        return gap > 0 and (how in _FAR or gap <= Fraction(6, 100))
    if how in _LESS:
        return gap < 0 and (how in _FAR or gap >= Fraction(-6, 100))
    return abs(gap) <= (Fraction(5, 100) if how else Fraction(25, 1000))


def _worded(value: Fraction, part: Fraction, said: str) -> str:
    """Return the fraction with the word that makes it true, or nothing where none does."""
    for how in ("", "drygt", "knappt"):
        if _holds(value, part, how):
            return f"{how} {said}".strip()
    return ""


def _rounded(mention: Mention, sentence: Sentence) -> Iterator[Finding]:
    found, claim = _ROUNDED.search(sentence.text[: mention.start]), mention.claim
    printed = _printed(claim)
    if (
        found is None
        or printed is None
        or claim.id.startswith("fact-")
        or _compared(found, mention, sentence)
    ):
        return
    how = found["how"].lower()
    gap = claim.value - printed
    if gap == 0 or (gap > 0) != (how in _MORE):
        right = "" if gap == 0 else ("drygt " if gap > 0 else "knappt ")
        why = f"{claim.id} is {'exactly that' if gap == 0 else format(float(claim.value), '.4g')}"
        yield Finding(found.start(), "rounding", f"”{how} {claim.text}”: {why}; write ”{right}{claim.text}”")


def _printed(claim: Claim) -> Decimal | None:
    found = re.fullmatch(r"([−]?)([\d\u00a0]+(?:,\d+)?)(?:\u00a0(%|\D+))?", claim.text)
    if found is None:
        return None
    value = Decimal(found[2].replace("\u00a0", "").replace(",", ".")) * (-1 if found[1] else 1)
    return value / 100 if found[3] == "%" and claim.unit == "share" else value


def _compared(found: re.Match[str], mention: Mention, sentence: Sentence) -> bool:
    """Whether ”mer än” sets two numbers side by side, and does not round one."""
    ahead = (m for m in sentence.mentions if m.end <= found.start() and m.claim.unit == mention.claim.unit)
    return found["how"].lower() == "mer än" and (mention.claim.id.endswith("-previous") or any(ahead))


def _means(sentence: Sentence) -> Iterator[Finding]:
    measured = [m for m in sentence.mentions if m.claim.unit == "share" or "per capita" in m.claim.unit]
    for found in _MEAN.finditer(sentence.text) if measured else ():
        mention = min(measured, key=lambda m: _gap(found, m))
        near = mention.claim
        if not evidence.is_mean(near) and not _apart(found, mention, sentence):
            right = f"{near.text} per invånare" if "per capita" in near.unit else near.text
            why = f"”{found.group()}”: {near.id} is no mean but ”{near.definition}”"
            yield Finding(found.start(), "mean", f"{why}; write ”{right}”")


def _denominator(mention: Mention, sentence: Sentence) -> Iterator[Finding]:
    claim = mention.claim
    if claim.unit != "share" or claim.n is None or claim.members is None or claim.n >= claim.members:
        return
    found = _MEMBERS.search(sentence.text[mention.end :])
    ahead = _OF_MEMBERS.search(sentence.text[: mention.start])
    if hit := found or ahead:
        said = f"{claim.text}{hit.group()}" if found else hit.group().strip()
        at = mention.end + hit.start("who") if found else hit.start("who")
        why = f"”{said}”: {claim.id} is of {claim.n} respondents, not of {claim.members} members"
        yield Finding(at, "denominator", f"{why}; write ”{claim.text} av de svarande”")
