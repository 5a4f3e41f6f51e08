"""The PDF as its readers get it: valid by two standards, tagged, and complete to the last word."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdf
import pytest
from pypdf.generic import NameObject

import verapdf
from klimatlib.report.document import DRAFT
from report_content import Content, of_source
from tagged_pdf import Tag, read_tags

DATE = datetime.date(2026, 11, 23)


@pytest.fixture(scope="module")
def pdf(report_2023: Path) -> Path:
    return report_2023 / "report.pdf"


@pytest.fixture(scope="module")
def reader(pdf: Path) -> pypdf.PdfReader:
    return pypdf.PdfReader(pdf)


@pytest.fixture(scope="module")
def tags(pdf: Path) -> Tag:
    return read_tags(pdf)


@pytest.fixture(scope="module")
def source(report_2023: Path) -> Content:
    return of_source(report_2023 / "report.qmd")


def without(pdf: Path, target: Path, *keys: str) -> Path:
    writer = pypdf.PdfWriter(clone_from=pdf)
    for key in keys:
        del writer.root_object[NameObject(key)]
    writer.write(target)
    return target


@pytest.fixture(scope="module")
def verdicts(
    report_2023: Path, tiny_report: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    if reason := verapdf.missing():
        pytest.skip(reason)
    real, tiny = report_2023 / "report.pdf", tiny_report / "outputs" / "tiny" / "report.pdf"
    folder = tmp_path_factory.mktemp("broken")
    files = {
        "real": real,
        "tiny": tiny,
        "untagged": without(tiny, folder / "untagged.pdf", "/StructTreeRoot", "/MarkInfo"),
        "no language": without(tiny, folder / "language.pdf", "/Lang"),
        "no metadata": without(tiny, folder / "metadata.pdf", "/Metadata"),
    }
    found = verapdf.failures(list(files.values()))
    return {name: found[path] for name, path in files.items()}


@pytest.mark.parametrize("name", ["real", "tiny"])
def test_the_validator_finds_no_failure_by_either_standard(verdicts: dict[str, list[str]], name: str) -> None:
    assert verdicts[name] == []


@pytest.mark.parametrize(
    ("name", "standards"),
    [("untagged", {"ua1", "2a"}), ("no language", {"ua1"}), ("no metadata", {"ua1", "2a"})],
)
def test_the_validator_finds_what_was_broken_on_purpose(
    verdicts: dict[str, list[str]], name: str, standards: set[str]
) -> None:
    assert standards <= {failure.split()[0] for failure in verdicts[name]}


def test_no_word_stands_on_a_page_but_outside_the_tags(
    reader: pypdf.PdfReader, tags: Tag, source: Content
) -> None:
    """What is on paper but not in the tags is decoration: running heads, page and goal numbers, UTKAST."""
    told = {word for tag in tags.all("P", "TOC", "H1") for word in tag.text.split()}
    known = {DRAFT, *source.words, *told}
    for page in reader.pages:
        text = re.sub("[\u00ad\u2010]\\s*", "", page.extract_text()).replace("\u00ad", "")
        strange = [word for word in text.split() if word not in known and not word.isdigit()]
        assert len(strange) <= len(text.split()) // 20, strange  # what a plain extraction breaks apart


def test_headings_are_bookmarks_in_order_and_on_their_pages(reader: pypdf.PdfReader, source: Content) -> None:
    found = list(bookmarks(reader, reader.outline))
    titles = [(level, " ".join(title.split())) for level, title, _ in found]
    assert titles[0] == (1, "Innehåll")
    assert titles[1:] == source.headings
    pages = [page for _, _, page in found]
    assert pages == sorted(pages)
    for (_, title), page in zip(titles, pages, strict=True):
        text = reader.pages[page].extract_text()
        assert title.split()[0] in text, title


def bookmarks(reader: pypdf.PdfReader, entries: list[Any], level: int = 1) -> Iterator[tuple[int, str, int]]:
    for entry in entries:
        if isinstance(entry, list):
            yield from bookmarks(reader, entry, level + 1)
        else:
            yield level, str(entry.title), reader.get_destination_page_number(entry)


def test_the_pdf_says_what_it_is_and_in_which_language(reader: pypdf.PdfReader) -> None:
    assert reader.trailer["/Root"]["/Lang"] == "sv-SE"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Verksamhetsberättelse 2023"
    assert reader.metadata.author == "Klimatkommunerna"
    assert reader.metadata.creation_date.date() == DATE


def test_tables_have_header_cells(tags: Tag) -> None:
    assert len(tags.all("Table")) > 3
    for table in tags.all("Table"):
        head, *rows = table.all("TR")
        assert {cell.kind for cell in head.walk() if cell.kind in {"TH", "TD"}} == {"TH"}
        assert all(cell.attributes["Scope"] == "/Column" for cell in head.all("TH"))
        assert all(len(row.all("TH", "TD")) == len(head.all("TH")) for row in rows)


def test_text_is_in_paragraphs_headings_lists_and_cells(tags: Tag) -> None:
    """A screen reader goes from paragraph to paragraph; text in nameless groups it cannot find."""
    (document,) = tags.all("Document")
    homes = {"P", "H1", "H2", "H3", "Caption", "TH", "TD", "Lbl", "LBody", "TOC"}
    assert list(loose_texts(document, homes)) == []


def loose_texts(tag: Tag, homes: set[str]) -> Iterator[str]:
    for part in tag.parts:
        if isinstance(part, str):
            yield from [part] if part.strip() else []
        elif part.kind not in homes:
            yield from loose_texts(part, homes)


def test_foreign_passages_are_marked_as_such(reader: pypdf.PdfReader, report_2023: Path) -> None:
    foreign = re.findall(r"\[[^\]]+\]\{lang=en\}", (report_2023 / "report.qmd").read_text(encoding="utf-8"))
    streams = b"".join(page.get_contents().get_data() for page in reader.pages)
    elements = [one for one in all_objects(reader) if one.get("/Lang") == "en"]
    assert len(foreign) > 3
    assert len(re.findall(rb"/Lang ?\(en\)", streams)) + len(elements) >= len(foreign)


def all_objects(reader: pypdf.PdfReader) -> list[dict[str, Any]]:
    found = (reader.get_object(number) for number in range(1, int(reader.trailer["/Size"])))
    return [one for one in found if isinstance(one, dict)]


def test_every_typeface_is_inside_the_file(reader: pypdf.PdfReader) -> None:
    objects = all_objects(reader)
    faces = [one for one in objects if one.get("/Type") == "/FontDescriptor"]
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(face) for face in faces)
    names = {re.sub(r"^/[A-Z]{6}\+|-.*", "", str(face["/FontName"])) for face in faces}
    assert names == {"Figtree", "Newsreader"}


def test_pages_are_a4_upright(reader: pypdf.PdfReader) -> None:
    assert {(round(p.mediabox.width), round(p.mediabox.height)) for p in reader.pages} == {(595, 842)}


def lowest_mm(page: Any) -> float:
    """Give the height over the paper's foot of the lowest text of a page, its running foot apart."""
    heights = []

    def note(text: str, outer: list[float], inner: list[float], *_: Any) -> None:
        height = (inner[4] * outer[1] + inner[5] * outer[3] + outer[5]) / 72 * 25.4
        if text.strip() and height > 24:
            heights.append(height)

    page.extract_text(visitor_text=note)
    return min(heights)


def test_every_page_is_at_least_a_third_full(reader: pypdf.PdfReader) -> None:
    after_contents = reader.pages[2:]
    assert len(after_contents) >= 20
    sparse = [n for n, page in enumerate(after_contents, 3) if lowest_mm(page) > 24 + 247 * 2 / 3]
    assert sparse == []


@pytest.mark.parametrize(
    ("last", "before"),
    [("Tabell 2.", "Figur 1."), ("Byggande", "Påverkanspunkter"), ("Kolsänkor", "Byggande")],
)
def test_what_ends_a_chapter_stands_with_what_it_follows(
    reader: pypdf.PdfReader, last: str, before: str
) -> None:
    pages = [page.extract_text().replace("\u00a0", " ").splitlines() for page in reader.pages]
    both = [lines for lines in pages if any(line.startswith(last) for line in lines)]
    assert any(line.startswith(before) for lines in both for line in lines)
