"""How fast a report is against the same work by hand: python benchmarks/speed.py --help.

Each line compares two ways to the same result, run in turn on this machine, several times; what counts is
the ratio of the medians. --quick runs fewer lines and rounds, and ends with 1 when a goal is missed by more
than a third: that is for CI. --write puts the table into docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
ROUNDS, QUICK_ROUNDS = 5, 1
SLACK = 4 / 3  # CI bears a third more or less
BEFORE_LOOP = "11a87e1"  # the commit that preview's goals are measured against
PACKAGES = ("papermill", "nbclient", "ipykernel", "pandas", "seaborn", "matplotlib", "typst")


@dataclass(frozen=True)
class Line:
    """One comparison: how many times faster we are or, where ``most``, how much of a limit we take.

    Attributes
    ----------
    key, what, against
        Its letter, what is measured, and against what.
    ours, other
        Median seconds.
    goal
        The ratio asked for; None where none was.
    most
        Whether the ratio may be at most the goal.
    """

    key: str
    what: str
    against: str
    ours: float
    other: float
    goal: float | None = None
    most: bool = False

    @property
    def ratio(self) -> float:
        """How many times faster, or how much of the limit."""
        return self.ours / self.other if self.most else self.other / self.ours

    def met(self, slack: float = 1.0) -> bool:
        """Whether the goal is met, or missed by no more than the slack."""
        if self.goal is None:
            return True
        return self.ratio <= self.goal * slack if self.most else self.ratio >= self.goal / slack


@contextmanager
def project() -> Iterator[Path]:
    """Give a fresh copy of the project without outputs."""
    with tempfile.TemporaryDirectory(prefix="klimatlib-bench-") as name:
        root = Path(name)
        for folder in ("params", "data", "notebooks"):
            shutil.copytree(
                ROOT / folder, root / folder, ignore=shutil.ignore_patterns("raw", ".ipynb_checkpoints")
            )
        shutil.copy(ROOT / "requirements.lock", root)
        yield root


def run(root: Path, *words: object) -> None:
    """Run a command in a project; what it says is shown only when it fails."""
    done = subprocess.run([str(word) for word in words], cwd=root, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")


def seconds(work: Callable[[], None]) -> float:
    """Return how long work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def side_by_side(ways: list[Callable[[], float]], rounds: int) -> list[float]:
    """Measure several ways in turn, round by round, and return the median of each."""
    found = [[way() for way in ways] for _ in range(rounds)]
    return [median(column) for column in zip(*found, strict=True)]


def chapters_by_us() -> float:
    """Measure the notebooks as a run does them, the whole process with all imports."""
    with project() as root:
        return seconds(lambda: run(root, sys.executable, ROOT / "benchmarks" / "chapters.py", "run"))


def chapters_by_scripts() -> float:
    """Measure the same code as plain scripts in two warm forked processes, with the imports: the limit."""
    with project() as root:
        return seconds(lambda: run(root, sys.executable, ROOT / "benchmarks" / "chapters.py", "scripts"))


def papermill(root: Path) -> None:
    """Run the notebooks by papermill's own command, one after another."""
    from chapters import outline

    (root / "by_hand").mkdir()
    for name in outline(root).notebooks:
        given = ["-p", "params_file", "params/2023.yml", "-p", "out_dir", "outputs/by-hand"]
        source, target = root / "notebooks" / f"{name}.ipynb", root / "by_hand" / f"{name}.ipynb"
        run(root, BIN / "papermill", source, target, *given, "--no-progress-bar", "--log-level", "ERROR")


def chapters_by_papermill() -> float:
    """Measure the notebooks by papermill's own command."""
    with project() as root:
        return seconds(lambda: papermill(root))


def report_by_us() -> float:
    """Measure a whole report from nothing."""
    with project() as root:
        return seconds(lambda: run(root, BIN / "klimatlib", "report", "2023", "--renderer", "embedded"))


def report_by_hand() -> float:
    """Measure papermill, then the same document by pandoc and typst, one format after another."""
    with project() as root:
        return seconds(lambda: report_by_hand_in(root))


def report_by_hand_in(root: Path) -> None:
    """Do it in a project: papermill, pandoc, typst, nbconvert."""
    papermill(root)
    run(
        root,
        sys.executable,
        ROOT / "benchmarks" / "by_hand.py",
        root / "by_hand",
        root / "outputs" / "by-hand",
    )


def no_change(root: Path) -> float:
    """Measure a run with nothing to do, as a whole process."""
    return seconds(lambda: run(root, BIN / "klimatlib", "report", "2023", "--renderer", "embedded"))


def help_() -> float:
    """Measure ``klimatlib --help``."""
    return seconds(lambda: run(ROOT, BIN / "klimatlib", "--help"))


