"""F3 to F6: parts add up, denominators are stated, nothing is counted twice, revisions are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from random import Random

import pandas as pd

from conftest import ROOT, TINY, copy_project
from klimatlib import diffs
from klimatlib.errors import InputError
from klimatlib.indicators import association as survey
from klimatlib.indicators import emissions
from klimatlib.indicators.decomposition import Edition, Split, emissions_split, survey_split
from klimatlib.sources import inputs as sources
from klimatlib.sources.survey_export import counted, survey_answers
from raw_files import SECTORS
from torture.promise import Effort, Found, Promise

ANSWERS = ("yes", "no", "missing")


def parts_add_up(effort: Effort) -> Found:
    """Split random changes of a share and of a level: their parts add up to the very change."""
    random, tries, failures = Random(3), effort.count(2000, 300), []
    for place in range(tries):
        for split in (_survey_split(random), _level_split(random)):
            known = [part.value for part in split.parts if part.value is not None]
            if known and sum(known, Fraction()) != split.change:
                failures.append(f"try {place}: parts {known}, change {split.change}")
    return Found(2 * tries, failures, "random changes")


def _survey_split(random: Random) -> Split:
    before, now = (_random_answers(random) for _ in range(2))
    return survey_split(before, now, "q", years=(2022, 2023))


def _random_answers(random: Random) -> pd.DataFrame:
    codes = ["yes", "no", *(f"m{i}" for i in range(12) if random.random() < 0.7)]
    said = [code if code in ANSWERS else random.choice(ANSWERS) for code in codes]
    return pd.DataFrame({"code": codes, "question_id": "q", "counts_as": said})


def _level_split(random: Random) -> Split:
    codes = [f"000{place}" for place in range(6)]
    rows = [
        (c, y, random.randrange(10**8) / 100, random.randint(1, 10**6)) for c in codes for y in (2019, 2020)
    ]
    frame = pd.DataFrame(rows, columns=["municipality_code", "year", "emissions_t", "population"])
    emitted = frame[["municipality_code", "year", "emissions_t"]].assign(sector="Alla")
    people = frame[["municipality_code", "year", "population"]]
    sets = [sorted({codes[0], *random.sample(codes, 4)}) for _ in range(2)]
    return emissions_split(Edition(sets[0], 2019), Edition(sets[1], 2020, emitted, people))


def naive_parts(effort: Effort) -> Found:
    """Round the three parts of 42 answers each for itself: how often they are not 100 together, unsaid."""
    ways = [(a, b, 42 - a - b) for a in range(43) for b in range(43 - a)]
    bad = sum(sum(round(100 * part / 42) for part in way) != 100 for way in ways)
    return Found(len(ways), unit="ways to part 42 answers in three, each rounded", failed=bad)


def denominators(effort: Effort) -> Found:
    """Take one respondent away: each share moves by the exact fraction, and the denominator tells of all."""
    inputs = sources.Inputs.open("params/demo.yml", start=ROOT)
    answers, questions = survey_answers(inputs), sources.questions(inputs)
    members, random, failures, tries = inputs.project.params.survey_members, Random(4), [], 0
    whole = _shares(answers, questions, members)
    for _ in range(effort.count(100, 30)):
        gone = random.choice(sorted(set(answers["code"])))
        said = answers[answers["code"] == gone].set_index("question_id")["counts_as"]
        now = _shares(answers[answers["code"] != gone], questions, members)
        for question, (k, n, missing, share) in whole.items():
            tries += 1
            answer = said[question]
            expected = (k - (answer == "yes"), n - (answer != "missing"), missing - (answer == "missing"))
            if now[question] != (*expected, Fraction(expected[0], expected[1])):
                failures.append(f"{question} without {gone}: {now[question]}, expected {expected}")
            if share != Fraction(k, n) or n + missing != answers["code"].nunique() or n + missing > members:
                failures.append(f"{question}: {k} of {n}, {missing} missing, {members} asked")
    return Found(tries, failures, "shares with one respondent less")


def _shares(
    answers: pd.DataFrame, questions: dict, members: int
) -> dict[str, tuple[int, int, int, Fraction]]:
    counts = counted(answers, questions)
    table = survey.shares(counts, questions, members=members)
    columns = zip(*(table[name] for name in ("question_id", "k", "n", "missing", "share")), strict=True)
    return {i: (int(k), int(n), int(missing), share) for i, k, n, missing, share in columns}


def naive_denominators(effort: Effort) -> Found:
    """Take the mean of a column of yes, no and "vet ej", as pandas does when all that is not yes is no."""
    inputs = sources.Inputs.open("params/demo.yml", start=ROOT)
    answers = survey_answers(inputs)
    right = counted(answers, sources.questions(inputs)).set_index("question_id")
    naive = (answers["counts_as"] == "yes").groupby(answers["question_id"]).mean()
    other = [i for i, row in right.iterrows() if abs(naive[i] - int(row["k"]) / int(row["n"])) > 1e-9]
    return Found(len(right), unit="shares as the mean of a column", failed=len(other))


Rows = list[dict[str, str]]


def _doubled(rows: Rows, random: Random) -> Rows:
    return [*rows, random.choice(rows)]


def _total_as_sector(rows: Rows, random: Random) -> Rows:
    totals = [row for row in rows if row["sector"] == "Alla" and row["year"] == "2020"]
    return [
        *rows,
        {**random.choice(totals), "sector": random.choice([sector.name for sector in SECTORS.in_total])},
    ]


def _county(rows: Rows, random: Random) -> Rows:
    return [
        *rows,
        {**random.choice(rows), "municipality_code": random.choice(["12", "0012", "1200", "0100"])},
    ]


def _nation_again(rows: Rows, random: Random) -> Rows:
    nation = [row for row in rows if row["municipality_code"] == "0000"]
    return [
        *rows,
        {**random.choice(nation), "municipality_code": random.choice(["00", "0001", "Riket", "9999"])},
    ]


def _total_doubled(rows: Rows, random: Random) -> Rows:
    sectored = {(row["municipality_code"], row["year"]) for row in rows if row["sector"] != "Alla"}
    key = random.choice(sorted(sectored))
    return [
        {**row, "emissions_t": str(2 * float(row["emissions_t"]))}
        if (row["municipality_code"], row["year"]) == key and row["sector"] == "Alla"
        else row
        for row in rows
    ]


TWICE: tuple[Callable[[Rows, Random], Rows], ...] = (
    _doubled, _total_as_sector, _county, _nation_again, _total_doubled,
)  # fmt: skip


def no_double_counting(effort: Effort) -> Found:
    """Put totals, counties, the nation and rows twice among the rows of the emissions: all are refused."""
    root, random, failures = copy_project(effort.where / "värld", tiny=True), Random(5), []
    tries = effort.count(40, 8)
    for kind in TWICE:
        for _ in range(tries):
            frame = _emissions(root, lambda rows, kind=kind: kind(rows, random))
            if frame is not None:
                failures.append(f"{kind.__name__.strip('_')}: accepted")
    return Found(len(TWICE) * tries, failures, f"tables of {len(TWICE)} kinds")


def _emissions(root: Path, change: Callable[[Rows], Rows]) -> pd.DataFrame | None:
    """Return the changed emissions as a run reads them; None when they are refused."""
    path = root / "data" / "statistics" / "emissions_tiny.csv"
    rows = pd.read_csv(TINY / "data" / "statistics" / path.name, dtype=str).to_dict("records")
    pd.DataFrame(change(rows)).to_csv(path, index=False)
    try:
        return sources.emissions(sources.Inputs.open("params/tiny.yml", start=root))
    except InputError:
        return None


def naive_double_counting(effort: Effort) -> Found:
    """Read the same tables with pandas and add up by year: what is not refused and not right counts."""
    random, bad, tries = Random(5), 0, effort.count(40, 8)
    rows = pd.read_csv(TINY / "data" / "statistics" / "emissions_tiny.csv", dtype=str).to_dict("records")
    right = _summed(rows)
    for kind in TWICE:
        bad += sum(_summed(kind(rows, random)) != right for _ in range(tries))
    return Found(len(TWICE) * tries, unit="tables that pandas adds up", failed=bad)


def _summed(rows: Rows) -> dict[object, float]:
    frame = pd.DataFrame(rows)
    return frame["emissions_t"].astype(float).groupby(frame["year"]).sum().to_dict()


def revisions_are_seen(effort: Effort) -> Found:
    """Revise old years of a release: every headline that moved is listed, with both numbers, and no other."""
    root, random, failures, moved = copy_project(effort.where / "värld", tiny=True), Random(6), [], 0
    folder = root / "data" / "statistics"
    frame = pd.read_csv(folder / "emissions_tiny.csv", dtype=str)
    for place in range(effort.count(40, 10)):
        older = frame.assign(emissions_t=[str(round(v, 3)) for v in _scaled(frame, random)])
        older.to_csv(folder / "emissions_older.csv", index=False)
        inputs = sources.Inputs.open("params/tiny.yml", start=root)
        listed = {line for line in _listed(inputs) if line.startswith("moved")}
        expected = set(_moves(inputs))
        moved += len(expected)
        failures += [f"try {place}: {line}" for line in sorted(listed ^ expected)]
    return Found(moved, failures, "numbers that a release moved")


def _scaled(frame: pd.DataFrame, random: Random) -> Iterator[float]:
    """Yield emissions in which each municipality and year is revised by some per cent, sectors alike."""
    factor: dict[tuple[str, str], float] = {}
    for code, year, value in zip(
        *(frame[c] for c in ("municipality_code", "year", "emissions_t")), strict=True
    ):
        yield float(value) * factor.setdefault((code, year), 1 + random.uniform(-0.05, 0.05))


def _listed(inputs: sources.Inputs) -> Iterator[str]:
    try:
        yield from diffs.releases(inputs, "older", "tiny")
    except InputError:  # no report is published here, so that no sentence can be tried
        return


def _moves(inputs: sources.Inputs) -> Iterator[str]:
    """Work the headlines out in either release, and say which are printed otherwise."""
    books = []
    for release in ("older", "tiny"):
        chosen = inputs.project.params.model_copy(update={"emissions_vintage": release})
        codes = sorted(c for c in sources.members(inputs).query("status == 'member'")["code"] if len(c) == 4)
        table, people = sources.emissions(inputs, release), sources.population(inputs)
        basis = emissions.Basis(table, people, codes, chosen, "SMHI; SCB", sources.sectors(inputs))
        books.append({c.id: c for c in emissions.claims(basis)})
    for i, claim in books[0].items():
        if claim.text != books[1][i].text:
            yield f"moved     {i}: {claim.text} -> {books[1][i].text}"


PROMISES = (
    Promise("F3", "Parts add up, or say that they are rounded", "all, exactly", parts_add_up, naive_parts),
    Promise(
        "F4", "Denominators are stated, and hold", "each share moves by the exact fraction", denominators,
        naive_denominators,
    ),
    Promise("F5", "Nothing is counted twice", "0 accepted", no_double_counting, naive_double_counting),
    Promise(
        "F6", "A revised series is seen", "every number that moved is listed, no other", revisions_are_seen,
        "a notebook that runs again prints the new number, and says nothing of the old",
    ),
)  # fmt: skip
