"""Promises on content: what anybody types stays text, nothing is run or sent (E1 to E8)."""

from __future__ import annotations

import csv
import datetime
import html
import io
import json
import math
import re
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click
import nbformat
import pandas as pd
import pypandoc
import pytest
from packaging.version import Version

from browser import chromium
from campaign import hostile
from campaign.conftest import LONG, SHORT, Tries, cases
from campaign.hostile import FORMULAS, PARAMS, READS, SCRIPTS, SECRET, all_text, change_yaml, inside, letters
from campaign.processes import write_notebook
from conftest import ROOT, copy_project
from klimatlib import files as spreadsheet
from klimatlib.cli import cli
from klimatlib.config import Params, load_yaml
from klimatlib.errors import InputError, KlimatlibError, NotebookError, RenderError
from klimatlib.execution.notebooks import execute
from klimatlib.execution.publishing import digests
from klimatlib.report.renderers import find_renderer, render

HEADER = '---\ntitle: "Prov"\ndocument-date: "2024-03-01"\nlang: "sv-SE"\n---\n\n# Kapitel\n\n'
DATE = datetime.date(2024, 3, 1)


@pytest.fixture(scope="module", params=[pytest.param(4, marks=SHORT), pytest.param(99, marks=LONG)])
def outputs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.make(tmp_path_factory.mktemp("hostile"), most=request.param)


# --- E1, E2: in pages and documents --------------------------------------------------------------------

_WATCH = "window.hits = []; window.pwned = name => { (window.top || window).hits.push(name) }"
_LIVE = """() => {
  const live = [], script = /^[\\s\\u0000-\\u001f]*(javascript|vbscript):/i
  const targets = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data']
  for (const element of document.querySelectorAll('*'))
    for (const attribute of element.attributes)
      if (attribute.name.startsWith('on') || targets.includes(attribute.name) && script.test(attribute.value))
        live.push(`${element.tagName} ${attribute.name} ${attribute.value}`)
  return live
}"""
_TOUCH = """() => {
  for (const some of document.querySelectorAll('[onmouseover]')) some.dispatchEvent(new Event('mouseover'))
  for (const some of document.querySelectorAll('a')) if (some.protocol === 'javascript:') some.click()
}"""


@contextmanager
def harmer() -> Iterator[Callable[[Path], list[str]]]:
    """Give what opens a page without its own policy, and returns what ran, is live, and was asked for."""
    ours, asked = ("file:", "data:", "about:", "blob:"), list[str]()

    def harm(path: Path) -> list[str]:
        asked.clear()
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        live = [f"live {one[:120]}" for one in page.evaluate(_LIVE)]
        page.evaluate(_TOUCH)
        page.wait_for_timeout(100)
        ran = [f"ran {hit}" for hit in page.evaluate("window.hits")]
        return [*ran, *live, *(f"asked {url}" for url in asked if not url.startswith(ours))]

    with chromium() as browser:
        page = browser.new_context(offline=True, bypass_csp=True).new_page()  # one, which starts but once
        page.add_init_script(_WATCH)
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (asked.append("dialog"), dialog.dismiss()))
        yield harm


def published(outputs: Path, pattern: str) -> list[Path]:
    """Return the files below the outputs, but for the copies that are kept for the next run."""
    files = sorted(path for path in outputs.rglob(pattern) if path.is_file())
    return [path for path in files if ".kept" not in path.parts]


def authored(folder: Path, texts: list[str]) -> list[Path]:
    """Render texts as if the secretariat had written them; nothing is made where that is refused."""
    folder.mkdir()
    (folder / "report.qmd").write_text(HEADER + "\n\n".join(texts) + "\n", encoding="utf-8")
    try:
        made, _ = render(find_renderer("embedded"), folder / "report.qmd", folder / "out", date=DATE)
    except RenderError as error:
        assert "\n" not in str(error)
        return []
    return [*made.values()]


