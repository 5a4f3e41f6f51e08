"""The reviewers' pages: the review room, where one sees what is signed, and a page for each notebook.

``index.html`` has the state of the report, every claim, and a panel to try the headlines under other choices;
``last-year.html`` sets last year's report beside this one; ``quality.html`` shows what the report says of its
own figures. A notebook's page tells what it rests on, which claims it recorded, and where each output stands
in the report; it has no script, and the markup of outputs is sanitised. All stand in one folder and open from
disk; nothing in them loads.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import count, groupby, zip_longest
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd
from bs4 import BeautifulSoup, Tag

from klimatlib import swedish
from klimatlib.claims import claims as books
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook, printed_value
from klimatlib.claims.signatures import Passage, Standing, fingerprint
from klimatlib.config import Outline, Params, Strict, Text, Texts, validate
from klimatlib.errors import Message
from klimatlib.indicators import emissions
from klimatlib.indicators.association import municipality_codes
from klimatlib.report.document import cells_in_report, unmarked
from klimatlib.report.html import bundle, embeddable, environment, font_faces, policy
from klimatlib.sources import inputs as sources
from klimatlib.sources.files import decode
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import NATION, by_code

ASSETS = Path(__file__).parent / "assets"
Notebook = Mapping[str, Any]
_HEADINGS = re.compile(r"h[1-6]")
_CELL_KINDS = ("report", "injected-parameters", "parameters")  # tags of cells

_ROOMS = (
    ("index", "Granskningsrum", "läget, siffrorna"),
    ("sign", "Granska och signera", "mening för mening"),
    ("last-year", "Förra året", "bredvid"),
    ("quality", "Kvalitet", "och återräkning"),
)


class Figure(NamedTuple):
    """A chart's files: its data as CSV, and the picture as SVG where it is at hand."""

    data: str
    picture: bytes | None


@dataclass(frozen=True)
class PreviousReport:
    """The report of the year before, as far as it is published here; without a name where there is none."""

    name: str = ""
    folder: str = ""  # relative to the project
    book: ClaimBook = field(default_factory=ClaimBook)
    quotes: Sequence[Quote] | None = None  # None without its ``report.html``
    figures: Mapping[str, Figure] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)  # sha256 of what was read, by path


@dataclass(frozen=True)
class Review:
    """What the reviewers' pages say of a report beside its files."""

    inputs: Inputs
    outline: Outline
    book: ClaimBook  # each of the year's claims with the cell that prints it
    warnings: Sequence[Message] = ()  # of the check of the inputs
    corrections: Sequence[str] = ()  # known errors of sources that are corrected
    notice: str = ""  # what every page says of the report
    standings: Mapping[str, Standing] = field(default_factory=dict)  # who has signed which claim
    previous: PreviousReport = field(default_factory=PreviousReport)
    page: Sequence[Passage] = ()  # what the report states, and how each was decided


def write_pages(stage: Path, review: Review, pool: Executor) -> None:
    """Write ``review/``: a page for every notebook of a report that stands in ``stage``, and the review room.

    The folder ``stage`` holds the finished ``report.html``, ``figures/``, ``notebooks/`` and ``chapters/``;
    ``pool`` makes the notebooks' pages.
    """
    project, names = review.inputs.project, review.outline.notebooks
    params = project.params
    notebooks, records = (
        {name: json.loads((stage / folder / f"{name}.{end}").read_bytes()) for name in names}
        for folder, end in (("notebooks", "ipynb"), ("chapters", "json"))
    )
    anchors, quotes = read_report((stage / "report.html").read_text(encoding="utf-8"))
    owners: dict[str, str] = {}  # the summary takes over the claims of the chapters
    for name in names:
        file = stage / "chapters" / f"{name}.csv"
        for claim in books.read_claims(file.read_bytes(), file=file.name):
            owners.setdefault(claim.id, name)
    places = cell_anchors(review.outline.order, notebooks, anchors)
    links = Links(anchors, places, review.book, owners)
    titles = {
        name: review.outline.titles.get(name) or printed_title(notebook) or name
        for name, notebook in notebooks.items()
    }
    css = font_faces(*_FACES) + (ASSETS / "pages.css").read_text(encoding="utf-8")
    frame = {
        "rooms": _ROOMS,
        "report": project.name,
        "names": [*titles.items()],
        "title": f"{params.title} {params.year}",
        "association": params.association,
        "notice": review.notice,
        "css": css,
        "policy": policy(styles=[css]),
        "script": "",
        "parameters": parameters(params),
        "params_file": project.relative(project.params_path),
        "warnings": review.warnings,
    }
    begun, rows = {}, []
    for name, record in records.items():
        claims = claim_rows(name, notebooks[name], links)
        page = {
            **frame,
            "name": name,
            "human": titles[name],
            "inputs": input_files(record["inputs"], project.root),
            "hashes": {"notebook": record["notebook"], "library": record["foundation"]["klimatlib"]},
            "claims": claims,
        }
        file = stage / "notebooks" / f"{name}.ipynb"
        begun[name] = pool.submit(notebook_page, file, links, page)
        rows += claims

    lines = claim_list(rows, quotes, links, review)
    signed_in = {claim: passage.id for passage in review.page for claim in passage.claims}
    figures = _figures(sorted((stage / "figures").glob("*.csv")), lambda file: (stage / file).read_bytes())
    read = {path: digest for record in records.values() for path, digest in record["inputs"].items()}
    files = {"inputs": input_files(read, project.root), "chapters": frame["names"]}
    rooms = {
        "index": {**_state(review, lines, quotes, notebooks), **files, "signed_in": signed_in},
        "last-year": _last_year(review, lines, quotes, figures),
        "quality": _quality(review, notebooks, links),
        "sign": {"chapters_to_sign": _to_sign(review, lines, titles), "claims": review.book},
    }
    css += (ASSETS / "room.css").read_text(encoding="utf-8")
    texts = {name: page.result() for name, page in begun.items()}
    for name, values in rooms.items():
        scripts = [bundle(ASSETS / _SCRIPTS[name])] if name in _SCRIPTS else []
        closed = {"css": css, "script": "".join(scripts), "policy": policy(styles=[css], scripts=scripts)}
        template = environment(ASSETS).get_template(f"{name}.html.j2")
        values |= {"page": {**frame, "name": name, **closed}, "review": review, "name": project.name}
        texts[name] = template.render(titles=anchors.titles, **values)
    (stage / "review").mkdir()
    for name, text in texts.items():
        (stage / "review" / f"{name}.html").write_text(text, encoding="utf-8", newline="")


