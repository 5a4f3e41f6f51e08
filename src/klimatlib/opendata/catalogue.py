"""``dcat.rdf``: what Sveriges dataportal harvests, in the national profile DCAT-AP-SE 3.0.1.

The portal takes RDF/XML; catalogue, datasets, distributions, publisher and contact must have absolute names,
so no blank nodes. A checksum there is SHA-1, the only one that the profile knows; ``datapackage.json`` has
SHA-256. Source: https://docs.dataportal.se/dcat/3.0.1/sv/ and https://docs.dataportal.se/dcat/docs/harvesting/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from klimatlib.opendata.about import CC0, About, Part
from klimatlib.opendata.rdf import Ref, Text, Thing, Typed, Value, to_xml
from klimatlib.swedish import upper_first

Properties = Iterator[tuple[str, Value]]
CATALOGUE, PUBLISHER, CONTACT = "katalog", "utgivare", "kontakt"
SWEDEN = "http://sws.geonames.org/2661886"
CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EU = "http://publications.europa.eu/resource/authority"
_THEMES = f"{_EU}/data-theme"
_IANA = "http://www.iana.org/assignments/media-types"
_DATA_PACKAGE = "https://datapackage.org/standard/data-package/"
_CSVW = "https://www.w3.org/TR/tabular-metadata/"


def catalogue(about: About, files: Mapping[str, bytes]) -> str | None:
    """Return the catalogue; None while nothing tells where the data can be had, which it must say.

    Parameters
    ----------
    about
        The data.
    files
        Name of each CSV file and of the workbook -> its bytes.
    """
    if about.page is None and about.params.data_url is None:
        return None
    things = [_catalogue(about), _publisher(about), *_contact(about)]
    for part in about.parts:
        things += [_dataset(about, part), *_distributions(about, part, files)]
    return to_xml([*things, _place(), *_standards()])


def _both(key: str, swedish: str, english: str) -> Properties:
    yield key, Text(swedish, "sv")
    yield key, Text(english, "en")


def _dates(about: About) -> Properties:
    yield "dcterms:issued", Typed(about.params.document_date, "xsd:date")
    yield "dcterms:modified", Typed(about.params.document_date, "xsd:date")


def _publisher_iri(about: About) -> str:
    number = about.organisation_number
    return f"http://dataportal.se/organisation/SE{number}" if number else about.iri(PUBLISHER)


def _catalogue(about: About) -> Thing:
    return Thing("dcat:Catalog", about.iri(CATALOGUE), [*_catalogue_properties(about)])


def _catalogue_properties(about: About) -> Properties:
    name, year = about.params.association, about.params.year
    yield from _both("dcterms:title", about.title, about.title_en)
    yield from _both(
        "dcterms:description",
        f"Tabellerna bakom {about.report_of}.",
        f"The tables behind {name}'s annual report {year}.",
    )
    yield "dcterms:publisher", Ref(_publisher_iri(about))
    yield from _dates(about)
    for language in ("SWE", "ENG"):
        yield "dcterms:language", Ref(f"{_EU}/language/{language}")
    if about.page:
        yield "foaf:homepage", Ref(about.page)
    yield "dcterms:spatial", Ref(SWEDEN)
    yield "dcterms:license", Ref(CC0.url)
    yield "dcat:themeTaxonomy", Ref(_THEMES)
    for part in about.parts:
        yield "dcat:dataset", Ref(about.iri(part.name))


def _publisher(about: About) -> Thing:
    found: list[tuple[str, Value]] = [("foaf:name", Text(about.params.association, "sv"))]
    if about.kind:
        found.append(("dcterms:description", Text(upper_first(about.kind), "sv")))
    found.append(("dcterms:type", Ref("http://purl.org/adms/publishertype/NonProfitOrganisation")))
    if about.website:
        found.append(("foaf:homepage", Ref(about.website)))
    if about.email:
        found.append(("foaf:mbox", Ref(f"mailto:{about.email}")))
    if about.organisation_number:
        found.append(("dcterms:identifier", Text(about.organisation_number)))
    return Thing("foaf:Agent", _publisher_iri(about), found)


def _contact(about: About) -> Iterator[Thing]:
    """Yield the contact, which must have an address for letters, where one is known."""
    if about.email:
        found: list[tuple[str, Value]] = [
            ("vcard:fn", Text(about.params.association)),
            ("vcard:hasEmail", Ref(f"mailto:{about.email}")),
        ]
        if about.website:
            found.append(("vcard:hasURL", Ref(about.website)))
        yield Thing("vcard:Organization", about.iri(CONTACT), found)


def _dataset(about: About, part: Part) -> Thing:
    return Thing("dcat:Dataset", about.iri(part.name), [*_dataset_properties(about, part)])


def _dataset_properties(about: About, part: Part) -> Properties:
    words = part.filled.table.words
    yield from _both("dcterms:title", part.title, part.title_en)
    notice = f"{about.params.notice} " if about.params.notice else ""
    yield from _both("dcterms:description", f"{notice}{part.told}", part.told_en)
    yield "dcterms:publisher", Ref(_publisher_iri(about))
    if about.email:
        yield "dcat:contactPoint", Ref(about.iri(CONTACT))
    for language, keywords in (("sv", words.keywords), ("en", words.keywords_en)):
        for word in keywords:
            yield "dcat:keyword", Text(word, language)
    yield "dcat:theme", Ref(f"{_THEMES}/{words.theme}")
    yield "dcterms:identifier", Text(about.iri(part.name))
    yield from _dates(about)
    yield "dcterms:language", Ref(f"{_EU}/language/SWE")
    if about.page:
        yield "dcat:landingPage", Ref(about.page)
    yield "dcterms:conformsTo", Ref(_DATA_PACKAGE)
    yield "dcterms:spatial", Ref(SWEDEN)
    yield "dcterms:temporal", _period(part, about.params.year)
    yield "dcterms:accrualPeriodicity", Ref(f"{_EU}/frequency/ANNUAL")
    yield "dcat:version", Text(about.version)
    if not about.final:
        yield from _both(
            "adms:versionNotes", "Utkast; siffrorna är inte godkända.", "Draft; not yet approved."
        )
    for url in sorted({source.url for source in part.sources if source.url}):
        yield "dcterms:source", Ref(url)
    yield "dcterms:accessRights", Ref(f"{_EU}/access-right/PUBLIC")
    yield "dcterms:provenance", _provenance(about, part)
    for form in ("csv", "xlsx"):
        yield "dcat:distribution", Ref(about.iri(f"{part.name}-{form}"))


def _period(part: Part, year: int) -> Thing:
    first, last = part.filled.years or (year, year)
    ends = [("dcat:startDate", f"{first}-01-01"), ("dcat:endDate", f"{last}-12-31")]
    return Thing("dcterms:PeriodOfTime", "", [(key, Typed(day, "xsd:date")) for key, day in ends])


def _provenance(about: About, part: Part) -> Thing:
    name, year = about.params.association, about.params.year
    told = _both(
        "dcterms:description",
        f"Sammanställd för {about.report_of}. Källor: {part.attribution}.",
        f"Compiled for {name}'s annual report {year}. Sources: {part.attribution}.",
    )
    return Thing("dcterms:ProvenanceStatement", "", [*told])


def _distributions(about: About, part: Part, files: Mapping[str, bytes]) -> Iterator[Thing]:
    """Yield the table's two forms: its CSV file, and its sheet of the workbook."""
    sheet, book = part.filled.table.words.sheet, f"{about.name}.xlsx"
    for form, file, kind, told in (
        ("csv", part.filled.table.file, CSV, ("CSV-fil i UTF-8 med decimalpunkt", "CSV file in UTF-8")),
        ("xlsx", book, XLSX, (f"Bladet {sheet} i arbetsboken", f"Sheet {sheet} of the workbook")),
    ):
        found = [*_distribution(about, part, file, files[file], kind, told)]
        yield Thing("dcat:Distribution", about.iri(f"{part.name}-{form}"), found)


