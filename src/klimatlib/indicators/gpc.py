"""Inventories by the GPC, the standard for emissions of places, bridged to the database's total to the ton.

A table of subsectors becomes one inventory a place: each of the standard's references has tonnes, or a
notation key that says why it has none. All sums are exact decimals. A release with main sectors alone becomes
eight groups and nothing more. What a place buys from the grids (scope 2) is counted from the energy
statistics, stands beside the territorial sum and is never in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, Role, new_claim
from klimatlib.config import EmissionFactors, EnergyCodes, Gpc, Key, Params, Reference, Row
from klimatlib.errors import ClaimError, InputError, Problem
from klimatlib.sources import inputs as sources
from klimatlib.sources.files import capped
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import NATION, TOTAL, rows
from klimatlib.swedish import slug

MEMBERS = "members"
TABLE = ("ref", "label", "scope", "level", "tonnes", "key", "reason", "certainty", "source", "gas")
WIDEST_T = Decimal(1)
"""Tonnes that the rows of one place may miss the total by, as rounding."""
ONLY_GROUPS = "Utgåvan har bara huvudsektorer, och de kan inte delas på standardens referenser."
NONE = Decimal(0)
NOTHING: Final = "NED 0: databasen har källan, och den är noll här"
CERTAINTY = {"": "", "certain": "säker", "judgement": "bedömd", "mixed": "kan inte delas"}
CARRIERS: Mapping[Literal["electricity", "heat"], str] = {"electricity": "el", "heat": "fjärrvärme"}
BRIDGE = {
    "total": "Databasens total",
    "territorial": "Territoriellt, skala 1",
    "elsewhere": "Skala 3 enligt standarden",
    "twice": "Lustgas, sannolikt räknad två gånger",
    "rounding": "Avrundning i databasen",
}


class Part(NamedTuple):
    """What one carrier adds to a reference: MWh, and tonnes by the factor, None where there is no factor."""

    carrier: Literal["electricity", "heat"]
    mwh: Decimal
    tonnes: Decimal | None


class Cell(NamedTuple):
    """One reference of an inventory: tonnes, or the key that says why there are none; never both."""

    reference: Reference
    tonnes: Decimal | None
    key: Key | Literal[""]
    reason: str  # of the key; or what the tonnes also hold
    certainty: Literal["certain", "judgement", "mixed", ""] = ""
    source: str = ""
    gas: str = ""
    parts: tuple[Part, ...] = ()


class Bridge(NamedTuple):
    """How the database's total comes from an inventory, t: the four parts sum to it exactly."""

    total: Decimal
    territorial: Decimal
    elsewhere: Decimal  # in the database, of scope 3 by the standard
    twice: Decimal  # what a sector has more than its rows; probably one of them, counted twice
    rounding: Decimal


