"""The rules: whether the claims of a statement carry each of its guard words.

`Rules.judge` reads a statement and lets the typed fields of its claims decide. Each claim must agree with
the words around it (`_AGREEMENTS`: a field of the claim, beside the words), and each guard word is decided by
the claims around it (`_DECISIONS`: a class of words, beside the fields): a word that they carry is bound, one
that they contradict is false, and one that no rule can decide is open. Nothing is decided by a printed text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import combinations, pairwise, product
from typing import Literal, NamedTuple

from klimatlib import swedish
from klimatlib.claims.claims import HANDFUL, Claim, ClaimBook, printed_value
from klimatlib.config import GuardWords
from klimatlib.prose.reading import CLAUSE, QUANTITY, Guard, Language, Lexicon, Mention, Reading, lemma

Class = Literal["plain", "bound", "open", "false"]
Carried = Literal["none", "broken", "few", "caution", "yes"]


class Reason(NamedTuple):
    """What was decided of a word: where it stands, the rule, and why with a wording that holds."""

    at: int
    decision: Class
    rule: str
    text: str
    claim: str = ""  # id of the claim that contradicts the word


class Verdict(NamedTuple):
    """What a rule decides of a word or a claim."""

    decision: Class
    why: str = ""
    claim: Claim | None = None
    rule: str = ""


YES = Verdict("bound")
OVERALL = ("emissions", "emissions_total", "gpc")  # of no sector
At = Iterator[tuple[int, Verdict]]  # a place, and what is decided of it


def _no(claim: Claim, why: str, rule: str = "") -> Verdict:
    return Verdict("false", why, claim, rule)


def _if(holds: bool, claim: Claim, why: str, rule: str = "") -> Verdict:
    return YES if holds else Verdict("false", why, claim, rule)


def _ask(why: str) -> Verdict:
    return Verdict("open", why)


# ---- what a claim's fields say -----------------------------------------------------------------------
def is_share(claim: Claim) -> bool:
    """Whether a claim is a share of a support number."""
    return claim.kind == "share" and claim.n is not None and claim.role != "previous"


def is_answer(claim: Claim) -> bool:
    """Whether a claim is a question's share in the whole survey: no panel's, and not the response rate."""
    return is_share(claim) and claim.members is not None and claim.denominator == "respondents"


def change(claim: Claim) -> Decimal:
    """Return how far a claim's measure moved, by its own value or its earlier one; 0 if nothing tells."""
    if claim.kind == "count" and claim.part in _MOVES:
        return claim.value if claim.part == "joined" else -claim.value
    if _tells_change(claim):
        return claim.value if claim.unit == "procent" else claim.value * claim.direction
    return Decimal(0) if claim.previous_value is None else claim.value - claim.previous_value


def carried(claim: Claim) -> Carried:
    """Return what a share's comparison with the earlier year can carry.

    ``broken`` where the question has changed, ``few`` where the change is fewer than five respondents,
    ``caution`` where the earlier count is not known or a changed question may be compared all the same.
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
    return claim.kind in ("change", "pace") or claim.part in _MOVES


def _alike(one: Claim, other: Claim) -> bool:
    """Whether two claims may be set beside each other as numbers."""
    kinds = {one.kind, other.kind}
    pairs: list[set[str]] = [{"share", "bound"}, {"goal", "result"}, {"goal", "level"}, {"goal", "change"}]
    return one.unit == other.unit and (len(kinds) == 1 or kinds in pairs)


def _size(claim: Claim) -> Decimal:
    return abs(claim.value) if claim.kind in ("change", "pace") else claim.value


def _series(claim: Claim) -> tuple[str, ...]:
    return claim.kind, claim.subject, claim.measure, claim.method


def _when(claim: Claim) -> tuple[int, bool]:
    return claim.data_year or 0, claim.part not in ("previous", "before")


# ---- the rules ---------------------------------------------------------------------------------------
_CACHED = 8
_lexicons: dict[tuple[int, str, int], Lexicon] = {}  # each holds the words and names whose ids are its key


@dataclass(frozen=True)
class Rules:
    """The rules of one language over one book of claims."""

    words: GuardWords
    book: ClaimBook  # claims that may be spoken of; also those that a statement does not print
    language: Language = "sv"
    names: Mapping[str, str] = field(default_factory=dict)  # of municipalities, by code: a claim must name it

    def judge(
        self, text: str, mentions: Sequence[Mention], *, before: str = "", after: str = "",
        led: Sequence[Mention] = (), label: bool = False,
    ) -> tuple[Class, list[Reason]]:  # fmt: skip
        """Return a statement's class and the reasons for it.

        ``before`` and ``after`` are its neighbours, ``led`` the claims of the one before, read with a
        statement that goes on from it; a ``label`` of a table without a verb states only what it measures.
        """
        case, start, first = Case(self, text, mentions, before, after, label=label), 0, 0
        answer = case.is_a(0, "answers") and before.rstrip().endswith("?")
        bare = not mentions and case.guards and not case.reported(measures=True) and not case.years
        bare = bare and len(case.tokens) < (7 if case.unread else 12)  # a fragment
        judging = case.is_a(1, "copula") or any(g.kind == "goal" and g.first == 1 for g in case.guards)
        if answer or (led and (bare or (case.is_a(0, "recalling") and judging))):
            start, no = len(before), case.is_a(0, "no")
            both = f"{before.rstrip(' .!?'):,<{start - 1}} {text}"
            moved = (m._replace(start=m.start + start, end=m.end + start) for m in mentions)
            case, first = Case(self, both, [*led, *moved], "", after, label=False), 0 if answer else start
            if answer:  # what was asked is so, or is not
                place = next(at for at, token in enumerate(case.tokens) if token.start >= start)
                case.guards = [g for g in case.guards if g.first != place]
                case.denied_until = start * no
        reasons = sorted({r._replace(at=max(r.at - start, 0)) for r in case.reasons() if r.at >= first})
        decisions = {reason.decision for reason in reasons}
        ranked: tuple[Class, ...] = ("false", "open", "bound")
        class_ = next((each for each in ranked if each in decisions), "bound" if mentions else "plain")
        return class_, [reason for reason in reasons if reason.decision != "bound"]

    def unsettled(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield place and message of each word of a Swedish text for which the report has a settled term."""
        settled = {word: term for term, words in self.words.terms.items() for word in words}
        phrases = "|".join(re.escape(word) for word in settled if " " in word) or "(?!)"
        for found in re.finditer(rf"{phrases}|[\w-]+", text) if self.language == "sv" else ():
            word = found[0].lower()
            if term := settled.get(found[0]) or settled.get(word) or settled.get(lemma(word, "sv")):
                yield found.start(), f"”{found[0]}”: the report’s term is ”{term}”; write that [terms]"

    @cached_property
    def lexicon(self) -> Lexicon:
        """The guard words of the language, taken apart once for all books that they are held against."""
        key = (id(self.words), self.language, id(self.names))
        if key not in _lexicons:
            if len(_lexicons) >= _CACHED:
                _lexicons.clear()
            _lexicons[key] = Lexicon(self.words, self.language, self.names)
        return _lexicons[key]

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """The measures that a text can mistake for each other: sectors and questions."""
        others = {*OVERALL, "response", "survey", "members", "quality"}
        return tuple(sorted({c.measure for c in self.book if c.kind in ("level", "share")} - others))

    @cached_property
    def activities(self) -> tuple[str, ...]:
        """What the association does, as its facts tell."""
        return tuple(sorted({self.topic_of(c) for c in self.book if c.measure.startswith("activities.")}))

    @staticmethod
    def topic_of(claim: Claim) -> str:
        """Return what names a claim's measure: of a fact the activity, or what else it is of."""
        return claim.measure.removeprefix("activities.").split(".")[0]

    def like(self, claim: Claim) -> tuple[str, ...]:
        """Return the measures that a claim's can be mistaken for."""
        if claim.kind == "fact":
            return (*self.activities, "board", "staff")
        if claim.kind in ("goal", "result"):
            return tuple(sorted({c.measure for c in self.book.select(kind="goal")}))
        known = claim.measure in (*OVERALL, *self.measures)
        return self.measures if known else ()

    @cached_property
    def of_one_place(self) -> bool:
        """Whether the book is of one municipality, as a fact sheet's: then that is whom its claims are of."""
        return len({c.subject for c in self.book if c.subject.isdigit() and c.role != "peer"}) == 1


