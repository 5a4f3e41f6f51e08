"""One report, three files, two renderers: the same headings, words, numbers, figures and tables."""

from __future__ import annotations

import datetime
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from klimatlib.render import find_renderer, render
from klimatlib.render.renderer import Renderer
from report_content import READERS, of_source
from test_render import write_source

DATE = datetime.date(2026, 11, 23)
STAND_IN = Path(__file__).with_name("stand_in_quarto.py")
# A real Quarto is compared where there is one; the stand-in runs what Quarto runs underneath.
RENDERERS = ["embedded", "stand-in", *(["quarto"] if shutil.which("quarto") else [])]


def renderer(name: str, folder: Path) -> Renderer:
    if name != "stand-in":
        return find_renderer(name)
    folder.mkdir()
    program = folder / "quarto"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" ok "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return find_renderer("quarto", path=str(folder))


@pytest.fixture(scope="module", params=RENDERERS)
def files(
    request: pytest.FixtureRequest, report_2023: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("parity")
    chosen = renderer(request.param, folder / "bin")
    return render(chosen, report_2023 / "report.qmd", folder / "out", date=DATE)


@pytest.mark.parametrize("kind", READERS)
def test_each_file_says_what_the_source_says_in_its_order(
    files: dict[str, Path], kind: str, report_2023: Path
) -> None:
    source, found = of_source(report_2023 / "report.qmd"), READERS[kind](files[kind])
    assert found.headings == source.headings
    assert found.words == source.words
    assert found.numbers == source.numbers
    assert found.captions == source.captions
    assert found.alts == source.alts
    assert found.tables == source.tables


def test_the_renderers_give_the_same_pdf_and_the_same_word_file(
    files: dict[str, Path], report_2023: Path
) -> None:
    assert files["pdf"].read_bytes() == (report_2023 / "report.pdf").read_bytes()
    html, docx = (READERS[kind](files[kind]) for kind in ("html", "docx"))
    assert asdict(html) == asdict(READERS["html"](report_2023 / "report.html"))
    assert asdict(docx) == asdict(READERS["docx"](report_2023 / "report.docx"))


@pytest.mark.parametrize("name", RENDERERS)
def test_every_building_block_says_the_same_in_all_three_files(name: str, tmp_path: Path) -> None:
    source = write_source(tmp_path / "in")
    made = render(renderer(name, tmp_path / "bin"), source, tmp_path / "out", date=DATE)
    expected = of_source(source)
    for kind, read in READERS.items():
        found = read(made[kind])
        assert found.words == expected.words, kind
        assert found.headings == expected.headings, kind
        assert (found.captions, found.alts, found.tables) == (
            expected.captions,
            expected.alts,
            expected.tables,
        )
