"""RDF/XML, as much of it as a catalogue needs: things with names, and their properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "odrs": "http://schema.theodi.org/odrs#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_KEPT = "%/:=&?~#+!$,;'@()*[]-._"  # of an address that is encoded already, or need not be


@dataclass(frozen=True)
class Ref:
    """Another thing, by its name."""

    iri: str


@dataclass(frozen=True)
class Text:
    """Words in a language, or in none."""

    text: str
    language: str = ""


@dataclass(frozen=True)
class Typed:
    """A value of an XML type: ``xsd:date`` and the like."""

    text: str
    kind: str


@dataclass(frozen=True)
class Thing:
    """A thing: its class, its name (none for a part of another thing), and its properties in order."""

    kind: str
    iri: str
    properties: Sequence[tuple[str, Value]]


Value = Ref | Text | Typed | Thing


def to_xml(things: Sequence[Thing]) -> str:
    """Return things as RDF/XML."""
    names = [f' xmlns:{prefix}="{address}"' for prefix, address in sorted(PREFIXES.items())]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<rdf:RDF", *names[:-1], f"{names[-1]}>"]
    told = [line for thing in things for line in _thing(thing, "  ")]
    return "\n".join([*lines, *told, "</rdf:RDF>"]) + "\n"


def _thing(thing: Thing, indent: str) -> Iterator[str]:
    name = f" rdf:about={_iri(thing.iri)}" if thing.iri else ""
    yield f"{indent}<{thing.kind}{name}>"
    for key, value in thing.properties:
        yield from _property(key, value, f"{indent}  ")
    yield f"{indent}</{thing.kind}>"


def _property(key: str, value: Value, indent: str) -> Iterator[str]:
    if isinstance(value, Thing):
        yield f"{indent}<{key}>"
        yield from _thing(value, f"{indent}  ")
        yield f"{indent}</{key}>"
    elif isinstance(value, Ref):
        yield f"{indent}<{key} rdf:resource={_iri(value.iri)}/>"
    else:
        yield f"{indent}<{key}{_attribute(value, PREFIXES)}>{escape(value.text)}</{key}>"


def _attribute(value: Text | Typed, prefixes: Mapping[str, str]) -> str:
    if isinstance(value, Text):
        return f' xml:lang="{value.language}"' if value.language else ""
    prefix, name = value.kind.split(":")
    return f' rdf:datatype="{prefixes[prefix]}{name}"'


def _iri(iri: str) -> str:
    return quoteattr(quote(iri, safe=_KEPT))
