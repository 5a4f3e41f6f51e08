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

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="the pages in a browser, since chromium is not installed"
)


@pytest.fixture(scope="module")
def pages(report_2023: Path) -> list[Path]:
    """The report and all reviewers' pages; made before the browser's own event loop runs."""
    return [report_2023 / "report.html", *sorted((report_2023 / "review").glob("*.html"))]


@pytest.fixture(scope="module")
def browser(pages: list[Path], tiny_report: Path) -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def report(pages: list[Path]) -> Path:
    return pages[0]


def claim(page: Any) -> Any:
    """Give a number whose note has all four parts."""
    return page.locator(".columns .claim[data-note*='n = ']").first


@pytest.fixture(scope="module")
def looks(browser: Any, pages: list[Path]) -> dict[tuple[str, str], Look]:
    """Look at every page in three ways: light, dark and on a small screen."""
    seen = {}
    for path in pages:
        with opened(browser, path) as found:
            for mode in ("light", "dark", "360 px"):
                seen[path.name, mode] = look(found, mode)
    assert len(seen) == 30
    return seen


def test_axe_finds_nothing_wrong_on_any_page(looks: dict[tuple[str, str], Look]) -> None:
    wrong = [f"{name}, {mode}: {line}" for (name, mode), seen in looks.items() for line in seen.violations]
    assert not wrong, "\n".join(wrong[:20])


def test_no_page_complains_or_asks_the_network(looks: dict[tuple[str, str], Look]) -> None:
    assert {where: seen.complaints for where, seen in looks.items() if seen.complaints} == {}
    assert {where: seen.from_outside for where, seen in looks.items() if seen.from_outside} == {}


def test_no_page_is_wider_than_the_screen(looks: dict[tuple[str, str], Look]) -> None:
    assert {where: seen.excess for where, seen in looks.items() if seen.excess > 0} == {}


def test_axe_finds_nothing_wrong_in_the_tiny_report(browser: Any, tiny_report: Path) -> None:
    with opened(browser, tiny_report / "outputs" / "tiny" / "report.html") as found:
        assert look(found, "light").violations == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_cannot_judge_the_contrast_of_the_cover_and_charts_only(
    looks: dict[tuple[str, str], Look], mode: str
) -> None:
    # Its three lines stand on a gradient; the next test measures them against each colour of it, and a later
    # one measures the words of charts. At 360 px axe also leaves out what a table's scroll region hides: the
    # same cells in the same colours as here.
    assert {line.split()[0] for line in looks["report.html", mode].open_questions} <= {"color-contrast:"}
    assert all(
        re.search(r"\['(\.institution|h1|\.year)'\]", line) or "<text " in line
        for line in looks["report.html", mode].open_questions
    )


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_cover_has_contrast_against_each_colour_of_its_sky(browser: Any, report: Path, mode: str) -> None:
    with opened(browser, report, mode) as found:
        sky = colours(found.page, ".cover", "backgroundImage")
        texts = [
            colours(found.page, where, "color")[0] for where in (".institution", ".cover h1", ".cover .year")
        ]
    assert len(sky) == 3
    assert min(contrast(text, ground) for text in texts for ground in sky) >= 4.5


def test_at_360_px_only_scroll_regions_are_wider_than_the_screen(browser: Any, report: Path) -> None:
    wider = """[...document.querySelectorAll('main *')].filter(element => !element.closest('.scroll, .aside')
        && element.getBoundingClientRect().right > 361).map(element => element.outerHTML.slice(0, 120))"""
    with opened(browser, report, "360 px") as found:
        assert found.page.evaluate(wider) == []


