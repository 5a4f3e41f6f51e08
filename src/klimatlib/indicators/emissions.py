"""Emissions per inhabitant: levels, reductions, sectors, pace, spread, peers and releases.

Two definitions are never mixed in one comparison, and each claim names its own. *Ratio of sums*: the set's
emissions over its inhabitants. *Mean of municipalities*: the unweighted mean of the municipalities' values.
Sources: emissions of one release of the database, SMHI; inhabitants on 31 December of the same year, SCB.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, partial
from operator import itemgetter
from typing import Any, Final, NamedTuple

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, Kind, Method, Role, exact, new_claim, release_name
from klimatlib.config import Definition, Params, Sectors, Targets
from klimatlib.errors import ClaimError, InputError, Problem
from klimatlib.sources.tables import NATION, TOTAL, Places, rows
from klimatlib.swedish import Number, alphabetical, listing, percent, quantity, round_half_up

UNIT = "t CO2e per capita"
RATIO: Final = "ratio_of_sums"
MEAN: Final = "mean_of_municipalities"
DEFINITIONS: dict[Definition, str] = {
    RATIO: "de samlade utsläppen delade med antalet invånare",
    MEAN: "ovägt medelvärde av kommunernas egna värden",
}
_NOT_A_GOAL = "räknat på de totala utsläppen per invånare, som jämförelse och inte som mål"
_PACE = "konstant procent per år, utsläpp per invånare"
_RECENT = {"ten": 10, "five": 5}  # years that the pace of late is counted over
_BETWEEN = "rätlinjigt mellan de två närmaste värdena"
_QUANTILES: Mapping[str, tuple[float, Method, str]] = {
    "min": (0.0, "minimum", "Lägsta värdet av"),
    "q1": (0.25, "lower_quartile", f"Nedre kvartilen, {_BETWEEN}, av"),
    "median": (0.5, "median", f"Medianen, {_BETWEEN}, av"),
    "q3": (0.75, "upper_quartile", f"Övre kvartilen, {_BETWEEN}, av"),
    "max": (1.0, "maximum", "Högsta värdet av"),
}
FACTSHEET_NAMES = ("Medlemmar", "Riket")
Rows = list[list[str | Claim]]
Fields = dict[str, Any]  # fields of a `Claim`, by name


def totals(emissions: pd.DataFrame, population: pd.DataFrame, *, sector: str = TOTAL) -> pd.DataFrame:
    """Emissions of one main sector, or of all (``Alla``), beside the inhabitants.

    Columns of ``emissions`` and ``population`` as `tables.EMISSIONS` and `tables.POPULATION`, of the frame
    returned municipality_code, year, emissions_t (t CO2e) and population (persons).
    """
    chosen = emissions.loc[emissions["sector"] == sector, ["municipality_code", "year", "emissions_t"]]
    return chosen.merge(population, on=["municipality_code", "year"], how="left", validate="one_to_one")


def level(table: pd.DataFrame, codes: Sequence[str], *, year: int, definition: Definition = RATIO) -> float:
    """Emissions per inhabitant of a set of municipalities in a data year, t CO2e.

    ``sum(emissions) / sum(inhabitants)``, or the mean of ``emissions / inhabitants``; ``table`` as `totals`
    gives it. A ClaimError names a municipality without emissions or inhabitants in the year.
    """
    each = [float(tonnes / people) for tonnes, people in pairs(table, codes, year, definition)]
    return math.fsum(each) / len(each)  # in doubles, as the pages reckon it


def reduction(
    table: pd.DataFrame, codes: Sequence[str], *, year: int, base_year: int, definition: Definition = RATIO
) -> float:
    """Reduction of emissions per inhabitant since the base year, as a share (0.52 is 52 % less).

    ``1 - level / base level`` of the set; by ``mean_of_municipalities`` the unweighted mean of the
    municipalities' own reductions. ``table`` as `totals` gives it.
    """
    ends = zip(*(pairs(table, codes, each, definition) for each in (year, base_year)), strict=True)
    own = [1 - float(Fraction(*now)) / float(Fraction(*then)) for now, then in ends]
    return math.fsum(own) / len(own)


def total_reduction(table: pd.DataFrame, codes: Sequence[str], *, year: int, base_year: int) -> float:
    """Reduction of the set's whole emissions (t CO2e) since the base year, as a share."""
    ((current, _),), ((base, _),) = (pairs(table, codes, y) for y in (year, base_year))
    return 1 - float(current) / float(base)  # as the pages reckon it


def years(table: pd.DataFrame, codes: Sequence[str]) -> list[int]:
    """Years in which every municipality of the set has emissions and inhabitants, ascending."""
    complete = table[table["municipality_code"].isin([*codes])].dropna()
    counts = complete.groupby("year")["municipality_code"].nunique()
    return sorted(int(year) for year in counts[counts == len(set(codes))].index)


def pairs(
    table: pd.DataFrame, codes: Collection[str], year: int, definition: Definition = RATIO
) -> list[tuple[Fraction, Fraction]]:
    """Emissions and inhabitants of a set as one pair, or by ``mean_of_municipalities`` those of each code.

    Decimals are as they are written, so that sums are exact. Arguments and errors as of `level`.
    """
    of_year = table[table["year"] == year]
    columns = (of_year[name] for name in ("municipality_code", "emissions_t", "population"))
    wanted = {*codes}  # row by row: pandas' own ways of choosing take three times as long for so few
    chosen = [row for row in zip(*columns, strict=True) if row[0] in wanted and not any(map(pd.isna, row))]
    absent = sorted(wanted - {code for code, *_ in chosen})
    if absent or not codes:
        raise ClaimError(f"no emissions or inhabitants for {', '.join(absent) or 'an empty set'} in {year}")
    ordered = sorted(chosen, key=itemgetter(0))  # so that the pairs of two years belong together
    emitted, people = ([Fraction(str(row[column])) for row in ordered] for column in (1, 2))
    if definition == RATIO:
        return [(sum(emitted, Fraction()), sum(people, Fraction()))]
    return [*zip(emitted, people, strict=True)]


