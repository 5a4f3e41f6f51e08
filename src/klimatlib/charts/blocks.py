"""What a chapter shows: one object, HTML for the person in Jupyter and Markdown for the report.

Prose, charts, tables and key figures are all a `Block`. Its Markdown is what the report is made of; its HTML
is made from that Markdown by the same reader, and made harmless.
"""

from __future__ import annotations

import html
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from klimatlib.claims.claims import Claim, ClaimBook, credit
from klimatlib.errors import RenderError

CLAIMS_MIME = "application/vnd.klimatlib.claims+json"
# Foreign text is never markup: no raw HTML, TeX or attributes that reach a format directly.
MARKDOWN = (
    "markdown-raw_html-raw_tex-raw_attribute-native_divs-native_spans-markdown_in_html_blocks"
    "-tex_math_dollars-latex_macros-citations-auto_identifiers-smart"
)
MEMORY, TIME_S = "1G", 60  # what pandoc may use for one text
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
# What a text could begin with and be taken for a list, a heading, a box or a definition.
_BLOCK = re.compile(r"(?P<sign>[-+:=%])|(?P<number>\(?(?:\d{1,9}|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+))(?=[.)]\s)")
_ENTITY = re.compile(r"&(?=#|\w+;)")
_BOX = re.compile(r'(<div class="[^"]*") title="([^"]*)"(>)')
_TAG = re.compile(r"<([a-z][a-z0-9]*)\b[^<>]*>")
# An attribute of a tag that pandoc wrote; in the group those that neither run, load nor restyle.
_ATTRIBUTE = re.compile(
    r'\s(?:(?P<harmless>(?:alt|class|colspan|id|lang|rowspan|start|title|type|data-[\w:-]+)="[^"]*"'
    r'|href="(?:(?i:https?://|mailto:)[^\s"]+|#[^\s"]+)"|src="figures/[^"]*"|style="text-align: \w+;")'
    r'|[\w:-]+="[^"]*")'
)
_CLAIM = re.compile(r'<span class="claim" data-claim="([^"]*)"')


class Markdown(str):
    """Text that is Markdown already and is not escaped again."""

    __slots__ = ()


@dataclass(frozen=True)
class Block:
    """A piece of a chapter: the report's side, the side that people see, and ids of the claims it prints."""

    markdown: str
    html: str
    claims: tuple[str, ...] = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        shown = f'<div class="klimatlib">{_LOOK}{self.html}</div>' if self.html else ""
        claims = {CLAIMS_MIME: {"claims": [*self.claims]}} if self.claims else {}
        return {"text/html": shown, "text/markdown": self.markdown, "text/plain": self.markdown, **claims}


