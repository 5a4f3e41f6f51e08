from __future__ import annotations

import base64
import datetime
import hashlib
import html
import json
import re
import time
import zipfile
from pathlib import Path

import pypdf
import pytest

from klimatlib.errors import RenderError, UsageError
from klimatlib.render import embedded, find_renderer, render
from klimatlib.render.renderer import Renderer
from torture import renderers

DATE = datetime.date(2026, 11, 23)
ALT = "Två staplar: kolsänkor 93 procent, laddning 55 procent."
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="170mm" height="40mm" viewBox="0 0 170 40">'
    '<rect width="93" height="12" fill="#1a6e52"/><rect y="20" width="55" height="12" fill="#1a6e52"/></svg>'
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SOURCE = f"""\
---
title: Verksamhetsberättelse
subtitle: "2023"
institution: Klimatkommunerna
document-date: "2026-11-23"
lang: sv-SE
description: Ett prov på allt
keywords: [klimat, kommuner]
toc-title: Innehåll
notice: Exempeldata, inte årets siffror
---

# Förord {{#forord .chapter short="Kort förord"}}

::: {{.lead}}
Ingressen börjar med [51]{{.claim claim="members-count"}} medlemmar.
:::

::: {{.text-columns}}
## Digitala träffar

**Klimatakuten.** {"Vi möttes varannan torsdag för att prata om laddning, biogas och upphandling. " * 12}

### Politikernätverket

Det tredje stycket med [en länk](https://example.org/a), *kursiv text* och H~2~O.

- första punkten
- andra punkten
- tredje punkten

{"Ett långt stycke som måste kunna brytas mellan spalterna utan att ett enda ord försvinner. " * 60}

## Fysiska träffar

1. numrerad etta
2. numrerad tvåa

::: {{.fact-box title="Ruta i spalten"}}
Inre ruta, med [climate pact]{{lang=en}}.
:::
:::

::: {{.fact-box title="Fyra mål & en ruta"}}
Faktarutans innehåll.
:::

::: {{.tiles}}
- [[51]{{.claim claim="members-count"}}]{{.value}} medlemmar vid årets slut
- [−53 %]{{.value}} utsläpp per invånare
:::

::: {{.pull-quote}}
"Vi skapar en framtid att längta till."
:::

::: {{.people}}
- **Evelina Fahlesson (S)** Skellefteå kommun, ordförande
- **Jacob Högfeldt (M)** Strängnäs kommun, vice ordförande
:::

# Medlemmarnas klimatarbete {{#mal-1 .chapter label="Mål 1" number="1"}}

:::: {{.cards}}
::: {{.card title="Mat"}}
Baljväxter på tallriken.
:::
::: {{.card title="Energi"}}
Vindkraft i kommunen.
:::
::::

![Andel av de svarande, procent.](figures/shares.svg){{#chart-shares alt="{ALT}" data="figures/shares.csv"}}

| Kanal | Mål | Följare |
|---|---|---|
| Facebook | 25 % | 1 200 |
| LinkedIn | 50 % | 3 400 |

: Mål och resultat. {{#table-social}}

:::: {{.side-by-side}}
::: {{}}
Vänster sida.
:::
::: {{}}
Höger sida.
:::
::::

::: {{.page-break}}
:::

::: {{.note}}
Källa: medlemstestet, n = 42.
:::

Ett svar: <script>alert(1)</script> och [klicka](javascript:alert(2)), [här](x){{onclick="alert(3)"}}.

`<img src=x onerror=alert(4)>`{{=html}} och [rött]{{style="color:red" onmouseover="alert(5)"}}.
"""


def write_source(folder: Path, text: str = SOURCE) -> Path:
    figures = folder / "figures"
    figures.mkdir(parents=True)
    (figures / "shares.svg").write_text(SVG, encoding="utf-8")
    (figures / "shares.png").write_bytes(PNG)
    (figures / "shares.csv").write_text(
        'Fråga,Andel\n"Kolsänkor, lokala",93 %\nLaddning,55 %\n', encoding="utf-8"
    )
    claims = {"members-count": {"note": 'Källa: "registret" <b>2023</b>'}}
    (folder / "claims.json").write_text(json.dumps(claims), encoding="utf-8")
    (folder / "report.qmd").write_text(text, encoding="utf-8")
    return folder / "report.qmd"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("render")
    return render(find_renderer("embedded"), write_source(folder / "in"), folder / "out", date=DATE)


@pytest.fixture(scope="module")
def page(made: dict[str, Path]) -> str:
    return made["html"].read_text(encoding="utf-8")


