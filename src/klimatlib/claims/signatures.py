"""Signatures: who has approved which claim and which statement of a document, and whether that still holds.

A signature keeps the printed text and a fingerprint of what was approved. When a claim comes to say something
else its signature is stale, and can tell which side of the claim changed; a statement whose words change is
another statement. It is a person's word and no cryptography: that it was this person is for git's history to
show. Reading and writing files is the command's (`klimatlib.cli`); everything here is a pure function.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter

from klimatlib import swedish
from klimatlib.claims.claims import Claim, as_cell
from klimatlib.config import Project, Strict
from klimatlib.errors import InputError, Problem, UsageError, nearest, truncate
from klimatlib.files import csv_text, read_file

NEEDED = 2  # people
REPORT = "report"  # what a signature is about where its file says nothing: the document that has the file
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
    """One person's approval of one claim or statement of a document, over its text and its fingerprint.

    ``claim`` is the id of either; ``reason`` says why an open statement is true.
    """

    name: str
    document: str
    claim: str
    date: str
    text: str
    fingerprint: str
    reason: str = ""

    @property
    def person(self) -> str:
        """The same for one person's name, however it is written."""
        return person(self.name)


@dataclass(frozen=True)
class Passage:
    """A statement of a document as it is signed."""

    id: str  # of its chapter and its words, never of its line: ``sa-har-vi-raknat-1f0c…``
    chapter: str  # its heading
    kind: str  # sentence, heading, caption …
    text: str
    decided: str = "plain"  # or ``bound``, ``open``, ``false``
    why: tuple[str, ...] = ()  # what could not be decided or is contradicted
    claims: tuple[str, ...] = ()  # ids of those that it prints; signing it signs them
    # Of each of ``why``: the word in the text, the rule, and the claim that contradicts it, if any.
    marks: tuple[tuple[str, str, str], ...] = ()


Signable = Claim | Passage
_KINDS = ((Claim, "claims"), (Passage, "statements"))


def passages(data: bytes) -> tuple[Passage, ...]:
    """Return the statements of a published document, from the bytes of its ``statements.json``."""
    return TypeAdapter(tuple[Passage, ...]).validate_json(data)


@dataclass(frozen=True)
class Standing:
    """How a claim or statement stands: the signatures that hold, and those of something else."""

    item: Signable
    valid: tuple[Signature, ...] = ()
    stale: tuple[Signature, ...] = ()
    # Signed wordings that the report no longer has, each with the names of those who signed it.
    gone: Mapping[str, Sequence[str]] = field(default_factory=dict, compare=False)

    @property
    def approved(self) -> bool:
        """Whether two people have signed what the claim says now."""
        return len(self.valid) >= NEEDED

    @property
    def earlier(self) -> list[str]:
        """Who signed the wording most like that of a statement that nobody has signed; at most one."""
        if isinstance(self.item, Claim) or self.valid or self.stale:
            return []
        nearest = difflib.get_close_matches(_printed(self.item), self.gone, n=1)
        return [f"{' and '.join(self.gone[text])} signed the earlier wording “{text}”" for text in nearest]

    def __str__(self) -> str:
        names = " and ".join(signature.name for signature in self.valid)
        stale = [f"{each.name}'s is stale ({why_stale(each, self.item)})" for each in self.stale]
        return ", ".join([f"signed by {names or 'nobody'}", *stale, *self.earlier])


def changed_sides(signature: Signature, claim: Claim) -> tuple[str, ...]:
    """Return the keys of `SIDES` that say something else than what was signed."""
    signed, current = signature.fingerprint.split("-"), fingerprint(claim).split("-")
    return tuple(side for side, *hashes in zip(SIDES, signed, current, strict=True) if len({*hashes}) > 1)


def why_stale(signature: Signature, item: Signable) -> str:
    """Return what was signed and what it is now, in one line; of a statement, that it lacks a reason."""
    if isinstance(item, Passage):
        return f"no rule decides it, and it was signed without a reason: {'; '.join(item.why)}"
    signed, printed, changed = signature.text, _printed(item), changed_sides(signature, item)
    others = [side for side in changed if side != "value" or signed == printed]
    parts = [
        f"signed {signed}, now {printed}" if signed != printed else f"still prints {printed}",
        f"{', '.join(others)} changed" if others else "",
        "" if "definition" in changed else "definition the same",
    ]
    return "; ".join(filter(None, parts))


