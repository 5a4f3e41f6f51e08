"""Plausibility of inputs that are whole and may be wrong: what changed, and what speaks against a value.

Slips of every day leave files that are whole and wrong: a row lost by a filtered save, cells shifted, a line
of the outline gone. No rule can know them; `changes` compares with what was committed, and with what the last
report was made of. Members and questions are named, what anybody answered never.

Anomalies are values of a table of statistics that their sums, years and neighbours speak against. The
publisher's own sums are the sharpest evidence: sector by sector the municipalities add up to the nation
but for what lies outside all of them, which hardly moves from year to year. A value's own series, and that
of the municipality's other sectors, tell the rest. Nothing here knows what is right: an anomaly is a question
to the publisher, ranked by what an error would do to the sums that are printed. A check warns of it, and
`letter` puts it to the publisher.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
import secrets
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations, groupby, pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import yaml

from klimatlib import swedish
from klimatlib.claims.claims import ClaimBook
from klimatlib.config import Correction, Corrections, load_yaml, used_values
from klimatlib.errors import InputError, Message, few, holds_answers, pluralise, warning
from klimatlib.files import atomic_write
from klimatlib.indicators import association, gpc
from klimatlib.sources import inputs as sources
from klimatlib.sources import survey_export
from klimatlib.sources.files import read_grids
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.statistics import ALL_MUNICIPALITIES, sum_noise
from klimatlib.sources.tables import NATION, TOTAL, rows

_NAMED = 5  # rows or columns of one change, places of one question
_WORDS = {".csv": ("row", "column"), ".yml": ("entry", "value"), ".md": ("line", "")}
Cells = dict[tuple[str, str], str]  # (row, column) -> text


def changes(inputs: Inputs) -> Iterator[str]:
    """Say of each input that was read how it differs from the last commit, or else from the last report.

    Members' answers, which git need not keep, are also held against the digests that `keep_answers` kept.
    """
    project = inputs.project
    root, manifest = project.root, project.relative(project.published / "manifest.json")
    published = (git(root, "log", "-1", "--format=%H", "--", manifest) or b"").decode().strip()
    files = _files(inputs)
    earlier = {"the last commit": _contents(root, "HEAD", files)}
    earlier["the last report"] = _contents(root, published, files) if published else {}
    for file in files:
        data = (root / file).read_bytes()
        for since, contents in earlier.items():
            if (before := contents.get(file)) and before != data:
                if difference := _difference(inputs, file, before, data):
                    yield f"since {since}: {file}: {difference}"
                break
        else:
            if holds_answers(file) and (difference := _since_report(inputs, file, data)):
                yield f"since the last report: {file}: {difference}"


def keep_answers(inputs: Inputs) -> None:
    """Keep a salted digest of each answer that a report was made of, readable by its owner alone."""
    for file in filter(holds_answers, _files(inputs)):
        salt, data = secrets.token_hex(), (inputs.project.root / file).read_bytes()
        marks = [[*at, _digest(salt, text)] for at, text in _cells(inputs, file, data).items()]
        _kept(inputs, file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic_write(_kept(inputs, file), json.dumps({"salt": salt, "answers": marks}), private=True)


def _since_report(inputs: Inputs, file: str, data: bytes) -> str:
    """Say how answers differ from those whose digests `keep_answers` kept."""
    try:
        kept = json.loads(_kept(inputs, file).read_bytes())
        before = {(row, column): mark for row, column, mark in kept["answers"]}
        after = {at: _digest(kept["salt"], text) for at, text in _cells(inputs, file, data).items()}
    except (OSError, ValueError, InputError):
        return ""
    return _compared(before, after, "member", "question")


def _digest(salt: str, text: str) -> str:
    return hmac.new(salt.encode(), text.encode(), "sha256").hexdigest()


def _files(inputs: Inputs) -> list[str]:
    """Return the files that were read; of shared ones, which may be missing, the record has what is used."""
    files = {name.partition("#")[0] for name in inputs.digests}
    return sorted(file for file in files if (inputs.project.root / file).is_file())


def _kept(inputs: Inputs, file: str) -> Path:
    return inputs.project.root / "outputs" / ".kept" / inputs.project.name / f"{Path(file).stem}.json"


def git(root: Path, *arguments: str, text: str = "") -> bytes | None:
    """Return what git says, whoever owns the checkout and without refreshing its index.

    ``text`` is its input. None where there is no git, or it fails.
    """
    command = ["git", "--no-optional-locks", "-c", "safe.directory=*", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=30, check=True)
        return done.stdout
    except (OSError, subprocess.SubprocessError):
        return None


def _contents(root: Path, revision: str, files: Sequence[str]) -> dict[str, bytes]:
    """Return what files held in a revision, those that it has."""
    objects = "".join(f"{revision}:./{file}\n" for file in files)
    stream = io.BytesIO(git(root, "cat-file", "--batch", text=objects) or b"")
    contents = dict[str, bytes]()
    for file in files:
        head = stream.readline().split()
        if head[1:2] == [b"blob"]:
            contents[file] = stream.read(int(head[2]))
            stream.readline()
    return contents


def _difference(inputs: Inputs, file: str, earlier: bytes, data: bytes) -> str:
    """Say what is other in a file, of a shared one in what this report uses; never what stands there."""
    shared = [key.partition("#")[2] for key in inputs.digests if key.startswith(f"{file}#")]
    try:
        with suppress(InputError):  # an earlier form of the file is compared as it is written
            used = [[used_values(text, file, which) for which in shared] for text in (earlier, data)]
            if shared:
                return _compared(_entries(*used[0]), _entries(*used[1]), *_WORDS[".yml"])
        before, after = (_cells(inputs, file, content) for content in (earlier, data))
    except (InputError, yaml.YAMLError, UnicodeDecodeError):
        return "changed, and one of the two cannot be read"
    words = ("member", "question") if holds_answers(file) else _WORDS.get(Path(file).suffix, _WORDS[".csv"])
    return _compared(before, after, *words) or "the same cells, written otherwise"


def _compared(before: Cells, after: Cells, row: str, column: str) -> str:
    """Say which rows are gone or new, and how many cells of which rows and columns are other."""
    names = [{name: None for name, _ in cells} for cells in (before, after)]
    parts = []
    for word, mine, others in (("gone", *names), ("new", *reversed(names))):
        if some := [name for name in mine if name not in others]:
            parts.append(f"{pluralise(len(some), row)} {word}{_few(some) if column else ''}")
    other = [at for at in {**before, **after} if before.get(at) != after.get(at)]
    if changed := [at for at in other if at[0] in names[0] and at[0] in names[1]]:
        whose, where = ([*dict.fromkeys(part)] for part in zip(*changed, strict=True))
        of = f"{pluralise(len(whose), row)}{_few(whose)} in {pluralise(len(where), column)}{_few(where)}"
        parts.append(f"{pluralise(len(changed), 'cell')} of {of}")
    return ", ".join(parts)


def _few(names: Collection[str]) -> str:
    return f" ({few(filter(None, names), _NAMED)})" if any(names) else ""


def _cells(inputs: Inputs, file: str, data: bytes) -> Cells:
    """Return what a file holds, by row and column, or by entry."""
    if holds_answers(file):
        names = {row.code: row.name for row in rows(sources.members(inputs))}
        answers = survey_export.answers_of(inputs, data, file).frame
        return {(names.get(row.code, row.code), row.question_id): row.answer for row in rows(answers)}
    text = data.decode("utf-8") if not file.endswith(".xlsx") else ""
    if file.endswith((".yml", ".yaml")):
        return _entries(yaml.safe_load(text))
    if not file.endswith((".csv", ".xlsx")):
        return dict.fromkeys(((line, "") for line in text.splitlines() if line.strip()), "")
    grid: list[list[Any]] = [*csv.reader(io.StringIO(text, newline=""))]
    if not text:
        grid = [list(row) for row in read_grids(data, file)[0].rows]
    head, *body = [["" if cell is None else str(cell) for cell in row] for row in grid] or [[]]
    widths = (n for n in range(1, len(head)) if len({tuple(row[:n]) for row in body}) == len(body))
    width = next(widths, len(head))  # so many columns as tell the rows apart
    return {
        (" ".join(filter(None, row[:width])), column): cell
        for row in body
        for column, cell in zip(head, row, strict=False)
    }


def _entries(*nodes: Any) -> Cells:
    return {(path, ""): value for node in nodes for path, value in _leaves(node)}


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of a YAML file by their path; those of a list by their id, or by themselves."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}".removeprefix("."))
    elif isinstance(node, list):
        for number, value in enumerate(node, 1):
            if isinstance(value, dict):
                yield from _leaves(value, f"{path}[{value.get('id', value.get('name', number))}]")
            else:
                yield f"{path}: {value}", ""
    else:
        yield path, str(node)


# ---- anomalies: the values against their sums, years and neighbours ----------------------------------------
Evidence = Literal["sum", "series", "exchange", "place", "copy", "release", "revision"]
_FLOOR = 10.0  # smaller values are taken for this, for ratios
_RATIO = 1.28  # a value is this many times what its series makes likely, or less than its inverse,
_SPIKE, _END = 9.0, 14.0  # and leaves it by so many usual changes: there and back again, at an end of it
_SEEN = 0.02  # of the municipality's total
_GRAVE = 0.002  # of the sum that is printed: then a third of the usual changes is enough
_QUIET, _PAIR = 0.1, 5.0  # where the usual change is small, an exchanged value is so many of them away
_OUT_OF_PLACE = 1.42  # as _RATIO, the median of a municipality's sectors in one year
_RATIO_PERSONS, _RATIO_NATION = 1.04, 1.003  # as _RATIO, of inhabitants
_SUSPECTS = 5  # municipalities that are named where only a sum tells of an error
_TOLD = 0.001  # smallest share of a sum that is told as a number
_MANY = 8  # anomalies of one kind and year that are told as one; series that show what is usual
Wide = Any  # a frame with a row for each municipality (and sector) and a column for each year


class Anomaly(NamedTuple):
    """A value that is not likely, or many of one kind and year.

    ``codes`` are the municipalities in question, the likeliest first. ``evidence`` is what speaks against
    ``value``: the ``sum`` of the nation, its own ``series``, an ``exchange`` of two municipalities' values,
    its ``place`` among the municipality's other years, a ``copy`` of the year ``expected``, or an earlier
    ``release``. ``effect`` is the possible error as a share of the sum that it is part of: the members' for
    a member, else the nation's.
    """

    codes: tuple[str, ...]
    sector: str
    year: int
    value: float
    expected: float
    evidence: Evidence
    effect: float = 0.0


def emission_anomalies(
    emissions: pd.DataFrame, *, members: Collection[str] = (), earlier: pd.DataFrame | None = None
) -> list[Anomaly]:
    """Judge every value of a release of emissions; the anomaly that would move most comes first.

    Columns as `tables.EMISSIONS`; an ``earlier`` release is held against this one by municipality.
    ``members`` are the codes of the municipalities whose sum is printed.
    """
    wide = _wide(emissions, "sector", "emissions_t")
    totals: Wide = wide.xs(TOTAL, level=1)
    own = totals.index.isin(members)
    weighty = np.where(own[:, None], _GRAVE * totals[own].sum().to_numpy(), np.inf)
    grave = pd.DataFrame(weighty, totals.index, totals.columns)
    anomalies = list[Anomaly]()
    sectors = wide.drop(TOTAL, level=1).dropna(axis="columns", how="all")
    for sector in sectors.index.unique(1).tolist() or [TOTAL]:
        series: Wide = wide.xs(sector, level=1).dropna(axis="columns", how="all")
        places = series.drop(NATION, errors="ignore")
        if len(places) >= ALL_MUNICIPALITIES and NATION in series.index:
            remainder = series.loc[NATION] - places.sum()
            usual = remainder.median()
            spread = 1.4826 * (remainder - usual).abs().median()
            tolerance = max(25.0, 8 * spread, 3e-6 * series.loc[NATION].max())
            anomalies += _sums(places, remainder - usual, tolerance, sector)
        if len(places) > _MANY:
            anomalies += (
                each for each in _spikes(places, sector, grave=grave)
                if abs(each.value - each.expected) >= _SEEN * totals.at[each.codes[0], each.year]
            )  # fmt: skip
            anomalies += _exchanged(places, sector)
    if len(totals) <= _MANY:
        anomalies += _doubled(totals)
    elif NATION in totals.index:
        anomalies += _spikes(totals.loc[[NATION]].dropna(axis="columns"), TOTAL, spike=3.0, end=6.0)
    if len(sectors) and len(totals) > _MANY:
        places = sectors.drop(NATION, level=0, errors="ignore")
        placed = [*_copies(places, totals), *_out_of_place(places, totals)]
        judged = {(each.codes[0], each.year) for each in placed}
        anomalies = placed + [each for each in anomalies if (each.codes[0], each.year) not in judged]
    if earlier is not None:
        anomalies += _moved(wide, _wide(earlier, "sector", "emissions_t"))
    return _ranked(anomalies, totals, members)


def population_anomalies(population: pd.DataFrame, *, members: Collection[str] = ()) -> list[Anomaly]:
    """Judge every number of inhabitants, columns as `tables.POPULATION`; the gravest anomaly comes first."""
    wide = _wide(population, None, "population")
    if len(wide) <= _MANY:
        return _ranked(_doubled(wide), wide, members)
    places, nation = wide.drop(NATION, errors="ignore"), wide[wide.index == NATION]
    anomalies = list[Anomaly]()
    columns = {year: places[year].to_numpy() for year in places}
    for other, year in combinations(wide.columns, 2):
        same = columns[year] == columns[other]
        if same.sum() > max(2, len(places) / 5):
            codes = tuple(places.index[same])
            anomalies.append(Anomaly(codes, "", year, float(places[year].sum()), other, "copy"))
    if len(nation) and len(places) >= ALL_MUNICIPALITIES:
        noise = pd.Series([sum_noise(len(places), year) for year in wide], wide.columns)
        anomalies += _sums(places, nation.iloc[0] - places.sum(), noise, "")
    for frame, ratio in ((places, _RATIO_PERSONS), (nation, _RATIO_NATION)):
        anomalies += _spikes(frame, "", ratio=ratio, spike=4.0, end=8.0)
    return _ranked(anomalies, wide, members)


def _wide(table: pd.DataFrame, within: str | None, values: str) -> Wide:
    index = ["municipality_code", *([within] if within else [])]
    return table.pivot(index=index, columns="year", values=values).astype(float).sort_index()


def _logs(values: Wide) -> Wide:
    return np.log(np.maximum(values, _FLOOR))


def _usual(changes: Any) -> Any:
    """Return the usual change of each series, robustly, and no less than that of the median series."""
    usual = 1.4826 * np.median(abs(changes), axis=1)
    return np.maximum(usual, max(float(np.median(usual)), 1e-3))


def _deviations(logs: Wide) -> tuple[Any, Any]:
    """Return how far each value is from the years beside it, as a logarithm and in its series' usual changes.

    A value that lies over both its neighbours, or under both, is as far away as from the nearer one; any
    other is not away at all. At an end there is one neighbour. Changes common to all are left out.
    """
    changes: Wide = logs.diff(axis=1).iloc[:, 1:]
    if len(changes) > _MANY:
        changes = changes - changes.median()
    steps, gaps = changes.to_numpy(), np.sqrt(np.diff(np.array(logs.columns, dtype=float)))
    usual = _usual(steps / gaps)[:, None]
    before, after = steps[:, :-1], -steps[:, 1:]
    there_and_back = np.sign(before) * (np.sign(before) == np.sign(after))
    far = there_and_back * np.minimum(abs(before), abs(after))
    times = there_and_back * np.minimum(abs(before) / gaps[:-1], abs(after) / gaps[1:]) / usual
    first, last = -steps[:, :1], steps[:, -1:]
    times = np.hstack([first / gaps[0] / usual, times, last / gaps[-1] / usual])
    return np.hstack([first, far, last]), times


def _spikes(
    series: Wide,
    sector: str,
    *,
    ratio: float = _RATIO,
    spike: float = _SPIKE,
    end: float = _END,
    grave: Wide | None = None,
) -> Iterator[Anomaly]:
    """Yield the values that leave their own series, and come back where it goes on.

    ``grave`` holds, for each row, the errors that weigh so much that less evidence is enough.
    """
    if not len(series) or series.shape[1] < 3:
        return
    far, times = _deviations(_logs(series))
    expected = series.to_numpy() / np.exp(far)
    limits = np.array([[end, *[spike] * (series.shape[1] - 2), end]]).repeat(len(series), axis=0)
    if grave is not None:
        limits[abs(series.to_numpy() - expected) >= grave.loc[series.index, series.columns]] /= 3
    for row, column in zip(*np.nonzero((abs(times) >= limits) & (abs(far) >= np.log(ratio))), strict=True):
        at = series.index[row], int(series.columns[column])
        yield Anomaly((at[0],), sector, at[1], float(series.at[at]), float(expected[row, column]), "series")


def _doubled(totals: Wide) -> Iterator[Anomaly]:
    """Yield totals that double or halve within five years: a few series do not show what is usual."""
    for before, year in pairwise(totals.columns):
        ratio = (_logs(totals[year]) - _logs(totals[before])).abs()
        for code in ratio.index[ratio > np.log(2)] if year - before <= 5 else ():
            value, expected = float(totals.at[code, year]), float(totals.at[code, before])
            yield Anomaly((code,), TOTAL, int(year), value, expected, "series")


def _expected(places: Wide, year: int) -> tuple[Any, Any]:
    """Return the logarithms that the years beside one make likely for it, and the usual changes."""
    logs, at = _logs(places).to_numpy(), places.columns.get_loc(year)
    beside = {max(at - 1, 0), min(at + 1, logs.shape[1] - 1)} - {at}
    near = logs[:, sorted(beside)].mean(axis=1)
    return near + np.median(logs[:, at] - near), _usual(np.diff(logs))


def _sums(places: Wide, missing: Any, tolerance: Any, sector: str) -> Iterator[Anomaly]:
    """Yield the years in which the municipalities do not add up to the nation as in the others.

    Named are those whose value would fit its series best if it were what the nation leaves for it.
    """
    for year in missing.index[missing.abs() > tolerance]:
        expected, usual = _expected(places, year)
        asked, total = places[year] + missing[year], float(places[year].sum())
        gain = ((_logs(places[year]) - expected).abs() - (_logs(asked) - expected).abs()) / usual
        suspects = gain[asked >= 0].sort_values(ascending=False).index[:_SUSPECTS]
        yield Anomaly(tuple(suspects), sector, int(year), total, total + float(missing[year]), "sum")


def _exchanged(places: Wide, sector: str) -> Iterator[Anomaly]:
    """Yield pairs of municipalities each of whose values fits the other's series, and not its own."""
    for year in places.columns:
        expected, usual = _expected(places, year)
        if np.median(usual) > _QUIET:
            return
        logs = _logs(places[year]).to_numpy()
        times = abs(logs[None, :] - expected[:, None]) / usual[:, None]
        away = (np.diag(times) >= _PAIR) & (places[year] > _FLOOR).to_numpy()
        fits = (times <= _PAIR / 3) & away[None, :] & away[:, None]
        fits &= abs(logs[None, :] - logs[:, None]) >= np.log(_RATIO)
        for pair in zip(*np.nonzero(np.triu(fits & fits.T, 1)), strict=True):
            value, other = places[year].iloc[[*pair]]
            codes = tuple(places.index[[*pair]])
            yield Anomaly(codes, sector, int(year), float(value), float(other), "exchange")


