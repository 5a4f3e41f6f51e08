"""What is done to tables to break them: to what stands in a cell, to rows and columns, bytes and sheets.

`TABLES` are official files of every form and the project's own tables. A mutation applies to a table that has
any of the tags it names and none of those with a minus (``"own -sealed"``); it returns rows or bytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from random import Random
from typing import Any
from unicodedata import normalize

import pandas as pd
from openpyxl.comments import Comment

import raw_files as raw
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.statistics import read_municipality_codes, read_population

Rows = list[list[Any]]
Change = Callable[[Any, Random], Any]


@dataclass(frozen=True)
class Table:
    """A table to damage.

    Attributes
    ----------
    name, tags
        Its path in the project, or the name of an official form; what mutations apply by.
    codes, numbers, guarded
        Columns with codes, ids or names of a fixed set; with numbers; with numbers that other files tell.
    head, first, footer
        The row of the headings, the first row of data, and how many rows follow the data.
    delimiter, sheet
        What separates columns; the sheet of a workbook.
    make, read
        Of an official form: its rows, and its reader.
    """

    name: str
    tags: frozenset[str]
    codes: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    guarded: tuple[int, ...] = ()
    head: int = 0
    first: int = 1
    footer: int = 0
    delimiter: str = ","
    sheet: str = ""
    make: Callable[[], Rows] = list
    read: Callable[[bytes, str], Any] = lambda data, file: None

    def data(self, rows: Rows) -> range:
        """Return the numbers of the rows of data."""
        return range(self.first, len(rows) - self.footer)

    def row(self, rows: Rows, rng: Random) -> int:
        """Return the number of a row of data, by chance."""
        return rng.choice(self.data(rows))

    def write(
        self, rows: Rows, *, delimiter: str = "", newline: str = "", encoding: str = "utf-8",
            quote: bool = False,
        decimal: str = ",", tweak: Callable[[Any], object] | None = None,
    ) -> bytes:  # fmt: skip
        """Write rows as a spreadsheet or a statistical office would."""
        if self.sheet:
            return raw.to_xlsx({self.sheet: rows}, tweak=tweak)
        delimiter, newline = delimiter or self.delimiter, newline or ("\n" if "own" in self.tags else "\r\n")
        if "own" not in self.tags:
            how = {"decimal": decimal, "newline": newline, "encoding": encoding, "quote": quote}
            return raw.to_csv(rows, delimiter=delimiter, **how)  # type: ignore[arg-type]
        stream, quoting = io.StringIO(newline=""), csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
        csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)
        return stream.getvalue().encode(encoding, "replace")


def read_emission_table(data: bytes, file: str) -> pd.DataFrame:
    """Read an export of the national emissions database."""
    return read_emissions(data, file, places=raw.PLACES, sectors=raw.SECTORS).frame


def read_population_table(data: bytes, file: str) -> pd.DataFrame:
    """Read a table of the population."""
    return read_population(data, file, places=raw.PLACES).frame


def read_code_list(data: bytes, file: str) -> pd.DataFrame:
    """Read SCB's list of codes."""
    return read_municipality_codes(data, file).frame


def _official(
    name: str, tags: str, make: Any, read: Any, sheet: str, rows: tuple[int, int, int], *cells: Any
) -> Table:
    kinds = frozenset([name, "official", "sheet" if sheet else "text", *tags.split()])
    delimiter = ";" if name == "emissions-csv" else ","
    columns = [tuple(some) for some in (*cells, ())]
    return Table(name, kinds, *columns, *rows, delimiter, sheet, make, read)


def _own(name: str, tags: str, *columns: tuple[int, ...], delimiter: str = ",") -> Table:
    return Table(
        name, frozenset([name.rsplit("/", 1)[1], "own", *tags.split()]), *columns, delimiter=delimiter
    )


