"""Promises on what is read: no bad input gives a wrong number, every refusal helps (A1 to A7)."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random
from zlib import crc32

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raw_files as raw
from campaign import input_world
from campaign.conftest import LONG, SHORT, Tries, cases
from campaign.input_world import Seen, look
from campaign.mutations import BOOK, MUTATIONS, SELECTIONS, SUBJECTS, TWICE, Mutation, Subject
from campaign.processes import KLIMATLIB
from conftest import ROOT, copy_project
from klimatlib.cli import cli
from klimatlib.errors import InputError, UsageError
from klimatlib.execution.publishing import digests
from klimatlib.sources import inputs as sources
from klimatlib.sources.inputs import Inputs
from klimatlib.sources.statistics import read_municipality_codes

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
        text = path.read_text(encoding="utf-8").replace("answers_2023.csv", "answers_2023.xlsx")
        path.write_text(text, encoding="utf-8")
    (root / "data" / "svar" / "answers_2023.csv").unlink()
    (root / BOOK.name).write_bytes(BOOK.write(BOOK.content(project)))
    return root


@pytest.fixture(scope="module")
def truth(project: Path, book_project: Path) -> dict[str, Seen]:
    seen = {"tal": look(project, "tal"), "svar": look(project, "svar"), "book": look(book_project, "svar")}
    assert seen["book"].inputs["frames"] == seen["svar"].inputs["frames"]
    return seen


def unclear(error: InputError | UsageError, file: str) -> str:
    """Say what a refusal lacks; nothing when it names its file and place, what is wrong and what to do."""
    if not isinstance(error, InputError):
        return ""
    if file not in str(error) or "Traceback" in str(error):
        return f"does not name {file} alone"
    if any(not 10 < len(str(problem)) < 600 for problem in error.problems):
        return "too short or too long"
    return "" if all(ADVICE.search(problem.text) for problem in error.problems) else "does not say what to do"


@pytest.mark.promise("A1", "A2", "A4", "F5")
@pytest.mark.parametrize(
    ("mutation", "effort"),
    [*(pytest.param(some, "short", marks=SHORT, id=some.name) for some in [*MUTATIONS][::6]),
     *(pytest.param(some, "long", marks=LONG, id=f"{some.name}, at length") for some in MUTATIONS)],
)  # fmt: skip
def test_damaged_input_is_read_rightly_or_refused_clearly(
    tries: Tries, project: Path, book_project: Path, truth: dict[str, Seen], mutation: Mutation, effort: str
) -> None:
    subjects, left = [some for some in SUBJECTS if mutation.fits(some.tags)], 1 if effort == "short" else 12
    start = crc32(mutation.name.encode()) % len(subjects)  # begin with another subject for each mutation
    for seed, subject in product(range(1 if effort == "short" else 5), subjects[start:] + subjects[:start]):
        root = book_project if subject is BOOK else project
        data = subject.damaged(mutation, project, seed) if left else None
        if data is None:
            continue
        left, where = left - 1, subject.name if subject.report else FILE
        known = truth["book" if subject is BOOK else subject.report] if subject.report else None
        name, refusal, wrong = f"{where}: {mutation.name}", "", ""
        try:
            outcome = _put(root, subject, data, known) if known else _read(subject, mutation, data)
        except (InputError, UsageError) as error:
            refusal, outcome = str(error), "refused"
            tries("A2", unclear(error, where) and f"{name}: {unclear(error, where)}: {error}")
        except Exception as error:
            outcome, wrong = "ended in a traceback", f"{name}: {type(error).__name__}: {error}"
            tries("A2", wrong)
        wrong = wrong or (f"{name}: silently wrong" if outcome == "silently wrong" else "")
        tries("A1", wrong, outcomes=outcome, kinds=mutation.name, inputs=subject.name)
        if mutation.name in TWICE:
            tries("F5", wrong or (f"{name}: accepted" if outcome == "taken with a warning" else ""))
        if mutation.harmless and "sealed" not in subject.tags:
            problem = wrong or (refusal and f"{name}: refused: {refusal}")
            tries("A4", problem, kinds=mutation.name, inputs=subject.name)


def _put(root: Path, subject: Subject, data: bytes, truth: Seen) -> str:
    """Put a damaged file into the project, check, say how that ended, and put the old one back."""
    path = root / subject.name
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        seen = look(root, subject.report)
    finally:
        path.write_bytes(before)
    taken = "taken with a warning" if seen.warnings - truth.warnings else "silently wrong"
    return "right all the same" if seen.inputs == truth.inputs else taken


def _read(subject: Subject, mutation: Mutation, data: bytes) -> str:
    """Read a damaged official file: it must have the same rows and, but for the last digit, numbers."""
    reading = subject.read(data, FILE)
    frame, expected = reading.frame, subject.read(subject.write(subject.make()), FILE).frame
    if "json" in subject.tags or ("selection" in subject.tags and mutation.name in SELECTIONS):
        keys = [c for c in expected.columns if c not in ("emissions_t", "population", "value")]
        expected = expected.merge(frame[keys], on=keys, how="inner")
    try:
        pd.testing.assert_frame_equal(frame, expected, check_exact=False, rtol=1e-12, atol=0)
    except AssertionError:
        return "taken with a warning" if reading.warnings else "silently wrong"
    return "right all the same"


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
    "numbers 'saknas'", "YAML line '{v}\\n{v}'", "numbers '#REF!'", "codes '9999'", "row doubled",
    "table doubled", "column lost", "cell too many", "headings gone", "another file b'hej'", "NUL bytes",
    "another file b'null'", "quote opened", "merge left open", "every numbers '1e3'", "file: NUL alone",
    "file: all bytes", "file: UTF-16", "yaml '- a\\n- b\\n'", "yaml '2023'", "YAML key '<<'",
    "YAML key '[a, b]'", "YAML word '*x'", "YAML word '!x y'", "YAML word '`{v}'",
)  # fmt: skip


@pytest.mark.promise("A2", "A3")
@pytest.mark.parametrize("name", cases(COMMANDED, short=1))
def test_the_command_refuses_with_exit_code_2_and_leaves_the_outputs(
    tries: Tries, project: Path, tmp_path: Path, name: str
) -> None:
    mutation = next(some for some in MUTATIONS if some.name == name)
    root = shutil.copytree(project, tmp_path / "värld")
    for report in ("tal", "svar"):
        (root / "outputs" / report).mkdir()
        (root / "outputs" / report / "report.html").write_text("<p>Den förra.</p>\n", encoding="utf-8")
    subjects = (some for some in SUBJECTS if some.report and some is not BOOK and mutation.fits(some.tags))
    file, report, data = next(
        (s.name, s.report, data) for s in subjects if (data := s.damaged(mutation, root, 0))
    )
    (root / file).write_bytes(data)
    before = digests(root / "outputs")
    done = subprocess.run(
        [*KLIMATLIB, "report", report], cwd=root, capture_output=True, text=True, timeout=300
    )
    clear = done.returncode == 2 and "Traceback" not in done.stderr and f"{file}: " in done.stderr
    tries("A2", "" if clear else f"{file}, {name}: exit {done.returncode}: {done.stderr[-300:]}")
    tries("A3", "" if digests(root / "outputs") == before else f"{file}, {name}: the outputs have changed")


# --- A5: workbooks made to kill their reader -----------------------------------------------------------


HOSTILE: dict[str, Callable[[bytes], bytes]] = {
    "a zip bomb of 600 MB": raw.bomb, "a cell in XFD1048576": raw.far_cell,
    "a million rows": raw.million_rows, "an outside entity (XXE)": raw.entities,
    "a cell in A1048576": lambda book: raw.far_cell(book, "A1048576"),
    "a billion laughs": lambda book: raw.entities(book, laughs=True),
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
@pytest.mark.parametrize("name", cases([*HOSTILE], short=1))
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
        "XLSX": [*read_municipality_codes(book, "codes.xlsx").frame["municipality_code"]],
        "the command line": cli.commands["sheets"].make_context("sheets", ["2023", *codes]).params["codes"],
    }  # fmt: skip
    for way, back in ways.items():
        lost = sorted({*codes} ^ {*back})
        tries("A6", f"{way}: {lost}" if lost or len(back) != len(codes) else "", number=len(codes), ways=way)


def _totalled(root: Path, land: Path) -> dict[str, tuple[Path, str, int, list[int]]]:
    """Return tables with totals: the project, the file, the column of values, and the rows to change."""
    emissions, people = "data/statistics/emissions_2025.csv", "data/statistics/population_tiny.csv"
    lines = [line.split(",") for line in (root / emissions).read_text(encoding="utf-8").splitlines()]
    sectored = {line[1] for line in lines[1:] if line[2] != "Alla"}
    country = range(1, len((land / people).read_text(encoding="utf-8").splitlines()))
    return {
        "emissions by sector": (root, emissions, 3, [n for n, cs in enumerate(lines) if cs[1] in sectored]),
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
    (folder / "population_tiny.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return root


@pytest.mark.promise("A7")
@pytest.mark.parametrize("seed", cases(range(20), short=2))
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
