"""Render ``report.qmd`` as HTML, PDF and DOCX, with Quarto or with the embedded renderer.

The embedded renderer is pandoc and Typst, both from the Python environment: what Quarto itself runs. Both use
the same Lua filter, templates and reference document. Programs run with limits, in private folders; the files
reach the output folder when all say what their source says. Run as a program, this module is Typst.
"""

from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import datetime
import functools
import html
import importlib.metadata
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

from klimatlib.errors import Problem, RenderError, UsageError
from klimatlib.execution.processes import TIME_S, run_program, strip_colours
from klimatlib.prose.statements import place, unmark
from klimatlib.report.html import ASSETS, FONTS, asset, font_faces, minify_svg, sealed

# The report's Markdown: nothing that could carry markup of an output format, formulas or citations.
SYNTAX = (
    "markdown-raw_html-raw_tex-raw_attribute-native_divs-native_spans-markdown_in_html_blocks"
    "-tex_math_dollars-latex_macros-citations"
)
HEADER_MARK = "{{header}}"  # stands in the committed reference.docx for the words over each page
_PANDOC_MEMORY = "800M"  # its own; a gigabyte with all else that it holds
_PANDOC = {
    "html": ("html5", ["--template=report.template.html", "--section-divs", "--email-obfuscation=none"]),
    "pdf": ("typst-smart", ["--template=report.template.typst"]),
    "docx": ("docx", ["--reference-doc=reference.docx"]),
}
_QUARTO_TO = {"html": "html", "pdf": "typst", "docx": "docx"}
_QUARTO_ANSWER_S = 20.0  # for --version
_QUARTO_MEMORY = 4 * 1024**3  # for each of its processes: its own runtime takes more than what it runs
_QUARTO_WAY_OUT = "install Quarto 1.7 or newer, or use --renderer embedded"
# Plain code by the newer and the older name, and long lines as they are.
_PLAIN = {"syntax-highlighting": "none", "highlight-style": "none", "wrap": "none"}
_CLOSED = {"minimal": True, "theme": "none", "embed-resources": True, "html-math-method": "mathml"}
_AS_PANDOC = {"section-divs": True, "email-obfuscation": "none"}
# Before 1.9 its own Typst writes no tags and cannot compile the template: it stops at the .typ.
_NO_PDF = {"output-ext": "typ", "keep-typ": True, "papersize": "a4"}
_FORMATS = {
    "html": {"template": "report.template.html", **_CLOSED, **_AS_PANDOC, **_PLAIN},
    "typst": {"template": "report.template.typst", **_NO_PDF, **_PLAIN},
    "docx": {"reference-doc": "reference.docx", **_PLAIN},
}
_QUARTO_SETTINGS = {"from": SYNTAX, "engine": "markdown", "filters": ["report.lua"], "format": _FORMATS}
_NO_SHORTCODE = "\ue000"  # put into {{<: a shortcode of Quarto could read files; the filter removes it
_PIXELS_PER_INCH = 200
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
Run = Callable[..., subprocess.CompletedProcess[str]]  # run_program with environment and deadline


@dataclass(frozen=True)
class Renderer:
    """A usable renderer."""

    name: str  # quarto or embedded
    version: str  # of Quarto, or of pandoc and Typst; goes into the manifest
    executable: Path
    note: str  # a line for the user: which renderer was taken and why
    may_fall_back: bool = False  # whether the embedded one may take over when this one fails

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def find_renderer(choice: str = "auto", *, path: str | None = None) -> Renderer:
    """Decide, before anything is run, which program will render the report.

    ``choice`` is ``quarto``, ``embedded``, or ``auto``: Quarto when a usable one is found, else embedded.
    ``path`` tells where to look for programs, as in ``PATH``; the environment's by default.

    Raises
    ------
    UsageError
        If the choice is unknown.
    RenderError
        If Quarto was asked for and is missing, too old, does not answer, or would read a project's settings.
    """
    if choice not in ("auto", "quarto", "embedded"):
        raise UsageError(f"--renderer: found {choice!r}; expected auto, quarto or embedded")
    if choice == "embedded":
        return _find_embedded()
    try:
        return replace(_find_quarto(path), may_fall_back=choice == "auto")
    except RenderError as error:
        if choice == "quarto":
            raise
        return _instead(error)


