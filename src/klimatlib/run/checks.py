"""Checks of everything a report rests on before anything runs: all problems at once, then the warnings.

`check` reads every input, holds them against each other, and warns of what is unlikely but possible.
`inspect_file` tells what a single file is, for ``klimatlib read``.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import ClaimBook, require_count
from klimatlib.config import Correction, Outline, Question, Sectors, find_todos, validate
from klimatlib.errors import ClaimError, InputError, Message, Problem, UsageError, warning
from klimatlib.files import atomic_write, find_root, to_csv
from klimatlib.indicators import association
from klimatlib.prose import templates
from klimatlib.prose.linter import lint_source
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.files import read_file
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.statistics import KINDS, Reader, read_any
from klimatlib.sources.survey_export import (
    answers_of,
    answers_of_both_years,
    answers_open_to_others,
    consent,
    survey_counts,
    survey_file,
)
from klimatlib.sources.tables import NATION, TOTAL, Places, Reading, problems_by_row, read_table, rows

YEAR_STEP_FACTOR = 2.0  # a municipality's total from one year of the table to the next
RELEASE_FACTOR = 1.5  # the same figure in two releases
NATION_REVISION = 0.10
BASE_YEAR_REVISION = 0.03
POPULATION_STEP = 0.15
SHARE_STEP = 0.30

_NATION_T, _PLACE_T = (0.5, 50.0), (0.2, 500.0)  # a year's emissions per inhabitant, t
_LISTED = 8  # warnings of a kind
_MEMBERS = "medlemmar-antal"  # the published figure on members
_NAMED = ("joined", "left", "observers_joined")  # lists of names among the facts on members
_TEXT = re.compile(r'chapter\.text\(\\?"([a-z0-9_]+\.md)\\?"')
_ACTIVITY = re.compile(r'chapter\.activity\(\\?"([a-z0-9-]+)\\?"\)')


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
    return check(inputs, today=today, also=find_todos(text, file=project.relative(project.params_path)))


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
    contents, problems = dict[str, Any](), [*also, *inputs.find_todos()]
    for name, read in _READERS.items():
        try:
            contents[name] = read(inputs)
        except InputError as error:
            problems.extend(error.problems)
    for find_problems, names in _CONSISTENCY_CHECKS.items():
        if {*names} <= contents.keys():
            try:
                problems.extend(find_problems(inputs, *(contents[name] for name in names)))
            except InputError as error:
                problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    exposed = []
    if files := answers_open_to_others(inputs):
        advice = f"mend it with: chmod 600 {' '.join(files)}"
        listed = ", ".join(files)
        exposed.append(warning(f"members' answers can be read by others on this machine: {listed}; {advice}"))
    frames = {name: frame for name, frame in contents.items() if isinstance(frame, pd.DataFrame)}
    return Report(
        tuple(_summary(inputs, name, frame, today) for name, frame in frames.items()),
        tuple(_describe(c) for c in inputs.corrections() if c.file in inputs.digests),
        tuple(_plausibility_warnings(inputs, contents["facts"], **frames)),
        tuple(exposed),
    )


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
    "targets": sources.targets,
    "outline": sources.outline,
    "signatures": sources.signatures,
    "earlier": sources.previous_claims,
}


def _summary(inputs: Inputs, name: str, table: pd.DataFrame, today: dt.date | None) -> str:
    """Describe a table in one line; of statistics also the release and its age."""
    parts = [f"{name:<15} {len(table):>6} rows"]
    if "year" in table:
        parts.append(f"{table['year'].min()}-{table['year'].max()}")
    if name in ("emissions", "population"):
        release = inputs.project.params.emissions_vintage
        if name == "population":
            path = inputs.project.statistics / "population.csv"
            release = sources.origin(inputs, inputs.project.relative(path)).vintage or ""
        parts.append(f"release {release}" if release else "release not told")
        if today and re.fullmatch(r"\d{4}-\d{2}-\d{2}", release):
            parts.append(f"{(today - dt.date.fromisoformat(release)).days} days old")
        elif today and re.fullmatch(r"\d{4}", release):
            parts.append(f"from {today.year - int(release)} years ago")
    return ", ".join(parts)


def _describe(correction: Correction) -> str:
    """Tell a correction in one line: where, what, how much, why; of members' answers only the reason."""
    reason = f"{correction.why} ({correction.decided})"
    if Path(correction.file).name.startswith("answers_"):
        return f"{correction.file}, {correction.id}: {reason}"
    place = ", ".join(f"{column} {text!r}" for column, text in correction.where.items())
    change = f"{correction.column} {correction.found!r} -> {correction.value!r}"
    if correction.drop:
        change = f"{correction.rows} {'row' if correction.rows == 1 else 'rows'} left out"
    else:
        try:
            before, after = float(str(correction.found)), float(str(correction.value))
        except ValueError:
            pass
        else:
            size = f" ({100 * (after / before - 1):+.1f} %)" if before else ""
            change = f"{correction.column} {correction.found} -> {correction.value}{size}"
    return f"{correction.file}, {place}: {change}; {reason}"


