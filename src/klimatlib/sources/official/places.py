"""Municipalities and counties: from names as people type them to SCB's codes, never by a guess."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from klimatlib.errors import InputError, Problem
from klimatlib.sources.files import clean, odd_letters, shown

COLUMNS = ("municipality_code", "municipality", "county_code", "county")
_IRREGULAR = {"falu": "falun"}
_KINDS = re.compile(r"(?:^(?:kommunen|staden|region) )|(?: (?:kommun|kommunen|stad|stads kommun))$")


@dataclass(frozen=True)
class Match:
    """A name looked up: its code, or the reason why there is none.

    Parameters
    ----------
    code
        Municipality code of four digits; empty if the name was refused.
    problem
        Why it was refused, with the nearest names; empty if it was found.
    """

    code: str
    problem: str = ""


@dataclass(frozen=True)
class Places:
    """The municipalities that exist, and the counties they lie in.

    Parameters
    ----------
    names
        Municipality code to name.
    county_of
        Municipality code to county code.
    counties
        County code to name, such as ``"Skåne län"``.
    """

    names: Mapping[str, str]
    county_of: Mapping[str, str]
    counties: Mapping[str, str]

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, file: str = "municipalities.csv") -> Places:
        """Make the table from columns municipality_code, municipality, county_code, county (all text).

        Raises
        ------
        InputError
            A column is missing, a code is not text of four (two) digits or given twice, or two
            municipalities share a name within a county.
        """
        problems = _frame_problems(frame, file)
        if problems:
            raise InputError(problems)
        rows = sorted(zip(*(frame[name] for name in COLUMNS), strict=True))
        return cls(
            {code: clean(name) for code, name, _, _ in rows},
            {code: county for code, _, county, _ in rows},
            {county: clean(name) for _, _, county, name in sorted(rows, key=lambda row: row[2])},
        )

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, name in self.names.items():
            found.setdefault(name_key(name), []).append(code)
        return found

    @cached_property
    def _by_county(self) -> dict[str, str]:
        return {county_key(name): code for code, name in self.counties.items()}

    def members_of(self, county: str) -> tuple[str, ...]:
        """Codes of a county's municipalities, in order."""
        return tuple(code for code, home in self.county_of.items() if home == county)

    def county(self, name: str) -> Match:
        """Look a county up by its name, with or without "län"."""
        code = self._by_county.get(county_key(name))
        return Match(code) if code else Match("", self._unknown(name, "county", list(self.counties.values())))

    def exact(self, name: str, *, county: str | None = None) -> Match:
        """Look a municipality up by its official name; letter case, spaces and hyphens do not matter.

        Parameters
        ----------
        name
            Name such as ``"Upplands Väsby"``.
        county
            County code that the municipality must lie in.
        """
        codes = self._by_name.get(name_key(name), [])
        here = [code for code in codes if county is None or self.county_of[code] == county]
        if len(here) == 1:
            return Match(here[0])
        if codes and not here:
            home = self.counties[self.county_of[codes[0]]]
            asked = self.counties.get(county or "", county)
            told = f"'{shown(name)}' lies in {home}, not in {asked}; check the name and the county"
            return Match("", told)
        if here:
            return Match("", f"'{shown(name)}' may be any of {', '.join(here)}; give the code")
        return Match("", self._unknown(name, "municipality", list(self.names.values())))

    def resolve(self, name: str, *, county: str | None = None) -> Match:
        """Look a municipality up by its name as typed: "Malmö stad", "Lunds kommun", "Region Gotland".

        A name is taken only if exactly one municipality has it. "Region Skåne" is a county's region and
        no municipality; "Hobo" is nearest to two and therefore neither.

        Parameters
        ----------
        name
            Name as typed.
        county
            County code that the municipality must lie in, if known.
        """
        key = name_key(name)
        if not key:
            return Match("", "expected the name of a municipality, got a blank")
        first = self.exact(name, county=county)
        if first.code or key in self._by_name:
            return first
        if key.startswith("region "):
            return self._region(key, name)
        bare = _KINDS.sub("", key)
        forms = {bare, _IRREGULAR.get(bare, bare)} if bare == key else _forms(bare)
        found = {code for form in forms for code in self._by_name.get(form, [])}
        if len(found) == 1:
            return self.exact(self.names[found.pop()], county=county)
        return first

    def _region(self, key: str, name: str) -> Match:
        """Region Gotland is a municipality too; no other region is."""
        code = self.county(key.removeprefix("region ")).code
        inside = self.members_of(code)
        if len(inside) == 1:
            return Match(inside[0])
        if code:
            return Match("", f"'{shown(name)}' is the region of {self.counties[code]}, not a municipality")
        return Match("", self._unknown(name, "municipality", list(self.names.values())))

    def _unknown(self, name: str, kind: str, names: list[str]) -> str:
        """Say that a name is unknown, why if a letter is foreign, and what is near."""
        odd = odd_letters(clean(name))
        if odd:
            return f"'{shown(name)}' is no {kind}: {odd}, no Swedish letter; type the name anew"
        near = difflib.get_close_matches(name_key(name), {name_key(n): n for n in names}, n=3, cutoff=0.6)
        shape = {name_key(n): n for n in names}
        known = "write it as Statistics Sweden does"
        hint = f"; nearest are {', '.join(shape[n] for n in near)}" if near else f"; {known}"
        return f"'{shown(name)}' is no {kind} known here{hint}"


def name_key(name: str) -> str:
    """Spelling by which municipality names are compared: folded case, single spaces, hyphens as spaces.

    >>> name_key(" Malung–SÄLEN "), name_key("Håbo") == name_key("Habo")
    ('malung sälen', False)
    """
    return " ".join(re.sub(r"\s*[-‐‑–−]\s*", " ", clean(name)).casefold().split())


def county_key(name: str) -> str:
    """Spelling by which county names are compared: without "län" and the genitive s.

    >>> county_key("Västra Götalands län"), county_key("Kalmar")
    ('västra götaland', 'kalmar')
    """
    return name_key(name).removesuffix(" län").removesuffix("s")


def _forms(bare: str) -> set[str]:
    """Names that "… kommun" or "… stad" may stand for: with and without the genitive s."""
    return {bare, bare.removesuffix("s"), bare.removesuffix(" s"), _IRREGULAR.get(bare, bare)}


def _frame_problems(frame: pd.DataFrame, file: str) -> list[Problem]:
    """Check the table of municipalities."""
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        return [Problem(file, f"column {name}", "missing") for name in missing]
    problems = []
    for row in frame[list(COLUMNS)].itertuples(index=False):
        code, name, county = row[0], row[1], row[2]
        if not (isinstance(code, str) and re.fullmatch(r"[0-9]{4}", code)):
            problems.append(
                Problem(file, shown(name), f"expected a code of four digits as text, got {code!r}")
            )
        elif not (isinstance(county, str) and code.startswith(county) and len(county) == 2):
            problems.append(Problem(file, code, f"expected county code '{code[:2]}', got {county!r}"))
    codes = frame.loc[frame["municipality_code"].duplicated(), "municipality_code"]
    problems += [Problem(file, str(code), "the code is given twice") for code in codes]
    names = frame.loc[frame.duplicated(["municipality", "county"]), "municipality"]
    problems += [Problem(file, str(name), "the name is given twice in one county") for name in names]
    if frame.groupby("county_code")["county"].nunique().gt(1).any():
        problems.append(Problem(file, "column county", "a county code has two names"))
    return problems
