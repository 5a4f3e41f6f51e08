"""Where a fetched table came from, as a file beside it; and how a report comes to use it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from klimatlib import __version__
from klimatlib.config import Project, Source
from klimatlib.sources.fetching.release import Release, revision
from klimatlib.sources.fetching.snapshots import Snapshot


def provenance(source: Source, snapshot: Snapshot, release: Release, vintage: str) -> bytes:
    """Return the content of a table's ``.provenance.json``."""
    told = {
        "title": source.title,
        "publisher": source.publisher,
        "licence": source.licence,
        "url": source.raw,
        "retrieved": snapshot.retrieved,
        "vintage": vintage,
        "sha256": snapshot.sha256,
        "bytes": snapshot.bytes,
        "pages": snapshot.pages,
        "reader": f"{release.reading.kind} (klimatlib {__version__})",
        "notes": list(release.reading.notes),
        "select": {name: list(values) for name, values in source.select if values},
        "rows": release.rows,
        "table_sha256": hashlib.sha256(release.data).hexdigest(),
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def usage(project: Project, name: str, source: Source, vintage: str) -> Iterator[str]:
    """Say how the report comes to use a new release."""
    file = source.file.format(vintage=vintage)
    if not file.startswith("data/statistics/emissions_"):
        if not file.startswith("data/statistics/key_figures_"):
            yield f"{name}: to use it, put it in the place of {source.file.replace('_{vintage}', '')}"
        return
    used = project.statistics / f"emissions_{project.params.emissions_vintage}.csv"
    if used.name != Path(file).name and used.is_file():
        told = revision(used.read_bytes(), (project.root / file).read_bytes())
        yield f"{name}: the nation against release {project.params.emissions_vintage}, in use: {told or '-'}"
    if project.params.emissions_vintage != vintage:
        yield f'{name}: to use it, write emissions_vintage: "{vintage}" in params/{project.name}.yml'
