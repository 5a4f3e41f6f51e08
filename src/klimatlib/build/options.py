"""How a report is wished for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """What a run is asked for beside the report's name; see `klimatlib.build.report`."""

    renderer: str = "auto"
    vintage: str | None = None
    fresh: bool = False
    final: bool = False
    cluster: str | None = None
