"""A notebook to run for a report, and whether what it made last time still stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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
    def record(self) -> Path:
        """The record that the chapter writes at its close."""
        return self.root / self.out_dir / "chapters" / f"{self.target.stem}.json"


def is_fresh(job: Job) -> bool:
    """Whether a chapter's record tells the same inputs, notebook and library as stand there now."""
    try:
        record = json.loads(job.record.read_bytes())
    except (OSError, ValueError):
        return False
    inputs = record.get("inputs", {})
    return (
        record.get("parameters") == job.parameters
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
