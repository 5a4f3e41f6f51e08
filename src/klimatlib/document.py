"""Assemble ``report.qmd`` from executed notebooks: nothing in the report lacks a cell that made it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from klimatlib.charts.blocks import CLAIMS_MIME, escape
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Params
from klimatlib.errors import NotebookError

Notebook = Mapping[str, Any]
_REPORT, _PART = "report", "part:"
DRAFT = "UTKAST"


def assemble(
    params: Params, order: Sequence[str], notebooks: Mapping[str, Notebook], *, final: bool = False
) -> str:
    """Return the report as Markdown.

    Parameters
    ----------
    params
        The report's parameters; they make the header.
    order
        ``notebook`` or ``notebook#part``, as in ``notebooks/report.yml``.
    notebooks
        Executed notebooks by name.
    final
        Whether it is more than a draft; a draft says so on every page.

    Raises
    ------
    NotebookError
        A part without cells, or a report cell without Markdown.
    """
    return header(params, final=final) + "\n" + _body(order, notebooks)


def sheet(params: Params, notebook: Notebook, *, name: str, municipality: str, place: str, scene: int) -> str:
    """Return a fact sheet as Markdown.

    Parameters
    ----------
    params
        The year's parameters; they make the header.
    notebook, name
        The executed notebook, and its name.
    municipality, place
        The municipality's name, and a line that tells where it lies and what it is to the association.
    scene
        Number of the landscape on top.

    Raises
    ------
    NotebookError
        As `assemble`.
    """
    entries: dict[str, object] = {
        "layout": "sheet",
        "title": municipality,
        "subtitle": f"Faktablad {params.year}",
        "place": place,
        "scene": str(scene),
        "institution": params.association,
        "document-date": params.document_date,
        "lang": "sv-SE",
        "description": f"Utsläpp av växthusgaser i {municipality} {params.emissions_year}.",
        "keywords": [municipality, params.association, "utsläpp", "växthusgaser", str(params.emissions_year)],
    }
    if params.notice:
        entries["notice"] = params.notice
    return _yaml(entries) + "\n" + _body([name], {name: notebook})


def notice(params: Params, *, final: bool) -> str:
    """Return what every page says of the report: that it is a draft, and the parameters' own notice."""
    draft = "" if final else f"{DRAFT}: det här är inte den slutliga rapporten."
    return " ".join(part for part in (draft, params.notice) if part)


def header(params: Params, *, final: bool) -> str:
    """Return the YAML header: title, publisher, date, language, and whether it is a draft."""
    entries: dict[str, object] = {
        "title": params.title,
        "subtitle": str(params.year),
        "institution": params.association,
        "document-date": params.document_date,
        "lang": "sv-SE",
        "description": f"{params.title} {params.year} för {params.association}.",
        "keywords": [params.association, str(params.title).lower(), "klimat", "kommuner", str(params.year)],
        "toc-title": "Innehåll",
    }
    if not final:
        entries["document-status"] = DRAFT
    if told := notice(params, final=final):
        entries["notice"] = told
    return _yaml(entries)


def _yaml(entries: Mapping[str, object]) -> str:
    lines = [
        f"{key}: {json.dumps(_as_markdown(value), ensure_ascii=False)}" for key, value in entries.items()
    ]
    return "\n".join(["---", *lines, "---", ""])


def _as_markdown(value: object) -> object:
    """Return a value of the header as pandoc, which takes it for Markdown, shows it as it is."""
    if isinstance(value, list):
        return [_as_markdown(one) for one in value]
    return escape(value) if isinstance(value, str) else value


def _body(order: Sequence[str], notebooks: Mapping[str, Notebook]) -> str:
    return "\n".join(text for place in order for text in _part(place, notebooks))


def placed(book: ClaimBook, notebooks: Mapping[str, Notebook]) -> ClaimBook:
    """Return the book with each printed claim's notebook and cell: the first cell that shows it."""
    cells: dict[str, tuple[str, str]] = {}
    for name, notebook in notebooks.items():
        for cell, bundle in _bundles(notebook):
            for claim_id in bundle.get(CLAIMS_MIME, {}).get("claims", []):
                cells.setdefault(claim_id, (name, cell["id"]))
    nowhere = ("", "")
    return ClaimBook(
        replace(claim, notebook=cells.get(claim.id, nowhere)[0], cell=cells.get(claim.id, nowhere)[1])
        for claim in book
    )


def _part(place: str, notebooks: Mapping[str, Notebook]) -> Iterator[str]:
    name, _, part = place.partition("#")
    cells = [cell for cell in notebooks[name]["cells"] if _wanted(cell, part)]
    if not cells:
        raise NotebookError(
            f"notebooks/report.yml: {place} has no cell tagged 'report'; tag one or remove it"
        )
    for cell in cells:
        found = [o["data"] for o in cell["outputs"] if "text/markdown" in o.get("data", {})]
        if not found:
            raise NotebookError(
                f"notebooks/{name}.ipynb, cell {cell['id']}: tagged 'report' but shows no Markdown"
            )
        yield from ("".join(data["text/markdown"]).strip("\n") + "\n" for data in found)


def _wanted(cell: Mapping[str, Any], part: str) -> bool:
    tags = cell["metadata"].get("tags", [])
    return _REPORT in tags and (not part or f"{_PART}{part}" in tags)


def _bundles(notebook: Notebook) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield cell, output.get("data", {})
