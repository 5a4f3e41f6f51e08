"""A whole run on the tiny world: what comes out, the same bytes, and nothing half-done."""

from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path

import pytest

from klimatlib import build, publish
from klimatlib.errors import InputError, NotebookError

FILES = ["claims.csv", "manifest.json", "report.docx", "report.html", "report.pdf", "report.qmd"]


def hashes(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*")) if p.is_file()
    }  # fmt: skip


def edit_notebook(root: Path, name: str, *, cell: int, source: str) -> None:
    path = root / "notebooks" / f"{name}.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    book["cells"][cell]["source"] = source
    path.write_text(json.dumps(book), encoding="utf-8")


def test_a_run_leaves_the_report_its_claims_and_the_manifest(tiny_report):
    published = tiny_report / "outputs" / "tiny"
    assert [name for name in FILES if not (published / name).stat().st_size] == []
    assert sorted(p.name for p in (published / "notebooks").glob("*.ipynb")) == [
        f"{name}.ipynb"
        for name in ("10_members", "20_activities", "30_outreach", "40_emissions", "50_survey", "90_summary")
    ]
    assert sorted(p.name for p in tiny_report.glob("outputs/*")) == [".kept", ".lock-tiny", "tiny"]


def test_the_manifest_holds_the_hash_of_everything(tiny_report):
    published = tiny_report / "outputs" / "tiny"
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    outputs = hashes(published)
    del outputs["manifest.json"]
    assert manifest["outputs"] == outputs
    for path, known in {**manifest["inputs"], **manifest["notebooks"], **manifest["lock"]}.items():
        assert known == hashlib.sha256((tiny_report / path).read_bytes()).hexdigest(), path
    assert {"data/tiny/facts.yml", "data/tiny/texts/goal1.md", "params/tiny.yml"} <= set(manifest["inputs"])
    assert manifest["versions"]["papermill"]


def test_the_numbers_worked_out_by_hand_are_in_the_claims(tiny_report):
    text = (tiny_report / "outputs" / "tiny" / "claims.csv").read_text(encoding="utf-8")
    for start in (
        '"emissions-members-level","2023","5.2",',
        '"emissions-members-reduction","2023","0.35",',
        '"emissions-nation-change","2023","-0.4",',
        '"spread-without-2580","2023","2",',
        '"survey-kolsankor","2023","0.666667","share","67\u00a0%","2","3","4"',
        '"fact-activities-arsmote-participants-count","2023","60",',
    ):
        assert f"\n{start}" in text


def test_every_claim_that_is_printed_knows_its_cell(tiny_report):
    from klimatlib.claims.claims import read_claims

    published = tiny_report / "outputs" / "tiny"
    book = read_claims((published / "claims.csv").read_bytes(), file="claims.csv")
    claim = book["survey-kolsankor"]
    notebook = json.loads((published / "notebooks" / f"{claim.notebook}.ipynb").read_text(encoding="utf-8"))
    assert claim.cell in [cell["id"] for cell in notebook["cells"]]


def test_a_notice_is_on_the_report(tiny_report):
    html = (tiny_report / "outputs" / "tiny" / "report.html").read_text(encoding="utf-8")
    assert "Exempeldata. Alla uppgifter är påhittade." in html


def test_bad_data_stops_the_run_before_anything_is_written(tiny):
    (tiny / "data" / "tiny" / "survey.csv").write_text("question_id,k,n\nkolsankor,9,3\n", encoding="utf-8")
    before = hashes(tiny)
    with pytest.raises(InputError, match="a share over 1"):
        build.report("params/tiny.yml")
    assert hashes(tiny) == before


def test_a_failing_cell_is_named_and_the_published_folder_stays(tiny):
    published = tiny / "outputs" / "tiny"
    published.mkdir(parents=True)
    (published / "report.pdf").write_bytes(b"old")
    (tiny / "notebooks" / "report.yml").write_text(
        "chapters: [10_members]\nsummary: 10_members\norder: [10_members]\n", encoding="utf-8"
    )
    edit_notebook(tiny, "10_members", cell=3, source="1 / 0")
    told = r"notebooks/10_members\.ipynb, cell 10-03 \(1 / 0\): ZeroDivisionError: division by zero"
    with pytest.raises(NotebookError, match=told):
        build.report("params/tiny.yml")
    assert hashes(published) == {"report.pdf": hashlib.sha256(b"old").hexdigest()}
    kept = tiny / "outputs" / "failed-tiny" / "10_members.failed.ipynb"
    assert '"1 / 0"' in kept.read_text(encoding="utf-8")
    assert not (tiny / "outputs" / ".staging-tiny").exists()


def test_the_new_folder_takes_the_old_ones_place_whole(tmp_path):
    old, new = tmp_path / "2023", tmp_path / ".staging"
    for folder, text in ((old, "old"), (new, "new")):
        folder.mkdir()
        (folder / "report.pdf").write_text(text)
    publish.swap_in(new, old)
    assert (old / "report.pdf").read_text() == "new"


def test_an_error_after_the_swap_is_told_as_it_is(tmp_path):
    def publishing():
        with publish.staging(tmp_path / ".staging-2023", tmp_path / "2023") as stage:
            publish.swap_in(stage, tmp_path / "2023")
            raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))

    with pytest.raises(OSError, match="No space left") as error:
        publishing()
    assert error.value.filename == str(tmp_path)


def test_a_swap_that_was_cut_off_is_put_right(tmp_path):
    kept = tmp_path / ".old-2023"
    kept.mkdir()
    (kept / "report.pdf").write_text("old")
    publish.recover(tmp_path / "2023")
    assert (tmp_path / "2023" / "report.pdf").read_text() == "old"


def test_where_folders_cannot_be_exchanged_the_old_one_steps_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(publish, "_exchange", lambda one, other: False)
    test_the_new_folder_takes_the_old_ones_place_whole(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["2023"]
