"""What is done to YAML files, to texts of the report and to JSON, as a person, an editor or a server would.

Mutations of YAML apply to ``yaml``, or only to the ``strict`` ones: facts are free in their keys and words.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import raw_files as raw
from campaign.mutations import Mutation

Edit = Callable[[str, Random], "str | bytes | None"]
_PAIR = re.compile(r"^(?P<head>\s*(?:- )?[\w-]+: )(?P<value>[^#\n{\[]+?)(?P<tail>\s*(?:#.*)?)$", re.M)
_KINDS = {
    "number": "-?[0-9]+",
    "date": '"[0-9]{4}-[0-9]{2}-[0-9]{2}"',
    "word": '(?!-?[0-9]+$|null$|true$|""$).+',
}
VALUES = (  # the kind of value, to what it applies, and what takes its place; {v} is what stood there
    ("number", "yaml",
        "0{v}|0x7e7|0b111|{v}_0|12:30|33:43|+{v}|{v}.0|{v}.5|{v},5|{v} 00|1e3|2.023e+3|.nan|-.inf|-{v}1"
     "|-0|femtio|yes|off|y|[{v}]|{antal: {v}}||null|~|2023-04-27|{v} st|ca {v}|{v}-{v}|{v}\u200b|{v}\u00a0000"
     f"|{'9' * 25}|{'9' * 5000}|٥١"),
    ("word", "strict", "[a, b]|{a: b}|7|no|off|NO|false||~"),
    ("word", "yaml", '2023-04-27|2023-13-45|&x y|*x|!!python/object:os.system x|!!str 5'
     '|!x y|!!binary aGVq|"{v}'
     "|[{v}|{v}: och mer|a\u200bb|a\u202eb|a\x08b|=|%{v}|@{v}|`{v}"),
    ("date", "yaml", '2023-04-27|"04/27/2023"|"2023-02-30"|"2023-04-27 12:00"|"2023-W17-4"'),
)  # fmt: skip
KEYS = (("strict", "{k}s|X{k}|{k}а"), ("yaml", "{k}\u200b|no|0114|[a, b]|<<"))
LINES = (  # what takes the place of a line with a key; {i} is its indent
    ("yaml", "{line}\n{i}{bare}"), ("yaml", "\t{line}"), ("strict", "{i}okand_nyckel: 1\n{line}"),
    ("yaml", "<<<<<<< HEAD\n{line}\n=======\n{line}\n>>>>>>> gren"),
)  # fmt: skip
FILES = (  # the file; {t} is what it was
    "", "\n", "# bara en kommentar\n", "---\n", "\ufeff", "- a\n- b\n", "hej", "2023", "null", "no",
        '{"year": 2023,',
    "{t}\n---\n{t}", "%YAML 1.1\n%FOO bar\n{t}", "<!DOCTYPE html><html><body>404</body></html>", "{t}\nx: [",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n{t}", "{t}\nx: " + "[" * 20_000,
    "{t}\nx: " + "[" * 100 + "]" * 100,
    "{t}\n" + "".join(f"{' ' * n}a:\n" for n in range(3000)), "{t}\n# " + "x" * 30_000_000, "\0\0{t}",
        "\ufffd{t}",
)  # fmt: skip
CODED: dict[str, tuple[str, Edit]] = {
    "next-line characters": ("yaml", lambda t, r: t.replace("\n", "\x85", 3)),
    "line separators": ("yaml", lambda t, r: t.replace("\n", "\u2028", 3)),
    "half of it": ("yaml", lambda t, r: t[: r.randrange(20, len(t) * 2 // 3)] + "\nx: ["),
    "colons without space": ("strict", lambda t, r: re.sub("^([a-z]+): ", r"\1:", t, count=1, flags=re.M)),
    "UTF-16": ("yaml text", lambda t, r: t.encode("utf-16")),
    "UTF-16 without mark": ("yaml", lambda t, r: t.encode("utf-16-le")),
    "Windows-1252": ("yaml text", lambda t, r: (t + "# åäö").encode("cp1252", "replace")),
    "read as Latin-1": ("yaml text", lambda t, r: (t + "# åäö\n").encode().decode("latin-1")),
    "NUL alone": ("yaml", lambda t, r: bytes(200)), "all bytes": ("yaml", lambda t, r: bytes(range(256))),
    **{f"the year {year}": ("yaml", lambda t, r, year=year: re.sub(r"\byear: 2023\b", f"year: {year}", t))
       for year in (2022, 2024, 23, 1923, 20233)},
}  # fmt: skip
TEXTS = (
    *(f"{{t}}\nDet var {sign} stycken.\n" for sign in ("51", "５１", "٥١", "½", "²³", "Ⅻ", "⑫")),
    *(f"{{t}}\n{placeholder}\n" for placeholder in (
        '{{ number("members.nobody") }}', '{{ number("activities.arsmote.title") }}',
            '{{ claim("members-count"',
        '{{ activity["finns-inte"].title }}', '{% if has("x") %}')),
    "<<<<<<< HEAD\n{t}\n=======\n{t}\n>>>>>>> gren\n", "\x00{t}", "a\u200b{t}", "\u202e{t}", "\ufffd{t}",
        "{t}" + "x" * 20_000_000,
)  # fmt: skip
HARMLESS: dict[str, tuple[str, Edit]] = {
    "byte order mark": ("yaml text", lambda t, r: "\ufeff" + t),
    "line ends CRLF": ("yaml text", lambda t, r: t.replace("\n", "\r\n")),
    "line ends CR": ("yaml text", lambda t, r: t.replace("\n", "\r")),
    "decomposed letters": ("yaml text", lambda t, r: unicodedata.normalize("NFD", t)),
    "no final line end": ("yaml", lambda t, r: t.rstrip("\n")), "blank lines": ("yaml", lambda t,
        r: t + "\n\n"),
    "a comment on top": ("yaml", lambda t, r: f"# Läst och godkänd\n{t}"),
    "a quoted year": ("yaml", lambda t, r: re.sub("^(year): 2023$", r'\1: "2023"', t, flags=re.M)),
    "a document's start": ("yaml", lambda t, r: f"---\n{t}" if t[:3] != "---" else None),
    "spaces at line ends": ("yaml", lambda t, r: t.replace("\n", "  \n", 5)),
    "a quoted key": ("yaml", lambda t, r: re.sub("^([a-z_]+):", r'"\1":', t, count=1, flags=re.M)),
}  # fmt: skip


def _value(kind: str, template: str) -> Edit:
    """Return what gives one key with a value of a kind another value."""

    def make(text: str, rng: Random) -> str | None:
        pairs = [pair for pair in _PAIR.finditer(text) if re.fullmatch(_KINDS[kind], pair["value"].strip())]
        if not pairs:
            return None
        pair = rng.choice(pairs)
        new = template.replace("{v}", pair["value"].strip().strip('"'))
        return f"{text[: pair.start('value')]}{new}{text[pair.end('value') :]}"

    return make


def _key(template: str) -> Edit:
    """Return what changes the name of one key."""

    def make(text: str, rng: Random) -> str:
        place = rng.choice(list(re.finditer(r"^(\s*(?:- )?)([a-z_]{3,}):(?= |$)", text, re.M)))
        return f"{text[: place.start(2)]}{template.replace('{k}', place[2])}{text[place.end(2) :]}"

    return make


def _line(template: str) -> Edit:
    """Return what puts something in the place of one line with a key that begins no list item."""

    def make(text: str, rng: Random) -> str | None:
        places = list(re.finditer(r"^( *)([\w-]+: \S.*)$", text, re.M))
        if not places:
            return None
        line = rng.choice(places)
        new = template.format(line=line[0], i=line[1], bare=line[2])
        return f"{text[: line.start()]}{new}{text[line.end() :]}"

    return make


def _file(template: str) -> Edit:
    return lambda text, rng: template.replace("{t}", text)


def _mutations() -> Iterator[Mutation]:
    for kind, applies, templates in VALUES:
        yield from (
            Mutation(f"YAML {kind} {text[:40]!r}", applies, _value(kind, text))
            for text in templates.split("|")
        )
    for applies, templates in KEYS:
        yield from (Mutation(f"YAML key {text!r}", applies, _key(text)) for text in templates.split("|"))
    yield from (Mutation(f"YAML line {text!r}", applies, _line(text)) for applies, text in LINES)
    yield from (Mutation(f"YAML file {text[:40]!r}", "yaml", _file(text)) for text in FILES)
    yield from (Mutation(f"text {text[:40]!r}", "text", _file(text)) for text in TEXTS)
    yield from (Mutation(f"file: {name}", applies, edit) for name, (applies, edit) in CODED.items())
    yield from (Mutation(f"file: {name}", applies, edit, True) for name, (applies, edit) in HARMLESS.items())


TEXT_MUTATIONS = tuple(_mutations())
JSON_FORMS: dict[str, Callable[[], Any]] = {"pxweb json": raw.pxweb_json, "json-stat2": raw.json_stat}
BAD_SCALARS: tuple[Any, ...] = (
    "", " ", "..x", "12,5", "-3", -3, 1.5, True, False, [], {}, "1e3", "١٢", "nan", "0x1F", "120 %", "1 000",
    "9" * 30, 10**30, 1e300, None,
)  # fmt: skip


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a JSON content: its container, and its key or index there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if key != "comments":
            yield value, key
            yield from _places(inner)


def _changed(change: Callable[[Any, Any, Random], object]) -> Callable[[Any, Random], bytes]:
    """Return what changes one place of a JSON content."""

    def make(content: Any, rng: Random) -> bytes:
        change(*rng.choice(list(_places(content))), rng)
        return raw.to_json(content)

    return make


def _doubled(content: Any, r: Random) -> bytes:
    items = r.choice([c[k] for c, k in _places(content) if isinstance(c[k], list) and c[k]])
    items.append(r.choice(items))
    return raw.to_json(content)


JSON_MUTATIONS = tuple(Mutation(f"JSON {name}", "json", make) for name, make in {
    "value replaced": _changed(lambda container, key, r: container.__setitem__(key, r.choice(BAD_SCALARS))),
    "value dropped": _changed(lambda container, key, r: container.__delitem__(key)), "item doubled": _doubled,
    "not a number": lambda content, r: re.sub(rb"\b\d+\.?\d*\b", r.choice([b"NaN", b"Infinity"]),
        raw.to_json(content), count=2),
    "cut short": lambda content, r: raw.to_json(content)[: r.randrange(1, 200)],
    "key twice": lambda content, r: raw.to_json(content)[:-1] + f', "{r.choice([*content])}": []}}'.encode(),
    "nested without end": lambda content, r: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "null": lambda content, r: json.dumps(None).encode(),
}.items())  # fmt: skip
