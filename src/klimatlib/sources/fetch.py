"""Get the official statistics that ``params/sources.yml`` names: raw files, tidy tables, their provenance.

Each raw file is kept by its checksum under ``data/raw``, with an index of what was fetched when. Its tidy
table gets a file for each release, never overwritten, with a ``.provenance.json`` beside it; parameters say
when a release is used. No table is written unless all sources are sound.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

import filelock
import pandas as pd
import requests
import urllib3
from pydantic import BaseModel, ConfigDict, ValidationError
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from klimatlib import __version__
from klimatlib.config import Gpc, Project, Source, Sources
from klimatlib.errors import FetchError, InputError, LockedError, Problem, now, progress, stamp, warning
from klimatlib.files import write_together
from klimatlib.sources import tables
from klimatlib.sources.emissions_database import read_emissions, subsector_table, subsectors_to_csv
from klimatlib.sources.files import MAX_BYTES, looks_like_json
from klimatlib.sources.inputs import Inputs, gpc, places, sectors
from klimatlib.sources.statistics import POPULATION_KINDS, Reader, changes, read_any, read_energy, sums
from klimatlib.sources.tables import TOTAL, Places, Reading, read_table, refuse, repeated, rows

_PARAMS = "params/sources.yml"
_TABLES = {
    "emissions-export": "emissions",
    "energy-balance": "energy",
    **dict.fromkeys(POPULATION_KINDS, "population"),
}
_CONNECT_S, _SILENCE_S, _TOTAL_S = 10, 120, 900  # of a download; without a byte; for all of it
_RETRIES, _LONGEST_WAIT_S, _REDIRECTS = 4, 120, 5


@dataclass(frozen=True)
class Fetched:
    """One source as it was fetched."""

    source: str  # its id in params/sources.yml
    file: str  # its tidy table, relative to the project
    vintage: str  # its release
    sha256: str  # of the raw file
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


class Index(BaseModel):
    """The file ``data/raw/index.json``: the usable snapshots of every address, the newest last."""

    sources: dict[str, tuple[Snapshot, ...]] = {}


def fetch(project: Project, *, offline: bool = False) -> list[Fetched]:
    """Get every source with a ``raw`` address or path, and write the tidy tables of new releases.

    ``offline``: use the newest snapshots and no network.

    FetchError: the network or a server did not give a file. InputError: a file that cannot be used, a release
    that is here with other content, or no snapshot to use where there is no network. LockedError: another
    process is fetching.
    """
    sources, inputs, folder = fetchable(project), Inputs(project), project.root / "data" / "raw"
    known_places, known_sectors, rules = places(inputs), sectors(inputs), gpc(inputs)
    named: dict[str, Any] = {"places": known_places, "sectors": known_sectors}
    readers: dict[str, Reader] = {
        "emissions-export": partial(read_emissions, **named, counties=True),
        "energy-balance": partial(read_energy, places=known_places, codes=rules.energy),
    }
    ready: list[Fetched] = []
    files: dict[Path, bytes] = {}
    errors: list[Any] = []
    warnings: list[str] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / ".lock", timeout=0):
            index = _index(folder)
            for name, source in sources.items():
                snapshots = index.sources.get(source.raw or "", ())
                try:
                    snapshot, data = _obtain(inputs, name, source, snapshots, offline=offline)
                    file = f"data/raw/{snapshot.file}"
                    reading = read_any(data, file, **named, readers=readers)
                    fetched, written = _prepare(project, name, source, snapshot, reading, known_places)
                    warnings += (f"{name}: {text}" for text in reading.warnings)
                    if reading.kind == "emissions-export":
                        written |= _subsectors(project, fetched, reading, rules, warnings)
                except (FetchError, InputError) as error:
                    errors.append(error)
                else:
                    ready.append(fetched)
                    files |= written
                    others = (other for other in snapshots if other.sha256 != snapshot.sha256)
                    index.sources[source.raw or ""] = (*others, snapshot)
            if any(isinstance(error, FetchError) for error in errors):
                raise FetchError("\n".join(map(str, errors)))
            refuse(problem for error in errors for problem in error.problems)
            files[folder / "index.json"] = index.model_dump_json(indent=1).encode() + b"\n"
            write_together(files)
    except filelock.Timeout:
        raise LockedError("data/raw: another fetch is running; wait for it") from None
    except OSError as error:
        message = f"cannot be read or written: {error.strerror or error}"
        raise FetchError(f"data/raw, data/statistics: {message}; mend that and fetch again") from None
    for text in warnings:
        warning(text, step="fetch").log()
    for fetched in ready:
        state = "new" if fetched.new else "the same as before"
        done = f"{fetched.file}, {fetched.rows} rows, release {fetched.vintage}, {state}"
        for line in (done, *(_usage(project, fetched) if fetched.new else ())):
            progress("fetch", f"{fetched.source}: {line}", news=fetched.new)
    return ready


def fetchable(project: Project) -> dict[str, Source]:
    """Return the sources that ``params/sources.yml`` gives an address or path for, by their ids."""
    listed = Inputs(project).model(project.root / _PARAMS, Sources).sources
    sources = {name: source for name, source in listed.items() if source.raw}
    twice = repeated(source.file for source in sources.values())
    faults = [("sources", f"two sources with raw make {file}; keep one") for file in twice]
    if not sources:
        faults.append(("sources", "none has raw, the address of a file to fetch; add one"))
    for name, source in sources.items():
        problem = address_problem(raw) if "://" in (raw := source.raw or "") else ""  # or a path
        faults += [(f"sources.{name}", f"raw: {problem}")] if problem else []
    refuse(Problem(_PARAMS, *fault) for fault in faults)
    return sources


def _obtain(
    inputs: Inputs, name: str, source: Source, snapshots: Sequence[Snapshot], *, offline: bool
) -> tuple[Snapshot, bytes]:
    """Return a source's raw file: from the network, the project, or the snapshot of an earlier fetch."""
    url, folder = source.raw or "", inputs.project.root / "data" / "raw"
    headers: Mapping[str, str] = {}
    if "://" in url:
        newest = next((each for each in reversed(snapshots) if (folder / each.file).is_file()), None)
        if not offline:
            progress("fetch", f"{name}: asking {urlsplit(url).hostname}")
        try:
            answer = None if offline else _download(source, newest)
        except FetchError as error:
            again = f"klimatlib fetch {inputs.project.name} --offline uses the snapshot of"
            raise FetchError(f"{error}; {again} {newest.retrieved}" if newest else str(error)) from None
        if answer:
            data, headers = answer
        elif newest is None:
            text = f"offline, and no snapshot of {url} in data/raw; connect to the network and fetch again"
            raise InputError([Problem(_PARAMS, f"sources.{name}", text)])
        else:
            use = "offline; using the snapshot of" if offline else "unchanged since"
            progress("fetch", f"{name}: {use} {newest.retrieved}, {newest.bytes / 1e3:.1f} kB")
            data = (folder / newest.file).read_bytes()
            if hashlib.sha256(data).hexdigest() != newest.sha256:
                text = "changed since it was fetched; delete it and fetch again"
                raise InputError([Problem(f"data/raw/{newest.file}", "", text)])
            return newest, data
    else:
        data = inputs.read(inputs.project.root / url)
    progress("fetch", f"{name}: {len(data) / 1e3:.1f} kB from {urlsplit(url).hostname or url}")
    sha256 = hashlib.sha256(data).hexdigest()
    marks = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"<": "html"}
    ending = next((ending for mark, ending in marks.items() if data.startswith(mark)), "csv")
    earlier = (each.retrieved for each in snapshots if each.sha256 == sha256)
    snapshot = Snapshot(
        sha256=sha256,
        file=f"{sha256[:2]}/{sha256}.{'json' if looks_like_json(data) else ending}",
        retrieved=next(earlier, stamp(now())),
        bytes=len(data),
        etag=headers.get("ETag", ""),
        last_modified=headers.get("Last-Modified", ""),
    )
    write_together({folder / snapshot.file: data})
    return snapshot, data


