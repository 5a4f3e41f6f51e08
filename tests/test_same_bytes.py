"""The same inputs give the same bytes, wherever, whenever and by whomever the report is made."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

RENDER = """
import datetime, sys
from pathlib import Path
from klimatlib.render import find_renderer, render
from klimatlib.render.stage import split_header
source = Path(sys.argv[1])
header, _ = split_header(source.read_text(encoding="utf-8"))
date = datetime.date.fromisoformat(header["document-date"])
render(find_renderer("embedded"), source, Path(sys.argv[2]), date=date)
"""
AT_HOME = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "LANG")
WORLDS = {
    "far east, plain C, private": (
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1", "COLUMNS": "40"},
        0o077,
    ),
    "far west, Swedish, open, odd clock": (
        {
            "TZ": "Pacific/Pago_Pago",
            "LC_ALL": "sv_SE.UTF-8",
            "PYTHONHASHSEED": "4711",
            "COLUMNS": "237",
            "SOURCE_DATE_EPOCH": "1",
            "HOME": "/nonexistent",
            "USER": "någon",
        },
        0o000,
    ),
}


def run(code: str, *arguments: Path, cwd: Path, world: str) -> None:
    """Run in another world: nothing of this environment but where the programs are, and one core."""
    changed, mask = WORLDS[world]
    kept = {key: os.environ[key] for key in AT_HOME if key in os.environ}
    one_core = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    done = subprocess.run(
        [*one_core, sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**kept, **changed},
        umask=mask,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, done.stderr[-3000:]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def differences(first: dict[str, bytes], second: dict[str, bytes]) -> list[str]:
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


@pytest.mark.parametrize("world", WORLDS)
def test_rendering_gives_the_same_bytes_in_another_world(
    world: str, tiny_report: Path, tmp_path: Path
) -> None:
    published = tiny_report / "outputs" / "tiny"
    source = tmp_path / "en mapp med åäö" / "in"
    source.mkdir(parents=True)
    for name in ("report.qmd", "claims.json"):
        shutil.copyfile(published / name, source / name)
    shutil.copytree(published / "figures", source / "figures")
    run(RENDER, source / "report.qmd", tmp_path / "out", cwd=tmp_path, world=world)
    files = ["report.docx", "report.html", "report.pdf"]
    expected = {name: (published / name).read_bytes() for name in files}
    assert differences(contents(tmp_path / "out"), expected) == []


def test_the_clock_is_not_in_the_word_file(tiny_report: Path) -> None:
    with zipfile.ZipFile(tiny_report / "outputs" / "tiny" / "report.docx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert str(datetime.date.today()).encode() not in archive.read("word/document.xml")
