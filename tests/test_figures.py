"""The charts: what they draw is what was claimed, in the same bytes each time."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klimatlib.charts import charts as figures
from klimatlib.charts.charts import path, stacked
from klimatlib.claims.claims import Claim
from klimatlib.indicators.emissions import TargetPath
from klimatlib.report.html import outlines_to_text


def claim(claim_id, value, text, year=2020, unit="t CO2e per capita"):
    return Claim(
        claim_id, 2023, Decimal(value), unit, text, "level", data_year=year, definition="d", source="s"
    )


START, END = claim("before", "3.5", "3,50 ton", 2019), claim("now", "3.0", "3,00 ton")
NUMBER = re.compile(r"[−+\d][\d,]*")
PARTS = [
    ("Utsläppen minskade", claim("less", "-0.7", "−0,70 ton")),
    ("Nya", claim("new", "0.2", "+0,20 ton")),
]
TOLD = {"caption": "Bild.", "alt": "Vad den visar.", "unit": "Ton"}


def waterfall(lacking=()):
    return figures.waterfall(
        "why", PARTS, start=("Nivån 2019", START), end=("Nivån 2020", END), lacking=lacking, **TOLD
    )


def spread(*values):
    rows = [(f"Ort {i}", claim(f"m-{i}", str(v), f"{v} ton")) for i, v in enumerate(values)]
    return figures.spread(
        "spread", rows, median=claim("mid", "2", "2 ton"), nation=claim("n", "4", "4 ton"), **TOLD
    )


def without_each():
    levels = claim("a", "2.5", "2,50 ton"), claim("b", "3.2", "3,20 ton")
    rows = [(name, level, level) for name, level in zip(("Alby", "Berga"), levels, strict=True)]
    return figures.without_each("without", rows, level=END, **TOLD)


def paths():
    share, level = claim("s", "0.63", "63 %", 2030, unit="share"), claim("t", "1.5", "1,5 ton", 2030)
    pace = claim("p", "0.03", "3,0 %", unit="share per year")
    targets = [TargetPath(2030, share, level, pace, pace)]
    return figures.paths("pace", [START, END], targets, **TOLD)


def panels():
    ours = [claim("a-1990", "2.0", "2,0\u00a0ton", 1990), claim("a-2020", "1.0", "1,0\u00a0ton")]
    nation = [claim("b-1990", "3.0", "3,0\u00a0ton", 1990), claim("b-2020", "1.05", "1,1\u00a0ton")]
    names = [("Medlemmarna", figures.MEMBERS), ("Riket", figures.NATION)]
    rows = [("Transporter", (ours, nation)), ("Industri", (nation, ours))]
    return figures.panels("panels", rows, names=names, heading="Sektor", **TOLD)


def dots():
    share = claim("s", "0.5", "50 %", unit="share")
    earlier = dataclasses.replace(share, id="e", previous_year=2019, previous_value=Decimal("0.9"))
    low, high = claim("l", "0.4", "40 %", unit="share"), claim("h", "0.6", "60 %", unit="share")
    rows = [("Biokol", share, low, high), ("Skolor", earlier, low, high), ("Mat", share, low, high)]
    return figures.dots("dots", rows, caption="Bild.", alt="Vad den visar.")


def lines():
    series = [("Riket", figures.NATION, [START, END]), ("Medlemmarna", figures.MEMBERS, [START, END])]
    return figures.lines("lines", series, **TOLD)


def bars():
    rows = [("Transporter", START, END), ("Industri", END, START), ("Jordbruk", END, END)]
    return figures.paired_bars("bars", rows, names=("Medlemmarna", "Riket"), **TOLD)


def goal_bars():
    goals = [("Inlägg", START, END), ("Följare", END, START), ("Nyhetsbrev", PARTS[1][1], END)]
    return figures.goal_bars("goals", goals, caption="Bild.", alt="Vad den visar.")


CHARTS = [
    *(waterfall, lambda: spread(1, 2, 3), lambda: spread(1, 2, 40), without_each, paths, panels),
    *(dots, lines, bars, goal_bars),
]


@pytest.mark.parametrize("make", CHARTS)
def test_a_chart_is_the_same_bytes_each_time_and_as_wide_as_the_text(make):
    one, other = make(), make()
    assert (one.svg, one.narrow) == (other.svg, other.narrow)
    width = float(re.search(rb'<svg [^>]*width="([\d.]+)pt"', one.svg)[1])
    assert width == pytest.approx(170 / 25.4 * 72, abs=0.1)
    assert one.alt
    assert one.caption


@pytest.mark.parametrize("make", CHARTS)
def test_a_charts_data_hold_the_printed_text_of_each_claim(make):
    chart = make()
    assert len(chart.claims) == len({*chart.claims}) >= 2
    assert len(chart.data) >= 2


@pytest.mark.parametrize("make", CHARTS)
def test_the_narrow_chart_says_the_same_in_type_of_nine_points(make):
    chart = make()
    wide, narrow = (texts(picture) for picture in (chart.svg, chart.narrow))
    told = {*NUMBER.findall(chart.data.to_csv(index=False, header=False))}
    shown = [told & {*NUMBER.findall(" ".join(found))} for found in (wide, narrow)]
    assert shown[0] == shown[1] != set()
    assert min(sizes(chart.narrow)) >= 9 <= min(sizes(chart.svg))
    assert float(ElementTree.fromstring(chart.narrow).get("width").removesuffix("pt")) < 245


def texts(svg):
    return [found.text for found in words(svg)]


def sizes(svg):
    return [float(found.get("font-size")) for found in words(svg)]


def words(svg):
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.fromstring(svg.decode(), ElementTree.XMLParser(target=builder))
    outlines_to_text(root)
    return list(root.iter("{http://www.w3.org/2000/svg}text"))


def test_small_panels_hold_all_years_of_each_curve_and_every_end_is_printed():
    chart = panels()
    assert chart.data.to_numpy().tolist()[:2] == [
        ["Transporter", "1990", "2,0\u00a0ton", "3,0\u00a0ton"],
        ["Transporter", "2020", "1,0\u00a0ton", "1,1\u00a0ton"],
    ]
    for picture in (chart.svg, chart.narrow):
        assert texts(picture).count("1,0") == texts(picture).count("1,1") == 2
        assert {"Transporter", "Industri", "Medlemmarna", "Riket"} <= {*texts(picture)}


def test_the_waterfall_goes_from_before_by_its_parts_to_now():
    data = waterfall([("Omräknad statistik", "okänt")]).data
    assert [*data["Del"]] == ["Nivån 2019", "Utsläppen minskade", "Nya", "Omräknad statistik", "Nivån 2020"]
    assert [*data["Värde"]] == ["3,50 ton", "−0,70 ton", "+0,20 ton", "okänt", "3,00 ton"]


def test_a_waterfall_of_nothing_but_its_ends_is_drawn():
    chart = figures.waterfall("why", [], start=("A", START), end=("B", END), **TOLD)
    assert len(chart.data) == 2


def test_a_single_member_is_drawn():
    assert [*spread(1).data["Kommun"]] == ["Ort 0", "Medianen", "Riket"]


def test_a_dashed_path_falls_by_the_same_percentage_each_year():
    assert path(2020, 8.0, 2023, 1.0) == ([2020, 2021, 2022, 2023], pytest.approx([8, 4, 2, 1]))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60).map(sorted), st.floats(0.01, 5))
def test_dots_of_one_lane_are_never_too_near(values, near):
    lanes = stacked(values, near=near)
    for lane in {*lanes}:
        own = [value for value, place in zip(values, lanes, strict=True) if place == lane]
        assert all(b - a >= near for a, b in pairwise(own))
