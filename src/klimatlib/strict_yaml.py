"""YAML with the traps closed: a key given twice, anchors, aliases, tags and unseen characters are refused."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

import yaml

from klimatlib.characters import unseen
from klimatlib.errors import InputError, Problem

Where = tuple[str | int, ...]


def load_yaml(data: bytes, shown: str) -> tuple[Any, Mapping[Where, str]]:
    """Parse YAML strictly; the same bytes, read again in a process, are not parsed again.

    Returns
    -------
    tuple
        The data, and the text as it stands in the file of every scalar, by its place.
    """
    values, raw = _loaded(data, shown)
    return copy.deepcopy(values), raw


@lru_cache(maxsize=16)
def _loaded(data: bytes, shown: str) -> tuple[Any, Mapping[Where, str]]:
    try:
        node = yaml.compose(data.decode("utf-8-sig"), Loader=_StrictLoader)
        loader = _StrictLoader("")
        raw: dict[Where, str] = {}
        _collect(node, (), raw)
        return loader.construct_document(node) if node is not None else {}, raw
    except UnicodeDecodeError as error:
        raise InputError(
            [Problem(shown, f"byte {error.start}", "not UTF-8; save the file as UTF-8")]
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError([Problem(shown, where, str(error.problem or error))]) from None
    except yaml.reader.ReaderError as error:
        told = f"{unseen(chr(int(error.character)), allowed='')} cannot stand in YAML; remove it"
        raise InputError([Problem(shown, f"character {error.position + 1}", told)]) from None
    except RecursionError:
        raise InputError(
            [Problem(shown, "", "nested too deep; expected a file that a person wrote")]
        ) from None


class _StrictLoader(yaml.SafeLoader):
    """YAML without surprises: no duplicate key, anchor, alias or tag."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not used here; write it out", problem_mark=event.start_mark
            )
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem="tags are not used here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _collect(node: yaml.Node | None, where: Where, raw: dict[Where, str]) -> None:
    if isinstance(node, yaml.ScalarNode):
        _refuse_unseen(node)
        raw[where] = node.value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _collect(item, (*where, index), raw)
    elif isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is one word", problem_mark=key.start_mark)
            _refuse_unseen(key)
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
            _collect(value, (*where, key.value), raw)


def _refuse_unseen(node: yaml.ScalarNode) -> None:
    if found := unseen(node.value):
        told = f"{found} cannot be seen; type the text anew without it"
        raise yaml.MarkedYAMLError(problem=told, problem_mark=node.start_mark)
