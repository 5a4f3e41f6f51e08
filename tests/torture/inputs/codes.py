"""Every municipality's code, through every way that a code can come in (A6)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import yaml
from click.testing import CliRunner

import raw_files
from conftest import ROOT
from klimatlib.cli import cli
from klimatlib.config import Select, validate
from klimatlib.share import factsheets as sheets
from klimatlib.sources.statistics import read_municipality_codes
from klimatlib.sources.tables import MUNICIPALITIES, POPULATION, read_table
from torture.promise import Effort, Found

_REGISTER = ROOT / "data" / "statistics" / "municipalities.csv"


def _register() -> pd.DataFrame:
    return read_table(_REGISTER.read_bytes(), MUNICIPALITIES, file="municipalities.csv")


def _by_yaml(codes: list[str], register: pd.DataFrame) -> list[str]:
    lines = "".join(f'  - "{code}"\n' for code in codes)
    return list(validate(f"codes:\n{lines}".encode(), Select, shown="codes.yml").codes)


def _by_csv(codes: list[str], register: pd.DataFrame) -> list[str]:
    text = "municipality_code,year,population\n" + "".join(f"{code},2020,1000\n" for code in codes)
    return [*read_table(text.encode(), POPULATION, file="codes.csv")["municipality_code"]]


def _by_xlsx(codes: list[str], register: pd.DataFrame) -> list[str]:
    rows: raw_files.Rows = [["Kod", "Namn"]]
    for county, inside in register.groupby("county_code"):
        rows.append([county, inside["county"].iloc[0]])
        rows += [[row.municipality_code, row.municipality] for row in inside.itertuples()]
    return [
        *read_municipality_codes(raw_files.to_xlsx({"Blad1": rows}), "codes.xlsx").frame["municipality_code"]
    ]


def _by_command(codes: list[str], register: pd.DataFrame) -> list[str]:
    """Give all to ``klimatlib sheets``, and see what the program behind it is given."""
    given: list[str] = []
    real = sheets.make_all
    sheets.make_all = lambda _params, asked, **_more: given.extend(asked)  # type: ignore[assignment]
    try:
        CliRunner().invoke(cli, ["sheets", "2023", *codes], catch_exceptions=False)
    finally:
        sheets.make_all = real
    return given


_WAYS: Mapping[str, Callable[[list[str], pd.DataFrame], list[str]]] = {
    "YAML": _by_yaml, "CSV": _by_csv, "XLSX": _by_xlsx, "the command line": _by_command,
}  # fmt: skip


def survive(_effort: Effort) -> Found:
    """Send all codes each way."""
    register = _register()
    codes = [*register["municipality_code"]]
    failures = [
        f"{way}: {code} came out as {back!r}"
        for way, send in _WAYS.items()
        for code, back in zip(codes, [*send(codes, register), *[None] * len(codes)], strict=False)
        if code != back
    ]
    told = f"{len(codes)} codes through {', '.join(_WAYS)}; there is no Parquet here"
    return Found(len(codes) * len(_WAYS), failures, "codes sent", told)


def plain(effort: Effort) -> Found:
    """Do the same as one would at first: PyYAML, pandas and papermill's command line."""
    from papermill.cli import _resolve_type

    codes = [*_register()["municipality_code"]]
    book = _workbook(effort.where / "codes.xlsx", codes)
    ways = {
        "YAML": yaml.safe_load("\n".join(f"- {code}" for code in codes)),
        "CSV": [*pd.read_csv(io.StringIO("code\n" + "\n".join(codes)))["code"]],
        "XLSX, codes as Excel keeps them when typed": [*pd.read_excel(book)["code"]],
        "papermill -p": [_resolve_type(code) for code in codes],
    }
    lost = {way: sum(a != b for a, b in zip(codes, back, strict=True)) for way, back in ways.items()}
    told = "; ".join(f"{way}: {count} lost" for way, count in lost.items())
    return Found(len(codes) * len(ways), unit="codes sent", told=told, failed=sum(lost.values()))


def _workbook(path: Path, codes: list[str]) -> Path:
    path.write_bytes(raw_files.to_xlsx({"Blad1": [["code"], *[[int(code)] for code in codes]]}))
    return path
