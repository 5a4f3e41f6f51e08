"""The open data: the report's own numbers, readable by strangers, described as the data portal asks."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from decimal import Decimal
from fractions import Fraction

import pytest
import yaml
from bs4 import BeautifulSoup

from conftest import ROOT, copy_project
from klimatlib import opendata
from klimatlib.claims.claims import exact, read_claims
from klimatlib.errors import InputError
from klimatlib.marks import unfilled
from klimatlib.newyear import parameters
from klimatlib.opendata import csvfile, rdf, tables
from klimatlib.opendata.contract import CLAIMS, OPEN_TABLES
from klimatlib.params import load_project
from klimatlib.sources import Inputs

BASE = "https://example.org/data/2023/"
RULES = ROOT / "tests" / "data" / "dcat-ap-se.ttl"
TABLES = ["claims", "emissions", "emissions_municipalities", "goals", "members", "population", "survey"]
NO_NAME, NUMBER_MISSING = "harvesting: an absolute name, no blank node", ("Warning", "Agent-identifier (R)")


def write(root, target, name="2023", *, final=False, claims=None):
    """Write a report's open data from its inputs and its published claims, without running a notebook."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        inputs = Inputs.open(f"params/{name}.yml")
        book = read_claims((claims or ROOT / "outputs" / name / "claims.csv").read_bytes(), file="claims.csv")
        opendata.write(target, inputs, book, final=final)
    return target


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The real project, with an address where the data will be."""
    root = copy_project(tmp_path_factory.mktemp("open") / "klimat", tiny=False)
    with (root / "params" / "2023.yml").open("a", encoding="utf-8") as stream:
        stream.write(f"data_url: {BASE}\n")
    return root


@pytest.fixture(scope="module")
def data(project, tmp_path_factory):
    """The open data of 2023, a draft with an address."""
    return write(project, tmp_path_factory.mktemp("out") / "data")


@pytest.fixture(scope="module")
def book():
    return read_claims((ROOT / "outputs" / "2023" / "claims.csv").read_bytes(), file="claims.csv")


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def text_of(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def graph(text):
    from rdflib import Graph

    return Graph().parse(data=text, format="xml")


def breaches(text):
    """Return what the profile's rules find: (severity, message), each once."""
    from pyshacl import validate
    from rdflib import SH, Graph

    _, report, _ = validate(graph(text), shacl_graph=Graph().parse(RULES))
    return {
        (
            str(report.value(result, SH.resultSeverity)).rsplit("#")[-1],
            str(report.value(result, SH.resultMessage)),
        )
        for result in report.subjects(SH.focusNode)
    }


def validated(folder):
    """Return what frictionless finds wrong with a package, as a stranger would read it."""
    from frictionless import Package

    report = Package(str(folder / "datapackage.json")).validate()
    assert len(report.tasks) == len(OPEN_TABLES)
    return [error.message for part in (report, *report.tasks) for error in part.errors]


def test_a_stranger_can_validate_the_package_and_every_row(data):
    assert validated(data) == []


@pytest.mark.parametrize(
    ("file", "was", "becomes", "told"),
    [
        ("survey.csv", '"39","42"', '"många","42"', "integer"),
        ("emissions.csv", '"members","1990"', '"somebody","1990"', "enum"),
        ("members.csv", '"0114"', '"114"', "pattern"),
        ("emissions.csv", '"emissions-members-level-1990"', '"emissions-nobody"', "foreign"),
        ("goals.csv", '"linkedin-inlagg"', '"facebook-inlagg"', "primary"),
    ],
)
def test_a_cell_that_breaks_the_contract_is_found(data, tmp_path, file, was, becomes, told):
    folder = shutil.copytree(data, tmp_path / "data")
    text = (folder / file).read_text(encoding="utf-8")
    assert was in text
    (folder / file).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    assert any(told in message for message in validated(folder))


def test_the_claims_are_the_reports_own_file(data):
    assert (data / "claims.csv").read_bytes() == (ROOT / "outputs" / "2023" / "claims.csv").read_bytes()


def test_emission_levels_and_changes_are_the_claimed_ones(data, book):
    found = read(data / "emissions.csv")
    assert all(Decimal(row["emissions_t_per_capita"]) == book[row["claim"]].value for row in found)
    of_2020 = {r["group"]: r for r in found if r["year"] == "2020" and r["sector"] == "Alla"}
    for group in ("members", "nation"):
        row = of_2020[group]
        assert Decimal(row["change_share"]) == book[f"emissions-{group}-change"].value
        assert row["emissions_t_per_capita"] == str(book[f"emissions-{group}-level"].value)
        assert exact(Fraction(row["emissions_t"]) / int(row["population"])) == book[row["claim"]].value