# Consistency: what files must agree on; each check gets the inputs that it names in _CONSISTENCY_CHECKS


def _corrections(inputs: Inputs) -> Iterator[Problem]:
    """Ask for the file of each correction: one that is misspelt would never be made."""
    for correction in inputs.corrections():
        if not (inputs.project.root / correction.file).is_file():
            message = f"there is no file {correction.file}; mend its name"
            yield Problem("params/corrections.yml", correction.id, message)


def _texts(inputs: Inputs) -> Iterator[Problem]:
    """Lint the texts as they stand, before any placeholder is filled in."""
    for path in inputs.find(inputs.project.data / "texts", "*.md"):
        file = inputs.project.relative(path)
        try:
            text = sources.text(inputs, path.name)
            yield from lint_source(text, file=file)
            templates.TEMPLATES.parse(text)
        except InputError as error:
            yield from error.problems
        except jinja2.TemplateSyntaxError as error:
            message = f"{error.message}; close the placeholder, or end the block"
            yield Problem(file, f"line {error.lineno}", message)


def _facts_in_texts(inputs: Inputs, facts: dict[str, Any]) -> Iterator[Problem]:
    """Ask for the facts that the texts name."""
    for path in inputs.find(inputs.project.data / "texts", "*.md"):
        with suppress(InputError):  # see _texts
            text = sources.text(inputs, path.name)
            yield from templates.lacking(text, facts, file=inputs.project.relative(path))


def _statistics_of_members(
    inputs: Inputs, members: pd.DataFrame, emissions: pd.DataFrame, population: pd.DataFrame
) -> Iterator[Problem]:
    """Ask the statistics for every member municipality in the years that are compared."""
    project, params = inputs.project, inputs.project.params
    file = f"data/statistics/emissions_{params.emissions_vintage}.csv"
    for name, table in ((file, emissions), ("data/statistics/population.csv", population)):
        for year in (params.emissions_year, params.base_year):
            present = {*table.loc[table["year"] == year, "municipality_code"]}
            for code in association.municipality_codes(members):
                if code not in present:
                    message = f"a member, but {name} has no row for it in {year}; add it there"
                    yield Problem(project.relative(project.data / "members.csv"), code, message)
    if earlier := _release_before(inputs):
        names = (params.emissions_vintage, earlier)
        for message in scale_problems(emissions, sources.emissions(inputs, earlier), names):
            yield Problem(file, "column emissions_t", f"{message} Fetch it anew")


def _per_inhabitant(inputs: Inputs, emissions: pd.DataFrame, population: pd.DataFrame) -> list[Problem]:
    """Hold emissions against inhabitants: in another unit neither country nor municipality is possible."""
    project, params = inputs.project, inputs.project.params
    file = project.relative(project.statistics / f"emissions_{params.emissions_vintage}.csv")
    people_file = project.relative(project.statistics / "population.csv")
    totals = emissions[emissions["sector"] == TOTAL].reset_index(names="at")
    both = totals.merge(population, on=["municipality_code", "year"], validate="one_to_one")
    is_nation = both["municipality_code"] == NATION
    each = both["emissions_t"].astype(float) / both["population"].astype(float)
    low, high = (is_nation.map({True: _NATION_T[i], False: _PLACE_T[i]}) for i in (0, 1))
    both = both.assign(row=both["at"] + 2, each=each, low=low, high=high)
    return problems_by_row(
        both[(each < low) | (each > high)],
        file,
        "row {0.row}, column emissions_t",
        "{0.municipality_code}, {0.year}: {0.each:.3g} t per inhabitant, expected {0.low:g} to {0.high:g}; "
        f"is the unit tonnes, and is {people_file} right?",
    )


