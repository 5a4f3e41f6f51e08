"""One reading of a statement: its words by lemma, the guard words among them, its claims, what stands where.

A `Lexicon` holds the guard words of ``params/guard_words.yml`` in one language, ready to be looked up; a
`Reading` is a statement read with it. Everything that the rules ask of a place in the text is answered by one
measure, `Reading.gap`: the words between two places, where a clause between them counts as five.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from klimatlib.claims.claims import Claim
from klimatlib.config import GuardWords, Idiom
from klimatlib.files import atomic_write

Language = Literal["sv", "en"]
QUANTITY = {"fraction", "number", "amount", "factor"}
CLAUSE = 5  # words that a clause between two places counts as
_PARTS = {"percent": 100, **{f"part-{part}": part for part in (3, 4, 5, 6, 8, 10)}}
# Endings of the superlative and the comparative of any adjective.
_GRADES = {"sv": (r"\wast[ea]?$", r"\w{3}are$"), "en": (r"\w{3}est$", r"(?!)")}
_WORD = re.compile(r"[^\W_]+(?:[-’'.:][^\W_]+)*|[,;:()—|]|(?<!\d)–")
_ROMAN = re.compile(r"(?=[MDCLXVI]{2,})M*(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})")
_FINITE = {
    "sv": r"a (?:.*[ae]r|.*de|.*[kpt]te|.*[dt]es|.*[ai]t|.*ats|.*tt|.*[gklp]t|.*as)$",
    "en": r"\w (?:.*ed)$",
}
_ASCII = str.maketrans("åäöé", "aaoe")


class Mention(NamedTuple):
    """A claim where it stands in a statement: its place in the text."""

    claim: Claim
    start: int
    end: int


class Token(NamedTuple):
    """A word or a claim of a statement; its clause grows with each comma, its part where another begins."""

    text: str
    lemma: str
    start: int
    clause: int
    part: int
    claim: Claim | None = None
    keys: tuple[str, ...] = ()  # what finds it in the lists: its form, its form alone (``=få``), its lemma


class Guard(NamedTuple):
    """A guard word: its class and sense, its first and last word, and the share that a fraction is."""

    kind: str
    sense: str
    first: int
    last: int
    share: Fraction | None = None


# ---- lemmas: simplemma's tables take seconds to load and are opened only for words never met before ---
_new = dict[str, str]()


def _lemmas_file() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "klimatlib" / "lemmas.json"


def _kept_lemmas() -> dict[str, str]:
    with suppress(OSError, ValueError):
        return {str(word): str(form) for word, form in json.loads(_lemmas_file().read_text("utf-8")).items()}
    return {}


_lemmas = cache(_kept_lemmas)


def lemma(word: str, language: str) -> str:
    """Return the lemma of a word.

    >>> lemma("ökade", "sv"), lemma("utsläppen", "sv"), lemma("fell", "en")
    ('öka', 'utsläpp', 'fall')
    """
    key = f"{language} {word}"
    if word.isalpha() and key not in _lemmas():
        import simplemma

        _lemmas()[key] = _new[key] = simplemma.lemmatize(word, lang=language).lower()
    return _lemmas().get(key, word)


def keep_lemmas() -> None:
    """Keep the lemmas of new words for the next process, where the cache can be written.

    They join what is kept by now: a run's kernels and its main process each meet words of their own.
    """
    if _new:
        kept = json.dumps(_kept_lemmas() | _new, ensure_ascii=False, sort_keys=True, indent=0)
        _new.clear()
        with suppress(OSError):
            _lemmas_file().parent.mkdir(parents=True, exist_ok=True)
            atomic_write(_lemmas_file(), kept)


# ---- the guard words of a language -------------------------------------------------------------------
@dataclass(frozen=True)
class Lexicon:
    """The guard words of one language, with the names of municipalities by code."""

    words: GuardWords
    language: Language
    names: Mapping[str, str]
    _topics: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def entries(self) -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
        """The guard words by the first word of each, with class and sense."""
        entries = dict[str, list[tuple[tuple[str, ...], str, str]]]()
        for kind, senses in getattr(self.words, self.language).items():
            for sense, phrases in senses.items():
                for words in map(str.split, phrases):
                    entries.setdefault(words[0], []).append((tuple(words), kind, sense))
        return entries

    @cached_property
    def idioms(self) -> dict[str, list[tuple[tuple[str, ...], Idiom]]]:
        """The exceptions by their first word; those that lead to a guard word under an asterisk too."""
        idioms = dict[str, list[tuple[tuple[str, ...], Idiom]]]()
        for idiom in self.words.exceptions:
            words = tuple(idiom.words.removesuffix(" *").split())
            if idiom.language == self.language:
                idioms.setdefault("*" * idiom.words.endswith(" *") + words[0], []).append((words, idiom))
        return idioms

    @cached_property
    def small(self) -> dict[str, frozenset[str]]:
        """The words that tell how a sentence is built, by use."""
        return {use: frozenset(words) for use, words in self.words.small.items()}

    @cached_property
    def function(self) -> frozenset[str]:
        """All the words that tell how a sentence is built."""
        return frozenset().union(*(words for use, words in self.small.items() if use != "neutral"))

    @cached_property
    def common(self) -> frozenset[str]:
        """Those, and the words for what is done."""
        return self.function.union(self.words.acts)

    @cached_property
    def all_topics(self) -> tuple[str, ...]:
        """What words that name anything that is measured begin with."""
        return tuple(dict.fromkeys(stem for stems in self.words.topics.values() for stem in stems))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number words that have one word."""
        senses = getattr(self.words, self.language)["number"]
        return {word: int(sense) for sense, words in senses.items() for word in words}

    @cached_property
    def places(self) -> dict[str, str]:
        """Codes of municipalities by the first word of the name, without a last s."""
        own = {name.lower().split()[0].removesuffix("s"): code for code, name in self.names.items()}
        return own | {other: own[name] for other, name in self.words.names.items() if name in own}

    def topics(self, *measures: str) -> tuple[str, ...]:
        """Return what words that name some measures begin with."""
        if measures not in self._topics:
            stems = list[str]()
            for measure in measures:
                parts = [part for part in re.split(r"[^a-z]+", measure.lower()) if len(part) > 3]
                stems += self.words.topics.get(measure, parts)
                stems += (s for p in parts if p != measure for s in self.words.topics.get(p, (p,)))
            self._topics[measures] = tuple(dict.fromkeys(stems))
        return self._topics[measures]