def mean_ratio(pairs: Collection[tuple[Fraction, Fraction]]) -> Fraction:
    """Return the mean of emissions per inhabitant over `pairs`."""
    return sum((emitted / people for emitted, people in pairs), Fraction()) / len(pairs)


def yearly_fall(start: float, end: float, years: int) -> float:
    """Yearly fall, as a share, that takes a level from start to end at a constant percentage.

    ``1 - (end / start) ** (1 / years)``; below nought where the level (t CO2e per inhabitant) rises.

    >>> yearly_fall(8.0, 2.0, 2)
    0.5
    """
    if start <= 0 or years < 1:
        raise ValueError(f"no yearly pace from {start} over {years} years")
    return float(1 - (end / start) ** (1 / years))


class Group(NamedTuple):
    """A set of municipalities: its name in ids, its codes, its typed subject, and its name in Swedish.

    ``n`` is how many municipalities its numbers are made of; None of one, and of the nation's total.
    """

    key: str
    codes: list[str]
    subject: str
    name: str
    n: int | None = None

    def how(self, definition: Definition) -> str:
        """Return how its level or reduction is made, as a reader may see it."""
        return "utsläppen delade med invånarna" if self.key == "own" else DEFINITIONS[definition]


@dataclass(frozen=True)
class Basis:
    """What emission claims rest on.

    ``own`` has code and name of the one municipality that a fact sheet is about; nothing in the report.
    """

    emissions: pd.DataFrame  # columns as `tables.EMISSIONS`
    population: pd.DataFrame  # columns as `tables.POPULATION`
    codes: Sequence[str]  # the member municipalities
    params: Params
    source: str  # where the tables come from, as printed
    sectors: Sectors = field(default_factory=lambda: Sectors(sectors=()))
    own: Mapping[str, str] = field(default_factory=dict)
    targets: Targets = field(default_factory=Targets)  # what the pace is counted to

    @cached_property
    def table(self) -> pd.DataFrame:
        """All emissions beside the inhabitants, as `totals` gives them."""
        return totals(self.emissions, self.population)

    @property
    def groups(self) -> list[Group]:
        """The municipality of a fact sheet, if it is about one, the members and the nation."""
        own = [Group("own", [code], code, name) for code, name in self.own.items()]
        n = len(self.codes)
        members = Group("members", [*self.codes], "members", f"{n} medlemskommuner", n)
        return [*own, members, Group("nation", [NATION], "nation", "riket")]

    def level(self, codes: Sequence[str], year: int) -> float:
        """Return the set's level by the definition of the parameters."""
        return level(self.table, codes, year=year, definition=self.params.definition)

    def claim(
        self, claim_id: str, kind: Kind, value: Number, definition: str, group: Group | None = None,
        **more: Any,
    ) -> Claim:  # fmt: skip
        """Return a claim on these tables, on a group if on one; ``more`` as for `new_claim`.

        It is on emissions per inhabitant in the data year, a change on their share since the base year,
        unless ``more`` says otherwise.
        """
        params = self.params
        fields: Fields = {"unit": UNIT, "source": self.source, "measure": "emissions", "direction": 1}
        fields |= {"data_year": params.emissions_year, "vintage": params.emissions_vintage}
        fields |= {"unit": "share", "base_year": params.base_year} if kind == "change" else {}
        fields |= {"subject": group.subject, "n": group.n} if group else {}
        return new_claim(claim_id, kind, value, definition=definition, year=params.year, **{**fields, **more})


def claims(basis: Basis) -> Iterator[Claim]:
    """Yield the claims on levels, reductions since the base year, and yearly series, also of each sector.

    Of the levels those of later years in the release too, in a role of their own; and how much the members'
    level has fallen in each sector.
    """
    table, params = basis.table, basis.params
    year, base, method = params.emissions_year, params.base_year, params.definition
    for group in basis.groups:
        ahead, codes, how = f"emissions-{group.key}", group.codes, group.how(method)
        claim = partial(basis.claim, group=group, method=method)
        definition = f"Utsläpp per invånare, {group.name}: {how}"
        yield claim(f"{ahead}-level", "level", basis.level(codes, year), definition)
        yield from _series_claims(basis, table, group, f"{ahead}-level")
        of = f"av utsläppen per invånare {base}–{year}, {group.name}"
        cut = reduction(table, codes, year=year, base_year=base, definition=method)
        yield claim(f"{ahead}-reduction", "change", cut, f"Minskning {of}: {how}", direction=-1)
        yield claim(f"{ahead}-change", "change", -cut, f"Förändring {of}: {how}")
        claim = partial(claim, kind="change", direction=-1)
        ways: dict[str, Definition] = {"ratio": RATIO, "mean": MEAN} if group.key == "members" else {}
        for suffix, way in ways.items():
            cut = reduction(table, codes, year=year, base_year=base, definition=way)
            typed: Fields = {"definition": f"Minskning {of}: {group.how(way)}", "method": way}
            yield claim(f"{ahead}-reduction-{suffix}", value=cut, role="by_method", **typed)
        cut = total_reduction(table, codes, year=year, base_year=base)
        typed = {"definition": f"Minskning av de samlade utsläppen {base}–{year}, {group.name}"}
        typed |= {"measure": "emissions_total", "method": "total"}
        yield claim(f"{ahead}-reduction-total", value=cut, **typed)

    for sector in basis.sectors.in_total:
        all_years = totals(basis.emissions, basis.population, sector=sector.name)
        of, of_year = f" från {sector.name}", all_years[all_years["year"] == year]
        for group in basis.groups:  # a fact sheet tells of sectors over the years only of its own
            table = of_year if basis.own and group.key != "own" else all_years
            ahead = f"emissions-{group.key}-{sector.id}"
            yield from _series_claims(basis, table, group, ahead, of, measure=sector.id)
            if group.key == "members" and {base, year} <= {*years(table, codes := group.codes)}:
                before, now = (level(table, codes, year=y, definition=method) for y in (base, year))
                span, how = f"{base}–{year}{of}, {group.name}", group.how(method)
                definition = f"Minskning i ton per invånare {span}: {how}"
                typed = {"measure": sector.id, "method": method, "unit": UNIT, "direction": -1}
                yield basis.claim(f"{ahead}-fall", "change", before - now, definition, group, **typed)


