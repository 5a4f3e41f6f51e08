"""Follow a document to the letter: run its commands in one shell, make its edits, hold up its outputs.

Blocks of the document: ``sh`` is run; ``text`` is what the block before it must have printed; ``diff`` begins
with ``--- FILE`` and replaces lines; any other kind with a file's name after it is that file as a whole.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<body>.*?)^```$", re.M | re.S)
_AGE = re.compile(r"\d+ (days old|s\))")  # what depends on the clock


@dataclass(frozen=True)
class Block:
    """A fenced block: its kind, the file that it is or edits, what it holds, and its line in the document."""

    kind: str
    file: str
    body: str
    line: int


def blocks(document: str) -> Iterator[Block]:
    """Yield the fenced blocks of a Markdown document."""
    for found in _BLOCK.finditer(document):
        line = document[: found.start()].count("\n") + 1
        body, file = found["body"], found["file"] or ""
        if found["kind"] == "diff":
            head, body = body.split("\n", 1)
            file = head.removeprefix("--- ")
        yield Block(found["kind"], file, body, line)


class Shell:
    """One shell for all commands of a document, so that what one of them sets holds for the next."""

    def __init__(self, start: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            ["bash"], cwd=start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8", env={**os.environ, **environment},
        )  # fmt: skip

    def run(self, commands: str) -> str:
        """Run commands and return what they print, on both streams."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{commands}\necho; echo __done__\n")
        self.process.stdin.flush()
        lines = list(iter(self.process.stdout.readline, "__done__\n"))
        return "".join(lines).removesuffix("\n")

    @property
    def folder(self) -> Path:
        """The folder that it stands in."""
        return Path(self.run("pwd").strip())

    def close(self) -> None:
        """End it."""
        self.process.communicate(timeout=60)


def edit(root: Path, block: Block) -> None:
    """Make an edit: the lines with - become those with +, which must be found once as they stand."""
    path = root / block.file
    if block.kind != "diff":
        path.write_text(block.body, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    for hunk in re.split(r"^@@\n", block.body, flags=re.M):
        lines = hunk.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in "- ")
        new = "".join(line[1:] for line in lines if line[0] in "+ ")
        assert text.count(old) == 1, f"line {block.line}: {block.file} has {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def timeless(output: str) -> str:
    """Return an output without what depends on the clock."""
    return _AGE.sub("* \\1", output)
