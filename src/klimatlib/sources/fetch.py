"""Get the official statistics that ``params/sources.yml`` names: raw files, tidy tables, their provenance.

Each raw file is kept by its checksum under ``data/raw``, with an index of what was fetched when. Its tidy
table gets a file for each release, never overwritten, with a ``.provenance.json`` beside it; parameters say
when a release is used. No table is written unless all sources are sound. The wall clock is legitimate here:
it tells when a file was retrieved.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import ipaddress
import itertools
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import filelock
import requests
import urllib3
from pydantic import BaseModel, ConfigDict, ValidationError
from urllib3.util.retry import Retry

from klimatlib import __version__
from klimatlib.config import Project, Sectors, Source, Sources
from klimatlib.errors import FetchError, InputError, LockedError, Problem, now, progress, stamp
from klimatlib.sources import tables
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.files import MAX_BYTES, looks_like_json, read_file
from klimatlib.sources.inputs import Inputs, municipalities, sectors
from klimatlib.sources.statistics import read_any
from klimatlib.sources.tables import Places, Reading, Table, read_table, refuse

_PARAMS = "params/sources.yml"
_POPULATION = ("population", tables.POPULATION)
_TABLES: dict[str, tuple[str, Table]] = {  # kind of raw file -> its tidy table's name and contract
    "emissions-export": ("emissions", tables.EMISSIONS),
    "population-workbook": _POPULATION,
    "population-table": _POPULATION,
    "pxweb-json": _POPULATION,
    "pxweb-csv": _POPULATION,
    "json-stat2": _POPULATION,
    "municipality-codes": ("municipalities", tables.MUNICIPALITIES),
}
_FILES = sorted({f"data/statistics/{name}_{{vintage}}.csv" for name, _ in _TABLES.values()})
_BASE_YEAR = 1990  # revised by up to 3 % from release to release, other years by up to 10 %
_PORTS = {"http": 80, "https": 443}
_NO_CONNECTION = (
    urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError, requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How long and how much a download may take."""

    connect_s: float = 10
    silence_s: float = 120  # without a byte
    total_s: float = 900  # for one address
    max_bytes: int = MAX_BYTES
    attempts: int = 5
    wait_s: float = 1  # before the second try, doubled for each further one
    longest_wait_s: float = 120
    redirects: int = 5


@dataclass(frozen=True)
class Fetched:
    """One source as it was fetched."""

    source: str  # its id in params/sources.yml
    file: str  # its tidy table, relative to the project
    vintage: str  # its release
    sha256: str  # of the raw file
    bytes: int  # of the raw file
    retrieved: str  # when the raw file first came, ISO, UTC
    rows: int  # of the tidy table
    new: bool  # False where the same table was there


