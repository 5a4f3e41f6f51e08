"""The same hostile texts through plain papermill, nbconvert and pandoc, as they come."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import nbformat
import pypandoc

from browser import chromium
from torture import hostile
from torture.pages import ran
from torture.promise import Effort, Found

_SHOW = """\
from IPython.display import Markdown, display
import pandas as pd
for text in texts:
    display(Markdown(text))
display(pd.DataFrame({"svar": texts}).style)"""


def executed_by_plain_tools(effort: Effort) -> Found:
    """Count the payloads that run in what nbconvert makes of a notebook, or pandoc of a text."""
    texts = [*hostile.SCRIPTS.values()]
    pages = [_by_nbconvert(texts, effort.where), _by_pandoc(texts, effort.where, "html")]
    run: set[str] = set()
    with chromium() as browser:
        for page in pages:
            run |= {*ran(browser, page)[0]}
    failures = [f"{name} ran" for name in hostile.SCRIPTS if name in run]
    return Found(len(texts), failures, "payloads", "nbconvert or pandoc, as HTML")


def read_by_plain_tools(effort: Effort) -> Found:
    """Count the payloads that bring a file into what pandoc makes, or are no longer legible there."""
    texts = {
        name: text for name, text in hostile.payloads(effort.where / "p").items() if name in hostile.READS
    }
    failures = []
    for number, (name, text) in enumerate(texts.items()):
        folder = effort.where / str(number)
        folder.mkdir()
        with zipfile.ZipFile(_by_pandoc([text], folder, "docx")) as archive:
            packed = "".join(archive.read(part).decode(errors="replace") for part in archive.namelist())
        words = packed.replace("&quot;", '"')
        if hostile.SECRET in packed or text.split("(")[0][:8].strip("`") not in words:
            failures.append(f"{name}: read the file, or was taken for markup")
    return Found(len(texts), failures, "payloads", "pandoc, as DOCX")


def _by_nbconvert(texts: list[str], where: Path) -> Path:
    import papermill
    from nbconvert import HTMLExporter

    cells = [nbformat.v4.new_code_cell("texts = []", metadata={"tags": ["parameters"]})]
    book = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell(_SHOW)])
    book.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    source, done = where / "in.ipynb", where / "out.ipynb"
    nbformat.write(book, source)
    papermill.execute_notebook(source, done, parameters={"texts": texts}, progress_bar=False)
    page = where / "nbconvert.html"
    page.write_text(HTMLExporter().from_filename(str(done))[0], encoding="utf-8")
    return page


def _by_pandoc(texts: list[str], where: Path, to: str) -> Path:
    made = where / f"pandoc.{to}"
    command = [
        pypandoc.get_pandoc_path(),
        "--from=markdown",
        f"--to={to}",
        "--standalone",
        f"--output={made}",
    ]
    text = "---\ntitle: Prov\n---\n\n" + "\n\n".join(texts)
    subprocess.run(command, input=text.encode(), check=True, cwd=where, stderr=subprocess.DEVNULL)
    return made
