"""Guarded reading of Excel workbooks: what cannot be a real table is refused before it costs anything."""

from __future__ import annotations

import io

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files.biff import MAGIC, scan_xls
from klimatlib.sources.files.cells import Cell, Fault, Grid
from klimatlib.sources.files.zipguard import scan_workbook

MAX_BYTES = 32_000_000
"""Largest workbook read; the largest real export has 2 MB."""


def is_workbook(data: bytes) -> bool:
    """Whether the first bytes are those of an .xlsx (zip) or .xls (compound) file."""
    return data[:2] == b"PK" or data[:8] == MAGIC


def read_workbook(data: bytes, file: str) -> list[Grid]:
    """Read every worksheet to rows of plain cells, from A1 on.

    Errors and formulas without a stored value become `Fault` cells, so that no reader takes them for
    blank; formulas that Excel has calculated give their value.

    Raises
    ------
    InputError
        Not a workbook, damaged, protected, or larger than any real one.
    """
    if not data:
        raise InputError([Problem(file, "", "the file is empty (0 bytes); fetch it again")])
    if len(data) > MAX_BYTES:
        text = f"{len(data) / 1e6:.0f} MB is more than any workbook here has (limit {MAX_BYTES / 1e6:.0f} MB)"
        raise InputError([Problem(file, "", text)])
    if data[:8] == MAGIC:
        return _grids(data, file, scan_xls(data, file))
    if data[:2] != b"PK":
        raise InputError([Problem(file, "", "expected an Excel workbook, got another kind of file")])
    scans = scan_workbook(data, file)
    return _grids(data, file, {name: scan.faults for name, scan in scans.items()})


_Faults = dict[tuple[int, int], Fault]


def _grids(data: bytes, file: str, faults: dict[str, _Faults] | list[_Faults]) -> list[Grid]:
    """Read the sheets, now that they are known to be harmless."""
    grids: list[Grid] = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [meta for meta in book.sheets_metadata if meta.typ is SheetTypeEnum.WorkSheet]
        for number, meta in enumerate(sheets):
            sheet = book.get_sheet_by_name(meta.name)
            rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)  # type: ignore[assignment]
            sheet_faults = faults[number] if isinstance(faults, list) else faults[meta.name]
            _place(rows, sheet_faults)
            hidden, merged = (
                meta.visible is not SheetVisibleEnum.Visible,
                tuple(sheet.merged_cell_ranges or ()),
            )
            grids.append(Grid(meta.name, rows, hidden=hidden, merged=merged))
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # A damaged sheet may make the reader panic, which is no Exception.
        kind = type(error).__name__
        text = f"expected an Excel workbook, got one that cannot be read ({kind}); save it anew in Excel"
        raise InputError([Problem(file, "", text)]) from None
    return grids


def _place(rows: list[list[Cell]], faults: _Faults) -> None:
    """Put the faults into the rows, which show them as blank and may end before them."""
    for (row, column), fault in faults.items():
        while len(rows) <= row:
            rows.append([])
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = fault
