"""The review room: what it tells of every claim, two years beside each other, and what if."""

from __future__ import annotations

import copy
import json
import pickle
import re
import shutil
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from browser import CHROMIUM, chromium, look, opened
from conftest import seal
from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, exact, read_claims
from klimatlib.claims.signatures import Standing
from klimatlib.config import Outline, load_project
from klimatlib.errors import InputError, warning
from klimatlib.execution.publishing import digest
from klimatlib.indicators import emissions
from klimatlib.render import reviewers
from klimatlib.render.reviewers import places, quotes
from klimatlib.render.reviewers.quotes import Quote
from klimatlib.render.reviewers.room import beside, earlier, gates, lines, trial
from klimatlib.render.reviewers.room.earlier import find
from klimatlib.render.reviewers.room.trial import Basis
from klimatlib.report.html import embeddable
from klimatlib.sources import inputs as sources

ROOMS = ("index", "last-year", "quality")
HOSTILE = '</script><img src=x onerror="alert(1)">'


def claim(claim_id="level", value="3.224", unit="t CO2e per capita", text="3,2\u00a0ton", **more):
    told = {"data_year": 2020, "definition": "Nivå 1990–2020", "source": "SMHI"} | more
    return Claim(claim_id, 2023, exact(Decimal(value)), unit, text, "level", **told)


def quote(text, *numbers, frame="", chapter="a", form="sentence"):
    frame = frame or text
    for claim_id, words in numbers:
        frame = frame.replace(words, f"{{{claim_id}}}", 1)
    return Quote(text, numbers, frame, chapter, chapter, form)


# ---- the report's sentences -------------------------------------------------------------------------

PAGE = """<main><h2 id="a">Vi</h2><section id="s"><h3>Nivån</h3>
<p>Vi är <span data-claim="n">två</span>. Det var
”bra”. <span data-claim="level">3,2&nbsp;ton</span> är min\u00adst.</p>
<ul><li><span class="value"><span data-claim="n">2</span></span> medlemmar</li></ul></section>
<figure id="chart-x"><figcaption><strong>Figur 1.</strong> Nivå. Ton.</figcaption>
<details><table><tr><th>x</th><td>1</td></tr></table></details></figure>
<table id="table-t"><thead><tr><th>Vad</th></tr></thead><tr><th>Nivå</th>
<td data-claim="level">3,2</td></tr></table>
</main>"""


def test_a_report_is_read_sentence_by_sentence_as_printed():
    found = quotes.read(PAGE, places.read(PAGE))
    assert [(one.text, one.claims, one.form) for one in found] == [
        ("Vi är två.", ("n",), "sentence"),
        ("Det var ”bra”.", (), "sentence"),
        ("3,2\u00a0ton är minst.", ("level",), "sentence"),
        ("2 medlemmar", ("n",), "tile"),
        ("Figur 1. Nivå. Ton.", (), "caption"),
        ("Nivå · 3,2", ("level",), "row"),
    ]
    assert [one.place for one in found] == ["s", "s", "s", "s", "chart-x", "a"]
    assert found[2].frame == "{level} är minst."


def test_a_quote_tells_which_of_its_numbers_a_claim_is():
    one = quote("Från 2 till 2 av 3", ("a", "2"), ("b", "2"), ("c", "3"))
    assert [text for text, own in one.pieces("b") if own] == ["2"]
    assert "".join(text for text, _ in one.pieces("b")) == one.text
    assert one.pieces("b")[2:4] == [(" till ", False), ("2", True)]


# ---- the numbers before ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "then", "told"),
    [
        (claim(), "3.586", "−0,4 ton"),
        (claim(), "3.224", "oförändrad"),
        (claim(), "3.2", "+0,02 ton"),  # too little for the printed decimals: one more
        (claim("s", "0.55", "share", "55 %"), "0.44", "+11 procentenheter"),
        (claim("s", "0.55", "share", "55 %"), "0.56", "−1 procentenhet"),
        (claim("p", "0.0395", "share per year", "4,0 %"), "0.03", "+1,0 procentenheter"),
        (claim("n", "1234", "members", "1\u00a0234"), "34", "+1\u00a0200"),
        (claim("w", "3", "members", "tre"), "2", "+1"),
        (claim("r", "52", "inlägg", "52–156"), "50", "+2"),
    ],
)
def test_a_change_is_told_as_the_number_is_printed(now, then, told):
    now = replace(now, text=now.text.replace(" ", "\u00a0"))
    found = lines.change(now, lines.Before(Decimal(then), "", 2022))
    assert found == told.replace(" ", "\u00a0")


