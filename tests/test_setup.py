"""The environment is set up in any folder, and a setup that fails tells its own cause."""

from __future__ import annotations

import os
import shutil
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
NO_NETWORK = "WARNING: Retrying after connection broken by NewConnectionError\nERROR: no distribution"


@pytest.mark.parametrize(
    ("pip_says", "advice"),
    [
        ("", ""),
        ("ERROR: [Errno 28] No space left on device", "mend what pip says above"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "mend what pip says above"),
        (NO_NETWORK, "cannot be reached; connect to the internet once"),
    ],
    ids=["success", "a full disk", "another hash", "no network"],
)
def test_make_sets_up_in_a_folder_with_spaces_or_tells_what_went_wrong(tmp_path, pip_says, advice):
    root, home, tool = (tmp_path / "ett å" / "klimat lib", tmp_path / "hem åäö", tmp_path / "min python")
    (root / ".ci").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "requirements.lock", ".ci/setup"):
        shutil.copy(ROOT / name, root / name)
    tool.write_text(STAND_IN, encoding="utf-8")
    tool.chmod(0o755)
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "PIP_LOG": str(root / "pip-words"),
                   "PIP_SAYS": pip_says, "REAL_PYTHON": sys.executable}  # fmt: skip
    words = ["make", "-C", str(root), ".venv/ready", f"PYTHON={tool}"]
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert (done.returncode == 0) == (root / ".venv" / "ready").is_file() == (not pip_says)
    if pip_says:
        assert pip_says.splitlines()[-1] in done.stderr
        assert advice in done.stderr
        assert ("internet" in done.stderr) == (pip_says == NO_NETWORK)
    else:
        assert done.stderr == ""
        said = (root / "pip-words").read_text(encoding="utf-8")
        assert (
            said.count(f"--find-links\n{home}/.cache/klimatlib/wheels\n") == said.count("--find-links") == 2
        )
