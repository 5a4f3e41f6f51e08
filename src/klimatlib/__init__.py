"""klimatlib: from raw files and parameters to the finished annual report, every number traceable.

In a notebook of the report::

    from klimatlib import Chapter
    from klimatlib.charts import charts
    from klimatlib.sources import inputs

and in an analyst's own::

    import klimatlib

    year = klimatlib.open(2023)

which ``%load_ext klimatlib`` makes pleasant (`klimatlib.lab`).
Importing the package is instant; the modules are imported when they are first used.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from klimatlib.chapter import Chapter as Chapter
    from klimatlib.chapter import Year as Year
    from klimatlib.chapter import open_report
    from klimatlib.lab import load_ipython_extension as load_ipython_extension

    open = open_report

__version__ = "0.1.0"
_NAMES = {
    "Chapter": ("chapter", "Chapter"),
    "Year": ("chapter", "Year"),
    "open": ("chapter", "open_report"),
    "load_ipython_extension": ("lab", "load_ipython_extension"),
}


def __getattr__(name: str) -> Any:
    """Import a module, or what stands in one for everybody, when it is first asked for."""
    if name in _NAMES:
        module, inner = _NAMES[name]
        return getattr(importlib.import_module(f"klimatlib.{module}"), inner)
    try:
        return importlib.import_module(f"klimatlib.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"klimatlib.{name}":
            raise
        raise AttributeError(f"klimatlib has no {name!r}") from None


def __dir__() -> list[str]:
    rooms = {path.stem for path in Path(__file__).parent.iterdir() if path.is_dir() or path.suffix == ".py"}
    return sorted({*_NAMES} | rooms - {"__init__", "__pycache__"})
