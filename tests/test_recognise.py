"""Files are recognised by content, and hostile ones are refused before they cost anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.files.biff import scan_xls
from klimatlib.sources.files.textfile import read_table
from klimatlib.sources.files.workbook import read_workbook
from klimatlib.sources.official.reading import Reading
from klimatlib.sources.official.recognise import KINDS, read_any, recognise

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

FILES = {
    "emissions-export": lambda: raw.to_xlsx({"Växthusgaser totalt": raw.emission_rows("xlsx")}),
    "population-workbook": lambda: raw.to_xlsx({"Tabell": raw.series_rows()}),
    "population-table": lambda: raw.to_xlsx({"Totalt": raw.table_rows()}),
    "pxweb-json": lambda: raw.to_json(raw.pxweb_json(), bom=True),
    "pxweb-csv": lambda: raw.to_csv(raw.pxweb_csv_rows(), delimiter=",", encoding="cp1252", quote=True),
    "json-stat2": lambda: raw.to_json(raw.json_stat()),
    "kolada": lambda: raw.to_json(raw.kolada()),
    "municipality-codes": lambda: raw.to_xlsx({"Koder": raw.code_rows()}),
    "survey-answers": lambda: raw.to_xlsx(
        {"Svar": [["Kommun", "Har ni beslutat om ett mål för klimatneutralitet?"], ["Lunds kommun", "Ja"]]}
    ),
    "survey-counts": lambda: b"question_id,k,n\nkolsankor,39,42\n",
    "members": lambda: b"code,name,kind,joined,left,status\n1281,Lund,municipality,,,member\n",
    "goals": lambda: b"id,channel,metric,label,goal_min,goal_max\na,b,c,d,1,2\n",
    "facts": lambda: "# Fakta\nactivities:\n  - title: Möte\n".encode(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recognised_whatever_its_name(kind: str) -> None:
    assert recognise(FILES[kind](), "nedladdning (3).bin") == kind


def test_a_file_of_any_statistics_kind_is_read() -> None:
    for kind in list(KINDS)[:8]:
        assert read_any(FILES[kind](), kind, places=raw.PLACES).kind == kind


def test_the_projects_own_kinds_are_read_by_the_readers_given() -> None:
    def reader(data: bytes, file: str) -> Reading:
        frame = raw.MUNICIPALITIES.head(len(data.splitlines()) - 1)
        return Reading("survey-counts", frame, file, "Klimatkommunerna", None, None, None, ())

    data = FILES["survey-counts"]()
    assert len(read_any(data, "x.csv", places=raw.PLACES, readers={"survey-counts": reader}).frame) == 1
    with pytest.raises(InputError, match="no statistics file"):
        read_any(data, "x.csv", places=raw.PLACES)


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"<html>404</html>", "<html>404</html>"),
        (b'{"error": 429}', "JSON with the keys error"),
        (b"a;b;c\n1;2;3\n", "a;b;c"),
    ],
)
def test_unknown_content_is_refused_with_what_was_seen_and_what_is_known(data: bytes, seen: str) -> None:
    with pytest.raises(InputError) as caught:
        recognise(data, "x")
    assert seen in str(caught.value)
    assert all(kind in str(caught.value) for kind in KINDS)
    assert len(str(caught.value)) < 600


def test_an_unknown_workbook_is_refused_with_its_sheets() -> None:
    with pytest.raises(InputError, match="sheets 'Budget' beginning with 'Post, Kronor, Resor, 12'"):
        recognise(raw.to_xlsx({"Budget": [["Post", "Kronor"], ["Resor", 12]]}), "x.xlsx")


@pytest.mark.parametrize("name", ["ned/ned_2021-10-14_GGT.csv", "scb/kommunlankod_2023.xls"])
def test_originals_are_recognised(name: str) -> None:
    if not (SHARED / name).exists():
        pytest.skip(f"the original {name} is not at hand (looked in ../shared/data)")
    kind = "emissions-export" if "ned" in name else "municipality-codes"
    assert recognise((SHARED / name).read_bytes(), "x") == kind


HOSTILE = """
import io, json, sys, time, zipfile
sys.path.insert(0, sys.argv[1])
import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.official.recognise import recognise

