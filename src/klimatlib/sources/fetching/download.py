"""One file over HTTP: with patience, within limits, and from where the last try stopped."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import BinaryIO

import requests
import urllib3

from klimatlib import __version__
from klimatlib.errors import FetchError
from klimatlib.sources.fetching.address import follow
from klimatlib.sources.fetching.partial import (
    TooLargeError,
    Version,
    begin,
    begun,
    refuse_size,
    version_of,
    whole,
)
from klimatlib.sources.fetching.web import Answer, Request, UnreachableError, Web

_CHUNK = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)


class _AgainError(Exception):
    """A try that failed and may be repeated."""

    def __init__(self, reason: str, *, wait: float | None = None, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.unreachable = wait, unreachable


def download(request: Request, web: Web) -> Answer:
    """Get a file, trying again where that may help.

    Raises
    ------
    UnreachableError
        No way to the server.
    FetchError
        Any other trouble; what came so far is kept where it can be used again.
    """
    until = time.monotonic() + web.limits.total_s
    for attempt in range(1, web.limits.attempts + 1):
        try:
            return _try(request, web, until)
        except TooLargeError:
            request.part.unlink(missing_ok=True)
            raise
        except _AgainError as error:
            if attempt == web.limits.attempts:
                kind = UnreachableError if error.unreachable else FetchError
                raise kind(f"{request.url}: {error}; tried {attempt} times") from None
            wait = error.wait if error.wait is not None else web.limits.wait_s * 2 ** (attempt - 1)
            wait = min(wait, web.limits.longest_wait_s)
            web.say(f"{request.url}: {error}; trying again in {wait:g} s")
            web.sleep(wait)
            _in_time(request, until, web)
    raise AssertionError("unreachable: the last try returns or raises")


def _try(request: Request, web: Web, until: float) -> Answer:
    with _Session() as session:
        session.auth = _no_login
        response = _open(session, request, web)
        with response:
            if response.status_code == 304:
                return Answer(None)
            version = _receive(response, request, web, until)
    data = whole(request.part, limit=web.limits.max_bytes)
    request.part.unlink()
    return Answer(data, version.etag, version.modified)


class _Session(requests.Session):
    """A session that leaves redirections to `_open`: its own way reads their bodies without any limit."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return nowhere."""


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Send no login; without this, one from the user's netrc file would be sent."""
    return request


