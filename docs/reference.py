"""Write the reference pages from the contracts themselves: make docs.

``docs/data-dictionary.md`` comes from `klimatlib.sources.tables`, `klimatlib.claims` and
`share/open_data.yml`, ``docs/parameters.md`` from the models of the YAML files. The examples are what
stands in the files of one report.
"""

from __future__ import annotations

import csv
import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from klimatlib.claims.claims import COLUMNS, Claim
from klimatlib.config import (
    Agreed,
    Area,
    Arrangement,
    Channel,
    Channels,
    Choice,
    Columns,
    Comment,
    Correction,
    Edition,
    EmissionFactors,
    EnergyCategory,
    EnergyCodes,
    Example,
    Examples,
    Factor,
    Gpc,
    KnownGap,
    NetworkShare,
    Options,
    Outline,
    Params,
    Picture,
    Platform,
    Question,
    Reference,
    Row,
    Sector,
    SectorGroup,
    Sectors,
    Source,
    Twice,
)
from klimatlib.files import atomic_write
from klimatlib.share import open_data
from klimatlib.sources.tables import TABLES, Table

ROOT = Path(__file__).parent.parent
YEAR = "2023"
_SHARED = ("questions", "sources", "corrections", "sectors", "channels", "gpc")
_MADE = "<!-- Made by docs/reference.py (make docs); change what it is made from, not this page. -->"
_COLUMNS = {  # an example: no export of the year of the others is at hand
    "member": "Vem svarar?",
    "questions": {"Har ni biokol?": "biokol"},
    "left_out": ["Var hörde ni om enkäten?"],
}
_FACTOR = {  # examples: no factor is built in
    "carrier": "heat", "network": "exempelby", "year": 2022, "value": 51.0, "gas": "CO2e",
    "boundary": "life cycle", "method": "location", "source": "Exempelby Energi, Miljövärden",
}  # fmt: skip
_NETWORK = {"municipality": "2480", "carrier": "heat", "network": "exempelby", "share": 1.0}
# Table -> its file, as the reader knows it, and one that has an example.
_FILES = {
    "municipalities": ("data/statistics/municipalities.csv",) * 2,
    "emissions": ("data/statistics/emissions_RELEASE.csv", "data/statistics/emissions_2025.csv"),
    "energy": ("data/statistics/energy_RELEASE.csv", ""),
    "population": ("data/statistics/population_RELEASE.csv", "data/statistics/population_2025.csv"),
    "members": ("data/YEAR/members.csv", f"data/{YEAR}/members.csv"),
    "survey_counts": ("data/YEAR/survey.csv", f"data/{YEAR}/survey.csv"),
    "goals": ("data/YEAR/goals.csv", f"data/{YEAR}/goals.csv"),
    "published": ("data/YEAR/published.csv", f"data/{YEAR}/published.csv"),
    "signatures": ("data/YEAR/signatures.csv", ""),
}
_ELSEWHERE = {
    "survey_answers": "`data/YEAR/answers_YEAR.csv` or `.xlsx`, the survey tool's export, is read as this",
}
_PATTERNS = {
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "a date as `2024-05-02`",
    r"^[0-9]{4}$": "a code of four digits",
    r"^([0-9]{2}|[0-9]{4})$": "a code of four digits, or two for a region",
    r"^(I|II|III|IV|V|VI)\.[1-9](\.[1-4])?$": "a reference as `I.1.1`",
    r"^https://[^\s()<>\"\\]+$": "an address that begins with https://",
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "an id of small letters, digits and hyphens",
    r"^[a-zåäöé0-9-]+$": "an id of a heading",
    r"^[a-z0-9]+(-[a-z0-9]+)*\.(svg|png|jpg)$": "a file as `street-before.svg`",
    r"^[0-9a-f]{64}$": "64 hexadecimal digits",
    r"\{share\}": "text with {share} in it",
    r"^\D+$": "text without digits",
    r"^https?://[^\s?#]+/$": "a web address that ends with a slash",
}
_TYPES = {
    "Int64": "whole number",
    "integer": "whole number",
    "Float64": "number",
    "number": "number",
    "boolean": "true or false",
}


def data_dictionary() -> str:
    """Return the page on tables: for each column its type, unit, range, meaning and an example."""
    head = "CSV in UTF-8: commas, decimal points, a row of headings. A code is text and keeps its noughts."
    parts = ["# Data dictionary", _MADE, head]
    for name, table in TABLES.items():
        parts += [f"## {name}", *_table(name, table)]
    parts += ["## claims", *_claims(), "## Open data", _OPEN]
    for table in open_data.contracts().tables:
        parts += [f"### {table.file}", *_open_table(table)]
    return "\n\n".join(parts) + "\n"


