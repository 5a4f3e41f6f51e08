"""Small official files of every form that is read, and the register of what is done to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import pandas as pd

import raw_files as raw
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.statistics import read_municipality_codes, read_population

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
    return read_emissions(data, file, places=raw.PLACES, sectors=raw.SECTORS).frame


def population_frame(data: bytes, file: str) -> pd.DataFrame:
    return read_population(data, file, places=raw.PLACES).frame


def _codes(data: bytes, file: str) -> pd.DataFrame:
    return read_municipality_codes(data, file).frame


_N = len(raw.emission_values())
_Y = len(raw.YEARS)
FORMS = {
    form.name: form
    for form in (
        Form("emissions xlsx", lambda: raw.emission_rows("xlsx"), "Växthusgaser totalt", _emissions,
             (0, 1, 2, 3), 5, 7, 6 + _N, tuple(range(4, 4 + _Y))),
        Form("emissions csv", lambda: raw.emission_rows("csv"), "", _emissions,
             (0, 1, 2, 3), 6, 7, 6 + _N, tuple(range(4, 4 + _Y))),
        Form("population series", raw.series_rows, "Tabell", population_frame,
             (0,), 5, 6, 9, tuple(range(1, 1 + len(raw.POPULATION_YEARS)))),
        Form("population table", raw.table_rows, "Totalt", population_frame, (0, 1), 5, 9, 15, (2,)),
        Form("pxweb csv", raw.pxweb_csv_rows, "", population_frame, (0,), 0, 1, 4, (1, 2, 3, 4),
             selection=True),
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
