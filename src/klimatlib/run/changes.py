"""What changed in a report's inputs since they were committed, and since the report was last published.

Slips of every day leave files that are whole and wrong: a row lost by a filtered save, cells shifted, a line
of the outline gone. No rule can know them; a comparison shows them. Members and questions are named, what
anybody answered never.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
import secrets
import subprocess
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from klimatlib.errors import InputError, holds_answers, pluralise
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

    Members' answers, which git need not keep, are also held against the digests that `keep_answers` kept.
    """
    project = inputs.project
    root, manifest = project.root, project.relative(project.published / "manifest.json")
    published = (git(root, "log", "-1", "--format=%H", "--", manifest) or b"").decode().strip()
    files = _files(inputs)
    earlier = {"the last commit": _contents(root, "HEAD", files)}
    earlier["the last report"] = _contents(root, published, files) if published else {}
    for file in files:
        data = (root / file).read_bytes()
        for since, contents in earlier.items():
            if (before := contents.get(file)) and before != data:
                yield f"since {since}: {file}: {_difference(inputs, file, before, data)}"
                break
        else:
            if holds_answers(file) and (difference := _since_report(inputs, file, data)):
                yield f"since the last report: {file}: {difference}"


def keep_answers(inputs: Inputs) -> None:
    """Keep a salted digest of each answer that a report was made of, readable by its owner alone."""
    for file in filter(holds_answers, _files(inputs)):
        salt, data = secrets.token_hex(), (inputs.project.root / file).read_bytes()
        marks = [[*at, _digest(salt, text)] for at, text in _cells(inputs, file, data).items()]
        _kept(inputs, file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_write(_kept(inputs, file), json.dumps({"salt": salt, "answers": marks}), private=True)


def _since_report(inputs: Inputs, file: str, data: bytes) -> str:
    """Say how answers differ from those whose digests `keep_answers` kept."""
    try:
        kept = json.loads(_kept(inputs, file).read_bytes())
        before = {(row, column): mark for row, column, mark in kept["answers"]}
        after = {at: _digest(kept["salt"], text) for at, text in _cells(inputs, file, data).items()}
    except (OSError, ValueError, InputError):
        return ""
    return _compared(before, after, "member", "question")


def _digest(salt: str, text: str) -> str:
    return hmac.new(salt.encode(), text.encode(), "sha256").hexdigest()


def _files(inputs: Inputs) -> list[str]:
    """Return the files that were read; of shared ones, which may be missing, the record has what is used."""
    files = {name.partition("#")[0] for name in inputs.digests}
    return sorted(file for file in files if (inputs.project.root / file).is_file())


def _kept(inputs: Inputs, file: str) -> Path:
    return inputs.project.root / "outputs" / ".kept" / inputs.project.name / f"{Path(file).stem}.json"


def git(root: Path, *arguments: str, text: str = "") -> bytes | None:
    """Return what git says, whoever owns the checkout and without refreshing its index.

    ``text`` is its input. None where there is no git, or it fails.
    """
    command = ["git", "--no-optional-locks", "-c", "safe.directory=*", "-C", str(root), *arguments]
    try:
        return subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _contents(root: Path, revision: str, files: Sequence[str]) -> dict[str, bytes]:
    """Return what files held in a revision, those that it has."""
    objects = "".join(f"{revision}:./{file}\n" for file in files)
    stream = io.BytesIO(git(root, "cat-file", "--batch", text=objects) or b"")
    contents = dict[str, bytes]()
    for file in files:
        head = stream.readline().split()
        if head[1:2] == [b"blob"]:
            contents[file] = stream.read(int(head[2]))
            stream.readline()
    return contents


def _difference(inputs: Inputs, file: str, earlier: bytes, data: bytes) -> str:
    """Say what is other in a file; never what stands there."""
    try:
        before, after = (_cells(inputs, file, content) for content in (earlier, data))
    except (InputError, yaml.YAMLError, UnicodeDecodeError):
        return "changed, and one of the two cannot be read"
    words = ("member", "question") if holds_answers(file) else _WORDS.get(Path(file).suffix, _WORDS[".csv"])
    return _compared(before, after, *words) or "the same cells, written otherwise"


def _compared(before: Cells, after: Cells, row: str, column: str) -> str:
    """Say which rows are gone or new, and how many cells of which rows and columns are other."""
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
    return ", ".join(parts)


def _few(names: Collection[str]) -> str:
    hidden = len(names) - _NAMED
    listed = ", ".join([*filter(None, names)][:_NAMED])
    return f" ({listed}{f' and {hidden} more' if hidden > 0 else ''})" if listed else ""


def _cells(inputs: Inputs, file: str, data: bytes) -> Cells:
    """Return what a file holds, by row and column, or by entry."""
    if holds_answers(file):
        names = {row.code: row.name for row in rows(sources.members(inputs))}
        answers = survey_export.answers_of(inputs, data, file).frame
        return {(names.get(row.code, row.code), row.question_id): row.answer for row in rows(answers)}
    text = data.decode("utf-8") if not file.endswith(".xlsx") else ""
    if file.endswith((".yml", ".yaml")):
        return {(path, ""): value for path, value in _leaves(yaml.safe_load(text))}
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
