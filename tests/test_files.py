"""Foreign files become grids of plain cells, and hostile ones are refused before they cost anything."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
import xlsxwriter
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.files import read_file
from klimatlib.sources import files
from klimatlib.sources.files import Fault, read_table, read_workbook
from klimatlib.sources.statistics import recognise

SOUND = raw.to_xlsx({"Tabell": raw.series_rows()})


def lying(book: bytes) -> bytes:
    """A workbook whose directory declares 100 bytes for a sheet that unpacks to 40 MB."""
    data = bytearray(raw.edit_part(book, raw.SHEET, lambda xml: xml + " " * 40_000_000))
    at = data.rfind(raw.SHEET.encode()) - 46
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: raw.far_cell(SOUND), "takes more than 200 MB"),
        (lambda: raw.bomb(SOUND, 100), "is more than any workbook when unpacked"),
        (lambda: raw.million_rows(SOUND, 200_000), "sheet 'Tabell': 200009 rows are more than any"),
        (lambda: raw.entities(SOUND), "declares entities"),
        (lambda: lying(SOUND), "cannot be read"),
        (lambda: b"a;b;c\n" * 200_000, "200000 rows are more than any"),
        (lambda: b"a;" * 5_000_000, "limit 120000 rows, 4000000 cells"),
        (lambda: b"[" + b"{}," * 3_000_000 + b"{}]", "9 MB is more than any answer"),
        (lambda: b"[" * 100_000, "nested too deeply"),
        (lambda: b'{"a": [1,', "line 1: expected JSON"),
        (lambda: raw.to_json({"a": 1})[:-1] + b"}}", "expected JSON"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "without a password"),
    ],
)
def test_what_is_broken_or_would_cost_more_than_any_real_file_is_refused(
    make: Callable[[], bytes], message: str
) -> None:
    with pytest.raises(InputError, match=f"^x: .*{message}"):
        recognise(make(), "x")


@pytest.mark.parametrize(
    "text", ["ID;Person\n1;2\n", "id;p\n1;2\n", "0a;b\n1;2\n", "Par1;b\n1;2\n", "TABLE;1\n0,1;2\n"]
)
def test_a_table_whose_headings_resemble_another_form_is_a_table(text: str) -> None:
    assert len(read_table(text.encode(), "x.csv").rows) == 2


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "large", "absent", "pointer"])
def test_what_is_no_regular_file_of_a_real_size_is_not_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "table.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        with path.open("wb") as file:
            file.truncate(100_000_000)
    elif kind == "pointer":
        path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    messages = {"large": "100 MB is more than any", "absent": "missing", "pointer": ".* git lfs pull"}
    expected = messages.get(kind, "not a regular file")
    with pytest.raises(InputError, match=f"data/table.csv: {expected}"):
        read_file(path, "data/table.csv")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        # Earlier versions of python-calamine read the first two as "Ja", the third as True.
        ('<c r="A2" t="s"><v/></c>', ""),
        ('<c r="A2" t="s"><v></v></c>', ""),
        ('<c r="A2" t="b"><v/></c>', ""),
        ('<c r="A2" t="b"><v>1</v></c>', True),
        ("<c t='e' r='A2'><v>#REF!</v></c>", Fault("the error #REF!")),
        ('<c r="A2"><f>1+1</f></c>', Fault("a formula without a stored value")),
        ('<c r="A2" t="str"><f>1+1</f><v></v></c>', Fault("a formula without a stored value")),
        ('<c r="A2"><f>1+1</f><v>2</v></c>', 2.0),
        ('<c r="A2" t="d"><v>2020-01-31</v></c>', Fault("a date or time (2020-01-31)")),
    ],
)
def test_a_blank_cell_is_blank_and_one_without_a_usable_value_is_a_fault(cell: str, expected: object) -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    book.add_worksheet("Svar").write_row(0, 0, ["Ja", "Nej"])
    book.close()
    row = f'<row r="2">{cell}<c r="B2"><v>4</v></c></row></sheetData>'
    changed = raw.edit_part(data.getvalue(), raw.SHEET, lambda xml: xml.replace("</sheetData>", row))
    assert read_workbook(changed, "x.xlsx")[0].rows == [["Ja", "Nej"], [expected, 4.0]]


def test_no_floor_admits_a_release_earlier_than_those_that_all_is_tried_with() -> None:
    text = (raw.ROOT / "requirements.lock").read_text("utf-8")
    pins = re.findall(r"(?m)^(\S+)==([\d.]+)", text)
    locked = {canonicalize_name(name): version for name, version in pins}
    project = tomllib.loads((raw.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for listed in [*project["dependencies"], *chain(*project["optional-dependencies"].values())]:
        needed = Requirement(listed)
        floors = [Version(each.version).release for each in needed.specifier if each.operator == ">="]
        series = Version(locked[canonicalize_name(needed.name)]).release[:2]
        assert floors == [] or (*floors[0], 0)[:2] == series, f"{listed}, but requirements.lock has {series}"


def test_hidden_sheets_and_merged_cells_are_marked_and_a_false_extent_does_no_harm() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    book.add_worksheet("Svar").merge_range(1, 0, 2, 1, "Ja")
    book.add_worksheet("Dold").hide()
    book.close()
    answers, hidden = read_workbook(data.getvalue(), "x.xlsx")
    assert [(list(first), list(last)) for first, last in answers.merged] == [([1, 0], [2, 1])]
    assert (answers.hidden, hidden.hidden) == (False, True)
    assert answers.where(1, 0) == "sheet 'Svar', cell A2"
    assert answers.where(column=2) == "sheet 'Svar', column C"
    assert read_workbook(raw.declared_extent(SOUND), "x.xlsx") == read_workbook(SOUND, "x.xlsx")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("error", "an error such as #REF!"), ("error of a formula", "an error such as #REF!"),
        ("far cell", "takes more than 200 MB"), ("cut short", "cannot be read"),
    ],
)  # fmt: skip
def test_an_old_workbook_with_an_error_or_a_far_cell_or_cut_short_is_refused(kind: str, message: str) -> None:
    data = raw.original("scb/kommunlankod_2023.xls")
    at = data.rfind(b"\xfd\x00\x0a\x00")  # a cell with a text: kind, length; row, column, format; text
    place = data[at + 4 : at + 10]
    new = {
        "error": b"\x05\x02\x08\x00" + place + b"\x17\x01",
        "error of a formula": b"\x06\x00\x16\x00" + place + b"\x02\x00\x17\x00\x00\x00\xff\xff" + bytes(8),
        "far cell": b"\xfd\x00\x0a\x00\xff\xff\xff\x00",
        "cut short": b"",
    }[kind]
    with pytest.raises(InputError, match=message):
        read_workbook(data[:at] + new + (data[at + len(new) :] if new else b""), "x.xls")


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a;b\n1,5;2\n", ["1,5", "2"]), ("a\tb\n1,5\t2;3\n", ["1,5", "2;3"]),
        ('a,b\n"1;5",2\n', ["1;5", "2"]),
        ('"a" "b"\n"x y" 2\n', ["x y", "2"]), ("sep=,\na;x,b\n1;x,2\n", ["1;x", "2"]),
        ("a;b\r1;2\r", ["1", "2"]), ('"a";"b"\n"1";"two\nlines"\n', ["1", "two\nlines"]),
    ],
)  # fmt: skip
def test_the_delimiter_is_the_one_that_makes_even_rows(text: str, cells: list[str]) -> None:
    assert read_table(text.encode(), "x.csv").rows[1] == cells


def test_line_numbers_count_lines_of_the_file_also_after_a_quoted_line_end() -> None:
    for above, more in ((b"", 0), (b"sep=;\n", 1)):
        grid = read_table(above + b'a;b\n"x\ny";1\nz;2\n', "x.csv")
        assert [grid.where(row) for row in range(3)] == [f"line {line + more}" for line in (1, 2, 4)]
    grid = read_table(b'a;b\n"x\ny";1\nz;2\n', "x.csv")
    assert (grid.where(2, 1), grid.where(column=1)) == ("line 4, column 2", "column 2")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1 234,5", "7,3×10^−05", "0"], [1234.5, 7.3e-05, 0]), (["1.25", "3", "2e2"], [1.25, 3, 200]),
        (["1,5", "2.5", "3"], "line 1, column 2: both decimal comma and decimal point"),
        (["1,234", "5,678", "3"], "every decimal mark has three"), (["1", "", "2"], "got a blank cell"),
        (["1", "-2", "x"], "at least 0, got '-2'"), (["1", "inf", "2"], "number of at least 0, got 'inf'"),
    ],
)  # fmt: skip
def test_numbers_are_read_where_their_marks_are_certain(
    cells: list[str], expected: list[float] | str
) -> None:
    grid = read_table(";".join(cells).encode() + b"\n", "x.csv")
    values, problems = files.read_numbers(grid, [0], [0, 1, 2])
    if isinstance(expected, str):
        assert expected in str(InputError(problems))
    else:
        assert (values.tolist(), problems) == ([expected], [])


def test_temporary_files_lie_in_one_folder_and_those_of_a_killed_process_are_removed_by_the_next(tmp_path):
    begin = "import os, signal, tempfile; from klimatlib import files; files.use_temporary_folder()\n"
    made = f"{begin}tempfile.mkdtemp(); tempfile.mkstemp(); print(len(os.listdir({str(tmp_path)!r})))\n"
    (tmp_path / "klimatlib-main").mkdir()  # a person's own

    def run(code):
        words, environment = [sys.executable, "-c", code], {**os.environ, "TMPDIR": str(tmp_path)}
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout

    with subprocess.Popen(
        [sys.executable, "-c", f"{made}input()"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=-1,
        stdout=-1,
        text=True,
    ) as first:
        assert first.stdout.readline() == "2\n"
        assert run(made) == "3\n"  # beside that of the first, which is in use
        first.kill()
    (left,) = tmp_path.glob(".klimatlib-*")
    assert (left.stat().st_mode & 0o777, len([*left.iterdir()])) == (0o700, 2)
    assert run(made) == "2\n"
    assert [path.name for path in tmp_path.iterdir()] == ["klimatlib-main"]
