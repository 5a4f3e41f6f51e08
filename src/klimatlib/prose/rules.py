"""The rules: whether the claims of a statement carry each of its guard words.

`Rules.judge` reads a statement by lemma, finds the guard words of ``params/guard_words.yml`` in it, and lets
the typed fields of the claims beside them decide: a word that they carry is bound, one that they contradict
is false, and one that no rule can decide is open. Nothing is decided by a printed text.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from klimatlib import swedish
from klimatlib.claims.claims import HANDFUL, Claim, ClaimBook, printed_value
from klimatlib.config import GuardWords, Idiom
from klimatlib.files import atomic_write

Class = Literal["plain", "bound", "open", "false"]
Language = Literal["sv", "en"]
Carried = Literal["none", "broken", "few", "caution", "yes"]


class Mention(NamedTuple):
    """A claim where it stands in a statement: its place in the text."""

    claim: Claim
    start: int
    end: int


class Reason(NamedTuple):
    """What was decided of a word: where it stands, the rule, and why with a wording that holds."""

    at: int
    decision: Class
    rule: str
    text: str


class Token(NamedTuple):
    """A word or a claim of a statement; its clause grows with each comma, its part where another begins."""

    text: str
    lemma: str
    start: int
    clause: int
    part: int
    claim: Claim | None = None

    def is_word(self, entry: str) -> bool:
        """Whether the token is a word of the lists: by form or lemma, or by form alone (``=få``)."""
        return self.claim is None and entry in (self.text, self.lemma, f"={self.text}")


class Guard(NamedTuple):
    """A guard word: its class and sense, its first and last word, and the share that a fraction is."""

    kind: str
    sense: str
    first: int
    last: int
    share: Fraction | None = None


class Verdict(NamedTuple):
    """What a rule decides of a word or a claim."""

    decision: Class
    why: str = ""
    claim: Claim | None = None
    rule: str = ""


YES = Verdict("bound")


def _no(claim: Claim, why: str, rule: str = "") -> Verdict:
    return Verdict("false", why, claim, rule)


def _if(holds: bool, claim: Claim, why: str, rule: str = "") -> Verdict:
    return YES if holds else Verdict("false", why, claim, rule)


def _ask(why: str) -> Verdict:
    return Verdict("open", why)


# ---- lemmas: simplemma's tables take seconds to load and are opened only for words never met before ---
_new = list[str]()


def _lemmas_file() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "klimatlib" / "lemmas.json"


@cache
def _lemmas() -> dict[str, str]:
    with suppress(OSError, ValueError):
        return {str(word): str(form) for word, form in json.loads(_lemmas_file().read_text("utf-8")).items()}
    return {}


def lemma(word: str, language: str) -> str:
    """Return the lemma of a word.

    >>> lemma("ökade", "sv"), lemma("utsläppen", "sv"), lemma("fell", "en")
    ('öka', 'utsläpp', 'fall')
    """
    key = f"{language} {word}"
    if word.isalpha() and key not in _lemmas():
        import simplemma

        _lemmas()[key] = simplemma.lemmatize(word, lang=language).lower()
        _new.append(key)
    return _lemmas().get(key, word)


def keep_lemmas() -> None:
    """Keep the lemmas of new words for the next process, where the cache can be written."""
    if _new:
        _new.clear()
        with suppress(OSError):
            _lemmas_file().parent.mkdir(parents=True, exist_ok=True)
            atomic_write(_lemmas_file(), json.dumps(_lemmas(), ensure_ascii=False, sort_keys=True, indent=0))


# ---- what a claim's fields say -----------------------------------------------------------------------
def is_share(claim: Claim) -> bool:
    """Whether a claim is a share of a support number."""
    return claim.kind == "share" and claim.n is not None and claim.role != "previous"


def is_answer(claim: Claim) -> bool:
    """Whether a claim is a question's share in the whole survey: no panel's, and not the response rate."""
    return is_share(claim) and claim.members is not None and claim.denominator == "respondents"


def change(claim: Claim) -> Decimal:
    """Return how far a claim's measure moved, by its own value or its earlier one; 0 if nothing tells."""
    if claim.kind == "count" and claim.part in ("joined", "left"):
        return claim.value if claim.part == "joined" else -claim.value
    if _tells_change(claim):
        return claim.value if claim.unit == "procent" else claim.value * claim.direction
    return Decimal(0) if claim.previous_value is None else claim.value - claim.previous_value


def carried(claim: Claim) -> Carried:
    """Return what a share's comparison with the earlier year can carry.

    ``none`` without an earlier share, ``broken`` where the question has changed, ``few`` where the change is
    fewer than five respondents, ``caution`` where the earlier count is not known, else ``yes``.
    """
    if claim.previous_value is None:
        return "none"
    if claim.comparable == "broken":
        return "broken"
    if claim.k is not None and abs(change(claim)) * (claim.n or 0) < HANDFUL:
        return "few"
    return "yes" if claim.comparable == "yes" else "caution"


def _tells_change(claim: Claim) -> bool:
    """Whether a claim's own value is a change."""
    if claim.kind in ("goal", "result"):
        return claim.unit in ("share", "procent")
    return claim.kind in ("change", "pace") or claim.part in ("joined", "left")


def _alike(one: Claim, other: Claim) -> bool:
    """Whether two claims may be set beside each other as numbers."""
    kinds = {one.kind, other.kind}
    return one.unit == other.unit and (
        len(kinds) == 1 or kinds <= {"share", "bound"} or kinds <= {"goal", "result"}
    )


def _size(claim: Claim) -> Decimal:
    return abs(claim.value) if claim.kind in ("change", "pace") else claim.value


def _series_of(claim: Claim) -> tuple[str, ...]:
    return claim.kind, claim.subject, claim.measure, claim.method


def _when(claim: Claim) -> tuple[int, bool]:
    return claim.data_year or 0, claim.part not in ("previous", "before")


_Phrase = tuple[tuple[str, ...], Idiom]


@dataclass(frozen=True)
class Rules:
    """The rules of one language over one book of claims.

    Parameters
    ----------
    words
        The guard words.
    book
        Claims that may be spoken of; also those that a statement is compared with and does not print.
    language
        ``sv`` or ``en``.
    names
        Names of municipalities by code; a claim on one must then name it.
    """

    words: GuardWords
    book: ClaimBook
    language: Language = "sv"
    names: Mapping[str, str] = field(default_factory=dict)
    _topics: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def judge(
        self,
        text: str,
        mentions: Sequence[Mention],
        *,
        before: str = "",
        after: str = "",
        label: bool = False,
    ) -> tuple[Class, list[Reason]]:
        """Return a statement's class and the reasons for it.

        ``before`` and ``after`` are its neighbours; a ``label`` of a table or chart states something only
        with a claim or a finite verb.
        """
        reading = Reading(self, text, mentions, before, after)
        if label and not mentions and not any(map(reading.finite, reading.tokens)):
            return "plain", []
        reasons = sorted({*reading.reasons()})
        decisions = {reason.decision for reason in reasons}
        ranked: tuple[Class, ...] = ("false", "open", "bound")
        class_ = next((each for each in ranked if each in decisions), "bound" if mentions else "plain")
        return class_, [reason for reason in reasons if reason.decision != "bound"]

    @cached_property
    def entries(self) -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
        """The guard words by the first word of each."""
        entries = dict[str, list[tuple[tuple[str, ...], str, str]]]()
        for kind, senses in getattr(self.words, self.language).items():
            for sense, phrases in senses.items():
                for phrase in phrases:
                    words = tuple(phrase.split())
                    entries.setdefault(words[0], []).append((words, kind, sense))
        return entries

    @cached_property
    def idioms(self) -> tuple[dict[str, list[_Phrase]], list[_Phrase]]:
        """The exceptions that are phrases, by their first word, and those that lead to a guard word."""
        phrases, leads = dict[str, list[_Phrase]](), list[_Phrase]()
        for idiom in self.words.exceptions:
            words = tuple(idiom.words.removesuffix(" *").split())
            if idiom.language == self.language and idiom.words.endswith(" *"):
                leads.append((words, idiom))
            elif idiom.language == self.language:
                phrases.setdefault(words[0], []).append((words, idiom))
        return phrases, leads

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number words that have one word."""
        senses = getattr(self.words, self.language)["number"]
        return {word: int(sense) for sense, words in senses.items() for word in words}

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """The measures that a text can mistake for each other: sectors and questions."""
        whole = {"emissions", "emissions_total", "response", "survey", "members", "quality"}
        return tuple(sorted({c.measure for c in self.book if c.kind in ("level", "share")} - whole))

    @cached_property
    def of_one_place(self) -> bool:
        """Whether the book is of one municipality, as a fact sheet's: then that is whom its claims are of."""
        return len({c.subject for c in self.book if c.subject.isdigit() and c.role != "peer"}) == 1

    @cached_property
    def places(self) -> dict[str, str]:
        """Codes of municipalities by the first word of the name, without a last s."""
        return {name.lower().split()[0].removesuffix("s"): code for code, name in self.names.items()}

    def topics(self, measure: str) -> tuple[str, ...]:
        """Return what words that name a measure begin with."""
        if measure in self._topics:
            return self._topics[measure]
        parts = [part for part in re.split(r"[^a-z]+", measure.lower()) if len(part) > 3]
        known = [self.words.topics.get(part, (part,)) for part in parts if part != measure]
        stems = (*self.words.topics.get(measure, parts), *(stem for stems in known for stem in stems))
        return self._topics.setdefault(measure, stems)


_WORD = re.compile(r"[^\W_]+(?:[-’'.:][^\W_]+)*|[,;:()–—|]")
_ROMAN = re.compile(r"(?=[MDCLXVI]{2,})M*(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})")
_ASCII = str.maketrans("åäöé", "aaoe")
_BREAKS = {
    "men", "medan", "och", "samt", "så", "eller", "fast", "mot", "jämfört", "but", "while", "and",
    "whereas", "against",
}  # fmt: skip
_FILL = {
    "i", "hos", "in", "the", "de", "den", "det", "av", "of", "at", "vad", "år", "för", "a", "som", "ett",
    "en", "dem", "på", "till",
}  # fmt: skip
_PARTING = {"men", "medan", "but", "while", "whereas", "eftersom", "because"}
_THAN = {"än", "than"}
_ASKING = {
    "hur", "vad", "vilka", "vilken", "vilket", "var", "när", "varför", "vem", "how", "what", "which", "when",
    "where", "why", "kan", "vill", "can",
}  # fmt: skip
_OF = {"av", "of", "bland", "among"}
_QUANTITY = {"fraction", "number", "amount", "factor"}
_LOCAL = _QUANTITY | {"change", "mean", "superlative", "goal", "complement", "negation", "cause"}
_VERBS = ("does", "holds", "says", "stands", "weighs", "denies", "and")  # that the word is the subject of
_FINITE = {
    "är", "var", "blir", "blev", "ska", "kan", "vill", "får", "fick", "går", "gick", "står", "stod",
    "ger", "gav", "tar", "tog", "ser", "såg", "slår", "slog", "drar", "drog", "når", "bor", "föll",
    "låg", "steg", "sjönk", "is", "are", "was", "were", "has", "have", "had", "fell", "rose", "grew",
    "will", "can", "must", "måste", "bör",
}  # fmt: skip
_RANKS = {"näst": 2, "andra": 2, "second": 2, "tredje": 3, "third": 3, "fjärde": 4, "fourth": 4}
_SAID = {"change", "comparison", "factor", "mean"}  # what a claim that is a change is told with
_WEAK = {"subject", "unit", "time", "hedge", "negation", "caveat", "mean"}  # of no matter without a claim


