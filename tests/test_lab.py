"""What a person at the keys meets: a year in the hand, the extension's session, git and JupyterLab."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from importlib import resources
from typing import get_type_hints

import nbformat
import pandas as pd
import pytest
from jupyter_client.manager import start_new_kernel

import klimatlib
from browser import CHROMIUM, axe_lines, chromium
from conftest import ROOT, copy_project
from klimatlib.errors import InputError
from klimatlib.execution import notebooks
from klimatlib.run import build, preview

NOTEBOOK = "40_emissions"  # prose, key figures, charts and a table
PATIENCE_S = 120
VIEWPORT = {"width": 1400, "height": 14_000}  # so high that every cell is in sight: JupyterLab draws no other
STYLE = "(elements, name) => elements.map(element => getComputedStyle(element)[name])"


@contextmanager
def jupyterlab(root, home):
    """Start JupyterLab with the project's settings and nobody's own; end it with its kernels."""
    token = secrets.token_hex(16)
    own = {"HOME": str(home), "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"), "JUPYTER_TOKEN": token}
    own |= {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    with (home / "lab.log").open("wb") as log:
        server = subprocess.Popen([*command, "--port=0"], cwd=root, env=own, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not (record := [p for p in home.rglob(f"jpserver-{server.pid}.json") if p.stat().st_size]):
            assert server.poll() is None, (home / "lab.log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.1)
        address = json.loads(record[0].read_text(encoding="utf-8"))["url"]
        yield f"{address}lab/tree/notebooks/{NOTEBOOK}.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait(30)


def execute(page, name, **arguments):
    command = "([name, args]) => jupyterapp.commands.execute(name, args).then(() => null)"
    page.evaluate(command, [name, arguments])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """What the notebook showed, run in JupyterLab once: all that the tests ask of it."""
    if CHROMIUM is None:
        pytest.skip("JupyterLab, since chromium is not installed")
    root = copy_project(tmp_path_factory.mktemp("lab") / "värld", tiny=True)
    path = root / "notebooks" / f"{NOTEBOOK}.ipynb"
    committed = path.read_text(encoding="utf-8").replace("params/2023.yml", "params/tiny.yml")
    path.write_text(committed, encoding="utf-8", newline="")
    shutil.copy(ROOT / ".gitattributes", root)
    (root / ".venv").symlink_to(sys.prefix)
    git = partial(subprocess.run, cwd=root, check=True, capture_output=True, text=True)
    git(["git", "init", "-q"])
    git(["git", "config", "filter.klimatlib.clean", klimatlib.lab._STRIP])
    git(["git", "add", "notebooks"])
    home, themes, requests, complaints = tmp_path_factory.mktemp("home"), {}, [], []
    with jupyterlab(root, home) as address, chromium() as browser:
        page = browser.new_page(viewport=VIEWPORT, device_scale_factor=0.25)
        page.set_default_timeout(PATIENCE_S * 1000)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        page.wait_for_function(f"{kernel} === 'idle'")
        execute(page, "notebook:run-all-cells")
        page.locator(".klimatlib").last.wait_for()
        errors = ".jp-OutputArea-output:is([data-mime-type*=stderr], [data-mime-type*=error])"
        texts = [
            page.locator(place).all_inner_texts()
            for place in (".jp-CodeCell .jp-InputPrompt", errors, ".jp-Dialog, .jp-toast-message")
        ]
        page.add_style_tag(content="html,body{height:100%}")  # in a body without height axe-core sees nothing
        page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
        for theme in ("Light", "Dark"):
            execute(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            page.locator("#jupyterlab-splash").wait_for(state="detached")
            kinds = "{resultTypes: ['violations', 'incomplete']}"
            themes[theme] = page.evaluate(f"axe.run({{include: [['.klimatlib']]}}, {kinds})") | {
                "ground": page.locator(".jp-Notebook").evaluate_all(STYLE, "backgroundColor"),
                "charts": page.locator(".klimatlib img").evaluate_all(STYLE, "backgroundColor"),
            }
        execute(page, "docmanager:save")
    found = {"texts": texts, "themes": themes, "requests": requests, "complaints": complaints}
    found["changed"] = git(["git", "diff-files", "--name-only"]).stdout
    return {**found, "committed": committed, "saved": path.read_text(encoding="utf-8"), "path": path}


def test_all_cells_run_without_a_question_a_warning_an_error_or_another_machine(lab):
    counts, errors, questions = lab["texts"]
    assert counts == [f"[{number}]:" for number in range(1, len(counts) + 1)]
    assert len(counts) >= 20
    assert [errors, questions, lab["complaints"]] == [[], [], []]
    here = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost):|data:|blob:")
    assert [url for url in lab["requests"] if not here.match(url)] == []


def test_what_blocks_show_can_be_read_in_both_themes_with_charts_on_white(lab):
    for theme in lab["themes"].values():
        assert [axe_lines(theme["violations"]), axe_lines(theme["incomplete"])] == [[], []]
        assert {"color-contrast", "image-alt"} <= {check["id"] for check in theme["passes"]}
    light, dark = lab["themes"]["Light"], lab["themes"]["Dark"]
    assert light["ground"] != dark["ground"]
    assert len(dark["charts"]) >= 4
    assert set(dark["charts"]) == {"rgb(255, 255, 255)"}


def test_what_jupyterlab_saves_is_once_stripped_what_git_has(lab):
    assert '"outputs": [\n    {' in lab["saved"]
    assert lab["changed"] == ""
    klimatlib.lab.main(["strip", str(lab["path"])])
    assert lab["path"].read_text(encoding="utf-8") == lab["committed"]


# ---- a year in the hand ------------------------------------------------------------------------------
PLACES = ["emissions", "sectors", "population"]
FRAMES = [*PLACES, "nation", "members", "survey"]


def test_a_year_reads_nothing_before_it_is_asked_and_no_row_is_a_sum_of_others(made):
    year = klimatlib.open("tiny")
    assert [*year.inputs.digests] == ["params/tiny.yml"]
    assert " rows" not in repr(year)
    for name in PLACES:
        frame = getattr(year, name)
        assert {*frame["municipality"]} == {"Luleå", "Lund"}
        assert {*frame.dtypes.astype(str)} <= {"str", "int64", "float64", "bool"}
    own = year.emissions[(year.emissions["municipality"] == "Lund")].set_index("year")
    assert not year.emissions.duplicated(["municipality_code", "year"]).any()
    assert {*year.sectors["year"]} == {*own.index} == {*year.nation["year"]}
    lund = year.sectors[year.sectors["municipality"] == "Lund"].groupby("year")["emissions_t"].sum()
    assert lund.to_dict() == pytest.approx(own["emissions_t"].to_dict(), abs=10)
    each = own["emissions_t"] / own["population"]
    assert own["emissions_t_per_inhabitant"].to_list() == each.to_list()
    assert year.emissions["is_member"].equals(year.emissions["municipality_code"].isin(year.members["code"]))
    assert year.survey["share"].to_list() == (year.survey["k"] / year.survey["n"]).to_list()
    assert year.claims.loc["members-count", "text"] == year.book["members-count"].text
    assert f"in all years, in all and per inhabitant ({len(year.emissions)} rows)\n" in repr(year)


@pytest.mark.parametrize("report", [2031, "2031", "params/2031.yml"])
def test_a_year_that_is_not_there_is_one_message_through_no_frames_of_the_library(tiny, report):
    with pytest.raises(
        InputError, match=r"^params/2031\.yml: no such parameter file; there is tiny\.yml$"
    ) as raised:
        klimatlib.open(report)
    assert [entry.name for entry in raised.traceback][1:] == ["open_report"]
    assert (raised.value.__cause__, raised.value.__suppress_context__) == (None, True)


def test_editors_are_told_the_types_and_names_complete(tiny):
    assert (resources.files("klimatlib") / "py.typed").is_file()
    assert {"open", "Chapter", "Year", "charts", "lab"} <= {*dir(klimatlib)}
    assert get_type_hints(klimatlib.open)["return"] is klimatlib.Year
    for name in (*FRAMES, "claims"):
        read = vars(klimatlib.Year)[name]
        assert get_type_hints(getattr(read, "func", None) or read.fget)["return"] is pd.DataFrame
    assert {*FRAMES, "claims", "params", "facts"} <= {*dir(klimatlib.open("tiny"))}


def test_the_page_on_exploring_shows_what_its_code_shows(monkeypatch):
    monkeypatch.chdir(ROOT)
    page, names, shown = (ROOT / "docs" / "explore.md").read_text(encoding="utf-8"), {}, ""
    for language, text in re.findall(r"^```(python|text)\n(.*?)^```$", page, re.M | re.S):
        if language == "text":
            assert "\n".join(line.rstrip() for line in shown.splitlines()) == text.rstrip()
        elif not text.startswith("%"):
            shown = str(notebooks._value(text, names, "docs/explore.md"))


# ---- the extension -----------------------------------------------------------------------------------
CELLS = [  # what is run, one after the other in one kernel, and what is then shown
    ("%load_ext klimatlib", ""),
    ("import klimatlib\nyear = klimatlib.open('tiny')\nyear.emisions",
     "cell [2], line 3, year.emisions: AttributeError: 'Year' object has no attribute 'emisions'; "
     "did you mean 'emissions'?; %tb shows where it came from"),
    ("x = 1\nyear.emissions['emission_t']",
     "cell [3], line 2, year.emissions['emission_t']: KeyError: 'emission_t'; did you mean 'emissions_t'?"),
    ("year.book['member-count']", "cell [4], line 1, year.book['member-count']: no claim 'member-count'; "
     "did you mean 'members-count'?"),
    ("print((year)\nyear", "cell [5], line 1, print((year): SyntaxError: '(' was never closed"),
    ("from dataclasses import replace\none = year.book['members-count']\nyear.record([replace(one)]);", ""),
    ("year.record([replace(one, value=one.value + 1, text='9')]);",
     "claim members-count: 3 in cell 6, 9 here; a run refuses two numbers of one id, give one another id"),
    ("year.record([replace(one, text=t) for t in '78'])",
     "cell [8], line 1, year.record([replace(one, text=t) for t in '78']): claim members-count is recorded "
     "twice: '7' in 10_members, '8' in 10_members; give one of them another id, or where a cell was run "
     "again let it replace its claims: %load_ext klimatlib"),
    ("year.text('goal3.md');", "data/tiny/texts/goal3.md: 1 plain, 0 bound, 0 open, 0 false"),
    ("import helper\nhelper.value()", "1"),
    ("import pathlib\npathlib.Path('helper.py').write_text('def value(): return 22');", ""),
    ("helper.value()", "22"),
]  # fmt: skip


def test_a_session_replaces_reloads_lints_and_tells_errors_in_one_line(made):
    (made / "notebooks" / "helper.py").write_text("def value(): return 1")
    os.utime(made / "notebooks" / "helper.py", (1, 1))
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(made / "notebooks"))

    def shown(code, number, **more):
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": True, **more}
        message = client.session.msg("execute_request", content, metadata={"cellId": str(number)})
        client.shell_channel.send(message)
        said = []
        while not said or said[-1].get("execution_state") != "idle":
            reply = client.get_iopub_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                said.append(reply["content"])
        texts = [each.get("text") or each.get("data", {}).get("text/plain", "") for each in said]
        return "".join(texts).strip() or "\n".join(
            line for each in said for line in each.get("traceback", [])
        )

    try:
        for number, (code, expected) in enumerate(CELLS, 1):
            assert shown(code, number) == expected, code
        frames = shown("year.emisions", 0, allow_stdin=False)
        assert "Traceback (most recent call last)" in frames, "papermill is shown what Python shows"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# ---- git ---------------------------------------------------------------------------------------------
def test_the_project_is_set_up_once_and_a_run_and_saved_notebook_is_no_change(made):
    (made / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "explore.md", made / "docs")
    for name in (".gitattributes", ".gitignore"):
        shutil.copy(ROOT / name, made)
    (made / ".venv").symlink_to(sys.prefix)

    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.se"]
        return subprocess.run(
            ["git", *who, *words], cwd=made, check=True, capture_output=True, text=True
        ).stdout

    git("init", "-q")
    assert [line.split()[0] for line in klimatlib.lab.set_up(made)] == [
        "notebooks/scratch/explore.ipynb",
        "git",
    ]
    git("add", "-A")
    git("commit", "-qm", "All")
    assert "scratch" not in git("ls-files")

    start = made / "notebooks" / "scratch" / "explore.ipynb"
    cells = json.loads(start.read_bytes())["cells"]
    assert "%load_ext klimatlib" in [*("".join(cell["source"]) for cell in cells)]
    assert "```" not in "".join(
        "".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"
    ).replace("```json", "").replace("\n```", "")
    nbformat.validate(nbformat.read(start, as_version=4))
    start.write_text("mine", encoding="utf-8")
    assert [*klimatlib.lab.set_up(made)] == []
    assert start.read_text(encoding="utf-8") == "mine"

    path = made / "notebooks" / "10_members.ipynb"
    book = json.loads(path.read_bytes())
    book["metadata"] = {
        "kernelspec": {"display_name": ".venv", "name": "python3"},
        "vscode": {"interpreter": 1},
    }
    for number, cell in enumerate(cell for cell in book["cells"] if cell["cell_type"] == "code"):
        cell |= {
            "execution_count": number,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "a"}],
        }
        cell["metadata"] |= {"execution": {"iopub.execute_input": "2026"}, "scrolled": True}
    path.write_text(json.dumps(book), encoding="utf-8")
    klimatlib.lab.after_save(os_path=str(path))
    assert git("status", "--porcelain") == ""
    assert preview.explain("params/tiny.yml", renderer="embedded") == [
        "tiny: nothing has changed, no step runs"
    ]
    build.verify(made, "tiny")
    book["cells"][-1]["source"] = "chapter.close() "
    path.write_text(json.dumps(book), encoding="utf-8")
    klimatlib.lab.after_save(os_path=str(path))
    assert git("status", "--porcelain") == " M notebooks/10_members.ipynb\n"
    assert preview.explain("params/tiny.yml", renderer="embedded")[0].endswith(
        "notebooks/10_members.ipynb changed"
    )