def _copies(places: Wide, totals: Wide) -> Iterator[Anomaly]:
    """Yield years of municipalities in which every sector is what it was in another year, to the tonne."""
    codes, years = places.index.unique(0), places.columns
    whole = places.reindex(pd.MultiIndex.from_product(places.index.levels)).loc[codes].round()
    cells = whole.to_numpy().reshape(len(codes), -1, len(years))
    for other, year in combinations(range(len(years)), 2):
        some = (cells[:, :, year] >= _FLOOR) & ~np.isnan(cells[:, :, other])
        same = ((cells[:, :, year] == cells[:, :, other]) | ~some).all(axis=1) & (some.sum(axis=1) >= 3)
        for code in codes[same]:
            value = float(totals.at[code, years[year]])
            yield Anomaly((code,), TOTAL, int(years[year]), value, int(years[other]), "copy")


def _out_of_place(places: Wide, totals: Wide) -> Iterator[Anomaly]:
    """Yield years in which most sectors of a municipality leave their series at once."""
    parts = [part for _, part in places.groupby(level=1)]
    far = pd.concat([pd.DataFrame(_deviations(_logs(part))[0], part.index, part.columns) for part in parts])
    middle: Wide = far.abs().where(places.reindex(far.index) >= _FLOOR).groupby(level=0).median()
    for row, column in zip(*np.nonzero((middle >= np.log(_OUT_OF_PLACE)).to_numpy()), strict=True):
        code, year = middle.index[row], middle.columns[column]
        others = totals.loc[code].drop(year)
        near = float(others.iloc[int(np.argmin(abs(others.index - year)))])
        yield Anomaly((code,), TOTAL, int(year), float(totals.at[code, year]), near, "place")


