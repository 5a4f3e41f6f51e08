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
RECORDS = re.compile(
    r"tiny[^/]*/(\d+/)?(claims\.csv|(claims|build|statements)\.json|(notebooks/)?\w+\.ipynb)"
)
RUST = (122, 53, 16)  # the tab in a picture, or its frame


@pytest.fixture(scope="module")
def worlds(tiny_report, tmp_path_factory):
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
            channels.make(PARAMS, draft=kind == "draft")
    return folders


def sign_all(project):
    book = read_claims((project.published / "claims.csv").read_bytes(), file="")
    page, signed = signatures.passages((project.published / "statements.json").read_bytes()), []
    about = {"date": dt.date(2024, 3, 1), "reasons": {passage.id: "Läst mot källan" for passage in page}}
    for name in ("Anna Ek", "Bo Åberg"):
        signed = signatures.sign([*book, *page], signed, name=name, **about)
    signatures.signatures_file(project).write_text(signatures.to_csv(signed), "utf-8")


def of_workbook(path):
    sheets = openpyxl.load_workbook(path)
    rows = [[*sheet.iter_rows(values_only=True)] for sheet in sheets]
    return [*map(str, rows[:2]), *(str(row) for sheet in rows[2:] for row in sheet[1:])]


def of_picture(path):
    pixels = (matplotlib.image.imread(path)[..., :3] * 255).round()
    return ["UTKAST" if (pixels == RUST).all(axis=-1).sum() > 200 else ""]


def of_manifest(path):
    return [path.read_text("utf-8").replace('"final": false', "UTKAST")]


def of_text(path):
    return [path.read_text("utf-8")]


def of_page(path):
    return [re.sub(r"<(style|script)\b.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL)]


# What each part of a file says that can be taken out of it: a page, a row, a sheet.
READERS = {
    **dict.fromkeys((".json", ".md", ".qmd", ".svg", ".txt", ".ipynb"), of_text),
    ".csv": lambda path: [*map(str, [*csv.reader(io.StringIO(path.read_text("utf-8")))][1:])],
    ".docx": lambda path: [zipfile.ZipFile(path).read("word/header1.xml").decode()],
    ".html": of_page,
    ".pdf": lambda path: [page.extract_text() for page in pypdf.PdfReader(path).pages],
    ".png": of_picture,
    ".xlsx": of_workbook,
}


@pytest.mark.parametrize("kind", ["draft", "final"])
def test_every_part_of_each_file_of_a_draft_says_so_and_none_of_what_is_final(worlds, kind):
    outputs = worlds[kind] / "outputs"
    files = [path for path in sorted(outputs.glob("tiny*/**/*")) if path.is_file()]
    names = {path: path.relative_to(outputs).as_posix() for path in files}
    assert {path.suffix for path in files} == READERS.keys()
    if kind == "draft":
        files = [path for path in files if not RECORDS.fullmatch(names[path])]
    readers = {path: of_manifest if path.name == "manifest.json" else READERS[path.suffix] for path in files}
    texts = {names[path]: readers[path](path) for path in files}
    if kind == "draft":
        wrong = [name for name, parts in texts.items() if not all("utkast" in part.lower() for part in parts)]
    else:  # the code of a notebook may name a folder of drafts
        code = re.compile(r"\.ipynb$|/review/")
        words = {name: "utkast" if code.search(name) else "utkast|draft" for name in texts}
        raw = {names[path]: path.read_bytes().decode("latin-1") for path in files}
        wrong = [
            name
            for name, parts in texts.items()
            if re.search(words[name], " ".join([*parts, raw[name]]), re.I)
        ]
    assert wrong == []


def test_a_chart_of_a_draft_has_the_data_of_that_of_a_final_report(worlds):
    for path in (worlds["draft"] / "outputs/tiny/figures").glob("*.csv"):
        final = worlds["final"] / "outputs/tiny/figures" / path.name
        assert document.unmarked(path.read_text("utf-8")) == final.read_text("utf-8")


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
