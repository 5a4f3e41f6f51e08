"""The one door to a report's files: what is read through it is checked, and remembered by its hash.

That is how a run knows which chapter depends on which file, and what the manifest lists. A reader per input
gives a tidy table, a typed model or a text, or raises InputError with every problem, by file and place.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd

from klimatlib import config
from klimatlib.claims.claims import ClaimBook, read_claims
from klimatlib.claims.signatures import REPORT, Passage, Signature, faults, passages, signatures_file
from klimatlib.errors import InputError, KlimatlibError, Problem, now
from klimatlib.files import decode_strict, read_file
from klimatlib.sources import tables
from klimatlib.sources.emissions_database import OFFSHORE_SHARE, read_subsectors
from klimatlib.sources.statistics import KINDS, OWN_TABLES, changes, recognise, sums
from klimatlib.sources.tables import Places, Table, problems_by_row, read_table, refuse, repeated, rows

_MUNICIPALITIES = "data/statistics/municipalities.csv"
_LONGEST = 450  # characters of an example; a post in social media has room for it
_ROUNDED_T = 0.5  # what rounding to whole tonnes takes or adds at most
_FETCH = "compare with the source, or fetch the table anew"
_MISSING = f"missing, but other places have it; {_FETCH}"
_PLACE_YEAR = ["municipality_code", "year"]
_SPIKE = 3.0  # how far one value may leave both its neighbours in the same direction
_TO_FILL_IN = (".csv", ".md", ".yml")  # of the year's own files, those that may have a mark


RowFaults = Callable[[Any], Iterator[tuple[str, str]]]
"""Says of a row what a contract cannot: yields column and message."""


class Inputs:
    """The inputs of one report, and a record of those that were read."""

    def __init__(self, project: config.Project) -> None:
        self.project = project
        # Path relative to the project -> sha256 of the bytes that were read; of a YAML file that all years
        # share ``path#which`` -> sha256 of what is used of it.
        self.digests: dict[str, str] = {}
        # Those files -> sha256 of their bytes: where it is the same, so is all that is used of them.
        self.shared: dict[str, str] = {}
        # Pattern relative to the project -> the files that matched: what is not there matters too.
        self.looked: dict[str, list[str]] = {}

    @classmethod
    def open(cls, params_file: str | Path, *, start: Path | None = None, draft: bool = False) -> Inputs:
        """Open a report's inputs by its parameter file; a draft may still have something to fill in."""
        inputs = cls(config.load_project(params_file, start=start, draft=draft))
        inputs.read(inputs.project.params_path)
        return inputs

    def read(self, path: Path, *, draft: bool = False) -> bytes:
        """Return a file's bytes and remember their sha256; a draft may have something to fill in."""
        display_path, data = self.project.relative(path), self._bytes(path)
        self.digests[display_path] = hashlib.sha256(data).hexdigest()
        if not draft and path.is_relative_to(self.project.data) and path.suffix in _TO_FILL_IN:
            refuse(config.find_todos(data.decode("utf-8", errors="replace"), file=display_path))
        return data

    def _bytes(self, path: Path) -> bytes:
        """Read a file; one elsewhere, by a link or ``..``, is no part of what a commit holds, and refused."""
        display_path, target = self.project.relative(path), Path(os.path.realpath(path))
        if not target.is_relative_to(self.project.root.resolve()):
            message = f"leads out of the project, to {target}; put the file itself there"
            raise InputError([Problem(display_path, "", message)])
        return read_file(path, display_path)

    def exists(self, path: Path) -> bool:
        """Whether a file is there, or what `read` refuses in its place, and remember that this was asked."""
        return bool(self.find(path.parent, path.name)) or os.path.lexists(path)

    def find(self, folder: Path, pattern: str) -> list[Path]:
        """Return the files of a folder that match a pattern, sorted, and remember the search."""
        root = self.project.root
        matches = sorted(path for path in folder.glob(pattern) if path.is_file())
        display_path = folder.relative_to(root).joinpath(pattern).as_posix()
        self.looked[display_path] = [path.relative_to(root).as_posix() for path in matches]
        return matches

    def find_todos(self) -> list[Problem]:
        """Return what is still to be filled in of the year's own files, read or not.

        The channels' texts are written when the report stands, and do not hold it up.
        """
        data, file = self.project.data, self.project.relative
        paths = [p for p in sorted(data.rglob("*")) if p.suffix in _TO_FILL_IN and p.is_file()]
        own = [path for path in paths if path.parent != data / "texts" / "channels"]
        problems = list[Problem]()
        for path in own:
            try:
                text = read_file(path, file(path)).decode("utf-8", errors="replace")
                problems += config.find_todos(text, file=file(path))
            except InputError as error:
                problems += error.problems
        return problems

    def checked(self, path: Path) -> bytes:
        """Return a file's bytes, held against its checksums.

        They are those of ``params/sources.yml`` and of the provenance that `fetch` writes beside it.
        """
        file, data, stated = self.project.relative(path), self.read(path), list[tuple[str, Any, str]]()
        digest, provenance = self.digests[file], path.with_suffix(".provenance.json")
        with suppress(InputError):  # what is wrong with that file is reported when it is read for itself
            meant = "where the change is meant write the new sha256 there"
            own = self.used(config.Sources, file).sources.values()
            stated += [(config.Sources.home, source.sha256 or digest, meant) for source in own]
        if self.exists(provenance):
            sha256 = ""
            with suppress(ValueError, KeyError, TypeError):
                sha256 = json.loads(self.read(provenance))["table_sha256"]
            stated.append((provenance.name, sha256, "fetch it again"))
        message = f"is not the file whose sha256 {{}} tells (now {digest[:12]}…); get it from git, or {{}}"
        wrong = [message.format(place, advice) for place, sha256, advice in stated if sha256 != digest]
        refuse(Problem(file, "", message) for message in wrong)
        return data

    def table(
        self, path: Path, table: Table, row_faults: RowFaults | None = None, *, optional: bool = False
    ) -> pd.DataFrame:
        """Return a tidy CSV with its corrections, checked by its contract and by its checksums.

        An ``optional`` one that is not there has no rows.
        """
        if optional and not self.exists(path):
            return table.without_rows()
        file, data = self.project.relative(path), self.checked(path)
        try:
            frame = read_table(data, table, file=file, corrections=self.corrections(file))
        except InputError:
            refuse(_of_another_kind(data, file, table))
            raise
        if row_faults:
            faults = ((n, *fault) for n, row in enumerate(rows(frame), 2) for fault in row_faults(row))
            refuse(Problem(file, f"row {n}, column {column}", text) for n, column, text in faults)
        return frame

    def model(self, path: Path, model: type[config.ModelT]) -> config.ModelT:
        """Return a YAML file as its model."""
        return config.validate(self.read(path), model, file=self.project.relative(path))

    def used(self, model: type[config.SharedT], which: str) -> config.SharedT:
        """Return what is used of a YAML file that all years share: nothing more of it counts for a report."""
        path = self.project.root / model.home
        data = b"" if model is config.Corrections and not path.exists() else self._bytes(path)
        used: config.SharedT = config.used_part(data, model.home, which)
        self.digests[f"{model.home}#{which}"] = config.used_digest(data, model.home, which)
        self.shared[model.home] = hashlib.sha256(data).hexdigest()
        return used

    def corrections(self, file: str) -> tuple[config.Correction, ...]:
        """Return the known errors of a file, by its path in the project; none without such a list."""
        return self.used(config.Corrections, file).corrections


