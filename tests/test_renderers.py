"""A report, three files, two renderers: the same words, figures and tables, closed; or one clear message."""

from __future__ import annotations

import base64
import datetime
import hashlib
import html
import json
import re
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from xml.etree import ElementTree

import pypdf
import pytest
import yaml

from campaign.processes import put_quarto
from conftest import ROOT
from klimatlib.charts.blocks import escape
from klimatlib.errors import RenderError, UsageError
from klimatlib.report import renderers
from klimatlib.report.renderers import environment, find_renderer, render, write_pictures
from report_content import READERS, of_source

DATE = datetime.date(2026, 11, 23)
CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}pt" height="36pt" viewBox="0 0 {0} 36">'
    '<rect width="36" height="36" fill="#1a6e52"/></svg>'
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SOURCE = (ROOT / "tests" / "data" / "everything.qmd").read_text(encoding="utf-8")
HEADER = SOURCE[: SOURCE.index("# Förord")]


def write_source(folder, text=SOURCE):
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "shares.svg").write_text(CHART.format(72), encoding="utf-8")
    for picture in ("shares.png", "shares-word.png"):
        (folder / "figures" / picture).write_bytes(PNG)
    rows = 'Fråga,Andel\n"Kolsänkor, lokala",93 %\nLaddning,55 %\n'
    (folder / "figures" / "shares.csv").write_text(rows, encoding="utf-8")
    claims = {"members-count": {"note": 'Källa: "registret" <b>2023</b>'}}
    (folder / "claims.json").write_text(json.dumps(claims), encoding="utf-8")
    (folder / "report.qmd").write_text(text, encoding="utf-8")
    return folder / "report.qmd"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("render")
    return render(find_renderer("embedded"), write_source(folder / "in"), folder / "out", date=DATE)[0]


@pytest.fixture(scope="module")
def page(made):
    return made["html"].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def by_quarto(tmp_path_factory):
    """The same source rendered by a stand-in for Quarto, and how that was called."""
    folder = tmp_path_factory.mktemp("quarto")
    renderer = find_renderer("auto", path=put_quarto(folder / "bin", "ok"))
    assert (renderer.name, renderer.version, renderer.note) == ("quarto", "1.7.34", "quarto 1.7.34")
    source = write_source(folder / "år 2023 [utkast]*")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CONDA_PREFIX", raising=False)
        for name in ("QUARTO_PROFILE", "DENO_DIR", "TYPST_FONT_PATHS", "SOURCE_DATE_EPOCH", "TZ"):
            patch.setenv(name, "1")
        files, used = render(renderer, source, folder / "out", date=DATE)
    assert used == renderer
    return files, [json.loads(line) for line in (folder / "bin" / "calls").read_text().splitlines()]


@pytest.fixture
def quarto(tmp_path):
    return lambda mode: put_quarto(tmp_path / "bin", mode)


def docx_part(path, name):
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def body_without(page):
    return re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)


def bytes_of(files):
    return {kind: path.read_bytes() for kind, path in files.items()}


# ---- three files that say the same -----------------------------------------------------------------
@pytest.mark.parametrize("kind", READERS)
def test_each_file_has_the_headings_captions_and_alts_of_the_source(kind, made, by_quarto, report_2023):
    for file in (made[kind], by_quarto[0][kind], report_2023 / f"report.{kind}"):
        (source,) = {*file.parent.glob("report.qmd"), *file.parents[1].glob("*/report.qmd")}
        assert READERS[kind](file) == of_source(source)


def test_the_same_bytes_from_another_folder_at_another_time_or_from_quarto(
    made, by_quarto, tmp_path, monkeypatch
):
    files, _ = by_quarto
    assert files["pdf"].read_bytes() == made["pdf"].read_bytes()
    assert docx_part(files["docx"], "word/document.xml") == docx_part(made["docx"], "word/document.xml")
    for name, value in {"TZ": "Asia/Tokyo", "LC_ALL": "sv_SE.UTF-8", "SOURCE_DATE_EPOCH": "1"}.items():
        monkeypatch.setenv(name, value)
    time.sleep(1.1)  # zip files and PDF keep whole seconds
    source = write_source(tmp_path / "elsewhere" / "år 2023")
    again, _ = render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    assert bytes_of(again) == bytes_of(made)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"report.docx", "report.html", "report.pdf"}


