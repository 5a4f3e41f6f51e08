"""Kolada's answers: what is kept, what is dropped and noted, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import raw_files as raw
from klimatlib.errors import InputError
from klimatlib.sources.official.kolada import read_kolada
from klimatlib.sources.tables import Places

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"


def read(content: Any) -> pd.DataFrame:
    """Read an answer of the small world."""
    return read_kolada(raw.to_json(content), "kolada.json", places=raw.PLACES).frame


def test_the_documented_answer_is_read() -> None:
    path = SHARED / "fixtures/kolada_v3_data_SYNTHETIC.json"
    if not path.exists():
        pytest.skip("the sample of version 3 is not at hand (looked in ../shared/data)")
    sweden = Places.from_frame(pd.read_csv(ROOT / "data/statistics/municipalities.csv", dtype=str))
    frame = read_kolada(path.read_bytes(), path.name, places=sweden).frame
    assert frame.iloc[0].to_dict() == {
        "municipality_code": "0000",
        "year": 2021,
        "kpi": "N00401",
        "value": 4.54,
    }
    assert len(frame) == 3  # the withdrawn value is dropped, the missing one is kept
    assert frame["value"].isna().sum() == 1


def test_withdrawn_values_groups_and_regions_are_dropped_and_noted() -> None:
    reading = read_kolada(raw.to_json(raw.kolada()), "kolada.json", places=raw.PLACES)
    assert set(reading.frame["municipality_code"]) == {"0000", *raw.PLACES.names}
    assert len(reading.frame) == 16
    notes = " | ".join(reading.notes)
    for text in ("Källa: Kolada", "1 withdrawn", "1 values of groups", "1 values of regions", "0330 1990"):
        assert text in notes


def test_only_men_and_women_together_are_kept() -> None:
    content = raw.kolada()
    item = content["values"][0]
    item["values"] += [{**item["values"][0], "gender": gender, "value": 99.0} for gender in "KM"]
    assert 99.0 not in set(read(content)["value"])


def test_an_answer_of_version_2_is_read_and_noted() -> None:
    content = raw.kolada()
    content["values"] = content["values"][:5]
    content["count"] = 5
    for item in content["values"]:
        item["values"][0].pop("isdeleted")
    reading = read_kolada(raw.to_json(content), "old.json", places=raw.PLACES)
    assert len(reading.frame) == 5
    assert any("version 2" in note for note in reading.notes)


def _set(*path: Any, to: Any) -> Any:
    def change(content: Any) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("next_url", to="https://api.kolada.se/v3/…"), "goes on on another page"),
        (_set("count", to=3), "as many values as 'count'"),
        (_set("values", 0, "municipality", to="9999"), "expected a municipality code"),
        (_set("values", 0, "municipality", to=114), "expected a municipality code"),
        (_set("values", 0, "period", to="2021"), "expected a year"),
        (_set("values", 0, "kpi", to="kpi"), "id of a key figure"),
        (_set("values", 0, "values", 0, "value", to="4,54"), "expected a number"),
        (_set("values", 0, "values", 0, "value", to=None), "expected a number"),
        (_set("values", 0, "values", 0, "status", to="Missing"), "yet a value is given"),
        (_set("values", 0, "values", 0, "isdeleted", to="nej"), "true or false"),
        (_set("values", 0, "period", to=2020), "stands twice"),
        (_set("values", to=[]), "got another structure"),
    ],
)
def test_what_cannot_be_trusted_is_refused(change: Any, message: str) -> None:
    content = raw.kolada()
    change(content)
    with pytest.raises(InputError, match=message):
        read(content)
