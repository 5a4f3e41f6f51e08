"""Files are recognised by content, whatever their name."""

from __future__ import annotations

from pathlib import Path

import pytest

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.statistics import KINDS, read_any, recognise
from klimatlib.sources.tables import Reading

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

FILES = {
    "emissions-export": lambda: raw.to_xlsx({"Växthusgaser totalt": raw.emission_rows("xlsx")}),
    "population-workbook": lambda: raw.to_xlsx({"Tabell": raw.series_rows()}),
    "population-table": lambda: raw.to_xlsx({"Totalt": raw.table_rows()}),
    "pxweb-json": lambda: raw.to_json(raw.pxweb_json(), bom=True),
    "pxweb-csv": lambda: raw.to_csv(raw.pxweb_csv_rows(), delimiter=",", encoding="cp1252", quote=True),
    "json-stat2": lambda: raw.to_json(raw.json_stat()),
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
    for kind in list(KINDS)[:7]:
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