def render(
    renderer: Renderer, source: Path, out_dir: Path, *, date: datetime.date, timeout_s: float = 300,
    stem: str = "report", kinds: Collection[str] = ("html", "pdf", "docx"),
) -> tuple[dict[str, Path], Renderer]:  # fmt: skip
    """Make HTML, PDF and Word file of a report; of a fact sheet HTML and PDF.

    Parameters
    ----------
    renderer
        From `find_renderer`; for a fact sheet the embedded one.
    source
        The ``report.qmd``, or a sheet's, with ``layout: sheet`` in its header; ``figures/`` and
        ``claims.json`` are taken from beside it.
    out_dir, stem
        Receives the files when all are complete, made if missing; their name.
    kinds
        Which of them the embedded renderer makes.
    date
        The document's date; stands in for the clock, so that the same source gives the same bytes.
    timeout_s
        Seconds for the whole work; what still runs then is ended with its children.

    Returns
    -------
    tuple
        The files, by ``html``, ``pdf`` and ``docx``, and who made them; its note may say more than before.

    Raises
    ------
    RenderError
        If a program failed, hung, or wrote half a file, or if a file's words are not those of the source;
        where the renderer was chosen by ``auto``, only if the embedded one failed too.
    """
    deadline = time.monotonic() + timeout_s
    try:
        return _render(renderer, source, out_dir, date, deadline, stem, kinds)
    except RenderError as error:
        if not renderer.may_fall_back:
            raise
        return _render(_instead(error), source, out_dir, date, deadline, stem, kinds)


CARD = "card.png"


def write_pictures(figures: Path, *, card: str = "", title: str = "") -> list[Path]:
    """Write two PNG beside the SVG of every chart of a folder but the narrow ones, in one go.

    ``<id>.png`` stands alone, under its headline and over its caption, which the SVG holds as title and
    description; ``<id>-word.png`` is the drawing for Word, where both are text. Of the chart called ``card``
    another, 1,200 by 630 pixels, is written beside the folder as `CARD`, under the report's ``title``: what a
    link shows that is shared.

    Raises
    ------
    RenderError
        When an SVG cannot be drawn.
    """
    charts = sorted(path for path in figures.glob("*.svg") if not path.stem.endswith("-narrow"))
    if not charts:
        return []
    with private_folder() as folder:
        pages, shown = [], ""
        for number, chart in enumerate(charts):
            svg = chart.read_text(encoding="utf-8")
            (folder / f"{number}.svg").write_text(svg, encoding="utf-8")
            words = [re.findall(f"<{tag}>(.*?)</{tag}>", svg, re.DOTALL) for tag in ("title", "desc")]
            strings = [json.dumps(html.unescape(" ".join(found)), ensure_ascii=False) for found in words]
            pages += [f'#alone("{number}.svg", {", ".join(strings)})', f'#image("{number}.svg")']
            if chart.stem == card:
                narrow = chart.with_name(f"{card}-narrow.svg")
                shutil.copyfile(narrow if narrow.is_file() else chart, folder / "card.svg")
                shown = ", ".join([*strings, json.dumps(title, ensure_ascii=False)])
        drawn = "\n#pagebreak()\n".join(pages)
        if card and not shown:
            advice = f"no chart {card}, which notebooks/report.yml names for card.png; name another"
            raise RenderError(f"figures: {advice}")
        drawn += f"\n#card({shown})" if shown else ""
        (folder / "main.typ").write_text(f"{_PICTURES}{drawn}", encoding="utf-8")
        command, deadline = [*_TYPST, folder / "main.typ", folder / "page.png"], time.monotonic() + TIME_S
        done = run_program(command, cwd=folder, env=os.environ, deadline=deadline, what="typst, for pictures")
        if done.returncode:
            reason = _last_words(done.stdout).removeprefix("error: ")
            raise RenderError(f"figures: an SVG cannot be drawn as PNG: {reason}")
        names = [chart.with_name(f"{chart.stem}{end}.png") for chart in charts for end in ("", "-word")]
        names += [figures.with_name(CARD)] if shown else []
        return [Path(shutil.copyfile(folder / f"page{page}.png", name)) for page, name in enumerate(names)]


