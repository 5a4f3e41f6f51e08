"""JupyterLab as an analyst meets it: a notebook opened cold, all cells run, looked at in both themes."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import resources

import pytest
import yaml

from browser import CHROMIUM, axe_lines, chromium
from conftest import ROOT, copy_project

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="JupyterLab, since chromium is not installed")
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
    root = copy_project(tmp_path_factory.mktemp("lab") / "värld", tiny=True)
    path = root / "notebooks" / f"{NOTEBOOK}.ipynb"
    committed = path.read_text(encoding="utf-8").replace("params/2023.yml", "params/tiny.yml")
    path.write_text(committed, encoding="utf-8", newline="")
    home, themes, requests, complaints = tmp_path_factory.mktemp("home"), {}, [], []
    with jupyterlab(root, home) as address, chromium() as browser:
        page = browser.new_page(viewport=VIEWPORT)
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
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (hook,) = [hook for repo in config["repos"] for hook in repo["hooks"] if hook["id"] == "nbstripout"]
    _, *options = shlex.split(hook["entry"])
    assert '"outputs": [\n    {' in lab["saved"]
    subprocess.run([sys.executable, "-m", "nbstripout", *options, lab["path"]], check=True)
    assert lab["path"].read_text(encoding="utf-8") == lab["committed"]
