"""Hostile texts, the tiny world with all of them in every field, and what stands in a file made of it."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import pypdf
import pytest
import yaml

from campaign.processes import REPORT
from conftest import copy_project, klimatlib

Change = Callable[[str], str]
PARAMS = "params/tiny.yml"
SECRET = "kanariefågel-i-hemlig-fil"
SCRIPTS = {  # what a browser would run: each calls pwned() with its name
    "script": "<script>pwned('script')</script>", "handler": "<img src=x onerror=pwned('handler')>",
    "svg": "<svg onload=pwned('svg')></svg>", "link": "[länk](javascript:pwned('link'))",
    "iframe": "<iframe srcdoc=\"<script>parent.pwned('iframe')</script>\"></iframe>",
    "toggle": "<details open ontoggle=pwned('toggle')>x</details>",
    "anchor": "<a href=\"javascript:pwned('anchor')\">länk</a>",
    "autolink": "<javascript:pwned('autolink')>", "quotes": '"\' onmouseover="pwned(\'quotes\')" x="',
    "raw": "`<script>pwned('raw')</script>`{=html}",
    "attribute": '[ord]{onmouseover="pwned(\'attribute\')" style="position:fixed"}',
    "close": "</script></style><script>pwned('close')</script>",
    "cdata": "]]>--><script>pwned('cdata')</script>",
}  # fmt: skip
READS = {  # what a typesetter, a word processor or a program of ours would run or read; FILE has a secret
    "typst": '#read("FILE")', "raw-typst": '`#read("FILE")`{=typst}', "raw-latex": "`\\input{FILE}`{=latex}",
    "raw-openxml": "`<w:p><w:r><w:t>FILE</w:t></w:r></w:p>`{=openxml}",
    "latex": "\\input{FILE} $\\input{FILE}$",
    "image": "![bild](FILE)", "include": "{{< include FILE >}}", "lua": "dofile('FILE')",
    "jinja": '{{ "".__class__ }} {% include "FILE" %}', "block": "::: {.lead include=FILE}",
}  # fmt: skip
FORMULAS = {
    "command": "=cmd|' /C calc'!A0", "hyperlink": '=HYPERLINK("https://x.example/","x")', "sum": "@SUM(A1)",
    "plus": "+1+cmd|' /C calc'!A0", "minus": "-1+cmd|' /C calc'!A0",
}  # fmt: skip
TEXTS = """
# Fientligt {.chapter}

{% for text in facts.hostile %}
{{ text }}

- {{ text }}

Inuti {{ text }} och {{ text }}

## Rubrik {{ text }}

::: {.fact-box{% if '"' not in text %} title="{{ text }}"{% endif %}}
[{{ text }}](https://example.org/) och **{{ text }}**
:::
{% endfor %}
"""


def payloads(root: Path) -> dict[str, str]:
    """Return all texts by name; those that read a file read one with a secret, outside the project."""
    path = root.parent / "hemlig.txt"
    path.write_text(SECRET, encoding="utf-8")
    reads = {name: text.replace("FILE", str(path)) for name, text in READS.items()}
    return {**SCRIPTS, **reads, **FORMULAS}


def change_yaml(path: Path, change: Callable[[Any], object]) -> None:
    """Change what a YAML file holds."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")


def change_csv(
    path: Path, columns: Iterable[str], change: Change, only: Callable[[dict[str, str]], bool] = bool
) -> None:
    """Change columns of a CSV file, in some of its rows; every cell is quoted then."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    for row in filter(only, rows):
        row.update({column: change(row[column]) for column in columns})
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")


def changed(node: Any, change: Change, *keys: str) -> Any:
    """Return YAML values with every text changed but ids and dates; or those at some keys alone."""
    if isinstance(node, dict):
        kept = {"id", "date", "start", "end"}
        return {
            key: (changed(value, change, *keys) if isinstance(value, dict | list) else value)
            if key in kept or (keys and key not in keys) else changed(value, change)
            for key, value in node.items()
        }  # fmt: skip
    if isinstance(node, list):
        return [changed(item, change, *keys) for item in node]
    return change(node) if isinstance(node, str) and not keys else node


def plant(root: Path, change: Change) -> None:
    """Change every text that somebody types; labels of questions refuse markup, and are left."""
    data = root / "data" / "tiny"
    plant_names(root, change)
    change_csv(data / "members.csv", ["source"], change)
    goals = "label", "channel", "goal_unit", "result_unit", "goal_note", "result_note"
    change_csv(data / "goals.csv", goals, change)
    for path, keys in (
        (data / "facts.yml", ()), (root / "params/questions.yml", ("wording",)),
        (root / "params/sources.yml", ("publisher", "title", "url", "licence", "note")),
        (root / PARAMS, ("title", "association", "notice")),
    ):  # fmt: skip
        change_yaml(path, lambda values, keys=keys: values.update(changed(values, change, *keys)))


def plant_names(root: Path, change: Change) -> None:
    """Change names in the register, and members' with them; a region and its county keep theirs."""
    register = root / "data/statistics/municipalities.csv"
    change_csv(register, ["municipality"], change)
    change_csv(register, ["county"], change, lambda row: row["county_code"] != "12")
    change_csv(root / "data/tiny/members.csv", ["name"], change, lambda row: row["kind"] == "municipality")


def make(home: Path, *, most: int) -> Path:
    """Make the report of the hostile world, so many payloads in a text, and a sheet with both names."""
    root = copy_project(home / "värld", tiny=True)
    texts = [*payloads(root).values()]

    def change(text: str) -> str:
        first = crc32(text.encode()) % len(texts)  # a name has the same in each file
        return " ".join([text, *[*texts[first:], *texts[:first]][:most]])

    plant(root, change)
    change_yaml(root / "data/tiny/facts.yml", lambda facts: facts.update(hostile=texts))
    foreword = root / "data/tiny/texts/foreword.md"
    foreword.write_text(foreword.read_text(encoding="utf-8") + TEXTS, encoding="utf-8")
    few = copy_project(home / "blad", tiny=True)  # a sheet has one page, and room for one payload in its name
    plant_names(few, lambda text: f"{text} {SCRIPTS['script' if text == 'Lund' else 'link']}")
    for command, here in ((REPORT[3:], root), (("sheets", "tiny", "1281"), few)):
        done = klimatlib(*command, cwd=here)
        assert done.returncode == 0, done.stderr
    (few / "outputs" / "tiny-sheets").rename(root / "outputs" / "tiny-sheets")
    return root / "outputs"


@contextmanager
def inside(root: Path) -> Iterator[None]:
    """Let a world be the current folder for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        yield


def words(path: Path) -> str:
    """Return what a reader of a document reads."""
    if path.suffix == ".pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            text = archive.read("word/document.xml").decode()
    else:
        text = re.sub(r"<(style|script)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def letters(text: str) -> str:
    """Return a text without what typography changes: blanks, quotation marks, hyphens."""
    return "".join(sign for sign in text if sign.isalnum())


def all_text(path: Path) -> str:
    """Return all that stands in a file, packed or not."""
    data = path.read_bytes()
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    return (words(path) if path.suffix == ".pdf" else "") + data.decode("utf-8", errors="replace")