def _table(name: str, table: Table) -> list[str]:
    shown, sample = _FILES.get(name, ("", ""))
    where = f"`{shown}`" if shown else _ELSEWHERE.get(name, "")
    examples = _examples(ROOT / sample, table) if sample else {}
    rows = [
        (
            f"`{column}`",
            _TYPES.get(str(spec.dtype), "text"),
            (spec.metadata or {}).get("unit", ""),
            "; ".join(str(check.error) for check in spec.checks if check.error != "some text"),
            "may be" if spec.nullable else "",
            spec.description or "",
            examples.get(column, ""),
        )
        for column, spec in table.schema.columns.items()
    ]
    keys = ", ".join(f"`{key}`" for key in table.key)
    told = f"{table.title} No two rows share {keys}."
    return [f"{where}: {told}" if where else told, _markdown(_HEADINGS, rows)]


_HEADINGS = ("Column", "Type", "Unit", "Range", "Empty", "Meaning", "Example")


_OPEN = (
    "What `outputs/YEAR/data/` publishes ([open data](open-data.md)): every cell quoted, an empty one not "
    "known, `true` and `false`. The name in Swedish is that of the workbook's column."
)


def _open_table(table: open_data.Table) -> list[str]:
    headings = ("Column", "Type", "Unit", "Range", "Empty", "Meaning", "In Swedish")
    rows = [
        (
            f"`{name}`",
            _TYPES.get(column.type, "text"),
            column.unit,
            _range(column),
            "may be" if column.empty else "",
            column.english,
            column.title,
        )
        for name, column in table.columns.items()
    ]
    keys = ", ".join(f"`{key}`" for key in table.key)
    row = table.description_en.format(
        association="the association", lacking_en="what nobody has estimated has a key."
    )
    return [f"{row} No two rows share {keys}.", _markdown(headings, rows)]


def _range(column: open_data.Column) -> str:
    if column.pattern:
        return _PATTERNS[column.pattern]
    if column.enum:
        return "one of " + ", ".join(column.enum)
    return "" if column.maximum is None else f"from {column.minimum:g} to {column.maximum:g}"


