"""Charts as PNG for Word, from their SVG."""

from __future__ import annotations

import struct

import pytest

from klimatlib.errors import RenderError
from klimatlib.render.pictures import write_pictures

CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}pt" height="36pt" viewBox="0 0 {0} 36">'
    '<rect width="36" height="36" fill="#1a6e52"/></svg>'
)


def size(picture):
    return struct.unpack(">II", picture.read_bytes()[16:24])


def test_every_chart_but_the_narrow_ones_has_a_picture_of_200_pixels_an_inch(tmp_path):
    for name, width in (("a", 72), ("b", 144), ("b-narrow", 36)):
        (tmp_path / f"{name}.svg").write_text(CHART.format(width))
    pictures = write_pictures(tmp_path)
    assert [path.name for path in pictures] == ["a.png", "b.png"]
    assert [size(path) for path in pictures] == [(200, 100), (400, 100)]
    before = [path.read_bytes() for path in pictures]
    assert [path.read_bytes() for path in write_pictures(tmp_path)] == before


def test_one_chart_has_its_picture_and_none_has_none(tmp_path):
    assert write_pictures(tmp_path) == []
    (tmp_path / "a.svg").write_text(CHART.format(72))
    assert [path.name for path in write_pictures(tmp_path)] == ["a.png"]


def test_a_chart_that_is_no_svg_is_told(tmp_path):
    (tmp_path / "a.svg").write_text("<svg")
    with pytest.raises(RenderError, match="figures: an SVG cannot be drawn as PNG: failed to parse SVG"):
        write_pictures(tmp_path)