_PICTURES = """\
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#set text(font: "Figtree", lang: "sv", hyphenate: false)
#let alone(file, headline, note) = context pad(4mm, block(width: measure(image(file)).width, {
  if headline != "" { block(below: 2.2mm, text(size: 11.5pt, weight: 600, fill: rgb("#0e4a3c"), headline)) }
  image(file, width: 100%)
  if note != "" { block(above: 3mm, text(size: 8.6pt, fill: rgb("#52615a"), note)) }
}))
#let card(headline, note, title) = {
  set page(width: 432pt, height: 226.8pt)
  place(top, rect(width: 100%, height: 5pt, fill: rgb("#bdd24c"), stroke: none))
  place(right + horizon, dx: -16pt, dy: 2pt, image("card.svg", width: 236pt, height: 196pt, fit: "contain"))
  let large = if headline.len() > 90 { 14pt } else { 17pt }
  place(left + top, dx: 18pt, dy: 20pt, block(width: 148pt, {
    set par(leading: 0.34em)
    text(size: 8.5pt, weight: 600, fill: rgb("#1a6e52"), title)
    block(above: 12pt, text(font: "Newsreader", size: large, weight: 600, fill: rgb("#0e4a3c"), headline))
  }))
  let told = text(size: 6.6pt, fill: rgb("#52615a"), note)
  place(left + bottom, dx: 18pt, dy: -14pt, block(width: 148pt, told))
}
"""


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Give a new folder that is gone afterwards; a process that is killed leaves it to the next run."""
    with tempfile.TemporaryDirectory(prefix="klimatlib-render-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def _render(
    renderer: Renderer,
    source: Path,
    out_dir: Path,
    date: datetime.date,
    deadline: float,
    stem: str,
    kinds: Collection[str],
) -> tuple[dict[str, Path], Renderer]:
    """Render, close and compare in a private folder, and copy the files out of it under their names."""
    from klimatlib.report.document import require_same_words  # brings pandas, which Typst's process needs not

    with private_folder() as work:
        folder = work / "document"
        header = _stage(source, folder)
        run = functools.partial(run_program, env=environment(date), deadline=deadline)
        # Read once, for all formats of the embedded renderer and for the comparison.
        options = ["document.qmd", f"--from={SYNTAX}", "--to=json", "--standalone", "--output=document.json"]
        _run_pandoc(_find_embedded(), folder, options, run, what="report.qmd")
        if renderer.name == "quarto":
            made, renderer = _run_quarto(renderer, folder, run)
        else:
            made = _run_embedded(renderer, folder, run, kinds)
        try:
            ast = json.loads((folder / "document.json").read_bytes())
        except RecursionError:
            levels = "markup within markup, hundreds of levels deep; expected a few; write it flat"
            raise RenderError(f"report.qmd: {levels}") from None
        with concurrent.futures.ThreadPoolExecutor(1) as typesetter:
            # Takes longest; the other files are closed and compared meanwhile.
            pdf = typesetter.submit(_typeset, made.pop("pdf"), run) if "pdf" in made else None
            page = made["html"].read_text(encoding="utf-8")
            made["html"].write_text(sealed(page, script=_script(header)), encoding="utf-8")
            if "docx" in made:
                noon = f"{date.isoformat()}T12:00:00Z"
                title = escape(_header_words(header, "title", "subtitle"))
                texts = {"dc:title": title, "dcterms:created": noon, "dcterms:modified": noon}
                edits = {rf"(<{tag}[^>]*>)[^<]*": text for tag, text in texts.items()}
                _rewrite_docx(made["docx"], made["docx"], "docProps/core.xml", edits)
                _rewrite_docx(made["docx"], made["docx"], "word/document.xml", _WHOLE, every=True)
            require_same_words(ast, made)
        if pdf:
            require_same_words(ast, {"pdf": pdf.result()})
            made["pdf"] = pdf.result()
        out_dir.mkdir(parents=True, exist_ok=True)
        named = {kind: out_dir / f"{stem}.{kind}" for kind in _PANDOC if kind in made}
        files = {kind: shutil.copyfile(made[kind], path) for kind, path in named.items()}
    return files, renderer


# ---- what it would refuse, or print as it stands, known before ----
# Markup that was meant and is none, in Typst, which escapes what is text.
_MARKUP = re.compile(
    r"\\\*\\\*|\\\] ?\(|\\\[\^|\\</?[a-zA-Z!]|\{[.%{]|[%}]\}|\{\\#|^(?:\\#)+[^\s\\#]", re.MULTILINE
)
# What is escaped is meant as it stands: a fact, or a sign that somebody wrote so.
_MEANT = re.compile(r"(?P<header>\A---\n.*?\n---\n)|\\[^\w\s]", re.DOTALL)
_HEADING = re.compile(r"^(?:(=+) (.*)|#chapter\()", re.MULTILINE)
_LINK = re.compile(r"#link\(<([^>]+)>\)")


def proofread(texts: Mapping[str, str], *, are_whole: bool = False) -> Iterator[Problem]:
    """Yield what rendering would refuse of bound texts: signs without glyph, and what pandoc warns of.

    ``texts`` has them by file, their lines marked (`klimatlib.prose.statements.mark`). Where they
    ``are_whole`` documents, all places must be there that they link to.
    """

    def refused(text: str) -> tuple[str, str]:
        def line_with(sign: str) -> str:
            lines = [line for line in text.split("\n") if sign in unmark(line)] or [""]
            return place(lines[-1]) or unmark(lines[-1])[:80]

        with private_folder() as folder:
            typed = _MEANT.sub(lambda found: found["header"] or "·", unmark(text))
            (folder / "document.qmd").write_text(typed, encoding="utf-8", newline="")
            shutil.copyfile(ASSETS / "report.lua", folder / "report.lua")
            options = ["document.qmd", f"--from={SYNTAX}", "--to=typst-smart", "--lua-filter=report.lua"]
            options += ["--wrap=none", "--output=document.typ"]
            deadline = time.monotonic() + TIME_S
            run = functools.partial(
                run_program, env=environment(datetime.date(2000, 1, 1)), deadline=deadline
            )
            try:
                _run_pandoc(_find_embedded(), folder, options, run, what="")
            except RenderError as error:
                message = str(error).removeprefix(": ")
                line = re.search(r"document\.qmd line (\d+)", message)
                lines = text.split("\n")[: int(line[1])] if line else []
                return place("\n".join(lines)), re.sub(r" at document\.qmd line \d+ column \d+", "", message)
            typst = (folder / "document.typ").read_text(encoding="utf-8")
        for target in _LINK.findall(typst) if are_whole else ():
            if typst.count(f"<{target}>") == typst.count(f"(<{target}>)") and f'"{target}"' not in typst:
                return "", f"a link leads to #{target}, and nothing is called so; mend the link"
        for above, heading in itertools.pairwise(_HEADING.finditer(typst)):
            if len(heading[1] or "=") > len(above[1] or "=") + 1:
                return line_with(heading[2]), f"heading {heading[2]} skips a level; take signs # from it"
        if markup := _MARKUP.search(re.sub(r'(\\.)|"(?:\\.|[^"\\])*"', r"\1", typst)):  # not in titles
            sign = markup[0].replace("\\", "")
            return line_with(sign), f"{sign} would be printed as it stands; mend the markup"
        return "", ""

    for file, text in texts.items():
        depth = 0  # of the boxes that are open
        for line in text.split("\n"):
            typed = unmark(line).strip()
            if sign := sign_without_glyph(typed):
                yield Problem(file, place(line), f"{sign}; write it in words")
            depth += 0 if not typed.startswith(":::") else 1 if typed.strip(": ") else -1
            if depth < 0:
                yield Problem(file, place(line), "::: would be printed as it stands; mend the markup")
                depth = 0
    if refused("\n\n".join(texts.values()))[1]:
        alone = (Problem(file, *refused(text)) for file, text in texts.items())
        yield from (problem for problem in alone if problem.text)


def sign_without_glyph(text: str) -> str:
    """Name the first sign of a text that no typeface of the report has; empty without one."""
    seen = (sign for sign in text if unicodedata.category(sign)[0] not in "ZC")  # no space, no joiner
    absent = (sign for sign in seen if ord(sign) not in _glyphs())
    return next((f"the report's typefaces have no {sign!r} (U+{ord(sign):04X})" for sign in absent), "")


@functools.cache
def _glyphs() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset().union(*(FT2Font(str(path)).get_charmap() for path in FONTS.glob("*.ttf")))


# ---- the embedded renderer -----------------------------------------------------------------------
@functools.cache
def _find_embedded() -> Renderer:
    import pypandoc

    version = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("pypandoc_binary", "typst"))
    return Renderer("embedded", version, Path(pypandoc.get_pandoc_path()), f"embedded renderer ({version})")


def _instead(error: RenderError) -> Renderer:
    """Return the embedded renderer, with a note of what was wrong with Quarto."""
    embedded = _find_embedded()
    return replace(embedded, note=f"{str(error).split('; ')[0]}: using the {embedded.note}")


def _run_embedded(renderer: Renderer, folder: Path, run: Run, wanted: Collection[str]) -> dict[str, Path]:
    """Write HTML, Typst and, where there is a reference for it, DOCX with pandoc, in parallel."""

    def write(kind: str) -> Path:
        to, options = _PANDOC[kind]
        output = folder / ("document.typ" if kind == "pdf" else f"document.{kind}")
        options = ["document.json", "--from=json", f"--to={to}", *options, f"--output={output.name}"]
        options += ["--standalone", "--lua-filter=report.lua", "--wrap=none", "--syntax-highlighting=none"]
        _run_pandoc(renderer, folder, options, run, what=f"report.qmd, to {to}")
        return output

    reference = (folder / "reference.docx").exists()
    kinds = [kind for kind in _PANDOC if kind in wanted and (kind != "docx" or reference)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(kinds, pool.map(write, kinds), strict=True))


def _run_pandoc(renderer: Renderer, folder: Path, options: Sequence[str], run: Run, *, what: str) -> None:
    limits = ["+RTS", f"-M{_PANDOC_MEMORY}", "-RTS", "--sandbox", "--fail-if-warnings", "--data-dir=."]
    done = run([renderer.executable, *limits, *options], cwd=folder, what="pandoc")
    if done.returncode:
        reason = _last_words(done.stdout).removeprefix("Error running filter report.lua: ")
        raise RenderError(f"{what}: {reason}; mend the text or what it names")


def environment(date: datetime.date) -> dict[str, str]:
    """Return the little environment that a renderer needs; the date, at noon, stands in for the clock.

    Of the variables that Quarto reads only those stay by which one from conda finds itself.
    """
    prefix, noon = os.environ.get("CONDA_PREFIX", ""), datetime.time(12, tzinfo=datetime.UTC)
    kept = {
        key: value
        for key, value in os.environ.items()
        if key in {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"}
        or (prefix and key.startswith(("QUARTO_", "DENO_", "CONDA_PREFIX")) and value.startswith(prefix))
    }
    seconds = int(datetime.datetime.combine(date, noon).timestamp())
    fixed = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": str(seconds)}
    return kept | fixed


def _last_words(output: str) -> str:
    """Return the last telling lines of a program's output, short enough for a message."""
    lines = [line.strip() for line in output.split("stack traceback:")[0].splitlines() if line.strip()]
    errors = (i for i, line in enumerate(lines) if re.match(r"error", line, re.IGNORECASE))
    first = max(next(errors, len(lines) - 2), 0)
    return " ".join(lines[first : first + 3])[:400] or "it said nothing"


