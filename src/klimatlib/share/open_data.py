"""The report's numbers as open data: CSV tables, a workbook, and descriptions for programs and the portal.

``data/`` in the published folder holds what the report rests on or prints, and no answer of a single member.
``open_data.yml`` beside this file describes tables and columns. What the year's facts and parameters do not
tell is left out, and the read-me says so.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import math
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from xml.sax.saxutils import escape

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import ClaimBook, as_cell, exact
from klimatlib.config import Params, Source, Strict, Text, Texts, validate
from klimatlib.errors import ClaimError, InputError, Problem, UsageError, few
from klimatlib.files import atomic_write, csv_text, looks_like_a_formula
from klimatlib.indicators import emissions, gpc, member_test
from klimatlib.indicators.association import comparison_note, municipality_codes
from klimatlib.report.document import Status
from klimatlib.report.html import environment
from klimatlib.sources import inputs as sources
from klimatlib.sources import tables as schemas
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import survey_file
from klimatlib.sources.tables import NATION, TOTAL

FOLDER, ASSETS = "data", Path(__file__).with_name("assets")
_STATUS = "publication_status"  # name of the column that marks a draft
Cell = str | int | bool | Decimal | None
Row = Sequence[Cell]


def write(folder: Path, inputs: Inputs, book: ClaimBook, status: Status) -> list[Path]:
    """Write the open data of a report into a folder, which is made here, and return the files, sorted.

    ``book`` has the report's claims; ``status`` is what the data says of itself, in a draft's every row.

    InputError: a text that a spreadsheet would take for a formula, or an organisation number that is none.
    """
    package = _package(inputs, book, status)
    lines = _readme_lines(package)
    heading, *rest = lines
    readme = [heading, *(f"#{line}" if line.startswith("# ") else line for line in rest)]
    files = {part.table.file: to_csv(part.table, part.rows).encode() for part in package.parts}
    files[f"{package.name}.xlsx"] = _workbook(package, lines)
    described = {"README.md": "\n\n".join(readme) + "\n", "datapackage.json": _data_package(package, files)}
    if package.page or package.params.data_url:  # a catalogue must say where the data can be had
        described["dcat.rdf"] = _dcat(package, files)
    files |= {name: text.encode() for name, text in described.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in sorted(files)]


# ---- what each table and column is: open_data.yml ----------------------------------------------------
class Unit(Strict):
    """A unit's name and number format in the workbook; ``refers``: it stands in another column."""

    name: Text
    format: str = "General"
    refers: bool = False


class Column(Strict):
    """A column: its name and meaning in Swedish, its meaning in English, and what its cells must be.

    ``input`` is ``table.column`` of an input that has the same contract; ``type`` is one of Table Schema's.
    """

    title: str = ""
    description: str = ""
    english: str = ""
    input: str = ""
    type: Literal["string", "integer", "number", "boolean"] = "string"
    unit: str = ""
    empty: bool = False
    pattern: str | None = None
    enum: Texts | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None


class Table(Strict):
    """A published table: its key, inputs, sheet, texts, EU data theme, columns in order.

    One that is ``optional`` is left out where a report has no row of it.
    """

    name: Text
    key: Texts
    rests_on: Texts
    sheet: Text
    title: Text
    title_en: Text
    description: Text
    description_en: Text
    keywords: Texts
    keywords_en: Texts
    theme: Text = "ENVI"
    optional: bool = False
    columns: dict[str, Column]

    @property
    def file(self) -> str:
        """Name of its CSV file."""
        return f"{self.name}.csv"


class Form(Strict):
    """The form eCRF: names of the scopes, headings of eCRF_3, notes for whoever imports the file."""

    scopes: Texts
    heads: Texts
    notes: Texts


class Contracts(Strict):
    """The file ``open_data.yml``; ``columns`` is what columns of the same name share.

    ``licences`` are terms of use as Data Package has them: name (of the SPDX list), path and title.
    """

    licences: dict[str, dict[str, str]]
    lacking: dict[str, dict[str, Text]]
    form: Form
    readme: Texts
    units: dict[str, Unit]
    tables: list[Table]
    columns: dict[str, Column]


