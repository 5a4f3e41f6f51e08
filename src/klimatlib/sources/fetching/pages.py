"""An answer that goes on on further pages (Kolada), joined into one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from klimatlib.errors import FetchError, InputError
from klimatlib.sources.fetching.address import follow
from klimatlib.sources.fetching.web import Answer
from klimatlib.sources.files import looks_like_json, read_json
from klimatlib.sources.official.kolada import is_kolada


def all_pages(
    url: str, get: Callable[[str], Answer], first: bytes, *, most: int, allow_http: bool
) -> list[bytes]:
    """Return the pages of an answer, following ``next_url`` on the same host.

    Parameters
    ----------
    url
        Address of the first page.
    get
        Gets a page.
    first
        The first page.
    most
        Largest number of pages.
    allow_http
        Whether pages may come unencrypted.

    Raises
    ------
    FetchError
        A page on another host, a page that was there before, or too many pages.
    """
    pages, seen = [first], {url}
    while target := _next(pages[-1], url):
        url = follow(url, target, allow_http=allow_http)
        if url in seen or len(pages) >= most:
            told = "leads back to itself" if url in seen else f"has more than {most} pages"
            raise FetchError(f"{url}: the answer {told}; narrow it in params/sources.yml")
        seen.add(url)
        pages.append(get(url).data or b"")
    return pages


def join(pages: list[bytes], file: str) -> bytes:
    """Join an answer's pages into one answer; a single page stays as it is.

    The count is that of the joined values only if every page keeps to its own count or all tell the
    whole; otherwise it is the sum of what the pages tell, and the reader refuses it.
    """
    if len(pages) == 1:
        return pages[0]
    contents = [_page(page, file) for page in pages]
    values = [value for content in contents for value in content["values"]]
    told = [content.get("count") for content in contents]
    whole = all(count == len(values) for count in told)
    own = sum(count for count in told if isinstance(count, int))
    joined = {"count": len(values) if whole else own, "next_url": None, "values": values}
    return json.dumps(joined, ensure_ascii=False).encode()


def _page(page: bytes, file: str) -> dict[str, Any]:
    content = read_json(page, file)
    if not isinstance(content, dict) or not isinstance(content.get("values"), list):
        raise FetchError(f"{file}: a further page is none of Kolada's; fetch again")
    return content


def _next(page: bytes, file: str) -> str:
    """Address of the next page; empty on the last one, and in any other file."""
    if not looks_like_json(page):
        return ""
    try:
        content = read_json(page, file)
    except InputError:  # the reader tells what is wrong, once the file is kept for looking
        return ""
    target = content.get("next_url") if is_kolada(content) else None
    return target if isinstance(target, str) else ""