# ---- Quarto --------------------------------------------------------------------------------------
def _find_quarto(path: str | None) -> Renderer:
    program = shutil.which("quarto", path=path)
    if program is None:
        raise RenderError(f"quarto: not found on the PATH; {_QUARTO_WAY_OUT}")
    executable, what = Path(program).absolute(), "quarto --version"
    limits: dict[str, Any] = {"deadline": time.monotonic() + _QUARTO_ANSWER_S, "memory": _QUARTO_MEMORY}
    limits["env"] = environment(datetime.date(2000, 1, 1))
    done = run_program([executable, "--version"], cwd=executable.parent, what=what, **limits)
    answer = re.search(r"^v?(\d+\.\d+(?:\.\d+)*)", done.stdout, re.MULTILINE)
    if done.returncode or answer is None:
        printed = _last_words(done.stdout)
        raise RenderError(f"quarto: --version gave {printed!r}, not a version; {_QUARTO_WAY_OUT}")
    version = answer[1]
    if tuple(int(part) for part in version.split(".")[:2]) < (1, 7):
        raise RenderError(f"quarto: found {version}, which is older than 1.7; {_QUARTO_WAY_OUT}")
    parents = Path(tempfile.gettempdir(), "folder").resolve().parents
    for project in (parent / name for parent in parents for name in ("_quarto.yml", "_quarto.yaml")):
        if project.exists():
            expected = "expected no Quarto project above the folder for temporary files"
            advice = f"{expected}; move it, or set TMPDIR to another folder"
            raise RenderError(f"quarto: {project} would change the report; {advice}")
    return Renderer("quarto", version, executable, f"quarto {version}")