def _moved(wide: Wide, earlier: Wide) -> Iterator[Anomaly]:
    """Yield what the earlier release speaks against.

    That is municipalities whose sectors are, in most years, not those that it has, and single values that
    are not: a method that changes moves a whole series, or a sector everywhere.
    """
    index, years = wide.index.intersection(earlier.index), wide.columns.intersection(earlier.columns)
    ratios = _logs(wide.loc[index, years]) - _logs(earlier.loc[index, years])
    ratios -= ratios.groupby(level=1).transform("median")
    middle = ratios.median(axis=1).drop(TOTAL, level=1, errors="ignore").abs().groupby(level=0).median()
    for code in middle.index[middle >= np.log(_RATIO)]:
        value, before = (float(frame.at[(code, TOTAL), years[-1]]) for frame in (wide, earlier))
        yield Anomaly((code,), TOTAL, int(years[-1]), value, before, "release")
    parts = ratios.drop(TOTAL, level=1, errors="ignore").dropna(axis="columns", how="all").dropna()
    if not len(parts) or parts.shape[1] < 3:
        return
    far, times = _deviations(parts)
    for row, column in zip(*np.nonzero((abs(far) >= np.log(_RATIO)) & (abs(times) >= _SPIKE)), strict=True):
        (code, sector), year = parts.index[row], parts.columns[column]
        value, before = (float(frame.at[(code, sector), year]) for frame in (wide, earlier))
        if abs(value - before) >= _SEEN * float(wide.at[(code, TOTAL), year]):
            yield Anomaly((code,), sector, int(year), value, before, "revision")