class Case(Reading):
    """A statement before the book of claims."""

    def __init__(
        self, rules: Rules, text: str, mentions: Sequence[Mention], before: str, after: str, *, label: bool
    ) -> None:
        super().__init__(rules.lexicon, text, mentions, before, after)
        self.rules, self.book = rules, rules.book
        self.denied = defaultdict[str, set[Claim]](set)  # by each rule on a claim
        self.of_set = False  # whether it is tried of one of many, see `tally`
        self.label = label and not mentions and not any(map(self.finite, range(len(self.tokens))))

    def reasons(self) -> Iterator[Reason]:
        """Yield what is decided of each claim and of each guard word."""
        found = [
            (rule, at, verdict)
            for place, claim in self.at.items() for rule, agree in _AGREEMENTS
            for at, verdict in agree(self, place, claim)
        ]  # fmt: skip
        found += [(rule, at, verdict) for rule, hold in _WHOLE for at, verdict in hold(self)]
        for rule, _, said in found:
            if said.claim:
                self.denied[said.rule or rule].add(said.claim)
        yield from (self.reason(at, rule, said) for rule, at, said in found)
        asks = (self.is_a(0, "asking") or self.is_a(1, "asking")) and not self.says("that")
        for guard in () if (asks or self.answered) and self.ends("?") else self.guards:
            if guard.kind not in _DECISIONS or not self.asserts(guard):
                continue
            if guard.kind == "negation" or not self.exempt(guard):
                reason = self.decided(guard)
                unsure = ("open", *["false"] * (guard.kind == "fraction"))  # of another number that is named
                if reason and reason.decision in unsure and self.spoken:
                    reason = self.settled(reason, self.spoken)
                yield from [reason] if reason else ()

    def settled(self, reason: Reason, spoken: Case) -> Reason | None:
        """Return what is decided of an open word with the claims that are spoken of."""
        at = {token.start: place for place, token in enumerate(spoken.tokens) if not token.claim}[reason.at]
        for twin in (g for g in spoken.guards if g.first == at and g.kind in _DECISIONS):
            other = spoken.decided(twin)
            known = not spoken.strange(twin.first) and (self.claims or (other and other.decision == "false"))
            known = known and not (twin.kind == "superlative" and spoken.municipalities)
            if (spoken.sure or known) and not (other and other.decision == "open"):
                return other
        return reason

    def decided(self, guard: Guard) -> Reason | None:
        """Return what is decided of a guard word; None where it says nothing that a claim could."""
        if guard.kind == "figure" or guard.sense == "other":
            named = [c for c in self.claims if c.kind == "fact" or is_answer(c)]
            if guard.first in self.of(*(m for c in named for m in (c.measure, self.rules.topic_of(c)))):
                return None  # part of the name of what is counted
        counting, counted = self.tally
        verdict = counted if guard in counting else _DECISIONS[guard.kind](self, guard)
        local = guard.kind in _LOCAL and guard not in counting
        if verdict and verdict.claim and local and not self.governs(guard, verdict.claim):
            verdict = _ask(f"stands apart from {verdict.claim.id}")
        if verdict is None:
            return None
        colon = "" if verdict.why.split(" ")[0] in _VERBS else ":"
        return self.reason(guard.first, guard.kind, verdict, f"”{self.said(guard)}”{colon} ")

    def reason(self, place: int, rule: str, verdict: Verdict, lead: str = "") -> Reason:
        """Return what was decided of a place in the text, with a wording that holds."""
        name = verdict.rule or rule
        if verdict.decision == "false" and (doubt := self.doubt(place, name, verdict.claim)):
            verdict = _ask(f"{verdict.why}, unless {doubt}")
        offered = f"; write ”{offer(self.rules, verdict.claim)}”" if verdict.claim else ""
        at = self.tokens[place].start
        text, against = f"{lead}{verdict.why}{offered}", verdict.claim.id if verdict.claim else ""
        return Reason(at, verdict.decision, name, text, against)

    def doubt(self, place: int, rule: str, claim: Claim | None) -> str:
        """Return what a rule relied on when it refused a place, and nothing has read; see `_UNREAD`."""
        unread = (reads(self, rule, place, claim) for rules, reads in _UNREAD if rule in (rules or {rule}))
        return next(filter(None, unread), "")

    def judged(self, place: int) -> list[Guard]:
        """Return the guard words that a claim decides, but for the one at a place."""
        return [g for g in self.guards if g.kind in _JUDGED and g.first != place and g.sense != "other"]

    def ends(self, *signs: str) -> bool:
        """Whether the statement ends with one of some signs."""
        return self.text.rstrip().endswith(signs)

    def begins(self, at: int) -> bool:
        """Whether a clause begins at a place, or after ”även”."""
        return not at or not self.same_clause(at - 1, at) or self.is_a(at - 1, "even")

    def aside(self, at: int, place: int, rule: str, claim: Claim | None) -> bool:
        """Whether a relative clause begins at a place that is of something else than a claim."""
        own = [each for each, other in self.at.items() if other == claim]
        likened = self.is_a(at, "as") and (rule == "factor" or self.has("comparison", "same"))
        away = not any(self.same_clause(each, at) for each in own)
        away |= rule in ("year", "superlative") and not self.same_clause(place, at)
        relative = self.is_a(at, "relative") and (at - 1 in own or (self.begins(at) and at < place))
        return relative and away and not likened and not self.is_a(at + 1, "answering")

    def governs(self, guard: Guard, claim: Claim) -> bool:
        """Whether a word and a claim stand in one part of the statement, or the claim stands in none."""
        of_goal = len({c.measure for c in self.claims}) == 1 and all(c.kind in _AIMED for c in self.claims)
        alone = guard.kind == "goal" and (len(self.claims) == 1 or of_goal)
        return alone or claim not in self.claims or any(
            c == claim and self.together(at, guard.first) for at, c in self.at.items()
        )  # fmt: skip

    def reported(self, *, measures: bool) -> set[int]:
        """Return the places that name what is reported: whom, where, what, and one of its measures."""
        subjects = {g.first for g in self.guards if g.kind == "subject" and g.sense != "observers"}
        more = (*self.rules.measures, *self.rules.activities) if measures else ()
        return subjects | {at for at, _ in self.municipalities} | {*self.of("reported", *more)}

    def asserts(self, guard: Guard) -> bool:
        """Whether a word says something of what is reported, which in a statement with claims it does.

        An amount, a number and a comparison do by the noun after them, or with ”än”; others by what is named.
        """
        kind, sense = guard.kind, guard.sense
        if self.claims:
            return True
        if (kind in _WEAK and sense != "no-longer") or (self.label and self._names(guard)):
            return False
        if kind in ("fraction", "factor", "goal") or (sense in _CERTAIN and not self.label):
            return True
        if kind in ("comparison", "amount") and self.says("than"):
            return True
        if kind == "change" and (sense in _WAYS or self.finite(guard.first)):
            return True
        if kind in ("comparison", "amount") and guard.last > guard.first:
            return True  # ”under medlemmarna”, ”få kommuner”
        close = kind == "comparison" or sense == "many" or (kind == "number" and 0 < int(sense) < 100)
        ends = self.text_at(guard.last + 1) == "" or self.gap(guard.last, guard.last + 1) > CLAUSE
        back = 3 * (ends and (sense == "other" or (kind == "comparison" and not self.idle)))
        ahead = range(guard.first - back, min(guard.last + 4, len(self.tokens)))
        reported = self.reported(measures=not close)
        beside = {at for at in ahead if at >= 0 and self.gap(at, guard.last) < CLAUSE}
        return bool(reported & beside if close else reported)

    def exempt(self, guard: Guard) -> bool:
        """Whether a word stands under an aim that no two claims, and none without a municipality, decide."""
        target = self.claims and all(c.kind == "fact" and ".target." in c.measure for c in self.claims)
        if target and guard.kind == "comparison":
            return True
        two = guard.kind == "comparison" and len(self.claims) > 1 and self.says("than")
        two = two or (guard.kind == "cause" and guard.last > guard.first and bool(self.claims))
        return not two and not any(c.role == "sensitivity" for c in self.claims) and self.aimed(guard)

    def _names(self, guard: Guard) -> bool:
        """Whether a word in a label only names what is shown: a change as a noun, all of some kind."""
        noun = guard.kind == "change" and guard.first in self.of("changes")
        scope = guard.sense == "1" and self.is_a(guard.first - 1, "small")
        return noun or scope or guard.sense == "percent" or guard.kind not in _LABELLED

    @cached_property
    def unread(self) -> set[int]:
        """The places of the words that none of the lists knows."""
        known = self.guarded | {*self.at, *self.years, *self.named(*self.lexicon.all_topics)}
        known |= {at for at, _ in self.municipalities}
        words = self.lexicon.common
        known |= {at for at, t in enumerate(self.tokens) if t.text in words or t.lemma in words}
        return {*range(len(self.tokens))} - known

    # ---- the book beside the statement -----------------------------------------------------------
    def series(self, claim: Claim, roles: Collection[str] = ("series", "main")) -> list[Claim]:
        """Return the levels of a claim's subject and measure, by year."""
        same = {name: getattr(claim, name) for name in ("subject", "measure", "method")}
        levels = self.book.select(kind="level", **same)
        return sorted((c for c in levels if c.role in roles), key=_when)

    def besides(self, claim: Claim, places: Collection[int], whom: Sequence[str] = ()) -> list[Claim]:
        """Return the claims that are as another but for what some places name: whom, what or when."""
        said = [(g.first, g.sense) for g in self.all("subject", *_OTHER)]
        subjects = [*whom] or [sense for at, sense in [*said, *self.municipalities] if at in places]
        measures = [m for m in self.rules.like(claim) if {*self.of(m)} & {*places} and m != claim.measure]
        years = [year for at, year in self.years.items() if at in places and claim.kind == "level"]
        found = {
            (c.subject, c.measure, c.data_year): c for c in self.book
            if c != claim and _alike(c, claim) and c.method in (claim.method, "ratio_of_sums")
            and c.subject in (subjects or [claim.subject]) and c.measure in (measures or [claim.measure])
            and c.data_year in (years or [claim.data_year or 0]) and c.direction == claim.direction
            and ((c.role, c.part) == (claim.role, claim.part) if claim.kind == "pace" else c.role in _PLAIN)
        }  # fmt: skip
        return [*found.values()] if subjects or measures or years else []

    def twin(self, claim: Claim, **other: object) -> Claim | None:
        """Return the claim of the book that is as another but for some fields."""
        same = ("kind", "measure", "method", "data_year", "base_year", "part", "direction", "role", "unit")
        wanted = {name: getattr(claim, name) for name in ("subject", *same)} | other
        return next(iter(self.book.select(**wanted)), None)

    @cached_property
    def tally(self) -> tuple[list[Guard], Verdict | None]:
        """The words that say of how many of a set something holds, and whether it holds of so many."""
        kinds = ("comparison", "change", "factor", "goal", "fraction")
        aside = self.of("except") or self.has("negation")
        aside = aside or any(self.is_a(at + 1, "pointing") for at in self.where("than"))  # än så
        tellers = [g for g in self.guards if not aside and g.kind in kinds and g.sense != "other"]
        for guard in self.guards if tellers else ():
            telling = [g for g in tellers if g != guard and self.together(g.first, guard.first)]
            own = [c for at, c in self.at.items() if c.subject != "nation" and self.together(at, guard.first)]
            alone = self.is_a(guard.last, "sole") or not own
            items = _set_of(self, guard) if len(telling) == 1 and alone else []
            if items and not self.strange(guard.first, *(c.measure for c in items)):
                holds = [(c, self.holds_of(guard, telling[0], c)) for c in items]
                if all(each is not None for _, each in holds):
                    return [guard, *telling], _so_many(self, guard, holds)
        return [], None

    def holds_of(self, guard: Guard, word: Guard, claim: Claim) -> bool | None:
        """Whether a word holds of one claim of the set that another word counts; None if nothing tells."""
        start, end = (self.tokens[at].start for at in (guard.first, guard.last + 1))
        text = f"{self.text[:start]}{' ' * (end - start)}{self.text[end:]}"
        one = Case(self.rules, text, [Mention(claim, end, end)], *self._neighbours, label=False)
        one = one.spoken or one
        one.of_set = True
        twin = next(g for g in one.guards if one.tokens[g.first].start == self.tokens[word.first].start)
        verdict = _DECISIONS[twin.kind](one, twin) if twin.kind in _DECISIONS else None
        return None if verdict is None or verdict.decision == "open" else verdict == YES

    @cached_property
    def spoken(self) -> Case | None:
        """The statement with the claims that it speaks of without a number, as if they were printed."""
        if self.ends("?"):
            return None
        ends = [token.start + len(token.text) for token in self.tokens]
        found = self.beside() if self.claims else self.implied()
        implied = [Mention(c, ends[at], ends[at]) for at, c in found]
        own = [Mention(c, self.tokens[at].start, ends[at]) for at, c in self.at.items()]
        both = sorted(own + implied, key=lambda mention: mention.end)
        case = Case(self.rules, self.text, both, *self._neighbours, label=False) if implied else None
        if case:
            case.denied_until = self.denied_until
        return case

    @cached_property
    def whom(self) -> list[tuple[int, str]]:
        """Whom a statement names, with their places; the nation in words for above and below it."""
        said = [g for g in self.guards if g.kind == "subject" and g.sense != "municipalities"]
        over = [(g.last, "nation") for g in self.all("comparison", "above", "below")]
        named = [*((g.last, g.sense) for g in said), *over]
        return sorted([*named, *self.municipalities])

    def beside(self) -> Iterator[tuple[int, Claim]]:
        """Yield the claims of those that a statement names beside the number of another."""
        if self.of("goals") and self.has("goal") and not any(c.kind in _AIMED for c in self.claims):
            yield from self.results()
        paces = [c for c in self.claims if c.kind == "pace"]
        for c in self.book.select(role="achieved", subject=paces[0].subject) if paces else ():
            since = [at for at, year in self.years.items() if year == c.base_year and c not in paces]
            yield from ((at, c) for at in since if self.is_a(at - 1, "ever_since"))
        series = [c for c in self.claims if c.kind in ("level", "change") and c.role in _PLAIN]
        named = {at: m for m in self.rules.measures for at in self.of(m)} if self.has("fraction") else {}
        for at in (at for at, m in named.items() if series and m not in {c.measure for c in self.claims}):
            yield from ((at, c) for c in self.besides(series[0], {at})[:1])
        for at, sense in self.whom:
            if series and sense not in {c.subject for c in self.claims}:
                found = self.besides(series[0], {at}, [sense])
                yield from ((at, c) for c in found if len(found) == 1)

    def parts_named(self, claim: Claim) -> list[list[int]]:
        """Return the places of each part of a goal’s name: of a channel, and of what is counted there."""
        parts = claim.measure.removesuffix("-mal").split("-")
        return [self.named(*self.lexicon.words.tells.get(part, (part,))) for part in parts]

    def results(self) -> Iterator[tuple[int, Claim]]:
        """Yield the results of the goals that are named, by words that stand together: inlägg på Facebook."""
        near = dict[Claim, tuple[int, list[str], int]]()
        for c in self.book.select(kind="result"):
            names = sorted((max(ats) - min(ats), max(ats)) for ats in product(*self.parts_named(c)))
            near |= {c: (names[0][0], c.measure.split("-")[:2], names[0][1])} if names else {}
        for c, (width, parts, at) in near.items():
            closer = [other for far, other, _ in near.values() if far < width]
            if not all(any(part in other for other in closer) for part in parts):
                yield at, c

    def strange(self, place: int | None = None, *more: str) -> bool:
        """Whether a word, in one part of the statement or in all, may tell of what its claims do not."""
        measures = {c.measure for c in self.claims}
        measures |= {"survey", "response"} if any(map(is_answer, self.claims)) else set()
        measures |= {"came"} if any(c.part in _MOVES for c in self.claims) else set()
        known = {*self.named(*self.lexicon.words.topics["plain"]), *self.of(*measures, *more)}
        known |= {at - 1 for at in self.years}  # år 2022
        words = self.unread | {*self.named(*self.lexicon.all_topics)} - self.guarded
        return any(place is None or self.together(at, place) for at in words - known)

    @cached_property
    def sure(self) -> bool:
        """Whether all words of a statement are known to be of its claims, or to tell nothing of its own."""
        made = self.named(*self.lexicon.words.topics["transitive"])
        away = self.has("time", "next-year", "span") or self.has("figure")
        away |= self.has("time", "no-longer") and len({g.sense for g in self.all("change")}) < 2
        away |= self.has("time", "rate") and not self.says("each")
        members = self.has("subject", "members")
        some = any(self.is_a(at - 1, "of") for at, _ in self.municipalities)
        of_some = some or self.has("subject", "nation")
        ours = members or (not of_some and any(map(self.finite, range(len(self.tokens)))))
        away |= self.has("superlative") and bool(self.municipalities) and not ours
        away |= self.has("subject", "municipalities") and not members
        agreements = (agree(self, at, c) for agree in _AGREEING for at, c in self.at.items())
        return not (made or away or self.strange() or any(map(list, agreements)))

    def implied(self) -> Iterator[tuple[int, Claim]]:
        """Yield the claims that a statement without a number speaks of, each with the place of its name.

        Whom it is of, what is measured and when are told by the words that a printed claim must agree with.
        """
        book, asked = self.book, self.of(*self.rules.measures)
        senses = {sense for at, sense in self.whom if at not in asked}
        what = sorted((places[0], m) for m in self.rules.measures if (places := self.of(m)))
        if self.of("goals") and self.has("goal"):
            yield from self.results()
        elif self.has("subject", "members") and (self.has("number") or self.has("amount", "0")):
            for part in _MOVES if len({*self.all("number")}) < 2 else ():
                hits = self.named(*self.lexicon.words.tells[f"{part}-in-words"])
                yield from ((hits[0], c) for c in book.select(kind="count", part=part) if hits)
        elif self.of("paces"):
            for c in (c for c in book.select(kind="pace") if c.subject in (senses or {"members"})):
                of = {"achieved": str(c.base_year), "required": c.part}.get(c.role)
                yield from ((at, c) for at, year in self.years.items() if str(year) == of)
            return
        elif senses <= {"respondents", "members"} and ("respondents" in senses or self.of("survey")):
            if not (self.has("complement") or (what and self.has("negation"))):
                for at, measure in what or [(0, "response")]:
                    yield from ((at, c) for c in book.select(kind="share", measure=measure, role="main"))
            return
        yield from self._emitted([(at, m) for at, m in what if book.select(kind="level", measure=m)])

    def _emitted(self, sectors: Sequence[tuple[int, str]]) -> Iterator[tuple[int, Claim]]:
        """Yield the emissions that a statement speaks of, of sectors or of all, as `implied` does.

        Those of nobody who is named are the members'.
        """
        book, towns, senses = self.book, self.municipalities, {sense for _, sense in self.whom}
        emitted = self.of("emitted")
        others = {sense for sense in senses if not sense.isdigit()} - {"members", "nation"}
        capita, total = self.has("unit", "capita"), self.has("unit", "total")
        if others or (total and capita) or self.has("complement", "without"):
            return
        if not (emitted or sectors or towns or capita):
            return
        if self.has("fraction") and self.has("comparison", "above", "below"):
            yield from ((0, c) for c in book.select(part="below_nation"))
            return
        years, beside = sorted({*self.years.values()}), self.has("comparison")
        moved = any(map(self.has, ("change", "factor", "fraction")))
        compared = beside or self.has("superlative")
        whom = towns if towns and self.has("superlative") else self.whom
        members = (emitted[0] if emitted else 0, "members")
        sided = self.has("comparison", "above", "below") or (beside and self.says("than"))
        if senses == {"nation"} and sided:
            whom = [members, *whom]
        for place, sense in whom or [members]:
            for at, measure in sectors or [(place, "emissions")]:
                about = {"subject": sense, "measure": "emissions_total" if total else measure}
                falls = book.select(kind="change", direction=-1, **about)
                falls = [c for c in falls if c.role in _PLAIN and c.method in ("ratio_of_sums", "total")]
                found = book.select(kind="level", method="ratio_of_sums", **about)
                levels = {c.data_year: c for c in found if c.role in _PLAIN}
                end = at if len(sectors) > 1 else place
                temporal = len(years) > 1 or (years and not self.says("than"))
                if falls and moved and (sense.isdigit() or total or (compared and not temporal)):
                    yield end, falls[0]
                elif levels and not total:
                    last = max(c.data_year or 0 for c in levels.values() if c.role != "later")
                    since = [y for at, y in self.years.items() if y < last and self.is_a(at - 1, "since")]
                    wanted = [last] if not years or years == since[:1] else years
                    yield from ((end, levels[year]) for year in wanted if year in levels)


