"""SCB's population tables in all five forms, the list of codes, and names as people type them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.statistics import read_municipality_codes, read_population, whole_number
from klimatlib.sources.tables import Places, Reading

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"


def original(name: str) -> bytes:
    """Bytes of an original file; the test is skipped where the folder of originals is not at hand."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the original {name} is not at hand (looked in ../shared/data)")
    return path.read_bytes()


@pytest.fixture(scope="module")
def sweden() -> Places:
    return Places.from_frame(pd.read_csv(ROOT / "data/statistics/municipalities.csv", dtype=str))


@pytest.mark.parametrize(
    ("name", "kind", "rows", "compared"),
    [
        ("scb/folkmangd_1950-2022.xlsx", "population-workbook", 291 * 73, 291 * 33),
        ("scb/be0101_tabhel2023.xlsx", "population-table", 291, 291),
    ],
)
def test_the_original_workbooks_agree_with_the_reference(
    sweden: Places, name: str, kind: str, rows: int, compared: int
) -> None:
    reading = read_population(original(name), name, places=sweden)
    reference = pd.read_csv(SHARED / "reference/population.csv", dtype={"kommun_code": str})
    reference["municipality_code"] = reference["kommun_code"].replace("00", "0000")
    both = reading.frame.merge(
        reference, on=["municipality_code", "year"], suffixes=("", "_reference"), validate="one_to_one"
    )
    assert (reading.kind, len(reading.frame), len(both)) == (kind, rows, compared)
    assert (both["population"] == both["population_reference"]).all()


@pytest.mark.parametrize(
    ("name", "vintage"),
    [
        ("scb_pxweb_v1_json_SYNTHETIC.json", "2024-02-20"),
        ("scb_pxweb_jsonstat2_SYNTHETIC.json", "2024-02-20"),
        ("scb_pxweb_csv_cp1252_SYNTHETIC.csv", None),
    ],
)
def test_the_three_forms_of_pxweb_give_the_same_table(sweden: Places, name: str, vintage: str | None) -> None:
    reading = read_population(original(f"fixtures/{name}"), name, places=sweden)
    frame = reading.frame.set_index(["municipality_code", "year"])["population"]
    assert reading.vintage == vintage
    assert len(frame) == 10
    assert frame["0330", 2003] == 12821
    assert frame["1281", 2021] == 127376
    assert "2 values are missing in the source and have no row: 0330 1990, 0330 2002" in reading.notes


def small(form: str) -> Reading:
    """Read the small world's population in one form."""
    data = {
        "series": lambda: raw.to_xlsx({"Tabell": raw.series_rows()}),
        "table": lambda: raw.to_xlsx({"Totalt": raw.table_rows()}),
        "json": lambda: raw.to_json(raw.pxweb_json(), bom=True),
        "stat": lambda: raw.to_json(raw.json_stat()),
        "csv": lambda: raw.to_csv(raw.pxweb_csv_rows(), delimiter=",", encoding="cp1252", quote=True),
    }[form]()
    return read_population(data, form, places=raw.PLACES)


@pytest.mark.parametrize("form", ["series", "table", "json", "stat", "csv"])
def test_every_form_gives_whole_persons_sorted_by_code_and_year(form: str) -> None:
    frame = small(form).frame
    assert frame.dtypes.astype(str).to_dict() == {
        "municipality_code": "str",
        "year": "int64",
        "population": "int64",
    }
    assert frame.equals(frame.sort_values(["municipality_code", "year"], ignore_index=True))
    truth = raw.population_values()
    for code, year, number in frame.itertuples(index=False):
        at = raw.POPULATION_YEARS.index(year)
        assert number == (sum(v[at] for v in truth.values()) if code == "0000" else truth[code][at])


@pytest.mark.parametrize("form", ["json", "stat", "csv"])
def test_a_missing_value_has_no_row_and_the_nation_none_for_that_year(form: str) -> None:
    reading = small(form)
    keys = set(zip(reading.frame["municipality_code"], reading.frame["year"], strict=True))
    assert ("0330", 2019) not in keys
    assert ("0000", 2019) not in keys
    assert ("0000", 2020) in keys
    assert any("0330 2019" in note for note in reading.notes)


def test_json_stat_is_read_in_the_order_of_its_dimensions() -> None:
    content = raw.json_stat()
    n, years = content["size"][0], content["size"][2]
    cells = content["value"]
    content["id"], content["size"] = ["Tid", "ContentsCode", "Region"], [years, 1, n]
    content["value"] = [cells[region * years + year] for year in range(years) for region in range(n)]
    content["status"] = {str(i): ".." for i, cell in enumerate(content["value"]) if cell is None}
    turned = read_population(raw.to_json(content), "turned", places=raw.PLACES).frame
    pd.testing.assert_frame_equal(turned, small("stat").frame)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[9].__setitem__(2, 5), "expected a whole number of persons|add up to"),
        (lambda rows: rows[11].__setitem__(2, 15_400.5), "expected a whole number of persons"),
        (lambda rows: rows[11].__setitem__(0, 305), "expected a code as text"),
        (lambda rows: rows[11].__setitem__(1, "Habo"), "0305 is Håbo, but the name beside it is 'Habo'"),
        (lambda rows: rows[11].__setitem__(2, rows[11][2] + 1), "its municipalities add up to"),
    ],
)
def test_a_yearly_table_that_contradicts_itself_is_refused(change: object, message: str) -> None:
    rows = raw.table_rows()
    change(rows)  # type: ignore[operator]
    with pytest.raises(InputError, match=message):
        read_population(raw.to_xlsx({"Totalt": rows}), "table.xlsx", places=raw.PLACES)


def test_a_population_that_jumps_is_refused() -> None:
    rows = raw.series_rows()
    rows[6][5] = rows[6][5] * 2
    with pytest.raises(InputError, match=r"2\.\d\d times"):
        read_population(raw.to_xlsx({"Tabell": rows}), "series.xlsx", places=raw.PLACES)


def test_a_country_counted_twice_is_refused(sweden: Places) -> None:
    codes = list(sweden.names)
    data = [{"key": [code, "2022"], "values": [str(2 * 36_000)]} for code in codes]
    content = {**raw.pxweb_json(), "data": data}
    with pytest.raises(InputError, match="in all municipalities together, got 20880000"):
        read_population(raw.to_json(content), "twice.json", places=sweden)


def test_another_content_than_population_is_refused() -> None:
    content = raw.pxweb_json()
    content["columns"][2]["text"] = "Folkökning"
    with pytest.raises(InputError, match="expected Region, Tid and Folkmängd"):
        read_population(raw.to_json(content), "growth.json", places=raw.PLACES)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12.0), (12, 12.0), ("1,5", None), (-1, None), (True, None)]
)
def test_numbers_of_pxweb_are_whole_or_refused(text: object, number: float | None) -> None:
    assert whole_number(text) == number


def test_the_original_list_of_codes_is_the_table_of_the_project() -> None:
    reading = read_municipality_codes(original("scb/kommunlankod_2023.xls"), "kommunlankod_2023.xls")
    assert reading.notes == ("290 municipalities in 21 counties",)
    text = reading.frame.to_csv(index=False, lineterminator="\n").encode()
    assert text == (ROOT / "data/statistics/municipalities.csv").read_bytes()


def test_all_290_codes_survive_workbook_and_text(sweden: Places) -> None:
    path = ROOT / "data/statistics/municipalities.csv"
    frame = read_municipality_codes(path.read_bytes(), path.name).frame
    rows = [["Kod", "Namn"]]
    for county, inside in frame.groupby("county_code"):
        rows += [[str(county), inside["county"].iloc[0]]]
        rows += inside[["municipality_code", "municipality"]].to_numpy().tolist()
    again = read_municipality_codes(raw.to_xlsx({"Koder": rows}), "codes.xlsx").frame
    pd.testing.assert_frame_equal(again, frame)
    assert tuple(again["municipality_code"]) == tuple(sweden.names)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Malmö stad", "1280"), ("Lunds kommun", "1281"), ("Region Gotland", "0980"),
        ("Habo kommun", "0643"),
        ("Håbo", "0305"), ("Upplands-Väsby", "0114"), ("malung sälens kommun", "2023"),
        ("Falu kommun", "2080"),
        ("Borås Stad", "1490"), ("Göteborgs Stad", "1480"), (" LUND\u00a0", "1281"),
        ("Hofors kommun", "2104"),
        ("Dals-Eds kommun", "1438"), ("Stockholm stad", "0180"), ("Ha\u030abo", "0305"),
        ("Lilla Edets kommun", "1462"),
    ],
)  # fmt: skip
def test_a_name_as_typed_gives_its_code(sweden: Places, name: str, code: str) -> None:
    assert sweden.resolve(name).code == code


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Hobo", "nearest are"), ("Region Skåne", "is the region of Skåne län"),
        ("Kommun", "is no municipality"),
        ("", "got a blank"), ("Knivst\u0430", "CYRILLIC SMALL LETTER A"), ("Lund\u200b", "ZERO WIDTH SPACE"),
        ("Lunds", "nearest are Lund"), ("Region Lund", "is no municipality"),
        ("Skåne län", "is no municipality"),
    ],
)  # fmt: skip
def test_a_name_that_no_municipality_has_is_refused_with_a_reason(
    sweden: Places, name: str, message: str
) -> None:
    match = sweden.resolve(name)
    assert match.code == ""
    assert message in match.problem


def test_every_municipality_is_found_by_its_name_and_by_its_kommun_form(sweden: Places) -> None:
    for code, name in sweden.names.items():
        genitive = name if name[-1] in "sxz" else f"{name}s"
        for typed in (name, name.upper(), f"{name} kommun", f"{genitive} kommun", f"{name} stad"):
            assert sweden.resolve(typed).code == code, typed


def test_a_name_given_twice_in_two_counties_needs_the_county() -> None:
    frame = raw.MUNICIPALITIES.assign(municipality=["Nya", "Knivsta", "Nya", "Habo"])
    places = Places.from_frame(frame)
    assert "may be any of 0305, 0643" in places.resolve("Nya").problem
    assert places.resolve("Nya", county="06").code == "0643"


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("municipality_code", [305, 330, 643, 680], "expected a code of four digits as text"),
        ("municipality_code", ["0305", "0305", "0643", "0680"], "given twice"),
        ("county_code", ["06", "03", "06", "06"], "expected county code '03'"),
        ("municipality", ["Håbo", "Håbo", "Habo", "Väsby"], "given twice in one county"),
    ],
)
def test_a_table_of_places_that_is_wrong_is_refused(column: str, values: list[object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Places.from_frame(raw.MUNICIPALITIES.assign(**{column: values}))
