"""What a chapter shows: one object, HTML for the person in Jupyter and Markdown for the report."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

CLAIMS_MIME = "application/vnd.klimatlib.claims+json"
# Foreign text is never markup: no raw HTML, TeX or attributes that reach a format directly.
MARKDOWN = "markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-auto_identifiers-smart"
_ESCAPED = str.maketrans({char: "\\" + char for char in "\\`*_[]<>$~^{}|#@"})


class Markdown(str):
    """Text that is Markdown already and is not escaped again."""

    __slots__ = ()


@dataclass(frozen=True)
class Block:
    """A piece of a chapter.

    Attributes
    ----------
    markdown
        The report's side.
    html
        The side seen in Jupyter and on the reviewers' pages.
    claims
        Ids of the claims that it prints.
    """

    markdown: str
    html: str
    claims: tuple[str, ...] = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        bundle: dict[str, object] = {
            "text/html": self.html,
            "text/markdown": self.markdown,
            "text/plain": self.markdown,
        }
        if self.claims:
            bundle[CLAIMS_MIME] = {"claims": list(self.claims)}
        return bundle


def escape(text: str) -> Markdown:
    r"""Return text that Markdown shows as it is.

    >>> escape("2 * 3 [x]")
    '2 \\* 3 \\[x\\]'
    """
    return text if isinstance(text, Markdown) else Markdown(text.translate(_ESCAPED))


def bound(text: str, claim_id: str) -> Markdown:
    """Return a printed number that carries the id of its claim."""
    return Markdown(f'[{text}]{{.claim claim="{claim_id}"}}')


def to_html(markdown: str) -> str:
    """Return Markdown of the report as HTML, by the same reader that makes the report."""
    import pypandoc

    command = [pypandoc.get_pandoc_path(), f"--from={MARKDOWN}", "--to=html", "--wrap=none", "--sandbox"]
    done = subprocess.run(command, input=markdown.encode(), capture_output=True, check=True, timeout=60)
    return done.stdout.decode()
