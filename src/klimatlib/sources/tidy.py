"""The project's own inputs: tidy tables, facts, texts and the YAML that describes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from klimatlib import schemas
from klimatlib.catalogue import Outline, Question, Questions, Source, Sources
from klimatlib.errors import InputError, KlimatlibError, Problem
from klimatlib.legible import legible
from klimatlib.marks import unfilled
from klimatlib.schemas import NATION, rows
from klimatlib.sources import totals
from klimatlib.sources.facts import facts
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.official.places import Places
from klimatlib.sources.register import register_faults


def municipalities(inputs: Inputs) -> pd.DataFrame:
    """Sweden's municipalities, columns as `schemas.MUNICIPALITIES`.

    Raises
    ------
    InputError
        A code of another county, or two names for one county.
    """
    path = inputs.project.statistics / "municipalities.csv"
    frame = inputs.table(path, schemas.MUNICIPALITIES)
    _places(tuple(map(tuple, frame.to_numpy().tolist())), inputs.project.relative(path))
    return frame


def places(inputs: Inputs) -> Places:
    """Return the municipalities and counties that exist."""
    path = inputs.project.statistics / "municipalities.csv"
    found = tuple(map(tuple, municipalities(inputs).to_numpy().tolist()))
    return _places(found, inputs.project.relative(path))


@lru_cache(maxsize=4)
def _places(register: tuple[tuple[str, ...], ...], file: str) -> Places:
    columns = list(schemas.MUNICIPALITIES.schema.columns)
    return Places.from_frame(pd.DataFrame(list(register), columns=columns, dtype="str"), file=file)


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
        Unknown municipality, what does not add up (`klimatlib.sources.totals`), or a data year that is
        not there.
    """
    params = inputs.project.params
    path = inputs.project.statistics / f"emissions_{vintage or params.emissions_vintage}.csv"
    frame = inputs.table(path, schemas.EMISSIONS)
    shown = inputs.project.relative(path)
    problems = [*_unknown_codes(frame, inputs, shown), *totals.of_emissions(frame, places(inputs), shown)]
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
    shown = inputs.project.relative(path)
    problems = [*_unknown_codes(frame, inputs, shown), *totals.of_population(frame, places(inputs), shown)]
    if problems:
        raise InputError(problems)
    return frame


def members(inputs: Inputs) -> pd.DataFrame:
    """Members, former members and observers, columns as `schemas.MEMBERS`.

    Raises
    ------
    InputError
        A code that is no municipality or region, that has another name, or a status that the years deny.
    """
    path = inputs.project.data / "members.csv"
    frame, shown = inputs.table(path, schemas.MEMBERS), inputs.project.relative(path)
    known, year = places(inputs), inputs.project.params.year
    problems = [
        Problem(shown, f"row {number}, column {column}", told)
        for number, row in enumerate(rows(frame), 2)
        for column, told in register_faults(row, known, year)
    ]
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
        raise InputError([Problem(shown, "questions", f"{name} stands twice; keep one") for name in twice])
    return by_id


def _unsettled(question: Question, year: str, shown: str) -> list[Problem]:
    """Find a wording of the year with the mark of what is to be filled in; other years' do not matter."""
    found = unfilled(question.wording.get(year, ""), file=shown)
    return [Problem(shown, f"{question.id}, wording {year}", problem.text) for problem in found]


def goals(inputs: Inputs) -> pd.DataFrame:
    """Return the year's goals with results, columns as `schemas.GOALS`."""
    path = inputs.project.data / "goals.csv"
    frame = inputs.table(path, schemas.GOALS)
    problems = [
        Problem(
            inputs.project.relative(path),
            f"row {number}, column goal_max",
            f"{row.goal_max:g} is below goal_min, {row.goal_min:g}; are they exchanged?",
        )
        for number, row in enumerate(rows(frame), 2)
        if not pd.isna(row.goal_min) and not pd.isna(row.goal_max) and row.goal_max < row.goal_min
    ]
    if problems:
        raise InputError(problems)
    return frame


def published(inputs: Inputs) -> pd.DataFrame:
    """Figures as the report of the year printed them, columns as `schemas.PUBLISHED`.

    Raises
    ------
    InputError
        Another year's figures, or an earlier value without its year or a year that is not earlier.
    """
    path = inputs.project.data / "published.csv"
    frame, year = inputs.table(path, schemas.PUBLISHED), inputs.project.params.year
    problems = [
        Problem(inputs.project.relative(path), f"row {number}, column {column}", told)
        for number, row in enumerate(rows(frame), 2)
        for column, told in _published_faults(row, year, inputs.project.relative(inputs.project.params_path))
    ]
    if problems:
        raise InputError(problems)
    return frame


def _published_faults(row: Any, year: int, params: str) -> Iterator[tuple[str, str]]:
    before, value = row.previous_year, row.previous_value
    if row.year != year:
        yield "year", f"expected {year}, as {params} has it, got {row.year}; is it another year's file?"
    if pd.isna(before) != pd.isna(value):
        yield "previous_value", "expected a value with its previous_year, or both empty"
    elif not pd.isna(before) and before >= row.year:
        yield "previous_year", f"expected a year before {row.year}, got {before}"
    if str(row.unit).startswith("percent") and not 0 <= row.value <= 100:
        yield "value", f"expected a percentage from 0 to 100, got {row.value:g}"


def text(inputs: Inputs, name: str) -> str:
    """Return one of the report's texts: Markdown with placeholders."""
    path = inputs.project.data / "texts" / name
    return legible(inputs.read(path), inputs.project.relative(path))


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
