"""Promises on notebooks and kernels: nothing outlives a run or passes for done (B3 to B6, C5, E8, M1)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import nbformat
import pytest

from campaign.conftest import Tries, cases
from campaign.processes import (
    KLIMATLIB,
    REPORT,
    Small,
    fault,
    left_behind,
    run,
    start,
    wait_for,
    write_notebook,
)
from conftest import ROOT, copy_project, few_chapters, klimatlib

sys.path.insert(0, str(ROOT / "benchmarks"))
from sheets import everyone, sheets, watch

COMPANY = {
    "has children": "import multiprocessing as mp, time\n"
    "p = mp.get_context('fork').Process(target=time.sleep, args=(600,))\np.start(); {at}; p.join()",
    "waits for a program": "import subprocess; {at}; subprocess.run(['sleep', '600'], check=True)",
    "holds the interpreter": "import re; {at}; re.match(r'(a+)+$', 'a' * 60 + 'b')",
}
STOPS = [*product(COMPANY, (signal.SIGTERM, signal.SIGKILL, signal.SIGINT), range(8))]


@pytest.mark.promise("B3")
@pytest.mark.parametrize(
    "stop", cases(STOPS, short=0), ids=lambda stop: f"{stop[0]}-{stop[1].name}-{stop[2]}"
)
def test_nothing_of_a_run_is_alive_five_seconds_after_the_command(
    tries: Tries, small: Small, tmp_path: Path, stop: tuple[str, signal.Signals, int]
) -> None:
    name, number, _ = stop
    root = small.copy(tmp_path / "värld", cell=COMPANY[name].format(at="open('at', 'w').close()"))
    mark = f"mark-stop-{number}-{os.getpid()}"
    process = start(REPORT, root, TORTURE=mark)
    begun = wait_for(root / "notebooks" / "at", process)
    time.sleep(0.5)  # for what the cell itself starts
    process.send_signal(number)
    left = left_behind(mark)
    process.wait(timeout=60)
    problem = left if begun else f"did not begin: {(root / 'said').read_text()}"
    tries("B3", problem, kinds=name, signals=number.name)


@pytest.mark.short
@pytest.mark.promise("B3")
def test_what_a_run_prepares_ends_with_a_run_that_is_killed_at_its_start(
    tries: Tries, tmp_path: Path
) -> None:
    (tmp_path / "dozing.py").write_text(
        "open('at', 'w').close()\nimport time; time.sleep(60)", encoding="utf-8"
    )
    code = (
        "import time; from klimatlib.execution import processes\n"
        "processes.PRELOADED = ('klimatlib.execution.processes', 'dozing')\n"
        "processes.start_fork_server(); time.sleep(60)"
    )
    mark = f"mark-start-{os.getpid()}"
    process = start([sys.executable, "-c", code], tmp_path, TORTURE=mark, PYTHONPATH=str(tmp_path))
    assert wait_for(tmp_path / "at", process), (tmp_path / "said").read_text()
    process.kill()
    process.wait()
    tries("B3", left_behind(mark), kinds="imports")


TIMEOUT_S = 2
# How a kernel ends: its promise, what the cell does, within how many seconds the run must end, what is said.
ENDINGS = {
    "dies by SIGKILL": ("B4", "import os; os.kill(os.getpid(), 9)", 5, "memory"),  # as the system ends it
    "loops": ("B4", "while True: pass", TIMEOUT_S + 15, ""),
    "ends its process": ("B4", "import os; os._exit(3)", 5, ""),
    "sleeps": ("B4", "import time; time.sleep(600)", TIMEOUT_S + 15, ""),
    "freezes": ("B4", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", TIMEOUT_S + 15, ""),
    "hoards": ("C5", "hoard = []\nwhile len(hoard) < 10**6: hoard.append(bytearray(10**7))", 60, "memory"),
}
LIMITED = f"from klimatlib.execution import notebooks\nnotebooks.CELL_TIMEOUT_S = {TIMEOUT_S}\n"


@pytest.mark.promise("B4", "C5")
@pytest.mark.parametrize("case", cases([*product(range(8), ENDINGS)], short=1))
def test_a_kernel_that_dies_freezes_loops_or_hoards_ends_the_run_in_time_with_its_cell_named(
    tries: Tries, small: Small, tmp_path: Path, case: tuple[int, str]
) -> None:
    number, ending = case
    promise, cell, seconds, says = ENDINGS[ending]
    begun = f"import pathlib; pathlib.Path('at').touch(); print('begun')\n{cell}"
    root, environment = small.copy(tmp_path / "värld", cell=begun), {"PYTHONPATH": str(tmp_path)}
    (tmp_path / "sitecustomize.py").write_text("" if promise == "C5" else LIMITED, encoding="utf-8")
    shell = f'ulimit -v {3_000_000 + number * 500_000 if promise == "C5" else "unlimited"}; exec "$@"'
    done = run(["/bin/sh", "-c", shell, "sh", *REPORT], root, **environment)
    took = time.time() - (root / "notebooks" / "at").stat().st_mtime
    slack = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    half = [path.read_text(encoding="utf-8") for path in (root / "outputs").rglob("10_members*.ipynb")]
    wrong = done.unclear or fault(root / "outputs" / "tiny", small.old)
    wrong = wrong or (
        "" if re.search(r"notebooks/10_members\.ipynb, cell \S", done.said) else "names no cell"
    )
    wrong = wrong or ("" if any("begun" in text for text in half) else "keeps no half-run notebook")
    wrong = wrong or ("" if says in done.said.lower() else f"does not speak of {says}")
    wrong = wrong or (f"took {took:.1f} s" if took > seconds * slack else "")
    problem = wrong and f"a cell that {ending}: {wrong}: {done.said}"
    tries(promise, problem, seconds=took, kinds=ending)
    if says and promise == "B4":
        tries("C5", problem)


OURS = 'params_file = "params/tiny.yml"\nout_dir = "outputs/tiny"'
AGAIN = 'params_file = "params/tiny.yml"'
# What a notebook does, its parameters cell, and what is said of it.
TRAPS: dict[str, tuple[str, str, list[str]]] = {
    "a misspelt parameter": ("expected params_file and out_dir", OURS.replace("file", "fil"), []),
    "no parameters tag": ("0 cells tagged", "", []),
    "a second parameters cell": ("2 cells tagged", OURS, ["parameters", OURS]),
    "a later cell that sets a parameter again": ("a later cell overrides", OURS, ["", AGAIN]),
    "a default computed from another": ("expected nothing but lines", f"{OURS}\nlabel = out_dir", []),
    "the same with a type": ("expected nothing but lines", f"{OURS}\nlabel: str = out_dir", []),
    "exit(0) in the middle": ("did not run to its end", OURS, ["", "import sys; sys.exit(0)"]),
    "a failing shell command": ("is not Python", OURS, ["", "!false"]),
    "a failing program": ("check=True", OURS, ["", "import subprocess; subprocess.run(['false'])"]),
    "an error in a thread": ("ZeroDivisionError", OURS, [
        "", "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()"]),
    "an error that is expected": ("ZeroDivisionError", OURS, ["raises-exception", "1 / 0"]),
}  # fmt: skip
LOOK = """
import os, psutil
from pathlib import Path
from IPython.display import Markdown, display
family = [psutil.Process(), *psutil.Process().parents()[:4]]  # up to the run
sockets = [c for p in family if p.pid != 1 for c in p.net_connections("inet")]
listens = len([c for c in sockets if c.status == "LISTEN"])
with Path("../looks").open("a") as lines:
    lines.write(f"{chapter.name} {os.getpid()} {listens} {chapter.out} {Path.cwd()}\\n")
