"""The association's own figures: members, survey, goals, quality, one member's profile, and the back-test.

A survey share is of the respondents; the members that did not answer are never counted as no. The bounds say
what the share of all members could be: all silent ones say no, or all say yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, Literal

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook, Comparable, Kind, exact, new_claim, share
from klimatlib.config import Change, Params, Question
from klimatlib.errors import InputError, Problem
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import answers_of_both_years, own_answers, survey_counts
from klimatlib.sources.tables import NATION, TOTAL, rows
from klimatlib.swedish import EN_DASH, number, percent

Rows = list[list[str | Claim]]
Verdict = Literal["met", "missed", "other_unit", "none"]
VERDICTS: dict[Verdict, str] = {
    "met": "Nått",
    "missed": "Inte nått",
    "other_unit": "Mäts i en annan enhet",
    "none": "Mäts inte i tal",
}
_PERIODS_A_YEAR = {"vecka": 52, "månad": 12, "år": 1, "": 1}
_ANSWERS = {"yes": "Ja", "no": "Nej", "missing": "Inget svar"}
_MISSING = "Svar som saknas, ”vet ej” eller blankt; räknas inte som nej"
# Indicator of published.csv -> its name, and the typed fields of the number that it is held against.
_REDUCTION: dict[str, Any] = {"kind": "change", "measure": "emissions", "direction": -1}
_LEVEL: dict[str, Any] = {"kind": "level", "measure": "emissions", "direction": 1}
_PUBLISHED: dict[str, tuple[str, dict[str, Any]]] = {
    "utslapp-minskning-medlemmar": ("Minskning, medlemmarna", {**_REDUCTION, "subject": "members"}),
    "utslapp-niva-medlemmar": ("Nivå, medlemmarna", {**_LEVEL, "subject": "members"}),
    "utslapp-minskning-riket": ("Minskning, riket", {**_REDUCTION, "subject": "nation"}),
    "utslapp-niva-riket": ("Nivå, riket", {**_LEVEL, "subject": "nation"}),
}
INDICATORS = tuple(_PUBLISHED)
SAME, UNEXPLAINED = "Ingen skillnad", "Skillnaden är inte förklarad"


def municipality_codes(register: pd.DataFrame) -> list[str]:
    """Codes of the member municipalities at the year's end, sorted; ``register`` as `tables.MEMBERS`.

    A region among the members covers its municipalities and is left out: it would be counted twice.
    """
    chosen = register[(register["status"] == "member") & (register["kind"] == "municipality")]
    return sorted(chosen["code"])


def listed(register: pd.DataFrame) -> int:
    """Members that the register lists at the year's end, regions too."""
    return int((register["status"] == "member").sum())


def member_claims(
    facts: Mapping[str, Any], *, year: int, previous: int, register: pd.DataFrame, source: str,
    register_source: str,
) -> list[Claim]:  # fmt: skip
    """Members at the year's end = previous + joined - left, observers apart.

    ``facts`` are those of the year, whose ``members`` names who joined and left, and states the count;
    ``previous`` are the members at the end of the year before; ``register`` has the columns of
    `tables.MEMBERS`; both sources are as printed.

    InputError: when the stated count is not what joining and leaving give.
    """
    stated = facts["members"]
    joined, left, observers = (len(stated[key]) for key in ("joined", "left", "observers_joined"))
    count = previous + joined - left
    if count != stated["count_year_end"]:
        reckoned = f"{previous} + {joined} - {left} = {count}"
        problem = f"{stated['count_year_end']} stated, but members_previous + joined - left is {reckoned}"
        raise InputError([Problem("facts.yml", "members.count_year_end", problem)])
    observed = "Observatörer som kommit till under året; räknas inte som medlemmar"
    counts = [
        ("members", "count", count, "Medlemmar vid årets slut: fjolårets antal plus nya minus utträdda"),
        ("members", "previous", previous, "Medlemmar vid förra årets slut"),
        ("members", "joined", joined, "Medlemmar som kommit till under året"),
        ("members", "left", left, "Medlemmar som lämnat under året"),
        ("observers", "joined", observers, observed),
    ]
    return _member_claims(counts, year, source) + register_claims(register, year=year, source=register_source)


