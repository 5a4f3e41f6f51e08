"""Damage to the answers of interfaces: JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import raw_files as raw
from torture.raw.forms import Reader, population_frame

JSON_FORMS: dict[str, tuple[Callable[[], Any], Reader]] = {
    "pxweb json": (raw.pxweb_json, population_frame),
    "json-stat2": (raw.json_stat, population_frame),
}
_BAD_SCALARS: tuple[Any, ...] = (
    "", " ", "..x", "12,5", "-3", -3, 1.5, True, False, [], {}, "1e3", "١٢", "nan", "0x1F", "120 %", "1 000",
    "9" * 30, 10**30, 1e300,
)  # fmt: skip


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to all values of a JSON content, objects and lists too."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _leaves(inner, (*path, key))


def _at(content: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        content = content[key]
    return content


def json_kinds() -> dict[str, Callable[[Any, Random], bytes | None]]:
    def replaced(content: Any, rng: Random) -> bytes | None:
        path = rng.choice([p for p in _leaves(content) if "comments" not in p])
        new = rng.choice(_BAD_SCALARS)
        _at(content, path[:-1])[path[-1]] = new
        return raw.to_json(content)

    def nulled(content: Any, rng: Random) -> bytes | None:
        path = rng.choice(list(_leaves(content)))
        _at(content, path[:-1])[path[-1]] = None
        return raw.to_json(content)

    def dropped(content: Any, rng: Random) -> bytes | None:
        path = rng.choice(list(_leaves(content)))
        del _at(content, path[:-1])[path[-1]]
        return raw.to_json(content)

    def doubled(content: Any, rng: Random) -> bytes | None:
        inner = rng.choice([v for p in _leaves(content) if isinstance(v := _at(content, p), list) and v])
        inner.append(inner[rng.randrange(len(inner))])
        return raw.to_json(content)

    def cut(content: Any, rng: Random) -> bytes | None:
        data = raw.to_json(content)
        return data[: rng.randrange(1, len(data) - 1)]

    def key_twice(content: Any, rng: Random) -> bytes | None:
        data = raw.to_json(content)
        key = rng.choice(list(content))
        return data[:-1] + f', "{key}": []'.encode() + b"}"

    def not_a_number(content: Any, rng: Random) -> bytes | None:
        return re.sub(
            rb"\b\d+\.?\d*\b",
            rng.choice([b"NaN", b"Infinity"]),
            raw.to_json(content),
            count=rng.randint(1, 3),
        )

    def deep(content: Any, rng: Random) -> bytes | None:
        return b'{"a":' * 50_000 + b"1" + b"}" * 50_000

    return {
        "JSON value replaced": replaced, "JSON value null": nulled, "JSON value dropped": dropped,
        "JSON item doubled": doubled, "JSON cut short": cut, "JSON key twice": key_twice,
        "JSON not a number": not_a_number, "JSON nested without end": deep,
    }  # fmt: skip