def _published_shares(inputs: Inputs, published: pd.DataFrame, survey: pd.DataFrame) -> Iterator[Problem]:
    """Hold the published shares of the year against the counts: each must be k of n, and that k."""
    project = inputs.project
    file, counts_file = (project.relative(project.data / name) for name in ("published.csv", "survey.csv"))
    published = published[published["year"] == project.params.year]
    both = published.merge(survey, left_on="indicator", right_on="question_id", validate="one_to_one")
    for row in rows(both):
        try:
            if row.value != int(row.value):
                message = f"{row.value:g} %; expected a whole per cent, as a share of the survey is published"
                raise ClaimError(message)
            if (k := require_count(int(row.value), int(row.n))) != row.k:
                message = f"{row.value:.0f} % of {row.n} is k {k}, {counts_file} has {row.k}"
                yield Problem(file, row.indicator, f"{message}; correct the wrong one")
        except ClaimError as error:
            yield Problem(file, row.indicator, str(error))


def _stated_members(inputs: Inputs, facts: dict[str, Any], register: pd.DataFrame) -> list[Problem]:
    """Check the stated member count against joins, leaves and the previous year's count."""
    project, params = inputs.project, inputs.project.params
    file, problems = project.relative(project.data / "facts.yml"), list[Problem]()
    report, stated = facts.get("report"), facts.get("members")
    year = report.get("year", params.year) if isinstance(report, dict) else params.year
    if year != params.year:
        expected = f"expected {params.year}, as {project.relative(project.params_path)} has it"
        message = f"{expected}, got {year!r}; is it another year's file?"
        problems.append(Problem(file, "report.year", message))
    needed = {"count_year_end": "a whole number", **dict.fromkeys(_NAMED, "a list of names, [] for none")}
    absent = [
        Problem(file, f"members.{key}", f"missing; expected {expected}")
        for key, expected in needed.items()
        if not isinstance(stated, dict) or key not in stated
    ]
    if absent:
        return [*problems, *absent]
    try:
        years = {"year": params.year, "previous": params.members_previous}
        association.member_claims(facts, **years, register=register, source="-", register_source="-")
    except InputError as error:
        problems += [replace(problem, file=file) for problem in error.problems]
    return problems


def _previous_members(inputs: Inputs, earlier: ClaimBook) -> Iterator[Problem]:
    """Hold the previous year's number of members against that which its report published."""
    project, params = inputs.project, inputs.project.params
    count = int(earlier["members-count"].value) if "members-count" in earlier else params.members_previous
    if count != params.members_previous:
        message = f"expected {count}, as report {params.previous} has it, got {params.members_previous}"
        yield Problem(project.relative(project.params_path), "members_previous", message)


def _comparability(inputs: Inputs, questions: dict[str, Question]) -> Iterator[Problem]:
    """Ask of each question of the year whether its wording allows the comparison."""
    params = inputs.project.params
    for question in questions.values():
        if params.previous and (message := association.unlike(question, params.survey_years)):
            yield Problem("params/questions.yml", question.id, message)


def _answered(inputs: Inputs, questions: dict[str, Question], survey: pd.DataFrame) -> Iterator[Problem]:
    """Ask of each question of the year for its answers."""
    year, file = str(inputs.project.params.year), inputs.project.relative(survey_file(inputs))
    for question in questions.values():
        if year in question.wording and question.id not in {*survey["question_id"]}:
            message = f"asked, but {file} has no answers to it; add them, or take this wording out"
            yield Problem("params/questions.yml", f"{question.id}, wording {year}", message)


