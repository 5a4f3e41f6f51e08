"""The member test: points by area, base requirements, and why the points changed.

Municipalities and regions have a form each and are never added. Points are exact; who left a question of an
area open has no points in it, never none. Nothing is told of a group so small that it gives members away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import Claim, ClaimBook, Kind, Method, new_claim, share
from klimatlib.config import Area, Asked, Options, Question, Questions, answer_key
from klimatlib.errors import InputError, Problem
from klimatlib.indicators.decomposition import Part, Split
from klimatlib.indicators.emissions import placeholder
from klimatlib.sources import inputs as sources
from klimatlib.sources import survey_export as survey
from klimatlib.sources.inputs import Inputs, members_of_year

ALL, BASE = "", "krav"  # in the place of an area: the whole test, all base requirements
FEWEST = 5  # members that a number rests on, whatever minimum_cell is: quartiles of fewer are their points
GROUPS: dict[Asked, tuple[str, str, str]] = {  # subject of claims; as printed; that the others are apart
    "municipality": ("municipalities", "medlemskommunerna", "regionerna räknas för sig"),
    "region": ("regions", "medlemsregionerna", "kommunerna räknas för sig"),
}
_QUANTILES: tuple[tuple[str, Fraction, Method, str], ...] = (
    ("q1", Fraction(1, 4), "lower_quartile", "Nedre kvartilen"),
    ("median", Fraction(1, 2), "median", "Medianen"),
    ("q3", Fraction(3, 4), "upper_quartile", "Övre kvartilen"),
)
_BOTH_YEARS = "Årets svar minus fjolårets, båda med årets regler, på frågor från båda åren"
_PARTS = {
    "rules": ("ändrade regler", "Fjolårets svar med årets regler minus med fjolårets"),
    "questions": ("nya frågor", "Poäng på frågor som inte ställdes förra året"),
    "answers": ("ändrade svar", _BOTH_YEARS),
}
_DECIMALS = 1

Given = dict[str, dict[str, str]]
"""Member's code to question id to its answer as typed."""
Scores = dict[str, dict[str, Fraction | None]]
"""Member's code to question id to points; None where the question is not answered."""


@dataclass(frozen=True)
class Form:
    """The test as it was put in a year to the municipalities or to the regions."""

    year: int
    kind: Asked
    subject: str  # whom its claims are about
    whose: str  # it is, as printed
    apart: str  # that the other form's members are not among them, as printed
    areas: Mapping[str, Area]
    questions: Mapping[str, Question]  # those that have points or are required
    options: Mapping[str, Options]  # of the year, by question

    @property
    def scored(self) -> list[str]:
        """The questions that have points."""
        return [question for question, own in self.options.items() if own.points]

    @property
    def required(self) -> list[str]:
        """The base requirements."""
        return [question for question, own in self.options.items() if own.base_requirement]

    def of_area(self, area: str) -> list[str]:
        """Return the questions that an area's points are of; of the whole test for `ALL`."""
        return [question for question in self.scored if area in (ALL, self.questions[question].area)]

    def most(self, area: str = ALL) -> Fraction:
        """Return the most points of an area, or of the whole test."""
        return sum((self.options[question].most for question in self.of_area(area)), Fraction(0))

    def title(self, area: str) -> str:
        """Return an area's name as printed."""
        return self.areas[area].title if area else "Hela medlemstestet"

    def scores(self, given: Given) -> Scores:
        """Return the points of answers by this form's rules, be they of its year or of the one before."""
        options = {question: self.options[question] for question in self.scored}

        def of(own: Mapping[str, str]) -> dict[str, Fraction | None]:
            return {
                question: survey.points(own.get(question, ""), rules) for question, rules in options.items()
            }

        return {code: of(own) for code, own in given.items()}