class Reading:
    """A statement read by the rules."""

    before: Reading | None = None
    idle: set[int]  # places of guard words that are part of an idiom

    def __init__(
        self, rules: Rules, text: str, mentions: Sequence[Mention], before: str = "", after: str = ""
    ) -> None:
        self.rules, self.book, self.text = rules, rules.book, text
        self.tokens = [*_tokens(text, mentions, rules.language)]
        self.after = [*_tokens(after, (), rules.language)]
        self.claims = [mention.claim for mention in mentions]
        self.at = {place: token.claim for place, token in enumerate(self.tokens) if token.claim}
        self.words = {token.text for token in self.tokens}
        self.forms = dict[str, list[int]]()  # forms and lemmas without accents, with their places
        for place, token in enumerate(self.tokens):
            for form in {token.text, token.lemma} if token.claim is None else ():
                self.forms.setdefault(form.translate(_ASCII), []).append(place)
        self.years = {
            place: int(token.text)
            for place, token in enumerate(self.tokens)
            if re.fullmatch(r"(?:19|20)\d\d", token.text) and not token.claim and not self._title(place)
        }
        self.guards = self._guards()
        if before:
            self.before = Reading(rules, before, ())

    def _title(self, place: int) -> bool:
        """Whether a year is part of a name, as in ”Klimatläget 2023”."""
        before = self.tokens[place - 1] if place else None
        leads = {
            "år", "under", "sedan", "från", "mellan", "i", "in", "since", "from", "by", "till", "to", "och",
            "and",
        }  # fmt: skip
        return bool(before and self.text[before.start].isupper() and before.text not in leads)

    def reasons(self) -> Iterator[Reason]:
        """Yield what is decided of each claim and of each guard word."""
        opens = {token.text for token in self.tokens[:2]}
        asks = self.text.rstrip().endswith("?") and bool(opens & _ASKING) and not self.words & {"att", "that"}
        for place, claim in self.at.items():
            for kind, rule in _AGREEMENT.items():
                yield from (self._reason(at or place, kind, v) for at, v in rule(self, place, claim))
        for kind, rule_of_all in (
            ("subject", self._subjects),
            ("pair", self._pairs),
            ("verb", self._unshown),
        ):
            yield from (self._reason(at, kind, verdict) for at, verdict in rule_of_all())
        for guard in self.guards:
            decide = _DECISIONS.get(guard.kind)
            silent = not self.claims and not self._asserts(guard)
            if decide is None or silent or asks or (guard.kind != "negation" and self._aimed(guard)):
                continue
            verdict = decide(self, guard)
            if (
                verdict
                and verdict.claim
                and guard.kind in _LOCAL
                and not (guard.kind == "goal" and len(self.claims) == 1)
                and not self._shares_part(guard, verdict.claim)
            ):
                verdict = _ask(f"stands apart from {verdict.claim.id}")
            if verdict is not None:
                verb = verdict.why.split(" ")[0] in _VERBS
                lead = f"”{self.said(guard)}”{'' if verb else ':'} "
                yield self._reason(guard.first, guard.kind, verdict, lead)

    def finite(self, token: Token) -> bool:
        """Whether a word is a finite verb, by its ending; a participle counts as one."""
        ends = r"a (?:.*[ae]r|.*de|.*[dt]es|.*[ai]t|.*ats|.*tt|.*as)$|\w (?:.*ed)$"
        return token.text in _FINITE or (
            token.lemma != token.text and bool(re.search(ends, f"{token.lemma} {token.text}"))
        )

    def _unshown(self) -> Iterator[tuple[int, Verdict]]:
        """Ask for a statement on what is reported whose verb is none of those that assert nothing of it."""
        if self.claims:
            return
        hot = {at for m in self.rules.measures for at in self.named(*self.rules.topics(m))}
        hot |= {*self.named(*self.rules.words.topics["reported"])}
        hot |= {g.first for g in self.guards if g.kind == "subject" and g.sense != "observers"}
        hot |= {at for at, t in enumerate(self.tokens) if t.text.removesuffix("s") in self.rules.places}
        known = {at for g in self.guards for at in range(g.first, g.last + 1)} | self.idle
        for at, token in enumerate(self.tokens):
            idle = token.text in _FINITE or token.lemma in self.rules.words.acts or at in known
            if not idle and hot - {at} and self.finite(token) and not self._aimed(Guard("act", "", at, at)):
                yield at, _ask(f"no claim tells of ”{token.text}”")

    def _shares_part(self, guard: Guard, claim: Claim) -> bool:
        """Whether a word and a claim stand in one part of the statement."""
        part = self.tokens[guard.first].part
        return not self.claims or any(
            c == claim and self.tokens[at].part == part for at, c in self.at.items()
        )

    def _asserts(self, guard: Guard) -> bool:
        """Whether a word says something of what the report reports, in a statement without claims.

        A share, a factor and a superlative do so anywhere; an amount, a number and a comparison by the noun
        after them, or with ”än”; the others where the statement names what is reported.
        """
        if guard.kind in _WEAK and guard.sense != "no-longer":
            return False
        certain = ("most", "least", "nearly", "record", "contest")
        if guard.kind in ("fraction", "factor") or guard.sense in certain:
            return True
        if guard.kind == "goal" or guard.sense == "0" or (guard.kind == "comparison" and self.words & _THAN):
            return True
        if guard.sense == "other" and guard.kind == "comparison" and guard.last > guard.first:
            return True  # ”under medlemmarna”
        close = guard.kind in ("number", "comparison") or guard.sense == "many"
        clause = self.tokens[guard.last].clause
        ahead = range(guard.first, min(guard.last + 4, len(self.tokens)))
        places = (
            [at for at in ahead if self.tokens[at].clause == clause] if close else range(len(self.tokens))
        )
        subjects = {g.first for g in self.guards if g.kind == "subject" and g.sense != "observers"}
        if guard.kind in ("superlative", "figure", "cause", "complement") or guard.sense == "vague":
            subjects |= {
                at for measure in self.rules.measures for at in self.named(*self.rules.topics(measure))
            }
        subjects |= {
            at for at, token in enumerate(self.tokens) if token.text.removesuffix("s") in self.rules.places
        }
        return bool({*places} & (subjects | {*self.named(*self.rules.words.topics["reported"])}))

    def _reason(self, place: int, kind: str, verdict: Verdict, lead: str = "") -> Reason:
        offer = f"; write ”{self.offer(verdict.claim)}”" if verdict.claim else ""
        at = self.tokens[place].start
        return Reason(at, verdict.decision, verdict.rule or kind, f"{lead}{verdict.why}{offer}")

    # ---- finding guard words -------------------------------------------------------------------------
    def _guards(self) -> list[Guard]:
        guards, place = list[Guard](), 0
        while place < len(self.tokens):
            guard = self._longest(place)
            if guard:
                guards.append(guard)
            place = guard.last + 1 if guard else place + 1
        found = [*self._fractions(guards)]
        kept = [guard for guard in found if not self._in_idiom(guard)]
        self.idle = {at for g in found if g not in kept for at in range(g.first, g.last + 1)}
        return kept

    def _longest(self, place: int) -> Guard | None:
        """Return the guard word that begins at a place; the longest phrase, and a form before a lemma."""
        token = self.tokens[place]
        ranked = list[tuple[int, int, Guard]]()
        for start in {token.text, token.lemma, f"={token.text}"} if token.claim is None else ():
            for words, kind, sense in self.rules.entries.get(start, ()):
                span = self.tokens[place : place + len(words)]
                if len(span) == len(words) and all(t.is_word(w) for w, t in zip(words, span, strict=True)):
                    forms = sum(w.removeprefix("=") == t.text for w, t in zip(words, span, strict=True))
                    guard = Guard(kind, sense, place, place + len(words) - 1)
                    if self._counts(guard):
                        ranked.append((len(words), forms, guard))
        if ranked:
            guard = max(ranked, key=lambda each: (*each[:2], each[2].kind == "hedge"))[2]
            return guard._replace(sense=guard.sense.removesuffix("wards"))
        if (value := self._number(token)) is not None:
            return Guard("number", str(value), place, place)
        if self.rules.language == "en" and re.search(r"\w{3}est$", token.text) and token.text != token.lemma:
            return Guard("superlative", "other", place, place)
        if self.rules.language == "sv" and token.text != token.lemma:  # of any adjective
            if re.search(r"\wast[ea]?$", token.text) and token.text[:4] not in ("närm", "sena", "enas"):
                return Guard("superlative", "other", place, place)
            compared = token.text not in ("tidigare", "senare", "närmare", "vidare", "snarare", "hellre")
            if re.search(r"\w{3}are$", token.text) and not token.lemma.endswith("are") and compared:
                return Guard("comparison", "other", place, place)
        return None

    def _counts(self, guard: Guard) -> bool:
        """Whether a word is a guard word where it stands: a hedge at a number, upp and ner at a claim."""
        place = guard.last + 1
        if guard.sense in ("upwards", "downwards"):
            step = {t.text for t in self.tokens[place : place + 1]} <= {
                "med",
                "till",
                "från",
                "by",
                "to",
                "from",
            }
            saying = not self.at and bool(
                self.named(
                    "utsläpp",
                    "emission",
                    "andel",
                    "kurva",
                    "siffra",
                    "nivå",
                    "följare",
                    "medlem",
                    "follower",
                    "member",
                    "interest",
                )
            )
            return saying or place in self.at or (step and place + 1 in self.at)
        if guard.kind != "hedge":
            return guard.kind != "caveat" or (guard.last > guard.first and bool(self.at))
        following = (
            place
            if place in self.at or (self.tokens[place : place + 1] and self._quantity(place))
            else place + 1
        )
        if not (following in self.at or (following < len(self.tokens) and self._quantity(following))):
            return False
        if following > place and self.tokens[place].text not in _FILL:
            return False
        claim = self.at.get(following)
        if claim is None or self.tokens[guard.last].text not in _THAN:
            return True
        return not any(_alike(other, claim) for at, other in self.at.items() if at < guard.first)

    def _quantity(self, place: int) -> bool:
        guard = self._longest(place)
        return guard is not None and guard.kind in _QUANTITY

    def _number(self, token: Token) -> int | None:
        """Return the number that a word is: fyrtiotvå, forty-two; roman ones are known, and equal nothing."""
        word, numbers = token.text.replace("-", ""), self.rules.numbers
        if token.claim or word in numbers:
            return None if token.claim else numbers[word]
        before = self.tokens[self.tokens.index(token) - 1]
        if not self.text[before.start].isupper() and _ROMAN.fullmatch(
            self.text[token.start : token.start + len(token.text)]
        ):
            return -1
        if word.endswith("tals"):
            return -1
        units = numbers | {"en": 1, "ett": 1, "one": 1}
        tens = (
            (ten, value) for ten, value in numbers.items() if 20 <= value <= 1000 and word.startswith(ten)
        )
        return next(
            (value + units[word[len(ten) :]] for ten, value in tens if word[len(ten) :] in units), None
        )

    def _fractions(self, guards: Sequence[Guard]) -> Iterator[Guard]:
        """Yield the guards, number words made into fractions: två av tre, trettio procent."""
        skip = False
        for guard, following in zip(guards, [*guards[1:], None], strict=False):
            if skip:
                skip = False
                continue
            number = int(guard.sense) if guard.kind == "number" else 0
            gap = tuple(t.text for t in self.tokens[guard.last + 1 : following.first]) if following else ("",)
            of = gap in (("av",), ("in",), ("of",), ("out", "of"), ("på",))
            if (
                number > 0
                and following
                and following.kind == "number"
                and of
                and int(following.sense) >= number
            ):
                skip = True
                share = Fraction(number, int(following.sense))
                yield Guard("fraction", "", guard.first, following.last, share)
                continue
            if (
                number > 0
                and following
                and following.kind == "fraction"
                and not gap
                and following.sense in _PARTS
            ):
                skip = True
                yield Guard(
                    "fraction", "", guard.first, following.last, Fraction(number, _PARTS[following.sense])
                )
                continue
            ahead = tuple(t.text for t in self.tokens[max(guard.first - 2, 0) : guard.first])
            if (
                1 < number <= 100
                and ahead[:1] in (("en",), ("ett",), ("one",))
                and ahead[1:] in (("av",), ("in",), ("of",))
            ):
                yield Guard("fraction", "", guard.first - 2, guard.last, Fraction(1, number))
            elif guard.kind == "fraction" and guard.sense in _PARTS:
                if guard.sense != "percent":
                    yield guard._replace(share=Fraction(1, _PARTS[guard.sense]))
                elif guard.first - 1 not in self.at:
                    yield guard
            elif guard.kind == "fraction":
                yield guard._replace(share=Fraction(guard.sense))
            elif not (number == 1 and self.rules.language == "en"):
                yield guard

    # ---- small questions to the statement ------------------------------------------------------------
    def has(self, kind: str, *senses: str) -> bool:
        """Whether a guard word of a class, and sense, stands in the statement."""
        return any(g.kind == kind and (not senses or g.sense in senses) for g in self.guards)

    def caveat(self, sense: str) -> bool:
        """Whether the statement, or the sentence after it, has a caveat."""
        phrases = [p.split() for p in getattr(self.rules.words, self.rules.language)["caveat"][sense]]
        tokens = [*self.tokens, *self.after]
        return any(
            all(t.is_word(w) for w, t in zip(words, tokens[at:], strict=False))
            for words in phrases
            for at in range(len(tokens) - len(words) + 1)
        )

    def named(self, *stems: str) -> list[int]:
        """Return the places of words that begin with some stems, accents apart; short ones are lemmas."""
        phrase = None
        hits = set[int]()
        for stem in (stem.translate(_ASCII) for stem in stems):
            if " " in stem:
                phrase = phrase or self.text.lower().translate(_ASCII)
                hits |= {at for at, token in enumerate(self.tokens) if phrase.startswith(stem, token.start)}
            elif stem[0] == "*":
                hits |= {at for own, places in self.forms.items() if own.endswith(stem[1:]) for at in places}
            elif len(stem) > 4:
                hits |= {at for own, places in self.forms.items() if own.startswith(stem) for at in places}
            else:
                hits |= {*self.forms.get(stem, ())}
        return sorted(hits)

    def led(self, stems: Iterable[str]) -> bool:
        """Whether the sentence before names something."""
        return bool(self.before and self.before.named(*stems))

    def said(self, guard: Guard) -> str:
        """Return a guard word as it is printed."""
        last = self.tokens[guard.last]
        return self.text[self.tokens[guard.first].start : last.start + len(last.text)]

    def distance(self, guard: Guard, place: int) -> int:
        """Return how far a word is from a claim's place: the words between, clauses counting more."""
        first, last = (guard.last, place) if place > guard.last else (place, guard.first)
        return (
            last - first + 5 * (self.tokens[last].clause - self.tokens[first].clause) + (place < guard.first)
        )

    def near(self, guard: Guard, suits: Callable[[Claim], bool]) -> Claim | None:
        """Return the nearest claim that suits."""
        places = [place for place, claim in self.at.items() if suits(claim)]
        return self.at[min(places, key=lambda place: self.distance(guard, place))] if places else None

    def negated(self, guard: Guard) -> bool:
        """Whether a negation stands with a word in its clause."""
        clause = self.tokens[guard.first].clause
        return any(
            g.kind == "negation" and self.tokens[g.first].clause == clause and abs(g.first - guard.first) <= 5
            for g in self.guards
        )

    def _spans(self, place: int, words: Sequence[str]) -> bool:
        span = self.tokens[place : place + len(words)]
        return (
            place >= 0
            and len(span) == len(words)
            and all(t.is_word(w) for w, t in zip(words, span, strict=True))
        )

    def _in_idiom(self, guard: Guard) -> bool:
        """Whether a word is part of an idiom: of the exceptions without an asterisk."""
        for start in range(max(guard.first - 4, 0), guard.first + 1):
            token = self.tokens[start]
            for key in {token.text, token.lemma, f"={token.text}"}:
                for words, idiom in self.rules.idioms[0].get(key, ()):
                    fits = guard.kind in (idiom.classes or (guard.kind,)) and start + len(words) > guard.first
                    if fits and guard.sense != "need" and self._spans(start, words):
                        return True
        return False

    def _aimed(self, guard: Guard) -> bool:
        """Whether a word stands under an aim, a duty or a condition: the exceptions with an asterisk."""
        clause = self.tokens[guard.first].clause
        return guard.sense != "need" and any(
            self._spans(start, words) and self.tokens[start + len(words) - 1].clause == clause
            for words, idiom in self.rules.idioms[1]
            if guard.kind in (idiom.classes or (guard.kind,))
            for start in range(guard.first - len(words) - idiom.within + 1, guard.first - len(words) + 1)
        )

    # ---- agreement: what is said beside a claim, and the claim's own fields --------------------------
    def _topic(self, place: int, claim: Claim) -> Iterator[tuple[int, Verdict]]:
        """Ask for a word that names the claim's measure; refuse one that names another's."""
        measure, measures = claim.measure.removeprefix("activities."), self.rules.measures
        own = self.named(*self.rules.topics(measure))
        if measure in ("emissions", "emissions_total", *measures) and not (measure in measures and own):
            for other in measures:
                stems = [s for s in self.rules.topics(other) if s not in self.rules.topics(measure)]
                hits = [at for at in self.named(*stems) if at not in own]
                if other != measure and hits and not any(c.measure == other for c in self.claims):
                    yield hits[0], _no(claim, f"”{self.tokens[hits[0]].text}”: {claim.id} is of {measure}")
                    return
        parts = measure.split(".") if claim.kind == "fact" else []
        own += [at for part in parts for at in self.named(*self.rules.topics(part))]
        for other in ("staff", "skolor") if parts else ():  # the noun beside a fact
            hits = self.named(*self.rules.topics(other))
            if other not in parts and place + 1 in hits and place + 1 not in own:
                yield place + 1, _no(claim, f"”{self.tokens[place + 1].text}”: {claim.id} is of {measure}")
        generic = self.named("siffra", "figure") or (claim.unit == "share" and self.named("andel", "share"))
        if (
            not own
            and measure
            and claim.kind != "fact"
            and not generic
            and not self.led(self.rules.topics(measure))
        ):
            yield 0, _ask(f"no word names what {claim.id} measures: {measure}")

    def _tells(self, place: int, claim: Claim) -> Iterator[tuple[int, Verdict]]:
        """Ask for the words that a claim of its role, part, kind or method must be told with."""
        part = claim.part if claim.kind == "count" else ""
        facts = claim.measure.split(".") if claim.kind == "fact" else ()
        for key in dict.fromkeys((claim.role, part, claim.method, f"kind-{claim.kind}", *facts)):
            words = self.rules.words.tells.get(key, ())
            if not words or self.named(*words) or self.led(words):
                continue
            if key == "previous" and (claim.data_year in self.years.values() or claim.measure == "survey"):
                continue
            if key == "previous" and len(self.claims) > 1 and "mot" in self.words:
                continue
            if key == "mean_of_municipalities" and claim.role != "by_method":
                continue  # the report's own definition, which it tells once
            siblings = [
                k for k in ("joined", "left") if k != key and self.named(*self.rules.words.tells.get(k, ()))
            ]
            strict = key in (
                "previous",
                "low",
                "high",
                "mean_of_municipalities",
                "median",
                "required",
                "target",
                "lower_quartile",
                "upper_quartile",
            ) or (key == "kind-goal" and claim.role == "target")
            if strict or (
                key in ("joined", "left") and siblings and not any(c.part in siblings for c in self.claims)
            ):
                yield 0, _no(claim, f"{claim.id} is told without a word that says {key}")
            else:
                yield 0, _ask(f"no word says that {claim.id} is {key}")
        ours = {"vår", "vårt", "våra", "vi", "our", "we"} & self.words
        if claim.role == "target" and ours and self.named("mål", "goal", "target"):
            yield 0, _no(claim, f"{claim.id} is no goal of the association's own")
        towns = self.named("medlemskommun", "member municipalit")
        joint = claim.measure == "members" and claim.kind == "count" and claim.part in ("count", "previous")
        others = self.has("subject", "regions") or any(c.part == "municipalities" for c in self.claims)
        if joint and towns and not others and not self.forms.get("medlem") and not self.led(("medlem",)):
            yield towns[0], _no(claim, f"{claim.id} counts regions too")
        if claim.inferred and claim.kind == "count" and not self.caveat("inferred"):
            yield 0, _no(claim, f"{claim.id} is inferred, and nothing says so", "inferred")
        counted = claim.measure == "survey" and any(c.inferred for c in self.book if is_answer(c))
        if (claim.inferred or counted) and re.search(
            r"svara\w* på (?:den )?frågan|answered the question", self.text, re.I
        ):
            yield 0, _no(claim, f"how many answered the question of {claim.id} is not known", "inferred")
        saying = (
            claim.role == "required" or any(self.has(kind) for kind in _SAID) or self.named("takt", "pace")
        )
        moves = claim.kind in ("change", "pace") or (claim.kind == "result" and _tells_change(claim))
        weighed = claim.kind == "result" and (
            self.has("hedge", "much") or self.named("mål", "goal", "result")
        )
        percent = claim.kind == "result" and claim.unit == "procent"
        if percent and place + 1 in self.named(*self.rules.topics(claim.measure)):
            yield place + 1, _no(claim, f"{claim.id} is a change, not a number of them", "kind")
        if moves and not saying and not weighed and claim.text[0].isdigit():
            yield 0, _ask(f"no word says that {claim.id} is a change")
        before = self.tokens[place - 1].text if place else ""
        clause = self.tokens[place].clause
        moved = any(
            g.kind in ("change", "factor")
            and 0 < place - g.last <= 4
            and self.tokens[g.last].clause == clause
            for g in self.guards
        )
        if claim.kind in ("level", "share", "bound") and before in ("med", "by") and moved:
            yield 0, _no(claim, f"{claim.id} is a {claim.kind}, not a change", "kind")
        if claim.kind == "change" and claim.unit == "share" and before in ("till", "to") and moved:
            yield 0, _no(claim, f"{claim.id} is a change, not a level", "kind")

    def _of_whom(self, place: int, claim: Claim) -> Iterator[tuple[int, Verdict]]:
        """Hold ”of the members”, ”of the respondents” against the claim's denominator."""
        if (
            claim.subject == "respondents"
            and claim.kind == "count"
            and not self.has("subject", "respondents")
        ):
            yield 0, _no(claim, f"{claim.id} counts those that answered")
        at, said = self._denominator(place)
        whole = [g for g in self.guards if g.kind == "subject" and g.sense in ("nation", "foreign")]
        if is_answer(claim) and whole and not said and self._shares_part(whole[0], claim):
            yield whole[0].first, _ask(f"”{self.said(whole[0])}” stands beside {claim.id}")
        if claim.unit != "share" or not claim.denominator or claim.measure == "response" or not said:
            return
        wrong = {
            "respondents": ("members", "municipalities", "nation", "foreign", "people"),
            "members": ("respondents", "foreign", "people", "nation"),
        }.get(claim.denominator, ("respondents", "foreign", "people"))
        if said in wrong:
            yield (
                at,
                _no(claim, f"”{self.tokens[at].text}”: {claim.id} is of {claim.n or ''} {claim.denominator}"),
            )

    def _denominator(self, place: int) -> tuple[int, str]:
        """Return whom a share is said to be of: ”79 % of …” after it, ”Of …” or ”Half of …” before it."""
        part = self.tokens[place].part
        subjects = [g for g in self.guards if g.kind == "subject" and self.tokens[g.first].part == part]
        answered = any(g.sense == "respondents" for g in subjects)
        for g in (g for g in subjects if g.first > place):
            between = [t.text for t in self.tokens[place + 1 : g.first]]
            if (between and len(between) <= 4 and between[0] in _OF) or (
                not between and g.sense in ("members", "municipalities")
            ):
                return g.first, "" if answered and g.sense != "respondents" else g.sense
        for g in (g for g in reversed(subjects) if g.last < place):
            ahead = {t.text for t in self.tokens[max(g.first - 3, 0) : g.first]}
            amount = any(q.kind in _QUANTITY and 0 < g.first - q.last <= 3 for q in self.guards)
            if ahead & (_OF | {"hos", "i", "alla", "samtliga", "all", "every"}) or amount:
                return g.first, "" if answered and g.sense != "respondents" else g.sense
        return place, ""

    def _year(self, place: int, claim: Claim) -> Iterator[tuple[int, Verdict]]:
        """Hold the years of the statement against those that its claims know."""
        known = {year for c in self.claims for year in (c.data_year, c.base_year, c.previous_year)}
        if claim.part in ("municipalities", "listed"):  # the same for all years
            return
        known |= {claim.year - 1 for c in self.claims if c.role == "previous"}
        known |= {c.year for c in self.claims if c.role in ("published", "release")}
        known |= {int(c.part) for c in self.claims if re.fullmatch(r"20\d\d", c.part)}
        if claim.kind == "level" and (self.has("change") or self.has("comparison") or self.has("factor")):
            known |= {c.data_year for c in self._series(claim)}
        for at, year in self.years.items():
            if year not in known:
                why = f"{year}: {claim.id} is of {claim.data_year}"
                apart = self.tokens[at].part != self.tokens[place].part or year > claim.year
                yield at, _ask(why) if claim.kind == "fact" or apart else _no(claim, why)
                return
        if claim.role == "achieved":
            span = (claim.data_year or 0) - (claim.base_year or 0)
            if claim.base_year not in self.years.values() and not self.has("number", str(span)):
                yield 0, _ask(f"nothing says that {claim.id} is since {claim.base_year}")
        if claim.kind not in ("level", "share", "count", "bound") or claim.role == "release":
            return
        clause = self.tokens[place].clause
        beside = [
            y for at, y in self.years.items() if 0 < at - place <= 2 and self.tokens[at].clause == clause
        ]
        leading = [
            y
            for at, y in self.years.items()
            if at < place and self.tokens[at - 1].text in ("år", "in", "under", "i")
        ]
        if not beside and len(self.at) == 1 and not self.has("change"):
            beside = leading
        if beside and beside[0] != claim.data_year:
            yield 0, _no(claim, f"{beside[0]}: {claim.id} is of {claim.data_year}")
        series = self._series(claim) if claim.kind == "level" and claim.role == "series" else []
        latest = series and series[-1].data_year == claim.data_year
        if (
            series
            and not latest
            and claim.data_year not in self.years.values()
            and not any(
                c.kind == "level" and c.id != claim.id and c.measure == claim.measure for c in self.claims
            )
        ):
            why = f"{claim.id} is of {claim.data_year}, and nothing says so"
            yield 0, _ask(why) if self.has("time", "last-year") else _no(claim, why)

    def _unit(self, place: int, claim: Claim) -> Iterator[tuple[int, Verdict]]:
        """Hold units, rates and spans of time against the claim's own."""
        both = self.has("unit", "capita") and self.has("unit", "total") and len(self.claims) == 1
        if both and self.words & {"både", "both"} and not self.has("comparison"):
            yield 0, _no(claim, f"{claim.id} is in one of two units, {claim.unit}")
        beyond = {t.text for t in self.tokens[place + 1 : place + 2]}
        if beyond & {"procent", "percent"} and claim.unit in ("count", "members"):
            yield place + 1, _no(claim, f"{claim.id} is a count")
        rates = [g for g in self.guards if g.sense == "rate-other" and self.distance(g, place) <= 4]
        if rates and claim.kind == "fact" and not {*claim.measure.split(".")} & {*self.rules.words.tells}:
            yield rates[0].first, _ask(f"no field of {claim.id} tells a rate")
        for g in self.guards:
            if (
                self.tokens[g.first].part != self.tokens[place].part
                or g.kind not in ("unit", "time", "number")
                or self.near(g, lambda c: c.kind != "fact") != claim
            ):
                continue
            beside = self.distance(g, place) <= 4
            per_capita = "per capita" in claim.unit or (
                claim.measure == "emissions" and claim.kind in ("change", "pace")
            )
            moved = claim.kind in ("change", "pace")
            year = claim.data_year or 0
            following = self.tokens[g.last + 1].lemma if g.last + 1 < len(self.tokens) else ""
            wrong = {
                "capita": beside and (claim.unit == "t CO2e" or claim.measure == "emissions_total"),
                "capita-other": claim.measure.startswith("emissions") or per_capita,
                "total": per_capita
                and not self.has("unit", "capita")
                and not any(c.measure == "emissions_total" for c in self.claims),
                "points": claim.unit != "share change",
                "mass": g.first == place + 1,
                "rate": beside and claim.kind in ("change", "level", "share"),
                "rate-other": moved or claim.kind in ("level", "share", "bound", "result"),
                "last-year": moved and claim.base_year != year - 1,
                "this-year": claim.kind in ("level", "change") and year != claim.year and " " in self.said(g),
            }.get(g.sense, False)
            if g.sense == "2000" and g.kind == "time":
                wrong = moved and claim.base_year != 2000
            if g.kind == "number":
                wrong = moved and following in ("år", "year") and claim.base_year != year - int(g.sense)
            if wrong:
                yield (
                    g.first,
                    _no(
                        claim,
                        f"”{self.said(g)}”: {claim.id} is in {claim.unit}, {claim.base_year or ''}–{year}",
                    ),
                )

    # ---- whose number a claim is ---------------------------------------------------------------------
    def _subjects(self) -> Iterator[tuple[int, Verdict]]:
        """Hold whom each claim is said to be of against its subject, beside it or in order."""
        codes = self.rules.places
        units = [
            place + 1
            for place, claim in self.at.items()
            if claim.kind == "count" and claim.subject == "members"
        ]
        said = [
            (g.first, g.sense) for g in self.guards
            if g.kind == "subject" and g.sense in ("members", "nation", "foreign") and g.first not in units
        ]  # fmt: skip
        if any(claim.subject == "nation" for claim in self.claims):
            last = max(place for place, claim in self.at.items() if claim.subject == "nation")
            over = [
                g for g in self.guards
                if g.kind == "comparison" and g.sense in ("above", "below")
                and (len(self.claims) > 1 or g.first < last)
            ]  # fmt: skip
            said += [(g.last, "nation") for g in over]
        apart = {c.part for c in self.claims if c.role == "sensitivity"}  # the place that is left out
        words = [
            (at, code) for at, t in enumerate(self.tokens)
            if (code := codes.get(t.text.removesuffix("s"), "")) not in apart
        ]  # fmt: skip
        said = sorted([*said, *((at, code) for at, code in words if code)])
        if any(claim.part == "below_nation" for claim in self.claims):
            said = [each for each in said if each[1] != "nation"]
        spoken = [
            (place, claim) for place, claim in self.at.items()
            if claim.part != "below_nation"
            and (claim.subject.isdigit() or claim.subject in ("members", "nation"))
            and (claim.subject.isdigit() or not claim.denominator)
        ]  # fmt: skip
        for place, claim in spoken:
            several = claim.subject.isdigit() and codes and not self.rules.of_one_place
            if not said and (claim.subject == "nation" or several):
                yield place, _no(claim, f"{claim.id} is of {claim.subject}, and nothing says so")
        if not said or not spoken:
            return
        beside = [self._fits(c, min(said, key=lambda s: self._reach(p, s[0]))[1]) for p, c in spoken]
        senses = list(dict.fromkeys(sense for _, sense in said))
        in_order = len(senses) == len(spoken) and all(
            self._fits(c, sense) for (_, c), sense in zip(spoken, senses, strict=True)
        )
        subjects = {claim.subject for _, claim in spoken}
        ours = len(spoken) > len(senses) and {*senses} <= subjects <= {*senses, "members"}
        torn = len(spoken) == 1 and {"members", "nation"} <= {*senses}
        if torn and not any(self.has(kind) for kind in ("comparison", "superlative", "negation", "hedge")):
            yield spoken[0][0], _ask(f"both members and nation are named beside {spoken[0][1].id}")
        if all(beside) or in_order or ours:
            return
        place, claim = spoken[beside.index(False)]
        at, sense = min(said, key=lambda s: self._reach(place, s[0]))
        why = f"”{self.tokens[at].text}”: {claim.id} is of {claim.subject}"
        covered = any(self._fits(claim, sense) for sense in senses)
        if covered and len(spoken) == 1 and not sense.isdigit():
            if not any(self.has(kind) for kind in ("comparison", "superlative", "negation")):
                yield at, _ask(why)
        elif not (sense.isdigit() and claim.method in ("minimum", "maximum")):
            yield at, _no(claim, why)

    def _fits(self, claim: Claim, sense: str) -> bool:
        return (
            claim.part == sense
            or claim.subject == sense
            or (sense == "members" and claim.subject.isdigit() and not self.rules.names)
        )

    def _reach(self, place: int, at: int) -> int:
        clauses = abs(self.tokens[place].clause - self.tokens[at].clause)
        return abs(place - at) + 4 * clauses + (at > place)

    def _pairs(self) -> Iterator[tuple[int, Verdict]]:
        """Refuse two claims side by side that are not made alike, or not of the same year."""
        for (one, a), (other, b) in zip(self.at.items(), [*self.at.items()][1:], strict=False):
            between = {t.text for t in self.tokens[one:other]}
            if a.part == "below_nation" and b.measure == "members" and b.part == "count" and between & _OF:
                yield (
                    one,
                    _no(a, f"{a.id} is of the municipalities, {b.id} counts regions too", "denominator"),
                )
            if (
                not _alike(a, b)
                or a.subject == b.subject
                or not between & {"mot", "än", "than", "against", "med", "to"}
            ):
                continue
            if {a.method, b.method} == {"ratio_of_sums", "mean_of_municipalities"}:
                yield (
                    other,
                    _no(a, f"{a.id} and {b.id} are not made alike and may not be compared", "definition"),
                )
            if a.kind == "level" and a.data_year != b.data_year and len(self.years) < 2:
                yield other, _no(a, f"{a.id} is of {a.data_year}, {b.id} of {b.data_year}", "year")

    # ---- change --------------------------------------------------------------------------------------
    def _series(self, claim: Claim) -> list[Claim]:
        """Return the levels of a claim's subject and measure, by year."""
        levels = self.book.select(
            kind="level", subject=claim.subject, measure=claim.measure, method=claim.method
        )
        return sorted((c for c in levels if c.role in ("series", "main")), key=_when)

    def _since(self, claim: Claim) -> list[tuple[Decimal, Decimal, Claim]]:
        """Return how a level moved since the year that is named, or both since the first and the last one."""
        earlier = [c for c in self._series(claim) if (c.data_year or 0) < (claim.data_year or 0) and c.value]
        named = [c for c in earlier if c.data_year in self.years.values()]
        if self.has("time", "last-year") and not named:
            named = [c for c in earlier if c.data_year == (claim.data_year or 0) - 1]
        bases = named[:1] or earlier[:1] + earlier[-1:]
        return [(claim.value - c.value, claim.value / c.value, claim) for c in bases]

    def _implied(self, guard: Guard) -> list[Claim]:
        """Return the levels that a statement without claims speaks of, of members and nation."""
        senses = {g.sense for g in self.guards if g.kind == "subject"}
        known = ("subject", "unit", "negation", "change", "hedge", "factor", "time")
        others = [g for g in self.guards if g.kind not in known and g != guard]
        measures = any(self.named(*self.rules.topics(measure)) for measure in self.rules.measures)
        names = {name.lower() for name in self.rules.names.values()}
        if (
            self.claims
            or others
            or senses - {"members", "nation"}
            or measures
            or not self.named("utsläpp", "emission", "släppa", "emit")
        ):
            return []
        if any(token.text.removesuffix("s") in names for token in self.tokens):
            return []
        return [
            c
            for s in sorted(senses or {"members"})
            for c in self.book.select(kind="level", subject=s, measure="emissions", role="main")
        ]

    def _evidence(self, guard: Guard) -> list[tuple[Decimal, Decimal, Claim]]:
        """Return what moved, how many times, by which claim, of the claims that a word of change governs."""
        if not self.claims:
            return [each for claim in self._implied(guard) for each in self._since(claim)]
        achieved = sorted(
            (c for c in self.claims if c.kind == "pace" and c.role == "achieved"),
            key=lambda c: c.base_year or 0,
        )
        if len(achieved) == 2 and self.named("takt", "pace") and not self.named("utsläpp", "emission"):
            one, other = achieved
            return [(other.value - one.value, other.value / one.value, other)]
        words = [
            g for g in self.guards
            if g == guard or (g.kind in ("change", "factor") and g.sense != "other" and not self._aimed(g))
        ]  # fmt: skip
        governed = []
        for place, claim in self.at.items():
            ruling = max((g for g in words if g.last < place), key=lambda g: g.first, default=words[0])
            if ruling == guard or self.tokens[ruling.first].clause == self.tokens[guard.first].clause:
                governed.append(claim)
        apart = [c for c in governed if c.role == "sensitivity"]
        if apart:
            mains = self.book.select(kind="level", subject="members", measure="emissions", role="main")
            return [(c.value - mains[0].value, c.value / mains[0].value, c) for c in apart if mains]
        terms = [c for c in governed if c.role == "split" and c.part not in ("change", "size")]  # of a sum
        own = [
            c
            for c in governed
            if c not in terms and _tells_change(c) and (c.direction or c.kind in ("goal", "result"))
        ]
        if own:
            return [(change(c), 1 + change(c), c) for c in own]
        if terms and len(self.claims) == 1:
            return [(c.value, 1 + c.value, c) for c in terms]
        levels = [c for c in self.claims if c.kind in ("level", "count") and c.part not in ("joined", "left")]
        pairs = [
            (b.value - a.value, b.value / a.value, b)
            for a in levels
            for b in levels
            if a.value and _when(a) < _when(b) and _series_of(a) == _series_of(b)
        ]
        if pairs:
            return pairs
        found = list[tuple[Decimal, Decimal, Claim]]()
        for claim in map(self._base_of, governed or self.claims):
            if claim.kind == "share" and claim.previous_value is not None:
                times = claim.value / claim.previous_value if claim.previous_value else Decimal("Infinity")
                found.append((change(claim), times, claim))
            elif claim.kind == "level":
                found += self._since(claim)
            elif claim.kind == "count" and claim.part == "count":
                before = self.book.select(kind="count", measure=claim.measure, part="previous")
                found += [(claim.value - c.value, claim.value / c.value, claim) for c in before]
        return found

    def _base_of(self, claim: Claim) -> Claim:
        """Return the claim that an earlier year's share belongs to, or the claim itself."""
        if claim.role != "previous" or claim.kind != "share":
            return claim
        mains = self.book.select(kind="share", subject=claim.subject, measure=claim.measure, role="main")
        return mains[0] if mains else claim

    def _change(self, guard: Guard) -> Verdict:
        evidence = self._evidence(guard)
        if guard.sense == "slow" and evidence and evidence[0][2].kind == "pace":
            guard = guard._replace(sense="down")
        if not self.claims and evidence and not self._plain():
            evidence = (
                [each for each in evidence if self._direction(guard, [each]).decision == "false"]
                if (guard.sense in ("up", "down", "same"))
                else []
            )
        if guard.sense in ("up", "down", "same") and evidence:
            for place, claim in self.at.items() if guard.sense == "down" else ():
                if self.tokens[place].text.startswith("−") and self.tokens[place - 1].text in ("med", "by"):
                    return _no(claim, "and the minus say it twice", "sign")
            return self._direction(guard, evidence)
        alone = [c for c in self.claims if is_answer(c) and carried(c) == "none"]
        led = any(self.tokens[place - 1].text in ("till", "to") for place in self.at if place)
        led = led or self.tokens[guard.first - 1].text == "en" or guard.last > guard.first
        if guard.sense in ("up", "down", "same") and alone and (led or self.named("andel", "share")):
            return _no(alone[0], f"{alone[0].id} has no earlier share to set it beside", "no-previous")
        return _ask("no claim of the statement tells what changed")

    def _plain(self) -> bool:
        """Whether all words of a statement are guard words, emissions, years or small words."""
        known = {at for g in self.guards for at in range(g.first, g.last + 1)} | {*self.years}
        known |= {
            *self.named(
                "utsläpp",
                "emission",
                "per",
                "ha",
                "vara",
                "både",
                "sin",
                "sina",
                "sedan",
                "have",
                "be",
                "both",
            )
        }
        return all(at in known or token.text in _FILL | _BREAKS for at, token in enumerate(self.tokens))

    def _direction(self, guard: Guard, evidence: Sequence[tuple[Decimal, Decimal, Claim]]) -> Verdict:
        """Hold a direction against what moved; only some of it is no proof."""
        ways = {"up": {1}, "more": {1}, "down": {-1}, "less": {-1}, "same": {0}}[guard.sense]
        ways = {-1, 0, 1} - ways if self.negated(guard) else ways
        verdicts = list[Verdict]()
        for moved, _, claim in evidence:
            still = moved == 0 or (claim.k is not None and abs(moved) * (claim.n or 0) < 1)
            way = 0 if still else 1 if moved > 0 else -1
            saying = {1: "an increase", -1: "a decrease", 0: "no change"}[way]
            verdict = (
                YES
                if way in ways
                else _no(claim, f"does not hold for {claim.id}: it is {saying}", "direction")
            )
            carry = self._carry(claim, way) if is_share(claim) else None
            verdicts.append(
                carry or verdict if verdict == YES or carried(claim) in ("none", "broken") else verdict
            )
        wrong = [verdict for verdict in verdicts if verdict != YES]
        others = any(g.kind == "change" and g.sense not in (guard.sense, "other") for g in self.guards)
        if (
            wrong
            and len(wrong) < len(verdicts)
            and (others or len({claim.id for *_, claim in evidence}) == 1)
        ):
            return _ask("holds for some of the claims or years only")
        return wrong[0] if wrong else YES

    def _carry(self, claim: Claim, way: int) -> Verdict | None:
        """Return why a share's change may not be told, by what its comparison can carry."""
        support = carried(claim)
        if support == "none":
            return _no(claim, f"{claim.id} has no earlier share to set it beside", "no-previous")
        if support == "broken":
            return _no(
                claim, f"the question of {claim.id} is not the same as {claim.previous_year}", "broken"
            )
        if support == "few" and way and not self.caveat("few"):
            return _no(claim, f"the change of {claim.id} is a handful of {claim.n} respondents", "few")
        if support == "caution" and not (self.caveat("few") or self.caveat("unknown")):
            return _no(
                claim, f"how many answered before {claim.id} is not known, and nothing says so", "caution"
            )
        return None

    def _factor(self, guard: Guard) -> Verdict:
        evidence = self._evidence(guard)
        if not evidence:
            return _ask("no claim of the statement tells how many times")
        if not self.claims and not self._plain():
            evidence = [e for e in evidence if (e[1] > 1) != (Fraction(guard.sense) > 1)]
            if not evidence:
                return _ask("no claim of the statement tells how many times")
        goal = Decimal(Fraction(guard.sense).numerator) / Fraction(guard.sense).denominator
        for moved, times, claim in evidence if self.claims else evidence[:1]:
            if is_share(claim) and (verdict := self._carry(claim, 1 if moved > 0 else -1)):
                return verdict
            turned = times < 1 < goal and self.years and self.said(guard).startswith("dubbel")
            then = 1 / times if turned else times
            ahead, near = (then >= goal) if goal > 1 else (then <= goal), abs(then - goal) <= goal / 10
            hedge = self._hedged(guard)
            holds = (
                ahead
                if hedge in ("above", "over")
                else near and not ahead
                if hedge in ("below", "under")
                else near
            )
            if holds == self.negated(guard):
                return _no(claim, f"does not hold for {claim.id}: it is {float(times):.2f} times")
        return YES

    def _hedged(self, guard: Guard) -> str:
        """Return how a fraction or factor is hedged by the word before it, or just after it."""
        beside = [
            g
            for g in self.guards
            if g.kind == "hedge" and (0 < guard.first - g.last <= 2 or g.first == guard.last + 1)
        ]
        after = self.tokens[guard.last + 1].text if guard.last + 1 < len(self.tokens) else ""
        return beside[-1].sense if beside else "below" if after in ("nästan", "nearly", "almost") else ""

    # ---- amounts -------------------------------------------------------------------------------------
    def _shares(self) -> list[tuple[int, Fraction, Claim]]:
        """Return the shares that a statement prints, k of n of two counts too, with their places."""
        shares = [
            (place, Fraction(c.k, c.whole) if c.k is not None and c.whole else Fraction(abs(c.value)), c)
            for place, c in self.at.items()
            if c.unit == "share"
            and (c.kind in ("share", "bound") or (c.kind == "change" and abs(c.value) <= 1))
        ]
        for (one, a), (other, b) in zip(self.at.items(), [*self.at.items()][1:], strict=False):
            of = self.tokens[one + 1].text in _OF and other - one <= 4
            if a.kind == b.kind == "count" and of and 0 < b.value >= a.value:
                shares.append((one, Fraction(a.value) / Fraction(b.value), a))
        return shares

    def _amount(self, guard: Guard) -> Verdict:
        methods = {c.method for c in self.claims}
        quarters = methods & {"lower_quartile", "upper_quartile"}
        if guard.share == Fraction(1, 2) and (len(quarters) == 2 or "median" in methods):
            return YES
        if guard.share in (Fraction(1, 4), Fraction(3, 4)) and quarters:
            return YES
        ratios = [times for _, times, c in self._evidence(guard) if c.kind == "level"] if self.claims else []
        ratios += [
            c.value / goal.value for c in self.claims if c.kind == "result"
            for goal in self.book.select(kind="goal", measure=c.measure, unit=c.unit) if goal.value
        ]  # fmt: skip
        if guard.share and any(_about(Fraction(each), guard.share, self._hedged(guard)) for each in ratios):
            return YES
        if guard.sense == "1":
            follows = [g.sense for g in self.guards if g.kind == "subject" and 0 < g.first - guard.last <= 2]
            if "nation" in follows and any(c.subject == "nation" for c in self.claims):
                return YES  # in the whole country
            ahead = {t.text for t in self.tokens[max(guard.first - 1, 0) : guard.first]}
            if follows and any(is_share(c) or c.kind == "bound" for c in self.claims) and ahead & _OF:
                return YES  # of all respondents: what the share is of
        shares = self._shares()
        if guard.sense in ("1", "0", "few"):
            shares = [each for each in shares if each[2].kind != "change"]
        response = [(p, c) for p, c in self.at.items() if c.measure == "survey" and c.kind == "count"]
        if response and not shares and self.named("svar", "answer"):
            shares = [
                (*response[0][:1], Fraction(c.value), response[0][1])
                for c in self.book
                if c.measure == "response"
            ]
        if guard.sense in ("percent", "vague", "many") or not shares:
            return _ask("no claim of the statement tells how much")
        _, value, claim = min(shares, key=lambda each: self.distance(guard, each[0]))
        saying = {
            "1": value == 1, "0": value == 0, "most": value > Fraction(1, 2), "least": value < Fraction(1, 2),
            "few": 0 < value <= Fraction(15, 100), "nearly": Fraction(9, 10) <= value < 1,
        }  # fmt: skip
        fraction = guard.share is not None and _about(value, guard.share, self._hedged(guard))
        if (saying.get(guard.sense, False) or fraction) != self.negated(guard):
            return YES
        return _no(claim, f"does not hold: {claim.id} is {claim.text}")

    def _count(self, guard: Guard) -> Verdict | None:
        """Hold a number word against the counts of the statement."""
        value = int(guard.sense)
        following = {t.lemma for t in self.tokens[guard.last + 1 : guard.last + 3]}
        if following & {"år", "year"} and any(c.kind in ("pace", "change") for c in self.claims):
            return None  # see _unit
        counts = [
            (p, c)
            for p, c in self.at.items()
            if c.kind in ("count", "fact", "goal", "result") and c.unit != "year"
        ]
        more = any(g.kind == "comparison" and 0 < g.first - guard.last <= 2 for g in self.guards)
        if more and len(counts) == 2:
            gap = abs(counts[0][1].value - counts[1][1].value)
            return _if(gap == value, counts[0][1], f"the two counts differ by {gap}")
        shares = [c for c in self.claims if is_share(c) and value in (c.k, c.n, c.members)]
        if shares and shares[0].inferred and value != shares[0].members and not self.caveat("inferred"):
            return _no(shares[0], f"the count of {shares[0].id} is inferred, and nothing says so", "inferred")
        moved = [c for c in self.claims if is_share(c) and abs(round(change(c) * (c.n or 0))) == value]
        between = {abs((a.data_year or 0) - (b.data_year or 0)) for a in self.claims for b in self.claims}
        spans = {c.data_year - c.base_year for c in self.claims if c.data_year and c.base_year}
        if following & {"år", "year"} and value in between | spans:
            return YES
        member_counts = self.book.select(kind="count", measure="members")
        if shares or moved or any(c.value == value for c in [*member_counts, *(c for _, c in counts)]):
            return YES
        zero = self.near(guard, lambda c: c.kind == "level") if value == 0 else None
        if zero and zero.value:
            return _no(zero, f"{zero.id} is {zero.text}")
        near = min(counts, key=lambda each: self.distance(guard, each[0]), default=None)
        if near and self.distance(guard, near[0]) <= 10 and near[1].kind != "goal":
            return _no(near[1], f"{near[1].id} is {near[1].text}")
        return _ask("no claim of the statement has this number")

    def _hedge(self, guard: Guard) -> Verdict | None:
        """Hold drygt, knappt, minst and their like against the exact value of the claim that follows."""
        step = guard.last + 1 not in self.at and self.tokens[guard.last + 1].text in _FILL
        claim = self.at.get(guard.last + 1 + step)
        if claim is not None and claim.method in ("lower_quartile", "upper_quartile", "median"):
            return None
        if claim is None or guard.sense == "about":
            return None  # of a fraction: see _amount
        if guard.sense in ("least", "most"):
            if claim.kind == "bound":
                right = (claim.role == "low") == (guard.sense == "least")
                return _if(right, claim, f"{claim.id} is the {claim.role} bound", "bound")
            if claim.method in ("minimum", "maximum"):
                return self._superlative(guard)
            return YES if claim.kind == "goal" and guard.sense == "least" else _ask(f"{claim.id} is no bound")
        if guard.sense in ("only", "much"):
            fits = claim.unit == "share" and (claim.value < Decimal("0.5")) == (guard.sense == "only")
            return YES if fits else _ask(f"weighs {claim.id}, which no claim does")
        if claim.kind == "fact" and guard.sense in ("above", "over"):
            return None  # what the office counted may be a floor
        number = re.fullmatch(r"[+−]?[\d\s]+(?:[.,](?P<decimals>\d+))?\D*", claim.text)
        if number is None:
            return _ask(f"{claim.id} is printed as a range or in words")
        value = abs(printed_value(claim))
        gap = value - swedish.round_half_up(value, len(number["decimals"] or ""))
        if gap * (1 if guard.sense in ("above", "over") else -1) > 0:
            return YES
        return _no(claim, f"does not hold for {claim.id}: it is {value.normalize():f}", "rounding")

    # ---- two claims ----------------------------------------------------------------------------------
    def _comparison(self, guard: Guard) -> Verdict:
        others = (g.first for g in self.guards if g.kind == "comparison" and g.first > guard.last)
        ahead = range(guard.first, min(guard.last + 14, len(self.tokens), *others))
        thans = {*_THAN, "som", "as"} if guard.sense == "same" else _THAN
        than = next((at for at in ahead if self.tokens[at].text in thans), None)
        sense = {"above": "more", "below": "less"}.get(guard.sense, guard.sense)
        if (
            sense == "other"
            and self.named("mål", "goal", "target")
            and any(c.kind == "result" for c in self.claims)
        ):
            return self._goal(guard._replace(sense="reach")) or YES
        if sense == "other":
            return _ask("no rule knows what is compared")
        apart = next((c for c in self.claims if c.role == "sensitivity"), None)
        if apart and than is None and sense in ("more", "less"):
            return self._direction(guard._replace(sense=sense), self._evidence(guard))
        marked = next((c for c in self.claims if c.part == "below_nation"), None)
        if marked and sense in ("more", "less"):
            return _if(sense == "less", marked, f"{marked.id} counts those below the nation")
        term = next((c for c in self.claims if c.role == "split" and c.part == "population"), None)
        if term and than is None and sense in ("more", "less"):  # more inhabitants make the level lower
            return _if((term.value <= 0) == (sense == "more"), term, f"{term.id} is {term.text}")
        beside = self.at.get(guard.first - 1)
        evidence = list[tuple[Decimal, Decimal, Claim]]()
        if beside and _tells_change(beside) and than is None and beside.unit in ("share", "procent"):
            evidence = [(change(beside), 1 + change(beside), beside)]
        elif (than is not None and self._temporal(than) and not self._both_sides(than)) or (
            than is None and self._set_beside_year()
        ):
            evidence = [e for e in self._evidence(guard) if e[2].direction or e[2].kind == "count"]
            if not evidence:
                return _ask("no claim tells what it was")
        if evidence:
            return self._direction(guard._replace(sense=sense), evidence)
        two = self._two(guard, than)
        if two is None or not _alike(*two):
            return _ask("no two claims of the statement are compared")
        one, other = two
        nouns = (
            "minskning", "takt", "medel", "andel", "siffra", "reduction", "pace", "mean", "krävas", "kräva",
            "mål", "ökning",
        )  # fmt: skip
        if (
            one.kind == "change"
            and self.words & {"högre", "lägre", "higher", "lower"}
            and not self.named(*nouns)
        ):
            return _no(one, f"says levels, {one.id} and {other.id} are changes", "comparison")
        gap, printed_alike = _size(one) - _size(other), one.text == other.text
        holds = (
            gap == 0 if sense == "same" else gap != 0 and (gap > 0) == (sense == "more") and not printed_alike
        )
        if holds != self.negated(guard):
            return YES
        if sense == "same" and printed_alike:
            return _ask(f"{one.id} and {other.id} are alike as printed only")
        return _no(one, f"does not hold: {one.id} is {one.text}, {other.id} is {other.text}")

    def _temporal(self, than: int) -> bool:
        """Whether what follows ”än” is an earlier time, or a number of one."""
        past = {"då", "tidigare", "förra", "fjol", "innan", "före", "before", "then", "earlier", "last"}
        for at in range(than + 1, min(than + 5, len(self.tokens))):
            token = self.tokens[at]
            if (
                at in self.years
                or token.text in past
                or any(g.first == at and g.sense == "last-year" for g in self.guards)
            ):
                return True
            if claim := token.claim:
                twins = [
                    c
                    for c in self.claims
                    if (c.kind, c.subject, c.measure, c.role)
                    == (claim.kind, claim.subject, claim.measure, claim.role)
                ]
                return "previous" in (claim.role, claim.part) or (
                    len(twins) > 1 and claim.kind in ("level", "count")
                )
            if token.text not in _FILL:
                return False
        return False

    def _both_sides(self, than: int) -> bool:
        """Whether claims that may be compared stand on both sides of ”än”."""
        sides = [
            [c for at, c in self.at.items() if (at < than) == side and c.role != "previous"]
            for side in (True, False)
        ]
        return any(_alike(a, b) and a.kind == "level" for a in sides[0] for b in sides[1])

    def _set_beside_year(self) -> bool:
        """Whether the statement sets a word beside an earlier year: ”sedan 2022”, ”jämfört med 2022”."""
        marked = self.words & {"sedan", "jämfört", "since", "compared", "blev", "blivit"}
        two = sum(c.kind in ("level", "change") for c in self.claims) > 1
        return bool(marked) and bool(self.years or self.has("time", "last-year")) and not two

    def _two(self, guard: Guard, than: int | None) -> tuple[Claim, Claim] | None:
        """Return what is compared, and with what: by their subjects, by their places, or from the book."""
        subjects = [
            (g.first, g.sense)
            for g in self.guards
            if g.kind == "subject" and g.sense in ("members", "nation")
        ]
        pivot = than if than is not None else guard.last
        if guard.sense in ("above", "below"):
            subjects, pivot = [*subjects, (guard.last, "nation")], guard.first
        right = next((sense for at, sense in sorted(subjects) if at > pivot or at == guard.last), "")
        left = next((sense for at, sense in sorted(subjects, reverse=True) if at < pivot), "")
        if right and left in ("", right):
            left = "members" if right == "nation" else "nation"
        owned = {claim.subject: claim for claim in reversed(self.claims)}
        if right and {left, right} <= owned.keys():
            return owned[left], owned[right]
        if right and (left in owned and right not in owned if self.claims else self._implied(guard)):
            wanted: dict[str, object] = {"kind": "level", "measure": "emissions", "role": "main"}
            if self.claims:
                own = owned[left]
                wanted = {
                    name: getattr(own, name)
                    for name in (
                        "kind",
                        "measure",
                        "method",
                        "data_year",
                        "base_year",
                        "part",
                        "direction",
                        "role",
                    )
                }
            elif self.has("change"):
                wanted |= {"kind": "change", "direction": -1}
            pair = [self.book.select(subject=subject, **wanted) for subject in (left, right)]
            return (pair[0][0], pair[1][0]) if all(pair) else None
        alone = self.claims[0] if len(self.claims) == 1 else None
        if alone and right and alone.subject.isdigit():
            wanted = {
                name: getattr(alone, name) for name in ("kind", "measure", "data_year", "base_year", "unit")
            }
            twins = self.book.select(subject=right, role="main", **wanted)
            return (alone, twins[0]) if twins else None
        if alone and alone.role == "required" and than is not None:
            later = [str(year) for at, year in self.years.items() if at > than]
            twins = [
                c
                for p in later
                for c in self.book.select(kind="pace", subject=alone.subject, part=p, role="required")
            ]
            return (alone, twins[0]) if twins else None
        if alone and is_answer(alone) and than is not None:
            other = [
                c for c in self.book
                if is_answer(c) and c != alone
                and max(self.named(*self.rules.topics(c.measure)), default=0) > than
            ]  # fmt: skip
            return (alone, other[0]) if len(other) == 1 else None
        before, behind = ([c for p, c in self.at.items() if (p < pivot) == side] for side in (True, False))
        if before and behind:
            return before[-1], behind[0]
        both = behind if len(behind) == 2 else before if len(before) == 2 else []
        return (both[0], both[1]) if both else None

    # ---- superlatives, means, goals, denials ---------------------------------------------------------
    def _superlative(self, guard: Guard) -> Verdict:
        claim = self.near(guard, lambda c: c.kind in ("level", "share", "change"))
        if claim and is_share(claim) and self.has("change"):
            return _ask(f"{claim.id} tells no change")
        if claim is None or guard.sense == "other" or self.has("subject", "foreign"):
            return _ask("no claim of the statement is an extreme")
        if self.has("subject", "nation") and claim.subject != "nation" and len(self.claims) == 1:
            return _no(claim, f"{claim.id} is an extreme of the members, not of the nation")
        if claim.method in ("minimum", "maximum"):
            right = (claim.method == "maximum") == (guard.sense == "most")
            return _if(right, claim, f"{claim.id} is the {claim.method}")
        if claim.method in ("median", "lower_quartile", "upper_quartile"):
            return _no(claim, f"{claim.id} is no extreme but a {claim.method}")
        group = self._set(claim)
        if len(group) < 2:
            return _ask(f"no claims to set {claim.id} beside")
        if self.has("change") and claim.kind == "level":
            return self._most_changed(claim, group)
        size = self._over if self.has("comparison", "above", "below") else _size
        sign = 1 if guard.sense == "most" else -1
        gaps = {c.id: (size(claim) - size(c)) * sign for c in group if c.id != claim.id}
        beaten = [c for c in group if gaps.get(c.id, 1) <= 0]
        if beaten and not any(gap < 0 for gap in gaps.values()):
            return _ask(f"{claim.id} shares its place with {beaten[0].id}")
        rank = _RANKS.get(self.tokens[guard.first - 1].text, 1) if guard.first else 1
        if rank > 1:
            return _if(len(beaten) == rank - 1, claim, f"{claim.id} has the place {len(beaten) + 1}")
        if bool(beaten) == self.negated(guard):
            return YES
        best = beaten[0] if beaten else claim
        return _no(claim, f"does not hold for {claim.id}, {claim.text}: {best.id} is {best.text}")

    def _over(self, claim: Claim) -> Decimal:
        """Return how far a claim of the members is over that of the nation."""
        twins = self.book.select(
            kind=claim.kind,
            subject="nation",
            measure=claim.measure,
            data_year=claim.data_year,
            role=claim.role,
        )
        return claim.value - twins[0].value if twins else claim.value

    def _most_changed(self, claim: Claim, group: Sequence[Claim]) -> Verdict:
        """Decide which of several levels moved most since the first year, in ton and in per cent."""
        moves = dict[str, tuple[Decimal, Decimal]]()
        for each in group:
            first = next((c for c in self._series(each) if c.value), None)
            if first:
                moves[each.measure] = abs(each.value - first.value), abs(each.value / first.value - 1)
        best = [all(moves[claim.measure][i] >= other[i] for other in moves.values()) for i in (0, 1)]
        named = bool(self.named("tonvis", "ton")) if best[0] else bool(self.named("procent"))
        if all(best) or (any(best) and named):
            return YES
        return (
            _ask("say whether in ton or in per cent")
            if any(best)
            else _no(claim, f"does not hold for {claim.id}")
        )

    def _set(self, claim: Claim) -> list[Claim]:
        """Return the claims that one can be an extreme of: all answers, all sectors, all municipalities."""
        if is_answer(claim):
            return [c for c in self.book if is_answer(c)]
        whole = ("emissions", "emissions_total")
        if claim.subject.isdigit():
            alike = self.book.select(
                kind=claim.kind, measure=claim.measure, role=claim.role, data_year=claim.data_year
            )
            return [c for c in alike if c.subject.isdigit()]
        if claim.kind not in ("level", "change") or claim.measure in whole:
            return []
        same = {name: getattr(claim, name) for name in ("kind", "unit", "subject", "data_year", "role")}
        return [c for c in self.book.select(**same) if c.measure not in whole]

    def _mean(self, guard: Guard) -> Verdict:
        methods = {"mean": ("mean_of_municipalities",), "median": ("median",)}
        if guard.sense == "mean" and self.has("time", "rate") and any(c.kind == "pace" for c in self.claims):
            return YES
        claim = self.near(guard, lambda c: c.kind in ("level", "change", "share"))
        if claim and any(
            c.method in methods.get(guard.sense, ("lower_quartile", "upper_quartile")) for c in self.claims
        ):
            return YES
        return (
            _no(claim, f"{claim.id} is no {guard.sense}")
            if claim
            else _ask("no claim of the statement is one")
        )

    def _goal(self, guard: Guard) -> Verdict | None:
        reached = (guard.sense in ("reach", "enough")) != self.negated(guard)
        required, achieved = self._paces()
        result = next((c for c in self.claims if c.kind == "result"), None)
        if required and achieved:
            holds = (
                achieved.value < required.value
                if guard.sense == "need"
                else (achieved.value >= required.value) == reached
            )
            return _if(
                holds,
                achieved,
                f"does not hold: {achieved.id} is {achieved.text}, {required.id} {required.text}",
            )
        if result:
            goals = self.book.select(kind="goal", measure=result.measure)
            goal = next((c for c in goals if c.part == "year"), goals[0] if goals else None)
            if goal is None:
                return _ask(f"no goal stands beside {result.id}")
            if goal.unit != result.unit:
                return _no(result, f"{goal.id} is in {goal.unit}, {result.id} in {result.unit}: no verdict")
            right = (result.value >= goal.value) == reached
            return _if(right, result, f"does not hold: {result.id} is {result.text}, {goal.id} {goal.text}")
        aims = any(stem in word for word in self.words for stem in ("mål", "goal", "target", "klimatneutral"))
        if guard.sense in ("need", "short", "enough") or aims or self.has("subject", "nation", "members"):
            return _ask("no goal and result of the statement decide it")
        return None

    def _paces(self) -> tuple[Claim | None, Claim | None]:
        """Return the pace that is required, also by a target that is told, and the one that is achieved."""
        paces = [c for c in self.claims if c.kind == "pace"]
        required = next((c for c in paces if c.role == "required"), None)
        target = next((c for c in self.claims if c.role == "target"), None)
        if required is None and target:
            subject = target.subject or "members"
            required = next(
                iter(self.book.select(kind="pace", subject=subject, role="required", part=target.part)), None
            )
        achieved = next((c for c in paces if c.role == "achieved"), None)
        if achieved and required is None:
            known = self.book.select(kind="pace", subject=achieved.subject, role="required")
            required = next((c for c in known if c.part in map(str, self.years.values())), None)
        if required and achieved is None:
            known = self.book.select(kind="pace", subject=required.subject, role="achieved")
            named = [c for c in known if c.base_year in self.years.values()]
            achieved = max(named or known, key=lambda c: c.base_year or 0, default=None)
        return required, achieved

    def _cause(self, guard: Guard) -> Verdict | None:
        links = (
            guard.sense == "link"
            and not self.claims
            and not self.has("change", "comparison", "superlative", "factor")
        )
        return None if links or self.caveat("unknown") else _ask("no claim tells a cause")

    def _figure(self, guard: Guard) -> Verdict:
        return _ask(f"no claim decides a word of {guard.sense}")

    def _lack(self, guard: Guard) -> Verdict | None:
        claim = self.near(guard, lambda c: is_share(c) or c.measure in ("survey", "response"))
        if claim and claim.kind != "bound":
            return _no(claim, f"{claim.id} counts those that do")
        small = self.said(guard).lower() in ("utan", "nej", "without")
        if small and not self.claims and self.words & {"hade", "vore", "would"}:
            return _ask("no claim tells what would have been")
        return None if small else _ask("no claim tells who does not")

    def _denied(self, guard: Guard) -> Verdict | None:
        """Judge a negation that belongs to no other guard word: it denies the claim in its clause."""
        clause = self.tokens[guard.first].clause
        silent = ("negation", "subject", "unit", "time")
        others = [
            g
            for g in self.guards
            if g.kind not in silent
            and abs(g.first - guard.first) <= 5
            and self.tokens[g.first].clause == clause
        ]
        here = [claim for place, claim in self.at.items() if self.tokens[place].clause == clause]
        if others or not here or self.caveat("unknown"):
            return None
        share = next((claim for claim in here if is_share(claim)), None)
        return (
            _no(share, f"{share.id} counts those that do")
            if share
            else _ask(f"denies what {here[0].id} tells")
        )

    def _time(self, guard: Guard) -> Verdict | None:
        if guard.sense == "no-longer" and self.said(guard).lower() not in (
            "redan",
            "already",
            "fortfarande",
            "still",
        ):
            return _ask("no claim tells what was before")
        future = guard.sense == "next-year" and any(c.kind != "goal" for c in self.claims)
        return _ask("no claim tells what will be") if future else None

    # ---- a wording that holds ------------------------------------------------------------------------
    def offer(self, claim: Claim) -> str:
        """Return a wording on a claim that the rules accept."""
        english, value, method = self.rules.language == "en", claim.text.lstrip("+−"), claim.method
        names = {
            "nation": ("i riket", "in Sweden as a whole"),
            "members": ("hos medlemmarna", "among the members"),
        }
        place = f"i {self.rules.names.get(claim.subject, claim.subject)}" if claim.subject.isdigit() else ""
        whom = names.get(claim.subject, (place, place.replace("i ", "in ", 1)))[english]
        topic = next((stem for stem in self.rules.topics(claim.measure) if len(stem) > 2), claim.measure)
        down = change(claim) < 0
        sector = f"{topic}: " if claim.kind == "level" and claim.measure != "emissions" else ""
        made = {"median": "median", "maximum": "högst", "minimum": "lägst"}
        made |= {
            "mean_of_municipalities": "medelvärde",
            "lower_quartile": "kvartil",
            "upper_quartile": "kvartil",
        }
        if english:
            words = {"median": "median", "högst": "highest", "lägst": "lowest", "medelvärde": "mean"}
            sector = f"{words.get(made[method], 'quartile')}: " if method in made else sector
            return {
                "change": f"emissions per inhabitant {'fell' if down else 'rose'} by {value} {whom}",
                "level": f"{sector}emissions were {value} per inhabitant {whom} in {claim.data_year}",
                "pace": f"emissions per inhabitant fell by {value} a year since {claim.base_year} {whom}",
                "share": f"the share is {value} of those that answered",
                "count": f"{value} {'new ' if claim.part == 'joined' else ''}members"
                f"{' got the survey' if claim.measure == 'survey' else ''}",
            }.get(claim.kind, claim.text)  # fmt: skip
        if claim.kind == "bound":
            return f"andelen är {'minst' if claim.role == 'low' else 'högst'} {value} av alla medlemmar"
        if claim.measure == "response":
            return f"svarsandelen är {value} av medlemmarna"
        if is_answer(claim):
            return f"andelen är {value} av de svarande{self._earlier(claim)}"
        if claim.kind == "change" and method in made:
            most = {"maximum": "störst minskning är", "minimum": "minst minskning är"}
            return f"{most.get(method, 'minskningens ' + made[method] + ' är')} {value} {whom}"
        if claim.kind in ("change", "pace"):
            if claim.role == "required":
                return f"takten som krävs är {value} om året {whom}"
            what = "de samlade utsläppen" if claim.measure == "emissions_total" else "utsläppen per invånare"
            rate = f" om året sedan {claim.base_year}" if claim.kind == "pace" else ""
            return f"{what} {'minskade' if down else 'ökade'} med {value}{rate} {whom}"
        if claim.kind == "level":
            sector = "" if claim.measure == "emissions" else f" från {topic}"
            lead = f"{made[method]}: " if method in made else ""
            left = f"utan {self.rules.names.get(claim.part, claim.part)}: "
            lead = {"sensitivity": left, "release": "i den utgåvan: "}.get(claim.role, lead)
            return f"{lead}utsläppen{sector} var {value} per invånare {whom} {claim.data_year}"
        if claim.kind in ("goal", "result"):
            return f"{topic}: {'målet' if claim.kind == 'goal' else 'resultatet'} är {value}"
        how = ", ett härlett antal" if claim.inferred else ""
        asked = f"{value} medlemmar fick enkäten" if claim.measure == "survey" else f"{value} medlemmar"
        saying = {
            "joined": f"{value} nya medlemmar", "left": f"{value} lämnade föreningen",
            "previous": f"{value} medlemmar året innan", "municipalities": f"{value} medlemskommuner",
            "listed": f"{value} medlemmar med namn", "below_nation": f"{value} kommuner ligger under riket",
        }  # fmt: skip
        return saying.get(claim.part, f"{value} svarande{how}" if claim.subject == "respondents" else asked)

    def _earlier(self, claim: Claim) -> str:
        """Return how an answer's earlier share may be told."""
        support = carried(claim)
        if support in ("none", "broken") or claim.previous_value is None:
            return ""
        before = f"{swedish.percent(claim.previous_value)} {claim.previous_year}"
        if support == "few":
            return f", mot {before}, men skillnaden motsvarar bara några få svarande"
        if support == "caution":
            return f", mot {before}; hur många som svarade då är inte känt"
        return f", en {'ökning' if change(claim) > 0 else 'minskning'} från {before}"