def test_municipalities_add_up_to_the_members(data):
    rows = [r for r in read(data / "emissions_municipalities.csv") if r["member"] == "true"]
    both = [(r["year"], r["sector"]) for r in rows]
    sums = {
        key: sum(int(r["emissions_t"]) for r in rows if (r["year"], r["sector"]) == key) for key in {*both}
    }
    members = [r for r in read(data / "emissions.csv") if r["group"] == "members"]
    assert members
    assert all(int(r["emissions_t"]) == sums[r["year"], r["sector"]] for r in members)
    assert {both.count(key) for key in both} == {int(members[0]["municipalities"])}


def test_every_survey_share_is_its_k_of_n(data, book):
    rows = read(data / "survey.csv")
    assert len(rows) == 14
    for row in rows:
        k, n, asked = (int(row[name]) for name in ("k", "n", "members"))
        assert Decimal(row["share"]) == exact(Fraction(k, n)) == book[f"survey-{row['question_id']}"].value
        assert Decimal(row["low"]) == exact(Fraction(k, asked))
        assert Decimal(row["high"]) == exact(Fraction(k + asked - n, asked))
        assert row["wording"].endswith("?")


def test_no_table_tells_whose_answer_or_who_said_so(data):
    columns = {table.name: {column.name for column in table.columns} for table in OPEN_TABLES}
    assert "code" not in columns["survey"]
    assert "source" not in columns["members"], "its notes name persons and their parties"
    assert sorted(path.stem for path in data.glob("*.csv")) == TABLES


def sheets(path):
    """Return the workbook's sheets twice: as openpyxl reads them, and as calamine does."""
    import openpyxl
    from python_calamine import CalamineWorkbook

    one = openpyxl.load_workbook(path)
    two = CalamineWorkbook.from_path(str(path))
    assert one.sheetnames == two.sheet_names
    return one, {name: two.get_sheet_by_name(name).to_python() for name in two.sheet_names}


def as_number(cell):
    return cell if isinstance(cell, bool) or cell in ("", None) else exact(cell)


def test_each_sheet_of_the_workbook_has_the_cells_of_its_csv(data):
    book, other = sheets(data / "klimatkommunerna-2023.xlsx")
    assert book.sheetnames == ["Läs mig", "Kolumner", *(table.words.sheet for table in OPEN_TABLES)]
    for table in OPEN_TABLES:
        expected = [[*row.values()] for row in read(data / table.file)]
        heading, *found = book[table.words.sheet].iter_rows(values_only=True)
        assert [*heading] == other[table.words.sheet][0] == [column.title for column in table.columns]
        for column, place in ((column, i) for i, column in enumerate(table.columns)):
            texts = [row[place] for row in expected]
            ours, theirs = [row[place] for row in found], [row[place] for row in other[table.words.sheet][1:]]
            if column.kind == "string":
                assert [cell or "" for cell in ours] == theirs == texts
            elif column.kind == "boolean":
                assert ours == theirs == [text == "true" for text in texts]
            else:
                numbers = [Decimal(text) if text else None for text in texts]
                assert [as_number(cell) for cell in ours] == numbers
                assert [as_number(cell) or None for cell in theirs] == [n or None for n in numbers]


def test_the_workbook_has_no_formula_and_no_link_and_can_be_filtered(data):
    book, _ = sheets(data / "klimatkommunerna-2023.xlsx")
    for sheet in book:
        assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet.iter_rows() for cell in row)
        if sheet.title != "Läs mig":
            assert sheet.freeze_panes == "A2"
            assert sheet.auto_filter.ref
    told = {(row[0], row[2]): row[4] for row in book["Kolumner"].iter_rows(min_row=2, values_only=True)}
    assert len(told) == sum(len(table.columns) for table in OPEN_TABLES)
    assert all(told.values())


