"""Files: atomic and temporary ones, the project's text read strictly, cells safe in a spreadsheet."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import shutil
import stat
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from klimatlib.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    import pandas as pd

NAME = re.compile(r"[^\W_][\w@-]*(\.[\w@-]+)*")  # of a report, release or folder: one part of a path


def find_root(start: Path | None = None) -> Path:
    """Find the project's folder: the nearest one upwards that holds ``params/`` and ``notebooks/``."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
            return folder
    raise UsageError(f"{here}: no folder params/ and notebooks/ here or above; go to the project's folder")


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


def invisible_character(text: str, *, allowed: str = "\n\t") -> str:
    r"""Name the first character of a text that cannot be seen, but for those allowed; empty without one.

    >>> invisible_character("Åre\u202e"), invisible_character("två\nrader", allowed="")
    ('U+202E (right-to-left override)', 'U+000A (line break)')
    """
    signs = () if text.isascii() and text.isprintable() else _OR_CONTROL.findall(text)  # most are plain
    sign = next((sign for sign in signs if sign not in allowed), None)
    if sign is None:
        return ""
    name = _NAMES.get(sign) or unicodedata.name(sign, "no character of text").lower()
    return f"U+{ord(sign):04X} ({name})"


def read_file(path: Path, file: str) -> bytes:
    """Return the bytes of a regular file; ``file`` is its name in messages.

    InputError: missing; a folder, a pipe, a device, or a link to one; larger than any real input; not yet
    fetched by git-LFS.
    """
    problem = "not a regular file (a folder, pipe or device); put the file itself there"
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            refuse_size(status.st_size, 32_000_000, "input", file)
            if not (data := path.read_bytes()).startswith(b"version https://git-lfs"):
                return data
            problem = other_form(data)
    except FileNotFoundError:
        problem = "missing; put the file there"
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    raise InputError([Problem(file, "", problem)])


def refuse_size(size: int, most: int, kind: str, file: str) -> None:
    """Raise InputError where a ``kind`` of file has more bytes than any real one."""
    if size > most:
        text = f"{size / 1e6:.0f} MB is more than any {kind} here has (limit {most / 1e6:.0f} MB)"
        raise InputError([Problem(file, "", f"{text}; is it the right file?")])


MAX_BYTES = 16_000_000
"""Largest file read; a whole release of the emissions, tidy, has 2 MB."""
MERGE = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)  # lines that git sets around what it cannot merge
# Letters of UTF-8 read as something else, and å, ä, ö in UTF-7.
_MISREAD = re.compile("Ã[¤¥¶©„…–]|â€[\u201c\u201d™œ¦]|Â[\u00a0§»«°]|\\+A(?:OU|OQ|PY|MU|MQ|NY)[A-Za-z0-9+/]*-")


_OTHER_FORMS = (  # what begins a file that is no table, workbook or text of ours; what it is, and what to do
    (rb"version https://git-lfs", "a pointer of git LFS in place of the file; get it: git lfs pull"),
    (rb"\s*(?i:<!doctype html|<html)", "a web page; save the file itself, as CSV or .xlsx"),
    (rb"<\?xml.{,300}office:spreadsheet", "an XML spreadsheet of Excel 2003; open it and save it as .xlsx"),
    (rb"<\?xml.{,3000}<office:document", "a flat OpenDocument (.fods); open it and save it as .xlsx"),
    (rb"%PDF-", "a PDF; fetch the same table as CSV or Excel"),
    (rb"PAR1", "Parquet; choose CSV, Excel or JSON-stat at the publisher"),
    (rb'(?:CHARSET|AXIS-VERSION|CODEPAGE)="', "a PX file; choose CSV, Excel or JSON-stat at the publisher"),
    (rb"ID;P(?:WXL|CALC|SCALC)", "a SYLK file (.slk); open it and save it as .xlsx"),
    (rb"TABLE\r?\n0,1\r?\n", "a DIF file; open it and save it as .xlsx"),
    (rb"[\x03\x83][\x5f-\xff][\x01-\x0c][\x01-\x1f]", "a dBASE file; open it and save it as .xlsx"),
    (rb"\{\\rtf", "a text document (RTF); save the table in it as CSV or .xlsx"),
    (rb"(?i:mime-version:)", "a web archive (.mht); open it and save it as .xlsx"),
    (rb"\x1f\x8b|7z\xbc\xaf|Rar!", "a packed file; unpack it first"),
)


