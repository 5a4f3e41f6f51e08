"""The association's own figures: members, survey, goals, quality, one member's profile, and the back-test.

A survey share is of the respondents; the members that did not answer are never counted as no. The bounds say
what the share of all members could be: all silent ones say no, or all say yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook, Comparable, exact, share
from klimatlib.config import Params, Question
from klimatlib.errors import InputError, Problem
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.survey_export import answers_of_both_years, own_answers, survey_counts
from klimatlib.sources.tables import NATION, TOTAL, rows
from klimatlib.swedish import number, percent, quantity

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
    """Codes of the member municipalities at the year's end, sorted.

    A region among the members covers its municipalities and is left out: it would be counted twice.

    Parameters
    ----------
    register
        Columns as `tables.MEMBERS`; its status is that of the year (`klimatlib.sources.inputs.members`).
    """
    chosen = register[(register["status"] == "member") & (register["kind"] == "municipality")]
    return sorted(chosen["code"])


def listed(register: pd.DataFrame) -> int:
    """Members that the register lists at the year's end, regions too."""
    return int((register["status"] == "member").sum())


def member_claims(
    facts: Mapping[str, Any],
    *,
    year: int,
    previous: int,
    register: pd.DataFrame,
    source: str,
    register_source: str,
) -> list[Claim]:
    """Members at the year's end = previous + joined - left, observers apart.

    Parameters
    ----------
    facts
        Facts of the year; ``members`` names those that joined and left, and states the count.
    year, previous
        Report year; members at the end of the year before.
    register
        Columns as `tables.MEMBERS`.
    source, register_source
        Where the facts and the register come from, as printed.

    Raises
    ------
    InputError
        When the stated count is not what joining and leaving give.
    """
    stated = facts["members"]
    joined, left, observers = (stated[key] for key in ("joined", "left", "observers_joined"))
    count = previous + len(joined) - len(left)
    if count != stated["count_year_end"]:
        reckoned = f"{previous} + {len(joined)} - {len(left)} = {count}"
        problem = f"{stated['count_year_end']} stated, but members_previous + joined - left is {reckoned}"
        raise InputError([Problem("facts.yml", "members.count_year_end", problem)])
    numbers = {
        "count": (count, "Medlemmar vid årets slut: fjolårets antal plus nya minus utträdda"),
        "previous": (previous, "Medlemmar vid förra årets slut"),
        "joined": (len(joined), "Medlemmar som kommit till under året"),
        "left": (len(left), "Medlemmar som lämnat under året"),
    }
    observed = "Observatörer som kommit till under året; räknas inte som medlemmar"
    return [
        *(_member_claim("members", part, *row, year=year, source=source) for part, row in numbers.items()),
        _member_claim("observers", "joined", len(observers), observed, year=year, source=source),
        *register_claims(register, year=year, source=register_source),
    ]


def register_claims(register: pd.DataFrame, *, year: int, source: str) -> list[Claim]:
    """Claims on what the register alone tells: how many members it lists, and how many are municipalities.

    Parameters
    ----------
    register
        Columns as `tables.MEMBERS`.
    year, source
        Report year; where the register comes from, as printed.
    """
    counted = {
        "listed": (listed(register), "Medlemmar som förteckningen belägger, regioner medräknade"),
        "municipalities": (len(municipality_codes(register)), "Belagda medlemskommuner, utan regioner"),
    }
    return [_member_claim("members", part, *row, year=year, source=source) for part, row in counted.items()]


def _member_claim(subject: str, part: str, count: int, definition: str, *, year: int, source: str) -> Claim:
    return _count(
        f"{subject}-{part}", count, definition, year, source, unit="members", subject=subject,
        measure="members", part=part, method="count", direction=1,
    )  # fmt: skip


def _count(
    claim_id: str, value: int, definition: str, year: int, source: str, *, unit: str, **typed: Any
) -> Claim:
    """Return a claim on a count, of the report year unless ``typed`` gives a data year."""
    fields: dict[str, Any] = {"data_year": year, "definition": definition, "source": source, **typed}
    return Claim(claim_id, year, exact(value), unit, number(value), "count", **fields)


def bounds(k: int, n: int, members: int) -> tuple[Fraction, Fraction]:
    """Return the share of all members if every silent one says no, and if every one says yes.

    >>> [round(float(b), 3) for b in bounds(33, 42, 51)]
    [0.647, 0.824]
    """
    return share(k, members), share(k + members - n, members)