@cache
def contracts() -> Contracts:
    """Return units and tables; a column is what its table says, else what ``columns`` or its input says."""
    file = Path(__file__).with_suffix(".yml")
    read = validate(file.read_bytes(), Contracts, file=file.name)
    for table in read.tables:
        for name, own in table.columns.items():
            table.columns[name] = _merged(read.columns.get(name, own), own)
    return read


def _merged(shared: Column, own: Column) -> Column:
    column = shared.model_copy(update=own.model_dump(exclude_unset=True))
    if not column.input:
        return column
    table, name = column.input.split(".")
    contract = schemas.CONTRACTS.tables[table].columns[name]
    low, high = contract.between or (None, None)
    inherited = {
        "english": contract.is_,
        "type": {"int": "integer", "float": "number"}.get(contract.type, "string"),
        "unit": contract.unit,
        "empty": contract.empty,
        "pattern": schemas.CONTRACTS.forms[contract.form][0] or None if contract.form else None,
        "enum": tuple(filter(None, contract.one_of or ())) or None,
        "minimum": low,
        "maximum": high,
    }
    return column.model_copy(update={k: v for k, v in inherited.items() if k not in column.model_fields_set})


# ---- rows: what the report has read and claimed ------------------------------------------------------
def _rows(inputs: Inputs, book: ClaimBook) -> dict[str, list[Row]]:
    """Return the rows of each table by its name; what a claim tells is taken from the claim."""
    register, keys = sources.members(inputs), ["municipality_code", "year"]
    members, names = municipality_codes(register), {NATION: "Riket", **sources.places(inputs).names}
    # What the report is about: the publishers, who are named, have all other municipalities.
    people, emitted = sources.population(inputs), sources.emissions(inputs)
    people = people[people["municipality_code"].isin([*members, NATION])]
    emitted = emitted[emitted["municipality_code"].isin([*members, NATION])]
    emitted = emitted.merge(people, on=keys, how="left", validate="many_to_one")
    emitted["municipality"] = emitted["municipality_code"].map(names)
    emitted["member"] = emitted["municipality_code"].isin(members)
    emitted["emissions_t_per_capita"] = emitted["emissions_t"] / emitted["population"]
    by_place = emitted.set_index(["municipality_code", "sector"])["emissions_t_per_capita"]
    base = by_place[(emitted["year"] == inputs.project.params.base_year).to_numpy()]
    base = base[base > 0].reindex(by_place.index)
    emitted["change_share"] = emitted["emissions_t_per_capita"] / base.array - 1
    frames = {
        "emissions_municipalities": emitted.sort_values([*keys, "sector"], kind="stable"),
        "population": people.assign(municipality=people["municipality_code"].map(names)).sort_values(keys),
        "members": register.sort_values("code"),
        "goals": sources.goals(inputs),
    }
    columns = {table.name: [*table.columns] for table in contracts().tables}
    rows: dict[str, list[Row]] = {
        name: [[*map(_cell, row)] for row in schemas.rows(frame[columns[name]])]
        for name, frame in frames.items()
    }
    rows["claims"] = [[getattr(claim, name) for name in columns["claims"]] for claim in book]
    rows["member_test"] = [*member_test.open_rows(book, sources.areas(inputs))]
    rows |= {"emissions": _group_rows(inputs, book, members), "survey": _survey_rows(inputs, book)}
    return {**rows, "gpc": _gpc_rows(inputs, members, names)}


def _cell(value: Any) -> Cell:
    if pd.isna(value) or value == "":
        return None
    if isinstance(value, str | bool):
        return value
    return exact(value) if isinstance(value, float) else int(value)


