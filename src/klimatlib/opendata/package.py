"""The tables for machines: ``datapackage.json`` (Data Package 2) and ``csv-metadata.json`` (CSV on the Web).

Both tell the same contract, `klimatlib.opendata.contract`, each in its own words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from klimatlib.catalogue import Source
from klimatlib.opendata.about import About, Licence, Part
from klimatlib.opendata.contract import Column

_PROFILES = "https://datapackage.org/profiles/2.0"
_CSVW = {"string": "string", "integer": "integer", "number": "decimal", "boolean": "boolean"}
_LINKS = {"emissions": ("claim", "claims", "id")}  # table -> its column, and the column of another it is from
_NO_UNIT = (
    "text",
    "id",
    "name",
    "code",
    "unit",
    "goal_unit",
    "result_unit",
)  # what kind of text, or where it is
_FACETS = {"minimum": "minimum", "maximum": "maximum"}


def data_package(about: About, files: Mapping[str, bytes]) -> str:
    """Return ``datapackage.json``.

    Parameters
    ----------
    about
        The data.
    files
        Name of each CSV file -> its bytes.
    """
    homepage = {"homepage": about.page} if about.page else {}
    package = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": about.name,
        "id": about.iri("katalog"),
        "title": about.title,
        "description": _told(about),
        **homepage,
        "version": about.version,
        "created": f"{about.params.document_date}T00:00:00Z",
        "licenses": _licences(about.licence),
        "contributors": [_publisher(about)],
        "keywords": sorted({word for part in about.parts for word in part.filled.table.words.keywords}),
        "resources": [_resource(part, files[part.filled.table.file]) for part in about.parts],
    }
    return _json({key: value for key, value in package.items() if value})


def csv_metadata(about: About) -> str:
    """Return ``csv-metadata.json``, which readers of CSV on the Web look for beside a table."""
    licence = {"dc:license": {"@id": about.licence.url}} if about.licence else {}
    group = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "sv"}],
        "dc:title": about.title,
        "dc:publisher": about.params.association,
        "dc:modified": {"@value": about.params.document_date, "@type": "xsd:date"},
        **licence,
        "dialect": {"encoding": "utf-8", "delimiter": ",", "quoteChar": '"', "header": True},
        "tables": [_csvw_table(part) for part in about.parts],
    }
    return _json(group)


def _told(about: About) -> str:
    status = "" if about.final else "Utkast: siffrorna är inte godkända än. "
    notice = f"{about.params.notice} " if about.params.notice else ""
    return f"{notice}{status}Tabellerna bakom {about.report_of}."


def _publisher(about: About) -> dict[str, Any]:
    known = {"title": about.params.association, "path": about.website, "email": about.email}
    return {**{key: value for key, value in known.items() if value}, "roles": ["publisher"]}


def _licences(licence: Licence | None) -> list[dict[str, str]]:
    return [{"name": licence.spdx, "path": licence.url, "title": licence.title}] if licence else []


def _source(source: Source) -> dict[str, str]:
    known = {"title": f"{source.publisher}: {source.title}", "path": source.url, "version": source.vintage}
    return {key: value for key, value in known.items() if value}


def _resource(part: Part, data: bytes) -> dict[str, Any]:
    table = part.filled.table
    resource = {
        "name": part.name,
        "type": "table",
        "path": table.file,
        "title": part.title,
        "description": part.told,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "licenses": _licences(part.licence),
        "sources": [_source(source) for source in part.sources],
        "schema": {
            "$schema": f"{_PROFILES}/tableschema.json",
            "fields": [_field(column) for column in table.columns],
            "primaryKey": list(table.contract.key),
            **_links(part.name),
            "missingValues": [""],
        },
    }
    return {key: value for key, value in resource.items() if value}


def _links(name: str) -> dict[str, Any]:
    if name not in _LINKS:
        return {}
    column, other, theirs = _LINKS[name]
    return {"foreignKeys": [{"fields": [column], "reference": {"resource": other, "fields": [theirs]}}]}


def _field(column: Column) -> dict[str, Any]:
    needed = {} if column.empty else {"required": True}
    field = {
        "name": column.name,
        "type": column.kind,
        "title": column.title,
        "description": column.told,
        "unit": "" if column.unit in _NO_UNIT else column.unit,
        "descriptionEnglish": column.english,
        "constraints": {**needed, **column.limits},
    }
    return {key: value for key, value in field.items() if value}


def _csvw_table(part: Part) -> dict[str, Any]:
    table = part.filled.table
    return {
        "url": table.file,
        "dc:title": part.title,
        "dc:description": part.told,
        "tableSchema": {
            "columns": [_csvw_column(column) for column in table.columns],
            "primaryKey": list(table.contract.key),
        },
    }


def _csvw_column(column: Column) -> dict[str, Any]:
    limits = {_FACETS[key]: value for key, value in column.limits.items() if key in _FACETS}
    pattern = {"format": column.limits["pattern"]} if "pattern" in column.limits else {}
    return {
        "name": column.name,
        "titles": column.name,
        "required": not column.empty,
        "datatype": {"base": _CSVW[column.kind], **limits, **pattern},
        "dc:title": column.title,
        "dc:description": [{"@value": column.told, "@language": "sv"},
                           {"@value": column.english, "@language": "en"}],
    }  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
