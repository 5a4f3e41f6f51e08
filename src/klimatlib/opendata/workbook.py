"""The tables for people: a workbook with a sheet each, a read-me and what every column means.

Numbers are numbers, codes are text, and nothing is a formula or a link. The same tables give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from klimatlib.opendata.about import About
from klimatlib.opendata.contract import Column
from klimatlib.opendata.tables import Cell, Filled

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_HEADINGS = ("Blad", "Kolumn", "Namn i CSV", "Enhet", "Betydelse")
_WIDTHS = (22, 22, 26, 20, 90)
_WIDEST, _NARROWEST, _LOOKED_AT = 60, 9, 300
README, COLUMNS = "Läs mig", "Kolumner"
_FORMATS = {
    "year": "0",
    "share": "0.0%",
    "t CO2e": "#,##0",
    "persons": "#,##0",
    "t CO2e per capita": "0.00",
}
_UNITS = {
    "year": "år",
    "share": "andel",
    "t CO2e": "ton CO₂e",
    "t CO2e per capita": "ton CO₂e per invånare",
    "persons": "personer",
    "members": "medlemmar",
    "municipalities": "kommuner",
    "unit": "se Enhet",
    "goal_unit": "se Målets enhet",
    "result_unit": "se Resultatets enhet",
}


def workbook(about: About, told: Sequence[str]) -> bytes:
    """Return the workbook.

    Parameters
    ----------
    about
        The data.
    told
        Lines of the read-me sheet; a line with ``# `` before it is a heading.
    """
    import xlsxwriter  # type: ignore[import-untyped]  # here: this step alone needs it

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, _OPTIONS) as book:
        book.set_properties(_properties(about))
        styles = _Styles(book)
        _write_readme(book, styles, told)
        _write_columns(book, styles, [part.filled for part in about.parts])
        for part in about.parts:
            _write_table(book, styles, part.filled)
    return stream.getvalue()


class _Styles:
    """The workbook's formats, each made once."""

    def __init__(self, book: Any) -> None:
        self._book, self._numbers = book, dict[str, Any]()
        self.title = book.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EFEA", "text_wrap": True,
                                        "valign": "top"})  # fmt: skip
        self.text = book.add_format({"num_format": "@", "valign": "top"})

    def of(self, column: Column) -> Any:
        """Return the format of a column's cells."""
        if column.kind in ("string", "boolean"):
            return self.text if column.kind == "string" else None
        code = _FORMATS.get(column.unit, "General")
        if code not in self._numbers:
            self._numbers[code] = self._book.add_format({"num_format": code, "valign": "top"})
        return self._numbers[code]


def _properties(about: About) -> dict[str, Any]:
    return {
        "title": about.title,
        "author": about.params.association,
        "company": about.params.association,
        "comments": f"Version {about.version}",
        "created": dt.datetime.combine(about.params.date, dt.time()),
    }


def _write_readme(book: Any, styles: _Styles, told: Sequence[str]) -> None:
    sheet = book.add_worksheet(README)
    sheet.set_column(0, 0, 100)
    sheet.hide_gridlines(2)
    for row, line in enumerate(told):
        heading = line.startswith("# ")
        sheet.write_string(row, 0, line.removeprefix("# "), styles.title if heading else styles.wrapped)


def _write_table(book: Any, styles: _Styles, filled: Filled) -> None:
    columns = filled.table.columns
    sheet = book.add_worksheet(filled.table.words.sheet)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _width(filled, place, column), styles.of(column))
        sheet.write_string(0, place, column.title, styles.heading)
    formats = [styles.of(column) for column in columns]
    for row, cells in enumerate(filled.rows, 1):
        for place, (cell, form) in enumerate(zip(cells, formats, strict=True)):
            _write_cell(sheet, row, place, cell, form)
    last = max(len(filled.rows), 1)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{_letter(len(columns))}{last + 1}"})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_cell(sheet: Any, row: int, place: int, cell: Cell, form: Any) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(row, place, cell)
    elif isinstance(cell, int | Decimal):
        sheet.write_number(row, place, cell, form)
    elif cell:
        sheet.write_string(row, place, cell, form)


def _write_columns(book: Any, styles: _Styles, tables: Sequence[Filled]) -> None:
    sheet = book.add_worksheet(COLUMNS)
    for place, (heading, width) in enumerate(zip(_HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, styles.heading)
    told = [
        (filled.table.words.sheet, column.title, column.name, _UNITS.get(column.unit, ""), column.told)
        for filled in tables
        for column in filled.table.columns
    ]
    for row, line in enumerate(told, 1):
        for place, text in enumerate(line):
            sheet.write_string(row, place, text, styles.wrapped)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(told), len(_HEADINGS) - 1)


def _width(filled: Filled, place: int, column: Column) -> int:
    """Return a width that shows what stands in most cells."""
    shown = (len(str(row[place])) for row in filled.rows[:_LOOKED_AT] if row[place] is not None)
    return min(max(_NARROWEST, len(column.title) + 3, *shown, 0), _WIDEST)


def _letter(place: int) -> str:
    """Return the name of a column by its number from 1; tables have fewer than 27."""
    return chr(ord("A") + place - 1)