def _group_rows(inputs: Inputs, book: ClaimBook, members: Sequence[str]) -> list[Row]:
    """Return the groups' emissions for the years of the report; levels are those that it claims."""
    emitted, people = sources.emissions(inputs), sources.population(inputs)
    base = inputs.project.params.base_year
    sectors = {"emissions": TOTAL, **{sector.id: sector.name for sector in sources.sectors(inputs).in_total}}
    rows: dict[tuple[str, int, int], Row] = {}
    for place, (measure, sector) in enumerate(sectors.items()):
        table = emissions.totals(emitted, people, sector=sector)
        for group, codes in {"members": [*members], "nation": [NATION]}.items():
            of_group = table[table["municipality_code"].isin(codes)]
            by_year = of_group.groupby("year")
            tonnes, inhabitants = by_year["emissions_t"].agg(math.fsum), by_year["population"].sum()
            for claim in book.select(kind="level", role="series", subject=group, measure=measure):
                year, change = claim.data_year or 0, None
                if tonnes.get(base):
                    ends: dict[str, Any] = {"year": year, "base_year": base, "definition": claim.method}
                    change = exact(-emissions.reduction(of_group, codes, **ends))
                emitted_by = (group, year, sector, claim.n, exact(tonnes[year]), int(inhabitants[year]))
                rows[group, year, place] = [*emitted_by, claim.value, change, claim.id]
    return [rows[key] for key in sorted(rows)]


def _gpc_rows(inputs: Inputs, members: Sequence[str], names: Mapping[str, str]) -> list[Row]:
    """Return the inventories by the GPC of the nation and the members, a row a reference."""
    places, rows = gpc.basis(inputs, members).places, list[Row]()
    for code in (NATION, *members) if places else ():
        one = places[code]
        for ref, cell in one.cells.items():
            about = [ref, cell.reference.label, cell.reference.scope, cell.reference.level]
            tonnes = None if cell.tonnes is None else exact(cell.tonnes)
            why = [cell.key or None, cell.reason or None, gpc.CERTAINTY[cell.certainty] or None, one.vintage]
            rows.append([code, names[code], one.year, *about, tonnes, *why])
    return rows


def _survey_rows(inputs: Inputs, book: ClaimBook) -> list[Row]:
    """Return the questions of the year with what the report claims on them."""
    params, questions, rows = inputs.project.params, sources.questions(inputs), list[Row]()
    shares = book.select(kind="share", role="main", denominator="respondents")
    claims = {claim.measure: claim for claim in shares}
    for question, claim in ((questions[i], claims[i]) for i in questions if i in claims):
        low, high = (book.find(kind="bound", measure=question.id, role=role) for role in ("low", "high"))
        missing = book.select(kind="count", measure=question.id, role="missing")
        asked = [question.id, question.theme, question.label, question.wording[str(params.year)]]
        counted = [claim.k, claim.n, claim.value, claim.members, low.value, high.value]
        earlier: list[Cell] = [claim.previous_year, claim.previous_value, claim.comparable or None]
        earlier += [comparison_note(question, claim) or None, params.survey_inferred]
        rows.append([*asked, *counted, int(missing[0].value) if missing else None, *earlier])
    return rows


# ---- what the data says of itself --------------------------------------------------------------------
@dataclass(frozen=True)
class Part:
    """A published table with its texts filled in, and its rows."""

    table: Table
    rows: Sequence[Row]
    years: tuple[int, int]  # the first and last that the rows are about
    sources: Sequence[Source]
    licence: str  # for all its sources together; empty where one of them tells no terms

    @property
    def attribution(self) -> str:
        """How its sources are to be named."""
        return "; ".join(credit(source) for source in self.sources)


@dataclass(frozen=True)
class Package:
    """The data as a whole: whose it is, where it can be had, and its tables."""

    params: Params
    report: str
    status: Status
    parts: Sequence[Part]
    name: str  # of the package and the workbook
    title: str
    version: str
    origin: str  # the report that it stands behind, as a sentence has it
    origin_en: str
    kind: str  # what the association is; as all below None or empty where the facts do not tell
    email: str | None
    website: str | None
    page: str | None  # that tells of the results
    organisation_number: str

    def iri(self, part: str) -> str:
        """Return the name of a thing: below the data's address, or a UUID of the name while it has none."""
        if self.params.data_url:
            return f"{self.params.data_url}dcat.rdf#{part}"
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.params.association}/{self.report}/{part}").urn


