"""Files by content (`klimatlib read`), SCB's population, the list of codes, and names as people type them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import raw_files as raw
from klimatlib.errors import InputError, UsageError
from klimatlib.run.checks import inspect_file
from klimatlib.sources.statistics import KINDS, read_any, read_municipality_codes, read_population, recognise
from klimatlib.sources.tables import Places, Reading

REGISTER = raw.ROOT / "data/statistics/municipalities.csv"
QUESTION = "Har ni beslutat om ett mål för klimatneutralitet?"
FILES = {
    "emissions-export": lambda: raw.to_xlsx({"Växthusgaser totalt": raw.emission_rows("xlsx")}),
    "population-workbook": lambda: raw.to_xlsx({"Tabell": raw.series_rows()}),
    "population-table": lambda: raw.to_xlsx({"Totalt": raw.table_rows()}),
    "pxweb-json": lambda: raw.to_json(raw.pxweb_json(), bom=True),
    "pxweb-csv": lambda: raw.to_csv(raw.pxweb_csv_rows(), delimiter=",", encoding="cp1252", quote=True),
    "json-stat2": lambda: raw.to_json(raw.json_stat()),
    "municipality-codes": lambda: raw.to_xlsx({"Koder": raw.code_rows()}),
    "survey-answers": lambda: raw.to_xlsx({"Svar": [["Kommun", QUESTION], ["Lunds kommun", "Ja"]]}),
    "survey-counts": lambda: b"question_id,k,n\nkolsankor,39,42\n",
    "members": lambda: b"code,name,kind,joined,left,status\n1281,Lund,municipality,,,member\n",
    "goals": lambda: b"id,channel,metric,label,goal_min,goal_max\na,b,c,d,1,2\n",
    "facts": lambda: "# Fakta\nactivities:\n  - title: Möte\n".encode(),
}
LUND = {"key": ["1281", "2021"], "values": ["127376"]}
NAMES = {"places": raw.PLACES, "sectors": raw.SECTORS}
PXWEB = ("pxweb-json", "pxweb-csv", "json-stat2")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_recognised_and_read_whatever_its_name(kind: str) -> None:
    data, file = FILES[kind](), "nedladdning (3).bin"
    assert recognise(data, file) == kind
    if kind in [*KINDS][:7]:
        assert read_any(data, file, **NAMES).kind == kind
    else:
        with pytest.raises(InputError, match="no statistics file"):
            read_any(data, file, **NAMES)


@pytest.mark.parametrize(
    ("data", "seen", "unquoted"),
    [
        (b"<html>404</html>", "'<html>404</html>'", "a text of 1 line"),
        (b'{"error": 429}', "JSON with the keys error", "JSON with the keys error"),
        (b"a;b;c\n1;2;3\n", "'a;b;c'", "a text of 2 lines"),
        (raw.to_xlsx({"Budget": [["Post", "Kronor"], ["Resor", 12]]}),
         "sheets 'Budget' beginning with 'Post, Kronor, Resor, 12'", "sheets 'Budget'"),
    ],
)  # fmt: skip
def test_unknown_content_is_refused_with_what_was_seen_and_what_is_known(
    data: bytes, seen: str, unquoted: str
) -> None:
    for quote, text in ((True, seen), (False, unquoted)):
        with pytest.raises(InputError) as caught:
            recognise(data, "x", quote=quote)
        assert str(caught.value) == f"x: unknown content, {text}; expected one of: {', '.join(KINDS)}"


def test_the_tidy_table_is_written_whole_and_nothing_is_overwritten(tiny: Path) -> None:
    (tiny / "answer.json").write_bytes(raw.to_json({**raw.pxweb_json(), "data": [LUND]}))
    out = tiny / "table.csv"
    lines = [*inspect_file(tiny / "answer.json", out=out)]
    assert lines[0] == "answer.json: population from SCB's database as JSON"
    assert lines[-1] == f"written: {out}"
    assert out.read_text("utf-8") == "municipality_code,year,population\n1281,2021,127376\n"
    with pytest.raises(UsageError, match="is there already"):
        [*inspect_file(tiny / "answer.json", out=out)]


def test_a_file_of_answers_is_not_quoted_and_must_say_which_report_it_belongs_to(tiny: Path) -> None:
    path = tiny / "answers.csv"
    path.write_text("Lund;Ja, hej@lund.se\n", "utf-8")
    with pytest.raises(InputError, match=r"^answers\.csv: unknown content, a text of 1 line; expected one"):
        [*inspect_file(path, out=tiny / "table.csv")]
    assert not (tiny / "table.csv").exists()
    heads = "Kommun,Arbetar kommunen med lokala kolsänkor?,Arbetar kommunen med biokol?"
    path.write_text(f"{heads}\nLund,Ja,Nej\n", "utf-8")
    with pytest.raises(UsageError, match="say which report it belongs to: --report NAME"):
        [*inspect_file(path)]
    lines = [*inspect_file(path, report="tiny")]
    assert lines[0] == "answers.csv: export of a survey, one row a member"
    assert not [line for line in lines if "Ja" in line.split()]


@pytest.mark.parametrize(
    ("name", "rows", "compared"),
    [("scb/folkmangd_1950-2022.xlsx", 291 * 73, 291 * 33), ("scb/be0101_tabhel2023.xlsx", 291, 291)],
)
def test_the_original_workbooks_agree_with_the_reference(name: str, rows: int, compared: int) -> None:
    frame = read_population(raw.original(name), name, places=raw.SWEDEN).frame
    reference = pd.read_csv(raw.ORIGINALS / "reference/population.csv", dtype={"kommun_code": str})
    reference["municipality_code"] = reference["kommun_code"].replace("00", "0000")
    key = ["municipality_code", "year"]
    both = frame.merge(reference, on=key, suffixes=("", "_reference"), validate="one_to_one")
    assert (len(frame), len(both)) == (rows, compared)
    assert (both["population"] == both["population_reference"]).all()


def population(data: bytes) -> Reading:
    """Read a population table of the small world."""
    return read_population(data, "population", places=raw.PLACES)


@pytest.mark.parametrize("form", ["population-workbook", "population-table", *PXWEB])
def test_every_form_gives_whole_persons_sorted_by_code_and_year(form: str) -> None:
    reading = population(FILES[form]())
    assert reading.vintage == ("2024-02-20" if "json" in form else None)
    frame, truth = reading.frame, raw.population_values()
    types = {"municipality_code": "str", "year": "int64", "population": "int64"}
    assert frame.dtypes.astype(str).to_dict() == types
    assert frame.equals(frame.sort_values(["municipality_code", "year"], ignore_index=True))
    for code, year, number in frame.itertuples(index=False):
        at = raw.POPULATION_YEARS.index(year)
        assert number == (sum(v[at] for v in truth.values()) if code == "0000" else truth[code][at])


@pytest.mark.parametrize("form", PXWEB)
def test_a_missing_value_has_no_row_and_the_nation_none_for_that_year(form: str) -> None:
    reading = population(FILES[form]())
    keys = set(zip(reading.frame["municipality_code"], reading.frame["year"], strict=True))
    assert {("0330", 2019), ("0000", 2019), ("0000", 2020)} & keys == {("0000", 2020)}
    assert "1 values are missing in the source and have no row: 0330 2019" in reading.notes


def test_json_stat_is_read_in_the_order_of_its_dimensions() -> None:
    content = raw.json_stat()
    (regions, _, years), cells = content["size"], content["value"]
    content |= {"id": ["Tid", "ContentsCode", "Region"], "size": [years, 1, regions]}
    content["value"] = [cells[region * years + year] for year in range(years) for region in range(regions)]
    turned = population(raw.to_json(content)).frame
    pd.testing.assert_frame_equal(turned, population(FILES["json-stat2"]()).frame)


def _listed(content: dict[str, Any]) -> dict[str, Any]:
    """The same with lists of codes, none where there is one, and only the values that are not missing."""
    for name, axis in content["dimension"].items():
        index = axis["category"].pop("index")
        if name != "ContentsCode":
            axis["category"]["index"] = [*index]
    known = {str(place): cell for place, cell in enumerate(content["value"]) if cell is not None}
    return {**content, "value": known}


def _headed(contents: str, region: Callable[[str, str], str]) -> bytes:
    """PxWeb's CSV, API 2: every cell quoted, headed by codes, by texts, or by both."""
    rows = raw.pxweb_csv_rows()
    rows[0] = ["Region", *(head.replace("Folkmängd", contents) for head in rows[0][1:])]
    rows[1:] = [[region(*str(first).split(" ", 1)), *texts] for first, *texts in rows[1:]]
    return raw.to_csv(rows, delimiter=",", quote=True)