def test_a_claim_s_own_comparison_goes_before_last_year_s_report():
    old, own = claim(value="9", text="9 ton"), {"previous_year": 2021, "previous_value": Decimal("3.6")}
    assert lines.before(claim(), None) is None
    assert lines.before(claim(), old) == lines.Before(Decimal(9), "9 ton", 2020)
    assert lines.before(claim(**own, comparable="yes"), old).text == "3,6\u00a0ton"
    assert lines.before(claim(**own, comparable="yes"), old).year == 2021


# ---- gates -------------------------------------------------------------------------------------------


def test_a_number_that_is_not_its_claim_s_breaks_a_gate():
    book = ClaimBook([claim(), claim("n", "2", "members", "2")])
    right = [quote("Två är 2, en är 3,2\u00a0ton", ("n", "Två"), ("n", "2"), ("level", "3,2\u00a0ton"))]
    wrong = [
        quote("3,3\u00a0ton", ("level", "3,3\u00a0ton")),
        quote("1", ("gone", "1")),
        quote("tre", ("n", "tre")),
    ]
    first, *_ = gates.check(book, right, {}, {})
    assert (first.n, first.failed) == (3, ())
    first, *_ = gates.check(book, wrong, {}, {})
    assert first.failed == ("level", "gone", "n")


def test_a_cell_that_did_not_run_and_a_headline_that_differs_break_gates():
    book = ClaimBook([claim(notebook="40", cell="40-17")])
    *_, cells, headlines = gates.check(
        book, [], {"40": {"cells": [{"id": "40-18"}]}}, {"level": "3,3\u00a0ton"}
    )
    assert cells.failed == headlines.failed == ("level",)


# ---- two years ---------------------------------------------------------------------------------------


def test_sentences_of_two_years_find_each_other():
    old = [
        quote("Vi är 50 år 2022.", ("n", "50")),
        quote("Samma."),
        quote("Här står något som försvinner."),
        quote("Nivån är 3,6 ton nu.", ("level", "3,6 ton")),
        quote("Kansliet i Lund har fyra anställda."),
    ]
    new = [
        quote("Vi är 51 år 2023.", ("n", "51")),
        quote("Samma."),
        quote("Allt annat handlar om cyklar!"),
        quote("I år hamnar den på 3,2 ton.", ("level", "3,2 ton")),
        quote("Kansliet i Lund har fem anställda."),
    ]
    found = beside.sentences(old, new)
    told = [(p.before and p.before.text[:9], p.after and p.after.text[:9], p.kind) for p in found]
    assert told == [
        ("Vi är 50 ", "Vi är 51 ", "numbers"),
        ("Samma.", "Samma.", "same"),
        (None, "Allt anna", "new"),
        ("Nivån är ", "I år hamn", "changed"),
        ("Kansliet ", "Kansliet ", "changed"),
        ("Här står ", None, "gone"),
    ]
    left, right = found[-2].sides()
    assert [text for text, moved in left if moved] == ["fyra"]
    assert [text for text, moved in right if moved] == ["fem"]


def test_a_sentence_that_has_moved_is_neither_new_nor_gone():
    one, two, three = quote("Ett."), quote("Två."), quote("Tre.")
    found = beside.sentences([one, two, three], [three, one, two])
    assert Counter(pair.kind for pair in found) == {"same": 3}


def test_every_sentence_of_both_years_stands_once():
    old = [quote(f"Mening {i} om ämne {i % 3}.", chapter=str(i % 4)) for i in range(30)]
    new = [quote(f"Mening {i} om ämne {i % 4}.", chapter=str(i % 4)) for i in range(5, 40)]
    found = beside.sentences(old, new)
    assert [pair.after for pair in found if pair.after] == new
    assert Counter(pair.before.text for pair in found if pair.before) == Counter(one.text for one in old)
    assert sum(len(chapter.pairs) for chapter in beside.chapters(found)) == len(found)