@pytest.fixture
def quarto(tmp_path: Path):
    return lambda mode: renderers.program(tmp_path / "bin", mode)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace("\u00ad", ""))


def pdf_text(path: Path) -> str:
    pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    return re.sub(r"[-\u2010]\n", "", "\n".join(pages))


def docx_part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def body_without(page: str) -> str:
    return re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)


def test_three_files_appear(made: dict[str, Path]) -> None:
    names = sorted(path.name for path in made["html"].parent.iterdir())
    assert names == ["report.docx", "report.html", "report.pdf"]
    assert made["html"].stat().st_size < 600_000


def test_same_bytes_from_another_folder_at_another_time(
    made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "sv_SE.UTF-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    time.sleep(1.1)  # zip files and PDF keep whole seconds
    source = write_source(tmp_path / "elsewhere" / "år 2023")
    again = render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    assert {name: path.read_bytes() for name, path in again.items()} == {
        name: path.read_bytes() for name, path in made.items()
    }


def test_every_word_of_the_source_is_in_the_pdf_in_columns_too(made: dict[str, Path]) -> None:
    found = pdf_text(made["pdf"])
    joined = "".join(words(found))
    assert found.count("varannan") == 12
    assert joined.count("spalterna") == 60
    for sentence in (
        "numrerad tvåa",
        "Faktarutans innehåll",
        "Baljväxter på tallriken",
        "Höger sida",
        "n = 42",
    ):
        assert "".join(words(sentence)) in joined, sentence


def test_the_pdf_claims_both_standards_and_is_tagged_in_swedish(made: dict[str, Path]) -> None:
    reader = pypdf.PdfReader(made["pdf"])
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "pdfuaid:part>1<" in metadata
    assert "pdfaid:part>2<" in metadata
    assert reader.trailer["/Root"]["/Lang"] == "sv-SE"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata.title == "Verksamhetsberättelse 2023"


def test_the_alt_text_is_in_all_three_files(made: dict[str, Path], page: str) -> None:
    reader = pypdf.PdfReader(made["pdf"])
    objects = [reader.get_object(n) for n in range(1, int(reader.trailer["/Size"]))]
    alts = [found.get("/Alt") for found in objects if isinstance(found, dict)]
    assert ALT in alts
    assert f'aria-label="{ALT}"' in page
    assert f'descr="{ALT}"' in docx_part(made["docx"], "word/document.xml")


def test_the_html_loads_nothing(page: str) -> None:
    body = body_without(page)
    assert not re.search(r'\b(src|srcset|poster)="(?!data:)', body)
    assert not re.search(r"<(link|iframe|object|embed)\b", body)
    assert not re.search(r"url\((?!data:)", page)


def test_the_policy_names_the_style_and_the_script_by_their_hashes(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL).group(1)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert " style=" not in body_without(page)


def test_markup_and_script_links_in_the_text_stay_text(made: dict[str, Path], page: str) -> None:
    body = body_without(page)
    assert "&lt;script&gt;alert(1)" in body
    assert "&lt;img src=x onerror=alert(4)&gt;" in body
    assert "javascript:" not in body
    assert not re.search(r"<[^>]*\son\w+=", body)
    assert "javascript:" not in docx_part(made["docx"], "word/_rels/document.xml.rels")
    assert "alert(1)" in pdf_text(made["pdf"])


def test_a_number_carries_its_note_without_changing_the_text(page: str) -> None:
    note = "Källa: &quot;registret&quot; &lt;b&gt;2023&lt;/b&gt;"
    told = f'data-claim="members-count" data-note="{note}">51</span>'
    first, again = f'<span id="claim-members-count" class="claim" {told}', f'<span class="claim" {told}'
    assert page.count(first) == page.count(again) == 1  # links lead to the first mention
    assert page.index(first) < page.index(again)
    text = html.unescape(re.sub(r"<[^>]+>", "", body_without(page)))
    assert "börjar med 51 medlemmar" in text
    assert "registret" not in text


def test_a_figure_shows_its_data_as_a_table(page: str) -> None:
    assert "<summary>Visa data som tabell</summary>" in page
    assert '<th scope="row">Kolsänkor, lokala</th><td class="number">93 %</td>' in page


def test_figures_and_tables_are_numbered_alike(made: dict[str, Path], page: str) -> None:
    document = docx_part(made["docx"], "word/document.xml")
    shown = re.sub(r"<w:instrText.*?</w:instrText>|<[^>]+>", "", document)
    for text in (pdf_text(made["pdf"]), page, shown):
        assert "Figur\u00a01." in text
        assert "Tabell\u00a01." in text


def test_columns_of_numbers_are_set_right(page: str) -> None:
    assert '<th class="number">Följare</th>' in page
    assert "<th>Kanal</th>" in page


def test_the_docx_has_real_styles_a_header_row_and_the_notice(made: dict[str, Path]) -> None:
    document = docx_part(made["docx"], "word/document.xml")
    styles = ("Lead", "FactBoxTitle", "Tile", "PullQuote", "ChapterLabel", "Heading1", "TableCaption")
    for style in (*styles, "ListBullet", "ListNumber"):
        assert f'w:pStyle w:val="{style}"' in document, style
    assert "w:tblHeader" in document
    with zipfile.ZipFile(made["docx"]) as archive:
        headers = [archive.read(n).decode() for n in archive.namelist() if "header" in n]
    assert any("Exempeldata" in header for header in headers)


def test_the_notice_is_in_the_html_and_on_every_pdf_page(made: dict[str, Path], page: str) -> None:
    assert '<p class="notice">Exempeldata, inte årets siffror</p>' in page
    assert all("Exempeldata" in p.extract_text() for p in pypdf.PdfReader(made["pdf"]).pages)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("![Text](figures/shares.svg)", "no alt text"),
        ('![Text](../../etc/passwd.svg){alt="a"}', "expected a file of this report"),
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
def test_a_faulty_source_is_one_clear_message_and_leaves_nothing(
    text: str, message: str, tmp_path: Path
) -> None:
    header = SOURCE.split("\n---\n")[0] + "\n---\n\n"
    source = write_source(tmp_path / "in", header + text + "\n")
    with pytest.raises(RenderError, match=message) as error:
        render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_an_unknown_typeface_is_an_error(tmp_path: Path) -> None:
    main = tmp_path / "main.typ"
    main.write_text(
        '#set document(title: "t")\n#set text(font: "Helvetica", lang: "sv")\n= Hej\n', encoding="utf-8"
    )
    with pytest.raises(RenderError, match="unknown font family: helvetica"):
        embedded.typeset(main, date=DATE, deadline=time.monotonic() + 30)


def test_quarto_gives_the_same_pdf(quarto, made: dict[str, Path], tmp_path: Path) -> None:
    renderer = find_renderer("auto", path=quarto("ok"))
    assert (renderer.name, renderer.version, renderer.note) == ("quarto", "1.7.34", "quarto 1.7.34")
    files = render(renderer, write_source(tmp_path / "in"), tmp_path / "out", date=DATE)
    assert files["pdf"].read_bytes() == made["pdf"].read_bytes()
    assert files["docx"].stat().st_size > 5_000
    assert "Hoppa till innehållet" in files["html"].read_text(encoding="utf-8")


@pytest.mark.parametrize("to", ["html", "typst", "docx"])
def test_a_file_that_lost_a_word_is_not_published(quarto, to: str, tmp_path: Path) -> None:
    renderer = find_renderer("quarto", path=quarto(f"lose-{to}"))
    said = f"^{to.replace('typst', 'pdf').upper()}: its words are not .* found '.*med 51. Digitala"
    with pytest.raises(RenderError, match=said):
        render(renderer, write_source(tmp_path / "in"), tmp_path / "out", date=DATE)
    assert not (tmp_path / "out").exists()


def test_footnotes_quotes_and_code_are_no_lost_words(tmp_path: Path) -> None:
    text = "Ett.[^1] Två `kod` -- tre\\\nrader.\n\n> Citat.\n\n    kod\n\n| vers\n| två\n\n[^1]: En *not*.\n"
    source = write_source(tmp_path / "in", f"{SOURCE}\n{text}")
    made = render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    assert "En not." in pdf_text(made["pdf"])


def test_an_unknown_renderer_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="expected auto, quarto or embedded"):
        find_renderer("word")


def test_a_finished_report_is_not_harmed_by_a_later_failure(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in")
    files = render(find_renderer("embedded"), source, tmp_path / "out", date=DATE)
    before = {name: path.read_bytes() for name, path in files.items()}
    broken = Renderer("embedded", "0", Path("/nonexistent/pandoc"), "")
    with pytest.raises(RenderError, match="cannot be started"):
        render(broken, source, tmp_path / "out", date=DATE)
    assert {name: path.read_bytes() for name, path in files.items()} == before
    assert len(list((tmp_path / "out").iterdir())) == 3