def _run_quarto(renderer: Renderer, staged: Path, run: Run) -> tuple[dict[str, Path], Renderer]:
    """Render each format in a folder of its own: runs in the same one collide.

    With exit code 0 too, errors in the log count, and each file is looked at. A warning goes into the note.
    """
    what, made = f"quarto {renderer.version}", {}
    for kind, to in _QUARTO_TO.items():
        folder = staged.with_name(kind)
        shutil.copytree(staged, folder)
        source, log = folder / "document.qmd", folder / "quarto.log"
        header, body = _split_header(source.read_text(encoding="utf-8"))
        kept = {key: value for key, value in header.items() if key not in {"abstract", "output-file"}}
        settings = {**kept, **_QUARTO_SETTINGS}
        text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False, width=10_000)
        body = body.replace("{{<", f"{{{_NO_SHORTCODE}{{<")
        source.write_text(f"---\n{text}---\n{body}", encoding="utf-8")
        command = [renderer.executable, "render", source.name, "--to", to, "--no-execute"]
        command += ["--log", log.name, "--log-format", "json-stream", "--log-level", "info"]
        done = run(command, cwd=folder, what=what, memory=_QUARTO_MEMORY)
        warning = _warning_in(log, done, f"{what}, to {to}")
        if warning and renderer.note == what:
            renderer = replace(renderer, note=f"{what} made the files, and warned: {warning}")
        made[kind] = path = folder / ("document.typ" if kind == "pdf" else f"document.{kind}")
        written = path.is_file() and not path.is_symlink()
        content = path.read_bytes().rstrip() if written else b""
        whole = content.endswith(b"</html>") if kind == "html" else kind == "pdf" or zipfile.is_zipfile(path)
        if not content or not whole:
            fault = "is cut short" if content else "is empty" if written else "was not written"
            advice = "expected a complete file; render again, or use --renderer embedded"
            raise RenderError(f"{what}: {path.suffix[1:].upper()} {fault}; {advice}")
    return made, renderer