@pytest.mark.promise("E1", needs="chromium")
def test_no_text_that_anybody_types_runs_in_a_page(tries: Tries, outputs: Path, tmp_path: Path) -> None:
    pages, books = (published(outputs, pattern) for pattern in ("*.html", "notebooks/*.ipynb"))
    for path in books:  # JupyterLab trusts one's own outputs
        book = json.loads(path.read_text(encoding="utf-8"))
        shown = [output["data"]["text/html"] for cell in book["cells"] for output in cell.get("outputs", [])
                 if "text/html" in output.get("data", {})]  # fmt: skip
        page = tmp_path / f"{path.stem}.html"
        page.write_text(f"<!DOCTYPE html><meta charset=utf-8>{''.join(map(''.join, shown))}", "utf-8")
        pages.append(page)
    pages += [path for path in authored(tmp_path / "texts", [*SCRIPTS.values()]) if path.suffix == ".html"]
    with harmer() as harm:
        for path in pages:
            problem = "; ".join(harm(path)[:5])
            tries("E1", problem and f"{path.name}: {problem}", number=len(SCRIPTS), pages=path.as_posix())


@pytest.mark.promise("E2")
def test_no_text_reads_a_file_or_is_taken_for_markup(tries: Tries, outputs: Path, tmp_path: Path) -> None:
    texts = hostile.payloads(outputs.parent)
    files = published(outputs, "*")
    files += authored(tmp_path / "texts", [texts[name] for name in READS if name != "image"])
    for path in files:
        tries("E2", f"{path.name} holds the secret" if SECRET in all_text(path) else "")
    for kind in ("html", "docx", "pdf"):
        shown = letters(hostile.words(outputs / "tiny" / f"report.{kind}"))
        for name, text in texts.items():
            tries("E2", "" if letters(text) in shown else f"{kind}: {name} is not shown")


@pytest.mark.long
@pytest.mark.promise("E1", "E2", needs="chromium")
@pytest.mark.parametrize("name", [*SCRIPTS, *READS])
def test_a_hostile_text_alone_in_a_chapter_stays_text(tries: Tries, tmp_path: Path, name: str) -> None:
    documents = authored(tmp_path / "text", [hostile.payloads(tmp_path / "x")[name]])
    with harmer() as harm:
        for path in documents:
            problem = "; ".join(harm(path)) if path.suffix == ".html" else ""
            tries("E1", problem and f"{name}: {problem}")
    tries("E2", "".join(f"{path.name} holds the secret" for path in documents if SECRET in all_text(path)))


# --- E3: texts that converters choke on ----------------------------------------------------------------

PIECES: dict[str, Callable[[int], str]] = {  # kinds of text, by how often their piece is repeated
    "nested emphasis": lambda n: "*a **b " * n + "c" + " b** a*" * n,
    "spans in spans": lambda n: "[" * n + "a" + "]{.claim}" * n, "brackets that open": lambda n: "[" * n,
    "pictures that open": lambda n: "![" * n, "links in links": lambda n: "[a](" * n + "x" + ")" * n,
    "quotes in quotes": lambda n: ">" * n + " a", "one long word": lambda n: "å" * n,
    "backticks": lambda n: " ".join("`" * k for k in range(1, math.isqrt(50 * n))),
    "lists in lists": lambda n: "\n".join(" " * 2 * k + "- a" for k in range(1, math.isqrt(50 * n))),
    "boxes in boxes": lambda n: "\n".join(["::: {.lead}"] * n + ["a"] + [":::"] * n),
    "underscores and stars": lambda n: "_*" * n, "superscripts": lambda n: "a^b~" * n,
    "tables": lambda n: "|" * n + "\n" + "|-" * n, "entities": lambda n: "&amp;" * n,
}  # fmt: skip
_CONVERT = """
import datetime, json, resource, sys, time
from pathlib import Path
from klimatlib.errors import RenderError
from klimatlib.execution import processes
from klimatlib.execution.publishing import digests
from klimatlib.report.renderers import find_renderer, render
processes.TIME_S, began, said = float(sys.argv[1]), time.monotonic(), ""
try:
    render(find_renderer("embedded"), Path("report.qmd"), Path("out"), date=datetime.date(2024, 3, 1))
except RenderError as error:
    said = str(error)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([time.monotonic() - began, said, used.ru_maxrss / 1024]))
"""


