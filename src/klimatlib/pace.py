"""How fast emissions per inhabitant fall, and how fast they would have to fall to reach given levels.

Both are constant yearly percentages: a level that falls by r a year is ``(1 - r) ** years`` of itself after
so many years. The levels that the pace is counted to are comparisons, set by parameters, and nobody's goal:
Sweden's goals are in tonnes, that of 2030 without the plants in the EU's emissions trading.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from klimatlib import emissions
from klimatlib.claims.claims import Claim, ClaimBook, Role, exact
from klimatlib.emissions import Basis
from klimatlib.swedish import MINUS, listing, percent, quantity

Targets = Sequence[tuple[int, Fraction]]
# Shares below the base year: those of Sweden's goals, here laid on the total emissions per inhabitant.
TARGETS: Targets = ((2030, Fraction(63, 100)), (2045, Fraction(85, 100)))
TARGET_SOURCE = "Riksdagen: det klimatpolitiska ramverket"
RECENT = {"ten": 10, "five": 5}
_HOW = "konstant procent per år, utsläpp per invånare"
_NOT_A_GOAL = "räknat på de totala utsläppen per invånare, som jämförelse och inte som mål"


def yearly(start: float, end: float, years: int) -> float:
    """Yearly fall, as a share, that takes a level from start to end at a constant percentage.

    Parameters
    ----------
    start, end
        Levels, t CO2e per inhabitant; start above nought.
    years
        Years between them, at least one.

    Notes
    -----
    ``1 - (end / start) ** (1 / years)``; below nought where the level rises.

    >>> yearly(8.0, 2.0, 2)
    0.5
    """
    if start <= 0 or years < 1:
        raise ValueError(f"no yearly pace from {start} over {years} years")
    return float(1 - (end / start) ** (1 / years))


def required(level: float, base_level: float, *, share: Fraction, years: int) -> float:
    """Yearly fall, as a share, that takes a level to ``share`` below the base level; nought if it is there.

    >>> required(4.0, 8.0, share=Fraction(3, 4), years=1)
    0.5
    """
    return max(0.0, yearly(level, float(1 - share) * base_level, years))


def started(years: Sequence[int], *, year: int, span: int) -> int | None:
    """Return the last year with data that lies at least ``span`` years before ``year``; None without one."""
    return max((known for known in years if known <= year - span), default=None)


def claims(basis: Basis, *, targets: Targets = TARGETS, target_source: str = TARGET_SOURCE) -> list[Claim]:
    """Claims on the pace: achieved since the base year and of late, required to each target, target levels.

    Parameters
    ----------
    basis
        What emission claims rest on.
    targets
        Pairs of year and share below the base year (0-1); those of the past are left out.
    target_source
        Where the targets come from, as printed.
    """
    targets = [(year, share) for year, share in targets if year > basis.params.emissions_year]
    found = [_target(basis, *target, source=target_source) for target in targets]
    for group, codes in basis.groups:
        found += _achieved(basis, group, codes)
        for target in targets:
            found += _required(basis, group, codes, *target)
    return found


def rows(basis: Basis, book: ClaimBook, *, targets: Targets = TARGETS) -> list[list[str | Claim]]:
    """Return printed rows: what the pace is of, and the pace of each group of the basis, per cent a year."""
    year, base = basis.params.emissions_year, basis.params.base_year
    names = [
        (f"Hittills, {start}–{year}", f"achieved-{i}") for i, start in _starts(basis, basis.codes).items()
    ]
    names += [
        (f"Krävs {year}–{until} för {percent(share)} lägre än {base}", f"required-{until}")
        for until, share in targets
        if until > year
    ]
    return [[label, *(book[f"pace-{group}-{i}"] for group, _ in basis.groups)] for label, i in names]


def view(book: ClaimBook, *, targets: Targets = TARGETS) -> list[dict[str, object]]:
    """Return for the text each target: year, whether the pace since the base year would do, ids of claims."""
    return [
        {
            "year": year,
            "share": f"pace-target-{year}",
            "members": f"pace-members-required-{year}",
            "nation": f"pace-nation-required-{year}",
            "level": f"pace-members-target-{year}",
            "enough": _achieved_value(book) >= book[f"pace-members-required-{year}"].value,
        }
        for year in _years(book, targets)
    ]


def sentence(book: ClaimBook, *, targets: Targets = TARGETS) -> str:
    """Return one sentence on the members' pace, Swedish, with its claims as placeholders."""
    needed = [
        f"{_claim(f'members-required-{year}')} per år för {_claim(f'target-{year}')} lägre utsläpp "
        f'{{{{ about("pace-target-{year}").data_year }}}}'
        for year in _years(book, targets)
    ]
    verb = "minskat" if _achieved_value(book) >= 0 else "ändrats"
    since = f"Sedan {{{{ params.base_year }}}} har medlemmarnas utsläpp per invånare {verb}"
    told = f"{since} med {_claim('members-achieved-base')} per år"
    return f"{told}; som jämförelse krävs {listing(needed)}." if needed else f"{told}."