def test_a_chart_s_numbers_stand_beside_last_year_s():
    old, new = "År,Vi\n2019,3\n2020,4\n", "År,Vi\n2020,5\n2021,6\n"
    one, other = beside.figures(
        {"a": earlier.Figure(old, b"<svg/>")},
        {"a": earlier.Figure(new, None), "b": earlier.Figure(new, None)},
    )
    assert one.rows == (("2020", (("4", "5"),)), ("2021", ((None, "6"),)), ("2019", (("3", None),)))
    assert (one.before, one.after) == (b"<svg/>", None)
    assert one.pictures("2022", "2023") == [("2022", b"<svg/>"), ("2023", None)]
    same = replace(one, after=b"<svg/>")
    assert same.pictures("2022", "2023") == [("2022 och 2023, samma bild", b"<svg/>")]
    assert other.rows[0] == ("2020", ((None, "5"),))
    assert [
        f.name
        for f in beside.figures(
            {"a": one and earlier.Figure(old, None)}, {"b": earlier.Figure(new, None)}, order=["b"]
        )
    ] == ["b", "a"]


# ---- the pages ---------------------------------------------------------------------------------------


class Rewritten:
    """The tiny report's pages written anew from its files as a report of 2023, with one of 2022 beside it."""

    def __init__(self, root, target, *, standings=None, with_earlier=True, hostile=False):
        tiny = root / "outputs" / "tiny"
        self.folder = target / "outputs" / "2023"
        shutil.copytree(root, target, ignore=shutil.ignore_patterns("outputs"))
        shutil.copytree(tiny, self.folder, ignore=shutil.ignore_patterns("review"))
        project = load_project("params/tiny.yml", start=target)
        params = project.params.model_copy(
            update={"data": "tiny", "previous": "2022" if with_earlier else None}
        )
        project = replace(project, name="2023", params=params)
        if with_earlier:
            self._earlier(tiny, target / "outputs" / "2022")
        book = read_claims((tiny / "claims.csv").read_bytes(), file="claims.csv")
        if hostile:
            book = ClaimBook([*(replace(c, definition=HOSTILE, source=HOSTILE) for c in book)])
        self._chapters(tiny, book)
        inputs = sources.Inputs(project)
        outline: Outline = sources.outline(inputs)
        warnings = (warning(HOSTILE, HOSTILE),) if hostile else ()
        run = reviewers.Run(project, outline, book, warnings)
        basis = Basis.of(inputs)
        if hostile:
            basis = replace(basis, names=dict.fromkeys(basis.names, HOSTILE))
        before = find(inputs)
        self.run = replace(run, standings=standings or {}, basis=basis, earlier=before)
        reviewers.write_pages(self.folder, self.run)
        self.texts = {name: (self.folder / "review" / f"{name}.html").read_text("utf-8") for name in ROOMS}
        self.pages = {name: BeautifulSoup(text, "html.parser") for name, text in self.texts.items()}
        self.book = book

    def _chapters(self, tiny, book):
        (self.folder / "chapters").mkdir()
        manifest = json.loads((tiny / "manifest.json").read_text(encoding="utf-8"))
        record = {
            "inputs": manifest["inputs"],
            "notebook": "0" * 64,
            "foundation": {"klimatlib": "0" * 64},
        }
        for path in (self.folder / "notebooks").glob("*.ipynb"):
            own = ClaimBook(c for c in book if (c.notebook or "40_emissions") == path.stem)
            own.write(self.folder / "chapters" / f"{path.stem}.csv")
            (self.folder / "chapters" / f"{path.stem}.json").write_text(json.dumps(record), encoding="utf-8")

    @staticmethod
    def _earlier(tiny, folder):
        shutil.copytree(tiny, folder)
        book = read_claims((tiny / "claims.csv").read_bytes(), file="claims.csv")
        old = [replace(c, year=2022) for c in book if c.id != "members-joined"]
        moved = {"emissions-members-level": {"value": Decimal("6.5"), "text": "6,5\u00a0ton"}}
        ClaimBook(replace(c, **moved.get(c.id, {})) for c in old).write(folder / "claims.csv")
        page = (
            (folder / "report.html").read_text(encoding="utf-8").replace(">5,2\u00a0ton<", ">6,5\u00a0ton<")
        )
        (folder / "report.html").write_text(page, encoding="utf-8")
        chart = folder / "figures" / "emissions.csv"
        chart.write_text(chart.read_text(encoding="utf-8").replace("5,2", "6,5"), encoding="utf-8")
        seal(folder)


