"""Good examples: which of the members' own examples the report tells, chosen fairly and only where true.

An example is told only where its member's own answer to that question counts as yes. Where the answers are
not at hand, only counts, nothing shows that it does, and the example is not told. Of those that may be told,
one after the other is taken: the one whose part of the country, size and theme are the least told so far. No
member is told twice, nor two years running. Where that leaves a choice the lot decides, drawn from the year,
the member and the question: the same every time, and no member is always the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from klimatlib.config import Example, Question
from klimatlib.errors import InputError, Problem
from klimatlib.prose.linter import lint_source
from klimatlib.prose.templates import Draft
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import survey_answers
from klimatlib.sources.tables import rows

TOLD = 4
_NORRLAND, _SVEALAND = ("21", "22", "23", "24", "25"), ("01", "03", "04", "17", "18", "19", "20")
_SIZES = ((30_000, "under 30 000"), (100_000, "30 000-100 000"))  # inhabitants


@dataclass(frozen=True)
class Candidate:
    """An example that a member has given.

    Attributes
    ----------
    example, name
        The example, and its member's name.
    part, size, theme
        The part of the country, the size class and the question's theme.
    supported
        Whether the member's own answer to the question counts as yes.
    """

    example: Example
    name: str
    part: str
    size: str
    theme: str
    supported: bool


@dataclass(frozen=True)
class Choice:
    """A candidate, its place among those that are told (0 for one that is not), and why."""

    candidate: Candidate
    place: int
    why: str


def chosen(inputs: Inputs) -> list[Choice]:
    """Return the year's examples with the choice between them; none without ``examples.yml``.

    Raises
    ------
    InputError
        An example that cannot be read, or whose text has a number of its own.
    """
    found = sources.examples(inputs)
    if not found.examples:
        return []
    if problems := faults(inputs):
        raise InputError(problems)
    return choose(
        _candidates(inputs, found.examples), last_year=found.last_year, year=inputs.project.params.year
    )


def shown(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the examples that are told, as `view` gives them."""
    return view(chosen(inputs), sources.questions(inputs))


def faults(inputs: Inputs) -> list[Problem]:
    """Find what the linter sees in the texts as they stand: a number that is bound to nothing, typography."""
    file = inputs.project.relative(sources.examples_file(inputs.project))
    return [
        Problem(file, f"examples.{place}.text", problem.text)
        for place, one in enumerate(sources.examples(inputs).examples)
        for problem in lint_source(one.text, file=file)
    ]


def choose(
    candidates: Sequence[Candidate], *, last_year: Iterable[str], year: int, most: int = TOLD
) -> list[Choice]:
    """Choose the examples that are told, in order, and say of each why.

    Parameters
    ----------
    candidates
        The examples, in any order.
    last_year
        Codes of the members whose examples the report before told.
    year
        The report's year; the lot is drawn anew each year.
    most
        How many are told at most.

    Returns
    -------
    list of Choice
        First those that are told, in order, then the others.
    """
    before, told = {*last_year}, list[Candidate]()
    ready = [one for one in candidates if one.supported and one.example.member not in before]
    while ready and len(told) < most:
        told.append(min(ready, key=lambda one: _rank(one, told, year)))
        ready = [one for one in ready if one.example.member != told[-1].example.member]
    others = sorted((one for one in candidates if one not in told), key=lambda one: _lot(one, year))
    return [
        *(Choice(one, place, _why(one, told[: place - 1])) for place, one in enumerate(told, 1)),
        *(Choice(one, 0, _why_not(one, told, before)) for one in others),
    ]


def table(choices: Sequence[Choice]) -> pd.DataFrame:
    """Return the choice as a table: place, member, question, part of the country, size, theme, reason.

    Of examples that the member's own answer does not support only the number is told: the rest would tell the
    answer.
    """
    told = [one for one in choices if one.candidate.supported]
    lines = [
        (
            one.place or "-",
            one.candidate.name,
            one.candidate.example.question,
            *_traits(one.candidate),
            one.why,
        )
        for one in told
    ]
    if hidden := len(choices) - len(told):
        lines.append(
            ("-", f"{hidden} more", "", "", "", "", "nothing shows that the member's own answer is yes")
        )
    columns = ["place", "member", "question", "part", "inhabitants", "theme", "why"]
    return pd.DataFrame(lines, columns=columns).set_index("place")


