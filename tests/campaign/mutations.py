"""What is done to tables to break them: to what stands in a cell, to rows and columns, to bytes and sheets.

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

import raw_files as raw
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.statistics import read_municipality_codes, read_population

Rows = list[list[Any]]
Change = Callable[[Any, Random], Any]


@dataclass(frozen=True)
class Table:
    """A table to damage: its path in the project, or the name of an official form, and its tags.

    ``codes``, ``numbers`` and ``guarded`` are columns: with codes, ids or names of a fixed set; with numbers;
    with numbers that other files tell, too. The headings are row ``head``; ``footer`` rows follow the data.
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

    def write(self, rows: Rows, *, newline: str = "", tweak: Any = None, **options: Any) -> bytes:
        """Write rows as a spreadsheet or a statistical office would; ``options`` as of `raw_files.to_csv`."""
        if self.sheet:
            return raw.to_xlsx({self.sheet: rows}, tweak=tweak)
        options = {"delimiter": self.delimiter, **options}
        if "own" not in self.tags:
            return raw.to_csv(rows, newline=newline or "\r\n", **options)
        stream, quoting = (
            io.StringIO(newline=""),
            csv.QUOTE_ALL if options.get("quote") else csv.QUOTE_MINIMAL,
        )
        writer = csv.writer(
            stream, delimiter=options["delimiter"], lineterminator=newline or "\n", quoting=quoting
        )
        writer.writerows(rows)
        return stream.getvalue().encode(options.get("encoding", "utf-8"), "replace")


def read_population_table(data: bytes, file: str) -> pd.DataFrame:
    """Read a table of the population."""
    return read_population(data, file, places=raw.PLACES).frame


def read_code_list(data: bytes, file: str) -> pd.DataFrame:
    """Read SCB's list of codes."""
    return read_municipality_codes(data, file).frame


def _emissions(data: bytes, file: str) -> pd.DataFrame:
    return read_emissions(data, file, places=raw.PLACES, sectors=raw.SECTORS).frame


def _official(
    name: str, tags: str, sheet: str, rows: tuple[int, int, int], codes: Any, numbers: Any, make: Any
) -> Table:
    reader = (
        _emissions if "emissions" in name else read_code_list if "code" in name else read_population_table
    )
    kinds = frozenset([name, "official", "sheet" if sheet else "text", *tags.split()])
    delimiter = ";" if name == "emissions-csv" else ","
    return Table(name, kinds, tuple(codes), tuple(numbers), (), *rows, delimiter, sheet, make, reader)


def _own(name: str, tags: str, *columns: tuple[int, ...], delimiter: str = ",", sheet: str = "") -> Table:
    kinds = [name.rsplit("/", 1)[1], "sheet" if sheet else "own", *tags.split()]
    return Table(name, frozenset(kinds), *columns, delimiter=delimiter, sheet=sheet)


