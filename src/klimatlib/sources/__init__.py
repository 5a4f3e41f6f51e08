"""The only readers: the project's own inputs, official formats and survey exports to tidy, checked frames."""

from klimatlib.sources.examples import examples, examples_file
from klimatlib.sources.facts import facts, read_facts
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.official.reading import Reading
from klimatlib.sources.official.recognise import Reader
from klimatlib.sources.signatures import Signature, fault_of_name, person, signatures, signatures_file
from klimatlib.sources.survey_input import (
    answers_of,
    answers_of_both_years,
    answers_open_to_others,
    consent,
    own_answers,
    survey_answers,
    survey_counts,
    survey_file,
)
from klimatlib.sources.tidy import (
    chapters,
    credits,
    emissions,
    goals,
    members,
    municipalities,
    origin,
    outline,
    population,
    published,
    questions,
    release_names,
    releases,
    remember,
    text,
)

__all__ = [
    "Inputs",
    "Reader",
    "Reading",
    "Signature",
    "answers_of",
    "answers_of_both_years",
    "answers_open_to_others",
    "chapters",
    "consent",
    "credits",
    "emissions",
    "examples",
    "examples_file",
    "facts",
    "fault_of_name",
    "goals",
    "members",
    "municipalities",
    "origin",
    "outline",
    "own_answers",
    "person",
    "population",
    "published",
    "questions",
    "read_facts",
    "release_names",
    "releases",
    "remember",
    "signatures",
    "signatures_file",
    "survey_answers",
    "survey_counts",
    "survey_file",
    "text",
]