@pytest.mark.parametrize("to", ["html", "typst", "docx"])
def test_a_file_that_lost_a_word_is_not_published(quarto, to, tmp_path):
    renderer = find_renderer("quarto", path=quarto(f"lose-{to}"))
    kind = to.replace("typst", "pdf").upper()
    message = f"^{kind}: its words are not .* found '.*med 51. Digitala.*expected .*51 medl"
    with pytest.raises(RenderError, match=message):
        render(renderer, write_source(tmp_path / "in"), tmp_path / "out", date=DATE)
    assert not (tmp_path / "out").exists()


def test_a_number_carries_its_note_a_figure_its_data_and_numbers_are_set_right(page):
    note = "Källa: &quot;registret&quot; &lt;b&gt;2023&lt;/b&gt;"
    marked = f'data-claim="members-count" data-note="{note}">51</span>'
    first, again = f'<span id="claim-members-count" class="claim" {marked}', f'<span class="claim" {marked}'
    assert page.count(first) == page.count(again) == 1  # links lead to the first mention
    assert page.index(first) < page.index(again)
    assert "registret" not in html.unescape(re.sub(r"<[^>]+>", "", body_without(page)))
    assert "<summary>Visa data som tabell</summary>" in page
    assert '<th scope="row">Kolsänkor, lokala</th><td class="number">93 %</td>' in page
    assert '<th class="number">Följare</th>' in page
    assert f'<img src="data:image/png;base64,{base64.b64encode(PNG).decode()}" alt="En punkt.">' in page


def test_the_notice_is_in_all_files_and_on_every_pdf_page(made, page):
    assert '<p class="notice">Exempeldata, inte årets siffror</p>' in page
    assert all("Exempeldata" in p.extract_text() for p in pypdf.PdfReader(made["pdf"]).pages)
    assert "Exempeldata" in docx_part(made["docx"], "word/header1.xml")
    assert docx_part(made["docx"], "word/document.xml").count("Exempeldata") == 1  # no abstract


# ---- closed ----------------------------------------------------------------------------------------
def test_the_html_loads_nothing_and_its_policy_names_style_and_script_by_their_hashes(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL).group(1)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert " style=" not in body_without(page)
    assert len(page) < 600_000


def test_markup_shortcodes_and_script_links_in_the_text_stay_text(by_quarto, made):
    for files in (made, by_quarto[0]):
        body = body_without(files["html"].read_text(encoding="utf-8"))
        assert "&lt;script&gt;alert(1)" in body
        assert "&lt;img src=x onerror=alert(4)&gt;" in body
        assert "{{&lt; include /etc/passwd &gt;}}" in body
        assert "<code>ord {{&lt; env HOME &gt;}}</code>" in body
        assert not re.search(r"javascript:|<[^>]*\son\w+=", body)
        assert "javascript:" not in docx_part(files["docx"], "word/_rels/document.xml.rels")


# ---- Quarto ----------------------------------------------------------------------------------------
def test_each_format_is_one_call_on_a_plain_name_in_a_plain_folder_without_shortcodes(by_quarto):
    calls, formats = by_quarto[1], ("html", "typst", "docx")
    log = ["--no-execute", "--log", "quarto.log", "--log-format", "json-stream", "--log-level", "info"]
    assert [call["arguments"] for call in calls] == [["document.qmd", "--to", to, *log] for to in formats]
    assert len({call["folder"] for call in calls}) == 3
    assert not any(set("[]*åä ") & set(call["folder"]) for call in calls)
    for call in calls:
        header = yaml.safe_load(call["source"].split("\n---\n")[0])
        assert (header["format"]["html"]["embed-resources"], header["lang"]) == (True, "sv-SE")
        assert {header["format"][to]["syntax-highlighting"] for to in formats} == {"none"}
        assert not {"date", "abstract", "output-file"} & {*header}
        assert "{{<" not in call["source"]