def _series_claims(
    basis: Basis, table: pd.DataFrame, group: Group, ahead: str, of: str = "", **more: str
) -> Iterator[Claim]:
    """Yield the claims on the level of every year up to the data year; of all sectors the later ones too."""
    method = basis.params.definition
    for year in years(table, group.codes):
        role = "series" if year <= basis.params.emissions_year else "later"
        if role == "series" or not more:
            value = level(table, group.codes, year=year, definition=method)
            definition = f"Utsläpp per invånare {year}{of}, {group.name}: {group.how(method)}"
            about: Fields = {"data_year": year, "role": role, "method": method, **more}
            yield basis.claim(f"{ahead}-{year}", "level", value, definition, group, **about)


def series(
    book: ClaimBook, subject: str, *, measure: str = "emissions", roles: Sequence[Role] = ("series",)
) -> list[Claim]:
    """Yearly levels of ``members``, ``nation`` or a municipality, in all or of one sector, by data year.

    With the role ``later`` those after the report's data year that its release of the statistics has.
    """
    levels = book.select(kind="level", subject=subject, measure=measure)
    return sorted((c for c in levels if c.role in roles), key=lambda claim: claim.data_year or 0)


def later_levels(book: ClaimBook) -> str:
    """Return the members' levels of later years in the release, placeholders with their years; or nothing."""
    after = series(book, "members", roles=["later"])
    return listing([f"{placeholder(claim.id)} {claim.data_year}" for claim in after])


def series_beside(basis: Basis, book: ClaimBook) -> list[tuple[str, list[Claim]]]:
    """Return name and yearly levels of the municipality of a fact sheet, the members and the nation.

    From the base year on, and only years that all three have.
    """
    names, curves = (*basis.own.values(), *FACTSHEET_NAMES), [series(book, g.subject) for g in basis.groups]
    return [*zip(names, _common_years(curves, since=basis.params.base_year), strict=True)]


def _common_years(curves: Sequence[Sequence[Claim]], since: int = 0) -> list[list[Claim]]:
    """Return of each curve the claims of the years that all of them have."""
    in_all = set.intersection(*({claim.data_year or 0 for claim in claims} for claims in curves))
    kept = {year for year in in_all if year >= since}
    return [[claim for claim in claims if claim.data_year in kept] for claims in curves]


def series_alt(book: ClaimBook) -> str:
    """Return what the chart of levels shows, in words."""
    parts = []
    for subject, who in (("members", "medlemmarna"), ("nation", "riket")):
        first, *_, last = series(book, subject)
        parts.append(f"{who} från {first.text} {first.data_year} till {last.text} {last.data_year}")
        after = series(book, subject, roles=["later"])[-1:]
        parts[-1] += "".join(f" och, svagare ritat, {claim.text} {claim.data_year}" for claim in after)
    return f"Linjediagram. Utsläppen per invånare ändras för {parts[0]}, och för {parts[1]}."


def sector_rows(
    book: ClaimBook, params: Params, sectors: Sectors, *, subjects: Sequence[str] = ("members", "nation")
) -> list[tuple[Any, ...]]:
    """Sector, and each subject's emissions per inhabitant in the data year; the first one's largest first."""
    rows = []
    of_year: Fields = {"kind": "level", "role": "series", "data_year": params.emissions_year}
    for sector in sectors.in_total:
        levels = [book.select(subject=subject, measure=sector.id, **of_year) for subject in subjects]
        if all(levels):
            rows.append((sector.label, *(claim for (claim,) in levels)))
    return sorted(rows, key=lambda row: (-row[1].value, row[0]))


def sector_series(
    book: ClaimBook, params: Params, sectors: Sectors
) -> list[tuple[str, tuple[list[Claim], list[Claim]]]]:
    """Sector, and members' and nation's claims of the years that both have; as `sector_rows` orders."""
    curves = []
    for label, *claims in sector_rows(book, params, sectors):
        members, nation = _common_years([series(book, c.subject, measure=c.measure) for c in claims])
        curves.append((label, (members, nation)))
    return curves


def sector_series_alt(book: ClaimBook, params: Params, sectors: Sectors) -> str:
    """Return what the small charts of sectors show, in words."""
    curves = [(label, members) for label, (members, _) in sector_series(book, params, sectors)]
    ends = [f"{label.lower()} från {claims[0].text} till {claims[-1].text}" for label, claims in curves]
    first, last = curves[0][1][0].data_year, curves[0][1][-1].data_year
    return (
        f"Små linjediagram på samma skala, ett för varje sektor, {first}–{last}, med riket som jämförelse. "
        f"Medlemmarnas utsläpp per invånare: {', '.join(ends)}."
    )


