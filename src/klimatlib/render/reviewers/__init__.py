"""Reviewers' pages: the review room, and each executed notebook as one HTML file by nbconvert.

A page tells what its notebook rests on (parameters, inputs with checksums, warnings), what it found (its
claims), and where each output stands in the report. No script, no external request, a strict content policy;
code is folded, and what notebooks show is taken in as inert markup.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from klimatlib.claims.claims import ClaimBook, read_claims
from klimatlib.claims.signatures import Standing
from klimatlib.config import Outline, Project
from klimatlib.errors import Message
from klimatlib.render.reviewers import cells, places, room, summary
from klimatlib.render.reviewers.room.earlier import Earlier
from klimatlib.render.reviewers.room.earlier import find as find_earlier
from klimatlib.render.reviewers.room.trial import Basis
from klimatlib.report.html import ASSETS, policy

__all__ = ["Basis", "Earlier", "Run", "find_earlier", "write_pages"]

_NAMES = {
    "10_members": "Medlemmar och organisation",
    "20_activities": "Verksamhet för medlemmarna",
    "30_outreach": "Påverkan och samverkan",
    "40_emissions": "Utsläpp",
    "50_survey": "Medlemstestet",
    "90_summary": "Sammanfattning och metod",
}


@dataclass(frozen=True)
class Run:
    """What the pages tell of a run beside its files.

    Attributes
    ----------
    project, outline
        The report, and the order of its parts.
    book
        The year's claims, each with the cell that prints it.
    warnings
        What the check of the inputs warned of.
    notice
        What every page says of the report; nothing when empty.
    corrections
        Known errors of sources that are mended.
    standings
        Who has signed which claim; nobody when empty.
    basis
        What the headlines are computed from, for those who try them; None without.
    earlier
        The report before; without a name where there is none.
    """

    project: Project
    outline: Outline
    book: ClaimBook
    warnings: tuple[Message, ...] = ()
    notice: str = ""
    corrections: tuple[str, ...] = ()
    standings: Mapping[str, Standing] = field(default_factory=dict)
    basis: Basis | None = None
    earlier: Earlier = field(default_factory=Earlier)


def write_pages(stage: Path, run: Run) -> list[Path]:
    """Write ``review/``: a page for every notebook of a report that stands in ``stage``, and the review room.

    Returns
    -------
    list of Path
        The pages.
    """
    names = run.outline.notebooks
    notebooks = {name: _json(stage / "notebooks" / f"{name}.ipynb") for name in names}
    records = {name: _json(stage / "chapters" / f"{name}.json") for name in names}
    report = places.read((stage / "report.html").read_text(encoding="utf-8"))
    stands = places.of_cells(run.outline.order, notebooks, report)
    known = cells.Known(report, stands, run.book, _owners(stage, run.outline))
    (stage / "review").mkdir()
    pages, rows = [], []
    for name in names:
        own = [claim for claim in run.book if known.owners[claim.id] == name]
        listed = summary.claims(own, name, known, notebooks[name])
        page = _page(name, run, cells.read(name, notebooks[name], known), listed, records[name])
        path = stage / "review" / f"{name}.html"
        text = _render(page, stage / "notebooks" / f"{name}.ipynb")
        path.write_text(text, encoding="utf-8", newline="")
        pages.append(path)
        rows += [_from_outside(row, name) for row in listed]
    read = {path: digest for record in records.values() for path, digest in record["inputs"].items()}
    facts = room.Facts(
        run.project,
        run.book,
        known,
        notebooks,
        run.outline.order,
        rows,
        summary.inputs(read, run.project.root),
        run.warnings,
        run.corrections,
        run.standings,
        run.basis,
        run.earlier,
        _human(names),
    )
    return [*pages, *room.write(stage, facts, _frame("", run))]


def _page(
    name: str, run: Run, found: cells.Found, listed: Sequence[summary.Row], record: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        **_frame(name, run),
        "parameters": summary.parameters(run.project.params),
        "params_file": run.project.relative(run.project.params_path),
        "inputs": summary.inputs(record["inputs"], run.project.root),
        "hashes": {"notebook": record["notebook"], "library": record["foundation"]["klimatlib"]},
        "warnings": run.warnings,
        "claims": listed,
        "cells": found.cells,
        "headings": found.headings,
    }


def _from_outside(row: summary.Row, name: str) -> summary.Row:
    """Return a row whose link to a cell of its own page works from another page."""
    if row.cell is None or not row.cell[0].startswith("#"):
        return row
    return replace(row, cell=(f"{name}.html{row.cell[0]}", f"{name}: {row.cell[1]}"))


def _human(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, _NAMES.get(name, name)) for name in names]


def _frame(name: str, run: Run) -> dict[str, Any]:
    params = run.project.params
    css = (ASSETS / "reviewer" / "reviewer.css").read_text(encoding="utf-8")
    return {
        "name": name,
        "human": _NAMES.get(name, name),
        "rooms": room.ROOMS,
        "names": _human(run.outline.notebooks),
        "title": f"{params.title} {params.year}",
        "association": params.association,
        "notice": run.notice,
        "css": css,
        "policy": policy(styles=[css]),
    }


def _render(page: Mapping[str, Any], notebook: Path) -> str:
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    folders = {
        "extra_template_basedirs": [str(ASSETS)],
        "template_name": "reviewer",
        "extra_template_paths": [str(ASSETS / "reviewer")],
    }
    exporter = HTMLExporter(config=Config({"TemplateExporter": folders}))  # type: ignore[no-untyped-call]
    text, _ = exporter.from_filename(str(notebook), resources={"page": page})
    return str(text)


def _owners(stage: Path, outline: Outline) -> dict[str, str]:
    """Return the notebook that recorded each claim; the summary takes over those of the chapters."""
    owners: dict[str, str] = {}
    for name in outline.notebooks:
        path = stage / "chapters" / f"{name}.csv"
        for claim in read_claims(path.read_bytes(), file=path.name):
            owners.setdefault(claim.id, name)
    return owners


def _json(path: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