def _index(folder: Path) -> Index:
    try:
        return Index.model_validate_json((folder / "index.json").read_bytes())
    except FileNotFoundError:
        return Index()
    except ValidationError:
        text = "not the list of snapshots that it was; delete it and fetch again"
        raise InputError([Problem("data/raw/index.json", "", text)]) from None


def _prepare(
    project: Project, name: str, source: Source, snapshot: Snapshot, reading: Reading, places: Places
) -> tuple[Fetched, dict[Path, bytes]]:
    """Return what a tidy table becomes, and the files that are to be written: none that is here.

    Of an export of emissions the main sectors and the total are kept (see `_subsectors`); years of the
    population are joined with those of the release before.
    """
    title, frame, notes = _TABLES.get(reading.kind, "?"), reading.frame, reading.notes
    if source.file != (made := f"data/statistics/{title}_{{vintage}}.csv"):
        text = f"{reading.kind} makes {made}, but {_PARAMS} has {source.file}"
        raise InputError([Problem(reading.file, "", text)])
    vintage, here = reading.vintage or source.vintage, sorted(project.statistics.glob(f"{title}_*.csv"))
    if title == "emissions":
        is_main = (frame["subsector"] == tables.TOTAL) & (frame["municipality_code"].str.len() == 4)
        frame = frame[is_main]
    before = [path for path in here if not vintage or path.stem < f"{title}_{vintage}"]
    if title == "population" and before:
        frame, joined = _with_years_of(before[-1], frame, places, reading.file)
        notes = (*notes, joined)
    contract, hundredths = tables.TABLES[title], "%.2f" if title == "emissions" else None
    ordered = frame.sort_values([*contract.key])[[*contract.schema.columns]]
    table = ordered.to_csv(index=False, lineterminator="\n", float_format=hundredths).encode()
    if not vintage:  # then it is that of the very same table, if it is here, or the day
        same = (path.stem.removeprefix(f"{title}_") for path in here if path.read_bytes() == table)
        vintage = next(same, snapshot.retrieved[:10])
    path = project.root / source.file.format(vintage=vintage)
    published, written = path.read_bytes() if path.exists() else None, project.relative(path)
    if published is not None and published != table:
        lines = [pd.Index(each.decode(errors="replace").splitlines()) for each in (published, table)]
        gone, came = (one.difference(other, sort=False) for one, other in (lines, reversed(lines)))
        first = f"first '{','.join(gone[:1])}' here, '{','.join(came[:1])}' fetched"
        text = f"this release is here with other content: {len(gone)} lines here and {len(came)} fetched"
        advice = f"compare it with data/raw/{snapshot.file}, and remove it first if the fetched one is right"
        text = f"{text} differ, {first}; it was left as it is; {advice}"
        raise InputError([Problem(written, "", text)])
    count = len(read_table(table, contract, file=written))
    provenance = {
        **source.model_dump(include={"title", "publisher", "licence"}),
        "url": source.raw,
        "vintage": vintage,
        **snapshot.model_dump(),
        "reader": f"{reading.kind} (klimatlib {__version__})",
        "notes": [*notes, *reading.warnings],
        "rows": count,
        "table_sha256": hashlib.sha256(table).hexdigest(),
    }
    note, record = path.with_suffix(".provenance.json"), json.dumps(provenance, ensure_ascii=False, indent=1)
    new = {note: f"{record}\n".encode(), path: table}  # the table last: it is never without its provenance
    files = {file: data for file, data in new.items() if published is None or not file.exists()}
    return Fetched(name, written, vintage, snapshot.sha256, count, published is None), files


