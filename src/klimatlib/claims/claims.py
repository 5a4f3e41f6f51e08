"""Claims: every printed number with its meaning, and the year's book, which next year compares with.

What prints, compares, sorts or explains a number reads the claim's typed fields, never its id or its Swedish.
Three parts: the claim and its book, the integer gate (a survey share is k of n and nothing else), and the
comparison of two books.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from klimatlib import swedish
from klimatlib.errors import ClaimError, InputError, Problem, few, nearest
from klimatlib.files import atomic_write, csv_text, decode_strict, guarded, unguarded
from klimatlib.swedish import Number

Kind = Literal["level", "share", "change", "count", "bound", "pace", "goal", "result", "rank", "fact", ""]
Method = Literal[
    "ratio_of_sums", "mean_of_municipalities", "total", "minimum", "lower_quartile", "median",
    "upper_quartile", "maximum", "constant_rate", "count", "",
]  # fmt: skip
Direction = Literal[-1, 0, 1]
Denominator = Literal["respondents", "members", "municipalities", "panel", "inhabitants", ""]
Role = Literal[
    "main", "series", "later", "low", "high", "previous", "missing", "by_method", "achieved", "required",
    "target", "spread", "sensitivity", "peer", "split", "panel", "release", "published",
]  # fmt: skip
Comparable = Literal["yes", "caution", "broken", ""]
LIGHTS: dict[Comparable, str] = {
    "yes": "Jämförbar", "caution": "Med försiktighet", "broken": "Bruten serie", "": "–",
}  # fmt: skip
FORMAT = "2"
HANDFUL = 5  # a change of fewer respondents than this is told as such
_DECIMALS = 6
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# A claim's unit -> the units that it may be printed with, and the decimals that it has by default.
# Another unit is printed as it is, or not at all.
_PRINTED_UNITS: dict[str, tuple[tuple[str, ...], int]] = {
    "share": (("%",), 0),
    "share per year": (("%",), 1),
    "share change": (("procentenheter", "procentenhet"), 0),
    "procent": (("%", "procent"), 0),
    "t CO2e per capita": (("ton",), 1),
    "t CO2e": (("ton",), 0),
}


@dataclass(frozen=True)
class Claim:
    """One published number.

    - id: Name of the number, the same every year. It is a name and nothing else: no code reads meaning in it.
    - year: Report year.
    - value: The number, to six decimals; shares are 0-1.
    - unit: Unit of ``value``: share, t CO2e per capita, members, …
    - text: The number as it is printed.
    - kind: What sort of number it is; empty only in a claim read from a book of the earlier form.
    - subject: Whom it is about: members, nation, respondents, observers, municipalities, or a municipality's
      code.
    - measure: What is measured: emissions, emissions_total, the id of a sector, question or goal, members,
      survey, response, quality, or the path of a fact.
    - method: How it is made from its parts.
    - base_year: The year that a change or a pace is counted from.
    - direction: What a larger value means: 1 more of the measure, -1 less of it (reductions), 0 neither.
    - denominator: Of whom a share is a share.
    - role: Which of the numbers on the same subject and measure it is.
    - part: A key that tells siblings of one role apart: a code left out, a term of a split, a target year, …
    - inferred: Whether k and n were worked out backwards from published percentages.
    - k, n, members: For survey shares: yes answers, respondents, members asked; a bound has the yes of all
      members as k. For a mean, a sum or a quartile n is the municipalities that it is made of.
    - data_year: Year that the number is about.
    - vintage: Release of the statistics, where there are several.
    - definition: How the number is made, in Swedish, as a reader may see it.
    - comparable: Whether it may be set beside ``previous_value``: yes, caution, broken, or empty without one.
    - previous_year, previous_value: The number that it is compared with.
    - source: Publisher and title, in Swedish.
    - notebook, cell: Where it was recorded: the notebook's name and the id of the first cell that prints it.
    """

    id: str
    year: int
    value: Decimal
    unit: str
    text: str
    kind: Kind
    subject: str = ""
    measure: str = ""
    method: Method = ""
    base_year: int | None = None
    direction: Direction = 0
    denominator: Denominator = ""
    role: Role = "main"
    part: str = ""
    inferred: bool = False
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
        if missing := [n for n in ("text", "definition", "source", "data_year") if not getattr(self, n)]:
            raise ClaimError(f"claim {self.id}: no {', '.join(missing)}; a printed number must have it")
        for name, choices in _CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                expected = ", ".join(str(choice) for choice in choices if choice != "")
                raise ClaimError(f"claim {self.id}: {name} is {value!r}; expected one of {expected}")
        counted = self.unit == "share" and self.k is not None and self.whole is not None
        if counted and self.value != (share_value := exact(share(self.k or 0, self.whole or 0))):
            which = f"{self.k} of {self.whole}, which is {share_value}"
            raise ClaimError(f"claim {self.id}: {self.value} is not {which}")

    @property
    def whole(self) -> int | None:
        """Of how many k is counted: those that answered or, for a bound, all members, answering or not."""
        return self.members if self.kind == "bound" else self.n

    @property
    def note(self) -> str:
        """What a reader is told about the number: definition, n, data year, source."""
        asked = f"n = {self.n} av {self.members} medlemmar" if self.n and self.members else ""
        if self.n and not self.members:
            asked = f"n = {self.n} {'som svarade båda åren' if self.denominator == 'panel' else 'kommuner'}"
        inferred = "Antalet svarande är härlett ur de publicerade andelarna" if self.inferred else ""
        year = f"Dataår {self.data_year}" + (f", version {self.vintage}" if self.vintage else "")
        light = f"Jämfört med {self.previous_year}: {LIGHTS[self.comparable].lower()}"
        light = light if self.comparable else ""
        parts = (self.definition, asked, inferred, year, light, f"Källa: {self.source}")
        return ". ".join(part.rstrip(".") for part in parts if part) + "."


_HINTS = get_type_hints(Claim)
COLUMNS = tuple(_HINTS)
_CHOICES = {name: get_args(hint) for name, hint in _HINTS.items() if get_origin(hint) is Literal}


def exact(value: Number) -> Decimal:
    """Return a value as it is kept in a claim: rounded half up to six decimals."""
    rounded = swedish.round_half_up(value, _DECIMALS)
    return Decimal(int(rounded)) if rounded == int(rounded) else rounded.normalize()


def credit(claims: Iterable[Claim], *, english: bool = False) -> str:
    """Return where numbers come from, in short: their publishers, and the release of the statistics."""
    source, last, release = ("Source", "and", "release") if english else ("Källa", "och", "utgåva")
    used = list(claims)
    publishers = dict.fromkeys(part.split(":")[0].strip() for c in used for part in c.source.split(";"))
    releases = [release_name(vintage) for vintage in sorted({claim.vintage for claim in used} - {""})]
    which = f", {release} {swedish.listing(releases, last)}" if releases else ""
    return f"{source}: {swedish.listing([*publishers], last)}{which}." if used else ""


def release_name(vintage: str) -> str:
    """Return the name of a release as it is printed: one that is a date in words."""
    return swedish.date(vintage, year=True) if _ISO_DATE.fullmatch(vintage) else vintage


def new_claim(
    claim_id: str, kind: Kind, value: Number, unit: str, definition: str, *, year: int, source: str,
    decimals: int | None = None, plus: bool = False, text: str = "", **typed: Any,
) -> Claim:  # fmt: skip
    """Return a claim whose text is its value, printed as its unit is.

    ``decimals`` are those of the text, where it has others than the unit's own; with ``plus`` a rise has one.
    A ``text`` is given where the number is printed in another way. ``typed`` are more fields of `Claim`; the
    data year is the report year without one.
    """
    (printed_unit, *singular), usual = _PRINTED_UNITS.get(unit, (("",), 0))
    decimals, printed = usual if decimals is None else decimals, Fraction(value) * _scale(unit)
    if singular and unit == "share change" and abs(swedish.round_half_up(printed, decimals)) == 1:
        printed_unit = singular[0]
    if not text:
        text = (swedish.signed if plus else swedish.quantity)(printed, printed_unit, decimals).rstrip()
    fields = {"data_year": year, "definition": definition, "source": source, **typed}
    return Claim(claim_id, year, exact(value), unit, text, kind, **fields)


class Printed(NamedTuple):
    """How a claim's number is printed: the number itself, its unit, its decimals, and whether with a plus."""

    number: str
    unit: str
    decimals: int
    plus: bool


