"""A chapter: what a notebook holds in its hand from its first cell to its last.

It opens the year's inputs, keeps the chapter's claims, turns texts, charts and tables into blocks, and at its
close writes the claims and the record of what was read. A notebook hands over files, never state.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from klimatlib.charts import blocks
from klimatlib.charts.blocks import Block
from klimatlib.claims.claims import COLUMNS, Claim, ClaimBook, read_claims, with_previous
from klimatlib.config import GuardWords, Params
from klimatlib.errors import KlimatlibError, NotebookError, has_read_answers
from klimatlib.files import atomic_write
from klimatlib.indicators import association
from klimatlib.prose.reading import keep_lemmas
from klimatlib.prose.statements import read
from klimatlib.prose.templates import Binder, look_up
from klimatlib.sources import inputs, tables
from klimatlib.sources.survey_export import survey_counts, survey_file

if TYPE_CHECKING:
    from klimatlib.charts.charts import Chart


class Chapter:
    """One notebook's chapter of a report.

    Parameters
    ----------
    name
        The notebook's name, as ``40_emissions``.
    params_file, out_dir
        The report's parameter file, and a folder for what the chapter makes, relative to the project.
    **extra
        Parameters beyond those two, for the record of the run.

    Attributes
    ----------
    inputs, book
        The report's inputs, which the readers of `klimatlib.sources.inputs` take; the chapter's claims.
    bound
        What each text was given beside its name: `text` with the same binds it again.
    """

    def __init__(self, name: str, *, params_file: str, out_dir: str, **extra: str) -> None:
        self.name = name
        self.inputs = inputs.Inputs.open(params_file)
        self.params: Params = self.inputs.project.params
        self.out = self.inputs.project.root / out_dir
        self.bound: dict[str, dict[str, Any]] = {}
        self._made: list[str] = []
        self._takes: dict[str, str] = {}
        self._called_with = {"params_file": params_file, "out_dir": out_dir, **extra}
        blocks.show_frames_whole()

    @cached_property
    def book(self) -> ClaimBook:
        """The chapter's claims."""
        return ClaimBook()

    def source(self, *files: str) -> str:
        """Where inputs come from, as printed: publisher and title of each.

        A bare name is a file of the report's own data folder, ``statistics/…`` one that all years share,
        ``survey.csv`` the survey's file, be it counts or answers.
        """
        project = self.inputs.project
        paths = (project.root / "data" / file if "/" in file else project.data / file for file in files)
        found = (survey_file(self.inputs) if path.name == "survey.csv" else path for path in paths)
        origins = (inputs.origin(self.inputs, project.relative(path)) for path in found)
        return "; ".join(f"{origin.publisher}: {origin.title}" for origin in origins)

    def record(self, claims: Iterable[Claim]) -> pd.DataFrame:
        """Record claims, each beside the number of the year before, and show them."""
        recorded = [self.book.record(with_previous(claim, self.earlier)) for claim in claims]
        columns = ["text", "value", "unit", "data_year", "definition"]
        return pd.DataFrame([asdict(claim) for claim in recorded], columns=["id", *columns]).set_index("id")

    def text(self, name: str, *, facts: Mapping[str, Any] | None = None, **extra: object) -> Block:
        """Return one of the year's texts, its placeholders bound to the chapter's claims and the facts.

        ``name`` is its file in ``texts/``; ``facts`` are what it may speak of, those of the year by default,
        and ``extra`` more names that it may use.
        """
        self.bound[name] = {"facts": facts, **extra}
        file, source, binder = self.binding(name)
        return binder.render(source, file=file)

    def binding(self, name: str) -> tuple[str, str, Binder]:
        """Return the file and the source of a text that was shown, and what bound it."""
        file = self.inputs.project.relative(self.inputs.project.data / "texts" / name)
        extra = dict(self.bound[name])
        facts = self.facts.all if (given := extra.pop("facts")) is None else given
        return file, inputs.text(self.inputs, name), self._binder(facts, extra)

    def _binder(self, facts: Mapping[str, Any], extra: Mapping[str, Any]) -> Binder:
        words, places = self._words
        about = (self.params.year, self.source("facts.yml"), {"params": self.params, **extra}, words)
        return Binder(facts, self.book, *about, names=places)

    @cached_property
    def _words(self) -> tuple[GuardWords, Mapping[str, str]]:
        """The guard words, and the names of places by code: read once, however many texts a chapter has.

        Those of municipalities, and that of the county which a region's fact sheet is about.
        """
        places, own = inputs.places(self.inputs), self._called_with.get("municipality", "")
        county = {code: name for code, name in places.counties.items() if code == own}
        return inputs.guard_words(self.inputs), {**places.names, **county}

    def chart(self, chart: Chart, **extra: object) -> Block:
        """Keep a chart's files and return it for the chapter, under its headline.

        The headline's placeholders are bound to the chapter's claims and ``extra`` names, and it is held to
        them as a text is.
        """
        file = f"notebooks/{self.name}.ipynb, headline of {chart.id}"
        headline = self._binder({}, extra).render(chart.headline, file=file)
        words = " ".join(statement.words for statement in read(headline.markdown, self.book))
        files = chart.write(self.out / "figures", words)
        self._made += [path.relative_to(self.out).as_posix() for path in files]
        return chart.block(headline)

    def charts(self, charts: Iterable[Chart]) -> Block:
        """Keep several charts and return them one under the other; nothing where there is none."""
        return blocks.stacked(*map(self.chart, charts))

    def figure(
        self,
        drawn: Any,
        *,
        id: str,
        caption: str,
        alt: str,
        claims: Iterable[str | Claim] = (),
        data: pd.DataFrame | None = None,
        headline: str = "",
        height_mm: float = 80,
        **extra: object,
    ) -> Block:
        """Keep what an analyst has drawn with matplotlib, pandas or seaborn as a chart of the chapter.

        It gets the house's typeface, colours, spines and numbers, once as wide as the text and once as wide
        as a telephone.

        Parameters
        ----------
        drawn
            Axes, as pandas and seaborn return them, or a figure; or a function that is called with a width
            in millimetres, 170 and 86, and returns axes, best on `klimatlib.charts.charts.canvas`.
        id, headline, caption, alt
            See `klimatlib.charts.charts.Chart`; the id of small letters, digits and hyphens.
        claims
            Claims or their ids: what the numbers on labels are of.
        data
            What is drawn, as a reader may see it: cells are claims, text or numbers; the claims without it.
        height_mm
            Height of what is no function.
        **extra
            More names that the headline uses.
        """
        from klimatlib.charts.charts import from_matplotlib  # not for a run that draws nothing

        named = self._claims(claims)
        data = self._listed(named) if data is None else data
        words = {"headline": headline, "caption": caption, "alt": alt}
        chart = from_matplotlib(drawn, id, data=data, claims=named, height_mm=height_mm, **words)
        return self.chart(chart, **extra)

    def table(
        self,
        shown: pd.DataFrame | Iterable[str | Claim],
        *,
        id: str,
        caption: str,
        right: Collection[str] = (),
    ) -> Block:
        """Return a frame, or claims or their ids, as a printed table; nothing where it has no row.

        The frame's columns are the headings, its cells claims, whose numbers are printed, or text; any other
        cell is a NotebookError, for a number in the report is a claim. Columns named in ``right`` stand to
        the right, as those of claims alone do; the rest as `klimatlib.charts.blocks.table`.
        """
        if isinstance(shown, pd.DataFrame) and shown.index.name == "id":  # as `record` shows claims
            shown = [*shown.index]
        frame = shown if isinstance(shown, pd.DataFrame) else self._listed(self._claims(shown))
        align = ""
        for name, cells in frame.items():
            for row, cell in enumerate(cells, 1):
                if not isinstance(cell, str | Claim):
                    where = f"table {id}, column {name}, row {row}"
                    raise NotebookError(f"{where}: {type(cell).__name__}; expected a claim or text")
            align += "r" if name in right or {*map(type, cells)} == {Claim} else "l"
        rows = frame.to_numpy(dtype=object).tolist()
        return blocks.table(id, [*map(str, frame.columns)], rows, caption=caption, align=align)

    def _claims(self, named: Iterable[str | Claim]) -> list[Claim]:
        return [claim if isinstance(claim, Claim) else self.book[claim] for claim in named]

    @staticmethod
    def _listed(claims: Iterable[Claim]) -> pd.DataFrame:
        """Return claims as rows: what each is, of which year, and its number."""
        cells = [(claim.definition, str(claim.data_year or claim.year), claim) for claim in claims]
        return pd.DataFrame(cells, columns=["Vad", "År", "Värde"])

    def tiles(self, *items: tuple[str, str]) -> Block:
        """Return key figures: pairs of claim id and a few words."""
        return blocks.tiles(self.book, items)

    def gather(self, chapters: Sequence[str]) -> pd.DataFrame:
        """Take over the claims of chapters that have run, and show how many each has."""
        counts = {}
        for name in chapters:
            path = self.out / "chapters" / f"{name}.csv"
            file = self.inputs.project.relative(path)
            if not path.is_file():
                raise NotebookError(f"{self.name}: {name} has not run; its claims are not in {file}")
            data = path.read_bytes()
            claims = [self.book.record(claim) for claim in read_claims(data, file=file)]
            self._takes[name], counts[name] = hashlib.sha256(data).hexdigest(), len(claims)
        return pd.DataFrame({"claims": counts})

    def close(self) -> Block:
        """Write the chapter's claims and the record of its run; the last cell of every notebook."""
        folder = self.out / "chapters"
        folder.mkdir(parents=True, exist_ok=True)
        self.book.write(folder / f"{self.name}.csv")
        record = {
            "chapter": self.name,
            "parameters": self._called_with,
            "inputs": self.inputs.digests,
            "looked": self.inputs.looked,
            "facts": self.facts.digests(self.facts.asked_for) if "facts" in vars(self) else {},
            "takes": self._takes,
            "made": sorted({*self._made, f"chapters/{self.name}.csv"}),
        }
        text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        atomic_write(folder / f"{self.name}.json", text)
        given = dict[str, str]()
        for file, values in () if has_read_answers() else self.bound.items():
            with suppress(Exception):  # what cannot be kept is made by its cell
                given[file] = b64encode(pickle.dumps(values)).decode()
        atomic_write(folder / f"{self.name}{_GIVEN}", json.dumps(given), private=True)
        if not (has_read_answers() or self._called_with.get("municipality")):  # a member's words are its own
            keep_lemmas()
        message = f"{len(self.book)} claims, {len(self.inputs.digests)} inputs."
        return Block(message, f"<p>{message}</p>")

    @cached_property
    def earlier(self) -> ClaimBook:
        """Claims of the report of the year before; none where the parameters name no such report."""
        return inputs.previous_claims(self.inputs)

    @cached_property
    def facts(self) -> Facts:
        """Facts of the year."""
        return Facts(inputs.facts(self.inputs))

    def activity(self, activity_id: str) -> dict[str, Any]:
        """Return one activity of the facts."""
        return dict(self.facts.look_up(f"activities.{activity_id}"))


