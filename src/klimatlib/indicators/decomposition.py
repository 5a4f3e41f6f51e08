"""Why did a number change? Exact decompositions whose parts add up to the change.

The members' emission level changes by revised statistics, by emissions and inhabitants of the same members,
and by members that join and leave; a survey share by changed answers, new respondents and those that left.
Sums are of Fractions, so that nothing is left over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import HANDFUL, Claim, ClaimBook, Kind, exact, share
from klimatlib.config import Params, Question
from klimatlib.errors import ClaimError
from klimatlib.indicators import association as survey
from klimatlib.indicators import emissions as indicators
from klimatlib.indicators.emissions import DEFINITIONS, UNIT
from klimatlib.sources.inputs import members_of_year
from klimatlib.sources.tables import rows
from klimatlib.swedish import signed

UNKNOWN, WITHHELD = "okänt", "visas inte"


@dataclass(frozen=True)
class Part:
    """One reason for a change.

    Attributes
    ----------
    id
        What it is: panel, new, left, emissions, population, joined, revision.
    label
        The same in Swedish, as it stands inside a sentence.
    value
        Its part of the change, in the unit of the number; None where it cannot be told.
    n
        Members that it rests on, where it rests on some.
    why
        Why there is no value: `UNKNOWN`, or `WITHHELD` where it would give a member's answer away.
    """

    id: str
    label: str
    value: Fraction | None
    n: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Split:
    """A number before and now, and the parts of its change.

    Attributes
    ----------
    before, now
        The number in both years, exact.
    parts
        Reasons; the known ones add up to ``now - before`` if none is withheld.
    years
        Data years of both.
    """

    before: Fraction
    now: Fraction
    parts: tuple[Part, ...]
    years: tuple[int, int]

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


def parts_of(
    names: Sequence[tuple[str, str]], values: Sequence[Fraction | None], sizes: Sequence[int | None]
) -> tuple[Part, ...]:
    """Return parts from their ids and labels, values (None is unknown) and sizes, in one order."""
    three = zip(names, values, sizes, strict=True)
    return tuple(Part(*name, value, n, UNKNOWN if value is None else "") for name, value, n in three)


@dataclass(frozen=True)
class Panel:
    """Members that answered a question yes or no in both years: how many, and how many yes in each."""

    n: int
    k_before: int
    k_now: int


def fixed_panel(before: pd.DataFrame, now: pd.DataFrame, question_id: str) -> Panel:
    """Count yes among the members that answered a question in both years.

    Parameters
    ----------
    before, now
        Answers of either year, columns as `tables.SURVEY_ANSWERS`.
    question_id
        The question. "Vet ej" and blank are no answers.
    """
    first, last = _answers(before, question_id), _answers(now, question_id)
    both = first.keys() & last.keys()
    return Panel(len(both), _count_yes(first, both), _count_yes(last, both))


def survey_split(
    before: pd.DataFrame,
    now: pd.DataFrame,
    question_id: str,
    *,
    years: tuple[int, int],
    reworded: bool = False,
) -> Split:
    """Split the change of a survey share into changed answers, new respondents and those that left.

    With s the share of all respondents of a year and p that of the members that answered in both: left is
    ``p_before - s_before``, panel ``p_now - p_before`` and new ``s_now - p_now``.

    Parameters
    ----------
    before, now, question_id
        As `fixed_panel`.
    years
        Years of the answers.
    reworded
        Whether the question was put in other words: changed answers and changed words cannot be told apart.

    Raises
    ------
    ClaimError
        When nobody answered the question in one of the years.
    """
    first, last = _answers(before, question_id), _answers(now, question_id)
    if not first or not last:
        raise ClaimError(f"{question_id}: nobody answered in {years[0]} or {years[1]}; there is no change")
    start, end = (share(_count_yes(said, said), len(said)) for said in (first, last))
    both = first.keys() & last.keys()
    label = "samma medlemmar, med ändrad fråga" if reworded else "ändrade svar hos samma medlemmar"
    sizes = (len(both), len(last) - len(both), len(first) - len(both))
    values: tuple[Fraction | None, ...] = (None, None, None)
    if both:
        panel_start, panel_end = (share(_count_yes(said, both), len(both)) for said in (first, last))
        values = (panel_end - panel_start, end - panel_end, panel_start - start)
    names = (("panel", label), ("new", "nya svarande"), ("left", "de som bara svarade förra gången"))
    return Split(start, end, parts_of(names, values, sizes), years)


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
    sizes = {part.id: part.n or 0 for part in split.parts}
    panel = sizes["panel"]
    if not panel:
        return None
    (low0, high0), (low1, high1) = (
        (max(Fraction(0), yes - others), min(yes, Fraction(panel)))
        for yes, others in (
            (split.before * (panel + sizes["left"]), sizes["left"]),
            (split.now * (panel + sizes["new"]), sizes["new"]),
        )
    )
    return (low1 - high0) / panel, (high1 - low0) / panel


def _answers(answers: pd.DataFrame, question_id: str) -> dict[str, bool]:
    chosen = answers[(answers["question_id"] == question_id) & (answers["counts_as"] != "missing")]
    return {str(row.code): row.counts_as == "yes" for row in rows(chosen)}


def _count_yes(said: Mapping[str, bool], codes: Collection[str]) -> int:
    return sum(said[code] for code in codes)


@dataclass(frozen=True)
class Edition:
    """What the members' level of one report rests on.

    Attributes
    ----------
    codes
        Member municipalities; None where they are not known.
    year
        Data year.
    emissions, population
        Columns as `tables.EMISSIONS` and `tables.POPULATION`; None where the release is not at hand.
    vintage
        The release.
    """

    codes: Sequence[str] | None
    year: int
    emissions: pd.DataFrame | None = None
    population: pd.DataFrame | None = None
    vintage: str = ""


def emissions_split(before: Edition, now: Edition) -> Split:
    """Split the change of the members' level: revision, emissions, inhabitants, members joined and left.

    The level is the ratio of sums, t CO2e per inhabitant. Revision is the old figure in the new release minus
    in the old one; emissions and inhabitants are the change of the *same* members between the data years;
    joined and left the change of the set in the new data year. Within either pair each part is the mean over
    both orders (Shapley value), so that no order is preferred and nothing is left over.

    Without the old release the split starts from the old figure in the new release and revision is unknown;
    without the old set it follows today's members, and joined and left are unknown.
    """
    if now.codes is None or now.emissions is None or now.population is None:
        raise ClaimError("the split ends in the report's own figures; its members and release must be known")
    codes = now.codes if before.codes is None else before.codes
    table = indicators.totals(now.emissions, now.population)
    first, last = _sums(table, codes, before.year), _sums(table, codes, now.year)
    start, revision = _level(first), None
    if before.emissions is not None and before.population is not None:
        start = _level(_sums(indicators.totals(before.emissions, before.population), codes, before.year))
        revision = _level(first) - start
    joined, left = _membership(table, before.codes, now.codes, now.year)
    values = (revision, *_ratio(first, last), joined, left)
    sizes = (None, len(codes), len(codes), *_membership_changes(before.codes, now.codes))
    end = _level(_sums(table, now.codes, now.year))
    return Split(start, end, parts_of(_names(first, last), values, sizes), (before.year, now.year))


def previous_codes(register: pd.DataFrame, year: int) -> list[str]:
    """Codes of the member municipalities a year earlier: without those that joined, with those that left.

    Parameters
    ----------
    register
        Columns as `tables.MEMBERS`, as it stands at the end of ``year``.
    year
        Year whose comings and goings are undone. A member without a year of joining counts as an old one.
    """
    before = members_of_year(register, year - 1)
    return sorted(before.loc[before["kind"] == "municipality", "code"])


def edition_before(
    releases: Mapping[str, pd.DataFrame],
    population: pd.DataFrame,
    register: pd.DataFrame,
    params: Params,
    earlier: ClaimBook,
    *,
    level_id: str,
) -> Edition:
    """Return what the level of the report before rested on: its members, its data year and its release.

    Without such a report it is the data year before in the report's own release, and revision is unknown.

    Parameters
    ----------
    releases
        Releases by name, the report's own among them; columns as `tables.EMISSIONS`.
    population, register
        Columns as `tables.POPULATION` and `tables.MEMBERS`.
    params
        The year's parameters.
    earlier
        Claims of the report before; empty without one.
    level_id
        The id of its level: claims of a book of the earlier form have no kinds to find it by.
    """
    own, codes = releases[params.emissions_vintage], previous_codes(register, params.year)
    level = next(iter(earlier.select(id=level_id)), None)
    if level is None or level.data_year not in {y for y in own["year"] if y < params.emissions_year}:
        return Edition(codes, year_before(own, params.emissions_year))
    return Edition(codes, int(level.data_year or 0), releases.get(level.vintage), population, level.vintage)


def year_before(emissions: pd.DataFrame, year: int) -> int:
    """Return the last data year before a year that the table has."""
    earlier = [int(known) for known in emissions["year"].unique() if known < year]
    if not earlier:
        raise ClaimError(f"no data year before {year}; there is nothing to compare with")
    return max(earlier)


def _sums(table: pd.DataFrame, codes: Collection[str], year: int) -> tuple[Fraction, int]:
    """Emissions and inhabitants of a set; decimals as they are written, so that sums are exact."""
    chosen = table[(table["year"] == year) & table["municipality_code"].isin([*codes])].dropna()
    absent = sorted({*codes} - {*chosen["municipality_code"]})
    if absent or not codes:
        raise ClaimError(f"no emissions or inhabitants for {', '.join(absent) or 'an empty set'} in {year}")
    tonnes = sum((Fraction(str(e)) for e in chosen["emissions_t"]), Fraction(0))
    return tonnes, sum(int(p) for p in chosen["population"])


def _level(sums: tuple[Fraction, int]) -> Fraction:
    return sums[0] / sums[1]


def _ratio(first: tuple[Fraction, int], last: tuple[Fraction, int]) -> tuple[Fraction, Fraction]:
    (e0, p0), (e1, p1) = first, last
    per = (Fraction(1, p0) + Fraction(1, p1)) / 2
    return (e1 - e0) * per, (e0 + e1) / 2 * (Fraction(1, p1) - Fraction(1, p0))


def _membership(
    table: pd.DataFrame, before: Sequence[str] | None, now: Sequence[str], year: int
) -> tuple[Fraction | None, Fraction | None]:
    if before is None or not {*before} & {*now}:
        return None, None
    sets = ({*before}, {*before} | {*now}, {*before} & {*now}, {*now})
    old, every, stayed, new = (_level(_sums(table, codes, year)) for codes in sets)
    return (every - old + new - stayed) / 2, (new - every + stayed - old) / 2


def _membership_changes(before: Sequence[str] | None, now: Sequence[str]) -> tuple[int | None, int | None]:
    return (None, None) if before is None else (len({*now} - {*before}), len({*before} - {*now}))


def _names(first: tuple[Fraction, int], last: tuple[Fraction, int]) -> tuple[tuple[str, str], ...]:
    return (
        ("revision", "omräknad statistik"),
        ("emissions", "utsläppen minskade" if last[0] <= first[0] else "utsläppen ökade"),
        ("population", "fler invånare" if last[1] >= first[1] else "färre invånare"),
        ("joined", "nya medlemmar"),
        ("left", "medlemmar som lämnat"),
    )


EMISSIONS = "split-emissions"
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


def emissions_claims(split: Split, *, params: Params, source: str, vintage_before: str = "") -> list[Claim]:
    """Claims on a split of the members' level: both levels, the change and its parts.

    Parameters
    ----------
    split
        As `emissions_split` gives it.
    params, source
        The year's parameters; where emissions and inhabitants come from, as printed.
    vintage_before
        The release of the old figure; that of the parameters by default.
    """
    how = f"medlemmarnas utsläpp per invånare, {DEFINITIONS['ratio_of_sums']}"
    first, last = split.years
    span = f"{first}–{last}"

    def claim(name: str, value: Fraction, definition: str, kind: Kind = "change", **typed: Any) -> Claim:
        sign = kind == "change" and name != "size"
        fields: dict[str, Any] = {
            "subject": "members", "measure": "emissions", "method": "ratio_of_sums", "role": "split",
            "part": name, "base_year": first if kind == "change" else None,
            "direction": 0 if name == "size" else 1, "data_year": last, "vintage": params.emissions_vintage,
            "definition": definition, "source": source, **typed,
        }  # fmt: skip
        text = (signed if sign else swedish.quantity)(value, "ton", 2)
        return Claim(f"{EMISSIONS}-{name}", params.year, exact(value), UNIT, text, kind, **fields)

    old = {"data_year": first, "vintage": vintage_before or params.emissions_vintage}
    made = [
        claim("before", split.before, f"Förra gången: {how}", "level", **old),
        claim("now", split.now, f"Nu: {how}", "level"),
        claim("change", split.change, f"Ändring {span} av {how}"),
        claim("size", abs(split.change), f"Storleken på ändringen {span} av {how}"),
    ]
    for part in split.parts:
        if part.value is not None:
            pair = "" if part.id == "revision" else _PAIRED
            definition = f"Del av ändringen {span}. {_DEFINITIONS[part.id]}{pair}"
            made.append(claim(part.id, part.value, definition))
    moved = [part.value for part in split.parts if part.id in ("joined", "left")]
    if None not in moved:
        same = split.now - sum((value for value in moved if value is not None), Fraction(0))
        definition = f"Nu: {how}, om medlemmarna hade varit desamma som förra gången"
        made.append(claim("same-members", same, definition, "level"))
    return made


def survey_splits(
    before: pd.DataFrame,
    now: pd.DataFrame,
    questions: Mapping[str, Question],
    *,
    years: tuple[int, int],
    minimum_cell: int,
) -> dict[str, Split]:
    """Split the change of every question that may be compared and was answered in both years.

    Parameters
    ----------
    before, now
        Answers of either year, columns as `tables.SURVEY_ANSWERS`.
    questions
        Questions by id.
    years
        Years of the answers.
    minimum_cell
        Smallest group whose answers may be shown or worked out; else the parts are withheld.
    """
    asked = [{*frame.loc[frame["counts_as"] != "missing", "question_id"]} for frame in (before, now)]
    splits = {}
    for question_id, question in questions.items():
        if years[0] in question.comparable_with and all(question_id in ids for ids in asked):
            wording, wording_now = (question.wording.get(str(year)) for year in years)
            reworded = wording is not None and wording != wording_now
            split = survey_split(before, now, question_id, years=years, reworded=reworded)
            splits[question_id] = withheld(split, minimum_cell)
    return splits


def survey_id(question_id: str) -> str:
    """Id that the claims on a question's split begin with."""
    return f"split-survey-{question_id}"


