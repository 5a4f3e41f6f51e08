"""The dashboard: the report's emissions and survey, to choose from, in one closed HTML file.

It opens from disk, needs no server and asks the network for nothing. What it prints of the report's own
numbers are the claims' texts; what a choice needs besides is computed in the page by the same formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook
from klimatlib.config import Question, Questions
from klimatlib.indicators import emissions, gpc, member_test
from klimatlib.indicators.association import comparison_note, municipality_codes
from klimatlib.report.document import Status
from klimatlib.report.html import asset, bundle, closed_page, embeddable
from klimatlib.share.open_data import contracts
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import consent, forms, survey_answers
from klimatlib.sources.tables import NATION, TOTAL, by_code, rows

NAME = "dashboard.html"
ANSWERS = {"yes": "Ja", "no": "Nej", "missing": "Inget svar"}
_ASSETS = Path(__file__).parent / "assets" / "dashboard"


def write(path: Path, inputs: Inputs, book: ClaimBook, status: Status, *, card: str = "") -> int:
    """Write a report's dashboard, as `dashboard_page` makes it, and return its length in characters."""
    text = dashboard_page(dashboard_data(inputs, book), status, card=card)
    path.write_text(text, encoding="utf-8", newline="")
    return len(text)


def dashboard_page(data: Mapping[str, Any], status: Status, *, card: str = "") -> str:
    """Return the page as HTML, closed: nothing in it loads, and only its own script runs.

    ``data`` is as `dashboard_data` gives it; page and tables that it gives as files say what ``status`` says,
    and ``card`` is the address of the picture that a shared link shows.

    RenderError: if something in it would load or run.
    """
    styles = [asset("report.css"), (_ASSETS / "dashboard.css").read_text(encoding="utf-8")]
    page, script = _ASSETS / "dashboard.html.j2", bundle(_ASSETS / "main.js")
    embedded = embeddable({**data, "status": status.word})
    return closed_page(page, status, styles=styles, script=script, data=data, embedded=embedded, card=card)


def dashboard_data(inputs: Inputs, book: ClaimBook) -> dict[str, Any]:
    """Return what the page embeds, as plain values for JSON; all of it may be shown to anybody.

    Codes are text; tables are columns by code, in the order of their ``years``.
    """
    params, register, places = inputs.project.params, sources.members(inputs), sources.places(inputs)
    tonnes, tile, sectors = sources.emissions(inputs), tiles(), sources.sectors(inputs).in_total
    inhabitants = sources.population(inputs)
    files = (inputs.project.release("emissions"), inputs.project.release("population"))
    release, people = (sources.origin(inputs, inputs.project.relative(file)) for file in files)
    by_name = sorted(places.names.items(), key=lambda place: (swedish.alphabetical(place[1]), place[0]))
    regions = register[(register["status"] == "member") & (register["kind"] == "region")]
    counted = {"subject": "members", "kind": "count", "measure": "members"}
    title = f"{params.title} {params.year}"
    return {
        "report": {"title": title, "association": params.association, "year": params.year},
        "year": params.emissions_year,
        "base": params.base_year,
        "definition": params.definition,
        "definitions": dict(emissions.DEFINITIONS),
        "nation": NATION,
        "source": {
            "emissions": f"{release.publisher}, {release.title}",
            "people": f"{people.publisher}, {people.title}",
            "vintage": params.emissions_vintage,
        },
        "places": [  # code, name, county, and of the tile row, column and label
            [code, name, code[:2], *tile.get(code, ())] for code, name in by_name
        ],
        "counties": dict(sorted(places.counties.items())),
        "members": municipality_codes(register),
        "regions": sorted(regions["name"], key=swedish.alphabetical),
        "counted": {
            name: claim.text
            for name, part in (("all", "count"), ("listed", "listed"))
            for claim in book.select(**counted, part=part)
        },
        "sectors": [[sector.id, sector.label] for sector in sectors],
        "people": _by_code(inhabitants[inhabitants["year"].isin(tonnes["year"])], "population"),
        "tonnes": {
            i: _by_code(tonnes[tonnes["sector"] == name], "emissions_t")
            for i, name in [("alla", TOTAL), *((sector.id, sector.name) for sector in sectors)]
        },
        "claims": _emission_claims(book),
        "survey": _survey(inputs, book),
        "gpc": _inventories(inputs, municipality_codes(register), places.names),
        "points": _points(inputs, book),
    }


