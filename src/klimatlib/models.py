"""How YAML files are held to their shape: strict, frozen, every problem of a file told at once.

Where text is expected but YAML understood a number (``0114`` is 76 to YAML) the message shows what stands
in the file.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from klimatlib.errors import InputError, Problem
from klimatlib.project import NAME
from klimatlib.strict_yaml import Where, load_yaml

_LONGEST = 80  # characters of what was found, in a message
_EXPECTED = {  # kind of error in pydantic -> what was expected
    "int_type": "a whole number, digits alone", "int_from_float": "a whole number, digits alone",
    "int_parsing": "a whole number, digits alone", "bool_type": "true or false", "string_type": "text",
    "string_too_short": "some text", "tuple_type": "a list", "dict_type": "keys with values, key: value",
    "model_type": "keys with values, key: value", "literal_error": "{expected}",
    "greater_than_equal": "at least {ge}", "less_than_equal": "at most {le}",
    "string_pattern_mismatch": "text of the form {pattern}",
}  # fmt: skip
Code = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
MemberCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}|[0-9]{4})$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_MARKUP = re.compile(r"[\\`*_\[\]{}<>^~$|]")
ModelT = TypeVar("ModelT", bound=BaseModel)


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _as_year(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{4}", value) else value


def is_date(text: str) -> bool:
    """Whether a text is a date of the calendar as it is written here: ``2024-03-01``."""
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _as_date(text: str) -> str:
    if not is_date(text):
        raise ValueError('expected a date of the calendar, written as "2024-03-01"')
    return text


def _as_name(value: str) -> str:
    """Refuse what could lead elsewhere as a part of a path."""
    if not NAME.fullmatch(value):
        raise ValueError("expected a name of letters, digits, hyphens and dots")
    return value


def as_words(value: str) -> str:
    """Refuse what a sentence made of it would take for markup or a placeholder."""
    if found := _MARKUP.search(value.replace("{share}", "")):
        raise ValueError(f"expected plain words: {found[0]} is markup where they are printed")
    return value


def _as_inside(value: str) -> str:
    """Refuse what is no plain path below the project's folder."""
    parts = value.replace("{vintage}", "").split("/")
    if any(part in {"", ".", ".."} for part in parts) or re.search(r"[\\:{}\x00]", "/".join(parts)):
        raise ValueError("expected a path in the project, as data/2023/facts.yml")
    return value


FromList = BeforeValidator(_as_tuple)
_DATE = StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
IsoDate = Annotated[str, _DATE, AfterValidator(_as_date)]
Year = Annotated[int, Field(ge=1900, le=2100), BeforeValidator(_as_year)]
Name = Annotated[Text, AfterValidator(_as_name)]
Names = Annotated[tuple[Name, ...], FromList]
Words = Annotated[Text, AfterValidator(as_words)]
Inside = Annotated[Text, AfterValidator(_as_inside)]
Codes = Annotated[tuple[Code, ...], FromList]
Texts = Annotated[tuple[Text, ...], FromList]
Years = Annotated[tuple[Year, ...], FromList]


class Strict(BaseModel):
    """A YAML file's shape: no unknown key, no silent conversion, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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
    got = f"got {_shown(raw if raw is not None else repr(found)) or 'nothing'}"
    if kind == "value_error":
        return f"{error['ctx']['error']}, {got}"
    told = _EXPECTED.get(kind, "").format(**error.get("ctx", {})) or error["msg"]
    return f"expected {told} ({_described(model, where)}), {got}"


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _yaml_word(value: object) -> str:
    return "true or false" if isinstance(value, bool) else "a number"


def _described(model: type[BaseModel], where: Where) -> str:
    field = model.model_fields.get(str(where[-1])) if where else None
    return field.description if field and field.description else "a value"