def _ranked(anomalies: Iterable[Anomaly], totals: Wide, members: Collection[str]) -> list[Anomaly]:
    """Weigh each anomaly by the sum that it is part of, and tell many of a kind and year as one."""
    of_members = totals[totals.index.isin(members)].sum()
    whole = totals.loc[NATION] if NATION in totals.index else totals.sum()
    groups = dict[tuple[Evidence, int, str], list[Anomaly]]()
    for each in anomalies:
        printed = of_members if each.codes[0] in members else whole
        error = each.value if each.evidence == "copy" else each.value - each.expected
        weighed = each._replace(effect=abs(error / float(printed[each.year])))
        groups.setdefault((each.evidence, each.year, each.sector), []).append(weighed)
    ranked = list[Anomaly]()
    for group in groups.values():
        group.sort(key=lambda each: -each.effect)
        if len(group) > _MANY:
            codes, effect = tuple(each.codes[0] for each in group), sum(each.effect for each in group)
            group = [group[0]._replace(codes=codes, effect=min(1.0, effect))]
        ranked += group
    return sorted(ranked, key=lambda each: -each.effect)


# ---- the questions: warnings of a check, and the letter ---------------------------------------------------
_FILE = Path(__file__).with_suffix(".yml")
_TEXTS: dict[Evidence, dict[str, str]] = load_yaml(_FILE.read_bytes(), _FILE.name)


