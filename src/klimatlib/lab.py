"""What a person has in JupyterLab and VS Code beside the notebooks of a report.

``%load_ext klimatlib`` begins a session: an edited module is imported anew, a cell that is run again replaces
its claims, an error is one line with its place, and under a text stands what the linter makes of it. A run by
papermill has nothing of this. ``python -m klimatlib.lab``, by which ``make lab`` begins, makes a notebook to
explore in and lets git see every notebook without outputs; ``… strip`` is that filter.
"""

from __future__ import annotations

import builtins
import functools
import html
import json
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from klimatlib.errors import KlimatlibError, has_read_answers, in_words, nearest
from klimatlib.execution.publishing import stripped
from klimatlib.files import atomic_write, find_root

if TYPE_CHECKING:
    from klimatlib.chapter import Chapter
    from klimatlib.claims.claims import Claim

_PAGE, _START = "docs/explore.md", "notebooks/scratch/explore.ipynb"
_GIT, _CLEAN = ("git", "config"), "filter.klimatlib.clean"
_STRIP = ".venv/bin/python -m klimatlib.lab strip"  # git and the hooks begin at the project's folder
_FENCE = re.compile(r"^```(python|text)\n(.*?)^```$", re.M | re.S)


def load_ipython_extension(shell: Any) -> None:
    """Begin a session; ``%load_ext klimatlib`` calls it. For cells that no person runs it does nothing."""
    session = Session(shell)
    shell.events.register("pre_run_cell", session.before_cell)
    shell.events.register("post_run_cell", session.after_cell)
    shell.set_custom_exc((Exception,), session.show_error)


