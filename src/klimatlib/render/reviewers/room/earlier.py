"""The report of the year before, as far as it is published here: its claims, sentences and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from klimatlib.claims.claims import ClaimBook
from klimatlib.render.reviewers import places, quotes
from klimatlib.sources import inputs as published
from klimatlib.sources.inputs import Inputs


@dataclass(frozen=True)
class Figure:
    """A chart's files: its data as CSV, and the picture as SVG (None where it is not at hand)."""

    data: str
    picture: bytes | None


@dataclass(frozen=True)
class Earlier:
    """What is known of the report before.

    Attributes
    ----------
    name, folder
        Its name, and its folder relative to the project; both empty where the parameters name none.
    book
        Its claims.
    quotes
        Its sentences, tiles, captions and table rows; None without its ``report.html``.
    figures
        Its charts by name.
    digests
        Path -> sha256 of what was read.
    """

    name: str = ""
    folder: str = ""
    book: ClaimBook = field(default_factory=ClaimBook)
    quotes: list[quotes.Quote] | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def find(inputs: Inputs) -> Earlier:
    """Return the report that ``previous`` names, and remember what was read and looked for.

    Raises
    ------
    InputError
        When that report has no ``claims.csv``, or a file of it is not as its run made it.
    """
    project, name = inputs.project, inputs.project.params.previous
    if name is None:
        return Earlier()
    book, folder = published.previous_claims(inputs), project.root / "outputs" / name
    page, shown = folder / "report.html", project.relative(folder)
    html = (
        published.read_published(inputs, folder, page.name).decode("utf-8") if inputs.exists(page) else None
    )
    said = None if html is None else quotes.read(html, places.read(html))
    charts = {path.stem: _figure(inputs, path) for path in inputs.find(folder / "figures", "*.csv")}
    digests = {path: known for path, known in inputs.digests.items() if path.startswith(f"{shown}/")}
    return Earlier(name, shown, book, said, charts, digests)


def figures(folder: Path) -> dict[str, Figure]:
    """Return the charts of the report that is being made, from its folder of figures."""
    return {
        path.stem: Figure(path.read_text(encoding="utf-8-sig"), path.with_suffix(".svg").read_bytes())
        for path in sorted(folder.glob("*.csv"))
    }


def _figure(inputs: Inputs, path: Path) -> Figure:
    picture = path.with_suffix(".svg")
    folder = path.parent.parent
    seen = (
        published.read_published(inputs, folder, f"figures/{picture.name}")
        if inputs.exists(picture)
        else None
    )
    return Figure(published.read_published(inputs, folder, f"figures/{path.name}").decode("utf-8-sig"), seen)