def _distribution(
    about: About, part: Part, file: str, data: bytes, kind: str, told: tuple[str, str]
) -> Properties:
    where, draft = about.address(file), not about.final
    yield from _both("dcterms:title", f"{part.title} ({file})", f"{part.title_en} ({file})")
    yield from _both("dcterms:description", f"{told[0]}.", f"{told[1]}.")
    yield "dcat:accessURL", Ref(where or about.page or "")
    if where:
        yield "dcat:downloadURL", Ref(where)
    yield "dcterms:format", Text(kind)
    yield "dcat:mediaType", Ref(f"{_IANA}/{kind}")
    yield "dcat:byteSize", Typed(str(len(data)), "xsd:nonNegativeInteger")
    yield "dcterms:language", Ref(f"{_EU}/language/SWE")
    yield from _dates(about)
    yield "adms:status", Ref(f"{_EU}/distribution-status/{'DEVELOP' if draft else 'COMPLETED'}")
    yield "dcatap:availability", Ref(f"{_EU}/planned-availability/{'TEMPORARY' if draft else 'AVAILABLE'}")
    if part.licence:
        yield "dcterms:license", Ref(part.licence.url)
    credit = f"{about.params.association}. {part.attribution}"
    yield "dcterms:rights", Thing("odrs:RightsStatement", "", [("odrs:attributionText", Text(credit, "sv"))])
    yield "spdx:checksum", _checksum(data)
    if kind == CSV:
        yield "dcterms:conformsTo", Ref(_CSVW)


def _checksum(data: bytes) -> Thing:
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    algorithm = Ref("http://spdx.org/rdf/terms#checksumAlgorithm_sha1")
    return Thing("spdx:Checksum", "", [("spdx:checksumValue", Text(digest)), ("spdx:algorithm", algorithm)])


def _place() -> Thing:
    return Thing("dcterms:Location", SWEDEN, [*_both("rdfs:label", "Sverige", "Sweden")])


def _standards() -> Iterator[Thing]:
    named = ((_DATA_PACKAGE, "Data Package 2"), (_CSVW, "Metadata Vocabulary for Tabular Data (CSVW)"))
    for address, title in named:
        yield Thing("dcterms:Standard", address, [("dcterms:title", Text(title, "en"))])
