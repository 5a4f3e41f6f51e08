"""Splits as claims: the change, its parts, and the fixed panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pandas as pd

from klimatlib import survey, swedish
from klimatlib.claims.claims import Claim, Comparable, Kind, exact
from klimatlib.config import Params, Question
from klimatlib.emissions import DEFINITIONS, UNIT
from klimatlib.splits.answers import Panel, fixed_panel, panel_range, survey_split, withheld
from klimatlib.splits.parts import UNKNOWN, WITHHELD, Split
from klimatlib.swedish import Number

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


def signed(value: Number, unit: str, decimals: int = 0) -> str:
    r"""Return a change with its unit: a plus or a true minus, none before nought.

    >>> signed(0.2, "ton", 1), signed(-0.001, "ton", 1)
    ('+0,2\xa0ton', '0,0\xa0ton')
    """
    text = swedish.quantity(value, unit, decimals)
    return f"+{text}" if swedish.round_half_up(value, decimals) > 0 else text


def _points(value: Fraction, *, sign: bool = False) -> str:
    whole = swedish.round_half_up(value * 100)
    unit = "procentenhet" if abs(whole) == 1 else "procentenheter"
    return signed(value * 100, unit) if sign else swedish.quantity(value * 100, unit)