def _package(inputs: Inputs, book: ClaimBook, status: Status) -> Package:
    project, params, facts = inputs.project, inputs.project.params, sources.facts(inputs)
    contact, rows = facts.get("contact") or {}, _rows(inputs, book)
    urls = contact.get("urls") or {}
    website = urls.get("website") or contact.get("website")
    website = f"https://{website}" if website and "://" not in website else website
    number = str(contact.get("organisation_number") or "").replace("-", "")
    if number and not re.fullmatch(r"\d{10}", number):
        message = f"expected ten digits in quotes, got {contact['organisation_number']!r}"
        file = project.relative(project.data / "facts.yml")
        raise InputError([Problem(file, "contact.organisation_number", message)])
    return Package(
        params,
        project.name,
        status,
        [
            _part(inputs, table, rows[table.name], status)
            for table in contracts().tables
            if rows[table.name] or not table.optional
        ],
        name=f"{swedish.slug(params.association)[:60].strip('-')}-{swedish.slug(project.name)}",
        title=f"Öppna data från {params.association} {params.year}",
        version="-".join(filter(None, (str(params.year), status.word.lower()))),
        origin=f"{params.association}s {swedish.lower_first(params.title)} {params.year}",
        origin_en=f"{params.association}'s annual report {params.year}",
        kind=(facts.get("report") or {}).get("association_type") or "",
        email=contact.get("email"),
        website=website,
        page=urls.get("dashboards") or website,
        organisation_number=number,
    )


def _part(inputs: Inputs, table: Table, rows: Sequence[Row], status: Status) -> Part:
    project, params, names = inputs.project, inputs.project.params, [*table.columns]
    places = [names.index(name) for name in ("data_year", "year") if name in names][:1]
    years = [cell for row in rows for place in places if isinstance(cell := row[place], int)] or [params.year]
    texts = {"association": params.association, "report": swedish.lower_first(params.title)}
    texts |= {"year": str(params.year), "first": str(min(years)), "last": str(max(years))}
    twice = params.gpc_vintage in sources.gpc(inputs).counted_twice.releases
    lacking = contracts().lacking
    for name, text in lacking["with" if params.energy_vintage else "without"].items():
        texts[name] = f"{text} {lacking['twice'][name]}" if twice else text
    filled = ("title", "title_en", "description", "description_en")
    changes: dict[str, Any] = {name: getattr(table, name).format(**texts) for name in filled}
    if status.word:  # last, so that what reads a draft reads the final data too
        mark = contracts().columns[_STATUS].model_copy(update={"enum": (status.word,)})
        changes["columns"] = {**table.columns, _STATUS: mark}
        rows = [[*row, status.word] for row in rows]
    table = table.model_copy(update=changes)
    files = {name: project.data / f"{name}.csv" for name in ("members", "goals", "published")}
    files |= {"survey": survey_file(inputs), "population": project.release("population")}
    files |= {"subsectors": project.statistics / f"subsectors_{params.gpc_vintage}.csv"}
    files |= {"emissions": project.release("emissions"), "facts": project.data / "facts.yml"}
    if params.energy_vintage:
        files["energy"] = project.statistics / f"energy_{params.energy_vintage}.csv"
    rests_on = [files[name] for name in table.rests_on if name in files]
    origins = [sources.origin(inputs, project.relative(file)) for file in rests_on]
    licence = _strictest(origin.licence or "" for origin in origins)
    return Part(table, rows, (min(years), max(years)), origins, licence)


def _strictest(licences: Iterable[str]) -> str:
    """Return the licence that holds for all; empty where one is not known."""
    given, order = {*licences}, [*contracts().licences]
    return max(given, key=order.index) if given <= {*order} else ""


def credit(source: Source) -> str:
    """Return how a source is named: publisher, title, release, terms."""
    release = f", version {source.vintage}" if source.vintage else ""
    terms = f" ({source.licence})" if source.licence else ""
    return f"{source.publisher}: {source.title}{release}{terms}"


# ---- CSV and workbook --------------------------------------------------------------------------------
def to_csv(table: Table, rows: Sequence[Row]) -> str:
    """Return a table as CSV: comma, decimal point, every cell quoted.

    InputError: a text that a spreadsheet would take for a formula: what is published is what was claimed,
    unaltered.
    """
    advice = "a spreadsheet would take it for a formula; begin it with a letter or a digit, at its source"
    schemas.refuse(
        Problem(f"data/{table.file}", f"row {number}, column {name}", f"{cell[:40]!r}: {advice}")
        for number, row in enumerate(rows, 2)
        for name, cell in zip(table.columns, row, strict=True)
        if isinstance(cell, str) and looks_like_a_formula(cell)
    )
    return csv_text([table.columns, *(map(as_cell, row) for row in rows)])


