"""Damage to rows, columns, headings and bytes of the project's own tables."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from random import Random

import raw_files
from torture.inputs.own import TABLES, Cells, Kind, Table, written

_KINDS: list[Kind] = []
_Make = Callable[[Table, Cells, Random], "bytes | None"]


def kind(*, harmless: bool = False) -> Callable[[_Make], _Make]:
    """Register a kind of damage by its function's name."""

    def register(function: _Make) -> _Make:
        _KINDS.append(Kind(function.__name__.replace("_", " ").strip(), function, harmless))
        return function

    return register


def kinds() -> Iterator[Kind]:
    """Yield every kind of damage to tables as a whole."""
    yield from _KINDS


def _data_row(rows: Cells, rng: Random) -> int:
    return rng.randrange(1, len(rows))


@kind()
def row_lost(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if not table.whole:
        return None
    del rows[_data_row(rows, rng)]
    return written(rows, table)


@kind()
def half_the_rows_lost(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written(rows[: len(rows) // 2], table) if table.whole else None


@kind()
def a_place_lost(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if "statistics/" not in table.path:
        return None
    code = rng.choice(["0180", "1280", "1281", "2580", "0000"])
    return written([row for row in rows if row[0] != code], table)


@kind()
def a_year_lost(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if rows[0][1] != "year" or "statistics" not in table.path:
        return None
    year = rng.choice(["1990", "2020"])
    return written([row for row in rows if row[1] != year], table)


@kind()
def a_sector_lost(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if "sector" not in rows[0]:
        return None
    name = rng.choice(sorted({row[2] for row in rows[1:]}))
    return written([row for row in rows if row[2] != name], table)


@kind()
def totals_doubled(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if "sector" not in rows[0]:
        return None
    for row in rows[1:]:
        row[3] = str(2 * int(row[3])) if row[2] == "Alla" else row[3]
    return written(rows, table)


@kind()
def all_doubled(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if not table.path.endswith("emissions_2025.csv"):
        return None
    for row in rows[1:]:
        row[3] = str(2 * int(row[3]))
    return written(rows, table)


@kind()
def years_one_later(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if "year" not in rows[0]:
        return None
    at = rows[0].index("year")
    for row in rows[1:]:
        row[at] = str(int(row[at]) + 1)
    return written(rows, table)


@kind()
def one_year_wrong(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if "year" not in rows[0]:
        return None
    row = rows[_data_row(rows, rng)]
    at = rows[0].index("year")
    row[at] = str(int(row[at]) + rng.choice([1, -1, 10, 3, -7]))
    return written(rows, table)


@kind()
def row_doubled(table: Table, rows: Cells, rng: Random) -> bytes | None:
    at = _data_row(rows, rng)
    rows.insert(rng.randrange(at, len(rows)) + 1, list(rows[at]))
    return None if table.path.endswith("claims.csv") else written(rows, table)


@kind()
def row_doubled_with_another_value(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if not table.numbers:
        return None
    at, column = _data_row(rows, rng), table.numbers[-1]
    rows.append([*rows[at][:column], "7", *rows[at][column + 1 :]])
    return written(rows, table)


@kind()
def table_doubled(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return None if table.path.endswith("claims.csv") else written([*rows, *rows[1:]], table)


@kind()
def heading_repeated_inside(table: Table, rows: Cells, rng: Random) -> bytes | None:
    rows.insert(rng.randrange(2, len(rows) + 1), list(rows[0]))
    return written(rows, table)


@kind()
def heading_gone(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written(rows[1:], table)


@kind()
def heading_alone(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written(rows[:1], table) if table.whole else None


@kind()
def heading_misspelt(table: Table, rows: Cells, rng: Random) -> bytes | None:
    at = rng.choice((*table.numbers, *table.codes))
    rows[0][at] = rows[0][at][:-2] + rng.choice(["x", "_t", "er"])
    return written(rows, table)


@kind()
def headings_exchanged(table: Table, rows: Cells, rng: Random) -> bytes | None:
    a, b = rng.sample([*table.numbers, *table.codes], 2)
    if table.free or ("year" not in rows[0] and not table.numbers):
        return None  # two questions of a form, two texts: what belongs where is known by the headings alone
    rows[0][a], rows[0][b] = rows[0][b], rows[0][a]
    return written(rows, table)


@kind()
def title_above(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if table.free:
        return None
    return written([["Tabell 1. Uttag ur databasen"], *rows], table)


@kind()
def note_below(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written([*rows, [rng.choice(["Källa: SCB", "Summa", "* preliminärt", "# slut"])]], table)


@kind()
def total_row_below(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if not table.whole:
        return None
    total = sum(float(row[table.numbers[-1]]) for row in rows[1:])
    last = ["Summa", *[""] * (len(rows[0]) - 1)]
    last[table.numbers[-1]] = str(int(total))
    return written([*rows, last], table)


@kind()
def column_lost(table: Table, rows: Cells, rng: Random) -> bytes | None:
    at = rng.choice((*table.numbers, *table.codes))
    return written([[c for n, c in enumerate(row) if n != at] for row in rows], table)


@kind()
def column_doubled(table: Table, rows: Cells, rng: Random) -> bytes | None:
    at = rng.choice((*table.numbers, *table.codes))
    return written([[*row[: at + 1], *row[at:]] for row in rows], table)


@kind()
def values_shifted_down(table: Table, rows: Cells, rng: Random) -> bytes | None:
    columns = table.guarded or (0,)
    if table.free or table.path.endswith("claims.csv"):
        return None
    before = [list(row) for row in rows]
    for n in range(2, len(rows)):
        for c in columns:
            rows[n][c] = before[n - 1][c]
    for c in columns:
        rows[1][c] = ""
    return written(rows, table)


@kind()
def two_guarded_values_exchanged(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if "sector" not in rows[0]:
        return None
    with_sectors = [n for n, row in enumerate(rows) if row[2] not in ("sector", "Alla")]
    a, b = rng.sample(with_sectors, 2)
    if rows[a][:2] == rows[b][:2] or abs(int(rows[a][3]) - int(rows[b][3])) < 10:
        return None
    rows[a][3], rows[b][3] = rows[b][3], rows[a][3]
    return written(rows, table)


@kind()
def a_cell_lost_from_a_row(table: Table, rows: Cells, rng: Random) -> bytes | None:
    at = _data_row(rows, rng)
    del rows[at][rng.randrange(len(rows[at]))]
    return written(rows, table)


@kind()
def a_cell_too_many(table: Table, rows: Cells, rng: Random) -> bytes | None:
    rows[_data_row(rows, rng)].insert(0, rng.choice(["", "1"]))
    return written(rows, table)


@kind()
def value_under_no_heading(table: Table, rows: Cells, rng: Random) -> bytes | None:
    at = _data_row(rows, rng)
    return written([[*row, "17" if n == at else ""] for n, row in enumerate(rows)], table)


@kind()
def transposed(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written([list(column) for column in zip(*rows, strict=True)], table)


@kind()
def every_row_in_one_cell(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written([[table.delimiter.join(row)] for row in rows], table, quoting=csv.QUOTE_ALL)


@kind()
def separated_by_bars(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written(rows, table, delimiter="|")


@kind()
def separated_by_spaces(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written(rows, table, delimiter=" ")


def _encoded(name: str) -> None:
    def make(table: Table, rows: Cells, rng: Random) -> bytes | None:
        data = written(rows, table)
        if table.free or (data.isascii() and not name.startswith("utf")):
            return None
        return data.decode().encode(name, "replace")

    _KINDS.append(Kind(f"encoded as {name}", make))


for _name in ("latin-1", "cp1252", "cp850", "mac_roman", "utf-16", "utf-16-le", "utf-32", "utf-7"):
    _encoded(_name)


@kind()
def utf_8_read_as_latin_1(table: Table, rows: Cells, rng: Random) -> bytes | None:
    data = written(rows, table)
    return None if data.isascii() else data.decode("latin-1").encode("utf-8")


@kind()
def letters_lost(table: Table, rows: Cells, rng: Random) -> bytes | None:
    data = written(rows, table)
    return None if data.isascii() else data.decode().replace("å", "\ufffd").replace("ö", "\ufffd").encode()


@kind()
def nul_bytes(table: Table, rows: Cells, rng: Random) -> bytes | None:
    data = written(rows, table)
    at = rng.randrange(len(data))
    return data[:at] + b"\x00" * rng.choice([1, 512]) + data[at:]


@kind()
def cut_in_a_row(table: Table, rows: Cells, rng: Random) -> bytes | None:
    data = written(rows, table)
    lines = data.splitlines(keepends=True)
    at = rng.randrange(1, len(lines))
    comma = lines[at].find(table.delimiter.encode()) if table.whole else 2
    return b"".join(lines[:at]) + lines[at][: max(comma, 1)]


@kind()
def quote_opened(table: Table, rows: Cells, rng: Random) -> bytes | None:
    lines = written(rows, table).split(b"\n")
    lines[_data_row(rows, rng)] = b'"' + lines[1]
    return b"\n".join(lines)


@kind()
def merge_left_open(table: Table, rows: Cells, rng: Random) -> bytes | None:
    lines = written(rows, table).split(b"\n")
    lines[1:1] = [b"<<<<<<< HEAD", lines[1], b"=======", lines[2 if len(lines) > 3 else 1], b">>>>>>> gren"]
    return None if table.free else b"\n".join(lines)


@kind()
def nothing(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return rng.choice([b"", b"\n", b"\xef\xbb\xbf", b" \n \n", b"\x00" * 100, b",,,\n,,,\n"])


@kind()
def something_else(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return rng.choice([
        b"<html>404 Not Found</html>", b"%PDF-1.7\n1 0 obj", b"{}", b"[]", b"null", b"PK\x03\x04",
        bytes(range(256)),
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", b"year: 2023\n", b"hej",
        raw_files.to_xlsx({"Blad1": [list(row) for row in rows]}) if not table.free else b"-",
    ])  # fmt: skip


@kind()
def another_table(table: Table, rows: Cells, rng: Random) -> bytes | None:
    others = {other.path.rsplit("/", 1)[-1].split("_")[0]: other for other in TABLES if not other.free}
    others.pop(table.path.rsplit("/", 1)[-1].split("_")[0], None)
    heads = [f"{name.removesuffix('.csv')},{column}" for name in others for column in ("a", "b")]
    return (rng.choice(heads) + "\n1281,2\n").encode()


@kind()
def sixty_megabytes(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if not table.path.endswith("survey.csv"):
        return None
    return written(rows, table) + b"kolsankor,1,2\n" * 4_000_000


@kind()
def one_enormous_cell(table: Table, rows: Cells, rng: Random) -> bytes | None:
    rows[_data_row(rows, rng)][(table.codes or table.numbers)[0]] = "x" * 300_000
    return written(rows, table)


# --- what does no harm ------------------------------------------------------------------------


def _as_written(name: str, change: Callable[[bytes], bytes]) -> None:
    _KINDS.append(Kind(name, lambda table, rows, rng: change(written(rows, table)), harmless=True))


_as_written("byte order mark", lambda data: b"\xef\xbb\xbf" + data)
_as_written("line ends CRLF", lambda data: data.replace(b"\n", b"\r\n"))
_as_written("line ends CR", lambda data: data.replace(b"\n", b"\r"))
_as_written("no final line end", lambda data: data.rstrip(b"\n"))
_as_written("blank lines below", lambda data: data + b"\n\n\n")
_as_written("a blank line inside", lambda data: data.replace(b"\n", b"\n\n", 1))


@kind(harmless=True)
def all_cells_quoted(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return written(rows, table, quoting=csv.QUOTE_ALL)


@kind(harmless=True)
def headings_in_capitals_with_spaces(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if table.path.endswith("claims.csv"):
        return None
    rows[0] = [f" {cell.upper()}\u00a0" for cell in rows[0]]
    return written(rows, table)


@kind(harmless=True)
def columns_in_another_order(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if table.path.endswith("claims.csv"):
        return None
    return written([row[::-1] for row in rows], table)


@kind(harmless=True)
def an_extra_column(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if table.path.endswith("claims.csv"):
        return None
    return written([[*row, "kommentar" if not n else "granskad"] for n, row in enumerate(rows)], table)


@kind(harmless=True)
def rows_in_another_order(table: Table, rows: Cells, rng: Random) -> bytes | None:
    if "signatures" in table.path:
        return None
    rest = rows[1:]
    rng.shuffle(rest)
    return written([rows[0], *rest], table)


@kind(harmless=True)
def an_empty_column_at_the_end(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return None if table.path.endswith("claims.csv") else written([[*row, ""] for row in rows], table)


@kind(harmless=True)
def separated_as_swedish_Excel_does(table: Table, rows: Cells, rng: Random) -> bytes | None:  # noqa: N802
    if table.path.endswith("claims.csv"):
        return None
    return written(rows, table, delimiter="," if table.free else ";")


@kind(harmless=True)
def separated_by_tabs(table: Table, rows: Cells, rng: Random) -> bytes | None:
    return None if table.path.endswith("claims.csv") else written(rows, table, delimiter="\t")
