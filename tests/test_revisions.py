"""One figure in several releases, on a world that can be worked out in the head."""

from __future__ import annotations

import pandas as pd

from klimatlib.claims.claims import ClaimBook
from klimatlib.indicators import emissions as revisions
from klimatlib.sources import inputs as sources

# members: 10 t for 2 people in 1990, 4 t in 2020; the nation 12 t, then 8 t. The older release: 9 t in 2020.
NEW = {
    ("1281", 1990): 10.0,
    ("1281", 2020): 4.0,
    ("0000", 1990): 12.0,
    ("0000", 2020): 8.0,
    ("0000", 2021): 7.0,
}
OLD = {**NEW, ("1281", 2020): 9.0}


def table(values):
    rows = [(code, year, "Alla", tonnes) for (code, year), tonnes in values.items()]
    return pd.DataFrame(rows, columns=["municipality_code", "year", "sector", "emissions_t"])


def people():
    pairs = sorted({*NEW})
    return pd.DataFrame([(*pair, 2) for pair in pairs], columns=["municipality_code", "year", "population"])


RELEASES = {"2025": table(NEW), "2021-10-14": table({k: v for k, v in OLD.items() if k[1] < 2021})}


def book(tiny):
    params = sources.Inputs.open("params/tiny.yml").project.params
    return ClaimBook(revisions.release_claims(RELEASES, people(), ["1281"], params=params, source="x"))


def test_the_newest_year_of_all_releases_is_compared():
    assert revisions.common_year(RELEASES, latest=2023) == 2020


def test_each_release_has_its_own_headlines(tiny):
    found = book(tiny)
    assert (found["release-2025-members-level"].text, found["release-2021-10-14-members-level"].text) == (
        "2,0\u00a0ton",
        "4,5\u00a0ton",
    )
    assert (
        found["release-2025-members-reduction"].value,
        found["release-2025-members-reduction"].vintage,
    ) == (
        found["release-2025-members-reduction"].value.__class__("0.6"),
        "2025",
    )


def test_a_conclusion_that_one_release_does_not_bear_out_is_told(tiny):
    found = book(tiny)
    assert revisions.release_headings("Slutsats", [*RELEASES]) == ["Slutsats", "14 oktober 2021", "2025"]
    # 2021: the members' 4.5 t lie above the nation's 4; they fell by 10 %, the nation by a third.
    assert revisions.release_conclusions(found, [*RELEASES]) == [
        ["Medlemmarna släpper ut mindre per invånare än riket", "Nej", "Ja"],
        ["Medlemmarnas utsläpp har minskat mer än rikets", "Nej", "Ja"],
    ]


def test_one_release_alone_gives_no_table(tiny):
    found = book(tiny)
    assert revisions.release_rows(found, ["2025"]) == revisions.release_conclusions(found, ["2025"]) == []