def _workbook(package: Package, lines: Sequence[str]) -> bytes:
    """Return the tables for people: a workbook with a read-me, what every column means, and a sheet each.

    Numbers are numbers, codes are text, nothing is a formula or a link; the same tables give the same bytes.
    """
    import xlsxwriter  # type: ignore[import-untyped]  # here: this step alone needs it

    stream, association, units = io.BytesIO(), package.params.association, contracts().units
    as_text = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with xlsxwriter.Workbook(stream, {"in_memory": True, **as_text}) as book:
        date = dt.datetime.combine(package.params.date, dt.time())
        properties = {"title": package.title, "author": association, "company": association}
        book.set_properties({**properties, "comments": f"Version {package.version}", "created": date})
        looks: list[dict[str, Any]] = [{"bold": True, "font_size": 14}, {}]
        looks.append({"bold": True, "bottom": 1, "bg_color": "#E8EFEA"})
        top = {"text_wrap": True, "valign": "top"}
        title, wrapped, heading = (book.add_format({**top, **look}) for look in looks)
        formats: dict[str, Any] = {"@": book.add_format({"num_format": "@", "valign": "top"})}
        sheet = book.add_worksheet("Läs mig")
        sheet.set_column(0, 0, 100)
        sheet.hide_gridlines(2)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line.removeprefix("# "), title if line.startswith("# ") else wrapped)
        sheet = book.add_worksheet("Kolumner")
        headings = {"Blad": 22, "Kolumn": 22, "Namn i CSV": 26, "Enhet": 20, "Betydelse": 90}
        for place, width in enumerate(headings.values()):
            sheet.set_column(place, place, width)
        meanings = [
            (table.sheet, column.title, name, getattr(units.get(column.unit), "name", ""), column.description)
            for table in (part.table for part in package.parts)
            for name, column in table.columns.items()
        ]
        for row, cells in enumerate([[*headings], *meanings]):
            for place, cell in enumerate(cells):
                sheet.write_string(row, place, cell, wrapped if row else heading)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(meanings), len(headings) - 1)
        for part in package.parts:
            _write_table(book, part, heading, formats)
    return stream.getvalue()


def _write_table(book: Any, part: Part, heading: Any, formats: dict[str, Any]) -> None:
    """Write a table's sheet; ``formats`` holds the workbook's formats by number format, each made once."""
    from xlsxwriter.utility import xl_range  # type: ignore[import-untyped]

    units, columns, of_columns = contracts().units, [*part.table.columns.values()], list[Any]()
    sheet, last = book.add_worksheet(part.table.sheet), max(len(part.rows), 1)
    for place, column in enumerate(columns):
        of_unit = units[column.unit].format if column.unit in units else "General"
        number_format = {"string": "@", "boolean": ""}.get(column.type, of_unit)
        if number_format and number_format not in formats:
            formats[number_format] = book.add_format({"num_format": number_format, "valign": "top"})
        of_columns.append(formats.get(number_format))
        lengths = (len(str(row[place])) for row in part.rows[:300] if row[place] is not None)
        width = min(max(9, len(column.title) + 3, *lengths, 0), 60)  # shows what stands in most cells
        sheet.set_column(place, place, width, of_columns[-1])
        sheet.write_string(0, place, column.title, heading)
    for number, row in enumerate(part.rows, 1):
        for place, (cell, form) in enumerate(zip(row, of_columns, strict=True)):
            if cell not in (None, ""):
                sheet.write(number, place, cell, form)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": xl_range(0, 0, last, len(columns) - 1)})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


# ---- inventories by the GPC --------------------------------------------------------------------------
_thousandths = partial(swedish.round_half_up, decimals=3)


