"""What changed in a report's inputs since they were committed, and since the report was last published.

Slips of every day leave files that are whole and wrong: a row lost by a filtered save, cells shifted, a line
of the outline gone. No rule can know them; a comparison shows them. Members and questions are named, what
anybody answered never.
"""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import yaml

from klimatlib.errors import InputError, pluralise
from klimatlib.files import atomic_write
from klimatlib.sources import inputs as sources
from klimatlib.sources import survey_export
from klimatlib.sources.files import read_grids
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import rows

_NAMED = 5  # rows or columns of one change
_WORDS = {".csv": ("row", "column"), ".yml": ("entry", "value"), ".md": ("line", "")}
Cells = dict[tuple[str, str], str]  # (row, column) -> text


def changes(inputs: Inputs) -> Iterator[str]:
    """Say of each input that was read how it differs from the last commit, or else from the last report.

    Members' answers, which git need not keep, are also held against the copy that `keep_answers` left.
    """
    project = inputs.project
    root, manifest = project.root, project.relative(project.published / "manifest.json")
    published = _git(root, "log", "-1", "--format=%H", "--", manifest).decode().strip()
    for file in _files(inputs):
        data, kept = (root / file).read_bytes(), _copy(inputs, file)
        reported = _git(root, "show", f"{published}:./{file}") if published else b""
        before = {
            "the last commit": _git(root, "show", f"HEAD:./{file}"),
            "the last report": kept.read_bytes() if kept.is_file() else reported,
        }
        for since, earlier in before.items():
            if earlier and earlier != data and (difference := _difference(inputs, file, earlier, data)):
                yield f"since {since}: {file}: {difference}"
                break


def keep_answers(inputs: Inputs) -> None:
    """Keep members' answers as a report was made of them, readable by their owner alone."""
    for file in _files(inputs):
        if _holds_answers(file):
            _copy(inputs, file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic_write(_copy(inputs, file), (inputs.project.root / file).read_bytes(), private=True)


def _files(inputs: Inputs) -> list[str]:
    """Return the files that were read; of shared ones, which may be missing, the record has what is used."""
    files = {name.partition("#")[0] for name in inputs.digests}
    return sorted(file for file in files if (inputs.project.root / file).is_file())


def _holds_answers(file: str) -> bool:
    return Path(file).name.startswith("answers_")


def _copy(inputs: Inputs, file: str) -> Path:
    return inputs.project.root / "outputs" / ".kept" / inputs.project.name / "answers" / Path(file).name


def _git(root: Path, *arguments: str) -> bytes:
    """Return what git says; nothing where there is no git, no commit, or no such file in it."""
    command = ["git", "--no-optional-locks", "-c", "safe.directory=*", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return b""


def _difference(inputs: Inputs, file: str, earlier: bytes, data: bytes) -> str:
    """Say which rows of a file are gone or new, and which cells are other; never what stands there."""
    try:
        before, after = (_cells(inputs, file, content) for content in (earlier, data))
    except (InputError, yaml.YAMLError, UnicodeDecodeError):
        return "changed, and one of the two cannot be read"
    row, column = (
        ("member", "question") if _holds_answers(file) else _WORDS.get(Path(file).suffix, _WORDS[".csv"])
    )
    names = [{name: None for name, _ in cells} for cells in (before, after)]
    parts = []
    for word, mine, others in (("gone", *names), ("new", *reversed(names))):
        if some := [name for name in mine if name not in others]:
            parts.append(f"{pluralise(len(some), row)} {word}{_few(some) if column else ''}")
    other = [at for at in {**before, **after} if before.get(at) != after.get(at)]
    if changed := [at for at in other if at[0] in names[0] and at[0] in names[1]]:
        whose, where = ([*dict.fromkeys(part)] for part in zip(*changed, strict=True))
        of = f"{pluralise(len(whose), row)}{_few(whose)}"
        parts.append(
            f"{pluralise(len(changed), 'cell')} of {of} in {pluralise(len(where), column)}{_few(where)}"
        )
    return ", ".join(parts).replace("entrys", "entries")


def _few(names: Collection[str]) -> str:
    hidden = len(names) - _NAMED
    listed = ", ".join([*filter(None, names)][:_NAMED])
    return f" ({listed}{f' and {hidden} more' if hidden > 0 else ''})" if listed else ""


def _cells(inputs: Inputs, file: str, data: bytes) -> Cells:
    """Return what a file holds, by row and column, or by entry."""
    if _holds_answers(file):
        year = int(Path(file).stem.removeprefix("answers_"))
        names = {row.code: row.name for row in rows(sources.members(inputs))}
        answers = survey_export.answers_of(inputs, data, file, year).frame
        return {(names.get(row.code, row.code), row.question_id): row.answer for row in rows(answers)}
    text = data.decode("utf-8") if not file.endswith(".xlsx") else ""
    if file.endswith((".yml", ".yaml")):
        return {(path, ""): value for path, value in _leaves(yaml.load(text, yaml.BaseLoader))}
    if not file.endswith((".csv", ".xlsx")):
        return dict.fromkeys(((line, "") for line in text.splitlines() if line.strip()), "")
    grid: list[list[Any]] = [*csv.reader(io.StringIO(text, newline=""))]
    if not text:
        grid = [list(row) for row in read_grids(data, file)[0].rows]
    head, *body = [["" if cell is None else str(cell) for cell in row] for row in grid] or [[]]
    widths = (n for n in range(1, len(head)) if len({tuple(row[:n]) for row in body}) == len(body))
    width = next(widths, len(head))  # so many columns as tell the rows apart
    return {
        (" ".join(filter(None, row[:width])), column): cell
        for row in body
        for column, cell in zip(head, row, strict=False)
    }


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of a YAML file by their path; those of a list by their id, or by themselves."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}".removeprefix("."))
    elif isinstance(node, list):
        for number, value in enumerate(node, 1):
            own = value.get("id", value.get("name", number)) if isinstance(value, dict) else value
            yield from (
                _leaves(value, f"{path}[{own}]") if isinstance(value, dict) else [(f"{path}: {own}", "")]
            )
    else:
        yield path, str(node)