# ---- agreement: a field of a claim, and the words around it ------------------------------------------
def _measure(case: Case, place: int, claim: Claim) -> At:
    """Ask for a word that names the claim's measure; refuse one that names another's."""
    measure, topics = case.rules.topic_of(claim), case.lexicon.topics
    own, whole = case.of(claim.measure, measure), measure in OVERALL
    present = {claim.part, *(case.rules.topic_of(c) for c in case.claims)}
    for other in (each for each in case.rules.like(claim) if each not in present):
        ours = {*topics(claim.measure, measure)} - {*topics("participants", "count")}
        theirs = {*topics(other)}
        if not whole and (case.named(*(ours - theirs)) or case.before.named(*(ours - theirs))):
            continue
        hits = [at for at in case.named(*(theirs - ours)) if at not in own and case.gap(at, place) <= _FAR]
        parts = () if other in case.lexicon.words.topics else other.split("-")
        if claim.kind == "fact" and (measure.startswith(other) or {*measure.split("-")} & theirs):
            continue  # foodjams and foodjamsfestivalen
        every = claim.kind != "fact" or all(case.of(part) for part in parts if len(part) > 3)
        row = claim.measure == "gpc" and claim.part  # whose own name the word may be
        apart = whole and hits and (row or not any(case.same_clause(at, place) for at in hits))
        if hits and every and apart:
            yield hits[0], _ask(f"”{case.text_at(hits[0])}” stands beside {claim.id}")
            return
        if hits and every:
            yield hits[0], _no(claim, f"”{case.text_at(hits[0])}”: {claim.id} is of {measure}")
            return
    if claim.kind == "fact":
        tells = {each: words for each, words in case.lexicon.words.tells.items() if each[:5] == "fact-"}
        for words in (words for each, words in tells.items() if each[5:] not in claim.measure):
            if place + 1 in case.named(*(word for word in words if word[0] != "*")):
                yield place + 1, _no(claim, f"”{case.text_at(place + 1)}”: {claim.id} is of {measure}")
        nouns = {*case.of("staff", "skolor")} - {*own}
        nouns |= {*case.of("goals")} if not {"goals", "target"} & {*claim.measure.split(".")} else set()
        if claim.measure.endswith("participants.count"):  # people came
            nouns |= {g.first for g in case.guards if g.sense == "municipalities"}
        if place + 1 in nouns:  # the noun beside it
            yield place + 1, _no(claim, f"”{case.text_at(place + 1)}”: {claim.id} is of {measure}")
        return
    own = own or (case.of(claim.subject) if claim.subject == "observers" else own)
    own = own or [0] * (claim.measure == "members" and case.says("ours"))
    generic = case.of("figures") or (claim.unit == "share" and case.of("shares"))
    if measure and not own and not generic and not case.before.named(*topics(claim.measure)):
        yield 0, _ask(f"no word names what {claim.id} measures: {measure}")


def _turned(case: Case, place: int, claim: Claim) -> At:
    """Refuse those that joined told as those that left, and the reverse; in order, each has its own word."""
    named = {part: case.named(*case.lexicon.words.tells[part]) for part in _MOVES}
    if claim.kind == "count" and claim.part in _MOVES:
        gaps = {part: min((case.gap(place, at) for at in ats), default=99) for part, ats in named.items()}
        order = [c.part for c in case.claims if c.part in _MOVES]
        in_order = order == sorted(_MOVES, key=lambda part: min(named[part], default=99))
        if min(gaps.values()) < gaps[claim.part] and not (named[claim.part] and in_order):
            yield 0, _no(claim, f"{claim.id} is told as another than {claim.part}")


def _told(case: Case, place: int, claim: Claim) -> At:
    """Ask for the words that a claim of its role, part, kind or method must be told with."""
    tells = case.lexicon.words.tells
    part = claim.part if claim.kind == "count" or claim.part == "same-members" else ""
    facts = [f"fact-{part}" for part in claim.measure.split(".")] if claim.kind == "fact" else []
    kind = f"kind-{claim.kind}" if claim.role != "target" else ""
    for key in dict.fromkeys((claim.role, part, claim.method, kind, *facts)):
        words = tells.get(key, ())
        if not words or case.named(*words) or case.before.named(*words):
            continue
        if key == "mean_of_municipalities" and claim.role != "by_method":  # the parameters' own definition
            continue
        then = {claim.data_year if claim.role == key else claim.year - 1} & {*case.years.values()}
        if key == "previous" and (then or (claim.role == key and claim.measure == "survey")):
            continue
        if key in _PARTS and any(g.share and g.share * _PARTS[key] in (1, 3) for g in case.guards):
            continue
        if key in case.lexicon.words.strict:
            yield 0, _no(claim, f"{claim.id} is told without a word that says {key}")
        else:
            yield 0, _ask(f"no word says that {claim.id} is {key}")


def _caveats(case: Case, place: int, claim: Claim) -> At:
    """Hold goals and results apart, and ask for the caveat of a number that is inferred."""
    goals = any(c.kind == "goal" for c in case.claims) or any(map(case.has, ("goal", "comparison", "hedge")))
    if claim.kind == "result" and case.of("goals") and not goals:
        yield 0, _ask(f"{claim.id} is no goal but the result")
    if claim.role == "target" and case.says("ours") and case.of("goals"):
        yield 0, _no(claim, f"{claim.id} is no goal of the association's own")
    if claim.inferred and claim.kind == "count" and not case.caveat("inferred"):
        yield 0, _no(claim, f"{claim.id} is inferred, and nothing says so", "inferred")
    counted = claim.measure == "survey" and any(c.inferred for c in case.book if is_answer(c))
    if (claim.inferred or counted) and case.named(*case.lexicon.words.topics["asked"]):
        yield 0, _no(claim, f"how many answered the question of {claim.id} is not known", "inferred")


def _as_change(case: Case, place: int, claim: Claim) -> At:
    """Refuse a level told as a change and the reverse; ask for a word that says that a change is one."""
    moves = claim.kind in ("change", "pace") or (claim.kind == "result" and _tells_change(claim))
    named = case.of("paces", *["results"] * (claim.kind == "result")) or any(map(case.has, _SAID))
    saying = claim.role == "required" or case.before.has("change") or case.says("gone") or bool(named)
    span = {claim.base_year, claim.data_year} <= {*case.years.values()}
    saying |= span and not case.is_a(place - 1, "is")
    if moves and not saying and claim.text[0].isdigit():
        why = f"no word says that {claim.id} is a change"
        level = case.is_a(place - 1, "is") and claim.role not in ("sensitivity", "split")
        yield 0, _no(claim, why) if level else _ask(why)
    if claim.kind == "count" and claim.part == "previous" and case.is_a(place - 1, "to"):
        yield 0, _no(claim, f"{claim.id} is what it was before")
    if claim.kind == "change" and any(case.gap(at, place) <= 3 for at in case.where("remaining")):
        yield 0, _no(claim, f"{claim.id} is what has gone, not what is left")
    moved = [g for g in case.guards if g.kind in ("change", "factor") and g.last < place]
    part = case.is_a(place + 1, "of") and any(case.same_clause(g.last, place) for g in moved)
    if part or any(case.gap(g.last, place) <= 4 for g in moved):
        held = claim.kind in ("level", "share", "bound", "count") and not _tells_change(claim)
        noun = moved[-1].first in case.of("changes") and case.is_a(place - 1, "is")
        if held and (case.is_a(place - 1, "by") or noun):
            yield 0, _no(claim, f"{claim.id} is a {claim.kind}, not a change")
        named = moved[-1].first in case.of("changes")  # is told to be so much
        if claim.kind == "change" and case.is_a(place - 1, "to") and not named:
            yield 0, _no(claim, f"{claim.id} is a change, not a level")


def _of_whom(case: Case, place: int, claim: Claim) -> At:
    """Hold ”of the members”, ”of the respondents” against the claim's denominator."""
    got = claim.measure == "survey" and claim.subject == "members" and len(case.at) == 1
    after = (g for g in case.all("subject", "respondents") if 0 < g.first - place <= CLAUSE)
    all_of = claim.measure == "members" and len(case.at) == 1
    if (all_of and any(not case.negated(g) for g in after)) or (got and not case.has("subject", "members")):
        yield 0, _no(claim, f"{claim.id} counts those that got the survey")
    if claim.subject == "observers" and case.of("fellows") and not case.has("subject", "observers"):
        yield 0, _no(claim, f"{claim.id} counts observers")
    if claim.subject == "observers" and case.municipalities:
        yield 0, _ask(f"no field of {claim.id} tells which")
    towns = case.of("towns") if claim.measure == "members" else ()
    if towns and claim.kind == "count" and claim.part in ("count", "previous"):
        others = case.has("subject", "regions") or any(c.part == "municipalities" for c in case.claims)
        if not others and not case.forms.get("medlem") and not case.before.of("fellows"):
            yield towns[0], _no(claim, f"{claim.id} counts regions too")
    at, said = _denominator(case, place)
    wide = case.all("subject", "nation", "foreign")
    if is_answer(claim) and wide and not said and case.together(wide[0].first, place):
        yield wide[0].first, _ask(f"”{case.said(wide[0])}” stands beside {claim.id}")
    wrongly = claim.measure != "response" or (said == "respondents" and case.is_a(place + 1, "of"))
    if claim.unit == "share" and wrongly and said in _NOT_OF.get(claim.denominator, ()):
        whole = f"{claim.n or ''} {claim.denominator}"
        yield at, _no(claim, f"”{case.text_at(at)}”: {claim.id} is of {whole}")


_OTHERS = ("respondents", "foreign", "people", "nation")
_NOT_OF = {
    "respondents": ("members", "municipalities", *_OTHERS[1:]),
    "members": _OTHERS,
    "municipalities": _OTHERS,
}


def _denominator(case: Case, place: int) -> tuple[int, str]:
    """Return whom a share is said to be of: ”79 % of …” after it, ”Of …” or ”Half of …” before it."""
    after = next((at for at in case.at if place < at <= place + 2), place)
    if after > place and case.at[after].denominator == case.at[place].denominator:
        return _denominator(case, after)  # between … and … of all
    subjects = [g for g in case.all("subject") if case.together(g.first, place)]
    answered = any(g.sense == "respondents" and not case.negated(g) for g in subjects)
    for g in sorted(subjects, key=lambda g: (g.first < place, abs(g.first - place))):
        beside, between = g.first == place + 1, case.is_a(place + 1, "of") and place + 5 >= g.first
        of = between or (beside and g.sense in ("members", "municipalities"))
        if g.first < place:
            amount = any(q.kind in QUANTITY and 0 < g.first - q.last <= 3 for q in case.guards)
            of = amount or any(case.is_a(at, "whole") for at in range(g.first - 3, g.first))
        if of and any(n.sense == "nation" and n.last == g.first - 1 for n in subjects):
            return g.first, "nation"  # of the country's municipalities
        if of:
            return g.first, "" if answered and g.sense != "respondents" else g.sense
    return place, ""


def _year(case: Case, place: int, claim: Claim) -> At:
    """Hold the years of the statement against those that its claims know."""
    if claim.part in ("municipalities", "listed"):  # the same for all years
        return
    named, known = {*case.years.values(), *case.before.years.values()}, set[int | None]()
    for c in case.claims:
        known |= {c.data_year, c.base_year, c.previous_year, int(c.part) if c.part.startswith("20") else None}
        if c.role in ("previous", "published", "release") or c.part == "previous":
            known.add(c.year - ("previous" in (c.role, c.part)))
            known.add(int(c.vintage[:4]) if c.vintage[:4].isdigit() else None)
    if claim.kind == "level" and any(map(case.has, ("change", "comparison", "factor", "fraction"))):
        known |= {c.data_year for c in case.series(claim)}
    if claim.role == "achieved" and case.has("goal"):  # that it is enough for
        known |= {int(c.part) for c in case.book.select(role="required", subject=claim.subject)}
    if claim.role == "required":  # another's pace
        known |= {c.base_year for c in case.book.select(role="achieved", subject=claim.subject)}
    for at, year in case.years.items():
        if year not in known:
            why = f"{year}: {claim.id} is of {claim.data_year}"
            later = year > claim.year and not claim.part.startswith("20")
            came = any(case.gap(at, when) <= 3 for when in case.of("came"))
            apart = claim.kind == "fact" or later or came or not case.together(at, place)
            yield at, _ask(why) if apart else _no(claim, why)
            return
    span = (claim.data_year or 0) - (claim.base_year or 0)
    untold = claim.base_year not in named and not case.has("number", str(span))
    compounds = (case.lexicon.numbers.get(token.text.split("års")[0]) for token in case.tokens)
    if claim.role == "achieved" and untold and span not in compounds:  # tioårstakten
        yield 0, _ask(f"nothing says that {claim.id} is since {claim.base_year}")
    if claim.kind not in ("level", "share", "count", "bound") or claim.role == "release":
        return
    said = [year for at, year in case.years.items() if at > place and case.gap(at, place) <= 2]
    alone = claim.kind in ("level", "share") and len(case.at) == 1 and not case.has("comparison")
    if not said and alone and claim.data_year not in named:
        said = [
            y for at, y in case.years.items() if not case.is_a(at - 1, "since")
            and (claim.kind == "level" or case.same_clause(at, place))
        ]  # fmt: skip
    if said and said[0] != claim.data_year:
        yield 0, _no(claim, f"{said[0]}: {claim.id} is of {claim.data_year}")
    series = case.series(claim) if claim.kind == "level" and claim.role == "series" else []
    beside = any(c.kind == "level" and c.id != claim.id and c.measure == claim.measure for c in case.claims)
    if series and series[-1].data_year != claim.data_year and claim.data_year not in named and not beside:
        why = f"{claim.id} is of {claim.data_year}, and nothing says so"
        yield 0, _ask(why) if case.has("time", "last-year") else _no(claim, why)


def _unit(case: Case, place: int, claim: Claim) -> At:
    """Hold units, rates and spans of time against the claim's own."""
    rates = [g for g in case.guards if g.sense == "rate-other" and case.from_guard(g, place) <= 4]
    named = {f"fact-{part}" for part in claim.measure.split(".")} & case.lexicon.words.tells.keys()
    if rates and claim.kind == "fact" and not named:
        yield rates[0].first, _ask(f"no field of {claim.id} tells a rate")
    for guard in case.guards:
        clash = _CLASHES.get(guard.sense if guard.kind in ("unit", "time") else guard.kind)
        if clash is None or not case.together(guard.first, place):
            continue
        if case.nearest(guard, lambda c: c.kind != "fact") == claim and clash(case, guard, place, claim):
            span = f"{claim.base_year or ''}–{claim.data_year or 0}"
            yield guard.first, _no(claim, f"”{case.said(guard)}”: {claim.id} is in {claim.unit}, {span}")


def _moved(claim: Claim) -> bool:
    return claim.kind in ("change", "pace")


def _per_capita(claim: Claim) -> bool:
    return "per capita" in claim.unit or (claim.measure == "emissions" and _moved(claim))


def _since(claim: Claim, years: int) -> bool:
    return claim.base_year == (claim.data_year or 0) - years


def _of_other_rate(case: Case, claim: Claim) -> bool:
    """Whether a goal of a year, a month or a week is told with none of its own words."""
    year = claim if claim.part == "year" else case.twin(claim, part="year")
    if claim.kind != "goal" or year is None or not claim.value:
        return False
    own = case.lexicon.words.tells.get(f"times-{year.value / claim.value:.0f}", ())
    return claim.part == "year" or bool(own and not case.named(*own))


