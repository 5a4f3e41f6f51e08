"""The project's own inputs: tidy tables, facts, texts and the YAML that describes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from klimatlib import schemas
from klimatlib.catalogue import Outline, Question, Questions, Source, Sources
from klimatlib.errors import InputError, KlimatlibError, Problem
from klimatlib.legible import legible
from klimatlib.marks import unfilled
from klimatlib.schemas import NATION, TOTAL, rows
from klimatlib.sources.inputs import Inputs
from klimatlib.strict_yaml import load_yaml

_SECTOR_TOLERANCE_T = 8.0  # the sum of eight rounded sectors against their rounded total


def municipalities(inputs: Inputs) -> pd.DataFrame:
    """Sweden's municipalities, columns as `schemas.MUNICIPALITIES`."""
    return inputs.table(inputs.project.statistics / "municipalities.csv", schemas.MUNICIPALITIES)


def emissions(inputs: Inputs, vintage: str | None = None) -> pd.DataFrame:
    """Greenhouse gas emissions by municipality, year and sector, columns as `schemas.EMISSIONS`.

    Parameters
    ----------
    inputs
        The report's inputs.
    vintage
        Release of the emissions database; the parameters' one by default. Only that must have the
        parameters' data year.

    Raises
    ------
    InputError
        Unknown municipality, sectors that do not add up to their total, or a data year that is not there.
    """
    params = inputs.project.params
    path = inputs.project.statistics / f"emissions_{vintage or params.emissions_vintage}.csv"
    frame = inputs.table(path, schemas.EMISSIONS)
    shown = inputs.project.relative(path)
    problems = [*_unknown_codes(frame, inputs, shown), *_sums(frame, shown)]
    years = set(frame.loc[frame["municipality_code"] == NATION, "year"])
    for key, year in (("emissions_year", params.emissions_year), ("base_year", params.base_year)):
        if year not in years and vintage is None:
            known = ", ".join(map(str, sorted(years)))
            problems.append(Problem(shown, f"year {year}", f"missing ({key}); the file has {known}"))
    if problems:
        raise InputError(problems)
    return frame


def remember(params_file: str, root: Path) -> None:
    """Read what every notebook reads, so that processes forked from this one have it parsed.

    What is wrong with them is not told here: whoever reads them for use does so.
    """
    with suppress(KlimatlibError):
        inputs = Inputs.open(params_file, start=root)
        statistics = inputs.project.statistics
        inputs.table(statistics / "municipalities.csv", schemas.MUNICIPALITIES)
        inputs.table(statistics / "population.csv", schemas.POPULATION)
        release = inputs.project.params.emissions_vintage
        inputs.table(statistics / f"emissions_{release}.csv", schemas.EMISSIONS)
        for read in (questions, credits, facts):
            read(inputs)


def release_names(inputs: Inputs) -> list[str]:
    """Return the releases of the emissions database that are at hand, oldest first."""
    found = inputs.find(inputs.project.statistics, "emissions_*.csv")
    return sorted(path.stem.removeprefix("emissions_") for path in found)


