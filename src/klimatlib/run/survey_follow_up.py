"""Where a survey stands while it is open: who has not answered, and what more answers could still change.

For the analyst's own terminal: it says who has not answered, and never what anybody has. `follow` says all of
it; `status` tells where the survey stands, `draft_sentences` what the draft says of it, and `sensitivity` by
how few answers a sentence can still change.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, product
from pathlib import Path
from typing import Any, Literal

import jinja2
import pandas as pd
from jinja2 import meta

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, Role, exact, printed_value, share
from klimatlib.config import Question, Questions, find_todos
from klimatlib.errors import ClaimError, InputError, Problem, UsageError, few
from klimatlib.files import atomic_write, read_file, to_csv
from klimatlib.indicators import association, decomposition, member_test
from klimatlib.prose.rules import Reason, Rules
from klimatlib.prose.statements import Statement, judged, restated
from klimatlib.prose.templates import TEMPLATES, Binder, Composed, Draft, compared, composed, of_theme
from klimatlib.sources import inputs as sources
from klimatlib.sources import survey_export
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import SURVEY_ANSWERS, rows

Facet = Literal["words", "number", "place"]
Group = tuple[bool, frozenset[str], frozenset[str]]
Added = Mapping[str, tuple[int, int]]
"""Question to the answers that come in: yes, no."""


def open_survey(params_file: str) -> Inputs:
    """Open a year whose survey is out: of its parameters only those on the survey must be filled in.

    InputError: what is wrong with the parameters, or still to be filled in on the survey.
    """
    inputs = Inputs.open(params_file, draft=True)
    text = inputs.read(inputs.project.params_path).decode("utf-8")
    needed = ("survey_", "minimum_cell", "year:")
    others_blank = "\n".join(line if line.startswith(needed) else "" for line in text.split("\n"))
    if problems := find_todos(others_blank, file=params_file):
        raise InputError(problems)
    return inputs


def follow(inputs: Inputs, *, out: Path | None = None) -> Iterator[str]:
    """Say where the year's survey stands, line by line.

    A share of fewer answers than the year's ``minimum_cell`` is not shown. The survey's file need not be
    there yet. To ``out``, which must not be there, the members to remind are written as CSV, with what is
    missing and how many sentences each can change.

    InputError, UsageError: what is wrong with survey, register, questions or last year's answers, or with
    ``out``.
    """
    current = status(inputs)
    if out and out.exists():
        raise UsageError(f"{out}: is there already; give another name or remove it")
    if out and not out.parent.is_dir():
        raise InputError([Problem(str(out), "", "its folder is not there; make it first")])
    if out and not current.named:
        raise UsageError("counts do not say who has answered; there is nobody to list")
    sensitivities, notes = sensitivities_of(inputs, current)
    reminders = _in_order(current, sensitivities)
    if out:
        columns = ["code", "name", "missing", "words", "number"]
        lines = [
            (member.code, member.name, "all" if member.silent else " ".join(questions), words, number)
            for member, questions, words, number in reminders
        ]
        atomic_write(out, to_csv(pd.DataFrame(lines, columns=columns)), private=True)
    silent = sum(member.silent for member in current.pending)
    left_open = len(current.pending) - silent
    head = f"{inputs.project.name}: {current.answered} of {current.asked} members have answered, {silent} not"
    yield f"{head}; of the answers {left_open} left something open" if left_open and current.named else head
    yield from (f"note: {note}" for note in current.notes)
    yield from _whom_to_ask(current, reminders)
    yield from _test_so_far(inputs)
    answers = {q: _share(q, current.book).n or 0 for q in current.questions} if len(current.book) else {}
    minimum_cell = inputs.project.params.minimum_cell
    # Shares of fewer answers would tell what single members answered.
    if few := [question for question, n in answers.items() if n < minimum_cell]:
        yield f"note: fewer than {minimum_cell} answers, so not shown: {', '.join(few)}"
    if publishable := [each for each in sensitivities if not {*each.sentence.questions} & {*few}]:
        yield from _draft(current, publishable, [question for question in answers if question not in few])
    yield from (f"note: {note}" for note in notes)
    if out:
        yield f"written: {out}"


# Where the survey stands.


@dataclass(frozen=True)
class PendingMember:
    """A member that may still answer."""

    code: str  # empty, as is its name, where it is not known which member it is
    name: str
    silent: bool  # whether it has not answered at all
    open: frozenset[str]  # what it may still answer yes or no: all, or what it left blank or said "vet ej" to
    before: frozenset[str] = frozenset()  # what it answered yes or no the year before: *that* it did

    @property
    def group(self) -> Group:
        """What decides which sentences it can change; the members of a group can change the same ones."""
        return self.silent, self.open, self.before


@dataclass(frozen=True)
class Status:
    """A survey as it stands; answers as `tables.SURVEY_ANSWERS`, to count and never to show."""

    year: int
    asked: int  # members
    answered: int  # members that have answered, be it one question
    questions: Mapping[str, Question]  # of the year, by id
    pending: Sequence[PendingMember]  # those not known by name last
    book: ClaimBook = field(repr=False)  # claims of today; empty until each question has a yes or a no
    answers: pd.DataFrame = field(repr=False)
    earlier: pd.DataFrame = field(repr=False)  # answers of the year before
    notes: Sequence[str] = ()
    _claims: dict[tuple[str, int, int], list[Claim]] = field(default_factory=dict, repr=False)

    @property
    def named(self) -> bool:
        """Whether it is known who has answered."""
        return any(member.code for member in self.pending) or not self.answers.empty

    def of_one(self, member: PendingMember, asked: Iterable[str]) -> Iterator[Added]:
        """Yield what a member can answer: anything to the sentence's questions, one thing to all others.

        The others matter only for which share is the largest; there the ends are enough.
        """
        own = [question for question in asked if question in member.open]
        others = sorted(member.open - {*own})
        for *to_own, to_others in product((None, (1, 0), (0, 1)), repeat=len(own) + 1):
            answers = {**dict(zip(own, to_own, strict=True)), **dict.fromkeys(others, to_others)}
            if added := {question: answer for question, answer in answers.items() if answer}:
                yield added

    def of_several(self, count: int, question: str) -> Iterator[Added]:
        """Yield what so many members can answer that fewer cannot."""
        room = Counter(question for member in self.pending for question in member.open)
        most = min(count, room[question])
        if most == count:
            yield from ({question: (yes, count - yes)} for yes in range(count, -1, -1))
        for own, (yes, no) in product(((most, 0), (0, most)), ((1, 0), (0, 1))):
            others = {q: (yes * min(count, n), no * min(count, n)) for q, n in room.items()}
            yield {**others, question: own}

    def with_more(self, added: Added) -> ClaimBook:
        """Return the claims with more answers: each share, and its bounds over all members."""
        counts = ((question, yes, no) for question, (yes, no) in added.items())
        return self.book.revised(chain.from_iterable(self._claims_on(*count) for count in counts))

    def _claims_on(self, question: str, yes: int, no: int) -> list[Claim]:
        key = (question, yes, no)
        if key not in self._claims:
            main = _share(question, self.book)
            k, n = (main.k or 0) + yes, (main.n or 0) + yes + no
            size = max(main.members or 0, n)
            wholes: dict[Role, tuple[int, int]] = {
                "main": (k, n),
                "low": (k, size),
                "high": (k + size - n, size),
            }
            for role, (part, whole) in wholes.items():
                claim, value = _share(question, self.book, role), share(part, whole)
                asked = claim.members if role == "main" else size  # a bound is of all that were asked
                text = swedish.percent(value)
                moved = replace(claim, k=part, n=n, members=asked, value=exact(value), text=text)
                self._claims.setdefault(key, []).append(moved)
        return self._claims[key]


def status(inputs: Inputs) -> Status:
    """Return where the year's survey stands, be it held as answers, as counts, or not opened yet.

    InputError: as the readers of survey, members and questions; also when more members answered than were
    asked.
    """
    params, size, notes = inputs.project.params, inputs.project.params.survey_members, list[str]()
    year, file = str(params.year), inputs.project.relative(survey_export.survey_file(inputs))
    asked = {i: question for i, question in sources.questions(inputs).items() if year in question.wording}
    answers = earlier = SURVEY_ANSWERS.without_rows()
    if params.survey_input == "counts":
        counts = survey_export.survey_counts(inputs)
        answered = int(counts["n"].max())
        left_open = {str(row.question_id): answered - int(row.n) for row in rows(counts)}
        pending = [PendingMember("", "", False, frozenset({q})) for q in Counter(left_open).elements()]
    else:
        if survey_export.survey_file(inputs).is_file():
            answers = survey_export.survey_answers(inputs)
        else:
            notes.append(f"{file} is not there yet: nobody has answered")
        if survey_export.survey_file(inputs, params.year - 1).is_file():
            earlier = survey_export.survey_answers(inputs, params.year - 1)
        answered, counts = answers["code"].nunique(), survey_export.answer_counts(answers, asked)
        pending = _pending_by_name(inputs, answers, earlier, asked)
    if answered > size:
        message = f"{answered} answered, but survey_members in the parameters is {size}"
        raise InputError([Problem(file, "", message)])
    nameless = size - answered - sum(member.silent for member in pending)
    if nameless < 0:
        notes.append(f"the register lists {size - nameless} members, survey_members is {size}: mend one")
    pending += [PendingMember("", "", True, frozenset(asked))] * nameless
    claims = list[Claim]()
    if unanswered := sorted({*asked} - {*counts.loc[counts["n"] > 0, "question_id"]}):
        which = "all questions" if len(unanswered) == len(asked) else ", ".join(unanswered)
        notes.append(f"no draft yet: nobody has answered yes or no to {which}")
    else:
        table, before = association.shares(counts, asked, members=size), sources.previous_claims(inputs)
        claims = association.survey_claims(
            table, asked, sources.published(inputs), params=params, source=file, earlier=before,
            earlier_known=not earlier.empty,
        )  # fmt: skip
    return Status(params.year, size, answered, asked, pending, ClaimBook(claims), answers, earlier, notes)


def _pending_by_name(
    inputs: Inputs, answers: pd.DataFrame, earlier: pd.DataFrame, asked: Iterable[str]
) -> list[PendingMember]:
    """Return the members of the register that have not answered at all, then those that left something."""
    register = sources.members_of_year(sources.members(inputs), inputs.project.params.year)
    names = dict(zip(register["code"], register["name"], strict=True))

    def by_member(chosen: pd.DataFrame) -> dict[str, frozenset[str]]:
        return {str(code): frozenset(ids) for code, ids in chosen.groupby("code")["question_id"]}

    before = by_member(earlier[earlier["counts_as"] != survey_export.MISSING])
    silent = dict.fromkeys(names.keys() - {*answers["code"]}, frozenset(asked))
    may_answer = silent | by_member(answers[answers["counts_as"] == survey_export.MISSING])
    pending = [
        PendingMember(code, names[code], code in silent, questions, before.get(code, frozenset()))
        for code, questions in may_answer.items()
    ]
    return sorted(pending, key=lambda member: (not member.silent, member.code))


# By how few answers a sentence of the draft can still change.

_MOST_ALTERNATIVES = 2


@dataclass(frozen=True)
class DraftSentence:
    """One sentence of the draft, and what may change in it, each read from a book of claims.

    Its words: those that klimatlib writes, or the rules of the linter that written words break. Its number as
    printed. Its place among the sentences of its theme that klimatlib composes; it may begin otherwise there.
    """

    text: str  # as it reads today
    questions: tuple[str, ...]  # whose answers it rests on
    facets: Mapping[Facet, Callable[[ClaimBook], object]] = field(default_factory=dict)
    reads: Callable[[ClaimBook], str] = lambda _: ""  # what it would say, or that it would not be true
    false_today: str = ""  # that it is not true today, if so


@dataclass(frozen=True)
class Sensitivity:
    """What could still change a sentence of the draft."""

    sentence: DraftSentence
    least: Mapping[Facet, int]  # to the fewest answers that change it; what no answers can is not there
    alone: Mapping[Group, frozenset[Facet]]  # what a member of a group can change by its own answers
    several_tried: bool  # whether more than one answer at a time was; else what `least` lacks is not known
    alternatives: tuple[str, ...] = ()  # what it would say with so few answers, or that it would not be true


def sensitivities_of(inputs: Inputs, current: Status) -> tuple[list[Sensitivity], list[str]]:
    """Return what could still change each of the draft's sentences, and which texts could not be read."""
    if not len(current.book):
        return [], []
    sentences, notes = draft_sentences(inputs, current)
    return [*(sensitivity(sentence, current) for sentence in sentences), *_panel(inputs, current)], notes