def form_of(inputs: Inputs, kind: Asked, year: int | None = None) -> Form:
    """Return the test that a report's year, or an earlier one, put to municipalities or to regions.

    It has no questions where ``params/questions.yml`` gives no points for the year.
    """
    year = year or inputs.project.params.year
    asked = survey.of_form(sources.all_questions(inputs), kind)
    put = {question: as_put[1] for question, own in asked.items() if (as_put := own.put_in(year))}
    options = {question: own for question, own in put.items() if own.points or own.base_requirement}
    used = {asked[question].area for question, own in options.items() if own.points}
    areas = {name: area for name, area in sources.areas(inputs).items() if name in used}
    questions = {question: asked[question] for question in options}
    return Form(year, kind, *GROUPS[kind], areas, questions, options)


def given_answers(answers: pd.DataFrame, kind: Asked) -> Given:
    """Return the answers (`tables.SURVEY_ANSWERS`) of municipalities, or of regions, by member."""
    by_code = answers[(answers["code"].str.len() == 2) == (kind == "region")].groupby("code")
    return {str(code): dict(zip(own["question_id"], own["answer"], strict=True)) for code, own in by_code}


def total(of_member: Mapping[str, Fraction | None], questions: Collection[str]) -> Fraction | None:
    """Return a member's points on some questions; None where it has left one of them open."""
    own = [of_member[question] for question in questions]
    return None if None in own else sum(filter(None, own), Fraction(0))


def quantile(values: Sequence[Fraction], part: Fraction) -> Fraction:
    """Return a quantile, exactly: on the straight line between two values.

    >>> quantile([Fraction(1), Fraction(2), Fraction(4)], Fraction(3, 4))
    Fraction(3, 1)
    """
    ordered, place = sorted(values), part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def panel(then: Form, now: Form, before: Given, after: Given) -> list[str]:
    """Return the members that answered every question with points in both years."""
    scored = then.scores(before), now.scores(before), now.scores(after)
    both = [question for question in now.scored if question in then.scored]
    asked = then.scored, both, now.scored
    return sorted(
        code
        for code in before.keys() & after.keys()
        if all(total(own[code], questions) is not None for own, questions in zip(scored, asked, strict=True))
    )


def split(
    then: Form, now: Form, before: Given, after: Given, codes: Sequence[str], *, area: str = ALL
) -> Split:
    """Split the change of the mean points of the same members: rules, new questions, answers.

    Rules are last year's answers scored by this year's rules minus by its own; answers the rest of the change
    on the questions of both years. They add up to it, exactly. ``then`` and ``now`` are the test of the year
    before and of this year, ``before`` and ``after`` the answers, ``codes`` the members as `panel` gives
    them, at least one; the points are of one ``area``, by default of the whole test.
    """
    scored = then.scores(before), now.scores(before), now.scores(after)
    questions = now.of_area(area)
    kept = [question for question in questions if question in then.scored]

    def mean(of: Scores, asked: Sequence[str]) -> Fraction:
        sums = [total(of[code], asked) or Fraction(0) for code in codes]
        return sum(sums, Fraction(0)) / len(codes)

    first, rescored = mean(scored[0], then.of_area(area)), mean(scored[1], kept)
    last, same = mean(scored[2], questions), mean(scored[2], kept)
    values = {"rules": rescored - first, "questions": last - same, "answers": same - rescored}
    parts = tuple(Part(name, _PARTS[name][0], value, len(codes)) for name, value in values.items())
    return Split(first, last, parts, (then.year, now.year))


