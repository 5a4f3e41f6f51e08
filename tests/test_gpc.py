"""Inventories by the GPC: references, the bridge to the database, what is missing, what is refused."""

from __future__ import annotations

import io
import itertools
import json
import random
import re
from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import openpyxl
import pandas as pd
import pytest

from conftest import ROOT, copy_project, edit
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import EmissionFactors, Factor, Gpc, GuardWords, load_project, validate
from klimatlib.errors import ClaimError, InputError, UsageError
from klimatlib.indicators import gpc as standard
from klimatlib.indicators.association import municipality_codes
from klimatlib.prose.rules import Rules
from klimatlib.prose.statements import lint
from klimatlib.run.plausibility import letter
from klimatlib.share import open_data
from klimatlib.share.dashboard import dashboard_data
from klimatlib.sources import inputs as sources
from klimatlib.sources.emissions_database import (
    read_emissions,
    read_subsectors,
    subsector_table,
    subsectors_to_csv,
)
from klimatlib.sources.fetch import fetch
from klimatlib.sources.statistics import read_energy

D = Decimal
SHARED = ROOT.parent / "shared" / "data"
EXPORTS = {"CO2e": "ned_2021-10-14_GGT.csv", "CO2": "ned_2024-04-18_CO2.xlsx"}
VALUES = pd.read_csv(ROOT / "tests" / "data" / "gpc_reference_values.csv", dtype=str)
CO2_ALONE = ROOT / "tests" / "data" / "gpc_subsectors_2024-04-18_CO2.csv"
SEVENTEEN = "I.1.1 I.2.1 I.3.1 I.4.4 I.5.1 I.6.1 II.1.1 II.2.1 II.3.1 II.5.1 III.1.1 III.2.1 III.3.1 III.4.1"
SEVENTEEN = [*SEVENTEEN.split(), "IV.2", "V.1", "V.3"]


@cache
def world():
    opened = sources.Inputs.open("params/2023.yml", start=ROOT)
    return opened, sources.gpc(opened), municipality_codes(sources.members(opened))


@pytest.fixture(scope="module")
def gpc():
    return world()[1]


@pytest.fixture(scope="module")
def shipped():
    """The table of the release of October 2021 that a clone has: 1990 and 2019."""
    opened, known, _ = world()
    path, places = opened.project.statistics / "subsectors_2021-10-14.csv", sources.places(opened)
    codes = {"0000", *places.counties, *places.names}
    return read_subsectors(path.read_bytes(), path.name, rows=known.rows, codes=codes)


@cache
def export(gas):
    """A whole original export, where the folder beside the project has it."""
    file = SHARED / "ned" / EXPORTS[gas]
    if not file.is_file():
        pytest.skip(f"no original export {file.name} beside the project")
    opened, known, _ = world()
    about = {"places": sources.places(opened), "sectors": sources.sectors(opened), "counties": True}
    reading = read_emissions(file.read_bytes(), file.name, require_substance=gas, **about)
    return subsector_table(reading.frame, known.rows, file=file.name)


def of_carbon_dioxide(gpc):
    places = {*VALUES.loc[VALUES["vintage"] == "2024-04-18", "area"]}
    return read_subsectors(CO2_ALONE.read_bytes(), CO2_ALONE.name, rows=gpc.rows, codes=places)


def inventory(table, gpc, place, year=2019, **more):
    more = {"vintage": "2021-10-14"} | more
    return standard.inventories(table, gpc, year=year, **more)[place]


def lines(one):
    """Every line of the reference values, from an inventory."""
    low, high = one.basic
    own = {ref: cell.tonnes or D(0) for ref, cell in one.cells.items()}
    names = ("NED_TOTAL", "SCOPE1", "SCOPE3_II.4.3", "MAIN_MINUS_SUBS_PRODUCT_USE", "ROUNDING_OTHER")
    own |= dict(zip(names, one.bridge, strict=True)) | {"BASIC_SCOPE1_LOW": low, "BASIC_SCOPE1_HIGH": high}
    own |= {"OF_WHICH_INDUSTRY_SECTOR": one.undivided, "TERRITORIAL_I.4.4": own["I.4.4"]}
    return own | {"BASICPLUS_EXTRA_FROM_NED": one.basic_plus - high, "REST": one.bridge.rounding}


def copy(gpc, **changes):
    """The rules with a choice made the other way."""
    choices = {name: gpc.choices[name].model_copy(update={"use": use}) for name, use in changes.items()}
    return gpc.model_copy(update={"choices": {**gpc.choices, **choices}})


# ---- the references and the rows ---------------------------------------------------------------------
def level_by_the_standard(ref):
    """Level and scope of a reference by the standard's own table, worked out by hand."""
    sector, _, *rest = ref.split(".")
    last = rest[0] if rest else ""
    if sector in ("I", "II"):
        territorial = ref == "I.4.4"
        level = "TERRITORIAL" if territorial else "BASIC+" if last == "3" else "BASIC"
        return level, 1 if territorial else int(last)
    if sector == "III":
        return ("TERRITORIAL", 1) if last == "3" else ("BASIC", {"1": 1, "2": 3}[last])
    return {"IV": ("BASIC+", 1), "V": ("BASIC+", 1), "VI": ("OTHER", 3)}[sector]


def test_the_references_have_the_levels_and_scopes_of_the_standard(gpc):
    assert len(gpc.references) == len({one.ref for one in gpc.references}) == 53
    for one in gpc.references:
        assert (one.level, one.scope) == level_by_the_standard(one.ref), one.ref
        assert one.key == "NE" or "Ingår i " in one.reason, one.ref  # IE names where it is
    assert sum(one.importable for one in gpc.references) == 48


