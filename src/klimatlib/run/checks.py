"""Checks of everything a report rests on before anything runs: all problems at once, then the warnings.

`check` reads every input, compares them, and warns of what is unlikely but possible. `inspect_file` tells
what a single file is, for ``klimatlib read``.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import inspect
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from klimatlib import config, swedish
from klimatlib.claims.claims import ClaimBook, read_claims, require_count
from klimatlib.errors import (
    ClaimError,
    InputError,
    Message,
    Problem,
    UsageError,
    holds_answers,
    nearest,
    pluralise,
    warning,
)
from klimatlib.execution.notebooks import (
    PARAMETERS,
    Cell,
    called,
    claims_asked_for,
    code_cells,
    refusals,
    texts_printed,
)
from klimatlib.execution.publishing import (
    Record,
    environment_hashes,
    load_record,
    read_record,
    stale_inputs,
    write_record,
)
from klimatlib.files import atomic_write, decode_strict, find_root, own_folder, read_file, to_csv
from klimatlib.indicators import association, member_test
from klimatlib.indicators.emissions import common_year
from klimatlib.prose import templates
from klimatlib.prose.statements import lint_source, seams
from klimatlib.report.document import cells_in_report
from klimatlib.report.renderers import proofread, sign_without_glyph
from klimatlib.run.plausibility import all_corrections, question_warnings, release_before
from klimatlib.sources import inputs as sources
from klimatlib.sources import survey_export, tables
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.statistics import KINDS, OWN_TABLES, Reader, read_any, read_energy
from klimatlib.sources.tables import Reading, refuse, rows

NATION_REVISION = 0.10
BASE_YEAR_REVISION = 0.03
SHARE_STEP = 0.30

_NATION_T, _PLACE_T = (0.5, 50.0), (0.2, 500.0)  # a year's emissions per inhabitant, t
_MEMBERS = "medlemmar-antal"  # the published figure on members
_NAMED = ("joined", "left", "observers_joined")  # lists of names among the facts on members
_MULTIPLES = {2: "the file is doubled", 1000: "kilograms instead of tonnes", 0.001: "kilotonnes"}
# Keys of facts that klimatlib reads, and those that only look like them.
_KEYS = (
    "id", "title", "date", "dates", "start", "end", "month", "period", "place", "sessions", "speakers",
    "name", "affiliation", "participants", "count", "members", "joined", "left", "observers_joined",
    "count_year_end", "activities", "board", "staff", "people", "names", "places", "year_activities",
)  # fmt: skip
_DATES = ("date", "dates", "month", "period")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_ACTIVITY = re.compile(r'chapter\.activity\("([a-z0-9-]+)"\)')


@dataclass(frozen=True)
class Report:
    """What a check found."""

    inputs: tuple[str, ...]  # a line for each table: what it is, rows, years, release, age
    corrections: tuple[str, ...]  # a line for each known error that is mended
    warnings: tuple[Message, ...]  # what does not stop the run but must be known
    exposed: tuple[Message, ...]  # inputs that others on this machine may read; not for the report
    contradicted: tuple[Message, ...]  # answers that a source contradicts: for the analyst's terminal, no log
    doubts: tuple[Message, ...]  # claims that the last run had not, but this one may have; for this run alone


def check_file(params_file: str, *, today: dt.date | None = None) -> Report:
    """Check a report by its parameter file, which may still have something to fill in; see `check`."""
    return check(Inputs.open(params_file, draft=True), today=today)


def check(inputs: Inputs, *, today: dt.date | None = None) -> Report:
    """Read every input of a report and compare them with each other.

    ``today`` is for the age of the statistics; left out, it is not told.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    project, bound = inputs.project, defaultdict[bool, dict[str, str]](dict)
    doubts = list[Problem]()
    contents: dict[str, Any] = {"bound": bound, "doubts": doubts}
    text, file = inputs.read(project.params_path).decode(errors="replace"), project.params_path
    problems = [*config.find_todos(text, file=project.relative(file))]
    problems += [] if project.document else inputs.find_todos()  # a document waits for what it reads alone
    for name, read in _READERS.items():
        try:
            contents[name] = read(inputs)
        except InputError as error:
            problems.extend(problem for problem in error.problems if problem not in problems)
    for find_problems in _CONSISTENCY_CHECKS:
        _, *parameters = inspect.signature(find_problems).parameters.values()
        if all(parameter.name in contents or parameter.default is None for parameter in parameters):
            given = {p.name: contents[p.name] for p in parameters if p.name in contents}
            try:
                problems.extend(find_problems(inputs, **given))
            except InputError as error:
                problems.extend(error.problems)
    passed = project.root / "outputs" / ".kept" / project.name / "texts.json"
    texts = as_passed(bound.values())
    if read_record(passed) != texts:
        problems.extend(problem for group in bound.values() for problem in proofread(group))
    refuse(problems)
    own_folder(passed.parent)
    write_record(passed, texts)
    exposed = list[Message]()
    if files := survey_export.answers_open_to_others(inputs):
        what = f"members' answers can be read by others on this machine: {', '.join(files)}"
        exposed.append(warning(f"{what}; mend it with: chmod 600 {' '.join(files)}"))
    frames = {name: frame for name, frame in contents.items() if isinstance(frame, pd.DataFrame)}
    return Report(
        tuple(_summary(inputs, name, frame, today) for name, frame in frames.items()),
        tuple(_describe(c) for c in all_corrections(inputs) if c.file in inputs.digests),
        tuple(_plausibility_warnings(inputs, contents)),
        tuple(exposed),
        contents["contradicted"],
        tuple(warning(f"{doubt.file}: {doubt} (unless this run makes it)") for doubt in doubts),
    )


