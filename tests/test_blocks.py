"""Blocks as Jupyter shows them: notes on hover, titles as lines, and a look that touches nothing else."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from bs4 import BeautifulSoup

from klimatlib.charts import blocks as tables
from klimatlib.charts.blocks import Block, escape, to_html
from klimatlib.claims.claims import Claim, ClaimBook

CLAIM = Claim(
    id="survey-a",
    year=2023,
    value=Decimal("0.5"),
    unit="share",
    text="50 %",
    kind="share",
    k=1,
    n=2,
    members=3,
    data_year=2023,
    definition='Andel som svarat "ja" & menat det',
    source="Test: <svar>",
)
NOTE = (
    "Andel som svarat &quot;ja&quot; &amp; menat det. n = 2 av 3 medlemmar. "
    "Dataår 2023. Källa: Test: &lt;svar&gt;."
)


def test_a_number_tells_on_hover_what_it_rests_on_in_prose_tiles_and_tables() -> None:
    told = f'data-claim="survey-a" title="{NOTE}">50'
    assert told in to_html('[50 %]{.claim claim="survey-a"} svarade', [CLAIM])
    book = ClaimBook([CLAIM])
    assert told in tables.tiles(book, [tables.Tile("survey-a", "svarade")]).html
    assert told in tables.table("t", ["Vad", "Hur"], [["svar", CLAIM]], caption="Svar").html


def test_a_number_of_another_chapter_has_no_note() -> None:
    assert "title=" not in to_html('[50 %]{.claim claim="survey-b"}', [CLAIM])


def test_a_box_has_its_title_as_a_line_of_its_own_and_not_on_hover() -> None:
    shown = to_html('::: {.fact-box title="Tre <mål> & ett"}\nText.\n:::\n')
    assert '<p class="box-title">Tre &lt;mål&gt; &amp; ett</p>' in shown
    assert "title=" not in shown


def test_a_table_with_a_long_row_leaves_the_widths_to_its_words() -> None:
    rows = [["en lång fråga " * 10, "ja"], ["kort", "nej"]]
    assert "width" not in tables.table("t", ["Fråga", "Svar"], rows, caption="Svar").html


def test_the_look_reaches_nothing_outside_a_block() -> None:
    bundle = Block("Text.", "<p>Text.</p>")._repr_mimebundle_()
    style = re.fullmatch(
        r'<div class="klimatlib"><style>(.*)</style>\s*<p>Text.</p></div>', str(bundle["text/html"]), re.S
    )
    assert style
    depth, outside = 0, ""
    for letter in style[1]:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        outside += letter if depth == 0 else ""
    assert outside.replace("}", "").strip() == ".klimatlib"
    assert "@" not in style[1]


@pytest.mark.parametrize(
    "text",
    [
        "[länk](javascript:alert(1))",
        "[länk](data:text/html,x)",
        '[ord]{onmouseover="alert(1)" style="position:fixed"}',
        '<div onclick="alert(1)">ord</div>',
        "<script>alert(1)</script>",
        "`<img src=x onerror=alert(1)>`{=html}",
        '![bild](https://example.org/x.png){onerror="alert(1)"}',
    ],
)
def test_what_a_notebook_shows_neither_runs_nor_loads(text) -> None:
    shown = BeautifulSoup(to_html(text), "html.parser")
    assert not shown.find_all(["script", "img", "iframe"], src=True) + shown.find_all("script")
    named = [(key, str(value)) for tag in shown.find_all(True) for key, value in tag.attrs.items()]
    assert [(k, v) for k, v in named if k.startswith("on") or k in {"style", "href", "src"}] == []


def test_a_link_to_the_web_and_an_alignment_stay() -> None:
    assert 'href="https://example.org/å"' in to_html("[x](https://example.org/å)").replace("%C3%A5", "å")
    assert "text-align: right;" in to_html("| a |\n|--:|\n| 1 |\n")


@pytest.mark.parametrize(
    "text",
    [
        *("- x", "+ x", "1. x", "(2) x", "a) x", ": x", "::: {.lead}", "% x", "=== x", "# x", "> x", "| x"),
        *("&lt;b&gt;", "*x* _y_ `z`", "~~~", "x\n\n# y"),
    ],
)
def test_foreign_text_is_one_line_of_the_very_same_signs(text) -> None:
    shown = BeautifulSoup(to_html(escape(text)), "html.parser")
    assert [tag.name for tag in shown.find_all(True)] == ["p"]
    assert shown.get_text().strip() == " ".join(text.split())