BOOK = _own("data/svar/answers_2023.xlsx", "svar book", (3, 4), delimiter=";", sheet="Svar")
TABLES = (
    _official("emissions-xlsx", "numeric totalled export yearly", "Växthusgaser totalt", (5, 7, 0), range(4),
              range(4, 4 + len(raw.YEARS)), partial(raw.emission_rows, "xlsx")),
    _official("emissions-csv", "numeric totalled export yearly", "", (6, 7, 2), range(4),
              range(4, 4 + len(raw.YEARS)), partial(raw.emission_rows, "csv")),
    _official("population-series", "numeric yearly", "Tabell", (5, 6, 3), (0,),
              range(1, 1 + len(raw.POPULATION_YEARS)), raw.series_rows),
    _official("population-table", "numeric totalled", "Totalt", (5, 9, 2), (0, 1), (2,), raw.table_rows),
    _official("pxweb-csv", "numeric selection", "", (0, 1, 0), (0,), range(1, 5), raw.pxweb_csv_rows),
    _official("code-list", "", "Län och kommuner", (2, 4, 0), (0, 1), (), raw.code_rows),
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


# --- cells: of which columns, of which tables, what takes their place; {v} is what stood there -----

CELLS = (
    ("numbers", "own numeric",
        "{v} t|{v} ton|{v} %|{v} st|NaN|nan|inf|-inf|NA|#N/A|None|null|saknas|sekretess|..|x"
     "|okänd|ja|se not 1|0x1F4|1_000|{v} {v}|{v}¹|−{v}|{v}O|l{v}"),
    ("numbers", "numeric", "| |-|–|١٢٣٤٥|１２３４５|120 %|{v}?|1.234.567,8"
     "|1,234,567.8|1'234'567|  {v}\u00a0|{v}"),
    ("numbers", "sheet", "#REF!|#DIV/0!|#VALUE!|#NAME?|=1+1|=SUM(A1:A9)"),
    ("numbers", "own", "{v},5|{v}½|1e3|1E+03|1,2E+06|5e-1|=1+1|@SUM(1)|2020-01-12|12-jan|12:30|-0|-0.0"
     "|-{v}|+{v}|({v})|0{v}|'{v}|TRUE|{v}*|\u202e{v}|{v}\x00|{v}–{v}|ca {v}|#REF!|1\u200b2"
     "|1\u00ad2|1\n2|1,234|٣"
     f"|1.234.567|1 234 567|1\u00a0234|1\u202f234|1'234|{'9' * 30}|{'9' * 5000}"),
    ("every numbers", "own", "{v},5|{v} t|1e3|2020-01-12|-{v}|#REF!"),
    ("guarded", "own", "| "),
    ("codes", "own official", "{v}\u200b"), ("codes", "own official -code-list", "Ankeborg|x-y-z"),
    ("codes", "official", ""),
    ("codes", "own", "{v}\u200d|\ufeff{v}|{v}{v}|9999|{v}.0|1.28E+03|={v}|.{v}|{v} (prel.)|{v}\x07"),
    ("harmless codes", "own official", "  {v} |{v}\u00a0"), ("harmless numbers", "own", "  {v} "),
)  # fmt: skip
_CYRILLIC = str.maketrans("aoepicxAKH", "аоерісхАКН")


def _text(value: Any) -> str:
    return repr(value).replace(".", ",") if isinstance(value, float) else str(value)


def _times(factor: float) -> Change:
    """Scale a number; of an own table that is a text."""

    def change(value: Any, rng: Random) -> Any:
        new = float(value) * factor
        if isinstance(value, str):
            return f"{new:.0f}" if new >= 1 or not new else f"{new:.6f}"
        return round(new) if isinstance(value, int) else new

    return change


CHANGES: tuple[tuple[str, str, str, Change], ...] = (
    ("numbers", "numeric", "negative", lambda v, r: f"-{v}" if v == ".." else -v if v else "-"),
    ("numbers", "numeric", "in powers", lambda v, r: v if v == ".." else f"{float(v) / 1000}e3".replace(".",
        ",")),
    *(("numbers", "numeric", f"grouped by {ord(sign):x}", lambda v, r, s=sign: v if v == ".." else
       f"{float(v):,.2f}".replace(",", s).replace(".", ",")) for sign in " \u00a0"),
    ("numbers", "sheet", "a date", lambda v, r: dt.datetime(2020, r.randint(1, 12), 1)),
    ("numbers", "sheet", "a time", lambda v, r: dt.time(12, 30)),
    ("numbers", "sheet", "TRUE", lambda v, r: True),
    *(("numbers", "totalled", f"times {by}", _times(by)) for by in (1000, 0.001, 100, 2.9, 1.5, 1.05, 0.5,
        0)),
    *(("numbers", "population-series", f"of a series times {by}", _times(by)) for by in (1000, 1.5, 0.5, 0)),
    ("numbers", "totalled", "plus ten", lambda v, r: v + 10),
    ("numbers", "population-series", "of half a person", lambda v, r: v + 0.5),
    *(("guarded", "own", f"times {by}", _times(by)) for by in (1000, 0.001, 100, 10, 0.01, 4, 0.25, 0)),
    *(("every guarded", "own", f"times {by}", _times(by)) for by in (1000, 0.001, 100, 0.01)),
    ("codes", "own official", "in another alphabet", lambda v, r: v.translate(_CYRILLIC)),
    ("codes", "own official -code-list", "misspelt", lambda v, r: f"{v[:-1]}x"),
    ("codes", "own official", "as mojibake", lambda v, r: v.encode().decode("latin-1")),
    ("codes", "own official -code-list", "without rings",
     lambda v, r: normalize("NFD", v).encode("ascii", "ignore").decode()),
    ("codes", "own official -code-list", "cut", lambda v, r: v.strip()[: -1 if v[:1].isdigit() else -2]),
    ("codes", "official", "a number", lambda v, r: 7),
    ("codes", "population-table code-list", "as number", lambda v, r: int(v) if v.isdigit() else v),
    ("codes", "own population-table code-list", "without its zero", lambda v, r: v.lstrip("0")),
    ("harmless codes", "own official", "decomposed", lambda v, r: normalize("NFD", v)),
    ("harmless codes", "totalled population-series pxweb-csv", "in capitals", lambda v, r: v.upper()),
)  # fmt: skip


def _cell(columns: str, change: Change) -> Callable[..., Rows]:
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
    changes = [(columns, applies, f"{text[:40]!r}", lambda v, r, text=text: text.replace("{v}", _text(v)))
               for columns, applies, texts in CELLS for text in texts.split("|")]  # fmt: skip
    for columns, applies, name, change in (*changes, *CHANGES):
        yield Mutation(f"{columns} {name}", applies, _cell(columns, change), "harmless" in columns)


# --- rows and columns ------------------------------------------------------------------------------


def _data(change: Callable[[Rows, Random], Rows]) -> Callable[..., Rows]:
    """Return what changes the rows of data, and leaves those above and below."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        end = len(rows) - t.footer
        return [*rows[: t.first], *change(rows[t.first : end], r), *rows[end:]]

    return make


def _inserted(row: Callable[[Table, Rows], list[Any]]) -> Callable[..., Rows]:
    """Return what puts a row among the data."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        rows.insert(r.choice(t.data(rows)) + 1, row(t, rows))
        return rows

    return make


def _without(column: int, label: Callable[[Rows, Random], str]) -> Callable[..., Rows]:
    """Return what leaves out all rows with a label in a column."""
    return _data(lambda data, r: [row for gone in [label(data, r)] for row in data if row[column] != gone])


def _each(change: Callable[[list[Any], int], list[Any]], *, one: bool = False) -> Callable[..., Rows]:
    """Return what changes every row at a column with numbers or codes, or one row of the data."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        column, at = r.choice([*t.codes, *t.numbers]), r.choice(t.data(rows))
        return [row if one and n != at else change(row, column) for n, row in enumerate(rows)]

    return make


def _exchanged(columns: Sequence[int], same: Sequence[int] = ()) -> Callable[..., Rows]:
    """Return what exchanges some columns of two rows that are the same in others."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        a = r.choice(t.data(rows))
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
    for c in t.guarded or (0,) if "own" in t.tags else r.choice([t.numbers, t.numbers[:1]]):
        for row in reversed(t.data(rows)):
            rows[row][c] = rows[row - 1][c] if row > t.first else ""
    return rows


def _total_below(t: Table, rows: Rows, r: Random) -> Rows:
    total: list[Any] = ["Summa", *[""] * (len(rows[t.first]) - 1)]
    for c in t.numbers:
        added = sum(float(rows[n][c]) for n in t.data(rows) if rows[n][c] != "..")
        total[c] = f"{added:.0f}" if "own" in t.tags else added
    return [*rows[: len(rows) - t.footer], total, *rows[len(rows) - t.footer :]]


def _transposed(t: Table, rows: Rows, r: Random) -> Rows:
    width = max(map(len, rows))
    return [
        list(column) for column in zip(*([*row, *[""] * (width - len(row))] for row in rows), strict=True)
    ]


def _above(change: Callable[[str], str], *, title: bool = False) -> Callable[..., Rows]:
    """Return what changes the texts of the headings, or all that stand above the data."""
    return lambda t, rows, r: [
        [
            change(c) if (n < t.first if title else n == t.head) and isinstance(c, str) and c else c
            for c in row
        ]
        for n, row in enumerate(rows)
    ]


def _years(change: Change, *, every: bool = False) -> Callable[..., Rows]:
    """Return what changes headings that are years, or the years of an own table."""

    def make(t: Table, rows: Rows, r: Random) -> Rows:
        heads = [(n, c) for n in range(t.first) for c in t.numbers
                 if re.fullmatch("(Folkmängd )?(19|20)[0-9]{2}", str(rows[n][c]))]  # fmt: skip
        own = [(n, rows[0].index("year")) for n in t.data(rows) if "year" in rows[0]]
        places = own if "own" in t.tags else heads
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
    order, end = r.sample(t.codes, len(t.codes)), len(rows) - t.footer
    return [[*map(row.__getitem__, order), *row[len(order) :]] if t.head - 1 <= n < end else row
            for n, row in enumerate(rows)]  # fmt: skip


def _headings_exchanged(t: Table, rows: Rows, r: Random) -> Rows:
    columns = (
        [*t.numbers, *t.codes] if t.numbers else t.codes[:1]
    )  # of two texts only the headings tell which
    a, b = r.choice(columns), r.choice(columns)
    rows[0][a], rows[0][b] = rows[0][b], rows[0][a]
    return rows


_SECTORS = [sector for sector in raw.SUBSECTORS if sector != raw.FOREIGN]
PREAMBLES = (
    *(("export", "ton/år", unit) for unit in ("kton/år", "kg/år", "ton/invånare")),
    *(("export", "av Växthusgaser totalt", f"av {gas}") for gas in ("Koldioxid (CO2)", "Metan (CH4)")),
    *(("export", "2022-04-14", day) for day in ("2021-04-14", "2032-04-14", "")),
    ("export", "^Undersektor$", "Delsektor"),
    ("export population-series population-table", "^Kommun$", "Ort"), ("pxweb-csv", "^region$", "ålder"),
    ("population-table pxweb-csv", "Folkmängd(?= |$)", "Folkökning"), ("population-table", "Totalt$", "Män"),
    ("population-series", "1990-2022", "1990-2021"), ("population-series", "Folkmängden i", "Medelålder i"),
    ("population-series population-table", "^Folkmängd.*(Sveriges|riket).*", ""),
    *(("population-table", r"december 2022\.", f"december {year}.") for year in (2021, 2023)),
)  # fmt: skip
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
    ("blank row below", "numeric", lambda t, rows, r: [*rows, [""] * len(rows[t.first])], True),
    ("comment in between", "sheet", _inserted(lambda t, rows: ["Observera!"])),
    ("note below", "own", lambda t, rows, r: [*rows, [r.choice(["Källa: SCB", "# slut"])]]),
    ("total row below", "numeric whole", _total_below),
    ("values shifted down", "numeric own -free -sealed", _shifted_down),
    ("two values exchanged", "totalled", _exchanged(())),
    ("codes exchanged", "population-table", _exchanged((0,))),
    ("two municipalities exchanged in one sector", "export", _exchanged((2, 3), same=(0, 1))),
    ("two sectors exchanged at one place", "export", _exchanged((0, 1), same=(2, 3))),
    ("sector lost", "export", _without(0, lambda data, r: r.choice(_SECTORS))),
    ("place lost", "export", _without(3, lambda data, r: r.choice([*raw.PLACES.names.values()]))),
    *((f"totals of column {n} lost", "export", _without(n, lambda data, r: "Alla")) for n in range(4)),
    ("place of ours lost", "statistics", _without(
        0, lambda data, r: r.choice(["0180", "1280", "1281", "2580"]))),
    ("year lost", "emissions_2025.csv population.csv", _without(
        1, lambda data, r: r.choice(["1990", "2020"]))),
    ("sector of ours lost", "emissions_2025.csv", _without(
        2, lambda data, r: r.choice(sorted({row[2] for row in data})))),
    ("totals doubled", "export", _scaled("Alla", 2, 1.5)),
    ("all doubled", "emissions_2025.csv", _scaled("", 2)),
    ("one year doubled", "export", _scaled("", 2, column=True)),
    ("another unit", "numeric", _scaled("", 1000, 1e6, 1e-3, 1e-6)),
    ("years one later", "own yearly", _years(_later(1), every=True)),
    *((f"a year {by} later", "own yearly", _years(_later(by))) for by in (1, -1, 10, 100, -7)),
    ("year blank", "yearly pxweb-csv", _years(lambda year, r: "")),
    ("year as date", "yearly -emissions-csv", _years(lambda year, r: dt.datetime(year, 12, 31))),
    ("year as day", "emissions-csv", _years(lambda year, r: f"{year}-12-31")),
    ("two years exchanged", "yearly", partial(_years_mixed, twice=False)),
    ("year twice", "yearly pxweb-csv", partial(_years_mixed, twice=True)),
    ("years as text", "yearly -emissions-csv", _years(lambda year, r: str(year), every=True), True),
    ("column lost", "numeric own", _each(lambda row, c: row[:c] + row[c + 1 :])),
    ("column doubled", "numeric own", _each(lambda row, c: row[: c + 1] + row[c:])),
    ("cell lost from a row", "own", _each(lambda row, c: row[:c] + row[c + 1 :], one=True)),
    ("cell too many", "own", _each(lambda row, c: ["1", *row], one=True)),
    ("enormous cell", "own", _each(lambda row, c: [*row[:c], "x" * 300_000, *row[c + 1 :]], one=True)),
    ("row cut short", "emissions-csv pxweb-csv", _each(lambda row, c: row[:-1], one=True)),
    ("row too long", "emissions-csv pxweb-csv", _each(lambda row, c: [*row, "1"], one=True)),
    ("columns shifted right", "numeric", _data(
        lambda data, r: [*data[:2], *(["", *row] for row in data[2:])])),
    ("column without heading", "sheet emissions-csv own", _more("", "17")),
    ("column with heading", "export population-series population-table own -sealed", _more(
        "Anmärkning", "se not"), True),
    ("empty column", "own -sealed", _more("", ""), True),
    ("label columns in another order", "export population-table", _labels_turned, True),
    ("columns in another order", "own -sealed", lambda t, rows, r: [row[::-1] for row in rows], True),
    ("rows in another order", "export population-table own -signatures.csv", _data(
        lambda data, r: r.sample(data, len(data))), True),
    ("transposed", "official own", _transposed),
    ("headings alone", "official whole", lambda t, rows, r: rows[: t.first]),
    ("headings gone", "official own", lambda t, rows, r: rows[: t.head] + rows[t.head + 1 :]),
    ("headings with spaces", "export population-series pxweb-csv own -sealed", _above("\u00a0{} ".format),
        True),
    ("headings in capitals", "official own -sealed", _above(str.upper), True),
    ("headings decomposed", "official", _above(partial(normalize, "NFD")), True),
    ("headings misspelt", "own", _above(lambda cell: f"{cell[:-2]}er")),
    ("headings exchanged", "own -free", _headings_exchanged),
    ("title above", "own -free", lambda t, rows, r: [["Tabell 1. Uttag ur databasen"], *rows]),
    ("preamble row lost", "export", lambda t, rows, r: rows[1:]),
    ("blank row on top", "export", lambda t, rows, r: [[""] * len(rows[0]), *rows], True),
    ("footer gone", "emissions-csv", lambda t, rows, r: rows[:-2], True),
    ("footer of another report", "emissions-csv", lambda t, rows, r: [
        *rows[:-1], [rows[-1][0], "Länsrapport, 2021-01-01", *rows[-1][2:]]]),
    *((f"above {pattern}: {new}", applies, _above(partial(re.sub, pattern, new), title=True))
      for applies, pattern, new in PREAMBLES),
    *((f"numbers with {name}", "emissions-csv", _data(lambda data, r, form=form: [
        [*row[:4], *map(form, row[4:])] for row in data])) for name, form in (
            ("thousands and point", lambda v: f"{v:,.0f}".replace(",", ".")),
            ("thousands and comma", lambda v: f"{v / 1000:.3f}".replace(".", ",")))),
    ("one row with points", "emissions-csv", _each(lambda row, c: [
        *row[:4], *(f"{v:.1f}1" if isinstance(v, float) else v for v in row[4:])], one=True)),
)  # fmt: skip
SELECTIONS = (
    "row lost",
    "half the rows lost",
    "column lost",
    *(f"numbers {sign!r}" for sign in ("-", "–", "..", "saknas")),
)
"""What makes a selection smaller: what was never asked for cannot be missed."""