def test_hovering_over_a_number_opens_its_note(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        note = found.page.locator("#claim-note")
        expect(note).to_be_hidden()
        claim(found.page).hover()
        expect(note).to_be_visible()
        told_words = note.inner_text()
        assert re.search(r"^\w.+ n = \d+ av \d+ .+ Dataår \d{4}\..* Källa: .+\.$", told_words, re.DOTALL)
        found.page.keyboard.press("Escape")
        expect(note).to_be_hidden()


def test_every_note_tells_the_definition_the_data_year_and_the_source(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        notes = found.page.eval_on_selector_all("[data-note]", "found => found.map(one => one.dataset.note)")
    assert len(notes) > 100
    assert [
        note for note in notes if not re.search(r"^\w.+\. Dataår \d.+ Källa: .+\.$", note, re.DOTALL)
    ] == []


def test_the_tab_key_opens_a_number_s_note_and_escape_closes_it(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        page, note = found.page, found.page.locator("#claim-note")
        first = page.locator(".claim[data-note]").first
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
    with opened(browser, report, "tap") as found:
        page, note = found.page, found.page.locator("#claim-note")
        claim(page).tap()
        expect(note).to_be_visible()
        box = note.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
        page.locator("h2").first.tap()
        expect(note).to_be_hidden()


def test_a_chart_s_data_opens_by_keyboard_and_can_be_fetched(browser: Any, report: Path) -> None:
    with opened(browser, report, accept_downloads=True) as found:
        page = found.page
        figure = page.locator("figure").first
        figure.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(figure.locator("table")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        with page.expect_download() as fetched:
            page.keyboard.press("Enter")
        name = fetched.value.suggested_filename
        content = Path(fetched.value.path()).read_bytes().decode("utf-8-sig")
        assert not found.complaints
    assert content == (report.parent / "figures" / name).read_text(encoding="utf-8-sig")


def test_every_chart_has_its_data_as_table_and_file(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        links = found.page.eval_on_selector_all(
            "figure a[download]", "found => found.map(one => one.getAttribute('href'))"
        )
        charts = found.page.get_by_role("img").count()
        assert found.page.locator("figure details table").count() == charts == len(links)
    assert charts >= 8
    contents = [urllib.parse.unquote(link).partition(",")[2] for link in links]
    files = {path.read_text(encoding="utf-8-sig") for path in (report.parent / "figures").glob("*.csv")}
    assert {content.removeprefix("\ufeff") for content in contents} <= files


def test_the_first_tab_offers_to_skip_to_the_text(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        page = found.page
        page.keyboard.press("Tab")
        skip = page.locator(".skip")
        expect(skip).to_be_focused()
        assert skip.bounding_box()["x"] >= 0
        page.keyboard.press("Enter")
        page.wait_for_url("**#main")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_contents_lead_to_headings_on_the_screen(browser: Any, report: Path) -> None:
    on_screen = """target => { const top = document.getElementById(target).querySelector('h2')
        .getBoundingClientRect().top; return top >= 0 && top < innerHeight; }"""
    with opened(browser, report, reduced_motion="reduce") as found:
        page = found.page
        links = page.locator("nav.contents a")
        assert links.count() >= 6
        for place in range(links.count()):
            link = links.nth(place)
            target = urllib.parse.unquote(link.get_attribute("href")).removeprefix("#")
            link.click()
            page.wait_for_function(on_screen, arg=target, timeout=5_000)
            assert link.locator("span").last.inner_text() in page.locator(f'[id="{target}"] h2').inner_text()


def test_every_heading_has_a_quiet_link_to_itself(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        page = found.page
        headings = page.locator("main :is(h2, h3, h4, h5)")
        links = page.locator("main .section-link")
        assert links.count() == headings.count() > 20
        link = links.nth(3)
        assert link.get_attribute("aria-label").startswith("Länk till avsnittet ")
        assert link.evaluate("element => getComputedStyle(element).opacity") == "0"
        link.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        expect(link).to_have_css("opacity", "1")
        page.keyboard.press("Enter")
        page.wait_for_url(link.evaluate("element => element.href"))
        targets = links.evaluate_all(
            "found => found.filter(one => !document.getElementById("
            "decodeURIComponent(one.hash.slice(1)))).map(one => one.hash)"
        )
        assert targets == []


def test_a_dark_screen_gets_a_dark_page(browser: Any, report: Path) -> None:
    with opened(browser, report, "dark") as found:
        assert luminance(colours(found.page, "body", "backgroundColor")[0]) < 0.02


@pytest.mark.parametrize("width", [1280, 672, 673, 360, 320])
def test_the_type_of_charts_is_never_too_small_nor_cut(browser: Any, report: Path, width: int) -> None:
    sizes = """found => found.filter(one => one.getClientRects().length).map(one => {
        const svg = one.ownerSVGElement, box = svg.getBoundingClientRect(), own = one.getBoundingClientRect();
        return [parseFloat(getComputedStyle(one).fontSize) * box.width / svg.viewBox.baseVal.width,
                own.left >= box.left - 1 && own.right <= box.right + 1, one.textContent]; })"""
    with opened(browser, report) as found:
        found.page.set_viewport_size({"width": width, "height": 800})
        seen = found.page.eval_on_selector_all(".chart text", sizes)
    assert len(seen) > 100
    assert min(size for size, *_ in seen) >= (11 if width >= 360 else 9.5)
    assert [words for _, inside, words in seen if not inside] == []


def test_a_chart_shows_one_of_its_two_drawings_and_is_one_picture(browser: Any, report: Path) -> None:
    with opened(browser, report) as found:
        for width, shown in ((1280, "wide"), (360, "narrow")):
            found.page.set_viewport_size({"width": width, "height": 800})
            pictures = found.page.locator(".chart")
            for place in range(pictures.count()):
                visible = pictures.nth(place).locator("> div:visible")
                assert visible.count() == 1
                assert visible.get_attribute("class") == shown
        told = found.page.locator("main").aria_snapshot()
        labels = pictures.evaluate_all("found => found.map(one => one.getAttribute('aria-label'))")
    assert len(re.findall(r"- '?img \"", told)) == len(labels) >= 9
    assert told.count("utanför skalan") == sum(label.count("utanför skalan") for label in labels)


@pytest.mark.parametrize("mode", ["light", "dark", "360 px"])
def test_words_and_marks_of_charts_have_contrast(browser: Any, report: Path, mode: str) -> None:
    looks = """found => found.filter(one => one.getClientRects().length).map(one => {
        const style = getComputedStyle(one);
        return [one.tagName, style.fill, one.tagName === 'use' ? style.fill : style.stroke]; })"""
    with opened(browser, report, mode) as found:
        ground = colours(found.page, "body", "backgroundColor")[0]
        seen = found.page.eval_on_selector_all(".chart :is(text, path, use, rect)", looks)
    words = {rgb(fill) for kind, fill, _ in seen if kind == "text"}
    marks = {rgb(colour) for kind, *both in seen if kind != "text" for colour in both if colour != "none"}
    grid = {rgb(f"rgb{colour}") for colour in ((213, 221, 216), (48, 73, 62))}
    assert len(words) >= 5
    assert min(contrast(word, ground) for word in words) >= 4.5
    assert min(contrast(mark, ground) for mark in marks - grid - {ground}) >= 3


def test_print_hides_what_paper_cannot_use_and_keeps_the_text(browser: Any, report: Path) -> None:
    with opened(browser, report, "dark") as found:
        page = found.page
        headings = page.locator("main h2").count()
        page.emulate_media(media="print")
        for hidden in (".skip", "nav.contents", "details.data", ".section-link"):
            assert not page.locator(hidden).first.is_visible()
        assert all(page.locator("main h2").nth(place).is_visible() for place in range(headings))
        assert all(page.locator("figure .wide").nth(place).is_visible() for place in range(8))
        assert not page.locator("figure .narrow").first.is_visible()
        assert luminance(colours(page, "body", "backgroundColor")[0]) > 0.9
        scrolls = page.eval_on_selector_all(
            "main .scroll", "found => found.map(one => getComputedStyle(one).overflowX)"
        )
        assert set(scrolls) == {"visible"}


def test_nothing_moves_for_who_asks_for_less_motion(browser: Any, report: Path) -> None:
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    with opened(browser, report, reduced_motion="reduce") as found:
        assert found.page.evaluate(behaviour) == "auto"
        assert found.page.evaluate("document.getAnimations().length") == 0


def test_without_script_the_text_is_whole(browser: Any, report: Path) -> None:
    with opened(browser, report, java_script_enabled=False) as found:
        assert found.page.locator(".claim[role]").count() == 0
        assert found.page.locator("main h2").count() >= 6


def test_the_report_is_under_six_hundred_kilobytes(report: Path) -> None:
    assert report.stat().st_size < 600_000


def colours(page: Any, where: str, name: str) -> list[tuple[int, int, int]]:
    style = page.locator(where).first.evaluate(f"element => getComputedStyle(element).{name}")
    return [rgb(found) for found in re.findall(r"rgb\([^)]*\)", style)]


def rgb(style: str) -> tuple[int, int, int]:
    red, green, blue = re.findall(r"\d+", style)[:3]
    return int(red), int(green), int(blue)


def luminance(colour: tuple[int, int, int]) -> float:
    """Give the relative luminance, as WCAG defines it."""
    red, green, blue = (
        part / 12.92 if (part := value / 255) <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for value in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