def fingerprint(claim: Signable) -> str:
    """Return eight hexadecimal digits of sha256 for each of a claim's `SIDES`, or 16 for a statement."""
    if isinstance(claim, Passage):
        return hashlib.sha256(claim.text.encode()).hexdigest()[:16]
    sides = ("\x1f".join(as_cell(getattr(claim, name)) for name in names) for names in SIDES.values())
    return "-".join(hashlib.sha256(side.encode()).hexdigest()[:8] for side in sides)


def holds(signature: Signature, claim: Signable) -> bool:
    """Whether the claim or statement says what was signed; an open statement was signed with a reason."""
    if isinstance(claim, Passage) and claim.decided == "open" and not signature.reason:
        return False
    return (signature.fingerprint, signature.text) == (fingerprint(claim), _printed(claim))


def standings(items: Iterable[Signable], signed: Iterable[Signature]) -> dict[str, Standing]:
    """Return how each claim and statement of the report stands, by id, in their order."""
    by_id, gone = {item.id: item for item in items}, defaultdict[str, list[str]](list)
    by_item = defaultdict[str, list[Signature]](list)
    for signature in sorted(signed, key=_order):
        if signature.document == REPORT:
            by_item[signature.claim].append(signature)
            if signature.claim not in by_id and "-" not in signature.fingerprint:  # of a statement
                gone[signature.text].append(signature.name)
    standings = {}
    for item in by_id.values():
        valid = tuple(signature for signature in by_item[item.id] if holds(signature, item))
        stale = tuple(signature for signature in by_item[item.id] if signature not in valid)
        standings[item.id] = Standing(item, valid, stale, gone)
    return standings


def sign(
    items: Iterable[Signable],
    signed: Iterable[Signature],
    *,
    name: str,
    date: dt.date,
    reasons: Mapping[str, str] | None = None,
) -> list[Signature]:
    """Return the signatures with a person's own for these; one that holds already stays as it is.

    ``reasons`` say, by id, why open statements are true.
    """
    signatures = {(each.document, each.claim, each.person): each for each in signed}
    for item in items:
        content = (_printed(item), fingerprint(item), (reasons or {}).get(item.id, ""))
        new = Signature(name, REPORT, item.id, date.isoformat(), *content)
        before = signatures.get((REPORT, item.id, new.person))
        if holds(new, item) and (before is None or not holds(before, item)):
            signatures[REPORT, item.id, new.person] = new
    return sorted(signatures.values(), key=_order)


def to_csv(signed: Iterable[Signature]) -> str:
    """Return signatures as their file: by person, so that what two people add stands apart in a merge."""
    heads = [field.name for field in fields(Signature)]
    return csv_text([heads, *map(astuple, sorted(signed, key=_order))], quoted=False)


def signatures_file(project: Project) -> Path:
    """Return where a document's signatures are kept: each has its own, beside those of its year's report."""
    return project.data / f"{'-'.join(filter(None, ('signatures', project.document)))}.csv"


def faults(signed: Collection[Signature], *, file: str, today: dt.date) -> Iterator[Problem]:
    """Find names in a file of signatures that are none, or are one person's, and days that are to come."""
    first: dict[str, str] = {}
    for row, signature in enumerate(signed, 2):
        name = signature.name
        if fault := fault_of_name(name):
            yield Problem(file, f"row {row}", f"the name {name!r} {fault}")
        if name not in first:
            first[name] = next((other for other in first if same_person(name, other)), name)
        if first[name] != name:
            message = f"{name!r} and {first[name]!r} are one person; write one name, once for each claim"
            yield Problem(file, f"row {row}", message)
        if signature.date > today.isoformat():
            yield Problem(file, f"row {row}, column date", f"{signature.date} is to come; today is {today}")


_LOOK_ALIKE = str.maketrans("аеорсухіјѕԁһ", "aeopcyxijsdh")  # Cyrillic letters that look like Latin ones