def sensitivity(sentence: DraftSentence, current: Status) -> Sensitivity:
    """Return what could still change a sentence of the draft."""
    facets, asked = sentence.facets, sentence.questions
    today = {facet: read(current.book) for facet, read in facets.items()}

    def changed(tried: Iterable[Added]) -> frozenset[Facet]:
        changes = set[Facet]()
        for book in map(current.with_more, tried):
            changes |= {f for f, read in facets.items() if f not in changes and read(book) != today[f]}
            if len(changes) == len(facets):
                break
        return frozenset(changes)

    groups = {member.group: member for member in current.pending}  # whose members can change the same
    alone = {group: changed(current.of_one(member, asked)) for group, member in groups.items()}
    least = {facet: 1 for changes in alone.values() for facet in sorted(changes)}
    several_tried = len(asked) == 1
    for count in range(2, len(current.pending) + 1 if several_tried else 0):
        if len(least) == len(facets):
            break
        for facet in sorted(changed(current.of_several(count, asked[0]))):
            least.setdefault(facet, count)
    fewest = least.get("words", 0)
    tried = chain(*(current.of_one(member, asked) for member in groups.values()))
    if fewest > 1:
        tried = chain(current.of_several(fewest, asked[0]))
    alternatives = dict[object, str]()
    for book in map(current.with_more, tried if fewest else ()):
        if (words := facets["words"](book)) != today["words"]:
            alternatives.setdefault(words, sentence.reads(book))
        if len(alternatives) == _MOST_ALTERNATIVES:
            break
    return Sensitivity(sentence, least, alone, several_tried, tuple(alternatives.values()))


