"""Get the official statistics that ``params/sources.yml`` names: raw snapshots, and their tidy tables.

The one place where the wall clock is legitimate: it tells when a file was retrieved. A release that is here
already is never overwritten; a new one gets a file of its own, and parameters say when it is used.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from klimatlib.config import Project, Source, Sources
from klimatlib.errors import FetchError, InputError, KlimatlibError, Problem
from klimatlib.sources import inputs as tidy
from klimatlib.sources.fetching.address import address_problem, is_address
from klimatlib.sources.fetching.provenance import provenance, usage
from klimatlib.sources.fetching.raw import Obtained, obtain
from klimatlib.sources.fetching.release import TABLES, Release, difference, release
from klimatlib.sources.fetching.snapshots import held, judge, write_together
from klimatlib.sources.fetching.web import Limits, Web
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import Places

_SHOWN = "params/sources.yml"


@dataclass(frozen=True)
class Fetched:
    """One source as it was fetched.

    Parameters
    ----------
    source
        Its id in ``params/sources.yml``.
    file
        Its tidy table, relative to the project.
    vintage
        Its release.
    sha256, bytes, retrieved
        The raw file's checksum and size, and when it was first retrieved (ISO, UTC).
    rows
        Rows of the tidy table.
    new
        Whether the table was written; False where the same one was there.
    """

    source: str
    file: str
    vintage: str
    sha256: str
    bytes: int
    retrieved: str
    rows: int
    new: bool


@dataclass(frozen=True)
class _Ready:
    """A source that was obtained, read and checked."""

    name: str
    source: Source
    obtained: Obtained
    release: Release
    vintage: str
    path: Path
    new: bool


def now() -> dt.datetime:
    """Return the wall clock's time."""
    return dt.datetime.now(dt.UTC)


def fetch(
    project: Project,
    *,
    say: Callable[[str], None],
    offline: bool = False,
    clock: Callable[[], dt.datetime] = now,
    sleep: Callable[[float], None] = time.sleep,
    limits: Limits | None = None,
) -> list[Fetched]:
    """Get every source with a ``raw`` address or path, and write the tidy tables of new releases.

    No table is written unless all sources are sound.

    Parameters
    ----------
    project
        The report that it is fetched for.
    say
        Told what happens, line by line.
    offline
        Use the newest snapshots and no network.
    clock, sleep, limits
        The time, how to wait, and how long and how much at most.

    Raises
    ------
    FetchError
        The network or a server did not give a file.
    InputError
        A file that cannot be used, a release that is here with other content, or no snapshot to use
        where there is no network.
    """
    wanted, places = _wanted(project), Places.from_frame(tidy.municipalities(Inputs(project)))
    web = Web(say, sleep, clock, limits or Limits())
    try:
        with held(project.root / "data" / "raw"):
            ready = _all_ready(project, wanted, places, web, offline=offline)
            write_together({path: data for item in ready for path, data in _files(item).items()})
            return [_told(project, item, say) for item in ready]
    except OSError as error:
        told = f"cannot be read or written: {error.strerror or error}"
        raise FetchError(f"data/raw, data/statistics: {told}; mend that and fetch again") from None


def _all_ready(
    project: Project, wanted: dict[str, Source], places: Places, web: Web, *, offline: bool
) -> list[_Ready]:
    """Obtain, read and check every source before any table is written."""
    ready: list[_Ready] = []
    errors: list[KlimatlibError] = []
    for name, source in wanted.items():
        try:
            obtained = obtain(project, name, source, web, offline=offline)
            ready.append(_ready(project, name, source, obtained, places))
        except (FetchError, InputError) as error:
            errors.append(error)
    if errors:
        raise _one(errors)
    return ready


def _wanted(project: Project) -> dict[str, Source]:
    """Return the sources that can be fetched.

    Raises
    ------
    InputError
        None, or one whose entry cannot be followed.
    """
    known = Inputs(project).model(project.root / "params" / "sources.yml", Sources).sources
    wanted = {name: source for name, source in known.items() if source.raw}
    problems = [Problem(_SHOWN, f"sources.{n}", text) for n, s in wanted.items() for text in _wrong(s)]
    files = [source.file for source in wanted.values()]
    twice = sorted({file for file in files if files.count(file) > 1})
    problems += [Problem(_SHOWN, "sources", f"two sources with raw make {file}; keep one") for file in twice]
    if not wanted:
        problems.append(Problem(_SHOWN, "sources", "none has raw, the address of a file to fetch; add one"))
    if problems:
        raise InputError(problems)
    return wanted


