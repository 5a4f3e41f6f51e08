"""Look at everything a report rests on before anything runs: all problems at once, then the warnings."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import ClaimBook, require_count
from klimatlib.config import Outline, Sectors, unfilled, validate
from klimatlib.errors import ClaimError, InputError, Message, Problem, UsageError, warning
from klimatlib.files import find_root, to_csv, write_whole
from klimatlib.indicators import association as backtest
from klimatlib.indicators import association as indicators
from klimatlib.indicators import association as members_indicator
from klimatlib.indicators import association as survey
from klimatlib.prose import templates as examples
from klimatlib.prose import templates as named
from klimatlib.prose.linter import lint_source
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables as schemas
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.files import capped, read_file
from klimatlib.sources.inputs import Inputs, read_table, told
from klimatlib.sources.statistics import KINDS, Reader, read_any
from klimatlib.sources.survey_export import (
    answers_of,
    answers_of_both_years,
    answers_open_to_others,
    consent,
    survey_counts,
    survey_file,
)
from klimatlib.sources.tables import NATION, TOTAL, Places, Reading, Table, rows

# --- klimatlib.run.checks: What does not stop a run but must be known: a table against

YEAR_STEP_FACTOR = 2.0  # a municipality's total from one year of the table to the next
RELEASE_FACTOR = 1.5  # the same figure in two releases
NATION_REVISION = 0.10
BASE_YEAR_REVISION = 0.03
POPULATION_STEP = 0.15
SHARE_STEP = 0.30
_MOST = 8


def emissions_over_years(emissions: pd.DataFrame, *, factor: float = YEAR_STEP_FACTOR) -> list[Message]:
    """Tell which totals change by more than a factor between years that lie five years apart at most."""
    totals = emissions[emissions["sector"] == TOTAL].sort_values(["municipality_code", "year"])
    return _steps(totals, "emissions_t", ("t", "t"), factor=factor)


def population_over_years(population: pd.DataFrame, *, step: float = POPULATION_STEP) -> list[Message]:
    """Tell which populations change by more than a share between years that lie five years apart at most."""
    ordered = population.sort_values(["municipality_code", "year"])
    return _steps(ordered, "population", ("inhabitants", "invånare"), factor=1 + step)


def releases(
    now: pd.DataFrame, before: pd.DataFrame, *, base_year: int, names: tuple[str, str]
) -> list[Message]:
    """Compare a release of the emissions with the one before it, figure by figure.

    Parameters
    ----------
    now, before
        Columns as `schemas.EMISSIONS`.
    base_year
        Year whose revision is told from 3 % on.
    names
        The two releases.
    """
    both = _beside(now, before)
    gone = sorted({*before["year"]} - {*now["year"]})
    told = warning(
        f"release {names[0]} has no figures for {_list(gone)}, which {names[1]} had",
        f"utgåva {names[0]} har inga tal för {_list(gone)}, som {names[1]} hade",
    )
    return [
        *([told] if gone else []),
        *_revised(both, base_year, names),
        *_off(both, names),
    ]


def doubled(now: pd.DataFrame, before: pd.DataFrame, names: tuple[str, str]) -> list[str]:
    """Tell whether a release is, as a whole, a multiple of the one before; columns as `schemas.EMISSIONS`."""
    both = _beside(now, before)
    middle = float(both["ratio"].median()) if len(both) else 1.0
    for factor, meaning in (
        (2, "the file is doubled"),
        (1000, "kilograms instead of tonnes"),
        (0.001, "kilotonnes"),
    ):
        if 0.9 * factor < middle < 1.1 * factor:
            return [f"figures of release {names[0]} are {middle:.3g} times those of {names[1]}: {meaning}?"]
    return []


def _beside(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of two releases side by side, with their ratio."""
    return (
        now[now["sector"] == TOTAL]
        .merge(
            before[before["sector"] == TOTAL],
            on=["municipality_code", "year"],
            suffixes=("", "_before"),
            validate="one_to_one",
        )
        .assign(ratio=lambda t: t["emissions_t"] / t["emissions_t_before"])
    )


