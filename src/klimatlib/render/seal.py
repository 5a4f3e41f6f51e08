"""Seal the HTML file: nothing in it loads, and nothing in it runs but the report's own script."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from klimatlib.errors import RenderError

STYLE_HASH, SCRIPT_HASH = "{{style-hash}}", "{{script-hash}}"
_LOADS = re.compile(
    r"<(?:link|iframe|object|embed|base|form)\b[^>]*>|<[a-z]+\b[^>]*?\s(?:src|srcset|poster)=[\"']?(?!data:|[\"'])[^>]*>"
    r"|url\(\s*[\"']?(?!data:|#)[^)]*\)|@import[^;]*|<[a-z]+\b[^>]*\son[a-z]+=[^>]*>",
    re.IGNORECASE,
)


def seal(path: Path, *, script: str) -> None:
    """Fill the hashes of style and script into the security policy of a finished HTML file.

    They are taken from the file itself, because a renderer may write the same style with other bytes.

    Parameters
    ----------
    path
        The file; written anew.
    script
        The only script that may be in it.

    Raises
    ------
    RenderError
        If the file has another script, or would load something.
    """
    text = path.read_text(encoding="utf-8")
    path.write_text(sealed(text, script=script), encoding="utf-8")


def sealed(text: str, *, script: str) -> str:
    """Return a page with the hashes of its style and its only script filled in, as `seal` does for a file."""
    styles = re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL)
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    if [found.strip() for found in scripts] != [script.strip()]:
        raise RenderError(
            f"HTML: found {len(scripts)} scripts; expected only the report's own; mend what adds them"
        )
    if found := _LOADS.search(text):
        raise RenderError(
            f"HTML: found {found.group()[:120]!r}, which loads or runs; expected one closed file"
        )
    text = text.replace(STYLE_HASH, "' 'sha256-".join(_sha256(style) for style in styles))
    return text.replace(SCRIPT_HASH, _sha256(scripts[0]))


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
