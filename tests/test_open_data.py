"""The open data: the report's own numbers, readable by strangers, described as the data portal asks."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from decimal import Decimal
from fractions import Fraction
from hashlib import sha1

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from conftest import ROOT, copy_project
from klimatlib.claims.claims import as_cell, exact
from klimatlib.config import find_todos, load_project
from klimatlib.errors import InputError
from klimatlib.report.document import Status
from klimatlib.run.new_year import carry_parameters
from klimatlib.share import open_data
from klimatlib.sources.inputs import Inputs

BASE = "https://example.org/data/2023/"
RULES = ROOT / "tests" / "data" / "dcat-ap-se.ttl"
OPTIONAL = {"member_test"}  # which 2023 has not
TABLES = {table.name: table for table in open_data.contracts().tables if table.name not in OPTIONAL}
NUMBER_MISSING = ("Warning", "Agent-identifier (R)")


@pytest.fixture(scope="module")
def write(book, tmp_path_factory):
    """Write the open data of 2023 from a project's inputs, without running a notebook."""

    def written(root, *, final=False):
        target = tmp_path_factory.mktemp("out") / "data"
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(root)
            inputs = Inputs.open("params/2023.yml")
            open_data.write(target, inputs, book, Status.of(inputs.project.params, final=final))
        return target

    return written


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The real project, with an address where the data will be."""
    root = copy_project(tmp_path_factory.mktemp("open") / "klimat", tiny=False)
    with (root / "params" / "2023.yml").open("a", encoding="utf-8") as stream:
        stream.write(f"data_url: {BASE}\n")
    return root


@pytest.fixture(scope="module")
def data(project, write):
    """The open data of 2023, a draft with an address."""
    return write(project)


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def text_of(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def edited(project, tmp_path, file, old, new):
    root = shutil.copytree(project, tmp_path / "klimat", dirs_exist_ok=True)
    text = text_of(root, file)
    assert old in text
    (root / file).write_text(text.replace(old, new), encoding="utf-8")
    return root


def breaches(text):
    """Return what the profile's rules find: (severity, message), each once."""
    from pyshacl import validate
    from rdflib import SH, Graph

    catalogue = Graph().parse(data=text, format="xml")
    _, report, _ = validate(catalogue, shacl_graph=Graph().parse(RULES))
    severity, message = SH.resultSeverity, SH.resultMessage
    return {
        (str(report.value(result, severity)).rsplit("#")[-1], str(report.value(result, message)))
        for result in report.subjects(SH.focusNode)
    }


def faults(folder):
    """Return what frictionless finds wrong with a package, as a stranger would read it."""
    from frictionless import Package

    report = Package(str(folder / "datapackage.json")).validate()
    there = [one for one in TABLES.values() if not one.optional or (folder / one.file).exists()]
    assert len(report.tasks) == len(there)
    return [error.message for part in (report, *report.tasks) for error in part.errors]


@pytest.mark.parametrize(
    ("file", "was", "becomes", "fault"),
    [
        ("survey.csv", '"39","42"', '"många","42"', "integer"),
        ("emissions.csv", '"members","1990"', '"somebody","1990"', "enum"),
        ("members.csv", '"0114"', '"114"', "pattern"),
        ("emissions.csv", '"emissions-members-level-1990"', '"emissions-nobody"', "foreign"),
        ("goals.csv", '"UTKAST"', '""', "required"),
    ],
)
def test_a_stranger_can_validate_every_row_and_finds_a_cell_that_breaks_the_contract(
    data, tmp_path, file, was, becomes, fault
):
    folder = shutil.copytree(data, tmp_path / "data")
    assert fault != "integer" or faults(folder) == []
    text = text_of(folder, file)
    assert was in text
    (folder / file).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    assert any(fault in message for message in faults(folder))


def test_levels_and_changes_are_the_claimed_ones(data, book):
    rows = read(data / "emissions.csv")
    assert all(Decimal(row["emissions_t_per_capita"]) == book[row["claim"]].value for row in rows)
    of_2020 = {row["group"]: row for row in rows if row["year"] == "2020" and row["sector"] == "Alla"}
    for group in ("members", "nation"):
        row = of_2020[group]
        assert Decimal(row["change_share"]) == book[f"emissions-{group}-change"].value
        assert exact(Fraction(row["emissions_t"]) / int(row["population"])) == book[row["claim"]].value


def test_municipalities_add_up_to_the_members(data):
    places = pd.read_csv(data / "emissions_municipalities.csv").query("member")
    parts = places.groupby(["year", "sector"])["emissions_t"].agg(["sum", "count"])
    groups = pd.read_csv(data / "emissions.csv").query("group == 'members'").set_index(["year", "sector"])
    assert len(groups) > 20
    for column, part in (("emissions_t", "sum"), ("municipalities", "count")):
        assert (groups[column] == parts[part].reindex(groups.index)).all()