def _inventories(inputs: Inputs, members: Sequence[str], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the inventories of the members, together and each, and of the nation, by year.

    A report without them has the groups that main sectors are enough for, and the reason.
    """
    params, rules, table = inputs.project.params, sources.gpc(inputs), sources.inventoried(inputs)
    own = {gpc.MEMBERS: list(members), NATION: [NATION], **{code: [code] for code in members}}
    of = dict[str, dict[str, Any]]()
    words, patterns = dict[tuple[str, ...], int](), dict[tuple[int, ...], int]()  # each once, by its place
    vintage, year, potentials, file = params.emissions_vintage, params.emissions_year, "", "emissions"
    is_twice = False
    if table is None or params.gpc_vintage is None or params.gpc_year is None:
        emitted = sources.emissions(inputs)
        made = {place: gpc.groups(emitted, rules, codes, year=year) for place, codes in own.items()}
        of[str(year)] = {
            place: {"sectors": [float(one.tonnes) for one in groups], "sums": [float(total)]}
            for place, (groups, total) in made.items()
        }
    else:
        vintage, year, file = params.gpc_vintage, params.gpc_year, "subsectors"
        for each in sorted({*map(int, table.index.get_level_values("year"))}):
            basis = gpc.basis(inputs, members, year=each)
            potentials, is_twice = basis.potentials, basis.places[NATION].bridge.twice >= gpc.WIDEST_T
            of[str(each)] = {place: _inventory(basis.places[place], words, patterns) for place in own}
    path, form = inputs.project.statistics / f"{file}_{vintage}.csv", contracts().form
    origin = sources.origin(inputs, inputs.project.relative(path))
    return {
        "reason": "" if words else gpc.ONLY_GROUPS,
        "year": year,
        "vintage": vintage,
        "source": f"{origin.publisher}, {origin.title}, utgåva {vintage}",
        "twice": is_twice,
        "potentials": potentials or "inte känt för utgåvan",
        "names": {gpc.MEMBERS: "Medlemmarna", NATION: "Riket", **{code: names[code] for code in members}},
        "groups": [[group.label, [*group.refs]] for group in rules.groups],
        "titles": rules.sectors,
        "references": [
            [one.ref, one.label, one.scope, one.level]
            + ([[*one.template, form.scopes[one.scope - 1]]] if one.importable else [])
            for one in rules.references
        ],
        "heads": [*form.heads] if words else [],
        "words": [*map(list, words)],
        "patterns": [*map(list, patterns)],
        "certainties": gpc.CERTAINTY,
        "of": of,
    }


def _inventory(
    one: gpc.Inventory, words: dict[tuple[str, ...], int], patterns: dict[tuple[int, ...], int]
) -> dict[str, Any]:
    """Return an inventory as the page has it: tonnes of the cells without a key, and what all cells say.

    That is a pattern: key, certainty and reason of each cell, by their place in ``words``.
    """
    sums = (one.bridge.total, one.territorial, *one.basic)
    texts = [(cell.key, cell.certainty, cell.reason) for cell in one.cells.values()]
    pattern = tuple(words.setdefault(each, len(words)) for each in texts)

    def to_kg(tonnes: Decimal | None) -> float | None:
        return None if tonnes is None else float(swedish.round_half_up(tonnes, 3))

    return {
        "sectors": [*map(to_kg, one.sectors)],
        "sums": [*map(to_kg, sums)],
        "tonnes": [to_kg(cell.tonnes) for cell in one.cells.values() if not cell.key],
        "words": patterns.setdefault(pattern, len(patterns)),
    }


def _emission_claims(book: ClaimBook) -> dict[str, list[str]]:
    """Return id and text of the members' and the nation's levels and changes, by what they are.

    The key is what the page looks a number up by: subject, kind, measure, data year and method. A year's main
    number goes before the same one in a series.
    """
    find, chosen = book.select, list[Claim]()
    for subject in ("members", "nation"):
        chosen += find(subject=subject, kind="level", role="series")
        chosen += find(subject=subject, kind="level", role="main", measure="emissions")
        chosen += find(subject=subject, kind="change", role="main", measure="emissions", direction=1)
    return {f"{c.subject} {c.kind} {c.measure} {c.data_year} {c.method}": [c.id, c.text] for c in chosen}


def _by_code(table: pd.DataFrame, column: str) -> dict[str, Any]:
    """Return a column by code, a value a year."""
    wide = table.pivot(index="municipality_code", columns="year", values=column)
    return {"years": [*map(int, wide.columns)], "by": by_code(wide)}


def _survey(inputs: Inputs, book: ClaimBook) -> dict[str, Any]:
    """Return the survey's questions in the report's order with their claims, and who shows its answers."""
    params = inputs.project.params
    names = inputs.used(Questions, inputs.project.shared_as).themes
    main = book.select(kind="share", role="main", denominator="respondents")
    shares = {claim.measure: claim for claim in main}
    asked = {i: question for i, question in sources.questions(inputs).items() if i in shares}
    themes = dict.fromkeys(question.theme for question in asked.values())
    counts = book.select(kind="count", role="main", measure="survey")
    return {
        "year": params.year,
        "inferred": params.survey_inferred,
        "counts": {claim.subject: claim.text for claim in counts},
        "source": next((shares[i].source for i in asked), ""),
        "themes": [[theme, names.get(theme, swedish.upper_first(theme))] for theme in themes],
        "questions": [_question(question, shares[i], book) for i, question in asked.items()],
        "own": _own_answers(inputs, {*asked}),
    }


def _question(question: Question, claim: Claim, book: ClaimBook) -> dict[str, Any]:
    low, high = (book.find(kind="bound", measure=question.id, role=role) for role in ("low", "high"))
    missing = book.select(kind="count", measure=question.id, role="missing")
    before: dict[str, Any] | None = None
    if (value := claim.previous_value) is not None:
        texts = {"text": swedish.percent(value), "note": comparison_note(question, claim)}
        before = {"year": claim.previous_year, "share": float(value), **texts}
    return {
        "id": question.id, "claim": claim.id, "theme": question.theme, "label": question.label,
        "k": claim.k, "n": claim.n, "members": claim.members,
        "share": claim.text, "low": low.text, "high": high.text,
        "missing": missing[0].text if missing else None,
        "light": [claim.comparable, LIGHTS[claim.comparable]],
        "before": before, "note": claim.note,
    }  # fmt: skip


def _points(inputs: Inputs, book: ClaimBook) -> dict[str, Any]:
    """Return the member test's points by form and area, as the report claims them, and whose own are shown.

    A form of which the report tells none is left out, with its members' own.
    """
    names, listed, source = sources.members(inputs).set_index("code")["name"], list[dict[str, Any]](), ""
    tests = [member_test.form_of(inputs, kind) for kind in forms(inputs)]
    for form in (form for form in tests if form.subject in member_test.groups(book)):
        whole = partial(book.find, subject=form.subject, measure="medlemstest")
        answered, asked = whole(part="answered"), whole(part="asked")
        own, source = member_test.own_points(inputs, form), answered.source
        areas = member_test.area_points(book, form.subject, form.areas)
        listed.append({
            "id": form.subject, "name": swedish.upper_first(form.whose),
            "apart": swedish.upper_first(form.apart), "answered": answered.text, "asked": asked.text,
            "areas": [
                {"label": form.title(one.area), "n": str(one.median.n), "claim": one.median.id,
                 "low": one.low.text, "high": one.high.text}
                | {name: [(claim := getattr(one, name)).text, float(claim.value)]
                   for name in ("q1", "median", "q3", "most")}
                for one in areas
            ],
            "required": [
                {"label": row.Baskrav, "share": row.Andel.text, "met": row.Uppfyller,
                 "low": row.Minst.text, "high": row.Högst.text}
                for row in rows(member_test.requirement_table(book, form))
            ],
            "own": [
                {"code": code, "name": names[code],
                 "points": [_points_cell(own[code][one.area]) for one in areas]}
                for code in sorted(own, key=lambda code: swedish.alphabetical(names[code]))
            ],
        })  # fmt: skip
    return {"year": inputs.project.params.year, "source": source, "forms": listed}


def _points_cell(points: Fraction | None) -> list[Any] | None:
    return None if points is None else [swedish.number(points, int(points % 1 > 0)), float(points)]


def _own_answers(inputs: Inputs, asked: set[str]) -> list[dict[str, Any]]:
    """Return the answers of the members that agreed to show them; nobody else's are kept.

    Nobody's where so few others answered that theirs could be worked out from the shares.
    """
    params = inputs.project.params
    agreed = {*consent(inputs)["code"]} if params.survey_input == "answers" else set()
    if not agreed:
        return []
    answers = survey_answers(inputs)
    if 0 < len({*answers["code"]} - agreed) < max(params.minimum_cell, 2):
        return []
    names = sources.members(inputs).set_index("code")["name"]
    visible = answers[answers["code"].isin(agreed) & answers["question_id"].isin(asked)]
    own = {
        code: dict(zip(part["question_id"], part["counts_as"].map(ANSWERS), strict=True))
        for code, part in visible.groupby("code")
    }
    by_name = sorted(own, key=lambda code: swedish.alphabetical(names[code]))
    return [{"code": code, "name": names[code], "answers": own[code]} for code in by_name]


def tiles() -> dict[str, tuple[int, int, str]]:
    """Return row, column and label of each municipality's tile on the map, by code.

    The layout is ours (``tiles.csv``). A county's tiles are about where it lies in the country; within it
    each municipality has a tile about where its seat lies in the county, so that all deviate as little as
    they can together (positions of seats: GeoNames, CC BY 4.0). A new one has none until it is added.
    """
    table = pd.read_csv(_ASSETS / "tiles.csv", dtype={"municipality_code": str})
    return {tile.municipality_code: (tile.row, tile.column, tile.label) for tile in rows(table)}
