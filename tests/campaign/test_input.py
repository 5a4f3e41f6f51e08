"""Promises on what is read: no bad input gives a wrong number, every refusal helps (A1 to A7)."""

from __future__ import annotations

import csv
import io
import re
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from zlib import crc32

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raw_files as raw
from campaign import input_world
from campaign.conftest import EFFORTS, Tries, cases
from campaign.input_world import TEXTS, YAMLS, Seen, look
from campaign.mutations import (
    BOOK,
    SELECTIONS,
    TABLE_MUTATIONS,
    TABLES,
    Mutation,
    Table,
    mutated,
    read_code_list,
    read_population_table,
    right,
)
from campaign.mutations_of_text import JSON_FORMS, JSON_MUTATIONS, TEXT_MUTATIONS
from campaign.processes import KLIMATLIB, hashes
from conftest import ROOT, copy_project
from klimatlib.cli import cli
from klimatlib.errors import InputError, UsageError
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs

Target = TypeVar("Target")
FILE = "raw/from the source.xlsx"
ADVICE = re.compile(
    r"expected|[;?]|\b(write|use|remove|save|add|mend|fix|keep|put|delete|fetch|fill in|missing)\b"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return input_world.make(tmp_path_factory.mktemp("inputs") / "värld")


@pytest.fixture(scope="module")
def book_project(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same project, with the answers of 2023 as a workbook."""
    root = shutil.copytree(project, tmp_path_factory.mktemp("book") / "värld")
    for name in ("sources.yml", "corrections.yml"):
        path = root / "params" / name
        path.write_text(
            path.read_text(encoding="utf-8").replace("answers_2023.csv", "answers_2023.xlsx"), "utf-8"
        )
    (root / "data" / "svar" / "answers_2023.csv").unlink()
    rows = _rows(project / "data" / "svar" / "answers_2023.csv", BOOK)
    (root / BOOK.name).write_bytes(BOOK.write(rows))
    return root


@pytest.fixture(scope="module")
def truth(project: Path, book_project: Path) -> dict[str, Seen]:
    seen = {"tal": look(project, "tal"), "svar": look(project, "svar"), "book": look(book_project, "svar")}
    assert seen["book"].inputs["frames"] == seen["svar"].inputs["frames"]
    return seen


def judge(
    tries: Tries, where: str, mutation: Mutation, read: Callable[[], Any], is_right: Callable[[Any], bool],
    warns: Callable[[Any], bool] = lambda _: False, *, harmless: bool,
) -> None:  # fmt: skip
    """Read damaged input, and say whether it was read rightly, or refused clearly."""
    name = f"{where}: {mutation.name}"
    figures = {"kinds": mutation.name, "inputs": where}
    refusal = wrong = ""
    try:
        seen = read()
    except (InputError, UsageError) as error:
        refusal, outcome = str(error), "refused"
        tries("A2", unclear(error, where) and f"{name}: {unclear(error, where)}: {error}")
    except Exception as error:
        outcome, wrong = "ended in a traceback", f"{name}: {type(error).__name__}: {error}"
        tries("A2", wrong)
    else:
        outcome = (
            "right all the same" if is_right(seen) else "taken with a warning" if warns(seen) else "wrong"
        )
        wrong = f"{name}: silently wrong" if outcome == "wrong" else ""
    tries("A1", wrong, outcomes=outcome, **figures)
    if harmless:
        tries("A4", wrong or (refusal and f"{name}: refused: {refusal}"), **figures)


def unclear(error: InputError | UsageError, file: str) -> str:
    """Say what a refusal lacks; nothing when it names its file and place, what is wrong and what to do."""
    if not isinstance(error, InputError):
        return ""
    if file not in str(error) or "Traceback" in str(error):
        return f"does not name {file} alone"
    if any(not 10 < len(str(problem)) < 600 for problem in error.problems):
        return "too short or too long"
    return "" if all(ADVICE.search(problem.text) for problem in error.problems) else "does not say what to do"


def chosen(targets: list[Target], mutation: Mutation, effort: str) -> Iterator[tuple[Target, int]]:
    """Yield targets and seeds, beginning with another target for each mutation; the long form goes on."""
    start = crc32(mutation.name.encode()) % len(targets)
    order = [*targets[start:], *targets[:start]]
    yield from zip(order, repeat(0))
    if effort == "long":
        yield from zip(order, repeat(1))


@pytest.mark.promise("A1", "A2", "A4")
@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("mutation", TABLE_MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_damaged_table_is_read_rightly_or_refused_clearly(
    tries: Tries, project: Path, book_project: Path, truth: dict[str, Seen], mutation: Mutation, effort: str
) -> None:
    left = 1 if effort == "short" else 12
    for table, seed in chosen([table for table in TABLES if mutation.fits(table.tags)], mutation, effort):
        official, book = "official" in table.tags, table is BOOK
        rows = table.make() if official else _rows(project / table.name.replace("xlsx", "csv"), table)
        data = mutated(table, mutation, rows, seed) if left else None
        if data is None:
            continue
        left -= 1
        harmless = mutation.harmless and "sealed" not in table.tags
        if official:
            subset = "selection" in table.tags and mutation.name in SELECTIONS
            same = lambda frame, t=table, s=subset: _agree(frame, right(t.name), subset=s)  # noqa: E731
            judge(tries, FILE, mutation, lambda t=table, d=data: t.read(d, FILE), same, harmless=harmless)
        else:
            root, report = book_project if book else project, "tal" if "tal" in table.tags else "svar"
            known = truth["book" if book else report]
            _put(tries, root, table.name, report, mutation, data, known, harmless=harmless)


@pytest.mark.promise("A1", "A2", "A4")
@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("mutation", TEXT_MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_damaged_text_or_yaml_file_is_read_rightly_or_refused_clearly(
    tries: Tries, project: Path, truth: dict[str, Seen], mutation: Mutation, effort: str
) -> None:
    tags = {
        **{file: frozenset({"yaml", "strict"}) for file in YAMLS},
        **dict.fromkeys(TEXTS, frozenset({"text"})),
    }
    tags["data/tal/facts.yml"] = frozenset({"yaml"})
    left = 1 if effort == "short" else 5
    for file, seed in chosen([file for file in tags if mutation.fits(tags[file])], mutation, effort):
        before = (project / file).read_text(encoding="utf-8")
        new = mutation.make(before, Random(f"{mutation.name} {file} {seed}")) if left else None
        if new is not None and new != before:
            left -= 1
            data = new if isinstance(new, bytes) else new.encode("utf-8", "surrogatepass")
            report = YAMLS.get(file, "tal")
            _put(tries, project, file, report, mutation, data, truth[report], harmless=mutation.harmless)


@pytest.mark.promise("A1", "A2")
@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("mutation", JSON_MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_damaged_answer_of_an_interface_is_read_rightly_or_refused_clearly(
    tries: Tries, mutation: Mutation, effort: str
) -> None:
    for make in JSON_FORMS.values():
        whole = read_population_table(raw.to_json(make()), FILE)
        for seed in range(2) if effort == "short" else range(2, 12):
            data = mutation.make(make(), Random(seed))
            same = lambda frame, whole=whole: _agree(frame, whole, subset=True)  # noqa: E731
            judge(tries, FILE, mutation, lambda d=data: read_population_table(d, FILE), same, harmless=False)


def _rows(path: Path, table: Table) -> list[list[Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [*csv.reader(lines, delimiter=table.delimiter)]


def _put(
    tries: Tries, root: Path, file: str, report: str, mutation: Mutation, data: bytes, truth: Seen, *,
        harmless: bool
) -> None:  # fmt: skip
    """Put a damaged file into the project, check, judge, and put the old one back."""
    path, before = root / file, (root / file).read_bytes()
    path.write_bytes(data)
    try:
        judge(
            tries, file, mutation, lambda: look(root, report), lambda seen: seen.inputs == truth.inputs,
            lambda seen: bool(seen.warnings - truth.warnings), harmless=harmless,
        )  # fmt: skip
    finally:
        path.write_bytes(before)


def _agree(frame: pd.DataFrame, whole: pd.DataFrame, *, subset: bool) -> bool:
    """Return whether two frames have the same rows and, but for the last digit, the same numbers."""
    keys = [column for column in whole.columns if column not in ("emissions_t", "population", "value")]
    expected = whole.merge(frame[keys], on=keys, how="inner") if subset else whole
    try:
        pd.testing.assert_frame_equal(frame, expected, check_exact=False, rtol=1e-12, atol=0)
    except AssertionError:
        return False
    return True


@pytest.mark.short
@pytest.mark.promise("A2")
def test_any_bytes_are_refused_clearly(tries: Tries, tmp_path: Path) -> None:
    path = tmp_path / "any.bin"

    @settings(max_examples=60, derandomize=True, deadline=None, database=None)
    @given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode),
                     st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail)))  # fmt: skip
    def refused(data: bytes) -> None:
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            cli.main(["read", str(path)], standalone_mode=False)
        tries("A2", unclear(caught.value, "any.bin"))

    refused()


COMMANDED = (
    "numbers 'saknas'", "YAML line '{line}\\n{i}{bare}'", "numbers '#REF!'", "codes '9999'", "row doubled",
    "table doubled", "column lost", "cell too many", "headings gone", "another file b'hej'",
        "another file b'null'",
    "NUL bytes", "quote opened", "merge left open", "every numbers '1e3'", "file: NUL alone",
        "file: all bytes",
    "file: UTF-16", "YAML file '- a\\n- b\\n'", "YAML file '2023'", "YAML key '<<'", "YAML key '[a, b]'",
    "YAML word '*x'", "YAML word '!x y'", "YAML word '`{v}'",
)  # fmt: skip


@pytest.mark.promise("A2", "A3")
@pytest.mark.parametrize("verb", ["check", "report"])
@pytest.mark.parametrize("name", cases(COMMANDED, short=2))
def test_the_command_refuses_with_exit_code_2_and_leaves_the_outputs(
    tries: Tries, project: Path, tmp_path: Path, name: str, verb: str
) -> None:
    mutation = next(some for some in (*TABLE_MUTATIONS, *TEXT_MUTATIONS) if some.name == name)
    root = shutil.copytree(project, tmp_path / "värld")
    for report in ("tal", "svar"):
        (root / "outputs" / report).mkdir()
        (root / "outputs" / report / "report.html").write_text("<p>Den förra.</p>\n", encoding="utf-8")
    tables = [table for table in TABLES if "own" in table.tags and mutation.fits(table.tags)]
    for table, seed in chosen(tables, mutation, "short") if tables else ():
        data, file = mutated(table, mutation, _rows(root / table.name, table), seed), table.name
        report = "tal" if "tal" in table.tags else "svar"
        if data is not None:
            break
    else:
        file = "params/questions.yml" if "report" not in name else "params/tal.yml"
        report, new = "tal", mutation.make((root / file).read_text(encoding="utf-8"), Random(name))
        data = new if isinstance(new, bytes) else new.encode()
    (root / file).write_bytes(data)
    before = hashes(root / "outputs")
    done = subprocess.run([*KLIMATLIB, verb, report], cwd=root, capture_output=True, text=True, timeout=300)
    clear = done.returncode == 2 and "Traceback" not in done.stderr and f"{file}: " in done.stderr
    tries("A2", "" if clear else f"{verb}, {file}, {name}: exit {done.returncode}: {done.stderr[-300:]}")
    tries(
        "A3",
        "" if hashes(root / "outputs") == before else f"{verb}, {file}, {name}: the outputs have changed",
    )


# --- A5: workbooks made to kill their reader -----------------------------------------------------------


def _laughs(workbook: bytes) -> bytes:
    body = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return raw.edit_part(
        workbook, raw.SHEET, lambda xml: f'<?xml version="1.0"?><!DOCTYPE x [{body}]>'
        + xml[xml.index("<worksheet") :].replace("<v>", "<v>&a9;", 1),
    )  # fmt: skip


def _many_parts(workbook: bytes) -> bytes:
    buffer = io.BytesIO(workbook)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as target:
        for number in range(20_000):
            target.writestr(f"xl/media/{number}.xml", b"<a/>")
    return buffer.getvalue()


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "a cell in XFD1048576": raw.far_cell, "a zip bomb of 600 MB": raw.bomb, "a billion laughs": _laughs,
    "a cell in A1048576": lambda book: raw.far_cell(book, "A1048576"), "a million rows": raw.million_rows,
    "an outside entity (XXE)": raw.entities, "20 000 parts": _many_parts,
}  # fmt: skip
_METER = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def _metered(root: Path, file: str) -> tuple[int, float, float, str]:
    """Let the command read a file; return exit code, processor seconds, largest process in MB, words."""
    # By way of a small process: what is started directly counts the memory of this large one as its own.
    command = [sys.executable, "-c", _METER, *KLIMATLIB, "read", file]
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60))  # noqa: E731
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, preexec_fn=limit)
    code, seconds, megabytes = done.stdout.split()
    return int(code), float(seconds), float(megabytes), done.stderr


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float, float]:
    """A project, and what reading a small honest file costs there: seconds, MB."""
    root = copy_project(tmp_path_factory.mktemp("hostile") / "värld", tiny=True)
    (root / "liten.csv").write_text("question_id,k,n\nkolsankor,1,2\n", encoding="utf-8")
    _, seconds, megabytes, _ = _metered(root, "liten.csv")
    return root, seconds, megabytes


@pytest.mark.promise("A5")
@pytest.mark.parametrize("name", cases([*HOSTILE], short=3))
def test_a_hostile_workbook_is_refused_fast_and_small(
    tries: Tries, honest: tuple[Path, float, float], name: str
) -> None:
    root, seconds, megabytes = honest
    book = raw.to_xlsx({"Växthusgaser totalt": raw.emission_rows("xlsx")})
    (root / "fientlig.xlsx").write_bytes(HOSTILE[name](book))
    code, took, held, said = _metered(root, "fientlig.xlsx")
    refused = code == 2 and "fientlig.xlsx: " in said and "Traceback" not in said
    cheap = took - seconds <= 2 and held - megabytes <= 300
    cost = f"exit {code}, {took - seconds:.1f} s, {held - megabytes:.0f} MB: {said[-200:]}"
    tries("A5", "" if refused and cheap else f"{name}: {cost}", seconds=max(took - seconds, 0.0), MB=held)


# --- A6: codes; A7: control totals ---------------------------------------------------------------------


@pytest.mark.short
@pytest.mark.promise("A6")
def test_every_municipality_code_survives_yaml_csv_xlsx_and_the_command_line(
    tries: Tries, tmp_path: Path
) -> None:
    listed = ROOT / "data" / "statistics" / "municipalities.csv"
    register = pd.read_csv(listed, dtype=str)
    codes, root = [*register["municipality_code"]], copy_project(tmp_path / "värld", tiny=True)
    shutil.copy(listed, root / "data" / "statistics")
    facts = root / "data" / "tiny" / "facts.yml"
    lines = "".join(f'  - "{code}"\n' for code in codes)
    facts.write_text(f"{facts.read_text(encoding='utf-8')}koder:\n{lines}", encoding="utf-8")
    members = [f"{row.municipality_code},{row.municipality},municipality,2003,,member,confirmed,påhittat"
               for row in register.itertuples()]  # fmt: skip
    head = "code,name,kind,joined,left,status,certainty,source"
    (root / "data" / "tiny" / "members.csv").write_text("\n".join([head, *members, ""]), encoding="utf-8")
    inputs = Inputs.open("params/tiny.yml", start=root)
    rows: raw.Rows = [["Kod", "Namn"]]
    for (code, county), inside in register.groupby(["county_code", "county"]):
        rows += [[code, county], *inside[["municipality_code", "municipality"]].to_numpy().tolist()]
    book = raw.to_xlsx({"Blad1": rows})
    ways = {
        "YAML": sources.facts(inputs)["koder"], "CSV": [*sources.members(inputs)["code"]],
        "XLSX": [*read_code_list(book, "codes.xlsx")["municipality_code"]],
        "the command line": cli.commands["sheets"].make_context("sheets", ["2023", *codes]).params["codes"],
    }  # fmt: skip
    for way, back in ways.items():
        lost = sorted({*codes} ^ {*back})
        tries("A6", f"{way}: {lost}" if lost or len(back) != len(codes) else "", number=len(codes), ways=way)


def _totalled(root: Path, land: Path) -> dict[str, tuple[Path, str, int, list[int]]]:
    """Return tables with totals: the project, the file, the column of values, and the rows to change."""
    emissions, people = "data/statistics/emissions_2025.csv", "data/statistics/population.csv"
    lines = [line.split(",") for line in (root / emissions).read_text(encoding="utf-8").splitlines()]
    sectored = {line[1] for line in lines[1:] if line[2] != "Alla"}
    country = range(1, len((land / people).read_text(encoding="utf-8").splitlines()))
    return {
        "emissions by sector": (
            root,
            emissions,
            3,
            [n for n, line in enumerate(lines) if line[1] in sectored],
        ),
        "population of the whole country": (land, people, 2, [*country]),
        "survey counts beside published shares": (root, "data/tal/survey.csv", 1, [1, 2]),
        "published shares beside survey counts": (root, "data/tal/published.csv", 2, [1, 2]),
    }


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A country of four municipalities, whose population adds up."""
    root = copy_project(tmp_path_factory.mktemp("land") / "land", tiny=True)
    folder, places = root / "data" / "statistics", {"1280": 300, "1281": 120, "2580": 78, "2584": 22}
    register = (ROOT / "data" / "statistics" / "municipalities.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in register if line.startswith((*places, "municipality_code"))]
    (folder / "municipalities.csv").write_text("\n".join([*kept, ""]), encoding="utf-8")
    lines = ["municipality_code,year,population"]
    for year in (1990, 2000, 2010, 2020):
        here = {code: count * (800 + year) for code, count in places.items()}
        lines += [f"{code},{year},{count}" for code, count in {"0000": sum(here.values()), **here}.items()]
    (folder / "population.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return root


@pytest.mark.promise("A7")
@pytest.mark.parametrize("seed", cases(range(20), short=3))
def test_any_changed_value_is_noticed_where_a_table_has_totals(
    tries: Tries, project: Path, country: Path, seed: int
) -> None:
    for name, (root, file, column, rows) in _totalled(project, country).items():
        rng, path = Random(f"{name} {seed}"), root / file
        before = path.read_bytes()
        lines = [line.split(",") for line in before.decode().splitlines()]
        at = rng.choice(rows)
        old = int(lines[at][column])
        new = round(old * rng.choice((1.01, 0.99, 1.05, 0.9, 1.5, 0.5, 2.9, 1000)))
        step = 5 if "emissions" in file else 1  # nine whole tonnes are rounded by four and a half at most
        lines[at][column] = str(new if abs(new - old) >= step else old + step)
        path.write_text("\n".join([*map(",".join, lines), ""]), encoding="utf-8")
        problem = f"{name}, row {at + 1}: {old} -> {lines[at][column]} was taken"
        try:
            look(root, "tal") if root == project else sources.population(
                Inputs.open("params/tiny.yml", start=root)
            )
        except InputError as error:
            named = any(one.file in (file, "data/tal/published.csv") for one in error.problems)
            problem = "" if named else f"{name}: {error}"
        finally:
            path.write_bytes(before)
        tries("A7", problem, tables=name)


@pytest.mark.short
@pytest.mark.promise("A7")
def test_the_report_says_which_tables_have_no_totals(tries: Tries) -> None:
    for path in ROOT.glob("data/*/texts/method.md"):
        tries("A7", "" if "kontrollsumm" in path.read_text(encoding="utf-8") else f"{path}: no word of it")