def as_passed(texts: Iterable[Mapping[str, str]]) -> Record:
    """Return the record of texts that were proofread: those of which it is there need it no more."""
    digest = hashlib.sha256(json.dumps([*texts]).encode()).hexdigest()
    return {"texts": digest, **environment_hashes(None)}


_READERS: dict[str, Callable[[Inputs], object]] = {
    "municipalities": sources.municipalities, "emissions": sources.emissions,
    "population": sources.population, "members": sources.members, "survey": survey_export.survey_counts,
    "consent": survey_export.consent, "comments": sources.comments,
    "member_targets": sources.member_targets,
    "examples": sources.examples, "goals": sources.goals, "pictures": sources.pictures,
    "published": sources.published, "facts": sources.facts, "questions": sources.questions,
    "credits": sources.credits, "targets": sources.targets, "outline": sources.outline,
    "signatures": sources.signatures, "earlier": sources.previous_claims,
    "guard_words": sources.guard_words, "sectors": sources.sectors, "subsectors": sources.inventoried,
    "energy": sources.energy,
    "of_gpc": lambda inputs: (sources.emission_factors(inputs), sources.gpc_processes(inputs)),
    "test": lambda inputs: member_test.claims(inputs, source="-"),
    "contradicted": lambda inputs: tuple(_contradictions(inputs, survey_export.evidence(inputs))),
    "notebooks": lambda inputs: _read_notebooks(inputs),
}  # fmt: skip


def _summary(inputs: Inputs, name: str, table: pd.DataFrame, today: dt.date | None) -> str:
    """Describe a table in one line; of statistics also the release and its age."""
    parts = [f"{name:<15} {len(table):>6} rows"]
    if "year" in table and len(table):
        parts.append(f"{table['year'].min()}-{table['year'].max()}")
    if release := getattr(inputs.project.params, f"{name}_vintage", ""):
        parts.append(f"release {release}")
        if today and config.is_date(release):
            parts.append(f"{(today - dt.date.fromisoformat(release)).days} days old")
        elif today and re.fullmatch(r"\d{4}", release):
            parts.append(f"from {today.year - int(release)} years ago")
    return ", ".join(parts)


def _describe(correction: config.Correction) -> str:
    """Describe a correction in one line: where, what, how much, why; of members' answers only the reason."""
    reason = f"{correction.why} ({correction.decided})"
    if holds_answers(correction.file):
        return f"{correction.file}, {correction.id}: {reason}"
    place = ", ".join(f"{column} {text!r}" for column, text in correction.where.items())
    if correction.only_asks:
        return f"{correction.file}, {place}: {correction.status}; {reason}"
    before, value = correction.found or "", correction.value or ""
    change = f"{correction.column} {before!r} -> {value!r}"
    if correction.drop:
        change = f"{pluralise(correction.rows, 'row')} left out"
    with suppress(ValueError, ZeroDivisionError):  # a text, or a change from nought
        percent = 100 * (float(value) / float(before) - 1)
        change = f"{correction.column} {before} -> {value} ({percent:+.1f} %)"
    return f"{correction.file}, {place}: {change}; {reason}"


# Consistency: what files must agree on. A check gets the inputs that its parameters name, by their names in
# _READERS; it is left out while one of them cannot be read, but for those that are None then.


def _release(inputs: Inputs, table: Literal["emissions", "population"]) -> str:
    """Return the path of a table of statistics, as messages have it."""
    return inputs.project.relative(inputs.project.release(table))


def _own(inputs: Inputs, name: str) -> str:
    """Return the path of one of the report's own files, as messages have it."""
    return inputs.project.relative(inputs.project.data / name)


def _corrections(inputs: Inputs) -> Iterator[Problem]:
    """Require the file of each correction: one that is misspelt would never be made."""
    for one in all_corrections(inputs):
        if not (inputs.project.root / one.file).is_file():
            yield Problem(config.Corrections.home, one.id, f"there is no file {one.file}; mend its name")


def _texts(
    inputs: Inputs,
    bound: defaultdict[bool, dict[str, str]],
    notebooks: dict[str, list[Cell]] | None = None,
    facts: dict[str, Any] | None = None,
    questions: dict[str, config.Question] | None = None,
    guard_words: config.GuardWords | None = None,
) -> Iterator[Problem]:
    """Lint the texts as they stand, and bind them to the facts, as far as they go without a run's claims.

    Into ``bound`` go those that can be, by whether the report prints them, and by file.
    """

    def theme(name: str) -> templates.Draft:
        templates.of_theme(name, questions or {}, ClaimBook())
        asked = [question for question in (questions or {}).values() if question.theme == name]
        refuse(problem for question in asked for problem in templates.unfit(question))
        return templates.Draft("\n".join(q.detail.get(str(params.year), "") for q in asked))

    params, printed = inputs.project.params, dict[str, set[str]]()
    for cells in (notebooks or {}).values():
        for text_name, names in texts_printed(cells).items():
            printed.setdefault(text_name, set()).update(names)
    extra = {"params": params, **({"survey_theme": theme} if questions else {})}
    binder = templates.Binder(facts or {}, ClaimBook(), params.year, "-", extra, guard_words, gaps=True)
    for path in inputs.find(inputs.project.data / "texts", "*.md"):
        if inputs.project.document and path.name not in printed:
            continue
        file = inputs.project.relative(path)
        try:
            text = sources.text(inputs, path.name)
            problems = [*lint_source(text, file=file), *templates.placeholders(text, file=file)]
            problems += templates.lacking(text, facts, file=file) if facts else ()
            if path.name in printed and not problems:
                problems += templates.unknown_names(text, printed[path.name], file=file)
            yield from problems
            if facts and not problems:
                group = bound[path.name in printed]
                group[file], _ = binder.fill(text, file=file)
                yield from seams(group[file], file=file)
        except InputError as error:
            yield from error.problems


