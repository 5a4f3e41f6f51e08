"""What a chapter shows: one object, HTML for the person in Jupyter and Markdown for the report."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook
from klimatlib.config import Params, Sectors
from klimatlib.errors import RenderError
from klimatlib.indicators.association import VERDICTS
from klimatlib.indicators.emissions import Basis
from klimatlib.sources import tables as schemas
from klimatlib.sources.tables import TOTAL, rows
from klimatlib.swedish import listing, lower_first, percent

# --- klimatlib.charts.blocks: What a chapter shows: one object, HTML for the person in Jup

# --- klimatlib.charts.blocks: What a chapter shows: one object, HTML for the person in Jup

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
_ATTRIBUTE = re.compile(r'\s([\w:-]+)="([^"]*)"')
_KEPT = {"alt", "class", "colspan", "id", "lang", "rowspan", "start", "title", "type"}
_TARGET = re.compile(r"(https?://|mailto:)\S+|#\S+", re.IGNORECASE)
_ALIGNED = re.compile(r"text-align: \w+;")
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
    r"""Return text that Markdown shows as it is, on one line.

    >>> escape("2 * 3 [x]"), escape("- 1"), escape("2030. Sen")
    ('2 \\* 3 \\[x\\]', '\\- 1', '2030\\. Sen')
    """
    if isinstance(text, Markdown):
        return text
    line = " ".join(text.split()) if "\n" in text or text[:1].isspace() else text
    escaped = _ENTITY.sub(r"\\&", line.translate(_ESCAPED))
    found = _BLOCK.match(escaped)
    if found and found["sign"]:
        return Markdown(f"\\{escaped}")
    return Markdown(f"{found['number']}\\{escaped[found.end() :]}" if found else escaped)


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

    Each of ``claims`` that it prints tells on hover what it rests on; a box has its title as a line. Nothing
    in it runs, loads or restyles: links lead to the web, to mail or to a place of the document.

    Raises
    ------
    RenderError
        When pandoc cannot read it, or not within its time and memory.
    """
    titled = _BOX.sub(r'\1\3<p class="box-title">\2</p>', _TAG.sub(_inert, _by_pandoc(markdown)))
    notes = {claim.id: claim.note for claim in claims}
    return _CLAIM.sub(lambda found: _noted(found, notes), titled)


def _by_pandoc(markdown: str) -> str:
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
        said = " ".join(done.stderr.decode(errors="replace").split())[:300]
        raise RenderError(f"pandoc: {begins} cannot be read: {said}; mend the text")
    return done.stdout.decode()


def _inert(found: re.Match[str]) -> str:
    """Return a tag that pandoc wrote with those of its attributes that neither run, load nor restyle."""
    kept = [one[0] for one in _ATTRIBUTE.finditer(found[0]) if _harmless(one[1], html.unescape(one[2]))]
    end = " />" if found[0].endswith("/>") else ">"
    return f"<{found[1]}{''.join(kept)}{end}"


def _harmless(name: str, value: str) -> bool:
    if name == "href":
        return _TARGET.fullmatch(value) is not None
    if name == "src":
        return value.startswith("figures/")
    if name == "style":
        return _ALIGNED.fullmatch(value) is not None
    return name in _KEPT or name.startswith("data-")


def _noted(found: re.Match[str], notes: Mapping[str, str]) -> str:
    note = notes.get(html.unescape(found[1]))
    return f'{found[0]} title="{html.escape(note)}"' if note else found[0]


# --- klimatlib.charts.blocks: The few table forms: printed tables, key-figure tiles, and a


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


# --- klimatlib.charts.blocks: Rows for charts and tables, picked from the claim book: what


def series(book: ClaimBook, subject: str, *, measure: str = "emissions") -> list[Claim]:
    """Yearly levels of ``members``, ``nation`` or a municipality, in all or of one sector, by data year."""
    levels = book.select(kind="level", subject=subject, measure=measure, role="series")
    return sorted(levels, key=lambda claim: claim.data_year or 0)