_SCRIPTS = {"index": "room.js", "sign": "sign.js"}
_FACES = (("Figtree", 400), ("Figtree", 600), ("Newsreader", 600))  # the house's, as far as they are used


def _to_sign(
    review: Review, lines: Sequence[Line], titles: Mapping[str, str]
) -> dict[str, list[dict[str, Any]]]:
    """Return what is signed: statements by chapter, the numbers in tables and charts, those not printed.

    In each what a reviewer must look at first comes first; ``place`` is the report's order.
    """
    chapters, of = defaultdict[str, list[dict[str, Any]]](list), {line.row.claim.id: line for line in lines}
    stated = {claim for passage in review.page for claim in passage.claims}

    def add(chapter: str, item: Claim | Passage, claims: Sequence[str], **values: Any) -> None:
        risks = [risk for risk in _RISKS if any(risk in of[claim].risks for claim in claims)]
        values |= {"id": item.id, "hash": fingerprint(item), "text": item.text, "risks": risks}
        values |= {"claims": [of[claim].row.claim for claim in claims], "place": len(chapters[chapter])}
        chapters[chapter].append({**values, "standing": review.standings.get(item.id, Standing(item))})

    for p in review.page:
        also = [[claim, fingerprint(review.book[claim])] for claim in p.claims]
        add(p.chapter or "Början", p, p.claims, kind=p.kind, decided=p.decided, marks=p.marks, also=also)
    for line in lines:
        claim, of_table = line.row.claim, f"{titles[line.row.notebook]}: siffror i tabeller och diagram"
        if claim.id not in stated:
            chapter = UNPRINTED if line.where == _PLACES[-1] else of_table
            add(chapter, claim, [claim.id], kind="siffra", decided="bound", marks=(), also=[])
    undecided = {"false": 0, "open": 1}
    for items in chapters.values():
        items.sort(key=lambda item: (undecided.get(item["decided"], 2), _rank(item["risks"])))
    return chapters


def previous_report(inputs: Inputs) -> PreviousReport:
    """Return the report that ``previous`` names, and remember what was read and looked for.

    InputError: when that report has no ``claims.csv``, or a file of it is not as its run made it.
    """
    project, name = inputs.project, inputs.project.params.previous
    if name is None:
        return PreviousReport()
    folder = project.root / "outputs" / name
    path = project.relative(folder)

    def read(file: str) -> bytes | None:
        return sources.read_published(inputs, folder, file) if inputs.exists(folder / file) else None

    book, page = sources.previous_claims(inputs), read("report.html")
    quotes = None if page is None else read_report(page.decode("utf-8"))[1]
    figures = _figures(inputs.find(folder / "figures", "*.csv"), read)
    digests = {file: sha for file, sha in inputs.digests.items() if file.startswith(f"{path}/")}
    return PreviousReport(name, path, book, quotes, figures, digests)


def _figures(charts: Iterable[Path], read: Callable[[str], bytes | None]) -> dict[str, Figure]:
    """Return the charts of a report by name, from the paths of their data."""
    files = {path.stem: (read(f"figures/{path.name}"), read(f"figures/{path.stem}.svg")) for path in charts}
    texts = {name: unmarked((data or b"").decode("utf-8-sig")) for name, (data, _) in files.items()}
    return {name: Figure(text, files[name][1]) for name, text in texts.items()}


def _state(
    review: Review, lines: Sequence[Line], quotes: Sequence[Quote], notebooks: Mapping[str, Notebook]
) -> dict[str, Any]:
    trial = what_if(review.inputs, review.book)
    return {
        "lines": lines,
        "checks": (checks := release_checks(review.book, quotes, notebooks, recomputed(trial))),
        "failed": sum(1 for check in checks if check.failed),
        "count": Counter(sign for line in lines for sign in line.signs),
        "moved": sum(1 for line in lines if line.moved == "ja"),
        "trial": trial,
        "trial_json": embeddable(trial),
        "lights": [light for key, light in LIGHTS.items() if key],
        "risks": _RISKS,
        "groups": [(name, [*own]) for name, own in groupby(lines, key=lambda line: line.group)],
        "unprinted": UNPRINTED,
        "kinds": sorted({line.kind for line in lines}),
        "places": _PLACES,
    }


class Check(NamedTuple):
    """One thing that must hold: in words, how many were looked at, and ids of those that do not hold."""

    text: str
    n: int
    failed: tuple[str, ...]


