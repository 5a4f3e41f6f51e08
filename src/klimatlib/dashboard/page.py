"""The dashboard's page: template, style, script and data in one file that loads nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from klimatlib.render.scripts import bundle, embeddable
from klimatlib.render.seal import SCRIPT_HASH, STYLE_HASH, sealed
from klimatlib.render.stage import asset, font_faces, hills

NAME = "dashboard.html"
_ASSETS = Path(__file__).parent / "assets"


def dashboard_page(data: Mapping[str, Any], *, notice: str, status: str) -> str:
    """Return the page as HTML, closed: nothing in it loads, and only its own script runs.

    Parameters
    ----------
    data
        As `klimatlib.dashboard.data.dashboard_data` gives it.
    notice, status
        What the page says of the report in a line on top, and in a word at its foot; both may be empty.

    Raises
    ------
    RenderError
        If something in it would load or run.
    """
    script = bundle(_ASSETS / "main.js")
    template = jinja2.Environment(
        undefined=jinja2.StrictUndefined, autoescape=True, keep_trailing_newline=True, trim_blocks=True
    )
    text = template.from_string(_own("dashboard.html.j2")).render(
        data=data,
        notice=notice,
        status=status,
        embedded=embeddable(data),
        style=font_faces() + asset("report.css") + _own("dashboard.css"),
        script=script,
        hills=hills(),
        style_hash=STYLE_HASH,
        script_hash=SCRIPT_HASH,
    )
    return sealed(text, script=script)


def digest(data: Mapping[str, Any]) -> str:
    """Return a hash of what the page embeds: what it rests on."""
    return hashlib.sha256(embeddable(data).encode()).hexdigest()


def _own(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
