"""What a claim's numbers carry: which way it went, how far in respondents, and what may be said of it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from klimatlib import swedish
from klimatlib.claims.claims import HANDFUL, Claim, ClaimBook

Carried = Literal["none", "broken", "few", "caution", "yes"]

_REDUCTION = re.compile(r"\bminskning\b", re.I)
_BOUND = ("-low", "-high", "-previous")


def is_share(claim: Claim) -> bool:
    """Whether a claim is a share of a known number."""
    return claim.unit == "share" and claim.n is not None and not claim.id.endswith(_BOUND)


def is_answer(claim: Claim) -> bool:
    """Whether a claim is a question's share in the whole survey: no panel's, and not the response rate."""
    return is_share(claim) and claim.members is not None and not claim.id.endswith("-response")


def is_change(claim: Claim) -> bool:
    """Whether a claim's own value is a change: a reduction, or a signed one."""
    return claim.unit == "share" and claim.n is None and (_reduces(claim) or _signed(claim))


def is_mean(claim: Claim) -> bool:
    """Whether a claim is a mean of values, and not a ratio of sums."""
    return "medelvärde" in claim.definition.lower() or "genomsnitt" in claim.definition.lower()


def change(claim: Claim) -> Decimal:
    """Return how far a share has moved since the earlier year, or a change's own signed value."""
    if is_change(claim):
        return -claim.value if _reduces(claim) else claim.value
    return claim.value - (claim.previous_value if claim.previous_value is not None else claim.value)


def respondents(claim: Claim) -> Decimal | None:
    """Return a share's change in respondents, None where their number is not known."""
    return None if claim.n is None else abs(change(claim)) * claim.n


def carried(claim: Claim) -> Carried:
    """Return what a share's comparison with the earlier year can carry.

    ``none`` without an earlier share, ``broken`` where the question has changed, ``few`` where the change is
    fewer than five respondents, ``caution`` where the earlier count is not known, else ``yes``.
    """
    if claim.previous_value is None:
        return "none"
    if claim.comparable == "broken":
        return "broken"
    moved = respondents(claim)
    if moved is not None and moved < HANDFUL:
        return "few"
    return "yes" if claim.comparable == "yes" else "caution"


def base_of(claim: Claim, book: ClaimBook) -> Claim:
    """Return the claim that an earlier year's share belongs to, or the claim itself."""
    ahead = claim.id.removesuffix("-previous")
    return book[ahead] if claim.id.endswith("-previous") and ahead in book else claim


def earlier(claim: Claim) -> str:
    """Return the earlier share as printed, with its year."""
    if claim.previous_value is None:
        return ""
    return f"{swedish.percent(claim.previous_value)} {claim.previous_year}"


def offered(claim: Claim) -> str:
    """Return a wording on a share's change, or on a change's own value, that its numbers carry."""
    if is_change(claim):
        size = claim.text.removeprefix(swedish.MINUS)
        return f"”{'minskade' if change(claim) < 0 else 'ökade'} med {size}”"
    told = f"{claim.text} av de svarande"
    known = carried(claim)
    if known in ("none", "broken"):
        return f"”{told}”, without an earlier year"
    if known == "few":
        return f"”{told}, mot {earlier(claim)}, men skillnaden motsvarar bara några få svarande”"
    if known == "caution":
        return f"”{told}, mot {earlier(claim)}; hur många som svarade då är inte känt”"
    return f"”{told}, en {'ökning' if change(claim) > 0 else 'minskning'} från {earlier(claim)}”"


def _reduces(claim: Claim) -> bool:
    return bool(_REDUCTION.search(claim.definition))


def _signed(claim: Claim) -> bool:
    return claim.definition.startswith("Förändring")