_Stems = tuple[str, ...]
_COMPOUNDS = {"growths": ("change", "up"), "declines": ("change", "down"), "reasons": ("cause", "because")}
_TIMES = re.compile("([^\\W\\d]+?)(?:dubbl|faldig)")  # fyrdubblats
_RECORD = re.compile("rekord(?!er)|record-")
_OF_PLACE = re.compile(r"(?:a?bo(?:r|rna|n)?|are(?:n|ns)?|arna)s?$")  # lundabor, göteborgare


class Reading:
    """A statement read with a lexicon; ``before`` and ``after`` are its neighbours."""

    def __init__(
        self, lexicon: Lexicon, text: str, mentions: Sequence[Mention] = (), before: str = "", after: str = ""
    ) -> None:
        self.lexicon, self.text, self.claims = lexicon, text, [mention.claim for mention in mentions]
        self._named = dict[tuple[str, ...], list[int]]()
        self.tokens = [*_tokens(text, mentions, lexicon)]
        self._neighbours = before, after
        self.denied_until = 0  # where a question ends in the text that is answered no
        self.answered = bool(after) and after.lower().split()[0].strip(",.!") in lexicon.small["answers"]
        self.at = {place: token.claim for place, token in enumerate(self.tokens) if token.claim}
        self.words = {token.text for token in self.tokens}
        self.years = {
            place: int(token.text) for place, token in enumerate(self.tokens)
            if re.fullmatch(r"(?:19|20)\d\d", token.text) and not token.claim and not self._of_title(place)
        }  # fmt: skip

    @cached_property
    def _unfiltered(self) -> list[Guard]:
        return [*self._fractions([*self._guard_words()])]

    @cached_property
    def guards(self) -> list[Guard]:
        """The guard words in order, but for those that an idiom takes away."""
        return [g for g in self._unfiltered if all(end <= g.first for _, end in self._exceptions(g))]

    @cached_property
    def idle(self) -> set[int]:
        """The places of the guard words that an idiom takes away."""
        return {at for g in self._unfiltered if g not in self.guards for at in range(g.first, g.last + 1)}

    @cached_property
    def guarded(self) -> set[int]:
        """The places of the guard words."""
        return {at for guard in self.guards for at in range(guard.first, guard.last + 1)}

    @cached_property
    def forms(self) -> dict[str, list[int]]:
        """The forms and lemmas of the words, without accents, with their places."""
        forms = dict[str, list[int]]()
        for place, token in enumerate(self.tokens):
            for form in {token.text, token.lemma} if token.claim is None else ():
                forms.setdefault(form.translate(_ASCII), []).append(place)
        return forms

    def _of_title(self, place: int) -> bool:
        """Whether a year is part of a name, as in ”Klimatläget 2023”."""
        title = place - 1 - self.is_a(place - 1, "small")  # also ”rapporten för 2023”
        return title in self.named(*self.lexicon.words.topics["titles"])

    # ---- finding guard words ---------------------------------------------------------------------
    def _guard_words(self) -> Iterator[Guard]:
        place = 0
        while place < len(self.tokens):
            guard = self._longest(place)
            if guard:
                yield guard
            place = guard.last + 1 if guard else place + 1

    def _longest(self, place: int) -> Guard | None:
        """Return the guard word that begins at a place: the longest phrase, and a form before a lemma."""
        token = self.tokens[place]
        best = (0, 0, False), Guard("", "", place, place)
        entries = (entry for key in token.keys for entry in self.lexicon.entries.get(key, ()))
        for words, kind, sense in entries:
            if self.stands(words, place):
                forms = sum(w.lstrip("=") == t.text for w, t in zip(words, self.tokens[place:], strict=False))
                rank = len(words), forms, kind == "hedge"
                guard = self._compared(Guard(kind, sense, place, place + len(words) - 1))
                if rank > best[0] and self._counts(guard):
                    best = rank, guard
        if best[1].kind:
            return best[1]._replace(sense=best[1].sense.removesuffix("wards"))
        if (value := self._number(place)) is not None:
            return Guard("number", str(value), place, place)
        if _RECORD.match(token.text):  # of any compound, as the next
            return Guard("superlative", "record", place, place)
        numbers = self.lexicon.numbers
        if (times := _TIMES.match(token.text)) and (
            many := numbers.get(times[1]) or numbers.get(times[1] + "a")
        ):
            return Guard("factor", str(many), place, place)
        if place in self._compounds:
            return Guard(*self._compounds[place], place, place)
        noun = self.is_a(place - 1, "grades")  # fler deltagare än
        than = token.text.endswith(("are", "gre", "dre", "rre")) and self.is_a(place + 1, "than") and not noun
        if (token.text == token.lemma and not than) or self.is_a(place, "no_grade"):
            return None
        superlative, comparative = _GRADES[self.lexicon.language]
        if re.search(superlative, token.text):  # of any adjective
            return Guard("superlative", "other", place, place)
        compared = than or (re.search(comparative, token.text) and not token.lemma.endswith("are"))
        return Guard("comparison", "other", place, place) if compared else None

    @cached_property
    def _compounds(self) -> dict[int, tuple[str, str]]:
        """The places of what is a change or a cause in a compound of any noun, with class and sense."""
        return {at: guard for topic, guard in reversed(_COMPOUNDS.items()) for at in self.of(topic)}

    def _compared(self, guard: Guard) -> Guard:
        """Return över and under as a comparison where something lies there: ligger över de … som."""
        sense = {"over": "more", "under": "less"}.get(guard.sense, "") if guard.first == guard.last else ""
        ahead = {token.lemma for token in self.tokens[max(guard.first - 9, 0) : guard.first]}
        between = any(at < guard.first for at in self.at) and any(at > guard.first for at in self.at)
        level = {guard.last + 1, guard.last + 2} & {*self.of("likened")}  # under den nivå som …
        whom = self.is_a(guard.last + 1, "fellows")  # under medlemmarna
        lies = sense and (whom or (between and (level or ahead & self.lexicon.small["lies"])))
        return guard._replace(kind="comparison", sense=sense) if lies else guard

    def leads(self, guard: Guard) -> bool:
        """Whether a word belongs to the number after it: på något lägre …, med en större minskning på …."""
        after = min((at for at in self.at if at > guard.last), default=guard.last + 9)
        aside = any(self.is_a(at, "aside") for at in range(guard.last + 1, after))
        return not self.is_a(guard.first, "sides") and after - guard.last <= 3 and not aside

    def _counts(self, guard: Guard) -> bool:
        """Whether a word is a guard word where it stands: a hedge at a number, upp and ner at a claim."""
        place = guard.last + 1
        if guard.kind == "caveat":
            return guard.last > guard.first and bool(self.at) and not self.is_a(place, "of")
        if guard.sense.endswith("wards"):
            moving = bool(self.named(*self.lexicon.words.topics["moving"]))
            return moving or place + self.is_a(place, "steps") in self.at
        if guard.sense == "same" and self.is_a(guard.first, "same"):
            return place in self.of("likened")
        if guard.kind != "hedge" or self.is_a(place, "of"):
            return guard.kind != "hedge"  # lägst av alla
        if guard.first - 1 in self.at and self.is_a(guard.first, "sides"):
            return False  # från … över … till …
        place += not self._quantity(place)
        if place < len(self.tokens) and not self.same_clause(place, guard.last):
            return False  # störst, 52 %
        if not self._quantity(place) or (place > guard.last + 1 and not self.is_a(place - 1, "small")):
            return False
        claim = self.at.get(place)
        earlier = [c for at, c in self.at.items() if at < guard.first]
        return not (claim and self.is_a(guard.last, "than") and any(c.unit == claim.unit for c in earlier))

    def _quantity(self, place: int) -> bool:
        """Whether a claim, or a word for how many, begins at a place."""
        guard = self._longest(place) if place < len(self.tokens) and place not in self.at else None
        return place in self.at or (guard is not None and guard.kind in QUANTITY)

    def _number(self, place: int) -> int | None:
        """Return the number that a word is: fyrtiotvå, forty-two; roman ones are known, and equal nothing."""
        token, numbers = self.tokens[place], self.lexicon.numbers
        word = token.text.replace("-", "")
        if token.claim or word in numbers:
            return None if token.claim else numbers[word]
        printed = self.text[token.start : token.start + len(token.text)]
        of_name = place and self.text[self.tokens[place - 1].start].isupper()
        if word.endswith(("tals", "tusen")) or (_ROMAN.fullmatch(printed) and not of_name):
            return -1
        units = numbers | {"en": 1, "ett": 1, "one": 1}
        tens = [(t, value) for t, value in numbers.items() if 20 <= value <= 1000 and word.startswith(t)]
        return next((value + units[word[len(t) :]] for t, value in tens if word[len(t) :] in units), None)

    def _fractions(self, guards: Sequence[Guard]) -> Iterator[Guard]:
        """Yield the guard words, numbers made into fractions: två av tre, tre fjärdedelar, en av tio."""
        done = -1
        for guard, following in zip(guards, [*guards[1:], None], strict=False):
            if guard.first <= done:
                continue
            number, share = int(guard.sense) if guard.kind == "number" else 0, None
            if number > 0 and following:
                gap = {token.text for token in self.tokens[guard.last + 1 : following.first]}
                if following.kind == "number" and gap and gap <= self.lexicon.small["among"]:
                    share = Fraction(number, int(following.sense)) if int(following.sense) >= number else None
                elif following.sense in _PARTS and not gap:
                    share = Fraction(number, _PARTS[following.sense])
            one = self.is_a(guard.first - 2, "one") and self.is_a(guard.first - 1, "out_of")
            if share and following:
                done = following.last
                yield Guard("fraction", "", guard.first, done, share)
            elif 1 < number <= 100 and one:
                yield Guard("fraction", "", guard.first - 2, guard.last, Fraction(1, number))
            elif guard.kind == "fraction" and guard.sense != "percent":
                part = _PARTS.get(guard.sense)
                yield guard._replace(share=Fraction(1, part) if part else Fraction(guard.sense))
            elif guard.sense == "percent":
                yield from () if guard.first - 1 in self.at else (guard,)
            elif number != 1 or self.lexicon.language == "sv":
                yield guard

    def _exceptions(self, guard: Guard, sign: str = "") -> Iterator[tuple[Idiom, int]]:
        """Yield the exceptions before a word that are for its class, and where each ends."""
        for start in range(max(guard.first - 9, 0), guard.first + 1):
            for key in self.tokens[start].keys if guard.sense != "need" else ():
                for words, idiom in self.lexicon.idioms.get(f"{sign}{key}", ()):
                    if guard.kind in (idiom.classes or (guard.kind,)) and self.stands(words, start):
                        yield idiom, start + len(words)

    def aimed(self, guard: Guard) -> bool:
        """Whether a word stands under an aim, a duty or a condition: the exceptions with an asterisk."""
        return any(
            guard.first - end in range(idiom.within)
            and self.same_clause(end - 1, guard.first) and not self._happens(end - 1, guard)
            for idiom, end in self._exceptions(guard, "*")
        )  # fmt: skip

    def _happens(self, place: int, guard: Guard) -> bool:
        """Whether no aim begins here: fortsätter att minska, fick dem att öka, beslut om målet minskar."""
        if self.is_a(place, "that"):
            ahead = {key for token in self.tokens[max(place - 4, 0) : place] for key in token.keys}
            states = self.is_a(place - 1, "for") and any(place <= at < guard.first for at in self.where("is"))
            return states or bool(ahead & {*self.lexicon.words.topics["going"]})
        verb = not place or self.finite(place - 1) or self.text_at(place - 1).endswith("a")  # a condition
        begins = not place or not self.same_clause(place - 1, place)
        finite = guard.kind == "goal" or self.text_at(guard.first).endswith("r")
        return self.is_a(place, "if") and finite and not verb and not begins

    # ---- what stands where -----------------------------------------------------------------------
    def text_at(self, place: int) -> str:
        """Return the word at a place; empty outside the statement."""
        return self.tokens[place].text if 0 <= place < len(self.tokens) else ""

    def is_a(self, place: int, use: str) -> bool:
        """Whether the word at a place is one of a use."""
        return self.text_at(place) in self.lexicon.small[use]

    def says(self, use: str) -> bool:
        """Whether the statement has a word of a use."""
        return bool(self.words & self.lexicon.small[use])

    def where(self, use: str) -> list[int]:
        """Return the places of the words of a use."""
        return [at for at in range(len(self.tokens)) if self.is_a(at, use)]

    def stands(self, words: Sequence[str], place: int) -> bool:
        """Whether a phrase of the lists begins at a place."""
        span = self.tokens[place : place + len(words)]
        return len(span) == len(words) and all(w in t.keys for w, t in zip(words, span, strict=True))

    def gap(self, one: int, other: int) -> int:
        """Return how many words are between two places; a clause between them counts as five."""
        clauses = abs(self.tokens[one].clause - self.tokens[other].clause)
        return abs(one - other) + CLAUSE * clauses

    def from_guard(self, guard: Guard, place: int) -> int:
        """Return the gap from a guard word to a place; what follows it is nearer than what it follows."""
        return self.gap(guard.last, place) if place > guard.last else self.gap(guard.first, place) + 1

    def nearest(self, guard: Guard, suits: Callable[[Claim], bool]) -> Claim | None:
        """Return the claim nearest to a guard word among those that suit."""
        places = [place for place, claim in self.at.items() if suits(claim)]
        return self.at[min(places, key=lambda place: self.from_guard(guard, place))] if places else None

    def same_clause(self, one: int, other: int) -> bool:
        """Whether two places are in one clause."""
        return self.tokens[one].clause == self.tokens[other].clause

    def together(self, one: int, other: int) -> bool:
        """Whether two places are in one part of the statement."""
        return self.tokens[one].part == self.tokens[other].part

    def near(self, guard: Guard, *kinds: str) -> list[Guard]:
        """Return the guard words of some classes in the clause of another, at most five words from it."""
        return [
            g for g in self.guards
            if g.kind in kinds and g != guard and self.gap(g.first, guard.first) <= CLAUSE
        ]  # fmt: skip

    def negated(self, guard: Guard) -> bool:
        """Whether a negation stands with a word."""
        nots = self.near(guard, "negation")
        noun = guard.first in self.of("changes")
        wide = [g for g in self.guards if self.is_a(g.first, "neither") and not noun]
        nots += [g for g in wide if g not in nots and self.together(g.first, guard.first)]
        others = self.near(guard, "comparison", "amount")
        between = [g for g in others if any(n.last < g.first < guard.first for n in nots)]
        return (bool(nots) and not between) != (self.tokens[guard.last].start < self.denied_until)

    def all(self, kind: str, *senses: str) -> list[Guard]:
        """Return the guard words of a class, and sense."""
        return [g for g in self.guards if g.kind == kind and (not senses or g.sense in senses)]

    def has(self, kind: str, *senses: str) -> bool:
        """Whether a guard word of a class, and sense, stands in the statement."""
        return bool(self.all(kind, *senses))

    def said(self, guard: Guard) -> str:
        """Return a guard word as it is printed."""
        last = self.tokens[guard.last]
        return self.text[self.tokens[guard.first].start : last.start + len(last.text)]

    def caveat(self, *senses: str) -> bool:
        """Whether the statement, or the sentence after it, has a caveat."""
        lists = getattr(self.lexicon.words, self.lexicon.language)["caveat"]
        tokens = [*self.tokens, *_tokens(self._neighbours[1], (), self.lexicon)]
        keys = {key for token in tokens for key in token.keys}
        phrases = (phrase.split() for sense in senses for phrase in lists[sense])
        return any(
            all(w in t.keys for w, t in zip(words, tokens[at:], strict=False))
            for words in phrases if keys.issuperset(words)
            for at in range(len(tokens) - len(words) + 1)
        )  # fmt: skip

    def named(self, *stems: str) -> list[int]:
        """Return the places of words that begin with some stems, accents apart; short ones are lemmas."""
        if stems not in self._named:
            phrase, (phrases, begin, end, whole) = self.text.lower().translate(_ASCII), _by_form(stems)
            hits = {at for at, t in enumerate(self.tokens) if phrase.startswith(phrases, t.start)}
            for form, places in self.forms.items():
                if form in whole or form.startswith(begin) or form.endswith(end):
                    hits.update(places)
            self._named[stems] = sorted(hits)
        return [*self._named[stems]]

    def of(self, *measures: str) -> list[int]:
        """Return the places of words that name some measures."""
        return self.named(*self.lexicon.topics(*measures))

    @cached_property
    def before(self) -> Reading:
        """The sentence before, read without claims."""
        return Reading(self.lexicon, self._neighbours[0])

    @cached_property
    def municipalities(self) -> list[tuple[int, str]]:
        """The municipalities that are named, by code, with their places."""
        places, words = self.lexicon.places, [(at, token.text) for at, token in enumerate(self.tokens)]
        names = [(at, text.removesuffix("s")) for at, text in words]
        names += ((at, _OF_PLACE.sub("", text)) for at, text in words if _OF_PLACE.search(text))
        return sorted({(at, places[name]) for at, name in names if name in places})

    def finite(self, place: int) -> bool:
        """Whether a word is a finite verb, by its ending; a participle counts as one."""
        token = self.tokens[place]
        noun = self.is_a(place - 1, "before_noun") and not token.text.endswith("ade")
        form = "" if noun or token.lemma == token.text else f"{token.lemma} {token.text}"
        inflected = re.search(_FINITE[self.lexicon.language], form)
        return bool(inflected) or self.is_a(place, "finite")