def _scale(unit: str) -> int:
    """Return what a value of the unit is multiplied by in print: shares and their changes are in per cent."""
    return 100 if unit in ("share", "share per year", "share change") else 1


def printed_value(claim: Claim, value: Decimal | None = None) -> Decimal:
    """Return a claim's value, or another one of its unit, in the unit that it is printed with."""
    return (claim.value if value is None else value) * _scale(claim.unit)


def printed_form(claim: Claim) -> Printed | None:
    """Return how a claim's number is printed; None where it stands in words or as a range."""
    value, (units, _) = printed_value(claim), _PRINTED_UNITS.get(claim.unit, (("", claim.unit), 0))
    for decimals in range(_DECIMALS):
        number = str(value) if claim.unit == "year" else swedish.number(value, decimals)
        for unit in units:
            text = f"{number}{swedish.NBSP}{unit}" if unit else number
            if text == claim.text:
                return Printed(number, unit, decimals, plus=False)
            if f"+{text}" == claim.text:
                return Printed(f"+{number}", unit, decimals, plus=True)
    return None


class ClaimBook:
    """A year's claims by id; a number has one value, wherever it is told.

    Every claim must have its kind, but in a book that is not ``typed``: one of a file of the earlier form.
    """

    def __init__(self, claims: Iterable[Claim] = (), *, typed: bool = True) -> None:
        self.typed = typed
        self._claims: dict[str, Claim] = {}
        self._replaceable: set[str] = set()
        self._by_id: list[Claim] = []  # those claims, sorted; empty until they are looked through
        for claim in claims:
            self.record(claim)

    def __iter__(self) -> Iterator[Claim]:
        self._by_id = self._by_id or sorted(self._claims.values(), key=lambda claim: claim.id)
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, claim_id: object) -> bool:
        return claim_id in self._claims

    def __getitem__(self, claim_id: str) -> Claim:
        if claim_id not in self._claims:
            advice = nearest(str(claim_id), self._claims) or "record it before it is printed"
            raise ClaimError(f"no claim {claim_id!r}; {advice}")
        return self._claims[claim_id]

    def select(self, **wanted: object) -> list[Claim]:
        """Return the claims whose fields have exactly these values, by id.

        >>> ClaimBook().select(measure="emissions", subject="members", role="series")
        []
        """
        if unknown := wanted.keys() - {*COLUMNS}:
            raise ClaimError(f"a claim has no field {', '.join(sorted(unknown))}")
        return [claim for claim in self if wanted.items() <= vars(claim).items()]

    def find(self, **wanted: object) -> Claim:
        """Return the one claim whose fields have exactly these values; a ClaimError if there is not one."""
        matching = self.select(**wanted)
        if len(matching) != 1:
            values = ", ".join(f"{name}={value!r}" for name, value in wanted.items())
            ids = ", ".join(claim.id for claim in matching[:3]) or "none"
            raise ClaimError(f"{len(matching)} claims with {values}, expected one: {ids}")
        return matching[0]

    def record(self, claim: Claim) -> Claim:
        """Add a claim; the same one again is harmless, another number under its id is a ClaimError."""
        if self.typed and not claim.kind:
            raise ClaimError(f"claim {claim.id} has no kind; say what sort of number it is")
        if claim.id in self._replaceable or claim.id not in self._claims:
            self._replaceable.discard(claim.id)
            self._claims[claim.id], self._by_id = claim, []
            return claim
        recorded = self._claims[claim.id]
        own, other = (replace(each, notebook="", cell="") for each in (recorded, claim))
        if own != other:
            texts = [repr(c.text) + (f" in {c.notebook}" if c.notebook else "") for c in (recorded, claim)]
            raise ClaimError(
                f"claim {claim.id} is recorded twice: {', '.join(texts)}; give one of them another "
                "id, or where a cell was run again let it replace its claims: %load_ext klimatlib"
            )
        return recorded

    def reopen(self) -> None:
        """Let each claim so far be recorded with another number once, for its cell may be run again."""
        self._replaceable = {*self._claims}

    def revised(self, claims: Iterable[Claim]) -> ClaimBook:
        """Return a book in which claims stand in the place of those with the same ids."""
        book = ClaimBook(typed=self.typed)
        book._claims = {**self._claims, **{claim.id: claim for claim in claims}}
        return book

    def to_csv(self) -> str:
        """Return the book as CSV: sorted by id, fixed number format, the fields of `Claim` as columns."""
        rows = ([guarded(as_cell(getattr(claim, name))) for name in COLUMNS] for claim in self)
        return csv_text([("format", *COLUMNS), *((FORMAT, *row) for row in rows)])

    def write(self, path: Path) -> None:
        """Write the book as CSV, atomically."""
        atomic_write(path, self.to_csv())

    def write_notes(self, path: Path) -> None:
        """Write what a reader is told about each number as JSON, by id."""
        notes = {claim.id: {"note": claim.note} for claim in self}
        atomic_write(path, json.dumps(notes, ensure_ascii=False, indent=0, sort_keys=True) + "\n")


