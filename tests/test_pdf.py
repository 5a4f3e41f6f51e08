"""The PDF as its readers get it: valid by two standards, tagged, and complete to the last word."""

from __future__ import annotations

import datetime
import io
import re
import shutil
from typing import Any

import pypdf
import pytest
import typst
from PIL import Image
from pypdf.generic import NameObject

import verapdf
from klimatlib.config import load_project
from klimatlib.report import document
from klimatlib.report.html import ASSETS
from report_content import of_source, read_tags

BROKEN = {  # what is taken out, and the standards that then fail
    "untagged": (["/StructTreeRoot", "/MarkInfo"], {"ua1", "2a"}),
    "language": (["/Lang"], {"ua1"}),
    "metadata": (["/Metadata"], {"ua1", "2a"}),
}


@pytest.fixture(scope="module")
def reader(report_2023):
    return pypdf.PdfReader(report_2023 / "report.pdf")


@pytest.fixture(scope="module")
def texts(reader):
    """What stands on each page."""
    return [page.extract_text() for page in reader.pages]


@pytest.fixture(scope="module")
def tags(report_2023):
    return read_tags(report_2023 / "report.pdf")


@pytest.fixture(scope="module")
def source(report_2023):
    return of_source(report_2023 / "report.qmd")


def test_the_validator_finds_no_failure_by_either_standard_and_finds_what_was_broken_on_purpose(
    report_2023, tiny_report, tiny_sheets, tmp_path
):
    """One program looks at all PDFs of the tests: it takes longer to start than to look."""
    if reason := verapdf.missing():
        pytest.skip(reason)
    tiny = tiny_report / "outputs" / "tiny" / "report.pdf"
    whole = [report_2023 / "report.pdf", tiny, *sorted(tiny_sheets.glob("outputs/tiny-sheets/*/*.pdf"))]
    files = {}
    for name, (keys, _) in BROKEN.items():
        writer = pypdf.PdfWriter(clone_from=whole[-1])  # a sheet, which is looked at soon
        for key in keys:
            del writer.root_object[NameObject(key)]
        files[name] = tmp_path / f"{name}.pdf"
        writer.write(files[name])
    failures = verapdf.failures([*whole, *files.values()])
    assert len(whole) == 5
    assert {path: failures[path] for path in whole} == {path: [] for path in whole}
    for name, (_, standards) in BROKEN.items():
        assert standards <= {failure.split()[0] for failure in failures[files[name]]}, name


def test_no_word_stands_on_a_page_but_outside_the_tags(texts, tags, source):
    """What is on paper but not in the tags is decoration: running heads, page and goal numbers, UTKAST."""
    assert len(source.words) > 4_000
    tagged = {word for tag in tags.all("P", "TOC", "H1") for word in tag.text.split()}
    words = {"UTKAST", *source.words, *tagged}
    for page in texts:
        text = re.sub("[\u00ad\u2010]\\s*", "", page).replace("\u00ad", "")
        strange = [word for word in text.split() if word not in words and not word.isdigit()]
        assert len(strange) <= len(text.split()) // 20, strange  # what a plain extraction breaks apart


def test_headings_are_bookmarks_in_order_and_on_their_pages(reader, texts, source):
    marks = list(bookmarks(reader, reader.outline))
    titles = [(level, " ".join(title.split())) for level, title, _ in marks]
    assert titles == [(1, "Innehåll"), *source.headings]
    pages = [page for _, _, page in marks]
    assert pages == sorted(pages)
    for (_, title), page in zip(titles, pages, strict=True):
        assert title.split()[0] in texts[page], title


def test_contents_name_chapters_and_sections_and_no_address_is_parted(texts, source):
    listed = "".join(texts[1].split())
    assert [
        title for level, title in source.headings if level < 3 and "".join(title.split()) not in listed
    ] == []
    printed = " ".join(texts)
    addresses = {word.strip(".,") for word in source.words if "@" in word or "www." in word}
    assert addresses and [address for address in addresses if address not in printed] == []


def bookmarks(reader, entries, level=1):
    for entry in entries:
        if isinstance(entry, list):
            yield from bookmarks(reader, entry, level + 1)
        else:
            yield level, str(entry.title), reader.get_destination_page_number(entry)


