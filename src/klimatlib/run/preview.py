"""The page of a report while it is written: its HTML alone, seconds after an edit.

It is made beside the published folder, in ``outputs/<name>-preview/``, by the steps of a report, and so it is
byte for byte what a draft by the embedded renderer would be. What earlier runs kept is taken. A notebook runs
anew where more than its texts has changed; a text whose cell says nothing but ``chapter.text("a.md")`` is
bound here instead, with the claims of the notebook's last run, and waits for no kernel.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import threading
import webbrowser
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from klimatlib.errors import KlimatlibError, UsageError, progress
from klimatlib.execution import publishing
from klimatlib.files import atomic_write, find_root, own_folder
from klimatlib.run import build

if TYPE_CHECKING:
    from klimatlib.run.build import Run

_SHOWN = Path(__file__).parent.parent / "report" / "assets" / "preview.html"
_WATCHED = ("params", "data", "notebooks")
_PORT = "KLIMATLIB_PREVIEW_PORT"  # keeps the page's address when the library itself has changed


def preview(params_file: str, chapter: str = "") -> Path:
    """Make the page of a report, and return its file.

    Parameters
    ----------
    params_file
        The report's parameter file, relative to the project.
    chapter
        A notebook, as ``40_emissions``: then the others stand as they were last run.

    Raises
    ------
    UsageError
        When the report has no such notebook; names those that it has.
    KlimatlibError
        As a report would.
    """
    from klimatlib.report import document, renderers
    from klimatlib.sources import inputs as sources

    root, name = find_root(), Path(params_file).stem
    inputs = sources.Inputs.open(params_file)
    project = inputs.project
    run = build.Run(project, sources.outline(inputs), params_file)
    if chapter and chapter not in run.outline.notebooks:
        raise UsageError(f"{chapter}: no notebook of {name}; expected {', '.join(run.outline.notebooks)}")
    page = root / "outputs" / f"{name}-preview" / "report.html"
    lock, embedded = project.published.with_name(f".lock-{name}"), renderers.find_renderer("embedded")
    with publishing.locked(lock), publishing.staging(run.stage, project.published) as stage:
        build.run_chapters(run, spare=partial(_spare, run, chapter))
        build.write_document(run, document.Status.of(project.params, final=False))
        source, date = stage / "report.qmd", project.params.date
        made, _ = renderers.render(embedded, source, stage / "page", date=date, kinds=("html",))
        atomic_write(own_folder(page.parent) / page.name, made["html"].read_text(encoding="utf-8"))
    progress("preview", f"{project.relative(page)} is made")
    return page


def _spare(run: Run, chapter: str, name: str, reasons: list[str]) -> bool:
    """Put what a stale notebook would print into the staging folder without a kernel, where that can be."""
    cached = run.cached(name)
    if cached is None or (chapter and chapter != name and run.outline.summary != name):
        if cached is not None:
            run.restore(name, cached)
        return cached is not None
    folder = run.project.relative(run.project.data / "texts")
    files = [reason.removesuffix(" changed") for reason in reasons]
    texts = {file.removeprefix(f"{folder}/"): file for file in files if file.startswith(f"{folder}/")}
    notebook = json.loads((run.cache(name) / "notebooks" / f"{name}.ipynb").read_bytes())
    cells = {text: cell for cell in notebook["cells"] if (text := _text_of(cell)) in texts}
    mentions = sum(text in "".join(cell["source"]) for cell in notebook["cells"] for text in texts)
    if len(texts) < len(files) or len(cells) < len(texts) or mentions > len(texts):
        return False
    from klimatlib.chapter import Chapter
    from klimatlib.claims.claims import read_claims

    run.restore(name, cached)
    bound = Chapter(name, params_file=run.params_file, out_dir=run.project.relative(run.stage))
    file = run.stage / "chapters" / f"{name}.csv"
    bound.book = read_claims(file.read_bytes(), file=file.name)
    for text, cell in cells.items():
        (output,) = cell["outputs"]
        output["data"] = bound.text(text)._repr_mimebundle_()
    path = run.stage / "notebooks" / f"{name}.ipynb"
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8", newline="")
    progress(name, f"bound {', '.join(texts)} of {name}")
    return True


def _text_of(cell: dict[str, Any]) -> str:
    """Return the text that a cell prints and that alone: ``chapter.text("a.md")``; else nothing."""
    try:
        tree = ast.parse("".join(cell["source"]))
    except SyntaxError:
        return ""
    match tree.body if cell["cell_type"] == "code" else []:
        case [ast.Expr(ast.Call(ast.Attribute(ast.Name("chapter"), "text"), [ast.Constant(str(text))], []))]:
            return text
    return ""


# ---- watching ----------------------------------------------------------------------------------------
def watch(params_file: str, chapter: str = "", *, browser: bool = False) -> None:
    """Show the page at an address of this machine, and make it anew at each change, until interrupted.

    What is wrong stands over the page until it is mended. Parameters as `preview`; ``browser`` opens it.
    """
    from watchfiles import watch

    root, name = find_root(), Path(params_file).stem
    state: dict[str, Any] = {"version": 0, "error": ""}
    page = root / "outputs" / f"{name}-preview" / "report.html"
    server = ThreadingHTTPServer(
        ("127.0.0.1", int(os.environ.get(_PORT, "0"))), partial(_Page, page, state, chapter)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"

    def make() -> None:
        try:
            preview(params_file, chapter)
            state.update(version=state["version"] + 1, error="")
        except KlimatlibError as error:
            state["error"] = str(error)
            progress("preview", str(error))

    make()
    progress("preview", f"watching {', '.join(_WATCHED)}; the page is at {address}; stop with Ctrl-C")
    if browser and _PORT not in os.environ:
        webbrowser.open(address)
    library = Path(__file__).parent.parent
    looked_at = [*(root / folder for folder in _WATCHED), library]
    for changes in watch(*looked_at, debounce=200, step=20, raise_interrupt=False, watch_filter=_is_input):
        if any(Path(path).is_relative_to(library) for _, path in changes):
            os.environ[_PORT] = str(server.server_port)
            server.server_close()
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
        make()


def _is_input(change: object, path: str) -> bool:
    """Whether a change may matter: not an editor's own files, nor compiled modules."""
    parts = Path(path).parts
    return not any(part.startswith((".", "~")) or part == "__pycache__" for part in parts[-3:])


class _Page(BaseHTTPRequestHandler):
    """Answers the browser on this machine: the frame, the page in it, and how it stands."""

    def __init__(self, page: Path, state: dict[str, Any], chapter: str, *args: Any) -> None:
        self.page, self.state, self.chapter = page, state, chapter
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer a request."""
        kind, body = "text/html", _SHOWN.read_bytes()
        if self.path == "/state":
            kind, body = "application/json", json.dumps({**self.state, "chapter": self.chapter}).encode()
        elif self.path.startswith("/report.html") and self.page.is_file():
            body = self.page.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing of requests."""