class Snapshot(BaseModel):
    """One version of a raw file, as the index lists it; keys of older indexes are ignored."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    file: str
    retrieved: str
    bytes: int
    etag: str = ""
    last_modified: str = ""
    refused: str = ""


class Index(BaseModel):
    """The file ``data/raw/index.json``: the snapshots of every address, the newest last."""

    sources: dict[str, tuple[Snapshot, ...]] = {}


@dataclass(frozen=True)
class _Job:
    """What all steps of one fetch need: see `fetch`."""

    project: Project
    places: Places
    sectors: Sectors
    offline: bool
    clock: Callable[[], dt.datetime]
    sleep: Callable[[float], None]
    limits: Limits

    @property
    def folder(self) -> Path:
        return self.project.root / "data" / "raw"


class _TransientError(FetchError):
    """A try that failed and may be repeated, after so many seconds if the server asks for them.

    ``unreachable``: there is no way to the server, no network or no such host.
    """

    def __init__(self, reason: str, *, wait: float | None = None, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.unreachable = wait, unreachable


def fetch(
    project: Project,
    *,
    offline: bool = False,
    clock: Callable[[], dt.datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
    limits: Limits = Limits(),
) -> list[Fetched]:
    """Get every source with a ``raw`` address or path, and write the tidy tables of new releases.

    Parameters
    ----------
    project
        The report that it is fetched for.
    offline
        Use the newest snapshots and no network.
    clock, sleep, limits
        The time (UTC), how to wait, and how long and how much at most.

    Raises
    ------
    FetchError
        The network or a server did not give a file.
    InputError
        A file that cannot be used, a release that is here with other content, or no snapshot to use
        where there is no network.
    LockedError
        Another process is fetching.
    """
    sources, places = fetchable(project), Places.from_frame(municipalities(Inputs(project)))
    job = _Job(project, places, sectors(Inputs(project)), offline, clock, sleep, limits)
    ready: list[tuple[Fetched, dict[Path, bytes]]] = []
    errors: list[Any] = []
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(job.folder / ".lock", timeout=0):
            for name, source in sources.items():
                try:
                    ready.append(_prepare(job, name, source))
                except (FetchError, InputError) as error:
                    errors.append(error)
            if any(isinstance(error, FetchError) for error in errors):
                raise FetchError("\n".join(map(str, errors)))
            if errors:
                raise InputError(problem for error in errors for problem in error.problems)
            write_together({path: data for _, files in ready for path, data in files.items()})
    except filelock.Timeout:
        raise LockedError("data/raw: another fetch is running; wait for it") from None
    except OSError as error:
        message = f"cannot be read or written: {error.strerror or error}"
        raise FetchError(f"data/raw, data/statistics: {message}; mend that and fetch again") from None
    for fetched, _ in ready:
        state = "new" if fetched.new else "the same as before"
        done = f"{fetched.file}, {fetched.rows} rows, release {fetched.vintage}, {state}"
        progress("fetch", f"{fetched.source}: {done}")
        for line in _usage(project, fetched, sources[fetched.source]) if fetched.new else ():
            progress("fetch", line)
    return [fetched for fetched, _ in ready]


def fetchable(project: Project) -> dict[str, Source]:
    """Return the sources that ``params/sources.yml`` gives an address or path for, by their ids.

    Raises
    ------
    InputError
        None, or one whose entry cannot be followed.
    """
    entries = Inputs(project).model(project.root / _PARAMS, Sources).sources
    sources = {name: source for name, source in entries.items() if source.raw}
    problems = []
    for name, source in sources.items():
        wrong = []
        problem = address_problem(source.raw or "", allow_http=source.allow_http)
        if problem and _is_address(source):
            wrong.append(f"raw: {problem}")
        if source.kind and source.kind not in _TABLES:
            wrong.append(f"kind: expected one of {', '.join(_TABLES)}, got {source.kind}")
        if source.file not in _FILES:
            wrong.append(f"file: expected one of {', '.join(_FILES)}; got {source.file}")
        if source.vintage and not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.-]*", source.vintage):
            wrong.append(f"vintage: expected letters, digits, hyphens and dots, got {source.vintage}")
        problems += [Problem(_PARAMS, f"sources.{name}", text) for text in wrong]
    files = [source.file for source in sources.values()]
    text = "two sources with raw make {}; keep one"
    twice = sorted({file for file in files if files.count(file) > 1})
    problems += [Problem(_PARAMS, "sources", text.format(file)) for file in twice]
    if not sources:
        problems.append(Problem(_PARAMS, "sources", "none has raw, the address of a file to fetch; add one"))
    refuse(problems)
    return sources


def _is_address(source: Source) -> bool:
    """Whether a source's ``raw`` is an address; otherwise it is a path in the project."""
    return "://" in (source.raw or "")


