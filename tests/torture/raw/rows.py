"""Damage to whole rows of an official file: lost, doubled, moved, exchanged, in another unit."""

from __future__ import annotations

from random import Random

import raw_files as raw
from torture.raw.forms import NUMERIC, SHEETS, TOTALLED, Form, damage


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