Question = tuple[str, Anomaly, Correction | None]
"""A file of statistics, what is not likely in it, and the entry of corrections that settles it."""


def release_before(inputs: Inputs, earlier: ClaimBook) -> str | None:
    """Return the release that last year's report used, or the newest older one that is in the project."""
    own, names = inputs.project.params.emissions_vintage, sources.release_names(inputs)
    used = {claim.vintage for claim in earlier.select(kind="level", measure="emissions")} & {*names} - {own}
    return max(used or (name for name in names if name < own), default=None)


def all_corrections(inputs: Inputs) -> tuple[Correction, ...]:
    """Return the corrections of all files, with the questions that are put; no run rests on those."""
    path = inputs.project.root / Corrections.home
    return Inputs(inputs.project).model(path, Corrections).corrections if path.exists() else ()


def questions(inputs: Inputs, members: Collection[str]) -> list[Question]:
    """Return the anomalies of the statistics, the gravest first; ``members`` are codes of municipalities."""
    before = release_before(inputs, sources.previous_claims(inputs))
    previous = sources.emissions(inputs, before) if before else None
    project, emissions, population = inputs.project, sources.emissions(inputs), sources.population(inputs)
    anomalies_of = {
        project.release("emissions"): emission_anomalies(emissions, members=members, earlier=previous),
        project.release("population"): population_anomalies(population, members=members),
    }
    asked = [entry for entry in all_corrections(inputs) if entry.status not in (None, "proposed")]
    return [
        (file, each, next((entry for entry in asked if entry.file == file and _is_of(entry, each)), None))
        for file, anomalies in ((project.relative(path), own) for path, own in anomalies_of.items())
        for each in anomalies
    ]


def _is_of(entry: Correction, anomaly: Anomaly) -> bool:
    """Whether an entry of corrections names the values that an anomaly is about."""
    own = {"year": {str(anomaly.year)}, "municipality_code": {*anomaly.codes}, "sector": {anomaly.sector}}
    return all(text in own.get(column, ()) for column, text in entry.where.items())


def question_warnings(inputs: Inputs) -> Iterator[Message]:
    """Warn of each anomaly that is not settled, and of one that is said to be mended and is not."""
    names, members = _names(inputs), association.municipality_codes(sources.members(inputs))
    for file, anomaly, entry in questions(inputs, members):
        if entry is None or entry.status == "mended":
            english, svenska = _in_words(anomaly, names, members)
            settled = f"; {entry.id} of params/corrections.yml says that it is mended" if entry else ""
            yield warning(f"{file}: {english}{settled}", svenska)


def letter(params_file: str) -> Iterator[str]:
    """Write the questions to each publisher as a letter in Swedish; those that are settled are left out."""
    inputs = Inputs.open(params_file, draft=True)
    names, members = _names(inputs), association.municipality_codes(sources.members(inputs))
    listed = questions(inputs, members)
    for file, group in groupby((each for each in listed if each[2] is None), key=lambda each: each[0]):
        asks = [swedish.upper_first(_in_words(anomaly, names, members)[1]) for _, anomaly, _ in group]
        why = "Värdena nedan avviker från vad summor och andra år talar för. Kan ni se efter om de stämmer?"
        numbered = (f"{number}. {question}" for number, question in enumerate(asks, 1))
        yield from _letter(inputs, file, why, "", *numbered)
    asked = [*_counted_twice(inputs, members)]
    yield from asked
    if all(entry for *_, entry in listed) and not asked:
        yield "Det finns inget att fråga om."


