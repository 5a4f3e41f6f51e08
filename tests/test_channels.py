"""Channels: no number but the report's, none unsigned, no post over its limit; drafts say what they are."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import struct
from dataclasses import replace
from decimal import Decimal

import bs4
import pytest

from browser import CHROMIUM, chromium, look, opened
from conftest import collected
from klimatlib import swedish
from klimatlib.claims import signatures
from klimatlib.claims.claims import Claim, ClaimBook, exact, read_claims
from klimatlib.errors import ClaimError, InputError
from klimatlib.prose import linter as english
from klimatlib.run import build
from klimatlib.share import channels
from klimatlib.share import channels as basis
from klimatlib.share import channels as bound
from klimatlib.share import channels as kinds
from klimatlib.share import channels as posts
from klimatlib.sources import inputs as sources
from test_cli import klimatlib

PARAMS = "params/tiny.yml"
DAY = dt.date(2024, 3, 1)
NUMBER = re.compile(r"[−+]?\d[\d\u00a0]*(?:[.,]\d+)?")
SINKS = '{{ claim("survey-kolsankor") }}'
ANSWERED = '{{ claim("survey-respondents", words=true) }} members'
YEAR = re.compile(r"(?:19|20)\d\d")
PAGES = ("nyhet", "pressmeddelande", "english")
FILES = {
    *(f"{stem}{end}" for stem in PAGES for end in (".md", ".html", "-fragment.html")),
    *(f"inlagg-{n}{end}" for n in (1, 2, 3) for end in (".txt", ".png", ".alt.txt")),
    "nyhetsbrev.md", "index.html", "manifest.json", "build.json",
}  # fmt: skip


@pytest.fixture
def world(tiny_report, tmp_path, monkeypatch):
    """A copy of the tiny world with its report, to break; its text on the platforms' limits as written."""
    root = shutil.copytree(tiny_report, tmp_path / "värld")
    monkeypatch.chdir(root)
    return root


