"""What a chapter shows: one object, HTML for the person in Jupyter and Markdown for the report."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from klimatlib.claims import Claim

CLAIMS_MIME = "application/vnd.klimatlib.claims+json"
# Foreign text is never markup: no raw HTML, TeX or attributes that reach a format directly.
MARKDOWN = "markdown-raw_html-raw_tex-raw_attribute-tex_math_dollars-citations-auto_identifiers-smart"
_ESCAPED = str.maketrans({char: "\\" + char for char in "\\`*_[]<>$~^{}|#@"})
# How blocks look in JupyterLab and VS Code; the report and the pages have looks of their own. Nested, so that
# nothing outside a block is touched; tints that suit any ground, light or dark; charts on paper of their own.
_LOOK = """<style>
.klimatlib{max-width:48rem;line-height:1.5;
& .claim{text-decoration:underline dotted 1px;text-underline-offset:.2em}
& .claim[title]{cursor:help}
& .lead{font-size:1.15em}
& .note{font-size:.9em}
& .value{display:block;font-size:1.8em;font-weight:600;line-height:1.2}
& .value .claim{text-decoration:none}
& .tiles ul,& .people ul,& .cards{list-style:none;margin:1em 0;padding:0;display:grid;gap:.75em;grid-template-columns:repeat(auto-fit,minmax(11em,1fr))}
& .tiles li{border-top:4px solid #bdd24c;padding:.75em;background:rgb(46 140 100/.13)}
& .people li{border-top:1px solid rgb(128 150 140/.5);padding-top:.35em}
& .people strong{display:block}
& .fact-box,& .card{border-left:5px solid #2e8c64;margin:1em 0;padding:.75em 1em;background:rgb(46 140 100/.13)}
& .cards .card{margin:0}
& .box-title{font-size:1.15em;font-weight:600;margin:0 0 .5em}
& .pull-quote{border-left:4px solid #bdd24c;padding-left:1em;font-size:1.2em;font-style:italic}
& figure{margin:1em 0}
& figure img{box-sizing:border-box;width:100%;background:#fff;border-radius:.5em;padding:.75em}
& table{margin:1em 0}
& figcaption,& caption{text-align:left;margin:.4em 0;color:inherit}
}
</style>
"""  # noqa: E501
_BOX = re.compile(r'(<div class="[^"]*") title="([^"]*)"(>)')
_CLAIM = re.compile(r'<span class="claim" data-claim="([^"]*)"')


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


def stacked(*blocks: Block) -> Block:
    """Return blocks one under the other, as one."""
    claims = dict.fromkeys(claim for block in blocks for claim in block.claims)
    markdown = "\n".join(block.markdown for block in blocks)
    return Block(markdown, "\n".join(block.html for block in blocks), tuple(claims))


def beside(*blocks: Block) -> Block:
    """Return blocks that stand side by side where there is room; nothing where none shows anything."""
    shown = [block for block in blocks if block.markdown.strip()]
    parts = [replace(block, markdown=f"::: {{}}\n\n{block.markdown}\n:::\n") for block in shown]
    whole = stacked(*parts)
    fence = f":::: {{.side-by-side}}\n\n{whole.markdown}\n::::\n"
    return replace(whole, markdown=fence if shown else "")


def escape(text: str) -> Markdown:
    r"""Return text that Markdown shows as it is.

    >>> escape("2 * 3 [x]")
    '2 \\* 3 \\[x\\]'
    """
    return text if isinstance(text, Markdown) else Markdown(text.translate(_ESCAPED))


def bound(text: str, claim_id: str) -> Markdown:
    """Return a printed number that carries the id of its claim."""
    return Markdown(f'[{text}]{{.claim claim="{claim_id}"}}')


def to_html(markdown: str, claims: Iterable[Claim] = ()) -> str:
    """Return Markdown of the report as HTML, by the same reader that makes the report.

    Each of ``claims`` that it prints tells on hover what it rests on; a box has its title as a line.
    """
    import pypandoc

    # Without a limit to its columns pandoc would set widths for those of a long table, all alike.
    command = [pypandoc.get_pandoc_path(), f"--from={MARKDOWN}", "--to=html", "--wrap=none", "--sandbox"]
    command.append("--columns=100000")
    done = subprocess.run(command, input=markdown.encode(), capture_output=True, check=True, timeout=60)
    titled = _BOX.sub(r'\1\3<p class="box-title">\2</p>', done.stdout.decode())
    notes = {claim.id: claim.note for claim in claims}
    return _CLAIM.sub(lambda found: _noted(found, notes), titled)


def _noted(found: re.Match[str], notes: Mapping[str, str]) -> str:
    note = notes.get(html.unescape(found[1]))
    return f'{found[0]} title="{html.escape(note)}"' if note else found[0]
