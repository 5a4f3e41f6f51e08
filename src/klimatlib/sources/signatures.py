"""The file of signatures: one line for each claim and person, so that git merges what two people signed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from klimatlib import schemas
from klimatlib.errors import InputError, Problem
from klimatlib.params import Project
from klimatlib.schemas import rows
from klimatlib.sources.inputs import Inputs

_LONGEST_NAME = 80
_NOT_SHOWN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # Unicode's categories of what nobody sees


@dataclass(frozen=True)
class Signature:
    """One person's approval of one claim: columns as `schemas.SIGNATURES`."""

    name: str
    claim: str
    date: str
    text: str
    fingerprint: str

    @property
    def person(self) -> str:
        """The same for one person's name, however it is written."""
        return person(self.name)


def signatures_file(project: Project) -> Path:
    """Return where a report's signatures are kept."""
    return project.data / "signatures.csv"


def signatures(inputs: Inputs) -> tuple[Signature, ...]:
    """Return who has signed which claim; nobody without such a file.

    Raises
    ------
    InputError
        Not as `schemas.SIGNATURES`, a name that is none, or a claim that one person signed twice.
    """
    path = signatures_file(inputs.project)
    if not inputs.exists(path):
        return ()
    found = tuple(Signature(*row) for row in rows(inputs.table(path, schemas.SIGNATURES)))
    if problems := [*_problems(found, inputs.project.relative(path))]:
        raise InputError(problems)
    return found


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
    if any(unicodedata.category(sign) in _NOT_SHOWN for sign in name):
        return "has characters that cannot be seen; type it anew"
    first = name.lstrip()[0]
    return f"begins with {first}, which a spreadsheet takes for a formula" if first in "=+-@" else ""


def _problems(found: Iterable[Signature], file: str) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for row, one in enumerate(found, 2):
        if fault := fault_of_name(one.name):
            yield Problem(file, f"row {row}", f"the name {one.name!r} {fault}")
        first = seen.setdefault((one.claim, one.person), one.name)
        if first != one.name:
            told = f"{one.claim} is signed by {first!r} and {one.name!r}, who are one person; keep one line"
            yield Problem(file, f"row {row}", told)