def sector_highlights(book: ClaimBook, params: Params, sectors: Sectors) -> dict[str, list[dict[str, str]]]:
    """Return the sectors that the text speaks of: name, and ids of the claims on members, nation and fall.

    ``largest`` is the members' largest; ``above`` where they lie most above the nation, none where they do
    nowhere; ``fallen`` what has fallen most since the base year in t CO2e per inhabitant, none where nothing
    has. Exact values decide. Those that are printed like the first one follow it: a reader sees no order
    between them, so the text names them all.
    """
    in_text = {sector.label: sector.in_text or sector.label for sector in sectors.in_total}
    candidates: dict[str, list[tuple[Decimal, Decimal, dict[str, str]]]]  # exact value, as printed, ids
    candidates = {"largest": [], "above": [], "fallen": []}
    for label, members, nation in sector_rows(book, params, sectors):
        ids = {"name": in_text[label], "members": members.id, "nation": nation.id}
        ours, theirs = (round_half_up(claim.value, 1) for claim in (members, nation))
        candidates["largest"].append((members.value, ours, ids))
        candidates["above"].append((members.value - nation.value, ours - theirs, ids))
        for fall in book.select(kind="change", subject="members", measure=members.measure):
            candidates["fallen"].append((fall.value, round_half_up(fall.value, 1), {**ids, "fall": fall.id}))
    for ranked in candidates.values():
        ranked.sort(key=lambda row: -row[0])
    return {
        name: [ids for _, printed, ids in ranked if printed >= ranked[0][1] > 0]
        for name, ranked in candidates.items()
    }


def largest_sector(basis: Basis) -> tuple[str, Claim]:
    """Return the sector with most emissions of a fact sheet's municipality: its name, its share of all."""
    ((code, name),) = basis.own.items()
    year, table = basis.params.emissions_year, basis.emissions
    of_year = table[(table["municipality_code"] == code) & (table["year"] == year)]
    tonnes_of = of_year.set_index("sector")["emissions_t"].sort_index()
    largest = str(tonnes_of.drop(TOTAL).idxmax())
    sector = next(sector for sector in basis.sectors.in_total if sector.name == largest)
    in_sentence = swedish.lower_first(sector.label)
    share = float(tonnes_of[largest]) / float(tonnes_of[TOTAL])
    definition = f"Andel av utsläppen {year} som kommer från {in_sentence}, {name}"
    typed: Fields = {"subject": code, "measure": sector.id, "part": "largest", "unit": "share"}
    return in_sentence, basis.claim("own-largest", "share", share, definition, **typed)


def pace_claims(basis: Basis) -> Iterator[Claim]:
    """Claims on the pace: achieved since the base year and of late, required to each target, target levels.

    A pace is a constant yearly percentage (`yearly_fall`); required is none where the level is reached.
    Targets of the past are left out. They are comparisons, set by ``params/targets.yml``, and nobody's goal:
    Sweden's goals are in tonnes, that of 2030 without the plants in the EU's emissions trading.
    """
    year, base, method = basis.params.emissions_year, basis.params.base_year, basis.params.definition
    targets = [target for target in basis.targets.targets if target.year > year]
    for target in targets:
        definition = f"Minskning {base}–{target.year} som takten räknas mot, {_NOT_A_GOAL}"
        typed: Fields = {"role": "target", "part": str(target.year), "base_year": base, "unit": "share"}
        typed |= {"direction": -1, "data_year": target.year, "vintage": "", "source": basis.targets.source}
        yield basis.claim(f"pace-target-{target.year}", "goal", target.share, definition, **typed)
    pace: Fields = {"unit": "share per year", "method": "constant_rate", "direction": -1}
    for group in basis.groups:
        ahead, name = f"pace-{group.key}", group.name
        current, base_level = (basis.level(group.codes, y) for y in (year, base))
        held, starts = years(basis.table, group.codes), {"base": base}
        for part, span in _RECENT.items():  # the last year with data that is early enough
            if early := [start for start in held if base < start <= year - span]:
                starts[part] = max(early)
        falls = {
            part: yearly_fall(basis.level(group.codes, s), current, year - s) for part, s in starts.items()
        }
        ends = [(target, float(1 - target.share) * base_level) for target in targets]
        required = [(t, end, max(0.0, yearly_fall(current, end, t.year - year))) for t, end in ends]
        # With the decimals that show which pace is the greater: never 2,5 % where 2,5 % is not enough.
        sides = [(exact(a) * 100, exact(r) * 100) for a in falls.values() for *_, r in required]
        decimals = 1
        while any(a != r and round_half_up(a, decimals) == round_half_up(r, decimals) for a, r in sides):
            decimals += 1
        pace["decimals"] = decimals
        for part, start in starts.items():
            definition = f"Minskning per år {start}–{year}, {name}: {_PACE}"
            typed = {"role": "achieved", "part": part, "base_year": start, **pace}
            yield basis.claim(f"{ahead}-achieved-{part}", "pace", falls[part], definition, group, **typed)
        for target, end, fall in required:
            until, aim = target.year, f"{percent(target.share)} lägre än {base} till {target.year}, {name}"
            typed = {"part": str(until), "base_year": base}
            about = {"role": "required", **typed, **pace}
            definition = f"Minskning per år som krävs {year}–{until} för {aim}: {_PACE}; {_NOT_A_GOAL}"
            yield basis.claim(f"{ahead}-required-{until}", "pace", fall, definition, group, **about)
            about = {"role": "target", "data_year": until, "method": method, **typed}
            definition = f"Utsläpp per invånare {aim}; {_NOT_A_GOAL}"
            yield basis.claim(f"{ahead}-target-{until}", "goal", end, definition, group, **about)


