"""Names of the emissions database: substances, sectors, subsectors, and the spelling slips of its exports."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from klimatlib.schemas import SECTORS, TOTAL
from klimatlib.sources.files import clean, odd_letters, shown

FOREIGN = "Utrikes transporter"
"""The one main sector that is outside the total, always."""
SUBSTANCES: Mapping[str, tuple[str, ...]] = {
    "GGT": ("växthusgaser totalt", "ggt", "co2e", "co2-ekv"),
    "CO2": ("koldioxid (co2)", "koldioxid", "co2"),
}
"""Substance code of the export's address, and the names that exports and people use for it."""
SUBSTANCE_TITLES: Mapping[str, str] = {"GGT": "Växthusgaser totalt", "CO2": "Koldioxid (CO2)"}
NATION_T: Mapping[str, tuple[float, float]] = {"GGT": (30e6, 90e6), "CO2": (25e6, 80e6)}
"""Plausible national totals (t a year); 44-73 Mt and 36-58 Mt have been published."""
MENDED: Mapping[str, str] = {
    "Egen uppärmning av bostäder och lokaler": "Egen uppvärmning av bostäder och lokaler",
    "Millitär transport": "Militär transport",
    "Slitage fran däck och bromsar": "Slitage från däck och bromsar",
    "Slitage fran vägbanan": "Slitage från vägbanan",
    "Avdunsting fran vägfordon": "Avdunstning från vägfordon",
    "inrikes civil sjöfart (inkl privata fritidsbåtar)": "Inrikes civil sjöfart (inkl. privata fritidsbåtar)",
    "Hastgödsel (lagring, användning och bete)": "Hästgödsel (lagring, användning och bete)",
    "Indirekta utsläpp av lustgas fran brukad mark": "Indirekta utsläpp av lustgas från brukad mark",
    "Urea for katalysatorer": "Urea för katalysatorer",
    "Lustgas fran produktanvändning": "Lustgas från produktanvändning",
    "Krematorier och förbranning av farligt avfall": "Krematorier och förbränning av farligt avfall",
}
"""Spelling slips seen in exports, and the name that replaces each."""
SUBSECTORS: Mapping[str, tuple[str, ...]] = {
    "Transporter": (
        "Personbilar", "Tunga lastbilar", "Lätta lastbilar", "Bussar", "Mopeder och Motorcyklar",
        "Slitage från däck och bromsar", "Slitage från vägbanan", "Avdunstning från vägfordon",
        "Inrikes civil sjöfart (inkl. privata fritidsbåtar)", "Inrikes flygtrafik", "Järnväg",
        "Militär transport",
    ),
    "Industri (energi + processer)": (),
    "Jordbruk": (
        "Djurs matsmältning", "Kogödsel (lagring, användning och bete)",
        "Svingödsel (lagring, användning och bete)",
        "Hästgödsel (lagring, användning och bete)", "Hönsgödsel (lagring, användning och bete)",
        "Fårgödsel m.m. (lagring, användning och bete)", "Användning av konstgödsel",
        "Skörderester som gödsel",
        "Kalkning av åkermark", "Odling av organogena jordar", "Odling av mineraljordar",
        "Indirekta utsläpp av lustgas från brukad mark", "Övrigt gödselmedel m.m",
    ),
    "El och fjärrvärme": (),
    "Egen uppvärmning av bostäder och lokaler": (
        "Bostäder", "Kommersiella och offentliga lokaler", "Jordbruks- och skogsbrukslokaler",
    ),
    "Arbetsmaskiner": (
        "Skotrar och fyrhjulingar", "Hushållens arbetsmaskiner", "Kommersiella och offentliga verksamheter",
        "Jordbruk och skogsbruk", "Industri- och byggsektorns arbetsmaskiner (inkl vägarbeten)", "Fiskebåtar",
        "Övrigt (flygplatser, hamnar, m.m.)",
    ),
    "Produktanvändning (inkl. lösningsmedel)": (
        "Lösningsmedelsanvändning - verksamheter", "Lösningsmedelsanvändning - hushåll", "Färg - hushåll",
        "Färg - verksamheter", "Smörjmedel", "Paraffinvax", "Urea för katalysatorer",
        "Lustgas från produktanvändning", "Användning av fluorerade gaser", "Övrig produktanvändning",
    ),
    "Avfall (inkl.avlopp)": (
        "Avfallsdeponier", "Behandling av avloppsvatten", "Biologisk behandling av avfall",
        "Krematorier och förbränning av farligt avfall", "Oavsiktliga bränder", "Övrig avfallshantering",
    ),
    FOREIGN: ("Utrikes sjöfart inom Sveriges gränser", "Utrikes flyg under 1000 m höjd i svenskt luftrum"),
}  # fmt: skip
"""Subsectors seen in exports; a vintage may lack some."""
KNOWN_GAPS: Mapping[tuple[str, str, str], float] = {
    ("GGT", "2021-10-14", "Produktanvändning (inkl. lösningsmedel)"): 131_177.0,
    ("CO2", "2024-04-18", "Avfall (inkl.avlopp)"): 127_849.0,
    ("CO2", "2024-04-18", "Transporter"): 1_580.0,
}
"""Where a published vintage's subsectors do not add up to their sector: (substance, vintage, sector) to the
largest gap in tonnes. The sector itself adds up to the total there, so the sector is right."""


def substance_code(name: str) -> str:
    """Substance code of a name as written in an export or a parameter; empty if unknown.

    >>> substance_code("Växthusgaser totalt"), substance_code("CO2e"), substance_code("Koldioxid (CO2)")
    ('GGT', 'GGT', 'CO2')
    """
    key = clean(name).casefold()
    return next((code for code, names in SUBSTANCES.items() if key in names), "")


def _key(name: str) -> str:
    """Spelling by which sectors are compared: folded case, single spaces."""
    return re.sub(r"\s*([-.,()+])\s*", r"\1", clean(name).casefold())


_MENDED = {_key(old): new for old, new in MENDED.items()}
_MAIN = {_key(name): name for name in (TOTAL, *SECTORS, FOREIGN)}


def sector_names(main: str, sub: str) -> tuple[str, str, str]:
    """Official names of a main sector and subsector, or the reason why they are refused.

    Returns
    -------
    tuple
        Main sector, subsector, problem; the problem is empty if both are known or the subsector is new.
    """
    sector = _MAIN.get(_key(_MENDED.get(_key(main), main)))
    if sector is None:
        return "", "", _unknown(main, "main sector", list(_MAIN.values()))
    known = {_key(name): name for name in (TOTAL, *SUBSECTORS.get(sector, ()))}
    key = _key(_MENDED.get(_key(sub), sub))
    if key in known:
        return sector, known[key], ""
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.75)
    if near or odd_letters(clean(sub)) or not key or sector == TOTAL:
        return "", "", _unknown(sub, f"subsector of {sector}", list(known.values()))
    return sector, clean(sub), ""


def _unknown(name: str, kind: str, names: list[str]) -> str:
    """Say that a name is unknown, and what is near."""
    odd = odd_letters(clean(name))
    near = difflib.get_close_matches(clean(name), names, n=1, cutoff=0.5)
    hint = f"; {odd}" if odd else f"; did you mean '{near[0]}'?" if near else ""
    return f"expected a {kind}, got '{shown(name)}'{hint}"