def _of_another_kind(data: bytes, file: str, table: Table) -> list[Problem]:
    """Say that a file is of another kind than the table that belongs in its place, if it is."""
    try:
        kind = recognise(data, file, quote=False)
    except InputError:
        return []
    own = OWN_TABLES.get(kind, tables.MUNICIPALITIES if kind == "municipality-codes" else None)
    text = f"expected the tidy table ({table.title}), got: {KINDS[kind]}; make the one from the other with"
    text += " klimatlib fetch, or klimatlib read FILE --out TABLE"
    return [] if own and own.title == table.title else [Problem(file, "", text)]


def remember(params_file: str, root: Path) -> None:
    """Read what every notebook reads, so that processes forked from this one have it parsed.

    What is wrong with them is not told here: whoever reads them for use does so.
    """
    with suppress(KlimatlibError):
        inputs = Inputs.open(params_file, start=root)
        for read in (population, emissions, questions, credits, facts, sectors, places, guard_words, members):
            read(inputs)


def municipalities(inputs: Inputs) -> pd.DataFrame:
    """Sweden's municipalities, columns as `tables.MUNICIPALITIES`."""
    return inputs.table(inputs.project.root / _MUNICIPALITIES, tables.MUNICIPALITIES)


def places(inputs: Inputs) -> Places:
    """Return the municipalities and counties that exist; each county has one name and its own codes."""
    frame = municipalities(inputs)
    made: Places = _once(inputs, "", lambda: Places.from_frame(frame, file=_MUNICIPALITIES))
    return made


def sectors(inputs: Inputs) -> config.Sectors:
    """Return the main sectors of the emissions database (``params/sectors.yml``)."""
    return inputs.model(inputs.project.root / "params" / "sectors.yml", config.Sectors)


def guard_words(inputs: Inputs) -> config.GuardWords:
    """Return the words that claims must carry (``params/guard_words.yml``)."""
    return inputs.model(inputs.project.root / "params" / "guard_words.yml", config.GuardWords)


