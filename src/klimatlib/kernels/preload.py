"""Imports what notebooks and their runners use; the fork server does so once, and all its processes have it.

Nothing here may start a thread, open a socket or remember anything of a run.
"""

from __future__ import annotations

import builtins
import gc
import importlib
from types import SimpleNamespace

from klimatlib.kernels.lean import skip_grammars

_USED = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",  # a fifth of a second in every kernel
    "ipykernel.kernelapp",
    "ipykernel.kernelspec",
    "klimatlib.checks",
    "klimatlib.kernels.nbclient_engine",
    "klimatlib.kernels.provisioner",
    "klimatlib.notebooks",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "pandas",
    "papermill.execute",
    "seaborn",
    "sqlite3",
    "tornado.platform.asyncio",
    "tornado.queues",
)

skip_grammars()
# pandas decides when it is imported how wide a table may be, and asks whether a kernel is there: it will be.
builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
try:
    for _name in _USED:
        importlib.import_module(_name)
finally:
    del builtins.get_ipython  # type: ignore[attr-defined]

nbformat = importlib.import_module("nbformat")
nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema, once for all
gc.freeze()  # what stands now is never garbage: collecting it would only copy shared memory
