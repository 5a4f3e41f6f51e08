"""Signatures: who has approved which claim over which values, and whether that still holds.

A signature keeps the printed text and a fingerprint of what was approved. When its claim comes to say
something else the signature is stale, and can tell which side of the claim changed. It is a person's word and
no cryptography: that it was this person is for git's history to show. Reading the published claims and the
file, the lock and the writing are the command's (`klimatlib.cli`); everything here is a pure function.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import hashlib
import io
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, as_cell
from klimatlib.config import Project
from klimatlib.errors import InputError, Problem, UsageError, truncate

NEEDED = 2  # people
REPORT = "report"  # the document that a signature is about where its file names none
# The sides of a claim that are approved; where it is printed (notebook, cell) is not.
SIDES: dict[str, tuple[str, ...]] = {
    "value": ("value", "unit", "text"),
    "answers": ("k", "n", "members"),
    "year or release": ("year", "data_year", "vintage"),
    "definition": ("definition",),
    "comparison": ("comparable", "previous_year", "previous_value"),
    "source": ("source",),
}
_MOST_PROBLEMS, _MOST_LINES, _LONGEST_NAME = 10, 20, 80


@dataclass(frozen=True)
class Signature:
    """One person's approval of one claim of a document, over its printed text and its fingerprint."""

    name: str
    document: str
    claim: str
    date: str
    text: str
    fingerprint: str

    @property
    def person(self) -> str:
        """The same for one person's name, however it is written."""
        return person(self.name)


@dataclass(frozen=True)
class Standing:
    """How a claim stands: names of those whose signature holds, and of those who signed something else."""

    claim: str
    valid: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether two people have signed what the claim says now."""
        return len(self.valid) >= NEEDED


@dataclass(frozen=True)
class Stale:
    """A signature beside the claim that it no longer fits."""

    signature: Signature
    claim: Claim

    @property
    def changed(self) -> tuple[str, ...]:
        """The keys of `SIDES` that say something else now."""
        signed, current = self.signature.fingerprint.split("-"), fingerprint(self.claim).split("-")
        return tuple(side for side, *hashes in zip(SIDES, signed, current, strict=True) if len({*hashes}) > 1)

    @property
    def message(self) -> str:
        """What was signed and what it is now, in one line."""
        signed, printed = self.signature.text, _printed(self.claim)
        others = [side for side in self.changed if side != "value" or signed == printed]
        parts = [
            f"signed {signed}, now {printed}" if signed != printed else f"still prints {printed}",
            f"{', '.join(others)} changed" if others else "",
            "" if "definition" in self.changed else "definition the same",
        ]
        return "; ".join(filter(None, parts))


def fingerprint(claim: Claim) -> str:
    """Return what a claim says as a short text: eight hexadecimal digits of sha256 for each of `SIDES`."""
    sides = ("\x1f".join(as_cell(getattr(claim, name)) for name in names) for names in SIDES.values())
    return "-".join(hashlib.sha256(side.encode()).hexdigest()[:8] for side in sides)


def holds(signature: Signature, claim: Claim) -> bool:
    """Whether the claim says what was signed."""
    return (signature.fingerprint, signature.text) == (fingerprint(claim), _printed(claim))


def standings(book: ClaimBook, signed: Iterable[Signature], *, document: str = REPORT) -> dict[str, Standing]:
    """Return how each claim of a document stands, in the book's order."""
    names: dict[str, tuple[list[str], list[str]]] = {claim.id: ([], []) for claim in book}
    for signature in sorted(signed, key=_order):
        if signature.document == document and signature.claim in names:
            stale = not holds(signature, book[signature.claim])
            names[signature.claim][stale].append(signature.name)
    return {claim: Standing(claim, tuple(valid), tuple(stale)) for claim, (valid, stale) in names.items()}


def stale(book: ClaimBook, signed: Iterable[Signature], *, document: str = REPORT) -> list[Stale]:
    """Return the signatures of a document that no longer fit their claim, in the book's order."""
    ordered = sorted(signed, key=lambda signature: (signature.claim, signature.person))
    listed = [each for each in ordered if each.document == document and each.claim in book]
    return [Stale(each, book[each.claim]) for each in listed if not holds(each, book[each.claim])]


def sign(
    claims: Iterable[Claim],
    signed: Iterable[Signature],
    *,
    name: str,
    date: dt.date,
    document: str = REPORT,
) -> list[Signature]:
    """Return the signatures with a person's own for these claims; one that holds already stays as it is."""
    kept = {(signature.document, signature.claim, signature.person): signature for signature in signed}
    for claim in claims:
        new = Signature(name, document, claim.id, date.isoformat(), _printed(claim), fingerprint(claim))
        old = kept.get((document, claim.id, new.person))
        if old is None or not holds(old, claim):
            kept[document, claim.id, new.person] = new
    return sorted(kept.values(), key=_order)


