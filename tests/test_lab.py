"""JupyterLab as an analyst meets it: a notebook opened cold, all cells run, looked at in both themes."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from browser import CHROMIUM, chromium, told
from conftest import ROOT, copy_project

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="JupyterLab, since chromium is not installed")
NOTEBOOK = "40_emissions"  # prose, key figures, charts and a table
START_S, RUN_S = 120, 120
# So high that every cell is in sight: JupyterLab draws no other.
VIEWPORT = {"width": 1400, "height": 14_000}


@contextmanager
def jupyterlab(root: Path, home: Path) -> Iterator[str]:
    """Start JupyterLab with the project's settings and nobody's own, and end it with its kernels."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    own = {"HOME": str(home), "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"), "JUPYTER_TOKEN": token}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    with (home / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, f"--port={port}"], cwd=root, env=kept | own, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield f"{_address(home, server)}lab/tree/notebooks/{NOTEBOOK}.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait(30)


def _address(home: Path, server: subprocess.Popen[bytes]) -> str:
    """Return where the server listens, as it says itself once it does."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        for record in home.rglob(f"jpserver-{server.pid}.json"):
            if text := record.read_text(encoding="utf-8"):
                return str(json.loads(text)["url"])
        time.sleep(0.1)
    raise AssertionError((home / "lab.log").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the notebook in JupyterLab once, and keep all that the tests ask of it."""
    root = copy_project(tmp_path_factory.mktemp("lab") / "värld", tiny=True)
    path = root / "notebooks" / f"{NOTEBOOK}.ipynb"
    committed = path.read_text(encoding="utf-8").replace("params/2023.yml", "params/tiny.yml")
    path.write_text(committed, encoding="utf-8", newline="")
    found: dict[str, Any] = {"requests": [], "complaints": [], "themes": {}}
    home = tmp_path_factory.mktemp("home")
    with jupyterlab(root, home) as address, chromium() as browser:
        page = browser.new_page(viewport=VIEWPORT)
        page.on("request", lambda request: found["requests"].append(request.url))
        page.on("pageerror", lambda error: found["complaints"].append(str(error)))
        page.goto(address)
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        page.wait_for_function(f"{kernel} === 'idle'", timeout=START_S * 1000)
        page.set_default_timeout(RUN_S * 1000)
        execute(page, "notebook:run-all-cells")
        page.locator(".klimatlib").last.wait_for()
        found["counts"] = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        found["errors"] = page.locator(
            ".jp-OutputArea-output:is([data-mime-type*=stderr], [data-mime-type*=error])"
        ).all_inner_texts()
        found["questions"] = page.locator(".jp-Dialog, .jp-toast-message").all_inner_texts()
        page.add_style_tag(content="html,body{height:100%}")  # in a body without height axe-core sees nothing
        page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
        for theme in ("Light", "Dark"):
            execute(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            page.locator("#jupyterlab-splash").wait_for(state="detached")
            found["themes"][theme] = look(page)
        execute(page, "docmanager:save")
    found |= {"committed": committed, "saved": path}
    return found


def execute(page: Any, command: str, **arguments: str) -> None:
    page.evaluate(
        "([command, args]) => jupyterapp.commands.execute(command, args).then(() => null)",
        [command, arguments],
    )


def look(page: Any) -> dict[str, Any]:
    """Let axe-core judge what the blocks show, in the theme that is on."""
    found = page.evaluate("axe.run({include: [['.klimatlib']]}, {resultTypes: ['violations', 'incomplete']})")
    style = "(found, name) => found.map(one => getComputedStyle(one)[name])"
    return {
        "violations": told(found["violations"]),
        "incomplete": told(found["incomplete"]),
        "ground": page.evaluate("getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor"),
        "charts": page.locator(".klimatlib img").evaluate_all(style, "backgroundColor"),
        "checked": [one["id"] for one in found["passes"]],
        "outside": page.locator(".jp-Cell-inputWrapper").first.evaluate(
            "one => getComputedStyle(one).lineHeight"
        ),
    }


def test_all_cells_run_without_a_question_a_warning_or_an_error(seen: dict[str, Any]) -> None:
    assert seen["counts"] == [f"[{number}]:" for number in range(1, len(seen["counts"]) + 1)]
    assert len(seen["counts"]) >= 20
    assert seen["errors"] == []
    assert seen["questions"] == []
    assert seen["complaints"] == []


def test_nothing_is_asked_of_another_machine(seen: dict[str, Any]) -> None:
    assert [
        url for url in seen["requests"] if not re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:", url)
    ] == []


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_what_blocks_show_can_be_read_in_both_themes(seen: dict[str, Any], theme: str) -> None:
    found = seen["themes"][theme]
    assert found["violations"] == []
    assert found["incomplete"] == []
    assert {"color-contrast", "image-alt"} <= set(found["checked"])


def test_charts_stand_on_white_where_all_else_is_dark(seen: dict[str, Any]) -> None:
    light, dark = seen["themes"]["Light"], seen["themes"]["Dark"]
    assert light["ground"] != dark["ground"]
    assert len(dark["charts"]) >= 4
    assert set(dark["charts"]) == {"rgb(255, 255, 255)"}


def test_what_jupyterlab_saves_is_once_stripped_what_git_has(seen: dict[str, Any]) -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (hook,) = [hook for repo in config["repos"] for hook in repo["hooks"] if hook["id"] == "nbstripout"]
    _, *options = shlex.split(hook["entry"])
    assert '"outputs": [\n    {' in seen["saved"].read_text(encoding="utf-8")
    subprocess.run([sys.executable, "-m", "nbstripout", *options, seen["saved"]], check=True)
    assert seen["saved"].read_text(encoding="utf-8") == seen["committed"]