def person(name: str) -> str:
    """Return a name as it is compared: without case, spaces, hyphens, full stops, look-alike letters."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_LOOK_ALIKE)
    letters = "".join(sign if sign.isalnum() else " " for sign in unicodedata.normalize("NFKC", folded))
    return " ".join(letters.split())


def same_person(one: str, other: str) -> bool:
    """Whether two names may be one person's: as `person`, or with an initial for a first name.

    >>> same_person("A. Ek", "Anna Ek"), same_person("Anna Ek", "Anders Ek")
    (True, False)
    """
    first, second = person(one).split(), person(other).split()
    if "".join(first) == "".join(second):
        return True
    pairs = [*zip(first[:-1], second[:-1], strict=False)]
    initials = pairs and all(a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a, b in pairs)
    return bool(initials) and first[-1] == second[-1]


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


def require_approved(standings: Mapping[str, Standing], project: Project) -> None:
    """Refuse a final report unless two people's signatures hold for every claim and statement.

    InputError: how many claims, and how many statements of which chapters, lack signatures, and the first of
    them.
    """
    counts, unsigned = [], [standing for standing in standings.values() if not standing.approved]
    for kind, what in _KINDS:
        items = [each.item for each in unsigned if isinstance(each.item, kind)]
        chapters = Counter(item.chapter for item in items if isinstance(item, Passage))
        where = ", ".join(f"{count} in {chapter}" for chapter, count in chapters.items())
        of = sum(isinstance(standing.item, kind) for standing in standings.values())
        counts += [f"{len(items)} of {of} {what}" + (f" ({where})" if where else "")] if items else []
    if unsigned:
        message = f"{' and '.join(counts)} lack two people's signatures; see: klimatlib sign {project.name}"
        raise refusal({_called(each.item): str(each) for each in unsigned}, project, message)


def signers(standings: Mapping[str, Standing]) -> list[str]:
    """Return the names of those whose signatures hold, sorted."""
    return sorted({signature.name for standing in standings.values() for signature in standing.valid})


def lacking(items: Iterable[Signable], signed: Iterable[Signature]) -> dict[str, str]:
    """Return what two people have not signed as it stands, by id, with how each is signed, in words."""
    return {item: str(each) for item, each in standings(items, signed).items() if not each.approved}


def refusal(missing: Mapping[str, str], project: Project, message: str) -> InputError:
    """Return the error of claims that lack signatures: the message, then the first of them."""
    file = project.relative(signatures_file(project))
    lines = truncate([f"{claim}: {how}" for claim, how in missing.items()], _MOST_PROBLEMS)
    return InputError(Problem(file, "", line) for line in [message, *lines])


def standing_lines(
    items: Sequence[Signable], signed: Sequence[Signature], patterns: Sequence[str], *, where: str
) -> list[str]:
    """Say how a document stands: who has signed, what is stale and why, what still lacks signatures.

    ``items`` are what is published, ``patterns`` ids or such as ``survey-*``: all without one, and long lists
    are then cut. ``where`` is the claims' file, for messages.
    """
    every = standings(items, signed)
    ids = chosen(patterns, [*every], where)
    listed = [standing for item, standing in every.items() if item in ids]
    one_more = [each for each in listed if len(each.valid) == 1]
    once = [f"{_called(each.item)}, signed by {each.valid[0].name}" for each in one_more]
    none = [", ".join([_called(each.item), *each.earlier]) for each in listed if not each.valid]
    stale = [
        f"{_called(each.item)}, {signature.name} {signature.date}: {why_stale(signature, each.item)}"
        for each in sorted(listed, key=lambda each: each.item.id)
        for signature in each.stale
    ]
    gone = sorted({f"{each.claim}: {each.text}" for each in signed if each.claim not in every})
    counts = []
    for kind, what in _KINDS:
        valid = [len(each.valid) for each in listed if isinstance(each.item, kind)]
        two, one = sum(count >= NEEDED for count in valid), valid.count(1)
        if valid:
            by_whom = f"{two} signed by two, {one} by one, {len(valid) - two - one} by nobody"
            counts.append(f"{len(valid)} {what}: {by_whom}")
    return [
        *counts,
        *_listed("stale", stale, patterns),
        *_listed("one more needed", once, patterns),
        *_listed("not signed", none, patterns),
        *(f"signed, but no longer in the report: {item}" for item in gone if not patterns),
    ]


def sign_chosen(
    items: Sequence[Signable],
    before: Sequence[Signature],
    patterns: Sequence[str],
    *,
    name: str,
    date: dt.date,
    where: str,
    reasons: Mapping[str, str] | str = "",
) -> tuple[list[Signature], list[str]]:
    """Sign claims and statements in a person's name; return the signatures and what to say of them.

    ``items``, ``patterns`` and ``where`` are as those of `standing_lines`, ``before`` the signatures so far.
    ``reasons`` say why open statements are true: one for all, or by id; those without are not signed.

    UsageError: a claim that is not there, or a name that is none.
    """
    name, notes = _signer(name, before)
    ids = chosen(patterns, [item.id for item in items], where)
    wanted = [item for item in items if item.id in ids]
    open_ones = [item for item in wanted if isinstance(item, Passage) and item.decided == "open"]
    given = dict.fromkeys((item.id for item in open_ones), reasons) if isinstance(reasons, str) else reasons
    bare = {item.id for item in open_ones if not given.get(item.id)}
    asked = [item for item in wanted if item.id not in bare]
    after = sign(asked, before, name=name, date=date, reasons=given)
    renewed = {
        item: why_stale(signature, each.item)
        for item, each in standings(items, before).items()
        for signature in each.stale
        if signature not in after
    }
    new = sorted({*after} - {*before}, key=lambda signature: signature.claim)
    first = [f"{each.claim}: {each.text}" for each in new if each.claim not in renewed]
    sums = {what: sum(isinstance(item, kind) for item in asked) for kind, what in _KINDS}
    signed = " and ".join(f"{count} {what}" for what, count in sums.items() if count)
    counts = f"{len(first)} signed, {len(renewed)} renewed, {len(asked) - len(new)} as before"
    left = [f"{item.text} ({'; '.join(item.why)})" for item in open_ones if item.id in bare]
    return after, [
        *notes,
        f"{name}: {signed or 'nothing'}, {counts}",
        *_listed("open, not signed without --reason", left, patterns),
        *(f"renewed: {claim}: {message}" for claim, message in renewed.items()),
        *_listed("signed", first, patterns),
    ]


class Review(Strict):
    """What a reviewer ticked and commented in the review room, as the page saves it."""

    report: str
    name: str
    signed: dict[str, str]  # id -> fingerprint of what was read
    reasons: dict[str, str] = Field(default_factory=dict)  # why open statements are true
    comments: dict[str, str] = Field(default_factory=dict)


def read_review(path: Path, *, report: str) -> Review:
    """Return a review that was saved in the review room.

    InputError: when it is none, or one of another report.
    """
    try:
        review = Review.model_validate_json(read_file(path, path.name))
    except ValueError as error:
        advice = "save it anew in the review room (Spara min granskning)"
        raise InputError([Problem(path.name, "", f"not a saved review; {advice}")]) from error
    if review.report != report:
        raise InputError([Problem(path.name, "report", f"a review of {review.report}, expected {report}")])
    return review


def sign_review(
    items: Sequence[Signable], before: Sequence[Signature], review: Review, *, date: dt.date
) -> tuple[list[Signature], list[str]]:
    """Sign what a reviewer ticked, as far as it still says what was read; return also what to say of it."""
    read = {item.id for item in items if review.signed.get(item.id) == fingerprint(item)}
    if not read:
        return [*before], [f"{review.name}: nothing of the review is in the report as it stands"]
    about: Any = {"name": review.name, "date": date, "where": "the review", "reasons": review.reasons}
    after, lines = sign_chosen([item for item in items if item.id in read], before, [], **about)
    changed = [item for item in review.signed if item not in read]
    return after, [*lines, *_listed("changed since it was read, not signed", changed, [])]


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
    for other in names.values():
        if same_person(name, other):
            return other, []
    near = difflib.get_close_matches(person(name), names, n=1, cutoff=0.8)
    return name, [f"note: {names[other]} has signed too; is {name} another person?" for other in near]


def chosen(patterns: Sequence[str], ids: Sequence[str], where: str) -> set[str]:
    """Return the ids that a person's patterns name, all of them without one; refuse what names none."""
    matching = {pattern: [claim for claim in ids if fnmatchcase(claim, pattern)] for pattern in patterns}
    if unknown := [pattern for pattern, claims in matching.items() if not claims]:
        lines = (f"no claim {pattern!r} in {where}; {nearest(pattern, ids)}" for pattern in unknown)
        raise UsageError("\n".join(line.removesuffix("; ") for line in lines))
    return {claim for names in matching.values() for claim in names} if patterns else {*ids}


def _printed(claim: Signable) -> str:
    return claim.text.replace(swedish.NBSP, " ")


def _called(item: Signable) -> str:
    return item.id if isinstance(item, Claim) else f"{item.id} “{item.text}”"


def _order(signature: Signature) -> tuple[str, str, str]:
    return signature.person, signature.document, signature.claim
