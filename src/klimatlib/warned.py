"""What does not stop a run but must be known, in the words of the terminal and in those of a page."""

from __future__ import annotations


class Warned(str):
    """A warning: in English, as the terminal tells it; `swedish` is what the reviewers' pages say."""

    swedish: str

    def __new__(cls, english: str, swedish: str) -> Warned:
        """Take the same warning in both languages."""
        told = super().__new__(cls, english)
        told.swedish = swedish
        return told

    def __reduce__(self) -> tuple[type[Warned], tuple[str, str]]:
        """Let a warning be copied and pickled, as nbconvert does with all that a page is given."""
        return Warned, (str(self), self.swedish)