def shares(counts: pd.DataFrame, questions: Mapping[str, Question], *, members: int) -> pd.DataFrame:
    """Return the survey's shares.

    Parameters
    ----------
    counts
        Columns as `tables.SURVEY_COUNTS`; with answers at hand also missing, members that left it out.
    questions
        Questions by id; their order is the order of the rows.
    members
        Members asked.

    Returns
    -------
    DataFrame
        The columns of counts, and theme, label, members, share (exact fraction, 0-1), low and high (bounds
        over all members, exact fractions).
    """
    order = {question: place for place, question in enumerate(questions)}
    table = counts.sort_values("question_id", key=lambda ids: ids.map(order)).reset_index(drop=True)
    pairs = [(int(k), int(n)) for k, n in zip(table["k"], table["n"], strict=True)]
    ends = [bounds(k, n, members) for k, n in pairs]
    return table.assign(
        theme=[questions[question].theme for question in table["question_id"]],
        label=[questions[question].label for question in table["question_id"]],
        members=members,
        share=pd.Series([share(k, n) for k, n in pairs], dtype=object),
        low=pd.Series([low for low, _ in ends], dtype=object),
        high=pd.Series([high for _, high in ends], dtype=object),
    )


def comparable(question: Question, previous_year: int | None, *, exactly_known: bool) -> Comparable:
    """Whether a share may be set beside that of an earlier year.

    ``yes`` where the question is the same and the earlier counts are known, ``caution`` where only a
    published percentage is, ``broken`` where the question has changed, empty with nothing to compare.
    """
    if previous_year is None:
        return ""
    if previous_year not in question.comparable_with:
        return "broken"
    return "yes" if exactly_known else "caution"


def unlike(question: Question, years: tuple[int, int]) -> str:
    """Say what to decide where a question's wordings of two years and what may be compared do not agree.

    The same wording may be compared and another one may not, unless the comparison note of the earlier year
    says why; empty where that holds, or where the question was not put in both years.
    """
    before, now = (question.wording.get(str(year)) for year in years)
    if before is None or now is None or str(years[0]) in question.comparison_note:
        return ""
    compared = years[0] in question.comparable_with
    noted = f', or say why in comparison_note, "{years[0]}"'
    if before == now and not compared:
        return f"put as in {years[0]}, but {years[0]} is not in comparable_with; add it{noted}"
    if before != now and compared:
        return f"put otherwise than in {years[0]}, but {years[0]} is in comparable_with; take it out{noted}"
    return ""


def survey_claims(
    table: pd.DataFrame,
    questions: Mapping[str, Question],
    published: pd.DataFrame,
    *,
    params: Params,
    source: str,
    earlier_known: bool = False,
    earlier: ClaimBook | None = None,
) -> list[Claim]:
    """Claims on the survey: for each question its share, the bounds, and the earlier share it is set beside.

    Parameters
    ----------
    table
        As `shares` gives it.
    questions
        Questions by id.
    published
        Columns as `tables.PUBLISHED`; earlier years' shares in per cent.
    params, source
        The year's parameters; where the answers come from, as printed.
    earlier_known
        Whether the earlier answers themselves are at hand, and not only published percentages.
    earlier
        Claims of the report of the year before; its shares, with their n, go before published percentages.
    """
    before = {question: _previous_share(published, earlier, question) for question in table["question_id"]}
    lights = {
        question: comparable(
            questions[question],
            previous.year if previous else None,
            exactly_known=earlier_known or (previous is not None and previous.n is not None),
        )
        for question, previous in before.items()
    }
    made = _respondent_claims(table, [*lights.values()], params, source)
    inferred = "; n och k härledda ur publicerade andelar" if params.survey_inferred else ""
    for row in rows(table):
        question, label = questions[str(row.question_id)], str(row.label)
        previous, claim_id = before[question.id], f"survey-{question.id}"
        k, n, members = int(row.k), int(row.n), int(row.members)
        answered: dict[str, Any] = {
            "measure": question.id, "subject": "respondents", "denominator": "respondents",
            "inferred": params.survey_inferred, "members": members,
        }  # fmt: skip
        asked = {**answered, "subject": "members", "denominator": "members", "kind": "bound", "n": members}
        beside = {
            "comparable": lights[question.id],
            "previous_year": previous.year if previous else None,
            "previous_value": exact(previous.share) if previous else None,
        }
        of_respondents = f"Andel av de svarande: {label}{inferred}"
        least, most = (f"{end} möjliga andel av alla medlemmar: {label}" for end in ("Minsta", "Största"))
        made += [
            _share(claim_id, row.share, of_respondents, params.year, source, k=k, n=n, **answered, **beside),
            _share(f"{claim_id}-low", row.low, least, params.year, source, k=k, role="low", **asked),
            _share(
                f"{claim_id}-high",
                row.high,
                most,
                params.year,
                source,
                k=k + members - n,
                role="high",
                **asked,
            ),
        ]
        if previous is not None:
            definition = f"Publicerad andel av de svarande {previous.year}: {label}"
            definition += "" if previous.n else "; n okänt"
            typed = {**answered, "inferred": False, "members": previous.members, "data_year": previous.year}
            typed |= {"k": previous.k, "n": previous.n, "role": "previous"}
            by = previous.source or source
            made.append(_share(f"{claim_id}-previous", previous.share, definition, params.year, by, **typed))
    return made