_PARTS = {"percent": 100, **{f"part-{part}": part for part in (3, 4, 5, 6, 8, 10)}}
_AGREEMENT: Mapping[str, Callable[[Reading, int, Claim], Iterable[tuple[int, Verdict]]]] = {
    "measure": Reading._topic, "kind": Reading._tells, "denominator": Reading._of_whom,
    "year": Reading._year, "unit": Reading._unit,
}  # fmt: skip
_DECISIONS: Mapping[str, Callable[[Reading, Guard], Verdict | None]] = {
    "change": Reading._change, "factor": Reading._factor, "fraction": Reading._amount,
    "amount": Reading._amount, "number": Reading._count, "hedge": Reading._hedge,
    "comparison": Reading._comparison, "mean": Reading._mean, "superlative": Reading._superlative,
    "goal": Reading._goal, "complement": Reading._lack, "negation": Reading._denied,
    "time": Reading._time, "cause": Reading._cause, "figure": Reading._figure,
}  # fmt: skip


def _about(value: Fraction, said: Fraction, hedge: str) -> bool:
    """Whether a share may be called a fraction: plainly within a few points, hedged on its side."""
    tenth = Fraction(1, 10)
    near = (
        Fraction(1, 20)
        if hedge == "about"
        else Fraction(1, 40)
        if said == Fraction(1, 2)
        else Fraction(1, 25)
    )
    sides = {
        "above": said < value <= said + tenth, "over": value > said,
        "below": said - tenth <= value < said, "under": value < said,
    }  # fmt: skip
    return sides.get(hedge, abs(value - said) <= near)


def _tokens(text: str, mentions: Sequence[Mention], language: str) -> Iterator[Token]:
    """Yield the words and claims of a text; its signs only end clauses."""
    clause, part, done, comma, that = 0, 0, 0, False, False
    for mention in [*mentions, None]:
        for match in _WORD.finditer(text, done, mention.start if mention else len(text)):
            word = re.sub(r"['’]s$", "", match[0].lower())
            clause += word in _BREAKS or not word[0].isalnum()
            form = lemma(word, language)
            clauses = that and not (word == form and word.endswith("a"))  # att andelen …, not att minska
            part += (
                word in ";|" or word in _PARTING or clauses or (comma and word in ("och", "så", "för", "and"))
            )
            comma, that = word == ",", word == "att"
            if word[0].isalnum():
                yield Token(word, form, match.start(), clause, part)
        if mention:
            words = text[mention.start : mention.end]
            yield Token(words, words, mention.start, clause, part, mention.claim)
            done, comma, that = mention.end, False, False