@pytest.mark.promise("E3")
@pytest.mark.parametrize("size", cases([400, 20_000], short=1))
@pytest.mark.parametrize("kind", cases([*PIECES], short=1))
def test_a_text_that_converters_choke_on_ends_the_run_soon_and_in_one_line(
    tries: Tries, tmp_path: Path, kind: str, size: int
) -> None:
    (tmp_path / "report.qmd").write_text(f"{HEADER}{PIECES[kind](size)}\n", encoding="utf-8")
    limit = 8 if size == 400 else 20
    command = [sys.executable, "-c", _CONVERT, str(limit)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    seconds, said, megabytes = json.loads(done.stdout)
    wrong = f"took {seconds:.0f} s" if seconds > 4 * limit + 15 else ""  # four programs
    wrong = wrong or (f"not one line: {said[:80]}" if "\n" in said or len(said) > 700 else "")
    # a program's own file counts, too
    wrong = wrong or (f"{megabytes:.0f} MB" if megabytes > 1.1 * (1024 + 256) else "")
    tries("E3", wrong and f"{kind} × {size}: {wrong}", seconds=seconds, MB=megabytes)


# --- E4, E5: parameters and paths ----------------------------------------------------------------------

NAMES = ("year=1;{};x", "x=1\n{}\ny", "{}", "x if {} else y", "x:{}", "x;{}", "Year", "0year", "å", "x.y", "",
         "x[0]", " ", "x y", "lambda: {}", "*{}")  # fmt: skip
VALUES = ("'; {}; '", '"; {}; "', '"""; {}; """', "'''\n{}\n'''", "\\'; {}; #", '\\\\"; {}; #', "\n{}\n",
          "\r{}\r", "\u2028{}\u2028", "{{ {} }}", "{% {} %}", "$({})", "`{}`", "!{}", "%run {}",
          "f'{{}}'")  # fmt: skip
YAML = (
    "year: !!python/object/apply:os.system ['touch {}']", "year: !!python/name:os.system", "a: &x 1\nb: *x",
    "year: 2023\nyear: 2024", "<<: *x", "a: !include {}", "a: !!binary eA==", "? [a]\n: b",
    "a: " + "[" * 2000, "a: !!python/object/new:os.system ['touch {}']",
)  # fmt: skip


@pytest.mark.short
@pytest.mark.promise("E4")
def test_parameters_are_data(tries: Tries, tmp_path: Path) -> None:
    mark = tmp_path / "pwned"
    code = f"__import__('pathlib').Path('{mark}').touch()"
    for name in (name.replace("{}", code) for name in NAMES):
        with pytest.raises(ValueError) as caught:
            Params.model_validate({"year": 2023, name: "x"})
        told = "Extra inputs are not permitted" in str(caught.value)
        tries("E4", "" if told else f"the key {name!r} was taken")
    for text in YAML:
        with pytest.raises(InputError) as refused:
            load_yaml(text.replace("{}", str(mark)).encode(), "params/x.yml")
        tries("E4", "" if "params/x.yml" in str(refused.value) else f"YAML {text[:40]!r}: {refused.value}")
    given = {f"v{number}": value.replace("{}", code) for number, value in enumerate(VALUES)}
    look = f"import json; print(json.dumps([{', '.join(given)}]))"
    source, made = write_notebook(tmp_path / "values.ipynb", "", look), tmp_path / "run.ipynb"
    execute(source, made, given)
    for name in (name.replace("{}", code) for name in NAMES):
        with pytest.raises(NotebookError) as bad:
            execute(source, tmp_path / "half.ipynb", {name: "x"})
        tries("E4", "" if "no parameter's name" in str(bad.value) else f"the name {name!r}: {bad.value}")
    book = nbformat.read(made, as_version=4)
    said = "".join(output.get("text", "") for cell in book.cells for output in cell.get("outputs", []))
    for value, came in zip(given.values(), json.loads(said), strict=True):
        tries("E4", "" if came == value else f"the value {value!r} came as {came!r}")
    assert not mark.exists(), "something was executed"


def lead_out(other: Path) -> Iterator[list[str]]:
    """Yield what is typed in the place of a report's name, a release or a code."""
    up = f"../{other.name}/params/tiny"
    for name in (
        up, f"{up}.yml", f"params/../{up}.yml", str(other / "params/tiny.yml"), "https://x.example/tiny.yml",
        ".", "..", "file:///etc/passwd", "tiny\x00", "{year.__class__}", "params/länk.yml", "länk", "sources",
        "", "tiny/../tiny", "~/tiny", "tiny.yml/../../x",
    ):  # fmt: skip
        yield ["check", name]
        yield ["report", name, "--renderer", "embedded"]
    for release in (f"../../../{other.name}/x", "/etc/passwd", "{0}", "tiny/../tiny", "a\x00"):
        yield ["report", "tiny", "--vintage", release]
    for code in ("../1281", "/1281", "1281/..", "{}", "https://x.example"):
        yield ["sheets", "tiny", code]
    yield ["new", f"../{other.name}/2024"]
    yield ["sign", f"../{other.name}/params/tiny", "--as", "Anna Ek"]
    yield ["fetch", f"../{other.name}/params/tiny.yml", "--offline"]
    yield ["diff", "tiny", f"../../{other.name}/tiny"]


PLANTED = (
    *(("params/sources.yml", "population-tiny", {"file": path}) for path in (
        "../utanför/x.csv", "/tmp/utanför", "https://x.example", "a/../../x", "{x}", "{vintage.__class__}")),
    *((PARAMS, "", {key: value}) for key, value in (
        ("data", "../../utanför"), ("data", "/tmp/utanför"), ("emissions_vintage", "../../../utanför/x"),
        ("previous", "../../utanför"), ("emissions_vintage", "{}"), ("data", "."))),
    *((f"data/tiny/{name}", "", {}) for name in ("facts.yml", "texts/foreword.md", "members.csv")),
    ("notebooks/report.yml", "", {"chapters": ["../../utanför/x"]}),
)  # fmt: skip


def refused(root: Path, command: list[str]) -> str:
    """Type a command in a world; return what is wrong where it is not refused in our own words."""
    try:
        with inside(root):
            cli.main(command, standalone_mode=False)
    except (KlimatlibError, click.ClickException) as error:
        return "told the secret" if SECRET in str(error) else ""
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]}"
    return "was taken"


