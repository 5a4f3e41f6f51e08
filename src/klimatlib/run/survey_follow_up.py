"""Where a survey stands today: who has not answered, who has left questions open, what is counted so far."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

import jinja2
import pandas as pd
from jinja2 import meta

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, exact, share
from klimatlib.config import Params, Question, unfilled
from klimatlib.errors import ClaimError, InputError, Problem, UsageError
from klimatlib.files import guarded, write_whole
from klimatlib.indicators import association as survey
from klimatlib.indicators.decomposition import survey_claims, survey_sentence, survey_splits
from klimatlib.prose import linter as evidence
from klimatlib.prose import templates as sentences
from klimatlib.prose.linter import Finding, Sentence, judged, restated
from klimatlib.prose.templates import Binder, Draft
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables as schemas
from klimatlib.sources.inputs import Inputs, members_of_year
from klimatlib.sources.survey_export import (
    MISSING,
    NO,
    YES,
    counted,
    survey_answers,
    survey_counts,
    survey_file,
)
from klimatlib.sources.tables import rows

# --- klimatlib.run.survey_follow_up: Where a survey stands today: who has not answered, who has l

Kind = tuple[bool, frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Voice:
    """A member that may still answer.

    Attributes
    ----------
    code, name
        The member; empty where it is not known which one it is.
    silent
        Whether it has not answered at all.
    open
        Questions that it may still answer yes or no: all, or those left blank or answered "vet ej".
    before
        Questions that it answered yes or no in the year before: *that* it did, never what.
    """

    code: str
    name: str
    silent: bool
    open: frozenset[str]
    before: frozenset[str] = frozenset()

    @property
    def kind(self) -> Kind:
        """What decides which sentences it can change; members of a kind can change the same ones."""
        return self.silent, self.open, self.before


@dataclass(frozen=True)
class Standing:
    """A survey as it stands.

    Attributes
    ----------
    year, asked, answered
        Survey year; members asked; members that have answered, be it one question.
    questions
        The year's questions by id.
    voices
        Members that may still answer, those not known by name last.
    counts
        Columns as `schemas.SURVEY_COUNTS`.
    book
        Claims of the survey as they are today; empty until each question has been answered yes or no.
    answers, earlier
        Answers of the year and of the year before, as `schemas.SURVEY_ANSWERS`; to count, never to show.
    notes
        What must be known besides.
    """

    year: int
    asked: int
    answered: int
    questions: Mapping[str, Question]
    voices: tuple[Voice, ...]
    counts: pd.DataFrame
    book: ClaimBook = field(repr=False)
    answers: pd.DataFrame = field(repr=False)
    earlier: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether it is known who has answered."""
        return any(voice.code for voice in self.voices) or not self.answers.empty


def standing(inputs: Inputs) -> Standing:
    """Return where the year's survey stands, be it held as answers, as counts, or not opened yet.

    Raises
    ------
    InputError
        As the readers of survey, members and questions; also when more members answered than were asked.
    """
    year = inputs.project.params.year
    asked = {i: q for i, q in sources.questions(inputs).items() if str(year) in q.wording}
    if inputs.project.params.survey_input == "counts":
        return _of_counts(inputs, asked)
    now, notes = _today(inputs)
    answered, asked_members = now["code"].nunique(), inputs.project.params.survey_members
    if answered > asked_members:
        told = f"{answered} answered, but survey_members in the parameters is {asked_members}"
        raise InputError([Problem(_file(inputs), "", told)])
    before = _before(inputs)
    silent = _silent(inputs, now, asked, before)
    nameless = asked_members - answered - len(silent)
    if nameless < 0:
        more = len(silent) + answered
        notes = [*notes, f"the register lists {more} members, survey_members is {asked_members}: mend one"]
    voices = [*silent, *_left_open(inputs, now, before), *_nameless(nameless, asked)]
    return _standing(inputs, asked, voices, counted(now, asked), (now, before), answered, notes)


