"""Make all pictures of the documents from a published report: python docs/picture.py 2023.

docs/pages.png, the README's, and docs/pictures/. Needs pdftoppm (Debian: poppler-utils) and Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
PAGES = (1, 3, 6, 15, 16, 21)
WIDTH, GAP = 330, 12
COLOURS = 64


@dataclass(frozen=True)
class Shot:
    """A picture of a page: docs/pictures/NAME.png, the page in outputs/, its size, what is looked at."""

    name: str
    page: str
    size: tuple[int, int]
    at: str = ""
    hover: bool = False


SHOTS = (
    Shot("claim", "report.html", (900, 420), "p [data-claim=survey-kolsankor]", hover=True),
    Shot("phone", "report.html", (360, 640), "h2:has-text('Klimatläget')"),
    Shot("room", "review/index.html", (1100, 700)),
    Shot("numbers", "review/index.html#claim-survey-kolsankor", (1100, 500), "#claim-survey-kolsankor"),
    Shot("trial", "review/index.html", (1100, 560), "#prova"),
    Shot("notebook", "review/40_emissions.html", (1100, 700)),
)


def main(name: str) -> None:
    """Make the pictures of a report."""
    folder = ROOT / "outputs" / name
    sheet(folder / "report.pdf")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for shot in SHOTS:
            take(browser, shot, folder / shot.page)
        browser.close()


def take(browser: Browser, shot: Shot, page: Path) -> None:
    """Write the picture of a page as it opens, or with something of it in the middle."""
    width, height = shot.size
    seen = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    file, mark, anchor = page.name.partition("#")
    seen.goto(page.with_name(file).resolve().as_uri() + mark + anchor)
    if shot.at:
        found = seen.locator(shot.at).first
        found.evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
        if shot.hover:
            found.hover()
    target = ROOT / "docs" / "pictures" / f"{shot.name}.png"
    target.parent.mkdir(exist_ok=True)
    seen.screenshot(path=target)
    seen.close()
    Image.open(target).convert("RGB").quantize(COLOURS).save(target, optimize=True)


def sheet(pdf: Path) -> None:
    """Write six pages of the report, side by side in two rows."""
    with tempfile.TemporaryDirectory() as folder:
        size = ["-scale-to-x", str(WIDTH), "-scale-to-y", "-1"]
        subprocess.run(["pdftoppm", "-png", *size, str(pdf), f"{folder}/p"], check=True)
        files = sorted(Path(folder).glob("p*.png"))
        pages = [Image.open(files[page - 1]).convert("RGB") for page in PAGES]
    height = pages[0].height
    image = Image.new("RGB", (3 * (WIDTH + GAP) + GAP, 2 * (height + GAP) + GAP), "#d5ddd8")
    for place, page in enumerate(pages):
        image.paste(page, (GAP + place % 3 * (WIDTH + GAP), GAP + place // 3 * (height + GAP)))
    image.quantize(128).save(ROOT / "docs" / "pages.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "2023")
