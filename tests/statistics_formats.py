"""SYNTHETIC files of statistics in each form that their publishers give, for `test_formats`.

Of PxWeb, headings and labels are as those of its own serializers: PCAxis.Core (API 1: csv, csv2, csv3, xlsx)
and PCAxis.Serializers (API 2: csv, xlsx, json-px, json-stat2); JSON-stat: json-stat.org/full. Exports of the
emissions database are as those of 2021 and 2024, saved as Excel and LibreOffice save them.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

import raw_files as raw
from klimatlib.sources.emissions_database import read_emissions
from klimatlib.sources.statistics import read_population, recognise
from test_formats import Case

_PLACES = {("0305", "Håbo"): ("21000", "21200"), ("0330", "Knivsta"): ("..", "19000")}
_YEARS = ("2021", "2022")
_TITLE = "Folkmängden efter region, tabellinnehåll och år"
_ROWS = [["0305", 2021, 21000], ["0305", 2022, 21200], ["0330", 2022, 19000]]


def _wide(region: str, head: str, label: str, *above: list[str], **options: Any) -> bytes:
    """CSV with a row a region; a heading is a format over the year, a label one over code and name."""
    data = [[label.format(*place), *values] for place, values in _PLACES.items()]
    rows = [*above, [region, *map(head.format, _YEARS)], *data]
    return raw.to_csv(rows, **{"delimiter": ",", "quote": True, **options})


def _long(heads: str, *labels: str) -> bytes:
    """CSV with a row a value; labels are formats over code, name and year."""
    rows = [heads.split(",")]
    for place, values in _PLACES.items():
        pairs = zip(_YEARS, values, strict=True)
        rows += [[*(label.format(*place, year) for label in labels), value] for year, value in pairs]
    return raw.to_csv(rows, delimiter=",", quote=True)


def _table(text: str) -> raw.Rows:
    """Cells of a table, a line a row, ``|`` between them; five digits are a number."""
    number = re.compile("[0-9]{5}")
    lines = (line.split("|") for line in text.split("\n"))
    return [[int(cell) if number.fullmatch(cell) else cell for cell in line] for line in lines]


def _sheet(text: str) -> bytes:
    return raw.to_xlsx({"000004LD": _table(text)})


def _json(*columns: str) -> bytes:
    """PxWeb's JSON; a column is "code text type"."""
    data = []
    for place, values in _PLACES.items():
        total = ["1+2"] * (len(columns) - 3)
        pairs = zip(_YEARS, values, strict=True)
        data += [{"key": [place[0], *total, year], "values": [value]} for year, value in pairs]
    heads = [dict(zip(("code", "text", "type"), column.split(), strict=True)) for column in columns]
    return raw.to_json({"columns": heads, "data": data, "comments": []}, bom=True)


def _stat(**changes: Any) -> Any:
    """JSON-stat 2; ``Region`` and other names with a capital change a dimension, the rest the data set."""
    names = {"0305": "Håbo", "0330": "Knivsta"}
    axes: dict[str, Any] = {"Region": {"index": {"0305": 0, "0330": 1}, "label": names}}
    axes["ContentsCode"] = {"index": {"BE0101N1": 0}, "label": {"BE0101N1": "Folkmängd"}}
    axes["Tid"] = {"index": {"2021": 0, "2022": 1}}
    axes |= {name: category for name, category in changes.items() if name[0].isupper()}
    content: dict[str, Any] = {"version": "2.0", "class": "dataset", "value": [21000, 21200, None, 19000]}
    content |= {"id": ["Region", "ContentsCode", "Tid"], "size": [2, 1, 2], "status": {"2": ".."}}
    content["dimension"] = {name: {"category": category} for name, category in axes.items()}
    return content | {name: value for name, value in changes.items() if name[0].islower()}


def _old_stat() -> Any:
    """JSON-stat 1: a bundle of one data set, with id, size and role in its dimension."""
    content = _stat()
    inside = {name: content[name] for name in ("id", "size")} | {"role": {"time": ["Tid"]}}
    return {"dataset": {"dimension": content["dimension"] | inside, "value": content["value"]}}