def _headers(request: Request) -> dict[str, str]:
    headers = {"User-Agent": f"klimatlib/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
    have = begun(request.part)
    if have:
        return {**headers, "Range": f"bytes={have[1]}-", "If-Range": have[0].mark}
    known = {"If-None-Match": request.etag, "If-Modified-Since": request.modified}
    return {**headers, **{name: value for name, value in known.items() if value}}


def _open(session: requests.Session, request: Request, web: Web) -> requests.Response:
    """Ask, following redirections on the same host."""
    url, headers = request.url, _headers(request)
    for _ in range(web.limits.redirects + 1):
        response = _ask(session, url, headers, web)
        if response.status_code not in _REDIRECTS or "Location" not in response.headers:
            _refuse_status(response, request, web)
            return response
        response.close()
        url = follow(url, response.headers["Location"], allow_http=request.allow_http)
    raise FetchError(f"{request.url}: redirected more than {web.limits.redirects} times")


def _ask(session: requests.Session, url: str, headers: dict[str, str], web: Web) -> requests.Response:
    waits = (web.limits.connect_s, web.limits.silence_s)
    try:
        return session.get(url, headers=headers, stream=True, allow_redirects=False, timeout=waits)
    except requests.exceptions.SSLError as error:
        raise FetchError(f"{url}: the encrypted connection cannot be trusted: {error}") from None
    except requests.exceptions.ReadTimeout:
        raise _AgainError(f"no answer within {web.limits.silence_s:g} s") from None
    except requests.exceptions.ConnectionError as error:
        gone = _is_unreachable(error)
        reason = "no way to the server" if gone else "the connection was cut before the answer"
        raise _AgainError(reason, unreachable=gone) from None
    except (OSError, urllib3.exceptions.HTTPError) as error:  # also any other of requests
        raise FetchError(f"{url}: {error}") from None


def _is_unreachable(error: requests.exceptions.ConnectionError) -> bool:
    """Whether no connection was made at all."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    no_connection = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    made_none = (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)
    return isinstance(error, made_none) or isinstance(reason, no_connection)


def _refuse_status(response: requests.Response, request: Request, web: Web) -> None:
    status = response.status_code
    asked = {
        200,
        *({304} if request.etag or request.modified else ()),
        *({206} if begun(request.part) else ()),
    }
    if status in asked:
        return
    response.close()
    told = f"the server answered {status} {response.reason or ''}".rstrip()
    if status == 416:
        request.part.unlink(missing_ok=True)
        raise _AgainError(f"{told}, it has no more of this file")
    if status in (408, 429) or status >= 500:
        raise _AgainError(told, wait=_asked_wait(response.headers.get("Retry-After", ""), web))
    raise FetchError(f"{request.url}: {told}; look at the address in params/sources.yml")


def _asked_wait(text: str, web: Web) -> float | None:
    """Seconds that a server asks to wait, given as seconds or as a date; None if it does not."""
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(text) - web.clock()).total_seconds())
    return None


def _receive(response: requests.Response, request: Request, web: Web, until: float) -> Version:
    """Write what comes to the part, from the start or behind what is there; return its version."""
    version = version_of(request.url, response.headers)
    start = _start(response, request, version)
    total = _total(response, start)
    refuse_size(request.url, total or 0, limit=web.limits.max_bytes)
    if not start:
        begin(request.part, version)
    with request.part.open("ab") as target:
        got, reason = _copy(response, target, start, request, web, until)
    if reason or (total is not None and got != total):
        of = "" if total is None else f" of {total}"
        raise _AgainError(f"{reason or 'cut off'} after {got}{of} bytes")
    return version


def _start(response: requests.Response, request: Request, version: Version) -> int:
    """Return from which byte the answer goes on; 0 for the whole file."""
    if response.status_code == 200:
        return 0
    have = begun(request.part)
    found = re.match(r"bytes ([0-9]+)-", response.headers.get("Content-Range", ""))
    same = have is not None and found is not None and int(found[1]) == have[1]
    if have and same and version.encoding == have[0].encoding and version.mark in ("", have[0].mark):
        return have[1]
    request.part.unlink(missing_ok=True)
    raise _AgainError(f"unexpected answer {response.status_code}, not the rest of the same file")


def _total(response: requests.Response, start: int) -> int | None:
    """Return the size of the whole file, if the server tells."""
    ranged = re.fullmatch(r"bytes [0-9]+-[0-9]+/([0-9]{1,18})", response.headers.get("Content-Range", ""))
    if response.status_code == 206 and ranged:
        return int(ranged[1])
    length = re.fullmatch(r"[0-9]{1,18}", response.headers.get("Content-Length", ""))
    return start + int(length[0]) if length else None


def _copy(
    response: requests.Response, target: BinaryIO, got: int, request: Request, web: Web, until: float
) -> tuple[int, str]:
    """Write piece by piece, whatever has come; return how many bytes there are now, and what stopped it."""
    piece, reason = _piece(response)
    while piece:
        got += len(piece)
        refuse_size(request.url, got, limit=web.limits.max_bytes)
        target.write(piece)
        target.flush()  # what has come is not lost if the process is killed
        _in_time(request, until, web)
        piece, reason = _piece(response)
    return got, reason


def _piece(response: requests.Response) -> tuple[bytes, str]:
    """Read what has come, without waiting for more; as sent, so that a range counts the same bytes."""
    try:
        return bytes(response.raw.read1(_CHUNK, decode_content=False) or b""), ""
    except urllib3.exceptions.ReadTimeoutError:
        return b"", "silent"
    except (urllib3.exceptions.HTTPError, OSError):
        return b"", "cut off"


def _in_time(request: Request, until: float, web: Web) -> None:
    if time.monotonic() > until:
        told = f"not finished within {web.limits.total_s:g} s; fetch again to go on from there"
        raise FetchError(f"{request.url}: {told}")
