"""Run the campaign: python -m torture --help, in the folder of the tests."""

from __future__ import annotations

import argparse
import math
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from conftest import copy_project
from torture.promise import Effort, Found, Promise, grouped
from torture.promises import PROMISES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "RELIABILITY.md"
HEAD = "| | promise | plain tools, same fault | goal | klimatlib | tried |\n|---|---|---|---|---|--:|"
_ENOUGH = 10  # tries before the rule of three says anything
PACKAGES = ("papermill", "nbconvert", "nbclient", "ipykernel", "pandas", "pypandoc_binary", "typst")


def cell(found: Found) -> str:
    """Return what was found as a cell of the table."""
    count = f"{found.bad} of {grouped(found.tried)} {found.unit} failed"
    return f"{count}; {found.told}" if found.told else count


def row(promise: Promise, ours: Found, plain: Found | str, *, whole: bool) -> str:
    """Return a promise as a row of the table; of the short form it says so."""
    beside = plain if isinstance(plain, str) else cell(plain)
    bound = "" if ours.bad or ours.tried < _ENOUGH else f" (at most {math.ceil(1000 * ours.at_most) / 10}%)"
    count = f"{grouped(ours.tried)}{bound}{'' if whole else ', short form'}"
    told = f"**{'kept' if not ours.bad else 'broken'}**: {cell(ours)}"
    cells = [promise.code, promise.promise, beside, promise.goal, told, count]
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in cells)} |"


def try_one(promise: Promise, reports: Reports, *, whole: bool) -> tuple[Found, Found | str]:
    """Try a promise, ours and plain, each in an empty folder."""
    with tempfile.TemporaryDirectory(prefix="torture-") as one, tempfile.TemporaryDirectory() as other:
        efforts = [Effort(whole, Path(place), reports.tiny, reports.real) for place in (one, other)]
        ours = promise.ours(efforts[0])
        return ours, promise.plain if isinstance(promise.plain, str) else promise.plain(efforts[1])


class Reports:
    """Projects whose report is made, once, when a trial first asks for it."""

    def __init__(self, where: Path) -> None:
        self._where = where

    def tiny(self) -> Path:
        """Return the tiny world with its report."""
        return self._made("tiny", tiny=True)

    def real(self) -> Path:
        """Return the project with the report of 2023."""
        return self._made("2023", tiny=False)

    def _made(self, name: str, *, tiny: bool) -> Path:
        root = self._where / name / "värld"
        if not root.exists():
            copy_project(root, tiny=tiny)
            command = [sys.executable, "-m", "klimatlib", "report", name, "--renderer", "embedded"]
            subprocess.run(command, cwd=root, check=True, capture_output=True)
        return root


def write(rows: dict[str, str]) -> None:
    """Write the page, with the rows of what was not tried now as they were."""
    before = PAGE.read_text(encoding="utf-8").splitlines() if PAGE.is_file() else []
    old = {line.split(" | ")[0].strip("| "): line for line in before if line.startswith("| ")}
    table = {code: line for code, line in {**old, **rows}.items() if code in PROMISES}
    head = (Path(__file__).parent / "RELIABILITY.head.md").read_text(encoding="utf-8")
    lines = [HEAD, *(table[code] for code in sorted(table))]
    PAGE.write_text(f"{head}\n{chr(10).join(lines)}\n\nTried on {machine()}\n", encoding="utf-8")


def machine() -> str:
    """Return what it was tried on."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{platform.system()}, Python {platform.python_version()}; {packages}."


def main() -> int:
    """Try, print, and end with 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PROMISES, nargs="+", default=[*PROMISES], help="which promises")
    parser.add_argument("--short", action="store_true", help="the short form of each")
    parser.add_argument("--write", action="store_true", help="write docs/RELIABILITY.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-reports-") as made:
        return _try_all(asked, Reports(Path(made).resolve()))


def _try_all(asked: argparse.Namespace, reports: Reports) -> int:
    broken = []
    for code in asked.only:
        promise = PROMISES[code]
        needed = [*promise.needs, *([] if asked.short else promise.needs_whole)]
        missing = [name for name in needed if not shutil.which(name)]
        if missing:
            sys.exit(f"{code}: needs {', '.join(missing)}; install it, or leave this promise out with --only")
        began = time.monotonic()
        ours, plain = try_one(promise, reports, whole=not asked.short)
        print(
            f"{row(promise, ours, plain, whole=not asked.short)}  ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
        for line in ours.failures[:20]:
            print(f"    {line}", flush=True)
        if ours.bad:
            broken.append(code)
        if asked.write:
            write({code: row(promise, ours, plain, whole=not asked.short)})
    if broken:
        print(f"broken: {', '.join(broken)}")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
