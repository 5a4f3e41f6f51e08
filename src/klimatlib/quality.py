"""The quality declaration's own figures, after the five parts of official statistics' quality."""

from __future__ import annotations

from klimatlib.claims import Claim, exact
from klimatlib.params import Params
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
            data_year=params.emissions_year,
            definition="Rapportår minus utsläppens dataår",
            source=source,
        )
    ]