def _counted_twice(inputs: Inputs, codes: list[str]) -> Iterator[str]:
    """Write about a row that the release with subsectors counts twice; nothing where it is asked about."""
    nation = gpc.basis(inputs, codes).places.get(NATION)
    if nation is None or nation.bridge.twice < gpc.WIDEST_T:
        return
    file = f"data/statistics/subsectors_{nation.vintage}.csv"
    if any(entry.status and entry.file == file for entry in all_corrections(inputs)):
        return
    amount = swedish.quantity(nation.bridge.twice, "ton")
    asks = (
        f"I riket {nation.year} är produktanvändning {amount} större än summan av sina undersektorer,",
        "och det är samma tal som raden Lustgas från produktanvändning. Räknas lustgasen två gånger i",
        "sektorn och i totalen, och gäller det i så fall också senare utgåvor?",
    )
    yield from _letter(inputs, file, *asks)


def _letter(inputs: Inputs, file: str, *lines: str) -> Iterator[str]:
    """Write to the publisher of a table of statistics."""
    source = sources.origin(inputs, file)
    release = f", utgåva {source.vintage}" if source.vintage else ""
    yield from (f"Till {source.publisher}", "")
    yield f"Vi använder {source.title}{release} ({source.url or source.raw})."
    yield from (*lines, "", "Med vänlig hälsning", inputs.project.params.association, "")


