"""Rows for charts and tables, picked from the claim book: what is drawn and printed is what was claimed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from klimatlib import schemas, swedish
from klimatlib.claims.claims import LIGHTS, Claim, ClaimBook
from klimatlib.emissions import SECTOR_IDS
from klimatlib.goals import VERDICTS
from klimatlib.params import Params

_IN_TEXT = {
    "Arbetsmaskiner": "Arbetsmaskinerna",
    "Industri": "Industrin",
    "Jordbruk": "Jordbruket",
    "Transporter": "Transporterna",
}
SECTOR_NAMES = {
    "arbetsmaskiner": "Arbetsmaskiner",
    "avfall": "Avfall och avlopp",
    "uppvarmning": "Egen uppvärmning",
    "el-och-fjarrvarme": "El och fjärrvärme",
    "industri": "Industri",
    "jordbruk": "Jordbruk",
    "produktanvandning": "Produkter",
    "transporter": "Transporter",
}


def series(book: ClaimBook, group: str, *, of: str = "level") -> list[Claim]:
    """Yearly levels of ``members`` or ``nation``, in all or of one sector, ascending by data year."""
    ahead = f"emissions-{group}-{of}-"
    found = [claim for claim in book if claim.id.removeprefix(ahead).isdigit()]
    return sorted(found, key=lambda claim: claim.data_year or 0)


def sectors(book: ClaimBook, params: Params) -> list[tuple[str, Claim, Claim]]:
    """Sector, the members' and the nation's emissions per inhabitant; the members' largest first."""
    year = params.emissions_year
    rows = [
        (SECTOR_NAMES[i], book[f"emissions-members-{i}-{year}"], book[f"emissions-nation-{i}-{year}"])
        for i in SECTOR_IDS.values()
    ]
    return sorted(rows, key=lambda row: (-row[1].value, row[0]))


def sector_series(book: ClaimBook, params: Params) -> list[tuple[str, tuple[list[Claim], list[Claim]]]]:
    """Sector, and the members' and the nation's claims of the years that both have; as `sectors` orders."""
    found = []
    for name, ours, _ in sectors(book, params):
        sector = ours.id.removeprefix("emissions-members-").removesuffix(f"-{params.emissions_year}")
        both = [series(book, group, of=sector) for group in ("members", "nation")]
        years = {c.data_year for c in both[0]} & {c.data_year for c in both[1]}
        members, nation = ([c for c in claims if c.data_year in years] for claims in both)
        found.append((name, (members, nation)))
    return found


def sector_highlights(book: ClaimBook, params: Params) -> dict[str, dict[str, str] | None]:
    """Return the sectors that the text speaks of, with the ids of their claims.

    ``largest`` is the members' largest; ``above`` the one where they lie most above the nation as printed,
    None where they lie above it nowhere; ``fallen`` the one that has fallen most since the base year as
    printed, None where nothing has.
    """
    rows = sectors(book, params)
    over = [row for row in rows if _printed(row[1]) > _printed(row[2])]
    above = max(over, key=lambda row: (_printed(row[1]) - _printed(row[2]), row[0]), default=None)
    return {
        "largest": _ids(rows[0]),
        "above": _ids(above) if above else None,
        "fallen": _fallen(book, params),
    }


def _fallen(book: ClaimBook, params: Params) -> dict[str, str] | None:
    ends = [(name, ours[0], ours[-1]) for name, (ours, _) in sector_series(book, params)]
    steps = [(_printed(then) - _printed(now), name, then, now) for name, then, now in ends]
    step, name, then, now = max(steps, key=lambda found: found[:2])
    return {"name": name, "then": then.id, "now": now.id} if step > 0 else None


def _printed(claim: Claim) -> Decimal:
    return swedish.round_half_up(claim.value, 1)


def _ids(row: tuple[str, Claim, Claim]) -> dict[str, str]:
    return {"name": _IN_TEXT.get(row[0], row[0]), "members": row[1].id, "nation": row[2].id}


def survey(book: ClaimBook, shares: pd.DataFrame) -> list[tuple[str, Claim, Claim, Claim]]:
    """Label, share, lower and upper bound of each question; the largest share first.

    ``shares`` as `klimatlib.survey.shares` gives it.
    """
    ids = [f"survey-{question}" for question in shares["question_id"]]
    labels = dict(zip(ids, shares["label"], strict=True))
    rows = [(str(labels[i]), book[i], book[f"{i}-low"], book[f"{i}-high"]) for i in ids]
    return sorted(rows, key=lambda row: (-row[1].value, row[0]))


def survey_table(book: ClaimBook, shares: pd.DataFrame) -> list[list[str | Claim]]:
    """Return printed rows: question, share, yes of respondents, missing if known, bounds, comparison."""
    asked = dict(zip(shares["label"], shares["question_id"], strict=True))
    found: list[list[str | Claim]] = []
    for label, share, low, high in survey(book, shares):
        missing = [book[f"survey-{asked[label]}-missing"]] if "missing" in shares else []
        counted = f"{share.k} av {share.n}"
        found.append([label, share, counted, *missing, low, high, _earlier(share), LIGHTS[share.comparable]])
    return found