# What two claims of one id must share to stand in one series; all that the earlier form of the file lacks.
_MEANING = ("kind", "subject", "measure", "method", "denominator", "direction", "role", "part")
_EARLIER_COLUMNS = tuple(name for name in COLUMNS if name not in (*_MEANING, "base_year", "inferred"))
_INTEGERS = ("year", "k", "n", "members", "data_year", "previous_year", "base_year", "direction")
_FORMS: dict[str, tuple[type, str, str]] = {
    **dict.fromkeys(_INTEGERS, (int, "-?[0-9]{1,20}", "a whole number")),
    **dict.fromkeys(("value", "previous_value"), (Decimal, "-?[0-9]{1,20}([.][0-9]{1,20})?", "a number")),
    "inferred": (bool, "true|false", "true or false"),
}


def read_claims(data: bytes, *, file: str) -> ClaimBook:
    """Read a book that `ClaimBook.to_csv` wrote; ``file`` is its name in messages.

    A book of the earlier form, without a column ``format``, has no typed fields: its claims have no kind.
    A file that is no such book, or a row that is no claim, is an InputError.
    """
    cells = csv.reader(io.StringIO(decode_strict(data, file), newline=""), strict=True)
    again = "make the report again, or get the file from git"
    try:
        header = tuple(next(cells, ()))
        if header not in (("format", *COLUMNS), _EARLIER_COLUMNS):
            raise InputError([Problem(file, "header", f"not a claims file of this version; {again}")])
        book = ClaimBook(typed=header != _EARLIER_COLUMNS)
        for row in filter(None, cells):
            cell = dict(zip(header, row, strict=True))
            if (form := cell.pop("format", FORMAT)) != FORMAT:
                raise ValueError(f"format {form[:40]!r}, expected {FORMAT}")
            typed = {} if book.typed else {"kind": ""}
            book.record(Claim(**typed, **{name: _value(name, text) for name, text in cell.items()}))  # type: ignore[arg-type]
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
    if isinstance(value, bool):
        return str(value).lower()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _value(name: str, text: str) -> object:
    if name not in _FORMS:
        return unguarded(text)
    convert, pattern, expected = _FORMS[name]
    if not text and convert is not bool:
        return None
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{name} is {text[:40]!r}, expected {expected}")
    return text == "true" if convert is bool else convert(text)