def test_every_survey_share_is_its_k_of_n_between_its_bounds(data, book):
    rows = read(data / "survey.csv")
    assert len(rows) == 14
    for row in rows:
        k, n, asked = (int(row[name]) for name in ("k", "n", "members"))
        assert Decimal(row["share"]) == book[f"survey-{row['question_id']}"].value
        ends = Fraction(k, n), Fraction(k, asked), Fraction(k + asked - n, asked)
        assert [Decimal(row[name]) for name in ("share", "low", "high")] == [*map(exact, ends)]
        assert row["wording"].endswith("?")


def test_no_table_tells_whose_answer_or_who_said_so(data):
    assert "code" not in TABLES["survey"].columns
    assert "source" not in TABLES["members"].columns, "its notes name persons and their parties"
    extra = {"README.md", "datapackage.json", "dcat.rdf", "klimatkommunerna-2023.xlsx"}
    assert {path.name for path in data.iterdir()} == extra | {table.file for table in TABLES.values()}


def test_the_workbook_has_the_cells_of_each_csv_as_numbers_and_text_and_no_formula(project, write):
    import openpyxl

    data = write(project, final=True)
    book = openpyxl.load_workbook(data / "klimatkommunerna-2023.xlsx")
    assert book.sheetnames == ["Läs mig", "Kolumner", *(table.sheet for table in TABLES.values())]
    for sheet in book:
        assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet.iter_rows() for cell in row)
        assert sheet.title == "Läs mig" or (sheet.freeze_panes == "A2" and sheet.auto_filter.ref)
    for table in TABLES.values():
        heading, *rows = book[table.sheet].iter_rows(values_only=True)
        assert [*heading] == [column.title for column in table.columns.values()]
        for row, published in zip(rows, read(data / table.file), strict=True):
            exactly = [exact(cell) if type(cell) in (int, float) else cell for cell in row]
            assert [*map(as_cell, exactly)] == [*published.values()]
            for cell, column in zip(row, table.columns.values(), strict=True):
                assert cell is None or isinstance(cell, str) == (column.type == "string")
    _, *rows = book["Kolumner"].iter_rows(values_only=True)
    assert [(row[0], row[2]) for row in rows] == [
        (t.sheet, name) for t in TABLES.values() for name in t.columns
    ]
    assert all(c.title and c.description and c.english for t in TABLES.values() for c in t.columns.values())


def test_the_sheet_of_the_inventories_has_a_row_a_reference_with_numbers_as_numbers_and_keys_as_text(
    project, write
):
    import openpyxl

    data = write(project, final=True)
    heading, *rows = openpyxl.load_workbook(data / "klimatkommunerna-2023.xlsx")["GPC"].iter_rows()
    names, titles = [*TABLES["gpc"].columns], [cell.value for cell in heading]
    assert titles[:8] == [*["Kommunkod", "Kommun", "År", "Referens", "Vad", "Skala", "Nivå"], "Utsläpp, ton"]
    told = {(row[0].value, row[3].value): dict(zip(names, row, strict=True)) for row in rows}
    assert len(told) == len(rows) == 53 * 41  # the nation and the member municipalities
    for one in told.values():
        assert (one["emissions_t"].value is None) == (one["key"].value in {"NO", "NE", "IE", "C"})
        assert one["emissions_t"].data_type == "n" and one["municipality_code"].data_type == "s"
        assert one["reason"].value or one["key"].value is None
    assert Decimal(str(told["1280", "IV.2"]["emissions_t"].value)) == Decimal("48720.649411")
    assert told["1280", "I.1.2"]["key"].value == "NE"


def test_the_text_of_the_inventories_says_what_is_missing_and_of_which_release_something_is_twice(
    project, tmp_path
):
    table, rows = TABLES["gpc"], [["0000", "Riket", 2019]]
    said = {}
    for name in ("2023", "energy"):
        root = edited(project, tmp_path / name, "params/2023.yml", "gpc_year: 2019", "gpc_year: 2019")
        if name == "energy":
            for file, more in {
                "2023": "energy_vintage: '2025'\n",
                "sources": "\n  el: {publisher: S, title: T, file: 'data/statistics/energy_{vintage}.csv'}\n",
            }.items():
                with (root / "params" / f"{file}.yml").open("a", encoding="utf-8") as stream:
                    stream.write(more)
        part = open_data._part(Inputs.open("params/2023.yml", start=root), table, rows, Status("", ""))
        said[name] = (part.table.description, len(part.sources))
    assert "köpt el och fjärrvärme saknas, och" in said["2023"][0]
    assert "fjärrvärme saknas" not in said["energy"][0] and "där en nyckel säger det" in said["energy"][0]
    assert [count for _, count in said.values()] == [2, 3]
    assert all("räknad två gånger i totalen" in text for text, _ in said.values())


