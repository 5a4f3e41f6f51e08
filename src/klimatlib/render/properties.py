"""The properties of a finished Word file: the whole title, the document's date, and no trace of the clock."""

from __future__ import annotations

import datetime
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from klimatlib.render.reference import packed
from klimatlib.render.stage import in_words

_CORE = "docProps/core.xml"


def write_properties(path: Path, header: dict[str, Any], *, date: datetime.date) -> None:
    """Write title and times into a Word file, and pack it so that the same parts give the same bytes.

    Parameters
    ----------
    path
        The file; written anew.
    header
        The report's.
    date
        Stands in for the clock.
    """
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    title = in_words(header, "title", "subtitle")
    core = parts[_CORE].decode()
    core = _filled(core, "dc:title", escape(title))
    for tag in ("dcterms:created", "dcterms:modified"):
        core = _filled(core, tag, f"{date.isoformat()}T12:00:00Z")
    parts[_CORE] = core.encode()
    path.write_bytes(packed(parts))


def _filled(xml: str, tag: str, content: str) -> str:
    return re.sub(rf"(<{tag}\b[^>]*>)[^<]*(?=</{tag}>)", lambda match: match.group(1) + content, xml)