def _read_notebooks(inputs: Inputs) -> dict[str, list[Cell]]:
    """Return the cells of code of each notebook of the report."""
    cells, problems = dict[str, list[Cell]](), list[Problem]()
    for name in sources.outline(inputs).notebooks:
        path, file = inputs.project.root / "notebooks" / f"{name}.ipynb", f"notebooks/{name}.ipynb"
        try:
            text = decode_strict(read_file(path, file), file)
            if merge := re.search("^.*(<<<<<<< |>>>>>>> )", text, re.M):
                message = "a merge that git left open; choose one side, and take its marks away"
                raise InputError([Problem(file, f"line {text.count(chr(10), 0, merge.end()) + 1}", message)])
            cells[name] = [*code_cells(path, file)]
        except InputError as error:
            problems += error.problems
    refuse(problems)
    return cells


def _statistics_of_members(
    inputs: Inputs, members: pd.DataFrame, emissions: pd.DataFrame, population: pd.DataFrame
) -> Iterator[Problem]:
    """Require statistics on every member municipality in the years that are compared."""
    years = (inputs.project.params.emissions_year, inputs.project.params.base_year)
    if not association.municipality_codes(members):
        message = "no municipality is a member, and emissions are told of them; add one"
        yield Problem(_own(inputs, "members.csv"), "", message)
    for file, table in (
        (_release(inputs, "emissions"), emissions),
        (_release(inputs, "population"), population),
    ):
        present = {*zip(table["municipality_code"], table["year"], strict=True)}
        for year, code in product(years, association.municipality_codes(members)):
            if (code, year) not in present:
                message = f"a member, but {file} has no row for it in {year}; add it there"
                yield Problem(_own(inputs, "members.csv"), code, message)


def _scale(inputs: Inputs, emissions: pd.DataFrame) -> Iterator[Problem]:
    """Refuse a release that is, as a whole, a multiple of the one before."""
    earlier = release_before(inputs, sources.previous_claims(inputs))
    both = _beside(emissions, sources.emissions(inputs, earlier)) if earlier else emissions[:0]
    middle = float(both["ratio"].median()) if len(both) else 1.0
    for factor, meaning in _MULTIPLES.items():
        if 0.9 * factor < middle < 1.1 * factor:
            release = f"release {inputs.project.params.emissions_vintage}"
            message = f"figures of {release} are {middle:.3g} times those of {earlier}: {meaning}?"
            yield Problem(_release(inputs, "emissions"), "column emissions_t", f"{message} Fetch it anew")


def _revisions(inputs: Inputs, emissions: pd.DataFrame) -> tuple[Problem, ...]:
    """Require a data year that the releases which headlines are shown in have in common."""
    common_year(sources.releases(inputs), latest=inputs.project.params.emissions_year)
    return ()


def _goals(inputs: Inputs, goals: pd.DataFrame) -> Iterator[Problem]:
    """Require a goal that can be set beside its result, for the chart of them."""
    if not association.verdicts(goals)["verdict"].isin(["met", "missed"]).any():
        message = "no goal has a number and a result in the same unit; give one of them both"
        yield Problem(_own(inputs, "goals.csv"), "", message)


def _per_inhabitant(inputs: Inputs, emissions: pd.DataFrame, population: pd.DataFrame) -> list[Problem]:
    """Compare emissions with inhabitants: in another unit neither country nor municipality is possible."""
    totals = emissions[emissions["sector"] == tables.TOTAL].reset_index(names="at")
    both = totals.merge(population, on=["municipality_code", "year"], validate="one_to_one")
    each = both["emissions_t"].astype(float) / both["population"].astype(float)
    is_nation = both["municipality_code"] == tables.NATION
    low, high = (is_nation.map({True: _NATION_T[i], False: _PLACE_T[i]}) for i in (0, 1))
    both = both.assign(row=both["at"] + 2, each=each, low=low, high=high)
    return tables.problems_by_row(
        both[(each < low) | (each > high)],
        _release(inputs, "emissions"),
        "row {0.row}, column emissions_t",
        "{0.municipality_code}, {0.year}: {0.each:.3g} t per inhabitant, expected {0.low:g} to {0.high:g}; "
        f"is the unit tonnes, and is {_release(inputs, 'population')} right?",
    )


