"""A source's raw file: from its address, from a path in the project, or from the snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from klimatlib.config import Project, Source
from klimatlib.errors import FetchError, InputError, Problem
from klimatlib.sources.fetching.address import host, is_address
from klimatlib.sources.fetching.download import download
from klimatlib.sources.fetching.pages import all_pages, join
from klimatlib.sources.fetching.snapshots import Snapshot, keep, load, newest, part_of
from klimatlib.sources.fetching.web import Answer, Request, UnreachableError, Web


@dataclass(frozen=True)
class Obtained:
    """A raw file.

    Parameters
    ----------
    snapshot
        What is known of it.
    data
        Its bytes.
    """

    snapshot: Snapshot
    data: bytes


def obtain(project: Project, name: str, source: Source, web: Web, *, offline: bool) -> Obtained:
    """Return a source's raw file, kept as a snapshot.

    Raises
    ------
    FetchError
        The network or the server did not give it.
    InputError
        No network and no snapshot, or a path that is not there.
    """
    raw, folder = source.raw or "", project.root / "data" / "raw"
    have = newest(folder, raw)
    try:
        if not is_address(raw):
            return _from_path(project, name, raw, web)
        if offline:
            return _from_snapshot(name, raw, folder, have, "offline", web)
        return _from_address(name, source, folder, have, web)
    except UnreachableError as error:
        web.say(str(error))
        return _from_snapshot(name, raw, folder, have, "no network", web)
    except FetchError:
        if have:
            web.say(f"{name}: klimatlib fetch {project.name} --offline uses the snapshot of {have.retrieved}")
        raise


def _from_snapshot(name: str, raw: str, folder: Path, have: Snapshot | None, why: str, web: Web) -> Obtained:
    if have is None:
        text = f"{why}, and no snapshot of {raw} in data/raw; connect to the network and fetch again"
        raise InputError([Problem("params/sources.yml", f"sources.{name}", text)])
    web.say(f"{name}: {why}; using the snapshot of {have.retrieved}, {_size(have.bytes)}")
    return Obtained(have, load(folder, have))


def _from_address(name: str, source: Source, folder: Path, have: Snapshot | None, web: Web) -> Obtained:
    url = source.raw or ""
    web.say(f"{name}: asking {host(url)}")
    marks = (have.etag, have.last_modified) if have and have.pages == 1 else ("", "")
    answer = download(Request(url, part_of(folder, url), *marks, allow_http=source.allow_http), web)
    if answer.data is None and have is not None:
        web.say(f"{name}: unchanged since {have.retrieved}, {_size(have.bytes)}")
        return Obtained(have, load(folder, have))
    pages = all_pages(
        url, _getter(folder, source, web), answer.data or b"",
        most=web.limits.pages, allow_http=source.allow_http,
    )  # fmt: skip
    data = join(pages, url)
    web.say(f"{name}: {_size(len(data))} from {host(url)}" + _paged(pages))
    marks = (answer.etag, answer.modified)
    return Obtained(_keep(folder, url, data, web, marks, len(pages)), data)


def _getter(folder: Path, source: Source, web: Web) -> Callable[[str], Answer]:
    return lambda url: download(Request(url, part_of(folder, url), allow_http=source.allow_http), web)


def _from_path(project: Project, name: str, raw: str, web: Web) -> Obtained:
    """Take a file that lies in the project already, such as one that was sent by mail."""
    path, root = (project.root / raw).resolve(), project.root.resolve()
    where = f"sources.{name}.raw"
    problem = ""
    if Path(raw).is_absolute() or not path.is_relative_to(root):
        problem = f"expected an address or a path in the project, got {raw}"
    elif not path.is_file():
        problem = f"no file {raw} in the project; put it there"
    elif path.stat().st_size > web.limits.max_bytes:
        problem = f"{raw} is larger than the limit of {web.limits.max_bytes / 1e6:.0f} MB"
    if problem:
        raise InputError([Problem("params/sources.yml", where, problem)])
    data = path.read_bytes()
    web.say(f"{name}: {_size(len(data))} from {raw}")
    return Obtained(_keep(project.root / "data" / "raw", raw, data, web, ("", ""), 1), data)


def _keep(folder: Path, raw: str, data: bytes, web: Web, marks: tuple[str, str], pages: int) -> Snapshot:
    time = web.clock().astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return keep(folder, raw, data, retrieved=time, etag=marks[0], modified=marks[1], pages=pages)


def _paged(pages: list[bytes]) -> str:
    return f", {len(pages)} pages" if len(pages) > 1 else ""


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
