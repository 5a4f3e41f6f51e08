"""A published folder is held against its manifest, and made again."""

from __future__ import annotations

import json
import shutil

import pytest

from klimatlib import jobs, verify
from klimatlib.errors import InputError, IntegrityError, UsageError
from klimatlib.run import checks


def test_a_whole_folder_is_said_to_be_whole(made, said):
    count = len(json.loads((made / "outputs/tiny/manifest.json").read_text("utf-8"))["outputs"])
    verify.verify(made, "tiny")
    lines = said
    assert lines[0] == f"outputs/tiny: {count} files are as published"
    assert lines[1].startswith("what they were made from is as it was: ")


@pytest.mark.parametrize(
    ("name", "harm", "line"),
    [
        ("outputs/tiny/report.pdf", "flip", "  outputs/tiny/report.pdf changed"),
        ("outputs/tiny/claims.csv", "remove", "  outputs/tiny/claims.csv is gone"),
        ("outputs/tiny/mer.html", "add", "  outputs/tiny/mer.html appeared"),
        ("data/tiny/survey.csv", "flip", "  data/tiny/survey.csv, from which it was made, changed"),
        ("data/tiny/goals.csv", "remove", "  data/tiny/goals.csv, from which it was made, is gone"),
        ("params/tiny.yml", "flip", "  params/tiny.yml, from which it was made, changed"),
        ("notebooks/report.yml", "flip", "  notebooks/report.yml, from which it was made, changed"),
        ("requirements.lock", "flip", "  requirements.lock, from which it was made, changed"),
    ],
)  # fmt: skip
def test_what_is_not_as_published_is_named(made, name, harm, line):
    path = made / name
    if harm == "remove":
        path.unlink()
    elif harm == "add":
        path.write_text("x", encoding="utf-8")
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    with pytest.raises(IntegrityError) as caught:
        verify.verify(made, "tiny")
    assert str(caught.value).splitlines()[:2] == ["outputs/tiny is not as published: 1 difference", line]
    assert caught.value.exit_code == 1


def test_what_was_not_published_is_said_with_what_was(made):
    with pytest.raises(InputError, match=r"outputs/2019/manifest\.json: missing; published here: tiny"):
        verify.verify(made, "2019")


@pytest.mark.parametrize("name", ["../tiny", "/etc", ".kept", "", "a/b"])
def test_a_name_is_no_path(made, name):
    with pytest.raises(UsageError, match="expected a name as 2023"):
        verify.verify(made, name)


def test_a_number_that_does_not_come_out_again_is_named(made):
    published = made / "outputs" / "tiny"
    manifest = json.loads((published / "manifest.json").read_text("utf-8"))
    book = (published / "claims.csv").read_text("utf-8").replace('"5.2"', '"5.3"', 1)
    (published / "claims.csv").write_text(book, encoding="utf-8", newline="")
    manifest["outputs"]["claims.csv"] = jobs.digest(published / "claims.csv")
    manifest["klimatlib"]["library"] = "another"
    (published / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(IntegrityError, match=r"not the same: 1 difference\n  \S+ was 5\.3, is 5\.2"):
        verify.rebuild(made, "tiny")


def test_documents_that_another_library_makes_otherwise_are_named_and_no_fault(made, said, monkeypatch):
    published = made / "outputs" / "tiny"
    manifest = json.loads((published / "manifest.json").read_text("utf-8"))
    (published / "report.pdf").write_bytes(b"by another")
    manifest["outputs"]["report.pdf"] = jobs.digest(published / "report.pdf")
    (published / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    made_again = published.with_name("again")
    shutil.copytree(published, made_again)
    (made_again / "report.pdf").write_bytes(b"by us")
    monkeypatch.setattr(verify, "_made", lambda *_: made_again)
    with pytest.raises(IntegrityError, match=r"not the same: 1 difference\n  report\.pdf"):
        verify.rebuild(made, "tiny")
    manifest["versions"]["typst"] = "0.0"
    (published / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    verify.rebuild(made, "tiny")
    assert said[0].startswith("typst differs: 0.0, now ")
    assert said[-1] == "differs, made by others than then: report.pdf"


def test_a_table_of_statistics_that_is_not_the_one_its_source_tells_is_refused(made):
    sources, table = made / "params" / "sources.yml", made / "data" / "statistics" / "population.csv"
    text, mark = sources.read_text("utf-8"), "file: data/statistics/population.csv"
    assert mark in text
    sources.write_text(text.replace(mark, f"{mark}, sha256: {jobs.digest(table)}"), encoding="utf-8")
    checks.check_file("params/tiny.yml")
    table.write_bytes(table.read_bytes() + b"\n")
    with pytest.raises(InputError, match=r"population\.csv: is not .* params/sources\.yml tells"):
        checks.check_file("params/tiny.yml")


def test_a_fetched_table_that_is_not_the_one_that_was_fetched_is_refused(made):
    table = made / "data" / "statistics" / "population.csv"
    beside = table.with_suffix(".provenance.json")
    beside.write_text(json.dumps({"table_sha256": jobs.digest(table)}), encoding="utf-8")
    checks.check_file("params/tiny.yml")
    beside.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"population\.provenance\.json tells .*fetch it again"):
        checks.check_file("params/tiny.yml")