def _stated_members(inputs: Inputs, facts: dict[str, Any], members: pd.DataFrame) -> Iterator[Problem]:
    """Check the stated member count against joins, leaves and the previous year's count."""
    project, params, file = inputs.project, inputs.project.params, _own(inputs, "facts.yml")
    report, stated = (facts[key] if isinstance(facts.get(key), dict) else {} for key in ("report", "members"))
    if (year := report.get("year", params.year)) != params.year:
        expected = f"expected {params.year}, as {project.relative(project.params_path)} has it"
        yield Problem(file, "report.year", f"{expected}, got {year!r}; is it another year's file?")
    needed = {"count_year_end": "a whole number", **dict.fromkeys(_NAMED, "a list of names, [] for none")}
    absent = [key for key in needed if key not in stated]
    yield from (Problem(file, f"members.{key}", f"missing; expected {needed[key]}") for key in absent)
    if not absent:
        years = {"year": params.year, "previous": params.members_previous}
        try:
            association.member_claims(facts, **years, register=members, source="-", register_source="-")
        except InputError as error:
            yield from (replace(problem, file=file) for problem in error.problems)


def _previous_members(inputs: Inputs, earlier: ClaimBook) -> Iterator[Problem]:
    """Compare the previous year's number of members with that which its report published."""
    project, params = inputs.project, inputs.project.params
    expected, got = earlier.select(id="members-count"), params.members_previous
    if expected and (count := int(expected[0].value)) != got:
        message = f"expected {count}, as report {params.previous} has it, got {got}"
        yield Problem(project.relative(project.params_path), "members_previous", message)


def _questions(
    inputs: Inputs, questions: dict[str, config.Question], survey: pd.DataFrame | None = None
) -> Iterator[Problem]:
    """Require that the wordings allow the comparison, and answers to each question of the year."""
    params = inputs.project.params
    year, file = str(params.year), inputs.project.relative(survey_export.survey_file(inputs))
    for label in tables.repeated(question.label for question in questions.values()):
        yield Problem(config.Questions.home, label, "is the label of two questions; give one of them another")
    for question in questions.values():
        if params.previous and (message := association.unlike(question, params.survey_years)):
            yield Problem(config.Questions.home, question.id, message)
        if survey is not None and year in question.wording and question.id not in {*survey["question_id"]}:
            message = f"asked, but {file} has no answers to it; add them, or name in its key reports "
            message += "those that ask it"
            yield Problem(config.Questions.home, f"{question.id}, wording {year}", message)


def _published_figures(
    inputs: Inputs,
    published: pd.DataFrame,
    questions: dict[str, config.Question] | None = None,
    survey: pd.DataFrame | None = None,
    facts: dict[str, Any] | None = None,
) -> Iterator[Problem]:
    """Require of each published figure that it is known, and is what the counts and the facts say."""
    names = [*(questions or ()), *association.INDICATORS, _MEMBERS]
    counts = {} if survey is None else {row.question_id: row for row in rows(survey)}
    stated = (facts or {}).get("members")
    members = stated.get("count_year_end") if isinstance(stated, dict) else None
    for number, row in enumerate(rows(published), 2):
        where, message = f"row {number}, column indicator", ""
        if questions is not None and row.indicator not in names:
            near = difflib.get_close_matches(row.indicator, names, n=1)
            advice = f"expected a question's id or one of {', '.join(names[-5:])}"
            advice = f"is it {near[0]}?" if near else advice
            message = f"{row.indicator} is no figure of the report; {advice}"
        elif row.indicator == _MEMBERS and members not in (None, row.value):
            where = f"row {number}, column value"
            has = f"facts.yml has {members} (members.count_year_end)"
            message = f"{row.value:g} members published, {has}; one of them is wrong"
        elif row.indicator in counts:
            where, message = row.indicator, _not_the_share(row.value, counts[row.indicator], inputs)
        if message:
            yield Problem(_own(inputs, "published.csv"), where, message)


def _not_the_share(percent: float, counted: Any, inputs: Inputs) -> str:
    """Say why a published share is not that of the counts: it must be k of n, and that k."""
    if percent % 1:
        return f"{percent:g} %; expected a whole per cent, as a share of the survey is published"
    try:
        k = require_count(int(percent), int(counted.n))
    except ClaimError as error:
        return str(error)
    counts = f"{_own(inputs, 'survey.csv')} has {counted.k}; correct the wrong one"
    return "" if k == counted.k else f"{percent:.0f} % of {counted.n} is k {k}, {counts}"


def _other_answers(inputs: Inputs, survey: pd.DataFrame) -> Iterator[Problem]:
    """Refuse last year's answers under this year's name."""
    previous, current = survey_export.answers_of_both_years(inputs)
    if len(current) and previous.equals(current):
        message = f"the same answers as {inputs.project.params.year - 1}, every one; is it last year's file?"
        yield Problem(inputs.project.relative(survey_export.survey_file(inputs)), "", message)


