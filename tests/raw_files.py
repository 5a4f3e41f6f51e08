"""Makers of small raw files in the shape of the originals: two counties, four municipalities.

Every maker returns rows (or a JSON content) that tests may change before they are written to bytes.
All numbers are built from whole hundredths of a tonne, so that sums hold by construction.
"""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pytest

from klimatlib.config import Sectors, validate
from klimatlib.sources.tables import Places

_COLUMNS = ["municipality_code", "municipality", "county_code", "county"]
_MUNICIPALITIES = [
    ("0305", "Håbo", "03", "Uppsala län"), ("0330", "Knivsta", "03", "Uppsala län"),
    ("0643", "Habo", "06", "Jönköpings län"), ("0680", "Upplands-Väsby", "06", "Jönköpings län"),
]  # fmt: skip
MUNICIPALITIES = pd.DataFrame(_MUNICIPALITIES, columns=_COLUMNS)
PLACES = Places.from_frame(MUNICIPALITIES)
ROOT = Path(__file__).parents[1]
ORIGINALS = ROOT.parent / "shared" / "data"
SECTORS = validate((ROOT / "params/sectors.yml").read_bytes(), Sectors, file="params/sectors.yml")
SWEDEN = Places.from_frame(pd.read_csv(ROOT / "data/statistics/municipalities.csv", dtype=str))
SUBSECTORS = {sector.name: sector.subsectors for sector in SECTORS.sectors}
FOREIGN = "Utrikes transporter"
COUNTIES = {"03": "Uppsala län", "06": "Jönköpings län"}
VINTAGE = "2022-04-14"
YEARS = (1990, 2000, 2005, 2010, 2015, 2020)
POPULATION_YEARS = tuple(range(1990, 2023))

Row = list[Any]
Rows = list[Row]


def original(name: str) -> bytes:
    """Bytes of an original file; the test is skipped where the folder of originals is not at hand."""
    path = ORIGINALS / name
    if not path.exists():
        pytest.skip(f"the original {name} is not at hand (looked in ../shared/data)")
    return path.read_bytes()


