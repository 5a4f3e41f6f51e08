"""Files as they really come: each format and quirk gives the right numbers or one clear error.

``docs/formats.md`` tells the outcome of each, as these tests saw it: python tests/test_formats.py
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from conftest import ROOT
from klimatlib.errors import InputError
from klimatlib.sources.tables import Reading

PAGE = ROOT / "docs" / "formats.md"
HEAD = """# Files as they really come

<!-- Made by tests/test_formats.py (make docs); change the cases, not this page. -->

What `klimatlib read`, `check` and `report` make of each format and quirk. **Read** means the right numbers,
to the last one; what was understood is told in a note. **Refused** means this message, with the file, and no
number. Each row is a test. The files are SYNTHETIC: made after the publishers' documentation, which the cases
cite.
"""


@dataclass(frozen=True)
class Case:
    """One file, and what must come of it."""

    what: str  # format or quirk, as the page tells it
    read: Callable[[], Reading]
    right: Any = None  # what `seen` of the frame must equal; None if the file is refused
    seen: Callable[[Any], Any] = lambda frame: frame.to_numpy().tolist()
    told: str = ""  # what a note or the refusal must say

    def outcome(self) -> str:
        """Read the file and say what came of it, as the page tells it."""
        try:
            reading = self.read()
        except InputError as error:
            first, more = error.problems[0], len(error.problems) - 1
            text = f"{first.where}: {first.text}".removeprefix(": ")
            assert self.right is None, str(error)
            assert self.told, "a refusal without anything that it must say"
            assert self.told in text
            return f"Refused: {text}{f' (and {more} more)' if more else ''}"
        assert self.right is not None, "read, but to be refused"
        assert self.seen(reading.frame) == self.right
        notes = [note for note in (*reading.notes, *reading.warnings) if self.told and self.told in note]
        assert bool(notes) == bool(self.told), reading
        return "; ".join(["Read", *notes])


def sections() -> dict[str, list[Case]]:
    """Return the cases of each part of the page."""
    import statistics_formats
    import survey_formats

    return {"Statistics": statistics_formats.CASES, "Survey exports": survey_formats.CASES}


def row(*cells: str) -> str:
    """Return a row of the page's tables."""
    text = " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells)
    return f"| {text} |"


def page() -> str:
    """Return the page as the cases come out today."""
    parts = [HEAD]
    for title, cases in sections().items():
        head = [f"## {title}\n", row("Format or quirk", "Outcome"), row("---", "---")]
        parts += [*head, *(row(case.what, case.outcome()) for case in cases), ""]
    return "\n".join(parts)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let each case be a test of its own."""
    if "case" in metafunc.fixturenames:
        cases = [case for cases in sections().values() for case in cases]
        metafunc.parametrize("case", cases, ids=[case.what for case in cases])


def test_a_file_gives_the_right_numbers_or_one_clear_error(case: Case) -> None:
    assert row(case.what, case.outcome()) in PAGE.read_text(encoding="utf-8"), "run: make docs"


def test_the_page_tells_every_case_and_no_other() -> None:
    cases = [case for cases in sections().values() for case in cases]
    rows = [line for line in PAGE.read_text(encoding="utf-8").split("\n") if line.startswith("| ")]
    assert len(rows) == len(cases) + 2 * len(sections())
    assert len({case.what for case in cases}) == len(cases)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
