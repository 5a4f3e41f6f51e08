"""A run on the tiny world: what comes out, what is stale, and whether it comes out again."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import edit, edit_notebook, unrendered
from klimatlib.claims import signatures
from klimatlib.claims.claims import read_claims
from klimatlib.config import Corrections, Questions, Sources, load_project
from klimatlib.errors import InputError, IntegrityError, NotebookError, UsageError
from klimatlib.execution import publishing
from klimatlib.execution.publishing import digest, digests, files_below
from klimatlib.run import build, checks, preview
from klimatlib.sources.inputs import Inputs, earlier_documents, published_claims, published_statements

PARAMS = "params/tiny.yml"
CHAPTERS = ["10_members", "20_activities", "30_outreach", "40_emissions", "45_gpc", "50_survey"]
SURVEY, GOAL = "data/tiny/survey.csv", "data/tiny/texts/goal1.md"
EMISSIONS = "data/statistics/emissions_tiny.csv"


def report(**options):
    return build.report(PARAMS, renderer="embedded", **options)


def add_byte(path):
    path.write_bytes(path.read_bytes() + b"\n")


def edit_json(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), encoding="utf-8")


def stale(choice="embedded"):
    """Why the whole report would be made anew, and the notebooks that would run."""
    lines = [line.partition(": ") for line in preview.explain(PARAMS, renderer=choice)]
    whole = [what.removeprefix("is made, because ") for name, _, what in lines if name == "tiny"]
    whole = [] if whole == ["nothing has changed, no step runs"] else whole
    return whole, [name for name, _, what in lines if what.startswith(("runs", "is bound anew"))]


# ---- what a run leaves


def test_a_run_leaves_the_report_its_claims_and_its_records_of_what_follows_from_the_inputs(tiny_report):
    published = tiny_report / "outputs" / "tiny"
    notebooks = sorted(p.stem for p in (published / "notebooks").glob("*.ipynb"))
    assert notebooks == [*CHAPTERS, "90_summary"]
    assert sorted(p.name for p in tiny_report.glob("outputs/*")) == [".kept", ".lock-tiny", "tiny"]
    manifest, record = (json.loads((published / f"{n}.json").read_bytes()) for n in ("manifest", "build"))
    outputs = digests(published)
    assert {f"report.{kind}" for kind in ("docx", "html", "pdf", "qmd")} < outputs.keys()
    del outputs["build.json"]
    assert {**manifest["outputs"], **record["outputs"]} == outputs
    assert [*manifest["outputs"]] == ["claims.csv"]  # git keeps what follows from the inputs alone
    assert {"klimatlib", "versions"}.isdisjoint(manifest)
    made_from = {**manifest["inputs"], **manifest["notebooks"], **manifest["lock"]}
    assert [*publishing.changed(tiny_report, made_from)] == []
    assert {"data/tiny/facts.yml", GOAL, PARAMS} <= {*manifest["inputs"]}
    assert record["versions"]["papermill"]


def test_the_numbers_worked_out_by_hand_are_in_the_claims_and_each_knows_its_cell(tiny_report):
    published = tiny_report / "outputs" / "tiny"
    book = read_claims((published / "claims.csv").read_bytes(), file="claims.csv")
    values = {
        "emissions-members-level": "5.2", "emissions-members-reduction": "0.35", "spread-without-2580": "2",
        "emissions-nation-change": "-0.4", "survey-kolsankor": "0.666667",
        "fact-activities-arsmote-participants-count": "60",
    }  # fmt: skip
    assert {name: str(book[name].value) for name in values} == values
    claim = book["survey-kolsankor"]
    assert (claim.text, claim.k, claim.n, claim.members) == ("67\u00a0%", 2, 3, 4)
    notebook = json.loads((published / "notebooks" / f"{claim.notebook}.ipynb").read_text(encoding="utf-8"))
    assert claim.cell in [cell["id"] for cell in notebook["cells"]]


def test_a_failing_cell_is_named_the_published_folder_stays_and_what_is_finished_is_kept(made):
    published, notebook = (made / "outputs" / "tiny", made / "notebooks" / "40_emissions.ipynb")
    before, text = digests(published), notebook.read_text(encoding="utf-8")
    edit(notebook, "chapter.close()", "\\n\\nchapter.close(1 / 0)")
    add_byte(made / GOAL)
    warned = "import warnings; warnings.warn('Glyph 10003 (CHECK MARK) missing from font(s) Source Sans 3.')"
    edit(made / "notebooks" / "10_members.ipynb", "chapter.close()", f"{warned}\\n\\nchapter.close()")
    message = (
        r"cell 40-30, \[26\] under “In the report”, line 3, chapter\.close\(1 / 0\): ZeroDivisionError: "
    )
    with pytest.raises(NotebookError, match=message):
        report()
    assert digests(published) == before
    failed = made / "outputs" / "failed-tiny" / "40_emissions.failed.ipynb"
    assert "close(1 / 0)" in failed.read_text(encoding="utf-8")
    assert not (made / "outputs" / ".staging-tiny").exists()
    notebook.write_text(text, encoding="utf-8")
    assert {"40_emissions", "50_survey"}.isdisjoint(stale()[1])
    kept = json.loads((made / "outputs/.kept/tiny/10_members/record.json").read_bytes())
    assert kept["problems"] == [  # which check tells of it
        ["notebooks/10_members.ipynb", "", "the charts' typeface has no '✓'; write it in words"]
    ]


# ---- publishing


@pytest.mark.parametrize("exchange", [True, False])
def test_the_new_folder_takes_the_old_ones_place_whole_and_a_swap_that_was_cut_off_is_put_right(
    tmp_path, monkeypatch, exchange
):
    if not exchange:
        monkeypatch.setattr(publishing, "_exchange", lambda one, other: False)
    published, aside = tmp_path / "2023", tmp_path / ".old-2023"
    published.mkdir()
    (published / "report.pdf").write_text("old")
    publishing.publish(published, lambda stage: (stage / "report.pdf").write_text("new") and None)
    assert (published / "report.pdf").read_text() == "new"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock-2023", "2023"]
    published.rename(aside)
    publishing.recover(published)
    assert (published / "report.pdf").read_text() == "new"


# ---- what is stale


def test_one_byte_more_in_any_input_is_seen_and_so_is_its_absence(made):
    tiny = Path(__file__).parent / "data" / "tiny"
    record = publishing.read_record(made / "outputs/.kept/tiny/run.json")
    for path in tiny.rglob("*"):
        name, file = path.relative_to(tiny).as_posix(), made / path.relative_to(tiny)
        if file.is_file() and path.parent.name != "channels":  # their texts are read by another command
            content, shared = file.read_bytes(), {m.home for m in (Questions, Sources, Corrections)}
            is_shared = name in shared
            add_byte(file)
            assert publishing.stale_inputs(made, record) == ([] if is_shared else [f"{name} changed"])
            file.unlink()
            gone = publishing.stale_inputs(made, record)
            assert (
                any(reason.startswith(f"{name}#") for reason in gone)
                if is_shared
                else f"{name} is gone" in gone
            )
            file.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "notebooks"),
    [
        (SURVEY, ["50_survey"]),
        (GOAL, ["20_activities"]),
        (PARAMS, [*CHAPTERS, "90_summary"]),
        ("requirements.lock", [*CHAPTERS, "90_summary"]),
    ],
)
def test_only_what_read_a_changed_file_runs_again(made, name, notebooks):
    add_byte(made / name)  # which changes no claim that the summary takes over
    assert stale() == ([f"{name} changed"], notebooks)


def test_of_a_notebook_its_cells_count_and_not_how_it_was_saved(made):
    name = "notebooks/40_emissions.ipynb"
    add_byte(made / name)
    assert stale() == ([], [])
    edit_notebook(made, "40_emissions", cell=0, source="# Utsläpp")
    assert stale() == ([f"{name} changed"], ["40_emissions"])


OWN = """corrections:
  - id: one
    file: data/%s
    where: {municipality_code: "0000", year: "1990"}
    column: population
    found: "1000"
    value: "1001"
    why: One more.
    decided: "2024-01-02"