def pace_rows(basis: Basis, book: ClaimBook) -> Rows:
    """Return printed rows: what the pace is of, and the pace of each group of the basis, per cent a year.

    In words where a level is reached, for which no pace is required.
    """
    year, base = basis.params.emissions_year, basis.params.base_year
    achieved = book.select(kind="pace", subject="members", role="achieved")
    achieved.sort(key=lambda claim: claim.base_year or 0)
    labels = [(f"Hittills, {claim.base_year}–{year}", claim) for claim in achieved]
    paths = pace_paths(book)
    labels += [(f"Krävs {year}–{p.year} för {p.share.text} lägre än {base}", p.required) for p in paths]
    printed: Rows = []
    for label, c in labels:
        paces = [book.find(kind="pace", role=c.role, part=c.part, subject=g.subject) for g in basis.groups]
        printed.append([label, *("redan nådd" if c.role == "required" and not p.value else p for p in paces)])
    return printed


class TargetPath(NamedTuple):
    """One target that the members' pace is counted to, in claims."""

    year: int
    share: Claim
    level: Claim
    required: Claim
    nation: Claim

    @property
    def label(self) -> str:
        """How far below the base year, as a chart has it."""
        return f"{swedish.MINUS}{self.share.text}"


def pace_paths(book: ClaimBook) -> list[TargetPath]:
    """Return the members' path to each target, the nearest first."""
    paths = []
    for share in book.select(role="target", unit="share"):
        level = book.find(role="target", subject="members", part=share.part)
        pair = [book.find(role="required", subject=who, part=share.part) for who in ("members", "nation")]
        paths.append(TargetPath(share.data_year or 0, share, level, *pair))
    return sorted(paths, key=lambda path: path.year)


def achieved_paces(book: ClaimBook) -> tuple[Claim, Claim]:
    """Return the members' pace since the base year and that of late, which may be the same."""
    paces = book.select(role="achieved", subject="members")
    long, late = (choose(paces, key=lambda claim: claim.base_year or 0) for choose in (min, max))
    return long, late


def pace_view(book: ClaimBook) -> list[dict[str, object]]:
    """Return for the text each target: year, whether either pace would do, and the ids of its claims.

    ``enough`` is of the pace since the base year, ``enough_of_late`` of that of the last years; no text may
    say that the pace must rise where the second is true.
    """
    (long, late), view = achieved_paces(book), list[dict[str, object]]()
    for year, share, level, required, nation in pace_paths(book):
        ids = {"share": share.id, "level": level.id, "members": required.id, "nation": nation.id}
        enough, of_late = (pace.value >= required.value for pace in (long, late))
        view.append({"year": year, "enough": enough, "enough_of_late": of_late, **ids})
    return view


def pace_sentence(book: ClaimBook) -> str:
    """Return one sentence on the members' pace, long and of late, its claims as placeholders."""
    long, late = achieved_paces(book)
    verb = "minskat" if min(long.value, late.value) >= 0 else "ändrats"
    since = f"Sedan {long.base_year} har medlemmarnas utsläpp per invånare {verb}"
    since += f" med {placeholder(long.id)} per år"
    if late == long:
        return f"{since}."
    return f"{since}, och {late.base_year}–{late.data_year} med {placeholder(late.id)} per år."


def placeholder(claim_id: str) -> str:
    """Return a claim's placeholder in a template: its printed number."""
    return f'{{{{ claim("{claim_id}") }}}}'


def pace_risen(basis: Basis, book: ClaimBook) -> bool:
    """Whether the emissions of a fact sheet's municipality rose in one of the spans whose pace it tells."""
    (own,) = basis.own
    return any(claim.value < 0 for claim in book.select(subject=own, kind="pace", role="achieved"))


def pace_alt(book: ClaimBook) -> str:
    """Return what the chart of the pace shows, in words."""
    needed = [f"{p.required.text} per år till {p.level.text} {p.level.data_year}" for p in pace_paths(book)]
    long, late = achieved_paces(book)
    also = "" if late == long else f" och med {late.text} per år sedan {late.base_year}"
    return (
        f"Linjediagram. Medlemmarnas utsläpp per invånare har minskat med {long.text} per år sedan "
        f"{long.base_year}{also}. Streckade linjer visar vad som krävs: {listing(needed)}."
    )