def _wrong(source: Source) -> Iterable[str]:
    raw, file = source.raw or "", source.file
    problem = address_problem(raw, allow_http=source.allow_http) if is_address(raw) else ""
    if problem:
        yield f"raw: {problem}"
    if source.kind and source.kind not in TABLES:
        yield f"kind: expected one of {', '.join(TABLES)}, got {source.kind}"
    files = sorted({f"data/statistics/{name}_{{vintage}}.csv" for name, _ in TABLES.values()})
    if file not in files:
        yield f"file: expected one of {', '.join(files)}; got {file}"
    if source.vintage and not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.-]*", source.vintage):
        yield f"vintage: expected letters, digits, hyphens and dots, got {source.vintage}"


def _ready(project: Project, name: str, source: Source, obtained: Obtained, places: Places) -> _Ready:
    """Read and check a raw file, and look at the release that is here already."""
    shown = f"data/raw/{obtained.snapshot.file}"
    try:
        _expect_sha256(obtained, source, shown)
        made = release(obtained.data, shown, source, places=places)
    except InputError as error:
        judge(project.root / "data" / "raw", source.raw or "", obtained.snapshot, str(error)[:500])
        raise
    judge(project.root / "data" / "raw", source.raw or "", obtained.snapshot, "")
    vintage = made.vintage or source.vintage or _same_before(project, source, made)
    vintage = vintage or obtained.snapshot.retrieved[:10]
    path = project.root / source.file.format(vintage=vintage)
    _keep_published(project, path, made, shown)
    return _Ready(name, source, obtained, made, vintage, path, not path.exists())


def _expect_sha256(obtained: Obtained, source: Source, shown: str) -> None:
    if source.sha256 and obtained.snapshot.sha256 != source.sha256:
        told = f"sha256 {obtained.snapshot.sha256}, {_SHOWN} expects {source.sha256}"
        advice = "the file has changed at its address: look at it, then write the new sha256 or take it out"
        raise InputError([Problem(shown, "", f"{told}; {advice}")])


def _same_before(project: Project, source: Source, made: Release) -> str:
    """Find the release with the very same table, where the raw file itself tells no date."""
    before, after = Path(source.file).name.split("{vintage}")
    same = (
        path
        for path in sorted(project.statistics.glob(f"{before}*{after}"))
        if path.read_bytes() == made.data
    )
    return next((path.name.removeprefix(before).removesuffix(after) for path in same), "")


def _keep_published(project: Project, path: Path, made: Release, shown: str) -> None:
    """Refuse to change a release that is here already."""
    if not path.exists() or path.read_bytes() == made.data:
        return
    file = project.relative(path)
    differs = difference(path.read_bytes(), made.data, TABLES[made.reading.kind][1], file)
    told = f"this release is here with other content: {differs}; it was left as it is"
    advice = f"compare it with {shown}, and remove it first if the fetched one is right"
    raise InputError([Problem(file, "", f"{told}; {advice}")])


def _one(errors: list[KlimatlibError]) -> KlimatlibError:
    """Join what went wrong with several sources; trouble with the network decides the exit code."""
    problems = [p for error in errors if isinstance(error, InputError) for p in error.problems]
    if len(errors) == 1 or len(problems) == 0:
        return errors[0] if len(errors) == 1 else FetchError("\n".join(map(str, errors)))
    if all(isinstance(error, InputError) for error in errors):
        return InputError(problems)
    return FetchError("\n".join(map(str, errors)))


def _files(ready: _Ready) -> dict[Path, bytes]:
    """Return what is to be written: a new table, and before it its provenance, so it is never without."""
    beside, files = ready.path.with_suffix(".provenance.json"), {}
    if ready.new or not beside.exists():
        files[beside] = provenance(ready.source, ready.obtained.snapshot, ready.release, ready.vintage)
    if ready.new:
        files[ready.path] = ready.release.data
    return files


def _told(project: Project, ready: _Ready, say: Callable[[str], None]) -> Fetched:
    """Say what was fetched, and how a new release is used."""
    snapshot, file = ready.obtained.snapshot, project.relative(ready.path)
    state = "new" if ready.new else "the same as before"
    say(f"{ready.name}: {file}, {ready.release.rows} rows, release {ready.vintage}, {state}")
    for line in usage(project, ready.name, ready.source, ready.vintage) if ready.new else ():
        say(line)
    return Fetched(
        ready.name, file, ready.vintage, snapshot.sha256, snapshot.bytes,
        snapshot.retrieved, ready.release.rows, ready.new,
    )  # fmt: skip