def _published_names(
    inputs: Inputs, published: pd.DataFrame, questions: dict[str, Question]
) -> Iterator[Problem]:
    """Ask of each published figure what it is."""
    names = [*questions, *association.INDICATORS, _MEMBERS]
    for number, name in enumerate(published["indicator"], 2):
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            advice = (
                f"is it {near[0]}?" if near else f"expected a question's id or one of {', '.join(names[-5:])}"
            )
            file = inputs.project.relative(inputs.project.data / "published.csv")
            message = f"{name} is no figure of the report; {advice}"
            yield Problem(file, f"row {number}, column indicator", message)


def _published_members(inputs: Inputs, published: pd.DataFrame, facts: dict[str, Any]) -> Iterator[Problem]:
    """Hold the published number of members against that stated."""
    stated = facts.get("members")
    count = stated.get("count_year_end") if isinstance(stated, dict) else None
    for number, row in enumerate(rows(published), 2):
        if row.indicator == _MEMBERS and count not in (None, row.value):
            file = inputs.project.relative(inputs.project.data / "published.csv")
            message = f"{row.value:g} members published, facts.yml has {count} (members.count_year_end)"
            yield Problem(file, f"row {number}, column value", f"{message}; one of them is wrong")


def _other_answers(inputs: Inputs, _: object) -> Iterator[Problem]:
    """Refuse last year's answers under this year's name."""
    previous, current = answers_of_both_years(inputs)
    if len(current) and previous.equals(current):
        message = f"the same answers as {inputs.project.params.year - 1}, every one; is it last year's file?"
        yield Problem(inputs.project.relative(survey_file(inputs)), "", message)


def _notebooks(inputs: Inputs, outline: Outline) -> Iterator[Problem]:
    """Ask for the notebooks of the outline, and for the texts that they take by name."""
    file, texts = "notebooks/report.yml", inputs.project.data / "texts"
    for entry in dict.fromkeys(outline.order):
        if entry.split("#")[0] not in outline.notebooks:
            message = f"{entry}: no notebook of the report; there is {', '.join(outline.notebooks)}"
            yield Problem(file, "order", message)
        if outline.order.count(entry) > 1:
            yield Problem(file, "order", f"{entry} stands twice; keep one of them")
    for name in outline.notebooks:
        if not _notebook(inputs, name):
            yield Problem(file, name, f"there is no notebook notebooks/{name}.ipynb")
        for text in dict.fromkeys(_TEXT.findall(_notebook(inputs, name))):
            if not (texts / text).is_file():
                message = f"missing; notebook {name} prints it, an empty file prints nothing"
                yield Problem(inputs.project.relative(texts / text), "", message)


def _activities(inputs: Inputs, outline: Outline, facts: dict[str, Any]) -> Iterator[Problem]:
    """Ask for the activities that the notebooks take by name."""
    ids = {activity["id"] for activity in facts["activities"]}
    file = inputs.project.relative(inputs.project.data / "facts.yml")
    for name in outline.notebooks:
        for activity in dict.fromkeys(_ACTIVITY.findall(_notebook(inputs, name))):
            if activity not in ids:
                message = f"no activity with id {activity}, which notebook {name} tells"
                yield Problem(file, "activities", message)


def _notebook(inputs: Inputs, name: str) -> str:
    path = inputs.project.root / "notebooks" / f"{name}.ipynb"
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _origins(inputs: Inputs, *_: object) -> Iterator[Problem]:
    """Ask for the source of each file that a chapter cites."""
    project = inputs.project
    cited = [project.data / name for name in ("facts.yml", "goals.csv", "members.csv", "published.csv")]
    cited.append(project.statistics / f"emissions_{project.params.emissions_vintage}.csv")
    for path in [*cited, project.statistics / "population.csv", survey_file(inputs)]:
        try:
            sources.origin(inputs, project.relative(path))
        except InputError as error:
            yield from error.problems


_CONSISTENCY_CHECKS: dict[Callable[..., Iterable[Problem]], tuple[str, ...]] = {
    _corrections: (),
    _texts: (),
    _facts_in_texts: ("facts",),
    lambda inputs, _: templates.faults(inputs): ("examples",),
    _statistics_of_members: ("members", "emissions", "population"),
    _per_inhabitant: ("emissions", "population"),
    _published_shares: ("published", "survey"),
    _stated_members: ("facts", "members"),
    _previous_members: ("earlier",),
    _comparability: ("questions",),
    _answered: ("questions", "survey"),
    _published_names: ("published", "questions"),
    _published_members: ("published", "facts"),
    _other_answers: ("survey",),
    _notebooks: ("outline",),
    _activities: ("outline", "facts"),
    _origins: ("sources", "survey"),
}


