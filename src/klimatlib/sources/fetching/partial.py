"""A download that is not finished: one file, which tells in its first line what the rest belongs to.

So a download that was cut off, or killed, goes on where it stopped, and never joins two versions of a file.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from klimatlib.errors import FetchError


class TooLargeError(FetchError):
    """A file over the limit."""


@dataclass(frozen=True)
class Version:
    """Which version of which file a server sends, and how it is encoded.

    Parameters
    ----------
    url
        Its address.
    etag, modified
        The server's marks of the version; empty if it gives none.
    encoding
        ``"gzip"``, or empty.
    """

    url: str
    etag: str
    modified: str
    encoding: str

    @property
    def mark(self) -> str:
        """What asks for the rest of this version and no other (If-Range); empty if nothing does."""
        return self.modified if not self.etag or self.etag.startswith("W/") else self.etag


def version_of(url: str, headers: Mapping[str, str]) -> Version:
    """Return the version that an answer's headers tell.

    Raises
    ------
    FetchError
        An encoding that was not asked for and is not known.
    """
    encoding = headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise FetchError(f"{url}: sent as {encoding!r}; expected it plain or as gzip")
    gzipped = "gzip" if encoding == "gzip" else ""
    return Version(url, headers.get("ETag", ""), headers.get("Last-Modified", ""), gzipped)


def begin(part: Path, version: Version) -> None:
    """Start a download anew."""
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(json.dumps(asdict(version)).encode() + b"\n")


def begun(part: Path) -> tuple[Version, int] | None:
    """Return the version and the number of bytes that a cut-off download has; None if there is none."""
    try:
        with part.open("rb") as handle:
            head = handle.readline(10_000)
            version = Version(**json.loads(head))
    except (OSError, ValueError, TypeError):
        return None
    size = part.stat().st_size - len(head)
    return (version, size) if size and version.mark else None


def whole(part: Path, *, limit: int) -> bytes:
    """Return a finished download's bytes, unpacked if they came as gzip, and no more than ``limit``.

    Raises
    ------
    FetchError
        Damaged or too large when unpacked.
    """
    head, _, body = part.read_bytes().partition(b"\n")
    version = Version(**json.loads(head))
    if version.encoding != "gzip":
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            data = packed.read(limit + 1)
    except (OSError, EOFError, zlib.error):
        part.unlink()
        raise FetchError(f"{version.url}: the gzip that was sent is damaged; fetch again") from None
    refuse_size(version.url, len(data), limit=limit, when=" when unpacked")
    return data


def refuse_size(url: str, size: int, *, limit: int, when: str = "") -> None:
    """Stop what declares, or has reached, more bytes than the limit."""
    if size > limit:
        over = f"larger than the limit of {limit / 1e6:.0f} MB{when}"
        raise TooLargeError(f"{url}: {over}; nothing was kept")