def _notebooks(
    inputs: Inputs,
    outline: config.Outline,
    notebooks: dict[str, list[Cell]],
    facts: dict[str, Any] | None = None,
) -> Iterator[Problem]:
    """Require of the outline's notebooks what a run does, and the texts and activities that they name."""
    file = "notebooks/report.yml"
    for entry in dict.fromkeys(outline.order):
        if entry.split("#")[0] not in outline.notebooks:
            message = f"{entry}: no notebook of the report; there is {', '.join(outline.notebooks)}"
            yield Problem(file, "order", message)
        if outline.order.count(entry) > 1:
            yield Problem(file, "order", f"{entry} stands twice; keep one of them")
    for name, cells in notebooks.items():
        source = "\n".join(cell["source"] for cell in cells)
        for where, message in refusals(cells, PARAMETERS):
            yield Problem(f"notebooks/{name}.ipynb", where, message)
        for text in texts_printed(cells):
            if not (inputs.project.data / "texts" / text).is_file():
                message = f"missing; notebook {name} prints it, an empty file prints nothing"
                yield Problem(_own(inputs, f"texts/{text}"), "", message)
        for activity in dict.fromkeys(_ACTIVITY.findall(source)) if facts else ():
            listed = [each for each in (facts or {})["activities"] if each["id"] == activity]
            if not listed:
                message = f"no activity with id {activity}, which notebook {name} tells"
                yield Problem(_own(inputs, "facts.yml"), "activities", message)
                continue
            for key, value in _nested(listed[0].get("sessions")):
                if value in (None, "") and key.rpartition(".")[2] in ("date", "title", "name", "affiliation"):
                    where = f"activities.{activity}.sessions.{key}"
                    yield Problem(
                        _own(inputs, "facts.yml"), where, f"is empty, and notebook {name} prints it"
                    )
            try:
                association.session_rows(listed[0])
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                needed = "a list, each with date, title and speakers, and those with name and affiliation"
                message = f"expected {needed} ({error!r})"
                yield Problem(_own(inputs, "facts.yml"), f"activities.{activity}.sessions", message)
    entry_of = dict[int, str]()  # which prints a cell first
    for entry in dict.fromkeys(outline.order):
        if (name := entry.split("#")[0]) not in notebooks:
            continue
        printed = cells_in_report(entry, {name: {"cells": notebooks[name]}})
        if not printed:
            yield Problem(file, "order", f"{entry} has no cell tagged 'report'; tag one or remove it")
        for first in dict.fromkeys(entry_of.setdefault(id(cell), entry) for _, cell in printed):
            if first != entry:
                yield Problem(file, "order", f"{entry} prints again what {first} prints; remove one of them")


def _claim_ids(inputs: Inputs, notebooks: dict[str, list[Cell]], doubts: list[Problem]) -> Iterator[Problem]:
    """Hold the ids of claims in texts and notebooks against the claims of each notebook's last run.

    Where nothing has changed since that makes claims, an unknown id is refused; else it goes to ``doubts``.
    """
    project, problems = inputs.project, dict[str, list[Problem]]()
    home = project.root / "outputs" / ".kept" / project.name
    records = {name: load_record(home / name) for name in notebooks}
    published = cache(lambda: sources.published_claims(Inputs(project), project.name))  # no input of the run
    for name, cells in notebooks.items():
        file = home / name / "chapters" / f"{name}.csv"
        with suppress(InputError):  # without a last run there is nothing to hold them against
            if records[name] is None:
                book = published()
            else:
                book = read_claims(read_file(file, file.name), file=file.name)
            paths = [project.data / "texts" / text for text in texts_printed(cells)]
            texts = {
                project.relative(path): sources.text(inputs, path.name) for path in paths if path.is_file()
            }
            unknown = [templates.unknown_claims(text, book, file=path) for path, text in texts.items()]
            problems[name] = [problem for listed in unknown for problem in listed]
            for place, claim_id in claims_asked_for(cells):
                if claim_id not in book:
                    advice = nearest(claim_id, (claim.id for claim in book)) or "record it in a cell before"
                    message = f"no claim {claim_id!r}; {advice}"
                    problems[name].append(Problem(f"notebooks/{name}.ipynb", place, message))
    certain = dict[str, bool]()
    for name, record in records.items() if any(problems.values()) else ():
        if record is not None:
            made_by = {path: sha for path, sha in record["inputs"].items() if not path.endswith(".md")}
            before = code_cells(home / name / "notebooks" / f"{name}.ipynb", name)
            same = _recording(before) == _recording(notebooks[name])
            stands = same and not stale_inputs(project.root, {**record, "inputs": made_by})
            certain[name] = stands and all(map(certain.get, record.get("takes", {})))
        if certain.get(name):
            yield from problems[name]
        else:
            doubts += problems.get(name, ())


def _recording(cells: Iterable[Cell]) -> list[str]:
    """Return the cells that may record claims: all but those that only print, and the parameters of a run."""
    tags = [(cell["source"], cell["metadata"].get("tags", ())) for cell in cells]
    kept = [source for source, own in tags if "injected-parameters" not in own and "report" not in own]
    also = [source for source, own in tags if "report" in own and "chapter.record" in called(source)]
    return [*kept, *also]


