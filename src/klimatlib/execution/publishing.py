"""What stands, what is stale, and how a finished folder takes the place of the old one.

Content decides what is fresh, never time. A *record* names what a thing rests on, as JSON: ``inputs`` (path
in the project -> sha256, empty where no file was; after ``#`` stands what is used of a file that all years
share), ``shared`` (those files as a whole: where one is the same, so is all that is used of it), ``looked``
(glob pattern -> the files that it found) and ``foundation`` (the library, the lock, the installed packages).

A published folder holds two files about itself. ``manifest.json`` is kept in git: what went in, and the hash
of ``claims.csv``, which follow from the project's files alone. ``build.json`` is not: commit, library,
packages, renderer, and the hashes of all other files. A run with nothing to do imports nothing heavy.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import shutil
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from klimatlib.errors import InputError, LockedError, command, now, room_at, stamp
from klimatlib.files import about, atomic_write, open_folder, own_folder

MANIFEST, BUILD, TRACKED = "manifest.json", "build.json", "claims.csv"
Record = Mapping[str, Any]
_RENAME_EXCHANGE, _AT_FDCWD = 2, -100  # renameat2(2)
_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM}  # the last from old containers
_NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_LITTLE = 16 * 1024**2  # bytes; a failed run that leaves less than this failed for want of room


@dataclass(frozen=True)
class Job:
    """One notebook to run for one report."""

    root: Path  # the project's folder
    name: str  # of the notebook, without ending
    params_file: str  # this and the next are parameters that every notebook takes, relative to the project
    out_dir: str
    target: Path  # where the executed notebook is written; its stem names the record of the run
    extra: Mapping[str, str] = field(default_factory=dict)  # parameters beyond those two, by name

    @property
    def parameters(self) -> dict[str, str]:
        """All parameters that the notebook is given."""
        return {"params_file": self.params_file, "out_dir": self.out_dir, **self.extra}

    @property
    def notebook(self) -> Path:
        """The notebook."""
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def out(self) -> Path:
        """The folder of what is made."""
        return self.root / self.out_dir

    @property
    def record(self) -> Path:
        """The record that the chapter writes at its close."""
        return self.out / "chapters" / f"{self.target.stem}.json"


def digest(path: Path) -> str:
    """Sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_or_absent(path: Path) -> str:
    """Sha256 of a file; empty where there is none."""
    return digest(path) if path.is_file() else ""


