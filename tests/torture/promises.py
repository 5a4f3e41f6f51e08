"""All promises, in the order of the table."""

from __future__ import annotations

from torture import counting, memory, printed, sameness
from torture.promise import Promise

PROMISES: dict[str, Promise] = {
    promise.code: promise
    for promise in (*sameness.PROMISES, *printed.PROMISES, *counting.PROMISES, *memory.PROMISES)
}
