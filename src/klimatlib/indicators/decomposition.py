"""What a split is: a number before and now, and the reasons for its change, each with its part."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import HANDFUL, Claim, ClaimBook, Comparable, Kind, exact, share
from klimatlib.config import Params, Question
from klimatlib.errors import ClaimError
from klimatlib.indicators import association as survey
from klimatlib.indicators import emissions as indicators
from klimatlib.indicators.emissions import DEFINITIONS, UNIT
from klimatlib.sources.tables import rows
from klimatlib.swedish import signed

# --- klimatlib.splits.parts: What a split is: a number before and now, and the reasons fo

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


# --- klimatlib.splits.answers: A survey share's change: changed answers, new respondents, a


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
        Answers of either year, columns as `schemas.SURVEY_ANSWERS`.
    question_id
        The question. "Vet ej" and blank are no answers.
    """
    then, today = _said(before, question_id), _said(now, question_id)
    both = then.keys() & today.keys()
    return Panel(len(both), _yes(then, both), _yes(today, both))


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
    then, today = _said(before, question_id), _said(now, question_id)
    if not then or not today:
        raise ClaimError(f"{question_id}: nobody answered in {years[0]} or {years[1]}; there is no change")
    start, end = share(_yes(then, then), len(then)), share(_yes(today, today), len(today))
    both = then.keys() & today.keys()
    told = "samma medlemmar, med ändrad fråga" if reworded else "ändrade svar hos samma medlemmar"
    sizes = (len(both), len(today) - len(both), len(then) - len(both))
    values: tuple[Fraction | None, ...] = (None, None, None)
    if both:
        first, last = share(_yes(then, both), len(both)), share(_yes(today, both), len(both))
        values = (last - first, end - last, first - start)
    names = (("panel", told), ("new", "nya svarande"), ("left", "de som bara svarade förra gången"))
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


def _said(answers: pd.DataFrame, question_id: str) -> dict[str, bool]:
    chosen = answers[(answers["question_id"] == question_id) & (answers["counts_as"] != "missing")]
    return {str(row.code): row.counts_as == "yes" for row in rows(chosen)}


def _yes(said: Mapping[str, bool], codes: Collection[str]) -> int:
    return sum(said[code] for code in codes)


# --- klimatlib.splits.level: The emission level's change: revision, emissions, inhabitant


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
        Columns as `schemas.EMISSIONS` and `schemas.POPULATION`; None where the release is not at hand.
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
    then, today = _sums(table, codes, before.year), _sums(table, codes, now.year)
    start, revision = _level(then), None
    if before.emissions is not None and before.population is not None:
        start = _level(_sums(indicators.totals(before.emissions, before.population), codes, before.year))
        revision = _level(then) - start
    joined, left = _membership(table, before.codes, now.codes, now.year)
    values = (revision, *_ratio(then, today), joined, left)
    sizes = (None, len(codes), len(codes), *_comings(before.codes, now.codes))
    end = _level(_sums(table, now.codes, now.year))
    return Split(start, end, parts_of(_names(then, today), values, sizes), (before.year, now.year))


def previous_codes(register: pd.DataFrame, year: int) -> list[str]:
    """Codes of the member municipalities a year earlier: without those that joined, with those that left.

    Parameters
    ----------
    register
        Columns as `schemas.MEMBERS`, as it stands at the end of ``year``.
    year
        Year whose comings and goings are undone. A member without a year of joining counts as an old one.
    """
    came = register["joined"].fillna("").str.startswith(str(year))
    went = (register["status"] == "left") & register["left"].fillna("").str.startswith(str(year))
    chosen = register[
        ~came & ((register["status"] == "member") | went) & (register["kind"] == "municipality")
    ]
    return sorted(chosen["code"])


def edition_before(
    releases: Mapping[str, pd.DataFrame],
    population: pd.DataFrame,
    register: pd.DataFrame,
    params: Params,
    earlier: ClaimBook,
) -> Edition:
    """Return what the level of the report before rested on: its members, its data year and its release.

    Without such a report it is the data year before in the report's own release, and revision is unknown.

    Parameters
    ----------
    releases
        Releases by name, the report's own among them; columns as `schemas.EMISSIONS`.
    population, register
        Columns as `schemas.POPULATION` and `schemas.MEMBERS`.
    params
        The year's parameters.
    earlier
        Claims of the report before; empty without one.
    """
    own, codes = releases[params.emissions_vintage], previous_codes(register, params.year)
    level = next((claim for claim in earlier if claim.id == _LEVEL), None)
    if level is None or level.data_year not in {y for y in own["year"] if y < params.emissions_year}:
        return Edition(codes, year_before(own, params.emissions_year))
    return Edition(codes, int(level.data_year or 0), releases.get(level.vintage), population, level.vintage)