def releases(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the emissions in the report's release and in those of ``revisions``, oldest first."""
    params = inputs.project.params
    return {name: emissions(inputs, name) for name in sorted({params.emissions_vintage, *params.revisions})}


def population(inputs: Inputs) -> pd.DataFrame:
    """Inhabitants on 31 December, columns as `schemas.POPULATION`."""
    path = inputs.project.statistics / "population.csv"
    frame = inputs.table(path, schemas.POPULATION)
    problems = _unknown_codes(frame, inputs, inputs.project.relative(path))
    if problems:
        raise InputError(problems)
    return frame


def members(inputs: Inputs) -> pd.DataFrame:
    """Members, former members and observers, columns as `schemas.MEMBERS`."""
    path = inputs.project.data / "members.csv"
    frame = inputs.table(path, schemas.MEMBERS)
    towns = frame[frame["kind"] == "municipality"].rename(columns={"code": "municipality_code"})
    problems = _unknown_codes(towns, inputs, inputs.project.relative(path))
    if problems:
        raise InputError(problems)
    return frame


def questions(inputs: Inputs) -> dict[str, Question]:
    """Return the survey's questions by id, in the report's order.

    Raises
    ------
    InputError
        A question that stands twice, or whose wording of the year is still to be filled in.
    """
    path = inputs.project.root / "params" / "questions.yml"
    found = inputs.model(path, Questions).questions
    by_id = {question.id: question for question in found}
    shown, year = inputs.project.relative(path), str(inputs.project.params.year)
    problems = [p for q in found for p in _unsettled(q, year, shown)]
    if problems:
        raise InputError(problems)
    if len(by_id) < len(found):
        twice = sorted({q.id for q in found if [x.id for x in found].count(q.id) > 1})
        raise InputError([Problem(shown, "questions", f"{name} stands twice") for name in twice])
    return by_id


def _unsettled(question: Question, year: str, shown: str) -> list[Problem]:
    """Find a wording of the year with the mark of what is to be filled in; other years' do not matter."""
    found = unfilled(question.wording.get(year, ""), file=shown)
    return [Problem(shown, f"{question.id}, wording {year}", problem.text) for problem in found]


def goals(inputs: Inputs) -> pd.DataFrame:
    """Return the year's goals with results, columns as `schemas.GOALS`."""
    return inputs.table(inputs.project.data / "goals.csv", schemas.GOALS)


def published(inputs: Inputs) -> pd.DataFrame:
    """Figures as the report of the year printed them, columns as `schemas.PUBLISHED`."""
    return inputs.table(inputs.project.data / "published.csv", schemas.PUBLISHED)


def facts(inputs: Inputs) -> dict[str, Any]:
    """Return the facts of the year: what the association did, as nested mappings and lists.

    Raises
    ------
    InputError
        No mapping, no activities, two activities with one id, or a date that is none.
    """
    path = inputs.project.data / "facts.yml"
    return read_facts(inputs.read(path), inputs.project.relative(path))


def read_facts(data: bytes, shown: str) -> dict[str, Any]:
    """Return the facts that a YAML file holds, checked as `facts` says; ``shown`` is its name in messages."""
    found, _ = load_yaml(data, shown)
    if not isinstance(found, dict) or not isinstance(found.get("activities"), list):
        raise InputError([Problem(shown, "activities", "missing; expected a list of activities")])
    ids = [activity.get("id") for activity in found["activities"]]
    problems = [
        Problem(shown, "activities", f"id {i} stands twice") for i in dict.fromkeys(ids) if ids.count(i) > 1
    ]
    problems += _bad_dates(found, "", shown)
    if problems:
        raise InputError(problems)
    return found


def text(inputs: Inputs, name: str) -> str:
    """Return one of the report's texts: Markdown with placeholders.

    Raises
    ------
    InputError
        Not UTF-8, or with characters that nobody sees.
    """
    path = inputs.project.data / "texts" / name
    data, shown = inputs.read(path), inputs.project.relative(path)
    return legible(data, shown)


def outline(inputs: Inputs) -> Outline:
    """Return which notebooks make the report and in what order (``notebooks/report.yml``)."""
    return inputs.model(inputs.project.root / "notebooks" / "report.yml", Outline)


def chapters(inputs: Inputs) -> tuple[str, ...]:
    """Return the notebooks that the summary rests on."""
    return outline(inputs).chapters


def credits(inputs: Inputs) -> list[list[str]]:
    """Return rows for the report's list of sources: publisher, and titles with their release."""
    known = inputs.model(inputs.project.root / "params" / "sources.yml", Sources).sources
    files, titles = _files_of(inputs), dict[str, list[str]]()
    for source in known.values():
        for path in sorted(files):
            if (found := _told_by(source, path)) is not None:
                files.remove(path)
                release = f", version {found.vintage}" if found.vintage else ""
                titles.setdefault(found.publisher, []).append(found.title + release)
    return [[publisher, ". ".join(told) + "."] for publisher, told in titles.items()]


def _files_of(inputs: Inputs) -> set[str]:
    project = inputs.project
    own = {project.relative(path) for path in inputs.find(project.data, "*.*")}
    vintage = project.statistics / f"emissions_{project.params.emissions_vintage}.csv"
    return own | {project.relative(vintage), project.relative(project.statistics / "population.csv")}


def origin(inputs: Inputs, path: str) -> Source:
    """Return where an input comes from, by its path in the project (``params/sources.yml``)."""
    shown = "params/sources.yml"
    known = inputs.model(inputs.project.root / "params" / "sources.yml", Sources).sources
    for source in known.values():
        if (found := _told_by(source, path)) is not None:
            return found
    raise InputError([Problem(shown, "sources", f"no source tells where {path} comes from; add it")])


def _told_by(source: Source, path: str) -> Source | None:
    """Return what a source says of a file, if the file is its own; of a fetched table with its release."""
    before, mark, after = source.file.partition("{vintage}")
    if not mark:
        return source if source.file == path else None
    if not (path.startswith(before) and path.endswith(after)):
        return None
    return source.model_copy(update={"file": path, "vintage": path.removeprefix(before).removesuffix(after)})


def _unknown_codes(frame: pd.DataFrame, inputs: Inputs, shown: str) -> list[Problem]:
    known = {*municipalities(inputs)["municipality_code"], NATION}
    found = frame["municipality_code"].drop_duplicates()
    told = "is no municipality; see data/statistics/municipalities.csv"
    return [
        Problem(shown, f"row {row}", f"{code} {told}")
        for row, code in zip(found.index + 2, found, strict=True)
        if code not in known
    ]


def _sums(frame: pd.DataFrame, shown: str) -> list[Problem]:
    keys = ["municipality_code", "year"]
    parts = frame[frame["sector"] != TOTAL].groupby(keys, as_index=False)["emissions_t"].sum()
    totals = frame[frame["sector"] == TOTAL]
    both = parts.merge(totals, on=keys, how="left", suffixes=("_parts", ""), validate="one_to_one")
    problems = []
    for row in rows(both):
        where = f"{row.municipality_code}, {row.year}"
        if pd.isna(row.emissions_t):
            problems.append(Problem(shown, where, f"sectors but no total; add the row with sector {TOTAL}"))
        elif abs(row.emissions_t_parts - row.emissions_t) > _SECTOR_TOLERANCE_T:
            told = f"sectors add up to {row.emissions_t_parts:.0f} t, the total is {row.emissions_t:.0f} t"
            problems.append(Problem(shown, where, told))
    return problems


def _bad_dates(node: object, where: str, shown: str) -> list[Problem]:
    if isinstance(node, Mapping):
        return [
            p for key, value in node.items() for p in _bad_dates(value, f"{where}.{key}".strip("."), shown)
        ]
    if isinstance(node, list):
        return [p for i, value in enumerate(node) for p in _bad_dates(value, f"{where}.{i}", shown)]
    if isinstance(node, dt.date):
        return [Problem(shown, where, f'expected text in quotes: write "{node.isoformat()}"')]
    if where.rsplit(".", 1)[-1] in ("date", "start", "end"):
        try:
            dt.date.fromisoformat(str(node))
        except ValueError:
            return [Problem(shown, where, f'expected a date as "2023-04-27", got {node!r}')]
    return []