def release_checks(
    book: ClaimBook, quotes: Iterable[Quote], notebooks: Mapping[str, Notebook], headlines: Mapping[str, str]
) -> list[Check]:
    """Check once more what must hold for the finished files: what they print, and the executed notebooks.

    ``headlines`` has, by claim id, those computed anew from the tables that are embedded in the page.
    """
    cells = {(name, cell["id"]) for name, notebook in notebooks.items() for cell in notebook["cells"]}

    def as_claimed(claim_id: str, words: str) -> bool:
        if claim_id not in book:
            return False
        value, forms = book[claim_id].value, {book[claim_id].text.lower()}
        if value == int(value):
            forms |= {swedish.in_words(int(value), form) for form in ("en", "ett")}
        return words.lower() in forms

    checks = {
        "Varje tal i text och tabeller stämmer med underlaget": [
            (claim, as_claimed(claim, words)) for quote in quotes for words, claim in quote.pieces if claim
        ],
        "Varje enkätandel är exakt k av n": [
            (c.id, c.whole is not None and c.value == books.exact(books.share(c.k, c.whole)))
            for c in book.select(unit="share")
            if c.k is not None
        ],
        "Varje tryckt siffra leder till en beräkning": [
            (claim.id, (claim.notebook, claim.cell) in cells) for claim in book if claim.cell
        ],
        "Huvudsiffrorna blir desamma när de räknas om ur sidans tabeller": [
            (claim, claim in book and text == book[claim].text) for claim, text in headlines.items()
        ],
    }
    return [
        Check(text, len(results), tuple(dict.fromkeys(claim for claim, holds in results if not holds)))
        for text, results in checks.items()
    ]


class Before(NamedTuple):
    """The number before: its value, as printed, and the year that it is about or was published for."""

    value: Decimal
    text: str
    when: str


class Line(NamedTuple):
    """A claim as listed: what prints it, the number before, and who has signed it."""

    row: ClaimRow
    kind: str  # what it counts
    where: str  # one of `_PLACES`
    quotes: Sequence[Quote]
    before: Before | None
    change: str
    moved: str  # ``ja``, ``nej``, ``ny`` or empty
    redefined: str  # last year's definition, where its number was another one than this year's
    standing: Standing
    signs: Sequence[str]  # ``two``, ``one`` or ``none`` of the signatures needed, and ``stale``
    risks: Sequence[str]  # of `_RISKS`

    @property
    def group(self) -> str:
        """The notebook that it is listed under, or that it is not printed."""
        return UNPRINTED if self.where == _PLACES[-1] else self.row.notebook


# Why a number is looked at before others, the weightiest first.
_RISKS = ("ändrad", "huvudsiffra", "härledd", "skriven för hand", "ny")
UNPRINTED = "Trycks inte i rapporten"
_PLACES = ("text", "tabell", "diagram", "trycks inte")
_KINDS = {
    **dict.fromkeys(("share", "share per year", "share change", "procent"), "Procent"),
    **dict.fromkeys((emissions.UNIT, "t CO2e"), "Ton per invånare"),
}


def claim_list(rows: Iterable[ClaimRow], quotes: Iterable[Quote], links: Links, review: Review) -> list[Line]:
    """Return the claims by notebook, those to look at first before the others; what is not printed last."""
    printed: dict[str, list[Quote]] = defaultdict(list)
    for quote in quotes:
        for claim_id in quote.claims:
            printed[claim_id].append(quote)
    text, table, chart, nowhere = _PLACES
    earlier = {claim.id: claim for claim in review.previous.book}
    older = earlier or published_before(review.book)  # in the first edition, what was published in its time
    lines = []
    for row in rows:
        claim, old, own = row.claim, older.get(row.claim.id), printed.get(row.claim.id, [])
        where = chart if row.report else nowhere
        if own:
            where = table if all(quote.form == "row" for quote in own) else text
        before, change, moved = number_before(claim, old), "", "ny" if earlier else ""
        if before is not None:
            change, moved = change_text(claim, before), "nej" if before.text == claim.text else "ja"
        another = old and old.definition != claim.definition and not books.same_series(old, claim)
        redefined = old.definition if old and another else ""
        standing = review.standings.get(claim.id, Standing(claim))
        signs = ["two" if standing.approved else "one" if standing.valid else "none"]
        signs += ["stale"] if standing.stale and not standing.approved else []
        kind, by_hand = _KINDS.get(claim.unit, "Antal och år"), not claim.vintage and claim.k is None
        headline = any(quote.form == "tile" for quote in own)
        reasons = (moved == "ja", headline, claim.inferred, by_hand, moved == "ny")
        risks = [risk for risk, holds in zip(_RISKS, reasons, strict=True) if holds]
        lines.append(Line(row, kind, where, own, before, change, moved, redefined, standing, signs, risks))
    mentions = {claim_id: place for place, claim_id in enumerate(printed)}
    anchors = {anchor: place for place, anchor in enumerate(links.anchors.titles)}
    notebooks = {name: place for place, name in enumerate(review.outline.notebooks)}

    def place(line: Line) -> tuple[bool, int, int, int, int, str]:
        anchor = line.quotes[0].place if line.quotes else (line.row.report or ("", ""))[0].partition("#")[2]
        first = mentions.get(line.row.claim.id, len(mentions))
        group = 0 if line.where == nowhere else notebooks[line.row.notebook]
        where = anchors.get(anchor, len(anchors)), first, line.row.claim.id
        return line.where == nowhere, group, _rank(line.risks), *where

    return sorted(lines, key=place)


def _rank(risks: Sequence[str]) -> int:
    return _RISKS.index(risks[0]) if risks else len(_RISKS)


def published_before(book: ClaimBook) -> dict[str, Claim]:
    """Return by a claim's id the figure that was published on the same before this report was made anew."""
    same = ("kind", "subject", "measure", "direction", "data_year")
    published = {tuple(getattr(c, name) for name in same): c for c in book.select(role="published", part="")}
    main = {claim.id: tuple(getattr(claim, name) for name in same) for claim in book.select(role="main")}
    return {claim: published[key] for claim, key in main.items() if key in published}


