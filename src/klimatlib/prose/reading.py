"""Reading a rendered text: its sentences, the claims in them, and the source line of every word.

Each line of the source gets a mark, a character of Unicode's private area, before it is rendered. The marks
stay where they are through loops and placeholders, so that a rendered word knows the line it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from klimatlib.claims.claims import Claim, ClaimBook

_FIRST, _LAST = 0xE000, 0xF8FF
_MARK = f"[{chr(_FIRST)}-{chr(_LAST)}]"
_MARKS = re.compile(_MARK)
_INSIDE = re.compile(r"{{.*?}}|{%.*?%}|{##.*?##}", re.S)
_BREAK = re.compile(rf"\n(?:{_MARK}|\s)*\n|\n(?=(?:{_MARK}|[ \t])*(?:[-*+] |\d+\. |#|:::|\|))|(?<=:::)\n")
_TOKEN = re.compile(
    rf"(?P<claim>\[(?P<shown>[^\[\]]*)\]{{\.claim claim=\"(?P<id>[^\"]*)\"}})|(?P<mark>{_MARK})"
    r"|(?P<skip>^\s*(?:[-*+] |\d+\. |#+ |:::.*)|\]\([^)]*\)|\{[^{}]*\}|\*\*?|[\[\]])|\\(?P<plain>.)"
)
CLAUSE = re.compile(r";|, (?:men|medan|och|så|fast|för|samtidigt som)\b", re.I)
_END = re.compile(r"(?<=[.!?…])[”)]?\s+(?=[A-ZÅÄÖ”(\d])")


@dataclass(frozen=True)
class Mention:
    """A claim where it stands in a sentence.

    Attributes
    ----------
    claim
        The claim.
    start, end
        Its place in the sentence's text.
    """

    claim: Claim
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A sentence as a reader meets it.

    Attributes
    ----------
    text
        Its words, without markup.
    mentions
        Its claims, in order.
    after
        The sentence that follows in the same paragraph.
    lines
        Places in the text, and the source line that begins there.
    """

    text: str
    mentions: tuple[Mention, ...]
    after: str
    lines: tuple[tuple[int, int], ...]

    def where(self, at: int) -> str:
        """Return the source line of a place in the text, as a message says it."""
        before = [line for start, line in self.lines if start <= at]
        return f"line {before[-1]}" if before else ""


@dataclass(frozen=True)
class Finding:
    """What a rule found: where in the sentence, which rule, and what to say."""

    at: int
    rule: str
    text: str


def mark(source: str) -> str:
    """Return a source whose lines carry their numbers; `unmark` takes them away again."""
    inside = [found.span() for found in _INSIDE.finditer(source)]
    marked, place = [], 0
    for number, line in enumerate(source.split("\n"), 1):
        start = place + len(line) - len(line.lstrip())
        free = not any(begin < start < end for begin, end in inside)
        safe = free and line.strip() and not line.lstrip().startswith(("{%", "{{-", "{##"))
        sign = chr(_FIRST + number) if safe and number < _LAST - _FIRST else ""
        marked.append(line[: start - place] + sign + line[start - place :])
        place += len(line) + 1
    return "\n".join(marked)


def unmark(rendered: str) -> str:
    """Return a rendered text without the marks of its source lines."""
    return _MARKS.sub("", rendered)


def sentences(rendered: str, book: ClaimBook) -> Iterator[Sentence]:
    """Yield the sentences of a rendered text."""
    line = 0
    for paragraph in _BREAK.split(rendered):
        if unmark(paragraph).lstrip().startswith("|"):
            continue  # a table has no sentences
        text, mentions, lines = _read(paragraph, book, line)
        line = lines[-1][1] if lines else line
        starts = [0, *(found.end() for found in _END.finditer(text)), len(text)]
        for start, end, after in zip(starts, starts[1:], [*starts[2:], len(text)], strict=False):
            yield Sentence(
                text[start:end],
                tuple(
                    Mention(m.claim, m.start - start, m.end - start)
                    for m in mentions
                    if start <= m.start < end
                ),
                text[end:after],
                tuple((max(at - start, 0), number) for at, number in lines if at < end),
            )


def restated(sentence: Sentence, book: ClaimBook) -> Sentence:
    """Return the same words with the numbers of another book: what a text would say if they were so."""
    text, mentions, done = "", list[Mention](), 0
    for mention in sentence.mentions:
        claim = book[mention.claim.id]
        shown = sentence.text[mention.start : mention.end]
        text += sentence.text[done : mention.start]
        new = claim.text if shown == mention.claim.text else shown
        mentions.append(Mention(claim, len(text), len(text) + len(new)))
        text, done = text + new, mention.end
    return replace(sentence, text=text + sentence.text[done:], mentions=tuple(mentions))


def _read(paragraph: str, book: ClaimBook, line: int) -> tuple[str, list[Mention], list[tuple[int, int]]]:
    """Return a paragraph's words, its claims with their places, and where its source lines begin."""
    text, done = "", 0
    mentions: list[Mention] = []
    lines = [(0, line)] if line else []
    for token in _TOKEN.finditer(paragraph):
        text += paragraph[done : token.start()].replace("\n", " ")
        done = token.end()
        if token["mark"]:
            lines.append((len(text), ord(token["mark"]) - _FIRST))
        elif token["claim"]:
            if token["id"] in book:
                mentions.append(
                    Mention(book[token["id"]], len(text), len(text) + len(_plain(token["shown"])))
                )
            text += _plain(token["shown"])
        elif token["plain"]:
            text += token["plain"]
    return text + paragraph[done:].replace("\n", " "), mentions, lines


def _plain(shown: str) -> str:
    return _MARKS.sub("", shown).replace("\\", "")