def _prepare(job: _Job, name: str, source: Source) -> tuple[Fetched, dict[Path, bytes]]:
    """Obtain, read and check a source; return what it becomes, and the files that are to be written."""
    snapshot, data = _obtain(job, name, source)
    file = f"data/raw/{snapshot.file}"
    try:
        if source.sha256 and snapshot.sha256 != source.sha256:
            text = f"sha256 {snapshot.sha256}, {_PARAMS} expects {source.sha256}"
            advice = "the file has changed at its address: look at it, then write the new sha256 there"
            raise InputError([Problem(file, "", f"{text}; {advice}")])
        reading, table = _tidy_table(job, data, file, source)
    except InputError as error:
        _list(job, source, snapshot.model_copy(update={"refused": str(error)[:500]}))
        raise
    _list(job, source, snapshot.model_copy(update={"refused": ""}))
    before, after = Path(source.file).name.split("{vintage}")
    same = [  # where the raw file does not tell its release, the one with the very same table
        path.name.removeprefix(before).removesuffix(after)
        for path in sorted(job.project.statistics.glob(f"{before}*{after}"))
        if path.read_bytes() == table
    ]
    vintage = reading.vintage or source.vintage or next(iter(same), snapshot.retrieved[:10])
    path = job.project.root / source.file.format(vintage=vintage)
    published = path.read_bytes() if path.exists() else None
    contract = _TABLES[reading.kind][1]
    if published is not None and published != table:
        differs = _difference(published, table, contract, job.project.relative(path))
        text = f"this release is here with other content: {differs}; it was left as it is"
        advice = f"compare it with {file}, and remove it first if the fetched one is right"
        raise InputError([Problem(job.project.relative(path), "", f"{text}; {advice}")])
    rows = len(read_table(table, contract, file=file))
    provenance = {
        **source.model_dump(include={"title", "publisher", "licence"}),
        "url": source.raw,
        "vintage": vintage,
        **snapshot.model_dump(exclude={"refused"}),
        "reader": f"{reading.kind} (klimatlib {__version__})",
        "notes": list(reading.notes),
        "select": {key: list(values) for key, values in source.select if values},
        "rows": rows,
        "table_sha256": hashlib.sha256(table).hexdigest(),
    }
    note = path.with_suffix(".provenance.json")
    files = {}  # the provenance before its table, which is never without
    if published is None or not note.exists():
        files[note] = json.dumps(provenance, ensure_ascii=False, indent=1).encode() + b"\n"
    if published is None:
        files[path] = table
    known = (snapshot.sha256, snapshot.bytes, snapshot.retrieved)
    return Fetched(name, job.project.relative(path), vintage, *known, rows, published is None), files


def _usage(project: Project, fetched: Fetched, source: Source) -> Iterator[str]:
    """Say how the report comes to use a new release, and how far the nation is from that in use."""
    used = project.params.emissions_vintage
    if source.file != "data/statistics/emissions_{vintage}.csv":
        target = source.file.replace("_{vintage}", "")
        yield f"{fetched.source}: to use it, put it in the place of {target}"
    elif used != fetched.vintage:
        nation = []
        for path in (project.statistics / f"emissions_{used}.csv", project.root / fetched.file):
            if path.is_file():
                frame = read_table(path.read_bytes(), tables.EMISSIONS, file=path.name)
                total = (frame["municipality_code"] == tables.NATION) & (frame["sector"] == tables.TOTAL)
                nation.append(frame[total].set_index("year")["emissions_t"].sort_index())
        if len(nation) == 2:
            changes: dict[Any, float] = (nation[1] / nation[0] - 1).dropna().to_dict()
            far = any(abs(change) > (0.03 if year == _BASE_YEAR else 0.1) for year, change in changes.items())
            text = ", ".join(f"{year} {change:+.1%}" for year, change in changes.items()) or "-"
            text += "; warning: more than releases usually differ, look before use" if far else ""
            yield f"{fetched.source}: the nation against release {used}, in use: {text}"
        advice = f'write emissions_vintage: "{fetched.vintage}" in params/{project.name}.yml'
        yield f"{fetched.source}: to use it, {advice}"


