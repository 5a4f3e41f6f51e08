"""Look at everything a report rests on before anything runs: all problems at once, then the warnings."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd

from klimatlib import agreement, comparisons, examples, members, named, published, sources
from klimatlib.claims.claims import require_count
from klimatlib.errors import ClaimError, InputError, Problem
from klimatlib.marks import unfilled
from klimatlib.prose import lint_source
from klimatlib.schemas import rows
from klimatlib.sources import Inputs
from klimatlib.sources.corrections import told
from klimatlib.warned import Warned

_STATISTICS = {"emissions", "population"}
_READERS: dict[str, Callable[[Inputs], object]] = {
    "municipalities": sources.municipalities,
    "emissions": sources.emissions,
    "population": sources.population,
    "members": sources.members,
    "survey": sources.survey_counts,
    "consent": sources.consent,
    "examples": sources.examples,
    "goals": sources.goals,
    "published": sources.published,
    "facts": sources.facts,
    "questions": sources.questions,
    "sources": sources.credits,
    "outline": sources.outline,
    "signatures": sources.signatures,
    "earlier": published.previous_claims,
}


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes
    ----------
    inputs
        One line for each table: what it is, rows, years, release, age.
    corrections
        One line for each known error that is mended.
    warnings
        What does not stop the run but must be known.
    exposed
        What is wrong with who may read the inputs on this machine; for whoever runs it, not for the report.
    """

    inputs: tuple[str, ...]
    corrections: tuple[str, ...]
    warnings: tuple[Warned, ...]
    exposed: tuple[str, ...] = ()


def check_file(params_file: str, *, today: dt.date | None = None) -> Report:
    """Check a report by its parameter file, which may still have something to fill in; see `check`."""
    inputs = Inputs.open(params_file, draft=True)
    project = inputs.project
    text = inputs.read(project.params_path).decode("utf-8", errors="replace")
    return check(inputs, today=today, also=unfilled(text, file=project.relative(project.params_path)))