def number_before(claim: Claim, old: Claim | None) -> Before | None:
    """Return the number that a claim is compared with; else the one that was printed or published before."""
    if claim.previous_value is None or claim.previous_year is None:
        if old is None:
            return None
        when = f"publicerat {old.year}" if old.role == "published" else str(old.data_year or old.year)
        return Before(old.value, old.text, when)
    decimals, unit = _decimals_and_unit(claim)
    value = printed_value(claim, claim.previous_value)
    text = swedish.quantity(value, unit, decimals) if unit else swedish.number(value, decimals)
    return Before(claim.previous_value, text, str(claim.previous_year))


def change_text(claim: Claim, number: Before) -> str:
    """Return what a claim has changed since the number before it, as printed: signed, per cent in points."""
    if claim.value == number.value:
        return "oförändrad"
    decimals, unit = _decimals_and_unit(claim)
    ends = (printed_value(claim, value) for value in (claim.value, number.value))
    now, before = (swedish.round_half_up(value, decimals) for value in ends)
    change = now - before or printed_value(claim, claim.value - number.value)  # as a reader takes it
    while not swedish.round_half_up(change, decimals):
        decimals += 1
    if unit == "%":
        single = not decimals and abs(swedish.round_half_up(change)) == 1
        unit = "procentenhet" if single else "procentenheter"
    return swedish.signed(change, unit, decimals).rstrip(swedish.NBSP)


def _decimals_and_unit(claim: Claim) -> tuple[int, str]:
    if form := books.printed_form(claim):
        return form.decimals, form.unit
    return 0 if claim.value == int(claim.value) else 2, ""  # in words, or a range


# What it is, the set and the indicator that the page computes it by, and the claim's measure.
_HEADLINES = (
    ("Utsläpp per invånare, medlemmarna", "members", "level", "emissions"),
    ("Minskning per invånare, medlemmarna", "members", "reduction", "emissions"),
    ("Minskning av de samlade utsläppen, medlemmarna", "members", "total", "emissions_total"),
    ("Utsläpp per invånare, riket", "nation", "level", "emissions"),
    ("Minskning per invånare, riket", "nation", "reduction", "emissions"),
)


def what_if(inputs: Inputs, book: ClaimBook) -> dict[str, Any]:
    """Return what the page computes the headlines from, under other choices than the report's.

    Plain values for JSON: the report's choices, the members, inhabitants and emissions (t CO2e) by code, a
    value for each of ``years``, and the printed headlines.
    """
    params, register, population = inputs.project.params, sources.members(inputs), sources.population(inputs)
    members = dict(zip(register["code"], register["name"], strict=True))
    codes = [NATION, *municipality_codes(register)]
    totals = {name: emissions.totals(table, population) for name, table in sources.releases(inputs).items()}
    years = sorted({year for table in totals.values() for year in emissions.years(table, codes)})

    def of_years(table: pd.DataFrame, column: str) -> dict[str, list[float | int | None]]:
        wide = table.pivot(index="municipality_code", columns="year", values=column)
        return by_code(wide.reindex(index=codes, columns=years))

    headlines = []
    for label, subject, indicator, measure in _HEADLINES:
        kind, direction = ("level", 1) if indicator == "level" else ("change", -1)
        main = book.select(role="main", kind=kind, subject=subject, measure=measure)
        for claim in (claim for claim in main if claim.direction == direction):
            own = {"id": claim.id, "text": claim.text}
            headlines.append({**own, "label": label, "set": subject, "by": indicator})
    return {
        "year": params.emissions_year,
        "base": params.base_year,
        "release": params.emissions_vintage,
        "definition": params.definition,
        "definitions": {key: swedish.upper_first(text) for key, text in emissions.DEFINITIONS.items()},
        "nation": NATION,
        "members": sorted(([code, members[code]] for code in codes[1:]), key=lambda pair: pair[1]),
        "years": years,
        "people": of_years(population, "population"),
        "releases": {name: of_years(table, "emissions_t") for name, table in totals.items()},
        "headlines": headlines,
    }


def recomputed(embedded: Mapping[str, Any]) -> dict[str, str]:
    """Return the headlines by claim id, computed from what a page embeds, under its own choices."""
    people, years, tables = embedded["people"], embedded["years"], embedded["releases"]
    rows = [
        (code, *row)
        for code, tonnes in tables[embedded["release"]].items()
        for row in zip(years, tonnes, people[code], strict=True)
    ]
    table = pd.DataFrame(rows, columns=["municipality_code", "year", "emissions_t", "population"])
    sets = {"members": [code for code, _ in embedded["members"]], "nation": [embedded["nation"]]}
    year, base, definition = embedded["year"], embedded["base"], embedded["definition"]

    def text(indicator: str, codes: Sequence[str]) -> str:
        if indicator == "level":
            level = emissions.level(table, codes, year=year, definition=definition)
            return swedish.quantity(level, "ton", 1)
        if indicator == "total":
            return swedish.percent(emissions.total_reduction(table, codes, year=year, base_year=base))
        cut = emissions.reduction(table, codes, year=year, base_year=base, definition=definition)
        return swedish.percent(cut)

    return {head["id"]: text(head["by"], sets[head["set"]]) for head in embedded["headlines"]}


