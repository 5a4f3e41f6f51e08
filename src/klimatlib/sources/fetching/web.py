"""What a download is asked for, what it may use of the world, and what it gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from klimatlib.errors import FetchError


@dataclass(frozen=True)
class Limits:
    """How long and how much a download may take.

    Parameters
    ----------
    connect_s, silence_s, total_s
        Seconds to connect, without a byte, and for one address in all.
    max_bytes
        Largest file, in bytes.
    attempts
        Tries at one address.
    wait_s, longest_wait_s
        Seconds before the second try (doubled for each further one), and the longest wait.
    redirects, pages
        Redirections of one address, and pages of one source.
    """

    connect_s: float = 10
    silence_s: float = 120
    total_s: float = 900
    max_bytes: int = 200_000_000
    attempts: int = 5
    wait_s: float = 1
    longest_wait_s: float = 120
    redirects: int = 5
    pages: int = 200


@dataclass(frozen=True)
class Web:
    """What a download may use of the world.

    Parameters
    ----------
    say
        Told of every wait.
    sleep
        Waits so many seconds.
    clock
        Gives the time.
    limits
        How long and how much.
    """

    say: Callable[[str], None]
    sleep: Callable[[float], None]
    clock: Callable[[], dt.datetime]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Parameters
    ----------
    url
        Its address.
    part
        Where the unfinished download is kept.
    etag, modified
        Marks of the version that is here already; empty to get the file in any case.
    allow_http
        Whether it may come unencrypted.
    """

    url: str
    part: Path
    etag: str = ""
    modified: str = ""
    allow_http: bool = False


@dataclass(frozen=True)
class Answer:
    """What came: the file's bytes, or None where the version that is here is still the newest."""

    data: bytes | None
    etag: str = ""
    modified: str = ""


class UnreachableError(FetchError):
    """There is no way to the server: no network, or no such host."""
