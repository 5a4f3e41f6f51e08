"""The documents: what they link to is there, and the commands they name exist."""

from __future__ import annotations

import re

import pytest

from conftest import ROOT
from klimatlib.cli import cli

DOCUMENTS = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.stem)
def test_what_a_document_links_to_is_there_and_the_commands_and_options_that_it_names(path):
    text = path.read_text("utf-8")
    links = re.findall(r"\]\((?!https?://|mailto:)([^)#]+)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []
    code = re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", text, re.S)
    said = "\n".join(block or span for block, span in code)
    for name, rest in re.findall(r"(?:^|bin/)klimatlib ([a-z][a-z-]+)([^\n#|]*)", said, re.M):
        assert name in cli.commands, f"klimatlib {name}"
        known = {option for parameter in cli.commands[name].params for option in parameter.opts}
        assert {*re.findall(r"(?<!\S)--[a-z-]+", rest)} <= known, f"klimatlib {name}{rest}"


def test_pictures_are_small_and_none_is_unused():
    told = "".join(path.read_text("utf-8") for path in [*DOCUMENTS, ROOT / "README.md"])
    pictures = sorted((ROOT / "docs").rglob("*.png"))
    assert [path.name for path in pictures if path.name not in told] == []
    assert [p.name for p in pictures if p.parent.name == "pictures" and p.stat().st_size > 150_000] == []
