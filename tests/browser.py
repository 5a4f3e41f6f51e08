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
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "360 px": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "tap": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
}


@dataclass
class Opened:
    """A page, with everything it complained about and asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def from_outside(self) -> list[str]:
        """Give the addresses that are neither the file itself nor inside it."""
        return [url for url in self.requests if not url.startswith(("file:", "data:"))]


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser with a fresh profile, and end it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Any, path: Path, mode: str = "light", **options: Any) -> Iterator[Opened]:
    """Open a file in a context of its own, which has no network."""
    context = browser.new_context(offline=True, **MODES[mode], **options)
    try:
        found = Opened(context.new_page())
        found.page.on("console", lambda message: _note(found, message))
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.goto(path.as_uri())
        yield found
    finally:
        context.close()


def _note(found: Opened, message: Any) -> None:
    if message.type in {"error", "warning"}:
        found.complaints.append(message.text)


@dataclass(frozen=True)
class Look:
    """What one look at a page tells."""

    violations: list[str]
    open_questions: list[str]
    complaints: list[str]
    from_outside: list[str]
    excess: int


def look(found: Opened, mode: str) -> Look:
    """Look at an open page in one of the modes, and let axe-core check it by every rule it has."""
    page, options = found.page, MODES[mode]
    page.emulate_media(color_scheme=options["color_scheme"])
    page.set_viewport_size(options["viewport"])
    if not page.evaluate("'axe' in window"):
        script = resources.files("axe_playwright_python") / "axe.min.js"
        page.evaluate(script.read_text(encoding="utf-8"))
    results = page.evaluate("axe.run(document, {preload: false, resultTypes: ['violations', 'incomplete']})")
    width = page.evaluate("document.documentElement.scrollWidth")
    return Look(
        told(results["violations"]),
        told(results["incomplete"]),
        list(found.complaints),
        found.from_outside(),
        width - options["viewport"]["width"],
    )


def told(results: list[dict[str, Any]]) -> list[str]:
    """Give what axe-core found, a line for each place."""
    return [
        f"{result['id']}: {node['target']} {node['html'][:120]} {_why(node)}"
        for result in results
        for node in result["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    checks = node["any"] + node["all"] + node["none"]
    return "; ".join(check["message"] for check in checks)
