"""Why did a number change? Exact decompositions whose parts add up to the change.

The members' emission level changes by revised statistics, by emissions and inhabitants of the same members,
and by members that join and leave; a survey share by changed answers, new respondents and those that left.
Sums are of Fractions, so that nothing is left over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import HANDFUL, Claim, ClaimBook, Kind, exact, new_claim, share
from klimatlib.config import Change, Definition, Params, Question
from klimatlib.errors import ClaimError
from klimatlib.indicators import association as survey
from klimatlib.indicators import emissions as indicators
from klimatlib.indicators.emissions import DEFINITIONS, RATIO, UNIT, mean_ratio, pairs, placeholder
from klimatlib.sources.inputs import members_of_year
from klimatlib.sources.tables import rows
from klimatlib.swedish import Number, agreeing_decimals

UNKNOWN, WITHHELD = "okänt", "visas inte"


@dataclass(frozen=True)
class Part:
    """One reason for a change."""

    id: str  # panel, new, left, emissions, population, joined, revision
    label: str  # Swedish, as it stands in a sentence
    value: Fraction | None  # its part of the change, in the unit of the number; None where it cannot be told
    n: int | None = None  # members that it rests on, where it rests on some
    why: str = ""  # why there is no value: `UNKNOWN`, or `WITHHELD` where it would give an answer away


@dataclass(frozen=True)
class Split:
    """A number before and now, exact, and the parts of its change: they add up to it if each has a value."""

    before: Fraction
    now: Fraction
    parts: tuple[Part, ...]
    years: tuple[int, int]  # data years of both

    @property
    def change(self) -> Fraction:
        """The whole change."""
        return self.now - self.before

    def known(self) -> list[Part]:
        """Return the parts that have a value other than nought."""
        return [part for part in self.parts if part.value]

    def lacking(self, why: str) -> list[Part]:
        """Return the parts without a value for a reason, `UNKNOWN` or `WITHHELD`."""
        return [part for part in self.parts if part.why == why]


class Panel(NamedTuple):
    """Members that answered a question yes or no in both years: how many, and how many yes in each."""

    n: int
    k_before: int
    k_now: int


def fixed_panel(before: pd.DataFrame, now: pd.DataFrame, question_id: str) -> Panel:
    """Count yes among the members that answered a question in both years; "vet ej" and blank are no answers.

    ``before`` and ``now`` are the answers of either year, columns as `tables.SURVEY_ANSWERS`.
    """
    first, last = _answers(before, question_id), _answers(now, question_id)
    both = first.keys() & last.keys()
    return Panel(len(both), *(sum(said[code] for code in both) for said in (first, last)))


def survey_split(
    before: pd.DataFrame, now: pd.DataFrame, question_id: str,
    *, years: tuple[int, int], change: Change = "",
) -> Split:  # fmt: skip
    """Split the change of a survey share into changed answers, new respondents and those that left.

    With s the share of all respondents of a year and p that of the members that answered in both: left is
    ``p_before - s_before``, panel ``p_now - p_before`` and new ``s_now - p_now``. Arguments as `fixed_panel`.

    ``years`` are those of the answers; nobody that answered in one of them is a ClaimError. ``change`` is
    what of the question is other than it was: that and changed answers cannot be told apart.
    """
    first, last = _answers(before, question_id), _answers(now, question_id)
    if not first or not last:
        raise ClaimError(f"{question_id}: nobody answered in {years[0]} or {years[1]}; there is no change")
    start, end = (share(sum(said.values()), len(said)) for said in (first, last))
    n, k_before, k_now = fixed_panel(before, now, question_id)
    panel = new = left = None
    if n:
        stayed_before, stayed_now = share(k_before, n), share(k_now, n)
        panel, new, left = stayed_now - stayed_before, end - stayed_now, stayed_before - start
    parts = (
        _part("panel", _SAME_MEMBERS[change], panel, n),
        _part("new", "nya svarande", new, len(last) - n),
        _part("left", "de som bara svarade förra gången", left, len(first) - n),
    )
    return Split(start, end, parts, years)


def _part(part_id: str, label: str, value: Fraction | None, n: int | None) -> Part:
    return Part(part_id, label, value, n, UNKNOWN if value is None else "")


def withheld(split: Split, minimum_cell: int) -> Split:
    """Withhold a survey split that would give answers away: a group of too few, shown or worked out.

    Both years' totals are printed, and minus the panel they give the answers of the new and of those that
    left; one group under the smallest cell therefore withholds all parts.
    """
    if not any(part.n and part.n < minimum_cell for part in split.parts):
        return split
    return replace(split, parts=tuple(replace(part, value=None, why=WITHHELD) for part in split.parts))


def panel_range(split: Split) -> tuple[Fraction, Fraction] | None:
    """Return the least and greatest change that the panel can have had, worked out from the totals alone.

    It gives no answer away: those that answered in one year only may all have said yes, or all no. None
    where no member answered in both years.
    """
    panel, new, left = (part.n or 0 for part in split.parts)
    if not panel:
        return None

    def ends(share: Fraction, others: int) -> tuple[Fraction, Fraction]:
        yes = share * (panel + others)
        return max(Fraction(0), yes - others), min(yes, Fraction(panel))

    (low_before, high_before), (low_now, high_now) = ends(split.before, left), ends(split.now, new)
    return (low_now - high_before) / panel, (high_now - low_before) / panel


def _answers(answers: pd.DataFrame, question_id: str) -> dict[str, bool]:
    chosen = answers[(answers["question_id"] == question_id) & (answers["counts_as"] != "missing")]
    return {str(row.code): row.counts_as == "yes" for row in rows(chosen)}


@dataclass(frozen=True)
class Edition:
    """What the members' level of one report rests on; None or empty what is not known or not at hand."""

    codes: Sequence[str] | None  # member municipalities
    year: int  # data year
    emissions: pd.DataFrame | None = None  # columns as `tables.EMISSIONS`
    population: pd.DataFrame | None = None  # columns as `tables.POPULATION`
    vintage: str = ""  # the release


