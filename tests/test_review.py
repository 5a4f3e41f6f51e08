"""The reviewers' pages and the review room: what they tell, where their links lead, that all is inert."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from browser import CHROMIUM, LOOKS, chromium, look, opened
from conftest import seal
from klimatlib import swedish
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook, exact, read_claims
from klimatlib.claims.signatures import Passage, Signature, Standing
from klimatlib.config import Params, load_project
from klimatlib.errors import InputError, warning
from klimatlib.execution.publishing import digest
from klimatlib.indicators import emissions
from klimatlib.prose import rules
from klimatlib.review import room
from klimatlib.review.room import Anchors, Links, Quote
from klimatlib.sources import inputs as sources
from test_build import CHAPTERS

NOTEBOOKS = [*CHAPTERS, "90_summary"]
ROOMS = ["index", "sign", "last-year", "quality"]
HOSTILE = (
    '</script><script>alert(1)</script><img src=x onerror="alert(1)"><a href="javascript:alert(1)">x</a>'
    '<iframe src="https://example.org"></iframe><svg onload=alert(1)><style>*{color:red}</style></svg>'
    '<!--[if IE]><script>alert(1)</script><![endif]--><form action="https://example.org"><input></form>'
    '<img src="https://example.org/x.png" alt="bild">'
)


class World:
    """A published folder: its report, its pages and its claims."""

    names = (*NOTEBOOKS, *ROOMS)

    def __init__(self, folder):
        self.folder = folder
        self.texts = {name: (folder / "review" / f"{name}.html").read_text("utf-8") for name in self.names}
        self.pages = {name: BeautifulSoup(text, "html.parser") for name, text in self.texts.items()}
        self.book = read_claims((folder / "claims.csv").read_bytes(), file="claims.csv")


@pytest.fixture(scope="module")
def worlds(tiny_report, report_2023):
    return {"tiny": World(tiny_report / "outputs" / "tiny"), "2023": World(report_2023)}


@pytest.fixture(scope="module")
def rooms(worlds):
    return worlds["2023"].pages


def words(tag):
    return " ".join(tag.get_text(" ").split())


def spoken(tag):
    return " ".join(tag.get_text().split())


def assert_inert(soup, name):
    """Hold that a page runs its own script alone and loads nothing."""
    kinds = {"index": ["application/json", None], "sign": [None]}.get(name, [])
    assert [script.get("type") for script in soup.find_all("script")] == kinds
    assert soup.find(["iframe", "form", "link", "object", "base"]) is None
    assert [tag for tag in soup.find_all(True) if any(key.startswith("on") for key in tag.attrs)] == []
    assert all(tag["src"].startswith("data:image/") for tag in soup.find_all(src=True))


# ---- each notebook's page ----------------------------------------------------------------------------


def test_a_page_shows_what_is_printed_in_swedish_in_order_and_folds_the_work_behind_it(worlds):
    for name in NOTEBOOKS:
        soup = worlds["tiny"].pages[name]
        headings = [spoken(tag) for tag in soup.select(".report :is(h1, h2, h3, h4, h5, h6)")]
        listed = [spoken(a) for a in soup.select("nav.contents a")]
        assert listed == [*headings, "Siffror som anteckningsboken för in"]
        assert all(len(img["alt"]) > 20 for img in soup.find_all("img"))
        for table in soup.find_all("table"):
            assert table.find_parent(attrs={"role": "region", "tabindex": "0"})
            assert table.find("th", scope="col")
            assert all(cell.get("scope") and spoken(cell) for cell in table.find_all("th"))
        printed = soup.select("section.report")  # each such cell, and each number, links to its place
        assert printed
        for cell in printed:
            assert spoken(cell.select_one(".tag")).startswith("Trycks i rapporten: "), cell["id"]
            assert cell.select(".tag a[href^='../report.html#']"), cell["id"]
        assert all(number.name == "a" and "#claim-" in number["href"] for number in soup.select(".claim"))
        work = soup.select(".cell:not(.report)")  # code, notes and frames in English
        assert work and all("work" in cell.parent["class"] for cell in work)
        assert not soup.select("main details[open]")
        shown = BeautifulSoup(str(soup.body), "html.parser")
        for tag in shown.select(".work, code, .output, .file, td, .sums"):
            tag.decompose()
        english = {"the", "and", "report", "code", "warnings", "inputs", "claims", "of", "table"}
        assert english & set(re.findall(r"[a-zåäö]+", shown.get_text(" ").lower())) == set()
    titled = {"cells": [{"metadata": {"tags": ["report"]}, "outputs": [html("<h3>Vår <b>luft</b></h3>")]}]}
    assert [room.printed_title(notebook) for notebook in (titled, {"cells": []})] == ["Vår luft", ""]


def test_a_printed_cell_links_to_its_own_place_and_a_claims_row_tells_what_it_is(worlds):
    soup, book = worlds["2023"].pages["40_emissions"], worlds["2023"].book
    for place, tag in (("chart-emissions", "img"), ("table-pace", "table"), ("två-sätt-att-räkna", "p")):
        cell = soup.select_one(f".tag a[href='../report.html#{place}']").find_parent("section")
        assert cell.find(tag), place
    row = soup.find(id="claim-emissions-members-industri-2020")
    assert row.select_one("td a[href='../report.html#chart-sectors']"), "the chart that shows it"
    row, claim = worlds["2023"].pages["50_survey"].find(id="claim-survey-kolsankor"), book["survey-kolsankor"]
    cells = [spoken(cell) for cell in row.find_all("td")]
    assert cells[:3] == [" ".join(claim.text.split()), "42 av 51", "2023"]
    assert cells[4:6] == [claim.definition, LIGHTS[claim.comparable]]
    assert claim.cell in [a["href"].rpartition("#")[2] for a in row.select("td a")]


def test_what_a_page_rests_on_is_told_as_the_manifest_has_it(worlds):
    folder, inputs, claims = worlds["tiny"].folder, {}, Counter()
    manifest, build = (json.loads((folder / f"{name}.json").read_text()) for name in ("manifest", "build"))
    for name in NOTEBOOKS:
        soup = worlds["tiny"].pages[name]
        lines = dict(reversed(line.split("  ")) for line in soup.select_one(".sums").get_text().splitlines())
        assert lines.pop("klimatlib") == build["klimatlib"]["library"]
        assert lines.pop(f"notebooks/{name}.ipynb") == manifest["notebooks"][f"notebooks/{name}.ipynb"]
        rows = soup.select("[aria-label=Underlag] tr")[1:]
        short = {spoken(row.th): spoken(row.find_all("td")[-1]) for row in rows}
        assert {path: sha[:12] for path, sha in lines.items()}.items() <= short.items()
        inputs |= lines
        claims.update(spoken(row) for row in soup.select(".claims tbody th"))
        stated = {spoken(row.th): row for row in soup.select("[aria-label=Parametrar] tbody tr")}
        assert list(stated) == list(Params.model_fields)
        assert all(spoken(row.find_all("td")[1]) for row in stated.values()), "each has a meaning"
    assert inputs == manifest["inputs"]
    assert claims == Counter(claim.id for claim in worlds["tiny"].book)
    warnings = [[spoken(li) for li in worlds["2023"].pages[n].select(".warnings li")] for n in NOTEBOOKS]
    assert "antalet svar och ja-svar i enkäten är uträknat ur publicerade procenttal" in warnings[0]
    assert all(lines == warnings[0] for lines in warnings)
    notice = "rapporten. Exempeldata. Alla uppgifter är påhittade.</p>"
    assert [name for name, text in worlds["tiny"].texts.items() if notice not in text] == []


def test_rows_of_an_input_are_counted_without_its_header(tmp_path):
    (tmp_path / "a.csv").write_text('x,y\n1,"two\nlines"\n2,z\n', encoding="utf-8")
    (tmp_path / "b.yml").write_text("a: 1\n", encoding="utf-8")
    for name, encoding in (("c", "cp1252"), ("d", "utf-16")):  # as answers may be saved
        (tmp_path / f"{name}.csv").write_text("kommun;ja\nÅre;nej\n", encoding=encoding)
    files = room.input_files({"b.yml": "0", "a.csv": "1", "c.csv": "2", "d.csv": "3"}, tmp_path)
    assert files == [("a.csv", "1", 2), ("b.yml", "0", None), ("c.csv", "2", 1), ("d.csv", "3", 1)]


@pytest.mark.parametrize("where", ["tiny", "2023"])
def test_a_page_loads_nothing_and_runs_only_its_own_script(worlds, where):
    world = worlds[where]
    for name, soup in world.pages.items():
        assert len(world.texts[name].encode()) < (900_000 if name in ROOMS else 1_000_000)
        assert_inert(soup, name)
        assert (soup.select("[style]"), len(soup.find_all("style"))) == ([], 1)
        policy = soup.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert ("script-src 'sha256-" in policy) == (name in ("index", "sign"))
        assert "unsafe" not in policy


# ---- foreign markup ----------------------------------------------------------------------------------


def read(cell_type="code", source=HOSTILE, **what):
    """Read one cell as a page shows it: its markup and its headings."""
    cell = {"id": "a", "metadata": {}, "cell_type": cell_type, "source": source}
    cell["outputs"] = [what] * bool(what)
    links = Links(Anchors({}, (), {}), {}, ClaimBook(), {})
    (shown,), headings = room.read_cells("x", {"cells": [cell]}, links)
    return BeautifulSoup(shown.body, "html.parser"), headings


def html(markup):
    return {"output_type": "execute_result", "data": {"text/html": markup}}


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "markdown", "source": "# " + HOSTILE + "\n\n[x](javascript:alert(1))"},
        {"output_type": "error", "ename": "ValueError", "evalue": HOSTILE, "traceback": [HOSTILE]},
        html(f"<table><td>{HOSTILE}</td></table><p title='{HOSTILE}'>{HOSTILE}"),
        {"output_type": "execute_result", "data": {"text/plain": HOSTILE}},
    ],
)
def test_foreign_markup_is_inert(cell):
    soup, _ = read(**cell)
    assert soup.find(["script", "iframe", "svg", "style", "form", "input", "object", "img"]) is None
    for tag in soup.find_all(True):
        dangerous = {key for key in tag.attrs if key.startswith("on") or key in {"style", "id"}}
        assert not dangerous or (tag.name[0] == "h" and dangerous == {"id"})
        assert not str(tag.get("href", "")).lower().startswith("javascript")
        assert not tag.get("src")


def test_harmless_markup_stays_and_a_link_that_could_run_is_only_words():
    for markup, clean in (
        ("<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; 2 &lt; 3</p>",) * 2,
        ('<span class="claim" data-claim="a">2</span>',) * 2,
        ('<img alt="x" src="data:image/png;base64,AAAA">', '<img alt="x" src="data:image/png;base64,AAAA">'),
        ('<img alt="x" src="data:text/html;base64,AAAA">', '<img alt="x">'),
        ('<p class="note evil" id="a" title="b">x<blink>y</blink></p>', '<p class="note">xy</p>'),
        ('<a href="java\nscript:alert(1)">ord</a>', "<a>ord</a>"),
        ('<a href="data:text/html,x">ord</a>', "<a>ord</a>"),
        ('<a href="//x.org">ord</a>', "<a>ord</a>"),
    ):
        assert room.sanitise(markup) == clean


def test_headings_shift_so_that_no_level_is_skipped_and_two_header_rows_of_a_frame_become_one():
    _, headings = read("markdown", "# A\n\n### B\n\n###### C\n\n## D\n\n# E")
    assert [(h.level, h.words) for h in headings] == [(2, "A"), (3, "B"), (4, "C"), (3, "D"), (2, "E")]
    frame = (
        "<table><thead><tr><th></th><th>rows</th></tr><tr><th>status</th><th></th></tr></thead>"
        "<tbody><tr><th>member</th><td style='text-align: right'>2</td></tr></tbody></table>"
    )
    soup, _ = read(**html(frame + frame))
    rows = [[spoken(c) for c in row.find_all(["th", "td"])] for row in soup.table.find_all("tr")]
    assert rows == [["status", "rows"], ["member", "2"]]
    assert [heading["scope"] for heading in soup.table.find_all("th")] == ["col", "col", "row"]
    assert soup.td["class"] == ["number"]
    assert [div["aria-label"] for div in soup.find_all("div")] == ["Tabell 1 på sidan", "Tabell 2 på sidan"]


# ---- the report's sentences, and the number before ---------------------------------------------------

PAGE = """<main><h2 id="a">Vi</h2><section id="s"><h3>Nivån</h3>
<p>Vi är <span data-claim="n">två</span> 2023. Det var
”bra”. <span data-claim="level">3,2&nbsp;ton</span> är min\u00adst.</p>
<ul><li><span class="value"><span data-claim="n">2</span></span> medlemmar</li></ul></section>
<figure id="chart-x"><figcaption><strong>Figur 1.</strong> Nivå. Ton.</figcaption>
<details><table><tr><th>x</th><td>1</td></tr></table></details></figure>
<table id="table-t"><thead><tr><th>Vad</th></tr></thead><tr><th>Nivå</th>
<td data-claim="level">3,2</td></tr></table>
</main>"""


def claim(claim_id="level", value="3.224", unit="t CO2e per capita", text="3,2 ton", **more):
    stated = {"data_year": 2020, "definition": "Nivå 1990–2020", "source": "SMHI"} | more
    text = text.replace(" ", "\u00a0")
    return Claim(claim_id, 2023, exact(Decimal(value)), unit, text, "level", **stated)


def quote(*pieces):
    """A sentence of words and of numbers, which are pairs of words and a claim's id."""
    return Quote(tuple((p, "") if isinstance(p, str) else p for p in pieces), "a", "a", "sentence")