def register_claims(register: pd.DataFrame, *, year: int, source: str) -> list[Claim]:
    """Claims on what the register alone tells: how many members it lists, and how many are municipalities.

    ``register`` has the columns of `tables.MEMBERS`; ``source`` says where it comes from, as printed.
    """
    municipalities, every = len(municipality_codes(register)), "Medlemmar som förteckningen belägger"
    counts = [("members", "listed", listed(register), f"{every}, regioner medräknade")]
    counts += [("members", "municipalities", municipalities, "Belagda medlemskommuner, utan regioner")]
    return _member_claims(counts, year, source)


def _member_claims(counts: list[tuple[str, str, int, str]], year: int, source: str) -> list[Claim]:
    claim = partial(new_claim, year=year, source=source, measure="members", method="count", direction=1)
    return [
        claim(f"{who}-{part}", "count", count, "members", definition, subject=who, part=part)
        for who, part, count, definition in counts
    ]


def shares(counts: pd.DataFrame, questions: Mapping[str, Question], *, members: int) -> pd.DataFrame:
    """Return the survey's shares in the order of the questions: exact fractions ``k / n``, 0-1.

    ``counts`` has the columns of `tables.SURVEY_COUNTS`, with answers at hand also missing, members that left
    it out; ``questions`` are by id, ``members`` those asked. Added are theme, label, members and share.
    """
    order = {question: place for place, question in enumerate(questions)}
    table = counts.sort_values("question_id", key=lambda ids: ids.map(order), ignore_index=True)
    asked = [questions[question] for question in table["question_id"]]
    exactly = [share(k, n) for k, n in zip(table["k"], table["n"], strict=True)]
    table = table.assign(theme=[q.theme for q in asked], label=[q.label for q in asked], members=members)
    return table.assign(share=pd.Series(exactly, dtype=object))


def comparable(question: Question, years: tuple[int, int], *, exactly_known: bool) -> Comparable:
    """Whether a question's share may be set beside that of the earlier of two years.

    ``yes`` where the question is the same and the earlier counts are known, ``caution`` where only a
    published percentage is, or where it was put otherwise and may be compared all the same, else ``broken``.
    """
    if years[0] not in question.comparable_with:
        return "broken"
    return "yes" if exactly_known and not question.changed(*years) else "caution"


def comparison_note(question: Question, claim: Claim) -> str:
    """Return on what terms a claim on a question is set beside its earlier share, or why it may not be.

    That is the note of the earlier year or, without one, what has changed; empty where nothing has.
    """
    if claim.previous_year is None:
        return ""
    change = question.changed(claim.previous_year, claim.year)
    change = change or ("wording" if claim.comparable == "broken" else "")
    return question.comparison_note.get(str(claim.previous_year), _CHANGED[change])


_CHANGED: dict[Change, str] = {
    "wording": "Frågan ställdes då på ett annat sätt.",
    "options": "Svarsalternativen var andra då.",
    "": "",
}


def unlike(question: Question, years: tuple[int, int]) -> str:
    """Say what to decide where a question in two years and what may be compared do not agree.

    The same wording with the same options may be compared, and another may not, unless the comparison note of
    the earlier year says why; empty where that holds, or where the question was not put in both years.
    """
    earlier, compared, change = years[0], years[0] in question.comparable_with, question.changed(*years)
    agree = (not change) == compared or str(earlier) in question.comparison_note
    if agree or None in (question.put_in(year) for year in years):
        return ""
    put, is_, mend = ("otherwise than", "is", "take it out") if compared else ("as", "is not", "add it")
    put = "with other answer options than" if change == "options" else f"put {put}"
    noted = f'or say why in comparison_note, "{earlier}"'
    return f"{put} in {earlier}, but {earlier} {is_} in comparable_with; {mend}, {noted}"


