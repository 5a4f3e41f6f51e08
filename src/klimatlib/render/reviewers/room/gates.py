"""What must hold for the finished files, looked at once more when they lie there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, exact, share
from klimatlib.render.reviewers.quotes import Quote


@dataclass(frozen=True)
class Gate:
    """One thing that must hold: in words, how many were looked at, and which did not hold."""

    told: str
    n: int
    failed: tuple[str, ...] = ()


def check(
    book: ClaimBook,
    said: Sequence[Quote],
    notebooks: Mapping[str, Mapping[str, Any]],
    recomputed: Mapping[str, str],
) -> list[Gate]:
    """Look at the finished report, its claims and its notebooks.

    Parameters
    ----------
    book
        The claims.
    said
        What the report prints.
    notebooks
        The executed notebooks by name.
    recomputed
        The headlines by claim id, computed anew from the tables that are embedded in the page.
    """
    shares = [claim for claim in book if claim.unit == "share" and claim.k is not None]
    numbers = [(claim, words) for quote in said for claim, words in quote.numbers]
    cells = {(name, cell["id"]) for name, notebook in notebooks.items() for cell in notebook["cells"]}
    printed = [claim for claim in book if claim.cell]
    return [
        _gate("Varje tal i rapportens text och tabeller är siffrans eget", numbers, _as_claimed(book)),
        _gate("Varje enkätandel är exakt k av n", [(c.id, c) for c in shares], _is_share),
        _gate(
            "Varje tryckt siffra leder till en körd cell",
            [(c.id, c) for c in printed],
            lambda i, c: (c.notebook, c.cell) in cells,
        ),
        _gate(
            "Huvudsiffrorna blir desamma när de räknas om ur sidans tabeller",
            [*recomputed.items()],
            lambda i, text: i in book and text == book[i].text,
        ),
    ]


def _gate(told: str, looked_at: Sequence[tuple[str, Any]], holds: Any) -> Gate:
    return Gate(told, len(looked_at), _unique(name for name, what in looked_at if not holds(name, what)))


def _is_share(_: str, claim: Claim) -> bool:
    return claim.n is not None and claim.value == exact(share(claim.k or 0, claim.n))


def _as_claimed(book: ClaimBook) -> Any:
    def holds(claim_id: str, words: str) -> bool:
        if claim_id not in book:
            return False
        claim, said = book[claim_id], words.lower()
        forms = {claim.text.lower()}
        if claim.value == int(claim.value):
            forms |= {swedish.in_words(int(claim.value), form) for form in ("en", "ett")}
        return said in forms

    return holds


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