def write_inventories(params_file: str, codes: Sequence[str], *, everyone: bool = False) -> Path:
    """Write tables by the GPC, and the form eCRF of each municipality, and return their folder.

    ``params_file`` is the report's, relative to the project; ``codes`` are municipalities (four digits),
    counties (two) or the nation (0000). None means the members, who are also told together; ``everyone``
    means all places.

    UsageError: a code of no place, or of one that the release lacks.
    """
    inputs = Inputs.open(params_file)
    project, params, every_place = inputs.project, inputs.project.params, sources.places(inputs)
    members = municipality_codes(sources.members(inputs))
    names = {NATION: "Riket", **every_place.counties, **every_place.names}
    if wrong := [code for code in codes if code not in names]:
        expected = "four digits of a municipality, two of a county, or 0000"
        raise UsageError(f"{', '.join(wrong)}: no place has this code; expected {expected}")
    chosen = [*names] if everyone else [*(codes or members)]
    folder, basis = project.published.with_name(f"{project.name}-gpc"), gpc.basis(inputs, members)
    people = sources.population(inputs).set_index(["municipality_code", "year"])["population"]
    folder.mkdir(parents=True, exist_ok=True)
    emitted = sources.emissions(inputs)
    there = {*emitted["municipality_code"]}
    for code in () if basis.places else chosen:
        inside = every_place.members_of(code) if code in every_place.counties else [code]
        try:
            if lacking := {*inside} - there:
                raise ClaimError(f"no emissions of {few(sorted(lacking), 3)}")
            made, total = gpc.groups(emitted, basis.rules, inside, year=params.emissions_year)
        except ClaimError as error:
            if everyone:
                continue
            release = f"release {params.emissions_vintage}"
            raise UsageError(f"{code}: {error} in {release}; name places that it holds") from None
        rows: list[list[Any]] = [[", ".join(one.refs), one.label, one.tonnes] for one in made]
        rest = total - sum((one.tonnes for one in made), Decimal())
        rows += [["", "Avrundning", rest], ["", "Databasens total", total], ["", gpc.ONLY_GROUPS, None]]
        atomic_write(folder / f"{code}.csv", csv_text([["refs", "label", "tonnes"], *rows], quoted=False))
    for code in [*chosen, *([] if codes else [gpc.MEMBERS])] if basis.places else ():
        one = basis.places[code]
        atomic_write(folder / f"{code}.csv", csv_text([gpc.TABLE, *gpc.table_rows(one)], quoted=False))
        if code in every_place.names:
            inhabitants = int(people[code, one.year]) if (code, one.year) in people else None
            book = ecrf(one, basis, params, name=names[code], inhabitants=inhabitants)
            (folder / f"{code}-{one.year}.xlsx").write_bytes(book)
    return folder


def ecrf(
    inventory: gpc.Inventory, basis: gpc.Basis, params: Params, *, name: str, inhabitants: int | None
) -> bytes:
    """Return the workbook eCRF of one municipality and year, as CityCatalyst and others read it.

    Only the totals of all gases are filled; the columns of single gases are there and empty, or the total
    would be taken for one of them. An inventory of one gas is refused by a ValueError.
    """
    import xlsxwriter

    if inventory.gas != "CO2e":
        raise ValueError(f"{inventory.place}: {inventory.gas}; the form is of all gases (CO2e)")
    form = contracts().form
    cells = [cell for cell in inventory.cells.values() if cell.reference.importable]
    low, high = inventory.basic
    lines: dict[str, list[list[Any]]] = {
        "eCRF_1": [
            ["Boundary", "Name of city", name], ["", "Country", "Sweden"],
            ["", "Inventory year", inventory.year],
            ["", "Resident population within city boundary", inhabitants],
            ["Inventory", "Inventory tool used", "klimatlib"],
            ["", "GPC reporting level", "BASIC (part)"],
            ["", "Greenhouse gases included in inventory", "CO2, CH4, N2O, HFC, PFC, SF6 (CO2e)"],
            ["", "Global Warming Potential", basis.potentials],
            ["", "Description of overall methodology and tools used", cells[0].source],
        ],
        "eCRF_2": _summary_lines(cells),
        "eCRF_3": [[*form.heads], *(_detail_line(inventory.year, cell) for cell in cells)],
        "Om": [[text] for text in (f"{name} {inventory.year}. {cells[0].source}.", *form.notes)],
        "Brygga": [
            *([label, part] for label, part in zip(gpc.BRIDGE.values(), inventory.bridge, strict=True)),
            ["BASIC (del), lägst", low], ["BASIC (del), högst", high],
        ],
    }  # fmt: skip
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"title": name, "created": dt.datetime.combine(params.date, dt.time())})
        for sheet_name, listed in lines.items():
            sheet = book.add_worksheet(sheet_name)
            for number, row in enumerate(listed):
                sheet.write_row(number, 0, row)
    return stream.getvalue()


