"""The members' examples of the year: each with its member, its question, a link and consent, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from klimatlib.catalogue import Examples
from klimatlib.errors import InputError, Problem
from klimatlib.params import Project
from klimatlib.sources.answers_members import members_in
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tidy import members, questions

LONGEST = 450  # characters; a post in social media has room for it
# A text is another's: the only placeholder in it is a claim, and the only markup is emphasis.
_CLAIM = re.compile(r'\{\{ claim\("[a-z0-9-]+"\) \}\}')
_MARKUP = re.compile(r"^\s*(?:#|:::|>|[-+] |\d+[.)] )|[\[\]<>{}|`$^~\\]|https?:|!\[|\n\s*\n", re.M)


def examples_file(project: Project) -> Path:
    """Return where a report's examples are kept."""
    return project.data / "examples.yml"


def examples(inputs: Inputs) -> Examples:
    """Return the members' examples; none without such a file.

    Raises
    ------
    InputError
        Not as `klimatlib.catalogue.Examples`, or an example of nobody, of nothing, twice, too long, or
        with markup.
    """
    path = examples_file(inputs.project)
    if not inputs.exists(path):
        return Examples(examples=())
    found = inputs.model(path, Examples)
    shown = inputs.project.relative(path)
    if problems := [*_unknown(found, inputs, shown), *_twice(found, shown), *_unfit(found, shown)]:
        raise InputError(problems)
    return found


def _unknown(found: Examples, inputs: Inputs, shown: str) -> Iterator[Problem]:
    year = inputs.project.params.year
    known, asked = members_in(members(inputs), year), questions(inputs)
    for place, one in enumerate(found.examples):
        if one.member not in known:
            yield Problem(shown, f"examples.{place}.member", f"{one.member} is no member of {year}")
        if one.question not in asked:
            told = f"no question {one.question!r} in params/questions.yml; known: {', '.join(asked)}"
            yield Problem(shown, f"examples.{place}.indicator", told)


def _twice(found: Examples, shown: str) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for place, one in enumerate(found.examples):
        first = seen.setdefault((one.member, one.question), place)
        if first != place:
            told = f"{one.member} has an example of {one.question} in examples.{first} too; keep one"
            yield Problem(shown, f"examples.{place}", told)


def _unfit(found: Examples, shown: str) -> Iterator[Problem]:
    for place, one in enumerate(found.examples):
        where = f"examples.{place}"
        if (over := len(one.text) - LONGEST) > 0:
            told = f"{len(one.text)} characters, expected at most {LONGEST}: {over} too many"
            yield Problem(shown, f"{where}.text", told)
        if bad := _MARKUP.search(_CLAIM.sub("", one.text)):
            expected = 'expected one paragraph of plain sentences, {{ claim("…") }} for a number'
            told = f"found {bad.group()!r}; {expected}"
            yield Problem(shown, f"{where}.text", told)
