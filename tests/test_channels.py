"""Channels: no number but the report's, none unsigned, no post over its limit; drafts say what they are."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import struct
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import bs4
import pytest

from browser import CHROMIUM, LOOKS, chromium, look, opened
from conftest import collected, edit, klimatlib
from klimatlib import swedish
from klimatlib.claims import signatures
from klimatlib.claims.claims import ClaimBook, exact, read_claims
from klimatlib.config import Channels, validate
from klimatlib.errors import InputError
from klimatlib.execution.publishing import digests
from klimatlib.prose.statements import english_book, english_text
from klimatlib.run import preview
from klimatlib.share import channels
from klimatlib.sources import inputs as sources

PARAMS = "params/tiny.yml"
DAY = dt.date(2024, 3, 1)
NUMBER = re.compile(r"[−+]?\d[\d\u00a0]*(?:[.,]\d+)?")
YEAR = re.compile(r"(?:19|20)\d\d")
SINKS = '{{ claim("survey-kolsankor") }}'
ANSWERED = '{{ claim("survey-respondents", words=true) }} members'
SETTINGS_FILE = Path(__file__).parent.parent / "params" / "channels.yml"
SETTINGS = validate(SETTINGS_FILE.read_bytes(), Channels, file="params/channels.yml")
PAGE = (".md", ".html", "-fragment.html")
FILES = {
    *(f"{stem}{end}" for stem in ("nyhet", "pressmeddelande", "english") for end in PAGE),
    *(f"{post}{end}" for post in ("inlagg-1", "inlagg-2", "inlagg-3", "english-post")
      for end in (".txt", ".png", ".alt.txt")),
    "nyhetsbrev.md", "index.html", "manifest.json", "build.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def real(report_2023, tmp_path_factory):
    """The channels of 2023, as a draft; the folder, and the report's claims."""
    root = tmp_path_factory.mktemp("channels") / "klimat"
    away = shutil.ignore_patterns(".kept", "review", "notebooks.*")
    shutil.copytree(report_2023.parent.parent, root, ignore=away)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        home = channels.make("params/2023.yml", draft=True)
    return home, read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv")


def edit_text(root, name, old, new):
    edit(root / "data" / "tiny" / "texts" / "channels" / name, old, new)


def sign(root, *names):
    inputs, rows = sources.Inputs.open(PARAMS, start=root), []
    for name in names:
        rows = signatures.sign(channels.published_book(inputs), rows, name=name, date=DAY)
    signatures.signatures_file(inputs.project).write_text(signatures.to_csv(rows), "utf-8")


def refused():
    with pytest.raises(InputError) as caught:
        channels.make(PARAMS, draft=True)
    return str(caught.value)


def parsed(path):
    return bs4.BeautifulSoup(path.read_text("utf-8"), "html.parser")


def read(path):
    """What a person reads in a file; of the index what is told, not how long it is."""
    if path.suffix != ".html":
        return path.read_text("utf-8")
    soup = parsed(path)
    for away in soup.select("script, style, .count, .actions, .jump, h2[id$=-title]"):
        away.decompose()
    alts = [image["alt"] for image in soup.select("img")]
    return " ".join([soup.get_text(" "), *alts, *(b["data-text"] for b in soup.select("button[data-text]"))])


# ---- signatures, drafts, folder ----------------------------------------------------------------


def test_unsigned_numbers_are_refused_with_their_names_and_what_to_do(made):
    sign(made, "Anna Ek")
    done = klimatlib("channels", "tiny", cwd=made)
    assert (done.returncode, done.stdout) == (2, "")
    assert "4 of the 4 claims that the channels print lack two people's signatures; sign" in done.stderr
    assert "klimatlib channels tiny --draft" in done.stderr
    assert "survey-kolsankor: signed by Anna Ek" in done.stderr
    assert not (made / "outputs" / "tiny-channels").exists()


