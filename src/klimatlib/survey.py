"""Survey shares: k of n, exactly, with the bounds over all members and what earlier years allow.

A share is of the respondents; the members that did not answer are never counted as no. The bounds say what
the share of all members could be: all silent ones say no, or all say yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Literal

import pandas as pd

from klimatlib.claims.claims import Claim, ClaimBook, Comparable, Denominator, Kind, Role, exact, share
from klimatlib.config import Params, Question
from klimatlib.sources.tables import rows
from klimatlib.swedish import number, percent


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
        Columns as `schemas.SURVEY_COUNTS`; with answers at hand also missing, members that left it out.
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
    found = counts.sort_values("question_id", key=lambda ids: ids.map(order)).reset_index(drop=True)
    ends = [bounds(int(k), int(n), members) for k, n in zip(found["k"], found["n"], strict=True)]
    return found.assign(
        theme=[questions[i].theme for i in found["question_id"]],
        label=[questions[i].label for i in found["question_id"]],
        members=members,
        share=pd.Series(
            [share(int(k), int(n)) for k, n in zip(found["k"], found["n"], strict=True)], dtype=object
        ),
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


def claims(
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
        Columns as `schemas.PUBLISHED`; earlier years' shares in per cent.
    params, source
        The year's parameters; where the answers come from, as printed.
    earlier_known
        Whether the earlier answers themselves are at hand, and not only published percentages.
    earlier
        Claims of the report of the year before; its shares, with their n, go before published percentages.
    """
    before = {question: _earlier(published, earlier, question) for question in table["question_id"]}
    lights = {i: _light(questions[i], then, earlier_known=earlier_known) for i, then in before.items()}
    found = _respondents(table, [*lights.values()], params, source)
    inferred = "; n och k härledda ur publicerade andelar" if params.survey_inferred else ""
    for row in rows(table):
        question, told = questions[str(row.question_id)], f"Andel av de svarande: {row.label}{inferred}"
        base = _Base(
            params.year,
            params.year,
            source,
            int(row.k),
            int(row.n),
            int(row.members),
            kind="share",
            subject="respondents",
            measure=question.id,
            denominator="respondents",
            inferred=params.survey_inferred,
        )
        least = replace(base, n=base.members, kind="bound", subject="members", denominator="members")
        most = replace(least, k=int(row.k + row.members - row.n))
        then, ahead = before[question.id], f"survey-{question.id}"
        found += [
            _claim(ahead, row.share, told, base, lights[question.id], then),
            _claim(
                f"{ahead}-low",
                row.low,
                f"Minsta möjliga andel av alla medlemmar: {row.label}",
                replace(least, role="low"),
            ),
            _claim(
                f"{ahead}-high",
                row.high,
                f"Största möjliga andel av alla medlemmar: {row.label}",
                replace(most, role="high"),
            ),
        ]
        if then is not None:
            told_by = replace(base, source=then.source or source)
            found.append(_previous(f"{ahead}-previous", then, str(row.label), told_by))
    return found


@dataclass(frozen=True)
class _Base:
    """What the claims on one question share."""

    year: int
    data_year: int
    source: str
    k: int | None = None
    n: int | None = None
    members: int | None = None
    kind: Kind = "share"
    subject: str = ""
    measure: str = ""
    denominator: Denominator = ""
    role: Role = "main"
    inferred: bool = False
    direction: Literal[1] = 1


@dataclass(frozen=True)
class _Earlier:
    """A question's share in an earlier year; how many said yes and answered, where that is known."""

    year: int
    share: Fraction
    k: int | None = None
    n: int | None = None
    members: int | None = None
    source: str = ""


def _light(question: Question, then: _Earlier | None, *, earlier_known: bool) -> Comparable:
    known = earlier_known or (then is not None and then.n is not None)
    return comparable(question, then.year if then else None, exactly_known=known)


def _respondents(
    table: pd.DataFrame, lights: Sequence[Comparable], params: Params, source: str
) -> list[Claim]:
    n, asked, year = _answered(table), params.survey_members, params.year
    compared = sum(light in ("yes", "caution") for light in lights)

    def count(claim_id: str, value: int, definition: str, subject: str, role: Role, measure: str) -> Claim:
        return Claim(
            claim_id,
            year,
            exact(value),
            "count",
            number(value),
            "count",
            subject=subject,
            measure=measure,
            method="count",
            direction=1,
            role=role,
            data_year=year,
            definition=definition,
            source=source,
        )

    found = [
        count(
            "survey-respondents",
            n,
            "Medlemmar som har svarat på minst en fråga",
            "respondents",
            "main",
            "survey",
        ),
        count("survey-members", asked, "Medlemmar som fick enkäten", "members", "main", "survey"),
        count(
            "survey-compared",
            compared,
            "Frågor med en tidigare andel att jämföra med",
            "",
            "previous",
            "survey",
        ),
    ]
    if "missing" in table:  # item non-response, which only answers tell: the most for any question, and each
        told, least = (
            "Svar som saknas, ”vet ej” eller blankt; räknas inte som nej",
            int(table["missing"].max()),
        )
        found.append(
            count("survey-missing", least, f"{told}, som mest på en fråga", "members", "missing", "survey")
        )
        found += [
            count(
                f"survey-{r.question_id}-missing",
                int(r.missing),
                f"{told}: {r.label}",
                "members",
                "missing",
                str(r.question_id),
            )
            for r in rows(table)
        ]
    rate = _Base(
        year, year, source, n, asked, asked, subject="members", measure="response", denominator="members"
    )
    return [*found, _claim("survey-response", share(n, asked), "Svarsandel: svarande av tillfrågade", rate)]


def _answered(table: pd.DataFrame) -> int:
    """Members that answered the survey: with answers at hand also those that left the question out."""
    return int((table["n"] + table.get("missing", 0)).max())


def _claim(
    claim_id: str,
    value: Fraction,
    told: str,
    base: _Base,
    light: Comparable = "",
    then: _Earlier | None = None,
) -> Claim:
    return Claim(
        id=claim_id,
        value=exact(value),
        unit="share",
        text=percent(value),
        definition=told,
        comparable=light,
        previous_year=then.year if then else None,
        previous_value=exact(then.share) if then else None,
        **asdict(base),
    )


def _previous(claim_id: str, then: _Earlier, label: str, base: _Base) -> Claim:
    told = f"Publicerad andel av de svarande {then.year}: {label}" + ("" if then.n else "; n okänt")
    of_then = replace(
        base, data_year=then.year, k=then.k, n=then.n, members=then.members, role="previous", inferred=False
    )
    return _claim(claim_id, then.share, told, of_then)


def _earlier(published: pd.DataFrame, earlier: ClaimBook | None, question_id: str) -> _Earlier | None:
    """Return a question's earlier share: as the report of the year before has it, or as it was published."""
    if earlier is not None and f"survey-{question_id}" in earlier:
        claim = earlier[f"survey-{question_id}"]
        if claim.k is not None and claim.n is not None:
            exactly = share(claim.k, claim.n)
            return _Earlier(claim.year, exactly, claim.k, claim.n, claim.members, claim.source)
    for row in rows(published[published["indicator"] == question_id].dropna(subset="previous_year")):
        return _Earlier(int(row.previous_year), Fraction(str(row.previous_value)) / 100)
    return None
