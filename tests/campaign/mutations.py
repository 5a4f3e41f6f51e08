"""What is done to inputs to break them: to cells, rows and columns, bytes and sheets, YAML, texts and JSON.

`SUBJECTS` are official files of every form and the project's own files. A mutation applies to a subject that
has any of the tags it names and none of those with a minus (``"own -sealed"``); it returns content or bytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unicodedata import normalize

import raw_files as raw
import survey_formats as forms
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.statistics import read_municipality_codes, read_population
from klimatlib.sources.survey_export import read_answers
from test_survey_export import PLACES, QUESTIONS, REGISTER

Rows = list[list[Any]]
Change = Callable[[Any, Random], Any]


@dataclass(frozen=True)
class Subject:
    """An input to damage: its path in the project, or the name of an official form, and its tags.

    Of a table ``codes``, ``numbers`` and ``guarded`` are columns: with codes, ids or names of a fixed set;
    with numbers; with numbers that other files tell, too. The headings are row ``head``; ``footer`` rows
    follow the data. ``report`` reads a file of the project, ``make`` and ``read`` are of an official form.
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
    report: str = ""
    make: Callable[[], Any] = list
    read: Callable[..., Any] = bytes

    def data(self, rows: Rows) -> range:
        """Return the numbers of the rows of data."""
        return range(self.first, len(rows) - self.footer)

    def content(self, root: Path) -> Any:
        """Return what is to be damaged: rows of a table, text, or what a JSON file says."""
        if not self.report:
            return self.make()
        text = (root / self.name.replace("xlsx", "csv")).read_text(encoding="utf-8")
        return [*csv.reader(text.splitlines(), delimiter=self.delimiter)] if self.codes else text

    def write(self, content: Any, *, newline: str = "", tweak: Any = None, **options: Any) -> bytes:
        """Write content as a spreadsheet or an office would; ``options`` as of `raw_files.to_csv`."""
        if not isinstance(content, list):
            encode = content.encode if isinstance(content, str) else lambda *_: raw.to_json(content)
            return content if isinstance(content, bytes) else encode("utf-8", "surrogatepass")
        if self.sheet:
            return raw.to_xlsx({self.sheet: content}, tweak=tweak)
        options = {"delimiter": self.delimiter, **options}
        if not self.report:
            return raw.to_csv(content, newline=newline or "\r\n", **options)
        form = {"delimiter": options["delimiter"], "lineterminator": newline or "\n"}
        quoting = csv.QUOTE_ALL if options.get("quote") else csv.QUOTE_MINIMAL
        csv.writer(stream := io.StringIO(newline=""), quoting=quoting, **form).writerows(content)
        return stream.getvalue().encode(options.get("encoding", "utf-8"), "replace")

    def damaged(self, mutation: Mutation, root: Path, seed: object) -> bytes | None:
        """Return the file as a mutation leaves it, or ``None`` where that is as it was."""
        before = self.content(root)
        result = mutation.make(self, deepcopy(before), Random(f"{mutation.name} {self.name} {seed}"))
        same = result is None or result == before
        data = b"" if same else self.write(result)
        return None if same or (not self.sheet and data == self.write(before)) else data


_READ = {
    "emissions": partial(read_emissions, places=raw.PLACES, sectors=raw.SECTORS),
    "code": read_municipality_codes,
    "p": partial(read_population, places=raw.PLACES),
    "answers": partial(read_answers, questions=QUESTIONS, year=2023, members=REGISTER, places=PLACES),
}


def _official(
    name: str, tags: str, sheet: str, rows: tuple[int, int, int], codes: Any, numbers: Any, make: Any
) -> Subject:
    kinds = frozenset([name, "official", "sheet" if sheet else "text", *tags.split()])
    read = next(read for start, read in _READ.items() if name.startswith(start))
    delimiter = ";" if name in ("emissions-csv", "answers-netigate") else ","
    return Subject(name, kinds, (*codes,), (*numbers,), (), *rows, delimiter, sheet, "", make, read)


def _own(name: str, tags: str, *columns: tuple[int, ...], delimiter: str = ",", sheet: str = "") -> Subject:
    kinds = frozenset([name.rsplit("/", 1)[1], "sheet" if sheet else "own", *tags.split()])
    report = "tal" if "tal" in kinds else "svar"
    return Subject(name, kinds, *columns, delimiter=delimiter, sheet=sheet, report=report)


def _text(names: str, tags: str, report: str) -> list[Subject]:
    return [Subject(name, frozenset(tags.split()), report=report) for name in names.split()]