"""
LATER = [  # what a later year writes into the files that all years share, and what is another report's
    ("questions", 'biokol?"}', 'biokol?", "2024": "Gör ni biokol?"}'),
    ("questions", "    comparable_with: [2022]", '      "2024": {counts_as_yes: [Jo], counts_as_no: [Nä]}\n'
     "    comparable_with: [2022, 2023]"),
    ("sources", "sources:", "sources:\n  a: {file: data/2024/goals.csv, publisher: P, title: T}\n"
     '  b: {file: "data/statistics/population_{vintage}.csv", publisher: P, title: T, raw: data/x.json}'),
    ("corrections", "", OWN % "statistics/population_2024.csv"),
]  # fmt: skip


def test_of_a_file_that_all_years_share_a_report_rests_on_what_it_uses(made):
    for name, old, new in LATER:
        path = made / "params" / f"{name}.yml"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
        assert old in text
    statistics = made / "data" / "statistics"
    shutil.copy(statistics / "population_tiny.csv", statistics / "population_2024.csv")
    checks.check_file(PARAMS)
    assert stale() == ([], [])
    build.verify(made, "tiny")
    table = "data/statistics/population_tiny.csv"
    for name, old, new, part, notebooks in (
        ("questions", "label: Biokol", "label: Kol", "2023 tiny", ["50_survey"]),
        ("sources", "Exempelbyrån", "Byrån", table, ["40_emissions"]),
        ("corrections", "population_2024", "population_tiny", table, ["40_emissions"]),
    ):
        path, key = made / "params" / f"{name}.yml", f"params/{name}.yml#{part}"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new), encoding="utf-8")
        assert stale() == ([f"{key} changed"], [*notebooks, "90_summary"])
        with pytest.raises(IntegrityError, match=f"{key}, from which it was made, changed"):
            build.verify(made, "tiny")
        path.write_text(text, encoding="utf-8")


def test_a_made_report_stands_until_a_file_that_was_looked_for_in_vain_appears(made):
    assert stale() == ([], [])
    for name, like in (("data/tiny/texts/new.md", GOAL), ("data/statistics/emissions_2099.csv", EMISSIONS)):
        shutil.copy(made / like, made / name)
        assert f"{name} appeared" in stale()[0]
        (made / name).unlink()


def test_another_library_or_another_package_makes_everything_stale(made, monkeypatch):
    for what, name in (("library_digest", "klimatlib"), ("environment_digest", "the installed packages")):
        with monkeypatch.context() as patch:
            patch.setattr(publishing, what, lambda: "other")
            assert stale() == ([f"{name} changed"], [*CHAPTERS, "90_summary"])


def test_every_file_of_the_library_and_every_package_counts_and_nothing_else(tmp_path, monkeypatch):
    home, packages = tmp_path / "klimatlib" / "execution", tmp_path / "packages"
    monkeypatch.setattr(publishing, "__file__", str(home / "publishing.py"))
    monkeypatch.setattr(publishing.sysconfig, "get_path", lambda _: str(packages))
    cached = publishing.library_digest, publishing.environment_digest
    of_the_library, of_packages = (function.__wrapped__ for function in cached)
    home.mkdir(parents=True)
    (packages / "pandas-3.0.0.dist-info").mkdir(parents=True)
    before = of_the_library(), of_packages()
    (home / "publishing.pyc").write_text("")
    (packages / "klimatlib-0.1.0.dist-info").mkdir()
    assert (of_the_library(), of_packages()) == before
    (home.parent / "report.lua").write_text("-- one comment")
    (packages / "pandas-3.0.0.dist-info").rename(packages / "pandas-3.0.1.dist-info")
    assert of_the_library() != before[0]
    assert of_packages() != before[1]


def test_another_renderer_is_seen_without_starting_it(made, tmp_path, monkeypatch):
    reason = "another renderer is asked for or installed"
    assert stale("auto")[0] == [reason]
    quarto = tmp_path / "bin" / "quarto"
    quarto.parent.mkdir()
    quarto.write_text("#!/bin/sh\nexit 1\n")
    quarto.chmod(0o755)
    monkeypatch.setenv("PATH", str(quarto.parent))
    edit_json(made / "outputs/.kept/tiny/run.json", renderer=build._renderer_asked_for("auto"))
    assert stale("auto")[0] == []
    quarto.write_text("#!/bin/sh\nexit 12\n")
    assert stale("auto")[0] == [reason]


def test_kept_files_that_are_not_as_they_were_are_not_used(made):
    folder = made / "outputs/.kept/tiny/50_survey"
    claims, record = folder / "chapters" / "50_survey.csv", folder / "record.json"
    assert publishing.load_record(folder) is not None
    for file, content in ((claims, claims.read_bytes().replace(b"67", b"76", 1)), (record, b'{"made": ')):
        before = file.read_bytes()
        file.write_bytes(content)
        assert publishing.load_record(folder) is None
        file.write_bytes(before)
    claims.unlink()
    assert publishing.load_record(folder) is None


def test_a_run_with_nothing_to_do_imports_nothing_heavy_and_tells_the_warnings_again(made):
    code = (
        "import sys; from klimatlib import cli\n"
        "sys.argv = ['klimatlib', 'report', 'tiny', '--renderer', 'embedded']\n"
        "try: cli.main()\n"
        "except SystemExit as end: print(end.code)\n"
        "print(sorted({'pandas', 'pydantic', 'matplotlib', 'papermill', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=made)
    first, *_, last, moved, end, heavy = done.stdout.splitlines()
    assert first.startswith("inputs checked: ")
    assert last.startswith("outputs/tiny/ is complete: nothing has changed")
    assert (moved, end, heavy) == ("since the report before: 0 claims new, 0 moved, 0 gone", "0", "[]")


def test_a_changed_answer_runs_its_chapter_and_when_it_is_put_back_all_is_as_a_run_from_nothing_made_it(
    made, said
):
    fresh = digests(made / "outputs/tiny")
    edit(made / SURVEY, "biokol,1", "biokol,2")
    published = report()
    taken_over = "outputs/.staging-tiny/chapters/50_survey.csv"
    runs = [f"ran 50_survey: {SURVEY} changed", f"ran 90_summary: {taken_over} changed"]
    steps = [line for line in said if line.startswith(("ran ", "kept "))]
    assert steps[:7] == [*(f"kept {name}" for name in CHAPTERS[:5]), *runs]
    book = read_claims((published / "claims.csv").read_bytes(), file="claims.csv")
    assert str(book["survey-biokol"].value) == "0.666667"
    (since,) = [line for line in said if line.startswith("since the report before: 0 claims new, ")]
    assert "(survey-biokol 33" in since.replace("\u00a0", " ") and since.endswith(", 0 gone")
    moved = {name for name, sha in digests(published).items() if sha != fresh[name]}
    pages = {f"review/{name}.html" for name in ("50_survey", "index", "sign")}
    assert moved > {"claims.csv", "dashboard.html", "report.docx", "report.html", "report.pdf", *pages}
    edit(made / SURVEY, "biokol,2", "biokol,1")
    report()
    assert digests(published) == fresh


# ---- another release of the statistics


def test_another_release_gives_its_newest_year_or_names_those_that_are_at_hand(tiny, said):
    folder = tiny / "data" / "statistics"
    text = (folder / "emissions_tiny.csv").read_text(encoding="utf-8").replace(",2020,", ",2019,")
    (folder / "emissions_older.csv").write_text(text, encoding="utf-8")
    older = Inputs.open(PARAMS)
    project = load_project(build.with_vintage(older, "older"))
    assert (project.name, project.data.name, project.published.name) == ("tiny@older", "tiny", "tiny@older")
    assert (project.params.emissions_vintage, project.params.emissions_year) == ("older", 2019)
    assert project.params.revisions == ("tiny",)
    assert said == ["warning: release older has no figures for 2020; data year is 2019"]
    with pytest.raises(InputError, match=r"data/statistics: no emissions_2099\.csv; at hand are older, tiny"):
        build.with_vintage(older, "2099")


# ---- held against the manifest, and made again


def test_a_whole_folder_is_said_to_be_whole_and_one_that_was_not_published_to_be_none(made, said):
    build.verify(made, "tiny")
    assert said[0] == f"outputs/tiny: {len(files_below(made / 'outputs/tiny')) - 2} files are as published"
    assert said[1].startswith("what they were made from is as it was: ")
    with pytest.raises(InputError, match=r"outputs/2019/manifest\.json: missing; published here: tiny"):
        build.verify(made, "2019")
    for name in ("../tiny", "/etc", ".kept", "", "a/b"):
        with pytest.raises(UsageError, match="expected a name as 2023"):
            build.verify(made, name)


@pytest.mark.parametrize(
    ("name", "harm", "what"),
    [
        ("outputs/tiny/report.pdf", add_byte, "changed"),
        ("outputs/tiny/manifest.json", add_byte, "changed"),
        ("outputs/tiny/claims.csv", Path.unlink, "is gone"),
        ("outputs/tiny/mer.html", Path.touch, "appeared"),
        *(
            (name, add_byte, "from which it was made, changed")
            for name in (SURVEY, PARAMS, "requirements.lock")
        ),
        ("data/tiny/goals.csv", Path.unlink, "from which it was made, is gone"),
    ],
)
def test_what_is_not_as_published_is_named_and_does_not_stand(made, name, harm, what):
    harm(made / name)
    with pytest.raises(IntegrityError) as caught:
        build.verify(made, "tiny")
    line = f"  {name}, {what}" if what.startswith("from") else f"  {name} {what}"
    assert str(caught.value).splitlines()[:2] == ["outputs/tiny is not as published: 1 difference", line]
    assert caught.value.exit_code == 1
    record = publishing.read_record(made / "outputs/.kept/tiny/run.json")
    reasons = build.stale(made, "tiny", record, choice="embedded", final=False)
    assert {*reasons} == {f"{name} {what.removeprefix('from which it was made, ')}"}


def test_a_number_that_does_not_come_out_again_is_named(made, monkeypatch):
    published = made / "outputs" / "tiny"
    again = shutil.copytree(published, published.with_name("again"))
    monkeypatch.setattr(build, "_made_again", lambda *_: again)  # made for promise D2, in the campaign
    edit(published / "claims.csv", '"5.2"', '"5.3"')
    edit_json(published / "manifest.json", outputs={"claims.csv": digest(published / "claims.csv")})
    (published / "build.json").unlink()  # as git keeps it
    with pytest.raises(IntegrityError, match=r"not the same: 1 difference\n  \S+ was 5\.3, is 5\.2"):
        build.rebuild(made, "tiny")


def test_documents_that_another_library_makes_otherwise_are_named_and_no_fault(made, said, monkeypatch):
    published = made / "outputs" / "tiny"
    again = shutil.copytree(published, published.with_name("again"))
    (again / "report.pdf").write_bytes(b"by another")
    monkeypatch.setattr(build, "_made_again", lambda *_: again)
    with pytest.raises(IntegrityError, match=r"not the same: 1 difference\n  report\.pdf"):
        build.rebuild(made, "tiny")
    versions = json.loads((published / "build.json").read_text("utf-8"))["versions"]
    edit_json(published / "build.json", versions={**versions, "typst": "0.0"})
    build.rebuild(made, "tiny")
    assert said[0].startswith("typst differs: 0.0, now ")
    assert said[-1] == "differs, made by others than then: report.pdf"


def test_a_table_of_statistics_that_is_not_the_one_its_source_or_its_fetching_tells_is_refused(made):
    table = made / "data" / "statistics" / "population_tiny.csv"
    mark, beside = f"file: data/statistics/{table.name}", table.with_suffix(".provenance.json")
    content = table.read_bytes()
    edit(made / "params" / "sources.yml", mark, f"{mark}, sha256: {digest(table)}")
    beside.write_text(json.dumps({"table_sha256": digest(table)}), encoding="utf-8")
    checks.check_file(PARAMS)
    add_byte(table)
    message = r"population_tiny\.csv: 2 problems\n  is not .* params/sources\.yml tells"
    with pytest.raises(InputError, match=message):
        checks.check_file(PARAMS)
    table.write_bytes(content)
    beside.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"population_tiny\.provenance\.json tells .*fetch it again"):
        checks.check_file(PARAMS)


# ---- a year's documents beside the report

DOCUMENT = "params/tiny-klimatlaget.yml"


def declare(root, date):
    entry = f'documents: [{{id: klimatlaget, title: Klimatläget, date: "{date}"}}]'
    edit(root / PARAMS, "minimum_cell: 1", f"minimum_cell: 1\n{entry}")


def test_a_document_of_the_year_is_a_whole_of_its_own_and_the_later_one_tells_what_it_printed(made):
    declare(made, "2023-11-20")
    before, folder = digests(made / "outputs/tiny"), made / "outputs/tiny-klimatlaget"
    with unrendered():
        assert build.report(DOCUMENT, renderer="embedded") == folder
    inputs = Inputs.open(DOCUMENT)
    items = [*published_claims(inputs, folder.name), *published_statements(inputs, folder.name)]
    reasons, names = dict.fromkeys((item.id for item in items), "Läst mot källan"), ("Anna Ek", "Bo Åberg")
    signed = [
        each
        for name in names
        for each in signatures.sign(items, [], name=name, date=dt.date(2023, 11, 20), reasons=reasons)
    ]
    file = made / "data/tiny/signatures-klimatlaget.csv"
    file.write_text(signatures.to_csv(signed), encoding="utf-8")
    build.report(DOCUMENT, renderer="embedded", final=True)
    build.verify(made, folder.name)
    text = (folder / "report.qmd").read_text("utf-8")
    assert 'title: "Klimatläget"' in text
    assert 'document-date: "2023-11-20"' in text
    assert "Läst och signerad av** Anna Ek och Bo Åberg" in text
    chapters = re.findall(r"^# (.+?) \{\.chapter", text, re.M)
    assert chapters == ["Klimatläget", "Metod"]
    assert text.index("#chart-survey") < text.index("#chart-emissions") < text.index("#chart-spread")
    ran = sorted(path.stem for path in (folder / "notebooks").glob("*.ipynb"))
    assert ran == ["10_members", "40_emissions", "50_survey", "90_summary"]
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert (manifest["final"], [*manifest["signatures"]]) == (True, ["data/tiny/signatures-klimatlaget.csv"])
    assert digests(made / "outputs/tiny") == before  # another folder, other signatures
    edit(made / SURVEY, "biokol,1", "biokol,2")
    page = preview.preview(PARAMS).read_text("utf-8").replace("\u00a0", " ")
    table = page.partition("Siffror som skiljer sig från Klimatläget 2023.")[2].partition("</table>")[0]
    assert re.findall(r">(\d+ %)<", table) == ["33 %", "67 %"]
    assert earlier_documents(Inputs.open(DOCUMENT)) == []


@pytest.mark.parametrize(
    ("name", "year", "message"),
    [
        ("tiny-klimatet", 2023, "tiny-klimatet.yml: no such parameter file; there is tiny.yml, tiny-kl"),
        ("tiny-klimatlaget", 2022, "expected a date in or after the year of the report, 2023, got 2022"),
    ],
)
def test_a_document_that_nothing_declares_or_of_another_year_is_refused(tiny, name, year, message):
    declare(tiny, f"{year}-11-20")
    with pytest.raises(InputError, match=message):
        load_project(f"params/{name}.yml")


def test_a_document_waits_for_what_it_prints_alone_and_is_told_when_it_has_no_order(tiny):
    declare(tiny, "2023-11-20")
    (tiny / GOAL).write_text("<!-- FYLL I: mål 1 -->\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"goal1\.md"):
        checks.check_file(PARAMS)
    checks.check_file(DOCUMENT)
    edit(tiny / "notebooks/report.yml", "documents:\n  klimatlaget:", "documents:\n  annat:")
    with pytest.raises(InputError, match="klimatlaget: missing; write its order there"):
        checks.check_file(DOCUMENT)