@pytest.mark.short
@pytest.mark.promise("E5")
def test_no_path_that_is_typed_or_stands_in_a_file_leaves_the_project(tries: Tries, tmp_path: Path) -> None:
    root, other = copy_project(tmp_path / "värld", tiny=True), tmp_path / "utanför"
    (other / "params").mkdir(parents=True)
    text = (root / PARAMS).read_text(encoding="utf-8")
    (other / PARAMS).write_text(text.replace("Verksamhetsberättelse", SECRET), encoding="utf-8")
    (root / "params" / "länk.yml").symlink_to(other / PARAMS)
    before = digests(other)
    for command in lead_out(other):
        problem = refused(root, command)
        tries("E5", problem and f"klimatlib {' '.join(command)!r}: {problem}")
    for file, place, values in PLANTED:
        path = (root / file).rename(root / "whole")
        if values:
            shutil.copy(path, root / file)
            change_yaml(root / file, lambda v: (v["sources"][place] if place else v).update(values))  # noqa: B023
        else:
            (root / file).symlink_to(other / PARAMS)
        problem = refused(root, ["check", "tiny"])
        tries("E5", problem and f"{file} {place} {values}: {problem}")
        path.replace(root / file)
    assert digests(other) == before and {*root.parent.iterdir()} == {root, other}


