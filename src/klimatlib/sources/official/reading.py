"""What a reader hands over: a tidy frame and what was understood on the way."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Reading:
    """One raw file, read and checked.

    Parameters
    ----------
    kind
        What the file is, such as ``"emissions-export"`` (see `klimatlib.sources.official.recognise`).
    frame
        The tidy table; its columns and units are documented by the reader.
    file
        The file as named in messages.
    publisher
        Who publishes the numbers, to be cited as the source.
    substance
        ``"GGT"`` (all greenhouse gases), ``"CO2"``, or None where it has no meaning.
    unit
        Unit of the value column, or None.
    vintage
        The publisher's report date (ISO), or None if the file does not tell.
    notes
        What was understood: sheet used, rows dropped, spelling mended, checks that could not be made.
    """

    kind: str
    frame: pd.DataFrame
    file: str
    publisher: str
    substance: str | None
    unit: str | None
    vintage: str | None
    notes: tuple[str, ...]
