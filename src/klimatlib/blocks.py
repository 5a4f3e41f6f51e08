"""What a chapter shows: one object, HTML for the person in Jupyter and Markdown for the report."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

CLAIMS_MIME = "application/vnd.klimatlib.claims+json"
# Foreign text is never markup: no raw HTML, TeX or attributes that reach a format directly.
MARKDOWN = "markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-auto_identifiers-smart"
_ESCAPED = str.maketrans({char: "\\" + char for char in "\\`*_[]<>$~^{}|#@"})
# How blocks look in JupyterLab, light and dark by its own colours; the report and the pages have their own.
_LOOK = """<style>
.klimatlib{max-width:48rem;line-height:1.5}
.klimatlib .claim{border-bottom:1px dotted #1a6e52}
.klimatlib .lead{font-size:1.15em}
.klimatlib .value{display:block;font-size:1.8em;font-weight:600;line-height:1.2}
.klimatlib .value .claim{border:0}
.klimatlib .tiles ul,.klimatlib .people ul{list-style:none;margin:1em 0;padding:0;display:grid;gap:.75em;grid-template-columns:repeat(auto-fit,minmax(11em,1fr))}
.klimatlib .tiles li{border-top:4px solid #bdd24c;padding:.75em;background:var(--jp-layout-color2,#eaf3ee)}
.klimatlib .people strong{display:block}
.klimatlib .fact-box,.klimatlib .card{border-left:5px solid #1a6e52;margin:1em 0;padding:.75em 1em;background:var(--jp-layout-color2,#eaf3ee)}
.klimatlib .fact-box[title]::before,.klimatlib .card[title]::before{content:attr(title);display:block;font-size:1.15em;font-weight:600}
.klimatlib figure{margin:1em 0}
.klimatlib img{max-width:100%;background:#fff}
.klimatlib figcaption,.klimatlib caption{text-align:left}
</style>
"""  # noqa: E501


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
            "text/html": f'<div class="klimatlib">{_LOOK}{self.html}</div>' if self.html else "",
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
