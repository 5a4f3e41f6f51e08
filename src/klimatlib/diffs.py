"""Two reports, or one report under two releases, set beside each other from the files at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from klimatlib import published
from klimatlib.claims.claims import ClaimBook, broken_sentences, compare
from klimatlib.config import Project
from klimatlib.indicators import association as members
from klimatlib.indicators import emissions
from klimatlib.indicators import emissions as revisions
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs


def reports(project: Project, before: str, after: str) -> Iterator[str]:
    """Say what moved from one published report to another, and which sentences no longer hold.

    Parameters
    ----------
    project
        Any report of the project.
    before, after
        Names of published reports: folders under ``outputs/``.

    Raises
    ------
    InputError
        When one of them has no ``claims.csv``, or one that its run did not make.
    """
    old, new = (published.claims(Inputs(project), name) for name in (before, after))
    yield from compare(old, new).lines()
    yield from _sentences(project, before, new)


def releases(inputs: Inputs, before: str, after: str) -> Iterator[str]:
    """Say what a release of the emissions moves against another, in the newest year that both have.

    The sentences of the published report are tried against the second release where that has their data year.
    """
    books, year = _books(inputs, (before, after))
    yield f"data year {year}, releases {before} and {after}"
    yield from compare(*books).lines()
    params, project = inputs.project.params, inputs.project
    if year != params.emissions_year:
        yield f"sentences not tried: one release lacks {params.emissions_year}, which the report is about"
        return
    printed = {claim.id: claim for claim in published.claims(inputs, project.name)}
    moved = {claim.id: claim for claim in books[1]}
    yield from _sentences(project, project.name, ClaimBook((printed | moved).values()))


def _books(inputs: Inputs, names: tuple[str, str]) -> tuple[list[ClaimBook], int]:
    tables = {name: sources.emissions(inputs, name) for name in names}
    people = sources.population(inputs)
    codes = members.municipality_codes(sources.members(inputs))
    params = inputs.project.params
    year = revisions.common_year(tables, latest=params.emissions_year)
    books = []
    for name, table in tables.items():
        chosen = params.model_copy(update={"emissions_vintage": name, "emissions_year": year})
        book = emissions.claims(emissions.Basis(table, people, codes, chosen, "SMHI; SCB"))
        books.append(ClaimBook(replace(claim, vintage=name) for claim in book))
    return books, year


def _sentences(project: Project, name: str, after: ClaimBook) -> Iterator[str]:
    path = project.root / "outputs" / name / "report.qmd"
    if not path.is_file():
        yield f"sentences not tried: no {project.relative(path)}; make it with: klimatlib report {name}"
        return
    for sentence, ids in broken_sentences(path.read_text(encoding="utf-8"), after):
        now = ", ".join(f"{i} is {after[i].text}" if i in after else f"{i} is gone" for i in ids)
        yield f"no longer holds: {sentence} ({now})"