def test_every_row_of_the_database_has_one_place(gpc):
    known = {(one.name, name) for one in sources.sectors(world()[0]).sectors for name in one.subsectors}
    assert len(gpc.rows) == 63
    assert known <= {(row.sector, row.subsector) for row in gpc.rows}
    filled = {row.ref for row in gpc.rows if row.ref and not row.outside}
    assert filled == {*SEVENTEEN, "II.4.3"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{ref: I.1.2, scope: 2", "{ref: I.1.1, scope: 2", "duplicate ref 'I.1.1'"),
        ("{id: bussar, sector", "{id: personbilar, sector", "duplicate id 'personbilar'"),
        ('subsector: "Bussar"', 'subsector: "Personbilar"', "Transporter / Personbilar has two rows"),
        ('subsector: "Bussar", ref: II.1.1', 'subsector: "Bussar", ref: II.9.1', "II.9.1 is no reference"),
        ("choice: flyg", "choice: flight", "expected its choice in choices"),
        ("level: OTHER", "level: ALL", "expected"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(old, new, message):
    text = (ROOT / "params" / "gpc.yml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(InputError, match=message):
        validate(text.replace(old, new, 1).encode(), Gpc, file="params/gpc.yml")


def test_a_subsector_without_a_place_stops_with_its_name_and_tonnes(gpc):
    frame = pd.DataFrame(
        [("0000", 2019, "Transporter", "Elsparkcyklar", 1234.5)],
        columns=["municipality_code", "year", "sector", "subsector", "emissions_t"],
    )
    with pytest.raises(InputError, match=r"Transporter, Elsparkcyklar.*1,234\.50 t"):
        subsector_table(frame, gpc.rows, file="export.csv")
    rows = tuple(row for row in gpc.rows if row.id != "bussar")
    path = world()[0].project.statistics / "subsectors_2021-10-14.csv"
    with pytest.raises(InputError, match="column bussar"):
        read_subsectors(path.read_bytes(), path.name, rows=rows, codes=())


# ---- the database's tonnes, reference by reference ---------------------------------------------------
@pytest.mark.parametrize(("gas", "vintage"), [("CO2e", "2021-10-14"), ("CO2", "2024-04-18")])
def test_inventories_are_the_reference_values(gpc, shipped, gas, vintage):
    """Those of CO2 alone are of four places in `CO2_ALONE`, as their original export has them."""
    table = shipped if gas == "CO2e" else of_carbon_dioxide(gpc)
    members = standard.pooled(table, world()[2]) if gas == "CO2e" else None
    compared = 0
    for (area, year), part in VALUES[VALUES["vintage"] == vintage].groupby(["area", "year"]):
        of_area = (members, "members") if area == "M40" else (table, area)
        one = inventory(*of_area[:1], gpc, of_area[1], int(year), vintage=vintage, gas=gas)
        own = lines(one)
        for row in part.itertuples():
            if row.line != "N2O_PRODUCT_USE_SUBSECTOR":
                assert abs(own[row.line] - D(row.tonnes)) <= D("0.001"), (area, year, row.line)
                compared += 1
        assert sum(one.bridge[1:]) == one.bridge.total  # exactly
        assert one.territorial == one.bridge.territorial
        assert {cell.gas for cell in one.cells.values() if cell.tonnes} == {gas}
        assert one.cells["I.6.1"].key == ("NE" if gas == "CO2" else "" if lines(one)["I.6.1"] else "NO")
    assert compared == {"CO2e": 280, "CO2": 76}[gas]


@pytest.mark.parametrize("years", [2, 13])
def test_the_bridge_closes_everywhere_in_every_year(gpc, shipped, years):
    """In the two years that are shipped, and in the original export's where it is beside the project."""
    shipped = shipped if years == 2 else export("CO2e")
    assert shipped.index.get_level_values("year").nunique() == years
    assert shipped.index.get_level_values("place_code").nunique() == 290 + 21 + 1
    for year in {*shipped.index.get_level_values("year")}:
        for one in standard.inventories(shipped, gpc, year=year, vintage="2021-10-14").values():
            assert sum(one.bridge[1:]) == one.bridge.total
            assert abs(one.bridge.rounding) <= 1
            row = shipped.loc[(one.place, year), "lustgas-fran-produktanvandning"]
            assert abs(one.bridge.twice - row) <= D("0.03")
            assert len(one.cells) == 53
            assert all((cell.tonnes is None) == bool(cell.key) for cell in one.cells.values())
            assert all(cell.reason for cell in one.cells.values() if cell.key)


N2O = "lustgas-fran-produktanvandning"
HARM = {
    "a subsector doubled": (lambda t: t.assign(bussar=t["bussar"] * 2), "most in transporter"),
    "a subsector left out": (lambda t: t.drop(columns="bussar"), "most in transporter"),
    "a sector instead of its subsectors": (lambda t: t.drop(columns=["bostader"]), "most in uppvarmning"),
    "a total of another place": (lambda t: t.assign(alla=t["alla"].shift(1)), "miss the database's total"),
    "nitrous oxide and something more": (
        lambda t: t.assign(produktanvandning=t["produktanvandning"] + 2, alla=t["alla"] + 2),
        "most in produktanvandning, 2.00 t",
    ),
    "nitrous oxide, which is counted twice, doubled in its row": (
        lambda t: t.assign(**{N2O: t[N2O] * 2}),
        "most in produktanvandning, -5888.06 t",
    ),
    "no total": (lambda t: t.drop(columns="alla"), "no total"),
    "another year": (lambda t: t.rename(index={2019: 2018}, level="year"), "year 2019"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_table_that_misses_its_total_is_refused(gpc, shipped, harm):
    change, message = HARM[harm]
    with pytest.raises(InputError, match=message):
        inventory(change(shipped.loc[["1280"]]), gpc, "1280")


@pytest.mark.parametrize(
    ("is_twice", "doubled", "message"),
    [
        (True, [], ""),
        (False, [], ""),
        (True, ["1280"], "^subsectors of 2031: 1280: .* most in produktanvandning, -5888.06 t"),
        (False, ["1280"], "^subsectors of 2031: 1280: .* most in produktanvandning, -2944.03 t"),
        (True, ["0000", "12", "1280"], r"0000, lustgas-\S+: 177179 t, expected less than 145000"),
        (False, ["0000", "12", "1280"], r"0000, lustgas-\S+: 177179 t, expected less than 145000"),
    ],
)
def test_in_a_release_that_nobody_knows_all_places_agree_and_the_nation_has_no_double(
    gpc, shipped, is_twice, doubled, message
):
    """One that counts nitrous oxide twice as the known one does, and one that has been mended."""
    table = shipped.loc[["0000", "12", "1280"]].copy()
    for total in () if is_twice else ("produktanvandning", "alla"):
        table[total] -= table[N2O]
    table.loc[table.index.isin(doubled, level="place_code"), N2O] *= 2
    if not message:
        inventory(table, gpc, "1280", vintage="2031")
        return
    with pytest.raises(InputError, match=message):
        inventory(table, gpc, "1280", vintage="2031")


def test_main_sectors_alone_are_refused_with_the_reason(gpc, shipped):
    mains = [row.id for row in gpc.rows if row.subsector == "Alla" and row.id in shipped]
    with pytest.raises(InputError, match="main sectors alone"):
        inventory(shipped[mains], gpc, "1280")


def test_an_export_of_carbon_dioxide_is_no_table_of_all_gases():
    file = SHARED / "ned" / EXPORTS["CO2"]
    if not file.is_file():
        pytest.skip(f"no original export {file.name} beside the project")
    about = {"places": sources.places(world()[0]), "sectors": sources.sectors(world()[0])}
    with pytest.raises(InputError, match="expected Växthusgaser totalt"):
        read_emissions(file.read_bytes(), file.name, **about)


def test_zero_is_no_occurrence_and_an_absent_row_is_not_estimated(gpc, shipped):
    malmo = inventory(shipped, gpc, "1280")
    assert malmo.cells["I.6.1"][1:3] == (None, "NO")
    assert "NED 0" in malmo.cells["I.6.1"].reason
    places = standard.inventories(shipped, gpc, year=2019, vintage="2021-10-14")
    none = {
        ref: sum(
            one.cells[ref].key == "NO" for code, one in places.items() if len(code) == 4 and code != "0000"
        )
        for ref in ("I.4.4", "II.2.1", "III.1.1", "I.6.1")
    }
    assert none == {"I.4.4": 61, "II.2.1": 66, "III.1.1": 74, "I.6.1": 192}
    without = shipped.drop(columns="militar-transport").loc[["1280"]]
    assert inventory(without, gpc, "1280").cells["I.6.1"].key == "NE"
    with pytest.raises(InputError, match="miss the database's total"):  # Luleå's is not zero
        inventory(shipped.drop(columns="militar-transport").loc[["2580"]], gpc, "2580")


def test_a_choice_moves_its_row_and_nothing_else(gpc, shipped):
    usual, other = (inventory(shipped, rules, "0780") for rules in (gpc, copy(gpc, flyg="other")))
    moved = D("5136.235")
    assert round(usual.cells["II.4.3"].tonnes, 3) == round(other.cells["II.4.1"].tonnes, 3) == moved
    assert usual.cells["II.4.1"].key == other.cells["II.4.3"].key == "IE"
    assert "II.4.1" in other.cells["II.4.3"].reason
    same = [ref for ref in usual.cells if ref not in ("II.4.1", "II.4.3")]
    assert all(usual.cells[ref] == other.cells[ref] for ref in same)
    assert other.territorial - usual.territorial == usual.cells["II.4.3"].tonnes
    assert other.bridge.total == usual.bridge.total == sum(other.bridge[1:])


def test_the_interval_closes_where_the_industry_is_divided(gpc, shipped):
    one = inventory(shipped, gpc, "2580")
    divided = inventory(shipped, gpc, "2580", process={"2580": (D("1600000.5"), "Verket, mejl")})
    assert divided.cells["IV.1"].source.endswith("; Verket, mejl")
    assert divided.cells["IV.1"].tonnes == D("1600000.5")
    assert divided.basic[0] == divided.basic[1] == one.basic[1] - D("1600000.5")
    assert (divided.territorial, divided.basic_plus) == (one.territorial, one.basic_plus)
    with pytest.raises(ClaimError, match="expected 0 to"):
        inventory(shipped, gpc, "2580", process={"2580": (one.undivided + 1, "Verket")})


def test_the_members_are_the_sum_of_their_municipalities(gpc, shipped):
    codes = world()[2]
    joint = inventory(standard.pooled(shipped, codes), gpc, "members")
    each = standard.inventories(shipped, gpc, year=2019, vintage="2021-10-14")
    for ref, cell in joint.cells.items():
        assert (cell.tonnes or 0) == sum(each[code].cells[ref].tonnes or 0 for code in codes), ref
    register = sources.members(world()[0])
    region = {"code": "12", "name": "Skåne", "kind": "region", "status": "member"}
    with_region = pd.concat([register, pd.DataFrame([{**register.iloc[0], **region}])])
    assert municipality_codes(with_region) == codes
    for wrong in (["12"], ["0000"], [codes[0], codes[0]], ["9999"]):
        with pytest.raises(ClaimError, match="no sum of places"):
            standard.pooled(shipped, wrong)


# ---- main sectors alone ------------------------------------------------------------------------------
GROUPS = {  # a group of the reference values -> its sector's row
    "G_II_transport_incl_aviation_military": "transporter", "G_V_without_V.2": "jordbruk",
    "G_industry_I.3.1+I.4.1+I.7.1+I.8.1+IV.1": "industri", "G_heating_I.1.1+I.2.1+I.5.1": "uppvarmning",
    "G_machines_I.1.1+I.2.1+I.3.1+I.5.1+II.5.1": "arbetsmaskiner", "G_III_scope1": "avfall",
    "I.4.4": "el-och-fjarrvarme", "IV.2": "produktanvandning", "NED_TOTAL": "alla",
}  # fmt: skip


def test_groups_of_main_sectors_are_the_reference_values_and_sum_to_the_total(gpc):
    sector = {row.id: row.sector for row in gpc.rows if row.subsector == "Alla"}
    known = VALUES[VALUES["vintage"] == "2025"].assign(
        municipality_code=lambda f: f["area"],
        year=lambda f: f["year"].astype(int),
        sector=lambda f: f["line"].map(GROUPS).map(sector),
        emissions_t=lambda f: f["tonnes"].astype(float),
    )
    shipped = sources.emissions(world()[0], "2025")
    for area, year in itertools.product(("0000", "1280", "0780", "2580"), (2019, 2023)):
        made, total = standard.groups(known, gpc, [area], year=year)
        assert len(made) == 8
        assert total == sum(group.tonnes for group in made)  # exactly
        if year == 2023:  # the table that is shipped has whole tonnes
            rounded, _ = standard.groups(shipped, gpc, [area], year=year)
            assert all(abs(a.tonnes - b.tonnes) <= D("0.5") for a, b in zip(made, rounded, strict=True))
    with pytest.raises(ClaimError, match="no groups for 2019"):
        standard.groups(shipped, gpc, ["1280"], year=2019)  # totals alone


# ---- the table that is shipped and fetched -----------------------------------------------------------
def test_a_table_of_subsectors_is_read_as_it_is_written(shipped, gpc):
    small = shipped.loc[["0000", "1280"]]
    codes = {"0000", "1280"}
    again = read_subsectors(subsectors_to_csv(small), "s.csv", rows=gpc.rows, codes=codes)
    assert again.equals(small)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1280,2019", "9999,2019", "9999 is no place"),
        ("1280,2019", "1280,1990", "the same place and year as row"),
        ("\n1280,2019,", "\n1280,2019,x", "expected a code, a year and numbers"),
        ("\n1280,2019,", "\n1280,2019,,", "expected a code, a year and numbers"),
        ("\n1280,2019,", "\n1280,2019,1,", "expected 62 cells, got 63"),
        ("\n1280,2019,", "\n1280,2019,1.2.3", "single decimal point"),
        ("place_code", "code", "expected place_code, year"),
    ],
)
def test_a_damaged_table_of_subsectors_is_refused(shipped, gpc, old, new, message):
    text = subsectors_to_csv(shipped.loc[["0000", "1280"]]).decode()
    assert old in text
    with pytest.raises(InputError, match=message):
        read_subsectors(text.replace(old, new, 1).encode(), "s.csv", rows=gpc.rows, codes={"0000", "1280"})


# ---- energy balances ---------------------------------------------------------------------------------
CATEGORIES = ("98", "97", "964", "931", "951", "921", "911", "941", "999")
USE = {  # SYNTHETIC: MWh by place, then electricity and heat by category; ".." is hidden
    "1280 Malmö": ("1000 2000 30 400 500 6000 70 80 10080", "10 200 0 40 50 60 0 0 360"),
    "1281 Lund": ("1000 2000 30 400 500 .. 70 80 10080", "10 200 0 40 50 60 0 0 360"),
    "0780 Växjö": ("1000 2000 30 400 500 .. .. 80 10080", "10 200 0 40 .. 60 0 0 .."),
    "12 Skåne län": ("2000 4000 60 800 1000 12000 140 160 20160", "20 400 0 80 100 120 0 0 720"),
}
LABELS = "småhus|flerbostadshus|fritidshus|offentlig verksamhet|övriga tjänster|industri, byggverksamhet"
LABELS = f"{LABELS}|jordbruk, skogsbruk, fiske|transporter|totalt".split("|")
LABELS = dict(zip(CATEGORIES, LABELS, strict=True))
OBSERVED = [
    (place, category, carrier, value)
    for place, (electricity, heat) in USE.items()
    for carrier, values in (("16", electricity), ("14", heat), ("905", " ".join(["7"] * 9)))
    for category, value in zip(CATEGORIES, values.split(), strict=True)
]


def in_form(form, observed=OBSERVED):
    """The same SYNTHETIC values as SCB's API 1, API 2 and CSV give them."""
    places = [*dict.fromkeys(row[0] for row in observed)]
    if form == "csv":
        names = {"16": "el", "14": "fjärrvärme", "905": "flytande (icke förnybara)"}
        rows = [
            f'"{p}","{LABELS[c]}","{names[b]}",{v if v.isdigit() else chr(34) + v + chr(34)}'
            for p, c, b, v in observed
        ]
        head = '"region","förbrukarkategori","bränsletyp","Slutanvändning (MWh) 2019"'
        return "\r\n".join([head, *rows]).encode("cp1252")
    if form == "v1":
        heads = {"Region": "region", "Forbrukningskategri": "förbrukarkategori", "Bransle": "bränsletyp"}
        columns = [{"code": code, "text": text, "type": "d"} for code, text in heads.items()]
        columns += [
            {"code": "Tid", "text": "år", "type": "t"},
            {"code": "EN0203AE", "text": "Slutanvändning (MWh)", "type": "c"},
        ]
        data = [{"key": [p.split()[0], c, b, "2019"], "values": [v]} for p, c, b, v in observed]
        return json.dumps({"columns": columns, "comments": [], "data": data}).encode()
    axes = {
        "Region": {p.split()[0]: p[p.index(" ") + 1 :] for p in places}, "Forbrukningskategri": LABELS,
        "Bransle": {"16": "el", "14": "fjärrvärme", "905": "flytande"},
        "ContentsCode": {"EN0203AE": "Slutanvändning"}, "Tid": {"2019": "2019"},
    }  # fmt: skip
    values = {(p.split()[0], c, b): v for p, c, b, v in observed}
    keys = [(p, c, b) for p in axes["Region"] for c in LABELS for b in axes["Bransle"]]
    dimension = {
        name: {"category": {"index": {k: n for n, k in enumerate(axis)}, "label": axis}}
        for name, axis in axes.items()
    }
    dimension["ContentsCode"]["category"]["unit"] = {"EN0203AE": {"base": "MWh"}}
    return json.dumps({
        "version": "2.0", "class": "dataset", "id": [*axes], "size": [*map(len, axes.values())],
        "role": {"time": ["Tid"], "metric": ["ContentsCode"], "geo": ["Region"]}, "dimension": dimension,
        "value": [int(values[key]) if values[key].isdigit() else None for key in keys],
        "status": {str(n): ".." for n, key in enumerate(keys) if not values[key].isdigit()},
    }).encode()  # fmt: skip


def energy_of(form="csv", observed=OBSERVED):
    opened, known, _ = world()
    return read_energy(
        in_form(form, observed), f"energy.{form}", places=sources.places(opened), codes=known.energy
    )


FACTOR = {"network": "norden", "year": 2019, "value": 59.0, "gas": "CO2e", "boundary": "combustion"}
FACTOR |= {"carrier": "electricity", "method": "location", "source": "SYNTHETIC, Nordisk elmix"}
HEAT = FACTOR | {"carrier": "heat", "network": "malmo", "value": 100.0, "boundary": "life cycle"}
SHARE = {"municipality": "1280", "carrier": "heat", "network": "malmo", "share": 1.0}


def factors_of(*factors, grid="norden", networks=(SHARE,)):
    content = {"grid": grid, "factors": [*factors], "networks": [*networks]}
    return validate(json.dumps(content).encode(), EmissionFactors, file="params/emission_factors.yml")


def test_energy_balances_are_the_same_from_all_three_forms():
    readings = [energy_of(form) for form in ("csv", "v1", "json-stat2")]
    assert {reading.kind for reading in readings} == {"energy-balance"}
    for reading in readings[1:]:
        pd.testing.assert_frame_equal(reading.frame, readings[0].frame)
    frame = readings[0].frame.set_index(["place_code", "year", "category", "carrier"])["mwh"]
    assert len(frame) == 4 * 9 * 2  # fuels are left out
    assert frame["1280", 2019, "921", "electricity"] == 6000
    assert pd.isna(frame["1281", 2019, "921", "electricity"])  # hidden, and not 0
    assert int(frame.isna().sum()) == 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1280 Malmö", "1280 Lund", "the code 1280 is Malmö"),
        ("småhus", "slott", "unknown category"),
        (",6000", ",-6", "expected MWh"),
        ("1281 Lund", "1280 Malmö", "duplicate entry"),
    ],
)
def test_an_energy_balance_that_cannot_be_is_refused(old, new, message):
    data = in_form("csv").replace(old.encode("cp1252"), new.encode("cp1252"))
    opened, known, _ = world()
    with pytest.raises(InputError, match=message):
        read_energy(data, "energy.csv", places=sources.places(opened), codes=known.energy)


def test_scope_2_is_worked_out_by_hand_and_stands_beside(gpc, shipped):
    cells = standard.scope2(energy_of().frame, factors_of(FACTOR, HEAT), gpc, year=2019)["1280"]
    homes = cells["I.1.2"]
    assert homes.tonnes == D(3030) * 59 / 1000 + D(210) * 100 / 1000
    assert [(part.carrier, part.mwh, part.tonnes) for part in homes.parts] == [
        ("electricity", 1000, D("59.000")), ("electricity", 2000, 118), ("electricity", 30, D("1.77")),
        ("heat", 10, 1), ("heat", 200, 20), ("heat", 0, 0),
    ]  # fmt: skip
    assert cells["II.2.2"].tonnes == D("4.72")  # 80 MWh of trains and charging
    assert (cells["II.1.2"].key, cells["II.1.2"].reason) == ("IE", "Ingår i II.2.2")
    without = inventory(shipped, gpc, "1280")
    beside = standard.with_scope2(without, cells)
    assert beside.territorial == without.territorial == beside.bridge.territorial
    assert beside.basic[1] - without.basic[1] == beside.scope2 == sum(c.tonnes or 0 for c in cells.values())
    assert "hela livscykeln" in homes.source


def test_what_is_hidden_cannot_be_worked_out(gpc, shipped):
    places = standard.scope2(energy_of().frame, factors_of(FACTOR, grid="norden"), gpc, year=2019)
    one = places["1281"]  # industry alone is hidden
    assert (one["I.3.2"].key, one["I.3.2"].tonnes) == ("C", None)
    assert "I.6.2" not in one
    told = standard.with_scope2(inventory(shipped, gpc, "1281"), one)
    assert (
        told.scope2 == sum(D(n) for n in (1000, 2000, 30, 400, 500, 70, 80)) * 59 / 1000
    )  # and no total of 10 080
    assert " I.3.2, " in told.missing
    assert next(row[4] for row in standard.table_rows(told) if row[0] == "I.3.2") is None
    two = places["0780"]  # two are hidden, so that their sum tells neither
    assert two["I.3.2"].key == two["I.5.2"].key == two["I.2.2"].key == "C"
    assert two["I.6.2"].tonnes == D(10080 - 4010) * 59 / 1000
    assert places["12"]["I.3.2"].key == "C"  # or the county would tell the one municipality
    joint = standard.joint_scope2(places, ["1280", "1281"])
    assert joint["I.3.2"].tonnes == 354
    assert "Minst: 1 av 2 kommuner saknas" in joint["I.3.2"].reason


def test_the_members_scope_2_is_that_of_their_municipalities_and_moves_no_other_sum(monkeypatch):
    (opened, _, codes), without = world(), printed()[0].places
    monkeypatch.setattr(sources, "energy", lambda _: energy_of().frame)
    monkeypatch.setattr(sources, "emission_factors", lambda _: factors_of(FACTOR))
    places = standard.basis(opened, codes).places
    assert places["members"].cells["I.1.2"].tonnes == D(3030 * 3 * 59) / 1000  # and not the county's
    assert "Minst: 37 av 40 kommuner saknas" in places["members"].cells["I.1.2"].reason
    for place, one in places.items():
        assert (one.territorial, one.bridge) == (without[place].territorial, without[place].bridge)


@pytest.mark.parametrize("seed", range(21))
def test_nothing_that_is_told_fixes_a_hidden_value(gpc, seed):
    """Five municipalities, two counties, the nation: no unit vector in the span of what is told."""
    chance, towns = random.Random(seed), ["1280", "1281", "1282", "0780", "0760"]
    kinds = {one.code: one.electricity for one in gpc.energy.categories if one.code in "98 931 921 911 941"}
    small = gpc.energy.model_copy(
        update={"categories": tuple(one for one in gpc.energy.categories if one.code in kinds)}
    )
    used = {(town, code): chance.randrange(1, 99) for town in towns for code in kinds}
    hidden = [key for key in used if chance.random() < (0.25, 0.5, 0.75)[seed % 3]]
    inside = {**{town: [town] for town in towns}, "12": towns[:3], "07": towns[3:], "0000": towns}
    rows = [
        (place, 2019, code, "electricity", sum(used[town, code] for town in own))
        for place, own in inside.items()
        for code in kinds
        if (place, code) not in hidden
    ]
    rows += [(place, 2019, code, "electricity", np.nan) for place, code in hidden]
    rows += [
        (place, 2019, "999", "electricity", sum(used[town, code] for town in own for code in kinds))
        for place, own in inside.items()
    ]
    frame = pd.DataFrame(rows, columns=["place_code", "year", "category", "carrier", "mwh"])
    rules = gpc.model_copy(update={"energy": small})
    cells = standard.scope2(frame, factors_of(FACTOR | {"value": 1000.0}), rules, year=2019)
    told = []
    for place, own in inside.items():
        of = {code: ref for code, ref in kinds.items() if cells[place][ref].key == "C"}
        for ref in {*kinds.values(), "I.6.2"} & {r for r, c in cells[place].items() if c.tonnes is not None}:
            codes = of if ref == "I.6.2" else [code for code in kinds if kinds[code] == ref]
            told.append([town in own and code in codes for town, code in hidden])
            rest = sum(used[town, code] for town in own for code in codes)
            assert cells[place][ref].tonnes == rest
        if place in towns:
            assert ("I.6.2" in cells[place]) == (len(of) >= 2)
    matrix = np.array(told, dtype=float).reshape(len(told), len(hidden))
    rank = np.linalg.matrix_rank(matrix) if hidden else 0
    for unit in np.eye(len(hidden)):
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) > rank
    if not hidden:
        assert not [c for place in cells.values() for c in place.values() if c.key == "C"]


def test_a_year_without_a_factor_is_not_estimated(gpc):
    cells = standard.scope2(energy_of().frame, factors_of(FACTOR | {"year": 2018}), gpc, year=2019)["1280"]
    assert {cell.key for ref, cell in cells.items() if ref != "II.1.2"} == {"NE"}
    assert "Emissionsfaktor saknas" in cells["I.1.2"].reason
    alone = standard.scope2(energy_of().frame, factors_of(FACTOR), gpc, year=2019)["1280"]
    assert alone["I.1.2"].tonnes == D("178.77")
    assert alone["I.1.2"].reason == "Emissionsfaktor saknas för fjärrvärme 2019"


@pytest.mark.parametrize(
    ("factor", "network", "message"),
    [
        *(({key: None}, {}, f"{key}") for key in ("source", "boundary", "year", "method", "gas")),
        ({"method": "market"}, {}, "market-based"),
        ({}, {"share": 0.6}, "sum to 0.6; expected 1"),
        ({"value": "59"}, {}, "value"),
    ],
)
def test_a_factor_without_its_origin_is_refused(factor, network, message):
    one = {key: value for key, value in (FACTOR | factor).items() if value is not None}
    with pytest.raises(InputError, match=message):
        factors_of(one, networks=[SHARE | network])


# ---- what goes out -----------------------------------------------------------------------------------
CIRIS = ("ciris", "cdp", "overview", "summary", "boundary", "governance", "disclosure", "questionnaire")
UNKNOWN = {"III.1.3", "III.2.3", "III.3.3", "III.4.3", "II.5.3", "VI.1"}
TEMPLATE = """Inventory year|GPC ref. no.|CRF - Sector|CRF - Sub-sector|Scope|Fuel type or activity
Notation key|Activity data - Amount|Activity data - Unit|Activity data - Description and Methodology
Activity data - Source
Activity data - Data Quality|Emission factor - Unit|Emission factor - CO2|Emission factor - CH4
Emission factor - N2O|Emission factor - Total CO2e|Emission factor - Biogenic CO2
Emission factor - Oxidation factor|Emission factor - Year|Emission factor - Scale
Emission factor - Description|Emission factor - Source|Emission factor - Data Quality
GHGs (metric tonnes CO2e) - CO2|GHGs (metric tonnes CO2e) - CH4|GHGs (metric tonnes CO2e) - N2O
GHGs (metric tonnes CO2e) - Total CO2e|GHGs (metric tonnes CO2e) - Biogenic CO2
Activity data conversion - original activity|Activity data conversion - original unit
Activity data conversion - conversion value|Activity data conversion - override used?"""  # the form's own


def reports_on(gpc, shipped, code, **more):
    one = inventory(shipped, gpc, code, **more)
    basis = standard.Basis(gpc, {code: one})
    return one, open_data.ecrf(one, basis, world()[0].project.params, name="Malmö", inhabitants=344166)


def test_the_form_is_read_back_by_its_importers_rules(gpc, shipped):
    one, data = reports_on(gpc, shipped, "1280")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["eCRF_1", "eCRF_2", "eCRF_3", "Om", "Brygga"]  # six would be another form
    assert not any(word in name.casefold() for name in book.sheetnames for word in CIRIS)
    heads, *rows = book["eCRF_3"].iter_rows(values_only=True)
    assert [*heads] == TEMPLATE.replace("\n", "|").split("|")
    read = [dict(zip(heads, row, strict=True)) for row in rows]
    total, gases = "GHGs (metric tonnes CO2e) - Total CO2e", ("CO2", "CH4", "N2O", "Biogenic CO2")
    values = {row["GPC ref. no."]: row[total] for row in read if row[total] is not None}
    keys = {row["GPC ref. no."]: row["Notation key"] for row in read if row["Notation key"]}
    assert (len(rows), len(values), len(keys)) == (48, 17, 31)
    assert all(type(value) in (int, float) for value in values.values())
    assert sum(D(str(value)) for value in values.values()) == D("893378.215")
    assert round(one.territorial + one.bridge.elsewhere, 3) == D("893378.215")
    assert values["III.3.1"] == 0.004
    assert {*keys.values()} <= {"NO", "NE", "C", "IE"}
    assert not {*keys} & {*values}
    assert not {*keys, *values} & UNKNOWN
    assert not any(row[f"GHGs (metric tonnes CO2e) - {gas}"] for row in read for gas in gases)
    scopes = {1: "Direct emissions", 2: "Indirect emissions", 3: "Outside city boundary"}
    for row in read:
        assert row["Scope"] == scopes[level_by_the_standard(row["GPC ref. no."])[1]]
        assert "utgåva 2021-10-14" in row["Activity data - Source"]
    assert ("", "Global Warming Potential", "AR4, sett i utgåvans egna tal") in [
        (row[0] or "", *row[1:]) for row in book["eCRF_1"].iter_rows(values_only=True)
    ]
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert [cell for cell in cells if "biogenic" in cell.casefold() and cell not in heads] == []
    of_basic = [cell for cell in cells if "BASIC" in cell]
    assert (
        len([*filter(re.compile(r"BASIC (\((del|part)\)|är en del)").match, of_basic)]) == len(of_basic) == 4
    )
    sums = {row[0]: row for row in book["eCRF_2"].iter_rows(values_only=True)}
    assert sums["Stationary energy > Institutional buildings & facilities"][2] == "IE"
    assert all(row[n] is None or not row[n + 1] for row in [*sums.values()][1:] for n in (1, 3, 5))
    assert {row[3] for name, row in sums.items() if name.startswith("Total")} == {None}  # and not nought
    own = sum(one.cells[ref].tonnes or 0 for ref in ("I.1.1", "I.2.1", "I.3.1", "I.5.1", "I.6.1"))
    assert D(str(sums["Total Stationary energy"][1])) == round(own, 3)  # without what the grids are sold


def test_a_table_says_what_is_missing_and_never_a_basic_that_is_whole(gpc, shipped):
    rows = standard.table_rows(inventory(shipped, gpc, "2580"))
    assert len(rows) == 53 + 4 + 5
    told = {label: (tonnes, reason) for _, label, _, _, tonnes, _, reason, *_ in rows}
    basic = [label for label in told if label.startswith("BASIC")]
    assert basic == ["BASIC (del), lägst", "BASIC (del), högst", "BASIC+ (del)"]
    for label in basic:
        assert "Saknas: I.1.2, I.2.2, I.3.2" in told[label][1]
    assert told["BASIC (del), lägst"][0] < told["BASIC (del), högst"][0] / 9
    for _, _, _, level, tonnes, key, reason, certainty, *_ in rows[:53]:
        assert (tonnes is None) == bool(key)
        assert level
        assert reason if key else certainty
    assert "BASIC" not in told["Databasens total"][1] + "".join(standard.BRIDGE.values())


@pytest.mark.parametrize("with_subsectors", [True, False])
def test_the_command_writes_tables_and_forms(tmp_path, monkeypatch, with_subsectors):
    root = copy_project(tmp_path / "projekt", tiny=False)
    monkeypatch.chdir(root)
    if with_subsectors:
        text = 'definition: ratio_of_sums\ngpc_year: 2019\ngpc_vintage: "2021-10-14"'
        if "gpc_year" not in (root / "params" / "2023.yml").read_text(encoding="utf-8"):
            edit(root / "params" / "2023.yml", "definition: ratio_of_sums", text)
    else:
        text = (root / "params" / "2023.yml").read_text(encoding="utf-8")
        text = re.sub(r"gpc_\w+:.*\n", "", text)
        (root / "params" / "2023.yml").write_text(text, encoding="utf-8")
    folder = open_data.write_inventories("params/2023.yml", ["1280", "12", "0000"])
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["0000.csv", "12.csv", *["1280-2019.xlsx"] * with_subsectors, "1280.csv"]
    text = root / "data" / "2023" / "gpc_processes.csv"
    text.write_text("municipality_code,year,process_t,source\n2580,2019,1600000.5,Verket\n", encoding="utf-8")
    codes = world()[2]
    places = standard.basis(sources.Inputs.open("params/2023.yml"), codes).places
    for ref in ("I.3.1", "IV.1") if with_subsectors else ():  # divided in one of the members
        assert places["members"].cells[ref].tonnes == sum(places[c].cells[ref].tonnes or 0 for c in codes)
    text = (folder / "1280.csv").read_text(encoding="utf-8")
    assert ("IV.2,Produktanvändning,1,BASIC+,48720.6" in text) == with_subsectors
    if not with_subsectors:
        assert "BASIC" not in text
        assert "huvudsektorer" in text
    with pytest.raises(UsageError, match="9999: no place has this code"):
        open_data.write_inventories("params/2023.yml", ["9999"])


# ---- mistakes that a page must not make --------------------------------------------------------------
def is_refused(act, error=(ClaimError, InputError, ValueError)):
    try:
        act()
    except error:
        return True
    return False


def factor_in_a_cell(gpc, ref="II.2.2", **changes):
    used = factors_of(FACTOR | changes, HEAT)
    return standard.scope2(energy_of().frame, used, gpc, year=2019)["1280"][ref]


def of_two_gases(gpc):
    """Scope 2 of two municipalities, one with a factor of all gases, and one with carbon dioxide's alone."""
    factors = (FACTOR | {"network": "a"}, FACTOR | {"network": "b", "gas": "CO2"})
    both = {"1280": "a", "1281": "b"}
    shares = [SHARE | {"municipality": m, "carrier": "electricity", "network": both[m]} for m in both]
    cells = standard.scope2(energy_of().frame, factors_of(*factors, networks=shares), gpc, year=2019)
    return standard.joint_scope2(cells, [*both])


def unchecked(**changes):
    """The factors of a file that was never held to the rules of the factors."""
    factor = Factor.model_construct(**FACTOR | changes)
    return EmissionFactors.model_construct(grid="norden", factors=(factor,), networks=())


def text_of(name):
    return (ROOT / "data" / "2023" / "texts" / name).read_text(encoding="utf-8")


MISTAKES = {  # each holds while the mistake is not made; one is Malmö's inventory
    "the database's total is called BASIC": lambda gpc, table, one: (
        not any("BASIC" in label for label in standard.BRIDGE.values())
        and one.basic[1] == sum(c.tonnes or 0 for c in one.cells.values() if c.reference.level == "BASIC")
        and one.basic_plus == one.territorial - one.cells["I.4.4"].tonnes + one.cells["II.4.3"].tonnes
    ),
    "what the grids are sold is added to what is bought from them": lambda gpc, table, one: (
        one.cells["I.4.4"].reference.scope == 1
        and is_refused(lambda: standard.with_scope2(one, {"I.4.4": one.cells["I.4.4"]}))
        and (one.scope2, standard.with_scope2(one, {}).territorial) == (None, one.territorial)
    ),
    "neighbours' waste is counted in both": lambda gpc, table, one: all(
        (one.cells[f"III.{n}.2"].key, one.cells[f"III.{n}.3"].key) == ("NE", "IE") for n in range(1, 5)
    ),
    "a residual mix is in a sum": lambda gpc, table, one: (
        is_refused(lambda: factors_of(FACTOR | {"method": "market"}))
        and standard._factor("1280", "electricity", unchecked(method="market"), 2019) is None
    ),
    "a factor of carbon dioxide is told as all gases": lambda gpc, table, one: (
        factor_in_a_cell(gpc, gas="CO2").gas == "CO2"
        and factor_in_a_cell(gpc, "I.1.2", gas="CO2").gas == "CO2 och CO2e"
        and "(norden 2019, CO2e, förbränning)" in factor_in_a_cell(gpc).source
        and "räknar bara koldioxid" in factor_in_a_cell(gpc, gas="CO2").reason
        and factor_in_a_cell(gpc).reason == ""
        and (both := of_two_gases(gpc)["I.1.2"]).gas == "CO2 och CO2e"
        and "räknar bara koldioxid" in both.reason
        and standard.table_rows(standard.with_scope2(one, {"I.1.2": both}))[1][-1] == both.gas
    ),
    "what is hidden is nought": lambda gpc, table, one: (
        standard.scope2(energy_of().frame, factors_of(FACTOR), gpc, year=2019)["1281"]["I.3.2"][1:3]
        == (None, "C")
    ),
    "what nobody estimated is nought": lambda gpc, table, one: all(
        row[4] is None for row in standard.table_rows(one)[:53] if row[5]
    ),
    "biogenic carbon dioxide is added": lambda gpc, table, one: (
        not any("biogen" in row.subsector.casefold() for row in gpc.rows)
        and one.territorial == sum(c.tonnes or 0 for c in one.cells.values() if c.reference.scope == 1)
    ),
    "international transport is added": lambda gpc, table, one: (
        inventory(table.loc[["1280"]].assign(**{
            row.id: D(9000) for row in gpc.rows if row.outside
        }), gpc, "1280").bridge == one.bridge
        and "med inrikes flyg" in next(each.label for each in gpc.groups if each.row == "transporter")
    ),
    "an export of carbon dioxide is told as all gases": lambda gpc, table, one: (
        is_refused(lambda: reports_on(gpc, table, "1280", gas="CO2"))
        and is_refused(lambda: inventory(of_carbon_dioxide(gpc), gpc, "0000", 2022, vintage="2024-04-18"))
    ),
    "two releases are compared": lambda gpc, table, one: (
        not [claim for claim in printed()[1] if claim.base_year or claim.previous_value is not None]
        and all("ska inte jämföras" in text_of(n) for n in ("gpc_inventory.md", "factsheet_gpc_notes.md"))
    ),
    "potentials are not told": lambda gpc, table, one: (
        printed()[0].potentials.startswith("AR4")
        and standard.Basis(gpc, {"1280": replace(one, vintage="2030")}).potentials == "inte känt för utgåvan"
        and "{{ potentials }}" in text_of("factsheet_gpc_notes.md")
        and "{inventories.potentials}" in (ROOT / "notebooks" / "45_gpc.ipynb").read_text(encoding="utf-8")
    ),
    "aviation is told as residents' flying": lambda gpc, table, one: (
        "under 1000 m" in one.cells["II.4.3"].reason
        and not any("invånar" in cell.reference.label.casefold() for cell in one.cells.values())
        and "inte invånarnas flygresor" in text_of("factsheet_gpc_notes.md")
    ),
    "consumption is told as covered": lambda gpc, table, one: (
        (one.cells["VI.1"].key, one.cells["V.2"].key) == ("NE", "NE")
        and "köper från andra håll ingår inte" in text_of("factsheet_gpc_notes.md")
    ),
    "a region is added to its municipalities": lambda gpc, table, one: is_refused(
        lambda: standard.pooled(table, ["12", "1280"])
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_not_made(gpc, shipped, mistake):
    assert MISTAKES[mistake](gpc, shipped, inventory(shipped, gpc, "1280"))


@pytest.mark.parametrize("name", ["gpc", "gpc_inventory", "factsheet_gpc", "factsheet_gpc_notes", "method"])
def test_no_text_tells_as_counted_in_what_no_inventory_has(name):
    words = validate((ROOT / "params" / "guard_words.yml").read_bytes(), GuardWords, file="guard_words.yml")
    text = re.sub(r"\{[{%].*?[%}]\}", "", text_of(f"{name}.md"))
    told = lint(text, Rules(words, ClaimBook()))
    assert [reason.text for one in told for reason in one.reasons if reason.rule == "covered"] == []


@cache
def printed():
    """Basis and claims of the members' inventory and groups, and of Malmö's inventory."""
    opened, _, codes = world()
    basis, params = standard.basis(opened, codes), opened.project.params
    emitted = sources.emissions(opened)
    book = ClaimBook(standard.group_claims(basis, emitted, codes, params, source="S: sektorer"))
    for place, who in (("members", "medlemmarna"), ("1280", "Malmö")):
        for claim in standard.inventory_claims(basis, place, who, params):
            book.record(claim)
    return basis, book


def test_claims_are_of_one_release_each_and_the_bridge_is_printed(gpc):
    params = world()[0].project.params
    basis, book = printed()
    assert basis.potentials == "AR4, sett i utgåvans egna tal"
    groups = [book.find(measure="gpc", part=one.row) for one in gpc.groups]
    assert {(c.vintage, c.data_year) for c in groups} == {(params.emissions_vintage, params.emissions_year)}
    bridge = [book.find(subject="members", measure="gpc", part=part) for part in standard.BRIDGE]
    assert {(c.vintage, c.data_year) for c in bridge} == {("2021-10-14", 2019)}
    assert bridge[0].value == sum(claim.value for claim in bridge[1:])
    of_basic = {"subject": "members", "measure": "gpc", "part": "basic"}
    low, high = (book.find(**of_basic, role=role) for role in ("low", "high"))
    assert (low.text, high.text) == ("6\u00a0636\u00a0058\u00a0ton", "10\u00a0942\u00a0159\u00a0ton")
    assert "BASIC (del)" in low.definition
    assert not [c for c in book if c.previous_value is not None]
    rows = {row[0]: row[1:] for row in standard.subsector_rows(basis, "1280", book)}
    assert len(rows) == 23 + 5  # with what is in neither BASIC nor BASIC+ apart
    assert sum(type(cell) is not str for row in rows.values() for cell in row) == 17
    assert rows["I.4.4 El- och värmeproduktion till nät"][0].text == "358\u00a0734\u00a0ton"
    assert rows["III.1 Deponi"][1:3] == ["", "NE"]
    assert "under 1000 m" in rows["II.4 Flyg"][3]
    assert rows["I.3 Industri och bygg"][3] == "Innehåller även IV.1, I.4.1, I.7.1 och I.8.1"
    steps = standard.bridge_steps(basis, "1280", book)
    assert abs(sum(claim.value for _, claim in steps[:-1]) - steps[-1][1].value) < D("0.00001")
    assert standard.bridge_steps(basis, "9999", book) == standard.subsector_rows(basis, "9999", book) == []
    assert "I.1.2, I.2.2" in basis.missing("members")
    for text in (ROOT / "data" / "2023" / "texts").glob("*.md"):
        for line in text.read_text(encoding="utf-8").split("\n"):
            assert "BASIC" not in line or "claim(" not in line or "del av BASIC" in line, line


def test_what_is_counted_twice_is_told_on_page_table_and_declaration_and_asked_about(
    gpc, shipped, monkeypatch
):
    monkeypatch.chdir(ROOT)
    lines = "\n".join(letter("params/2023.yml"))
    assert "produktanvändning 88\u00a0589\u00a0ton större än summan av sina undersektorer" in lines
    for name, claim in (("factsheet_gpc_notes.md", "gpc-own-twice"), ("method.md", "gpc-members-twice")):
        text = text_of(name)
        assert f'{{{{ claim("{claim}") }}}}' in text
        assert "sannolikt är räknad två gånger" in text or "sannolikt är räknad" in text
    listed = {row[1]: row[4] for row in standard.table_rows(inventory(shipped, gpc, "1280"))}
    assert round(listed["Lustgas, sannolikt räknad två gånger"], 3) == D("2944.031")


def test_the_dashboard_tells_keys_as_text_and_both_ends_of_the_part_of_basic():
    opened, rules, codes = world()
    told = dashboard_data(opened, ClaimBook())["gpc"]
    assert ([*told["of"]], told["year"], told["vintage"]) == (["1990", "2019"], 2019, "2021-10-14")
    for of_year in told["of"].values():
        assert [*of_year] == ["members", "0000", *codes]
        for one in of_year.values():
            keys = [told["words"][word][0] for word in told["patterns"][one["words"]]]
            assert len(keys) == len(told["references"]) == len(rules.references)
            assert None not in one["tonnes"] and len(one["tonnes"]) == keys.count("")
            assert {*keys} <= {"", "NO", "NE", "IE", "C"}
            assert sum(one["sectors"]) == pytest.approx(one["sums"][0], abs=1)
    assert told["of"]["2019"]["1280"]["sums"][1:] == [893372.971, 337112.129, 479050.401]
    assert (told["reason"], told["potentials"][:3]) == ("", "AR4")


def test_energy_balances_are_fetched_and_read_again_with_what_is_hidden(tiny):
    lund = [row for row in OBSERVED if row[0] == "1281 Lund"]
    (tiny / "data" / "energy.csv").write_bytes(in_form("csv", lund))
    source = (
        "\n  energy: {file: 'data/statistics/energy_{vintage}.csv', raw: data/energy.csv, vintage: '2025',"
    )
    with (tiny / "params" / "sources.yml").open("a", encoding="utf-8") as stream:
        stream.write(f"{source} publisher: SCB, title: Energi}}\n")
    (made,) = fetch(load_project("params/tiny.yml"))
    assert (made.file, made.rows, made.new) == ("data/statistics/energy_2025.csv", 18, True)
    edit(tiny / "params" / "tiny.yml", "base_year: 1990", "base_year: 1990\nenergy_vintage: '2025'")
    again = sources.energy(sources.Inputs.open("params/tiny.yml"))
    assert int(again["mwh"].isna().sum()) == 1