def _panel(inputs: Inputs, current: Status) -> Iterator[Sensitivity]:
    """Yield what could still change the sentences on why a share changed, one answer at a time.

    A member that answered the question last year makes the panel one larger, whatever it says. What it said
    then is not told apart: members of a group are tried one by one, and share what any of them can change.
    """
    params, answers = inputs.project.params, current.answers

    def explained(question: Question, answers: pd.DataFrame) -> tuple[str, ClaimBook, list[str]] | None:
        """Return the sentences on a question, their claims and numbers; None where there are none."""
        before, after = (frame[frame["question_id"] == question.id] for frame in (current.earlier, answers))
        asked, limits = {question.id: question}, {"minimum_cell": params.minimum_cell}
        splits = decomposition.survey_splits(before, after, asked, years=params.survey_years, **limits)
        if not splits:
            return None
        claims = decomposition.survey_claims(splits, before, after, asked, params=params, source="–")
        words, book = decomposition.survey_sentence(splits[question.id], question), ClaimBook(claims)
        return words, book, [book[name].text for name in _NAMED.findall(words)]

    for question in current.questions.values():
        if (today := explained(question, answers)) is None:
            continue
        alone = dict[Group, frozenset[Facet]]()
        for member in current.pending:
            changes = set[Facet]()
            for answer in (survey_export.YES, survey_export.NO) if question.id in member.open else ():
                own = (answers["code"] == member.code) & (answers["question_id"] == question.id)
                row = pd.DataFrame([(member.code, question.id, answer, answer)], columns=answers.columns)
                words, _, numbers = explained(question, pd.concat([answers[~own], row])) or ("", None, [])
                changes |= {"words"} if words != today[0] else set()
                changes |= {"number"} if numbers != today[2] else set()
            alone[member.group] = alone.get(member.group, frozenset()) | changes
        least = {facet: 1 for changes in alone.values() for facet in sorted(changes)}
        sentence = DraftSentence(_filled(today[0], today[1]), (question.id,))
        yield Sensitivity(sentence, least, alone, several_tried=False)