# Plausibility: what is possible, but must be known


def _plausibility_warnings(
    inputs: Inputs,
    facts: dict[str, Any],
    *,
    members: pd.DataFrame,
    municipalities: pd.DataFrame,
    emissions: pd.DataFrame,
    population: pd.DataFrame,
    survey: pd.DataFrame,
    published: pd.DataFrame,
    **_: pd.DataFrame,
) -> Iterator[Message]:
    params = inputs.project.params
    yield from register_warnings(members, facts, municipalities)
    totals, units = emissions[emissions["sector"] == TOTAL], ("inhabitants", "invånare")
    yield from step_warnings(totals, "emissions_t", ("t", "t"), factor=YEAR_STEP_FACTOR)
    yield from step_warnings(population, "population", units, factor=1 + POPULATION_STEP)
    yield from share_warnings(survey, published)
    if earlier := _release_before(inputs):
        before, names = sources.emissions(inputs, earlier), (params.emissions_vintage, earlier)
        yield from release_warnings(emissions, before, base_year=params.base_year, names=names)
    if params.survey_inferred:
        yield warning(
            "the survey's k and n are worked back from published percentages",
            "enkätens k och n är framräknade ur publicerade procenttal",
        )


def _release_before(inputs: Inputs) -> str | None:
    """Return the newest release in the project that is older than the report's."""
    names = sources.release_names(inputs)
    return max((name for name in names if name < inputs.project.params.emissions_vintage), default=None)


def register_warnings(
    register: pd.DataFrame, facts: dict[str, Any], municipalities: pd.DataFrame
) -> Iterator[Message]:
    """Compare the register of members with the facts of the year, and a region with its municipalities."""
    stated, listed = facts["members"]["count_year_end"], association.listed(register)
    if listed != stated:
        reason, grund = (
            ("figures on members rest on those listed", "siffror om medlemmar vilar på dem")
            if listed < stated
            else ("one of them is wrong", "ett av talen är fel")
        )
        yield warning(
            f"the register lists {listed} of {stated} members: {reason}",
            f"registret har {listed} av {stated} medlemmar: {grund}",
        )
    for key, status in (("joined", "member"), ("left", "left"), ("observers_joined", "observer")):
        names = tuple(map(tables.name_key, register.loc[register["status"] == status, "name"]))
        for name in facts["members"][key]:
            if not tables.name_key(name).startswith(names):
                yield warning(
                    f"the facts name {name} ({key}), but no row of the register with status {status} does",
                    f"fakta nämner {name} ({key}), men ingen rad i registret med status {status} gör det",
                )
    county = municipalities.set_index("municipality_code")["county_code"]
    counties = [county.get(code) for code in association.municipality_codes(register)]
    regions = register[(register["status"] == "member") & (register["kind"] == "region")]
    for region in rows(regions):
        if count := counties.count(region.code):
            yield warning(
                f"{region.name} overlaps {count} member municipalities of its own: it is not added to them",
                f"{region.name} omfattar {count} medlemskommuner: regionen läggs inte till dem",
            )


def step_warnings(
    table: pd.DataFrame, column: str, units: tuple[str, str], *, factor: float
) -> list[Message]:
    """Warn of values of a column that change by more than a factor between years five years apart at most.

    ``units`` are those of the column in English and in Swedish.
    """
    ordered = table.sort_values(["municipality_code", "year"])
    groups = ordered.groupby("municipality_code")
    before, year_before = groups[column].shift(), groups["year"].shift()
    steps = ordered.assign(value=ordered[column], before=before, year_before=year_before)
    near = steps[(steps["year"] - steps["year_before"] <= 5) & (steps["before"] > 0)]
    ratio = near["value"].astype(float) / near["before"].astype(float)
    return _per_row(
        near[(ratio > factor) | (ratio < 1 / factor)],
        f"{{0.municipality_code}}: {{0.before:.0f}} {units[0]} in {{0.year_before:.0f}}, "
        "{0.value:.0f} in {0.year}",
        f"{{0.municipality_code}}: {{0.before:.0f}} {units[1]} {{0.year_before:.0f}}, "
        "{0.value:.0f} {0.year}",
    )