def _subsectors(
    project: Project, fetched: Fetched, reading: Reading, rules: Gpc, warnings: list[str]
) -> dict[Path, bytes]:
    """Return the table of an export's subsectors, for inventories by the GPC; none where it has none.

    One that ``params/gpc.yml`` does not know is a warning: the main sectors are right all the same.
    """
    path = project.statistics / f"subsectors_{fetched.vintage}.csv"
    if path.exists() or (reading.frame["subsector"] == TOTAL).all():
        return {}
    try:
        table = subsector_table(reading.frame, rules.rows, file=reading.file)
    except InputError as error:
        warnings.append(f"{fetched.source}: no table of subsectors: {error}")
        return {}
    return {path: subsectors_to_csv(table)}


def _with_years_of(before: Path, frame: pd.DataFrame, places: Places, file: str) -> tuple[pd.DataFrame, str]:
    """Join the population of an answer with the release before: whole years replace those that are there.

    A year that lacks a place of that release stays as it is there: municipalities formed later are counted
    back in it. A new year must be whole.
    """
    earlier = read_table(before.read_bytes(), tables.POPULATION, file=before.name)
    held, every = frame.groupby("year")["municipality_code"].agg(set), {*earlier["municipality_code"]}
    lacking = {year: sorted(every - codes) for year, codes in held.items() if every - codes}
    text = f"lacks {{}}, which {before.name} has; fetch it again, or ask for all places"
    new = {year: codes for year, codes in lacking.items() if year not in {*earlier["year"]}}
    refuse(Problem(file, f"year {year}", text.format(", ".join(codes[:8]))) for year, codes in new.items())
    whole = sorted({*held.index} - {*lacking})
    kept = earlier[~earlier["year"].isin(whole)].astype(frame.dtypes)
    joined = pd.concat([kept, frame[frame["year"].isin(whole)]])
    wide = joined.pivot(index="municipality_code", columns="year", values="population").astype(float)
    refuse([*sums(wide, places, file), *changes(wide, file)])
    return joined, f"years {', '.join(map(str, sorted({*kept['year']}))) or '-'} stand as in {before.name}"


