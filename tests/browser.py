"""A real browser for tests: the system's chromium, driven by Playwright, with axe-core inside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": DESKTOP, "color_scheme": "light"},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "360 px": {"viewport": PHONE, "color_scheme": "light"},
    "dark 360 px": {"viewport": PHONE, "color_scheme": "dark"},
    "tap": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
}
REPEATED = "tr:nth-child(n+8), tbody:nth-of-type(n+30), li:nth-child(n+12)"
JUDGE = """async ([repeated, options]) => {
    const away = [...document.querySelectorAll(repeated)].map(each => [each, document.createComment('')]);
    away.forEach(([each, place]) => each.replaceWith(place));
    const results = await axe.run(document, options);
    away.reverse().forEach(([each, place]) => place.replaceWith(each));
    return results; }"""
LOOKS = ("light", "dark 360 px")  # both colour schemes and both widths, in two looks


@dataclass
class Opened:
    """A page, with all that it complained of: console, errors, and what it asked for beyond its own file."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def anew(self, path: Path) -> Any:
        """Load a file as if nothing had been done with the page before, and return the page."""
        self.page.goto("about:blank")
        self.page.goto(path.as_uri())
        return self.page


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser with a fresh profile, and end it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Any, path: Path, mode: str = "light", **options: Any) -> Iterator[Opened]:
    """Open a file in a context of its own, which has no network."""
    context = browser.new_context(offline=True, **MODES[mode], **options)
    try:
        shown = Opened(context.new_page())
        note = shown.complaints.append
        shown.page.on("console", lambda m: note(m.text) if m.type in {"error", "warning"} else None)
        shown.page.on("pageerror", lambda error: note(str(error)))
        shown.page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else note(r.url))
        shown.page.goto(path.as_uri())
        yield shown
    finally:
        context.close()


def look(shown: Opened, mode: str, *, is_judged: bool = True) -> tuple[list[str], list[str]]:
    """Look at an open page in one of the modes: what is wrong with it, and what axe-core cannot judge.

    Wrong is what breaks any of axe-core's rules, what the page complained of, and a page that is too wide.
    A page that is not judged is not shown to axe-core, which takes seconds; of one that is, it is not shown
    hundreds of rows and items that are made alike.
    """
    page, options = shown.page, MODES[mode]
    page.emulate_media(color_scheme=options["color_scheme"])
    page.set_viewport_size(options["viewport"])
    results: dict[str, list[dict[str, Any]]] = {"violations": [], "incomplete": []}
    if is_judged and not page.evaluate("'axe' in window"):
        script = resources.files("axe_playwright_python") / "axe.min.js"
        page.evaluate(script.read_text(encoding="utf-8"))
    if is_judged:
        results = page.evaluate(JUDGE, [REPEATED, {"preload": False, "resultTypes": [*results]}])
    excess = page.evaluate("document.documentElement.scrollWidth") - options["viewport"]["width"]
    violations, questions = (axe_lines(results[kind]) for kind in ("violations", "incomplete"))
    return violations + shown.complaints + [f"{excess} px too wide"] * (excess > 0), questions


def axe_lines(results: list[dict[str, Any]]) -> list[str]:
    """Give what axe-core says, a line for each place."""
    return [
        f"{result['id']}: {node['target']} {node['html'][:120]} "
        + "; ".join(check["message"] for check in node["any"] + node["all"] + node["none"])
        for result in results
        for node in result["nodes"]
    ]