def survey_claims(
    table: pd.DataFrame, questions: Mapping[str, Question], published: pd.DataFrame,
    *, params: Params, source: str, earlier_known: bool = False, earlier: ClaimBook | None = None,
) -> list[Claim]:  # fmt: skip
    """Claims on the survey: for each question its share, the bounds, and the earlier share it is set beside.

    ``table`` is as `shares` gives it, ``questions`` are by id; ``published`` has the columns of
    `tables.PUBLISHED`, earlier years' shares in per cent. ``earlier_known`` tells whether the earlier answers
    themselves are at hand, and not only percentages; ``earlier`` are the claims of the report of the year
    before, whose shares, with their n, go before published percentages. ``source`` is as printed.
    """
    made, compared = list[Claim](), 0
    for row in rows(table):
        question, k, n, members = questions[row.question_id], int(row.k), int(row.n), row.members
        typed = {"year": params.year, "source": source, "measure": question.id, "direction": 1}
        previous, beside = _previous(question, published, earlier, **typed), dict[str, Any]()
        if previous:
            year, exactly = previous.data_year or 0, earlier_known or previous.n is not None
            light = comparable(question, (year, params.year), exactly_known=exactly)
            compared += light != "broken"
            beside = {"comparable": light, "previous_year": year, "previous_value": previous.value}
        typed |= {"n": n, "members": members, "inferred": params.survey_inferred}
        about: dict[str, Any] = {"k": k, **_RESPONDENTS, **beside, **typed}
        both = ", kommuner och regioner tillsammans" if getattr(row, "regions", 0) else ""
        definition = f"Andel av de svarande{both}: {row.label}"
        made.append(new_claim(f"survey-{question.id}", "share", row.share, "share", definition, **about))
        of_all = f"möjliga andel av alla {members} medlemmar, svarande eller inte: {row.label}"
        for role, which, yes in (("low", "Minsta", k), ("high", "Största", k + members - n)):
            about = {"subject": "members", "denominator": "members", "role": role, "k": yes, **typed}
            claim_id, bound = f"survey-{question.id}-{role}", share(yes, members)
            made.append(new_claim(claim_id, "bound", bound, "share", f"{which} {of_all}", **about))
        made += [previous] if previous else []
    return [*_respondent_claims(table, compared, params, source), *made]


_RESPONDENTS = {"subject": "respondents", "denominator": "respondents"}


def _previous(
    question: Question, published: pd.DataFrame, earlier: ClaimBook | None, **typed: Any
) -> Claim | None:
    """Return the claim on a question's earlier share: of the report before, with its n, or as published."""
    typed |= {"role": "previous", **_RESPONDENTS}
    shares = list[tuple[int, Fraction, str, dict[str, Any]]]()
    # By its id: claims of a book of the earlier form have no kinds to find it by.
    for claim in earlier.select(id=f"survey-{question.id}") if earlier else ():
        if claim.k is not None and claim.n is not None:
            of = {"k": claim.k, "n": claim.n, "members": claim.members, "source": claim.source}
            shares.append((claim.year, share(claim.k, claim.n), "", of))
    for row in rows(published[published["indicator"] == question.id].dropna(subset="previous_year")):
        shares.append((int(row.previous_year), Fraction(str(row.previous_value)) / 100, "; n okänt", {}))
    for year, value, unknown, of in shares[:1]:
        definition = f"Publicerad andel av de svarande {year}: {question.label}{unknown}"
        about = {"data_year": year, **typed, **of}
        return new_claim(f"survey-{question.id}-previous", "share", value, "share", definition, **about)
    return None


