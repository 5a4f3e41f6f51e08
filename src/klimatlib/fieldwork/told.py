"""What is said of a survey in the terminal, and the members to remind; never what anybody answered."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterator, Sequence

from klimatlib import swedish
from klimatlib.claims.claims import Claim
from klimatlib.fieldwork.changing import Change, What
from klimatlib.fieldwork.standing import Standing, Voice
from klimatlib.spreadsheet import guarded

WIDTH = 96
_MOST = 6
_WHATS: tuple[What, ...] = ("words", "number", "place")


def in_order(standing: Standing, changes: Sequence[Change]) -> list[tuple[Voice, int, int]]:
    """Return the members that may still answer, with how many sentences each alone can change.

    Those come first that can change the words of most sentences, then the numbers of most; then by code.
    """
    found = []
    for voice in standing.voices:
        alone = [one.alone[voice.kind] for one in changes]
        found.append((voice, sum("words" in one for one in alone), sum("number" in one for one in alone)))
    return sorted(found, key=lambda row: (-row[1], -row[2], not row[0].silent, row[0].code))


def reminders(standing: Standing, changes: Sequence[Change]) -> str:
    """Return the members to remind as CSV: code, name, what is missing, sentences each can change."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["code", "name", "missing", "words", "number"])
    for voice, words, number in in_order(standing, changes):
        if voice.code:
            missing = "all" if voice.silent else " ".join(_sorted(standing, voice))
            writer.writerow([voice.code, guarded(voice.name), missing, words, number])
    return stream.getvalue()


def told(standing: Standing, changes: Sequence[Change], *, name: str, minimum_cell: int) -> Iterator[str]:
    """Say where a survey stands, line by line.

    Parameters
    ----------
    standing, changes
        Where the survey stands, and what could still change the draft.
    name
        Name of the report.
    minimum_cell
        Shares of fewer answers are not shown: they would tell what single members answered.
    """
    yield _head(standing, name)
    yield from (f"note: {note}" for note in standing.notes)
    yield from _members(standing, changes)
    shown = [one for one in changes if all(_n(standing, q) >= minimum_cell for q in one.questions)]
    few = [q for q in standing.questions if _share(standing, q) and _n(standing, q) < minimum_cell]
    if few:
        yield f"note: fewer than {minimum_cell} answers, so not shown: {', '.join(few)}"
    if shown:
        yield from _draft(standing, shown, [q for q in standing.questions if q not in few])


def _head(standing: Standing, name: str) -> str:
    silent = sum(voice.silent for voice in standing.voices)
    left = sum(not voice.silent for voice in standing.voices)
    told = f"{name}: {standing.answered} of {standing.asked} members have answered, {silent} not"
    return f"{told}; of the answers {left} left something open" if left and standing.named else told


def _members(standing: Standing, changes: Sequence[Change]) -> Iterator[str]:
    order = in_order(standing, changes)
    named = [row for row in order if row[0].code]
    nameless = sum(not voice.code and voice.silent for voice in standing.voices)
    if not standing.named:
        yield "note: counts do not say who has answered; put the survey tool's export in their place"
        yield f"      (answers_{standing.year}.csv, and survey_input: answers) to see it here"
        return
    if named:
        yield ""
        yield from _wrapped(
            "Whom to ask first: of how many sentences that member's answers alone can change the words, and "
            'the number; "all", or the questions that it left blank or answered "vet ej"'
        )
        yield from _table(standing, named)
    if nameless:
        yield f"and {nameless} that the register of members does not name"


def _table(standing: Standing, named: Sequence[tuple[Voice, int, int]]) -> Iterator[str]:
    year, known = str(standing.year - 1), not standing.earlier.empty
    wide = max(len("member"), *(len(voice.name) for voice, *_ in named))
    before = f"{year:<6}" if known else ""
    yield f"words number  code  {'member':<{wide}}  {before}not answered"
    there = {*standing.earlier["code"]}
    for voice, words, number in named:
        then = f"{'yes' if voice.code in there else 'no':<6}" if known else ""
        missing = "all" if voice.silent else _some(_sorted(standing, voice))
        yield f"{words:>5} {number:>6}  {voice.code:<4}  {voice.name:<{wide}}  {then}{missing}"