def to_csv(signed: Iterable[Signature]) -> str:
    """Return signatures as their file: by person, so that what two people add stands apart in a merge."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(field.name for field in fields(Signature))
    writer.writerows(astuple(signature) for signature in sorted(signed, key=_order))
    return stream.getvalue()


def signatures_file(project: Project) -> Path:
    """Return where a report's signatures are kept."""
    return project.data / "signatures.csv"


def faults(signed: Iterable[Signature], *, file: str) -> Iterator[Problem]:
    """Find names in a file of signatures that are none, and a claim that one person signed twice."""
    first: dict[tuple[str, str, str], str] = {}
    for row, signature in enumerate(signed, 2):
        claim, name = signature.claim, signature.name
        if fault := fault_of_name(name):
            yield Problem(file, f"row {row}", f"the name {name!r} {fault}")
        earlier = first.setdefault((signature.document, claim, signature.person), name)
        if earlier != name:
            message = f"{claim} is signed by {earlier!r} and {name!r}, who are one person; keep one line"
            yield Problem(file, f"row {row}", message)


def person(name: str) -> str:
    """Return a name as it is compared: without regard to case, spaces and ways to write a letter."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def fault_of_name(name: str) -> str:
    """Say why a text cannot stand for a person in the file; empty when it can.

    >>> fault_of_name("Anna Ek"), fault_of_name("=Anna")
    ('', 'begins with =, which a spreadsheet takes for a formula')
    """
    if not any(sign.isalpha() for sign in name):
        return "has no letters; expected a person's name"
    if len(name) > _LONGEST_NAME:
        return f"is {len(name)} characters long; expected at most {_LONGEST_NAME}"
    if not name.replace(swedish.NBSP, " ").isprintable():
        return "has characters that cannot be seen; type it anew"
    first = name.lstrip()[0]
    return f"begins with {first}, which a spreadsheet takes for a formula" if first in "=+-@" else ""


def require_people(signed: Iterable[Signature], project: Project) -> None:
    """Refuse a final report that cannot become one, before anything is run: fewer than two have signed."""
    names = {signature.person: signature.name for signature in signed if signature.document == REPORT}
    if len(names) < NEEDED:
        signers = f"signed by {', '.join(names.values()) or 'nobody'}"
        advice = f"{signers}; expected two people; sign with: klimatlib sign {project.name} --as NAME"
        raise refusal({}, project, f"a final report is approved claim by claim: {advice}")


def require_approved(book: ClaimBook, signed: Collection[Signature], project: Project) -> None:
    """Refuse a final report unless two people's signatures hold for every claim; name the first that lack."""
    if missing := lacking(book, signed):
        count = f"{len(missing)} of {len(book)} claims lack two people's signatures"
        raise refusal(missing, project, f"{count}; see: klimatlib sign {project.name}")


def lacking(book: ClaimBook, signed: Collection[Signature], *, document: str = REPORT) -> dict[str, str]:
    """Return the claims that two people have not signed as they stand, with how each is signed, in words."""
    old = stale(book, signed, document=document)
    why = {(each.claim.id, each.signature.name): each.message for each in old}
    missing = {}
    for claim, standing in standings(book, signed, document=document).items():
        if not standing.approved:
            valid = f"signed by {' and '.join(standing.valid)}" if standing.valid else "signed by nobody"
            why_stale = [f"{name}'s is stale ({why[claim, name]})" for name in standing.stale]
            missing[claim] = ", ".join([valid, *why_stale])
    return missing


def refusal(missing: Mapping[str, str], project: Project, message: str) -> InputError:
    """Return the error of claims that lack signatures: the message, then the first of them."""
    file = project.relative(signatures_file(project))
    lines = truncate([f"{claim}: {how}" for claim, how in missing.items()], _MOST_PROBLEMS)
    return InputError(Problem(file, "", line) for line in [message, *lines])