display(Markdown("En text."))
"""
CHAPTER = (
    'from klimatlib import Chapter\nchapter = Chapter("10_members", params_file=params_file, out_dir=out_dir)'
)


@pytest.mark.promise("B5")
@pytest.mark.parametrize("trap", cases([*TRAPS], short=["exit(0) in the middle"]))
def test_a_notebook_that_would_run_the_wrong_year_or_half_of_it_is_refused(
    tries: Tries, small: Small, tmp_path: Path, trap: str
) -> None:
    says, parameters, inserted = TRAPS[trap]
    root = small.copy(tmp_path / "värld")
    path = root / "notebooks" / "10_members.ipynb"
    book = nbformat.read(path, as_version=4)
    at = next(n for n, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", []))
    book.cells[at].source = parameters or OURS
    book.cells[at].metadata["tags"] = ["parameters"] if parameters else []
    if inserted:
        tag, source = inserted
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [tag] if tag else []}, id="trap")
        book.cells.insert(at + 1, cell)
    nbformat.write(book, path)
    done = klimatlib(*REPORT[3:], cwd=root)
    wrong = "was run" if done.returncode == 0 else "" if says in done.stderr else f"said {done.stderr}"
    tries("B5", wrong and f"{trap}: {wrong}")


@pytest.mark.promise("B6", "E8")
@pytest.mark.parametrize("count", cases([3, 90], short=1))
def test_notebooks_that_run_side_by_side_do_not_mix_nor_listen_on_the_network(
    tries: Tries, small: Small, tmp_path: Path, count: int
) -> None:
    root = small.copy(tmp_path / "värld")
    names = [f"{number}_x" for number in range(11, 11 + count)]
    for name in names:
        cells = OURS, CHAPTER.replace("10_members", name), LOOK, "chapter.close()"
        write_notebook(root / f"notebooks/{name}.ipynb", *cells, report=2)
    done = run(REPORT, few_chapters(root, *names, "10_members"), seconds=900)
    assert done.code == 0, done.said
    looks = [line.split() for line in (root / "looks").read_text(encoding="utf-8").splitlines()]
    assert sorted(look[0] for look in looks) == names and len({look[1] for look in looks}) == count
    for name, _, listens, out, place in looks:
        right = out == str(root / "outputs" / ".staging-tiny") and place == str(root / "notebooks")
        tries("B6", "" if right else f"{name} ran in {place} for {out}")
        tries("E8", "" if listens == "0" else f"{name}: {listens} sockets listen")


MEGABYTES = 700


@pytest.mark.long
@pytest.mark.promise("M1")
@pytest.mark.parametrize("what", ["the report", "290 sheets"])
def test_a_report_and_all_sheets_are_made_in_little_memory(tries: Tries, tmp_path: Path, what: str) -> None:
    if what == "the report":
        root = copy_project(tmp_path / "klimat", tiny=False)
        command = [*KLIMATLIB, "report", "2023", "--renderer", "embedded"]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
        peak = watch(process)
        assert process.wait() == 0
        held, limit = peak(), MEGABYTES
    else:
        with everyone() as (root, codes):
            held, limit = sheets(root, codes)[1], 2 * MEGABYTES
    problem = f"{what}: {held:.0f} MB, expected at most {limit}" if held > limit else ""
    tries("M1", problem, **{f"MB for {what}": held})
