"""Last year beside this year: sentence by sentence, figure by figure, number by number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from klimatlib.render.reviewers.quotes import Quote
from klimatlib.render.reviewers.room.earlier import Figure

SAME, NUMBERS, CHANGED, NEW, GONE = "same", "numbers", "changed", "new", "gone"
TOLD = {NUMBERS: "Nya tal", CHANGED: "Ändrad", NEW: "Ny", GONE: "Borttagen"}
_ALIKE = 0.6
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WORD = re.compile(r"\s+|[^\s]+")
Words = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Pair:
    """A sentence of last year beside one of this year; either may be missing.

    Attributes
    ----------
    before, after
        The sentences.
    kind
        ``same``, ``numbers`` (the same words with other numbers or years), ``changed``, ``new`` or ``gone``.
    """

    before: Quote | None
    after: Quote | None
    kind: str

    @property
    def told(self) -> str:
        """What became of the sentence, in a word."""
        return TOLD.get(self.kind, "")

    def sides(self) -> tuple[Words, Words]:
        """Both sentences in pieces, each with whether the other lacks it."""
        old, new = (_WORD.findall(quote.text) if quote else [] for quote in (self.before, self.after))
        if self.kind in (NEW, GONE):
            return tuple((word, False) for word in old), tuple((word, False) for word in new)
        parts = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        left = tuple(("".join(old[i:j]), tag != "equal") for tag, i, j, _, _ in parts if j > i)
        return left, tuple(("".join(new[k:n]), tag != "equal") for tag, _, _, k, n in parts if n > k)


@dataclass(frozen=True)
class Chapter:
    """A chapter's pairs: its heading's id (this year's; last year's where it is gone), and the pairs."""

    id: str
    pairs: tuple[Pair, ...]

    @property
    def moved(self) -> tuple[Pair, ...]:
        """Those that are not the same."""
        return tuple(pair for pair in self.pairs if pair.kind != SAME)


def sentences(before: Sequence[Quote], after: Sequence[Quote]) -> list[Pair]:
    """Set two reports beside each other, in the order of the second.

    Sentences with the same words, whatever their numbers and years, belong together wherever they stand; of
    the others those between the same neighbours that print the same claims, or that are alike.
    """
    old, new = ([_frame(quote) for quote in said] for said in (before, after))
    pairs: list[Pair] = []
    left: list[Quote] = []
    for tag, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += [_pair(one, other) for one, other in zip(before[i:j], after[k:n], strict=True)]
        else:
            found, unmatched = _gap(before[i:j], after[k:n])
            pairs += found
            left += unmatched
    return _reunited(pairs, left)


def chapters(pairs: Sequence[Pair]) -> list[Chapter]:
    """Return pairs by the chapters of this year's report; what is gone stays with the pair before it."""
    found: dict[str, list[Pair]] = {}
    here = ""
    for pair in pairs:
        here = pair.after.chapter if pair.after else here or (pair.before.chapter if pair.before else "")
        found.setdefault(here, []).append(pair)
    return [Chapter(chapter, tuple(own)) for chapter, own in found.items()]


def _frame(quote: Quote) -> str:
    return _YEAR.sub("{year}", quote.frame)


def _pair(before: Quote, after: Quote) -> Pair:
    if before.text == after.text:
        return Pair(before, after, SAME)
    return Pair(before, after, NUMBERS if _frame(before) == _frame(after) else CHANGED)


def _gap(before: Sequence[Quote], after: Sequence[Quote]) -> tuple[list[Pair], list[Quote]]:
    """Pair what stands between two matched places; what has no partner in last year is new."""
    free = list(before)
    pairs = []
    for quote in after:
        partner = max(free, key=lambda one: _likeness(one, quote), default=None)
        if partner is None or _likeness(partner, quote) < _ALIKE:
            pairs.append(Pair(None, quote, NEW))
        else:
            free.remove(partner)
            pairs.append(_pair(partner, quote))
    return [*pairs, *(Pair(quote, None, GONE) for quote in free)], free


def _likeness(before: Quote, after: Quote) -> float:
    if before.form != after.form:
        return 0.0
    shared = {*before.claims} & {*after.claims}
    if shared:
        return 1 + len(shared) / len({*before.claims} | {*after.claims})
    matcher = SequenceMatcher(None, _frame(before), _frame(after), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def _reunited(pairs: Sequence[Pair], gone: Sequence[Quote]) -> list[Pair]:
    """Join a sentence that is new here with the same one that is gone elsewhere."""
    free = list(gone)
    moved: dict[int, Pair] = {}
    for place, pair in enumerate(pairs):
        if pair.kind == NEW and pair.after:
            partner = next((one for one in free if _frame(one) == _frame(pair.after)), None)
            if partner is not None:
                free.remove(partner)
                moved[place] = _pair(partner, pair.after)
    whole = [moved.get(place, pair) for place, pair in enumerate(pairs)]
    return [pair for pair in whole if pair.kind != GONE or pair.before in free]


@dataclass(frozen=True)
class Beside:
    """A chart of either year: its data as rows, last year's cells and this year's, and both pictures.

    Attributes
    ----------
    name
        Name of the chart.
    head
        The columns' names.
    rows
        A row's name, and for each other column last year's and this year's text (None where it is missing).
    before, after
        The pictures as SVG.
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str | None, str | None], ...]], ...]
    before: bytes | None
    after: bytes | None

    def pictures(self, before: str, after: str) -> list[tuple[str, bytes | None]]:
        """Return the pictures under the years' names; one that is the same in both years stands once."""
        if self.before == self.after:
            return [(f"{before} och {after}, samma bild", self.after)]
        return [(before, self.before), (after, self.after)]


def figures(
    before: Mapping[str, Figure], after: Mapping[str, Figure], *, order: Iterable[str] = ()
) -> list[Beside]:
    """Return the charts of both years, in an order of names; those that it lacks come last."""
    names = [*(name for name in order if name in before or name in after), *sorted({*before, *after})]
    return [_beside(name, before.get(name), after.get(name)) for name in dict.fromkeys(names)]


def _beside(name: str, before: Figure | None, after: Figure | None) -> Beside:
    old, new = (_rows(figure.data) if figure else [] for figure in (before, after))
    head = (new or old)[0]
    left, right = ({row[0]: row[1:] for row in table[1:]} for table in (old, new))
    rows = tuple(
        (key, tuple(_cells(left.get(key), right.get(key)))) for key in dict.fromkeys([*right, *left])
    )
    pictures = (figure.picture if figure else None for figure in (before, after))
    return Beside(name, tuple(head), rows, *pictures)


def _cells(
    before: Sequence[str] | None, after: Sequence[str] | None
) -> Iterator[tuple[str | None, str | None]]:
    if before is None or after is None:
        yield from ((None, cell) for cell in after or ())
        yield from ((cell, None) for cell in before or ())
    else:
        yield from zip_longest(before, after)


def _rows(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text)) if row]