def sectors(book: ClaimBook, params: Params, names: Sectors) -> list[tuple[str, Claim, Claim]]:
    """Sector, the members' and the nation's emissions per inhabitant; the members' largest first."""
    ours, nation = (_by_measure(book, group, params) for group in ("members", "nation"))
    claimed = [sector for sector in names.in_total if sector.id in ours and sector.id in nation]
    rows = [(sector.label, ours[sector.id], nation[sector.id]) for sector in claimed]
    return sorted(rows, key=lambda row: (-row[1].value, row[0]))


def _by_measure(book: ClaimBook, subject: str, params: Params) -> dict[str, Claim]:
    """Levels of the data year by what is measured: all emissions, and each sector."""
    year = params.emissions_year
    levels = book.select(kind="level", role="series", subject=subject, data_year=year)
    return {claim.measure: claim for claim in levels}


def sector_series(
    book: ClaimBook, params: Params, names: Sectors
) -> list[tuple[str, tuple[list[Claim], list[Claim]]]]:
    """Sector, and the members' and the nation's claims of the years that both have; as `sectors` orders."""
    found = []
    for name, ours, _ in sectors(book, params, names):
        both = [series(book, group, measure=ours.measure) for group in ("members", "nation")]
        years = {c.data_year for c in both[0]} & {c.data_year for c in both[1]}
        members, nation = ([c for c in claims if c.data_year in years] for claims in both)
        found.append((name, (members, nation)))
    return found


def sector_highlights(book: ClaimBook, params: Params, names: Sectors) -> dict[str, dict[str, str] | None]:
    """Return the sectors that the text speaks of, with the ids of their claims.

    ``largest`` is the members' largest; ``above`` the one where they lie most above the nation as printed,
    None where they lie above it nowhere; ``fallen`` the one that has fallen most since the base year as
    printed, None where nothing has.
    """
    rows = sectors(book, params, names)
    in_text = {sector.label: sector.in_text or sector.label for sector in names.in_total}
    over = [row for row in rows if _printed(row[1]) > _printed(row[2])]
    above = max(over, key=lambda row: (_printed(row[1]) - _printed(row[2]), row[0]), default=None)
    return {
        "largest": _ids(rows[0], in_text),
        "above": _ids(above, in_text) if above else None,
        "fallen": _fallen(book, params, names),
    }


def _fallen(book: ClaimBook, params: Params, names: Sectors) -> dict[str, str] | None:
    ends = [(name, ours[0], ours[-1]) for name, (ours, _) in sector_series(book, params, names)]
    steps = [(_printed(then) - _printed(now), name, then, now) for name, then, now in ends]
    step, name, then, now = max(steps, key=lambda found: found[:2])
    return {"name": name, "then": then.id, "now": now.id} if step > 0 else None


def _printed(claim: Claim) -> Decimal:
    return swedish.round_half_up(claim.value, 1)


def _ids(row: tuple[str, Claim, Claim], in_text: Mapping[str, str]) -> dict[str, str]:
    return {"name": in_text[row[0]], "members": row[1].id, "nation": row[2].id}


def survey(book: ClaimBook, shares: pd.DataFrame) -> list[tuple[str, Claim, Claim, Claim]]:
    """Label, share, lower and upper bound of each question; the largest share first.

    ``shares`` as `klimatlib.indicators.association.shares_survey` gives it.
    """
    ids = [f"survey-{question}" for question in shares["question_id"]]
    labels = dict(zip(ids, shares["label"], strict=True))
    rows = [(str(labels[i]), book[i], book[f"{i}-low"], book[f"{i}-high"]) for i in ids]
    return sorted(rows, key=lambda row: (-row[1].value, row[0]))


def survey_table(book: ClaimBook, shares: pd.DataFrame) -> list[list[str | Claim]]:
    """Return printed rows: question, share, yes of respondents, missing if known, bounds, comparison."""
    asked = dict(zip(shares["label"], shares["question_id"], strict=True))
    found: list[list[str | Claim]] = []
    for label, share, low, high in survey(book, shares):
        missing = [book[f"survey-{asked[label]}-missing"]] if "missing" in shares else []
        counted = f"{share.k} av {share.n}"
        found.append([label, share, counted, *missing, low, high, _earlier(share), LIGHTS[share.comparable]])
    return found


def survey_headings(shares: pd.DataFrame) -> list[str]:
    """Return the headings of `survey_table`."""
    missing = ["Saknas"] if "missing" in shares else []
    return ["Fråga", "Andel", "Ja", *missing, "Minst", "Högst", "Tidigare", "Jämförbar"]


def survey_align(shares: pd.DataFrame) -> str:
    """Return the alignment of `survey_table`, a letter a column."""
    return "lrr" + ("r" if "missing" in shares else "") + "rrrl"


def goals(book: ClaimBook, verdicts: pd.DataFrame) -> list[tuple[str, Claim, Claim]]:
    """Label, goal over the year and result of each goal in numbers; takes `association.verdicts`."""
    return [
        (_goal_name(row), book[f"goal-{row.id}-year"], book[f"goal-{row.id}-result"])
        for row in schemas.rows(verdicts)
        if row.verdict in ("met", "missed")
    ]


def goals_table(book: ClaimBook, verdicts: pd.DataFrame) -> list[list[str | Claim]]:
    """Return printed rows: goal, as set, over the year, result, verdict."""
    rows: list[list[str | Claim]] = []
    for row in schemas.rows(verdicts):
        name, verdict = _goal_name(row), VERDICTS[row.verdict]
        if row.verdict == "none":
            rows.append([name, "–", "–", "–", verdict])
        else:
            parts = [book[f"goal-{row.id}-{part}"] for part in ("goal", "year", "result")]
            per = f" per {row.goal_per}" if row.goal_per else ""
            rows.append([f"{name}{per and ', mål' + per}", *parts, verdict])
    return rows


def sessions(activity: Mapping[str, Any]) -> list[list[str]]:
    """Return printed rows of an activity's sessions: date, title, guests."""
    return [
        [swedish.date(s["date"]), s["title"], swedish.listing([_guest(g) for g in s["speakers"]])]
        for s in activity["sessions"]
    ]


def series_alt(book: ClaimBook) -> str:
    """Return what the chart of levels shows, in words."""
    parts = []
    for group, who in (("members", "medlemmarna"), ("nation", "riket")):
        first, *_, last = series(book, group)
        parts.append(f"{who} från {first.text} {first.data_year} till {last.text} {last.data_year}")
    return f"Linjediagram. Utsläppen per invånare minskar för {parts[0]} och för {parts[1]}."


def sectors_alt(book: ClaimBook, params: Params, names: Sectors) -> str:
    """Return what the chart of sectors shows, in words."""
    rows = sectors(book, params, names)
    values = [f"{name.lower()} {ours.text} mot {nation.text}" for name, ours, nation in rows]
    return f"Stapeldiagram, medlemmarna mot riket: {', '.join(values)}."


def sector_series_alt(book: ClaimBook, params: Params, names: Sectors) -> str:
    """Return what the small charts of sectors show, in words."""
    rows = sector_series(book, params, names)
    told = [f"{name.lower()} från {ours[0].text} till {ours[-1].text}" for name, (ours, _) in rows]
    first, last = rows[0][1][0][0].data_year, rows[0][1][0][-1].data_year
    return (
        f"Små linjediagram på samma skala, ett för varje sektor, {first}–{last}, med riket som jämförelse. "
        f"Medlemmarnas utsläpp per invånare: {', '.join(told)}."
    )


def survey_alt(book: ClaimBook, shares: pd.DataFrame) -> str:
    """Return what the chart of shares shows, in words."""
    told = [f"{label.lower()} {share.text}" for label, share, *_ in survey(book, shares)]
    return f"Punktdiagram över andelar av de svarande: {', '.join(told)}."


def goals_alt(book: ClaimBook, verdicts: pd.DataFrame) -> str:
    """Return what the chart of goals shows, in words."""
    told = [f"{name} {result.text}, mål {goal.text}" for name, goal, result in goals(book, verdicts)]
    return f"Stapeldiagram, resultat mot mål: {'; '.join(told)}."


def _earlier(share: Claim) -> str:
    if share.previous_value is None:
        return "–"
    return f"{swedish.percent(share.previous_value)} ({share.previous_year})"


def _goal_name(row: Any) -> str:
    return f"{row.channel}: {row.label.lower()}" if row.channel else str(row.label)


def _guest(speaker: Mapping[str, Any]) -> str:
    told = [part for part in (speaker.get("role"), speaker["affiliation"]) if part]
    return f"{speaker['name']} ({', '.join(told)})"


def by_code(register: pd.DataFrame) -> dict[str, str]:
    """Names of members and former members by code."""
    return dict(zip(register["code"], register["name"], strict=True))


# --- klimatlib.charts.blocks: What a fact sheet shows of one municipality: its rows, what

MEMBERS, NATION = "Medlemmar", "Riket"
GROUPS = ("own", "members", "nation")
_SHOWN = 3
SectorRows = Sequence[tuple[str, Claim, Claim, Claim]]


@dataclass(frozen=True)
class Largest:
    """The sector with most of a municipality's emissions: its name, and its share of them."""

    name: str
    claim: Claim


def names(municipalities: pd.DataFrame) -> dict[str, str]:
    """Names of municipalities by code; columns as `schemas.MUNICIPALITIES`."""
    return dict(zip(municipalities["municipality_code"], municipalities["municipality"], strict=True))


def largest(basis: Basis) -> Largest:
    """Return the sector with most of the emissions of the basis's own municipality in the data year."""
    ((code, name),) = basis.own.items()
    year, table = basis.params.emissions_year, basis.emissions
    chosen = table[(table["municipality_code"] == code) & (table["year"] == year)]
    tonnes = {str(row.sector): float(row.emissions_t) for row in rows(chosen)}
    whole = tonnes.pop(TOTAL)
    largest_name = max(sorted(tonnes), key=lambda name: tonnes[name])
    sector = next(sector for sector in basis.sectors.in_total if sector.name == largest_name)
    shown = lower_first(sector.label)
    definition = f"Andel av utsläppen {year} som kommer från {shown}, {name}"
    share = tonnes[largest_name] / whole
    typed: dict[str, Any] = {"subject": code, "measure": sector.id, "part": "largest"}
    claim = basis.claim("own-largest", "share", share, percent(share), definition, unit="share", **typed)
    return Largest(shown, claim)


def curves(basis: Basis, book: ClaimBook) -> list[tuple[str, list[Claim]]]:
    """Return name and yearly levels of the municipality, the members and the nation.

    From the base year on, and only years that all three have.
    """
    names = (*basis.own.values(), MEMBERS, NATION)
    found = [series(book, basis.subject(group)) for group in GROUPS]
    common = set.intersection(*({claim.data_year for claim in claims} for claims in found))
    shown = {year for year in common if year and year >= basis.params.base_year}
    kept = [[claim for claim in claims if claim.data_year in shown] for claims in found]
    return [*zip(names, kept, strict=True)]


def factsheet_sectors(basis: Basis, book: ClaimBook) -> list[tuple[str, Claim, Claim, Claim]]:
    """Sector, and the emissions per inhabitant of the municipality, the members and the nation.

    The municipality's largest first.
    """
    levels = [_by_measure(book, basis.subject(group), basis.params) for group in GROUPS]
    rows = []
    for sector in basis.sectors.in_total:
        if all(sector.id in claims for claims in levels):
            own, members, nation = (claims[sector.id] for claims in levels)
            rows.append((sector.label, own, members, nation))
    return sorted(rows, key=lambda row: (-row[1].value, row[0]))


def pace(basis: Basis, book: ClaimBook) -> dict[str, bool]:
    """Return for the text on the pace: whether emissions rose, and whether a level is reached."""
    (own,) = basis.own
    return {
        "risen": any(claim.value < 0 for claim in book.select(subject=own, kind="pace", role="achieved")),
        "reached": any(claim.value == 0 for claim in book.select(subject=own, kind="pace", role="required")),
    }


def curves_alt(curves: Sequence[tuple[str, Sequence[Claim]]]) -> str:
    """Return what the chart of the curves shows, in words."""
    told = [
        f"{name} {claims[0].text} {claims[0].data_year} och {claims[-1].text} {claims[-1].data_year}"
        for name, claims in curves
    ]
    return f"Linjediagram över utsläpp per invånare: {'; '.join(told)}."


def factsheet_sectors_alt(rows: SectorRows) -> str:
    """Return what the chart of the sectors shows, in words."""
    told = [
        f"{lower_first(name)} {own.text} (medlemmarna {members.text}, riket {nation.text})"
        for name, own, members, nation in rows[:_SHOWN]
    ]
    return f"Stapeldiagram över utsläpp per invånare i varje sektor. De största är {listing(told)}."