def _usage(project: Project, fetched: Fetched) -> Iterator[str]:
    """Say how the report comes to use a new release, and how far that is from the one in use."""
    file, title = project.root / fetched.file, Path(fetched.file).name.split("_")[0]
    used = getattr(project.params, f"{title}_vintage")
    if used != fetched.vintage:
        in_use = file.with_stem(f"{title}_{used}")
        if in_use.is_file():
            *key, value = (contract := tables.TABLES[title]).schema.columns
            frames = (read_table(path.read_bytes(), contract, file=path.name) for path in (in_use, file))
            old, new = (frame.set_index(key)[value].astype(float) for frame in frames)
            years, before = ({*each.index.get_level_values("year")} for each in (new, old))
            both = (new / old - 1).rename("change").dropna().reset_index()
            differ = both[both["change"] != 0]
            is_total = (differ[key[0]] == tables.NATION) & (differ.get("sector", TOTAL) == TOTAL)
            nation = ", ".join(f"{row.year} {row.change:+.1%}" for row in rows(differ[is_total]))
            came, gone = (", ".join(map(str, sorted(some))) for some in (years - before, before - years))
            text = f"{len(differ)} of {len(both)} figures are others; the nation {nation or 'is the same'}"
            text += f"; new years {came}" * bool(came) + f"; without the years {gone}" * bool(gone)
            yield f"against release {used}, in use: {text}"
        yield f'to use it, write {title}_vintage: "{fetched.vintage}" in params/{project.name}.yml'


class _Retry(Retry):
    """Tries again where it may help, after what time the server asks for, within reason."""

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        """Return the seconds that a server asks to wait."""
        seconds = super().get_retry_after(response)
        return seconds and min(seconds, _LONGEST_WAIT_S)


class _Session(requests.Session):
    """A session that takes no login from the user's netrc file for where it is sent on to."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Leave the request as it is."""


