"""Private folders with everything that a renderer reads, under plain names."""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from klimatlib.errors import RenderError
from klimatlib.render.reference import write_reference
from klimatlib.render.slim import slim

ASSETS = Path(str(resources.files("klimatlib.render"))) / "assets"
FONTS = ASSETS / "fonts"
SOURCE_NAME = "document.qmd"  # not report.*: Quarto deletes <stem>.typ, and report.typ is a template
COPIED = ("report.lua", "report.typ", "report.template.typst", "sheet.typ", "sheet.template.typst")
FIGURE_SUFFIXES = {".svg", ".png", ".csv"}
FACES = (
    ("Figtree", "normal", 400, "Figtree-Regular"),
    ("Figtree", "italic", 400, "Figtree-Italic"),
    ("Figtree", "normal", 600, "Figtree-SemiBold"),
    ("Newsreader", "normal", 500, "Newsreader-Medium"),
    ("Newsreader", "italic", 500, "Newsreader-MediumItalic"),
    ("Newsreader", "normal", 600, "Newsreader-SemiBold"),
)


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Give a new folder that is gone afterwards, whatever happens in between."""
    with tempfile.TemporaryDirectory(prefix="klimatlib-render-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def stage(source: Path, folder: Path) -> Path:
    """Copy the source, its figures and the assets into a new private folder.

    Parameters
    ----------
    source
        The report's ``.qmd``.
    folder
        Made here.

    Returns
    -------
    Path
        The copy of the source.

    Raises
    ------
    RenderError
        If the source cannot be read or has no header, or a figure is a link to somewhere else.
    """
    folder.mkdir(parents=True)
    copy = folder / SOURCE_NAME
    _copy_plain(source, copy)
    header, _ = split_header(copy.read_text(encoding="utf-8"))
    _copy_figures(source.parent / "figures", folder / "figures")
    _slim_figures(folder / "figures", folder / "slim")
    if (claims := source.parent / "claims.json").is_file():
        _copy_plain(claims, folder / "claims.json")
    for name in COPIED:
        shutil.copyfile(ASSETS / name, folder / name)
    sheet = header.get("layout") == "sheet"
    (folder / "report.template.html").write_text(html_template(sheet=sheet), encoding="utf-8")
    if not sheet:  # which is no Word file
        write_reference(ASSETS / "reference.docx", folder / "reference.docx", header=_running_words(header))
    return copy


def split_header(text: str) -> tuple[dict[str, Any], str]:
    """Split a report into its YAML header, whose texts are Markdown, and its body.

    Raises
    ------
    RenderError
        If there is no header that can be read.
    """
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    try:
        header = yaml.safe_load(match.group(1)) if match else None
    except yaml.YAMLError as error:
        raise RenderError(
            f"report.qmd: header is not YAML: {' '.join(str(error).split())}; make the report again"
        ) from error
    if match is None or not isinstance(header, dict):
        raise RenderError(
            "report.qmd: no header; expected YAML between two lines of ---; make the report again"
        )
    return header, match.group(2)


def in_words(header: dict[str, Any], *keys: str) -> str:
    """Return entries of a header in words, as they are read when their Markdown is shown."""
    told = (str(header[key]) for key in keys if header.get(key))
    return " ".join(re.sub(r"\\([^\w\s])", r"\1", words) for words in told)


def _running_words(header: dict[str, Any]) -> str:
    words = [in_words(header, *keys) for keys in (("notice",), ("institution",), ("title", "subtitle"))]
    return " · ".join(word.rstrip(".") for word in words if word)


def _copy_plain(source: Path, copy: Path) -> None:
    if source.is_symlink() or not source.is_file():
        raise RenderError(
            f"{source}: not a plain file; expected the report's own file; make the report again"
        )
    shutil.copyfile(source, copy)


def _copy_figures(figures: Path, copy: Path) -> None:
    copy.mkdir()
    if not figures.is_dir():
        return
    for figure in sorted(figures.iterdir()):
        if figure.suffix in FIGURE_SUFFIXES:
            _copy_plain(figure, copy / figure.name)


def _slim_figures(figures: Path, slimmed: Path) -> None:
    """Write the charts once more as parts of the HTML page, which carries them inside."""
    slimmed.mkdir()
    for figure in sorted(figures.glob("*.svg")):
        text = slim(figure.read_text(encoding="utf-8"), name=figure.stem)
        (slimmed / figure.name).write_text(text, encoding="utf-8", newline="")


def html_template(*, sheet: bool = False) -> str:
    """Give the HTML template with fonts, style and script inside; ``sheet`` for a fact sheet's."""
    style = font_faces() + asset("report.css") + (asset("sheet.css") if sheet else "")
    parts = {"{{style}}": style, "{{script}}": asset("report.js")}
    template = asset("report.template.html")
    for mark, text in parts.items():
        template = template.replace(mark, text.replace("$", "$$"))
    return template


def asset(name: str) -> str:
    """Read one of the text assets."""
    return (ASSETS / name).read_text(encoding="utf-8")


def hills() -> str:
    """Give the landscape of the report's cover, for other pages of its family."""
    found = re.search(r"<svg class=\"hills\".*?</svg>", asset("report.template.html"), re.DOTALL)
    return found.group() if found else ""


def font_faces() -> str:
    """Give the style rules of the typefaces, with the files inside."""
    rule = (
        "@font-face{{font-family:{};font-style:{};font-weight:{};font-display:swap;"
        "src:url(data:font/woff2;base64,{}) format('woff2')}}\n"
    )
    return "".join(
        rule.format(family, style, weight, base64.b64encode((FONTS / f"{file}.woff2").read_bytes()).decode())
        for family, style, weight, file in FACES
    )