@pytest.fixture(scope="module")
def two_years(tiny_report, tmp_path_factory):
    signed = {
        "emissions-members-level": Standing("emissions-members-level", ("Ann", "Bo"), ("Cia",)),
        "members-count": Standing("members-count", ("Ann",), ()),
        "emissions-nation-level": Standing("emissions-nation-level", (), ("Bo",)),
    }
    return Rewritten(tiny_report, tmp_path_factory.mktemp("room") / "värld", standings=signed)


@pytest.fixture(scope="module")
def rooms(report_2023):
    return {
        name: BeautifulSoup((report_2023 / "review" / f"{name}.html").read_text("utf-8"), "html.parser")
        for name in ROOMS
    }


def words(tag):
    return " ".join(tag.get_text(" ").split())


def test_every_claim_has_one_row_with_all_that_is_known_of_it(report_2023, rooms):
    book = read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv")
    rows = rooms["index"].select(".list tbody")
    assert Counter(row["id"] for row in rows) == Counter(f"claim-{one.id}" for one in book)
    row = rooms["index"].find(id="claim-survey-kolsankor")
    told = {cell["data-label"]: words(cell) for cell in row.select("td[data-label]")}
    assert told == {
        "Tryckt": "93 %",
        "Förra": "60 % 2022",
        "Ändring": "+33 procentenheter",
        "Jämförbar": "Med försiktighet",
        "Dataår": "2023",
        "n": "42 av 51",
        "Signatur": "Osignerad",
    }
    assert words(row.select_one("dl")).startswith("Antal ja 39 av 42 svarande, 51 tillfrågade")
    assert words(row.blockquote.p) == "93 % av de svarande arbetar med lokala kolsänkor"
    assert row.select_one("blockquote a")["href"] == "../report.html#claim-survey-kolsankor"
    assert row.select_one("dl a")["href"].startswith("50_survey.html#50-")


def test_each_claim_leads_to_the_cell_that_prints_it(report_2023, rooms):
    book = read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv")
    rows = {row["id"]: row for row in rooms["index"].select(".list tbody")}
    for one in book:
        links = [a["href"] for a in rows[f"claim-{one.id}"].select("dl a")]
        assert not one.cell or links == [f"{one.notebook}.html#{one.cell}"], one.id


def test_claims_stand_in_the_report_s_order_and_those_it_does_not_print_come_last(rooms):
    rows = rooms["index"].select(".list tbody")
    assert rows[0]["id"] == "claim-members-joined"
    where = [row["data-where"] for row in rows]
    assert where.index("trycks inte") == len([one for one in where if one != "trycks inte"])