@pytest.mark.parametrize(
    "data",
    [
        raw.to_json(_listed(raw.json_stat())),
        _headed("BE0101N1", lambda code, name: code),
        _headed("Folkmängd", lambda code, name: name),
        _headed("BE0101N1 Folkmängd", lambda code, name: f"{code} {name}"),
    ],
)
def test_the_forms_of_pxweb_s_second_api_say_the_same(data: bytes) -> None:
    pd.testing.assert_frame_equal(population(data).frame, population(FILES["json-stat2"]()).frame)


def test_figures_with_noise_need_not_add_up_to_the_person_from_2025_on() -> None:
    rows = raw.table_rows()
    rows[10][2] += 3
    with pytest.raises(InputError, match="its municipalities add up to"):
        population(raw.to_xlsx({"Totalt": rows}))
    later = json.loads(json.dumps(rows).replace("2023", "2026").replace("2022", "2025"))
    assert {*population(raw.to_xlsx({"Totalt": later})).frame["year"]} == {2025}
    later[10][2] += 30
    with pytest.raises(InputError, match="its municipalities add up to"):
        population(raw.to_xlsx({"Totalt": later}))


@pytest.mark.parametrize(
    ("row", "column", "cell", "message"),
    [
        (9, 2, 5, "expected 500 to 20000000 persons, got 5"),
        (11, 2, 15_400.5, "expected a whole number of persons"),
        (11, 0, 305, "expected a code as text"),
        (11, 1, "Habo", "0305 is Håbo, but the name beside it is 'Habo'"),
        (11, 2, 21_340, "its municipalities add up to"),
        (3, 0, "enligt indelningen 2019-01-01", "title is of 2022, so the division must be of 2022 or 2023"),
    ],
)
def test_a_yearly_table_that_contradicts_itself_is_refused(
    row: int, column: int, cell: object, message: str
) -> None:
    rows = raw.table_rows()
    rows[row][column] = cell
    with pytest.raises(InputError, match=message):
        population(raw.to_xlsx({"Totalt": rows}))