def emissions_split(before: Edition, now: Edition, definition: Definition = RATIO) -> Split:
    """Split the change of the members' level: revision, emissions, inhabitants, members joined and left.

    The level is by the definition, t CO2e per inhabitant. Revision is the old figure in the new release minus
    in the old one; emissions and inhabitants are the change of the *same* members between the data years, of
    a mean of municipalities the mean of their own changes; joined and left the change of the set in the new
    data year. Within either pair each part is the mean over both orders (Shapley value), so that no order is
    preferred and nothing is left over.

    Without the old release the split starts from the old figure in the new release and revision is unknown;
    without the old set it follows today's members, and joined and left are unknown.
    """
    if now.codes is None or now.emissions is None or now.population is None:
        raise ClaimError("the split ends in the report's own figures; its members and release must be known")
    new, old = {*now.codes}, {*(now.codes if before.codes is None else before.codes)}
    table = indicators.totals(now.emissions, now.population)
    sets = (old, before.year), (old, now.year), (new, now.year)
    first, last, current = (pairs(table, codes, year, definition) for codes, year in sets)
    start, same, end, revision = mean_ratio(first), mean_ratio(last), mean_ratio(current), None
    if before.emissions is not None and before.population is not None:
        before_table = indicators.totals(before.emissions, before.population)
        start = mean_ratio(pairs(before_table, old, before.year, definition))
        revision = mean_ratio(first) - start
    emitted = people = Fraction(0)
    for (e0, p0), (e1, p1) in zip(first, last, strict=True):
        emitted += (e1 - e0) * (1 / p0 + 1 / p1) / 2 / len(first)
        people += (e0 + e1) / 2 * (1 / p1 - 1 / p0) / len(first)
    joined = left = n_joined = n_left = None
    if before.codes is not None:
        n_joined, n_left = len(new - old), len(old - new)
        if old & new:
            sides = (pairs(table, codes, now.year, definition) for codes in (old | new, old & new))
            either, both = map(mean_ratio, sides)
            joined, left = (either - same + end - both) / 2, (end - either + both - same) / 2
    parts = (
        _part("revision", "omräknad statistik", revision, None),
        _part("emissions", f"{'lägre' if emitted <= 0 else 'högre'} utsläpp", emitted, len(old)),
        _part("population", f"{'fler' if people <= 0 else 'färre'} invånare", people, len(old)),
        _part("joined", "nya medlemmar", joined, n_joined),
        _part("left", "medlemmar som lämnat", left, n_left),
    )
    return Split(start, end, parts, (before.year, now.year))


def previous_codes(register: pd.DataFrame, year: int) -> list[str]:
    """Codes of the member municipalities a year earlier: without those that joined, with those that left.

    ``register`` has the columns of `tables.MEMBERS`, as it stands at the end of ``year``. A member without a
    year of joining counts as an old one.
    """
    before = members_of_year(register, year - 1)
    return sorted(before.loc[before["kind"] == "municipality", "code"])