def _warning_in(log: Path, done: subprocess.CompletedProcess[str], what: str) -> str:
    """Return the first warning in a ``json-stream`` log; refuse a run that failed or logged an error."""
    messages: dict[str, list[str]] = {"warning": [], "error": []}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []:
        try:
            entry = json.loads(line)
            level, message = int(entry["level"]), strip_colours(str(entry["msg"]))
        except (ValueError, TypeError, KeyError):
            continue
        if level >= 30:
            messages["error" if level >= 40 else "warning"].append(message)
    if done.returncode:
        reason = " ".join((messages["warning"] + messages["error"])[-2:])[:400] or _last_words(done.stdout)
        advice = "mend it or use --renderer embedded"
        raise RenderError(f"{what}: failed with exit code {done.returncode}: {reason}; {advice}")
    if messages["error"]:
        error = messages["error"][0][:400]
        raise RenderError(f"{what}: logged an error: {error}; expected none; mend report.qmd")
    return " ".join(messages["warning"][0].split())[:400] if messages["warning"] else ""


# ---- private folders with all that a renderer reads, under plain names -----------------------------
def _stage(source: Path, folder: Path) -> dict[str, Any]:
    """Copy the source, its figures and the assets into a new folder, and return the source's header."""
    copy = folder / "document.qmd"  # not report.*: Quarto deletes <stem>.typ, and report.typ is a template
    (folder / "figures").mkdir(parents=True)
    (folder / "slim").mkdir()
    _copy_plain(source, copy)
    header, _ = _split_header(copy.read_text(encoding="utf-8"))
    for figure in sorted((source.parent / "figures").glob("*")):
        if figure.suffix in {".svg", ".png", ".jpg", ".csv"}:
            _copy_plain(figure, folder / "figures" / figure.name)
        # Once more, as a part of the HTML page, which carries it inside.
        if figure.suffix == ".svg":
            text = minify_svg(figure.read_text(encoding="utf-8"), name=figure.stem)
            (folder / "slim" / figure.name).write_text(text, encoding="utf-8", newline="")
        elif figure.suffix in {".png", ".jpg"}:
            (folder / "slim" / figure.name).write_bytes(base64.b64encode(figure.read_bytes()))
    if (claims := source.parent / "claims.json").is_file():
        _copy_plain(claims, folder / claims.name)
    sheet = header.get("layout") == "sheet"
    for name in ("report.lua", "report.typ", "sheet.typ", "cover.png"):
        shutil.copyfile(ASSETS / name, folder / name)
    main = "sheet.template.typst" if sheet else "report.template.typst"
    shutil.copyfile(ASSETS / main, folder / "report.template.typst")
    style = font_faces() + asset("report.css") + (asset("sheet.css") if sheet else "")
    style += asset("draft.css") if header.get("document-status") else ""
    template = asset("report.template.html")
    for mark, text in (("{{style}}", style), ("{{script}}", _script(header))):
        template = template.replace(mark, text.replace("$", "$$"))
    template = template.replace("{{slip}}", asset("slip.html") if sheet else "")
    (folder / "report.template.html").write_text(template, encoding="utf-8")
    if not sheet:  # which is no Word file
        entries = (("notice",), ("institution",), ("title", "subtitle"))
        texts = [_header_words(header, *keys).rstrip(".") for keys in entries]
        edits = {f"(){re.escape(HEADER_MARK)}": escape(" · ".join(filter(None, texts)))}
        _rewrite_docx(ASSETS / "reference.docx", folder / "reference.docx", "word/header1.xml", edits)
    return header


