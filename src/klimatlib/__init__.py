"""klimatlib: from raw files and parameters to the finished annual report, every number traceable.

In a notebook of the report::

    from klimatlib import Chapter
    from klimatlib.charts import charts
    from klimatlib.sources import inputs

and in an analyst's own::

    import klimatlib

    chapter = klimatlib.open(2023)

Importing the package is instant; the modules are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"
_FROM_CHAPTER = {"Chapter": "Chapter", "open": "open_report"}


def __getattr__(name: str) -> Any:
    """Import a module, `Chapter` or `open`, when it is first asked for."""
    if name in _FROM_CHAPTER:
        return getattr(importlib.import_module("klimatlib.chapter"), _FROM_CHAPTER[name])
    try:
        return importlib.import_module(f"klimatlib.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"klimatlib.{name}":
            raise
        raise AttributeError(f"klimatlib has no {name!r}") from None