# A sense of a word of unit or time, and when the claim that it stands with contradicts it.
_CLASHES: Mapping[str, Callable[[Case, Guard, int, Claim], bool]] = {
    "capita": lambda s, g, at, c: c.measure == "emissions_total" and not s.negated(g) and (
        s.from_guard(g, at) <= 4 or (len(s.claims) == 1 and not s.says("than"))),
    "capita-other": lambda s, g, at, c: c.measure.startswith("emissions") or _per_capita(c),
    "total": lambda s, g, at, c: _per_capita(c) and not s.has("unit", "capita") and not (
        any(each.measure == "emissions_total" for each in s.claims) or g.last + 1 in s.of("levels")
        or s.named(*s.lexicon.words.tells["divided"])),
    "points": lambda s, g, at, c: c.unit != "share change" and not (
        sum(c.unit == "share" for c in s.claims) > 1 or (c.kind == "result" and s.has("goal"))),
    "rate": lambda s, g, at, c: c.kind in ("change", "level", "share") and (
        s.from_guard(g, at) <= 4 or (c.kind == "change" and g.first == 0)),
    "rate-other": lambda s, g, at, c: s.from_guard(g, at) <= CLAUSE and (
        _moved(c) or c.kind in ("level", "share", "bound", "result") or _of_other_rate(s, c)),
    "last-year": lambda s, g, at, c: _moved(c) and not _since(c, 1),
    "this-year": lambda s, g, at, c: _moved(c) and c.data_year != c.year and g.last > g.first,
    "2000": lambda s, g, at, c: _moved(c) and c.base_year != 2000,
    "number": lambda s, g, at, c: _moved(c) and s.is_a(g.last + 1, "years") and not _since(c, int(g.sense)),
}  # fmt: skip


# ---- agreement over the whole statement --------------------------------------------------------------
def _subjects(case: Case) -> At:
    """Hold whom each claim is said to be of against its subject, beside it or in order."""
    parts = {c.part for c in case.claims}
    counted = {at + 1 for at, c in case.at.items() if c.kind == "count" and c.subject == "members"}
    said = [(at, code) for at, code in case.municipalities if code not in parts]  # one that is left out
    nation = [at for at, c in case.at.items() if c.subject == "nation"]
    towns = any(c.subject.isdigit() for c in case.claims)
    for g in case.guards:
        whom = g.kind == "subject" and g.sense in ("members", "nation", "foreign") and g.first not in counted
        whom = whom and not case.is_a(g.first - 1, "rest")  # no other municipality
        whom = whom and not (towns and case.has("superlative") and case.is_a(g.first - 1, "whole"))
        over = g.kind == "comparison" and g.sense in ("above", "below")
        over = over and any(len(case.at) > 1 or g.first < at for at in nation)
        if (whom or over) and not ("below_nation" in parts and (over or g.sense == "nation")):
            said.append((g.last, "nation") if over else (g.first, g.sense))
    spoken = {
        at: c for at, c in case.at.items()
        if c.part not in ("below_nation", *_MOVES)
        and (c.subject.isdigit() or (c.subject in ("members", "nation") and not c.denominator))
    }  # fmt: skip
    several = bool(case.rules.names) and not case.rules.of_one_place
    far = {at: c for at, c in spoken.items() if c.subject == "nation" or (several and c.subject.isdigit())}
    if far and not said:
        led = {*(g.sense for g in case.before.all("subject"))}
        led |= {code for _, code in case.before.municipalities}
        for at, claim in far.items():
            if claim.subject not in led:
                yield at, _no(claim, f"{claim.id} is of {claim.subject}, and nothing says so")
    if not said or not spoken:
        return
    nearest = dict[int, tuple[int, str]]()
    for at in spoken:
        free = [each for each in said if each[0] + 1 in (at, at + 1) or each[0] + 1 not in spoken]
        nearest[at] = min((case.gap(at, to), to > at, to, sense) for to, sense in free or said)[2:]
    strays = [at for at, claim in spoken.items() if not _is_of(claim, nearest[at][1])]
    senses = list(dict.fromkeys(sense for _, sense in sorted(said)))
    in_order = len(senses) == len(spoken) and all(map(_is_of, spoken.values(), senses))
    subjects = {claim.subject for claim in spoken.values()}
    ours = len(spoken) > len(senses) and {*senses} <= subjects <= {*senses, "members"}
    weighed = any(map(case.has, ("comparison", "superlative", "negation", "hedge")))
    if len(spoken) == 1 and {"members", "nation"} <= {*senses} and not weighed:
        yield next(iter(spoken)), _ask("both members and nation are named beside one number")
    if strays and not in_order and not ours:
        claim, (at, sense) = spoken[strays[0]], nearest[strays[0]]
        extreme = sense.isdigit() and claim.method in ("minimum", "maximum")
        near = senses[: 1 if sense.isdigit() else None]
        covered = len(spoken) == 1 and any(_is_of(claim, each) for each in near)
        if not extreme and not covered:
            yield at, _no(claim, f"”{case.text_at(at)}”: {claim.id} is of {claim.subject}")


def _is_of(claim: Claim, sense: str) -> bool:
    return sense in (claim.part, claim.subject)


def _pairs(case: Case) -> At:
    """Refuse two claims side by side that are not made alike, or not of the same year."""
    for (one, a), (other, b) in pairwise(case.at.items()):
        part, whole = (a, b) if case.is_a(one + 1, "of") and other - one <= 4 else (b, a)
        of = part == a or case.is_a(one - 1, "of") or case.is_a(one - 2, "of")
        if a.kind == b.kind == "count" and of and part.value > whole.value:
            yield other, _no(part, f"{part.id} is more than {whole.id}", "count")
        against = any(case.is_a(at, "beside") for at in range(one, other))
        if not _alike(a, b) or a.subject == b.subject or not against:
            continue
        if {a.method, b.method} == {"ratio_of_sums", "mean_of_municipalities"}:
            yield other, _no(a, f"{a.id} and {b.id} are not made alike and may not be compared", "definition")


def _verbs(case: Case) -> At:
    """Ask for a statement on what is reported whose verb is none of those that assert nothing of it."""
    known = {at for g in case.guards for at in range(g.first, g.last + 1)} | case.idle
    known |= {at for at, _ in case.municipalities}
    verbs = [
        at for at, token in enumerate(case.tokens)
        if at not in known and token.lemma not in case.lexicon.words.acts and case.finite(at)
        and not case.is_a(at, "finite") and not case.aimed(Guard("act", "", at, at))
    ]  # fmt: skip
    reported = case.reported(measures=True) if verbs else set[int]()
    for at in verbs:
        if reported - {at}:
            yield at, _ask(f"no claim tells of ”{case.text_at(at)}”")


def _absent(case: Case) -> At:
    """Ask for what those did that did not answer, that came, or are no members, and whom a share counts."""
    for g in case.all("subject", "municipalities") if not case.claims else ():
        outside = case.is_a(g.first - 1, "rest") or case.is_a(g.last + 1, "outside")
        leads = not any(case.is_a(at, "before_noun") for at in range(g.first))
        if outside and leads and any(map(case.finite, range(g.last + 1, len(case.tokens)))):
            yield g.first, _ask(f"no claim tells of ”{case.said(g)}” that are no members")
    bounded = any(c.kind == "bound" for c in case.claims) or case.caveat("unknown")
    for at in case.where("relative"):
        counted = case.at.get(at - 1)
        came = (
            counted and case.is_a(at - 2, "the") and all(g.kind in ("subject", "figure") for g in case.guards)
        )
        answered = any(g.first == at + 2 for g in case.all("subject", "respondents"))
        silent = answered and case.is_a(at + 1, "not")
        if (came or silent) and not bounded and any(map(case.finite, range(at + 3, len(case.tokens)))):
            yield at, _ask("no claim tells what they did")


def _states(case: Case) -> At:
    """Ask for what something is said to be in words of which none is known: är orealistiskt."""
    for is_ in case.where("copula") if case.claims else ():
        after = (at for at in range(is_ + 1, len(case.tokens)) if case.same_clause(at, is_))
        ahead = [at for at in after if case.text_at(at) not in case.lexicon.function]
        neutral = not ahead or any(case.is_a(at, "neutral") for at in (is_ + 1, ahead[0]))
        if {*ahead} <= case.unread and not neutral and not case.caveat("unknown"):
            yield ahead[0], _ask(f"no claim tells of ”{case.text_at(ahead[0])}”")


def _forecasts(case: Case) -> At:
    """Ask for what is told of a year to come, but for a goal, without a claim or as if it had been.

    Also for what is told with its subject in between: då kommer medlemmarna att nå ….
    """
    for at, to in product(case.where("coming"), case.where("that")) if case.says("coming") else ():
        act = case.is_a(to + 1, "infinitives") or case.text_at(to + 1).endswith(("a", "å"))
        between = 1 < to - at <= CLAUSE and case.same_clause(at, to) and not case.is_a(to - 1, "before_noun")
        if act and between and (case.claims or case.reported(measures=True)):
            yield at, _ask("no claim tells what will be")
    done = any(c.role == "target" for c in case.claims) and case.says("have")
    finite = case.years and any(map(case.finite, range(len(case.tokens))))
    if not finite or (case.claims and not done):
        return
    last = max((c.year for c in case.book), default=9999)
    known = {text for c in case.book for text in (c.part, c.vintage[:4]) if not done}
    ahead = [at for at, year in case.years.items() if year > last and str(year) not in known]
    if ahead and case.reported(measures=True) and not case.of("goals"):
        yield ahead[0], _ask("no claim tells what will be")


def _supposed(case: Case) -> At:
    """Ask for what would have been, and for times before all claims."""
    given = any(c.role in ("sensitivity", "low", "high") or c.part == "same-members" for c in case.claims)
    supposing = case.is_a(0, "conditions") or case.is_a(0, "without")
    would = [at for at in case.where("would") if case.text_at(at + 1) != "like"]
    if supposing and would and not given and (case.claims or case.reported(measures=True)):
        yield would[0], _ask("no claim tells what would have been")
    for at, token in enumerate(case.tokens):
        if decade := re.fullmatch(r"(\d{4})-?tale(t|ts)|(\d{4})s", token.text):
            first = min((c.data_year for c in case.book if c.kind == "level" and c.data_year), default=0)
            if int(decade[1] or decade[3]) < first - first % 10:
                yield at, _ask("no claim tells of that time")


def _shown(case: Case) -> At:
    """Ask for what something is said to show, after the claims, what it came of, and whom it got to act."""
    last = bool(case.claims) and not any(case.together(at, -1) for at in case.at)
    for at, token in enumerate(case.tokens):
        that = case.is_a(at + 2, "that")
        if last and case.is_a(at, "shows") and (that or case.is_a(at + 1, "that")):  # the council that
            yield at, _ask(f"no claim tells what it {token.text}")
        when = case.is_a(at, "ever_since") or (at and case.is_a(at, "for") and case.begins(at))
        verb = at + 2 if when and case.claims and at + 2 < len(case.tokens) else at
        dated = at + 1 in case.years or case.is_a(verb, "have") or case.is_a(verb, "copula")
        if verb > at and case.finite(verb) and case.same_clause(at, verb) and not dated:
            yield at, _ask("no claim tells what came of it")
        if case.is_a(at, "getting") and that and case.text_at(at + 1) not in case.lexicon.function:
            yield at, _ask(f"no claim tells what ”{case.text_at(at + 1)}” was made to do")


def _cleft(case: Case) -> At:
    """Ask for whom something is said to have been that did it: det var priserna som …."""
    for at in range(len(case.tokens)):
        begins = not at or not case.together(at - 1, at)
        cleft = begins and case.is_a(at, "recalling") and case.is_a(at + 1, "copula")
        for which in range(at + 3, at + 6) if cleft else ():
            unread = which - 1 in case.unread and not case.is_a(which + 1, "ours")
            if case.is_a(which, "relative") and (case.is_a(which + 1, "causing") or unread):
                yield which, _ask(f"no claim tells what ”{case.text_at(which - 1)}” did")


def _agents(case: Case) -> At:
    """Ask for what is said to have raised or lowered something, but for those that are reported."""
    acting = {*case.of("acting")}
    for guard in (each for each in case.guards if each.first in acting):
        led = [at for at in range(guard.first) if case.same_clause(at, guard.first)]
        noun = [at for at in led[:3] if at in case.unread and case.tokens[at].text != case.tokens[at].lemma]
        does = case.text_at(guard.first).endswith(("r", "de", "te")) or case.is_a(guard.first - 1, "have")
        ours = {*led} & {*case.reported(measures=True), *case.at} or (led and case.is_a(led[0], "small"))
        who = any(at in led for at, _ in case.whom) or any(case.is_a(at, "ours") for at in led)
        own = case.is_a(guard.last + 1, "reflexive") or case.is_a(guard.first, "alone")
        ahead = {guard.last + 1, guard.last + 2} & {*case.of("lowered", *case.rules.measures)}
        if does and led and ahead and not (who or own):  # something has lowered emissions
            yield led[0], _ask(f"no claim tells what ”{case.text_at(led[0])}” did")
        if does and noun and not ours:
            yield noun[0], _ask(f"no claim tells what ”{case.text_at(noun[0])}” did")


# ---- decisions: change -------------------------------------------------------------------------------
_ENDLESS = Decimal(10**9)  # times, from nought
Moved = tuple[Decimal, Decimal, Claim]  # how far, how many times, by which claim


def _moves(claims: Iterable[Claim]) -> list[Moved]:
    """Return the change that some claims are themselves."""
    return [(change(c), 1 + change(c), c) for c in claims]


def _from_to(pairs: Iterable[tuple[Claim, Claim]]) -> list[Moved]:
    """Return the change from one claim to another; not from nought."""
    return [(b.value - a.value, b.value / a.value, b) for a, b in pairs if a.value]


def _since_named(case: Case, claim: Claim) -> list[Moved]:
    """Return how a level moved since the year that is named, or both since the first and the last one."""
    series = [c for c in case.series(claim) if c.value]
    earlier = [c for c in series if (c.data_year or 0) < (claim.data_year or 0)]
    if not earlier and series:  # since a year whose level is told
        return _from_to([(claim, next(c for c in series if c.role == "main" or c == series[-1]))])
    first = [c for c in earlier if c.data_year in case.years.values()][:1] or earlier[:1] + earlier[-1:]
    return _from_to((c, claim) for c in first)


def _evidence(case: Case, guard: Guard) -> list[Moved]:
    """Return what moved, how many times, by which claim, of the claims that a word of change governs."""
    moving = [g for g in (*case.all("change"), *case.all("factor")) if g.sense != "other"]
    words = {g.first: g for g in (*(g for g in moving if not case.aimed(g)), guard)}
    governed = list[Claim]()
    for place, claim in case.at.items():
        ruling = max((at for at, g in words.items() if g.last < place), default=min(words))
        if case.same_clause(ruling, guard.first):
            governed.append(claim)
    governed = governed or case.claims
    mains = case.book.select(kind="level", subject="members", measure="emissions", role="main")
    if apart := [c for c in governed if c.role == "sensitivity" and c.kind == "level" and c.part]:
        return _from_to((main, c) for c in apart for main in mains[:1])
    terms = [c for c in governed if c.role == "split" and c.part not in ("change", "size")]  # of a sum
    signed = [(case.twin(c, part="change", direction=1) or c) if c.part == "size" else c for c in governed]
    own = [c for c in signed if _tells_change(c) and (c.direction or c.kind in ("goal", "result"))]
    if own := [c for c in own if c not in terms]:
        return _moves(own)
    if terms and len(case.claims) == 1:
        return [(c.value, 1 + c.value, c) for c in terms]
    several = len({g.sense for g in words.values() if g.sense in _WAYS}) > 1 and len(case.at) > 1
    spoken = governed if several and len(governed) < len(case.claims) else case.claims
    levels = [c for c in spoken if c.kind in ("level", "count") and c.part not in _MOVES]
    pairs = [(a, b) for a in levels for b in levels if _when(a) < _when(b) and _series(a) == _series(b)]
    reached = case.at.get(guard.last + 2) if case.is_a(guard.last + 1, "to") else None
    if pairs and reached and all(b is not reached for _, b in pairs):  # efter att ha stigit till A 2021
        return _since_named(case, reached)
    if found := _from_to(pairs):
        return found
    for claim in governed:
        own_share = claim.role == "previous" and claim.kind == "share"
        claim = (case.twin(claim, role="main", data_year=claim.year) or claim) if own_share else claim
        if claim.kind == "share" and claim.previous_value is not None:
            times = claim.value / claim.previous_value if claim.previous_value else _ENDLESS
            found.append((change(claim), times, claim))
        elif claim.kind == "level":
            found += _each_year(case, claim) or _since_named(case, claim)
        elif claim.kind == "count" and claim.part == "count":
            found += _from_to((c, claim) for c in [case.twin(claim, part="previous")] if c)
    return found


def _each_year(case: Case, claim: Claim) -> list[Moved]:
    """Return how a level moved from each year to the next since the year that is named: varje år sedan …."""
    named = [at for at in case.years if case.is_a(at - 1, "ever_since")] if case.says("each") else []
    own = case.series(claim, _PLAIN) if named else []
    levels = {c.data_year: c for c in own if (c.data_year or 0) >= case.years[named[0]]}
    return _from_to(pairwise(levels.values()))


def _change(case: Case, guard: Guard) -> Verdict | None:
    """Hold a word of change against what moved."""
    evidence = _evidence(case, guard)
    if any(at < guard.first and case.gap(at, guard.first) <= 3 for at in case.of("population")):
        return _ask("no claim tells how many live there")
    turns = case.claims and guard.first in case.of("changes")
    if guard.sense == "other" and turns:
        return None  # the curve goes down: see the other word
    apart = any(c.role == "sensitivity" and c.kind == "level" for c in case.claims)
    if apart and guard.first in case.of("pulls") and guard.sense in _WAYS:
        guard = guard._replace(sense={"up": "down", "down": "up"}.get(guard.sense, guard.sense))  # without it
    if guard.sense in _WAYS:
        for place, claim in case.at.items() if evidence and guard.sense == "down" else ():
            if case.text_at(place).startswith("−") and case.is_a(place - 1, "by"):
                return _no(claim, "and the minus say it twice", "sign")
        if evidence:
            return _direction(case, guard, evidence)
        alone = [c for c in case.claims if is_answer(c) and carried(c) == "none"]
        led = any(case.is_a(at - 1, use) for at in (*case.at, guard.first) for use in ("to", "one"))
        reported = guard.last > guard.first or case.of("shares") or led
        if alone and reported:
            return _no(alone[0], f"{alone[0].id} has no earlier share to set it beside", "no-previous")
    return _ask("no claim of the statement tells what changed")


_WAYS = {"up": {1}, "more": {1}, "down": {-1}, "less": {-1}, "same": {0}}


def _direction(case: Case, guard: Guard, evidence: Sequence[Moved]) -> Verdict:
    """Hold a direction against what moved; only some of it is no proof."""
    ways = _WAYS[guard.sense]
    degrees = [g for g in case.guards if g.kind in QUANTITY | {"comparison"} and g.first != guard.first]
    much = any(case.same_clause(g.first, guard.first) for g in degrees)  # that is denied, see _amount
    denied = case.negated(guard) and not much
    ways = {-1, 0, 1} - ways if denied else ways
    verdicts = list[Verdict]()
    for moved, times, claim in evidence:
        still = moved == 0 or (claim.k is not None and abs(moved) * (claim.n or 0) < 1)
        near = abs(times - 1) < Decimal("0.05") and claim.kind != "count"
        if guard.sense == "same" and near and not still:
            return _ask(f"{claim.id} has moved a little")
        way = 0 if still else 1 if moved > 0 else -1
        saying = {1: "an increase", -1: "a decrease", 0: "no change"}[way]
        verdict = _if(way in ways, claim, f"does not hold for {claim.id}: it is {saying}", "direction")
        carry = _carry(case, claim, way) if verdict == YES or carried(claim) == "broken" else None
        verdicts.append(carry or verdict)
    wrong = [verdict for verdict in verdicts if verdict != YES]
    others = any(g.sense not in (guard.sense, "other") for g in case.all("change"))
    one = len({claim.id for *_, claim in evidence}) == 1
    named = [at for at, year in case.years.items() if year == evidence[-1][2].data_year]
    last = named and not case.is_a(named[0] - 1, "ever_since") and verdicts[-1] == YES
    if one and last and len(verdicts) > 1:
        return YES  # in that year, set beside the one before
    if wrong and len(wrong) < len(verdicts) and (others or one):
        return _ask("holds for some of the claims or years only")
    return wrong[0] if wrong else YES


def _carry(case: Case, claim: Claim, way: int) -> Verdict | None:
    """Return why a share's change may not be told, by what its comparison can carry."""
    if not is_share(claim):
        return None
    support = carried(claim)
    if support == "broken":
        return _no(claim, f"the question of {claim.id} is not the same as {claim.previous_year}", "broken")
    if support == "few" and way and not case.caveat("few"):
        return _no(claim, f"the change of {claim.id} is a handful of {claim.n} respondents", "few")
    if support == "caution" and not case.caveat("few", "unknown"):
        why = f"the earlier share of {claim.id} is to be read with caution, and nothing says so"
        return _no(claim, why, "caution")
    return None


def _factor(case: Case, guard: Guard) -> Verdict:
    """Hold a number of times against how many times it is; a half as two times less."""
    said, evidence = Fraction(guard.sense), _evidence(case, guard)
    likened = any(case.is_a(guard.last + far, "as") for far in (1, 2, 3))
    ahead = range(guard.last + 1, len(case.tokens))
    pair = case.claims if len(case.claims) == 2 and _alike(*case.claims[:2]) else []
    of_paces = all(c.kind == "pace" for c in pair)
    if pair and (likened or of_paces or (pair[0].subject != pair[1].subject and pair[0].kind == "level")):
        one, other = pair  # ten times above the members; but here A, there B, that is twice as high
        later = not likened and guard.first > (min if of_paces else max)(case.at)
        evidence = _from_to([(one, other) if later else (other, one)])
    so_much = guard.last > guard.first  # hälften så hög
    beside = any(c.kind == "pace" for c in case.claims) and (
        so_much or any(case.is_a(a, "as") for a in ahead)
    )
    if beside and not (pair and (likened or of_paces)):
        return _ask("no claim of the statement is what the pace is set beside")
    for moved, times, claim in {each[2].id: each for each in reversed(evidence)}.values():
        if carry := _carry(case, claim, 1 if moved > 0 else -1):
            return carry
        turned = times < 1 < said and case.years and case.is_a(guard.first, "doubly")
        value = Fraction(times if said > 1 and not turned else 1 / times if times else _ENDLESS)
        goal = max(said, 1 / said)
        wide = goal / (10 if said > 1 or case.says("roughly") else 20)
        hedge = _hedged(case, guard)
        if said < 1 and so_much:  # less than half as much is more than two times less
            hedge = _TURNED.get(hedge, hedge)
        near = _about(value, goal, "least" if case.of_set else hedge, wide)
        holds = value < goal if case.negated(guard) else near
        if not holds:
            return _no(claim, f"does not hold for {claim.id}: it is {float(times):.2f} times")
    return YES if evidence else _ask("no claim of the statement tells how many times")


_TURNED = {
    "above": "below", "below": "above", "over": "under", "under": "over", "least": "most", "most": "least"
}  # fmt: skip


def _hedged(case: Case, guard: Guard) -> str:
    """Return how a fraction or factor is hedged by the word before it, or just after it."""
    hedges = case.all("hedge")
    beside = [g for g in hedges if 0 < guard.first - g.last <= 2 or g.first == guard.last + 1]
    return beside[-1].sense if beside else "below" if case.is_a(guard.last + 1, "nearly") else ""


def _about(value: Fraction, said: Fraction, hedge: str, wide: Fraction) -> bool:
    """Whether a number may be called another: nearly it, or so far on the side that the hedge says."""
    near = Fraction(1, 40) if said == Fraction(1, 2) else wide if said > 1 else Fraction(1, 25)
    sides = {
        "above": said < value <= said + wide, "over": value > said, "about": abs(value - said) <= wide / 2,
        "below": said - wide <= value < said, "under": value < said,
        "least": value >= said, "most": value <= said,
    }  # fmt: skip
    return sides.get(hedge, abs(value - said) <= near)


# ---- decisions: how many -----------------------------------------------------------------------------
def _shares(case: Case) -> list[tuple[int, Fraction, Claim]]:
    """Return the shares that a statement prints, k of n of two counts too, with their places."""
    shares = [
        (place, Fraction(c.k, c.whole) if c.k is not None and c.whole else Fraction(abs(c.value)), c)
        for place, c in case.at.items()
        if c.unit == "share" and (c.kind in ("share", "bound") or (c.kind == "change" and abs(c.value) <= 1))
    ]
    for place, c in case.at.items():
        term = c.role == "split" and c.kind == "change" and c.part not in ("change", "size")
        about: dict[str, object] = {"measure": "emissions", "data_year": c.data_year}
        about = {"role": "split", "part": "change"} if term else about
        sector = c.measure in case.rules.measures and c.kind == "level" and len(case.claims) == 1
        found = case.book.select(kind=c.kind, subject=c.subject, **about) if term or sector else []
        whole = next((each for each in found if term or each.role in _PLAIN), None)
        if whole and whole.value and (term or case.of("released")):
            shares.append((place, Fraction(c.value) / Fraction(whole.value), c))
    sectors = [c for c in case.claims if c.measure in case.rules.measures and c.kind == "level"]
    total = case.book.select(kind="level", measure="emissions", role="main") if case.says("jointly") else []
    if len(sectors) > 1 and total and {c.subject for c in sectors} == {total[0].subject}:
        shares.append((0, Fraction(sum(c.value for c in sectors)) / Fraction(total[0].value), sectors[0]))
    for (one, a), (other, b) in pairwise(case.at.items()):
        of = case.is_a(one + 1, "of") and other - one <= 4
        if _alike(a, b) and of and 0 < abs(b.value) >= abs(a.value):
            shares.append((one, Fraction(a.value) / Fraction(b.value), a))
    return shares


def _amount(case: Case, guard: Guard) -> Verdict | None:
    """Hold a fraction or an amount against the share beside it."""
    methods, hedge = {claim.method for claim in case.claims}, _hedged(case, guard)
    for method in methods & _PARTS.keys() if guard.share else ():
        if guard.share and guard.share * _PARTS[method] in (1, 3):
            return _quarter(case, guard, method)
    if guard.share == Fraction(1, 2) and {"lower_quartile", "upper_quartile"} <= methods:
        return YES
    if guard.share and methods & _PARTS.keys() and len(case.claims) == 1:
        return _no(case.claims[0], f"is no part that {case.claims[0].id} tells")
    of = case.is_a(guard.last + 1, "of")
    if of and case.is_a(guard.last + 2, "what") and case.claims and case.claims[0].kind == "change":
        return _ask("no claim of the statement tells what is left")
    ahead = (at for at in case.where("than") if guard.first - 4 < at < guard.first)
    reference = guard.sense in ("most", "least", "few", "nearly") and any(ahead)  # than in most of them
    part = case.at.get(guard.last + 2 + case.is_a(guard.last + 2, "the"))
    of_them = case.is_a(guard.last + 2, "them") and all(at < guard.first for at in case.at)
    if reference or (of and (of_them or (part and part.unit == "share"))):  # most of the 55 %
        return _ask("no claim of the statement tells how much")
    mass = any(g.sense == "mass" and g.first == guard.first + 1 for g in case.guards)  # half a tonne
    if guard.share and mass:
        sizes = [c.value for c in case.claims] + [a.value - b.value for a, b in combinations(case.claims, 2)]
        near = (_about(abs(Fraction(size)), guard.share, hedge, _WIDE) for size in sizes)
        return YES if any(near) else _ask("no claim of the statement tells how much")
    whole = [g for g in case.all("subject") if 0 < g.first - guard.last <= 2]
    people = any(g.sense != "nation" and g.last + 1 not in case.at for g in whole)
    whole_land = any(g.sense == "nation" and g.first == guard.last + 1 for g in whole)
    whole_land = whole_land and any(c.subject == "nation" for c in case.claims)
    ratios = [
        min(one.value, other.value) / max(one.value, other.value)
        for one, other in pairwise(case.claims)
        if _alike(one, other) and one.value > 0 < other.value
    ]
    if case.claims and not ratios:
        ratios = [times for _, times, c in _evidence(case, guard) if c.kind == "level"]
    ratios += [
        claim.value / goal.value for claim in case.claims if claim.kind == "result"
        for goal in case.book.select(kind="goal", measure=claim.measure, unit=claim.unit) if goal.value
    ]  # fmt: skip
    less = case.has("change") or case.has("comparison", "less")
    ratios += [1 - each for each in ratios if each < 1] if less else []
    if guard.share and not people and any(_about(Fraction(r), guard.share, hedge, _WIDE) for r in ratios):
        return YES
    if guard.sense == "0" and guard.first == 0 and case.says("than") and case.has("comparison"):
        return None  # none has more than: see _comparison
    if guard.sense == "1" and case.has("superlative", "most", "least") and case.is_a(guard.first - 1, "of"):
        return None  # the most of all: see _superlative
    alike = max((sum(_alike(a, b) for b in case.claims) for a in case.claims), default=0)
    if guard.sense == "1" and alike > 1 and not people:
        after = next((g for g in case.guards if g.first == guard.last + 1), guard)
        others = after.kind not in ("subject", "amount", "number")
        so_many = int(after.sense) if after.kind == "number" else alike * others
        if so_many == alike or case.is_a(guard.first, "both"):
            return None  # all three of them: each is judged by itself
    shared = any(is_share(claim) or claim.kind == "bound" for claim in case.claims)
    if guard.sense == "1" and whole and shared and case.is_a(guard.first - 1, "whole"):
        return YES  # of all respondents: what the share is of
    if guard.sense == "vague" and case.claims and (case.has("fraction") or case.has("comparison", "same")):
        return None  # two thirds are gone: see the fraction
    if guard.sense == "0" and case.claims and all(c.part in _MOVES for c in case.claims):
        right = (case.claims[0].value == 0) != case.negated(guard)
        return _if(right, case.claims[0], f"does not hold: it is {case.claims[0].text}")
    if guard.sense == "1" and (answered := _all_answered(case, guard)):
        return answered
    if guard.sense == "1" and (whole_land or any(c.role == "sensitivity" for c in case.claims)):
        return None  # the whole country; all of them, with one or without it
    still = guard.sense in ("1", "0", "few")
    shares = [each for each in _shares(case) if not still or each[2].kind != "change"]
    if guard.sense in ("percent", "vague", "many") or not shares:
        far = ratios and guard.share and all(abs(Fraction(each) - guard.share) > _WIDE for each in ratios)
        by = case.has("change") and case.is_a(guard.first - 1, "by")
        two = far and not people and (by or (of and len(case.claims) == 2))
        why = f"does not hold: {case.claims[0].id} is {case.claims[0].text}" if two else ""
        return _no(case.claims[0], why) if two else _ask("no claim of the statement tells how much")
    _, value, claim = min(shares, key=lambda each: case.from_guard(guard, each[0]))
    saying = {
        "1": value == 1, "0": value == 0, "most": value > Fraction(1, 2), "least": value < Fraction(1, 2),
        "few": 0 < value <= Fraction(15, 100), "nearly": Fraction(9, 10) <= value < 1,
    }  # fmt: skip
    if guard.share is not None and case.negated(guard):
        return _if(value < guard.share, claim, f"does not hold: {claim.id} is {claim.text}")
    fraction = guard.share is not None and _about(value, guard.share, hedge, _WIDE)
    if (saying.get(guard.sense, False) or fraction) != case.negated(guard):
        return YES
    return _no(claim, f"does not hold: {claim.id} is {claim.text}")