BOOK = Table(
    "data/svar/answers_2023.xlsx", frozenset({"sheet", "book", "svar"}), (3, 4), delimiter=";", sheet="Svar"
)  # the members' answers as a workbook
_YEARS, _POPULATION_YEARS = range(4, 4 + len(raw.YEARS)), range(1, 1 + len(raw.POPULATION_YEARS))
TABLES = (
    _official("emissions-xlsx", "numeric totalled export yearly", partial(raw.emission_rows, "xlsx"),
              read_emission_table, "Växthusgaser totalt", (5, 7, 0), range(4), _YEARS),
    _official("emissions-csv", "numeric totalled export yearly", partial(raw.emission_rows, "csv"),
              read_emission_table, "", (6, 7, 2), range(4), _YEARS),
    _official("population-series", "numeric yearly", raw.series_rows, read_population_table, "Tabell", (5,
        6, 3),
              (0,), _POPULATION_YEARS),
    _official("population-table", "numeric totalled", raw.table_rows, read_population_table, "Totalt", (5,
        9, 2),
              (0, 1), (2,)),
    _official("pxweb-csv", "numeric selection", raw.pxweb_csv_rows, read_population_table, "", (0, 1, 0),
        (0,),
              range(1, 5)),
    _official("code-list", "", raw.code_rows, read_code_list, "Län och kommuner", (2, 4, 0), (0, 1), ()),
    _own("data/statistics/emissions_2025.csv", "tal whole statistics", (0, 2), (1, 3), (3,)),
    _own("data/statistics/population.csv", "tal whole statistics", (0,), (1, 2), (2,)),
    _own("data/statistics/municipalities.csv", "tal statistics", (0, 2)),
    _own("data/tal/members.csv", "tal", (0, 2, 5, 6)),
    _own("data/tal/survey.csv", "tal whole", (0,), (1, 2), (1, 2)),
    _own("data/tal/goals.csv", "tal", (0,), (4, 5, 9)),
    _own("data/tal/published.csv", "tal", (1,), (0, 2)),
    _own("data/svar/consent.csv", "svar", (0, 1)),
    _own("data/svar/signatures.csv", "svar", (1, 2, 4)),
    _own("data/svar/answers_2023.csv", "svar free", (1, 3, 4), delimiter=";"),
    _own("data/svar/answers_2022.csv", "svar free", (1, 3, 4), delimiter=";"),
    _own("outputs/före/claims.csv", "svar sealed", (1,), (2, 3)),
    BOOK,
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One kind of damage; ``harmless`` variation must be taken, with the right numbers."""

    name: str
    applies: str
    make: Callable[..., Any]
    harmless: bool = False

    def fits(self, tags: frozenset[str]) -> bool:
        """Return whether it applies to something with these tags."""
        words = {*self.applies.split()}
        return bool(tags & words) and not {f"-{tag}" for tag in tags} & words


# --- one cell: {v} is what stood there -----------------------------------------------------------------

NUMBERS = {
    "own numeric": "{v} t|{v} ton|{v} %|{v} st|NaN|nan|inf|-inf|NA|#N/A|None|null|saknas|sekretess|..|x|okänd"
                   "|ja|se not 1|0x1F4|1_000|{v} {v}|{v}¹|−{v}",
    "numeric": "| |-|–|١٢٣٤٥|１２３４５|120 %|{v}?|1.234.567,8|1,234,567.8|1'234'567|  {v}\u00a0|{v}",
    "sheet": "#REF!|#DIV/0!|#VALUE!|#NAME?|=1+1|=SUM(A1:A9)",
    "own": "{v},5|{v}½|1e3|1E+03|1,2E+06|5e-1|=1+1|@SUM(1)|2020-01-12|12-jan|12:30|-0|-0.0|-{v}"
           "|+{v}|({v})|0{v}|'{v}|TRUE|{v}*|\u202e{v}|{v}\x00|{v}–{v}|ca {v}|#REF!|1\u200b2|1\u00ad2|1\n2"
           "|1,234|1.234.567|1 234 567|1\u00a0234|1\u202f234|1'234",
}  # fmt: skip
CODES = {
    "own official": "{v}\u200b", "own official -code-list": "Ankeborg|x-y-z", "official": "",
    "own": "{v}\u200d|\ufeff{v}|{v}{v}|9999|{v}.0|1.28E+03|={v}|.{v}|{v} (prel.)|{v}\x07",
}  # fmt: skip
_CYRILLIC = str.maketrans("aoepicxAKH", "аоерісхАКН")


def _digits(zero: int) -> Change:
    return lambda v, r: "".join(chr(zero + int(c)) if c.isdigit() else c for c in _text(v))


def _text(value: Any) -> str:
    return repr(value).replace(".", ",") if isinstance(value, float) else str(value)


def _filled(template: str) -> Change:
    return lambda v, r: template.replace("{v}", _text(v))


def _times(factor: float) -> Change:
    """Scale a number; of an own table that is a text."""

    def change(value: Any, rng: Random) -> Any:
        new = float(value) * factor
        if isinstance(value, str):
            return f"{new:.0f}" if new >= 1 or not new else f"{new:.6f}"
        return round(new) if isinstance(value, int) else new

    return change


CHANGES: tuple[tuple[str, str, str, Change], ...] = (
    ("number with letter O", "own numeric", "numbers", lambda v, r: f"{_text(v)[:-1]}O"),
    ("number with letter l", "own numeric", "numbers", lambda v, r: f"l{_text(v)[1:]}"),
    ("number in Arabic digits", "own", "numbers", _digits(0x660)),
    ("number in full-width digits", "own", "numbers", _digits(0xFF10)),
    ("number of 5000 digits", "own", "numbers", lambda v, r: "9" * r.choice([30, 5000])),
    ("number negative", "numeric", "numbers", lambda v, r: f"-{v}" if v == ".." else -v if v else "-"),
    ("number in powers", "numeric", "numbers", lambda v, r: v if v == ".."
        else f"{float(v) / 1000!r}e3".replace(".", ",")),
    *((f"number grouped by {ord(sign):x}", "numeric", "numbers", lambda v, r, s=sign: v if v == ".." else
       f"{float(v):,.2f}".replace(",", s).replace(".", ",")) for sign in " \u00a0"),
    ("number a date", "sheet", "numbers", lambda v, r: dt.datetime(2020, r.randint(1, 12), 1)),
    ("number a time", "sheet", "numbers", lambda v, r: dt.time(12, 30)),
    ("number TRUE", "sheet", "numbers", lambda v, r: r.choice([True, False])),
    *((f"number times {by}", "totalled", "numbers", _times(by)) for by in (1000, 0.001, 100, 2.9, 1.5, 1.05,
        0.5, 0)),
    *((f"number of a series times {by}", "population-series", "numbers", _times(by)) for by in (1000, 1.5,
        0.5, 0)),
    ("number plus ten", "totalled", "numbers", lambda v, r: v + 10),
    ("number of half a person", "population-series", "numbers", lambda v, r: v + 0.5),
    *((f"known number times {by}", "own", "guarded", _times(by)) for by in (1000, 0.001, 100, 10, 0.01, 4,
        0.25, 0)),
    *((f"known number {text!r}", "own", "guarded", _filled(text)) for text in ("", " ")),
    *((f"every known number times {by}", "own", "every guarded", _times(by)) for by in (1000, 0.001, 100,
        0.01)),
    *((f"every number {text}", "own", "every numbers", _filled(text)) for text in (
        "{v},5", "{v} t", "1e3", "2020-01-12", "-{v}", "#REF!")),
    ("code in another alphabet", "own official", "codes", lambda v, r: _text(v).translate(_CYRILLIC)),
    ("code misspelt", "own official -code-list", "codes", lambda v, r: f"{v[:-1]}x"),
    ("code as mojibake", "own official", "codes", lambda v, r: v.encode().decode("latin-1")),
    ("code å without ring", "own official -code-list", "codes", lambda v, r: normalize("NFD", v).encode(
        "ascii", "ignore").decode()),
    ("code cut", "own official -code-list", "codes", lambda v, r: v.strip()[:-1] if v[:1].isdigit()
        else v.strip()[:-2]),
    ("code a number", "official", "codes", lambda v, r: 7),
    ("code as number", "population-table code-list", "codes", lambda v, r: int(v) if v.isdigit() else v),
    ("code without its zero", "own population-table code-list", "codes", lambda v, r: v.lstrip("0")),
    ("code in Arabic digits", "own", "codes", _digits(0x660)),
    ("code Håbo for Habo", "official -code-list", "codes", lambda v, r: v.replace(
        *(("Håbo", "Habo") if "Håbo" in v else ("Habo", "Håbo")))),
    ("code with spaces around", "own official", "harmless codes", lambda v, r: f"  {v} "),
    ("code with a no-break space", "own official", "harmless codes", lambda v, r: f"{v}\u00a0"),
    ("code decomposed", "own official", "harmless codes", lambda v, r: normalize("NFD", v)),
    ("code in capitals", "totalled population-series pxweb-csv", "harmless codes", lambda v, r: v.upper()),
    ("number with spaces around", "own", "harmless numbers", lambda v, r: f"  {v} "),
)  # fmt: skip


def _cell(columns: str, change: Change) -> Callable[..., Any]:
    """Return what changes one filled cell of some columns, or every filled cell of one of them."""

    def make(table: Table, rows: Rows, rng: Random) -> Rows:
        here = getattr(table, columns.split()[-1])
        filled = [(n, c) for n in table.data(rows) for c in here if rows[n][c] not in ("", None)]
        if filled:
            row, column = rng.choice(filled)
            for n in [n for n, c in filled if c == column] if "every" in columns else [row]:
                rows[n][column] = change(rows[n][column], rng)
        return rows

    return make


def _cells() -> Iterator[Mutation]:
    for columns, texts in (("numbers", NUMBERS), ("codes", CODES)):
        for applies, templates in texts.items():
            for text in templates.split("|"):
                yield Mutation(f"{columns} {text!r}", applies, _cell(columns, _filled(text)))
    for name, applies, columns, change in CHANGES:
        yield Mutation(name, applies, _cell(columns, change), "harmless" in columns)


# --- rows and columns ----------------------------------------------------------------------------------


def _inserted(row: Callable[[Table, Rows], list[Any]], *, below: bool = False) -> Callable[..., Rows]:
    """Return what puts a row after one of the data, or below all that there is."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        at = len(rows) if below else t.row(rows, r) + 1
        return [*rows[:at], row(t, rows), *rows[at:]]

    return make


def _data(change: Callable[[Rows, Random], Rows]) -> Callable[..., Rows]:
    """Return what changes the rows of data, and leaves those above and below."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        end = len(rows) - t.footer
        return [*rows[: t.first], *change(rows[t.first : end], r), *rows[end:]]

    return make


def _without(column: int, label: Callable[[Rows, Random], str]) -> Callable[..., Rows]:
    """Return what leaves out all rows with a label in a column."""

    def change(data: Rows, r: Random) -> Rows:
        gone = label(data, r)
        return [row for row in data if row[column] != gone]

    return _data(change)


def _each(change: Callable[[list[Any], int, Random], list[Any]], *, one: bool = False) -> Callable[..., Rows]:
    """Return what changes every row at a column with numbers or codes, or one row of the data."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        column, at = r.choice([*t.codes, *t.numbers]), t.row(rows, r)
        return [row if one and n != at else change(row, column, r) for n, row in enumerate(rows)]

    return make


def _exchanged(columns: Sequence[int], same: Sequence[int] = ()) -> Callable[..., Rows]:
    """Return what exchanges some columns of two rows that are the same in others."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        a = t.row(rows, r)
        b = r.choice([n for n in t.data(rows) if n == a or all(rows[n][c] == rows[a][c] for c in same)])
        for c in columns or t.numbers[:1]:
            rows[a][c], rows[b][c] = rows[b][c], rows[a][c]
        return rows

    return make


def _scaled(label: str, *factors: float, column: bool = False) -> Callable[..., Rows]:
    """Return what scales the numbers of all rows with a label, or one column of them."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        factor, at = _times(r.choice(factors)), r.choice(t.codes)
        columns = [r.choice(t.numbers)] if column else t.guarded or t.numbers
        for row in [rows[n] for n in t.data(rows) if not label or rows[n][at] == label]:
            for c in columns:
                row[c] = row[c] if row[c] == ".." else factor(row[c], r)
        return rows

    return make


def _shifted_down(t: Table, rows: Rows, r: Random) -> Rows:
    columns = t.guarded or (0,) if "own" in t.tags else r.choice([t.numbers, t.numbers[:1]])
    at = t.first if "own" in t.tags else r.choice(t.data(rows)[:-1])
    for c in columns:
        for row in range(t.data(rows)[-1], at, -1):
            rows[row][c] = rows[row - 1][c]
        rows[at][c] = ""
    return rows


def _total_below(t: Table, rows: Rows, r: Random) -> Rows:
    total: list[Any] = ["Summa", *[""] * (len(rows[t.first]) - 1)]
    for c in t.numbers:
        values = [float(rows[n][c]) for n in t.data(rows) if rows[n][c] != ".."]
        total[c] = str(int(sum(values))) if "own" in t.tags else sum(values)
    return [*rows[: len(rows) - t.footer], total, *rows[len(rows) - t.footer :]]


def _transposed(t: Table, rows: Rows, r: Random) -> Rows:
    width = max(map(len, rows))
    return [
        list(column) for column in zip(*([*row, *[""] * (width - len(row))] for row in rows), strict=True)
    ]


def _heads(change: Callable[[str], str]) -> Callable[..., Rows]:
    return lambda t, rows, r: [
        [change(cell) if n == t.head and isinstance(cell, str) and cell else cell for cell in row]
        for n, row in enumerate(rows)
    ]


def _preamble(pattern: str, new: str) -> Callable[..., Rows]:
    return lambda t, rows, r: [
        [re.sub(pattern, new, cell) if n < t.first and isinstance(cell, str) else cell for cell in row]
        for n, row in enumerate(rows)
    ]


def _years(change: Callable[[Any, Random], Any], *, every: bool = False) -> Callable[..., Rows]:
    """Return what changes headings that are years, or the years of an own table."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        if "own" in t.tags:
            places = [(n, rows[0].index("year")) for n in t.data(rows) if "year" in rows[0]]
        else:
            places = [(n, c) for n in range(t.first) for c in t.numbers
                      if re.fullmatch("(Folkmängd )?(19|20)[0-9]{2}", str(rows[n][c]))]  # fmt: skip
        for n, c in places if every else places and [r.choice(places)]:
            rows[n][c] = change(rows[n][c], r)
        return rows

    return make


def _years_mixed(t: Table, rows: Rows, r: Random, *, twice: bool) -> Rows:
    head = next(row for row in rows if re.search("(19|20)[0-9]{2}$", str(row[t.numbers[0]])))
    a, b = r.sample(t.numbers, 2)
    head[a], head[b] = head[b], head[b if twice else a]
    return rows


def _later(by: int) -> Change:
    return lambda year, r: str(int(year) + by) if isinstance(year, str) else year + by


def _more(head: Any, cell: Any) -> Callable[..., Rows]:
    """Return what adds a column."""
    return lambda t, rows, r: [
        [*row, head if n == t.head else cell if n in t.data(rows) else ""] for n, row in enumerate(rows)
    ]


def _labels_turned(t: Table, rows: Rows, r: Random) -> Rows:
    order = r.sample(t.codes, len(t.codes))
    end = len(rows) - t.footer
    return [
        [*(row[c] for c in order), *row[len(order) :]] if t.head - 1 <= n < end else row
        for n, row in enumerate(rows)
    ]


def _headings_exchanged(t: Table, rows: Rows, r: Random) -> Rows:
    columns = (
        [*t.numbers, *t.codes] if t.numbers else t.codes[:1]
    )  # of two texts the headings alone tell which is which
    a, b = r.choice(columns), r.choice(columns)
    rows[0][a], rows[0][b] = rows[0][b], rows[0][a]
    return rows


ROWS: tuple[tuple[Any, ...], ...] = (
    ("row lost", "official whole -code-list", _data(lambda data, r: r.sample(data, len(data) - 1))),
    ("half the rows lost", "official whole -code-list", _data(lambda data, r: data[: len(data) // 2])),
    ("row doubled", "official own -sealed", _data(lambda data, r: [*data, r.choice(data)])),
    ("row doubled with another number", "own", lambda t, rows, r: [
        *rows, *[["7" if c == t.numbers[-1] else cell for c, cell in enumerate(rows[-1])]
            for _ in t.numbers[:1]]]),
    ("table doubled", "official own -sealed", _data(lambda data, r: [*data, *data])),
    ("file doubled", "official", lambda t, rows, r: [*rows, *rows]),
    ("heading repeated inside", "official own", _inserted(lambda t, rows: list(rows[t.head]))),
    ("blank row inside", "official", _inserted(lambda t, rows: [""] * len(rows[t.first])), True),
    ("blank row below", "numeric", _inserted(lambda t, rows: [""] * len(rows[t.first]), below=True), True),
    ("comment in between", "sheet", _inserted(lambda t, rows: ["Observera!"])),
    ("note below", "own", _inserted(lambda t, rows: ["Källa: SCB"], below=True)),
    ("end below", "own", _inserted(lambda t, rows: ["# slut"], below=True)),
    ("total row below", "numeric whole", _total_below),
    ("values shifted down", "numeric own -free -sealed", _shifted_down),
    ("two values exchanged", "totalled", _exchanged(())),
    ("two municipalities exchanged in one sector", "export", _exchanged((2, 3), same=(0, 1))),
    ("two sectors exchanged at one place", "export", _exchanged((0, 1), same=(2, 3))),
    ("codes exchanged", "population-table", _exchanged((0,))),
    ("sector lost", "export", _without(0, lambda data, r: r.choice([s for s in raw.SUBSECTORS
        if s != raw.FOREIGN]))),
    ("place lost", "export", _without(3, lambda data, r: r.choice([*raw.PLACES.names.values()]))),
    *((f"totals of column {n} lost", "export", _without(n, lambda data, r: "Alla")) for n in range(4)),
    ("place of ours lost", "statistics", _without(
        0, lambda data, r: r.choice(["0180", "1280", "1281", "2580", *["0000"] * (len(data[0]) == 3)]))),
    ("year lost", "emissions_2025.csv population.csv", _without(1, lambda data, r: r.choice(["1990",
        "2020"]))),
    ("sector of ours lost", "emissions_2025.csv", _without(2, lambda data, r: r.choice(sorted({row[2]
        for row in data})))),
    ("totals doubled", "export", _scaled("Alla", 2, 1.5)),
    ("all doubled", "emissions_2025.csv", _scaled("", 2)), ("one year doubled", "export", _scaled("", 2,
        column=True)),
    ("another unit", "numeric", _scaled("", 1000, 1e6, 1e-3, 1e-6)),
    ("years one later", "own yearly", _years(_later(1), every=True)),
    *((f"a year {by} later", "own yearly", _years(_later(by))) for by in (1, -1, 10, 100, -7)),
    ("year blank", "yearly pxweb-csv", _years(lambda year, r: "")),
    ("year as date", "export population-series -emissions-csv", _years(lambda year, r: dt.datetime(year, 12,
        31))),
    ("year as day", "emissions-csv", _years(lambda year, r: f"{year}-12-31")),
    ("two years exchanged", "yearly", partial(_years_mixed, twice=False)),
    ("year twice", "yearly pxweb-csv", partial(_years_mixed, twice=True)),
    ("years as text", "yearly -emissions-csv", _years(lambda year, r: str(year), every=True), True),
    ("column lost", "numeric own", _each(lambda row, c, r: row[:c] + row[c + 1 :])),
    ("column doubled", "numeric own", _each(lambda row, c, r: row[: c + 1] + row[c:])),
    ("cell lost from a row", "own", _each(lambda row, c, r: row[:c] + row[c + 1 :], one=True)),
    ("cell too many", "own", _each(lambda row, c, r: [r.choice(["", "1"]), *row], one=True)),
    ("enormous cell", "own", _each(lambda row, c, r: ["x" * 300_000 if n == c else v for n,
        v in enumerate(row)], one=True)),
    ("row cut short", "emissions-csv pxweb-csv", _each(lambda row, c, r: row[:-1], one=True)),
    ("row too long", "emissions-csv pxweb-csv", _each(lambda row, c, r: [*row, "1"], one=True)),
    ("columns shifted right", "numeric", _data(lambda data, r: [
        row if n < len(data) // 2 else ["", *row] for n, row in enumerate(data)])),
    ("column without heading", "sheet emissions-csv own", _more("", "17")),
    ("column with heading", "export population-series population-table own -sealed", _more("Anmärkning",
        "se not"), True),
    ("empty column", "own -sealed", _more("", ""), True),
    ("label columns in another order", "export population-table", _labels_turned, True),
    ("columns in another order", "own -sealed", lambda t, rows, r: [row[::-1] for row in rows], True),
    ("rows in another order", "export population-table own -signatures.csv", _data(
        lambda data, r: r.sample(data, len(data))), True),
    ("transposed", "official own", _transposed), ("headings alone", "official whole", lambda t, rows,
        r: rows[: t.first]),
    ("headings gone", "official own", lambda t, rows, r: rows[: t.head] + rows[t.head + 1 :]),
    ("headings with spaces", "export population-series pxweb-csv own -sealed",
        _heads(lambda cell: f"\u00a0{cell} "), True),
    ("headings in capitals", "official own -sealed", _heads(str.upper), True),
    ("headings decomposed", "official", _heads(partial(normalize, "NFD")), True),
    ("heading misspelt", "own", lambda t, rows, r: [[*rows[0][: t.codes[0]], rows[0][t.codes[0]][:-2] + "er",
                                                    *rows[0][t.codes[0] + 1 :]], *rows[1:]]),
    ("headings exchanged", "own -free", _headings_exchanged),
    ("title above", "own -free", lambda t, rows, r: [["Tabell 1. Uttag ur databasen"], *rows]),
    ("preamble row lost", "export", lambda t, rows, r: rows[1:]),
    ("blank row on top", "export", lambda t, rows, r: [[""] * len(rows[0]), *rows], True),
    ("footer gone", "emissions-csv", lambda t, rows, r: rows[:-2], True),
    ("footer of another report", "emissions-csv", lambda t, rows, r: [
        *rows[:-1], [rows[-1][0], "Länsrapport, 2021-01-01", *rows[-1][2:]]]),
    *((f"preamble {pattern}: {new}", applies, _preamble(pattern, new)) for applies, pattern, new in (
        *(("export", "ton/år", unit) for unit in ("kton/år", "kg/år", "ton/invånare")),
        *(("export", "Emissioner av Växthusgaser totalt", f"Emissioner av {substance}") for substance in (
            "Koldioxid (CO2)", "Metan (CH4)")),
        *(("export", "2022-04-14", day) for day in ("2021-04-14", "2032-04-14", "")),
        ("export population-series population-table", "^Kommun$", "Ort"), ("export", "^Undersektor$",
            "Delsektor"),
        ("population-table pxweb-csv", "Folkmängd(?= |$)", "Folkökning"), ("pxweb-csv", "^region$", "ålder"),
        ("population-series", "1990-2022", "1990-2021"), ("population-table", "Totalt$", "Män"),
        ("population-series population-table", "^Folkmängd.*(Sveriges|riket).*", ""),
        ("population-table", r"december 2022\.", "december 2021."),
        ("population-table", r"december 2022\.", "december 2023."),
        ("population-series", "Folkmängden i", "Medelålder i"))),
)  # fmt: skip
SELECTIONS = (
    "row lost",
    "half the rows lost",
    "column lost",
    "numbers '-'",
    "numbers '–'",
    "numbers '..'",
    "numbers 'saknas'",
)
"""What makes a selection smaller: what was never asked for cannot be missed."""

# --- bytes and workbooks -------------------------------------------------------------------------------


def _written(**options: Any) -> Callable[..., bytes]:
    return lambda t, rows, r: t.write(rows, **options)


def _bytes(change: Callable[[bytes, Random], bytes]) -> Callable[..., bytes]:
    return lambda t, rows, r: change(t.write(rows), r)


def _letters(change: Callable[[str], bytes]) -> Callable[..., bytes]:
    """Return what spoils the letters of a file that are not ASCII."""
    return _bytes(lambda data, r: data if data.isascii() else change(data.decode()))


def _sheet(change: Callable[[Any, Table], object]) -> Callable[..., bytes]:
    """Return what a person does to a sheet in Excel."""
    return lambda t, rows, r: t.write(rows, tweak=lambda book: change(book.worksheets[0], t))


def _spoilt(data: bytes, r: Random) -> bytes:
    at = r.randrange(min(len(data), 200) if data[:2] != b"PK" else len(data))
    return data[:at] + bytes([r.randrange(256)]) + data[at + 1 :]


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[..., bytes]:
    return _bytes(lambda data, r: b"\n".join(change(data.split(b"\n"))))


def _cut_in_a_row(t: Table, rows: Rows, r: Random) -> bytes:
    lines = t.write(rows).splitlines(keepends=True)
    at = r.randrange(1, len(lines))
    return (
        b"".join(lines[:at])
        + lines[at][: max(lines[at].find(t.delimiter.encode()) if "whole" in t.tags else 2, 1)]
    )


def _old_copy_first(t: Table, rows: Rows, r: Random) -> bytes:
    old = [
        [5 if n in t.data(rows) and c == t.numbers[0] else v for c, v in enumerate(row)]
        for n, row in enumerate(rows)
    ]
    return raw.to_xlsx({"gammal": old, t.sheet: rows})


def _calculated(t: Table, rows: Rows, r: Random) -> bytes:
    row, column = t.row(rows, r), r.choice(t.numbers)
    value, rows[row][column] = rows[row][column], "=1+1"
    return raw.with_stored_values(t.write(rows), value)


NOTHING = (b"", b"\n", b"\xef\xbb\xbf", b" \n \n", b"\x00" * 100, b",,,\n,,,\n", b"PK\x03\x04")
ELSE = (
    b"<html>404 Not Found</html>", b"%PDF-1.7\n1 0 obj", b"{}", b"[]", b"null", bytes(range(256)),
        b"year: 2023\n",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", b"hej",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
)  # fmt: skip
FILES: tuple[tuple[Any, ...], ...] = (
    *((f"written with {options}", applies, _written(**options), True) for applies, options in (
        ("text", {"newline": "\n"}), ("own", {"newline": "\r\n"}), ("text own", {"newline": "\r"}),
        ("text own", {"encoding": "utf-8-sig"}), ("text own", {"quote": True}), ("text own -sealed",
            {"delimiter": "\t"}),
        ("own -sealed -free", {"delimiter": ";"}), ("free", {"delimiter": ","}), ("emissions-csv",
            {"decimal": "."}),
        ("text", {"encoding": "cp1252"}), ("text", {"encoding": "utf-16"}))),
    *((f"written with {options}", applies, _written(**options)) for applies, options in (
        *(("text", {"encoding": name}) for name in ("cp850", "mac_roman", "utf-16-le")),
        *(("own -free", {"encoding": name}) for name in ("utf-16", "utf-16-le", "utf-32")),
        ("text own", {"delimiter": "|"}), ("own", {"delimiter": " "}))),
    *((f"letters in {name}", "own -free", _letters(lambda text, name=name: text.encode(name, "replace")))
      for name in ("latin-1", "cp850", "mac_roman", "utf-7")),
    ("letters read as Latin-1", "text own", _letters(lambda text: text.encode().decode("latin-1").encode())),
    ("letters lost", "own", _letters(lambda text: re.sub("[åäö]", "\ufffd", text).encode())),
    ("letters left out", "text", _letters(lambda text: text.encode("ascii", "ignore"))),
    ("no final line end", "text own", _bytes(lambda data, r: data.rstrip(b"\r\n")), True),
    ("blank lines below", "own", _bytes(lambda data, r: data + b"\n\n\n"), True),
    ("a blank line inside", "own", _bytes(lambda data, r: data.replace(b"\n", b"\n\n", 1)), True),
    ("every row in one cell", "own", lambda t, rows, r: t.write([[t.delimiter.join(row)] for row in rows],
        quote=True)),
    *((f"numbers with {name}", "emissions-csv", _data(lambda data, r, form=form: [
        [*row[:4], *map(form, row[4:])] for row in data])) for name, form in (
            ("thousands and point", lambda v: f"{v:,.0f}".replace(",", ".")),
            ("thousands and comma", lambda v: f"{v / 1000:.3f}".replace(".", ",")))),
    ("one row with points", "emissions-csv", _each(lambda row, c, r: [
        *row[:4], *(f"{v:.1f}1" if isinstance(v, float) else v for v in row[4:])], one=True)),
    ("quote opened", "text own", _lines(lambda lines: [*lines[:-2], b'"' + lines[-2], lines[-1]])),
    ("merge left open", "own -free", _lines(
        lambda lines: [lines[0], b"<<<<<<< HEAD", lines[1], b"=======", lines[1], b">>>>>>> gren",
            *lines[2:]])),
    ("NUL bytes", "text own", _bytes(lambda data,
        r: data[: (at := r.randrange(len(data)))] + bytes(8) + data[at:])),
    ("cut in a row", "own", _cut_in_a_row),
    ("cut short", "export population-series population-table", _bytes(
        lambda data, r: data[: r.randrange(1, len(data) - 200)])),
    ("a byte changed", "totalled population-series", _bytes(_spoilt)),
    ("nothing", "official own", lambda t, rows, r: r.choice(NOTHING)),
    ("something else", "official own", lambda t, rows, r: r.choice(ELSE)),
    ("a workbook for a table", "own -free", lambda t, rows, r: raw.to_xlsx({"Blad1": rows})),
    ("another form", "official", lambda t, rows, r: (other := r.choice(
        [o for o in TABLES if "official" in o.tags and o.read is not t.read])).write(other.make())),
    ("another table", "own", lambda t, rows, r: b"question_id,a\n1281,2\n"),
    ("sixty megabytes", "survey.csv", _bytes(lambda data, r: data + b"kolsankor,1,2\n" * 4_000_000)),
    ("sheet renamed", "sheet", lambda t, rows, r: raw.to_xlsx({"Blad1": rows}), True),
    ("another sheet first", "sheet", lambda t, rows, r: raw.to_xlsx({"Läs mig": [["Om filen"]],
        t.sheet: rows}), True),
    ("old copy first", "sheet -code-list -book", _old_copy_first, True),
    ("two copies neither named", "sheet", lambda t, rows, r: raw.to_xlsx({"Blad1": rows, "Blad2": rows})),
    ("comment on a cell", "sheet", _sheet(lambda s, t: setattr(s["A9"], "comment", Comment("fel?", "NN"))),
        True),
    ("row hidden", "sheet", _sheet(lambda s, t: setattr(s.row_dimensions[t.first + 2], "hidden", True)),
        True),
    ("column hidden", "sheet", _sheet(lambda s, t: setattr(s.column_dimensions["A"], "hidden", True)), True),
    ("filter set", "sheet", _sheet(lambda s, t: setattr(s.auto_filter, "ref",
        f"A{t.head + 1}:B{t.first + 3}")), True),
    ("cells merged below headings", "sheet", _sheet(lambda s,
        t: s.merge_cells(f"A{t.first + 1}:A{t.first + 2}"))),
    ("cells merged sideways", "sheet", _sheet(lambda s, t: s.merge_cells(f"A{t.first + 2}:C{t.first + 2}"))),
    ("numbers shown as dates", "sheet", _sheet(
        lambda s, t: [setattr(cell, "number_format", "yyyy-mm-dd") for cell in s[t.first + 2]])),
    ("formula calculated", "sheet -code-list -book", _calculated, True),
    ("formula in a heading", "sheet -code-list -book", lambda t, rows, r: [
        [cell if n != t.head or c != t.numbers[0] else "=A1+1" for c, cell in enumerate(row)] for n,
            row in enumerate(rows)]),
    *((f"hostile: {name}", "sheet", _bytes(lambda data, r, make=make: make(data))) for name, make in (
        ("far cell", raw.far_cell), ("extent", raw.declared_extent), ("entities", raw.entities),
        ("laughs", partial(raw.entities, laughs=True)), ("bomb", lambda data: raw.bomb(data, 60)))),
    *((f"part gone: {part}", "sheet", _bytes(lambda data, r, part=part: raw.edit_part(data, part,
        lambda xml: "")))
      for part in (raw.SHEET, "xl/workbook.xml", "[Content_Types].xml")),
    ("XML broken", "sheet", _bytes(lambda data, r: raw.edit_part(data, raw.SHEET,
        lambda xml: xml[: len(xml) // 2]))),
)  # fmt: skip
TABLE_MUTATIONS = (*_cells(), *(Mutation(*row) for row in (*ROWS, *FILES)))


def mutated(table: Table, mutation: Mutation, rows: Rows, seed: object) -> bytes | None:
    """Return a table as a mutation leaves it, or ``None`` where that is as it was."""
    result = mutation.make(table, [list(row) for row in rows], Random(f"{mutation.name} {table.name} {seed}"))
    data = table.write(result) if isinstance(result, list) else result
    same = result == rows if table.sheet else data == table.write(rows)
    return None if same else data


@cache
def right(name: str) -> pd.DataFrame:
    """Return the numbers of an official form, read from its undamaged file."""
    table = next(table for table in TABLES if table.name == name)
    return table.read(table.write(table.make()), "right")
