"""Make docs/pages.png, the README's picture, from a published report: python docs/picture.py 2023.

Needs pdftoppm (Debian: poppler-utils).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
PAGES = (1, 3, 5, 10, 15, 17)
WIDTH, GAP = 330, 12


def main(name: str) -> None:
    """Write the picture: six pages, side by side in two rows."""
    pdf = ROOT / "outputs" / name / "report.pdf"
    with tempfile.TemporaryDirectory() as folder:
        size = ["-scale-to-x", str(WIDTH), "-scale-to-y", "-1"]
        subprocess.run(["pdftoppm", "-png", *size, str(pdf), f"{folder}/p"], check=True)
        files = sorted(Path(folder).glob("p*.png"))
        pages = [Image.open(files[page - 1]).convert("RGB") for page in PAGES]
    height = pages[0].height
    sheet = Image.new("RGB", (3 * (WIDTH + GAP) + GAP, 2 * (height + GAP) + GAP), "#d5ddd8")
    for place, page in enumerate(pages):
        sheet.paste(page, (GAP + place % 3 * (WIDTH + GAP), GAP + place // 3 * (height + GAP)))
    sheet.quantize(128).save(ROOT / "docs" / "pages.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "2023")