def _revised(both: pd.DataFrame, base_year: int, names: tuple[str, str]) -> list[Message]:
    nation = both[both["municipality_code"] == NATION]
    return [
        warning(
            f"the nation in {row.year} is revised by {100 * (row.ratio - 1):+.1f} %, "
            f"from release {names[1]} to {names[0]}",
            f"riket {row.year} är omräknat med {_number(100 * (row.ratio - 1), 1)} %, "
            f"från utgåva {names[1]} till {names[0]}",
        )
        for row in rows(nation)
        if abs(row.ratio - 1) > (BASE_YEAR_REVISION if row.year == base_year else NATION_REVISION)
    ]


def _off(both: pd.DataFrame, names: tuple[str, str]) -> list[Message]:
    ratio = both["ratio"]
    far = both[(ratio > RELEASE_FACTOR) | (ratio < 1 / RELEASE_FACTOR)]
    return _capped(
        warning(
            f"{row.municipality_code} in {row.year}: {row.emissions_t:.0f} t in release {names[0]}, "
            f"{row.emissions_t_before:.0f} t in {names[1]}",
            f"{row.municipality_code} {row.year}: {row.emissions_t:.0f} t i utgåva {names[0]}, "
            f"{row.emissions_t_before:.0f} t i {names[1]}",
        )
        for row in rows(far)
    )


def register(table: pd.DataFrame, facts: Mapping[str, Any], municipalities: pd.DataFrame) -> list[Message]:
    """Compare the register of members with the facts of the year, and a region with its municipalities."""
    told, stated = facts["members"], facts["members"]["count_year_end"]
    listed = members_indicator.listed(table)
    found = []
    if listed != stated:
        reason, grund = (
            ("figures on members rest on those listed", "siffror om medlemmar vilar på dem")
            if listed < stated
            else ("one of them is wrong", "ett av talen är fel")
        )
        found.append(
            warning(
                f"the register lists {listed} of {stated} members: {reason}",
                f"registret har {listed} av {stated} medlemmar: {grund}",
            )
        )
    for key, status in (("joined", "member"), ("left", "left"), ("observers_joined", "observer")):
        known = [_plain(name) for name in table.loc[table["status"] == status, "name"]]
        found += [
            warning(
                f"the facts name {name} ({key}), but no row of the register with status {status} does",
                f"fakta nämner {name} ({key}), men ingen rad i registret med status {status} gör det",
            )
            for name in told[key]
            if not any(_plain(name).startswith(row) for row in known)
        ]
    return [*found, *_overlaps(table, municipalities)]


def _overlaps(table: pd.DataFrame, municipalities: pd.DataFrame) -> list[Message]:
    county = dict(zip(municipalities["municipality_code"], municipalities["county_code"], strict=True))
    counties = [county.get(code, "") for code in members_indicator.municipality_codes(table)]
    chosen = table[(table["status"] == "member") & (table["kind"] == "region")]
    return [
        warning(
            f"{row.name} overlaps {counties.count(row.code)} member municipalities of its own: "
            "it is not added to them",
            f"{row.name} omfattar {counties.count(row.code)} medlemskommuner: regionen läggs inte till dem",
        )
        for row in chosen.itertuples(index=False, name="Region")
        if counties.count(str(row.code))
    ]


def shares(counts: pd.DataFrame, published: pd.DataFrame) -> list[Message]:
    """Tell which survey shares are far from the earlier ones that they are set beside."""
    both = counts.merge(
        published.dropna(subset="previous_year"),
        left_on="question_id",
        right_on="indicator",
        validate="one_to_one",
    )
    return [
        warning(
            f"{row.question_id}: {100 * row.k / row.n:.0f} % against {row.previous_value:.0f} % "
            f"{row.previous_year}; is it the same question?",
            f"{row.question_id}: {100 * row.k / row.n:.0f} % mot {row.previous_value:.0f} % "
            f"{row.previous_year}; är det samma fråga?",
        )
        for row in rows(both)
        if abs(row.k / row.n - row.previous_value / 100) > SHARE_STEP
    ]


def _steps(ordered: pd.DataFrame, column: str, units: tuple[str, str], *, factor: float) -> list[Message]:
    groups = ordered.groupby("municipality_code")
    steps = ordered.assign(before=groups[column].shift(), year_before=groups["year"].shift())
    near = steps[(steps["year"] - steps["year_before"] <= 5) & (steps["before"] > 0)]
    ratio = near[column].astype(float) / near["before"].astype(float)
    far = near[(ratio > factor) | (ratio < 1 / factor)]
    return _capped(
        warning(
            f"{row.municipality_code}: {row.before:.0f} {units[0]} in {row.year_before:.0f}, "
            f"{getattr(row, column):.0f} in {row.year}",
            f"{row.municipality_code}: {row.before:.0f} {units[1]} {row.year_before:.0f}, "
            f"{getattr(row, column):.0f} {row.year}",
        )
        for row in rows(far)
    )