PXWEB_JSON = raw.pxweb_json()
COUNTED_TWICE = [{"key": [code, "2022"], "values": [str(2 * 36_000)]} for code in raw.SWEDEN.names]
GROWTH = [*PXWEB_JSON["columns"][:2], {**PXWEB_JSON["columns"][2], "text": "Folkökning"}]
JUMP = [[cell * 2 if (row, column) == (6, 5) else cell for column, cell in enumerate(cells)]
        for row, cells in enumerate(raw.series_rows())]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (raw.to_xlsx({"Tabell": JUMP}), r"2\.\d\d times"),
        (raw.to_json({**PXWEB_JSON, "data": COUNTED_TWICE}), "municipalities together, got 20880000"),
        (raw.to_json({**PXWEB_JSON, "columns": GROWTH}), "expected Region, Tid and Folkmängd"),
        (raw.to_json({"columns": 1, "data": []}), "expected pxweb-json with columns, data, got"),
        (raw.to_json({**raw.json_stat(), "size": None}), "json-stat2 with id, size, dimension, value, got"),
    ],
)
def test_a_table_that_cannot_be_the_population_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_population(data, "population", places=raw.SWEDEN if "together" in message else raw.PLACES)


def test_the_original_list_of_codes_is_the_table_of_the_project() -> None:
    reading = read_municipality_codes(raw.original("scb/kommunlankod_2023.xls"), "codes.xls")
    assert reading.notes == ("290 municipalities in 21 counties",)
    assert reading.frame.to_csv(index=False, lineterminator="\n").encode() == REGISTER.read_bytes()
    pd.testing.assert_frame_equal(
        read_municipality_codes(REGISTER.read_bytes(), "x.csv").frame, reading.frame
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Malmö stad", "1280"), ("Lunds kommun", "1281"), ("Region Gotland", "0980"), ("Habo kommun", "0643"),
        ("Håbo", "0305"), ("Upplands-Väsby", "0114"), ("malung sälens kommun", "2023"),
        ("Falu kommun", "2080"), ("Göteborgs Stad", "1480"), (" LUND\u00a0", "1281"), ("Ha\u030abo", "0305"),
    ],
)  # fmt: skip
def test_a_name_as_typed_gives_its_code(name: str, code: str) -> None:
    assert raw.SWEDEN.resolve(name).code == code


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Hobo", "nearest are"), ("Region Skåne", "is the region of Skåne län"), ("", "got a blank"),
        ("Kommun", "is no municipality"), ("Knivst\u0430", "CYRILLIC SMALL LETTER A"),
        ("Lund\u200b", "ZERO WIDTH SPACE"), ("Lunds", "nearest are Lund"),
        ("Region Lund", "is no municipality"), ("Skåne län", "is no municipality"),
    ],
)  # fmt: skip
def test_a_name_that_no_municipality_has_is_refused_with_a_reason(name: str, message: str) -> None:
    match = raw.SWEDEN.resolve(name)
    assert match.code == ""
    assert message in match.problem


def test_every_municipality_is_found_by_its_name_and_by_its_kommun_form() -> None:
    for code, name in raw.SWEDEN.names.items():
        genitive = name if name[-1] in "sxz" else f"{name}s"
        for typed in (name, name.upper(), f"{name} kommun", f"{genitive} kommun", f"{name} stad"):
            assert raw.SWEDEN.resolve(typed).code == code, typed


def test_a_name_given_twice_in_two_counties_needs_the_county() -> None:
    places = Places.from_frame(raw.MUNICIPALITIES.assign(municipality=["Nya", "Knivsta", "Nya", "Habo"]))
    assert "may be any of 0305, 0643" in places.resolve("Nya").problem
    assert places.exact("Nya", county="06").code == "0643"


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("county_code", ["06", "03", "06", "06"], "expected the county code of its first two digits, got 06"),
        ("municipality", ["Håbo", "Håbo", "Habo", "Väsby"], "Håbo is given twice in one county; keep one"),
        ("county", ["Uppsala län", "Uppsala", "Jönköpings län", "Jönköpings län"], "county 03 has two names"),
    ],
)
def test_a_table_of_places_that_is_wrong_is_refused(column: str, values: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Places.from_frame(raw.MUNICIPALITIES.assign(**{column: values}))
