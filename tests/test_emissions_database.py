"""The emissions database: the originals read to their reference values, and every check has its test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import raw_files as raw
from conftest import unpin
from klimatlib.config import KnownGap, Sector, Sectors, validate
from klimatlib.errors import InputError
from klimatlib.indicators.emissions import Basis, claims
from klimatlib.sources import inputs as sources
from klimatlib.sources.emissions_database import published_years, read_emissions, sector_names
from klimatlib.sources.tables import Reading

SHEET, GGT, CO2 = "Växthusgaser totalt", "ned/ned_2021-10-14_GGT.csv", "ned/ned_2024-04-18_CO2.xlsx"


def read(data: bytes, file: str = "export", **options: Any) -> Reading:
    """Read an export; by default one of the small world."""
    return read_emissions(data, file, **{"places": raw.PLACES, "sectors": raw.SECTORS, **options})


def small(rows: raw.Rows | None = None, **options: Any) -> pd.DataFrame:
    """Read the small world's workbook."""
    return read(raw.to_xlsx({SHEET: rows or raw.emission_rows("xlsx")}), **options).frame


def value(frame: pd.DataFrame, code: str, year: int, sector: str = "Alla", subsector: str = "Alla") -> float:
    """One value of a tidy frame (t)."""
    keys = (frame["municipality_code"] == code) & (frame["year"] == year)
    keys &= (frame["sector"] == sector) & (frame["subsector"] == subsector)
    return float(frame.loc[keys, "emissions_t"].item())


def test_the_export_of_2021_gives_the_reference_values_and_has_every_row() -> None:
    ggt = read(raw.original(GGT), places=raw.SWEDEN).frame
    assert value(ggt, "0000", 2019) == 51020350.72
    assert value(ggt, "0000", 1990) == 71273705.25
    assert value(ggt, "1281", 2019) == 225811.3437
    assert value(ggt, "0330", 1990, "Transporter", "Tunga lastbilar") == 8872.390558
    assert (ggt["emissions_t"] == 7.33347e-05).sum() == 1  # a cell with an exponent
    assert set(ggt["municipality_code"]) == {"0000", *raw.SWEDEN.names}
    assert [*ggt["year"].unique()] == [1990, 2000, 2005, *range(2010, 2020)]
    assert len(ggt) == 291 * 13 * len(ggt[["sector", "subsector"]].drop_duplicates()) == 226_980
    key = ["municipality_code", "year", "sector", "subsector"]
    assert not (ggt["emissions_t"].isna() | ggt.duplicated(key)).any()
    assert ggt.equals(ggt.sort_values(key, ignore_index=True))
    types = {name: "int64" if name == "year" else "str" for name in key}
    assert ggt.dtypes.astype(str).to_dict() == {**types, "emissions_t": "float64"}


def test_carbon_dioxide_is_read_where_asked_for_and_refused_where_all_gases_are() -> None:
    data = raw.original(CO2)
    reading = read(data, places=raw.SWEDEN, require_substance="CO2")
    assert (reading.substance, reading.unit, reading.vintage) == ("CO2", "t", "2024-04-18")
    assert value(reading.frame, "0000", 1990) == 57880523.5032156
    assert reading.frame["municipality_code"].nunique() == 291
    for note in ("Egen uppärmning", "0.44%-0.77% less than the nation"):
        assert any(note in line for line in reading.notes)
    with pytest.raises(InputError, match=r"expected Växthusgaser totalt.*got 'Koldioxid.*sub=GGT"):
        read(data, places=raw.SWEDEN)
    with pytest.raises(InputError, match="ask for GGT or CO2"):
        read(data, require_substance="PM10")