# The sentences of the draft that rest on the survey.

_NAMED = re.compile(r"""\b(?:claim|about)\(["']([a-z0-9-]+)["']""")
_GAP = "…"


def draft_sentences(inputs: Inputs, current: Status) -> tuple[list[DraftSentence], list[str]]:
    """Return the sentences of the draft on the survey's questions, and which texts could not be read."""
    project, sentences, notes = inputs.project, list[DraftSentence](), list[str]()
    facts: Mapping[str, Any] = {}
    try:
        facts = sources.facts(inputs)
    except InputError:
        file = project.relative(project.data / "facts.yml")
        notes.append(f"{file} cannot be used yet; klimatlib check {project.name} says why")
    for path in sorted((project.data / "texts").glob("*.md")):
        file = project.relative(path)
        source = inputs.read(path, draft=True).decode("utf-8", errors="replace")
        if "survey" not in source:  # neither a claim of the survey nor a theme of it
            continue
        try:
            sentences += _of_text(source, file, inputs, facts, current)
        except (InputError, ClaimError) as error:
            message = str(error).splitlines()[0].removeprefix(f"{file}: ")
            notes.append(f"not followed: {file}: {message}")
    return sentences, notes


def _of_text(
    source: str, file: str, inputs: Inputs, facts: Mapping[str, Any], current: Status
) -> Iterator[DraftSentence]:
    """Yield a text's sentences on questions; what other chapters put into it stands as a gap."""
    params, book, themes = inputs.project.params, current.book, list[str]()
    try:
        from_notebook = meta.find_undeclared_variables(TEMPLATES.parse(source))
    except jinja2.TemplateSyntaxError as error:
        raise InputError([Problem(file, f"line {error.lineno}", str(error.message))]) from None

    def survey_theme(theme: str) -> str:
        of_theme(theme, current.questions, book)  # refuses one that is not there, with its line
        themes.append(theme)
        return ""

    names = {**dict.fromkeys(from_notebook, _GAP), "params": params, "why": (), "survey_theme": survey_theme}
    # A name with the survey's prefix that no claim of the survey has is misspelt: it gets no stand-in.
    elsewhere = sorted(i for i in {*_NAMED.findall(source)} if i not in book and not i.startswith("survey-"))
    stand_ins = [
        Claim(i, params.year, exact(0), "", _GAP, "fact", data_year=params.year, definition=_GAP, source=_GAP)
        for i in elsewhere
    ]
    words = sources.guard_words(inputs)
    binder = Binder(facts, ClaimBook(stand_ins).revised(book), params.year, "", names, words)
    statements = binder.statements(source, file=file)
    rules = binder.rules
    for statement in statements:
        yield from _written(statement, current, rules)
    for theme in themes:
        asked = [question for question in current.questions.values() if question.theme == theme]
        for sentence in of_theme(theme, current.questions, book):
            if sentence.part in ("share", "compared"):
                yield _composed(sentence, asked, book)


