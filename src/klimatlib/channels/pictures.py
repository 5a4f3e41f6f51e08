"""A post's square picture, typeset as the report is: 1080 pixels a side, same words, same bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import typst

from klimatlib.channels.posts import Picture, Post
from klimatlib.errors import InputError, Problem
from klimatlib.render.stage import ASSETS, FONTS, private_folder

PIXELS = 1080
_PIXELS_PER_INCH = 144  # of a page of 540 points


def draw(post: Post, *, institution: str, status: str, notice: str, scene: int) -> bytes:
    """Return a post's picture as PNG.

    Parameters
    ----------
    post
        The post.
    institution
        Whose picture it is.
    status, notice
        That it is a draft, or example data; empty where it is neither.
    scene
        Number of the landscape.

    Raises
    ------
    InputError
        Words that take more room than there is.
    """
    said = {**_words(post.picture), "institution": institution, "status": status, "notice": notice}
    with private_folder() as folder:
        for name in ("report.typ", "post.typ"):
            shutil.copyfile(ASSETS / name, folder / name)
        try:
            return _compiled(folder, json.dumps({**said, "scene": scene}, ensure_ascii=False))
        except typst.TypstError as error:
            told = error.message.removeprefix("panicked with: ").strip('"')
            raise InputError([Problem(post.bound.file, "picture", told)]) from error


def _compiled(folder: Path, said: str) -> bytes:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    made = typst.compile(
        str(folder / "post.typ"),
        root=str(folder),
        font_paths=fonts,
        format="png",
        ppi=_PIXELS_PER_INCH,
        sys_inputs={"post": said},
    )
    return made if isinstance(made, bytes) else made[0]


def _words(picture: Picture) -> dict[str, str]:
    return {"number": picture.number, "words": picture.words, "source": picture.source}