def stripped(notebook: bytes) -> bytes:
    """Return a notebook as git keeps it: no outputs, and of what Jupyter and VS Code note the tags alone.

    Bytes that are no notebook come back as they are.
    """
    try:
        book = json.loads(notebook)
        book["metadata"] = _NOTEBOOK
        for cell in book["cells"]:
            cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
            cell["metadata"] = {key: tags for key, tags in cell["metadata"].items() if key == "tags" and tags}
            if cell["cell_type"] == "code":
                cell |= {"execution_count": None, "outputs": []}
    except (ValueError, LookupError, TypeError, AttributeError):
        return notebook
    return (json.dumps(book, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def notebook_digest(path: Path) -> str:
    """Sha256 of a notebook as `stripped`: to run and to save it makes nothing stale; empty for none."""
    return hashlib.sha256(stripped(path.read_bytes())).hexdigest() if path.is_file() else ""


def files_below(folder: Path) -> list[str]:
    """Paths of all files below a folder, relative to it, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def digests(folder: Path) -> dict[str, str]:
    """Sha256 of all files below a folder, by path relative to it."""
    return {name: digest(folder / name) for name in files_below(folder)}


def read_record(path: Path) -> Record | None:
    """Return a record; None where there is none that can be read."""
    try:
        record = json.loads(path.read_bytes()) if path.is_file() else None  # a pipe would be waited for
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def write_record(path: Path, record: Record) -> None:
    """Write a record as JSON: keys sorted, so that the same record is the same bytes."""
    atomic_write(path, json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def stale_inputs(root: Path, record: Record) -> list[str]:
    """Return what a record no longer agrees with in a project, in words; nothing when it is fresh."""
    nothing = hashlib.sha256().hexdigest()  # a shared file that need not be there is as an empty one
    shared = record.get("shared", {})
    same = {home for home, sha in shared.items() if (digest_or_absent(root / home) or nothing) == sha}
    inputs = {name: sha for name, sha in record.get("inputs", {}).items() if name.split("#")[0] not in same}
    reasons = [f"{path} {change}" for path, change in changed(root, inputs)]
    for pattern, before in record.get("looked", {}).items():
        there = {path.relative_to(root).as_posix() for path in root.glob(pattern) if path.is_file()}
        reasons += [f"{p} {'appeared' if p in there else 'is gone'}" for p in sorted({*before} ^ there)]
    before, current = record.get("foundation", {}), environment_hashes(root)
    reasons += [f"{name} changed" for name in current if before.get(name) != current[name]]
    return [*dict.fromkeys(reasons)]  # a file may be searched for in two ways


def stale_job(job: Job, record: Record | None, *, before_it: bool = False) -> list[str]:
    """Return why what a notebook made no longer stands, in words; nothing when it does.

    ``record`` is what its last run rested on, also ``parameters``, ``notebook`` and ``takes`` (the chapters
    whose claims it took over, by name); ``before_it`` leaves these chapters out: they are not there yet.
    """
    if record is None:
        return ["it has not run before"]
    if record.get("parameters") != job.parameters:
        return ["it was run with other parameters"]
    takes = {} if before_it else record.get("takes", {})
    taken = {f"{job.out_dir}/chapters/{name}.csv": sha for name, sha in takes.items()}
    notebook = {f"notebooks/{job.name}.ipynb": record.get("notebook")}
    return stale_inputs(job.root, {**record, "inputs": {**notebook, **record.get("inputs", {}), **taken}})


def changed(root: Path, hashes: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Yield each input that is not as its hash says (no file: empty or None), with what became of it."""
    for name, before in hashes.items():
        home, _, which = name.partition("#")
        current = digest_or_absent(root / home)
        if home.endswith(".ipynb") and current != before:
            current = notebook_digest(root / home)
        if which:
            from klimatlib.config import used_digest

            try:
                current = used_digest((root / home).read_bytes() if current else b"", home, which)
            except InputError:
                current = "?"
        if current != (before or ""):
            yield name, "changed" if current else "is gone"


def environment_hashes(root: Path | None) -> dict[str, str]:
    """Return the hashes of what every result rests on beside its inputs; the lock only with a project."""
    lock = {"requirements.lock": digest_or_absent(root / "requirements.lock")} if root else {}
    return {"klimatlib": library_digest(), **lock, "the installed packages": environment_digest()}


@cache
def library_digest() -> str:
    """Sha256 over klimatlib's own files, as they were when this process first asked."""
    return folder_digest(Path(__file__).parent.parent)


def folder_digest(folder: Path) -> str:
    """Sha256 over all files below a folder but those that Python makes when it imports them."""
    lines = [f"{digest(folder / name)} {name}" for name in files_below(folder) if not name.endswith(".pyc")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def environment_digest() -> str:
    """Sha256 over the version of Python, and name and version of every package beside klimatlib."""
    packages = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    names = sorted(path.name for path in packages if not path.name.startswith("klimatlib-"))
    return hashlib.sha256("\n".join([sys.version, sys.platform, *names]).encode()).hexdigest()


# The cache of a run's steps: outputs/.kept/<report>/<step>/ holds a step's files and record.json, what they
# rested on with their own hashes. Nothing there is needed; it can be deleted at any time.


def store(cache_folder: Path, base: Path, files: Iterable[str], record: Record) -> None:
    """Keep files of a step below ``base`` with what they rest on, in place of what was kept of it before."""
    shutil.rmtree(cache_folder, ignore_errors=True)
    own_folder(cache_folder)
    for name in files:
        _copy(base / name, cache_folder / name)
    # Last: without it the files are nothing.
    write_record(cache_folder / "record.json", {**record, "made": digests(cache_folder)})


def load_record(cache_folder: Path) -> Record | None:
    """Return what a step's kept files rested on; None when there are none, or they are not as they were."""
    record = read_record(cache_folder / "record.json")
    if record is None or not isinstance(made := record.get("made"), dict):
        return None
    return None if any(changed(cache_folder, made)) else record


def restore(cache_folder: Path, record: Record, base: Path) -> None:
    """Copy a step's kept files to where they are wanted."""
    for name in record["made"]:
        _copy(cache_folder / name, base / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write_manifest(folder: Path, made_from: Record, build: Record) -> None:
    """Write ``manifest.json`` and ``build.json``, the last files of a finished folder.

    ``made_from`` is what went in (path -> sha256 by kind: parameters, inputs, …) and what is said of the
    report; ``build`` what made it here: commit, library, versions.
    """
    others = digests(folder)
    tracked = {name: others.pop(name) for name in [TRACKED] if name in others}
    write_record(folder / MANIFEST, {**made_from, "outputs": tracked})
    outputs = {**others, MANIFEST: digest(folder / MANIFEST)}
    write_record(folder / BUILD, {**build, "outputs": outputs})


def made_from(manifest: Record) -> dict[str, str | None]:
    """Return the sha256 of all that a report was made from, by path."""
    kinds = ("parameters", "inputs", "notebooks", "lock", "signatures", "compared_with")
    return {path: sha for kind in kinds for path, sha in manifest.get(kind, {}).items()}


def damage(folder: Path, root: Path) -> list[str]:
    """Return in words how a published folder differs from its manifest and build record; nothing if whole."""
    outputs: dict[str, str] = {}
    for name in (MANIFEST, BUILD):
        record = read_record(folder / name)
        outputs |= record["outputs"] if record and isinstance(record.get("outputs"), dict) else {name: "?"}
    prefix, there = folder.relative_to(root).as_posix(), digests(folder)
    return [
        f"{prefix}/{name} {'is gone' if name not in there else 'changed' if name in outputs else 'appeared'}"
        for name in sorted({*outputs} | {*there} - {BUILD})
        if there.get(name) != outputs.get(name)
    ]


def publish(
    published: Path, make: Callable[[Path], None], *, destination: Callable[[], Path] | None = None
) -> Path:
    """Make a folder beside the published one, put it in its place when it is finished, and return its path.

    One run at a time; the old folder stands until the new one is complete, and a run that fails leaves it.

    Parameters
    ----------
    published
        The folder to publish; its name names the lock and the staging folder.
    make
        Fills the staging folder that it is given.
    destination
        Asked under the lock for another folder to put it in.

    Raises
    ------
    LockedError
        When another run holds the lock.
    """
    with locked(published.with_name(f".lock-{published.name}")):
        recover(published)  # else what stepped aside would not be seen
        target = destination() if destination else published
        with staging(published.with_name(f".staging-{published.name}"), target) as stage:
            make(stage)
            swap_in(stage, target)
    return target


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file while a run lasts; the system frees it when its holder dies.

    Raises
    ------
    LockedError
        At once, when another process holds it; says which.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b", buffering=0) as handle:  # what a full disk did not take is not tried again
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.EACCES, errno.EDEADLK}:
                raise
            handle.seek(0)
            holder = handle.read().decode(errors="replace").strip() or "another process"
            message = f"{path.name}: another run is going on ({holder}); wait for it"
            raise LockedError(message) from None
        with about(path):
            handle.truncate(0)
            held = f"pid {os.getpid()} on {socket.gethostname()} since {stamp(now())}: {command()}\n"
            handle.write(held.encode(errors="replace"))
        yield


@contextmanager
def staging(folder: Path, published: Path) -> Iterator[Path]:
    """Give an empty folder to work in that only its owner may look into, and leave nothing of it behind.

    What a run that was cut off in the middle of `swap_in` left is put right first.
    """
    recover(published)
    if folder.exists():
        shutil.rmtree(folder)
    own_folder(folder)
    try:
        with about(folder):
            yield folder
    except Exception as error:
        # The folder itself may have become the published one by now.
        for place in {folder.parent, Path(tempfile.gettempdir())}:
            if shutil.disk_usage(place).free < _LITTLE:
                error.add_note(room_at(place))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_away(published: Path, *outdated: Path) -> None:
    """Take away what a run left that was cut off after its last step; not while another run goes on."""
    leftovers = [published.with_name(f".staging-{published.name}"), *outdated]
    if any(folder.exists() for folder in (*leftovers, _aside(published))):
        with suppress(LockedError), locked(published.with_name(f".lock-{published.name}")):
            recover(published)
            for folder in leftovers:
                shutil.rmtree(folder, ignore_errors=True)


def swap_in(finished: Path, published: Path) -> None:
    """Put a finished folder in the published one's place, in one step where the system can.

    Every byte is on the disk before, so that the new name never stands for less after a power cut.

    Raises
    ------
    OSError
        What stands there is then the old folder; or the new one, when only the very last word that the
        disk has the change did not come.
    """
    for path in (*sorted(finished.rglob("*"), reverse=True), finished):
        if path.is_dir():
            _sync_names(path)
        else:
            with about(path), path.open("rb+") as handle:
                os.fsync(handle.fileno())
    open_folder(finished)
    if not published.exists():
        finished.rename(published)
    elif not _exchange(finished, published):
        old = _aside(published)
        published.rename(old)
        try:
            finished.rename(published)
        except OSError:
            old.rename(published)
            raise
        shutil.rmtree(old, ignore_errors=True)  # else `recover` does it
    _sync_names(published.parent)


def recover(published: Path) -> None:
    """Put the published folder back where a swap in two steps was cut off between them."""
    old = _aside(published)
    if old.exists() and not published.exists():
        old.rename(published)
    shutil.rmtree(old, ignore_errors=True)


def _aside(published: Path) -> Path:
    return published.with_name(f".old-{published.name}")


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders' names atomically (Linux ``renameat2``); False where that is not to be had."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name != "nt" else None
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    if (number := ctypes.get_errno()) in _NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def _sync_names(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can say so of a folder."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:
            error.filename = str(folder)
            raise
    finally:
        os.close(handle)