def _respondent_claims(table: pd.DataFrame, compared: int, params: Params, source: str) -> list[Claim]:
    """Claims on who answered: how many, how many of those asked, and what is missing question by question."""
    asked, inferred, fielded = params.survey_members, params.survey_inferred, "Medlemmar som fick enkäten"
    if inferred:  # published shares do not tell whom the survey was sent to either
        fielded = "Medlemmar vid årets slut; att alla fick enkäten är ett antagande"
    # Members that answered the survey: with answers at hand also those that left the question out.
    n = int((table["n"] + table.get("missing", 0)).max())
    claim = partial(new_claim, year=params.year, source=source, direction=1)
    count = partial(claim, kind="count", unit="count", measure="survey", method="count")
    answered, beside = "Medlemmar som har svarat på", "Frågor med en tidigare andel att jämföra med"
    of_those: dict[str, Any] = {"subject": "respondents", "inferred": inferred}
    made = [
        count("survey-respondents", value=n, definition=f"{answered} minst en fråga", **of_those),
        count("survey-members", value=asked, definition=fielded, subject="members"),
        count("survey-compared", value=compared, definition=beside, role="previous"),
    ]
    if "missing" in table:  # item non-response, which only answers tell: the most for any question, and each
        count, most = partial(count, subject="members", role="missing"), int(table["missing"].max())
        made.append(count("survey-missing", value=most, definition=f"{_MISSING}, som mest på en fråga"))
        for row in rows(table):
            about = {"value": int(row.missing), "definition": f"{_MISSING}: {row.label}"}
            made.append(count(f"survey-{row.question_id}-missing", measure=row.question_id, **about))
    of_all: dict[str, Any] = {"k": n, "n": asked, "members": asked, "inferred": inferred}
    of_all |= {"subject": "members", "denominator": "members", "measure": "response"}
    definition = "Svarsandel: svarande av tillfrågade"
    return [*made, claim("survey-response", "share", share(n, asked), "share", definition, **of_all)]


def survey_dots(book: ClaimBook, shares: pd.DataFrame) -> list[tuple[str, Claim, Claim, Claim]]:
    """Label, share, lower and upper bound of each question of `shares`; the largest share first."""
    dots = []
    for question, label in zip(shares["question_id"], shares["label"], strict=True):
        low, high = (book.find(kind="bound", measure=question, role=role) for role in ("low", "high"))
        dots.append((str(label), book.find(kind="share", measure=question, role="main"), low, high))
    return sorted(dots, key=lambda row: (-row[1].value, row[0]))


def survey_table(book: ClaimBook, shares: pd.DataFrame) -> pd.DataFrame:
    """Return each question's share, yes of respondents, missing if known, bounds and comparison."""
    table = []
    for label, share_claim, low, high in survey_dots(book, shares):
        row: dict[str, str | Claim] = {"Fråga": label, "Andel": share_claim}
        row["Ja"] = f"{share_claim.k} av {share_claim.n}"
        if "missing" in shares:
            row["Saknas"] = book.find(measure=share_claim.measure, role="missing")
        row |= {"Minst": low, "Högst": high, "Tidigare": printed_previous(share_claim)}
        table.append({**row, "Jämförbar": LIGHTS[share_claim.comparable]})
    return pd.DataFrame(table)


def printed_previous(share: Claim) -> str:
    """Return the earlier share of a claim with its year, of a broken series in words; a dash without one."""
    if share.previous_value is None:
        return "–"
    broken = f", {LIGHTS['broken'].lower()}" if share.comparable == "broken" else ""
    return f"{percent(share.previous_value)} ({share.previous_year}){broken}"


def verdicts(goals: pd.DataFrame) -> pd.DataFrame:
    """Set each goal beside its result, both over the whole year.

    The rows of ``goals``, columns as `tables.GOALS`, get year_min and year_max: a goal per week is counted 52
    times, per month 12 times. The verdict is ``met`` when the result is at least year_min, both as they are
    printed, ``missed`` when it is less, ``other_unit`` when the two are counted in different units, ``none``
    without number.
    """

    def verdict(row: Any) -> Verdict:
        if pd.isna(row.goal_min) or pd.isna(row.result):
            return "none"
        if row.goal_unit != row.result_unit:
            return "other_unit"
        least, result = (swedish.round_half_up(v, _decimals(v)) for v in (row.year_min, row.result))
        return "met" if result >= least else "missed"

    periods = goals["goal_per"].map(_PERIODS_A_YEAR)
    table = goals.assign(year_min=goals["goal_min"] * periods, year_max=goals["goal_max"] * periods)
    return table.assign(verdict=[verdict(row) for row in rows(table)])