# The integer gate: a survey share is k of n; run backwards it finds which n fit published percentages.


def share(k: int, n: int) -> Fraction:
    """Return the share k of n, exactly; refuse what no survey can give.

    >>> share(33, 42)
    Fraction(11, 14)
    """
    if n < 1 or not 0 <= k <= n:
        raise ClaimError(f"{k} of {n} is no share; expected 0 <= k <= n and n >= 1")
    return Fraction(int(k), int(n))


def rounded_percent(k: int, n: int, decimals: int = 0) -> Decimal:
    """Return k of n in per cent with so many decimals, halves rounded up, by whole numbers throughout.

    >>> rounded_percent(1, 8), rounded_percent(33, 42), rounded_percent(1, 3, 1)
    (Decimal('13'), Decimal('79'), Decimal('33.3'))
    """
    return Decimal((200 * 10**decimals * k + n) // (2 * n)).scaleb(-decimals)


def counts_that_give(percent: int | Decimal, n: int) -> range:
    """Return every k whose share of n is printed as a percentage, to its number of decimals.

    >>> [*counts_that_give(79, 42)], [*counts_that_give(80, 42)], [*counts_that_give(Decimal("33.3"), 42)]
    ([33], [], [14])
    """
    scaled, decimals = _scaled(percent)
    least = -(-n * (2 * scaled - 1) // (200 * 10**decimals))
    most = (n * (2 * scaled + 1) - 1) // (200 * 10**decimals)
    return range(max(0, least), min(n, most) + 1)


def require_count(percent: int | Decimal, n: int) -> int:
    """Return the k that a typed-in percentage stands for; a ClaimError where none of n or several do."""
    counts = counts_that_give(percent, n)
    if len(counts) == 1:
        return counts[0]
    if counts:
        several = ", ".join(f"{k} of {n}" for k in counts)
        raise ClaimError(f"{percent} % of {n} may be {several}; give the number of answers instead")
    scaled, decimals = _scaled(percent)
    below = n * (2 * scaled - 1) // (200 * 10**decimals)
    near = [f"{k} of {n} = {rounded_percent(k, n, decimals)} %" for k in (below, below + 1) if 0 <= k <= n]
    raise ClaimError(f"{percent} % is no share of {n}; the nearest are {' and '.join(near)}")


def infer_n(percents: Sequence[int | Decimal], *, at_most: int) -> list[int]:
    """Return every n up to a bound for which each of the percentages is k of n for some k.

    >>> infer_n([79, 55, 93, 62, 38, 90, 83, 57, 64, 81], at_most=51)
    [42]
    """
    return [n for n in range(1, at_most + 1) if all(counts_that_give(percent, n) for percent in percents)]


def explain_n(percents: Sequence[int | Decimal], *, at_most: int) -> list[str]:
    """Say in sentences which n fit a list of percentages, and why the others do not."""
    fitting = infer_n(percents, at_most=at_most)
    if len(fitting) > 1:
        head = f"{len(fitting)} numbers of respondents fit: {few(map(str, fitting), 20)}"
        return [head, "more percentages, or a smaller --at-most, would tell them apart"]
    lines = [f"no n up to {at_most} gives all of them"]
    for n in fitting:
        counts = [f"{p} % = {' or '.join(map(str, counts_that_give(p, n)))} of {n}" for p in percents]
        only = f"{n} is the only number of respondents up to {at_most} that gives all of them"
        lines = [str(n), f"{only}: {', '.join(counts)}"]

    def missed(n: int) -> list[str]:
        return [f"{percent} %" for percent in percents if not counts_that_give(percent, n)]

    others = (n for n in range(at_most, 0, -1) if n not in fitting)
    if (nearest := min(others, key=lambda n: len(missed(n)), default=None)) is not None:
        lines.append(f"the nearest miss is {nearest}, which cannot give {', '.join(missed(nearest))}")
    return lines


def _scaled(percent: int | Decimal) -> tuple[int, int]:
    """Return a percentage as a whole number and the decimals that it has: 33.3 is 333 and 1."""
    exponent = Decimal(percent).as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    return int(Decimal(percent).scaleb(decimals)), decimals


# The comparison of two books: what moved between them, and this year's number beside last year's.

CLAIM_SPAN = re.compile(r'\[([^\[\]]*)\]\{\.claim claim="([a-z0-9-]+)"\}')
_NUMBER_FIELDS = (
    "value", "unit", "text", "k", "n", "members", "data_year", "previous_value", "previous_year",
)  # fmt: skip
# These are set beside something of their own already, or are the earlier number themselves.
_APART: Collection[Role] = ("low", "high", "previous", "missing", "split", "panel", "release", "published")


class Pair(NamedTuple):
    """One claim that both books hold."""

    before: Claim
    after: Claim


class Changes(NamedTuple):
    """What differs between two books."""

    altered: list[Pair]  # the number differs, to the last digit, printed otherwise or not
    appeared: list[Claim]  # only the second book has it
    vanished: list[Claim]  # only the first book has it

    def lines(self) -> Iterator[str]:
        """Say what is printed otherwise (moved), appeared and vanished, a line each."""
        for before, after in self.altered:
            if before.text != after.text:
                yield f"moved     {before.id}: {before.text} -> {after.text}"
        yield from (f"appeared  {claim.id}: {claim.text}" for claim in self.appeared)
        yield from (f"vanished  {claim.id}: {claim.text}" for claim in self.vanished)

    def summary(self) -> str:
        """Say in a line how many claims are new, are printed otherwise, and are gone."""
        moved = [f"{a.id} {a.text} → {b.text}" for a, b in self.altered if a.text != b.text]
        examples = f" ({few(moved, 3)})" if moved else ""
        appeared, vanished = len(self.appeared), len(self.vanished)
        new = f"{appeared} {'claim' if appeared == 1 else 'claims'} new"
        return f"{new}, {len(moved)} moved{examples}, {vanished} gone"


def compare(before: ClaimBook, after: ClaimBook) -> Changes:
    """Compare two books claim by claim."""
    pairs = (Pair(claim, after[claim.id]) for claim in before if claim.id in after)
    numbers = attrgetter(*_NUMBER_FIELDS)
    return Changes(
        [pair for pair in pairs if numbers(pair.before) != numbers(pair.after)],
        [claim for claim in after if claim.id not in before],
        [claim for claim in before if claim.id not in after],
    )


def with_previous(claim: Claim, before: ClaimBook) -> Claim:
    """Return a claim set beside the number that the report before had under its id, where there is one.

    The light is ``broken`` where the two do not mean the same: another kind, subject, measure, method or base
    year. It is ``caution`` for another release of the statistics, which revises the whole series, and where
    the book before is of the earlier form and does not say what its numbers mean; else ``yes``.

    A question's share is compared by its wordings (`indicators.association`), and is left as it is. So is a
    claim whose number before is of another unit, or of the same or a later data year.
    """
    apart = claim.role in _APART or claim.denominator == "respondents"
    if claim.previous_year is not None or apart or claim.id not in before:
        return claim
    earlier = before[claim.id]
    if earlier.unit != claim.unit or (earlier.data_year or 0) >= (claim.data_year or 0):
        return claim
    light: Comparable = "yes"
    if before.typed and not same_series(earlier, claim):
        light = "broken"
    elif not before.typed or earlier.vintage != claim.vintage:
        light = "caution"
    return replace(claim, comparable=light, previous_year=earlier.data_year, previous_value=earlier.value)


def same_series(earlier: Claim, claim: Claim) -> bool:
    """Whether two typed claims are the same number of two years.

    The base year must be the same, but for a pace over the last ten or five years, whose start moves along.
    """
    moving = claim.kind == "pace" and claim.role == "achieved" and claim.part != "base"
    meaning = attrgetter(*_MEANING, *([] if moving else ["base_year"]))
    return bool(meaning(earlier) == meaning(claim))


def broken_sentences(markdown: str, after: ClaimBook) -> list[tuple[str, tuple[str, ...]]]:
    """Return the sentences of a report that print another number than a book holds.

    Of its ``report.qmd``, whose numbers carry the ids of their claims: each such sentence as printed, and the
    ids of those of its claims that have moved or are gone.
    """

    def holds(text: str, claim_id: str) -> bool:
        if claim_id not in after:
            return False
        printed = after[claim_id].text
        return not any(char.isdigit() for char in text) or text in (printed, printed.capitalize())

    broken = []
    for block in re.split(r"\n\s*\n", markdown):
        if "{.claim" not in block or block.lstrip().startswith("|"):
            continue
        plain = re.sub(r"\s*\n\s*", " ", block.strip().lstrip("-").strip())
        for sentence in swedish.SENTENCE_END.split(plain):
            spans = CLAIM_SPAN.findall(sentence)
            if gone := dict.fromkeys(claim_id for text, claim_id in spans if not holds(text, claim_id)):
                broken.append((CLAIM_SPAN.sub(r"\1", sentence), tuple(gone)))
    return broken