def edition_before(
    releases: Mapping[str, pd.DataFrame], population: pd.DataFrame, register: pd.DataFrame, params: Params,
    earlier: ClaimBook, *, level_id: str,
) -> Edition:  # fmt: skip
    """Return what the level of the report before rested on: its members, its data year and its release.

    Without such a report it is the data year before in the report's own release, and revision is unknown.

    ``releases`` are emissions by name, the report's own among them, ``earlier`` the claims of the report
    before, empty without one, and ``level_id`` the id of its level: claims of a book of the earlier form have
    no kinds to find it by. Columns of the tables are as `tables.EMISSIONS`, `tables.POPULATION` and
    `tables.MEMBERS`.
    """
    own, codes = releases[params.emissions_vintage], previous_codes(register, params.year)
    years = {int(year) for year in own["year"] if year < params.emissions_year}
    for level in earlier.select(id=level_id):
        if level.data_year in years:
            return Edition(codes, level.data_year, releases.get(level.vintage), population, level.vintage)
    if not years:
        raise ClaimError(f"no data year before {params.emissions_year}; there is nothing to compare with")
    return Edition(codes, max(years))


EMISSIONS, _SURVEY = "split-emissions", "split-survey"  # what ids of their claims begin with
_SAME_MEMBERS: dict[Change, str] = {
    "": "ändrade svar hos samma medlemmar",
    "wording": "samma medlemmar, med ändrad fråga",
    "options": "samma medlemmar, med ändrade svarsalternativ",
}
_DEFINITIONS = {
    "revision": "Att statistiken har räknats om: samma kommuner och dataår i den nya och den gamla versionen",
    "emissions": "Ändrade utsläpp i de kommuner som var medlemmar förra gången",
    "population": "Ändrat antal invånare i de kommuner som var medlemmar förra gången",
    "joined": "Att kommuner har gått med: nivån med dem minus nivån utan dem, samma dataår",
    "left": "Att kommuner har lämnat: nivån utan dem minus nivån med dem, samma dataår",
    "panel": "Ändrad andel ja bland dem som svarade ja eller nej båda åren",
    "new": "Andelen ja bland alla svarande minus den bland dem som svarade båda åren, det senare året",
    "left-out": "Andelen ja bland dem som svarade båda åren minus den bland alla svarande, det tidigare året",
}
_PAIRED = "; de två ordningar som delarna kan räknas i väger lika"
_WHO = "bland dem som svarade ja eller nej båda åren"
_FEW = "Skillnaden motsvarar bara några få svarande."


def emissions_claims(
    split: Split, *, params: Params, source: str, vintage_before: str = ""
) -> Iterator[Claim]:
    """Claims on a split of the members' level: both levels, the change and its parts.

    ``split`` is as `emissions_split` gives it; ``source`` says where emissions and inhabitants come from, as
    printed; ``vintage_before`` is the release of the old figure, that of the parameters by default.
    """
    (first, last), how = split.years, f"medlemmarnas utsläpp per invånare, {DEFINITIONS[params.definition]}"
    about = {"before": f"Förra gången: {how}", "now": f"Nu: {how}"}
    span = f"{first}–{last}"
    about |= {"change": f"Ändring {span} av {how}", "size": f"Storleken på ändringen {span} av {how}"}
    for part in split.parts:
        pair = "" if part.id == "revision" else _PAIRED
        about[part.id] = f"Del av ändringen {span}. {_DEFINITIONS[part.id]}{pair}"
    n = {part.id: part.n or 0 for part in split.parts}
    old, new = n["emissions"], n["emissions"] + n["joined"] - n["left"]
    own: dict[str, Any] = {name: {"n": size or None} for name, size in n.items()}
    own |= {name: {"n": new or None} for name in ("now", "change", "size")}
    own["before"] = {"n": old or None, "vintage": vintage_before or params.emissions_vintage}
    decimals = agreeing_decimals(split.before, split.now, least=2)
    typed: dict[str, Any] = {"year": params.year, "source": source, "subject": "members", "role": "split"}
    typed |= {"measure": "emissions", "method": params.definition, "decimals": decimals}
    typed |= {"vintage": params.emissions_vintage}
    yield from _claims(split, EMISSIONS, "level", UNIT, UNIT, about, own, **typed)
    moved = [part.value for part in split.parts if part.id in ("joined", "left") and part.value is not None]
    if len(moved) == 2:
        definition = f"Nu: {how}, om medlemmarna hade varit desamma som förra gången"
        typed |= {"data_year": last, "direction": 1, "part": "same-members", "n": old or None}
        same = split.now - sum(moved)
        yield new_claim(f"{EMISSIONS}-same-members", "level", same, UNIT, definition, **typed)


