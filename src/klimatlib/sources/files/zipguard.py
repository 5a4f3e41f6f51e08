"""Look into a workbook's zip before any reader does: sizes, entities, extents, cells without a value."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.etree import ElementTree

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files.cells import Fault

MAX_PART = 48_000_000
"""Largest unpacked part in bytes; the largest real export unpacks to 14 MB."""
MAX_TOTAL = 96_000_000
MAX_RATIO = 250
"""Largest packing ratio of a part over 1 MB; real exports have 5-15, a zip bomb about 1000."""
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 120_000, 2_000, 4_000_000
"""Largest extent of a sheet; the largest real export has 19 350 rows and 16 columns."""

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class NotWhole(Exception):  # noqa: N818 - a private signal, turned into InputError below
    """A part of the zip cannot be used; the text says why."""


@dataclass(frozen=True)
class SheetScan:
    """What the XML of one sheet says before it is read: cells that show no value, by (row, column)."""

    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)


def scan_workbook(data: bytes, file: str) -> dict[str, SheetScan]:
    """Check a zipped workbook and return, for each worksheet's name, its cells without a usable value.

    Raises
    ------
    InputError
        Broken or encrypted zip, sizes beyond any real export (a zip bomb), declared entities,
        a sheet whose extent cannot be real (a lone cell in XFD1048576, a million rows).
    """
    try:
        parts = _parts(data)
        return {
            name: scan_sheet(_inflate(data, parts[path]), name)
            for name, path in _sheet_paths(data, parts).items()
            if path in parts
        }
    except NotWhole as error:
        raise InputError([Problem(file, "", str(error))]) from None


def _parts(data: bytes) -> dict[str, zipfile.ZipInfo]:
    """List a zip's parts, after sizes, ratios and XML heads have been found harmless."""
    try:
        infos = [info for info in zipfile.ZipFile(io.BytesIO(data)).infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, EOFError, OSError):
        raise NotWhole(
            "expected an Excel workbook, got a broken zip; the file may be cut short: fetch it again"
        ) from None
    parts = {info.filename: info for info in infos}
    if len(parts) != len(infos) or len(infos) > 1000:
        raise NotWhole("the workbook's zip has the same part twice or over 1000 parts; save it anew in Excel")
    _check_sizes(infos)
    for info in infos:
        if info.filename.lower().endswith((".xml", ".rels")):
            _check_xml(_inflate(data, info), info.filename)
    return parts