def _script(header: Mapping[str, Any]) -> str:
    """Return the page's only script; a sheet's also saves its return slip."""
    return asset("report.js") + (asset("slip.js") if header.get("layout") == "sheet" else "")


def _copy_plain(source: Path, copy: Path) -> None:
    if source.is_symlink() or not source.is_file():
        raise RenderError(f"{source}: not a plain file; expected the report's own; make the report again")
    shutil.copyfile(source, copy)


def _split_header(text: str) -> tuple[dict[str, Any], str]:
    """Split a report into its YAML header, whose texts are Markdown, and its body."""
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    with contextlib.suppress(yaml.YAMLError):
        if match and isinstance(header := yaml.safe_load(match[1]), dict):
            return header, match[2]
    raise RenderError("report.qmd: no header; expected YAML between two lines of ---; make the report again")


def _header_words(header: Mapping[str, Any], *keys: str) -> str:
    """Return entries of a header in words, as they are read when their Markdown is shown."""
    texts = (str(header[key]) for key in keys if header.get(key))
    return " ".join(re.sub(r"\\([^\w\s])", r"\1", text) for text in texts)


# ---- Word ----------------------------------------------------------------------------------------
# No row is parted by a page, and a picture has its alternative text once, where Word reads it.
_WHOLE = {
    r"(<w:tr>(?!<w:trPr>))": "<w:trPr><w:cantSplit/></w:trPr>",
    r"(<w:trPr>)(?=<w:tblHeader)": "<w:cantSplit/>",
    r"(<pic:cNvPr\b[^>]*?) descr=\"[^\"]*\"": "",
}