@pytest.fixture(scope="module")
def real(report_2023, tmp_path_factory):
    """The channels of 2023, as a draft; the folder, and the report's claims."""
    root = tmp_path_factory.mktemp("channels") / "klimat"
    shutil.copytree(
        report_2023.parent.parent, root, ignore=shutil.ignore_patterns(".kept", "review", "notebooks.*")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        home = channels.make("params/2023.yml", draft=True)
    return home, read_claims((report_2023 / "claims.csv").read_bytes(), file="claims.csv")


def texts(root):
    return root / "data" / "tiny" / "texts" / "channels"


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def sign(root, *names):
    inputs = sources.Inputs.open(PARAMS, start=root)
    found = []
    for name in names:
        found = signatures.sign(basis.claims(inputs), found, name=name, date=DAY)
    signatures.signatures_file(inputs.project).write_text(signatures.to_csv(found), "utf-8")


def made(**options):
    with collected() as said:
        return channels.make(PARAMS, **options), said


def refused(**options):
    with pytest.raises(InputError) as caught:
        made(**options)
    return str(caught.value)


def read(path):
    """What a person reads in a file; of the index what is told, not how long it is."""
    text = path.read_text("utf-8")
    if path.suffix != ".html":
        return text
    soup = bs4.BeautifulSoup(text, "html.parser")
    for away in soup.select("script, style, .count, .actions, .jump, h2[id$=-title]"):
        away.decompose()
    alts = " ".join(image["alt"] for image in soup.select("img"))
    return " ".join([soup.get_text(" "), alts, *(b["data-text"] for b in soup.select("button[data-text]"))])


def hashes(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


# ---- signatures, drafts, folder ----------------------------------------------------------------


def test_unsigned_numbers_are_refused_with_their_names_and_what_to_do(world):
    sign(world, "Anna Ek")
    done = klimatlib("channels", "tiny", cwd=world)
    assert (done.returncode, done.stdout) == (2, "")
    assert "4 of the 4 claims that the channels print lack two people's signatures" in done.stderr
    assert "sign with: klimatlib sign tiny --as PERSON CLAIM ...; " in done.stderr
    assert "klimatlib channels tiny --draft" in done.stderr
    assert "survey-kolsankor: signed by Anna Ek" in done.stderr
    assert not (world / "outputs" / "tiny-channels").exists()


def test_what_two_people_have_signed_is_written_and_says_nothing_of_a_draft(world):
    sign(world, "Anna Ek", "Bo Åberg")
    home, said = made()
    assert said == [
        "outputs/tiny-channels/: 7 channels; 4 of the 4 claims that they print are signed by two people"
    ]
    manifest = json.loads((home / "manifest.json").read_text("utf-8"))
    found = hashes(home)
    assert {*found} == FILES
    del found["build.json"]
    assert json.loads((home / "build.json").read_text("utf-8"))["outputs"] == found
    assert (manifest["draft"], manifest["unsigned"]) == (False, [])
    written = [path for path in home.iterdir() if path.suffix != ".png"]
    assert [path.name for path in written if "UTKAST" in read(path)] == []


def test_a_draft_says_so_on_every_file_and_picture(world):
    sign(world, "Anna Ek", "Bo Åberg")
    finished = {path.name: path.read_bytes() for path in made()[0].glob("*.png")}
    home, _ = made(draft=True)
    silent = [p.name for p in home.iterdir() if p.suffix != ".png" and "UTKAST" not in read(p)]
    assert {*silent} == {"build.json", "manifest.json"}
    assert json.loads((home / "manifest.json").read_text("utf-8"))["draft"] is True
    assert [name for name, picture in finished.items() if (home / name).read_bytes() == picture] == []


def test_the_same_inputs_give_the_same_bytes_and_a_refused_run_leaves_them(world):
    home, _ = made(draft=True)
    before = hashes(home)
    made(draft=True)
    assert hashes(home) == before
    edit(texts(world) / "news.md", "Det gäller", "Det gäller 17")
    assert "news.md: line 3: the digit '17' is bound to nothing" in refused(draft=True)
    assert hashes(home) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("outputs/tiny/claims.csv", '"67', '"68', "claims.csv: not as a run made it"),
        ("outputs/tiny/report.qmd", "Ett bra", "Ett", "report.qmd: not as a run made it"),
        ("data/tiny/survey.csv", "biokol,1", "biokol,2", "data/tiny/survey.csv: is not as it was when"),
        ("params/tiny.yml", "minimum_cell: 1", "minimum_cell: 2", "params/tiny.yml: is not as it was when"),
    ],
)
def test_only_a_report_that_is_whole_and_of_todays_inputs_is_told_of(world, file, old, new, told):
    edit(world / file, old, new)
    message = refused(draft=True)
    assert told in message
    assert message.endswith(": klimatlib report tiny")


def test_without_a_report_there_is_nothing_to_tell(world):
    shutil.rmtree(world / "outputs" / "tiny")
    assert "claims.csv: missing; get it from git, or make it with: klimatlib report tiny" in refused(
        draft=True
    )


def test_a_channels_text_does_not_make_the_report_stale(world):
    edit(texts(world) / "press.md", "år", "stora år")
    (texts(world) / "news.md").unlink()
    assert build.explain(PARAMS, renderer="embedded") == ["tiny: nothing has changed, no step runs"]


# ---- texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("press.md", "Småkommunernas år", "De 3 bästa", "line 1: the digit '3' is bound to nothing"),
        ("news.md", "av de svarande arbetar", "av medlemmarna arbetar", "[denominator]"),
        ("news.md", "- {{ claim", "- Allt färre: {{ claim", "does not hold for survey-kolsankor"),
        ("news.md", "survey-kolsankor", "survey-skog", "no claim 'survey-skog'"),
        ("news.md", "survey-kolsankor", "spread-below-nation-share", "which the report does not"),
        ("english.md", "per inhabitant", "per 1 inhabitant", "line 1: the digit '1' is bound to nothing"),
        ("english.md", SINKS, f"a share that fell to {SINKS}", "”fell” does not hold for survey-kolsankor"),
        ("english.md", "Of the", f"{ANSWERED}: of the", "is Swedish"),
    ],
)
def test_a_text_that_says_what_its_claims_do_not_carry_is_refused(world, file, old, new, told):
    edit(texts(world) / file, old, new)
    assert told in refused(draft=True)


