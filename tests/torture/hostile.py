"""Hostile texts, and the tiny world with all of them in every field that takes them."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import copy_project
from klimatlib import build
from klimatlib.errors import InputError
from klimatlib.run import checks
from klimatlib.share import factsheets as sheets
from klimatlib.sources.inputs import Inputs

PARAMS = "params/tiny.yml"
SECRET = "kanariefågel-i-hemlig-fil"
# What a browser would run: each calls pwned() with its name.
SCRIPTS = {
    "script": "<script>pwned('script')</script>",
    "handler": "<img src=x onerror=pwned('handler')>",
    "svg": "<svg onload=pwned('svg')></svg>",
    "iframe": "<iframe srcdoc=\"<script>parent.pwned('iframe')</script>\"></iframe>",
    "toggle": "<details open ontoggle=pwned('toggle')>x</details>",
    "link": "[länk](javascript:pwned('link'))",
    "anchor": "<a href=\"javascript:pwned('anchor')\">länk</a>",
    "autolink": "<javascript:pwned('autolink')>",
    "raw": "`<script>pwned('raw')</script>`{=html}",
    "attribute": '[ord]{onmouseover="pwned(\'attribute\')" style="position:fixed"}',
    "quotes": '"\' onmouseover="pwned(\'quotes\')" x="',
    "close": "</script></style><script>pwned('close')</script>",
    "cdata": "]]>--><script>pwned('cdata')</script>",
}
# What a typesetter, a word processor or a program of ours would run or read; {} is a file with a secret.
READS = {
    "typst": '#read("{}")',
    "raw-typst": '`#read("{}")`{{=typst}}',
    "raw-openxml": "`<w:p><w:r><w:t>{}</w:t></w:r></w:p>`{{=openxml}}",
    "latex": "\\input{{{}}} $\\input{{{}}}$",
    "raw-latex": "`\\input{{{}}}`{{=latex}}",
    "image": "![bild]({})",
    "include": "{{{{< include {} >}}}}",
    "jinja": '{{{{ "".__class__ }}}} {{% include "{}" %}}',
    "lua": "dofile('{}')",
    "block": "::: {{.lead include={}}}",
}
FORMULAS = {
    "command": "=cmd|' /C calc'!A0",
    "hyperlink": '=HYPERLINK("https://x.example/","x")',
    "sum": "@SUM(A1)",
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-1+cmd|' /C calc'!A0",
}
UNSEEN = {
    "NUL": "a\x00b",
    "lone carriage return": "a\rb",
    "line separator": "a\u2028b",
    "turned": "a\u202eb",
    "isolated": "a\u2066b",
    "private": "a\ue001b",
    "escape": "a\x1b[31mb",
    "next line": "a\x85b",
}


def secret(root: Path) -> Path:
    """Return a file with a secret, outside the project."""
    path = root.parent / "hemlig.txt"
    path.write_text(SECRET, encoding="utf-8")
    return path


def payloads(root: Path) -> dict[str, str]:
    """Return all texts that can be seen, by name; those that read a file read the secret."""
    path = secret(root)
    return {
        **SCRIPTS,
        **{
            name: text.replace("{}", str(path), 2).replace("{{", "{").replace("}}", "}")
            for name, text in READS.items()
        },
        **FORMULAS,
    }


def change_yaml(path: Path, change: Callable[[Any], object]) -> None:
    """Change what a YAML file holds."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")


