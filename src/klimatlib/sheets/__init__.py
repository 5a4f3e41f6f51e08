"""Fact sheets, one page for each municipality: made side by side, each published whole, the index last.

They have a folder of their own, ``outputs/<name>-sheets/``, which a run of the report does not touch. A sheet
whose inputs, notebook and library are the same as last time is not made again, so a run that was cut off goes
on where it stopped. One that fails leaves its old version as it was and does not stop the others.
"""

from __future__ import annotations

from klimatlib.sheets.choose import Place
from klimatlib.sheets.make import Made, Task, make_sheet
from klimatlib.sheets.run import make_all

__all__ = ["Made", "Place", "Task", "make_all", "make_sheet"]