def emissions(inputs: Inputs, vintage: str | None = None) -> pd.DataFrame:
    """Greenhouse gas emissions by municipality, year and sector, columns as `tables.EMISSIONS`.

    ``vintage`` is a release of the emissions database, the parameters' one by default; only that must have
    the parameters' data year and base year. Of all, places, gaps, outliers and sums are checked.
    """
    params = inputs.project.params
    path = inputs.project.statistics / f"emissions_{vintage or params.emissions_vintage}.csv"
    contract = tables.emissions_table(*(sector.name for sector in sectors(inputs).in_total))
    frame, file = inputs.table(path, contract), inputs.project.relative(path)
    years = sorted({*frame.loc[frame["municipality_code"] == tables.NATION, "year"]})
    asked = {} if vintage else {params.emissions_year: "emissions_year", params.base_year: "base_year"}
    missing = {year: key for year, key in asked.items() if year not in years}
    text = f"missing ({{}}); the file has {', '.join(map(str, years))}"
    absent = [Problem(file, f"year {year}", text.format(key)) for year, key in missing.items()]
    refuse([*_of_all_places(inputs, file, frame, emission_problems), *absent])
    return frame


_made: dict[tuple[str, ...], Any] = {}


def _once(inputs: Inputs, file: str, make: Callable[[], Any]) -> Any:
    """Return what is made of a table and of the municipalities as they were read, once in a process."""
    read = [each for name in (_MUNICIPALITIES, file) for each in (name, f"{config.Corrections.home}#{name}")]
    key = (file, *(inputs.digests.get(each, "") for each in read))
    return _made[key] if key in _made else _made.setdefault(key, make())


def _of_all_places(
    inputs: Inputs, file: str, frame: pd.DataFrame, find: Callable[[pd.DataFrame, Places, str], list[Problem]]
) -> list[Problem]:
    """Return what cannot be in a table of all places."""
    every_place = places(inputs)
    problems: list[Problem] = _once(inputs, file, lambda: find(frame, every_place, file))
    return problems


def gpc(inputs: Inputs) -> config.Gpc:
    """Return the references of the GPC and where the rows of the emissions database belong.

    Every subsector of ``params/sectors.yml`` must have its row.
    """
    path = inputs.project.root / "params" / "gpc.yml"
    read = inputs.model(path, config.Gpc)
    placed = {(row.sector, row.subsector) for row in read.rows}
    pairs = [(one.name, name) for one in sectors(inputs).sectors for name in (tables.TOTAL, *one.subsectors)]
    file, text = inputs.project.relative(path), "{}, {} has no row here; add it with its reference"
    refuse(Problem(file, "rows", text.format(*pair)) for pair in pairs if pair not in placed)
    return read


def inventoried(inputs: Inputs) -> pd.DataFrame | None:
    """Return the subsectors of the inventories' release, all its years; None where the report names none."""
    params, rules = inputs.project.params, gpc(inputs)
    if params.gpc_vintage is None or params.gpc_year is None:
        return None
    path, every_place = inputs.project.statistics / f"subsectors_{params.gpc_vintage}.csv", places(inputs)
    codes = {tables.NATION, *every_place.counties, *every_place.names}
    data, file = inputs.checked(path), inputs.project.relative(path)
    return read_subsectors(data, file, rows=rules.rows, codes=codes)


def energy(inputs: Inputs) -> pd.DataFrame | None:
    """Return what users took from the grids, as `tables.ENERGY`; None where the report names no release."""
    vintage = inputs.project.params.energy_vintage
    path = inputs.project.statistics / f"energy_{vintage}.csv"
    return inputs.table(path, tables.ENERGY) if vintage else None


def emission_factors(inputs: Inputs) -> config.EmissionFactors:
    """Return what electricity and heat emit (``params/emission_factors.yml``); nothing without the file."""
    path = inputs.project.root / "params" / "emission_factors.yml"
    return inputs.model(path, config.EmissionFactors) if inputs.exists(path) else config.EmissionFactors()


def gpc_processes(inputs: Inputs) -> pd.DataFrame:
    """Return what of the industry is of processes, as its contract; no row without ``gpc_processes.csv``."""
    path = inputs.project.data / "gpc_processes.csv"
    return inputs.table(path, tables.TABLES["gpc_processes"], optional=True)


def release_names(inputs: Inputs, table: str = "emissions") -> list[str]:
    """Return the releases of the emissions, or of the ``population``, that are at hand, oldest first."""
    paths = inputs.find(inputs.project.statistics, f"{table}_*.csv")
    return sorted(path.stem.removeprefix(f"{table}_") for path in paths)


