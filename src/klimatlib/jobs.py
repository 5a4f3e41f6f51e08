"""A notebook to run for a report, what its run rested on, and whether that still stands.

Content decides, never time: every file that was read, every search for files and what it found, the notebook,
its parameters, the claims that it took over, klimatlib itself, the lock, and the packages that are installed.
"""

from __future__ import annotations

import hashlib
import json
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ABSENT = ""
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """One notebook to run for one report.

    Attributes
    ----------
    root, name
        The project's folder; the notebook's name without ending.
    params_file, out_dir
        The two parameters that every notebook takes, relative to the project.
    target
        Where the executed notebook is written; its stem names the record of the run.
    extra
        Parameters beyond those two, by name.
    """

    root: Path
    name: str
    params_file: str
    out_dir: str
    target: Path
    extra: Mapping[str, str] = field(default_factory=dict)

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


def is_fresh(job: Job) -> bool:
    """Whether a chapter's record tells the same of everything that it rests on as stands there now."""
    record = read_record(job.record)
    return record is not None and not reasons(job, record)


def read_record(path: Path) -> Record | None:
    """Return a record; None where there is none that can be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def reasons(job: Job, record: Record) -> list[str]:
    """Return why what a notebook made no longer stands, in words; nothing when it does."""
    if record.get("parameters") != job.parameters:
        return ["it was run with other parameters"]
    taken = {f"{job.out_dir}/chapters/{name}.csv": known for name, known in record.get("takes", {}).items()}
    notebook = {f"notebooks/{job.name}.ipynb": record.get("notebook")}
    return [*differences(job.root, {**record, "inputs": {**notebook, **record.get("inputs", {}), **taken}})]


def differences(root: Path, record: Record) -> Iterator[str]:
    """Yield in words what is no longer as a record's inputs, searches and foundation say."""
    yield from (f"{path} {what}" for path, what in changed(root, record.get("inputs", {})))
    for pattern, known in record.get("looked", {}).items():
        now_there = looked(root, pattern)
        for name in sorted({*known} ^ {*now_there}):
            yield f"{name} {'appeared' if name in now_there else 'is gone'}"
    before, now_stands = record.get("foundation", {}), foundation(root)
    yield from (f"{name} changed" for name in now_stands if before.get(name) != now_stands[name])


def changed(root: Path, known: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Yield each file of the project that is not as its known hash says, with what became of it, in words.

    A known hash that is empty or None stands for a file that is not there.
    """
    for path, before in known.items():
        now = digest_or_absent(root / path)
        if now != (before or ABSENT):
            yield path, "changed" if now else "is gone"


def looked(root: Path, pattern: str) -> list[str]:
    """Return the files that a pattern finds, relative to the project, sorted."""
    return sorted(path.relative_to(root).as_posix() for path in root.glob(pattern) if path.is_file())


def foundation(root: Path | None) -> dict[str, str]:
    """Return the hashes of what every result rests on beside its inputs; the lock only with a project."""
    lock = {"requirements.lock": digest_or_absent(root / "requirements.lock")} if root else {}
    return {"klimatlib": library_digest(), **lock, "the installed packages": environment_digest()}


def digest(path: Path) -> str:
    """Sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_or_absent(path: Path) -> str:
    """Sha256 of a file, or `ABSENT`."""
    return digest(path) if path.is_file() else ABSENT


@cache
def library_digest() -> str:
    """Sha256 over klimatlib's own files, as they were when this process first asked."""
    home = Path(__file__).parent
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc")
    lines = [f"{digest(path)} {path.relative_to(home).as_posix()}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def environment_digest() -> str:
    """Sha256 over the version of Python, and name and version of every package beside klimatlib."""
    packages = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    names = sorted(path.name for path in packages if not path.name.startswith("klimatlib-"))
    return hashlib.sha256("\n".join([sys.version, sys.platform, *names]).encode()).hexdigest()