def _standing(
    inputs: Inputs,
    asked: Mapping[str, Question],
    voices: Iterable[Voice],
    counts: pd.DataFrame,
    both: tuple[pd.DataFrame, pd.DataFrame],
    answered: int,
    notes: Iterable[str],
) -> Standing:
    params, book = inputs.project.params, ClaimBook()
    if unanswered := sorted({*asked} - {*counts.loc[counts["n"] > 0, "question_id"]}):
        told = "all questions" if len(unanswered) == len(asked) else ", ".join(unanswered)
        notes = [*notes, f"no draft yet: nobody has answered yes or no to {told}"]
    else:
        table = survey.shares(counts, asked, members=params.survey_members)
        told, then = _file(inputs), sources.published(inputs)
        before, known = sources.previous_claims(inputs), not both[1].empty
        claims = survey.survey_claims(
            table, asked, then, params=params, source=told, earlier=before, earlier_known=known
        )
        book = ClaimBook(claims)
    size = params.survey_members
    return Standing(params.year, size, answered, asked, tuple(voices), counts, book, *both, tuple(notes))


def _of_counts(inputs: Inputs, asked: Mapping[str, Question]) -> Standing:
    """Return where a survey held as counts stands; who has answered it cannot be known."""
    counts = survey_counts(inputs)
    answered, nobody = int(counts["n"].max()), _nobody()
    silent = _nameless(inputs.project.params.survey_members - answered, asked)
    left = [
        Voice("", "", False, frozenset({str(row.question_id)}))
        for row in rows(counts)
        for _ in range(answered - int(row.n))
    ]
    return _standing(inputs, asked, [*silent, *left], counts, (nobody, nobody), answered, ())


def _today(inputs: Inputs) -> tuple[pd.DataFrame, list[str]]:
    if survey_file(inputs).is_file():
        return survey_answers(inputs), []
    return _nobody(), [f"{_file(inputs)} is not there yet: nobody has answered"]


def _before(inputs: Inputs) -> pd.DataFrame:
    year = inputs.project.params.year - 1
    there = survey_file(inputs, year).is_file()
    return survey_answers(inputs, year) if there else _nobody()


def _silent(inputs: Inputs, now: pd.DataFrame, asked: Iterable[str], last: pd.DataFrame) -> list[Voice]:
    there, every, before = {*now["code"]}, frozenset(asked), _questions(last, missing=False)
    known = _member_names(inputs)
    return [
        Voice(code, name, True, every, before.get(code, frozenset()))
        for code, name in sorted(known.items())
        if code not in there
    ]


def _member_names(inputs: Inputs) -> dict[str, str]:
    of_year = members_of_year(sources.members(inputs), inputs.project.params.year)
    return dict(zip(of_year["code"], of_year["name"], strict=True))


def _left_open(inputs: Inputs, now: pd.DataFrame, last: pd.DataFrame) -> list[Voice]:
    known = _member_names(inputs)
    before = _questions(last, missing=False)
    return [
        Voice(code, known[code], False, left, before.get(code, frozenset()))
        for code, left in sorted(_questions(now, missing=True).items())
    ]


def _nameless(count: int, asked: Iterable[str]) -> list[Voice]:
    return [Voice("", "", True, frozenset(asked))] * count


def _questions(answers: pd.DataFrame, *, missing: bool) -> dict[str, frozenset[str]]:
    """Return each member's questions without a yes or no, or with one."""
    chosen = answers[(answers["counts_as"] == MISSING) == missing]
    return {str(code): frozenset(ids) for code, ids in chosen.groupby("code")["question_id"]}


def _nobody() -> pd.DataFrame:
    return pd.DataFrame(columns=list(schemas.SURVEY_ANSWERS.schema.columns), dtype="str")


def _file(inputs: Inputs) -> str:
    return inputs.project.relative(survey_file(inputs))


# --- klimatlib.run.survey_follow_up: What could still change a sentence: the fewest answers that

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


# --- klimatlib.run.survey_follow_up: The sentences of the draft that rest on a question's answers

_NAMED = re.compile(r"""\b(?:claim|about)\(["']([a-z0-9-]+)["']""")
_SYNTAX = jinja2.Environment(comment_start_string="{##", comment_end_string="##}", autoescape=False)
_GAP = "…"


@dataclass(frozen=True)
class Line:
    """One sentence of the draft.

    Attributes
    ----------
    file
        The text that prints it.
    shown
        The sentence as it reads today.
    questions
        Questions whose answers it rests on.
    numbers
        Claims whose numbers stand in it.
    words
        Book to what it says: the words that klimatlib writes, or the rules of the linter that written words
        break. With the same words it says the same.
    place
        Book to its place among those that klimatlib composes for a theme; it may begin otherwise there.
    then
        Book to what is told of it under other answers.
    """

    file: str
    shown: str
    questions: tuple[str, ...]
    numbers: tuple[str, ...]
    words: Callable[[ClaimBook], str]
    place: Callable[[ClaimBook], int]
    then: Callable[[ClaimBook], str]