def change_csv(
    path: Path, column: str, change: Callable[[str], str], only: Callable[[dict[str, str]], bool] = bool
) -> None:
    """Change a column of a CSV file, in some of its rows; every cell is quoted then."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    for row in filter(only, rows):
        row[column] = change(row[column])
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(stream.getvalue(), encoding="utf-8", newline="")


def _leaves(node: Any, change: Callable[[str], str]) -> Any:
    """Return facts with every text changed but ids and dates."""
    if isinstance(node, dict):
        fixed = {"id", "date", "start", "end"}
        return {k: v if k in fixed else _leaves(v, change) for k, v in node.items()}
    if isinstance(node, list):
        return [_leaves(one, change) for one in node]
    return change(node) if isinstance(node, str) else node


def _facts(root: Path, change: Callable[[str], str]) -> None:
    change_yaml(root / "data/tiny/facts.yml", lambda facts: facts.update(_leaves(facts, change)))


def _questions(*keys: str) -> Callable[[Path, Callable[[str], str]], None]:
    def plant(root: Path, change: Callable[[str], str]) -> None:
        def put(values: Any) -> None:
            for question in values["questions"]:
                for key in keys:
                    question[key] = (
                        {y: change(t) for y, t in question[key].items()}
                        if isinstance(question.get(key), dict)
                        else change(question.get(key, ""))
                    )

        change_yaml(root / "params/questions.yml", put)

    return plant


def _sources(*keys: str) -> Callable[[Path, Callable[[str], str]], None]:
    def plant(root: Path, change: Callable[[str], str]) -> None:
        def put(values: Any) -> None:
            for source in values["sources"].values():
                source.update({key: change(source.get(key, "")) for key in keys})

        change_yaml(root / "params/sources.yml", put)

    return plant


def _params(key: str) -> Callable[[Path, Callable[[str], str]], None]:
    return lambda root, change: change_yaml(root / PARAMS, lambda v: v.update({key: change(v[key])}))


def _cells(
    file: str, *columns: str, only: Callable[[dict[str, str]], bool] = bool
) -> Callable[[Path, Callable[[str], str]], None]:
    def plant(root: Path, change: Callable[[str], str]) -> None:
        for column in columns:
            change_csv(root / file, column, change, only)

    return plant


def _names(root: Path, change: Callable[[str], str]) -> None:
    """Change names in the register, and members' names with them: a member has its register's name.

    A region is named after its county: both keep their names.
    """
    register = "data/statistics/municipalities.csv"
    _cells(register, "municipality")(root, change)
    _cells(register, "county", only=lambda row: row["county_code"] != "12")(root, change)
    _cells("data/tiny/members.csv", "name", only=lambda row: row["kind"] == "municipality")(root, change)


# Every field of text that somebody types, and how it is filled: takes the world, and what a text becomes.
FIELDS: dict[str, Callable[[Path, Callable[[str], str]], None]] = {
    "facts.yml": _facts,
    "members.csv, sources": _cells("data/tiny/members.csv", "source"),
    "goals.csv": _cells("data/tiny/goals.csv", "label", "channel", "goal_unit", "goal_note", "result_note"),
    "names": _names,
    "questions.yml, labels": _questions("label"),
    "questions.yml, wordings": _questions("wording"),
    "sources.yml": _sources("publisher", "title", "url", "licence", "note"),
    "title": _params("title"),
    "association": _params("association"),
    "notice": _params("notice"),
}
# Those that refuse markup: it would reach sentences that are composed of them.
PLAIN = {"questions.yml, labels"}
TEXTS = """
# Fientligt {.chapter}

{% for text in facts.hostile %}
{{ text }}

- {{ text }}

Inuti {{ text }} och {{ text }}

## Rubrik {{ text }}

::: {.fact-box title="{{ text }}"}
[ord]({{ text }}) och [{{ text }}](https://example.org/) och **{{ text }}**
:::
{% endfor %}
"""


@contextmanager
def inside(root: Path) -> Iterator[None]:
    """Let the world be the current folder for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        yield


def world(where: Path) -> Path:
    """Return the tiny world with every text in every field that takes it, and all of them in a chapter."""
    root = copy_project(where / "värld", tiny=True)
    texts = payloads(root)
    begins = "".join(f" {text}" for text in texts.values())
    for name, plant in FIELDS.items():
        if name not in PLAIN:
            plant(root, lambda text: text + begins)
    change_yaml(root / "data/tiny/facts.yml", lambda facts: facts.update(hostile=list(texts.values())))
    foreword = root / "data/tiny/texts/foreword.md"
    foreword.write_text(foreword.read_text(encoding="utf-8") + TEXTS, encoding="utf-8")
    return root


def report(root: Path) -> Path:
    """Make a world's report, and return the published folder."""
    with inside(root):
        return build.report(PARAMS, renderer="embedded")


def sheet(root: Path, code: str = "1281") -> Path:
    """Make a fact sheet of a world, and return the folder of its sheets."""
    with inside(root):
        return sheets.make_all(PARAMS, [code])


def refusal(root: Path) -> str:
    """Return what the check of a world's inputs says; empty when it takes them."""
    with inside(root):
        try:
            checks.check(Inputs.open(PARAMS))
        except InputError as error:
            return str(error)
    return ""


def fresh(where: Path, name: str) -> Path:
    """Return a fresh tiny world to put one thing into."""
    shutil.rmtree(where / name, ignore_errors=True)
    return copy_project(where / name / "värld", tiny=True)