@dataclass(frozen=True)
class Inventory:
    """The inventory of one place and year, from one release."""

    place: str  # code, or ``members``
    year: int
    vintage: str  # the release
    gas: str  # ``CO2e`` or ``CO2``
    shared: Mapping[str, Cell]  # what every place of the release says of each reference
    amounts: Mapping[str, Decimal]  # this one's tonnes by reference
    bridge: Bridge  # to the database's total
    undivided: Decimal  # t of rows that hold what belongs in BASIC and what does not: nobody can divide them
    sectors: Sequence[Decimal | None]  # the database's main sectors, in the order of the groups, t
    own: Mapping[str, Cell] = field(default_factory=dict)  # what this one has divided, or buys from the grids

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """The references, in the standard's order: tonnes, or a key."""
        made = dict(self.shared)
        for ref, tonnes in self.amounts.items():
            zero: dict[str, Any] = {"key": "NO", "reason": NOTHING, "certainty": ""}
            made[ref] = made[ref]._replace(**({"tonnes": tonnes} if tonnes else zero))
        return {**made, **self.own}

    def _sum(self, scopes: Collection[int], levels: Collection[str]) -> Decimal:
        counted = ((c.reference.scope, c.reference.level, c.tonnes or NONE) for c in self.cells.values())
        return sum((tonnes for scope, level, tonnes in counted if scope in scopes and level in levels), NONE)

    @property
    def territorial(self) -> Decimal:
        """All of scope 1, as far as the database reaches; t."""
        return self._sum({1}, {"BASIC", "BASIC+", "TERRITORIAL"})

    @property
    def basic(self) -> tuple[Decimal, Decimal]:
        """The part of BASIC that is known, t: low without what nobody can divide, and high with it."""
        high = self._sum({1, 2, 3}, {"BASIC"})
        return high - self.undivided, high

    @property
    def basic_plus(self) -> Decimal:
        """The part of BASIC+ that is known, t."""
        return self._sum({1, 2, 3}, {"BASIC", "BASIC+"})

    @property
    def scope2(self) -> Decimal | None:
        """What is known of electricity and heat from the grids, t; None without energy statistics."""
        has_any = any(c.reference.scope == 2 and c.tonnes is not None for c in self.cells.values())
        return self._sum({2}, {"BASIC"}) if has_any else None

    @property
    def missing(self) -> str:
        """The references of BASIC that nobody has estimated, that are secret, or that lack a factor."""
        lacking = [
            ref
            for ref, cell in self.cells.items()
            if cell.reference.level == "BASIC"
            and (cell.key in ("NE", "C") or any(p.tonnes is None and p.mwh for p in cell.parts))
        ]
        return swedish.listing(lacking)


@dataclass(frozen=True)
class Basis:
    """What a report's inventories rest on.

    ``places`` has the inventories by code of nation, counties and municipalities, and of ``members`` the
    joint one of the member municipalities; none where the report names no release with subsectors.
    """

    rules: Gpc  # the references and the rows (``params/gpc.yml``)
    places: Mapping[str, Inventory] = field(default_factory=dict)
    source: str = ""  # where they come from, as printed

    @property
    def potentials(self) -> str:
        """The global warming potentials of the release, as printed."""
        printed = [self.rules.potentials.get(one.vintage) for one in self.places.values()][:1]
        return f"{printed[0]}, sett i utgåvans egna tal" if any(printed) else "inte känt för utgåvan"

    def missing(self, place: str) -> str:
        """Return the references that a place lacks for BASIC, as printed; empty without an inventory."""
        return self.places[place].missing if place in self.places else ""


def basis(inputs: Inputs, codes: Sequence[str], *, year: int | None = None) -> Basis:
    """Return a report's inventories; ``codes`` are those of the member municipalities.

    ``year`` is another year of the same release than the one that the parameters name.
    """
    params, rules = inputs.project.params, sources.gpc(inputs)
    table, year = sources.inventoried(inputs), year or params.gpc_year
    if year is None or params.gpc_vintage is None or table is None:
        return Basis(rules)
    about: dict[str, Any] = {"year": year, "vintage": params.gpc_vintage}
    divided = sources.gpc_processes(inputs)
    of_year = rows(divided[divided["year"] == year])
    process = {row.municipality_code: (Decimal(str(row.process_t)), str(row.source)) for row in of_year}
    places = inventories(table, rules, **about, process=process)
    joint = inventories(pooled(table, codes), rules, **about)[MEMBERS]
    members = [places[code] for code in codes]
    for ref, cell in next((one.own for one in members if one.own), {}).items():
        tonnes = sum((one.cells[ref].tonnes or NONE for one in members), NONE)
        undivided = sum((one.undivided for one in members), NONE)
        joint = replace(joint, own={**joint.own, ref: cell._replace(tonnes=tonnes)}, undivided=undivided)
    if (used := sources.energy(inputs)) is not None:
        bought = scope2(used, sources.emission_factors(inputs), rules, year=year)
        places = {code: with_scope2(one, bought.get(code, {})) for code, one in places.items()}
        joint = with_scope2(joint, joint_scope2(bought, codes))
    origin = sources.origin(inputs, f"data/statistics/subsectors_{params.gpc_vintage}.csv")
    return Basis(rules, {MEMBERS: joint, **places}, f"{origin.publisher}: {origin.title}")