def _written(sentence: Statement, current: Status, rules: Rules) -> Iterator[DraftSentence]:
    """Yield a sentence that somebody wrote, if it speaks of a question's share or its bounds."""
    kinds, mentions = ("share", "bound"), sentence.mentions
    mentions = tuple(m for m in mentions if m.claim.kind in kinds and m.claim.measure in current.questions)
    if not mentions:
        return
    on_questions = replace(sentence, mentions=mentions)

    def broken_rules(book: ClaimBook) -> list[Reason]:
        reasons = judged(restated(on_questions, book), replace(rules, book=book)).reasons
        return [reason for reason in reasons if reason.decision == "false"]

    def reads(book: ClaimBook) -> str:
        broken = "; ".join(reason.text.partition("; write")[0] for reason in broken_rules(book))
        return f"not true: {broken}" if broken else "true"

    facets: dict[Facet, Callable[[ClaimBook], object]] = {
        "words": lambda book: " ".join(reason.rule for reason in broken_rules(book)),
        "number": lambda book: [book[mention.claim.id].text for mention in mentions],
    }
    asked = tuple(dict.fromkeys(mention.claim.measure for mention in mentions))
    false_today = reads(current.book) if broken_rules(current.book) else ""
    yield DraftSentence(_plain(sentence.text), asked, facets, reads, false_today)


