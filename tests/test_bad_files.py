"""What the campaign's damage to official files leaves out: any bytes at all, and what no check can see.

The campaign itself is `torture.raw`, tried as promise A1.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.statistics import read_any, recognise
from torture.oracle import unclear
from torture.raw import KINDS
from torture.raw.answers import json_kinds
from torture.raw.forms import FORMS, right

CAMPAIGN = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@CAMPAIGN
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode),
                 st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail)))  # fmt: skip
def test_any_bytes_are_refused_with_a_clear_message(data: bytes) -> None:
    names = {"places": raw.PLACES, "sectors": raw.SECTORS}
    for read in (recognise, lambda d, f: read_any(d, f, **names)):
        with pytest.raises(InputError) as caught:
            read(data, "raw/any.bin")
        assert not unclear(caught.value, {"raw/any.bin"})


BEYOND = {
    "two municipalities of a county exchanged in every sector": "emissions xlsx",
    "all values scaled within the plausible": "emissions xlsx",
    "two names exchanged": "population series",
    "one value changed by a tenth": "population series",
}


@pytest.mark.parametrize("kind", BEYOND)
def test_what_no_check_within_one_file_can_see_is_known(kind: str) -> None:
    """These go through, and the comparison with the year before must catch them; if one is caught, say so."""
    form = FORMS[BEYOND[kind]]
    rows = form.rows()
    if "exchanged" in kind:
        pairs = {"Håbo": "Knivsta", "Knivsta": "Håbo"}
        rows = [[pairs.get(str(cell), cell) for cell in row] for row in rows]
    for row in rows[form.first : form.last + 1]:
        if "scaled" in kind:
            row[4:] = [value * 1.1 for value in row[4:]]
        if "tenth" in kind and row[0] == "Håbo":
            row[9] = round(row[9] * 1.1)
    frame = form.read(form.write(rows), "raw/changed.xlsx")
    assert not frame.equals(right(form.name))


def test_there_are_as_many_kinds_of_damage_as_were_promised() -> None:
    assert len(KINDS) + len(json_kinds()) >= 175