def _glyphs(
    inputs: Inputs,
    goals: pd.DataFrame,
    published: pd.DataFrame,
    questions: dict[str, config.Question],
    facts: dict[str, Any],
    credits: list[list[str]],
    examples: config.Examples,
    sectors: config.Sectors,
) -> Iterator[Problem]:
    """Refuse signs that the typefaces lack, and Python's nothings, in all that is printed past the texts."""
    project, params, own = inputs.project, inputs.project.params, partial(_own, inputs)
    channels = project.root / "params" / "channels.yml"
    named = Inputs(project).model(channels, config.Channels).channels if channels.is_file() else ()
    of_question = {"label", "verb_phrase", "turned", "degree", "detail", "comparison_note"}
    rows_of = {  # as a person counts them, with the heading
        name: {f"row {row}, column": cells for row, cells in enumerate(table.to_dict("records"), 2)}
        for name, table in (("goals.csv", goals), ("published.csv", published))
    }
    for file, printed in (
        (
            project.relative(project.params_path),
            params.model_dump(include={"association", "title", "notice"}),
        ),
        *((own(name), cells) for name, cells in rows_of.items()),
        (config.Questions.home, {q: each.model_dump(include=of_question) for q, each in questions.items()}),
        (config.Sources.home, {"sources": credits}),
        (own("facts.yml"), {f"activities.{a['id']}": a.get("sessions") for a in facts["activities"]}),
        (own("examples.yml"), {"examples": [each.text for each in examples.examples]}),
        ("params/sectors.yml", {each.id: [each.label, each.in_text] for each in sectors.sectors}),
        ("params/channels.yml", {each.file: each.title for each in named}),
    ):
        for where, text in _nested(printed):
            if isinstance(text, str) and (sign := sign_without_glyph(text)):
                yield Problem(file, where, f"{sign}; write it in words")
            if text in config.PYTHON_WORDS:
                yield Problem(file, where, f"{text} would be printed; leave it empty, or write what is meant")


def _nested(node: object, where: str = "") -> Iterator[tuple[str, object]]:
    """Yield all values in nested ones, each with its place."""
    yield where, node
    if isinstance(node, Mapping | list | tuple):
        for key, value in node.items() if isinstance(node, Mapping) else enumerate(node):
            joint = "" if not where else " " if where.endswith("column") else "."
            yield from _nested(value, f"{where}{joint}{key}")


def _targets(inputs: Inputs, targets: config.Targets) -> Iterator[Problem]:
    """Require that each target lies ahead of the emissions' data year, and that no two share a year."""
    years, last = [target.year for target in targets.targets], inputs.project.params.emissions_year
    for place, year in enumerate(years):
        if year <= last or year in years[:place]:
            message = f"expected a year after {last}, the emissions' data year, each once; got {year}"
            yield Problem("params/targets.yml", f"targets.{place}.year", message)


def _dates(inputs: Inputs, facts: dict[str, Any]) -> Iterator[Problem]:
    """Refuse what ends before it begins."""
    for where, span in _nested(facts):
        if isinstance(span, dict) and str(span.get("end", "9")) < str(span.get("start", "")):
            yield Problem(_own(inputs, "facts.yml"), where, f"ends {span['end']}, before {span['start']}")


def _origins(inputs: Inputs, credits: list[list[str]], survey: pd.DataFrame) -> Iterator[Problem]:
    """Require the source of each file that a chapter cites."""
    own = (_own(inputs, name) for name in ("facts.yml", "goals.csv", "members.csv", "published.csv"))
    answers = inputs.project.relative(survey_export.survey_file(inputs))
    for file in (*own, answers, _release(inputs, "emissions"), _release(inputs, "population")):
        try:
            sources.origin(inputs, file)
        except InputError as error:
            yield from error.problems


_CONSISTENCY_CHECKS: tuple[Callable[..., Iterable[Problem]], ...] = (
    lambda inputs, examples: templates.example_faults(inputs),
    _corrections, _texts, _glyphs, _dates, _targets, _statistics_of_members, _scale, _revisions, _goals,
    _per_inhabitant,
    _published_figures, _stated_members, _previous_members, _questions, _other_answers, _notebooks,
    _claim_ids, _origins,
)  # fmt: skip


# Plausibility: what is possible, but must be known


def _plausibility_warnings(inputs: Inputs, contents: Mapping[str, Any]) -> Iterator[Message]:
    params, emissions = inputs.project.params, contents["emissions"]
    facts, path = contents["facts"], inputs.project.root / "data" / f"{params.previous}" / "facts.yml"
    yield from register_warnings(contents["members"], facts, contents["municipalities"])
    facts_before = sources.read_facts(path.read_bytes(), path.name) if path.is_file() else {}
    yield from fact_warnings(facts, facts_before, year=params.year)
    yield from question_warnings(inputs)
    yield from share_warnings(contents["survey"], contents["published"], contents["earlier"])
    if earlier := release_before(inputs, contents["earlier"]):
        before, names = sources.emissions(inputs, earlier), (params.emissions_vintage, earlier)
        yield from release_warnings(emissions, before, base_year=params.base_year, names=names)
    if params.survey_inferred:
        yield warning(
            "the survey's k and n are worked back from published percentages",
            "antalet svar och ja-svar i enkäten är uträknat ur publicerade procenttal",
        )


def _contradictions(inputs: Inputs, looked_up: pd.DataFrame) -> Iterator[Message]:
    """Tell where what was looked up contradicts a member's answer: both sources, and not the answer."""
    if looked_up.empty or inputs.project.params.survey_input == "counts":
        return
    file = inputs.project.relative(inputs.project.data / "evidence.csv")
    for row in rows(survey_export.borne_out(survey_export.all_answers(inputs), looked_up)[1]):
        form: config.Asked = "region" if len(row.code) == 2 else "municipality"
        form = form if form in survey_export.forms(inputs) else "municipality"
        answered = inputs.project.relative(survey_export.survey_file(inputs, form=form))
        where = f"{file}, row {row.place + 2}: {row.code}, {row.question_id}"
        message = f"{where}: {row.url} (looked up {row.checked_on}) contradicts {answered}"
        yield warning(f"{message}; ask the member, and mend the wrong one")