def survey_claims(
    splits: Mapping[str, Split],
    before: pd.DataFrame,
    now: pd.DataFrame,
    questions: Mapping[str, Question],
    *,
    params: Params,
    source: str,
) -> list[Claim]:
    """Claims on the splits of survey shares: both shares, the change, its parts, and the fixed panel.

    Parameters
    ----------
    splits
        As `survey_splits` gives them.
    before, now, questions
        As `survey_splits`.
    params, source
        The year's parameters; where the answers come from, as printed.
    """
    made = []
    for question_id, split in splits.items():
        known = not split.lacking(WITHHELD) and not split.lacking(UNKNOWN)
        panel = fixed_panel(before, now, question_id) if known else None
        made += _question_claims(split, panel, questions[question_id], params.year, source)
    return made


def _question_claims(
    split: Split, panel: Panel | None, question: Question, year: int, source: str
) -> list[Claim]:
    """Return the claims on one question's split; without the panel's answers the bounds of its change."""
    first, last = split.years

    def claim(
        name: str, kind: Kind, value: Fraction, text: str, definition: str, unit: str, **typed: Any
    ) -> Claim:
        fields: dict[str, Any] = {
            "subject": "respondents", "measure": question.id, "direction": 1, "denominator": "respondents",
            "role": "split", "part": name, "base_year": first if kind == "change" else None,
            "data_year": last, "definition": f"{definition}: {question.label}", "source": source, **typed,
        }  # fmt: skip
        return Claim(f"{survey_id(question.id)}-{name}", year, exact(value), unit, text, kind, **fields)

    def share_claim(name: str, value: Fraction, definition: str, **typed: Any) -> Claim:
        return claim(name, "share", value, swedish.percent(value), definition, "share", **typed)

    def points(name: str, value: Fraction, definition: str, kind: Kind = "change", **typed: Any) -> Claim:
        whole = swedish.round_half_up(value * 100)
        unit = "procentenhet" if abs(whole) == 1 else "procentenheter"
        text = (swedish.quantity if name == "size" else signed)(value * 100, unit)
        return claim(name, kind, value, text, definition, "share change", **typed)

    of = f"{first}–{last} av andelen ja bland de svarande"
    made = [
        share_claim("before", split.before, f"Andel av de svarande {first}", data_year=first),
        share_claim("now", split.now, f"Andel av de svarande {last}"),
        points("change", split.change, f"Ändring {of}"),
        points("size", abs(split.change), f"Storleken på ändringen {of}", direction=0),
    ]
    for part in split.parts:
        if part.value is not None:
            key = "left-out" if part.id == "left" else part.id
            made.append(points(part.id, part.value, _DEFINITIONS[key]))
    typed: dict[str, Any] = {"role": "panel", "denominator": "panel"}
    if panel is not None:
        counts = (
            ("n", panel.n, "Medlemmar som svarade ja eller nej båda åren", last),
            ("yes-before", panel.k_before, f"Antal ja {first} {_WHO}", first),
            ("yes-now", panel.k_now, f"Antal ja {last} {_WHO}", last),
        )
        count: dict[str, Any] = {"role": "panel", "denominator": ""}
        for name, value, definition, data_year in counts:
            about = {**count, "part": name, "data_year": data_year}
            text = swedish.number(value)
            made.append(
                claim(f"panel-{name}", "count", Fraction(value), text, definition, "members", **about)
            )
        start, end = Fraction(panel.k_before, panel.n), Fraction(panel.k_now, panel.n)
        old = {**typed, "k": panel.k_before, "n": panel.n, "data_year": first, "part": "before"}
        light = survey.comparable(question, first, exactly_known=True)
        new = {**typed, "k": panel.k_now, "n": panel.n, "comparable": light, "part": "now"}
        new |= {"previous_year": first, "previous_value": exact(start)}
        made.append(share_claim("panel-before", start, f"Andel ja {first} {_WHO}", **old))
        made.append(share_claim("panel-now", end, f"Andel ja {last} {_WHO}", **new))
    elif (ends := panel_range(split)) is not None:
        who = f"ändring {_WHO}, uträknad ur totalerna"
        for name, which, bound in (("low", "Minsta", ends[0]), ("high", "Största", ends[1])):
            definition = f"{which} möjliga {who}"
            made.append(points(f"panel-{name}", bound, definition, "bound", part=name, **typed))
    return made