def test_a_report_is_read_sentence_by_sentence_as_printed():
    _, quotes = room.read_report(PAGE)
    assert [(q.text, q.claims, q.form, q.place) for q in quotes] == [
        ("Vi är två 2023.", ("n",), "sentence", "s"),
        ("Det var ”bra”.", (), "sentence", "s"),
        ("3,2\u00a0ton är minst.", ("level",), "sentence", "s"),
        ("2 medlemmar", ("n",), "tile", "s"),
        ("Figur 1. Nivå. Ton.", (), "caption", "chart-x"),
        ("Nivå · 3,2", ("level",), "row", "a"),
    ]
    assert quotes[0].frame == "Vi är {n} {year}."
    assert quotes[2].pieces == (("3,2\u00a0ton", "level"), (" är minst.", ""))


def test_a_change_is_told_as_the_number_is_printed():
    for current, before, text in (
        (claim(), "3.586", "−0,4 ton"),
        (claim(), "3.224", "oförändrad"),
        (claim(), "3.2", "+0,02 ton"),  # too little for the printed decimals: one more
        (claim("s", "0.55", "share", "55 %"), "0.44", "+11 procentenheter"),
        (claim("s", "0.55", "share", "55 %"), "0.56", "−1 procentenhet"),
        (claim("p", "0.0395", "share per year", "4,0 %"), "0.03", "+1,0 procentenheter"),
        (claim("n", "1234", "members", "1 234"), "34", "+1 200"),
        (claim("w", "3", "members", "tre"), "2", "+1"),
        (claim("r", "52", "inlägg", "52–156"), "50", "+2"),
    ):
        change = room.change_text(current, room.Before(Decimal(before), "", "2022"))
        assert change == text.replace(" ", "\u00a0")


