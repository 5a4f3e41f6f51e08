"""Charts and blocks show what was claimed, in the same bytes each time, and nothing in them runs."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import klimatlib
from conftest import copy_project, seal
from klimatlib.charts import blocks, charts
from klimatlib.charts.blocks import Block, escape, to_html
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.errors import ClaimError, NotebookError
from klimatlib.indicators.emissions import TargetPath
from klimatlib.report.html import outlines_to_text
from report_content import wrong_axes

NUMBER = re.compile(r"[−+\d][\d,]*")


def claim(claim_id, value, text, year=2020, unit="t CO2e per capita", **typed):
    fields = {"kind": "level", "data_year": year, "definition": "d", "source": "s", **typed}
    return Claim(claim_id, 2023, Decimal(value), unit, text, **fields)


def share(claim_id, value, text, **typed):
    return claim(claim_id, value, text, unit="share", kind="share", **typed)


START, END = claim("before", "3.5", "3,50 ton", 2019), claim("now", "3.0", "3,00 ton")
LESS, NEW = claim("less", "-0.7", "−0,70 ton"), claim("new", "0.2", "+0,20 ton")
STEPS = [("Nivån 2019", START), ("Utsläppen minskade", LESS), ("Nya", NEW), ("Nivån 2020", END)]
WORDS = {"caption": "Bild.", "unit": "Ton"}
WITH_ALT = {**WORDS, "alt": "Vad den visar."}
NAMES = [("Medlemmarna", charts.MEMBERS), ("Riket", charts.NATION)]
HALF, LOW, HIGH = share("s", "0.5", "50 %"), share("l", "0.4", "40 %"), share("h", "0.6", "60 %")
EARLIER = dataclasses.replace(HALF, id="e", previous_year=2019, previous_value=Decimal("0.9"))
OURS = [claim("a-1990", "2.0", "2,0\u00a0ton", 1990), claim("a-2020", "1.0", "1,0\u00a0ton")]
THEIRS = [claim("b-1990", "3.0", "3,0\u00a0ton", 1990), claim("b-2020", "1.05", "1,1\u00a0ton")]
PANELS = [("Transporter", (OURS, THEIRS)), ("Industri", (THEIRS, OURS))]
BARS = [("Transporter", START, END), ("Industri", END, START), ("Jordbruk", NEW, END)]
BELOW, ABOVE = claim("a", "2.5", "2,50 ton"), claim("b", "3.2", "3,20 ton")
TARGET, PACE = claim("t", "1.5", "1,5 ton", 2030), share("p", "0.03", "3,0 %")
TARGETS = [TargetPath(2030, share("f", "0.63", "63 %", year=2030), TARGET, PACE, PACE)]


def spread(*values):
    rows = [(f"Ort {i}", claim(f"m-{i}", str(v), f"{v} ton")) for i, v in enumerate(values)]
    lines = {"median": claim("mid", "2", "2 ton"), "nation": claim("n", "4", "4 ton")}
    return charts.spread("spread", rows, **lines, **WORDS)


def panels():
    return charts.panels("panels", PANELS, names=NAMES, heading="Sektor", **WITH_ALT)


FORMS = [
    lambda: charts.waterfall("why", STEPS, **WORDS),
    lambda: spread(1, 2, 3),
    lambda: spread(1, 2, 40),
    lambda: charts.without_each("w", [("Alby", BELOW, NEW), ("Berga", ABOVE, NEW)], level=END, **WORDS),
    lambda: charts.paths("pace", [START, END], TARGETS, **WITH_ALT),
    panels,
    lambda: charts.dots("d", [("Ek", HALF, LOW, HIGH), ("Al", EARLIER, LOW, HIGH)], caption="Bild."),
    lambda: charts.lines("lines", [(*NAMES[1], [START, END]), (*NAMES[0], [START, END])], **WITH_ALT),
    lambda: charts.paired_bars("bars", BARS, names=("Medlemmarna", "Riket"), **WORDS),
    lambda: charts.goal_bars("goals", BARS, caption="Bild."),
]
CURVES = [("Ek", OURS), ("Medlemmar", THEIRS), ("Riket", THEIRS)]
THREES = [("Transporter", START, END, NEW), ("Industri", END, START, NEW)]
OF_A_SHEET = [
    lambda: charts.factsheet_lines("k", CURVES, roomy=True, **WORDS),
    lambda: charts.factsheet_bars("s", THREES, names=("Ek", "Medlemmar", "Riket"), roomy=False, **WORDS),
]


def words(svg):
    builder = ElementTree.TreeBuilder(insert_comments=True)
    root = ElementTree.fromstring(svg.decode(), ElementTree.XMLParser(target=builder))
    outlines_to_text(root)
    return list(root.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("make", FORMS)
def test_a_chart_is_the_same_bytes_each_time_and_says_the_same_at_both_widths_in_type_of_nine_points(make):
    chart, other = make(), make()
    assert (chart.svg, chart.narrow) == (other.svg, other.narrow)
    sides = [ElementTree.fromstring(svg).get("width").removesuffix("pt") for svg in (chart.svg, chart.narrow)]
    assert [*map(float, sides)] == pytest.approx([170 / 25.4 * 72, 86 / 25.4 * 72], abs=0.1)
    assert chart.alt.endswith(".")
    assert len(chart.claims) == len({*chart.claims}) >= 2
    assert len(chart.data) >= 2
    wide, narrow = words(chart.svg), words(chart.narrow)
    in_data = {*NUMBER.findall(chart.data.to_csv(index=False, header=False))}
    drawn = [in_data & {*NUMBER.findall(" ".join(text.text for text in side))} for side in (wide, narrow)]
    assert drawn[0] == drawn[1] != set()
    assert min(float(text.get("font-size")) for text in (*wide, *narrow)) >= 9


def test_small_panels_hold_all_years_of_each_curve_and_every_end_is_printed():
    chart = panels()
    assert chart.data.to_numpy().tolist()[:2] == [
        ["Transporter", "1990", "2,0\u00a0ton", "3,0\u00a0ton"],
        ["Transporter", "2020", "1,0\u00a0ton", "1,1\u00a0ton"],
    ]
    for picture in (chart.svg, chart.narrow):
        texts = [text.text for text in words(picture)]
        assert texts.count("1,0") == texts.count("1,1") == 2
        assert {"Transporter", "Industri", "Medlemmarna", "Riket"} <= {*texts}


def test_the_waterfall_goes_from_before_by_its_parts_to_now():
    chart = charts.waterfall("why", STEPS, lacking=[("Omräknad statistik", "okänt")], **WORDS)
    names = ["Nivån 2019", "Utsläppen minskade", "Nya", "Omräknad statistik", "Nivån 2020"]
    assert [*chart.data["Del"]] == names
    assert [*chart.data["Värde"]] == ["3,50 ton", "−0,70 ton", "+0,20 ton", "okänt", "3,00 ton"]
    assert chart.alt == (
        "Vattenfallsdiagram. Från 3,50 ton 2019 till 3,00 ton 2020: "
        "utsläppen minskade −0,70 ton, nya +0,20 ton, omräknad statistik okänt."
    )


def test_a_chart_of_little_is_drawn_too():
    assert [*spread(1).data["Kommun"]] == ["Ort 0", "Medianen", "Riket"]
    assert len(charts.waterfall("why", [STEPS[0], STEPS[-1]], **WORDS).data) == 2


def test_every_label_of_an_axis_is_where_its_number_is(report_2023, tiny_report, tmp_path, monkeypatch):
    for folder in (report_2023, tiny_report / "outputs" / "tiny"):
        assert wrong_axes(folder / "figures") == []
    monkeypatch.setattr(charts.swedish, "number", lambda value, _: f"{value:.0f}")
    axis_of_halves().write(tmp_path)
    assert wrong_axes(tmp_path) != []


def axis_of_halves():
    """Return panels with ticks at 0, 1.5 and 3, which a formatter without decimals would label 0, 2 and 3."""
    high = [claim(f"h-{year}", value, f"{value} ton", year) for year, value in ((1990, "2.4"), (2020, "1.2"))]
    return charts.panels("halves", [("Transporter", (high, OURS))], names=NAMES, heading="Sektor", **WITH_ALT)


@pytest.mark.parametrize("make", [*FORMS, *OF_A_SHEET, axis_of_halves])
def test_every_number_of_an_axis_is_its_tick_in_every_form_and_width(make, monkeypatch):
    figures, as_svg = [], charts._as_svg
    monkeypatch.setattr(charts, "_as_svg", lambda figure: figures.append(figure) or as_svg(figure))
    make()
    for axis in (axis for figure in figures for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        labels = [label.get_text().removesuffix("\u00a0%") for label in axis.get_majorticklabels()]
        if labels and not re.search("[a-zåäö]", "".join(labels)):  # those are names of rows
            numbers = [float(label.replace("−", "-").replace(",", ".")) for label in labels]
            assert numbers == pytest.approx([*axis.get_majorticklocs()])


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60).map(sorted), st.floats(0.01, 5))
def test_dots_of_one_lane_are_never_too_near(values, near):
    lanes = charts.lanes(values, near=near)
    for lane in {*lanes}:
        own = [value for value, place in zip(values, lanes, strict=True) if place == lane]
        assert all(b - a >= near for a, b in pairwise(own))


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """What an analyst opens in a notebook of the tiny world."""
    monkeypatch.chdir(copy_project(tmp_path, tiny=True) / "notebooks")
    opened = klimatlib.open("tiny")
    opened.record([START, END])
    return opened


def test_an_analysts_axes_become_a_chart_with_claims_data_and_the_houses_type(chapter):
    axes = Figure().subplots()
    axes.plot([2019, 2020], [3.5, 3.0])
    axes.set_title("Nivån")
    data = pd.DataFrame({"År": ["2019", "2020"], "Nivå": [START, END]})
    block = chapter.figure(axes, "own", caption="Min bild.", alt="Nivån sjunker.", data=data)
    assert block.claims == ("before", "now")
    assert block.markdown.startswith(
        '![Min bild. Källa: s.](figures/own.svg){#chart-own alt="Nivån sjunker."'
    )
    own = chapter.out / "figures" / "own.csv"
    assert own.read_text(encoding="utf-8").splitlines()[-1] == '2020,"3,00 ton"'
    svg = own.with_suffix(".svg").read_bytes()
    assert "Nivån" in [text.text for text in words(svg)]
    assert b"<dc:date>" not in svg
    with pytest.raises(NotebookError, match="chart own: no alt"):
        chapter.figure(axes, "own", caption="Min bild.", alt=" ", data=data)
    with pytest.raises(ClaimError, match="no claim 'x'"):
        chapter.figure(axes, "own", caption="Min bild.", alt="a", data=data, claims=["x"])


def test_an_analysts_frame_becomes_a_table_and_a_bare_number_is_refused(chapter):
    frame = pd.DataFrame({"År": ["2019", "2020"], "Nivå": [START, END]})
    block = chapter.table(frame, "levels", caption="Nivåer.")
    assert block.claims == ("before", "now")
    assert '| 2020 | [3,00 ton]{.claim claim="now"} |' in block.markdown
    assert BeautifulSoup(block.html, "html.parser").td["style"] == "text-align: left;"
    with pytest.raises(NotebookError, match="table t, column Nivå, row 1: float; expected a claim or text"):
        chapter.table(pd.DataFrame({"Nivå": [3.5]}), "t", caption="Nivåer.")


def test_an_analyst_opens_a_report_by_its_year_or_file_with_what_it_published(chapter):
    published = chapter.inputs.project.root / "outputs" / "tiny" / "claims.csv"
    published.parent.mkdir(parents=True)
    chapter.book.write(published)
    seal(published.parent)
    for report in ("tiny", "params/tiny.yml"):
        opened = klimatlib.open(report)
        assert [claim.text for claim in opened.book] == ["3,50 ton", "3,00 ton"]
        assert opened.params.year == chapter.params.year


ANSWER = share(
    "survey-a", "0.5", "50 %", year=2023, k=1, n=2, members=3,
    definition='Andel som svarat "ja" & menat det', source="Test: <svar>",
)  # fmt: skip
NOTE = (
    "Andel som svarat &quot;ja&quot; &amp; menat det. n = 2 av 3 medlemmar. "
    "Dataår 2023. Källa: Test: &lt;svar&gt;."
)


def test_a_number_says_on_hover_what_it_rests_on_in_prose_tiles_and_tables():
    span = f'data-claim="survey-a" title="{NOTE}">50'
    assert span in to_html('[50 %]{.claim claim="survey-a"} svarade', [ANSWER])
    assert span in blocks.tiles(ClaimBook([ANSWER]), [("survey-a", "svarade")]).html
    assert span in blocks.table("t", ["Vad", "Hur"], [["svar", ANSWER]], caption="Svar").html
    assert "title=" not in to_html('[50 %]{.claim claim="survey-b"}', [ANSWER]), "of another chapter"


def test_a_box_has_its_title_as_a_line_and_a_long_table_leaves_the_widths_to_its_words():
    page = to_html('::: {.fact-box title="Tre <mål> & ett"}\nText.\n:::\n')
    assert '<p class="box-title">Tre &lt;mål&gt; &amp; ett</p>' in page
    assert "title=" not in page
    rows = [["en lång fråga " * 10, "ja"], ["kort", "nej"]]
    assert "width" not in blocks.table("t", ["Fråga", "Svar"], rows, caption="Svar").html


def test_the_look_reaches_nothing_outside_a_block():
    page = str(Block("Text.", "<p>Text.</p>")._repr_mimebundle_()["text/html"])
    style = re.fullmatch(r'<div class="klimatlib"><style>(.*)</style>\s*<p>Text.</p></div>', page, re.S)
    depth, outside = 0, ""
    for letter in style[1]:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        outside += letter if depth == 0 else ""
    assert outside.replace("}", "").strip() == ".klimatlib"
    assert "@" not in style[1]


def test_what_a_notebook_shows_neither_runs_nor_loads():
    texts = [
        "[länk](javascript:alert(1))",
        "[länk](data:text/html,x)",
        '[ord]{onmouseover="alert(1)" style="position:fixed"}',
        """[ord]{onclick="a alt=" title="x style=position:fixed"}""",
        '<div onclick="alert(1)">ord</div>',
        "<script>alert(1)</script>",
        "`<img src=x onerror=alert(1)>`{=html}",
        '![bild](https://example.org/x.png){onerror="alert(1)"}',
    ]
    page = BeautifulSoup(to_html("\n\n".join(texts)), "html.parser")
    assert page.get_text().count("ord") == 3
    assert not page.find_all(["script", "iframe"]) + page.find_all("img", src=True)
    named = [(key, str(value)) for tag in page.find_all(True) for key, value in tag.attrs.items()]
    assert [(k, v) for k, v in named if k.startswith("on") or k in {"style", "href", "src"}] == []


def test_a_link_to_the_web_and_an_alignment_stay():
    assert 'href="https://example.org/å"' in to_html("[x](https://example.org/å)").replace("%C3%A5", "å")
    assert "text-align: right;" in to_html("| a |\n|--:|\n| 1 |\n")


@pytest.mark.parametrize("text", [
    *("- x", "+ x", "1. x", "(2) x", "a) x", ": x", "::: {.lead}", "% x", "=== x", "# x", "> x", "| x"),
    *("&lt;b&gt;", "*x* _y_ `z`", "~~~", "x\n\n# y"),
])  # fmt: skip
def test_foreign_text_is_one_line_of_the_very_same_signs(text):
    page = BeautifulSoup(to_html(escape(text)), "html.parser")
    assert [tag.name for tag in page.find_all(True)] == ["p"]
    assert page.get_text().strip() == " ".join(text.split())
