"""A page's script from small ES modules: each once, after those that it imports, in one closed function."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from klimatlib.errors import RenderError

_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "([./\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|let|class)\b)", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def bundle(entry: Path) -> str:
    """Return a script that does what a module does, for a page that loads nothing.

    Parameters
    ----------
    entry
        The module. Imports name what they take, and where from by a relative path.

    Raises
    ------
    RenderError
        An import or export of another form, or a name that two modules have at their outermost level.
    """
    parts: dict[Path, str] = {}
    _collect(entry.resolve(), parts)
    _refuse_twice(parts)
    return '(function () {\n"use strict";\n' + "".join(parts.values()) + "})();\n"


def embeddable(data: Mapping[str, Any]) -> str:
    r"""Return data as JSON that is inert inside a script element.

    >>> embeddable({"x": "</script>"})
    '{"x":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _collect(module: Path, parts: dict[Path, str], within: tuple[Path, ...] = ()) -> None:
    if module in parts or module in within:
        return
    text = module.read_text(encoding="utf-8")
    for target in _IMPORT.findall(text):
        _collect((module.parent / target).resolve(), parts, (*within, module))
    text = _EXPORT.sub("", _IMPORT.sub("", text))
    if left := _LEFT.search(text):
        told = 'expected: import { name } from "./file.js"; or export before a declaration'
        raise RenderError(f"{module.name}: {left.group()!r} cannot be bundled; {told}")
    parts[module] = text


def _refuse_twice(parts: dict[Path, str]) -> None:
    seen: dict[str, str] = {}
    for module, text in parts.items():
        for name in re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", text, re.MULTILINE):
            if name in seen:
                told = "two modules of one page have it; give one of them another name"
                raise RenderError(f"{module.name}: {name} stands in {seen[name]} too; {told}")
            seen[name] = module.name
