"""One run of one report: where its steps work, and what they may take from earlier runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klimatlib import jobs
from klimatlib.build import kept, unchanged
from klimatlib.build.options import Options
from klimatlib.config import Outline, Project
from klimatlib.errors import progress
from klimatlib.jobs import Job


@dataclass(frozen=True)
class Run:
    """One run of one report.

    Attributes
    ----------
    project, outline
        The report, and which notebooks make it.
    params_file
        Its parameters, relative to the project.
    stage
        The staging folder; its name is the same in every run, because notebooks print it.
    options
        What is asked for.
    """

    project: Project
    outline: Outline
    params_file: str
    stage: Path
    options: Options

    def job(self, name: str) -> Job:
        """Return a notebook's job."""
        target = self.stage / "notebooks" / f"{name}.ipynb"
        return Job(self.project.root, name, self.params_file, self.project.relative(self.stage), target)

    def kept(self, step: str) -> Path:
        """Return the folder where a step's files are kept."""
        return unchanged.kept_folder(self.project.root, self.project.name) / step

    def standing(self, step: str) -> jobs.Record | None:
        """Return the record of a step's kept files, where they may be used."""
        return None if self.options.fresh else kept.record_of(self.kept(step))

    def rests(self, files: Sequence[str], about: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record of a step that rests on files of the staging folder."""
        known = {name: jobs.digest(self.stage / name) for name in files}
        return {"files": known, "about": about, "foundation": jobs.foundation(self.project.root)}

    def taken(self, step: str, rests_on: Mapping[str, Any]) -> bool:
        """Take a step's kept files, where they were made from the very same; tell whether."""
        record = self.standing(step)
        if record is None or any(record.get(key) != known for key, known in rests_on.items()):
            return False
        kept.take(self.kept(step), record, self.stage)
        progress(step, f"kept {step}")
        return True

    def files(self) -> list[str]:
        """Return the files that the staging folder holds now, sorted."""
        found = (path for path in self.stage.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.stage).as_posix() for path in found)


def read_json(path: Path) -> Mapping[str, Any]:
    """Return what a JSON file holds."""
    loaded: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded
