"""Tables of a notebook's outputs as all can read them: header cells with scope, regions that scroll."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from klimatlib.render.reviewers.places import spoken


def prepare(soup: BeautifulSoup, lang: str, before: int) -> int:
    """Make tables ready; ``before`` counts those that the page has already, the result all."""
    for number, table in enumerate(soup.find_all("table"), before + 1):
        _merge_header(table)
        _scope(table)
        if "lang" not in table.attrs:
            table["lang"] = lang
        label = {"role": "region", "tabindex": "0", "aria-label": f"Tabell {number} på sidan"}
        table.wrap(soup.new_tag("div", attrs={"class": "scroll", **label}))
    return before + len(soup.find_all("table"))


def _merge_header(table: Tag) -> None:
    """Write pandas' two header rows as one, where one names the index and the other the columns."""
    rows = [list(row.find_all("th")) for row in table.select("thead tr")]
    if len(rows) != 2 or len(rows[0]) != len(rows[1]):
        return
    words = [(spoken(above), spoken(below)) for above, below in zip(*rows, strict=True)]
    if all(bool(above) != bool(below) for above, below in words):
        for cell, (above, below) in zip(rows[0], words, strict=True):
            cell.string = above or below
        table.select("thead tr")[1].decompose()


def _scope(table: Tag) -> None:
    for cell in table.find_all("th"):
        if not spoken(cell):
            cell.name = "td"  # an empty header cell heads nothing
        elif cell.find_parent("thead"):
            cell["scope"] = "colgroup" if cell.get("colspan") else "col"
        else:
            cell["scope"] = "rowgroup" if cell.get("rowspan") else "row"