def _composed(sentence: Composed, asked: Sequence[Question], today: ClaimBook) -> DraftSentence:
    """Return a composed sentence: a question's share, or its comparison with an earlier year."""
    question, is_share = sentence.question, sentence.part == "share"

    def words(book: ClaimBook) -> str:
        return composed([question], book)[0].text if is_share else compared(question, book)

    def place(book: ClaimBook) -> int:
        shares = [other.question.id for other in composed(asked, book) if other.part == "share"]
        return shares.index(question.id)

    facets: dict[Facet, Callable[[ClaimBook], object]] = {"words": words}
    if is_share:
        facets |= {"number": lambda book: _share(question.id, book).text, "place": place}
    text = _filled(sentence.text, today)
    return DraftSentence(text, (question.id,), facets, lambda book: _filled(words(book), book))


def _share(question: str, book: ClaimBook, role: Role = "main") -> Claim:
    """Return a question's share of those that answered, or one of its bounds over all members."""
    return book.find(kind="share" if role == "main" else "bound", measure=question, role=role)


def _filled(template: str, book: ClaimBook) -> str:
    """Return what klimatlib composed with its numbers, as plain text."""
    sentences = Binder({}, book, 0, "", {"draft": Draft(template)}).statements("{{ draft }}", file="draft")
    return " ".join(_plain(sentence.text) for sentence in sentences)


def _plain(text: str) -> str:
    return re.sub(r"[ \t\n]+", " ", text).strip()


# What is said of it in the terminal, and the members to remind.

_WIDTH = 96
_MOST_NAMED = 6


_Reminder = tuple[PendingMember, Sequence[str], int, int]
"""A named member, its open questions, and of how many sentences it alone can change words and number."""


def _in_order(current: Status, sensitivities: Sequence[Sensitivity]) -> list[_Reminder]:
    """Return whom to remind: first who can change the words of most sentences, then the numbers of most."""
    reminders = []
    for member in (member for member in current.pending if member.code):
        alone = Counter(facet for each in sensitivities for facet in each.alone[member.group])
        left_open = [question for question in current.questions if question in member.open]
        reminders.append((member, left_open, alone["words"], alone["number"]))
    return sorted(reminders, key=lambda reminder: (-reminder[2], -reminder[3]))


