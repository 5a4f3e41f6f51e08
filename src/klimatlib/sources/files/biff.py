"""Look into an old .xls workbook before any reader does: extents and error cells.

Sources: [MS-CFB] for the compound file, [MS-XLS] for the records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files.cells import Fault

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_BYTES = 8_000_000
MAX_CELLS = 1_000_000
_CELLS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00D6})
_BOUND_SHEET, _FILE_PASS, _BOOL_ERROR, _BEGIN, _WORKSHEET = 0x0085, 0x002F, 0x0205, 0x0809, 0x0010
_END = 0xFFFFFFFC


def scan_xls(data: bytes, file: str) -> list[dict[tuple[int, int], Fault]]:
    """Check an .xls workbook and return the error cells of each worksheet, in file order.

    Raises
    ------
    InputError
        Protected, damaged, or with an extent that no code list or table has.
    """
    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in data:
        raise _refusal(file, "the workbook is protected by a password; save it without one")
    if len(data) > MAX_BYTES:
        raise _refusal(
            file, f"an .xls file of {len(data) / 1e6:.0f} MB (limit {MAX_BYTES / 1e6:.0f}); save it as .xlsx"
        )
    try:
        return _scan_records(_workbook_stream(data), file)
    except (struct.error, IndexError, KeyError, ValueError):
        raise _refusal(file, "expected an Excel workbook, got a damaged .xls; fetch the file again") from None


def _refusal(file: str, text: str) -> InputError:
    """Wrap one message about the whole file."""
    return InputError([Problem(file, "", text)])


def _workbook_stream(data: bytes) -> bytes:
    """Bytes of the stream "Workbook" of a compound file."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise ValueError("sector size")
    sectors = [s for s in struct.unpack_from("<109I", data, 76) if s < _END]
    table = b"".join(data[(s + 1) * size : (s + 2) * size] for s in sectors)
    fat = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
    directory = _chain(data, fat, struct.unpack_from("<I", data, 48)[0], size)
    for at in range(0, len(directory) - 127, 128):
        entry = directory[at : at + 128]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
        if name in ("Workbook", "Book"):
            start, length = struct.unpack_from("<II", entry, 116)
            if length < 4096:
                raise ValueError("a stream too short for a workbook")
            return _chain(data, fat, start, size)[:length]
    raise KeyError("Workbook")


def _chain(data: bytes, fat: tuple[int, ...], sector: int, size: int) -> bytes:
    """Join a chain of sectors; a chain that turns on itself is damage."""
    found: list[bytes] = []
    while sector < _END:
        found.append(data[(sector + 1) * size : (sector + 2) * size])
        sector = fat[sector]
        if len(found) > len(fat):
            raise ValueError("a circular chain")
    return b"".join(found)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Record kinds and contents of a workbook stream."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _scan_records(stream: bytes, file: str) -> list[dict[tuple[int, int], Fault]]:
    """Collect each worksheet's error cells and refuse impossible extents."""
    sheets: list[dict[tuple[int, int], Fault]] = []
    rows = columns = 0
    for kind, body in _records(stream):
        if kind == _FILE_PASS:
            raise _refusal(file, "the workbook is protected by a password; save it without one")
        if kind == _BEGIN and struct.unpack_from("<H", body, 2)[0] == _WORKSHEET:
            sheets.append({})
            rows = columns = 0
        elif kind in _CELLS and sheets:
            row, column = struct.unpack_from("<HH", body)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if rows * columns > MAX_CELLS:
                raise _refusal(
                    file, f"a sheet reaches row {rows}, column {columns}; delete what lies outside the table"
                )
            if kind == _BOOL_ERROR and len(body) >= 8 and body[7] == 1:
                sheets[-1][row, column] = Fault("an error such as #REF!")
    return sheets
