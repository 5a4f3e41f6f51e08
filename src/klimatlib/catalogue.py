"""What describes the inputs: questions, sources, corrections, members' examples, the report's outline."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from klimatlib.models import (
    Codes,
    FromList,
    Inside,
    IsoDate,
    MemberCode,
    Name,
    Names,
    Slug,
    Strict,
    Text,
    Texts,
    Words,
    Years,
    as_words,
)


class Question(Strict):
    """One survey question through the years (``params/questions.yml``)."""

    id: Slug = Field(description="name of the question, the same every year")
    theme: Slug = Field(description="what it is grouped with in text and charts")
    label: Words = Field(description="short Swedish name, for charts and tables")
    wording: dict[str, Text] = Field(description="year -> the question as it was put")
    counts_as_yes: Texts = Field(description="answers that count as yes, as typed in the survey tool")
    counts_as_no: Texts = Field(description="answers that count as no")
    counts_as_missing: Texts = Field(default=(), description="answers that count as not answered")
    comparable_with: Years = Field(default=(), description="earlier years that may be compared")
    comparison_note: dict[str, Words] = Field(
        default={}, description="earlier year -> what a reader must know to compare with it, or why not"
    )
    verb_phrase: Words | None = Field(default=None, description="what those who say yes do, present tense")
    turned: str | None = Field(default=None, description="the same, {share} last", pattern=r"\{share\}")
    degree: Words | None = Field(default=None, description="how far they do it, after a comma")
    detail: dict[str, Text] = Field(default={}, description="year -> more on it, whole sentences")

    @field_validator("turned")
    @classmethod
    def _in_words(cls, turned: str | None) -> str | None:
        return as_words(turned) if turned else turned

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        kinds = (self.counts_as_yes, self.counts_as_no, self.counts_as_missing)
        meant = Counter(key for answers in kinds for key in {_folded(answer) for answer in answers})
        if twice := sorted(answer for answer, count in meant.items() if count > 1):
            raise ValueError(f"{twice[0]!r} counts as two of yes, no and missing; let it stand in one list")
        if odd := [year for told in self._by_year() for year in told if not _YEAR.fullmatch(year)]:
            raise ValueError(f'{odd[0]!r} is no year; expected a year in quotes, as "2023"')
        return self

    def _by_year(self) -> tuple[dict[str, str], ...]:
        return self.wording, self.comparison_note, self.detail


_YEAR = re.compile("(19|20)[0-9]{2}")


def _folded(answer: str) -> str:
    """Return an answer as answers are compared (`klimatlib.sources.answers.answer_key`)."""
    return " ".join(answer.split()).casefold().rstrip(" .,;:!?")


class Questions(Strict):
    """The file ``params/questions.yml``."""

    questions: Annotated[tuple[Question, ...], FromList]


class Select(Strict):
    """What of a raw file is kept in its tidy table; nothing given means everything."""

    years: Years = Field(default=(), description="data years that are kept")
    codes: Codes = Field(default=(), description="municipalities that are kept; 0000 is the nation")


class Source(Strict):
    """Where an input comes from (``params/sources.yml``); one with ``raw`` is what ``fetch`` gets."""

    file: Inside = Field(description="tidy file in the project; {vintage} stands for the release if fetched")
    publisher: Text = Field(description="who publishes it, as printed")
    title: Text = Field(description="what it is, in Swedish, as printed under tables")
    url: Text | None = Field(default=None, description="where a reader finds it")
    licence: Text | None = Field(default=None, description="on what terms it may be used")
    vintage: Text | None = Field(default=None, description="release or report date of the statistics")
    retrieved: IsoDate | None = Field(default=None, description="ISO date")
    note: Text | None = Field(default=None, description="what else is good to know of it; not printed")
    raw: Text | None = Field(default=None, description="address, or path in the project, of the raw file")
    kind: Text | None = Field(default=None, description="what the raw file must be, as 'emissions-export'")
    sha256: str | None = Field(
        default=None, description="checksum of the file, or of raw", pattern=r"^[0-9a-f]{64}$"
    )
    known_gaps: Texts = Field(default=(), description="sectors whose subsectors do not add up at the source")
    select: Select = Field(default=Select(), description="what of the raw file is kept")
    allow_http: bool = Field(default=False, description="whether raw may be fetched unencrypted")


class Sources(Strict):
    """The file ``params/sources.yml``."""

    sources: dict[Slug, Source]


class Correction(Strict):
    """One known error of a source, mended until the source mends it (``params/corrections.yml``)."""

    id: Slug = Field(description="name of the correction")
    file: Inside = Field(description="file in the project that has the error")
    why: Text = Field(description="what is wrong, and how it is known")
    decided: IsoDate = Field(description="ISO date of the decision")
    where: dict[Text, str] = Field(description="column -> text, as it stands in the file; names the rows")
    rows: int = Field(default=1, ge=1, description="how many rows that must be")
    drop: bool = Field(default=False, description="leave these rows out")
    column: Text | None = Field(default=None, description="or: the column to change")
    found: str | None = Field(
        default=None, description="text that must stand there, or the source has changed"
    )
    value: str | None = Field(default=None, description="text to put there")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        change = (self.column, self.found, self.value)
        if self.drop == any(part is not None for part in change) or (not self.drop and None in change):
            raise ValueError("expected either drop: true, or column, found and value")
        return self


class Corrections(Strict):
    """The file ``params/corrections.yml``."""

    corrections: Annotated[tuple[Correction, ...], FromList]


class Agreed(Strict):
    """Who has agreed that an example is told, and when."""

    who: Text = Field(description="who gave it, and how")
    date: IsoDate = Field(description="ISO date of the day")


class Example(Strict):
    """A member's own example, given to be told (``data/<name>/examples.yml``)."""

    member: MemberCode = Field(description="the member's code: four digits, or two for a region")
    indicator: Slug = Field(description="question that it is about, or survey- and the question")
    text: Text = Field(description="the example in Swedish: a few sentences, *emphasis* and claims in them")
    link: str = Field(description="where a reader finds more", pattern=r"^https://[^\s()<>\"\\]+$")
    consent: Agreed = Field(description="that the member agreed to have it told")

    @property
    def question(self) -> str:
        """The question that it is about."""
        return self.indicator.removeprefix("survey-")


class Examples(Strict):
    """The file ``data/<name>/examples.yml``."""

    last_year: Annotated[tuple[MemberCode, ...], FromList] = Field(
        default=(), description="members whose examples the report before told; not told again"
    )
    examples: Annotated[tuple[Example, ...], FromList] = Field(description="members' examples, in any order")


class Outline(Strict):
    """The file ``notebooks/report.yml``: which notebooks, and the order of the report's parts."""

    chapters: Names = Field(description="notebooks that run side by side")
    summary: Name = Field(description="the notebook that runs after them")
    order: Texts = Field(description="notebook, or notebook#part")

    @property
    def notebooks(self) -> tuple[str, ...]:
        """All notebooks, in running order."""
        return (*self.chapters, self.summary)