def survey_headings(shares: pd.DataFrame) -> list[str]:
    """Return the headings of `survey_table`."""
    missing = ["Saknas"] if "missing" in shares else []
    return ["Fråga", "Andel", "Ja", *missing, "Minst", "Högst", "Tidigare", "Jämförbar"]


def survey_align(shares: pd.DataFrame) -> str:
    """Return the alignment of `survey_table`, a letter a column."""
    return "lrr" + ("r" if "missing" in shares else "") + "rrrl"


def goals(book: ClaimBook, verdicts: pd.DataFrame) -> list[tuple[str, Claim, Claim]]:
    """Label, goal over the year and result of each goal in numbers; takes `klimatlib.goals.verdicts`."""
    return [
        (_goal_name(row), book[f"goal-{row.id}-year"], book[f"goal-{row.id}-result"])
        for row in schemas.rows(verdicts)
        if row.verdict in ("met", "missed")
    ]


def goals_table(book: ClaimBook, verdicts: pd.DataFrame) -> list[list[str | Claim]]:
    """Return printed rows: goal, as set, over the year, result, verdict."""
    rows: list[list[str | Claim]] = []
    for row in schemas.rows(verdicts):
        name, verdict = _goal_name(row), VERDICTS[row.verdict]
        if row.verdict == "none":
            rows.append([name, "–", "–", "–", verdict])
        else:
            parts = [book[f"goal-{row.id}-{part}"] for part in ("goal", "year", "result")]
            per = f" per {row.goal_per}" if row.goal_per else ""
            rows.append([f"{name}{per and ', mål' + per}", *parts, verdict])
    return rows


def sessions(activity: Mapping[str, Any]) -> list[list[str]]:
    """Return printed rows of an activity's sessions: date, title, guests."""
    return [
        [swedish.date(s["date"]), s["title"], swedish.listing([_guest(g) for g in s["speakers"]])]
        for s in activity["sessions"]
    ]


def series_alt(book: ClaimBook) -> str:
    """Return what the chart of levels shows, in words."""
    parts = []
    for group, who in (("members", "medlemmarna"), ("nation", "riket")):
        first, *_, last = series(book, group)
        parts.append(f"{who} från {first.text} {first.data_year} till {last.text} {last.data_year}")
    return f"Linjediagram. Utsläppen per invånare minskar för {parts[0]} och för {parts[1]}."


def sectors_alt(book: ClaimBook, params: Params) -> str:
    """Return what the chart of sectors shows, in words."""
    told = [f"{name.lower()} {ours.text} mot {nation.text}" for name, ours, nation in sectors(book, params)]
    return f"Stapeldiagram, medlemmarna mot riket: {', '.join(told)}."


def sector_series_alt(book: ClaimBook, params: Params) -> str:
    """Return what the small charts of sectors show, in words."""
    rows = sector_series(book, params)
    told = [f"{name.lower()} från {ours[0].text} till {ours[-1].text}" for name, (ours, _) in rows]
    first, last = rows[0][1][0][0].data_year, rows[0][1][0][-1].data_year
    return (
        f"Små linjediagram på samma skala, ett för varje sektor, {first}–{last}, med riket som jämförelse. "
        f"Medlemmarnas utsläpp per invånare: {', '.join(told)}."
    )


def survey_alt(book: ClaimBook, shares: pd.DataFrame) -> str:
    """Return what the chart of shares shows, in words."""
    told = [f"{label.lower()} {share.text}" for label, share, *_ in survey(book, shares)]
    return f"Punktdiagram över andelar av de svarande: {', '.join(told)}."


def goals_alt(book: ClaimBook, verdicts: pd.DataFrame) -> str:
    """Return what the chart of goals shows, in words."""
    told = [f"{name} {result.text}, mål {goal.text}" for name, goal, result in goals(book, verdicts)]
    return f"Stapeldiagram, resultat mot mål: {'; '.join(told)}."


def _earlier(share: Claim) -> str:
    if share.previous_value is None:
        return "–"
    return f"{swedish.percent(share.previous_value)} ({share.previous_year})"


def _goal_name(row: Any) -> str:
    return f"{row.channel}: {row.label.lower()}" if row.channel else str(row.label)


def _guest(speaker: Mapping[str, Any]) -> str:
    told = [part for part in (speaker.get("role"), speaker["affiliation"]) if part]
    return f"{speaker['name']} ({', '.join(told)})"


def by_code(register: pd.DataFrame) -> dict[str, str]:
    """Names of members and former members by code."""
    return dict(zip(register["code"], register["name"], strict=True))
