"""What a person reads first: ``README.md``, the workbook's first sheet, and ``CITATION.cff``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from klimatlib import swedish
from klimatlib.opendata.about import About, Licence, credit


def citation(about: About) -> str:
    """Return how the data is cited, in one line."""
    where = about.params.data_url or about.page
    told = f"{about.params.association} ({about.params.date.year}). {about.title}. Version {about.version}."
    return f"{told} {where}" if where else told


def lines(about: About) -> list[str]:
    """Return the read-me's lines; a line with ``# `` before it is a heading."""
    return [line for part in (_head, _contents, _terms, _columns, _contact, _english) for line in part(about)]


def readme(about: About) -> str:
    """Return ``README.md``."""
    first, *rest = lines(about)
    told = [first, *(f"#{line}" if line.startswith("# ") else line for line in rest)]
    return "\n\n".join(told) + "\n"


def citation_file(about: About) -> str:
    """Return ``CITATION.cff``; its values are JSON, which YAML reads."""
    params = about.params
    known: dict[str, object] = {
        "cff-version": "1.2.0",
        "message": "Hänvisa så här när du använder data.",
        "type": "dataset",
        "title": about.title,
        "authors": [{"name": params.association}],
        "version": about.version,
        "date-released": params.document_date,
    }
    if about.licence:
        known["license"] = about.licence.spdx
    if where := params.data_url or about.page:
        known["url"] = where
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in known.items())


def _head(about: About) -> Iterator[str]:
    params = about.params
    yield f"# {about.title}"
    if params.notice:
        yield params.notice
    if not about.final:
        yield "UTKAST. Siffrorna är inte godkända än och kan ändras."
    date = swedish.date(params.date, year=True)
    yield f"Tabellerna bakom {about.report_of}."
    yield f"Version {about.version}, {date}."


def _contents(about: About) -> Iterator[str]:
    yield "# Tabellerna"
    for part in about.parts:
        sheet, count = part.filled.table.words.sheet, swedish.number(len(part.filled.rows))
        yield f"{sheet} ({part.filled.table.file}, {count} rader). {part.told}"
    yield (
        f"Samma tabeller finns som blad i {about.name}.xlsx. För program: datapackage.json (Data Package) "
        "och csv-metadata.json (CSV on the Web) beskriver varje kolumn."
    )
    if about.page is None and about.params.data_url is None:
        yield (
            "dcat.rdf, beskrivningen för Sveriges dataportal, saknas: varken parametern data_url eller en "
            "webbplats i facts.yml säger var data finns."
        )
    else:
        yield "dcat.rdf är beskrivningen som Sveriges dataportal hämtar (DCAT-AP-SE 3.0.1)."


def _terms(about: About) -> Iterator[str]:
    yield "# Villkor och källor"
    sheets = dict[Licence | None, list[str]]()
    for part in about.parts:
        sheets.setdefault(part.licence, []).append(part.filled.table.words.sheet)
    for licence, names in sheets.items():
        yield f"{swedish.listing(names)}: {_licence(licence)}."
    yield "Källor:"
    yield from dict.fromkeys(f"{credit(source)}." for part in about.parts for source in part.sources)
    yield f"Hänvisa så här: {citation(about)}"


def _licence(licence: Licence | None) -> str:
    return (
        f"{licence.title}, {licence.url}"
        if licence
        else "villkor saknas, fråga utgivaren innan du använder data"
    )


def _columns(about: About) -> Iterator[str]:
    yield "# Så är filerna gjorda"
    yield (
        "CSV-filerna är i UTF-8 med kommatecken mellan kolumnerna och decimalpunkt. Koder är text och "
        "behåller sina nollor: 0114, inte 114. Andelar är mellan 0 och 1. En tom cell betyder att uppgiften "
        "saknas."
    )
    yield (
        "En andel ur medlemsenkäten är alltid ett antal av ett antal. Låga och höga gränser visar vad "
        "andelen av alla medlemmar kan vara, eftersom inte alla har svarat."
    )


def _contact(about: About) -> Iterator[str]:
    found = " · ".join(part for part in (about.email, about.page) if part)
    if found:
        yield "# Kontakt"
        yield found


def _english(about: About) -> Iterator[str]:
    yield "# In English"
    draft = "" if about.final else "Draft: the figures are not yet approved. "
    yield (
        f"{draft}The tables behind {about.params.association}'s annual report {about.params.year}. CSV in "
        "UTF-8 with decimal points; the columns are described in English in datapackage.json. Codes are "
        "text, shares are 0 to 1, an empty cell is not known. Terms and sources are listed above for each "
        "table."
    )
