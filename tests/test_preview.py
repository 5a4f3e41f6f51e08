"""The page of a report while it is written: it shows what the report will show, and nothing else moves."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.request

import pytest

from conftest import edit
from klimatlib.errors import InputError, KlimatlibError, UsageError
from klimatlib.execution.publishing import digests
from klimatlib.run import build, preview


def texts_of(root):
    """The texts that chapters of the tiny report print."""
    printed = "".join(path.read_text("utf-8") for path in (root / "notebooks").glob("[0-9]*.ipynb"))
    return [path for path in sorted((root / "data/tiny/texts").glob("*.md")) if f'"{path.name}' in printed]


def test_after_any_edits_the_page_is_byte_for_byte_the_reports_and_the_published_folder_stands(
    made, said, monkeypatch
):
    published, chance = digests(made / "outputs/tiny"), random.Random(7)
    for number, path in enumerate(chance.sample(texts_of(made), 4)):
        with path.open("a", encoding="utf-8") as text:
            text.write(
                f"\nTack till alla som har hjälpt oss att skriva den här delen{'.' * (number % 2 or 1)}\n"
            )
        page = preview.preview("params/tiny.yml")
    assert any(line.startswith("bound ") for line in said)
    edit(made / "params/tiny.yml", "2024-03-01", "2025-03-01")  # every notebook runs
    page = preview.preview("params/tiny.yml")
    assert digests(made / "outputs/tiny") == published
    shown = page.read_bytes()
    build.report("params/tiny.yml", renderer="embedded")
    assert (made / "outputs/tiny/report.html").read_bytes() == shown
    # And bound without a kernel it is what a kernel makes of it.
    with texts_of(made)[0].open("a", encoding="utf-8") as text:
        text.write("\nVi ses igen.\n")
    bound = preview.preview("params/tiny.yml").read_bytes()
    monkeypatch.setattr(preview, "_spare", lambda *_: False)
    assert preview.preview("params/tiny.yml").read_bytes() == bound != shown


def test_a_wrong_claim_and_a_false_sentence_are_told_by_file_and_line_and_the_page_stands(made):
    page = preview.preview("params/tiny.yml").read_bytes()
    path = texts_of(made)[0]
    before = path.read_text("utf-8")
    for wrong in ('{{ claim("members-cuont") }}', "Den ökade med 5 procent."):
        path.write_text(f"{before}\n{wrong}\n", encoding="utf-8")
        with pytest.raises((InputError, KlimatlibError), match=re.escape(path.name)):
            preview.preview("params/tiny.yml")
    assert (made / "outputs/tiny-preview/report.html").read_bytes() == page


def test_a_chapter_is_one_of_the_reports_and_the_others_stand_as_they_were_last_run(made, said):
    with pytest.raises(UsageError, match="99_none: no notebook of tiny; expected 10_members"):
        preview.preview("params/tiny.yml", "99_none")
    edit(made / "params/tiny.yml", "2024-03-01", "2025-03-01")
    preview.preview("params/tiny.yml", "10_members")
    assert {line.split(":")[0] for line in said if line.startswith("ran ")} <= {
        "ran 10_members",
        "ran 90_summary",
    }


def test_while_it_watches_an_edit_comes_to_the_browser_and_so_does_what_is_wrong_with_it(made):
    program = [sys.executable, "-c", "from klimatlib.cli import main; main()", "preview", "tiny", "--watch"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment) as watching:
        try:
            assert watching.stdout is not None
            address = next(m[0] for line in watching.stdout if (m := re.search(r"http://127[^;]*", line)))

            def ask(path=""):
                with urllib.request.urlopen(address + path, timeout=30) as answer:
                    return answer.read().decode("utf-8")

            def until(holds):
                deadline = time.monotonic() + 120
                while not holds(state := json.loads(ask("state"))):
                    assert time.monotonic() < deadline, state
                    time.sleep(0.1)

            assert "<iframe" in ask()
            path = texts_of(made)[0]
            before = path.read_text("utf-8")
            path.write_text(f"{before}\nVi ses igen.\n", encoding="utf-8")
            until(lambda state: state["version"] == 2)
            assert "Vi ses igen." in ask("report.html")
            path.write_text(f"{before}\n{{{{ claim('nonsense') }}}}\n", encoding="utf-8")
            until(lambda state: path.name in state["error"])
            path.write_text(before, encoding="utf-8")
            until(lambda state: state["version"] == 3 and not state["error"])
        finally:
            watching.terminate()
