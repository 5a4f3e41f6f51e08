"""The act of signing: the published claims, a person's name, and the one file that git tracks."""

from __future__ import annotations

import datetime as dt
import difflib
import unicodedata
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase

from klimatlib import publish, published, signatures
from klimatlib.config import Project
from klimatlib.errors import UsageError, cut
from klimatlib.files import write_whole
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs, Signature

_MOST_SHOWN = 20


def standing(inputs: Inputs, patterns: Sequence[str] = ()) -> list[str]:
    """Say how the published claims stand: who has signed, what is stale and why, what still lacks signatures.

    Parameters
    ----------
    inputs
        The report's inputs.
    patterns
        Ids of claims, or patterns such as ``survey-*``; all claims by default, and long lists are then cut.
    """
    book, signed = published.claims(inputs, inputs.project.name), sources.signatures(inputs)
    ids = _chosen(patterns, [claim.id for claim in book], _claims_file(inputs.project))
    stale = signatures.stale(book, signed)
    found = [one for claim, one in signatures.standings(book, signed).items() if claim in ids]
    once = [one for one in found if len(one.valid) == 1]
    none = [one for one in found if not one.valid]
    approved = len(found) - len(once) - len(none)
    most = len(found) if patterns else _MOST_SHOWN
    gone = [] if patterns else sorted({one.claim for one in signed if one.claim not in book})
    return [
        f"{len(found)} claims: {approved} signed by two, {len(once)} by one, {len(none)} by nobody",
        *cut([f"stale: {_who(one)}: {one.told}" for one in stale if one.claim.id in ids], most),
        *cut([f"one more needed: {one.claim}, signed by {one.valid[0]}" for one in once], most),
        *cut([f"not signed: {one.claim}" for one in none], most),
        *(f"signed, but no longer in the report: {claim}" for claim in gone),
    ]


def sign(inputs: Inputs, patterns: Sequence[str] = (), *, name: str, date: dt.date) -> list[str]:
    """Sign published claims in a person's name, and say what was signed.

    Parameters
    ----------
    inputs
        The report's inputs.
    patterns
        Ids of claims, or patterns such as ``survey-*``; all claims by default.
    name
        Who signs.
    date
        The day of signing.

    Raises
    ------
    UsageError
        A claim that is not there, or a name that is none.
    InputError
        A published folder that was altered by hand, or a file of signatures that cannot be read.
    """
    project = inputs.project
    with _alone(project):
        book, before = published.claims(inputs, project.name), sources.signatures(inputs)
        name, notes = _name(name, before)
        ids = _chosen(patterns, [claim.id for claim in book], _claims_file(project))
        after = signatures.sign([book[claim] for claim in ids], before, name=name, date=date)
        written = _write(project, before, after)
    renewed = [one for one in signatures.stale(book, before) if one.signature not in after]
    done = {one.claim.id: f"renewed: {one.claim.id}: {one.told}" for one in renewed}
    new = sorted({*after} - {*before}, key=lambda one: one.claim)
    first = [f"signed: {one.claim}: {one.text}" for one in new if one.claim not in done]
    counts = f"{len(first)} signed, {len(done)} renewed, {len(ids) - len(new)} as before"
    head = [*notes, f"{name}: {len(ids)} claims, {counts}", *done.values()]
    return [*head, *cut(first, len(first) if patterns else _MOST_SHOWN), written]


def withdraw(inputs: Inputs, patterns: Sequence[str] = (), *, name: str) -> list[str]:
    """Take a person's signatures back, of all claims or of some; also of claims that are gone."""
    project = inputs.project
    with _alone(project):
        before = sources.signatures(inputs)
        name, _ = _name(name, before)
        own = [one.claim for one in before if one.person == sources.person(name)]
        if not own:
            names = ", ".join(sorted({one.name for one in before})) or "nobody"
            raise UsageError(f"{name} has signed nothing; signed by {names}")
        ids = _chosen(patterns, own, f"what {name} has signed")
        after = signatures.withdraw(ids, before, person=sources.person(name))
        written = _write(project, before, after)
    gone = [f"withdrawn: {claim}" for claim in sorted(ids)]
    return [f"{name}: {len(ids)} withdrawn", *cut(gone, len(gone) if patterns else _MOST_SHOWN), written]


def _claims_file(project: Project) -> str:
    return project.relative(project.published / "claims.csv")


def _name(given: str, signed: Collection[Signature]) -> tuple[str, list[str]]:
    """Return a person's name as it stands in the file already, and what to know when a like one does."""
    if fault := sources.fault_of_name(given):
        raise UsageError(f"--as: the name {given!r} {fault}")
    name = " ".join(unicodedata.normalize("NFC", given).split())
    known = {one.person: one.name for one in signed}
    if sources.person(name) in known:
        return known[sources.person(name)], []
    near = difflib.get_close_matches(sources.person(name), known, n=1, cutoff=0.8)
    return name, [f"note: {known[one]} has signed too; is {name} another person?" for one in near]


def _chosen(patterns: Sequence[str], ids: Sequence[str], where: str) -> set[str]:
    if not patterns:
        return set(ids)
    found = {pattern: [one for one in ids if fnmatchcase(one, pattern)] for pattern in patterns}
    if unknown := [_unknown(pattern, ids, where) for pattern, matching in found.items() if not matching]:
        raise UsageError("\n".join(unknown))
    return {one for matching in found.values() for one in matching}


def _unknown(pattern: str, ids: Sequence[str], where: str) -> str:
    near = difflib.get_close_matches(pattern, ids, n=1)
    return f"no claim {pattern!r} in {where}" + (f"; did you mean {near[0]}?" if near else "")


def _alone(project: Project) -> AbstractContextManager[None]:
    """Keep a run from publishing other claims, and others from signing, in between."""
    return publish.locked(project.root / "outputs" / f".lock-{project.name}")


def _write(project: Project, before: Sequence[Signature], after: Sequence[Signature]) -> str:
    path = sources.signatures_file(project)
    if {*after} == {*before}:
        return f"{project.relative(path)} is as it was"
    write_whole(path, signatures.to_csv(after))
    return f"{project.relative(path)} is written; commit it"


def _who(one: signatures.Stale) -> str:
    return f"{one.claim.id}, {one.signature.name} {one.signature.date}"