# --- bytes and workbooks ---------------------------------------------------------------------------


def _bytes(change: Callable[[bytes, Random], bytes]) -> Callable[..., bytes]:
    return lambda t, rows, r: change(t.write(rows), r)


def _letters(change: Callable[[str], bytes]) -> Callable[..., bytes]:
    """Return what spoils the letters of a file that are not ASCII."""
    return _bytes(lambda data, r: data if data.isascii() else change(data.decode()))


def _sheet(change: Callable[[Any, Table], object]) -> Callable[..., bytes]:
    """Return what a person does to a sheet in Excel."""
    return lambda t, rows, r: t.write(rows, tweak=lambda book: change(book.worksheets[0], t))


def _spoilt(data: bytes, r: Random) -> bytes:
    at = r.randrange(len(data) if data[:2] == b"PK" else 200)
    return data[:at] + bytes([r.randrange(256)]) + data[at + 1 :]


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[..., bytes]:
    return _bytes(lambda data, r: b"\n".join(change(data.split(b"\n"))))


def _old_copy_first(t: Table, rows: Rows, r: Random) -> bytes:
    old = [[5 if n in t.data(rows) and c == t.numbers[0] else v for c, v in enumerate(row)]
           for n, row in enumerate(rows)]  # fmt: skip
    return raw.to_xlsx({"gammal": old, t.sheet: rows})