def claims(inputs: Inputs, *, source: str) -> list[Claim]:
    """Claims on the test of the year: points, base requirements, changes; none where the year has no points.

    ``source`` says where the answers come from, as printed. Of municipalities and of regions apart, each only
    where so many answered that nobody's own points are given away.
    """
    params, made = inputs.project.params, list[Claim]()
    of_year = {kind: now for kind in survey.forms(inputs) if (now := form_of(inputs, kind)).scored}
    if params.survey_input != "answers" or not of_year:
        return made
    register, agreed = sources.members(inputs), {*survey.consent(inputs)["code"]}
    joined = members_of_year(register, params.year)
    before = range(params.year - _BACK, params.year)
    years = [*(year for year in before if inputs.exists(survey.survey_file(inputs, year))), params.year]
    answers = {year: survey.all_answers(inputs, year) for year in years}
    for kind, now in of_year.items():
        given = {year: given_answers(answers[year], kind) for year in years}
        claim = partial(new_claim, source=source, subject=now.subject, direction=1)
        common: dict[str, Any] = {"least": max(params.minimum_cell, FEWEST), "agreed": agreed, "claim": claim}
        asked = max(int((joined["kind"] == kind).sum()), len(given[params.year]))
        group = _Group(now, given[params.year], asked, **common)
        made += [*group.counts(), *group.points(), *group.requirements()]
        made += group.evidence(answers[params.year], survey.evidence(inputs), sources.all_questions(inputs))
        for year in years[:-1]:
            then = form_of(inputs, kind, year)
            made += _Group(then, given[year], 0, **common).earlier(params.year)
            if year == params.year - 1:
                made += group.changes(then, given[year])
    return made


_BACK = 4  # years of which the median is told


