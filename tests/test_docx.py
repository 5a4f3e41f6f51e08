"""The Word file as an editor gets it: styles, fields, alt texts and header rows that Word knows."""

from __future__ import annotations

import datetime
import itertools
import re
import runpy
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import ROOT
from klimatlib.report.html import ASSETS
from report_content import Content, W, docx_style, docx_text, of_source

STYLES = {
    "Title": "Title",
    "Subtitle": "Subtitle",
    "Heading1": "heading 1",
    "Heading2": "heading 2",
    "Heading3": "heading 3",
    "Lead": "Lead",
    "FactBoxTitle": "Fact Box Title",
    "FactBox": "Fact Box",
    "FactBoxList": "Fact Box List",
    "PullQuote": "Pull Quote",
    "Tile": "Tile",
    "Person": "Person",
    "ImageCaption": "Image Caption",
    "TableCaption": "Table Caption",
    "TableHeading": "Table Heading",
    "TableHeadingRight": "Table Heading Right",
    "TableText": "Table Text",
    "TableTextRight": "Table Text Right",
}


@pytest.fixture(scope="module")
def parts(report_2023: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(report_2023 / "report.docx") as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def document(parts: dict[str, bytes]) -> ElementTree.Element:
    return ElementTree.fromstring(parts["word/document.xml"])


@pytest.fixture(scope="module")
def source(report_2023: Path) -> Content:
    return of_source(report_2023 / "report.qmd")


def test_the_clock_is_in_no_part(report_2023: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(report_2023 / "report.docx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert datetime.date.today().isoformat().encode() not in parts["word/document.xml"]


def fields(element: ElementTree.Element) -> list[str]:
    return [" ".join((found.text or "").split()) for found in element.iter(f"{W}instrText")]


def test_every_part_is_well_formed_and_every_link_between_parts_leads_somewhere(
    parts: dict[str, bytes],
) -> None:
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            ElementTree.fromstring(part)
    for name in [name for name in parts if name.endswith(".rels")]:
        folder = Path(name).parent.parent
        for link in ElementTree.fromstring(parts[name]):
            if link.get("TargetMode") != "External":
                assert (folder / link.get("Target", "").lstrip("/")).as_posix() in parts, link.attrib
    types = {
        one.get("PartName", "").lstrip("/") for one in ElementTree.fromstring(parts["[Content_Types].xml"])
    }
    assert types - {""} <= set(parts)


def test_the_styles_are_used_and_are_real_ones(
    parts: dict[str, bytes], document: ElementTree.Element
) -> None:
    used = {docx_style(paragraph) for paragraph in document.iter(f"{W}p")}
    known = {
        style.get(f"{W}styleId"): style.find(f"{W}name").get(f"{W}val")
        for style in ElementTree.fromstring(parts["word/styles.xml"]).iter(f"{W}style")
    }
    assert used - {""} <= set(known)
    assert STYLES.items() <= {key: known[key] for key in used - {""}}.items()


def test_no_look_is_set_by_hand_on_a_paragraph(document: ElementTree.Element) -> None:
    by_hand = {"spacing", "ind", "pBdr", "shd", "jc", "tabs", "pageBreakBefore"}
    for paragraph in document.iter(f"{W}pPr"):
        assert not {child.tag.removeprefix(W) for child in paragraph} & by_hand


def test_the_committed_reference_has_the_styles_of_the_code() -> None:
    with zipfile.ZipFile(ASSETS / "reference.docx") as archive:
        committed = archive.read("word/styles.xml").decode()
    tool = runpy.run_path(str(ROOT / "tools" / "make_reference_docx.py"))
    assert tool["styles"]("</w:styles>") in committed, "run tools/make_reference_docx.py"


def test_no_paragraph_has_the_style_that_pandoc_gives_bare_text(document: ElementTree.Element) -> None:
    assert "Compact" not in {docx_style(paragraph) for paragraph in document.iter(f"{W}p")}


def test_a_tile_is_a_number_and_its_words_with_a_tab_between(document: ElementTree.Element) -> None:
    shaped = [p for p in document.iter(f"{W}p") if docx_style(p) in {"Tile", "Person"}]
    assert len(shaped) >= 8
    for paragraph in shaped:
        assert len(list(paragraph.iter(f"{W}tab"))) == 1
        assert not list(paragraph.iter(f"{W}br"))


def test_a_column_is_as_wide_as_its_words_need(document: ElementTree.Element) -> None:
    for table in document.iter(f"{W}tbl"):
        widths = [int(column.get(f"{W}w", "0")) for column in table.iter(f"{W}gridCol")]
        rows = [[docx_text(cell) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")]
        for place, width in enumerate(widths):  # 95 twentieths of a point: a wide letter of 9.5 points
            longest = max((len(word) for row in rows for word in row[place].split(" ")), default=0)
            assert width >= 95 * longest, (rows[0], widths)


def test_every_table_has_a_header_row_that_is_repeated(document: ElementTree.Element) -> None:
    tables = list(document.iter(f"{W}tbl"))
    assert tables
    for table in tables:
        first, *rest = table.findall(f"{W}tr")
        assert first.find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in rest)


def test_a_table_stands_next_to_its_caption(document: ElementTree.Element) -> None:
    body = [e for e in document.find(f"{W}body") if e.tag in {f"{W}p", f"{W}tbl"}]
    for before, element in itertools.pairwise(body):
        assert (element.tag == f"{W}tbl") == (docx_style(before) == "TableCaption")
        if docx_style(before) == "CaptionedFigure":
            assert docx_style(element) == "ImageCaption"


def test_the_language_is_swedish_and_foreign_passages_are_marked(
    parts: dict[str, bytes], document: ElementTree.Element, report_2023: Path
) -> None:
    default = ElementTree.fromstring(parts["word/styles.xml"]).find(f"{W}docDefaults//{W}lang")
    assert default.get(f"{W}val") == "sv-SE"
    assert b'themeFontLang w:val="en' not in parts["word/settings.xml"]
    foreign = re.findall(r"\{lang=en\}", (report_2023 / "report.qmd").read_text(encoding="utf-8"))
    marked = [one for one in document.iter(f"{W}lang") if one.get(f"{W}val") == "en"]
    assert len(marked) >= len(foreign) > 0


def test_contents_page_numbers_and_figure_numbers_are_fields(
    parts: dict[str, bytes], document: ElementTree.Element, source: Content
) -> None:
    found = fields(document)
    assert [field for field in found if field.startswith("TOC")] == ['TOC \\o "1-2" \\h \\z \\u']
    kinds = [caption.split()[0] for caption in source.captions]
    assert [field for field in found if field.startswith("SEQ")] == [
        f"SEQ {kind} \\* ARABIC" for kind in kinds
    ]
    footers = [ElementTree.fromstring(part) for name, part in parts.items() if "footer" in name]
    assert [fields(footer) for footer in footers] == [["PAGE"]]


def test_every_field_is_closed(parts: dict[str, bytes]) -> None:
    for name in [name for name in parts if re.match(r"word/(document|footer)", name)]:
        marks = re.findall(rb'fldCharType="(\w+)"', parts[name])
        assert marks.count(b"begin") == marks.count(b"separate") == marks.count(b"end") > 0


def test_the_contents_name_the_headings_and_lead_to_them(
    document: ElementTree.Element, source: Content
) -> None:
    lines = [p for p in document.iter(f"{W}p") if re.fullmatch(r"TOC\d", docx_style(p))]
    found = [(int(docx_style(line)[3:]), " ".join(docx_text(line).split())) for line in lines]
    assert found == [heading for heading in source.headings if heading[0] <= 2]
    targets = {mark.get(f"{W}name") for mark in document.iter(f"{W}bookmarkStart")}
    assert {link.get(f"{W}anchor") for line in lines for link in line.iter(f"{W}hyperlink")} <= targets


def test_the_properties_say_title_author_language_and_the_document_s_date(parts: dict[str, bytes]) -> None:
    core = {
        one.tag.rpartition("}")[2]: one.text for one in ElementTree.fromstring(parts["docProps/core.xml"])
    }
    assert core["title"] == "Verksamhetsberättelse 2023"
    assert core["creator"] == "Klimatkommunerna"
    assert core["language"] == "sv-SE"
    assert core["created"] == core["modified"] == "2026-11-23T12:00:00Z"
