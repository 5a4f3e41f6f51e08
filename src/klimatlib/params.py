"""A year's parameters, and the project that they belong to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from klimatlib.errors import InputError, Problem
from klimatlib.marks import unfilled
from klimatlib.models import IsoDate, Name, Names, Strict, Text, Year, validate
from klimatlib.project import NAME, find_root

Definition = Literal["ratio_of_sums", "mean_of_municipalities"]


class Params(Strict):
    """The parameters of one report (``params/<name>.yml``)."""

    year: Year = Field(description="year that the report is about")
    association: Text = Field(description="who publishes it")
    title: Text = Field(description="title on the cover")
    document_date: IsoDate = Field(description="ISO date in the files' metadata")
    emissions_year: Year = Field(description="data year of the emissions")
    revisions: Names = Field(default=(), description="other releases that headlines are shown in")
    base_year: Year = Field(description="year that reductions are counted from")
    emissions_vintage: Name = Field(description="release of the emissions database, as in data/statistics/")
    definition: Definition = Field(description="how the members' level is made")
    survey_input: Literal["counts", "answers"] = Field(description="what data/<name>/survey.csv holds")
    survey_members: int = Field(ge=1, description="members asked")
    survey_inferred: bool = Field(default=False, description="n and k worked back from published shares")
    minimum_cell: int = Field(ge=1, description="smallest cell of a breakdown that may be shown")
    members_previous: int = Field(ge=0, description="members at the end of the year before")
    previous: Name | None = Field(
        default=None, description="report of the year before, whose published numbers these are set beside"
    )
    data: Name | None = Field(default=None, description="data folder; the file's own name by default")
    data_url: str | None = Field(
        default=None,
        description="web address that the open data's folder will have, as `https://example.org/data/2023/`",
        pattern=r"^https?://[^\s?#]+/$",
    )
    notice: Text | None = Field(default=None, description="printed on every page, for example data")

    @property
    def survey_years(self) -> tuple[int, int]:
        """The years that a change in the survey is told between: the one before, and the report's."""
        return self.year - 1, self.year

    @property
    def date(self) -> dt.date:
        """The document's date; results never ask the clock."""
        return dt.date.fromisoformat(self.document_date)


@dataclass(frozen=True)
class Project:
    """Where the project's folders are, and which report is being made.

    Attributes
    ----------
    root
        The folder with ``params/``, ``data/`` and ``notebooks/``.
    name
        Name of the report: the stem of its parameter file, ``2023`` or ``demo``.
    params
        Its parameters.
    params_path
        Its parameter file.
    """

    root: Path
    name: str
    params: Params
    params_path: Path

    @property
    def data(self) -> Path:
        """The report's own data folder."""
        return self.root / "data" / (self.params.data or self.name)

    @property
    def statistics(self) -> Path:
        """The folder of official statistics, shared by all years."""
        return self.root / "data" / "statistics"

    @property
    def published(self) -> Path:
        """The folder that the finished report is swapped into."""
        return self.root / "outputs" / self.name

    def relative(self, path: Path) -> str:
        """Return a path as the user knows it: relative to the project, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def load_project(params_file: str | Path, *, start: Path | None = None, draft: bool = False) -> Project:
    """Load a report's parameters.

    Parameters
    ----------
    params_file
        Path of the parameter file, relative to the project's folder, wherever one stands in it.
    start
        Folder to look from; the current one by default.
    draft
        Take the file even while it has something to fill in.

    Raises
    ------
    InputError
        With every problem of the file: its keys, and what cannot be true together.
    """
    root = find_root(start)
    path = (root / params_file).resolve()
    _require_parameter_file(path, root, str(params_file))
    if not path.is_file():
        known = ", ".join(sorted(p.name for p in (root / "params").glob("*.yml") if p.stem not in _SHARED))
        raise InputError(
            [Problem(str(params_file), "", f"no such parameter file; there is {known or 'none'}")]
        )
    data = path.read_bytes()
    problems = [] if draft else unfilled(data.decode("utf-8", errors="replace"), file=str(params_file))
    try:
        params = validate(data, Params, shown=str(params_file))
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    problems += [Problem(str(params_file), key, told) for key, told in _impossible(params, path.stem)]
    if problems:
        raise InputError(problems)
    return Project(root, path.stem, params, path)


def _require_parameter_file(path: Path, root: Path, shown: str) -> None:
    """Refuse a file elsewhere, or one whose name could lead a report's folder elsewhere."""
    homes = (root / "params", root / "outputs" / ".variants")
    if path.parent not in [home.resolve() for home in homes] or path.suffix != ".yml":
        told = "no report's name; expected the name of a file in params/, as 2023"
        raise InputError([Problem(repr(shown)[1:-1], "", told)])
    if not NAME.fullmatch(path.stem):
        told = "a report's name has letters, digits, hyphens and dots; name the file in another way"
        raise InputError([Problem(repr(shown)[1:-1], "", told)])


def _impossible(params: Params, name: str) -> Iterator[tuple[str, str]]:
    """Yield the keys whose values cannot be true together."""
    year, data_year = params.year, params.emissions_year
    if re.fullmatch("[0-9]{4}", name) and name != str(year):
        yield "year", f"expected {name}, as the file is named, got {year}; is it another year's file?"
    if data_year > year:
        yield "emissions_year", f"expected a year up to that of the report, {year}, got {data_year}"
    if params.base_year >= data_year:
        yield "base_year", f"expected a year before emissions_year, {data_year}, got {params.base_year}"
    if params.date.year < year:
        yield (
            "document_date",
            f"expected a date in or after the year of the report, {year}, got {params.date}",
        )


_SHARED = ("questions", "sources", "corrections")