def _all_answered(case: Case, guard: Guard) -> Verdict | None:
    """Hold that all members answered, or not all, against the response rate."""
    response = next(iter(case.book.select(measure="response", kind="share")), None)
    answers = [g.first for g in case.all("subject", "respondents") if g.first > guard.last + 1]
    before = case.negated(guard) and case.has("subject", "respondents")
    members = any(g.first > guard.last for g in case.all("subject", "members"))
    own = members and answers and not any(case.is_a(at, "relative") for at in range(guard.last, answers[0]))
    own = own and case.together(answers[0], guard.first) and not any(map(is_answer, case.claims))
    if response is None or not (before or own):
        return None
    right = (response.value == 1) != case.negated(guard)
    return _if(right, response, f"does not hold: {response.id} is {response.text}")


_WIDE = Fraction(8, 100)
_PARTS = {"median": 2, "lower_quartile": 4, "upper_quartile": 4}


def _quarter(case: Case, guard: Guard, method: str) -> Verdict:
    """Hold how many lie above or below a quartile against which one it is."""
    claim = next(c for c in case.claims if c.method == method)
    sides = {g.sense for g in case.guards if g.kind in ("hedge", "comparison") and g.first > guard.last}
    above, below = bool(sides & {"over", "more"}), bool(sides & {"under", "less"})
    if above == below or method == "median":
        return YES
    most = guard.share == Fraction(3, 4)
    right = most == (above == (method == "lower_quartile"))
    return _if(right, claim, f"does not hold: {claim.id} is the {method}")


def _count(case: Case, guard: Guard) -> Verdict | None:
    """Hold a number word against the counts of the statement."""
    value = int(guard.sense)
    years = any(case.is_a(at, "years") for at in (guard.last + 1, guard.last + 2))
    counts = {
        at: c for at, c in case.at.items()
        if c.kind in ("count", "fact", "goal", "result") and c.unit != "year"
    }  # fmt: skip
    more = any(0 < g.first - guard.last <= 2 for g in case.all("comparison"))
    if more and len(counts) == 2:
        one, other = counts.values()
        gap = abs(one.value - other.value)
        return _if(gap == value, one, f"the two counts differ by {gap}")
    before = [case.twin(c, part="previous") for c in counts.values() if c.part == "count"]
    if more and before and before[0] and any(_temporal(case, at) for at in case.where("than")):
        gap = abs(next(iter(counts.values())).value - before[0].value)
        return _if(gap == value, before[0], f"the two counts differ by {gap}")
    if any(g.first == guard.last + 1 for g in case.all("unit", "mass")):
        return _tonnes(case, guard)
    shares = [c for c in case.claims if is_share(c) and value in (c.k, c.n, c.members)]
    if shares and shares[0].inferred and value != shares[0].members and not case.caveat("inferred"):
        return _no(shares[0], f"the count of {shares[0].id} is inferred, and nothing says so", "inferred")
    if counts and not any(map(case.text_at, case.at)):  # of a count that is told in words
        claim = next(iter(counts.values()))
        return _if(claim.value == value, claim, f"does not hold: {claim.id} is {claim.text}")
    known: set[Decimal | int] = {c.value for c in case.book.select(kind="count", measure="members")}
    known |= {c.value for c in counts.values()} | {
        abs(a.value - b.value) for a, b in combinations(counts.values(), 2)
    }
    known |= {(c.members or 0) - (c.n or 0) for c in case.claims}  # those that did not answer
    known |= {sum(_alike(a, b) for b in case.claims) for a in case.claims} - {1}
    known |= {abs(round(change(c) * (c.n or 0))) for c in case.claims if is_share(c)}
    for c in case.claims if case.has("goal") or case.of("goals") else ():  # how far from its goal
        same = {"measure": c.measure, "unit": c.unit}
        known |= {abs(c.value - g.value) for g in case.book.select(kind="goal", **same) if c.kind == "result"}
    spans = {abs((a.data_year or 0) - (b.data_year or 0)) for a in case.claims for b in case.claims}
    stated = {*case.years.values(), *case.before.years.values()}
    spans |= {abs((c.data_year or 0) - year) for c in case.claims for year in (c.base_year or 0, *stated)}
    spoken = case.spoken if not case.claims else None  # is judged with its own count
    if (shares or value in known or (years and value in spans)) and not (spoken and spoken.has("number")):
        return YES
    near = min(counts, default=None, key=lambda at: case.from_guard(guard, at))
    if near is not None and case.from_guard(guard, near) <= 10 and counts[near].kind != "goal":
        return _no(counts[near], f"{counts[near].id} is {counts[near].text}")
    return _ask("no claim of the statement has this number")


def _tonnes(case: Case, guard: Guard) -> Verdict:
    """Hold a number of tonnes in words against the levels of the statement, or how far two are apart."""
    levels = [c for c in case.claims if c.unit == "t CO2e per capita"]
    said, hedge = Fraction(guard.sense), _hedged(case, guard)
    apart = any(map(case.has, ("change", "comparison"))) or case.says("difference")
    sizes = [abs(a.value - b.value) for a, b in combinations(levels, 2)] if apart else []
    sizes = sizes or [abs(c.value) for c in levels if apart == (c.kind == "change")]
    if not sizes or said >= 100 or len(levels) > 2:
        return _ask("no claim tells it")
    wide = Fraction(1, 2) if hedge else Fraction(1, 4)
    right = all(_about(Fraction(each), said, hedge, wide) for each in sizes)
    return _if(right, levels[0], f"does not hold: {levels[0].id} is {levels[0].text}")


def _hedge(case: Case, guard: Guard) -> Verdict | None:
    """Hold drygt, knappt, minst and their like against the exact value of the claim that follows."""
    place = guard.last + 1
    claim = case.at.get(place + (place not in case.at and case.is_a(place, "small")))
    if claim is None or guard.sense == "about" or claim.method in {"upper_quartile", *_PARTS}:
        return None  # of a fraction: see _amount
    if guard.sense in ("least", "most") and claim.kind == "bound":
        return _bound(claim, guard)
    if guard.sense in ("least", "most"):
        return YES if claim.kind == "goal" and guard.sense == "least" else _ask(f"{claim.id} is no bound")
    if guard.sense in ("only", "much"):
        others = [c.value for c in case.claims if c != claim and _alike(c, claim)]
        fits = claim.unit == "share" and (claim.value < Decimal("0.5")) == (guard.sense == "only")
        fits = fits or (guard.sense == "only" and bool(others) and claim.value < min(others))
        return YES if fits else _ask(f"weighs {claim.id}, which no claim does")
    if claim.kind == "fact" and guard.sense in ("above", "over"):
        return None  # what the office counted may be a floor
    earlier = [c for at, c in case.at.items() if at < guard.first and _alike(c, claim)]
    if earlier and place not in case.at and guard.sense in ("over", "under", "above", "below"):
        right = (earlier[-1].value > claim.value) == (guard.sense in ("over", "above"))
        return _if(right, earlier[-1], f"does not hold: {earlier[-1].id} is {earlier[-1].text}")
    number = re.fullmatch(r"[+−]?[\d\s]+(?:[.,](?P<decimals>\d+))?\D*", claim.text)
    if number is None:
        return _ask(f"{claim.id} is printed as a range or in words")
    value = abs(printed_value(claim))
    gap = value - swedish.round_half_up(value, len(number["decimals"] or ""))
    if gap * (1 if guard.sense in ("above", "over") else -1) > 0:
        return YES
    return _no(claim, f"does not hold for {claim.id}: it is {value.normalize():f}", "rounding")


def _bound(claim: Claim, guard: Guard) -> Verdict:
    """Hold minst and högst, som minst and som mest, against which bound it is."""
    right = (claim.role == "high") == (guard.sense == "most")
    return _if(right, claim, f"{claim.id} is the {claim.role} bound", "bound")


# ---- decisions: of how many of a set something holds -------------------------------------------------


def _set_of(case: Case, guard: Guard) -> list[Claim]:
    """Return the claims of the set that a word for how many of it stands before: all municipalities."""
    named = guard.kind == "number" and case.is_a(guard.first - 1, "the")  # those three, not how many do
    many = guard.kind in ("amount", "number") and guard.sense not in ("vague", "many") and not named
    single = case.is_a(guard.first - 1, "one")  # en enda
    many = many or (case.is_a(guard.last, "sole") and not single)
    ahead = range(guard.last + 1, min(guard.last + 6, len(case.tokens)))
    hits = ((at, name) for name in _SETS for at in case.of(name) if at in ahead)
    place, name = min(hits, default=(0, ""))
    inner = case.guarded | {at for use in ("of", "the", "ours", "one") for at in ahead if case.is_a(at, use)}
    inner |= {at for at in ahead if case.text_at(at).isdigit()}  # nio av de 40
    if not (many or guard.share) or not {*range(guard.last + 1, place)} <= inner:
        return []
    if name == "goals":
        goals = {c.measure: c.unit for c in case.book.select(kind="goal")}
        results = {
            c: sum(bool(places) for places in case.parts_named(c))
            for c in case.book.select(kind="result") if goals.get(c.measure) == c.unit
        }  # fmt: skip
        return [c for c, named in results.items() if named == max(results.values())]
    if name == "places":
        moved = case.has("change") or case.has("factor")
        moved = moved or any(_temporal(case, at) for at in case.where("than"))
        found = case.book.select(kind="change" if moved else "level", measure="emissions", role="spread")
        return [c for c in found if c.subject.isdigit()]
    if name == "questions":
        return [*filter(is_answer, case.book)]
    whom = "nation" if case.has("subject", "nation") and not case.has("subject", "members") else "members"
    found = case.book.select(kind="level", subject=whom, role="series", method="ratio_of_sums")
    last = max((c.data_year or 0 for c in found), default=0)
    return [c for c in found if name and c.measure in case.rules.measures and c.data_year == last]