def spread_claims(basis: Basis, names: Mapping[str, str]) -> Iterator[Claim]:
    """Claims on each member's level and reduction, their quartiles, and how many lie below the nation.

    A quartile lies on the straight line between two values. Official statistics are public, so the members
    are named: ``names`` by code. Of the highest level the two largest sectors are told, for it is most often
    one plant that makes it.
    """
    year, base, table, n = basis.params.emissions_year, basis.params.base_year, basis.table, len(basis.codes)
    levels = [level(table, [code], year=year) for code in basis.codes]
    cuts = [reduction(table, [code], year=year, base_year=base) for code in basis.codes]
    nation = level(table, [NATION], year=year)
    k = sum(value < nation for value in levels)
    which = f"med lägre utsläpp per invånare än riket {year}, av {n}"
    below: Fields = {"subject": "members", "role": "spread", "part": "below_nation"}
    count, share = f"Medlemskommuner {which}", f"Andel av medlemskommunerna {which}"
    yield basis.claim("spread-below-nation", "count", k, count, unit="members", **below)
    below |= {"unit": "share", "k": k, "n": n, "denominator": "municipalities"}
    yield basis.claim("spread-below-nation-share", "share", Fraction(k, n), share, **below)
    less = f"minskning av utsläppen per invånare {base}–{year}"
    kinds: tuple[tuple[str, Kind, str, int, list[float]], ...] = (
        ("level", "level", f"utsläpp per invånare {year}", 1, levels),
        ("reduction", "change", less, -1, cuts),
    )
    for key, kind, what, direction, values in kinds:
        claim = partial(basis.claim, role="spread", direction=direction)
        for point, (part, method, which) in _QUANTILES.items():
            value, definition = float(pd.Series(values).quantile(part)), f"{which} medlemskommunernas {what}"
            about: Fields = {"subject": "members", "method": method, "n": n}
            yield claim(f"spread-{key}-{point}", kind, value, definition, **about)
        for code, value in zip(basis.codes, values, strict=True):
            about, definition = {"subject": code, "method": RATIO}, f"{names[code]}: {what}"
            yield claim(f"spread-{key}-{code}", kind, value, definition, **about)
    highest, parts = basis.codes[levels.index(max(levels))], list[Claim]()
    for sector in basis.sectors.in_total:
        of_sector = totals(basis.emissions, basis.population, sector=sector.name)
        if year in years(of_sector, [highest]):
            about = {"subject": highest, "measure": sector.id, "method": RATIO, "role": "spread"}
            definition = f"{names[highest]}: utsläpp per invånare {year} från {sector.name}"
            value = level(of_sector, [highest], year=year)
            parts.append(basis.claim(f"spread-highest-{sector.id}", "level", value, definition, **about))
    yield from sorted(parts, key=lambda claim: -claim.value)[:2]


def sensitivity_claims(basis: Basis, names: Mapping[str, str]) -> Iterator[Claim]:
    """Claims on the members' level without each one of them, and on what each adds to it; names by code."""
    year, method, n = basis.params.emissions_year, basis.params.definition, len(basis.codes)
    whole, how = basis.level(basis.codes, year), f"medlemskommuner: {DEFINITIONS[method]}"
    claim = partial(basis.claim, subject="members", method=method, role="sensitivity", decimals=2)
    yield claim("spread-level-all", "level", whole, f"Utsläpp per invånare, {n} {how}", n=n)
    for code in basis.codes if n > 1 else ():
        value, name = basis.level([other for other in basis.codes if other != code], year), names[code]
        claim = partial(claim, n=n - 1, part=code)
        definition = f"Utsläpp per invånare utan {name}, {n - 1} {how}"
        yield claim(f"spread-without-{code}", "level", value, definition)
        definition = f"Nivån med {name} minus nivån utan, {n - 1} {how}"
        effect: Fields = {"unit": UNIT, "base_year": None, "plus": True}
        yield claim(f"spread-effect-{code}", "change", whole - value, definition, **effect)


def spread_dots(book: ClaimBook, kind: Kind, names: Mapping[str, str]) -> list[tuple[str, Claim]]:
    """Return name and claim of each member, ascending; ``kind`` is ``level`` or ``change``."""
    own = book.select(role="spread", kind=kind, method=RATIO, measure="emissions")
    return sorted(((names[c.subject], c) for c in own), key=lambda row: (row[1].value, row[0]))


def without_each(
    book: ClaimBook, names: Mapping[str, str], *, limit: int = 8
) -> list[tuple[str, Claim, Claim]]:
    """Return name, level without it and effect of the members that move the level most, the largest first."""
    effects = book.select(role="sensitivity", kind="change")
    effects.sort(key=lambda claim: (-abs(claim.value), names[claim.part]))
    levels = {claim.part: claim for claim in book.select(role="sensitivity", kind="level")}
    return [(names[effect.part], levels[effect.part], effect) for effect in effects[:limit]]


def spread_view(book: ClaimBook, names: Mapping[str, str], sectors: Sectors) -> dict[str, object]:
    """Return for the text: lowest and highest member, what makes the highest, and the three of most effect.

    Of reductions only the largest is named: a report says nobody to have done least.
    """
    levels, cuts = (spread_dots(book, kind, names) for kind in ("level", "change"))
    ends = (("low", levels[0]), ("high", levels[-1]), ("most_reduced", cuts[-1]))
    labels = {sector.id: sector.in_text or sector.label for sector in sectors.in_total}
    of_sectors = [claim for claim in book.select(role="spread", kind="level") if claim.measure in labels]
    largest = sorted(of_sectors, key=lambda claim: -claim.value)
    return {
        **{end: {"name": name, "claim": claim.id} for end, (name, claim) in ends},
        "made_by": [{"name": labels[claim.measure], "claim": claim.id} for claim in largest],
        "moved": [
            {"name": name, "without": without.id, "effect": effect.id}
            for name, without, effect in without_each(book, names, limit=3)
        ],
    }


def nearest_peers(basis: Basis, code: str) -> list[str]:
    """Return the codes of the five municipalities most like one in the data year, the most alike first.

    All municipalities of the basis are candidates, members or not; those of a county are counties. They are
    as unlike as ``|ln(a / b)|`` of inhabitants, plus half of that of emissions per inhabitant, plus the sum
    of ``|a - b|`` over the sectors' shares of all emissions, plus a quarter where the counties differ. Twice
    as many inhabitants (0.69) thus weigh as a third of the emissions in other sectors.
    """
    sizes, table = sizes_of_municipalities(basis, code), basis.emissions
    sectors = [sector.name for sector in basis.sectors.in_total]
    of_year = table[(table["year"] == basis.params.emissions_year) & table["sector"].isin(sectors)]
    tonnes = of_year.pivot(index="municipality_code", columns="sector", values="emissions_t").astype(float)
    shares = tonnes.div(tonnes.sum(axis="columns"), axis="index").reindex([*sizes]).fillna(0.0)
    structure = (shares - shares.loc[code]).abs().sum(axis="columns")

    def unlikeness(other: str) -> float:
        (people, level), (others, their_level) = sizes[code], sizes[other]
        size = abs(math.log(people / others)) + abs(math.log(level / their_level)) / 2
        return size + float(structure[other]) + (code[:2] != other[:2]) / 4

    return sorted(sizes.keys() - {code}, key=lambda other: (unlikeness(other), other))[:5]