def test_what_is_wrong_in_all_texts_is_told_at_once(world):
    edit(texts(world) / "press.md", "Småkommunernas", "7")
    edit(texts(world) / "english.md", "carbon", "8 carbon")
    (texts(world) / "newsletter.md").unlink()
    told = refused(draft=True)
    assert ["newsletter.md: missing" in told, "press.md" in told, "english.md" in told] == [True] * 3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "#klimat",
            f"{'Ord. ' * 100}#klimat",
            "the post has 577 characters, Mastodon takes 500: 77 too many",
        ),
        (
            "kolsänkor.\n\n{{",
            f"kolsänkor{' och mer' * 20}.\n\n{{{{",
            "its first paragraph has 202 characters",
        ),
        ("LinkedIn Mastodon", "MySpace", "unknown platform 'MySpace'"),
        (' platforms="LinkedIn Mastodon"', "", "no platforms"),
        ("LinkedIn Mastodon", "Instagram", ""),
        ('LinkedIn Mastodon"}', 'Instagram"}\n\n#a #b #c #d #e', "6 hashtags; expected at most 5"),
        (
            "Stor text: {{",
            f"Stor text{' lång' * 60}: {{{{",
            "the alt text has 416 characters, expected at most 300",
        ),
        (f"Stor text: {SINKS}", "Många", "does not tell the picture's number"),
        ("::: {.picture}\n\n{{", "::: {.picture}\n\nHela {{", "expected a claim first"),
        ("::: {.alt}", "::: {.bild}", "no section ::: {.alt}"),
        (
            f"picture}}\n\n{SINKS}",
            f"picture}}\n\n{SINKS}{' av alla' * 60}",
            "its words are too many for a picture",
        ),
    ],
)
def test_a_post_that_does_not_fit_is_refused_with_how_much(world, old, new, told):
    edit(texts(world) / "post-2.md", old, new)
    if told:
        message = refused(draft=True)
        assert message.startswith("data/tiny/texts/channels/post-2.md: ")
        assert told in message
    else:
        made(draft=True)


def test_a_post_is_held_to_the_platforms_of_the_facts(world):
    facts = world / "data" / "tiny" / "facts.yml"
    inputs = sources.Inputs.open(PARAMS)
    book = basis.claims(inputs)
    found = [one for one in bound.bind(inputs, book, []) if one.channel in kinds.POST]
    (first, *_) = posts.posts(found, ["Mastodon", "LinkedIn"], facts=str(facts))
    assert (first.limit.name, first.limit.post, first.limit.ahead) == ("Mastodon", 500, 140)
    with pytest.raises(InputError, match="Mastodon is not among the channels of sociala-medier"):
        posts.posts(found, ["LinkedIn"], facts=str(facts))


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
    assert bound.plain(markdown) == words


# ---- numbers -----------------------------------------------------------------------------------


def test_no_number_differs_between_any_channel_and_the_report(real):
    home, book = real
    manifest = json.loads((home / "manifest.json").read_text("utf-8"))
    for claim, (text, _) in manifest["claims"].items():
        assert book[claim].text == text
    swedish_numbers = {n for claim in manifest["claims"] for n in NUMBER.findall(book[claim].text)}
    counted = {str(book[c].n) for c in manifest["claims"]} | {
        str(book[c].members) for c in manifest["claims"]
    }
    english_numbers = {
        n for c in english.book_of(book) if c.id in manifest["claims"] for n in NUMBER.findall(c.text)
    }
    read_of = {path.name: read(path) for path in home.iterdir() if path.suffix in {".md", ".txt", ".html"}}
    assert len(read_of) == len(FILES) - 1 - 3
    for name, text in read_of.items():
        allowed = english_numbers if name.startswith("english") else swedish_numbers | counted
        if name == "index.html":
            allowed = english_numbers | swedish_numbers | counted
        found = [number for number in NUMBER.findall(text) if not YEAR.fullmatch(number)]
        assert found, name
        assert [number for number in found if number not in allowed] == [], name


