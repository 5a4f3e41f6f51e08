"""Damage to one number, one label or one code of an official file."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from random import Random
from typing import Any

import raw_files as raw
from torture.raw.forms import FORMS, KINDS, NUMERIC, SHEETS, TOTALLED, Form, damage, put


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
