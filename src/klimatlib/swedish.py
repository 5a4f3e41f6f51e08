"""Numbers, dates and lists as Swedish text: the one place where a value becomes words.

Babel knows the language, but prints an ASCII minus, a negative zero and halves rounded to even.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal

Number = int | float | Decimal | Fraction

NBSP = "\u00a0"
MINUS = "\u2212"
EN_DASH = "\u2013"
# Between two sentences: after a full stop and what closes with it. The next one may begin with a claim's
# number, in brackets or after a mark of Unicode's private area.
_SHORT = "".join(rf"(?<!\b{each}\.)" for each in (r"t\.ex", r"bl\.a", r"s\.k", "ca", "kl", "nr", "inkl"))
SENTENCE_END = re.compile(rf"(?:(?<=[.!?…])|(?<=[.!?…][”)])){_SHORT}\s+(?=[A-ZÅÄÖ”(\d\[\ue000])")
_LOCALE = "sv"
_ASCII = str.maketrans("åäöéü", "aaoeu")
_ALPHABET = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "é": "e", "ü": "y"})
_WORDS = ("noll", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv")


def round_half_up(value: Number, decimals: int = 0) -> Decimal:
    """Round half away from zero, on the exact value.

    >>> round_half_up(Fraction(1, 8) * 100), round_half_up(Fraction(-1, 8) * 100)
    (Decimal('13'), Decimal('-13'))
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"cannot print {value} as a number")
    scaled = Fraction(value) * 10**decimals
    whole = math.floor(abs(scaled) + Fraction(1, 2))
    return Decimal(-whole if scaled < 0 else whole).scaleb(-decimals)


def number(value: Number, decimals: int = 0) -> str:
    r"""Swedish number: decimal comma, no-break space in thousands, a true minus, never minus zero.

    >>> number(-1234.56, 1)
    '−1\xa0234,6'
    """
    rounded = round_half_up(value, decimals)
    text = _formatted(abs(rounded), decimals)
    return MINUS + text if rounded < 0 else text


@lru_cache(maxsize=4096)  # the same few hundred numbers are printed, and looked for, again and again
def _formatted(rounded: Decimal, decimals: int) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(rounded, format=pattern, locale=_LOCALE))


def quantity(value: Number, unit: str, decimals: int = 0) -> str:
    r"""Return a number and its unit, held together by a no-break space.

    >>> quantity(3.224, "ton", 1)
    '3,2\xa0ton'
    """
    return f"{number(value, decimals)}{NBSP}{unit}"


def agreeing_decimals(before: Number, now: Number, *, least: int = 0) -> int:
    """Return with how many decimals a change is what a reader gets from its two ends as they are printed.

    At most two more than ``least``: the ends of some changes, as from 1/6 to 1/3, never agree.

    >>> agreeing_decimals(4.44, 4.16, least=1), agreeing_decimals(4.44, 4.24, least=1)
    (2, 1)
    """
    for decimals in range(least, least + 3):
        ends = round_half_up(now, decimals) - round_half_up(before, decimals)
        if ends == round_half_up(Fraction(now) - Fraction(before), decimals):
            break
    return decimals


def percent(share: Number, decimals: int = 0) -> str:
    r"""Return a share (0-1) as per cent.

    >>> percent(Fraction(33, 42))
    '79\xa0%'
    """
    return quantity(Fraction(share) * 100, "%", decimals)


def in_words(value: int, form: str = "en") -> str:
    """Return one to twelve in words (``form`` is "en" or "ett" for one), the rest in digits.

    >>> in_words(2), in_words(1, "ett"), in_words(13)
    ('två', 'ett', '13')
    """
    if value == 1 and form == "ett":
        return "ett"
    return _WORDS[value] if 0 <= value < len(_WORDS) else number(value)


def date(iso: str | dt.date, *, year: bool = False) -> str:
    """Return a date in words.

    >>> date("2023-12-17"), date("2023-12-17", year=True)
    ('17 december', '17 december 2023')
    """
    day = dt.date.fromisoformat(iso) if isinstance(iso, str) else iso
    return str(format_date(day, "d MMMM y" if year else "d MMMM", locale=_LOCALE))


def date_range(start: str, end: str) -> str:
    """Return two dates as a span, without saying the month twice.

    >>> date_range("2023-04-27", "2023-04-28"), date_range("2023-04-30", "2023-05-02")
    ('27–28 april', '30 april–2 maj')
    """
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{EN_DASH}{date(last)}"
    return f"{date(first)}{EN_DASH}{date(last)}"


def month(iso: str) -> str:
    """Return the month of ``yyyy-mm`` in words.

    >>> month("2023-06")
    'juni'
    """
    return str(format_date(dt.date.fromisoformat(f"{iso}-01"), "MMMM", locale=_LOCALE))


def listing(items: Sequence[str], last: str = "och") -> str:
    """Join words as a Swedish sentence does: no comma before the last conjunction.

    >>> listing(["bild", "film", "text"])
    'bild, film och text'
    """
    return f" {last} ".join([", ".join(items[:-1]), items[-1]] if items[1:] else items)


def lower_first(text: str) -> str:
    """Return a text with its first letter in lower case."""
    return text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def alphabetical(text: str) -> str:
    """Return what Swedish names are sorted by: å, ä and ö come last, é is an e, capitals do not count.

    >>> sorted(["Östersund", "Åre", "Ale", "Älmhult"], key=alphabetical)
    ['Ale', 'Åre', 'Älmhult', 'Östersund']
    """
    return text.lower().translate(_ALPHABET)


def slug(text: str) -> str:
    """Return a text as a part of an id or a file's name: small letters, digits and hyphens.

    >>> slug("Upplands Väsby")
    'upplands-vasby'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower().translate(_ASCII)).strip("-")


def signed(value: Number, unit: str, decimals: int = 0) -> str:
    r"""Return a change with its unit: a plus or a true minus, none before nought.

    >>> signed(0.2, "ton", 1), signed(-0.001, "ton", 1)
    ('+0,2\xa0ton', '0,0\xa0ton')
    """
    text = quantity(value, unit, decimals)
    return f"+{text}" if round_half_up(value, decimals) > 0 else text