def test_each_number_on_a_page_is_told_as_in_the_report_with_what_it_rests_on(real, report_2023):
    home, book = real
    spans = {}
    for span in bs4.BeautifulSoup((report_2023 / "report.html").read_text("utf-8"), "html.parser").select(
        ".claim"
    ):
        spans.setdefault(span["data-claim"], {})[span.get_text()] = span["data-note"]
    for name in ("index.html", "nyhet.html", "pressmeddelande.html"):
        soup = bs4.BeautifulSoup((home / name).read_text("utf-8"), "html.parser")
        found = [span for span in soup.select(".claim") if not span.find_parent(lang="en")]
        assert len(found) >= 7
        for span in found:
            assert spans[span["data-claim"]][span.get_text()] == span["data-note"], span
    for span in bs4.BeautifulSoup((home / "english.html").read_text("utf-8"), "html.parser").select(".claim"):
        assert span.get_text() == english.told(book[span["data-claim"]])


def test_a_claim_that_changes_changes_everywhere(world, monkeypatch):
    before = {path.name: path.read_bytes() for path in made(draft=True)[0].iterdir()}
    assert "67\u00a0%".encode() in before["nyhet.md"]
    claims = basis.claims

    def revised(inputs):
        book = claims(inputs)
        new = replace(book["survey-kolsankor"], k=1, value=exact(Decimal(1) / 3), text="33\u00a0%")
        return book.revised([new])

    monkeypatch.setattr(basis, "claims", revised)
    home, _ = made(draft=True)
    told_by = [
        name
        for name in before
        if re.search("67\u00a0(?:%|per\u00a0cent)", before[name].decode("utf-8", "replace"))
    ]
    assert {
        "nyhet.md",
        "nyhet-fragment.html",
        "english.md",
        "inlagg-1.txt",
        "inlagg-1.alt.txt",
        "index.html",
    } <= {*told_by}
    for name in told_by:
        now = (home / name).read_text("utf-8")
        assert re.search("33\u00a0(?:%|per\u00a0cent)", now), name
        assert not re.search("67\u00a0(?:%|per\u00a0cent)", now), name
    assert [
        n for n in (1, 2, 3) if (home / f"inlagg-{n}.png").read_bytes() == before[f"inlagg-{n}.png"]
    ] == []


LEVEL = Claim(
    "a",
    2023,
    exact(Decimal("3.223613")),
    "t CO2e per capita",
    "3,2\u00a0ton",
    "level",
    data_year=2020,
    definition="d",
    source="s",
)


@pytest.mark.parametrize(
    ("value", "unit", "text", "told"),
    [
        ("3.223613", "t CO2e per capita", "3,2\u00a0ton", "3.2\u00a0tonnes"),
        ("0.519142", "share", "52\u00a0%", "52\u00a0per\u00a0cent"),
        ("-0.519142", "share", "−52\u00a0%", "−52\u00a0per\u00a0cent"),
        ("0.024111", "share per year", "2,4\u00a0%", "2.4\u00a0per\u00a0cent"),
        ("0.5", "share", "50\u00a0%", "50\u00a0per\u00a0cent"),
        ("6700", "count", "6\u00a0700", "6,700"),
        ("2050", "year", "2050", "2050"),
        ("70", "procent", "70\u00a0procent", "70\u00a0per\u00a0cent"),
        ("0.0025", "share", "0,3\u00a0%", "0.3\u00a0per\u00a0cent"),
    ],
)
def test_english_tells_the_same_value_with_the_same_decimals(value, unit, text, told):
    assert english.told(replace(LEVEL, value=Decimal(value), unit=unit, text=text)) == told