def release_warnings(
    current: pd.DataFrame, previous: pd.DataFrame, *, base_year: int, names: tuple[str, str]
) -> list[Message]:
    """Compare two named releases of the emissions; in the base year a smaller revision is told already."""
    both = _beside(current, previous)
    gone = ", ".join(map(str, sorted({*previous["year"]} - {*current["year"]})))
    missing = warning(
        f"release {names[0]} has no figures for {gone}, which {names[1]} had",
        f"utgåva {names[0]} har inga tal för {gone}, som {names[1]} hade",
    )
    percent = 100 * (both["ratio"] - 1)
    both = both.assign(change=percent, förändring=[swedish.number(value, 1) for value in percent])
    limit = both["year"].map(lambda year: BASE_YEAR_REVISION if year == base_year else NATION_REVISION)
    revised = both[(both["municipality_code"] == NATION) & ((both["ratio"] - 1).abs() > limit)]
    far = both[(both["ratio"] > RELEASE_FACTOR) | (both["ratio"] < 1 / RELEASE_FACTOR)]
    return [
        *([missing] if gone else []),
        *_per_row(
            revised,
            "the nation in {0.year} is revised by {0.change:+.1f} %, "
            f"from release {names[1]} to {names[0]}",
            f"riket {{0.year}} är omräknat med {{0.förändring}} %, från utgåva {names[1]} till {names[0]}",
            limit=None,
        ),
        *_per_row(
            far,
            f"{{0.municipality_code}} in {{0.year}}: {{0.emissions_t:.0f}} t in release {names[0]}, "
            f"{{0.emissions_t_before:.0f}} t in {names[1]}",
            f"{{0.municipality_code}} {{0.year}}: {{0.emissions_t:.0f}} t i utgåva {names[0]}, "
            f"{{0.emissions_t_before:.0f}} t i {names[1]}",
        ),
    ]


def scale_problems(current: pd.DataFrame, previous: pd.DataFrame, names: tuple[str, str]) -> list[str]:
    """Tell whether a release is, as a whole, a multiple of the one before; columns as `tables.EMISSIONS`."""
    both = _beside(current, previous)
    middle = float(both["ratio"].median()) if len(both) else 1.0
    meanings = {2: "the file is doubled", 1000: "kilograms instead of tonnes", 0.001: "kilotonnes"}
    return [
        f"figures of release {names[0]} are {middle:.3g} times those of {names[1]}: {meaning}?"
        for factor, meaning in meanings.items()
        if 0.9 * factor < middle < 1.1 * factor
    ]


