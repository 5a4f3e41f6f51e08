"""What was published, believed only where its manifest says that a run made it so.

A published folder holds ``manifest.json`` with the sha256 of every other file. Whatever reads a file of an
earlier report reads it by way of here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from klimatlib.claims.claims import ClaimBook, read_claims
from klimatlib.errors import InputError, Problem
from klimatlib.sources.inputs import Inputs

MANIFEST = "manifest.json"


def claims(inputs: Inputs, name: str) -> ClaimBook:
    """Return a published report's claims, and remember that they were read.

    Raises
    ------
    InputError
        When there are none, or they are not those that the run made.
    """
    path = inputs.project.root / "outputs" / name / "claims.csv"
    return read_claims(read(inputs, path.parent, path.name), file=inputs.project.relative(path))


def previous_claims(inputs: Inputs) -> ClaimBook:
    """Return the claims that the report named by ``previous`` published; none where there is no such report.

    Raises
    ------
    InputError
        When that report has no ``claims.csv``, or one that its run did not make.
    """
    name = inputs.project.params.previous
    return ClaimBook() if name is None else claims(inputs, name)


def read(inputs: Inputs, folder: Path, file: str) -> bytes:
    """Return a file of a published folder, and remember that it was read.

    Parameters
    ----------
    inputs
        Any report of the project.
    folder, file
        The published folder, and the file's path in it.

    Raises
    ------
    InputError
        When it is missing, or not as the run made it.
    """
    path, project = folder / file, inputs.project
    shown, make = project.relative(path), f"klimatlib report {folder.name.removesuffix('-draft')}"
    for needed in (path, folder / MANIFEST):
        if not inputs.exists(needed):
            told = f"missing; get it from git, or make it with: {make}"
            raise InputError([Problem(project.relative(needed), "", told)])
    data = inputs.read(path)
    outputs = manifest(inputs.read(folder / MANIFEST), shown=project.relative(folder / MANIFEST))["outputs"]
    if inputs.digests[shown] != outputs.get(file):
        told = f"not as a run made it ({MANIFEST} has another hash); get it from git, or make it anew: {make}"
        raise InputError([Problem(shown, "", told)])
    return data


def manifest(data: bytes, *, shown: str) -> Mapping[str, Any]:
    """Return what a manifest holds; ``shown`` is its name in messages.

    Raises
    ------
    InputError
        When it is none.
    """
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("outputs"), dict):
        told = "not a manifest; get it from git, or make it anew: klimatlib report"
        raise InputError([Problem(shown, "", f"{told} {Path(shown).parent.name}")])
    return found
