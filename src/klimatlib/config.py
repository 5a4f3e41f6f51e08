"""Every YAML file as a strict model, with all its problems at once, and the project that it belongs to.

YAML is read without its surprises (`load_yaml`) and held to a model (`validate`); a report's parameters and
folders are a `Project` (`load_project`). What a new year must fill in is marked, and refused until then.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain, pairwise, product
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, cast, get_args

import pydantic
import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, model_validator
from yaml.composer import Composer
from yaml.cyaml import CParser  # type: ignore[attr-defined]
from yaml.resolver import Resolver

from klimatlib.errors import InputError, Problem, nearest
from klimatlib.files import NAME, decode_strict, draft_folder, find_root, invisible_character, read_file

_DEEPEST = 30  # levels; a year's facts have eight
_PLAIN: dict[str, tuple[str, Callable[[str], object]]] = {  # YAML type -> how it is written here, its value
    "int": (r"0|-?[1-9][0-9]{0,14}", int),
    "float": (r"(?!-0\.0+$)-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}", float),
    "bool": ("true|false", "true".__eq__),
    "null": ("null|~|", lambda _: None),
    "str": ("(?s:.*)", str),
}
PYTHON_WORDS = ("None", "nan", "NaN", "undefined")  # bare, they were meant as nothing
_MEANT = {"int": "a number", "float": "a number", "bool": "true or false", "timestamp": "a date"}


def load_yaml(data: bytes, display_path: str) -> Any:
    """Return what strict YAML holds; the same bytes, read again in a process, are not parsed again.

    Errors tell line and column, or the key.
    """
    return copy.deepcopy(_parsed(data, display_path))


@lru_cache(maxsize=16)
def _parsed(data: bytes, display_path: str) -> Any:
    surprises: list[Problem] = []

    def value_of(node: Any, where: str) -> Any:
        """Return what a node holds, and note the scalars that YAML does not read as they look."""
        if isinstance(node, yaml.SequenceNode):
            return [value_of(item, f"{where}.{index}") for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            value, surprise = _scalar(node)
            rest = lines[node.end_mark.line][node.end_mark.column :] if not node.style else ""
            if cut := re.match(r" +#[^\s#]+", rest):
                surprise = f"YAML takes what follows{cut[0]!r} for a comment; put the whole value in quotes"
            surprises.extend([Problem(display_path, where.strip("."), surprise)] if surprise else [])
            return value
        values: dict[Any, Any] = {}
        for key, value in node.value:
            name, surprise = _scalar(key) if isinstance(key, yaml.ScalarNode) else (None, "")
            message = f"key {key.value!r} {surprise or 'is given twice; keep one of them'}"
            if not isinstance(key, yaml.ScalarNode):
                message = "expected a word as key, got a list or mapping"
            elif not surprise and name not in values:
                values[name] = value_of(value, f"{where}.{key.value}")
                continue
            raise _Surprise(None, None, message, key.start_mark)
        return values

    try:
        text = decode_strict(data, display_path)
        lines = [*re.split("\r\n|[\r\n\x85\u2028\u2029]", text), ""]  # as YAML counts them
        try:
            node = yaml.compose(text, Loader=_FastLoader)  # type: ignore[arg-type]
        except yaml.YAMLError:  # PyYAML's own parser tells best what is wrong
            node = yaml.compose(text, Loader=_StrictLoader)
        values = value_of(node, "") if node else {}
    except yaml.MarkedYAMLError as error:
        mark, message = error.problem_mark, f"{error.problem}"
        if not isinstance(error, _Surprise):
            advice = "look for a quote, bracket or indent here or just above"
            message = f"cannot be read as YAML ({message}); {advice}"
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError([Problem(display_path, place, message)]) from None
    if surprises:
        raise InputError(surprises)
    return values


def _scalar(node: yaml.ScalarNode) -> tuple[object, str]:
    """Return a scalar's value, or say why YAML does not read a bare word as it looks."""
    kind = node.tag.rsplit(":", 1)[-1]
    if not node.style and node.value in PYTHON_WORDS:
        meant = f'YAML takes {node.value} for text: or is "{node.value}" meant?'
        return None, f"expected a value, or nothing ({meant})"
    pattern, convert = _PLAIN.get(kind, ("(?!)", str))
    if re.fullmatch(pattern, node.value):
        return convert(node.value), ""
    word, meant = _shortened(node.value), _MEANT.get(kind, "something else")
    return None, f'expected text in quotes (YAML reads {word} as {meant}: write "{word}")'


class _Surprise(yaml.MarkedYAMLError):
    """YAML that could be read, but not as it looks."""


class _Strict:
    """YAML without anchors, aliases, tags and characters that nobody sees, and not nested without end."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[attr-defined]
        invisible = invisible_character(getattr(event, "value", ""))  # written as an escape
        for message, holds in (
            ("tags are not used here; remove it", getattr(event, "tag", None)),
            ("anchors and aliases are not used here; write it out", getattr(event, "anchor", None)),
            (f"nested more than {_DEEPEST} levels deep; write it flatter", self.depth > _DEEPEST),
            (f"{invisible} cannot be seen; type the text anew without it", invisible),
        ):
            if holds:
                raise _Surprise(None, None, message, event.start_mark)
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)  # type: ignore[misc]
        self.depth -= 1
        return node


class _StrictLoader(_Strict, yaml.SafeLoader):
    """By PyYAML's own parser."""


class _FastLoader(_Strict, Composer, CParser, Resolver):
    """By libyaml's."""

    def __init__(self, stream: str) -> None:
        CParser.__init__(self, stream)
        Composer.__init__(self)
        Resolver.__init__(self)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


MARK = "FYLL I:"


def todo(text: str) -> str:
    """Return the mark with what to fill in, for a comment or a cell; one line."""
    return f"{MARK} {text}"


def find_todos(text: str, *, file: str) -> list[Problem]:
    """Return a problem for each line with the mark; what follows the mark says what to fill in.

    >>> find_todos("staff: []  # FYLL I: those at the office", file="facts.yml")[0].text
    'fill in: those at the office'
    """
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if mark := re.search(MARK + (r"([^,\"]*)" if file.endswith(".csv") else "(.*)$"), line):
            asked = mark[1].strip().removesuffix("##}").rstrip()  # what closes a comment
            asked = (asked.removesuffix('"') if asked.count('"') % 2 else asked) or "this place"
            problems.append(Problem(file, f"line {number}", f"fill in: {asked}"))
    return problems


_LONGEST = 80  # characters of what was found, in a message
_EXPECTED = {  # kind of error in pydantic -> what was expected
    "int_type": "a whole number, digits alone", "bool_type": "true or false", "string_type": "text",
    "string_too_short": "some text", "tuple_type": "a list", "dict_type": "keys with values, key: value",
    "model_type": "keys with values, key: value", "literal_error": "{expected}",
    "greater_than_equal": "at least {ge}", "less_than_equal": "at most {le}",
    "string_pattern_mismatch": "text of the form {pattern}",
}  # fmt: skip
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
MemberCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}|[0-9]{4})$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
ModelT = TypeVar("ModelT", bound=BaseModel)
T = TypeVar("T")


