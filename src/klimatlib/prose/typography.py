"""Swedish typography in a text's own words: spaces, dashes, quotation marks, abbreviations.

What comes from the facts is quoted as it is; only the seams between the text and its placeholders are looked
at once it is rendered.
"""

from __future__ import annotations

import re

from klimatlib.errors import Problem
from klimatlib.prose.reading import unmark

_OBJECT = "\ufffc"
_PLACEHOLDER = re.compile(r"{{.*?}}", re.S)
_SILENT = re.compile(r"{%.*?%}|{##.*?##}", re.S)
_LINK = re.compile(r"\]\([^)\n]*\)|<https?://[^>\s]*>|https?://\S+|`[^`\n]*`")
_ATTRIBUTES = re.compile(r"(?<=[\]:\w ])\{[^{}\n]*\}")
_LEAD = re.compile(r"^\s*(?:[-*+] |\d+\. |#+ |:::+ ?)?")

_RULES = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r"(?<=\S) {2,}(?=\S)", "two spaces; write one"),
        (rf"(?<=[\w{_OBJECT}\]”)])\s+[,.;:!?](?=\s|$)", "a space before the punctuation; write none"),
        (rf"(?<=[\d{_OBJECT}]) ?%", "a placeholder of a share brings its own %; write the placeholder alone"),
        (rf"\d-\d|(?<=[\w{_OBJECT},.”)]) -{{1,2}} (?=\S)|(?<=\S)--(?=\S)", "a hyphen for a dash; write –"),
        (r"—", "an em dash; write the shorter –"),
        (r"\"", "a straight quotation mark; write ”…”"),
        (r"[“„]", "an English or German quotation mark; write ”…”"),
        (r"['‘]", "a straight or English apostrophe; write ’"),
        (r"\.\.\.", "three full stops; write …"),
        (r"(?i)\bt ?ex\b\.?", "write ”till exempel”"),
        (r"(?i)\bbl ?a\b(?!\.)", "write ”bland annat”"),
        (r"(?i)\bo ?s ?v\b(?!\.)", "write ”och så vidare”"),
        (r"(?i)\bd ?v ?s\b(?!\.)", "write ”det vill säga”"),
        (r"(?i)\bm m\b(?!\.)", "write ”med mera”"),
        (r"(?i)\bfr o m\b", "write ”från och med”"),
        (r"(?i)\bt o m\b", "write ”till och med”"),
    )
)
_CLAIM = re.compile(r'\[([^\[\]]*)\]\{\.claim claim="[^"]*"\}')
_SEAMS = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (rf"{_OBJECT}-(?:{_OBJECT}|\d)|\d-{_OBJECT}", "a hyphen for a dash between numbers; write 2–4"),
        (r"(?<=\S) {2,}(?=\S)", "two spaces; write one"),
        (rf"(?<={_OBJECT})\s+[,.;:!?](?=\s|$)", "a space before the punctuation; write none"),
        (r"(?<![.…])(?:\.\.|,,|,\.)(?!\.)", "punctuation twice; write it once, the value brings its own"),
    )
)


def _literal(source: str) -> str:
    """Return a source's own words, line by line: a placeholder is one sign, addresses and attributes none."""
    text = _PLACEHOLDER.sub(lambda found: _OBJECT + _blank(found), _SILENT.sub(_blank, source))
    text = _LINK.sub(lambda found: "]" if found.group().startswith("]") else _blank(found), text)
    return _ATTRIBUTES.sub("", text)


def typography(source: str, *, file: str) -> list[Problem]:
    """Return what breaks Swedish typography in a text's source.

    Parameters
    ----------
    source
        The text's source; placeholders, attributes and addresses are no text.
    file
        Its name in messages.
    """
    found = []
    for number, line in enumerate(_literal(source).split("\n"), 1):
        words = line[_lead(line) :]
        for pattern, told in _RULES:
            if hit := pattern.search(words):
                around = _around(words, hit)
                found.append(Problem(file, f"line {number}", f"”{around}”: {told} [typography]"))
    return found


def seams(rendered: str, *, file: str) -> list[Problem]:
    """Return what breaks typography where a value meets the text around it."""
    found = []
    for line in rendered.split("\n"):
        number = next((ord(char) - 0xE000 for char in line if 0xE000 <= ord(char) <= 0xF8FF), 0)
        plain = _CLAIM.sub(_OBJECT, unmark(line))
        plain = _ATTRIBUTES.sub("", _LINK.sub("]", plain))[_lead(plain) :]
        for pattern, told in _SEAMS:
            if hit := pattern.search(plain):
                where = f"line {number}" if number else ""
                found.append(Problem(file, where, f"”{_around(plain, hit)}”: {told} [typography]"))
    return found


def _lead(line: str) -> int:
    found = _LEAD.match(line)
    return found.end() if found else 0


def _around(text: str, hit: re.Match[str]) -> str:
    return text[max(hit.start() - 12, 0) : hit.end() + 12].replace(_OBJECT, "{{…}}").strip()


def _blank(found: re.Match[str]) -> str:
    return "\n" * found.group().count("\n")
