"""Charts as PNG for Word, made from the SVG in one go: once a report, and not in every notebook."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from klimatlib.errors import RenderError
from klimatlib.render.process import TIME_S, last_words, run

_PIXELS_PER_INCH = 200
_PAGE = "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"


def write_pictures(figures: Path) -> list[Path]:
    """Write ``<id>.png`` beside the SVG of every chart of a folder; those for narrow screens have none.

    Returns
    -------
    list of Path
        The pictures.

    Raises
    ------
    RenderError
        When an SVG cannot be drawn.
    """
    charts = sorted(path for path in figures.glob("*.svg") if not path.stem.endswith("-narrow"))
    if not charts:
        return []
    with tempfile.TemporaryDirectory(prefix="klimatlib-") as name:
        folder = Path(name)
        for number, chart in enumerate(charts):
            shutil.copyfile(chart, folder / f"{number}.svg")
        images = [f'#image("{number}.svg")' for number in range(len(charts))]
        main = folder / "main.typ"
        main.write_text(_PAGE + "\n#pagebreak()\n".join(images), encoding="utf-8")
        _draw(main)
        pictures = [path.with_suffix(".png") for path in charts]
        for number, picture in enumerate(pictures):
            shutil.copyfile(folder / f"{number}.png", picture)
    return pictures


def _draw(main: Path) -> None:
    program = str(Path(__file__).with_name("draw.py"))
    command = [sys.executable, "-P", program, str(main), str(_PIXELS_PER_INCH)]
    deadline = time.monotonic() + TIME_S
    done = run(command, cwd=main.parent, env=os.environ, deadline=deadline, what="typst, for pictures")
    if done.returncode:
        raise RenderError(f"figures: an SVG cannot be drawn as PNG: {last_words(done.output)}")