@pytest.mark.parametrize(
    ("value", "text"), [("3.3", "3,2\u00a0ton"), ("1", "minst 4"), ("0.53", "52\u00a0%")]
)
def test_english_refuses_a_text_that_is_not_its_value(value, text):
    unit = "share" if "%" in text else LEVEL.unit
    with pytest.raises(ClaimError):
        english.told(replace(LEVEL, value=Decimal(value), unit=unit, text=text))


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("Emissions fell by [52]{.claim claim=\"cut\"}.", ""),
        ("Emissions rose by [52]{.claim claim=\"cut\"}.", "which goes down"),
        ("Emissions are up from before, by [52]{.claim claim=\"cut\"}.", "which goes down"),
        ("Most, [40]{.claim claim=\"few\"}, do so.", "needs more than 50 per cent"),
        ("Most, [60]{.claim claim=\"many\"}, do so.", ""),
    ],
)  # fmt: skip
def test_english_words_of_change_are_held_to_their_claims(sentence, rule):
    cut = replace(
        LEVEL, id="cut", value=Decimal("0.52"), unit="share", text="52", kind="change", direction=-1
    )
    few = replace(
        LEVEL, id="few", value=Decimal("0.4"), unit="share", text="40", kind="share", k=2, n=5, members=5
    )
    many = replace(few, id="many", value=Decimal("0.6"), text="60", k=3)
    found = english.english_lint("", sentence, ClaimBook([cut, few, many]), file="english.md")
    assert [rule in problem.text for problem in found] == ([True] if rule else [])


# ---- pictures and pages ------------------------------------------------------------------------


def test_pictures_are_square_and_of_the_size_that_the_platforms_show(real):
    for n in (1, 2, 3):
        assert struct.unpack(">II", (real[0] / f"inlagg-{n}.png").read_bytes()[16:24]) == (1080, 1080)


def test_a_pictures_source_line_tells_publisher_year_and_who_answered(real):
    _, book = real
    assert posts.source_line(book["emissions-members-reduction"]) == "Källa: SMHI och SCB. Gäller 2020."
    told = posts.source_line(book["survey-kolsankor"])
    assert told == "Källa: Klimatkommunerna. Gäller 2023.\nSvar från 42 av 51 medlemmar."


def test_the_posts_of_2023_are_for_the_platforms_that_the_facts_name(real):
    soup = bs4.BeautifulSoup((real[0] / "index.html").read_text("utf-8"), "html.parser")
    counts = [soup.select_one(f"#inlagg-{n} .count").get_text() for n in (1, 2, 3)]
    assert [text.split(" · ")[0] for text in counts] == ["Facebook, Instagram och LinkedIn"] * 3
    assert all(text.endswith(f"av {swedish.number(2200)} tecken") for text in counts)


def test_what_is_copied_is_what_stands_in_the_files(real):
    soup = bs4.BeautifulSoup((real[0] / "index.html").read_text("utf-8"), "html.parser")
    for n in (1, 2, 3):
        post, alt = (button["data-text"] for button in soup.select(f"#inlagg-{n} button"))
        assert (real[0] / f"inlagg-{n}.txt").read_text("utf-8").endswith(f"\n\n{post}\n")
        assert (real[0] / f"inlagg-{n}.alt.txt").read_text("utf-8").endswith(f"\n\n{alt}\n")
    links = {a["href"] for a in soup.select(".actions a")}
    assert links == {path.name for path in real[0].iterdir()} - {"index.html", "manifest.json", "build.json"}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
def test_the_pages_hold_in_a_browser_and_the_buttons_copy(real):
    with chromium() as browser:
        for name in ("index.html", "nyhet.html", "english.html"):
            for mode in ("light", "dark", "360 px"):
                with opened(browser, real[0] / name, mode) as page:
                    found = look(page, mode)
                    assert (found.violations, found.complaints, found.from_outside) == ([], [], []), (
                        name,
                        mode,
                    )
                    assert found.excess <= 0, (name, mode)
        with opened(browser, real[0] / "index.html") as found:
            found.page.evaluate(
                "navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }"
            )
            found.page.click("#inlagg-2 .copy")
            assert found.page.evaluate("window.copied").startswith("Kol kan lagras där vi bor. 93\u00a0%")
            found.page.hover("#inlagg-2 .text .claim")
            assert "n = 42 av 51 medlemmar" in found.page.inner_text("#claim-note")