def _whom_to_ask(current: Status, reminders: Sequence[_Reminder]) -> Iterator[str]:
    if not current.named:
        yield "note: counts do not say who has answered; put the survey tool's export in their place"
        yield f"      (answers_{current.year}.csv, and survey_input: answers) to see it here"
        return
    if reminders:
        yield ""
        head = "Whom to ask first: of how many sentences that member's answers alone can change the words, "
        head += 'and the number; "all", or the questions that it left blank or answered "vet ej"'
        yield from _wrapped(head)
        width = max(len("member"), *(len(member.name) for member, *_ in reminders))
        answered_before = dict.fromkeys(current.earlier["code"], "yes")
        year = f"{current.year - 1:<6}" if answered_before else ""
        yield f"words number  code  {'member':<{width}}  {year}not answered"
        for member, left_open, words, number in reminders:
            before = f"{answered_before.get(member.code, 'no'):<6}" if answered_before else ""
            missing = "all" if member.silent else few(left_open, _MOST_NAMED)
            yield f"{words:>5} {number:>6}  {member.code:<4}  {member.name:<{width}}  {before}{missing}"
    if nameless := sum(member.silent and not member.code for member in current.pending):
        yield f"and {nameless} that the register of members does not name"


def _test_so_far(inputs: Inputs) -> Iterator[str]:
    """Say of each area of the member test who has left what open; of no answer what it is."""
    params = inputs.project.params
    tests = [member_test.form_of(inputs, kind) for kind in survey_export.forms(inputs)]
    if not any(form.scored for form in tests):
        yield f"note: {params.year} has no points in {Questions.home}: shares are told, and no points"
        return
    if params.survey_input == "counts" or not survey_export.survey_file(inputs).is_file():
        return
    register = sources.members_of_year(sources.members(inputs), params.year)
    names = dict(zip(register["code"], register["name"], strict=True))
    answers = survey_export.all_answers(inputs)
    for form in (form for form in tests if form.scored or form.required):
        given = member_test.given_answers(answers, form.kind)
        asked = register.loc[register["kind"] == form.kind, "code"]
        silent = [names[code] for code in asked if code not in given]
        yield ""
        text = f"{len(given)} {form.subject} have answered"
        text += f", not {few(silent, _MOST_NAMED)}" if silent else ""
        yield from _wrapped(f"The member test of {params.year} ({_digits(form.most())} points): {text}")
        areas = {**{form.title(area): form.of_area(area) for area in form.areas}, "Baskrav": form.required}
        for title, questions in areas.items():
            counts_as = answers[answers["question_id"].isin(questions)].set_index("code")
            left = counts_as[counts_as["counts_as"] == survey_export.MISSING]
            open_ = [code for code in dict.fromkeys(left.index) if code in given]
            whose = "; ".join(f"{names[c]}: {', '.join(left.loc[[c], 'question_id'])}" for c in open_)
            complete = f"{title}: {len(given) - len(open_)} complete"
            yield from _wrapped(f"{complete}; left open: {whose}" if whose else complete, "  ", "    ")


def score(file: Path, report: str) -> Iterator[str]:
    """Score one applicant's own answers, for its own terminal: never log or keep the lines.

    ``file`` is the applicant's export, its questions with one row of answers; ``report`` the one whose test
    it took, whose year's rules hold.

    InputError, UsageError: what is wrong with the file, that it has answers of more than one, or that the
    year has no points.
    """
    inputs = open_survey(f"params/{report}.yml")
    data, year = read_file(file, str(file)), inputs.project.params.year
    code, name, form, own = member_test.applicant(inputs, data, str(file))
    yield f"{name} ({code}): the {form.subject}' test of {year}, points as {Questions.home} gives them"
    met = member_test.met(form, own)
    words = {True: "met", False: "NOT MET", None: "not answered"}
    yield from _wrapped(f"Baskrav: {sum(map(bool, met.values()))} of {len(met)} met")
    yield from (f"  {words[met[q]]:<12}  {form.questions[q].label}: {own[q] or '-'}" for q in form.required)
    scores = form.scores({code: own})[code]
    for area in form.areas:
        asked = form.of_area(area)
        yield f"{form.title(area)}: {_of(scores, asked)} of {_digits(form.most(area))}"
        for question in asked:
            points = "  ?" if (given := scores[question]) is None else f"{_digits(given):>3}"
            line = f"{points} of {_digits(form.options[question].most)}  {form.questions[question].label}"
            yield from _wrapped(f"{line}: {own[question] or '-'}", "  ", " " * 12)
    yield f"In all: {_of(scores, form.scored)} of {_digits(form.most())}"
    if open_ := [question for question, given in scores.items() if given is None]:
        yield f"not answered, and so without points yet: {', '.join(open_)}"


