"""Damage to an official file as a whole: its text, its bytes, its workbook."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import raw_files as raw
from torture.raw.forms import FORMS, KINDS, SHEETS, TEXTS, TOTALLED, Form, damage
from torture.raw.heads import EXPORTS, year_cells


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


@damage(*EXPORTS, "population series", "population table")
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
    found = year_cells(form, rows) or [(form.head, form.values[0])]
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
