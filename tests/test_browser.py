"""The report and the reviewers' pages in a real browser, as a reader meets them."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser import CHROMIUM, Look, chromium, look, opened

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="the pages in a browser: chromium is not installed")
MODES = ("light", "dark", "360 px")


@pytest.fixture(scope="module")
def pages(report_2023: Path, tiny_report: Path) -> list[Path]:
    """The reports and all reviewers' pages; made before the browser's own event loop runs."""
    tiny = tiny_report / "outputs" / "tiny" / "report.html"
    return [report_2023 / "report.html", *sorted((report_2023 / "review").glob("*.html")), tiny]


@pytest.fixture(scope="module")
def browser(pages: list[Path]) -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def report(pages: list[Path]) -> Path:
    return pages[0]


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    with opened(browser, report, accept_downloads=True, reduced_motion="reduce") as shown:
        yield shown.page
        assert shown.complaints == []


@pytest.fixture(scope="module")
def looks(browser: Any, pages: list[Path]) -> dict[tuple[Path, str], Look]:
    """Look at every page in three ways: light, dark and on a small screen."""
    seen = {}
    for path in pages:
        with opened(browser, path) as shown:
            seen |= {(path, mode): look(shown, mode) for mode in MODES}
    assert len(seen) == 33
    return seen


def test_no_page_is_inaccessible_complains_asks_the_network_or_is_too_wide(looks: dict[Any, Look]) -> None:
    wrong = [
        (path.name, mode, *part)
        for (path, mode), seen in looks.items()
        for part in (seen.violations, seen.complaints, seen.from_outside, ["too wide"] * (seen.excess > 0))
        if part
    ]
    assert wrong == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_cannot_judge_the_contrast_of_the_cover_and_charts_only(
    browser: Any, looks: dict[Any, Look], report: Path, mode: str
) -> None:
    # The cover's three lines stand on a gradient and are measured against each colour of it; the words of
    # charts are measured below. At 360 px axe also leaves out what a table's scroll region hides.
    texts, questions = (".institution", "h1", ".year"), looks[report, mode].open_questions
    assert {line.split()[0] for line in questions} <= {"color-contrast:"}
    assert all(any(f"['{text}']" in line for text in texts) or "<text " in line for line in questions)
    with opened(browser, report, mode) as shown:
        sky = colours(shown.page, ".cover", "backgroundImage")
        words = [colours(shown.page, f".cover {text}", "color")[0] for text in texts]
        assert (luminance(colours(shown.page, "body", "backgroundColor")[0]) < 0.02) == (mode == "dark")
    assert len(sky) == 3
    assert min(contrast(word, ground) for word in words for ground in sky) >= 4.5


def test_every_number_s_note_opens_by_mouse_and_keyboard_and_states_where_it_is_from(page: Any) -> None:
    notes = page.eval_on_selector_all("[data-note]", "all => all.map(element => element.dataset.note)")
    assert len(notes) > 100
    complete = re.compile(r"^\w.+\. Dataår \d.+ Källa: .+\.$", re.DOTALL)
    assert [words for words in notes if not complete.search(words)] == []
    note, first = page.locator("#claim-note"), page.locator(".claim[data-note]").first
    expect(note).to_be_hidden()
    page.locator(".columns .claim[data-note*='n = ']").first.hover()
    expect(note).to_be_visible()
    assert re.search(r"^\w.+ n = \d+ av \d+ .+ Dataår \d{4}\..* Källa: .+\.$", note.inner_text(), re.DOTALL)
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    page.locator("nav.contents a").last.focus()
    for _ in range(10):
        page.keyboard.press("Tab")
        if first.evaluate("element => element === document.activeElement"):
            break
    expect(note).to_be_visible()
    assert first.get_attribute("aria-describedby") == "claim-note"
    assert first.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    page.keyboard.press("Enter")
    expect(note).to_be_visible()


def test_a_tap_opens_a_number_s_note_on_the_screen_and_another_closes_it(browser: Any, report: Path) -> None:
    with opened(browser, report, "tap") as shown:
        note = shown.page.locator("#claim-note")
        shown.page.locator(".columns .claim[data-note*='n = ']").first.tap()
        expect(note).to_be_visible()
        box = note.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        shown.page.locator("h2").first.tap()
        expect(note).to_be_hidden()


def test_every_chart_is_one_picture_with_its_data_as_table_and_file(page: Any, report: Path) -> None:
    spoken = page.locator("main").aria_snapshot()
    labels = [chart.get_attribute("aria-label") for chart in page.locator(".chart").all()]
    assert len(re.findall(r"- '?img \"", spoken)) == len(labels) >= 9
    assert spoken.count("utanför skalan") == sum(label.count("utanför skalan") for label in labels)
    links = [link.get_attribute("href") for link in page.locator("figure a[download]").all()]
    charts = page.get_by_role("img").count()
    assert page.locator("figure details table").count() == charts == len(links) >= 8
    files = {path.read_text(encoding="utf-8-sig") for path in (report.parent / "figures").glob("*.csv")}
    contents = {urllib.parse.unquote(link).partition(",")[2].removeprefix("\ufeff") for link in links}
    assert contents <= files
    figure = page.locator("figure").first
    figure.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(figure.locator("table")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_download() as fetched:
        page.keyboard.press("Enter")
    content = Path(fetched.value.path()).read_text(encoding="utf-8-sig")
    assert content == (report.parent / "figures" / fetched.value.suggested_filename).read_text("utf-8-sig")


def test_the_first_tab_offers_to_skip_to_the_text(page: Any) -> None:
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.wait_for_url("**#main")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_contents_lead_to_headings_on_the_screen_and_nothing_moves(page: Any) -> None:
    on_screen = """target => { const top = document.getElementById(target).querySelector('h2')
        .getBoundingClientRect().top; return top >= 0 && top < innerHeight; }"""
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("document.getAnimations().length") == 0
    links = page.locator("nav.contents a").all()
    assert len(links) >= 6
    for link in links:
        target = urllib.parse.unquote(link.get_attribute("href")).removeprefix("#")
        link.click()
        page.wait_for_function(on_screen, arg=target, timeout=5_000)
        assert link.locator("span").last.inner_text() in page.locator(f'[id="{target}"] h2').inner_text()


def test_every_heading_has_a_quiet_link_to_itself(page: Any) -> None:
    links = page.locator("main .section-link")
    assert links.count() == page.locator("main :is(h2, h3, h4, h5)").count() > 20
    link = links.nth(3)
    assert link.get_attribute("aria-label").startswith("Länk till avsnittet ")
    assert link.evaluate("element => getComputedStyle(element).opacity") == "0"
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(link).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    page.wait_for_url(link.evaluate("element => element.href"))
    targets = links.evaluate_all("all => all.map(link => decodeURIComponent(link.hash.slice(1)))")
    assert [target for target in targets if page.locator(f'[id="{target}"]').count() != 1] == []


@pytest.mark.parametrize("width", [1280, 672, 673, 360, 320])
def test_charts_show_one_drawing_whose_type_is_never_too_small_nor_cut(page: Any, width: int) -> None:
    sizes = """all => all.filter(text => text.getClientRects().length).map(text => {
        const svg = text.ownerSVGElement, box = svg.getBoundingClientRect();
        const own = text.getBoundingClientRect();
        return [parseFloat(getComputedStyle(text).fontSize) * box.width / svg.viewBox.baseVal.width,
                own.left >= box.left - 1 && own.right <= box.right + 1, text.textContent]; })"""
    page.set_viewport_size({"width": width, "height": 800})
    seen = page.eval_on_selector_all(".chart text", sizes)
    assert len(seen) > 100
    assert min(size for size, *_ in seen) >= (11 if width >= 360 else 9.5)
    assert [words for _, inside, words in seen if not inside] == []
    drawings = [chart.locator("> div:visible") for chart in page.locator(".chart").all()]
    shape = "wide" if width > 672 else "narrow"
    assert [drawing.get_attribute("class") for drawing in drawings] == [shape] * len(drawings)


@pytest.mark.parametrize("mode", MODES)
def test_words_and_marks_of_charts_have_contrast(browser: Any, report: Path, mode: str) -> None:
    painted = """all => all.filter(element => element.getClientRects().length).map(element => {
        const style = getComputedStyle(element);
        return [element.tagName, style.fill, element.tagName === 'use' ? style.fill : style.stroke]; })"""
    wider = """[...document.querySelectorAll('main *')].filter(element => !element.closest('.scroll, .aside')
        && element.getBoundingClientRect().right > innerWidth + 1).map(element => element.outerHTML)"""
    with opened(browser, report, mode) as shown:
        assert shown.page.evaluate(wider) == []  # only what scrolls by itself
        ground = colours(shown.page, "body", "backgroundColor")[0]
        seen = shown.page.eval_on_selector_all(".chart :is(text, path, use, rect)", painted)
    words = {rgb(fill) for kind, fill, _ in seen if kind == "text"}
    marks = {rgb(colour) for kind, *both in seen if kind != "text" for colour in both if colour != "none"}
    grid = {(213, 221, 216), (48, 73, 62)}
    assert len(words) >= 5
    assert min(contrast(word, ground) for word in words) >= 4.5
    assert min(contrast(mark, ground) for mark in marks - grid - {ground}) >= 3


def test_print_hides_what_paper_cannot_use_and_keeps_the_text(browser: Any, report: Path) -> None:
    with opened(browser, report, "dark") as shown:
        page = shown.page
        page.emulate_media(media="print")
        for hidden in (".skip", "nav.contents", "details.data", ".section-link", "figure .narrow"):
            assert not page.locator(hidden).first.is_visible()
        kept = [*page.locator("main h2").all(), *page.locator("figure .wide").all()]
        assert len(kept) > 14
        assert all(element.is_visible() for element in kept)
        assert luminance(colours(page, "body", "backgroundColor")[0]) > 0.9
        scrolls = "all => all.map(element => getComputedStyle(element).overflowX)"
        assert {*page.eval_on_selector_all("main .scroll", scrolls)} == {"visible"}


def test_without_script_the_text_is_whole_and_all_of_it_is_under_six_hundred_kilobytes(
    browser: Any, report: Path
) -> None:
    with opened(browser, report, java_script_enabled=False) as shown:
        assert shown.page.locator(".claim[role]").count() == 0
        assert shown.page.locator("main h2").count() >= 6
    assert report.stat().st_size < 600_000


def colours(page: Any, where: str, name: str) -> list[tuple[int, ...]]:
    style = page.locator(where).first.evaluate(f"element => getComputedStyle(element).{name}")
    return [rgb(colour) for colour in re.findall(r"rgb\([^)]*\)", style)]


def rgb(style: str) -> tuple[int, ...]:
    return tuple(int(value) for value in re.findall(r"\d+", style)[:3])


def luminance(colour: tuple[int, ...]) -> float:
    """Give the relative luminance, as WCAG defines it."""
    parts = [value / 255 for value in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
