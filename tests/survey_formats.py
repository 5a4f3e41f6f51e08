"""SYNTHETIC survey exports in each shape that the usual tools give, for `test_formats`."""

from __future__ import annotations

from functools import partial

from klimatlib.sources.survey_export import read_answers
from test_formats import Case
from test_survey_export import HEAD, PLACES, QUESTIONS, REGISTER, as_csv, as_xlsx, row

RIGHT = [["1280", "biokol", "Nej", "no"], ["1280", "kolsankor", "Ja", "yes"]]


def case(what: str, data: bytes, told: str = "", *, refused: bool = False) -> Case:
    """Return a case of an export that says the same as all others here, or is refused."""
    read = partial(read_answers, data, "svar", QUESTIONS, 2023, REGISTER, PLACES)
    return Case(what, read, None if refused else RIGHT, told=told)


ROWS = [HEAD, row("Malmö stad")]
CASES = [case("CSV with semicolons", as_csv(ROWS)), case("xlsx", as_xlsx(ROWS))]
