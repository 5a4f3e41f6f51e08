"""Fact sheets on the tiny world: what one holds, what is made again, and what a failure costs the others."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path

import bs4
import pypdf
import pytest

import verapdf
from browser import CHROMIUM, chromium, look, opened
from conftest import ROOT, collected, copy_project
from klimatlib.claims.claims import read_claims
from klimatlib.errors import InputError, NotebookError, UsageError
from klimatlib.execution.publishing import Job
from klimatlib.indicators import association as profiles
from klimatlib.indicators import emissions as alike
from klimatlib.share import factsheets
from klimatlib.share.factsheets import Made, Place, Task
from klimatlib.sources import inputs as sources

PARAMS = "params/tiny.yml"
FILES = ["build.json", "claims.csv", "factsheet.ipynb", "manifest.json"]


class Here(Executor):
    """Runs what is submitted at once, in this process, and remembers how often."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def submit(self, fn, /, *args, **kwargs):
        self.codes.append(args[0].place.code)
        future: Future[Made] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The tiny world with both its fact sheets made; look, do not touch."""
    root = copy_project(tmp_path_factory.mktemp("sheets") / "värld", tiny=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        factsheets.make_all(PARAMS, executor=Here())
    return root


@pytest.fixture
def copy(world, tmp_path, monkeypatch):
    """A copy of that world to break."""
    root = shutil.copytree(world, tmp_path / "värld")
    monkeypatch.chdir(root)
    return root


def home(root: Path) -> Path:
    return root / "outputs" / "tiny-sheets"


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def make(**options) -> tuple[list[str], list[str]]:
    """Make sheets; give the codes that were made and the lines that were said."""
    here = Here()
    with collected() as said:
        factsheets.make_all(PARAMS, executor=here, **options)
    return here.codes, said


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# ---- what a sheet holds


def test_a_run_leaves_each_sheet_whole_and_the_index(world):
    assert sorted(path.name for path in home(world).iterdir()) == ["1281", "2580", "index.html"]
    for code, name in (("1281", "lund"), ("2580", "lulea")):
        files = [*FILES, f"faktablad-{name}-tiny.html", f"faktablad-{name}-tiny.pdf"]
        assert sorted(path.name for path in (home(world) / code).iterdir()) == sorted(files)
    assert sorted(p.name for p in world.glob("outputs/*")) == [".lock-tiny-sheets", "tiny-sheets"]


def test_the_numbers_worked_out_by_hand_are_in_the_claims(world):
    text = (home(world) / "1281" / "claims.csv").read_text(encoding="utf-8")
    for start in (
        '"emissions-own-level","2023","2","t CO2e per capita","2,0\u00a0ton"',  # 240 t, 120 people
        '"emissions-own-reduction","2023","0.5","share","50\u00a0%"',  # from 400 t, 100 people
        '"alike-1281-change","2023","-0.5","share","\u221250\u00a0%"',
        '"alike-2580-level","2023","10","t CO2e per capita","10,0\u00a0ton"',  # 800 t, 80 people
        '"own-emissions","2023","240","t CO2e","240\u00a0ton"',
        '"own-largest","2023","0.125","share","13\u00a0%"',  # eight sectors alike
        '"emissions-members-level","2023","5.2"',  # 1040 t, 200 people
        '"pace-own-achieved-base","2023","0.02284"',  # the half in thirty years
    ):
        assert f'\n"2",{start}' in text


def test_a_number_on_a_sheet_is_the_number_of_the_report(world, tiny_report):
    sheet = read_claims((home(world) / "1281" / "claims.csv").read_bytes(), file="sheet")
    report = read_claims((tiny_report / "outputs" / "tiny" / "claims.csv").read_bytes(), file="report")
    both = [claim.id for claim in sheet if claim.id in report]
    told = ("value", "text", "unit", "data_year", "definition", "source")
    assert len(both) > 20
    assert [i for i in both for name in told if getattr(sheet[i], name) != getattr(report[i], name)] == []


def test_every_printed_number_of_a_sheet_knows_its_cell(world):
    book = read_claims((home(world) / "1281" / "claims.csv").read_bytes(), file="claims.csv")
    page = (home(world) / "1281" / "faktablad-lund-tiny.html").read_text(encoding="utf-8")
    printed = {span["data-claim"] for span in bs4.BeautifulSoup(page, "html.parser").select(".claim")}
    assert len(printed) > 15
    assert {book[i].notebook for i in printed} == {"factsheet"}


@pytest.mark.parametrize("code", ["1281", "2580"])
def test_a_sheet_is_one_page_that_tells_what_it_must(world, code):
    (path,) = (home(world) / code).glob("*.pdf")
    reader = pypdf.PdfReader(path)
    text = " ".join(reader.pages[0].extract_text().split())
    name = {"1281": "Lund", "2580": "Luleå"}[code]
    assert len(reader.pages) == 1
    assert reader.metadata.title == f"{name} – Faktablad 2023"
    for words in (
        name,
        "medlem i Småkommunerna",
        "Takten",
        "Liknande kommuner",
        "Exempelverket",
        "påhittade",
    ):
        assert words in text


def test_the_validator_finds_no_failure_in_a_sheet(world):
    if reason := verapdf.missing():
        pytest.skip(reason)
    files = sorted(home(world).glob("*/*.pdf"))
    assert verapdf.failures(files) == {path: [] for path in files}


def test_too_much_text_for_one_page_is_refused(copy):
    notes = copy / "data" / "tiny" / "texts" / "factsheet_notes.md"
    edit(notes, "**Källor.**", "Mer att läsa. " * 900 + "**Källor.**")
    with pytest.raises(NotebookError, match="more than one page"):
        make(codes=["1281"])


def test_the_index_lists_every_sheet_by_county_without_its_script(world):
    page = bs4.BeautifulSoup((home(world) / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert [heading.text for heading in page.select("main h2")] == ["Norrbottens län", "Skåne län"]
    links = [link["href"] for link in page.select("main li a")]
    assert all((home(world) / link).is_file() for link in links)
    assert len(links) == 4
    assert page.select_one("#search").has_attr("hidden")
    assert "Exempeldata" in page.select_one(".notice").text


@pytest.mark.skipif(CHROMIUM is None, reason="the pages in a browser, since chromium is not installed")
def test_sheets_and_index_are_accessible_closed_and_searchable(world):
    pages = [home(world) / "index.html", *sorted(home(world).glob("*/*.html"))]
    with chromium() as browser:
        for path in pages:
            with opened(browser, path) as found:
                for mode in ("light", "dark", "360 px"):
                    seen = look(found, mode)
                    told = (seen.violations, seen.complaints, seen.from_outside, max(seen.excess, 0))
                    assert told == ([], [], [], 0), f"{path.name}, {mode}"
        with opened(browser, pages[0]) as found:
            found.page.get_by_label("Sök kommun eller län").fill("norrb")
            assert found.page.locator("main li:visible").count() == 1
            assert found.page.locator("#found").inner_text() == "1 kommun"


# ---- what is made again


def test_what_is_fresh_is_not_made_again(copy):
    before = hashes(home(copy))
    codes, said = make()
    assert codes == []
    assert said[0] == "2 of 2 fact sheets are fresh and are not made again"
    assert hashes(home(copy)) == before


def test_a_sheet_made_again_has_the_same_bytes(copy):
    before = hashes(home(copy))
    (home(copy) / "1281" / "faktablad-lund-tiny.pdf").write_bytes(b"%PDF-half")
    codes, _ = make()
    assert codes == ["1281"]
    assert hashes(home(copy)) == before


CHANGES = {
    "data/statistics/emissions_tiny.csv": ("1281,2020,Alla,240", "1281,2020,Alla,241"),
    "data/statistics/population.csv": ("1281,2020,120", "1281,2020,121"),
    "data/statistics/municipalities.csv": ("Lund,", "Lunden,"),
    "data/tiny/members.csv": ("Lund,municipality,2003", "Lund,municipality,2004"),
    "data/tiny/texts/factsheet.md": ("Kommunens", "Hela kommunens"),
    "params/tiny.yml": ("Småkommunerna", "Kommunerna"),
    "params/sources.yml": ("Exempelverket", "Verket"),
    "notebooks/factsheet.ipynb": ("Fact sheet", "Fact sheets"),
    "requirements.lock": ("==", "== "),
    "outputs/tiny-sheets/1281/faktablad-lund-tiny.html": ("Lund", "Lunden"),
}


def is_fresh(root: Path) -> bool:
    project = sources.Inputs.open(PARAMS).project
    out = "outputs/.staging-tiny-sheets/1281"
    job = Job(root, "factsheet", PARAMS, out, root / out / "factsheet.ipynb", {"municipality": "1281"})
    task = Task(job, Place("1281", "Lund", "12", "Skåne län", True), "faktablad-lund-tiny", answers=False)
    return factsheets.is_fresh(project, task, factsheets.published_sheets(project)["1281"])


@pytest.mark.parametrize("file", CHANGES)
def test_a_change_of_anything_that_a_sheet_rests_on_makes_it_stale(copy, file):
    assert is_fresh(copy)
    edit(copy / file, *CHANGES[file])
    assert not is_fresh(copy)


def test_a_change_of_the_library_makes_a_sheet_stale(copy, monkeypatch):
    assert is_fresh(copy)
    monkeypatch.setattr("klimatlib.execution.publishing.library_digest", lambda: "another")
    assert not is_fresh(copy)


def test_a_new_consent_is_noticed(demo):
    (demo / "data" / "demo" / "consent.csv").unlink()
    inputs = sources.Inputs.open("params/demo.yml")
    assert profiles.profile(inputs, "1281", source="x") == profiles.Profile()
    assert inputs.looked["data/demo/consent.csv"] == []


def test_facts_of_the_year_do_not_make_a_sheet_stale(copy):
    edit(copy / "data" / "tiny" / "facts.yml", "Ada Bok", "Bo Ek")
    assert is_fresh(copy)


def test_a_sheet_that_nobody_asked_for_and_that_is_old_is_told(copy):
    edit(copy / "data" / "tiny" / "texts" / "factsheet.md", "Kommunens", "Hela kommunens")
    codes, said = make(codes=["2580"])
    assert codes == ["2580"]
    assert "warning: not asked for, but older than what they rest on: 1 fact sheet: 1281" in said


# ---- failures


def test_one_failure_does_not_stop_the_others_and_leaves_the_old_sheet(copy):
    old = hashes(home(copy) / "2580")
    edit(
        copy / "notebooks" / "factsheet.ipynb",
        "name = names[municipality]",
        "name = names[municipality]\\nassert municipality != '2580', 'no such luck'",
    )
    with collected() as said, pytest.raises(NotebookError) as caught:
        factsheets.make_all(PARAMS, executor=Here())
    assert caught.value.exit_code == 1
    assert str(caught.value).splitlines()[0].startswith("1 fact sheet failed")
    assert "2580 Luleå: notebooks/factsheet.ipynb, cell" in str(caught.value)
    assert "no such luck" in str(caught.value)
    assert is_fresh(copy)
    assert hashes(home(copy) / "2580") == old
    kept = copy / "outputs" / "failed-tiny-sheets" / "2580.ipynb"
    assert "no such luck" in kept.read_text(encoding="utf-8")
    assert "the half-run notebook is outputs/failed-tiny-sheets/2580.ipynb" in said
    assert (home(copy) / "index.html").is_file()


def test_a_run_killed_in_the_middle_leaves_whole_sheets_and_goes_on_where_it_stopped(tiny):
    command = [sys.executable, "-c", "from klimatlib.cli import main; main()", "sheets", "tiny"]
    with subprocess.Popen(
        command, cwd=tiny, stdout=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    ) as process:
        for line in process.stdout:
            if line.startswith("1 of 2"):
                os.killpg(process.pid, signal.SIGKILL)
                break
    project = sources.Inputs.open(PARAMS).project
    standing = factsheets.published_sheets(project)
    assert len(standing) >= 1
    for code, manifest in standing.items():
        there = hashes(home(tiny) / code)
        record = json.loads((home(tiny) / code / "build.json").read_text("utf-8"))
        assert {**manifest["outputs"], **record["outputs"], "build.json": there["build.json"]} == there
    codes, said = make()
    assert len(codes) == 2 - len(standing)
    assert said[-1] == "outputs/tiny-sheets/: 2 of 2 fact sheets are up to date"
    assert (home(tiny) / "index.html").is_file()
    assert list((tiny / "outputs").glob(".staging*")) == []


class Dying(Executor):
    """A pool whose process dies with one of its tasks, so that no task of the pool is answered."""

    def __init__(self, fatal: str) -> None:
        self.fatal, self.codes, self.futures = fatal, [], []

    def submit(self, fn, /, task):
        self.codes.append(task.place.code)
        self.futures.append(Future())
        return self.futures[-1]

    def shutdown(self, wait=True, *, cancel_futures=False):
        pass


def test_a_process_that_dies_costs_only_its_own_sheet(copy, monkeypatch):
    class Answering(Dying):
        def submit(self, fn, /, task):
            future = super().submit(fn, task)
            if len(self.codes) == self.size:
                for code, waiting in zip(self.codes, self.futures, strict=True):
                    if self.fatal in self.codes:
                        waiting.set_exception(BrokenExecutor())
                    else:
                        waiting.set_result(Made(code, {"a": "b"}))
            return future

    def workers(most):
        pool = Answering("2580")
        pool.size = most
        return pool

    monkeypatch.setattr(factsheets, "workers", workers)
    inputs = sources.Inputs.open(PARAMS)
    chosen = factsheets.places(inputs).values()
    job = Job(copy, "factsheet", PARAMS, "outputs/x", copy / "outputs" / "x" / "factsheet.ipynb")
    tasks = [Task(job, place, place.slug, answers=False) for place in chosen]
    problems = {made.code: made.problem for _, made in factsheets._results(tasks, None)}
    assert problems == {"0180": "", "1281": "", "2580": "its process died; is there memory enough?"}


# ---- which municipalities


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("128", "128: no municipality has this code; is it 1281 (Lund)?"),
        ("Luleå", "Luleå: no municipality has this code; is it 2580 (Luleå)?"),
        ("9999", "9999: no municipality has this code; expected four digits, as 0114"),
        ("12", "12: no municipality has this code; expected four digits, as 0114"),
    ],
)
def test_an_unknown_code_is_told_with_near_ones(tiny, code, told):
    with pytest.raises(UsageError) as caught:
        factsheets.choose(sources.Inputs.open(PARAMS), [code], everyone=False)
    assert str(caught.value) == told
    assert caught.value.exit_code == 2


def test_a_code_keeps_its_zero(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    chosen, _ = factsheets.choose(sources.Inputs.open("params/2023.yml"), ["0114"], everyone=False)
    assert [(place.code, place.name, place.slug) for place in chosen] == [
        ("0114", "Upplands Väsby", "upplands-vasby")
    ]


def test_all_says_how_many_the_statistics_lack(monkeypatch):
    monkeypatch.chdir(ROOT)
    inputs = sources.Inputs.open("params/2023.yml")
    chosen, notes = factsheets.choose(inputs, [], everyone=True)
    assert len(chosen) == 41
    assert notes == [
        "the statistics (release 2025) hold 41 of 290 municipalities; klimatlib fetch 2023 gets the others"
    ]
    members, none = factsheets.choose(inputs, [], everyone=False)
    assert (len(members), none) == (40, [])


def test_those_alike_are_nearest_in_size_and_level_and_named_by_the_alphabet(tiny):
    assert alike.distance((100, 2.0), (200, 2.0)) == alike.distance((100, 2.0), (100, 1.0))
    assert alike.distance((100, 2.0), (200, 2.0)) < alike.distance((100, 2.0), (201, 2.0))
    assert alike.distance((100, 2.0), (150, 3.0)) > alike.distance((100, 2.0), (150, 2.5))


# ---- a member's own answers


@pytest.fixture
def demo(tmp_path, monkeypatch):
    root = copy_project(tmp_path / "klimat", tiny=False)
    monkeypatch.chdir(root)
    return root


def answers(code):
    return profiles.profile(sources.Inputs.open("params/demo.yml"), code, source="x")


def test_own_answers_are_shown_only_where_the_member_has_consented(demo):
    shown = answers("1281")
    assert len(shown.answers) == 14
    assert {word for _, word in shown.answers} <= {"Ja", "Nej", "Inget svar"}
    assert answers("1480") == profiles.Profile()


def test_without_the_file_of_consents_nobodys_answers_are_even_read(demo):
    (demo / "data" / "demo" / "consent.csv").unlink()
    inputs = sources.Inputs.open("params/demo.yml")
    assert profiles.profile(inputs, "1281", source="x") == profiles.Profile()
    assert "data/demo/answers_2023.csv" not in inputs.digests


def test_consent_of_one_that_is_no_member_is_refused(demo):
    with (demo / "data" / "demo" / "consent.csv").open("a", encoding="utf-8") as file:
        file.write("0115,2023-10-23,brev\n")
    with pytest.raises(InputError, match=r"consent\.csv: row 5: 0115 is no member of 2023"):
        answers("1281")


def test_a_year_with_counts_alone_shows_no_answers(monkeypatch):
    monkeypatch.chdir(ROOT)
    inputs = sources.Inputs.open("params/2023.yml")
    assert profiles.profile(inputs, "1281", source="x") == profiles.Profile()


def test_a_sheet_whose_member_takes_its_consent_back_is_removed(copy):
    path = home(copy) / "1281" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "answers": True}), encoding="utf-8")
    project = sources.Inputs.open(PARAMS).project
    assert list(factsheets.withdraw(project, {"1281"})) == []
    assert list(factsheets.withdraw(project, set())) == ["1281"]
    assert sorted(factsheets.published_sheets(project)) == ["2580"]
