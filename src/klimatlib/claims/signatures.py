"""Signatures: who has approved which claim and which statement of a document, and whether that still holds.

A signature keeps the printed text and a fingerprint of what was approved. When a claim comes to say something
else its signature is stale, and can tell which side of the claim changed; a statement whose words change is
another statement. It is a person's word and no cryptography: that it was this person is for git's history to
show. Reading and writing files is the command's (`klimatlib.cli`); everything here is a pure function.
"""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import hashlib
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import Field

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, as_cell
from klimatlib.config import Project, Strict
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
    """A statement of a document as it is signed.

    Attributes
    ----------
    id
        Of its chapter and its words, never of its line: ``sa-har-vi-raknat-1f0c…``.
    chapter, kind, text
        The heading of its chapter; sentence, heading, caption …; its words.
    decided, why
        ``plain``, ``bound``, ``open`` or ``false``, and what could not be decided or is contradicted.
    claims
        Ids of the claims that it prints; signing it signs them.
    """

    id: str
    chapter: str
    kind: str
    text: str
    decided: str = "plain"
    why: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


Signable = Claim | Passage


def passages(data: bytes) -> tuple[Passage, ...]:
    """Return the statements of a published document, from the bytes of its ``statements.json``."""
    values = json.loads(data)
    return tuple(Passage(**{**v, "why": tuple(v["why"]), "claims": tuple(v["claims"])}) for v in values)


