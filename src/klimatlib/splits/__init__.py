"""Why did the number change? Exact splits whose parts add up to the whole change.

A number of the association changes for several reasons at once: its members do something, other members
answer or belong to it, people move in, older statistics are revised. Each reason gets its part, as an exact
fraction, so that nothing is left over. A part that cannot be known is None and never nought.
"""

from klimatlib.splits.answers import Panel, fixed_panel, panel_range, survey_split, withheld
from klimatlib.splits.claimed import (
    EMISSIONS,
    emissions_claims,
    signed,
    survey_claims,
    survey_id,
    survey_splits,
)
from klimatlib.splits.level import Edition, edition_before, emissions_split, previous_codes, year_before
from klimatlib.splits.parts import UNKNOWN, WITHHELD, Part, Split
from klimatlib.splits.told import alt, lacking, sentence, steps, survey_sentence, survey_sentences

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
