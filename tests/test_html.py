"""Charts with fewer bytes: the same picture, the same bytes each time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from klimatlib.errors import RenderError
from klimatlib.report.html import shorten_path, slim

LETTERS = """<g style="fill: #17261f" transform="translate({place}) scale(0.095 -0.095){turn}">
   <defs><path id="{face}-e9" d="M 64 0 L 640 0 z" transform="scale(0.015625)"/></defs>
   <use xlink:href="#{face}-e9"/>
   <use xlink:href="#{face}-e9" transform="translate(49.015625 0)"/>
  </g>"""
CHART = f"""<?xml version="1.0" encoding="utf-8"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg"
 width="9pt" viewBox="0 0 9 9">
 <metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata>
 <style>*{{stroke: red}}</style>
 <g id="axes_1">
  <g id="line2d_4"/>
  <!-- 2 &amp; 3 ton -->
  {LETTERS.format(face="Figtree-Regular", place="3.000001 4.5", turn="")}
  <!-- Riket -->
  {LETTERS.format(face="Figtree-SemiBold", place="1 2", turn="")}
  <defs><path id="mark" d="M 0 1 L 1 1 z" style="stroke: #ffffff; stroke-width: 0.5"/></defs>
  <use xlink:href="#mark" x="2.0" y="3" style="fill: #1a6e52; stroke: #ffffff"/>
  <rect x="1.23456" width="2.5" height="1" clip-path="url(#p1)"/>
 </g>
 <defs><clipPath id="p1"><rect width="9.000" height="9"/></clipPath></defs>
</svg>"""


def numbers(path: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d*\.?\d+", path)]


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 10 20 L 15.5 20 L 15.5 18 z", "m10 20h5.5v-2z"),
        ("M 0 0 \nL 1 2 \nL 2 4 \n", "m0 0l1 2 1 2"),
        ("M 1 1 Q 2 2 3 1 Q 4 0 5 1", "m1 1q1 1 2 0 1-1 2 0"),
        ("M 1 1 L 2 2 z M 3 3 L 4 4", "m1 1l1 1zm2 2l1 1"),
        ("M 1 1 2 2 C 1 2 3 4 5 6", "m1 1l1 1c-1 0 1 2 3 4"),
        ("M 0.5 0.504 L -0.25 1e1", "m.5 .5l-.75 9.5"),
    ],
)
def test_a_path_is_written_relative_to_the_point_before(path: str, short: str) -> None:
    assert shorten_path(path) == short


def test_rounding_does_not_add_up_along_a_path() -> None:
    steps = [step * 0.333333 for step in range(1, 301)]
    path = "M 0 0 " + " ".join(f"L {step} {step}" for step in steps)
    assert sum(numbers(shorten_path(path))[2::2]) == pytest.approx(steps[-1], abs=0.005)


@pytest.mark.parametrize("path", ["M 1 1 A 5 5 0 0 1 3 3", "m 1 1 l 2 2", "M 1", "none!", ""])
def test_a_path_that_is_not_understood_stays(path: str) -> None:
    assert shorten_path(path) == path


def test_what_shows_nothing_goes_and_what_is_pointed_to_stays() -> None:
    short = slim(CHART)
    assert not re.search(r"metadata|rdf|axes_1|line2d|xlink|style|pt|Figtree|\n", short)
    assert short.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">')
    targets = re.findall(r'href="#(\w+)"', short) + re.findall(r"url\(#(\w+)\)", short)
    assert len(targets) == 2
    assert set(targets) == set(re.findall(r'id="(\w+)"', short))


def test_drawn_letters_become_words_at_the_same_place_and_size() -> None:
    short = slim(CHART)
    assert '<text x="3" y="4.5" font-size="9.5" fill="#17261f">2 &amp; 3 ton</text>' in short
    assert '<text x="1" y="2" font-size="9.5" font-weight="600" fill="#17261f">Riket</text>' in short


def test_letters_stay_outlines_where_some_are_turned() -> None:
    turned = LETTERS.format(face="Figtree-Regular", place="3 4", turn=" rotate(90)")
    short = slim(CHART.replace("<metadata>", f"<!-- Ton -->{turned}<metadata>"))
    assert "<text" not in short
    assert short.count("<use") == 7


def test_a_mark_leaves_its_colours_to_its_uses() -> None:
    short = slim(CHART)
    assert short.count("#ffffff") == 1
    assert 'fill="#1a6e52" stroke="#ffffff" href="#a"/>' in short


def test_the_charts_of_a_page_do_not_share_ids() -> None:
    assert 'clip-path="url(#spread-b)"' in slim(CHART, name="spread")
    assert 'id="spread-b"' in slim(CHART, name="spread")


@pytest.mark.parametrize(
    "foreign",
    [
        "<script>evil()</script>",
        '<a href="https://evil.se"><rect/></a>',
        "<foreignObject><p>evil</p></foreignObject>",
        '<image href="evil.png"/>',
        '<rect onclick="evil()" width="1"/>',
        '<use href="evil.svg#a" width="1"/>',
        '<rect style="background: url(evil)" width="1"/>',
        '<rect fill="url(evil)" width="1"/>',
    ],
)
def test_nothing_that_runs_loads_or_links_gets_into_the_page(foreign: str) -> None:
    assert "evil" not in slim(CHART.replace("<metadata>", f"{foreign}<metadata>"))


def test_the_words_of_a_chart_keep_their_spaces() -> None:
    words = "<text>ett <tspan>två</tspan> <tspan>tre</tspan></text>"
    assert words in slim(f'<svg xmlns="http://www.w3.org/2000/svg">\n {words}\n</svg>')


def test_a_slimmed_chart_is_slim_and_is_the_same_each_time() -> None:
    assert slim(CHART) == slim(CHART)
    assert slim(slim(CHART)) == slim(CHART)


def test_the_charts_of_the_report_lose_three_quarters_of_their_bytes(report_2023: Path) -> None:
    charts = [path.read_text(encoding="utf-8") for path in (report_2023 / "figures").glob("*.svg")]
    assert len(charts) >= 8
    assert sum(len(slim(chart)) for chart in charts) < sum(map(len, charts)) / 4


@pytest.mark.parametrize("text", ["", "<svg>", "<p>nej</p>", "<svg/>"])
def test_what_is_not_svg_is_one_clear_message(text: str) -> None:
    with pytest.raises(RenderError, match="not SVG"):
        slim(text)
