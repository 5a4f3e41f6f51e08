"""Keep a costly import out of our processes.

JupyterLab brings ``rfc3987_syntax``, and jsonschema imports it where it finds it, to check the format of
international addresses: it compiles 38 grammars, which takes longer than pandas and seaborn together.
nbformat imports jsonschema, and so does everything that touches a notebook; no notebook needs that check.
"""

from __future__ import annotations

import sys

_COSTLY = "rfc3987_syntax"


def skip_grammars() -> None:
    """Let jsonschema do without ``rfc3987_syntax``, as it does where that is not installed."""
    sys.modules.setdefault(_COSTLY, None)  # type: ignore[arg-type]