def _tidy_table(job: _Job, data: bytes, file: str, source: Source) -> tuple[Reading, bytes]:
    """Read a raw file and make its tidy table: of an emissions export the main sectors and the total."""

    def emissions(data: bytes, file: str) -> Reading:
        gaps = source.known_gaps
        return read_emissions(data, file, places=job.places, sectors=job.sectors, known_gaps=gaps)

    readers = {"emissions-export": emissions}
    reading = read_any(data, file, places=job.places, sectors=job.sectors, readers=readers)
    name, contract = _TABLES[reading.kind]
    problems = []
    if source.kind and reading.kind != source.kind:
        problems.append(Problem(file, "", f"expected {source.kind} ({_PARAMS}), got {reading.kind}"))
    if source.vintage and reading.vintage and reading.vintage != source.vintage:
        text = f"the file is the release of {reading.vintage}, {_PARAMS} asks for {source.vintage}"
        problems.append(Problem(file, "", f"{text}; if the new one is wanted, change vintage there"))
    if source.file != f"data/statistics/{name}_{{vintage}}.csv":
        text = f"{reading.kind} makes the table {name}, but {_PARAMS} has {source.file}"
        problems.append(Problem(file, "", text))
    frame = reading.frame
    if reading.kind == "emissions-export":
        frame = frame[frame["subsector"] == tables.TOTAL]
    for column, values in {"year": source.select.years, "municipality_code": source.select.codes}.items():
        present = set(frame[column]) if column in frame else set()
        text = f"asked for by select in {_PARAMS}, but not in the file"
        problems += [Problem(file, f"{column} {value}", text) for value in values if value not in present]
        if values and column in frame:
            frame = frame[frame[column].isin(values)]
    refuse(problems)
    columns = list(contract.schema.columns)
    ordered = frame.sort_values(list(contract.key))[columns]
    hundredths = "%.2f" if "emissions_t" in columns else None
    return reading, ordered.to_csv(index=False, lineterminator="\n", float_format=hundredths).encode()


def _difference(old: bytes, new: bytes, table: Table, file: str) -> str:
    """Say in what the fetched version of a tidy table differs from the one that is there."""
    try:
        before, after = (read_table(data, table, file=file).astype("str") for data in (old, new))
    except InputError as error:
        return f"what is there cannot be read ({str(error).splitlines()[0]})"
    both = before.merge(after, on=list(table.key), suffixes=(" there", " fetched"), validate="one_to_one")
    values = [name for name in before if name not in table.key]
    there, fetched = (both[[f"{name} {side}" for name in values]] for side in ("there", "fetched"))
    rows = both[(there.to_numpy() != fetched.to_numpy()).any(axis=1)]
    text = f"{len(rows)} rows differ, {len(after) - len(both)} are new, {len(before) - len(both)} are gone"
    if rows.empty:
        return text
    key, was, now = (", ".join(rows.iloc[0][list(names)]) for names in (table.key, there, fetched))
    return f"{text}; first {key}: {was} there, {now} fetched"


def _obtain(job: _Job, name: str, source: Source) -> tuple[Snapshot, bytes]:
    """Return a source's raw file: from the network, the project, or the snapshot of an earlier fetch."""
    url, reason = source.raw or "", "offline"
    host = urlsplit(url).hostname or url
    if not _is_address(source):
        path = (job.project.root / url).resolve()
        problem = "" if path.is_file() else f"no file {url} in the project; put it there"
        if Path(url).is_absolute() or not path.is_relative_to(job.project.root.resolve()):
            problem = f"expected an address or a path in the project, got {url}"
        if problem:
            raise InputError([Problem(_PARAMS, f"sources.{name}.raw", problem)])
        return _keep(job, name, source, read_file(path, url), {})
    snapshots = [s for s in _index(job).sources.get(url, ()) if (job.folder / s.file).is_file()]
    newest = next(reversed([s for s in snapshots if not s.refused] or snapshots), None)
    try:
        if not job.offline:
            progress("fetch", f"{name}: asking {host}")
            answer = _download(job, source, newest)
            if answer:
                return _keep(job, name, source, *answer)
            reason = "unchanged"
    except FetchError as error:
        if not (isinstance(error, _TransientError) and error.unreachable):
            if newest:
                again = f"klimatlib fetch {job.project.name} --offline"
                progress("fetch", f"{name}: {again} uses the snapshot of {newest.retrieved}")
            raise
        progress("fetch", str(error))
        reason = "no network"
    if newest is None:
        text = f"{reason}, and no snapshot of {url} in data/raw; connect to the network and fetch again"
        raise InputError([Problem(_PARAMS, f"sources.{name}", text)])
    use = "unchanged since" if reason == "unchanged" else f"{reason}; using the snapshot of"
    progress("fetch", f"{name}: {use} {newest.retrieved}, {_size(newest.bytes)}")
    data = (job.folder / newest.file).read_bytes()
    if hashlib.sha256(data).hexdigest() != newest.sha256:
        text = "changed since it was fetched; delete it and fetch again"
        raise InputError([Problem(f"data/raw/{newest.file}", "", text)])
    return newest, data


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def _keep(
    job: _Job, name: str, source: Source, data: bytes, headers: Mapping[str, str]
) -> tuple[Snapshot, bytes]:
    """Keep a raw file by its checksum; one that is known already keeps the time when it first came."""
    url, sha256 = source.raw or "", hashlib.sha256(data).hexdigest()
    progress("fetch", f"{name}: {_size(len(data))} from {urlsplit(url).hostname or url}")
    marks = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"<": "html"}
    ending = next((ending for mark, ending in marks.items() if data.startswith(mark)), "csv")
    file = f"{sha256[:2]}/{sha256}.{'json' if looks_like_json(data) else ending}"
    earlier = (s.retrieved for s in _index(job).sources.get(url, ()) if s.sha256 == sha256)
    snapshot = Snapshot(
        sha256=sha256,
        file=file,
        retrieved=next(earlier, stamp(job.clock())),
        bytes=len(data),
        etag=headers.get("ETag", ""),
        last_modified=headers.get("Last-Modified", ""),
    )
    write_together({job.folder / file: data})
    return snapshot, data


