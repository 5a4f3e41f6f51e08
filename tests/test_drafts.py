"""Drafts: each file of a draft says that it is one, whoever reads it; no file of what is final does."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import zipfile

import matplotlib.image
import openpyxl
import pypdf
import pytest

from conftest import collected
from klimatlib.claims import signatures
from klimatlib.claims.claims import read_claims
from klimatlib.report import document
from klimatlib.run import build
from klimatlib.share import channels, factsheets
from klimatlib.sources.inputs import Inputs
from test_sheets import Here

PARAMS = "params/tiny.yml"
# What a run, a person who signs or the next year reads again: the same in a draft and in what is final.
RECORDS = re.compile(r"claims\.csv|(claims|build|statements)\.json|\w+\.ipynb")
RUST = (122, 53, 16)  # the tab in a picture, or its frame


@pytest.fixture(scope="module")
def worlds(tiny_report, tiny_sheets, tmp_path_factory):
    """The tiny world twice, with its report, a sheet and the channels: as a draft, and signed and final."""
    folders = {}
    for kind in ("draft", "final"):
        root = folders[kind] = tmp_path_factory.mktemp(kind) / "värld"
        shutil.copytree(tiny_report, root)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(root)
            if kind == "final":
                sign_all(Inputs.open(PARAMS).project)
                build.report(PARAMS, renderer="embedded", final=True)
                factsheets.make_all(PARAMS, ["1281"], executor=Here())
            else:
                shutil.copytree(tiny_sheets / "outputs" / "tiny-sheets", root / "outputs" / "tiny-sheets")
            channels.make(PARAMS, draft=kind == "draft")
    return folders


def sign_all(project):
    book = read_claims((project.published / "claims.csv").read_bytes(), file="")
    page, signed = signatures.passages((project.published / "statements.json").read_bytes()), []
    about = {"date": dt.date(2024, 3, 1), "reasons": {passage.id: "Läst mot källan" for passage in page}}
    for name in ("Anna Ek", "Bo Åberg"):
        signed = signatures.sign([*book, *page], signed, name=name, **about)
    signatures.signatures_file(project).write_text(signatures.to_csv(signed), "utf-8")


def parts(path):
    """What each part of a file says that can be taken out of it: a page, a row, a sheet."""
    match path.suffix:
        case ".csv":
            return [*map(str, [*csv.reader(io.StringIO(path.read_text("utf-8")))][1:])]
        case ".docx":
            return [zipfile.ZipFile(path).read("word/header1.xml").decode()]
        case ".html":
            return [re.sub(r"<(style|script)\b.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL)]
        case ".pdf":
            return [page.extract_text() for page in pypdf.PdfReader(path).pages]
        case ".png":
            pixels = (matplotlib.image.imread(path)[..., :3] * 255).round()
            return ["UTKAST" if (pixels == RUST).all(axis=-1).sum() > 200 else ""]
        case ".xlsx":
            sheets = [[*sheet.iter_rows(values_only=True)] for sheet in openpyxl.load_workbook(path)]
            return [*map(str, sheets[:2]), *(str(row) for sheet in sheets[2:] for row in sheet[1:])]
    return [path.read_text("utf-8")]


def test_every_part_of_each_file_of_a_draft_says_so_and_none_of_what_is_final(worlds):
    home = {kind: root / "outputs" for kind, root in worlds.items()}
    files = {kind: [p for p in sorted(home[kind].glob("tiny*/**/*")) if p.is_file()] for kind in home}
    assert len({path.suffix for path in files["draft"]}) == 12
    drafts = [p for p in files["draft"] if p.parent.name == "data" or not RECORDS.fullmatch(p.name)]
    mark = re.compile('utkast|"final": false', re.I)
    assert [path for path in drafts if not all(map(mark.search, parts(path)))] == []
    for path in files["final"]:  # the code of a notebook may name a folder of drafts
        of_code = path.suffix == ".ipynb" or path.parent.name == "review"
        says = " ".join([*parts(path), path.read_bytes().decode("latin-1")])
        assert not re.search("utkast" if of_code else "utkast|draft", says, re.I), path


def test_a_chart_of_a_draft_has_the_data_of_that_of_a_final_report(worlds):
    for path in (worlds["draft"] / "outputs/tiny/figures").glob("*.csv"):
        final = worlds["final"] / "outputs/tiny/figures" / path.name
        assert document.unmarked(path.read_text("utf-8")) == final.read_text("utf-8")


def test_a_draft_is_laid_out_as_the_final_report(worlds):
    places = {}
    for kind, root in worlds.items():
        reader = pypdf.PdfReader(root / "outputs/tiny/report.pdf")
        marks = [mark for mark in reader.outline if not isinstance(mark, list)]
        pages = map(reader.get_destination_page_number, marks)
        places[kind] = [(m.title, page, round(m.top)) for m, page in zip(marks, pages, strict=True)]
    assert len(places["draft"]) > 5
    assert places["draft"] == places["final"]


def test_what_rests_on_a_report_is_final_only_while_that_is_final_whole_and_made_from_what_is_here(
    worlds, tmp_path, monkeypatch
):
    root = shutil.copytree(worlds["final"], tmp_path / "värld")
    monkeypatch.chdir(root)
    project = Inputs.open(PARAMS).project
    assert factsheets.why_draft(project) == ""
    since = "changed since outputs/tiny/ was made"
    for file, why in {
        "data/statistics/population_tiny.csv": since,
        "data/tiny/signatures.csv": since,
        "outputs/tiny/report.pdf": "changed",
    }.items():
        before = (root / file).read_bytes()
        (root / file).write_bytes(before + b"\n")
        assert factsheets.why_draft(project) == f"{file} {why}"
        (root / file).write_bytes(before)
    with monkeypatch.context() as patch:
        patch.setattr("klimatlib.execution.publishing.library_digest", lambda: "another")
        assert factsheets.why_draft(project) == "outputs/tiny/ was made by another klimatlib"
    draft = Inputs.open(PARAMS, start=worlds["draft"]).project
    assert factsheets.why_draft(draft) == "no final report is published in outputs/tiny/"
    shutil.rmtree(project.published)
    assert factsheets.why_draft(project) == "no final report is published in outputs/tiny/"


def test_a_final_sheet_whose_report_is_no_longer_that_of_its_data_is_made_again_as_a_draft(
    worlds, tmp_path, monkeypatch
):
    root = shutil.copytree(worlds["final"], tmp_path / "värld")
    monkeypatch.chdir(root)
    facts, home = root / "data" / "tiny" / "facts.yml", root / "outputs" / "tiny-sheets"
    facts.write_text(facts.read_text("utf-8").replace("{count: 60}", "{count: 61}"), "utf-8")
    with collected() as said:  # of the sheet itself nothing has changed
        factsheets.make_all(PARAMS, ["1281"], executor=Here())
    why = "data/tiny/facts.yml changed since outputs/tiny/ was made"
    assert f"they are drafts and say so: {why}" in said
    assert json.loads((home / "1281" / "manifest.json").read_bytes())["final"] is False
    assert '<span class="mark">utkast</span>' in (home / "index.html").read_text("utf-8")