def emission_values(foreign_t: int = 0) -> dict[tuple[str, str, str], list[float]]:
    """Tonnes by (sector, subsector, place code), for every year; the nation has some more, at sea."""
    rng = random.Random(2022)
    towns = [*MUNICIPALITIES["municipality_code"]]
    leaves = [(main, sub) for main, subs in SUBSECTORS.items() for sub in (subs[:3] or ("Alla",))]
    cents: dict[tuple[str, str, str], list[int]] = {}

    def add(key: tuple[str, str, str], parts: Iterable[tuple[str, str, str]], at_sea: int = 10**12) -> None:
        sums = [sum(values) for values in zip(*(cents[part] for part in parts), strict=True)]
        cents[key] = [value + value // at_sea for value in sums]

    for number, (main, sub) in enumerate(leaves):
        for code in towns:
            base = foreign_t * 100 if main == FOREIGN else rng.randrange(40_000_000, 90_000_000)
            falling = [round(base * (1 - 0.05 * k)) + number for k in range(len(YEARS))]
            cents[main, sub, code] = falling if main != FOREIGN or foreign_t else [0] * len(YEARS)
        for county in COUNTIES:
            add((main, sub, county), [(main, sub, code) for code in PLACES.members_of(county)])
        at_sea = 20 if main == "Transporter" else 10**12
        add((main, sub, "0000"), [(main, sub, county) for county in COUNTIES], at_sea)
    for code in ["0000", *COUNTIES, *towns]:
        for main in SUBSECTORS:
            add((main, "Alla", code), [(m, s, code) for m, s in leaves if m == main])
        add(("Alla", "Alla", code), [(main, "Alla", code) for main in SUBSECTORS if main != FOREIGN])
    return {key: [value / 100 for value in values] for key, values in cents.items()}


def emission_rows(form: str, values: dict[tuple[str, str, str], list[float]] | None = None) -> Rows:
    """Rows of an export: preamble, one (csv) or two (xlsx) heading rows, data, footer (csv)."""
    values, name = values or emission_values(), ["Rapportnamn:", f"Länsrapport, {VINTAGE}"]
    labels: Row = ["Huvudsektor", "Undersektor", "Län", "Kommun"]
    ekv = "CO2-ekv. efter ämnesnamn innebär att emissionen är uttryckt i CO2-ekvivalenter"
    head: Rows = [name, ["Emissioner av Växthusgaser totalt"], ["Enhet: ton/år"], [ekv], []]
    if form == "csv":
        heads, foot = [[], [*labels, *YEARS]], [[], name]
    else:
        heads, foot = [[""] * 4 + [*YEARS], labels + ["Växthusgaser totalt"] * len(YEARS)], []
    mains = ["Alla", *SUBSECTORS]
    order = sorted(values, key=lambda k: (mains.index(k[0]), k[1] != "Alla", k[1], len(k[2]) == 4, k[2]))
    homes = {"0000": ["Alla", "Alla"], **{code: [name, "Alla"] for code, name in COUNTIES.items()}}
    homes |= {code: [COUNTIES[code[:2]], name] for code, name in PLACES.names.items()}
    data: Rows = [[main, sub, *homes[code], *values[main, sub, code]] for main, sub, code in order]
    return padded([*head, *heads, *data, *foot], 4 + len(YEARS))


def padded(rows: Rows, width: int) -> Rows:
    """Rows of one width, as a sheet has them."""
    return [[*row, *[""] * (width - len(row))] for row in rows]


def population_values() -> dict[str, list[int]]:
    """Inhabitants by municipality code, for every year of POPULATION_YEARS."""
    start, years = {"0305": 15_000, "0330": 9_500, "0643": 9_900, "0680": 110_000}, range(33)
    return {c: [round(n * (1 + 0.011 * k)) + (7 * k) % 5 for k in years] for c, n in start.items()}


def series_rows() -> Rows:
    """Rows of the workbook of municipalities over the years."""
    values = population_values()
    title = f"Folkmängden i Sveriges kommuner {POPULATION_YEARS[0]}-{POPULATION_YEARS[-1]}"
    head: Rows = [[], [], [title], ["Enligt indelningen 1 januari 2023"], [], ["Kommun", *POPULATION_YEARS]]
    data: Rows = [[name, *values[code]] for name, code in sorted((PLACES.names[c], c) for c in values)]
    notes = ["Kommentar:", "Summan överensstämmer inte exakt."], ["", "1977 - Bara gick in i Svedala"]
    return padded([*head, *data, [], *notes], 1 + len(POPULATION_YEARS) + 6)


def table_rows(year: int = 2022, *, newer: bool = False) -> Rows:
    """Rows of the yearly workbook of nation, counties and municipalities; ``newer`` as it is from 2024 on."""
    at = POPULATION_YEARS.index(year)
    values = {code: numbers[at] for code, numbers in population_values().items()}
    changes = "Folkmängd i riket, län och kommuner 31 december och befolkningsförändringar"
    divided = f"Folkmängd redovisas enligt indelningen {year + 1}-01-01 och befolkningsförändringar"
    rows: Rows = [
        *([], [], [f"{changes} 1 januari - 31 december {year}. Totalt"]),
        *([f"{divided} enligt indelningen {year}-01-01."], []),
        ["Kommun", "Kommunnamn", "Folkmängd", "Folk-", "Levande"],
        ["Län", "Länsnamn", " ", "ökning", "födda"],
        *(["", "", " ", " ", " "], [], ["", "Riket".ljust(50), sum(values.values()), 10, 20]),
    ]
    for county, name in COUNTIES.items():
        inside, short = PLACES.members_of(county), name.removesuffix("s län").removesuffix(" län")
        rows.append([county, short.ljust(50), sum(values[c] for c in inside), 5, "."])
        rows += [[code, PLACES.names[code].ljust(50), values[code], -3, 7] for code in inside]
    if newer:
        rows[2:4] = [
            [f"Folkmängd i riket, län och kommuner 31 december {year} och befolkningsförändringar {year}"],
            [],
        ]
        rows[5][0] = "Kod"
    rows += [[], ["1) Under andra halvåret har Skatteverket påbörjat kontroller."]]
    return padded(rows, 5)


_SOME_YEARS = (2019, 2020, 2021, 2022)


def _some() -> dict[str, list[str]]:
    """Population of a selection as PxWeb's text, with a missing value."""
    at = [POPULATION_YEARS.index(year) for year in _SOME_YEARS]
    found = {code: [str(numbers[i]) for i in at] for code, numbers in population_values().items()}
    found["0330"][0] = ".."
    return found


def pxweb_json() -> dict[str, Any]:
    columns = (("Region", "region", "d"), ("Tid", "år", "t"), ("BE0101N1", "Folkmängd", "c"))
    some = _some().items()
    cells = [(code, *cell) for code, texts in some for cell in zip(_SOME_YEARS, texts, strict=True)]
    return {
        "columns": [{"code": code, "text": text, "type": kind} for code, text, kind in columns],
        "comments": [],
        "data": [{"key": [code, str(year)], "values": [text]} for code, year, text in cells],
        "metadata": [{"infofile": "BE0101", "updated": "2024-02-20T07:00:00Z", "source": "SCB"}],
    }


def pxweb_csv_rows() -> Rows:
    rows: Rows = [["region", *(f"Folkmängd {year}" for year in _SOME_YEARS)]]
    return rows + [[f"{code} {PLACES.names[code]}", *texts] for code, texts in _some().items()]


def pxweb_long_rows() -> Rows:
    """The same with one value a row, as PxWeb's second CSV."""
    rows: Rows = [["region", "tabellinnehåll", "år", "Folkmängden"]]
    return rows + [
        [region, "Folkmängd", str(year), text]
        for region, *texts in pxweb_csv_rows()[1:]
        for year, text in zip(_SOME_YEARS, texts, strict=True)
    ]


def pxweb_sheet_rows() -> Rows:
    """The same as PxWeb's workbook: no names of variables, a row of headings for each."""
    title, years = "Folkmängden efter region, tabellinnehåll och år", [*map(str, _SOME_YEARS)]
    data = [[t if t == ".." or " " in t else int(t) for t in row] for row in pxweb_csv_rows()[1:]]
    return padded([[title], [], ["", "Folkmängd"], ["", *years], *data, [], ["Senast uppdaterad:"]], 5)


def json_stat() -> dict[str, Any]:
    """The same as json-stat2, row-major."""
    some = _some()
    cells = [None if text == ".." else int(text) for texts in some.values() for text in texts]
    index, label = {c: i for i, c in enumerate(some)}, {c: PLACES.names[c] for c in some}
    unit = {"BE0101N1": {"base": "antal", "decimals": 0}}
    measure = {"index": {"BE0101N1": 0}, "label": {"BE0101N1": "Folkmängd"}, "unit": unit}
    time = {"index": {str(year): i for i, year in enumerate(_SOME_YEARS)}}
    axes = {"Region": {"index": index, "label": label}, "ContentsCode": measure, "Tid": time}
    head = {"version": "2.0", "class": "dataset", "label": "Folkmängd", "source": "SCB"}
    shape = {"id": [*axes], "size": [len(some), 1, len(_SOME_YEARS)], "updated": "2024-02-20T07:00:00Z"}
    dimension = {name: {"category": category} for name, category in axes.items()}
    status = {str(i): ".." for i, cell in enumerate(cells) if cell is None}
    return {**head, **shape, "dimension": dimension, "value": cells, "status": status}


def sparse_json_stat() -> dict[str, Any]:
    """The same with lists of codes, without names, and only the values that are not missing."""
    content = json_stat()
    for name in ("Region", "Tid"):
        axis = content["dimension"][name]
        axis["category"] = {"index": [*axis["category"]["index"]]}
    known = {str(place): cell for place, cell in enumerate(content["value"]) if cell is not None}
    return {**content, "value": known}


def code_rows() -> Rows:
    title = (["Statistiska centralbyrån", ""], ["Län och kommuner 2023", ""])
    rows: Rows = [*title, ["Kod", "Namn"], ["Code", "Name"]]
    for county, name in COUNTIES.items():
        rows += [[county, name], *([code, PLACES.names[code]] for code in PLACES.members_of(county))]
    return rows


def to_xlsx(sheets: dict[str, Rows], *, tweak: Callable[[openpyxl.Workbook], None] | None = None) -> bytes:
    """Write sheets to a workbook; a text that begins with = becomes a formula without a stored value."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                if cell != "" and cell is not None:
                    sheet.cell(number, column, cell)
    if tweak:
        tweak(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def to_csv(
    rows: Rows, *, delimiter: str = ";", decimal: str = ",", newline: str = "\r\n", encoding: str = "utf-8",
    quote: bool = False,
) -> bytes:  # fmt: skip
    """Write rows to delimited text; floats with the decimal mark, everything else as it is."""

    def text(cell: Any) -> str:
        written = repr(cell).replace(".", decimal) if isinstance(cell, float) else str(cell)
        return f'"{written}"' if quote or delimiter in written else written

    return (newline.join(delimiter.join(map(text, row)) for row in rows) + newline).encode(encoding)


def to_json(content: Any, *, bom: bool = False) -> bytes:
    """Write JSON, with a byte order mark if asked for."""
    return (b"\xef\xbb\xbf" if bom else b"") + json.dumps(content, ensure_ascii=False).encode("utf-8")


def edit_part(workbook: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """Change the XML of one part of a workbook."""
    buffer, old = io.BytesIO(), zipfile.ZipFile(io.BytesIO(workbook))
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()).encode() if name == part else data)
    return buffer.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
_STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006": "http://purl.oclc.org/ooxml/officeDocument",
}


def to_strict(workbook: bytes) -> bytes:
    """A workbook as Strict Open XML: the same elements in other namespaces."""
    for old, new in _STRICT.items():
        for part in zipfile.ZipFile(io.BytesIO(workbook)).namelist():
            workbook = edit_part(workbook, part, lambda xml, old=old, new=new: xml.replace(old, new))
    return workbook


def to_xlsm(workbook: bytes) -> bytes:
    """A workbook that may hold macros."""
    kinds = "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"
    return edit_part(workbook, "[Content_Types].xml", lambda xml: xml.replace(*kinds))


def to_ods(sheets: dict[str, Rows], change: Callable[[str], str] = str) -> bytes:
    """Write sheets as LibreOffice does, with a million blank rows below; ``change`` edits the XML."""

    def cell(value: Any) -> str:
        kind = f'float" office:value="{value!r}' if isinstance(value, int | float) else "string"
        text = f"<text:p>{escape(str(value))}</text:p></table:table-cell>"
        return (
            "<table:table-cell/>" if value == "" else f'<table:table-cell office:value-type="{kind}">{text}'
        )

    blank = '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    tables = ""
    for name, rows in sheets.items():
        lines = [f"<table:table-row>{''.join(map(cell, row))}{blank}" for row in rows]
        lines.append(f'<table:table-row table:number-rows-repeated="1048000">{blank}')
        tables += f'<table:table table:name="{name}">{"".join(lines)}</table:table>'
    names = ("office", "table", "text")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr(
            "content.xml",
            change(f"<office:document-content {spaces} xmlns:calcext='x'>{body}</office:document-content>"),
        )
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    return buffer.getvalue()


def _in_sheet(workbook: bytes, pattern: str, new: str) -> bytes:
    return edit_part(workbook, SHEET, lambda xml: re.sub(pattern, lambda _: new, xml))


def far_cell(workbook: bytes, address: str = "XFD1048576") -> bytes:
    cell = f'<c r="{address}"><v>1</v></c></row></sheetData>'
    return _in_sheet(workbook, "</sheetData>", f'<row r="{re.sub("[A-Z]", "", address)}">{cell}')


def declared_extent(workbook: bytes, ref: str = "A1:C1048576") -> bytes:
    return _in_sheet(workbook, '<dimension ref="[^"]*"', f'<dimension ref="{ref}"')


def million_rows(workbook: bytes, rows: int = 1_000_000) -> bytes:
    return _in_sheet(workbook, "</sheetData>", '<row r="9"/>' * rows + "</sheetData>")


def bomb(workbook: bytes, megabytes: int = 600) -> bytes:
    buffer = io.BytesIO(workbook)
    archive = zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED)
    with archive, archive.open("xl/worksheets/sheet9.xml", "w") as part:
        part.writelines(b" " * 1_000_000 for _ in range(megabytes))
    return buffer.getvalue()


def entities(workbook: bytes, *, laughs: bool = False) -> bytes:
    """Declare entities in the first sheet: an outside file, or a billion laughs."""
    outside = '<!ENTITY a SYSTEM "file:///etc/hostname">'
    body = '<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">' if laughs else outside
    head = f'<?xml version="1.0"?><!DOCTYPE x [{body}]>'
    return edit_part(workbook, SHEET, lambda xml: head + xml[xml.index("<worksheet") :])
