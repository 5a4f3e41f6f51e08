"""Charts and blocks show what was claimed, in the same bytes each time, and nothing in them runs."""

from __future__ import annotations

import dataclasses
import math
import re
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

import pandas as pd
import pytest
import seaborn
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import klimatlib
from conftest import copy_project, seal
from klimatlib.charts import blocks, charts
from klimatlib.charts.blocks import Block, escape, to_html
from klimatlib.claims.claims import Claim, ClaimBook
from klimatlib.errors import ClaimError, InputError, NotebookError
from klimatlib.indicators.emissions import TargetPath
from klimatlib.report import document
from klimatlib.report.html import outlines_to_text
from report_content import crowded_labels, wrong_axes

NUMBER = re.compile(r"[−+\d][\d,]*")


def claim(claim_id, value, text, year=2020, unit="t CO2e per capita", **typed):
    fields = {"kind": "level", "data_year": year, "definition": "d", "source": "s", **typed}
    return Claim(claim_id, 2023, Decimal(value), unit, text, **fields)


def share(claim_id, value, text, **typed):
    return claim(claim_id, value, text, unit="share", kind="share", **typed)


START, END = claim("before", "3.5", "3,50 ton", 2019), claim("now", "3.0", "3,00 ton")
LESS, NEW = claim("less", "-0.7", "−0,70 ton"), claim("new", "0.2", "+0,20 ton")
STEPS = [("Nivån 2019", START), ("Utsläppen minskade", LESS), ("Nya", NEW), ("Nivån 2020", END)]
SAID = {"headline": "Fynd", "caption": "Bild."}
WORDS = {**SAID, "unit": "Ton"}
WITH_ALT = {**WORDS, "alt": "Vad den visar."}
NAMES = [("Medlemmarna", charts.MEMBERS), ("Riket", charts.NATION)]
HALF, LOW, HIGH = share("s", "0.5", "50 %"), share("l", "0.4", "40 %"), share("h", "0.6", "60 %")
EARLIER = dataclasses.replace(HALF, id="e", previous_year=2019, previous_value=Decimal("0.9"))
DOTS = [("Ek", HALF, LOW, HIGH), ("Al", EARLIER, LOW, HIGH)]
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
    lambda: charts.dots("d", DOTS, data=pd.DataFrame(DOTS), **SAID),
    lambda: charts.lines("lines", [(*NAMES[1], [START, END]), (*NAMES[0], [START, END])], **WITH_ALT),
    lambda: charts.paired_bars("bars", BARS, names=("Medlemmarna", "Riket"), **WORDS),
    lambda: charts.goal_bars("goals", BARS, data=pd.DataFrame(BARS), **SAID),
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


def test_no_label_of_a_report_is_cut_off_or_stands_over_a_mark_or_another(
    report_2023, tiny_report, tmp_path, monkeypatch
):
    for folder in (report_2023, tiny_report / "outputs" / "tiny"):
        assert crowded_labels(folder / "figures") == []
    note = charts._note
    monkeypatch.setattr(
        charts, "_note", lambda axes, text, at, _, *more, **look: note(axes, text, at, (0, 0), *more)
    )
    monkeypatch.setattr(charts, "_settle", lambda *_: None)
    monkeypatch.setattr(charts, "apart", lambda values, **_: values)
    panels().write(tmp_path)
    faults = "".join(crowded_labels(tmp_path))
    assert "stands over a mark" in faults and "”1,1” stands over ”1,0”" in faults