def view(choices: Sequence[Choice], questions: Mapping[str, Question]) -> list[dict[str, Any]]:
    """Return for the texts each example that is told: the member's name, text, link, the question's label."""
    return [
        {
            "name": one.candidate.name,
            "text": Draft(" ".join(one.candidate.example.text.split())),
            "link": one.candidate.example.link,
            "label": questions[one.candidate.example.question].label,
        }
        for one in choices
        if one.place
    ]


def members_told(choices: Iterable[Choice]) -> list[str]:
    """Return the codes of the members whose examples are told, sorted."""
    return sorted(one.candidate.example.member for one in choices if one.place)


def part_of(county_code: str) -> str:
    """Return the part of the country that a county lies in.

    >>> part_of("25"), part_of("03"), part_of("12")
    ('Norrland', 'Svealand', 'Götaland')
    """
    return "Norrland" if county_code in _NORRLAND else "Svealand" if county_code in _SVEALAND else "Götaland"


def size_of(inhabitants: int | None) -> str:
    """Return the size class of a municipality; a region, which has no inhabitants here, is one of its own.

    >>> size_of(29_999), size_of(100_000), size_of(None)
    ('under 30 000', 'from 100 000', 'region')
    """
    if inhabitants is None:
        return "region"
    return next((told for most, told in _SIZES if inhabitants < most), "from 100 000")


def _candidates(inputs: Inputs, found: Sequence[Example]) -> list[Candidate]:
    register, questions = sources.members(inputs), sources.questions(inputs)
    names = {row.code: row.name for row in rows(register)}
    counties = {row.municipality_code: row.county_code for row in rows(sources.municipalities(inputs))}
    people, says_yes = _inhabitants(inputs), _says_yes(inputs)
    return [
        Candidate(
            one,
            names[one.member],
            part_of(counties.get(one.member, one.member)),  # a region has its county's code
            size_of(people.get(one.member)),
            questions[one.question].theme,
            says_yes(one),
        )
        for one in found
    ]


def _inhabitants(inputs: Inputs) -> dict[str, int]:
    table, year = sources.population(inputs), inputs.project.params.emissions_year
    return {row.municipality_code: int(row.population) for row in rows(table[table["year"] == year])}


def _says_yes(inputs: Inputs) -> Callable[[Example], bool]:
    if inputs.project.params.survey_input == "counts":
        return lambda _: False
    answers = survey_answers(inputs)
    yes = answers[answers["counts_as"] == "yes"]
    pairs = {*zip(yes["code"], yes["question_id"], strict=True)}
    return lambda one: (one.member, one.question) in pairs


def _traits(one: Candidate) -> tuple[str, str, str]:
    return one.part, one.size, one.theme


def _rank(one: Candidate, told: Sequence[Candidate], year: int) -> tuple[int, int, str]:
    """Return how much an example's part, size and theme are told; of equals its part, then the lot."""
    counts = [*_counts(one, told)]
    return sum(counts), counts[0], _lot(one, year)


def _counts(one: Candidate, told: Sequence[Candidate]) -> Iterator[int]:
    for place, trait in enumerate(_traits(one)):
        yield sum(_traits(other)[place] == trait for other in told)


def _lot(one: Candidate, year: int) -> str:
    drawn = f"{year} {one.example.member} {one.example.question}"
    return hashlib.sha256(drawn.encode()).hexdigest()


def _why(one: Candidate, told: Sequence[Candidate]) -> str:
    new = [trait for trait, count in zip(_traits(one), _counts(one, told), strict=True) if not count]
    if not told:
        return "drawn by lot"
    return f"first of {', '.join(new)}" if new else "the least told so far"


def _why_not(one: Candidate, told: Sequence[Candidate], before: set[str]) -> str:
    member = one.example.member
    if not one.supported:
        return "nothing shows that the member's own answer is yes"
    if member in before:
        return "the member was told last year"
    if any(other.example.member == member for other in told):
        return "another example of the member is told"
    return "others spread more evenly over parts, sizes and themes"
