"""What could still change a sentence: the fewest answers that it takes, and which members alone.

For one member every answer that it can give is tried. For more than one, a sentence on one question is tried
under every number of yes and no to it, with the other questions as they are and at their ends; so "no answers
can" holds whatever is answered, and a number of answers is the least that it can take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, exact, share
from klimatlib.fieldwork.lines import Line
from klimatlib.fieldwork.standing import Kind, Standing, Voice

What = Literal["words", "number", "place"]
Moves = Mapping[str, tuple[int, int]]
"""Question to answers that come in: yes, no."""

_SHOWN = 2


@dataclass(frozen=True)
class Change:
    """What could still change a sentence of the draft.

    Attributes
    ----------
    shown, file, questions
        As in `Line`.
    least
        What changes to the fewest answers that change it; what no answers can is not there.
    whole
        Whether more than one answer at a time was tried; if not, what is not there is not known.
    now
        That the sentence is not true today, if so.
    then
        What the sentence would say with so few answers, or that it would not be true.
    alone
        What a member of a kind (`Voice.kind`) can change by its own answers.
    """

    shown: str
    file: str
    questions: tuple[str, ...]
    least: Mapping[What, int]
    whole: bool
    now: str
    then: tuple[str, ...]
    alone: Mapping[Kind, frozenset[What]]


def change(line: Line, standing: Standing) -> Change:
    """Return what could still change a sentence.

    Parameters
    ----------
    line
        A sentence of the draft.
    standing
        Where the survey stands.
    """
    worlds, whole = Worlds(standing), len(line.questions) == 1
    alone = {
        voice.kind: worlds.changed(line, worlds.alone(voice, line.questions))
        for voice in {voice.kind: voice for voice in standing.voices}.values()
    }
    least: dict[What, int] = {what: 1 for found in alone.values() for what in sorted(found)}
    for count in range(2, len(standing.voices) + 1 if whole else 0):
        if len(least) == len(_seen(line)):
            break
        found = worlds.changed(line, worlds.together(count, line.questions[0]))
        least = {**dict.fromkeys(sorted(found), count), **least}
    then = tuple(worlds.then(line, least.get("words")))
    now = line.then(standing.book) if line.then(standing.book).startswith("not true") else ""
    return Change(line.shown, line.file, line.questions, least, whole, now, then, alone)


def _seen(line: Line) -> dict[What, Callable[[ClaimBook], object]]:
    """Return what is compared: the words, the numbers as printed, the place in the paragraph."""
    return {
        "words": line.words,
        "number": lambda book: [book[claim].text for claim in line.numbers],
        "place": line.place,
    }


@dataclass(frozen=True)
class Worlds:
    """The survey as it would be with more answers."""

    standing: Standing
    _claims: dict[tuple[str, int, int], list[Claim]] = field(default_factory=dict, repr=False)

    def changed(self, line: Line, worlds: Iterable[Moves]) -> frozenset[What]:
        """Return what of a sentence is not as it is today in one of the worlds."""
        seen, found = _seen(line), set[What]()
        today = {what: see(self.standing.book) for what, see in seen.items()}
        for moves in worlds:
            book = self.book(moves)
            found |= {what for what, see in seen.items() if what not in found and see(book) != today[what]}
            if len(found) == len(seen):
                break
        return frozenset(found)

    def then(self, line: Line, count: int | None) -> Iterator[str]:
        """Yield what a sentence would say with so few answers, each wording once."""
        told = {line.words(self.standing.book)}
        for moves in self._of(line, count) if count else ():
            book = self.book(moves)
            if (words := line.words(book)) not in told and len(told) <= _SHOWN:
                told.add(words)
                yield line.then(book)

    def _of(self, line: Line, count: int) -> Iterator[Moves]:
        if count > 1:
            yield from self.together(count, line.questions[0])
        else:
            for voice in {voice.kind: voice for voice in self.standing.voices}.values():
                yield from self.alone(voice, line.questions)

    def alone(self, voice: Voice, asked: Iterable[str]) -> Iterator[Moves]:
        """Yield what a member can answer: anything to the sentence's questions, one thing to all others.

        The others matter only for which share is the largest; there the ends are enough.
        """
        own = [question for question in asked if question in voice.open]
        others = sorted(voice.open - {*own})
        for *said, rest in product((None, (1, 0), (0, 1)), repeat=len(own) + 1):
            pairs = [*zip(own, said, strict=True), *((question, rest) for question in others)]
            if moves := {question: one for question, one in pairs if one}:
                yield moves

    def together(self, count: int, question: str) -> Iterator[Moves]:
        """Yield what so many members can answer that fewer cannot."""
        room, most = self._room(), min(count, self._room()[question])
        if most == count:
            yield from ({question: (yes, count - yes)} for yes in range(count, -1, -1))
        for own, way in product(((most, 0), (0, most)), ((1, 0), (0, 1))):
            others = {q: (way[0] * min(count, n), way[1] * min(count, n)) for q, n in room.items()}
            yield {**others, question: own}

    def _room(self) -> Counter[str]:
        return Counter(question for voice in self.standing.voices for question in voice.open)

    def book(self, moves: Moves) -> ClaimBook:
        """Return the survey's claims with more answers."""
        return self.standing.book.revised(
            claim for question, (yes, no) in moves.items() for claim in self._moved(question, yes, no)
        )

    def _moved(self, question: str, yes: int, no: int) -> list[Claim]:
        key = (question, yes, no)
        if key not in self._claims:
            self._claims[key] = [*_moved(self.standing.book, question, yes, no)]
        return self._claims[key]


def _moved(book: ClaimBook, question: str, yes: int, no: int) -> Iterator[Claim]:
    """Yield the claims of a question with more answers: its share, and its bounds over all members."""
    now = book[f"survey-{question}"]
    k, n = (now.k or 0) + yes, (now.n or 0) + yes + no
    members = max(now.members or 0, n)
    for end, (part, of) in {"": (k, n), "-low": (k, members), "-high": (k + members - n, members)}.items():
        value = share(part, of)
        text = swedish.percent(value)
        yield replace(book[f"survey-{question}{end}"], k=part, n=of, value=exact(value), text=text)
