"""The quality declaration's own figures, after the five parts of official statistics' quality."""

from __future__ import annotations

import pandas as pd

from klimatlib.claims.claims import Claim, exact
from klimatlib.config import Params
from klimatlib.sources.inputs import years_with_sectors
from klimatlib.sources.tables import NATION
from klimatlib.swedish import number


def claims(params: Params, *, source: str) -> list[Claim]:
    """Claims on timeliness: how many years the emissions lie behind the report.

    Parameters
    ----------
    params
        The report's parameters.
    source
        Who made the report, as printed.
    """
    lag = params.year - params.emissions_year
    return [
        Claim(
            "quality-lag",
            params.year,
            exact(lag),
            "years",
            number(lag),
            "count",
            measure="quality",
            part="lag",
            data_year=params.emissions_year,
            definition="Rapportår minus utsläppens dataår",
            source=source,
        )
    ]


def control_claims(
    emissions: pd.DataFrame, population: pd.DataFrame, *, municipalities: int, params: Params, source: str
) -> list[Claim]:
    """Claims on accuracy: for how many years the emissions have control totals, and whether the people do.

    Parameters
    ----------
    emissions, population
        Columns as `schemas.EMISSIONS` and `schemas.POPULATION`; read, and so held against their totals.
    municipalities
        How many there are in the country.
    params
        The report's parameters.
    source
        Where the statistics come from, as printed.

    Returns
    -------
    list
        ``quality-controlled`` and ``quality-years``: years with sectors, and all years of the table of
        emissions. ``quality-people`` (municipalities) only where the population is that of the whole country.
    """
    told = [
        ("controlled", len(years_with_sectors(emissions)), "years", _WITH_SECTORS),
        ("years", emissions["year"].nunique(), "years", "Dataår i tabellen över utsläpp"),
    ]
    people = len({*population["municipality_code"]} - {NATION})
    if people == municipalities:
        told.append(("people", people, "municipalities", _WHOLE_COUNTRY))
    return [
        Claim(
            f"quality-{part}", params.year, exact(count), unit, number(count), "count", measure="quality",
            part=part, data_year=params.emissions_year, definition=definition, source=source,
        )
        for part, count, unit, definition in told
    ]  # fmt: skip


_WITH_SECTORS = "Dataår vars totala utsläpp är kontrollerade mot summan av sektorerna"
_WHOLE_COUNTRY = "Kommuner vars folkmängd är kontrollerad mot rikets"