def sizes_of_municipalities(basis: Basis, of: str) -> dict[str, tuple[float, float]]:
    """Inhabitants, and emissions per inhabitant (t CO2e), of every municipality that has both in both years.

    Of every county where ``of`` is one. One without emissions has no ratio to another's and is left out.
    """
    params, table = basis.params, basis.table.dropna()
    in_base_year = set(table.loc[table["year"] == params.base_year, "municipality_code"]) - {NATION}
    current = table[(table["year"] == params.emissions_year) & (table["emissions_t"] > 0)]
    return {
        str(row.municipality_code): (float(row.population), row.emissions_t / row.population)
        for row in rows(current)
        if row.municipality_code in in_base_year and len(row.municipality_code) == len(of)
    }


def with_counties(table: pd.DataFrame, places: Places, *, of: str) -> pd.DataFrame:
    """Return a table by municipality with a row for each county too, where ``of`` is one; else as it is.

    ``table`` is as `tables.EMISSIONS` or `tables.POPULATION`. A county is the sum of its municipalities, and
    has no row where the figure of one is not known.
    """
    if of not in places.counties:
        return table
    value = "emissions_t" if "emissions_t" in table else "population"
    of_county = Counter(code[:2] for code in places.names)
    parts = table[table["municipality_code"].isin([*places.names])].dropna()
    parts = parts.assign(municipality_code=parts["municipality_code"].str[:2])
    keys = [name for name in table.columns if name != value]
    sums = parts.groupby(keys, sort=False)[value].agg([math.fsum, "size"]).reset_index()
    whole = sums[sums["size"] == sums["municipality_code"].map(of_county)]
    return pd.concat([table, whole.rename(columns={"fsum": value})[[*table.columns]]], ignore_index=True)


def outliers(basis: Basis, book: ClaimBook) -> dict[str, object]:
    """Return for a fact sheet's text what stands out, as ids of claims; nothing where nothing does.

    ``high`` has the two largest sectors where the level is at least twice the nation's. ``year`` tells
    whether a year lies a quarter above or below both years beside it; ``at``, ``before`` and ``after`` are
    the levels of the one that does most, and ``sector`` the same of the sector that differs most, if known.
    """
    ((own, _),) = basis.own.items()
    rows_of_sectors = sector_rows(book, basis.params, basis.sectors, subjects=(own,))
    find = partial(book.find, kind="level", role="main", measure="emissions")
    level, nation = find(subject=own), find(subject="nation")
    two = [{"name": swedish.lower_first(label), "level": claim.id} for label, claim in rows_of_sectors[:2]]
    high = level.value >= 2 * nation.value and len(two) == 2
    outliers: dict[str, object] = {"high": dict(zip(("first", "second"), two, strict=True)) if high else {}}
    outliers["year"] = False
    curve, strongest = series(book, own), Decimal("1.25")
    for three in zip(curve, curve[1:], curve[2:], strict=False):
        before, value, after = (claim.value for claim in three)
        if min(before, value, after) <= 0:
            continue
        apart = max(value / max(before, after), min(before, after) / value)
        if apart > strongest:
            year, strongest = three[1].data_year or 0, apart
            sides = [(label, _beside(book, claim, year)) for label, claim in rows_of_sectors]
            complete = [(label, parts) for label, parts in sides if parts]
            label, parts = max(complete, key=lambda side: _apart(side[1]), default=("", []))
            sector = {"name": swedish.lower_first(label), **_ids(parts)} if parts else {}
            outliers |= {"year": True, **_ids(three), "sector": sector}
    return outliers


def _ids(three: Sequence[Claim]) -> dict[str, str]:
    return dict(zip(("before", "at", "after"), (claim.id for claim in three), strict=True))


def _beside(book: ClaimBook, claim: Claim, year: int) -> list[Claim]:
    """Return a sector's level of a year between those of the nearest years; nothing where one is unknown."""
    curve = series(book, claim.subject, measure=claim.measure)
    threes = zip(curve, curve[1:], curve[2:], strict=False)
    return next(([*three] for three in threes if three[1].data_year == year), [])


def _apart(three: Sequence[Claim]) -> Decimal:
    before, value, after = (claim.value for claim in three)
    return abs(value - (before + after) / 2)


def peer_claims(basis: Basis, peers: Sequence[str], names: Mapping[str, str]) -> Iterator[Claim]:
    """Claims on the basis's own municipality, and on those alike; they are named, never ranked.

    ``peers`` are the codes of those alike, as `nearest_peers` gives them; ``names`` are by code.
    """
    ((own, name),) = basis.own.items()
    year, base = basis.params.emissions_year, basis.params.base_year
    sizes = sizes_of_municipalities(basis, own)
    compared, count = f"Kommuner i statistiken som {name} jämförs med", {"method": "count", "role": "peer"}
    typed: Fields = {**count, **dict.fromkeys(("subject", "measure", "unit"), "municipalities")}
    yield basis.claim("alike-candidates", "count", len(sizes) - 1, compared, **typed)
    definition, total = f"Utsläpp {year}, {name}; avrundat till 3 siffror", math.prod(sizes[own])
    typed = {"subject": own, "measure": "emissions_total", "method": "total", "unit": "t CO2e"}
    yield basis.claim("own-emissions", "level", total, definition, text=tonnes(total), **typed)
    for code in (own, *peers):
        how, (people, value) = f"{names[code]}: utsläppen delade med invånarna", sizes[code]
        typed = {"subject": code, "unit": "persons", "measure": "population", **count}
        definition = f"Invånare 31 december {year}, {names[code]}"
        yield basis.claim(f"alike-{code}-population", "count", people, definition, **typed)
        claim = partial(basis.claim, subject=code, role="peer", method=RATIO)
        yield claim(f"alike-{code}-level", "level", value, f"Utsläpp per invånare {year}, {how}")
        value = -reduction(basis.table, [code], year=year, base_year=base)
        definition = f"Förändring av utsläppen per invånare {base}–{year}, {how}"
        yield claim(f"alike-{code}-change", "change", value, definition, plus=True)


