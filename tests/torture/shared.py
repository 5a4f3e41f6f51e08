"""What several trials look at: the hostile world is made once."""

from __future__ import annotations

import atexit
import datetime
import shutil
import tempfile
from functools import cache
from pathlib import Path

from torture import hostile

HEADER = '---\ntitle: "Prov"\ndocument-date: "2024-03-01"\nlang: "sv-SE"\n---\n\n# Kapitel\n\n'
DATE = datetime.date(2024, 3, 1)


@cache
def hostile_outputs() -> Path:
    """Return the outputs of the world with every payload in every field: its report, and a fact sheet.

    The sheet has one page, so there the names are hostile with two payloads only.
    """
    home = Path(tempfile.mkdtemp(prefix="torture-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    root = hostile.world(home)
    hostile.report(root)
    small = hostile.fresh(home, "sheet")
    few = f" {hostile.SCRIPTS['script']} {hostile.SCRIPTS['link']}"
    for name in ("names", "sources.yml", "association"):
        hostile.FIELDS[name](small, lambda text: text + few)
    hostile.sheet(small)
    shutil.copytree(small / "outputs" / "tiny-sheets", root / "outputs" / "tiny-sheets")
    return root / "outputs"