def _capped(sentences: Iterable[Message]) -> list[Message]:
    found = list(sentences)
    more = len(found) - _MOST
    rest = warning(f"and {more} more of the kind", f"och {more} till av samma slag")
    return [*found[:_MOST], rest] if more > 0 else found


def _number(value: float, decimals: int) -> str:
    return swedish.number(value, decimals)


def _list(years: Sequence[int]) -> str:
    return ", ".join(map(str, years))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


# --- klimatlib.run.checks: What the files of a year must agree on, with each other and

_NATION_T, _PLACE_T = (0.5, 50.0), (0.2, 500.0)  # a year's emissions per inhabitant, t
_MEMBERS = "medlemmar-antal"
_NAMED = ("joined", "left", "observers_joined")
_TEXT = re.compile(r'chapter\.text\(\\?"([a-z0-9_]+\.md)\\?"')
_ACTIVITY = re.compile(r'chapter\.activity\(\\?"([a-z0-9-]+)\\?"\)')


def members(inputs: Inputs, found: Mapping[str, object]) -> list[Problem]:
    """Hold the stated number of members against those that came and went, and against the year before."""
    register, facts, before = (found.get(name) for name in ("members", "facts", "earlier"))
    project, params = inputs.project, inputs.project.params
    problems: list[Problem] = []
    if isinstance(facts, dict) and isinstance(register, pd.DataFrame):
        shown = project.relative(project.data / "facts.yml")
        problems += _another_year(facts, params.year, shown, project.relative(project.params_path))
        problems += _unshaped(facts, shown) or _miscounted(facts, register, params.members_previous, shown)
    if isinstance(before, ClaimBook) and "members-count" in before:
        count = int(before["members-count"].value)
        if count != params.members_previous:
            told = f"expected {count}, as report {params.previous} has it, got {params.members_previous}"
            problems.append(Problem(project.relative(project.params_path), "members_previous", told))
    return problems


def _another_year(facts: Mapping[str, Any], year: int, shown: str, params: str) -> list[Problem]:
    report = facts.get("report")
    told = report.get("year", year) if isinstance(report, dict) else year
    text = f"expected {year}, as {params} has it, got {told!r}; is it another year's file?"
    return [Problem(shown, "report.year", text)] if told != year else []


def _unshaped(facts: Mapping[str, Any], shown: str) -> list[Problem]:
    told = facts.get("members")
    if not isinstance(told, dict):
        return [Problem(shown, "members", f"missing; expected count_year_end, {', '.join(_NAMED)}")]
    problems = [
        Problem(shown, f"members.{key}", f"expected a list of names, [] for none, got {told.get(key)!r}")
        for key in _NAMED
        if not isinstance(told.get(key), list)
    ]
    count = told.get("count_year_end")
    if not isinstance(count, int) or isinstance(count, bool):
        problems.append(Problem(shown, "members.count_year_end", f"expected a whole number, got {count!r}"))
    return problems


def _miscounted(facts: Mapping[str, Any], register: pd.DataFrame, previous: int, shown: str) -> list[Problem]:
    try:
        indicators.member_claims(
            facts, year=1900, previous=previous, register=register, source="-", register_source="-"
        )
    except InputError as error:
        return [replace(problem, file=shown) for problem in error.problems]
    return []