def test_what_two_have_signed_is_final_and_the_same_texts_give_the_same_bytes(made):
    sign(made, "Anna Ek", "Bo Åberg")
    with collected() as said:
        home = channels.make(PARAMS)
    signed = "4 of the 4 claims that they print are signed by two people"
    left_out = "no charts: outputs/tiny/ is a draft, and its charts with it"
    assert said == [f"outputs/tiny-channels/: 8 channels; {signed}", left_out]
    manifest, written = json.loads((home / "manifest.json").read_text("utf-8")), digests(home)
    assert {*written} == FILES
    assert (manifest["final"], manifest["unsigned"]) == (True, [])
    channels.make(PARAMS, draft=True)
    draft = digests(home)
    channels.make(PARAMS, draft=True)
    assert digests(home) == draft
    charts = {f"diagram{end}" for end in (".txt", ".png", ".alt.txt")}
    assert {*draft} == FILES | charts
    assert struct.unpack(">II", (home / "diagram.png").read_bytes()[16:24]) == (1200, 630)
    words, alt = [(home / f"diagram{end}").read_text("utf-8").splitlines() for end in (".txt", ".alt.txt")]
    assert all("UTKAST" in lines[0] for lines in (words, alt))
    assert words[2].startswith("Medlemmarnas utsläpp per invånare har minskat med 35")
    assert alt[2] in read(home / "index.html")
    edit_text(made, "news.md", "Det gäller", "Det gäller 17")
    assert "news.md: line 3: the digit '17' is bound to nothing" in refused()
    assert digests(home) == draft, "a refused run changed it"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("outputs/tiny/report.qmd", "Ett bra", "Ett", "report.qmd: not as a run made it"),
        ("data/tiny/survey.csv", "biokol,1", "biokol,2", "data/tiny/survey.csv: is not as it was when"),
    ],
)
def test_only_a_report_that_is_whole_and_of_todays_inputs_is_told_of(made, file, old, new, message):
    edit(made / file, old, new)
    assert message in refused()
    shutil.rmtree(made / "outputs" / "tiny")
    assert "claims.csv: missing; get it from git, or make it with: klimatlib report tiny" in refused()


def test_a_report_that_tells_nothing_of_emissions_has_channels_too(made, monkeypatch):
    book = channels.published_book(sources.Inputs.open(PARAMS))
    without = ClaimBook(claim for claim in book if claim.role != "achieved")
    monkeypatch.setattr(channels, "published_book", lambda _: without)
    assert (channels.make(PARAMS, draft=True) / "nyhet.md").is_file()
    edit_text(made, "news.md", "Det gäller", "{{ targets }} Det gäller")
    assert "news.md: line 3: 'targets' is undefined" in refused()


def test_a_channels_text_does_not_make_the_report_stale(made):
    edit_text(made, "press.md", "år", "stora år")
    (made / "data" / "tiny" / "texts" / "channels" / "news.md").unlink()
    edit(made / "params" / "channels.yml", "longest_alt: 300", "longest_alt: 200")
    assert preview.explain(PARAMS, renderer="embedded") == ["tiny: nothing has changed, no step runs"]


# ---- texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("press.md", "Småkommunernas år", "De 3 bästa", "line 1: the digit '3' is bound to nothing"),
        ("news.md", "av de svarande arbetar", "av medlemmarna arbetar", "[denominator]"),
        ("news.md", "survey-kolsankor", "survey-skog", "no claim 'survey-skog'"),
        ("news.md", "survey-kolsankor", "spread-below-nation-share", "is of emissions"),
        ("english.md", SINKS, f"a share that fell to {SINKS}", "”fell” does not hold for survey-kolsankor"),
        ("english.md", "Of the", f"{ANSWERED}: of the", "is Swedish"),
    ],
)
def test_a_text_that_says_what_its_claims_do_not_carry_is_refused(made, file, old, new, message):
    edit_text(made, file, old, new)
    assert message in refused()


def test_what_is_wrong_in_all_texts_is_told_at_once(made):
    edit_text(made, "press.md", "Småkommunernas", "7")
    edit_text(made, "english.md", "carbon", "8 carbon")
    (made / "data" / "tiny" / "texts" / "channels" / "newsletter.md").unlink()
    message = refused()
    assert all(name in message for name in ("newsletter.md: missing", "press.md", "english.md"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("#klimat", f"{'Ord. ' * 100}#klimat", "577 characters, Mastodon takes 500: 77 too many"),
        ("kolsänkor.\n\n{{", f"kolsänkor{' och mer' * 20}.\n\n{{{{", "first paragraph has 202 characters"),
        ("LinkedIn Mastodon", "MySpace", "unknown platform 'MySpace'"),
        (' platforms="LinkedIn Mastodon"', "", "no platforms"),
        ('LinkedIn Mastodon"}', 'Instagram"}\n\n#a #b #c #d #e', "6 hashtags; expected at most 5"),
        ("Stor text: {{", f"Stor text{' lång' * 60}: {{{{", "the alt text has 416 characters"),
        (f"Stor text: {SINKS}", "Många", "does not tell the picture's number"),
        ("::: {.picture}\n\n{{", "::: {.picture}\n\nHela {{", "expected a claim first"),
        ("::: {.alt}", "::: {.bild}", "no section ::: {.alt}"),
        (f"picture}}\n\n{SINKS}", f"picture}}\n\n{SINKS}{' av de svarande' * 60}", "words are too many"),
    ],
)  # fmt: skip
def test_a_post_that_does_not_fit_is_refused_with_how_much(made, old, new, message):
    edit_text(made, "post-2.md", old, new)
    problem = refused()
    assert problem.startswith("data/tiny/texts/channels/post-2.md: ")
    assert message in problem