_HEADS = "Region - region", "BE0101N1 - Folkmängd {0} - {0}", "{} - {}"
_BOTH = "0305 Håbo|21000|21200\n0330 Knivsta|..|19000"
_NOTES = "\n\nUppgifterna avser förhållandena den 31 december.\n\nDatabas|Statistikdatabasen"
_LISTS = {"Place": {"index": ["0305", "0330"]}, "When": {"index": ["2021", "2022"]}}
_NAMED = {"id": ["Place", "ContentsCode", "When"], "role": {"geo": ["Place"], "time": ["When"]}}
_WITH_SEX = {"id": ["Region", "Kon", "ContentsCode", "Tid"], "size": [2, 1, 1, 2]}
_TURNED = "år|Folkmängd 0305 Håbo|Folkmängd 0330 Knivsta\n2021|21000|..\n2022|21200|19000"
_PARTED = "Region|region|Folkmängd 2021|Folkmängd 2022\n0305|Håbo|21000|21200\n0330|Knivsta|..|19000"
_TABLES: dict[str, bytes] = {
    "CSV, texts": _wide("region", "Folkmängd {}", "{} {}", encoding="cp1252"),
    "CSV, texts, English": _wide("region", "Population {}", "{1}"),
    "CSV, texts, years first": _wide("region", "{} Folkmängd", "{1}"),
    "CSV, texts, title": _wide("region", "Folkmängd {}", "{} {}", [_TITLE], []),
    "CSV, content told by the title": _wide("region", "{}", "{} {}", [_TITLE], []),
    "CSV, texts, the day": _wide("region", "Folkmängd den 31 december {}", "{1}"),
    "CSV, codes": _wide("Region", "BE0101N1 {}", "{}"),
    "CSV, codes and texts": _wide(*_HEADS),
    "CSV, code and text in two columns": raw.to_csv(_table(_PARTED), delimiter=",", quote=True),
    "CSV, semicolons": _wide("region", "Folkmängd {}", "{} {}", delimiter=";"),
    "CSV, tabs": _wide("region", "Folkmängd {}", "{} {}", delimiter="\t"),
    "CSV, spaces": _wide(*_HEADS, [_TITLE], delimiter=" "),
    "CSV, turned": raw.to_csv(_table(_TURNED), delimiter=",", quote=True),
    "CSV, long, texts": _long("region,tabellinnehåll,år,Folkmängden", "{} {}", "Folkmängd", "{2}"),
    "CSV, long, codes": _long("Region,ContentsCode,Tid,TAB638", "{}", "BE0101N1", "{2}"),
    "CSV, long, codes and texts": _long(
        "Region - region,ContentsCode - tabellinnehåll,Tid - år,Folkmängden",
        *("{} - {}", "BE0101N1 - Folkmängd", "{2} - {2}"),
    ),
    "CSV, long, English": _long("region,observations,year,Population", "{} {}", "Population", "{2}"),
    "CSV, long, content in the heading": _long("Region,Tid,BE0101N1", "{}", "{2}"),
    "CSV, long, totals": _long("region,kön,ålder,år,Folkmängd", "{} {}", "totalt", "totalt ålder", "{2}"),
    "CSV saved in Excel": _sheet(f"region|Folkmängd 2021|Folkmängd 2022\n{_BOTH}"),
    "xlsx, texts": _sheet(f"{_TITLE}\n\n|Folkmängd\n|2021|2022\n{_BOTH}{_NOTES}"),
    "xlsx, texts, English": _sheet("|Population\n|2021|2022\nHåbo|21000|21200\nKnivsta|..|19000"),
    "xlsx, codes": _sheet("|BE0101N1\n|2021|2022\n0305|21000|21200\n0330|..|19000"),
    "xlsx, codes and texts": _sheet(f"|BE0101N1 Folkmängd\n|2021 2021|2022 2022\n{_BOTH}"),
    "xlsx, code and text in two columns": _sheet(
        "||Folkmängd\n||2021|2022\n0305|Håbo|21000|21200\n0330|Knivsta|..|19000"
    ),
    "xlsx, content told by the title": _sheet(f"{_TITLE}\n\n|2021|2022\n{_BOTH}"),
    "xlsx, content beside": _sheet("||2021|2022\nHåbo|Folkmängd|21000|21200\nKnivsta|Folkmängd|..|19000"),
    "xlsx, long": _sheet("||Folkmängd\nHåbo|2021|21000\n|2022|21200\nKnivsta|2021|..\n|2022|19000"),
    "JSON": _json("Region region d", "Tid år t", "BE0101N1 Folkmängd c"),
    "JSON, English, totals": _json("Region region d", "Kon sex d", "Tid year t", "BE0101N1 Population c"),
}
_STATS: dict[str, Any] = {
    "dense": _stat(),
    "sparse": _stat(value={"0": 21000, "1": 21200, "3": 19000}),
    "values as text, one status": _stat(value=["21000", "21200", "..", "19000"], status="p"),
    "lists of codes, no names": _stat(Region=_LISTS["Place"], Tid=_LISTS["When"]),
    "a code without index": _stat(ContentsCode={"label": {"BE0101N1": "Folkmängd"}}),
    "codes in another order": _stat(Region={"index": {"0330": 1, "0305": 0}}),
    "dimensions in another order": _stat(
        id=["Tid", "Region", "ContentsCode"], size=[2, 2, 1], value=[21000, None, 21200, 19000]
    ),
    "English": _stat(ContentsCode={"label": {"N1": "Population"}, "unit": {"N1": {"base": "number"}}}),
    "content eliminated": _stat(ContentsCode={"label": {"EliminatedValue": "Folkmängden"}}),
    "totals": _stat(**_WITH_SEX, Kon={"label": {"1+2": "totalt"}}),
    "named by roles": _stat(**_NAMED, **_LISTS),
    "version 1": _old_stat(),
    "in a collection": {"class": "collection", "link": {"item": [_stat()]}},
}
_THOUSANDS = {"label": {"N1": "Folkmängd"}, "unit": {"N1": {"base": "tusental"}}}
_REFUSED: dict[str, tuple[Any, str]] = {
    "by sex": (_long("region,kön,år,Folkmängd", "{}", "män", "{2}"), "the total of kön alone, got män"),
    "growth": (_wide("region", "Folkökning {}", "{}"), "Folkmängd alone, got folkökning; choose the table"),
    "an unknown code": (
        _wide("Region", "000007Y7 {}", "{}"),
        "got 000007y7; choose the table of region and year",
    ),
    "no content": (_wide("region", "{}", "{} {}"), "expected Folkmängd alone, got nothing"),
    "by month": (_wide("region", "Folkmängd {}M01", "{}"), "nearest is pxweb-table"),
    "codes as numbers": (_sheet("region|Folkmängd 2021\n11400|21000"), "as text such as '0114', got the num"),
    "a misspelt year": (
        _wide("region", "Folkmängd {}", "{}").replace(b"22", b"2Z"),
        "a year, got 'folkmängd",
    ),
    "a year twice": (_wide("region", "Folkmängd {}", "{}").replace(b"2022", b"2021"), "duplicate entry"),
    "no year": (_long("region,år,Folkmängd", "{1}", "{2}").replace(b"2022", b"202"), "a year of 1900"),
    "links to data": ({"class": "collection", "link": {"item": [{"href": "x"}]}}, "got 0 in a collection"),
    "two data sets": ({"a": _stat(), "b": _stat()}, "got 2 in a bundle; fetch the data set itself"),
    "metadata": ({"class": "dimension", "category": {}}, "got 0 in a dimension"),
    "values outside": (_stat(value={"0": 21000, "9": 5}), "expected a list of 4 values (2 x 1 x 2)"),
    "thousands": (_stat(ContentsCode=_THOUSANDS), "expected persons, got tusental"),
}