def releases(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Return the emissions in the report's release and in those of ``revisions``, oldest first."""
    params = inputs.project.params
    return {name: emissions(inputs, name) for name in sorted({params.emissions_vintage, *params.revisions})}


def population(inputs: Inputs) -> pd.DataFrame:
    """Inhabitants on 31 December in the report's release, as `tables.POPULATION`, checked as `emissions`."""
    path = inputs.project.release("population")
    frame = inputs.table(path, tables.POPULATION)
    refuse(_of_all_places(inputs, inputs.project.relative(path), frame, population_problems))
    return frame


def population_problems(frame: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Return what cannot be in a table of the population: unknown places, gaps, sums that do not hold."""
    table = frame.astype({"population": "float"})
    wide = table.pivot(index="municipality_code", columns="year", values="population")
    lost = wide.isna() & wide.ffill(axis="columns").notna()  # has an earlier year
    problems = [*_unknown_codes(frame, places, file), *sums(wide, places, file), *changes(wide, file)]
    return [*problems, *problems_by_row(_gaps(lost), file, "{0.municipality_code}, {0.year}", _MISSING)]


_YEAR = re.compile("((?:19|20)[0-9]{2})")


def members(inputs: Inputs) -> pd.DataFrame:
    """Members, former members and observers, columns as `tables.MEMBERS`.

    The status is that at the end of the report's year: who leaves in a later year is still a member
    (`members_of_year`). A code must be that of the name, and a status not denied by the years.
    """
    known_places, year = places(inputs), inputs.project.params.year
    path = inputs.project.data / "members.csv"
    frame = inputs.table(path, tables.MEMBERS, lambda row: _member_faults(row, known_places, year))
    frame.loc[members_of_year(frame, year).index, "status"] = "member"
    return frame


def members_of_year(register: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of those that were members at the end of a year, regions too, observers not.

    This is the one definition of a member of the year, for the survey and the emissions alike: joined in that
    year or before, and not left by its end. Who has no year of joining counts as an old member. The register
    is as `tables.MEMBERS`; ``joined`` and ``left`` are text, of which the year is read.
    """
    texts = (register[column].astype("str") for column in ("joined", "left"))
    joined, left = (text.str.extract(_YEAR, expand=False).astype("float") for text in texts)
    came = (joined <= year) | (joined.isna() & (register["status"] != "joined_later"))
    return register[came & ~(left <= year) & (register["status"] != "observer")]


def member_codes(inputs: Inputs) -> set[str]:
    """Return the codes of those that were members at the end of the report's year, regions too."""
    return {*members_of_year(members(inputs), inputs.project.params.year)["code"]}


def no_stranger(inputs: Inputs, advice: str = "") -> RowFaults:
    """Return what refuses the rows of a table whose ``code`` is no member's of the report's year."""
    codes = cache(lambda: member_codes(inputs))  # asked for where there is a row

    def row_faults(row: Any) -> Iterator[tuple[str, str]]:
        if row.code not in codes():
            yield "code", f"{row.code} is no member of {inputs.project.params.year} in members.csv{advice}"

    return row_faults


def _member_faults(row: Any, places: Places, year: int) -> Iterator[tuple[str, str]]:
    """Yield the columns of a row of the register that cannot be, and why."""
    municipality, name = row.kind == "municipality", tables.name_key(row.name)
    official = (places.names if municipality else places.counties).get(row.code, "")
    if not official:
        kind = "municipality" if municipality else "county's code"
        yield "code", f"{row.code} is no {kind}; see data/statistics/municipalities.csv"
    elif name != tables.name_key(official) if municipality else places.region(row.name).code != row.code:
        message = f"{row.code} is {official} in data/statistics/municipalities.csv, got {row.name!r}"
        yield "name", f"{message}; is the row shifted, or the code another's?"
    for column, text in (("joined", row.joined), ("left", row.left)):
        if text and not _YEAR.search(text):
            yield column, f"expected a year as 2023, <=2020 or 2023-02, or nothing, got {text!r}"
    joined, left = (int(match[1]) if (match := _YEAR.search(text)) else 0 for text in (row.joined, row.left))
    if (left > 0) != (row.status == "left") and not (row.status == "member" and left > year):
        yield "left", f"status is {row.status}, left is {row.left!r}; only who has left has a year there"
    if joined > left > 0 and not row.joined.startswith("<"):
        yield "status", f"left before it joined in {joined}"
    elif joined and row.status in ("member", "joined_later") and (joined > year) != (row.status != "member"):
        expected = "joined_later" if joined > year else "member"
        yield "status", f"{row.status} in {year}, but joined in {joined}; expected {expected}"


def questions(inputs: Inputs) -> dict[str, config.Question]:
    """Return the questions whose shares the report tells, as `all_questions`: those with a theme."""
    return {name: question for name, question in all_questions(inputs).items() if question.theme}


def all_questions(inputs: Inputs) -> dict[str, config.Question]:
    """Return the survey's questions by id, in the report's order, as its year knows them.

    The year's wordings must be filled in; what is said of later years does not count.
    """
    year, file = str(inputs.project.params.year), config.Questions.home
    listed = inputs.used(config.Questions, inputs.project.shared_as).questions
    twice = repeated(question.id for question in listed)
    problems = [Problem(file, "questions", f"{name} stands twice; keep one") for name in twice]
    for question in listed:
        todos = config.find_todos(question.wording.get(year, ""), file=file)
        problems += [Problem(file, f"{question.id}, wording {year}", todo.text) for todo in todos]
    refuse(problems)
    return {question.id: question for question in listed}


def areas(inputs: Inputs) -> dict[str, config.Area]:
    """Return the areas of the member test that the report's questions are of, by id and in its order."""
    return inputs.used(config.Questions, inputs.project.shared_as).areas


def goals(inputs: Inputs) -> pd.DataFrame:
    """Return the year's goals with results, columns as `tables.GOALS`."""

    def row_faults(row: Any) -> Iterator[tuple[str, str]]:
        if not pd.isna(row.goal_max - row.goal_min) and row.goal_max < row.goal_min:
            yield "goal_max", f"{row.goal_max:g} is below goal_min, {row.goal_min:g}; are they exchanged?"

    return inputs.table(inputs.project.data / "goals.csv", tables.GOALS, row_faults)


def published(inputs: Inputs) -> pd.DataFrame:
    """Figures as the report of the year printed them, columns as `tables.PUBLISHED`; none of another year."""
    year, params = inputs.project.params.year, inputs.project.relative(inputs.project.params_path)

    def row_faults(row: Any) -> Iterator[tuple[str, str]]:
        if row.year != year:
            yield "year", f"expected {year}, as {params} has it, got {row.year}; is it another year's file?"
        if pd.isna(row.previous_year) != pd.isna(row.previous_value):
            yield "previous_value", "expected a value with its previous_year, or both empty"
        elif not pd.isna(row.previous_year) and row.previous_year >= row.year:
            yield "previous_year", f"expected a year before {row.year}, got {row.previous_year}"
        if str(row.unit).startswith("percent") and not 0 <= row.value <= 100:
            yield "value", f"expected a percentage from 0 to 100, got {row.value:g}"

    return inputs.table(inputs.project.data / "published.csv", tables.PUBLISHED, row_faults)


def text(inputs: Inputs, name: str) -> str:
    """Return one of the report's texts: Markdown with placeholders."""
    path = inputs.project.data / "texts" / name
    return decode_strict(inputs.read(path), inputs.project.relative(path))


def outline(inputs: Inputs) -> config.Outline:
    """Return which notebooks make this report and in what order (``notebooks/report.yml``)."""
    project = inputs.project
    return inputs.used(config.Outline, "/".join(filter(None, (project.shared_as, project.document))))


def earlier_documents(inputs: Inputs) -> list[tuple[str, ClaimBook]]:
    """Return what the year's documents before this one print, as they are published here: title, claims."""
    documents = []
    for name, title in inputs.project.earlier:
        path = inputs.project.root / "outputs" / name / "manifest.json"
        if inputs.exists(path):
            title = f"{title} {inputs.project.params.year}"
            book = ClaimBook(claim for claim in published_claims(inputs, name) if claim.cell)
            manifest = parse_manifest(inputs.read(path), display_path=inputs.project.relative(path))
            documents.append((title if manifest.get("final") else f"utkastet till {title}", book))
    return documents


def targets(inputs: Inputs) -> config.Targets:
    """Return what the pace of emissions is counted to (``params/targets.yml``)."""
    return inputs.model(inputs.project.root / "params" / "targets.yml", config.Targets)


def credits(inputs: Inputs) -> list[list[str]]:
    """Return rows for the report's list of sources: publisher, and titles with their release."""
    titles = dict[str, list[str]]()
    for cited in cited_sources(inputs):
        release = f", utgåva {cited.vintage}" if cited.vintage else ""
        titles.setdefault(cited.publisher, []).append(cited.title + release)
    return [[publisher, ". ".join(listed) + "."] for publisher, listed in titles.items()]


def cited_sources(inputs: Inputs) -> Iterator[config.Source]:
    """Yield the sources of the report's own releases and of the files in its folder."""
    project = inputs.project
    releases = project.release("emissions"), project.release("population")
    for path in (*releases, *inputs.find(project.data, "*.*")):
        yield from inputs.used(config.Sources, project.relative(path)).sources.values()


def origin(inputs: Inputs, path: str) -> config.Source:
    """Return where an input comes from, by its path in the project (``params/sources.yml``)."""
    for cited in inputs.used(config.Sources, path).sources.values():
        return cited
    message = f"no source tells where {path} comes from; add it"
    raise InputError([Problem(config.Sources.home, "sources", message)])


_COUNTS = "(.+_)?count(_year_end)?|duration_minutes|new_colleagues|(.+_)?year|number|order"
_TEXTS = (
    "affiliation|email|format|host|label|month|name|official_title|place|qualifier|role|section|title|topic"
    "|type|website"
)
_LISTS = "audience|joined|left|observers_joined|partners|people|sessions|speakers|summary_points|topics"
_KEYS: tuple[tuple[str, str, Callable[[Any], bool]], ...] = (  # keys of facts, what they hold, and the test
    ("date|start|end", 'a date as "2023-04-27"', lambda v: isinstance(v, str) and config.is_date(v)),
    (_COUNTS, "a whole number, at least 0, without quotes", lambda v: type(v) is int and v >= 0),
    (_TEXTS, "text, in quotes where it looks like something else", lambda v: isinstance(v, str | None)),
    (_LISTS, "a list, [] for none", lambda v: isinstance(v, list)),
)


def facts(inputs: Inputs) -> dict[str, Any]:
    """Return the facts of the year: what the association did, as nested mappings and lists.

    They are free in what they tell, strict in how: a date, a count, a list or a name is known by its key, and
    no two activities have one id.
    """
    path = inputs.project.data / "facts.yml"
    return read_facts(inputs.read(path), inputs.project.relative(path))


def read_facts(data: bytes, display_path: str) -> dict[str, Any]:
    """Return the facts that a YAML file holds, checked as `facts` says."""
    return copy.deepcopy(_checked_facts(data, display_path))


@lru_cache(maxsize=4)
def _checked_facts(data: bytes, display_path: str) -> dict[str, Any]:
    content = config.load_yaml(data, display_path)
    if not isinstance(content, dict) or not isinstance(content.get("activities"), list):
        raise InputError([Problem(display_path, "activities", "missing; expected a list of activities")])
    wrong, ids = [*_fact_faults(content, "")], []
    for number, activity in enumerate(content["activities"]):
        ids.append(activity.get("id") if isinstance(activity, dict) else None)
        if not isinstance(ids[-1], str) or not ids[-1]:
            message = f"expected a mapping with an id in letters, got {str(activity)[:60]!r}"
            wrong.append((f"activities.{number}", message))
    twice = repeated(name for name in ids if isinstance(name, str) and name)
    wrong += [("activities", f"id {name} stands twice; give one of them another") for name in twice]
    refuse(Problem(display_path, *fault) for fault in wrong)
    return content


def _fact_faults(node: object, where: str) -> Iterator[tuple[str, str]]:
    """Go through all facts, and yield the place of those that are not what their key says, and why.

    A count is held against the list beside it, if that is complete.
    """
    beside = node if isinstance(node, Mapping) else {}
    for key, value in beside.items() or enumerate(node if isinstance(node, list) else ()):
        place, name = f"{where}.{key}".strip("."), str(key)
        wrong = (is_ for keys, is_, holds in _KEYS if re.fullmatch(keys, name) and not holds(value))
        expected = next(wrong, "")
        listed = beside.get(name.removesuffix("_count")) if name.endswith("_count") else None
        complete = beside.get(name.replace("_count", "_complete")) is not False
        if not expected and complete and isinstance(listed, list) and len(listed) != value:
            expected = f"{len(listed)}, as many as are listed beside it"
        if expected:
            yield place, f"expected {expected}, got {str(value)[:60]!r}"
        else:
            yield from _fact_faults(value, place)


# A text is another's: the only placeholder in it is a claim, and the only markup is emphasis.
_CLAIM = re.compile(r'\{\{ claim\("[a-z0-9-]+"\) \}\}')
_MARKUP = re.compile(r"^\s*(?:#|:::|>|[-+] |\d+[.)] )|[\[\]<>{}|`$^~\\]|https?:|!\[|\n\s*\n", re.M)


def examples(inputs: Inputs) -> config.Examples:
    """Return the members' examples; none without such a file.

    Each is of a member and of a question, one of each pair, in plain sentences with claims, and not too long.
    """
    path, year = inputs.project.data / "examples.yml", inputs.project.params.year
    if not inputs.exists(path):
        return config.Examples(examples=())
    listed, display_path = inputs.model(path, config.Examples), inputs.project.relative(path)
    problems = example_problems(listed, member_codes(inputs), questions(inputs), year)
    refuse(Problem(display_path, where, message) for where, message in problems)
    return listed


def example_problems(
    listed: config.Examples, codes: Collection[str], by_id: Collection[str], year: int
) -> Iterator[tuple[str, str]]:
    """Yield place and message of what is wrong with examples, given members and questions of the year."""
    place_of: dict[tuple[str, str], int] = {}
    for place, example in enumerate(listed.examples):
        where, text = f"examples.{place}", example.text
        member, question = given = (example.member, example.question)
        if member not in codes:
            yield f"{where}.member", f"{member} is no member of {year}"
        if question not in by_id:
            expected_ids = f"known: {', '.join(by_id)}"
            yield f"{where}.indicator", f"no question {question!r} in params/questions.yml; {expected_ids}"
        if (first := place_of.setdefault(given, place)) != place:
            yield where, f"{member} has an example of {question} in examples.{first} too; keep one"
        if (over := len(text) - _LONGEST) > 0:
            yield f"{where}.text", f"{len(text)} characters, expected at most {_LONGEST}: {over} too many"
        if markup := _MARKUP.search(_CLAIM.sub("", text)):
            expected = 'expected one paragraph of plain sentences, {{ claim("…") }} for a number'
            yield f"{where}.text", f"found {markup.group()!r}; {expected}"


def comments(inputs: Inputs) -> Mapping[str, config.Comment]:
    """Return what members say on their fact sheets, by code; nothing without such a file."""
    path, year = inputs.project.data / "comments.yml", inputs.project.params.year
    if not inputs.exists(path):
        return {}
    given = {comment.member: comment for comment in inputs.model(path, config.Comments).comments}
    strangers = given.keys() - member_codes(inputs)
    file = inputs.project.relative(path)
    refuse(Problem(file, "member", f"{code} is no member of {year}") for code in sorted(strangers))
    return given


def member_targets(inputs: Inputs) -> pd.DataFrame:
    """Return the members' own targets, columns as `tables.MEMBER_TARGETS`; none without such a file."""
    path, stranger = inputs.project.data / "member_targets.csv", no_stranger(inputs)

    def wrong(row: Any) -> Iterator[tuple[str, str]]:
        yield from stranger(row)
        if not row.base_year < row.year:
            yield "year", f"expected a year after its base year, {row.base_year}, got {row.year}"

    return inputs.table(path, tables.MEMBER_TARGETS, wrong, optional=True)


_MOST_BYTES, _LEAST_PIXELS = 400_000, {"logo": 300, "portrait": 300}  # other pictures 1,000 at least


def pictures(inputs: Inputs) -> tuple[config.Picture, ...]:
    """Return the report's pictures; none without such a list.

    Each has its file, not too large and not too small, and an alternative text that says what it shows.
    """
    path = inputs.project.data / "pictures.yml"
    if not inputs.exists(path):
        return ()
    listed, display_path = inputs.model(path, config.Pictures).pictures, inputs.project.relative(path)

    def wrong() -> Iterator[tuple[str, str]]:
        for place, picture in enumerate(listed):
            where, file = f"pictures.{place}", path.parent / "pictures" / picture.file
            if not 20 <= (length := len(picture.alt)) <= 250:
                yield f"{where}.alt", f"{length} characters; expected 20 to 250 that say what it shows"
            if not inputs.exists(file):
                absent = inputs.project.relative(file)
                yield f"{where}.file", f"no {absent}; put it there, or take it off the list"
                continue
            if (size := len(data := inputs.read(file))) > _MOST_BYTES:
                yield f"{where}.file", f"{size:,} bytes; expected at most {_MOST_BYTES:,}: make it smaller"
            least = _LEAST_PIXELS.get(picture.place, 1000)
            if file.suffix == ".svg":
                with suppress(ElementTree.ParseError):
                    if ElementTree.fromstring(data).get("viewBox"):
                        continue
                yield f"{where}.file", "no SVG with a viewBox; export it as plain SVG"
            elif (width := _width(data)) < least:
                yield f"{where}.file", f"{width} pixels wide; expected {least} or more of a PNG or JPEG"

    refuse(Problem(display_path, where, message) for where, message in wrong())
    return listed


def _width(data: bytes) -> int:
    """Return a bitmap's width in pixels; 0 of what is none."""
    from PIL import Image  # 0.05 s

    with suppress(OSError), Image.open(BytesIO(data)) as image:
        return int(image.width) if image.format in ("PNG", "JPEG") else 0
    return 0


def signatures(inputs: Inputs) -> tuple[Signature, ...]:
    """Return who has signed which claim; nobody without such a file.

    A file of the earlier form, without ``document``, is about the report. Nobody signs a claim twice.
    """
    path = signatures_file(inputs.project)
    table = inputs.table(path, tables.SIGNATURES, optional=True).replace({"document": {"": REPORT}})
    signed = tuple(Signature(*row) for row in rows(table))
    refuse(faults(signed, file=inputs.project.relative(path), today=now().astimezone().date()))
    return signed


def published_claims(inputs: Inputs, name: str) -> ClaimBook:
    """Return a published report's claims, those that the run made, and remember that they were read."""
    path = inputs.project.root / "outputs" / name / "claims.csv"
    return read_claims(read_published(inputs, path.parent, path.name), file=inputs.project.relative(path))


def published_statements(inputs: Inputs, name: str) -> tuple[Passage, ...]:
    """Return a published report's statements, those that the run made, and remember that they were read."""
    return passages(read_published(inputs, inputs.project.root / "outputs" / name, "statements.json"))


def previous_claims(inputs: Inputs) -> ClaimBook:
    """Return the claims that the report named by ``previous`` published; none if it names no report."""
    name = inputs.project.params.previous
    return ClaimBook() if name is None else published_claims(inputs, name)


def read_published(inputs: Inputs, folder: Path, file: str) -> bytes:
    """Return a file of a published folder, by its path in it, and remember that it was read.

    It is believed only where the folder's manifest, or for other files than the claims its build record, says
    that a run made it so.
    """
    path, project = folder / file, inputs.project
    make = f"klimatlib report {folder.name.removesuffix('-draft')}"
    record = folder / ("manifest.json" if file == "claims.csv" else "build.json")
    for needed in (path, record):
        if not inputs.exists(needed):
            advice = f"missing; get it from git, or make it with: {make}"
            raise InputError([Problem(project.relative(needed), "", advice)])
    data, display_path = inputs.read(path), project.relative(path)
    outputs = parse_manifest(inputs.read(record), display_path=project.relative(record))["outputs"]
    if inputs.digests[display_path] != outputs.get(file):
        problem = f"not as a run made it ({record.name} has another hash)"
        advice = f"get it from git, or make it anew: {make}"
        raise InputError([Problem(display_path, "", f"{problem}; {advice}")])
    return data


def parse_manifest(data: bytes, *, display_path: str) -> Mapping[str, Any]:
    """Return what a ``manifest.json`` or ``build.json`` holds; InputError for any other content."""
    try:
        manifest = json.loads(data)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("outputs"), dict):
        advice = f"get it from git, or make it anew: klimatlib report {Path(display_path).parent.name}"
        raise InputError([Problem(display_path, "", f"not a manifest; {advice}")])
    return manifest


def emission_problems(frame: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    """Return what cannot be in the emissions: unknown places, gaps, outliers, and sums that do not hold."""
    table = frame.assign(row=frame.index + 2, emissions_t=frame["emissions_t"].astype("float"))
    is_total, is_nation = table["sector"] == tables.TOTAL, table["municipality_code"] == tables.NATION
    parts = table[~is_total].groupby(_PLACE_YEAR)["emissions_t"].agg(added="sum", parts="size")
    by_place = parts.join(table[is_total].set_index(_PLACE_YEAR)[["emissions_t", "row"]]).reset_index()
    off = (by_place["added"] - by_place["emissions_t"]).abs() > _ROUNDED_T * (by_place["parts"] + 1)

    # the nation is never less than its municipalities, and with all of them there little more
    cells = ["year", "sector"]
    inside = table[~is_nation].groupby(cells)["emissions_t"].agg(added="sum", parts="size")
    nation = table[is_nation].set_index(cells).join(inside, how="inner").reset_index()
    has_whole_country = {*places.names, tables.NATION} <= {*frame["municipality_code"]}
    bounded = (nation["sector"] == tables.TOTAL) & has_whole_country
    at_sea = (OFFSHORE_SHARE * nation["emissions_t"]).where(bounded, float("inf"))
    slack = _ROUNDED_T * (nation["parts"] + 1)
    inside_bounds = nation["emissions_t"].between(nation["added"] - slack, nation["added"] + at_sea + slack)

    totals = table[is_total].sort_values(_PLACE_YEAR)
    value, by_code = totals["emissions_t"], totals.groupby("municipality_code")["emissions_t"]
    beside = pd.DataFrame({"before": by_code.shift(1), "after": by_code.shift(-1)})
    above = value > _SPIKE * beside.max(axis="columns", skipna=False)
    below = value * _SPIKE < beside.min(axis="columns", skipna=False)

    wide = table.pivot(index="municipality_code", columns=["sector", "year"], values="emissions_t")
    row, place = "row {0.row:.0f}, column emissions_t", "{0.municipality_code}, {0.year}"
    other_sum = f"sectors add up to {{0.added:.0f}} t, the total is {{0.emissions_t:.0f}} t; {_FETCH}"
    no_total = f"sectors but no total; add the row with sector {tables.TOTAL}"
    other_nation = "{0.year}, {0.sector}: {0.emissions_t:.0f} t in the nation, {0.added:.0f} t in its "
    other_nation += f"{{0.parts}} municipalities; {_FETCH}"
    spike = f"{{0.emissions_t:.0f}} t between {{0.before:.0f}} and {{0.after:.0f}}; {_FETCH}"
    return [
        *_unknown_codes(frame, places, file),
        *problems_by_row(by_place[off], file, row, f"{place}: {other_sum}"),
        *problems_by_row(by_place[by_place["emissions_t"].isna()], file, place, no_total),
        *problems_by_row(_gaps(wide.isna()), file, f"{place}, {{0.sector}}", _MISSING),
        *problems_by_row(nation[~inside_bounds], file, row, other_nation),
        *problems_by_row(totals.join(beside)[above | below], file, row, f"{place}: {spike}"),
    ]


def _gaps(absent: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of a wide table that are absent, a row each with its codes."""
    if not absent.to_numpy().any():  # the rule, and the rest takes long
        return pd.DataFrame()
    long = absent.melt(value_name="absent", ignore_index=False).reset_index()
    return long[long["absent"]]


def _unknown_codes(frame: pd.DataFrame, places: Places, file: str) -> list[Problem]:
    table = frame.assign(row=frame.index + 2).drop_duplicates("municipality_code")
    unknown = table[~table["municipality_code"].isin([*places.names, tables.NATION])]
    message = "{0.municipality_code} is no municipality; see data/statistics/municipalities.csv"
    return problems_by_row(unknown, file, "row {0.row}", message)
