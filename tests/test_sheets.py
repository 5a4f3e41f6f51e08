"""Fact sheets on the tiny world: what one holds, what is made again, and what a failure costs the others."""

from __future__ import annotations

import datetime as dt
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

from browser import CHROMIUM, LOOKS, chromium, look, opened
from conftest import ROOT, collected, copy_project, edit
from klimatlib.claims.claims import read_claims
from klimatlib.errors import InputError, NotebookError, UsageError
from klimatlib.execution.publishing import Job, digests
from klimatlib.indicators import association
from klimatlib.report.document import Status
from klimatlib.share import factsheets
from klimatlib.share.factsheets import Made, Place, Task, receive
from klimatlib.sources import inputs as sources

PARAMS, DRAFT = "params/tiny.yml", Status("UTKAST", "")


class Here(Executor):
    """Runs what is submitted at once, in this process, and remembers how often."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def submit(self, fn, /, *args, **kwargs):
        self.codes.append(args[0].place.code)
        future: Future[Made] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture
def copy(tiny_sheets, tmp_path, monkeypatch):
    """A copy of the world with its fact sheets to break."""
    root = shutil.copytree(tiny_sheets, tmp_path / "värld")
    monkeypatch.chdir(root)
    return root


def home(root: Path) -> Path:
    return root / "outputs" / "tiny-sheets"


def make(**options) -> tuple[list[str], list[str]]:
    """Make sheets; give the codes that were made and the lines that were said."""
    here = Here()
    with collected() as lines:
        factsheets.make_all(PARAMS, executor=here, **options)
    return here.codes, lines


# ---- what a sheet holds


def test_a_run_leaves_each_sheet_whole_and_an_index_by_county_without_its_script(tiny_sheets):
    assert sorted(path.name for path in home(tiny_sheets).iterdir()) == ["12", "1281", "2580", "index.html"]
    assert sorted(p.name for p in tiny_sheets.glob("outputs/*")) == [".lock-tiny-sheets", "tiny-sheets"]
    files = ["build.json", "claims.csv", "factsheet.ipynb", "manifest.json"]
    for code, name in (("1281", "lund"), ("2580", "lulea")):
        sheet = [f"faktablad-{name}-tiny.html", f"faktablad-{name}-tiny.pdf"]
        assert sorted(path.name for path in (home(tiny_sheets) / code).iterdir()) == sorted(files + sheet)
    page = bs4.BeautifulSoup((home(tiny_sheets) / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert [heading.text for heading in page.select("main h2")] == ["Norrbottens län", "Skåne län"]
    links = [link["href"] for link in page.select("main li a")]
    assert [(home(tiny_sheets) / link).is_file() for link in links] == [True] * 6
    assert page.select_one("#search").has_attr("hidden")
    assert "Exempeldata" in page.select_one(".notice").text


def test_a_number_is_the_reports_is_worked_out_by_hand_and_knows_its_cell(tiny_sheets, tiny_report):
    path = home(tiny_sheets) / "1281" / "claims.csv"
    text, sheet = path.read_text(encoding="utf-8"), read_claims(path.read_bytes(), file="sheet")
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
    report = read_claims((tiny_report / "outputs" / "tiny" / "claims.csv").read_bytes(), file="report")
    both = [claim.id for claim in sheet if claim.id in report]
    fields = ("value", "text", "unit", "data_year", "definition", "source")
    assert len(both) > 20
    assert [i for i in both for name in fields if getattr(sheet[i], name) != getattr(report[i], name)] == []
    page = (home(tiny_sheets) / "1281" / "faktablad-lund-tiny.html").read_text(encoding="utf-8")
    printed = {span["data-claim"] for span in bs4.BeautifulSoup(page, "html.parser").select(".claim")}
    assert len(printed) > 15
    assert {sheet[i].notebook for i in printed} == {"factsheet"}


def test_a_sheet_is_one_page_that_states_what_it_must(tiny_sheets):
    sections = ("medlem i Småkommunerna", "Takten", "Liknande ", "Exempelverket", "påhittade")
    files = sorted(home(tiny_sheets).glob("*/*.pdf"))
    for path, name in zip(files, ("Region Skåne", "Lund", "Luleå"), strict=True):  # valid: see test_pdf
        reader = pypdf.PdfReader(path)
        text = " ".join(reader.pages[0].extract_text().split())
        assert (len(reader.pages), reader.metadata.title) == (1, f"{name} – Faktablad 2023")
        assert [words for words in (name, *sections) if words not in text] == []


@pytest.fixture(scope="module")
def demo_sheets(tmp_path_factory):
    """The pages of two sheets of the example year: Malmö's, who agreed, and Göteborg's, who did not."""
    root = copy_project(tmp_path_factory.mktemp("exempel") / "värld", tiny=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        factsheets.make_all("params/demo.yml", ["1280", "1480"], executor=Here())
    sheets = (next((root / "outputs" / "demo-sheets" / code).glob("*.pdf")) for code in ("1280", "1480"))
    return [pypdf.PdfReader(path).pages for path in sheets]


def test_an_inventory_has_a_page_of_its_own_with_keys_both_ends_of_basic_and_what_is_missing(demo_sheets):
    first, second, _ = demo_sheets[0]
    assert "GPC" not in first.extract_text()
    text = " ".join(second.extract_text().split()).replace("\u00a0", " ")
    for words in (
        "Utsläpp enligt GPC 2019", "893 373 ton", "Den del av BASIC som är känd", "2 944 ton",
        "mellan 337 112 ton och 479 050 ton", "Ej uppskattat i BASIC: I.1.2, I.2.2", "AR4",
        "I.4.4 El- och värmeproduktion till nät 358 734 ton", "Innehåller även IV.1",
        "sannolikt är räknad två gånger", "utgåva 2021-10-14",
    ):  # fmt: skip
        assert words in text


def test_points_in_the_test_have_a_page_of_their_own_with_consent_alone(demo_sheets):
    agreed, other = demo_sheets
    text = " ".join(agreed[2].extract_text().split())
    for words in (
        "Poäng i medlemstestet 2023", "visas med dess medgivande", "läggs inte ihop med regionerna",
        "Hela medlemstestet 26 30 66", "Beslutade klimatmål Uppfyllt", "Årlig uppföljning Ja +3",
    ):  # fmt: skip
        assert words in text
    assert (len(agreed), len(other)) == (3, 2)


def test_too_much_text_for_one_page_is_refused(copy):
    notes = copy / "data" / "tiny" / "texts" / "factsheet_notes.md"
    edit(notes, "**Källor.**", "Mer att läsa. " * 900 + "**Källor.**")
    with pytest.raises(NotebookError, match="more than one page"):
        make(codes=["1281"])


@pytest.mark.skipif(CHROMIUM is None, reason="the pages in a browser: chromium is not installed")
def test_sheets_and_index_are_accessible_closed_and_searchable(tiny_sheets):
    pages = [home(tiny_sheets) / "index.html", *sorted(home(tiny_sheets).glob("*/*.html"))]
    with chromium() as browser:
        with opened(browser, pages[0]) as shown:
            for place, path in enumerate(pages):
                shown.page.goto(path.as_uri())
                for number, mode in enumerate(LOOKS):  # of the sheets, one look is judged in turn
                    is_judged = not place or place % 2 == number
                    assert look(shown, mode, is_judged=is_judged)[0] == [], f"{path.name}, {mode}"
        with opened(browser, pages[0]) as shown:
            shown.page.get_by_label("Sök kommun eller län").fill("norrb")
            assert shown.page.locator("main li:visible").count() == 1
            assert shown.page.locator("#found").inner_text() == "1 kommun"


@pytest.mark.skipif(CHROMIUM is None, reason="the pages in a browser: chromium is not installed")
def test_what_a_member_writes_on_its_sheets_slip_comes_back_on_its_next_sheet_and_on_no_other(copy):
    sheet, path = home(copy) / "1281" / "faktablad-lund-tiny.html", copy / "svar.json"
    written = {
        "by": "Eva Ek, miljöstrateg",
        "comment": "Vi byter\nbränsle.",
        "value": "241",
        "text": "Det växer.",
    }
    written |= {"wrong-year": "2020", "wrong-source": "Egen inventering", "link": "https://example.org/"}
    written |= {"target": "2030", "percent": "80", "base": "1990", "target-source": "Klimatplanen"}
    chosen = {"about": "emissions", "question": "biokol", "tell": "yes", "answers": "no"}
    with chromium() as browser, opened(browser, sheet) as shown:
        shown.page.get_by_role("button", name="Spara svaret").click()
        assert shown.page.locator(".slip [role=status]").inner_text() == "Skriv vem som svarar."
        for name, text in written.items():
            shown.page.locator(f"#slip-{name}").fill(text)
        for name, value in chosen.items():
            shown.page.locator(f"#slip-{name}").select_option(value)
        with shown.page.expect_download() as download:
            shown.page.get_by_role("button", name="Spara svaret").click()
        assert download.value.suggested_filename == "svar-tiny-1281.json"
        download.value.save_as(path)
        assert shown.complaints == []
    list(receive(copy, [path], today=dt.date.today(), agreed=lambda: True))
    make(codes=["1281", "2580"])
    pages = {
        path.parent.name: " ".join(path.read_text("utf-8").split()) for path in home(copy).glob("*/*.html")
    }
    for said in (
        "<strong>Lund säger.</strong> ”Vi byter bränsle.” (Eva Ek, miljöstrateg)",
        "<strong>Eget mål.</strong>",
    ):
        assert [code for code, page in pages.items() if said in page] == ["1281"]
    assert "Det växer." in (copy / "data" / "tiny" / "examples.yml").read_text("utf-8")


# ---- what is made again


def test_what_is_fresh_is_not_made_again_and_what_is_not_is_named_and_has_the_same_bytes(copy):
    before = digests(home(copy))
    codes, lines = make()
    assert (codes, lines[0]) == ([], "3 of 3 fact sheets are fresh and are not made again")
    assert digests(home(copy)) == before
    (home(copy) / "1281" / "faktablad-lund-tiny.pdf").write_bytes(b"%PDF-half")
    codes, lines = make(codes=["2580"])
    assert codes == []
    assert "warning: not asked for, but older than what they rest on: 1 fact sheet: 1281" in lines
    assert make()[0] == ["1281"]
    assert digests(home(copy)) == before


CHANGES = {
    "data/statistics/emissions_tiny.csv": ("1281,2020,Alla,240", "1281,2020,Alla,241"),
    "data/statistics/population_tiny.csv": ("1281,2020,120", "1281,2020,121"),
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
    task = Task(job, Place("1281", "Lund", "Skåne län", True), DRAFT, answers=False)
    return factsheets.is_fresh(project, task, factsheets.published_sheets(project)["1281"])


def test_a_change_of_anything_that_a_sheet_rests_on_makes_it_stale_and_of_nothing_else(copy, monkeypatch):
    for file, (old, new) in CHANGES.items():
        assert is_fresh(copy)
        before = (copy / file).read_bytes()
        edit(copy / file, old, new)
        assert not is_fresh(copy), file
        (copy / file).write_bytes(before)
    edit(copy / "data" / "tiny" / "facts.yml", "Ada Bok", "Bo Ek")
    assert is_fresh(copy)
    monkeypatch.setattr("klimatlib.execution.publishing.library_digest", lambda: "another")
    assert not is_fresh(copy)


# ---- failures


def test_a_member_s_comment_is_printed_and_one_failure_leaves_the_old_sheet_and_stops_no_other(copy):
    comments = copy / "data" / "tiny" / "comments.yml"
    said = 'text: Vi byter bränsle.\n    by: Eva Ek\n    consent: {who: Eva Ek, date: "2024-01-01"}\n'
    comments.write_text(f'comments:\n  - member: "0114"\n    {said}', encoding="utf-8")
    with pytest.raises(InputError, match=r"comments\.yml: member: 0114 is no member of 2023"):
        sources.comments(sources.Inputs.open(PARAMS))
    edit(comments, "0114", "1281")
    old, name = digests(home(copy) / "2580"), "name = names[municipality]"
    failing = f"{name}\\nassert municipality != '2580', 'no such luck'"
    edit(copy / "notebooks" / "factsheet.ipynb", name, failing)
    with collected() as lines, pytest.raises(NotebookError) as caught:
        factsheets.make_all(PARAMS, ["1281", "2580"], executor=Here())
    message = str(caught.value)
    assert (caught.value.exit_code, message[:19]) == (1, "1 fact sheet failed")
    assert "2580 Luleå: notebooks/factsheet.ipynb, cell" in message
    assert "no such luck" in message
    assert is_fresh(copy)
    page = (home(copy) / "1281" / "faktablad-lund-tiny.html").read_text(encoding="utf-8")
    assert "<strong>Lund säger.</strong> ”Vi byter bränsle.” (Eva Ek)" in " ".join(page.split())
    assert digests(home(copy) / "2580") == old
    kept = copy / "outputs" / "failed-tiny-sheets" / "2580.ipynb"
    assert "no such luck" in kept.read_text(encoding="utf-8")
    assert "the half-run notebook is outputs/failed-tiny-sheets/2580.ipynb" in lines
    assert (home(copy) / "index.html").is_file()


def test_a_run_killed_in_the_middle_leaves_whole_sheets_and_goes_on_where_it_stopped(tiny):
    wanted = ["1281", "2580"]
    command = [sys.executable, "-c", "from klimatlib.cli import main; main()", "sheets", "tiny", *wanted]
    piped = {"stdout": subprocess.PIPE, "text": True, "encoding": "utf-8", "start_new_session": True}
    with subprocess.Popen(command, cwd=tiny, **piped) as process:
        for line in process.stdout:
            if line.startswith("1 of 2"):
                os.killpg(process.pid, signal.SIGKILL)
                break
    published = factsheets.published_sheets(sources.Inputs.open(PARAMS).project)
    assert len(published) >= 1
    for code, manifest in published.items():
        there = digests(home(tiny) / code)
        record = json.loads((home(tiny) / code / "build.json").read_text("utf-8"))
        assert {**manifest["outputs"], **record["outputs"], "build.json": there["build.json"]} == there
    codes, lines = make(codes=wanted)
    assert len(codes) == 2 - len(published)
    assert lines[-1] == "outputs/tiny-sheets/: 2 of 2 fact sheets are up to date"
    assert (home(tiny) / "index.html").is_file()
    assert list((tiny / "outputs").glob(".staging*")) == []


class Dying(Executor):
    """A pool that dies with one of its tasks, so that none of the tasks is answered."""

    def __init__(self, size: int) -> None:
        self.size, self.waiting = size, {}

    def submit(self, fn, /, task):
        future = self.waiting[task.place.code] = Future()
        if len(self.waiting) == self.size:
            for waiting in self.waiting.values():
                if "2580" in self.waiting:
                    waiting.set_exception(BrokenExecutor())
                else:
                    waiting.set_result(Made({"a": "b"}))
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        pass


def test_a_process_that_dies_costs_only_its_own_sheet(copy, monkeypatch):
    monkeypatch.setattr(factsheets, "workers", Dying)
    chosen = factsheets.places(sources.Inputs.open(PARAMS)).values()
    job = Job(copy, "factsheet", PARAMS, "outputs/x", copy / "outputs" / "x" / "factsheet.ipynb")
    tasks = [Task(job, place, DRAFT, answers=False) for place in chosen]
    problems = {task.place.code: made.problem for task, made in factsheets._results(tasks, None)}
    assert problems == {"12": "", "0180": "", "1281": "", "2580": "its process died; is there memory enough?"}


# ---- which municipalities


def test_an_unknown_code_is_answered_with_near_ones(tiny):
    unknown, digits = "no municipality has this code", "expected four digits, as 0114"
    near = {"128": "is it 1281 (Lund) or 12 (Region Skåne)?", "Luleå": "is it 2580 (Luleå)?"}
    near |= {"9999": digits, "15": digits}
    with pytest.raises(UsageError) as caught:
        factsheets.choose(sources.Inputs.open(PARAMS), [*near], everyone=False)
    assert str(caught.value).splitlines() == [f"{code}: {unknown}; {hint}" for code, hint in near.items()]
    assert caught.value.exit_code == 2


def test_a_code_keeps_its_zero_and_all_says_how_many_the_statistics_lack(tiny):
    inputs = sources.Inputs.open("params/2023.yml", start=ROOT)
    ((place,), _) = factsheets.choose(inputs, ["0114"], everyone=False)
    assert (place.code, place.name) == ("0114", "Upplands Väsby")
    chosen, notes = factsheets.choose(inputs, [], everyone=True)
    assert (len(chosen), notes) == (291, [])
    chosen, notes = factsheets.choose(sources.Inputs.open(PARAMS), [], everyone=True)
    hold = "the statistics (release tiny) hold 2 of 3 municipalities; klimatlib fetch tiny gets the others"
    assert (len(chosen), notes) == (3, [hold])  # with the region, whose municipalities it holds all
    members, notes = factsheets.choose(inputs, [], everyone=False)
    (region,), _ = factsheets.choose(inputs, ["12"], everyone=False)
    assert region == Place("12", "Region Skåne", "Skåne län", True)
    assert (members.count(region), len(members), notes) == (1, 41, [])
    assert association.profile(inputs, "1281", source="x") == association.Profile()  # only counts, no answers


# ---- a member's own answers


def test_own_answers_are_shown_only_where_the_member_has_consented(tmp_path, monkeypatch):
    monkeypatch.chdir(copy_project(tmp_path / "klimat", tiny=False))
    inputs, consent = sources.Inputs.open("params/demo.yml"), Path("data/demo/consent.csv")
    shown = association.profile(inputs, "1281", source="x")
    assert len(shown.answers) == 14
    assert {word for _, word in shown.answers} <= {"Ja", "Nej", "Inget svar"}
    assert association.profile(inputs, "1480", source="x") == association.Profile()
    with consent.open("a", encoding="utf-8") as file:
        file.write("0115,2023-10-23,brev\n")
    with pytest.raises(InputError, match=r"consent\.csv: row 5, column code: 0115 is no member of 2023"):
        association.profile(sources.Inputs.open("params/demo.yml"), "1281", source="x")
    consent.unlink()
    inputs = sources.Inputs.open("params/demo.yml")
    assert association.profile(inputs, "1281", source="x") == association.Profile()
    assert inputs.looked["data/demo/consent.csv"] == []  # when it comes, the sheet is stale
    assert "data/demo/answers_2023.csv" not in inputs.digests  # nobody's answers are even read


def test_a_sheet_whose_member_takes_its_consent_back_is_removed(copy):
    path = home(copy) / "1281" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "answers": True}), encoding="utf-8")
    project = sources.Inputs.open(PARAMS).project
    assert list(factsheets.withdraw(project, {"1281"})) == []
    assert list(factsheets.withdraw(project, set())) == ["1281"]
    assert sorted(factsheets.published_sheets(project)) == ["12", "2580"]