def _zipped(part: str) -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr(part, "x")
    return buffer.getvalue()


def _ods(old: str, new: str) -> bytes:
    return raw.to_ods({"Blad1": [[1]]}, lambda xml: xml.replace(old, new))


_OTHERS: dict[str, tuple[bytes, str]] = {
    "a pointer of git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "a web page": (b"\n<!DOCTYPE html><html>", "a web page; save the file itself"),
    "XML of Excel 2003": (
        b'<?xml?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "save it as",
    ),
    "flat OpenDocument (.fods)": (
        b'<?xml version="1.0"?>\n<office:document xmlns:office="x">',
        "save it as .xlsx",
    ),
    "PDF": (b"%PDF-1.7\n1 0 obj", "a PDF; fetch the same table as CSV or Excel"),
    "Parquet": (b"PAR1\x15\x04", "Parquet; choose CSV, Excel or JSON-stat"),
    "PX": (b'CHARSET="ANSI";\nAXIS-VERSION="2010";', "a PX file; choose CSV, Excel or JSON-stat"),
    "SYLK (.slk)": (b"ID;PWXL;N;E\n", "a SYLK file (.slk); open it and save it as .xlsx"),
    "DIF": (b'TABLE\r\n0,1\r\n"EXCEL"', "a DIF file; open it and save it as .xlsx"),
    "dBASE (.dbf)": (b"\x03\x7a\x0b\x1e\x05\x00", "a dBASE file; open it and save it as .xlsx"),
    "RTF": (b"{\\rtf1\\ansi", "a text document (RTF); save the table in it"),
    "a web archive (.mht)": (b"MIME-Version: 1.0\r\n", "a web archive (.mht); open it and save it as .xlsx"),
    "gzip": (b"\x1f\x8b\x08\x00", "a packed file; unpack it first"),
    "xlsb": (_zipped("xl/workbook.bin"), "a binary workbook (.xlsb); open it in Excel and save it as .xlsx"),
    "docx": (_zipped("word/document.xml"), "a zip file, but no workbook"),
    "ods with an error": (_ods('float"', 'string" calcext:value-type="error"'), "cells with an error"),
    "ods with a formula never calculated": (
        _ods('office:value-type="float"', 'table:formula="=A2"'),
        "without a",
    ),
    "git's merge marks": (
        b"a;b\n<<<<<<< HEAD\n1;2\n=======\n1;3\n>>>>>>> x\n",
        "line 2: a merge that git left",
    ),
    "an unknown table": (b"a;b;c\n1;2;3\n", "expected one of: emissions-export"),
}
_SHEET, _TWO = "Växthusgaser totalt", raw.emission_rows("xlsx")
_LAYOUTS = {
    "two rows of headings": _TWO,
    "one row of headings": raw.emission_rows("csv"),
    "nine rows above": [*([[""] * 10] * 9), *_TWO],
    "a blank row between the headings": [*_TWO[:6], [""] * 10, *_TWO[6:]],
    "another sheet name, released in another month": [["Rapportnamn:", "Länsrapport, 2023-01-10"], *_TWO[1:]],
}
_SAVED: dict[str, Callable[[raw.Rows], bytes]] = {
    "xlsx": lambda rows: raw.to_xlsx({_SHEET if rows is _TWO else "Blad1": rows}),
    "xlsx, strict Open XML": lambda rows: raw.to_strict(raw.to_xlsx({_SHEET: rows})),
    "xlsm": lambda rows: raw.to_xlsm(raw.to_xlsx({_SHEET: rows})),
    "ods": lambda rows: raw.to_ods({_SHEET: rows}),
    "CSV, semicolons": raw.to_csv,
    "CSV, `sep=;`, Windows-1252": lambda rows: b"sep=;\r\n" + raw.to_csv(rows, encoding="cp1252"),
    "CSV, commas and decimal points": lambda rows: raw.to_csv(rows, delimiter=",", decimal="."),
    "text with tabs, UTF-16": lambda rows: raw.to_csv(rows, delimiter="\t", encoding="utf-16"),
}
_EMISSIONS = partial(read_emissions, file="export", places=raw.PLACES, sectors=raw.SECTORS)
_EXPECTED = _EMISSIONS(raw.to_xlsx({_SHEET: _TWO})).frame
_GAP = raw.to_xlsx({_SHEET: [[*row[:6], *row[7:]] for row in _TWO]})


