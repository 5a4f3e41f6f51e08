"""The review room: the pages on which a report is reviewed and on which one sees what is signed.

``index.html`` has the state of the report, every claim, and a panel to try the headlines under other choices;
``last-year.html`` sets last year's report beside this one; ``quality.html`` shows what the report says of its
own figures. They stand in one folder with the notebooks' pages and open from disk; nothing in them loads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from klimatlib.claims.claims import ClaimBook, compare
from klimatlib.claims.signatures import Standing
from klimatlib.config import Project
from klimatlib.errors import Message
from klimatlib.render.reviewers import cells, places, quotes, summary
from klimatlib.render.reviewers.room import beside, gates, lines, trial
from klimatlib.render.reviewers.room.earlier import Earlier, figures
from klimatlib.report.html import ASSETS, bundle, embeddable, environment, policy

ROOMS = (
    ("index", "Granskningsrum", "läget, siffrorna"),
    ("last-year", "Förra året", "bredvid"),
    ("quality", "Kvalitet", "och återräkning"),
)
_ASSETS = ASSETS / "reviewer"
_QUALITY = re.compile(r"part:method")
_WHY = re.compile(r"\{#chart-why")
_FIGURES = "chart-"


@dataclass(frozen=True)
class Facts:
    """What the review room tells of a run.

    Attributes
    ----------
    project, book
        The report, and its claims.
    known, notebooks, order
        The report's anchors and cells, the executed notebooks by name, the order of the report's parts.
    rows
        The claims with their links.
    inputs
        The files that the report rests on.
    warnings, corrections
        What the check of the inputs told.
    standings
        Who has signed which claim.
    basis
        What the headlines are computed from; None where they cannot be tried.
    earlier
        Last year's report, as far as it is known.
    names
        The notebooks' human names.
    """

    project: Project
    book: ClaimBook
    known: cells.Known
    notebooks: Mapping[str, Mapping[str, Any]]
    order: Sequence[str]
    rows: Sequence[summary.Row]
    inputs: Sequence[summary.Input]
    warnings: Sequence[Message]
    corrections: Sequence[str]
    standings: Mapping[str, Standing]
    basis: trial.Basis | None
    earlier: Earlier
    names: Sequence[tuple[str, str]]


def write(stage: Path, facts: Facts, frame: Mapping[str, Any]) -> list[Path]:
    """Write the three pages into ``review/`` of a report that stands in ``stage``.

    Parameters
    ----------
    stage
        The folder with the finished ``report.html`` and ``figures/``.
    facts
        What they tell.
    frame
        What the head of every page needs.

    Returns
    -------
    list of Path
        The pages.
    """
    before = facts.earlier
    said = quotes.read((stage / "report.html").read_text(encoding="utf-8"), facts.known.report)
    listed = lines.read(facts.rows, said, known=facts.known, earlier=before, standings=facts.standings)
    told = {
        "index": ("room", {"room": _room(facts, said, listed)}),
        "last-year": ("last-year", _last_year(stage, facts, said, listed, before)),
        "quality": ("quality", _quality(facts)),
    }
    pages = []
    for name, (template, what) in told.items():
        script = bundle(_ASSETS / "room.js") if name == "index" else ""
        page = _page(name, frame, script)
        path = stage / "review" / f"{name}.html"
        path.write_text(_render(template, page, what), encoding="utf-8", newline="")
        pages.append(path)
    return pages


def _page(name: str, frame: Mapping[str, Any], script: str) -> dict[str, Any]:
    css = frame["css"] + (_ASSETS / "room.css").read_text(encoding="utf-8")
    sealed = policy(styles=[css], scripts=[script] if script else [])
    return {**frame, "name": name, "css": css, "script": script, "policy": sealed}


def _render(template: str, page: Mapping[str, Any], what: Mapping[str, Any]) -> str:
    return environment(_ASSETS).get_template(f"{template}.html.j2").render(page=page, **what)


def _room(facts: Facts, said: Sequence[quotes.Quote], listed: Sequence[lines.Line]) -> dict[str, Any]:
    embedded = trial.data(facts.basis, facts.book) if facts.basis else None
    recomputed = trial.recomputed(embedded) if embedded else {}
    checked = gates.check(facts.book, said, facts.notebooks, recomputed)
    failed = sum(1 for gate in checked if gate.failed)
    count = Counter(sign for line in listed for sign in line.signs)
    count["moved"] = sum(1 for line in listed if line.moved == "ja")
    return {
        "name": facts.project.name,
        "lines": listed,
        "gates": checked,
        "failed": failed,
        "count": {key: count[key] for key in ("two", "one", "stale", "none", "moved")},
        "verdict": _verdict(len(listed), count, failed),
        "warnings": facts.warnings,
        "corrections": facts.corrections,
        "inputs": facts.inputs,
        "titles": facts.known.report.titles,
        "chapters": facts.names,
        "lights": _options(lines.lights()),
        "kinds": _options(sorted({line.kind for line in listed})),
        "places": _options([lines.TEXT, lines.TABLE, lines.CHART, lines.NOWHERE]),
        "trial": embedded,
        "trial_json": embedded and embeddable(embedded),
    }


def _verdict(n: int, count: Mapping[str, int], failed: int) -> str:
    if failed:
        return "Minst en spärr har brustit. Signera inte förrän den är utredd."
    if count["two"] == n:
        return "Alla spärrar håller, och två personer har signerat varje siffra."
    return f"Alla spärrar håller. {n - count['two']} av {n} siffror väntar på två personers signatur."


def _options(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value.lower()) for value in values]


def _last_year(
    stage: Path,
    facts: Facts,
    said: Sequence[quotes.Quote],
    listed: Sequence[lines.Line],
    before: Earlier,
) -> dict[str, Any]:
    moved = [line for line in listed if line.moved == "ja"]
    against = compare(before.book, facts.book) if before.name else None
    pairs = beside.sentences(before.quotes, said) if before.quotes is not None else []
    titles = facts.known.report.titles
    told = [*(before.quotes or ()), *said]
    captions = {q.place.removeprefix(_FIGURES): q.text for q in told if q.form == "caption"}
    return {
        "earlier": before,
        "name": facts.project.name,
        "params_file": facts.project.relative(facts.project.params_path),
        "moved": moved,
        "appeared": against.appeared if against else (),
        "vanished": against.vanished if against else (),
        "chapters": beside.chapters(pairs),
        "counted": _counted(pairs),
        "titles": titles,
        "figures": beside.figures(before.figures, figures(stage / "figures"), order=captions)
        if before.figures
        else [],
        "captions": captions,
    }


def _counted(pairs: Sequence[beside.Pair]) -> str:
    counts = Counter(pair.kind for pair in pairs)
    told = (
        (beside.NUMBERS, "med nya tal"),
        (beside.CHANGED, "ändrade"),
        (beside.NEW, "nya"),
        (beside.GONE, "borttagna"),
        (beside.SAME, "oförändrade"),
    )
    return (
        "Meningar, nyckeltal och tabellrader: " + ", ".join(f"{counts[k]} {words}" for k, words in told) + "."
    )


def _quality(facts: Facts) -> dict[str, Any]:
    """Return the cells that explain the figures: why they changed, and the declaration of quality."""
    why = [(name, c) for name, c in _cells(facts) if _WHY.search(places.side(c, "text/markdown"))]
    declared = [
        (name, c) for name, c in _cells(facts) if any(map(_QUALITY.match, c["metadata"].get("tags", [])))
    ]
    chosen = [*why, *declared]
    stands = {("", c["id"]): facts.known.stands.get((name, c["id"]), []) for name, c in chosen}
    owners = dict.fromkeys((claim.id for claim in facts.book), "index")
    known = replace(facts.known, stands=stands, owners=owners)
    found = cells.read("", {"cells": [c for _, c in chosen]}, known)
    shown = [cell for cell in found.cells if cell.body]
    return {"cells": shown, "homes": {c["id"]: name for name, c in chosen}}


def _cells(facts: Facts) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (name, cell)
        for name in dict.fromkeys(part.partition("#")[0] for part in facts.order)
        for cell in facts.notebooks[name]["cells"]
        if "report" in cell["metadata"].get("tags", [])
    ]