def _beside(current: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of two releases side by side, with their ratio."""
    before, after = (table[table["sector"] == TOTAL] for table in (previous, current))
    key = ["municipality_code", "year"]
    both = after.merge(before, on=key, suffixes=("", "_before"), validate="one_to_one")
    return both.assign(ratio=both["emissions_t"] / both["emissions_t_before"])


def share_warnings(counts: pd.DataFrame, published: pd.DataFrame) -> list[Message]:
    """Warn of survey shares that are far from the earlier ones that they are set beside."""
    earlier = published.dropna(subset="previous_year")
    both = counts.merge(earlier, left_on="question_id", right_on="indicator", validate="one_to_one")
    both = both.assign(share=100 * both["k"] / both["n"])
    figures = "{{0.question_id}}: {{0.share:.0f}} % {} {{0.previous_value:.0f}} % {{0.previous_year}}; {}"
    return _per_row(
        both[(both["share"] - both["previous_value"]).abs() > 100 * SHARE_STEP],
        figures.format("against", "is it the same question?"),
        figures.format("mot", "är det samma fråga?"),
        limit=None,
    )


def _per_row(
    frame: pd.DataFrame, english: str, swedish: str, *, limit: int | None = _LISTED
) -> list[Message]:
    """Return a warning for each row, whose texts are formats over it; and how many more there are."""
    messages = [warning(english.format(row), swedish.format(row)) for row in rows(frame)]
    hidden = len(messages) - len(messages[:limit])
    rest = warning(f"and {hidden} more of the kind", f"och {hidden} till av samma slag")
    return [*messages[:limit], *([rest] if hidden else [])]


# Reading a single file

_OWN_TABLES = {"survey-counts": tables.SURVEY_COUNTS, "members": tables.MEMBERS, "goals": tables.GOALS}
_OWN = "the association"
_SHOWN_ROWS = 5


def inspect_file(
    file: Path,
    *,
    out: Path | None = None,
    report: str | None = None,
    substance: str = "GGT",
    selection: bool = False,
) -> Iterator[str]:
    """Read a file of any known format and tell what it holds, line by line.

    Parameters
    ----------
    file
        The file; its name does not matter.
    out
        Where to write the tidy table, as CSV; must not be there yet. Members' answers are readable by their
        owner only.
    report
        The report whose questions and members a survey belongs to; by default that of the file's folder.
    substance
        What an export of the emissions database must hold: ``GGT`` or another of its substances.
    selection
        Whether an export may leave out municipalities or sectors; its sums are then not checked.

    Raises
    ------
    InputError
        What is wrong with the file, or that its format is not known.
    UsageError
        When ``out`` is there already.
    """
    if out and out.exists():
        raise UsageError(f"{out}: is there already; give another name or remove it")
    data, root = read_file(file, str(file)), find_root()
    path = root / "data" / "statistics" / "municipalities.csv"
    places = Places.from_frame(read_table(path.read_bytes(), tables.MUNICIPALITIES, file=path.name))
    path = root / "params" / "sectors.yml"
    sectors = validate(read_file(path, "params/sectors.yml"), Sectors, shown="params/sectors.yml")

    def own_table(content: bytes, name: str, *, kind: str) -> Reading:
        frame = read_table(content, _OWN_TABLES[kind], file=name)
        return Reading(kind, frame, name, _OWN, None, None, None, ())

    def facts(content: bytes, name: str) -> Reading:
        columns = ["id", "goal", "section", "title", "period", "date", "place"]
        activities = sources.read_facts(content, name)["activities"]
        frame = pd.DataFrame([{column: a.get(column, "") for column in columns} for a in activities])
        return Reading("facts", frame, name, _OWN, None, None, None, ())

    def answers(content: bytes, name: str) -> Reading:
        stem = report or file.resolve().parent.name
        if not (root / "params" / f"{stem}.yml").is_file():
            raise UsageError(f"{file}: is a survey; say which report it belongs to: --report NAME")
        return answers_of(Inputs.open(f"params/{stem}.yml"), content, name)

    export = partial(read_emissions, places=places, sectors=sectors, require_substance=substance)
    readers: dict[str, Reader] = {kind: partial(own_table, kind=kind) for kind in _OWN_TABLES}
    readers |= {"facts": facts, "survey-answers": answers}
    readers["emissions-export"] = partial(export, complete=not selection)
    target = file.resolve()
    display_path = target.relative_to(root).as_posix() if target.is_relative_to(root) else str(file)
    reading = read_any(data, display_path, places=places, sectors=sectors, readers=readers)
    frame, is_survey = reading.frame, reading.kind == "survey-answers"
    if out:
        atomic_write(out, to_csv(frame), private=is_survey)
    yield f"{reading.file}: {KINDS[reading.kind]}"
    yield f"publisher {reading.publisher}" + (f", release {reading.vintage}" if reading.vintage else "")
    if reading.unit:
        yield f"unit {reading.unit}" + (f", substance {reading.substance}" if reading.substance else "")
    years = f", years {frame['year'].min()}-{frame['year'].max()}" if "year" in frame and len(frame) else ""
    yield f"{len(frame)} rows{years}, columns {', '.join(map(str, frame.columns))}"
    yield from (f"note: {note}" for note in reading.notes)
    if not is_survey:  # single members' answers are not for the screen
        yield from frame.head(_SHOWN_ROWS).to_string(index=False).splitlines()
    if out:
        yield f"written: {out}"