def goal_claims(table: pd.DataFrame, *, year: int, source: str) -> Iterator[Claim]:
    """Claims on goals: as set, over the year, and the result; ``table`` as `verdicts` gives it.

    ``year`` is the report year, ``source`` where goals and results come from, as printed.
    """
    for row in rows(table):
        name = f"{row.channel} {row.label.lower()}" if row.channel else row.label
        a_period, of_year = f"Mål per {row.goal_per or 'år'}", "Mål räknat på hela året"
        parts: tuple[tuple[str, Kind, float, float, str, str], ...] = (
            ("goal", "goal", row.goal_min, row.goal_max, row.goal_unit, f"{a_period}, nedre gräns"),
            ("year", "goal", row.year_min, row.year_max, row.goal_unit, f"{of_year}, nedre gräns"),
            ("result", "result", row.result, row.result, row.result_unit, "Årets resultat"),
        )
        for part, kind, low, high, unit, what in parts:
            if pd.isna(low):
                continue
            decimals = max(_decimals(value) for value in (low, high) if not pd.isna(value))
            text = number(low, decimals)
            if unit == "procent":
                text = swedish.quantity(low, "%", decimals)
            elif kind == "goal":
                text = f"minst {text}" if pd.isna(high) else f"{text}{EN_DASH}{number(high, decimals)}"
            typed: dict[str, Any] = {"year": year, "source": source, "direction": 1, "measure": row.id}
            typed |= {"part": part, "text": text}
            yield new_claim(f"goal-{row.id}-{part}", kind, low, unit, f"{what}: {name}", **typed)


def _decimals(value: float) -> int:
    """Return how many decimals a goal or a result is printed with: as many as it has, two at most."""
    return next((decimals for decimals in (0, 1) if round(value, decimals) == value), 2)


def goals_in_numbers(book: ClaimBook, verdicts: pd.DataFrame) -> list[tuple[str, Claim, Claim]]:
    """Label, goal over the year and result of each goal in numbers; ``verdicts`` as `verdicts` gives it."""
    return [
        (_goal_name(row), book.find(measure=row.id, part="year"), book.find(measure=row.id, part="result"))
        for row in rows(verdicts)
        if row.verdict in ("met", "missed")
    ]


def furthest(goals: list[tuple[str, Claim, Claim]]) -> dict[str, str]:
    """Return of goals in numbers the one whose result is the most of it: its name, and its claims' ids."""
    name, goal, result = max(goals, key=lambda row: row[2].value / row[1].value)
    return {"name": name, "goal": goal.id, "result": result.id}


def goal_rows(book: ClaimBook, verdicts: pd.DataFrame) -> Rows:
    """Return printed rows: goal, as set, over the year, result, verdict."""
    printed: Rows = []
    for row in rows(verdicts):
        name, verdict, parts = _goal_name(row), VERDICTS[row.verdict], ("goal", "year", "result")
        if row.verdict == "none":
            printed.append([name, "–", "–", "–", verdict])
        else:
            name += f", mål per {row.goal_per}" if row.goal_per else ""
            printed.append([name, *(book.find(measure=row.id, part=part) for part in parts), verdict])
    return printed


def _goal_name(row: Any) -> str:
    return f"{row.channel}: {row.label.lower()}" if row.channel else str(row.label)


def session_rows(activity: Mapping[str, Any]) -> list[list[str]]:
    """Return printed rows of an activity's sessions: date, title, guests."""

    def guest(speaker: Mapping[str, Any]) -> str:
        what = [part for part in (speaker.get("role"), speaker["affiliation"]) if part]
        return f"{speaker['name']} ({', '.join(what)})"

    return [
        [swedish.date(s["date"]), s["title"], swedish.listing([guest(speaker) for speaker in s["speakers"]])]
        for s in activity["sessions"]
    ]