def _as_year(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{4}", value) else value


def is_date(text: str) -> bool:
    """Whether a text is a date of the calendar as it is written here: ``2024-03-01``."""
    with suppress(ValueError):
        return dt.date.fromisoformat(text).isoformat() == text
    return False


def _is_inside(path: str) -> bool:
    """Whether a path is a plain one below the project's folder."""
    parts = path.replace("{vintage}", "").split("/")
    return {"", ".", ".."}.isdisjoint(parts) and not re.search(r"[\\:{}\x00]", "".join(parts))


def _must(hold: Callable[[str], object], message: str) -> AfterValidator:
    def check(value: str) -> str:
        if not hold(value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


Listed = Annotated[tuple[T, ...], Field(strict=False)]  # YAML has lists
_DATE = StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
_A_DATE = 'expected a date of the calendar, written as "2024-03-01"'
IsoDate = Annotated[str, _DATE, _must(is_date, _A_DATE)]
Year = Annotated[int, Field(ge=1900, le=2100), BeforeValidator(_as_year)]
Name = Annotated[Text, _must(NAME.fullmatch, "expected a name of letters, digits, hyphens and dots")]
_PLAIN_WORDS = re.compile(r"(\{share\}|[^\\`*_\[\]{}<>^~$|])*")
_NO_MARKUP = r"expected plain words: \`*_[]{}<>^~$| are markup where they are printed"
Words = Annotated[Text, _must(_PLAIN_WORDS.fullmatch, _NO_MARKUP)]
Inside = Annotated[Text, _must(_is_inside, "expected a path in the project, as data/2023/facts.yml")]
WebFolder = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+/$")]
Texts = Listed[Text]


class Strict(BaseModel):
    """A YAML file's shape: no unknown key, no silent conversion, no change after loading."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)


def _refuse_duplicates(items: Sequence[Strict], *fields: str) -> None:
    for name in fields:
        values = Counter(getattr(item, name) for item in items)
        if twice := [value for value, count in values.items() if count > 1]:
            raise ValueError(f"duplicate {name} {twice[0]!r}; remove one")


def _refuse_no_years(texts: Sequence[str], where: str = "") -> None:
    if odd := [text for text in texts if not re.fullmatch("(19|20)[0-9]{2}", text)]:
        raise ValueError(f'{where}{odd[0]!r} is no year; expected a year in quotes, as "2023"')


def validate(data: bytes, model: type[ModelT], *, file: str) -> ModelT:
    """Read YAML into its model, or tell all that is wrong with it; ``file`` is its name in messages.

    The same bytes, read again in a process, give the same model, which nothing may change.
    """
    return cast(ModelT, _validated(data, model, file))


@lru_cache(maxsize=16)
def _validated(data: bytes, model: type[BaseModel], file: str) -> BaseModel:
    try:
        return model.model_validate(load_yaml(data, file))
    except pydantic.ValidationError as error:
        raise InputError([_problem(item, file, model) for item in error.errors()]) from None


def _problem(error: Any, display_path: str, model: type[BaseModel]) -> Problem:
    """Return an error of pydantic as a problem: what was expected, and what stands in the file."""
    where, kind, value = [*map(str, error["loc"])], error["type"], error["input"]
    field = model.model_fields.get(where[-1]) if where else None
    described = field.description if field and field.description else "a value"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    got = f"got {_shortened(text) if text and value is not None else 'nothing'}"
    if kind == "extra_forbidden":
        message = f"unknown key; {nearest(where[-1], model.model_fields) or 'remove it'}"
    elif kind == "missing":
        message = f"missing; expected {described}"
    elif kind == "string_type" and isinstance(value, int | float):
        meant = "true or false" if isinstance(value, bool) else "a number"
        message = f'expected text in quotes, got {value} (YAML reads {text} as {meant}: write "{text}")'
    elif kind == "value_error":
        message = f"{error['ctx']['error']}, {got}"
    else:
        expected = _EXPECTED.get(kind, "").format(**error.get("ctx", {})) or error["msg"]
        message = f"expected {expected} ({described}), {got}"
    return Problem(display_path, ".".join(where), message)


Definition = Literal["ratio_of_sums", "mean_of_municipalities"]
_OWN_FOLDERS = ("draft", "preview", "sheets", "channels")  # outputs/NAME-…/ holds something else


class Edition(Strict):
    """One of a year's documents: what it is called, and of which day it is (``documents``)."""

    id: Slug = Field(description="its name; NAME-ID makes it, in outputs/NAME-ID/")
    title: Text = Field(description="title on the cover")
    date: IsoDate = Field(description="ISO date of this edition, in the files' metadata")
    web_url: WebFolder | None = Field(default=None, description="web address that its folder will have")


class Params(Strict):
    """The parameters of one report (``params/<name>.yml``)."""

    year: Year = Field(description="year that the report is about")
    association: Text = Field(description="who publishes it")
    title: Text = Field(description="title on the cover")
    document_date: IsoDate = Field(description="ISO date in the files' metadata")
    emissions_year: Year = Field(description="data year of the emissions")
    revisions: Listed[Name] = Field(default=(), description="other releases that headlines are shown in")
    base_year: Year = Field(description="year that reductions are counted from")
    emissions_vintage: Name = Field(description="release of the emissions database, as in data/statistics/")
    population_vintage: Name = Field(description="release of the population, as in data/statistics/")
    definition: Definition = Field(description="how the members' level is made")
    gpc_year: Year | None = Field(default=None, description="data year of the inventories by the GPC")
    gpc_vintage: Name | None = Field(default=None, description="release with subsectors that they rest on")
    energy_vintage: Name | None = Field(default=None, description="release of the energy statistics, if used")
    survey_input: Literal["counts", "answers"] = Field(description="what data/<name>/survey.csv holds")
    survey_members: int = Field(ge=1, description="members asked")
    survey_inferred: bool = Field(default=False, description="n and k worked back from published shares")
    minimum_cell: int = Field(ge=1, description="smallest cell of a breakdown that may be shown")
    applicants: Listed[MemberCode] = Field(
        default=(), description="those that took the member test to become members; counted nowhere"
    )
    members_previous: int = Field(ge=0, description="members at the end of the year before")
    previous: Name | None = Field(
        default=None, description="report of the year before, whose published numbers these are set beside"
    )
    data: Name | None = Field(default=None, description="data folder; the file's own name by default")
    sheets_url: WebFolder | None = Field(default=None, description="address of the fact sheets, to be linked")
    data_url: WebFolder | None = Field(
        default=None,
        description="web address that the open data's folder will have, as `https://example.org/data/2023/`",
    )
    web_url: WebFolder | None = Field(
        default=None,
        description="web address that the published folder will have; the report's back has it as a QR code",
    )
    text_licence: Words | None = Field(
        default=None, description="licence of the report's own text, as printed: `CC BY 4.0`"
    )
    notice: Text | None = Field(default=None, description="printed on every page, for example data")
    documents: Listed[Edition] = Field(
        default=(),
        description="what the year gives out beside the report; notebooks/report.yml has the order",
    )

    @model_validator(mode="after")
    def _documents_apart(self) -> Self:
        _refuse_duplicates(self.documents, "id")
        if taken := [each.id for each in self.documents if each.id in _OWN_FOLDERS]:
            message = "names another folder beside the report's; call it otherwise"
            raise ValueError(f"documents: {taken[0]} {message}")
        return self

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
    """A project's folders, and the report that is being made."""

    root: Path  # the folder with ``params/``, ``data/`` and ``notebooks/``
    name: str  # of the report: the stem of its parameter file, ``2023`` or ``demo``
    params: Params  # of a document with its own title and date
    params_path: Path
    document: str = ""  # which of the year's documents it is; empty for the report itself
    earlier: tuple[tuple[str, str], ...] = ()  # name and title of the year's documents that came out before

    @property
    def report(self) -> str:
        """The name of the report; of a document that of the report which has its parameters and data."""
        return self.name.partition("@")[0].removesuffix(f"-{self.document}" if self.document else "")

    @property
    def params_file(self) -> str:
        """The parameter file as commands and notebooks name it; there is none of a document."""
        return self.relative(self.params_path.with_stem(self.name))

    @property
    def shared_as(self) -> str:
        """What the files that all reports share know it by: its year, then its name where that is another."""
        year = str(self.params.year)
        return year if self.report == year else f"{year} {self.report}"

    @property
    def data(self) -> Path:
        """The report's own data folder."""
        return self.root / "data" / (self.params.data or self.report)

    @property
    def statistics(self) -> Path:
        """The folder of official statistics, shared by all years."""
        return self.root / "data" / "statistics"

    def release(self, table: Literal["emissions", "population"]) -> Path:
        """Return the file of a table of statistics, in the release that the report names."""
        return self.statistics / f"{table}_{getattr(self.params, f'{table}_vintage')}.csv"

    @property
    def published(self) -> Path:
        """The folder that the finished report is swapped into."""
        return self.root / "outputs" / self.name

    @property
    def reviewed(self) -> Path:
        """The folder of the last run, to read and sign: a draft beside a final report, where there is one."""
        draft = draft_folder(self.published)
        return draft if draft.is_dir() else self.published

    def relative(self, path: Path) -> str:
        """Return a path as the user knows it: relative to the project, with forward slashes."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def load_project(params_file: str | Path, *, start: Path | None = None, draft: bool = False) -> Project:
    """Load a report's parameters, or tell every problem of the file: its keys, and what contradicts.

    ``params_file`` is relative to the project, and ``start`` a folder in it, the current one by default. A
    ``draft`` is taken even while it has something to fill in. ``params/2023-klimatlaget.yml`` need not be
    there: it stands for the document that ``params/2023.yml`` has under ``documents``.
    """
    root = find_root(start)
    path = (root / params_file).resolve()
    name, file, message = path.stem, str(params_file), ""
    owners = [each for each in report_names(root) if name.startswith(f"{each}-") and not path.is_file()]
    if owners:
        path = path.with_stem(max(owners, key=len))
        file = f"params/{path.name}"
    homes = [(root / "params").resolve(), (root / "outputs" / ".variants").resolve()]
    if path.parent not in homes or path.suffix != ".yml":
        message = "no report's name; expected the name of a file in params/, as 2023"
    elif not NAME.fullmatch(path.stem):
        message = "a report's name has letters, digits, hyphens and dots; name the file in another way"
    elif not path.is_file():
        names = ", ".join(f"{name}.yml" for name in report_names(root))
        message = f"no such parameter file; there is {names or 'none'}"
    if message:
        raise InputError([Problem(repr(file)[1:-1], "", message)])
    data = read_file(path, file)
    problems = [] if draft else find_todos(data.decode("utf-8", errors="replace"), file=file)
    try:
        params = validate(data, Params, file=file)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems := [*problems, *(Problem(file, *each) for each in _impossible(params, path.stem))]:
        raise InputError(problems)
    editions = {path.stem: (params.document_date, params.title)}
    editions |= {f"{path.stem}-{each.id}": (each.date, each.title) for each in params.documents}
    (own, is_variant, _), document = name.partition("@"), ""
    for each in params.documents:
        if own == f"{path.stem}-{each.id}" or (is_variant and own.endswith(f"-{each.id}")):
            own_values = {"title": each.title, "document_date": each.date, "web_url": each.web_url}
            params, document = params.model_copy(update={**own_values, "data_url": None}), each.id
    if own != path.stem and not document and not is_variant:
        there = ", ".join([*(f"{each}.yml" for each in report_names(root)), *[*editions][1:]])
        raise InputError([Problem(str(params_file), "", f"no such parameter file; there is {there}")])
    by_date = sorted(editions.items(), key=lambda edition: edition[1][0])
    before = ((other, title) for other, (date, title) in by_date if date < params.document_date)
    return Project(root, name, params, path, document, () if is_variant else tuple(before))


def report_names(root: Path) -> list[str]:
    """Return the names of the reports that have parameters in a project, sorted."""
    return sorted(path.stem for path in (root / "params").glob("*.yml") if path.stem not in _SHARED)


_SHARED = {  # no report's parameters
    "questions", "sources", "corrections", "targets", "sectors", "channels", "guard_words", "gpc",
    "emission_factors",
}  # fmt: skip


def _impossible(params: Params, name: str) -> Iterator[tuple[str, str]]:
    """Yield the keys whose values cannot be true together."""
    year, data_year = params.year, params.emissions_year
    if re.fullmatch("[0-9]{4}", name) and name != str(year):
        yield "year", f"expected {name}, as the file is named, got {year}; is it another year's file?"
    if data_year > year:
        yield "emissions_year", f"expected a year up to that of the report, {year}, got {data_year}"
    if (params.gpc_year is None) != (params.gpc_vintage is None):
        yield "gpc_year", "expected gpc_year and gpc_vintage together, or neither"
    if params.base_year >= data_year:
        yield "base_year", f"expected a year before emissions_year, {data_year}, got {params.base_year}"
    dates = {"document_date": params.document_date}
    dates |= {f"documents, {each.id}": each.date for each in params.documents}
    for key, date in dates.items():
        if int(date[:4]) < year:
            yield key, f"expected a date in or after the year of the report, {year}, got {date}"


Points = Annotated[float, Field(ge=0, le=1000)]


class Options(Strict):
    """What the answers to a question count as (``options`` of a question), and the points that they give."""

    counts_as_yes: Texts = Field(description="answers that count as yes, as typed in the survey tool")
    counts_as_no: Texts = Field(description="answers that count as no")
    counts_as_missing: Texts = Field(default=(), description="answers that count as not answered")
    points: dict[Text, Points] = Field(
        default={}, description="answer -> its points; of a question without points only the share is told"
    )
    several: bool = Field(default=False, description="whether an answer may name several options")
    maximum: Points | None = Field(
        default=None, description="most points; the best answer's by default, or the sum of several"
    )
    base_requirement: bool = Field(default=False, description="whether a member must be able to say yes")
    new: Texts = Field(default=(), description="options that the year before did not have")
    former: dict[Text, Points] = Field(
        default={}, description="options that only the year before had -> their points by these rules"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        yes, no, missing = self.keys
        if twice := sorted((yes & no) | (yes & missing) | (no & missing)):
            raise ValueError(f"{twice[0]!r} counts as two of yes, no and missing; let it stand in one list")
        for name, texts in (("points", [*self.points]), ("new", self.new)):
            if strange := [text for text in texts if answer_key(text) not in yes | no | missing]:
                raise ValueError(f"{name}: {strange[0]!r} is no answer of the lists; add it to one of them")
        if back := [text for text in self.former if answer_key(text) in yes | no | missing]:
            raise ValueError(f"former: {back[0]!r} is still an option; give its points under points")
        if not self.points:
            if (self.several, self.maximum, self.former) != (False, None, {}):
                raise ValueError("several, maximum or former without points; give each answer its points")
            return self
        if lacking := sorted((yes | no) - self.by_key.keys()):
            raise ValueError(f"no points for {lacking[0]!r}; give it some, 0 where it has none")
        most, reach = Fraction(str(self.maximum or 0)), self.reach
        if self.maximum is not None and (most > reach or (not self.several and most < reach)):
            raise ValueError(f"maximum is {most}, but the answers give {reach} at most; correct one")
        return self

    @cached_property
    def keys(self) -> list[set[str]]:
        """The answers of each list as they are compared (`answer_key`)."""
        return [{*map(answer_key, texts)} for texts in self.lists]

    @property
    def lists(self) -> tuple[Texts, Texts, Texts]:
        """The answers that count as yes, no and missing."""
        return self.counts_as_yes, self.counts_as_no, self.counts_as_missing

    @cached_property
    def by_key(self) -> dict[str, Fraction]:
        """Exact points by answer, as answers are compared; former options too."""
        return {answer_key(text): Fraction(str(n)) for text, n in {**self.former, **self.points}.items()}

    @property
    def rules(self) -> tuple[object, ...]:
        """What decides the points of an answer that is still an option."""
        own = {key: self.by_key[key] for key in self.by_key if key not in {*map(answer_key, self.former)}}
        return own, self.several, self.most, self.base_requirement

    @cached_property
    def reach(self) -> Fraction:
        """The most points that the answers give."""
        given = [Fraction(str(points)) for points in self.points.values()]
        return sum(given, Fraction(0)) if self.several else max(given, default=Fraction(0))

    @cached_property
    def most(self) -> Fraction:
        """The most points that the question gives."""
        return self.reach if self.maximum is None else Fraction(str(self.maximum))


def answer_key(text: str) -> str:
    r"""Spelling by which answers are compared: folded case, single spaces, no mark at the end.

    >>> answer_key(" JA. "), answer_key("Ja,  i någon mån"), answer_key("Arbetar\u00a0ni med BIOKOL? ")
    ('ja', 'ja, i någon mån', 'arbetar ni med biokol')
    """
    plain = unicodedata.normalize("NFC", text).replace("\u00ad", "")
    return " ".join(plain.split()).casefold().rstrip(" .,;:!?")


Change = Literal["wording", "options", "points", ""]  # of a question since another year
Asked = Literal["municipality", "region"]


def _in_force(by_year: Mapping[str, T], year: int | str) -> T | None:
    """Return what holds in a year: what is given for it, or else for the last year before."""
    since = max((first for first in by_year if first <= str(year)), default="")
    return by_year.get(since)


class Question(Strict):
    """One survey question through the years (``params/questions.yml``)."""

    id: Slug = Field(description="name of the question, the same every year")
    theme: Slug = Field(
        default="", description="what its share is grouped with in text and charts; without one it has none"
    )
    area: Slug = Field(default="", description="area of the member test that its points are of")
    asked_of: Literal["municipality", "region", "both"] = Field(
        default="both", description="whose form has it: the municipalities', the regions' or both"
    )
    label: Words = Field(description="short Swedish name, for charts and tables")
    wording: dict[str, Text] = Field(description="year -> the question as it was put")
    options: dict[str, Options] = Field(description="year -> its answer options, until the next year given")
    comparable_with: Listed[Year] = Field(default=(), description="earlier years that may be compared")
    comparison_note: dict[str, Words] = Field(
        default={}, description="earlier year -> what a reader must know to compare with it, or why not"
    )
    verb_phrase: Words | None = Field(default=None, description="what those who say yes do, present tense")
    turned: Words | None = Field(default=None, pattern=r"\{share\}", description="the same, {share} last")
    degree: Words | None = Field(default=None, description="how far they do it, after a comma")
    detail: dict[str, Text] = Field(default={}, description="year -> more on it, whole sentences")
    reports: Listed[Name] = Field(default=(), description="reports that ask it; a year means later ones too")

    @model_validator(mode="after")
    def _years(self) -> Self:
        _refuse_no_years([*self.wording, *self.options, *self.comparison_note, *self.detail])
        if self.wording and min(self.wording) < min(self.options, default="9999"):
            raise ValueError(f"no options for {min(self.wording)}; let the first of them be of that year")
        scored = any(own.points for own in self.options.values())
        if scored and not self.area:
            raise ValueError("has points but no area; name one of areas")
        if not (self.theme or self.area or any(own.base_requirement for own in self.options.values())):
            raise ValueError("no theme; expected what it is grouped with, or the area that its points are of")
        if scored and (fault := next(self._changes_unsaid(), "")):
            raise ValueError(fault)
        return self

    def _changes_unsaid(self) -> Iterator[str]:
        """Yield what is other than the year before without saying so."""
        for first, year in pairwise(sorted(self.options)):
            own = self.options[year]
            before, now = ({*chain(*self.options[which].keys)} for which in (first, year))
            new, former = ({*map(answer_key, texts)} for texts in (own.new, own.former))
            faults = {
                "is new; list it under new": now - before - new,
                "is listed as new but stood there before; take it out": new - (now - before),
                "is gone; say under former what it gives by the new rules": before - now - former,
                f"was no option in {first}; take it out": former - before,
            }
            yield from (f"options {year}: {key!r} {why}" for why in faults for key in sorted(faults[why]))
        if listed := self.options[min(self.options)].new:
            yield f"options {min(self.options)}: {listed[0]!r} is new, but no year is before; take it out"
        for earlier in self.comparable_with:
            later = min((int(year) for year in self.wording if int(year) > earlier), default=earlier)
            change = self.changed(earlier, later)
            if change and str(earlier) not in self.comparison_note:
                advice = f'take it out, or say why in comparison_note, "{earlier}"'
                yield f"comparable_with {earlier}, but the {change} of {later} differ; {advice}"

    def put_in(self, year: int) -> tuple[str, Options] | None:
        """Return the question as it was put in a year, and its answer options; None where it was not."""
        wording, options = self.wording.get(str(year)), _in_force(self.options, year)
        return (wording, options) if wording and options else None

    def changed(self, earlier: int, year: int) -> Change:
        """Return what of the question is other than it was; nothing where it was not put in both years."""
        before, now = self.put_in(earlier), self.put_in(year)
        if before is None or now is None:
            return ""
        if before[0] != now[0]:
            return "wording"
        if before[1].keys != now[1].keys:
            return "options"
        return "" if before[1].rules == now[1].rules else "points"

    def until(self, year: int) -> Question:
        """Return the question as the report of a year knows it, which compares with earlier years."""

        def up_to(name: str, last: int) -> dict[str, Any]:
            return {key: value for key, value in getattr(self, name).items() if int(key) <= last}

        parts = {name: up_to(name, year) for name in ("wording", "options", "detail")}
        earlier = tuple(other for other in self.comparable_with if other < year)
        notes = {"comparison_note": up_to("comparison_note", year - 1), "comparable_with": earlier}
        return self.model_copy(update={**parts, **notes, "reports": ()})


def is_among(name: str, reports: Sequence[str]) -> bool:
    """Whether a report is one of those named, where a year stands for later years too; any is, of none."""
    since = min((report for report in reports if report.isdigit()), default="9999")
    return not reports or name in reports or (name.isdigit() and since <= name)


class Columns(Strict):
    """What the analyst has settled of a year's export of answers (``columns`` of the questions)."""

    member: Text | None = Field(default=None, description="heading of the column with the member's name")
    questions: dict[Text, Slug] = Field(default={}, description="heading -> the id of the question it puts")
    left_out: Texts = Field(default=(), description="headings of columns that are not answers")


class Area(Strict):
    """An area of the member test (``areas`` of the questions)."""

    title: Words = Field(description="its Swedish name, as printed")
    maximum: dict[str, Points] = Field(description="year -> its most points, until the next year given")

    def most(self, year: int | str) -> Fraction | None:
        """Return the area's most points in a year; None before it had any."""
        points = _in_force(self.maximum, year)
        return None if points is None else Fraction(str(points))


class Questions(Strict):
    """The file ``params/questions.yml``."""

    home: ClassVar = "params/questions.yml"
    themes: dict[Slug, Words] = Field(default={}, description="theme -> its name; else the theme itself")
    areas: dict[Slug, Area] = Field(default={}, description="area of the member test -> title and points")
    questions: Listed[Question] = Field(description="the questions, in the report's order")
    columns: dict[str, Columns] = Field(
        default={}, description="year -> how its export is headed, until the next"
    )

    @model_validator(mode="after")
    def _settled(self) -> Self:
        ids = {question.id for question in self.questions}
        _refuse_no_years([*self.columns], "columns: ")
        for year, columns in self.columns.items():
            if odd := sorted({*columns.questions.values()} - ids):
                raise ValueError(f"columns {year}: no question {odd[0]!r}; give the id of one")
        return self

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        """Hold the points of each area's questions against its maximum, by year, form and report."""
        scored = [question for question in self.questions if question.area]
        if strange := [question for question in scored if question.area not in self.areas]:
            no_area = f"{strange[0].id}: no area {strange[0].area!r}"
            raise ValueError(f"{no_area}; name one of {', '.join(self.areas)}")
        named = {name for question in scored for name in question.reports if not name.isdigit()}
        sums = defaultdict[tuple[str, str, str], dict[str, Fraction]](lambda: defaultdict(Fraction))
        for question, year in ((each, year) for each in scored for year in each.wording):
            if (own := question.put_in(int(year))) and own[1].points:
                asked_of = get_args(Asked) if question.asked_of == "both" else (question.asked_of,)
                names = [name for name in (year, *named) if is_among(name, question.reports)]
                for key in product([year], names, asked_of):
                    sums[key][question.area] += own[1].most
        for (year, name, form), points in sorted(sums.items()):
            for area in sorted({q.area for q in scored if is_among(name, q.reports)}):
                most, total = self.areas[area].most(year), points[area]
                if (most or Fraction(0)) != total:
                    whose = f"{form} questions of {year}" + (f" ({name})" if name != year else "")
                    sums_up = f"the {whose} add up to {total}, its maximum is {most}"
                    raise ValueError(f"areas, {area}: {sums_up}; correct one")
        return self

    def columns_of(self, year: int) -> Columns:
        """Return what is settled of the columns of a year's export: for it, or for the last year before."""
        return _in_force(self.columns, year) or Columns()

    def used(self, which: str) -> Self:
        """Return the questions that a report knows, by `Project.shared_as`, as it knows them; and themes."""
        year, name = which.split()[0], which.split()[-1]
        own = (question.until(int(year)) for question in self.questions if is_among(name, question.reports))
        asked = tuple(question for question in own if question.wording)
        themes = {q.theme: self.themes[q.theme] for q in asked if q.theme in self.themes}
        columns = {put: own for put, own in self.columns.items() if put <= year}
        areas = dict[str, Area]()
        for area in (area for area in self.areas if area in {q.area for q in asked}):
            most = {put: n for put, n in self.areas[area].maximum.items() if put <= year}
            areas[area] = self.areas[area].model_copy(update={"maximum": most})
        update = {"themes": themes, "areas": areas, "questions": asked, "columns": columns}
        return self.model_copy(update=update)


class Source(Strict):
    """Where an input comes from (``params/sources.yml``); one with ``raw`` is what ``fetch`` gets."""

    file: Inside = Field(description="tidy file in the project; {vintage} stands for the release if fetched")
    publisher: Text = Field(description="who publishes it, as printed")
    title: Text = Field(description="what it is, in Swedish, as printed under tables")
    url: Text | None = Field(default=None, description="where a reader finds it")
    licence: Text | None = Field(default=None, description="on what terms it may be used")
    vintage: Name | None = Field(default=None, description="release or report date of the statistics")
    retrieved: IsoDate | None = Field(default=None, description="ISO date")
    note: Text | None = Field(default=None, description="what else is good to know of it; not printed")
    summed: bool = Field(default=False, description="whether its nation is a mere sum, so no control of it")
    raw: Text | None = Field(default=None, description="address, or path in the project, of the raw file")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="checksum of the file")


class Sources(Strict):
    """The file ``params/sources.yml``."""

    home: ClassVar = "params/sources.yml"
    sources: dict[Slug, Source]

    def used(self, path: str) -> Self:
        """Return the source of a file: the one that names it, or else that of which it is a release.

        What only `fetch` reads of it is left out; of a release the file's own stands for ``{vintage}``.
        """
        for name, source in sorted(self.sources.items(), key=lambda item: item[1].file != path):
            pattern = re.escape(source.file).replace(re.escape("{vintage}"), "(.+)")
            if match := re.fullmatch(pattern, path):
                cited = source.model_dump(exclude={"raw", "note", "retrieved"})
                cited |= {"file": path, "vintage": [*match.groups(), source.vintage][0]}
                return self.model_copy(update={"sources": {name: Source(**cited)}})
        return self.model_copy(update={"sources": {}})


class Sector(Strict):
    """One main sector of the emissions database, and its subsectors."""

    id: Slug = Field(description="name of the sector in claims, the same every year")
    name: Text = Field(description="name in the emissions database, letter by letter")
    label: Words = Field(description="short Swedish name, for charts and tables")
    in_text: Words | None = Field(default=None, description="the label as a sentence begins with it")
    outside_total: bool = Field(default=False, description="true for what the total leaves out")
    subsectors: Texts = Field(default=(), description="subsectors seen in exports; a release may lack some")


class KnownGap(Strict):
    """Where a published release's subsectors do not add up to their sector, which itself is right."""

    substance: Literal["GGT", "CO2"] = Field(description="substance of the export")
    vintage: IsoDate = Field(description="release of the export, ISO date")
    sector: Text = Field(description="name of the main sector")
    largest_t: float = Field(gt=0, description="largest gap in tonnes")


class Sectors(Strict):
    """The file ``params/sectors.yml``."""

    sectors: Listed[Sector] = Field(description="main sectors, in any order")
    spelling: dict[Text, Text] = Field(default={}, description="name as exports misspell it -> the name")
    known_gaps: Listed[KnownGap] = Field(default=(), description="releases whose subsectors do not add up")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _refuse_duplicates(self.sectors, "id", "name", "label")
        names = {name for sector in self.sectors for name in (sector.name, *sector.subsectors)}
        meant = [*self.spelling.values(), *(gap.sector for gap in self.known_gaps)]
        if unknown := [name for name in meant if name not in names]:
            raise ValueError(f"{unknown[0]!r} is no sector or subsector of the list; fix the name")
        return self

    @property
    def in_total(self) -> tuple[Sector, ...]:
        """The sectors that the total is the sum of, by name."""
        return tuple(sorted((s for s in self.sectors if not s.outside_total), key=lambda sector: sector.name))


Ref = Annotated[str, StringConstraints(pattern=r"^(I|II|III|IV|V|VI)\.[1-9](\.[1-4])?$")]
Key = Literal["NO", "NE", "IE", "C"]


class Reference(Strict):
    """One reference of the GPC, the standard that inventories of places follow."""

    ref: Ref = Field(description="its number, as I.1.1")
    scope: Literal[1, 2, 3] = Field(description="scope; the last digit of the number does not tell it")
    level: Literal["BASIC", "BASIC+", "TERRITORIAL", "OTHER"] = Field(description="what it is counted in")
    label: Text = Field(description="Swedish name, as printed")
    key: Literal["NE", "IE"] = Field(description="what it says where nothing fills it")
    reason: Text = Field(description="why, in Swedish; of IE also the reference that it is part of")
    template: Texts = Field(description="sector and sub-sector of the form eCRF")
    importable: bool = Field(default=True, description="whether importers of the form know the row")

    @property
    def subsector(self) -> str:
        """Number of its sub-sector."""
        return ".".join(self.ref.split(".")[:2])


class Row(Strict):
    """One row of the emissions database, and where it belongs; without ``ref`` it is a sum of others."""

    id: Slug = Field(description="its column in data/statistics/subsectors_RELEASE.csv")
    sector: Text = Field(description="main sector, letter by letter, or Alla")
    subsector: Text = Field(description="subsector, letter by letter, or Alla")
    ref: Ref | None = Field(default=None, description="reference that it belongs to")
    certainty: Literal["certain", "judgement", "mixed"] = Field(default="certain", description="of its place")
    also: Listed[Ref] = Field(default=(), description="references inside it that cannot be told apart")
    choice: Slug | None = Field(default=None, description="choice that decides its place")
    other: Ref | None = Field(default=None, description="where the choice may put it instead")
    outside: bool = Field(default=False, description="whether the database leaves it out of its total")


class Choice(Strict):
    """Where a row of uncertain place is put."""

    label: Text = Field(description="what it is about, as printed")
    use: Literal["usual", "other"] = Field(description="the row's ref, or its other")


class Twice(Strict):
    """A sector that may miss the sum of its rows by one of them."""

    sector: Slug = Field(description="id of the sector's row")
    row: Slug = Field(description="id of the row that is then probably counted twice")
    releases: Texts = Field(description="releases in which it is; in others all places must agree on it")
    most_t: float = Field(gt=0, description="t that the row of the nation is below in every year")


class SectorGroup(Strict):
    """What a release with main sectors alone tells: one sector, and the references that are inside it."""

    row: Slug = Field(description="id of the sector's row")
    refs: Listed[Ref] = Field(description="references that are inside it")
    label: Text = Field(description="Swedish name, as printed")


class EnergyCategory(Strict):
    """A category of users in the energy statistics, and where what it takes from the grids belongs."""

    code: Text = Field(description="its code at SCB")
    label: Text = Field(description="its name at SCB")
    electricity: Ref = Field(description="reference of its electricity")
    heat: Ref = Field(description="reference of its district heat")


class EnergyCodes(Strict):
    """Codes of the energy statistics."""

    electricity: Text = Field(description="code of the carrier electricity")
    heat: Text = Field(description="code of the carrier district heat")
    total: Text = Field(description="code of all categories together")
    unspecified: Ref = Field(description="reference of what is hidden in two categories or more")
    categories: Listed[EnergyCategory] = Field(description="categories of users")
    also: dict[str, Ref] = Field(default={}, description="reference -> the one that it is part of")


class Gpc(Strict):
    """The file ``params/gpc.yml``: inventories by the GPC, from the emissions database."""

    sectors: dict[str, Text] = Field(description="number of a sector -> its Swedish name")
    subsectors: dict[str, Text] = Field(description="number of a sub-sector -> its Swedish name")
    references: Listed[Reference] = Field(description="the references, in the standard's order")
    choices: dict[str, Choice] = Field(description="choices of place")
    rows: Listed[Row] = Field(description="rows of the emissions database")
    counted_twice: Twice = Field(description="what may be counted twice in a release")
    potentials: dict[str, Text] = Field(description="release -> its global warming potentials")
    groups: Listed[SectorGroup] = Field(description="what main sectors alone tell")
    energy: EnergyCodes = Field(description="codes of the energy statistics")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _refuse_duplicates(self.references, "ref")
        _refuse_duplicates(self.rows, "id")
        pairs = Counter((row.sector, row.subsector) for row in self.rows)
        if twice := [" / ".join(pair) for pair, count in pairs.items() if count > 1]:
            raise ValueError(f"{twice[0]} has two rows; remove one")
        refs, ids = {one.ref for one in self.references}, {row.id for row in self.rows}
        energy = (ref for one in self.energy.categories for ref in (one.electricity, one.heat))
        named = {self.energy.unspecified, *energy, *self.energy.also.keys(), *self.energy.also.values()}
        named |= {ref for row in self.rows for ref in (row.ref, row.other, *row.also) if ref}
        named |= {ref for group in self.groups for ref in group.refs}
        if unknown := sorted(named - refs):
            raise ValueError(f"{unknown[0]} is no reference of the list; fix the number")
        used = {*(group.row for group in self.groups), self.counted_twice.row, self.counted_twice.sector}
        if unknown := sorted(used - ids):
            raise ValueError(f"{unknown[0]} is no row of the list; fix the id")
        if unnamed := {one.subsector for one in self.references} - {*self.subsectors}:
            raise ValueError(f"{min(unnamed)} has no name in subsectors; add it")
        for row in self.rows:
            if row.choice and (row.choice not in self.choices or not row.other):
                raise ValueError(f"row {row.id}: expected its choice in choices, and an other place")
        return self

    def place(self, row: Row) -> str | None:
        """Return the reference that a row is counted in, by the choices."""
        chosen = self.choices[row.choice] if row.choice else None
        return row.other if chosen and chosen.use == "other" else row.ref


class Factor(Strict):
    """Emissions of one kilowatt-hour from one network in one year; without its origin it is not taken."""

    carrier: Literal["electricity", "heat"] = Field(description="electricity, or heat (district heat)")
    network: Slug = Field(description="the grid or heating network")
    year: Year = Field(description="year that it holds for; no other year takes it")
    value: float = Field(ge=0, description="g/kWh")
    gas: Literal["CO2", "CO2e"] = Field(description="what it counts")
    boundary: Literal["combustion", "life cycle"] = Field(description="what it takes in")
    method: Literal["location", "market"] = Field(description="market-based is never part of a sum")
    source: Text = Field(description="publisher and title")
    url: Text | None = Field(default=None, description="where a reader finds it")


class NetworkShare(Strict):
    """What share of a municipality's heat or electricity one network delivers."""

    municipality: Code = Field(description="code")
    carrier: Literal["electricity", "heat"] = Field(description="electricity, or heat")
    network: Slug = Field(description="the network")
    share: float = Field(gt=0, le=1, description="0-1; those of a municipality sum to 1")


class EmissionFactors(Strict):
    """The file ``params/emission_factors.yml``, which need not be there: nothing is taken by default."""

    grid: Slug | None = Field(default=None, description="network of the electricity of all municipalities")
    factors: Listed[Factor] = Field(default=(), description="the factors")
    networks: Listed[NetworkShare] = Field(default=(), description="who is delivered by which network")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        keys = Counter((one.carrier, one.network, one.year) for one in self.factors)
        if twice := [key for key, count in keys.items() if count > 1]:
            raise ValueError(f"two factors of {' '.join(map(str, twice[0]))}; keep one")
        market = {(one.carrier, one.network) for one in self.factors if one.method == "market"}
        used = {(one.carrier, one.network) for one in self.networks} | {("electricity", self.grid)}
        if wrong := sorted(f"{carrier} {network}" for carrier, network in market & used):
            raise ValueError(f"{wrong[0]} has a market-based factor, which no sum may have; use location")
        shares = defaultdict[tuple[str, str], Fraction](Fraction)
        for one in self.networks:
            shares[one.municipality, one.carrier] += Fraction(str(one.share))
        if odd := sorted(key for key, share in shares.items() if share != 1):
            raise ValueError(f"the shares of {' '.join(odd[0])} sum to {float(shares[odd[0]])}; expected 1")
        return self


class Target(Strict):
    """One level that the pace of emissions is counted to, below the base year."""

    year: Year = Field(description="year that it is to be reached")
    percent_below: int = Field(ge=1, le=100, description="per cent below the base year, per inhabitant")

    @property
    def share(self) -> Fraction:
        """How far below the base year, 0-1."""
        return Fraction(self.percent_below, 100)


class Targets(Strict):
    """The file ``params/targets.yml``: what the pace of emissions is counted to."""

    source: Text = Field(default="-", description="where the targets come from, as printed")
    targets: Listed[Target] = Field(default=(), description="the nearest first")


class Correction(Strict):
    """One known error of a source, or a question to it that is put (``params/corrections.yml``).

    An error is mended here until the source mends it; what is only asked about stays as it is.
    """

    id: Slug = Field(description="name of the correction")
    file: Inside = Field(description="file in the project that has the error")
    why: Text = Field(description="what is wrong, and how it is known")
    decided: IsoDate = Field(description="ISO date of the decision")
    where: dict[Text, str] = Field(description="column -> text, as it stands in the file; names the rows")
    rows: int = Field(default=1, ge=1, description="how many rows that must be")
    drop: bool = Field(default=False, description="leave these rows out")
    column: Text | None = Field(default=None, description="or: the column to change")
    found: str | None = Field(default=None, description="text there, or the source has changed")
    value: str | None = Field(default=None, description="text to put there")
    status: Literal["proposed", "reported", "answered", "mended"] | None = Field(
        default=None,
        description="how far a question to the publisher has come; settles the warning of it. Of one that a "
        "member has proposed: nothing is changed until the status is taken away",
    )

    @property
    def only_asks(self) -> bool:
        """Whether nothing is changed: it is proposed, or a question that is put to the publisher."""
        changes = self.drop or (self.column, self.found, self.value) != (None,) * 3
        return self.status == "proposed" or (bool(self.status) and not changes)

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        change = (self.column, self.found, self.value)
        odd = self.drop == any(part is not None for part in change) or (not self.drop and None in change)
        if odd and not self.only_asks:
            raise ValueError("expected either drop: true, or column, found and value; or a status alone")
        return self


class Corrections(Strict):
    """The file ``params/corrections.yml``, which need not be there."""

    home: ClassVar = "params/corrections.yml"
    corrections: Listed[Correction] = ()

    def used(self, path: str) -> Self:
        """Return the corrections that change a file."""
        own = tuple(c for c in self.corrections if c.file == path and not c.only_asks)
        return self.model_copy(update={"corrections": own})


class Arrangement(Strict):
    """One of a year's documents beside the report: its notebooks and its parts (``documents``)."""

    chapters: Listed[Name] = Field(default=(), description="the chapters that it rests on; all by default")
    order: Texts = Field(description="notebook, or notebook#part")


class Outline(Strict):
    """The file ``notebooks/report.yml``: which notebooks, and the order of the report's parts."""

    home: ClassVar = "notebooks/report.yml"
    chapters: Listed[Name] = Field(description="notebooks that run side by side")
    summary: Name = Field(description="the notebook that runs after them")
    order: Texts = Field(description="notebook, or notebook#part")
    titles: dict[str, Text] = Field(default={}, description="notebook -> its name on the reviewers' pages")
    explore: dict[str, Text] = Field(default={}, description="figure -> the dashboard's state that shows it")
    card: str = Field(default="", description="figure on the picture that a shared link shows")
    reports: dict[str, Listed[Name]] = Field(
        default={}, description="chapter -> the reports that have it; a year stands for later ones too"
    )

    documents: dict[str, Arrangement] = Field(
        default={}, description="document of a year's parameters -> its notebooks and its order"
    )

    @model_validator(mode="after")
    def _chapters_alone(self) -> Self:
        named = {"reports": [*self.reports], **{key: each.chapters for key, each in self.documents.items()}}
        for key, chapters in named.items():
            if unknown := [name for name in chapters if name not in self.chapters]:
                raise ValueError(f"{key}: {unknown[0]} is no chapter; there is {', '.join(self.chapters)}")
        return self

    @property
    def notebooks(self) -> tuple[str, ...]:
        """All notebooks, in running order."""
        return (*self.chapters, self.summary)

    def used(self, which: str) -> Self:
        """Return the outline of a report, by `Project.shared_as`: without chapters that only others have.

        After a slash stands which of its documents is meant, if not the report itself.
        """
        name, _, document = which.split()[-1].partition("/")
        if document and document not in self.documents:
            message = f"documents.{document}: missing; write its order there, or take it from the parameters"
            raise InputError([Problem(self.home, "", message)])
        whole = Arrangement(chapters=self.chapters, order=self.order)
        meant = self.documents.get(document, whole)
        without = {chapter for chapter, reports in self.reports.items() if not is_among(name, reports)}
        without |= {*self.chapters} - {*(meant.chapters or self.chapters)}
        chapters = tuple(chapter for chapter in self.chapters if chapter not in without)
        order = tuple(entry for entry in meant.order if entry.split("#")[0] not in without)
        titles = {notebook: title for notebook, title in self.titles.items() if notebook not in without}
        own = {"chapters": chapters, "order": order, "titles": titles, "reports": {}, "documents": {}}
        return self.model_copy(update=own)


SharedT = TypeVar("SharedT", Questions, Sources, Corrections, Outline)
_BY_HOME: dict[str, type[Any]] = {each.home: each for each in (Questions, Sources, Corrections, Outline)}


@lru_cache(maxsize=100)
def used_part(data: bytes, home: str, which: str) -> Any:
    """Return what is used of such a file, as `used_digest`; it is shared, and not to be changed."""
    return validate(data, _BY_HOME[home], file=home).used(which)


def used_values(data: bytes, home: str, which: str) -> dict[str, Any]:
    """Return what is used of such a file as plain values, without keys left out."""
    values: dict[str, Any] = used_part(data, home, which).model_dump(mode="json", exclude_defaults=True)
    return values


@lru_cache(maxsize=1000)
def used_digest(data: bytes, home: str, which: str) -> str:
    """Return the sha256 of what is used of a YAML file that the reports of all years share.

    That alone counts for a report: ``which`` is `Project.shared_as` for questions and outline, a file for
    sources and corrections. ``data`` is the file's content, ``home`` its path. Keys left out do not count.
    """
    values = used_values(data, home, which)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


class Agreed(Strict):
    """Who has agreed that an example is told, and when."""

    who: Text = Field(description="who gave it, and how")
    date: IsoDate = Field(description="ISO date of the day")


class Idiom(Strict):
    """A phrase in which a guard word asserts nothing."""

    words: Text = Field(description="the phrase, by lemma or form; a last asterisk stands for the guard word")
    example: Text = Field(description="a sentence that shows it")
    within: int = Field(default=1, ge=1, description="how many words after it the guard word stands at most")
    classes: Texts = Field(default=(), description="of guard words; all, if none")
    language: Literal["sv", "en"] = "sv"


Senses = dict[Text, Texts]


class GuardWords(Strict):
    """Words that claims must carry, by language, class and sense (``params/guard_words.yml``)."""

    sv: dict[Text, Senses] = Field(description="Swedish: class -> sense -> lemmas, forms and phrases")
    en: dict[Text, Senses] = Field(description="English, likewise")
    topics: Senses = Field(description="measure -> what words that name it begin with")
    tells: Senses = Field(description="role, part, method or kind of a claim -> words that tell it")
    strict: Texts = Field(description="of those, what a claim is refused without; else it is asked for")
    counted: dict[Text, Text] = Field(description="last part of a fact's path -> what it counts, as printed")
    offers: dict[Literal["sv", "en"], dict[Text, Text]] = Field(
        description="language -> a claim's kind, or kind-role (part, method …) -> a wording that holds"
    )
    acts: Texts = Field(description="verbs that assert nothing of what is reported")
    small: Senses = Field(description="use -> forms, of either language, that tell how a sentence is built")
    names: dict[Text, Text] = Field(default={}, description="other name of a place -> its own, in lower case")
    terms: Senses = Field(default={}, description="settled term -> lemmas, forms and phrases refused for it")
    spelling: Texts = Field(description="the association's own words, which no dictionary has")
    exceptions: Listed[Idiom] = Field(description="idioms and aims")


class Example(Strict):
    """A member's own example, given to be told (``data/<name>/examples.yml``)."""

    member: MemberCode = Field(description="the member's code: four digits, or two for a region")
    indicator: Slug = Field(description="question that it is about, or survey- and the question")
    text: Text = Field(description="the example in Swedish: a few sentences, *emphasis* and claims in them")
    link: str = Field(description="where a reader finds more", pattern=r"^https://[^\s()<>\"\\]+$")
    consent: Agreed = Field(description="that the member agreed to have it told")

    @property
    def question(self) -> str:
        """The question that it is about."""
        return self.indicator.removeprefix("survey-")


class Examples(Strict):
    """The file ``data/<name>/examples.yml``."""

    last_year: Listed[MemberCode] = Field(default=(), description="members told of last year, not again")
    examples: Listed[Example] = Field(description="members' examples, in any order")


class Comment(Strict):
    """What a member says on its fact sheet (``data/<name>/comments.yml``), printed as a quotation."""

    member: MemberCode = Field(description="the member's code: four digits, or two for a region")
    text: Words = Field(
        description="its words in Swedish, at most 300 characters and without digits",
        max_length=300,
        pattern=r"^\D+$",
    )
    by: Words = Field(description="who says it: name, and what for")
    consent: Agreed = Field(description="that the member agreed to have it printed")


class Comments(Strict):
    """The file ``data/<name>/comments.yml``."""

    comments: Listed[Comment] = Field(description="members' comments, one a member")

    @model_validator(mode="after")
    def _one_a_member(self) -> Self:
        _refuse_duplicates(self.comments, "member")
        return self


class Picture(Strict):
    """A picture, and who agreed to have it shown (``data/<name>/pictures.yml``)."""

    place: str = Field(
        pattern=r"^[a-zåäöé0-9-]+$",
        description="where it stands: a chapter's heading, which it opens; another heading, after whose "
        "section it stands; portrait, over the foreword's signature; logo, on the cover. A heading by its "
        "id, which its link in report.html has",
    )
    file: str = Field(
        description="its file in data/YEAR/pictures/", pattern=r"^[a-z0-9]+(-[a-z0-9]+)*\.(svg|png|jpg)$"
    )
    alt: Text = Field(description="what it shows, in Swedish, for those who do not see it")
    credit: Text = Field(description="who made it, as printed on the back of the report")
    consent: Agreed = Field(description="that whoever owns it, and who is seen in it, agreed")
    focus: Literal["center", "top", "bottom", "left", "right"] = Field(
        default="center", description="what of it is kept where it is cropped"
    )


class Pictures(Strict):
    """The file ``data/<name>/pictures.yml``."""

    pictures: Listed[Picture] = Field(description="in any order; of several in a place two are side by side")


class Platform(Strict):
    """What one platform takes; characters, of which an emoji is two."""

    longest: int = Field(ge=1, description="longest post, in characters")
    first: int = Field(ge=1, description="longest first paragraph: what a telephone shows before 'more'")
    hashtags: int | None = Field(default=None, ge=0, description="most hashtags; any number by default")


class Channel(Strict):
    """One thing that the report becomes on the web, in mail, in social media or in the press."""

    text: Slug = Field(description="its text, without ending, in data/YEAR/texts/channels/; a chart's id")
    file: Slug = Field(description="its files, without ending, in outputs/YEAR-channels/")
    title: Words = Field(description="what it is called on the index, in Swedish")
    kind: Literal["page", "text", "post", "chart", "examples"] = Field(
        description="page: Markdown and HTML; text: Markdown; post: with a picture; chart: a picture of"
        " one of the report's, under its headline; examples: a post of each"
    )
    language: Literal["sv", "en"] = Field(default="sv", description="language of the text")


class Channels(Strict):
    """The file ``params/channels.yml``."""

    activity: Slug = Field(description="activity of facts.yml whose channels are the platforms in use")
    longest_alt: int = Field(ge=1, description="longest text of a picture for those who do not see it")
    platforms: dict[Text, Platform] = Field(description="platform -> what it takes")
    channels: Listed[Channel] = Field(description="the channels, in order")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _refuse_duplicates(self.channels, "text", "file")
        return self
