"""A server of small raw files on the loopback, which misbehaves as told."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    """What is served under one path, and how.

    Parameters
    ----------
    data
        The file.
    statuses
        Answers without the file, one a request, before it is given; with the headers of `trouble`.
    cut
        Bytes of body after which the answer is cut off.
    trickle_s
        Seconds between single bytes.
    declared
        A wrong Content-Length.
    """

    data: bytes = b""
    statuses: list[int] = field(default_factory=list)
    trouble: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    trickle_s: float = 0
    declared: int | None = None
    gzip: bool = False
    chunked: bool = False
    etag: bool = True
    hang_up: int = 0

    @property
    def body(self) -> bytes:
        """The file as sent."""
        return gzip.compress(self.data, mtime=0) if self.gzip else self.data

    @property
    def tag(self) -> str:
        """Mark of this version."""
        return f'"{hashlib.sha256(self.data).hexdigest()[:12]}"'


class RawServer(ThreadingHTTPServer):
    """The server; `pages` may be changed at any time, `asked` lists (path, headers) of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stopping = threading.Event()

    def url(self, path: str) -> str:
        """Address of a path."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


class _Handler(BaseHTTPRequestHandler):
    server: RawServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        page = self.server.pages.get(self.path)
        if page is None:
            return self._plain(404, {})
        if page.hang_up:
            page.hang_up -= 1
            return None
        if page.statuses:
            return self._plain(page.statuses.pop(0), page.trouble)
        if page.etag and self.headers.get("If-None-Match") == page.tag:
            return self._plain(304, {})
        return self._file(page)

    def _plain(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0", "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _file(self, page: Page) -> None:
        body = page.body
        declared = str(len(body) if page.declared is None else page.declared)
        length = {"Transfer-Encoding": "chunked"} if page.chunked else {"Content-Length": declared}
        tag = {"Connection": "close"} | ({"ETag": page.tag} if page.etag else {})
        self.send_response(200)
        for name, value in {**length, **tag, **({"Content-Encoding": "gzip"} if page.gzip else {})}.items():
            self.send_header(name, value)
        self.end_headers()
        cut = len(body) if page.cut is None else page.cut
        if page.trickle_s:
            for byte in body[:cut]:
                if self.server.stopping.wait(page.trickle_s):
                    return
                self.wfile.write(bytes([byte]))
            return
        start, end = (f"{len(body):x}\r\n".encode(), b"\r\n0\r\n\r\n") if page.chunked else (b"", b"")
        self.wfile.write(start + body[:cut] + (end if cut >= len(body) else b""))


@contextlib.contextmanager
def serving() -> Iterator[RawServer]:
    """Serve until the end of the block."""
    server = RawServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