def standing_lines(
    book: ClaimBook, signed: Sequence[Signature], patterns: Sequence[str], *, where: str
) -> list[str]:
    """Say how published claims stand: who has signed, what is stale and why, what still lacks signatures.

    Parameters
    ----------
    book, signed
        The published claims, and the signatures.
    patterns
        Ids of claims, or patterns such as ``survey-*``; all claims by default, and long lists are then cut.
    where
        The claims' file, for messages.
    """
    ids = chosen(patterns, [claim.id for claim in book], where)
    listed = [standing for claim, standing in standings(book, signed).items() if claim in ids]
    once = [f"{each.claim}, signed by {each.valid[0]}" for each in listed if len(each.valid) == 1]
    none = [each.claim for each in listed if not each.valid]
    old = [
        f"{each.claim.id}, {each.signature.name} {each.signature.date}: {each.message}"
        for each in stale(book, signed)
        if each.claim.id in ids
    ]
    gone = sorted({signature.claim for signature in signed if signature.claim not in book})
    two = len(listed) - len(once) - len(none)
    return [
        f"{len(listed)} claims: {two} signed by two, {len(once)} by one, {len(none)} by nobody",
        *_listed("stale", old, patterns),
        *_listed("one more needed", once, patterns),
        *_listed("not signed", none, patterns),
        *(f"signed, but no longer in the report: {claim}" for claim in gone if not patterns),
    ]


def sign_chosen(
    book: ClaimBook,
    before: Sequence[Signature],
    patterns: Sequence[str],
    *,
    name: str,
    date: dt.date,
    where: str,
) -> tuple[list[Signature], list[str]]:
    """Sign claims in a person's name; return the signatures and what to say of them.

    Parameters
    ----------
    book, before, patterns, where
        As `standing_lines`.
    name, date
        Who signs, and the day.

    Raises
    ------
    UsageError
        A claim that is not there, or a name that is none.
    """
    name, notes = _signer(name, before)
    ids = chosen(patterns, [claim.id for claim in book], where)
    after = sign([book[claim] for claim in ids], before, name=name, date=date)
    renewed = {each.claim.id: each.message for each in stale(book, before) if each.signature not in after}
    new = sorted({*after} - {*before}, key=lambda signature: signature.claim)
    first = [f"{each.claim}: {each.text}" for each in new if each.claim not in renewed]
    counts = f"{len(first)} signed, {len(renewed)} renewed, {len(ids) - len(new)} as before"
    return after, [
        *notes,
        f"{name}: {len(ids)} claims, {counts}",
        *(f"renewed: {claim}: {message}" for claim, message in renewed.items()),
        *_listed("signed", first, patterns),
    ]


def withdraw(
    before: Sequence[Signature], patterns: Sequence[str], *, name: str
) -> tuple[list[Signature], list[str]]:
    """Take a person's signatures back, of all claims or of some, also of claims that are gone."""
    name, _ = _signer(name, before)
    own = [signature.claim for signature in before if signature.person == person(name)]
    if not own:
        names = ", ".join(sorted({signature.name for signature in before})) or "nobody"
        raise UsageError(f"{name} has signed nothing; signed by {names}")
    ids = chosen(patterns, own, f"what {name} has signed")
    after = [each for each in before if each.person != person(name) or each.claim not in ids]
    return after, [f"{name}: {len(ids)} withdrawn", *_listed("withdrawn", sorted(ids), patterns)]


def _listed(what: str, lines: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """Return lines with what they tell of; many are cut where nobody asked for just these."""
    return truncate([f"{what}: {line}" for line in lines], len(lines) if patterns else _MOST_LINES)


def _signer(given: str, signed: Iterable[Signature]) -> tuple[str, list[str]]:
    """Return a person's name as it stands in the file already, and a note where another is like it."""
    if fault := fault_of_name(given):
        raise UsageError(f"--as: the name {given!r} {fault}")
    name = " ".join(unicodedata.normalize("NFC", given).split())
    names = {signature.person: signature.name for signature in signed}
    if person(name) in names:
        return names[person(name)], []
    near = difflib.get_close_matches(person(name), names, n=1, cutoff=0.8)
    return name, [f"note: {names[other]} has signed too; is {name} another person?" for other in near]


def chosen(patterns: Sequence[str], ids: Sequence[str], where: str) -> set[str]:
    """Return the ids that a person's patterns name, all of them without one; refuse what names none."""
    matching = {pattern: [claim for claim in ids if fnmatchcase(claim, pattern)] for pattern in patterns}
    unknown = []
    for pattern in (pattern for pattern, names in matching.items() if not names):
        near = difflib.get_close_matches(pattern, ids, n=1)
        unknown.append(f"no claim {pattern!r} in {where}" + (f"; did you mean {near[0]}?" if near else ""))
    if unknown:
        raise UsageError("\n".join(unknown))
    return {claim for names in matching.values() for claim in names} if patterns else {*ids}


def _printed(claim: Claim) -> str:
    return claim.text.replace(swedish.NBSP, " ")


def _order(signature: Signature) -> tuple[str, str, str]:
    return signature.person, signature.document, signature.claim
