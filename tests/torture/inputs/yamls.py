"""Damage to the project's YAML files and texts, done to their lines as a person or an editor would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

_PAIR = re.compile(r"^(?P<head>\s*(?:- )?[\w-]+: )(?P<value>[^#\n{\[]+?)(?P<tail>\s*(?:#.*)?)$")
_WHOLE = re.compile(r"^-?[0-9]+$")
_STRICT = ("params/tal.yml", "params/svar.yml", "params/questions.yml", "params/sources.yml",
           "params/corrections.yml", "notebooks/report.yml")  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """One kind of damage to a text file: to which files, and whether it must be taken."""

    name: str
    make: Callable[[str, Random], str | bytes | None]
    strict: bool = False
    harmless: bool = False

    def fits(self, path: str) -> bool:
        """Whether a file can be damaged so: facts are free in their keys."""
        return path in _STRICT or not self.strict


def _pairs(text: str, wanted: Callable[[str], bool]) -> list[re.Match[str]]:
    found, at = [], 0
    for line in text.split("\n"):
        match = _PAIR.match(line)
        if match and wanted(match["value"].strip()):
            found.append(re.compile(re.escape(line)).match(text, at))  # its place in the text
        at += len(line) + 1
    return [match for match in found if match]


def _value(
    new: Callable[[str, Random], str | None], wanted: Callable[[str], bool]
) -> Callable[..., str | None]:
    """Give one key another value."""

    def make(text: str, rng: Random) -> str | None:
        places = _pairs(text, wanted)
        if not places:
            return None
        place = rng.choice(places)
        pair = _PAIR.match(place.group())
        assert pair
        value = new(pair["value"].strip(), rng)
        line = f"{pair['head']}{value}{pair['tail']}"
        return None if value is None else text[: place.start()] + line + text[place.end() :]

    return make


def _is_number(value: str) -> bool:
    return bool(_WHOLE.match(value))


def _is_word(value: str) -> bool:
    return not _is_number(value) and value not in ("null", "true", "false", '""')


def _is_date(value: str) -> bool:
    return bool(re.match(r'^"[0-9]{4}-[0-9]{2}-[0-9]{2}"$', value))


_NUMBERS: dict[str, Callable[[str, Random], str | None]] = {
    "in octal": lambda v, r: f"0{v}" if not re.search("[89]", v) else "0114",
    "in hexadecimal": lambda v, r: hex(int(v)),
    "in binary": lambda v, r: bin(int(v)),
    "with underscore": lambda v, r: f"{v[:1]}_{v[1:] or '000'}",
    "as sexagesimal": lambda v, r: r.choice(["12:30", "1:30:00", "33:43"]),
    "with plus": lambda v, r: f"+{v}",
    "with decimals": lambda v, r: f"{v}.0" if r.random() < 0.5 else f"{v}.5",
    "with decimal comma": lambda v, r: f"{v},5",
    "with a space": lambda v, r: f"{v[:1]} {v[1:]}00",
    "as exponent": lambda v, r: r.choice(["1e3", "1.0e+3", "2.023e+3"]),
    "no number": lambda v, r: r.choice([".nan", ".inf", "-.inf", ".NaN"]),
    "negative": lambda v, r: f"-{v}" if v != "0" else "-1",
    "minus zero": lambda v, r: "-0",
    "in words": lambda v, r: "femtio",
    "a yes": lambda v, r: r.choice(["yes", "no", "on", "off", "Yes", "NO", "True", "y"]),
    "a list": lambda v, r: f"[{v}]",
    "a mapping": lambda v, r: f"{{antal: {v}}}",
    "empty": lambda v, r: "",
    "null": lambda v, r: r.choice(["null", "~"]),
    "a date": lambda v, r: "2023-04-27",
    "enormous": lambda v, r: "9" * r.choice([25, 5000]),
    "in Arabic digits": lambda v, r: "".join(chr(0x660 + int(c)) for c in v if c.isdigit()),
    "with a unit": lambda v, r: f"{v} st",
    "with circa": lambda v, r: f"ca {v}",
    "a range": lambda v, r: f"{v}-{v}",
    "with zero-width space": lambda v, r: f"{v}\u200b",
    "with no-break space": lambda v, r: f"{v}\u00a0000",
}  # fmt: skip
_YEARS: dict[str, str] = {
    "of the year before": "2022", "of the year after": "2024", "of two digits": "23",
    "of another century": "1923", "of five digits": "20233",
}  # fmt: skip
_WORDS: dict[str, Callable[[str, Random], str | None]] = {
    "as a list": lambda v, r: f"[{v}, {v}]" if not re.search("[,:]", v) else None,
    "as a mapping": lambda v, r: "{a: b}",
    "as a number": lambda v, r: "7",
    "as a false": lambda v, r: r.choice(["no", "off", "yes", "NO", "false"]),
    "as a date": lambda v, r: "2023-04-27",
    "as a date that is none": lambda v, r: "2023-13-45",
    "empty": lambda v, r: "",
    "a lone ampersand": lambda v, r: "&x y",
    "an alias": lambda v, r: "*x",
    "a tag": lambda v, r: r.choice(["!!python/object:os.system x", "!!str 5", "!x y", "!!binary aGVq"]),
    "a quote that is not closed": lambda v, r: f'"{v.strip(chr(34))}',
    "a bracket that is not closed": lambda v, r: f"[{v}",
    "a colon inside": lambda v, r: f"{v.strip(chr(34))}: och mer",
    "a zero-width space inside": lambda v, r: f"{v[:2]}\u200b{v[2:]}",
    "a direction mark inside": lambda v, r: f"{v[:2]}\u202e{v[2:]}",
    "a control character inside": lambda v, r: f"{v[:2]}\x08{v[2:]}",
    "a lone quotation sign of YAML": lambda v, r: "=",
    "a percent sign first": lambda v, r: f"%{v}",
    "an at sign first": lambda v, r: f"@{v}",
    "a backtick first": lambda v, r: f"`{v}",
    "a null": lambda v, r: "~",
}  # fmt: skip


def _key(name: str, change: Callable[[str, Random], str | None], *, strict: bool) -> Edit:
    """Change the name of one key."""

    def make(text: str, rng: Random) -> str | None:
        keys = list(re.finditer(r"^(\s*(?:- )?)([a-z_]{3,}):(?= |$)", text, re.M))
        place = rng.choice(keys)
        new = change(place[2], rng)
        return None if new is None else text[: place.start(2)] + new + text[place.end(2) :]

    return Edit(f"key {name}", make, strict)


def _line(
    name: str, change: Callable[[list[str], int, Random], list[str] | None], *, strict: bool = False
) -> Edit:
    """Change the lines around one line with a key."""

    def make(text: str, rng: Random) -> str | None:
        lines = text.split("\n")
        at = rng.choice([n for n, line in enumerate(lines) if re.match(r"\s*(- )?[\w-]+: \S", line)])
        changed = change(lines, at, rng)
        return "\n".join(changed) if changed is not None else None

    return Edit(name, make, strict)


def _indent(line: str) -> str:
    return re.match(r"\s*(?:- )?", line).group().replace("-", " ")  # type: ignore[union-attr]


def _twice(lines: list[str], at: int, rng: Random) -> list[str]:
    return [*lines[: at + 1], _indent(lines[at]) + lines[at].strip().removeprefix("- "), *lines[at + 1 :]]


def kinds() -> Iterator[Edit]:
    """Yield every kind of damage to YAML files."""
    for name, change in _NUMBERS.items():
        yield Edit(f"number {name}", _value(change, _is_number))
    for name, year in _YEARS.items():
        yield Edit(
            f"report's year {name}", lambda text, rng, y=year: re.sub(r"\byear: 2023\b", f"year: {y}", text)
        )  # type: ignore[misc]
    for name, change in _WORDS.items():
        strict = name in ("as a number", "as a list", "as a mapping", "empty", "a null", "as a false")
        yield Edit(f"word {name}", _value(change, _is_word), strict)
    yield Edit("date without quotes", _value(lambda v, r: v.strip('"'), _is_date))
    yield Edit("date of the American kind", _value(lambda v, r: '"04/27/2023"', _is_date))
    yield Edit("date that is none", _value(lambda v, r: '"2023-02-30"', _is_date))
    yield Edit("date with a time", _value(lambda v, r: f'"{v.strip(chr(34))} 12:00"', _is_date))
    yield Edit("date in week form", _value(lambda v, r: '"2023-W17-4"', _is_date))
    yield from (_key("misspelt", lambda k, r: f"{k[:-2]}{k[-1]}{k[-2]}s", strict=True),
                _key("in capitals", lambda k, r: k.upper(), strict=True),
                _key("with a Cyrillic letter", lambda k, r: f"{k[:-1]}а", strict=True),
                _key("with zero-width space", lambda k, r: f"{k}\u200b", strict=False),
                _key("a truth value", lambda k, r: "no", strict=False),
                _key("an octal number", lambda k, r: "0114", strict=False),
                _key("a list", lambda k, r: "[a, b]", strict=False),
                _key("a merge", lambda k, r: "<<", strict=False))  # fmt: skip
    yield _line("key given twice", _twice)
    yield _line("line indented by a tab", lambda ls, n, r: [*ls[:n], "\t" + ls[n], *ls[n + 1 :]])
    yield _line("unknown key", lambda ls, n, r: [*ls[:n], f"{_indent(ls[n])}okand_nyckel: 1", *ls[n:]]
                if not ls[n].strip().startswith("- ") else None, strict=True)  # fmt: skip
    yield _line(
        "colon without space",
        lambda ls, n, r: [*ls[:n], ls[n].replace(": ", ":", 1), *ls[n + 1 :]],
        strict=True,
    )
    yield _line(
        "merge left open",
        lambda ls, n, r: [*ls[:n], "<<<<<<< HEAD", ls[n], "=======", ls[n], ">>>>>>> gren", *ls[n + 1 :]],
    )
    whole: dict[str, Callable[[str, Random], str | bytes | None]] = {
        "half the file": lambda t, r: t[: r.randrange(20, len(t) * 2 // 3)] + "\nx: [",
        "empty file": lambda t, r: r.choice(["", "\n", "# bara en kommentar\n", "---\n", "\ufeff"]),
        "a list for the file": lambda t, r: "- a\n- b\n",
        "a word for the file": lambda t, r: r.choice(["hej", "2023", "null", "no", "0114"]),
        "two documents": lambda t, r: f"{t}\n---\n{t}",
        "a directive": lambda t, r: f"%YAML 1.1\n%FOO bar\n{t}",
        "JSON cut short": lambda t, r: '{"year": 2023,',
        "a page of a server": lambda t, r: "<!DOCTYPE html><html><body>404</body></html>",
        "anchors in a ladder": lambda t, r: "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n" + t,
        "nested without end": lambda t, r: f"{t}\nx: " + "[" * 20_000,
        "nested blocks without end": lambda t, r: t + "\n" + "".join(f"{' ' * n}a:\n" for n in range(3000)),
        "nested a hundred deep": lambda t, r: f"{t}\nx: " + "[" * 100 + "]" * 100,
        "thirty megabytes": lambda t, r: t + "\n# " + "x" * 30_000_000,
        "NUL bytes": lambda t, r: t[:30] + "\x00" * 4 + t[30:],
        "a lost letter": lambda t, r: t.replace("a", "\ufffd", 1),
        "a next-line character": lambda t, r: t.replace("\n", "\x85", 3),
        "a line separator": lambda t, r: t.replace("\n", "\u2028", 3),
        "UTF-16": lambda t, r: t.encode("utf-16"),
        "UTF-16 without mark": lambda t, r: t.encode("utf-16-le"),
        "Windows-1252": lambda t, r: t.encode("cp1252", "replace") if not t.isascii() else b"\xe5: 1",
        "read as Latin-1": lambda t, r: (t + "# åäö\n").encode().decode("latin-1"),
        "a NUL file": lambda t, r: b"\x00" * 200,
        "a workbook": lambda t, r: b"PK\x03\x04" + bytes(60),
        "all bytes": lambda t, r: bytes(range(256)),
    }  # fmt: skip
    for name, edit in whole.items():
        yield Edit(name, edit)
    yield from _harmless()


def _harmless() -> Iterator[Edit]:
    edits: dict[str, Callable[[str, Random], str | bytes | None]] = {
        "byte order mark": lambda t, r: "\ufeff" + t,
        "line ends CRLF": lambda t, r: t.replace("\n", "\r\n"),
        "line ends CR": lambda t, r: t.replace("\n", "\r"),
        "no final line end": lambda t, r: t.rstrip("\n"),
        "blank lines below": lambda t, r: t + "\n\n",
        "a comment on top": lambda t, r: f"# Läst och godkänd\n{t}",
        "a quoted year": lambda t, r: re.sub(r"^(year): 2023$", r'\1: "2023"', t, flags=re.M),
        "a document's start": lambda t, r: f"---\n{t}" if not t.startswith("---") else None,
        "spaces at line ends": lambda t, r: t.replace("\n", "  \n", 5),
        "decomposed letters": lambda t, r: __import__("unicodedata").normalize("NFD", t),
        "a quoted key": lambda t, r: re.sub(r"^([a-z_]+):", r'"\1":', t, count=1, flags=re.M),
    }  # fmt: skip
    for name, edit in edits.items():
        yield Edit(name, edit, harmless=True)


def text_kinds() -> Iterator[Edit]:
    """Yield what is done to a text of the report."""
    edits: dict[str, Callable[[str, Random], str | bytes | None]] = {
        "a digit typed in": lambda t, r: f"{t}\nFöreningen har 51 medlemmar.\n",
        "a full-width digit": lambda t, r: f"{t}\nFöreningen har ５１ medlemmar.\n",
        "an Arabic digit": lambda t, r: f"{t}\nFöreningen har ٥١ medlemmar.\n",
        "a fraction sign": lambda t, r: f"{t}\nAndelen är ½.\n",
        "a superscript": lambda t, r: f"{t}\nUtsläppen ökade med ²³ ton.\n",
        "a Roman numeral sign": lambda t, r: f"{t}\nDet var Ⅻ träffar.\n",
        "a circled number": lambda t, r: f"{t}\nDet var ⑫ träffar.\n",
        "a fact that is not there": lambda t, r: t + '\n{{ number("members.nobody") }}\n',
        "a fact that is no number": lambda t, r: t + '\n{{ number("activities.arsmote.title") }}\n',
        "an activity that is not there": lambda t, r: t + '\n{{ activity["finns-inte"].title }}\n',
        "a merge left open": lambda t, r: f"<<<<<<< HEAD\n{t}\n=======\n{t}\n>>>>>>> gren\n",
        "Windows-1252": lambda t, r: (t + "åäö").encode("cp1252", "replace"),
        "UTF-16": lambda t, r: t.encode("utf-16"),
        "NUL bytes": lambda t, r: t[:5] + "\x00" + t[5:],
        "a zero-width space": lambda t, r: t[:5] + "\u200b" + t[5:],
        "a direction mark": lambda t, r: t[:5] + "\u202e" + t[5:],
        "a lost letter": lambda t, r: t[:5] + "\ufffd" + t[5:],
        "read as Latin-1": lambda t, r: (t + " åäö\n").encode().decode("latin-1"),
        "twenty megabytes": lambda t, r: t + "x" * 20_000_000,
        "a placeholder that is not closed": lambda t, r: t + '\n{{ claim("members-count" \n',
        "a block that is not closed": lambda t, r: t + '\n{% if has("x") %}\n',
    }  # fmt: skip
    for name, edit in edits.items():
        yield Edit(name, edit)
    kept = ("byte order mark", "line ends CRLF", "line ends CR", "decomposed letters")
    yield from (edit for edit in _harmless() if edit.name in kept)
