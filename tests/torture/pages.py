"""Pages in a real browser: what runs in them, what would run at a click, and what they ask for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from browser import chromium

_WATCH = "window.hits = []; window.pwned = name => { (window.top || window).hits.push(name) }"
# All that is live, and then the same touched and clicked.
_LIVE = """() => {
  const found = [], script = /^[\\s\\u0000-\\u001f]*(javascript|vbscript):/i
  const targets = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data']
  for (const one of document.querySelectorAll('*'))
    for (const attribute of one.attributes) {
      if (attribute.name.startsWith('on')) found.push(`${one.tagName} ${attribute.name}`)
      if (targets.includes(attribute.name) && script.test(attribute.value))
        found.push(`${one.tagName} ${attribute.value}`)
    }
  return found
}"""
_TOUCH = """() => {
  for (const one of document.querySelectorAll('[onmouseover]')) one.dispatchEvent(new Event('mouseover'))
  for (const one of document.querySelectorAll('a')) if (one.protocol === 'javascript:') one.click()
}"""


def ran(browser: Any, path: Path) -> tuple[list[str], list[str], list[str]]:
    """Open a page without its own policy; return what ran, what is live, and what it asked for."""
    context = browser.new_context(offline=True, bypass_csp=True)
    try:
        page, asked, dialogs = context.new_page(), list[str](), list[str]()
        page.add_init_script(_WATCH)
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: (dialogs.append("dialog"), dialog.dismiss()))
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        page.wait_for_timeout(100)
        live = page.evaluate(_LIVE)
        page.evaluate(_TOUCH)
        page.wait_for_timeout(100)
        hits = page.evaluate("window.hits")
    finally:
        context.close()
    own = ("file:", "data:", "about:", "blob:")
    return [*hits, *dialogs], live, [url for url in asked if not url.startswith(own)]


def harm(pages: Sequence[Path], *, base: Path) -> list[str]:
    """Return what runs, is live or is fetched in pages, a line each."""
    failures = []
    with chromium() as browser:
        for path in pages:
            hits, live, outside = ran(browser, path)
            shown = path.relative_to(base).as_posix()
            failures += [f"{shown}: ran {name}" for name in dict.fromkeys(hits)]
            failures += [f"{shown}: live {told[:120]}" for told in live]
            failures += [f"{shown}: asked for {url[:120]}" for url in outside]
    return failures


def harm_in_notebooks(notebooks: Sequence[Path], where: Path) -> list[str]:
    """Return what would run where a notebook's outputs are trusted, as JupyterLab does with one's own."""
    pages = []
    for number, path in enumerate(notebooks):
        book = json.loads(path.read_text(encoding="utf-8"))
        shown = [
            "".join(output["data"]["text/html"])
            for cell in book["cells"]
            for output in cell.get("outputs", [])
            if "text/html" in output.get("data", {})
        ]
        page = where / f"{number}-{path.stem}.html"
        page.write_text(f"<!DOCTYPE html><meta charset=utf-8>{''.join(shown)}", encoding="utf-8")
        pages.append(page)
    return harm(pages, base=where)
