"""Hostile content: what anybody types stays text, in every field, name and file, in all that is made."""

from __future__ import annotations

from pathlib import Path

from klimatlib.errors import RenderError
from klimatlib.report.renderers import find_renderer, render
from torture import answers_kept, doors, hostile, limits, paths, source, tables_out
from torture.beside import executed_by_plain_tools, read_by_plain_tools
from torture.content_text import all_text, letters, words
from torture.pages import harm, harm_in_notebooks
from torture.promise import Effort, Found, Promise
from torture.shared import DATE, HEADER, hostile_outputs


def never_executed(effort: Effort) -> Found:
    """Open every page of the hostile world in a browser that ignores the pages' own policies."""
    outputs = hostile_outputs()
    pages = sorted(outputs.rglob("*.html"))
    failures, notebooks = harm(pages, base=outputs), sorted(outputs.rglob("notebooks/*.ipynb"))
    failures += harm_in_notebooks(notebooks, effort.where)
    documents = _authored(effort, [*hostile.SCRIPTS.values()])
    failures += harm([path for path in documents if path], base=effort.where)
    places = len(pages) + len(notebooks)
    tried = len(hostile.SCRIPTS) * len(hostile.FIELDS) * places + len(documents)
    told = f"{len(hostile.SCRIPTS)} payloads in {len(hostile.FIELDS)} kinds of fields, {len(pages)} pages, "
    told += f"{len(notebooks)} notebooks"
    return Found(tried, failures, "payloads in a field of a page", told)


def never_read(effort: Effort) -> Found:
    """Look for the secret in all files of the hostile world, and for each payload in its words."""
    outputs = hostile_outputs()
    files = [path for path in outputs.rglob("*") if path.is_file() and ".kept" not in path.parts]
    failures = [f"{path.name}: holds the secret" for path in files if hostile.SECRET in all_text(path)]
    texts = hostile.payloads(outputs.parent)
    for kind in ("html", "docx", "pdf"):
        shown = letters(words(outputs / "tiny" / f"report.{kind}"))
        failures += [
            f"{kind}: {name} is not shown" for name, text in texts.items() if letters(text) not in shown
        ]
    raw = [hostile.payloads(outputs.parent)[name] for name in hostile.READS]
    documents = _authored(effort, raw)
    failures += [
        f"{path.name}: holds the secret"
        for document in documents
        if document
        for path in document.parent.iterdir()
        if hostile.SECRET in all_text(path)
    ]
    tried = len(files) + 3 * len(texts) + len(documents)
    return Found(tried, failures, "files and payloads", f"{len(texts)} payloads, {len(files)} files")


def _authored(effort: Effort, payloads: list[str]) -> list[Path | None]:
    """Render payloads as if the secretariat had written them; None where that was refused in one line."""
    groups = [[one] for one in payloads] if effort.whole else [payloads]
    return [_rendered(effort.where / f"text-{id(group)}", group) for group in groups]


def _rendered(folder: Path, payloads: list[str]) -> Path | None:
    folder.mkdir()
    written = folder / "report.qmd"
    written.write_text(HEADER + "\n\n".join(payloads) + "\n", encoding="utf-8")
    try:
        return render(find_renderer("embedded"), written, folder / "out", date=DATE).files["html"]
    except RenderError as error:
        assert "\n" not in str(error)
        pictures = [one for one in payloads if one.startswith("![")]
        others = [one for one in payloads if not one.startswith("![")]
        if pictures and others:  # a picture is refused, and the others are tried without it
            return _rendered(folder.with_name(f"{folder.name}-others"), others)
        return None


PROMISES: tuple[Promise, ...] = (
    Promise(
        "E1",
        "No text that anybody types runs in a page",
        "0 executed, 0 live `javascript:` links, in a real browser",
        never_executed,
        executed_by_plain_tools,
        ("chromium",),
    ),
    Promise(
        "E2",
        "No text reads a file or is taken for markup in HTML, PDF and DOCX",
        "0 secrets in any file made; each payload legible",
        never_read,
        read_by_plain_tools,
    ),
    Promise(
        "E3",
        "A text that converters choke on ends the run, soon and in one line",
        f"every converter ends within {limits.TIME_S} s and 1 GB",
        limits.all_end,
        limits.plain_pandoc,
    ),
    Promise(
        "E4",
        "Parameters are data",
        "0 of 30 names and values executed; tags, anchors and keys given twice refused",
        doors.parameters_are_data,
        doors.plain_papermill,
    ),
    Promise(
        "E5",
        "No path leaves the project",
        "0 of 12 and more read or write outside it",
        paths.paths_stay_inside,
        "papermill, nbconvert and pandoc take any path by design",
    ),
    Promise(
        "E6",
        "No table that is written holds a formula, and none loses a row",
        "0 cells that a spreadsheet runs; as many rows read as written",
        tables_out.no_formulas,
        tables_out.plain_pandas,
    ),
    Promise(
        "E7",
        "No pickle of foreign data, no eval, no loose YAML; no library with a known hole",
        "0 in the source; the floors of what is installed",
        source.source_is_clean,
        "a property of our source; there is nothing to compare with",
    ),
    Promise(
        "E8",
        "No process of a run listens on the network",
        "0 listening sockets, in all processes, looked at by the cells themselves",
        answers_kept.nothing_listens,
        answers_kept.plain_kernel_listens,
    ),
    Promise(
        "E9",
        "No member's own answer is published unless its consent is recorded, and what is kept is its owner's",
        "0 answers in any file made; files of answers 0600",
        answers_kept.answers_stay_private,
        "the usual tools know no consent; what a notebook shows is published",
    ),
)
