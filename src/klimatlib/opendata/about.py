"""What the published data says of itself: publisher, version, licence, sources, and the names of things.

Nothing is made up. What the year's facts and parameters do not tell is left out, and the read-me says so.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from klimatlib import sources
from klimatlib.catalogue import Source
from klimatlib.document import DRAFT
from klimatlib.errors import InputError, Problem
from klimatlib.opendata.tables import Filled
from klimatlib.params import Params
from klimatlib.sources import Inputs
from klimatlib.swedish import lower_first

_LONGEST = 60  # characters of the association's name in a file's
_ASCII = str.maketrans("åäöéü ", "aaoeu-")


@dataclass(frozen=True)
class Licence:
    """Terms of use: their name, their id in the SPDX list, and their address as DCAT-AP-SE has it."""

    title: str
    spdx: str
    url: str


CC_BY = Licence("CC BY 4.0", "CC-BY-4.0", "http://creativecommons.org/licenses/by/4.0/")
CC0 = Licence("CC0 1.0", "CC0-1.0", "http://creativecommons.org/publicdomain/zero/1.0/")
_LICENCES = {"CC BY 4.0": CC_BY, "CC0": CC0}


@dataclass(frozen=True)
class Part:
    """A published table with its words filled in, and what it rests on.

    Attributes
    ----------
    filled
        The table.
    title, title_en, told, told_en
        Its name and description.
    sources
        What it rests on.
    licence
        The terms that all its sources allow; None where one of them tells no terms.
    """

    filled: Filled
    title: str
    title_en: str
    told: str
    told_en: str
    sources: Sequence[Source]
    licence: Licence | None

    @property
    def name(self) -> str:
        """The table's name."""
        return self.filled.table.name

    @property
    def attribution(self) -> str:
        """Return how its sources are to be named."""
        return "; ".join(credit(source) for source in self.sources)


@dataclass(frozen=True)
class About:
    """What the data as a whole says of itself.

    Attributes
    ----------
    params
        The report's parameters.
    report
        The report's name.
    final
        Whether it is more than a draft.
    parts
        The tables.
    contact
        The association's contact, from the facts of the year.
    kind
        What the association is, in its own words; empty where the facts do not tell.
    """

    params: Params
    report: str
    final: bool
    parts: Sequence[Part]
    contact: Mapping[str, Any]
    kind: str

    @property
    def name(self) -> str:
        """Name of the package and the workbook: letters, digits and hyphens."""
        ahead, end = (
            re.sub(r"[^a-z0-9-]+", "", text.lower().translate(_ASCII))
            for text in (f"{self.params.association} ", self.report)
        )
        return f"{ahead[:_LONGEST].strip('-')}-{end}"

    @property
    def title(self) -> str:
        """Title of the whole."""
        return f"Öppna data från {self.params.association} {self.params.year}"

    @property
    def report_of(self) -> str:
        """Whose report it is, and of which year, as a sentence has it."""
        params = self.params
        return f"{params.association}s {lower_first(params.title)} {params.year}"

    @property
    def title_en(self) -> str:
        """Title of the whole in English."""
        return f"Open data from {self.params.association} {self.params.year}"

    @property
    def version(self) -> str:
        """The year, and whether it is a draft."""
        return str(self.params.year) if self.final else f"{self.params.year}-{DRAFT.lower()}"

    @property
    def licence(self) -> Licence | None:
        """The terms that all tables together allow."""
        return strictest([part.licence for part in self.parts])

    @property
    def email(self) -> str | None:
        """The association's address for letters."""
        return self.contact.get("email")

    @property
    def page(self) -> str | None:
        """The page that tells of the results, or else the association's first page."""
        return (self.contact.get("urls") or {}).get("dashboards") or self.website

    @property
    def website(self) -> str | None:
        """The association's first page."""
        found = (self.contact.get("urls") or {}).get("website") or self.contact.get("website")
        return f"https://{found}" if found and "://" not in found else found

    @property
    def organisation_number(self) -> str | None:
        """Ten digits, where the facts tell."""
        number = str(self.contact.get("organisation_number") or "").replace("-", "")
        return number or None

    def iri(self, part: str) -> str:
        """Return the name of a thing: below the data's address, or a UUID of the name while it has none."""
        if self.params.data_url:
            return f"{self.params.data_url}dcat.rdf#{part}"
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.params.association}/{self.report}/{part}").urn

    def address(self, file: str) -> str | None:
        """Return where a file can be fetched; None while that is not known."""
        return f"{self.params.data_url}{file}" if self.params.data_url else None


def about(inputs: Inputs, filled: Sequence[Filled], *, final: bool) -> About:
    """Return what the data says of itself.

    Raises
    ------
    InputError
        An organisation number that is none.
    """
    facts, project = sources.facts(inputs), inputs.project
    contact = facts.get("contact") or {}
    kind = (facts.get("report") or {}).get("association_type") or ""
    parts = [_part(inputs, table) for table in filled]
    found = About(project.params, project.name, final, parts, contact, kind)
    if found.organisation_number and not re.fullmatch(r"\d{10}", found.organisation_number):
        told = f"expected ten digits in quotes, got {contact['organisation_number']!r}"
        raise InputError(
            [Problem(project.relative(project.data / "facts.yml"), "contact.organisation_number", told)]
        )
    return found


def strictest(licences: Sequence[Licence | None]) -> Licence | None:
    """Return the terms that hold for all; unknown where one is unknown."""
    if None in licences or not licences:
        return None
    return CC_BY if CC_BY in licences else CC0


def credit(source: Source) -> str:
    """Return how a source is named: publisher, title, release, terms."""
    release = f", version {source.vintage}" if source.vintage else ""
    terms = f" ({source.licence})" if source.licence else ""
    return f"{source.publisher}: {source.title}{release}{terms}"


def _part(inputs: Inputs, filled: Filled) -> Part:
    params, words = inputs.project.params, filled.table.words
    first, last = filled.years or (params.year, params.year)
    known = {
        "association": params.association,
        "report": lower_first(params.title),
        "year": params.year,
        "first": first,
        "last": last,
    }
    rests = [sources.origin(inputs, path) for path in _files(inputs, filled.table.name)]
    licence = strictest([_LICENCES.get(source.licence or "") for source in rests])
    return Part(
        filled,
        words.title.format(**known),
        words.title_en.format(**known),
        words.told.format(**known),
        words.told_en.format(**known),
        rests,
        licence,
    )


def _files(inputs: Inputs, table: str) -> list[str]:
    """Return the inputs that a table rests on, relative to the project."""
    project = inputs.project
    release = f"emissions_{project.params.emissions_vintage}.csv"
    statistics = [project.statistics / release, project.statistics / "population.csv"]
    register, survey = project.data / "members.csv", sources.survey_file(inputs)
    own = [register, survey, project.data / "goals.csv", project.data / "facts.yml"]
    published = project.data / "published.csv"
    rests: dict[str, list[Path]] = {
        "claims": [*statistics, *own, published],
        "emissions": [*statistics, register],
        "emissions_municipalities": [*statistics, register],
        "population": statistics[1:],
        "survey": [survey, published],
        "members": [register],
        "goals": [project.data / "goals.csv"],
    }
    return [project.relative(path) for path in rests[table]]
