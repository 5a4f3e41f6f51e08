"""What is left to do by hand after papermill: by_hand.py NOTEBOOKS OUT, in a project.

The document from the executed notebooks by pandoc and typst, one format after another, and a page of each
notebook by nbconvert's own command.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from klimatlib.claims.claims import merged, read_claims
from klimatlib.report import document
from klimatlib.report.renderers import find_renderer, render, write_pictures
from klimatlib.sources import inputs as sources


def main(notebooks: Path, out: Path) -> None:
    """Make the document and the pages."""
    inputs = sources.Inputs.open("params/2023.yml")
    outline, params = sources.outline(inputs), inputs.project.params
    executed = {name: json.loads((notebooks / f"{name}.ipynb").read_bytes()) for name in outline.notebooks}
    (out / "report.qmd").write_text(
        document.assemble(params, outline.order, executed, document.Status.of(params, final=True)),
        encoding="utf-8",
    )
    books = {
        name: read_claims((out / "chapters" / f"{name}.csv").read_bytes(), file=name) for name in executed
    }
    merged(books).write_notes(out / "claims.json")
    write_pictures(out / "figures")
    render(find_renderer("embedded"), out / "report.qmd", out, date=params.date)
    for name in outline.notebooks:
        page = [sys.executable, "-m", "nbconvert", "--to", "html", str(notebooks / f"{name}.ipynb")]
        subprocess.run(page, check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