sound = raw.to_xlsx({"Tabell": raw.series_rows()})
files = {
    "far cell": lambda: raw.far_cell(sound),
    "far row": lambda: raw.far_cell(sound, "A1048576"),
    "declared extent": lambda: raw.declared_extent(sound),
    "zip bomb": lambda: raw.bomb(sound, 600),
    "million rows": lambda: raw.million_rows(sound),
    "outside entity": lambda: raw.entities(sound),
    "billion laughs": lambda: raw.entities(sound, laughs=True),
    "lying sizes": lambda: lying(sound),
    "million lines": lambda: b"a;b;c\\n" * 1_000_000,
    "million columns": lambda: b"a;" * 5_000_000,
    "deep JSON": lambda: b"[" * 5_000_000,
    "wide JSON": lambda: b"[" + b"{}," * 5_000_000 + b"{}]",
}

def lying(book):
    # The central directory declares 100 bytes for a part that unpacks to 40 MB.
    data = bytearray(raw.bomb(book, 40))
    at = data.rfind(b"PK\\x01\\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)

def peak_mb():  # of this program alone: ru_maxrss remembers the process that it was forked from
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024

before = peak_mb()
for name, make in files.items():
    data = make()
    start = time.perf_counter()
    try:
        recognise(data, name)
        result = "ACCEPTED"
    except InputError as error:
        result = str(error)
    print(json.dumps([name, time.perf_counter() - start, peak_mb(), result]))
"""


def test_hostile_files_are_refused_within_2_seconds_and_300_megabytes(tmp_path: Path) -> None:
    script = tmp_path / "hostile.py"
    script.write_text(HOSTILE, encoding="utf-8")
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    for name, seconds, peak, result in map(json.loads, done.stdout.splitlines()):
        assert result.startswith(name), result
        assert result != "ACCEPTED"
        assert seconds < 2, name
        assert peak < 300, name


def test_a_protected_workbook_is_refused_as_such() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(InputError, match="protected by a password"):
        read_workbook(data + bytes(2), "x.xlsx")


def test_a_far_cell_in_an_old_workbook_is_refused() -> None:
    path = SHARED / "scb/kommunlankod_2023.xls"
    if not path.exists():
        pytest.skip("the original kommunlankod_2023.xls is not at hand (looked in ../shared/data)")
    data = bytearray(path.read_bytes())
    assert len(scan_xls(bytes(data), "x.xls")) == 1
    at = data.rfind(b"\xfd\x00\x0a\x00")
    data[at + 4 : at + 8] = b"\xff\xff\xff\x00"
    with pytest.raises(InputError, match="reaches row 65536, column 256"):
        read_workbook(bytes(data), "x.xls")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_old_workbook_cut_short_is_refused(share: float) -> None:
    path = SHARED / "scb/kommunlankod_2023.xls"
    if not path.exists():
        pytest.skip("the original kommunlankod_2023.xls is not at hand (looked in ../shared/data)")
    data = path.read_bytes()
    with pytest.raises(InputError):
        read_any(data[: int(len(data) * share)], "x.xls", places=raw.PLACES)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a;b\n1,5;2\n", ["1,5", "2"]),
        ("a\tb\n1,5\t2;3\n", ["1,5", "2;3"]),
        ('a,b\n"1;5",2\n', ["1;5", "2"]),
        ("a;b\r1;2\r", ["1", "2"]),
        ('"a";"b"\n"1";"two\nlines"\n', ["1", "two\nlines"]),
    ],
)
def test_the_delimiter_is_the_one_that_makes_even_rows(text: str, cells: list[str]) -> None:
    assert read_table(text.encode(), "x.csv").rows[1] == cells


def test_line_numbers_count_lines_of_the_file_also_after_a_quoted_line_end() -> None:
    grid = read_table(b'a;b\n"x\ny";1\nz;2\n', "x.csv")
    assert [grid.where(row) for row in range(3)] == ["line 1", "line 2", "line 4"]