def inventories(
    table: pd.DataFrame,
    gpc: Gpc,
    *,
    year: int,
    vintage: str,
    gas: str = "CO2e",
    process: Mapping[str, tuple[Decimal, str]] | None = None,
) -> dict[str, Inventory]:
    """Return the inventory of each place of a table, by its code.

    ``table`` has tonnes as `emissions_database.subsector_table` gives them, of the release ``vintage``;
    ``process`` those of the industry's processes by code, where somebody has divided it, and who says so.

    InputError: no year, no subsectors, or rows that miss the total: one is missing, changed, or counted
    twice.
    """
    of_year = table.index.get_level_values("year") == year
    codes = [*table.index.get_level_values("place_code")[of_year]]
    file = f"subsectors of {vintage}"
    if {row.id for row in gpc.rows if row.subsector != TOTAL}.isdisjoint(table.columns):
        text = "expected subsectors, got main sectors alone, which no reference can be told from"
        raise InputError([Problem(file, "columns", text)])
    if not codes:
        raise InputError([Problem(file, f"year {year}", "not in the table; fetch an export that has it")])
    matrix = table.to_numpy()[of_year]
    values = dict(zip(table.columns, matrix.T, strict=True))
    placed: dict[str, list[Row]] = {}
    for row in gpc.rows:
        ref = gpc.place(row)
        if ref and row.id in values and not row.outside:
            placed.setdefault(ref, []).append(row)
    amounts: dict[str, Any] = {ref: sum(values[row.id] for row in members) for ref, members in placed.items()}
    references = {one.ref: one for one in gpc.references}
    mixed = [
        row for ref, members in placed.items() for row in members
        if row.certainty == "mixed" and references[ref].level == "BASIC"
        and any(references[other].level == "BASIC+" for other in row.also)
    ]  # fmt: skip
    undivided = sum((values[row.id] for row in mixed), np.array([NONE] * len(codes), dtype=object))
    bridges = _bridges(values, amounts, gpc, references, codes, vintage, gas)
    source = f"Nationella emissionsdatabasen, utgåva {vintage}"
    shared = {
        ref: _cell_of(one, placed.get(ref, ()), gpc)._replace(source=source, gas=gas if ref in placed else "")
        for ref, one in references.items()
    }
    nothing = [None] * len(codes)
    mains = zip(*(values.get(group.row, nothing) for group in gpc.groups), strict=True)
    columns = zip(*(amount.tolist() for amount in amounts.values()), strict=True)
    made = {
        code: Inventory(
            code, year, vintage, gas, shared, dict(zip(amounts, own, strict=True)), bridge, mixed_t, sectors
        )
        for code, own, bridge, mixed_t, sectors in zip(codes, columns, bridges, undivided, mains, strict=True)
    }
    for code, stated in (process or {}).items():
        if code in made:
            made[code] = _divided(made[code], mixed, gpc, *stated)
    return made


def _cell_of(one: Reference, members: Sequence[Row], gpc: Gpc) -> Cell:
    """Return what every place says of a reference: what else its rows hold, or why no row fills it."""
    if not members:
        places = {gpc.place(row) or "" for row in gpc.rows if row.ref == one.ref and not row.outside}
        if moved := sorted(places - {one.ref}):
            return Cell(one, None, "IE", f"Ingår i {swedish.listing(moved)} enligt valet")
        return Cell(one, None, one.key, one.reason)
    also = [*dict.fromkeys(ref for row in members if row.certainty == "mixed" for ref in row.also)]
    judged = [swedish.lower_first(gpc.choices[row.choice].label) for row in members if row.choice]
    parts = [f"Innehåller även {swedish.listing(also)}"] if also else []
    parts += [f"Bedömt: {swedish.listing(judged)}"] if judged else []
    least = max((row.certainty for row in members), key=[*CERTAINTY].index)
    return Cell(one, None, "", "; ".join(parts), least)


