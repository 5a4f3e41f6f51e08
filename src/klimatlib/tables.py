"""The few table forms: printed tables, key-figure tiles, and a look at a frame for the analyst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from klimatlib.blocks import Block, Markdown, bound, escape, to_html
from klimatlib.claims.claims import Claim, ClaimBook


@dataclass(frozen=True)
class Tile:
    """A key figure: a claim, and what it is in a few Swedish words (Markdown)."""

    claim: str
    caption: str


def tiles(book: ClaimBook, items: Sequence[Tile]) -> Block:
    """Return key figures side by side; each number is its claim's."""
    rows = [f"- [{bound(book[item.claim].text, item.claim)}]{{.value}} {item.caption}" for item in items]
    markdown = "::: {.tiles}\n" + "\n".join(rows) + "\n:::\n"
    shown = [book[item.claim] for item in items]
    return Block(markdown, to_html(markdown, shown), tuple(claim.id for claim in shown))


def table(
    table_id: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str | Claim]],
    *,
    caption: str,
    align: str = "",
) -> Block:
    """Return a printed table with its caption; nothing where there is no row.

    Parameters
    ----------
    table_id
        Id of the table, without prefix.
    columns
        Headings.
    rows
        Cells: text, or a claim whose number is printed.
    caption
        Caption, in Swedish.
    align
        One letter a column: l or r; left by default.
    """
    if not rows:
        return Block("", "")
    letters = align or "l" * len(columns)
    rule = "|".join("-" * 20 + ":" if letter == "r" else ":" + "-" * 20 for letter in letters)
    lines = ["| " + " | ".join(escape(name) for name in columns) + " |", f"|{rule}|"]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    markdown = "\n".join([*lines, "", f": {caption} {{#table-{table_id}}}", ""])
    used = [cell for row in rows for cell in row if isinstance(cell, Claim)]
    return Block(markdown, to_html(markdown, used), tuple(dict.fromkeys(claim.id for claim in used)))


def _cell(cell: str | Claim) -> Markdown:
    if isinstance(cell, Claim):
        return bound(cell.text, cell.id)
    return escape(cell.replace("\n", " "))
