"""Reviewers' pages: each executed notebook as one HTML file, by nbconvert with a template of our own.

No script, no external request, a strict content policy; code is folded, charts keep their alternative text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from klimatlib.params import Params

_ASSETS = Path(__file__).parent / "assets"


def write_pages(folder: Path, params: Params) -> list[Path]:
    """Write ``<notebook>.html`` beside every executed notebook of a folder.

    Returns
    -------
    list of Path
        The pages.
    """
    notebooks = sorted(folder.glob("*.ipynb"))
    pages = []
    for path in notebooks:
        page = path.with_suffix(".html")
        page.write_text(_page(path, params, [p.stem for p in notebooks]), encoding="utf-8", newline="")
        pages.append(page)
    return pages


def _page(path: Path, params: Params, names: list[str]) -> str:
    import nbformat
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    settings = Config(
        {
            "TemplateExporter": {
                "extra_template_basedirs": [str(_ASSETS)],
                "template_name": "reviewer",
                "extra_template_paths": [str(_ASSETS / "reviewer")],
            },
            "HTMLExporter": {"exclude_anchor_links": True},
        }
    )
    exporter = HTMLExporter(config=settings)  # type: ignore[no-untyped-call]
    resources: dict[str, Any] = {
        "page": {
            "name": path.stem,
            "names": names,
            "title": f"{path.stem} – {params.title} {params.year}",
            "association": params.association,
            "notice": params.notice or "",
            "css": (_ASSETS / "reviewer" / "reviewer.css").read_text(encoding="utf-8"),
        },
    }
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    text, _ = exporter.from_notebook_node(notebook, resources=resources)
    return str(text)
