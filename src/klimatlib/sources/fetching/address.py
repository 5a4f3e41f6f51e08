"""Addresses that may be fetched: HTTPS, HTTP only where it is said, and no way from there to elsewhere."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urljoin, urlsplit

from klimatlib.errors import FetchError

_PORTS = {"http": 80, "https": 443}


def is_address(raw: str) -> bool:
    """Whether a source's ``raw`` is an address; otherwise it is a path in the project."""
    return "://" in raw


def host(url: str) -> str:
    """Name of an address's host, for messages."""
    return urlsplit(url).hostname or url


def address_problem(url: str, *, allow_http: bool) -> str:
    """Say why an address may not be fetched; empty if it may.

    >>> address_problem("https://www.scb.se/a.xlsx", allow_http=False)
    ''
    >>> address_problem("file:///etc/hostname", allow_http=True)
    'expected an address that begins with https://, got file://'
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return f"no address: {error}"
    if parts.scheme not in _PORTS:
        return f"expected an address that begins with https://, got {parts.scheme}://"
    if not parts.hostname or re.search(r"[\s\x00-\x1f\\]", url):
        return "no address: expected https://, a host and a path without spaces"
    if parts.username is not None or parts.password is not None:
        return "a name or password stands in the address; take it out"
    if parts.scheme == "http" and not (allow_http or _is_loopback(parts.hostname)):
        return "unencrypted (http); use https, or allow it with allow_http: true"
    return ""


def follow(url: str, target: str, *, allow_http: bool) -> str:
    """Return the absolute address that a page points to, if it is on the same host.

    Raises
    ------
    FetchError
        Another scheme or another host.
    """
    try:
        there = urljoin(url, target)
    except ValueError:
        there = target
    problem = address_problem(there, allow_http=allow_http)
    if not problem and not _same_host(urlsplit(url), urlsplit(there)):
        problem = f"another host; if {host(there)} is right, write its address in params/sources.yml"
    if problem:
        raise FetchError(f"{url}: points to {there[:200]}: {problem}")
    return there


def _same_host(here: SplitResult, there: SplitResult) -> bool:
    """Whether two addresses have one host and port, or the second is the encrypted form of the first."""
    upgraded = (_port(here), _port(there)) == (80, 443)
    same = here.scheme == there.scheme and _port(here) == _port(there)
    return here.hostname == there.hostname and (same or upgraded)


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
