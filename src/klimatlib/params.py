"""A year's parameters: strict, frozen, every problem of a file told at once.

Where text is expected but YAML understood a number (``0114`` is 76 to YAML) the message shows what stands
in the file.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from klimatlib.errors import InputError, Problem, UsageError
from klimatlib.strict_yaml import Where, load_yaml

Code = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Definition = Literal["ratio_of_sums", "mean_of_municipalities"]
ModelT = TypeVar("ModelT", bound=BaseModel)


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _as_year(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{4}", value) else value


_FromList = BeforeValidator(_as_tuple)
Year = Annotated[int, Field(ge=1900, le=2100), BeforeValidator(_as_year)]
Codes = Annotated[tuple[Code, ...], _FromList]
Texts = Annotated[tuple[Text, ...], _FromList]
Years = Annotated[tuple[Year, ...], _FromList]

_REQUIRED_FOLDERS = ("params", "notebooks")


class Strict(BaseModel):
    """A YAML file's shape: no unknown key, no silent conversion, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Params(Strict):
    """The parameters of one report (``params/<name>.yml``)."""

    year: Year = Field(description="year that the report is about")
    association: Text = Field(description="who publishes it")
    title: Text = Field(description="title on the cover")
    document_date: str = Field(description="ISO date in the files' metadata", pattern=r"^\d{4}-\d{2}-\d{2}$")
    emissions_year: Year = Field(description="data year of the emissions")
    revisions: Texts = Field(default=(), description="other releases that headlines are shown in")
    base_year: Year = Field(description="year that reductions are counted from")
    emissions_vintage: Text = Field(description="release of the emissions database, as in data/statistics/")
    definition: Definition = Field(description="how the members' level is made")
    leave_one_out: Codes = Field(default=(), description="members whose effect is shown")
    survey_input: Literal["counts", "answers"] = Field(description="what data/<name>/survey.csv holds")
    survey_members: int = Field(ge=1, description="members asked")
    survey_inferred: bool = Field(default=False, description="n and k worked back from published shares")
    minimum_cell: int = Field(ge=1, description="smallest cell of a breakdown that may be shown")
    members_previous: int = Field(ge=0, description="members at the end of the year before")
    data: Text | None = Field(default=None, description="data folder; the file's own name by default")
    notice: Text | None = Field(default=None, description="printed on every page, for example data")

    @property
    def date(self) -> dt.date:
        """The document's date; results never ask the clock."""
        return dt.date.fromisoformat(self.document_date)


class Question(Strict):
    """One survey question through the years (``params/questions.yml``)."""

    id: Slug
    theme: Slug = Field(description="what it is grouped with in text and charts")
    label: Text = Field(description="short Swedish name, for charts and tables")
    wording: dict[str, Text] = Field(description="year -> the question as it was put")
    counts_as_yes: Texts = Field(description="answers that count as yes, as typed in the survey tool")
    counts_as_no: Texts = Field(description="answers that count as no")
    counts_as_missing: Texts = Field(default=(), description="answers that count as not answered")
    comparable_with: Years = Field(default=(), description="earlier years that may be compared")
    comparison_note: Text | None = Field(default=None, description="what a reader must know to compare")


class Select(Strict):
    """What of a raw file is kept in its tidy table; nothing given means everything."""

    years: Years = Field(default=(), description="data years that are kept")
    codes: Codes = Field(default=(), description="municipalities that are kept; 0000 is the nation")


class Source(Strict):
    """Where an input comes from (``params/sources.yml``); one with ``raw`` is what ``fetch`` gets."""

    file: Text = Field(description="tidy file in the project; {vintage} stands for the release if fetched")
    publisher: Text
    title: Text = Field(description="what it is, in Swedish, as printed under tables")
    url: Text | None = None
    licence: Text | None = None
    vintage: Text | None = Field(default=None, description="release or report date of the statistics")
    retrieved: Text | None = Field(default=None, description="ISO date")
    note: Text | None = None
    raw: Text | None = Field(default=None, description="address, or path in the project, of the raw file")
    kind: Text | None = Field(default=None, description="what the raw file must be, as 'emissions-export'")
    sha256: str | None = Field(default=None, description="its checksum, if known", pattern=r"^[0-9a-f]{64}$")
    known_gaps: Texts = Field(default=(), description="sectors whose subsectors do not add up at the source")
    select: Select = Field(default=Select(), description="what of the raw file is kept")
    allow_http: bool = Field(default=False, description="whether raw may be fetched unencrypted")