def _calculated(t: Table, rows: Rows, r: Random) -> bytes:
    row, column = r.choice(t.data(rows)), r.choice(t.numbers)
    value, rows[row][column] = rows[row][column], "=1+1"
    return raw.with_stored_values(t.write(rows), value)


WRITTEN: tuple[tuple[str, bool, dict[str, Any]], ...] = (  # how a file is written, if harmless
    ("text", True, {"newline": "\n"}), ("own", True, {"newline": "\r\n"}), ("text own", True,
        {"newline": "\r"}),
    ("text own", True, {"encoding": "utf-8-sig"}), ("text own", True, {"quote": True}),
    ("text own -sealed", True, {"delimiter": "\t"}), ("own -sealed -free", True, {"delimiter": ";"}),
    ("free", True, {"delimiter": ","}), ("emissions-csv", True, {"decimal": "."}),
    ("text", True, {"encoding": "cp1252"}), ("text", True, {"encoding": "utf-16"}),
    *(("text", False, {"encoding": name}) for name in ("cp850", "mac_roman", "utf-16-le")),
    *(("own -free", False, {"encoding": name}) for name in ("utf-16", "utf-16-le", "utf-32")),
    ("text own", False, {"delimiter": "|"}), ("own", False, {"delimiter": " "}),
)  # fmt: skip
OTHER = (
    b"", b"\n", b"\xef\xbb\xbf", b" \n \n", bytes(100), b",,,\n,,,\n", b"PK\x03\x04",
        b"<html>404 Not Found</html>",
    b"%PDF-1.7\n1 0 obj", b"{}", b"[]", b"null", bytes(range(256)), b"year: 2023\n", b"hej",
        b"question_id,a\n1281,2\n",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
)  # fmt: skip
FILES: tuple[tuple[Any, ...], ...] = (
    *((f"written with {how}", applies, lambda t, rows, r, how=how: t.write(rows, **how), harmless)
      for applies, harmless, how in WRITTEN),
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
    ("quote opened", "text own", _lines(lambda lines: [*lines[:-2], b'"' + lines[-2], lines[-1]])),
    ("merge left open", "own -free", _lines(
        lambda lines: [lines[0], b"<<<<<<< HEAD", lines[1], b"=======", lines[1], b">>>>>>> gren",
            *lines[2:]])),
    ("NUL bytes", "text own", _bytes(lambda data,
        r: data[: (at := r.randrange(len(data)))] + bytes(8) + data[at:])),
    ("cut in a row", "own", _lines(lambda lines: [*lines[: len(lines) // 2], lines[len(lines) // 2][:2]])),
    ("cut short", "export population-series population-table", _bytes(
        lambda data, r: data[: r.randrange(1, len(data) - 200)])),
    ("a byte changed", "totalled population-series", _bytes(_spoilt)),
    *((f"another file {data[:20]!r}", "official own", lambda t, rows, r, data=data: data) for data in OTHER),
    ("a workbook for a table", "own -free", lambda t, rows, r: raw.to_xlsx({"Blad1": rows})),
    ("another form", "official", lambda t, rows, r: (other := r.choice(
        [o for o in TABLES if "official" in o.tags and o.read is not t.read])).write(other.make())),
    ("sixty megabytes", "survey.csv", _bytes(lambda data, r: data + b"kolsankor,1,2\n" * 4_000_000)),
    ("sheet renamed", "sheet", lambda t, rows, r: raw.to_xlsx({"Blad1": rows}), True),
    ("another sheet first", "sheet", lambda t, rows, r: raw.to_xlsx({"Läs mig": [["Om filen"]],
        t.sheet: rows}), True),
    ("old copy first", "sheet -code-list -book", _old_copy_first, True),
    ("two copies neither named", "sheet", lambda t, rows, r: raw.to_xlsx({"Blad1": rows, "Blad2": rows})),
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
