"""The published tables in Swedish: titles, descriptions, keywords, and what each column is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A table's words.

    Attributes
    ----------
    sheet
        Name of its sheet in the workbook.
    title, told
        Name and description; ``{association}``, ``{report}`` (what it is called), ``{year}``, ``{first}`` and
        ``{last}`` (years) are put in.
    title_en, told_en
        The same in English.
    keywords, keywords_en
        What one would search for.
    theme
        Its theme in the EU's list of data themes.
    """

    sheet: str
    title: str
    title_en: str
    told: str
    told_en: str
    keywords: tuple[str, ...]
    keywords_en: tuple[str, ...]
    theme: str = "ENVI"


_CLIMATE, _CLIMATE_EN = (
    ("klimat", "utsläpp", "växthusgaser", "kommuner"),
    ("climate", "emissions", "greenhouse gases"),
)
TABLES = {
    "claims": Words(
        "Nyckeltal",
        "Nyckeltal i {association}s {report} {year}",
        "Figures of {association}'s annual report {year}",
        "Alla siffror i rapporten: värdet, enheten, hur siffran är gjord, vilket år den gäller, vad "
        "den vilar på och om den kan jämföras med ett tidigare år. Andelar ur medlemsenkäten har täljare, "
        "antal svarande och antal tillfrågade.",
        "Every number in the annual report: its value, unit, definition, data year, source, and whether it "
        "may be compared with an earlier year. Survey shares have numerator, respondents and members asked.",
        ("nyckeltal", "klimat", "kommuner", "verksamhetsberättelse"),
        ("key figures", "climate", "municipalities", "annual report"),
    ),
    "emissions": Words(
        "Utsläpp",
        "Medlemskommunernas utsläpp av växthusgaser {first}–{last}",
        "Greenhouse gas emissions of the member municipalities {first}–{last}",
        "Utsläpp av växthusgaser i {association}s medlemskommuner tillsammans, och i hela landet: ton "
        "koldioxidekvivalenter, ton per invånare och förändring sedan basåret, per år och sektor. Utrikes "
        "transporter ingår inte.",
        "Greenhouse gas emissions of {association}'s member municipalities together, and of Sweden: tonnes "
        "of carbon dioxide equivalents, tonnes per inhabitant and change since the base year, by year and "
        "sector. International transport is left out.",
        (*_CLIMATE, "sektorer"),
        (*_CLIMATE_EN, "sectors"),
    ),
    "emissions_municipalities": Words(
        "Utsläpp per kommun",
        "Utsläpp av växthusgaser per kommun {first}–{last}",
        "Greenhouse gas emissions by municipality {first}–{last}",
        "Det som rapporten har hämtat ur Nationella emissionsdatabasen: utsläpp per kommun, år och "
        "sektor, med ton per invånare och förändring sedan basåret. Medlemskommunerna är märkta; riket "
        "har kod 0000.",
        "What the annual report took from the national emissions database: emissions by municipality, "
        "year and sector, with tonnes per inhabitant and change since the base year. Members are marked; "
        "Sweden is 0000.",
        (*_CLIMATE, "kommunstatistik"),
        (*_CLIMATE_EN, "municipalities"),
    ),
    "population": Words(
        "Folkmängd",
        "Folkmängd per kommun {first}–{last}",
        "Population by municipality {first}–{last}",
        "Invånare den 31 december i kommunerna och i hela landet, så som rapporten har räknat med dem.",
        "Inhabitants on 31 December in the municipalities and in Sweden, as the annual report counted "
        "with them.",
        ("folkmängd", "invånare", "kommuner"),
        ("population", "inhabitants", "municipalities"),
        "SOCI",
    ),
    "survey": Words(
        "Medlemsenkät",
        "{association}s medlemsenkät {year}",
        "{association}'s member survey {year}",
        "Vad medlemmarna gör i klimatarbetet: för varje fråga hur många som har svarat ja av dem som har "
        "svarat, och mellan vilka gränser andelen av alla medlemmar måste ligga. Bara sammanräknade svar; "
        "ingen enskild medlems svar ingår.",
        "What the members do for the climate: for each question how many of those that answered said yes, "
        "and the bounds of the share of all members. Counted answers only; no member's own answers are in "
        "it.",
        ("enkät", "klimatarbete", "klimatåtgärder", "kommuner"),
        ("survey", "climate action", "municipalities"),
    ),
    "members": Words(
        "Medlemmar",
        "{association}s medlemmar {year}",
        "{association}'s members {year}",
        "Kommuner och regioner som var medlemmar i slutet av året, tidigare medlemmar och observatörer, med "
        "koder och hur säker uppgiften är.",
        "Municipalities and regions that were members at the end of the year, former members and observers, "
        "with codes and how sure the information is.",
        ("medlemmar", "kommuner", "regioner"),
        ("members", "municipalities", "regions"),
        "GOVE",
    ),
    "goals": Words(
        "Mål",
        "{association}s mål och resultat {year}",
        "{association}'s goals and results {year}",
        "Föreningens egna verksamhetsmål för året med resultat.",
        "The association's own goals for the year with their results.",
        ("verksamhetsmål", "resultat", "kommunikation"),
        ("goals", "results", "communication"),
        "GOVE",
    ),
}  # fmt: skip

COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("Id", "Siffrans namn, samma varje år"),
    "year": ("År", "År som uppgiften gäller"),
    "claims.year": ("Rapportår", "År som rapporten gäller"),
    "value": ("Värde", "Siffran med upp till sex decimaler; andelar är mellan 0 och 1"),
    "unit": ("Enhet", "Enhet för värdet; share är andel, count är antal"),
    "text": ("Tryckt", "Siffran så som den står i rapporten"),
    "k": ("Ja-svar", "Antal svar som räknas som ja"),
    "n": ("Svarande", "Antal medlemmar som har svarat ja eller nej på frågan"),
    "members": ("Tillfrågade", "Antal medlemmar som fick enkäten"),
    "data_year": ("Dataår", "År som siffran handlar om"),
    "vintage": ("Version", "Utgåva av statistiken, där det finns flera"),
    "definition": ("Definition", "Hur siffran är gjord"),
    "comparable": (
        "Jämförbar",
        "yes: jämförbar med det tidigare värdet; caution: med försiktighet; broken: bruten serie",
    ),
    "previous_year": ("Tidigare år", "År för det tidigare värdet"),
    "previous_value": ("Tidigare värde", "Värde som siffran ställs bredvid"),
    "source": ("Källa", "Utgivare och titel"),
    "notebook": ("Notebook", "Notebook som visar siffran; tom om ingen gör det"),
    "cell": ("Cell", "Cell som först visar siffran"),
    "group": ("Grupp", "members: medlemskommunerna tillsammans; nation: hela landet"),
    "municipalities": ("Kommuner", "Antal kommuner i gruppen"),
    "sector": ("Sektor", "Huvudsektor, eller Alla för summan av dem"),
    "emissions_t": ("Utsläpp, ton", "Utsläpp under året i ton koldioxidekvivalenter"),
    "population": ("Invånare", "Folkmängd den 31 december; 1990 omräknad till dagens kommuner"),
    "emissions_t_per_capita": ("Ton per invånare", "Utsläpp per invånare i ton koldioxidekvivalenter"),
    "emissions.emissions_t_per_capita": (
        "Ton per invånare",
        "Utsläpp per invånare i ton koldioxidekvivalenter, så som rapporten räknar gruppens nivå",
    ),
    "change_share": (
        "Förändring",
        "Förändring av utsläppen per invånare sedan basåret; −0,5 är en halvering",
    ),
    "claim": ("Nyckeltal", "Id för samma siffra i tabellen Nyckeltal"),
    "municipality_code": ("Kommunkod", "SCB:s kommunkod med fyra siffror, som text; 0000 är riket"),
    "municipality": ("Kommun", "Namn utan ordet kommun; Riket för hela landet"),
    "member": ("Medlem", "Om kommunen var medlem i slutet av rapportåret"),
    "question_id": ("Fråga, id", "Frågans namn, samma varje år"),
    "theme": ("Tema", "Tema som frågan hör till"),
    "label": ("Rubrik", "Frågan i korthet"),
    "goals.label": ("Mål", "Målets namn"),
    "wording": ("Fråga", "Frågans lydelse; i rapportens ord där enkäten inte finns bevarad"),
    "share": ("Andel", "Andel ja av de svarande, mellan 0 och 1"),
    "low": ("Minst av alla", "Andel av alla medlemmar om ingen av dem som inte har svarat skulle säga ja"),
    "high": ("Mest av alla", "Andel av alla medlemmar om alla som inte har svarat skulle säga ja"),
    "missing": ("Saknas", "Medlemmar som svarat vet ej eller hoppat över frågan; tomt där det inte är känt"),
    "previous_share": ("Tidigare andel", "Andelen ett tidigare år"),
    "comparison_note": ("Om jämförelsen", "Vad man behöver veta för att jämföra åren"),
    "inferred": ("Härledd", "Om antalen är härledda ur publicerade procenttal"),
    "code": ("Kod", "Kommunkod med fyra siffror eller länskod med två, som text"),
    "name": ("Namn", "Namn utan ordet kommun"),
    "kind": ("Slag", "municipality: kommun; region: region"),
    "status": (
        "Ställning",
        "member: medlem i slutet av året; left: har lämnat; joined_later: kom till senare; observer: "
        "observatör",
    ),
    "joined": ("Medlem sedan", "År eller månad, så långt källorna säger; <= betyder senast"),
    "left": ("Lämnade", "År då medlemmen lämnade"),
    "certainty": ("Säkerhet", "confirmed: belagd; probable: trolig"),
    "goals.id": ("Id", "Målets namn"),
    "channel": ("Kanal", "Kanal som målet gäller"),
    "metric": ("Mått", "Vad som räknas"),
    "goal_min": ("Mål, minst", "Minsta värde som når målet"),
    "goal_max": ("Mål, högst", "Högsta värde som målet anger"),
    "goal_unit": ("Målets enhet", "Enhet för målet"),
    "goal_per": ("Per", "Tid som målet gäller"),
    "goal_note": ("Om målet", "Vad målet säger i övrigt"),
    "result": ("Resultat", "Resultat för hela året"),
    "result_unit": ("Resultatets enhet", "Enhet för resultatet"),
    "result_note": ("Om resultatet", "Resultatet i ord, där det inte finns någon siffra"),
}