def _names(inputs: Inputs) -> dict[str, str]:
    return {**sources.places(inputs).names, NATION: "riket"}


def _in_words(anomaly: Anomaly, names: Mapping[str, str], members: Collection[str]) -> tuple[str, str]:
    """Say what is not likely of a value, in English and in Swedish."""
    named, rest = anomaly.codes[:_NAMED], len(anomaly.codes[_NAMED:])
    places = ", ".join(f"{names.get(code, code)} ({code})" for code in named)
    where = ", ".join(filter(None, [anomaly.sector.replace(TOTAL, ""), str(anomaly.year)]))
    of = ("members'", "medlemmarnas") if anomaly.codes[0] in members else ("nation's", "rikets")
    unit = ("t", "ton") if anomaly.sector else ("inhabitants", "invånare")
    is_small, effect = anomaly.effect < _TOLD, max(anomaly.effect, _TOLD)
    numbers, texts = (anomaly.value, anomaly.expected), _TEXTS[anomaly.evidence]
    other = f"{anomaly.expected:.0f}"

    value, expected = (f"{each:,.0f} {unit[0]}" for each in numbers)
    who = places + (f" and {rest} more" if rest else "")
    english = texts["en"].format(value=value, expected=expected, other=other, places=who)
    share = f"{'less than ' * is_small}{100 * effect:.1f} %"

    value, expected = (swedish.quantity(each, unit[1]) for each in numbers)
    who = places + (f" och {rest} till" if rest else "")
    svenska = texts["sv"].format(value=value, expected=expected, other=other, places=who)
    andel = f"{'under ' * is_small}{swedish.percent(effect, 1)}"
    svenska = f"{where}: {svenska} ({andel} av {of[1]} summa)"
    return f"{where}: {english} ({share} of the {of[0]} sum)", svenska
