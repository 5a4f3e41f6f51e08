"""The emissions database: the originals read to their reference values, and every check has its test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.emissions_database import SUBSECTORS, pattern, read_emissions, sector_names
from klimatlib.sources.tables import Places

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
SHEET = "Växthusgaser totalt"


@pytest.fixture(scope="module")
def sweden() -> Places:
    return Places.from_frame(pd.read_csv(ROOT / "data/statistics/municipalities.csv", dtype=str))


def original(name: str) -> bytes:
    """Bytes of an original file; the test is skipped where the folder of originals is not at hand."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the original {name} is not at hand (looked in ../shared/data)")
    return path.read_bytes()


def value(frame: pd.DataFrame, code: str, year: int, sector: str = "Alla", subsector: str = "Alla") -> float:
    """One value of a tidy frame (t)."""
    keys = (frame["municipality_code"] == code) & (frame["year"] == year)
    keys &= (frame["sector"] == sector) & (frame["subsector"] == subsector)
    return float(frame.loc[keys, "emissions_t"].item())


@pytest.fixture(scope="module")
def ggt(sweden: Places) -> pd.DataFrame:
    return read_emissions(original("ned/ned_2021-10-14_GGT.csv"), "ggt.csv", places=sweden).frame


def test_the_export_of_2021_gives_the_reference_values(ggt: pd.DataFrame) -> None:
    assert value(ggt, "0000", 2019) == 51020350.72
    assert value(ggt, "0000", 1990) == 71273705.25
    assert value(ggt, "1281", 2019) == 225811.3437
    assert value(ggt, "0330", 1990, "Transporter", "Tunga lastbilar") == 8872.390558


def test_a_cell_with_an_exponent_is_read_exactly(ggt: pd.DataFrame) -> None:
    assert (ggt["emissions_t"] == 7.33347e-05).sum() == 1
    assert ggt["emissions_t"].between(1e-9, 1e-4).sum() == 17


def test_the_export_of_2021_has_every_municipality_year_and_sector(ggt: pd.DataFrame, sweden: Places) -> None:
    assert set(ggt["municipality_code"]) == {"0000", *sweden.names}
    assert list(ggt["year"].unique()) == [1990, 2000, 2005, *range(2010, 2020)]
    pairs = ggt[["sector", "subsector"]].drop_duplicates()
    assert len(ggt) == 291 * 13 * len(pairs) == 226_980
    assert not ggt["emissions_t"].isna().any()
    assert not ggt.duplicated(["municipality_code", "year", "sector", "subsector"]).any()
    assert ggt.dtypes.astype(str).to_dict() == {
        "municipality_code": "str",
        "year": "int64",
        "sector": "str",
        "subsector": "str",
        "emissions_t": "float64",
    }


def test_the_export_of_2021_is_close_to_the_vintage_of_2025(ggt: pd.DataFrame) -> None:
    reference = pd.read_csv(SHARED / "reference/emissions_ned2025_ggt.csv", dtype={"kommun_code": str})
    reference = reference[reference["sector"] != "Utrikes transporter"]
    reference["municipality_code"] = reference["kommun_code"].replace("00", "0000")
    mains = ggt[ggt["subsector"] == "Alla"]
    assert set(mains["sector"]) == set(reference["sector"])
    assert set(mains["municipality_code"]) == set(reference["municipality_code"])
    both = mains.merge(reference, on=["municipality_code", "year", "sector"], validate="one_to_one")
    total = both[both["sector"] == "Alla"]
    assert len(total) == 291 * 9
    revision = total["value"] / total["emissions_t"]
    assert revision.between(0.4, 1.5).all()
    assert revision.between(0.8, 1.25).mean() > 0.98
    assert abs(float(revision.median()) - 1) < 0.03


def test_the_workbook_of_2024_reads_fully_when_carbon_dioxide_is_asked_for(sweden: Places) -> None:
    reading = read_emissions(
        original("ned/ned_2024-04-18_CO2.xlsx"), "co2.xlsx", places=sweden, require_substance="CO2"
    )
    assert (reading.substance, reading.unit, reading.vintage) == ("CO2", "t", "2024-04-18")
    assert value(reading.frame, "0000", 1990) == 57880523.5032156
    assert reading.frame["municipality_code"].nunique() == 291
    assert any("Egen uppärmning" in note for note in reading.notes)
    assert any("0.44%-0.77% less than the nation" in note for note in reading.notes)


def test_carbon_dioxide_is_refused_where_all_gases_are_asked_for(sweden: Places) -> None:
    with pytest.raises(InputError, match=r"expected Växthusgaser totalt.*got 'Koldioxid.*sub=GGT"):
        read_emissions(original("ned/ned_2024-04-18_CO2.xlsx"), "co2.xlsx", places=sweden)


@pytest.mark.parametrize(
    ("name", "substance", "rows"),
    [
        ("fixtures/ned_GGT_2021-10_trimmed_REAL.csv", "GGT", 1612),
        ("fixtures/ned_CO2_2024-04_trimmed_REAL.xlsx", "CO2", 4956),
        ("fixtures/ned_GGT_layout_SYNTHETIC.xlsx", "GGT", 819),
    ],
)
def test_a_trimmed_selection_is_read_only_when_declared(
    sweden: Places, name: str, substance: str, rows: int
) -> None:
    reading = read_emissions(original(name), name, places=sweden, require_substance=substance, complete=False)
    assert len(reading.frame) == rows
    assert any("could not be checked" in note for note in reading.notes)
    with pytest.raises(InputError, match="missing are"):
        read_emissions(original(name), name, places=sweden, require_substance=substance)