def test_settings_from_outside_do_not_reach_quarto(by_quarto, monkeypatch):
    noon = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC).timestamp()
    for call in by_quarto[1]:
        given = call["environment"]
        assert not [key for key in given if key.startswith(("QUARTO_", "DENO_", "TYPST_"))]
        assert (given["TZ"], int(given["SOURCE_DATE_EPOCH"])) == ("UTC", noon)
    monkeypatch.setenv("CONDA_PREFIX", "/opt/conda")
    monkeypatch.setenv("QUARTO_SHARE_PATH", "/opt/conda/share/quarto")
    monkeypatch.setenv("QUARTO_PROFILE", "mine")
    own = {key for key in environment(DATE) if key.startswith("QUARTO")}
    assert own == {"QUARTO_SHARE_PATH"}  # where a Quarto from conda finds itself


def test_a_harmless_warning_is_passed_on_in_one_line(quarto, tmp_path):
    renderer = find_renderer("quarto", path=quarto("warn"))
    files, used = render(renderer, write_source(tmp_path / "in"), tmp_path / "out", date=DATE)
    assert used.note == "quarto 1.7.34 made the files, and warned: WARN: a newer version is there"
    assert len(files) == 3


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("missing", "quarto: not found on the PATH"),
        ("fail", "quarto 1.7.34, to html: failed with exit code 1: ERROR: the template is not there"),
        ("log-an-error", "quarto 1.7.34, to html: logged an error: Unable to resolve crossref"),
        ("lose-html", "HTML: its words are not those of report.qmd: found .*"),
    ],
)
def test_auto_falls_back_where_quarto_is_missing_or_fails_and_says_why(quarto, made, mode, reason, tmp_path):
    renderer = find_renderer("auto", path=quarto(mode))
    files, used = render(renderer, write_source(tmp_path / "in"), tmp_path / "out", date=DATE)
    assert used.name == "embedded"
    assert re.fullmatch(f"{reason}: using the embedded renderer \\(.*\\)", used.note)
    assert bytes_of(files) == bytes_of(made)


def test_a_quarto_project_above_the_private_folder_is_refused_at_once(quarto, tmp_path, monkeypatch):
    (tmp_path / "_quarto.yml").write_text("project: {}\n", encoding="utf-8")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = quarto("ok")
    with pytest.raises(RenderError, match=r"_quarto\.yml would change the report.*TMPDIR"):
        find_renderer("quarto", path=path)
    assert "_quarto.yml would change the report: using the embedded" in find_renderer("auto", path=path).note


# ---- what goes wrong -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("![Text](figures/shares.svg)", "no alt text"),
        ('![Text](https://example.org/a.svg){alt="a"}', "expected a file of this report"),
        ('![Text](figures/absent.svg){alt="a"}', "no such file"),
        ("# Kapitel\n\n### För djupt", "typst"),
        ("# Kapitel 😀", "could not be displayed"),
        (
            ":::: {.cards}\nUtan kort.\n\n::: {.card title=Mat}\nBönor.\n:::\n::::",
            "^PDF: its words are not those of report.qmd: found 'Mat Bönor.'; expected 'Utan kort. Mat",
        ),
    ],
)
def test_a_faulty_source_is_one_clear_message_and_leaves_nothing(text, message, tmp_path):
    source = write_source(tmp_path / "in", f"{HEADER}{text}\n")
    with pytest.raises(RenderError, match=message) as error:
        render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_picture_stands_at_its_heading_in_every_file_and_one_without_a_place_is_refused(tmp_path):
    places = {"kapitel": "En tecknad gata med träd", "avsnitt": "Samma gata med bilar"}
    entries = [{"place": p, "file": "shares.svg", "alt": alt, "focus": "top"} for p, alt in places.items()]
    header = HEADER.replace("---\n", f"---\npictures: {json.dumps(entries)}\n", 1)
    source = write_source(tmp_path / "in", f"{header}# Kapitel\n\nText.\n\n## Avsnitt\n\nMer text.\n")
    files, _ = render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    for kind, path in files.items():
        assert READERS[kind](path).alts == [*places.values()], kind
    source.write_text(source.read_text("utf-8").replace("## Avsnitt", "## Annat"), encoding="utf-8")
    with pytest.raises(RenderError, match=r"place avsnitt: the report has no such heading"):
        render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)