_GIVEN = ".given"  # the ending of a file of what a chapter's texts were given


def given_to_texts(record: Path) -> dict[str, dict[str, Any]]:
    """Return what each text of a chapter was given beside its name, by the path of the chapter's record."""
    with suppress(Exception):  # what cannot be read is made by its cell
        kept = json.loads(record.with_suffix(_GIVEN).read_bytes())
        # Whoever can write that file can write the notebooks beside it, whose cells are run.
        return {text: pickle.loads(b64decode(values)) for text, values in kept.items()}  # noqa: S301
    return {}


class Facts(Mapping[str, Any]):
    """The year's facts, which remember what parts of them a notebook's cells asked for.

    Where only others change its texts alone are bound anew. ``all`` are those that `inputs.facts` returns.
    """

    def __init__(self, facts: dict[str, Any]) -> None:
        self.all = facts
        self.asked_for = set[str]()

    def __getitem__(self, key: str) -> Any:
        self.asked_for |= {key} if key in self.all else {*self.all}
        return self.all[key]

    def __iter__(self) -> Iterator[str]:
        self.asked_for |= {*self.all}
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __repr__(self) -> str:
        return repr(dict(self))

    def look_up(self, path: str) -> Any:
        """Return what stands at a dotted path, as `templates.look_up` does: no more is asked for."""
        self.asked_for.add(path)
        return look_up(self.all, path)

    def digests(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the sha256 of what stands at each path.

        Raises
        ------
        LookupError
            When nothing stands there.
        """
        texts = {path: json.dumps(look_up(self.all, path), sort_keys=True, default=str) for path in paths}
        return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}


class Year(Chapter):
    """A report in an analyst's own notebook: its data as tidy frames, each read when it is first asked for.

    It is a chapter too: it prints texts, figures and tables, and further claims can be recorded. Frames of
    places have one row for each municipality and year, none for the country or for a sum of sectors, so that
    means and sums over them are what they seem. Emissions are in tonnes of CO2 equivalents.
    """

    @cached_property
    def book(self) -> ClaimBook:
        """The claims that the report has published, where it has, and those recorded since."""
        project = self.inputs.project
        there = (project.published / "claims.csv").is_file()
        return inputs.published_claims(self.inputs, project.name) if there else ClaimBook()

    @cached_property
    def emissions(self) -> pd.DataFrame:
        """Emissions of each municipality in all years, in all and per inhabitant."""
        return _of_sector(self._emitted[self._emitted["municipality_code"] != tables.NATION])

    @cached_property
    def sectors(self) -> pd.DataFrame:
        """Emissions of each municipality by main sector, in all years, in all and per inhabitant."""
        each = self._emitted["municipality_code"] != tables.NATION, self._emitted["sector"] != tables.TOTAL
        return self._emitted[each[0] & each[1]].reset_index(drop=True)

    @cached_property
    def nation(self) -> pd.DataFrame:
        """Emissions of the whole country in all years, with what no municipality is charged with."""
        nation = _of_sector(self._emitted[self._emitted["municipality_code"] == tables.NATION])
        return nation.drop(columns=["municipality_code", "municipality", "is_member"])

    @cached_property
    def population(self) -> pd.DataFrame:
        """Inhabitants of each municipality on 31 December, in all years."""
        people = self._people[self._people["municipality_code"] != tables.NATION]
        return self._with_names(people).reset_index(drop=True)

    @cached_property
    def members(self) -> pd.DataFrame:
        """Members at the end of the year, municipalities and regions, as far as the register knows them."""
        register = inputs.members(self.inputs)
        return inputs.members_of_year(register, self.params.year).reset_index(drop=True)

    @cached_property
    def survey(self) -> pd.DataFrame:
        """Questions of the year's survey with the answers counted: k said yes of n that answered."""
        questions = inputs.questions(self.inputs)
        counts = survey_counts(self.inputs)
        frame = association.shares(counts, questions, members=self.params.survey_members)
        year = str(self.params.year)
        frame["wording"] = [questions[question_id].wording[year] for question_id in frame["question_id"]]
        return frame.astype({"share": "float"})

    @property
    def claims(self) -> pd.DataFrame:
        """Claims published, and recorded since, by id: text, value, unit, definition, source and more."""
        frame = pd.DataFrame([vars(claim) for claim in self.book], columns=COLUMNS).set_index("id")
        return frame.convert_dtypes().astype({"value": "float", "previous_value": "float"})

    @cached_property
    def _people(self) -> pd.DataFrame:
        return inputs.population(self.inputs).astype({"year": "int", "population": "int"})

    @cached_property
    def _emitted(self) -> pd.DataFrame:
        emitted = inputs.emissions(self.inputs).astype({"year": "int", "emissions_t": "float"})
        keys = ["municipality_code", "year"]
        both = self._with_names(emitted).merge(self._people, on=keys, how="left", validate="many_to_one")
        return both.assign(emissions_t_per_inhabitant=both["emissions_t"] / both["population"])

    def _with_names(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Put names beside the codes of municipalities, and whether they are members of the year."""
        codes, names = frame["municipality_code"], inputs.places(self.inputs).names
        frame.insert(1, "municipality", codes.map(names))
        return frame.assign(is_member=codes.isin(self.members["code"]))

    def __repr__(self) -> str:
        lines = [f"{self.params.association}: report {self.inputs.project.name}"]
        for name in (*_CONTENTS, "params", "facts"):
            described = (
                getattr(Year, name).__doc__ if name != "params" else "The report's parameters."
            ) or ""
            read = f" ({len(frame)} rows)" if isinstance(frame := vars(self).get(name), pd.DataFrame) else ""
            lines.append(f"  .{name:<12}{described.splitlines()[0].rstrip('.')}{read}")
        return "\n".join(lines)


_CONTENTS = ("emissions", "sectors", "nation", "population", "members", "survey", "claims")


def _of_sector(emitted: pd.DataFrame, sector: str = tables.TOTAL) -> pd.DataFrame:
    return emitted[emitted["sector"] == sector].drop(columns="sector").reset_index(drop=True)


def open_report(report: int | str, *, out_dir: str = "outputs/scratch") -> Year:
    """Open a report for an analyst's own notebook; ``klimatlib.open("2023")``.

    Parameters
    ----------
    report
        Its year, its name, or its parameter file relative to the project: ``2023``, ``"demo"``,
        ``"params/2023.yml"``.
    out_dir
        Folder for what the notebook makes, relative to the project; git ignores that of scratch notebooks.

    Returns
    -------
    Year
        Its data as frames, and the claims of the published report, where there is one: look at them, print
        and draw them, and record others.

    Raises
    ------
    InputError
        When there is no such report; names those that there are.
    """
    file = str(report) if str(report).endswith(".yml") else f"params/{report}.yml"
    try:
        return Year("scratch", params_file=file, out_dir=out_dir)
    except KlimatlibError as error:  # one message, without the frames that it came through
        raise error.with_traceback(None) from None