def _share(claim_id: str, value: Fraction, definition: str, year: int, source: str, **typed: Any) -> Claim:
    """Return a claim on a share, of the report year unless ``typed`` gives a data year."""
    fields: dict[str, Any] = {"kind": "share", "data_year": year, "direction": 1, **typed}
    return Claim(
        claim_id, year, exact(value), "share", percent(value), definition=definition, source=source, **fields
    )


@dataclass(frozen=True)
class _Previous:
    """A question's share in an earlier year; how many said yes and answered, where that is known."""

    year: int
    share: Fraction
    k: int | None = None
    n: int | None = None
    members: int | None = None
    source: str = ""


def _previous_share(published: pd.DataFrame, earlier: ClaimBook | None, question_id: str) -> _Previous | None:
    """Return a question's earlier share: as the report of the year before has it, or as it was published."""
    claim_id = f"survey-{question_id}"
    if earlier is not None and claim_id in earlier:
        claim = earlier[claim_id]
        if claim.k is not None and claim.n is not None:
            exactly = share(claim.k, claim.n)
            return _Previous(claim.year, exactly, claim.k, claim.n, claim.members, claim.source)
    for row in rows(published[published["indicator"] == question_id].dropna(subset="previous_year")):
        return _Previous(int(row.previous_year), Fraction(str(row.previous_value)) / 100)
    return None


def _respondent_claims(
    table: pd.DataFrame, lights: Sequence[Comparable], params: Params, source: str
) -> list[Claim]:
    """Claims on who answered: how many, how many of those asked, and what is missing question by question."""
    year, asked = params.year, params.survey_members
    # Members that answered the survey: with answers at hand also those that left the question out.
    n = int((table["n"] + table.get("missing", 0)).max())
    compared = sum(light in ("yes", "caution") for light in lights)

    def count(name: str, value: int, definition: str, **typed: Any) -> Claim:
        fields: dict[str, Any] = {"measure": "survey", "method": "count", "direction": 1, **typed}
        return _count(f"survey-{name}", value, definition, year, source, unit="count", **fields)

    made = [
        count("respondents", n, "Medlemmar som har svarat på minst en fråga", subject="respondents"),
        count("members", asked, "Medlemmar som fick enkäten", subject="members"),
        count("compared", compared, "Frågor med en tidigare andel att jämföra med", role="previous"),
    ]
    if "missing" in table:  # item non-response, which only answers tell: the most for any question, and each
        typed: dict[str, Any] = {"subject": "members", "role": "missing"}
        most = int(table["missing"].max())
        made.append(count("missing", most, f"{_MISSING}, som mest på en fråga", **typed))
        for row in rows(table):
            question, definition = str(row.question_id), f"{_MISSING}: {row.label}"
            made.append(count(f"{question}-missing", int(row.missing), definition, measure=question, **typed))
    rate = _share(
        "survey-response", share(n, asked), "Svarsandel: svarande av tillfrågade", year, source,
        k=n, n=asked, members=asked, subject="members", measure="response", denominator="members",
    )  # fmt: skip
    return [*made, rate]