def register_warnings(
    register: pd.DataFrame, facts: dict[str, Any], municipalities: pd.DataFrame
) -> Iterator[Message]:
    """Compare the register of members with the facts of the year, and a region with its municipalities.

    Columns as `tables.MEMBERS` and `tables.MUNICIPALITIES`.
    """
    stated, listed = facts["members"]["count_year_end"], association.listed(register)
    if listed != stated:
        reason, grund = "one of them is wrong", "ett av talen är fel"
        if listed < stated:
            reason, grund = "figures on members rest on those listed", "medlemmarnas siffror bygger på dem"
        yield warning(
            f"the register lists {listed} of {stated} members: {reason}",
            f"registret har {listed} av {stated} medlemmar: {grund}",
        )
    for key, status in zip(_NAMED, ("member", "left", "observer"), strict=True):
        names = tuple(map(tables.name_key, register.loc[register["status"] == status, "name"]))
        for name in facts["members"][key]:
            if not tables.name_key(name).startswith(names):
                yield warning(
                    f"the facts name {name} ({key}), but no row of the register with status {status} does",
                    f"fakta nämner {name} ({key}), men ingen rad i registret med status {status} gör det",
                )
    county = municipalities.set_index("municipality_code")["county_code"]
    counties = [county.get(code) for code in association.municipality_codes(register)]
    for region in rows(register[(register["status"] == "member") & (register["kind"] == "region")]):
        if count := counties.count(region.code):
            yield warning(
                f"{region.name} overlaps {count} member municipalities of its own: it is not added to them",
                f"{region.name} omfattar {count} medlemskommuner: regionen läggs inte till dem",
            )


def fact_warnings(facts: dict[str, Any], earlier: dict[str, Any], *, year: int) -> Iterator[Message]:
    """Warn of facts that are another year's, and of keys that are almost those that klimatlib reads.

    ``earlier`` are the facts of the report before; may be empty.
    """
    meant = cache(partial(difflib.get_close_matches, possibilities=_KEYS, n=1, cutoff=0.8))
    for where, value in _nested(facts):
        section, key = where.count("."), where.rpartition(".")[2]
        if near := [] if key in _KEYS else meant(key):
            yield warning(
                f"facts.yml, {where}: is {key} meant as {near[0]}?", f"fakta: ska {where} heta {near[0]}?"
            )
        of_year = key in _DATES or (key == "year" and section == 1)
        texts = [*value.values()] if isinstance(value, dict) else [value]
        years = [int(match) for text in texts for match in _YEAR.findall(str(text))] if of_year else []
        if years and not min(years) <= year <= max(years):
            yield warning(
                f"facts.yml, {where}: {value} is not of {year}", f"fakta: {where} är {value}, inte {year}"
            )
    for key in _NAMED:
        if (names := facts["members"][key]) and names == earlier.get("members", {}).get(key):
            listed = ", ".join(names)
            yield warning(
                f"facts.yml, members.{key}: {listed}, as in the report before; are they last year's?",
                f"fakta: members.{key} är {listed}, som året före; är det förra årets?",
            )


def release_warnings(
    current: pd.DataFrame, previous: pd.DataFrame, *, base_year: int, names: tuple[str, str]
) -> list[Message]:
    """Compare two named releases of the emissions; in the base year a smaller revision is told already.

    Columns as `tables.EMISSIONS`.
    """
    new, old = names
    both = _beside(current, previous)
    percent = 100 * (both["ratio"] - 1)
    both = both.assign(change=percent, förändring=[swedish.number(value, 1) for value in percent])
    limit = both["year"].map(lambda year: BASE_YEAR_REVISION if year == base_year else NATION_REVISION)
    gone = ", ".join(map(str, sorted({*previous["year"]} - {*current["year"]})))
    missing = warning(
        f"release {new} has no figures for {gone}, which {old} had",
        f"utgåva {new} har inga tal för {gone}, som {old} hade",
    )
    revised = _per_row(
        both[(both["municipality_code"] == tables.NATION) & ((both["ratio"] - 1).abs() > limit)],
        f"the nation in {{0.year}} is revised by {{0.change:+.1f}} %, from release {old} to {new}",
        f"riket {{0.year}} är omräknat med {{0.förändring}} %, från utgåva {old} till {new}",
    )
    return [*([missing] if gone else []), *revised]


