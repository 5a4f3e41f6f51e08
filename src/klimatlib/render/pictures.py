"""Charts as PNG for Word, made from the SVG in one go: once a report, and not in every notebook."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import typst

from klimatlib.errors import RenderError

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
        try:
            drawn = typst.compile(
                str(main), root=name, format="png", ppi=_PIXELS_PER_INCH, ignore_system_fonts=True
            )
        except typst.TypstError as error:
            raise RenderError(f"figures: an SVG cannot be drawn as PNG: {error.message}") from error
    pictures = [path.with_suffix(".png") for path in charts]
    for path, content in zip(pictures, drawn if isinstance(drawn, list) else [drawn], strict=True):
        path.write_bytes(content)
    return pictures
