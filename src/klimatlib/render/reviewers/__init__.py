"""Reviewers' pages: each executed notebook as one HTML file, by nbconvert with a template of our own.

A page tells what its notebook rests on (parameters, inputs with checksums, warnings), what it found (its
claims), and where each output stands in the report. No script, no external request, a strict content policy;
code is folded, and what notebooks show is taken in as inert markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klimatlib.catalogue import Outline
from klimatlib.claims import ClaimBook, read_claims
from klimatlib.params import Project
from klimatlib.render.reviewers import cells, places, summary

_ASSETS = Path(__file__).parent.parent / "assets"
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
    """

    project: Project
    outline: Outline
    book: ClaimBook
    warnings: tuple[str, ...] = ()
    notice: str = ""


def write_pages(stage: Path, run: Run) -> list[Path]:
    """Write ``notebooks/<notebook>.html`` for every notebook of a report that stands in ``stage``.

    Returns
    -------
    list of Path
        The pages.
    """
    names = run.outline.notebooks
    notebooks = {name: _json(stage / "notebooks" / f"{name}.ipynb") for name in names}
    report = places.read((stage / "report.html").read_text(encoding="utf-8"))
    stands = places.of_cells(run.outline.order, notebooks, report)
    owners = _owners(stage, run.outline)
    known = cells.Known(report, stands, run.book, owners)
    pages = []
    for name in names:
        path = stage / "notebooks" / f"{name}.html"
        found = cells.read(name, notebooks[name], known)
        own = [claim for claim in run.book if owners[claim.id] == name]
        record = _json(stage / "chapters" / f"{name}.json")
        page = {
            **_frame(name, run),
            "parameters": summary.parameters(run.project.params),
            "params_file": run.project.relative(run.project.params_path),
            "inputs": summary.inputs(record["inputs"], run.project.root),
            "hashes": {"notebook": record["notebook"], "library": record["foundation"]["klimatlib"]},
            "warnings": run.warnings,
            "claims": summary.claims(own, name, known, notebooks[name]),
            "cells": found.cells,
            "headings": found.headings,
        }
        path.write_text(_render(page, path.with_suffix(".ipynb")), encoding="utf-8", newline="")
        pages.append(path)
    return pages


def _frame(name: str, run: Run) -> dict[str, Any]:
    params = run.project.params
    css = (_ASSETS / "reviewer" / "reviewer.css").read_text(encoding="utf-8")
    return {
        "name": name,
        "human": _NAMES.get(name, name),
        "names": [(one, _NAMES.get(one, one)) for one in run.outline.notebooks],
        "title": f"{params.title} {params.year}",
        "association": params.association,
        "notice": run.notice,
        "css": css,
        "css_hash": base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
    }


def _render(page: Mapping[str, Any], notebook: Path) -> str:
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    folders = {
        "extra_template_basedirs": [str(_ASSETS)],
        "template_name": "reviewer",
        "extra_template_paths": [str(_ASSETS / "reviewer")],
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
