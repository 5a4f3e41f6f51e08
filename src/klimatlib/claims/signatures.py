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
from klimatlib.errors import InputError, Problem, UsageError, cut

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
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # Unicode's categories of what nobody sees


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
    """A signature beside the claim that it no longer fits; ``changed`` are keys of `SIDES`."""

    signature: Signature
    claim: Claim
    changed: tuple[str, ...]

    @property
    def message(self) -> str:
        """What was signed and what it is now, in one line."""
        signed, printed = self.signature.text, _printed(self.claim)
        moved = signed != printed
        parts = [f"signed {signed}, now {printed}" if moved else f"still prints {printed}"]
        if others := [side for side in self.changed if not (moved and side == "value")]:
            parts.append(f"{', '.join(others)} changed")
        if "definition" not in self.changed:
            parts.append("definition the same")
        return "; ".join(parts)


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
    stale = []
    for signature in sorted(signed, key=lambda one: (one.claim, one.person)):
        if signature.document != document or signature.claim not in book:
            continue
        claim = book[signature.claim]
        if not holds(signature, claim):
            hashes = zip(SIDES, signature.fingerprint.split("-"), fingerprint(claim).split("-"), strict=True)
            changed = tuple(side for side, before, after in hashes if before != after)
            stale.append(Stale(signature, claim, changed))
    return stale


def sign(
    claims: Iterable[Claim],
    signed: Iterable[Signature],
    *,
    name: str,
    date: dt.date,
    document: str = REPORT,
) -> list[Signature]:
    """Return the signatures with a person's own for these claims; one that holds already stays as it is."""
    kept = {(one.document, one.claim, one.person): one for one in signed}
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
    writer.writerows(astuple(one) for one in sorted(signed, key=_order))
    return stream.getvalue()


def signatures_file(project: Project) -> Path:
    """Return where a report's signatures are kept."""
    return project.data / "signatures.csv"


def faults(signed: Iterable[Signature], *, file: str) -> Iterator[Problem]:
    """Find names in a file of signatures that are none, and a claim that one person signed twice."""
    first: dict[tuple[str, str, str], str] = {}
    for row, one in enumerate(signed, 2):
        if fault := fault_of_name(one.name):
            yield Problem(file, f"row {row}", f"the name {one.name!r} {fault}")
        name = first.setdefault((one.document, one.claim, one.person), one.name)
        if name != one.name:
            message = f"{one.claim} is signed by {name!r} and {one.name!r}, who are one person; keep one line"
            yield Problem(file, f"row {row}", message)


