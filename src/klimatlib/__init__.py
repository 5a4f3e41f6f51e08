"""klimatlib: from raw files and parameters to the finished annual report, every number traceable.

In a notebook::

    from klimatlib import Chapter, emissions, figures, sources

Importing the package is instant; the modules are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import a module, or the `Chapter`, when it is first asked for."""
    if name == "Chapter":
        return importlib.import_module("klimatlib.chapter").Chapter
    try:
        return importlib.import_module(f"klimatlib.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"klimatlib.{name}":
            raise
        raise AttributeError(f"klimatlib has no {name!r}") from None