def test_the_same_data_gives_the_same_bytes(data, project, tmp_path):
    again = write(project, tmp_path / "again")
    names = sorted(path.name for path in data.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    assert [name for name in names if (data / name).read_bytes() != (again / name).read_bytes()] == []


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-A1", "@you", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_refused_with_its_place(text):
    table = next(table for table in OPEN_TABLES if table.name == "members")
    row = ("0114", text, "municipality", "member", None, None, "confirmed")
    with pytest.raises(InputError, match=r"data/members.csv: row 2, column name"):
        csvfile.to_csv(tables.Filled(table, [row]))


def test_the_catalogue_keeps_the_rules_of_the_data_portal(data):
    text = text_of(data, "dcat.rdf")
    assert breaches(text) == {NUMBER_MISSING}


DCAT = "http://www.w3.org/ns/dcat#"


@pytest.mark.parametrize(
    ("pattern", "replacement", "told"),
    [
        (r"<dcterms:title xml:lang=.*\n", "", "Dataset-title (O)"),
        (r"<dcterms:description xml:lang=.*\n", "", "Dataset-description (O)"),
        (r"<dcterms:publisher .*\n", "", "Dataset-publisher (O)"),
        (
            r'<dcterms:license rdf:resource="http://creativecommons.org/publicdomain.*\n',
            "",
            "Catalog-license (O)",
        ),
        (r"<dcterms:license .*\n", "", "Distribution-license (R)"),
        (r"data-theme/ENVI", "data-theme/KLIMAT", "Dataset-theme"),
        (r"<dcat:accessURL .*\n", "", "Distribution-accessURL (O)"),
        (r"<dcterms:format>.*\n", "", "Distribution-format (O)"),
        (r"<vcard:hasEmail .*\n", "", "Contact-hasEmail (O)"),
        (r"<dcterms:type .*\n", "", "Agent-type (O)"),
        (r"<foaf:name.*\n", "", "Agent-name (O)"),
        (r"checksumAlgorithm_sha1", "checksumAlgorithm_sha256", "Distribution-checksum"),
        (r"(endDate[^>]*>)\d{4}", r"\g<1>1066", "Dataset-temporal"),
        (r"byteSize rdf:datatype=\"[^\"]*\"", "byteSize", "Distribution-byteSize"),
        (r"<dcat:dataset .*\n", "", "Catalog-dataset (O)"),
        (r"<foaf:Agent rdf:about=[^>]*>", "<foaf:Agent>", NO_NAME),
        (r'rdf:about="https://example.org/data/2023/', 'rdf:about="', NO_NAME),
    ],
)
def test_a_catalogue_that_breaks_a_rule_is_found(data, pattern, replacement, told):
    text = text_of(data, "dcat.rdf")
    broken = re.sub(pattern, replacement, text)
    assert broken != text
    assert told in {message for _, message in breaches(broken)}


def test_the_catalogue_says_of_each_file_what_the_file_is(data):
    from hashlib import sha1

    from rdflib import Namespace

    dcat, spdx = Namespace(DCAT), Namespace(rdf.PREFIXES["spdx"])
    found = graph(text_of(data, "dcat.rdf"))
    distributions = {*found.objects(None, dcat.distribution)}
    assert len(distributions) == 2 * len(OPEN_TABLES)
    for one in distributions:
        file = data / str(found.value(one, dcat.downloadURL)).removeprefix(BASE)
        assert int(found.value(one, dcat.byteSize)) == file.stat().st_size
        checksum = found.value(one, spdx.checksum)
        assert str(found.value(checksum, spdx.checksumValue)) == sha1(file.read_bytes()).hexdigest()


def test_a_draft_says_so_everywhere_and_a_final_report_nowhere(data, project, tmp_path):
    final = write(project, tmp_path / "final", final=True)
    for name in ("README.md", "CITATION.cff", "datapackage.json", "dcat.rdf"):
        draft, done = ((folder / name).read_text(encoding="utf-8") for folder in (data, final))
        assert "2023-utkast" in draft
        assert "tkast" not in done
    assert json.loads(text_of(final, "datapackage.json"))["version"] == "2023"
    assert "distribution-status/COMPLETED" in text_of(final, "dcat.rdf")
    assert breaches(text_of(final, "dcat.rdf")) == {NUMBER_MISSING}


def test_without_an_address_nothing_is_made_up(tmp_path):
    folder = write(ROOT, tmp_path / "data")
    text = text_of(folder, "dcat.rdf")
    assert breaches(text) == {NUMBER_MISSING}
    assert "downloadURL" not in text
    assert 'rdf:about="urn:uuid:' in text
    assert "https://klimatkommunerna.se/vad-vi-gor/resultat-sa-minskar-utslappen/" in text


def test_an_organisation_number_names_the_publisher_and_must_be_one(project, tmp_path):
    root = shutil.copytree(project, tmp_path / "klimat")
    facts = root / "data" / "2023" / "facts.yml"
    known = facts.read_text(encoding="utf-8")
    facts.write_text(
        known.replace("contact:\n", 'contact:\n  organisation_number: "802000-0001"\n', 1), "utf-8"
    )
    text = (write(root, tmp_path / "data") / "dcat.rdf").read_text(encoding="utf-8")
    assert 'foaf:Agent rdf:about="http://dataportal.se/organisation/SE8020000001"' in text
    assert breaches(text) == set()
    facts.write_text(known.replace("contact:\n", 'contact:\n  organisation_number: "8020"\n', 1), "utf-8")
    with pytest.raises(
        InputError, match=r"contact.organisation_number: expected ten digits in quotes, got '8020'"
    ):
        write(root, tmp_path / "again")


def test_a_new_year_asks_where_its_data_will_be(project):
    text = (project / "params" / "2023.yml").read_text(encoding="utf-8")
    last = load_project("params/2023.yml", start=project).params
    made = parameters.carried(text, last, parameters.Known(2024, "2023", 51, ("2025",)))
    (line,) = [line for line in made.splitlines() if line.startswith("data_url:")]
    assert line.startswith("data_url: https://example.org/data/2024/  # ")
    assert unfilled(line, file="params/2024.yml")


def test_csv_on_the_web_tells_the_header_and_key_of_every_file(data):
    group = json.loads(text_of(data, "csv-metadata.json"))
    assert group["@context"][0] == "http://www.w3.org/ns/csvw"
    assert len(group["tables"]) == len(OPEN_TABLES)
    for table in group["tables"]:
        rows = read(data / table["url"])
        columns = table["tableSchema"]["columns"]
        assert [column["titles"] for column in columns] == [*rows[0]]
        keys = [tuple(row[name] for name in table["tableSchema"]["primaryKey"]) for row in rows]
        assert len({*keys}) == len(rows)
        for column in columns:
            cells = [row[column["name"]] for row in rows]
            assert all(cells) or not column["required"]
            assert {word["@language"] for word in column["dc:description"] if word["@value"]} == {"sv", "en"}
            if pattern := column["datatype"].get("format"):
                assert all(re.fullmatch(pattern, cell) for cell in cells)


def test_terms_follow_the_sources(project, data, tmp_path):
    package = json.loads(text_of(data, "datapackage.json"))
    terms = {one["name"]: one["licenses"][0]["name"] for one in package["resources"]}
    assert terms == {
        **dict.fromkeys(("claims", "emissions", "emissions_municipalities"), "CC-BY-4.0"),
        **dict.fromkeys(("population", "survey", "members", "goals"), "CC0-1.0"),
    }
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    root = shutil.copytree(project, tmp_path / "klimat")
    known = root / "params" / "sources.yml"
    known.write_text(known.read_text(encoding="utf-8").replace("    licence: CC0\n", ""), encoding="utf-8")
    folder = write(root, tmp_path / "data")
    assert "Medlemsenkät, Medlemmar och Mål: villkor saknas" in text_of(folder, "README.md")
    assert ("Warning", "Distribution-license (R)") in breaches(text_of(folder, "dcat.rdf"))


def test_the_citation_is_yaml_with_what_it_must_have(data):
    known = yaml.safe_load(text_of(data, "CITATION.cff"))
    assert {"cff-version", "message", "title", "authors", "version", "date-released", "license"} <= {*known}
    assert known["authors"] == [{"name": "Klimatkommunerna"}]


def test_every_number_of_the_report_is_in_its_open_data(report_2023):
    claims = {row["id"]: row["text"] for row in read(report_2023 / "data" / "claims.csv")}
    page = BeautifulSoup(text_of(report_2023, "report.html"), "html.parser")
    printed = [(tag["data-claim"], tag) for tag in page.select("[data-claim]")]
    assert len(printed) > 200
    assert {claim for claim, _ in printed} <= {*claims}
    book = read(report_2023 / "claims.csv")
    assert read(report_2023 / "data" / "claims.csv") == [
        {name: row[name] for name in CLAIMS.schema.columns} for row in book
    ]
    made = json.loads(text_of(report_2023, "manifest.json"))["outputs"]
    assert {name for name in made if name.startswith("data/")} == {
        f"data/{path.name}" for path in (report_2023 / "data").iterdir()
    }


def test_a_world_without_a_website_has_no_catalogue_and_says_why(tiny_report):
    folder = tiny_report / "outputs" / "tiny" / "data"
    assert not (folder / "dcat.rdf").exists()
    assert "dcat.rdf, beskrivningen för Sveriges dataportal, saknas" in text_of(folder, "README.md")
    assert validated(folder) == []