def _so_many(case: Case, guard: Guard, items: Sequence[tuple[Claim, bool | None]]) -> Verdict:
    """Hold a word for how many against of how many it holds."""
    if case.is_a(guard.last, "sole"):
        named = [c for c, _ in items if c.measure in case.rules.measures and case.of(c.measure)]
        named += [c for c, _ in items if c.subject in {code for _, code in case.municipalities}]
        only = [c for c, each in items if each]
        right = len(only) == 1 and named in ([], only)
        why = f"does not hold: it does of {len(only)} of {len(items)}"
        return _if(right, (only or [items[0][0]])[0], why)
    many, whole = sum(bool(each) for _, each in items), len(items)
    part = Fraction(many, whole)
    said = {
        "1": many == whole, "0": many == 0, "most": part > Fraction(1, 2), "least": part < Fraction(1, 2),
        "few": 0 < part <= Fraction(15, 100), "nearly": many < whole <= max(many * 10 // 9, many + 1),
    }  # fmt: skip
    if guard.share is not None:
        right = _about(part, guard.share, _hedged(case, guard), _WIDE)
    else:
        right = many == int(guard.sense) if guard.kind == "number" else said[guard.sense]
    odd = next((c for c, each in items if each != (guard.sense == "1")), items[0][0])
    return _if(right, odd, f"does not hold, see {odd.id}: it does of {many} of {whole}")


# ---- decisions: two claims ---------------------------------------------------------------------------
def _comparison(case: Case, guard: Guard) -> Verdict | None:
    """Hold a comparison against what moved, where an earlier time is named, or against two claims."""
    sense = {"above": "more", "below": "less", "beat": "more"}.get(guard.sense, guard.sense)
    middle = len(case.claims) == 1 and case.claims[0].method == "median"
    if middle and (case.says("equally") or case.has("fraction", "1/2")):
        return YES  # as many above as below
    if sense == "same" and any(claim.part == "same-members" for claim in case.claims):
        return YES
    if guard.sense in ("other", "beat"):
        if guard.first in case.of("beside") and len(case.claims) > 1:
            return None  # compared with: two numbers side by side
        kinds = {c.kind for c in case.claims}
        result = "result" in kinds and ("goal" in kinds or case.of("goals"))
        decided = _goal(case, guard._replace(sense="reach")) if result else None
        if decided or guard.sense == "other" or not kinds or not kinds <= _SHARES:
            return decided or _ask("no rule knows what is compared")
    than = _than(case, guard, "than", *["as"] * (sense == "same"))
    after = range(than + 1, than + 5) if than is not None else range(0)
    if any(g.first in after for g in case.all("comparison")):
        return None  # more than a tonne lower
    reference = next((c for at, c in case.at.items() if than is not None and at > than), None)
    if reference and reference.method in ("lower_quartile", "upper_quartile") and case.has("fraction"):
        return None  # a quarter has more than: see _quarter
    if sense != "same" and after and (case.is_a(0, "none") or any(case.is_a(at, "rest") for at in after[:3])):
        return _superlative(case, guard._replace(sense="most" if sense == "more" else "least"))
    moved = _compared_with_before(case, guard._replace(sense=sense), than)
    return moved or _compared(case, guard, sense, than)


def _compared_with_before(case: Case, guard: Guard, than: int | None) -> Verdict | None:
    """Hold a comparison against what moved; None where it is no earlier time that is set beside."""
    for claim in case.claims if guard.sense != "same" else ():
        if claim.part == "below_nation":
            return _if(guard.sense == "less", claim, f"{claim.id} counts those below the nation")
        if claim.role == "sensitivity" and than is None:
            return _direction(case, guard, _evidence(case, guard))
    beside = case.at.get(guard.first - 1)
    if beside and _tells_change(beside) and than is None and beside.unit in ("share", "procent"):
        return _direction(case, guard, _moves([beside]))
    paces = sum(claim.kind == "pace" for claim in case.claims)  # two of them are compared, whatever years
    degree = any(g.last == guard.first - 1 for g in case.all("change"))  # has fallen more
    if paces > 1 or degree or not (_temporal(case, than) if than is not None else _beside_year(case)):
        return None
    evidence = [each for each in _evidence(case, guard) if each[2].direction or each[2].kind == "count"]
    return _direction(case, guard, evidence) if evidence else _ask("no claim tells what it was")


def _compared(case: Case, guard: Guard, sense: str, than: int | None) -> Verdict:
    """Hold a comparison against the two claims that it is of."""
    two = _two(case, guard, than)
    levels = [c for c in two or () if c.kind == "level" and c.role in _PLAIN]
    itself = len(levels) == 2 and len({(_series(c), c.data_year) for c in levels}) == 1
    if two is None or itself or not _alike(*two):
        return _ask("no two claims of the statement are compared")
    one, other = two
    places = [at for at, c in case.at.items() if c in two]
    if than is None and one.role == other.role == "split":
        return _ask(f"{one.id} and {other.id} are parts of one change")
    if one.kind == "change" and case.is_a(guard.first, "high") and not case.of("rate"):
        return _no(one, f"says levels, {one.id} and {other.id} are changes", "comparison")
    gap, printed_alike = _size(one) - _size(other), one.text == other.text and not case.of_set
    ahead = {token.text for token in case.tokens[max(guard.first - 3, 0) : guard.first]}
    if sense == "same" and gap and ahead & {*case.lexicon.words.topics["roughly"]}:  # ungefär lika
        near = abs(gap) <= max(abs(one.value), abs(other.value)) / 20
        return YES if near else _ask(f"how near {one.id} and {other.id} are is a matter of taste")
    holds = gap == 0 if sense == "same" else gap and (gap > 0) == (sense == "more") and not printed_alike
    right, sided = bool(holds) != case.negated(guard), case.leads(guard) or case.is_a(guard.first, "sides")
    bare = than is None and len(places) == 2 and guard.sense == sense != "same" and not sided
    if bare and (guard.first > max(places) or not right):
        return _ask("which of the two is meant is not said")
    if right:
        return YES
    if sense == "same" and printed_alike:
        return _ask(f"{one.id} and {other.id} are alike as printed only")
    return _no(one, f"does not hold: {one.id} is {one.text}, {other.id} is {other.text}")


def _than(case: Case, guard: Guard, *uses: str) -> int | None:
    """Return the place of ”än” after a word of comparison, before the next one."""
    others = (g.first for g in case.all("comparison") if g.first > guard.last)
    ahead = range(guard.first, min(guard.first + 14, len(case.tokens), *others))
    return next((at for at in ahead if any(case.is_a(at, use) for use in uses)), None)


def _temporal(case: Case, than: int) -> bool:
    """Whether what follows ”än” is an earlier time, or a number of one; not one of two levels compared."""
    levels = {at: c for at, c in case.at.items() if c.kind in ("level", "goal") and c.role != "previous"}
    if any(at < than < other and _alike(levels[at], levels[other]) for at in levels for other in levels):
        return False
    for at in range(than + 1, min(than + 5, len(case.tokens))):
        past = any(g.first == at and g.sense == "last-year" for g in case.guards)
        if past or at in case.years or case.is_a(at, "past"):
            return True
        if not case.is_a(at, "small"):
            return False
    return False


def _beside_year(case: Case) -> bool:
    """Whether the statement sets a word beside an earlier year: ”sedan 2022”, ”jämfört med 2022”."""
    earlier = bool(case.years) or case.has("time", "last-year")
    return case.says("marked") and earlier and sum(c.kind in ("level", "change") for c in case.claims) < 2


def _two(case: Case, guard: Guard, than: int | None) -> tuple[Claim, Claim] | None:
    """Return what is compared, and with what: by their subjects, by their places, or from the book."""
    whom = [(g.first, g.sense) for g in case.all("subject", *_OTHER)]
    pivot, nation = than if than is not None else guard.last, guard.sense in ("above", "below")
    right = "nation" if nation else next((sense for at, sense in whom if at > pivot), "")
    before = [sense for at, sense in whom if at < pivot and sense != right]
    left = before[-1] if before else _OTHER.get(right, "")
    owned = {claim.subject: claim for claim in reversed(case.claims)}
    ahead = [c for at, c in case.at.items() if at < pivot]
    towns = [c for c in ahead if c.subject.isdigit()]
    after = dict.fromkeys([right, *(sense for at, sense in whom if at > pivot)])
    others = [owned[each] for each in after if each in owned]
    if towns and others and all(_alike(a, b) for a in towns for b in others) and guard.sense != "same":
        more = guard.sense in ("more", "above")  # each of them, than each of those
        return (min if more else max)(towns, key=_size), (max if more else min)(others, key=_size)
    if len(ahead) > 1 and than is not None and case.is_a(than + 1, "pointing"):
        return ahead[-1], ahead[-2]
    if guard.sense == "beat" and len(whom) > 1 and whom[0][0] > pivot:
        (_, left), (_, right) = whom[:2]  # so do the members beat the nation
    if right and right not in owned and len(towns) > 1 and guard.sense in ("more", "less"):
        one = (min if guard.sense == "more" else max)(towns, key=_size)  # both of them, than the nation
        others = case.besides(one, [], [right])
        return (one, others[0]) if len(others) == 1 else None
    if right and {left, right} <= owned.keys():
        return owned[left], owned[right]
    single = case.claims[0] if len(case.claims) == 1 else None
    middles = [g.sense for g in case.all("mean", "median") if g.first > pivot]
    if middles and single and (middle := _middle(case, single, middles)):
        return single, middle
    alone, other = (owned.get(left) if right else None) or single, None
    beyond = {at for at in range(pivot + 1, len(case.tokens)) if case.together(at, pivot)}
    if alone and (than is not None or right):
        others = case.besides(alone, beyond, [right] if nation else [])
        other = others[0] if len(others) == 1 else None
    elif not alone and not (nation and "nation" not in owned):
        behind = [c for at, c in case.at.items() if at >= pivot]
        pairs = [(a, b) for a in reversed(ahead) for b in behind] or [*combinations(ahead or behind, 2)]
        both = [*next((pair for pair in pairs if _alike(*pair)), ())]
        if than is None and ahead and behind and case.leads(guard):
            both.reverse()  # A, B with a larger fall of …: the word belongs to what follows
        return (both[0], both[1]) if len(both) == 2 else None
    return (alone, other) if alone and other else None


_OTHER = {"members": "nation", "nation": "members"}


# ---- decisions: superlatives, means, goals, denials --------------------------------------------------
def _superlative(case: Case, guard: Guard) -> Verdict | None:
    """Hold a superlative against the whole set that the claim belongs to, by value; a tie is no order."""
    claim = case.nearest(guard, lambda c: c.kind in ("level", "share", "change", "bound"))
    if claim and claim.kind == "bound":
        return _bound(claim, guard)
    some = any(case.together(at, guard.first) for at in case.where("belonging"))
    some = some or any(case.is_a(at - 1, "one") for at in case.where("out_of") if at < guard.first)
    some = some or (case.is_a(guard.first - 1, "the") and case.is_a(guard.first - 2, "of"))  # one of the
    if claim and some:
        return _ask(f"how many {claim.id} is one of is not said")
    if claim and case.is_a(guard.last, "many") and guard.last + 1 in case.unread:
        return _ask(f"no claim tells of ”{case.text_at(guard.last + 1)}”")
    if claim and case.of("except"):
        return _ask(f"not all are set beside {claim.id}")
    ends = [sense for sense in ("most", "least") if case.is_a(guard.last, f"{sense}-of-rows")]
    if ends and guard.sense == "other":  # what is at the top of a chart is the most, or the least
        placed = _superlative(case, guard._replace(sense=ends[0]))
        return placed if placed == YES else _ask("no claim tells how the rows are sorted")
    single = case.is_a(guard.last, "sole") and case.is_a(guard.first - 1, "one")
    if single and guard.last + 1 not in case.reported(measures=True):
        return None  # en enda siffra
    if claim is None or guard.sense not in ("most", "least") or case.has("subject", "foreign"):
        return _ask("no claim of the statement is an extreme")
    if claim.method in ("minimum", "maximum"):
        right = (claim.method == "maximum") == (guard.sense == "most")
        return _if(right, claim, f"{claim.id} is the {claim.method}")
    group = _set(case, claim)
    alike = [c for c in case.claims if _alike(c, claim) and c.measure == claim.measure]
    numbers = [g for g in case.all("number") if case.is_a(g.first - 2, "of")]
    if any(int(g.sense) == len(alike) for g in numbers):
        group = alike  # of the three
    group = group or (alike if {c.subject for c in alike} == {*_OTHER} else [])  # of members and nation
    if len(group) < 2:
        return _ask(f"no claims to set {claim.id} beside")
    if case.has("change") and claim.kind == "level":
        return _ask(f"{claim.id} tells no change")

    def size(claim: Claim) -> Decimal:
        nation = case.twin(claim, subject="nation") if case.has("comparison", "above", "below") else None
        return claim.value - nation.value if nation else _size(claim)

    sign = 1 if guard.sense == "most" else -1
    listed = case.says("and") and not case.has("comparison") and not case.has("negation")
    listed = listed and len({g.sense for g in case.all("superlative")}) == 1
    if listed and 1 < len(alike) < len(group):
        claim = min(alike, key=lambda c: size(c) * sign)  # each of those listed, before all others
        group = [claim, *(c for c in group if c not in alike)]
    gaps = {c.id: (size(claim) - size(c)) * sign for c in group if c.id != claim.id}
    beaten = [c for c in group if gaps.get(c.id, 1) <= 0]
    if beaten and not any(gap < 0 for gap in gaps.values()):
        return _ask(f"{claim.id} shares its place with {beaten[0].id}")
    rank = next((n for n, use in _RANKS.items() for far in (0, 1) if case.is_a(guard.first - far, use)), 1)
    if rank > 1:
        return _if(len(beaten) == rank - 1, claim, f"{claim.id} has the place {len(beaten) + 1}")
    if bool(beaten) == case.negated(guard):
        return YES
    best = beaten[0] if beaten else claim
    return _no(claim, f"does not hold for {claim.id}, {claim.text}: {best.id} is {best.text}")


_RANKS = {2: "second", 3: "third", 4: "fourth"}


def _set(case: Case, claim: Claim) -> list[Claim]:
    """Return the claims that one can be an extreme of: all answers, all sectors, all municipalities."""
    if is_answer(claim):
        return [c for c in case.book if is_answer(c)]
    same = {name: getattr(claim, name) for name in ("kind", "unit", "data_year", "role")}
    if claim.subject.isdigit():
        return [c for c in case.book.select(measure=claim.measure, **same) if c.subject.isdigit()]
    if claim.kind not in ("level", "change") or claim.measure in OVERALL:
        return []
    of_kind = [c for c in case.book.select(subject=claim.subject, **same) if c.measure not in OVERALL]
    return [c for c in of_kind if c.kind == "level" or c.value * claim.value > 0]  # what has fallen, or grown


def _mean(case: Case, guard: Guard) -> Verdict:
    """Hold a word of mean, median or quartile against the methods of the claims."""
    methods = {"mean": ("mean_of_municipalities",), "median": ("median",)}
    made = methods.get(guard.sense, ("lower_quartile", "upper_quartile"))
    compared, sided = case.is_a(guard.first - 1, "than"), case.is_a(guard.first - 1, "sides")
    if compared or sided:
        claim = case.nearest(guard, lambda c: c.kind in ("level", "change") and c.method not in made)
        middle = _middle(case, claim, made) if claim else None
        if claim is None or middle is None:
            return _ask("no claim tells what is set beside it")
        over = (_size(claim) > _size(middle)) == case.is_a(guard.first - 1, "above")
        why = f"does not hold: {claim.id} is {claim.text}, {middle.id} {middle.text}"
        return YES if compared else _if(over, claim, why)  # a comparison is judged by itself
    rate = guard.sense == "mean" and case.has("time", "rate") and any(c.kind == "pace" for c in case.claims)
    if rate or any(c.method in made for c in case.claims):
        return YES
    claim = case.nearest(guard, lambda c: c.kind in ("level", "change", "share") and c.role != "sensitivity")
    none = _ask("no claim of the statement is one")
    return _no(claim, f"{claim.id} is no {guard.sense}") if claim else none


def _middle(case: Case, claim: Claim, made: Collection[str]) -> Claim | None:
    """Return the median, or another middle, of all that a claim is one of."""
    same = {"kind": claim.kind, "measure": claim.measure, "data_year": claim.data_year, "unit": claim.unit}
    return next((c for c in case.book.select(role="spread", **same) if c.method in made), None)


def _goal(case: Case, guard: Guard) -> Verdict | None:
    """Hold a verdict on a goal against goal and result in one unit, or the two paces."""
    denied = case.negated(guard) or case.is_a(0, "not") or (case.is_a(0, "none") and not case.says("than"))
    reached = (guard.sense in ("reach", "enough")) != denied
    required, achieved = _paces(case)
    if any(case.is_a(at, "than") for at in range(guard.first - 6, guard.first)) or case.near(
        guard, "fraction"
    ):
        return None  # more than they have managed: see _comparison; half of a goal: see _amount
    targets = [c for c in case.claims if c.role == "target"]
    levels = [c for c in case.claims if c.kind == "level"] if targets else []
    levels = levels or (case.book.select(kind="level", role="main", measure="emissions") if targets else [])
    for level, target in product(levels, targets):
        if level.kind == "level" and (level.unit, level.subject) == (target.unit, target.subject):
            why = f"does not hold: {level.id} is {level.text}, {target.id} {target.text}"
            return _if((level.value <= target.value) == reached, level, why)
    if required and reached and not case.has("negation"):  # for all that are named
        required = max((required, *(c for c in case.claims if c.role == "required")), key=lambda c: c.value)
    if required and achieved and case.nearest(guard, lambda c: c.role == "required") in (None, required):
        enough = achieved.value >= required.value
        why = f"does not hold: {achieved.id} is {achieved.text}, {required.id} {required.text}"
        return _if(enough == reached, achieved, why)
    verdicts = list[Verdict]()
    results = {c: at for at, c in case.at.items() if c.kind == "result"}
    for at, claim in case.at.items():  # of a goal that is printed alone
        alone = claim.kind == "goal" and claim.measure not in {c.measure for c in results}
        results |= {c: at for c in case.book.select(kind="result", measure=claim.measure) if alone}
    nots = [g.first for g in case.all("negation") if g.first > guard.last and not denied]
    for result, at in results.items():
        goals = case.book.select(kind="goal", measure=result.measure)
        goal = next((c for c in goals if c.part == "year"), goals[0] if goals else None)
        if goal is None:
            return _ask(f"no goal stands beside {result.id}")
        if goal.unit != result.unit:
            return _no(result, f"{goal.id} is in {goal.unit}, {result.id} in {result.unit}: no verdict")
        after = any(guard.last < each < at for each in nots)  # but not that one
        right = (result.value >= goal.value) == (reached and not after)
        why = f"does not hold: {result.id} is {result.text}, {goal.id} {goal.text}"
        verdicts.append(_if(right, result, why))
    if verdicts:
        return verdicts[0] if len({v.decision for v in verdicts}) == 1 else _ask("holds for some goals only")
    if guard.sense in ("need", "short", "enough") or case.of("aimed") or case.has("subject"):
        return _ask("no goal and result of the statement decide it")
    return None


def _paces(case: Case) -> tuple[Claim | None, Claim | None]:
    """Return the pace that is required, also by a target that is told, and the one that is achieved."""
    paces = [c for c in case.claims if c.kind == "pace" or c.role == "target"]
    parts = {*map(str, case.years.values()), *(c.part for c in paces)}
    known = case.book.select(kind="pace", subject=paces[0].subject or "members") if paces else []
    required = [c for c in paces if c.role == "required"]
    required = required or [c for c in known if c.role == "required" and c.part in parts]
    achieved = [c for c in paces if c.role == "achieved"] or [c for c in known if c.role == "achieved"]
    named = [c for c in achieved if str(c.base_year) in parts] or achieved
    return next(iter(required), None), max(named, key=lambda c: c.base_year or 0, default=None)


def _cause(case: Case, guard: Guard) -> Verdict | None:
    joined = case.claims or any(map(case.has, ("change", "comparison", "superlative", "factor")))
    links = guard.sense in ("link", "follows") and not joined and guard.last == guard.first  # no ”därför att”
    follows = guard.sense == "follows" and any(map(case.has, ("comparison", "goal", "hedge")))
    split = bool(case.claims) and all(claim.role == "split" for claim in case.claims)
    if split or (case.claims and follows):
        return None  # the parts of a change are what explains it; what follows is judged by itself
    at = guard.last + 1 + (guard.last + 1 in case.years)  # för att fler ska …, för att 2030 ligga
    ends = case.text_at(at).endswith("a") and case.tokens[at].lemma == case.text_at(at)
    does = ends or case.is_a(at, "infinitives")
    aim = case.is_a(guard.first, "for") and (case.says("aims") or does) and not case.of("came")
    return None if aim or links or case.caveat("few", "unknown") else _ask("no claim tells a cause")


def _figure(case: Case, guard: Guard) -> Verdict | None:
    """Hold a word of how much something grew against how much it did; the others are asked for."""
    judged = any(map(case.has, ("change", "comparison")))
    if guard.sense == "opinion" and not case.claims and not case.text_at(guard.last).endswith("are"):
        return None  # what people think, of no number
    if case.claims and (guard.sense == "so" or (judged and guard.sense == "adverb")):
        return None
    own = any(c.kind == "goal" and c.role != "target" for c in case.claims)
    ahead = [at for use in ("we", "relative", "conditions", "asking") for at in case.where(use)]
    led = any(at <= guard.last + 1 and at != guard.first for at in (*ahead, *case.of("board", "staff")))
    ours = led or not (case.whom or case.has("subject", "municipalities"))
    ours = own or (case.is_a(guard.first - 1, "ours") if case.claims else ours)
    named = case.tokens[min(guard.last + 1, len(case.tokens) - 1)].start
    if (guard.sense == "will" and ours) or (guard.sense == "source" and not case.text[named].isupper()):
        return None
    if case.claims and guard.sense == "growth":
        two = _two(case, guard, None)
        moved = _evidence(case, guard) or (_from_to([two]) if two and _alike(*two) else [])
        most = max((abs(times - 1) for _, times, _ in moved), default=None)
        strongly, barely = (guard.first in case.of(how) for how in ("strongly", "barely"))
        if most is not None and (most >= Decimal("0.2") if strongly else barely and most < Decimal("0.05")):
            return YES
    return _ask(f"no claim decides a word of {guard.sense}")


def _lack(case: Case, guard: Guard) -> Verdict | None:
    """Refuse that those lack something whom a share counts as having it."""
    claim = case.nearest(guard, lambda c: is_share(c) or c.measure in ("survey", "response"))
    if claim and claim.kind != "bound":
        return _no(claim, f"{claim.id} counts those that do")
    if guard.sense == "lack":
        return _ask("no claim tells who does not")
    would = not case.claims and case.says("would")
    return _ask("no claim tells what would have been") if would else None


def _denied(case: Case, guard: Guard) -> Verdict | None:
    """Judge a negation that belongs to no other guard word: it denies the claim in its clause."""
    here = [claim for place, claim in case.at.items() if case.same_clause(place, guard.first)]
    if not here or case.near(guard, *_DECISIONS.keys() - {"negation", "time"}) or case.caveat("unknown"):
        return None
    share = next(filter(is_share, here), None)
    return _no(share, f"{share.id} counts those that do") if share else _ask(f"denies {here[0].id}")


def _time(case: Case, guard: Guard) -> Verdict | None:
    """Ask for a word of what was before, or of what will be, which no claim tells."""
    future = guard.sense == "next-year" and any(c.kind != "goal" for c in case.claims)
    return _ask("no claim tells what will be") if future else None


def _standard(case: Case, place: int, claim: Claim) -> At:
    """Refuse a word of the GPC on another part of it, BASIC told as whole, and releases side by side."""
    if claim.measure != "gpc":
        return
    hits = [(at, part) for part in ("basic", "territorial") for at in case.of(f"gpc-{part}")]
    hits += [(at, "") for at in case.of("gpc-itself") if claim.part in ("total", "groups")]
    for at, part in hits:
        if part != claim.part and min(case.at, key=lambda other: case.gap(at, other)) == place:
            yield at, _no(claim, f"”{case.text_at(at)}”: {claim.id} is of {claim.part}")
    if claim.part == "basic" and not case.of("gpc-part"):
        yield place, _no(claim, f"{claim.id} is a part of BASIC; say ”del av”")
    for other in (c for c in case.claims if c.vintage not in ("", claim.vintage)):
        yield place, _no(claim, f"{claim.id} is of release {claim.vintage}, {other.id} of {other.vintage}")


def _covered(case: Case) -> At:
    """Ask for what no inventory has, told as counted in: abroad, biogenic, consumed or flown by residents."""
    counted = case.of("gpc-counted") if not case.has("negation") else []
    if counted or any(claim.measure == "gpc" for claim in case.claims):
        for at in case.of("gpc-without"):
            yield at, _ask(f"”{case.text_at(at)}” is in no inventory")


# ---- a wording that holds ----------------------------------------------------------------------------
def offer(rules: Rules, claim: Claim) -> str:
    """Return a wording on a claim that the rules accept."""
    said = rules.words.offers[rules.language]
    fields = (claim.role, claim.subject, claim.part, claim.method, claim.measure.split(".")[-1])
    key = next((key for each in fields if (key := f"{claim.kind}-{each}") in said), claim.kind)
    name, left = (rules.names.get(code, code) for code in (claim.subject, claim.part))
    stems = rules.lexicon.topics(rules.topic_of(claim))
    topic = next((stem for stem in stems if len(stem) > 2), claim.measure)
    way = "down" if change(claim) < 0 else "up"
    before = f"{swedish.percent(claim.previous_value or Decimal(0))} {claim.previous_year}"

    def part(key: str) -> str:
        return said.get(key, "").format(topic=topic, name=name, before=before)

    of_sector = claim.kind in ("level", "change") and claim.measure not in OVERALL
    lead = part(f"made-{claim.method}") or (part("lead") if of_sector else "")
    return said.get(key, said["other"]).format(
        value=claim.text.lstrip("+−"), topic=topic, left=left, way=said[way], year=claim.data_year,
        base=claim.base_year, made=part(f"made-{claim.method}"), lead=f"{lead}: " if lead else "",
        where=part(f"where-{'place' if claim.subject.isdigit() else claim.subject}"),
        sector=f" {part('sector')}" if of_sector and part("sector") else "",
        earlier=part(f"earlier-{way if carried(claim) == 'yes' else carried(claim)}"),
        derived=part("derived") if claim.inferred else "",
    )  # fmt: skip


# ---- what refusals rely on, and what has not been read -----------------------------------------------
def _crowded(case: Case, rule: str, place: int) -> bool:
    """Whether a statement is long, or has many numbers, words that claims decide, or years of a change."""
    printed = [at for at in case.at if case.text_at(at)]
    years = rule == "direction" and len({*case.years.values()}) > 1 + bool(printed)
    return years or len(case.tokens) > 22 or len(printed) > 2 or len(case.judged(place)) > 3


def _turned_by(case: Case, rule: str, place: int, claim: Claim | None) -> str:
    """Return how a word makes it a condition, the next of a row, or tells of something else."""
    separate = claim is not None and (claim.role == "sensitivity" or claim.part == "same-members")
    for at in range(len(case.tokens)):
        if at in case.guarded or not case.together(at, place):
            continue
        if rule == "superlative" and at < place and case.is_a(at, "after"):
            return f"”{case.text_at(at)}” makes it the next of a row"
        supposed = (case.begins(at) and case.is_a(at, "conditions")) or case.is_a(at, "supposing")
        if supposed and not separate:
            return f"”{case.text_at(at)}” makes it a condition"
        if case.aside(at, place, rule, claim):
            return f"”{case.text_at(at)}” tells of something else"
    return ""


def _denies(case: Case, rule: str, place: int) -> bool:
    """Whether a negation stands far off in the part of a place, or beside another word that is judged."""
    nots = [g for g in case.guards if g.kind in ("negation", "complement") and case.together(g.first, place)]
    nots = [g for g in nots if g.first != place and not case.is_a(g.first, "neither")]
    far = rule in _ALIKE and any(case.gap(g.first, place) > CLAUSE for g in nots if g.kind == "negation")
    return far or (bool(nots) and any(case.same_clause(g.first, place) for g in case.judged(place)))


def _of_another(case: Case, place: int, claim: Claim | None) -> bool:
    """Whether a place and its number stand in two clauses, each with a verb of its own."""
    verbs = {case.tokens[at].clause for at in range(len(case.tokens)) if case.finite(at)}
    own, here = {case.tokens[at].clause for at, c in case.at.items() if c == claim}, case.tokens[place].clause
    return bool(own) and here not in own and {here, *own} <= verbs


def _likened(case: Case) -> bool:
    """Whether neither a number nor anybody follows the last word of likeness within three words."""
    sides = {*case.at, *(at for at, _ in case.whom)}
    return any(sides.isdisjoint(range(at, at + 4)) for at in case.where("as")[-1:])


# ---- the tables --------------------------------------------------------------------------------------
_PLAIN = ("main", "series", "later", "spread")  # roles of numbers that no other word must tell
_FAR = 12  # words, after which a noun says nothing of a claim
_LOCAL = QUANTITY | {"change", "mean", "superlative", "goal", "complement", "negation", "cause"}
_WEAK = {"subject", "unit", "time", "hedge", "negation", "caveat", "mean"}  # of no matter without a claim
_LABELLED = QUANTITY - {"number"} | {"change", "comparison", "superlative", "figure"}  # that a label states
_CERTAIN = {"most", "least", "nearly", "record", "contest", "0", "knowledge", "reception", "validity"}
_SHARES = {"change", "pace", "share", "result", "goal"}  # more of it is what is wanted
_SAID = ("change", "comparison", "factor", "mean")  # what a claim that is a change is told with
_OF_ONE = {"subject", "measure", "kind", "unit", "denominator", "rounding", "inferred", "mean", "bound"}
_ALIKE = {"comparison", "factor", "direction"}
# What refusals of some rules, or of all, rely on, and has not been read: what may be meant instead.
_UNREAD: Sequence[tuple[Collection[str], Callable[[Case, str, int, Claim | None], str]]] = (
    (_OF_ONE, lambda s, rule, at, c: "another number is meant" * (not {*s.claims} <= s.denied[rule] | {c})),
    ((), lambda s, rule, at, c: "another number, year or word is meant" * _crowded(s, rule, at)),
    ((), _turned_by),
    ((), lambda s, rule, at, c: "it is denied" * _denies(s, rule, at)),
    ((), lambda s, rule, at, c: "it only calls or asks" * s.ends("?", "!")),
    ({"factor"}, lambda s, rule, at, c: "it is likened to something else" * _likened(s)),
    ({"year", "subject"}, lambda s, rule, at, c: "another verb has the number" * _of_another(s, at, c)),
    ({"inferred", "rounding", "year"}, lambda s, rule, at, c: "it is told of in another way" * any(
        s.together(each, at) for each in (*s.where("relative"), *(g.first for g in s.all("negation"))))),
    ({"superlative"}, lambda s, rule, at, c: "those listed are meant" * (s.tokens[-1].clause > 2)),
)  # fmt: skip
_JUDGED = QUANTITY | {"change", "comparison", "superlative", "goal", "mean"}
_VERBS = ("does", "holds", "says", "stands", "weighs", "denies", "and")  # that the word is the subject of
_MOVES = ("joined", "left")
_AIMED = {"goal", "result"}
_SETS = ("goals", "questions", "places", "sectors")  # topics of their names
_AGREEMENTS: Sequence[tuple[str, Callable[[Case, int, Claim], At]]] = (
    ("measure", _measure), ("kind", _turned), ("kind", _told), ("role", _caveats),
    ("comparison", _as_change), ("denominator", _of_whom), ("year", _year), ("unit", _unit),
    ("standard", _standard),
)  # fmt: skip
_WHOLE: Sequence[tuple[str, Callable[[Case], At]]] = (
    ("subject", _subjects), ("pair", _pairs), ("verb", _verbs), ("state", _states), ("agent", _shown),
    ("agent", _cleft), ("agent", _agents), ("supposed", _supposed), ("forecast", _forecasts),
    ("covered", _covered), ("state", _absent),
)  # fmt: skip
_AGREEING = (_of_whom, _year, _unit, _measure)
_DECISIONS: Mapping[str, Callable[[Case, Guard], Verdict | None]] = {
    "change": _change, "factor": _factor, "fraction": _amount, "amount": _amount, "number": _count,
    "hedge": _hedge, "comparison": _comparison, "mean": _mean, "superlative": _superlative, "goal": _goal,
    "complement": _lack, "negation": _denied, "time": _time, "cause": _cause, "figure": _figure,
}  # fmt: skip
