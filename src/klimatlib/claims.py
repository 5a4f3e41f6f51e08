"""Claims: every printed number with its n, definition, data year and source, and the year's book of them.

A survey share is k of n and nothing else (the integer gate). What prints a number, be it prose, a tile, a
chart or a table, takes it from the book; the book's file is the history that next year compares with.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal

from klimatlib import swedish
from klimatlib.errors import ClaimError, InputError, Problem
from klimatlib.gate import share
from klimatlib.legible import legible
from klimatlib.spreadsheet import guarded, unguarded
from klimatlib.swedish import Number
from klimatlib.whole import write_whole

Comparable = Literal["yes", "caution", "broken", ""]
LIGHTS: dict[Comparable, str] = {
    "yes": "Jämförbar",
    "caution": "Med försiktighet",
    "broken": "Bruten serie",
    "": "–",
}
_DECIMALS = 6
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Claim:
    """One published number.

    Attributes
    ----------
    id
        Name of the number, the same every year.
    year
        Report year.
    value
        The number, to six decimals; shares are 0-1.
    unit
        Unit of ``value``: share, t CO2e per capita, members, …
    text
        The number as it is printed.
    k, n, members
        For survey shares: yes answers, respondents, members asked.
    data_year
        Year that the number is about.
    vintage
        Release of the statistics, where there are several.
    definition
        How the number is made, in Swedish, as a reader may see it.
    comparable
        Whether it may be set beside ``previous_value``: yes, caution, broken, or empty without one.
    previous_year, previous_value
        The number that it is compared with.
    source
        Publisher and title, in Swedish.
    notebook, cell
        Where it was recorded: the notebook's name and the id of the first cell that prints it.
    """

    id: str
    year: int
    value: Decimal
    unit: str
    text: str
    k: int | None = None
    n: int | None = None
    members: int | None = None
    data_year: int | None = None
    vintage: str = ""
    definition: str = ""
    comparable: Comparable = ""
    previous_year: int | None = None
    previous_value: Decimal | None = None
    source: str = ""
    notebook: str = ""
    cell: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ClaimError(f"claim {self.id!r}: an id has small letters, digits and hyphens")
        missing = [name for name in ("text", "definition", "source", "data_year") if not getattr(self, name)]
        if missing:
            raise ClaimError(f"claim {self.id}: no {', '.join(missing)}; a printed number must have it")
        if self.unit == "share" and self.k is not None and self.n is not None:
            self._check_share(self.k, self.n)

    def _check_share(self, k: int, n: int) -> None:
        if self.value != exact(share(k, n)):
            raise ClaimError(
                f"claim {self.id}: {self.value} is not {k} of {n}, which is {exact(share(k, n))}"
            )

    @property
    def _comparison(self) -> str:
        if not self.comparable:
            return ""
        return f"Jämfört med {self.previous_year}: {LIGHTS[self.comparable].lower()}"

    @property
    def note(self) -> str:
        """What a reader is told about the number: definition, n, data year, source."""
        asked = f"n = {self.n} av {self.members} medlemmar" if self.n and self.members else ""
        year = f"Dataår {self.data_year}" + (f", version {self.vintage}" if self.vintage else "")
        parts = (self.definition, asked, year, self._comparison, f"Källa: {self.source}")
        return ". ".join(part.rstrip(".") for part in parts if part) + "."


def exact(value: Number) -> Decimal:
    """Return a value as it is kept in a claim: rounded half up to six decimals."""
    rounded = swedish.round_half_up(value, _DECIMALS)
    return Decimal(int(rounded)) if rounded == int(rounded) else rounded.normalize()


class ClaimBook:
    """A year's claims by id; a number has one value, wherever it is told."""

    def __init__(self, claims: Iterable[Claim] = ()) -> None:
        self._claims: dict[str, Claim] = {}
        for claim in claims:
            self.record(claim)

    def __iter__(self) -> Iterator[Claim]:
        return iter(sorted(self._claims.values(), key=lambda claim: claim.id))

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, claim_id: object) -> bool:
        return claim_id in self._claims

    def __getitem__(self, claim_id: str) -> Claim:
        if claim_id not in self._claims:
            raise ClaimError(f"no claim {claim_id!r}; record it before it is printed")
        return self._claims[claim_id]

    def record(self, claim: Claim) -> Claim:
        """Add a claim; the same one again is harmless.

        Raises
        ------
        ClaimError
            When the id stands for another number already.
        """
        known = self._claims.setdefault(claim.id, claim)
        if replace(known, notebook="", cell="") != replace(claim, notebook="", cell=""):
            raise ClaimError(
                f"claim {claim.id} is recorded twice: {known.text!r} in {known.notebook}, "
                f"{claim.text!r} in {claim.notebook}; give one of them another id"
            )
        return known

    def revised(self, claims: Iterable[Claim]) -> ClaimBook:
        """Return a book in which claims stand in the place of those with the same ids."""
        book = ClaimBook()
        book._claims = {**self._claims, **{claim.id: claim for claim in claims}}
        return book

    def to_csv(self) -> str:
        """Return the book as CSV: sorted by id, fixed number format, the fields of `Claim` as columns."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(COLUMNS)
        for claim in self:
            writer.writerow(guarded(as_cell(getattr(claim, name))) for name in COLUMNS)
        return stream.getvalue()

    def write(self, path: Path) -> None:
        """Write the book as CSV, whole or not at all."""
        write_whole(path, self.to_csv())

    def write_notes(self, path: Path) -> None:
        """Write what a reader is told about each number as JSON, by id: what a document's numbers show."""
        notes = {claim.id: {"note": claim.note} for claim in self}
        write_whole(path, json.dumps(notes, ensure_ascii=False, indent=0, sort_keys=True) + "\n")


COLUMNS = tuple(field.name for field in fields(Claim))
_WHOLE = ("year", "k", "n", "members", "data_year", "previous_year")
_DECIMAL = ("value", "previous_value")
_NUMBER = re.compile(r"-?[0-9]{1,20}([.][0-9]{1,20})?")


def read_claims(data: bytes, *, file: str) -> ClaimBook:
    """Read a book that `ClaimBook.to_csv` wrote; ``file`` is its name in messages.

    Raises
    ------
    InputError
        Not such a file, or a row that is no claim, with its number.
    """
    cells = csv.reader(io.StringIO(legible(data, file), newline=""), strict=True)
    again = "make the report again, or get the file from git"
    book = ClaimBook()
    try:
        if tuple(next(cells, ())) != COLUMNS:
            raise InputError([Problem(file, "header", f"not a claims file of this version; {again}")])
        for row in filter(None, cells):
            pairs = zip(COLUMNS, row, strict=True)
            book.record(Claim(**{name: _value(name, text) for name, text in pairs}))  # type: ignore[arg-type]
    except (ClaimError, ValueError, ArithmeticError, csv.Error) as error:
        raise InputError([Problem(file, f"line {cells.line_num}", f"no claim ({error}); {again}")]) from None
    return book


def merged(books: Mapping[str, ClaimBook]) -> ClaimBook:
    """Return the year's book from the chapters' books."""
    return ClaimBook(claim for _, book in sorted(books.items()) for claim in book)


def as_cell(value: object) -> str:
    """Return a field of a claim as the book's file has it."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _value(name: str, text: str) -> object:
    if name not in (*_WHOLE, *_DECIMAL):
        return unguarded(text)
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{name} is {text[:40]!r}, not a number")
    return int(text) if name in _WHOLE else Decimal(text)