def show_frames_whole() -> None:
    """Let the running notebook show frames with every word of their cells, and say where one is empty."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, _whole_frame)


def _whole_frame(frame: pd.DataFrame) -> str:
    if frame.empty:
        return f"<p>No rows; the columns are {html.escape(', '.join(map(str, frame.columns)))}.</p>"
    with pd.option_context("display.max_colwidth", None):
        return str(frame._repr_html_())  # type: ignore[operator]


def stacked(*blocks: Block) -> Block:
    """Return blocks one under the other, as one."""
    claims = dict.fromkeys(claim for block in blocks for claim in block.claims)
    markdown = "\n".join(block.markdown for block in blocks)
    return Block(markdown, "\n".join(block.html for block in blocks), tuple(claims))


def beside(*blocks: Block) -> Block:
    """Return blocks that stand side by side where there is room; nothing where none shows anything."""
    parts = [
        replace(block, markdown=f"::: {{}}\n\n{block.markdown}\n:::\n")
        for block in blocks
        if block.markdown.strip()
    ]
    whole = stacked(*parts)
    return replace(whole, markdown=f":::: {{.side-by-side}}\n\n{whole.markdown}\n::::\n" if parts else "")


def escape(text: str) -> Markdown:
    r"""Return text that Markdown shows as it is, on one line.

    >>> escape("2 * 3 [x]"), escape("- 1"), escape("2030. Sen")
    ('2 \\* 3 \\[x\\]', '\\- 1', '2030\\. Sen')
    """
    if isinstance(text, Markdown):
        return text
    line = " ".join(text.split()) if "\n" in text or text[:1].isspace() else text
    escaped = _ENTITY.sub(r"\\&", line.translate(_ESCAPED))
    start = _BLOCK.match(escaped)
    if start and start["sign"]:
        return Markdown(f"\\{escaped}")
    return Markdown(f"{start['number']}\\{escaped[start.end() :]}" if start else escaped)


def attribute(text: str) -> str:
    r"""Return text that stands as it is between the quotation marks of an attribute in Markdown.

    >>> attribute('ett "citat" \\ &amp;')
    'ett ”citat” \\\\ \\&amp;'
    """
    return _ENTITY.sub(r"\\&", " ".join(text.splitlines()).replace("\\", "\\\\").replace('"', "”"))


def bound(text: str, claim_id: str) -> Markdown:
    """Return a printed number that carries the id of its claim."""
    return Markdown(f'[{text}]{{.claim claim="{claim_id}"}}')


def to_html(markdown: str, claims: Iterable[Claim] = ()) -> str:
    """Return Markdown of the report as HTML, by the same reader that makes the report.

    Each of ``claims`` that it prints says on hover what it rests on; a box has its title as a line. Nothing
    in it runs, loads or restyles: links lead to the web, to mail or to a place of the document.

    Raises
    ------
    RenderError
        When pandoc cannot read it, or not within its time and memory.
    """
    import pypandoc

    # Without a limit to its columns pandoc would set widths for those of a long table, all alike.
    command = [pypandoc.get_pandoc_path(), "+RTS", f"-M{MEMORY}", "-RTS", f"--from={MARKDOWN}", "--to=html"]
    command += ["--wrap=none", "--sandbox", "--columns=100000"]
    begins = f"the text that begins {markdown[:60]!r}"
    try:
        done = subprocess.run(command, input=markdown.encode(), capture_output=True, timeout=TIME_S)
    except subprocess.TimeoutExpired:
        raise RenderError(f"pandoc: {begins} took more than {TIME_S} s; expected plainer markup") from None
    if done.returncode:
        message = " ".join(done.stderr.decode(errors="replace").split())[:300]
        raise RenderError(f"pandoc: {begins} cannot be read: {message}; fix the text")
    notes = {claim.id: html.escape(claim.note) for claim in claims}

    def with_note(span: re.Match[str]) -> str:
        note = notes.get(html.unescape(span[1]))
        return f'{span[0]} title="{note}"' if note else span[0]

    inert = _TAG.sub(_without_effect, done.stdout.decode())
    return _CLAIM.sub(with_note, _BOX.sub(r'\1\3<p class="box-title">\2</p>', inert))


def _without_effect(tag: re.Match[str]) -> str:
    kept = "".join(match[0] for match in _ATTRIBUTE.finditer(tag[0]) if match["harmless"])
    return f"<{tag[1]}{kept}{' />' if tag[0].endswith('/>') else '>'}"


def tiles(book: ClaimBook, items: Sequence[tuple[str, str]]) -> Block:
    """Return key figures side by side: id of a claim, and what it is in a few Swedish words (Markdown)."""
    rows = [f"- [{bound(book[claim_id].text, claim_id)}]{{.value}} {caption}" for claim_id, caption in items]
    markdown = "\n".join(["::: {.tiles}", *rows, ":::", ""])
    ids = tuple(claim_id for claim_id, _ in items)
    return Block(markdown, to_html(markdown, [book[claim_id] for claim_id in ids]), ids)


def table(
    table_id: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | Claim]],
    *,
    caption: str,
    align: str = "",
    rests_on: Sequence[Claim] = (),
) -> Block:
    """Return a printed table; nothing where there is no row.

    Parameters
    ----------
    table_id, columns, caption
        Id without prefix; headings and caption, in Swedish. After it stands where the claims come from.
    rows, align
        Cells, text or a claim whose number is printed; one letter a column, l or r, left by default.
    rests_on
        Claims that the words of the cells rest on, to be credited with those that are printed.
    """
    if not rows:
        return Block("", "")
    rules = {"l": ":" + "-" * 20, "r": "-" * 20 + ":"}
    rule = "|".join(rules[letter] for letter in align or "l" * len(columns))
    printed = [[bound(c.text, c.id) if isinstance(c, Claim) else escape(c) for c in row] for row in rows]
    head, *lines = ["| " + " | ".join(cells) + " |" for cells in ([*map(escape, columns)], *printed)]
    claims = {cell.id: cell for row in rows for cell in row if isinstance(cell, Claim)}
    caption = f"{caption} {credit([*claims.values(), *rests_on])}".rstrip()
    markdown = "\n".join([head, f"|{rule}|", *lines, "", f": {caption} {{#table-{table_id}}}", ""])
    return Block(markdown, to_html(markdown, claims.values()), tuple(claims))
