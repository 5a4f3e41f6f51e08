"""Draw the pages of one Typst file as PNG; run as a program, so that it can be stopped.

Usage: draw.py MAIN PIXELS_PER_INCH. Writes 0.png, 1.png … beside the file; says one line and ends with 1 when
a page cannot be drawn.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst


def main(main_file: str, pixels_per_inch: str) -> int:
    """Draw the pages of `main_file` beside it."""
    folder = Path(main_file).parent
    try:
        drawn = typst.compile(
            main_file, root=str(folder), format="png", ppi=float(pixels_per_inch), ignore_system_fonts=True
        )
    except typst.TypstError as error:
        sys.stdout.write(f"{error.message}\n")
        return 1
    for number, page in enumerate(drawn if isinstance(drawn, list) else [drawn]):
        (folder / f"{number}.png").write_bytes(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