def processor(*words: object) -> float:
    """Measure the processor time of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(ROOT, *words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def of_lint(rounds: int) -> Iterator[Line]:
    """Measure (h)."""
    loading = "import simplemma; [simplemma.lemmatize('x', lang=each) for each in ('sv', 'en')]"
    ways = [
        lambda: processor(BIN / "klimatlib", "lint", "2023"),
        lambda: processor(sys.executable, "-c", loading),
    ]
    ours, tables = side_by_side(ways, rounds)
    yield Line(
        "h", "`klimatlib lint`, processor time", "loading the word tables alone", ours, tables, 2, most=True
    )


def of_chapters(rounds: int) -> Iterator[Line]:
    """Measure (a) and (b)."""
    ways: list[Callable[[], float]] = [chapters_by_us, chapters_by_scripts, chapters_by_papermill]
    ours, limit, slow = side_by_side(ways, rounds)
    yield Line("a", "the chapters", "the `papermill` command, one after another", ours, slow, 5)
    told = "the same code as scripts, two warm processes"
    yield Line("b", "the chapters", told, ours, limit, 1.15, most=True)


def of_small_runs(rounds: int) -> Iterator[Line]:
    """Measure (f) and (g)."""
    with project() as root:
        no_change(root)
        idle, full = side_by_side([lambda: no_change(root), report_by_us], rounds)
    yield Line("f", "a run with nothing to do", "a full run", idle, full, 30)
    yield Line("f", "a run with nothing to do", "0.7 s", idle, 0.7, 1, most=True)
    (quick_help,) = side_by_side([help_], ROUNDS)
    yield Line("g", "`klimatlib --help`", "0.3 s", quick_help, 0.3, 1, most=True)


def of_report(rounds: int) -> Iterator[Line]:
    """Measure (e)."""
    ours, slow = side_by_side([report_by_us, report_by_hand], rounds)
    yield Line(
        "e", "the full report", "`papermill`, then pandoc, typst and nbconvert by hand", ours, slow, 6.5
    )


@contextmanager
def earlier_project() -> Iterator[Path]:
    """Give the whole project as it was before the analyst's loop was made short."""
    with tempfile.TemporaryDirectory(prefix="klimatlib-bench-") as name:
        packed = subprocess.run(["git", "archive", BEFORE_LOOP], cwd=ROOT, capture_output=True)
        if packed.returncode:
            sys.exit(f"git has no {BEFORE_LOOP}: fetch the whole history, or leave out the part loop")
        subprocess.run(["tar", "-x", "-C", name], input=packed.stdout, check=True)
        yield Path(name)


@contextmanager
def watched(root: Path) -> Iterator[Callable[[Callable[[], None]], float]]:
    """Give a way to measure from an edit to the page in the browser, while ``preview --watch`` goes on."""
    command = [BIN / "klimatlib", "preview", "2023", "--watch"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, env=environment) as watching:
        assert watching.stdout is not None
        address = next(m[0] for line in watching.stdout if (m := re.search(r"http://127[^;]*", line)))

        def version() -> int:
            with urllib.request.urlopen(f"{address}state") as answer:
                return int(json.load(answer)["version"])

        def until_shown(edit: Callable[[], None]) -> float:
            before, began = version(), time.perf_counter()
            edit()
            while version() == before:
                time.sleep(0.02)
            return time.perf_counter() - began

        try:
            yield until_shown
        finally:
            watching.terminate()


def of_loop(rounds: int) -> Iterator[Line]:
    """Measure (i): a sentence in the text that rests most on its notebook, a number of the year's facts."""
    options = ("2023", "--renderer", "embedded")
    with project() as root, project() as other, project() as third, earlier_project() as earlier:
        text, facts = "data/2023/texts/emissions.md", "data/2023/facts.yml"

        def change_sentence(place: Path) -> None:
            with (place / text).open("a", encoding="utf-8") as file:
                file.write("\nTack till alla som har läst och tyckt till.\n")

        def change_number() -> None:
            path = root / facts
            old = path.read_text(encoding="utf-8")
            new = re.sub(
                r"(participants: \{?\s*count: )(\d+)", lambda m: f"{m[1]}{int(m[2]) + 1}", old, count=1
            )
            if new == old:
                sys.exit(f"{facts} has no number of participants to change")
            path.write_text(new, encoding="utf-8")

        def single() -> None:
            change_sentence(other)
            run(other, BIN / "klimatlib", "preview", "2023")

        def again() -> None:
            change_sentence(third)
            run(third, BIN / "klimatlib", "report", *options)

        def before() -> None:
            command = [sys.executable, "-c", "from klimatlib.cli import main; main()", "report", *options]
            environment = {**os.environ, "PYTHONPATH": str(earlier / "src")}
            subprocess.run(
                [*command, "--fresh"], cwd=earlier, env=environment, check=True, capture_output=True
            )

        run(other, BIN / "klimatlib", "preview", "2023")
        run(third, BIN / "klimatlib", "report", *options)
        with watched(root) as until_shown:
            ways = [
                lambda: until_shown(lambda: change_sentence(root)),
                lambda: until_shown(change_number),
                lambda: seconds(single),
                lambda: seconds(again),
                lambda: seconds(before),
            ]
            *ours, full = side_by_side(ways, rounds)
    told = ("a changed sentence, until the page shows it", "a changed number, until the page shows it")
    told += ("`klimatlib preview` after a changed sentence", "`klimatlib report` after a changed sentence")
    for what, taken, goal in zip(told, ours, (1 / 8, 1 / 5, 1 / 4, 1 / 2), strict=True):
        yield Line("i", what, "a full run before there was a preview", taken, full, goal, most=True)