def _list(job: _Job, source: Source, snapshot: Snapshot) -> None:
    """Put a snapshot last in the index, in place of what was known of it."""
    index, url = _index(job), source.raw or ""
    others = [other for other in index.sources.get(url, ()) if other.sha256 != snapshot.sha256]
    changed = Index(sources={**index.sources, url: (*others, snapshot)})
    if changed != index:
        write_together({job.folder / "index.json": changed.model_dump_json(indent=1).encode() + b"\n"})


def _index(job: _Job) -> Index:
    try:
        return Index.model_validate_json((job.folder / "index.json").read_bytes())
    except FileNotFoundError:
        return Index()
    except ValidationError:
        text = "not the list of snapshots that it was; delete it and fetch again"
        raise InputError([Problem("data/raw/index.json", "", text)]) from None


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write files under other names, and when all are on the disk rename them in order: all or none."""
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


class _Session(requests.Session):
    """A session without redirections and logins of its own.

    requests reads the body of every redirection, without a limit, and sends the login that the user's netrc
    file has for the host.
    """

    def __init__(self) -> None:
        super().__init__()
        self.auth = lambda request: request

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return nowhere: `_open` follows redirections."""


def _download(job: _Job, source: Source, newest: Snapshot | None) -> tuple[bytes, Mapping[str, str]] | None:
    """Get a file and its headers, trying again where it may help; None if `newest` is what the server has."""
    limits, url = job.limits, source.raw or ""
    headers = {"User-Agent": f"klimatlib/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
    if newest:
        marks = {"If-None-Match": newest.etag, "If-Modified-Since": newest.last_modified}
        headers |= {name: mark for name, mark in marks.items() if mark}
    deadline = time.monotonic() + limits.total_s
    for attempt in itertools.count(1):
        try:
            with _Session() as session, _open(session, source, headers, limits) as response:
                if response.status_code == 304:
                    return None
                return _body(response, url, deadline, limits), response.headers
        except _TransientError as error:
            if attempt == limits.attempts:
                text = f"{url}: {error}; tried {attempt} times"
                raise _TransientError(text, unreachable=error.unreachable) from None
            wait = error.wait if error.wait is not None else limits.wait_s * 2 ** (attempt - 1)
            wait = min(wait, limits.longest_wait_s)
            progress("fetch", f"{url}: {error}; trying again in {wait:g} s")
            job.sleep(wait)
            _refuse_late(url, deadline, limits)
    raise AssertionError


def _refuse_late(url: str, deadline: float, limits: Limits) -> None:
    if time.monotonic() > deadline:
        raise FetchError(f"{url}: not finished within {limits.total_s:g} s; fetch again later")


def _open(session: _Session, source: Source, headers: dict[str, str], limits: Limits) -> requests.Response:
    """Ask, following redirections on the same host; return the answer with the file, or 304."""
    url, timeout = source.raw or "", (limits.connect_s, limits.silence_s)
    for _ in range(limits.redirects + 1):
        try:
            response = session.get(url, headers=headers, stream=True, timeout=timeout)
        except requests.exceptions.SSLError as error:
            raise FetchError(f"{url}: the encrypted connection cannot be trusted: {error}") from None
        except requests.exceptions.ReadTimeout:
            raise _TransientError(f"no answer within {limits.silence_s:g} s") from None
        except requests.exceptions.ConnectionError as error:
            reason = getattr(error.args[0] if error.args else None, "reason", error)
            if isinstance(reason, _NO_CONNECTION):
                raise _TransientError("no way to the server", unreachable=True) from None
            raise _TransientError("the connection was cut before the answer") from None
        except (OSError, urllib3.exceptions.HTTPError) as error:  # also any other of requests
            raise FetchError(f"{url}: {error}") from None
        status, target = response.status_code, response.headers.get("Location")
        if status in (200, 304):
            return response
        response.close()
        message = f"the server answered {status} {response.reason or ''}".rstrip()
        if status in (408, 429) or status >= 500:
            wait = None
            with contextlib.suppress(urllib3.exceptions.InvalidHeader):  # neither seconds nor a date
                wait = Retry().get_retry_after(response.raw)
            raise _TransientError(message, wait=wait)
        if status not in (301, 302, 303, 307, 308) or not target:
            raise FetchError(f"{source.raw}: {message}; look at the address in {_PARAMS}")
        url = _follow(url, target, allow_http=source.allow_http)
    raise FetchError(f"{source.raw}: redirected more than {limits.redirects} times")


def _body(response: requests.Response, url: str, deadline: float, limits: Limits) -> bytes:
    """Read an answer piece by piece, as it comes, within the limits of size and time; unpack gzip."""
    data, cut = bytearray(), ""
    length = re.fullmatch(r"[0-9]{1,18}", response.headers.get("Content-Length", ""))
    size = int(length[0]) if length else 0
    try:
        while max(size, len(data)) <= limits.max_bytes:
            piece = response.raw.read1(64 * 1024, decode_content=True)
            if not piece:
                break
            data += piece
            _refuse_late(url, deadline, limits)
        else:
            limit = f"larger than the limit of {limits.max_bytes / 1e6:.0f} MB"
            raise FetchError(f"{url}: {limit}; nothing was kept")
    except urllib3.exceptions.DecodeError:
        raise FetchError(f"{url}: the gzip that was sent is damaged; fetch again") from None
    except urllib3.exceptions.ReadTimeoutError:
        cut = "silent"
    except (urllib3.exceptions.HTTPError, OSError):
        cut = "cut off"
    if cut or response.raw.tell() < size:
        of = f" of {size}" if size else ""
        raise _TransientError(f"{cut or 'cut off'} after {response.raw.tell()}{of} bytes")
    return bytes(data)


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
    try:
        loopback = parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme == "http" and not (allow_http or loopback):
        return "unencrypted (http); use https, or allow it with allow_http: true"
    return ""


def _follow(url: str, target: str, *, allow_http: bool) -> str:
    """Return the absolute address of a redirection, if it is on the same host, or its encrypted form."""
    try:
        there = urljoin(url, target)
    except ValueError:
        there = target
    problem = address_problem(there, allow_http=allow_http)
    if not problem:
        here, new = urlsplit(url), urlsplit(there)
        ports = [(parts.scheme, parts.port or _PORTS[parts.scheme]) for parts in (here, new)]
        if here.hostname != new.hostname or (ports[0] != ports[1] and ports != [*_PORTS.items()]):
            problem = f"another host; if {new.hostname} is right, write its address in {_PARAMS}"
    if problem:
        raise FetchError(f"{url}: points to {there[:200]}: {problem}")
    return there
