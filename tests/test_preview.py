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

from campaign.conftest import LONG, SHORT
from conftest import few_chapters
from klimatlib.errors import InputError, KlimatlibError, UsageError
from klimatlib.execution import processes
from klimatlib.execution.publishing import digests
from klimatlib.review import room
from klimatlib.run import build, preview

PARTICIPANTS = '({{ number("activities.arsmote.participants.count") }} deltagare)'


def texts_of(root):
    """The texts that chapters of the tiny report print."""
    printed = "".join(path.read_text("utf-8") for path in (root / "notebooks").glob("[0-9]*.ipynb"))
    return [path for path in sorted((root / "data/tiny/texts").glob("*.md")) if f'"{path.name}' in printed]


def edits(root, chance, kinds):
    """Edits as an analyst makes them one after another: texts, facts, the date, cells."""
    for number, kind in enumerate(kinds):
        if kind == "text":
            path = chance.choice(texts_of(root))
            words = chance.sample(["vi", "tackar", "alla", "som", "skriver", "och", "läser", "här"], 6)
            words += chance.choice([[], [], ["på årsmötet", PARTICIPANTS]])
            path.write_text(f"{path.read_text('utf-8')}\n{' '.join(words).capitalize()}.\n", encoding="utf-8")
        elif kind == "fact":
            path = root / "data/tiny/facts.yml"
            count = f"participants: {{count: {chance.randrange(50, 90)}}}"
            path.write_text(re.sub(r"participants: \{count: \d+\}", count, path.read_text("utf-8")), "utf-8")
        elif kind == "date":
            path = root / "params/tiny.yml"
            date = f"2024-03-{chance.randrange(10, 29)}"
            path.write_text(re.sub(r"2024-03-\d\d", date, path.read_text("utf-8")), "utf-8")
        else:
            path = chance.choice(sorted((root / "notebooks").glob("[0-9]*.ipynb")))
            book = json.loads(path.read_text("utf-8"))
            cell = chance.choice([each for each in book["cells"] if each["cell_type"] == "code"])
            cell["source"] = f"# edit {number}\n{''.join(cell['source'])}"
            path.write_text(json.dumps(book), encoding="utf-8")
        yield kind


KINDS = ["text", "fact", "cell", "date", "text"]


@pytest.mark.parametrize("times", [pytest.param(1, marks=SHORT), pytest.param(6, marks=LONG)])
def test_after_random_edits_the_page_is_byte_for_byte_the_reports(made, said, monkeypatch, times):
    monkeypatch.setattr(room, "write_pages", lambda *_: None)
    if times == 1:  # of each kind of text and cell some
        few_chapters(made, *(chapters := ("10_members", "20_activities", "30_outreach", "50_survey")))
        for path in (made / "notebooks").glob("[0-9]*.ipynb"):
            path.unlink() if path.stem not in chapters else None
    published, chance = digests(made / "outputs/tiny"), random.Random(7)
    with processes.workers(2) as pool:
        for _ in range(times):
            for kind in edits(made, chance, chance.sample(KINDS, len(KINDS))):
                begun = len(said)
                shown = preview.preview("params/tiny.yml", pool=pool).read_bytes()
                bound = [line.split()[-1] for line in said[begun:] if line.startswith("bound ")]
                assert kind != "fact" or not said[begun:] or len(bound) > 2  # the others ask for what changed
            assert times > 1 or digests(made / "outputs/tiny") == published
            build.report("params/tiny.yml", renderer="embedded")
            assert (made / "outputs/tiny/report.html").read_bytes() == shown
    bound = [line for line in said if line.startswith("bound ")]
    assert len({line.split()[1] for line in bound}) > times  # of these texts no cell ran


def test_what_a_run_has_run_is_its_own_trial_and_gives_the_same_page(made, monkeypatch):
    monkeypatch.setattr(processes, "workers", None)  # no cell runs
    page = preview.preview("params/tiny.yml").read_bytes()
    assert page == (made / "outputs/tiny/report.html").read_bytes()


def test_a_wrong_claim_and_a_false_sentence_are_told_by_file_and_line_and_the_page_stands(made):
    page = preview.preview("params/tiny.yml").read_bytes()
    path = texts_of(made)[0]
    before = path.read_text("utf-8")
    for wrong in ('{{ claim("members-cuont") }}', "Den ökade med 5 procent."):
        path.write_text(f"{before}\n{wrong}\n", encoding="utf-8")
        with pytest.raises((InputError, KlimatlibError), match=re.escape(path.name)):
            preview.preview("params/tiny.yml")
    assert (made / "outputs/tiny-preview/report.html").read_bytes() == page


def test_a_chapter_is_one_of_the_reports_and_the_others_stand_as_they_were_last_tried(made):
    with pytest.raises(UsageError, match="99_none: no notebook of tiny; expected 10_members"):
        preview.preview("params/tiny.yml", "99_none")
    preview.preview("params/tiny.yml")
    before = digests(made / "outputs/.kept/tiny/trial/notebooks")
    for name in ("members", "emissions_pace"):
        with (made / f"data/tiny/texts/{name}.md").open("a", encoding="utf-8") as text:
            text.write("\nVi ses igen.\n")
    preview.preview("params/tiny.yml", "10_members")
    after = digests(made / "outputs/.kept/tiny/trial/notebooks")
    assert {name for name in after if after[name] != before[name]} == {"10_members.ipynb"}


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