def sentence(split: Split, *, ahead: str = EMISSIONS, subject: str = "medlemmarnas nivå") -> str:
    """Return one sentence on why a number changed, Swedish, with its claims as placeholders.

    Parameters
    ----------
    split
        As `emissions_split` or `survey_split` gives it.
    ahead
        What its claims' ids begin with.
    subject
        What changed, as it stands inside a sentence.
    """
    reasons = [
        f"{part.label} ({_placeholder(ahead, part.id)})" for part in split.known() if _printed(part.value)
    ]
    moved = _moved(split, ahead, subject)
    because = f"{moved}: {swedish.listing(reasons)}." if reasons else f"{moved}."
    unknown = swedish.listing([part.label for part in split.lacking(UNKNOWN)])
    return f"{because} Hur mycket som beror på {unknown} är inte känt." if unknown else because


def survey_sentence(split: Split, question: Question) -> str:
    """Return why a survey share changed, Swedish, with its claims as placeholders; two or three sentences."""
    ahead, subject = survey_id(question.id), f"andelen ja för ”{question.label}”"
    respondents = sum(part.n or 0 for part in split.parts if part.id in ("panel", "new"))  # of the later year
    few = f" {_FEW}" if abs(split.change) * respondents < HANDFUL else ""
    moved = f"{_moved(split, ahead, subject)}.{few}"
    if split.lacking(WITHHELD):
        hidden = "Orsakerna visas inte var för sig, för då skulle enskilda svar gå att räkna ut."
        if panel_range(split) is None:
            return f"{moved} {hidden}"
        low, high = _placeholder(ahead, "panel-low"), _placeholder(ahead, "panel-high")
        between = f"Bland dem som svarade båda åren är ändringen någonstans mellan {low} och {high}."
        return f"{moved} {hidden} {between}"
    if split.lacking(UNKNOWN):
        return f"{moved} Ingen svarade båda åren, så orsakerna går inte att skilja åt."
    names = ("panel-n", "panel-yes-before", "panel-yes-now")
    n, first, last = (_placeholder(ahead, name) for name in names)
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

    Parameters
    ----------
    book
        With the claims of `emissions_claims` or `survey_claims`.
    split
        As `emissions_split` or `survey_split` gives it.
    measure
        ``emissions``, or the id of the question.
    of
        What the number is, as a label begins.
    """

    def claim(part: str) -> Claim:
        return book.find(role="split", measure=measure, part=part)

    first, last = claim("before"), claim("now")
    parts = [(swedish.upper_first(part.label), claim(part.id)) for part in split.known()]
    return [(f"{of} {first.data_year}", first), *parts, (f"{of} {last.data_year}", last)]


def lacking(split: Split) -> list[tuple[str, str]]:
    """Return label and reason of each part without a value, for a waterfall or a table."""
    return [(swedish.upper_first(part.label), part.why) for part in split.parts if part.why]


def _placeholder(ahead: str, name: str) -> str:
    return f'{{{{ claim("{ahead}-{name}") }}}}'


def _moved(split: Split, ahead: str, subject: str) -> str:
    first, last = (f'{{{{ about("{ahead}-{name}").data_year }}}}' for name in ("before", "now"))
    change = _printed(split.change)
    if not change:
        return f"Mellan {first} och {last} var {subject} i stort sett oförändrad"
    verb = "steg" if change > 0 else "sjönk"
    return f"Mellan {first} och {last} {verb} {subject} med {_placeholder(ahead, 'size')}"


def _printed(value: Fraction | None) -> Decimal:
    """Return a value as printed: whole percentage points, or hundredths of a tonne."""
    return swedish.round_half_up(value or 0, 2)