def _examples(path: Path, table: Table) -> dict[str, str]:
    """Return the first value of each column of a file that is not empty."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {c: next((row[c] for row in rows if row[c]), "") for c in table.schema.columns}


def _claims() -> list[str]:
    """Return what `outputs/YEAR/claims.csv` holds, from the description of a claim."""
    fields = re.findall(r"^- ([a-z_, ]+): (.+(?:\n  .+)*)", inspect.getdoc(Claim) or "", re.M)
    meaning = {name: " ".join(text.split()) for names, text in fields for name in names.split(", ")}
    with (ROOT / "outputs" / YEAR / "claims.csv").open(encoding="utf-8", newline="") as stream:
        example = next(row for row in csv.DictReader(stream) if row["previous_value"])
    rows = [
        (f"`{column}`", meaning[column].replace("``", "`"), example.get(column, "")) for column in COLUMNS
    ]
    head = "`outputs/YEAR/claims.csv`: one row for each printed number, by id; git keeps published years'."
    return [head, _markdown(("Column", "Meaning", "Example"), rows)]


def parameters() -> str:
    """Return the page on the YAML files: for each key its type, default, meaning and an example."""
    head = "An unknown key, a key given twice and a number where text is meant are refused, all at once."
    read = {name: _yaml(f"params/{name}.yml") for name in (YEAR, *_SHARED)}
    read["outline"] = _yaml("notebooks/report.yml")
    questions, sources = read["questions"]["questions"], read["sources"]["sources"].values()
    gpc = read["gpc"]
    corrections, shown = read["corrections"]["corrections"], _yaml("data/demo/examples.yml")
    sections: Sequence[tuple[str, type[BaseModel], Iterable[Mapping[str, Any]]]] = (
        ("`params/YEAR.yml`: a report", Params, [read[YEAR]]),
        ("each of `documents`: what the year gives out beside it", Edition, read[YEAR]["documents"]),
        ("`params/questions.yml`: each of `questions`", Question, questions),
        ("each of `areas` of the questions, by its id", Area, read["questions"]["areas"].values()),
        ("`params/sources.yml`: each of `sources`, by its id", Source, sources),
        (
            "each of `options`, by its year",
            Options,
            [one for q in questions for one in q["options"].values()],
        ),
        ("each of `columns` of the questions, by its year", Columns, [_COLUMNS]),
        ("`params/corrections.yml`: each of `corrections`", Correction, corrections),
        (
            "`params/sectors.yml`: the emissions database",
            Sectors,
            [{"spelling": dict([*read["sectors"]["spelling"].items()][:1])}],
        ),
        ("each of `sectors`", Sector, read["sectors"]["sectors"]),
        ("each of `known_gaps`", KnownGap, read["sectors"]["known_gaps"]),
        ("`params/gpc.yml`: inventories by the GPC", Gpc, [{"potentials": gpc["potentials"]}]),
        ("each of `references`", Reference, gpc["references"]),
        ("each of `rows`", Row, [row for row in gpc["rows"] if "choice" in row]),
        ("each of `choices`, by its name", Choice, gpc["choices"].values()),
        ("each of `groups`", SectorGroup, gpc["groups"]),
        ("`counted_twice`", Twice, [gpc["counted_twice"]]),
        ("`energy`", EnergyCodes, [{**gpc["energy"], "categories": None}]),
        ("each of `categories` of the energy", EnergyCategory, gpc["energy"]["categories"]),
        (
            "`params/emission_factors.yml`: what electricity and heat emit",
            EmissionFactors,
            [{"grid": "norden"}],
        ),
        ("each of `factors`", Factor, [_FACTOR]),
        ("each of `networks`", NetworkShare, [_NETWORK]),
        ("`params/channels.yml`: what the report becomes", Channels, [{"activity": "sociala-medier"}]),
        ("each of `platforms`, by its name", Platform, read["channels"]["platforms"].values()),
        ("each of `channels`", Channel, read["channels"]["channels"]),
        ("`data/YEAR/examples.yml`: members' examples", Examples, [{"last_year": shown["last_year"]}]),
        ("each of `examples`", Example, shown["examples"]),
        ("`data/YEAR/comments.yml`: each of `comments`, what members say on their fact sheets", Comment, []),
        (
            "`consent` of an example, a comment or a picture",
            Agreed,
            [one["consent"] for one in shown["examples"]],
        ),
        (
            "`data/YEAR/pictures.yml`: each of `pictures`",
            Picture,
            _yaml("data/demo/pictures.yml")["pictures"],
        ),
        ("`notebooks/report.yml`: the report's outline", Outline, [read["outline"]]),
        ("each of `documents`, by its id", Arrangement, read["outline"]["documents"].values()),
    )
    headings = ("Key", "Type", "If left out", "Meaning", "Example")
    parts = ["# Parameters", _MADE, head]
    for title, model, entries in sections:
        parts += [f"## {title}", _markdown(headings, _keys(model, entries))]
    return "\n\n".join(parts) + "\n"


def _yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def _keys(model: type[BaseModel], entries: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    schema = model.model_json_schema()
    example = {key: value for entry in reversed([*entries]) for key, value in entry.items()}
    required = schema.get("required", [])
    return [
        (
            f"`{key}`",
            _kind(spec, schema.get("$defs", {})),
            "" if key in required else _default(spec),
            spec.get("description", ""),
            _shown(example.get(key)),
        )
        for key, spec in schema["properties"].items()
    ]


def _default(spec: Mapping[str, Any]) -> str:
    value = spec.get("default")
    if isinstance(value, dict) and value:
        return "everything"
    return "none" if not value and value is not False else str(value).lower()


def _kind(spec: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """Say in words what JSON schema says of a value."""
    if "anyOf" in spec:
        return _kind(next(part for part in spec["anyOf"] if part.get("type") != "null"), known)
    if "$ref" in spec:
        return "mapping, see below"
    if "enum" in spec:
        return "one of " + ", ".join(f"`{value}`" for value in spec["enum"])
    if spec.get("type") == "array":
        return f"list of {_kind(spec['items'], known)}"
    if spec.get("type") == "object":
        return f"mapping to {_kind(spec['additionalProperties'], known)}"
    if spec.get("type") == "integer":
        low, high = spec.get("minimum"), spec.get("maximum")
        span = f", {low} to {high}" if high is not None else f", at least {low}" if low is not None else ""
        return f"whole number{span}"
    named = {"string": "text", "boolean": "true or false", "number": "number"}[spec["type"]]
    return _PATTERNS[spec["pattern"]] if "pattern" in spec else named


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10_000).strip()
    return f"`{text.removesuffix('...').strip()}`"


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    plain = str(text).replace("|", "\\|")
    return plain if plain.startswith("`") else plain.replace("<", "&lt;")


PAGES = {"data-dictionary.md": data_dictionary, "parameters.md": parameters}


def main() -> None:
    """Write both pages."""
    for name, page in PAGES.items():
        atomic_write(ROOT / "docs" / name, page())


if __name__ == "__main__":
    main()