def test_posts_and_examples_are_held_to_the_platforms_of_the_facts(made):
    inputs = sources.Inputs.open(PARAMS)
    texts = channels.bind(inputs, channels.published_book(inputs), SETTINGS, [])
    (first, *_) = channels.posts(texts, ["Mastodon", "LinkedIn"], SETTINGS, facts="facts.yml")
    assert (first.limit.longest, first.limit.first) == (500, 140)
    with pytest.raises(InputError, match="Mastodon is not among the channels of sociala-medier in"):
        channels.posts(texts, ["LinkedIn"], SETTINGS, facts="facts.yml")
    channel = next(one for one in SETTINGS.channels if one.kind == "examples")
    text = channels.Bound(channel, "fredagslyftet.md", f"## En\n\nKort.\n\n## Två\n\n{'x' * 290}", ())
    with pytest.raises(InputError, match="Två: the example has 290 characters, X takes 280: 10 too many"):
        channels.posts([text], ["LinkedIn", "X"], SETTINGS, facts="facts.yml")
    assert channels.posts([text], ["LinkedIn"], SETTINGS, facts="facts.yml") == []


def test_a_new_channel_and_a_new_platform_need_a_line_each(made):
    settings = made / "params" / "channels.yml"
    edit(settings, "platforms:", "platforms:\n  Tuta: {longest: 50, first: 9}\n#")
    edit(settings, "channels:\n", "channels:\n  - {text: ny, file: ny, title: N, kind: text}\n")
    (made / "data" / "tiny" / "texts" / "channels" / "ny.md").write_text("# Nytt\n", "utf-8")
    edit_text(made, "post-2.md", "LinkedIn Mastodon", "Tuta")
    assert "Tuta takes 50" in refused()
    edit_text(made, "post-2.md", "Tuta", "LinkedIn")
    assert (channels.make(PARAMS, draft=True) / "ny.md").read_text("utf-8").endswith("# Nytt\n")


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# Nytt\n\nVi är [51]{.claim claim=\"members-count\"}\nmedlemmar.", "Nytt\n\nVi är 51 medlemmar."),
        ("Läs på [www.example.org](https://www.example.org/).", "Läs på www.example.org."),
        ("Läs [mer](https://example.org/a\\_b).", "Läs mer (https://example.org/a_b)."),
        ("Skriv till [a@example.org](mailto:a@example.org)", "Skriv till a@example.org"),
        ("Av dem\n\n- **gör** en,\n- gör två.", "Av dem\n\n• gör en,\n• gör två."),
        ("::: {.lead}\n\nStörst \\*är\\* [Bo]{lang=en}\n\n:::", "Störst *är* Bo"),
        ("#klimat <https://example.org/x\\_y>", "#klimat https://example.org/x_y"),
    ],
)  # fmt: skip
def test_plain_words_are_what_a_reader_sees(markdown, words):
    assert channels.plain(markdown) == words


# ---- numbers -----------------------------------------------------------------------------------


def test_no_number_differs_between_any_channel_and_the_report(real):
    home, book = real
    claims = json.loads((home / "manifest.json").read_text("utf-8"))["claims"]
    assert {i: text for i, (text, _) in claims.items()} == {i: book[i].text for i in claims}
    in_swedish = {n for i in claims for n in NUMBER.findall(book[i].text)}
    in_swedish |= {str(number) for i in claims for number in (book[i].n, book[i].members)}
    in_english = {n for claim in english_book(book) if claim.id in claims for n in NUMBER.findall(claim.text)}
    for path in (path for path in home.iterdir() if path.suffix in {".md", ".txt", ".html"}):
        allowed = in_english if path.stem.startswith("english") else in_swedish
        allowed = in_english | in_swedish if path.name == "index.html" else allowed
        numbers = {number for number in NUMBER.findall(read(path)) if not YEAR.fullmatch(number)}
        assert numbers, path.name
        assert numbers <= allowed, path.name