def questions(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Ask of each question of the year for its answers, and whether its wording allows the comparison."""
    known, counts, params = found.get("questions"), found.get("survey"), inputs.project.params
    if not isinstance(known, dict):
        return
    shown, year = "params/questions.yml", str(params.year)
    for question in known.values():
        if params.previous and (told := survey.unlike(question, params.survey_years)):
            yield Problem(shown, question.id, told)
        if not isinstance(counts, pd.DataFrame) or year not in question.wording:
            continue
        if question.id not in {*counts["question_id"]}:
            file = inputs.project.relative(survey_file(inputs))
            told = f"asked, but {file} has no answers to it; add them, or take this wording out"
            yield Problem(shown, f"{question.id}, wording {year}", told)


def named_by_notebooks(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Ask for the activities and texts that a notebook takes by name."""
    facts, project = found.get("facts"), inputs.project
    if "outline" not in found:
        return
    yield from _order(sources.outline(inputs))
    shown = project.relative(project.data / "facts.yml")
    there = [activity["id"] for activity in facts["activities"]] if isinstance(facts, dict) else None
    for name in sources.outline(inputs).notebooks:
        path = project.root / "notebooks" / f"{name}.ipynb"
        if not path.is_file():
            yield Problem("notebooks/report.yml", name, f"there is no notebook notebooks/{name}.ipynb")
            continue
        source = path.read_text(encoding="utf-8", errors="replace")
        for text in dict.fromkeys(_TEXT.findall(source)):
            if not (project.data / "texts" / text).is_file():
                told = f"missing; notebook {name} prints it, an empty file prints nothing"
                yield Problem(project.relative(project.data / "texts" / text), "", told)
        for activity in dict.fromkeys(_ACTIVITY.findall(source)):
            if there is not None and activity not in there:
                told = f"no activity with id {activity}, which notebook {name} tells"
                yield Problem(shown, "activities", told)


def _order(outline: Outline) -> Iterator[Problem]:
    for entry in dict.fromkeys(outline.order):
        if entry.split("#")[0] not in outline.notebooks:
            known = ", ".join(outline.notebooks)
            yield Problem(
                "notebooks/report.yml", "order", f"{entry}: no notebook of the report; there is {known}"
            )
        if outline.order.count(entry) > 1:
            yield Problem("notebooks/report.yml", "order", f"{entry} stands twice; keep one of them")


def per_inhabitant(inputs: Inputs, found: Mapping[str, object]) -> list[Problem]:
    """Hold emissions against inhabitants: in another unit neither country nor municipality is possible."""
    emissions, people = found.get("emissions"), found.get("population")
    if not isinstance(emissions, pd.DataFrame) or not isinstance(people, pd.DataFrame):
        return []
    project, params = inputs.project, inputs.project.params
    shown = project.relative(project.statistics / f"emissions_{params.emissions_vintage}.csv")
    people_file = project.relative(project.statistics / "population.csv")
    totals = emissions[emissions["sector"] == TOTAL].reset_index(names="at")
    both = totals.merge(people, on=["municipality_code", "year"], validate="one_to_one")
    each = both["emissions_t"].astype(float) / both["population"].astype(float)
    nation = both["municipality_code"] == NATION
    low, high = (
        nation.map({True: _NATION_T[0], False: _PLACE_T[0]}),
        nation.map({True: _NATION_T[1], False: _PLACE_T[1]}),
    )
    off = both.assign(each=each, low=low, high=high)[(each < low) | (each > high)]
    return capped(
        [
            Problem(
                shown,
                f"row {row.at + 2}, column emissions_t",
                f"{row.municipality_code}, {row.year}: {row.each:.3g} t per inhabitant, expected "
                f"{row.low:g} to {row.high:g}; is the unit tonnes, and is {people_file} right?",
            )
            for row in rows(off)
        ]
    )


def published(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Ask of each published figure what it is, and hold the number of members against that stated."""
    table, known, facts = (found.get(name) for name in ("published", "questions", "facts"))
    if not isinstance(table, pd.DataFrame) or not isinstance(known, dict):
        return
    shown = inputs.project.relative(inputs.project.data / "published.csv")
    names = [*known, *backtest.INDICATORS, _MEMBERS]
    for number, row in enumerate(rows(table), 2):
        where = f"row {number}, column "
        if row.indicator not in names:
            near = difflib.get_close_matches(row.indicator, names, n=1)
            told = (
                f"; is it {near[0]}?"
                if near
                else "; expected a question's id or one of " + ", ".join(names[-5:])
            )
            yield Problem(shown, f"{where}indicator", f"{row.indicator} is no figure of the report{told}")
        stated = _stated(facts, row.value)
        if row.indicator == _MEMBERS and row.value != stated:
            told = f"{row.value:g} members published, facts.yml has {stated} (members.count_year_end)"
            yield Problem(shown, f"{where}value", f"{told}; one of them is wrong")


def _stated(facts: object, otherwise: float) -> float:
    """Return how many members the facts state; what is told elsewhere where they state nothing."""
    told = facts.get("members") if isinstance(facts, dict) else None
    return told.get("count_year_end", otherwise) if isinstance(told, dict) else otherwise


def two_years(inputs: Inputs, found: Mapping[str, object]) -> Iterator[Problem]:
    """Refuse last year's answers under this year's name."""
    if inputs.project.params.survey_input == "counts" or "survey" not in found:
        return
    try:
        before, now = answers_of_both_years(inputs)
    except InputError as error:
        yield from error.problems
        return
    if len(now) and before.equals(now):
        told = f"the same answers as {inputs.project.params.year - 1}, every one; is it last year's file?"
        yield Problem(inputs.project.relative(survey_file(inputs)), "", told)


def corrections(inputs: Inputs) -> Iterator[Problem]:
    """Ask for the file of each correction: one that is misspelt would never be made."""
    for one in inputs.corrections():
        if not (inputs.project.root / one.file).is_file():
            yield Problem("params/corrections.yml", one.id, f"there is no file {one.file}; mend its name")


def origins(inputs: Inputs) -> Iterator[Problem]:
    """Ask for the source of each file that a chapter cites."""
    project, params = inputs.project, inputs.project.params
    statistics = (f"emissions_{params.emissions_vintage}.csv", "population.csv")
    cited = [project.data / name for name in ("facts.yml", "goals.csv", "members.csv", "published.csv")]
    cited += [project.statistics / name for name in statistics]
    for path in [*cited, survey_file(inputs)]:
        try:
            sources.origin(inputs, project.relative(path))
        except InputError as error:
            yield from error.problems


# --- klimatlib.run.checks: Look at everything a report rests on before anything runs: a

_STATISTICS = {"emissions", "population"}
_READERS: dict[str, Callable[[Inputs], object]] = {
    "municipalities": sources.municipalities,
    "emissions": sources.emissions,
    "population": sources.population,
    "members": sources.members,
    "survey": survey_counts,
    "consent": consent,
    "examples": sources.examples,
    "goals": sources.goals,
    "published": sources.published,
    "facts": sources.facts,
    "questions": sources.questions,
    "sources": sources.credits,
    "outline": sources.outline,
    "signatures": sources.signatures,
    "earlier": sources.previous_claims,
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
    warnings: tuple[Message, ...]
    exposed: tuple[Message, ...] = ()


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
    problems += [*members(inputs, found), *questions(inputs, found)]
    problems += [*published(inputs, found), *two_years(inputs, found)]
    problems += [*per_inhabitant(inputs, found), *named_by_notebooks(inputs, found)]
    problems += origins(inputs) if "sources" in found and "survey" in found else ()
    if problems:
        raise InputError(problems)
    tables = {name: table for name, table in found.items() if isinstance(table, pd.DataFrame)}
    return Report(
        tuple(_line(inputs, name, table, today) for name, table in tables.items()),
        tuple(told(one) for one in inputs.corrections() if one.file in inputs.digests),
        tuple(_warnings(inputs, tables)),
        tuple(_exposed(inputs)),
    )


def _exposed(inputs: Inputs) -> Iterator[Message]:
    if files := answers_open_to_others(inputs):
        yield warning(
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
        return [*corrections(inputs)]
    except InputError as error:
        return [*error.problems]


def _across(inputs: Inputs, found: dict[str, object]) -> list[Problem]:
    tables = {name: table for name, table in found.items() if isinstance(table, pd.DataFrame)}
    if not {"members", *_STATISTICS} <= set(tables):
        return []
    codes, params = members_indicator.municipality_codes(tables["members"]), inputs.project.params
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
    told = doubled(now, before, (params.emissions_vintage, earlier))
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


def _warnings(inputs: Inputs, tables: dict[str, pd.DataFrame]) -> Iterator[Message]:
    yield from register(tables["members"], sources.facts(inputs), tables["municipalities"])
    yield from emissions_over_years(tables["emissions"])
    yield from population_over_years(tables["population"])
    yield from shares(tables["survey"], tables["published"])
    params = inputs.project.params
    if earlier := _release_before(inputs):
        before = sources.emissions(inputs, earlier)
        names = (params.emissions_vintage, earlier)
        yield from releases(tables["emissions"], before, base_year=params.base_year, names=names)
    if params.survey_inferred:
        yield warning(
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


# --- look

_OWN: dict[str, Table] = {
    "survey-counts": schemas.SURVEY_COUNTS,
    "members": schemas.MEMBERS,
    "goals": schemas.GOALS,
}
_SHOWN_ROWS = 5


@dataclass(frozen=True)
class Meaning:
    """What a file does not say of itself.

    Attributes
    ----------
    report
        The report whose questions and members a survey belongs to; by default that of the file's folder.
    substance
        What an export of the emissions database must hold: ``GGT`` or another of its substances.
    selection
        Whether an export may leave out municipalities or sectors; its sums are then not checked.
    """

    report: str | None = None
    substance: str = "GGT"
    selection: bool = False


def inspect_file(file: Path, *, out: Path | None = None, meaning: Meaning | None = None) -> Iterator[str]:
    """Read a file of any known format and tell what it holds, line by line.

    Parameters
    ----------
    file
        The file; its name does not matter.
    out
        Where to write the tidy table, as CSV; must not be there yet. Members' answers are readable by their
        owner only.
    meaning
        What the file does not say of itself.

    Raises
    ------
    InputError
        What is wrong with the file, or that its format is not known.
    UsageError
        When ``out`` is there already.
    """
    if out and out.exists():
        raise UsageError(f"{out}: is there already; give another name or remove it")
    reading = understand(file, meaning or Meaning())
    if out:
        write_whole(out, to_csv(reading.frame), private=reading.kind == "survey-answers")
    yield from _described(reading)
    if out:
        yield f"written: {out}"


def understand(file: Path, meaning: Meaning) -> Reading:
    """Return the reading of a file, whatever its known format."""
    data = read_file(file, str(file))
    root = find_root()
    codes = schemas.MUNICIPALITIES
    path = root / "data" / "statistics" / "municipalities.csv"
    places = Places.from_frame(read_table(path.read_bytes(), codes, file=path.name))

    path = root / "params" / "sectors.yml"
    sectors = validate(read_file(path, "params/sectors.yml"), Sectors, shown="params/sectors.yml")

    def own(kind: str) -> Reader:
        return lambda content, name: _reading(kind, read_table(content, _OWN[kind], file=name), name)

    def answers(content: bytes, name: str) -> Reading:
        return answers_of(Inputs.open(_params_file(file, meaning.report, root)), content, name)

    def export(content: bytes, name: str) -> Reading:
        whole, substance = not meaning.selection, meaning.substance
        return read_emissions(
            content, name, places=places, sectors=sectors, require_substance=substance, complete=whole
        )

    readers = {**{kind: own(kind) for kind in _OWN}, "survey-answers": answers}
    readers |= {"facts": _activities, "emissions-export": export}
    here = file.resolve()
    shown = here.relative_to(root).as_posix() if here.is_relative_to(root) else str(file)
    return read_any(data, shown, places=places, sectors=sectors, readers=readers)


def _described(reading: Reading) -> Iterator[str]:
    frame = reading.frame
    yield f"{reading.file}: {KINDS[reading.kind]}"
    yield f"publisher {reading.publisher}" + (f", release {reading.vintage}" if reading.vintage else "")
    if reading.unit:
        yield f"unit {reading.unit}" + (f", substance {reading.substance}" if reading.substance else "")
    years = f", years {frame['year'].min()}-{frame['year'].max()}" if "year" in frame and len(frame) else ""
    yield f"{len(frame)} rows{years}, columns {', '.join(map(str, frame.columns))}"
    yield from (f"note: {note}" for note in reading.notes)
    if reading.kind != "survey-answers":  # single members' answers are not for the screen
        yield from frame.head(_SHOWN_ROWS).to_string(index=False).splitlines()


def _reading(kind: str, frame: pd.DataFrame, file: str) -> Reading:
    return Reading(kind, frame, file, "the association", None, None, None, ())


def _activities(content: bytes, file: str) -> Reading:
    found = sources.read_facts(content, file)["activities"]
    columns = ["id", "goal", "section", "title", "period", "date", "place"]
    frame = pd.DataFrame([{name: activity.get(name, "") for name in columns} for activity in found])
    return _reading("facts", frame, file)


def _params_file(file: Path, report: str | None, root: Path) -> str:
    name = report or file.resolve().parent.name
    if not (root / "params" / f"{name}.yml").is_file():
        raise UsageError(f"{file}: is a survey; say which report it belongs to: --report NAME")
    return f"params/{name}.yml"
