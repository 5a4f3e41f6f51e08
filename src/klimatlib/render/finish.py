"""Finished files: looked at before they are moved, moved all at once."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from klimatlib.errors import RenderError


def require_complete(path: Path, *, what: str) -> None:
    """Refuse a file that is missing, empty or cut short.

    Raises
    ------
    RenderError
        With what is wrong with it.
    """
    fault = _fault(path)
    if fault:
        raise RenderError(
            f"{what}: {path.suffix[1:].upper()} {fault}; "
            "expected a complete file; render again, or use --renderer embedded"
        )


def _fault(path: Path) -> str:
    if not path.is_file() or path.is_symlink():
        return "was not written"
    content = path.read_bytes()
    if not content:
        return "is empty"
    return "" if _is_whole(path, content) else "is cut short"


def _is_whole(path: Path, content: bytes) -> bool:
    match path.suffix:
        case ".html":
            return content.rstrip().endswith(b"</html>")
        case ".pdf":
            return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
        case ".docx":
            return _is_docx(path)
        case _:
            return True


def _is_docx(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None and "word/document.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def publish(made: dict[str, Path], out_dir: Path, *, stem: str = "report") -> dict[str, Path]:
    """Move complete files into the output folder under their names; all of them or none.

    Parameters
    ----------
    made
        Files by format, in a private folder.
    out_dir
        Made if missing.
    stem
        The files' name.

    Returns
    -------
    dict of str to Path
        ``report.html``, ``report.pdf``, ``report.docx``.

    Raises
    ------
    RenderError
        If a file is missing or cut short; nothing is moved then.
    """
    for path in made.values():
        require_complete(path, what="renderer")
    out_dir.mkdir(parents=True, exist_ok=True)
    parts = {name: out_dir / f".{stem}.{name}.part" for name in made}
    try:
        for name, part in parts.items():
            shutil.copyfile(made[name], part)
        return {name: Path(shutil.move(part, out_dir / f"{stem}.{name}")) for name, part in parts.items()}
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