def survey_dots(book: ClaimBook, shares: pd.DataFrame) -> list[tuple[str, Claim, Claim, Claim]]:
    """Label, share, lower and upper bound of each question; the largest share first.

    ``shares`` as `shares` gives it.
    """
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
    """Return the earlier share that a claim is set beside, with its year; a dash without one."""
    if share.previous_value is None:
        return "–"
    return f"{percent(share.previous_value)} ({share.previous_year})"


def verdicts(goals: pd.DataFrame) -> pd.DataFrame:
    """Set each goal beside its result, both over the whole year.

    Parameters
    ----------
    goals
        Columns as `tables.GOALS`. A goal per week is counted 52 times, per month 12 times.

    Returns
    -------
    DataFrame
        The same rows with year_min and year_max (goal over the year, in goal_unit) and verdict: ``met`` when
        the result is at least year_min, both as they are printed, ``missed`` when it is less, ``other_unit``
        when the two are counted in different units, ``none`` without number.
    """
    periods = goals["goal_per"].map(_PERIODS_A_YEAR)
    least = goals["goal_min"] * periods

    def verdict(least: float, result: float, units: tuple[str, str]) -> Verdict:
        if pd.isna(least) or pd.isna(result):
            return "none"
        if units[0] != units[1]:
            return "other_unit"
        as_printed = [swedish.round_half_up(value, _decimals(value)) for value in (least, result)]
        return "met" if as_printed[1] >= as_printed[0] else "missed"

    units = zip(goals["goal_unit"], goals["result_unit"], strict=True)
    return goals.assign(
        year_min=least,
        year_max=goals["goal_max"] * periods,
        verdict=[verdict(*row) for row in zip(least, goals["result"], units, strict=True)],
    )


def goal_claims(table: pd.DataFrame, *, year: int, source: str) -> list[Claim]:
    """Claims on goals: as set, over the year, and the result.

    Parameters
    ----------
    table
        As `verdicts` gives it.
    year, source
        Report year; where goals and results come from, as printed.
    """
    made = []
    for row in rows(table):
        name = f"{row.channel} {row.label.lower()}" if row.channel else row.label
        parts = {
            "goal": (row.goal_min, row.goal_max, f"Mål per {row.goal_per or 'år'}, nedre gräns: {name}"),
            "year": (row.year_min, row.year_max, f"Mål räknat på hela året, nedre gräns: {name}"),
            "result": (row.result, row.result, f"Årets resultat: {name}"),
        }
        for part, (low, high, definition) in parts.items():
            if pd.isna(low):
                continue
            unit = str(row.result_unit if part == "result" else row.goal_unit)
            made.append(
                Claim(
                    f"goal-{row.id}-{part}", year, exact(float(low)), unit, _printed(part, low, high, unit),
                    "result" if part == "result" else "goal", measure=str(row.id), direction=1, part=part,
                    data_year=year, definition=definition, source=source,
                )
            )  # fmt: skip
    return made


def _printed(part: str, low: float, high: float, unit: str) -> str:
    decimals = max(_decimals(value) for value in (low, high) if not pd.isna(value))
    if unit == "procent":
        return swedish.quantity(low, "%", decimals)
    if part == "result":
        return swedish.number(low, decimals)
    return swedish.number_range(low, None if pd.isna(high) else high, decimals)


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


def goal_rows(book: ClaimBook, verdicts: pd.DataFrame) -> Rows:
    """Return printed rows: goal, as set, over the year, result, verdict."""
    printed: Rows = []
    for row in rows(verdicts):
        name, verdict = _goal_name(row), VERDICTS[row.verdict]
        if row.verdict == "none":
            printed.append([name, "–", "–", "–", verdict])
        else:
            parts = [book.find(measure=row.id, part=part) for part in ("goal", "year", "result")]
            printed.append([f"{name}, mål per {row.goal_per}" if row.goal_per else name, *parts, verdict])
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
    """Claims on timeliness: how many years the emissions lie behind the report.

    Parameters
    ----------
    params
        The report's parameters.
    source
        Who made the report, as printed.
    """
    lag = params.year - params.emissions_year
    typed: dict[str, Any] = {"measure": "quality", "part": "lag", "data_year": params.emissions_year}
    definition = "Rapportår minus utsläppens dataår"
    return [_count("quality-lag", lag, definition, params.year, source, unit="years", **typed)]