def _download(source: Source, newest: Snapshot | None) -> tuple[bytes, Mapping[str, str]] | None:
    """Get a file and the headers of the answer; None if `newest` is what the server has."""
    url, timeout, asked = source.raw or "", (_CONNECT_S, _SILENCE_S), {"Accept-Encoding": "identity"}
    asked |= {"User-Agent": f"klimatlib/{__version__}", "Connection": "close"}
    if newest:
        marks = {"If-None-Match": newest.etag, "If-Modified-Since": newest.last_modified}
        asked |= {name: mark for name, mark in marks.items() if mark}
    busy = (408, 429, 500, 502, 503, 504)
    retries = _Retry(_RETRIES, other=0, backoff_factor=1, status_forcelist=busy, raise_on_status=False)
    with _Session() as session:
        session.max_redirects = _REDIRECTS
        session.hooks["response"].append(_refuse_elsewhere)
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retries))
        try:  # with an "auth" of its own it takes none from the user's netrc file
            response = session.get(url, headers=asked, auth=lambda r: r, stream=True, timeout=timeout)
        except requests.exceptions.SSLError as error:
            raise FetchError(f"{url}: the encrypted connection cannot be trusted: {error}") from None
        except requests.exceptions.ConnectionError:
            text = f"no way to the server, or no answer within {_SILENCE_S} s"
            raise FetchError(f"{url}: {text}; fetch again later") from None
        except (OSError, urllib3.exceptions.HTTPError) as error:  # also any other of requests
            raise FetchError(f"{url}: {error}") from None
        with response:
            if response.status_code not in (200, 304):
                text = f"the server answered {response.status_code} {response.reason}"
                advice = f"fetch again later, or look at the address in {_PARAMS}"
                raise FetchError(f"{url}: {text}; {advice}")
            return None if response.status_code == 304 else (_body(response, url), response.headers)


def _refuse_elsewhere(response: requests.Response, **_: object) -> None:
    """Refuse a redirection to another host or port, or to what may not be fetched."""
    if response.is_redirect:
        here, there = response.url, response.headers["Location"]
        with contextlib.suppress(ValueError):
            there = urljoin(here, there)
        problem = address_problem(there)
        if not problem and (host := urlsplit(there).netloc) != urlsplit(here).netloc:
            problem = f"another host; if {host} is right, write its address in {_PARAMS}"
        if problem:
            response.close()
            raise FetchError(f"{here}: points to {there[:200]}: {problem}")


def _body(response: requests.Response, url: str) -> bytes:
    """Read an answer piece by piece, as it comes, within the limits of size and time; unpack gzip."""
    data, cut, deadline = bytearray(), "", monotonic() + _TOTAL_S
    length = response.headers.get("Content-Length", "")
    size = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else 0
    try:
        while piece := response.raw.read1(64 * 1024, decode_content=True):
            data += piece
            if monotonic() > deadline:
                raise FetchError(f"{url}: not finished within {_TOTAL_S} s; fetch again later")
            if max(size, len(data)) > MAX_BYTES:
                limit = f"larger than the limit of {MAX_BYTES / 1e6:.0f} MB"
                raise FetchError(f"{url}: {limit}; nothing was kept")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        names = {urllib3.exceptions.DecodeError: "damaged", urllib3.exceptions.ReadTimeoutError: "silent"}
        cut = next((name for kind, name in names.items() if isinstance(error, kind)), "cut off")
    if cut or response.raw.tell() < size:
        of = f" of {size}" if size else ""
        raise FetchError(f"{url}: {cut or 'cut off'} after {response.raw.tell()}{of} bytes; fetch again")
    return bytes(data)


def address_problem(url: str) -> str:
    """Say why an address may not be fetched; empty if it may.

    >>> address_problem("https://www.scb.se/a.xlsx")
    ''
    >>> address_problem("file:///etc/hostname")
    'expected an address that begins with https://, got file://'
    """
    try:
        parts = urlsplit(url)
        local = parts.port != 0 and parts.hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError as error:
        return f"no address: {error}"
    if parts.scheme not in ("http", "https"):
        return f"expected an address that begins with https://, got {parts.scheme}://"
    if not parts.hostname or re.search(r"[\s\x00-\x1f\\]", url):
        return "no address: expected https://, a host and a path without spaces"
    if "@" in parts.netloc:
        return "a name or password stands in the address; take it out"
    return "unencrypted (http); use https" if parts.scheme == "http" and not local else ""
