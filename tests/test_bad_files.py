"""No bad file gives a wrong number: each gives the right ones, or a message that says what is wrong.

Every kind of damage is done to small valid files of every form it fits. The oracle knows the right
numbers, so that anything else than them or a clear `InputError` fails.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.official.kolada import read_kolada
from klimatlib.sources.official.ned import read_emissions
from klimatlib.sources.official.recognise import read_any, recognise
from klimatlib.sources.official.scb import read_municipality_codes, read_population

SEEN: Counter[tuple[str, str]] = Counter()
REFUSED: Counter[tuple[str, str]] = Counter()
WRONG: Counter[str] = Counter()
CAMPAIGN = settings(
    max_examples=5, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


Reader = Callable[[bytes, str], pd.DataFrame]


@dataclass(frozen=True)
class Form:
    """One form of raw file: how it is made, written and read, and where its table lies."""

    name: str
    rows: Callable[[], raw.Rows]
    sheet: str
    read: Callable[[bytes, str], pd.DataFrame]
    labels: tuple[int, ...]
    head: int
    first: int
    last: int
    values: tuple[int, ...]
    selection: bool = False

    def write(self, rows: raw.Rows, **options: Any) -> bytes:
        if self.sheet:
            return raw.to_xlsx({self.sheet: rows}, **options)
        delimiter = options.pop("delimiter", ";" if "emissions" in self.name else ",")
        return raw.to_csv(rows, delimiter=delimiter, **options)


def _emissions(data: bytes, file: str) -> pd.DataFrame:
    return read_emissions(data, file, places=raw.PLACES).frame


def _population(data: bytes, file: str) -> pd.DataFrame:
    return read_population(data, file, places=raw.PLACES).frame


def _codes(data: bytes, file: str) -> pd.DataFrame:
    return read_municipality_codes(data, file).frame


def _kolada(data: bytes, file: str) -> pd.DataFrame:
    return read_kolada(data, file, places=raw.PLACES).frame


_N = len(raw.emission_values())
_Y = len(raw.YEARS)
FORMS = {
    form.name: form
    for form in (
        Form("emissions xlsx", lambda: raw.emission_rows("xlsx"), "Växthusgaser totalt", _emissions,
             (0, 1, 2, 3), 5, 7, 6 + _N, tuple(range(4, 4 + _Y))),
        Form("emissions csv", lambda: raw.emission_rows("csv"), "", _emissions,
             (0, 1, 2, 3), 6, 7, 6 + _N, tuple(range(4, 4 + _Y))),
        Form("population series", raw.series_rows, "Tabell", _population,
             (0,), 5, 6, 9, tuple(range(1, 1 + len(raw.POPULATION_YEARS)))),
        Form("population table", raw.table_rows, "Totalt", _population, (0, 1), 5, 9, 15, (2,)),
        Form("pxweb csv", raw.pxweb_csv_rows, "", _population, (0,), 0, 1, 4, (1, 2, 3, 4), selection=True),
        Form("code list", raw.code_rows, "Län och kommuner", _codes, (0, 1), 2, 4, 9, ()),
    )
}  # fmt: skip
SHEETS = tuple(name for name, form in FORMS.items() if form.sheet)
TEXTS = tuple(name for name, form in FORMS.items() if not form.sheet)
NUMERIC = tuple(name for name, form in FORMS.items() if form.values)
TOTALLED = ("emissions xlsx", "emissions csv", "population table")


@cache
def right(name: str) -> pd.DataFrame:
    """The right numbers of a form, read from its undamaged file."""
    form = FORMS[name]
    return form.read(form.write(form.rows()), "right")


Damage = Callable[[Form, raw.Rows, Random], "bytes | None"]
KINDS: dict[str, tuple[Damage, tuple[str, ...], bool]] = {}


def damage(*forms: str, harmless: bool = False) -> Callable[[Damage], Damage]:
    """Register a kind of damage for the forms it fits; harmless ones must be accepted."""

    def register(function: Damage) -> Damage:
        KINDS[function.__name__.replace("_", " ").strip()] = (function, forms or tuple(FORMS), harmless)
        return function

    return register


def put(kind: str, forms: tuple[str, ...], make: Callable[[Any, Random], Any]) -> None:
    """Register damage to one number."""

    def function(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
        row, column = rng.randint(form.first, form.last), rng.choice(form.values)
        new = make(rows[row][column], rng)
        if new is None:
            return None
        rows[row][column] = new
        return form.write(rows)

    KINDS[kind] = (function, forms, False)


def _as_text(value: Any) -> str:
    return repr(value).replace(".", ",") if isinstance(value, float) else str(value)


def _grouped(space: str) -> Callable[[Any, Random], str]:
    return lambda value, rng: (
        f"{float(value):,.2f}".replace(",", space).replace(".", ",") if value != ".." else "1 000"
    )


for _kind, _make in {
    "number blank": lambda v, r: "",
    "number a space": lambda v, r: " ",
    "number a dash": lambda v, r: "-",
    "number negative": lambda v, r: -v if isinstance(v, int | float) else f"-{v}",
    "number with typographic minus": lambda v, r: f"−{_as_text(v)}",
    "number with unit": lambda v, r: f"{_as_text(v)} t",
    "number a share of 120 %": lambda v, r: "120 %",
    "number nan": lambda v, r: r.choice(
        ["NaN", "nan", "inf", "-inf", "Infinity", "NA", "#N/A", "None", "null"]
    ),
    "number with letter O": lambda v, r: _as_text(v)[:-1] + "O",
    "number with letter l": lambda v, r: "l" + _as_text(v)[1:],
    "number in Arabic digits": lambda v, r: "١٢٣٤٥",
    "number in full-width digits": lambda v, r: "１２３４５",
    "number with question mark": lambda v, r: f"{_as_text(v)}?",
    "number with footnote": lambda v, r: f"{_as_text(v)}¹",
    "number with underscore": lambda v, r: "1_000",
    "number in hexadecimal": lambda v, r: "0x1F4",
    "number twice": lambda v, r: f"{_as_text(v)} {_as_text(v)}",
    "number with two marks": lambda v, r: "1.234.567,8",
    "number with English thousands": lambda v, r: "1,234,567.8",
    "number grouped by apostrophe": lambda v, r: "1'234'567",
    "number a word": lambda v, r: r.choice(["saknas", "okänt", "sekretess", "..", "x", "ja"]),
    "number an exponent": lambda v, r: f"{float(v) / 1000!r}e3".replace(".", ",") if v != ".." else "1e3",
    "number as text": lambda v, r: _as_text(v),
    "number grouped by space": _grouped(" "),
    "number grouped by no-break space": _grouped("\u00a0"),
    "number with spaces around": lambda v, r: f"  {_as_text(v)}\u00a0",
}.items():
    # A missing sign (".." and the like) in a PxWeb table means missing, which the subset check covers.
    put(_kind, NUMERIC, _make)
for _kind, _make in {
    "number a date": lambda v, r: dt.datetime(2020, r.randint(1, 12), 1),
    "number a time": lambda v, r: dt.time(12, 30),
    "number TRUE": lambda v, r: r.choice([True, False]),
    "number an Excel error": lambda v, r: r.choice(["#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?"]),
    "formula never calculated": lambda v, r: "=1+1",
    "formula of a sum never calculated": lambda v, r: "=SUM(A1:A9)",
}.items():
    put(_kind, tuple(n for n in SHEETS if n in NUMERIC), _make)
for _kind, _factor in {"times 1000": 1000, "divided by 1000": 0.001, "times 100": 100, "times 2.9": 2.9,
                       "times 1.5": 1.5, "times 1.05": 1.05, "plus ten": None, "a zero": 0,
                       "halved": 0.5}.items():  # fmt: skip
    put(
        f"one number {_kind}", TOTALLED,
        lambda v, r, f=_factor: None if not v else v + 10 if f is None else type(v)(v * f),
    )  # fmt: skip
for _kind, _factor in {
    "times 1000": 1000,
    "times 1.5": 1.5,
    "halved": 0.5,
    "a zero": 0,
    "a fraction": None,
}.items():
    put(
        f"one population {_kind}", ("population series",),
        lambda v, r, f=_factor: v + 0.5 if f is None else round(v * f),
    )  # fmt: skip


def _label(
    kind: str, make: Callable[[str, Random], Any], *, harmless: bool = False, forms: tuple[str, ...] = ()
) -> None:
    def function(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
        row, column = rng.randint(form.first, form.last), rng.choice(form.labels)
        old = rows[row][column]
        new = make(old, rng) if old else None
        if new is None or new == old:
            return None
        rows[row][column] = new
        return form.write(rows)

    KINDS[kind] = (function, forms or tuple(FORMS), harmless)


NAMED = tuple(name for name in FORMS if name != "code list")  # the code list is itself the truth about names
_LOOKALIKE = str.maketrans({"a": "а", "o": "о", "e": "е", "A": "А", "K": "К", "H": "Н", "p": "р", "i": "і"})
_label("label with Cyrillic letters", lambda t, r: t.translate(_LOOKALIKE))
_label("label with zero-width space", lambda t, r: f"{t}\u200b")
_label("label misspelt", lambda t, r: t[:-1] + "x", forms=NAMED)
_label("label cut", lambda t, r: t.strip()[:-2], forms=NAMED)
_label("label blank", lambda t, r: "")
_label("label of nowhere", lambda t, r: "Ankeborg", forms=NAMED)
_label("label a number", lambda t, r: 7)
_label("label å without ring", lambda t, r: t.replace("å", "a").replace("ö", "o"), forms=NAMED)
_label(
    "label Håbo for Habo",
    lambda t, r: t.replace("Håbo", "Habo") if "Håbo" in t else t.replace("Habo", "Håbo"),
    forms=NAMED,
)
_label("label as mojibake", lambda t, r: t.encode().decode("latin-1"))
_label("label with spaces", lambda t, r: f" {t}  ", harmless=True)
_label("label with no-break space", lambda t, r: f"{t}\u00a0", harmless=True)
_label("label decomposed", lambda t, r: unicodedata.normalize("NFD", t), harmless=True)
_label(
    "label in capitals",
    lambda t, r: t.upper(),
    harmless=True,
    forms=(*TOTALLED, "population series", "pxweb csv"),
)


@damage("population table", "code list")
def code_as_number(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    at = rng.choice([n for n in range(form.first, form.last + 1) if rows[n][0]])
    rows[at][0] = int(rows[at][0])
    return form.write(rows)


@damage("population table", "code list")
def code_without_zero(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    at = rng.choice([n for n in range(form.first, form.last + 1) if rows[n][0]])
    rows[at][0] = rows[at][0].lstrip("0")
    return form.write(rows)


@damage("population table")
def codes_exchanged(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    a, b = rng.sample([n for n in range(form.first, form.last + 1) if len(rows[n][0]) == 4], 2)
    rows[a][0], rows[b][0] = rows[b][0], rows[a][0]
    return form.write(rows)


@damage()
def row_dropped(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    del rows[rng.randint(form.first, form.last)]
    return None if form.name == "code list" else form.write(rows)


@damage()
def row_doubled(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    at = rng.randint(form.first, form.last)
    rows.insert(rng.randint(at, form.last) + 1, list(rows[at]))
    return form.write(rows)


@damage()
def table_doubled(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows[form.last + 1 : form.last + 1] = [list(row) for row in rows[form.first : form.last + 1]]
    return form.write(rows)


@damage()
def file_doubled(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write([*rows, *[list(row) for row in rows]])


@damage()
def heading_repeated(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows.insert(rng.randint(form.first + 1, form.last), list(rows[form.head]))
    return form.write(rows)


@damage()
def half_the_rows(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    if form.name == "code list":
        return None
    return form.write(rows[: (form.first + form.last) // 2])


@damage(harmless=True)
def blank_row_inserted(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows.insert(rng.randint(form.first, form.last), [""] * len(rows[form.first]))
    return form.write(rows)


@damage(*NUMERIC, harmless=True)
def blank_rows_below(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write([*rows, *[[""] * len(rows[form.first])] * 3])


@damage(*SHEETS)
def comment_in_between(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows.insert(rng.randint(form.first + 1, form.last), ["Observera!"])
    return form.write(rows)


@damage(*NUMERIC)
def total_row_below(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    numbers = [rows[n] for n in range(form.first, form.last + 1)]
    total = [sum(v for row in numbers if isinstance(v := row[c], int | float)) for c in form.values]
    rows.insert(
        form.last + 1,
        [*["Summa"] * form.values[0], *total, *[""] * (len(rows[form.first]) - form.values[-1] - 1)],
    )
    return form.write(rows)


@damage(*NUMERIC)
def values_shifted_down(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    at = rng.randint(form.first, form.last - 1)
    columns = rng.choice([form.values, (rng.choice(form.values),)])
    for row in range(form.last, at, -1):
        for column in columns:
            rows[row][column] = rows[row - 1][column]
    for column in columns:
        rows[at][column] = ""
    return form.write(rows)


@damage(*TOTALLED)
def values_turned_around(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    column = rng.choice(form.values)
    at = range(form.first, form.last + 1)
    for row, value in zip(at, [rows[n][column] for n in reversed(at)], strict=True):
        rows[row][column] = value
    return form.write(rows)


@damage(*TOTALLED)
def two_values_exchanged(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    a, b = rng.sample(range(form.first, form.last + 1), 2)
    column = rng.choice(form.values)
    if rows[a][column] == rows[b][column]:
        return None
    rows[a][column], rows[b][column] = rows[b][column], rows[a][column]
    return form.write(rows)


@damage("emissions xlsx", "emissions csv")
def two_municipalities_exchanged_in_one_sector(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    places = [n for n in range(form.first, form.last + 1) if rows[n][3] != "Alla"]
    a = rng.choice(places)
    b = rng.choice([n for n in places if rows[n][:2] == rows[a][:2] and n != a])
    if rows[a][4:] == rows[b][4:]:
        return None
    rows[a][2:4], rows[b][2:4] = rows[b][2:4], rows[a][2:4]
    return form.write(rows)


@damage("emissions xlsx", "emissions csv")
def two_sectors_exchanged_at_one_place(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    a, b = rng.sample(range(form.first, form.last + 1), 2)
    if (
        rows[a][2:4] != rows[b][2:4]
        or rows[a][4:] == rows[b][4:]
        or (rows[a][0] == rows[b][0] and "Alla" not in (rows[a][1], rows[b][1]))
    ):
        return None
    rows[a][:2], rows[b][:2] = rows[b][:2], rows[a][:2]
    return form.write(rows)


@damage("emissions xlsx", "emissions csv")
def sector_dropped(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    name = rng.choice([n for n in raw.SUBSECTORS if n != raw.FOREIGN])
    return form.write([row for row in rows if row[0] != name])


@damage("emissions xlsx", "emissions csv")
def place_dropped(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    name = rng.choice(list(raw.PLACES.names.values()))
    return form.write([row for row in rows if row[3] != name])


@damage("emissions xlsx", "emissions csv")
def totals_dropped(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    column = rng.choice([0, 1, 2, 3])
    return form.write([row for n, row in enumerate(rows) if n < form.first or row[column] != "Alla"])


@damage("emissions xlsx", "emissions csv")
def totals_doubled(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    column, factor = rng.choice([0, 1, 2, 3]), rng.choice([2, 1.5])
    for row in rows[form.first : form.last + 1]:
        if row[column] == "Alla":
            row[4:] = [value * factor for value in row[4:]]
    return form.write(rows)


@damage("emissions xlsx", "emissions csv")
def one_year_doubled(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    column = rng.choice(form.values)
    for row in rows[form.first : form.last + 1]:
        row[column] = row[column] * 2
    return form.write(rows)


@damage(*NUMERIC)
def another_unit(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    factor = rng.choice([1000, 1e6, 1e-3, 1e-6])
    for row in rows[form.first : form.last + 1]:
        for c in form.values:
            if isinstance(row[c], int | float):
                row[c] = row[c] * factor
            elif row[c] != "..":
                row[c] = str(round(float(row[c]) * factor, 6))
    return form.write(rows)


def _head(kind: str, pattern: str, new: str, forms: tuple[str, ...]) -> None:
    def function(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
        for row in rows[: form.first]:
            for n, cell in enumerate(row):
                if isinstance(cell, str):
                    row[n] = re.sub(pattern, new, cell)
        return form.write(rows)

    KINDS[kind] = (function, forms, False)


_NED = ("emissions xlsx", "emissions csv")
YEARLY_AND_TABLE = (*_NED, "population series", "population table")
_head("unit line kton", "ton/år", "kton/år", _NED)
_head("unit line kg", "ton/år", "kg/år", _NED)
_head("unit line per inhabitant", "ton/år", "ton/invånare", _NED)
_head("another substance", "Emissioner av Växthusgaser totalt", "Emissioner av Koldioxid (CO2)", _NED)
_head("an unknown substance", "Emissioner av Växthusgaser totalt", "Emissioner av Metan (CH4)", _NED)
_head("another vintage", "2022-04-14", "2021-04-14", _NED)
_head("a vintage of the future", "2022-04-14", "2032-04-14", _NED)
_head("no vintage", "Länsrapport, 2022-04-14", "Länsrapport", _NED)
_head("heading Kommun renamed", "^Kommun$", "Ort", YEARLY_AND_TABLE)
_head("heading Undersektor renamed", "^Undersektor$", "Delsektor", _NED)
_head("heading Folkmängd renamed", "Folkmängd(?= |$)", "Folkökning", ("population table", "pxweb csv"))
_head("heading region renamed", "^region$", "ålder", ("pxweb csv",))
_head("title of other years", "1990-2022", "1990-2021", ("population series",))
_head("title gone", "^Folkmängd.*(Sveriges|riket).*", "", ("population series", "population table"))
_head("title of the year before", r"december 2022\.", "december 2021.", ("population table",))
_head("title of the year after", r"december 2022\.", "december 2023.", ("population table",))
_head("title of men", "Totalt$", "Män", ("population table",))
_head(
    "title of another table",
    "Folkmängden i Sveriges kommuner",
    "Medelålder i Sveriges kommuner",
    ("population series",),
)


@damage("emissions xlsx", "emissions csv")
def preamble_row_dropped(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    del rows[rng.choice([0, 1, 2])]
    return form.write(rows)


@damage("emissions xlsx", "emissions csv", harmless=True)
def blank_row_on_top(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write([[""] * len(rows[0]), *rows])


def _year_cells(form: Form, rows: raw.Rows) -> list[tuple[int, int]]:
    """Where the headings with years stand."""
    found = [
        (n, c)
        for n in range(form.first)
        for c in form.values
        if c < len(rows[n]) and re.search(r"(19|20)\d\d$", str(rows[n][c])) and len(str(rows[n][c])) < 20
    ]
    return [at for at in found if form.name != "population table"]


YEARLY = ("emissions xlsx", "emissions csv", "population series")


@damage(*YEARLY)
def a_wrong_year(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    row, column = rng.choice(_year_cells(form, rows))
    rows[row][column] += rng.choice([-1, 1, -10, 100, 3])
    return form.write(rows)


@damage(*YEARLY)
def two_years_exchanged(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    (r1, a), (r2, b) = rng.sample(_year_cells(form, rows), 2)
    rows[r1][a], rows[r2][b] = rows[r2][b], rows[r1][a]
    return form.write(rows)


@damage(*YEARLY)
def all_years_one_later(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for row, column in _year_cells(form, rows):
        rows[row][column] += 1
    return form.write(rows)


@damage(*YEARLY, "pxweb csv")
def year_blank(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    row, column = rng.choice(_year_cells(form, rows))
    rows[row][column] = ""
    return form.write(rows)


@damage(*YEARLY)
def year_as_date(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    row, column = rng.choice(_year_cells(form, rows))
    rows[row][column] = (
        dt.datetime(int(rows[row][column]), 12, 31) if form.sheet else f"{rows[row][column]}-12-31"
    )
    return form.write(rows)


@damage(*YEARLY, "pxweb csv")
def year_twice(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    (row, a), (_, b) = rng.sample(_year_cells(form, rows), 2)
    rows[row][a] = rows[row][b]
    return form.write(rows)


@damage("emissions xlsx", "population series", harmless=True)
def years_as_text(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for row, column in _year_cells(form, rows):
        rows[row][column] = str(rows[row][column])
    return form.write(rows)


@damage("emissions xlsx", "emissions csv", "population series", "pxweb csv", harmless=True)
def headings_with_spaces(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows[form.head] = [f"\u00a0{c} " if isinstance(c, str) and c else c for c in rows[form.head]]
    return form.write(rows)


@damage(harmless=True)
def headings_in_capitals(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows[form.head] = [c.upper() if isinstance(c, str) else c for c in rows[form.head]]
    return form.write(rows)


@damage(harmless=True)
def headings_decomposed(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows[form.head] = [unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in rows[form.head]]
    return form.write(rows)


@damage(*NUMERIC)
def column_dropped(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    column = rng.choice([*form.labels, *form.values])
    return form.write([[cell for n, cell in enumerate(row) if n != column] for row in rows])


@damage(*NUMERIC)
def column_doubled(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    column = rng.choice([*form.labels, *form.values])
    return form.write([[*row[: column + 1], *row[column : column + 1], *row[column + 1 :]] for row in rows])


@damage(*NUMERIC)
def column_shifted_right_from_one_row_on(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for row in rows[rng.randint(form.first, form.last) : form.last + 1]:
        row.insert(0, "")
    return form.write(rows)


@damage(*SHEETS, "emissions csv")
def extra_column_without_heading(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for n, row in enumerate(rows):
        row.append(17 if form.first <= n <= form.last else "")
    return form.write(rows)


@damage("emissions xlsx", "emissions csv", "population series", "population table", harmless=True)
def extra_column_with_heading(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for n, row in enumerate(rows):
        row.append("Anmärkning" if n == form.head else "se not" if form.first <= n <= form.last else "")
    return form.write(rows)


@damage("emissions xlsx", "emissions csv", "population table", harmless=True)
def label_columns_in_another_order(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    order = list(form.labels)
    rng.shuffle(order)
    for row in rows[form.head - 1 : form.last + 1]:
        row[: len(order)] = [row[n] for n in order]
    return form.write(rows)


@damage("emissions xlsx", "emissions csv", "population table", harmless=True)
def rows_in_another_order(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    data = rows[form.first : form.last + 1]
    rng.shuffle(data)
    rows[form.first : form.last + 1] = data
    return form.write(rows)


@damage()
def transposed(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    width = max(map(len, rows))
    return form.write(
        [list(column) for column in zip(*([*row, *[""] * (width - len(row))] for row in rows), strict=True)]
    )


@damage()
def headings_alone(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write(rows[: form.first])


@damage()
def headings_gone(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write([row for n, row in enumerate(rows) if n != form.head])


@damage("emissions csv", "pxweb csv")
def ragged_row(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    at = rng.randint(form.first, form.last)
    rows[at] = rng.choice([rows[at][:-1], [*rows[at], "1"], rows[at][:3]])
    return form.write(rows)


@damage("emissions csv")
def footer_of_another_report(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    rows[-1][1] = "Länsrapport, 2021-01-01"
    return form.write(rows)


@damage("emissions csv", harmless=True)
def footer_gone(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write(rows[: form.last + 1])


@damage("emissions csv")
def both_decimal_marks(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    row = rng.choice([n for n in range(form.first, form.last + 1) if rows[n][4] % 1])
    rows[row][4:] = [repr(value) for value in rows[row][4:]]
    return form.write(rows)


@damage("emissions csv", harmless=True)
def decimal_point(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write(rows, decimal=".")


@damage("emissions csv")
def thousands_with_point(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for row in rows[form.first : form.last + 1]:
        row[4:] = [f"{value:,.0f}".replace(",", ".") for value in row[4:]]
    return form.write(rows)


@damage("emissions csv")
def rounded_to_thousands_with_comma(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for row in rows[form.first : form.last + 1]:
        row[4:] = [f"{value / 1000:.3f}".replace(".", ",") for value in row[4:]]
    return form.write(rows)


def _text_form(kind: str, *, harmless: bool = True, **options: Any) -> None:
    KINDS[kind] = (lambda form, rows, rng: form.write(rows, **options), TEXTS, harmless)


_text_form("line ends LF", newline="\n")
_text_form("line ends CR", newline="\r")
_text_form("byte order mark", encoding="utf-8-sig")
_text_form("Windows-1252", encoding="cp1252")
_text_form("UTF-16", encoding="utf-16")
_text_form("all fields quoted", quote=True)
_text_form("delimiter tab", delimiter="\t")
_text_form("DOS code page", harmless=False, encoding="cp850")
_text_form("Mac Roman", harmless=False, encoding="mac_roman")
_text_form("UTF-16 without mark", harmless=False, encoding="utf-16-le")
_text_form("delimiter bar", harmless=False, delimiter="|")


@damage(*TEXTS, harmless=True)
def no_final_newline(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write(rows).rstrip(b"\r\n")


@damage(*TEXTS)
def utf8_read_as_latin1(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write(rows).decode("latin-1").encode("utf-8")


@damage(*TEXTS)
def letters_lost(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return form.write(rows).decode().encode("ascii", "replace" if rng.random() < 0.5 else "ignore")


@damage(*TEXTS)
def quote_opened(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    at = rng.randint(form.first, form.last)
    data = form.write(rows).split(b"\r\n")
    data[at] = b'"' + data[at]
    return b"\r\n".join(data)


@damage(*TEXTS)
def nul_bytes(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    data = form.write(rows)
    at = rng.randrange(len(data))
    return data[:at] + b"\x00" * 8 + data[at:]


@damage(*_NED, "population series", "population table")
def cut_short(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    data = form.write(rows)
    whole = len(data) - (200 if not form.sheet else 1)
    return data[: rng.randrange(1, whole)]


@damage(*TOTALLED, "population series")
def bytes_changed(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    data = bytearray(form.write(rows))
    for _ in range(rng.choice([1, 20])):
        data[rng.randrange(len(data) if form.sheet else 200)] = rng.randrange(256)
    return bytes(data)


@damage()
def zero_bytes(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return rng.choice([b"", b"\n", b"\xef\xbb\xbf", b"PK\x03\x04", b"\x00" * 100])


@damage()
def another_file(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return rng.choice([b"<html>404 Not Found</html>", b"%PDF-1.7\n1 0 obj", b"{}", b"[]", b"null",
                       b'{"error": "429"}', b"Kommun;Svar\nLund;Ja\n", bytes(range(256)),
                       b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)])  # fmt: skip


@damage()
def another_form(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    wrong = [f for f in FORMS.values() if f.read is not form.read]
    other = rng.choice(wrong)
    return other.write(other.rows())


# --- workbooks only ---------------------------------------------------------------------------


@damage(*SHEETS, harmless=True)
def sheet_renamed(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return raw.to_xlsx({"Blad1": rows})


@damage(*SHEETS, harmless=True)
def another_sheet_first(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return raw.to_xlsx({"Läs mig": [["Om filen"], ["Hämtad i maj"]], form.sheet: rows})


@damage("emissions xlsx", "population series", "population table", harmless=True)
def old_copy_first(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    old = [list(row) for row in rows]
    for row in old[form.first : form.last + 1]:
        row[form.values[0]] = 5
    return raw.to_xlsx({"gammal": old, form.sheet: rows})


@damage(*SHEETS)
def two_copies_neither_named(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    return raw.to_xlsx({"Blad1": [list(row) for row in rows], "Blad2": rows})


def _workbook(kind: str, tweak: Callable[[Any, Form], None], *, harmless: bool) -> None:
    def function(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
        return raw.to_xlsx({form.sheet: rows}, tweak=lambda book: tweak(book.worksheets[0], form))

    KINDS[kind] = (function, SHEETS, harmless)


def _hide(sheet: Any, form: Form) -> None:
    for row in range(form.first + 2, form.last):
        sheet.row_dimensions[row].hidden = True


_workbook("rows hidden", _hide, harmless=True)
_workbook("column hidden", lambda s, f: setattr(s.column_dimensions["A"], "hidden", True), harmless=True)
_workbook("filter set", lambda s, f: setattr(s.auto_filter, "ref", f"A{f.head + 1}:B{f.last}"), harmless=True)
_workbook(
    "cells merged below headings",
    lambda s, f: s.merge_cells(f"A{f.first + 1}:A{f.first + 2}"),
    harmless=False,
)
_workbook(
    "cells merged sideways", lambda s, f: s.merge_cells(f"A{f.first + 2}:C{f.first + 2}"), harmless=False
)
_workbook(
    "numbers shown as dates",
    lambda s, f: [setattr(c, "number_format", "yyyy-mm-dd") for c in s[f.first + 2]],
    harmless=False,
)
_workbook("a comment on a cell", lambda s, f: _comment(s, f), harmless=True)


def _comment(sheet: Any, form: Form) -> None:
    from openpyxl.comments import Comment

    sheet.cell(form.first + 1, 1).comment = Comment("fel?", "NN")


@damage("emissions xlsx", "population series", "population table", harmless=True)
def formula_calculated(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    row, column = rng.randint(form.first, form.last), rng.choice(form.values)
    value = rows[row][column]
    rows[row][column] = "=1+1"
    return raw.with_stored_values(form.write(rows), value)


@damage("emissions xlsx", "population series", "population table")
def formula_in_a_heading(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    found = _year_cells(form, rows) or [(form.head, form.values[0])]
    row, column = rng.choice(found)
    rows[row][column] = "=A1+1"
    return form.write(rows)


@damage(*SHEETS)
def hostile_workbook(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    data = form.write(rows)
    return rng.choice([raw.far_cell, raw.declared_extent, raw.entities,
                       lambda d: raw.entities(d, laughs=True),
                       lambda d: raw.bomb(d, 60), lambda d: raw.far_cell(d, "A1048576")])(data)  # fmt: skip


@damage(*SHEETS)
def sheet_part_gone(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    part = rng.choice([raw.SHEET, "xl/workbook.xml", "[Content_Types].xml"])
    return raw.edit_part(form.write(rows), part, lambda xml: "")


@damage(*SHEETS)
def xml_broken(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    share = rng.randrange(20, 90)
    return raw.edit_part(form.write(rows), raw.SHEET, lambda xml: xml[: len(xml) * share // 100])


# --- JSON -------------------------------------------------------------------------------------

JSON_FORMS: dict[str, tuple[Callable[[], Any], Callable[[bytes, str], pd.DataFrame]]] = {
    "pxweb json": (raw.pxweb_json, _population),
    "json-stat2": (raw.json_stat, _population),
    "kolada": (raw.kolada, _kolada),
}
_BAD_SCALARS: tuple[Any, ...] = (
    "", " ", "..x", "12,5", "-3", -3, 1.5, True, False, [], {}, "1e3", "١٢", "nan", "0x1F", "120 %", "1 000",
    "9" * 30, 10**30, 1e300,
)  # fmt: skip


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to all values of a JSON content, objects and lists too."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _leaves(inner, (*path, key))


def _at(content: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        content = content[key]
    return content


def _json_kinds() -> dict[str, Callable[[Any, Random], bytes | None]]:
    def replaced(content: Any, rng: Random) -> bytes | None:
        path = rng.choice([p for p in _leaves(content) if "comments" not in p])
        new = rng.choice(_BAD_SCALARS)
        _at(content, path[:-1])[path[-1]] = new
        return raw.to_json(content)

    def nulled(content: Any, rng: Random) -> bytes | None:
        path = rng.choice(list(_leaves(content)))
        _at(content, path[:-1])[path[-1]] = None
        return raw.to_json(content)

    def dropped(content: Any, rng: Random) -> bytes | None:
        path = rng.choice(list(_leaves(content)))
        del _at(content, path[:-1])[path[-1]]
        return raw.to_json(content)

    def doubled(content: Any, rng: Random) -> bytes | None:
        inner = rng.choice([v for p in _leaves(content) if isinstance(v := _at(content, p), list) and v])
        inner.append(inner[rng.randrange(len(inner))])
        return raw.to_json(content)

    def cut(content: Any, rng: Random) -> bytes | None:
        data = raw.to_json(content)
        return data[: rng.randrange(1, len(data) - 1)]

    def key_twice(content: Any, rng: Random) -> bytes | None:
        data = raw.to_json(content)
        key = rng.choice(list(content))
        return data[:-1] + f', "{key}": []'.encode() + b"}"

    def not_a_number(content: Any, rng: Random) -> bytes | None:
        return re.sub(
            rb"\b\d+\.?\d*\b",
            rng.choice([b"NaN", b"Infinity"]),
            raw.to_json(content),
            count=rng.randint(1, 3),
        )

    def deep(content: Any, rng: Random) -> bytes | None:
        return b'{"a":' * 50_000 + b"1" + b"}" * 50_000

    return {
        "JSON value replaced": replaced, "JSON value null": nulled, "JSON value dropped": dropped,
        "JSON item doubled": doubled, "JSON cut short": cut, "JSON key twice": key_twice,
        "JSON not a number": not_a_number, "JSON nested without end": deep,
    }  # fmt: skip


# --- the oracle -------------------------------------------------------------------------------


def judge(name: str, kind: str, read: Reader, data: bytes, truth: pd.DataFrame, *,
          subset: bool, harmless: bool) -> None:  # fmt: skip
    """Right numbers or a clear message; anything else fails."""
    SEEN[name, kind] += 1
    file = "raw/from the source.xlsx"
    try:
        frame = read(data, file)
    except InputError as error:
        WRONG["harmless, yet refused"] += harmless
        assert not harmless, f"harmless, yet refused: {error}"
        REFUSED[name, kind] += 1
        clear(error, file)
        return
    except Exception:
        WRONG["tracebacks"] += 1
        raise
    keys = [column for column in truth.columns if column not in ("emissions_t", "population", "value")]
    if subset:
        truth = truth.merge(frame[keys], on=keys, how="inner")
    WRONG["silently wrong"] += not same(frame, truth)
    pd.testing.assert_frame_equal(frame, truth, check_exact=False, rtol=1e-12, atol=0)


def same(frame: pd.DataFrame, truth: pd.DataFrame) -> bool:
    """Whether two frames have the same rows and, to the last but one digit, the same numbers."""
    try:
        pd.testing.assert_frame_equal(frame, truth, check_exact=False, rtol=1e-12, atol=0)
    except AssertionError:
        return False
    return True


def clear(error: InputError, file: str) -> None:
    """The message names the file and is short; every problem says something."""
    assert str(error).startswith(file)
    assert "Traceback" not in str(error)
    for problem in error.problems:
        assert problem.file == file
        assert 10 < len(str(problem)) < 600, problem


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, (_, names, _) in KINDS.items() for n in names])
def test_a_damaged_table_gives_the_right_numbers_or_a_clear_message(kind: str, name: str) -> None:
    function, _, harmless = KINDS[kind]
    form = FORMS[name]

    @CAMPAIGN
    @given(st.integers(0, 2**32))
    def run(seed: int) -> None:
        data = function(form, form.rows(), Random(seed))
        if data is not None:
            subset = form.selection and kind in SELECTIONS
            judge(name, kind, form.read, data, right(name), subset=subset, harmless=harmless)

    run()


SELECTIONS = frozenset({
    "row dropped", "half the rows", "column dropped", "number a dash", "number a word", "cut short",
})  # fmt: skip
"""Damage that makes a selection smaller: what was never asked for cannot be missed."""


@pytest.mark.parametrize("kind", _json_kinds())
@pytest.mark.parametrize("name", JSON_FORMS)
def test_a_damaged_answer_gives_the_right_numbers_or_a_clear_message(kind: str, name: str) -> None:
    make, read = JSON_FORMS[name]
    truth = read(raw.to_json(make()), "right")

    @settings(CAMPAIGN, max_examples=25)
    @given(st.integers(0, 2**32))
    def run(seed: int) -> None:
        data = _json_kinds()[kind](make(), Random(seed))
        if data is not None:
            judge(name, kind, read, data, truth, subset=True, harmless=False)

    run()


@settings(CAMPAIGN, max_examples=60)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode),
                 st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail)))  # fmt: skip
def test_any_bytes_are_refused_with_a_clear_message(data: bytes) -> None:
    for read in (lambda d, f: recognise(d, f), lambda d, f: read_any(d, f, places=raw.PLACES)):
        SEEN["any bytes", "any bytes"] += 1
        with pytest.raises(InputError) as caught:
            read(data, "raw/any.bin")
        clear(caught.value, "raw/any.bin")


BEYOND = {
    "two municipalities of a county exchanged in every sector": "emissions xlsx",
    "all values scaled within the plausible": "emissions xlsx",
    "two names exchanged": "population series",
    "one value changed by a tenth": "population series",
}


@pytest.mark.parametrize("kind", BEYOND)
def test_what_no_check_within_one_file_can_see_is_known(kind: str) -> None:
    """These go through, and the comparison with the year before must catch them; if one is caught, say so."""
    form = FORMS[BEYOND[kind]]
    rows = form.rows()
    if "exchanged" in kind:
        pairs = {"Håbo": "Knivsta", "Knivsta": "Håbo"}
        rows = [[pairs.get(str(cell), cell) for cell in row] for row in rows]
    for row in rows[form.first : form.last + 1]:
        if "scaled" in kind:
            row[4:] = [value * 1.1 for value in row[4:]]
        if "tenth" in kind and row[0] == "Håbo":
            row[9] = round(row[9] * 1.1)
    frame = form.read(form.write(rows), "raw/changed.xlsx")
    assert not frame.equals(right(form.name))


def test_the_campaign_is_large_enough(capsys: pytest.CaptureFixture[str]) -> None:
    cases, kinds = sum(SEEN.values()), {kind for _, kind in SEEN}
    with capsys.disabled():
        print(
            f"\nbad files: {cases} cases of {len(kinds)} kinds ({len(SEEN)} kind and form), "
            f"{sum(REFUSED.values())} refused, {WRONG['silently wrong']} silently wrong, "
            f"{WRONG['tracebacks']} tracebacks, "
            f"{WRONG['harmless, yet refused']} harmless yet refused"
        )
    assert not sum(WRONG.values())
    if len(SEEN) > 400:  # the whole module was run
        assert cases >= 1000
        assert len(kinds) >= 142
