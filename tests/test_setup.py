"""The environment is set up in any folder, and a setup that fails tells its own cause."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
import subprocess
import sys

import pytest

from conftest import ROOT

# Stands for Python: pip writes down its words, one a line, and ends as it is told to.
STAND_IN = """#!/bin/sh
case "$1 $2" in
"-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
"-m pip")
    for word in "$@"; do echo "$word" >> "$PIP_LOG"; done
    case " $* " in
    *" -r "*) [ -z "$PIP_SAYS" ] || { echo "$PIP_SAYS"; exit 1; } ;;
    esac ;;
*) exec "$REAL_PYTHON" "$@" ;;
esac
"""


@pytest.fixture
def place(tmp_path):
    """A checkout, a home and a Python whose paths have spaces and Swedish letters."""
    root = tmp_path / "ett å mellanslag" / "klimat lib"
    (root / ".ci").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements.lock", ".ci/setup"):
        shutil.copy(ROOT / name, root / name)
    tool = tmp_path / "verktyg åäö" / "min python"
    tool.parent.mkdir()
    tool.write_text(STAND_IN, encoding="utf-8")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    return root, tool, tmp_path / "hem med åäö"


def setup(place, *, pip_says=""):
    root, tool, home = place
    around = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PIP_LOG": str(root / "pip-words"),
        "PIP_SAYS": pip_says,
        "REAL_PYTHON": sys.executable,
    }
    words = ["make", "-C", str(root), ".venv/ready", f"PYTHON={tool}"]
    return subprocess.run(words, env=around, capture_output=True, text=True, encoding="utf-8", check=False)


def test_make_sets_up_in_a_folder_with_spaces(place):
    root, _, home = place
    done = setup(place)
    assert (done.returncode, done.stderr) == (0, "")
    assert (root / ".venv" / "ready").is_file()
    words = (root / "pip-words").read_text(encoding="utf-8").splitlines()
    links = [after for word, after in itertools.pairwise(words) if word == "--find-links"]
    assert links == [f"{home}/.cache/klimatlib/wheels"] * 2


@pytest.mark.parametrize(
    ("pip_says", "told", "connect"),
    [
        ("ERROR: [Errno 28] No space left on device", "mend what pip says above", False),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "mend what pip says above", False),
        (
            "WARNING: Retrying after connection broken by NewConnectionError\nERROR: no distribution",
            "cannot be reached; connect to the internet once",
            True,
        ),
    ],
    ids=["a full disk", "another hash", "no network"],
)
def test_a_setup_that_fails_tells_its_own_cause(place, pip_says, told, connect):
    done = setup(place, pip_says=pip_says)
    assert done.returncode != 0
    assert pip_says.splitlines()[-1] in done.stderr
    assert told in done.stderr
    assert ("internet" in done.stderr) is connect
    assert not (place[0] / ".venv" / "ready").exists()
