"""How Quarto is called: what it is given, what it is kept from, and what it may not decide."""

from __future__ import annotations

import datetime
import json
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from klimatlib.errors import RenderError
from klimatlib.render import find_renderer, quarto, render
from test_render import SOURCE, write_source

DATE = datetime.date(2026, 11, 23)
STAND_IN = Path(__file__).with_name("stand_in_quarto.py")
SPY = """
import json, os, sys
from pathlib import Path
seen = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd(),
        "files": sorted(os.listdir()), "date": os.environ.get("SOURCE_DATE_EPOCH")}}
if sys.argv[1] == "render":
    seen["source"] = Path(sys.argv[2]).read_text(encoding="utf-8")
    with open({log!r}, "a") as stream:
        stream.write(json.dumps(seen) + "\\n")
os.execv(sys.executable, [sys.executable, {stand_in!r}, "ok", *sys.argv[1:]])
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Render with a Quarto that writes down how it was called."""

    def made(text: str = SOURCE) -> list[dict[str, object]]:
        folder, log = tmp_path / "bin", tmp_path / "calls"
        folder.mkdir()
        spy = folder / "spy.py"
        spy.write_text(SPY.format(log=str(log), stand_in=str(STAND_IN)), encoding="utf-8")
        program = folder / "quarto"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{spy}" "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        source = write_source(tmp_path / "år 2023 [utkast]*", text)
        render(find_renderer("quarto", path=str(folder)), source, tmp_path / "out", date=DATE)
        return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]

    return made


def test_each_format_is_one_call_with_the_input_first_under_a_plain_name_in_a_folder_of_its_own(
    calls,
) -> None:
    found = calls()
    arguments = [call["arguments"] for call in found]
    assert [a[:4] for a in arguments] == [
        ["render", "document.qmd", "--to", to] for to in ("html", "typst", "docx")
    ]
    assert all({"--no-execute", "--log", "--log-format"} <= set(a) for a in arguments)
    assert not any(
        {"--output", "--output-dir", "--quiet", "-M", "--metadata-file"} & set(a) for a in arguments
    )
    assert len({call["folder"] for call in found}) == 3
    assert not any(set("[]*åä ") & set(str(call["folder"])) for call in found)


def test_settings_from_outside_do_not_reach_quarto(calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    for name in ("QUARTO_PROFILE", "DENO_DIR", "TYPST_FONT_PATHS", "SOURCE_DATE_EPOCH", "TZ"):
        monkeypatch.setenv(name, "1")
    for call in calls():
        environment = call["environment"]
        assert not [key for key in environment if key.startswith(("QUARTO_", "DENO_", "TYPST_"))]
        assert environment["TZ"] == "UTC"
        assert (
            int(environment["SOURCE_DATE_EPOCH"])
            == datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC).timestamp()
        )


def test_a_quarto_from_conda_keeps_what_it_finds_itself_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDA_PREFIX", "/opt/conda")
    monkeypatch.setenv("QUARTO_SHARE_PATH", "/opt/conda/share/quarto")
    monkeypatch.setenv("QUARTO_PROFILE", "mine")
    environment = quarto.environment(DATE)
    assert environment["QUARTO_SHARE_PATH"] == "/opt/conda/share/quarto"
    assert "QUARTO_PROFILE" not in environment


def test_the_document_itself_asks_for_one_closed_page_and_swedish(calls) -> None:
    for call in calls():
        header = yaml.safe_load(str(call["source"]).split("\n---\n")[0])
        html = header["format"]["html"]
        assert (html["embed-resources"], html["html-math-method"]) == (True, "mathml")
        assert header["lang"] == "sv-SE"
        assert header["format"]["typst"]["papersize"] == "a4"
        assert "date" not in header


def test_a_shortcode_in_the_text_is_text(calls, tmp_path: Path) -> None:
    found = calls(SOURCE + "\nEtt prov: {{< include /etc/passwd >}} och {{< env HOME >}}.\n")
    assert all("{{<" not in str(call["source"]) for call in found)
    assert "{{&lt; include /etc/passwd &gt;}}" in (tmp_path / "out" / "report.html").read_text(
        encoding="utf-8"
    )


def test_a_warning_is_told_without_the_colours_of_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    lines = [
        json.dumps({"level": 30, "levelName": "WARN", "msg": "\x1b[33mWARN: no such figure\x1b[39m\n"}),
        json.dumps({"level": 20, "levelName": "INFO", "msg": "Output created"}),
        "not json",
    ]
    log.write_text("\n".join(lines), encoding="utf-8")
    assert quarto.warnings_in(log) == ["WARN: no such figure"]
    assert quarto.warnings_in(tmp_path / "absent") == []


def test_a_quarto_project_above_the_private_folder_is_refused(
    calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "_quarto.yml").write_text("project: {}\n", encoding="utf-8")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RenderError, match=r"_quarto\.yml would change the report.*TMPDIR"):
        calls()
    assert not (tmp_path / "out").exists()