@pytest.mark.parametrize(
    ("name", "substance", "rows"),
    [
        ("fixtures/ned_GGT_2021-10_trimmed_REAL.csv", "GGT", 1612),
        ("fixtures/ned_CO2_2024-04_trimmed_REAL.xlsx", "CO2", 4956),
        ("fixtures/ned_GGT_layout_SYNTHETIC.xlsx", "GGT", 819),
    ],
)
def test_a_trimmed_selection_is_read_only_when_declared(name: str, substance: str, rows: int) -> None:
    options = {"places": raw.SWEDEN, "require_substance": substance}
    reading = read(raw.original(name), complete=False, **options)
    assert len(reading.frame) == rows
    assert any("could not be checked" in note for note in reading.notes)
    with pytest.raises(InputError, match="missing are"):
        read(raw.original(name), **options)


def test_any_one_changed_value_of_the_original_is_caught() -> None:
    lines = raw.original(GGT).decode().split("\r\n")
    cells = lines[500].split(";")
    cells[8] = str(float(cells[8].replace(",", ".")) * 1.01).replace(".", ",")
    lines[500] = ";".join(cells)
    with pytest.raises(InputError, match=r"the sum of its|neither with nor without"):
        read("\r\n".join(lines).encode(), places=raw.SWEDEN)


def test_workbook_and_text_give_the_same_table_with_every_value_as_written() -> None:
    frame = small()
    pd.testing.assert_frame_equal(frame, read(raw.to_csv(raw.emission_rows("csv"))).frame)
    values = raw.emission_values().items()
    kept = {key: v for key, v in values if len(key[2]) == 4 and key[0] != raw.FOREIGN}
    by_key = frame.groupby(["sector", "subsector", "municipality_code"])["emissions_t"].agg(list).to_dict()
    assert by_key == kept


@pytest.mark.parametrize("inside", [False, True])
def test_foreign_transport_is_outside_the_total_wherever_the_file_has_it(inside: bool) -> None:
    values = raw.emission_values(foreign_t=300_000)
    without = [*values["Alla", "Alla", "0330"]]
    for (main, sub, code), numbers in values.items():
        if inside and (main, sub) == ("Alla", "Alla"):
            foreign = values[raw.FOREIGN, "Alla", code]
            numbers[:] = [round(a + b, 2) for a, b in zip(numbers, foreign, strict=True)]
    frame = small(raw.emission_rows("xlsx", values))
    assert raw.FOREIGN not in set(frame["sector"])
    assert [value(frame, "0330", year) for year in raw.YEARS] == pytest.approx(without, rel=1e-12)


@pytest.mark.parametrize(
    ("released", "changed", "warned"),
    [
        ("2022-04-14", {}, ""), ("2021-12-20", {}, ""), ("2023-01-10", {}, ""),
        ("2024-04-14", {}, "a release of 2024 usually has 1990, 2000, 2005, 2010, 2015, 2020, 2021, 2022"),
        *(("2022-04-14", {year: year + by}, "usually has 1990") for year in raw.YEARS[::2] for by in (-1, 1)),
        *(("2022-04-14", {year: "Anmärkning"}, "usually has 1990, 2000") for year in raw.YEARS[1::2]),
    ],
)  # fmt: skip
def test_the_years_are_those_of_the_file_whatever_its_release_and_a_gap_is_a_warning(
    released: str, changed: dict[int, Any], warned: str
) -> None:
    rows = raw.emission_rows("xlsx")
    rows[0] = ["Rapportnamn:", f"Länsrapport, {released}"]
    rows[5] = [changed.get(cell, cell) for cell in rows[5]]
    years = [year for year in rows[5][4:] if isinstance(year, int)]
    data = raw.to_xlsx({SHEET: rows})
    reading = read(data)
    assert [*reading.frame["year"].unique()] == years
    assert (warned in "".join(reading.warnings)) if warned else not reading.warnings