@dataclass(frozen=True)
class _Group:
    """The members that have one form, and what they answered in a year."""

    form: Form
    given: Given
    asked: int  # members of the kind
    least: int  # members that a number must rest on
    agreed: Collection[str]  # those whose own points may be shown
    claim: Callable[..., Claim]

    def tellable(self, codes: Collection[str]) -> bool:
        """Whether a number of these members gives nobody's points away that has not agreed."""
        hidden = len({*codes} - {*self.agreed})
        return len(codes) >= self.least and (hidden == 0 or hidden >= self.least)

    def counts(self) -> Iterator[Claim]:
        """Claims on how many answered of those asked, and on the most points."""
        year, whose, apart = self.form.year, self.form.whose, self.form.apart
        typed: dict[str, Any] = {"year": year, "measure": "medlemstest"}
        for part, count, definition in (
            ("answered", len(self.given), f"Svarande på medlemstestet bland {whose}; {apart}"),
            ("asked", self.asked, f"Antal medlemmar bland {whose} vid årets slut; {apart}"),
        ):
            yield self._count(part, count, definition, part=part, **typed)
        for area in (ALL, *self.form.areas):
            what = f"Högsta möjliga poäng, {whose}: {self.form.title(area)}"
            typed = {"year": year, "measure": _measure(area), "part": "possible"}
            yield self._points(area, "possible", "count", self.form.most(area), what, **typed)

    def points(self) -> Iterator[Claim]:
        """Claims on quartiles and median by area and in all, and the bounds of the median."""
        scores, whose = self.form.scores(self.given), self.form.whose
        for area in (ALL, *self.form.areas):
            asked, title = self.form.of_area(area), self.form.title(area)
            sums = {code: total(own, asked) for code, own in scores.items()}
            complete = {code: value for code, value in sums.items() if value is not None}
            if not self.tellable(complete):
                continue
            typed = self._about(_measure(area), complete)
            for part, at, method, name in _QUANTILES:
                value = quantile([*complete.values()], at)
                definition = f"{name} av poängen bland dem av {whose} som svarade på alla frågor: {title}"
                about = {**typed, "method": method, "role": "spread"}
                yield self._points(area, part, "level", value, definition, **about)
            silent = [dict.fromkeys(asked)] * (self.asked - len(scores))
            for role, which, open_points in (("low", "Minsta", 0), ("high", "Största", 1)):
                ends = []
                for own in (*scores.values(), *silent):
                    most = {question: self.form.options[question].most * open_points for question in asked}
                    given = {question: own[question] for question in asked if own[question] is not None}
                    ends.append(total({**most, **given}, asked) or Fraction(0))
                definition = f"{which} möjliga median av poängen bland {whose}, svarande eller inte: {title}"
                about = {**typed, "role": role, "method": "median"}
                yield self._points(area, role, "bound", quantile(ends, Fraction(1, 2)), definition, **about)

    def _about(self, measure: str, answered: Collection[str]) -> dict[str, Any]:
        """Return what claims on the members that are known say."""
        return {"year": self.form.year, "measure": measure, "n": len(answered), "members": self.asked}

    def earlier(self, year: int) -> Iterator[Claim]:
        """Claim on the median of an earlier year by the rules of that year, for a report's year."""
        sums = [total(own, self.form.scored) for own in self.form.scores(self.given).values()]
        complete = [value for value in sums if value is not None]
        if self.form.scored and len(complete) >= self.least:
            definition = f"Medianen av poängen {self.form.year} bland {self.form.whose}, med det årets regler"
            typed: dict[str, Any] = {"year": year, "data_year": self.form.year, "measure": _measure(ALL)}
            typed |= {"n": len(complete), "method": "median", "role": "series"}
            name, median = f"median-{self.form.year}", quantile(complete, Fraction(1, 2))
            yield self._points(ALL, name, "level", median, definition, **typed)

    def requirements(self) -> Iterator[Claim]:
        """Claims on the share that meets each base requirement, and all of them, with bounds."""
        met_by = {code: met(self.form, own) for code, own in self.given.items()}
        for question in (BASE, *self.form.required):
            own = {code: _all(each) if question == BASE else each[question] for code, each in met_by.items()}
            answered = {code: is_met for code, is_met in own.items() if is_met is not None}
            if not self.form.required or not self.tellable(answered):
                continue
            k, n, (measure, title) = sum(answered.values()), len(answered), _requirement(self.form, question)
            claim_id, whose = f"test-{self.form.subject}-{question}", self.form.whose
            typed = self._about(measure, answered)
            about = {**typed, "k": k, "denominator": "respondents"}
            definition = f"Andel av de svarande bland {whose} som uppfyller: {title}"
            yield self.claim(claim_id, "share", share(k, n), "share", definition, **about)
            for role, which, yes in (("low", "Minsta", k), ("high", "Största", k + self.asked - n)):
                about = {**typed, "k": yes, "denominator": "members", "role": role}
                whole = f"{which} möjliga andel bland {whose}, svarande eller inte, som uppfyller: {title}"
                bound = share(yes, self.asked)
                yield self.claim(f"{claim_id}-{role}", "bound", bound, "share", whole, **about)

    def evidence(
        self, answers: pd.DataFrame, looked_up: pd.DataFrame, questions: Mapping[str, Question]
    ) -> Iterator[Claim]:
        """Claims on how many said yes to a question that was looked up, and of how many it is borne out."""
        own = answers[answers["code"].isin(self.given)]
        held, _ = survey.borne_out(own, looked_up)
        for question in (name for name in questions if name in {*looked_up["question_id"]}):
            said = own[(own["question_id"] == question) & (own["counts_as"] != survey.MISSING)]
            if not self.tellable({*said["code"]}):
                continue
            yes, borne = (said["counts_as"] == survey.YES).sum(), (held["question_id"] == question).sum()
            typed, label = {"year": self.form.year, "measure": question}, questions[question].label
            definition = f"Antal ja bland {self.form.whose}: {label}"
            yield self._count(f"{question}-yes", int(yes), definition, part="yes", **typed)
            definition = f"Varav belagda ja: {label}"
            yield self._count(f"{question}-evidenced", int(borne), definition, part="evidenced", **typed)

    def changes(self, then: Form, before: Given) -> Iterator[Claim]:
        """Claims on the mean points of those that answered all in both years, and the parts of the change."""
        codes = panel(then, self.form, before, self.given)
        if not self.tellable(codes):
            return
        year, whose = self.form.year, self.form.whose
        typed: dict[str, Any] = {"year": year, "denominator": "panel", "role": "panel", "n": len(codes)}
        definition = f"De av {whose} som svarade på alla frågor båda åren"
        yield self._count("panel-n", len(codes), definition, **typed, measure="medlemstest", part="n")
        for area in (ALL, *self.form.areas):
            of_area = split(then, self.form, before, self.given, codes, area=area)
            title = self.form.title(area)
            values: list[tuple[str, Kind, Fraction, str]] = [
                ("before", "level", of_area.before, f"Medelpoäng {then.year} med det årets regler"),
                ("now", "level", of_area.now, f"Medelpoäng {year}"),
                ("change", "change", of_area.change, f"Ändring av medelpoängen {then.year}–{year}"),
            ]
            parts = [(p.id, p.value or Fraction(0)) for p in of_area.parts if p.id != "questions" or p.value]
            values += [(part, "change", value, _PARTS[part][1]) for part, value in parts]
            for part, kind, value, what in values:
                fields = {**typed, "measure": _measure(area), "part": part, "decimals": 2}
                if kind == "change":
                    fields |= {"base_year": then.year, "plus": True}
                else:
                    fields["method"] = "mean_of_municipalities" if self.form.kind == "municipality" else ""
                fields["data_year"] = then.year if part == "before" else year
                definition = f"{what}, bland dem av {whose} som svarade på alla frågor båda åren: {title}"
                yield self._points(area, f"panel-{part}", kind, value, definition, **fields)

    def _count(self, name: str, count: int, definition: str, /, **typed: Any) -> Claim:
        claim_id = f"test-{self.form.subject}-{name}"
        return self.claim(claim_id, "count", count, "members", definition, method="count", **typed)

    def _points(
        self, area: str, name: str, kind: Kind, value: Fraction, definition: str, /, **typed: Any
    ) -> Claim:
        """Return a claim on points, printed with a decimal where it has one."""
        typed.setdefault("decimals", 0 if swedish.round_half_up(value, _DECIMALS) % 1 == 0 else _DECIMALS)
        claim_id = f"test-{self.form.subject}-{area or 'total'}-{name}"
        return self.claim(claim_id, kind, value, "points", definition, **typed)