def _beside(current: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of two releases side by side, with their ratio."""
    before, after = (table[table["sector"] == tables.TOTAL] for table in (previous, current))
    key = ["municipality_code", "year"]
    both = after.merge(before, on=key, suffixes=("", "_before"), validate="one_to_one")
    return both.assign(ratio=both["emissions_t"] / both["emissions_t_before"])


def share_warnings(counts: pd.DataFrame, published: pd.DataFrame, claims: ClaimBook) -> list[Message]:
    """Warn of survey shares that are far from the earlier ones that they are set beside.

    Those are of the table of published figures or, where it has none of a question, of the claims of the
    report before. Columns as `tables.SURVEY_COUNTS` and `tables.PUBLISHED`.
    """
    earlier = published.dropna(subset="previous_year").set_index("indicator")
    listed = earlier[["previous_year", "previous_value"]].astype(float).T.to_dict("list")
    answers = claims.select(kind="share", role="main", denominator="respondents")
    before = {claim.measure: [claim.year, 100 * float(claim.value)] for claim in answers} | listed
    both = counts[counts["question_id"].isin(before)]
    both = both.assign(share=100 * both["k"] / both["n"])
    both["previous_year"], both["previous_value"] = (
        both["question_id"].map({question: values[i] for question, values in before.items()}) for i in (0, 1)
    )
    figures = "{{0.question_id}}: {{0.share:.0f}} % {} {{0.previous_value:.0f}} % {{0.previous_year:.0f}}; {}"
    return _per_row(
        both[(both["share"] - both["previous_value"]).abs() > 100 * SHARE_STEP],
        figures.format("against", "is it the same question?"),
        figures.format("mot", "är det samma fråga?"),
    )


def _per_row(frame: pd.DataFrame, english: str, svenska: str) -> list[Message]:
    """Return a warning for each row, whose texts are formats over it."""
    return [warning(english.format(row), svenska.format(row)) for row in rows(frame)]


# Reading a single file

_OF_REPORT = {"members": sources.members, "goals": sources.goals, "published": sources.published}
_JUDGES = {"emissions": sources.emission_problems, "population": sources.population_problems}
_OF_ACTIVITIES = ("id", "goal", "section", "title", "period", "date", "place")
_SHOWN_ROWS = 5


def inspect_file(
    file: Path,
    *,
    out: Path | None = None,
    report: str | None = None,
    substance: str = "GGT",
    selection: bool = False,
) -> Iterator[str]:
    """Read a file of any known format and say what it holds, line by line.

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
    InputError, UsageError
        What is wrong with the file, or that its format is not known; that ``out`` is there already.
    """
    if out and out.exists():
        raise UsageError(f"{out}: is there already; give another name or remove it")
    root, target = find_root(), file.resolve()
    display_path = target.relative_to(root).as_posix() if target.is_relative_to(root) else str(file)
    data = read_file(file, display_path)
    path = root / "data" / "statistics" / "municipalities.csv"
    register = tables.read_table(path.read_bytes(), tables.MUNICIPALITIES, file=path.name)
    places, path = tables.Places.from_frame(register), root / "params" / "sectors.yml"
    sectors = config.validate(
        read_file(path, "params/sectors.yml"), config.Sectors, file="params/sectors.yml"
    )
    path, home = root / config.Corrections.home, config.Corrections.home
    corrected = read_file(path, home) if path.exists() else b""
    listed = config.validate(corrected, config.Corrections, file=path.name)
    corrections = listed.used(display_path).corrections

    def own_file(content: bytes, name: str, *, kind: str) -> Reading:
        if kind == "facts":
            activities = sources.read_facts(content, name)["activities"]
            frame = pd.DataFrame([{key: each.get(key, "") for key in _OF_ACTIVITIES} for each in activities])
        else:
            main = (sector.name for sector in sectors.in_total)
            table = tables.emissions_table(*main) if kind == "emissions" else OWN_TABLES[kind]
            frame = tables.read_table(content, table, file=name, corrections=corrections)
            refuse(_JUDGES[kind](frame, places, name) if kind in _JUDGES else [])
        if kind in _OF_REPORT and of_report:
            inputs = Inputs.open(f"params/{stem}.yml")
            if target == (inputs.project.data / f"{kind}.csv").resolve():
                frame = _OF_REPORT[kind](inputs)
        publisher = f"as {config.Sources.home} says" if kind in _JUDGES else "the association"
        return Reading(kind, frame, name, publisher, None, None, None, ())

    stem, is_survey = report or target.parent.name, False
    of_report = (root / "params" / f"{stem}.yml").is_file()

    def answers(content: bytes, name: str) -> Reading:
        if not of_report:
            raise UsageError(f"{file}: is a survey; say which report it belongs to: --report NAME")
        return survey_export.answers_of(Inputs.open(f"params/{stem}.yml"), content, name)

    export = partial(read_emissions, places=places, sectors=sectors, require_substance=substance)
    readers: dict[str, Reader] = {kind: partial(own_file, kind=kind) for kind in (*OWN_TABLES, "facts")}
    readers |= {"survey-answers": answers, "emissions-export": partial(export, complete=not selection)}
    if (path := root / "params" / "gpc.yml").is_file():
        rules = config.validate(read_file(path, "params/gpc.yml"), config.Gpc, file="params/gpc.yml")
        readers["energy-balance"] = partial(read_energy, places=places, codes=rules.energy)
    with suppress(InputError):  # what is wrong is told by the reader
        is_survey = of_report and survey_export.is_export(
            Inputs.open(f"params/{stem}.yml"), data, display_path
        )
    if is_survey:
        reading = answers(data, display_path)
    else:
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
    yield from (f"warning: {text}" for text in reading.warnings)
    if not is_survey:  # single members' answers are not for the screen
        yield from frame.head(_SHOWN_ROWS).to_string(index=False).splitlines()
    if out:
        yield f"written: {out}"