@pytest.mark.parametrize(
    "years",
    [
        [1990, 2000, 2005, *range(2010, 2020)], [1990, 2000, 2005, 2010, *range(2015, 2023)],
        [1990, 2000, 2005, 2010, *range(2015, 2024)], [1990, 2000, 2005, 2010, 2015, *range(2020, 2025)],
    ],
)  # fmt: skip
def test_the_usual_years_are_those_of_each_known_release_with_no_gap_in_them(years: list[int]) -> None:
    assert published_years(years) == years
    for shorter in ([year for year in years if year != left_out] for left_out in years[:-1]):
        assert published_years(shorter) != shorter


def test_subsectors_that_do_not_add_up_are_refused_unless_known() -> None:
    values = raw.emission_values()
    for (main, sub, _), numbers in values.items():
        if (main, sub) == ("Avfall (inkl.avlopp)", "Avfallsdeponier"):
            numbers[:] = [round(number / 2, 2) for number in numbers]
    rows = raw.emission_rows("xlsx", values)
    with pytest.raises(InputError, match="the sum of its sectors or subsectors is"):
        small(rows)
    gap = KnownGap(substance="GGT", vintage=raw.VINTAGE, sector="Avfall (inkl.avlopp)", largest_t=1e9)
    assert len(small(rows, sectors=raw.SECTORS.model_copy(update={"known_gaps": [gap]}))) == len(small())


def test_a_new_subsector_is_read_and_a_misspelt_one_or_an_unlisted_main_sector_is_not() -> None:
    assert sector_names("Transporter", "Luftfärjor", raw.SECTORS) == ("Transporter", "Luftfärjor", "")
    assert "nearest are Bussar" in sector_names("Transporter", "Bussarr", raw.SECTORS)[2]
    for sector in raw.SECTORS.sectors:
        assert all(sector_names(sector.name, sub, raw.SECTORS)[1] == sub for sub in sector.subsectors)
    rows = [
        ["Rymdfart", *row[1:]] if row[0] == "Arbetsmaskiner" else row for row in raw.emission_rows("xlsx")
    ]
    with pytest.raises(InputError, match=r"'Rymdfart' is no main sector .*; add a new one to params/sec"):
        small(rows)
    others = [sector for sector in raw.SECTORS.sectors if sector.name != "Arbetsmaskiner"]
    new = Sectors(sectors=(*others, Sector(id="rymdfart", name="Rymdfart", label="Rymdfart")))
    assert "Rymdfart" in set(small(rows, sectors=new)["sector"])


def test_a_new_main_sector_has_its_claims_once_its_name_is_in_the_list(tiny: Path) -> None:
    table, names = tiny / "data/statistics/emissions_tiny.csv", tiny / "params/sectors.yml"
    table.write_text(table.read_text("utf-8").replace("Arbetsmaskiner", "Rymdfart"), "utf-8")
    unpin(tiny)
    with pytest.raises(InputError, match=r"one of Alla, .*, as in params/sectors\.yml, got 'Rymdfart'"):
        sources.emissions(sources.Inputs.open("params/tiny.yml"))
    text = names.read_text("utf-8").replace("Arbetsmaskiner", "Rymdfart")
    names.write_text(text.replace("arbetsmaskiner", "rymdfart"), "utf-8")
    inputs = sources.Inputs.open("params/tiny.yml")
    emitted, people, sectors = sources.emissions(inputs), sources.population(inputs), sources.sectors(inputs)
    basis = Basis(emitted, people, ["1281"], inputs.project.params, "SMHI", sectors)
    assert {"rymdfart", "transporter"} < {claim.measure for claim in claims(basis)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sectors:\n  - {id: a, name: A, label: A}\n  - {id: a, name: B, label: B}\n", "duplicate id 'a'"),
        ("sectors:\n  - {id: a, name: A, label: A}\nspelling:\n  B: C\n", "'C' is no sector or subsector"),
        ("sectors:\n  - {id: a, name: A, label: A, unter: x}\n", "unknown key"),
    ],
)
def test_a_list_of_sectors_that_contradicts_itself_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        validate(text.encode(), Sectors, file="params/sectors.yml")