def _last_year(
    review: Review, lines: Sequence[Line], quotes: Sequence[Quote], figures: Mapping[str, Figure]
) -> dict[str, Any]:
    previous, project = review.previous, review.inputs.project
    changes = books.compare(previous.book, review.book) if previous.name else None
    pairs = pair_sentences(previous.quotes, quotes) if previous.quotes is not None else []
    captions = {
        quote.place.removeprefix("chart-"): quote.text
        for quote in (*(previous.quotes or ()), *quotes)
        if quote.form == "caption"
    }
    chapters: dict[str, list[Pair]] = defaultdict(list)
    chapter = ""  # what is gone stays with the pair before it
    for pair in pairs:
        quote = pair.after or (None if chapter else pair.before)
        chapter = quote.chapter if quote else chapter
        chapters[chapter].append(pair)
    return {
        "params_file": project.relative(project.params_path),
        "moved": [line for line in lines if line.moved == "ja"],
        "appeared": changes.appeared if changes else (),
        "vanished": changes.vanished if changes else (),
        "chapters": chapters,
        "counts": Counter(pair.kind for pair in pairs),
        "figures": compare_figures(previous.figures, figures, order=captions) if previous.figures else [],
        "captions": captions,
    }


_ALIKE = 0.6  # of two sentences, by difflib's ratio


@dataclass(frozen=True)
class Pair:
    """A sentence of last year beside one of this year; either may be missing."""

    before: Quote | None
    after: Quote | None

    @property
    def kind(self) -> str:
        """``same``, ``numbers`` (same words, other numbers or years), ``changed``, ``new`` or ``gone``."""
        if self.before is None or self.after is None:
            return "new" if self.before is None else "gone"
        if self.before.text == self.after.text:
            return "same"
        return "numbers" if self.before.frame == self.after.frame else "changed"

    def sides(self) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
        """Both sentences in pieces, each with whether the other lacks it."""
        old, new = (re.findall(r"\s+|[^\s]+", q.text) if q else [] for q in (self.before, self.after))
        if not old or not new:
            return [(word, False) for word in old], [(word, False) for word in new]
        parts = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        left = [("".join(old[i:j]), tag != "equal") for tag, i, j, _, _ in parts if j > i]
        return left, [("".join(new[k:n]), tag != "equal") for tag, _, _, k, n in parts if n > k]


def pair_sentences(before: Sequence[Quote], after: Sequence[Quote]) -> list[Pair]:
    """Pair the sentences of two reports, in the order of the second.

    Sentences with the same words, whatever their numbers and years, belong together wherever they stand; of
    the others those between the same neighbours that print the same claims, or that are alike.
    """
    old, new = ([quote.frame for quote in quotes] for quotes in (before, after))
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    partner = {k + i: j + i for tag, j, end, k, _ in blocks if tag == "equal" for i in range(end - j)}
    free = [place for place in range(len(old)) if place not in {*partner.values()}]
    for place, frame in enumerate(new):
        moved = next((other for other in free if old[other] == frame), None)
        if place not in partner and moved is not None:
            partner[place] = moved
            free.remove(moved)
    pairs = []
    for _, i, j, k, n in blocks:
        for place in range(k, n):
            if place not in partner:
                others = [(_likeness(before[o], after[place]), -o) for o in free if i <= o < j]
                likeness, other = max(others, default=(0.0, 0))
                if likeness >= _ALIKE:
                    partner[place] = -other
                    free.remove(-other)
            pairs.append(Pair(before[partner[place]] if place in partner else None, after[place]))
        pairs += [Pair(before[other], None) for other in free if i <= other < j]
    return pairs


