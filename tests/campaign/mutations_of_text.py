"""What is done to YAML files, to texts of the report and to JSON, as a person, an editor or a server would.

Mutations of YAML apply to ``yaml``, or only to the ``strict`` ones: facts are free in their keys.
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

_PAIR = re.compile(r"^(?P<head>\s*(?:- )?[\w-]+: )(?P<value>[^#\n{\[]+?)(?P<tail>\s*(?:#.*)?)$", re.M)
_DATE = re.compile(r'"[0-9]{4}-[0-9]{2}-[0-9]{2}"')
Edit = Callable[[str, Random], "str | bytes | None"]


def _value(wanted: Callable[[str], bool], change: Edit) -> Edit:
    """Return what gives one key another value."""

    def make(text: str, rng: Random) -> str | None:
        pairs = [pair for pair in _PAIR.finditer(text) if wanted(pair["value"].strip())]
        if not pairs:
            return None
        pair = rng.choice(pairs)
        new = change(pair["value"].strip(), rng)
        return None if new is None else f"{text[: pair.start('value')]}{new}{text[pair.end('value') :]}"

    return make


def _is_number(value: str) -> bool:
    return re.fullmatch("-?[0-9]+", value) is not None


def _is_word(value: str) -> bool:
    return not _is_number(value) and value not in ("null", "true", "false", '""')


def _is_date(value: str) -> bool:
    return _DATE.fullmatch(value) is not None


def _any(*texts: str) -> Edit:
    return lambda text, rng: rng.choice(texts)


def _key(change: Edit) -> Edit:
    """Return what changes the name of one key."""

    def make(text: str, rng: Random) -> str | None:
        place = rng.choice(list(re.finditer(r"^(\s*(?:- )?)([a-z_]{3,}):(?= |$)", text, re.M)))
        return f"{text[: place.start(2)]}{change(place[2], rng)!s}{text[place.end(2) :]}"

    return make


def _line(change: Callable[[str, str], str | None]) -> Edit:
    """Return what puts something in the place of one line with a key; it is given the line and its indent."""

    def make(text: str, rng: Random) -> str | None:
        lines = text.split("\n")
        at = rng.choice([n for n, line in enumerate(lines) if re.match(r"\s*(- )?[\w-]+: \S", line)])
        indent = re.match(r"\s*(?:- )?", lines[at])
        new = change(lines[at], indent[0].replace("-", " ") if indent else "")
        return None if new is None else "\n".join([*lines[:at], new, *lines[at + 1 :]])

    return make


NUMBERS: dict[str, Edit] = {
    "in octal": lambda v, r: f"0{v}" if not re.search("[89]", v) else "0114", "in hexadecimal": lambda v,
        r: hex(int(v)),
    "in binary": lambda v, r: bin(int(v)), "with underscore": lambda v, r: f"{v[:1]}_{v[1:] or '000'}",
    "as sexagesimal": _any("12:30", "1:30:00", "33:43"), "with plus": lambda v, r: f"+{v}",
    "with decimals": lambda v, r: r.choice([f"{v}.0", f"{v}.5"]), "with decimal comma": lambda v, r: f"{v},5",
    "with a space": lambda v, r: f"{v[:1]} {v[1:]}00", "as exponent": _any("1e3", "1.0e+3", "2.023e+3"),
    "no number": _any(".nan", ".inf", "-.inf", ".NaN"), "negative": lambda v, r: f"-{v}" if v != "0"
        else "-1",
    "minus zero": _any("-0"), "in words": _any("femtio"), "a yes": _any("yes", "no", "on", "off", "True",
        "y"),
    "a list": lambda v, r: f"[{v}]", "a mapping": lambda v, r: f"{{antal: {v}}}", "empty": _any(""),
    "null": _any("null", "~"), "a date": _any("2023-04-27"), "enormous": lambda v, r: "9" * r.choice([25,
        5000]),
    "in Arabic digits": lambda v, r: "".join(chr(0x660 + int(c)) for c in v if c.isdigit()),
    "with a unit": lambda v, r: f"{v} st", "with circa": lambda v, r: f"ca {v}", "a range": lambda v,
        r: f"{v}-{v}",
    "with zero-width space": lambda v, r: f"{v}\u200b", "with no-break space": lambda v, r: f"{v}\u00a0000",
}  # fmt: skip
YEARS = {
    "before": "2022",
    "after": "2024",
    "of two digits": "23",
    "of another century": "1923",
    "of five": "20233",
}
WORDS: dict[str, tuple[str, Edit]] = {
    "as a list": ("strict", lambda v, r: f"[{v}, {v}]" if not re.search("[,:]", v) else None),
    "as a mapping": ("strict", _any("{a: b}")), "as a number": ("strict", _any("7")),
    "as a false": ("strict", _any("no", "off", "yes", "NO", "false")), "empty": ("strict", _any("")),
    "a null": ("strict", _any("~")), "as a date": ("yaml", _any("2023-04-27")),
    "as a date that is none": ("yaml", _any("2023-13-45")), "an ampersand": ("yaml", _any("&x y")),
    "an alias": ("yaml", _any("*x")),
    "a tag": ("yaml", _any("!!python/object:os.system x", "!!str 5", "!x y", "!!binary aGVq")),
    "a quote left open": ("yaml", lambda v, r: f'"{v.strip(chr(34))}'),
    "a bracket left open": ("yaml", lambda v, r: f"[{v}"),
    "a colon inside": ("yaml", lambda v, r: f"{v.strip(chr(34))}: och mer"),
    "a zero-width space": ("yaml", lambda v, r: f"{v[:2]}\u200b{v[2:]}"),
    "a direction mark": ("yaml", lambda v, r: f"{v[:2]}\u202e{v[2:]}"),
    "a control character": ("yaml", lambda v, r: f"{v[:2]}\x08{v[2:]}"),
    "a lone equals sign": ("yaml", _any("=")), "a percent sign first": ("yaml", lambda v, r: f"%{v}"),
    "an at sign first": ("yaml", lambda v, r: f"@{v}"), "a backtick first": ("yaml", lambda v, r: f"`{v}"),
}  # fmt: skip
DATES: dict[str, Edit] = {
    "without quotes": lambda v, r: v.strip('"'), "of the American kind": _any('"04/27/2023"'),
    "that is none": _any('"2023-02-30"'), "with a time": lambda v, r: f'"{v.strip(chr(34))} 12:00"',
    "in week form": _any('"2023-W17-4"'),
}  # fmt: skip
KEYS: dict[str, tuple[str, Edit]] = {
    "misspelt": ("strict", lambda k, r: f"{k[:-2]}{k[-1]}{k[-2]}s"), "in capitals": ("strict", lambda k,
        r: k.upper()),
    "with a Cyrillic letter": ("strict", lambda k, r: f"{k[:-1]}а"),
    "with zero-width space": ("yaml", lambda k, r: f"{k}\u200b"), "a truth value": ("yaml", _any("no")),
    "an octal number": ("yaml", _any("0114")), "a list": ("yaml", _any("[a, b]")), "a merge": ("yaml",
        _any("<<")),
}  # fmt: skip
LINES: dict[str, tuple[str, Callable[[str, str], str | None]]] = {
    "key given twice": ("yaml", lambda line, i: f"{line}\n{i}{line.strip().removeprefix('- ')}"),
    "line indented by a tab": ("yaml", lambda line, i: f"\t{line}"),
    "unknown key": ("strict", lambda line, i: None if line.strip()[:2] == "- "
        else f"{i}okand_nyckel: 1\n{line}"),
    "colon without space": ("strict", lambda line, i: line.replace(": ", ":", 1)),
    "merge left open": ("yaml", lambda line, i: f"<<<<<<< HEAD\n{line}\n=======\n{line}\n>>>>>>> gren"),
}  # fmt: skip
FILES: dict[str, Edit] = {
    "half the file": lambda t, r: t[: r.randrange(20, len(t) * 2 // 3)] + "\nx: [",
    "empty file": _any("", "\n", "# bara en kommentar\n", "---\n", "\ufeff"),
        "a list for the file": _any("- a\n- b\n"),
    "a word for the file": _any("hej", "2023", "null", "no", "0114"), "two documents": lambda t,
        r: f"{t}\n---\n{t}",
    "a directive": lambda t, r: f"%YAML 1.1\n%FOO bar\n{t}", "JSON cut short": _any('{"year": 2023,'),
    "a page of a server": _any("<!DOCTYPE html><html><body>404</body></html>"),
    "anchors in a ladder": lambda t, r: "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n" + t,
    "nested without end": lambda t, r: f"{t}\nx: " + "[" * 20_000,
    "nested blocks without end": lambda t, r: t + "\n" + "".join(f"{' ' * n}a:\n" for n in range(3000)),
    "nested a hundred deep": lambda t, r: f"{t}\nx: " + "[" * 100 + "]" * 100,
    "thirty megabytes": lambda t, r: t + "\n# " + "x" * 30_000_000, "NUL bytes": lambda t,
        r: f"{t[:30]}\0\0{t[30:]}",
    "a lost letter": lambda t, r: t.replace("a", "\ufffd", 1), "next-line characters": lambda t,
        r: t.replace("\n", "\x85", 3),
    "line separators": lambda t, r: t.replace("\n", "\u2028", 3), "UTF-16": lambda t, r: t.encode("utf-16"),
    "UTF-16 without mark": lambda t, r: t.encode("utf-16-le"), "a NUL file": lambda t, r: b"\x00" * 200,
    "Windows-1252": lambda t, r: t.encode("cp1252", "replace") if not t.isascii() else b"\xe5: 1",
    "read as Latin-1": lambda t, r: (t + "# åäö\n").encode().decode("latin-1"),
    "a workbook": lambda t, r: b"PK\x03\x04" + bytes(60), "all bytes": lambda t, r: bytes(range(256)),
}  # fmt: skip
HARMLESS: dict[str, tuple[str, Edit]] = {
    "byte order mark": ("yaml text", lambda t, r: "\ufeff" + t),
    "line ends CRLF": ("yaml text", lambda t, r: t.replace("\n", "\r\n")),
    "line ends CR": ("yaml text", lambda t, r: t.replace("\n", "\r")),
    "decomposed letters": ("yaml text", lambda t, r: unicodedata.normalize("NFD", t)),
    "no final line end": ("yaml", lambda t, r: t.rstrip("\n")), "blank lines below": ("yaml", lambda t,
        r: t + "\n\n"),
    "a comment on top": ("yaml", lambda t, r: f"# Läst och godkänd\n{t}"),
    "a quoted year": ("yaml", lambda t, r: re.sub("^(year): 2023$", r'\1: "2023"', t, flags=re.M)),
    "a document's start": ("yaml", lambda t, r: f"---\n{t}" if t[:3] != "---" else None),
    "spaces at line ends": ("yaml", lambda t, r: t.replace("\n", "  \n", 5)),
    "a quoted key": ("yaml", lambda t, r: re.sub("^([a-z_]+):", r'"\1":', t, count=1, flags=re.M)),
}  # fmt: skip
TEXTS: dict[str, Edit] = {
    **{f"a digit typed: {sign}": lambda t, r, sign=sign: f"{t}\nDet var {sign} stycken.\n"
       for sign in ("51", "５１", "٥١", "½", "²³", "Ⅻ", "⑫")},
    **{f"a placeholder: {text}": lambda t, r, text=text: f"{t}\n{text}\n" for text in (
        '{{ number("members.nobody") }}', '{{ number("activities.arsmote.title") }}',
        '{{ activity["finns-inte"].title }}', '{{ claim("members-count"', '{% if has("x") %}')},
    "a merge left open": lambda t, r: f"<<<<<<< HEAD\n{t}\n=======\n{t}\n>>>>>>> gren\n",
    "Windows-1252": lambda t, r: (t + "åäö").encode("cp1252", "replace"), "UTF-16": lambda t,
        r: t.encode("utf-16"),
    **{f"the character {ord(sign):04x}": lambda t, r, sign=sign: t[:5] + sign + t[5:]
       for sign in "\x00\u200b\u202e\ufffd"},
    "read as Latin-1": lambda t, r: (t + " åäö\n").encode().decode("latin-1"),
    "twenty megabytes": lambda t, r: t + "x" * 20_000_000,
}  # fmt: skip


def _mutations() -> Iterator[Mutation]:
    for name, edit in NUMBERS.items():
        yield Mutation(f"YAML number {name}", "yaml", _value(_is_number, edit))
    for name, year in YEARS.items():
        yield Mutation(
            f"YAML year {name}", "yaml", lambda t, r, y=year: re.sub(r"\byear: 2023\b", f"year: {y}", t)
        )
    for name, (applies, edit) in WORDS.items():
        yield Mutation(f"YAML word {name}", applies, _value(_is_word, edit))
    for name, edit in DATES.items():
        yield Mutation(f"YAML date {name}", "yaml", _value(_is_date, edit))
    for name, (applies, edit) in KEYS.items():
        yield Mutation(f"YAML key {name}", applies, _key(edit))
    for name, (applies, change) in LINES.items():
        yield Mutation(f"YAML {name}", applies, _line(change))
    yield from (Mutation(f"YAML {name}", "yaml", edit) for name, edit in FILES.items())
    yield from (
        Mutation(f"text or YAML, {name}", applies, edit, True) for name, (applies, edit) in HARMLESS.items()
    )
    yield from (Mutation(f"text, {name}", "text", edit) for name, edit in TEXTS.items())


TEXT_MUTATIONS = tuple(_mutations())

# --- answers of interfaces -----------------------------------------------------------------------------

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


def _replaced(content: Any, r: Random) -> bytes:
    container, key = r.choice(list(_places(content)))
    container[key] = r.choice(BAD_SCALARS)
    return raw.to_json(content)


def _dropped(content: Any, r: Random) -> bytes:
    container, key = r.choice(list(_places(content)))
    del container[key]
    return raw.to_json(content)


def _doubled(content: Any, r: Random) -> bytes:
    items = r.choice([c[k] for c, k in _places(content) if isinstance(c[k], list) and c[k]])
    items.append(r.choice(items))
    return raw.to_json(content)


def _not_numbers(content: Any, r: Random) -> bytes:
    return re.sub(
        rb"\b\d+\.?\d*\b", r.choice([b"NaN", b"Infinity"]), raw.to_json(content), count=r.randint(1, 3)
    )


JSON_MUTATIONS = tuple(Mutation(f"JSON {name}", "json", make) for name, make in {
    "value replaced": _replaced, "value dropped": _dropped, "item doubled": _doubled,
        "not a number": _not_numbers,
    "cut short": lambda content, r: raw.to_json(content)[: r.randrange(1, 200)],
    "key twice": lambda content, r: raw.to_json(content)[:-1] + f', "{r.choice([*content])}": []}}'.encode(),
    "nested without end": lambda content, r: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "null": lambda content, r: json.dumps(None).encode(),
}.items())  # fmt: skip
