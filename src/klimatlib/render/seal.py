"""Seal the HTML file: nothing in it loads, and nothing in it runs but the report's own script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from klimatlib.errors import RenderError

STYLE_HASH, SCRIPT_HASH = "{{style-hash}}", "{{script-hash}}"
_SCRIPT = re.compile(r'<script(?! type="application/json")[^>]*>(.*?)</script>', re.DOTALL)  # JSON is data
_LOADING = {"link", "iframe", "object", "embed", "base", "form"}
_STYLE = re.compile(r"url\(\s*[\"']?(?!data:|#)[^)]*\)|@import[^;]*", re.IGNORECASE)


def policy(*, styles: Iterable[str] = (), scripts: Iterable[str] = (), images: bool = True) -> str:
    """Return the security policy of a page that loads nothing, for its ``http-equiv`` head.

    Parameters
    ----------
    styles, scripts
        Contents of the page's own style and script elements, letter by letter; no other has an effect.
    images
        Whether it has pictures inside.
    """
    told = ["default-src 'none'"]
    for kind, texts in (("style", styles), ("script", scripts)):
        hashes = " ".join(f"'sha256-{_sha256(text)}'" for text in texts)
        told += [f"{kind}-src {hashes}"] if hashes else []
    told += ["img-src data:"] if images else []
    return "; ".join([*told, "base-uri 'none'", "form-action 'none'"])


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
    scripts = _SCRIPT.findall(text)
    if [found.strip() for found in scripts] != [script.strip()]:
        raise RenderError(
            f"HTML: found {len(scripts)} scripts; expected only the report's own; mend what adds them"
        )
    if found := _loading(text):
        raise RenderError(f"HTML: found {found[:120]!r}, which loads or runs; expected one closed file")
    text = text.replace(STYLE_HASH, "' 'sha256-".join(_sha256(style) for style in styles))
    return text.replace(SCRIPT_HASH, _sha256(scripts[0]))


def _loading(text: str) -> str:
    """Return the first tag or style that loads or runs something; text that only looks so is none."""
    reader = _Reader()
    reader.feed(text)
    return reader.found[0] if reader.found else ""


class _Reader(HTMLParser):
    """Reads a page as a browser does, and collects what in it loads or runs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"
        given = [(name, value or "") for name, value in attrs]
        if tag in _LOADING or any(_reaches_out(name, value) for name, value in given):
            self.found.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        if self._style and (found := _STYLE.search(data)):
            self.found.append(found.group())

    def handle_endtag(self, tag: str) -> None:
        self._style = False


def _reaches_out(name: str, value: str) -> bool:
    if name in {"src", "srcset", "poster"}:
        return bool(value) and not value.startswith("data:")
    return name.startswith("on") or (name == "style" and _STYLE.search(value) is not None)


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