def check(inputs: Inputs, *, today: dt.date | None = None, also: Sequence[Problem] = ()) -> Report:
    """Read every input of a report and compare them with each other.

    Parameters
    ----------
    inputs
        The report's inputs.
    today
        For the age of the statistics; left out, their age is not told.
    also
        What is known to be wrong already.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    found: dict[str, object] = {}
    problems = [*also, *inputs.unfilled()]
    for name, read in _READERS.items():
        try:
            found[name] = read(inputs)
        except InputError as error:
            problems.extend(error.problems)
    problems += examples.faults(inputs) if "examples" in found else []
    problems += _corrections(inputs)
    problems += [*_texts(inputs, found), *_across(inputs, found), *_gate(inputs, found)]
    problems += [*agreement.members(inputs, found), *agreement.questions(inputs, found)]
    problems += [*agreement.published(inputs, found), *agreement.two_years(inputs, found)]
    problems += [*agreement.per_inhabitant(inputs, found), *agreement.named_by_notebooks(inputs, found)]
    problems += agreement.origins(inputs) if "sources" in found and "survey" in found else ()
    if problems:
        raise InputError(problems)
    tables = {name: table for name, table in found.items() if isinstance(table, pd.DataFrame)}
    return Report(
        tuple(_line(inputs, name, table, today) for name, table in tables.items()),
        tuple(told(one) for one in inputs.corrections() if one.file in inputs.digests),
        tuple(_warnings(inputs, tables)),
        tuple(_exposed(inputs)),
    )


def _exposed(inputs: Inputs) -> Iterator[str]:
    if files := sources.answers_open_to_others(inputs):
        yield (
            f"members' answers can be read by others on this machine: {', '.join(files)}; "
            f"mend it with: chmod 600 {' '.join(files)}"
        )


def _texts(inputs: Inputs, found: dict[str, object]) -> list[Problem]:
    """Look at the texts as they stand, and whether the facts that they name are there."""
    project, facts = inputs.project, found.get("facts")
    problems: list[Problem] = []
    for path in inputs.find(project.data / "texts", "*.md"):
        file = project.relative(path)
        try:
            text = sources.text(inputs, path.name)
        except InputError as error:
            problems += error.problems
            continue
        problems += [*lint_source(text, file=file), *_unreadable(text, file)]
        if isinstance(facts, dict):
            problems += named.lacking(text, facts, file=file)
    return problems


def _unreadable(text: str, file: str) -> list[Problem]:
    """Find a placeholder or a block that is not closed, before any is filled in."""
    try:
        jinja2.Environment(comment_start_string="{##", comment_end_string="##}").parse(text)
    except jinja2.TemplateSyntaxError as error:
        told = f"{error.message}; close the placeholder, or end the block"
        return [Problem(file, f"line {error.lineno}", told)]
    return []


def _corrections(inputs: Inputs) -> list[Problem]:
    try:
        return [*agreement.corrections(inputs)]
    except InputError as error:
        return [*error.problems]


def _across(inputs: Inputs, found: dict[str, object]) -> list[Problem]:
    tables = {name: table for name, table in found.items() if isinstance(table, pd.DataFrame)}
    if not {"members", *_STATISTICS} <= set(tables):
        return []
    codes, params = members.municipality_codes(tables["members"]), inputs.project.params
    shown = inputs.project.relative(inputs.project.data / "members.csv")
    release = f"emissions_{params.emissions_vintage}.csv"
    files = {"emissions": f"data/statistics/{release}", "population": "data/statistics/population.csv"}
    problems: list[Problem] = []
    for name in sorted(_STATISTICS):
        for year in (params.emissions_year, params.base_year):
            there = {*tables[name].loc[tables[name]["year"] == year, "municipality_code"]}
            problems += [
                Problem(shown, code, f"a member, but {files[name]} has no row for it in {year}; add it there")
                for code in codes
                if code not in there
            ]
    return [*problems, *_another_scale(inputs, tables["emissions"])]


def _another_scale(inputs: Inputs, now: pd.DataFrame) -> list[Problem]:
    """Refuse a release whose figures are, as a whole, a multiple of those of the one before."""
    params, project = inputs.project.params, inputs.project
    if not (earlier := _release_before(inputs)):
        return []
    path = project.statistics / f"emissions_{params.emissions_vintage}.csv"
    try:
        before = sources.emissions(inputs, earlier)
    except InputError as error:
        return [*error.problems]
    told = comparisons.doubled(now, before, (params.emissions_vintage, earlier))
    return [Problem(project.relative(path), "column emissions_t", f"{one} Fetch it anew") for one in told]


def _gate(inputs: Inputs, found: dict[str, object]) -> Iterator[Problem]:
    """Hold the published shares of the year against the counts: each must be k of n, and that k."""
    counts, published = found.get("survey"), found.get("published")
    if not isinstance(counts, pd.DataFrame) or not isinstance(published, pd.DataFrame):
        return
    shown = inputs.project.relative(inputs.project.data / "published.csv")
    counted = inputs.project.relative(inputs.project.data / "survey.csv")
    this_year = published[published["year"] == inputs.project.params.year]
    both = this_year.merge(counts, left_on="indicator", right_on="question_id", validate="one_to_one")
    for row in rows(both):
        try:
            k = require_count(_whole(row.value), int(row.n))
        except ClaimError as error:
            yield Problem(shown, row.indicator, str(error))
        else:
            if k != row.k:
                told = f"{row.value:.0f} % of {row.n} is k {k}, {counted} has {row.k}; correct the wrong one"
                yield Problem(shown, row.indicator, told)


def _whole(percent: float) -> int:
    if percent != int(percent):
        raise ClaimError(f"{percent:g} %; expected a whole per cent, as a share of the survey is published")
    return int(percent)


def _warnings(inputs: Inputs, tables: dict[str, pd.DataFrame]) -> Iterator[Warned]:
    yield from comparisons.register(tables["members"], sources.facts(inputs), tables["municipalities"])
    yield from comparisons.emissions_over_years(tables["emissions"])
    yield from comparisons.population_over_years(tables["population"])
    yield from comparisons.shares(tables["survey"], tables["published"])
    params = inputs.project.params
    if earlier := _release_before(inputs):
        before = sources.emissions(inputs, earlier)
        names = (params.emissions_vintage, earlier)
        yield from comparisons.releases(tables["emissions"], before, base_year=params.base_year, names=names)
    if params.survey_inferred:
        yield Warned(
            "the survey's k and n are worked back from published percentages",
            "enkätens k och n är framräknade ur publicerade procenttal",
        )


def _release_before(inputs: Inputs) -> str | None:
    """Return the newest release in the project that is older than the report's."""
    known = sources.release_names(inputs)
    return max((name for name in known if name < inputs.project.params.emissions_vintage), default=None)


def _line(inputs: Inputs, name: str, table: pd.DataFrame, today: dt.date | None) -> str:
    parts = [f"{name:<15} {len(table):>6} rows"]
    if "year" in table:
        parts.append(f"{table['year'].min()}-{table['year'].max()}")
    if name in _STATISTICS:
        release = _release(inputs, name)
        parts += [f"release {release}" if release else "release not told", *_age(release, today)]
    return ", ".join(parts)


def _release(inputs: Inputs, name: str) -> str:
    if name == "emissions":
        return inputs.project.params.emissions_vintage
    path: Path = inputs.project.statistics / "population.csv"
    return sources.origin(inputs, inputs.project.relative(path)).vintage or ""


def _age(release: str, today: dt.date | None) -> list[str]:
    if today is None:
        return []
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", release):
        return [f"{(today - dt.date.fromisoformat(release)).days} days old"]
    return [f"from {today.year - int(release)} years ago"] if re.fullmatch(r"\d{4}", release) else []