@dataclass(frozen=True)
class Standing:
    """How a claim or statement stands: whose signature holds, and who signed something else."""

    claim: str
    valid: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether two people have signed what the claim says now."""
        return len(self.valid) >= NEEDED


@dataclass(frozen=True)
class Stale:
    """A signature beside what it no longer fits."""

    signature: Signature
    claim: Signable

    @property
    def changed(self) -> tuple[str, ...]:
        """The keys of `SIDES` that say something else now; none of a statement, which lacks a reason."""
        if isinstance(self.claim, Passage):
            return ()
        signed, current = self.signature.fingerprint.split("-"), fingerprint(self.claim).split("-")
        return tuple(side for side, *hashes in zip(SIDES, signed, current, strict=True) if len({*hashes}) > 1)

    @property
    def message(self) -> str:
        """What was signed and what it is now, in one line."""
        if isinstance(self.claim, Passage):
            return f"no rule decides it, and it was signed without a reason: {'; '.join(self.claim.why)}"
        signed, printed = self.signature.text, _printed(self.claim)
        others = [side for side in self.changed if side != "value" or signed == printed]
        parts = [
            f"signed {signed}, now {printed}" if signed != printed else f"still prints {printed}",
            f"{', '.join(others)} changed" if others else "",
            "" if "definition" in self.changed else "definition the same",
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


def standings(
    items: Iterable[Signable], signed: Iterable[Signature], *, document: str = REPORT
) -> dict[str, Standing]:
    """Return how each claim and statement of a document stands, in their order."""
    by_id = {item.id: item for item in items}
    names: dict[str, tuple[list[str], list[str]]] = {item: ([], []) for item in by_id}
    for signature in sorted(signed, key=_order):
        if signature.document == document and signature.claim in names:
            stale = not holds(signature, by_id[signature.claim])
            names[signature.claim][stale].append(signature.name)
    return {claim: Standing(claim, tuple(valid), tuple(stale)) for claim, (valid, stale) in names.items()}


def stale(items: Iterable[Signable], signed: Iterable[Signature], *, document: str = REPORT) -> list[Stale]:
    """Return the signatures of a document that no longer fit what they are for, sorted by its id."""
    by_id = {item.id: item for item in items}
    ordered = sorted(signed, key=lambda signature: (signature.claim, signature.person))
    listed = [each for each in ordered if each.document == document and each.claim in by_id]
    return [Stale(each, by_id[each.claim]) for each in listed if not holds(each, by_id[each.claim])]


def sign(
    claims: Iterable[Signable],
    signed: Iterable[Signature],
    *,
    name: str,
    date: dt.date,
    document: str = REPORT,
    reasons: Mapping[str, str] | None = None,
) -> list[Signature]:
    """Return the signatures with a person's own for these; one that holds already stays as it is.

    ``reasons`` say, by id, why open statements are true.
    """
    kept = {(signature.document, signature.claim, signature.person): signature for signature in signed}
    for claim in claims:
        said = (_printed(claim), fingerprint(claim), (reasons or {}).get(claim.id, ""))
        new = Signature(name, document, claim.id, date.isoformat(), *said)
        old = kept.get((document, claim.id, new.person))
        if holds(new, claim) and (old is None or not holds(old, claim)):
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


def require_approved(
    book: ClaimBook, signed: Collection[Signature], project: Project, page: Sequence[Passage] = ()
) -> None:
    """Refuse a final report unless two people's signatures hold for every claim and statement.

    Raises
    ------
    InputError
        How many claims, and how many statements of which chapters, lack signatures, and the first of them.
    """
    missing, unsigned = lacking(book, signed), lacking(page, signed)
    counts = [f"{len(missing)} of {len(book)} claims"] if missing else []
    chapters = Counter(passage.chapter for passage in page if passage.id in unsigned)
    if chapters:
        where = ", ".join(f"{count} in {chapter}" for chapter, count in chapters.items())
        counts.append(f"{len(unsigned)} of {len(page)} statements ({where})")
    if counts:
        message = f"{' and '.join(counts)} lack two people's signatures; see: klimatlib sign {project.name}"
        texts = {passage.id: f"“{passage.text}”" for passage in page}
        named = {texts.get(item, item): how for item, how in {**missing, **unsigned}.items()}
        raise refusal(named, project, message)


def signers(items: Iterable[Signable], signed: Iterable[Signature]) -> list[str]:
    """Return the names of those whose signatures of the report hold, sorted."""
    return sorted({name for each in standings(items, signed).values() for name in each.valid})


def lacking(
    items: Iterable[Signable], signed: Collection[Signature], *, document: str = REPORT
) -> dict[str, str]:
    """Return what two people have not signed as it stands, by id, with how each is signed, in words."""
    items = [*items]
    old = stale(items, signed, document=document)
    why = {(each.claim.id, each.signature.name): each.message for each in old}
    earlier = earlier_wordings(items, signed, document=document)
    missing = {}
    for claim, standing in standings(items, signed, document=document).items():
        if not standing.approved:
            valid = f"signed by {' and '.join(standing.valid)}" if standing.valid else "signed by nobody"
            why_stale = [f"{name}'s is stale ({why[claim, name]})" for name in standing.stale]
            missing[claim] = ", ".join([valid, *why_stale, *earlier.get(claim, ())])
    return missing


def earlier_wordings(
    items: Iterable[Signable], signed: Collection[Signature], *, document: str = REPORT
) -> dict[str, list[str]]:
    """Return, by the id of a statement that nobody has signed, the wording most like it that was signed.

    A wording that the document no longer has; each with who signed it, as a part of a message.
    """
    items, known = [*items], {signature.claim for signature in signed if signature.document == document}
    ids, gone = {item.id for item in items}, dict[str, list[str]]()
    for signature in signed:
        of_statement = "-" not in signature.fingerprint
        if of_statement and signature.document == document and signature.claim not in ids:
            gone.setdefault(signature.text, []).append(signature.name)
    found = dict[str, list[str]]()
    for item in items if gone else ():
        if isinstance(item, Passage) and item.id not in known:
            for text in difflib.get_close_matches(_printed(item), gone, n=1):
                found[item.id] = [f"{' and '.join(gone[text])} signed the earlier wording “{text}”"]
    return found


def refusal(missing: Mapping[str, str], project: Project, message: str) -> InputError:
    """Return the error of claims that lack signatures: the message, then the first of them."""
    file = project.relative(signatures_file(project))
    lines = truncate([f"{claim}: {how}" for claim, how in missing.items()], _MOST_PROBLEMS)
    return InputError(Problem(file, "", line) for line in [message, *lines])


def standing_lines(
    items: Sequence[Signable], signed: Sequence[Signature], patterns: Sequence[str], *, where: str
) -> list[str]:
    """Say how a document stands: who has signed, what is stale and why, what still lacks signatures.

    Parameters
    ----------
    items, signed
        The published claims and statements, and the signatures.
    patterns
        Ids, or patterns such as ``survey-*``; all claims by default, and long lists are then cut.
    where
        The claims' file, for messages.
    """
    by_id = {item.id: item for item in items}
    ids = chosen(patterns, [*by_id], where)
    listed = [standing for item, standing in standings(items, signed).items() if item in ids]
    once = [
        f"{_called(by_id[each.claim])}, signed by {each.valid[0]}" for each in listed if len(each.valid) == 1
    ]
    earlier = earlier_wordings(items, signed)
    none = [
        ", ".join([_called(by_id[each.claim]), *earlier.get(each.claim, ())])
        for each in listed
        if not each.valid
    ]
    old = [
        f"{_called(each.claim)}, {each.signature.name} {each.signature.date}: {each.message}"
        for each in stale(items, signed)
        if each.claim.id in ids
    ]
    gone = sorted({f"{each.claim}: {each.text}" for each in signed if each.claim not in by_id})
    counts = []
    for kind, what in ((Claim, "claims"), (Passage, "statements")):
        valid = [len(each.valid) for each in listed if isinstance(by_id[each.claim], kind)]
        two, one = sum(count >= NEEDED for count in valid), valid.count(1)
        if valid:
            said = f"{two} signed by two, {one} by one, {len(valid) - two - one} by nobody"
            counts.append(f"{len(valid)} {what}: {said}")
    return [
        *counts,
        *_listed("stale", old, patterns),
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

    Parameters
    ----------
    items, before, patterns, where
        As `standing_lines`.
    name, date
        Who signs, and the day.
    reasons
        Why open statements are true: one for all that are chosen, or by id. Those without are not signed.

    Raises
    ------
    UsageError
        A claim that is not there, or a name that is none.
    """
    name, notes = _signer(name, before)
    ids = chosen(patterns, [item.id for item in items], where)
    wanted = [item for item in items if item.id in ids]
    open_ones = [item for item in wanted if isinstance(item, Passage) and item.decided == "open"]
    given = dict.fromkeys((item.id for item in open_ones), reasons) if isinstance(reasons, str) else reasons
    bare = {item.id for item in open_ones if not given.get(item.id)}
    asked = [item for item in wanted if item.id not in bare]
    after = sign(asked, before, name=name, date=date, reasons=given)
    renewed = {each.claim.id: each.message for each in stale(items, before) if each.signature not in after}
    new = sorted({*after} - {*before}, key=lambda signature: signature.claim)
    first = [f"{each.claim}: {each.text}" for each in new if each.claim not in renewed]
    kinds = [f"{len(some)} {what}" for what, some in (
        ("claims", [item for item in asked if isinstance(item, Claim)]),
        ("statements", [item for item in asked if isinstance(item, Passage)]),
    ) if some]  # fmt: skip
    counts = f"{len(first)} signed, {len(renewed)} renewed, {len(asked) - len(new)} as before"
    left = [f"{item.text} ({'; '.join(item.why)})" for item in open_ones if item.id in bare]
    return after, [
        *notes,
        f"{name}: {' and '.join(kinds) or 'nothing'}, {counts}",
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

    Raises
    ------
    InputError
        When it is none, or one of another report.
    """
    try:
        review = Review.model_validate_json(path.read_bytes())
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
    unknown = []
    for pattern in (pattern for pattern, names in matching.items() if not names):
        near = difflib.get_close_matches(pattern, ids, n=1)
        unknown.append(f"no claim {pattern!r} in {where}" + (f"; did you mean {near[0]}?" if near else ""))
    if unknown:
        raise UsageError("\n".join(unknown))
    return {claim for names in matching.values() for claim in names} if patterns else {*ids}


def _printed(claim: Signable) -> str:
    return claim.text.replace(swedish.NBSP, " ")


def _called(item: Signable) -> str:
    return item.id if isinstance(item, Claim) else f"{item.id} “{item.text}”"


def _order(signature: Signature) -> tuple[str, str, str]:
    return signature.person, signature.document, signature.claim