def test_the_pdf_says_what_it_is_and_in_which_language(reader):
    root, stated = reader.trailer["/Root"], reader.metadata
    assert (root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == ("sv-SE", True)
    assert (stated.title, stated.author) == ("Verksamhetsberättelse 2023", "Klimatkommunerna")
    assert stated.creation_date.date() == datetime.date(2026, 11, 23)


def test_tables_have_header_cells_and_text_is_in_paragraphs_headings_lists_and_cells(tags):
    """A screen reader goes from paragraph to paragraph; text in nameless groups it cannot find."""
    assert len(tags.all("Table")) > 3
    for table in tags.all("Table"):
        head, *rows = table.all("TR")
        assert {cell.kind for cell in head.walk() if cell.kind in {"TH", "TD"}} == {"TH"}
        assert all(len(row.all("TH", "TD")) == len(head.all("TH")) for row in rows)
    (document,) = tags.all("Document")
    assert list(loose_texts(document)) == []


def loose_texts(tag):
    homes = {"P", "H1", "H2", "H3", "Caption", "TH", "TD", "Lbl", "LBody", "TOC", "Figure"}
    for part in tag.parts:
        if isinstance(part, str):
            yield from [part] if part.strip() else []
        elif part.kind not in homes:
            yield from loose_texts(part)


def test_foreign_passages_are_marked_and_only_the_vendored_typefaces_are_used(reader, report_2023):
    numbers = range(1, int(reader.trailer["/Size"]))
    objects = [thing for thing in map(reader.get_object, numbers) if isinstance(thing, dict)]
    foreign = re.findall(r"\[[^\]]+\]\{lang=en\}", (report_2023 / "report.qmd").read_text(encoding="utf-8"))
    streams = b"".join(page.get_contents().get_data() for page in reader.pages)
    elements = [element for element in objects if element.get("/Lang") == "en"]
    assert len(re.findall(rb"/Lang ?\(en\)", streams)) + len(elements) >= len(foreign) > 3
    faces = [face for face in objects if face.get("/Type") == "/FontDescriptor"]
    names = {re.sub(r"^/[A-Z]{6}\+|-.*", "", str(face["/FontName"])) for face in faces}
    assert names == {"Figtree", "Newsreader"}


def test_pages_are_a4_and_full_and_only_the_last_of_a_chapter_may_end_early(reader, texts):
    assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in reader.pages} == {(595, 842)}
    pages = reader.pages[2:-1]  # between cover, contents and back
    fill = [1 - (lowest_mm(page) - 24) / 247 for page in pages]
    # What a chapter opens has no running head; the page before ends its chapter.
    opens = ["Verksamhetsberättelse 2023" not in text for text in texts[2:-1]]
    early = [
        n
        for n, (full, last) in enumerate(zip(fill, [*opens[1:], True], strict=True), 3)
        if full < 0.6 and not last
    ]
    assert early == [] and min(fill) > 1 / 3
    assert sum(1 - full for full in fill) < len(reader.pages) / 20


def test_figures_and_tables_come_in_the_order_of_their_numbers(texts):
    for kind in ("Figur", "Tabell"):
        numbers = re.findall(rf"^{kind}\s(\d+)\.", "\n".join(texts), re.MULTILINE)
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)] and numbers


def lowest_mm(page):
    """Give the height over the paper's foot of the lowest text of a page, its running foot apart."""
    heights = []

    def note(text: str, outer: list[float], inner: list[float], *_: Any) -> None:
        height = (inner[4] * outer[1] + inner[5] * outer[3] + outer[5]) / 72 * 25.4
        if text.strip() and height > 20:
            heights.append(height)

    page.extract_text(visitor_text=note)
    return min(heights)


def test_the_back_has_the_licence_of_the_text_and_the_pages_address_as_a_code(tiny_report, tmp_path):
    import segno

    text = (tiny_report / "outputs" / "tiny" / "report.qmd").read_text("utf-8")
    address = "https://example.org/tiny/report.html"
    assert f"**På webben** {address}" in text
    assert "**Licens för texten** CC0" in text
    code = re.search(r'^web-code: "([01/]+)"$', text, re.M)[1]
    rows = ["".join(map(str, row)) for row in segno.make_qr(address, error="m").matrix]
    assert code.split("/") == rows
    side = len(rows) + 8  # with the quiet zone; ten pixels a module
    shutil.copy(ASSETS / "report.typ", tmp_path)
    page = f'#import "report.typ": qr\n#set page(width: {side}pt, height: {side}pt, margin: 0pt)\n'
    (tmp_path / "main.typ").write_text(f'{page}#qr("{code}", {side}pt)', encoding="utf-8")
    drawn = Image.open(io.BytesIO(typst.compile(str(tmp_path / "main.typ"), format="png", ppi=720)))
    grey = drawn.convert("L")
    seen = [
        "".join(str(int(grey.getpixel((10 * x + 45, 10 * y + 45)) < 128)) for x in range(len(rows)))
        for y in range(len(rows))
    ]
    assert seen == rows
    params = load_project("params/tiny.yml", start=tiny_report).params
    undecided = params.model_copy(update={"web_url": None, "text_licence": None})
    back = document.imprint(undecided, {}, [], document.Status("", ""), signers=[])
    assert "**Licens för texten** Småkommunerna har inte bestämt någon" in back
    assert "På webben" not in back
