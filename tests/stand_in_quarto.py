"""Acts as Quarto in the tests: ``stand_in_quarto.py MODE ARGUMENTS``; MODE says how it behaves.

How it was called stands in ``calls`` beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pypandoc
import yaml

EXTENSIONS = {"html": "html", "typst": "pdf", "docx": "docx"}
TO = {"html": "html5", "typst": "typst", "docx": "docx"}


def log(arguments: list[str], level: int, name: str, message: str) -> None:
    path = Path(arguments[arguments.index("--log") + 1])
    with path.open("a") as stream:
        stream.write(json.dumps({"level": level, "levelName": name, "msg": message}) + "\n")


def hang(child: bool) -> None:
    if child:  # a process that does not leave when asked kindly
        code = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code, __file__])
    time.sleep(600)


def pandoc(source: Path, to: str, settings: dict[str, object]) -> None:
    reader = f"{settings['from']}-table_attributes"  # as Quarto's own reader, whatever "from" says
    command = [pypandoc.get_pandoc_path(), source.name, f"--from={reader}", f"--to={TO[to]}"]
    command += ["--standalone", "--wrap=none", "--lua-filter=report.lua"]
    options = settings["format"][to]  # type: ignore[index]
    for key in ("template", "reference-doc", "syntax-highlighting"):
        command += [f"--{key}={options[key]}"] if key in options else []
    for key in ("section-divs", "embed-resources"):
        command += [f"--{key}"] if options.get(key) else []
    output = source.with_suffix(".typ" if to == "typst" else f".{EXTENSIONS[to]}")
    subprocess.run([*command, f"--output={output.name}"], check=True, cwd=source.parent)
    if to == "typst" and options.get("output-ext") != "typ":
        source.with_suffix(".pdf").write_bytes(b"%PDF-1.7 untagged %%EOF")


def render(mode: str, arguments: list[str]) -> int:
    source, to = Path(arguments[0]).resolve(), arguments[arguments.index("--to") + 1]
    text = source.read_text(encoding="utf-8")
    settings = yaml.safe_load(text.split("\n---\n")[0])
    call = {
        "arguments": arguments,
        "environment": dict(os.environ),
        "folder": str(source.parent),
        "source": text,
    }
    with Path(__file__).with_name("calls").open("a") as stream:
        stream.write(json.dumps({**call, "source": text}) + "\n")
    if mode in {"hang", "hang-with-child"}:
        hang(child=mode == "hang-with-child")
    if mode == "fail":
        log(arguments, 40, "ERROR", "\x1b[31mERROR: the template is not there\x1b[39m")
        return 1
    if mode == "fail-without-a-word":
        return 1
    if mode in {"flood", "flood-1GB"}:
        for _ in range(10_000 if mode == "flood-1GB" else 200):
            sys.stderr.write("x" * 100_000 + "\n")
        return 1
    if mode in {"write-nothing", "print-nothing"}:
        return 0
    if mode == f"lose-{to}":
        source.write_text(text.replace(" medlemmar", "", 1), encoding="utf-8")
    pandoc(source, to, settings)
    if mode == "warn":
        log(arguments, 30, "WARN", "\x1b[33mWARN: a newer version is there\x1b[39m\n")
    if mode == "log-an-error":
        log(arguments, 40, "ERROR", "Unable to resolve crossref")
    if mode == "half" and to == "docx":
        output = source.with_suffix(".docx")
        output.write_bytes(output.read_bytes()[:3000])
    log(arguments, 20, "INFO", f"Output created: {source.stem}.{EXTENSIONS[to]}")
    return 0


def main(mode: str, arguments: list[str]) -> int:
    if arguments == ["--version"]:
        if mode == "print-nothing":
            return 0
        sys.stdout.write({"old": "1.3.450", "strange": "nonsense"}.get(mode, "1.7.34") + "\n")
        return 0
    if arguments[0] != "render" or arguments[1].startswith("-"):
        sys.stderr.write("ERROR: expected: render INPUT\n")
        return 2
    return render(mode, arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