def test_each_chart_stands_under_its_finding_and_no_table_tells_its_rows_again(report_2023, tiny_report):
    for folder in (report_2023, tiny_report / "outputs" / "tiny"):
        source = (folder / "report.qmd").read_text(encoding="utf-8")
        findings = re.findall(
            r"::: \{\.finding\}\n\n(.+)\n\n!\[.*Källa: .*\]\(figures/([a-z-]+)\.svg\)", source
        )
        charted = {path.stem: path.read_text(encoding="utf-8") for path in (folder / "figures").glob("*.csv")}
        assert [*sorted(name for _, name in findings)] == [*sorted(charted)]
        assert sum(".claim" in finding for finding, _ in findings) >= len(findings) - 2
        printed = re.findall(r"(?m)^\| ([^|]+) \|", source)
        for name, data in charted.items():
            rows = {line.split(",")[0].strip('"') for line in data.splitlines()[1:]}
            assert len(rows & {*printed}) < max(2, len(rows) / 2), f"{name} and a table"


def test_a_headline_is_held_to_its_claims_and_stands_in_the_picture_s_file(chapter):
    made = charts.waterfall("why", STEPS, **{**WORDS, "headline": "Nivån var {{ claim('now') }} {{ end }}"})
    block = chapter.chart(made, end=2020)
    number = '[3,00 ton]{.claim claim="now"}'
    assert block.markdown.startswith(f"::: {{.finding}}\n\nNivån var {number} 2020\n\n![Bild.")
    assert "now" in block.claims and 'class="claim"' in block.html
    svg = (chapter.out / "figures" / "why.svg").read_text(encoding="utf-8")
    assert "<title>Nivån var 3,00 ton 2020</title><desc>Bild." in svg
    false = dataclasses.replace(made, headline="Utsläppen ökade till {{ claim('now') }}")
    with pytest.raises(InputError, match=r"notebooks/scratch\.ipynb, headline of why: .*ökade"):
        chapter.chart(false)


def test_one_colour_is_the_accent_and_all_others_are_grey():
    for make in (*FORMS, *OF_A_SHEET):
        drawn = {*re.findall(r"#[0-9a-f]{6}", make().svg.decode())} - {charts.MEMBERS}
        parts = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in drawn]
        assert all(max(part) - min(part) <= 16 for part in parts), drawn


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


def bars(values=(3.5, 3.0), names=("2019", "2020"), form="%.1f"):
    axes = Figure().subplots()
    axes.bar_label(axes.bar(names, values, color="tab:red"), fmt=form)
    axes.set_title("Ton per invånare")
    return axes


def curves():
    frame = pd.DataFrame(
        {"År": [2019, 2020] * 2, "Ton": [3.5, 3.0, 3.4, 2.9], "Vem": ["Vi", "Vi", "De", "De"]}
    )
    return seaborn.lineplot(frame, x="År", y="Ton", hue="Vem", ax=Figure().subplots())


def by_width(width_mm):
    axes = charts.canvas(width_mm, 60)
    axes.barh(["Ett långt namn på en rad i ett diagram" if width_mm > 100 else "Kort"], [1.5])
    return axes


OWN = {"id": "own", "caption": "Min bild.", "alt": "Nivån sjunker."}


@pytest.mark.parametrize("drawn", [bars, curves, lambda: by_width, lambda: pd.Series([1, 2]).plot.bar()])
def test_what_an_analyst_draws_becomes_a_chart_of_the_house_at_both_widths(chapter, drawn):
    block = chapter.figure(drawn(), claims=["before", END], **OWN)
    assert block.claims == ("before", "now")
    assert block.markdown.startswith(
        '![Min bild. Källa: s.](figures/own.svg){#chart-own alt="Nivån sjunker."'
    )
    assert (chapter.out / "figures" / "own.csv").read_text("utf-8").splitlines()[-1] == 'd,2020,"3,00 ton"'
    for name, width in (("own.svg", 170), ("own-narrow.svg", 86)):
        svg = (chapter.out / "figures" / name).read_bytes()
        assert float(ElementTree.fromstring(svg).get("width")[:-2]) == pytest.approx(
            width / 25.4 * 72, abs=0.1
        )
        assert b"<dc:date>" not in svg and charts.MEMBERS.encode() in svg
        texts = words(svg)
        assert min(float(text.get("font-size")) for text in texts) >= 9
        assert not re.search(r"\d\.\d|2\s020", " ".join(text.text for text in texts))
    assert crowded_labels(chapter.out / "figures") == []