BOOK = _own("data/svar/answers_2023.xlsx", "svar book", (3, 4), delimiter=";", sheet="Svar")
SUBJECTS = (
    _official("emissions-xlsx", "numeric totalled export yearly", "Växthusgaser totalt", (5, 7, 0), range(4),
              range(4, 4 + len(raw.YEARS)), partial(raw.emission_rows, "xlsx")),
    _official("emissions-csv", "numeric totalled export yearly", "", (6, 7, 2), range(4),
              range(4, 4 + len(raw.YEARS)), partial(raw.emission_rows, "csv")),
    _official("population-series", "numeric yearly", "Tabell", (5, 6, 3), (0,),
              range(1, 1 + len(raw.POPULATION_YEARS)), raw.series_rows),
    _official("population-table", "numeric totalled", "Totalt", (5, 9, 2), (0, 1), (2,), raw.table_rows),
    _official("pxweb-csv", "numeric selection", "", (0, 1, 0), (0,), range(1, 5), raw.pxweb_csv_rows),
    _official("pxweb-long", "numeric selection", "", (0, 1, 0), range(3), (3,), raw.pxweb_long_rows),
    _official("pxweb-sheet", "numeric selection", "TAB1", (3, 4, 2), (0,), range(1, 5), raw.pxweb_sheet_rows),
    _official("code-list", "", "Län och kommuner", (2, 4, 0), (0, 1), (), raw.code_rows),
    *(_official(f"answers-{tool}", "answers", sheet, (0, 1, 0), range(len(own), len(own) + 3), (),
                partial(forms.table, own))
      for tool, sheet, own in (("google", "", forms.GOOGLE), ("microsoft", "Sheet1", forms.MICROSOFT_SV),
                               ("netigate", "", forms.NETIGATE))),
    _official("answers-surveymonkey", "answers", "Sheet", (0, 2, 0), range(9, 12), (), lambda: forms.table(
        forms.MONKEY, below=[[*[""] * len(forms.MONKEY), "Open-Ended Response", "Response", "Response"]])),
    _own("data/statistics/emissions_2025.csv", "tal whole statistics", (0, 2), (1, 3), (3,)),
    _own("data/statistics/population_2025.csv", "tal whole statistics", (0,), (1, 2), (2,)),
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
    *_text("params/tal.yml params/questions.yml params/sources.yml", "yaml strict", "tal"),
    *_text("notebooks/report.yml", "yaml strict", "tal"),
    *_text("params/svar.yml params/corrections.yml", "yaml strict", "svar"),
    *_text("data/tal/facts.yml", "yaml", "tal"),
    *_text("data/tal/texts/survey.md data/tal/texts/members.md data/tal/texts/emissions.md", "prose", "tal"),
    *(Subject(form.__name__, frozenset({"json"}), make=form, read=_READ["p"])
      for form in (raw.pxweb_json, raw.json_stat, raw.sparse_json_stat)),
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


# --- cells: of which columns, of which subjects, what takes their place; {v} is what stood there --------

CELLS = (
    ("numbers", "own numeric", "{v} t|{v} %|NaN|inf|-inf|NA|#N/A|None|null|saknas|..|x"
     "|okänd|se not 1|0x1F4|1_000|{v} {v}|{v}¹|−{v}|{v}O|l{v}"),
    ("numbers", "numeric", "| |-|–|١٢٣٤٥|１２３４５|120 %|{v}?|1.234.567,8|1,234,567.8|1'234'567"),
    ("numbers", "sheet", "#REF!|#DIV/0!|#VALUE!|#NAME?|=1+1|=SUM(A1:A9)"),
    ("numbers", "own", "{v},5|{v}½|1e3|1E+03|1,2E+06|5e-1|=1+1|@SUM(1)|2020-01-12|12-jan|12:30|-0"
     "|-0.0|-{v}|+{v}|({v})|0{v}|'{v}|TRUE|{v}*|\u202e{v}|{v}\x00|{v}–{v}|ca {v}|#REF!"
     "|1\u200b2|1\u00ad2|1\n2|1,234|٣"
     f"|1.234.567|1 234 567|1\u00a0234|1\u202f234|1'234|{'9' * 30}|{'9' * 5000}"),
    ("every numbers", "own", "{v},5|{v} t|1e3|2020-01-12|-{v}|#REF!"),
    ("guarded", "own", "| "),
    ("codes", "own official", "{v}\u200b"), ("codes", "own official -code-list", "Ankeborg|x-y-z"),
    ("codes", "official -answers", ""),  # where an answer is missing, it is that
    ("codes", "own", "{v}\u200d|\ufeff{v}|{v}{v}|9999|{v}.0|1.28E+03|={v}|.{v}|{v} (prel.)|{v}\x07"),
    ("harmless codes", "own official", "  {v} |{v}\u00a0"), ("harmless numbers", "own", "  {v} "),
)  # fmt: skip
_CYRILLIC = str.maketrans("aoepicxAKH", "аоерісхАКН")


def _written(value: Any) -> str:
    return repr(value).replace(".", ",") if isinstance(value, float) else str(value)


def _times(factor: float) -> Change:
    """Scale a number; of an own table that is a text."""

    def change(value: Any, rng: Random) -> Any:
        new = value if value == ".." else float(value) * factor
        if isinstance(value, str) and value != "..":
            return f"{new:.0f}" if new >= 1 or not new else f"{new:.6f}"
        return round(new) if isinstance(value, int) else new

    return change


CHANGES: tuple[tuple[str, str, str, Change], ...] = (
    *((columns, applies, f"{text[:40]!r}", lambda v, r, text=text: text.replace("{v}", _written(v)))
      for columns, applies, texts in CELLS for text in texts.split("|")),
    ("numbers", "numeric", "negative", lambda v, r: f"-{v}" if isinstance(v, str) else -v if v else "-"),
    ("numbers", "numeric", "in powers", lambda v, r: v if v == ".." else _written(float(v) / 1000) + "e3"),
    *(("numbers", "numeric", f"grouped by {ord(sign):x}", lambda v, r, s=sign: v if v == ".." else
       f"{float(v):,.2f}".replace(",", s).replace(".", ",")) for sign in " \u00a0"),
    ("numbers", "sheet", "a date", lambda v, r: dt.datetime(2020, r.randint(1, 12), 1)),
    ("numbers", "sheet", "a time", lambda v, r: dt.time(12, 30)),
    ("numbers", "sheet", "TRUE", lambda v, r: True),
    *(("numbers", "totalled", f"times {by}", _times(by)) for by in (1000, 0.001, 2.9, 1.5, 1.05, 0.5, 0)),
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
    ("codes", "own official -code-list -answers", "cut",
     lambda v, r: v.strip()[: -1 if v[:1].isdigit() else -2]),
    ("codes", "official", "a number", lambda v, r: 7),
    ("codes", "population-table code-list", "as number", lambda v, r: int(v) if v.isdigit() else v),
    ("codes", "own population-table code-list", "without its zero", lambda v, r: v.lstrip("0")),
    ("harmless codes", "own official", "decomposed", lambda v, r: normalize("NFD", v)),
    ("harmless codes", "totalled population-series pxweb-csv", "in capitals", lambda v, r: v.upper()),
)  # fmt: skip


def _cell(columns: str, change: Change) -> Callable[..., Rows]:
    """Return what changes one filled cell of some columns, or every filled cell of one of them."""

    def make(s: Subject, rows: Rows, r: Random) -> Rows:
        here = getattr(s, columns.split()[-1])
        filled = [(n, c) for n in s.data(rows) for c in here if rows[n][c] not in ("", None)]
        spot = r.choice(filled) if filled else None
        for n, c in filled:
            if spot and ((n, c) == spot or ("every" in columns and c == spot[1])):
                rows[n][c] = change(rows[n][c], r)
        return rows

    return make


# --- rows and columns ------------------------------------------------------------------------------


def _data(change: Callable[[Rows, Random], Rows]) -> Callable[..., Rows]:
    """Return what changes the rows of data, and leaves those above and below."""

    def make(s: Subject, rows: Rows, r: Random) -> Rows:
        end = len(rows) - s.footer
        return [*rows[: s.first], *change(rows[s.first : end], r), *rows[end:]]

    return make


def _inserted(row: Callable[[Subject, Rows], list[Any]]) -> Callable[..., Rows]:
    """Return what puts a row among the data."""

    def make(s: Subject, rows: Rows, r: Random) -> Rows:
        at = r.choice(s.data(rows)) + 1
        return [*rows[:at], row(s, rows), *rows[at:]]

    return make


def _without(column: int, label: Callable[[Rows, Random], str]) -> Callable[..., Rows]:
    """Return what leaves out all rows with a label in a column."""
    return _data(lambda data, r: [row for gone in [label(data, r)] for row in data if row[column] != gone])


def _each(change: Callable[[list[Any], int], list[Any]], *, one: bool = False) -> Callable[..., Rows]:
    """Return what changes every row at a column with numbers or codes, or one row of the data."""

    def make(s: Subject, rows: Rows, r: Random) -> Rows:
        column, at = r.choice([*s.codes, *s.numbers]), r.choice(s.data(rows))
        return [row if one and n != at else change(row, column) for n, row in enumerate(rows)]

    return make


def _exchanged(columns: Sequence[int], same: Sequence[int] = ()) -> Callable[..., Rows]:
    """Return what exchanges some columns of two rows that are the same in others."""

    def make(s: Subject, rows: Rows, r: Random) -> Rows:
        a = r.choice(s.data(rows))
        b = r.choice([n for n in s.data(rows) if n == a or all(rows[n][c] == rows[a][c] for c in same)])
        for c in columns or s.numbers[:1]:
            rows[a][c], rows[b][c] = rows[b][c], rows[a][c]
        return rows

    return make


def _scaled(label: str, *factors: float, column: bool = False) -> Callable[..., Rows]:
    """Return what scales the numbers of all rows with a label, or one column of them."""

    def make(s: Subject, rows: Rows, r: Random) -> Rows:
        factor, at = _times(r.choice(factors)), r.choice(s.codes)
        columns = [r.choice(s.numbers)] if column else s.guarded or s.numbers
        for row in [rows[n] for n in s.data(rows) if not label or rows[n][at] == label]:
            for c in columns:
                row[c] = factor(row[c], r)
        return rows

    return make


def _shifted_down(s: Subject, rows: Rows, r: Random) -> Rows:
    for c in s.guarded or (0,) if s.report else r.choice([s.numbers, s.numbers[:1]]):
        for row in reversed(s.data(rows)):
            rows[row][c] = rows[row - 1][c] if row > s.first else ""
    return rows


def _total_below(s: Subject, rows: Rows, r: Random) -> Rows:
    total: list[Any] = ["Summa", *[""] * (len(rows[s.first]) - 1)]
    for c in s.numbers:
        added = sum(float(rows[n][c]) for n in s.data(rows) if rows[n][c] != "..")
        total[c] = f"{added:.0f}" if s.report else added
    return [*rows[: len(rows) - s.footer], total, *rows[len(rows) - s.footer :]]


def _above(change: Callable[[str], str], *, title: bool = False) -> Callable[..., Rows]:
    """Return what changes the texts of the headings, or all that stand above the data."""
    return lambda s, rows, r: [
        [change(c) if isinstance(c, str) and c else c for c in row]
        if (n < s.first if title else n == s.head) else row
        for n, row in enumerate(rows)
    ]  # fmt: skip


def _years(change: Change, *, every: bool = False) -> Callable[..., Rows]:
    """Return what changes headings that are years, or the years of an own table."""

    def make(s: Subject, rows: Rows, r: Random) -> Rows:
        places = [(n, c) for n in range(s.first) for c in s.numbers
                  if re.fullmatch("(Folkmängd )?(19|20)[0-9]{2}", str(rows[n][c]))]  # fmt: skip
        if s.report:
            places = [(n, rows[0].index("year")) for n in s.data(rows) if "year" in rows[0]]
        for n, c in places if every else places and [r.choice(places)]:
            rows[n][c] = change(rows[n][c], r)
        return rows

    return make


def _years_mixed(s: Subject, rows: Rows, r: Random, *, twice: bool) -> Rows:
    head = next(row for row in rows if re.search("(19|20)[0-9]{2}$", str(row[s.numbers[0]])))
    a, b = r.sample(s.numbers, 2)
    head[a], head[b] = head[b], head[b if twice else a]
    return rows


def _later(by: int) -> Change:
    return lambda year, r: str(int(year) + by) if isinstance(year, str) else year + by


def _more(head: Any, cell: Any) -> Callable[..., Rows]:
    """Return what adds a column."""
    return lambda s, rows, r: [
        [*row, head if n == s.head else cell if n in s.data(rows) else ""] for n, row in enumerate(rows)
    ]


def _headings_exchanged(s: Subject, rows: Rows, r: Random) -> Rows:
    # of two texts only the headings tell which is which
    a, b = r.choices([*s.numbers, *s.codes] if s.numbers else s.codes[:1], k=2)
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
Row = tuple[Any, ...]
ROWS: tuple[Row, ...] = (
    # Nobody can tell from an export who has not answered.
    ("row lost", "official whole -code-list -answers", _data(lambda data, r: r.sample(data, len(data) - 1))),
    ("half the rows lost", "official whole -code-list -answers",
     _data(lambda data, r: data[: len(data) // 2])),
    ("row doubled", "official own -sealed", _data(lambda data, r: [*data, r.choice(data)])),
    ("row doubled with another number", "own", lambda s, rows, r: [
        *rows, *[["7" if c == at else cell for c, cell in enumerate(rows[-1])] for at in s.numbers[-1:]]]),
    ("table doubled", "official own -sealed", _data(lambda data, r: [*data, *data])),
    *((name, "emissions_2025.csv", lambda s, rows, r, column=column, labels=labels: [
        *rows, [*rows[1][:column], r.choice(labels), *rows[1][column + 1 :]]]) for name, column, labels in (
            ("a county again", 0, ["12", "0012", "1200", "0100"]),
            ("the nation again", 0, ["00", "0001", "Riket", "9999"]), ("a total as a sector", 2, _SECTORS))),
    ("file doubled", "official", lambda s, rows, r: [*rows, *rows]),
    ("heading repeated inside", "official own", _inserted(lambda s, rows: list(rows[s.head]))),
    ("blank row inside", "official", _inserted(lambda s, rows: [""] * len(rows[s.first])), True),
    ("blank row below", "numeric", lambda s, rows, r: [*rows, [""] * len(rows[s.first])], True),
    ("note below", "own", lambda s, rows, r: [*rows, [r.choice(["Källa: SCB", "# slut"])]]),
    ("total row below", "numeric whole", _total_below),
    ("values shifted down", "numeric own -free -sealed", _shifted_down),
    ("two values exchanged", "totalled", _exchanged(())),
    ("codes exchanged", "population-table", _exchanged((0,))),
    ("two municipalities exchanged in one sector", "export", _exchanged((2, 3), same=(0, 1))),
    ("two sectors exchanged at one place", "export", _exchanged((0, 1), same=(2, 3))),
    ("sector lost", "export", _without(0, lambda data, r: r.choice(_SECTORS))),
    ("place lost", "export", _without(3, lambda data, r: r.choice([*raw.PLACES.names.values()]))),
    *((f"totals of column {n} lost", "export", _without(n, lambda data, r: "Alla")) for n in range(4)),
    ("place of ours lost", "statistics", _without(0, lambda data, r: r.choice(["0180", "1280", "2580"]))),
    ("year lost", "emissions_2025.csv population_2025.csv", _without(1, lambda data, r: "1990")),
    ("sector of ours lost", "emissions_2025.csv", _without(2, lambda data, r: r.choice(data)[2])),
    ("totals doubled", "export", _scaled("Alla", 2, 1.5)),
    ("all doubled", "emissions_2025.csv", _scaled("", 2)),
    ("one year doubled", "export", _scaled("", 2, column=True)),
    ("another unit", "numeric", _scaled("", 1000, 1e6, 1e-3, 1e-6)),
    ("years one later", "own yearly", _years(_later(1), every=True)),
    *((f"a year {by} later", "own yearly", _years(_later(by))) for by in (1, -1, 10, 100, -7)),
    ("year blank", "yearly pxweb-csv", _years(lambda year, r: "")),
    ("year as date", "yearly", _years(lambda year, r: dt.date(year, 12, 31))),
    ("two years exchanged", "yearly", partial(_years_mixed, twice=False)),
    ("year twice", "yearly pxweb-csv", partial(_years_mixed, twice=True)),
    ("years as text", "yearly -emissions-csv", _years(lambda year, r: str(year), every=True), True),
    ("column lost", "numeric own", _each(lambda row, c: row[:c] + row[c + 1 :])),
    ("column doubled", "numeric own", _each(lambda row, c: row[: c + 1] + row[c:])),
    ("cell lost from a row", "own emissions-csv pxweb-csv", _each(
        lambda row, c: row[:c] + row[c + 1 :], one=True)),
    ("cell too many", "own emissions-csv pxweb-csv", _each(lambda row, c: [*row, "1"], one=True)),
    ("enormous cell", "own", _each(lambda row, c: [*row[:c], "x" * 300_000, *row[c + 1 :]], one=True)),
    ("columns shifted", "numeric", _data(lambda rows, r: [*rows[:2], *(["", *row] for row in rows[2:])])),
    ("column without heading", "sheet emissions-csv own", _more("", "17")),
    ("column with heading", "export population-series population-table own -sealed",
     _more("Anmärkning", "se not"), True),
    ("empty column", "own -sealed", _more("", ""), True),
    ("columns in another order", "own -sealed", lambda s, rows, r: [row[::-1] for row in rows], True),
    ("rows in another order", "export population-table own -signatures.csv",
     _data(lambda data, r: r.sample(data, len(data))), True),
    ("transposed", "official own", lambda s, rows, r: [*map(list, zip(
        *([*row, *[""] * (max(map(len, rows)) - len(row))] for row in rows), strict=True))]),
    ("headings alone", "official whole", lambda s, rows, r: rows[: s.first]),
    ("headings gone", "official own", lambda s, rows, r: rows[: s.head] + rows[s.head + 1 :]),
    ("headings with spaces", "export population-series pxweb-csv own -sealed",
     _above("\u00a0{} ".format), True),
    ("headings in capitals", "official own -sealed", _above(str.upper), True),
    ("headings misspelt", "own", _above(lambda cell: f"{cell[:-2]}er")),
    ("headings exchanged", "own -free", _headings_exchanged),
    ("title above", "own -free", lambda s, rows, r: [["Tabell 1. Uttag ur databasen"], *rows]),
    ("preamble row lost", "export", lambda s, rows, r: rows[1:]),
    ("footer gone", "emissions-csv", lambda s, rows, r: rows[:-2], True),
    ("footer of another report", "emissions-csv", lambda s, rows, r: [
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
TWICE = ("row doubled", "table doubled", "file doubled", "total row below", "totals doubled",
         "all doubled", "a county again", "the nation again", "a total as a sector")  # fmt: skip
"""What counts something twice."""
SELECTIONS = ("row lost", "half the rows lost", "column lost",
              *(f"numbers {sign!r}" for sign in ("-", "–", "..", "saknas")))  # fmt: skip
"""What makes a selection smaller: what was never asked for cannot be missed."""

# --- bytes and workbooks ---------------------------------------------------------------------------


def _bytes(change: Callable[[bytes, Random], bytes]) -> Callable[..., bytes]:
    return lambda s, rows, r: change(s.write(rows), r)


def _letters(change: Callable[[str], bytes]) -> Callable[..., bytes]:
    """Return what spoils the letters of a file that are not ASCII."""
    return _bytes(lambda data, r: data if data.isascii() else change(data.decode()))


def _sheet(change: Callable[[Any, int], object]) -> Callable[..., bytes]:
    """Return what a person does to a sheet in Excel, whose data begin below a row."""
    return lambda s, rows, r: s.write(rows, tweak=lambda book: change(book.worksheets[0], s.first))


def _part(part: str, change: Callable[[str], str]) -> Callable[..., bytes]:
    return _bytes(lambda data, r: raw.edit_part(data, part, change))


def _spoilt(data: bytes, r: Random) -> bytes:
    at = r.randrange(len(data) if data[:2] == b"PK" else 200)
    return data[:at] + bytes([r.randrange(256)]) + data[at + 1 :]


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[..., bytes]:
    return _bytes(lambda data, r: b"\n".join(change(data.split(b"\n"))))


def _old_copy_first(s: Subject, rows: Rows, r: Random) -> bytes:
    old = [[5 if n in s.data(rows) and c == s.numbers[0] else v for c, v in enumerate(row)]
           for n, row in enumerate(rows)]  # fmt: skip
    return raw.to_xlsx({"gammal": old, s.sheet: rows})


WRITTEN: tuple[tuple[str, bool, dict[str, Any]], ...] = (  # how a file is written, if harmless
    ("text", True, {"newline": "\n"}), ("own", True, {"newline": "\r\n"}),
    ("text own", True, {"newline": "\r"}), ("text own", True, {"encoding": "utf-8-sig"}),
    ("text own", True, {"quote": True}),
    ("text own -sealed", True, {"delimiter": "\t"}), ("own -sealed -free", True, {"delimiter": ";"}),
    ("free", True, {"delimiter": ","}), ("emissions-csv", True, {"decimal": "."}),
    ("text", True, {"encoding": "cp1252"}), ("text", True, {"encoding": "utf-16"}),
    *(("text", False, {"encoding": name}) for name in ("cp850", "mac_roman", "utf-16-le")),
    *(("own -free", False, {"encoding": name}) for name in ("utf-16", "utf-16-le", "utf-32")),
    ("text own", False, {"delimiter": "|"}), ("own", False, {"delimiter": " "}),
)  # fmt: skip
OTHER = (
    b"", b"\n", b"\xef\xbb\xbf", b" \n \n", bytes(100), b",,,\n,,,\n", b"PK\x03\x04", b"<html>404</html>",
    b"%PDF-1.7\n1 0 obj", b"{}", b"[]", b"null", bytes(range(256)), b"year: 2023\n", b"hej",
    b"question_id,a\n1281,2\n",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
)  # fmt: skip
FILES: tuple[Row, ...] = (
    *((f"written with {how}", applies, lambda s, rows, r, how=how: s.write(rows, **how), harmless)
      for applies, harmless, how in WRITTEN),
    *((f"letters in {name}", "own -free", _letters(lambda text, name=name: text.encode(name, "replace")))
      for name in ("latin-1", "cp850", "mac_roman", "utf-7")),
    ("letters read as Latin-1", "text own", _letters(lambda text: text.encode().decode("latin-1").encode())),
    ("letters lost", "own", _letters(lambda text: re.sub("[åäö]", "\ufffd", text).encode())),
    ("letters left out", "text", _letters(lambda text: text.encode("ascii", "ignore"))),
    ("no final line end", "text own", _bytes(lambda data, r: data.rstrip(b"\r\n")), True),
    ("blank lines below", "own", _bytes(lambda data, r: data + b"\n\n\n"), True),
    ("a blank line inside", "own", _bytes(lambda data, r: data.replace(b"\n", b"\n\n", 1)), True),
    ("every row in one cell", "own", lambda s, rows, r: s.write(
        [[s.delimiter.join(row)] for row in rows], quote=True)),
    ("quote opened", "text own", _lines(lambda lines: [*lines[:-2], b'"' + lines[-2], lines[-1]])),
    ("merge left open", "own -free", _lines(lambda lines: [
        lines[0], b"<<<<<<< HEAD", lines[1], b"=======", lines[1], b">>>>>>> gren", *lines[2:]])),
    ("NUL bytes", "text own", _bytes(lambda data, r: data[:30] + bytes(8) + data[30:])),
    ("cut in a row", "own", _lines(lambda lines: [*lines[: len(lines) // 2], lines[len(lines) // 2][:2]])),
    ("cut short", "export population-series population-table",
     _bytes(lambda data, r: data[: r.randrange(1, len(data) - 200)])),
    ("a byte changed", "totalled population-series", _bytes(_spoilt)),
    *((f"another file {data[:20]!r}", "official own", lambda s, rows, r, data=data: data) for data in OTHER),
    ("a workbook for a table", "own -free", lambda s, rows, r: raw.to_xlsx({"Blad1": rows})),
    ("another form", "official", lambda s, rows, r: (other := r.choice(
        [o for o in SUBJECTS if "official" in o.tags and o.read is not s.read])).write(other.make())),
    ("sixty megabytes", "survey.csv", _bytes(lambda data, r: data + b"kolsankor,1,2\n" * 4_000_000)),
    ("sheet renamed", "sheet", lambda s, rows, r: raw.to_xlsx({"Blad1": rows}), True),
    ("another sheet first", "sheet", lambda s, rows, r: raw.to_xlsx({"Läs": [["a"]], s.sheet: rows}), True),
    ("old copy first", "sheet -code-list -pxweb-sheet -book -answers", _old_copy_first, True),
    ("two copies neither named", "sheet", lambda s, rows, r: raw.to_xlsx({"Blad1": rows, "Blad2": rows})),
    *((name, "sheet", _sheet(change), harmless) for name, change, harmless in (
        ("row hidden", lambda it, n: setattr(it.row_dimensions[n + 2], "hidden", True), True),
        ("column hidden", lambda it, n: setattr(it.column_dimensions["A"], "hidden", True), True),
        ("filter set", lambda it, n: setattr(it.auto_filter, "ref", f"A{n}:B{n + 3}"), True),
        ("cells merged below headings", lambda it, n: it.merge_cells(f"A{n + 1}:A{n + 2}"), False),
        ("cells merged sideways", lambda it, n: it.merge_cells(f"A{n + 2}:C{n + 2}"), False),
        ("numbers shown as dates", lambda it, n: [
            setattr(cell, "number_format", "yyyy-mm-dd") for cell in it[n + 2]], False))),
    *((f"hostile: {name}", "sheet", _bytes(lambda data, r, make=make: make(data))) for name, make in (
        ("far cell", raw.far_cell), ("extent", raw.declared_extent), ("entities", raw.entities),
        ("laughs", partial(raw.entities, laughs=True)), ("bomb", lambda data: raw.bomb(data, 60)))),
    *((f"part gone: {part}", "sheet", _part(part, lambda xml: ""))
      for part in (raw.SHEET, "xl/workbook.xml", "[Content_Types].xml")),
    ("XML broken", "sheet", _part(raw.SHEET, lambda xml: xml[: len(xml) // 2])),
)  # fmt: skip

# --- YAML and texts: facts are free in their keys and words, the rest is strict -------------------------

_VALUE = r"^\s*(?:- )?[\w-]+: (?P<at>{})\s*(?:#.*)?$"
SPOTS = (  # of what one is taken, where, and what takes its place; {v} is what stood there, {i} its indent
    ("number", "yaml", _VALUE.format("-?[0-9]+"),
        "0{v}|0x7e7|0b111|{v}_0|12:30|33:43|+{v}|{v}.0|{v}.5|{v},5|{v} 00|1e3|2.023e+3|.nan|-.inf|-{v}1"
     "|-0|femtio|yes|off|y|[{v}]|{antal: {v}}||null|~|2023-04-27|{v} st|ca {v}|{v}-{v}|{v}\u200b|{v}\u00a0000"
     f"|{'9' * 25}|{'9' * 5000}|٥١"),
    ("word", "strict", (word := _VALUE.format(r'(?!(?:-?[0-9]+|null|true|"")\s*(?:#|$))[^#\n{\[]+?')),
     "[a, b]|{a: b}|7|no|off|NO|false||~"),
    ("word", "yaml", word, "2023-04-27|2023-13-45|&x y|*x|!!python/object:os.system x|!!str 5|!x y"
     '|!!binary aGVq|"{v}'"|[{v}|{v}: och mer|a\u200bb|a\u202eb|a\x08b|=|%{v}|@{v}|`{v}"),
    ("date", "yaml", _VALUE.format('"[0-9]{4}-[0-9]{2}-[0-9]{2}"'),
     '2023-04-27|"04/27/2023"|"2023-02-30"|"2023-04-27 12:00"|"2023-W17-4"'),
    ("key", "strict", (key := r"^\s*(?:- )?(?P<at>[a-z_]{3,}):(?= |$)"), "{v}s|X{v}|{v}а"),
    ("key", "yaml", key, "{v}\u200b|no|0114|[a, b]|<<"),
    ("line", "yaml", (line := r"^(?P<at> *[\w-]+: \S.*)$"),
     "{v}\n{v}|\t{v}|<<<<<<< HEAD\n{v}\n=======\n{v}\n>>>>>>> gren"),
    ("line", "strict", line, "{i}okand_nyckel: 1\n{v}"),
)  # fmt: skip
WHOLE = {  # the file; {t} is what it was
    "yaml": (
        "", "\n", "# bara en kommentar\n", "---\n", "\ufeff", "- a\n- b\n", "hej", "2023", "null", "no",
        '{"year": 2023,', "{t}\n---\n{t}", "%YAML 1.1\n%FOO bar\n{t}", "<!DOCTYPE html><html>404</html>",
        "{t}\nx: [", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n{t}", "{t}\nx: " + "[" * 20_000,
        "{t}\nx: " + "[" * 100 + "]" * 100, "{t}\n" + "".join(f"{' ' * n}a:\n" for n in range(3000)),
        "{t}\n# " + "x" * 30_000_000, "\0\0{t}", "\ufffd{t}"),
    "prose": (
        *(f"{{t}}\nDet var {sign} stycken.\n" for sign in ("51", "５１", "٥١", "½", "²³", "Ⅻ", "⑫")),
        *(f"{{t}}\n{placeholder}\n" for placeholder in (
            '{{ number("members.nobody") }}', '{{ number("activities.arsmote.title") }}',
            '{{ claim("members-count"', '{{ activity["finns-inte"].title }}', '{% if has("x") %}')),
        "<<<<<<< HEAD\n{t}\n=======\n{t}\n>>>>>>> gren\n", "\x00{t}", "a\u200b{t}", "\u202e{t}", "\ufffd{t}",
        "{t}" + "x" * 20_000_000),
}  # fmt: skip
EDITED: tuple[tuple[str, str, Callable[[str, Random], Any], bool], ...] = (  # how, what, by what, if harmless
    ("next-line characters", "yaml", lambda t, r: t.replace("\n", "\x85", 3), False),
    ("line separators", "yaml", lambda t, r: t.replace("\n", "\u2028", 3), False),
    ("half of it", "yaml", lambda t, r: t[: r.randrange(20, len(t) * 2 // 3)] + "\nx: [", False),
    ("colons without space", "strict", lambda t, r: re.sub("(?m)^([a-z]+): ", r"\1:", t, count=1), False),
    ("UTF-16", "yaml prose", lambda t, r: t.encode("utf-16"), False),
    ("UTF-16 without mark", "yaml", lambda t, r: t.encode("utf-16-le"), False),
    ("Windows-1252", "yaml prose", lambda t, r: (t + "# åäö").encode("cp1252", "replace"), False),
    ("read as Latin-1", "yaml prose", lambda t, r: (t + "# å\n").encode().decode("latin-1"), False),
    ("NUL alone", "yaml", lambda t, r: bytes(200), False),
    ("all bytes", "yaml", lambda t, r: bytes(range(256)), False),
    *((f"year {year}", "yaml", lambda t, r, year=year: t.replace("year: 2023\n", f"year: {year}\n"), False)
       for year in (2022, 2024, 23, 1923, 20233)),
    ("byte order mark", "yaml prose", lambda t, r: "\ufeff" + t, True),
    ("line ends CRLF", "yaml prose", lambda t, r: t.replace("\n", "\r\n"), True),
    ("line ends CR", "yaml prose", lambda t, r: t.replace("\n", "\r"), True),
    ("decomposed letters", "yaml prose", lambda t, r: normalize("NFD", t), True),
    ("no final line end", "yaml", lambda t, r: t.rstrip("\n"), True),
    ("blank lines", "yaml", lambda t, r: t + "\n\n", True),
    ("a comment on top", "yaml", lambda t, r: f"# Läst och godkänd\n{t}", True),
    ("a quoted year", "yaml", lambda t, r: re.sub("^(year): 2023$", r'\1: "2023"', t, flags=re.M), True),
    ("a document's start", "yaml", lambda t, r: f"---\n{t}" if t[:3] != "---" else None, True),
    ("spaces at line ends", "yaml", lambda t, r: t.replace("\n", "  \n", 5), True),
    ("a quoted key", "yaml", lambda t, r: re.sub("^([a-z_]+):", r'"\1":', t, count=1, flags=re.M), True),
)  # fmt: skip


def _spot(pattern: str, template: str) -> Callable[..., str | None]:
    """Return what puts a text in the place of one that matches a pattern."""

    def make(s: Subject, text: str, r: Random) -> str | None:
        if not (spots := [*re.finditer(pattern, text, re.M)]):
            return None
        spot = r.choice(spots)
        stood = spot["at"].strip('"')
        new = template.replace("{i}", " " * (len(stood) - len(stood.lstrip()))).replace("{v}", stood)
        return text[: spot.start("at")] + new + text[spot.end("at") :]

    return make


# --- JSON ------------------------------------------------------------------------------------------

SCALARS: tuple[Any, ...] = (
    "", " ", "..x", "12,5", "-3", -3, 1.5, True, False, [], {}, "1e3", "١٢", "nan", "0x1F", "120 %", "1 000",
    "9" * 30, 10**30, 1e300, None,
)  # fmt: skip


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a JSON content: its container, and its key or index there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if key != "comments":
            yield value, key
            yield from _places(inner)


def _changed(change: Callable[[Any, Any, Random], object]) -> Callable[..., Any]:
    """Return what changes one place of a JSON content."""

    def make(s: Subject, content: Any, r: Random) -> Any:
        change(*r.choice([*_places(content)]), r)
        return content

    return make


def _doubled(s: Subject, content: Any, r: Random) -> Any:
    items = r.choice([c[k] for c, k in _places(content) if isinstance(c[k], list) and c[k]])
    items.append(r.choice(items))
    return content


JSONS: tuple[Row, ...] = (
    ("value replaced", _changed(lambda container, key, r: container.__setitem__(key, r.choice(SCALARS)))),
    ("value dropped", _changed(lambda container, key, r: container.__delitem__(key))),
    ("item doubled", _doubled),
    ("not a number", _bytes(lambda data, r: re.sub(rb"\b\d+\b", b"NaN", data, count=2))),
    ("cut short", _bytes(lambda data, r: data[: r.randrange(1, 200)])),
    ("key twice", lambda s, content, r: s.write(content)[:-1] + f', "{r.choice([*content])}": []}}'.encode()),
    ("nested without end", lambda s, content, r: b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    ("null", lambda s, content, r: b"null"),
)  # fmt: skip
MUTATIONS = (
    *(Mutation(f"{columns} {name}", applies, _cell(columns, change), "harmless" in columns)
      for columns, applies, name, change in CHANGES),
    *(Mutation(*row) for row in (*ROWS, *FILES)),
    *(Mutation(f"YAML {kind} {text[:40]!r}", applies, _spot(pattern, text))
      for kind, applies, pattern, texts in SPOTS for text in texts.split("|")),
    *(Mutation(f"{applies} {text[:40]!r}", applies, lambda s, t, r, text=text: text.replace("{t}", t))
      for applies, texts in WHOLE.items() for text in texts),
    *(Mutation(f"file: {name}", applies, lambda s, t, r, edit=edit: edit(t, r), harmless)
      for name, applies, edit, harmless in EDITED),
    *(Mutation(f"JSON {name}", "json", make) for name, make in JSONS),
)  # fmt: skip
