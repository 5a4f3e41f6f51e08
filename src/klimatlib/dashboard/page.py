"""The dashboard's page: template, style, script and data in one file that loads nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from klimatlib.report.html import asset, bundle, closed_page, embeddable

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
    return closed_page(
        _ASSETS / "dashboard.html.j2",
        styles=[asset("report.css"), (_ASSETS / "dashboard.css").read_text(encoding="utf-8")],
        script=bundle(_ASSETS / "main.js"),
        data=data,
        notice=notice,
        status=status,
        embedded=embeddable(data),
    )


def digest(data: Mapping[str, Any]) -> str:
    """Return a hash of what the page embeds: what it rests on."""
    return hashlib.sha256(embeddable(data).encode()).hexdigest()
