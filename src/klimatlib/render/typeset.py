"""Typeset one Typst file as an accessible PDF; run as a program, so that it can be stopped.

Usage: typeset.py MAIN FONTS OUTPUT SECONDS. Says one line and ends with 1 when anything is less than right:
a warning (an unknown typeface, a layout that does not settle) counts as an error.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst

STANDARDS: list[typst.PDFStandard] = ["ua-1", "a-2a"]


def main(main_file: str, fonts: str, output: str, seconds: str) -> int:
    """Compile `main_file` with the fonts of one folder only, and write `output`."""
    try:
        pdf, warnings = compiled(main_file, fonts, int(seconds), columns="balanced")
        if any("converge" in warning.message for warning in warnings):
            pdf, warnings = compiled(main_file, fonts, int(seconds), columns="plain")
    except typst.TypstError as error:
        return _complain("error", error.message, error.hints)
    if warnings:
        return _complain("warning", warnings[0].message, warnings[0].hints)
    Path(output).write_bytes(pdf)
    return 0


def compiled(
    main_file: str, fonts: str, seconds: int, *, columns: str
) -> tuple[bytes, list[typst.TypstWarning]]:
    """Give the PDF, and what Typst warns about; `columns` is ``balanced`` or ``plain``."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
    return typst.compile_with_warnings(
        main_file,
        root=str(Path(main_file).parent),
        font_paths=found,
        pdf_standards=STANDARDS,
        timestamp=seconds,
        sys_inputs={"columns": columns},
        format="pdf",
    )


def _complain(kind: str, message: str, hints: list[str]) -> int:
    sys.stdout.write(f"{kind}: {'; '.join([message, *hints])}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