def _requirement(form: Form, question: str) -> tuple[str, str]:
    """Return measure and title of a base requirement, or of all of them."""
    return ("baskrav", "Alla baskrav") if question == BASE else (question, form.questions[question].label)


def _measure(area: str) -> str:
    return f"test-{area}" if area else "medlemstest"


def met(form: Form, own: Mapping[str, str]) -> dict[str, bool | None]:
    """Return whether a member's answers meet each base requirement; None where it has not said."""
    said = {}
    for question in form.required:
        options = form.options[question]
        yes, no, _ = options.keys
        named = {*survey.chosen(own.get(question, ""), options)}
        said[question] = True if named & yes else False if named & no else None
    return said


def _all(met: Mapping[str, bool | None]) -> bool | None:
    """Return whether all base requirements are met; one that is not decides it whatever is open."""
    return False if False in met.values() else None if None in met.values() else True


def groups(book: ClaimBook) -> list[str]:
    """Return the subjects, municipalities or regions, whose points a book tells."""
    with_points = {claim.subject for claim in book.select(measure=_measure(ALL), role="spread")}
    return [subject for subject, *_ in GROUPS.values() if subject in with_points]


class AreaPoints(NamedTuple):
    """What a book tells of the points of an area, or of the whole test."""

    area: str
    q1: Claim
    median: Claim
    q3: Claim
    most: Claim
    low: Claim  # of the median of all members, answering or not
    high: Claim


def area_points(book: ClaimBook, subject: str, areas: Collection[str]) -> list[AreaPoints]:
    """Return the points of each area that a book tells of municipalities or regions; the whole test last."""
    points = []
    for area in (*areas, ALL):
        find = partial(book.select, subject=subject, measure=_measure(area))
        if quartiles := {claim.method: claim for claim in find(role="spread")}:
            low, high = (find(kind="bound", role=role)[0] for role in ("low", "high"))
            q1, median, q3 = (quartiles[method] for _, _, method, _ in _QUANTILES)
            points.append(AreaPoints(area, q1, median, q3, find(part="possible")[0], low, high))
    return points


