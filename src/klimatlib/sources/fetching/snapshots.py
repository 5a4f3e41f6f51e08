"""Raw files as they were fetched, kept by their sha256 under ``data/raw``, and the list of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from klimatlib.config import Strict
from klimatlib.errors import InputError, LockedError, Problem
from klimatlib.sources.files import looks_like_json

_INDEX = "index.json"


class Snapshot(Strict):
    """One version of a raw file."""

    sha256: str
    file: str
    retrieved: str
    bytes: int
    etag: str = ""
    last_modified: str = ""
    pages: int = 1
    refused: str = ""


class Index(Strict):
    """The file ``data/raw/index.json``: the snapshots of every address, the newest last."""

    sources: dict[str, tuple[Snapshot, ...]]


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Let one process at a time work on the snapshots; the system frees them when it dies.

    Raises
    ------
    LockedError
        At once, when another process is fetching.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # not to be had on Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise LockedError("data/raw: another fetch is running; wait for it") from None
    else:
        yield
    finally:
        os.close(handle)


def part_of(folder: Path, url: str) -> Path:
    """Return where the unfinished download of an address is kept."""
    return folder / f".part-{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def known(folder: Path, raw: str) -> tuple[Snapshot, ...]:
    """Return the snapshots of an address, the newest last."""
    return _load(folder).sources.get(raw, ())


def newest(folder: Path, raw: str) -> Snapshot | None:
    """Return the newest snapshot that is still there; a refused one only if there is no other."""
    there = [snapshot for snapshot in known(folder, raw) if (folder / snapshot.file).is_file()]
    return next(reversed([s for s in there if not s.refused] or there), None)


def keep(
    folder: Path, raw: str, data: bytes, *, retrieved: str, etag: str = "", modified: str = "", pages: int = 1
) -> Snapshot:
    """Keep a raw file; one that is known already keeps the time when it was first retrieved."""
    sha256 = hashlib.sha256(data).hexdigest()
    file = f"{sha256[:2]}/{sha256}.{_extension(data)}"
    before = next((s for s in known(folder, raw) if s.sha256 == sha256), None)
    write_together({folder / file: data})
    snapshot = Snapshot(
        sha256=sha256, file=file, retrieved=before.retrieved if before else retrieved, bytes=len(data),
        etag=etag, last_modified=modified, pages=pages,
    )  # fmt: skip
    _list(folder, raw, snapshot)
    return snapshot


def judge(folder: Path, raw: str, snapshot: Snapshot, refused: str) -> None:
    """Write down why a snapshot was refused, or that it was not."""
    if snapshot.refused != refused:
        _list(folder, raw, snapshot.model_copy(update={"refused": refused}))


def load(folder: Path, snapshot: Snapshot) -> bytes:
    """Return a snapshot's bytes.

    Raises
    ------
    InputError
        Its bytes are no longer those that were fetched.
    """
    data = (folder / snapshot.file).read_bytes()
    if hashlib.sha256(data).hexdigest() != snapshot.sha256:
        text = "changed since it was fetched; delete it and fetch again"
        raise InputError([Problem(f"data/raw/{snapshot.file}", "", text)])
    return data


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write files under other names and rename them in order, so that nobody ever sees half of one.

    Nothing is renamed before all are written.
    """
    parts = {path: path.with_name(f".part-{path.name}") for path in files}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with parts[path].open("wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _list(folder: Path, raw: str, snapshot: Snapshot) -> None:
    index = _load(folder)
    others = tuple(s for s in index.sources.get(raw, ()) if s.sha256 != snapshot.sha256)
    changed = Index(sources={**index.sources, raw: (*others, snapshot)})
    data = changed.model_dump_json(indent=1).encode() + b"\n"
    write_together({folder / _INDEX: data})


def _load(folder: Path) -> Index:
    try:
        return Index.model_validate_json((folder / _INDEX).read_bytes())
    except FileNotFoundError:
        return Index(sources={})
    except ValidationError:
        text = "not the list of snapshots that it was; delete it and fetch again"
        raise InputError([Problem(f"data/raw/{_INDEX}", "", text)]) from None


def _extension(data: bytes) -> str:
    marks = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"<": "html"}
    kind = next((name for mark, name in marks.items() if data.startswith(mark)), "csv")
    return "json" if looks_like_json(data) else kind
