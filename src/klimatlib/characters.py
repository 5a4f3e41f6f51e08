"""Characters that nobody sees but that change what others read: refused where text comes in."""

from __future__ import annotations

import re
import unicodedata

_LINES = "\n\t"
_NAMES = {"\r": "carriage return", "\n": "line break", "\t": "tab", "\x00": "NUL"}
_NOTHING = "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
# Marks without width, those that turn the direction of writing, lost letters, what Unicode gives no meaning,
# and tags. A soft hyphen is none of them, nor a joiner between pictures.
_SIGNS = (
    "\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd\ud800-\uf8ff\ufdd0-\ufdef"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff" + _NOTHING
)
_JOINER = "(?<=[^\\W_])\u200d|\u200d(?=[^\\W_])"
_UNSEEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_SIGNS}]|{_JOINER}")
_OR_CONTROL = re.compile(f"[\x00-\x1f\x7f-\x9f{_SIGNS}]|{_JOINER}")


def first_unseen(text: str, *, allowed: str = _LINES) -> re.Match[str] | None:
    """Return where a text has its first character that cannot be seen; None without one."""
    if allowed == _LINES:
        return _UNSEEN.search(text)
    return next((found for found in _OR_CONTROL.finditer(text) if found.group() not in allowed), None)


def unseen(text: str, *, allowed: str = _LINES) -> str:
    r"""Name the first character of a text that cannot be seen; empty without one.

    Parameters
    ----------
    text
        What is looked at.
    allowed
        Control characters that it may have; line breaks and tabs by default.

    Examples
    --------
    >>> unseen("Åre\u202e"), unseen("två\nrader"), unseen("två\nrader", allowed="")
    ('U+202E (right-to-left override)', '', 'U+000A (line break)')
    """
    found = first_unseen(text, allowed=allowed)
    return named(found.group()) if found else ""


def named(sign: str) -> str:
    """Return a character's number and name."""
    name = _NAMES.get(sign, unicodedata.name(sign, "no character of text").lower())
    return f"U+{ord(sign):04X} ({name})"
