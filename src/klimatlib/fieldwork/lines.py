"""The sentences of the draft that rest on a question's answers, and what they would say under others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jinja2
from jinja2 import meta

from klimatlib import sentences, sources
from klimatlib.catalogue import Question
from klimatlib.claims.claims import Claim, ClaimBook, exact
from klimatlib.errors import ClaimError, InputError, Problem
from klimatlib.params import Params
from klimatlib.prose import Finding, Sentence, evidence, judged, restated
from klimatlib.sentences import Draft
from klimatlib.sources import Inputs
from klimatlib.texts import Binder

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
    whole = ClaimBook([*_elsewhere(source, params.year)]).revised(book)
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


def _elsewhere(source: str, year: int) -> Iterator[Claim]:
    """Return stand-ins for the claims of other chapters."""
    for claim_id in sorted({*_NAMED.findall(source)}):
        if not claim_id.startswith("survey-"):
            yield Claim(
                claim_id, year, exact(0), "count", _GAP, "fact", data_year=year, definition=_GAP, source=_GAP
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
    base = claim.id.removeprefix("survey-").removesuffix("-low").removesuffix("-high")
    found = f"survey-{base.removesuffix('-previous')}"
    asked = claim.id in book and found in book and evidence.is_answer(book[found])
    return found.removeprefix("survey-") if asked else ""


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
        return list(dict.fromkeys(i for i in order if not i.endswith("-previous"))).index(ahead)

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