def survey_splits(
    before: pd.DataFrame, now: pd.DataFrame, questions: Mapping[str, Question],
    *, years: tuple[int, int], minimum_cell: int,
) -> dict[str, Split]:  # fmt: skip
    """Split the change of every question that may be compared and was answered in both years.

    ``before`` and ``now`` are the answers of either of the ``years``, columns as `tables.SURVEY_ANSWERS`;
    ``questions`` are by id. Parts of a group smaller than ``minimum_cell`` are withheld.
    """
    asked = [{*frame.loc[frame["counts_as"] != "missing", "question_id"]} for frame in (before, now)]
    splits = {}
    for question_id, question in questions.items():
        if years[0] in question.comparable_with and all(question_id in ids for ids in asked):
            split = survey_split(before, now, question_id, years=years, change=question.changed(*years))
            splits[question_id] = withheld(split, minimum_cell)
    return splits


def survey_claims(
    splits: Mapping[str, Split], before: pd.DataFrame, now: pd.DataFrame, questions: Mapping[str, Question],
    *, params: Params, source: str,
) -> Iterator[Claim]:  # fmt: skip
    """Claims on the splits of survey shares: both shares, the change, its parts, and the fixed panel.

    ``splits`` are as `survey_splits` gives them, the answers and questions as it takes them; ``source`` says
    where the answers come from, as printed.
    """
    for question_id, split in splits.items():
        panel = fixed_panel(before, now, question_id) if all(not part.why for part in split.parts) else None
        yield from _question_claims(split, panel, questions[question_id], year=params.year, source=source)


def _question_claims(split: Split, panel: Panel | None, question: Question, **origin: Any) -> Iterator[Claim]:
    """Yield the claims on one question's split; without the panel's answers the bounds of its change."""
    (first, last), ahead = split.years, f"{_SURVEY}-{question.id}"
    origin |= {"subject": "respondents", "measure": question.id}
    of = f"{first}–{last} av andelen ja bland de svarande"
    about = {"before": f"Andel av de svarande {first}", "now": f"Andel av de svarande {last}"}
    about |= {"change": f"Ändring {of}", "size": f"Storleken på ändringen {of}"}
    about |= {**_DEFINITIONS, "left": _DEFINITIONS["left-out"]}
    about = {name: f"{definition}: {question.label}" for name, definition in about.items()}
    decimals = agreeing_decimals(split.before * 100, split.now * 100)
    typed = {**origin, "denominator": "respondents", "role": "split", "decimals": decimals}
    yield from _claims(split, ahead, "share", "share", "share change", about, {}, **typed)

    def claim(name: str, kind: Kind, value: Number, unit: str, definition: str, **more: Any) -> Claim:
        fields = {"data_year": last, "direction": 1, "role": "panel", "part": name, **origin, **more}
        definition = f"{definition}: {question.label}"
        return new_claim(f"{ahead}-panel-{name}", kind, value, unit, definition, **fields)

    if panel is not None:
        yield claim("n", "count", panel.n, "members", "Medlemmar som svarade ja eller nej båda åren")
        light = survey.comparable(question, split.years, exactly_known=True)
        start = share(panel.k_before, panel.n)
        compared = {"comparable": light, "previous_year": first, "previous_value": exact(start)}
        both_years = [("before", first, panel.k_before, {}), ("now", last, panel.k_now, compared)]
        for which, year, k, beside in both_years:
            yield claim(f"yes-{which}", "count", k, "members", f"Antal ja {year} {_WHO}", data_year=year)
            fields = {"data_year": year, "denominator": "panel", "k": k, "n": panel.n, **beside}
            yield claim(which, "share", share(k, panel.n), "share", f"Andel ja {year} {_WHO}", **fields)
    elif (ends := panel_range(split)) is not None:
        for name, which, bound in (("low", "Minsta", ends[0]), ("high", "Största", ends[1])):
            definition = f"{which} möjliga ändring {_WHO}, uträknad ur totalerna"
            yield claim(name, "bound", bound, "share change", definition, denominator="panel", plus=True)


def _claims(
    split: Split, ahead: str, kind: Kind, unit: str, change_unit: str, about: Mapping[str, str],
    own: Mapping[str, Any], **typed: Any,
) -> Iterator[Claim]:  # fmt: skip
    """Yield claims on both numbers, their change and its known parts, by name with definition, fields."""
    (first, last), levels = split.years, {"before": split.before, "now": split.now}
    values = {**levels, "change": split.change, "size": abs(split.change)}
    values |= {part.id: part.value for part in split.parts if part.value is not None}
    for name, value in values.items():
        signed = name != "size"
        fields: dict[str, Any] = {"part": name, "direction": int(signed), "data_year": last}
        fields |= {} if name in levels else {"plus": signed, "base_year": first}
        fields |= {"data_year": first} if name == "before" else {}
        fields = {**typed, **fields, **own.get(name, {})}
        what, of = (kind, unit) if name in levels else ("change", change_unit)
        yield new_claim(f"{ahead}-{name}", what, value, of, about[name], **fields)


