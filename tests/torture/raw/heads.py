"""Damage to headings, titles, years and columns of an official file."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from random import Random

import raw_files as raw
from torture.raw.forms import KINDS, NUMERIC, SHEETS, Form, damage


def _head(kind: str, pattern: str, new: str, forms: tuple[str, ...]) -> None:
    def function(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
        for row in rows[: form.first]:
            for n, cell in enumerate(row):
                if isinstance(cell, str):
                    row[n] = re.sub(pattern, new, cell)
        return form.write(rows)

    KINDS[kind] = (function, forms, False)


EXPORTS = ("emissions xlsx", "emissions csv")
YEARLY_AND_TABLE = (*EXPORTS, "population series", "population table")
_head("unit line kton", "ton/år", "kton/år", EXPORTS)
_head("unit line kg", "ton/år", "kg/år", EXPORTS)
_head("unit line per inhabitant", "ton/år", "ton/invånare", EXPORTS)
_head("another substance", "Emissioner av Växthusgaser totalt", "Emissioner av Koldioxid (CO2)", EXPORTS)
_head("an unknown substance", "Emissioner av Växthusgaser totalt", "Emissioner av Metan (CH4)", EXPORTS)
_head("another vintage", "2022-04-14", "2021-04-14", EXPORTS)
_head("a vintage of the future", "2022-04-14", "2032-04-14", EXPORTS)
_head("no vintage", "Länsrapport, 2022-04-14", "Länsrapport", EXPORTS)
_head("heading Kommun renamed", "^Kommun$", "Ort", YEARLY_AND_TABLE)
_head("heading Undersektor renamed", "^Undersektor$", "Delsektor", EXPORTS)
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


def year_cells(form: Form, rows: raw.Rows) -> list[tuple[int, int]]:
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
    row, column = rng.choice(year_cells(form, rows))
    rows[row][column] += rng.choice([-1, 1, -10, 100, 3])
    return form.write(rows)


@damage(*YEARLY)
def two_years_exchanged(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    (r1, a), (r2, b) = rng.sample(year_cells(form, rows), 2)
    rows[r1][a], rows[r2][b] = rows[r2][b], rows[r1][a]
    return form.write(rows)


@damage(*YEARLY)
def all_years_one_later(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for row, column in year_cells(form, rows):
        rows[row][column] += 1
    return form.write(rows)


@damage(*YEARLY, "pxweb csv")
def year_blank(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    row, column = rng.choice(year_cells(form, rows))
    rows[row][column] = ""
    return form.write(rows)


@damage(*YEARLY)
def year_as_date(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    row, column = rng.choice(year_cells(form, rows))
    rows[row][column] = (
        dt.datetime(int(rows[row][column]), 12, 31) if form.sheet else f"{rows[row][column]}-12-31"
    )
    return form.write(rows)


@damage(*YEARLY, "pxweb csv")
def year_twice(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    (row, a), (_, b) = rng.sample(year_cells(form, rows), 2)
    rows[row][a] = rows[row][b]
    return form.write(rows)


@damage("emissions xlsx", "population series", harmless=True)
def years_as_text(form: Form, rows: raw.Rows, rng: Random) -> bytes | None:
    for row, column in year_cells(form, rows):
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