_LEVEL = "emissions-members-level"


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


def _ratio(then: tuple[Fraction, int], today: tuple[Fraction, int]) -> tuple[Fraction, Fraction]:
    (e0, p0), (e1, p1) = then, today
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


def _comings(before: Sequence[str] | None, now: Sequence[str]) -> tuple[int | None, int | None]:
    return (None, None) if before is None else (len({*now} - {*before}), len({*before} - {*now}))


def _names(then: tuple[Fraction, int], today: tuple[Fraction, int]) -> tuple[tuple[str, str], ...]:
    return (
        ("revision", "omräknad statistik"),
        ("emissions", "utsläppen minskade" if today[0] <= then[0] else "utsläppen ökade"),
        ("population", "fler invånare" if today[1] >= then[1] else "färre invånare"),
        ("joined", "nya medlemmar"),
        ("left", "medlemmar som lämnat"),
    )


# --- klimatlib.splits.claimed: Splits as claims: the change, its parts, and the fixed panel

EMISSIONS = "split-emissions"
_DECIMALS = 2
_MEANT = {
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


def emissions_claims(split: Split, *, params: Params, source: str, vintage_before: str = "") -> list[Claim]:
    """Claims on a split of the members' level: both levels, the change, its parts, the level without comings.

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
    span = f"{split.years[0]}–{split.years[1]}"

    def claim(
        name: str,
        value: Fraction,
        told: str,
        *,
        kind: Kind = "change",
        sign: bool = True,
        year: int = split.years[1],
    ) -> Claim:
        return Claim(
            f"{EMISSIONS}-{name}",
            params.year,
            exact(value),
            UNIT,
            signed(value, "ton", _DECIMALS) if sign else swedish.quantity(value, "ton", _DECIMALS),
            kind,
            subject="members",
            measure="emissions",
            method="ratio_of_sums",
            base_year=split.years[0] if kind == "change" else None,
            direction=0 if name == "size" else 1,
            role="split",
            part=name,
            data_year=year,
            vintage=params.emissions_vintage,
            definition=told,
            source=source,
        )

    before = claim(
        "before", split.before, f"Förra gången: {how}", kind="level", sign=False, year=split.years[0]
    )
    found = [
        replace(before, vintage=vintage_before or params.emissions_vintage),
        claim("now", split.now, f"Nu: {how}", kind="level", sign=False),
        claim("change", split.change, f"Ändring {span} av {how}"),
        claim("size", abs(split.change), f"Storleken på ändringen {span} av {how}", sign=False),
    ]
    for part in split.parts:
        if part.value is not None:
            pair = "" if part.id == "revision" else _PAIRED
            found.append(claim(part.id, part.value, f"Del av ändringen {span}. {_MEANT[part.id]}{pair}"))
    moved = [part.value for part in split.parts if part.id in ("joined", "left")]
    if None not in moved:
        same = split.now - sum((value for value in moved if value is not None), Fraction(0))
        told = f"Nu: {how}, om medlemmarna hade varit desamma som förra gången"
        found.append(claim("same-members", same, told, kind="level", sign=False))
    return found


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
        Answers of either year, columns as `schemas.SURVEY_ANSWERS`.
    questions
        Questions by id.
    years
        Years of the answers.
    minimum_cell
        Smallest group whose answers may be shown or worked out; else the parts are withheld.
    """
    asked = [{*frame.loc[frame["counts_as"] != "missing", "question_id"]} for frame in (before, now)]
    return {
        i: withheld(
            survey_split(before, now, i, years=years, reworded=_reworded(question, years)), minimum_cell
        )
        for i, question in questions.items()
        if years[0] in question.comparable_with and all(i in ids for ids in asked)
    }


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
    found = []
    for i, split in splits.items():
        told = _Teller(survey_id(i), questions[i], split, params, source)
        found += told.change()
        if not split.lacking(WITHHELD) and not split.lacking(UNKNOWN):
            found += told.panel(fixed_panel(before, now, i))
        elif (ends := panel_range(split)) is not None:
            found += told.range(*ends)
    return found


class _Teller:
    """The claims on one question's split."""

    def __init__(self, ahead: str, question: Question, split: Split, params: Params, source: str) -> None:
        self.ahead, self.split, self.label, self.question = ahead, split, question.label, question.id
        self.year, self.source = params.year, source
        self.light: Comparable = survey.comparable(question, split.years[0], exactly_known=True)

    def claim(
        self, name: str, value: Fraction, unit: str, text: str, told: str, kind: Kind, **more: Any
    ) -> Claim:
        fixed: dict[str, Any] = {
            "subject": "respondents",
            "measure": self.question,
            "direction": 1,
            "denominator": "respondents",
            "role": "split",
            "part": name,
            "base_year": self.split.years[0] if kind == "change" else None,
            "data_year": self.split.years[1],
            "definition": f"{told}: {self.label}",
            "source": self.source,
        }
        return Claim(f"{self.ahead}-{name}", self.year, exact(value), unit, text, kind, **{**fixed, **more})

    def share(self, name: str, value: Fraction, told: str, **more: Any) -> Claim:
        return self.claim(name, value, "share", swedish.percent(value), told, "share", **more)

    def points(self, name: str, value: Fraction, told: str, kind: Kind = "change", **more: Any) -> Claim:
        return self.claim(name, value, "share change", _points(value, sign=True), told, kind, **more)

    def change(self) -> list[Claim]:
        """Tell both shares of all respondents, the change and its parts."""
        split, size = self.split, abs(self.split.change)
        told = f"Ändring {split.years[0]}–{split.years[1]} av andelen ja bland de svarande"
        before, now = f"Andel av de svarande {split.years[0]}", f"Andel av de svarande {split.years[1]}"
        return [
            self.share("before", split.before, before, data_year=split.years[0]),
            self.share("now", split.now, now),
            self.points("change", split.change, told),
            self.claim(
                "size",
                size,
                "share change",
                _points(size),
                told.replace("Ändring", "Storleken på ändringen"),
                "change",
                direction=0,
            ),
            *(
                self.points(p.id, p.value, _MEANT["left-out" if p.id == "left" else p.id])
                for p in split.parts
                if p.value is not None
            ),
        ]

    def panel(self, panel: Panel) -> list[Claim]:
        """Tell of the fixed panel: how many, how many yes, and the shares of both years."""
        who = "bland dem som svarade ja eller nej båda åren"
        first, last = Fraction(panel.k_before, panel.n), Fraction(panel.k_now, panel.n)
        counts = (
            ("n", panel.n, "Medlemmar som svarade ja eller nej båda åren", self.split.years[1]),
            (
                "yes-before",
                panel.k_before,
                f"Antal ja {self.split.years[0]} {who}",
                self.split.years[0],
            ),
            ("yes-now", panel.k_now, f"Antal ja {self.split.years[1]} {who}", self.split.years[1]),
        )
        typed: dict[str, Any] = {"role": "panel", "denominator": "panel"}
        then = {
            **typed,
            "k": panel.k_before,
            "n": panel.n,
            "data_year": self.split.years[0],
            "part": "before",
        }
        today = {**typed, "k": panel.k_now, "n": panel.n, "comparable": self.light, "part": "now"}
        today |= {"previous_year": self.split.years[0], "previous_value": exact(first)}
        return [
            *(
                self.claim(
                    f"panel-{part}",
                    Fraction(v),
                    "members",
                    swedish.number(v),
                    told,
                    "count",
                    data_year=year,
                    role="panel",
                    denominator="",
                    part=part,
                )
                for part, v, told, year in counts
            ),
            self.share("panel-before", first, f"Andel ja {self.split.years[0]} {who}", **then),
            self.share("panel-now", last, f"Andel ja {self.split.years[1]} {who}", **today),
        ]

    def range(self, low: Fraction, high: Fraction) -> list[Claim]:
        """Tell the bounds of the panel's change, where its answers may not be shown."""
        who = "ändring bland dem som svarade ja eller nej båda åren, uträknad ur totalerna"
        return [
            self.points(
                "panel-low",
                low,
                f"Minsta möjliga {who}",
                "bound",
                role="panel",
                denominator="panel",
                part="low",
            ),
            self.points(
                "panel-high",
                high,
                f"Största möjliga {who}",
                "bound",
                role="panel",
                denominator="panel",
                part="high",
            ),
        ]


def _reworded(question: Question, years: tuple[int, int]) -> bool:
    before, now = (question.wording.get(str(year)) for year in years)
    return before is not None and before != now


def _points(value: Fraction, *, sign: bool = False) -> str:
    whole = swedish.round_half_up(value * 100)
    unit = "procentenhet" if abs(whole) == 1 else "procentenheter"
    return signed(value * 100, unit) if sign else swedish.quantity(value * 100, unit)


# --- klimatlib.splits.told: Splits in words: one sentence on why a number changed, and r

_FEW = "Skillnaden motsvarar bara några få svarande."


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
    reasons = [f"{part.label} ({_claim(ahead, part.id)})" for part in split.known() if _printed(part.value)]
    told = (
        f"{_moved(split, ahead, subject)}: {swedish.listing(reasons)}"
        if reasons
        else _moved(split, ahead, subject)
    )
    unknown = swedish.listing([part.label for part in split.lacking(UNKNOWN)])
    return f"{told}. Hur mycket som beror på {unknown} är inte känt." if unknown else f"{told}."


def survey_sentence(split: Split, question: Question) -> str:
    """Return why a survey share changed, Swedish, with its claims as placeholders; two or three sentences."""
    ahead, subject = survey_id(question.id), f"andelen ja för ”{question.label}”"
    few = f" {_FEW}" if abs(split.change) * _answered(split) < HANDFUL else ""
    moved = f"{_moved(split, ahead, subject)}.{few}"
    if split.lacking(WITHHELD):
        return f"{moved} {_range(split, ahead)}"
    if split.lacking(UNKNOWN):
        return f"{moved} Ingen svarade båda åren, så orsakerna går inte att skilja åt."
    n, first, last = (_claim(ahead, name) for name in ("panel-n", "panel-yes-before", "panel-yes-now"))
    return (
        f"{sentence(split, ahead=ahead, subject=subject)}{few} "
        f"Bland de {n} som svarade båda åren var antalet ja {first} förra gången och {last} nu."
    )


def survey_sentences(why: Mapping[str, Split], questions: Mapping[str, Question]) -> list[str]:
    """Return for each split survey share why it changed, as `survey_sentence` tells it."""
    return [survey_sentence(split, questions[question]) for question, split in why.items()]


def steps(book: ClaimBook, split: Split, *, ahead: str = EMISSIONS) -> list[tuple[str, Claim]]:
    """Return label and claim of each known part other than nought, for a waterfall or a table."""
    return [(swedish.upper_first(part.label), book[f"{ahead}-{part.id}"]) for part in split.known()]


def lacking(split: Split) -> list[tuple[str, str]]:
    """Return label and reason of each part without a value, for a waterfall or a table."""
    return [(swedish.upper_first(part.label), part.why) for part in split.parts if part.why]


def alt(book: ClaimBook, split: Split, *, ahead: str = EMISSIONS) -> str:
    """Return what a waterfall of a split shows, in words."""
    first, last = book[f"{ahead}-before"], book[f"{ahead}-now"]
    told = [f"{label.lower()} {claim.text}" for label, claim in steps(book, split, ahead=ahead)]
    told += [f"{label.lower()} {why}" for label, why in lacking(split)]
    ends = f"Från {first.text} {first.data_year} till {last.text} {last.data_year}"
    return f"Vattenfallsdiagram. {ends}: {', '.join(told)}."


def _answered(split: Split) -> int:
    """Respondents of the later year: the panel and the new ones."""
    return sum(part.n or 0 for part in split.parts if part.id in ("panel", "new"))


def _claim(ahead: str, name: str) -> str:
    return f'{{{{ claim("{ahead}-{name}") }}}}'


def _moved(split: Split, ahead: str, subject: str) -> str:
    then, now = (f'{{{{ about("{ahead}-{name}").data_year }}}}' for name in ("before", "now"))
    change = _printed(split.change)
    if not change:
        return f"Mellan {then} och {now} var {subject} i stort sett oförändrad"
    verb = "steg" if change > 0 else "sjönk"
    return f"Mellan {then} och {now} {verb} {subject} med {_claim(ahead, 'size')}"


def _printed(value: Fraction | None) -> Decimal:
    """Return a value as printed: whole percentage points, or hundredths of a tonne."""
    return swedish.round_half_up(value or 0, 2)


def _range(split: Split, ahead: str) -> str:
    told = "Orsakerna visas inte var för sig, för då skulle enskilda svar gå att räkna ut."
    if panel_range(split) is None:
        return told
    low, high = _claim(ahead, "panel-low"), _claim(ahead, "panel-high")
    return f"{told} Bland dem som svarade båda åren är ändringen någonstans mellan {low} och {high}."


# --- klimatlib.splits: Why did the number change? Exact splits whose parts add up t

__all__ = [
    "EMISSIONS",
    "UNKNOWN",
    "WITHHELD",
    "Edition",
    "Panel",
    "Part",
    "Split",
    "alt",
    "edition_before",
    "emissions_claims",
    "emissions_split",
    "fixed_panel",
    "lacking",
    "panel_range",
    "previous_codes",
    "sentence",
    "signed",
    "steps",
    "survey_claims",
    "survey_id",
    "survey_sentence",
    "survey_sentences",
    "survey_split",
    "survey_splits",
    "withheld",
    "year_before",
]
