"""The channels' texts: bound to the published claims, as Markdown, as plain words, and in their sections."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from klimatlib import pace, sources, views
from klimatlib.channels import basis, english
from klimatlib.channels.kinds import CHANNELS, FRIDAY, Channel
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.errors import ClaimError, InputError, Problem
from klimatlib.prose import lint
from klimatlib.sources import Inputs
from klimatlib.texts import Binder

FOLDER = "channels"
_SECTION = re.compile(r"^::: \{\.(?P<name>[a-z]+)(?P<more>[^{}]*)\}\n(?P<body>.*?)\n:::$", re.M | re.S)
_FENCE = re.compile(r"^:::.*\n?", re.M)
_ATTRIBUTED = re.compile(r"\[([^\[\]]*)\]\{[^{}]*\}")
_NEEDLESS = re.compile(r"\\([@|^~$])")  # escapes of the report's own Markdown, which others print
_PLAIN = re.compile(
    r"\\(?P<plain>.)|<(?P<bare>https?:[^<>\s]*)>|\[(?P<link>[^\[\]]*)\]\((?P<to>[^()\s]*)\)|\*\*?", re.S
)


@dataclass(frozen=True)
class Bound:
    """A channel's text with its numbers in place.

    Attributes
    ----------
    channel
        What it is for.
    file
        The text's file, as messages name it.
    markdown
        The text; each number carries the id of its claim.
    claims
        The claims that it prints, in the language of the text.
    """

    channel: Channel
    file: str
    markdown: str
    claims: tuple[Claim, ...]

    @property
    def sections(self) -> dict[str, tuple[str, str]]:
        """Its fenced sections: name to attributes and Markdown."""
        return {
            found["name"]: (found["more"].strip(), found["body"].strip("\n"))
            for found in _SECTION.finditer(self.markdown)
        }


def bind(inputs: Inputs, book: ClaimBook, examples: list[dict[str, Any]]) -> list[Bound]:
    """Return all channels' texts, bound; that of Fredagslyftet only where there are examples to tell.

    Parameters
    ----------
    inputs
        The report's inputs.
    book
        The published claims.
    examples
        The members' examples that the report tells, as `klimatlib.examples.view` gives them.

    Raises
    ------
    InputError
        With what is wrong in all the texts.
    """
    known, found, problems = basis.printed(inputs.project), list[Bound](), list[Problem]()
    for channel in CHANNELS:
        if channel == FRIDAY and not examples:
            continue
        try:
            one = _bound(inputs, book, channel, examples)
            problems += _unprinted(one, known)
            found.append(one)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _bound(inputs: Inputs, book: ClaimBook, channel: Channel, examples: list[dict[str, Any]]) -> Bound:
    project = inputs.project
    name = f"{FOLDER}/{channel.text}.md"
    file = project.relative(project.data / "texts" / name)
    source = sources.text(inputs, name)
    own = ClaimBook(book) if channel.swedish else english.book_of(book)
    linter: Callable[..., list[Problem]] = lint if channel.swedish else english.lint
    told_by = sources.origin(inputs, project.relative(project.data / "facts.yml"))
    binder = Binder(
        sources.facts(inputs),
        own,
        project.params.year,
        f"{told_by.publisher}: {told_by.title}",
        {**_names(inputs, book), "examples": examples},
        linter,
    )
    try:
        block = binder.render(source, file=file)
    except ClaimError as error:
        raise InputError([Problem(file, "", str(error))]) from None
    return Bound(channel, file, block.markdown, tuple(own[claim] for claim in block.claims))


def _names(inputs: Inputs, book: ClaimBook) -> Mapping[str, object]:
    """Return what the texts may use beside facts and claims, as the report's own texts do."""
    params = inputs.project.params
    missed = [target for target in pace.view(book) if not target["enough"]]
    return {
        "params": params,
        "sectors": views.sector_highlights(book, params),
        "target": missed[0] if missed else None,  # the first that the pace since the base year would miss
    }


def _unprinted(bound: Bound, known: set[str]) -> Iterator[Problem]:
    for claim in bound.claims:
        if claim.id not in known:
            told = f"prints {claim.id}, which the report does not; a channel tells only what the report tells"
            yield Problem(bound.file, "", told)


def parts(bound: Bound) -> list[Bound]:
    """Return a text's parts, one for each heading of the second level, each a channel under that title."""
    found = [part for part in re.split(r"^(?=## )", bound.markdown, flags=re.M) if part.strip()]
    return [
        replace(
            bound,
            channel=replace(
                bound.channel,
                stem=f"{bound.channel.stem}-{number}",
                title=plain(part.split("\n", 1)[0]),
            ),
            markdown=part.split("\n", 1)[1],
            claims=tuple(claim for claim in bound.claims if f'"{claim.id}"' in part),
        )
        for number, part in enumerate(found, 1)
    ]


def tidy(markdown: str) -> str:
    """Return Markdown for other programs: numbers as plain text, no fences, no attributes."""
    text = _NEEDLESS.sub(r"\1", _FENCE.sub("", _ATTRIBUTED.sub(r"\1", markdown)))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def plain(markdown: str) -> str:
    r"""Return Markdown as the words that a reader sees: a paragraph a line, no markup, links as addresses.

    >>> plain('# Nytt\n\nVi är [51]{.claim claim="members-count"}\nmedlemmar.\n\n#klimat')
    'Nytt\n\nVi är 51 medlemmar.\n\n#klimat'
    """
    parts = re.split(r"\n\s*\n", tidy(markdown).strip("\n"))
    return "\n\n".join(filter(None, (_paragraph(part) for part in parts)))


def _paragraph(text: str) -> str:
    lines = re.sub(r"^#+ ", "", text).split("\n")
    joined = "".join(("\n• " + line[2:] if line.startswith("- ") else " " + line.strip()) for line in lines)
    return _PLAIN.sub(_words, joined).strip()


def _words(found: re.Match[str]) -> str:
    if found["plain"]:
        return found["plain"]
    if found["bare"]:
        return _unescaped(found["bare"])
    return _address(found["link"], _unescaped(found["to"])) if found["to"] else ""


def _unescaped(address: str) -> str:
    return re.sub(r"\\(.)", r"\1", address)


def _address(shown: str, to: str) -> str:
    bare = re.sub(r"^(?:https?://|mailto:)|/$", "", to)
    return shown if bare.endswith(shown.removeprefix("www.")) else f"{shown} ({to.removeprefix('mailto:')})"
