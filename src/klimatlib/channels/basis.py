"""What the channels rest on: a published report that is whole and of today's inputs, and its signatures."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from klimatlib import jobs, published, signatures, sources
from klimatlib.claims import ClaimBook
from klimatlib.errors import InputError, Problem
from klimatlib.params import Project
from klimatlib.sources import Inputs

_PRINTED = re.compile(r'\{\.claim claim="([^"]*)"\}')
_MOST_SHOWN = 20


def claims(inputs: Inputs) -> ClaimBook:
    """Return the published claims, those of a report that is whole and of today's inputs.

    Raises
    ------
    InputError
        No published report, one that was altered by hand, or one of other inputs than stand here now.
    """
    project = inputs.project
    book = published.claims(inputs, project.name)
    published.read(inputs, project.published, "report.qmd")
    if problems := _moved(project, _manifest(project)):
        raise InputError(problems)
    return book


def printed(project: Project) -> set[str]:
    """Return the ids of the claims that the report prints."""
    return {*_PRINTED.findall((project.published / "report.qmd").read_text(encoding="utf-8"))}


def _manifest(project: Project) -> Mapping[str, Any]:
    path = project.published / published.MANIFEST
    return published.manifest(path.read_bytes(), shown=project.relative(path))


def _moved(project: Project, manifest: Mapping[str, Any]) -> list[Problem]:
    """Return which of the files that the report rests on are not as they were."""
    known = {**manifest["inputs"], **manifest["parameters"], **manifest["notebooks"]}
    told = f"is not as it was when outputs/{project.name}/ was made; make that anew with: {_command(project)}"
    return [
        Problem(path, "", told)
        for path, digest in sorted(known.items())
        if jobs.digest_or_absent(project.root / path) != digest
    ]


def require_signed(inputs: Inputs, book: ClaimBook, told: Collection[str]) -> None:
    """Refuse to publish unless two people's signatures hold for every claim that a channel prints.

    Raises
    ------
    InputError
        With each claim that lacks them, and how it is signed.
    """
    lacking = unsigned(inputs, book, told)
    if not lacking:
        return
    name, file = inputs.project.name, inputs.project.relative(sources.signatures_file(inputs.project))
    count = f"{len(lacking)} of the {len(told)} claims that the channels print lack two people's signatures"
    sign, draft = f"klimatlib sign {name} --as PERSON CLAIM ...", f"klimatlib channels {name} --draft"
    advice = f"sign with: {sign}; to look at them before that: {draft}"
    shown = [Problem(file, claim, how) for claim, how in list(lacking.items())[:_MOST_SHOWN]]
    hidden = len(lacking) - len(shown)
    more = [Problem(file, "", f"and {hidden} more")] if hidden else []
    raise InputError([Problem(file, "", f"{count}; {advice}"), *shown, *more])


def unsigned(inputs: Inputs, book: ClaimBook, told: Iterable[str]) -> dict[str, str]:
    """Return the claims that two people have not signed as they stand, with what is known of each."""
    standings = signatures.standings(book, sources.signatures(inputs))
    found = {claim: standings[claim] for claim in sorted({*told})}
    return {claim: _told(one) for claim, one in found.items() if not one.approved}


def _told(one: signatures.Standing) -> str:
    signed = f"signed by {' and '.join(one.valid)}" if one.valid else "signed by nobody"
    return signed + (f"; stale: {', '.join(one.stale)}" if one.stale else "")


def _command(project: Project) -> str:
    return f"klimatlib report {project.name}"