def shouting():
    axes = bars()
    axes.text(
        0.2, 1.2, "Ett mycket långt rop som inte får plats på en telefon eller i ett diagram med så lång text"
    )
    return axes


def over_a_line():
    axes = curves()
    axes.text(2019.5, 3.2, "över")
    return axes


@pytest.mark.parametrize(
    ("drawn", "more", "told"),
    [
        (bars, {"alt": " "}, "chart own: no alt; say in words"),
        (bars, {"id": "Own 1"}, "chart 'Own 1': expected small letters"),
        (lambda: 3, {}, "chart own: int, no axes of a figure"),
        (lambda: seaborn.barplot(pd.DataFrame({"a": [], "b": []}), x="a", y="b"), {}, "nothing is drawn"),
        (lambda: charts.canvas(170).plot([2019, 2020], [math.nan] * 2)[0].axes, {}, "own: nothing is drawn"),
        (lambda: bars((3.6, 3.0)), {}, "”3,6”: 3,6 is of no claim; name the claims"),
        (lambda: by_width(170), {}, "86 mm wide, its names leave no room for the marks; .*def draw"),
        (lambda: bars(names=("En kommun med långt namn", "En annan kommun med namn")), {}, "stands over ”En"),
        (shouting, {}, "is cut off"),
        (over_a_line, {}, "”över” stands over a mark"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed_is_told_in_one_message_with_what_to_write(chapter, drawn, more, told):
    with pytest.raises(NotebookError, match=told):
        chapter.figure(drawn(), claims=[START, END], **{**OWN, **more})
    with pytest.raises(ClaimError, match="no claim 'x'"):
        chapter.figure(bars(), claims=["x"], **OWN)


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            {"image/png": "x", "text/plain": "<Figure size 640x480>"},
            "a bare figure; write chapter.figure(axes",
        ),
        ({"text/plain": "<Axes: >"}, "a bare figure; write chapter.figure(axes, id="),
        ({"text/html": "<div><table></table>", "text/plain": "a"}, "a bare table; write chapter.table(frame"),
        ({"text/plain": "3"}, "no Markdown"),
    ],
)
def test_a_report_cell_that_shows_a_bare_figure_or_frame_is_told_what_to_write(output, told):
    cell = {"id": "40-05", "metadata": {"tags": ["report"]}, "outputs": [{"data": output}]}
    with pytest.raises(NotebookError) as refused:
        document._with_header({}, ["n"], {"n": {"cells": [cell]}})
    assert f"notebooks/n.ipynb, cell 40-05: tagged 'report' but shows {told}" in str(refused.value)
    if told != "no Markdown":  # beside a block too, for it would be lost without a word
        cell["outputs"].append({"data": {"text/markdown": "Text."}})
        with pytest.raises(NotebookError, match="but shows a bare"):
            document._with_header({}, ["n"], {"n": {"cells": [cell]}})


def test_an_analysts_frame_or_claims_become_a_table_and_a_bare_number_is_refused(chapter):
    frame = pd.DataFrame({"År": ["2019", "2020"], "Nivå": [START, END]})
    block = chapter.table(frame, id="levels", caption="Nivåer.")
    assert block.claims == ("before", "now")
    assert '| 2020 | [3,00 ton]{.claim claim="now"} |' in block.markdown
    assert BeautifulSoup(block.html, "html.parser").td["style"] == "text-align: left;"
    listed = chapter.table(["before", END], id="levels", caption="Nivåer.")
    assert listed == chapter.table(chapter.record([START, END]), id="levels", caption="Nivåer.")
    assert '| d | 2020 | [3,00 ton]{.claim claim="now"} |' in listed.markdown
    with pytest.raises(NotebookError, match="table t, column Nivå, row 1: float; expected a claim or text"):
        chapter.table(pd.DataFrame({"Nivå": [3.5]}), id="t", caption="Nivåer.")


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
