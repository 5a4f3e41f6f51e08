"""Charts with fewer bytes: the same picture, the same bytes each time."""

from __future__ import annotations

import pytest

from klimatlib.errors import RenderError
from klimatlib.report.html import minify_svg, policy, sealed

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
  <text>ett <tspan>två</tspan> <tspan>tre</tspan></text>
 </g>
 <defs><clipPath id="p1"><rect width="9.000" height="9"/></clipPath></defs>
</svg>"""


def test_a_chart_keeps_what_draws_in_fewer_bytes_and_its_letters_become_words():
    """Letters at the same place and size; a mark leaves its colours to its uses; ids of one page differ."""
    assert minify_svg(CHART, name="spread") == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
        '<text x="3" y="4.5" font-size="9.5" fill="#17261f">2 &amp; 3 ton</text>'
        '<text x="1" y="2" font-size="9.5" font-weight="600" fill="#17261f">Riket</text>'
        '<defs><path id="spread-0" d="M0 1L1 1z" stroke-width="0.5"/></defs>'
        '<use x="2" y="3" fill="#1a6e52" stroke="#ffffff" href="#spread-0"/>'
        '<rect x="1.23" width="2.5" height="1" clip-path="url(#spread-1)"/>'
        "<text>ett <tspan>två</tspan> <tspan>tre</tspan></text>"
        '<defs><clipPath id="spread-1"><rect width="9" height="9"/></clipPath></defs></svg>'
    )
    assert minify_svg(minify_svg(CHART)) == minify_svg(CHART)


def test_letters_stay_outlines_where_some_are_turned():
    turned = LETTERS.format(face="Figtree-Regular", place="3 4", turn=" rotate(90)")
    short = minify_svg(CHART.replace("<metadata>", f"<!-- Ton -->{turned}<metadata>"))
    assert short.count("<text") == 1
    assert short.count("<use") == 7


def test_nothing_that_runs_loads_or_links_gets_into_the_page():
    for foreign in (
        "<script>evil()</script>",
        '<a href="https://evil.se"><rect/></a>',
        "<foreignObject><p>evil</p></foreignObject>",
        '<rect onclick="evil()" width="1"/>',
        '<use href="evil.svg#a" width="1"/>',
        '<rect fill="url(evil)" width="1"/>',
    ):
        assert "evil" not in minify_svg(CHART.replace("<metadata>", f"{foreign}<metadata>"))


def test_the_charts_of_the_report_lose_three_quarters_of_their_bytes(report_2023):
    charts = [path.read_text(encoding="utf-8") for path in (report_2023 / "figures").glob("*.svg")]
    assert len(charts) >= 8
    assert sum(len(minify_svg(chart)) for chart in charts) < sum(map(len, charts)) / 4


@pytest.mark.parametrize("text", ["<svg>", "<p>nej</p>"])
def test_what_is_not_svg_is_one_clear_message(text):
    with pytest.raises(RenderError, match="not SVG"):
        minify_svg(text)


@pytest.mark.parametrize(
    "loading",
    ["<img src=x>", "<p onclick='y()'>", "<iframe></iframe>", "<style>p{background:url(x)}</style>"],
)
def test_a_page_may_speak_of_what_loads_and_may_not_load(loading):
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy(scripts=["x()"])}">'
    spoken = (
        '<meta name="author" content="&lt;img src=x onerror=y&gt; url(x)"><p title="a onclick=b">url(y)</p>'
    )
    page = "<html><head>{}</head><body>{}<script>x()</script></body></html>"
    assert sealed(page.format(head, spoken), script="x()")
    with pytest.raises(RenderError, match="which loads or runs"):
        sealed(page.format(head, loading), script="x()")