def _detail_line(year: int, cell: gpc.Cell) -> list[Any]:
    """Return a row of eCRF_3: tonnes with three decimals as a number, or a key."""
    one = cell.reference
    filled: dict[str, Any] = {
        "Inventory year": year, "GPC ref. no.": one.ref, "CRF - Sector": one.template[0],
        "CRF - Sub-sector": one.template[1], "Scope": contracts().form.scopes[one.scope - 1],
        "Fuel type or activity": one.label, "Notation key": cell.key,
        "Activity data - Description and Methodology": cell.reason, "Activity data - Source": cell.source,
        "GHGs (metric tonnes CO2e) - Total CO2e": None if cell.tonnes is None else _thousandths(cell.tonnes),
    }  # fmt: skip
    return [filled.get(head) for head in contracts().form.heads]


def _summary_lines(cells: Sequence[gpc.Cell]) -> list[list[Any]]:
    """Return eCRF_2: a row a sub-sector with tonnes and key of each scope, and the sums of each sector."""
    head: list[Any] = ["Sectors and Sub-Sectors"]
    for name in contracts().form.scopes:
        head += [f"{name}, tCO2e", "Notation key"]
    lines, seen = [[*head, "Comments"]], dict[tuple[str, ...], list[gpc.Cell]]()
    for cell in cells:
        seen.setdefault(tuple(cell.reference.template), []).append(cell)
    sums: dict[str, list[Decimal | None]] = {}
    for (sector, sub), own in seen.items():
        line: list[Any] = [f"{sector} > {sub}"]
        for place in range(3):
            of_scope = [cell for cell in own if cell.reference.scope == place + 1]
            amounts = [cell.tonnes for cell in of_scope if cell.tonnes is not None]
            keys = [cell.key for cell in of_scope if cell.key]
            total = sum(amounts, Decimal())
            line += [_thousandths(total), ""] if amounts else [None, ", ".join(dict.fromkeys(keys))]
            of_sector = sums.setdefault(sector, [None] * 3)
            if amounts:  # a sum of nothing known is no nought
                of_sector[place] = (of_sector[place] or Decimal()) + total
        lines.append([*line, "; ".join(dict.fromkeys(cell.reason for cell in own if cell.reason))])
        if sub.startswith("Commercial"):
            both = "Institutional buildings & facilities"
            lines.append([f"{sector} > {both}", None, "IE", None, "IE", None, "IE", "In the row above"])
    for name, parts in sums.items():
        totals = (None if tonnes is None else _thousandths(tonnes) for tonnes in parts)
        lines.append([f"Total {name}", *(part for total in totals for part in (total, ""))])
    return lines


# ---- datapackage.json --------------------------------------------------------------------------------
def _data_package(package: Package, files: Mapping[str, bytes]) -> str:
    """Return ``datapackage.json``: the tables for programs, as Data Package 2 describes them."""
    params, notice = package.params, package.status.notice
    publisher = {"title": params.association, "path": package.website, "email": package.email}
    described = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": package.name,
        "id": package.iri("katalog"),
        "title": package.title,
        "description": f"{notice} Tabellerna bakom {package.origin}.".lstrip(),
        "homepage": package.page,
        "version": package.version,
        "created": f"{params.document_date}T00:00:00Z",
        "licenses": _licences(_strictest(part.licence for part in package.parts)),
        "contributors": [{**publisher, "roles": ["publisher"]}],
        "keywords": sorted({word for part in package.parts for word in part.table.keywords}),
        "resources": [_resource(part, files[part.table.file]) for part in package.parts],
    }
    return json.dumps(_without_empty(described), ensure_ascii=False, indent=1) + "\n"


