"""The survey's sentences, composed from its questions: correct Swedish, varied by place and never by chance.

A theme's questions come with the largest share first. The first one names the respondents; a comparison
with an earlier year is told plainly where the numbers carry it, with caution where they do not, and not at
all where the question has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from klimatlib import swedish
from klimatlib.catalogue import Question
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.errors import InputError, Problem
from klimatlib.prose import evidence, lint_source

_OF_THEM = " av de svarande"
_MORE = ("Dessutom", "Samtidigt", "Därtill")
_VERB = re.compile(r"(?P<verb>\S+(?: (?:och|eller) \S+)?) (?P<rest>.+)")
_AGAIN = {"har": "har det", "är": "är det"}


class Draft(str):
    """Text whose placeholders are still to be filled in."""

    __slots__ = ()


def drafts(texts: Sequence[str]) -> list[Draft]:
    """Return texts whose placeholders are to be filled in where a template prints them."""
    return [Draft(text) for text in texts]


def themes(questions: Mapping[str, Question], book: ClaimBook) -> Callable[[str], Draft]:
    """Return what a text calls for the sentences of a theme: ``{{ survey_theme("kolsankor") }}``.

    Parameters
    ----------
    questions
        Questions by id; the order of their themes decides how the sentences vary.
    book
        Claims of the year, those of `klimatlib.survey.claims` among them.
    """

    def survey_theme(theme: str) -> Draft:
        known = list(dict.fromkeys(question.theme for question in questions.values()))
        if theme not in known:
            raise LookupError(f"no survey theme {theme!r}; there is {', '.join(known)}")
        asked = [question for question in questions.values() if question.theme == theme]
        return paragraph(asked, book, place=known.index(theme))

    return survey_theme


def paragraph(questions: Sequence[Question], book: ClaimBook, *, place: int = 0) -> Draft:
    """Return the sentences on a theme's questions, a line each, with placeholders for their claims.

    Parameters
    ----------
    questions
        The theme's questions; one without a claim was not asked this year and is left out.
    book
        Claims of the year.
    place
        The theme's place among the themes; neighbours begin in different ways.

    Raises
    ------
    InputError
        A question without words for its sentence, or with a typed number in them.
    """
    asked = sorted(
        (question for question in questions if _id(question) in book), key=lambda q: -book[_id(q)].value
    )
    if problems := [problem for question in asked for problem in _unfit(question)]:
        raise InputError(problems)
    told = [line for step, question in enumerate(asked) for line in _told(question, book, place, step)]
    return Draft("\n".join(told))


def _told(question: Question, book: ClaimBook, place: int, step: int) -> list[str]:
    """Return a question's sentences: the share, its own n, the earlier year, more on it."""
    claim = book[_id(question)]
    told = [_share(question, book, place, step), _own_n(claim, book), compared(question, book)]
    return [line for line in (*told, question.detail.get(str(claim.year))) if line]


def _share(question: Question, book: ClaimBook, place: int, step: int) -> str:
    number = f'{{{{ claim("{_id(question)}") }}}}{"" if step else _OF_THEM}'
    verb, rest = _phrase(question)
    degree = f", {question.degree}" if question.degree else ""
    if step == 0 and _leads(book[_id(question)], book):
        again = _AGAIN.get(verb, "gör det")
        return f"Flest {verb} {rest}: {number} {again} {question.degree or ''}".rstrip() + "."
    if question.turned and (place + step) % 2:
        return question.turned.replace("{share}", number) + f"{degree}."
    if step == 0:
        return f"{_OF_THEM.strip().capitalize()} {verb} {number.removesuffix(_OF_THEM)} {rest}{degree}."
    return f"{_MORE[place % len(_MORE)]} {verb} {number} {rest}{degree}."


def _own_n(claim: Claim, book: ClaimBook) -> str:
    """Return how many answered, where that is another number than the chapter has told already."""
    if "survey-respondents" not in book or claim.n == book["survey-respondents"].value:
        return ""
    return f'Frågan besvarades av {{{{ about("{claim.id}").n }}}}.'


def compared(question: Question, book: ClaimBook) -> str:
    """Return the sentence on an earlier year, as far as the numbers carry it; empty with nothing to compare.

    Parameters
    ----------
    question
        The question; its comparison note gives the reason for a broken series.
    book
        Claims of the year; the earlier share is one of them.
    """
    claim = book[_id(question)]
    year, before = (f'{{{{ about("{claim.id}").previous_year }}}}', f'{{{{ claim("{claim.id}-previous") }}}}')
    known = evidence.carried(claim)
    if known == "none" or f"{claim.id}-previous" not in book:
        return ""
    if known == "broken":
        return _broken(question, year, str(claim.previous_year))
    if known == "yes":
        return f"Det är en {'ökning' if evidence.change(claim) > 0 else 'minskning'} från {before} {year}."
    if claim.text == book[f"{claim.id}-previous"].text:
        return f"År {year} var andelen lika stor."
    if known == "few":
        return f"År {year} var andelen {before}, men skillnaden motsvarar bara några få svarande."
    return f"År {year} var andelen {before}; hur många som svarade då är inte känt."


def _broken(question: Question, year: str, before: str) -> str:
    note = question.comparison_note.get(before)
    why = (
        f": {swedish.lower_first(note).rstrip('.')}" if note else ", för frågan ställdes då på ett annat sätt"
    )
    return f"Andelen kan inte jämföras med {year}{why}."


def _leads(claim: Claim, book: ClaimBook) -> bool:
    """Whether a share is larger than that of every other question."""
    others = [other for other in book if evidence.is_answer(other) and other.id != claim.id]
    return bool(others) and all(claim.value > other.value for other in others)


def _phrase(question: Question) -> tuple[str, str]:
    found = _VERB.fullmatch(question.verb_phrase or "")
    return (found["verb"], found["rest"]) if found else ("", "")


def _unfit(question: Question) -> list[Problem]:
    file, where = "params/questions.yml", f"{question.id}"
    if not _phrase(question)[0]:
        told = "no verb_phrase; write what those who say yes do, as ”arbetar med lokala kolsänkor”"
        return [Problem(file, where, told)]
    authored = (question.verb_phrase, question.turned, question.degree, *question.detail.values())
    words = "\n".join(filter(None, authored)).replace("{share}", "{{ share }}")
    return [Problem(file, where, problem.text) for problem in lint_source(words, file=file)]


def _id(question: Question) -> str:
    return f"survey-{question.id}"