def _check_sizes(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse parts that unpack to more than any real export."""
    for info in infos:
        if info.flag_bits & 1:
            raise NotWhole("the workbook is protected by a password; save it without one")
        if info.file_size > MAX_PART:
            raise NotWhole(
                f"part {info.filename[:60]} unpacks to {info.file_size / 1e6:.0f} MB, as no export does; "
                "is it the right file?"
            )
        if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise NotWhole(
                f"part {info.filename[:60]} is packed over {MAX_RATIO} times, as only a zip bomb is; "
                "do not open it"
            )
    if sum(info.file_size for info in infos) > MAX_TOTAL:
        raise NotWhole(f"the workbook unpacks to more than {MAX_TOTAL / 1e6:.0f} MB; is it the right file?")


def _inflate(data: bytes, info: zipfile.ZipInfo) -> bytes:
    """Unpack one part, never beyond its declared size, which must be true."""
    start = info.header_offset
    head = data[start + 26 : start + 30]
    broken = NotWhole(f"part {info.filename[:60]} of the workbook is damaged; fetch the file again")
    if len(head) < 4 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise broken
    start += 30 + sum(struct.unpack("<HH", head))
    raw = data[start : start + info.compress_size]
    try:
        if info.compress_type == zipfile.ZIP_DEFLATED:
            raw = zlib.decompressobj(-15).decompress(raw, info.file_size + 1)
    except zlib.error:
        raise broken from None
    if len(raw) != info.file_size or zlib.crc32(raw) != info.CRC:
        raise broken
    return raw


def _check_xml(xml: bytes, name: str) -> None:
    """Refuse document types, entities and encodings that a scan would not see through."""
    head = xml[:200]
    if b"\x00" in head or re.search(rb"encoding\s*=\s*[\"'](?!utf-8|us-ascii)", head, re.IGNORECASE):
        raise NotWhole(f"part {name[:60]} is not UTF-8, as Excel writes it; save the workbook anew in Excel")
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        told = "declares a document type or entities, which no workbook needs; do not open it"
        raise NotWhole(f"part {name[:60]} {told}")


def _sheet_paths(data: bytes, parts: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Worksheet names and the parts that hold them."""
    try:
        book = ElementTree.fromstring(_inflate(data, parts["xl/workbook.xml"]))
        links = ElementTree.fromstring(_inflate(data, parts["xl/_rels/workbook.xml.rels"]))
    except (KeyError, ElementTree.ParseError):
        raise NotWhole("expected an Excel workbook (.xlsx), got another kind of zip file") from None
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    return {
        sheet.get("name", ""): posixpath.normpath(
            posixpath.join("/xl", targets.get(sheet.get(_RELATION), ""))
        )[1:]
        for sheet in book.iter()
        if sheet.tag.endswith("}sheet")
    }


def scan_sheet(xml: bytes, name: str) -> SheetScan:
    """Check one sheet's declared and actual extent, then find its cells without a usable value."""
    rows, columns = _extent(xml)
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise NotWhole(
            f"sheet '{name[:40]}' reaches row {rows}, column {columns}; no export is that large "
            f"(limit {MAX_ROWS} rows, {MAX_COLUMNS} columns, {MAX_CELLS} cells); delete what lies outside"
        )
    return SheetScan(_faults(xml, name))


def _extent(xml: bytes) -> tuple[int, int]:
    """Rows and columns that a sheet declares or uses, whichever is larger."""
    rows = xml.count(b"<row") + xml.count(b":row ")
    if rows > MAX_ROWS:
        return rows, 1
    numbers = set(re.findall(rb"\sr\s*=\s*[\"'][A-Za-z]{0,9}([0-9]+)[\"']", xml))
    heads = set(re.findall(rb"\sr\s*=\s*[\"']([A-Za-z]+)[0-9]+[\"']", xml))
    corner = re.search(
        rb"<(?:\w+:)?dimension\s[^>]*?ref\s*=\s*[\"'](?:[^\"':]*:)?([A-Za-z]*)([0-9]*)[\"']", xml[:100_000]
    )
    if corner:
        heads.add(corner[1])
        numbers.add(corner[2] or b"1")
    return max([rows, *map(_whole, numbers)]), max([_widest(xml), *map(_column, heads)])


def _whole(digits: bytes) -> int:
    """Row number, whatever its length."""
    return int(digits[:9] or b"0") if len(digits.lstrip(b"0")) <= 9 else 10**9


def _column(head: bytes) -> int:
    """Column number of its letters.

    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for char in head.upper()[:6]:
        number = number * 26 + char - 64
    return number


def _widest(xml: bytes) -> int:
    """Most cells in one row, for sheets whose cells carry no address."""
    bare = re.search(rb"<(?:\w+:)?c(?:\s+(?:s|t)\s*=\s*[\"'][^\"']*[\"'])*\s*/?>", xml)
    return max(map(_cells, xml.split(b"<row"))) if bare else 1


def _cells(row: bytes) -> int:
    """Count the cells of one row."""
    return len(re.findall(rb"<(?:\w+:)?c[\s>/]", row))


def _faults(xml: bytes, name: str) -> dict[tuple[int, int], Fault]:
    """Find error cells and formulas without a stored value: a reader would see them as blank."""
    if not re.search(rb"<(?:\w+:)?f[\s>/]|\st\s*=\s*[\"']e[\"']", xml):
        return {}
    found: dict[tuple[int, int], Fault] = {}
    for cell in re.finditer(rb"<(?:\w+:)?c((?:\s[^>]*[^/>])?)>(.*?)</(?:\w+:)?c>", xml, re.DOTALL):
        fault = _fault(cell[1], cell[2])
        if fault:
            address = re.search(rb"\sr\s*=\s*[\"']([A-Za-z]+)([0-9]+)[\"']", cell[1])
            if not address:
                raise NotWhole(
                    f"sheet '{name[:40]}' has {fault.text} in a cell without address; save it anew in Excel"
                )
            found[int(address[2]) - 1, _column(address[1]) - 1] = fault
    return found


def _fault(attributes: bytes, body: bytes) -> Fault | None:
    """Say what is wrong with one cell's value, if anything is."""
    value = re.search(rb"<(?:\w+:)?v[^>/]*>([^<]+)<", body)
    if re.search(rb"\st\s*=\s*[\"']e[\"']", attributes):
        return Fault(f"the error {value[1].decode('utf-8', 'replace')[:20]}" if value else "an error")
    if re.search(rb"<(?:\w+:)?f[\s>/]", body) and not value:
        return Fault("a formula without a stored value")
    return None
