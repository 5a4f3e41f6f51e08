"""The command as a person and as a scheduled run meet it."""

from __future__ import annotations

import subprocess
import sys

import pytest


def klimatlib(*words, cwd):
    command = [sys.executable, "-c", "from klimatlib.cli import main; main()", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


def test_check_tells_what_was_read(tiny):
    done = klimatlib("check", "tiny", cwd=tiny)
    assert (done.returncode, done.stderr) == (0, "")
    assert "emissions           54 rows, 1990-2020" in done.stdout
    assert done.stdout.endswith("tiny: nothing wrong found\n")


def test_check_tells_every_files_problems_at_once_and_writes_nothing(tiny):
    (tiny / "data" / "tiny" / "goals.csv").unlink()
    (tiny / "data" / "tiny" / "survey.csv").write_text("question_id,k,n\nkolsankor,9,3\n", encoding="utf-8")
    (tiny / "data" / "tiny" / "texts" / "goal1.md").write_text("Vi var 42.\n", encoding="utf-8")
    before = sorted(tiny.rglob("*"))
    done = klimatlib("check", "tiny", cwd=tiny)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for told in ("goals.csv: missing", "a share over 1: k is 9 of n 3", "goal1.md: line 1: the digit '42'"):
        assert told in done.stderr
    assert sorted(tiny.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["report", "2099"], 2, "params/2099.yml: no such parameter file; there is tiny.yml"),
        (["report"], 2, "Missing argument 'NAME'"),
        (["raport", "tiny"], 2, "No such command 'raport'"),
        (["report", "tiny", "--renderer", "word"], 2, "'word' is not one of"),
    ],
)
def test_wrong_use_is_one_clear_message_and_exit_2(tiny, words, code, told):
    done = klimatlib(*words, cwd=tiny)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_a_project_it_says_so(tmp_path):
    done = klimatlib("check", "2023", cwd=tmp_path)
    assert done.returncode == 2
    assert "go to the project's folder" in done.stderr