def test_a_claim_s_own_comparison_goes_before_what_was_printed_or_published():
    old, own = claim(value="9", text="9 ton"), {"previous_year": 2021, "previous_value": Decimal("3.6")}
    stood = claim("p", "3", text="3 ton", role="published", subject="members", measure="emissions")
    now, other = (replace(claim(), subject=whom, measure="emissions") for whom in ("members", "nation"))
    assert room.published_before(ClaimBook([stood, now])) == {"level": stood}
    assert room.published_before(ClaimBook([stood, other])) == {}
    before = [room.number_before(now, each) for each in (None, old, stood)]
    assert before == [None, (9, "9\u00a0ton", "2020"), (3, "3\u00a0ton", "publicerat 2023")]
    told = room.number_before(claim(**own, comparable="yes"), old)
    assert told == (Decimal("3.6"), "3,6\u00a0ton", "2021")


def test_numbers_cells_and_headlines_that_do_not_fit_break_checks():
    book = ClaimBook([claim(notebook="40", cell="40-17"), claim("n", "2", "members", "2")])
    right = [quote(("Två", "n"), " är ", ("2", "n"), ", en är ", ("3,2\u00a0ton", "level"))]
    wrong = [quote(("3,3\u00a0ton", "level")), quote(("1", "gone")), quote(("tre", "n"))]
    notebook = {"cells": [{"id": "40-17"}]}
    checks = room.release_checks(book, right, {"40": notebook}, {"level": "3,2\u00a0ton"})
    assert [(check.n, check.failed) for check in checks] == [(3, ()), (0, ()), (1, ()), (1, ())]
    checks = room.release_checks(book, wrong, {"40": {"cells": []}}, {"level": "3,3\u00a0ton"})
    assert [check.failed for check in checks] == [("level", "gone", "n"), (), ("level",), ("level",)]