def paths(book: ClaimBook, *, targets: Targets = TARGETS) -> list[tuple[str, Claim, Claim]]:
    """Return label, level and yearly fall that it takes, of each target of the members, for the chart."""
    names = ("target", "members-target", "members-required")
    three = [[book[f"pace-{name}-{year}"] for name in names] for year in _years(book, targets)]
    return [(f"{MINUS}{share.text}", level, pace) for share, level, pace in three]


def alt(book: ClaimBook, *, targets: Targets = TARGETS) -> str:
    """Return what the chart of the pace shows, in words."""
    told = [
        f"{pace.text} per år till {level.text} {level.data_year}"
        for _, level, pace in paths(book, targets=targets)
    ]
    achieved = book["pace-members-achieved-base"].text
    return (
        f"Linjediagram. Medlemmarnas utsläpp per invånare har minskat med {achieved} per år. "
        f"Streckade linjer visar vad som krävs: {listing(told)}."
    )


def _claim(name: str) -> str:
    return f'{{{{ claim("pace-{name}") }}}}'


def _years(book: ClaimBook, targets: Targets) -> list[int]:
    return [year for year, _ in targets if f"pace-target-{year}" in book]


def _level(basis: Basis, codes: Sequence[str], year: int) -> float:
    return emissions.level(basis.table, codes, year=year, definition=basis.params.definition)


def _starts(basis: Basis, codes: Sequence[str]) -> dict[str, int]:
    year, base = basis.params.emissions_year, basis.params.base_year
    known = [known for known in emissions.years(basis.table, codes) if base <= known < year]
    found = {"base": base, **{i: started(known, year=year, span=span) for i, span in RECENT.items()}}
    return {i: start for i, start in found.items() if start is not None and (i == "base" or start != base)}


def _achieved(basis: Basis, group: str, codes: Sequence[str]) -> list[Claim]:
    year = basis.params.emissions_year
    now = _level(basis, codes, year)
    return [
        _pace(
            basis,
            f"pace-{group}-achieved-{i}",
            yearly(_level(basis, codes, start), now, year - start),
            f"Minskning per år {start}–{year}, {basis.set_name(codes)}: {_HOW}",
            subject=basis.subject(group),
            role="achieved",
            part=i,
            base_year=start,
        )
        for i, start in _starts(basis, codes).items()
    ]


def _required(basis: Basis, group: str, codes: Sequence[str], until: int, share: Fraction) -> list[Claim]:
    year, base = basis.params.emissions_year, basis.params.base_year
    now, then = _level(basis, codes, year), _level(basis, codes, base)
    aim, who = f"{percent(share)} lägre än {base} till {until}", basis.set_name(codes)
    pace = required(now, then, share=share, years=until - year)
    told = f"Minskning per år som krävs {year}–{until} för {aim}, {who}: {_HOW}; {_NOT_A_GOAL}"
    level = float(1 - share) * then
    meant = f"Utsläpp per invånare {aim}, {who}; {_NOT_A_GOAL}"
    text = quantity(level, "ton", 1)
    return [
        _pace(
            basis,
            f"pace-{group}-required-{until}",
            pace,
            told,
            subject=basis.subject(group),
            role="required",
            part=str(until),
            base_year=base,
        ),
        basis.claim(
            f"pace-{group}-target-{until}",
            level,
            text,
            kind="goal",
            unit=emissions.UNIT,
            year=until,
            told=meant,
            subject=basis.subject(group),
            method=basis.params.definition,
            role="target",
            part=str(until),
            base_year=base,
        ),
    ]


def _pace(
    basis: Basis,
    claim_id: str,
    value: float,
    told: str,
    *,
    subject: str,
    role: Role,
    part: str,
    base_year: int,
) -> Claim:
    return basis.claim(
        claim_id,
        value,
        percent(value, 1),
        kind="pace",
        unit="share per year",
        year=basis.params.emissions_year,
        told=told,
        subject=subject,
        method="constant_rate",
        direction=-1,
        role=role,
        part=part,
        base_year=base_year,
    )


def _target(basis: Basis, year: int, share: Fraction, *, source: str) -> Claim:
    told = f"Minskning {basis.params.base_year}–{year} som takten räknas mot, {_NOT_A_GOAL}"
    return Claim(
        f"pace-target-{year}",
        basis.params.year,
        exact(share),
        "share",
        percent(share),
        "goal",
        measure="emissions",
        direction=-1,
        role="target",
        part=str(year),
        base_year=basis.params.base_year,
        data_year=year,
        definition=told,
        source=source,
    )


def _achieved_value(book: ClaimBook) -> Decimal:
    return book["pace-members-achieved-base"].value