def lines(inputs: Inputs, questions: Mapping[str, Question], book: ClaimBook) -> tuple[list[Line], list[str]]:
    """Return the sentences of the draft on the survey's questions, and what of the texts could not be read.

    Parameters
    ----------
    inputs
        The report's inputs. Its texts are read even while something in them is to be filled in.
    questions
        The year's questions.
    book
        Claims of the survey as they are today.
    """
    found = list[Line]()
    facts, notes = _facts(inputs)
    for path in sorted((inputs.project.data / "texts").glob("*.md")):
        source, file = (
            inputs.read(path, draft=True).decode("utf-8", errors="replace"),
            inputs.project.relative(path),
        )
        try:
            found += _of_text(source, file, inputs.project.params, facts, questions, book)
        except (InputError, ClaimError) as error:
            told = str(error).splitlines()[0].removeprefix(f"{file}: ")
            notes.append(f"not followed: {file}: {told}")
    return found, notes


def _facts(inputs: Inputs) -> tuple[dict[str, Any], list[str]]:
    """Return the facts of the year, or none while they are still to be filled in."""
    try:
        return sources.facts(inputs), []
    except InputError:
        file = inputs.project.relative(inputs.project.data / "facts.yml")
        return {}, [f"{file} cannot be used yet; klimatlib check {inputs.project.name} says why"]


def _of_text(
    source: str,
    file: str,
    params: Params,
    facts: Mapping[str, Any],
    questions: Mapping[str, Question],
    book: ClaimBook,
) -> Iterator[Line]:
    """Return a text's sentences on questions; what other chapters put into it stands as a gap."""
    if "survey" not in source:
        return
    themes: list[str] = []
    extra = {
        **dict.fromkeys(_undeclared(source, file), _GAP),
        "params": params,
        "why": (),
        "survey_theme": themes.append,
    }
    whole = ClaimBook([*_elsewhere(source, book, params.year)]).revised(book)
    for sentence in Binder(facts, whole, params.year, "", extra).sentences(source, file=file):
        yield from _written(sentence, book, file)
    for theme in themes:
        yield from _composed(theme, questions, book, file)


def _undeclared(source: str, file: str) -> set[str]:
    """Return the names that a text takes from its notebook."""
    try:
        return meta.find_undeclared_variables(_SYNTAX.parse(source))
    except jinja2.TemplateSyntaxError as error:
        raise InputError([Problem(file, f"line {error.lineno}", str(error.message))]) from None


def _elsewhere(source: str, book: ClaimBook, year: int) -> Iterator[Claim]:
    """Return stand-ins for the claims of other chapters; a misspelt name of the survey's gets none."""
    for name in sorted({*_NAMED.findall(source)} - {claim.id for claim in book}):
        if not name.startswith("survey-"):
            yield Claim(
                name, year, exact(0), "count", _GAP, "fact", data_year=year, definition=_GAP, source=_GAP
            )


def _written(sentence: Sentence, book: ClaimBook, file: str) -> Iterator[Line]:
    """Return a sentence that somebody wrote, if it speaks of a question."""
    own = tuple(mention for mention in sentence.mentions if _question(mention.claim, book))
    if not own:
        return
    spoken = replace(sentence, mentions=own)

    def findings(other: ClaimBook) -> list[Finding]:
        return list(judged(restated(spoken, other), other))

    def then(other: ClaimBook) -> str:
        told = "; ".join(one.text.split("; write")[0] for one in findings(other))
        return f"not true: {told}" if told else "true"

    yield Line(
        file,
        _plain(sentence.text),
        tuple(dict.fromkeys(_question(mention.claim, book) for mention in own)),
        tuple(mention.claim.id for mention in own),
        lambda other: " ".join(one.rule for one in findings(other)),
        lambda other: 0,
        then,
    )


def _question(claim: Claim, book: ClaimBook) -> str:
    """Return the question that a claim is a share or a bound of, or nothing."""
    if claim.id not in book or claim.kind not in ("share", "bound"):
        return ""
    asked = book.select(kind="share", measure=claim.measure, role="main", denominator="respondents")
    return claim.measure if any(evidence.is_answer(share) for share in asked) else ""