# ---- two years ---------------------------------------------------------------------------------------


def test_sentences_of_two_years_find_each_other():
    gone, fresh = quote("Här står något som försvinner."), quote("Allt annat handlar om cyklar!")
    old = [quote("Vi är ", ("50", "n"), " år 2022."), quote("Samma."), gone]
    new = [quote("Vi är ", ("51", "n"), " år 2023."), quote("Samma."), fresh]
    old += [quote("Nivån är ", ("3,6 ton", "level"), " nu."), quote("Kansliet i Lund har fyra anställda.")]
    new += [quote("I år hamnar den på ", ("3,2 ton", "level")), quote("Kansliet i Lund har fem anställda.")]
    pairs = room.pair_sentences(old, new)
    assert [(p.before and p.before.text[:9], p.after and p.after.text[:9], p.kind) for p in pairs] == [
        ("Vi är 50 ", "Vi är 51 ", "numbers"),
        ("Samma.", "Samma.", "same"),
        (None, "Allt anna", "new"),
        ("Nivån är ", "I år hamn", "changed"),
        ("Kansliet ", "Kansliet ", "changed"),
        ("Här står ", None, "gone"),
    ]
    left, right = pairs[-2].sides()
    assert [[text for text, moved in side if moved] for side in (left, right)] == [["fyra"], ["fem"]]


def test_every_sentence_of_both_years_stands_once_and_one_that_moved_is_neither_new_nor_gone():
    old, new = ([quote(f"Mening {i} om ämne {i % n}.") for i in range(n, 30 + n)] for n in (3, 4))
    pairs = room.pair_sentences(old, new)
    assert [pair.after for pair in pairs if pair.after] == new
    assert Counter(pair.before.text for pair in pairs if pair.before) == Counter(q.text for q in old)
    first, *others = new
    assert {pair.kind for pair in room.pair_sentences(new, [*others, first])} == {"same"}


def test_a_chart_s_numbers_stand_beside_last_year_s():
    old, new = "År,Vi\n2019,3\n2020,4\n", "År,Vi\n2020,5\n2021,6\n"
    before = {"a": room.Figure(old, b"<svg/>"), "c": room.Figure(old, None)}
    after = {"a": room.Figure(new, None), "b": room.Figure(new, None)}
    charts = {chart.name: chart for chart in room.compare_figures(before, after, order=["x", "b"])}
    assert [*charts] == ["b", "a", "c"]
    assert charts["a"].rows == [("2020", [("4", "5")]), ("2021", [(None, "6")]), ("2019", [("3", None)])]
    assert (charts["a"].head, charts["a"].before, charts["a"].after) == (["År", "Vi"], b"<svg/>", None)
    assert (charts["b"].rows[0], charts["c"].rows[0]) == (("2020", [(None, "5")]), ("2019", [("3", None)]))