def _is_right(frame: Any) -> bool:
    """Whether a table of emissions has every value of the years that it has."""
    return bool(frame.equals(_EXPECTED[_EXPECTED["year"].isin(frame["year"])].reset_index(drop=True)))


def _population(data: Any) -> Callable[[], Any]:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return partial(read_population, content, "population", places=raw.PLACES)


_OF_SCB = {
    "1950-2022, by name": raw.to_xlsx({"Tabell": raw.series_rows()}),
    "2023, headed Kommun": raw.to_xlsx({"Totalt": raw.table_rows()}),
    "2024, headed Kod": raw.to_xlsx({"Totalt": raw.table_rows(newer=True)}),
}
_PEOPLE = {code: numbers[-1] for code, numbers in raw.population_values().items()}


def _in_2022(frame: Any) -> dict[str, int]:
    """The population by municipality in one year."""
    places = frame[(frame["year"] == 2022) & (frame["municipality_code"] != "0000")]
    return dict(zip(places["municipality_code"], places["population"], strict=True))


CASES = [
    *(Case(f"population, SCB's workbook of {name}", _population(data), _PEOPLE, _in_2022)
      for name, data in _OF_SCB.items()),
    *(Case(f"population, {name}", _population(data), _ROWS) for name, data in _TABLES.items()),
    *(Case(f"population, JSON-stat, {name}", _population(data), _ROWS) for name, data in _STATS.items()),
    *(Case(f"population, {name}", _population(data), told=told) for name, (data, told) in _REFUSED.items()),
    *(Case(f"emissions, {layout}, {saved}", partial(_EMISSIONS, save(rows)), True, _is_right)
      for layout, rows in _LAYOUTS.items() for saved, save in _SAVED.items()),
    Case("emissions, a year less", partial(_EMISSIONS, _GAP), True, _is_right, "usually has 1990, 2000"),
    *(Case(name, partial(recognise, data, "file"), told=told) for name, (data, told) in _OTHERS.items()),
]  # fmt: skip
