"""A notebook to run for a report, and whether what it made last time still stands."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """One notebook to run for one report.

    Attributes
    ----------
    root, name
        The project's folder; the notebook's name without ending.
    params_file, out_dir
        Its two parameters, relative to the project.
    target
        Where the executed notebook is written.
    """

    root: Path
    name: str
    params_file: str
    out_dir: str
    target: Path

    @property
    def notebook(self) -> Path:
        """The notebook."""
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def record(self) -> Path:
        """The record that the chapter writes at its close."""
        return self.root / self.out_dir / "chapters" / f"{self.name}.json"


def is_fresh(job: Job) -> bool:
    """Whether a chapter's record tells the same inputs, notebook and library as stand there now."""
    try:
        record = json.loads(job.record.read_bytes())
    except (OSError, ValueError):
        return False
    parameters = {"params_file": job.params_file, "out_dir": job.out_dir}
    inputs = record.get("inputs", {})
    return (
        record.get("parameters") == parameters
        and record.get("library") == library_digest()
        and record.get("notebook") == digest(job.notebook)
        and all(
            (job.root / path).is_file() and digest(job.root / path) == known for path, known in inputs.items()
        )
    )


def digest(path: Path) -> str:
    """Sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def library_digest() -> str:
    """Sha256 over klimatlib's own files."""
    home = Path(__file__).parent
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc")
    lines = [f"{digest(path)} {path.relative_to(home).as_posix()}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
