"""Damage to single cells of the project's own tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from random import Random

from torture.inputs.own import Cells, Kind, Table, written

Change = Callable[[str, Random], "str | None"]


def _times(factor: float) -> Change:
    def change(text: str, _: Random) -> str | None:
        value = float(text) * factor
        return None if value == float(text) else f"{value:.0f}" if value >= 1 or not value else f"{value:.6f}"

    return change


NUMBERS: dict[str, Change] = {
    "a decimal comma": lambda t, r: f"{t},5",
    "a thousands comma": lambda t, r: f"{int(float(t)) + 1_000_000:,}",
    "a thousands point": lambda t, r: f"{int(float(t)) + 1_000_000:,}".replace(",", "."),
    "a thousands space": lambda t, r: f"{int(float(t)) + 1_000_000:,}".replace(",", " "),
    "a thousands no-break space": lambda t, r: f"{int(float(t)) + 1_000_000:,}".replace(",", "\u00a0"),
    "a thousands thin space": lambda t, r: f"{int(float(t)) + 1_000_000:,}".replace(",", "\u202f"),
    "a thousands apostrophe": lambda t, r: f"{int(float(t)) + 1_000_000:,}".replace(",", "'"),
    "a fraction of a half": lambda t, r: f"{t}½",
    "an exponent": lambda t, r: r.choice(["1e3", "1E+03", "1,2E+06", "5e-1"]),
    "no number": lambda t, r: r.choice(["NaN", "nan", "inf", "-inf", "Infinity", "NA", "null", "None"]),
    "a word": lambda t, r: r.choice(["saknas", "sekretess", "..", "-", "–", "x", "okänd", "ja", "se not 1"]),
    "an Excel error": lambda t, r: r.choice(["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAMN?"]),
    "a formula": lambda t, r: r.choice(["=1+1", "=SUM(A1:A9)", "+1", "@SUM(1)"]),
    "a date of Excel's": lambda t, r: r.choice(
        ["2020-01-12", "12-jan", "jan-20", "1905-07-14", "2020-01-12 00:00:00"]
    ),
    "a time": lambda t, r: r.choice(["12:30", "12:30:00"]),
    "minus zero": lambda t, r: r.choice(["-0", "-0.0"]),
    "a minus": lambda t, r: f"-{t}",
    "a typographic minus": lambda t, r: f"−{t}",
    "a plus": lambda t, r: f"+{t}",
    "brackets for minus": lambda t, r: f"({t})",
    "a leading zero": lambda t, r: f"0{t}",
    "a leading apostrophe": lambda t, r: f"'{t}",
    "a hexadecimal": lambda t, r: "0x1F4",
    "an underscore": lambda t, r: "1_000",
    "TRUE": lambda t, r: r.choice(["TRUE", "True", "SANT", "true"]),
    "Arabic digits": lambda t, r: "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in t),
    "full-width digits": lambda t, r: "".join(chr(0xFF10 + int(c)) if c.isdigit() else c for c in t),
    "superscript": lambda t, r: f"{t}¹",
    "letter O": lambda t, r: f"{t[:-1]}O",
    "letter l": lambda t, r: f"l{t[1:]}",
    "a unit": lambda t, r: f"{t} {r.choice(['t', 'ton', 'st', '%', 'kg'])}",
    "a footnote star": lambda t, r: f"{t}*",
    "two numbers": lambda t, r: f"{t} {t}",
    "two points": lambda t, r: "1.234.5",
    "thirty digits": lambda t, r: "9" * 30,
    "five thousand digits": lambda t, r: "9" * 5000,
    "a zero-width space": lambda t, r: f"{t[:1]}\u200b{t[1:]}",
    "a soft hyphen": lambda t, r: f"{t[:1]}\u00ad{t[1:]}",
    "a direction mark": lambda t, r: f"\u202e{t}",
    "a NUL": lambda t, r: f"{t}\x00",
    "a line break inside": lambda t, r: f"{t[:1]}\n{t[1:]}",
    "a range": lambda t, r: f"{t}–{t}",
    "a circa": lambda t, r: f"ca {t}",
}  # fmt: skip
SIZES: dict[str, Change] = {
    "times 1000": _times(1000), "divided by 1000": _times(0.001), "times 100": _times(100),
    "times 10": _times(10),
    "a share of one": _times(0.01), "times 4": _times(4), "a quarter": _times(0.25), "zero": lambda t, r: "0",
    "blank": lambda t, r: "", "a space": lambda t, r: " ",
}  # fmt: skip
_LOOKALIKE = str.maketrans(
    {"a": "а", "o": "о", "e": "е", "p": "р", "i": "і", "c": "с", "x": "х", "1": "l", "0": "O"}
)
CODES: dict[str, Change] = {
    "letters of another alphabet": lambda t, r: t.translate(_LOOKALIKE),
    "a zero-width joiner": lambda t, r: f"{t}\u200d" if t else None,
    "a zero-width space": lambda t, r: f"{t}\u200b",
    "a byte order mark inside": lambda t, r: f"\ufeff{t}",
    "cut": lambda t, r: t[:-1],
    "misspelt": lambda t, r: f"{t[:-1]}x",
    "doubled": lambda t, r: f"{t}{t}",
    "of nowhere": lambda t, r: r.choice(["Ankeborg", "9999", "x-y-z"]),
    "a number with decimals": lambda t, r: f"{t}.0",
    "an exponent": lambda t, r: "1.28E+03",
    "without its zero": lambda t, r: t.lstrip("0"),
    "with a sign of formulas": lambda t, r: f"={t}",
    "as mojibake": lambda t, r: t.encode().decode("cp1252", "replace"),
    "å without ring": lambda t, r: unicodedata.normalize("NFD", t).encode("ascii", "ignore").decode(),
    "with a full stop in front": lambda t, r: f".{t}",
    "with a note": lambda t, r: f"{t} (prel.)",
    "with a control character": lambda t, r: f"{t}\x07",
    "Arabic digits": lambda t, r: "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in t),
}  # fmt: skip
HARMLESS: dict[str, Change] = {
    "spaces around": lambda t, r: f"  {t} ",
    "a no-break space after": lambda t, r: f"{t}\u00a0",
    "decomposed letters": lambda t, r: unicodedata.normalize("NFD", t),
}


def _one(change: Change, columns: Callable[[Table], tuple[int, ...]]) -> Callable[..., bytes | None]:
    """Damage one filled cell of certain columns."""

    def make(table: Table, rows: Cells, rng: Random) -> bytes | None:
        filled = [(n, c) for n in range(1, len(rows)) for c in columns(table) if rows[n][c]]
        if not filled:
            return None
        row, column = rng.choice(filled)
        new = change(rows[row][column], rng)
        if new is None or new == rows[row][column]:
            return None
        rows[row][column] = new
        return written(rows, table)

    return make


def _every(change: Change, columns: Callable[[Table], tuple[int, ...]]) -> Callable[..., bytes | None]:
    """Damage a whole column."""

    def make(table: Table, rows: Cells, rng: Random) -> bytes | None:
        if not columns(table):
            return None
        column = rng.choice(columns(table))
        for row in rows[1:]:
            row[column] = change(row[column], rng) or row[column] if row[column] else ""
        return written(rows, table)

    return make


def kinds() -> Iterator[Kind]:
    """Yield every kind of damage to cells."""
    for name, change in NUMBERS.items():
        yield Kind(f"number with {name}", _one(change, lambda t: t.numbers))
    for name in (
        "a decimal comma",
        "a unit",
        "an exponent",
        "a date of Excel's",
        "a minus",
        "an Excel error",
    ):
        yield Kind(f"every number with {name}", _every(NUMBERS[name], lambda t: t.numbers))
    for name, change in SIZES.items():
        yield Kind(f"one number {name}", _one(change, lambda t: t.guarded))
    for name in ("times 1000", "divided by 1000", "times 100", "a share of one"):
        yield Kind(f"every number {name}", _every(SIZES[name], lambda t: t.guarded))
    for name, change in CODES.items():
        yield Kind(f"code {name}", _one(change, lambda t: t.codes))
    for name, change in HARMLESS.items():
        yield Kind(f"cell with {name}", _one(change, lambda t: (*t.numbers, *t.codes)), harmless=True)
