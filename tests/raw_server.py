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
    cuts
        Bytes of body after which each of the first answers is cut off.
    trickle_s
        Seconds between single bytes.
    declared
        A wrong Content-Length.
    """

    data: bytes = b""
    statuses: list[int] = field(default_factory=list)
    trouble: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
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
        self.trouble_bytes = 0

    @property
    def address(self) -> str:
        """Where it is, without a path."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def url(self, path: str) -> str:
        """Address of a path."""
        return self.address + path

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
        length = {} if status == 304 else {"Content-Length": str(self.server.trouble_bytes)}
        for name, value in {**headers, **length}.items():
            self.send_header(name, value)
        self.end_headers()
        if length:
            self.server.stopping.wait(self.server.trouble_bytes)  # a body that never comes

    def _file(self, page: Page) -> None:
        body = page.body
        self.send_response(200)
        if page.etag:
            self.send_header("ETag", page.tag)
        if page.gzip:
            self.send_header("Content-Encoding", "gzip")
        if page.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            declared = len(body) if page.declared is None else page.declared
            self.send_header("Content-Length", str(declared))
        self.end_headers()
        self._send(page, body)

    def _send(self, page: Page, body: bytes) -> None:
        cut = page.cuts.pop(0) if page.cuts else len(body)
        if page.trickle_s:
            for at in range(len(body[:cut])):
                if self.server.stopping.wait(page.trickle_s):
                    return
                self.wfile.write(body[at : at + 1])
        elif page.chunked:
            self.wfile.write(f"{len(body):x}\r\n".encode() + body[:cut])
            if cut >= len(body):
                self.wfile.write(b"\r\n0\r\n\r\n")
        else:
            self.wfile.write(body[:cut])


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