class Session:
    """What is done around each cell that a person runs."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.cell: str | None = None  # that runs, by its id
        self.source = ""  # of it
        self.claims: dict[tuple[int, str], Claim] = {}  # before it, by book and id
        self.recorded_in: dict[tuple[int, str], str] = {}  # by which cell
        self.hint = "; %tb shows where it came from"
        self.reloads = False

    @property
    def is_attended(self) -> bool:
        """Whether a person runs the cell: papermill and nbconvert answer no question of it."""
        kernel = getattr(self.shell, "kernel", None)
        return kernel is None or kernel._allow_stdin

    def chapters(self) -> Iterator[Chapter]:
        """Yield the chapters that the notebook has a name for."""
        if module := sys.modules.get(
            "klimatlib.chapter"
        ):  # else there is none, and it takes seconds to import
            every = {id(value): value for value in self.shell.user_ns.values()}.values()
            yield from (value for value in every if isinstance(value, module.Chapter))

    def current_claims(self) -> dict[tuple[int, str], Claim]:
        """Return the claims of all chapters, by book and id; of a book that nobody has asked for none."""
        books = [vars(chapter)["book"] for chapter in self.chapters() if "book" in vars(chapter)]
        return {(id(book), claim.id): claim for book in books for claim in book}

    def before_cell(self, info: Any) -> None:
        """Import edited modules anew, and let the cell replace the claims there are."""
        if not self.is_attended:
            return
        if not self.reloads:
            self.shell.extension_manager.load_extension("autoreload")
            self.shell.run_line_magic("autoreload", "2")
            self.reloads = True
        self.cell, self.source = getattr(info, "cell_id", None), info.raw_cell
        self.claims = self.current_claims()
        for chapter in self.chapters():
            chapter.bound.clear()
            if "book" in vars(chapter):
                chapter.book.reopen()

    def after_cell(self, result: Any) -> None:
        """Say where the cell replaced another cell's claim, and show the linter's view of its texts."""
        if not (result.success and self.is_attended):
            return
        for at, claim in self.current_claims().items():
            before, cell = self.claims.get(at), self.cell or ""
            if claim is before:
                continue
            owner = self.recorded_in.setdefault(at, cell)
            if owner != cell and before is not None and before.text != claim.text:
                print(
                    f"claim {claim.id}: {before.text} in cell {owner}, {claim.text} here; "
                    "a run refuses two numbers of one id, give one another id"
                )
            self.recorded_in[at] = cell
        for chapter in self.chapters():
            for name in chapter.bound:
                _show_statements(chapter, name)

    def show_error(
        self, shell: Any, kind: type[Exception], error: Exception, trace: TracebackType, **_: Any
    ) -> None:
        """Show an error in one line: the cell as Lab numbers it, its line, and what may be meant."""
        if not self.is_attended:
            shell.showtraceback((kind, error, trace))
            return
        from klimatlib.execution.notebooks import unseen_failures

        sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace  # for %tb and %debug
        summaries = traceback.extract_tb(trace)
        labels = [shell.compile.format_code_name(summary.filename) for summary in summaries]
        places = [
            f"cell {label[1].removeprefix('In')}, line {summary.lineno}, {summary.line}: "
            for summary, label in zip(summaries, labels, strict=True)
            if label
        ]
        ours = Path(summaries[-1].filename).is_relative_to(Path(__file__).parent)
        if isinstance(error, KlimatlibError):
            words = in_words(error)
        elif isinstance(error, SyntaxError) and not places:
            words = next(unseen_failures(shell.transform_cell(self.source)), str(error))
            places = [f"cell [{shell.execution_count - 1}], "]
        else:
            inside = f" (in {Path(summaries[-1].filename).name}, line {summaries[-1].lineno})" if ours else ""
            words = f"{kind.__name__}: {error}".strip().splitlines()[0] + inside + _meant(error, trace)
        shell._showtraceback(kind, error, ["".join(places[:1]) + words + self.hint])
        self.hint = ""


def _meant(error: Exception, trace: TracebackType) -> str:
    """Ask for the name or the key that is most like one that is not there, where Python tells which it is."""
    import pandas as pd

    frames = [frame for frame, _ in traceback.walk_tb(trace)]
    if isinstance(error, AttributeError) and error.name is not None:
        name, candidates = error.name, dir(error.obj)
    elif isinstance(error, NameError) and error.name is not None:
        name, candidates = error.name, [*frames[-1].f_locals, *frames[-1].f_globals, *vars(builtins)]
    elif isinstance(error, KeyError) and error.args and not has_read_answers():  # a key may be an answer
        labels: list[Any] = [frame.f_locals.get("self") for frame in reversed(frames)]
        name = str(error.args[0])
        candidates = next(([*map(str, each)] for each in labels if isinstance(each, pd.Index)), [])
    else:
        return ""
    advice = nearest(name, candidates)
    return f"; {advice}" if advice else ""


def _show_statements(chapter: Chapter, name: str) -> None:
    """Show what the linter makes of a text: what nobody has decided yet, and how many statements are what."""
    from IPython.display import display

    from klimatlib.prose.statements import judged
    from klimatlib.prose.templates import in_lines

    file, source, binder = chapter.binding(name)
    statements = binder.statements(source, file=file)
    rules = binder.rules
    judgements = [(file, judged(each, rules)) for each in statements]
    *lines, counts = in_lines(judgements, as_json=False)
    head, listed = f"{file}: {counts}", "\n".join(lines)
    details = f"<details><summary>{html.escape(head)}</summary><pre>{html.escape(listed)}</pre></details>"
    data = {
        "text/plain": "\n".join([head, *lines]),
        "text/html": details if lines else f"<p>{html.escape(head)}</p>",
    }
    display(data, raw=True)  # type: ignore[no-untyped-call]


def set_up(root: Path) -> Iterator[str]:
    """Make the notebook to explore in, and let git leave outputs out; yield what was done, once.

    The notebook is ``docs/explore.md``, and never written again once it is there.
    """
    start = root / _START
    if not start.exists():
        start.parent.mkdir(exist_ok=True)
        cells = [*_cells((root / _PAGE).read_text(encoding="utf-8"))]
        book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        atomic_write(start, stripped(json.dumps(book).encode()).decode())
        yield f"{_START} is yours to explore in: git and the rules for notebooks leave its folder alone"
    clean = subprocess.run([*_GIT, "--get", _CLEAN], cwd=root, capture_output=True, text=True)
    if clean.returncode == 1:  # git is there, this is its checkout, and nothing is set
        subprocess.run([*_GIT, _CLEAN, _STRIP], cwd=root, check=True)
        yield "git sees notebooks without outputs from now on: to run and to save one changes nothing for it"


def after_save(*, os_path: str, **_: Any) -> None:
    """Tell git where a notebook differs in its outputs alone; JupyterLab calls it with each saved file.

    Git takes every file of another size for changed, whatever a filter makes of it, until it is added anew.
    """
    git = functools.partial(subprocess.run, cwd=Path(os_path).parent, capture_output=True)
    with suppress(FileNotFoundError):  # no git
        if os_path.endswith(".ipynb") and git(["git", "diff", "--quiet", "--", os_path]).returncode == 0:
            git(["git", "update-index", "--", os_path])


def _cells(page: str) -> Iterator[dict[str, Any]]:
    """Yield a page of Markdown as cells: its Python as code, without what it shows."""
    at = 0
    for fence in [*_FENCE.finditer(page), None]:
        words = page[at : fence.start() if fence else None].strip()
        if words:
            yield {"cell_type": "markdown", "id": f"explore-{at}", "metadata": {}, "source": words}
        if fence and fence[1] == "python":
            code = {"cell_type": "code", "id": f"explore-{fence.start()}", "metadata": {}}
            yield {**code, "source": fence[2].strip()}
        at = fence.end() if fence else at


def main(arguments: Sequence[str]) -> None:
    """Set a project up; or ``strip`` notebooks, those named in place, else what comes in to what goes out.

    ``watch`` stays, and does `after_save` for other editors.
    """
    if not arguments:
        for line in set_up(find_root()):
            print(line)
    if [*arguments] == ["watch"]:
        from watchfiles import watch

        for changes in watch(find_root() / "notebooks", raise_interrupt=False):
            for _, changed in changes:
                after_save(os_path=changed)
    for name in arguments[1:]:
        path = Path(name)
        data = path.read_bytes()
        if (clean := stripped(data)) != data:
            atomic_write(path, clean.decode())
    if [*arguments] == ["strip"]:
        sys.stdout.buffer.write(stripped(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(sys.argv[1:])