def person(name: str) -> str:
    """Return a name as it is compared: without regard to case, spaces and ways to write a letter."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def fault_of_name(name: str) -> str:
    """Say why a text cannot stand for a person in the file; empty when it can.

    >>> fault_of_name("Anna Ek"), fault_of_name("=1+1")
    ('', 'begins with =, which a spreadsheet takes for a formula')
    """
    if not any(sign.isalpha() for sign in name):
        return "has no letters; expected a person's name"
    if len(name) > _LONGEST_NAME:
        return f"is {len(name)} characters long; expected at most {_LONGEST_NAME}"
    if any(unicodedata.category(sign) in _INVISIBLE for sign in name):
        return "has characters that cannot be seen; type it anew"
    first = name.lstrip()[0]
    return f"begins with {first}, which a spreadsheet takes for a formula" if first in "=+-@" else ""


def require_people(signed: Iterable[Signature], project: Project) -> None:
    """Refuse a final report that cannot become one, before anything is run: fewer than two have signed."""
    names = {one.person: one.name for one in signed if one.document == REPORT}
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
    why = {(one.claim.id, one.signature.name): one.message for one in stale(book, signed, document=document)}
    missing = {}
    for claim, standing in standings(book, signed, document=document).items():
        if not standing.approved:
            valid = f"signed by {' and '.join(standing.valid)}" if standing.valid else "signed by nobody"
            old = [f"{name}'s is stale ({why[claim, name]})" for name in standing.stale]
            missing[claim] = ", ".join([valid, *old])
    return missing


def refusal(missing: Mapping[str, str], project: Project, message: str) -> InputError:
    """Return the error of claims that lack signatures: the message, then the first of them."""
    file, hidden = project.relative(signatures_file(project)), len(missing) - _MOST_PROBLEMS
    first = [Problem(file, claim, how) for claim, how in [*missing.items()][:_MOST_PROBLEMS]]
    more = [Problem(file, "", f"and {hidden} more")] if hidden > 0 else []
    return InputError([Problem(file, "", message), *first, *more])


# The lines of the command: how claims stand, and what was signed and withdrawn.


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
    listed = [one for claim, one in standings(book, signed).items() if claim in ids]
    once = [one for one in listed if len(one.valid) == 1]
    none = [one for one in listed if not one.valid]
    most = len(listed) if patterns else _MOST_LINES
    gone = [] if patterns else sorted({one.claim for one in signed if one.claim not in book})
    old = [
        f"stale: {one.claim.id}, {one.signature.name} {one.signature.date}: {one.message}"
        for one in stale(book, signed)
        if one.claim.id in ids
    ]
    two = len(listed) - len(once) - len(none)
    return [
        f"{len(listed)} claims: {two} signed by two, {len(once)} by one, {len(none)} by nobody",
        *cut(old, most),
        *cut([f"one more needed: {one.claim}, signed by {one.valid[0]}" for one in once], most),
        *cut([f"not signed: {one.claim}" for one in none], most),
        *(f"signed, but no longer in the report: {claim}" for claim in gone),
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
    name, notes = signer(name, before)
    ids = chosen(patterns, [claim.id for claim in book], where)
    after = sign([book[claim] for claim in ids], before, name=name, date=date)
    renewed = {
        one.claim.id: f"renewed: {one.claim.id}: {one.message}"
        for one in stale(book, before)
        if one.signature not in after
    }
    new = sorted({*after} - {*before}, key=lambda one: one.claim)
    first = [f"signed: {one.claim}: {one.text}" for one in new if one.claim not in renewed]
    counts = f"{len(first)} signed, {len(renewed)} renewed, {len(ids) - len(new)} as before"
    head = [*notes, f"{name}: {len(ids)} claims, {counts}", *renewed.values()]
    return after, [*head, *cut(first, len(first) if patterns else _MOST_LINES)]


def withdraw(
    before: Sequence[Signature], patterns: Sequence[str], *, name: str
) -> tuple[list[Signature], list[str]]:
    """Take a person's signatures back, of all claims or of some, also of claims that are gone."""
    name, _ = signer(name, before)
    own = [one.claim for one in before if one.person == person(name)]
    if not own:
        names = ", ".join(sorted({one.name for one in before})) or "nobody"
        raise UsageError(f"{name} has signed nothing; signed by {names}")
    ids = chosen(patterns, own, f"what {name} has signed")
    after = [one for one in before if one.person != person(name) or one.claim not in ids]
    gone = [f"withdrawn: {claim}" for claim in sorted(ids)]
    return after, [f"{name}: {len(ids)} withdrawn", *cut(gone, len(gone) if patterns else _MOST_LINES)]


def signer(given: str, signed: Iterable[Signature]) -> tuple[str, list[str]]:
    """Return a person's name as it stands in the file already, and a note where another is like it.

    Raises
    ------
    UsageError
        The text is no person's name.
    """
    if fault := fault_of_name(given):
        raise UsageError(f"--as: the name {given!r} {fault}")
    name = " ".join(unicodedata.normalize("NFC", given).split())
    names = {one.person: one.name for one in signed}
    if person(name) in names:
        return names[person(name)], []
    near = difflib.get_close_matches(person(name), names, n=1, cutoff=0.8)
    return name, [f"note: {names[one]} has signed too; is {name} another person?" for one in near]


def chosen(patterns: Sequence[str], ids: Sequence[str], where: str) -> set[str]:
    """Return the ids that a person's patterns name, all of them without one; refuse what names none."""
    matching = {pattern: [one for one in ids if fnmatchcase(one, pattern)] for pattern in patterns or ("*",)}
    unknown = []
    for pattern, found in matching.items():
        if patterns and not found:
            near = difflib.get_close_matches(pattern, ids, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            unknown.append(f"no claim {pattern!r} in {where}{hint}")
    if unknown:
        raise UsageError("\n".join(unknown))
    return {one for found in matching.values() for one in found}


def _printed(claim: Claim) -> str:
    return claim.text.replace(swedish.NBSP, " ")


def _order(one: Signature) -> tuple[str, str, str]:
    return one.person, one.document, one.claim
