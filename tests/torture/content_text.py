"""What stands in a file that was made: the words that a reader reads, or all there is, packed or not."""

from __future__ import annotations

import html
import io
import re
import zipfile
from pathlib import Path

import pypdf


def words(path: Path) -> str:
    """Return what a reader of a document reads."""
    if path.suffix == ".pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            text = archive.read("word/document.xml").decode()
        return html.unescape(re.sub(r"<[^>]*>", "", text))
    text = re.sub(r"<(style|script)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def letters(text: str) -> str:
    """Return a text without what typography changes: blanks, quotation marks, hyphens."""
    return "".join(sign for sign in text if sign.isalnum())


def all_text(path: Path) -> str:
    """Return all that stands in a file."""
    data = path.read_bytes()
    if path.suffix == ".pdf":
        return words(path) + data.decode("latin-1")
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    return data.decode("utf-8", errors="replace")