def rewritten(root, target, *, standings=None, hostile=False):
    """Write the tiny report's pages anew as those of 2023, with a report of 2022; give folder and review."""
    tiny, folder = root / "outputs" / "tiny", target / "outputs" / "2023"
    shutil.copytree(root, target, ignore=shutil.ignore_patterns("outputs"))
    shutil.copytree(tiny, folder, ignore=shutil.ignore_patterns("review"))
    project = load_project("params/tiny.yml", start=target)
    params = project.params.model_copy(update={"data": "tiny", "previous": "2022"})
    inputs = sources.Inputs(replace(project, name="2023", params=params))
    book = read_claims((tiny / "claims.csv").read_bytes(), file="claims.csv")
    write_previous(tiny, target / "outputs" / "2022", book)
    if hostile:
        book = ClaimBook(replace(claim, definition=HOSTILE, source=HOSTILE, text=HOSTILE) for claim in book)
    (folder / "chapters").mkdir()
    for path in (root / "outputs" / ".kept" / "tiny").glob("[0-9]*/chapters/*"):
        shutil.copy(path, folder / "chapters")
    mark = ("främst", "superlative", "members-count")
    said = {"false": (mark,), "open": (("Vi", "verb", ""),), "bound": ()}
    page = [
        Passage(i, "Förord", "sentence", HOSTILE * hostile + i, i, claims=("members-count",), marks=marks)
        for i, marks in reversed(said.items())
    ]
    review = room.Review(
        inputs, sources.outline(inputs), book, (warning(HOSTILE, HOSTILE),) * hostile,
        standings=standings or {}, previous=room.previous_report(inputs), page=page,
    )  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        room.write_pages(folder, review, pool)
    return folder, review


def write_previous(tiny, folder, book):
    shutil.copytree(tiny, folder)
    moved = {
        "emissions-members-level": {"value": Decimal("6.5"), "text": "6,5\u00a0ton"},
        "emissions-nation-level": {"method": "mean_of_municipalities", "definition": "Annan"},
    }
    old = [replace(c, year=2022, **moved.get(c.id, {})) for c in book if c.id != "members-joined"]
    ClaimBook(old).write(folder / "claims.csv")
    for name, end in (("report.html", "\u00a0ton<"), ("figures/emissions.csv", "")):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(f"5,2{end}", f"6,5{end}"), encoding="utf-8")
    seal(folder)


