"""All promises, in the order of the table."""

from __future__ import annotations

from torture import content, counting, crash, inputs, memory, printed, sameness, surroundings
from torture.promise import Promise

_PARTS = (inputs, crash, surroundings, sameness, content, printed, counting, memory)
PROMISES: dict[str, Promise] = {promise.code: promise for part in _PARTS for promise in part.PROMISES}