def peer_rows(basis: Basis, book: ClaimBook, peers: Sequence[str], names: Mapping[str, str]) -> Rows:
    """Return printed rows: the municipality itself, then those alike by the alphabet."""
    ordered = [*basis.own, *sorted(peers, key=lambda code: alphabetical(names[code]))]
    find, kinds = partial(book.find, role="peer"), ("count", "level", "change")
    return [[names[code], *(find(subject=code, kind=kind) for kind in kinds)] for code in ordered]


def tonnes(value: float) -> str:
    r"""Return emissions as a reader can hold them: three digits, millions in words.

    >>> tonnes(11_349.0), tonnes(2_774_913.0)
    ('11\xa0300\xa0ton', '2,77\xa0miljoner\xa0ton')
    """
    if value >= 1_000_000:
        return quantity(Fraction(value) / 1_000_000, "miljoner\xa0ton", 2)
    step = 10 ** max(0, len(str(int(value))) - 3)
    return quantity(round_half_up(Fraction(value) / step) * Decimal(step), "ton")


def common_year(releases: Mapping[str, pd.DataFrame], *, latest: int) -> int:
    """Return the newest data year, not after ``latest``, that every release has for the nation.

    ``releases`` are emissions by release, columns as `tables.EMISSIONS`. An InputError without such a year.
    """
    held = [{*table.loc[table["municipality_code"] == NATION, "year"]} for table in releases.values()]
    common = [int(year) for year in set.intersection(*held) if year <= latest]
    if not common:
        names = ", ".join(f"emissions_{name}.csv" for name in releases)
        message = f"no year up to {latest} has the nation (0000) in {names}; take another release"
        raise InputError([Problem("data/statistics", "", message)])
    return max(common)


def release_claims(
    releases: Mapping[str, pd.DataFrame], people: pd.DataFrame, codes: Sequence[str],
    *, params: Params, source: str,
) -> Iterator[Claim]:  # fmt: skip
    """Claims on the headlines of one data year in every release: levels and reductions.

    The database revises its whole series; a conclusion must outlive it.

    ``releases`` are emissions by release, ``people`` inhabitants, with the columns of `tables.EMISSIONS` and
    `tables.POPULATION`; ``codes`` the members; ``source`` says where the figures come from, as printed.
    """
    year = common_year(releases, latest=params.emissions_year)
    base, method = params.base_year, params.definition
    for release, table in sorted(releases.items()):
        chosen = params.model_copy(update={"emissions_vintage": release, "emissions_year": year})
        basis = Basis(table, people, codes, chosen, source)
        for group in basis.groups:
            ahead = f"release-{release}-{group.key}"
            of = f"{year}, {group.name}, i utgåva {release}: {group.how(method)}"
            claim = partial(basis.claim, group=group, method=method, role="release")
            value, definition = basis.level(group.codes, year), f"Utsläpp per invånare {of}"
            yield claim(f"{ahead}-level", "level", value, definition)
            value = reduction(basis.table, group.codes, year=year, base_year=base, definition=method)
            definition = f"Minskning per invånare sedan {base} {of}"
            yield claim(f"{ahead}-reduction", "change", value, definition, direction=-1)


def release_headings(first: str, releases: Sequence[str]) -> list[str]:
    """Return a printed table's headings: what the rows are, and each release by its date, oldest first."""
    return [first, *map(release_name, sorted(releases))]


def release_rows(book: ClaimBook, releases: Sequence[str]) -> Rows:
    """Return printed rows: a headline, and its value in each release, oldest first; none for one release."""
    kinds: tuple[tuple[str, Kind], ...] = (("Nivå", "level"), ("Minskning", "change"))
    return [
        [f"{what}, {whose}", *_in_releases(book, releases, subject, kind)]
        for what, kind in kinds
        for whose, subject in (("medlemmarna", "members"), ("riket", "nation"))
        if len(releases) > 1
    ]


def release_conclusions(book: ClaimBook, releases: Sequence[str]) -> Rows:
    """Return printed rows: a conclusion, and whether each release bears it out; none for one release."""
    if len(releases) < 2:
        return []
    conclusions: tuple[tuple[str, str, str, Kind], ...] = (
        ("Medlemmarna släpper ut mindre per invånare än riket", "nation", "members", "level"),
        ("Medlemmarnas utsläpp har minskat mer än rikets", "members", "nation", "change"),
    )
    printed: Rows = []
    for conclusion, more, less, kind in conclusions:
        pairs = zip(*(_in_releases(book, releases, who, kind) for who in (more, less)), strict=True)
        printed.append([conclusion, *("Ja" if high.value > low.value else "Nej" for high, low in pairs)])
    return printed


def _in_releases(book: ClaimBook, releases: Sequence[str], subject: str, kind: Kind) -> list[Claim]:
    about: Fields = {"role": "release", "subject": subject, "kind": kind}
    return [book.find(vintage=release, **about) for release in sorted(releases)]