def _composed(theme: str, questions: Mapping[str, Question], book: ClaimBook, file: str) -> Iterator[Line]:
    """Return the sentences that klimatlib composes for a theme, those on how many answered left out."""
    asked = [question for question in questions.values() if question.theme == theme]
    for template in sentences.themes(questions, book)(theme).split("\n"):
        named = [question for question in asked if f'("survey-{question.id}")' in template]
        if named and f'claim("survey-{named[0].id}")' in template:
            yield _share(named[0], asked, template, book, file)
        elif named and ".previous_year" in template:
            yield _compared(named[0], template, book, file)


def _share(question: Question, asked: list[Question], template: str, book: ClaimBook, file: str) -> Line:
    ahead = f"survey-{question.id}"

    def words(other: ClaimBook) -> str:
        return sentences.paragraph([question], other).split("\n")[0]

    def place(other: ClaimBook) -> int:
        order = _NAMED.findall(sentences.paragraph(asked, other))
        return list(dict.fromkeys(i for i in order if other[i].role != "previous")).index(ahead)

    return Line(
        file, filled(template, book), (question.id,), (ahead,), words, place, lambda b: filled(words(b), b)
    )


def _compared(question: Question, template: str, book: ClaimBook, file: str) -> Line:
    def words(other: ClaimBook) -> str:
        return sentences.compared(question, other)

    return Line(
        file, filled(template, book), (question.id,), (), words, lambda b: 0, lambda b: filled(words(b), b)
    )


def filled(template: str, book: ClaimBook) -> str:
    """Return what klimatlib composed with its numbers, as plain text."""
    found = Binder({}, book, 0, "", {"draft": Draft(template)}).sentences("{{ draft }}", file="draft")
    return " ".join(_plain(sentence.text) for sentence in found)


def _plain(text: str) -> str:
    return re.sub(r"[ \t\n]+", " ", text).strip()


# --- klimatlib.run.survey_follow_up: The draft's sentences on why shares changed, which rest on t

_PANEL_NAMED = re.compile(r'claim\("([a-z0-9-]+)"\)')
Told = tuple[str, ClaimBook]


def panel_changes(standing: Standing, *, params: Params, file: str) -> Iterator[Change]:
    """Yield what could still change the sentences on why a share changed, one answer at a time.

    A member that answered the question last year makes the panel one larger, whatever it says. What it said
    then is not told apart: members of a kind are tried one by one, and share what any of them can change.

    Parameters
    ----------
    standing
        Where the survey stands.
    params
        The report's parameters.
    file
        The text that prints the sentences.
    """
    for question in standing.questions.values():
        if (now := _told(standing, question, params, standing.answers)) is not None:
            alone: dict[Kind, frozenset[What]] = {}
            for voice in standing.voices:
                found = frozenset(_changed(now, standing, question, params, voice))
                alone[voice.kind] = alone.get(voice.kind, frozenset()) | found
            least: dict[What, int] = {what: 1 for found in alone.values() for what in sorted(found)}
            yield Change(filled(*now), file, (question.id,), least, False, "", (), alone)


def _changed(
    now: Told, standing: Standing, question: Question, params: Params, voice: Voice
) -> Iterator[What]:
    """Yield what of the sentences a member's yes or no to the question changes."""
    for said in (YES, NO) if question.id in voice.open else ():
        then = _told(standing, question, params, _with(standing.answers, voice.code, question.id, said))
        if then is None or then[0] != now[0]:
            yield "words"
        if then is None or _numbers(then) != _numbers(now):
            yield "number"


def _told(standing: Standing, question: Question, params: Params, answers: pd.DataFrame) -> Told | None:
    """Return the sentences on a question with the claims in them; None where there are none."""
    before, now = (frame[frame["question_id"] == question.id] for frame in (standing.earlier, answers))
    asked = {question.id: question}
    why = survey_splits(before, now, asked, years=params.survey_years, minimum_cell=params.minimum_cell)
    if not why:
        return None
    claims = survey_claims(why, before, now, asked, params=params, source="–")
    return survey_sentence(why[question.id], question), ClaimBook(claims)


def _numbers(told: Told) -> list[str]:
    return [told[1][claim].text for claim in _PANEL_NAMED.findall(told[0])]


