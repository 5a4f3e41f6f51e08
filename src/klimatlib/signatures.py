"""Signatures: who has approved which claim over which values, and whether that still holds.

A signature keeps the printed text and a fingerprint of what was approved. When its claim comes to say
something else the signature is stale, and can tell which side of the claim changed. It is a person's word and
no cryptography: that it was this person is for git's history to show.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple, dataclass, fields

from klimatlib.claims.claims import Claim, ClaimBook, as_cell
from klimatlib.config import Project
from klimatlib.errors import InputError, Problem
from klimatlib.sources.inputs import Signature, signatures_file

NEEDED = 2
_MOST_SHOWN = 10
# The sides of a claim that are approved; where it is printed (notebook, cell) is not.
SIDES: dict[str, tuple[str, ...]] = {
    "value": ("value", "unit", "text"),
    "answers": ("k", "n", "members"),
    "year or release": ("year", "data_year", "vintage"),
    "definition": ("definition",),
    "comparison": ("comparable", "previous_year", "previous_value"),
    "source": ("source",),
}


@dataclass(frozen=True)
class Standing:
    """How a claim stands.

    Attributes
    ----------
    claim
        Id of the claim.
    valid
        Names of those whose signature holds, each another person.
    stale
        Names of those who signed what the claim no longer says.
    """

    claim: str
    valid: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether two people have signed what the claim says now."""
        return len(self.valid) >= NEEDED


@dataclass(frozen=True)
class Stale:
    """A signature beside the claim that it no longer fits; ``changed`` are keys of `SIDES`."""

    signature: Signature
    claim: Claim
    changed: tuple[str, ...]

    @property
    def told(self) -> str:
        """What was signed and what it is now, in one line."""
        before, now = self.signature.text, _printed(self.claim)
        moved = before != now
        parts = [f"signed {before}, now {now}" if moved else f"still prints {now}"]
        if others := [side for side in self.changed if not (moved and side == "value")]:
            parts.append(f"{', '.join(others)} changed")
        if "definition" not in self.changed:
            parts.append("definition the same")
        return "; ".join(parts)


def fingerprint(claim: Claim) -> str:
    """Return what a claim says as a short text: eight hexadecimal digits of sha256 for each of `SIDES`."""
    return "-".join(_digest(claim, names) for names in SIDES.values())


def standings(book: ClaimBook, signed: Iterable[Signature]) -> dict[str, Standing]:
    """Return how each claim stands, in the book's order.

    Parameters
    ----------
    book
        The year's claims.
    signed
        The signatures, as `sources.signatures` reads them.
    """
    names: dict[str, tuple[list[str], list[str]]] = {claim.id: ([], []) for claim in book}
    for one in sorted(signed, key=_order):
        if one.claim in names:
            names[one.claim][0 if holds(one, book[one.claim]) else 1].append(one.name)
    return {claim: Standing(claim, tuple(valid), tuple(stale)) for claim, (valid, stale) in names.items()}


def holds(signature: Signature, claim: Claim) -> bool:
    """Whether the claim says what was signed."""
    return (signature.fingerprint, signature.text) == (fingerprint(claim), _printed(claim))


def stale(book: ClaimBook, signed: Iterable[Signature]) -> list[Stale]:
    """Return the signatures that no longer fit their claim, in the book's order."""
    found = [one for one in signed if one.claim in book and not holds(one, book[one.claim])]
    return [
        Stale(one, book[one.claim], _changed(one, book[one.claim]))
        for one in sorted(found, key=lambda one: (one.claim, one.person))
    ]


def sign(
    claims: Iterable[Claim], signed: Iterable[Signature], *, name: str, date: dt.date
) -> list[Signature]:
    """Return the signatures with a person's own for these claims; one that holds already stays as it is."""
    kept = {(one.claim, one.person): one for one in signed}
    for claim in claims:
        new = Signature(name, claim.id, date.isoformat(), _printed(claim), fingerprint(claim))
        old = kept.get((claim.id, new.person))
        if old is None or not holds(old, claim):
            kept[claim.id, new.person] = new
    return sorted(kept.values(), key=_order)


def withdraw(claims: Collection[str], signed: Iterable[Signature], *, person: str) -> list[Signature]:
    """Return the signatures without a person's own for these claims."""
    return sorted((one for one in signed if one.person != person or one.claim not in claims), key=_order)


def to_csv(signed: Iterable[Signature]) -> str:
    """Return signatures as their file: by person, so that what two people add stands apart in a merge."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(field.name for field in fields(Signature))
    writer.writerows(astuple(one) for one in sorted(signed, key=_order))
    return stream.getvalue()


def require_people(signed: Iterable[Signature], project: Project) -> None:
    """Refuse a final report that cannot become one, before anything is run: fewer than two have signed.

    Raises
    ------
    InputError
        With who has.
    """
    names = {one.person: one.name for one in signed}
    if len(names) < NEEDED:
        found = f"signed by {', '.join(names.values()) or 'nobody'}"
        told = f"{found}; expected two people; sign with: klimatlib sign {project.name} --as NAME"
        raise InputError([Problem(_file(project), "", f"a final report is approved claim by claim: {told}")])


def require_approved(book: ClaimBook, signed: Collection[Signature], project: Project) -> None:
    """Refuse a final report unless two people's signatures hold for every claim.

    Raises
    ------
    InputError
        With how many claims lack them, and the first of these.
    """
    if found := lacking(book, signed):
        count = f"{len(found)} of {len(book)} claims lack two people's signatures"
        raise refusal(found, project, f"{count}; see: klimatlib sign {project.name}")


def lacking(book: ClaimBook, signed: Collection[Signature]) -> dict[str, str]:
    """Return the claims that two people have not signed as they stand, with how each is signed, in words."""
    why = {(one.claim.id, one.signature.name): one.told for one in stale(book, signed)}
    return {claim: _lack(one, why) for claim, one in standings(book, signed).items() if not one.approved}


def refusal(found: Mapping[str, str], project: Project, told: str) -> InputError:
    """Return the error of claims that lack signatures: what is told first, then the first of them."""
    file, hidden = _file(project), len(found) - _MOST_SHOWN
    first = [Problem(file, claim, how) for claim, how in list(found.items())[:_MOST_SHOWN]]
    more = [Problem(file, "", f"and {hidden} more")] if hidden > 0 else []
    return InputError([Problem(file, "", told), *first, *more])


def _file(project: Project) -> str:
    return project.relative(signatures_file(project))


def _lack(one: Standing, why: dict[tuple[str, str], str]) -> str:
    found = [f"signed by {' and '.join(one.valid)}" if one.valid else "signed by nobody"]
    found += [f"{name}'s is stale ({why[one.claim, name]})" for name in one.stale]
    return ", ".join(found)


def _changed(signature: Signature, claim: Claim) -> tuple[str, ...]:
    now = fingerprint(claim).split("-")
    pairs = zip(SIDES, signature.fingerprint.split("-"), now, strict=True)
    return tuple(side for side, then, is_now in pairs if then != is_now)


def _digest(claim: Claim, names: tuple[str, ...]) -> str:
    said = "\x1f".join(as_cell(getattr(claim, name)) for name in names)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _printed(claim: Claim) -> str:
    return " ".join(claim.text.split())


def _order(one: Signature) -> tuple[str, str]:
    return one.person, one.claim
