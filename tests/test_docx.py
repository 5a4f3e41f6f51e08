"""The Word file as an editor gets it: styles, fields, alt texts and header rows that Word knows."""

from __future__ import annotations

import datetime
import itertools
import re
import runpy
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pypdf
import pytest

from conftest import ROOT
from klimatlib.report.html import ASSETS
from report_content import W, docx_style, docx_text, of_source

STYLES = {
    *("Title", "Subtitle", "heading 1", "heading 2", "heading 3", "Lead", "Fact Box Title", "Fact Box"),
    *(
        "Fact Box List",
        "Pull Quote",
        "Tile",
        "Person",
        "Image Caption",
        "Chart Headline",
        "Table Caption",
        "Table Heading",
    ),
    *("Table Heading Right", "Table Text", "Table Text Right"),
}


@pytest.fixture(scope="module")
def parts(report_2023):
    with zipfile.ZipFile(report_2023 / "report.docx") as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}  # no clock
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def document(parts):
    return ElementTree.fromstring(parts["word/document.xml"])


@pytest.fixture(scope="module")
def source(report_2023):
    return of_source(report_2023 / "report.qmd")


def fields(element):
    return [" ".join((one.text or "").split()) for one in element.iter(f"{W}instrText")]


def test_every_part_is_well_formed_every_link_leads_somewhere_and_the_properties_say_what_it_is(parts):
    named = [name for name in parts if re.search("(xml|rels)$", name)]
    roots = {name: ElementTree.fromstring(parts[name]) for name in named}
    for name in [name for name in parts if name.endswith(".rels")]:
        for link in roots[name]:
            target = Path(name).parent.parent / link.get("Target", "").lstrip("/")
            assert link.get("TargetMode") == "External" or target.as_posix() in parts, link.attrib
    assert datetime.date.today().isoformat().encode() not in parts["word/document.xml"]
    core = {entry.tag.rpartition("}")[2]: entry.text for entry in roots["docProps/core.xml"]}
    said = [core[name] for name in ("title", "creator", "language")]
    assert said == ["Verksamhetsberättelse 2023", "Klimatkommunerna", "sv-SE"]
    assert core["created"] == core["modified"] == "2026-11-23T12:00:00Z"


def test_looks_are_real_styles_and_none_is_set_by_hand(parts, document):
    names = {
        style.get(f"{W}styleId"): style.find(f"{W}name").get(f"{W}val")
        for style in ElementTree.fromstring(parts["word/styles.xml"]).iter(f"{W}style")
    }
    used = {docx_style(paragraph) for paragraph in document.iter(f"{W}p")} - {""}
    assert used <= set(names)
    assert {names[style] for style in used} >= STYLES
    assert "Compact" not in used  # what pandoc gives bare text
    by_hand = {"spacing", "ind", "pBdr", "shd", "jc", "tabs", "pageBreakBefore"}
    for paragraph in document.iter(f"{W}pPr"):
        assert not {child.tag.removeprefix(W) for child in paragraph} & by_hand


def test_the_committed_reference_has_the_styles_of_the_code():
    with zipfile.ZipFile(ASSETS / "reference.docx") as archive:
        committed = archive.read("word/styles.xml").decode()
    tool = runpy.run_path(str(ROOT / "tools" / "make_reference_docx.py"))
    assert tool["styles"]("</w:styles>") in committed, "run tools/make_reference_docx.py"


def test_a_tile_has_a_tab_inside_and_a_table_and_a_figure_stand_next_to_their_captions(document):
    shaped = [p for p in document.iter(f"{W}p") if docx_style(p) in {"Tile", "Person"}]
    assert len(shaped) >= 8
    for paragraph in shaped:
        assert len(list(paragraph.iter(f"{W}tab"))) == 1
        assert not list(paragraph.iter(f"{W}br"))
    body = [e for e in document.find(f"{W}body") if e.tag in {f"{W}p", f"{W}tbl"}]
    for before, element in itertools.pairwise(body):
        assert (element.tag == f"{W}tbl") == (docx_style(before) == "TableCaption")
        assert docx_style(before) != "CaptionedFigure" or docx_style(element) == "ImageCaption"