def area_dots(book: ClaimBook, form: Form) -> list[tuple[str, Claim, Claim, Claim, Claim]]:
    """Return label, median, quartiles and most points of each area that is told."""
    points = area_points(book, form.subject, form.areas)
    return [(form.title(own.area), own.median, own.q1, own.q3, own.most) for own in points if own.area]


def area_table(book: ClaimBook, form: Form) -> pd.DataFrame:
    """Return each area's median, quartiles, most points, n and bounds, the whole test's last."""
    heads = ["Median", "Nedre kvartil", "Övre kvartil", "Högst möjligt", "Svarande", "Minst", "Störst"]
    table = [
        [form.title(area), median, q1, q3, most, f"{median.n}", low, high]
        for area, q1, median, q3, most, low, high in area_points(book, form.subject, form.areas)
    ]
    return pd.DataFrame(table, columns=["Område", *heads])


def open_rows(book: ClaimBook, areas: Mapping[str, Area]) -> list[list[Any]]:
    """Return rows for the open data: form, area and its name, quartiles, most points, n, members, bounds."""
    table = list[list[Any]]()
    for subject in groups(book):
        for area, *spread, most, low, high in area_points(book, subject, areas):
            title, n = areas[area].title if area else "Hela medlemstestet", (spread[1].n, spread[1].members)
            values = [claim.value for claim in (*spread, most)]
            table.append([subject, area or "allt", title, *values, *n, low.value, high.value])
    return table


def requirement_table(book: ClaimBook, form: Form) -> pd.DataFrame:
    """Return the share that meets each base requirement, and all of them, with bounds."""
    table = []
    for question in (*form.required, BASE):
        (measure, label), find = _requirement(form, question), partial(book.select, subject=form.subject)
        for claim in find(measure=measure, kind="share"):
            low, high = (find(measure=measure, role=role)[0] for role in ("low", "high"))
            borne = (*find(measure=measure, part="evidenced"), "–")[0]
            table.append([label, claim, f"{claim.k} av {claim.n}", borne, low, high])
    frame = pd.DataFrame(table, columns=["Baskrav", "Andel", "Uppfyller", "Varav belagda", "Minst", "Högst"])
    looked_up = any(isinstance(cell, Claim) for cell in frame.get("Varav belagda", ()))
    return frame if looked_up else frame.drop(columns="Varav belagda", errors="ignore")


def evidence_table(book: ClaimBook, form: Form, questions: Mapping[str, Question]) -> pd.DataFrame:
    """Return of each question that was looked up how many said yes, and of how many it is borne out."""
    table = []
    for name, question in questions.items():
        find = partial(book.select, subject=form.subject, measure=name)
        if name not in form.required and (borne := find(part="evidenced")):
            table.append({"Fråga": question.label, "Ja": find(part="yes")[0], "Varav belagda": borne[0]})
    return pd.DataFrame(table)


def change_table(book: ClaimBook, form: Form) -> pd.DataFrame:
    """Return the mean points of the fixed panel by area in both years, and the parts of the change."""
    table = []
    heads = {"rules": "Ändrade regler", "questions": "Nya frågor", "answers": "Ändrade svar"}
    for area in (*form.areas, ALL):
        of_panel = book.select(subject=form.subject, measure=_measure(area), role="panel")
        parts = {claim.part: claim for claim in of_panel if claim.unit == "points"}
        if parts:
            row: dict[str, str | Claim] = {"Område": form.title(area)}
            row |= {str(form.year - 1): parts["before"], str(form.year): parts["now"]}
            row |= {"Ändring": parts["change"]}
            table.append({**row, **{head: parts.get(part, "–") for part, head in heads.items()}})
    return pd.DataFrame(table)


