"""Reviewers' pages: what they tell, that their links lead somewhere, and that nothing in them runs."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections import Counter

import pytest
from bs4 import BeautifulSoup

from klimatlib.claims.claims import LIGHTS, ClaimBook, read_claims
from klimatlib.config import Params, load_project
from klimatlib.render.reviewers import cells, inert, places, summary, tables

NAMES = ["10_members", "20_activities", "30_outreach", "40_emissions", "50_survey", "90_summary"]
WORLDS = ["tiny", "2023"]
HOSTILE = (
    '<script>alert(1)</script><img src=x onerror="alert(1)"><a href="javascript:alert(1)">x</a>'
    '<iframe src="https://example.org"></iframe><svg onload=alert(1)><style>*{color:red}</style></svg>'
    '<!--[if IE]><script>alert(1)</script><![endif]--><form action="https://example.org"><input></form>'
)


class World:
    def __init__(self, folder):
        self.folder = folder
        self.report = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")
        self.texts = {n: (folder / "review" / f"{n}.html").read_text(encoding="utf-8") for n in NAMES}
        self.pages = {name: BeautifulSoup(text, "html.parser") for name, text in self.texts.items()}
        self.manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.book = read_claims((folder / "claims.csv").read_bytes(), file="claims.csv")


@pytest.fixture(scope="session")
def worlds(tiny_report, report_2023):
    return {"tiny": World(tiny_report / "outputs" / "tiny"), "2023": World(report_2023)}


@pytest.fixture(params=[(world, name) for world in WORLDS for name in NAMES], ids="-".join)
def page(request, worlds):
    world, name = request.param
    return worlds[world], name, worlds[world].pages[name]


def words(tag):
    return " ".join(tag.get_text().split())


def ids(soup):
    return {tag["id"] for tag in soup.find_all(id=True)}


def test_a_page_has_one_h1_and_no_skipped_level(page):
    _, _, soup = page
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_the_contents_list_every_heading_of_the_cells(page):
    _, _, soup = page
    told = [words(a) for a in soup.select("nav.contents a")]
    cells_headings = soup.select(".cell :is(h1, h2, h3, h4, h5, h6)")
    assert told == [*(words(tag) for tag in cells_headings), "Siffror som anteckningsboken för in"]
    assert len(cells_headings) >= 2


def test_every_link_and_every_reference_leads_somewhere(page):
    world, name, soup = page
    targets = {f"{one}.html": ids(other) for one, other in world.pages.items()}
    targets |= {room: set() for room in ("index.html", "last-year.html", "quality.html")}
    targets["../report.html"] = ids(world.report)
    targets["../dashboard.html"] = set()
    for link in soup.find_all("a"):
        file, _, anchor = link["href"].partition("#")
        if link["href"].startswith(("http://", "https://", "mailto:")):
            continue
        assert not anchor or anchor in targets[file or f"{name}.html"], link
        assert file in {"", *targets}, link
    for tag in soup.select("[aria-labelledby]"):
        assert tag["aria-labelledby"] in ids(soup)


def test_a_number_that_only_a_chart_shows_leads_to_the_chart(worlds):
    row = worlds["2023"].pages["40_emissions"].find(id="claim-emissions-members-industri-2020")
    assert row.select_one("td a[href='../report.html#chart-sectors']")


def test_no_id_stands_twice(page):
    _, _, soup = page
    assert [name for name, n in Counter(tag["id"] for tag in soup.find_all(id=True)).items() if n > 1] == []


def test_every_printed_cell_links_to_the_report(page):
    _, _, soup = page
    printed = soup.select("section.report")
    assert printed
    for cell in printed:
        assert words(cell.select_one(".tag")).startswith("Trycks i rapporten: "), cell["id"]
        assert cell.select(".tag a[href^='../report.html#']"), cell["id"]


def test_a_printed_cell_links_to_its_own_place(worlds):
    soup = worlds["2023"].pages["40_emissions"]
    for place in ("chart-emissions", "table-pace", "spridningen"):
        cell = soup.select_one(f".tag a[href='../report.html#{place}']").find_parent("section")
        kind, _, _ = place.partition("-")
        assert cell.find({"chart": "figure", "table": "table"}.get(kind, "p")), place
    assert worlds["2023"].report.find(id="spridningen").find("h3").get_text() == "Spridningen"


def test_parameters_are_those_of_the_run(worlds, tiny_report):
    project = load_project("params/tiny.yml", start=tiny_report)
    soup = worlds["tiny"].pages["50_survey"]
    rows = soup.select("[aria-label=Parametrar] tbody tr")
    found = {words(row.th): [words(cell) for cell in row.find_all("td")] for row in rows}
    assert list(found) == list(Params.model_fields)
    assert found["emissions_year"] == [str(project.params.emissions_year), "utsläppens dataår"]
    assert found["survey_inferred"][0] == "nej"
    assert found["data"][0] == "–"
    assert set(summary.PARAMETERS) == set(Params.model_fields)


def test_inputs_have_the_hashes_of_the_manifest(page):
    world, name, soup = page
    lines = dict(reversed(line.split("  ")) for line in soup.select_one(".sums").get_text().splitlines())
    assert lines.pop("klimatlib") == world.manifest["klimatlib"]["library"]
    assert lines.pop(f"notebooks/{name}.ipynb") == world.manifest["notebooks"][f"notebooks/{name}.ipynb"]
    assert lines
    assert lines.items() <= world.manifest["inputs"].items()
    short = {
        words(row.th): words(row.find_all("td")[-1]) for row in soup.select("[aria-label=Underlag] tr")[1:]
    }
    assert {path: digest[:12] for path, digest in lines.items()}.items() <= short.items()


def test_all_inputs_of_the_manifest_are_on_some_page(worlds):
    for world in worlds.values():
        told = "".join(soup.select_one(".sums").get_text() for soup in world.pages.values())
        assert [path for path in world.manifest["inputs"] if f"  {path}\n" not in told] == []


def test_rows_of_an_input_are_counted_without_its_header(tmp_path):
    (tmp_path / "a.csv").write_text('x,y\n1,"two\nlines"\n2,z\n', encoding="utf-8")
    (tmp_path / "b.yml").write_text("a: 1\n", encoding="utf-8")
    digest = hashlib.sha256(b"").hexdigest()
    found = summary.inputs({"b.yml": digest, "a.csv": digest}, tmp_path)
    assert [(one.path, one.rows) for one in found] == [("a.csv", 2), ("b.yml", None)]


def test_the_warnings_of_the_run_are_told(worlds):
    told = [words(line) for line in worlds["2023"].pages["50_survey"].select(".warnings li")]
    assert "enkätens k och n är framräknade ur publicerade procenttal" in told
    assert {len(soup.select(".warnings li")) for soup in worlds["2023"].pages.values()} == {len(told)}


def test_every_claim_of_the_year_has_a_row_on_one_page(worlds):
    for world in worlds.values():
        rows = Counter(words(row) for soup in world.pages.values() for row in soup.select(".claims tbody th"))
        assert rows == Counter(claim.id for claim in world.book)


def test_a_claims_row_tells_what_the_claim_is(worlds):
    row = worlds["2023"].pages["50_survey"].find(id="claim-survey-kolsankor")
    claim = worlds["2023"].book["survey-kolsankor"]
    told = [words(cell) for cell in row.find_all("td")]
    assert told[0] == " ".join(claim.text.split())
    assert told[1] == "42 av 51"
    assert told[2] == "2023"
    assert told[4] == claim.definition
    assert told[5] == LIGHTS[claim.comparable]
    assert row.select("td a[href^='../report.html#']")
    assert claim.cell in [a["href"].rpartition("#")[2] for a in row.select("td a")]


def test_a_printed_number_leads_to_its_row(page):
    _, _, soup = page
    for number in soup.select(".claim"):
        assert number.name == "a"
        assert "#claim-" in number["href"]


def test_code_is_folded_and_parameters_are_shown(page):
    _, _, soup = page
    assert soup.select("section.code > details:not([open])")
    assert soup.select("section.injected-parameters > details[open]")
    assert all("open" not in found.attrs for found in soup.select("section.report > details"))


def test_a_notice_is_on_each_page(worlds):
    for text in worlds["tiny"].texts.values():
        assert "rapporten. Exempeldata. Alla uppgifter är påhittade.</p>" in text
    draft = '<p class="notice">UTKAST: det här är inte den slutliga rapporten.</p>'
    assert draft in worlds["2023"].texts["10_members"]


def test_figures_have_words_and_tables_have_headings(page):
    _, _, soup = page
    assert all(len(img["alt"]) > 20 for img in soup.find_all("img"))
    labels = [region["aria-label"] for region in soup.select("[role=region]")]
    assert len(set(labels)) == len(labels)
    for table in soup.find_all("table"):
        assert table.find_parent(attrs={"role": "region", "tabindex": "0"})
        assert table.find("th", scope="col")
        assert all(cell.get("scope") and words(cell) for cell in table.find_all("th"))


def test_the_frame_speaks_swedish(page):
    _, _, soup = page
    frame = BeautifulSoup(str(soup.body), "html.parser")
    for tag in frame.select("[lang=en], code, .output, .file, td, .sums"):
        tag.decompose()
    english = {"the", "and", "report", "code", "warnings", "inputs", "parameters", "claims", "of", "table"}
    assert english & set(re.findall(r"[a-zåäö]+", frame.get_text(" ").lower())) == set()
    assert soup.html["lang"] == "sv"


def test_a_page_loads_nothing_and_runs_nothing(page):
    world, name, soup = page
    text = world.texts[name]
    assert len(text.encode()) < 1_000_000
    assert soup.find(["script", "link", "iframe", "object", "form"]) is None
    assert [tag for tag in soup.find_all(True) if any(key.startswith("on") for key in tag.attrs)] == []
    assert soup.select("[style]") == []
    assert all(tag["src"].startswith("data:image/") for tag in soup.find_all(src=True))
    policy = soup.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(soup.find_all("style")) == 1


def taken_in(cell):
    known = cells.Known(places.Report({}, (), {}), {}, ClaimBook(), {})
    return cells.read("x", {"cells": [{"id": "a", "metadata": {}, **cell}]}, known)


def output(**what):
    return {"cell_type": "code", "source": HOSTILE, "outputs": [what]}


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "markdown", "source": HOSTILE},
        {"cell_type": "markdown", "source": "# " + HOSTILE + "\n\n[x](javascript:alert(1))"},
        output(output_type="stream", name="stdout", text=HOSTILE),
        output(output_type="error", ename="ValueError", evalue=HOSTILE, traceback=[HOSTILE]),
        output(output_type="execute_result", data={"text/html": f"<table><td>{HOSTILE}</td></table>"}),
        output(output_type="execute_result", data={"text/html": f"<p title='{HOSTILE}'>{HOSTILE}"}),
        output(output_type="execute_result", data={"text/plain": HOSTILE}),
    ],
    ids=["markdown", "heading", "stream", "error", "frame", "html", "plain"],
)
def test_foreign_markup_is_inert(cell):
    soup = BeautifulSoup(taken_in(cell).cells[0].body, "html.parser")
    bad = ["script", "iframe", "svg", "style", "form", "input", "object"]
    assert soup.find(bad) is None
    for tag in soup.find_all(True):
        assert (
            not {key for key in tag.attrs if key.startswith("on") or key in {"style", "id"}}
            or tag.name[0] == "h"
        )
        assert not str(tag.get("href", "")).lower().startswith("javascript")
        assert not tag.get("src")


def test_text_that_looks_like_markup_stays_text():
    soup = inert.clean("<td>&lt;script&gt;alert(1)&lt;/script&gt; &amp; 2 &lt; 3</td>")
    assert str(soup) == "<td>&lt;script&gt;alert(1)&lt;/script&gt; &amp; 2 &lt; 3</td>"


@pytest.mark.parametrize(
    "target", ["java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//x.org"]
)
def test_a_link_that_could_run_is_only_words(target):
    known = {"cell_type": "markdown", "source": f'<a href="{target}">ord</a>'}
    assert "href" not in taken_in(known).cells[0].body
    assert "ord" in taken_in(known).cells[0].body


def test_headings_shift_so_that_no_level_is_skipped():
    found = taken_in({"cell_type": "markdown", "source": "# A\n\n### B\n\n###### C\n\n## D\n\n# E"})
    assert [(h.level, h.words) for h in found.headings] == [(2, "A"), (3, "B"), (4, "C"), (3, "D"), (2, "E")]


def test_the_two_header_rows_of_a_frame_become_one():
    soup = inert.clean(
        "<table><thead><tr><th></th><th>rows</th></tr><tr><th>status</th><th></th></tr></thead>"
        "<tbody><tr><th>member</th><td style='text-align: right'>2</td></tr></tbody></table>"
    )
    assert tables.prepare(soup, "en", 3) == 4
    assert [[words(c) for c in row.find_all(["th", "td"])] for row in soup.find_all("tr")] == [
        ["status", "rows"],
        ["member", "2"],
    ]
    assert [cell["scope"] for cell in soup.find_all("th")] == ["col", "col", "row"]
    assert soup.td["class"] == "number"
    assert soup.div["aria-label"] == "Tabell 4 på sidan"