# --- E6, E7: tables and the source ---------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?\d[\d\s.,]*(%|\s?[^\W\d_]+)?(\s[^\W\d_]+)*")


def live(cell: str) -> bool:
    """Return whether a spreadsheet would take a cell for a formula; a number with its unit is none."""
    return cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _NUMBER.fullmatch(cell)


def cells(text: str) -> list[str]:
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return [cell for row in rows for cell in row]


@pytest.mark.promise("E6")
def test_no_table_that_is_written_holds_a_formula_or_loses_a_row(
    tries: Tries, outputs: Path, tmp_path: Path
) -> None:
    tables = {path.as_posix(): path.read_bytes().decode() for path in sorted(outputs.rglob("*.csv"))}
    page = (outputs / "tiny" / "report.html").read_text(encoding="utf-8")
    for number, link in enumerate(re.findall(r'href="data:text/csv;charset=utf-8,([^"]*)"', page)):
        tables[f"in report.html, {number}"] = urllib.parse.unquote(html.unescape(link))
    root = copy_project(tmp_path / "värld", tiny=True)
    for number, text in enumerate(FORMULAS.values()):
        hostile.change_csv(root / "data/tiny/members.csv", ["name"], lambda _, text=text: text)
        problem = refused(root, ["read", "data/tiny/members.csv", "--out", f"{number}.csv"])
        assert problem in ("", "was taken"), problem
        if problem:
            tables[f"read, {text}"] = (root / f"{number}.csv").read_text(encoding="utf-8")
    texts = [*FORMULAS.values(), "\t=1+1", "\r=1+1", "'=1", "'quoted'", "a\rb", "a\nb", "-5,2", "ja"]
    tables["of texts"] = spreadsheet.to_csv(pd.DataFrame({"svar": texts, "tal": range(len(texts))}))
    again = pd.read_csv(io.StringIO(tables["of texts"], newline=""), dtype={"svar": "str"})
    back = [spreadsheet.unguarded(spreadsheet.guarded(text)) for text in texts]
    tries("E6", "" if back == texts and [*again["tal"]] == [*range(len(texts))] else f"read again: {back}")
    for name, text in tables.items():
        for cell in cells(text):
            tries("E6", f"{name}: {cell[:60]!r}" if live(cell) else "", tables=name)


FLOORS = {"nbconvert": "7.17.1", "jupyter-server": "2.21.0", "PyYAML": "5.4", "Jinja2": "3.1.6",
          "pillow": "10.3", "pandoc": "3.1.6"}  # fmt: skip
UNSAFE = "S102,S301,S302,S307,S506,S602,S604,S605"  # exec, pickle, marshal, eval, loose YAML, shells


@pytest.mark.short
@pytest.mark.promise("E7")
def test_the_source_runs_no_data_and_no_library_has_a_known_hole(tries: Tries) -> None:
    source = ROOT / "src" / "klimatlib"
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--output-format=json"]
    done = subprocess.run([*command, f"--select={UNSAFE}", source], capture_output=True, text=True)
    unsafe = {Path(line["filename"]): line["message"] for line in json.loads(done.stdout)}
    unsafe.pop(source / "execution" / "processes.py", None)  # our own processes pickle for each other
    for path in sorted(source.rglob("*.py")):
        tries("E7", f"{path.name}: {unsafe[path]}" if path in unsafe else "")
    for name, floor in FLOORS.items():
        here = str(pypandoc.get_pandoc_version()) if name == "pandoc" else version(name)
        tries("E7", "" if Version(here) >= Version(floor) else f"{name} {here} < {floor}")
