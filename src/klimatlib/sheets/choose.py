"""Which municipalities get a fact sheet: those asked for, the members, or all that the statistics hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from klimatlib import members, sources
from klimatlib.errors import UsageError
from klimatlib.schemas import NATION, rows
from klimatlib.sources import Inputs
from klimatlib.swedish import alphabetical

_NEAR = 3


@dataclass(frozen=True)
class Place:
    """A municipality: its code and name, its county, and whether it is a member."""

    code: str
    name: str
    county_code: str
    county: str
    member: bool

    @property
    def slug(self) -> str:
        """Its name as part of a file's name: small letters, digits and hyphens.

        >>> Place("1438", "Dals-Ed", "14", "Västra Götalands län", False).slug
        'dals-ed'
        """
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower().translate(_ASCII)).strip("-")


_ASCII = str.maketrans("åäöéü ", "aaoeu-")


def choose(inputs: Inputs, codes: Sequence[str], *, everyone: bool) -> tuple[list[Place], list[str]]:
    """Return the municipalities to make, by code, and what the user must know about the choice.

    Parameters
    ----------
    inputs
        The report's inputs.
    codes
        Codes of four digits; none means the member municipalities.
    everyone
        All municipalities that the statistics hold.

    Raises
    ------
    UsageError
        With every code that is unknown or has no figures, and those that may be meant.
    """
    known = places(inputs)
    held = _held(inputs)
    if codes and everyone:
        raise UsageError("give codes, or --all, and not both")
    if problems := [told for code in dict.fromkeys(codes) if (told := _problem(inputs, code, known, held))]:
        raise UsageError("\n".join(problems))
    chosen = codes or ([*held] if everyone else members.municipality_codes(sources.members(inputs)))
    return [known[code] for code in sorted(set(chosen))], _notes(inputs, known, held) if everyone else []


def places(inputs: Inputs) -> dict[str, Place]:
    """Return all municipalities of Sweden by code."""
    joined = set(members.municipality_codes(sources.members(inputs)))
    return {
        row.municipality_code: Place(
            row.municipality_code,
            row.municipality,
            row.county_code,
            row.county,
            row.municipality_code in joined,
        )
        for row in rows(sources.municipalities(inputs))
    }


def in_order(chosen: Sequence[Place]) -> list[Place]:
    """Sort places by the alphabet."""
    return sorted(chosen, key=lambda place: (alphabetical(place.name), place.code))


def _held(inputs: Inputs) -> list[str]:
    """Return the codes that have emissions and inhabitants in the data year and in the base year, sorted."""
    params = inputs.project.params
    wanted = {params.emissions_year, params.base_year}
    found = [
        set(table.loc[table["year"] == year, "municipality_code"])
        for table in (sources.emissions(inputs), sources.population(inputs))
        for year in sorted(wanted)
    ]
    return sorted(set.intersection(*found) - {NATION})


def _problem(inputs: Inputs, code: str, known: Mapping[str, Place], held: Sequence[str]) -> str:
    if code not in known:
        near = _near(code, known)
        meant = f"; is it {' or '.join(near)}?" if near else "; expected four digits, as 0114"
        return f"{code}: no municipality has this code{meant}"
    if code not in held:
        release = inputs.project.params.emissions_vintage
        return (
            f"{code}: the statistics (release {release}) hold no figures of {known[code].name}; "
            f"klimatlib fetch {inputs.project.name} gets those of all municipalities"
        )
    return ""


def _near(typed: str, known: Mapping[str, Place]) -> list[str]:
    """Return the municipalities that may be meant: by a code without its zero, by name, by a slip."""
    wanted = typed.strip().lower()
    exact = [
        p for p in known.values() if p.code == wanted.zfill(4) or alphabetical(p.name) == alphabetical(wanted)
    ]
    names = {p.name.lower(): p for p in known.values()}
    close = [known[code] for code in difflib.get_close_matches(wanted, [*known], n=_NEAR, cutoff=0.7)]
    close += [names[name] for name in difflib.get_close_matches(wanted, [*names], n=_NEAR, cutoff=0.75)]
    return [f"{p.code} ({p.name})" for p in (exact or close)]


def _notes(inputs: Inputs, known: Mapping[str, Place], held: Sequence[str]) -> list[str]:
    if len(held) == len(known):
        return []
    release = inputs.project.params.emissions_vintage
    return [
        f"the statistics (release {release}) hold {len(held)} of {len(known)} municipalities; "
        f"klimatlib fetch {inputs.project.name} gets the others"
    ]