def _rewrite_docx(
    source: Path, target: Path, name: str, texts: Mapping[str, str], *, every: bool = False
) -> None:
    """Copy a Word file; in one of its parts, put texts where regular expressions match, after their group.

    Each must match, and counts once; with ``every``, as often as it matches.
    """
    with zipfile.ZipFile(source) as archive:
        parts = {entry: archive.read(entry) for entry in archive.namelist()}
    for pattern, text in texts.items():
        if every:
            parts[name] = re.sub(pattern, rf"\1{text}", parts[name].decode()).encode()
            continue
        first, start, rest = re.split(pattern, parts[name].decode(), maxsplit=1)
        parts[name] = f"{first}{start}{text}{rest}".encode()
    target.write_bytes(packed(parts))


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Zip in a fixed order with a fixed time, so that the same parts give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(parts, key=lambda name: (name != "[Content_Types].xml", name)):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), parts[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


# ---- Typst ---------------------------------------------------------------------------------------
_TYPST: list[str | Path] = [sys.executable, "-P", Path(__file__)]


def _typeset(main: Path, run: Run) -> Path:
    """Compile a Typst file as PDF/UA-1 and PDF/A-2a, with the vendored fonts only.

    The pinned Typst does it for Quarto too: older ones write no tags, and one typesetter gives one PDF.
    """
    output = main.with_suffix(".pdf")
    done = run([*_TYPST, main, output], cwd=main.parent, what="typst")
    if done.returncode:
        expected = "expected a PDF without warnings; mend report.qmd"
        raise RenderError(f"typst: {_last_words(done.stdout)}; {expected}")
    return output


def _typst_program(main: str, output: str) -> str | None:
    """Be a program that can be stopped: MAIN OUTPUT.pdf, or MAIN OUTPUT.png, whose pages are numbered from 0.

    The date of a PDF is that of SOURCE_DATE_EPOCH, which typst-py itself does not read. Anything less than
    right, a warning too (an unknown typeface, a layout that does not settle), is returned as a line.
    """
    import typst

    target, root = Path(output), str(Path(main).parent)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    try:
        if target.suffix == ".png":
            drawn = typst.compile(main, root=root, format="png", ppi=_PIXELS_PER_INCH, font_paths=fonts)
            for page, content in enumerate(drawn if isinstance(drawn, list) else [drawn]):
                target.with_stem(f"{target.stem}{page}").write_bytes(content)
            return None
        fixed: dict[str, Any] = {"root": root, "font_paths": fonts, "pdf_standards": ["ua-1", "a-2a"]}
        fixed |= {"timestamp": int(os.environ["SOURCE_DATE_EPOCH"]), "format": "pdf"}
        pdf, warnings = typst.compile_with_warnings(main, **fixed)
    except typst.TypstError as error:
        return f"error: {'; '.join([error.message, *error.hints])}"
    if warnings:
        return f"warning: {'; '.join([warnings[0].message, *warnings[0].hints])}"
    target.write_bytes(pdf)
    return None


if __name__ == "__main__":
    sys.exit(_typst_program(*sys.argv[1:]))
