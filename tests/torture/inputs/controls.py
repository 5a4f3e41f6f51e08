"""Control totals: with them any changed value is found, and of what has none the report says so (A7)."""

from __future__ import annotations

import io
from pathlib import Path
from random import Random

import pandas as pd

from conftest import ROOT, copy_project
from klimatlib.errors import InputError
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from torture.inputs.world import COUNTS, look, make
from torture.promise import Effort, Found

_FACTORS = (1.01, 0.99, 1.05, 0.9, 1.5, 0.5, 2.9, 1000)
_PLACES = {"1280": 300_000, "1281": 120_000, "2580": 78_000, "2584": 22_000}
_SAID = "kontrollsumm"


def caught(effort: Effort) -> Found:
    """Change one value at a time in every table with totals; look whether the report tells of the rest."""
    root = make(effort.where.resolve() / "värld")
    land = _country(effort.where.resolve() / "land")
    tries, failures, told = 0, list[str](), list[str]()
    for name, where, path, column, rows in _tables(root, land):
        values = [_changed(where, path, column, rows, seed) for seed in range(effort.count(20, 5))]
        missed = [f"{name}: {value}" for value in values if value]
        tries, failures = tries + len(values), [*failures, *missed]
        told.append(f"{name} {len(values) - len(missed)}/{len(values)}")
    failures += _said()
    if effort.whole:
        sizes = ", ".join(f"×{factor}: {found}/20" for factor, found in _without(root).items())
        told.append(f"without totals (the population of a selection) {sizes}")
    return Found(tries, failures, "changed values", "; ".join(told))


def _tables(root: Path, land: Path) -> list[tuple[str, Path, str, int, list[int]]]:
    emissions, people = "data/statistics/emissions_2025.csv", "data/statistics/population.csv"
    lines = (root / emissions).read_text(encoding="utf-8").splitlines()
    with_sectors = {line.split(",")[1] for line in lines[1:] if ",Alla," not in line}
    totalled = [n for n, line in enumerate(lines) if n and line.split(",")[1] in with_sectors]
    every = range(1, len((land / people).read_text(encoding="utf-8").splitlines()))
    counts = [1, 2]
    return [
        ("emissions by sector", root, emissions, 3, totalled),
        ("population of the whole country", land, people, 2, [*every]),
        ("survey counts beside published shares", root, "data/tal/survey.csv", 1, counts),
        ("published shares beside survey counts", root, "data/tal/published.csv", 2, counts),
    ]


def _changed(root: Path, shown: str, column: int, rows: list[int], seed: int) -> str:
    """Change one value; return what was not found, or nothing."""
    rng, path = Random(f"{shown} {seed}"), root / shown
    before = path.read_bytes()
    lines = before.decode().splitlines()
    at = rng.choice(rows)
    cells = lines[at].split(",")
    old = int(cells[column])
    new = round(old * rng.choice(_FACTORS))
    step = 5 if "emissions" in shown else 1  # nine whole tonnes are rounded by four and a half at most
    cells[column] = str(new if abs(new - old) >= step else old + step)
    lines[at] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        look(root, COUNTS) if root.name == "värld" else sources.population(
            Inputs.open("params/tiny.yml", start=root)
        )
    except InputError as error:
        return (
            ""
            if any(problem.file in (shown, "data/tal/published.csv") for problem in error.problems)
            else str(error)
        )
    finally:
        path.write_bytes(before)
    return f"row {at + 1}: {old} -> {cells[column]} taken"


def _country(root: Path) -> Path:
    """Make a country of four municipalities, whose population adds up."""
    copy_project(root, tiny=True)
    folder = root / "data" / "statistics"
    register = (ROOT / "data" / "statistics" / "municipalities.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in register if line.startswith((*_PLACES, "municipality_code"))]
    (folder / "municipalities.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    lines = ["municipality_code,year,population"]
    for year in (1990, 2000, 2010, 2020):
        here = {code: round(count * (1 + (year - 1990) / 200)) for code, count in _PLACES.items()}
        lines += [
            f"0000,{year},{sum(here.values())}",
            *(f"{code},{year},{count}" for code, count in here.items()),
        ]
    (folder / "population.csv").write_text("\n".join(sorted(lines, reverse=True)) + "\n", encoding="utf-8")
    return root


def _without(root: Path) -> dict[float, int]:
    """Scale one population of a selection, which has no totals: how many of 20 are found, by size."""
    path = root / "data" / "statistics" / "population.csv"
    before = path.read_bytes()
    lines = before.decode().splitlines()
    found = {}
    for factor in (1.1, 2, 4):
        refused = 0
        for seed in range(20):
            at = Random(f"{factor} {seed}").randrange(1, len(lines))
            code, year, count = lines[at].split(",")
            changed = [*lines[:at], f"{code},{year},{round(int(count) * factor)}", *lines[at + 1 :]]
            path.write_text("\n".join(changed) + "\n", encoding="utf-8")
            try:
                sources.population(Inputs.open(f"params/{COUNTS}.yml", start=root))
            except InputError:
                refused += 1
        found[factor] = refused
    path.write_bytes(before)
    return found


def _said() -> list[str]:
    """Look whether every report's chapter on how the numbers were made speaks of control totals."""
    texts = [*ROOT.glob("data/*/texts/method.md")]
    return [
        f"{path.parent.parent.name}: no word of control totals"
        for path in texts
        if _SAID not in path.read_text(encoding="utf-8")
    ]


def plain(effort: Effort) -> Found:
    """Change the same values under a plain read and sum: nothing compares them."""
    root = make(effort.where.resolve() / "värld")
    land = _country(effort.where.resolve() / "land")
    tries = missed = 0
    for _, where, shown, column, rows in _tables(root, land):
        data = (where / shown).read_bytes()
        for seed in range(20):
            frame = pd.read_csv(io.BytesIO(data))
            at = Random(f"{shown} {seed}").choice(rows) - 1
            frame[frame.columns[column]] = frame[frame.columns[column]].astype(float)
            before = frame.groupby(frame.columns[0])[frame.columns[column]].sum()
            frame.iloc[at, column] = frame.iloc[at, column] * 1.5
            tries, missed = (
                tries + 1,
                missed + (not frame.groupby(frame.columns[0])[frame.columns[column]].sum().equals(before)),
            )
    return Found(
        tries, unit="changed values", told="all of them summed up into another number", failed=missed
    )
