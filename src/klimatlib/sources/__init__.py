"""The only readers: the project's own inputs, official formats and survey exports to tidy, checked frames."""

from klimatlib.sources.tidy import (
    Inputs,
    chapters,
    credits,
    emissions,
    facts,
    goals,
    members,
    municipalities,
    origin,
    outline,
    population,
    published,
    questions,
    survey_counts,
    text,
)

__all__ = [
    "Inputs",
    "chapters",
    "credits",
    "emissions",
    "facts",
    "goals",
    "members",
    "municipalities",
    "origin",
    "outline",
    "population",
    "published",
    "questions",
    "survey_counts",
    "text",
]