def sentence(split: Split, *, ahead: str = EMISSIONS, subject: str = "medlemmarnas nivå") -> str:
    """Return one sentence on why a number changed, Swedish, with its claims as placeholders.

    ``ahead`` is what its claims' ids begin with, ``subject`` what changed, as it stands inside a sentence.
    """
    moving = [part for part in split.known() if _printed(part.value)]
    reasons = ["{} ({})".format(part.label, placeholder(f"{ahead}-{part.id}")) for part in moving]
    change = moved(split, ahead=ahead, subject=subject)
    because = f"{change}: {swedish.listing(reasons)}." if reasons else f"{change}."
    unknown = swedish.listing([part.label for part in split.lacking(UNKNOWN)])
    return f"{because} Hur mycket som beror på {unknown} är inte känt." if unknown else because


def survey_sentence(split: Split, question: Question) -> str:
    """Return why a survey share changed, Swedish, with its claims as placeholders; two or three sentences."""
    ahead, subject = f"{_SURVEY}-{question.id}", f"andelen ja för ”{question.label}”"
    respondents = sum(part.n or 0 for part in split.parts if part.id in ("panel", "new"))  # of the later year
    few = f" {_FEW}" if abs(split.change) * respondents < HANDFUL else ""
    change = f"{moved(split, ahead=ahead, subject=subject)}.{few}"
    if split.lacking(WITHHELD):
        hidden = "Orsakerna visas inte var för sig, för då skulle enskilda svar gå att räkna ut."
        if panel_range(split) is None:
            return f"{change} {hidden}"
        low, high = placeholder(f"{ahead}-panel-low"), placeholder(f"{ahead}-panel-high")
        between = f"Bland dem som svarade båda åren är ändringen någonstans mellan {low} och {high}."
        return f"{change} {hidden} {between}"
    if split.lacking(UNKNOWN):
        return f"{change} Ingen svarade båda åren, så orsakerna går inte att skilja åt."
    names = ("panel-n", "panel-yes-before", "panel-yes-now")
    n, first, last = (placeholder(f"{ahead}-{name}") for name in names)
    return (
        f"{sentence(split, ahead=ahead, subject=subject)}{few} "
        f"Bland de {n} som svarade båda åren var antalet ja {first} förra gången och {last} nu."
    )


def survey_sentences(why: Mapping[str, Split], questions: Mapping[str, Question]) -> list[str]:
    """Return for each split survey share why it changed, as `survey_sentence` tells it."""
    return [survey_sentence(split, questions[question]) for question, split in why.items()]


def steps(
    book: ClaimBook, split: Split, *, measure: str = "emissions", of: str = "Nivån"
) -> list[tuple[str, Claim]]:
    """Return label and claim of the number before, of each part other than nought, and of the number now.

    ``measure`` is ``emissions``, or the id of the question; ``of`` what the number is, as a label begins.
    """
    claim = partial(book.find, role="split", measure=measure)
    first, last = claim(part="before"), claim(part="now")
    parts = [(swedish.upper_first(part.label), claim(part=part.id)) for part in split.known()]
    return [(f"{of} {first.data_year}", first), *parts, (f"{of} {last.data_year}", last)]


def lacking(split: Split) -> list[tuple[str, str]]:
    """Return label and reason of each part without a value, for a waterfall or a table."""
    return [(swedish.upper_first(part.label), part.why) for part in split.parts if part.why]


def moved(split: Split, *, ahead: str = EMISSIONS, subject: str = "medlemmarnas nivå") -> str:
    """Return how a number changed, without a full stop; as `sentence`, which adds why."""
    first, last = (f'{{{{ about("{ahead}-{name}").data_year }}}}' for name in ("before", "now"))
    change = _printed(split.change)
    if not change:
        return f"Mellan {first} och {last} var {subject} i stort sett oförändrad"
    verb, size = "steg" if change > 0 else "sjönk", placeholder(f"{ahead}-size")
    return f"Mellan {first} och {last} {verb} {subject} med {size}"


def _printed(value: Fraction | None) -> Decimal:
    """Return a value as printed: whole percentage points, or hundredths of a tonne."""
    return swedish.round_half_up(value or 0, 2)
