"""The one door to a report's files: what is read through it is remembered by its hash.

That is how a run knows which chapter depends on which file, and what the manifest lists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from klimatlib.catalogue import Correction, Corrections, Sources
from klimatlib.errors import InputError, Problem
from klimatlib.marks import unfilled
from klimatlib.models import ModelT, validate
from klimatlib.params import Project, load_project
from klimatlib.schemas import Table
from klimatlib.sources import corrections
from klimatlib.sources.files import read_file
from klimatlib.sources.table import read_table

_TEXT = (".csv", ".md", ".yml")


class Inputs:
    """The inputs of one report, and a record of those that were read.

    Parameters
    ----------
    project
        The report.

    Attributes
    ----------
    digests
        Path relative to the project -> sha256 of the bytes that were read.
    looked
        Pattern relative to the project -> the files that it found: what is not there matters too.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.digests: dict[str, str] = {}
        self.looked: dict[str, list[str]] = {}

    @classmethod
    def open(cls, params_file: str | Path, *, start: Path | None = None, draft: bool = False) -> Inputs:
        """Open a report's inputs by its parameter file; a draft may still have something to fill in."""
        inputs = cls(load_project(params_file, start=start, draft=draft))
        inputs.read(inputs.project.params_path)
        return inputs

    def read(self, path: Path, *, draft: bool = False) -> bytes:
        """Return a file's bytes and remember their sha256; a draft may have something to fill in."""
        shown = self.project.relative(path)
        self._require_inside(path, shown)
        data = read_file(path, shown)
        self.digests[shown] = hashlib.sha256(data).hexdigest()
        if not draft and path.is_relative_to(self.project.data) and path.suffix in _TEXT:
            self._whole(data, shown)
        return data

    def _require_inside(self, path: Path, shown: str) -> None:
        """Refuse a file elsewhere: what a link or ``..`` leads to is no part of what a commit holds."""
        there = path.resolve()
        if not there.is_relative_to(self.project.root.resolve()):
            told = f"leads out of the project, to {there}; put the file itself there"
            raise InputError([Problem(shown, "", told)])

    def exists(self, path: Path) -> bool:
        """Whether a file is there, and remember that this was asked."""
        return bool(self.find(path.parent, path.name))

    def find(self, folder: Path, pattern: str) -> list[Path]:
        """Return the files of a folder that a pattern finds, sorted, and remember the search."""
        root = self.project.root
        found = sorted(path for path in folder.glob(pattern) if path.is_file())
        shown = folder.relative_to(root).joinpath(pattern).as_posix()
        self.looked[shown] = [path.relative_to(root).as_posix() for path in found]
        return found

    def _whole(self, data: bytes, shown: str) -> None:
        """Refuse a file of the year that still has something to fill in."""
        if problems := unfilled(data.decode("utf-8", errors="replace"), file=shown):
            raise InputError(problems)

    def unfilled(self) -> list[Problem]:
        """Return what is still to be filled in of the year's own files, read or not.

        The channels' texts are written when the report stands, and do not hold it up.
        """
        later = self.project.data / "texts" / "channels"
        whole = (path for path in self.project.data.rglob("*") if path.suffix in _TEXT)
        found = sorted(path for path in whole if path.parent != later)
        texts = [(path.read_text(encoding="utf-8", errors="replace"), path) for path in found]
        return [p for text, path in texts for p in unfilled(text, file=self.project.relative(path))]

    def table(self, path: Path, table: Table) -> pd.DataFrame:
        """Return a tidy CSV with its corrections, checked by its contract and by its checksums."""
        file = self.project.relative(path)
        data = self.read(path)
        if problems := [*self._not_as_kept(path, file)]:
            raise InputError(problems)
        return read_table(data, table, file=file, corrections=self.corrections())

    def _not_as_kept(self, path: Path, file: str) -> Iterator[Problem]:
        """Hold a table that was just read against the checksums that its source and its provenance tell."""
        told = f"is not the file whose sha256 {{}} tells (now {self.digests[file][:12]}…)"
        advice = "get it from git, or where the change is meant write the new sha256 there"
        if self._told_by_sources(file) not in (None, self.digests[file]):
            yield Problem(file, "", f"{told.format('params/sources.yml')}; {advice}")
        beside = path.with_suffix(".provenance.json")
        if self.exists(beside) and self._told_beside(beside) != self.digests[file]:
            yield Problem(file, "", f"{told.format(beside.name)}; get it from git, or fetch it again")

    def _told_by_sources(self, file: str) -> str | None:
        """Return the checksum in ``params/sources.yml``; what is wrong with that file is told elsewhere."""
        try:
            known = self.model(self.project.root / "params" / "sources.yml", Sources).sources.values()
        except InputError:
            return None
        return next((one.sha256 for one in known if one.file == file and not one.raw), None)

    def _told_beside(self, path: Path) -> object:
        try:
            return json.loads(self.read(path))["table_sha256"]
        except (ValueError, KeyError, TypeError):
            return None

    def corrections(self) -> tuple[Correction, ...]:
        """Return the known errors of sources (``params/corrections.yml``); none without such a file."""
        path = self.project.root / corrections.FILE
        return self.model(path, Corrections).corrections if self.exists(path) else ()

    def model(self, path: Path, model: type[ModelT]) -> ModelT:
        """Return a YAML file as its model."""
        return validate(self.read(path), model, shown=self.project.relative(path))