@pytest.mark.parametrize("factor", [1.01, 0.5, 2.9])
def test_any_one_changed_value_of_the_original_is_caught(sweden: Places, factor: float) -> None:
    lines = original("ned/ned_2021-10-14_GGT.csv").decode().split("\r\n")
    for number in (7, 9, 500, 1300, 8000, 12000):
        cells = lines[number].split(";")
        cells[8] = f"{float(cells[8].replace(',', '.')) * factor:.6f}".replace(".", ",")
        changed = [*lines[:number], ";".join(cells), *lines[number + 1 :]]
        with pytest.raises(InputError, match=r"the sum of its|neither with nor without"):
            read_emissions("\r\n".join(changed).encode(), "changed.csv", places=sweden)


def small(rows: raw.Rows | None = None, **options: object) -> pd.DataFrame:
    """Read the small world's workbook."""
    data = raw.to_xlsx({SHEET: rows or raw.emission_rows("xlsx")})
    return read_emissions(data, "small.xlsx", places=raw.PLACES, **options).frame  # type: ignore[arg-type]


def test_workbook_and_text_of_the_same_export_give_the_same_table() -> None:
    text = raw.to_csv(raw.emission_rows("csv"))
    pd.testing.assert_frame_equal(small(), read_emissions(text, "small.csv", places=raw.PLACES).frame)


def test_every_value_of_the_small_world_is_read_as_written() -> None:
    frame = small()
    for (main, sub, code), values in raw.emission_values().items():
        if len(code) == 4 and main != raw.FOREIGN:
            assert [value(frame, code, year, main, sub) for year in raw.YEARS] == values


@pytest.mark.parametrize("inside", [False, True])
def test_foreign_transport_is_outside_the_total_wherever_the_file_has_it(inside: bool) -> None:
    values = raw.emission_values(foreign_t=300_000)
    without = {key: list(numbers) for key, numbers in values.items()}
    if inside:
        for (main, sub, code), numbers in values.items():
            if (main, sub) == ("Alla", "Alla"):
                foreign = values[raw.FOREIGN, "Alla", code]
                values[main, sub, code] = [round(a + b, 2) for a, b in zip(numbers, foreign, strict=True)]
    frame = small(raw.emission_rows("xlsx", values))
    assert raw.FOREIGN not in set(frame["sector"])
    read = frame[(frame["sector"] == "Alla") & (frame["municipality_code"] == "0330")]["emissions_t"]
    np.testing.assert_allclose(read, without["Alla", "Alla", "0330"], rtol=1e-12)


def test_spelling_slips_are_mended_and_noted() -> None:
    rows = raw.emission_rows("xlsx")
    for row in rows:
        row[:2] = [str(cell).replace("uppvärmning", "uppärmning") for cell in row[:2]]
    reading = read_emissions(raw.to_xlsx({SHEET: rows}), "small.xlsx", places=raw.PLACES)
    assert "Egen uppvärmning av bostäder och lokaler" in set(reading.frame["sector"])
    assert any("Egen uppärmning" in note for note in reading.notes)


def test_a_municipality_of_another_county_is_refused() -> None:
    rows = raw.emission_rows("xlsx")
    at = next(n for n, row in enumerate(rows) if row[3] == "Habo")
    rows[at][2] = "Uppsala län"
    with pytest.raises(InputError, match="'Habo' lies in Jönköpings län, not in Uppsala län"):
        small(rows)


def test_years_may_be_declared_in_place_of_the_pattern() -> None:
    rows = raw.emission_rows("xlsx")
    rows[5][4:] = [1990, 2001, 2003, 2005, 2007, 2009]
    with pytest.raises(InputError, match="expected the years 1990, 2000, 2005"):
        small(rows)
    assert set(small(rows, years=[1990, 2001, 2003, 2005, 2007, 2009])["year"]) == set(rows[5][4:])


@pytest.mark.parametrize(
    ("vintage", "years"),
    [
        (2021, [1990, 2000, 2005, *range(2010, 2020)]),
        (2024, [1990, 2000, 2005, 2010, *range(2015, 2023)]),
        (2025, [1990, 2000, 2005, 2010, *range(2015, 2024)]),
        (2026, [1990, 2000, 2005, 2010, 2015, *range(2020, 2025)]),
    ],
)
def test_the_pattern_of_years_fits_every_known_vintage_and_no_gap_in_it(
    vintage: int, years: list[int]
) -> None:
    assert pattern(years, vintage) == years
    for year in years:
        shorter = [y for y in years if y != year]
        assert pattern(shorter, vintage) != shorter


def test_subsectors_that_do_not_add_up_are_refused_unless_known() -> None:
    values = raw.emission_values()
    for (main, sub, _), numbers in values.items():
        if (main, sub) == ("Avfall (inkl.avlopp)", "Avfallsdeponier"):
            numbers[:] = [round(number / 2, 2) for number in numbers]
    rows = raw.emission_rows("xlsx", values)
    with pytest.raises(InputError, match="the sum of its subsectors"):
        small(rows)
    assert len(small(rows, known_gaps=["Avfall (inkl.avlopp)"])) == len(small())


def test_an_unknown_substance_to_ask_for_is_refused() -> None:
    with pytest.raises(InputError, match="ask for GGT or CO2"):
        small(require_substance="PM10")


def test_a_new_subsector_is_read_and_a_misspelt_one_is_not() -> None:
    assert sector_names("Transporter", "Luftfärjor") == ("Transporter", "Luftfärjor", "")
    assert "did you mean 'Bussar'" in sector_names("Transporter", "Bussarr")[2]
    assert all(sector_names(main, sub)[:2] == (main, sub) for main in SUBSECTORS for sub in SUBSECTORS[main])