def soup_of(folder, name):
    return BeautifulSoup((folder / "review" / f"{name}.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def two_years(tiny_report, tmp_path_factory):
    ann, bo, cia = (Signature(name, "report", "", "2024-03-01", "", "") for name in ("Ann", "Bo", "Cia"))
    standings = {
        "emissions-members-level": Standing(None, (ann, bo), (cia,)),
        "members-count": Standing(None, (ann,)),
        "emissions-nation-level": Standing(None, (), (bo,)),
    }
    return rewritten(tiny_report, tmp_path_factory.mktemp("room") / "värld", standings=standings)


def test_last_year_s_report_stands_beside_this_one_and_who_has_signed_is_told(two_years):
    page, index = soup_of(two_years[0], "last-year"), soup_of(two_years[0], "index")
    row = page.select_one("a[href='index.html#claim-emissions-members-level']").find_parent("tr")
    assert [words(cell) for cell in row.find_all("td")][:3] == ["6,5 ton 2020", "5,2 ton", "−1,3 ton"]
    assert "1 nya siffror" in words(page.main)
    pairs = [[words(td) for td in tr.find_all("td")] for tr in page.select(".pairs tbody tr")]
    assert pairs
    assert all("6,5" in before and "5,2" in after for before, after in pairs)
    assert {words(th) for th in page.select(".pairs tbody th")} == {"Nya tal"}
    assert page.select("#figurer ~ .pictures img")
    assert any(words(td) == "6,5 ton → 5,2 ton" for td in page.select("#figurer ~ details td"))
    moved = index.find(id="claim-emissions-members-level")
    assert (moved["data-moved"], words(moved.select_one("[data-label=Ändring]"))) == ("ja", "−1,3 ton")
    assert index.find(id="claim-members-joined")["data-moved"] == "ny"
    redefined = index.find_all("dt", string="Annan definition förra gången")
    assert [words(dt.parent.dd) for dt in redefined] == ["Annan"]
    tiles = {words(div.dt): words(div.dd) for div in index.select(".figures div")}
    signed = ("Signerade av två", "Signerade av en", "Signaturer att förnya")
    assert [tiles[name] for name in signed] == ["1", "1", "1"]
    row = index.find(id="claim-emissions-nation-level")
    assert words(row.select_one(".sign")) == "Osignerad, Att förnya"
    assert "Signerade innan siffran ändrades Bo" in words(row.select_one(".detail"))
    assert "Signerad av Ann, Bo" in words(moved.select_one(".detail"))


def test_last_year_s_report_is_told_by_its_hashes_and_only_its_claims_are_needed(two_years, tmp_path):
    folder, review = two_years
    root, digests = folder.parent.parent, review.previous.digests
    assert {path: digest(root / path) for path in digests} == digests
    charts = [*root.glob("outputs/2022/figures/*.csv")]
    files = [path.with_suffix(end) for path in charts for end in (".csv", ".svg")]
    needed = {"outputs/2022/claims.csv", "outputs/2022/report.html"}
    assert charts
    assert needed | {path.relative_to(root).as_posix() for path in files} <= set(digests)

    alone = tmp_path / "outputs" / "2022"
    alone.mkdir(parents=True)
    review.book.write(alone / "claims.csv")
    seal(alone)
    inputs = sources.Inputs(replace(review.inputs.project, root=tmp_path))
    previous = room.previous_report(inputs)
    assert (len(previous.book), previous.quotes, previous.figures) == (len(review.book), None, {})
    assert inputs.looked["outputs/2022/report.html"] == []  # when it comes, this report is stale
    (alone / "claims.csv").unlink()
    with pytest.raises(InputError, match="klimatlib report 2022"):
        room.previous_report(inputs)


def test_the_same_files_give_the_same_bytes(two_years, tiny_report, tmp_path):
    again, _ = rewritten(tiny_report, tmp_path / "annan plats", standings=two_years[1].standings)
    for path in sorted(two_years[0].glob("review/*.html")):
        assert path.read_bytes() == (again / "review" / path.name).read_bytes(), path.name


def test_foreign_text_is_inert_everywhere(tiny_report, tmp_path):
    folder, _ = rewritten(tiny_report, tmp_path / "värld", hostile=True)
    for name in ROOMS:
        assert_inert(soup_of(folder, name), name)
    index = soup_of(folder, "index")
    assert HOSTILE in words(index.select_one(".list tbody:not(.group) .name"))
    assert HOSTILE in {head["text"] for head in json.loads(index.find(id="trial-data").string)["headlines"]}


# ---- the room of 2023 --------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["tiny", "2023", "two years"])
def test_every_link_resolves_inside_the_published_folder(worlds, two_years, where):
    folder = two_years[0] if where == "two years" else worlds[where].folder
    anchors, outside = {}, ("http://", "https://", "mailto:")
    assert {path.name for path in (folder / "review").iterdir()} == {f"{name}.html" for name in World.names}
    for name in World.names:
        links = {a["href"] for a in soup_of(folder, name).find_all("a") if not a["href"].startswith(outside)}
        assert len(links) > 10
        for link in links:
            file, _, anchor = link.partition("#")
            path = (folder / "review" / (file or f"{name}.html")).resolve()
            assert path.is_relative_to(folder.resolve()), link
            if path not in anchors:
                anchors[path] = set(re.findall(r'\sid="([^"]*)"', path.read_text(encoding="utf-8")))
            assert not anchor or anchor in anchors[path], f"{name}: {link}"


def test_every_claim_has_one_row_by_chapter_with_what_to_review_first_first(worlds, rooms):
    status, n = rooms["index"].select_one("section"), len(worlds["2023"].book)
    verdict = f"Alla kontroller håller. {n} av {n} siffror väntar"
    assert words(status.select_one(".verdict")).startswith(verdict)
    checked = [int(words(part).split()[0]) for part in status.select(".gates .file")]
    assert checked[0] > 150 and min(checked) >= 5
    assert status.select(".warnings li")
    book, ranks = worlds["2023"].book, ["ändrad", "huvudsiffra", "härledd", "skriven för hand", "ny", ""]
    groups, rows = {}, {}
    for body in rooms["index"].select(".list tbody"):
        if "group" in body.get("class", ()):
            groups[words(body.select_one(".name"))] = own = []
        else:
            own.append(body)
            rows[body["id"]] = body
    chapters = [link.contents[0].strip() for link in rooms["index"].select("nav .chapters a")]
    assert [*groups] == [*chapters, "Trycks inte i rapporten"]
    assert {*rows} == {f"claim-{claim.id}" for claim in book}
    for name, own in groups.items():
        unprinted = name == "Trycks inte i rapporten"
        assert {row["data-where"] == "trycks inte" for row in own} == {unprinted}
        places = [ranks.index(row["data-risks"].partition("|")[0]) for row in own]
        assert places == sorted(places), name
    assert groups["Utsläpp"][0]["data-risks"] == "ändrad|huvudsiffra"
    level = rows["claim-emissions-members-level"]
    assert words(level.select_one("[data-label=Förra]")) == "3 ton publicerat 2023"
    for claim in book:
        links = [a["href"] for a in rows[f"claim-{claim.id}"].select("dl a")]
        assert not claim.cell or links == [f"{claim.notebook}.html#{claim.cell}"], claim.id
        assert ("skriven för hand" in rows[f"claim-{claim.id}"]["data-risks"]) >= (claim.kind == "fact")
        assert ("härledd" in rows[f"claim-{claim.id}"]["data-risks"]) == claim.inferred
    row = rows["claim-survey-kolsankor"]
    cells = ["93 %", "60 % 2022", "+33 procentenheter", "Med försiktighet", "2023", "42 av 51", "Osignerad"]
    assert [words(cell) for cell in row.select("td[data-label]")] == cells
    assert words(row.select_one("dl")).startswith("Antal ja 39 av 42 svarande, 51 tillfrågade")
    assert words(row.blockquote.p).startswith("Flest arbetar med lokala kolsänkor: 93 % av de svarande")
    assert row.select_one("blockquote a")["href"] == "../report.html#claim-survey-kolsankor"


def test_without_an_earlier_report_it_says_so_and_the_quality_page_shows_how_it_was_counted(rooms):
    page = rooms["last-year"]
    assert "Det finns ingen tidigare rapport att jämföra med." in words(page.main)
    before = [words(cell).split()[-1] for cell in page.select("[data-label=Förra]")]
    assert before == ["2023", "2023", "2023", "2022", "2022"], "published then, or the claims' own"
    assert page.find(id="meningar") is None
    page = rooms["quality"]
    links = [a["href"] for a in page.select(".tag a")]
    for anchor in ("chart-why", "table-backtest", "table-releases", "table-conclusions"):
        assert f"../report.html#{anchor}" in links
    assert "Tillförlitlighet" in words(page.main)
    assert page.select_one(".claim")["href"].startswith("index.html#claim-")


def test_what_is_false_or_open_is_signed_first_and_says_why_in_swedish(two_years):
    items = soup_of(two_years[0], "sign").select_one("details.chapter").select("li")
    assert [(item["class"], item["data-place"]) for item in items] == [
        (["false"], "2"), (["open"], "1"), (["bound"], "0"),
    ]  # fmt: skip
    assert [item.select_one(".yes").has_attr("disabled") for item in items] == [True, False, False]
    why = [words(item.select_one(".why")) for item in items[:2]]
    count = two_years[1].book["members-count"]
    assert why[0].startswith(
        "Går inte att signera. ”främst”: något annat är störst eller minst ( " + count.text
    )
    assert why[1] == "Ingen regel kan avgöra ”Vi”. Signera med ett skäl, eller skriv om."
    template = (room.ASSETS / "sign.html.j2").read_text("utf-8")
    ruled = {name for name, _ in (*rules._AGREEMENTS, *rules._WHOLE)} | {*rules._DECISIONS}
    assert [rule for rule in ruled if f'"{rule}": "' not in template] == []


# ---- what if -----------------------------------------------------------------------------------------

COMPUTE = "all => all.map(c => document.querySelector('.trial').compute(c))"


@pytest.fixture(scope="module")
def embedded(rooms):
    return json.loads(rooms["index"].find(id="trial-data").string)


def test_what_is_embedded_gives_the_printed_headlines_and_a_change_of_it_makes_the_page_anew(
    embedded, report_2023
):
    record = json.loads((report_2023.parent / ".kept" / "2023" / "pages" / "record.json").read_bytes())
    tables = {f"data/statistics/emissions_{release}.csv" for release in embedded["releases"]}
    assert len(tables) == 2 and tables <= record["about"]["inputs"].keys()
    assert room.recomputed(embedded) == {head["id"]: head["text"] for head in embedded["headlines"]}
    assert len(embedded["headlines"]) == 5
    other = {**embedded, "definition": "mean_of_municipalities"}
    assert room.recomputed(other)["emissions-members-reduction"] == "53\u00a0%"


@pytest.fixture(scope="module")
def browser(rooms, two_years):
    if CHROMIUM is None:
        pytest.skip("the pages in a browser, since chromium is not installed")
    with chromium() as started:
        yield started


@pytest.fixture
def shown(browser, report_2023):
    with opened(browser, report_2023 / "review" / "index.html") as found:
        yield found
        assert found.complaints == []


def test_the_page_computes_what_the_library_computes_to_the_last_bit(shown, report_2023, embedded):
    inputs = sources.Inputs(load_project("params/2023.yml", start=report_2023.parent.parent))
    people, every = sources.population(inputs), [code for code, _ in embedded["members"]]
    sets = [every, every[:1], every[5:17], [c for c in every if c != "2580"]]
    choices, expected = [], []
    for release, frame in sources.releases(inputs).items():
        table = emissions.totals(frame, people)
        held = [year for year in emissions.years(table, [*every, "0000"]) if year in embedded["years"]]
        for year, base, codes, how in product(held[1::6], held[:4:3], sets, emissions.DEFINITIONS):
            level = emissions.level(table, codes, year=year, definition=how)
            cut = emissions.reduction(table, codes, year=year, base_year=base, definition=how)
            cuts = (cut, emissions.total_reduction(table, codes, year=year, base_year=base))
            choices.append(
                {"release": release, "definition": how, "codes": codes, "year": year, "base": base}
            )
            tonnes = [level, swedish.quantity(level, "ton", 1), swedish.quantity(level, "ton", 3)]
            expected.append([tonnes, *([cut, swedish.percent(cut), swedish.percent(cut, 2)] for cut in cuts)])
    names = [f"emissions-members-{name}" for name in ("level", "reduction", "reduction-total")]
    assert len(choices) > 60
    computed = shown.page.evaluate(COMPUTE, choices)
    assert [[values[name] for name in names] for values in computed] == expected


def test_a_trial_stands_beside_the_printed_number_and_says_that_it_is_none(shown):
    page, row = shown.page, shown.page.locator("[data-headline=emissions-members-level]")
    expect(page.locator(".state")).to_have_text("Rapportens egna val: talen är de tryckta.")
    expect(row.locator(".tried")).to_have_text("3,2\u00a0ton")
    page.locator(".without summary").click()
    page.get_by_label("Luleå", exact=True).uncheck()
    expect(row.locator(".finer")).to_have_text(re.compile("^2,5\\d\\d\u00a0ton$"))
    expect(row.locator("td").first).to_have_text("3,2\u00a0ton")
    expect(page.locator(".state")).to_have_text("Prövning. Talen i kursiv är inte publicerade.")
    expect(page.locator(".without output")).to_have_text("39 av 40")
    page.get_by_label("Utgåva").select_option("2021-10-14")
    expect(row.locator(".tried")).to_have_text("saknas")  # that release ends in 2019
    page.locator(".trial .reset").click()
    expect(row.locator(".tried")).to_have_text("3,2\u00a0ton")


# ---- finding, sorting, and reading without script ------------------------------------------------------


def listed(page):
    return page.eval_on_selector_all(".list tbody:not(.group, [hidden])", "rows => rows.map(row => row.id)")


def test_the_list_is_found_in_filtered_and_sorted_by_keyboard_up_down_and_back(shown):
    page, count = shown.page, shown.page.locator(".shown")
    folded = page.get_by_role("button", name="Trycks inte i rapporten")
    expect(folded).to_have_attribute("aria-expanded", "false")
    assert page.locator(".list tbody[data-where='trycks inte']:visible").count() == 0
    folded.press("Enter")
    before = listed(page)
    n, changed = len(before), ["claim-survey-kapitalforvaltning", "claim-survey-kolsankor"]
    expect(count).to_have_text(f"Visar {n} av {n} siffror.")
    page.get_by_label("Sök").fill("kolsänkor svarande")
    assert "claim-survey-kolsankor" in listed(page)
    assert len(listed(page)) < 10
    page.get_by_label("Sedan förra gången").select_option("ja")
    assert listed(page) == ["claim-survey-kolsankor"]
    expect(count).to_have_text(f"Visar 1 av {n} siffror.")
    page.locator(".filters .reset").click()
    page.get_by_label("Kapitel").select_option("50_survey")
    page.get_by_label("Granska först").select_option("ändrad")
    assert {*listed(page)} == {*changed}
    page.locator("[data-show='moved=ja']").click()
    assert {*changed} < {*listed(page)}
    assert page.locator(".group:visible").count() == 2
    page.get_by_label("Kapitel").select_option("50_survey")
    head = page.locator("th[data-key=change]")
    head.locator("button").focus()
    for way, order in (("ascending", changed), ("descending", changed[::-1])):
        page.keyboard.press("Enter")
        expect(head).to_have_attribute("aria-sort", way)
        assert listed(page) == order
    expect(page.locator(".group:visible")).to_have_count(0)
    page.locator(".filters .reset").click()
    assert listed(page) == before
    assert head.get_attribute("aria-sort") is None


def test_what_is_ticked_stays_in_the_browser_and_a_link_opens_its_chapter(browser, two_years):
    with opened(browser, two_years[0] / "review" / "sign.html") as tab:
        page = tab.page
        page.get_by_label("Ditt namn").fill("Ann")
        page.locator("#att-bound .yes").check()
        page.locator("#att-open .comment").fill("Kortare")
        page.get_by_label("Ordning").select_option("place")
        ids = page.eval_on_selector_all(".chapter:first-of-type li", "all => all.map(one => one.dataset.id)")
        assert ids == ["bound", "open", "false"]
        page.reload()
        expect(page.locator(".reader .shown")).to_have_text(re.compile("^1 av .* 1 kommentar$"))
        assert page.get_by_label("Ditt namn").input_value() == "Ann"
        assert page.locator("#att-bound .yes").is_checked()
        page.goto((two_years[0] / "review" / "index.html").as_uri() + "#claim-emissions-nation-level")
        page.locator("#claim-emissions-nation-level a.sign").click()
        expect(page.locator("#att-emissions-nation-level")).to_be_visible()


def test_a_claim_opens_by_keyboard_and_by_its_address(shown, report_2023):
    page = shown.page
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
    expect(page.locator(":target")).to_be_visible()  # in the folded work, which opens


def test_without_script_and_in_print_everything_is_readable(browser, shown, report_2023):
    with opened(browser, report_2023 / "review" / "index.html", java_script_enabled=False) as plain:
        visible = (".list tbody .detail", "noscript", ".trial", ".filters")
        seen = [plain.page.locator(where).first.is_visible() for where in visible]
        assert seen == [True, True, False, False]
        assert plain.page.locator(".list tbody .detail").last.is_visible()
    shown.page.emulate_media(media="print")
    seen = [shown.page.locator(where).first.is_visible() for where in (".list tbody", "#prova", ".filters")]
    assert seen == [True, False, False]


@pytest.mark.parametrize("name", ["index", "last-year", "sign"])
def test_axe_finds_nothing_wrong_when_all_is_open(browser, two_years, name):
    with opened(browser, two_years[0] / "review" / f"{name}.html") as page:
        page.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        if name == "index":
            page.page.locator(".filters .open").click()
        for mode in LOOKS:
            assert look(page, mode)[0] == [], mode