def headline(book: ClaimBook, form: Form) -> str:
    """Return what a chart of the areas shows, Swedish, with its claims as placeholders."""
    middle, most = (f"test-{form.subject}-total-{part}" for part in ("median", "possible"))
    return f"Medianen i medlemstestet är {placeholder(middle)} av {placeholder(most)} poäng"


def caption(form: Form) -> str:
    """Return the caption of a chart of the areas."""
    return f"Medlemstestet {form.year}, {form.whose} som svarade på områdets alla frågor; {form.apart}."


def sentences(book: ClaimBook, tests: Sequence[Form]) -> list[str]:
    """Return for each form why its mean points changed, Swedish, with its claims as placeholders."""
    return [_sentence(book, form) for form in tests if f"test-{form.subject}-panel-n" in book]


def _sentence(book: ClaimBook, form: Form) -> str:
    ahead = f"test-{form.subject}-total-panel"
    parts = [name for name in _PARTS if f"{ahead}-{name}" in book and book[f"{ahead}-{name}"].value]
    reasons = [f"{_PARTS[name][0]} ({placeholder(f'{ahead}-{name}')})" for name in parts]
    n = placeholder(f"test-{form.subject}-panel-n")
    first, last, change = (placeholder(f"{ahead}-{name}") for name in ("before", "now", "change"))
    whom = {"municipality": "kommuner", "region": "regioner"}[form.kind]
    because = f": {swedish.listing(reasons)}" if reasons else ""
    return (
        f"Bland de {n} {whom} som svarade på alla frågor i medlemstestet båda åren var medelpoängen {first} "
        f"{form.year - 1} och {last} {form.year}, {form.apart}. "
        f"Ändringen av medelpoängen är {change}{because}."
    )


@dataclass(frozen=True)
class Own:
    """A member's own result, beside that of all; empty where nothing may be shown.

    ``claims`` are its points, those that it could get next, and the medians; tables are as printed.
    """

    claims: tuple[Claim, ...] = ()
    points: pd.DataFrame = field(default_factory=pd.DataFrame)  # area, own points, median, most
    required: pd.DataFrame = field(default_factory=pd.DataFrame)  # base requirement, whether it is met
    steps: pd.DataFrame = field(default_factory=pd.DataFrame)  # question, answer, points more


_MOST_STEPS = 6


def own(inputs: Inputs, code: str, *, source: str) -> Own:
    """Return a member's own result in the test of the year, and what would give the next points.

    The answers are read only where the member lets them be shown. ``source`` says where they come from, as
    printed.
    """
    answers = survey.own_answers(inputs, code, survey.all_answers)
    kind: Asked = "region" if len(code) == 2 else "municipality"
    form, given = form_of(inputs, kind), given_answers(answers, kind).get(code, {})
    if not given or not form.scored:
        return Own()
    scores, year = form.scores({code: given})[code], form.year
    claim = partial(new_claim, year=year, source=source, subject=code, direction=1)
    book = ClaimBook(c for c in claims(inputs, source=source) if c.subject == form.subject)
    table, made = [], dict[str, Claim]()
    for area in (*form.areas, ALL):
        find = partial(book.select, subject=form.subject, measure=_measure(area))
        middle, (most,) = find(role="spread", method="median"), find(part="possible")
        row: list[str | Claim] = [form.title(area), "–", middle[0] if middle else "–", most]
        if (value := total(scores, form.of_area(area))) is not None:
            name, what = f"test-own-{area or 'total'}", f"Egna poäng: {form.title(area)}"
            row[1] = made[name] = claim(name, "level", value, "points", what, measure=_measure(area))
        made |= {c.id: c for c in (*middle, most)}
        table.append(row)
    steps = []
    for question, (answer, more) in next_steps(form, given)[:_MOST_STEPS]:
        label, name = form.questions[question].label, f"test-next-{question}"
        about: dict[str, Any] = {"measure": question, "part": "next", "plus": True}
        definition = f"Poäng till med svaret ”{answer}”: {label}"
        made[name] = claim(name, "count", more, "points", definition, **about)
        steps.append((label, answer, made[name]))
    words = {True: "Uppfyllt", False: "Inte uppfyllt", None: "Inget svar"}
    required = [(form.questions[q].label, words[is_met]) for q, is_met in met(form, given).items()]
    return Own(
        tuple(made.values()),
        pd.DataFrame(table, columns=["Område", "Egna", "Median", "Högst"]),
        pd.DataFrame(required, columns=["Baskrav", "Eget svar"]),
        pd.DataFrame(steps, columns=["Fråga", "Svar", "Poäng till"]),
    )


