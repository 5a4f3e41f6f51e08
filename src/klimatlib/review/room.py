"""The review room: the pages on which a report is reviewed, and on which one sees what is signed.

``index.html`` has the state of the report, every claim, and a panel to try the headlines under other choices;
``last-year.html`` sets last year's report beside this one; ``quality.html`` shows what the report says of its
own figures. They stand in one folder with the notebooks' pages and open from disk; nothing in them loads.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from klimatlib import swedish
from klimatlib.claims import claims as books
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook, printed_value
from klimatlib.claims.signatures import Passage, Standing, fingerprint
from klimatlib.config import Outline
from klimatlib.errors import Message
from klimatlib.indicators import emissions
from klimatlib.indicators.association import municipality_codes
from klimatlib.report.document import cells_in_report, unmarked
from klimatlib.report.html import bundle, embeddable, environment, font_faces, policy
from klimatlib.review import pages
from klimatlib.review.pages import ASSETS, ClaimRow, Links, Notebook, Quote
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import NATION, by_code

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
    anchors, quotes = pages.read_report((stage / "report.html").read_text(encoding="utf-8"))
    owners: dict[str, str] = {}  # the summary takes over the claims of the chapters
    for name in names:
        file = stage / "chapters" / f"{name}.csv"
        for claim in books.read_claims(file.read_bytes(), file=file.name):
            owners.setdefault(claim.id, name)
    places = pages.cell_anchors(review.outline.order, notebooks, anchors)
    links = Links(anchors, places, review.book, owners)
    titles = {
        name: review.outline.titles.get(name) or pages.printed_title(notebook) or name
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
        "parameters": pages.parameters(params),
        "params_file": project.relative(project.params_path),
        "warnings": review.warnings,
    }
    begun, rows = {}, []
    for name, record in records.items():
        claims = pages.claim_rows(name, notebooks[name], links)
        page = {
            **frame,
            "name": name,
            "human": titles[name],
            "inputs": pages.input_files(record["inputs"], project.root),
            "hashes": {"notebook": record["notebook"], "library": record["foundation"]["klimatlib"]},
            "claims": claims,
        }
        file = stage / "notebooks" / f"{name}.ipynb"
        begun[name] = pool.submit(pages.notebook_page, file, links, page)
        rows += claims

    lines = claim_list(rows, quotes, links, review)
    signed_in = {claim: passage.id for passage in review.page for claim in passage.claims}
    figures = _figures(sorted((stage / "figures").glob("*.csv")), lambda file: (stage / file).read_bytes())
    read = {path: digest for record in records.values() for path, digest in record["inputs"].items()}
    files = {"inputs": pages.input_files(read, project.root), "chapters": frame["names"]}
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
    quotes = None if page is None else pages.read_report(page.decode("utf-8"))[1]
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
        "groups": [(name, [*own]) for name, own in groupby(lines, key=_group)],
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


def _group(line: Line) -> str:
    return UNPRINTED if line.where == _PLACES[-1] else line.row.notebook


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
    cells, _ = pages.read_cells("", {"cells": [*why, *declared]}, here)
    homes = {cell["id"]: name for name, cell in printed}
    return {"cells": [cell for cell in cells if cell.body], "homes": homes}