def timeliness_claims(params: Params, *, source: str) -> list[Claim]:
    """Claims on timeliness: how many years the emissions lie behind the report."""
    lag = params.year - params.emissions_year
    return _quality_claims([("lag", lag, "years", "Rapportår minus utsläppens dataår")], params, source)


def control_claims(
    emissions: pd.DataFrame, population: pd.DataFrame, *, municipalities: int, params: Params, source: str
) -> list[Claim]:
    """Claims on accuracy: for how many years the emissions have control totals, and whether the people do.

    The tables, as `tables.EMISSIONS` and `tables.POPULATION`, are read, and so held against their totals.
    ``municipalities`` is how many there are in the country, 0 where the nation's inhabitants are a mere sum
    of theirs; there is a claim on the people only where all of them have some. ``source`` is as printed.
    """
    people = len({*population["municipality_code"]} - {NATION})
    with_sectors = "Dataår vars totala utsläpp är kontrollerade mot summan av sektorerna"
    counts = [
        ("controlled", len({*emissions.loc[emissions["sector"] != TOTAL, "year"]}), "years", with_sectors),
        ("years", emissions["year"].nunique(), "years", "Dataår i tabellen över utsläpp"),
        ("people", people, "municipalities", "Kommuner vars folkmängd är kontrollerad mot rikets"),
    ]
    return _quality_claims(counts if people == municipalities else counts[:2], params, source)


def _quality_claims(counts: list[tuple[str, int, str, str]], params: Params, source: str) -> list[Claim]:
    claim = partial(new_claim, measure="quality", year=params.year, data_year=params.emissions_year)
    return [
        claim(f"quality-{part}", "count", count, unit, definition, source=source, part=part)
        for part, count, unit, definition in counts
    ]


@dataclass(frozen=True)
class Profile:
    """A member's answers, and what they are set beside; all empty where nothing may be shown.

    ``answers`` are question and answer as printed, in the order of the questions, ``claims`` those of the
    year on the survey; ``source`` says where the answers come from, as printed.
    """

    answers: tuple[tuple[str, str], ...] = ()
    claims: tuple[Claim, ...] = ()
    source: str = ""

    def sources(self, others: str) -> str:
        """Return printed sources, with that of the answers where they are shown."""
        return f"{others}; {self.source}" if self.source else others

    def halves(self, book: ClaimBook, questions: Mapping[str, Question]) -> tuple[Rows, Rows]:
        """Return printed rows in two parts side by side: question, answer, share of all that say yes.

        The first part is never the shorter.
        """
        printed: Rows = [
            [questions[question].label, answer, book.find(kind="share", measure=question, role="main")]
            for question, answer in self.answers
        ]
        middle = (len(printed) + 1) // 2
        return printed[:middle], printed[middle:]


def profile(inputs: Inputs, code: str, *, source: str) -> Profile:
    """Return the member's own answers of the year beside those of all.

    The survey is read only where the member's answers are at hand and may be shown. ``source`` says where
    the answers come from, as printed.
    """
    own = own_answers(inputs, code)
    if own.empty:
        return Profile()
    params, questions = inputs.project.params, sources.questions(inputs)
    table = shares(survey_counts(inputs), questions, members=params.survey_members)
    published, has_earlier = sources.published(inputs), not answers_of_both_years(inputs)[0].empty
    before: dict[str, Any] = {"earlier_known": has_earlier, "earlier": sources.previous_claims(inputs)}
    claims = survey_claims(table, questions, published, params=params, source=source, **before)
    given = {row.question_id: _ANSWERS[row.counts_as] for row in rows(own)}
    answers = tuple((question, given[question]) for question in questions if question in given)
    return Profile(answers, tuple(claims), source)