def links_of(folder, name):
    soup = BeautifulSoup((folder / "review" / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
    return {
        a["href"] for a in soup.find_all("a") if not a["href"].startswith(("http://", "https://", "mailto:"))
    }


@pytest.mark.parametrize("world", ["2023", "two years"])
def test_every_link_resolves_inside_the_published_folder(report_2023, two_years, world):
    folder = report_2023 if world == "2023" else two_years.folder
    known = {}
    for name in ROOMS:
        assert len(links_of(folder, name)) > 10
        for link in links_of(folder, name):
            file, _, anchor = link.partition("#")
            path = (folder / "review" / (file or f"{name}.html")).resolve()
            assert path.is_relative_to(folder.resolve()), link
            if path not in known:
                known[path] = set(re.findall(r'\sid="([^"]*)"', path.read_text(encoding="utf-8")))
            assert not anchor or anchor in known[path], f"{name}: {link}"


def test_the_folder_alone_holds_the_pages_and_no_more_than_they_need(report_2023):
    found = {path.name for path in (report_2023 / "review").iterdir()}
    assert found == {f"{name}.html" for name in ROOMS} | {
        f"{path.stem}.html" for path in (report_2023 / "notebooks").iterdir()
    }
    sizes = {name: (report_2023 / "review" / f"{name}.html").stat().st_size for name in ROOMS}
    assert max(sizes.values()) < 750_000
    assert all(path.suffix == ".ipynb" for path in (report_2023 / "notebooks").iterdir())


def test_the_state_is_told_first(report_2023, rooms):
    n = len(read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv"))
    status = rooms["index"].select_one("section")
    tiles = {words(div.dt): words(div.dd) for div in status.select(".figures div")}
    assert tiles["Siffror"] == str(n)
    assert tiles["Signerade av två"] == tiles["Signerade av en"] == tiles["Inaktuella signaturer"] == "0"
    assert tiles["Spärrar som brast"] == "0 av 4"
    assert words(status.select_one(".verdict")).startswith(f"Alla spärrar håller. {n} av {n} siffror väntar")
    checked = [int(words(one).split()[0]) for one in status.select(".gates .file")]
    assert checked[0] > 200
    assert min(checked) >= 5
    assert len(status.select(".warnings li")) == int(tiles["Varningar"]) > 0


def test_it_tells_who_has_signed_which_claim(two_years):
    page = two_years.pages["index"]
    tiles = {words(div.dt): words(div.dd) for div in page.select(".figures div")}
    assert [tiles[f"Signerade av {n}"] for n in ("två", "en")] == ["1", "1"]
    assert tiles["Inaktuella signaturer"] == "1"
    row = page.find(id="claim-emissions-nation-level")
    assert words(row.select_one(".sign")) == "Osignerad, Inaktuell"
    assert "Signerade innan siffran ändrades Bo" in words(row.select_one(".detail"))
    assert "Signerad av Ann, Bo" in words(page.find(id="claim-emissions-members-level").select_one(".detail"))


def test_without_an_earlier_report_it_says_so_and_shows_the_claims_own_comparisons(rooms):
    page = rooms["last-year"]
    assert "Ingen tidigare rapport är utgiven här att ställa bredvid." in words(page.main)
    shown = [words(a) for a in page.select("table a")]
    assert len(shown) == 2
    assert page.find(id="meningar") is None


def test_last_year_s_report_stands_beside_this_one(two_years):
    page = two_years.pages["last-year"]
    row = page.select_one("a[href='index.html#claim-emissions-members-level']").find_parent("tr")
    assert [words(cell) for cell in row.find_all("td")][:3] == ["6,5 ton 2020", "5,2 ton", "−1,3 ton"]
    assert "1 nya siffror" in words(page.main)
    pairs = [[words(td) for td in tr.find_all("td")] for tr in page.select(".pairs tbody tr")]
    assert pairs
    assert all("6,5" in before and "5,2" in after for before, after in pairs)
    assert {words(th) for th in page.select(".pairs tbody th")} == {"Nya tal"}
    assert page.select("#figurer ~ .pictures img")
    assert any(words(td) == "6,5 ton → 5,2 ton" for td in page.select("#figurer ~ details td"))
    moved = two_years.pages["index"].find(id="claim-emissions-members-level")
    assert (moved["data-moved"], words(moved.select_one("[data-label=Ändring]"))) == ("ja", "−1,3 ton")
    assert two_years.pages["index"].find(id="claim-members-joined")["data-moved"] == "ny"


def test_all_of_last_year_s_report_that_was_read_is_told_by_its_hash(two_years):
    found = two_years.run.earlier.digests
    assert {"outputs/2022/claims.csv", "outputs/2022/report.html"} <= set(found)
    root = two_years.folder.parent.parent
    assert {path: digest(root / path) for path in found} == found
    charts = [
        path.with_suffix(end) for path in root.glob("outputs/2022/figures/*.csv") for end in (".csv", ".svg")
    ]
    assert charts
    assert {path.relative_to(root).as_posix() for path in charts} <= set(found)


def test_only_claims_of_the_report_before_are_told_plainly(two_years, tmp_path):
    folder = tmp_path / "outputs" / "2022"
    folder.mkdir(parents=True)
    two_years.book.write(folder / "claims.csv")
    seal(folder)
    inputs = sources.Inputs(replace(two_years.run.project, root=tmp_path))
    found = earlier.find(inputs)
    assert (len(found.book), found.quotes, found.figures) == (len(two_years.book), None, {})
    assert inputs.looked["outputs/2022/report.html"] == []  # when it comes, this report is stale
    (folder / "claims.csv").unlink()
    with pytest.raises(InputError, match="klimatlib report 2022"):
        earlier.find(inputs)


def test_the_same_files_give_the_same_bytes(two_years, tiny_report, tmp_path):
    again = Rewritten(tiny_report, tmp_path / "annan plats", standings=two_years.run.standings)
    assert again.texts == two_years.texts


def test_foreign_text_is_inert_everywhere(tiny_report, tmp_path):
    world = Rewritten(tiny_report, tmp_path / "värld", hostile=True)
    for name, page in world.pages.items():
        assert [s.get("type") for s in page.find_all("script")] == (
            ["application/json", None] if name == "index" else []
        )
        assert page.find(onerror=True) is None
        assert all(img["src"].startswith("data:image/") for img in page.find_all("img"))
    assert HOSTILE in words(world.pages["index"].select_one(".list .name"))
    assert json.loads(world.pages["index"].find(id="trial-data").string)["members"][0][1] == HOSTILE


def test_the_pages_load_nothing_and_run_only_their_own_script(rooms):
    for name, page in rooms.items():
        policy = page.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert ("script-src 'sha256-" in policy) == (name == "index")
        assert "unsafe" not in policy
        assert page.find(["link", "iframe", "object", "form", "base"]) is None
        assert [tag for tag in page.find_all(True) if any(key.startswith("on") for key in tag.attrs)] == []
        assert page.select("[style]") == []


def test_the_quality_page_shows_why_and_how_it_was_counted(rooms):
    page = rooms["quality"]
    links = [a["href"] for a in page.select(".tag a")]
    for anchor in ("chart-why", "table-backtest", "table-releases", "table-conclusions"):
        assert f"../report.html#{anchor}" in links
    assert "Tillförlitlighet" in words(page.main)
    assert page.select_one(".claim")["href"].startswith("index.html#claim-")


# ---- what if -----------------------------------------------------------------------------------------


def test_data_inside_a_script_cannot_leave_it():
    text = embeddable({"a": "</script><!--\u2028&"})
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text) == {"a": "</script><!--\u2028&"}


REFERENCE = {  # members' level, reduction and mean reduction; the nation's level and reduction
    2020: ("3,224", "51,91", "53,35", "4,427", "46,72"),
    2021: ("3,289", "50,94", "53,53", "4,539", "45,37"),
    2022: ("3,099", "53,77", "57,10", "4,272", "48,59"),
    2023: ("2,994", "55,34", "57,98", "4,180", "49,69"),
}


@pytest.fixture(scope="module")
def embedded(rooms):
    return json.loads(rooms["index"].find(id="trial-data").string)


def test_what_is_embedded_gives_the_printed_headlines(embedded):
    printed = {one["id"]: one["text"] for one in embedded["headlines"]}
    assert trial.recomputed(embedded) == printed
    assert len(printed) == 5
    other = {**embedded, "definition": "mean_of_municipalities"}
    assert trial.recomputed(other)["emissions-members-reduction"] == "53\u00a0%"


@pytest.fixture(scope="module")
def browser(rooms, two_years, report_2023):
    if CHROMIUM is None:
        pytest.skip("the pages in a browser, since chromium is not installed")
    with chromium() as started:
        yield started


@pytest.fixture
def room(browser, report_2023):
    with opened(browser, report_2023 / "review" / "index.html") as found:
        yield found
        assert found.complaints == []
        assert found.from_outside() == []


def compute(page, **choices):
    return page.evaluate("c => document.querySelector('.trial').compute(c)", choices)


def test_the_page_gives_the_reference_figures(room, embedded):
    codes = [code for code, _ in embedded["members"]]
    for year, (level, cut, mean, nation, nation_cut) in REFERENCE.items():
        chosen = {"release": "2025", "year": year, "base": 1990, "codes": codes}
        ratio = compute(room.page, definition="ratio_of_sums", **chosen)
        means = compute(room.page, definition="mean_of_municipalities", **chosen)
        found = [
            ratio[f"emissions-{name}"][2].split("\u00a0")[0]
            for name in ("members-level", "members-reduction")
        ]
        found.append(means["emissions-members-reduction"][2].split("\u00a0")[0])
        found += [ratio[f"emissions-nation-{name}"][2].split("\u00a0")[0] for name in ("level", "reduction")]
        assert found == [level, cut, mean, nation, nation_cut]


def test_the_page_computes_what_the_library_computes_to_the_last_bit(room, report_2023, embedded):
    inputs = sources.Inputs(load_project("params/2023.yml", start=report_2023.parent.parent))
    people, every = sources.population(inputs), [code for code, _ in embedded["members"]]
    sets = [every, every[:1], every[1:], every[::2], every[5:17], [c for c in every if c != "2580"]]
    choices, known = [], []
    for release, frame in sources.releases(inputs).items():
        table = emissions.totals(frame, people)
        held = [year for year in emissions.years(table, [*every, "0000"]) if year in embedded["years"]]
        assert len(held) >= 9
        for year, base, codes, how in product(held[1::2], held[:4:3], sets, emissions.DEFINITIONS):
            level = emissions.level(table, codes, year=year, definition=how)
            cut = emissions.reduction(table, codes, year=year, base_year=base, definition=how)
            whole = emissions.total_reduction(table, codes, year=year, base_year=base)
            choices.append(
                {"release": release, "definition": how, "year": year, "base": base, "codes": codes}
            )
            known.append(
                [
                    [level, swedish.quantity(level, "ton", 1), swedish.quantity(level, "ton", 3)],
                    [cut, swedish.percent(cut), swedish.percent(cut, 2)],
                    [whole, swedish.percent(whole), swedish.percent(whole, 2)],
                ]
            )
    script = "all => all.map(c => document.querySelector('.trial').compute(c))"
    names = ("level", "reduction", "reduction-total")
    found = [
        [one[f"emissions-members-{name}"] for name in names] for one in room.page.evaluate(script, choices)
    ]
    assert len(choices) > 150
    assert found == known


def test_the_page_rounds_as_the_library_does(room):
    values = [k / n for n in (7, 8, 40, 42, 200) for k in range(-n, 2 * n)] + [
        0.005,
        1.005,
        0.285,
        1234567.25,
        5e-324,
    ]
    found = room.page.evaluate(
        "v => v.map(x => [0, 1, 3].map(d => document.querySelector('.trial').printed(x, 100, d, '%')))",
        values,
    )
    assert found == [[swedish.percent(value, decimals) for decimals in (0, 1, 3)] for value in values]


def test_a_trial_stands_beside_the_printed_number_and_says_that_it_is_none(room):
    page, row = room.page, room.page.locator("[data-headline=emissions-members-level]")
    expect(page.locator(".state")).to_have_text("Rapportens egna val: talen är de tryckta.")
    expect(row.locator(".tried")).to_have_text("3,2\u00a0ton")
    page.locator(".without summary").click()
    page.get_by_label("Luleå", exact=True).uncheck()
    expect(row.locator(".finer")).to_have_text(re.compile("^2,5\\d\\d\u00a0ton$"))
    expect(row.locator("td").first).to_have_text("3,2\u00a0ton")
    expect(page.locator(".state")).to_have_text("Prövning. Talen i kursiv är inte publicerade.")
    expect(page.locator(".without output")).to_have_text("39 av 40")
    page.locator(".trial .none").click()
    expect(row.locator(".tried")).to_have_text("saknas")
    page.locator(".trial .reset").click()
    expect(row.locator(".tried")).to_have_text("3,2\u00a0ton")
    page.get_by_label("Utgåva").select_option("2021-10-14")
    expect(row.locator(".tried")).to_have_text("saknas")  # that release ends in 2019
    page.get_by_label("Dataår").select_option("2019")
    expect(row.locator(".finer")).to_have_text(re.compile("^3,"))


# ---- finding and sorting -------------------------------------------------------------------------------


def ids(page):
    return page.eval_on_selector_all(".list tbody:not([hidden])", "found => found.map(one => one.id)")


def test_the_list_is_found_in_and_filtered(room, embedded):
    page, shown = room.page, room.page.locator(".shown")
    n = len(ids(page))
    expect(shown).to_have_text(f"Visar {n} av {n} siffror.")
    page.get_by_label("Sök").fill("kolsänkor svarande")
    assert "claim-survey-kolsankor" in ids(page)
    assert len(ids(page)) < 10
    page.get_by_label("Sedan förra gången").select_option("ja")
    assert ids(page) == ["claim-survey-kolsankor"]
    expect(shown).to_have_text(f"Visar 1 av {n} siffror.")
    page.locator(".filters .reset").click()
    page.get_by_label("Kapitel").select_option("50_survey")
    page.get_by_label("Slag").select_option("Antal och år")
    assert ids(page)
    assert all(one.startswith("claim-survey-") for one in ids(page))
    page.locator(".filters .reset").click()
    page.locator("[data-show='moved=ja']").click()
    assert len(ids(page)) == 2


def test_the_keyboard_sorts_the_list_up_down_and_back(room):
    page, before = room.page, ids(room.page)
    head = page.locator("th[data-key=change]")
    head.locator("button").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert ids(page)[:2] == ["claim-survey-kapitalforvaltning", "claim-survey-kolsankor"]
    page.keyboard.press("Space")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert ids(page)[:2] == ["claim-survey-kolsankor", "claim-survey-kapitalforvaltning"]
    assert ids(page)[2:] == [one for one in before if one not in ids(page)[:2]]  # what has none stands last
    page.keyboard.press("Enter")
    assert ids(page) == before
    assert head.get_attribute("aria-sort") is None


def test_a_claim_opens_by_keyboard_and_by_its_address(browser, room, report_2023):
    page = room.page
    button = page.locator("#claim-members-count .name button")
    expect(page.locator("#claim-members-count .detail")).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#claim-members-count .detail")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.get_by_label("Sök").fill("finns inte")
    page.goto((report_2023 / "review" / "index.html").as_uri() + "#claim-survey-kolsankor")
    expect(page.locator("#claim-survey-kolsankor .detail")).to_be_visible()
    page.locator("#claim-survey-kolsankor blockquote a").first.click()
    page.wait_for_url("**/report.html#claim-survey-kolsankor")
    assert page.locator(":target").inner_text() == "93\u00a0%"
    page.go_back()
    page.locator("#claim-survey-kolsankor dl a").click()
    page.wait_for_url("**/review/50_survey.html#50-*")
    assert page.locator(":target").count() == 1


def test_without_script_everything_is_readable(browser, report_2023):
    with opened(browser, report_2023 / "review" / "index.html", java_script_enabled=False) as found:
        assert found.page.locator(".list tbody .detail").first.is_visible()
        assert found.page.locator(".list tbody .detail").last.is_visible()
        assert not found.page.locator(".trial").is_visible()
        assert not found.page.locator(".filters").is_visible()
        assert found.page.locator("noscript").is_visible()


def test_print_shows_the_list_and_no_trial(room):
    room.page.emulate_media(media="print")
    assert room.page.locator(".list tbody").first.is_visible()
    assert not room.page.locator("#prova").is_visible()
    assert not room.page.locator(".filters").is_visible()


@pytest.mark.parametrize("name", ["index", "last-year"])
def test_axe_finds_nothing_wrong_when_all_is_open(browser, two_years, name):
    with opened(browser, two_years.folder / "review" / f"{name}.html") as found:
        found.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        if name == "index":
            found.page.locator(".filters .open").click()
        for mode in ("light", "dark", "360 px"):
            seen = look(found, mode)
            assert seen.violations == [], mode
            assert (seen.complaints, seen.from_outside) == ([], []), mode
            assert seen.excess <= 0, mode


def test_a_warning_outlives_a_copy_in_both_languages():
    told = warning("two rows", "två rader")
    for again in (copy.deepcopy(told), pickle.loads(pickle.dumps(told))):
        assert (again, again.swedish) == ("two rows", "två rader")
