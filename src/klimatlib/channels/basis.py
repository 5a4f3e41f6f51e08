"""What the channels rest on: a published report that is whole and of today's inputs, and its signatures."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from klimatlib import jobs, published, signatures, sources
from klimatlib.claims.claims import ClaimBook
from klimatlib.errors import InputError, Problem
from klimatlib.params import Project
from klimatlib.sources import Inputs

_PRINTED = re.compile(r'\{\.claim claim="([^"]*)"\}')


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
    return [Problem(path, "", told) for path, _ in jobs.changed(project.root, dict(sorted(known.items())))]


def unsigned(inputs: Inputs, book: ClaimBook, told: Collection[str]) -> dict[str, str]:
    """Return the told claims that two people have not signed as they stand, with how each is signed."""
    found = signatures.lacking(book, sources.signatures(inputs))
    return {claim: how for claim, how in found.items() if claim in told}


def unpublishable(project: Project, lacking: Mapping[str, str], *, of: int) -> InputError:
    """Return the error of channels with claims, so many of all that they print, that lack signatures."""
    count = f"{len(lacking)} of the {of} claims that the channels print lack two people's signatures"
    sign = f"klimatlib sign {project.name} --as PERSON CLAIM ..."
    advice = f"sign with: {sign}; to look at them before that: klimatlib channels {project.name} --draft"
    return signatures.refusal(lacking, project, f"{count}; {advice}")


def _command(project: Project) -> str:
    return f"klimatlib report {project.name}"