def test_the_catalogue_keeps_the_rules_and_says_of_each_file_what_the_file_is(data):
    from rdflib import Graph, Namespace

    text = text_of(data, "dcat.rdf")
    assert breaches(text) == {NUMBER_MISSING}
    for part, name in {
        r"<dcat:accessURL .*\n": "Distribution-accessURL",
        "data-theme/": "Dataset-theme",
    }.items():
        assert any(message.startswith(name) for _, message in breaches(re.sub(part, "", text))), (
            "rules are blind"
        )
    catalogue = Graph().parse(data=text, format="xml")
    dcat, spdx = (Namespace(f"http://{name}") for name in ("www.w3.org/ns/dcat#", "spdx.org/rdf/terms#"))
    distributions = {*catalogue.objects(None, dcat.distribution)}
    assert len(distributions) == 2 * len(TABLES)
    for entry in distributions:
        file = data / str(catalogue.value(entry, dcat.downloadURL)).removeprefix(BASE)
        assert int(catalogue.value(entry, dcat.byteSize)) == file.stat().st_size
        checksum = catalogue.value(catalogue.value(entry, spdx.checksum), spdx.checksumValue)
        assert str(checksum) == sha1(file.read_bytes()).hexdigest()


def test_the_catalogue_of_a_draft_says_so_and_that_of_a_final_report_is_complete(data, project, write):
    draft, final = (text_of(folder, "dcat.rdf") for folder in (data, write(project, final=True)))
    assert "2023-utkast" in draft and "distribution-status/DEVELOP" in draft
    assert "tkast" not in final and "distribution-status/COMPLETED" in final
    assert breaches(final) == {NUMBER_MISSING}


def test_without_an_address_nothing_is_made_up(write):
    text = text_of(write(ROOT), "dcat.rdf")
    assert breaches(text) == {NUMBER_MISSING}
    assert "downloadURL" not in text
    assert 'rdf:about="urn:uuid:' in text
    assert "https://klimatkommunerna.se/vad-vi-gor/resultat-sa-minskar-utslappen/" in text


def test_an_organisation_number_names_the_publisher_and_must_be_one(project, tmp_path, write):
    def numbered(digits):
        lines = f'\ncontact:\n  organisation_number: "{digits}"\n'
        return edited(project, tmp_path, "data/2023/facts.yml", "\ncontact:\n", lines)

    catalogue = text_of(write(numbered("802000-0001")), "dcat.rdf")
    assert 'foaf:Agent rdf:about="http://dataportal.se/organisation/SE8020000001"' in catalogue
    assert breaches(catalogue) == set()
    message = r"contact.organisation_number: expected ten digits in quotes, got '8020'"
    with pytest.raises(InputError, match=message):
        write(numbered("8020"))


def test_a_new_year_asks_where_its_data_will_be(project):
    text = (project / "params" / "2023.yml").read_text(encoding="utf-8")
    last = load_project("params/2023.yml", start=project).params
    made = carry_parameters(
        text, last, year=2024, members=51, releases={"emissions": ["2025"], "population": ["2025"]}
    )
    (line,) = [line for line in made.splitlines() if line.startswith("data_url:")]
    assert line.startswith("data_url: https://example.org/data/2024/  # ")
    assert find_todos(line, file="params/2024.yml")


def test_terms_follow_the_sources(project, data, tmp_path, write):
    package = json.loads(text_of(data, "datapackage.json"))
    assert {part["name"]: part["licenses"][0]["name"] for part in package["resources"]} == {
        **dict.fromkeys(("claims", "emissions", "emissions_municipalities", "gpc"), "CC-BY-4.0"),
        **dict.fromkeys(("population", "survey", "members", "goals"), "CC0-1.0"),
    }
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    folder = write(edited(project, tmp_path, "params/sources.yml", "    licence: CC0\n", ""))
    assert "Medlemsenkät, Medlemmar och Mål: villkor saknas" in text_of(folder, "README.md")
    assert ("Warning", "Distribution-license (R)") in breaches(text_of(folder, "dcat.rdf"))


def test_every_number_of_the_report_is_in_its_open_data(report_2023):
    claims = {row["id"] for row in read(report_2023 / "data" / "claims.csv")}
    page = BeautifulSoup(text_of(report_2023, "report.html"), "html.parser")
    printed = [tag["data-claim"] for tag in page.select("[data-claim]")]
    assert len(printed) > 150
    assert {*printed} <= claims
    rows, columns = read(report_2023 / "claims.csv"), TABLES["claims"].columns
    book = [{**{name: row[name] for name in columns}, "publication_status": "UTKAST"} for row in rows]
    assert read(report_2023 / "data" / "claims.csv") == book


def test_a_world_without_a_website_has_no_catalogue_and_says_why(tiny_report):
    folder = tiny_report / "outputs" / "tiny" / "data"
    assert not (folder / "dcat.rdf").exists()
    assert "dcat.rdf, beskrivningen för Sveriges dataportal, saknas" in text_of(folder, "README.md")
    assert faults(folder) == []