def _resource(part: Part, data: bytes) -> dict[str, Any]:
    table = part.table
    to_claims = {"fields": ["claim"], "reference": {"resource": "claims", "fields": ["id"]}}
    return {
        "name": table.name,
        "type": "table",
        "path": table.file,
        "title": table.title,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "licenses": _licences(part.licence),
        "sources": [
            {"title": f"{source.publisher}: {source.title}", "path": source.url, "version": source.vintage}
            for source in part.sources
        ],
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": [_field(name, column) for name, column in table.columns.items()],
            "primaryKey": table.key,
            "foreignKeys": [to_claims] if "claim" in table.columns else [],
            "missingValues": [""],
        },
    }


def _field(name: str, column: Column) -> dict[str, Any]:
    unit = contracts().units.get(column.unit)
    limits = column.model_dump(include={"pattern", "enum", "minimum", "maximum"}, exclude_none=True)
    return {
        "name": name,
        "type": column.type,
        "title": column.title,
        "description": column.description,
        "unit": column.unit if unit and not unit.refers else "",
        "descriptionEnglish": column.english,
        "constraints": limits if column.empty else {"required": True, **limits},
    }


def _licences(licence: str) -> list[dict[str, str]]:
    return [contracts().licences[licence]] if licence else []


def _without_empty(value: Any) -> Any:
    """Return a value as JSON has it without what is empty, all the way down."""
    if isinstance(value, dict):
        filled = {key: _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item not in ("", None, [], {})}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


# ---- dcat.rdf ----------------------------------------------------------------------------------------
def _dcat(package: Package, files: Mapping[str, bytes]) -> str:
    """Return ``dcat.rdf``: what Sveriges dataportal harvests, in the national profile DCAT-AP-SE 3.0.1.

    The portal takes RDF/XML without blank nodes for catalogue, datasets, distributions, publisher and
    contact; a checksum is SHA-1, the only one that the profile knows. Source:
    https://docs.dataportal.se/dcat/3.0.1/sv/ and https://docs.dataportal.se/dcat/docs/harvesting/.
    """
    xml = environment(ASSETS).overlay(autoescape=False, finalize=lambda value: escape(str(value)))
    xml.filters = {
        **xml.filters,
        "iri": partial(quote, safe="%/:=&?~#+!$,;'@()*[]-._"),  # may be encoded already
        "sha1": lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "upper_first": swedish.upper_first,
    }
    return xml.get_template("dcat.rdf.j2").render(package=package, files=files, licences=contracts().licences)


# ---- README.md ---------------------------------------------------------------------------------------
def _readme_lines(package: Package) -> list[str]:
    """Return what a person reads first, as lines; a line with ``# `` before it is a heading."""
    params, parts = package.params, package.parts
    where, licences = params.data_url or package.page, contracts().licences
    contact = " · ".join(text for text in (package.email, package.page) if text)
    terms = {name: f"{licence['title']}, {licence['path']}" for name, licence in licences.items()}
    terms[""] = "villkor saknas, fråga utgivaren innan du använder data"
    sheets: dict[str, list[str]] = {}
    for part in parts:
        sheets.setdefault(part.licence, []).append(part.table.sheet)
    counted = [(part.table, swedish.number(len(part.rows))) for part in parts]
    portal = "dcat.rdf är beskrivningen som Sveriges dataportal hämtar (DCAT-AP-SE 3.0.1)."
    if not where:
        portal = "dcat.rdf, beskrivningen för Sveriges dataportal, saknas: varken parametern data_url "
        portal += "eller en webbplats i facts.yml säger var data finns."
    values = {
        **vars(package),
        "association": params.association,
        "contact": f"# Kontakt\n{contact}" if contact else "",
        "date": swedish.date(params.date, year=True),
        "draft_en": "Draft: the figures are not yet approved. " if package.status.word else "",
        "notice": package.status.notice,
        "portal": portal,
        "published": params.date.year,
        "sources": "\n".join(dict.fromkeys(f"{credit(source)}." for p in parts for source in p.sources)),
        "tables": "\n".join(f"{t.sheet} ({t.file}, {n} rader). {t.description}" for t, n in counted),
        "terms": "\n".join(f"{swedish.listing(names)}: {terms[i]}." for i, names in sheets.items()),
        "where": where or "",
    }
    text = "\n".join(line.format(**values).rstrip() for line in contracts().readme)
    return [line for line in text.split("\n") if line]
