"""Questions to a publisher: what in its statistics is not likely, as warnings of a check and as a letter."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby

import pandas as pd

from klimatlib import swedish
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Correction, Corrections
from klimatlib.errors import Message, warning
from klimatlib.indicators import association
from klimatlib.indicators.anomalies import Anomaly, Evidence, emission_anomalies, population_anomalies
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.tables import NATION, TOTAL

_NAMED = 5  # places of one question
_TEXTS: dict[Evidence, tuple[str, str]] = {  # in English and in Swedish
    "sum": (
        "the municipalities add up to {value}, the nation leaves {expected} for them; look first at {places}",
        "kommunerna blir tillsammans {value}, men riket lämnar {expected} åt dem; se först på {places}",
    ),
    "series": (
        "{places}: {value}, where the years beside it make {expected} likely",
        "{places}: {value}, där åren intill talar för {expected}",
    ),
    "exchange": (
        "{places}: {value} and {expected}, each like the other's other years; are they exchanged?",
        "{places}: {value} och {expected}, som passar in i varandras andra år; är de förväxlade?",
    ),
    "place": (
        "{places}: most sectors leave their series at once ({value} in all, {expected} in the year beside "
        "it); are they another's, or in another unit?",
        "{places}: de flesta sektorer bryter sin serie på en gång (totalt {value}, {expected} året intill); "
        "hör de till en annan kommun, eller är enheten en annan?",
    ),
    "copy": (
        "{places}: the figures are those of {other}; is a year copied?",
        "{places}: talen är desamma som {other}; är ett år kopierat?",
    ),
    "release": (
        "{places}: most sectors are not those of the release before ({value}, then {expected}); "
        "are they another's?",
        "{places}: de flesta sektorer är andra än i utgåvan före ({value}, då {expected}); "
        "hör de till en annan kommun?",
    ),
}  # fmt: skip


def release_before(inputs: Inputs, earlier: ClaimBook) -> str | None:
    """Return the release that last year's report used, or the newest older one that is in the project."""
    own, names = inputs.project.params.emissions_vintage, sources.release_names(inputs)
    used = {claim.vintage for claim in earlier.select(kind="level", measure="emissions")} & {*names} - {own}
    return max(used or (name for name in names if name < own), default=None)


def all_corrections(inputs: Inputs) -> tuple[Correction, ...]:
    """Return the corrections of all files, with the questions that are put; no run rests on those."""
    path = inputs.project.root / Corrections.home
    return Inputs(inputs.project).model(path, Corrections).corrections if path.exists() else ()


def questions(
    inputs: Inputs,
    emissions: pd.DataFrame,
    population: pd.DataFrame,
    members: pd.DataFrame,
    earlier: ClaimBook,
) -> list[tuple[str, Anomaly, Correction | None]]:
    """Return the anomalies of the statistics by file, with the entry that settles them, the gravest first."""
    codes, before = association.municipality_codes(members), release_before(inputs, earlier)
    previous = sources.emissions(inputs, before) if before else None
    anomalies_of = {
        inputs.project.relative(inputs.project.release("emissions")): emission_anomalies(
            emissions, members=codes, earlier=previous
        ),
        inputs.project.relative(inputs.project.release("population")): population_anomalies(
            population, members=codes
        ),
    }
    asked = [entry for entry in all_corrections(inputs) if entry.status]
    return [
        (file, each, next((entry for entry in asked if entry.file == file and _is_of(entry, each)), None))
        for file, anomalies in anomalies_of.items()
        for each in anomalies
    ]


def _is_of(entry: Correction, anomaly: Anomaly) -> bool:
    """Whether an entry of corrections names the values that an anomaly is about."""
    own = {"year": {str(anomaly.year)}, "municipality_code": {*anomaly.codes}, "sector": {anomaly.sector}}
    return all(text in own.get(column, ()) for column, text in entry.where.items())


def question_warnings(
    inputs: Inputs, listed: list[tuple[str, Anomaly, Correction | None]]
) -> Iterator[Message]:
    """Warn of each anomaly that is not settled, and of one that is said to be mended and is not."""
    names, members = _names(inputs), association.municipality_codes(sources.members(inputs))
    for file, anomaly, entry in listed:
        if entry is None or entry.status == "mended":
            english, svenska = _in_words(anomaly, names, members)
            settled = f"; {entry.id} of params/corrections.yml says that it is mended" if entry else ""
            yield warning(f"{file}: {english}{settled}", svenska)


def letter(params_file: str) -> Iterator[str]:
    """Write the questions to each publisher as a letter in Swedish; those that are settled are left out."""
    inputs = Inputs.open(params_file, draft=True)
    tables = (sources.emissions(inputs), sources.population(inputs), sources.members(inputs))
    listed = questions(inputs, *tables, sources.previous_claims(inputs))
    names, members = _names(inputs), association.municipality_codes(tables[2])
    for file, group in groupby((each for each in listed if each[2] is None), key=lambda each: each[0]):
        source = sources.origin(inputs, file)
        release = f", utgåva {source.vintage}" if source.vintage else ""
        yield from (f"Till {source.publisher}", "")
        yield f"Vi använder {source.title}{release} ({source.url or source.raw})."
        yield "Värdena nedan avviker från vad summor och andra år talar för. Kan ni se efter om de stämmer?"
        yield ""
        for number, (_, anomaly, _) in enumerate(group, 1):
            yield f"{number}. {swedish.upper_first(_in_words(anomaly, names, members)[1])}"
        yield from ("", "Med vänlig hälsning", inputs.project.params.association, "")
    if all(entry for *_, entry in listed):
        yield "Det finns inget att fråga om."


def _names(inputs: Inputs) -> dict[str, str]:
    return {**sources.places(inputs).names, NATION: "riket"}


def _in_words(anomaly: Anomaly, names: Mapping[str, str], members: Collection[str]) -> tuple[str, str]:
    """Say what is not likely of a value, in English and in Swedish."""
    named, rest = anomaly.codes[:_NAMED], len(anomaly.codes[_NAMED:])
    places = ", ".join(f"{names.get(code, code)} ({code})" for code in named)
    where = ", ".join(filter(None, [anomaly.sector.replace(TOTAL, ""), str(anomaly.year)]))
    member = anomaly.codes[0] in members
    numbers = (anomaly.value, anomaly.expected)
    people = not anomaly.sector
    english, svenska = _TEXTS[anomaly.evidence]
    value, expected = (f"{each:,.0f} {'inhabitants' if people else 't'}" for each in numbers)
    english = english.format(
        value=value, expected=expected, other=f"{anomaly.expected:.0f}",
        places=places + (f" and {rest} more" if rest else ""),
    )  # fmt: skip
    share = f"{100 * anomaly.effect:.1f} %" if anomaly.effect >= 0.001 else "less than 0.1 %"
    of = "the members' sum" if member else "the nation's sum"
    english = f"{where}: {english} ({share} of {of})"
    value, expected = (swedish.quantity(each, "invånare" if people else "ton") for each in numbers)
    svenska = svenska.format(
        value=value, expected=expected, other=f"{anomaly.expected:.0f}",
        places=places + (f" och {rest} till" if rest else ""),
    )  # fmt: skip
    share = (
        swedish.percent(anomaly.effect, 1)
        if anomaly.effect >= 0.001
        else f"under {swedish.percent(0.001, 1)}"
    )
    return english, f"{where}: {svenska} ({share} av {'medlemmarnas' if member else 'rikets'} summa)"