def _bridges(
    values: Mapping[str, Any], amounts: Mapping[str, Any], gpc: Gpc, references: Mapping[str, Reference],
    codes: Sequence[str], vintage: str, gas: str,
) -> list[Bridge]:  # fmt: skip
    """Return the bridge of each place; InputError where it does not close.

    What a sector has more than its rows is nothing in all places, or the row that is counted twice in all.
    """
    file, counted = f"subsectors of {vintage}", gpc.counted_twice
    ids = {(row.sector, row.subsector): row.id for row in gpc.rows}
    total = values.get(ids[TOTAL, TOTAL])
    if total is None:
        raise InputError([Problem(file, "columns", "no total (Alla, Alla); fetch the export again")])
    sums = [sum((a for ref, a in amounts.items() if references[ref].scope == n), total * 0) for n in (1, 3)]
    gap, row = _gap(values, gpc, counted.sector), values.get(counted.row, total * 0)
    twice = total * 0 if gap is None else gap
    rest = total - sums[0] - sums[1] - twice
    largest = int(np.argmax(row))
    is_twice = vintage in counted.releases or abs(twice[largest]) > abs(twice[largest] - row[largest])
    unexplained = twice - row * int(is_twice)
    expected = f"expected less than {counted.most_t:.0f} and, of all gases, more than 0"
    problems = [
        Problem(file, f"{code}, {counted.row}", f"{row[number]:.0f} t, {expected}")
        for number, code in enumerate(codes)
        if code == NATION and gas == "CO2e" and not 0 < row[number] <= counted.most_t
    ]
    for number, code in enumerate(codes):
        missed = rest[number] if abs(rest[number]) > WIDEST_T else unexplained[number]
        if abs(missed) > WIDEST_T:
            by_row = {one.row: _gap(values, gpc, one.row) for one in gpc.groups}
            gaps = {name: own[number] for name, own in by_row.items() if own is not None}
            gaps |= {counted.sector: unexplained[number]}
            widest = max(gaps, key=lambda name: abs(gaps[name]))
            of = f"most in {widest}, {gaps[widest]:.2f} t"
            text = f"the rows miss the database's total by {missed:.2f} t; {of}; a row is missing, changed or"
            problems.append(Problem(file, code, f"{text} counted twice: compare with the export"))
    if problems:
        raise InputError(capped(problems))
    return [Bridge(*parts) for parts in zip(total, *sums, twice, rest, strict=True)]


def _gap(values: Mapping[str, Any], gpc: Gpc, sector_row: str) -> Any:
    """Return what a main sector has more than its rows, a value a place; None where it has no rows."""
    sector = next(row.sector for row in gpc.rows if row.id == sector_row)
    parts = [row for row in gpc.rows if row.sector == sector and row.subsector != TOTAL and row.id in values]
    has_both = parts and sector_row in values
    return values[sector_row] - sum(values[row.id] for row in parts) if has_both else None


def _divided(inventory: Inventory, mixed: Sequence[Row], gpc: Gpc, tonnes: Decimal, source: str) -> Inventory:
    """Return an inventory whose industry is divided: so many tonnes are of processes (IV.1)."""
    if not NONE <= tonnes <= inventory.undivided:
        whole = f"0 to {inventory.undivided} t, the whole sector"
        raise ClaimError(f"{inventory.place}: {tonnes} t of processes; expected {whole}")
    (ref,) = {str(gpc.place(row)) for row in mixed}
    to = next(r.ref for r in gpc.references if r.level == "BASIC+" and r.ref in mixed[0].also)
    about, cell = "Delat efter egen uppgift", inventory.cells[ref]
    rest = cell._replace(tonnes=(cell.tonnes or NONE) - tonnes, reason=about, certainty="judgement")
    rest = rest._replace(source=f"{cell.source}; {source}")
    moved = rest._replace(reference=inventory.cells[to].reference, tonnes=tonnes)
    return replace(inventory, own={ref: rest, to: moved}, undivided=NONE)