def test_each_number_on_a_page_is_told_as_in_the_report_with_what_it_rests_on(real, report_2023):
    home, book = real
    notes = {}
    for span in parsed(report_2023 / "report.html").select(".claim"):
        notes.setdefault(span["data-claim"], {})[span.get_text()] = span["data-note"]
    for name in ("index.html", "nyhet.html", "pressmeddelande.html"):
        spans = [span for span in parsed(home / name).select(".claim") if not span.find_parent(lang="en")]
        assert len(spans) >= 7
        for span in spans:
            assert notes[span["data-claim"]][span.get_text()] == span["data-note"], span
    for span in parsed(home / "english.html").select(".claim"):
        assert span.get_text() == english_text(book[span["data-claim"]])


def test_a_claim_that_changes_changes_everywhere(made, monkeypatch):
    before = {path.name: path.read_bytes() for path in channels.make(PARAMS, draft=True).iterdir()}
    published_book = channels.published_book

    def revised(inputs):
        book = published_book(inputs)
        new = replace(book["survey-kolsankor"], k=1, value=exact(Decimal(1) / 3), text="33\u00a0%")
        return book.revised([new])

    monkeypatch.setattr(channels, "published_book", revised)
    home, share = channels.make(PARAMS, draft=True), "{}\u00a0(?:%|per\u00a0cent)"
    texts = {name: data.decode("utf-8", "replace") for name, data in before.items()}
    tellers = {name for name, text in texts.items() if re.search(share.format(67), text)}
    assert {"nyhet.md", "nyhet-fragment.html", "english.md", "inlagg-1.txt", "index.html"} <= tellers
    for name in tellers:
        text = (home / name).read_text("utf-8")
        assert re.search(share.format(33), text), name
        assert not re.search(share.format(67), text), name
    assert (home / "inlagg-1.png").read_bytes() != before["inlagg-1.png"]


# ---- pictures and pages ------------------------------------------------------------------------


def test_pictures_are_square_and_their_source_line_tells_publisher_year_and_who_answered(real):
    home, book = real
    for n in (1, 2, 3):
        assert struct.unpack(">II", (home / f"inlagg-{n}.png").read_bytes()[16:24]) == (1080, 1080)
    reduction, sinks = book["emissions-members-reduction"], book["survey-kolsankor"]
    assert channels.source_line(reduction) == "Källa: SMHI och SCB, utgåva 2025. Gäller 2020."
    asked = "Källa: Klimatkommunerna. Gäller 2023.\nSvar från omkring 42 av 51 medlemmar; antalet är härlett."
    assert channels.source_line(sinks) == asked
    asked = "Source: Klimatkommunerna. Data for 2023.\nAnswers from about 42 of 51 members, a derived number."
    assert channels.source_line(sinks, english=True) == asked


def test_the_index_names_the_platforms_of_the_facts_and_copies_what_stands_in_the_files(real):
    home, soup = real[0], parsed(real[0] / "index.html")
    for n in (1, 2, 3):
        count = soup.select_one(f"#inlagg-{n} .count").get_text()
        assert count.startswith("Facebook, Instagram och LinkedIn · ")
        assert count.endswith(f"av {swedish.number(2200)} tecken")
        post, alt = (button["data-text"] for button in soup.select(f"#inlagg-{n} button"))
        assert (home / f"inlagg-{n}.txt").read_text("utf-8") == f"{post}\n"
        assert (home / f"inlagg-{n}.alt.txt").read_text("utf-8") == f"{alt}\n"
    links = {a["href"] for a in soup.select(".actions a")}
    assert links == {path.name for path in home.iterdir()} - {"index.html", "manifest.json", "build.json"}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_pages_hold_in_a_browser_and_the_buttons_copy(real):
    with chromium() as browser, opened(browser, real[0] / "index.html") as index:
        for name in ("nyhet.html", "english.html", "index.html"):
            index.page.goto((real[0] / name).as_uri())
            for mode in LOOKS:
                assert look(index, mode)[0] == [], (name, mode)
        copy = "text => { window.copied = text; return Promise.resolve() }"
        index.page.evaluate(f"navigator.clipboard.writeText = {copy}")
        index.page.click("#inlagg-2 .copy")
        copied = index.page.evaluate("window.copied")
        assert re.match(r"UTKAST: .*\n\nKol kan lagras där vi bor\. 93\u00a0%", copied)
        index.page.hover("#inlagg-2 .text .claim")
        assert "n = 42 av 51 medlemmar" in index.page.inner_text("#claim-note")