def own_target_claims(targets: pd.DataFrame, code: str, *, year: int) -> Iterator[Claim]:
    """Claim on a member's own target for its emissions; ``targets`` as `tables.MEMBER_TARGETS`."""
    for row in rows(targets[targets["code"] == code]):
        definition = f"Eget mål för utsläppen {row.year} mot {row.base_year}, som medlemmen uppger det"
        about: dict[str, Any] = {"subject": code, "measure": "emissions_total", "direction": -1}
        about |= {"base_year": int(row.base_year), "data_year": int(row.year), "source": row.source}
        share_below = Fraction(int(row.percent_below), 100)
        yield new_claim("own-target", "goal", share_below, "share", definition, year=year, **about)


def backtest_claims(published: pd.DataFrame, *, year: int, data_year: int, source: str) -> Iterator[Claim]:
    """Claims on the emission figures as they were published; ``published`` as `tables.PUBLISHED`.

    ``data_year`` is the year that the figures fit best, ``source`` where they were published, as printed.
    """
    for row in rows(published[published["indicator"].isin(INDICATORS)]):
        (name, typed), value, unit = _PUBLISHED[row.indicator], exact(row.value) / 100, "share"
        if typed["kind"] == "level":
            value, unit = value * 100, "t CO2e per capita"
            typed = {**typed, "decimals": int(value % 1 > 0)}
        typed = {**typed, "role": "published", "year": year, "data_year": data_year, "source": source}
        definition = f"Publicerat för {row.year}: {name.lower()}; dataåret antaget"
        yield new_claim(f"published-{row.indicator}", value=value, unit=unit, definition=definition, **typed)


def backtest_rows(book: ClaimBook, published: pd.DataFrame) -> Rows:
    """Return printed rows: figure, published, recomputed, why they differ.

    ``published`` has the columns of `tables.PUBLISHED`; its ``reason`` says why a figure comes out otherwise.
    """
    reasons, printed = dict(zip(published["indicator"], published["reason"].fillna(""), strict=True)), Rows()
    for indicator, (name, typed) in _PUBLISHED.items():
        for before in book.select(**typed, role="published", part=""):
            recomputed = book.find(**typed, role="main")
            why = SAME if before.text == recomputed.text else reasons.get(indicator) or UNEXPLAINED
            printed.append([name, before, recomputed, why])
    return printed


# ---- the year's documents before this one --------------------------------------------------------
_TOLD = ("main", "achieved", "required", "by_method", "split", "missing")  # the others are drawn in charts


def document_claims(
    book: ClaimBook, printed: Iterable[Claim], *, title: str, publisher: str
) -> Iterator[Claim]:
    """Claims on the numbers that an earlier document of the year printed otherwise than they are in the book.

    ``printed`` are those that it printed (`sources.inputs.earlier_documents`), ``title`` is its name and
    ``publisher`` who gave it out. The part of each claim is the number's own id.
    """
    for before in printed:
        if before.role != "published" and before.id in book and before.text != book[before.id].text:
            typed: dict[str, Any] = {"role": "published", "part": before.id, "notebook": "", "cell": ""}
            typed |= {"comparable": "", "previous_year": None, "previous_value": None}
            typed["definition"] = f"{before.definition.rstrip('.')}; som det stod i {title}"
            name = f"{swedish.slug(title)}-{before.id}"
            yield replace(before, id=name, source=f"{publisher}: {title}", **typed)


def printed_before(book: ClaimBook) -> list[Claim]:
    """Return the claims of `document_claims` that a book holds."""
    return [claim for claim in book.select(role="published") if claim.part]


def document_rows(book: ClaimBook, claims: Sequence[Claim]) -> Rows:
    """Return printed rows on an earlier document of the year: number, as it stood there, as it stands here.

    ``claims`` are its own of `document_claims`; points of charts are not told one by one.
    """
    listed = [claim for claim in claims if book[claim.part].role in _TOLD]
    printed: Rows = [[book[c.part].definition, c, book[c.part]] for c in listed]
    if len(listed) < len(claims):
        printed.append(["Punkter i diagrammen", "–", "andra"])
    return printed