class Questions(Strict):
    """The file ``params/questions.yml``."""

    questions: Annotated[tuple[Question, ...], _FromList]


class Sources(Strict):
    """The file ``params/sources.yml``."""

    sources: dict[Slug, Source]


class Correction(Strict):
    """One known error of a source, mended until the source mends it (``params/corrections.yml``)."""

    id: Slug
    file: Text = Field(description="file in the project that has the error")
    why: Text = Field(description="what is wrong, and how it is known")
    decided: str = Field(description="ISO date of the decision", pattern=r"^\d{4}-\d{2}-\d{2}$")
    where: dict[Text, str] = Field(description="column -> text, as it stands in the file; names the rows")
    rows: int = Field(default=1, ge=1, description="how many rows that must be")
    drop: bool = Field(default=False, description="leave these rows out")
    column: Text | None = Field(default=None, description="or: the column to change")
    found: str | None = Field(
        default=None, description="text that must stand there, or the source has changed"
    )
    value: str | None = Field(default=None, description="text to put there")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        change = (self.column, self.found, self.value)
        if self.drop == any(part is not None for part in change) or (not self.drop and None in change):
            raise ValueError("expected either drop: true, or column, found and value")
        return self


class Corrections(Strict):
    """The file ``params/corrections.yml``."""

    corrections: Annotated[tuple[Correction, ...], _FromList]


class Outline(Strict):
    """The file ``notebooks/report.yml``: which notebooks, and the order of the report's parts."""

    chapters: Texts = Field(description="notebooks that run side by side")
    summary: Text = Field(description="the notebook that runs after them")
    order: Texts = Field(description="notebook, or notebook#part")

    @property
    def notebooks(self) -> tuple[str, ...]:
        """All notebooks, in running order."""
        return (*self.chapters, self.summary)


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


def find_root(start: Path | None = None) -> Path:
    """Find the project's folder: the nearest one upwards that holds ``params/`` and ``notebooks/``."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if all((folder / name).is_dir() for name in _REQUIRED_FOLDERS):
            return folder
    raise UsageError(f"{here}: no folder params/ and notebooks/ here or above; go to the project's folder")


def load_project(params_file: str | Path, *, start: Path | None = None) -> Project:
    """Load a report's parameters.

    Parameters
    ----------
    params_file
        Path of the parameter file, relative to the project's folder, wherever one stands in it.
    start
        Folder to look from; the current one by default.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    root = find_root(start)
    path = (root / params_file).resolve()
    if not path.is_file():
        known = ", ".join(sorted(p.name for p in (root / "params").glob("*.yml") if p.stem not in _SHARED))
        raise InputError(
            [Problem(str(params_file), "", f"no such parameter file; there is {known or 'none'}")]
        )
    params = validate(path.read_bytes(), Params, shown=str(params_file))
    return Project(root, path.stem, params, path)


_SHARED = ("questions", "sources", "corrections")


def validate(data: bytes, model: type[ModelT], *, shown: str) -> ModelT:
    """Read YAML into its model, or tell all that is wrong with it; ``shown`` is the file's name."""
    values, raw = load_yaml(data, shown)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise InputError([_problem(item, raw, shown, model) for item in error.errors()]) from None


def _problem(error: Any, raw: Mapping[Where, str], shown: str, model: type[BaseModel]) -> Problem:
    where: Where = tuple(error["loc"])
    return Problem(shown, ".".join(map(str, where)), _explain(error, raw.get(where), where, model))


def _explain(error: Any, raw: str | None, where: Where, model: type[BaseModel]) -> str:
    kind, found = error["type"], error["input"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(where[-1]), list(model.model_fields), n=1)
        return f"unknown key; did you mean {near[0]}?" if near else "unknown key; remove it"
    if kind == "missing":
        return f"missing; expected {_described(model, where)}"
    if kind == "string_type" and isinstance(found, int | float):
        said = f'YAML reads {raw} as {_yaml_word(found)}: write "{raw}"'
        return f"expected text in quotes, got {found} ({said})"
    message = re.sub(r"^(Value|Input) ", "", error["msg"])
    return f"{message}, got {raw if raw is not None else found!r}"


def _yaml_word(value: object) -> str:
    return "true or false" if isinstance(value, bool) else "a number"


def _described(model: type[BaseModel], where: Where) -> str:
    field = model.model_fields.get(str(where[-1]))
    return field.description if field and field.description else "a value"