def control_claims(
    emissions: pd.DataFrame, population: pd.DataFrame, *, municipalities: int, params: Params, source: str
) -> list[Claim]:
    """Claims on accuracy: for how many years the emissions have control totals, and whether the people do.

    Parameters
    ----------
    emissions, population
        Columns as `tables.EMISSIONS` and `tables.POPULATION`; read, and so held against their totals.
    municipalities
        How many there are in the country.
    params
        The report's parameters.
    source
        Where the statistics come from, as printed.

    Returns
    -------
    list
        ``quality-controlled`` and ``quality-years``: years with sectors, and all years of the table of
        emissions. ``quality-people`` (municipalities) only where the population is that of the whole country.
    """
    people = len({*population["municipality_code"]} - {NATION})
    with_sectors = "Dataår vars totala utsläpp är kontrollerade mot summan av sektorerna"
    counts = [
        ("controlled", len({*emissions.loc[emissions["sector"] != TOTAL, "year"]}), "years", with_sectors),
        ("years", int(emissions["year"].nunique()), "years", "Dataår i tabellen över utsläpp"),
    ]
    if people == municipalities:
        definition = "Kommuner vars folkmängd är kontrollerad mot rikets"
        counts.append(("people", people, "municipalities", definition))
    typed: dict[str, Any] = {"measure": "quality", "data_year": params.emissions_year}
    return [
        _count(f"quality-{part}", count, definition, params.year, source, unit=unit, part=part, **typed)
        for part, count, unit, definition in counts
    ]


@dataclass(frozen=True)
class Profile:
    """A member's answers, and what they are set beside.

    Attributes
    ----------
    answers
        Question and answer as printed, in the order of the questions; empty where nothing may be shown.
    claims
        The year's claims on the survey; empty where nothing may be shown.
    source
        Where the answers come from, as printed; empty where nothing may be shown.
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

    Parameters
    ----------
    inputs
        The report's inputs. The survey is read only where the member's answers are at hand and may be shown.
    code
        The member.
    source
        Where the answers come from, as printed.
    """
    own = own_answers(inputs, code)
    if own.empty:
        return Profile()
    params, questions = inputs.project.params, sources.questions(inputs)
    claims = survey_claims(
        shares(survey_counts(inputs), questions, members=params.survey_members),
        questions,
        sources.published(inputs),
        params=params,
        source=source,
        earlier_known=not answers_of_both_years(inputs)[0].empty,
    )
    given = {str(row.question_id): _ANSWERS[row.counts_as] for row in rows(own)}
    answers = tuple((question, given[question]) for question in questions if question in given)
    return Profile(answers, tuple(claims), source)


def backtest_claims(published: pd.DataFrame, *, year: int, data_year: int, source: str) -> list[Claim]:
    """Claims on the emission figures as they were published.

    Parameters
    ----------
    published
        Columns as `tables.PUBLISHED`.
    year, data_year
        Report year; year that the figures fit best.
    source
        Where they were published, as printed.
    """
    claims = []
    for row in rows(published[published["indicator"].isin(INDICATORS)]):
        name, typed = _PUBLISHED[str(row.indicator)]
        reduction = typed["kind"] == "change"
        value = exact(float(row.value)) / (100 if reduction else 1)
        claims.append(
            Claim(
                f"published-{row.indicator}",
                year,
                exact(value),
                "share" if reduction else "t CO2e per capita",
                percent(value) if reduction else quantity(value, "ton", 0 if value == int(value) else 1),
                **typed,
                role="published",
                data_year=data_year,
                definition=f"Publicerat för {row.year}: {name.lower()}; dataåret antaget",
                source=source,
            )
        )
    return claims


def backtest_rows(book: ClaimBook, published: pd.DataFrame) -> list[list[str | Claim]]:
    """Return printed rows: figure, published, recomputed, why they differ.

    Parameters
    ----------
    book
        With the claims on what was published and on what is recomputed.
    published
        Columns as `tables.PUBLISHED`; ``reason`` says why a figure comes out otherwise.
    """
    reasons = dict(zip(published["indicator"], published["reason"].fillna(""), strict=True))
    printed: list[list[str | Claim]] = []
    for indicator, (name, typed) in _PUBLISHED.items():
        for before in book.select(**typed, role="published"):
            recomputed = book.find(**typed, role="main")
            why = SAME if before.text == recomputed.text else reasons.get(indicator) or UNEXPLAINED
            printed.append([name, before, recomputed, why])
    return printed