def of_sheets(rounds: int) -> Iterator[Line]:
    """Measure (c)."""
    from sheets import sheet_lines

    yield from (Line(*told) for told in sheet_lines(rounds))


def of_growth(_: int) -> Iterator[Line]:
    """Measure (d)."""
    from sheets import growth_lines

    yield from (Line(*told) for told in growth_lines())


def of_inventories(rounds: int) -> Iterator[Line]:
    """Measure (j): read a table of subsectors and make the inventories of one year; against plain pandas."""
    import pandas as pd

    from klimatlib.indicators import gpc
    from klimatlib.sources import inputs as sources
    from klimatlib.sources.emissions_database import read_subsectors
    from klimatlib.sources.inputs import Inputs

    inputs = Inputs.open("params/2023.yml", start=ROOT)
    rules, places, release, year = sources.gpc(inputs), sources.places(inputs), "2021-10-14", 2019
    codes = {"0000", *places.counties, *places.names}
    path = inputs.project.statistics / f"subsectors_{release}.csv"

    def ours() -> None:
        table = read_subsectors(path.read_bytes(), path.name, rows=rules.rows, codes=codes, years=[year])
        gpc.inventories(table, rules, year=year, vintage=release)

    def plain() -> None:
        table = pd.read_csv(path, dtype={"place_code": str})
        table[table["year"] == year].drop(columns=["place_code", "year"]).sum(axis="columns")

    inventories, sums = side_by_side([lambda: seconds(ours), lambda: seconds(plain)], 10 * rounds)
    what = "inventories by the GPC of all municipalities, counties and the nation"
    yield Line("j", what, "pandas, that reads and sums the same table", inventories, sums, 3, most=True)


PARTS = {
    "chapters": of_chapters,
    "small": of_small_runs,
    "report": of_report,
    "sheets": of_sheets,
    "growth": of_growth,
    "lint": of_lint,
    "loop": of_loop,
    "gpc": of_inventories,
}
QUICK = ("chapters", "small", "lint", "gpc")


HEAD = "| | what | against | ours, s | other, s | ratio | goal | met |\n|---|---|---|--:|--:|--:|--:|---|"


def row(one: Line) -> str:
    """Return a line as a row of the table."""
    goal = "" if one.goal is None else f"{'at most' if one.most else 'at least'} {one.goal:.3g}"
    met = "" if one.goal is None else "yes" if one.met() else "no"
    digits = 2 if one.ours >= 0.1 else 3
    numbers = f"{one.ours:.{digits}f} | {one.other:.{digits}f} | {one.ratio:.2f}"
    return f"| {one.key} | {one.what} | {one.against} | {numbers} | {goal} | {met} |"


def write(found: list[Line]) -> None:
    """Write the page, with the rows of what was not measured now as they were."""
    page = ROOT / "docs" / "BENCHMARKS.md"
    before = page.read_text(encoding="utf-8").splitlines() if page.is_file() else []
    measured = {line.key for line in found}
    old = [
        line for line in before if line[:2] == "| " and line[2] in "abcdefghij" and line[2] not in measured
    ]
    rows = sorted([*old, *map(row, found)], key=lambda line: line[2])
    text = (ROOT / "benchmarks" / "BENCHMARKS.head.md").read_text(encoding="utf-8")
    table = "\n".join([HEAD, *rows])
    page.write_text(f"{text}\n{table}\n\nMeasured on {machine()}\n", encoding="utf-8")


def machine() -> str:
    """Return what it was measured on."""
    told = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    cpu, packages = (names or [platform.machine()])[0], ", ".join(f"{p} {version(p)}" for p in PACKAGES)
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({cpu}), {platform.system()}, {python}; {packages}."


def main() -> int:
    """Measure, print, and end with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="what CI measures, in fewer rounds")
    parser.add_argument("--only", choices=PARTS, nargs="+", help="which lines")
    parser.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md")
    asked = parser.parse_args()
    found = []
    for part in asked.only or (QUICK if asked.quick else PARTS):
        for line in PARTS[part](QUICK_ROUNDS if asked.quick else ROUNDS):
            found.append(line)
            print(row(line), flush=True)
    if asked.write:
        write(found)
    missed = [line.key for line in found if not line.met(SLACK if asked.quick else 1.0)]
    if missed:
        print(f"missed: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