def own_points(inputs: Inputs, form: Form) -> dict[str, dict[str, Fraction | None]]:
    """Return by member its points by area, and of the whole test; only of those that let them be shown.

    None stands where it left a question open. Of nobody else are they worked out.
    """
    agreed = {*survey.consent(inputs)["code"]}
    given = given_answers(survey.all_answers(inputs), form.kind) if agreed else {}
    scores = form.scores({code: own for code, own in given.items() if code in agreed})
    asked = {area: form.of_area(area) for area in (*form.areas, ALL)}
    return {code: {area: total(own, of) for area, of in asked.items()} for code, own in scores.items()}


def next_steps(form: Form, own: Mapping[str, str]) -> list[tuple[str, tuple[str, Fraction]]]:
    """Return for each question that could give more the answer that gives the next points, and how many more.

    Of one answer it is the nearest better one, of several the best that is not named yet. Most points first.
    """
    steps = dict[str, tuple[str, Fraction]]()
    for question in form.scored:
        options = form.options[question]
        answer = own.get(question, "")
        named, before = {*survey.chosen(answer, options)}, survey.points(answer, options)
        given, room = before or Fraction(0), options.most - (before or Fraction(0))
        worth = [(text, options.by_key[answer_key(text)]) for text in options.points]
        if options.several:
            more = [(text, min(n, room)) for text, n in worth if n and answer_key(text) not in named]
            better = sorted(more, key=lambda step: -step[1])
        else:
            better = sorted(((text, n - given) for text, n in worth if n > given), key=lambda step: step[1])
        if room and better:
            steps[question] = better[0]
    return sorted(steps.items(), key=lambda step: -step[1][1])


def applicant(inputs: Inputs, data: bytes, file: str) -> tuple[str, str, Form, dict[str, str]]:
    """Return code and name of whoever a file of answers is of, the form that it is of, and the answers.

    It may be anybody, a member or not, but one alone: a file of several is refused, and so is a year without
    points. ``data`` is an export whose headings are the questions of the test, ``file`` its name in messages.
    """
    year, places = inputs.project.params.year, sources.places(inputs)
    tests = [form for kind in survey.forms(inputs) if (form := form_of(inputs, kind)).scored]
    if not tests:
        message = f"{year} has no points in {Questions.home}; name a report whose year has them"
        raise InputError([Problem(file, "", message)])
    names = {**places.names, **places.counties}
    anybody = pd.DataFrame({"code": [*names], "name": [*names.values()], "status": "member"})
    anybody = anybody.assign(joined="", left="")
    form = max(tests, key=lambda form: survey.headings_known(data, file, form.questions, year))
    reading = survey.read_answers(data, file, form.questions, year, anybody, places)
    given = {**given_answers(reading.frame, "municipality"), **given_answers(reading.frame, "region")}
    wrong = [code for code in given if (len(code) == 2) != (form.kind == "region")]
    if len(given) != 1 or wrong:
        message = f"expected the answers of one of the {form.subject} alone, got {len(given)}, "
        message += f"{len(wrong)} of another kind; give a file with its own"
        raise InputError([Problem(file, "", message)])
    ((code, own),) = given.items()
    return code, names[code], form, own