def _with(answers: pd.DataFrame, code: str, question: str, said: str) -> pd.DataFrame:
    own = (answers["code"] == code) & (answers["question_id"] == question)
    row = pd.DataFrame([[code, question, said, said]], columns=["code", "question_id", "answer", "counts_as"])
    return pd.concat([answers[~own], row.astype("str")], ignore_index=True)


# --- klimatlib.run.survey_follow_up: What is said of a survey in the terminal, and the members to

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
    few = [q for q in standing.questions if _told_share(standing, q) and _n(standing, q) < minimum_cell]
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
        yield from _told_question(standing, question)
        own = [one for one in changes if one.questions[0] == question]
        yield from (line for one in own for line in _sentence(standing, one))
        if not own:
            yield f"{'':20}(in no sentence)"


def _least(changes: Sequence[Change], question: str) -> float:
    """Return the fewest answers that change the words of a sentence on a question."""
    own = (one.least.get("words") for one in changes if one.questions[0] == question)
    return min((count for count in own if count), default=float("inf"))


def _told_question(standing: Standing, question: str) -> Iterator[str]:
    share = _told_share(standing, question)
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


def _told_share(standing: Standing, question: str) -> Claim | None:
    return next(iter(standing.book.select(kind="share", measure=question, role="main")), None)


def _n(standing: Standing, question: str) -> int:
    share = _told_share(standing, question)
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


# --- klimatlib.run.survey_follow_up: While the survey is open: who has not answered, and what of

__all__ = ["Change", "Standing", "follow", "opened", "standing", "still_open"]


_OWN = ("survey_", "minimum_cell", "year:")


def opened(params_file: str | Path, *, start: Path | None = None) -> Inputs:
    """Open a year whose survey is out: of its parameters only those on the survey must be filled in.

    Parameters
    ----------
    params_file
        Path of the parameter file, relative to the project's folder.
    start
        Folder to look from; the current one by default.

    Raises
    ------
    InputError
        What is wrong with the parameters, or still to be filled in on the survey.
    """
    inputs = Inputs.open(params_file, start=start, draft=True)
    text = inputs.read(inputs.project.params_path).decode("utf-8")
    own = "\n".join(line if line.startswith(_OWN) else "" for line in text.split("\n"))
    if problems := unfilled(own, file=str(params_file)):
        raise InputError(problems)
    return inputs


def follow(inputs: Inputs, *, out: Path | None = None) -> Iterator[str]:
    """Say where the year's survey stands, line by line; for the analyst's own terminal.

    It says who has not answered, and never what anybody has. A share of fewer answers than the year's
    ``minimum_cell`` is not shown.

    Parameters
    ----------
    inputs
        The report's inputs; the survey's file need not be there yet.
    out
        Where to write the members to remind, as CSV; must not be there yet.

    Raises
    ------
    InputError
        What is wrong with the survey, the register, the questions or last year's answers.
    UsageError
        When ``out`` is there already, or the survey does not say who answered.
    """
    now = standing(inputs)
    if out:
        _check(out, now)
    changes, notes = still_open(inputs, now)
    if out:
        write_whole(out, reminders(now, changes), private=True)
    params = inputs.project.params
    yield from told(now, changes, name=inputs.project.name, minimum_cell=params.minimum_cell)
    yield from (f"note: {note}" for note in notes)
    if out:
        yield f"written: {out}"


def still_open(inputs: Inputs, now: Standing) -> tuple[list[Change], list[str]]:
    """Return what could still change each of the draft's sentences, and which texts could not be read.

    Parameters
    ----------
    inputs
        The report's inputs.
    now
        Where its survey stands.
    """
    if not len(now.book):
        return [], []
    found, notes = lines(inputs, now.questions, now.book)
    file = inputs.project.relative(inputs.project.data / "texts" / "survey_why.md")
    panel = panel_changes(now, params=inputs.project.params, file=file)
    return [*(change(line, now) for line in found), *panel], notes


def _check(out: Path, now: Standing) -> None:
    if out.exists():
        raise UsageError(f"{out}: is there already; give another name or remove it")
    if not out.parent.is_dir():
        raise InputError([Problem(str(out), "", "its folder is not there; make it first")])
    if not now.named:
        raise UsageError("counts do not say who has answered; there is nobody to list")
