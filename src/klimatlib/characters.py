"""Characters that nobody sees but that change what others read: refused where text comes in."""

from __future__ import annotations

import unicodedata

_LINES = "\n\t"
_TURNING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}  # they turn the direction of what follows
_NEVER = {"Cc", "Co", "Cs", "Zl", "Zp"}
_NAMES = {"\r": "carriage return", "\n": "line break", "\t": "tab", "\x00": "NUL"}


def unseen(text: str, *, allowed: str = _LINES) -> str:
    r"""Name the first character of a text that cannot be seen; empty without one.

    Control characters, line separators, characters without a meaning of their own, and those that turn the
    direction of writing. Soft hyphens and joiners, which words do have, are none of them.

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
    found = next((sign for sign in text if _is_unseen(sign) and sign not in allowed), "")
    if not found:
        return ""
    name = _NAMES.get(found, unicodedata.name(found, "no character of text").lower())
    return f"U+{ord(found):04X} ({name})"


def _is_unseen(sign: str) -> bool:
    code = ord(sign)
    if code < 0x80:
        return code < 0x20 or code == 0x7F
    nothing = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xE0000 <= code <= 0xE007F
    return nothing or code in _TURNING or unicodedata.category(sign) in _NEVER
