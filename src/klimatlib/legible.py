"""The project's own text files as a person reads them: UTF-8, composed letters, nothing that nobody sees."""

from __future__ import annotations

import re
import unicodedata

from klimatlib.characters import first_unseen, named
from klimatlib.errors import InputError, Problem

MAX_BYTES = 16_000_000
"""Largest file read; a whole release of the emissions, tidy, has 2 MB."""

_MERGE = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)  # lines that git sets around what it cannot merge
# Letters of UTF-8 read as something else, and å, ä, ö in UTF-7.
_MISREAD = re.compile("Ã[¤¥¶©„…–]|â€[\u201c\u201d™œ¦]|Â[\u00a0§»«°]|\\+A(?:OU|OQ|PY|MU|MQ|NY)[A-Za-z0-9+/]*-")


def legible(data: bytes, file: str) -> str:
    r"""Return the text of one of the project's own files: line ends are \n, letters are composed.

    Parameters
    ----------
    data
        The file's bytes; a byte order mark does not matter.
    file
        Its path in the project.

    Raises
    ------
    InputError
        Not UTF-8, larger than any such file, with a merge left open or a character that nobody sees.

    Examples
    --------
    >>> legible(b"Habo\r\n", "x.csv"), legible("Ha\u030abo".encode(), "x.csv")
    ('Habo\n', 'Håbo')
    """
    if len(data) > MAX_BYTES:
        told = f"{len(data) / 1e6:.0f} MB is more than any file here has (limit {MAX_BYTES / 1e6:.0f} MB)"
        raise InputError([Problem(file, "", f"{told}; is it the right file?")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        told = "UTF-16, not UTF-8" if wide else "not UTF-8"
        how = "save the file as UTF-8 (in Excel: CSV UTF-8)"
        raise InputError([Problem(file, f"byte {error.start}", f"{told}; {how}")]) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := _MERGE.search(text):
        where = f"line {text.count(chr(10), 0, found.start()) + 1}"
        told = "a merge that git left open; keep the lines that are right and remove its marks"
        raise InputError([Problem(file, where, told)])
    if problem := _illegible(text, file):
        raise InputError([problem])
    return unicodedata.normalize("NFC", text)


def _illegible(text: str, file: str) -> Problem | None:
    """Return the first character that nobody sees, or letters that an earlier conversion has broken."""
    found = first_unseen(text) or _MISREAD.search(text)
    if not found:
        return None
    line, place = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
    where, sign = f"line {line}, character {place}", found.group()
    if len(sign) > 1:
        told = f"letters broken by a conversion ({sign!r}); save the file as UTF-8 from where it is whole"
        return Problem(file, where, told)
    return Problem(file, where, f"{named(sign)} cannot be seen; remove it")
