"""Tables that are written: no cell that a spreadsheet runs, and as many rows as there were."""

from __future__ import annotations

import csv
import html
import io
import re
import urllib.parse
from pathlib import Path

import openpyxl
import pandas as pd

from klimatlib import files as spreadsheet
from klimatlib.run.checks import inspect_file as look
from torture import hostile
from torture.promise import Effort, Found
from torture.shared import hostile_outputs

_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d[\d\s.,]*(%|\s?[^\W\d_]+)?(\s[^\W\d_]+)*")


def live(cell: str) -> bool:
    """Whether a spreadsheet would take a cell for a formula; a number with its unit is none."""
    return cell.startswith(_STARTS) and not _NUMBER.fullmatch(cell)


def no_formulas(effort: Effort) -> Found:
    """Look at every cell of every table that the hostile world made, and write the payloads once more."""
    outputs = hostile_outputs()
    tables = {path.name: path.read_bytes().decode() for path in sorted(outputs.rglob("*.csv"))}
    saved = _downloads(outputs / "tiny" / "report.html")
    tables |= {f"in report.html, {number}": text for number, text in enumerate(saved)}
    cells = [(name, cell) for name, text in tables.items() for cell in _cells(text)]
    failures = [f"{name}: {cell[:60]!r}" for name, cell in cells if live(cell)]
    texts = [
        *hostile.FORMULAS.values(),
        "\t=1+1",
        "\r=1+1",
        "＝1+1",
        "'=1",
        "'quoted'",
        "a\rb",
        "a\nb",
        "-5,2",
    ]
    texts += ["+0,3 ton", "−5", "-5.25", "ja"]
    changed = [text for text in texts if spreadsheet.unguarded(spreadsheet.guarded(text)) != text]
    failures += [f"{text!r} is not read as it was written" for text in changed]
    frame = pd.DataFrame({"svar": texts, "tal": range(len(texts))})
    written = spreadsheet.to_csv(frame)
    failures += [f"written: {cell!r}" for cell in _cells(written) if live(cell)]
    again = pd.read_csv(io.StringIO(written, newline=""), dtype={"svar": "str"})
    failures += (
        [] if len(again) == len(texts) and [*again["tal"]] == [*frame["tal"]] else ["rows or numbers lost"]
    )
    failures += _read_out(effort.where)
    return Found(len(cells) + 2 * len(texts), failures, "cells", f"{len(tables)} tables")


def _read_out(where: Path) -> list[str]:
    """Let ``klimatlib read --out`` write a table with names that look like formulas, or refuse it."""
    from klimatlib.errors import InputError

    root = hostile.fresh(where, "read")
    failures = []
    for number, text in enumerate(hostile.FORMULAS.values()):
        hostile.change_csv(root / "data/tiny/members.csv", "name", lambda _, text=text: text)
        with hostile.inside(root):
            out = root / f"{number}.csv"
            try:
                [*look(root / "data/tiny/members.csv", out=out)]
            except InputError as error:
                failures += [] if "formula" in str(error) else [f"{text!r}: {error}"]
            else:
                failures += [f"read: {cell!r}" for cell in _cells(out.read_text("utf-8")) if live(cell)]
    return failures


def _downloads(page: Path) -> list[str]:
    """Return the tables that a page lets its reader save."""
    links = re.findall(r'href="data:text/csv;charset=utf-8,([^"]*)"', page.read_text(encoding="utf-8"))
    return [urllib.parse.unquote(html.unescape(link)) for link in links]


def _cells(text: str) -> list[str]:
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return [cell for row in rows for cell in row]


def plain_pandas(effort: Effort) -> Found:
    """Write the same texts with pandas as it comes, as CSV and as XLSX."""
    texts = [*hostile.FORMULAS.values(), "\t=1+1", "\r=1+1", "a\rb"]
    frame = pd.DataFrame({"svar": texts})
    failures = [f"CSV: {cell!r}" for cell in _cells(frame.to_csv(index=False)) if live(cell)]
    path = effort.where / "plain.xlsx"
    frame.to_excel(path, index=False)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    failures += [f"XLSX: {c.value!r}" for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    return Found(2 * len(texts), failures, "cells", "pandas to_csv and to_excel")