def test_tables_have_a_header_row_that_is_repeated_and_columns_as_wide_as_their_words_need(document):
    assert len(list(document.iter(f"{W}tbl"))) > 3
    for table in document.iter(f"{W}tbl"):
        first, *others = table.findall(f"{W}tr")
        assert first.find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in others)
        widths = [int(column.get(f"{W}w", "0")) for column in table.iter(f"{W}gridCol")]
        rows = [[docx_text(cell) for cell in row.iter(f"{W}tc")] for row in (first, *others)]
        for place, width in enumerate(widths):  # 95 twentieths of a point: a wide letter of 9.5 points
            longest = max((len(word) for row in rows for word in row[place].split(" ")), default=0)
            assert width >= 95 * longest, (rows[0], widths)


def test_no_row_is_parted_a_picture_speaks_once_and_each_chapter_begins_a_page(parts, document, source):
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in document.iter(f"{W}tr"))
    assert parts["word/document.xml"].count(b" descr=") == len(source.alts) + 1  # and the cover's
    body = [docx_style(paragraph) for paragraph in document.iter(f"{W}p")]
    before = [above for above, style in itertools.pairwise(body) if style == "Heading1"]
    assert {*before} == {"ChapterLabel"} and len(before) > 6
    styles = ElementTree.fromstring(parts["word/styles.xml"])
    looks = {style.get(f"{W}styleId"): style for style in styles.iter(f"{W}style")}
    assert looks["ChapterLabel"].find(f"{W}pPr/{W}pageBreakBefore") is not None
    assert all(looks[name].find(f"{W}pPr/{W}keepNext") is not None for name in ("FactBoxTitle", "FactBox"))


def test_libreoffice_opens_it_and_prints_every_chapter(report_2023, tmp_path, source):
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("needs LibreOffice (soffice)")
    command = [program, "--headless", f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"]
    command += ["--convert-to", "pdf", "--outdir", tmp_path, report_2023 / "report.docx"]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages)
    squeezed = "".join(text.split())
    assert [t for level, t in source.headings if level == 1 and "".join(t.split()) not in squeezed] == []


def test_the_language_is_swedish_and_foreign_passages_are_marked(parts, document, report_2023):
    default = ElementTree.fromstring(parts["word/styles.xml"]).find(f"{W}docDefaults//{W}lang")
    assert default.get(f"{W}val") == "sv-SE"
    assert b'themeFontLang w:val="en' not in parts["word/settings.xml"]
    foreign = re.findall(r"\{lang=en\}", (report_2023 / "report.qmd").read_text(encoding="utf-8"))
    marked = [one for one in document.iter(f"{W}lang") if one.get(f"{W}val") == "en"]
    assert len(marked) >= len(foreign) > 0


def test_contents_page_numbers_and_figure_numbers_are_fields_that_are_closed(parts, document, source):
    kinds = [caption.split()[0] for caption in source.captions]
    numbers = [f"SEQ {kind} \\* ARABIC" for kind in kinds]
    assert fields(document) == ['TOC \\o "1-2" \\h \\z \\u', *numbers]
    (footer,) = [name for name in parts if re.match("word/footer", name)]
    assert fields(ElementTree.fromstring(parts[footer])) == ["PAGE"]
    for name in ("word/document.xml", footer):
        marks = re.findall(rb'fldCharType="(\w+)"', parts[name])
        assert marks.count(b"begin") == marks.count(b"separate") == marks.count(b"end") > 0


def test_the_contents_name_the_headings_and_lead_to_them(document, source):
    lines = [p for p in document.iter(f"{W}p") if re.fullmatch(r"TOC\d", docx_style(p))]
    listed = [(int(docx_style(line)[3:]), " ".join(docx_text(line).split())) for line in lines]
    assert listed == [heading for heading in source.headings if heading[0] <= 2]
    targets = {mark.get(f"{W}name") for mark in document.iter(f"{W}bookmarkStart")}
    assert {link.get(f"{W}anchor") for line in lines for link in line.iter(f"{W}hyperlink")} <= targets
