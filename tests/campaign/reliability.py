"""Write docs/RELIABILITY.md from JUnit reports of the campaign: python -m campaign.reliability REPORT.xml.

`promises.yml` has each promise, what we ask of ourselves, and what plain tools did under the same fault when
that was measured. A report of some promises leaves the rows of the others out.
"""

from __future__ import annotations

import json
import math
import platform
import sys
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("papermill", "nbconvert", "nbclient", "ipykernel", "pandas", "pypandoc_binary", "typst")
HEAD = "| | promise | plain tools, same fault | goal | klimatlib | tried |\n|---|---|---|---|---|--:|"


def read(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Add up what all tests counted, by promise; a test that failed before it counted is a failure, too."""
    results: dict[str, dict[str, Any]] = {}
    for case in (case for path in paths for case in ElementTree.parse(path).iter("testcase")):
        counts = {item.attrib["name"]: json.loads(item.attrib["value"]) for item in case.iter("property")}
        crashed = case.find("failure") is not None or case.find("error") is not None
        crashed = crashed and not any(count["failed"] for count in counts.values())
        for promise, count in counts.items():
            whole = results.setdefault(promise, {"tried": 0, "failed": 0, "figures": {}, "long": False})
            whole["tried"] += count["tried"] + crashed
            whole["failed"] += len(count["failed"]) + crashed
            whole["long"] |= count["effort"] == "long"
            for name, value in count["figures"].items():
                if isinstance(value, dict):
                    whole["figures"][name] = Counter(whole["figures"].get(name, {})) + Counter(value)
                else:
                    whole["figures"][name] = max(value, whole["figures"].get(name, value))
    return results


def grouped(number: float) -> str:
    """Return a number as the page prints it: ``30 000``, ``1.3``."""
    return f"{number:,.0f}".replace(",", " ") if number >= 10 or number == int(number) else f"{number:.1f}"


def row(code: str, promise: dict[str, str], result: dict[str, Any]) -> str:
    """Return a promise as a row of the table: of figures the largest, of texts how often they came."""
    tried, failed = result["tried"], result["failed"]
    seen = f"**{'broken' if failed else 'kept'}**: {failed} of {grouped(tried)} {promise['unit']} failed"
    for name, value in result["figures"].items():
        if not isinstance(value, Counter):
            seen += f"; at most {grouped(value)} {name.replace('_', ' ')}"
        elif len(value) > 6 or max(value.values()) == 1:
            seen += f"; {len(value)} {name.replace('_', ' ')}"
        else:
            seen += "; " + ", ".join(f"{grouped(count)} {text}" for text, count in sorted(value.items()))
    allowed = "" if failed or tried < 10 else f" (at most {math.ceil(3000 / tried) / 10}%)"
    count = f"{grouped(tried)}{allowed}{'' if result['long'] else ', short form'}"
    texts = [code, promise["promise"], promise["plain"], promise["goal"], seen, count]
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"


def page(results: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    texts = yaml.safe_load((Path(__file__).parent / "promises.yml").read_text(encoding="utf-8"))
    rows = [row(code, text, results[code]) for code, text in texts["promises"].items() if code in results]
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"Tried on {platform.system()}, Python {platform.python_version()}; {packages}."
    return "\n".join([texts["head"], HEAD, *rows, "", machine, ""])


if __name__ == "__main__":
    counted = read(map(Path, sys.argv[1:]))
    (ROOT / "docs" / "RELIABILITY.md").write_text(page(counted), encoding="utf-8")
    sys.exit(any(result["failed"] for result in counted.values()))
