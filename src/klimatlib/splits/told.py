"""Splits in words: one sentence on why a number changed, and rows for a waterfall or a table."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from klimatlib import swedish
from klimatlib.claims.claims import HANDFUL, Claim, ClaimBook
from klimatlib.config import Question
from klimatlib.splits.answers import panel_range
from klimatlib.splits.claimed import EMISSIONS, survey_id
from klimatlib.splits.parts import UNKNOWN, WITHHELD, Split

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