def _likeness(before: Quote, after: Quote) -> float:
    if before.form != after.form:
        return 0.0
    if shared := {*before.claims} & {*after.claims}:
        return 1 + len(shared) / len({*before.claims, *after.claims})
    matcher = SequenceMatcher(None, before.frame, after.frame, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


class FigurePair(NamedTuple):
    """A chart of either year: its columns, its rows and both pictures."""

    name: str
    head: Sequence[str]
    # Name of each row, and for each other column last year's and this year's text.
    rows: Sequence[tuple[str, Sequence[tuple[str | None, str | None]]]]
    before: bytes | None
    after: bytes | None


def compare_figures(
    before: Mapping[str, Figure], after: Mapping[str, Figure], *, order: Iterable[str] = ()
) -> Iterator[FigurePair]:
    """Yield the charts of both years, in an order of names; those that it lacks come last."""
    names = {*before, *after}
    for name in dict.fromkeys([*(name for name in order if name in names), *sorted(names)]):
        sides = [figures.get(name, Figure("", None)) for figures in (before, after)]
        old, new = ([row for row in csv.reader(io.StringIO(side.data)) if row] for side in sides)
        left, right = ({row[0]: row[1:] for row in table[1:]} for table in (old, new))
        rows = [(key, [*zip_longest(left.get(key, ()), right.get(key, ()))]) for key in {**right, **left}]
        yield FigurePair(name, (new or old)[0], rows, *(side.picture for side in sides))


def _quality(review: Review, notebooks: Mapping[str, Notebook], links: Links) -> dict[str, Any]:
    """Return the cells that explain the figures: why they changed, and the declaration of quality."""
    names = dict.fromkeys(place.partition("#")[0] for place in review.outline.order)
    printed = [pair for name in names for pair in cells_in_report(name, notebooks)]
    places = {("", cell["id"]): links.cells.get((name, cell["id"]), ()) for name, cell in printed}
    why = [cell for _, cell in printed if "chart-why" in places["", cell["id"]]]
    declared = [cell for _, cell in printed if "part:method" in cell["metadata"]["tags"]]
    here = replace(links, cells=places, owners=dict.fromkeys(links.owners, "index"))
    cells, _ = read_cells("", {"cells": [*why, *declared]}, here)
    homes = {cell["id"]: name for name, cell in printed}
    return {"cells": [cell for cell in cells if cell.body], "homes": homes}


# ---- a page for each notebook, and the finished report as it is read -----------------------------
@dataclass(frozen=True)
class Links:
    """What a page may link to: the report's anchors, and the year's claims.

    ``cells`` has the anchors where the output of each printed cell (notebook, cell id) stands; ``owners`` the
    notebook that recorded each claim.
    """

    anchors: Anchors
    cells: Mapping[tuple[str, str], Sequence[str]]
    book: ClaimBook
    owners: Mapping[str, str]

    def to_report(self, anchor: str) -> tuple[str, str]:
        """Return the address of one of the report's anchors, and what stands there."""
        return f"../report.html#{anchor}", self.anchors.titles[anchor]


def notebook_page(file: Path, links: Links, page: Mapping[str, Any]) -> str:
    """Return an executed notebook as a page, its cells linked to where their outputs stand in the report.

    ``page`` is what the template prints beside the cells: head, parameters, inputs, warnings, claims.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    cells, headings = read_cells(file.stem, json.loads(file.read_text(encoding="utf-8")), links)
    template = {"template_name": "notebook", "extra_template_basedirs": [str(ASSETS)]}
    template |= {"extra_template_paths": [str(ASSETS / "notebook"), str(ASSETS)]}
    exporter = HTMLExporter(config=Config({"TemplateExporter": template}))  # type: ignore[no-untyped-call]
    parts = [(printed, [*own]) for printed, own in groupby(cells, key=lambda cell: cell.kind == "report")]
    resources = {"page": {**page, "parts": parts, "headings": headings}}
    return str(exporter.from_filename(str(file), resources=resources)[0])


def printed_title(notebook: Notebook) -> str:
    """Return the first heading of what a notebook prints; empty without one."""
    printed = (cell for cell in notebook["cells"] if "report" in cell["metadata"].get("tags", ()))
    headings = (BeautifulSoup(side(cell, "text/html"), "html.parser").find(_HEADINGS) for cell in printed)
    return next((spoken(heading) for heading in headings if heading), "")


class Heading(NamedTuple):
    """A heading of the page."""

    level: int
    words: str
    id: str
    lang: str


class Cell(NamedTuple):
    """A cell as shown: notes or outputs as inert HTML, folded code, and its places in the report.

    ``kind`` is ``note``, ``code``, or the tag that decides how it is shown.
    """

    id: str
    kind: str
    source: str
    body: str
    places: tuple[tuple[str, str], ...]


def read_cells(name: str, notebook: Notebook, links: Links) -> tuple[list[Cell], list[Heading]]:
    """Return the cells of an executed notebook, ready for its page, and the headings in them."""
    cells, headings, numbers = [], list[Heading](), count(1)
    for cell in notebook["cells"]:
        tags = (tag for tag in _CELL_KINDS if tag in cell["metadata"].get("tags", []))
        kind = next(tags, "code") if cell["cell_type"] == "code" else "note"
        lang = "sv" if kind == "report" else "en"
        body = BeautifulSoup("\n".join(map(sanitise, _outputs(cell))), "html.parser")
        _finish_sanitising(body)
        _set_links(body, name, links)
        for tag in body.find_all(_HEADINGS):  # under the page's one h1, no level skipped
            last = headings[-1].level if headings else 2
            level = max(2, min(int(tag.name[1]) + 1, last + 1, 6))
            headings.append(Heading(level, spoken(tag), f"rubrik-{len(headings) + 1}", lang))
            tag.name, tag["id"] = f"h{level}", headings[-1].id
        for table in body.find_all("table"):
            _make_accessible(table, body, lang, next(numbers))
        for pre in body.find_all("pre"):
            pre["lang"] = lang
        places = tuple(map(links.to_report, links.cells.get((name, cell["id"]), ())))
        cells.append(Cell(cell["id"], kind, "".join(cell["source"]), str(body), places))
    return cells, headings


def _outputs(cell: Mapping[str, Any]) -> Iterable[str]:
    """Yield what a cell shows as markup, not yet sanitised."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    if cell["cell_type"] == "markdown":
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
        yield MarkdownWithMath(renderer=renderer).render("".join(cell["source"]))
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/html" in data:
            yield "".join(data["text/html"])
            continue
        text = data.get("text/plain", output.get("text", ""))
        if output["output_type"] == "error":
            text = f"{output['ename']}: {output['evalue']}"
        without_colours = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", "".join(text))
        yield f"<pre>{html.escape(without_colours)}</pre>"


def _set_links(body: Tag, name: str, links: Links) -> None:
    """Link references to the report and printed numbers to their claims; drop links that lead nowhere."""
    for link in body.find_all("a"):
        target = str(link.get("href", ""))
        if target.startswith("#") and target[1:] in links.anchors.titles:
            link["href"] = f"../report.html{target}"
        elif not target or target.startswith("#"):
            link.unwrap()
    for number in body.find_all("span", class_="claim"):
        claim_id = str(number.attrs.pop("data-claim", ""))
        if claim_id in links.book and not number.find_parent("a"):
            owner = links.owners[claim_id]
            number.name = "a"
            number["href"] = f"{'' if owner == name else owner + '.html'}#claim-{claim_id}"
            number["title"] = links.book[claim_id].note


def _make_accessible(table: Tag, body: BeautifulSoup, lang: str, number: int) -> None:
    """Give a table one header row, header cells with scope, and a named region to scroll it in."""
    rows = [list(row.find_all("th")) for row in table.select("thead tr")]
    if len(rows) == 2 and len(rows[0]) == len(rows[1]):  # pandas: one row names the index, one the columns
        words = [(spoken(above), spoken(below)) for above, below in zip(*rows, strict=True)]
        if all(bool(above) != bool(below) for above, below in words):
            for cell, (above, below) in zip(rows[0], words, strict=True):
                cell.string = above or below
            table.select("thead tr")[1].decompose()
    for cell in table.find_all("th"):
        side = "col" if cell.find_parent("thead") else "row"
        if spoken(cell):
            cell["scope"] = f"{side}group" if cell.get(f"{side}span") else side
        else:
            cell.name = "td"  # an empty header cell heads nothing
    table.attrs.setdefault("lang", lang)
    region = {"role": "region", "tabindex": "0", "aria-label": f"Tabell {number} på sidan"}
    table.wrap(body.new_tag("div", attrs={"class": "scroll", **region}))


class _Allowed(Strict):
    tags: Texts
    without_content: Texts
    attributes: dict[str, Texts]
    classes: Texts
    values: dict[str, Text]


_FILE = Path(__file__).with_name("sanitise.yml")
_ALLOWED = validate(_FILE.read_bytes(), _Allowed, file=_FILE.name)


def sanitise(markup: str) -> str:
    """Return markup without all that could run, load, restyle the page or name its parts.

    A short list of tags, attributes and values stays, and with them the text; pictures only where they are
    in the markup itself.
    """
    import nh3  # not for a run whose pages are kept

    def allowed(tag: str, name: str, value: str) -> str | None:
        if name == "class":
            return " ".join(word for word in value.split() if word in _ALLOWED.classes) or None
        pattern = _ALLOWED.values.get(name)
        return value if pattern is None or re.fullmatch(pattern, value) else None

    return nh3.clean(
        markup,
        tags={*_ALLOWED.tags},
        clean_content_tags={*_ALLOWED.without_content},
        attributes={tag: {*names} for tag, names in _ALLOWED.attributes.items()},
        attribute_filter=allowed,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


def _finish_sanitising(body: Tag) -> None:
    """Describe each picture, put words where none is left, and let a class align numbers, not a style."""
    for picture in body.find_all("img"):
        picture["alt"] = picture.get("alt") or "Bilden saknar beskrivning."
        if "src" not in picture.attrs:
            picture.replace_with(str(picture["alt"]))
    for cell in body.find_all(style=True):
        del cell["style"]
        cell["class"] = " ".join([*cell.get_attribute_list("class"), "number"]).strip()


class Input(NamedTuple):
    """A file that was read: its path, checksum, and rows where it is a table."""

    path: str
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class ClaimRow:
    """A claim as the pages list it, with the notebook that recorded it.

    ``cell`` is the notebook and id of the cell that prints it or, where none does, that lists it; ``report``
    the address and name of its place in the report.
    """

    claim: Claim
    notebook: str
    cell: tuple[str, str] | None
    report: tuple[str, str] | None

    @property
    def asked(self) -> str:
        """How many answered, of how many."""
        n, members = self.claim.n, self.claim.members
        if n is None:
            return "–"
        return f"{n} av {members}" if members else str(n)

    @property
    def light(self) -> str:
        """Whether it is comparable with the number before, in a word or two."""
        return LIGHTS[self.claim.comparable]


def parameters(params: Params) -> list[tuple[str, str]]:
    """Return the parameters: key, and value as text."""
    words = {"None": "–", "()": "–", "True": "ja", "False": "nej"}

    def as_text(value: object) -> str:
        return words.get(str(value)) or ", ".join(map(str, value if isinstance(value, tuple) else [value]))

    return [(key, as_text(getattr(params, key))) for key in type(params).model_fields]


def input_files(digests: Mapping[str, str], root: Path) -> list[Input]:
    """Return files that were read, by path, from their checksums."""

    def rows(path: Path) -> int | None:
        if path.suffix != ".csv" or not path.is_file():
            return None
        lines = decode(path.read_bytes(), path.name).splitlines(keepends=True)
        return max(sum(1 for row in csv.reader(lines) if row) - 1, 0)

    return [Input(path, digest, rows(root / path)) for path, digest in sorted(digests.items())]


def claim_rows(name: str, notebook: Notebook, links: Links) -> list[ClaimRow]:
    """Return the claims that a notebook recorded, with the cells and places in the report they lead to."""
    listed: dict[str, tuple[str, str]] = {}  # claim id -> the first cell whose table has it as a row heading
    for cell in notebook["cells"]:
        for heading in BeautifulSoup(side(cell, "text/html"), "html.parser").select("tbody th"):
            listed.setdefault(heading.get_text().strip(), (name, cell["id"]))
    rows, anchors = [], links.anchors
    for claim in (claim for claim in links.book if links.owners[claim.id] == name):
        printed, report = (claim.notebook, claim.cell), None
        if claim.id in anchors.claims:  # its first mention
            report = (f"../report.html#claim-{claim.id}", anchors.titles[anchors.claims[claim.id]])
        elif places := links.cells.get(printed):  # or the chart of the cell that shows it
            report = links.to_report(places[-1])
        rows.append(ClaimRow(claim, name, printed if claim.cell else listed.get(claim.id), report))
    return rows


@dataclass(frozen=True)
class Anchors:
    """The finished report's anchors, in the order of the document.

    ``titles`` has what stands at each (a heading, ``Figur 2``, ``Tabell 4``), ``headings`` the ids of the
    headings, ``claims`` the nearest anchor round each claim's first mention.
    """

    titles: Mapping[str, str]
    headings: tuple[str, ...]
    claims: Mapping[str, str]


def read_report(markup: str) -> tuple[Anchors, list[Quote]]:
    """Return a ``report.html``'s anchors, and what it prints in words, captions and rows, in its order."""
    soup = BeautifulSoup(markup, "html.parser")
    report = soup.select_one("main") or soup
    titles, claims, headings = dict[str, str](), dict[str, str](), list[str]()
    for tag in report.find_all(id=True):
        anchor, is_block = str(tag["id"]), tag.name in ("figure", "table")
        title = tag if _HEADINGS.fullmatch(tag.name) else None
        if tag.name == "section":
            title = tag.find(_HEADINGS, recursive=False)
        elif is_block:
            title = tag.select_one(":is(caption, figcaption) strong")
        if title is not None and (words := spoken(title)):
            titles[anchor] = words.rstrip(".") if is_block else words
            headings += [] if is_block else [anchor]
    for tag in report.select("[data-claim]"):
        if above := _nearest(tag, titles):
            claims.setdefault(str(tag["data-claim"]), above)
    return Anchors(titles, tuple(headings), claims), _quotes(report, titles)


def _nearest(tag: Tag, anchors: Mapping[str, str]) -> str:
    """Return the nearest of the anchors round a tag; empty without one."""
    return next((str(parent["id"]) for parent in tag.parents if parent.get("id") in anchors), "")


def cell_anchors(
    order: Sequence[str], notebooks: Mapping[str, Notebook], anchors: Anchors
) -> dict[tuple[str, str], list[str]]:
    """Return the anchors of the report where the output of each report cell (notebook, cell id) stands.

    Its first heading and its figures and tables; a cell with none of them stands under the heading before it.
    """
    places: dict[tuple[str, str], list[str]] = {}
    # The headings to come, and the one that the cells have come to.
    later, here = [*anchors.headings], list[str]()
    for name, cell in (pair for part in order for pair in cells_in_report(part, notebooks)):
        own = list[str]()
        for heading in BeautifulSoup(side(cell, "text/html"), "html.parser").find_all(_HEADINGS):
            # A chapter's label may stand before its words.
            same = (n for n, anchor in enumerate(later) if anchors.titles[anchor].endswith(spoken(heading)))
            if (number := next(same, None)) is not None:
                here, later = [later[number]], later[number + 1 :]
                own += here
        blocks = re.findall(r"\{#((?:chart|table)-[a-z0-9-]+)", side(cell, "text/markdown"))
        own = own[:1] + [anchor for anchor in blocks if anchor in anchors.titles]
        places.setdefault((name, cell["id"]), own or here)
    return places


def side(cell: Mapping[str, Any], mime: str) -> str:
    """Return one side of all that a cell shows."""
    return "\n".join("".join(o.get("data", {}).get(mime, "")) for o in cell.get("outputs", []))


def spoken(tag: Tag) -> str:
    """Return a tag's words, with single spaces and without soft hyphens."""
    return " ".join(tag.get_text().replace("\u00ad", "").split())


Form = Literal["sentence", "tile", "row", "caption"]
_FORMS: dict[str, Form] = {"tr": "row", "figcaption": "caption", "caption": "caption"}
# A claim's number inside a block's text: id and printed words between marks that no text has.
_MARK = re.compile("\ue000([^\ue001]*)\ue001([^\ue002]*)\ue002")


@dataclass(frozen=True)
class Quote:
    """A sentence, tile, table row or caption of a report.

    Its pieces are the text as printed: words, and the id of the claim whose number they are (else empty).
    ``chapter`` is the id of the chapter's heading, empty before the first; ``place`` that of the nearest
    heading, figure or table.
    """

    pieces: tuple[tuple[str, str], ...]
    chapter: str
    place: str
    form: Form

    @property
    def text(self) -> str:
        """The text as printed."""
        return "".join(words for words, _ in self.pieces)

    @property
    def claims(self) -> tuple[str, ...]:
        """Ids of the claims that it prints, each once."""
        return tuple(dict.fromkeys(claim for _, claim in self.pieces if claim))

    @property
    def frame(self) -> str:
        """The text with ids and marks for numbers and years: the same in two years if only these moved."""
        text = "".join(f"{{{claim}}}" if claim else words for words, claim in self.pieces)
        return re.sub(r"\b(?:19|20)\d\d\b", "{year}", text)


def _quotes(report: Tag, anchors: Mapping[str, str]) -> list[Quote]:
    quotes, chapter = [], ""
    for block in report.find_all(["h2", "p", "li", "tr", "figcaption", "caption"]):
        if block.name == "h2":
            chapter = next((str(tag["id"]) for tag in (block, *block.parents) if tag.get("id")), "")
        elif not block.find_parent(["details", "thead"]) and not block.find("p"):
            # No copy of a chart's data, and no item that holds paragraphs.
            place = _nearest(block, anchors) or chapter
            form = _FORMS.get(block.name, "tile" if block.select_one(".value") else "sentence")
            cells = block.find_all(["th", "td"]) if form == "row" else [block]
            marked = re.sub(r"[ \t\r\n]+", " ", " · ".join(map(_marked, cells))).strip()
            parts = swedish.SENTENCE_END.split(marked) if form == "sentence" else [marked]
            quotes += [Quote(_pieces(part), chapter, place, form) for part in parts if part]
    return quotes


def _marked(block: Tag) -> str:
    parts = []
    for text in block.find_all(string=True):
        span, plain = text.find_parent(attrs={"data-claim": True}), text.replace("\u00ad", "")
        parts.append(f"\ue000{span['data-claim']}\ue001{plain}\ue002" if span else plain)
    return "".join(parts)


def _pieces(marked: str) -> tuple[tuple[str, str], ...]:
    split = [*_MARK.split(marked), "", ""]  # words, then for each number its claim, itself, and words again
    triples = zip(split[::3], split[1::3], split[2::3], strict=True)
    pairs = (pair for words, claim, number in triples for pair in ((words, ""), (number, claim)))
    return tuple((words, claim) for words, claim in pairs if words)
