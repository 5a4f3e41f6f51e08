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

PANDOC_TO = {"html": "html5", "typst": "typst", "docx": "docx"}
LOGGED = {
    "fail": (40, "\x1b[31mERROR: the template is not there\x1b[39m"),
    "warn": (30, "\x1b[33mWARN: a newer version is there\x1b[39m\n"),
    "log-an-error": (40, "Unable to resolve crossref"),
}


def pandoc(source, to, settings):
    reader = f"{settings['from']}-table_attributes"  # as Quarto's own reader, whatever "from" says
    output, options = source.with_suffix(".typ" if to == "typst" else f".{to}"), settings["format"][to]
    command = [pypandoc.get_pandoc_path(), source.name, f"--from={reader}", f"--to={PANDOC_TO[to]}"]
    command += ["--standalone", "--wrap=none", "--lua-filter=report.lua", f"--output={output.name}"]
    for key in ("template", "reference-doc", "syntax-highlighting"):
        command += [f"--{key}={options[key]}"] if key in options else []
    command += [f"--{key}" for key in ("section-divs", "embed-resources") if options.get(key)]
    subprocess.run(command, check=True, cwd=source.parent)
    return output


def render(mode, arguments):
    source, to = Path(arguments[0]).resolve(), arguments[arguments.index("--to") + 1]
    text = source.read_text(encoding="utf-8")
    call = {"arguments": arguments, "environment": dict(os.environ), "folder": str(source.parent)}
    with Path(__file__).with_name("calls").open("a") as stream:
        stream.write(json.dumps({**call, "source": text}) + "\n")
    if mode == "hang-with-child":  # a process that does not leave when asked kindly
        code = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code, __file__])
        time.sleep(600)
    if mode.startswith("flood"):
        for _ in range(10_000 if mode == "flood-1GB" else 200):
            sys.stderr.write("x" * 100_000 + "\n")
    if mode in LOGGED:
        level, message = LOGGED[mode]
        with Path(arguments[arguments.index("--log") + 1]).open("a") as stream:
            stream.write(json.dumps({"level": level, "levelName": "", "msg": message}) + "\n")
    if mode.startswith(("fail", "flood")):
        return 1
    if mode == "write-nothing":
        return 0
    if mode == f"lose-{to}":
        source.write_text(text.replace(" medlemmar", "", 1), encoding="utf-8")
    output = pandoc(source, to, yaml.safe_load(text.split("\n---\n")[0]))
    if mode == "half" and to == "docx":
        output.write_bytes(output.read_bytes()[:3000])
    return 0


def main(mode, arguments):
    if arguments == ["--version"]:
        version = {"old": "1.3.450\n", "strange": "nonsense\n", "print-nothing": ""}.get(mode, "1.7.34\n")
        sys.stdout.write(version)
        return 0
    if arguments[0] != "render" or arguments[1].startswith("-"):
        sys.stderr.write("ERROR: expected: render INPUT\n")
        return 2
    return render(mode, arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