def test_markup_in_the_title_stays_text(tmp_path):
    title = "A & B <i>\\1 *x*"
    header = HEADER.replace("title: Verksamhetsberättelse", f"title: {json.dumps(escape(title))}", 1)
    source = write_source(tmp_path / "in", f"{header}# Kapitel\n\nText.\n")
    files, _ = render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    core = ElementTree.fromstring(docx_part(files["docx"], "docProps/core.xml"))
    assert f"{title} 2023" in [one.text for one in core]
    assert pypdf.PdfReader(files["pdf"]).metadata.title == f"{title} 2023"
    assert f"<title>{html.escape(title)} 2023" in files["html"].read_text(encoding="utf-8")


# ---- pictures for Word -----------------------------------------------------------------------------
def test_every_chart_but_the_narrow_ones_has_two_pictures_of_200_pixels_an_inch(tmp_path):
    assert write_pictures(tmp_path) == []
    for name, width in (("a", 72), ("b", 144), ("b-narrow", 36)):
        (tmp_path / f"{name}.svg").write_text(CHART.format(width))
    bare = write_pictures(tmp_path)
    assert [path.name for path in bare] == ["a.png", "a-word.png", "b.png", "b-word.png"]

    def heights():
        sizes = [struct.unpack(">II", path.read_bytes()[16:24]) for path in write_pictures(tmp_path)]
        assert [width for width, _ in sizes] == [263, 200, 463, 400]  # 4 mm round what stands alone
        return [height for _, height in sizes]

    assert heights() == [163, 100, 163, 100]
    before = [path.read_bytes() for path in bare]
    assert [path.read_bytes() for path in write_pictures(tmp_path)] == before
    about = "><title>Fynd &amp; 3 #ton</title><desc>Källa.</desc>"
    (tmp_path / "b.svg").write_text(CHART.format(144).replace(">", about, 1), encoding="utf-8")
    headline, word = heights()[2:]
    assert (headline > 200, word) == (True, 100), "under its headline and over its source, but not for Word"


def test_a_shared_link_has_a_picture_of_a_chart_under_its_headline(tmp_path, tiny_report):
    figures = tmp_path / "figures"
    figures.mkdir()
    for name, width in (("a", 144), ("a-narrow", 72)):
        (figures / f"{name}.svg").write_text(CHART.format(width))
    *_, card = write_pictures(figures, card="a", title="Rapport 2023")
    first = card.read_bytes()
    assert (card, struct.unpack(">II", first[16:24])) == (tmp_path / "card.png", (1200, 630))
    write_pictures(figures, card="a", title="Rapport 2023")
    assert card.read_bytes() == first
    with pytest.raises(RenderError, match=r"no chart b, which notebooks/report\.yml names for card\.png"):
        write_pictures(figures, card="b")
    published = tiny_report / "outputs" / "tiny"
    assert (published / "card.png").is_file()
    for name in ("report.html", "dashboard.html"):
        told = '<meta property="og:image" content="https://example.org/tiny/card.png">'
        assert told in (published / name).read_text("utf-8")


def test_what_is_no_svg_no_typeface_and_no_renderer_is_one_clear_message(tmp_path):
    (tmp_path / "a.svg").write_text("<svg")
    with pytest.raises(RenderError, match="figures: an SVG cannot be drawn as PNG: failed to parse SVG"):
        write_pictures(tmp_path)
    with pytest.raises(UsageError, match="expected auto, quarto or embedded"):
        find_renderer("word")
    text = '#set document(title: "t")\n#set text(font: "Helvetica", lang: "sv")\n= Hej\n'
    (tmp_path / "main.typ").write_text(text, encoding="utf-8")
    command = [sys.executable, "-P", renderers.__file__, tmp_path / "main.typ", tmp_path / "main.pdf"]
    done = subprocess.run(command, env=environment(DATE), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "warning: unknown font family: helvetica\n")
    assert not (tmp_path / "main.pdf").exists()