def other_form(data: bytes) -> str:
    """Say what a file is, by how it begins, if it is of a form that is not read here, and what to do.

    >>> other_form(b"PAR1"), other_form(b"code;name")
    ('Parquet; choose CSV, Excel or JSON-stat at the publisher', '')
    """
    head = data.removeprefix(b"\xef\xbb\xbf")[:4000]
    return next((form for start, form in _OTHER_FORMS if re.match(start, head, re.DOTALL)), "")


def decode_strict(data: bytes, file: str) -> str:
    r"""Return the text of one of the project's own files, its path ``file``: line ends \n, letters composed.

    InputError: not UTF-8, larger than any such file, with a merge left open or a character that nobody sees.

    >>> decode_strict(b"Habo\r\n", "x.csv"), decode_strict("Ha\u030abo".encode(), "x.csv")
    ('Habo\n', 'Håbo')
    """
    refuse_size(len(data), MAX_BYTES, "file", file)
    if form := other_form(data):
        raise InputError([Problem(file, "", form)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        encoding = "UTF-16, not UTF-8" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        advice = "save the file as UTF-8 (in Excel: CSV UTF-8)"
        raise InputError([Problem(file, f"byte {error.start}", f"{encoding}; {advice}")]) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not (match := MERGE.search(text) or _UNSEEN.search(text) or _MISREAD.search(text)):
        return unicodedata.normalize("NFC", text)
    before = text[: match.start()].split("\n")
    messages = {
        MERGE: "a merge that git left open; keep the lines that are right and remove its marks",
        _UNSEEN: f"{invisible_character(text)} cannot be seen; remove it",
        _MISREAD: f"letters broken by a conversion ({match.group()!r}); save the file as UTF-8 from where "
        "it is whole",
    }
    where = f"line {len(before)}" + ("" if match.re is MERGE else f", character {len(before[-1]) + 1}")
    raise InputError([Problem(file, where, messages[match.re])])


_STARTS = "=+\\-@\t\r\uff1d\uff0b\uff0d\uff20"
_RISKY = re.compile(rf"'*[{_STARTS}]")
_GUARDED = re.compile(rf"'+[{_STARTS}]")
# A number with its unit: no formula, for it has no operator, no bracket, no bar and no exclamation mark.
_NUMBER = re.compile(r"[+-]?\d[\d\s.,]*(%|[^\W\d_][^\W_]*)?(\s[^\W_]+)*")


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet would take a text for a formula.

    >>> looks_like_a_formula("=1+1"), looks_like_a_formula("-1+1"), looks_like_a_formula("+0,3 ton")
    (True, True, False)
    """
    return _RISKY.match(text) is not None and not text.startswith("'") and not _NUMBER.fullmatch(text)


def guarded(text: str) -> str:
    """Return a cell's text as it is safe in a spreadsheet; numbers stay as they are.

    >>> guarded("@SUM(A1)"), guarded("-5,2"), guarded("'=1"), guarded("Lund")
    ("'@SUM(A1)", '-5,2', "''=1", 'Lund')
    """
    return f"'{text}" if _RISKY.match(text) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given.

    >>> [unguarded(guarded(text)) for text in ("=1+1", "'=1", "'quoted'", "+0,3 ton")]
    ['=1+1', "'=1", "'quoted'", '+0,3 ton']
    """
    return text[1:] if _GUARDED.match(text) else text


def to_csv(frame: pd.DataFrame) -> str:
    """Return a table as CSV for people: texts guarded and each on one line, numbers as they are."""
    import pandas as pd  # a run with nothing to do must not wait for it

    def safe(values: pd.Series) -> pd.Series:
        if pd.api.types.is_numeric_dtype(values.dtype):
            return values
        texts = values.map(lambda value: _line(value) if isinstance(value, str) else value)
        return texts.astype(values.dtype)

    table = frame.apply(safe).rename(columns=lambda name: _line(str(name)))
    return table.to_csv(index=False, lineterminator="\n")


def csv_text(rows: Iterable[Iterable[object]], *, quoted: bool = True) -> str:
    """Return rows as CSV for programs, each cell as it is and quoted, or only those that need it."""
    stream = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(stream, lineterminator="\n", quoting=quoting).writerows(rows)
    return stream.getvalue()


def _line(text: str) -> str:
    r"""Return a text on one line, guarded; Python before 3.11.9 does not quote a lone carriage return."""
    return guarded(" ".join(text.splitlines()) if text.splitlines()[1:] or "\r" in text else text)


_OF_DISKS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


def atomic_write(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write bytes, or text as UTF-8, beside a file and put them in its place in one step.

    ``private``: only the file's owner may read it.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        with about(path):
            if private:
                draft.unlink(missing_ok=True)
                draft.touch(mode=0o600)
            draft.write_bytes(content.encode() if isinstance(content, str) else content)
            draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def write_together(files: Mapping[Path, bytes]) -> None:
    """Write files under other names, and when all are on the disk rename them in order: all or none."""
    parts = {path: path.with_name(f".part-{path.name}") for path in files}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with parts[path].open("wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Let an error of a disk name its file: writing and syncing tell of none."""
    try:
        yield
    except OSError as error:
        if error.errno in _OF_DISKS and error.filename is None:
            error.filename = str(path)
        raise


def own_folder(folder: Path) -> Path:
    """Make a folder, or one that is there, such that only its owner may look into it, whatever the umask."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def draft_folder(published: Path) -> Path:
    """Return the folder of a draft that is made while a final report is published."""
    return published.with_name(f"{published.name}-draft")


_TEMPORARY = ".klimatlib-"  # begins the name of a process's folder for temporary files


def use_temporary_folder() -> None:
    """Let all temporary files of this process, and of those it starts, lie in one folder, its owner's alone.

    It is gone when the process ends. One that is killed leaves it, and the next one finds and removes it: a
    folder is in use as long as its lock is held.
    """
    place = Path(tempfile.gettempdir())
    if os.name == "nt" or place.name.startswith(_TEMPORARY):  # of the process that started this one
        return
    import fcntl
    from multiprocessing.util import Finalize

    def lock(folder: Path, how: int) -> int:
        handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)  # closed when the process ends
        fcntl.flock(handle, how)
        return handle

    for left in place.glob(f"{_TEMPORARY}*"):
        with suppress(OSError):  # it is in use, or another user's
            handle = lock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
            os.close(handle)
    folder = tempfile.mkdtemp(prefix=_TEMPORARY)
    with suppress(OSError):
        lock(Path(folder), fcntl.LOCK_EX)
    if not Path(folder).exists():  # another process took it for one that was left
        use_temporary_folder()
        return
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))  # noqa: PTH111
    if not os.access(next(p for p in (settings, *settings.parents) if os.access(p, os.F_OK)), os.W_OK):
        # Else each process makes one of its own, says so, and clears it away after this one has.
        os.environ.setdefault("MPLCONFIGDIR", f"{folder}/matplotlib")
    # After all others of multiprocessing, whose own folder lies in it.
    Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=-200)


def open_folder(folder: Path) -> None:
    """Let those look into a folder whom the umask lets look into any new one."""
    mask = os.umask(0o077)
    os.umask(mask)
    folder.chmod(0o777 & ~mask)