def pooled(table: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Return the sum of municipalities, each once, as a table of one place: ``members``.

    ClaimError: a county or the nation as a summand, a code twice, or one that the table has not.
    """
    held = {*table.index.get_level_values("place_code")}
    wrong = [code for code in codes if len(code) != 4 or code == NATION or code not in held]
    if wrong or len({*codes}) != len(codes):
        text = f"{', '.join(wrong) or 'a code twice'}; expected municipalities of the table, each once"
        raise ClaimError(f"no sum of places: {text}")
    chosen = table[table.index.isin(codes, level="place_code")]
    years = chosen.index.get_level_values("year")
    held_years = sorted({*map(int, years)})
    sums = [np.add.reduce(chosen.to_numpy()[years == year], axis=0) for year in held_years]
    index = pd.MultiIndex.from_product([[MEMBERS], held_years], names=table.index.names)
    return pd.DataFrame(sums, index=index, columns=table.columns)


def table_rows(inventory: Inventory) -> list[list[Any]]:
    """Return the table of an inventory, columns as `TABLE`: its references, the sums, and the bridge."""
    listed: list[list[Any]] = []
    for ref, cell in inventory.cells.items():
        one = cell.reference
        about = [cell.reason, CERTAINTY[cell.certainty], cell.source, cell.gas]
        listed.append([ref, one.label, one.scope, one.level, cell.tonnes, cell.key, *about])
    low, high = inventory.basic
    missing = f"Saknas: {inventory.missing}"
    sums = (
        ("Territoriellt, skala 1", inventory.territorial, ""),
        ("BASIC (del), lägst", low, missing),
        ("BASIC (del), högst", high, missing),
        ("BASIC+ (del)", inventory.basic_plus, missing),
        ("Skala 2 (del): el och fjärrvärme från nät", inventory.scope2, missing),
    )
    lines = [(label, tonnes, why) for label, tonnes, why in sums if tonnes is not None]
    lines += [(label, tonnes, "") for label, tonnes in zip(BRIDGE.values(), inventory.bridge, strict=True)]
    return [*listed, *(["", label, None, "", t, "", why, "", "", inventory.gas] for label, t, why in lines)]


def group_claims(
    basis: Basis, emissions: pd.DataFrame, codes: Sequence[str], params: Params, *, source: str
) -> Iterator[Claim]:
    """Yield the claims on the members' groups in the data year; ``emissions`` as `tables.EMISSIONS`."""
    made, total = groups(emissions, basis.rules, codes, year=params.emissions_year)
    grid = next(one.tonnes for one in made if one.refs == ("I.4.4",))
    what = f"medlemmarna {params.emissions_year}"
    levels = [
        (row.row, f"{group.label}, {what}: en huvudsektor, {', '.join(group.refs)}", group.tonnes)
        for row, group in zip(basis.rules.groups, made, strict=True)
    ]
    whole = f"Direkta utsläpp utan el- och värmeproduktion till nät, {what}; inrikes flyg ingår"
    parts = {row: f"group-{row}" for row, *_ in levels} | {"groups": "groups-total"}
    parts |= {"without": "groups-without-grid"}
    levels += [("groups", f"Grupperna tillsammans, {what}: databasens total", total)]
    for part, definition, tonnes in [*levels, ("without", whole, total - grid)]:
        yield new_claim(
            f"gpc-{parts[part]}", "level", tonnes, "t CO2e", definition, part=part, subject=MEMBERS,
            measure="gpc", method="total", n=len(codes), year=params.year, source=source,
            vintage=params.emissions_vintage, data_year=params.emissions_year,
        )  # fmt: skip


def inventory_claims(
    basis: Basis, place: str, who: str, params: Params, *, n: int | None = None
) -> Iterator[Claim]:
    """Yield the claims on the inventory of a place, or ``members``, named ``who``; none without one.

    ``n`` is how many municipalities it is of.
    """
    if (one := basis.places.get(place)) is None:
        return
    what, (low, high) = f"{who} {one.year}", one.basic
    levels: list[tuple[str, str, Role, str, Decimal]] = [
        (slug(ref), ref, "main", f"{ref} {cell.reference.label}, {what}. {cell.reason}", cell.tonnes)
        for ref, cell in one.cells.items()
        if cell.tonnes is not None
    ]
    levels += [(p, p, "main", f"{BRIDGE[p]}, {what}", t) for p, t in zip(BRIDGE, one.bridge, strict=True)]
    basic = f"BASIC (del), {what}: det som databasen har"
    without = f"{basic}, utan industrin, som nog till en del är processer"
    levels.append(("basic-low", "basic", "low", without, low))
    levels.append(("basic-high", "basic", "high", f"{basic}, med hela industrin", high))
    for end, part, role, definition, tonnes in levels:
        yield new_claim(
            f"gpc-{'members' if place == MEMBERS else 'own'}-{end}", "level", tonnes, "t CO2e", definition,
            part=part, role=role, subject=place, measure="gpc", method="total", n=n, year=params.year,
            source=basis.source, vintage=one.vintage, data_year=one.year,
        )  # fmt: skip


def group_rows(basis: Basis, book: ClaimBook) -> list[list[str | Claim]]:
    """Return printed rows: a group, the references inside it, its tonnes."""
    groups = basis.rules.groups
    return [[one.label, ", ".join(one.refs), book.find(measure="gpc", part=one.row)] for one in groups]


def subsector_rows(basis: Basis, place: str, book: ClaimBook) -> list[list[str | Claim]]:
    """Return printed rows of an inventory: sub-sector, each scope's tonnes or key, what else is in them.

    What is in neither BASIC nor BASIC+ has rows of its own; none without an inventory.
    """
    lines: dict[str, list[Cell]] = {}
    for ref, cell in basis.places[place].cells.items() if place in basis.places else ():
        apart = cell.reference.level == "TERRITORIAL"
        lines.setdefault(ref if apart else cell.reference.subsector, []).append(cell)
    printed: list[list[str | Claim]] = []
    for number, cells in lines.items():
        find = partial(book.find, subject=place, measure="gpc")
        scopes = {c.reference.scope: c.key or find(part=c.reference.ref) for c in cells}
        label = basis.rules.subsectors.get(number, cells[0].reference.label)
        about = "; ".join(cell.reason for cell in cells if cell.reason and not cell.key)
        printed.append([f"{number} {label}", *(scopes.get(scope, "") for scope in (1, 2, 3)), about])
    return printed


def bridge_steps(basis: Basis, place: str, book: ClaimBook) -> list[tuple[str, Claim]]:
    """Return label and claim of each step from a place's inventory to the database's total; none without."""
    total, *parts = BRIDGE.items() if place in basis.places else [("", "")]
    steps = [*parts, total] if parts else []
    return [(label, book.find(subject=place, measure="gpc", part=part)) for part, label in steps]


class Group(NamedTuple):
    """One main sector as what the standard makes of it: the references that are inside it, undivided."""

    label: str
    refs: tuple[str, ...]
    tonnes: Decimal


def groups(
    emissions: pd.DataFrame, gpc: Gpc, codes: Sequence[str], *, year: int
) -> tuple[list[Group], Decimal]:
    """Return the eight groups of a set of places, and the total that they sum to but for rounding.

    ``emissions`` as `tables.EMISSIONS`; t.
    """
    chosen = emissions[(emissions["year"] == year) & emissions["municipality_code"].isin([*codes])]
    tonnes: dict[str, Decimal] = {}
    for row in rows(chosen):
        tonnes[row.sector] = tonnes.get(row.sector, NONE) + Decimal(str(row.emissions_t))
    names = {row.id: row.sector for row in gpc.rows if row.subsector == TOTAL}
    lacking = [one.row for one in gpc.groups if names[one.row] not in tonnes]
    if lacking or TOTAL not in tonnes:
        raise ClaimError(f"no groups for {year}: no emissions of {', '.join(lacking) or TOTAL}")
    made = [Group(one.label, one.refs, tonnes[names[one.row]]) for one in gpc.groups]
    return made, tonnes[TOTAL]


def scope2(
    energy: pd.DataFrame, factors: EmissionFactors, gpc: Gpc, *, year: int
) -> dict[str, dict[str, Cell]]:
    """Return what each place buys from the grids as cells of scope 2, by code and reference.

    ``energy`` as `tables.ENERGY`. A hidden value makes its reference secret (C), and nothing tells it: what
    is not distributed over categories is told where two or more are hidden, and counties and the nation are
    secret too where one of them would tell it.
    """
    of_year = energy[energy["year"] == year]
    used: dict[str, dict[tuple[str, str], Decimal | None]] = {}
    for row in rows(of_year):
        value = None if pd.isna(row.mwh) else Decimal(str(row.mwh))
        used.setdefault(row.place_code, {})[row.category, row.carrier] = value
    _silence(used, gpc.energy)
    return {code: _scope2_cells(code, use, factors, gpc, year) for code, use in used.items()}


def _silence(used: dict[str, dict[tuple[str, str], Decimal | None]], codes: EnergyCodes) -> None:
    """Hide sums of places until no hidden value of a municipality can be worked out from what is told.

    Each sum that is told, of places or of categories, is an equation in the hidden values inside it: where
    the equations leave a value no choice, those of counties that have it are hidden, and then the nation's.
    """
    names, towns = [one.code for one in codes.categories], {p for p in used if len(p) == 4 and p != NATION}
    for carrier in CARRIERS:
        shut: list[tuple[str, str]] = [("", "")]
        while shut:
            hidden = {p: [n for n in names if used[p].get((n, carrier), NONE) is None] for p in used}
            cells = [(town, name) for town in sorted(towns) for name in hidden[town]]
            sums = [(p, codes.total, hidden[p]) for p in used if len(hidden[p]) > 1]
            sums += [(p, name, [name]) for p in used if p not in towns for name in names]
            sums = [each for each in sums if used[each[0]].get((each[1], carrier)) is not None]
            if not (sums and cells):
                break
            equations = np.array([
                [(p in (NATION, town, town[:2])) and name in of for town, name in cells] for p, _, of in sums
            ], dtype=float)  # fmt: skip
            _, sizes, space = np.linalg.svd(equations, full_matrices=False)
            determined = (space[sizes > 1e-9] ** 2).sum(axis=0) > 1 - 1e-9  # fixed by the equations
            near = {town for (town, _), fixed in zip(cells, determined.tolist(), strict=True) if fixed}
            for telling in (determined, np.array([town in near for town, _ in cells])):
                parts = zip(sums, equations[:, telling], strict=True)
                shut = [each[:2] for each, part in parts if part.any()]
                if shut := [each for each in shut if each[0] not in towns]:
                    break
            for place, key in [each for each in shut if each[0] != NATION] or shut:
                used[place][key, carrier] = None


def _scope2_cells(
    code: str, use: Mapping[tuple[str, str], Decimal | None], factors: EmissionFactors, gpc: Gpc, year: int
) -> dict[str, Cell]:
    """Return the cells of one place."""
    codes, references = gpc.energy, {one.ref: one for one in gpc.references}
    parts: dict[str, list[Part]] = {}
    secret: set[str] = set()
    factor_of = {carrier: _factor(code, carrier, factors, year) for carrier in CARRIERS}
    for carrier, factor in factor_of.items():
        refs = {one.code: str(getattr(one, carrier)) for one in codes.categories}
        stated = {category: use.get((category, carrier), False) for category in refs}
        hidden = [category for category, value in stated.items() if value is None]
        visible = {category: v for category, v in stated.items() if isinstance(v, Decimal)}
        secret |= {refs[category] for category in hidden}
        amounts = [(refs[category], mwh) for category, mwh in visible.items()]
        total = use.get((codes.total, carrier))
        if len(hidden) >= 2 and total is not None and len(hidden) + len(visible) == len(refs):
            amounts.append((codes.unspecified, total - sum(visible.values(), NONE)))
        for ref, mwh in amounts:
            tonnes = mwh * factor[0] / 1000 if factor else None
            parts.setdefault(ref, []).append(Part(carrier, mwh, tonnes))
    told_by, cells = f"Energistatistik {year}", dict[str, Cell]()
    for ref, own in parts.items():
        counted = [part.tonnes for part in own if part.tonnes is not None]
        used = [f for carrier in {part.carrier: 0 for part in own} if (f := factor_of[carrier])]
        without = {part.carrier for part in own if part.tonnes is None}
        lacking = [name for carrier, name in CARRIERS.items() if carrier in without]
        reason = f"Emissionsfaktor saknas för {swedish.listing(lacking)} {year}" if lacking else ""
        reason = "Ej fördelat på användare" if ref == codes.unspecified and counted else reason
        if {gas for *_, gas in used} - {"CO2e"}:  # the tonnes beside it are told as CO2e
            reason = "; ".join(filter(None, (reason, "Emissionsfaktorn räknar bara koldioxid")))
        source = "; ".join([told_by, *(text for _, text, _ in used)])
        gas = swedish.listing(sorted({gas for *_, gas in used}))
        tonnes = sum(counted, NONE) if counted else None
        key: Key | Literal[""] = "" if counted else "NE"
        certainty: Literal["certain", ""] = "certain" if counted else ""
        cells[ref] = Cell(references[ref], tonnes, key, reason, certainty, source, gas, tuple(own))
    hides = "Sekretess: statistiken döljer ett värde"
    cells |= {ref: Cell(references[ref], None, "C", hides, source=told_by) for ref in secret}
    for ref, of in codes.also.items():
        if of in cells:
            cells[ref] = Cell(references[ref], None, "IE", f"Ingår i {of}", source=told_by)
    return cells


def _factor(
    code: str, carrier: Literal["electricity", "heat"], factors: EmissionFactors, year: int
) -> tuple[Decimal, str, str] | None:
    """Return g/kWh of a place and carrier, where it comes from, and its gas; None without one of the year."""
    networks = [each for each in factors.networks if (each.municipality, each.carrier) == (code, carrier)]
    shares = [(each.network, Decimal(str(each.share))) for each in networks]
    if not shares and carrier == "electricity" and factors.grid:
        shares = [(factors.grid, Decimal(1))]
    wanted = (carrier, year, "location")
    of_year = {f.network: f for f in factors.factors if (f.carrier, f.year, f.method) == wanted}
    if not shares or any(network not in of_year for network, _ in shares):
        return None
    used = [of_year[network] for network, _ in shares]
    value = sum((Decimal(str(of_year[network].value)) * share for network, share in shares), NONE)
    boundary = {"combustion": "förbränning", "life cycle": "hela livscykeln"}
    origins = [f"{f.source} ({f.network} {f.year}, {f.gas}, {boundary[f.boundary]})" for f in used]
    return value, swedish.listing(origins), swedish.listing(sorted({f.gas for f in used}))


def with_scope2(inventory: Inventory, cells: Mapping[str, Cell]) -> Inventory:
    """Return an inventory with the cells of scope 2; the territorial sum and the bridge are as they were."""
    if wrong := [ref for ref, cell in cells.items() if cell.reference.scope != 2]:
        raise ClaimError(f"{', '.join(wrong)}: not scope 2; what the database holds is not taken twice")
    return replace(inventory, own={**inventory.own, **cells})


def joint_scope2(places: Mapping[str, Mapping[str, Cell]], codes: Sequence[str]) -> dict[str, Cell]:
    """Return the sum of municipalities' cells of scope 2; where some tell nothing the sum says how many."""
    joint: dict[str, Cell] = {}
    for ref in dict.fromkeys(ref for code in codes for ref in places.get(code, {})):
        own = [places.get(code, {}).get(ref) for code in codes]
        telling = [cell for cell in own if cell is not None and cell.tonnes is not None]
        first = next(cell for cell in own if cell is not None)
        silent = len(own) - len(telling)
        if not telling:
            joint[ref] = first
            continue
        reasons = [f"Minst: {silent} av {len(own)} kommuner saknas"] if silent else []
        reasons += dict.fromkeys(cell.reason for cell in telling if cell.reason)
        origins = dict.fromkeys(each for cell in telling for each in cell.source.split("; "))
        gases = sorted({gas for cell in telling for gas in cell.gas.split(" och ")})
        joint[ref] = telling[0]._replace(
            tonnes=sum((cell.tonnes or NONE for cell in telling), NONE), reason="; ".join(reasons),
            source="; ".join(origins), gas=swedish.listing(gases),
            parts=tuple(part for cell in telling for part in cell.parts),
        )  # fmt: skip
    return joint
