"""Assemble ``report.qmd`` from executed notebooks: nothing in the report lacks a cell that made it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from klimatlib.charts.blocks import CLAIMS_MIME, escape
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Params
from klimatlib.errors import NotebookError

Notebook = Mapping[str, Any]
DRAFT = "UTKAST"
_ABOUT = """\
# Made by `klimatlib report`, as are report.html, report.pdf and report.docx from it: change notebooks and
# parameters, not this file. Quarto alone gives it another look, unchecked, under a name of its own.
"""


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
    entries: dict[str, str | list[str]] = {
        "title": params.title,
        "subtitle": str(params.year),
        "institution": params.association,
        "document-date": params.document_date,
        "lang": "sv-SE",
        "description": f"{params.title} {params.year} för {params.association}.",
        "keywords": [params.association, str(params.title).lower(), "klimat", "kommuner", str(params.year)],
        "toc-title": "Innehåll",
        "output-file": "report-by-quarto",
    }
    if not final:
        entries["document-status"] = DRAFT
    if mark := notice(params, final=final):
        entries["notice"] = entries["abstract"] = mark  # all renderers but ours show an abstract
    return _with_header(entries, order, notebooks, about=_ABOUT)


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
    entries: dict[str, str | list[str]] = {
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
    return _with_header(entries, [name], {name: notebook})


def notice(params: Params, *, final: bool) -> str:
    """Return what every page says of the report: that it is a draft, and the parameters' own notice."""
    draft = "" if final else f"{DRAFT}: det här är inte den slutliga rapporten."
    return " ".join(part for part in (draft, params.notice) if part)


def placed(book: ClaimBook, notebooks: Mapping[str, Notebook]) -> ClaimBook:
    """Return the book with each printed claim's notebook and cell: the first cell that shows it."""
    cells: dict[str, tuple[str, str]] = {}
    for name, notebook in notebooks.items():
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                for claim_id in output.get("data", {}).get(CLAIMS_MIME, {}).get("claims", []):
                    cells.setdefault(claim_id, (name, cell["id"]))
    places = ((claim, *cells.get(claim.id, ("", ""))) for claim in book)
    return ClaimBook(replace(claim, notebook=name, cell=cell) for claim, name, cell in places)


def _with_header(
    entries: Mapping[str, str | list[str]],
    order: Sequence[str],
    notebooks: Mapping[str, Notebook],
    *,
    about: str = "",
) -> str:
    """Return a YAML header, whose texts pandoc takes for Markdown, and what the cells tagged report show."""
    lines = [f"---\n{about}"]
    for key, value in entries.items():
        shown = escape(value) if isinstance(value, str) else [escape(item) for item in value]
        lines.append(f"{key}: {json.dumps(shown, ensure_ascii=False)}\n")
    lines.append("---\n")
    for place in order:
        name, _, part = place.partition("#")
        wanted = {"report", f"part:{part}"} if part else {"report"}
        cells = [cell for cell in notebooks[name]["cells"] if wanted <= {*cell["metadata"].get("tags", [])}]
        if not cells:
            raise NotebookError(
                f"notebooks/report.yml: {place} has no cell tagged 'report'; tag one or remove it"
            )
        for cell in cells:
            outputs = [output.get("data", {}) for output in cell["outputs"]]
            texts = ["".join(data["text/markdown"]) for data in outputs if "text/markdown" in data]
            if not texts:
                raise NotebookError(
                    f"notebooks/{name}.ipynb, cell {cell['id']}: tagged 'report' but shows no Markdown"
                )
            lines += ["\n" + text.strip("\n") + "\n" for text in texts]
    return "".join(lines)
