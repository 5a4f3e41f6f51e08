"""Words of change held against the claims they speak of.

A word counts only where it asserts a measured change: infinitives (”för att minska”) and attributes (”för
ökade anslag”) are aims, and what members do to something of their own (”har ökat sina anslag”) is no change
of a share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.prose import evidence
from klimatlib.prose.reading import CLAUSE, Finding, Mention, Sentence

_BECAME = r"(?:blivit|blev|blir)\s+(?:\w+\s+)?"
_TIME = (
    r"(?=[^.;]{0,60}?\b(?:än|jämfört med|mot|sedan)\s+(?:år(?:et)?\s+)?"
    r"(?:(?:19|20)\d\d|förra|i fjol|innan|året|föregående|tidigare|då\b|sist|dess))"
)
_SINCE_THEN = r"(?:jämfört med|sedan)\s+(?:år\s+)?(?:(?:19|20)\d\d|förra året|i fjol)\b[^.,;]{0,40}?\s"
_WITH = r"(?=\s+(?:\w+\s+)?(?:med|till|från)\b)"
# Which way, whether the word alone ties it to a number, the words.
_PATTERNS = (
    (1, False, r"ökar|ökat|ökade|ökats|stiger|stigit|vuxit|växte|(?:gått|gick|går) upp"),
    (1, False, r"ökning(?:en|ar|arna)?|uppgång(?:en)?|höjning(?:en)?|fördubbling(?:en)?"),
    (1, False, rf"(?:steg|höjdes|växt){_WITH}|fördubbla(?:ts|des|t)|tredubbla(?:ts|des|t)"),
    (1, True, rf"{_BECAME}(?:fler|högre|större|vanligare)|(?:fler|högre|större|mer|vanligare){_TIME}"),
    (1, True, r"allt (?:fler|vanligare|större andel)|fler och fler"),
    (
        -1,
        False,
        r"minskar|minskat|minskade|minskats|sjunker|sjunkit|sjönk|fallit|(?:gått|gick|går) (?:ner|ned)",
    ),
    (-1, False, r"minskning(?:en|ar|arna)?|nedgång(?:en)?|sänkning(?:en)?|halvering(?:en)?"),
    (-1, False, rf"(?:föll|sänktes){_WITH}|halvera(?:ts|des|t)"),
    (-1, True, rf"{_BECAME}(?:färre|lägre|mindre|ovanligare)|(?:färre|lägre|mindre|ovanligare){_TIME}"),
    (1, True, rf"{_SINCE_THEN}(?:fler|högre|större|vanligare)"),
    (-1, True, rf"{_SINCE_THEN}(?:färre|lägre|mindre|ovanligare)"),
    (-1, True, r"allt (?:färre|ovanligare|mindre andel)|färre och färre"),
    (
        0,
        True,
        r"oförändra(?:d|t|de)|lika (?:stor|hög|många|vanligt)(?=[^.;]{0,30}\bsom\b)|samma (?:andel|nivå)",
    ),
)
_WORDS = tuple((way, tied, re.compile(rf"\b(?:{words})\b", re.I)) for way, tied, words in _PATTERNS)
_ATTRIBUTE = re.compile(
    r"(?:\b(?:för|med|till|av|genom|om|mot|på|via|trots|utan|vid|efter|under|tack vare|kring|från|och|samt"
    r"|de|dessa|våra|sina|nya|ett|en)|(?:nas|ens|ets))\s+$",
    re.I,
)
_PARTICIPLE = re.compile(r"(?:ökade|minskade|ökat|minskat|oförändra\w+)$", re.I)
_NOUN = re.compile(r"(?:ning|gång|ling|ring)(?:en|ar|arna)?$", re.I)
_OWN = re.compile(r"^\s+(?:\S+\s+){0,3}?(?:sin|sitt|sina)\b", re.I)
_THAT = re.compile(r"\batt\b[^,;.]*$", re.I)
_SUBJECT = re.compile(
    r"\b(?:andel(?:en)?|siffran|svarsandelen|antalet|resultatet|nivån|utsläppen)\b[^.;]*$", re.I
)
_INVERTED = re.compile(r"^\s+(?:andelen|siffran|svarsandelen|antalet|resultatet|nivån)\b", re.I)
_TO = re.compile(r"^[^.;]{0,30}?\b(?:till|från|med|på)\s+(?:(?:drygt|knappt|nästan|hela|över)\s+)?$", re.I)
_SINCE = re.compile(
    r"^[^.;]{0,40}\b(?:sedan|jämfört med|mot)\s+(?:dess|sist|förra|i fjol|året|år|(?:19|20)\d\d)", re.I
)
_ARTICLE = re.compile(r"\b(?:en|är|var|blev)\s+(?:\w+\s+){0,2}$", re.I)
_OF = re.compile(r"^\s+(?:av|i)\s+(?!andel)", re.I)
_IF = re.compile(r"(?:^|[,;]\s+)(?:om|ifall|när)\s[^,;.]*$", re.I)
_FEW = re.compile(
    r"försiktig|några få|handfull|fåtal|övertolka|felmarginal"
    r"|få (?:kommuner|svarande|svar|medlemmar)|för liten",
    re.I,
)
_CARE = re.compile(
    r"inte känt|inte kända?|okän[dt]|känner vi inte|vet vi inte|osäk|inte (?:helt )?jämförba|ungefärlig", re.I
)
_FACTOR = re.compile(
    r"(?:\b(?P<more>mer än|över|drygt)\s+|\b(?P<less>nästan|knappt|närmare)\s+)?"
    r"\b(?P<word>fördubbl|tredubbl|halver)\w*",
    re.I,
)
_TIMES = {"fördubbl": Decimal(2), "tredubbl": Decimal(3), "halver": Decimal("0.5")}


@dataclass(frozen=True)
class _Word:
    """A word of change: which way it says, where it stands, and whether it is tied to a number."""

    way: int
    text: str
    start: int
    end: int
    tied: bool


def changes(sentence: Sentence, book: ClaimBook) -> Iterator[Finding]:
    """Yield the words of change in a sentence that its claims do not carry."""
    if not sentence.mentions:
        return
    words = list(_words(sentence))
    for word in words:
        if problem := _span(word, sentence):
            yield problem
        for claim in _targets(word, words, sentence, book):
            if problem := _judge(word, claim, sentence):
                yield problem
                break


def _words(sentence: Sentence) -> Iterator[_Word]:
    for way, tied, pattern in _WORDS:
        for found in pattern.finditer(sentence.text):
            if not _aims(found, sentence.text):
                yield _Word(way, found.group(), *found.span(), tied or _tied(found, sentence))


def _aims(found: re.Match[str], text: str) -> bool:
    attribute = _PARTICIPLE.search(found.group()) and _ATTRIBUTE.search(text[: found.start()])
    supposed = _IF.search(text[: found.start()]) and found.group().lower().endswith("r")
    return bool(attribute or supposed or _OWN.search(text[found.end() :]))


def _tied(found: re.Match[str], sentence: Sentence) -> bool:
    """Whether a sentence says that a number moved, and not only that something did."""
    before, after = sentence.text[: found.start()], sentence.text[found.end() :]
    gaps = (sentence.text[found.end() : m.start] for m in sentence.mentions if m.start >= found.end())
    if any(_TO.search(gap) for gap in gaps) or _SINCE.search(after):
        return True
    if _NOUN.search(found.group()):
        return bool(_ARTICLE.search(before) and not _OF.search(after))
    return bool(_SUBJECT.search(before) or _INVERTED.search(after))


def _targets(word: _Word, words: list[_Word], sentence: Sentence, book: ClaimBook) -> list[Claim]:
    """Return the claims that a word speaks of: its nearest share, and the changes that it governs."""
    shares = [
        (m, base)
        for m in sentence.mentions
        if evidence.is_share(base := evidence.base_of(m.claim, book)) and _speaks(word, base, sentence)
    ]
    nearest = min(shares, key=lambda pair: _distance(word, pair[0], sentence.text), default=None)
    own = [m.claim for m in sentence.mentions if evidence.is_change(m.claim) and _governs(word, words, m)]
    return [*([nearest[1]] if nearest else []), *own]


def _speaks(word: _Word, claim: Claim, sentence: Sentence) -> bool:
    if claim.previous_value is None:
        return word.tied
    return word.tied or not _THAT.search(sentence.text[: word.start])


def _governs(word: _Word, words: list[_Word], mention: Mention) -> bool:
    ahead = [other for other in words if other.end <= mention.start]
    ruling = max(ahead, key=lambda w: w.start) if ahead else min(words, key=lambda w: w.start)
    return ruling == word


def _distance(word: _Word, mention: Mention, text: str) -> int:
    between = text[word.end : mention.start] if mention.start >= word.end else text[mention.end : word.start]
    return len(between) + 500 * len(CLAUSE.findall(between))


def _judge(word: _Word, claim: Claim, sentence: Sentence) -> Finding | None:
    if evidence.is_change(claim):
        return _judge_own(word, claim, sentence)
    known = evidence.carried(claim)
    if known == "none":
        return _say(word, "no-previous", claim, "there is no earlier share to set it beside")
    if known == "broken":
        return _say(word, "broken", claim, f"the question is not the same as {claim.previous_year}")
    if problem := _wrong_way(word, claim) or _wrong_factor(word, claim, sentence):
        return problem
    said = sentence.text + sentence.after
    if known == "few" and word.way and not _FEW.search(said):
        return _say(word, "few", claim, f"the change is {_size(claim)} of {claim.n} respondents")
    if known == "caution" and not (_FEW.search(said) or _CARE.search(said)):
        return _say(word, "caution", claim, "how many answered then is not known, and nothing says so")
    return None


def _wrong_way(word: _Word, claim: Claim) -> Finding | None:
    moved, size = evidence.change(claim), evidence.respondents(claim)
    still = moved == 0 or (size is not None and size < 1)
    if (word.way == 0) == still and (still or moved * word.way > 0):
        return None
    numbers = f"{claim.text} now, {evidence.earlier(claim)}"
    return _say(
        word, "direction", claim, f"{numbers}: {'less than one respondent' if still else _way(moved)}"
    )


def _judge_own(word: _Word, claim: Claim, sentence: Sentence) -> Finding | None:
    moved = evidence.change(claim)
    if moved * word.way <= 0:
        return _say(word, "direction", claim, f"its value is {_way(moved)}")
    if claim.text.startswith("−") and f"med {claim.text}" in sentence.text:
        return _say(word, "sign", claim, "the minus says it once more")
    return _wrong_factor(word, claim, sentence)


def _wrong_factor(word: _Word, claim: Claim, sentence: Sentence) -> Finding | None:
    found = next((f for f in _FACTOR.finditer(sentence.text) if f.start("word") == word.start), None)
    if found is None:
        return None
    own = evidence.is_change(claim)
    times = 1 + evidence.change(claim) if own else claim.value / (claim.previous_value or claim.value or 1)
    goal = _TIMES[found["word"].lower()]
    ahead = times >= goal if goal > 1 else times <= goal
    near = abs(times - goal) <= goal / 10
    if (found["more"] and ahead) or (found["less"] and not ahead and near) or (_bare(found) and near):
        return None
    return _say(word, "factor", claim, f"the earlier value times {float(times):.2f}")


def _bare(found: re.Match[str]) -> bool:
    return not found["more"] and not found["less"]


def _span(word: _Word, sentence: Sentence) -> Finding | None:
    """Hold ”ökade från A till B” against A and B themselves."""
    ahead = {m: sentence.text[: m.start].split() for m in sentence.mentions}
    first = next((m for m in ahead if ahead[m][-1:] == ["från"]), None)
    last = next((m for m in ahead if ahead[m][-1:] == ["till"]), None)
    if first is None or last is None or first.claim.unit != last.claim.unit:
        return None
    moved = last.claim.value - first.claim.value
    if moved * word.way > 0 or word.way == 0:
        return None
    told = f"from {first.claim.text} to {last.claim.text} it is {_way(moved)}"
    right = "minskade" if moved < 0 else "ökade"
    return Finding(
        word.start,
        "direction",
        f"”{word.text}”: {told}; write ”{right} från {first.claim.text} till {last.claim.text}”",
    )


def _way(moved: Decimal) -> str:
    return "an increase" if moved > 0 else "a decrease" if moved < 0 else "no change"


def _size(claim: Claim) -> str:
    return f"about {round(evidence.respondents(claim) or 0)}"


def _say(word: _Word, rule: str, claim: Claim, why: str) -> Finding:
    text = f"”{word.text}” does not hold for {claim.id}: {why}; write {evidence.offered(claim)}"
    return Finding(word.start, rule, text)