@cache
def _by_form(stems: tuple[str, ...]) -> tuple[_Stems, _Stems, _Stems, frozenset[str]]:
    """Sort stems, without accents: phrases, what words begin with, what they end with, and whole lemmas."""
    plain = [stem.translate(_ASCII) for stem in stems]
    phrases = tuple(stem for stem in plain if " " in stem)
    words = [stem for stem in plain if " " not in stem]
    end = tuple(stem.removeprefix("*") for stem in words if stem[0] == "*")
    begin = tuple(stem for stem in words if stem[0] != "*" and len(stem) > 4)
    return phrases, begin, end, frozenset(stem for stem in words if stem[0] != "*" and len(stem) <= 4)


def _tokens(text: str, mentions: Sequence[Mention], lexicon: Lexicon) -> Iterator[Token]:
    """Yield the words and claims of a text; its signs only end clauses."""
    clause, part, done, comma, that = 0, 0, 0, False, False
    language, small = lexicon.language, lexicon.small
    for mention in [*mentions, None]:
        for match in _WORD.finditer(text, done, mention.start if mention else len(text)):
            word = re.sub(r"['’]s$", "", match[0].lower())
            clause += word in small["breaks"] or not word[0].isalnum()
            form = lemma(word, language)
            clauses = that and not (word == form and word.endswith("a"))  # att andelen …, not att minska
            begins = comma and word in small["joins"]
            part += word in ";|" or word in small["parting"] or clauses or begins
            comma, that = word == ",", word == "att"
            if word[0].isalnum():
                head = lemma(word.removeprefix("utsläpps"), language)  # of utsläppskurvan
                keys = tuple(dict.fromkeys((word, f"={word}", form, head)))
                yield Token(word, form, match.start(), clause, part, keys=keys)
        if mention:
            words = text[mention.start : mention.end]
            yield Token(words, words, mention.start, clause, part, mention.claim)
            done, comma, that = mention.end, False, False