def _draft(standing: Standing, changes: Sequence[Change], questions: Sequence[str]) -> Iterator[str]:
    yield ""
    yield from _wrapped(
        "The draft, sentence by sentence: the fewest members whose answers can change its words, its number, "
        "and its place among its neighbours (-: no answers can; ?: more than one was not tried)"
    )
    yield "words number place"
    for question in sorted(questions, key=lambda q: _least(changes, q)):
        yield ""
        yield from _question(standing, question)
        own = [one for one in changes if one.questions[0] == question]
        yield from (line for one in own for line in _sentence(standing, one))
        if not own:
            yield f"{'':20}(in no sentence)"


def _least(changes: Sequence[Change], question: str) -> float:
    """Return the fewest answers that change the words of a sentence on a question."""
    own = (one.least.get("words") for one in changes if one.questions[0] == question)
    return min((count for count in own if count), default=float("inf"))


def _question(standing: Standing, question: str) -> Iterator[str]:
    share = _share(standing, question)
    if share is None:
        return
    low, high = (standing.book[f"{share.id}-{end}"].text for end in ("low", "high"))
    bounds = f"{low.removesuffix('%').rstrip()}-{high}"
    yield from _wrapped(
        f"{question}: {share.text}, {share.k} of {share.n}; all {standing.asked} members {bounds}"
    )
    told = _who([voice for voice in standing.voices if question in voice.open])
    yield from _wrapped(f"can still answer: {told or 'nobody'}", "  ", "    ")


def _who(voices: Sequence[Voice]) -> str:
    """Name a few members; of many, count those that have not answered at all and name the others."""
    if 0 < len(voices) <= _MOST and all(voice.name for voice in voices):
        return ", ".join(voice.name for voice in voices)
    silent = sum(voice.silent for voice in voices)
    names = [voice.name for voice in voices if voice.name and not voice.silent]
    others = len(voices) - silent - len(names)
    told = [f"{silent} that have not answered at all"] if silent else []
    told += [_some(names)] if names else []
    return " and ".join([*told, *([f"{others} that left it open"] if others else [])])


def _sentence(standing: Standing, change: Change) -> Iterator[str]:
    none = "-" if change.whole else "?"
    counts = [str(change.least.get(what, "-" if what == "place" else none)) for what in _WHATS]
    ahead = f"{counts[0]:>5} {counts[1]:>6} {counts[2]:>5}  "
    inside = " " * len(ahead)
    yield from _wrapped(change.shown, ahead, inside)
    if change.now:
        yield from _wrapped(f"today {change.now}", inside, inside)
    for then in change.then:
        yield from _wrapped(then, f"{inside}or: ", f"{inside}    ")
    if standing.named and change.least.get("words") == 1:
        able = [voice for voice in standing.voices if {*change.questions} & voice.open]
        alone = [voice for voice in standing.voices if "words" in change.alone[voice.kind]]
        yield from _wrapped(_who(alone), f"{inside}by: ", f"{inside}    ") if alone != able else ()


def _share(standing: Standing, question: str) -> Claim | None:
    return next((claim for claim in standing.book if claim.id == f"survey-{question}"), None)


def _n(standing: Standing, question: str) -> int:
    share = _share(standing, question)
    return (share.n or 0) if share else 0


def _sorted(standing: Standing, voice: Voice) -> list[str]:
    return [question for question in standing.questions if question in voice.open]


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Return a text in lines; what no-break spaces hold together stays together."""
    lines = textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    return [line.replace(swedish.NBSP, " ") for line in lines]