def _of(scores: Mapping[str, Fraction | None], asked: Iterable[str]) -> str:
    return _digits(sum((scores[question] or Fraction(0) for question in asked), Fraction(0)))


def _digits(points: Fraction) -> str:
    """Return points as digits, with a decimal where they have one."""
    return f"{float(points):g}"


def _draft(current: Status, sensitivities: Sequence[Sensitivity], asked: Iterable[str]) -> Iterator[str]:
    """Say of each question where it stands and what can change its sentences; the most open one first."""
    yield ""
    yield from _wrapped(
        "The draft, sentence by sentence: the fewest members whose answers can change its words, its number, "
        "and its place among its neighbours (-: no answers can; ?: more than one was not tried)"
    )
    yield "words number place"
    by_question = {q: [each for each in sensitivities if each.sentence.questions[0] == q] for q in asked}

    def fewest(question: str) -> float:
        return min((each.least.get("words", math.inf) for each in by_question[question]), default=math.inf)

    for question in sorted(by_question, key=fewest):
        main, low, high = (_share(question, current.book, role) for role in ("main", "low", "high"))
        bounds = f"all {current.asked} members {swedish.number(printed_value(low))}-{high.text}"
        can_answer = _who([member for member in current.pending if question in member.open]) or "nobody"
        yield ""
        yield from _wrapped(f"{question}: {main.text}, {main.k} of {main.n}; {bounds}")
        yield from _wrapped(f"can still answer: {can_answer}", "  ", "    ")
        for each in by_question[question]:
            yield from _sentence(current, each)
        if not by_question[question]:
            yield f"{'':20}(in no sentence)"


def _sentence(current: Status, item: Sensitivity) -> Iterator[str]:
    unchanged = "-" if item.several_tried else "?"
    words, number = (item.least.get(facet, unchanged) for facet in ("words", "number"))
    ahead = f"{words:>5} {number:>6} {item.least.get('place', '-'):>5}  "
    inside = " " * len(ahead)
    yield from _wrapped(item.sentence.text, ahead, inside)
    if item.sentence.false_today:
        yield from _wrapped(f"today {item.sentence.false_today}", inside, inside)
    for alternative in item.alternatives:
        yield from _wrapped(alternative, f"{inside}or: ", f"{inside}    ")
    if current.named and item.least.get("words") == 1:
        able = [member for member in current.pending if {*item.sentence.questions} & member.open]
        alone = [member for member in current.pending if "words" in item.alone[member.group]]
        yield from _wrapped(_who(alone), f"{inside}by: ", f"{inside}    ") if alone != able else ()


def _who(pending: Sequence[PendingMember]) -> str:
    """Name a few members; of many, count those that have not answered at all and name the others."""
    if len(pending) <= _MOST_NAMED and all(member.name for member in pending):
        return ", ".join(member.name for member in pending)
    silent = sum(member.silent for member in pending)
    names = [member.name for member in pending if member.name and not member.silent]
    others = len(pending) - silent - len(names)
    left_open = f"{others} that left it open" if others else ""
    silent_ones = f"{silent} that have not answered at all" if silent else ""
    return " and ".join(filter(None, (silent_ones, few(names, _MOST_NAMED), left_open)))


def _wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Return a text in lines; what no-break spaces hold together stays together."""
    lines = textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
    return [line.replace(swedish.NBSP, " ") for line in lines]
